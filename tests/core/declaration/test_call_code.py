"""The generated call of an op: names, nodes, modes, and the tables that make it fast."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, Namespace, errors, injected, op
from mutorch_core.declaration.call_code import call_lines
from mutorch_core.declaration.pullback import Pullbacks
from mutorch_core.graph.grad_mode import Mode, use_mode
from tests.core.declaration.toys import product_forward, row_op, simple, simple_with


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


def test_names_that_resemble_the_engines_own_do_not_collide_with_them():
    @op("toy::tracked")
    def tracked(a: Array, a__b: Array, x__meta: Array, /, forward: float = 1.0, meta: float = 1.0) -> Array:
        return a * a__b * x__meta * forward * meta

    @tracked.vjp("a")
    def _(g, a: mt.Meta, a__b, x__meta, forward, meta):
        assert a.shape == ()
        return g * a__b * x__meta * forward * meta

    @tracked.vjp("a__b")
    def _(g, a, a__b: mt.Meta, x__meta, forward, meta):
        assert a__b.shape == ()
        return g * a * x__meta * forward * meta

    @tracked.vjp("x__meta")
    def _(g, a, a__b, x__meta: mt.Meta, forward, meta):
        assert x__meta.shape == ()
        return g * a * a__b * forward * meta

    assert mt.grad(tracked, argnums=(0, 1, 2))(2.0, 3.0, 5.0, meta=7.0) == (105.0, 70.0, 42.0)
    second = mt.grad(mt.grad(lambda a, b: tracked(a, b, 5.0), argnums=0), argnums=1)
    assert second(2.0, 3.0) == 5.0


def test_a_sequence_beside_an_operand_that_is_called_like_its_flags():
    @op("toy::beside")
    def beside(arrays__tracked: Array, /, *arrays: Array) -> Array:
        return arrays__tracked * arrays[0] * arrays[1]

    @beside.vjp("arrays__tracked")
    def _(g, arrays):
        return g * arrays[0] * arrays[1]

    @beside.vjp("arrays")
    def _(g, arrays, arrays__tracked):
        return [g * arrays__tracked * arrays[1], g * arrays__tracked * arrays[0]]

    assert mt.grad(beside, argnums=(0, 2))(2.0, 3.0, 5.0) == (15.0, 6.0)


def test_an_op_may_be_called_like_a_global_of_the_generated_call():
    @op("toy::_forward")
    def forward(x: Array, /) -> Array:
        return 2 * x

    @forward.vjp("x")
    def _(g):
        return 2 * g

    assert mt.grad(forward)(3.0) == 2.0
    assert forward(3.0) == 6.0


def test_a_node_describes_its_result_whatever_that_is(strict):
    @op("toy::same")
    def same(x: Array, /) -> Array:
        return x * x

    @same.vjp("x")
    def _(g, x):
        return 2 * g * x

    for number in (2.0, 2, 2.0 + 1.0j, Fraction(1, 2)):
        node = same(mt.Var(number)).node
        assert (node.dtype, node.result) == (type(number), number * number)
        assert not hasattr(node, "shape")
    array = same(mt.Var(np.ones((2, 3), dtype="float32"))).node
    assert (array.shape, array.dtype) == ((2, 3), np.dtype("float32"))
    assert not hasattr(array, "result")
    other = same(mt.Var(strict.ones((2, 3)))).node
    assert (other.shape, other.dtype) == ((2, 3), strict.float64)


def test_a_numpy_scalar_becomes_a_number_or_an_array_as_the_operands_are():
    @simple
    def scalar(x: Array, y: Array) -> Array:
        return np.float64(3.0)

    @simple
    def filled(x: Array, y: Array, *, xp: Namespace = injected) -> Array:
        return np.full((), 3.0)

    for made in (scalar, filled):
        assert type(made(mt.Var(1.0), 2.0).value) is float
        assert made(mt.Var(1.0), 2.0).node.dtype is float
        assert type(made(mt.Var(np.ones(2)), 2.0).value) is np.ndarray
        assert made(mt.Var(1.0), np.ones(2)).node.shape == ()


def test_an_array_without_axes_from_operators_is_kept():
    @simple
    def kept(x: Array) -> Array:
        return np.full((), 3.0)

    assert type(kept(mt.Var(1.0)).value) is np.ndarray


def test_a_tape_gets_the_arguments_of_a_call_by_name():
    row = row_op()

    class Listening(Mode):
        def on_node(self, node, arguments):
            seen.append((node.rule.symbol, arguments))
            return node

    seen = []
    leaf = mt.Var(np.arange(6.0))
    with use_mode(Listening()):
        row(leaf, 1, 6, step=2)
        pair(leaf)
    (symbol, arguments), (other, of_pair) = seen
    assert (symbol, other) == ("row", "pair")
    assert arguments == {"x": leaf.value, "at": 1, "until": 6, "step": 2}
    assert of_pair == {"x": leaf.value}


class Pair(NamedTuple):
    low: Array
    high: Array


@op("toy::pair")
def pair(x: Array, /) -> Pair:
    """Return an array and its double."""
    return Pair(x, x + x)


@pair.vjp("x")
def _(g):
    return g.low + 2.0 * g.high


def test_no_grad_drops_the_nodes_of_ops_with_one_and_several_outputs():
    leaf = mt.Var(np.arange(6.0))
    with mt.no_grad():
        one, two = row_op()(leaf, 1, 6), pair(leaf)
    assert type(one) is mt.Var
    assert one.node is None
    assert [each.node for each in two] == [None, None]


def test_a_generated_call_looks_like_its_forward():
    call = pair.call
    assert (call.__qualname__, call.__doc__, call.__module__) == (
        "toy::pair",
        "Return an array and its double.",
        __name__,
    )
    dotted = simple(lambda_forward, name="toy::linalg.twice")
    assert dotted(2.0) == 4.0
    assert dotted.call.__qualname__ == "toy::linalg.twice"


def lambda_forward(x: Array, /) -> Array:
    return 2.0 * x


def test_an_error_of_an_op_in_a_forward_is_not_wrapped_again():
    @simple
    def inner(x: Array, /) -> Array:
        raise ValueError("inside")

    outer = simple(lambda_inner(inner), name="toy::outer")
    with pytest.raises(errors.OperandError, match=r"^toy::simple\(x=1\.0\): ValueError: inside$"):
        outer(1.0)


def lambda_inner(inner):
    def forward(x, /):
        return inner(x)

    forward.__annotations__ = {"x": Array}
    return forward


def test_static_parameters_refuse_vars_wherever_they_are():
    row = row_op()
    leaf = mt.Var(np.arange(6.0))
    for name, call in {
        "at": lambda: row(leaf, mt.Var(1), 6),
        "until": lambda: row(leaf, 1, mt.Var(6)),
        "step": lambda: row(leaf, 1, 6, step=mt.Var(1)),
    }.items():
        with pytest.raises(errors.OperandError, match=f"toy::row: '{name}' is a static parameter"):
            call()


def call_text(op):
    declaration = op.declaration
    return list(call_lines(declaration, Pullbacks(declaration, op.rules), op.short_name, False))


def branches(op):
    return [line.strip() for line in call_text(op) if "_tracked ==" in line]


def test_a_call_has_a_branch_for_each_subset_of_at_most_two_operands():
    assert branches(simple(product_forward(1))) == ["if _tracked == 1:"]
    assert branches(simple(product_forward(2))) == ["if _tracked == 3:", "elif _tracked == 2:", "elif _tracked == 1:"]
    assert branches(simple(product_forward(3))) == []
    assert "    _node.rule = _pullback = _pullbacks[_tracked]" in call_text(simple(product_forward(3)))


@pytest.mark.parametrize("nondiff", [(), ("y",)])
def test_the_namespace_of_a_pair_of_types_is_looked_up_once(nondiff, strict):
    @simple_with(nondiff=nondiff)
    def two(x: Array, y: Array, *, xp: Namespace = injected) -> Array:
        return xp.ones(2)

    array = strict.ones(2)
    two(array, 1.0)
    two(array, array)
    assert two.call.__globals__["_pairs"] == {(type(array), float): strict, (type(array), type(array)): strict}
    two(1.0, array)
    assert ((float, type(array)) in two.call.__globals__["_pairs"]) is (nondiff == ())


def test_the_namespace_of_one_operand_is_in_the_common_table():
    @simple
    def one(x: Array, *, xp: Namespace = injected) -> Array:
        return xp.ones(2)

    one(np.ones(2))
    assert one.call.__globals__["_pairs"] == {}
    assert "    _xp = _namespace_cache.get(_type(x)) or _find_namespace(x)" in call_text(one)


def test_two_operands_with_derivatives_decide_the_namespace_by_their_types_alone():
    @simple_with(nondiff=("key",))
    def three(x: Array, y: Array, key: Array, *, xp: Namespace = injected) -> Array:
        return xp.ones(2)

    line = "    _xp = _pairs.get((_type(x), _type(y))) or _find_namespace(x, y, others=(key,))"
    assert line in call_text(three)


def test_types_that_mix_well_are_compared_once():
    @simple
    def first(x: Array, y: Array) -> Array:
        return x

    first(mt.Var(np.ones(2)), 1.0)
    assert first.call.__globals__["_alike"] == {(np.ndarray, float)}
