"""What a node keeps and runs when a given subset of its operands is tracked.

A `Plan` is made when a subset of an op's operands is first seen tracked. Its rules' names decide what a node keeps,
and its two functions are written for just that, as attrs writes an `__init__`. Both operands of `multiply` tracked:

    def pull(g, _node):                      # the usual sweep: raw, everything wanted
        x2, x1, = _node.saved
        _c_0 = _rule_0(g, x2)
        _c_1 = _rule_1(g, x1)
        return (_c_0, _c_1,)

`pull_some` is for the other sweeps: recorded (saved values become `Var`s on their nodes again), or with only some
operands wanted. The text of both is kept for tracebacks; the engine's own names in it begin with an underscore.
"""

from __future__ import annotations

import linecache
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from mutorch_core.above import above
from mutorch_core.border import missing_rule
from mutorch_core.errors import CotangentError
from mutorch_core.graph import Fields, Node, Output, Var, let_go, link
from mutorch_core.signatures import Declaration, Operand, Rule, place
from mutorch_core.values import Meta, discover, is_floating, is_number, meta_of, spaces, zeros_of

__all__ = [
    "Plan",
    "Plans",
    "compiled",
    "inlined",
    "joined",
    "lift_raw",
    "lift_recorded",
    "saved_expression",
    "several",
]


def compiled(name: str, purpose: str, lines: Iterable[str], scope: dict[str, Any]) -> Any:
    """Run generated lines and return the function that they define, its text kept for tracebacks."""
    source = "\n".join(lines) + "\n"
    filename = f"<mutorch {name} {purpose}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    exec(compile(source, filename, "exec"), scope)
    return scope[purpose]


def joined(parts: Iterable[str]) -> str:
    """A tuple display: `(a, b,)`, or `()`."""
    text = "".join(f"{part}, " for part in parts).rstrip()
    return f"({text})"


OPERATORS: tuple[tuple[str, Callable[..., Any]], ...] = (
    ("{0}", lambda a: a), ("-{0}", lambda a: -a), ("{0} + {1}", lambda a, b: a + b), ("{0} - {1}", lambda a, b: a - b),
    ("{0} * {1}", lambda a, b: a * b), ("{0} / {1}", lambda a, b: a / b), ("{0} @ {1}", lambda a, b: a @ b),
)  # fmt: skip


def inlined(function: Callable[..., Any], arguments: str) -> str | None:
    """The expression that a function computes, where that is its arguments under one operator: no call is needed.

    Told by its bytecode, which must be to the byte that of such a function.
    """
    code = getattr(function, "__code__", None)
    values = arguments.split(", ")
    for text, example in OPERATORS:
        same = code is not None and code.co_code == example.__code__.co_code and code.co_kwonlyargcount == 0
        if same and code.co_argcount == example.__code__.co_argcount == len(values):
            return text.format(*values)
    return None


def lift_raw(value: Any, _node: Node | None) -> Any:
    """What a rule gets in a raw sweep: the value."""
    return value


def lift_recorded(value: Any, node: Node | None) -> Any:
    """What a rule gets in a recorded sweep: a `Var` on the node that the value came from; static things as they are."""
    if node is None and (is_number(value) or not hasattr(value, "dtype")):
        return value
    return link(value, node)


def space_of(g: Any) -> Any:
    """The namespace that a rule computes in, told by its cotangent."""
    if isinstance(g, tuple):
        g = next((field for field in g if field is not None), 0.0)
    if type(g) is Var:
        return above.namespace(g.value)
    return spaces.get(type(g)) or discover(g)


class Plan:
    """What a node of one op keeps and runs when a given subset of its operands is tracked."""

    __slots__ = (
        "cotangents", "declaration", "keep", "pull", "pull_some", "rules", "saved", "tracked"
    )  # fmt: skip

    def __init__(self, declaration: Declaration, rules: Mapping[str, Rule], tracked: tuple[Operand, ...]) -> None:
        self.declaration = declaration
        self.rules = rules
        self.tracked = tracked
        for operand in tracked:
            if operand.name not in rules:
                raise missing_rule(declaration, operand.name)
        used = tuple(dict.fromkeys(rules[operand.name] for operand in tracked))
        self.saved = saved_names(declaration, used, tracked)
        self.cotangents: Any = namedtuple("Cotangents", declaration.fields) if several(declaration) else None
        scope = {f"_{name}": value for name, value in PULL_SCOPE.items()}
        scope |= {"_plan": self, "_needs": needs_type(declaration)}
        scope |= {f"_rule_{i}": rule.function for i, rule in enumerate(used)}
        self.pull = compiled(declaration.name, "pull", pull_lines(self, used), scope)
        self.pull_some = compiled(declaration.name, "pull_some", pull_some_lines(self, used), scope)

    def release(self, node: Node) -> None:
        """Let go of what a node of this op keeps."""
        let_go(node, self.declaration.name)

    def named(self, node: Node, edge: int) -> str:
        """The rule on an edge of a node, as error texts name it: op, operand, file and line."""
        for operand in self.tracked:
            flags = (True,) if operand.kind == "single" else node.saved[self.saved.index(f"{operand.name}__tracked")]
            if edge < sum(flags):
                where = place(self.rules[operand.name].function)
                return f"{self.declaration.name}: the rule of {operand.name!r} ({where})"
            edge -= sum(flags)
        raise IndexError(edge)


