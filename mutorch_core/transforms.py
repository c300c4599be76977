"""Functions into functions: `grad` and its siblings, with JAX's signatures.

A transform puts an `Identity` node in front of each array of its argument, runs the function, and sweeps from the
result to those nodes and no further. There are no levels: where the graph also reaches a tracked node beyond them
(an outer transform's, or a leaf that the function closed over), the sweep is recorded, so that it can be swept too.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Sequence
from math import prod
from typing import Any

import attrs

from mutorch_core.above import above
from mutorch_core.backprop import Start, cotangent_of, sweep, sweep_raw
from mutorch_core.errors import CotangentError, NotScalar, OperandError
from mutorch_core.graph import Identity, Node, Var, consider, constant, link, switch
from mutorch_core.modes import paused, unpaused
from mutorch_core.schedule import consumers, terminals
from mutorch_core.values import carries_gradient, discover, is_number, one_like, show, zeros_like

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "stop_gradient", "value_and_grad", "vjp"]

Tree = Any
"""Any pytree that optree knows: a dict, list, tuple, named tuple, dataclass, … of arrays, or one array."""


@attrs.define
class Traced:
    """A function applied to arguments behind `Identity` nodes."""

    leaves: list[Var]
    """The differentiated arrays, each on its own `Identity` node."""
    wrapped: list[bool]
    """Which of them came in as a `Var`."""
    restore: Callable[[Sequence[Any]], Tree]
    """Put one value per leaf back into the arguments' tree."""
    result: Tree
    aux: Tree = None

    @property
    def nodes(self) -> set[Node]:
        """The leaves' own nodes."""
        return {leaf.node for leaf in self.leaves if leaf.node is not None}


def trace(
    f: Callable[..., Any], argnums: int | Sequence[int], has_aux: bool, args: tuple[Any, ...], kwargs: Any
) -> Traced:
    """Run `f` with the arguments at `argnums` behind `Identity` nodes. Raises OperandError for what has no gradient."""
    import optree

    positions = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for position in positions:
        if not -len(args) <= position < len(args):
            raise OperandError(f"argnums={argnums} asks for argument {position}, but {name_of(f)} got {len(args)}")
    chosen: tuple[Tree, ...] = tuple(args[position] for position in positions)
    values, structure = optree.tree_flatten(chosen)
    if not all(map(can_be_differentiated, values)):
        refuse_constants(f, positions, chosen)
    outside = paused()
    leaves = [stand_in(value, outside) for value in values]
    full = list(args)
    for position, tree in zip(positions, optree.tree_unflatten(structure, leaves), strict=True):
        full[position] = tree
    try:
        with unpaused():
            returned = f(*full, **kwargs)
    finally:
        for leaf in leaves:
            leaf.node.open = False
    result, aux = split_aux(f, returned) if has_aux else (returned, None)

    def restore(parts: Sequence[Any]) -> Tree:
        trees = optree.tree_unflatten(structure, parts)
        return trees[0] if isinstance(argnums, int) else trees

    return Traced(leaves, [type(value) is Var for value in values], restore, result, aux)


def stand_in(value: Any, outside: bool) -> Var:
    """A transform's leaf for an argument: the same value behind an `Identity` node."""
    raw, parent = (value.value, value.node) if type(value) is Var else (value, None)
    node = Identity(raw, None if outside else parent)
    if switch.modes:
        consider(node)  # a tape around this transform must know that the node was made inside
    return link(raw, node)


def can_be_differentiated(value: Any) -> bool:
    """Whether a value, or a `Var`'s, is a number or an array that has room for a derivative."""
    raw = raw_of(value)
    return (is_number(raw) or hasattr(raw, "dtype")) and carries_gradient(raw)


def refuse_constants(f: Callable[..., Any], positions: Sequence[int], chosen: tuple[Tree, ...]) -> None:
    """Raise OperandError for the first argument that can't carry a gradient, saying where in its tree it is."""
    import optree

    paths, values, _ = optree.tree_flatten_with_path(chosen)
    path, value = next((p, v) for p, v in zip(paths, values, strict=True) if not can_be_differentiated(v))
    raw = raw_of(value)
    if is_number(raw) or hasattr(raw, "dtype"):
        problem = f"is {show(raw)}, which carries no gradient: convert it to floating point"
    else:
        problem = f"is a {type(raw).__name__}: only numbers and arrays can be differentiated"
    where = "".join(f"[{key!r}]" for key in path[1:])
    raise OperandError(f"argument {positions[path[0]]}{where} of {name_of(f)} {problem}, or leave it out of argnums")


def split_aux(f: Callable[..., Any], returned: Any) -> tuple[Any, Any]:
    """The result and the rest. Raises OperandError where the function did not return a pair."""
    if not isinstance(returned, tuple) or len(returned) != 2:  # type: ignore[arg-type]
        raise OperandError(
            f"has_aux=True needs {name_of(f)} to return (result, aux); it returned {type(returned).__name__}"
        )
    return returned  # type: ignore[return-value]


def name_of(f: Callable[..., Any]) -> str:
    """A function's name, for error texts."""
    return f"{getattr(f, '__name__', type(f).__name__)}()"


