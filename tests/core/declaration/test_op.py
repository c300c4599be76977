"""Declaring an op: what is read off the forward and its rules, and what each wrong declaration says."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, Hidden, Meta, Namespace, errors, injected, op
from mutorch_core.domain import At, Interval
from mutorch_core.late_binding import late_bound


@op("toy::scale", symbol="⋅")
def scale(x: Array, /, factor: float = 2.0, *, shift: float = 0.0) -> Array:
    """Factor times x, plus a shift."""
    return x * factor + shift


@scale.vjp("x")
def _(g, factor):
    return g * factor


def test_raw_operands_give_a_raw_result_and_a_var_gives_a_var():
    assert scale(3.0) == 6.0
    result = scale(mt.Var(3.0), 5.0, shift=1.0)
    assert type(result) is mt.Var
    assert result.value == 16.0


def test_a_rule_gets_the_parameters_that_it_names():
    x = mt.Var(3.0)
    scale(x, 5.0).backprop()
    assert x.grad == 5.0


def test_the_signature_is_enforced_as_python_does():
    with pytest.raises(TypeError, match="x"):
        scale(x=3.0)
    with pytest.raises(TypeError, match="positional"):
        scale(3.0, 2.0, 1.0)


def test_the_injected_namespace_is_the_operands_and_not_the_callers():
    @op("toy::spaces")
    def spaces(x: Array, /, *, xp: Namespace = injected) -> Array:
        seen.append(xp.__name__)
        return xp.exp(x)

    @spaces.vjp("x")
    def _(g, out, xp):
        seen.append(xp.__name__)
        return g * out

    seen: list[str] = []
    x = mt.Var(np.zeros(2))
    spaces(x).backprop(np.ones(2))
    assert seen == ["array_api_compat.numpy"] * 2
    assert "xp" not in spaces.signature.parameters
    np.testing.assert_array_equal(x.grad, [1.0, 1.0])


def test_an_optional_operand_may_be_none():
    @op("toy::affine")
    def affine(x: Array, w: Array, b: Array | None = None) -> Array:
        return x * w if b is None else x * w + b

    @affine.vjp("x")
    def _(g, w):
        return g * w

    @affine.vjp("w")
    def _(g, x):
        return g * x

    @affine.vjp("b")
    def _(g):
        return g

    x, w, b = mt.Var(2.0), mt.Var(3.0), mt.Var(4.0)
    affine(x, w).backprop()
    assert (x.grad, w.grad, b.grad) == (3.0, 2.0, 0.0)
    affine(x, 7.0, b=b).backprop()
    assert (x.grad, b.grad) == (10.0, 1.0)


def test_a_sequence_operand_has_a_cotangent_per_array():
    @op("toy::join")
    def join(arrays: Sequence[Array], /, *, xp: Namespace = injected) -> Array:
        return xp.concat(list(arrays))

    @join.vjp("arrays")
    def _(g, arrays, needs):
        assert needs.arrays == (True, False, True)
        starts = np.cumsum([0] + [a.shape[0] for a in arrays])
        return [g[i:j] if need else None for i, j, need in zip(starts, starts[1:], needs.arrays, strict=False)]

    a, c = mt.Var(np.array([1.0])), mt.Var(np.array([4.0, 5.0]))
    join([a, np.array([2.0, 3.0]), c]).backprop(np.arange(5.0))
    np.testing.assert_array_equal(a.grad, [0.0])
    np.testing.assert_array_equal(c.grad, [3.0, 4.0])


def test_a_variadic_operand_takes_any_number_of_arrays():
    @op("toy::total")
    def total(*arrays: Array) -> Array:
        return sum(arrays[1:], arrays[0])

    @total.vjp("arrays")
    def _(g, needs):
        return [g] * len(needs.arrays)

    x = mt.Var(1.0)
    total(x, 2.0, x).backprop()
    assert x.grad == 2.0


def test_a_joint_rule_shares_its_work_and_learns_what_is_needed():
    seen = []

    @op("toy::product")
    def product(a: Array, b: Array, /) -> Array:
        return a * b

    @product.vjp("a", "b")
    def _(g, a, b, needs):
        seen.append(tuple(needs))
        return g * b if needs.a else None, g * a if needs.b else None

    a, b = mt.Var(2.0), mt.Var(3.0)
    product(a, b).backprop()
    assert (a.grad, b.grad) == (3.0, 2.0)
    product(a, 5.0).backprop()
    assert a.grad == 8.0
    assert seen == [(True, True), (True, False)]


def test_nondifferentiable_operands_come_raw_and_may_nest():
    @op("toy::pick", nondiff=("key",))
    def pick(x: Array, key: Array, /) -> Array:
        return x[key]

    @pick.vjp("x")
    def _(g, key, x: Meta):
        full = np.zeros(x.shape)
        full[key] = g
        return full

    x = mt.Var(np.arange(4.0))
    index = mt.Var(np.array([2]))
    pick(x, (index,)).backprop(np.array([7.0]))
    np.testing.assert_array_equal(x.grad, [0.0, 0.0, 7.0, 0.0])


class Halves(NamedTuple):
    low: Array
    high: Array


@op("toy::halves")
def halves(x: Array, /) -> Halves:
    """The two halves of an array."""
    return Halves(x[:2], x[2:])


@halves.vjp("x")
def _(g, xp):
    return xp.concat([g.low, g.high])


def test_several_outputs_are_a_named_tuple_and_so_is_their_cotangent():
    x = mt.Var(np.arange(4.0))
    result = halves(x)
    assert type(result) is Halves
    (result.low * 3.0 + result.high * 2.0).backprop(np.ones(2))
    np.testing.assert_array_equal(x.grad, [3.0, 3.0, 2.0, 2.0])


def test_an_output_that_nothing_flows_back_to_has_zeros():
    x = mt.Var(np.arange(4.0))
    halves(x).high.backprop(np.ones(2))
    np.testing.assert_array_equal(x.grad, [0.0, 0.0, 1.0, 1.0])


def test_a_rule_that_asks_for_reached_gets_none_instead_of_zeros():
    @op("toy::both")
    def both(x: Array, /) -> Halves:
        return Halves(x, 2.0 * x)

    @both.vjp("x")
    def _(g, reached):
        seen.append((g.low, tuple(reached)))
        return 2.0 * g.high

    seen = []
    x = mt.Var(1.0)
    both(x).high.backprop()
    assert seen == [(None, (False, True))]
    assert x.grad == 2.0


def test_reached_is_a_matter_of_each_rule():
    @op("toy::pair")
    def pair(x: Array, y: Array, /) -> Halves:
        return Halves(x * y, x - y)

    @pair.vjp("x")
    def _(g, reached, y):
        assert g.high is None
        return g.low * y

    @pair.vjp("y")
    def _(g, x):
        return g.low * x - g.high

    x, y = mt.Var(2.0), mt.Var(3.0)
    pair(x, y).low.backprop()
    assert (x.grad, y.grad) == (3.0, 2.0)
    assert mt.grad(lambda x, y: pair(x, y).low, argnums=(0, 1))(2.0, 3.0) == (3.0, 2.0)


@op("toy::x_exp", hidden=("e",))
def x_exp(x: Array, /, *, xp: Namespace = injected) -> Hidden[Array]:
    """X times its exponential, which the rule sees."""
    e = xp.exp(x)
    return Hidden(x * e, e)


@x_exp.vjp("x")
def _(g, x, e):
    return g.out * e * (1 + x) + g.e * e


def test_a_hidden_output_is_dropped_by_the_public_function():
    assert x_exp(0.0) == 0.0
    assert type(x_exp(mt.Var(0.5))) is mt.Var


def test_the_cotangent_of_a_hidden_output_is_not_zero_in_second_order():
    x = 0.7
    assert mt.grad(x_exp)(x) == pytest.approx((1 + x) * np.exp(x))
    assert mt.grad(mt.grad(x_exp))(x) == pytest.approx((2 + x) * np.exp(x))
    assert mt.grad(mt.grad(mt.grad(x_exp)))(x) == pytest.approx((3 + x) * np.exp(x))


def test_integer_hidden_outputs_have_no_cotangent():
    @op("toy::largest", hidden=("index",))
    def largest(x: Array, /, *, xp: Namespace = injected) -> Hidden[Array]:
        index = xp.argmax(x)
        return Hidden(x[index], xp.asarray(index))

    @largest.vjp("x")
    def _(g, index, x: Meta, xp):
        assert g.index is None
        return g.out * xp.astype(xp.arange(x.shape[0]) == index, x.dtype)

    x = mt.Var(np.array([1.0, 5.0, 2.0]))
    largest(x).backprop()
    np.testing.assert_array_equal(x.grad, [0.0, 1.0, 0.0])


def test_a_composite_op_records_its_body():
    @op("toy::twice", composite=True)
    def twice(x: Array, /) -> Array:
        return scale(scale(x))

    x = mt.Var(1.5)
    assert twice(1.5) == 6.0
    twice(x).backprop()
    assert x.grad == 4.0


def test_a_namespace_is_told_by_the_first_operand_where_the_differentiable_ones_are_absent():
    strict = pytest.importorskip("array_api_strict", reason="array_api_strict is not installed")

    @op("toy::counted", composite=True, nondiff=("x", "at"))
    def counted(x: Array, at: Array, /, weights: Array | None = None, *, xp: mt.Namespace = mt.injected) -> Array:
        return xp.ones(()) if weights is None else weights[at]

    assert type(counted(strict.zeros(2), [0])) is type(strict.zeros(2))
    assert type(counted(mt.Var(np.zeros(2)), 0)) is mt.Var
    assert type(counted(np.zeros(2), mt.Var(np.asarray(0)))) is mt.Var


def test_a_rule_or_forward_declared_after_the_first_call_is_used():
    @op("toy::late")
    def late(x: Array, y: Array, /) -> Array:
        return x * y

    @late.vjp("x")
    def _(g, y):
        return g * y

    assert late(2.0, 3.0) == 6.0
    with pytest.raises(errors.MissingRule, match="no rule for its operand 'y'"):
        late(2.0, mt.Var(3.0))

    @late.vjp("y")
    def _(g, x):
        return g * x

    assert mt.grad(late, 1)(2.0, 3.0) == 2.0
    late.forward("numpy")(lambda x, y, /: x * y + 1)
    assert late(np.asarray(2.0), np.asarray(3.0)) == 7.0


def complete():
    """Return an op with every option."""

    @op(
        "toy::linalg.complete", domain={"x": Interval(0.0, 1.0)}, kinks=[At("x", 0.0)], operator="unary +", symbol="☺",
        nondiff=("n",), hidden=["h"], libraries=["numpy"], opaque=True,
    )  # fmt: skip
    def forward(x: Array, n: Array, /, k: int = 1, *, xp: Namespace = injected) -> Hidden[Array]:
        """Return x."""
        return Hidden(x, x)

    return forward


def test_an_op_lists_what_it_declares():
    declared = complete()
    assert (declared.name, declared.namespace, declared.short_name) == (
        "toy::linalg.complete",
        "toy",
        "linalg.complete",
    )
    assert [operand.name for operand in declared.operands] == ["x", "n"]
    assert [parameter.name for parameter in declared.parameters] == ["k"]
    assert (declared.outputs, declared.declaration.hidden) == (("out",), ("h",))
    assert declared.domain == {"x": Interval(0.0, 1.0)}
    assert declared.kinks == (At("x", 0.0),)
    assert (declared.operator, declared.declaration.symbol) == ("unary +", "☺")
    assert declared.libraries == ("numpy",)
    assert (declared.composite, declared.declaration.opaque, declared.differentiable) == (False, True, True)
    assert list(declared.signature.parameters) == ["x", "n", "k"]
    assert declared.__signature__ is declared.signature
    assert inspect.signature(declared) == declared.signature
    assert declared.function.__name__ == "forward"
    assert (declared.__name__, declared.__doc__) == ("linalg.complete", "Return x.")
    assert repr(declared) == "<Op toy::linalg.complete>"


def test_an_op_without_options_declares_nothing_more():
    @op("toy::bare", nondiff=("x",))
    def bare(x: Array, /) -> Array:
        return x

    assert (bare.domain, bare.kinks, bare.operator, bare.libraries) == ({}, (), None, None)
    assert (bare.composite, bare.declaration.opaque, bare.differentiable) == (False, False, False)
    assert (bare.declaration.symbol, bare.declaration.hidden) == ("bare", ())
    assert (bare.meta_rule, bare.samplers, bare.aliases, bare.substitute) == (None, [], (), None)
    assert (dict(bare.rules), dict(bare.forwards)) == ({}, {})
    assert op("toy::made", composite=True)(bare.function).composite is True


def test_a_decorator_of_an_op_returns_the_function_and_keeps_it():
    declared = complete()

    def function(g): ...

    assert declared.vjp("x")(function) is function
    assert declared.forward("torch")(function) is function
    assert declared.meta(function) is function
    assert declared.samples(function) is function
    assert declared.rules["x"].function is function
    assert declared.forwards == {"torch": function}
    assert declared.meta_rule is function
    assert declared.samplers == [function]
    for mapping in (declared.rules, declared.forwards):
        with pytest.raises(TypeError):
            mapping["x"] = function


def doubled():
    @op("toy::doubled")
    def doubled_op(x: Array, /) -> Array:
        return 2.0 * x

    doubled_op.vjp("x")(lambda g: 2.0 * g)
    return doubled_op


def test_the_first_call_of_an_op_makes_later_ones_go_to_the_generated_code():
    declared = doubled()
    assert type(declared) is mt.Op
    assert declared(3.0) == 6.0
    assert type(declared) is not mt.Op
    assert isinstance(declared, mt.Op)
    assert type(declared).__call__ is declared.call
    assert declared.call is declared.call
    assert (type(declared).__name__, type(declared).__module__) == ("Op", mt.Op.__module__)
    assert declared.__doc__ is None
    assert declared.name == "toy::doubled"
    declared.forward("numpy")(lambda x, /: 4.0 * x)
    assert type(declared) is mt.Op
    assert declared(3.0) == 12.0


def test_a_replaced_op_answers_as_the_other_one_does_until_it_is_restored():
    declared = doubled()
    assert declared(3.0) == 6.0

    @op("toy::tripled")
    def tripled(x: Array, /) -> Array:
        return 3.0 * x

    tripled.vjp("x")(lambda g: 3.0 * g)
    declared.replace(tripled)
    assert declared(3.0) == 9.0
    assert declared.call is tripled.call
    assert mt.grad(declared)(3.0) == 3.0
    assert declared.substitute is tripled
    assert repr(declared) == "<Op toy::doubled, overridden by toy::tripled>"
    declared.replace(None)
    assert (declared(3.0), mt.grad(declared)(3.0)) == (6.0, 2.0)
    assert repr(declared) == "<Op toy::doubled>"


def test_a_disabled_op_is_refused_at_its_first_call(monkeypatch):
    def check_enabled(name):
        raise errors.Disabled(name)

    monkeypatch.setattr(late_bound, "check_enabled", check_enabled)
    with pytest.raises(errors.Disabled, match="toy::doubled"):
        doubled()(1.0)


def test_an_op_is_valid_with_a_rule_per_operand_or_made_of_others():
    doubled().validate()
    with pytest.raises(errors.MissingRule, match="'x'"):
        complete().validate()
    op("toy::made", composite=True)(scale.function).validate()
    op("toy::bare", nondiff=("x",))(scale.function).validate()
    late = op("toy::late")(lambda_of_two)
    late.vjp("x")(lambda g: g)
    with pytest.raises(errors.MissingRule, match="'y'"):
        late.validate()


def lambda_of_two(x: Array, y: Array, /) -> Array:
    return x * y


def test_a_second_rule_is_refused_and_changes_nothing():
    late = op("toy::late")(lambda_of_two)
    late.vjp("y")(lambda g: g)
    before = dict(late.rules)
    with pytest.raises(errors.DeclarationError, match=r"toy::late has a rule for 'y' already"):
        late.vjp("x", "y")(lambda g: g)
    assert late.rules == before
