"""JAX functions as ops."""

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp

VALUES = np.array([0.5, 1.0, 2.0])


@pytest.fixture
def jax():
    return pytest.importorskip("jax")


def test_a_jax_function_becomes_an_op_with_its_custom_derivative(jax):
    @jax.custom_vjp
    def odd(x):
        return jax.numpy.sin(x)

    odd.defvjp(lambda x: (odd(x), x), lambda x, g: (g * 7 * x,))
    op = mt.interop.from_jax(odd)
    assert np.allclose(op(VALUES), np.sin(VALUES), rtol=1e-15)
    assert np.allclose(mt.grad(lambda x: xp.sum(op(x)))(VALUES), 7 * VALUES, rtol=1e-15)
    assert mt.grad(mt.grad(op))(2.0) == 7.0


def test_arguments_that_jax_does_not_differentiate_are_parameters(jax):
    from functools import partial

    @partial(jax.custom_vjp, nondiff_argnums=(1,))
    def power(x, k):
        return x**k

    power.defvjp(lambda x, k: (x**k, x), lambda k, x, g: (g * k * x ** (k - 1),))
    op = mt.interop.from_jax(power)
    assert [operand.name for operand in op.operands] == ["x"]
    assert mt.grad(lambda x: op(x, 3))(2.0) == 12.0
