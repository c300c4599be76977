"""`detect_anomaly` names the first op that goes wrong: its call, its operands, and its rule."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import AnomalyDetected, MutorchError

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def line_of(text):
    """The pattern of this file and of the first line of the running test that contains `text`."""
    frame = inspect.currentframe().f_back
    lines, start = inspect.getsourcelines(frame.f_code)
    return rf"test_anomaly\.py:{start + next(i for i, line in enumerate(lines) if text in line)}\n"


def test_a_bad_result_names_the_op_its_call_and_its_operands():
    x = mt.Var(np.array([0.0, 1.0]))
    with mt.detect_anomaly():
        y = x * 2.0
        with pytest.raises(AnomalyDetected) as caught:
            xp.log(y)
    text = str(caught.value)
    assert text.startswith("the result of basic::log is infinite: float64[2] from -inf to 0.693147, 0.5 of the entries")
    caught.match(rf"called at .*{line_of('xp.log(y)')}")
    caught.match(r"operands   x=float64\[2\] from 0 to 2$")
    assert isinstance(caught.value, MutorchError)
    assert isinstance(caught.value, ArithmeticError)


def backprop(f, x):
    f(mt.Var(x)).backprop()


def second_run(f, x):
    mt.grad(mt.checkpoint(f))(x)


@pytest.mark.parametrize("differentiate", [backprop, lambda f, x: mt.grad(f)(x), second_run])
def test_a_bad_cotangent_names_the_rule_and_the_call(differentiate):
    def f(x):
        root = xp.sqrt(x)
        return xp.sum(root * 3.0)

    line = inspect.getsourcelines(f)[1] + 1
    with mt.detect_anomaly(), pytest.raises(AnomalyDetected) as caught:
        differentiate(f, np.array([0.0, 1.0]))
    text = str(caught.value)
    assert text.startswith("a cotangent that basic::sqrt returns is infinite: float64[2] from 1.5 to inf")
    caught.match(
        r"rule       basic::sqrt: the rule of 'x' \(.*exponentials\.py:\d+\)\n  received   float64\[2\], all 3"
    )
    caught.match(rf"called at  .*test_anomaly\.py:{line}\n  operands   x=float64\[2\] from 0 to 1(\n|$)")
    assert differentiate is not second_run or "checkpoint('f')" in caught.value.__notes__[0]


def test_a_recorded_pass_names_the_op_in_the_rule_and_the_rule():
    with mt.detect_anomaly():
        z = xp.sqrt(mt.Var(np.asarray(0.0)))
        with pytest.raises(AnomalyDetected) as caught:
            z.backprop(create_graph=True)
    caught.match(r"result of basic::divide is infinite: float64\[\], all inf")
    caught.match(rf"  in basic::sqrt: the rule of 'x' \(.*\), whose op was called at .*{line_of('z = xp.sqrt')[:-2]}$")


def test_nan_in_a_later_pass():
    with mt.detect_anomaly(), pytest.raises(AnomalyDetected, match=r"that basic::\w+ returns is (nan|infinite)"):
        mt.hvp(lambda x: xp.sum(x**1.5), [np.array([0.0, 1.0])], [np.array([1.0, 1.0])])


def test_the_first_one_is_named():
    x = mt.Var(np.array([0.0, 1.0]))
    with mt.detect_anomaly(), pytest.raises(AnomalyDetected, match=r"basic::sqrt returns is infinite"):
        xp.sum(xp.exp(xp.sqrt(xp.sin(x)))).backprop()


def test_a_cotangent_that_no_rule_returned():
    x = mt.Var(np.array([1.0, 2.0]))
    with mt.detect_anomaly():
        with pytest.raises(
            AnomalyDetected, match=r"arrives at the result of basic::multiply is nan[\s\S]*started with"
        ):
            (x * 2.0).backprop(np.array([np.nan, 1.0]))
        h = x * 2.0
        h.register_hook(lambda g: g * np.inf)
        with pytest.raises(AnomalyDetected, match=r"arrives at the result of basic::multiply is infinite"):
            xp.sum(h).backprop()


def test_a_hook_of_an_older_graph_is_not_the_rules_fault():
    x = mt.Var(np.array([1.0, 2.0]))
    h = x * 2.0
    h.register_hook(lambda g: g * np.inf)
    z = xp.sum(h)
    with mt.detect_anomaly(), pytest.raises(AnomalyDetected, match=r"arrives at the result of basic::multiply"):
        z.backprop()


def test_beyond_a_limit_forward_and_backward():
    x = mt.Var(np.array([1.0, 20.0]))
    with mt.detect_anomaly(limit=200.0):
        xp.sum(x * 5.0)
        with pytest.raises(
            AnomalyDetected, match=r"result of basic::multiply is beyond the limit 200: float64\[2\] from 1"
        ):
            x * x
        y = mt.Var(np.array([1e-3, 1.0]))
        with pytest.raises(
            AnomalyDetected, match=r"basic::\w+ returns is beyond the limit 200: float64\[2\] from -1000"
        ):
            (-xp.sum(xp.log(y))).backprop()


def test_numbers_sequences_parameters_and_several_outputs():
    with mt.detect_anomaly(limit=10.0):
        with pytest.raises(
            AnomalyDetected, match=r"multiply is beyond the limit 10: 12\.0\n.*\n  operands   x1=3\.0, x2=4$"
        ):
            mt.Var(3.0) * 4
        x = mt.Var(np.array([1.0, 2.0]))
        with pytest.raises(AnomalyDetected, match=r"=\[float64\[2\] from 1 to 2, float64\[1\], all 11\], axis=0$"):
            xp.concat([x, np.array([11.0])], axis=0)
        with pytest.raises(AnomalyDetected, match=r"result of basic::linalg\.qr is beyond"):
            xp.linalg.qr(mt.Var(np.eye(2) + 8.0))


def test_an_older_graph_is_checked_without_its_lines():
    z = xp.sum(xp.sqrt(mt.Var(np.array([0.0, 1.0]))))
    with (
        mt.detect_anomaly(),
        pytest.raises(AnomalyDetected, match=r"called at  unknown: its forward ran outside") as caught,
    ):
        z.backprop()
    assert "operands" not in str(caught.value)


def test_off_outside_of_the_context_and_inside_where_all_is_well():
    x = mt.Var(np.array([0.0, 1.0]))
    with mt.detect_anomaly():
        xp.sum(x * x).backprop()
    np.testing.assert_array_equal(x.grad, [0.0, 2.0])
    x.clear_grad()
    with mt.detect_anomaly():
        z = xp.sum(xp.sqrt(x))
    z.backprop()
    assert x.grad[0] == np.inf


@pytest.mark.parametrize("limit", [0.0, -1.0, float("nan")])
def test_a_limit_that_is_not_positive(limit):
    with pytest.raises(ValueError, match=r"detect_anomaly\(limit=.*must be positive"):
        mt.detect_anomaly(limit)
