"""The text of a plan's two pulls: take out what was saved, run the rules, return one cotangent per edge.

Both operands of `multiply` tracked:

    def pull(g, _node):
        x2, x1, = _node.saved
        _c_0 = g * x2
        _c_1 = g * x1
        return (_c_0, _c_1,)

`pull` is for the usual sweep: raw, everything wanted. `pull_some` is for the others: recorded (saved values
become `Var`s on their nodes again), or with only some operands wanted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import attrs

from mutorch_core.declaration.code_text import inlined, joined
from mutorch_core.declaration.signatures import Declaration, Operand, Rule

__all__ = ["Subset", "pull_lines", "pull_some_lines", "saved_expression", "several"]


def several(declaration: Declaration) -> bool:
    """Whether an op has more than its one plain output."""
    return declaration.result is not None or bool(declaration.hidden)


@attrs.frozen
class Subset:
    """An op with a given subset of its operands tracked, and the rules that serve these, each once."""

    declaration: Declaration
    tracked: tuple[Operand, ...]
    used: tuple[Rule, ...]

    @property
    def saved(self) -> tuple[str, ...]:
        """What the rules name, in a fixed order: this is all that a node keeps."""
        names: dict[str, None] = {}
        for rule in self.used:
            for name in rule.names:
                if name not in ("g", "xp", "needs", "reached"):
                    names[f"{name}__meta" if name in rule.metas else name] = None
        for operand in self.tracked:
            if operand.kind != "single":
                names[f"{operand.name}__tracked"] = None
        return tuple(names)


def saved_expression(declaration: Declaration, name: str) -> str:
    """How the call computes what it keeps under `name`."""
    base, _, how = name.partition("__")
    if how == "tracked":
        return f"_t_{base}"
    value = base
    if base == "out":
        value = "_out" if not several(declaration) else "_fields[0]" if declaration.result is None else "_public"
    elif base in declaration.fields:
        value = f"_fields[{declaration.fields.index(base)}]"
    operand = next((o for o in declaration.operands if o.name == base), None)
    sequence = operand is not None and operand.kind != "single"
    if how == "meta":
        if sequence:
            return f"[_meta_of(_item) for _item in {value}]"
        optional = operand is not None and operand.optional
        return f"None if {value} is None else _meta_of({value})" if optional else f"_meta_of({value})"
    return f"_tuple({value})" if sequence else value


def arguments(rule: Rule, values: Mapping[str, str]) -> str:
    """The call's arguments, in the rule's order."""
    texts: list[str] = []
    for name in rule.names:
        text = values.get(name, f"{name}__meta" if name in rule.metas else name)
        texts.append(f"{name}={text}" if name in rule.keyword_only else text)
    return ", ".join(texts)


def opening(subset: Subset, lift: str) -> Iterator[str]:
    """The first lines of both pulls: what was saved, the cotangents of several outputs, the namespace."""
    names = {name for rule in subset.used for name in rule.names}
    zeros = any("reached" not in rule.names for rule in subset.used)
    if subset.saved:
        yield f"    {joined(subset.saved)[1:-1]} = _node.saved"
    if several(subset.declaration):
        yield "    _bare, reached = _arrived(_plan, g)"
        yield f"    g = _filled(_bare, _node, {lift})" if zeros else "    g = _bare"
    if "xp" in names:
        yield "    xp = _spaces.get(_type(g)) or _space_of(g)"


def pull_lines(subset: Subset) -> Iterator[str]:
    """The text of `pull(g, node)`: a raw sweep, every tracked operand wanted."""
    yield "def pull(g, _node):"
    yield from opening(subset, "_lift_raw")
    wanted = {operand.name: "False" for operand in subset.declaration.operands}
    for operand in subset.tracked:
        wanted[operand.name] = "True" if operand.kind == "single" else f"{operand.name}__tracked"
    yield from rule_calls(subset, wanted)


def pull_some_lines(subset: Subset) -> Iterator[str]:
    """The text of `pull_some(g, node, wanted, lift)`: recorded, or with only some edges wanted, or both."""
    yield "def pull_some(g, _node, _wanted, _lift):"
    yield from opening(subset, "_lift")
    yield "    _parents = _iter(_node.parents); _wanted = _iter(_wanted)"
    wanted: dict[str, str] = {}
    for operand in subset.declaration.operands:
        name, tracked = operand.name, operand in subset.tracked
        wanted[name] = f"_w_{name}" if tracked else "False"
        if operand.kind == "single":
            if tracked:
                yield f"    _p_{name} = _next(_parents); _w_{name} = _next(_wanted)"
            if name in subset.saved:
                yield f"    {name} = _lift({name}, {f'_p_{name}' if tracked else 'None'})"
        else:
            if tracked:
                yield f"    _p_{name} = [_next(_parents) if _flag else None for _flag in {name}__tracked]"
                yield f"    _w_{name} = _tuple([_flag and _next(_wanted) for _flag in {name}__tracked])"
            if name in subset.saved:
                nodes = f"_p_{name}" if tracked else f"[None] * _len({name})"
                yield f"    {name} = [_lift(_item, _parent) for _item, _parent in _zip({name}, {nodes})]"
    yield from lift_outputs(subset)
    yield from rule_calls(subset, wanted)


def lift_outputs(subset: Subset) -> Iterator[str]:
    """Put outputs that rules named back on this node, or on `Output` nodes of it where there are several."""
    declaration = subset.declaration
    if not several(subset.declaration):
        if "out" in subset.saved:
            yield "    out = _lift(out, _node)"
        return
    for index, field in enumerate(declaration.fields):
        if field in subset.saved:
            yield f"    {field} = _lift_field({field}, _node, {index}, _lift)"
    if "out" in subset.saved and declaration.result is not None:
        yield "    out = _type(out)(*[_lift_field(_field, _node, _i, _lift) for _i, _field in _enumerate(out)])"


def rule_calls(subset: Subset, wanted: Mapping[str, str]) -> Iterator[str]:
    """Run each rule where it is wanted, and return one cotangent per edge.

    `wanted` gives the expression that says so for each operand: a flag, or a tuple of them for a sequence.
    """
    able = subset.declaration.differentiable_operands
    sequences = {operand.name for operand in able if operand.kind != "single"}
    flags = [wanted[operand.name] for operand in able]
    values = {"needs": "_needed" if {"True", "False"}.issuperset(flags) else f"_needs({', '.join(flags)})"}
    results: dict[str, str] = {}
    for index, rule in enumerate(subset.used):
        given = arguments(rule, values | {"g": "_bare"} if "reached" in rule.names else values)
        call = inlined(rule.function, given) or f"_rule_{index}({given})"
        asked = [wanted[name] for name in rule.operands]
        if "True" not in asked:
            flags = [
                f"True in {flag}" if name in sequences else flag
                for name, flag in zip(rule.operands, asked, strict=True)
            ]
            call = f"{call} if {' or '.join(flags)} else None"
        told = "needs" in rule.names
        yield f"    _c_{index} = {call}"
        if len(rule.operands) > 1:
            checked = f"_c_{index} = _joint(_plan, {rule.operands!r}, _c_{index}, {joined(asked)}, {told})"
            yield f"    {unless_right(f'_c_{index}', asked, told)}{checked}"
        for position, name in enumerate(rule.operands):
            text = f"_c_{index}[{position}]" if len(rule.operands) > 1 else f"_c_{index}"
            flags_of = f"{name}__tracked, {wanted[name]}"
            results[name] = f"*_picked(_plan, {name!r}, {text}, {flags_of})" if name in sequences else text
    yield f"    return {joined(results[operand.name] for operand in subset.tracked)}"


def unless_right(found: str, asked: Sequence[str], told: bool) -> str:
    """A condition ahead of the check of what a joint rule returned: where flags are constants it is seldom needed."""
    if not {"True", "False"}.issuperset(asked):
        return ""
    wrong = [f"_type({found}) is not _tuple", f"_len({found}) != {len(asked)}"]
    for place, flag in enumerate(asked):
        if flag == "True" or told:
            wrong.append(f"{found}[{place}] is {'None' if flag == 'True' else 'not None'}")
    return f"if {' or '.join(wrong)}: "
