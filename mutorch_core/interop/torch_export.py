"""An op as a function of PyTorch tensors, whose derivatives are the op's rules.

PyTorch's gradients are the conjugates of the cotangents of everyone else: both are conjugated here, at its border, by
PyTorch itself, which differentiates that too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from mutorch_core.accumulate import fit_raw
from mutorch_core.declare import Op
from mutorch_core.errors import refused
from mutorch_core.graph import Leaf, Node
from mutorch_core.interop.calls import Call, Framework, caller, items_of, repacked, supports
from mutorch_core.interop.orders import Order
from mutorch_core.plans import Plan, Plans
from mutorch_core.pulls import several
from mutorch_core.values import SEQUENCES

__all__ = ["conjugated", "is_floating", "to_torch"]

torch: Any = import_module("torch")
TENSOR: Any = torch.Tensor


def is_floating(tensor: Any) -> bool:
    """Whether a tensor can carry a gradient."""
    return tensor.is_floating_point() or tensor.is_complex()


def conjugated(tensor: Any) -> Any:
    """PyTorch's gradient for a cotangent, and the other way round."""
    return tensor.conj().resolve_conj() if tensor.is_complex() else tensor


PYTORCH = Framework("torch", lambda value: isinstance(value, TENSOR), lambda tensor: tensor.requires_grad)


class Bridge:
    """How tensors come to an op and its results back: here as they are, outside of PyTorch's own graph."""

    __slots__ = ()

    def into(self, tensor: Any) -> Any:
        """What the op computes with."""
        return tensor.detach()

    def back(self, value: Any, like: Any) -> Any:
        """A result as a tensor, on the device of another."""
        return value if isinstance(value, TENSOR) else torch.as_tensor(value, device=like.device)


class NumPyBridge(Bridge):
    """For ops that do not compute on tensors: they are NumPy's on the way."""

    __slots__ = ()

    def into(self, tensor: Any) -> Any:
        """The same memory where it is the host's."""
        return tensor.detach().cpu().numpy()


def to_torch(op: Op[Any, Any]) -> Callable[..., Any]:
    """A function of tensors with the op's signature, which `torch.autograd` can differentiate as often as one likes.

    An op that does not compute on tensors is computed through NumPy, on the host.
    """
    bridge = Bridge() if supports(op, "torch") else NumPyBridge()

    def apply(invoke: Callable[..., Any], operands: tuple[Any, ...], parameters: tuple[Any, ...]) -> Any:
        call = Call(op, invoke, PYTORCH, operands, parameters)
        if call.active:
            return differentiable(call, bridge)
        result = call(*map(bridge.into, call.arrays))
        if not call.arrays:
            return result
        return repacked(result, [bridge.back(output, call.arrays[0]) for output in items_of(result)])

    if not is_plain(op):
        return caller(op, apply)
    plain = PlainOp(op)
    function = Plain.apply

    def apply_plain(invoke: Callable[..., Any], operands: tuple[Any, ...], parameters: tuple[Any, ...]) -> Any:
        return function(plain, invoke, parameters, *operands)

    return caller(op, apply_plain)


def differentiable(call: Call, bridge: Bridge) -> Any:
    """A call's result, tied to PyTorch's graph."""
    use = Use(Order(call, call.active, len(call.arrays)), bridge)
    found: Any = Exported.apply(use, *call.arrays)
    return found if use.result is None else repacked(use.result, found)


# ------------------------------------------------------------------------------------- any op, and every derivative


class Use:
    """One use of an `Exported`: by what order, over which bridge; and afterwards, what the order returned."""

    __slots__ = ("bridge", "order", "result")

    def __init__(self, order: Order, bridge: Bridge) -> None:
        self.order = order
        self.bridge = bridge
        self.result: Any = None


class Exported(torch.autograd.Function):
    """The function that PyTorch sees: of an order's arrays, its value; backwards, the next order's."""

    @staticmethod
    def forward(ctx: Any, use: Use, *tensors: Any) -> Any:
        """The order's value, and its graph."""
        ctx.set_materialize_grads(False)
        ctx.use = use
        ctx.save_for_backward(*tensors)
        into, back = use.bridge.into, use.bridge.back
        result, ctx.recorded = use.order.record([into(tensor) for tensor in tensors])
        if not isinstance(result, SEQUENCES):
            return watched(ctx, back(result, tensors[0]), 0)
        use.result = result
        outputs = [watched(ctx, back(output, tensors[0]), index) for index, output in enumerate(items_of(result))]
        ctx.mark_non_differentiable(*[output for output in outputs if not is_floating(output)])
        return tuple(outputs)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """The rules' cotangents; as values of the next order where these are to be differentiated too."""
        use: Use = ctx.use
        tensors = ctx.saved_tensors  # raises where one of them was written into
        refuse_written(getattr(ctx, "kept", ()))
        cotangents = [None if gradient is None else conjugated(gradient) for gradient in gradients]
        if torch.is_grad_enabled():
            reached = tuple(index for index, cotangent in enumerate(cotangents) if cotangent is not None)
            next_use = Use(use.order.derivative(reached), use.bridge)
            found = Exported.apply(next_use, *tensors, *[cotangents[index] for index in reached]) if reached else ()
        else:
            pulled = ctx.recorded.pull([None if c is None else use.bridge.into(c) for c in cotangents])
            found = [None if c is None else use.bridge.back(c, tensors[0]) for c in pulled]
        placed: list[Any] = [None] * use.order.count
        for index, cotangent in zip(use.order.active, found, strict=bool(found)):
            placed[index] = None if cotangent is None else conjugated(cotangent)
        return None, *placed


