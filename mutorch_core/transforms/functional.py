"""Transforms of functions: `grad` and its siblings, with JAX's signatures."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from math import prod
from typing import Any

from mutorch_core.arrays.formatting import format_value
from mutorch_core.arrays.namespaces import SEQUENCES, is_number, namespace_of
from mutorch_core.arrays.values import one_like, zeros_like
from mutorch_core.engine.backward import backward
from mutorch_core.errors import CotangentError, OperandError
from mutorch_core.graph.node import InputNode
from mutorch_core.graph.var import Var, is_tracked, make_var, unwrap
from mutorch_core.late_binding import late_bound
from mutorch_core.transforms import pytrees
from mutorch_core.transforms.pytrees import Tree
from mutorch_core.transforms.tracing import TracedCall, check_function, trace_call

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "stop_gradient", "value_and_grad", "vjp"]


def value_and_grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False, taps: bool = False
) -> Callable[..., Any]:
    """Return a function that returns `f`'s scalar result and its gradient.

    The gradient has the tree, shapes and dtypes of the argument at `argnums`; several argnums give a tuple.
    With `has_aux`, `f` returns `(result, aux)` and this returns `((result, aux), gradient)`. With `taps`, the pair
    `(gradient, taps)` takes the gradient's place: `taps` has the gradient of each value that `f` named with `mt.tap`.

    Raises NotScalar if the result is no real scalar, OperandError for an argument that carries no gradient, and at once
    if `f` is no function or `argnums` no position.
    """
    check_function(f, argnums)

    @functools.wraps(f)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        call = trace_call(f, argnums, has_aux, args, kwargs)
        value, gradient = call.value_and_gradient(release=not has_aux)  # aux may refer to the graph
        return ((value, call.strip(call.aux)), gradient) if has_aux else (value, gradient)

    if not taps:
        return differentiated
    from mutorch_core.transforms.taps import Taps

    @functools.wraps(f)
    def tapped(*args: Any, **kwargs: Any) -> Any:
        with Taps() as collected:
            call = trace_call(f, argnums, has_aux, args, kwargs)
            with collected.one_pass():
                value, gradient = call.value_and_gradient(not has_aux, collected.needed(call))
        pair = gradient, collected.gradients()
        return ((value, call.strip(call.aux)), pair) if has_aux else (value, pair)

    return tapped


def grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False, taps: bool = False
) -> Callable[..., Any]:
    """Return a function that returns the gradient of `f`'s scalar result; with `has_aux`, `(gradient, aux)`.

    With `taps`, the pair `(gradient, taps)` takes the gradient's place. See `value_and_grad`.
    """
    both = value_and_grad(f, argnums, has_aux, taps)

    @functools.wraps(f)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        value, gradient = both(*args, **kwargs)
        return (gradient, value[1]) if has_aux else gradient

    return differentiated


def vjp(f: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """Return `f`'s result at the primals, and the function that pulls a cotangent back.

    The pullback takes a cotangent in the result's tree and shapes, and returns a tuple of one tree per
    primal. It can be called any number of times. With `has_aux` the return is `(result, pullback, aux)`.

    Raises CotangentError if the cotangent's tree or one of its shapes is not the result's.
    """
    check_function(f)
    call = trace_call(f, range(len(primals)), has_aux, primals, {})

    def pullback(cotangent: Tree) -> Any:
        cotangents, _ = call.pull_back(pair_results(call.result, cotangent))
        return call.wrap_gradients(cotangents)

    value = call.strip(call.result)
    return (value, pullback, call.strip(call.aux)) if has_aux else (value, pullback)


def pair_results(result: Tree, cotangent: Tree) -> list[tuple[Var, Any]]:
    """Pair each tracked result with its cotangent. Raises CotangentError if the trees differ."""
    values, structure = pytrees.flatten(result)
    try:
        cotangents = structure.flatten_up_to(cotangent)
    except ValueError as error:
        raise CotangentError(f"the cotangent's tree is not the result's, {structure}: {error}") from error
    pairs = [(value, g) for value, g in zip(values, cotangents, strict=True) if is_tracked(value)]
    for value, g in pairs:
        if g is None:
            shown = format_value(value.value)
            raise CotangentError(f"no cotangent for the result {shown}: give zeros where nothing flows back")
    return pairs


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Return `f`'s result and its derivative along the tangents.

    `tangents` has the tree and shapes of `primals`; both returns have the result's. The derivative is the vjp of
    the vjp, which is linear in its cotangents.

    Raises CotangentError if a tangent's tree or shape is not its primal's, OperandError for what are no tuples.
    """
    check_function(f)
    check_tangents(primals, tangents)
    call = trace_call(f, range(len(primals)), False, tuple(primals), {})
    values, structure = pytrees.flatten(call.result)
    # The vjp is linear in these cotangents. They are ones, since a rule may treat a cotangent of exactly 0 specially.
    ones = {InputNode(one): one for one in (one_like(unwrap(value)) for value in values)}
    pairs = zip(values, ones.items(), strict=True)
    results = [(value, make_var(one, node)) for value, (node, one) in pairs if is_tracked(value)]
    vjp_result = call.restore(call.pull_back(results)[0]) if results else None
    tangent_pairs = pair_results(vjp_result, tuple(tangents)) if results else []
    cotangents, _ = backward(tangent_pairs, set(ones), call.inputs | set(ones), release=False)
    derivative = [cotangents[node] if node in cotangents else zeros_like(one) for node, one in ones.items()]
    return call.strip(call.result), pytrees.unflatten(structure, derivative)


