"""The operators of `Var`: mixed operands, augmented assignment, and binding to ops."""

from __future__ import annotations

import operator
import subprocess
import sys

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import errors
from mutorch_core.graph.operators import OPERATORS, Operators, bind_operator, ufunc_calls


def test_arrays_and_vars_mix_in_operators():
    x = mt.Var(np.ones(3))
    (np.arange(3.0) * x + np.ones(3) - x / 2).backprop(np.ones(3))
    np.testing.assert_allclose(x.grad, np.arange(3.0) - 0.5)


def test_an_augmented_assignment_changes_the_var_and_not_the_memory_of_its_array():
    held = np.ones(2)
    x = mt.Var(held)
    y = x * 1.0
    z, before = y, y.value
    z += x
    assert z is y
    np.testing.assert_array_equal(before, 1.0)
    y *= y
    y.backprop(np.ones(2))
    np.testing.assert_array_equal(y.value, 4.0)
    np.testing.assert_array_equal(x.grad, 8.0)
    np.testing.assert_array_equal(held, 1.0)


def test_an_augmented_assignment_to_a_number_rebinds_its_name():
    def f(x):
        total = x
        total += 1.0
        return total * x

    assert (f(3.0), mt.grad(f)(3.0)) == (12.0, 7.0)


@pytest.mark.parametrize("value", [1.0, np.ones(2)])
def test_an_augmented_assignment_to_a_leaf_is_refused(value):
    x = mt.Var(value)
    with pytest.raises(errors.OperandError, match=r"x \*= v on a leaf would lose its gradient: write x = x \* v"):
        x *= 2.0


def test_an_augmented_assignment_keeps_dtype_and_shape_or_is_refused():
    y = +mt.Var(np.ones(3, np.float32))
    y += np.ones(3)
    assert y.dtype == np.float32
    with pytest.raises(errors.OperandError, match=r"x \+= v would turn float32\[3\] into float64\[2,3\]"):
        y += np.ones((2, 3))
    counts = mt.Var(np.arange(3))
    with pytest.raises(errors.OperandError, match=r"x /= v would turn int64\[3\] into float64\[3\]"):
        counts /= 2


ON_NUMBERS = {
    "+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "//": operator.floordiv,
    "%": operator.mod, "**": operator.pow, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
ON_INTEGERS = {
    "&": operator.and_, "|": operator.or_, "^": operator.xor, "<<": operator.lshift, ">>": operator.rshift,
}  # fmt: skip


@pytest.mark.parametrize(("call", "left", "right"), [
    *((call, 7.0, 2.0) for call in ON_NUMBERS.values()), *((call, 6, 3) for call in ON_INTEGERS.values()),
    (operator.matmul, np.array([[1.0, 2.0]]), np.array([[3.0], [4.0]])),
])  # fmt: skip
def test_an_operator_and_its_reflection_give_the_result_of_the_values(call, left, right):
    expected = call(left, right)
    for result in (call(mt.Var(left), right), call(left, mt.Var(right)), call(mt.Var(left), mt.Var(right))):
        assert type(result) is mt.Var
        np.testing.assert_array_equal(result.value, expected)


@pytest.mark.parametrize("call", [operator.neg, operator.pos, abs])
def test_a_unary_operator_gives_the_result_of_the_value(call):
    assert call(mt.Var(-2.5)).value == call(-2.5)
    assert operator.invert(mt.Var(5)).value == ~5


def test_divmod_gives_quotient_and_remainder_on_either_side():
    for quotient, remainder in (divmod(mt.Var(7.0), 2.0), divmod(7.0, mt.Var(2.0))):
        assert (quotient.value, remainder.value) == (3.0, 1.0)


def test_equality_is_elementwise_and_the_hash_is_the_identity():
    x, y = mt.Var(np.arange(3.0)), mt.Var(np.arange(3.0))
    np.testing.assert_array_equal((x == y).value, [True, True, True])
    assert hash(x) == id(x)
    assert len({x, y, x}) == 2


def test_every_operator_has_its_method_and_a_binary_one_its_reflected_and_augmented_methods():
    for method, reflected in OPERATORS.values():
        assert hasattr(mt.Var, method)
        if reflected is not None:
            assert hasattr(mt.Var, reflected)
            assert hasattr(mt.Var, "__i" + method.removeprefix("__"))
    assert not hasattr(mt.Var, "__ilt__")


class TestBinding:
    """Binding of an operator to an op's call."""

    @pytest.fixture
    def restored(self):
        """The methods and the ufunc of `^`, restored at the end."""
        names = ("__xor__", "__rxor__", "__ixor__")
        before = {name: vars(Operators)[name] for name in names}
        calls = dict(ufunc_calls)
        yield
        ufunc_calls.clear()
        ufunc_calls.update(calls)
        for name, method in before.items():
            setattr(Operators, name, method)

    def test_the_call_becomes_the_method_and_the_reflected_method_swaps_its_operands(self, restored):
        def wedge(x1, x2):
            return "left", getattr(x1, "value", x1), getattr(x2, "value", x2)

        bind_operator("^", wedge)
        assert Operators.__xor__.__wrapped__ is wedge
        assert (mt.Var(1.0) ^ 2.0) == ("left", 1.0, 2.0)
        assert (1.0 ^ mt.Var(2.0)) == ("left", 1.0, 2.0)

    def test_an_augmented_operator_returns_not_implemented_as_it_is(self, restored):
        bind_operator("^", lambda x1, x2: NotImplemented)
        x = +mt.Var(np.ones(2))
        with pytest.raises(TypeError, match="unsupported operand"):
            x ^= 2.0

    def test_an_operator_is_loaded_on_first_use_and_bound_from_then_on(self):
        code = """
import mutorch_core as mt
from mutorch_core.graph.operators import Operators
assert Operators.__mul__.__module__ == Operators.__rmul__.__module__ == "mutorch_core.graph.operators"
assert (2.0 * mt.Var(3.0)).value == 6.0
assert Operators.__mul__.__wrapped__ is mt.ops.basic.multiply.call
assert (-mt.Var(3.0)).value == -3.0
assert Operators.__neg__ is mt.ops.basic.negative.call
x = +mt.Var(3.0)
x -= 1.0
assert x.value == 2.0
print("done")
"""
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert done.stdout == "done\n", done.stderr


def test_a_constant_leaf_can_be_assigned_to_and_a_tracked_leaf_can_not():
    counts = mt.Var(np.arange(3))
    counts += 2
    np.testing.assert_array_equal(counts.value, [2, 3, 4])
    w = mt.Var(np.ones(2))
    with pytest.raises(errors.OperandError, match=r"to step a parameter, x\.value = x\.value - v"):
        w -= 0.5
    w.value = w.value - 0.5
    np.testing.assert_array_equal(w.value, 0.5)
