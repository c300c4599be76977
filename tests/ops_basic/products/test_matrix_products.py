"""Products of matrices and vectors, against einsum."""

import string

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

SHAPES = [
    ((2, 3), (3, 4)),
    ((3,), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3,)),
    ((5, 2, 3), (3, 4)),
    ((5, 2, 3), (3,)),
    ((3,), (5, 3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (4, 3, 2)),
    ((1, 2, 3), (5, 3, 2)),
    ((3, 3), (3, 3, 3)),
    ((0, 2, 3), (3, 4)),
    ((2, 0), (0, 4)),
]


def differences(f, x, g, step=1e-3):
    """⟨g, f(x)⟩ differentiated by differences, which are exact in each entry of a linear f."""
    result = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        shift = np.zeros_like(x)
        shift[index] = step
        result[index] = np.sum(g * (f(x + shift) - f(x - shift))) / (2 * step)
    return result


@pytest.mark.parametrize(("left", "right"), SHAPES, ids=str)
def test_matmul_of_all_shapes(left, right, slopes):
    rng = np.random.default_rng(len(left) * 7 + len(right))
    x1, x2 = rng.normal(size=left), rng.normal(size=right)
    g = rng.normal(size=(x1 @ x2).shape)
    a, b = slopes(xp.matmul, x1, x2, g=g)
    assert_allclose(a, differences(lambda x: x @ x2, x1, g), atol=1e-10)
    assert_allclose(b, differences(lambda x: x1 @ x, x2, g), atol=1e-10)


@pytest.mark.parametrize(("left", "right"), SHAPES[:12], ids=str)
def test_matmul_differentiates_twice(left, right):
    rng = np.random.default_rng(3)
    x1, x2, u, v = (rng.normal(size=shape) for shape in (left, right, left, right))
    w = rng.normal(size=(x1 @ x2).shape)

    def quadratic(x1, x2):
        return xp.sum(w * (x1 @ x2))

    by_x1 = mt.grad(quadratic, argnums=0)
    _, mixed = mt.jvp(by_x1, (x1, x2), (u, v))
    assert_allclose(mixed, by_x1(x1, v), atol=1e-12)  # bilinear: the slope to x1 is linear in x2


def test_complex_products_are_transposed_and_not_conjugated(slopes):
    x1, x2, g = np.array([[1j, 2.0]]), np.array([[1 - 1j], [3j]]), np.array([[2j]])
    a, b = slopes(xp.matmul, x1, x2, g=g)
    assert_allclose(a, g @ x2.T)
    assert_allclose(b, x1.T @ g)


def test_matmul_of_matrices_keeps_both_and_not_the_product():
    x1, x2 = np.ones((2, 3)), np.ones((3, 4))
    kept = [value for value in (mt.Var(x1) @ mt.Var(x2)).node.saved if isinstance(value, np.ndarray)]
    assert {id(value) for value in kept} == {id(x1), id(x2)}


def test_inner_lengths_that_differ_are_refused_with_both_shapes():
    with pytest.raises(OperandError, match=r"basic::matmul\(x1=float64\[2,3\], x2=float64\[4,5\]\)"):
        mt.Var(np.ones((2, 3))) @ np.ones((4, 5))


@pytest.mark.parametrize("axis", [-1, -2])
def test_vecdot_conjugates_its_first_operand(axis, slopes):
    rng = np.random.default_rng(0)
    x1 = rng.normal(size=(4, 2, 3)) + 1j * rng.normal(size=(4, 2, 3))
    x2 = rng.normal(size=(2, 3)) + 1j * rng.normal(size=(2, 3))
    out = np.sum(np.conj(x1) * x2, axis=axis)
    assert_allclose(xp.vecdot(x1, x2, axis=axis), out)
    g = np.ones_like(out) * (1 + 2j)
    a, b = slopes(lambda x1, x2: xp.vecdot(x1, x2, axis=axis), x1, x2, g=g)
    assert_allclose(a, np.conj((1 + 2j) * np.broadcast_to(x2, x1.shape)))
    assert_allclose(b, (1 + 2j) * np.conj(x1).sum(axis=0))


def test_matrix_transpose_goes_back_and_forth(slope):
    x = np.arange(24.0).reshape(2, 3, 4)
    assert_allclose(xp.matrix_transpose(mt.Var(x)).value, np.swapaxes(x, 1, 2))
    assert_allclose(slope(xp.matrix_transpose, x, g=np.swapaxes(x, 1, 2)), x)


@pytest.mark.parametrize(
    ("left", "right", "axes"),
    [
        ((2, 3, 4), (3, 4, 5), 2),
        ((2, 3), (3, 5), 1),
        ((2, 3), (4,), 0),
        ((2, 3, 4), (4, 5, 2), ((0, 2), (2, 0))),
        ((2, 3, 4), (5, 4, 2), ((-1, 0), (1, -1))),
        ((2, 2, 2), (2, 2, 2), ((1, 0), (0, 2))),
    ],
    ids=str,
)
def test_tensordot_pairs_axes_and_puts_them_back_in_order(left, right, axes, slopes):
    rng = np.random.default_rng(1)
    x1, x2 = rng.normal(size=left), rng.normal(size=right)
    out = np.tensordot(x1, x2, axes)
    g = rng.normal(size=out.shape)
    mine, theirs = axes if isinstance(axes, tuple) else (range(-axes, 0), range(axes))
    names1, names2 = list(string.ascii_lowercase[: len(left)]), list(string.ascii_uppercase[: len(right)])
    for i, j in zip(mine, theirs, strict=True):
        names2[j] = names1[i]
    free = [n for n in names1 if n not in names2] + [n for n in names2 if n not in names1]
    one, two, three = "".join(names1), "".join(names2), "".join(free)
    a, b = slopes(lambda x1, x2: xp.tensordot(x1, x2, axes=axes), x1, x2, g=g)
    assert_allclose(a, np.einsum(f"{three},{two}->{one}", g, x2))
    assert_allclose(b, np.einsum(f"{three},{one}->{two}", g, x1))


@pytest.mark.parametrize(("sides", "message"), [((2,), "out of bounds for 1 axes"), ((2, 2), "count it from the end")])
def test_vecdot_refuses_an_axis_that_is_not_there_or_not_the_same(sides, message):
    with pytest.raises(OperandError, match=message):
        xp.vecdot(np.ones(2), np.ones(sides), axis=1)


@pytest.mark.parametrize("library", ["numpy", "torch", "jax.numpy"])
def test_a_number_is_an_array_without_axes_for_tensordot(library):
    space = pytest.importorskip(library)
    x = space.ones(3)
    for value in (xp.tensordot(x, 2.0, axes=0), xp.tensordot(2.0, x, axes=((), ()))):
        assert type(value) is type(x)
        assert_array_equal(np.asarray(value), [2.0, 2.0, 2.0])
    assert mt.grad(lambda a: xp.sum(xp.tensordot(x, a, axes=0)))(2.0) == 3.0
    assert mt.grad(lambda a: xp.sum(xp.tensordot(a, x * a, axes=0)))(2.0) == 12.0
    assert mt.grad(mt.grad(lambda a: xp.sum(xp.tensordot(a, x * a, axes=0))))(2.0) == 6.0
    assert mt.grad(lambda a: xp.tensordot(a, 3.0, axes=0))(2.0) == 3.0
    with pytest.raises(OperandError, match=r"basic::tensordot\(x1=float\d\d\[3\], x2=2.0\)"):
        xp.tensordot(x, 2.0, axes=1)
