"""Graph nodes: one per op application, per leaf, per input of a transform and per output of an op with several.

A node refers to its parents only, so a graph lives exactly as long as its results. Each node but a leaf has a
`NodeRule`: an op's pullback, a checkpoint, or one of the rules of this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NoReturn, Protocol

from mutorch_core.arrays.namespaces import is_number
from mutorch_core.errors import Released
from mutorch_core.late_binding import late_bound

__all__ = [
    "IdentityRule",
    "InputNode",
    "Leaf",
    "Node",
    "NodeRule",
    "OutputCotangents",
    "OutputNode",
    "ReleasedRule",
    "RemovableHandle",
    "WrappedRule",
    "innermost_rule",
    "release_node",
    "set_result_info",
]


class Node:
    """One application of an op: its rule, the nodes of its tracked operands, and the values that the rule named.

    For an array result the node stores `shape` and `dtype`. For a Python number `dtype` is the number's type and
    `result` the number itself. For an op with several outputs `result` is a tuple of their `Meta`s.
    """

    __slots__ = ("dtype", "parents", "result", "rule", "saved", "shape")

    rule: Any
    parents: tuple[Node, ...]
    saved: tuple[Any, ...]
    shape: tuple[int, ...]
    dtype: Any
    result: Any


def set_result_info(node: Node, value: Any) -> None:
    """Store the shape and dtype of a node's result, or the number itself."""
    if is_number(value):
        node.dtype, node.result = type(value), value
    else:
        node.shape, node.dtype = tuple(value.shape), value.dtype


class Leaf(Node):
    """The node of a `Var` made by the user. Gradients accumulate here."""

    __slots__ = ("grad", "name")

    def __init__(self, value: Any, name: str | None) -> None:
        self.rule = None
        self.parents = ()
        self.saved = ()
        set_result_info(self, value)
        self.name = name
        self.grad: Any = None


class NodeRule:
    """The rule of a node: pulls a cotangent of its result back to its parents."""

    __slots__ = ()

    symbol: str
    """The head of the node's S-expression."""

    def pull_back(self, g: Any, node: Any) -> Sequence[Any]:
        """Return one raw cotangent per parent."""
        raise NotImplementedError

    def pull_back_some(self, g: Any, node: Any, needed: Sequence[bool], lift: Any) -> Sequence[Any]:
        """Return the cotangents of the needed parents, None for the others; recorded if `lift` records."""
        raise NotImplementedError

    def release(self, node: Node) -> None:
        """Drop the values that the node keeps."""

    def named(self, node: Node, edge: int) -> str:
        """Return the name of the rule of one edge, for error messages."""
        raise NotImplementedError

    def operands(self, node: Node) -> Sequence[Any]:
        """Return the node of each tracked operand, the saved value of each other one, `...` if it is not saved."""
        return node.parents

    def saved_results(self, node: Node) -> Iterable[Node]:
        """Return the nodes whose result this node saves: itself, or some of its parents."""
        return ()


class IdentityRule(NodeRule):
    """The rule of a node that is no op: its cotangent goes to its parent unchanged."""

    __slots__ = ()

    def pull_back(self, g: Any, node: Any) -> tuple[Any, ...]:
        """Return the parent's cotangent, if there is a parent."""
        return (g,) * len(node.parents)

    def pull_back_some(self, g: Any, node: Any, needed: Sequence[bool], lift: Any) -> tuple[Any, ...]:
        """Return the same in a recorded backward pass, or for some parents only."""
        return self.pull_back(g, node)


class WrappedRule(NodeRule):
    """A rule that stands in front of another one, and leaves everything but the pull to it."""

    __slots__ = ("inner",)

    def __init__(self, inner: NodeRule) -> None:
        self.inner = inner

    @property
    def symbol(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride] - the inner rule's
        """The inner rule's symbol."""
        return self.inner.symbol

    def release(self, node: Node) -> None:
        """Drop the values that the node keeps."""
        self.inner.release(node)

    def named(self, node: Node, edge: int) -> str:
        """Return the inner rule's name of an edge."""
        return self.inner.named(node, edge)

    def operands(self, node: Node) -> Sequence[Any]:
        """Return the operands as the inner rule does."""
        return self.inner.operands(node)

    def saved_results(self, node: Node) -> Iterable[Node]:
        """Return the nodes whose results the inner rule saves."""
        return self.inner.saved_results(node)


def innermost_rule(rule: Any) -> Any:
    """Return the rule behind all that stand in front of it."""
    while isinstance(rule, WrappedRule):
        rule = rule.inner
    return rule


class RemovableHandle(Protocol):
    """The handle of a hook on a node's cotangent. As a context manager it removes the hook at the end of the body."""

    def remove(self) -> None:
        """Remove the hook, also from a pass that runs. A second call does nothing."""
        ...

    def __enter__(self) -> RemovableHandle: ...

    def __exit__(self, *exception: object) -> None: ...


def release_node(node: Node, name: str) -> None:
    """Drop the values that a node keeps, and its edges."""
    node.rule, node.parents, node.saved = ReleasedRule(name), (), ()


class ReleasedRule(NodeRule):
    """The rule of a released node. It keeps only the op's name, for the error message."""

    __slots__ = ("symbol",)

    def __init__(self, name: str) -> None:
        self.symbol = name

    def pull_back(self, g: Any, node: Any, needed: Sequence[bool] = (), lift: Any = None) -> NoReturn:
        """Raise Released."""
        raise Released(
            f"the graph was released at {self.symbol}, by backprop(release=True) or by the transform that made it; "
            "leave release out where a result is swept again"
        )

    pull_back_some = pull_back


class InputNode(Node):
    """A transform's input: stands between the transform's argument and the graph of its function.

    It is `open` while the function runs. Afterwards only the transform itself can request a gradient there.
    """

    __slots__ = ("open",)

    def __init__(self, value: Any, parent: Node | None = None) -> None:
        self.open = True
        self.rule = None if parent is None else IdentityRule()
        self.parents = () if parent is None else (parent,)
        self.saved = ()
        set_result_info(self, value)


class OutputCotangents:
    """The cotangents of an op with several outputs; None for an output that has received none."""

    __slots__ = ("cotangents",)

    def __init__(self, cotangents: list[Any]) -> None:
        self.cotangents = cotangents

    def __add__(self, other: OutputCotangents) -> OutputCotangents:
        pairs = zip(self.cotangents, other.cotangents, strict=True)
        return OutputCotangents(
            [a if b is None else b if a is None else late_bound.add_cotangents(a, b) for a, b in pairs]
        )


class OutputRule(IdentityRule):
    """The rule of an `OutputNode`: passes its cotangent to the op's node as that of one output."""

    __slots__ = ()

    def pull_back(self, g: Any, node: Any) -> tuple[Any, ...]:
        """Return the op's cotangents with only this output's set. `node` is an `OutputNode`."""
        cotangents: list[Any] = [None] * len(node.parents[0].result)
        cotangents[node.index] = g
        return (OutputCotangents(cotangents),)


class OutputNode(Node):
    """One output of an op with several. Its parent is the op's node."""

    __slots__ = ("index",)

    def __init__(self, parent: Node, index: int, value: Any) -> None:
        self.rule = OutputRule()
        self.parents = (parent,)
        self.saved = ()
        set_result_info(self, value)
        self.index = index
