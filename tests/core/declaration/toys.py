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
    """Return a decorator that makes such an op."""
    return lambda function: simple(function, **options)


def refusal(g):
    """Fail, as a rule that no test should reach."""
    raise AssertionError


def row_op():
    """Return an op whose results are slices of its operand."""

    @op("toy::row")
    def row(x: Array, at: int, /, until: int, *, step: int = 1) -> Array:
        return x[at:until:step]

    @row.vjp("x")
    def _(g, x: mt.Meta, at, until, step):
        full = np.zeros(x.shape)
        full[at:until:step] = g
        return full

    return row


def product_forward(count):
    """Return a forward of one, two or three operands a, b and c."""
    forwards = [lambda a: a * 2.0, lambda a, b: a * b, lambda a, b, c: a * b * c]
    function = forwards[count - 1]
    function.__annotations__ = dict.fromkeys("abc"[:count], Array)
    return function
