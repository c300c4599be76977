"""The property `precision`."""

import numpy as np
import pytest

from mutorch_core import Array, op
from mutorch_core.gradcheck.failures import LosesPrecision
from mutorch_core.gradcheck.properties.derivatives.precision import PRECISION
from tests.core.gradcheck.properties.shared_ops import VECTOR, at, square_with


def test_a_rule_that_keeps_its_digits_passes():
    assert PRECISION.check(at(square_with(lambda g, x: 2 * g * x), VECTOR)) is True


def test_digits_lost_to_a_large_term_are_found():
    with pytest.raises(LosesPrecision, match="cotangent of x is another one in single precision"):
        PRECISION.check(at(square_with(lambda g, x: 2 * g * ((x + 1e7) - 1e7)), VECTOR))


def test_a_forward_that_refuses_single_precision_is_left_out():
    @op("test::double_only")
    def double_only(x: Array, /) -> Array:
        if x.dtype != np.float64:
            raise TypeError("float64, please")
        return x * x

    double_only.vjp("x")(lambda g, x: 2 * g * x)
    assert PRECISION.check(at(double_only, VECTOR)) is None
