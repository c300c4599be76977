"""Systems of tensors and chains of products, against NumPy and the matrices that they are."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError
from mutorch_ops_basic.linalg.solvers.tensor_equations import cheapest_splits
from tests.ops_basic.random_arrays import complex_normal


@pytest.mark.parametrize(
    ("left", "right", "axes"),
    [((2, 3, 3, 2), (2, 3), None), ((4, 2, 2), (4,), None), ((4, 2, 2), (2, 2), (0,)), ((2, 6, 3), (2, 3), (1,))],
    ids=str,
)
def test_tensorsolve_is_numpys_and_differentiates_as_a_system(left, right, axes, slopes):
    a, b = complex_normal(left), complex_normal(right, 1)
    x = np.linalg.tensorsolve(a, b, axes=axes)
    assert_allclose(xp.linalg.tensorsolve(a, b, axes=axes), x)
    g = complex_normal(x.shape, 2)
    to_a, to_b = slopes(lambda a, b: xp.linalg.tensorsolve(a, b, axes=axes), a, b, g=g)
    moved = a if axes is None else np.moveaxis(a, axes, range(-len(axes), 0))
    back = np.linalg.solve(moved.reshape(b.size, b.size).T, g.ravel()).reshape(b.shape)
    assert_allclose(to_b, back)
    wanted = -np.multiply.outer(back, x)
    assert_allclose(to_a, wanted if axes is None else np.moveaxis(wanted, range(-len(axes), 0), axes))


@pytest.mark.parametrize(("shape", "ind"), [((2, 3, 6), 2), ((4, 2, 2), 1), ((2, 1, 2, 1), 2), ((3, 3), 1)], ids=str)
def test_tensorinv_is_numpys_and_inverts_back(shape, ind, slope):
    a, g = complex_normal(shape), None
    inverse = np.linalg.tensorinv(a, ind=ind)
    assert_allclose(xp.linalg.tensorinv(a, ind=ind), inverse)
    g = complex_normal(inverse.shape, 1)
    n = int(np.prod(shape[:ind]))
    turned = inverse.reshape(n, n).T
    assert_allclose(
        slope(lambda a: xp.linalg.tensorinv(a, ind=ind), a, g=g).reshape(n, n), -turned @ g.reshape(n, n) @ turned
    )


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: xp.linalg.tensorsolve(np.ones((2, 3, 4)), np.ones((2, 3))),
            r"is \(2, 3, 4\): it does not begin with b's",
        ),
        (
            lambda: xp.linalg.tensorsolve(np.ones((2, 2)), np.ones(3)),
            r"does not begin with b's \(3,\), or is not square",
        ),
        (lambda: xp.linalg.tensorinv(np.ones((2, 3, 4))), r"basic::linalg.inv\(x=float64\[6,4\]\)"),
        (lambda: xp.linalg.tensorinv(np.ones((2, 2)), ind=0), "ind is 0; it must be positive"),
        (lambda: xp.linalg.multi_dot([np.ones((2, 2))]), "two arrays at least"),
        (lambda: xp.linalg.multi_dot([np.ones((2, 2)), np.ones(2), np.ones((2, 2))]), "only the first and the last"),
        (
            lambda: xp.linalg.multi_dot([np.ones((2, 2)), np.ones((3, 2))]),
            r"basic::linalg.multi_dot\(arrays=\[float64\[2,2\], float64\[3,2\]\]\)",
        ),
    ],
)
def test_shapes_that_do_not_fit_are_named(call, said):
    with pytest.raises(OperandError, match=said):
        call()


@pytest.mark.parametrize(
    "shapes", [[(3,), (3, 2), (2,)], [(2, 3), (3, 4), (4, 2), (2, 5)], [(2,), (2,)], [(1, 4), (4, 1)]]
)
def test_multi_dot_is_numpys_and_linear_in_each(shapes, slopes):
    arrays = [complex_normal(shape, seed) for seed, shape in enumerate(shapes)]
    product = np.linalg.multi_dot(arrays)
    assert_allclose(xp.linalg.multi_dot(arrays), product)
    g = complex_normal(product.shape, 9)
    found = slopes(lambda *arrays: xp.linalg.multi_dot(arrays), *arrays, g=g)
    assert_allclose(
        [np.sum(x * to_x) for x, to_x in zip(arrays, found, strict=True)], [np.sum(g * product)] * len(arrays)
    )


def test_a_chain_is_multiplied_in_the_cheapest_order():
    splits = cheapest_splits([30, 35, 15, 5, 10, 20, 25])  # the textbook's: ((0 (1 2)) ((3 4) 5))
    assert (splits[0, 5], splits[0, 2], splits[3, 5]) == (2, 0, 4)


def test_the_chain_has_its_other_names():
    assert xp.linalg.multi_matmul is xp.linalg.chain_matmul is xp.linalg.multi_dot


@pytest.mark.parametrize("library", ["torch", "array_api_strict"])
def test_other_libraries_agree(library):
    make = pytest.importorskip(library).asarray
    a, b = complex_normal((2, 2, 4)).real, complex_normal((2, 2), 1).real

    def loss(a, b):
        row, column = xp.reshape(b, (1, 4)), xp.linalg.tensorsolve(a, b)
        inverse = xp.reshape(xp.linalg.tensorinv(a), (4, 4))
        return xp.sum(xp.linalg.multi_dot([row, inverse, column]))

    for one, other in zip(
        mt.grad(loss, argnums=(0, 1))(make(a), make(b)), mt.grad(loss, argnums=(0, 1))(a, b), strict=True
    ):
        assert_allclose(np.asarray(one), other)
