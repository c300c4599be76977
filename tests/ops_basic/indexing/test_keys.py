"""Reading and writing with every kind of key: values, cotangents and second derivatives against closed forms."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

X = np.arange(1.0, 25.0).reshape(2, 3, 4)
ROWS, MASK = np.array([True, False]), np.array([[True, False, True], [False, False, True]])
REPEATED = np.array([0, 2, 2])
KEYS = {
    "integer": -1,
    "numpy integer": np.int64(1),
    "integers": (1, -2, 3),
    "slice": slice(1, None),
    "backwards": slice(None, None, -1),
    "steps backwards": (slice(None), slice(None, 0, -2), slice(-1, None, -3)),
    "nothing": (slice(2, 2), 0),
    "all": (),
    "ellipsis": ...,
    "ellipsis and integer": (..., 1),
    "new axes": (None, ..., None, 0, None),
    "mask": X % 3 == 0,
    "mask of lower rank": ROWS,
    "mask of two axes": MASK,
    "mask and slice": (slice(None), np.array([True, False, True]), slice(1, 3)),
    "mask and integer": (MASK, 1),
    "mask and integers": (ROWS, REPEATED),
    "no entry": np.zeros((2, 3), bool),
    "true": True,
    "false": False,
    "0-d mask": np.array(True),
    "new axis and true": (None, True, 0),
    "list": [1, 0, 1],
    "list of booleans": [False, True],
    "empty list": [],
    "repeated": (slice(None), REPEATED),
    "table": np.array([[0, 1], [1, 1]]),
    "0-d integers": (np.array(1), np.array(-1)),
    "negative integers": (slice(None), np.array([-1, 2, 0])),
    "broadcast": (np.array([[0], [1]]), np.array([0, 2, 2])),
    "points": (np.array([0, 1, 0]), np.array([2, 0, 2]), np.array([1, -1, 1])),
    "separated": (np.array([0, 1, 1]), slice(None), np.array([0, 3, 3])),
    "separated by an axis": (0, slice(1), np.array([1, 1])),
    "with new axis": (np.array([1, 1]), None, slice(1, None)),
    "lists": ([0, 1, 1], [2, 0, 0]),
}
keys = pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)


def origin(key):
    """Return the index in X of each entry taken."""
    return np.arange(X.size).reshape(X.shape)[key]


@keys
def test_what_is_taken_gets_its_cotangent_back(key, slope):
    taken = mt.Var(X)[key]
    assert_array_equal(taken.value, X[key])
    assert taken.shape == X[key].shape
    g = np.cos(np.arange(taken.size)).reshape(taken.shape)
    expected = np.bincount(origin(key).ravel(), g.ravel(), minlength=X.size).reshape(X.shape)
    assert_array_equal(slope(lambda x: x[key], X, g=g), expected)


@keys
def test_taking_bends_as_often_as_an_entry_is_taken(key):
    times = np.bincount(origin(key).ravel(), minlength=X.size).reshape(X.shape)
    (bent,) = mt.hvp(lambda x: xp.sum(x[0][key] ** 3), ((X,),), ((np.cos(X),),))
    np.testing.assert_allclose(bent, 6 * X * times * np.cos(X))


def written(key, shape):
    """Return the index of the value that stays in each entry of X, -1 for entries not written."""
    turns = np.full(X.shape, -1)
    turns[key] = np.arange(np.prod(shape, dtype=int)).reshape(shape)
    return turns


@keys
def test_what_is_written_takes_the_cotangent_from_what_was_there(key, slopes):
    value = -np.arange(1.0, 1 + X[key].size).reshape(X[key].shape)

    def assigned(x, v):
        y = +x
        y[key] = v
        return y

    turns, expected = written(key, value.shape), X.copy()
    expected[key] = value
    x = mt.Var(X)
    assert_array_equal(assigned(x, mt.Var(value)).value, expected)
    assert_array_equal(x.value, np.arange(1.0, 25.0).reshape(2, 3, 4))
    to_x, to_value = slopes(assigned, X, value, g=np.cos(X))
    kept = turns >= 0
    assert_array_equal(to_x, np.where(kept, 0, np.cos(X)))
    sums = np.bincount(turns[kept], np.cos(X)[kept], minlength=value.size)
    assert_array_equal(to_value, sums.reshape(value.shape))
    point, tangent = (X, value), (np.cos(X), np.sin(value))
    bent = mt.hvp(lambda pair: xp.sum(assigned(*pair) ** 3), (point,), (tangent,))
    np.testing.assert_allclose(bent[0], np.where(kept, 0, 6 * X * np.cos(X)))
    stays = np.bincount(turns[kept], minlength=value.size).reshape(value.shape)
    np.testing.assert_allclose(bent[1], 6 * value * stays * np.sin(value))


@keys
def test_a_number_is_written_everywhere_that_a_key_points(key):
    def assigned(v):
        y = xp.asarray(X)
        y[key] = v
        return xp.sum(y * X)

    reached = np.unique(origin(key))
    assert mt.grad(assigned)(2.0) == X.ravel()[reached].sum()


KNOWN = {
    "torch": [name for name in KEYS if name not in ("backwards", "steps backwards", "separated by an axis")],
    "jax.numpy": ["steps backwards", "new axes", "mask of two axes", "repeated", "separated by an axis"],
    "array_api_strict": [
        "integers",
        "points",
        "ellipsis and integer",
        "mask",
        "mask of lower rank",
        "mask of two axes",
    ],
}
"""Keys that a library reads as NumPy does; of JAX's, which are nearly all, a few, since it compiles each."""


