"""What a node keeps and runs when a given subset of its operands is tracked.

A `Plan` is made when a subset of an op's operands is first seen tracked. Its rules' names decide what a node keeps,
and its two functions are written for just that, as attrs writes an `__init__`. Both operands of `multiply` tracked:

    def pull(g, node):                       # the usual sweep: raw, everything wanted
        x2, x1, = node.saved
        c_0 = rule_0(g, x2)
        c_1 = rule_1(g, x1)
        return (c_0, c_1,)

`pull_some` is for the other sweeps: recorded (saved values become `Var`s on their nodes again), or with only some
operands wanted. The text of both is kept for tracebacks.
"""

from __future__ import annotations

import linecache
from collections import namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from mutorch_core.border import missing_rule
from mutorch_core.errors import CotangentError
from mutorch_core.graph import Fields, LetGo, Node, Output, Var, above, link
from mutorch_core.signatures import Declaration, Operand, Rule, place
from mutorch_core.values import Meta, discover, is_floating, is_number, meta_of, spaces, zeros_of

__all__ = ["Plan", "Plans", "compiled", "inlined", "joined", "lift_raw", "lift_recorded", "saved_expression", "several"]


def compiled(name: str, purpose: str, lines: Iterable[str], scope: dict[str, Any]) -> Any:
    """Run generated lines and return the function that they define, its text kept for tracebacks."""
    source = "\n".join(lines) + "\n"
    filename = f"<mutorch {name} {purpose}>"
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    exec(compile(source, filename, "exec"), scope)  # noqa: S102 - text written here from checked identifiers
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
        "cotangents", "declaration", "keep", "pull", "pull_some", "released", "rules", "saved", "tracked"
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
        self.released = LetGo(declaration.name)
        self.cotangents: Any = namedtuple("Cotangents", declaration.fields) if several(declaration) else None  # noqa: PYI024
        scope: dict[str, Any] = {
            "plan": self, "space_of": space_of, "spaces": spaces, "lift_field": lift_field, "lift_raw": lift_raw,
            "spread_cotangents": spread_cotangents, "joint": joint, "picked": picked, "meta_of": meta_of,
            "needs": needs_type(declaration), **{f"rule_{i}": rule.function for i, rule in enumerate(used)},
        }  # fmt: skip
        self.pull = compiled(declaration.name, "pull", pull_lines(self, used), scope)
        self.pull_some = compiled(declaration.name, "pull_some", pull_some_lines(self, used), scope)

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
    return namedtuple("Needs", [operand.name for operand in declaration.differentiable_operands])  # noqa: PYI024


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
        names += [f"t_{o.name}" for o in declaration.differentiable_operands if o.kind != "single"]
        return (*names, "fields", "public") if several(declaration) else (*names, "out")

    def __missing__(self, mask: int) -> Plan:
        able = self.declaration.differentiable_operands
        plan = Plan(self.declaration, self.rules, tuple(o for bit, o in enumerate(able) if mask >> bit & 1))
        kept = joined(saved_expression(self.declaration, name) for name in plan.saved)
        lines = [f"def keep({', '.join(self.keepable)}):", f"    return {kept}"]
        plan.keep = compiled(self.declaration.name, "keep", lines, {"meta_of": meta_of})
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
        return f"t_{base}"
    fields = several(declaration)
    value = base
    if base == "out" and fields:
        value = "fields[0]" if declaration.result is None else "public"
    elif base in declaration.fields and fields:
        value = f"fields[{declaration.fields.index(base)}]"
    operand = next((o for o in declaration.operands if o.name == base), None)
    if how == "meta":
        if operand is not None and operand.kind != "single":
            return f"[meta_of(item) for item in {value}]"
        return f"meta_of({value})" if operand is None or not operand.optional else f"{value} and meta_of({value})"
    return f"tuple({value})" if operand is not None and operand.kind != "single" else value


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
        yield f"    {joined(plan.saved)[1:-1]} = node.saved"
    if plan.cotangents is not None:
        yield f"    g, reached = spread_cotangents(plan, g, node, {lift}, {'reached' in names})"
    if "xp" in names:
        yield "    xp = spaces.get(type(g)) or space_of(g)"


def pull_lines(plan: Plan, used: tuple[Rule, ...]) -> Iterator[str]:
    """The text of `pull(g, node)`: a raw sweep, every tracked operand wanted."""
    yield "def pull(g, node):"
    yield from opening(plan, used, "lift_raw")
    tracked = {operand.name: operand for operand in plan.tracked}
    wanted = {
        operand.name: ("False" if operand.name not in tracked else
                       "True" if operand.kind == "single" else f"{operand.name}__tracked")
        for operand in plan.declaration.differentiable_operands
    }  # fmt: skip
    yield from rule_calls(plan, used, wanted)


