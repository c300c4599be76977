"""The pullback generator: it writes the function that a raw backward pass runs at a node.

One function is written for each subset of an op's operands that is met tracked. For `multiply` with both:

    def pull_back(g, _node, _lift=_lift_raw):
        x2, x1, = _node.saved
        _c_0 = _rule_0(g, x2)
        _c_1 = _rule_1(g, x1)
        return (_c_0, _c_1,)

Names of the generator begin with an underscore; the names of operands, parameters and outputs never do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import attrs

from mutorch_core.arrays.meta import meta_of
from mutorch_core.declaration.code_text import tuple_text
from mutorch_core.declaration.signatures import Declaration, Operand, Rule

__all__ = ["Saved", "TrackedSubset", "flags_variable", "meta_or_none", "pull_back_lines", "savable"]


def meta_or_none(value: Any) -> Any:
    """Return the `Meta` of an optional operand, None if it was left out."""
    return None if value is None else meta_of(value)


def metas_of(values: Any) -> list[Any]:
    """Return the `Meta` of each array of a sequence operand."""
    return [meta_of(value) for value in values]


def savable(declaration: Declaration) -> list[str]:
    """Return by name what the call of an op offers to be saved: arguments, flags of sequences, outputs."""
    flags = [flags_variable(operand) for operand in declaration.operands if operand.kind != "single"]
    whole = [] if declaration.result is None else ["out"]
    return [*declaration.signature.parameters, *flags, *declaration.fields, *whole]


class Saved(NamedTuple):
    """One entry of a node's `saved`: its variable in the text of a pullback, its source among `savable` values."""

    variable: str
    source: int
    convert: Callable[[Any], Any] | None = None
    """The function that makes it of its source; None if it is the source itself."""


def argument_variable(rule: Rule, name: str) -> str:
    """Return the variable that a rule's argument is passed from: a `Meta` has one of its own."""
    return f"_m_{name}" if name in rule.metas else name


def flags_variable(operand: Operand) -> str:
    """Return the variable with one flag per array of a sequence operand: whether it is tracked."""
    return f"_t_{operand.name}"


@attrs.frozen
class TrackedSubset:
    """An op with a given subset of its operands tracked, and the rules that serve these, each once."""

    declaration: Declaration
    tracked: tuple[Operand, ...]
    used: tuple[Rule, ...]

    @property
    def saved(self) -> tuple[Saved, ...]:
        """The values that the rules name, in a fixed order. A node saves nothing else."""
        operands = {operand.name: operand for operand in self.declaration.operands}
        source = savable(self.declaration).index
        entries: dict[str, Saved] = {}
        for rule in self.used:
            for name in rule.names:
                if name not in ("g", "xp", "needs", "reached"):
                    variable = argument_variable(rule, name)
                    convert = conversion(operands.get(name), name in rule.metas)
                    entries[variable] = Saved(variable, source(name), convert)
        for operand in self.tracked:
            if operand.kind != "single":
                flags = flags_variable(operand)
                entries[flags] = Saved(flags, source(flags))
        return tuple(entries.values())


def conversion(operand: Operand | None, meta: bool) -> Callable[[Any], Any] | None:
    """Return the function that converts a value before it is saved; `operand` is None for other things."""
    if operand is not None and operand.kind != "single":
        return metas_of if meta else tuple
    if meta:
        return meta_or_none if operand is not None and operand.optional else meta_of
    return None


def pull_back_lines(subset: TrackedSubset) -> Iterator[str]:
    """Write `pull_back(g, node)`, which returns one cotangent per edge of the node; `_lift` applies to its zeros."""
    yield "def pull_back(g, _node, _lift=_lift_raw):"
    yield from prologue(subset)
    needed = {operand.name: "False" for operand in subset.declaration.operands}
    for operand in subset.tracked:
        needed[operand.name] = "True" if operand.kind == "single" else flags_variable(operand)
    cotangents: dict[str, str] = {}
    for index, rule in enumerate(subset.used):
        yield f"    _c_{index} = _rule_{index}({arguments(subset, rule, needed)})"
        if len(rule.operands) == 1:
            cotangents[rule.operands[0]] = f"_c_{index}"
        else:
            flags = [needed[name] for name in rule.operands]
            unless = ""
            if set(flags) == {"True"}:  # then the check is needed for wrong results only
                absent = "".join(f" or _c_{index}[{position}] is None" for position in range(len(flags)))
                unless = f"if _type(_c_{index}) is not _tuple or _len(_c_{index}) != {len(flags)}{absent}: "
            check = f"_check_joint_result(_pullback, _used[{index}], _c_{index}, {tuple_text(flags)})"
            yield f"    {unless}_c_{index} = {check}"
            cotangents |= {name: f"_c_{index}[{position}]" for position, name in enumerate(rule.operands)}
    for operand in subset.tracked:
        name = operand.name
        if operand.kind != "single":
            cotangents[name] = f"*_select_tracked(_pullback, {name!r}, {cotangents[name]}, {needed[name]})"
    yield f"    return {tuple_text(cotangents[operand.name] for operand in subset.tracked)}"


def prologue(subset: TrackedSubset) -> Iterator[str]:
    """Unpack what was saved, the cotangents of several outputs, and the namespace, as far as rules use them."""
    names = {name for rule in subset.used for name in rule.names}
    if subset.saved:
        yield f"    {tuple_text(saved.variable for saved in subset.saved)[1:-1]} = _node.saved"
    if subset.declaration.has_many_outputs:
        filled = any("reached" not in rule.names for rule in subset.used)
        yield "    _bare, reached = _collect_cotangents(_pullback, g)"
        yield f"    g = {'_fill_zeros(_bare, _node, _lift)' if filled else '_bare'}"
    if "xp" in names:
        yield "    xp = _namespace_cache.get(_type(g)) or _cotangent_namespace(g)"


def arguments(subset: TrackedSubset, rule: Rule, needed: Mapping[str, str]) -> str:
    """Write a rule's arguments, in its order."""
    flags = [needed[operand.name] for operand in subset.declaration.differentiable_operands]
    constant = {"True", "False"}.issuperset(flags)
    values = {"needs": "_needed" if constant else f"_needs({', '.join(flags)})"}
    if "reached" in rule.names:
        values["g"] = "_bare"
    texts = [values.get(name, argument_variable(rule, name)) for name in rule.names]
    named = zip(rule.names, texts, strict=True)
    return ", ".join(f"{name}={text}" if name in rule.keyword_only else text for name, text in named)
