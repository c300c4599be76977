"""An op of one node as its own `torch.autograd.Function`, which saves for PyTorch just what the op's rules name.

PyTorch itself sums a gradient over the axes along which its operand was broadcast.
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
    compute, saved_by_mask = fields_forward(op, binder) if many else output_forward(op, binder), SavedByMask(op)

    def forward(ctx: Any, *arguments: Any) -> Any:
        out = compute(*arguments)
        saved = ctx.saved = saved_by_mask[ctx.needs_input_grad]
        if saved is not None:
            saved.save(ctx, arguments, out)
        return out

    def forward_fields(ctx: Any, *arguments: Any) -> Any:
        out = forward(ctx, *arguments)
        ctx.set_materialize_grads(False)
        ctx.mark_non_differentiable(*[field for field in out if not is_floating(field)])
        return out

    def backward(ctx: Any, *g: Any) -> Any:
        return ctx.saved.pull_back(ctx, *g)

    members = {"forward": staticmethod(forward_fields if many else forward), "backward": staticmethod(backward)}
    function: Any = type(op.short_name.replace(".", "_"), (torch.autograd.Function,), members)
    apply, positional = function.apply, -1 if binder.keyword_only else len(names)
    result, public = op.declaration.result, len(op.outputs)

    def exported(*args: Any, **kwargs: Any) -> Any:
        if kwargs or len(args) != positional:
            values = binder.bind(args, kwargs)
            args = tuple([values[name] for name in names])
        return apply(*args)

    def exported_fields(*args: Any, **kwargs: Any) -> Any:
        fields = exported(*args, **kwargs)
        return fields[0] if result is None else result(*fields[:public])

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
    """The saved values of one subset of differentiated operands, and the backward pass that uses them.

    `save` keeps what the rules name, tensors with PyTorch, which notices when they are written into. `pull_back`
    returns PyTorch's gradients of all arguments, recorded by PyTorch if it is to differentiate them.
    """

    __slots__ = ("others", "plan", "pull_back", "restore", "save", "tensors", "tracked", "unsure")

    def __init__(self, op: Op[Any, Any], plan: Pullback) -> None:
        names = list(op.signature.parameters)
        self.plan = plan
        self.tracked = [names.index(operand.name) for operand in plan.tracked]
        outputs = {"out", *op.declaration.fields}
        sure = outputs.union(operand.name for operand in plan.tracked)
        maybe = sure.union(operand.name for operand in op.operands)
        items = list(zip(plan.saved, plan.kept, strict=True))
        self.tensors = [source for name, (source, _) in items if name in maybe]
        """The places of what may be a tensor."""
        self.unsure = any(name in maybe and name not in sure for name in plan.saved)
        """Whether some of these may be numbers: operands without gradient."""
        self.others = [kept for name, kept in items if name not in sure]
        stored = [name for name in plan.saved if name in maybe] + [name for name in plan.saved if name not in sure]
        self.restore = restorer(plan.saved, stored)
        place_of = {place: index for index, place in enumerate(self.tracked)}
        arrange = tuple_getter([place_of.get(place, -1) for place in range(len(names))])
        whole = self.tracked == list(range(len(names)))
        self.save = self.make_save(op.declaration.has_many_outputs)
        pull_back = self.fields_pull_back() if op.declaration.has_many_outputs else self.output_pull_back()
        self.pull_back = pull_back if whole else lambda ctx, *g: arrange((*pull_back(ctx, *g), None))

    def make_save(self, many: bool) -> Callable[[Any, tuple[Any, ...], Any], None]:
        """Return the function that saves what the rules name, of a call's arguments and outputs."""
        (first, *following), tensors, others = self.tracked, self.tensors, self.others
        tensors_of = optional_tensors(tensors) if self.unsure else tuple_getter(tensors)

        def save(ctx: Any, arguments: tuple[Any, ...], out: Any) -> None:
            values = (*arguments, *out) if many else (*arguments, out)
            dtype = values[first].dtype
            ctx.dtypes = [dtype, *[values[place].dtype for place in following]] if following else (dtype,)
            if tensors:
                ctx.save_for_backward(*tensors_of(values))
            if others:
                ctx.others = [values[at] if convert is None else convert(values[at]) for at, convert in others]
            if many:
                ctx.metas = tuple(map(meta_of, out))

        return save

    def output_pull_back(self) -> Callable[..., tuple[Any, ...]]:
        """Return the backward pass of an op with one output."""
        pull_back, others, restore, recording = self.plan.pull_back, self.others, self.restore, torch.is_grad_enabled

        def backward(ctx: Any, g: Any) -> tuple[Any, ...]:
            saved = ctx.saved_tensors  # raises if one of them was written into
            if others:
                saved = restore((*saved, *ctx.others))
            if g.is_complex():
                g = conjugated(g)
            if recording():
                cotangents = self.pull_back_differentiably(saved, g, None)
            else:
                node = Node()
                node.saved = saved
                cotangents = pull_back(g, node)
            for cotangent in cotangents:
                if type(cotangent) is not TENSOR or cotangent.is_complex():
                    return self.gradients(cotangents, ctx.dtypes)
            return cotangents

        return backward

    def fields_pull_back(self) -> Callable[..., tuple[Any, ...]]:
        """Return the backward pass of an op with several outputs. PyTorch passes None for those not reached."""

        def backward(ctx: Any, *g: Any) -> tuple[Any, ...]:
            saved = self.restore((*ctx.saved_tensors, *ctx.others) if self.others else ctx.saved_tensors)
            if all(each is None for each in g):
                return (None,) * len(self.tracked)
            fields = OutputCotangents([None if each is None else conjugated(each) for each in g])
            if torch.is_grad_enabled():
                cotangents = self.pull_back_differentiably(saved, fields, ctx.metas)
            else:
                node = Node()
                node.saved, node.result = saved, ctx.metas
                cotangents = self.plan.pull_back(fields, node)
            return self.gradients(cotangents, ctx.dtypes)

        return backward

    def gradients(self, cotangents: Sequence[Any], dtypes: Sequence[Any]) -> tuple[Any, ...]:
        """Return PyTorch's gradients for the cotangents of operands of these dtypes, to which PyTorch casts them."""
        gradients: list[Any] = []
        for edge, (cotangent, dtype) in enumerate(zip(cotangents, dtypes, strict=True)):
            if not isinstance(cotangent, TENSOR):
                text = f"{self.plan.named(Node(), edge)} returned a {type(cotangent).__name__}, no tensor"
                raise CotangentError(text)
            real = cotangent.is_complex() and not dtype.is_complex
            gradients.append(conjugated(cotangent.real if real else cotangent))
        return tuple(gradients)

    def pull_back_differentiably(self, saved: Sequence[Any], g: Any, metas: Any) -> Any:
        """Return the cotangents as a function of what was saved; PyTorch differentiates it by the rules' rules."""
        given = [*saved, *(g.cotangents if metas else (g,))]
        places = [place for place, value in enumerate(given) if isinstance(value, TENSOR)]
        tensors = [given[place] for place in places]
        active = [index for index, tensor in enumerate(tensors) if tensor.requires_grad]
        rules = Rules(self.plan, given, places, metas)
        return Exported.apply(ExportedCall(DerivativeOrder(rules, active, len(tensors)), Bridge()), *tensors)


def tuple_getter(places: Sequence[int]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """Return a function that returns the values at these places, in a tuple."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda values: tuple([values[place] for place in places])


def optional_tensors(places: Sequence[int]) -> Callable[[Sequence[Any]], list[Any]]:
    """Return a function that returns the values at these places, None for those that are no tensors."""
    return lambda values: [values[place] if isinstance(values[place], TENSOR) else None for place in places]


def restorer(saved: Sequence[str], stored: Sequence[str]) -> Callable[[Sequence[Any]], tuple[Any, ...]]:
    """Return a function that sorts stored values into the order of what a node saves.

    A name that is stored twice may be a tensor or not: its first value is None if it is not.
    """
    last = len(stored) - 1
    pairs = [(stored.index(name), last - stored[::-1].index(name)) for name in saved]
    if all(first == second for first, second in pairs):
        return tuple_getter([first for first, _ in pairs])
    return lambda values: tuple([values[second if values[first] is None else first] for first, second in pairs])


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
