"""Every function of NumPy is differentiated, answered, or refused by name, and does what NumPy's does."""

import re

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import errors
from mutorch_ops_basic.numpy_protocols import ufuncs
from mutorch_ops_basic.numpy_protocols.functions.answers import EXCLUDED
from mutorch_ops_basic.numpy_protocols.registry import (
    ANSWERED,
    DIFFERENTIATED,
    REFUSED,
    describe,
    entries,
    look_up,
    public_functions,
)
from tests.ops_basic.numpy_protocols import numpy_calls
from tests.ops_basic.numpy_protocols.derivatives import check, leaves, raw
from tests.ops_basic.numpy_protocols.page import kind_of, page
from tests.ops_basic.numpy_protocols.plain_functions import FUNCTIONS

ROOT = np.array([[1.0, 0.2, -0.3], [0.5, 1.4, 0.1], [-0.2, 0.6, 0.9]])
VALUES = {
    "x": np.array([[0.62, 1.61, 0.93], [1.27, 0.51, 1.42]]),
    "v": np.array([1.3, 0.6, 1.1, 0.9]),
    "w": np.array([0.7, 1.6, 0.8, 1.4]),
    "m": ROOT @ ROOT.T + 3 * np.eye(3),
    "s": np.asarray(1.7),
    "z": np.array([0.3 + 1.1j, -0.8 + 0.4j, 1.2 - 0.5j, 0.6 + 0.9j]),
    "i": np.array([2, 0, 3]),
    "n": np.array([1.2, np.nan, 0.7, 2.0]),
}
FLOATS = [name for name, value in VALUES.items() if value.dtype.kind in "fc"]


def known(calls):
    """The calls of functions that the installed NumPy has."""
    return [call for call in numpy_calls.lines(calls) if None not in functions_of(call)]


def functions_of(call):
    """The functions of NumPy in a call, None for those that the installed one lacks."""
    return {look_up(name) for name in re.findall(r"np\.((?:linalg\.|fft\.)?[a-z0-9_]+)", call)}


def called(call):
    """The call as a function of the values of `FLOATS`."""
    code = compile(call, call, "eval")
    return lambda *values: eval(code, {"np": np}, {"i": VALUES["i"]} | dict(zip(FLOATS, values, strict=True)))


@pytest.mark.parametrize("call", known(numpy_calls.DIFFERENTIATED + numpy_calls.UFUNCS))
def test_a_call_has_numpys_value_and_the_derivative_of_differences(call):
    check(called(call), *(VALUES[name] for name in FLOATS))


@pytest.mark.parametrize("call", known(numpy_calls.ANSWERED))
def test_an_answer_is_numpys_and_is_not_tracked(call):
    code = compile(call, call, "eval")
    expected = leaves(eval(code, {"np": np}, dict(VALUES)))
    found = leaves(eval(code, {"np": np}, {name: mt.Var(value) for name, value in VALUES.items()}))
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert not isinstance(one, mt.Var) or one.node is None
        if isinstance(other, (np.ndarray, np.generic)):
            np.testing.assert_array_equal(raw(one), other)
            assert np.asarray(raw(one)).dtype == other.dtype
        else:
            assert one == other


def test_every_function_of_numpy_is_in_the_table_once():
    excluded = {f"np.{name}" for names in EXCLUDED.values() for name in names}
    public = dict(public_functions())
    unlisted = [name for name in public if kind_of(public[name]) is None and name not in excluded]
    assert unlisted == []
    assert [name for name in excluded if name in public and kind_of(public[name]) is not None] == []


def test_every_differentiated_and_answered_function_has_a_call():
    tables = numpy_calls.DIFFERENTIATED + numpy_calls.UFUNCS + numpy_calls.ANSWERED
    seen = {function for call in known(tables) for function in functions_of(call)}
    without = {
        "np.busday_count", "np.busday_offset", "np.datetime_as_string", "np.is_busday", "np.isnat", "np.i0", "np.save",
        "np.savetxt", "np.savez", "np.savez_compressed", "np.copyto", "np.put", "np.place", "np.putmask",
        "np.put_along_axis", "np.fill_diagonal", "np.row_stack", "np.in1d", "np.trapz",
    }  # fmt: skip
    missing = {
        name
        for name, function in public_functions()
        if kind_of(function) in (DIFFERENTIATED, ANSWERED) and function not in seen
    }
    assert missing - without == set()


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__name__)
def test_a_function_written_in_plain_numpy_is_differentiated_as_it_stands(function):
    check(function, *FUNCTIONS[function])


def test_the_first_line_that_everybody_tries():
    gradient = mt.grad(lambda x: np.sum(np.sin(x)))(np.arange(3.0))
    np.testing.assert_allclose(gradient, np.cos(np.arange(3.0)))
    np.testing.assert_allclose(mt.grad(mt.grad(np.sin))(0.5), -np.sin(0.5))


@pytest.mark.parametrize("name", [name for name, function in public_functions() if kind_of(function) == REFUSED])
def test_a_refused_function_is_named_with_its_operands_and_the_advice(name):
    function = dict(public_functions())[name]
    arguments = [mt.Var(np.ones(3))] * (1 if name in ("np.sort_complex", "np.histogramdd") else 2)
    with pytest.raises(errors.OperandError, match=rf"{re.escape(name)}\(Var float64\[3\].*has no derivative") as raised:
        function(*arguments)
    assert entries[function].advice in str(raised.value)
    assert "detach" not in str(raised.value)


def test_an_untracked_operand_gives_an_untracked_result():
    x = mt.Var(np.ones(3)).detach()
    assert np.sum(x).node is None
    assert isinstance(np.sum(x), mt.Var)


def test_values_of_another_library_are_computed_by_it():
    torch = pytest.importorskip("torch")
    x = mt.Var(torch.ones(3, dtype=torch.float64))
    y = np.sum(np.exp(x) * np.stack([x, x]))
    assert isinstance(y.value, torch.Tensor)
    y.backprop()
    assert isinstance(x.grad, torch.Tensor)
    with pytest.raises(errors.OperandError, match="two array libraries are mixed: torch and numpy") as raised:
        np.concatenate([x.value, mt.Var(np.ones(3))])
    assert raised.value.__notes__ == ["in np.concatenate([float64[3], Var float64[3]])"]


def test_a_type_with_numpys_protocol_is_left_to_it():
    class Theirs:
        def __array_function__(self, function, types, args, kwargs):
            return "theirs"

    assert np.concatenate([mt.Var(np.ones(3)), Theirs()]) == "theirs"


def test_an_error_of_an_op_names_the_function_that_was_called():
    with pytest.raises(errors.OperandError, match="axis 5 is out of bounds") as raised:
        np.sum(mt.Var(np.ones(3)), axis=5)
    assert raised.value.__notes__ == ["in np.sum(Var float64[3])"]


def test_operands_are_described_for_errors():
    shown = describe([mt.Var(2.0), np.ones(2), "full", (None, 3)])
    assert shown == "[Var 2.0, float64[2], 'full', [None, 3]]"


def test_the_page_lists_every_function_with_its_kind():
    text = page()
    for name, function in public_functions():
        if kind_of(function) is not None:
            assert f"`{name}`" in text
    assert "| `np.sin` | differentiated |" in text
    assert "| `np.histogram2d` | refused: " in text


def test_every_ufunc_of_numpy_has_an_op():
    names = [name for name, each in public_functions() if isinstance(each, np.ufunc) and each not in ufuncs.UFUNCS]
    assert names == []
