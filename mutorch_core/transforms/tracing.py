"""Tracing one call of a function, and pulling cotangents back to its arguments: what every transform does.

Each array of an argument is given an input node in front of it; the function runs; the backward pass goes from the
result to those nodes and no further. There are no levels: if the graph also reaches a tracked node outside (an input
of an outer transform, or a leaf in the function's closure), the pass is recorded, so that it can be differentiated too.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, SupportsIndex, cast

from mutorch_core.arrays.formatting import format_value
from mutorch_core.arrays.meta import carries_gradient
from mutorch_core.arrays.namespaces import is_number, namespace_of
from mutorch_core.arrays.values import detached, zeros_like
from mutorch_core.engine.backward import backward
from mutorch_core.engine.schedule import count_consumers, reaches_outer_graph
from mutorch_core.errors import NotScalar, OperandError
from mutorch_core.graph.grad_mode import force_recording, is_recording_off, mode_counter, notify_mode
from mutorch_core.graph.node import InputNode, Node
from mutorch_core.graph.var import Var, constant, is_tracked, make_var, unwrap
from mutorch_core.transforms import pytrees
from mutorch_core.transforms.pytrees import Tree

__all__ = ["TracedCall", "check_function", "name_of", "trace_call"]


class TracedCall:
    """One traced call: the function's result, and the input nodes of the arguments that are differentiated."""

    def __init__(
        self, f: Callable[..., Any], argnums: int | Sequence[int], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self.f = f
        self.restore_tuple = not isinstance(argnums, int)
        positions = (argnums,) if isinstance(argnums, int) else tuple(argnums)
        for position in positions:
            if not -len(args) <= position < len(args):
                raise OperandError(f"argnums={argnums} asks for argument {position}, but {name_of(f)} got {len(args)}")
        if len(positions) > 1 and len({position % len(args) for position in positions}) < len(positions):
            raise OperandError(f"argnums={argnums} names an argument of {name_of(f)} twice")
        chosen: tuple[Tree, ...] = tuple(args[position] for position in positions)
        values, self.structure = pytrees.flatten(chosen)
        outside = is_recording_off()
        self.arrays: dict[InputNode, Any] = {}
        """The input node of each differentiated array, and the raw array."""
        for value in values:
            raw, parent = (value.value, value.node) if type(value) is Var else (value, None)
            if not can_be_differentiated(raw):
                raise constant_argument_error(f, positions, chosen)
            raw = detached(raw)
            self.arrays[make_input(raw, None if outside else parent)] = raw
        self.inputs: set[Node] = set(self.arrays)
        self.was_var = [type(value) is Var for value in values]
        full = list(args)
        inputs = pytrees.unflatten(self.structure, [make_var(raw, node) for node, raw in self.arrays.items()])
        for position, tree in zip(positions, inputs, strict=True):
            full[position] = tree
        try:
            with force_recording():
                self.result: Tree = f(*full, **kwargs)
        finally:
            for node in self.arrays:
                node.open = False
        self.aux: Tree = None

    def split_aux(self) -> None:
        """Split `(result, aux)`. Raises OperandError if the function did not return a pair."""
        returned = cast("object", self.result)
        kind = type(returned).__name__
        if not isinstance(returned, tuple) or len(cast("tuple[Any, ...]", returned)) != 2:
            raise OperandError(f"has_aux=True needs {name_of(self.f)} to return (result, aux); it returned {kind}")
        self.result, self.aux = cast("tuple[Any, Any]", returned)

    def value_and_gradient(self, release: bool, through: Collection[Node] = ()) -> tuple[Any, Tree]:
        """Return the scalar result and its gradient; see `pull_back`. Raises NotScalar for other results."""
        check_scalar(self.f, self.result)
        results = [(self.result, None)] if is_tracked(self.result) else []
        cotangents, recorded = self.pull_back(results, release, through)
        return self.result if recorded else unwrap(self.result), self.wrap_gradients(cotangents)

    def pull_back(
        self, results: Sequence[tuple[Var, Any]], release: bool = False, through: Collection[Node] = ()
    ) -> tuple[list[Any], bool]:
        """Return one cotangent per differentiated array, and whether the pass was recorded.

        The pass visits the nodes of `through` even if they lead to no input. A recorded pass returns `Var`s. An array
        that receives no cotangent gets zeros.
        """
        gradients, recorded = backward(results, self.inputs, self.inputs, release, through)
        cotangents = [gradients[node] if node in gradients else zeros_like(raw) for node, raw in self.arrays.items()]
        return cotangents, recorded

    def wrap_gradients(self, cotangents: Sequence[Any]) -> Tree:
        """Return the cotangents in the arguments' tree; those of arguments that were `Var`s become `Var`s."""
        pairs = zip(cotangents, self.was_var, strict=True)
        return self.restore([constant(c) if was_var and type(c) is not Var else c for c, was_var in pairs])

    def restore(self, parts: Sequence[Any]) -> Tree:
        """Put one value per array back into the arguments' tree."""
        restored = pytrees.unflatten(self.structure, parts)
        return restored if self.restore_tuple else restored[0]

    def strip(self, tree: Tree) -> Tree:
        """Return results without this call's graph: raw, unless their graph reaches beyond the inputs."""

        def strip_leaf(value: Any) -> Any:
            if type(value) is not Var:
                return value
            reaches_out = value.node is not None and reaches_outer_graph(
                count_consumers([value.node], self.inputs), self.inputs
            )
            return value if reaches_out else value.value

        return pytrees.map_leaves(strip_leaf, tree)


def trace_call(
    f: Callable[..., Any], argnums: int | Sequence[int], has_aux: bool, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> TracedCall:
    """Run `f` with input nodes in front of the arguments at `argnums`; with `has_aux` it returns `(result, aux)`.

    Raises OperandError for an argument that has no gradient.
    """
    call = TracedCall(f, argnums, args, kwargs)
    if has_aux:
        call.split_aux()
    return call


def check_function(f: Any, argnums: Any = 0) -> None:
    """Raise OperandError if `f` can't be called, or `argnums` is neither an integer nor several."""
    if not callable(f):
        raise OperandError(f"{f!r} is no function: a transform takes one, such as mt.grad(f)")
    if isinstance(argnums, int):
        return
    several = isinstance(argnums, Sequence)
    if not several or not all(isinstance(each, SupportsIndex) for each in cast("Sequence[object]", argnums)):
        raise OperandError(f"argnums is {argnums!r}; it must be the position of an argument, or a tuple of positions")


def make_input(raw: Any, parent: Node | None) -> InputNode:
    """Make the input node of an argument, in front of the argument's own node if it is tracked."""
    node = InputNode(raw, parent)
    if mode_counter.modes:
        notify_mode(node)  # a tape around this transform collects the nodes made inside
    return node


def can_be_differentiated(raw: Any) -> bool:
    """Return whether a value is a number or an array whose dtype can carry a gradient."""
    return (is_number(raw) or hasattr(raw, "dtype")) and carries_gradient(raw)


def check_scalar(f: Callable[..., Any], result: Any) -> None:
    """Raise NotScalar unless the result is one real number."""
    raw = unwrap(result)
    if not is_number(raw) and not hasattr(raw, "dtype"):
        raise NotScalar(f"{name_of(f)} returned a {type(raw).__name__}; grad needs one scalar, vjp takes any tree")
    if not is_number(raw) and tuple(raw.shape) != ():
        returned = f"{name_of(f)} returned {format_value(raw)}"
        raise NotScalar(f"{returned}, not a scalar: reduce it, or use mt.vjp or mt.jacobian")
    if isinstance(raw, complex) or (hasattr(raw, "dtype") and namespace_of(raw).isdtype(raw.dtype, "complex floating")):
        returned = f"{name_of(f)} returned {format_value(raw)}"
        raise NotScalar(f"{returned}: grad needs a real result; use mt.vjp for complex ones")


def constant_argument_error(f: Callable[..., Any], positions: Sequence[int], chosen: tuple[Tree, ...]) -> OperandError:
    """Return the error for the first array that can't carry a gradient, with the path to it."""
    paths, values, _ = pytrees.flatten_with_paths(chosen)
    pairs = zip(paths, map(unwrap, values), strict=True)
    path, raw = next((path, raw) for path, raw in pairs if not can_be_differentiated(raw))
    if is_number(raw) or hasattr(raw, "dtype"):
        problem = f"is {format_value(raw)}, which carries no gradient: convert it to floating point"
    else:
        problem = f"is a {type(raw).__name__}: only numbers and arrays can be differentiated"
    where = "".join(f"[{key!r}]" for key in path[1:])
    return OperandError(f"argument {positions[path[0]]}{where} of {name_of(f)} {problem}, or leave it out of argnums")


def name_of(f: Callable[..., Any]) -> str:
    """Return a function's name, for error messages."""
    return f"{getattr(f, '__name__', type(f).__name__)}()"
