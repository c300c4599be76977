"""Questions about the dtype of an operand."""

import array_api_compat.numpy as xp
import numpy as np
import pytest
from numpy.testing import assert_array_equal

import mutorch_core as mt
from mutorch_ops_basic.operands.dtypes import conjugate, is_complex, to_floating, unwrap

X = np.array([1.0, -2.0])


def test_raw_unwraps_a_var_and_nothing_else():
    assert unwrap(mt.Var(X)) is X
    assert unwrap(X) is X
    assert unwrap(2.0) == 2.0


@pytest.mark.parametrize("library", ["numpy", "torch", "jax.numpy", "array_api_strict"])
def test_complex_dtypes_are_recognised_in_every_library(library):
    namespace = pytest.importorskip(library)
    for dtype in ("complex64", "float32", "int8", "bool"):
        assert is_complex(namespace.asarray([1], dtype=getattr(namespace, dtype))) == (dtype == "complex64")
    assert is_complex(1j)
    assert not is_complex(1.0)


def test_a_real_array_is_its_own_conjugate():
    assert conjugate(X, xp) is X
    assert_array_equal(conjugate(X + 2j, xp), X - 2j)


@pytest.mark.parametrize("dtype", [np.int8, np.uint32, np.float32, np.complex128])
def test_integers_become_floating_and_others_stay(dtype):
    made = to_floating(np.array([1, 2], dtype), xp)
    assert made.dtype == (np.float64 if np.issubdtype(dtype, np.integer) else dtype)
    assert_array_equal(made, [1, 2])
