"""The array namespace that a value belongs to."""

from __future__ import annotations

from fractions import Fraction

import array_api_compat.numpy
import numpy as np
import pytest

from mutorch_core import errors
from mutorch_core.arrays import namespaces
from mutorch_core.arrays.namespaces import (
    common_namespace,
    is_number,
    is_number_type,
    library_name,
    library_namespace,
    namespace_of,
    namespace_or_none,
)


def test_numbers_and_numpy_values_belong_to_numpy():
    for value in (1, 1.5, 1j, True, np.zeros(2), np.float32(1)):
        assert namespace_of(value) is array_api_compat.numpy


def test_other_numbers_have_operators_only():
    with pytest.raises(errors.OperandError, match="Fraction numbers have operators only"):
        namespace_of(Fraction(1, 2))


def test_a_value_that_is_no_array_has_no_namespace():
    with pytest.raises(errors.OperandError, match="a str is neither a number nor an array"):
        namespace_of("x")


def test_numbers_and_none_are_compatible_with_any_library():
    assert common_namespace([1.0, None, np.zeros(2)]) is array_api_compat.numpy
    assert common_namespace([1.0, None]) is array_api_compat.numpy


def test_mixed_libraries_are_an_error_that_names_both():
    strict = pytest.importorskip("array_api_strict", reason="array_api_strict is not installed")
    with pytest.raises(errors.OperandError, match="two array libraries are mixed: numpy and array_api_strict"):
        common_namespace([np.zeros(2), strict.zeros(2)])


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1, True), (1.5, True), (1j, True), (True, True), (Fraction(1, 2), True), (np.float64(1), False),
     (np.ones(1), False), ("1", False), (None, False), ([1], False)],
)  # fmt: skip
def test_python_numbers_are_numbers_and_numpys_scalars_are_not(value, expected):
    assert is_number(value) is expected
    assert is_number_type(type(value)) is expected


def test_a_dtype_is_no_number_type():
    assert not is_number_type(np.dtype(float))
    assert not is_number_type("float64")


def test_a_namespace_is_looked_up_once_for_each_type(monkeypatch):
    class Own(np.ndarray):
        pass

    looked_up = []

    def count(value):
        looked_up.append(type(value))
        return array_api_compat.numpy

    monkeypatch.setattr(namespaces, "look_up_namespace", count)
    for _ in range(3):
        assert namespace_of(np.ones(2).view(Own)) is array_api_compat.numpy
    assert looked_up == [Own]
    del namespaces.namespace_cache[Own]


@pytest.mark.parametrize(
    ("library", "name"), [("numpy", "numpy"), ("array_api_strict", "array_api_strict"), ("torch", "torch"),
                          ("jax.numpy", "jax"), ("dask.array", "dask")],
)  # fmt: skip
def test_a_namespace_has_the_name_of_its_library_and_is_found_by_it(library, name):
    module = pytest.importorskip(library)
    namespace = namespace_of(module.asarray([1.0]))
    assert library_name(namespace) == name
    assert library_namespace(name) is namespace


def test_a_library_that_is_not_installed_is_an_import_error():
    with pytest.raises(ImportError, match="not_a_library"):
        library_namespace("not_a_library")


def test_values_without_an_array_have_no_common_library():
    assert namespace_or_none([1.0, None, np.float32(2)]) is None
    assert namespace_or_none([]) is None
    assert namespace_or_none([1.0, np.ones(2), None, np.ones(3)]) is array_api_compat.numpy
    with pytest.raises(errors.OperandError, match="Fraction numbers have operators only"):
        common_namespace([1.0, Fraction(1, 2)])
