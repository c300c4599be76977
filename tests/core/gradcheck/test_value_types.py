"""Predicates on the types of values in a case."""

from typing import NamedTuple

import numpy as np
import pytest

from mutorch_core.gradcheck import value_types


class Pair(NamedTuple):
    first: float
    second: float


VALUES = {
    "array": np.zeros(2),
    "integers": np.zeros(2, dtype=int),
    "scalar": np.float64(1),
    "float": 1.0,
    "complex": 1j,
    "bool": True,
    "tuple": (1.0,),
    "list": [1.0],
    "named": Pair(1.0, 2.0),
    "dtype": np.dtype("float32"),
    "type": np.float32,
    "text": "float32",
    "int type": int,
}


@pytest.mark.parametrize(
    ("predicate", "holds"),
    [
        ("is_array", {"array", "integers"}),
        ("is_scalar", {"scalar"}),
        ("is_several", {"tuple", "list", "named"}),
        ("is_dtype", {"dtype", "type"}),
    ],
)
def test_a_predicate_holds_for_its_types_alone(predicate, holds):
    assert {name for name, value in VALUES.items() if getattr(value_types, predicate)(value)} == holds


def test_floating_values_have_real_or_complex_entries():
    names = ("array", "integers", "scalar", "float", "complex", "bool")
    assert [name for name in names if value_types.is_floating(VALUES[name])] == ["array", "scalar", "float", "complex"]
