"""Functions of JAX arrays as ops. Their rules are JAX's derivatives."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from mutorch_core.declaration.op import Op
from mutorch_core.domain import Domain, Kink
from mutorch_core.interop.foreign_functions import ForeignFramework, ForeignOrder, as_op
from mutorch_core.interop.op_calls import as_sequence

__all__ = ["from_jax"]

jax: Any = import_module("jax")
jnp: Any = import_module("jax.numpy")


class Jax(ForeignFramework):
    """JAX. Its cotangents follow the same convention as Mutorch's."""

    def into(self, value: Any) -> Any:
        """Convert to a JAX array."""
        return jnp.asarray(value)

    def owns(self, value: Any) -> bool:
        """Return whether a value is a JAX array."""
        return isinstance(value, jax.Array)

    def run(self, function: Callable[..., Any], arrays: Sequence[Any]) -> Any:
        """Return the result. Values of other libraries are computed with 64 bits."""
        if any(map(self.owns, arrays)):
            return function(*map(self.into, arrays))
        module = (
            jax if hasattr(jax, "enable_x64") else import_module("jax.experimental")
        )  # where older versions have it
        with module.enable_x64(True):
            return function(*map(self.into, arrays))

    def pull_back(
        self, order: ForeignOrder, reached: Sequence[int], arrays: Sequence[Any], cotangents: Sequence[Any]
    ) -> Any:
        """Return the cotangents, by `jax.vjp`."""

        def forward(*chosen: Any) -> tuple[Any, ...]:
            inputs = list(arrays)
            for index, array in zip(order.active, chosen, strict=True):
                inputs[index] = array
            outputs = as_sequence(order.function(*inputs))
            return tuple(outputs[index] for index in reached)

        values, pullback = jax.vjp(forward, *[arrays[index] for index in order.active])
        return pullback(tuple(jnp.asarray(g, dtype=v.dtype) for g, v in zip(cotangents, values, strict=True)))


def from_jax(
    fn: Callable[..., Any],
    name: str | None = None,
    *,
    operands: Sequence[str] | None = None,
    complexes: bool = False,
    domain: Mapping[str, Domain] | None = None,
    kinks: Sequence[Kink] = (),
    nondiff: Sequence[str] = (),
) -> Op[Any, Any]:
    """Return a `jax.custom_vjp`, or any function of JAX arrays, as an op.

    Operands are the parameters annotated as arrays, and those with neither annotation nor default, unless `operands`
    names them; those in `nondiff_argnums` are static. The op's rule is JAX's derivative, to any order that the
    function has. It takes arrays of any library; complex ones only with `complexes`. `domain`, `kinks` and
    `nondiff` are as in `@op`.

    Raises OperandError if there is no operand.
    """
    signature = inspect.signature(fn)
    if operands is None and getattr(fn, "nondiff_argnums", ()):
        static: Any = fn.nondiff_argnums  # pyright: ignore[reportFunctionMemberAccess] - custom_vjp has it
        names = list(signature.parameters)
        static = {names[index] for index in static}
        operands = [parameter for parameter in names if parameter not in static]
    called = getattr(fn, "__name__", type(fn).__name__)
    return as_op(
        name or f"jax::{called}", fn, inspect.unwrap(fn), signature, Jax(), operands, complexes, domain, kinks, nondiff
    )