def watched(ctx: Any, output: Any, index: int) -> Any:
    """An output as PyTorch may tie it to its graph, which would hold on to itself if a rule kept the very tensor.

    One that a rule keeps is watched, since others may write into it.
    """
    if not ctx.recorded.keeps(index, output):
        return output
    ctx.kept = [*getattr(ctx, "kept", ()), (output, output._version)]
    return output.detach()


def refuse_written(kept: Sequence[tuple[Any, int]]) -> None:
    """Raise OperandError, a RuntimeError too, where somebody wrote into a result that a rule needs."""
    for output, version in kept:
        if output._version != version:
            text = "a result of an exported op was written into, which its rule may need: write into a copy"
            raise refused(text, RuntimeError)


# ------------------------------------------------------------------------- the first order of ops with one output


def is_plain(op: Op[Any, Any]) -> bool:
    """Whether an op is one node of a graph, of single arrays and with one output: these are worth a shorter way."""
    alone = not (op.composite or several(op.declaration) or (op.opaque and "torch" not in op.forwards))
    return alone and supports(op, "torch") and all(operand.kind == "single" for operand in op.operands)


class Kept:
    """What a call of a plain op keeps for its derivative, beside its tensors.

    `others` are the operands that are no tensors, None where all are; `written` is a result that a rule needs, and its
    version.
    """

    __slots__ = ("invoke", "node", "others", "parameters", "places", "plain", "written")

    plain: PlainOp
    invoke: Callable[..., Any]
    parameters: tuple[Any, ...]
    places: tuple[int, ...]
    others: tuple[Any, ...] | None
    node: Node
    written: tuple[Any, int] | None

    def again(self, tensors: Sequence[Any], cotangent: Any) -> Sequence[Any]:
        """The cotangents as a function of tensors that PyTorch differentiates: the next order's value."""
        pairs = zip(self.others or tensors, tensors, strict=True)
        operands = [other if tensor is None else tensor for other, tensor in pairs]
        call = Call(self.plain.op, self.invoke, PYTORCH, operands, self.parameters)
        order = Order(call, call.active, len(call.arrays)).derivative((0,))
        return Exported.apply(Use(order, Bridge()), *call.arrays, cotangent)


class PlainOp:
    """A plain op with its plans, by which of the operands need a gradient, as PyTorch says it."""

    def __init__(self, op: Op[Any, Any]) -> None:
        self.op = op
        self.plans = Plans(op.declaration, op.rules)
        self.known: dict[tuple[bool, ...], tuple[Plan, tuple[int, ...]] | None] = {}

    def plan(self, needs: tuple[bool, ...]) -> tuple[Plan, tuple[int, ...]] | None:
        """What is kept and run, and the places of the operands that it is for; None where there are none."""
        if needs not in self.known:
            operands, asked = self.op.operands, needs[BEFORE:]
            places = tuple(i for i, o in enumerate(operands) if o.differentiable and asked[i])
            able = self.op.declaration.differentiable_operands
            mask = sum(1 << bit for bit, o in enumerate(able) if operands.index(o) in places)
            self.known[needs] = (self.plans[mask], places) if places else None
        return self.known[needs]


BEFORE = 3
"""How many arguments of `Plain.apply` come before the operands."""


class Plain(torch.autograd.Function):
    """A plain op as PyTorch sees it: what its rules name is kept, and they run on that."""

    @staticmethod
    def forward(ctx: Any, plain: PlainOp, invoke: Any, parameters: Any, *operands: Any) -> Any:
        """The op's result."""
        out = invoke(operands, parameters)
        found = plain.plan(ctx.needs_input_grad)
        if found is None:
            return out
        plan, places = found
        ctx.kept = kept = Kept()
        kept.plain, kept.invoke, kept.parameters, kept.places = plain, invoke, parameters, places
        others = [value for value in operands if not isinstance(value, TENSOR)]
        if others:
            kept.others = tuple([None if isinstance(value, TENSOR) else value for value in operands])
            ctx.save_for_backward(*[value if isinstance(value, TENSOR) else None for value in operands])
        else:
            kept.others = None
            ctx.save_for_backward(*operands)
        kept.node = node = Node()
        node.rule = plan
        node.saved = plan.keep(*operands, *parameters, out)
        for value in node.saved:
            if value is out:  # PyTorch ties the very tensor to its graph, which would hold on to itself
                kept.written = out, out._version
                return out.detach()
        kept.written = None
        return out

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        """The rules' cotangents; as values of the next order where these are to be differentiated too."""
        tensors = ctx.saved_tensors  # raises where one of them was written into
        kept: Kept = ctx.kept
        if kept.written is not None:
            refuse_written((kept.written,))
        g = conjugated(gradient)
        found = kept.again(tensors, g) if torch.is_grad_enabled() else kept.node.rule.pull(g, kept.node)
        placed: list[Any] = [None] * (BEFORE + len(tensors))
        for place, cotangent in zip(kept.places, found, strict=True):
            like = tensors[place]
            if getattr(cotangent, "dtype", None) is not like.dtype or cotangent.shape != like.shape:
                cotangent = fit_raw(cotangent, Leaf(like, None), kept.node, kept.places.index(place))
            placed[BEFORE + place] = conjugated(cotangent)
        return tuple(placed)
