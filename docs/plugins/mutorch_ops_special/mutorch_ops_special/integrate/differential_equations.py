"""An initial value problem as one op: the solver is SciPy's, its derivative the adjoint equation, solved backwards.

The adjoint equation is solved by the same op, so that it has derivatives itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import inf, prod
from typing import Any

import attrs
import numpy as np

from mutorch_core import Array, Namespace, injected, op, vjp
from mutorch_core.authoring import is_number

__all__ = ["odeint"]

TOLERANCE = 1.49012e-8
"""SciPy's own default, relative and absolute."""


@op("special::integrate.odeint", opaque=True)
def odeint(
    func: Callable[..., Any],
    y0: Array,
    t: Array,
    args: Sequence[Array] = (),
    *,
    rtol: float = TOLERANCE,
    atol: float = TOLERANCE,
    method: str = "LSODA",
    max_step: float = inf,
    xp: Namespace = injected,
) -> Array:
    """The solution of dy/dt = func(y, t, *args) at times t, from y0 at the first of them.

    `func` must be made of ops; what it closes over is a constant, so parameters go through `args`, as arrays or
    floating numbers. Steps are never longer than `max_step`. PyTorch's and JAX's values are solved on the host.

    Shapes: y0 (...), t (n) and monotonic, args any, result (n, ...). Units: y0's.
    Rule:   dλ/dt = -(∂f/∂y)ᵀ λ backwards from the last time, ȳ added to λ at each; ȳ₀ = λ(t₀),
            t̄ᵢ = ȳᵢ · f(yᵢ, tᵢ), t̄₀ = -λ(t₀) · f(y₀, t₀), ārgs = ∫ (∂f/∂args)ᵀ λ dt. As exact as the tolerances.
    Raises: OperandError for whatever `func` raises, and where the solver gives up.
    Source: Pontryagin et al. 1962; solved by LSODA (Petzold 1983), or another `method` of SciPy's `solve_ivp`.
    """
    dtype, device = y0.dtype, getattr(y0, "device", None)

    def slope(time: float, y: Any) -> Any:
        return on_host(func(xp.asarray(y.reshape(y0.shape), dtype=dtype, device=device), time, *args)).ravel()

    path = solved(
        slope, on_host(y0).ravel(), on_host(t), {"rtol": rtol, "atol": atol, "method": method, "max_step": max_step}
    )
    return xp.asarray(path.reshape(-1, *y0.shape), dtype=dtype, device=device)


def solved(slope: Callable[..., Any], y: Any, times: Any, options: dict[str, Any]) -> Any:
    """Return the solution at all times, each a step's end: what solvers interpolate is less exact than their steps."""
    from scipy.integrate import solve_ivp

    path = [y]
    for start, end in pairwise(times):
        if start != end:
            first = min(options["max_step"], abs(end - start)) if options["max_step"] < inf else None
            solution = solve_ivp(slope, (start, end), y, first_step=first, **options)
            if not solution.success:
                raise ArithmeticError(f"no solution from t = {start} to {end}: {solution.message}")
            y = solution.y[:, -1]
        path.append(y)
    return np.stack(path)


@odeint.meta
def _(func, y0, t, args, *, rtol=TOLERANCE, atol=TOLERANCE, method="LSODA", max_step=inf):
    return attrs.evolve(y0, shape=(*t.shape, *y0.shape))


@odeint.vjp("y0", "t", "args")
def _(g, func, y0, t, args, out, rtol, atol, method, max_step, xp):
    sides = [tuple(y0.shape)] * 2 + [() if is_number(each) else tuple(each.shape) for each in args]

    def backwards(state, time, *args):
        y, adjoint, *_ = unpacked(state, sides, xp)
        speed, pull = vjp(lambda y, *args: func(y, time, *args), y, *args)
        return packed([speed, *(-each for each in pull(adjoint))], xp)

    adjoint, *sums = [xp.zeros_like(y0), *(xp.zeros_like(xp.asarray(each)) for each in args)]
    times = []
    for i in range(t.shape[0] - 1, 0, -1):
        adjoint = adjoint + g[i, ...]
        times.append(xp.sum(g[i, ...] * func(out[i, ...], t[i], *args)))
        state, span = packed([out[i, ...], adjoint, *sums], xp), xp.stack([t[i], t[i - 1]])
        path = odeint(backwards, state, span, args, rtol=rtol, atol=atol, method=method, max_step=max_step)
        _, adjoint, *sums = unpacked(path[1, ...], sides, xp)
    times.append(-xp.sum(adjoint * func(y0, t[0], *args)))
    return adjoint + g[0, ...], xp.stack(times[::-1]), sums


def packed(parts, xp):
    """Pack arrays into one vector."""
    return xp.concat([xp.reshape(each, (-1,)) for each in parts])


def unpacked(vector, sides, xp):
    """Unpack the arrays of a vector, by their shapes."""
    parts, start = [], 0
    for shape in sides:
        parts.append(xp.reshape(vector[start : start + prod(shape)], shape))
        start += prod(shape)
    return parts


def on_host(value: Any) -> Any:
    """Return a value as a NumPy array."""
    return np.asarray(value.cpu() if hasattr(value, "cpu") else value)


@odeint.samples
def _(draw, strategies, Sample):
    y0 = draw(strategies.array(draw(strategies.sampled_from([(), (2,)])), 0.0, 1.0))
    t = np.arange(2) / 8 + draw(strategies.array((2,), 0.0, 0.125))
    rate = draw(strategies.array((), 0.0, 1.0))
    # one tolerance that any step meets, so that there is one alone: chosen steps would jump as operands move
    return Sample(saturating, y0, t, [rate], rtol=1.0, atol=1.0, method="DOP853", max_step=0.25)


def saturating(y, time, rate):
    """Return the slope of growth that saturates, with a drift."""
    return rate * y * (1 - y) + time
