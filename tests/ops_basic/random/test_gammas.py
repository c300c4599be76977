"""Samples that move with their parameters: the right distribution, and slopes that are right in every tail."""

import numpy as np
import pytest
from array_api_compat import numpy as raw_numpy
from numpy.testing import assert_allclose, assert_array_equal
from scipy import special, stats

import mutorch_core as mt
import mutorch_ops_basic as xp
from mutorch_core.errors import OperandError
from mutorch_ops_basic.random.gammas import shape_slope
from mutorch_ops_basic.random.streams import uniforms

random = xp.random

SLOPES = [  # shape, sample, d log(sample) / d shape at the sample's probability, from 60 digits
    (0.001, 1e-300, 690199.9559664034),
    (0.001, 0.5, 923.9843343784801),
    (0.25, 1e-09, 81.98324928242718),
    (0.25, 8.0, 0.7388286827267604),
    (1.0, 1.0, 1.1735630272247268),
    (2.5, 0.01, 2.290196880279032),
    (2.5, 2.9, 0.3965935626619473),
    (2.5, 3.1, 0.3832141436167515),
    (2.5, 60.0, 0.05823149060800947),
    (100.0, 70.0, 0.011908912308167041),
    (100.0, 170.0, 0.007592935655117673),
    (10000.0, 10000.0, 0.00010000166668333238),
]


@pytest.mark.parametrize(("shape", "sample", "expected"), SLOPES)
def test_a_sample_moves_with_its_shape_as_its_probability_demands(shape, sample, expected):
    assert_allclose(shape_slope(np.array(shape), np.log(np.array(sample)), raw_numpy), expected, rtol=3e-13)


def test_large_shapes_have_the_expansion_and_no_step_where_it_begins():
    deviations = np.array([-5.0, 0.0, 4.0])
    for a in (0.99e8, 1.01e8, 1e15, 1e200):
        moved = shape_slope(np.full(3, a), np.log(a + np.sqrt(a) * deviations), raw_numpy) * a
        assert_allclose(moved, 1 - deviations / (2 * np.sqrt(a)), rtol=0, atol=1e-6 * (a < 1e9) + 1e-13)


@pytest.mark.parametrize("shape", [1e-4, 0.05, 0.7, 3.0, 400.0])
def test_slopes_of_second_order_are_differences_of_first_order(shape, slope, bend):
    def f(a):
        return random.loggamma(a, (6,), key=3)

    a, step = np.array([shape]), 1e-5 * shape
    difference = (np.ravel(mt.jacobian(f)(a + step)) - np.ravel(mt.jacobian(f)(a - step))) / (2 * step)
    assert_allclose(bend(f, a), [difference.sum()], rtol=1e-8)


@pytest.mark.parametrize(
    ("sample", "distribution"),
    [
        (lambda n: random.gamma(0.3, 2.0, (n,), key=1), stats.gamma(0.3, scale=2.0)),
        (lambda n: random.gamma(50.0, size=(n,), key=1), stats.gamma(50.0)),
        (lambda n: random.beta(0.5, 2.0, (n,), key=1), stats.beta(0.5, 2.0)),
        (lambda n: random.dirichlet(np.array([0.5, 1.0, 2.0]), (n,), key=1)[:, 2], stats.beta(2.0, 1.5)),
    ],
)
def test_samples_have_their_distribution(sample, distribution):
    assert stats.kstest(sample(4000), distribution.cdf).pvalue > 0.01


def test_the_mean_slope_is_the_slope_of_the_mean(slopes):
    n = 20000
    shape, scale = slopes(lambda a, b: random.gamma(a, b, (n,), key=5), np.array(1.5), np.array(2.0))
    assert_allclose([shape / n, scale / n], [2.0, 1.5], rtol=0.02)
    a, b = slopes(lambda a, b: random.beta(a, b, (n,), key=5), np.array(1.5), np.array(2.0))
    assert_allclose([a / n, b / n], [2.0 / 3.5**2, -1.5 / 3.5**2], rtol=0.03)


def test_logarithms_are_finite_where_samples_underflow(slope):
    a = np.array([1e-5, 0.05])
    assert random.gamma(a, key=0)[0] == 0
    logs = random.loggamma(a, key=0)
    assert_allclose(logs[1], np.log(special.gammaincinv(a[1], uniforms(0, (2,))[1])))
    assert_allclose(logs[0], np.log(uniforms(0, (2,))[0]) / a[0], rtol=1e-4)
    assert np.isfinite(slope(lambda a: random.loggamma(a, key=0), a)).all()
    x = random.beta(a, a, (50, 2), key=0)
    assert np.isfinite(x).all()
    assert 0.2 < x.mean() < 0.8


def test_parts_of_a_whole_keep_their_sum(slope):
    alpha = np.array([[0.5, 1e-4, 3.0], [1.0, 2.0, 4.0]])
    x = random.dirichlet(mt.Var(alpha), (5, 2), key=9).value
    assert x.shape == (5, 2, 3)
    assert_allclose(x.sum(-1), np.ones((5, 2)))
    assert_allclose(slope(lambda a: xp.sum(random.dirichlet(a, key=9), axis=-1), alpha), np.zeros((2, 3)), atol=1e-12)


def test_the_same_key_gives_the_same_samples_and_another_one_others():
    first, again, other = (random.gamma(2.0, size=(3,), key=key) for key in (1, 1, (1, 2)))
    assert_array_equal(first, again)
    assert not np.any(first == other)


def test_single_precision_stays_single(slope):
    a = np.array([0.5, 3.0], np.float32)
    assert random.loggamma(mt.Var(a), key=1).dtype == np.float32
    narrow = slope(lambda a: random.gamma(a, key=1), a)
    assert narrow.dtype == np.float32
    assert_allclose(narrow, slope(lambda a: random.gamma(a, key=1), a.astype(float)), rtol=1e-5)


def test_python_numbers_go_in_and_come_out():
    assert type(random.gamma(mt.Var(2.0), key=1).value) is float
    assert type(mt.grad(lambda a: random.gamma(a, key=1))(2.0)) is float


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: random.gamma(np.ones(3), size=(2,), key=0), r"loggamma\(shape=float64\[3\], key=0\): ValueError"),
        (lambda: random.gamma(np.ones(1, complex), key=0), r"loggamma\(shape=complex128\[1\], key=0\): TypeError"),
        (lambda: random.gamma(np.ones(1), key=-1), r"loggamma\(.*key=-1\): ValueError"),
    ],
)
def test_what_has_no_samples_is_refused(call, message):
    with pytest.raises(OperandError, match=message):
        call()


def program(a):
    """A bit of each distribution."""
    made = random.gamma(a, 2.0, key=1) + random.beta(a, 1.5, key=(2, 0))
    return xp.sum(made * random.dirichlet(a, key=3))


@pytest.mark.parametrize("library", ["torch", "array_api_strict"])
def test_other_libraries_have_the_same_samples_and_slopes(library):
    raw = pytest.importorskip(library)
    a = np.array([0.5, 3.0], np.float32)
    assert_allclose(np.asarray(program(raw.asarray(a))), program(a), rtol=1e-5)
    assert_allclose(np.asarray(mt.grad(program)(raw.asarray(a))), mt.grad(program)(a), rtol=1e-4)


def test_jax_compiles_samples_and_slopes():
    jax = pytest.importorskip("jax")
    a = np.array([0.5, 3.0], np.float32)
    value, gradient = jax.jit(mt.value_and_grad(program))(a)
    assert_allclose(value, program(a), rtol=1e-5)
    assert_allclose(gradient, mt.grad(program)(a), rtol=1e-4)
