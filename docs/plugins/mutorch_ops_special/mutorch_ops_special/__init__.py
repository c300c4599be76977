"""Special functions of SciPy as ops of Mutorch: `xp.special`, and the distributions and solvers made of them."""

from collections.abc import Sequence

from mutorch_core import Op, hookimpl
from mutorch_ops_special import integrate, stats
from mutorch_ops_special.bessel import i0, i0e, i1, i1e, iv, ive, j0, j1, jn, jv, y0, y1, yn
from mutorch_ops_special.dilogarithm import spence
from mutorch_ops_special.entropies import entr, rel_entr, xlog1py, xlogy
from mutorch_ops_special.error_functions import erf, erfc, erfcinv, erfcx, erfinv, log_ndtr, ndtr, ndtri
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
from mutorch_ops_special.logistic import expit, log_expit, logit, logsigmoid, logsumexp, sigmoid
from mutorch_ops_special.zetas import zeta

__all__ = [
    "beta",
    "betainc",
    "betaln",
    "digamma",
    "entr",
    "erf",
    "erfc",
    "erfcinv",
    "erfcx",
    "erfinv",
    "expit",
    "gamma",
    "gammainc",
    "gammaincc",
    "gammaln",
    "gammasgn",
    "i0",
    "i0e",
    "i1",
    "i1e",
    "igamma",
    "igammac",
    "integrate",
    "iv",
    "ive",
    "j0",
    "j1",
    "jn",
    "jv",
    "lgamma",
    "log_expit",
    "log_ndtr",
    "logit",
    "logsigmoid",
    "logsumexp",
    "multigammaln",
    "mvlgamma",
    "ndtr",
    "ndtri",
    "polygamma",
    "psi",
    "rel_entr",
    "rgamma",
    "sigmoid",
    "spence",
    "stats",
    "stdtr",
    "xlog1py",
    "xlogy",
    "y0",
    "y1",
    "yn",
    "zeta",
]

_modules = [globals(), vars(integrate), *(vars(law) for law in vars(stats).values() if hasattr(law, "__all__"))]
_ops = list(dict.fromkeys(value for names in _modules for value in names.values() if isinstance(value, Op)))


@hookimpl
def mutorch_register_ops(namespace: str, api_version: int) -> Sequence[Op[..., object]]:
    """Every op of this package."""
    return [each for each in _ops if each.namespace == namespace]
