"""`grad`, `vjp`, `jvp`, `jacobian`, `hessian` and `hvp`: values, nesting, closures, and error messages."""

from __future__ import annotations

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core import errors


def cube(x):
    return x * x * x


def test_grad_nests_to_any_order():
    assert mt.grad(cube)(2.0) == 12.0
    assert mt.grad(mt.grad(cube))(2.0) == 12.0
    assert mt.grad(mt.grad(mt.grad(cube)))(2.0) == 6.0
    assert mt.grad(mt.grad(mt.grad(mt.grad(cube))))(2.0) == 0.0


def test_there_is_no_perturbation_confusion():
    def outer(x):
        return x * mt.grad(lambda y: x + y)(1.0)

    assert mt.grad(outer)(2.0) == 1.0

    def inner_depends(x):
        return x * mt.grad(lambda y: x * y * y)(3.0)

    assert mt.grad(inner_depends)(2.0) == 2 * 2.0 * 2 * 3.0


def test_a_mixed_derivative_of_raw_arguments_is_raw():
    def f(x, y):
        return x * x * y

    mixed = mt.grad(mt.grad(f, argnums=0), argnums=1)(2.0, 3.0)
    assert (type(mixed), mixed) == (float, 4.0)

    def through_a_pullback(x):
        _, pullback = mt.vjp(lambda y: x * y * y, 3.0)
        return pullback(1.0)[0]

    assert mt.grad(through_a_pullback)(2.0) == 6.0


def test_has_aux_returns_the_second_result_raw():
    def f(x):
        return x * x, {"double": x + x}

    (value, aux), gradient = mt.value_and_grad(f, has_aux=True)(3.0)
    assert (value, aux, gradient) == (9.0, {"double": 6.0}, 6.0)
    assert mt.grad(f, has_aux=True)(3.0) == (6.0, {"double": 6.0})


def test_an_argument_that_the_function_does_not_use_has_gradient_zero():
    gradient = mt.grad(lambda x: 3.0)(np.ones(2))
    np.testing.assert_array_equal(gradient, np.zeros(2))
    assert mt.grad(lambda x, y: y * y)(1.0, 2.0) == 0.0


def test_vjp_pulls_back_any_number_of_times():
    value, pullback = mt.vjp(lambda x, y: (x * y, x + y), 2.0, 3.0)
    assert value == (6.0, 5.0)
    assert pullback((1.0, 0.0)) == (3.0, 2.0)
    assert pullback((0.0, 1.0)) == (1.0, 1.0)


def test_vjp_with_aux():
    value, pullback, aux = mt.vjp(lambda x: (x * x, x + 1.0), 2.0, has_aux=True)
    assert (value, aux, pullback(1.0)) == (4.0, 3.0, (4.0,))


def test_one_result_may_depend_on_another():
    def f(x):
        y = x * x
        return y, y * x, x

    _, pullback = mt.vjp(f, 2.0)
    assert pullback((1.0, 1.0, 1.0)) == (4.0 + 12.0 + 1.0,)


@pytest.mark.parametrize("wrap", [lambda x: x, mt.Var])
def test_the_cotangent_of_a_result_that_is_an_argument_is_added(wrap):
    x, ones = wrap(np.ones(2)), np.ones(2)
    _, pullback = mt.vjp(lambda a, g: (g, a * g, 3.0 * g, g), x, x)
    first, second = pullback((ones, ones, ones, ones))
    np.testing.assert_array_equal(getattr(first, "value", first), [1.0, 1.0])
    np.testing.assert_array_equal(getattr(second, "value", second), [6.0, 6.0])
    np.testing.assert_array_equal(ones, 1.0)


def test_jvp_is_the_directional_derivative():
    matrix = np.arange(6.0).reshape(2, 3)
    x, t = np.array([1.0, 2.0, 3.0]), np.array([1.0, 0.0, -1.0])
    value, derivative = mt.jvp(lambda x: xp.exp(matrix @ x / 10), (x,), (t,))
    np.testing.assert_allclose(value, np.exp(matrix @ x / 10))
    np.testing.assert_allclose(derivative, np.exp(matrix @ x / 10) * (matrix @ t) / 10)
    assert type(derivative) is np.ndarray


def test_jvp_of_grad_and_grad_of_jvp():
    assert mt.jvp(mt.grad(cube), (2.0,), (1.0,)) == (12.0, 12.0)
    assert mt.grad(lambda x: mt.jvp(cube, (x,), (1.0,))[1])(2.0) == 12.0


def test_a_jacobian_has_the_axes_of_the_result_and_then_of_the_argument():
    matrix = np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(mt.jacobian(lambda x: matrix @ x)(np.ones(3)), matrix)
    by_argument = mt.jacobian(lambda x, y: x * y, argnums=(0, 1))(np.ones(2), np.array([3.0, 4.0]))
    np.testing.assert_array_equal(by_argument[0], np.diag([3.0, 4.0]))
    np.testing.assert_array_equal(by_argument[1], np.eye(2))
    assert mt.jacobian(cube)(2.0) == 12.0
    assert mt.jacobian(lambda x: xp.reshape(x, (2, 2)))(np.ones(4)).shape == (2, 2, 4)
    assert mt.jacobian(lambda x: x)(np.ones((0,))).shape == (0, 0)


