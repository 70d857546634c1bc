"""Laws on the line: the families, mixtures, tabulated laws and samples, other libraries' objects, and laws as text."""

from gantheory.densities.half_line import Beta, Exponential, Gamma, Weibull
from gantheory.densities.location_scale import Cauchy, Laplace, Logistic, Normal, StudentT, Uniform
from gantheory.densities.mixture import Discrete, Mixture
from gantheory.densities.protocol import Density, Law, Measure, Tail

__all__ = [
    "Beta",
    "Cauchy",
    "Density",
    "Discrete",
    "Exponential",
    "Gamma",
    "Laplace",
    "Law",
    "Logistic",
    "Measure",
    "Mixture",
    "Normal",
    "StudentT",
    "Tail",
    "Uniform",
    "Weibull",
]
