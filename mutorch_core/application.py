"""A function applied to stand-ins for its arguments, and the sweep back to them: what every transform does.

An `Identity` node is put in front of each array of an argument; the function runs; the sweep goes from the
result to those nodes and no further. There are no levels: where the graph also reaches a tracked node beyond
them (an outer transform's, or a leaf that the function closed over), the sweep is recorded, so that it can be
swept too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, cast

from mutorch_core import trees
from mutorch_core.backprop import Start, sweep, sweep_raw
from mutorch_core.errors import OperandError
from mutorch_core.graph import Identity, Node, Var, constant, link
from mutorch_core.modes import consider, paused, switch, unpaused
from mutorch_core.schedule import consumers, terminals
from mutorch_core.showing import show
from mutorch_core.trees import Tree
from mutorch_core.values import carries_gradient, detached, is_number, zeros_like

__all__ = ["Applied", "Ends", "apply", "handed_back", "is_tracked", "name_of", "pull", "raw_of", "stripped"]

Ends = dict[Identity, Any]
"""Where a transform's sweep ends: the node that stands for each differentiated array, and that array, raw."""


class Applied(NamedTuple):
    """A function applied to arguments behind `Identity` nodes."""

    ends: Ends
    wrapped: list[bool]
    """Which of the arrays came in as a `Var`."""
    restore: Callable[[Sequence[Any]], Tree]
    """Put one value per array back into the arguments' tree."""
    result: Tree
    aux: Tree = None

    @property
    def nodes(self) -> set[Node]:
        """The nodes that stand for the arrays: this transform's own."""
        return set(self.ends)


def apply(
    f: Callable[..., Any], argnums: int | Sequence[int], has_aux: bool, args: tuple[Any, ...], kwargs: Any
) -> Applied:
    """Run `f` with the arguments at `argnums` behind `Identity` nodes.

    Raises OperandError for an argument that has no gradient.
    """
    positions = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for position in positions:
        if not -len(args) <= position < len(args):
            raise OperandError(f"argnums={argnums} asks for argument {position}, but {name_of(f)} got {len(args)}")
    chosen: tuple[Tree, ...] = tuple(args[position] for position in positions)
    values, structure = trees.flatten(chosen)
    outside = paused()
    ends: Ends = {}
    for value in values:
        raw, parent = (value.value, value.node) if type(value) is Var else (value, None)
        if not can_be_differentiated(raw):
            refuse_constants(f, positions, chosen)
        raw = detached(raw)
        ends[stand_in(raw, None if outside else parent)] = raw
    full = list(args)
    stand_ins = trees.unflatten(structure, [link(raw, node) for node, raw in ends.items()])
    for position, tree in zip(positions, stand_ins, strict=True):
        full[position] = tree
    try:
        with unpaused():
            returned = f(*full, **kwargs)
    finally:
        for node in ends:
            node.open = False
    result, aux = split_aux(f, returned) if has_aux else (returned, None)

    def restore(parts: Sequence[Any]) -> Tree:
        restored = trees.unflatten(structure, parts)
        return restored[0] if isinstance(argnums, int) else restored

    return Applied(ends, [type(value) is Var for value in values], restore, result, aux)


def stand_in(raw: Any, parent: Node | None) -> Identity:
    """The node that stands for an argument, in front of the argument's own where that is tracked."""
    node = Identity(raw, parent)
    if switch.modes:
        consider(node)  # a tape around this transform must know that the node was made inside
    return node


def raw_of(value: Any) -> Any:
    """A `Var`'s value, or the value."""
    return value.value if type(value) is Var else value


def can_be_differentiated(raw: Any) -> bool:
    """Whether a value is a number or an array that has room for a derivative."""
    return (is_number(raw) or hasattr(raw, "dtype")) and carries_gradient(raw)


def refuse_constants(f: Callable[..., Any], positions: Sequence[int], chosen: tuple[Tree, ...]) -> None:
    """Raise OperandError for the first array that can't carry a gradient, saying which argument it is in."""
    paths, values, _ = trees.flatten_with_paths(chosen)
    pairs = zip(paths, map(raw_of, values), strict=True)
    path, raw = next((path, raw) for path, raw in pairs if not can_be_differentiated(raw))
    if is_number(raw) or hasattr(raw, "dtype"):
        problem = f"is {show(raw)}, which carries no gradient: convert it to floating point"
    else:
        problem = f"is a {type(raw).__name__}: only numbers and arrays can be differentiated"
    where = "".join(f"[{key!r}]" for key in path[1:])
    raise OperandError(f"argument {positions[path[0]]}{where} of {name_of(f)} {problem}, or leave it out of argnums")


def split_aux(f: Callable[..., Any], returned: object) -> tuple[Any, Any]:
    """The result and the rest. Raises OperandError where the function did not return a pair."""
    got = type(returned).__name__
    if not isinstance(returned, tuple) or len(cast("tuple[Any, ...]", returned)) != 2:
        raise OperandError(f"has_aux=True needs {name_of(f)} to return (result, aux); it returned {got}")
    return cast("tuple[Any, Any]", returned)


def name_of(f: Callable[..., Any]) -> str:
    """A function's name, for error texts."""
    return f"{getattr(f, '__name__', type(f).__name__)}()"


def sees_beyond(counts: dict[Node, int], mine: set[Node]) -> bool:
    """Whether somebody else can ask for a gradient further down.

    They can at a leaf, at an argument of a transform that is still running, and beyond an argument of this
    one that was tracked itself.
    """
    if any(node.rule is not None and node in counts for node in mine):
        return True
    others = terminals(counts, mine) - mine
    return any(not isinstance(node, Identity) or node.open for node in others)


def pull(starts: Sequence[Start], ends: Ends, mine: set[Node], release: bool) -> tuple[list[Any], bool]:
    """Sweep to the ends, and no further than `mine`; return one cotangent for each, and if it was recorded.

    It is where the graph reaches beyond; the cotangents are `Var`s then. They are zero where nothing arrived.
    """
    counts = consumers([node for node, _ in starts], mine)
    recorded = any(type(g) is Var and g.node is not None for _, g in starts) or sees_beyond(counts, mine)
    if recorded:
        starts = [(node, g if type(g) is Var else constant(g)) for node, g in starts]
    else:
        starts = [(node, g.value if type(g) is Var else g) for node, g in starts]
    targets: set[Node] = set(ends)
    if recorded or targets != mine:
        found = sweep(starts, mine, targets, recorded)
    else:
        found = sweep_raw(starts, release, counts)
    return [found[node] if node in found else zeros_like(raw) for node, raw in ends.items()], recorded


def handed_back(applied: Applied, cotangents: Sequence[Any]) -> Tree:
    """The gradients in the arguments' tree: a `Var` where the argument was one or the sweep was recorded."""
    pairs = zip(cotangents, applied.wrapped, strict=True)
    return applied.restore([constant(c) if wrapped and type(c) is not Var else c for c, wrapped in pairs])


def stripped(tree: Tree, mine: set[Node]) -> Tree:
    """A function's results without the transform's own graph: raw where they reach nothing beyond it."""

    def strip(value: Any) -> Any:
        if type(value) is not Var:
            return value
        beyond = value.node is not None and sees_beyond(consumers([value.node], mine), mine)
        return value if beyond else value.value

    return trees.map_leaves(strip, tree)


def is_tracked(value: Any) -> bool:
    """Return whether a value is a `Var` with a graph."""
    return type(value) is Var and value.node is not None
