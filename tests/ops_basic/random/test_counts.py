"""Samples of distributions over whole numbers: the right frequencies, fixed by the key, and no graph."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError

random = xp.random
LOGITS = np.log(np.array([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]]))


def test_frequencies_are_the_probabilities():
    p = np.array([0.0, 0.3, 1.0])
    assert_allclose(random.bernoulli(p, (20000, 3), key=1).mean(0), p, atol=0.01)
    classes = random.categorical(LOGITS, (20000, 2), key=1)
    for row in range(2):
        assert_allclose(np.bincount(classes[:, row]) / 20000, np.exp(LOGITS[row]), atol=0.015)
    assert_allclose(random.poisson(np.array([0.5, 30.0]), (20000, 2), key=1).mean(0), [0.5, 30.0], rtol=0.02)
    assert random.multinomial is random.categorical


@pytest.mark.parametrize(
    ("f", "parameter"),
    [(random.bernoulli, np.array([0.2, 0.9])), (random.categorical, LOGITS), (random.poisson, np.array([2.0, 9.0]))],
)
def test_samples_follow_from_the_key_and_carry_no_gradient(f, parameter):
    first, again, other = (f(parameter, (50, 2), key=key) for key in (3, 3, (3, 4)))
    assert_array_equal(first, again)
    assert np.any(first != other)
    assert f(mt.Var(parameter), key=3).node is None
    assert f(parameter, key=3).shape == (2,)
    with pytest.raises(OperandError, match=rf"{f.short_name}\(.*key=-1\): ValueError"):
        f(parameter, key=-1)


@pytest.mark.parametrize("library", ["torch", "jax.numpy", "array_api_strict"])
def test_other_libraries_have_the_same_samples(library):
    raw = pytest.importorskip(library)
    for f, parameter in [(random.bernoulli, np.exp(LOGITS)), (random.categorical, LOGITS), (random.poisson, -LOGITS)]:
        own = f(raw.asarray(parameter), key=7)
        assert type(own) is type(raw.asarray(parameter))
        assert_array_equal(np.asarray(own), f(parameter, key=7))
