"""Einstein's summation: products of arrays, their axes named by letters.

The rule is an einsum itself, of ȳ and the other operands. It is written out for axes with one letter each: `...` and a
left-out result are spelled out, an axis of length 1 that stands for a longer one is dropped.

    ii, i ->        x̄ gets ȳ and the other, "…,i->i", put on a diagonal by a product with the identity
    ij ->           no other operand has i or j: what was summed away alone is broadcast back
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import prod
from string import ascii_letters
from typing import Any, Literal

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.authoring import device_of
from mutorch_ops_basic.operands.axes import shape_of

__all__ = ["einsum"]

Optimize = bool | Literal["greedy", "optimal"]


@op("basic::einsum")
def einsum(subscripts: str, *operands: Array, optimize: Optimize = False, xp: Namespace = injected) -> Array:
    """Products of entries, summed over every letter that `subscripts` does not name behind `->`: "ij,jk->ik".

    A letter that an operand has twice is its diagonal, `...` the leading axes not named, which broadcast. Without
    `->` the result has the letters that occur once, in alphabetical order. `optimize` chooses the order of pairs, where
    the array library can.

    Shapes: operands as named, result as named. Units: the product of theirs.
    Rule:   each operand gets the einsum of ȳ and the others that has its letters.
    Raises: OperandError where letters and axes don't fit, or lengths under one letter differ.
    Source: `numpy.einsum`.
    """
    terms, result = spell_out(subscripts, tuple(len(shape_of(x)) for x in operands))
    if hasattr(xp, "einsum"):
        return xp.einsum(subscripts, *operands, optimize=optimize)
    return contract_operands(terms, result, [xp.asarray(x) for x in operands], xp)


@einsum.forward("torch")
def _(subscripts, *operands, optimize, xp):
    spell_out(subscripts, tuple(len(shape_of(x)) for x in operands))
    return xp.einsum(subscripts, *(xp.asarray(x) for x in operands))


@einsum.vjp("operands")
def _(g, operands, needs, subscripts, optimize, xp):
    shapes = tuple(map(shape_of, operands))
    terms, result = spell_out(subscripts, tuple(map(len, shapes)))
    sides = lengths(terms, shapes)
    slim = [drop_broadcast_axes(x, term, sides, xp) for x, term in zip(operands, terms, strict=True)]
    return [
        xp.reshape(operand_cotangent(g, result, slim, position, sides, optimize, xp), shapes[position])
        if needed
        else None
        for position, needed in enumerate(needs.operands)
    ]


def operand_cotangent(g, result: str, slim, position: int, sides, optimize, xp):
    """Return the cotangent of one operand, without the axes that stood for longer ones."""
    _, term = slim[position]
    others = [pair for i, pair in enumerate(slim) if i != position]
    distinct = "".join(dict.fromkeys(term))
    known = result + "".join(letters for _, letters in others)
    shared = "".join(letter for letter in distinct if letter in known)
    names = ",".join([result, *(letters for _, letters in others)])
    cotangent = einsum(f"{names}->{shared}", g, *(x for x, _ in others), optimize=optimize)
    if shared != distinct:
        cotangent = xp.reshape(cotangent, tuple(sides[letter] if letter in shared else 1 for letter in distinct))
        cotangent = xp.broadcast_to(cotangent, tuple(sides[letter] for letter in distinct))
    if distinct == term:
        return cotangent
    apart, identities = split_repeated_letters(term)
    deltas = [xp.eye(sides[letter], dtype=g.dtype, device=device_of(g)) for letter, _ in identities]
    return einsum(",".join([distinct, *identities]) + f"->{apart}", cotangent, *deltas, optimize=optimize)


def split_repeated_letters(term: str) -> tuple[str, list[str]]:
    """Rename later occurrences of a letter; return the new letters, and the pairs that stand for one axis."""
    free = iter(letter for letter in ascii_letters if letter not in term)
    apart, identities = "", list[str]()
    for letter in term:
        name = next(free) if letter in apart else letter
        apart += name
        identities += [letter + name] if name != letter else []
    return apart, identities


@lru_cache(maxsize=1024)
def spell_out(subscripts: str, ndims: tuple[int, ...]) -> tuple[tuple[str, ...], str]:
    """Return one letter per axis, for each operand and for the result. Raises ValueError if they don't fit."""
    named, arrow, result = subscripts.replace(" ", "").partition("->")
    terms = named.split(",")
    if len(terms) != len(ndims):
        raise ValueError(f"{subscripts!r} is for {len(terms)} operands, and there are {len(ndims)}")
    letters = named.replace("...", "").replace(",", "")
    rests = [ndim - len(term.replace("...", "")) for term, ndim in zip(terms, ndims, strict=True)]
    for position, (term, rest) in enumerate(zip(terms, rests, strict=True)):
        if rest < 0 or (rest and "..." not in term):
            raise ValueError(f"operand {position} has {ndims[position]} axes, and {subscripts!r} calls them {term!r}")
    dots = "".join(letter for letter in ascii_letters if letter not in letters)[: max(rests)]
    spelled = tuple(term.replace("...", dots[len(dots) - rest :]) for term, rest in zip(terms, rests, strict=True))
    if not arrow:
        result = "..." + "".join(sorted(letter for letter in letters if letters.count(letter) == 1))
    if stray := [letter for letter in result.replace("...", "") if letter not in letters or result.count(letter) > 1]:
        raise ValueError(f"{subscripts!r}: the result has {stray[0]!r} twice, or no operand has it")
    return spelled, result.replace("...", dots)


