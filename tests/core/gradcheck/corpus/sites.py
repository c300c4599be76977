"""Sites of faults, and the wrong op for a fault at a site: the same declaration, another rule.

Site      one operand's rule of a registered op
Moment    one run of that rule: its arguments, the right cotangent
Fault     a function of a Moment to a wrong cotangent
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from inspect import Parameter, Signature
from typing import Any

import attrs

from mutorch_core import Op, Var, ops, plugins

__all__ = ["Fault", "Moment", "Site", "anywhere", "rewritten", "sites", "wrong_op"]

Rules = Mapping[tuple[str, ...], Callable[..., Any]]
Formula = Callable[["Moment"], Any]


@attrs.frozen
class Site:
    """One operand's rule of an op, and the parameter for faults about a parameter."""

    op: Any
    operand: str
    parameter: str | None = None

    def __str__(self) -> str:
        return f"{self.op.name}.{self.operand}" + (f" ({self.parameter})" if self.parameter else "")

    @property
    def family(self) -> str:
        """The module in which the op is defined."""
        return self.op.function.__module__.rpartition(".")[2]

    @property
    def rule(self) -> Any:
        """The right rule."""
        return self.op.rules[self.operand]

    @property
    def named(self) -> frozenset[str]:
        """The arguments that the rule names."""
        return frozenset(self.rule.names)

    @property
    def others(self) -> list[str]:
        """The op's other differentiable operands of one array each."""
        able = [o.name for o in self.op.operands if o.differentiable and o.kind == "single"]
        return [name for name in able if name != self.operand]

    @property
    def default(self) -> Any:
        """The parameter's default."""
        return next(p.default for p in self.op.parameters if p.name == self.parameter)


class Moment:
    """One run of a rule at a site; for an item of a sequence operand, that item's part of it.

    `memory` is a dictionary that lives as long as the wrong op.
    """

    def __init__(self, site: Site, given: dict[str, Any], memory: dict[Any, Any], item: int | None) -> None:
        self.site = site
        self.given = given
        self.memory = memory
        self.item = item
        self.g: Any = given["g"]
        self.xp: Any = given["xp"]

    @property
    def x(self) -> Any:
        """The operand, an array or a `Var`."""
        value = self.given[self.site.operand]
        return value if self.item is None else value[self.item]

    @property
    def shape(self) -> tuple[int, ...]:
        """The operand's shape."""
        return tuple(getattr(self.x, "shape", ()))

    @property
    def complex(self) -> bool:
        """True if the operand is complex."""
        return "complex" in str(self.x.dtype)

    @property
    def raw(self) -> bool:
        """True in a first-order backward pass, where everything is an array of the library."""
        return not isinstance(self.g[0] if isinstance(self.g, tuple) else self.g, Var)

    def right(self, **changes: Any) -> Any:
        """The right cotangent, or the right rule's cotangent for other values."""
        return self.right_of(self.site.operand, **changes)

    def right_of(self, operand: str, **changes: Any) -> Any:
        """Return the right cotangent of another operand."""
        cotangent = run(self.site.op.rules[operand], operand, {**self.given, **changes})
        return cotangent if self.item is None else cotangent[self.item]

    def right_of_item(self, item: int) -> Any:
        """Return the right cotangent of another item of a sequence operand."""
        return run(self.site.rule, self.site.operand, self.given)[item]

    def each_g(self, change: Callable[[Any], Any]) -> Any:
        """Return the incoming cotangent changed, or each one if the op has several outputs."""
        if isinstance(self.g, tuple):
            return type(self.g)(*(None if g is None else change(g) for g in self.g))
        return change(self.g)


def anywhere(_: Site) -> bool:
    """Return True: every rule can have such a fault."""
    return True


@attrs.frozen
class Fault:
    """A mistake that a rule can have.

    `corrupt` returns the wrong cotangent, `applies` whether a site can have the fault, `asks` the additional arguments
    of the rule. `families` is the least number of families of ops on which it is visible. `per_parameter` makes a site
    of each parameter that the rule names; `throughout` corrupts the rules of all operands alike. A fault that is
    `certain` changes something wherever it applies. `diagnosis` is a pattern for the checker's diagnosis.
    """

    name: str
    corrupt: Formula
    applies: Callable[[Site], bool] = anywhere
    families: int = 5
    asks: tuple[str, ...] = ()
    per_parameter: bool = False
    throughout: bool = False
    certain: bool = False
    diagnosis: str | None = None


@cache
def own_ops() -> list[Any]:
    """Return the ops of this project. Other installed ops do not count in its score."""
    own = {record.namespace for record in plugins.records() if record.distribution == "mutorch"}
    return [op for op in ops.values() if op.namespace in own]


def sites(fault: Fault) -> Iterator[Site]:
    """Yield every rule of every op of this project to which a fault applies."""
    for op in own_ops():
        for operand, rule in op.rules.items():
            names = [p.name for p in op.parameters if p.name in rule.names] if fault.per_parameter else [None]
            yield from filter(fault.applies, (Site(op, operand, name) for name in names))


def run(rule: Any, operand: str, given: Mapping[str, Any]) -> Any:
    """Return the cotangent of one operand from a rule."""
    result = rule.function(**{name: given[name] for name in rule.names})
    return result[rule.operands.index(operand)] if len(rule.operands) > 1 else result


def with_rules(op: Any, rules: Rules, **changes: Any) -> Any:
    """Return an op with another's declaration, with some changes, and other rules for some operands."""
    changed = Op(attrs.evolve(op.declaration, **changes))
    changed.samplers += op.samplers
    for library, function in op.forwards.items():
        changed.forward(library)(function)
    own = {rule.operands: rule.function for rule in op.rules.values()}
    for operands, function in {**own, **rules}.items():
        changed.vjp(*operands)(function)
    return changed


def wrong_op(fault: Fault, site: Site) -> Any:
    """Return the op of a site with the fault in it."""
    operands = list(site.op.rules) if fault.throughout else [site.operand]
    return rewritten([attrs.evolve(site, operand=operand) for operand in operands], fault.corrupt, asks=fault.asks)


def rewritten(places: Sequence[Site], formula: Formula, *, asks: Sequence[str] = (), **changes: Any) -> Any:
    """Return an op in which the cotangents of some operands follow another formula."""
    memory: dict[Any, Any] = {}
    rules = {site.rule.operands: rule_with(site, formula, memory, asks) for site in places}
    return with_rules(places[0].op, rules, **changes)


def rule_with(site: Site, formula: Formula, memory: dict[Any, Any], asks: Sequence[str]) -> Callable[..., Any]:
    """Return the rule of a site with another formula for its operand; it names all available arguments."""
    rule, op = site.rule, site.op
    there = (*(o.name for o in op.operands), *(p.name for p in op.parameters))
    names = tuple(dict.fromkeys(("g", "xp", "out", *rule.names, *there, *asks)))

    def another(*values: Any) -> Any:
        given = dict(zip(names, values, strict=True))
        result = rule.function(**{name: given[name] for name in rule.names})
        if len(rule.operands) == 1:
            return cotangent(result, given)
        mine = rule.operands.index(site.operand)
        return tuple(cotangent(c, given) if place == mine else c for place, c in enumerate(result))

    def cotangent(right: Any, given: dict[str, Any]) -> Any:
        if not isinstance(right, list):
            return None if right is None else formula(Moment(site, given, memory, None))
        return [None if c is None else formula(Moment(site, given, memory, i)) for i, c in enumerate(right)]

    parameters = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in names]
    another.__signature__ = Signature(parameters)  # type: ignore[attr-defined] - whoever asks for names reads it
    return another
