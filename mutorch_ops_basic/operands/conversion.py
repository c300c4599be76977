"""Conversion to another dtype or device."""

from __future__ import annotations

from typing import Any

import array_api_compat

from mutorch_core import Array, Meta, Namespace, Var, injected, op
from mutorch_core.authoring import cast, constant, is_number, namespace_of

__all__ = ["astype", "to_device"]


@op("basic::astype", composite=True)
def astype(x: Array, dtype: Any, /, *, copy: bool = True, device: Any = None, xp: Namespace = injected) -> Array:
    """Conversion to another dtype; `copy=False` returns x itself where it has that dtype already.

    Shapes: x (...), result (...). Units: x's.
    Rule:   x̄ = ȳ, cast back; nothing flows through integer and boolean dtypes, nor to them.
    Raises: OperandError where the library refuses the conversion.
    Source: Array API standard 2024.12.
    """
    to = {} if device is None else {"device": device}  # with device=None a library may move x to its default device
    if not isinstance(x, Var):
        return xp.astype(xp.asarray(x), dtype, copy=copy, **to)
    library = namespace_of(x.value)
    dtype = library.result_type(dtype)  # a dtype has many spellings
    if x.node is None or not library.isdtype(dtype, ("real floating", "complex floating")):
        converted = library.astype(library.asarray(x.value), dtype, copy=copy, **to)
        return x if converted is x.value else constant(converted)
    if device is not None and device != x.device:
        x = to_device(x, device)
    if x.dtype == dtype and not is_number(x.value):
        return +x if copy else x
    return cast(x, dtype)


@op("basic::to_device")
def to_device(x: Array, device: Any, /, *, stream: Any = None) -> Array:
    """The same entries on another device.

    Shapes: x (...), result (...). Units: x's.
    Rule:   x̄ = ȳ, back on x's device.
    Raises: OperandError where the library has no such device.
    Source: Array API standard 2024.12.
    """
    return x if device is None or is_number(x) else array_api_compat.to_device(x, device, stream=stream)


@to_device.vjp("x")
def _(g, x: Meta):
    return to_device(g, x.device)


@to_device.samples
def _(draw, strategies, Sample):
    return Sample(draw(strategies.array(draw(strategies.shape()))), "cpu")
