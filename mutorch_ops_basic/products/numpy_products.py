"""NumPy's other products: each is a matmul, a tensordot or a multiplication after a reshape."""

from __future__ import annotations

from math import prod

from mutorch_core import Array, Namespace, injected, op
from mutorch_ops_basic.operands.axes import shape_of
from mutorch_ops_basic.products.matrix_products import tensordot, vecdot
from mutorch_ops_basic.shaping.shapes import reshape

__all__ = ["dot", "inner", "kron", "matvec", "vdot"]


@op("basic::dot", composite=True)
def dot(a: Array, b: Array, /) -> Array:
    """Products summed over the last axis of a and the last but one of b, the only one of a 1-d b; of numbers, a b.

    Shapes: a (..., n), b (..., n, m) or (n,), result has the other axes of a, then those of b.
    Units:  the product of theirs.
    Rule:   that of matmul, for more than two axes of tensordot.
    Raises: OperandError where the lengths differ.
    Source: `numpy.dot`.
    """
    ndims = len(shape_of(a)), len(shape_of(b))
    if 0 in ndims:
        return a * b
    return a @ b if max(ndims) < 3 else tensordot(a, b, axes=((-1,), (max(-2, -ndims[1]),)))


@op("basic::inner", composite=True)
def inner(a: Array, b: Array, /) -> Array:
    """Products summed over the last axes of both; of numbers, a b. Nothing is conjugated.

    Shapes: a (..., n), b (..., n), result has the other axes of a, then those of b. Units: the product of theirs.
    Rule:   that of tensordot.
    Raises: OperandError where the lengths differ.
    Source: `numpy.inner`.
    """
    if () in (shape_of(a), shape_of(b)):
        return a * b
    return tensordot(a, b, axes=((-1,), (-1,)))


@op("basic::vdot", composite=True)
def vdot(a: Array, b: Array, /) -> Array:
    """The dot product of all entries of a, conjugated, with all of b.

    Shapes: a and b of as many entries, result (). Units: the product of theirs.
    Rule:   that of vecdot.
    Raises: OperandError where the numbers of entries differ.
    Source: `numpy.vdot`.
    """
    sizes = prod(shape_of(a)), prod(shape_of(b))
    if sizes[0] != sizes[1]:
        raise ValueError(f"a has {sizes[0]} entries and b has {sizes[1]}")
    return vecdot(reshape(a, (-1,)), reshape(b, (-1,)))


@op("basic::matvec", composite=True)
def matvec(x1: Array, x2: Array, /, *, xp: Namespace = injected) -> Array:
    """Matrices times vectors, stack by stack.

    Shapes: x1 (..., m, n), x2 (..., n), leading axes broadcast, result (..., m). Units: the product of theirs.
    Rule:   that of matmul.
    Raises: OperandError where the lengths differ, or x1 is no matrix.
    Source: `numpy.matvec`.
    """
    if len(shape_of(x1)) < 2:
        raise ValueError("x1 has no two axes: it is no matrix")
    return x1 @ x2 if x2.ndim == 1 else xp.squeeze(x1 @ xp.expand_dims(x2, axis=-1), axis=-1)


@op("basic::kron", composite=True)
def kron(a: Array, b: Array, /, *, xp: Namespace = injected) -> Array:
    """The Kronecker product: every entry of a times all of b, as blocks.

    Shapes: a (m1, m2, …), b (n1, n2, …), axes missing in front of length 1, result (m1 n1, m2 n2, …).
    Units:  the product of theirs.
    Rule:   that of a broadcast product.
    Raises: nothing.
    Source: `numpy.kron`.
    """
    ndim = max(len(shape_of(a)), len(shape_of(b)))
    left, right = ((1,) * (ndim - len(shape_of(x))) + shape_of(x) for x in (a, b))
    blocks = xp.reshape(a, tuple(length for side in left for length in (side, 1)))
    product = blocks * xp.reshape(b, tuple(length for side in right for length in (1, side)))
    return xp.reshape(product, tuple(m * n for m, n in zip(left, right, strict=True)))


@dot.samples
def _(draw, strategies, Sample):
    n = draw(strategies.sides())
    left = draw(strategies.sampled_from([(n,), (2, n), (3, 2, n)]))
    right = draw(strategies.sampled_from([(n,), (n, 2), (3, n, 2), ()]))
    return Sample(draw(strategies.array(left)), draw(strategies.array(right)))


@inner.samples
def _(draw, strategies, Sample):
    n = draw(strategies.sides())
    left, right = (draw(strategies.sampled_from([(n,), (2, n), (3, 2, n), ()])) for _ in range(2))
    return Sample(draw(strategies.array(left)), draw(strategies.array(right)))


@matvec.samples
def _(draw, strategies, Sample):
    m, n = (draw(strategies.sides()) for _ in range(2))
    matrix = draw(strategies.sampled_from([(m, n), (2, m, n), (3, 1, m, n)]))
    vector = draw(strategies.sampled_from([(n,), (2, n), (1, 2, n)]))
    return Sample(draw(strategies.array(matrix)), draw(strategies.array(vector)))


@kron.samples
def _(draw, strategies, Sample):
    m, n = (draw(strategies.sides()) for _ in range(2))
    left, right = draw(strategies.sampled_from([((m,), (n,)), ((m, 2), (n,)), ((2,), (1, n)), ((), (m, 2))]))
    return Sample(draw(strategies.array(left)), draw(strategies.array(right)))
