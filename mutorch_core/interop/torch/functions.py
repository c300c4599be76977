"""An op of one node as its own `torch.autograd.Function`, which saves for PyTorch just what the op's rules name.

PyTorch itself sums a gradient over the axes along which its operand was broadcast.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from mutorch_core.arrays.meta import meta_of
from mutorch_core.arrays.namespaces import library_namespace
from mutorch_core.declaration.call_boundary import Binder, fields_of, operand_error
from mutorch_core.declaration.op import Op
from mutorch_core.declaration.pullback import Pullback, Pullbacks, lift_recorded
from mutorch_core.errors import CotangentError, MutorchError
from mutorch_core.graph.node import Node, OutputCotangents
from mutorch_core.graph.var import Var
from mutorch_core.interop.derivative_orders import DerivativeOrder
from mutorch_core.interop.op_calls import by_name, supports
from mutorch_core.interop.torch.higher_order import Bridge, Exported, ExportedCall, conjugated, is_floating

__all__ = ["autograd_function_of", "is_single_node"]

torch: Any = import_module("torch")
TENSOR: Any = torch.Tensor


def is_single_node(op: Op[Any, Any]) -> bool:
    """Return whether an op is one node of single arrays, and no rule names all outputs as one thing."""
    alone = not (op.composite or (op.declaration.opaque and "torch" not in op.forwards))
    whole = op.declaration.result is not None and any("out" in rule.names for rule in op.rules.values())
    return alone and not whole and supports(op, "torch") and all(operand.kind == "single" for operand in op.operands)


def autograd_function_of(op: Op[Any, Any]) -> Callable[..., Any]:
    """Return an op of one node as a function of tensors, with the arguments of the op in its order."""
    binder, names = Binder(op.signature), list(op.signature.parameters)
    many = op.declaration.has_many_outputs
    compute, choices = fields_forward(op, binder) if many else output_forward(op, binder), SavedByMask(op)

    def forward(ctx: Any, *arguments: Any) -> Any:
        out = compute(*arguments)
        if many:
            ctx.set_materialize_grads(False)
            ctx.mark_non_differentiable(*[field for field in out if not is_floating(field)])
        kept = ctx.kept = choices[ctx.needs_input_grad]
        if kept is not None:
            kept.keep(ctx, arguments, out)
        return out

    def backward(ctx: Any, *g: Any) -> Any:
        return ctx.kept.pull_back(ctx, g)

    members = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    function: Any = type(op.short_name.replace(".", "_"), (torch.autograd.Function,), members)
    apply, positional = function.apply, -1 if binder.keyword_only else len(names)
    result, shown = op.declaration.result, len(op.outputs)

    def exported(*args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) != positional:
            values = binder.bind(args, kwargs)
            args = tuple([values[name] for name in names])
        return apply(*args)

    def exported_fields(*args: Any, **kwargs: Any) -> Any:
        fields = exported(*args, **kwargs)
        return fields[0] if result is None else result(*fields[:shown])

    return by_name(op, exported_fields if many else exported)


def output_forward(op: Op[Any, Any], binder: Binder) -> Callable[..., Any]:
    """Return the forward of an op with one output."""
    call, keywords, positional = op.call, binder.keyword_only, len(binder.positional)
    if not keywords:
        return call
    return lambda *arguments: call(*arguments[:positional], **dict(zip(keywords, arguments[positional:], strict=True)))


def fields_forward(op: Op[Any, Any], binder: Binder) -> Callable[..., Any]:
    """Return the forward of an op with several outputs, hidden ones included, since rules may use them."""
    declaration, function = op.declaration, op.forwards.get("torch", op.function)
    names, space = list(op.signature.parameters), library_namespace("torch")

    def forward(*arguments: Any) -> tuple[Any, ...]:
        values = dict(zip(names, arguments, strict=True))
        args, kwargs = binder.spread(values)
        if declaration.wants_space:
            kwargs["xp"] = space
        try:
            out = function(*args, **kwargs)
        except MutorchError:
            raise
        except Exception as error:
            raise operand_error(declaration, error, values) from error
        fields, _ = fields_of(declaration, out, tuple([values[operand.name] for operand in op.operands]))
        return fields

    return forward


class SavedByMask(dict[tuple[bool, ...], "SavedForBackward | None"]):
    """The `SavedForBackward` of an op by which of its arguments need a gradient; None if none does."""

    def __init__(self, op: Op[Any, Any]) -> None:
        super().__init__()
        self.op = op
        self.plans = Pullbacks(op.declaration, op.rules)

    def __missing__(self, needs: tuple[bool, ...]) -> SavedForBackward | None:
        needed_names = {name for name, needed in zip(self.op.signature.parameters, needs, strict=True) if needed}
        able = self.op.declaration.differentiable_operands
        mask = sum(1 << bit for bit, operand in enumerate(able) if operand.name in needed_names)
        self[needs] = saved = SavedForBackward(self.op, self.plans[mask]) if mask else None
        return saved


class SavedForBackward:
    """The saved values of one subset of differentiated operands, and the backward pass that uses them."""

    def __init__(self, op: Op[Any, Any], plan: Pullback) -> None:
        names = list(op.signature.parameters)
        self.plan = plan
        self.count = len(names)
        self.places = [names.index(operand.name) for operand in plan.tracked]
        self.many = op.declaration.has_many_outputs
        sure = {"out", *op.declaration.fields, *(operand.name for operand in plan.tracked)}
        maybe = sure.union(operand.name for operand in op.operands)
        items = list(zip(plan.saved, plan.kept, strict=True))
        self.tensors = [(source, name in sure) for name, (source, _) in items if name in maybe]
        """The place of what may be a tensor, and whether it must be: an operand without gradient may be a number."""
        self.others = [kept for name, kept in items if name not in sure]
        tensors = [name for name in plan.saved if name in maybe]
        stored = tensors + [name for name in plan.saved if name not in sure]
        last = len(stored) - 1
        self.layout = [(stored.index(name), last - stored[::-1].index(name)) for name in plan.saved]
        """The two places of each saved value in the tensors and the others together; the first may hold None."""

    def keep(self, ctx: Any, arguments: tuple[Any, ...], out: Any) -> None:
        """Save what the rules name: tensors with PyTorch, which notices when they are written into."""
        ctx.dtypes = [arguments[place].dtype for place in self.places]
        if self.many:
            ctx.metas = tuple(map(meta_of, out))
        values = (*arguments, *out) if self.many else (*arguments, out)
        ctx.save_for_backward(
            *[values[at] if sure or isinstance(values[at], TENSOR) else None for at, sure in self.tensors]
        )
        if self.others:
            ctx.others = [values[at] if convert is None else convert(values[at]) for at, convert in self.others]

    def saved(self, ctx: Any) -> tuple[Any, ...]:
        """Return what a node of this op saves."""
        tensors = ctx.saved_tensors  # raises if one of them was written into
        if not self.others:
            return tensors
        stored = (*tensors, *ctx.others)
        return tuple([stored[first] if stored[first] is not None else stored[last] for first, last in self.layout])

    def pull_back(self, ctx: Any, g: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return PyTorch's gradients of all arguments, recorded by PyTorch if it is to differentiate them."""
        saved = self.saved(ctx)
        gradients: list[Any] = [None] * self.count
        if self.many:
            if all(each is None for each in g):
                return tuple(gradients)
            cotangent: Any = OutputCotangents([None if each is None else conjugated(each) for each in g])
        else:
            cotangent = conjugated(g[0])
        if torch.is_grad_enabled():
            pulled = self.pull_back_differentiably(saved, cotangent, ctx.metas if self.many else None)
        else:
            node = Node()
            node.saved = saved
            if self.many:
                node.result = ctx.metas
            pulled = self.plan.pull_back(cotangent, node)
        for edge, (place, each, dtype) in enumerate(zip(self.places, pulled, ctx.dtypes, strict=True)):
            fits = type(each) is TENSOR and each.dtype is dtype and not dtype.is_complex
            gradients[place] = each if fits else self.gradient(edge, each, dtype)
        return tuple(gradients)

    def gradient(self, edge: int, cotangent: Any, dtype: Any) -> Any:
        """Return PyTorch's gradient for the cotangent of an operand of a dtype, which PyTorch casts to it."""
        if not isinstance(cotangent, TENSOR):
            raise CotangentError(f"{self.plan.named(Node(), edge)} returned a {type(cotangent).__name__}, no tensor")
        return conjugated(cotangent.real if cotangent.is_complex() and not dtype.is_complex else cotangent)

    def pull_back_differentiably(self, saved: Sequence[Any], g: Any, metas: Any) -> Any:
        """Return the cotangents as a function of what was saved; PyTorch differentiates it by the rules' rules."""
        given = [*saved, *(g.cotangents if metas else (g,))]
        places = [place for place, value in enumerate(given) if isinstance(value, TENSOR)]
        tensors = [given[place] for place in places]
        active = [index for index, tensor in enumerate(tensors) if tensor.requires_grad]
        rules = Rules(self.plan, given, places, metas)
        return Exported.apply(ExportedCall(DerivativeOrder(rules, active, len(tensors)), Bridge()), *tensors)


class Rules:
    """A plan's rules as a function of tensors: those that were saved, and the cotangents; raw, or `Var`s.

    `metas` describe the outputs if there are several.
    """

    def __init__(self, plan: Pullback, given: Sequence[Any], places: Sequence[int], metas: Any) -> None:
        self.plan = plan
        self.places = places
        self.others = [None if place in places else value for place, value in enumerate(given)]
        self.metas = metas

    def __call__(self, *tensors: Any) -> Sequence[Any]:
        given = list(self.others)
        for place, tensor in zip(self.places, tensors, strict=True):
            given[place] = tensor
        count = len(self.plan.saved)
        node, g = Node(), [None if each is None else lifted(each, None) for each in given[count:]]
        node.saved, node.parents = tuple(given[:count]), (node,) * len(self.plan.tracked)
        node.result = self.metas
        needed = (True,) * len(node.parents)
        return self.plan.pull_back_some(OutputCotangents(g) if self.metas else g[0], node, needed, lifted)


def lifted(value: Any, _node: Node | None) -> Any:
    """Return what a rule gets: a `Var`, on the node that it has already; or a static value."""
    return value if type(value) is Var else lift_recorded(value, None)
