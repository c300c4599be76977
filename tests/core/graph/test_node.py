"""Graph nodes: leaves, inputs, outputs, and released nodes."""

from __future__ import annotations

import pytest

import mutorch_core as mt
from mutorch_core import errors


def test_a_backward_pass_through_a_released_graph_raises_and_names_the_op():
    x = mt.Var(2.0)
    z = x * x
    z.backprop(release=True)
    assert x.grad == 4.0
    with pytest.raises(errors.Released, match=r"released at basic::multiply, by backprop\(release=True\)"):
        z.backprop()
    with pytest.raises(errors.Released, match="leave release out"):
        z.backprop(create_graph=True)
