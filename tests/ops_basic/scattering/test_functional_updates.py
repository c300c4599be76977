"""at(x)[key]: functional updates of raw arrays and variables."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp

X = np.array([1.0, 2.0, 4.0, 8.0])
KEY, V = np.array([0, 0, 2]), np.array([3.0, 5.0, 0.5])
PRODUCT, SUM = np.array([15.0, 1, 0.5, 1]), np.array([8.0, 0, 0.5, 0])
UPDATED = {
    "set": [5, 2, 0.5, 8],
    "add": X + SUM,
    "subtract": X - SUM,
    "multiply": X * PRODUCT,
    "divide": X / PRODUCT,
    "power": X**PRODUCT,
    "min": [1, 2, 0.5, 8],
    "max": [5, 2, 4, 8],
}
SLOPES = {
    "set": ([0, 1, 0, 1], [0, 1, 1]),
    "add": ([1, 1, 1, 1], [1, 1, 1]),
    "subtract": ([1, 1, 1, 1], [-1, -1, -1]),
    "multiply": (PRODUCT, [5, 3, 4]),
    "divide": (1 / PRODUCT, [-1 / 15 / 3, -1 / 15 / 5, -4 / 0.25]),
    "power": (PRODUCT * X ** (PRODUCT - 1), [0, 0, 2 * np.log(4)]),
    "min": ([1, 1, 0, 1], [0, 0, 1]),
    "max": ([0, 1, 1, 1], [0, 1, 0]),
}


@pytest.mark.parametrize("library", ["numpy", "torch", "jax.numpy"])
@pytest.mark.parametrize("name", UPDATED)
def test_a_raw_array_comes_back_changed_and_is_left_alone(name, library):
    raw = pytest.importorskip(library)
    x, key, v = (raw.asarray(each) for each in (X.astype(np.float32), KEY, V.astype(np.float32)))
    updated = getattr(xp.at(x)[key], name)(v)
    assert type(updated) is type(x)
    assert_allclose(np.asarray(updated), UPDATED[name], rtol=1e-6)
    assert_array_equal(np.asarray(x), X)


@pytest.mark.parametrize("name", UPDATED)
def test_repeated_indices_have_the_gradients_of_repeated_updates(name, slopes):
    x = mt.Var(X)
    assert_allclose(getattr(xp.at(x)[KEY], name)(V).value, UPDATED[name])
    assert_array_equal(x.value, X)
    to_x, to_v = slopes(lambda x, v: getattr(xp.at(x)[KEY], name)(v), X, V)
    assert_allclose(to_x, SLOPES[name][0])
    assert_allclose(to_v, SLOPES[name][1])


@pytest.mark.parametrize("name", ["set", "add", "multiply", "divide", "power"])
def test_second_derivatives_are_those_of_the_written_out_update(name):
    operate = {"set": lambda x, v: v, "add": lambda x, v: x + v, "multiply": lambda x, v: x * v}
    operate |= {"divide": lambda x, v: x / v, "power": lambda x, v: x**v}
    key, v = np.array([0, 2]), np.array([3.0, 0.5])

    def written_out(pair):
        x, v = pair
        return sum(operate[name](x[i], v[j]) ** 3 for j, i in enumerate(key)) + x[1] ** 3 + x[3] ** 3

    def updated(pair):
        return xp.sum(getattr(xp.at(pair[0])[key], name)(pair[1]) ** 3)

    point, tangent = (X, v), (np.cos(X), np.sin(v))
    for got, expected in zip(*(mt.hvp(f, (point,), (tangent,)) for f in (updated, written_out)), strict=True):
        assert_allclose(got, expected)


def test_a_number_goes_to_every_place_that_the_key_names():
    assert_array_equal(xp.at(X)[KEY].add(1), [3, 2, 5, 8])
    assert mt.grad(lambda v: xp.sum(xp.at(X)[KEY].add(v) * X))(2.0) == 1 + 1 + 4
    assert mt.grad(lambda v: xp.sum(xp.at(X)[KEY].set(v) * X))(2.0) == 1 + 4


def test_keys_are_those_of_indexing(slopes):
    x = X.reshape(2, 2)
    for key in (0, (slice(None), 1), (..., None, 0), x > 1, (mt.Var(np.array([1, 1])), 0), -1):
        plain = (key[0].value, key[1]) if isinstance(key, tuple) and isinstance(key[0], mt.Var) else key
        expected = x.copy()
        np.add.at(expected, plain, 10.0)
        updated = xp.at(mt.Var(x))[key].add(10.0)
        assert_array_equal(updated.value, expected)
        assert_array_equal(slopes(lambda x, key=key: xp.at(x)[key].add(10.0), x)[0], 1)


def test_a_function_is_applied_once_to_each_entry():
    updated = xp.at(mt.Var(X))[KEY].apply(xp.square)
    assert_array_equal(updated.value, [1, 2, 16, 8])
    assert_array_equal(mt.grad(lambda x: xp.sum(xp.at(x)[KEY].apply(xp.square)))(X), [2, 1, 8, 1])


def test_the_entries_themselves_can_be_read():
    assert_array_equal(xp.at(X)[KEY].get(), [1, 1, 4])
