"""Pullbacks: what a node saves and runs when a given subset of its operands is tracked.

A `Plan` is made when a subset of an op's operands is first met tracked. The names that its rules take decide
what a node saves. `pull` is generated, since each node of a usual backward pass runs it; `pull_some`, for the
other backward passes, is not.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from mutorch_core.above import above
from mutorch_core.border import missing_rule
from mutorch_core.errors import CotangentError
from mutorch_core.graph import Fields, Node, Output, Var, let_go, link
from mutorch_core.pulls import TrackedSubset, argument_variable, flags_variable, pull_lines
from mutorch_core.signatures import Declaration, Operand, Rule, place
from mutorch_core.source import compile_function
from mutorch_core.values import SEQUENCES, Meta, discover, is_floating, is_number, spaces, zeros_of

__all__ = ["Plan", "Plans", "lift_raw", "lift_recorded", "record_type"]

Lift = Callable[[Any, Any], Any]


class Plan:
    """What a node of one op saves and runs when a given subset of its operands is tracked."""

    __slots__ = ("cotangents", "declaration", "needs", "pull", "rules", "saved", "tracked", "used")

    def __init__(self, declaration: Declaration, rules: Mapping[str, Rule], tracked: tuple[Operand, ...]) -> None:
        for operand in tracked:
            if operand.name not in rules:
                raise missing_rule(declaration, operand.name)
        self.declaration = declaration
        self.rules = rules
        self.tracked = tracked
        self.used = tuple(dict.fromkeys(rules[operand.name] for operand in tracked))
        subset = TrackedSubset(declaration, tracked, self.used)
        self.saved = subset.saved
        self.cotangents = record_type("Cotangents", declaration.fields) if declaration.has_many_outputs else None
        self.needs = record_type("Needs", [operand.name for operand in declaration.differentiable_operands])
        scope = {f"_{function.__name__}": function for function in CALLED}
        scope |= {"_type": type, "_spaces": spaces, "_plan": self, "_used": self.used, "_needs": self.needs}
        scope |= {f"_rule_{index}": rule.function for index, rule in enumerate(self.used)}
        self.pull: Callable[[Any, Node], tuple[Any, ...]] = compile_function(
            declaration.name, "pull", pull_lines(subset), scope
        )

    def keep(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return what a node saves, of a call's arguments, outputs and flags by name."""
        return tuple(
            [
                values[saved.source] if saved.convert is None else saved.convert(values[saved.source])
                for saved in self.saved
            ]
        )

    def pull_some(self, g: Any, node: Node, wanted: tuple[bool, ...], lift: Lift) -> tuple[Any, ...]:
        """Return the cotangents of the wanted edges, None for the others.

        `lift` makes what a rule gets from a saved value and the node that it came from: in a recorded backward
        pass a `Var`, so that the rule's ops are recorded too.
        """
        values: dict[str, Any] = {saved.variable: value for saved, value in zip(self.saved, node.saved, strict=True)}
        parents, needs = self.by_operand(values, node.parents, wanted)
        self.lift_operands(values, parents, lift)
        self.lift_outputs(values, node, lift)
        bare = g
        if self.cotangents is not None:
            bare, values["reached"] = collect_cotangents(self, g)
            g = bare if all("reached" in rule.names for rule in self.used) else fill_zeros(bare, node, lift)
        if any("xp" in rule.names for rule in self.used):
            values["xp"] = space_of(g)
        values["needs"] = self.needs(*needs.values())
        cotangents: dict[str, Any] = {}
        for rule in self.used:
            wants = [needs[name] for name in rule.operands]
            if not any(True in want if isinstance(want, tuple) else want for want in wants):
                continue
            values["g"] = bare if "reached" in rule.names else g
            found = call_rule(rule, values)
            several = (found,) if len(wants) == 1 else check_joint_result(self, rule, found, tuple(wants))
            cotangents.update(zip(rule.operands, several, strict=True))
        edges: list[Any] = []
        for operand in self.tracked:
            cotangent = cotangents.get(operand.name)
            if operand.kind == "single":
                edges.append(cotangent)
            else:
                flags = values[flags_variable(operand)]
                edges += select_tracked(self, operand.name, cotangent, flags, needs[operand.name])
        return tuple(edges)

    def by_operand(
        self, values: Mapping[str, Any], parents: Iterable[Node], wanted: Iterable[bool]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Sort a node's parents, and the flags of its wanted edges, by operand: one of each, or one per array."""
        next_parent, next_wanted = iter(parents).__next__, iter(wanted).__next__
        nodes: dict[str, Any] = {}
        needs: dict[str, Any] = dict.fromkeys(self.needs._fields, False)
        for operand in self.tracked:
            name = operand.name
            if operand.kind == "single":
                nodes[name], needs[name] = next_parent(), next_wanted()
            else:
                flags = values[flags_variable(operand)]
                nodes[name] = [next_parent() if flag else None for flag in flags]
                needs[name] = tuple([flag and next_wanted() for flag in flags])
        return nodes, needs

    def lift_operands(self, values: dict[str, Any], parents: Mapping[str, Any], lift: Lift) -> None:
        """Lift the saved operands, each with its own parent."""
        for operand in self.declaration.operands:
            name = operand.name
            if name not in values:
                continue
            if operand.kind == "single":
                values[name] = lift(values[name], parents.get(name))
            else:
                items = values[name]
                nodes = parents.get(name, (None,) * len(items))
                values[name] = [lift(item, parent) for item, parent in zip(items, nodes, strict=True)]

    def lift_outputs(self, values: dict[str, Any], node: Node, lift: Lift) -> None:
        """Lift the saved outputs, on this node or on one `Output` node each."""
        declaration = self.declaration
        if self.cotangents is None:
            if "out" in values:
                values["out"] = lift(values["out"], node)
            return
        for index, field in enumerate(declaration.fields):
            if field in values:
                values[field] = lift_field(values[field], node, index, lift)
        if "out" in values and declaration.result is not None:
            fields = [lift_field(field, node, index, lift) for index, field in enumerate(values["out"])]
            values["out"] = declaration.result(*fields)

    def release(self, node: Node) -> None:
        """Release what a node of this op keeps."""
        let_go(node, self.declaration.name)

    def named(self, node: Node, edge: int) -> str:
        """Return the name of the rule on an edge of a node for error texts: op, operand, file and line."""
        variables = [saved.variable for saved in self.saved]
        for operand in self.tracked:
            single = operand.kind == "single"
            edges = 1 if single else sum(node.saved[variables.index(flags_variable(operand))])
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


def call_rule(rule: Rule, values: Mapping[str, Any]) -> Any:
    """Call a rule with the values that it names."""
    args: list[Any] = []
    named: dict[str, Any] = {}
    for name in rule.names:
        value = values[argument_variable(rule, name)]
        if name in rule.keyword_only:
            named[name] = value
        else:
            args.append(value)
    return rule.function(*args, **named)


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
