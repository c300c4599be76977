"""An op's orders in PyTorch's graph: each is a function whose backward pass computes the next order."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from mutorch_core.arrays.namespaces import SEQUENCES
from mutorch_core.declaration.pullback import Pullback, lift_recorded
from mutorch_core.errors import refused
from mutorch_core.graph.node import Node, OutputCotangents
from mutorch_core.graph.var import Var
from mutorch_core.interop.derivative_orders import DerivativeOrder
from mutorch_core.interop.op_calls import as_sequence

__all__ = ["Bridge", "Exported", "ExportedCall", "conjugated", "is_floating", "pull_back_differentiably"]

torch: Any = import_module("torch")
TENSOR: Any = torch.Tensor


def is_floating(tensor: Any) -> bool:
    """Return whether a tensor can carry a gradient."""
    return tensor.is_floating_point() or tensor.is_complex()


def conjugated(tensor: Any) -> Any:
    """Return PyTorch's gradient for a cotangent, or the reverse."""
    return tensor.conj().resolve_conj() if tensor.is_complex() else tensor


class Bridge:
    """Convert tensors for an op, and its results back. This one passes detached tensors to ops that take tensors."""

    __slots__ = ()

    def into(self, tensor: Any) -> Any:
        """Return the array for the op: the tensor without its graph."""
        return tensor.detach()

    def back(self, value: Any, like: Any) -> Any:
        """Return a result as a tensor, on the device of another."""
        return value if isinstance(value, TENSOR) else torch.as_tensor(value, device=like.device)


class ExportedCall:
    """One call of `Exported`: the order, the bridge and, if there are several outputs, the result."""

    __slots__ = ("bridge", "order", "result")

    def __init__(self, order: DerivativeOrder, bridge: Bridge) -> None:
        self.order = order
        self.bridge = bridge
        self.result: Any = None


class Exported(torch.autograd.Function):
    """The function in PyTorch's graph: the forward computes an order, the backward the next one."""

    @staticmethod
    def forward(ctx: Any, call: ExportedCall, *tensors: Any) -> Any:
        """Return the order's value, and record Mutorch's graph of it."""
        ctx.set_materialize_grads(False)
        ctx.call = call
        ctx.save_for_backward(*tensors)
        into, back = call.bridge.into, call.bridge.back
        result, ctx.recorded = call.order.record([into(tensor) for tensor in tensors])
        if not isinstance(result, SEQUENCES):
            return track_version(ctx, back(result, tensors[0]), 0)
        call.result = result
        outputs = [
            track_version(ctx, back(output, tensors[0]), index) for index, output in enumerate(as_sequence(result))
        ]
        ctx.mark_non_differentiable(*[output for output in outputs if not is_floating(output)])
        return tuple(outputs)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Return the rules' cotangents, computed by the next order if PyTorch is to differentiate them."""
        call: ExportedCall = ctx.call
        tensors = ctx.saved_tensors  # raises if one of them was written into
        refuse_written(getattr(ctx, "saved_results", ()))
        cotangents = [None if gradient is None else conjugated(gradient) for gradient in gradients]
        if torch.is_grad_enabled():
            reached = tuple(index for index, cotangent in enumerate(cotangents) if cotangent is not None)
            next_call = ExportedCall(call.order.derivative(reached), call.bridge)
            pulled = Exported.apply(next_call, *tensors, *[cotangents[index] for index in reached]) if reached else ()
        else:
            pulled = ctx.recorded.pull_back([None if c is None else call.bridge.into(c) for c in cotangents])
            pulled = [None if c is None else call.bridge.back(c, tensors[0]) for c in pulled]
        results: list[Any] = [None] * call.order.count
        for index, cotangent in zip(call.order.active, pulled, strict=bool(pulled)):
            results[index] = None if cotangent is None else conjugated(cotangent)
        return None, *results


def track_version(ctx: Any, output: Any, index: int) -> Any:
    """Return an output for PyTorch's graph, detached if a rule saves it, since its graph would then hold itself.

    The version of such an output is recorded, so that a later write into it is noticed.
    """
    if not ctx.recorded.keeps(index, output):
        return output
    ctx.saved_results = [*getattr(ctx, "saved_results", ()), (output, output._version)]
    return output.detach()


def refuse_written(saved_results: Sequence[tuple[Any, int]]) -> None:
    """Raise OperandError, a RuntimeError too, if a result that a rule needs was written into."""
    for output, version in saved_results:
        if output._version != version:
            text = "a result of an exported op was written into, which its rule may need: write into a copy"
            raise refused(text, RuntimeError)


def pull_back_differentiably(pullback: Pullback, saved: Sequence[Any], g: Any, metas: Any) -> Any:
    """Return a pullback's cotangents as a node of PyTorch's graph, differentiated by the rules of the rules' ops."""
    values = [*saved, *(g.cotangents if metas else (g,))]
    positions = [position for position, value in enumerate(values) if isinstance(value, TENSOR)]
    tensors = [values[position] for position in positions]
    active = [index for index, tensor in enumerate(tensors) if tensor.requires_grad]
    function = PullbackFunction(pullback, values, positions, metas)
    return Exported.apply(ExportedCall(DerivativeOrder(function, active, len(tensors)), Bridge()), *tensors)


class PullbackFunction:
    """A pullback as a function of the tensors among its saved values and cotangents. It takes `Var`s too.

    `metas` describe the outputs if there are several.
    """

    def __init__(self, pullback: Pullback, values: Sequence[Any], positions: Sequence[int], metas: Any) -> None:
        self.pullback = pullback
        self.positions = positions
        self.others = [None if position in positions else value for position, value in enumerate(values)]
        self.metas = metas

    def __call__(self, *tensors: Any) -> Sequence[Any]:
        values = list(self.others)
        for position, tensor in zip(self.positions, tensors, strict=True):
            values[position] = tensor
        count = len(self.pullback.saved)
        node, g = Node(), [None if each is None else lifted(each, None) for each in values[count:]]
        node.saved, node.parents = tuple(values[:count]), (node,) * len(self.pullback.tracked)
        node.result = self.metas
        needed = (True,) * len(node.parents)
        return self.pullback.pull_back_some(OutputCotangents(g) if self.metas else g[0], node, needed, lifted)


def lifted(value: Any, _node: Node | None) -> Any:
    """Return a `Var` as it is, with the node that it has, and any other array as an untracked `Var`."""
    return value if type(value) is Var else lift_recorded(value, None)
