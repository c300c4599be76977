"""The property `shapes`: cotangents that were computed in single precision."""

import mutorch_core as mt
from mutorch_core.gradcheck.cases.case import read_case
from mutorch_core.gradcheck.properties.conduct.shapes import SHAPES
from mutorch_core.gradcheck.under_test.op_under_test import OpUnderTest


def test_a_sum_over_entries_of_opposite_signs_is_not_taken_for_single_precision():
    text = "x1=float64[]:-1;x2=float64[6]:[0,1,0,1,0,0];g=float64[6]:[1,0.375,1,-0.625,1,1]"
    assert SHAPES.check(OpUnderTest(read_case(mt.ops["basic::multiply"], text)))
