"""Pullbacks: what a node saves and runs when a given subset of its operands is tracked.

A `Plan` is made when a subset of an op's operands is first met tracked. The names that its rules take decide
what a node saves. `pull` is generated, since each node of a usual backward pass runs it; `pull_some`, for the
other backward passes, is not.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from mutorch_core.above import above
from mutorch_core.border import missing_rule
from mutorch_core.errors import CotangentError
from mutorch_core.graph import Fields, Node, Output, Var, let_go, link
from mutorch_core.pulls import TrackedSubset, flags_variable, pull_lines
from mutorch_core.signatures import Declaration, Operand, Rule, place
from mutorch_core.source import compile_function
from mutorch_core.values import SEQUENCES, Meta, discover, is_floating, is_number, spaces, zeros_of

__all__ = ["Plan", "Plans", "lift_raw", "lift_recorded", "record_type"]

Lift = Callable[[Any, Any], Any]


class Plan:
    """The pullback of one op for a given subset of tracked operands, and the list of what its nodes save."""

    cotangents: Any

    __slots__ = ("cotangents", "declaration", "kept", "origins", "plans", "pull", "rules", "saved", "tracked")

    def __init__(self, plans: Plans, tracked: tuple[Operand, ...]) -> None:
        self.plans = plans
        self.declaration = declaration = plans.declaration
        self.rules = plans.rules
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
        able = declaration.differentiable_operands
        needs = record_type("Needs", [operand.name for operand in able])
        scope = {f"_{function.__name__}": function for function in CALLED}
        scope |= {"_type": type, "_tuple": tuple, "_len": len, "_spaces": spaces, "_plan": self, "_used": used}
        scope |= {"_needs": needs, "_needed": needs(*[operand in tracked for operand in able])}
        scope |= {f"_rule_{index}": rule.function for index, rule in enumerate(used)}
        self.pull: Callable[..., tuple[Any, ...]] = compile_function(
            declaration.name, "pull", pull_lines(subset), scope
        )

    def keep(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """Return what a node saves, of a call's `savable` values."""
        return tuple([values[at] if convert is None else convert(values[at]) for at, convert in self.kept])

    def pull_some(self, g: Any, node: Node, wanted: Sequence[bool], lift: Lift) -> Sequence[Any]:
        """Return the cotangents of the wanted edges, None for the others.

        The pullback of just the wanted operands runs, at a node that saves what `lift` makes of each value and
        the node that it came from: in a recorded backward pass a `Var`, so that the rule's ops are recorded too.
        """
        lifted = self.lift_saved(node, lift)
        stand_in = Node()
        if self.cotangents is not None:
            stand_in.result = node.result
        if all(wanted):
            stand_in.saved = lifted
            return self.pull(g, stand_in, lift)
        plan, stand_in.saved = self.narrowed(lifted, wanted)
        cotangents = iter(plan.pull(g, stand_in, lift))
        return [next(cotangents) if want else None for want in wanted]

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
        return lift(value, Output(node, origin, value) if is_floating(node.result[origin]) else None)

    def narrowed(self, saved: Sequence[Any], wanted: Sequence[bool]) -> tuple[Plan, tuple[Any, ...]]:
        """Return the plan for the wanted operands only, and what a node of that one saves."""
        flags = self.by_operand(saved, wanted)
        mask = 0
        values = dict(zip(self.saved, saved, strict=True))
        for bit, operand in enumerate(self.declaration.differentiable_operands):
            want = flags.get(operand.name, False)
            if isinstance(want, list):
                values[flags_variable(operand)] = tuple([bool(flag) for flag in cast("list[bool | None]", want)])
            mask |= (True in want if isinstance(want, list) else want) << bit
        plan = self.plans[mask]
        return plan, tuple([values[variable] for variable in plan.saved])

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
        self[mask] = plan = Plan(self, tracked)
        return plan


def lift_raw(value: Any, _node: Node | None) -> Any:
    """Return what a rule gets in a raw backward pass: the value."""
    return value


def lift_recorded(value: Any, node: Node | None) -> Any:
    """Return what a rule gets in a recorded backward pass: an array or a tracked number as a `Var` on its node."""
    if node is None and (is_number(value) or not hasattr(value, "dtype")):
        return value
    return link(value, node)


def origin_of(declaration: Declaration, variable: str) -> Operand | int | None:
    """Return where a saved value comes from: an operand, an output by its index, -1 for all of them, else None."""
    if variable in declaration.fields:
        return declaration.fields.index(variable)
    if variable == "out":
        return WHOLE
    return next((operand for operand in declaration.operands if operand.name == variable), None)


WHOLE = -1


def space_of(g: Any) -> Any:
    """Return the namespace that a rule computes in, by its cotangent."""
    if isinstance(g, tuple):
        g = next((field for field in cast("tuple[Any, ...]", g) if field is not None), 0.0)
    if type(g) is Var:
        return above.namespace(g.value)
    return spaces.get(type(g)) or discover(g)


def check_joint_result(plan: Plan, rule: Rule, cotangents: Any, wanted: Sequence[Any]) -> Sequence[Any]:
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
    told = "needs" in rule.names
    checked: list[Any] = []
    for name, cotangent, want in zip(names, cotangents, wanted, strict=True):
        if told and (cotangent is None) is want:
            got = "None" if want else "a cotangent"
            problem = f"{got} for {name!r}, where needs.{name} is {want}"
            raise CotangentError(f"{joint_rule(plan, rule)} returned {problem}")
        checked.append(cotangent if want else None)
    return checked


def joint_rule(plan: Plan, rule: Rule) -> str:
    """Return the name of a joint rule for error texts."""
    return f"{plan.declaration.name}: the joint rule of {', '.join(rule.operands)} ({place(rule.function)})"


def select_tracked(plan: Plan, name: str, cotangents: Any, flags: tuple[bool, ...]) -> list[Any]:
    """Return the cotangents of the tracked arrays of a sequence operand. Raises CotangentError for a wrong number."""
    if cotangents is None:
        return [None] * sum(flags)
    if not isinstance(cotangents, SEQUENCES) or len(cotangents) != len(flags):
        got = f"{len(cotangents)}" if isinstance(cotangents, SEQUENCES) else type(cotangents).__name__
        raise CotangentError(
            f"{plan.declaration.name}: the rule of {name!r} returned {got} for {len(flags)} arrays; "
            "it must return a list with one cotangent per array, None where needs is false"
        )
    return [cotangent for cotangent, flag in zip(cotangents, flags, strict=True) if flag]


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
