"""Functions that create arrays: constants, unless a `Var` goes in."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

X = np.arange(6.0, dtype=np.float32).reshape(2, 3)


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (xp.arange(4), np.arange(4)),
        (xp.arange(1, 2, 0.25), np.arange(1, 2, 0.25)),
        (xp.asarray([1, 2], dtype=xp.float32), np.array([1, 2], np.float32)),
        (xp.empty((2, 0)), np.empty((2, 0))),
        (xp.empty_like(X[:0]), X[:0]),
        (xp.eye(2, 3, k=1), np.eye(2, 3, k=1)),
        (xp.from_dlpack(X), X),
        (xp.full((2,), 7), np.full((2,), 7)),
        (xp.full_like(mt.Var(X), 7), np.full_like(X, 7)),
        (xp.identity(3, dtype=xp.float32), np.identity(3, np.float32)),
        (xp.indices((2, 0, 3)), np.indices((2, 0, 3))),
        (xp.indices((), dtype=xp.int32), np.indices((), np.int32)),
        (xp.linspace(0, 1, 5, endpoint=False), np.linspace(0, 1, 5, endpoint=False)),
        (xp.logspace(0, 3, 4, base=2.0), np.logspace(0, 3, 4, base=2.0)),
        (xp.logspace(0, 3, endpoint=False, dtype=xp.int64), np.logspace(0, 3, endpoint=False, dtype=np.int64)),
        (xp.ones((2, 3)), np.ones((2, 3))),
        (xp.ones_like(mt.Var(X)), np.ones_like(X)),
        (xp.tri(3), np.tri(3)),
        (xp.tri(2, 0), np.tri(2, 0)),
        (xp.tri(3, 4, -1, dtype=xp.int64), np.tri(3, 4, -1, dtype=np.int64)),
        (xp.tril_indices(3, 1, 2)[0], np.tril_indices(3, 1, 2)[0]),
        (xp.tril_indices(3)[1], np.tril_indices(3)[1]),
        (xp.triu_indices(3, -1, 4)[0], np.triu_indices(3, -1, 4)[0]),
        (xp.zeros(3, dtype=xp.int8), np.zeros(3, np.int8)),
        (xp.zeros_like(X), np.zeros_like(X)),
    ],
)
def test_what_is_made_is_an_untracked_var_of_numpys_array(made, expected):
    assert made.node is None
    assert made.dtype == expected.dtype
    assert_array_equal(made.value, expected)


class TestAsarray:
    """A tracked `Var` stays tracked."""

    def test_a_var_comes_back_as_it_is(self):
        x = mt.Var(X)
        assert xp.asarray(x) is x

    def test_a_copy_is_another_value_on_the_same_graph(self):
        x = mt.Var(X)
        y = xp.asarray(x, copy=True)
        assert not np.shares_memory(y.value, X)
        xp.sum(y).backprop()
        assert_array_equal(x.grad, np.ones_like(X))

    def test_a_floating_dtype_keeps_the_gradient_and_an_integer_one_cuts_it(self):
        x = mt.Var(X)
        y = xp.asarray(x, dtype=xp.float64)
        assert y.dtype == np.float64
        xp.sum(y * y).backprop()
        assert_array_equal(x.grad, 2 * X)
        assert x.grad.dtype == np.float32
        assert xp.asarray(x, dtype=xp.int64).node is None

    def test_a_python_number_becomes_a_0d_array(self):
        x = mt.Var(3.0)
        y = xp.asarray(x)
        assert y.value.shape == ()
        (y * y).backprop()
        assert x.grad == 6.0

    def test_nested_lists_with_vars_are_stacked(self):
        x, y = mt.Var(2.0), mt.Var(np.asarray(3.0))
        table = xp.asarray([[x, 1], [y, x]], dtype=xp.float64)
        assert_array_equal(table.value, [[2, 1], [3, 2]])
        xp.sum(table * np.array([[1.0, 2.0], [3.0, 4.0]])).backprop()
        assert (x.grad, y.grad) == (5.0, 3.0)

    @pytest.mark.parametrize(
        ("held", "dtype"),
        [
            ([mt.Var(np.float32(1)), 2.5], np.float32),
            ([[mt.Var(np.float32(1)), 2], [3, np.float64(4)]], np.float64),
            ([mt.Var(1), 2.5], np.float64),
            ([mt.Var(1), True], np.int64),
            ((mt.Var(np.ones(2, np.float32)), [3, 4.5]), np.float32),
        ],
    )
    def test_numbers_follow_the_arrays_beside_them(self, held, dtype):
        assert xp.asarray(held).dtype == dtype
        assert xp.asarray(held, dtype=xp.complex64).dtype == np.complex64

    def test_nested_sequences_are_always_a_copy(self):
        with pytest.raises(
            OperandError, match=r"asarray\(copy=False\): an array of nested sequences is a copy"
        ) as caught:
            xp.asarray([mt.Var(1.0)], copy=False)
        assert isinstance(caught.value, ValueError)

    def test_rows_of_different_lengths_are_refused(self):
        with pytest.raises(OperandError, match=r"basic::stack\(arrays=\[float64\[2\], float64\[1\]\]\): ValueError"):
            xp.asarray([[mt.Var(1.0), 2.0], [3.0]])

    def test_without_a_copy_nothing_changes_or_it_is_refused(self):
        x = mt.Var(X)
        for same in (x, x.detach()):
            assert xp.asarray(same, copy=False) is same
            with pytest.raises(
                OperandError, match=r"asarray\(float32\[2,3\], dtype=.*float64.*, copy=False\): ValueError"
            ):
                xp.asarray(same, dtype=xp.float64, copy=False)

    def test_truths_and_integers_are_copied_too(self):
        for value in (np.array([True]), np.array([1])):
            assert not np.shares_memory(xp.asarray(mt.Var(value), copy=True).value, value)


def test_the_ends_and_the_step_of_counted_numbers_get_their_cotangents(slopes):
    start, step = slopes(lambda a, b: xp.arange(a, 5.0, b), 1.0, 1.5, g=np.array([1.0, 10.0, 100.0]))
    assert (start, step) == (111.0, 210.0)
    assert xp.arange(mt.Var(3.0)).node is None
    assert xp.arange(mt.Var(1), 4).dtype == np.int64


def test_what_is_refused_names_the_function_what_it_was_given_and_the_librarys_error():
    for call, text, error in [
        (lambda: xp.zeros((-1,)), r"zeros\(\(-1,\)\): ValueError: negative dimensions", ValueError),
        (lambda: xp.ones(2, dtype="nope"), r"ones\(2, dtype='nope'\): TypeError: data type 'nope'", TypeError),
        (lambda: xp.empty_like(mt.Var(X), device="gpu"), r"empty_like\(float32\[2,3\], device='gpu'\)", ValueError),
        (lambda: xp.eye(2.5), r"eye\(2\.5, None, k=0\): TypeError", TypeError),
    ]:
        with pytest.raises(OperandError, match=text) as caught:
            call()
        assert isinstance(caught.value, error)
        assert isinstance(caught.value.__cause__, error)


def test_a_fill_value_gets_the_sum_of_the_cotangents(slope):
    assert slope(lambda v: xp.full((2, 3), v), np.asarray(1.0), g=X) == 15
    assert slope(lambda v: xp.full_like(X, v), np.asarray(1.0), g=X) == 15


@pytest.mark.parametrize("endpoint", [True, False])
def test_the_ends_of_a_range_get_their_shares(endpoint):
    start, stop = mt.Var(1.0), mt.Var(3.0)
    points = xp.linspace(start, stop, 4, endpoint=endpoint)
    assert_allclose(points.value, np.linspace(1.0, 3.0, 4, endpoint=endpoint))
    points.backprop(np.array([1.0, 0.0, 0.0, 1.0]))
    last = 1.0 if endpoint else 0.75
    assert (start.grad, stop.grad) == (2 - last, last)


def test_the_ends_of_a_range_of_powers_and_its_base_get_their_shares(slopes):
    start, stop, base = slopes(lambda a, b, base: xp.logspace(a, b, 3, base=base), 1.0, 3.0, 2.0, g=np.eye(3)[1])
    assert_allclose([start, stop, base], [4 * np.log(2) / 2, 4 * np.log(2) / 2, 2 * 2.0])
    assert_allclose(mt.grad(mt.grad(lambda b: xp.logspace(0.0, b, 3)[1]))(2.0), 10 * np.log(10) ** 2 / 4)


def test_indices_of_triangles_take_and_fill_them():
    x = np.arange(12.0).reshape(3, 4)
    for own, numpys in [(xp.tril_indices(3, 1, 4), np.tril(x, 1)), (xp.triu_indices(3, m=4), np.triu(x))]:
        assert_array_equal(xp.add_at(mt.Var(x)[own], own, (3, 4)).value, numpys)


@pytest.mark.parametrize("library", ["torch", "jax", "array_api_strict"])
def test_other_libraries_make_the_same(library):
    pytest.importorskip(library)
    other = xp.on(library)
    for make in (
        lambda xp: xp.indices((2, 3)),
        lambda xp: xp.identity(2),
        lambda xp: xp.logspace(0.0, 1.0, 3),
        lambda xp: xp.tri(2, 3),
        lambda xp: xp.triu_indices(2)[0],
    ):
        assert type(make(other).value).__module__.partition(".")[0] in (library, "jaxlib")
        assert_allclose(np.asarray(make(other).value), make(xp).value, rtol=1e-6)


def test_a_tracked_var_stays_on_its_graph_through_from_dlpack_and_does_not_leave_for_another_library():
    x = mt.Var(X)
    assert xp.from_dlpack(x) is x
    assert xp.from_dlpack(x, copy=True).node is not None
    assert_array_equal(xp.from_dlpack(x.detach()).value, X)
    other = xp.on(pytest.importorskip("array_api_strict"))
    assert other.from_dlpack(x.detach()).dtype == other.float32
    for make in (other.from_dlpack, other.asarray):
        with pytest.raises(OperandError, match=r"another library, made of Var\(float32\[2,3\]\), would cut the graph"):
            make(x)
