"""The checker: an op's rules are proven, not trusted.

    mutorch gradcheck acme::softplus                   from the shell
    pytest --gradcheck                                 in an op package's own tests
    assert_op_is_right(softplus)                       in a test of one's own
    check(loss, params, x, y)                          of a whole function

Only here are Hypothesis and pytest imported, and only when something is checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutorch_core.gradcheck.programs import Proof
    from mutorch_core.gradcheck.verdicts import OpResult

__all__ = ["assert_op_is_right", "check", "check_op"]


def check(f: Callable[..., Any], *args: Any, order: int = 2) -> Proof:
    """Prove the gradient of a function at a point, and its derivatives up to an order; see `programs.check`."""
    from mutorch_core.gradcheck import programs

    return programs.check(f, *args, order=order)


def check_op(op: Any, profile: str = "ci", *, order: int = 2, seed: int | None = None) -> OpResult:
    """What every property of an op, or of the op of that name, comes to.

    `profile` is "quick", "ci" or "nightly"; with another `seed` other cases are drawn. Raises KeyError for an
    unknown name, CheckerNotInstalled where Hypothesis is missing.
    """
    from mutorch_core.gradcheck.failures import check_installed

    check_installed()
    from mutorch_core import ops
    from mutorch_core.gradcheck.checking import check
    from mutorch_core.gradcheck.profiles import PROFILES

    return check(ops[op] if isinstance(op, str) else op, PROFILES[profile].seeded(seed), order)


def assert_op_is_right(op: Any, profile: str = "ci", *, order: int = 2, seed: int | None = None) -> None:
    """Raise the first Failure that `check_op` finds, or Undecided where something can't be decided."""
    from mutorch_core.gradcheck.failures import Undecided
    from mutorch_core.gradcheck.verdicts import Verdict

    result = check_op(op, profile, order=order, seed=seed)
    for found in result.properties:
        if found.failure is not None:
            raise found.failure
    for found in result.properties:
        if found.verdict is Verdict.UNDECIDED:
            raise Undecided(f"{result.name}: {found.name} is undecided: {found.message}")
