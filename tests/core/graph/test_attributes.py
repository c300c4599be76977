"""The attributes of a `Var` as an Array API array: shape, dtype, length, iteration, namespace."""

from __future__ import annotations

import inspect
from fractions import Fraction

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import errors


def test_a_number_has_no_axes_and_the_dtype_that_numpy_gives_it():
    for number, dtype in ((True, np.bool), (2, np.int64), (2.0, np.float64), (2j, np.complex128)):
        x = mt.Var(number)
        assert (x.shape, x.ndim, x.size, x.dtype, x.device) == ((), 0, 1, dtype, "cpu")
        assert isinstance(x.dtype, np.dtype)
    assert mt.Var(Fraction(1, 2)).dtype is Fraction


def test_the_size_is_none_if_a_lazy_library_has_not_computed_it():
    da = pytest.importorskip("dask.array")
    x = mt.Var(da.asarray([1.0, 2.0]))
    assert (x.size, x.device) == (2, "cpu")
    assert (x[x > 1.0]).size is None


SIGNATURES = {
    (): """
        __abs__ __bool__ __complex__ __dlpack_device__ __float__ __index__ __int__ __invert__ __neg__ __pos__
    """,
    ("POSITIONAL_ONLY",): """
        __add__ __and__ __eq__ __floordiv__ __ge__ __getitem__ __gt__ __le__ __lshift__ __lt__ __matmul__ __mod__
        __mul__ __ne__ __or__ __pow__ __rshift__ __sub__ __truediv__ __xor__ __radd__ __rand__ __rfloordiv__
        __rlshift__ __rmatmul__ __rmod__ __rmul__ __ror__ __rpow__ __rrshift__ __rsub__ __rtruediv__ __rxor__
    """,
    ("POSITIONAL_ONLY", "POSITIONAL_ONLY"): "__setitem__",
    ("api_version",): "__array_namespace__",
    ("stream", "max_version", "dl_device", "copy"): "__dlpack__",
    ("POSITIONAL_ONLY", "stream"): "to_device",
}


@pytest.mark.parametrize(("wanted", "names"), SIGNATURES.items(), ids=str)
def test_the_methods_of_the_standard_have_its_signatures(wanted, names):
    x = mt.Var(np.ones((1, 1)))
    for name in names.split():
        parameters = inspect.signature(getattr(x, name)).parameters.values()
        kinds = tuple(p.name if p.kind is p.KEYWORD_ONLY else p.kind.name for p in parameters)
        assert kinds == wanted, name


def test_array_namespace_accepts_the_supported_versions_only():
    x = mt.Var(np.ones(2))
    assert x.__array_namespace__(api_version="2021.12") is x.__array_namespace__(api_version="2024.12")
    with pytest.raises(
        errors.OperandError, match=r"api_version='2099\.12': Var follows .* 2023\.12, 2024\.12"
    ) as caught:
        x.__array_namespace__(api_version="2099.12")
    assert isinstance(caught.value, ValueError)


class TestEntries:
    """Length, iteration, and `in`."""

    def test_iteration_goes_over_the_first_axis_and_stays_on_the_graph(self):
        x = mt.Var(np.arange(6.0).reshape(3, 2))
        first, second, third = x
        (first * 2.0 + third).sum().backprop()
        np.testing.assert_array_equal(x.grad, [[2, 2], [0, 0], [1, 1]])
        assert second.shape == (2,)

    def test_iteration_ends_where_the_library_does_not_check_indices(self):
        jnp = pytest.importorskip("jax.numpy")
        assert [int(each) for each in mt.Var(jnp.arange(3))] == [0, 1, 2]

    @pytest.mark.parametrize("value", [2.0, np.asarray(2.0)])
    def test_a_value_without_axes_has_neither_length_nor_entries(self, value):
        x = mt.Var(value)
        with pytest.raises(errors.OperandError, match=r"len\(\) of (2\.0|float64\[\]): it has no axis"):
            len(x)
        with pytest.raises(TypeError, match=r"iteration over (2\.0|float64\[\]): it has no axis"):
            iter(x)

    def test_the_in_operator_looks_for_an_equal_entry(self):
        x = mt.Var(np.arange(3.0))
        assert 2.0 in x
        assert mt.Var(1.0) in x
        assert 5.0 not in x


def test_attributes_are_those_of_the_value():
    x = mt.Var(np.zeros((2, 3), dtype=np.float32))
    assert (x.shape, x.ndim, x.size, x.dtype, x.device) == ((2, 3), 2, 6, np.float32, "cpu")
    assert (mt.Var(1.0).shape, mt.Var(1.0).ndim, mt.Var(1.0).size, mt.Var(1.0).dtype) == ((), 0, 1, float)
    assert x.T.shape == x.mT.shape == (3, 2)
    assert len(x) == 2
