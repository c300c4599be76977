"""The sweep: order, accumulation, threads, and what each misuse says."""

from __future__ import annotations

import gc
import threading
from fractions import Fraction

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core import Array, errors, op


def test_the_original_walk():
    x, y, p = mt.Var(10.0, name="x"), mt.Var(20.0, name="y"), mt.Var(1.0, name="p")
    z = x * x + y
    z.backprop()
    assert (x.grad, y.grad, p.grad) == (20.0, 1.0, 0.0)
    for leaf in (x, y, p):
        leaf.clear_grad()
        assert leaf.grad == 0.0
    z.backprop()
    assert (x.grad, y.grad, p.grad) == (20.0, 1.0, 0.0)
    assert all(type(leaf.grad) is float for leaf in (x, y, p))


def test_sweeps_accumulate_in_the_leaves():
    x = mt.Var(3.0)
    z = x * x
    z.backprop()
    z.backprop()
    assert x.grad == 12.0


def test_a_chain_of_many_nodes_needs_no_recursion():
    x = mt.Var(1.0)
    z = x
    for _ in range(100_000):
        z = z + x
    z.backprop()
    assert x.grad == 100_001.0
    del z
    gc.collect()


def test_a_diamond_sixty_levels_deep_is_swept_once_per_node():
    x = mt.Var(1)
    z = x
    for _ in range(60):
        z = z + z
    z.backprop()
    assert x.grad == 2**60


def test_exact_gradients_of_polynomials():
    x = mt.Var(Fraction(1, 3))
    (x * x * x - 2 * x).backprop()
    assert x.grad == Fraction(1, 3) - 2


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64", "complex128"])
def test_a_gradient_has_the_dtype_of_its_leaf(dtype):
    x = mt.Var(np.ones(3, dtype=dtype))
    (x * np.ones(3)).backprop(np.ones(3))
    assert x.grad.dtype == dtype
    assert x.grad.shape == (3,)


def test_a_complex_factor_gives_a_real_leaf_the_real_part():
    x = mt.Var(np.array([1.0, 2.0]))
    (x * np.array([1 + 2j, 3 - 1j])).backprop(np.ones(2))
    np.testing.assert_array_equal(x.grad, [1.0, 3.0])


@pytest.mark.parametrize("value", [np.array([1, 2]), np.array([True, False])])
def test_integer_arrays_are_constants(value):
    x = mt.Var(value)
    z = x * 2.0
    assert z.node is None
    with pytest.raises(errors.NotTracked, match="not tracked"):
        z.backprop(np.ones(2))
    np.testing.assert_array_equal(x.grad, np.zeros_like(value))


def test_a_python_number_leaf_has_a_python_number_as_gradient_even_beside_arrays():
    x = mt.Var(2.0)
    (x * np.ones((2, 3))).backprop(np.ones((2, 3)))
    assert x.grad == 6.0
    assert type(x.grad) is float


def test_a_numpy_scalar_is_a_value_too():
    x = mt.Var(np.float32(3.0))
    (x * x).backprop()
    assert x.grad.dtype == np.float32
    assert x.grad == 6.0


def test_broadcasting_is_undone():
    a, b = mt.Var(np.ones((3, 1))), mt.Var(np.arange(4.0))
    (a * b).backprop(np.ones((3, 4)))
    np.testing.assert_array_equal(a.grad, np.full((3, 1), 6.0))
    np.testing.assert_array_equal(b.grad, np.full(4, 3.0))


def test_a_recorded_sweep_gives_gradients_that_can_be_differentiated():
    x = mt.Var(2.0)
    (x * x * x).backprop(create_graph=True)
    first = x.grad
    assert type(first) is mt.Var
    x.clear_grad()
    first.backprop()
    assert x.grad == 12.0


def test_raw_and_recorded_sweeps_add_up():
    x = mt.Var(2.0)
    z = x * x
    z.backprop()
    z.backprop(create_graph=True)
    assert x.grad.value == 8.0


def test_a_failed_sweep_changes_no_gradient():
    @op("toy::fails")
    def fails(x: Array, /) -> Array:
        return x

    @fails.vjp("x")
    def _(g):
        raise RuntimeError("no")

    x, y = mt.Var(1.0), mt.Var(2.0)
    z = y * 3.0 + fails(x)
    with pytest.raises(RuntimeError, match="no"):
        z.backprop()
    assert y.grad == 0.0


