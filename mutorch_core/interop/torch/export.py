"""`to_torch`: an op as a function of PyTorch tensors, whose derivatives are the op's rules.

PyTorch's gradients are the conjugates of Mutorch's cotangents. They are conjugated by PyTorch's own operations, so that
higher derivatives are right too.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from mutorch_core.arrays.devices import to_numpy
from mutorch_core.declaration.op import Op
from mutorch_core.interop.derivative_orders import DerivativeOrder
from mutorch_core.interop.op_calls import Call, Framework, as_sequence, caller, repack_like, supports
from mutorch_core.interop.torch.functions import autograd_function_of
from mutorch_core.interop.torch.higher_order import Bridge, Exported, ExportedCall

__all__ = ["to_torch"]

torch: Any = import_module("torch")

PYTORCH = Framework(lambda value: isinstance(value, torch.Tensor), lambda tensor: tensor.requires_grad)


class NumPyBridge(Bridge):
    """Convert tensors to NumPy arrays, for ops that do not compute on tensors."""

    __slots__ = ()

    def into(self, tensor: Any) -> Any:
        """Return the tensor as a NumPy array, which shares the memory of a tensor on the host."""
        return to_numpy(tensor)


def to_torch(op: Op[Any, Any]) -> Callable[..., Any]:
    """Return a function of tensors with the op's signature, which `torch.autograd` can differentiate to any order.

    An op that does not compute on tensors runs on NumPy arrays, on the host.
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


def is_single_node(op: Op[Any, Any]) -> bool:
    """Return whether an op is one node of single arrays, and no rule names all outputs as one value."""
    alone = not (op.composite or (op.declaration.opaque and "torch" not in op.forwards))
    whole = op.declaration.result is not None and any("out" in rule.names for rule in op.rules.values())
    return alone and not whole and supports(op, "torch") and all(operand.kind == "single" for operand in op.operands)


def differentiable(call: Call, bridge: Bridge) -> Any:
    """Return a call's result, recorded in PyTorch's graph."""
    exported_call = ExportedCall(DerivativeOrder(call, call.active, len(call.arrays)), bridge)
    outputs: Any = Exported.apply(exported_call, *call.arrays)
    return outputs if exported_call.result is None else repack_like(exported_call.result, outputs)
