"""Pullbacks: what a node saves and runs when a given subset of its operands is tracked.

A `Plan` is made when a subset of an op's operands is first met tracked. The names that its rules take decide
what a node saves. `pull` is generated, since each node of a usual backward pass runs it; `pull_some`, for the
other backward passes, is not.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import count
from typing import Any, cast

from mutorch_core.above import above
from mutorch_core.border import missing_rule
from mutorch_core.errors import CotangentError
from mutorch_core.graph import Fields, Node, Output, Var, let_go, link
from mutorch_core.pulls import TrackedSubset, flags_variable, pull_lines, rule_arguments
from mutorch_core.signatures import Declaration, Operand, Rule, place
from mutorch_core.source import compile_function
from mutorch_core.values import SEQUENCES, Meta, discover, is_floating, is_number, spaces, zeros_of

__all__ = ["Plan", "Plans", "lift_raw", "lift_recorded", "record_type"]

Lift = Callable[[Any, Any], Any]
Edges = int | list[int | None] | None
"""The edge of an operand, or one per array of a sequence; None for what is not tracked."""


class Plan:
    """What a node of one op saves and runs when a given subset of its operands is tracked."""

    __slots__ = ("calls", "cotangents", "declaration", "edges", "kept", "lifted", "needs", "pull", "rules", "saved",
                 "takes", "tracked", "used")  # fmt: skip

    def __init__(self, declaration: Declaration, rules: Mapping[str, Rule], tracked: tuple[Operand, ...]) -> None:
        for operand in tracked:
            if operand.name not in rules:
                raise missing_rule(declaration, operand.name)
        self.declaration = declaration
        self.rules = rules
        self.tracked = tracked
        self.used = tuple(dict.fromkeys(rules[operand.name] for operand in tracked))
        subset = TrackedSubset(declaration, tracked, self.used)
        self.saved = tuple(saved.variable for saved in subset.saved)
        self.kept = tuple((saved.source, saved.convert) for saved in subset.saved)
        self.lifted = tuple(operand for operand in declaration.operands if operand.name in self.saved)
        single = all(operand.kind == "single" for operand in tracked)
        self.edges = {operand.name: edge for edge, operand in enumerate(tracked)} if single else None
        self.calls = tuple((rule, *rule_arguments(rule)) for rule in self.used)
        self.takes = frozenset(name for rule in self.used for name in rule.names)
        self.cotangents = record_type("Cotangents", declaration.fields) if declaration.has_many_outputs else None
        self.needs = record_type("Needs", [operand.name for operand in declaration.differentiable_operands])
        scope = {f"_{function.__name__}": function for function in CALLED}
        scope |= {"_type": type, "_spaces": spaces, "_plan": self, "_used": self.used, "_needs": self.needs}
        scope |= {f"_rule_{index}": rule.function for index, rule in enumerate(self.used)}
        self.pull: Callable[[Any, Node], tuple[Any, ...]] = compile_function(
            declaration.name, "pull", pull_lines(subset), scope
        )

    def keep(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """Return what a node saves, of a call's `savable` values."""
        return tuple([values[at] if convert is None else convert(values[at]) for at, convert in self.kept])

    def pull_some(self, g: Any, node: Node, wanted: tuple[bool, ...], lift: Lift) -> Sequence[Any]:
        """Return the cotangents of the wanted edges, None for the others.

        `lift` makes what a rule gets from a saved value and the node that it came from: in a recorded backward
        pass a `Var`, so that the rule's ops are recorded too.
        """
        edges = self.find_edges(node) if self.edges is None else self.edges
        values = self.lift_saved(node, edges, lift)
        bare = g
        if self.cotangents is not None:
            bare, values["reached"] = collect_cotangents(self, g)
            g = bare if all("reached" in rule.names for rule in self.used) else fill_zeros(bare, node, lift)
        if "xp" in self.takes:
            values["xp"] = space_of(g)
        if "needs" in self.takes:
            values["needs"] = self.needs(*[at_edges(edges.get(name), wanted, False) for name in self.needs._fields])
        cotangents: list[Any] = [None] * len(wanted)
        for rule, variables, named in self.calls:
            wants = [at_edges(edges.get(name), wanted, False) for name in rule.operands]
            if not any(want is True or (want and True in want) for want in wants):
                continue
            values["g"] = bare if "reached" in rule.names else g
            result = rule.function(*[values[v] for v in variables], **{name: values[v] for name, v in named})
            results = (result,) if len(wants) == 1 else check_joint_result(self, rule, result, tuple(wants))
            for name, cotangent, want in zip(rule.operands, results, wants, strict=True):
                self.place_cotangents(cotangents, name, edges.get(name), cotangent, want)
        return cotangents

    def find_edges(self, node: Node) -> dict[str, Edges]:
        """Return each tracked operand's edges, where sequences are among them."""
        edges: dict[str, Edges] = {}
        following = count()
        for operand in self.tracked:
            if operand.kind == "single":
                edges[operand.name] = next(following)
            else:
                flags = node.saved[self.saved.index(flags_variable(operand))]
                edges[operand.name] = [next(following) if flag else None for flag in flags]
        return edges

    def lift_saved(self, node: Node, edges: Mapping[str, Edges], lift: Lift) -> dict[str, Any]:
        """Return what a node saved by variable, operands and outputs lifted."""
        values: dict[str, Any] = dict(zip(self.saved, node.saved, strict=True))
        for operand in self.lifted:
            name, value = operand.name, values[operand.name]
            parents = at_edges(edges.get(name), node.parents, None)
            if operand.kind == "single":
                values[name] = lift(value, parents)
            else:
                values[name] = [lift(*pair) for pair in zip(value, parents or (None,) * len(value), strict=True)]
        declaration = self.declaration
        if self.cotangents is None:
            if "out" in values:
                values["out"] = lift(values["out"], node)
            return values
        for index, field in enumerate(declaration.fields):
            if field in values:
                values[field] = lift_field(values[field], node, index, lift)
        if "out" in values and declaration.result is not None:
            fields = [lift_field(field, node, index, lift) for index, field in enumerate(values["out"])]
            values["out"] = declaration.result(*fields)
        return values

    def place_cotangents(self, cotangents: list[Any], name: str, edges: Edges, cotangent: Any, want: Any) -> None:
        """Put what a rule returned for an operand at its edges."""
        if isinstance(edges, int):
            cotangents[edges] = cotangent
        elif edges is not None:
            flags = tuple([edge is not None for edge in edges])
            places = [edge for edge in edges if edge is not None]
            for edge, each in zip(places, select_tracked(self, name, cotangent, flags, want), strict=True):
                cotangents[edge] = each

    def release(self, node: Node) -> None:
        """Release what a node of this op keeps."""
        let_go(node, self.declaration.name)

    def named(self, node: Node, edge: int) -> str:
        """Return the name of the rule on an edge of a node for error texts: op, operand, file and line."""
        for operand in self.tracked:
            single = operand.kind == "single"
            edges = 1 if single else sum(node.saved[self.saved.index(flags_variable(operand))])
            if edge < edges:
                where = place(self.rules[operand.name].function)
                return f"{self.declaration.name}: the rule of {operand.name!r} ({where})"
            edge -= edges
        raise IndexError(edge)


