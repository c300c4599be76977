"""Cases: text, parsing, calls."""

from collections.abc import Sequence

import numpy as np
import pytest

from mutorch_core import Array, op
from mutorch_core.gradcheck.cases.case import Case, read_case
from mutorch_core.gradcheck.failures import CaseError


@op("test::affine")
def affine(x: Array, bias: Array | None = None, /, *arrays: Array, scale: float = 1.0, mode: str) -> Array:
    """All kinds of operands and parameters."""
    out = scale * x + (0 if mode == "linear" else 1)
    return sum(arrays, out if bias is None else out + bias)


@op("test::joined")
def joined(arrays: Sequence[Array], /) -> Array:
    """A sequence."""
    return sum(arrays[1:], arrays[0])


def case(**values):
    names = {operand.name for operand in affine.operands}
    operands = {name: value for name, value in values.items() if name in names}
    return Case(affine, operands, {k: v for k, v in values.items() if k not in names}, (np.ones(2),))


def test_a_case_calls_its_op_with_what_it_was_given():
    x, y = np.array([1.0, 2.0]), np.array([4.0, 8.0])
    bare = case(x=x, mode="linear")
    np.testing.assert_array_equal(bare.call(bare.operands), x)
    full = case(x=x, bias=y, arrays=(x, y), scale=3.0, mode="affine")
    np.testing.assert_array_equal(full.call(full.operands), 4 * x + 1 + 2 * y)


def test_a_case_is_read_as_it_was_written():
    made = case(x=np.array([1.0, 2.0]), bias=None, arrays=(np.array([0.5, 0.25]),), scale=3.0, mode="linear")
    text = made.text
    assert (
        text
        == "x=float64[2]:[1,2];bias=None;arrays=(float64[2]:[0.5,0.25],);scale=3.0;mode='linear';g=float64[2]:[1,1]"
    )
    assert read_case(affine, text).text == text


def test_cotangents_may_be_left_out():
    read = read_case(affine, "x=float64[2]:[1,2];mode='linear'")
    np.testing.assert_array_equal(read.cotangents[0], [1, 1])


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("x=float64[1]:[1];mode='linear';beta=2", "test::affine has no 'beta'; it has x, bias, arrays, scale, mode, g"),
        ("scale=2.0", "test::affine needs x, .*mode too"),
        ("x='text';mode='linear'", "test::affine refuses these operands"),
        ("x=float64[1]:[1];mode='linear';g=float64[2]:[1,1]", r"of shapes \[\(1,\)\]"),
    ],
)
def test_a_case_that_does_not_fit_is_refused(text, match):
    with pytest.raises(CaseError, match=match):
        read_case(affine, text)
