"""The boundary of a call: bound arguments, operands out of their `Var`s, composite ops, forwards by library."""

from __future__ import annotations

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


def test_a_forward_for_a_library_is_looked_up_once(strict):
    @op("toy::spaced")
    def spaced(x: Array, /) -> Array:
        return x

    forwards = Forwards(spaced.declaration, {"numpy": abs})
    numpy_space = mt.Var(np.ones(2)).value.__array_namespace__()
    assert dict(forwards) == {}
    assert forwards[strict] is spaced.function
    assert forwards[numpy_space] is abs
    assert dict(forwards) == {strict: spaced.function, numpy_space: abs}


def test_a_composite_op_passes_its_parameters_on():
    @op("toy::powered", composite=True)
    def powered(x: Array, /, times: int, *, shift: float = 0.0) -> Array:
        return x * times + shift

    assert powered(2.0, 3) == 6.0
    assert mt.grad(lambda x: powered(x, 3, shift=1.0))(2.0) == 3.0


def test_a_composite_op_refuses_arguments_as_python_does():
    @op("toy::mean", composite=True)
    def mean(x: Array, /, *, scale: float = 1.0, xp: Namespace = injected) -> Array:
        return xp.mean(x) * scale

    for args, kwargs in [((), {}), ((1.0, 2.0), {}), ((1.0,), {"x": 2.0}), ((1.0,), {"scales": 2.0})]:
        with pytest.raises(TypeError) as caught:
            mean(*args, **kwargs)
        assert not isinstance(caught.value, errors.MutorchError)
    with pytest.raises(errors.OperandError, match="toy::mean: 'scale' is a static parameter"):
        mean(1.0, scale=mt.Var(2.0))
