"""`Var`: a value together with the graph node that produced it.

    x = Var(2.0, name="x")        x.value = 2.0    x.node = Leaf
    y = x * x                     y.value = 4.0    y.node = Node(pullback of multiply, (Leaf, Leaf), (2.0, 2.0))

Value and node have separate lifetimes. Dropping the `Var` frees its value, unless a rule named it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from mutorch_core.arrays.formatting import format_shown
from mutorch_core.arrays.meta import carries_gradient
from mutorch_core.arrays.namespaces import is_number, namespace_of
from mutorch_core.arrays.values import detached, zeros_like
from mutorch_core.errors import NotTracked, OperandError
from mutorch_core.graph.conversions import Conversions
from mutorch_core.graph.methods import ArrayMethods
from mutorch_core.graph.node import Leaf, Node, RemovableHandle
from mutorch_core.graph.operators import Operators
from mutorch_core.graph.views import assign_through
from mutorch_core.late_binding import late_bound

__all__ = ["Var", "constant", "is_tracked", "make_var", "unwrap"]


class Var(ArrayMethods, Conversions, Operators):
    """A value together with the graph node that produced it.

    `Var(value, name=None)` makes a leaf around a Python number, a `Fraction`, or an array of any dtype and
    library. Ops on it return further `Var`s. A leaf of an integer or boolean array is a constant: its gradient
    stays zero.

    Raises OperandError if `value` is neither a number nor an array.
    """

    __slots__ = ("__weakref__", "_leaf", "_retained", "alias", "node", "value")
    __array_priority__ = 1000

    value: Any
    node: Node | None

    def __init__(self, value: Any, name: str | None = None) -> None:
        if isinstance(value, Var):
            raise OperandError("Var(…) of a Var: it is one already; use it as it is, or `detach()` it first")
        if not is_number(value):
            namespace_of(value)
            value = detached(value)
        self.value = value
        self._leaf = Leaf(value, name)
        self.node = self._leaf if carries_gradient(value) else None

    def __init_subclass__(cls) -> NoReturn:
        raise OperandError("Var can't be subclassed: ops recognise it by its exact type")

    @property
    def leaf(self) -> Leaf | None:
        """The node of a `Var` that the user made; None for the result of an op."""
        return getattr(self, "_leaf", None)

    @property
    def name(self) -> str | None:
        """The name given to a leaf, or None."""
        leaf = self.leaf
        return None if leaf is None else leaf.name

    @property
    def _gradient_holder(self) -> Any:
        """The object whose `grad` is this one's: the leaf's node, or what `retain_grad` made; None without either."""
        return self.leaf or getattr(self, "_retained", None)

    @property
    def grad(self) -> Any:
        """The gradient that backward passes have accumulated, of the value's type, shape and dtype; zero at first.

        It is raw, or a `Var` after a recorded backward pass. Raises NotTracked for the result of an op, unless
        `retain_grad` was called on it.
        """
        holder = self._gradient_holder
        if holder is None:
            raise NotTracked(
                "only a leaf, a Var that you made yourself, has a gradient; this is the result of an op: "
                "use mt.grad or mt.vjp to differentiate with respect to it"
            )
        return zeros_like(self.value) if holder.grad is None else holder.grad

    def clear_grad(self) -> None:
        """Set the gradient to zero. Raises NotTracked for the result of an op without `retain_grad`."""
        holder = self._gradient_holder
        if holder is None:
            raise NotTracked("clear_grad() is for leaves: the result of an op holds no gradient")
        holder.grad = None

    def backprop(self, cotangent: Any = None, *, create_graph: bool = False, release: bool = False) -> None:
        """Run the backward pass from this result and add the gradients to its leaves.

        `cotangent` has this result's shape. Without it the result must be a scalar, and the cotangent is one.
        `create_graph` records the backward pass, so that gradients can be differentiated again. `release` frees
        the graph on the way: this saves memory but allows no second backward pass.

        Raises NotScalar, NotTracked, Released, CotangentError.
        """
        late_bound.backprop(self, cotangent, create_graph, release)

    def register_hook(self, hook: Callable[[Any], Any]) -> RemovableHandle:
        """Call `hook` with this `Var`'s cotangent in each backward pass, and return a handle to remove it.

        The cotangent is the total over all uses, of this value's shape and dtype; in a recorded pass it is a `Var`. The
        hook returns None, or a replacement of the same shape and dtype, from which the pass goes on. It must not write
        into its argument. Hooks run in the order of registration. On an argument of a function that a transform
        differentiates, a hook acts on uses after the registration. `handle.remove()` removes the hook; `with
        x.register_hook(f):` does at the end of the body.

        Raises NotTracked if no cotangent can arrive here, Released; and in the pass CotangentError if a replacement
        does not fit. Errors contain the file and line of this call.
        """
        return late_bound.register_hook(self, hook)

    def retain_grad(self) -> None:
        """Keep the gradient of this result of an op: backward passes add it to `grad`, as they do for leaves.

        It is the cotangent after all hooks, of this value's shape and dtype. A leaf keeps its gradient anyway.

        Raises NotTracked if no cotangent can arrive here, Released.
        """
        late_bound.retain_grad(self)

    def detach(self) -> Var:
        """Return the same value as a constant, without its graph."""
        return constant(self.value)

    def __setitem__(self, key: Any, value: Any, /) -> None:
        self._refuse_leaf("x[key] = v", "assign to a result, such as +x")
        assign_through(self, late_bound.operator("[]=")(self, key, value))

    def __reduce__(self) -> tuple[Any, ...]:
        """Copy or pickle the value, never the graph. Raises OperandError for a tracked result."""
        if self.leaf is not None:
            return Var, (self.value, self.name)
        self._refuse_cut("copy()", "+x, which stays on the graph", "x.value")
        return constant, (self.value,)

    def __str__(self) -> str:
        return late_bound.format_graph(self)

    def __repr__(self) -> str:
        if self.leaf is None:
            return f"<Var {format_shown(self.value)}{'' if self.node is None else ', tracked'}>"
        return (
            f"Var({format_shown(self.value)})"
            if self.name is None
            else f"Var({format_shown(self.value)}, name={self.name!r})"
        )


def constant(value: Any) -> Var:
    """Return an untracked `Var` around a raw value."""
    return make_var(value, None)


def make_var(value: Any, node: Node | None) -> Var:
    """Return a `Var` with this value and node."""
    var: Var = object.__new__(Var)
    var.value = value
    var.node = node
    return var


def unwrap(value: Any) -> Any:
    """Return a `Var`'s value, or the value itself."""
    return value.value if type(value) is Var else value


def is_tracked(value: Any) -> bool:
    """Return whether a value is a `Var` with a graph."""
    return type(value) is Var and value.node is not None
