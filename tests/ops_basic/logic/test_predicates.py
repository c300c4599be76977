"""Comparisons and integer functions that the standard lacks: NumPy's answers, and no graph."""

from math import inf, nan

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

A = np.array([1.0, 1.0, inf, inf, -inf, nan, 0.0, 1e300])


B = np.array([1.0 + 1e-9, 1.1, inf, -inf, 1.0, nan, 1e-9, -1e300])


Z = np.array([1 + 0j, 2j, 0, complex(nan, 0), complex(1, inf)])


@pytest.mark.filterwarnings("ignore:overflow encountered")
@pytest.mark.parametrize("options", [{}, {"equal_nan": True}, {"rtol": 0.0}, {"atol": 0.2, "rtol": 0.0}])
def test_closeness_is_numpys_with_infinities_and_nan(options):
    own = xp.isclose(mt.Var(A), B, **options)
    assert own.node is None
    assert_array_equal(own.value, np.isclose(A, B, **options))
    for a, b in [(A[:1], B[:1]), (A, B), (A[5:6], B[5:6]), (A[:0], B[:0])]:
        assert bool(xp.allclose(a, mt.Var(b), **options)) is np.allclose(a, b, **options)


def test_arrays_are_equal_with_one_shape_and_equal_entries():
    x = np.array([1.0, nan])
    assert bool(xp.array_equal(x, mt.Var(x), equal_nan=True))
    assert not xp.array_equal(x, x)
    assert not xp.array_equal(np.ones(2), np.ones((1, 2)))
    assert bool(xp.array_equal(2, 2.0))


@pytest.mark.parametrize("name", ["iscomplex", "isreal"])
def test_kinds_of_numbers_are_numpys(name):
    for x in (A, Z, np.arange(3)):
        assert_array_equal(getattr(xp, name)(mt.Var(x)).value, getattr(np, name)(x))


@pytest.mark.parametrize("name", ["isneginf", "isposinf"])
def test_infinities_have_a_sign(name):
    assert_array_equal(getattr(xp, name)(mt.Var(A)).value, getattr(np, name)(A))
    with pytest.raises(OperandError, match=rf"{name}\(x=complex128\[5\]\)"):
        getattr(xp, name)(Z)
