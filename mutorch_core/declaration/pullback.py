"""Pullbacks: the rules of an op's nodes, one for each subset of operands that is met tracked.

A `Pullback` is made when a subset of an op's operands is first met tracked. A node saves what the parameters of the
op's vjps name. `pull_back` is generated, since each node of an ordinary backward pass runs it; `pull_back_some`, for
recorded and partial passes, is ordinary code.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from mutorch_core.arrays.meta import Meta, is_floating
from mutorch_core.arrays.namespaces import SEQUENCES, is_number, namespace_cache, namespace_of
from mutorch_core.arrays.values import zeros_of
from mutorch_core.declaration.call_boundary import missing_rule
from mutorch_core.declaration.code_text import compile_function
from mutorch_core.declaration.pullback_code import TrackedSubset, flags_variable, pull_back_lines
from mutorch_core.declaration.signatures import Declaration, Operand, Rule, source_location
from mutorch_core.errors import CotangentError
from mutorch_core.graph.node import Node, NodeRule, OutputCotangents, OutputNode, release_node
from mutorch_core.graph.var import Var, make_var
from mutorch_core.late_binding import late_bound

__all__ = ["Pullback", "Pullbacks", "lift_raw", "lift_recorded", "record_type"]

Lift = Callable[[Any, Any], Any]


class Pullback(NodeRule):
    """The rule of an op's nodes when a given subset of its operands is tracked."""

    cotangents: Any

    __slots__ = ("cotangents", "declaration", "kept", "origins", "pull_back", "pullbacks", "rules", "saved", "tracked")

    def __init__(self, pullbacks: Pullbacks, tracked: tuple[Operand, ...]) -> None:
        self.pullbacks = pullbacks
        self.declaration = declaration = pullbacks.declaration
        self.rules = pullbacks.rules
        self.tracked = tracked
        for operand in tracked:
            if operand.name not in self.rules:
                raise missing_rule(declaration, operand.name)
        used = tuple(dict.fromkeys(self.rules[operand.name] for operand in tracked))
        subset = TrackedSubset(declaration, tracked, used)
        self.saved = tuple(saved.variable for saved in subset.saved)
        self.kept = tuple((saved.source, saved.convert) for saved in subset.saved)
        self.origins = tuple(origin_of(declaration, variable) for variable in self.saved)
        self.cotangents = record_type("Cotangents", declaration.fields) if declaration.has_many_outputs else None
        scope = {f"_{function.__name__}": function for function in CALLED}
        scope |= {
            "_type": type,
            "_tuple": tuple,
            "_len": len,
            "_namespace_cache": namespace_cache,
            "_pullback": self,
            "_used": used,
        }
        if any("needs" in rule.names for rule in used):
            able = declaration.differentiable_operands
            needs = record_type("Needs", [operand.name for operand in able])
            scope |= {"_needs": needs, "_needed": needs(*[operand in tracked for operand in able])}
        scope |= {f"_rule_{index}": rule.function for index, rule in enumerate(used)}
        self.pull_back: Callable[..., tuple[Any, ...]] = compile_function(
            declaration.name, "pull_back", pull_back_lines(subset), scope
        )

    def keep(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """Return what a node saves, of a call's `savable` values."""
        return tuple([values[at] if convert is None else convert(values[at]) for at, convert in self.kept])

    def pull_back_some(self, g: Any, node: Node, needed: Sequence[bool], lift: Lift) -> Sequence[Any]:
        """Return the cotangents of the needed edges, None for the others.

        The pullback of just the needed operands runs, at a node that saves what `lift` makes of each value and
        the node that it came from: in a recorded backward pass a `Var`, so that the rule's ops are recorded too.
        """
        lifted = self.lift_saved(node, lift)
        stand_in = Node()
        if self.cotangents is not None:
            stand_in.result = node.result
        if all(needed):
            stand_in.saved = lifted
            return self.pull_back(g, stand_in, lift)
        pullback, stand_in.saved = self.narrowed(lifted, needed)
        cotangents = iter(pullback.pull_back(g, stand_in, lift))
        return [next(cotangents) if need else None for need in needed]

    def lift_saved(self, node: Node, lift: Lift) -> tuple[Any, ...]:
        """Return what a node saved, its operands and outputs lifted."""
        parents = self.by_operand(node.saved, node.parents)
        return tuple(
            [
                value if origin is None else self.lift_one(value, origin, node, parents, lift)
                for value, origin in zip(node.saved, self.origins, strict=True)
            ]
        )

    def lift_one(self, value: Any, origin: Operand | int, node: Node, parents: Mapping[str, Any], lift: Lift) -> Any:
        """Lift one operand on its parent, or one output on this node or an `Output` of it."""
        if isinstance(origin, Operand):
            parent = parents.get(origin.name)
            if origin.kind == "single":
                return lift(value, parent)
            return [lift(*pair) for pair in zip(value, parent or (None,) * len(value), strict=True)]
        if self.cotangents is None:
            return lift(value, node)
        if origin == WHOLE:
            return type(value)(*[self.lift_one(each, i, node, parents, lift) for i, each in enumerate(value)])
        return lift(value, OutputNode(node, origin, value) if is_floating(node.result[origin]) else None)

    def narrowed(self, saved: Sequence[Any], needed: Sequence[bool]) -> tuple[Pullback, tuple[Any, ...]]:
        """Return the pullback for the needed operands only, and what a node of that one saves."""
        flags = self.by_operand(saved, needed)
        mask = 0
        values = dict(zip(self.saved, saved, strict=True))
        for bit, operand in enumerate(self.declaration.differentiable_operands):
            need = flags.get(operand.name, False)
            if isinstance(need, list):
                values[flags_variable(operand)] = tuple([bool(flag) for flag in cast("list[bool | None]", need)])
            mask |= (True in need if isinstance(need, list) else need) << bit
        pullback = self.pullbacks[mask]
        return pullback, tuple([values[variable] for variable in pullback.saved])

    def by_operand(self, saved: Sequence[Any], values: Iterable[Any]) -> dict[str, Any]:
        """Sort some values, one per edge, by operand; a sequence operand has a list, None for what is not tracked."""
        following = iter(values)
        sorted_values: dict[str, Any] = {}
        for operand in self.tracked:
            if operand.kind == "single":
                sorted_values[operand.name] = next(following)
            else:
                flags = saved[self.saved.index(flags_variable(operand))]
                sorted_values[operand.name] = [next(following) if flag else None for flag in flags]
        return sorted_values

    @property
    def symbol(self) -> str:  # pyright: ignore[reportIncompatibleVariableOverride] - the declaration's
        """The op's symbol."""
        return self.declaration.symbol

    def operands(self, node: Node) -> list[Any]:
        """Return the node of each tracked operand, the saved value of each other one, `...` if it is not saved."""
        saved = dict(zip(self.saved, node.saved, strict=True))
        parents = iter(node.parents)
        operands: list[Any] = []
        for operand in self.declaration.operands:
            value = saved.get(operand.name, ...)
            if operand.kind != "single":
                flags = saved.get(flags_variable(operand), ())
                values = (...,) * len(flags) if value is ... else value
                operands += [next(parents) if flag else each for flag, each in zip(flags, values, strict=True)]
            elif operand in self.tracked:
                operands.append(next(parents))
            elif operand.differentiable or value is not ...:
                operands.append(value)
        return operands

    def saved_results(self, node: Node) -> list[Node]:
        """Return the node itself if it saves its output, and the parents whose results it saves as operands."""
        results = [node] if "out" in self.saved else []
        if all(operand.kind == "single" for operand in self.tracked):
            pairs = zip(self.tracked, node.parents, strict=False)
            results += [parent for operand, parent in pairs if operand.name in self.saved]
        return results

    def release(self, node: Node) -> None:
        """Release what a node of this op keeps."""
        release_node(node, self.declaration.name)

    def named(self, node: Node, edge: int) -> str:
        """Return the name of the rule on an edge of a node for error texts: op, operand, file and line."""
        for operand in self.tracked:
            single = operand.kind == "single"
            edges = 1 if single else sum(node.saved[self.saved.index(flags_variable(operand))])
            if edge < edges:
                where = source_location(self.rules[operand.name].function)
                return f"{self.declaration.name}: the rule of {operand.name!r} ({where})"
            edge -= edges
        raise IndexError(edge)


def record_type(name: str, fields: Iterable[str]) -> Any:
    """Return a named tuple type for what a rule gets: `g` has one field per output, `needs` one per operand."""
    return namedtuple(name, fields)  # pyright: ignore[reportUntypedNamedTuple] - the fields are an op's own


class Pullbacks(dict[int, Pullback]):
    """The pullbacks of an op by bit mask of tracked operands, each made when that subset is first met."""

    def __init__(self, declaration: Declaration, rules: Mapping[str, Rule]) -> None:
        super().__init__()
        self.declaration = declaration
        self.rules = rules

    def __missing__(self, mask: int) -> Pullback:
        able = self.declaration.differentiable_operands
        tracked = tuple(operand for bit, operand in enumerate(able) if mask >> bit & 1)
        self[mask] = pullback = Pullback(self, tracked)
        return pullback


def lift_raw(value: Any, _node: Node | None) -> Any:
    """Return what a rule gets in a raw backward pass: the value."""
    return value


def lift_recorded(value: Any, node: Node | None) -> Any:
    """Return what a rule gets in a recorded backward pass: an array or a tracked number as a `Var` on its node."""
    if node is None and (is_number(value) or not hasattr(value, "dtype")):
        return value
    return make_var(value, node)


def origin_of(declaration: Declaration, variable: str) -> Operand | int | None:
    """Return where a saved value comes from: an operand, an output by its index, -1 for all of them, else None."""
    if variable in declaration.fields:
        return declaration.fields.index(variable)
    if variable == "out":
        return WHOLE
    return next((operand for operand in declaration.operands if operand.name == variable), None)


WHOLE = -1


def cotangent_namespace(g: Any) -> Any:
    """Return the namespace that a rule computes in, by its cotangent."""
    if isinstance(g, tuple):
        g = next((field for field in cast("tuple[Any, ...]", g) if field is not None), 0.0)
    if type(g) is Var:
        return late_bound.var_namespace(g.value)
    return namespace_cache.get(type(g)) or namespace_of(g)


def check_joint_result(pullback: Pullback, rule: Rule, cotangents: Any, needed: Sequence[Any]) -> Sequence[Any]:
    """Check a joint rule's result: a tuple with one cotangent per operand. Drop those that are not needed.

    A rule that takes `needs` returns None exactly where `needs` is false.
    """
    names = rule.operands
    if cotangents is None:
        return (None,) * len(names)
    if not isinstance(cotangents, SEQUENCES) or len(cotangents) != len(names):
        got = f"{len(cotangents)} cotangents" if isinstance(cotangents, SEQUENCES) else type(cotangents).__name__
        problem = f"{got}; it must return a tuple of {len(names)}, one for each"
        raise CotangentError(f"{joint_rule(pullback, rule)} returned {problem}")
    told = "needs" in rule.names
    checked: list[Any] = []
    for name, cotangent, need in zip(names, cotangents, needed, strict=True):
        if told and (cotangent is None) is need:
            got = "None" if need else "a cotangent"
            problem = f"{got} for {name!r}, where needs.{name} is {need}"
            raise CotangentError(f"{joint_rule(pullback, rule)} returned {problem}")
        checked.append(cotangent if need else None)
    return checked


def joint_rule(pullback: Pullback, rule: Rule) -> str:
    """Return the name of a joint rule for error texts."""
    return (
        f"{pullback.declaration.name}: the joint rule of {', '.join(rule.operands)} ({source_location(rule.function)})"
    )


def select_tracked(pullback: Pullback, name: str, cotangents: Any, flags: tuple[bool, ...]) -> list[Any]:
    """Return the cotangents of the tracked arrays of a sequence operand. Raises CotangentError for a wrong number."""
    if cotangents is None:
        return [None] * sum(flags)
    if not isinstance(cotangents, SEQUENCES) or len(cotangents) != len(flags):
        got = f"{len(cotangents)}" if isinstance(cotangents, SEQUENCES) else type(cotangents).__name__
        raise CotangentError(
            f"{pullback.declaration.name}: the rule of {name!r} returned {got} for {len(flags)} arrays; "
            "it must return a list with one cotangent per array, None where needs is false"
        )
    return [cotangent for cotangent, flag in zip(cotangents, flags, strict=True) if flag]


def collect_cotangents(pullback: Pullback, fields: OutputCotangents) -> tuple[Any, Any]:
    """Return by name the cotangents of several outputs, None if nothing flowed back, and whether something did."""
    flags = [cotangent is not None for cotangent in fields.cotangents]
    return pullback.cotangents(*fields.cotangents), pullback.cotangents(*flags)


def fill_zeros(bare: Any, node: Node, lift: Lift) -> Any:
    """Put zeros where nothing flowed back to a floating output, for rules that do not take `reached`."""
    metas: tuple[Meta, ...] = node.result
    pairs = zip(bare, metas, strict=True)
    return type(bare)(*[lift(zeros_of(m), None) if c is None and is_floating(m) else c for c, m in pairs])


CALLED = (cotangent_namespace, lift_raw, collect_cotangents, fill_zeros, check_joint_result, select_tracked)
"""The functions that generated pullbacks call, there with an underscore before their names."""
