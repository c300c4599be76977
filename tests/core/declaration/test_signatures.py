"""What is read off the signatures of a forward and of its rules, and what each wrong declaration says."""

from __future__ import annotations

from typing import NamedTuple

import pytest

import mutorch_core as mt
from mutorch_core import Array, errors, op


@op("toy::scale", symbol="⋅")
def scale(x: Array, /, factor: float = 2.0, *, shift: float = 0.0) -> Array:
    """Factor times x, plus a shift."""
    return x * factor + shift


@scale.vjp("x")
def _(g, factor):
    return g * factor


def test_an_op_reads_operands_and_parameters_off_its_signature():
    assert [(o.name, o.kind, o.differentiable) for o in scale.operands] == [("x", "single", True)]
    assert [p.name for p in scale.parameters] == ["factor", "shift"]
    assert scale.name == "toy::scale"
    assert (scale.namespace, scale.short_name, scale.declaration.symbol) == ("toy", "scale", "⋅")
    assert str(scale.signature) == "(x: 'Array', /, factor: 'float' = 2.0, *, shift: 'float' = 0.0) -> 'Array'"
    assert isinstance(scale, mt.Op)
    assert scale(1.0) == 2.0
    assert scale.__doc__ == "Factor times x, plus a shift."


def test_a_name_that_rules_use_for_something_else():
    with pytest.raises(errors.DeclarationError, match="toy::f can't call anything 'needs'"):

        @op("toy::f")
        def f(x: Array, /, needs: int = 0) -> Array: ...


@pytest.mark.parametrize(
    "name", ["toy::class", "toy::None", "toy toy::f", "toy::linalg.lambda", "toy::\ufb01t", "toy::"]
)
def test_an_op_name_that_python_code_could_not_use(name):
    with pytest.raises(errors.DeclarationError, match="is no op name; write `namespace::name`"):

        @op(name)
        def f(x: Array, /) -> Array: ...


@pytest.mark.parametrize("name", ["class", "None", "\ufb01t", "two words", "_forward", "_n_x", "g"])
def test_a_hidden_output_that_no_rule_could_take(name):
    with pytest.raises(errors.DeclarationError, match=r"test_signatures\.py:\d+: toy::f can't call anything"):

        @op("toy::f", hidden=(name,))
        def f(x: Array, /) -> Array: ...


def test_one_name_for_two_things():
    with pytest.raises(errors.DeclarationError, match="toy::f calls two things 'x'"):

        @op("toy::f", hidden=("x",))
        def f(x: Array, /) -> Array: ...


def test_an_output_by_the_name_of_something_that_rules_get():
    class Parts(NamedTuple):
        low: Array
        needs: Array

    def f(x, /): ...

    f.__annotations__ = {"x": Array, "return": Parts}
    with pytest.raises(errors.DeclarationError, match="toy::f can't call anything 'needs'"):
        op("toy::f")(f)


def test_a_rule_that_names_what_the_op_does_not_have():
    with pytest.raises(errors.UnknownName, match=r"test_signatures\.py:\d+: a rule of toy::scale asks for 'fctor'"):

        @scale.vjp("x")
        def _(g, fctor):
            return g


def test_a_rule_for_an_operand_that_is_not_there():
    with pytest.raises(
        errors.UnknownName, match=r"toy::scale has no differentiable operand 'y' for a rule; it has 'x'"
    ):

        @scale.vjp("y")
        def _(g):
            return g


def test_a_default_in_a_rule_would_hide_a_typing_error():
    with pytest.raises(errors.DeclarationError, match="a rule of toy::scale gives 'factor' a default"):

        @scale.vjp("x")
        def _(g, factor=1.0):
            return g


def test_a_second_rule_for_one_operand():
    with pytest.raises(
        errors.DeclarationError, match=r"toy::scale has a rule for 'x' already, at .*test_signatures\.py"
    ):

        @scale.vjp("x")
        def _(g):
            return g


def test_a_vjp_needs_an_operand():
    with pytest.raises(errors.DeclarationError, match="needs an operand"):
        scale.vjp()


def test_a_rule_with_star_arguments():
    with pytest.raises(errors.DeclarationError, match="asks by name"):

        @scale.vjp("x")
        def _(g, *rest):
            return g


def test_an_op_without_operands():
    with pytest.raises(errors.DeclarationError, match="toy::nothing has no operand; annotate its array inputs"):

        @op("toy::nothing")
        def nothing(axis: int) -> Array: ...


def test_a_name_without_a_namespace():
    with pytest.raises(errors.DeclarationError, match="'softplus' is no op name; write `namespace::name`"):

        @op("softplus")
        def softplus(x: Array, /) -> Array: ...


def test_a_declaration_about_an_operand_that_is_not_there():
    with pytest.raises(errors.UnknownName, match="toy::f has no operand 'z', which domain names; it has 'x'"):

        @op("toy::f", domain={"z": mt.domain.Interval(0, 1)})
        def f(x: Array, /) -> Array: ...


def test_keyword_catch_alls_hide_what_an_op_takes():
    with pytest.raises(errors.DeclarationError, match=r"\*\*options hides what the op takes"):

        @op("toy::f")
        def f(x: Array, /, **options) -> Array: ...


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
