"""The property `linear`."""

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core.gradcheck.failures import NotLinear
from mutorch_core.gradcheck.properties.derivatives.linear import LINEAR
from tests.core.gradcheck.properties.shared_ops import VECTOR, at, square_with


def test_a_linear_rule_passes():
    assert LINEAR.check(at(square_with(lambda g, x: 2 * g * x), VECTOR)) is True


@pytest.mark.parametrize(
    "rule",
    [
        lambda g, x: 2 * g * x + 1e-6,
        lambda g, x: 2 * abs(g) * x,
        lambda g, x: 2 * g * g * x,
        lambda g, x: 2 * x * (g.clip(-4, 4)),
    ],
)
def test_a_rule_that_is_not_linear_is_wrong(rule):
    with pytest.raises(NotLinear, match="not linear in its cotangent"):
        LINEAR.check(at(square_with(rule), VECTOR))


def test_the_rounding_of_terms_that_cancel_is_no_fault():
    softmax = mt.ops["nn::softmax"]
    assert LINEAR.check(at(softmax, "x=float64[3]:[0,30,-30];axis=0;g=float64[3]:[1,0.5,-2]")) is True


def test_a_cotangent_that_is_not_finite_is_not_decided():
    assert LINEAR.check(at(square_with(lambda g, x: g * np.inf), VECTOR)) is False
