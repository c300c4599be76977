"""Fixtures for derivatives."""

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


@pytest.fixture
def moves(slopes):
    """Check an `f` that only moves, repeats and drops entries, and fills in zeros, against its counterpart on NumPy.

    Entries are numbered, so that the result says where each came from, and with it what flows back there: the sum of
    the cotangents. The second derivative of the sum of cubes is 6 x for each time that x is there.
    """

    def check(f, reference, *shapes):
        sizes = [int(np.prod(shape)) for shape in shapes]
        ends = np.cumsum(sizes)
        arrays = [
            np.arange(end - size + 1.0, end + 1).reshape(shape)
            for shape, size, end in zip(shapes, sizes, ends, strict=True)
        ]
        expected = np.asarray(reference(*arrays))
        result = f(*map(mt.Var, arrays))
        np.testing.assert_array_equal(result.value, expected)
        assert result.value.shape == expected.shape
        assert type(f(*arrays)) is np.ndarray
        g = np.cos(np.arange(expected.size)).reshape(expected.shape)
        origin = expected.astype(int).ravel()
        count = np.bincount(origin, minlength=ends[-1] + 1)[1:]
        sums = np.bincount(origin, g.ravel(), minlength=ends[-1] + 1)[1:]
        back = slopes(f, *arrays, g=g)
        bent = mt.hvp(lambda given: xp.sum(f(*given) ** 3), (tuple(arrays),), (tuple(map(np.ones_like, arrays)),))
        for array, end, size, first, second in zip(arrays, ends, sizes, back, bent, strict=True):
            own = slice(end - size, end)
            np.testing.assert_allclose(first, sums[own].reshape(array.shape), atol=1e-14)
            np.testing.assert_allclose(second, 6 * array * count[own].reshape(array.shape))

    return check
