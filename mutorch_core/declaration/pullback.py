"""What a node keeps and runs when a given subset of its operands is tracked.

A `Pullback` is made when a subset of an op's operands is first seen tracked. Its rules' names decide what a node
keeps, and its functions are written for just that, as attrs writes an `__init__`: `keep` for the call, where
that does not write it out itself, and the two pulls for sweeps.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from typing import Any, cast

from mutorch_core.arrays.meta import Meta, is_floating, meta_of
from mutorch_core.arrays.namespaces import SEQUENCES, is_number, namespace_cache, namespace_of
from mutorch_core.arrays.values import zeros_of
from mutorch_core.declaration.call_boundary import missing_rule
from mutorch_core.declaration.code_text import compiled, joined
from mutorch_core.declaration.pullback_code import Subset, pull_lines, pull_some_lines, saved_expression, several
from mutorch_core.declaration.signatures import Declaration, Operand, Rule, source_location
from mutorch_core.errors import CotangentError
from mutorch_core.graph.node import Node, OutputCotangents, OutputNode, release_node
from mutorch_core.graph.var import Var, make_var
from mutorch_core.late_binding import late_bound

__all__ = ["Pullback", "Pullbacks", "lift_raw", "lift_recorded", "record_type"]


class Pullback:
    """What a node of one op keeps and runs when a given subset of its operands is tracked."""

    __slots__ = ("cotangents", "declaration", "keep", "pull", "pull_some", "rules", "saved", "tracked")

    cotangents: Any
    keep: Callable[..., tuple[Any, ...]]

    def __init__(self, declaration: Declaration, rules: Mapping[str, Rule], tracked: tuple[Operand, ...]) -> None:
        self.declaration = declaration
        self.rules = rules
        self.tracked = tracked
        for operand in tracked:
            if operand.name not in rules:
                raise missing_rule(declaration, operand.name)
        used = tuple(dict.fromkeys(rules[operand.name] for operand in tracked))
        subset = Subset(declaration, tracked, used)
        self.saved = subset.saved
        self.cotangents = record_type("Cotangents", declaration.fields) if several(declaration) else None
        scope = {f"_{name}": value for name, value in PULL_SCOPE.items()}
        scope |= {"_plan": self}
        able = declaration.differentiable_operands
        needs = record_type("Needs", [operand.name for operand in able])
        scope |= {"_needs": needs, "_needed": needs(*(operand in tracked for operand in able))}
        scope |= {f"_rule_{i}": rule.function for i, rule in enumerate(used)}
        self.pull = compiled(declaration.name, "pull", pull_lines(subset), scope)
        self.pull_some = compiled(declaration.name, "pull_some", pull_some_lines(subset), scope)

    def release(self, node: Node) -> None:
        """Let go of what a node of this op keeps."""
        release_node(node, self.declaration.name)

    def named(self, node: Node, edge: int) -> str:
        """The rule on an edge of a node, as error texts name it: op, operand, file and line."""
        for operand in self.tracked:
            flags = (True,) if operand.kind == "single" else node.saved[self.saved.index(f"{operand.name}__tracked")]
            if edge < sum(flags):
                where = source_location(self.rules[operand.name].function)
                return f"{self.declaration.name}: the rule of {operand.name!r} ({where})"
            edge -= sum(flags)
        raise IndexError(edge)


def record_type(name: str, fields: Iterable[str]) -> Any:
    """A named tuple for what a rule gets: `g` with one field per output, `needs` with one per operand."""
    return namedtuple(name, fields)  # pyright: ignore[reportUntypedNamedTuple] - the fields are an op's own


class Pullbacks(dict[int, Pullback]):
    """The plans of an op by bit mask of tracked operands, each made when that subset is first seen."""

    def __init__(self, declaration: Declaration, rules: Mapping[str, Rule]) -> None:
        super().__init__()
        self.declaration = declaration
        self.rules = rules

    @property
    def keepable(self) -> tuple[str, ...]:
        """The call's variables that a plan may keep, in the order in which `keep` takes them."""
        declaration = self.declaration
        names = [o.name for o in declaration.operands] + [p.name for p in declaration.parameters]
        names += [f"_t_{o.name}" for o in declaration.differentiable_operands if o.kind != "single"]
        return (*names, "_fields", "_public") if several(declaration) else (*names, "_out")

    def __missing__(self, mask: int) -> Pullback:
        able = self.declaration.differentiable_operands
        plan = Pullback(self.declaration, self.rules, tuple(o for bit, o in enumerate(able) if mask >> bit & 1))
        kept = joined(saved_expression(self.declaration, name) for name in plan.saved)
        lines = [f"def keep({', '.join(self.keepable)}):", f"    return {kept}"]
        plan.keep = compiled(self.declaration.name, "keep", lines, {"_meta_of": meta_of, "_tuple": tuple})
        self[mask] = plan
        return plan


