"""Any objective (a, b) for D, the built-in ones, and what is wrong with a wrong claim about one."""

from gantheory.objectives.catalogue import OBJECTIVES, alpha, label_smoothed, least_squares
from gantheory.objectives.objective import Objective
from gantheory.objectives.wasserstein import WassersteinObjective

__all__ = ["OBJECTIVES", "Objective", "WassersteinObjective", "alpha", "label_smoothed", "least_squares"]