def check_tangents(primals: Any, tangents: Any) -> None:
    """Raise OperandError unless both are tuples or lists, CotangentError if their lengths differ."""
    for name, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, SEQUENCES):
            raise OperandError(f"{name} is {format_value(given)}; it must be a tuple with one entry per argument")
    if len(primals) != len(tangents):
        raise CotangentError(f"{len(primals)} primals and {len(tangents)} tangents: give one tangent for each primal")


def jacobian(f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """Return a function that returns all first derivatives of `f`, one backward pass per row.

    For each array of the result it returns a tree like the argument at `argnums`, of arrays of shape result +
    argument. With `has_aux`, `(jacobian, aux)`. Raises OperandError as `value_and_grad` does.
    """
    check_function(f, argnums)

    @functools.wraps(f)
    def differentiated(*args: Any, **kwargs: Any) -> Any:
        call = trace_call(f, argnums, has_aux, args, kwargs)
        jacobians = pytrees.map_leaves(lambda result: jacobian_of(call, result), call.result)
        return (jacobians, call.strip(call.aux)) if has_aux else jacobians

    return differentiated


def jacobian_of(call: TracedCall, result: Any) -> Tree:
    """Return the derivatives of one array of a result: one backward pass for each of its entries."""

    def row(cotangent: Any) -> list[Any]:
        return call.pull_back([(result, cotangent)] if is_tracked(result) else [])[0]

    value = unwrap(result)
    if is_number(value):
        return call.wrap_gradients(row(one_like(value)))
    namespace, size = namespace_of(value), prod(value.shape)
    units = namespace.eye(size, dtype=value.dtype)
    rows = [row(namespace.reshape(units[i, ...], value.shape)) for i in range(size)]
    columns = [[cotangents[index] for cotangents in rows] for index in range(len(call.arrays))]
    stacked = [stack_rows(column, value, raw) for column, raw in zip(columns, call.arrays.values(), strict=True)]
    return call.wrap_gradients(stacked)


def stack_rows(rows: Sequence[Any], value: Any, argument: Any) -> Any:
    """Stack one argument's rows into an array of shape result + argument."""
    shape = (*value.shape, *(() if is_number(argument) else argument.shape))
    if not rows:
        return namespace_of(value).zeros(shape, dtype=value.dtype)
    recorded = any(type(row) is Var for row in rows)
    namespace = late_bound.var_namespace(value) if recorded else namespace_of(value)
    arrays = [row if type(row) is Var else namespace.asarray(row) for row in rows]
    return namespace.reshape(namespace.stack(arrays), shape)


def hessian(f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """Return a function that returns all second derivatives of `f`'s scalar result: the Jacobian of its gradient."""
    return jacobian(grad(f, argnums, has_aux), argnums, has_aux)


def hvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """Return the Hessian of `f`'s scalar result with respect to the first primal, times the tangents.

    This is `jvp(grad(f), primals, tangents)[1]`. With one primal it takes a single backward pass over the gradient,
    since the Hessian is symmetric. Raises CotangentError and OperandError as `jvp` does, and NotScalar.
    """
    check_tangents(primals, tangents)
    if len(primals) != 1:
        return jvp(grad(f), primals, tangents)[1]
    _, pullback = vjp(grad(f), *primals)
    return pullback(tangents[0])[0]


def stop_gradient(tree: Tree) -> Tree:
    """Return the same values as constants: each `Var` without its graph, everything else as it is."""
    return pytrees.map_leaves(lambda value: value.detach() if type(value) is Var else value, tree)
