"""The call that is written for an op: its names, and which library's forward it runs."""

from __future__ import annotations

import itertools
import linecache
import traceback
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import pytest

import mutorch_core as mt
from mutorch_core import Array, Namespace, errors, injected, op
from mutorch_core.arrays.namespaces import library_name
from mutorch_core.graph.grad_mode import Mode, use_mode


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


def test_a_traceback_shows_the_line_of_the_pullback_that_ran():
    @op("toy::failing")
    def failing(x: Array, y: Array, /) -> Array:
        return x * y

    @failing.vjp("x")
    def _(g, y):
        return g * y

    @failing.vjp("y")
    def _(g):
        raise ZeroDivisionError

    failing(mt.Var(1.0), 2.0).backprop()
    with pytest.raises(ZeroDivisionError) as caught:
        failing(mt.Var(1.0), mt.Var(2.0)).backprop()
    lines = [
        frame.line for frame in traceback.extract_tb(caught.value.__traceback__) if "mutorch toy" in frame.filename
    ]
    assert lines == ["_c_1 = _rule_1(g)"]
    with pytest.raises(ZeroDivisionError) as caught:
        failing(1.0, mt.Var(2.0)).backprop()
    (frame,) = [f for f in traceback.extract_tb(caught.value.__traceback__) if "mutorch toy" in f.filename]
    assert frame.line == "_c_0 = _rule_0(g)"
    assert linecache.getline(frame.filename, frame.lineno).strip() == frame.line


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


def simple(function, name="toy::simple", **options):
    """Return an op of the given forward, each operand's rule a refusal."""
    declared = op(name, **options)(function)
    if declared.differentiable:
        declared.vjp(*[operand.name for operand in declared.operands if operand.differentiable])(refusal)
    return declared


def refusal(g):
    raise AssertionError


def test_a_node_describes_its_result_whatever_that_is():
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
    strict = strict_library()
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


def test_a_mixture_of_libraries_that_a_forward_takes_is_refused():
    strict = strict_library()

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
def test_the_namespace_is_that_of_whichever_operand_is_an_array(nondiff):
    strict = strict_library()
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


def test_an_operand_without_a_derivative_decides_the_namespace_only_beside_numbers():
    strict = strict_library()
    seen = []
    spaced_op = spaced(seen, nondiff=("y",))
    for y in ([0], "text", slice(2), strict.ones(2)):
        spaced_op(np.ones(2), y)
        spaced_op(1.0, y)
    assert [library_name(xp) for xp in seen] == ["numpy"] * 7 + ["array_api_strict"]


def test_the_first_operand_may_be_no_array_if_a_later_one_is_required():
    @simple_with(nondiff=("at",))
    def at_first(at: Array, x: Array, *, xp: Namespace = injected) -> Array:
        return xp.ones(len(at))

    assert at_first([0, 1], np.ones(2)).shape == (2,)
    assert type(at_first([0], mt.Var(strict_library().ones(2))).value) is type(strict_library().ones(2))


def simple_with(**options):
    return lambda function: simple(function, **options)


def test_a_var_in_a_nested_operand_makes_the_result_a_var():
    @simple_with(nondiff=("key",))
    def pick(x: Array, key: Array, /) -> Array:
        return x[key]

    x, index = np.arange(4.0), mt.Var(np.asarray([2]))
    for key in ((index,), index):
        result = pick(x, key)
        assert type(result) is mt.Var
        assert result.node is None
        np.testing.assert_array_equal(result.value, [2.0])
    assert type(pick(x, (np.asarray([2]),))) is np.ndarray
    assert type(pick(x, 2)) is np.float64


def test_a_var_in_a_sequence_makes_the_result_a_var():
    @simple
    def total(*arrays: Array) -> Array:
        return sum(arrays)

    assert total(1.0, 2.0) == 3.0
    assert type(total(1.0, 2.0)) is float
    constant = mt.Var(np.asarray([1]))
    assert type(total(1.0, constant)) is mt.Var
    assert total(1.0, constant).node is None
    assert total(1.0, mt.Var(2.0)).node.parents[0].dtype is float