def record_type(name: str, fields: Iterable[str]) -> Any:
    """Return a named tuple type for what a rule gets: `g` has one field per output, `needs` one per operand."""
    return namedtuple(name, fields)  # pyright: ignore[reportUntypedNamedTuple] - the fields are an op's own


class Plans(dict[int, Plan]):
    """The plans of an op by bit mask of tracked operands, each made when that subset is first met."""

    def __init__(self, declaration: Declaration, rules: Mapping[str, Rule]) -> None:
        super().__init__()
        self.declaration = declaration
        self.rules = rules

    def __missing__(self, mask: int) -> Plan:
        able = self.declaration.differentiable_operands
        tracked = tuple(operand for bit, operand in enumerate(able) if mask >> bit & 1)
        self[mask] = plan = Plan(self.declaration, self.rules, tracked)
        return plan


def lift_raw(value: Any, _node: Node | None) -> Any:
    """Return what a rule gets in a raw backward pass: the value."""
    return value


def lift_recorded(value: Any, node: Node | None) -> Any:
    """Return what a rule gets in a recorded backward pass: an array or a tracked number as a `Var` on its node."""
    if node is None and (is_number(value) or not hasattr(value, "dtype")):
        return value
    return link(value, node)


def lift_field(value: Any, node: Node, index: int, lift: Lift) -> Any:
    """Lift one output of several, on an `Output` node if it is floating."""
    return lift(value, Output(node, index, value) if is_floating(node.result[index]) else None)


