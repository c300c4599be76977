"""The text of generated pullbacks, and the values that a node saves for them."""

from __future__ import annotations

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core import Array, op
from mutorch_core.declaration.pullback_code import TrackedSubset, pull_back_lines, savable


def subset_of(op, *names):
    tracked = tuple(operand for operand in op.operands if operand.name in names)
    return TrackedSubset(op.declaration, tracked, tuple(dict.fromkeys(op.rules[name] for name in names)))


def test_a_pullback_calls_only_the_rules_of_tracked_operands():
    both = "\n".join(pull_back_lines(subset_of(xp.multiply, "x1", "x2")))
    one = "\n".join(pull_back_lines(subset_of(xp.multiply, "x1")))
    assert "_rule_0(" in both
    assert "_rule_1(" in both
    assert "_rule_1(" not in one
    assert one.endswith("return (_c_0,)")


def test_a_node_saves_only_the_values_that_its_rules_name():
    assert [saved.variable for saved in subset_of(xp.multiply, "x1").saved] == ["x2"]
    assert [saved.variable for saved in subset_of(xp.exp, "x").saved] == ["out"]
    assert subset_of(xp.negative, "x").saved == ()


def test_a_sequence_operand_saves_a_flag_per_array():
    (sequence,) = [operand for operand in xp.concat.operands if operand.kind != "single"]
    subset = subset_of(xp.concat, sequence.name)
    assert f"_t_{sequence.name}" in [saved.variable for saved in subset.saved]
    assert f"*_select_tracked(_pullback, {sequence.name!r}" in "\n".join(pull_back_lines(subset))


def test_a_pullback_finds_the_namespace_only_for_rules_that_take_it():
    assert "xp =" not in "\n".join(pull_back_lines(subset_of(xp.multiply, "x1", "x2")))
    assert "    xp = _namespace_cache.get(_type(g)) or _cotangent_namespace(g)" in pull_back_lines(
        subset_of(declared(lambda g, xp: g), "x")
    )


def declared(rule):
    """Return an op of x and y with a rule of x."""

    @op("toy::declared")
    def forward(x: Array, y: Array, /) -> Array:
        return x * y

    forward.vjp("x")(rule)
    return forward


def test_a_joint_result_is_checked_at_length_only_if_it_may_be_wrong():
    @op("toy::product")
    def product(x: Array, y: Array, /) -> Array:
        return x * y

    product.vjp("x", "y")(lambda g, x, y: (g * y, g * x))
    check = "_c_0 = _check_joint_result(_pullback, _used[0], _c_0, "
    both = list(pull_back_lines(subset_of(product, "x", "y")))
    unless = "if _type(_c_0) is not _tuple or _len(_c_0) != 2 or _c_0[0] is None or _c_0[1] is None: "
    assert f"    {unless}{check}(True, True,))" in both
    assert f"    {check}(True, False,))" in list(pull_back_lines(subset_of(product, "x")))


def test_a_rule_takes_keyword_only_arguments_by_name_and_others_in_its_order():
    @op("toy::ordered")
    def ordered(x: Array, y: Array, /, *, scale: float = 2.0) -> Array:
        return x * y * scale

    @ordered.vjp("x")
    def _(scale, y, *, g, x):
        return g * y * scale + 0.0 * x

    assert subset_of(ordered, "x").used[0].names == ("scale", "y", "g", "x")
    x = mt.Var(2.0)
    ordered(x, 3.0, scale=5.0).backprop()
    assert x.grad == 15.0


def test_what_may_be_saved_is_each_argument_and_output_once_and_the_whole_of_several():
    assert savable(xp.multiply.declaration) == ["x1", "x2", "out"]
    assert savable(xp.concat.declaration) == ["arrays", "axis", "_t_arrays", "out"]
    assert savable(xp.linalg.qr.declaration) == ["x", "mode", "Q", "R", "out"]


def test_needs_is_made_once_if_it_is_the_same_at_every_node():
    lines = list(pull_back_lines(subset_of(declared(lambda g, needs: g), "x")))
    assert "    _c_0 = _rule_0(g, _needed)" in lines
    (sequence,) = [operand.name for operand in xp.concat.operands]
    assert "_needed" not in "".join(pull_back_lines(subset_of(xp.concat, sequence)))
