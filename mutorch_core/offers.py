"""What Mutorch offers to libraries that are not imported by it, once somebody imports them.

einops and opt_einsum ask for a backend by an array's type, and know no other way than theirs. They are told of `Var`
as soon as the module is there in which they look it up.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from warnings import warn

__all__ = ["offer"]

OFFERS = {
    "einops._backends": "mutorch_core.interop.einops_backend",
    "opt_einsum.backends.dispatch": "mutorch_core.interop.opt_einsum_backend",
}
"""The module that looks up backends, and the one of ours whose import registers with it."""


class Loading(Loader):
    """Runs a module as its own loader does, and registers with it."""

    def __init__(self, loader: Loader) -> None:
        self.loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As its own loader does."""
        return self.loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """As its own loader does; then ours. What goes wrong in ours is a warning: theirs is there without it."""
        self.loader.exec_module(module)
        try:
            import_module(OFFERS[module.__name__])
        except Exception as error:
            warn(f"mutorch can't register with {module.__name__}: {type(error).__name__}: {error}", stacklevel=2)


class Finder(MetaPathFinder):
    """Lets the modules of `OFFERS` be found where they are, and sees to it that they are told."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module's own spec with our loader in it; None for any other module."""
        if fullname not in OFFERS:
            return None
        sys.meta_path.remove(self)
        try:
            spec = find_spec(fullname)
        finally:
            sys.meta_path.insert(0, self)
        if spec is not None and spec.loader is not None:
            spec.loader = Loading(spec.loader)
        return spec


def offer() -> None:
    """Register with what is imported already, and with the others when they are."""
    for theirs, ours in OFFERS.items():
        if theirs in sys.modules:
            import_module(ours)
    sys.meta_path.insert(0, Finder())