def space_of(g: Any) -> Any:
    """Return the namespace that a rule computes in, by its cotangent."""
    if isinstance(g, tuple):
        g = next((field for field in cast("tuple[Any, ...]", g) if field is not None), 0.0)
    if type(g) is Var:
        return above.namespace(g.value)
    return spaces.get(type(g)) or discover(g)


def at_edges(edges: Edges, values: Sequence[Any], absent: Any) -> Any:
    """Return an operand's own of some values of which each edge has one."""
    if edges is None:
        return absent
    if isinstance(edges, int):
        return values[edges]
    return tuple([absent if edge is None else values[edge] for edge in edges])


def check_joint_result(plan: Plan, rule: Rule, cotangents: Any, wanted: tuple[Any, ...]) -> tuple[Any, ...]:
    """Check a joint rule's result: a tuple with one cotangent per operand. Drop those that are not wanted.

    A rule that takes `needs` returns None exactly where `needs` is false.
    """
    names = rule.operands
    if cotangents is None:
        return (None,) * len(names)
    if not isinstance(cotangents, SEQUENCES) or len(cotangents) != len(names):
        got = f"{len(cotangents)} cotangents" if isinstance(cotangents, SEQUENCES) else type(cotangents).__name__
        problem = f"{got}; it must return a tuple of {len(names)}, one for each"
        raise CotangentError(f"{joint_rule(plan, rule)} returned {problem}")
    if "needs" in rule.names:
        for name, cotangent, want in zip(names, cotangents, wanted, strict=True):
            if not isinstance(want, tuple) and (cotangent is not None) != want:
                got = "None" if cotangent is None else "a cotangent"
                problem = f"{got} for {name!r}, where needs.{name} is {want}"
                raise CotangentError(f"{joint_rule(plan, rule)} returned {problem}")
    return tuple([c if want else None for c, want in zip(cotangents, wanted, strict=True)])


def joint_rule(plan: Plan, rule: Rule) -> str:
    """Return the name of a joint rule for error texts."""
    return f"{plan.declaration.name}: the joint rule of {', '.join(rule.operands)} ({place(rule.function)})"


def select_tracked(plan: Plan, name: str, cotangents: Any, flags: tuple[bool, ...], wanted: Any) -> list[Any]:
    """Return the cotangents of the tracked arrays of a sequence operand. Raises CotangentError for a wrong number."""
    if cotangents is None:
        return [None] * sum(flags)
    if not isinstance(cotangents, SEQUENCES) or len(cotangents) != len(flags):
        got = f"{len(cotangents)}" if isinstance(cotangents, SEQUENCES) else type(cotangents).__name__
        raise CotangentError(
            f"{plan.declaration.name}: the rule of {name!r} returned {got} for {len(flags)} arrays; "
            "it must return a list with one cotangent per array, None where needs is false"
        )
    return [c if want else None for c, flag, want in zip(cotangents, flags, wanted, strict=True) if flag]


def collect_cotangents(plan: Plan, fields: Fields) -> tuple[Any, Any]:
    """Return by name the cotangents of several outputs, None if nothing flowed back, and whether something did."""
    flags = [cotangent is not None for cotangent in fields.cotangents]
    return plan.cotangents(*fields.cotangents), plan.cotangents(*flags)


def fill_zeros(bare: Any, node: Node, lift: Lift) -> Any:
    """Put zeros where nothing flowed back to a floating output, for rules that do not take `reached`."""
    metas: tuple[Meta, ...] = node.result
    pairs = zip(bare, metas, strict=True)
    return type(bare)(*[lift(zeros_of(m), None) if c is None and is_floating(m) else c for c, m in pairs])


CALLED = (space_of, lift_raw, collect_cotangents, fill_zeros, check_joint_result, select_tracked)
"""The functions that generated pullbacks call, there with an underscore before their names."""
