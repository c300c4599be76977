"""Every op that has a derivative has the same one, twice, in each framework that it is exported to."""

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

WITHOUT_WAITING = [framework for framework in FRAMEWORKS if framework != "jax"]  # each operation is compiled there


@pytest.mark.parametrize("framework", WITHOUT_WAITING)
@pytest.mark.parametrize("op", differentiable_ops(), ids=lambda op: op.name)
def test_the_exported_derivatives_are_the_rules(op, framework):
    if (op.name, framework) in REFUSED:
        with pytest.raises(OperandError, match=REFUSED[op.name, framework]):
            BY[framework](subject_of(op))
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # autograd's, of results that do not depend on something
        found = BY[framework](subject_of(op))
    assert difference(subject_of(op), FIRST, found) is None
    assert difference(subject_of(op), SECOND, found) is None


def test_the_page_has_a_row_for_each_op():
    cells = [[("✓", None), ("✗", "too large")], [("–", "no shape")]]
    lines = list(page({op.name: cells[place % 2 :] for place, op in enumerate(differentiable_ops())}))
    rows = [line.split(" | ")[0] for line in lines if line.startswith("| `")]
    assert rows == [f"| `{op.name}`" for op in differentiable_ops()]
    assert lines[-3:] == ["[1] too large", "", "[2] no shape"]


@pytest.mark.skipif(not FRAMEWORKS, reason="no framework is installed")
def test_a_row_is_what_the_frameworks_compute():
    assert row("basic::multiply") == [[("✓", None), ("✓", None)]] * len(FRAMEWORKS)


@pytest.mark.skipif("jax.jit" not in FRAMEWORKS, reason="jax is not installed")
def test_a_row_gives_the_reason_of_a_refusal():
    ((mark, reason),) = row("basic::bincount")[FRAMEWORKS.index("jax.jit")]
    assert mark == "–"
    assert REFUSED["basic::bincount", "jax.jit"] in reason
