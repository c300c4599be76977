"""Calls that represent every kind of op, for the exporters' tests."""

import numpy as np
import pytest

import mutorch_ops_basic as xp
import mutorch_ops_nn as nn
from mutorch_core import Array, op

GENERATOR = np.random.default_rng(0)
MATRIX, OTHER, ROW = GENERATOR.normal(size=(2, 3)), GENERATOR.normal(size=(2, 3)), GENERATOR.normal(size=3)
SQUARE = GENERATOR.normal(size=(3, 3)) + 3 * np.eye(3)
COMPLEX = MATRIX + 1j * OTHER


@op("test::cube", opaque=True, libraries=("numpy",))
def cube(x: Array, /) -> Array:
    """Cube x with NumPy only."""
    return np.power(x, 3)


@cube.meta
def _(x):
    return x


@cube.vjp("x")
def _(g, x):
    return 3 * g * x * x


@op("test::squared", composite=True)
def squared(x: Array, /) -> Array:
    """Square x: one node, with one array for both operands."""
    return xp.multiply(x, x)


# a function of an exporter and of the arrays by index, and the arrays
REPRESENTATIVE = {
    "exp": (lambda e, a: e(xp.exp)(a(0)), [MATRIX]),
    "broadcasting": (lambda e, a: e(xp.multiply)(a(0), a(1)), [MATRIX, ROW]),
    "a number beside an array": (lambda e, a: e(xp.pow)(a(0), 3.0), [MATRIX]),
    "one array twice": (lambda e, a: e(xp.multiply)(a(0), a(0)), [MATRIX]),
    "complex": (lambda e, a: e(xp.multiply)(a(0), e(xp.exp)(a(0))), [COMPLEX]),
    "complex with real": (lambda e, a: e(xp.abs)(e(xp.multiply)(a(0), a(1))), [COMPLEX, MATRIX]),
    "a parameter": (lambda e, a: e(xp.sum)(a(0), axis=-1, keepdims=True), [MATRIX]),
    "a sequence": (lambda e, a: e(xp.concat)([a(0), a(1)], axis=0), [MATRIX, OTHER]),
    "a key": (lambda e, a: e(xp.getitem)(a(0), (slice(None), 1)), [MATRIX]),
    "several outputs": (lambda e, a: e(xp.linalg.slogdet)(a(0))[1], [SQUARE]),
    "a decomposition": (lambda e, a: e(xp.linalg.qr)(a(0))[1], [SQUARE]),
    "a composite op": (lambda e, a: e(xp.var)(a(0)), [MATRIX]),
    "a node with one array twice": (lambda e, a: e(squared)(a(0)), [MATRIX]),
    "a list of outputs": (lambda e, a: e(xp.unstack)(a(0))[1], [MATRIX]),
    "a system": (lambda e, a: e(xp.linalg.solve)(a(0), a(1)), [SQUARE, ROW]),
    "a hidden output": (lambda e, a: e(nn.cross_entropy)(a(0), np.array([0, 2])), [MATRIX]),
    "a forward for NumPy only": (lambda e, a: e(cube)(a(0)), [MATRIX]),
}
representative = pytest.mark.parametrize("use", REPRESENTATIVE)
# without jit, JAX compiles each operation separately, which takes seconds
UNCOMPILED = ("exp", "broadcasting", "several outputs", "a forward for NumPy only")
