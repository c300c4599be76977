"""The property `pure`."""

import numpy as np
import pytest

from mutorch_core import Array, op
from mutorch_core.gradcheck.failures import NotPure
from mutorch_core.gradcheck.properties.conduct.pure import PURE
from tests.core.gradcheck.properties.shared_ops import VECTOR, at, square_with


def right(g, x):
    return 2 * g * x


def test_a_pure_op_passes():
    assert PURE.check(at(square_with(right), VECTOR)) is True


def test_an_op_without_gradient_is_checked_for_its_forward():
    @op("test::counter", nondiff=("x",))
    def counter(x: Array, /) -> Array:
        calls.append(x)
        return x + len(calls)

    calls = []
    with pytest.raises(NotPure, match="the forward does not give the same bits"):
        PURE.check(at(counter, VECTOR))


def changes_cotangent(g, x):
    result = 2 * g * x
    g *= 0.5
    return result


def changes_operand(g, x):
    result = 2 * g * x
    x += 1
    return result


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (changes_cotangent, "changes its cotangent"),
        (changes_operand, "changes its operand x"),
    ],
)
def test_a_rule_that_writes_into_its_arguments_is_named(rule, message):
    with pytest.raises(NotPure, match=message):
        PURE.check(at(square_with(rule), VECTOR))


def test_a_rule_that_draws_numbers_is_found():
    random = np.random.default_rng(0)
    with pytest.raises(NotPure, match="the rule, run twice on one graph, does not give the same bits"):
        PURE.check(at(square_with(lambda g, x: 2 * g * x * (1 + 1e-12 * random.random())), VECTOR))


def test_one_buffer_for_two_results_is_found():
    buffer = np.zeros(3)

    def rule(g, x):
        if np.shape(x) != (3,):
            return 2 * g * x
        buffer[...] = 2 * g * x
        return buffer

    with pytest.raises(NotPure):
        PURE.check(at(square_with(rule), VECTOR))


def test_a_rule_that_remembers_its_first_operand_is_found():
    cache = {}

    def rule(g, x):
        return 2 * g * cache.setdefault(np.shape(x), np.array(x))

    with pytest.raises(NotPure, match="does it remember something"):
        PURE.check(at(square_with(rule), VECTOR))
