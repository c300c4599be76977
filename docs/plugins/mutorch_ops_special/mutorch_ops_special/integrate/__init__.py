"""Solvers of ordinary differential equations."""

from mutorch_ops_special.integrate.differential_equations import odeint

__all__ = ["odeint"]
