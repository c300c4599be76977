"""Products of Householder reflections, as factorisations return them."""

from __future__ import annotations

import numpy as np

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.authoring import device_of
from mutorch_core.domain import Interval
from mutorch_ops_basic.linalg.factorisations.triangular import solve_triangular
from mutorch_ops_basic.linalg.matrix_helpers import adjoint

__all__ = ["householder_product"]


ORDINARY = Interval(-4, 4)
"""Range of the entries and factors of reflections that factorisations return."""


@op("basic::linalg.householder_product", domain={"x": ORDINARY, "tau": ORDINARY}, composite=True)
def householder_product(x: Array, tau: Array, /, *, xp: Namespace = injected) -> Array:
    """The first n columns of H₁ H₂ … with Hᵢ = 1 - τᵢ vᵢ vᵢᴴ; vᵢ is x's column i below the diagonal, 1 on it, 0 above.

    All at once: the product is 1 - V T Vᴴ with T = (1 + diag(τ) S)⁻¹ diag(τ), S = Vᴴ V above its diagonal.

    Shapes: x (..., m, n) with m ≥ n, tau (..., k) with k ≤ n, result (..., m, n). Units: none.
    Rule:   that of matmul and solve_triangular; nothing flows to x's upper triangle.
    Raises: OperandError where n is above m, or k above n.
    Source: `torch.linalg.householder_product`; Joffrain and others, "Accumulating Householder transformations", 2006.
    """
    (m, n), k = x.shape[-2:], tau.shape[-1]
    if not k <= n <= m:
        raise ValueError(f"{k} reflections and {m} × {n} entries: there may be as many as columns, columns as rows")
    one = xp.eye(m, n, dtype=x.dtype, device=device_of(x))
    directions = xp.tril(x[..., :, :k], k=-1) + one[:, :k]
    turned = adjoint(directions, xp)
    factors, small = xp.expand_dims(tau, axis=-1), one[:k, :k]
    mixing = solve_triangular(factors * (turned @ directions), factors * small, unit_diagonal=True)
    return one - directions @ (mixing @ turned[..., :, :n])


@householder_product.samples
def _(draw, strategies, Sample):
    n = draw(strategies.sides())
    m, k = n + draw(strategies.sampled_from([0, 1, 2])), max(n - draw(strategies.sampled_from([0, 1])), 0)
    stack = draw(strategies.sampled_from([(), (2,)]))
    x = draw(strategies.array((*stack, m, n), -1.0, 1.0)) / np.sqrt(m)
    return Sample(x, draw(strategies.array((*stack, k), -1.0, 1.0)))
