"""The `mutorch` command."""

from mutorch_core.cli.main import main

__all__ = ["main"]
