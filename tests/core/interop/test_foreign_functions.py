"""Foreign functions as ops: operands, parameters and refusals."""

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core.errors import OperandError


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


def test_one_array_may_be_two_operands(torch):
    op = mt.interop.from_torch(lambda a, b: a * a * b, "test::product")
    assert mt.grad(lambda x: op(x, x))(2.0) == 12.0


def test_complex_values_are_refused_unless_the_function_takes_them(torch):
    with pytest.raises(OperandError, match="a is complex; say complexes=True"):
        mt.interop.from_torch(lambda a: a, "test::same")(np.array([1j]))


def test_a_star_parameter_takes_several_operands(torch):
    op = mt.interop.from_torch(lambda *arrays: arrays[0] * arrays[1], "test::stars", operands=["arrays"])
    assert mt.grad(lambda x: op(x, 5.0))(2.0) == 5.0


def test_a_function_without_arrays_is_refused():
    pytest.importorskip("torch")
    with pytest.raises(TypeError, match="has no operand"):
        mt.interop.from_torch(lambda k=1: k, "test::nothing")
    with pytest.raises(OperandError, match="has no parameter y; it has x"):
        mt.interop.from_torch(lambda x: x, "test::nothing", operands=["y"])
