"""Distributions: a module each, with densities and distribution functions of SciPy's names and parameters."""

from mutorch_ops_special.stats import beta, chi2, dirichlet, gamma, multivariate_normal, norm, poisson, t

__all__ = ["beta", "chi2", "dirichlet", "gamma", "multivariate_normal", "norm", "poisson", "t"]
