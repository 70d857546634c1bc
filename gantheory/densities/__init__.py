"""Laws on the line: the families, mixtures, tabulated laws and samples, other libraries' objects, and laws as text."""

from gantheory.densities.conversion import as_density
from gantheory.densities.empirical import Empirical
from gantheory.densities.foreign import Foreign
from gantheory.densities.half_line import Beta, Exponential, Gamma, Weibull
from gantheory.densities.location_scale import Laplace, Logistic, Normal
from gantheory.densities.mixture import Discrete, Mixture
from gantheory.densities.parsing import parse_density
from gantheory.densities.power_tail import Cauchy, StudentT
from gantheory.densities.protocol import Density, Law, Measure, Tail
from gantheory.densities.tabulated import Tabulated
from gantheory.densities.uniform import Uniform

__all__ = [
    "Beta",
    "Cauchy",
    "Density",
    "Discrete",
    "Empirical",
    "Exponential",
    "Foreign",
    "Gamma",
    "Laplace",
    "Law",
    "Logistic",
    "Measure",
    "Mixture",
    "Normal",
    "StudentT",
    "Tabulated",
    "Tail",
    "Uniform",
    "Weibull",
    "as_density",
    "parse_density",
]
