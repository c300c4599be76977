"""Values and operands as they appear in error messages."""

from __future__ import annotations

import numpy as np

from mutorch_core.arrays.formatting import format_value


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
