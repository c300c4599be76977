"""The `mutorch` command."""

from mutorch_core.cli.commands import main

__all__ = ["main"]