def test_threads_add_into_one_leaf():
    x = mt.Var(1.0)
    results = [x * float(i) for i in range(200)]

    def work(part):
        for result in part:
            result.backprop()

    threads = [threading.Thread(target=work, args=(results[i::4],)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert x.grad == sum(range(200))


# -------------------------------------------------------------------------------------------------- misuse


def test_a_result_that_is_no_scalar_needs_a_cotangent():
    with pytest.raises(errors.NotScalar, match=r"the result is float64\[3\], not a scalar: give backprop a cotangent"):
        (mt.Var(np.ones(3)) * 2.0).backprop()


def test_a_cotangent_of_another_shape():
    with pytest.raises(errors.CotangentError, match=r"the cotangent is float64\[2\] and the result float64\[3\]"):
        (mt.Var(np.ones(3)) * 2.0).backprop(np.ones(2))


def test_a_cotangent_that_is_no_array():
    with pytest.raises(errors.CotangentError, match="the cotangent is a str; it must be a number or an array"):
        (mt.Var(1.0) * 2.0).backprop("1")


def test_a_cotangent_is_cast_to_the_results_dtype():
    x = mt.Var(np.ones(2, dtype=np.float32))
    (x * 2.0).backprop(np.ones(2))
    assert x.grad.dtype == np.float32


def test_an_untracked_result():
    with pytest.raises(errors.NotTracked, match="is not tracked: it depends on no leaf"):
        mt.Var(1.0).detach().backprop()


def test_a_released_graph_says_who_released_it():
    x = mt.Var(2.0)
    z = x * x
    z.backprop(release=True)
    assert x.grad == 4.0
    with pytest.raises(errors.Released, match=r"released at basic::multiply, by backprop\(release=True\)"):
        z.backprop()
    with pytest.raises(errors.Released, match="leave release out"):
        z.backprop(create_graph=True)


def test_backprop_inside_no_grad():
    z = mt.Var(2.0) * 3.0
    with mt.no_grad(), pytest.raises(errors.NotTracked, match=r"backprop\(\) inside no_grad\(\)"):
        z.backprop()


def test_the_gradient_of_a_result():
    with pytest.raises(errors.NotTracked, match="only a leaf, a Var that you made yourself, has a gradient"):
        _ = (mt.Var(1.0) * 2.0).grad
    with pytest.raises(errors.NotTracked, match="is for leaves"):
        (mt.Var(1.0) * 2.0).clear_grad()


def dot_with_itself(a):
    return xp.inner(a[:, 0], a[:, 0])


@pytest.mark.parametrize("library", ["numpy", "torch", "jax.numpy", "dask.array"])
@pytest.mark.parametrize(
    ("f", "expected"),
    [
        (lambda a: a[1, 0], 1.0),
        (lambda a: xp.unstack(a[:, 1])[0], 1.0),
        (dot_with_itself, 4.0),
        (xp.sum, 6.0),
    ],
    ids=["getitem", "unstack", "inner", "sum"],
)
def test_a_number_is_a_cotangent_of_an_array_without_axes_also_in_a_recorded_pass(f, expected, library):
    module = pytest.importorskip(library)
    a = module.ones((2, 3), dtype=module.float32)

    def pullback(cotangent):
        return mt.vjp(f, a)[1](cotangent)

    for cotangent in (0.5, 0.5 + 2j):
        raw = pullback(cotangent)[0]
        assert raw.dtype == a.dtype
        assert float(raw.sum()) == expected / 2
    assert mt.grad(lambda g: xp.sum(pullback(g)[0]))(0.5) == expected
    assert mt.grad(lambda g: xp.sum(pullback(xp.real(g) * 1j + xp.real(g))[0]))(0.5) == expected


@pytest.mark.parametrize("library", ["numpy", "torch", "jax.numpy", "dask.array"])
def test_derivatives_of_every_order_by_a_number_beside_an_array(library):
    module = pytest.importorskip(library)
    t = module.ones(3, dtype=module.float32)

    def cube(a):
        return xp.sum(a * a * a * t)

    assert [f(2.0) for f in (mt.grad(cube), mt.grad(mt.grad(cube)), mt.grad(mt.grad(mt.grad(cube))))] == [36, 36, 18]
    assert mt.jvp(mt.grad(cube), (2.0,), (1.0,))[1] == 36.0


def test_a_complex_number_is_a_cotangent_of_a_complex_array_without_axes():
    pullback = mt.vjp(lambda a: a[1], np.ones(2, dtype=complex))[1]
    assert pullback(0.5 + 2j)[0].tolist() == [0, 0.5 + 2j]
    assert mt.vjp(lambda g: pullback(g)[0], 0.5 + 2j)[1](np.array([1, 3j])) == (3j,)
