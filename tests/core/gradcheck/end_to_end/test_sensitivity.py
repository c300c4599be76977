"""How small a fault the checker finds: its tolerances can be neither loosened nor tightened unnoticed."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from mutorch_core import Array, Namespace, injected, op
from mutorch_core.domain import Interval
from mutorch_core.gradcheck import check_op
from mutorch_core.gradcheck.properties.conduct.masks import equal_up_to_rounding
from mutorch_core.gradcheck.verdicts import Verdict

SEEDS = [0, 1]


def square(fault):
    @op("test::square")
    def square(x: Array, /) -> Array:
        return x * x

    @square.vjp("x")
    def _(g, x):
        return (1 + fault) * 2 * g * x

    return square


def exp(fault):
    @op("test::exp", domain={"x": Interval(-30, 30)})
    def exp(x: Array, /, *, xp: Namespace = injected) -> Array:
        return xp.exp(x)

    @exp.vjp("x")
    def _(g, out):
        return (1 + fault) * g * out

    return exp


def offset(fault, by):
    """x + by. Its values are rounded at the size of `by`, so differences and the checker lose as many digits."""

    @op("test::offset")
    def offset(x: Array, /) -> Array:
        return x + by

    @offset.vjp("x")
    def _(g):
        return (1 + fault) * g

    return offset


OPS = {"square": square, "exp": exp, "x + 3e3": partial(offset, by=3e3), "x + 4e4": partial(offset, by=4e4)}
FAULTS = [1e-10, 1e-9, 1e-8, 1e-7]
FOUND = {
    "square": [False, True, True, True],
    "exp": [False, True, True, True],
    "x + 3e3": [False, False, True, True],
    "x + 4e4": [False, False, False, True],
}
"""Whether a fault of each relative size is found in an op."""


def verdict_of(checked, name, seed):
    return {found.name: found.verdict for found in check_op(checked, "quick", seed=seed).properties}[name]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("name", "fault", "found"),
    [(name, *each) for name in OPS for each in zip(FAULTS, FOUND[name], strict=True)],
)
def test_which_faults_are_found(name, fault, found, seed):
    expected = Verdict.WRONG if found else Verdict.PROVEN
    assert verdict_of(OPS[name](fault), "value", seed) is expected


def product_alone(fault):
    """x1 · x2, whose first cotangent is off by a factor if the second one is not needed."""

    @op("test::product")
    def product(x1: Array, x2: Array, /) -> Array:
        return x1 * x2

    @product.vjp("x1", "x2")
    def _(g, x1, x2, needs):
        if not needs.x2:
            return (1 + fault) * g * x2, None
        return (g * x2 if needs.x1 else None), g * x1

    return product


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("fault", "expected"), [(1e-13, Verdict.PROVEN), (1e-11, Verdict.WRONG), (1e-9, Verdict.WRONG)]
)
def test_a_cotangent_that_depends_on_what_is_needed_is_found_from_1e_11_on(fault, expected, seed):
    assert verdict_of(product_alone(fault), "masks", seed) is expected


@pytest.mark.parametrize(("fault", "expected"), [(1e-13, True), (1e-11, False), (1e-9, False)])
def test_two_cotangents_are_equal_up_to_1e_12_of_the_largest_entry(fault, expected):
    wanted = np.array([1.0, 1e-3, 0.0])
    assert equal_up_to_rounding(wanted * (1 + fault), wanted) is expected
    assert equal_up_to_rounding(wanted + fault * np.array([0.0, 0.0, 1.0]), wanted) is expected
