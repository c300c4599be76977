"""`@op` and `Op`: an op's declaration, decorators, calls and replacement."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, Hidden, Namespace, errors, injected, op
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


def test_a_composite_op_records_its_body():
    @op("toy::twice", composite=True)
    def twice(x: Array, /) -> Array:
        return scale(scale(x))

    x = mt.Var(1.5)
    assert twice(1.5) == 6.0
    twice(x).backprop()
    assert x.grad == 4.0


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


def test_a_missing_rule_is_an_error_at_registration_and_at_the_first_tracked_call():
    @op("toy::f")
    def f(x: Array, y: Array, /) -> Array:
        return x + y

    @f.vjp("x")
    def _(g):
        return g

    with pytest.raises(errors.MissingRule, match=r'toy::f has no rule for its operand \'y\'; add @f\.vjp\("y"\)'):
        f.validate()
    assert f(1.0, 2.0) == 3.0
    with pytest.raises(errors.MissingRule, match="'y'"):
        f(1.0, mt.Var(2.0))
    x = mt.Var(1.0)
    f(x, 2.0).backprop()
    assert x.grad == 1.0


def test_a_vjp_needs_an_operand():
    with pytest.raises(errors.DeclarationError, match="needs an operand"):
        scale.vjp()


def test_a_second_rule_for_one_operand():
    with pytest.raises(errors.DeclarationError, match=r"toy::scale has a rule for 'x' already, at .*test_op\.py"):

        @scale.vjp("x")
        def _(g):
            return g
