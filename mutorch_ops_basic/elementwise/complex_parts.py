"""Conversion between complex numbers and their real parts, and their angles."""

from __future__ import annotations

import numpy as np

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.authoring import as_arrays
from mutorch_core.domain import At
from mutorch_ops_basic.elementwise.trigonometry import rad2deg
from mutorch_ops_basic.operands.dtypes import is_complex

__all__ = ["angle", "complex", "real_if_close"]


@op("basic::complex")
def complex(real: Array, imag: Array, /, *, xp: Namespace = injected) -> Array:
    """The complex number real + i imag, element by element.

    Shapes: real and imag broadcast to the result, complex. Units: all alike.
    Rule:   the real part of ȳ for the real part; for the imaginary one that of i ȳ, since rules are transposes.
    Raises: OperandError where the shapes do not broadcast, or a part is complex itself.
    Source: `torch.complex`.
    """
    require_parts(real, imag)
    return real + 1j * imag


@complex.forward("numpy")
def _(real, imag, /, *, xp):
    require_parts(real, imag)
    dtype = np.result_type(np.result_type(real, imag), np.complex64)
    out = np.empty(np.broadcast_shapes(np.shape(real), np.shape(imag)), dtype)
    out.real, out.imag = real, imag  # where imag is infinite, 1j * imag has a real part of NaN
    return out


@complex.forward("torch")
def _(real, imag, /, *, xp):
    dtype = xp.result_type(xp.result_type(real, imag), xp.float32)
    return xp.complex(*(xp.astype(part, dtype, copy=False) for part in as_arrays(xp, real, imag)))


def require_parts(real, imag):
    """Raise TypeError if a part is complex: of all libraries only PyTorch does so itself."""
    for name, part in (("real", real), ("imag", imag)):
        if is_complex(part):
            raise TypeError(f"the {name} part is complex itself: give its `.real`, or add 1j times it")


@complex.vjp("real")
def _(g):
    return g


@complex.vjp("imag")
def _(g):
    return 1j * g


@op("basic::real_if_close", composite=True)
def real_if_close(a: Array, /, *, tol: float = 100, xp: Namespace = injected) -> Array:
    """The real part of a where all imaginary parts are below `tol` times the dtype's epsilon, else a itself.

    A `tol` of 1 or less is taken as it is.

    Shapes: a (...), result (...). Units: a's.
    Rule:   that of real, or x̄ = ȳ.
    Raises: nothing.
    Source: `numpy.real_if_close`.
    """
    if not is_complex(a):
        return a
    bound = tol * xp.finfo(xp.asarray(a).dtype).eps if tol > 1 else tol
    return xp.real(a) if xp.all(xp.abs(xp.imag(a)) < bound) else a


@op("basic::angle", kinks=(At("z", 0.0, cotangent=0.0),), composite=True)
def angle(z: Array, /, *, deg: bool = False, xp: Namespace = injected) -> Array:
    """The angle between a complex number and the positive real axis, in (-π, π], element by element.

    Shapes: z (...), result (...), real. Units: the result in radians, or degrees.
    Rule:   that of atan2: only turning z changes its angle; that of a real number is constant.
    At kinks: 0 at z = 0; at the jump on the negative real axis the same rule.
    Raises: nothing.
    Source: `numpy.angle`.
    """
    turn = xp.atan2(xp.imag(z), xp.real(z)) if is_complex(z) else xp.atan2(xp.zeros_like(z), z)
    return rad2deg(turn) if deg else turn


@angle.samples
def _(draw, strategies, Sample):
    return Sample(draw(strategies.array(draw(strategies.shape(0, 2)), complex=True)))
