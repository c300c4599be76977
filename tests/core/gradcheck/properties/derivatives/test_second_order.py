"""The property `second_order`."""

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core.gradcheck.failures import RuleRaises, SecondOrderIsWrong
from mutorch_core.gradcheck.properties.derivatives.second_order import SECOND_ORDER
from tests.core.gradcheck.properties.shared_ops import VECTOR, at, square_with


def test_a_differentiable_rule_passes():
    assert SECOND_ORDER.check(at(square_with(lambda g, x: 2 * g * x), VECTOR)) is True


def test_a_detached_operand_is_found():
    with pytest.raises(SecondOrderIsWrong):
        SECOND_ORDER.check(at(square_with(lambda g, x: 2 * g * mt.stop_gradient(x)), VECTOR))


def test_a_detached_cotangent_is_found():
    with pytest.raises(SecondOrderIsWrong):
        SECOND_ORDER.check(at(square_with(lambda g, x: 2 * mt.stop_gradient(g) * x), VECTOR))


def test_a_rule_that_raises_for_tracked_operands_says_so():
    def rule(g, x):
        return 2 * g * (x if isinstance(x, np.ndarray) else x.no_such_attribute)

    with pytest.raises(RuleRaises, match="differentiating its rule raises AttributeError"):
        SECOND_ORDER.check(at(square_with(rule), VECTOR))


def test_no_entries_have_no_second_order():
    assert SECOND_ORDER.check(at(square_with(lambda g, x: 2 * g * x), "x=float64[0]:[];g=float64[0]:[]")) is None
