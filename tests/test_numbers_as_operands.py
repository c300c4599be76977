"""Every op with a number in place of each array: what it makes of an array without axes, or an error that names it.

Numbers are Python's and NumPy's, raw and as `Var`s; a `Var`'s cotangent is compared too.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

pytest.importorskip("hypothesis")

import mutorch_core as mt
from mutorch_core.errors import OperandError
from mutorch_core.gradcheck.cases.case import fields_of
from mutorch_core.gradcheck.checking.check_op import quiet
from mutorch_core.gradcheck.checking.search import CasePool
from mutorch_core.gradcheck.profiles import REGIMES, Profile

NUMBERS = [0.5, 2, 0.5 + 0.25j, True, np.float64(0.5), np.float32(0.5), np.int64(2)]
DIFFERENTIATED = (float, int, complex)
FEW = Profile("few", dict.fromkeys(REGIMES, 2), shrink_seconds=0.0)

TAKES_MORE_THAN_ARRAYS = {
    "basic::csch": bool, "basic::negative": bool, "basic::positive": bool, "basic::sech": bool,
    "nn::sigmoid": bool, "nn::silu": bool,
    "basic::histogram": int,
}  # fmt: skip
"""Ops that take numbers of a type whose arrays NumPy refuses: Python negates booleans, and a number of bins is none."""

ORDERED = {"basic::median", "basic::nanmedian", "nn::relu", "nn::relu6"}
"""Ops that compare complex numbers, which NumPy orders by their real parts first, and Python does not."""

MADE_OF_INTEGERS = {"basic::unique_all", "basic::unique_counts", "basic::unique_inverse", "basic::unique_values"}
"""Ops that make an integer array of an integer number, which has no derivative."""


@cache
def cases_of(name):
    pool = CasePool(mt.ops[name], FEW)
    subjects = [list(pool.regime(regime)) for regime in ("smooth", "scalar", "parameters")]
    return [drawn[0].case for drawn in subjects if drawn]


def replacements(case):
    """Each operand's name, and the function that puts a value in its place, or in that of its first array."""
    for operand in case.op.operands:
        value = case.operands.get(operand.name)
        if operand.kind == "single":
            if value is not None:
                yield operand, lambda number, name=operand.name: {**case.operands, name: number}
        elif value:
            rest = tuple(value[1:])
            yield operand, lambda number, name=operand.name, rest=rest: {**case.operands, name: (number, *rest)}


def attempt(case, operands):
    try:
        return case.call(operands), None
    except OperandError as error:
        return None, error


def plain(result):
    return [np.asarray(field.value if type(field) is mt.Var else field) for field in fields_of(result)]


def check_error(error):
    assert "object has no attribute" not in str(error)
    assert not isinstance(error, AttributeError)


def check_result(result, number, reference, refusal, name):
    if refusal is None:
        for got, wanted in zip(plain(result), plain(reference), strict=True):
            assert got.shape == wanted.shape
            np.testing.assert_allclose(got, wanted, rtol=1e-5, atol=1e-6)
    else:
        assert type(number) is TAKES_MORE_THAN_ARRAYS.get(name) or type(number) is bool, (number, refusal)


def gradient(case, put, value):
    x = mt.Var(value)
    results = fields_of(case.call(put(x)))
    for result in results:
        if result.node is not None:
            result.backprop(np.ones(result.shape))
    return x.grad


def check_gradient(case, put, number):
    with_array = gradient(case, put, np.asarray(float(number) if type(number) is int else number))
    own = gradient(case, put, number)
    assert isinstance(own, complex) is isinstance(number, complex)
    np.testing.assert_allclose(own, with_array, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", sorted(mt.ops))
def test_a_number_is_an_array_without_axes_or_refused_by_name(name):
    with quiet():
        cases = cases_of(name)
        assert cases
        for case in cases:
            for operand, put in replacements(case):
                for number in NUMBERS:
                    reference, refusal = attempt(case, put(np.asarray(number)))
                    for value in (number, mt.Var(number)):
                        result, error = attempt(case, put(value))
                        if error is not None:
                            check_error(error)
                        else:
                            check_result(result, number, reference, refusal, name)
                    differs = isinstance(number, complex) and name in ORDERED
                    differs |= type(number) is int and name in MADE_OF_INTEGERS
                    if error is None and operand.differentiable and type(number) in DIFFERENTIATED and not differs:
                        check_gradient(case, put, number)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: mt.ops["basic::sort"](2.0), r"basic::sort\(x=2.0\): AxisError: axis -1 is out of bounds"),
        (
            lambda: mt.ops["basic::diag"](2.0),
            r"v is the number 2.0, and this op needs an array: write xp.asarray\(2.0\)",
        ),
        (lambda: mt.ops["basic::take"](np.ones(3), 0.5), r"TypeError: indices is 0.5; it must be an integer"),
        (lambda: mt.ops["basic::repeat"](np.ones(3), 0.5), r"TypeError: repeats is 0.5; it must be an integer"),
        (lambda: mt.ops["nn::softmax"](2), r"x is the number 2, and this op needs an array"),
    ],
)
def test_the_error_says_what_to_write(call, text):
    with pytest.raises(OperandError, match=text) as caught:
        call()
    assert not isinstance(caught.value, AttributeError)
