"""The checker: finite differences and other properties show whether an op's rules are right.

    mutorch gradcheck acme::softplus                   from the shell
    pytest --gradcheck                                 in an op package's own tests
    assert_op_is_right(softplus)                       in a single test
    check(loss, params, x, y)                          of a whole function

Hypothesis and pytest are imported only by this package, and only when a check runs.

`profiles`, `value_types`, `failures` and `verdicts` hold the vocabulary; `numerics`, `cases`, `selection`, `sampling`,
`under_test`, `properties`, `reporting`, `checking` and `execution` build on one another in this order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mutorch_core.late_binding import register_moved_module

if TYPE_CHECKING:
    from collections.abc import Callable

    from mutorch_core.gradcheck.checking.check_function import Proof
    from mutorch_core.gradcheck.verdicts import OpResult

__all__ = ["assert_op_is_right", "check", "check_op"]


hooks = register_moved_module(f"{__name__}.hooks", f"{__name__}.sampling.plugin_hooks")


def check(f: Callable[..., Any], *args: Any, order: int = 2) -> Proof:
    """Check the gradient of a function at a point, and its derivatives up to an order; see `check_function.check`."""
    from mutorch_core.gradcheck.checking import check_function

    return check_function.check(f, *args, order=order)


def check_op(
    op: Any, profile: str = "ci", *, order: int = 2, seed: int | None = None, backend: str = "numpy"
) -> OpResult:
    """Check every property of an op, given as an op or by name, and return the results.

    `profile` is "quick", "ci" or "nightly"; another `seed` draws other cases. `backend` adds array libraries, as in
    "torch,jax". Raises KeyError for an unknown name, CheckerNotInstalled if Hypothesis is missing, SelectionError if a
    library is missing.
    """
    from mutorch_core.gradcheck.failures import check_installed

    check_installed()
    from mutorch_core import ops
    from mutorch_core.gradcheck.checking.check_op import check
    from mutorch_core.gradcheck.profiles import PROFILES
    from mutorch_core.gradcheck.under_test import backends_of

    selected_op = ops[op] if isinstance(op, str) else op
    return check(selected_op, PROFILES[profile].with_seed(seed), order, backends=backends_of(backend))


def assert_op_is_right(
    op: Any, profile: str = "ci", *, order: int = 2, seed: int | None = None, backend: str = "numpy"
) -> None:
    """Raise the first Failure of `check_op`, or Undecided if a property could not be decided."""
    from mutorch_core.gradcheck.failures import Undecided
    from mutorch_core.gradcheck.verdicts import Verdict

    result = check_op(op, profile, order=order, seed=seed, backend=backend)
    for item in result.properties:
        if item.failure is not None:
            raise item.failure
    for item in result.properties:
        if item.verdict is Verdict.UNDECIDED:
            raise Undecided(f"{result.name}: {item.name} is undecided: {item.message}")
