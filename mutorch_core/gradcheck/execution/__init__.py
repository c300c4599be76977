"""Runs of the checker: the command, the pytest plugin, and the worker process.

Nothing is imported here, since pytest loads the plugin at each start.
"""
