"""Functions into functions: `grad` and its siblings, with JAX's signatures."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from mutorch_core import trees
from mutorch_core.above import above
from mutorch_core.application import Applied, apply, handed_back, is_tracked, name_of, pull, raw_of, stripped
from mutorch_core.backprop import Start, cotangent_of
from mutorch_core.errors import CotangentError, NotScalar
from mutorch_core.graph import Identity, Node, Var, link
from mutorch_core.showing import show
from mutorch_core.trees import Tree
from mutorch_core.values import discover, is_number, one_like

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "stop_gradient", "value_and_grad", "vjp"]


def value_and_grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that returns `f`'s scalar result and its gradient.

    The gradient has the tree, shapes and dtypes of the argument at `argnums`, a tuple of them for several.
    With `has_aux`, `f` returns `(result, aux)` and this returns `((result, aux), gradient)`.

    Raises NotScalar where the result is no real scalar, OperandError for an argument that carries no
    gradient.
    """

    @functools.wraps(f)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        applied = apply(f, argnums, has_aux, args, kwargs)
        result: Any = applied.result
        check_scalar(f, result)
        mine = applied.nodes
        aux = stripped(applied.aux, mine) if has_aux else None
        starts = [(result.node, cotangent_of(result.value, None))] if is_tracked(result) else []
        # the rest may still hold on to the graph, where it reaches beyond
        cotangents, recorded = pull(starts, applied.ends, mine, release=not has_aux)
        value = result if recorded else raw_of(result)
        gradient = handed_back(applied, cotangents)
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

    The pull-back takes a cotangent in the result's tree and shapes, and returns a tuple of one tree per
    primal; it can be called any number of times. With `has_aux` the return is `(result, pullback, aux)`.

    Raises CotangentError where the cotangent's tree or a shape is another.
    """
    applied = apply(f, range(len(primals)), has_aux, primals, {})
    mine = applied.nodes

    def pullback(cotangent: Tree) -> Any:
        cotangents, _ = pull(starts_of(applied.result, cotangent), applied.ends, mine, release=False)
        return handed_back(applied, cotangents)

    value = stripped(applied.result, mine)
    return (value, pullback, stripped(applied.aux, mine)) if has_aux else (value, pullback)


def starts_of(result: Tree, cotangent: Tree) -> list[Start]:
    """Pair each tracked result with its cotangent. Raises CotangentError where the trees differ."""
    values, structure = trees.flatten(result)
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
    """`f`'s result and its derivative along the tangents, by the vjp of the vjp, which is linear in cotangents.

    `tangents` has the tree and shapes of `primals`; both returns have the result's.
    """
    applied = apply(f, range(len(primals)), False, tuple(primals), {})
    mine = applied.nodes
    values, structure = trees.flatten(applied.result)
    # what is pulled back is linear in the seeds; ones, since rules may treat a cotangent of exactly 0 apart
    seeds = {Identity(one): one for one in (one_like(raw_of(value)) for value in values)}
    pairs = zip(values, seeds.items(), strict=True)
    starts = [(value.node, link(one, seed)) for value, (seed, one) in pairs if is_tracked(value)]
    pulled = pull(starts, applied.ends, mine, release=False)[0] if starts else []
    forward = starts_of(applied.restore(pulled), tuple(tangents)) if starts else []
    derivative, _ = pull(forward, seeds, mine | set(seeds), release=False)
    return stripped(applied.result, mine), trees.unflatten(structure, derivative)


def jacobian(f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns all first derivatives of `f`, swept row by row.

    For each array of the result, a tree as of the argument at `argnums`, of arrays of shape result +
    argument. With `has_aux`, `(jacobian, aux)`.
    """

    @functools.wraps(f)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        applied = apply(f, argnums, has_aux, args, kwargs)
        mine = applied.nodes
        jacobians = trees.map_leaves(lambda result: rows(applied, result, mine), applied.result)
        return (jacobians, stripped(applied.aux, mine)) if has_aux else jacobians

    return differentiated


def rows(applied: Applied, result: Any, mine: set[Node]) -> Tree:
    """The derivatives of one array of a result: one sweep for each of its entries."""
    value = raw_of(result)
    if is_number(value):
        return handed_back(applied, row(applied, result, one_like(value), mine))
    space, size = discover(value), prod(value.shape)
    seeds = space.eye(size, dtype=value.dtype)
    swept = [row(applied, result, space.reshape(seeds[i, ...], value.shape), mine) for i in range(size)]
    stacked = [
        stack_rows([cotangents[index] for cotangents in swept], value, raw)
        for index, raw in enumerate(applied.ends.values())
    ]
    return handed_back(applied, stacked)


def row(applied: Applied, result: Any, seed: Any, mine: set[Node]) -> list[Any]:
    """One sweep from one entry."""
    starts = [(result.node, seed)] if is_tracked(result) else []
    return pull(starts, applied.ends, mine, release=False)[0]


def stack_rows(column: Sequence[Any], value: Any, argument: Any) -> Any:
    """The rows of one argument in one array of shape result + argument."""
    shape = (*value.shape, *(() if is_number(argument) else argument.shape))
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

    As `jvp(grad(f), primals, tangents)[1]`; with one primal by a single sweep of the gradient, the Hessian
    being symmetric.
    """
    if len(primals) != 1:
        return jvp(grad(f), primals, tangents)[1]
    _, pullback = vjp(grad(f), *primals)
    return pullback(tangents[0])[0]


def stop_gradient(tree: Tree) -> Tree:
    """The same values as constants: each `Var` detached from its past, everything else as it is."""
    return trees.map_leaves(lambda value: value.detach() if type(value) is Var else value, tree)
