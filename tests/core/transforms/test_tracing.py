"""One traced call: arguments, results and error messages that all transforms share."""

from __future__ import annotations

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core import errors
from mutorch_core.graph.grad_mode import Tape, use_mode
from mutorch_core.transforms.tracing import can_be_differentiated, check_scalar, name_of, trace_call


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


class TestTracedCall:
    """One traced call, without a transform around it."""

    def test_the_function_receives_vars_on_open_inputs_which_are_closed_afterwards(self):
        seen = []

        def f(x, y, *, factor):
            seen.append((type(x), x.node.open, y, factor))
            return x * y * factor

        call = trace_call(f, 0, False, (2.0, 3.0), {"factor": 4.0})
        assert seen == [(mt.Var, True, 3.0, 4.0)]
        assert [node.open for node in call.inputs] == [False]
        assert list(call.arrays.values()) == [2.0]
        assert call.result.value == 24.0

    def test_the_inputs_are_closed_if_the_function_raises(self):
        seen = []

        def f(x):
            seen.append(x.node)
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            trace_call(f, 0, False, (2.0,), {})
        assert [node.open for node in seen] == [False]

    def test_an_argument_that_is_tracked_is_the_parent_of_its_input(self):
        x = mt.Var(2.0)
        (node,) = trace_call(cube, 0, False, (x,), {}).inputs
        assert node.parents == (x.node,)
        with mt.no_grad():
            (node,) = trace_call(cube, 0, False, (x,), {}).inputs
        assert node.parents == ()

    def test_a_tape_around_a_transform_collects_its_inputs(self):
        tape = Tape()
        with use_mode(tape):
            call = trace_call(cube, 0, False, (2.0,), {})
        assert call.inputs <= tape.nodes
        assert call.result.node in tape.nodes

    def test_gradients_come_in_the_structure_of_argnums_and_are_vars_for_vars(self):
        def f(x, y):
            return x["a"] * y

        call = trace_call(f, (0, 1), False, ({"a": 2.0}, mt.Var(3.0)), {})
        value, (first, second) = call.value_and_gradient(release=False)
        assert (value.value, first["a"].value, second.value) == (6.0, 3.0, 2.0)
        single = trace_call(f, 0, False, ({"a": 2.0}, 3.0), {})
        assert single.value_and_gradient(release=False) == (6.0, {"a": 3.0})

    def test_an_array_without_a_cotangent_receives_zeros(self):
        call = trace_call(lambda x, y: y * y, (0, 1), False, (np.ones(2, np.float32), 3.0), {})
        (first, second), recorded = call.pull_back([(call.result, None)])
        np.testing.assert_array_equal(first, np.zeros(2, np.float32), strict=True)
        assert (second, recorded) == (6.0, False)

    def test_strip_makes_results_raw_unless_their_graph_reaches_beyond_the_inputs(self):
        w = mt.Var(5.0)
        call = trace_call(lambda x: (x * x, x * w, "text"), 0, False, (2.0,), {})
        own, outer, text = call.strip(call.result)
        assert (own, text) == (4.0, "text")
        assert outer is call.result[1]

    def test_aux_is_split_off(self):
        call = trace_call(lambda x: (x * x, "aux"), 0, True, (2.0,), {})
        assert (call.result.value, call.aux) == (4.0, "aux")


@pytest.mark.parametrize(
    ("value", "expected"),
    [(2.0, True), (2j, True), (True, False), (np.ones(2), True), (np.arange(2), False), ("text", False), (None, False)],
)
def test_numbers_and_floating_arrays_can_be_differentiated(value, expected):
    assert can_be_differentiated(value) is expected


def test_a_function_is_named_by_its_name_or_its_type():
    class Model:
        def __call__(self, x):
            return x

    assert (name_of(cube), name_of(Model()), name_of(len)) == ("cube()", "Model()", "len()")


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (mt.Var(np.ones(2)), r"cube\(\) returned float64\[2\], not a scalar"),
        (np.ones((1, 1)), r"returned float64\[1,1\], not a scalar"),
        (2j, r"cube\(\) returned 2j: grad needs a real result"),
        (np.array(2j), r"returned complex128\[\]: grad needs a real result"),
        ([1.0], r"cube\(\) returned a list; grad needs one scalar"),
    ],
)
def test_a_result_that_is_not_one_real_number_is_refused(result, text):
    with pytest.raises(errors.NotScalar, match=text):
        check_scalar(cube, result)


@pytest.mark.parametrize("result", [2.0, 3, np.array(2.0), mt.Var(2.0), np.float32(1)])
def test_one_real_number_is_a_scalar_result(result):
    assert check_scalar(cube, result) is None
