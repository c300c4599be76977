"""The property `layout`."""

import numpy as np
import pytest

from mutorch_core.gradcheck.cases.case import read_case
from mutorch_core.gradcheck.failures import DependsOnLayout
from mutorch_core.gradcheck.properties.conduct.layout import LAYOUT, with_memory_order
from tests.core.gradcheck.properties.shared_ops import at, square_with

MATRIX = "x=float64[2,2]:[[1,2],[3,5]];g=float64[2,2]:[[1,0],[0.5,-1]]"


def test_a_rule_that_reads_entries_by_index_passes():
    assert LAYOUT.check(at(square_with(lambda g, x: 2 * g * x), MATRIX)) is True


def test_a_rule_that_reads_memory_in_its_order_is_found():
    def rule(g, x):
        return 2 * g * (x.ravel(order="K").reshape(x.shape) if isinstance(x, np.ndarray) else x)

    with pytest.raises(DependsOnLayout, match="depends on the order of arrays in memory") as caught:
        LAYOUT.check(at(square_with(rule), MATRIX))
    assert "float64[2,2]F:" in caught.value.case.text or "float64[2,2]R:" in caught.value.case.text


def test_a_case_in_a_layout_of_its_own_is_checked_in_that():
    assert LAYOUT.check(at(square_with(lambda g, x: 2 * g * x), MATRIX.replace("]:", "]F:"))) is True


def test_one_entry_has_no_layout():
    assert LAYOUT.check(at(square_with(lambda g, x: 2 * g * x), "x=float64[1]:[1];g=float64[1]:[1]")) is None


def test_stride_zero_is_for_cotangents_alone():
    case = with_memory_order(read_case(square_with(lambda g, x: 2 * g * x), MATRIX), "Z")
    assert case.operands["x"].strides != (0, 0)
    assert case.cotangents[0].strides == (0, 0)
