"""Einstein's summation: against NumPy's, and gradients against differences, which are exact for what is multilinear."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

SIDES = {"i": 2, "j": 3, "k": 4, "b": 5}
CASES = [
    ("ij,jk->ik", ()),
    ("ij,jk", ()),
    ("ji", ()),
    ("ii", ()),
    ("ii->i", ()),
    ("iji->j", ()),
    ("iii,i->i", ()),
    ("ii,i->", ()),
    ("iij,jk,kk->i", ()),
    ("ij->", ()),
    ("ij->j", ()),
    ("ij,kj->k", ()),
    ("i,j,k->kji", ()),
    (",ij->ji", ()),
    ("ij,ij->ij", ()),
    ("bij,bjk->bik", ()),
    ("...ij,jk->...ik", ((5,),)),
    ("...ij,...jk->...ik", ((5, 1), (2, 5, 4))),
    ("...i,...i", ((5,), (1,))),
    ("i...,i->...", ((5, 2),)),
    ("...,...->...", ((5, 2), (2,))),
    ("...ii->...i", ((2,),)),
    (" i j , j k -> i k ", ()),
]


def drawn(subscripts, dots):
    """Complex operands for some subscripts: for `...` the shapes given, for each letter its length."""
    rng, given = np.random.default_rng(0), iter(dots)
    operands = []
    for term in subscripts.replace(" ", "").partition("->")[0].split(","):
        before, dotted, after = term.partition("...")
        shape = (*(SIDES[c] for c in before), *(next(given, ()) if dotted else ()), *(SIDES[c] for c in after))
        operands.append(rng.normal(size=shape) + 1j * rng.normal(size=shape))
    return operands


def transposed(f, x, g):
    """The cotangent of x of a linear f: what every unit of x becomes, times g."""
    units = np.eye(x.size).reshape(x.size, *x.shape)
    return np.array([np.sum(g * f(unit)) for unit in units]).reshape(x.shape)


@pytest.mark.parametrize(("subscripts", "dots"), CASES, ids=str)
def test_einsum_is_numpys_and_transposed_in_each_operand(subscripts, dots, slopes):
    operands = drawn(subscripts, dots)
    out = np.einsum(subscripts, *operands)
    assert_allclose(xp.einsum(subscripts, *operands), out)
    g = np.random.default_rng(1).normal(size=out.shape) + 1j
    found = slopes(lambda *operands: xp.einsum(subscripts, *operands), *operands, g=g)
    for place, (x, cotangent) in enumerate(zip(operands, found, strict=True)):
        wanted = transposed(
            lambda unit, place=place: np.einsum(subscripts, *operands[:place], unit, *operands[place + 1 :]), x, g
        )
        assert_allclose(cotangent, wanted, atol=1e-12)


@pytest.mark.parametrize(("subscripts", "dots"), CASES, ids=str)
def test_einsum_of_the_standards_functions_alone_is_the_same(subscripts, dots):
    strict = pytest.importorskip("array_api_strict")
    operands = drawn(subscripts, dots)
    found = xp.einsum(subscripts, *(strict.asarray(x) for x in operands))
    assert_allclose(np.asarray(found), np.einsum(subscripts, *operands))


def test_a_side_of_one_stands_for_a_longer_one(slopes):
    rng = np.random.default_rng(0)
    a, b, g = rng.normal(size=(2, 1)), rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
    to_a, to_b = slopes(lambda a, b: xp.einsum("ij,ij->ij", a, b), a, b, g=g)
    assert_allclose(to_a, np.sum(g * b, axis=1, keepdims=True))
    assert_allclose(to_b, g * a)


def test_one_array_in_two_places_gets_both_cotangents(slope):
    x = np.arange(1.0, 7.0).reshape(2, 3)
    assert_allclose(slope(lambda x: xp.einsum("ij,ij->", x, x), x, g=np.asarray(1.0)), 2 * x)


def test_the_trace_of_a_product_differentiates_twice():
    a, b, u = (np.random.default_rng(seed).normal(size=(3, 3)) for seed in range(3))
    by_a = mt.grad(lambda a: xp.einsum("ij,jk,ki->", a, b, a))
    assert_allclose(by_a(a), (b @ a + a @ b).T)
    assert_allclose(mt.jvp(by_a, (a,), (u,))[1], (b @ u + u @ b).T)


@pytest.mark.parametrize("optimize", [True, "greedy", "optimal"])
def test_the_order_of_pairs_changes_nothing(optimize, slopes):
    operands = drawn("ij,jk,kb->ib", ())
    plain = slopes(lambda *x: xp.einsum("ij,jk,kb->ib", *x), *operands)
    chosen = slopes(lambda *x: xp.einsum("ij,jk,kb->ib", *x, optimize=optimize), *operands)
    for one, other in zip(plain, chosen, strict=True):
        assert_allclose(one, other)


@pytest.mark.parametrize("library", ["torch", "jax.numpy", "array_api_strict"])
def test_gradients_on_other_libraries(library):
    make = pytest.importorskip(library).asarray
    a, b = np.arange(1.0, 5.0).reshape(2, 2), np.arange(1.0, 3.0)
    to_a, to_b = mt.grad(lambda a, b: xp.einsum("ii,i->", a, b), argnums=(0, 1))(make(a), make(b))
    assert_allclose(np.asarray(to_a), np.diag(b))
    assert_allclose(np.asarray(to_b), np.diag(a))


@pytest.mark.parametrize(
    ("subscripts", "shapes", "said"),
    [
        ("ij,jk", [(2, 3)], "'ij,jk' is for 2 operands, and there are 1"),
        ("ijk", [(2, 3)], "operand 0 has 2 axes, and 'ijk' calls them 'ijk'"),
        ("i...,i", [(2, 3), (2, 3)], r"operand 1 has 2 axes, and 'i...,i' calls them 'i'"),
        ("ij->iz", [(2, 3)], "'ij->iz': the result has 'z' twice, or no operand has it"),
        ("ij->ii", [(2, 3)], "'ij->ii': the result has 'i' twice"),
        ("i,i", [(2,), (3,)], "axes 'i' have different lengths: 2 and 3|could not be broadcast"),
    ],
)
@pytest.mark.parametrize("library", ["numpy", "array_api_strict"])
def test_subscripts_that_do_not_fit_are_refused(library, subscripts, shapes, said):
    make = pytest.importorskip(library).ones
    with pytest.raises(OperandError, match=rf"basic::einsum\(operands=.*({said})"):
        xp.einsum(subscripts, *(mt.Var(make(shape)) for shape in shapes))
