"""Every exported op has the same first and second derivatives in each framework as by its rules."""

import warnings

import pytest

from mutorch_core.errors import OperandError

pytest.importorskip("hypothesis")

from tests.core.interop.every_op import (
    BY,
    FIRST,
    FRAMEWORKS,
    REFUSED,
    SECOND,
    difference,
    differentiable_ops,
    subject_of,
)
from tests.core.interop.page import page, row

FAST = [framework for framework in FRAMEWORKS if framework != "jax"]  # without jit JAX compiles each operation


@pytest.mark.parametrize("framework", FAST)
@pytest.mark.parametrize("op", differentiable_ops(), ids=lambda op: op.name)
def test_exported_derivatives_agree_with_the_rules(op, framework):
    if (op.name, framework) in REFUSED:
        with pytest.raises(OperandError, match=REFUSED[op.name, framework]):
            BY[framework](subject_of(op))
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # autograd warns if a result does not depend on an input
        derivatives = BY[framework](subject_of(op))
    assert difference(subject_of(op), FIRST, derivatives) is None
    assert difference(subject_of(op), SECOND, derivatives) is None


def test_the_page_has_a_row_for_each_op():
    cells = [[("✓", None), ("✗", "too large")], [("–", "no shape")]]
    lines = list(page({op.name: cells[index % 2 :] for index, op in enumerate(differentiable_ops())}))
    rows = [line.split(" | ")[0] for line in lines if line.startswith("| `")]
    assert rows == [f"| `{op.name}`" for op in differentiable_ops()]
    assert lines[-3:] == ["[1] too large", "", "[2] no shape"]


@pytest.mark.skipif(not FRAMEWORKS, reason="no framework is installed")
def test_a_row_has_the_marks_of_all_frameworks():
    assert row("basic::multiply") == [[("✓", None), ("✓", None)]] * len(FRAMEWORKS)


@pytest.mark.skipif("jax.jit" not in FRAMEWORKS, reason="jax is not installed")
def test_a_row_gives_the_reason_of_a_refusal():
    ((mark, reason),) = row("basic::bincount")[FRAMEWORKS.index("jax.jit")]
    assert mark == "–"
    assert REFUSED["basic::bincount", "jax.jit"] in reason
