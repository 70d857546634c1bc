"""Other people's laws, read once at the door: callables, classes, scipy.stats, sympy.stats, and what has a log_prob."""

from gantheory.densities.adapters.table import ADAPTERS, adapted

__all__ = ["ADAPTERS", "adapted"]
