"""The graph: `Var`, what a user holds, and `Node`, what the sweep walks.

    x = Var(2.0, name="x")        x.value = 2.0    x.node = Leaf
    y = x * x                     y.value = 4.0    y.node = Node(rule of multiply, (Leaf, Leaf), (2.0, 2.0))

A `Var` is a value and a node; the two are separate lives. Dropping the `Var` frees its value, unless a rule
named it. A node refers only to its parents, so a graph lives exactly as long as its results do.
"""

from __future__ import annotations

from typing import Any, NoReturn

from mutorch_core.above import above
from mutorch_core.aliases import become
from mutorch_core.array_methods import ArrayMethods
from mutorch_core.conversions import Conversions
from mutorch_core.errors import NotTracked, OperandError, Released
from mutorch_core.operators import Operators
from mutorch_core.showing import show
from mutorch_core.values import carries_gradient, detached, discover, is_number, zeros_like

__all__ = [
    "Fields",
    "Identity",
    "Leaf",
    "LetGo",
    "Node",
    "Output",
    "Var",
    "constant",
    "describe",
    "let_go",
    "link",
]


class Node:
    """One op applied: the rules to run, the nodes of the tracked operands, and what the rules named.

    Of its result it remembers an array's `shape` and `dtype`; for a Python number `dtype` is its type, and
    `result` the number itself. Where an op has several outputs, `result` is a tuple of their `Meta`s.
    """

    __slots__ = ("dtype", "parents", "result", "rule", "saved", "shape")

    rule: Any
    parents: tuple[Node, ...]
    saved: tuple[Any, ...]
    shape: tuple[int, ...]
    dtype: Any
    result: Any


def describe(node: Node, value: Any) -> None:
    """Let a node remember what its result looks like."""
    if is_number(value):
        node.dtype, node.result = type(value), value
    else:
        node.shape, node.dtype = tuple(value.shape), value.dtype


class Leaf(Node):
    """The node of a `Var` made by the user: where gradients accumulate."""

    __slots__ = ("grad", "name")

    def __init__(self, value: Any, name: str | None) -> None:
        self.rule = None
        self.parents = ()
        self.saved = ()
        describe(self, value)
        self.name = name
        self.grad: Any = None


class PassThrough:
    """The rule of a node that is no op: what comes in goes on to its parent."""

    __slots__ = ()

    def pull(self, g: Any, node: Node) -> tuple[Any, ...]:
        """The cotangent of the parent, if there is one."""
        return (g,) * len(node.parents)

    def pull_some(self, g: Any, node: Node, _wanted: tuple[bool, ...], _lift: Any) -> tuple[Any, ...]:
        """The same in a recorded sweep."""
        return self.pull(g, node)

    def release(self, node: Node) -> None:
        """It holds nothing that could be let go of."""


def let_go(node: Node, name: str) -> None:
    """Drop what a node keeps, and its edges."""
    node.rule, node.parents, node.saved = LetGo(name), (), ()


class LetGo:
    """The rule of a node that a sweep has let go of: all that is left to say is whose it was."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def pull(self, *_: Any) -> NoReturn:
        """Raise Released."""
        raise Released(
            f"the graph was released at {self.name}, by backprop(release=True) or by the transform that made it; "
            "leave release out where a result is swept again"
        )

    pull_some = pull


class Identity(Node):
    """A transform's leaf: stands between its argument and the function's graph.

    It is `open` while that function runs. Later nobody but the transform itself can ask for a gradient there.
    """

    __slots__ = ("open",)

    def __init__(self, value: Any, parent: Node | None = None) -> None:
        self.open = True
        self.rule = None if parent is None else PassThrough()
        self.parents = () if parent is None else (parent,)
        self.saved = ()
        describe(self, value)


class Fields:
    """The cotangents that have come back to an op with several outputs, None where none has."""

    __slots__ = ("cotangents",)

    def __init__(self, cotangents: list[Any]) -> None:
        self.cotangents = cotangents

    def __add__(self, other: Fields) -> Fields:
        both = zip(self.cotangents, other.cotangents, strict=True)
        return Fields([a if b is None else b if a is None else above.accumulate(a, b) for a, b in both])


class OutputRule(PassThrough):
    """Hands a cotangent to the op's node as that of one field."""

    __slots__ = ()

    def pull(self, g: Any, node: Any) -> tuple[Any, ...]:
        """The op's cotangents so far: this field's alone. `node` is an `Output`."""
        cotangents: list[Any] = [None] * len(node.parents[0].result)
        cotangents[node.index] = g
        return (Fields(cotangents),)


