"""What a forward is not given, what it refuses, and what it returns: each an error with op and operands."""

from __future__ import annotations

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, Hidden, errors, op


def test_a_var_in_a_static_parameter():
    @op("toy::scale")
    def scale(x: Array, /, factor: float = 2.0) -> Array:
        return x * factor

    with pytest.raises(errors.OperandError, match=r"toy::scale: 'factor' is a static parameter .* pass its \.value"):
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


def test_a_refusal_of_a_composite_op_leaves_the_table_of_namespaces_as_it_is():
    from mutorch_core.arrays.namespaces import namespace_cache

    @op("toy::refusing", composite=True)
    def refusing(x: Array, /) -> Array:
        raise ValueError("never")

    with pytest.raises(errors.OperandError, match="toy::refusing"):
        refusing(mt.Var(np.ones(2)))
    assert mt.Var not in namespace_cache
