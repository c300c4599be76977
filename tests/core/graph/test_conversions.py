"""Conversions of a `Var` to Python numbers, NumPy arrays and DLPack, and the refused ones."""

from __future__ import annotations

import math
import operator

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import errors

CUTS = {
    "float": float,
    "complex": complex,
    "item": lambda x: x.item(),
    "tolist": lambda x: x.tolist(),
    "a NumPy array": np.asarray,
    "a DLPack capsule": np.from_dlpack,
}


@pytest.mark.parametrize("what", CUTS)
@pytest.mark.parametrize("make", [lambda x: x, lambda x: +x], ids=["leaf", "result"])
def test_a_conversion_that_would_cut_the_graph_raises_and_names_the_alternative(what, make):
    text = (
        rf"{what}(\(\))? of (Var\(float64\[1\]\)|<Var .*, tracked>) would cut the graph: use "
        r"(?!x\.value|x\.detach).*; only for a constant, whose gradient is lost, .*x\.value.* or x\.detach\(\)"
    )
    with pytest.raises(errors.OperandError, match=text):
        CUTS[what](make(mt.Var(np.ones(1))))


@pytest.mark.parametrize("value", [2, 2.5, np.asarray(2), np.asarray(2.5), np.float32(2.5)])
def test_an_untracked_scalar_converts_as_its_value_does(value):
    x = mt.Var(value).detach()
    for convert in (bool, int, float, complex):
        assert convert(x) == convert(value)
        assert type(convert(x)) is convert
    assert x.item() == x.tolist() == value
    assert type(x.item()) in (int, float)


def test_bool_int_and_index_accept_tracked_values():
    x = mt.Var(np.asarray(2.5)) * 1.0
    assert bool(x)
    assert int(x) == 2
    assert [10, 20, 30][mt.Var(np.asarray(1))] == 20


@pytest.mark.parametrize(
    ("convert", "error"), [(bool, ValueError), (int, TypeError), (operator.index, TypeError), (float, TypeError)]
)
def test_a_failed_conversion_raises_the_librarys_error_with_a_note(convert, error):
    with pytest.raises(error, match=rf"in {convert.__name__}\(\) of <Var float64\[2,3\]>"):
        convert(mt.Var(np.ones((2, 3))).detach())


def test_an_untracked_array_converts_to_numpy_with_dtype_and_copy():
    x = mt.Var(np.arange(3.0)).detach()
    assert np.shares_memory(np.asarray(x), x.value)
    assert not np.shares_memory(np.array(x, copy=True), x.value)
    assert np.asarray(x, dtype=np.float32).dtype == np.float32
    assert x.tolist() == [0.0, 1.0, 2.0]


def test_an_untracked_array_is_exported_by_dlpack_with_the_standard_keywords():
    x = mt.Var(np.arange(3.0)).detach()
    np.testing.assert_array_equal(np.from_dlpack(x), x.value)
    assert x.__dlpack_device__() == x.value.__dlpack_device__()
    assert x.__dlpack__(stream=None, max_version=(1, 0), dl_device=(1, 0), copy=True)


@pytest.mark.parametrize("library", ["torch", "jax.numpy", "dask.array", "array_api_strict"])
def test_values_of_other_libraries_convert_too(library):
    raw = pytest.importorskip(library)
    x = mt.Var(raw.asarray([1.5, 2.5])).detach()
    assert x.tolist() == [1.5, 2.5]
    assert (x[1].item(), float(x[0]), bool(x[0] > 1.0)) == (2.5, 1.5, True)
    np.testing.assert_array_equal(np.asarray(x), [1.5, 2.5])


def test_a_number_is_formatted_by_a_format_specification():
    x = mt.Var(np.asarray(2.5), name="x")
    assert f"{x * 2:.2f}|{x.detach():6.1f}|{x}" == "5.00|   2.5|(var-x | 2.5)"


@pytest.mark.parametrize("cut", [float, complex, np.asarray, np.array])
def test_conversions_of_a_tracked_result_raise(cut):
    with pytest.raises((errors.OperandError, TypeError)):
        cut(mt.Var(2.0) * 1.0)


def test_untracked_results_convert():
    x = mt.Var(2.5).detach()
    assert float(x) == 2.5
    assert complex(x) == 2.5
    assert bool(x)
    assert int(x) == 2
    assert list(range(5))[mt.Var(3)] == 3


def test_a_var_in_a_list_or_a_plain_array_is_refused_with_what_to_write():
    x = mt.Var(np.ones(3))
    with pytest.raises(errors.OperandError, match=r"use xp\.stack\(\[a, b\]\) or xp\.asarray\(\[a, b\]\) in the pl"):
        np.array([x[0], x[1]])
    with pytest.raises(errors.OperandError, match=r"y = xp\.zeros\(n\) in the place of y = np\.zeros\(n\)"):
        np.zeros(3)[:] = x
    with pytest.raises(ValueError, match="setting an array element") as raised:
        np.zeros(3)[0] = x[0]
    assert "y = xp.zeros(n) in the place of y = np.zeros(n) before y[0] = x" in str(raised.value.__cause__)
    with pytest.raises(errors.OperandError, match=r"use xp\.sin or np\.sin in the place of math\.sin"):
        math.sin(x[0])