def sees_beyond(counts: dict[Node, int], mine: set[Node]) -> bool:
    """Whether somebody else can ask for a gradient further down: at a leaf, at an argument of a transform that is
    still running, or beyond an argument of this one that was tracked itself.
    """
    if any(node.rule is not None and node in counts for node in mine):
        return True
    others = terminals(counts, mine) - mine
    return any(not isinstance(node, Identity) or node.open for node in others)


@attrs.define
class Pulled:
    """What a sweep brought to a transform's leaves: one cotangent for each, zero where nothing arrived."""

    cotangents: list[Any]
    recorded: bool


def pull(starts: Sequence[Start], leaves: Sequence[Var], mine: set[Node], release: bool) -> Pulled:
    """Sweep to the leaves; recorded, so that cotangents are `Var`s, where the graph reaches beyond them."""
    counts = consumers([node for node, _ in starts], mine)
    recorded = any(type(g) is Var and g.node is not None for _, g in starts) or sees_beyond(counts, mine)
    if recorded:
        starts = [(node, g if type(g) is Var else constant(g)) for node, g in starts]
    else:
        starts = [(node, g.value if type(g) is Var else g) for node, g in starts]
    targets = {leaf.node for leaf in leaves if leaf.node is not None}
    if recorded or targets != mine:
        found = sweep(starts, mine, targets, recorded)
    else:
        found = sweep_raw(starts, release, counts)
    arrived = [found[leaf.node] if leaf.node in found else zeros_like(leaf.value) for leaf in leaves]
    return Pulled(arrived, recorded)


def handed_back(traced: Traced, cotangents: Sequence[Any]) -> Tree:
    """The gradients in the arguments' tree: a `Var` where the argument was one or the sweep was recorded."""
    pairs = zip(cotangents, traced.wrapped, strict=True)
    return traced.restore([constant(c) if wrapped and type(c) is not Var else c for c, wrapped in pairs])


def stripped(tree: Tree, mine: set[Node]) -> Tree:
    """A function's results without the transform's own graph: raw where they reach nothing beyond it."""
    import optree

    def strip(value: Any) -> Any:
        if type(value) is not Var:
            return value
        beyond = value.node is not None and sees_beyond(consumers([value.node], mine), mine)
        return value if beyond else value.value

    return optree.tree_map(strip, tree)


def value_and_grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that returns `f`'s scalar result and its gradient.

    The gradient has the tree, shapes and dtypes of the argument at `argnums`, a tuple of them for several. With
    `has_aux`, `f` returns `(result, aux)` and this returns `((result, aux), gradient)`.

    Raises NotScalar where the result is no real scalar, OperandError for an argument that carries no gradient.
    """

    @functools.wraps(f)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        traced = trace(f, argnums, has_aux, args, kwargs)
        result: Any = traced.result
        check_scalar(f, result)
        mine = traced.nodes
        aux = stripped(traced.aux, mine) if has_aux else None
        starts = [(result.node, cotangent_of(result.value, None))] if is_tracked(result) else []
        # the rest may still hold on to the graph, where it reaches beyond
        pulled = pull(starts, traced.leaves, mine, release=not has_aux)
        value = result if pulled.recorded else raw_of(result)
        gradient = handed_back(traced, pulled.cotangents)
        return ((value, aux), gradient) if has_aux else (value, gradient)

    return differentiated


def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns the gradient of `f`'s scalar result; with `has_aux`, `(gradient, aux)`.

    See `value_and_grad`.
    """
    both = value_and_grad(f, argnums, has_aux)

    @functools.wraps(f)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        value, gradient = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return differentiated


def is_tracked(value: Any) -> bool:
    """Whether a value is a `Var` with a graph."""
    return type(value) is Var and value.node is not None


def check_scalar(f: Callable[..., Any], result: Any) -> None:
    """Raise NotScalar where there is no one number to differentiate."""
    raw = result.value if type(result) is Var else result
    if not is_number(raw) and not hasattr(raw, "dtype"):
        raise NotScalar(f"{name_of(f)} returned a {type(raw).__name__}; grad needs one scalar, vjp takes any tree")
    if not is_number(raw) and tuple(raw.shape) != ():
        raise NotScalar(f"{name_of(f)} returned {show(raw)}, not a scalar: reduce it, or use mt.vjp or mt.jacobian")
    if isinstance(raw, complex) or (hasattr(raw, "dtype") and discover(raw).isdtype(raw.dtype, "complex floating")):
        raise NotScalar(f"{name_of(f)} returned {show(raw)}: grad needs a real result; use mt.vjp for complex ones")


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """`f`'s result at the primals, and the function that pulls a cotangent back.

    The pull-back takes a cotangent in the result's tree and shapes, and returns a tuple of one tree per primal; it
    can be called any number of times. With `has_aux` the return is `(result, pullback, aux)`.

    Raises CotangentError where the cotangent's tree or a shape is another.
    """
    traced = trace(f, range(len(primals)), has_aux, primals, {})
    mine = traced.nodes

    def pullback(cotangent: Tree) -> Any:
        pulled = pull(starts_of(traced.result, cotangent), traced.leaves, mine, release=False)
        return handed_back(traced, pulled.cotangents)

    value = stripped(traced.result, mine)
    return (value, pullback, stripped(traced.aux, mine)) if has_aux else (value, pullback)


