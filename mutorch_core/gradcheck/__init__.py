"""The checker: an op's rules are proven, not trusted.

    mutorch gradcheck acme::softplus                   from the shell
    pytest --gradcheck                                 in an op package's own tests
    assert_op_is_right(softplus)                       in a test of one's own
    check(loss, params, x, y)                          of a whole function

Only here are Hypothesis and pytest imported, and only when something is checked.
"""

from __future__ import annotations

import sys
import warnings
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutorch_core.gradcheck.checking.check_function import Proof
    from mutorch_core.gradcheck.verdicts import OpResult

__all__ = ["assert_op_is_right", "check", "check_op"]


class MovedModule(ModuleType):
    """A stand-in for a module's old path: each of its public names warns, and comes from the new path."""

    def __init__(self, name: str, home: str) -> None:
        super().__init__(f"{__name__}.{name}", f"Deprecated: import from {__name__}.{home}.")
        self._home = f"{__name__}.{home}"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # asked by import machinery and inspection, which must not warn
            raise AttributeError(name)
        value = getattr(import_module(self._home), name)
        warnings.warn(f"{self.__name__} is {self._home} now", DeprecationWarning, stacklevel=2)
        return value


hooks = sys.modules[f"{__name__}.hooks"] = MovedModule("hooks", "sampling.plugin_hooks")


def check(f: Callable[..., Any], *args: Any, order: int = 2) -> Proof:
    """Prove the gradient of a function at a point, and its derivatives up to an order; see `programs.check`."""
    from mutorch_core.gradcheck.checking import check_function

    return check_function.check(f, *args, order=order)


def check_op(
    op: Any, profile: str = "ci", *, order: int = 2, seed: int | None = None, backend: str = "numpy"
) -> OpResult:
    """What every property of an op, or of the op of that name, comes to.

    `profile` is "quick", "ci" or "nightly"; with another `seed` other cases are drawn. `backend` names array libraries
    to run on too, "torch,jax" say. Raises KeyError for an unknown name, CheckerNotInstalled where Hypothesis is
    missing, SelectionError for a library that is.
    """
    from mutorch_core.gradcheck.failures import check_installed

    check_installed()
    from mutorch_core import ops
    from mutorch_core.gradcheck.checking.check_op import check
    from mutorch_core.gradcheck.profiles import PROFILES
    from mutorch_core.gradcheck.under_test.backends import backends_of

    selected_op = ops[op] if isinstance(op, str) else op
    return check(selected_op, PROFILES[profile].with_seed(seed), order, backends=backends_of(backend))


def assert_op_is_right(
    op: Any, profile: str = "ci", *, order: int = 2, seed: int | None = None, backend: str = "numpy"
) -> None:
    """Raise the first Failure that `check_op` finds, or Undecided where something can't be decided."""
    from mutorch_core.gradcheck.failures import Undecided
    from mutorch_core.gradcheck.verdicts import Verdict

    result = check_op(op, profile, order=order, seed=seed, backend=backend)
    for item in result.properties:
        if item.failure is not None:
            raise item.failure
    for item in result.properties:
        if item.verdict is Verdict.UNDECIDED:
            raise Undecided(f"{result.name}: {item.name} is undecided: {item.message}")
