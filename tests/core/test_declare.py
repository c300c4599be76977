"""Declaring an op: what is read off the forward and its rules, and what each wrong declaration says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, Hidden, Meta, Namespace, errors, injected, op


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
    assert (scale.namespace, scale.short_name, scale.symbol) == ("toy", "scale", "⋅")
    assert str(scale.signature) == "(x: 'Array', /, factor: 'float' = 2.0, *, shift: 'float' = 0.0) -> 'Array'"
    assert isinstance(scale, mt.Op)
    assert scale(1.0) == 2.0
    assert scale.__doc__ == "Factor times x, plus a shift."


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


def test_a_library_may_have_a_forward_of_its_own():
    @op("toy::native", libraries=("numpy",))
    def native(x: Array, /, *, xp: Namespace = injected) -> Array:
        raise AssertionError

    @native.vjp("x")
    def _(g):
        return g

    @native.forward("numpy")
    def _(x, /, *, xp):
        return 2 * x

    np.testing.assert_array_equal(native(np.ones(2)), [2.0, 2.0])


def test_an_op_limited_to_some_libraries_refuses_others():
    @op("toy::elsewhere", libraries=("torch",))
    def elsewhere(x: Array, /) -> Array:
        return x

    @elsewhere.vjp("x")
    def _(g):
        return g

    with pytest.raises(errors.OperandError, match=r"toy::elsewhere has no forward for numpy: it declares torch"):
        elsewhere(np.ones(2))


def test_a_composite_op_records_its_body():
    @op("toy::twice", composite=True)
    def twice(x: Array, /) -> Array:
        return scale(scale(x))

    x = mt.Var(1.5)
    assert twice(1.5) == 6.0
    twice(x).backprop()
    assert x.grad == 4.0


def test_an_operand_or_op_may_have_any_name_that_python_allows():
    @op("toy::any")
    def any(node: Array, type: Array, /, kind: int = 2, *, float: float = 1.0, spaces: int = 0) -> Array:
        return node * type * kind * float

    @any.vjp("node")
    def _(g, type, kind, float, spaces):
        return g * type * kind * float

    @any.vjp("type")
    def _(g, node, kind, float):
        return g * node * kind * float

    assert mt.grad(any, argnums=(0, 1))(3.0, 5.0) == (10.0, 6.0)
    assert mt.grad(mt.grad(lambda x: any(x, x, float=2.0)))(3.0) == 8.0


def test_a_name_that_rules_use_for_something_else():
    with pytest.raises(errors.DeclarationError, match="toy::f can't call anything 'needs'"):

        @op("toy::f")
        def f(x: Array, /, needs: int = 0) -> Array: ...


# ------------------------------------------------------------------------------------------ wrong declarations


def test_a_rule_that_names_what_the_op_does_not_have():
    with pytest.raises(errors.UnknownName, match=r"test_declare\.py:\d+: a rule of toy::scale asks for 'fctor'"):

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
    with pytest.raises(errors.DeclarationError, match=r"toy::scale has a rule for 'x' already, at .*test_declare\.py"):

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


def test_a_var_in_a_static_parameter():
    with pytest.raises(errors.OperandError, match="toy::scale: 'factor' is a static parameter .* pass its .value"):
        scale(mt.Var(1.0), mt.Var(2.0))


def test_what_the_forward_refuses_names_op_operands_and_shapes_and_keeps_the_cause():
    @op("toy::matrix")
    def matrix(a: Array, b: Array, /) -> Array:
        return a @ b

    with pytest.raises(
        errors.OperandError, match=r"toy::matrix\(a=float64\[2,3\], b=float64\[2,3\]\): ValueError"
    ) as caught:
        matrix(np.ones((2, 3)), np.ones((2, 3)))
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value.__cause__, ValueError)


def test_a_forward_that_returns_another_number_of_outputs():
    @op("toy::f", hidden=("a", "b"))
    def f(x: Array, /) -> Hidden[Array]:
        return Hidden(x, x)

    @f.vjp("x")
    def _(g):
        return g.out

    with pytest.raises(errors.OperandError, match="toy::f returned 2 outputs and declares 3: out, a, b"):
        f(mt.Var(1.0))
