"""Choosing entries, and assignment through NumPy's functions."""

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import errors

X = np.arange(6.0).reshape(2, 3) + 1.0
ASSIGNMENTS = {
    "copyto": lambda y, v: np.copyto(y, v[0]),
    "copyto where": lambda y, v: np.copyto(y, v[0] * 2.0, where=X > 3.0),
    "put": lambda y, v: np.put(y, [1, 4], v),
    "put one": lambda y, v: np.put(y, [0, 8], v[1], mode="wrap"),
    "put clip": lambda y, v: np.put(y, [0, 80], v, mode="clip"),
    "place": lambda y, v: np.place(y, X > 2.0, v),
    "putmask": lambda y, v: np.putmask(y, X > 2.0, v),
    "put_along_axis": lambda y, v: np.put_along_axis(y, np.array([[1], [2]]), v[:, None], 1),
    "fill_diagonal": lambda y, v: np.fill_diagonal(y, v[1]),
}


@pytest.mark.parametrize("name", ASSIGNMENTS)
def test_an_assignment_changes_a_var_as_it_changes_an_array(name):
    values = np.array([7.0, 8.0])
    expected = X.copy()
    ASSIGNMENTS[name](expected, values)

    def assigned(x, v):
        y = +x
        assert ASSIGNMENTS[name](y, v) is None
        return y

    np.testing.assert_array_equal(assigned(mt.Var(X), mt.Var(values)).value, expected)
    weights = np.arange(6.0).reshape(2, 3) + 1.0
    to_x, to_v = mt.grad(lambda x, v: np.sum(weights * assigned(x, v)), argnums=(0, 1))(X, values)
    np.testing.assert_array_equal(to_x, np.where(expected == X, weights, 0.0))
    ways = np.eye(2)
    for way, slope in zip(ways, to_v, strict=True):
        moved = X.copy()
        ASSIGNMENTS[name](moved, values + way)
        np.testing.assert_allclose(slope, np.sum(weights * (moved - expected)))


@pytest.mark.parametrize("name", ["copyto", "put", "place", "putmask", "put_along_axis"])
def test_an_assignment_of_a_var_to_a_plain_array_is_refused(name):
    with pytest.raises(errors.OperandError, match=r"np\.\w+\(float64\[2,3\], …\) would write .* with xp\.zeros"):
        ASSIGNMENTS[name](X.copy(), mt.Var(np.array([7.0, 8.0])))


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda x: np.clip(x, 0, 1, casting="unsafe"), r"np\.clip\(casting='unsafe'\) is not supported"),
        (lambda x: np.fill_diagonal(x * 1.0, 2.0, wrap=True), r"np\.fill_diagonal\(wrap=True\) is not supported"),
        (lambda x: np.piecewise(x, [x > 1.0], [1.0, 2.0, 3.0]), "1 conditions and 3 functions don't fit"),
        (lambda x: np.copyto(x, 1.0), "leaf would lose its gradient"),
        (lambda x: np.take(x, [99]), "out of bounds"),
    ],
)
def test_what_does_not_fit_is_refused(call, text):
    with pytest.raises((errors.OperandError, IndexError), match=text):
        call(mt.Var(X))


def test_where_passes_the_gradient_to_the_branch_that_was_taken():
    slope = mt.grad(lambda x: np.sum(np.where(x > 2.5, x**2, -x)))(X)
    np.testing.assert_array_equal(slope, np.where(X > 2.5, 2 * X, -1.0))
