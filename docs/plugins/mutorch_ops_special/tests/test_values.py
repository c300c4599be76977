"""Values against SciPy, derivatives at notorious points against closed forms."""

from math import exp, inf, log, pi, sqrt

import mutorch_ops_special as sp
import numpy as np
import pytest
from mutorch_ops_special.integrate import odeint
from numpy.testing import assert_allclose
from scipy import special, stats

import mutorch_core as mt
from mutorch_core.errors import OperandError

X = np.array([0.01, 0.3, 1.0, 2.5, 40.0])
EULER = -special.digamma(1.0)


NAMES = [
    "erf",
    "erfc",
    "erfcx",
    "ndtr",
    "log_ndtr",
    "gamma",
    "gammaln",
    "gammasgn",
    "rgamma",
    "digamma",
    "j0",
    "j1",
    "y0",
    "y1",
    "i0",
    "i1",
    "i0e",
    "i1e",
    "expit",
    "log_expit",
    "entr",
    "spence",
    "cbrt",
    "cosm1",
    "ellipe",
    "ellipk",
    "exp1",
    "exp10",
    "expi",
    "exprel",
    "k0",
    "k1e",
    "sinc",
    "zetac",
]


@pytest.mark.parametrize("name", NAMES)
def test_values_are_scipys(name):
    assert_allclose(getattr(sp, name)(X), getattr(special, name)(X), rtol=1e-15)


def second(f, x):
    return mt.grad(mt.grad(f))(x)


@pytest.mark.parametrize(
    ("f", "x", "slope", "curvature"),
    [
        (sp.spence, 1.0, -1.0, 0.5),
        (sp.spence, 1.5, -2 * log(1.5), -4 / 1.5 * 0.5 + 4 * log(1.5)),
        (sp.spence, 1e-3, log(1e-3) / 0.999, 1e3 / 0.999 + log(1e-3) / 0.999**2),
        (sp.spence, 1e6, log(1e6) / (1 - 1e6), 1e-6 / (1 - 1e6) + log(1e6) / (1 - 1e6) ** 2),
        (sp.j0, 0.0, 0.0, -0.5),
        (sp.j1, 0.0, 0.5, 0.0),
        (sp.i1, 0.0, 0.5, 0.0),
        (lambda x: sp.jv(2, x), 0.0, 0.0, 0.25),
        (lambda x: sp.iv(2, x), 0.0, 0.0, 0.25),
        (lambda x: sp.jv(0.5, x), pi, -sqrt(2) / pi, sqrt(2) / pi**2),
        (sp.y0, 2.0, -special.y1(2.0), special.y1(2.0) / 2 - special.y0(2.0)),
        (sp.rgamma, -3.0, -6.0, 12 * special.digamma(4.0)),
        (sp.gammaln, 1.0, -EULER, pi**2 / 6),
        (lambda x: sp.polygamma(1, x), 1.0, -2 * special.zeta(3.0), pi**4 / 15),
        (lambda q: sp.zeta(2.0, q), 1.0, -2 * special.zeta(3.0), pi**4 / 15),
        (sp.erfcx, 0.0, -2 / sqrt(pi), 2.0),
        (sp.log_ndtr, -200.0, 200.00499925, -0.99997500),
        (sp.ndtri, 0.5, sqrt(2 * pi), 0.0),
        (sp.expit, -700.0, exp(-700), exp(-700)),
        (sp.expit, 700.0, exp(-700), -exp(-700)),
        (sp.logit, 1e-100, 1e100, -1e200),
        (sp.entr, 1.0, -1.0, -1.0),
        (sp.sinc, 0.0, 0.0, -(pi**2) / 3),
        (sp.exprel, 0.0, 1 / 2, 1 / 3),
        (sp.ellipk, 0.0, pi / 8, 9 * pi / 64),
        (sp.ellipe, 0.0, -pi / 8, -3 * pi / 64),
        (lambda power: sp.boxcox(2.0, power), 0.0, log(2) ** 2 / 2, log(2) ** 3 / 3),
        (lambda power: sp.inv_boxcox(2.0, power), 0.0, -2 * exp(2), exp(2) * (4 + 16 / 3)),
        (lambda df: sp.stdtrit(df, 0.5), 3.0, 0.0, 0.0),
        (lambda p: sp.chdtri(2.0, p), 0.5, -4.0, 8.0),
        (lambda x: sp.gammaincinv(1.0, x), 0.5, 2.0, 4.0),
        (lambda x: sp.xlogy(x, 2.0), 0.0, log(2), 0.0),
    ],
)
def test_first_and_second_derivatives_at_notorious_points(f, x, slope, curvature):
    assert_allclose(mt.grad(f)(x), slope, rtol=1e-8, atol=1e-14)
    assert_allclose(second(f, x), curvature, rtol=1e-8, atol=1e-12)


def test_the_slope_of_erfcx_keeps_its_digits_where_the_textbooks_cancels():
    x = 1e6
    assert_allclose(mt.grad(sp.erfcx)(x), -1 / (sqrt(pi) * x * x), rtol=1e-11)


