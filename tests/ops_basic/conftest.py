"""How the tests of this package look at derivatives."""

import numpy as np
import pytest

import mutorch_core as mt
import mutorch_ops_basic as xp


@pytest.fixture
def slopes():
    """A function that pulls a cotangent, ones by default, back through `f`: one cotangent per operand."""

    def pulled(f, *operands, g=None):
        value, pullback = mt.vjp(f, *operands)
        return pullback(np.ones_like(value) if g is None else g)

    return pulled


@pytest.fixture
def slope(slopes):
    """The same for one operand: of an elementwise `f`, its derivative entry by entry."""
    return lambda f, x, g=None: slopes(f, x, g=g)[0]


@pytest.fixture
def bend(slopes):
    """The second derivative of an elementwise `f`, entry by entry."""

    return lambda f, x: slopes(mt.grad(lambda x: xp.sum(f(x))), x)[0]
