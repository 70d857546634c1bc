"""Any objective (a, b) for D, the built-in ones, and what is wrong with a wrong claim about one."""

from gantheory.objectives.catalogue import OBJECTIVES, alpha, label_smoothed, least_squares
from gantheory.objectives.objective import Objective

__all__ = ["OBJECTIVES", "Objective", "alpha", "label_smoothed", "least_squares"]
