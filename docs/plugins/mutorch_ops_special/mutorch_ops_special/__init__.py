"""Special functions of SciPy as ops of Mutorch: `xp.special`, and the distributions and solvers made of them."""

from collections.abc import Sequence

from mutorch_core import Op, hookimpl
from mutorch_ops_special import integrate, stats
from mutorch_ops_special.bessel import i0, i1, iv, j0, j1, jn, jv, k0, k1, y0, y1, yn
from mutorch_ops_special.combinations import binom, loggamma, poch
from mutorch_ops_special.dilogarithm import spence
from mutorch_ops_special.distributions import (
    bdtr,
    bdtrc,
    betaincc,
    chdtr,
    chdtrc,
    fdtr,
    fdtrc,
    gdtr,
    gdtrc,
    nbdtr,
    nbdtrc,
    pdtr,
    pdtrc,
)
from mutorch_ops_special.elementary import (
    boxcox,
    boxcox1p,
    cbrt,
    cosdg,
    cosm1,
    cotdg,
    exp2,
    exp10,
    huber,
    inv_boxcox,
    inv_boxcox1p,
    pseudo_huber,
    radian,
    sinc,
    sindg,
    tandg,
)
from mutorch_ops_special.elliptic import ellipe, ellipk, ellipkm1
from mutorch_ops_special.entropies import entr, kl_div, rel_entr, xlog1py, xlogy
from mutorch_ops_special.error_functions import erf, erfc, erfcinv, erfcx, erfinv, log_ndtr, ndtr, ndtri
from mutorch_ops_special.exponential_integrals import exp1, expi, expn, exponential_moment, exprel
from mutorch_ops_special.gammas import (
    beta,
    betaln,
    digamma,
    gamma,
    gammaln,
    gammasgn,
    lgamma,
    multigammaln,
    mvlgamma,
    polygamma,
    psi,
    rgamma,
)
from mutorch_ops_special.incomplete import betainc, gammainc, gammaincc, igamma, igammac, stdtr
from mutorch_ops_special.inverses import betaincinv, chdtri, gammainccinv, gammaincinv, stdtrit
from mutorch_ops_special.logistic import expit, log_expit, logit, logsigmoid, logsumexp, sigmoid
from mutorch_ops_special.scaled_bessel import i0e, i1e, ive, k0e, k1e
from mutorch_ops_special.zetas import zeta, zetac

__all__ = [
    "bdtr",
    "bdtrc",
    "beta",
    "betainc",
    "betaincc",
    "betaincinv",
    "betaln",
    "binom",
    "boxcox",
    "boxcox1p",
    "cbrt",
    "chdtr",
    "chdtrc",
    "chdtri",
    "cosdg",
    "cosm1",
    "cotdg",
    "digamma",
    "ellipe",
    "ellipk",
    "ellipkm1",
    "entr",
    "erf",
    "erfc",
    "erfcinv",
    "erfcx",
    "erfinv",
    "exp1",
    "exp2",
    "exp10",
    "expi",
    "expit",
    "expn",
    "exponential_moment",
    "exprel",
    "fdtr",
    "fdtrc",
    "gamma",
    "gammainc",
    "gammaincc",
    "gammainccinv",
    "gammaincinv",
    "gammaln",
    "gammasgn",
    "gdtr",
    "gdtrc",
    "huber",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "igamma",
    "igammac",
    "integrate",
    "inv_boxcox",
    "inv_boxcox1p",
    "iv",
    "ive",
    "j0",
    "j1",
    "jn",
    "jv",
    "k0",
    "k0e",
    "k1",
    "k1e",
    "kl_div",
    "lgamma",
    "log_expit",
    "log_ndtr",
    "loggamma",
    "logit",
    "logsigmoid",
    "logsumexp",
    "multigammaln",
    "mvlgamma",
    "nbdtr",
    "nbdtrc",
    "ndtr",
    "ndtri",
    "pdtr",
    "pdtrc",
    "poch",
    "polygamma",
    "pseudo_huber",
    "psi",
    "radian",
    "rel_entr",
    "rgamma",
    "sigmoid",
    "sinc",
    "sindg",
    "spence",
    "stats",
    "stdtr",
    "stdtrit",
    "tandg",
    "xlog1py",
    "xlogy",
    "y0",
    "y1",
    "yn",
    "zeta",
    "zetac",
]

_modules = [globals(), vars(integrate), *(vars(law) for law in vars(stats).values() if hasattr(law, "__all__"))]
_ops = list(dict.fromkeys(value for names in _modules for value in names.values() if isinstance(value, Op)))


@hookimpl
def mutorch_register_ops(namespace: str, api_version: int) -> Sequence[Op[..., object]]:
    """Return every op of this package."""
    return [each for each in _ops if each.namespace == namespace]
