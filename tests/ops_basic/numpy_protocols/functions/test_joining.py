"""Joining, splitting and padding: what they refuse, and the parts that get a gradient."""

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import errors

V = np.array([1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda x: np.concatenate([x, x], casting="unsafe"), r"np\.concatenate\(casting='unsafe'\) is not supported"),
        (lambda x: np.stack([x, x], casting="unsafe"), r"np\.stack\(casting='unsafe'\) is not supported"),
        (lambda x: np.vstack([x, x], casting="unsafe"), r"np\.vstack\(casting='unsafe'\) is not supported"),
        (lambda x: np.pad(x, 1, lambda *_: None), r"np\.pad with a function as mode writes into arrays"),
        (lambda x: np.pad(x, {0: 1}), r"np\.pad with a dict of widths is not supported for a Var"),
    ],
)
def test_what_has_no_counterpart_is_refused(call, text):
    with pytest.raises(errors.OperandError, match=text):
        call(mt.Var(V))


def test_arrays_lists_and_numbers_join_a_var():
    x = mt.Var(V)
    joined = np.hstack([x, V, [7.0, 8.0], 9.0])
    assert joined.shape == (9,)
    np.sum(joined * np.arange(9.0)).backprop()
    np.testing.assert_array_equal(x.grad, [0.0, 1.0, 2.0])


def test_dtype_converts_what_is_joined():
    assert np.concatenate([mt.Var(V), V], dtype=np.float32).dtype == np.float32


def test_a_sparse_grid_has_an_axis_of_length_one_for_the_others():
    for indexing in ("xy", "ij"):
        found = np.meshgrid(mt.Var(V), V[:2], mt.Var(V), sparse=True, indexing=indexing)
        expected = np.meshgrid(V, V[:2], V, sparse=True, indexing=indexing)
        assert [np.shape(each) for each in found] == [each.shape for each in expected]
