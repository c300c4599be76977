"""An op of one node as a `torch.autograd.Function` of its own, whose code is written for its signature.

What its rules name is kept as PyTorch keeps things, and nothing else. `multiply`, where both operands need a gradient:

    def forward(_ctx, x1, x2):
        _out = _op(x1, x2)
        _kept = _ctx.kept = _kinds[_ctx.needs_input_grad]
        if _kept is not None: _kept.keep(_ctx, x1, x2, _out)
        return _out

    def keep(_ctx, x1, x2, _out):
        _ctx.dtypes = (x1.dtype, x2.dtype,)
        _ctx.save_for_backward(x2, x1,)

    def pull(_ctx, g):
        x2, x1, = _ctx.saved_tensors
        …
        return (_c_x1, _c_x2,)

PyTorch itself sums a gradient over the axes along which its operand was broadcast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from typing import Any

from mutorch_core.arrays.meta import meta_of
from mutorch_core.arrays.namespaces import library_namespace
from mutorch_core.declaration.call_boundary import fields_of, refusal
from mutorch_core.declaration.call_code import forward_call, guarded
from mutorch_core.declaration.code_text import compiled, joined
from mutorch_core.declaration.op import Op
from mutorch_core.declaration.pullback import Pullback, Pullbacks, lift_recorded
from mutorch_core.declaration.pullback_code import saved_expression, several
from mutorch_core.errors import CotangentError, MutorchError
from mutorch_core.graph.node import Node, OutputCotangents
from mutorch_core.graph.var import Var
from mutorch_core.interop.derivative_orders import Order
from mutorch_core.interop.op_calls import op_call, public, supports
from mutorch_core.interop.torch.higher_order import Bridge, Exported, Use, conjugated, is_floating

__all__ = ["is_plain", "plain"]

torch: Any = import_module("torch")
TENSOR: Any = torch.Tensor


def is_plain(op: Op[Any, Any]) -> bool:
    """Whether an op is one node of a graph, of single arrays, and no rule names all outputs as one thing."""
    alone = not (op.composite or (op.opaque and "torch" not in op.forwards))
    whole = op.declaration.result is not None and any("out" in rule.names for rule in op.rules.values())
    return alone and not whole and supports(op, "torch") and all(operand.kind == "single" for operand in op.operands)


def plain(op: Op[Any, Any]) -> Callable[..., Any]:
    """A plain op as a function of tensors."""
    names, many = ", ".join(each.name for each in (*op.operands, *op.parameters)), several(op.declaration)
    lines = [
        f"def forward(_ctx, {names}):",
        *(fields_lines(op) if many else [f"    _out = {op_call(op)}"]),
        "    _kept = _ctx.kept = _kinds[_ctx.needs_input_grad]",
        f"    if _kept is not None: _kept.keep(_ctx, {names}, _out)",
        "    return _out",
    ]
    scope: dict[str, Any] = {"_op": op, "_kinds": Kinds(op)}
    forward = compiled(op.name, "forward", lines, scope | (fields_scope(op) if many else {}))
    members = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    function: Any = type(op.short_name.replace(".", "_"), (torch.autograd.Function,), members)
    call = f"_apply({names})"
    return public(op, f"_shown({call})" if many else call, {"_apply": function.apply, "_shown": shown(op)})


def fields_lines(op: Op[Any, Any]) -> Iterator[str]:
    """The text of a forward of several outputs, hidden ones too: PyTorch has to know of all that a rule names."""
    yield from guarded(op.declaration, f"_out = _forward({forward_call(op.declaration)})")
    operands = joined(operand.name for operand in op.operands)
    yield f"    _out, _ = _fields_of(_declaration, _out, {operands})"
    yield "    _ctx.set_materialize_grads(False)"
    yield "    _ctx.mark_non_differentiable(*[_field for _field in _out if not _is_floating(_field)])"


def fields_scope(op: Op[Any, Any]) -> dict[str, Any]:
    """What it calls."""
    scope: dict[str, Any] = {
        "forward": op.forwards.get("torch", op.function), "xp": library_namespace("torch"), "declaration": op.declaration,
        "refused": partial(refusal, op.declaration), "fields_of": fields_of, "is_floating": is_floating,
        "MutorchError": MutorchError, "Exception": Exception,
    }  # fmt: skip
    return {f"_{name}": value for name, value in scope.items()}


def shown(op: Op[Any, Any]) -> Callable[[tuple[Any, ...]], Any]:
    """Takes the public outputs out of all."""
    result, count = op.declaration.result, len(op.outputs)
    return (lambda fields: fields[0]) if result is None else lambda fields: result(*fields[:count])


def backward(ctx: Any, *g: Any) -> Any:
    """The gradients of all arguments."""
    return ctx.kept.pull(ctx, *g)


class Kinds(dict[tuple[bool, ...], "Kept | None"]):
    """What an op keeps, by which of its arguments need a gradient; None where none does."""

    def __init__(self, op: Op[Any, Any]) -> None:
        super().__init__()
        self.op = op
        self.plans = Pullbacks(op.declaration, op.rules)

    def __missing__(self, needs: tuple[bool, ...]) -> Kept | None:
        wanting = {o.name for o, wanted in zip(self.op.operands, needs, strict=False) if wanted and o.differentiable}
        able = self.op.declaration.differentiable_operands
        mask = sum(1 << bit for bit, operand in enumerate(able) if operand.name in wanting)
        self[needs] = found = Kept(self.op, self.plans[mask]) if mask else None
        return found


class Kept:
    """What is kept where some of an op's operands need a gradient, and how the rules run on that."""

    def __init__(self, op: Op[Any, Any], plan: Pullback) -> None:
        self.plan = plan
        names = ", ".join(each.name for each in (*op.operands, *op.parameters))
        parts = sorted_out(op, plan)
        scope = {
            "meta_of": meta_of, "Node": Node, "rules": plan.pull, "type": type, "isinstance": isinstance,
            "again": self.again, "recorded": torch.is_grad_enabled, "conjugated": conjugated, "tensor": TENSOR,
            "gradient": self.gradient, "tuple": tuple, "map": map, "fields_in": fields_in,
        }  # fmt: skip
        scope = {f"_{name}": value for name, value in scope.items()}
        many = several(op.declaration)
        keep = [f"def keep(_ctx, {names}, {'_fields' if many else '_out'}):", *keep_lines(plan, parts)]
        pull = [f"def pull(_ctx, {'*g' if many else 'g'}):", *pull_lines(op, plan, parts)]
        self.keep = compiled(op.name, "keep", keep, scope)
        self.pull = compiled(op.name, "pull", pull, scope)

    def gradient(self, edge: int, cotangent: Any, dtype: Any) -> Any:
        """PyTorch's gradient for the cotangent of an operand of a dtype, which PyTorch casts to it."""
        if not isinstance(cotangent, TENSOR):
            raise CotangentError(f"{self.plan.named(Node(), edge)} returned a {type(cotangent).__name__}, no tensor")
        return conjugated(cotangent.real if cotangent.is_complex() and not dtype.is_complex else cotangent)

    def again(self, saved: Sequence[Any], g: Any, metas: Any) -> Any:
        """The cotangents as a function of what was kept, that PyTorch can differentiate by the rules of the rules."""
        given = [*saved, *(g.cotangents if metas else (g,))]
        places = [place for place, value in enumerate(given) if isinstance(value, TENSOR)]
        tensors = [given[place] for place in places]
        active = [index for index, tensor in enumerate(tensors) if tensor.requires_grad]
        rules = Rules(self.plan, given, places, metas)
        return Exported.apply(Use(Order(rules, active, len(tensors)), Bridge()), *tensors)