def lift_raw(value: Any, _node: Node | None) -> Any:
    """What a rule gets in a raw sweep: the value."""
    return value


def lift_recorded(value: Any, node: Node | None) -> Any:
    """What a rule gets in a recorded sweep: a `Var` on the node that the value came from, or a static thing."""
    if node is None and (is_number(value) or not hasattr(value, "dtype")):
        return value
    return make_var(value, node)


def cotangent_namespace(g: Any) -> Any:
    """The namespace that a rule computes in, told by its cotangent."""
    if isinstance(g, tuple):
        g = next((field for field in cast("tuple[Any, ...]", g) if field is not None), 0.0)
    if type(g) is Var:
        return late_bound.var_namespace(g.value)
    return namespace_cache.get(type(g)) or namespace_of(g)


def lift_field(value: Any, node: Node, index: int, lift: Any) -> Any:
    """One output of several, for a rule: on a node of its own where it is floating."""
    return lift(value, OutputNode(node, index, value) if is_floating(node.result[index]) else None)


def joint(
    plan: Pullback, names: tuple[str, ...], cotangents: Any, wanted: tuple[Any, ...], told: bool
) -> tuple[Any, ...]:
    """Check what a joint rule returned: one cotangent per name, None just where none was needed, if it asks."""
    if cotangents is None:
        return (None,) * len(names)
    if not isinstance(cotangents, SEQUENCES) or len(cotangents) != len(names):
        got = f"{len(cotangents)} cotangents" if isinstance(cotangents, SEQUENCES) else type(cotangents).__name__
        problem = f"{got}; it must return a tuple of {len(names)}, one for each"
        raise CotangentError(f"{joint_rule(plan, names)} returned {problem}")
    for name, cotangent, want in zip(names, cotangents, wanted, strict=True):
        if told and not isinstance(want, tuple) and (cotangent is not None) != want:
            got = "None" if cotangent is None else "a cotangent"
            raise CotangentError(f"{joint_rule(plan, names)} returned {got} for {name!r}, where needs.{name} is {want}")
    return tuple(c if want else None for c, want in zip(cotangents, wanted, strict=True))


def joint_rule(plan: Pullback, names: tuple[str, ...]) -> str:
    """A joint rule, as error texts name it."""
    where = source_location(plan.rules[names[0]].function)
    return f"{plan.declaration.name}: the joint rule of {', '.join(names)} ({where})"


def picked(plan: Pullback, name: str, cotangents: Any, flags: tuple[bool, ...], wanted: Any) -> list[Any]:
    """The cotangents of a sequence operand that belong to tracked items."""
    if cotangents is None:
        return [None] * sum(flags)
    if not isinstance(cotangents, SEQUENCES) or len(cotangents) != len(flags):
        got = f"{len(cotangents)}" if isinstance(cotangents, SEQUENCES) else type(cotangents).__name__
        raise CotangentError(
            f"{plan.declaration.name}: the rule of {name!r} returned {got} for {len(flags)} arrays; "
            "it must return a list with one cotangent per array, None where needs is false"
        )
    return [c if want else None for c, flag, want in zip(cotangents, flags, wanted, strict=True) if flag]


def arrived(plan: Pullback, fields: OutputCotangents) -> tuple[Any, Any]:
    """The cotangents of several outputs, None where nothing flowed back, and whether something did, by name."""
    flags = [cotangent is not None for cotangent in fields.cotangents]
    return plan.cotangents(*fields.cotangents), plan.cotangents(*flags)


def filled(bare: Any, node: Node, lift: Any) -> Any:
    """The same with zeros for floating outputs, for rules that don't ask what was reached."""
    metas: tuple[Meta, ...] = node.result
    pairs = zip(bare, metas, strict=True)
    return type(bare)(*[lift(zeros_of(m), None) if c is None and is_floating(m) else c for c, m in pairs])


PULL_SCOPE: dict[str, Any] = {
    "iter": iter, "next": next, "zip": zip, "len": len, "tuple": tuple, "type": type, "enumerate": enumerate,
    "spaces": namespace_cache, "space_of": cotangent_namespace, "lift_raw": lift_raw, "lift_field": lift_field,
    "arrived": arrived, "filled": filled, "joint": joint, "picked": picked,
}  # fmt: skip
"""What generated pulls call, by the name that they use, which has an underscore in front."""
