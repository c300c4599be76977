"""Ops that several test files declare."""

from __future__ import annotations

import numpy as np

import mutorch_core as mt
from mutorch_core import Array, op


def simple(function, name="toy::simple", **options):
    """Return an op of the given forward, each operand's rule a refusal."""
    declared = op(name, **options)(function)
    if declared.differentiable:
        declared.vjp(*[operand.name for operand in declared.operands if operand.differentiable])(refusal)
    return declared


def simple_with(**options):
    return lambda function: simple(function, **options)


def refusal(g):
    raise AssertionError


def row_op():
    @op("toy::row")
    def row(x: Array, at: int, /, until: int, *, step: int = 1) -> Array:
        return x[at:until:step]

    @row.vjp("x")
    def _(g, x: mt.Meta, at, until, step):
        full = np.zeros(x.shape)
        full[at:until:step] = g
        return full

    return row
