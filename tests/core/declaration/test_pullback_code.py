"""The text of generated pullbacks, and the values that a node saves for them."""

import mutorch_ops_basic as xp
from mutorch_core.declaration.pullback_code import TrackedSubset, pull_back_lines


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
