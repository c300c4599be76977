"""An op as a function of PyTorch tensors, whose derivatives are the op's rules.

PyTorch's gradients are the conjugates of the cotangents of everyone else: both are conjugated here, at its border, by
PyTorch itself, which differentiates that too.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from mutorch_core.declare import Op
from mutorch_core.errors import refused
from mutorch_core.interop.calls import Call, Framework, caller, items_of, repacked, supports
from mutorch_core.interop.orders import Order

__all__ = ["conjugated", "is_floating", "to_torch"]

torch: Any = import_module("torch")


def is_floating(tensor: Any) -> bool:
    """Whether a tensor can carry a gradient."""
    return tensor.is_floating_point() or tensor.is_complex()


def conjugated(tensor: Any) -> Any:
    """PyTorch's gradient for a cotangent, and the other way round."""
    return tensor.conj().resolve_conj() if tensor.is_complex() else tensor


PYTORCH = Framework("torch", lambda value: isinstance(value, torch.Tensor), lambda tensor: tensor.requires_grad)


class Bridge:
    """How tensors come to an op and its results back: here as they are, outside of PyTorch's own graph."""

    __slots__ = ()

    def into(self, tensor: Any) -> Any:
        """What the op computes with."""
        return tensor.detach()

    def back(self, value: Any, like: Any) -> Any:
        """A result as a tensor, on the device of another."""
        return value if isinstance(value, torch.Tensor) else torch.as_tensor(value, device=like.device)


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
        use = Use(Order(call, call.active, len(call.arrays)), bridge)
        if not call.active:
            result = call(*map(bridge.into, call.arrays))
            if not call.arrays:
                return result
            return repacked(result, [bridge.back(output, call.arrays[0]) for output in items_of(result)])
        found = Exported.apply(use, *call.arrays)
        return repacked(use.result, found) if isinstance(found, tuple) else found

    return caller(op, apply)


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
        if not isinstance(result, (tuple, list)):
            return watched(ctx, back(result, tensors[0]), 0)
        use.result = tuple(result)
        outputs = [watched(ctx, back(output, tensors[0]), index) for index, output in enumerate(result)]
        ctx.mark_non_differentiable(*[output for output in outputs if not is_floating(output)])
        return tuple(outputs)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """The rules' cotangents; as values of the next order where these are to be differentiated too."""
        use: Use = ctx.use
        tensors = ctx.saved_tensors  # raises where one of them was written into
        refuse_written(ctx)
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


def refuse_written(ctx: Any) -> None:
    """Raise OperandError, a RuntimeError too, where somebody wrote into a result that a rule needs."""
    for output, version in getattr(ctx, "kept", ()):
        if output._version != version:
            text = "a result of an exported op was written into, which its rule may need: write into a copy"
            raise refused(text, RuntimeError)
