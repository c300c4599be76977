"""Derivatives of functions written in NumPy against central differences, in one direction of all their arguments."""

import numpy as np

import mutorch_core as mt

__all__ = ["check", "leaves", "raw"]


def leaves(result):
    """The arrays of a result, which may be nested in tuples and lists."""
    if isinstance(result, (tuple, list)):
        return [leaf for each in result for leaf in leaves(each)]
    return [result]


def raw(value):
    """The value of a `Var`, or the value itself."""
    return value.value if isinstance(value, mt.Var) else value


def weighted(results, weights):
    """A number in which every entry of the results has a weight of its own, real and imaginary part alike."""
    total = 0.0
    for result, (real, imaginary) in zip(leaves(results), weights, strict=True):
        total = total + np.sum(np.real(result) * real)
        if np.iscomplexobj(result):
            total = total + np.sum(np.imag(result) * imaginary)
    return total


def direction(value, rng):
    """A direction to move a value in; a symmetric matrix stays symmetric, and NaN stays."""
    way = rng.normal(size=np.shape(value))
    if np.iscomplexobj(value):
        way = way + 1j * rng.normal(size=np.shape(value))
    if np.ndim(value) == 2 and np.array_equal(value, np.transpose(value)):
        way = way + way.T
    return np.where(np.isnan(value), 0.0, way)


def check(function, *arguments, step=1e-6, rtol=1e-5):
    """Compare value and derivative of `function` at arrays of floats, in a random direction."""
    rng = np.random.default_rng(7)
    expected = leaves(function(*arguments))
    variables = [mt.Var(np.asarray(each)) for each in arguments]
    results = leaves(function(*variables))
    assert len(results) == len(expected)
    for result, each in zip(results, expected, strict=True):
        assert np.shape(raw(result)) == np.shape(each)
        np.testing.assert_allclose(raw(result), each, rtol=1e-9, atol=1e-12)
    weights = [(rng.normal(size=np.shape(each)), rng.normal(size=np.shape(each))) for each in expected]
    loss = weighted(results, weights)
    assert isinstance(loss, mt.Var)
    assert loss.node is not None
    loss.backprop()
    ways = [direction(each, rng) for each in arguments]
    ahead, behind = (
        weighted(function(*(np.asarray(x + sign * way) for x, way in zip(arguments, ways, strict=True))), weights)
        for sign in (step, -step)
    )
    slope = sum(np.sum(np.real(np.where(way == 0, 0.0, x.grad) * way)) for x, way in zip(variables, ways, strict=True))
    np.testing.assert_allclose(slope, (ahead - behind) / (2 * step), rtol=rtol, atol=rtol)
