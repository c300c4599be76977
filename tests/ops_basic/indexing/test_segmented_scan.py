"""Values that go to the same position, combined."""

from functools import reduce

import array_api_compat.numpy as np_namespace
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from mutorch_ops_basic.indexing.segmented_scan import combine_at, positions_of, products_of_others, scan_runs

RNG = np.random.default_rng(5)
POSITIONS = np.array([3, 0, 3, 3, 1, 0])


def namespaces():
    """NumPy's namespace, and the strict one of the standard, which has nothing else."""
    strict = pytest.importorskip("array_api_strict")
    return np_namespace, strict


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (1, [3, 4, 5]),
        ((slice(None), -1), [2, 5]),
        ((np.array([1, 0, 1]), np.array([0, 2, 0])), [3, 2, 3]),
        (np.array([[True, False, True], [False, False, True]]), [0, 2, 5]),
    ],
    ids=["row", "column", "arrays", "mask"],
)
def test_a_key_is_turned_into_positions_of_the_flat_array(key, expected):
    assert_array_equal(positions_of(key, (2, 3)), expected)


@pytest.mark.parametrize("combine", [np.maximum, np.multiply, np.minimum], ids=lambda f: f.__name__)
def test_values_are_combined_as_numpys_ufunc_at_does(combine):
    x, values = RNG.normal(size=5), RNG.normal(size=POSITIONS.size)
    expected = x.copy()
    combine.at(expected, POSITIONS, values)
    assert_allclose(combine_at(x, POSITIONS, values, combine, np_namespace), expected, rtol=1e-14)


def test_functions_of_the_standard_are_enough():
    _, strict = namespaces()
    x, values = np.array([1.0, 2.0, 3.0, 4.0]), RNG.normal(size=POSITIONS.size)
    got = combine_at(strict.asarray(x), strict.asarray(POSITIONS), strict.asarray(values), lambda a, b: a * b, strict)
    expected = x.copy()
    np.multiply.at(expected, POSITIONS, values)
    assert_allclose(np.asarray(got), expected, rtol=1e-14)


def test_nothing_is_combined_where_no_position_is_named():
    x = np.array([1.0, 2.0])
    got = combine_at(x, np.array([], dtype=int), np.array([]), np.multiply, np_namespace)
    assert_array_equal(got, x)
    assert not np.shares_memory(got, x)


@pytest.mark.parametrize("length", [1, 2, 3, 7, 8, 9, 33])
def test_a_scan_combines_each_value_with_those_before_it_in_its_run(length):
    values = RNG.normal(size=length)
    runs = np.sort(RNG.integers(0, 3, size=length))
    expected = [reduce(np.multiply, values[: i + 1][runs[: i + 1] == runs[i]]) for i in range(length)]
    assert_allclose(scan_runs(values, runs, np.multiply, np_namespace), expected, rtol=1e-13)


def test_the_order_of_what_is_combined_is_kept():
    first = scan_runs(
        np.array([5.0, 6.0, 7.0, 8.0]), np.array([0, 0, 1, 1]), lambda earlier, later: earlier, np_namespace
    )
    assert_array_equal(first, [5, 5, 7, 7])


@pytest.mark.parametrize("zeros", [0, 1, 2])
def test_products_of_others_divide_by_nothing(zeros):
    values = RNG.normal(size=POSITIONS.size)
    values[[0, 3][:zeros]] = 0
    expected = [
        np.prod([values[j] for j in range(values.size) if j != i and POSITIONS[j] == POSITIONS[i]])
        for i in range(values.size)
    ]
    assert_allclose(products_of_others(values, POSITIONS, (4,), np_namespace), expected, rtol=1e-13)