def starts_of(result: Tree, cotangent: Tree) -> list[Start]:
    """Pair each tracked result with its cotangent. Raises CotangentError where the trees differ."""
    import optree

    values, structure = optree.tree_flatten(result)
    try:
        cotangents = structure.flatten_up_to(cotangent)
    except ValueError as error:
        raise CotangentError(f"the cotangent's tree is not the result's, {structure}: {error}") from error
    return [
        (value.node, cotangent_of(value.value, g))
        for value, g in zip(values, cotangents, strict=True)
        if is_tracked(value) and (g is not None or refuse_missing(value))
    ]


def refuse_missing(value: Var) -> bool:
    """Raise CotangentError for a result without a cotangent."""
    raise CotangentError(f"no cotangent for the result {show(value.value)}: give zeros where nothing flows back")


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """`f`'s result and its derivative along the tangents: the vjp of the vjp, which is linear in its cotangent.

    `tangents` has the tree and shapes of `primals`; both returns have the result's.
    """
    import optree

    traced = trace(f, range(len(primals)), False, tuple(primals), {})
    mine = traced.nodes
    values, structure = optree.tree_flatten(traced.result)
    # what is pulled back is linear in the seeds; ones, since rules may treat a cotangent of exactly 0 on its own
    seeds = [link(one, Identity(one)) for one in (one_like(raw_of(value)) for value in values)]
    starts = [(v.node, seed) for v, seed in zip(values, seeds, strict=True) if is_tracked(v)]
    pulled = pull(starts, traced.leaves, mine, release=False).cotangents if starts else []
    forward = starts_of(traced.restore(pulled), tuple(tangents)) if starts else []
    swept = mine | {seed.node for seed in seeds if seed.node is not None}
    derivative = pull(forward, seeds, swept, release=False).cotangents
    return stripped(traced.result, mine), optree.tree_unflatten(structure, derivative)


def raw_of(value: Any) -> Any:
    """A `Var`'s value, or the value."""
    return value.value if type(value) is Var else value


def jacobian(f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns all first derivatives of `f`, swept row by row.

    For each array of the result, a tree as of the argument at `argnums`, of arrays of shape result + argument.
    With `has_aux`, `(jacobian, aux)`.
    """
    import optree

    @functools.wraps(f)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        traced = trace(f, argnums, has_aux, args, kwargs)
        mine = traced.nodes
        jacobians = optree.tree_map(lambda result: rows(traced, result, mine), traced.result)
        return (jacobians, stripped(traced.aux, mine)) if has_aux else jacobians

    return differentiated


def rows(traced: Traced, result: Any, mine: set[Node]) -> Tree:
    """The derivatives of one array of a result: one sweep for each of its entries."""
    value = raw_of(result)
    if is_number(value):
        return handed_back(traced, row(traced, result, type(value)(1), mine))
    space, size = discover(value), prod(value.shape)
    seeds = space.eye(size, dtype=value.dtype)
    swept = [row(traced, result, space.reshape(seeds[i, ...], value.shape), mine) for i in range(size)]
    columns = zip(*swept, strict=True) if size else ([] for _ in traced.leaves)
    stacked = [stack_rows(column, value, leaf) for column, leaf in zip(columns, traced.leaves, strict=True)]
    return handed_back(traced, stacked)


def row(traced: Traced, result: Any, seed: Any, mine: set[Node]) -> list[Any]:
    """One sweep from one entry."""
    starts = [(result.node, seed)] if is_tracked(result) else []
    return pull(starts, traced.leaves, mine, release=False).cotangents


def stack_rows(column: Sequence[Any], value: Any, leaf: Var) -> Any:
    """The rows of one argument in one array of shape result + argument."""
    shape = (*value.shape, *leaf.shape)
    if not column:
        return discover(value).zeros(shape, dtype=value.dtype)
    recorded = any(type(part) is Var for part in column)
    space = above.namespace(value) if recorded else discover(value)
    arrays = [part if type(part) is Var else space.asarray(part) for part in column]
    return space.reshape(space.stack(arrays), shape)


def hessian(f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns all second derivatives of `f`'s scalar result: the Jacobian of its gradient."""
    return jacobian(grad(f, argnums, has_aux), argnums, has_aux)


def hvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """The Hessian of `f`'s scalar result with respect to the first primal, times the tangents.

    As `jvp(grad(f), primals, tangents)[1]`; with one primal by a single sweep of the gradient, the Hessian being
    symmetric.
    """
    if len(primals) != 1:
        return jvp(grad(f), primals, tangents)[1]
    _, pullback = vjp(grad(f), *primals)
    return pullback(tangents[0])[0]


def stop_gradient(tree: Tree) -> Tree:
    """The same values as constants: each `Var` detached from its past, everything else as it is."""
    import optree

    return optree.tree_map(lambda value: value.detach() if type(value) is Var else value, tree)