class Output(Node):
    """One field of an op with several outputs; its parent is the op's node."""

    __slots__ = ("index",)

    def __init__(self, parent: Node, index: int, value: Any) -> None:
        self.rule = OutputRule()
        self.parents = (parent,)
        self.saved = ()
        describe(self, value)
        self.index = index


class Var(ArrayMethods, Conversions, Operators):
    """A value that knows where it came from.

    `Var(value, name=None)` makes a leaf around a Python number, a `Fraction`, or an array of any dtype and
    library; ops on it make further ones. A leaf of an integer or boolean array is a constant: its gradient
    stays zero.

    Raises OperandError where `value` is neither a number nor an array.
    """

    __slots__ = ("__weakref__", "_leaf", "alias", "node", "value")
    __array_ufunc__ = None
    __array_priority__ = 1000

    value: Any
    node: Node | None

    def __init__(self, value: Any, name: str | None = None) -> None:
        if isinstance(value, Var):
            raise OperandError("Var(…) of a Var: it is one already; use it as it is, or `detach()` it first")
        if not is_number(value):
            discover(value)
            value = detached(value)
        self.value = value
        self._leaf = Leaf(value, name)
        self.node = self._leaf if carries_gradient(value) else None

    def __init_subclass__(cls) -> NoReturn:
        raise OperandError("Var can't be subclassed: ops recognise it by its exact type")

    @property
    def leaf(self) -> Leaf | None:
        """The leaf that the user made, None on a result."""
        return getattr(self, "_leaf", None)

    @property
    def name(self) -> str | None:
        """The name given to a leaf, or None."""
        leaf = self.leaf
        return None if leaf is None else leaf.name

    @property
    def grad(self) -> Any:
        """What sweeps have accumulated in this leaf, of the value's type, shape and dtype; zero at first.

        Raw, or a `Var` after a recorded sweep. Raises NotTracked on what is no leaf.
        """
        leaf = self.leaf
        if leaf is None:
            raise NotTracked(
                "only a leaf, a Var that you made yourself, has a gradient; this is the result of an op: "
                "use mt.grad or mt.vjp to differentiate with respect to it"
            )
        return zeros_like(self.value) if leaf.grad is None else leaf.grad

    def clear_grad(self) -> None:
        """Set the gradient of this leaf to zero. Raises NotTracked on what is no leaf."""
        leaf = self.leaf
        if leaf is None:
            raise NotTracked("clear_grad() is for leaves: the result of an op holds no gradient")
        leaf.grad = None

    def backprop(self, cotangent: Any = None, *, create_graph: bool = False, release: bool = False) -> None:
        """Sweep the graph backwards from this result and add the gradients to its leaves.

        `cotangent` has this result's shape; left out, this must be a scalar and it is one. `create_graph`
        records the sweep, so that gradients can be differentiated again. `release` lets go of the graph on
        the way: less memory, but no second sweep.

        Raises NotScalar, NotTracked, Released, CotangentError.
        """
        above.backprop(self, cotangent, create_graph, release)

    def detach(self) -> Var:
        """The same value without its past: a constant to whatever is computed from it."""
        return constant(self.value)

    def __setitem__(self, key: Any, value: Any, /) -> None:
        self._refuse_leaf("x[key] = v", "assign to a result, such as +x")
        become(self, above.operator("[]=")(self, key, value))

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles hold a value, never a graph. Raises OperandError on a tracked result."""
        if self.leaf is not None:
            return Var, (self.value, self.name)
        self._uncut("copy()", "x.value")
        return constant, (self.value,)

    def __str__(self) -> str:
        return above.text(self)

    def __repr__(self) -> str:
        if self.leaf is None:
            return f"<Var {show(self.value)}{'' if self.node is None else ', tracked'}>"
        return f"Var({show(self.value)})" if self.name is None else f"Var({show(self.value)}, name={self.name!r})"


def constant(value: Any) -> Var:
    """An untracked `Var` around a raw value."""
    return link(value, None)


def link(value: Any, node: Node | None) -> Var:
    """A `Var` that holds `value` and came from `node`."""
    var: Var = object.__new__(Var)
    var.value = value
    var.node = node
    return var
