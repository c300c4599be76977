"""Orders of an op as functions of PyTorch: the value is the order's, the derivative the next order's value."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from mutorch_core.arrays.namespaces import SEQUENCES
from mutorch_core.errors import refused
from mutorch_core.interop.derivative_orders import DerivativeOrder
from mutorch_core.interop.op_calls import as_sequence

__all__ = ["Bridge", "Exported", "ExportedCall", "conjugated", "is_floating"]

torch: Any = import_module("torch")
TENSOR: Any = torch.Tensor


def is_floating(tensor: Any) -> bool:
    """Return whether a tensor can carry a gradient."""
    return tensor.is_floating_point() or tensor.is_complex()


def conjugated(tensor: Any) -> Any:
    """Return PyTorch's gradient for a cotangent, or the reverse."""
    return tensor.conj().resolve_conj() if tensor.is_complex() else tensor


class Bridge:
    """Converts tensors for an op and its results back. Here tensors stay tensors, outside of PyTorch's own graph."""

    __slots__ = ()

    def into(self, tensor: Any) -> Any:
        """Return the array that the op computes with."""
        return tensor.detach()

    def back(self, value: Any, like: Any) -> Any:
        """Return a result as a tensor, on the device of another."""
        return value if isinstance(value, TENSOR) else torch.as_tensor(value, device=like.device)


class ExportedCall:
    """One use of an `Exported`: its order and bridge, and later the result of the order."""

    __slots__ = ("bridge", "order", "result")

    def __init__(self, order: DerivativeOrder, bridge: Bridge) -> None:
        self.order = order
        self.bridge = bridge
        self.result: Any = None


class Exported(torch.autograd.Function):
    """The function in PyTorch's graph: forwards an order's value of its arrays, backwards the next order's."""

    @staticmethod
    def forward(ctx: Any, use: ExportedCall, *tensors: Any) -> Any:
        """Return the order's value, and record its graph."""
        ctx.set_materialize_grads(False)
        ctx.use = use
        ctx.save_for_backward(*tensors)
        into, back = use.bridge.into, use.bridge.back
        result, ctx.recorded = use.order.record([into(tensor) for tensor in tensors])
        if not isinstance(result, SEQUENCES):
            return track_version(ctx, back(result, tensors[0]), 0)
        use.result = result
        outputs = [
            track_version(ctx, back(output, tensors[0]), index) for index, output in enumerate(as_sequence(result))
        ]
        ctx.mark_non_differentiable(*[output for output in outputs if not is_floating(output)])
        return tuple(outputs)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Return the rules' cotangents; as values of the next order if they are to be differentiated too."""
        use: ExportedCall = ctx.use
        tensors = ctx.saved_tensors  # raises where one of them was written into
        refuse_written(getattr(ctx, "kept", ()))
        cotangents = [None if gradient is None else conjugated(gradient) for gradient in gradients]
        if torch.is_grad_enabled():
            reached = tuple(index for index, cotangent in enumerate(cotangents) if cotangent is not None)
            next_use = ExportedCall(use.order.derivative(reached), use.bridge)
            found = Exported.apply(next_use, *tensors, *[cotangents[index] for index in reached]) if reached else ()
        else:
            pulled = ctx.recorded.pull_back([None if c is None else use.bridge.into(c) for c in cotangents])
            found = [None if c is None else use.bridge.back(c, tensors[0]) for c in pulled]
        placed: list[Any] = [None] * use.order.count
        for index, cotangent in zip(use.order.active, found, strict=bool(found)):
            placed[index] = None if cotangent is None else conjugated(cotangent)
        return None, *placed


def track_version(ctx: Any, output: Any, index: int) -> Any:
    """Return an output that PyTorch may tie to its graph; a cycle would arise if a rule kept the very same tensor.

    The version of an output that a rule keeps is tracked, since others may write into it.
    """
    if not ctx.recorded.keeps(index, output):
        return output
    ctx.kept = [*getattr(ctx, "kept", ()), (output, output._version)]
    return output.detach()


def refuse_written(kept: Sequence[tuple[Any, int]]) -> None:
    """Raise OperandError, a RuntimeError too, if a result that a rule needs was written into."""
    for output, version in kept:
        if output._version != version:
            text = "a result of an exported op was written into, which its rule may need: write into a copy"
            raise refused(text, RuntimeError)
