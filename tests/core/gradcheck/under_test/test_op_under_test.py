"""An op at one case, as functions of vectors."""

from collections.abc import Sequence

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, op
from mutorch_core.gradcheck.cases.case import read_case
from mutorch_core.gradcheck.failures import RuleRaises
from mutorch_core.gradcheck.under_test.op_under_test import OpUnderTest, pack, unpack


@op("test::mixed", nondiff=("index",))
def mixed(arrays: Sequence[Array], index: Array, x: Array | None = None, /) -> Array:
    total = arrays[0] * arrays[1]
    return total if x is None else total + x


mixed.vjp("arrays")(lambda g, arrays: (g * arrays[1], g * arrays[0]))
mixed.vjp("x")(lambda g: g)


@pytest.mark.parametrize("dual", [False, True])
def test_what_was_packed_is_unpacked(dual):
    arrays = [np.array([[1.0, 2.0]]), np.array(3 + 4j), np.zeros((0, 2)), np.array([5.0], dtype=np.float32)]
    packed = pack(arrays, dual)
    assert packed.dtype == np.float64
    assert packed.tolist() == [1, 2, 3, -4 if dual else 4, 5]
    for array, again in zip(arrays, unpack(packed, arrays, dual), strict=True):
        assert again.dtype == array.dtype
        np.testing.assert_array_equal(again, array)


def test_nothing_packs_to_nothing():
    assert pack([]).shape == (0,)


def test_slots_are_the_floating_arrays_of_differentiable_operands():
    text = "arrays=(float64[2]:[1,2],float64[2]:[3,4]);index=int64[]:0;x=float64[2]:[5,6];g=float64[2]:[1,10]"
    subject = OpUnderTest(read_case(mixed, text))
    assert list(map(str, subject.slots)) == ["arrays[0]", "arrays[1]", "x"]
    assert subject.point.tolist() == [1, 2, 3, 4, 5, 6]
    assert [np.asarray(array).tolist() for array in subject.result] == [[3, 40], [1, 20], [1, 10]]
    moved = subject.operands([np.zeros(2), np.ones(2), np.ones(2)])
    assert moved["index"] == 0
    assert subject.case.call(moved).tolist() == [1, 1]
    assert subject.packed_forward(subject.point).tolist() == [8, 14]


def test_an_absent_operand_has_no_slot():
    subject = OpUnderTest(read_case(mixed, "arrays=(float64[]:1,float64[]:2);index=int64[]:0;x=None"))
    assert len(subject.slots) == 2
    assert subject.differentiable


def test_integers_carry_no_gradient():
    subject = OpUnderTest(read_case(mt.ops["basic::add"], "x1=int64[1]:[1];x2=int64[1]:[2]"))
    assert not subject.differentiable


def test_terms_grow_with_cotangents_and_results():
    small = OpUnderTest(read_case(mt.ops["basic::exp"], "x=float64[1]:[0];g=float64[1]:[1]"))
    large = OpUnderTest(read_case(mt.ops["basic::exp"], "x=float64[1]:[5];g=float64[1]:[-3]"))
    assert small.terms == 2
    assert large.terms == pytest.approx(3 * (1 + np.exp(5)))


def test_a_rule_that_raises_is_named_with_its_operand():
    @op("test::clumsy")
    def clumsy(x1: Array, x2: Array, /) -> Array:
        return x1 + x2

    clumsy.vjp("x1")(lambda g: g)

    @clumsy.vjp("x2")
    def _(g):
        raise ZeroDivisionError("a slip\nand more")

    subject = OpUnderTest(read_case(clumsy, "x1=float64[1]:[1];x2=float64[1]:[2]"))
    with pytest.raises(RuleRaises, match="differentiating it raises ZeroDivisionError") as caught:
        _ = subject.result
    assert caught.value.operand == "x2"
    assert caught.value.rows == [("it says", "a slip")]