@pytest.mark.parametrize(("name", "scale"), [("i0e", 0.5 / pi), ("i1e", 0.5 / pi), ("k0e", pi / 2), ("k1e", pi / 2)])
@pytest.mark.parametrize("x", [1e10, 1e100])
def test_scaled_bessel_functions_fall_like_a_root_far_out(name, scale, x):
    f = getattr(sp, name)
    assert_allclose(mt.grad(f)(x), -0.5 * sqrt(scale / x) / x, rtol=1e-9)
    assert_allclose(second(f, x), 0.75 * sqrt(scale / x) / x / x, rtol=1e-9)


@pytest.mark.parametrize(("name", "side"), [("i0e", 1), ("i1e", 1), ("i0e", -1), ("i1e", -1), ("k0e", 1), ("k1e", 1)])
def test_scaled_bessel_functions_have_one_slope_on_both_sides_of_their_expansions_start(name, side):
    slope = mt.grad(getattr(sp, name))
    before, after = slope(side * 50 * (1 - 1e-15)), slope(side * 50.0)
    assert_allclose(before, after, rtol=1e-12)


def test_shapes_so_large_that_scipys_beta_function_is_nan():
    assert mt.grad(sp.betainc, argnums=(0, 1, 2))(1e200, 1e100, 0.5) == (0, 0, 0)
    peak = sqrt(4e6 / pi)  # of the density of a = b = 1e6, but for a part of 1e-7
    assert_allclose(mt.grad(sp.betainc, argnums=2)(1e6, 1e6, 0.5), peak, rtol=2e-7)


def test_the_incomplete_gamma_function_of_tiny_operands():
    for tiny in (1e-10, 1e-30, 1e-150):  # Q(a, x) = -a (log(x) + γ) but for a²
        assert_allclose(mt.grad(sp.gammaincc)(tiny, tiny), -log(tiny) - EULER, rtol=1e-7 if tiny > 1e-20 else 1e-12)


def test_students_density_of_so_few_degrees_of_freedom_that_the_square_over_them_overflows():
    x, df = 1e100, 1e-150  # the density is df / (2 x)
    by_x, by_df = mt.grad(sp.stats.t.pdf, argnums=(0, 1))(x, df)
    assert by_x == -df / (2 * x) / x
    assert_allclose(by_df, 1 / (2 * x), rtol=1e-12)


def test_the_tails_of_the_normal_distribution():
    assert_allclose(mt.grad(sp.log_ndtr)(-1e10), 1e10, rtol=1e-12)
    assert_allclose(mt.grad(sp.log_ndtr)(38.0), exp(-722) / sqrt(2 * pi), rtol=1e-12)
    assert_allclose(mt.grad(sp.stats.norm.logsf)(30.0), -(30 + 1 / 30 - 2 / 30**3 + 10 / 30**5), rtol=1e-9)


@pytest.mark.parametrize("f", [sp.xlogy, sp.rel_entr])
def test_a_product_with_a_logarithm_is_still_where_both_are_zero(f):
    slopes = mt.grad(f, argnums=1)(0.0, 0.0)
    assert slopes == 0


def test_conventions_of_xlogy_and_xlog1py():
    assert mt.grad(sp.xlogy, argnums=(0, 1))(0.0, 0.0) == (0.0, 0.0)
    assert mt.grad(sp.xlog1py, argnums=(0, 1))(0.0, -1.0) == (0.0, 0.0)
    with np.errstate(divide="ignore"):
        assert mt.grad(sp.xlogy, argnums=(0, 1))(1.0, 0.0) == (-inf, inf)
        assert mt.grad(sp.entr)(0.0) == inf


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        ([-inf, -inf], [0.0, 0.0]),
        ([inf, 0.0], [1.0, 0.0]),
        ([inf, inf], [0.5, 0.5]),
        ([-inf, 0.0], [0.0, 1.0]),
        ([1000.0, 1000.0], [0.5, 0.5]),
    ],
)
def test_logsumexp_of_infinities_has_no_nan(x, expected):
    with np.errstate(divide="ignore"):
        assert_allclose(mt.grad(sp.logsumexp)(np.array(x)), expected)


def test_incomplete_functions_by_their_shapes():
    x = 1.5
    assert_allclose(mt.grad(sp.gammainc)(1.0, x), expected_by_parts(x), rtol=1e-13)
    # I(1, b, x) = 1 - (1 - x)ᵇ and I(a, 1, x) = xᵃ
    assert_allclose(mt.grad(sp.betainc, argnums=1)(1.0, 2.5, 0.3), -(0.7**2.5) * log(0.7), rtol=1e-13)
    assert_allclose(mt.grad(sp.betainc)(2.5, 1.0, 0.3), 0.3**2.5 * log(0.3), rtol=1e-13)
    twice = mt.grad(mt.grad(sp.betainc))(2.5, 1.0, 0.3)
    assert_allclose(twice, 0.3**2.5 * log(0.3) ** 2, rtol=1e-12)


