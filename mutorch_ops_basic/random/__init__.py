"""Random samples whose parameters carry gradients. Each op takes a `key`: the same key gives the same samples."""

# fmt: off
# isort: off
from mutorch_ops_basic.random.counts import bernoulli, categorical, multinomial, poisson
from mutorch_ops_basic.random.gammas import beta, dirichlet, gamma, loggamma

__all__ = [
    "bernoulli", "beta", "categorical", "dirichlet", "gamma", "loggamma", "multinomial", "poisson",
]
# isort: on
# fmt: on
