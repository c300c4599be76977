"""The call that is written for an op: its names, and which library's forward it runs."""

from __future__ import annotations

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, Namespace, errors, injected, op


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
