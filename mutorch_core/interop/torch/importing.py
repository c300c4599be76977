"""Functions of PyTorch tensors as ops. Their rules are PyTorch's derivatives."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from inspect import Signature
from typing import Any

import numpy as np

from mutorch_core.declaration.op import Op
from mutorch_core.domain import Domain, Kink
from mutorch_core.errors import NotTracked
from mutorch_core.interop.foreign_functions import ForeignFramework, ForeignOrder, as_op
from mutorch_core.interop.op_calls import as_sequence, repack_like
from mutorch_core.interop.torch.higher_order import conjugated

__all__ = ["from_torch"]

torch: Any = import_module("torch")


class PyTorch(ForeignFramework):
    """PyTorch. Its gradients are the conjugates of Mutorch's cotangents."""

    def into(self, value: Any) -> Any:
        """Convert to a tensor without a graph."""
        return value.detach() if self.owns(value) else torch.tensor(np.asarray(value))

    def owns(self, value: Any) -> bool:
        """Return whether a value is a tensor."""
        return isinstance(value, torch.Tensor)

    def run(self, function: Callable[..., Any], arrays: Sequence[Any]) -> Any:
        """Return the result without PyTorch's graph."""
        result = function(*map(self.into, arrays))
        return repack_like(result, [output.detach() for output in as_sequence(result)])

    def pull_back(
        self, order: ForeignOrder, reached: Sequence[int], arrays: Sequence[Any], cotangents: Sequence[Any]
    ) -> Any:
        """Return the conjugated gradients."""
        with torch.enable_grad():
            inputs = list(arrays)
            for index in order.active:  # two arguments may be one tensor, and each has its own gradient
                x = inputs[index]
                inputs[index] = x.clone() if x.requires_grad else x.detach().requires_grad_()
            outputs = as_sequence(order.function(*inputs))
            pairs = [
                (outputs[index], conjugated(g))
                for index, g in zip(reached, cotangents, strict=True)
                if outputs[index].requires_grad
            ]
            if not pairs:
                raise NotTracked("no result has a grad_fn: the function cuts PyTorch's graph, so it has no derivative")
            refuse_error([output.grad_fn for output, _ in pairs])
            results, gradients = zip(*pairs, strict=True)
            leaves = [inputs[index] for index in order.active]
            found = torch.autograd.grad(results, leaves, gradients, create_graph=True, allow_unused=True)
        pairs = zip(found, leaves, strict=True)
        return [torch.zeros_like(leaf) if gradient is None else conjugated(gradient) for gradient, leaf in pairs]


def refuse_error(nodes: list[Any]) -> None:
    """Raise NotTracked if a graph contains an error node.

    For gradients of some inputs PyTorch skips such a node and returns None, which would be taken for zero.
    """
    seen: set[Any] = set()
    while nodes:
        node = nodes.pop()
        if node is None or node in seen:
            continue
        seen.add(node)
        if type(node).__name__ == "Error":
            raise NotTracked("PyTorch can't differentiate this again: a backward is marked @once_differentiable")
        nodes += [parent for parent, _ in node.next_functions]


def is_function(value: Any) -> bool:
    """Return whether a value is a `torch.autograd.Function`, or the `apply` of one."""
    kind = getattr(value, "__self__", value)
    return inspect.isclass(kind) and issubclass(kind, torch.autograd.Function)


def from_torch(
    fn: Any,
    name: str | None = None,
    *,
    operands: Sequence[str] | None = None,
    complexes: bool = False,
    domain: Mapping[str, Domain] | None = None,
    kinks: Sequence[Kink] = (),
    nondiff: Sequence[str] = (),
) -> Op[Any, Any]:
    """Return a `torch.autograd.Function`, its `apply`, or any function of tensors, as an op.

    Operands are the parameters annotated as tensors, and those with neither annotation nor default, unless
    `operands` names them. The op's rule is PyTorch's derivative, to any order that the function has. It takes arrays
    of any library; complex ones only with `complexes`. `domain`, `kinks` and `nondiff` are as in `@op`.

    Raises OperandError if there is no operand, NotTracked if a result has no derivative.
    """
    if is_function(fn):
        kind = getattr(fn, "__self__", fn)
        written, function = kind.forward, kind.apply
        signature = inspect.signature(written)
        if kind.setup_context is torch.autograd.Function.setup_context:  # the older style, with the context first
            signature = Signature(list(signature.parameters.values())[1:])
        called, text = kind.__name__, written.__doc__ or kind.__doc__
    else:
        written = inspect.unwrap(fn)
        function, signature, text = fn, inspect.signature(fn), written.__doc__
        called = getattr(fn, "__name__", type(fn).__name__)
    name = name or f"torch::{called}"
    imported = as_op(name, function, written, signature, PyTorch(), operands, complexes, domain, kinks, nondiff)
    imported.function.__doc__ = text
    return imported
