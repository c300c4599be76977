"""The check of one op: an undecided property is reported with advice, and is no failure."""

import numpy as np
import pytest

from mutorch_core import Array, op
from mutorch_core.gradcheck import assert_op_is_right, check_op
from mutorch_core.gradcheck.failures import Undecided
from mutorch_core.gradcheck.verdicts import Verdict


def value_of(operation):
    return next(found for found in check_op(operation, "quick").properties if found.name == "value")


def test_an_op_that_refuses_nearly_everything():
    @op("test::picky")
    def picky(x: Array, /) -> Array:
        if x.shape != (5, 7):
            raise ValueError("x must be 5 by 7")
        return 2 * x

    picky.vjp("x")(lambda g: 2 * g)
    found = value_of(picky)
    assert found.verdict is Verdict.UNDECIDED
    assert "the forward accepted 0 of" in found.message
    assert "x must be 5 by 7" in found.message
    assert "@picky.samples" in found.message
    with pytest.raises(Undecided, match="value is undecided"):
        assert_op_is_right(picky, "quick")


def test_a_required_parameter_of_which_nothing_is_known():
    @op("test::planned")
    def planned(x: Array, /, *, plan: dict) -> Array:
        return x * plan["factor"]

    planned.vjp("x")(lambda g, plan: g * plan["factor"])
    assert "nothing is known about the values of plan" in value_of(planned).message

    @planned.samples
    def _(draw, strategies, Sample):
        return Sample(draw(strategies.array((2,))), plan={"factor": 2.0})

    assert value_of(planned).verdict is Verdict.PROVEN


def test_a_sampler_that_raises_is_named_with_its_place():
    @op("test::sampled")
    def sampled(x: Array, /) -> Array:
        return 2 * x

    sampled.vjp("x")(lambda g: 2 * g)

    @sampled.samples
    def _(draw, strategies, Sample):
        raise LookupError("no sample today")

    found = value_of(sampled)
    assert found.verdict is Verdict.UNDECIDED
    assert "test_check_op.py:" in found.message
    assert "a sampler of test::sampled raises LookupError: no sample today" in found.message


def test_a_forward_too_noisy_for_differences():
    noise = np.random.default_rng(0)

    @op("test::noisy")
    def noisy(x: Array, /) -> Array:
        return x * x * (1 + 1e-6 * noise.uniform(size=x.shape))

    noisy.vjp("x")(lambda g, x: 2 * g * x)
    found = value_of(noisy)
    assert found.verdict is Verdict.UNDECIDED
    assert "finite differences decided only" in found.message


def test_an_op_without_gradient_is_checked_for_purity_alone():
    @op("test::less", nondiff=("x1", "x2"))
    def less(x1: Array, x2: Array, /) -> Array:
        return x1 < x2

    result = check_op(less, "quick")
    assert [found.name for found in result.properties] == ["pure"]
    assert result.verdict is Verdict.PROVEN
