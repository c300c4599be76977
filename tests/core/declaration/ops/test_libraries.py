"""Array libraries of an op: the namespace that its forward and rules get, forwards for some, no mixtures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, Namespace, errors, injected, op
from mutorch_core.arrays.namespaces import library_name
from tests.core.declaration.toys import refusal, simple, simple_with


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


def test_an_op_limited_to_some_libraries_takes_those_and_those_with_a_forward(strict):

    @op("toy::limited", libraries=("array_api_strict",))
    def limited(x: Array, /) -> Array:
        return x

    assert limited(strict.ones(2)).shape == (2,)
    with pytest.raises(
        errors.OperandError, match="toy::limited has no forward for numpy: it declares array_api_strict"
    ):
        limited(np.ones(2))
    limited.forward("numpy")(lambda x, /: x + 1.0)
    np.testing.assert_array_equal(limited(np.ones(2)), [2.0, 2.0])


def test_a_mixture_of_libraries_that_a_forward_takes_is_refused(strict):

    @simple
    def first(x: Array, y: Array, z: Array | None = None) -> Array:
        return x

    x, y = np.ones(2), strict.ones(2)
    for wrong in (lambda: first(mt.Var(x), y), lambda: first(mt.Var(y), 1.0, x), lambda: first(x, 1.0, mt.Var(y))):
        with pytest.raises(errors.OperandError, match=r"toy::simple\(x=float64\[2\], .*two array libraries are mixed"):
            wrong()
    for right in ((x, x, x), (x, 1.0, None), (x, np.float32(2.0), x), (1.0, x, 2.0)):
        operands = [mt.Var(right[0]), *right[1:]]
        for _ in range(2):
            np.testing.assert_array_equal(first(*operands).value, right[0])
    with pytest.raises(errors.OperandError, match="two array libraries are mixed"):
        first(mt.Var(x), y)


def spaced(seen, *, nondiff=()):
    @op("toy::spaced", nondiff=nondiff)
    def spaced_op(x: Array, y: Array | None = None, *, xp: Namespace = injected) -> Array:
        seen.append(xp)
        return xp.ones(2)

    for operand in {"x", "y"} - set(nondiff):
        spaced_op.vjp(operand)(refusal)
    return spaced_op


@pytest.mark.parametrize("nondiff", [(), ("y",), ("x",)], ids=["both", "first", "second"])
def test_the_namespace_is_that_of_whichever_operand_is_an_array(nondiff, strict):
    seen = []
    spaced_op = spaced(seen, nondiff=nondiff)
    array = strict.ones(2)
    calls = [(array, 1.0), (1.0, array), (array, None), (array, array)]
    for _ in range(2):
        for x, y in calls:
            spaced_op(x, y)
    assert seen == [strict] * 8
    seen.clear()
    for x, y in [(np.ones(2), 1.0), (1.0, np.ones(2)), (1.0, 2.0), (np.float64(1.0), 2)]:
        spaced_op(x, y)
    assert {xp.__name__ for xp in seen} == {"array_api_compat.numpy"}


def test_an_operand_without_a_derivative_decides_the_namespace_only_beside_numbers(strict):
    seen = []
    spaced_op = spaced(seen, nondiff=("y",))
    for y in ([0], "text", slice(2), strict.ones(2)):
        spaced_op(np.ones(2), y)
        spaced_op(1.0, y)
    assert [library_name(xp) for xp in seen] == ["numpy"] * 7 + ["array_api_strict"]


def test_the_first_operand_may_be_no_array_if_a_later_one_is_required(strict):
    @simple_with(nondiff=("at",))
    def at_first(at: Array, x: Array, *, xp: Namespace = injected) -> Array:
        return xp.ones(len(at))

    assert at_first([0, 1], np.ones(2)).shape == (2,)
    assert type(at_first([0], mt.Var(strict.ones(2))).value) is type(strict.ones(2))


def test_the_injected_namespace_is_the_operands_and_not_the_callers():
    @op("toy::spaces")
    def spaces(x: Array, /, *, xp: Namespace = injected) -> Array:
        seen.append(xp.__name__)
        return xp.exp(x)

    @spaces.vjp("x")
    def _(g, out, xp):
        seen.append(xp.__name__)
        return g * out

    seen: list[str] = []
    x = mt.Var(np.zeros(2))
    spaces(x).backprop(np.ones(2))
    assert seen == ["array_api_compat.numpy"] * 2
    assert "xp" not in spaces.signature.parameters
    np.testing.assert_array_equal(x.grad, [1.0, 1.0])


def test_the_first_operand_decides_the_namespace_if_the_differentiable_ones_are_absent(strict):

    @op("toy::counted", composite=True, nondiff=("x", "at"))
    def counted(x: Array, at: Array, /, weights: Array | None = None, *, xp: mt.Namespace = mt.injected) -> Array:
        return xp.ones(()) if weights is None else weights[at]

    assert type(counted(strict.zeros(2), [0])) is type(strict.zeros(2))
    assert type(counted(mt.Var(np.zeros(2)), 0)) is mt.Var
    assert type(counted(np.zeros(2), mt.Var(np.asarray(0)))) is mt.Var


def composite_spaces(**nondiff):
    seen = []

    @op("toy::composite", composite=True, **nondiff)
    def composite(first: Array, /, *arrays: Array, option: Array | None = None, xp: Namespace = injected) -> Array:
        seen.append(xp)
        return first

    return composite, seen


def test_a_composite_op_with_surplus_operands_finds_their_namespace(strict):
    composite, seen = composite_spaces()
    raw, var = strict.ones(2), mt.Var(strict.ones(2))
    composite(1.0, raw)
    composite(1.0, 2.0, option=raw)
    assert seen == [strict, strict]
    seen.clear()
    composite(1.0, raw, var)
    composite(mt.Var(1.0), 2.0, raw)
    composite(1.0, option=var)
    assert [type(xp.ones(()).value) for xp in seen] == [type(raw)] * 3
    assert [type(xp.exp(var)) for xp in seen] == [mt.Var] * 3
    with pytest.raises(errors.OperandError, match=r"toy::composite\(.*: operands of two array libraries are mixed"):
        composite(np.ones(2), var, var)


def test_a_composite_op_with_a_sequence_gets_the_differentiable_namespace_if_an_item_is_a_var(strict):
    @op("toy::several", composite=True)
    def several(arrays: Sequence[Array], /, *, xp: Namespace = injected) -> Array:
        return xp.concat(list(arrays))

    x = mt.Var(np.ones(2))
    assert type(several([np.ones(1), np.ones(2)])) is np.ndarray
    several([np.ones(1), x]).backprop(np.arange(3.0))
    np.testing.assert_array_equal(x.grad, [1.0, 2.0])
    with pytest.raises(errors.OperandError) as caught:
        several([np.ones(2), mt.Var(strict.ones(2))])
    assert str(caught.value).startswith(
        "toy::several(arrays=[float64[2], float64[2]]): operands of two array libraries"
    )


def test_a_rule_computes_in_the_namespace_of_the_first_cotangent_that_is_there(strict):
    seen = []

    class Two(NamedTuple):
        low: Array
        high: Array

    def two(x, /):
        return Two(x * x, x + x)

    two.__annotations__ = {"x": Array, "return": Two}
    two_op = op("toy::two")(two)

    @two_op.vjp("x")
    def _(g, xp, reached):
        seen.append((xp.__name__, tuple(reached)))
        return g.high * 2.0

    x = mt.Var(strict.ones(2))
    two_op(x).high.backprop(strict.ones(2))
    assert seen == [("array_api_strict", (False, True))]
    two_op(x).high.backprop(strict.ones(2), create_graph=True)
    assert seen[1][1] == (False, True)
    assert type(x.grad) is mt.Var


def test_a_namespace_in_a_recorded_pass_is_the_differentiable_one():
    @op("toy::exp")
    def exp(x: Array, /, *, xp: Namespace = injected) -> Array:
        return xp.exp(x)

    @exp.vjp("x")
    def _(g, x, xp):
        return g * xp.exp(x)

    assert mt.grad(mt.grad(mt.grad(exp)))(0.0) == 1.0