def sorted_out(op: Op[Any, Any], plan: Pullback) -> tuple[list[str], list[str]]:
    """The names of what a plan keeps that may be tensors of PyTorch's graph, and of what may be anything else."""
    tracked = {operand.name for operand in plan.tracked}
    outputs = {"out", *op.declaration.fields}
    tensors = outputs.union(operand.name for operand in op.operands)
    others = [name for name in plan.saved if name not in tracked | outputs]
    return [name for name in plan.saved if name in tensors], others


def keep_lines(plan: Pullback, parts: tuple[list[str], list[str]]) -> Iterator[str]:
    """The text of `keep`: tensors go where PyTorch notices that they were written into."""
    tensors, others = parts
    texts = {name: saved_expression(plan.declaration, name) for name in plan.saved}
    either = set(tensors).intersection(others)
    yield f"    _ctx.dtypes = {joined(f'{operand.name}.dtype' for operand in plan.tracked)}"
    if several(plan.declaration):
        yield "    _ctx.metas = _tuple(_map(_meta_of, _fields))"
    for name in either:
        yield f"    _is_{name} = _isinstance({name}, _tensor)"
    if tensors:
        kept = [f"{texts[n]} if _is_{n} else None" if n in either else texts[n] for n in tensors]
        yield f"    _ctx.save_for_backward{joined(kept)}"
    if others:
        kept = [f"None if _is_{n} else {texts[n]}" if n in either else texts[n] for n in others]
        yield f"    _ctx.others = {joined(kept)}"