def expected_by_parts(x):
    """∂P/∂a at a = 1: ∫₀ˣ exp(-t) (log(t) - ψ(1)) dt = γ (1 - e⁻ˣ) - e⁻ˣ log(x) - E₁(x) - γ."""
    return EULER * (1 - exp(-x)) - exp(-x) * log(x) - special.exp1(x) - EULER


def test_students_distribution_by_its_degrees_of_freedom():
    def f(df):
        return sp.stats.t.logcdf(-30.0, df, 0.0, 1.0)

    h = 1e-5
    difference = (stats.t.logcdf(-30.0, 5 + h) - stats.t.logcdf(-30.0, 5 - h)) / (2 * h)
    assert_allclose(mt.grad(f)(5.0), difference, rtol=1e-8)
    assert_allclose(mt.grad(mt.grad(sp.stdtr), argnums=1)(3.0, 0.0), derivative_of_peak(3.0), rtol=1e-12)


def derivative_of_peak(df):
    """Of the density at 0, 1 / (√df B(df/2, ½)), with respect to df."""
    score = 0.5 * (special.digamma((df + 1) / 2) - special.digamma(df / 2) - 1 / df)
    return score / (sqrt(df) * special.beta(df / 2, 0.5))


@pytest.mark.parametrize(
    ("ours", "theirs", "arguments"),
    [
        (sp.stats.norm.logpdf, stats.norm.logpdf, (X, 0.5, 2.0)),
        (sp.stats.t.cdf, stats.t.cdf, (X, 2.5, 0.5, 2.0)),
        (sp.stats.gamma.pdf, stats.gamma.pdf, (X, 1.5)),
        (sp.stats.chi2.cdf, stats.chi2.cdf, (X, 2.5)),
        (sp.stats.beta.logpdf, stats.beta.logpdf, (X[:2], 1.5, 0.5)),
        (sp.stats.poisson.pmf, stats.poisson.pmf, (np.array([-1, 0, 3]), 1.5)),
        (sp.stats.poisson.cdf, stats.poisson.cdf, (np.array([-1, 0, 3]), 1.5)),
        (sp.stats.dirichlet.logpdf, stats.dirichlet.logpdf, (np.array([0.2, 0.3, 0.5]), np.array([1.0, 2.0, 0.5]))),
        (
            sp.stats.multivariate_normal.logpdf,
            stats.multivariate_normal.logpdf,
            (np.array([[0.1, 0.2], [1.0, 2.0]]), np.array([0.5, 0.0]), np.array([[2.0, 0.5], [0.5, 1.0]])),
        ),
    ],
)
def test_distributions_are_scipys(ours, theirs, arguments):
    assert_allclose(ours(*arguments), theirs(*arguments), rtol=1e-12)


def test_the_solution_of_an_equation_moves_with_its_rate_its_start_and_its_times():
    def decay(y, time, rate):
        return -rate * y

    def f(y0, t, rate):
        return odeint(decay, y0, t, [rate], rtol=1e-12, atol=1e-12)[1]

    y0, t, rate = np.array(2.0), np.array([0.5, 2.0]), np.array(0.7)
    end = 2.0 * exp(-0.7 * 1.5)
    slopes = mt.grad(f, argnums=(0, 1, 2))(y0, t, rate)
    for found, expected in zip(slopes, (end / 2, [0.7 * end, -0.7 * end], -1.5 * end), strict=True):
        assert_allclose(found, expected, rtol=1e-8)
    assert_allclose(mt.grad(mt.grad(f, argnums=2), argnums=2)(y0, t, rate), 2.25 * end, rtol=1e-7)


def test_complex_numbers_are_refused_where_scipy_has_no_derivative():
    with pytest.raises(OperandError, match=r"special::digamma.*complex numbers are not supported"):
        sp.digamma(1j)


@pytest.mark.parametrize("library", ["torch", "jax.numpy"])
def test_other_libraries_compute_the_same(library):
    xp = pytest.importorskip(library)
    x = np.array([0.25, 0.5], dtype=np.float32)
    for name in ("erf", "erfcx", "digamma", "j1", "i0e", "spence", "entr", "log_expit", "rgamma", "logsumexp"):
        f = getattr(sp, name)
        got = mt.grad(lambda x, f=f: (f(x) * 1.0).sum())(xp.asarray(x))
        assert type(got) is type(xp.asarray(x)), name
        assert_allclose(np.asarray(got), mt.grad(lambda x, f=f: (f(x) * 1.0).sum())(x), rtol=2e-5, err_msg=name)
    for f in (sp.gammainc, sp.xlogy, sp.betaln, sp.stats.gamma.cdf):
        got = mt.grad(lambda x, f=f: f(x, 2.0).sum())(xp.asarray(x))
        assert_allclose(np.asarray(got), mt.grad(lambda x, f=f: f(x, 2.0).sum())(x), rtol=1e-4)
