"""Every op that has a derivative has the same one, twice, in each framework that it is exported to."""

import warnings
from pathlib import Path

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

PAGE = Path(__file__).parents[3] / "docs" / "exporters.md"
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
    rows = [line.split(" | ")[0] for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert rows == [f"| `{op.name}`" for op in differentiable_ops()]