def several(declaration: Declaration) -> bool:
    """Whether an op has more than its one plain output."""
    return declaration.result is not None or bool(declaration.hidden)


def needs_type(declaration: Declaration) -> Any:
    """The named tuple that a rule gets as `needs`: one entry per differentiable operand."""
    return namedtuple("Needs", [operand.name for operand in declaration.differentiable_operands])


class Plans(dict[int, Plan]):
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

    def __missing__(self, mask: int) -> Plan:
        able = self.declaration.differentiable_operands
        plan = Plan(self.declaration, self.rules, tuple(o for bit, o in enumerate(able) if mask >> bit & 1))
        kept = joined(saved_expression(self.declaration, name) for name in plan.saved)
        lines = [f"def keep({', '.join(self.keepable)}):", f"    return {kept}"]
        plan.keep = compiled(self.declaration.name, "keep", lines, {"_meta_of": meta_of, "_tuple": tuple})
        self[mask] = plan
        return plan


def saved_names(declaration: Declaration, used: Iterable[Rule], tracked: Iterable[Operand]) -> tuple[str, ...]:
    """What the rules of a subset name, in a fixed order: this is all that a node keeps."""
    names: dict[str, None] = {}
    for rule in used:
        for name in rule.names:
            if name not in ("g", "xp", "needs", "reached"):
                names[f"{name}__meta" if name in rule.metas else name] = None
    for operand in tracked:
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


def opening(plan: Plan, used: Iterable[Rule], lift: str) -> Iterator[str]:
    """The first lines of both pulls: what was saved, the cotangents of several outputs, the namespace."""
    names = {name for rule in used for name in rule.names}
    if plan.saved:
        yield f"    {joined(plan.saved)[1:-1]} = _node.saved"
    if plan.cotangents is not None:
        yield f"    g, reached = _spread_cotangents(_plan, g, _node, {lift}, {'reached' in names})"
    if "xp" in names:
        yield "    xp = _spaces.get(_type(g)) or _space_of(g)"


def pull_lines(plan: Plan, used: tuple[Rule, ...]) -> Iterator[str]:
    """The text of `pull(g, node)`: a raw sweep, every tracked operand wanted."""
    yield "def pull(g, _node):"
    yield from opening(plan, used, "_lift_raw")
    wanted = {operand.name: "False" for operand in plan.declaration.operands}
    for operand in plan.tracked:
        wanted[operand.name] = "True" if operand.kind == "single" else f"{operand.name}__tracked"
    yield from rule_calls(plan, used, wanted)


def pull_some_lines(plan: Plan, used: tuple[Rule, ...]) -> Iterator[str]:
    """The text of `pull_some(g, node, wanted, lift)`: recorded, or with only some edges wanted, or both."""
    yield "def pull_some(g, _node, _wanted, _lift):"
    yield from opening(plan, used, "_lift")
    yield "    _parents = _iter(_node.parents); _wanted = _iter(_wanted)"
    wanted: dict[str, str] = {}
    for operand in plan.declaration.operands:
        name, tracked = operand.name, operand in plan.tracked
        wanted[name] = f"_w_{name}" if tracked else "False"
        if operand.kind == "single":
            if tracked:
                yield f"    _p_{name} = _next(_parents); _w_{name} = _next(_wanted)"
            if name in plan.saved:
                yield f"    {name} = _lift({name}, {f'_p_{name}' if tracked else 'None'})"
        else:
            if tracked:
                yield f"    _p_{name} = [_next(_parents) if _flag else None for _flag in {name}__tracked]"
                yield f"    _w_{name} = _tuple([_flag and _next(_wanted) for _flag in {name}__tracked])"
            if name in plan.saved:
                nodes = f"_p_{name}" if tracked else f"[None] * _len({name})"
                yield f"    {name} = [_lift(_item, _parent) for _item, _parent in _zip({name}, {nodes})]"
    yield from lift_outputs(plan)
    yield from rule_calls(plan, used, wanted)


def lift_outputs(plan: Plan) -> Iterator[str]:
    """Put outputs that rules named back on this node, or on `Output` nodes of it where there are several."""
    declaration = plan.declaration
    if plan.cotangents is None:
        if "out" in plan.saved:
            yield "    out = _lift(out, _node)"
        return
    for index, field in enumerate(declaration.fields):
        if field in plan.saved:
            yield f"    {field} = _lift_field({field}, _node, {index}, _lift)"
    if "out" in plan.saved and declaration.result is not None:
        yield "    out = _type(out)(*[_lift_field(_field, _node, _i, _lift) for _i, _field in _enumerate(out)])"


