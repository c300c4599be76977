"""`out=`, lists as operands, and parameters that are refused by name."""

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core import errors
from mutorch_ops_basic.numpy_protocols.arguments import array, masked, operand, plain, refuse_given, store


def test_a_list_with_vars_in_it_is_an_operand():
    x = mt.Var(2.0)
    np.dot(mt.Var(np.ones(2)), [x, 3.0]).backprop()
    assert x.grad == 1.0


def test_numbers_become_arrays_without_axes():
    assert array(2.0).shape == ()
    assert array(mt.Var(2.0)).shape == ()
    assert operand(2.0) == 2.0


def test_raw_values_are_taken_out_of_nested_arguments():
    x = mt.Var(np.ones(2))
    taken = plain([x, (x, 1), {"key": x}, "text"])
    assert taken[0] is x.value
    assert taken[1][0] is x.value
    assert taken[2]["key"] is x.value
    assert taken[3] == "text"


def test_a_mask_puts_the_neutral_value_where_it_does_not_hold():
    np.testing.assert_array_equal(masked(np.array([1.0, 2.0]), [True, False], 9.0), [1.0, 9.0])


def test_a_parameter_without_counterpart_is_refused_with_what_to_write():
    with pytest.raises(errors.OperandError, match=r"np\.f\(order='F'\) is not supported for a Var: leave it out"):
        refuse_given("np.f", "leave it out", casting=None, order="F")


def test_out_is_assigned_to_if_it_is_a_var():
    x = mt.Var(np.ones(3))
    y, z = xp.zeros(3), xp.zeros(3)
    assert np.multiply(x, 2.0, out=y) is y
    assert np.sum(np.stack([x, x]), axis=0, out=z) is z
    np.sum(y * z).backprop()
    np.testing.assert_array_equal(x.grad, 8.0)


def test_out_in_a_plain_array_takes_constants_only():
    x, mask, total = mt.Var(np.array([1.0, np.nan])), np.zeros(2, dtype=bool), np.zeros(2)
    assert np.isnan(x, out=mask) is mask
    np.testing.assert_array_equal(mask, [False, True])
    total += x.detach()
    np.testing.assert_array_equal(total, x.value)
    with pytest.raises(
        errors.OperandError, match=r"np\.sin\(…, out=float64\[2\]\) would lose the gradient of Var float"
    ):
        np.sin(x, out=total)


def test_adding_a_var_to_an_array_in_place_is_refused_with_what_to_write():
    total = np.zeros(2)
    with pytest.raises(
        errors.OperandError, match=r"np\.add\(…, out=float64\[2\]\) .* \(y = y \+ x in the place of y \+= x\)"
    ):
        total += mt.Var(np.ones(2))
    assert total.dtype == float


def test_a_result_without_out_is_returned():
    assert store(1.0, None, "np.f") == 1.0
    assert store(1.0, (), "np.f") == 1.0
    assert store(1.0, (None,), "np.f") == 1.0
