"""What is read off the signatures of a forward and of its rules, and what each wrong declaration says."""

from __future__ import annotations

from collections.abc import Sequence
from inspect import signature
from typing import Any, NamedTuple, Optional

import pytest

import mutorch_core as mt
from mutorch_core import Array, Hidden, Meta, Namespace, errors, injected, op
from mutorch_core.declaration.signatures import annotation_of, source_location


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


def test_the_kinds_of_operands_are_read_off_their_annotations():
    @op("toy::kinds", nondiff=("key",))
    def kinds(
        x: Array, maybe: Array | None, many: Sequence[Array], few: list[Array] | None, key: Optional[Array] = None,  # noqa: UP045
        mode: str | None = None, *rest: Array, last: Array, number: int = 0, names: Sequence[str] = (),
        xp: Namespace = injected,
    ) -> Array: ...  # fmt: skip

    assert [(o.name, o.kind, o.optional, o.differentiable, o.keyword_only) for o in kinds.operands] == [
        ("x", "single", False, True, False),
        ("maybe", "single", True, True, False),
        ("many", "sequence", False, True, False),
        ("few", "sequence", True, True, False),
        ("key", "single", True, False, False),
        ("rest", "variadic", False, True, False),
        ("last", "single", False, True, True),
    ]
    assert [p.name for p in kinds.parameters] == ["mode", "number", "names"]
    assert [o.name for o in kinds.declaration.differentiable_operands] == ["x", "maybe", "many", "few", "rest", "last"]
    assert kinds.declaration.wants_space is True
    assert scale.declaration.wants_space is False


def test_an_annotation_that_can_not_be_resolved_is_an_error_only_if_it_may_be_an_operand():
    def f(x, /, mode=None): ...

    f.__annotations__ = {"x": "Array", "mode": "Missing"}
    mode = signature(f).parameters["mode"]
    assert annotation_of(mode, f) == "Missing"
    assert [p.name for p in op("toy::f")(f).parameters] == ["mode"]
    for wrong in ("Missing[Array]", "Missing[Meta]"):
        f.__annotations__ = {"x": "Array", "mode": wrong}
        with pytest.raises(errors.DeclarationError, match=r"test_signatures\.py:\d+: the annotation `mode: Missing\["):
            op("toy::f")(f)


def test_an_annotation_is_evaluated_where_its_function_is():
    def f(x, /): ...

    f.__annotations__ = {"x": Array}
    assert annotation_of(signature(f).parameters["x"], f) is Array
    f.__annotations__ = {"x": "Array"}
    assert annotation_of(signature(f).parameters["x"], f) is Array


def test_the_location_of_a_function_is_its_file_and_line_or_its_text():
    assert source_location(strict_line).endswith(f"test_signatures.py:{strict_line.__code__.co_firstlineno}")
    assert source_location(len) == "<built-in function len>"


def strict_line(): ...


class Parts(NamedTuple):
    low: Array
    high: Array


def test_outputs_are_read_off_the_result():
    @op("toy::one")
    def one(x: Array, /) -> Array: ...

    @op("toy::two")
    def two(x: Array, /) -> Parts: ...

    @op("toy::three", hidden=["mask"])
    def three(x: Array, /) -> Hidden[Parts]: ...

    @op("toy::four", hidden=("mask",))
    def four(x: Array, /) -> Hidden[Array]: ...

    @op("toy::five")
    def five(x: Array, /) -> tuple[Array, Array]: ...

    read = [(o.outputs, o.declaration.fields, o.declaration.result) for o in (one, two, three, four, five)]
    assert read == [
        (("out",), ("out",), None),
        (("low", "high"), ("low", "high"), Parts),
        (("low", "high"), ("low", "high", "mask"), Parts),
        (("out",), ("out", "mask"), None),
        (("out",), ("out",), None),
    ]
    assert [o.declaration.has_many_outputs for o in (one, two, three, four, five)] == [False, True, True, True, False]


def test_a_composite_op_may_call_an_output_anything():
    class Named(NamedTuple):
        x: Array
        out: Array

    def f(x, /): ...

    f.__annotations__ = {"x": Array, "return": Named}
    assert op("toy::f", composite=True)(f).outputs == ("x", "out")
    with pytest.raises(errors.DeclarationError, match="toy::f calls two things 'x'"):
        op("toy::f")(f)


def test_a_rule_lists_its_arguments_and_which_of_them_are_metas_or_by_keyword():
    @op("toy::rule", hidden=("mask",))
    def rule(x: Array, y: Array, /, n: int = 1) -> Hidden[Array]: ...

    @rule.vjp("y", "x")
    def _(g, x: Meta, out, *, y: Meta | None, mask, n: int, xp, needs, reached): ...

    read = rule.rules["x"]
    assert read is rule.rules["y"]
    assert read.operands == ("y", "x")
    assert read.names == ("g", "x", "out", "y", "mask", "n", "xp", "needs", "reached")
    assert read.metas == {"x", "y"}
    assert read.keyword_only == {"y", "mask", "n", "xp", "needs", "reached"}


@pytest.mark.parametrize("kind", ["args", "kwargs"])
def test_a_rule_with_either_kind_of_star_names_nothing(kind):
    rules: dict[str, Any] = {"args": lambda g, *args: g, "kwargs": lambda g, **kwargs: g}
    with pytest.raises(errors.DeclarationError, match=rf"a rule of toy::scale asks by name; \*{kind} names nothing"):
        scale.vjp("x")(rules[kind])


def test_surplus_arguments_can_only_be_operands():
    with pytest.raises(errors.DeclarationError, match=r"\*axes can only be operands: annotate it Array"):

        @op("toy::f")
        def f(x: Array, *axes: int) -> Array: ...


KINKS = [mt.domain.At("z", 0.0), mt.domain.Tie("x", "z"), mt.domain.Multiple("x", "z"), mt.domain.Multiple("z", 1.0)]


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("nondiff", ("z", "x")),
        ("domain", {"z": mt.domain.Interval(0, 1), "x": mt.domain.Interval(0, 1)}),
        *[("kinks", (mt.domain.At("x", 0.0), kink)) for kink in KINKS],
    ],
)
def test_every_option_that_names_operands_is_checked(option, value):
    def f(y: Array, x: Array, /) -> Array: ...

    with pytest.raises(errors.UnknownName, match=f"toy::f has no operand 'z', which {option} names; it has 'x', 'y'"):
        op("toy::f", **{option: value})(f)
    op("toy::f", kinks=(mt.domain.Tie("x", "y"), mt.domain.Multiple("x", "y"), mt.domain.Multiple("x", 2.0)))(f)


def test_an_optional_operand_may_name_none_or_a_number_first():
    @op("toy::f")
    def f(x: None | Array, y: float | Array, /) -> Array: ...  # noqa: RUF036

    assert [(operand.name, operand.optional) for operand in f.operands] == [("x", True), ("y", False)]
