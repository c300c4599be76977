"""An op of one node as a `torch.autograd.Function` that saves with PyTorch only the values that its rules name.

PyTorch itself sums a gradient over the axes along which its operand was broadcast. A call of a small array takes about
4 µs with PyTorch alone, so everything that depends on the op only is chosen when the function is built.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from operator import itemgetter
from typing import Any

from mutorch_core.arrays.meta import meta_of
from mutorch_core.arrays.namespaces import library_namespace
from mutorch_core.declaration.call_boundary import Binder, fields_of, operand_error
from mutorch_core.declaration.op import Op
from mutorch_core.declaration.pullback import Pullback, Pullbacks
from mutorch_core.errors import CotangentError, MutorchError
from mutorch_core.graph.node import Node, OutputCotangents
from mutorch_core.interop.op_calls import by_name
from mutorch_core.interop.torch.higher_order import conjugated, is_floating, pull_back_differentiably

__all__ = ["autograd_function_of"]

torch: Any = import_module("torch")
TENSOR: Any = torch.Tensor

Getter = Callable[[Sequence[Any]], tuple[Any, ...]]


def autograd_function_of(op: Op[Any, Any]) -> Callable[..., Any]:
    """Return an op of one node as a function of tensors with the op's signature."""
    if op.declaration.has_many_outputs:
        return fields_function(op)
    apply = make_function(op, *output_passes(op)).apply

    def unary(x: Any, /) -> Any:
        return apply(x)

    def binary(x1: Any, x2: Any, /) -> Any:
        return apply(x1, x2)

    parameters = op.signature.parameters.values()
    required = all(p.kind is p.POSITIONAL_ONLY and p.default is p.empty for p in parameters)
    unbound = {1: unary, 2: binary}.get(len(parameters)) if required else None
    return by_name(op, unbound or with_binding(op, apply))


def fields_function(op: Op[Any, Any]) -> Callable[..., Any]:
    """Return an op with several outputs as a function of tensors, which returns the public ones."""
    apply = with_binding(op, make_function(op, *fields_passes(op)).apply)
    result, count = op.declaration.result, len(op.outputs)

    def exported(*args: Any, **kwargs: Any) -> Any:
        fields = apply(*args, **kwargs)
        return fields[0] if result is None else result(*fields[:count])

    return by_name(op, exported)


def make_function(op: Op[Any, Any], forward: Callable[..., Any], backward: Callable[..., Any]) -> Any:
    """Return the `torch.autograd.Function` with these passes."""
    members = {"forward": staticmethod(forward), "backward": staticmethod(backward)}
    return type(op.short_name.replace(".", "_"), (torch.autograd.Function,), members)


