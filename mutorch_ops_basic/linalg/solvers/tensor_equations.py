"""Tensor equations and chains of matrix products, reduced to matrices."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf, prod

import numpy as np

from mutorch_core import Array, Namespace, injected, op
from mutorch_ops_basic.linalg.solvers.systems import inv, solve
from mutorch_ops_basic.operands.axes import shape_of

__all__ = ["chain_matmul", "multi_dot", "multi_matmul", "tensorinv", "tensorsolve"]


@op("basic::linalg.tensorsolve", composite=True)
def tensorsolve(a: Array, b: Array, /, *, axes: Sequence[int] | None = None, xp: Namespace = injected) -> Array:
    """The x with tensordot(a, x, x.ndim) = b, after `axes` of a were moved to its end.

    Shapes: a (*b's, *x's) with as many entries in one as in the other, result x's. Units: b's over a's.
    Rule:   that of solve.
    Raises: OperandError where the numbers of entries differ, or a is singular.
    Source: `numpy.linalg.tensorsolve`.
    """
    if axes is not None:
        last = [axis % a.ndim for axis in axes]
        a = xp.permute_dims(a, (*(axis for axis in range(a.ndim) if axis not in last), *last))
    shape = tuple(a.shape[b.ndim :])
    if a.shape[: b.ndim] != b.shape or prod(shape) != b.size:
        raise ValueError(f"a is {tuple(a.shape)}: it does not begin with b's {tuple(b.shape)}, or is not square")
    matrix = xp.reshape(a, (b.size, b.size))
    return xp.reshape(solve(matrix, xp.reshape(b, (-1,))), shape)


@op("basic::linalg.tensorinv", composite=True)
def tensorinv(a: Array, /, *, ind: int = 2, xp: Namespace = injected) -> Array:
    """The inverse of a for tensordot over as many axes as lie before `ind`.

    Shapes: a (*p, *q) with `ind` axes in p, as many entries in p as in q, result (*q, *p). Units: one over a's.
    Rule:   that of inv.
    Raises: OperandError where the numbers of entries differ, `ind` is not positive, or a is singular.
    Source: `numpy.linalg.tensorinv`.
    """
    if ind < 1:
        raise ValueError(f"ind is {ind}; it must be positive")
    before, after = shape_of(a)[:ind], shape_of(a)[ind:]
    return xp.reshape(inv(xp.reshape(a, (prod(before), prod(after)))), (*after, *before))


@op("basic::linalg.multi_dot", composite=True)
def multi_dot(arrays: Sequence[Array], /) -> Array:
    """The product of two or more matrices, in the order of pairs that takes the fewest multiplications.

    Shapes: arrays (n1, n2), (n2, n3), …, the first may be (n2,) and the last (n,), result the two outer lengths.
    Units:  the product of theirs.
    Rule:   that of matmul.
    Raises: OperandError where lengths do not fit, or one in between is no matrix.
    Source: `numpy.linalg.multi_dot`; Cormen and others, "Introduction to Algorithms", 15.2.
    """
    arrays = list(arrays)
    if len(arrays) < 2:
        raise ValueError("a product needs two arrays at least")
    if any(x.ndim != 2 for x in arrays[1:-1]) or any(x.ndim not in (1, 2) for x in arrays):
        raise ValueError("only the first and the last array may be vectors, and none may have more than two axes")
    sides = [1 if arrays[0].ndim == 1 else arrays[0].shape[0], *(x.shape[0] for x in arrays[1:])]
    sides.append(1 if arrays[-1].ndim == 1 else arrays[-1].shape[1])
    splits = cheapest_splits(sides)

    def product(first: int, last: int) -> Array:
        if first == last:
            return arrays[first]
        split = splits[first, last]
        return product(first, split) @ product(split + 1, last)

    return product(0, len(arrays) - 1)


multi_matmul = chain_matmul = multi_dot


def cheapest_splits(sides: Sequence[int]) -> dict[tuple[int, int], int]:
    """Return the cheapest split of each stretch of a chain of sides[i] × sides[i + 1] matrices."""
    count = len(sides) - 1
    cost = {(i, i): 0.0 for i in range(count)}
    splits: dict[tuple[int, int], int] = {}
    for width in range(1, count):
        for first in range(count - width):
            last, best = first + width, inf
            for split in range(first, last):
                price = cost[first, split] + cost[split + 1, last] + sides[first] * sides[split + 1] * sides[last + 1]
                if price < best:
                    best, splits[first, last] = price, split
            cost[first, last] = best
    return splits


@tensorsolve.samples
def _(draw, strategies, Sample):
    shape, unknown, axes = draw(
        strategies.sampled_from(
            [((2, 3), (3, 2), None), ((4,), (2, 2), None), ((2, 2), (4,), (0,)), ((3,), (3,), (0,))]
        )
    )
    n = prod(shape)
    matrix = (draw(strategies.array((n, n), -1.0, 1.0)) + 2 * n * np.eye(n)).reshape(*shape, *unknown)
    a = matrix if axes is None else np.moveaxis(matrix, -1, 0)
    return Sample(a, draw(strategies.array(shape)), axes=axes)


@tensorinv.samples
def _(draw, strategies, Sample):
    before, after = draw(strategies.sampled_from([((2, 3), (6,)), ((4,), (2, 2)), ((2, 1), (2,)), ((3,), (3, 1))]))
    n = prod(before)
    matrix = draw(strategies.array((n, n), -1.0, 1.0)) + 2 * n * np.eye(n)
    return Sample(matrix.reshape(*before, *after), ind=len(before))


@multi_dot.samples
def _(draw, strategies, Sample):
    sides = [draw(strategies.sides()) for _ in range(draw(strategies.sampled_from([3, 4, 5])))]
    shapes: list[tuple[int, ...]] = list(pairwise(sides))
    if draw(strategies.booleans()):
        shapes[0] = shapes[0][1:]
    if draw(strategies.booleans()):
        shapes[-1] = shapes[-1][:1]
    return Sample([draw(strategies.array(shape)) for shape in shapes])
