"""PyTorch functions as ops."""

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import NotTracked

VALUES = np.array([0.5, 1.0, 2.0])


@pytest.fixture
def torch():
    return pytest.importorskip("torch")


@pytest.fixture
def power(torch):
    """Return a Function with a custom derivative and a parameter."""

    class Power(torch.autograd.Function):
        """x to the power k."""

        @staticmethod
        def forward(ctx, x, k: int = 3):
            ctx.save_for_backward(x)
            ctx.k = k
            return x**k

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * ctx.k * x ** (ctx.k - 1), None

    return Power


def test_a_torch_function_becomes_an_op_of_its_operands_and_parameters(power):
    op = mt.interop.from_torch(power)
    assert [operand.name for operand in op.operands] == ["x"]
    assert [parameter.name for parameter in op.parameters] == ["k"]
    assert op.__doc__ == "x to the power k."
    assert op.declaration.place.startswith(__file__)


def test_the_apply_of_a_torch_function_becomes_the_same_op(power):
    assert np.array_equal(mt.interop.from_torch(power.apply)(VALUES, k=2), VALUES**2)


def test_a_torch_function_of_numpy_arrays_returns_numpy_arrays(power):
    result = mt.interop.from_torch(power)(VALUES)
    assert type(result) is np.ndarray
    assert np.array_equal(result, VALUES**3)


def test_an_imported_function_has_a_second_derivative(power):
    op = mt.interop.from_torch(power)
    assert mt.grad(op)(2.0) == 12.0
    assert mt.grad(mt.grad(op))(2.0) == 12.0
    assert np.allclose(mt.grad(lambda x: xp.sum(xp.sin(op(x))))(VALUES), np.cos(VALUES**3) * 3 * VALUES**2)


def test_a_torch_function_with_setup_context_becomes_an_op(torch):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return 2 * x

        @staticmethod
        def setup_context(ctx, inputs, output):
            """Save nothing."""

        @staticmethod
        def backward(ctx, g):
            return 2 * g

    op = mt.interop.from_torch(Double)
    assert [operand.name for operand in op.operands] == ["x"]
    assert mt.grad(op)(1.5) == 2.0


def test_complex_gradients_are_conjugated_into_cotangents(torch):
    op = mt.interop.from_torch(lambda z: z * z, "test::square", complexes=True)
    z, g = np.array([1 + 2j, 3 - 1j]), np.array([1j, 2.0])
    assert np.allclose(mt.vjp(op, z)[1](g)[0], 2 * z * g)


def test_a_function_may_return_an_integer_beside_a_floating_output(torch):
    op = mt.interop.from_torch(lambda a: (a.sin(), a.argmax()), "test::both")
    values, index = op(VALUES)
    assert index == 2
    assert np.allclose(mt.grad(lambda x: xp.sum(op(x)[0]))(VALUES), np.cos(VALUES))
    assert np.allclose(values, np.sin(VALUES))


def test_a_function_that_cuts_the_graph_is_not_differentiable(torch):
    op = mt.interop.from_torch(lambda a: a.detach() * 2, "test::cut")
    with pytest.raises(NotTracked, match="has no derivative"):
        mt.grad(op)(1.0)


def test_a_once_differentiable_backward_is_refused_at_second_order(torch):
    class Once(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, g):
            return 2 * g

    op = mt.interop.from_torch(Once)
    assert mt.grad(op)(1.0) == 2.0
    with pytest.raises(RuntimeError, match="once_differentiable"):
        mt.grad(mt.grad(lambda x: op(x) * op(x)))(1.0)


def test_an_exported_op_can_be_imported_again(torch):
    imported = mt.interop.from_torch(mt.interop.to_torch(xp.tanh), "test::tanh", operands=["x"])
    for first, second in [
        (mt.grad(imported), mt.grad(xp.tanh)),
        (mt.grad(mt.grad(imported)), mt.grad(mt.grad(xp.tanh))),
    ]:
        assert np.isclose(first(0.3), second(0.3), rtol=1e-14)
