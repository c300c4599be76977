"""Numerical differentiation: finite differences with error estimates, and the comparison of a rule with them."""