def lengths(terms: Sequence[str], shapes: Sequence[tuple[int, ...]]) -> dict[str, int]:
    """Return the length of the axes under each letter, the longer one where a 1 stands for it."""
    sides: dict[str, int] = {}
    for term, shape in zip(terms, shapes, strict=True):
        for letter, side in zip(term, shape, strict=True):
            if side != 1 or letter not in sides:
                if sides.get(letter, 1) not in (1, side):
                    raise ValueError(f"axes {letter!r} have different lengths: {sides[letter]} and {side}")
                sides[letter] = side
    return sides


def drop_broadcast_axes(x, term: str, sides: dict[str, int], xp):
    """Drop an operand's axes of length 1 that stand for longer ones; return it with its remaining letters."""
    shape = shape_of(x)
    kept = [axis for axis, letter in enumerate(term) if shape[axis] == sides[letter]]
    if len(kept) == len(shape):
        return x, term
    return xp.reshape(x, tuple(shape[axis] for axis in kept)), "".join(term[axis] for axis in kept)


# ------------------------------------------------------------------------------------- libraries without an einsum


def contract_operands(terms: Sequence[str], result: str, operands: Sequence[Any], xp: Any) -> Any:
    """Compute an einsum by the standard's functions: diagonals first, then the operands pair by pair, as matmuls."""
    sides = lengths(terms, tuple(map(shape_of, operands)))
    pairs = [
        take_diagonals(*drop_broadcast_axes(x, term, sides, xp), xp) for x, term in zip(operands, terms, strict=True)
    ]
    product, letters = pairs[0]
    for position, (x, term) in enumerate(pairs[1:], start=1):
        later = result + "".join(other for _, other in pairs[position + 1 :])
        product, letters = contract_pair(
            sum_letters(product, letters, term + later, xp), sum_letters(x, term, letters + later, xp), later, sides, xp
        )
    product, letters = sum_letters(product, letters, result, xp)
    ordered = xp.permute_dims(product, tuple(letters.index(letter) for letter in result if letter in letters))
    shape = tuple(sides[letter] for letter in result)
    return ordered if ordered.shape == shape else xp.broadcast_to(ordered, shape)


def take_diagonals(x: Any, term: str, xp: Any) -> tuple[Any, str]:
    """Replace axes of one letter by their diagonal, the last axis."""
    for letter in dict.fromkeys(term):
        while term.count(letter) > 1:
            first = term.index(letter)
            second = term.index(letter, first + 1)
            x = xp.linalg.diagonal(xp.moveaxis(x, (first, second), (-2, -1)))
            term = term[:first] + term[first + 1 : second] + term[second + 1 :] + letter
    return x, term


def sum_letters(x: Any, term: str, needed: str, xp: Any) -> tuple[Any, str]:
    """Sum over the letters that neither the result nor another operand has."""
    axes = tuple(axis for axis, letter in enumerate(term) if letter not in needed)
    return (xp.sum(x, axis=axes), "".join(letter for letter in term if letter in needed)) if axes else (x, term)


def contract_pair(left: tuple[Any, str], right: tuple[Any, str], later: str, sides: dict[str, int], xp: Any) -> Any:
    """Contract two operands by a matmul: shared letters that are needed later are batch axes, the others are summed."""
    (x1, term1), (x2, term2) = left, right
    batch = [letter for letter in term1 if letter in term2 and letter in later]
    inner = [letter for letter in term1 if letter in term2 and letter not in later]
    free1, free2 = ([letter for letter in term if letter not in batch + inner] for term in (term1, term2))
    size = {
        name: prod(sides[letter] for letter in group)
        for name, group in zip("bimn", (batch, inner, free1, free2), strict=True)
    }
    x1 = xp.permute_dims(x1, tuple(term1.index(letter) for letter in batch + free1 + inner))
    x2 = xp.permute_dims(x2, tuple(term2.index(letter) for letter in batch + inner + free2))
    product = xp.reshape(x1, (size["b"], size["m"], size["i"])) @ xp.reshape(x2, (size["b"], size["i"], size["n"]))
    letters = "".join(batch + free1 + free2)
    return xp.reshape(product, tuple(sides[letter] for letter in letters)), letters


# ----------------------------------------------------------------------------------------------------------- samples

SAMPLES = (
    "ij,jk->ik", "ij,jk", "ii", "ii->i", "iij,j->i", "i,i->", "ij->", "ij,kj->k", "i,j,k->kji", "iii,i->", ",ij->ji",
    "...ij,jk->...ik", "...i,...i->...", "i...->...", "ij,ij->ij",
)  # fmt: skip


@einsum.samples
def _(draw, strategies, Sample):
    subscripts = draw(strategies.sampled_from(SAMPLES))
    sides = {letter: draw(strategies.sides()) for letter in "ijk"}
    operands = list[Any]()
    for term in subscripts.partition("->")[0].split(","):
        leading = draw(strategies.sampled_from([(), (2,), (1, 2)])) if "..." in term else ()
        shape = [sides[letter] for letter in term if letter != "."]
        shape = (*shape, *leading) if term.endswith("...") else (*leading, *shape)
        operands.append(draw(strategies.array(shape)))
    return Sample(subscripts, *operands)
