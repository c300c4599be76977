"""The definition of a property."""

from collections.abc import Sequence

from mutorch_core import Array, op
from mutorch_core.gradcheck.properties.base import has_gradient, has_several_slots


def test_slots_are_counted_by_differentiable_operands_and_sequences():
    @op("test::one", nondiff=("mask",))
    def one(x: Array, mask: Array, /) -> Array:
        return x * mask

    @op("test::two")
    def two(x1: Array, x2: Array, /) -> Array:
        return x1 * x2

    @op("test::many")
    def many(arrays: Sequence[Array], /) -> Array:
        return arrays[0]

    @op("test::none", nondiff=("x",))
    def none(x: Array, /) -> Array:
        return x

    assert [has_gradient(operation) for operation in (one, two, many, none)] == [True, True, True, False]
    assert [has_several_slots(operation) for operation in (one, two, many, none)] == [False, True, True, False]
