"""The array namespace that a value belongs to."""

from __future__ import annotations

from fractions import Fraction

import array_api_compat.numpy
import numpy as np
import pytest

from mutorch_core import errors
from mutorch_core.arrays.namespaces import common_namespace, namespace_of


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
