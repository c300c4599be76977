"""Answers from values: NumPy's own testing and printing functions, and sizes."""

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_ops_basic.numpy_protocols.functions.answers import EXCLUDED

V = np.array([1.0, 2.0, 3.0])


def test_questions_are_answered_by_python_values():
    x = mt.Var(V) * 1.0
    assert np.shape(x) == (3,)
    assert (np.ndim(x), np.size(x), np.size(x, 0), np.size(np.stack([x, x]), (0, 1))) == (1, 3, 3, 6)
    assert np.allclose(x, V) is True
    assert np.array_equal(x, V) is True
    assert np.iscomplexobj(x) is False
    assert np.result_type(x, np.float32) == np.float64
    assert np.can_cast(x, np.float32, "same_kind") is True


def test_numpys_testing_functions_take_untracked_vars():
    np.testing.assert_allclose(mt.Var(V).detach(), V)
    np.testing.assert_array_equal(mt.Var(V).detach() > 1.5, V > 1.5)


def test_values_are_printed_and_saved(tmp_path):
    x = mt.Var(V)
    assert np.array_repr(x) == np.array_repr(V)
    np.save(tmp_path / "x.npy", x)
    np.savez(tmp_path / "x.npz", x=x)
    np.savetxt(tmp_path / "x.txt", x)
    np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), V)
    np.testing.assert_array_equal(np.load(tmp_path / "x.npz")["x"], V)
    np.testing.assert_array_equal(np.loadtxt(tmp_path / "x.txt"), V)


@pytest.mark.parametrize("reason", EXCLUDED)
def test_functions_that_are_left_out_take_no_var(reason):
    assert all(isinstance(name, str) for name in EXCLUDED[reason])
    assert len(set(EXCLUDED[reason])) == len(EXCLUDED[reason])


def test_shared_memory_is_seen_through_vars():
    x = mt.Var(V)
    assert np.may_share_memory(x, V)
    assert not np.shares_memory(x, V.copy())
