"""Selection of the ops to check: installed ones by name or namespace, foreign functions by `--import`."""

from mutorch_core.gradcheck.selection.foreign_ops import import_op

__all__ = ["import_op"]
