"""Every op at a case of its own, exported: first and second derivatives as each framework takes them.

They are compared with what Mutorch's engine says of the same case, which the checker has proven.
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
    """The ops that can be exported, by name."""
    return sorted((op for op in mt.ops.values() if op.differentiable), key=lambda op: op.name)


@cache
def subject_of(op: Any) -> OpUnderTest:
    """A case of an op in which a gradient flows through several entries, if there is one among a few draws."""
    pool = CasePool(op, FEW)
    found: list[OpUnderTest] = []
    with quiet():
        for regime in REGIMES:
            found += [subject for subject in pool.regime(regime) if usable(subject)]
            if found:
                return max(found, key=worth)
    raise AssertionError(f"{op.name}: no case was drawn")


def worth(subject: OpUnderTest) -> tuple[bool, int]:
    """How much a case tells: most if results are complex where operands are, for of SciPy's roots some alone are."""
    given, made = (any(np.iscomplexobj(array) for array in arrays) for arrays in (subject.arrays, subject.values))
    return given == made, min(array.size for array in (*subject.arrays, *subject.values))


def usable(subject: OpUnderTest) -> bool:
    """Whether a gradient flows, and all libraries take the operands: PyTorch only booleans as conditions."""
    given = subject.case.operands
    taken = all(condition.dtype == bool for condition in given.get("condlist") or ())
    return subject.differentiable and subject.finite and taken and taken_as_key(given.get("key"))


def taken_as_key(key: Any) -> bool:
    """Whether all libraries take a key: JAX no lists, PyTorch no slices that go backwards."""
    if isinstance(key, tuple):
        return all(map(taken_as_key, key))
    backwards = isinstance(key, slice) and key.step is not None and key.step < 0
    return not backwards and not isinstance(key, list)


def expected(subject: OpUnderTest) -> dict[str, tuple[Any, ...]]:
    """What the engine says."""
    with quiet():
        stages = {stage.name: stage.values for stage in LibraryCase(subject, NUMPY).results()}
    return {FIRST: stages["cotangent"], SECOND: stages["second-order cotangent"]}


def called(subject: OpUnderTest, exported: Callable[..., Any], backend: Backend, arrays: Any) -> tuple[Any, ...]:
    """The floating outputs of an exported op for a framework's arrays in the case's slots."""
    operands = {name: map_arrays(value, backend.array) for name, value in subject.case.operands.items()}
    parameters = {name: backend.parameter(value) for name, value in subject.case.parameters.items()}
    args, kwargs = attrs.evolve(subject.case, parameters=parameters).arguments(subject.with_arrays(operands, arrays))
    fields = fields_of(exported(*args, **kwargs))
    return tuple(fields[index] for index in subject.floating)


def plain(tensors: Any) -> tuple[Any, ...]:
    """Tensors as NumPy's arrays."""
    return tuple(tensor.detach().resolve_conj().numpy() for tensor in tensors)


def by_torch(subject: OpUnderTest) -> dict[str, tuple[Any, ...]]:
    """By `torch.autograd.grad`, twice; its gradients are the conjugates of cotangents."""
    import torch

    def pulled(outputs: Any, inputs: Any, cotangents: Any) -> list[Any]:
        tied = [index for index, output in enumerate(outputs) if output.requires_grad]
        reached, gradients = [outputs[i] for i in tied], [cotangents[i].conj() for i in tied]
        found = [None] * len(inputs)
        if tied:
            found = torch.autograd.grad(reached, inputs, gradients, create_graph=True, allow_unused=True)
        return [torch.zeros_like(i) if g is None else g.conj() for g, i in zip(found, inputs, strict=True)]

    backend = backend_of("torch")
    make = backend.array
    arrays = [make(array).requires_grad_() for array in subject.arrays]
    cotangents = [make(g).requires_grad_() for g in subject.cotangents]
    outputs = called(subject, mt.interop.to_torch(subject.op), backend, arrays)
    first = pulled(outputs, arrays, cotangents)
    second = pulled(first, [*arrays, *cotangents], [torch.ones_like(g) for g in first])
    return {FIRST: plain(first), SECOND: plain(second)}


def by_jax(subject: OpUnderTest, jit: bool = False) -> dict[str, tuple[Any, ...]]:
    """By `jax.vjp`, of `jax.vjp`."""
    import jax

    backend = backend_of("jax")
    with backend.session():
        exported = mt.interop.to_jax(subject.op)
        arrays, cotangents = map(backend.array, subject.arrays), map(backend.array, subject.cotangents)
        given = (*arrays, *cotangents)

        def forward(*arrays: Any) -> tuple[Any, ...]:
            return called(subject, exported, backend, arrays)

        def pulled(*given: Any) -> tuple[Any, ...]:
            count = len(subject.arrays)
            return jax.vjp(forward, *given[:count])[1](given[count:])

        def both(*given: Any) -> tuple[Any, ...]:
            first, pullback = jax.vjp(pulled, *given)
            return first, pullback(tuple(map(jax.numpy.ones_like, first)))

        first, second = (jax.jit(both) if jit else both)(*given)
        return {FIRST: tuple(map(np.asarray, first)), SECOND: tuple(map(np.asarray, second))}


def by_autograd(subject: OpUnderTest) -> dict[str, tuple[Any, ...]]:
    """By autograd's `make_vjp`, of `make_vjp`."""
    from autograd import make_vjp
    from autograd.builtins import tuple as traced

    exported, count = mt.interop.to_autograd(subject.op), len(subject.arrays)

    def forward(arrays: Any) -> Any:
        return traced(called(subject, exported, NUMPY, [arrays[index] for index in range(count)]))

    def pulled(given: Any) -> Any:
        return make_vjp(forward)(given[:count])[0](given[count:])

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
"""What JAX has no place for, by op and framework, and what the error says: shapes that a compiled program can't know,
and NumPy's device, which is none of JAX's.
"""


BY: dict[str, Callable[[OpUnderTest], dict[str, tuple[Any, ...]]]] = {
    "torch": by_torch, "jax": by_jax, "jax.jit": lambda subject: by_jax(subject, jit=True), "autograd": by_autograd,
}  # fmt: skip


FRAMEWORKS = tuple(name for name in BY if find_spec(name.partition(".")[0]))
"""Those that are installed."""


def difference(subject: OpUnderTest, order: str, found: dict[str, tuple[Any, ...]]) -> str | None:
    """How a framework's derivatives differ from the engine's; None where they are the same."""
    for index, (own, other) in enumerate(zip(expected(subject)[order], found[order], strict=True)):
        if not np.allclose(own, other, rtol=1e-6, atol=1e-8, equal_nan=True):
            return f"{order}, array {index}: {np.asarray(own)} here, {other} there"
    return None
