"""Forwards, rules and samplers with unusable results: the report names them, their line, and a remedy."""

from typing import NamedTuple

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, op
from mutorch_core.gradcheck import assert_op_is_right, check_op
from mutorch_core.gradcheck.failures import ReturnsNonsense, RuleRaises
from mutorch_core.gradcheck.reporting.terminal import messages
from mutorch_core.gradcheck.verdicts import Verdict


class Pair(NamedTuple):
    first: Array
    second: Array


def with_forward(forward):
    @op("test::odd")
    def odd(x: Array, /) -> Array:
        return forward(x)

    odd.vjp("x")(lambda g: g)
    return odd


def with_rule(rule):
    @op("test::odd")
    def odd(x: Array, /) -> Array:
        return 1 * x

    @odd.vjp("x")
    def _(g):
        return rule(g)

    return odd


def value_of(operation):
    return next(found for found in check_op(operation, "quick").properties if found.name == "value")


@pytest.mark.parametrize(
    ("forward", "said"),
    [
        (lambda x: None, "None instead of an array or a number"),
        (lambda x: "text", "a str instead of an array or a number"),
        (lambda x: {"y": x}, "a dict instead"),
        (lambda x: [x, 1.0], "a list of float and ndarray instead"),
        (lambda x: [], "a list of nothing instead"),
        (lambda x: (x,), "a tuple of ndarray instead"),
        (lambda x: Pair(x, x), "a Pair of ndarray instead"),
        (lambda x: iter([x]), "a list_iterator instead"),
        (lambda x: x.astype(object), "an array of object instead"),
    ],
)
def test_a_forward_that_returns_no_array_is_wrong(forward, said):
    odd = with_forward(forward)
    with pytest.raises(ReturnsNonsense, match=f"the forward returns {said}"):
        assert_op_is_right(odd, "quick", order=1)


def test_a_forward_that_returns_integers_has_no_use_for_rules():
    with pytest.raises(ReturnsNonsense, match="an array of int64 instead of floating-point numbers"):
        assert_op_is_right(with_forward(lambda x: np.asarray(x).astype(np.int64)), "quick")


def test_integers_that_were_asked_for_are_no_nonsense():
    @op("test::cast")
    def cast(x: Array, /, *, dtype: np.dtype) -> Array:
        return np.asarray(x).astype(dtype)

    cast.vjp("x")(lambda g: g)
    cast.samples(
        lambda draw, strategies, Sample: Sample(
            draw(strategies.array((2,))), dtype=np.dtype(draw(strategies.sampled_from(["float64", "int64"])))
        )
    )
    assert check_op(cast, "quick").verdict is Verdict.PROVEN


def test_several_outputs_are_those_that_are_declared():
    def pair_of(result):
        @op("test::pair")
        def pair(x: Array, /) -> Pair:
            return result(x)

        pair.vjp("x")(lambda g: g.first + g.second)
        return pair

    assert check_op(pair_of(lambda x: Pair(1 * x, 1 * x)), "quick").verdict is Verdict.PROVEN
    for result in (lambda x: x, lambda x: Pair(x, None), lambda x: None):
        with pytest.raises(ReturnsNonsense, match="instead of a named tuple of first, second"):
            assert_op_is_right(pair_of(result), "quick")


def test_one_mistake_is_told_once():
    first, *others = messages(check_op(with_forward(lambda x: None), "quick"))
    assert "the forward returns None" in first.splitlines()[0]
    assert first.splitlines()[0].endswith(" more)")
    assert others == []


def test_a_forward_that_is_finite_nowhere_can_not_be_decided():
    found = value_of(with_forward(lambda x: x * np.nan))
    assert found.verdict is Verdict.UNDECIDED
    assert "the last refusal: the result is not finite" in found.message


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (lambda g: None, "returned None instead of a cotangent"),
        (lambda g: "text", "returned a str instead of a cotangent"),
        (lambda g: [g], "returned a list instead of a cotangent"),
        (lambda g: (g, g), "returned a tuple instead of a cotangent"),
        (lambda g: np.ones((7, 7)), r"returned a cotangent of shape \(7, 7\)"),
        (lambda g: 1.0, r"returned a cotangent of shape \(\)"),
    ],
)
def test_a_rule_that_returns_no_cotangent_is_wrong(rule, said):
    with pytest.raises(RuleRaises, match=f"differentiating it raises CotangentError(.|\n)*{said}"):
        assert_op_is_right(with_rule(rule), "quick")


def test_a_rule_that_raises_is_wrong_where_it_is_written():
    def broken(g):
        raise ZeroDivisionError("by what?")

    odd = with_rule(broken)
    found = value_of(odd)
    assert "differentiating it raises ZeroDivisionError" in found.message
    assert found.location == f"{__file__}:{odd.rules['x'].function.__code__.co_firstlineno}"


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_an_op_of_half_precision_is_refused_with_the_reason(dtype):
    number = pytest.importorskip("ml_dtypes").bfloat16 if dtype == "bfloat16" else np.float16

    @op("test::halved")
    def halved(x: Array, /) -> Array:
        if x.dtype != number:
            raise TypeError(f"only {dtype}")
        return 2 * x

    halved.vjp("x")(lambda g: 2 * g)
    found = value_of(halved)
    assert found.verdict is Verdict.UNDECIDED
    assert f"only {dtype}" in found.message

    @halved.samples
    def _(draw, strategies, Sample):
        return Sample(draw(strategies.array((2,))).astype(number))

    found = value_of(halved)
    assert found.verdict is Verdict.UNDECIDED
    assert f"x is {dtype}, and finite differences need more digits" in found.message


def test_draws_of_half_precision_beside_others_are_left_out():
    @op("test::double")
    def double(x: Array, /) -> Array:
        return 2 * x

    double.vjp("x")(lambda g: 2 * g)
    double.samples(lambda draw, strategies, Sample: Sample(draw(strategies.array((2,))).astype(np.float16)))
    assert check_op(double, "quick").verdict is Verdict.PROVEN


def test_a_sampler_that_returns_no_sample_is_named_with_its_place():
    exp = mt.Op(mt.ops["basic::exp"].declaration)
    exp.vjp("x")(lambda g, out: g * out)

    @exp.samples
    def _(draw, strategies):
        return draw(strategies.array((2,)))

    found = value_of(exp)
    assert found.verdict is Verdict.UNDECIDED
    assert "test_validity.py:" in found.message
    assert "a sampler of basic::exp returns a ndarray, not a Sample" in found.message


def test_an_op_that_breaks_the_check_itself_is_undecided_with_the_place(monkeypatch):
    from mutorch_core.gradcheck.checking import check_op as checking

    def broken(_):
        raise ZeroDivisionError("in the checker")

    monkeypatch.setattr(checking, "check_result", broken)
    found = value_of(with_forward(lambda x: x))
    assert found.verdict is Verdict.UNDECIDED
    assert (
        found.message
        == "the check stopped: ZeroDivisionError: in the checker, at test_validity.py:" + found.message[-3:]
    )
