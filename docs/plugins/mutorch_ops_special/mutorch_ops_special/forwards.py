"""Ops whose forward is a function of SciPy's, and of the array library itself where that has one.

SciPy computes for NumPy and Dask. PyTorch and JAX take their own function where one is named; the others run SciPy's
on the host, in JAX through a callback, so that tracing sees them as one opaque call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, ParamSpec, TypeVar

import attrs
import numpy as np
from scipy import special

from mutorch_core import Array, Meta, Namespace, Op, injected, op
from mutorch_core.authoring import is_floating, is_number
from mutorch_core.domain import Domain, Interval, Kink

__all__ = ["NUMBERS", "POSITIVE", "SCALES", "SHAPES", "UNIT", "floating_type", "of_scipy", "unary"]

P = ParamSpec("P")
R = TypeVar("R")

POSITIVE = Interval(0)
UNIT = Interval(0, 1)
NUMBERS = Interval(-1e100, 1e100)
SCALES = Interval(1e-50, 1e100)
"""With these, neither a standardised number nor its square overflows."""

SHAPES = Interval(0, 1e10)
"""Beyond, a distribution's logarithmic density loses its digits."""


def of_scipy(
    name: str,
    *,
    torch: str | None = None,
    jax: str | None = None,
    domain: Mapping[str, Domain] | None = None,
    kinks: Sequence[Kink] = (),
    nondiff: Sequence[str] = (),
) -> Callable[[Callable[P, R]], Op[P, R]]:
    """Declare an elementwise op by SciPy's function; `torch` and `jax` name their own `special` functions."""

    def declare(function: Callable[P, R]) -> Op[P, R]:
        made = op(
            f"special::{name}",
            domain=domain,
            kinks=kinks,
            nondiff=nondiff,
            opaque=True,
            libraries=("numpy", "dask"),
        )(function)
        made.forward("numpy")(fitted(function))
        made.forward("torch")(native("torch.special", torch) if torch else on_host(function))
        made.forward("jax")(native("jax.scipy.special", jax) if jax else called_back(function))
        made.meta(broadcast)
        return made

    return declare


def unary(
    name: str,
    meaning: str,
    derivative: str,
    rule: Callable[..., Any],
    source: str,
    *,
    kink: str = "",
    **options: Any,
) -> Op[..., Array]:
    """Declare the op of one of SciPy's functions of one number, by its rule."""

    def forward(x: Array, /, *, xp: Namespace = injected) -> Array:
        return getattr(special, name)(x)

    forward.__name__ = name
    forward.__doc__ = f"""{meaning[0].upper()}{meaning[1:]}.

    Shapes: x (...), result (...). Units: none.
    Rule:   x̄ = ȳ {derivative}.
    Raises: nothing.{f"{chr(10)}    At kinks: {kink}." if kink else ""}
    Source: {source}.
    """
    made = of_scipy(name, **options)(forward)
    made.vjp("x")(rule)
    return made


def fitted(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return SciPy's function in its operands' precision: some functions always return double precision."""

    def forward(*operands: Any, xp: Any) -> Any:
        out = function(*operands, xp=xp)
        dtype = floating_type(operands, np)
        return out if dtype is None or out.dtype == dtype else out.astype(dtype)

    return forward


def native(module: str, name: str) -> Callable[..., Any]:
    """Return the library's own function, which takes arrays of one dtype."""

    def forward(*operands: Any, xp: Any) -> Any:
        dtype = floating_type(operands, xp)
        device = getattr(next((each for each in operands if not is_number(each)), None), "device", None)
        if len(operands) > 1:
            operands = tuple(xp.asarray(each, dtype=dtype, device=device) for each in operands)
        return getattr(import_module(module), name)(*operands)

    return forward


def on_host(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return SciPy's function for PyTorch's tensors."""

    def forward(*operands: Any, xp: Any) -> Any:
        device = next(each for each in operands if not is_number(each)).device
        host = (each if is_number(each) else np.asarray(each.cpu()) for each in operands)
        return xp.asarray(function(*host, xp=np), dtype=floating_type(operands, xp), device=device)

    return forward


def called_back(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return SciPy's function for JAX's arrays, concrete or traced."""

    def forward(*operands: Any, xp: Any) -> Any:
        import jax  # pyright: ignore[reportMissingImports] - no dependency

        dtype = floating_type(operands, xp) or xp.result_type(float)
        shape = np.broadcast_shapes(*(np.shape(each) for each in operands))

        def compute(*host: Any) -> Any:
            return np.asarray(function(*map(np.asarray, host), xp=np), dtype=dtype)

        return jax.pure_callback(compute, jax.ShapeDtypeStruct(shape, dtype), *operands, vmap_method="sequential")

    return forward


def floating_type(operands: Sequence[Any], xp: Any) -> Any:
    """Return the dtype that the arrays promote to, or None if none of them is floating."""
    dtypes = [each.dtype for each in operands if not is_number(each)]
    floating = any(xp.isdtype(dtype, ("real floating", "complex floating")) for dtype in dtypes)
    return xp.result_type(*dtypes) if floating else None


def broadcast(*operands: Meta) -> Meta:
    """Return the `Meta` of an elementwise result from those of its operands."""
    shape = np.broadcast_shapes(*(each.shape for each in operands))
    arrays = [each for each in operands if each.space is not None]
    if not arrays:
        return attrs.evolve(operands[0], shape=shape, dtype=float)
    space = arrays[0].space
    dtype = space.result_type(*(each.dtype for each in arrays)) if any(map(is_floating, arrays)) else space.float64
    return attrs.evolve(arrays[0], shape=shape, dtype=dtype)
