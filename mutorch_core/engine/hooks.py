"""Hooks on cotangents: functions that see, and may replace, the total cotangent of a `Var`.

A hook wraps the rule of the `Var`'s node, so the engine's loop has no check for hooks and no cost without them. The
engine runs a node's rule once, with the sum of all cotangents. That is also when the hooks run:

    h = x * x                    node(multiply)             rule: pullback of multiply
    h.register_hook(clip)        node(multiply)             rule: HookedRule(clip, pullback of multiply)

An output of an op with several is hooked at the op's node. A leaf has no rule: its node becomes the wrapped identity in
front of a new leaf. A transform's input must stay as it is, and so must a leaf that a running pass may reach: there the
hook acts on uses that follow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from inspect import currentframe
from typing import Any, TypeAlias

import numpy as np

from mutorch_core.arrays.formatting import format_value
from mutorch_core.arrays.namespaces import is_number, library_name, namespace_of
from mutorch_core.arrays.values import normalise_result, owned_copy
from mutorch_core.engine.accumulate import add_cotangents
from mutorch_core.errors import CotangentError, NotTracked, OperandError, Released
from mutorch_core.graph.grad_mode import Tape, current_mode, mode_counter, notify_mode
from mutorch_core.graph.node import (
    IdentityRule,
    InputNode,
    Leaf,
    Node,
    OutputCotangents,
    OutputNode,
    ReleasedRule,
    WrappedRule,
    innermost_rule,
)
from mutorch_core.graph.var import Var, constant, make_var, unwrap
from mutorch_core.late_binding import late_bound

__all__ = ["Hook", "HookedRule", "RemovalHandle", "add_hook", "call_site", "replayed_nodes", "rule_name"]

HookFunction: TypeAlias = Callable[[Any], Any]

replayed_nodes: ContextVar[frozenset[Node] | None] = ContextVar("mutorch_replayed_nodes", default=None)
"""While a checkpoint runs its function again: the outer nodes that its first run hooked. None otherwise."""

hook_runs: ContextVar[bool] = ContextVar("mutorch_hook_runs", default=False)
"""Whether a hook's function runs."""


class HookedRule(WrappedRule):
    """A rule whose cotangent passes through hooks first."""

    __slots__ = ("hooks",)

    hooks: tuple[Hook, ...]

    def __init__(self, inner: Any) -> None:
        super().__init__(inner)
        self.hooks = ()

    def pull_back(self, g: Any, node: Any) -> Sequence[Any]:
        """Run the hooks, then the inner rule."""
        return self.inner.pull_back(self.run_hooks(g), node)

    def pull_back_some(self, g: Any, node: Any, needed: Sequence[bool], lift: Any) -> Sequence[Any]:
        """Run the hooks, then the inner rule if any edge is needed."""
        g = self.run_hooks(g)
        return self.inner.pull_back_some(g, node, needed, lift) if any(needed) else (None,) * len(needed)

    def run_hooks(self, g: Any) -> Any:
        """Return the cotangent that remains after all hooks; those that another one has removed are left out."""
        for hook in self.hooks:
            if hook not in self.hooks:
                continue
            if hook.index is None:
                g = hook.run(g)
            elif g.cotangents[hook.index] is not None:
                cotangents = list(g.cotangents)
                cotangents[hook.index] = hook.run(cotangents[hook.index])
                g = OutputCotangents(cotangents)
        return g


class Hook:
    """A user's function on a cotangent, with the place where it was registered."""

    __slots__ = ("function", "index", "last", "place")

    def __init__(self, function: HookFunction, place: str, last: bool = False) -> None:
        self.function = function
        self.place = place
        self.last = last
        self.index: int | None = None
        """The output that it belongs to, at the node of an op with several."""

    def run(self, g: Any) -> Any:
        """Return the function's replacement, checked, or the cotangent itself. Raises CotangentError."""
        token = hook_runs.set(True)
        try:
            returned = self.function(protected(g))
        except Exception as error:
            error.add_note(f"in the hook registered at {self.place}")
            raise
        finally:
            hook_runs.reset(token)
        return g if returned is None else self.checked(returned, g)

    def checked(self, returned: Any, g: Any) -> Any:
        """Return a replacement in the form of the cotangent `g`. Raises CotangentError if shape or dtype differ."""
        value, old = unwrap(returned), unwrap(g)
        if not is_number(value) and not hasattr(value, "dtype"):
            raise self.misfit(f"a {type(value).__name__}", old)
        value = normalise_result(value, (old,))
        if is_number(old) and is_number(value):
            if isinstance(value, complex) and not isinstance(old, complex):
                raise self.misfit(repr(value), old)
            if type(value) in (bool, int):
                value = type(old)(value)
        elif is_number(old) or is_number(value) or described(value) != described(old):
            library = "" if is_number(value) else f" of {library_name(namespace_of(value))}"
            raise self.misfit(format_value(value) + library, old)
        if type(g) is not Var:
            return value
        return make_var(value, returned.node) if type(returned) is Var else constant(value)

    def misfit(self, returned: str, g: Any) -> CotangentError:
        """Return the error for a replacement that does not fit."""
        return CotangentError(
            f"the hook registered at {self.place} returned {returned} for the cotangent {format_value(g)}: "
            "return None, or a replacement of the same library, shape and dtype"
        )


