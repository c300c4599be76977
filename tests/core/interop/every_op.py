"""First and second derivatives of every exported op at one case, computed by each framework.

They are compared with the derivatives by Mutorch's engine at the same case, which the checker tests.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec
from typing import Any

import attrs
import numpy as np

import mutorch_core as mt
from mutorch_core.gradcheck.cases.case import fields_of
from mutorch_core.gradcheck.checking.check_op import quiet
from mutorch_core.gradcheck.checking.search import CasePool
from mutorch_core.gradcheck.profiles import REGIMES, Profile
from mutorch_core.gradcheck.under_test.backends import NUMPY, Backend, backend_of, map_arrays
from mutorch_core.gradcheck.under_test.op_under_test import OpUnderTest
from mutorch_core.gradcheck.under_test.other_library import LibraryCase

FEW = Profile("few", dict.fromkeys(REGIMES, 4), shrink_seconds=0.0)
FIRST, SECOND = "first order", "second order"


def differentiable_ops() -> list[Any]:
    """Return the ops that have a derivative, sorted by name."""
    return sorted((op for op in mt.ops.values() if op.differentiable), key=lambda op: op.name)


@cache
def subject_of(op: Any) -> OpUnderTest:
    """Return a case of an op, of a few that are drawn the one with the largest arrays."""
    pool = CasePool(op, FEW)
    subjects: list[OpUnderTest] = []
    with quiet():
        for regime in REGIMES:
            subjects += [subject for subject in pool.regime(regime) if usable(subject)]
            if subjects:
                return max(subjects, key=preference)
    raise AssertionError(f"{op.name}: no case was drawn")


def preference(subject: OpUnderTest) -> tuple[bool, int]:
    """Return a case's sort key. Real operands with complex results come last: some of SciPy's roots return such."""
    complex_operands, complex_results = (
        any(np.iscomplexobj(array) for array in arrays) for arrays in (subject.arrays, subject.values)
    )
    return complex_operands == complex_results, min(array.size for array in (*subject.arrays, *subject.values))


def usable(subject: OpUnderTest) -> bool:
    """Return whether a gradient flows and all libraries accept the operands: PyTorch's conditions must be boolean."""
    operands = subject.case.operands
    boolean = all(condition.dtype == bool for condition in operands.get("condlist") or ())
    return subject.differentiable and subject.finite and boolean and is_portable_key(operands.get("key"))


def is_portable_key(key: Any) -> bool:
    """Return whether all libraries accept a key: JAX refuses lists, PyTorch refuses slices with a negative step."""
    if isinstance(key, tuple):
        return all(map(is_portable_key, key))
    backwards = isinstance(key, slice) and key.step is not None and key.step < 0
    return not backwards and not isinstance(key, list)


def expected(subject: OpUnderTest) -> dict[str, tuple[Any, ...]]:
    """Return the derivatives by Mutorch's engine."""
    with quiet():
        stages = {stage.name: stage.values for stage in LibraryCase(subject, NUMPY).results()}
    return {FIRST: stages["cotangent"], SECOND: stages["second-order cotangent"]}


def called(subject: OpUnderTest, exported: Callable[..., Any], backend: Backend, arrays: Any) -> tuple[Any, ...]:
    """Call an exported op with a framework's arrays in place of the case's; return its floating outputs."""
    operands = {name: map_arrays(value, backend.array) for name, value in subject.case.operands.items()}
    parameters = {name: backend.parameter(value) for name, value in subject.case.parameters.items()}
    args, kwargs = attrs.evolve(subject.case, parameters=parameters).arguments(subject.with_arrays(operands, arrays))
    fields = fields_of(exported(*args, **kwargs))
    return tuple(fields[index] for index in subject.floating)


def plain(tensors: Any) -> tuple[Any, ...]:
    """Convert tensors to NumPy arrays."""
    return tuple(tensor.detach().resolve_conj().numpy() for tensor in tensors)