def test_a_sequence_without_a_derivative_is_passed_raw_and_tracks_nothing():
    @simple_with(nondiff=("arrays",))
    def scaled(x: Array, arrays: list[Array], /) -> Array:
        seen.append([type(each) for each in arrays])
        return x * arrays[0]

    seen = []
    result = scaled(2.0, [mt.Var(3.0), 4.0])
    assert type(result) is mt.Var
    assert (result.value, result.node) == (6.0, None)
    assert seen == [[float, float]]
    x = mt.Var(2.0)
    assert scaled(x, [mt.Var(3.0)]).node.parents == (x.node,)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_node_has_an_edge_for_each_tracked_operand_only(count):
    forwards = [lambda a: a * 2.0, lambda a, b: a * b, lambda a, b, c: a * b * c]
    function = forwards[count - 1]
    function.__annotations__ = dict.fromkeys("abc"[:count], Array)
    product = op("toy::product")(function)
    for position, name in enumerate("abc"[:count]):
        product.vjp(name)(by_position(position))
    for mask in itertools.product([False, True], repeat=count):
        operands = [mt.Var(3.0) if tracked else 3.0 for tracked in mask]
        result = product(*operands)
        if not any(mask):
            assert type(result) is float
            continue
        assert result.node.parents == tuple(o.node for o, tracked in zip(operands, mask, strict=True) if tracked)
        result.backprop()
        grads = [o.grad for o, tracked in zip(operands, mask, strict=True) if tracked]
        assert grads == [position + 1.0 for position, tracked in enumerate(mask) if tracked]


def by_position(position):
    return lambda g: g * (position + 1.0)


def row_op():
    @op("toy::row")
    def row(x: Array, at: int, /, until: int, *, step: int = 1) -> Array:
        return x[at:until:step]

    @row.vjp("x")
    def _(g, x: mt.Meta, at, until, step):
        full = np.zeros(x.shape)
        full[at:until:step] = g
        return full

    return row


@pytest.mark.parametrize("tracked", [False, True])
def test_an_assignment_to_a_view_is_seen_by_its_base_and_by_other_views(tracked):
    row = row_op()
    base = mt.Var(np.arange(6.0)) * 1.0 if tracked else mt.Var(np.arange(6.0)).detach()
    view, other = row(base, 1, 6, step=2), row(base, 3, 5)
    view[1] = 30.0
    np.testing.assert_array_equal(base.value, [0.0, 1.0, 2.0, 30.0, 4.0, 5.0])
    np.testing.assert_array_equal(other.value, [30.0, 4.0])
    np.testing.assert_array_equal(view.value, [1.0, 30.0, 5.0])


def test_a_leaf_and_raw_operands_have_no_views():
    row = row_op()
    leaf = mt.Var(np.arange(6.0))
    assert not hasattr(row(leaf, 1, 6), "alias")
    result = leaf * 1.0
    assert hasattr(row(result, 1, 6), "alias")
    with mt.no_grad():
        assert not hasattr(row(result, 1, 6), "alias")


def test_a_result_is_a_view_only_of_the_one_operand_with_a_derivative():
    @simple
    def two(x: Array, y: Array, /) -> Array:
        return x[1:]

    @simple_with(nondiff=("y",))
    def one(x: Array, y: Array, /) -> Array:
        return x[1:]

    @simple_with(nondiff=("x",))
    def second(x: Array, y: Array, /) -> Array:
        return x[1:]

    @simple
    def later(n: int, x: Array, /) -> Array:
        return x[n:]

    base = mt.Var(np.arange(3.0)) * 1.0
    assert hasattr(one(base, 2.0), "alias")
    assert not hasattr(two(base, 2.0), "alias")
    assert not hasattr(second(base, mt.Var(2.0)), "alias")
    assert not hasattr(later(1, base), "alias")


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


def strict_library():
    return pytest.importorskip("array_api_strict", reason="array_api_strict is not installed")


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
