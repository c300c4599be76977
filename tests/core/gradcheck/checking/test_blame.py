"""Attribution of a wrong gradient to ops."""

import numpy as np

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core import Array, op
from mutorch_core.gradcheck.checking.blame import ops_to_blame, recorded_calls

X = np.array([0.5, -1.0, 2.0])


@op("test::halved")
def halved(x: Array, /, *, factor: float = 2.0) -> Array:
    return x * factor


halved.vjp("x")(lambda g, factor: g * factor / 2)


def calls_of(function, *arguments):
    with recorded_calls() as calls:
        mt.grad(function)(*arguments)
    return calls


def test_calls_on_tracked_operands_are_recorded_with_their_arguments():
    calls = calls_of(lambda x: xp.sum(halved(xp.exp(x), factor=3.0) + np.exp(X)), X)
    names = [call.plan.declaration.name for call in calls]
    assert names == ["basic::exp", "test::halved", "basic::add", "basic::sum"]
    assert calls[1].arguments["factor"] == 3.0
    np.testing.assert_array_equal(calls[1].arguments["x"], np.exp(X))


def test_the_wrong_op_is_blamed_at_its_smallest_call():
    calls = calls_of(lambda x: xp.sum(halved(x)) + halved(x[0]) + xp.sum(xp.sin(x)), X)
    (failure,) = ops_to_blame(calls, order=1)
    assert failure.case.op.name == "test::halved"
    assert failure.case.operands["x"].shape == ()
    assert "off by the factor 0.5" in dict(failure.rows)["diagnosis"]
    assert failure.block.startswith("✗ test::halved")


def test_parameters_off_their_default_are_in_the_case():
    (failure,) = ops_to_blame(calls_of(lambda x: xp.sum(halved(x, factor=5.0)), X), order=1)
    assert failure.case.parameters == {"factor": 5.0}
    assert ops_to_blame(calls_of(lambda x: xp.sum(halved(x)), X), order=1)[0].case.parameters == {}


def test_right_ops_are_not_blamed():
    assert ops_to_blame(calls_of(lambda x: xp.sum(xp.exp(x) * x), X), order=2) == []


def test_single_precision_is_blamed_in_double():
    (failure,) = ops_to_blame(calls_of(lambda x: xp.sum(halved(x)), X.astype(np.float32)), order=1)
    assert failure.case.operands["x"].dtype == np.float64
