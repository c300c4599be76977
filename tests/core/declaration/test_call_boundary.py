"""What a forward is not given, what it refuses, and what it returns: each an error with op and operands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from inspect import signature
from typing import NamedTuple

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, Hidden, Namespace, errors, injected, op
from mutorch_core.declaration.call_boundary import Binder, Forwards, unwrap_nested, unwrap_sequence


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


def bound(function):
    return Binder(signature(function))


def test_a_binder_fills_in_defaults_and_gathers_surplus_arguments():
    def f(a, /, b, c=3, *rest, d, e=5): ...

    binder = bound(f)
    assert (binder.positional, binder.variadic, binder.keyword_only) == (["a", "b", "c"], "rest", ["d", "e"])
    assert binder.bind((1, 2), {"d": 4}) == {"a": 1, "b": 2, "c": 3, "d": 4, "e": 5} | {"rest": ()}
    values = binder.bind((1, 2, 30, 31, 32), {"d": 4, "e": 50})
    assert values == {"a": 1, "b": 2, "c": 30, "rest": (31, 32), "d": 4, "e": 50}
    assert binder.spread(values) == ([1, 2, 30, 31, 32], {"d": 4, "e": 50})
    assert binder.bind((1,), {"b": 2, "d": 4})["b"] == 2


def test_a_binder_spreads_a_signature_without_surplus_arguments():
    def f(a, /, b=2, *, c=3): ...

    binder = bound(f)
    assert binder.variadic is None
    assert binder.spread(binder.bind((1,), {"c": 4})) == ([1, 2], {"c": 4})


@pytest.mark.parametrize(
    ("args", "kwargs"),
    [((), {}), ((1, 2, 3), {}), ((1,), {"a": 1}), ((), {"a": 1}), ((1, 2), {"b": 2}), ((1,), {"d": 2})],
    ids=["missing", "surplus", "positional", "by keyword", "twice", "unknown"],
)
def test_a_binder_refuses_what_python_refuses(args, kwargs):
    def f(a, /, b=2, *, c=3): ...

    with pytest.raises(TypeError):
        f(*args, **kwargs)
    with pytest.raises(TypeError):
        bound(f).bind(args, kwargs)


def test_an_error_lists_the_parameters_that_were_given():
    with pytest.raises(errors.OperandError) as caught:
        matrix(1.0, mt.Var(2.0), 3.0)
    assert str(caught.value) == (
        "toy::matrix(a=1.0, b=2.0): TypeError: unsupported operand type(s) for @: 'float' and 'float'; given factor=3.0"
    )
    with pytest.raises(errors.OperandError) as caught:
        matrix(1.0, 2.0)
    assert str(caught.value).endswith("'float' and 'float'")


@op("toy::matrix")
def matrix(a: Array, b: Array, /, factor: float = 2.0, bias: Array | None = None) -> Array:
    """Multiply two matrices."""
    return a @ b


def test_an_error_shows_an_optional_operand_only_if_it_was_given():
    with pytest.raises(errors.OperandError, match=r"toy::matrix\(a=1\.0, b=2\.0, bias=4\.0\): TypeError"):
        matrix(1.0, 2.0, bias=4.0)
    with pytest.raises(errors.OperandError, match=r"toy::matrix\(a=1\.0, b=None\): TypeError"):
        matrix(1.0, None)


def test_an_operand_of_no_library_is_named_instead_of_the_forwards_error():
    for wrong in (lambda: matrix("text", 2.0), lambda: matrix(mt.Var(1.0), "text")):
        with pytest.raises(errors.OperandError, match=r"toy::matrix\(.*\): a str is neither a number nor an array"):
            wrong()
    with pytest.raises(errors.OperandError, match=r"toy::spaced\(x=a str\): a str is neither a number nor an array"):
        spaced("text")


@op("toy::spaced")
def spaced(x: Array, /, *, xp: Namespace = injected) -> Array:
    """Apply exp."""
    return xp.exp(x)


@op("toy::join")
def join(arrays: Sequence[Array], /, *, xp: Namespace = injected) -> Array:
    """Join arrays."""
    return xp.concat(list(arrays))


@op("toy::total")
def total(*arrays: Array) -> Array:
    """Add arrays."""
    return sum(arrays)


MIXED = "operands of two array libraries are mixed: numpy and array_api_strict; convert one of them first"
REVERSED = "operands of two array libraries are mixed: array_api_strict and numpy; convert one of them first"


def strict_library():
    return pytest.importorskip("array_api_strict", reason="array_api_strict is not installed")


def test_two_libraries_in_one_op_are_an_error_with_all_operands():
    strict = strict_library()
    x, y = np.ones(2), strict.ones(2)
    for call, shown in [
        (lambda: join([x, y]), "toy::join(arrays=[float64[2], float64[2]])"),
        (lambda: join([mt.Var(x), y]), "toy::join(arrays=[float64[2], float64[2]])"),
        (lambda: matrix(mt.Var(x), y), "toy::matrix(a=float64[2], b=float64[2])"),
        (lambda: picked(x, (y, slice(2))), "toy::picked(x=float64[2], key=[float64[2], :2])"),
    ]:
        with pytest.raises(errors.OperandError) as caught:
            call()
        assert str(caught.value) == f"{shown}: {MIXED}"
    with pytest.raises(errors.OperandError) as caught:
        total(y, x)
    assert str(caught.value) == f"toy::total(arrays=[float64[2], float64[2]]): {REVERSED}"


@op("toy::picked", nondiff=("key",))
def picked(x: Array, key: Array, /) -> Array:
    """Pick entries."""
    return x[key]


@picked.vjp("x")
def _(g):
    raise AssertionError


def test_a_key_that_is_no_array_keeps_the_librarys_own_error():
    with pytest.raises(errors.OperandError, match=r"toy::picked\(x=float64\[2\], key=2:a str\): TypeError: slice"):
        picked(np.ones(2), slice(2, "a"))
    with pytest.raises(
        errors.OperandError, match=r"toy::picked\(x=float64\[2\], key=5\): IndexError: index 5"
    ) as caught:
        picked(np.ones(2), 5)
    assert isinstance(caught.value, IndexError)
    with pytest.raises(errors.OperandError, match=r"toy::picked\(.*: IndexError"):
        picked(np.ones(2), (0, "a", object()))


def test_an_operand_that_nests_keeps_the_librarys_own_error():
    with pytest.raises(errors.OperandError, match=r"toy::total\(arrays=\[a list, 1\.0\]\): TypeError"):
        total([1.0], 1.0)
    with pytest.raises(errors.OperandError, match=r"toy::matrix\(a=\[1\.0\], b=2\.0\): TypeError"):
        matrix([1.0], 2.0)


def test_an_op_whose_operands_all_lack_a_derivative_checks_every_operand():
    @op("toy::same", nondiff=("x", "y"))
    def same(x: Array, y: Array, /) -> Array:
        return x @ y

    with pytest.raises(errors.OperandError, match=r"toy::same\(x=a str, y=1\.0\): a str is neither a number"):
        same("text", 1.0)


def test_an_error_names_the_devices_if_they_differ():
    strict = strict_library()
    near, far = strict.ones((2, 2)), strict.ones((2, 2), device=strict.Device("device1"))
    with pytest.raises(errors.OperandError, match=r"; a is on .*CPU_DEVICE.*, b is on .*device1.*\)$"):
        matrix(near, far)
    with pytest.raises(errors.OperandError) as caught:
        matrix(near, strict.ones((3, 3)))
    assert "is on" not in str(caught.value)
    two = op("toy::composed", composite=True)(lambda_of(lambda a, b: a.value @ b))
    with pytest.raises(errors.OperandError, match=r"; a is on .*, b is on "):
        two(mt.Var(near), far)


def lambda_of(function):
    def composed(a, b, /):
        return function(a, b)

    composed.__annotations__ = {"a": Array, "b": Array, "return": Array}
    return composed


def test_the_error_of_a_composite_op_looks_into_vars():
    strict = strict_library()
    composed = op("toy::composed", composite=True)(lambda_of(lambda a, b: a.value @ b))
    with pytest.raises(errors.OperandError) as caught:
        composed(mt.Var(strict.ones(2)), np.ones(2))
    assert str(caught.value) == f"toy::composed(a=float64[2], b=float64[2]): {REVERSED}"


def test_an_error_of_an_op_inside_a_composite_op_is_passed_on():
    composed = op("toy::outer", composite=True)(lambda_of(matrix))
    with pytest.raises(errors.OperandError, match=r"^toy::matrix\(a=1\.0, b=2\.0\): TypeError"):
        composed(1.0, 2.0)


def test_an_error_of_an_op_inside_another_ones_forward_is_passed_on():
    wrapping = op("toy::wrapping")(lambda_of(matrix))
    with pytest.raises(errors.OperandError, match=r"^toy::matrix\(a=1\.0, b=2\.0\): TypeError"):
        wrapping(1.0, 2.0)


def test_a_missing_rule_says_where_the_op_is_declared():
    with pytest.raises(errors.MissingRule) as caught:
        spaced(mt.Var(1.0))
    assert re.fullmatch(
        r".*test_call_boundary\.py:\d+: toy::spaced has no rule for its operand 'x'; "
        r"add @spaced\.vjp\(\"x\"\), or exempt it with nondiff=\(\"x\",\)",
        str(caught.value),
    )


def test_the_items_of_a_sequence_are_taken_out_of_their_vars():
    x, constant = mt.Var(1.0), mt.Var(np.asarray(2))
    assert unwrap_sequence([1.0, x, constant, x]) == (
        [1.0, 1.0, constant.value, 1.0],
        (x.node, x.node),
        (False, True, False, True),
        True,
    )
    assert unwrap_sequence((1.0, 2.0)) == ([1.0, 2.0], (), (False, False), False)
    assert unwrap_sequence([constant]) == ([constant.value], (), (False,), True)


@pytest.mark.parametrize(
    ("value", "raw", "found"),
    [
        (mt.Var(1.0), 1.0, True),
        (2.0, 2.0, False),
        ([1, mt.Var(2.0)], [1, 2.0], True),
        ((1, [mt.Var(2.0)]), (1, [2.0]), True),
        ((1, [2.0]), (1, [2.0]), False),
        ({"a": [mt.Var(1.0)], "b": 2}, {"a": [1.0], "b": 2}, True),
        ({"a": 1}, {"a": 1}, False),
        (slice(1, 2), slice(1, 2), False),
    ],
    ids=["var", "number", "list", "nested", "raw", "dict", "raw dict", "slice"],
)
def test_a_nested_value_is_taken_out_of_its_vars(value, raw, found):
    result, wrapped = unwrap_nested(value)
    assert (result, wrapped) == (raw, found)
    assert type(result) is type(raw)


def test_a_named_tuple_is_passed_on_as_it_is():
    pair = Pair(mt.Var(1.0), mt.Var(2.0))
    assert unwrap_nested(pair) == (pair, False)


class Pair(NamedTuple):
    low: Array
    count: Array


@op("toy::pair")
def pair_op(x: Array, /) -> Pair:
    """An array and its integers."""
    return Pair(x * 2.0, np.asarray([1, 2]))


@pair_op.vjp("x")
def _(g):
    return g.low * 2.0


def test_several_outputs_are_raw_for_raw_operands_and_vars_otherwise():
    raw = pair_op(np.ones(2))
    assert type(raw) is Pair
    assert type(raw.low) is np.ndarray
    tracked = pair_op(mt.Var(np.ones(2)))
    assert type(tracked) is Pair
    assert [type(each) for each in tracked] == [mt.Var, mt.Var]
    assert tracked.low.node.shape == (2,)
    assert tracked.count.node is None
    constant = pair_op(mt.Var(np.ones(2, dtype=int)))
    assert [type(each) for each in constant] == [mt.Var, mt.Var]
    assert [each.node for each in constant] == [None, None]


def test_a_forward_that_returns_too_many_hidden_outputs():
    @op("toy::many", hidden=("a",))
    def many(x: Array, /) -> Hidden[Array]:
        return Hidden(x, x, x)

    with pytest.raises(errors.OperandError, match="toy::many returned 3 outputs and declares 2: out, a"):
        many(mt.Var(np.ones(2, dtype=int)))


def test_results_are_normalised_with_all_operands_in_mind():
    @op("toy::scalars", hidden=("twice",))
    def scalars(x: Array, y: Array | None = None) -> Hidden[Array]:
        return Hidden(np.float64(3.0), np.float64(6.0))

    @scalars.vjp("x")
    def _(g, twice, out):
        seen.append((type(out), type(twice)))
        return g.out

    seen = []
    scalars(mt.Var(1.0)).backprop()
    scalars(mt.Var(np.asarray(1.0))).backprop()
    scalars(mt.Var(1.0), np.ones(2)).backprop()
    assert seen == [(float, float), (np.ndarray, np.ndarray), (np.ndarray, np.ndarray)]


def composite_spaces(**nondiff):
    seen = []

    @op("toy::composite", composite=True, **nondiff)
    def composite(first: Array, /, *arrays: Array, option: Array | None = None, xp: Namespace = injected) -> Array:
        seen.append(xp)
        return first

    return composite, seen


def test_a_composite_op_with_surplus_operands_finds_their_namespace():
    strict = strict_library()
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
        composite(np.ones(2), var)


def test_a_composite_op_with_a_sequence_gets_the_differentiable_namespace_if_an_item_is_a_var():
    @op("toy::several", composite=True)
    def several(arrays: Sequence[Array], /, *, xp: Namespace = injected) -> Array:
        return xp.concat(list(arrays))

    x = mt.Var(np.ones(2))
    assert type(several([np.ones(1), np.ones(2)])) is np.ndarray
    several([np.ones(1), x]).backprop(np.arange(3.0))
    np.testing.assert_array_equal(x.grad, [1.0, 2.0])
    with pytest.raises(errors.OperandError) as caught:
        several([np.ones(2), mt.Var(strict_library().ones(2))])
    assert str(caught.value).startswith("toy::several(arrays=[float64[2], float64[2]]): operands of two array libraries")


def test_a_forward_for_a_library_is_looked_up_once():
    strict = strict_library()
    forwards = Forwards(spaced.declaration, {"numpy": abs})
    numpy_space = mt.Var(np.ones(2)).value.__array_namespace__()
    assert dict(forwards) == {}
    assert forwards[strict] is spaced.function
    assert forwards[numpy_space] is abs
    assert dict(forwards) == {strict: spaced.function, numpy_space: abs}


def test_an_op_limited_to_some_libraries_takes_those_and_those_with_a_forward():
    strict = strict_library()

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