def lift_field(value: Any, node: Node, index: int, lift: Any) -> Any:
    """One output of several, for a rule: on a node of its own where it is floating."""
    return lift(value, Output(node, index, value) if is_floating(node.result[index]) else None)


def rule_calls(plan: Plan, used: tuple[Rule, ...], wanted: Mapping[str, str]) -> Iterator[str]:
    """Run each rule where it is wanted, and return one cotangent per edge.

    `wanted` gives the expression that says so for each operand: a flag, or a tuple of them for a sequence.
    """
    able = plan.declaration.differentiable_operands
    sequences = {operand.name for operand in able if operand.kind != "single"}
    values = {"needs": f"_needs({', '.join(wanted[operand.name] for operand in able)})"}
    results: dict[str, str] = {}
    for index, rule in enumerate(used):
        call = inlined(rule.function, arguments(rule, values)) or f"_rule_{index}({arguments(rule, values)})"
        asked = [wanted[name] for name in rule.operands]
        if "True" not in asked:
            flags = [
                f"True in {flag}" if name in sequences else flag
                for name, flag in zip(rule.operands, asked, strict=True)
            ]
            call = f"{call} if {' or '.join(flags)} else None"
        if len(rule.operands) > 1:
            call = f"_joint(_plan, {rule.operands!r}, {call}, {joined(asked)}, {'needs' in rule.names})"
        yield f"    _c_{index} = {call}"
        for position, name in enumerate(rule.operands):
            text = f"_c_{index}[{position}]" if len(rule.operands) > 1 else f"_c_{index}"
            flags_of = f"{name}__tracked, {wanted[name]}"
            results[name] = f"*_picked(_plan, {name!r}, {text}, {flags_of})" if name in sequences else text
    yield f"    return {joined(results[operand.name] for operand in plan.tracked)}"


def joint(plan: Plan, names: tuple[str, ...], cotangents: Any, wanted: tuple[Any, ...], told: bool) -> tuple[Any, ...]:
    """Check what a joint rule returned: one cotangent per name, None just where none was needed if it asked."""
    if cotangents is None:
        return (None,) * len(names)
    rule = f"{plan.declaration.name}: the joint rule of {', '.join(names)} ({place(plan.rules[names[0]].function)})"
    if not isinstance(cotangents, (tuple, list)) or len(cotangents) != len(names):
        got = f"{len(cotangents)} cotangents" if isinstance(cotangents, (tuple, list)) else type(cotangents).__name__
        raise CotangentError(f"{rule} returned {got}; it must return a tuple of {len(names)}, one for each")
    for name, cotangent, want in zip(names, cotangents, wanted, strict=True):
        if told and not isinstance(want, tuple) and (cotangent is not None) != want:
            got = "None" if cotangent is None else "a cotangent"
            raise CotangentError(f"{rule} returned {got} for {name!r}, where needs.{name} is {want}")
    return tuple(c if want else None for c, want in zip(cotangents, wanted, strict=True))


def picked(plan: Plan, name: str, cotangents: Any, flags: tuple[bool, ...], wanted: Any) -> list[Any]:
    """The cotangents of a sequence operand that belong to tracked items."""
    if cotangents is None:
        return [None] * sum(flags)
    if not isinstance(cotangents, (tuple, list)) or len(cotangents) != len(flags):
        got = f"{len(cotangents)}" if isinstance(cotangents, (tuple, list)) else type(cotangents).__name__
        raise CotangentError(
            f"{plan.declaration.name}: the rule of {name!r} returned {got} for {len(flags)} arrays; "
            "it must return a list with one cotangent per array, None where needs is false"
        )
    return [c if want else None for c, flag, want in zip(cotangents, flags, wanted, strict=True) if flag]


def spread_cotangents(plan: Plan, fields: Fields, node: Node, lift: Any, reached: bool) -> tuple[Any, Any]:
    """The cotangents of several outputs as a named tuple: None for integers, zeros where nothing flowed back.

    A rule that asks for `reached` gets None instead of zeros, and is told which fields were reached.
    """
    g = fields.cotangents
    arrived = plan.cotangents(*[cotangent is not None for cotangent in g])
    if not reached:
        metas: tuple[Meta, ...] = node.result
        g = [lift(zeros_of(m), None) if c is None and is_floating(m) else c for c, m in zip(g, metas, strict=True)]
    return plan.cotangents(*g), arrived


PULL_SCOPE: dict[str, Any] = {
    "iter": iter, "next": next, "zip": zip, "len": len, "tuple": tuple, "type": type, "enumerate": enumerate,
    "spaces": spaces, "space_of": space_of, "lift_raw": lift_raw, "lift_field": lift_field,
    "spread_cotangents": spread_cotangents, "joint": joint, "picked": picked,
}  # fmt: skip
"""What generated pulls call, by the name that they use, which has an underscore in front."""
