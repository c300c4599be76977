"""Operators of a `Var` beside a type that no array library has: that type's reflected operator answers."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core import Array, errors, op

REFLECTED_OPERATORS = {
    "__radd__": "+", "__rsub__": "-", "__rmul__": "*", "__rtruediv__": "/", "__rfloordiv__": "//", "__rmod__": "%",
    "__rpow__": "**", "__rmatmul__": "@", "__rand__": "&", "__ror__": "|", "__rxor__": "^", "__rlshift__": "<<",
    "__rrshift__": ">>", "__gt__": "<", "__ge__": "<=", "__lt__": ">", "__le__": ">=", "__eq__": "==", "__ne__": "!=",
}  # fmt: skip


class Foreign:
    """A type that no array library has, with every reflected operator."""

    __hash__ = object.__hash__


for reflected in REFLECTED_OPERATORS:
    setattr(Foreign, reflected, lambda self, other, name=reflected: (name, type(other)))


@pytest.mark.parametrize("value", [2, np.arange(3)], ids=["number", "array"])
@pytest.mark.parametrize(("reflected", "operator"), REFLECTED_OPERATORS.items(), ids=list(REFLECTED_OPERATORS.values()))
def test_an_operator_leaves_an_unknown_type_to_that_type(reflected, operator, value):
    assert eval(f"x {operator} y", {"x": mt.Var(value), "y": Foreign()}) == (reflected, mt.Var)


@pytest.mark.parametrize("operator", REFLECTED_OPERATORS.values())
def test_the_first_use_of_an_operator_leaves_an_unknown_type_to_that_type(operator):
    code = f"""
    import mutorch_core as mt
    names = {list(REFLECTED_OPERATORS)}
    Foreign = type("Foreign", (), {{name: lambda self, other: "asked" for name in names}} | {{"__hash__": None}})
    assert (mt.Var(2) {operator} Foreign()) == "asked"
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=True)


def test_an_augmented_operator_leaves_an_unknown_type_to_that_type():
    x = mt.Var(np.ones(2)) * 1.0
    x *= Foreign()
    assert x == ("__rmul__", mt.Var)


@pytest.mark.parametrize("other", [object(), "a", [1, 2], {}, b"a"], ids=lambda other: type(other).__name__)
@pytest.mark.parametrize("operator", ["+", "*", "@", "%", "<", "=="])
def test_an_operand_whose_type_has_no_such_operator_is_refused_by_name(operator, other):
    name = type(other).__name__
    with pytest.raises(errors.OperandError, match=rf"basic::\w+\(x1=float64\[2\], x2=.*a {name} is neither a number"):
        eval(f"x {operator} y", {"x": mt.Var(np.ones(2)), "y": other})


def test_an_op_called_by_its_name_refuses_an_unknown_type():
    with pytest.raises(errors.OperandError, match="a Foreign is neither a number nor an array"):
        xp.multiply(mt.Var(1.0), Foreign())
    with pytest.raises(errors.OperandError, match="mixed"):
        mt.Var(np.ones(2)) * pytest.importorskip("array_api_strict").ones(2)


def test_an_op_that_overrides_an_operator_leaves_an_unknown_type_to_that_type():
    @op("toy::product", composite=True)
    def product(x1: Array, x2: Array, /) -> Array:
        return xp.divide(x1, xp.divide(1.0, x2))

    with mt.plugins.override("basic::multiply", product):
        assert mt.Var(2.0) * 3.0 == 6.0
        assert mt.Var(2.0) * Foreign() == ("__rmul__", mt.Var)
        with pytest.raises(errors.OperandError, match="a object is neither"):
            mt.Var(2.0) * object()
