"""Solutions, inverses, pseudo-inverses, powers and ranks."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

RNG = np.random.default_rng(5)
X = RNG.normal(size=(2, 3, 3)) + 3 * np.eye(3)


@pytest.mark.parametrize("right", [(3,), (3, 3), (3, 1), (2, 3, 2), (4, 1, 3, 2)], ids=str)
def test_a_solution_solves_and_only_a_1d_right_side_is_a_vector(right, slopes):
    b = RNG.normal(size=right)
    columns = b[:, None] if b.ndim == 1 else b
    y = xp.linalg.solve(X, b)
    assert_allclose(X @ (y[..., None] if b.ndim == 1 else y), np.broadcast_to(columns, (X @ columns).shape))
    by_x, by_b = slopes(xp.linalg.solve, X, b)
    pulled = np.linalg.solve(np.swapaxes(X, -1, -2), np.ones_like(y[..., None] if b.ndim == 1 else y))
    spent = pulled @ np.swapaxes(y[..., None] if b.ndim == 1 else y, -1, -2)
    assert_allclose(by_x, -spent.sum(axis=tuple(range(spent.ndim - 3))))
    assert_allclose(by_b.ravel(), undone(pulled, columns.shape).ravel())


def undone(pulled, shape):
    """Sum a broadcast array back to its shape."""
    lead = pulled.ndim - len(shape)
    pulled = pulled.sum(axis=tuple(range(lead)))
    return pulled.sum(axis=tuple(i for i, side in enumerate(shape) if side == 1 != pulled.shape[i]), keepdims=True)


def test_the_rule_solves_what_the_forward_solved_though_rounding_makes_its_transpose_singular(slopes):
    x = np.arange(1.0, 10.0).reshape(3, 3) / 7  # singular but for rounding
    assert np.isfinite(np.linalg.solve(x, np.ones(3))).all()
    assert all(each.shape == np.shape(each) for each in slopes(xp.linalg.solve, x, np.ones(3)))


@pytest.mark.parametrize("library", ["numpy", "torch", "jax"])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_a_transposed_system_is_solved_as_it_stands_not_conjugated(library, dtype):
    space = pytest.importorskip({"jax": "jax.numpy"}.get(library, library))
    x, b = (X + 1j * X[::-1] if dtype == "complex128" else X), RNG.normal(size=(3, 2)).astype(dtype)
    y = np.asarray(xp.linalg.solve_transposed(space.asarray(x), space.asarray(b)))
    assert_allclose(np.swapaxes(x, -1, -2) @ y, np.broadcast_to(b, y.shape), rtol=1e-4 if library == "jax" else 1e-12)


def test_a_transposed_system_has_columns():
    with pytest.raises(OperandError, match="x2 is a vector; it has to be a matrix"):
        xp.linalg.solve_transposed(X, np.ones(3))


def test_a_singular_system_is_refused_naming_the_op():
    with pytest.raises(
        OperandError, match=r"basic::linalg.solve\(x1=float64\[2,2\], x2=float64\[2\]\): LinAlgError: Sing"
    ):
        xp.linalg.solve(mt.Var(np.zeros((2, 2))), np.ones(2))


def test_the_second_slope_of_an_inverse():
    x, u = X[0], RNG.normal(size=(3, 3))
    y = np.linalg.inv(x)
    _, bend = mt.jvp(mt.grad(lambda x: xp.linalg.inv(x)[0, 1]), (x,), (u,))
    turned = y @ u @ y
    assert_allclose(bend, np.outer(turned[0], y[:, 1]) + np.outer(y[0], turned[:, 1]))


@pytest.mark.parametrize("n", [-5, -2, -1, 0, 1, 2, 3, 6, 7])
def test_a_power_is_numpys_with_the_slope_of_the_product(n, slope):
    assert_allclose(xp.linalg.matrix_power(X, n), np.linalg.matrix_power(X, n))
    x, u = X[0], RNG.normal(size=(3, 3))
    p, base, v = np.linalg.matrix_power, x, u
    if n < 0:
        base = np.linalg.inv(x)
        v = -base @ u @ base
    change = sum((p(base, k) @ v @ p(base, abs(n) - 1 - k) for k in range(abs(n))), np.zeros((3, 3)))
    assert_allclose(np.sum(slope(lambda x: xp.linalg.matrix_power(x, n), x) * u), change.sum())


def test_a_power_must_be_an_integer_and_its_matrix_square():
    with pytest.raises(OperandError, match=r"TypeError: n is 0\.5: the power of a matrix must be an integer"):
        xp.linalg.matrix_power(X, 0.5)
    with pytest.raises(OperandError, match=r"x has the shape \(2, 3\)"):
        xp.linalg.matrix_power(X[0, :2], 1)


@pytest.mark.parametrize("shape", [(3, 3), (4, 2), (2, 4)], ids=str)
def test_the_pseudo_inverse_of_a_matrix_that_keeps_its_rank(shape):
    m, n = shape
    left, right = RNG.normal(size=(m, 1)), RNG.normal(size=(1, n))

    def rank_one(left, right):
        return left @ right

    def exact(left, right):  # of rank 1, without a singular value
        return xp.matrix_transpose(left @ right) / (xp.sum(left**2) * xp.sum(right**2))

    weights = RNG.normal(size=(n, m))
    found, wanted = (
        mt.grad(lambda left, right, f=f: xp.sum(weights * f(left, right) ** 2), argnums=(0, 1))
        for f in (lambda *parts: xp.linalg.pinv(rank_one(*parts)), exact)
    )
    for one, other in zip(found(left, right), wanted(left, right), strict=True):
        assert_allclose(one, other, rtol=1e-9, atol=1e-12)


def test_the_pseudo_inverse_leaves_out_what_rtol_says_and_its_slope_too(slope):
    x = np.diag([4.0, 2.0, 1.0])
    assert_allclose(xp.linalg.pinv(x, rtol=0.3), np.diag([0.25, 0.5, 0]))
    # d(V h(S) Uᴴ) between a kept value a and one left out b: h(a) / (a ∓ b), by symmetric and antisymmetric changes
    by_difference, by_sum = 0.25 / (4 - 1), 0.25 / (4 + 1)
    g = np.zeros((3, 3))
    g[0, 2] = 1
    expected = np.zeros((3, 3))
    expected[2, 0], expected[0, 2] = (by_difference + by_sum) / 2, (by_difference - by_sum) / 2
    assert_allclose(slope(lambda x: xp.linalg.pinv(x, rtol=0.3), x, g=g), expected, atol=1e-15)


def test_rtol_may_be_an_array_or_a_var_with_one_entry_for_each_matrix():
    x = np.stack([np.diag([4.0, 1.0]), np.diag([4.0, 1.0])])
    rtol = np.array([0.1, 0.5])
    expected = [np.diag([0.25, 1]), np.diag([0.25, 0])]
    assert_allclose(xp.linalg.pinv(x, rtol=rtol), expected)
    assert_allclose(xp.linalg.pinv(mt.Var(x), rtol=xp.asarray(rtol)).value, expected)
    assert_array_equal(xp.linalg.matrix_rank(x, rtol=xp.asarray(rtol)).value, [2, 1])


def test_equal_singular_values_bend_the_pseudo_inverse_as_any_others_do():
    u, w = RNG.normal(size=(2, 3, 3))
    for rtol in (None, 0.5):
        _, bend = mt.jvp(mt.grad(lambda x: xp.sum(w * xp.linalg.pinv(x, rtol=rtol))), (np.eye(3),), (u,))  # noqa: B023
        assert_allclose(bend, w @ u.T + u.T @ w, atol=1e-12)


def test_the_rank_is_untracked():
    rank = xp.linalg.matrix_rank(mt.Var(np.diag([1.0, 0.0])))
    assert rank.value == 1
    assert rank.node is None