def test_jacobian_of_a_tree_of_results():
    result, aux = mt.jacobian(lambda x: ({"a": x * 2.0, "b": xp.sum(x)}, "aux"), has_aux=True)(np.ones(2))
    np.testing.assert_array_equal(result["a"], 2 * np.eye(2))
    np.testing.assert_array_equal(result["b"], np.ones(2))
    assert aux == "aux"


def test_jacobian_of_a_constant_is_zero():
    np.testing.assert_array_equal(mt.jacobian(lambda x: np.ones(2))(np.ones(3)), np.zeros((2, 3)))


def test_hessian_and_hvp_agree():
    matrix = np.array([[2.0, 1.0], [1.0, 3.0]])

    def f(x):
        return xp.sum(x * (matrix @ x)) / 2 + xp.sum(x * x * x)

    x, v = np.array([1.0, -2.0]), np.array([0.5, 4.0])
    expected = matrix + np.diag(6 * x)
    np.testing.assert_allclose(mt.hessian(f)(x), expected)
    np.testing.assert_allclose(mt.hvp(f, (x,), (v,)), expected @ v)


def test_stop_gradient_makes_all_leaves_of_a_tree_constant():
    def f(x):
        held = mt.stop_gradient({"x": x})["x"]
        return x * held

    assert mt.grad(f)(3.0) == 3.0
    assert mt.stop_gradient(3.0) == 3.0


def test_a_cotangent_in_another_tree_raises():
    _, pullback = mt.vjp(lambda x: (x, x), 1.0)
    with pytest.raises(errors.CotangentError, match="the cotangent's tree is not the result's"):
        pullback(1.0)


def test_a_missing_cotangent_raises():
    _, pullback = mt.vjp(cube, 1.0)
    with pytest.raises(errors.CotangentError, match="no cotangent for the result"):
        pullback(None)


@pytest.mark.parametrize("argnums", [(0, 0), (0, -2), (1, 0, 1), [-1, 1]])
@pytest.mark.parametrize("transform", [mt.grad, mt.value_and_grad, mt.jacobian, mt.hessian])
def test_an_argument_is_differentiated_once(transform, argnums):
    with pytest.raises(errors.OperandError, match=r"names an argument of <lambda>\(\) twice"):
        transform(lambda x, y: x * y, argnums=argnums)(1.0, 2.0)


@pytest.mark.parametrize("transform", [mt.grad, mt.value_and_grad, mt.jacobian, mt.hessian])
@pytest.mark.parametrize("argnums", ["a", 1.0, None, ("a",), (0, 1.0)])
def test_argnums_that_are_no_positions_are_refused_at_once(transform, argnums):
    with pytest.raises(errors.OperandError, match=r"argnums is .*; it must be the position of an argument"):
        transform(lambda x, y: x * y, argnums=argnums)


@pytest.mark.parametrize(
    "transform",
    [mt.grad, mt.value_and_grad, mt.jacobian, mt.hessian, mt.checkpoint, lambda f: mt.vjp(f, 1.0),
     lambda f: mt.jvp(f, (1.0,), (1.0,)), lambda f: mt.hvp(f, (1.0,), (1.0,))],
)  # fmt: skip
def test_what_is_no_function_is_refused_at_once(transform):
    with pytest.raises(errors.OperandError, match=r"5 is no function: a transform takes one"):
        transform(5)


@pytest.mark.parametrize("transform", [mt.jvp, mt.hvp])
@pytest.mark.parametrize("tangents", [(), (np.ones(3), np.ones(3))])
def test_one_tangent_for_each_primal(transform, tangents):
    with pytest.raises(
        errors.CotangentError, match=rf"1 primals and {len(tangents)} tangents: give one tangent for each"
    ):
        transform(lambda x: (x * x * x).sum(), (np.ones(3),), tangents)


@pytest.mark.parametrize("transform", [mt.jvp, mt.hvp])
def test_primals_and_tangents_are_tuples(transform):
    for primals, tangents in ((np.ones(3), (np.ones(3),)), ((np.ones(3),), np.ones(3))):
        with pytest.raises(
            errors.OperandError, match=r"s is float64\[3\]; it must be a tuple with one entry per argument"
        ):
            transform(lambda x: (x * x * x).sum(), primals, tangents)


@pytest.mark.parametrize("transform", [mt.jvp, mt.hvp])
@pytest.mark.parametrize("tangent", [1.0, np.ones((1, 3)), np.ones(1)])
def test_a_tangent_has_the_shape_of_its_primal(transform, tangent):
    with pytest.raises(errors.CotangentError, match="their shapes differ"):
        transform(lambda x: (x * x * x).sum(), (np.ones(3),), (tangent,))