def with_binding(op: Op[Any, Any], apply: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that binds a call's arguments and passes them on by position, as PyTorch needs them."""
    binder, names = Binder(op.signature), list(op.signature.parameters)
    positional = -1 if binder.keyword_only else len(names)

    def bound(*args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) != positional:
            values = binder.bind(args, kwargs)
            args = tuple([values[name] for name in names])
        return apply(*args)

    return bound


def output_passes(op: Op[Any, Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the forward and the backward of an op with one output."""
    binder, saved_by_mask = Binder(op.signature), SavedByMask(op)
    keywords, count = binder.keyword_only, len(binder.positional)

    def compute_with_keywords(*values: Any) -> Any:
        return op(*values[:count], **dict(zip(keywords, values[count:], strict=True)))

    compute: Callable[..., Any] = compute_with_keywords if keywords else op

    def forward(ctx: Any, *arguments: Any) -> Any:
        out = compute(*arguments)
        saved = ctx.saved = saved_by_mask[ctx.needs_input_grad]
        if saved is not None:
            saved.save(ctx, arguments, out)
        return out

    def backward(ctx: Any, g: Any) -> Any:
        return ctx.saved.pull_back(ctx, g)

    return forward, backward


def fields_passes(op: Op[Any, Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return the forward and the backward of an op with several outputs; hidden ones too, since rules may use them."""
    declaration, function, saved_by_mask = op.declaration, op.forwards.get("torch", op.function), SavedByMask(op)
    binder, names, space = Binder(op.signature), list(op.signature.parameters), library_namespace("torch")

    def compute(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
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

    def forward(ctx: Any, *arguments: Any) -> tuple[Any, ...]:
        fields = compute(arguments)
        ctx.set_materialize_grads(False)
        ctx.mark_non_differentiable(*[field for field in fields if not is_floating(field)])
        saved = ctx.saved = saved_by_mask[ctx.needs_input_grad]
        if saved is not None:
            saved.save(ctx, arguments, fields)
        return fields

    def backward(ctx: Any, *g: Any) -> Any:
        return ctx.saved.pull_back(ctx, *g)

    return forward, backward


class SavedByMask(dict[tuple[bool, ...], "SavedForBackward | None"]):
    """The `SavedForBackward` of an op by which of its arguments need a gradient; None if none does."""

    def __init__(self, op: Op[Any, Any]) -> None:
        super().__init__()
        self.op = op
        self.pullbacks = Pullbacks(op.declaration, op.rules)

    def __missing__(self, needs: tuple[bool, ...]) -> SavedForBackward | None:
        needed_names = {name for name, needed in zip(self.op.signature.parameters, needs, strict=True) if needed}
        able = self.op.declaration.differentiable_operands
        mask = sum(1 << bit for bit, operand in enumerate(able) if operand.name in needed_names)
        self[needs] = saved = SavedForBackward(self.op, self.pullbacks[mask]) if mask else None
        return saved


class SavedForBackward:
    """The saved values of one subset of differentiated operands, and the backward pass that uses them.

    `save` stores the values that the rules name. Tensors are stored with PyTorch, which notices writes into them.
    `pull_back` returns PyTorch's gradients of all arguments.
    """

    __slots__ = ("arity", "others", "pull_back", "pullback", "restore", "save", "tensors", "tracked", "unsure")

    def __init__(self, op: Op[Any, Any], pullback: Pullback) -> None:
        names, many = list(op.signature.parameters), op.declaration.has_many_outputs
        self.pullback = pullback
        self.arity = len(names)
        self.tracked = [names.index(operand.name) for operand in pullback.tracked]
        sure = {"out", *op.declaration.fields, *(operand.name for operand in pullback.tracked)}
        maybe = sure.union(operand.name for operand in op.operands)
        items = list(zip(pullback.saved, pullback.kept, strict=True))
        self.tensors = [index for name, (index, _) in items if name in maybe]  # among arguments and outputs
        self.unsure = any(name in maybe and name not in sure for name in pullback.saved)  # operands may be numbers
        self.others = [kept for name, kept in items if name not in sure]
        stored = [name for name in pullback.saved if name in maybe]
        self.restore = restorer(pullback.saved, stored + [name for name in pullback.saved if name not in sure])
        edges = {index: edge for edge, index in enumerate(self.tracked)}
        arrange = tuple_getter([edges.get(index, -1) for index in range(self.arity)])
        self.save = self.make_save(many)
        pull_back = self.fields_backward() if many else self.output_backward()

        def pull_back_tracked(ctx: Any, *g: Any) -> tuple[Any, ...]:
            return arrange((*pull_back(ctx, *g), None))

        self.pull_back = pull_back if self.tracked == list(range(self.arity)) else pull_back_tracked

    def make_save(self, many: bool) -> Callable[[Any, tuple[Any, ...], Any], None]:
        """Return the function that saves the arguments and outputs that the rules name."""
        tracked, tensors, others = self.tracked, self.tensors, self.others
        tensors_of = optional_tensors(tensors) if self.unsure else tuple_getter(tensors)
        others_of = converted_getter(others)
        only = tensors[0] if len(tensors) == 1 and not self.unsure else None
        count, first, last = len(tracked), tracked[0], tracked[-1]
        needs_outputs = any(index >= self.arity for index in (*tensors, *(index for index, _ in others)))

        def save(ctx: Any, values: tuple[Any, ...], out: Any) -> None:
            if count == 1:
                ctx.dtypes = (values[first].dtype,)
            elif count == 2:
                ctx.dtypes = (values[first].dtype, values[last].dtype)
            else:
                ctx.dtypes = [values[index].dtype for index in tracked]
            if needs_outputs:
                values = (*values, *out) if many else (*values, out)
            if only is not None:
                ctx.save_for_backward(values[only])
            elif tensors:
                ctx.save_for_backward(*tensors_of(values))
            if others:
                ctx.others = others_of(values)
            if many:
                ctx.metas = tuple(map(meta_of, out))

        return save

    def output_backward(self) -> Callable[..., tuple[Any, ...]]:
        """Return the backward pass of an op with one output, which returns the tracked operands' gradients."""
        pullback, others, restore, recording = self.pullback, self.others, self.restore, torch.is_grad_enabled
        pull_back = pullback.pull_back

        def backward(ctx: Any, g: Any) -> tuple[Any, ...]:
            saved = ctx.saved_tensors  # raises if one of them was written into
            if others:
                saved = restore((*saved, *ctx.others))
            if g.is_complex():
                g = conjugated(g)
            if recording():
                cotangents = pull_back_differentiably(pullback, saved, g, None)
            else:
                node = Node()
                node.saved = saved
                cotangents = pull_back(g, node)
            for cotangent in cotangents:
                if type(cotangent) is not TENSOR or cotangent.is_complex():
                    return self.gradients(cotangents, ctx.dtypes)
            return cotangents  # PyTorch casts real gradients

        return backward

    def fields_backward(self) -> Callable[..., tuple[Any, ...]]:
        """Return the backward pass of an op with several outputs. It gets None for outputs that are not reached."""

        def backward(ctx: Any, *g: Any) -> tuple[Any, ...]:
            saved = self.restore((*ctx.saved_tensors, *ctx.others) if self.others else ctx.saved_tensors)
            if all(each is None for each in g):
                return (None,) * len(self.tracked)
            fields = OutputCotangents([None if each is None else conjugated(each) for each in g])
            if torch.is_grad_enabled():
                cotangents = pull_back_differentiably(self.pullback, saved, fields, ctx.metas)
            else:
                node = Node()
                node.saved, node.result = saved, ctx.metas
                cotangents = self.pullback.pull_back(fields, node)
            return self.gradients(cotangents, ctx.dtypes)

        return backward

    def gradients(self, cotangents: Sequence[Any], dtypes: Sequence[Any]) -> tuple[Any, ...]:
        """Return PyTorch's gradients for the cotangents of operands with these dtypes."""
        gradients: list[Any] = []
        for edge, (cotangent, dtype) in enumerate(zip(cotangents, dtypes, strict=True)):
            if not isinstance(cotangent, TENSOR):
                rule = self.pullback.named(Node(), edge)
                raise CotangentError(f"{rule} returned a {type(cotangent).__name__}, no tensor")
            real = cotangent.is_complex() and not dtype.is_complex
            gradients.append(conjugated(cotangent.real if real else cotangent))
        return tuple(gradients)


def tuple_getter(indices: Sequence[int]) -> Getter:
    """Return a function that returns the values at these indices as a tuple."""
    if len(indices) > 1:
        return itemgetter(*indices)
    return lambda values: tuple([values[index] for index in indices])


def converted_getter(items: Sequence[tuple[int, Any]]) -> Getter:
    """Return a function that returns the values at these indices, converted if a conversion comes with the index."""
    if len(items) == 1 and items[0][1] is not None:
        ((only, conversion),) = items
        return lambda values: (conversion(values[only]),)
    return lambda values: tuple([values[at] if convert is None else convert(values[at]) for at, convert in items])


def optional_tensors(indices: Sequence[int]) -> Getter:
    """Return a function that returns the values at these indices, None for those that are no tensors."""
    return lambda values: tuple([values[at] if isinstance(values[at], TENSOR) else None for at in indices])


def restorer(saved: Sequence[str], stored: Sequence[str]) -> Getter:
    """Return a function that sorts stored values into the order of what a node saves.

    A name that is stored twice may be a tensor or not. If it is not, its first value is None.
    """
    last = len(stored) - 1
    pairs = [(stored.index(name), last - stored[::-1].index(name)) for name in saved]
    if all(first == second for first, second in pairs):
        return tuple_getter([first for first, _ in pairs])
    return lambda values: tuple([values[second if values[first] is None else first] for first, second in pairs])
