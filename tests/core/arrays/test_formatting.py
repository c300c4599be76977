"""Values and operands as they appear in error messages."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from mutorch_core.arrays.formatting import format_array, format_operands, format_value


def test_a_value_is_formatted_by_its_kind():
    assert format_value(np.zeros((3, 4))) == "float64[3,4]"
    assert format_value(np.zeros((), "c8")) == "complex64[]"
    assert format_value(2.5) == "2.5"
    assert format_value("x") == "a str"
    assert [format_value(key) for key in (..., None, slice(1, 3), slice(None, None, -1))] == [
        "...",
        "None",
        "1:3",
        "::-1",
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [(3, "3"), (True, "True"), (2j, "2j"), (Fraction(1, 2), "Fraction(1, 2)"), (np.float32(2), "float32[]"),
     (slice(None), ":"), (slice(1, None, 2), "1::2"), (slice(np.ones(1), None), "float64[1]:"), ([1], "a list")],
)  # fmt: skip
def test_numbers_slices_and_other_values_are_formatted(value, text):
    assert format_value(value) == text


def test_dtypes_are_formatted_by_their_names():
    assert format_array((2, 3), np.dtype("f4")) == "float32[2,3]"
    assert format_array((), float) == "float[]"
    assert format_array((1,), np.float64) == "float64[1]"
    torch = pytest.importorskip("torch")
    assert format_value(torch.ones(2, 3)) == "float32[2,3]"
    strict = pytest.importorskip("array_api_strict")
    assert format_value(strict.ones(2)) == "float64[2]"


def test_operands_are_formatted_with_their_names_and_sequences_in_brackets():
    text = format_operands({"x1": np.ones(3), "x2": 2.0, "arrays": [np.ones(2), 1], "rest": (), "key": None})
    assert text == "x1=float64[3], x2=2.0, arrays=[float64[2], 1], rest=[], key=None"
    assert format_operands({}) == ""
