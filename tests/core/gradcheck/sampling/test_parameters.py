"""Candidates for static parameters."""

from collections.abc import Sequence
from inspect import Parameter
from typing import Literal

import numpy as np
import pytest

from mutorch_core import Array, op
from mutorch_core.gradcheck.sampling.parameters import candidates, draw_parameters, undrawable_parameter
from mutorch_core.gradcheck.sampling.randomness import RandomChooser, Strata
from mutorch_core.gradcheck.sampling.strategies import Sampling


def values(annotation, name="p", default=Parameter.empty, shape=(2, 3)):
    def function(x: Array, /, *, p):
        return x

    parameter = Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
    holder = type("Holder", (), {"function": staticmethod(function)})
    return list(candidates(holder, parameter, shape))


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        (bool, [True, False]),
        (int, [1, 2, 0, 3, -1]),
        (float, [2.0, 0.5, 1.0, 1.5, 3.0, 0.25]),
        (Literal["a", "b"], ["a", "b"]),
        (bool | None, [True, False, None]),
        (str, []),
        (dict, []),
    ],
)
def test_candidates_follow_the_annotation(annotation, expected):
    assert values(annotation) == expected


def test_the_default_is_no_candidate_but_an_equal_value_of_another_type_is():
    assert values(int, default=1) == [2, 0, 3, -1]
    assert True in values(bool, default=1)


def test_axes_are_those_of_the_shape():
    assert values(int, "axis") == [0, -2, 1, -1]
    assert values(int | None, "axis", default=None) == [0, -2, 1, -1]
    assert values(int, "axis", shape=()) == []
    several = values(int | Sequence[int], "axis")
    assert () in several
    assert (1, 0) in several
    assert (-1, 0) in several


def test_shapes_have_the_size_of_the_operand_or_broadcast_from_it():
    assert values(tuple, "shape")[:4] == [(6,), (3, 2), (-1,), (2, 3)]


def test_a_required_dtype_is_double():
    assert values(object, "dtype") == [np.float64, np.complex128]


def test_a_required_parameter_without_candidates_is_named():
    @op("test::planned")
    def planned(x: Array, /, *, scale: float, plan: dict) -> Array:
        return x

    @op("test::scaled")
    def scaled(x: Array, /, *, scale: float, label: str = "") -> Array:
        return x

    sampling = Sampling(RandomChooser(None, Strata(list)), "parameters", ())
    assert undrawable_parameter(planned) == "plan"
    assert draw_parameters(sampling, planned, [(2,)]) is None
    assert undrawable_parameter(scaled) is None
    assert draw_parameters(sampling, scaled, [(2,)]) == {"scale": 2.0}
