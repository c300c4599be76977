"""One traced call: arguments, results and error messages that all transforms share."""

from __future__ import annotations

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core import errors


def cube(x):
    return x * x * x


def test_argnums_select_the_differentiated_arguments():
    def f(a, b, c):
        return a * b + c

    assert mt.grad(f, argnums=1)(2.0, 3.0, 4.0) == 2.0
    assert mt.grad(f, argnums=(0, 2))(2.0, 3.0, 4.0) == (3.0, 1.0)
    assert mt.grad(f, argnums=-1)(2.0, 3.0, 4.0) == 1.0


def test_keyword_arguments_pass_through():
    assert mt.grad(lambda x, *, factor: x * factor)(2.0, factor=5.0) == 5.0


def test_the_function_may_assign_to_its_argument():
    def f(x):
        x[0] = 5.0
        return xp.sum(x * x)

    np.testing.assert_array_equal(mt.grad(f)(np.array([1.0, 2.0])), [0.0, 4.0])


def test_has_aux_needs_a_pair():
    with pytest.raises(errors.OperandError, match=r"has_aux=True needs cube\(\) to return \(result, aux\)"):
        mt.grad(cube, has_aux=True)(1.0)


def test_argnums_out_of_range_raise():
    with pytest.raises(errors.OperandError, match=r"argnums=2 asks for argument 2, but cube\(\) got 1"):
        mt.grad(cube, argnums=2)(1.0)


def test_an_argument_that_is_no_number_raises():
    with pytest.raises(errors.OperandError, match=r"argument 0 of .* is a str: only numbers and arrays"):
        mt.grad(lambda x: 1.0)("x")


def test_an_integer_argument_raises_and_its_path_is_named():
    with pytest.raises(errors.OperandError, match=r"argument 0\['w'\] of .* is int64\[3\], which carries no gradient"):
        mt.grad(lambda p: xp.sum(p["w"]))({"w": np.arange(3)})


def test_grad_of_a_function_without_a_scalar_result_raises():
    with pytest.raises(errors.NotScalar, match=r"<lambda>\(\) returned float64\[2\], not a scalar: reduce it"):
        mt.grad(lambda x: x * 2.0)(np.ones(2))

    def pair(x):
        return x, x

    with pytest.raises(errors.NotScalar, match=r"pair\(\) returned a tuple"):
        mt.grad(pair)(1.0)


def test_grad_of_a_complex_result_raises():
    with pytest.raises(errors.NotScalar, match="grad needs a real result"):
        mt.grad(lambda x: x * 1j)(1.0)


def test_a_leaf_in_the_closure_receives_its_gradient_through_a_gradient():
    w = mt.Var(3.0)
    slope = mt.grad(lambda x: x * x * w)(2.0)
    assert slope.value == 12.0
    slope.backprop()
    assert w.grad == 4.0


def test_a_transform_writes_no_grad():
    w, x = mt.Var(3.0), mt.Var(2.0)
    result = mt.grad(lambda x: x * w)(x)
    assert result.value == 3.0
    assert (w.grad, x.grad) == (0.0, 0.0)


def test_a_var_as_argument_gives_a_var():
    x = mt.Var(np.array([1.0, 2.0]))
    gradient = mt.grad(lambda x: xp.sum(x * x))(x)
    assert type(gradient) is mt.Var
    xp.sum(gradient).backprop()
    np.testing.assert_array_equal(x.grad, [2.0, 2.0])


def test_transforms_release_what_they_recorded():
    kept = []

    def f(x):
        kept.append(x * x)
        return kept[0] * x

    assert mt.grad(f)(2.0) == 12.0
    with pytest.raises(errors.Released, match="or by the transform that made it"):
        kept[0].backprop()
