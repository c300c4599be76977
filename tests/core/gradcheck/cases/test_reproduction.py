"""Cases as Python."""

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core.gradcheck.cases.case import read_case
from mutorch_core.gradcheck.cases.reproduction import as_python, literal
from mutorch_core.gradcheck.checking.search import CasePool
from mutorch_core.gradcheck.profiles import PROFILES


@pytest.mark.parametrize("name", ["basic::add", "basic::sum", "basic::where", "basic::concat", "basic::unique_all"])
def test_a_case_as_python_prints_what_the_rule_says(name, capsys):
    pool = CasePool(mt.ops[name], PROFILES["quick"])
    subject = pool.regime("smooth")[1]
    exec("\n".join(as_python(subject.case)), {})
    printed = capsys.readouterr().out.strip()
    assert printed == str(tuple(subject.result))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (np.array([[1.0, -2.5]]), "np.array([[1.0, -2.5]], dtype='float64')"),
        (np.zeros((0, 3)), "np.zeros((0, 3), dtype='float64')"),
        (np.array([np.inf, np.nan]), "np.array([np.inf, np.nan], dtype='float64')"),
        (np.float64(2.0), "np.array(2.0, dtype='float64')"),
        (np.dtype("int8"), "np.int8"),
        (np.complex64, "np.complex64"),
        ((1, None), "(1, None, )"),
        ([True, slice(1, None)], "[True, slice(1, None, None)]"),
        (float("-inf"), "float('-inf')"),
        ("sum", "'sum'"),
    ],
)
def test_a_value_is_a_python_expression(value, text):
    assert literal(value) == text
    again = eval(text, {"np": np})
    np.testing.assert_equal(again, value.type if isinstance(value, np.dtype) else value)


def test_an_operand_without_gradient_is_written_into_the_call():
    case = read_case(mt.ops["basic::where"], "condition=bool[2]:[True,False];x1=float64[2]:[1,2];x2=float64[2]:[3,4]")
    *_, call = as_python(case)
    assert "lambda x1, x2:" in call
    assert "np.array([True, False], dtype='bool')" in call


def test_jax_is_given_64_bits():
    case = read_case(mt.ops["basic::exp"], "x=float64[1]:[0]")
    lines = as_python(case, "jax:cpu")
    assert lines[0].endswith(" as library")
    assert "jax_enable_x64" in lines[1]
    assert "jax_enable_x64" not in "".join(as_python(case, "torch"))