def pull_lines(op: Op[Any, Any], plan: Pullback, parts: tuple[list[str], list[str]]) -> Iterator[str]:
    """The text of `pull`: the rules' cotangents, of which PyTorch differentiates those that it is to."""
    tensors, others = parts
    if tensors:
        yield f"    {joined(tensors)[1:-1]} = _ctx.saved_tensors"  # raises where one of them was written into
    if others:
        yield f"    {joined(f'_o_{name}' for name in others)[1:-1]} = _ctx.others"
    kept = {name: f"_o_{name}" for name in others} | {name: name for name in tensors}
    kept |= {name: f"_o_{name} if {name} is None else {name}" for name in tensors if name in others}
    yield f"    _saved = {joined(kept[name] for name in plan.saved)}"
    many = several(plan.declaration)
    if many:
        yield "    g = _fields_in(g)"
        yield f"    if g is None: return (None,) * {len(op.operands) + len(op.parameters)}"
    else:
        yield "    if g.is_complex(): g = _conjugated(g)"
    names = [operand.name for operand in plan.tracked]
    found = joined(f"_c_{name}" for name in names)[1:-1]
    yield f"    if _recorded(): {found} = _again(_saved, g, {'_ctx.metas' if many else 'None'})"
    yield "    else:"
    yield f"        _node = _Node(); _node.saved = _saved{'; _node.result = _ctx.metas' if many else ''}"
    yield f"        {found} = _rules(g, _node)"
    yield f"    {found.replace('_c_', '_d_')} = _ctx.dtypes"
    for edge, name in enumerate(names):
        c, dtype = f"_c_{name}", f"_d_{name}"
        unfit = f"_type({c}) is not _tensor or {c}.dtype is not {dtype} or {dtype}.is_complex"
        yield f"    if {unfit}: {c} = _gradient({edge}, {c}, {dtype})"
    gradients = [f"_c_{each.name}" if each.name in names else "None" for each in (*op.operands, *op.parameters)]
    yield f"    return {joined(gradients)}"


def fields_in(g: tuple[Any, ...]) -> OutputCotangents | None:
    """The cotangents of several outputs; None where none came in."""
    if all(each is None for each in g):
        return None
    return OutputCotangents([None if each is None else conjugated(each) for each in g])


class Rules:
    """A plan's rules as a function of the tensors among what they named and the cotangents: raw ones, or `Var`s.

    `metas` describe the outputs where there are several.
    """

    def __init__(self, plan: Pullback, given: Sequence[Any], places: Sequence[int], metas: Any) -> None:
        self.plan = plan
        self.places = places
        self.others = [None if place in places else value for place, value in enumerate(given)]
        self.metas = metas

    def __call__(self, *tensors: Any) -> tuple[Any, ...]:
        given = list(self.others)
        for place, tensor in zip(self.places, tensors, strict=True):
            given[place] = tensor
        count = len(self.plan.saved)
        node, g = Node(), [None if each is None else lifted(each, None) for each in given[count:]]
        node.saved, node.parents = tuple(given[:count]), (node,) * len(self.plan.tracked)
        node.result = self.metas
        wanted = (True,) * len(node.parents)
        return self.plan.pull_some(OutputCotangents(g) if self.metas else g[0], node, wanted, lifted)


def lifted(value: Any, _node: Node | None) -> Any:
    """What a rule gets: a `Var`, on the node that it has already; or a static thing."""
    return value if type(value) is Var else lift_recorded(value, None)
