"""Function transforms: `grad` and its siblings, and `checkpoint`."""

from mutorch_core.transforms.functional import grad, hessian, hvp, jacobian, jvp, stop_gradient, value_and_grad, vjp
from mutorch_core.transforms.tracing import TracedCall, trace_call

__all__ = [
    "TracedCall",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "stop_gradient",
    "trace_call",
    "value_and_grad",
    "vjp",
]