def by_torch(subject: OpUnderTest) -> dict[str, tuple[Any, ...]]:
    """Differentiate by `torch.autograd.grad`, twice. Its gradients are the conjugates of cotangents."""
    import torch

    def pulled(outputs: Any, inputs: Any, cotangents: Any) -> list[Any]:
        tied = [index for index, output in enumerate(outputs) if output.requires_grad]
        reached, gradients = [outputs[i] for i in tied], [cotangents[i].conj() for i in tied]
        results = [None] * len(inputs)
        if tied:
            results = torch.autograd.grad(reached, inputs, gradients, create_graph=True, allow_unused=True)
        return [torch.zeros_like(i) if g is None else g.conj() for g, i in zip(results, inputs, strict=True)]

    backend = backend_of("torch")
    make = backend.array
    arrays = [make(array).requires_grad_() for array in subject.arrays]
    cotangents = [make(g).requires_grad_() for g in subject.cotangents]
    outputs = called(subject, mt.interop.to_torch(subject.op), backend, arrays)
    first = pulled(outputs, arrays, cotangents)
    second = pulled(first, [*arrays, *cotangents], [torch.ones_like(g) for g in first])
    return {FIRST: plain(first), SECOND: plain(second)}


def by_jax(subject: OpUnderTest, jit: bool = False) -> dict[str, tuple[Any, ...]]:
    """Differentiate by `jax.vjp`, twice."""
    import jax

    backend = backend_of("jax")
    with backend.session():
        exported = mt.interop.to_jax(subject.op)
        arrays, cotangents = map(backend.array, subject.arrays), map(backend.array, subject.cotangents)
        inputs = (*arrays, *cotangents)

        def forward(*arrays: Any) -> tuple[Any, ...]:
            return called(subject, exported, backend, arrays)

        def pulled(*inputs: Any) -> tuple[Any, ...]:
            count = len(subject.arrays)
            return jax.vjp(forward, *inputs[:count])[1](inputs[count:])

        def both(*inputs: Any) -> tuple[Any, ...]:
            first, pullback = jax.vjp(pulled, *inputs)
            return first, pullback(tuple(map(jax.numpy.ones_like, first)))

        first, second = (jax.jit(both) if jit else both)(*inputs)
        return {FIRST: tuple(map(np.asarray, first)), SECOND: tuple(map(np.asarray, second))}


def by_autograd(subject: OpUnderTest) -> dict[str, tuple[Any, ...]]:
    """Differentiate by autograd's `make_vjp`, twice."""
    from autograd import make_vjp
    from autograd.builtins import tuple as traced

    exported, count = mt.interop.to_autograd(subject.op), len(subject.arrays)

    def forward(arrays: Any) -> Any:
        return traced(called(subject, exported, NUMPY, [arrays[index] for index in range(count)]))

    def pulled(inputs: Any) -> Any:
        return make_vjp(forward)(inputs[:count])[0](inputs[count:])

    pullback, first = make_vjp(pulled)((*subject.arrays, *subject.cotangents))
    second = pullback(tuple(map(np.ones_like, first)))
    return {FIRST: tuple(map(np.asarray, first)), SECOND: tuple(map(np.asarray, second))}


SHAPED_BY_VALUES = "the shape of its result depends on values"
REFUSED = {
    **{("basic::" + name, "jax.jit"): SHAPED_BY_VALUES for name in (
        "bincount", "masked_select", "segment_max",
        "unique_all", "unique_counts", "unique_inverse", "unique_values",
    )},
    **{("basic::to_device", name): "device_put" for name in ("jax", "jax.jit")},
}  # fmt: skip
"""The ops that JAX can't compute, by op and framework, with the text of the error.

The shape of some results depends on values, which a compiled program can't have. `to_device` gets NumPy's device.
"""


BY: dict[str, Callable[[OpUnderTest], dict[str, tuple[Any, ...]]]] = {
    "torch": by_torch, "jax": by_jax, "jax.jit": lambda subject: by_jax(subject, jit=True), "autograd": by_autograd,
}  # fmt: skip


FRAMEWORKS = tuple(name for name in BY if find_spec(name.partition(".")[0]))
"""The installed frameworks."""


def difference(subject: OpUnderTest, order: str, derivatives: dict[str, tuple[Any, ...]]) -> str | None:
    """Describe the first difference of a framework's derivatives from the engine's, or return None."""
    for index, (here, there) in enumerate(zip(expected(subject)[order], derivatives[order], strict=True)):
        if not np.allclose(here, there, rtol=1e-6, atol=1e-8, equal_nan=True):
            return f"{order}, array {index}: {np.asarray(here)} here, {there} there"
    return None
