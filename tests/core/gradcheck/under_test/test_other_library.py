"""A case on another array library."""

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core.gradcheck.cases.case import read_case
from mutorch_core.gradcheck.under_test.backends import NUMPY, backend_of
from mutorch_core.gradcheck.under_test.op_under_test import OpUnderTest
from mutorch_core.gradcheck.under_test.other_library import LibraryCase

PRODUCT = "x1=float64[2]:[1,2];x2=float64[2]:[3,4];g=float64[2]:[1,10]"


def library_case(backend, name="basic::multiply", text=PRODUCT):
    return LibraryCase(OpUnderTest(read_case(mt.ops[name], text)), backend)


def test_results_are_the_value_and_the_cotangents_of_two_orders():
    results = {
        result.name: [np.asarray(value).tolist() for value in result.values] for result in library_case(NUMPY).results()
    }
    assert list(results) == ["result", "cotangent", "recorded cotangent", "second-order cotangent"]
    assert results["result"] == [[3, 8]]
    assert results["cotangent"] == results["recorded cotangent"] == [[3, 40], [1, 20]]
    assert results["second-order cotangent"] == [[1, 10], [1, 10], [4, 6]]


def test_without_gradient_there_is_the_value_alone():
    case = library_case(NUMPY, "basic::less", "x1=float64[1]:[1];x2=float64[1]:[2]")
    assert [result.name for result in case.results()] == ["result"]


def test_arrays_and_dtypes_are_those_of_the_library():
    pytest.importorskip("array_api_strict")
    backend = backend_of("array_api_strict")
    case = library_case(backend)
    assert all(map(backend.owns, (*case.arrays, *case.cotangents, *case.weights)))
    for result in case.results():
        assert all(map(backend.owns, result.values))
    assert backend.parameter(np.float64) == backend.space.float64
    assert backend.parameter(3) == 3


def test_early_computation_is_noted():
    assert list(library_case(NUMPY).notes(0)) == []
    assert list(library_case(NUMPY).notes(2)) == ["are computed at once, not when they are asked for"]