def pull_some_lines(plan: Plan, used: tuple[Rule, ...]) -> Iterator[str]:
    """The text of `pull_some(g, node, wanted, lift)`: recorded, or with only some edges wanted, or both."""
    yield "def pull_some(g, node, wanted, lift):"
    yield from opening(plan, used, "lift")
    yield "    parents = iter(node.parents); wanted = iter(wanted)"
    tracked = {operand.name for operand in plan.tracked}
    texts: dict[str, str] = {}
    for operand in plan.declaration.operands:
        name = operand.name
        is_tracked = name in tracked
        texts[name] = f"w_{name}" if is_tracked else "False"
        if operand.kind == "single":
            if is_tracked:
                yield f"    p_{name} = next(parents); w_{name} = next(wanted)"
            if name in plan.saved:
                yield f"    {name} = lift({name}, {f'p_{name}' if is_tracked else 'None'})"
        else:
            if is_tracked:
                yield f"    p_{name} = [next(parents) if flag else None for flag in {name}__tracked]"
                yield f"    w_{name} = tuple([flag and next(wanted) for flag in {name}__tracked])"
            if name in plan.saved:
                nodes = f"p_{name}" if is_tracked else f"[None] * len({name})"
                yield f"    {name} = [lift(item, parent) for item, parent in zip({name}, {nodes})]"
    yield from lift_outputs(plan)
    yield from rule_calls(plan, used, texts)


def lift_outputs(plan: Plan) -> Iterator[str]:
    """Put outputs that rules named back on this node, or on `Output` nodes of it where there are several."""
    declaration = plan.declaration
    if plan.cotangents is None:
        if "out" in plan.saved:
            yield "    out = lift(out, node)"
        return
    fields = list(enumerate(declaration.fields))
    for index, field in fields:
        if field in plan.saved:
            yield f"    {field} = lift_field({field}, node, {index}, lift)"
    if "out" in plan.saved and declaration.result is not None:
        yield "    out = type(out)(*[lift_field(field, node, i, lift) for i, field in enumerate(out)])"


def lift_field(value: Any, node: Node, index: int, lift: Any) -> Any:
    """One output of several, for a rule: on a node of its own where it is floating."""
    return lift(value, Output(node, index, value) if is_floating(node.result[index]) else None)


def rule_calls(plan: Plan, used: tuple[Rule, ...], wanted: Mapping[str, str]) -> Iterator[str]:
    """Run each rule where it is wanted, and return one cotangent per edge."""
    needs = ", ".join(wanted[operand.name] for operand in plan.declaration.differentiable_operands)
    values = {"needs": f"needs({needs})"}
    results: list[str] = []
    for index, rule in enumerate(used):
        call = inlined(rule.function, arguments(rule, values)) or f"rule_{index}({arguments(rule, values)})"
        asked = [wanted[name] for name in rule.operands]
        condition = " or ".join(f"any({w})" if w.startswith("w_") and kind(plan, n) != "single" else w
                                for w, n in zip(asked, rule.operands, strict=True))  # fmt: skip
        if not set(asked) & {"True"} and any(w.startswith("w_") for w in asked):
            call = f"{call} if {condition} else None"
        if len(rule.operands) > 1:
            call = f"joint(plan, {index}, {rule.operands!r}, {call}, {joined(asked)}, {'needs' in rule.names})"
        elif len(used) == 1 and kind(plan, rule.operands[0]) == "single":
            yield f"    return ({call},)"
            return
        yield f"    c_{index} = {call}"
    for operand in plan.tracked:
        index = next(i for i, rule in enumerate(used) if operand.name in rule.operands)
        rule = used[index]
        text = f"c_{index}[{rule.operands.index(operand.name)}]" if len(rule.operands) > 1 else f"c_{index}"
        if operand.kind != "single":
            flags = f"{operand.name}__tracked"
            text = f"*picked(plan, {operand.name!r}, {text}, {flags}, {wanted[operand.name]})"
        results.append(text)
    yield f"    return {joined(results)}"


def kind(plan: Plan, name: str) -> str:
    """What kind of operand `name` is."""
    return next(operand.kind for operand in plan.declaration.operands if operand.name == name)


def joint(
    plan: Plan, index: int, names: tuple[str, ...], cotangents: Any, wanted: tuple[Any, ...], told: bool
) -> tuple[Any, ...]:
    """Check what a joint rule returned: one cotangent per name, None just where none was needed if it asked."""
    if cotangents is None:
        return (None,) * len(names)
    if not isinstance(cotangents, (tuple, list)) or len(cotangents) != len(names):
        got = f"{len(cotangents)} cotangents" if isinstance(cotangents, (tuple, list)) else type(cotangents).__name__
        raise CotangentError(
            f"{plan.declaration.name}: the joint rule of {', '.join(names)} returned {got}; "
            f"it must return a tuple of {len(names)}, one for each"
        )
    for name, cotangent, want in zip(names, cotangents, wanted, strict=True):
        if told and not isinstance(want, tuple) and (cotangent is not None) != want:
            raise CotangentError(
                f"{plan.declaration.name}: the joint rule of {', '.join(names)} returned "
                f"{'a cotangent' if cotangent is not None else 'None'} for {name!r}, where needs.{name} is {want}"
            )
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
