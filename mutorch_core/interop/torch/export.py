"""An op as a function of PyTorch tensors, whose derivatives are the op's rules.

PyTorch's gradients are the conjugates of the cotangents of everyone else: both are conjugated here, at its border, by
PyTorch itself, which differentiates that too.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from mutorch_core.arrays.devices import to_numpy
from mutorch_core.declaration.op import Op
from mutorch_core.interop.derivative_orders import DerivativeOrder
from mutorch_core.interop.op_calls import Call, Framework, as_sequence, caller, repack_like, supports
from mutorch_core.interop.torch.functions import autograd_function_of, is_single_node
from mutorch_core.interop.torch.higher_order import Bridge, Exported, ExportedCall

__all__ = ["to_torch"]

torch: Any = import_module("torch")

PYTORCH = Framework("torch", lambda value: isinstance(value, torch.Tensor), lambda tensor: tensor.requires_grad)


class NumPyBridge(Bridge):
    """For ops that do not compute on tensors: they are NumPy's on the way."""

    __slots__ = ()

    def into(self, tensor: Any) -> Any:
        """Return the tensor as a NumPy array, which shares its memory if that is the host's."""
        return to_numpy(tensor)


def to_torch(op: Op[Any, Any]) -> Callable[..., Any]:
    """Return a function of tensors with the op's signature, which `torch.autograd` can differentiate to any order.

    An op that does not compute on tensors is computed through NumPy, on the host.
    """
    bridge = Bridge() if supports(op, "torch") else NumPyBridge()

    def apply(call: Call) -> Any:
        if call.active:
            return differentiable(call, bridge)
        result = call(*map(bridge.into, call.arrays))
        if not call.arrays:
            return result
        return repack_like(result, [bridge.back(output, call.arrays[0]) for output in as_sequence(result)])

    return autograd_function_of(op) if is_single_node(op) else caller(op, PYTORCH, apply)


def differentiable(call: Call, bridge: Bridge) -> Any:
    """Return a call's result, tied to PyTorch's graph."""
    use = ExportedCall(DerivativeOrder(call, call.active, len(call.arrays)), bridge)
    found: Any = Exported.apply(use, *call.arrays)
    return found if use.result is None else repack_like(use.result, found)