class RemovalHandle:
    """The handle of a hook: `remove()` takes the hook away. As a context manager it does so at the end of the body."""

    __slots__ = ("_hook", "_node")

    def __init__(self, node: Node | None, hook: Hook) -> None:
        self._node = node
        self._hook = hook

    @property
    def node(self) -> Node | None:
        """The node whose rule runs the hook; None once it is removed, and for a hook that is there already."""
        return self._node

    def remove(self) -> None:
        """Remove the hook, also from a pass that runs. A second call does nothing."""
        node, self._node = self._node, None
        if node is None or not isinstance(node.rule, HookedRule):
            return
        rule = node.rule
        rule.hooks = tuple(hook for hook in rule.hooks if hook is not self._hook)
        if not rule.hooks and not isinstance(rule.inner, IdentityRule):
            node.rule = rule.inner

    def __enter__(self) -> RemovalHandle:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.remove()

    def __repr__(self) -> str:
        removed = ", removed" if self._node is None else ""
        return f"<RemovalHandle of the hook registered at {self._hook.place}{removed}>"


def register_hook(var: Var, function: HookFunction) -> RemovalHandle:
    """Register a hook on a `Var`. See `Var.register_hook`."""
    place = call_site()
    if not callable(function):
        raise OperandError(f"register_hook at {place}: the hook is a {type(function).__name__}, not a function")
    return add_hook(var, Hook(function, place), "register_hook")


def add_hook(var: Var, hook: Hook, caller: str) -> RemovalHandle:
    """Put a hook on a `Var`'s node. Raises NotTracked or Released, with the place of the call."""
    if var.node is None:
        raise NotTracked(f"{caller} at {hook.place}: {var!r} is not tracked, so no cotangent arrives at it")
    node = hooked_node(var, hook)
    if isinstance(node.rule, ReleasedRule):
        raise Released(f"{caller} at {hook.place}: the graph of {var!r} was released by an earlier backward pass")
    mode = current_mode.get()
    if isinstance(mode, Tape):
        mode.hooked.add(node)
    if node in (replayed_nodes.get() or ()):
        return RemovalHandle(None, hook)
    if not isinstance(node.rule, HookedRule):
        node.rule = HookedRule(node.rule)
    node.rule.hooks = tuple(sorted((*node.rule.hooks, hook), key=lambda each: each.last))
    return RemovalHandle(node, hook)


def hooked_node(var: Var, hook: Hook) -> Node:
    """Return the node that a hook of `var` belongs to, with a rule to wrap."""
    node: Any = var.node
    if isinstance(node, OutputNode):
        hook.index = node.index
        return node.parents[0]
    if isinstance(node.rule, HookedRule):
        return node
    # in the middle of a pass a terminal must stay one, since its consumers are not counted
    in_pass = hook_runs.get() or replayed_nodes.get() is not None
    if isinstance(node, Leaf) and not in_pass:
        move_leaf(var, node)
    elif isinstance(node, (InputNode, Leaf)):
        var.node = node = InputNode(var.value, node)
        if mode_counter.modes:
            notify_mode(node)
    return node


def move_leaf(var: Any, node: Leaf) -> None:
    """Make a leaf's node the identity in front of a new leaf, which takes name and gradient over."""
    leaf = Leaf(var.value, node.name)
    leaf.grad, node.grad = node.grad, None
    node.parents = (leaf,)
    node.rule = HookedRule(IdentityRule())
    var._leaf = leaf


class RetainedGrad:
    """The gradient of the result of an op, as `retain_grad` keeps it."""

    __slots__ = ("grad",)

    def __init__(self) -> None:
        self.grad: Any = None

    def __call__(self, g: Any) -> None:
        """Add a cotangent."""
        own = g if type(g) is Var else owned_copy(g)
        self.grad = own if self.grad is None else add_cotangents(self.grad, own)


def retain_grad(var: Any) -> None:
    """Keep the gradient of a `Var`. See `Var.retain_grad`."""
    if var._gradient_holder is not None:
        return
    retained = RetainedGrad()
    add_hook(var, Hook(retained, call_site(), last=True), "retain_grad")
    var._retained = retained


def described(value: Any) -> tuple[Any, ...]:
    """Return what a replacement must have in common with the cotangent: library, shape and dtype."""
    return namespace_of(value), tuple(value.shape), value.dtype


def protected(g: Any) -> Any:
    """Return a cotangent in a form through which the engine's own can't be changed."""
    if type(g) is np.ndarray:
        g = g.view()
        g.flags.writeable = False
        return g
    return make_var(g.value, g.node) if type(g) is Var else g


def call_site() -> str:
    """Return file and line of the innermost call from outside of Mutorch and its op packages."""
    frame: Any = currentframe()
    while frame.f_back is not None and is_internal(frame):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def is_internal(frame: Any) -> bool:
    """Return whether a frame runs code of Mutorch, of an op package named `mutorch_…`, or generated code."""
    module: str = frame.f_globals.get("__name__", "")
    return module.startswith(("mutorch_", "contextlib")) or frame.f_code.co_filename.startswith("<mutorch ")


def rule_name(rule: Any) -> str:
    """Return the name of a rule's op, or the rule's symbol if it belongs to none."""
    rule = innermost_rule(rule)
    return rule.declaration.name if hasattr(rule, "declaration") else rule.symbol


late_bound.register_hook = register_hook
late_bound.retain_grad = retain_grad