@pytest.mark.parametrize(("library", "name"), [(library, name) for library, names in KNOWN.items() for name in names])
def test_other_libraries_take_and_write_as_numpy_does(library, name):
    raw = pytest.importorskip(library)

    def array(part):
        return raw.asarray(part) if isinstance(part, np.ndarray) else part

    def program(x, key):
        y = x * x
        y[key] = y[key] * 3
        return (y * y).sum()

    key = KEYS[name]
    own = tuple(map(array, key)) if isinstance(key, tuple) else array(key)
    expected = mt.grad(lambda x: program(x, key))(X)
    for given in (own, held(own)):
        got = mt.grad(lambda x, key=given: program(x, key))(raw.asarray(X.astype(np.float32)))
        np.testing.assert_allclose(np.asarray(got), expected)


def held(key):
    """A key whose arrays are in variables."""
    return tuple(map(held, key)) if isinstance(key, tuple) else mt.Var(key) if hasattr(key, "dtype") else key


def test_a_variable_of_integers_is_a_key(slope):
    key = mt.Var(REPEATED)
    assert_array_equal(mt.Var(X)[:, key].value, X[:, REPEATED])
    assert_array_equal(slope(lambda x: x[:, key, 0], X), slope(lambda x: x[:, REPEATED, 0], X))
    assert mt.Var(np.arange(3.0))[mt.Var(np.asarray(2))].value == 2


def test_a_key_that_a_library_does_not_know_is_an_error_of_that_op():
    torch = pytest.importorskip("torch")
    x = mt.Var(torch.asarray(X))
    with pytest.raises(OperandError, match=r"basic::getitem\(x=float64\[2,3,4\].*ValueError: step must be greater"):
        x[::-1]
    with pytest.raises(OperandError, match=r"basic::setitem\(x=float64\[2,3,4\].*ValueError: step must be greater"):
        (+x)[::-1] = 1.0
    with pytest.raises(OperandError, match=r"basic::getitem\(x=float64\[2,3,4\].*IndexError: too many indices"):
        mt.Var(X)[0, 0, 0, 0]
    with pytest.raises(OperandError, match=r"basic::getitem\(x=float64\[2,3,4\].*IndexError: boolean index did not"):
        mt.Var(X)[np.array([True, False, True])]


@pytest.mark.parametrize("x", [np.zeros(2, dtype=np.int64), np.zeros(2, dtype=bool)], ids=["integers", "booleans"])
def test_an_array_without_room_for_fractions_refuses_them(x):
    for library in (np, pytest.importorskip("torch"), pytest.importorskip("jax.numpy")):
        y = mt.Var(library.asarray(x)) * 1
        with pytest.raises(OperandError, match=r"basic::setitem.*TypeError: an array of .* can't hold .*float.*astype"):
            y[0] = mt.Var(0.5)
    y = xp.zeros(2)
    with pytest.raises(OperandError, match=r"an array of float64 can't hold complex128"):
        y[0] = mt.Var(np.asarray(1j))


UPDATES = {
    "+=": (lambda x, v: x + v, 2.0),
    "-=": (lambda x, v: x - v, 2.0),
    "*=": (lambda x, v: x * v, 2.0),
    "/=": (lambda x, v: x / v, 2.0),
    "**=": (lambda x, v: x**v, 2.0),
    "%=": (lambda x, v: x % v, 2.0),
    "@=": (lambda x, v: x @ v, np.array([[1.0, 2.0], [3.0, 4.0]])),
}


class TestAugmentedAssignment:
    """x += v and its like, on what is no leaf."""

    @pytest.mark.parametrize("operator", UPDATES)
    def test_it_has_the_derivatives_of_what_it_stands_for(self, operator):
        operate, v = UPDATES[operator]
        x = np.array([[0.5, 1.5], [2.5, 3.25]])

        def updated(pair):
            own = {"y": pair[0] * 1, "v": pair[1]}
            exec(f"y {operator} v", {}, own)
            return xp.sum(own["y"] ** 2)

        def plain(pair):
            return xp.sum(operate(*pair) ** 2)

        pair = (x, v)
        for got, expected in zip(mt.grad(updated)(pair), mt.grad(plain)(pair), strict=True):
            assert_array_equal(got, expected)
        tangent = (np.cos(x), np.ones_like(v) if isinstance(v, np.ndarray) else 1.0)
        for got, expected in zip(*(mt.hvp(f, (pair,), (tangent,)) for f in (updated, plain)), strict=True):
            assert_array_equal(got, expected)

    @pytest.mark.parametrize("key", [0, (..., 1), REPEATED[:2], slice(None, None, -1), X[0, :, 0] > 1], ids=str)
    def test_of_an_entry_it_reads_and_writes(self, key):
        x = np.array([1.0, 2.0, 4.0]) if not isinstance(key, tuple) else np.ones((3, 2))

        def updated(x):
            y = x * 1
            y[key] += 1.0
            y[key] *= x[key]
            return xp.sum(y**2)

        expected = 2 * x
        expected[key] = 2 * (x[key] + 1) * x[key] * (2 * x[key] + 1)
        assert_array_equal(mt.grad(updated)(x), expected)

    def test_an_entry_of_a_leaf_is_refused(self):
        x = mt.Var(np.ones(2))
        with pytest.raises(OperandError, match="on a leaf would lose its gradient: assign to a result, such as"):
            x[0] += 1.0
