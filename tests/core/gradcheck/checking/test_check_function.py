"""`mt.gradcheck.check`: the check of a user's whole function, and the op to blame."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp
import mutorch_ops_nn as nn
from mutorch_core import Array, Namespace, injected, op
from mutorch_core.errors import OperandError
from mutorch_core.gradcheck.checking.check_function import GradientIsWrong, check
from mutorch_core.gradcheck.failures import Failure, NotPure, SecondOrderIsWrong, Undecided
from mutorch_core.gradcheck.verdicts import Verdict

POINT = np.array([0.5, -0.25])


@op("test::growth")
def growth(x: Array, /, *, rate: float = 1.0, xp: Namespace = injected) -> Array:
    return xp.exp(rate * x)


@growth.vjp("x")
def _(g, out):
    return g * out  # the rate is forgotten


@op("test::constant_slope")
def constant_slope(x: Array, /, *, xp: Namespace = injected) -> Array:
    return xp.sin(x)


@constant_slope.vjp("x")
def _(g, x, xp):
    return g * xp.cos(mt.stop_gradient(x))  # right, but its own derivative is 0


@op("test::clumsy")
def clumsy(x: Array, /) -> Array:
    return 2 * x


@clumsy.vjp("x")
def _(g):
    raise ZeroDivisionError("a slip")


def network(params, x, labels, axis):
    hidden = nn.silu(x @ params["layers"][0] + params["bias"])
    return nn.cross_entropy(hidden @ params["layers"][1], labels), xp.argmax(hidden, axis=axis)


def network_arguments(dtype=np.float64):
    draws = np.random.default_rng(0)
    shapes = (3, 4), (4, 2), (4,)
    first, second, bias = (draws.normal(size=shape).astype(dtype) for shape in shapes)
    return {"layers": [first, second], "bias": bias}, draws.normal(size=(5, 3)), np.array([0, 1, 1, 0, 1]), 1


# ------------------------------------------------------------------------------------------------ right functions


def test_a_right_function_of_trees_is_proven_and_says_of_what():
    proof = check(network, *network_arguments())
    assert proof.verdict is Verdict.PROVEN
    assert proof.name == "network()"
    assert proof.order == 2
    assert set(proof.places) == {"params['layers'][0]", "params['layers'][1]", "params['bias']", "x"}


def test_single_precision_is_checked_in_double():
    assert check(network, *network_arguments(np.float32)).verdict is Verdict.PROVEN


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (lambda x: x * x * x, (1.5,)),
        (lambda x, y: {"sum": xp.sum(x), "product": [x * y, 3]}, (POINT, 2.0)),
        (lambda x: xp.exp(1j * x), (POINT,)),
        (lambda z: xp.abs(z) * z, (1 + 2j,)),
        (lambda x: mt.grad(lambda y: xp.sum(xp.sin(y) * x))(x), (POINT,)),
        (lambda x: mt.checkpoint(xp.tanh)(x) * x, (mt.Var(POINT),)),
        (lambda *parts: xp.concat(parts), (POINT, POINT)),
        (xp.logaddexp, (POINT, 0.0)),
        (lambda x: x, (np.zeros((0, 2)),)),
        (lambda x, y: y, (1.0, POINT)),
    ],
    ids=["numbers", "tree", "complex result", "complex", "grad", "checkpoint", "variadic", "op", "empty", "unused"],
)
def test_right_functions_are_proven_to_the_third_order(function, arguments):
    assert check(function, *arguments, order=3).order == 3


def test_assignment_to_entries_is_what_the_engine_makes_of_it():
    def doubled_first(x):
        y = +x
        y[0] = 2 * x[0]
        return y

    point = POINT.copy()
    check(doubled_first, point)
    np.testing.assert_array_equal(point, POINT)


def test_a_kink_close_by_is_stepped_around():
    check(lambda x: xp.sum(xp.abs(x)), np.array([2.0**-12, -1.0]))


def test_a_pole_close_by_is_stepped_around():
    check(xp.log, np.array([1e-12, 1.0]))


def test_leaves_that_a_function_closes_over_are_left_alone():
    weight = mt.Var(POINT)
    check(lambda x: xp.sum(x * weight), POINT)
    np.testing.assert_array_equal(weight.grad, 0)


# ------------------------------------------------------------------------------------------------ wrong functions


def mixed(params, factor):
    return xp.sum(growth(params["u"], rate=2.0) * xp.cos(params["v"])) * factor


def names_of(failures):
    return sorted(failure.case.op.name for failure in failures)


def test_a_wrong_op_inside_a_function_is_found_and_blamed():
    message = r"mixed\(\): the gradient with respect to params\['u'\] is wrong"
    with pytest.raises(GradientIsWrong, match=message) as found:
        check(mixed, {"u": POINT, "v": POINT}, 3.0)
    assert names_of(found.value.blamed) == ["test::growth"]
    text = str(found.value)
    engine, truth = (
        [float(number) for number in re.findall(r"-?\d+\.\d+", re.search(rf"{label} +\[(.*)\]", text)[1])]
        for label in ("engine says", "it is")
    )
    expected = 3 * 2 * np.exp(2 * POINT) * np.cos(POINT)
    np.testing.assert_allclose(truth, expected, rtol=1e-8)
    np.testing.assert_allclose(engine, expected / 2, rtol=1e-8)
    assert re.search(r"to blame +test::growth", text)
    assert "a forgotten factor, rate" in text
    assert "mutorch gradcheck test::growth --case 'x=float64[2]:[0.5,-0.25];rate=2.0;g=" in text


def test_all_ops_to_blame_are_named_once():
    @op("test::halved")
    def halved(x: Array, /) -> Array:
        return x / 2

    halved.vjp("x")(lambda g: g)
    with pytest.raises(GradientIsWrong) as found:
        check(lambda x: growth(halved(x), rate=3.0) + growth(halved(2 * x), rate=3.0), POINT)
    assert names_of(found.value.blamed) == ["test::growth", "test::halved"]


def test_a_wrong_op_inside_a_checkpoint_is_blamed():
    with pytest.raises(GradientIsWrong) as found:
        check(mt.checkpoint(lambda x: growth(x, rate=2.0)), POINT)
    assert names_of(found.value.blamed) == ["test::growth"]


def test_a_wrong_second_order_is_found_only_there():
    check(constant_slope, POINT, order=1)
    with pytest.raises(GradientIsWrong, match="the derivative of order 2 with respect to x is wrong") as found:
        check(constant_slope, POINT)
    assert found.value.order == 2
    assert isinstance(found.value.blamed[0], SecondOrderIsWrong)


def test_a_rule_that_raises_is_blamed():
    message = r"finding the gradient raises ZeroDivisionError\n +it says +a slip\n +at +test_check_function.py:\d+\n"
    with pytest.raises(GradientIsWrong, match=message) as found:
        check(lambda x: clumsy(x) * 3, POINT)
    assert isinstance(found.value.__cause__, ZeroDivisionError)
    assert names_of(found.value.blamed) == ["test::clumsy"]


def test_a_stopped_gradient_is_nobodys_fault():
    message = r"to blame +no op: .* is a gradient stopped, by detach, stop_gradient"
    with pytest.raises(GradientIsWrong, match=message) as found:
        check(lambda x: xp.sum(mt.stop_gradient(x) * x), POINT)
    assert found.value.blamed == ()


def test_one_wrong_entry_of_many_is_found():
    @op("test::almost")
    def almost(x: Array, /) -> Array:
        return 2 * x

    almost.vjp("x")(lambda g, x: 2 * g + 1e-6 * g * (x == 0.125))
    point = np.arange(1, 401).reshape(20, 20) / 8
    with pytest.raises(GradientIsWrong, match=r"engine says \S+ along a random direction in its 400 entries"):
        check(lambda x: xp.tanh(almost(x)), point)


def test_failures_are_assertion_errors():
    assert issubclass(GradientIsWrong, Failure)
    assert issubclass(GradientIsWrong, AssertionError)


# ------------------------------------------------------------------------------------------------------ no verdict


def test_a_kink_at_the_point_is_undecided():
    with pytest.raises(Undecided, match=r"relu\(\): the gradient with respect to x can't be decided .*a kink"):
        check(nn.relu, np.zeros(2))


def test_nothing_to_differentiate_is_an_error():
    with pytest.raises(OperandError, match=r"<lambda>\(\) has no argument to differentiate: .*, not 3, int64\[2\]"):
        check(lambda x, y: x * y, 3, np.array([1, 2]))


def test_a_result_that_is_not_floating_is_an_error():
    with pytest.raises(OperandError, match=r"argmax\(\) returns no floating-point number or array"):
        check(xp.argmax, POINT)


def test_a_function_that_leaves_its_result_to_chance_is_an_error():
    draws = np.random.default_rng(0)
    with pytest.raises(
        NotPure, match=r"<lambda>\(\) does not return the same .*\n +first .*\n +then .*\n +advice .*a seed"
    ):
        check(lambda x: x * draws.random(), POINT)


def test_what_the_function_itself_raises_is_left_as_it_is():
    with pytest.raises(OperandError, match="basic::add"):
        check(lambda x: x + np.ones(3), POINT)


# -------------------------------------------------------------------------------------------------------- elsewhere


def test_the_replay_line_reproduces_what_is_blamed(acme):
    code = """
    import numpy as np, mutorch_core as mt, acme_ops
    mt.gradcheck.check(lambda x: acme_ops.softplus(x, beta=2.0) * x, np.array([0.5]))
    """
    said = acme.run("-c", "\n".join(line.strip() for line in code.splitlines())).stderr
    case = re.search(r"mutorch gradcheck acme::softplus --case '(.*)'", said)[1]
    replayed = acme.gradcheck("acme::softplus", "--case", case)
    assert replayed.returncode == 1
    assert "cotangent of x is wrong" in replayed.stdout


def test_checking_a_right_function_needs_no_test_runner():
    code = "import sys, mutorch_core as mt; mt.gradcheck.check(lambda x: x * x, 2.0); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"hypothesis", "pytest", "jax", "torch"} & set(loaded)
