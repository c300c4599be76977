"""Errors of wrong operands, in every family: they name op, operands with dtype and shape, and parameters.

It is an OperandError and also of the library's type, and the library's own error is its cause.
"""

import re

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

M, V = np.ones((2, 3)), np.ones(4)
AXES = ("all", "argmax", "argsort", "count_nonzero", "flip", "max", "mean", "prod", "sort", "std", "sum", "var")
SIDES = ("add", "atan2", "divide", "equal", "hypot", "less", "logaddexp", "logical_and", "maximum", "multiply", "pow")
BITS = ("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift")
ORDERED = ("ceil", "floor", "trunc")
REFUSED = {
    **{f"{name}, axis": (getattr(xp, name), (M,), {"axis": 5}, "x=float64[2,3]", IndexError) for name in AXES},
    **{
        f"{name}, shapes": (getattr(xp, name), (M, V), {}, "x1=float64[2,3], x2=float64[4]", ValueError)
        for name in SIDES
    },
    **{f"{name}, dtype": (getattr(xp, name), (V, V), {}, "x1=float64[4], x2=float64[4]", TypeError) for name in BITS},
    **{f"{name}, dtype": (getattr(xp, name), (V * 1j,), {}, "x=complex128[4]", TypeError) for name in ORDERED},
    "concat": (xp.concat, ([M, V],), {}, "arrays=[float64[2,3], float64[4]]", ValueError),
    "cumulative_sum": (xp.cumulative_sum, (M,), {"axis": 2}, "x=float64[2,3]", IndexError),
    "getitem": (xp.getitem, (M, (0, 7)), {}, "x=float64[2,3], key=[0, 7]", IndexError),
    "getitem, slice": (xp.getitem, (M, (..., 7)), {}, "x=float64[2,3], key=[..., 7]", IndexError),
    "matmul": (xp.matmul, (M, M), {}, "x1=float64[2,3], x2=float64[2,3]", ValueError),
    "permute_dims": (xp.permute_dims, (M, (0, 0)), {}, "x=float64[2,3]", ValueError),
    "reshape": (xp.reshape, (M, (5,)), {}, "x=float64[2,3]", ValueError),
    "searchsorted": (xp.searchsorted, (M, V), {}, "x1=float64[2,3], x2=float64[4]", ValueError),
    "setitem": (xp.setitem, (M, 7, 1.0), {}, "x=float64[2,3], key=7, value=1.0", IndexError),
    "squeeze": (xp.squeeze, (M, 0), {}, "x=float64[2,3]", ValueError),
    "stack": (xp.stack, ([M, V],), {}, "arrays=[float64[2,3], float64[4]]", ValueError),
    "take": (xp.take, (M, np.array([9])), {"axis": 1}, "x=float64[2,3], indices=int64[1]", IndexError),
    "tensordot": (xp.tensordot, (M, M), {"axes": 1}, "x1=float64[2,3], x2=float64[2,3]", ValueError),
    "where": (xp.where, (M > 0, M, V), {}, "condition=bool[2,3], x1=float64[2,3], x2=float64[4]", ValueError),
}


@pytest.mark.parametrize(("op", "args", "kwargs", "operands", "error"), REFUSED.values(), ids=REFUSED)
def test_the_error_names_op_operands_and_what_was_given_and_is_the_librarys_too(op, args, kwargs, operands, error):
    tracked = tuple(mt.Var(each) if isinstance(each, np.ndarray) else each for each in args)
    given = "".join(f"; given .*{name}={value!r}" for name, value in kwargs.items())
    for call in (args, tracked):
        with pytest.raises(OperandError, match=rf"{op.name}\({re.escape(operands)}\): \w+: .+{given}") as caught:
            op(*call, **kwargs)
        assert isinstance(caught.value, error)
        assert isinstance(caught.value.__cause__, error)


@pytest.mark.parametrize(
    ("args", "kwargs", "text"),
    [
        ((M,), {"dim": 1}, r"basic::sum\(\) got an unexpected keyword argument 'dim'"),
        ((M, 1), {}, r"basic::sum\(\) takes 1 positional argument but 2 were given"),
        ((), {}, r"basic::sum\(\) missing 1 required positional argument: 'x'"),
        ((M,), {"axis": mt.Var(1)}, r"basic::sum: 'axis' is a static parameter .* given a Var; pass its \.value"),
    ],
)
def test_a_parameter_that_an_op_does_not_have_is_pythons_error_with_the_ops_name(args, kwargs, text):
    with pytest.raises(TypeError, match=text):
        xp.sum(*args, **kwargs)


@pytest.mark.parametrize("library", ["torch", "jax.numpy", "array_api_strict"])
def test_other_libraries_errors_are_told_alike(library):
    raw = pytest.importorskip(library)
    x, y = mt.Var(raw.ones((2, 3))), raw.ones((4,))
    with pytest.raises(OperandError, match=r"basic::add\(x1=float\d\d\[2,3\], x2=float\d\d\[4\]\): ") as caught:
        x + y
    assert isinstance(caught.value, type(caught.value.__cause__).__mro__[-3])
    with pytest.raises(OperandError, match=r"basic::sum\(x=float\d\d\[2,3\]\): .*; given axis=7"):
        x.sum(axis=7)


def test_what_is_no_array_or_of_another_library_is_named():
    with pytest.raises(OperandError, match=r"basic::tanh\(x=\[?a str\]?\): a str is neither a number nor an array"):
        xp.tanh("x")
    strict = pytest.importorskip("array_api_strict")
    text = r"basic::atan2\(x1=float64\[4\], x2=float64\[2\]\): .* mixed: numpy and array_api_strict"
    with pytest.raises(OperandError, match=text):
        xp.atan2(mt.Var(V), strict.ones(2))
