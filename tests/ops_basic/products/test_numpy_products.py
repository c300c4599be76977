"""NumPy's other products, against NumPy, and their gradients against einsum's."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError
from tests.ops_basic.random_arrays import complex_normal

CASES = [
    (xp.dot, np.dot, (), (2, 3), ",ij->ij"),
    (xp.dot, np.dot, (3,), (3,), "i,i->"),
    (xp.dot, np.dot, (2, 3), (3,), "ij,j->i"),
    (xp.dot, np.dot, (2, 3), (3, 4), "ij,jk->ik"),
    (xp.dot, np.dot, (2, 2, 3), (3,), "hij,j->hi"),
    (xp.dot, np.dot, (2, 3), (4, 3, 5), "ij,hjk->ihk"),
    (xp.dot, np.dot, (3,), (4, 3, 5), "j,hjk->hk"),
    (xp.inner, np.inner, (), (3,), ",i->i"),
    (xp.inner, np.inner, (3,), (3,), "i,i->"),
    (xp.inner, np.inner, (2, 3), (4, 3), "ij,kj->ik"),
    (xp.inner, np.inner, (2, 2, 3), (4, 3), "hij,kj->hik"),
    (xp.matvec, np.matvec, (2, 3), (3,), "ij,j->i"),
    (xp.matvec, np.matvec, (4, 2, 3), (4, 3), "bij,bj->bi"),
]


@pytest.mark.parametrize(("f", "numpys", "left", "right", "letters"), CASES, ids=lambda x: str(x).removeprefix("<Op "))
def test_products_are_numpys_and_their_rules_einsums(f, numpys, left, right, letters, slopes):
    a, b = complex_normal(left, 1), complex_normal(right, 2)
    out = numpys(a, b)
    assert_allclose(f(a, b), out)
    g = complex_normal(out.shape, 3)
    names, result = letters.split("->")
    first, second = names.split(",")
    to_a, to_b = slopes(f, a, b, g=g)
    assert_allclose(to_a, np.einsum(f"{result},{second}->{first}", g, b))
    assert_allclose(to_b, np.einsum(f"{result},{first}->{second}", g, a))


def test_matvec_broadcasts_its_stacks(slopes):
    a, b = complex_normal((4, 1, 2, 3), 1), complex_normal((5, 3), 2)
    assert_allclose(xp.matvec(a, b), np.matvec(a, b))
    g = complex_normal((4, 5, 2), 3)
    to_a, to_b = slopes(xp.matvec, a, b, g=g)
    assert_allclose(to_a[:, 0], np.einsum("abi,bj->aij", g, b))
    assert_allclose(to_b, np.einsum("abi,aij->bj", g, a[:, 0]))


def test_vdot_conjugates_the_first_and_takes_any_shapes(slopes):
    a, b, g = complex_normal((2, 3), 1), complex_normal((6,), 2), np.asarray(2 - 1j)
    assert_allclose(xp.vdot(a, b), np.vdot(a, b))
    to_a, to_b = slopes(xp.vdot, a, b, g=g)
    assert_allclose(to_a, np.conj(g * b).reshape(2, 3))
    assert_allclose(to_b, g * np.conj(a).ravel())


@pytest.mark.parametrize(
    ("left", "right"), [((2,), (3,)), ((2, 3), (4,)), ((), (2, 2)), ((2, 1, 3), (2, 2)), ((0,), (2,))]
)
def test_kron_is_linear_in_both(left, right, slopes):
    a, b = complex_normal(left, 1), complex_normal(right, 2)
    assert_allclose(xp.kron(a, b), np.kron(a, b))
    g = complex_normal(np.kron(a, b).shape, 3)
    to_a, to_b = slopes(xp.kron, a, b, g=g)
    assert_allclose([np.sum(to_a * a), np.sum(to_b * b)], [np.sum(g * np.kron(a, b))] * 2, atol=1e-12)
    assert (to_a.shape, to_b.shape) == (left, right)


def test_products_of_numbers_are_numbers():
    for f in (xp.dot, xp.inner):
        assert mt.grad(f)(3.0, 2.0) == 2.0
    assert mt.grad(xp.vdot)(np.asarray(3.0), np.asarray(2.0)) == 2.0


@pytest.mark.parametrize(
    ("f", "left", "right", "said"),
    [
        (xp.dot, (2, 3), (2, 3), r"basic::matmul\(x1=float64\[2,3\], x2=float64\[2,3\]\)"),
        (xp.inner, (2, 3), (2,), r"basic::tensordot\(x1=float64\[2,3\], x2=float64\[2\]\)"),
        (xp.vdot, (2, 3), (5,), "a has 6 entries and b has 5"),
        (xp.matvec, (3,), (3,), "x1 has no two axes"),
    ],
)
def test_shapes_that_do_not_fit_are_named(f, left, right, said):
    with pytest.raises(OperandError, match=said):
        f(mt.Var(np.ones(left)), np.ones(right))


@pytest.mark.parametrize("library", ["torch", "jax.numpy", "array_api_strict"])
def test_other_libraries_agree(library):
    make = pytest.importorskip(library).asarray
    a, b = np.arange(6.0).reshape(2, 3), np.arange(3.0)
    for f, numpys in ((xp.dot, np.dot), (xp.inner, np.inner), (xp.matvec, np.matvec), (xp.kron, np.kron)):
        assert_allclose(np.asarray(f(make(a), make(b))), numpys(a, b))
