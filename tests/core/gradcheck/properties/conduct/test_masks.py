"""The property `masks`."""

import numpy as np
import pytest

from mutorch_core import Array, op
from mutorch_core.gradcheck.failures import DependsOnMask
from mutorch_core.gradcheck.properties.conduct.masks import MASKS, equal_up_to_rounding, subsets
from tests.core.gradcheck.properties.shared_ops import PAIR, VECTOR, at, product_with, square_with


def test_a_rule_that_ignores_the_mask_passes():
    assert MASKS.check(at(product_with(lambda g, x2: g * x2, lambda g, x1: g * x1), PAIR)) is True


@pytest.mark.parametrize("error", [1e-9, 1.0])
def test_a_small_difference_for_one_operand_alone_is_found(error):
    @op("test::product")
    def product(x1: Array, x2: Array, /) -> Array:
        return x1 * x2

    @product.vjp("x1", "x2")
    def _(g, x1, x2, needs):
        factor = 1 if needs.x2 else 1 + error
        return g * x2 * factor if needs.x1 else None, g * x1 if needs.x2 else None

    with pytest.raises(DependsOnMask, match="cotangent of x1 is another one where only x1 need one"):
        MASKS.check(at(product, PAIR))


def test_one_operand_has_no_mask():
    assert MASKS.check(at(square_with(lambda g, x: 2 * g * x), VECTOR)) is None


def test_few_slots_have_all_subsets_and_many_the_extreme_ones():
    assert list(subsets(1)) == []
    assert list(subsets(3)) == [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2)]
    assert {len(subset) for subset in subsets(6)} == {1, 5}


def test_rounding_of_values_and_of_terms_that_cancelled_is_equal():
    assert equal_up_to_rounding(1.0, 1.0 + 1e-15)
    assert not equal_up_to_rounding(1.0, 1.0 + 1e-9)
    assert equal_up_to_rounding(0.0, 1e-10, terms=1e3)
    assert not equal_up_to_rounding(0.0, 1e-10)
    assert not equal_up_to_rounding(np.zeros(1), np.zeros(2))
    assert equal_up_to_rounding(np.array([np.nan, np.inf, 1.0]), np.array([np.nan, np.inf, 1.0]))
