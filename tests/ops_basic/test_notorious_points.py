"""The points at which derivatives are often wrong: values of the first and the second against closed forms.

Zeros in products and powers, infinities in logaddexp, the origin, constant slices, ties, indices that repeat.
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp

inf, nan = np.inf, np.nan
HALVES = [[0.5, -0.5], [-0.5, 0.5]]
NONE = [[0, 0], [0, 0]]


def both(f, x):
    """Gradient and Hessian of a function of the entries of x."""

    def of_vector(v):
        return f(*(v[i] for i in range(len(x))))

    with np.errstate(all="ignore"):
        return mt.grad(of_vector)(np.array(x)), mt.hessian(of_vector)(np.array(x))


POINTS = {
    "logaddexp": [
        ((-inf, -inf), [0.5, 0.5], NONE),
        ((inf, inf), [0.5, 0.5], NONE),
        ((inf, 0.0), [1, 0], NONE),
        ((-inf, 0.0), [0, 1], NONE),
        ((inf, -inf), [1, 0], NONE),
        ((1e4, 1e4), [0.5, 0.5], np.array(HALVES) / 2),
        ((0.0, -700.0), [1, np.exp(-700)], np.exp(-700) * np.array([[1, -1], [-1, 1]])),
    ],
    "hypot": [
        ((0.0, 0.0), [0, 0], NONE),
        ((0.0, 4.0), [0, 1], [[0.25, 0], [0, 0]]),
        ((-4.0, 0.0), [-1, 0], [[0, 0], [0, 0.25]]),
        ((3e200, 4e200), [0.6, 0.8], np.array([[16, -12], [-12, 9]]) / 125e200),
        ((3e-200, 4e-200), [0.6, 0.8], np.array([[16, -12], [-12, 9]]) / 125e-200),
    ],
    "atan2": [
        ((0.0, 0.0), [0, 0], NONE),
        ((0.0, 2.0), [0.5, 0], [[0, -0.25], [-0.25, 0]]),
        ((0.0, -2.0), [-0.5, 0], [[0, -0.25], [-0.25, 0]]),
        ((3e150, 4e150), [4 / 25e150, -3 / 25e150], np.array([[-24, -7], [-7, 24]]) / 625e300),
        ((3e-150, 4e-150), [4 / 25e-150, -3 / 25e-150], np.array([[-24, -7], [-7, 24]]) / 625e-300),
    ],
    "pow": [
        ((0.0, 2.0), [0, 0], [[2, 0], [0, 0]]),
        ((0.0, 3.0), [0, 0], NONE),
        ((0.0, 2.5), [0, 0], NONE),
        ((1.0, 0.0), [0, 0], [[0, 1], [1, 0]]),
    ],
    "maximum": [((1.0, 1.0), [0.5, 0.5], NONE), ((inf, inf), [0.5, 0.5], NONE), ((-0.0, 0.0), [0.5, 0.5], NONE)],
    "minimum": [((1.0, 1.0), [0.5, 0.5], NONE), ((nan, 1.0), [1, 1], NONE)],
    "multiply": [((0.0, 0.0), [0, 0], [[0, 1], [1, 0]])],
    "divide": [((0.0, 2.0), [0.5, 0], [[0, -0.25], [-0.25, 0]])],
    "remainder": [((4.0, 2.0), [1, -2], NONE)],
}


@pytest.mark.parametrize(
    ("name", "x", "gradient", "hessian"), [(name, *point) for name, points in POINTS.items() for point in points]
)
def test_two_operands(name, x, gradient, hessian):
    found = both(getattr(xp, name), x)
    assert_allclose(found[0], gradient, rtol=1e-13)
    assert_allclose(found[1], hessian, rtol=1e-12, atol=1e-15 * np.abs(hessian).max())


@pytest.mark.parametrize(
    ("exponent", "first", "second"), [(0, 0, 0), (1, 1, 0), (2, 0, 2), (3, 0, 0), (2.0, 0, 2), (0.0, 0, 0)]
)
@pytest.mark.parametrize("zero", [0.0, np.zeros(()), np.zeros((), complex)], ids=["number", "array", "complex"])
def test_powers_of_zero_with_a_fixed_exponent(exponent, first, second, zero):
    def once(x):
        return mt.grad(lambda x: xp.real(x**exponent))(x)

    assert once(zero) == first
    assert mt.grad(lambda x: xp.real(once(x)))(zero) == second


def test_powers_with_a_negative_base_or_a_pole(slope):
    with np.errstate(all="ignore"):
        assert both(xp.pow, (0.0, 0.5))[0].tolist() == [inf, 0]
        assert slope(lambda x: x**3, np.array(-2.0)) == 12
        assert np.isnan(both(xp.pow, (-2.0, 3.0))[0][1])


@pytest.mark.parametrize(
    ("name", "x", "first", "second"),
    [("abs", 0.0, 0, 0), ("sign", 0.0, 0, 0), ("sqrt", 0.0, inf, -inf), ("log", 0.0, inf, -inf),
     ("square", 0.0, 0, 2), ("expm1", -1e3, 0, 0), ("log1p", 1e-300, 1, -1), ("tanh", 400.0, 0, 0),
     ("sinh", 0.0, 1, 0), ("asinh", 1e200, 1e-200, 0), ("atan", 1e100, 1e-200, -2e-300)],
)  # fmt: skip
def test_one_operand(name, x, first, second):
    f, x = getattr(xp, name), np.asarray(x)
    with np.errstate(all="ignore"):
        assert_allclose(mt.grad(f)(x), first, rtol=1e-12)
        assert_allclose(mt.grad(mt.grad(f))(x), second, rtol=1e-12)


def test_an_entry_behind_a_root_that_nothing_depends_on_gets_no_nan(slope):
    assert_array_equal(slope(lambda x: xp.where(x > 0, xp.sqrt(x), x), np.array([0.0, 4.0])), [1, 0.25])


class TestZerosInProducts:
    """Nothing is divided by what may be zero."""

    @pytest.mark.parametrize(
        "x", [[2.0, 0.0, 3.0], [0.0, 0.0, 3.0], [0.0, 0.0, 0.0], [2.0, -1.0, 3.0, 0.5], [5.0], [0.0]], ids=str
    )
    def test_of_all_entries(self, x):
        n = len(x)
        first = [np.prod(np.delete(x, i)) for i in range(n)]
        second = [[np.prod(np.delete(x, [i, j])) * (i != j) for j in range(n)] for i in range(n)]
        assert_array_equal(mt.grad(xp.prod)(np.array(x)), first)
        assert_array_equal(mt.hessian(xp.prod)(np.array(x)), second)

    @pytest.mark.parametrize("x", [[2.0, 0.0, 3.0, 4.0], [0.0, 0.0, 3.0, 0.0], [1.5, 2.0]], ids=str)
    def test_up_to_each_entry(self, x):
        n = len(x)
        products = range(1, n + 1)
        first = [sum(np.prod(np.delete(x[:k], i)) for k in products if i < k) for i in range(n)]
        second = [
            [sum(np.prod(np.delete(x[:k], [i, j])) for k in products if max(i, j) < k) * (i != j) for j in range(n)]
            for i in range(n)
        ]
        assert_array_equal(mt.grad(lambda x: xp.sum(xp.cumulative_prod(x)))(np.array(x)), first)
        assert_array_equal(mt.hessian(lambda x: xp.sum(xp.cumulative_prod(x)))(np.array(x)), second)

    def test_along_one_axis_of_several(self):
        x = np.array([[0.0, 2.0], [0.0, 3.0], [5.0, 0.0]])
        assert_array_equal(mt.grad(lambda x: xp.sum(xp.prod(x, axis=0)))(x), [[0, 0], [0, 0], [0, 6]])
        hessian = mt.hessian(lambda x: xp.prod(x, axis=0)[0])(x)
        assert hessian[0, 0, 1, 0] == hessian[1, 0, 0, 0] == 5
        assert np.count_nonzero(hessian) == 2


class TestConstantSlices:
    """A spread of zero has no direction."""

    @pytest.mark.parametrize("x", [[2.0, 2.0, 2.0], [0.1, 0.1, 0.1], [0.0, 0.0, 0.0]], ids=str)
    @pytest.mark.parametrize("correction", [0, 1])
    def test_of_the_standard_deviation_and_the_variance(self, x, correction):
        x, n = np.array(x), 3
        assert_array_equal(mt.grad(lambda x: xp.std(x, correction=correction))(x), np.zeros(n))
        assert_array_equal(mt.hessian(lambda x: xp.std(x, correction=correction))(x), np.zeros((n, n)))
        assert_allclose(mt.grad(lambda x: xp.var(x, correction=correction))(x), np.zeros(n), atol=1e-16)
        expected = 2 / (n - correction) * (np.eye(n) - 1 / n)
        assert_allclose(mt.hessian(lambda x: xp.var(x, correction=correction))(x), expected, rtol=1e-15)


class TestTies:
    """Equal entries: one order, or even shares."""

    @pytest.mark.parametrize("descending", [False, True])
    def test_sorted_entries_take_their_cotangents_along(self, descending):
        x, w = np.array([1.0, 0.0, 1.0, 1.0]), np.array([1.0, 10.0, 100.0, 1000.0])
        order = np.argsort(-x if descending else x, kind="stable")
        expected = np.zeros(4)
        expected[order] = w

        def cubes(x):
            return xp.sum(w * xp.sort(x, descending=descending) ** 3)

        assert_array_equal(mt.grad(cubes)(x), expected * 3 * x**2)
        assert_array_equal(mt.hessian(cubes)(x), np.diag(expected * 6 * x))

    @pytest.mark.parametrize(("f", "x"), [(xp.max, [1.0, 3.0, 3.0]), (xp.min, [1.0, 1.0, 3.0])])
    def test_extremes_share_evenly(self, f, x):
        x = np.array(x)
        share = (x == x[1]) / 2
        assert_array_equal(mt.grad(f)(x), share)
        assert_array_equal(mt.hessian(f)(x), np.zeros((3, 3)))
        assert_array_equal(mt.hessian(lambda x: f(x) ** 2)(x), 2 * np.outer(share, share))

    def test_a_clipped_entry_on_its_bound_is_its_own(self):
        def cubes(x, low, high):
            return xp.sum(xp.clip(x, low, high) ** 3)

        gradient = mt.grad(cubes, (0, 1, 2))(np.array([1.0, 2.0]), np.array([1.0, 1.0]), np.array([2.0, 2.0]))
        assert [each.tolist() for each in gradient] == [[3, 12], [0, 0], [0, 0]]


class TestRepeatedIndices:
    """An entry that is taken twice gets both cotangents."""

    INDICES = np.array([0, 2, 0, -1, 0])
    TIMES = np.array([3, 0, 1, 1])

    @pytest.mark.parametrize(
        "taken", [lambda x, i: x[i], xp.take, xp.take_along_axis, lambda x, i: xp.stack([x, x])[1, i]]
    )
    def test_of_one_axis(self, taken):
        x = np.array([1.0, 2.0, 3.0, 4.0])
        assert_array_equal(mt.grad(lambda x: xp.sum(taken(x, self.INDICES) ** 3))(x), 3 * x**2 * self.TIMES)
        assert_array_equal(mt.hessian(lambda x: xp.sum(taken(x, self.INDICES) ** 3))(x), np.diag(6 * x * self.TIMES))

    def test_of_many_rows(self):
        x, indices = np.linspace(-1, 1, 40).reshape(4, 10), np.tile(self.INDICES, 20)
        expected = 3 * x**2 * (20 * self.TIMES[:, None])
        assert_allclose(mt.grad(lambda x: xp.sum(x[indices] ** 3))(x), expected, rtol=1e-13)
        assert_allclose(mt.grad(lambda x: xp.sum(xp.take(x, indices, axis=0) ** 3))(x), expected, rtol=1e-13)

    def test_of_values_assigned_to_one_place_the_last_has_the_derivative(self):
        def cubes(v):
            return xp.sum(xp.setitem(np.zeros(3), np.array([1, 1, 0]), v) ** 3)

        v = np.array([2.0, 3.0, 5.0])
        assert_array_equal(mt.grad(cubes)(v), [0, 27, 75])
        assert_array_equal(mt.hessian(cubes)(v), np.diag([0, 18, 30]))
