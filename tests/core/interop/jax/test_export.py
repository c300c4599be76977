"""Ops as functions of JAX arrays."""

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, op
from tests.core.interop.representative import MATRIX, REPRESENTATIVE, UNCOMPILED, cube


@pytest.mark.parametrize(
    ("use", "compiled"), [*((use, True) for use in REPRESENTATIVE), *((use, False) for use in UNCOMPILED)]
)
def test_jax_check_grads_passes_to_second_order(use, compiled):
    jax = pytest.importorskip("jax")
    from jax.test_util import check_grads

    from mutorch_core.gradcheck.under_test.backends import backend_of

    function, arrays = REPRESENTATIVE[use]
    with backend_of("jax").session():

        def called(*inputs):
            return function(mt.interop.to_jax, inputs.__getitem__)

        inputs = [jax.numpy.asarray(array) for array in arrays]
        check_grads(jax.jit(called) if compiled else called, inputs, order=2, modes=["rev"])


def test_jax_vmap_runs_over_an_exported_op():
    jax = pytest.importorskip("jax")
    matrix = jax.numpy.asarray(MATRIX, dtype="float32")
    assert np.allclose(jax.vmap(jax.grad(lambda x: jax.numpy.sum(mt.interop.to_jax(cube)(x))))(matrix), 3 * matrix**2)


def test_jax_compiles_a_call_once_for_all_arrays_of_one_shape():
    jax = pytest.importorskip("jax")
    traced = []

    @op("test::counted")
    def counted(x: Array, /) -> Array:
        traced.append(x)
        return x * 2

    counted.vjp("x")(lambda g: g * 2)
    compiled = jax.jit(mt.interop.to_jax(counted))
    compiled(jax.numpy.ones(3))
    first = len(traced)
    compiled(jax.numpy.zeros(3))
    assert len(traced) == first > 0
