"""The property `kinks`."""

import numpy as np
import pytest

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.domain import At, Tie
from mutorch_core.gradcheck.failures import WrongAtKink
from mutorch_core.gradcheck.properties.derivatives.kinks import KINKS, entry_name
from tests.core.gradcheck.properties.shared_ops import at, product_with, square_with


def absolute(at_zero, *kinks):
    @op("test::absolute", kinks=kinks)
    def absolute(x: Array, /, *, xp: Namespace = injected) -> Array:
        return xp.abs(x)

    absolute.vjp("x")(lambda g, x, xp: g * xp.where(x == 0, at_zero, xp.sign(x)))
    return absolute


KINK = "x=float64[2]:[0,1];g=float64[2]:[1,1]"


@pytest.mark.parametrize("slope", [-1.0, -0.5, 0.0, 1.0])
def test_any_slope_between_the_one_sided_ones_is_right(slope):
    assert KINKS.check(at(absolute(slope), KINK)) is True


@pytest.mark.parametrize("slope", [-1.1, 2.0, np.nan])
def test_a_slope_beyond_the_one_sided_ones_is_wrong(slope):
    with pytest.raises(WrongAtKink, match=r"derivative along x\[0\] is wrong at a kink") as caught:
        KINKS.check(at(absolute(slope), KINK))
    assert dict(caught.value.rows)["it is"] == "between -1 and 1"


def test_a_declared_cotangent_is_checked_to_the_last_digit():
    kink = At("x", 0.0, cotangent=0.5)
    assert KINKS.check(at(absolute(0.5, kink), KINK)) is True
    with pytest.raises(WrongAtKink, match="not the declared one"):
        KINKS.check(at(absolute(0.5 + 1e-9, kink), KINK))


def test_a_declared_share_of_a_tie_is_checked():
    def larger(share, kink):
        @op("test::larger", kinks=(kink,))
        def larger(x1: Array, x2: Array, /, *, xp: Namespace = injected) -> Array:
            return xp.maximum(x1, x2)

        larger.vjp("x1")(lambda g, x1, x2, xp: g * xp.where(x1 == x2, share, x1 > x2))
        larger.vjp("x2")(lambda g, x1, x2, xp: g * xp.where(x1 == x2, 1 - share, x2 > x1))
        return larger

    tied = "x1=float64[2]:[1,2];x2=float64[2]:[1,0];g=float64[2]:[1,1]"
    kink = Tie("x1", "x2", shares=(0.5, 0.5))
    assert KINKS.check(at(larger(0.5, kink), tied)) is True
    with pytest.raises(WrongAtKink, match="not the declared one"):
        KINKS.check(at(larger(0.25, kink), tied))
    assert KINKS.check(at(larger(0.25, Tie("x1", "x2")), tied)) is True


def test_a_smooth_point_has_one_slope():
    with pytest.raises(WrongAtKink, match=r"derivative along x\[0\] is wrong\n"):
        KINKS.check(at(square_with(lambda g, x: 2.5 * g * x), "x=float64[1]:[1];g=float64[1]:[1]"))


def test_an_entry_is_named_by_operand_and_index():
    subject = at(
        product_with(lambda g, x2: g * x2, lambda g, x1: g * x1), "x1=float64[2,2]:[[1,2],[3,4]];x2=float64[]:3"
    )
    assert [entry_name(subject, i) for i in (0, 2, 4)] == ["x1[0,0]", "x1[1,0]", "x2"]
    with pytest.raises(IndexError):
        entry_name(subject, 5)
