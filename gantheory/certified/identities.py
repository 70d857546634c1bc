r"""Images of elementary laws that are elementary laws themselves: by these, two laws that are one are seen to be one.

.. math:: e^{-\mathrm{Exp}(s)} = \mathrm{Beta}(1/s, 1), \quad \sigma(\mathrm{Logistic}(0, 1)) = U(0, 1), \quad
          \mathrm{Weibull}(c)^n = \mathrm{Weibull}(c/n), \quad \mathrm{Beta}(a, 1)^n = \mathrm{Beta}(a/n, 1)
"""

from __future__ import annotations

from fractions import Fraction

from gantheory.certified.laws import ExactBeta, ExactExponential, ExactLaw, ExactLogistic, ExactUniform, ExactWeibull
from gantheory.certified.maps import EXP, EXPIT, TANH, Map
from gantheory.certified.reflections import ExactReflection, reflected

__all__ = ["beta", "elementary_image", "weibull"]


def beta(low: Fraction, scale: Fraction, a: Fraction, b: Fraction) -> ExactLaw:
    """Uniform where it is."""
    return ExactUniform(low, scale) if a == b == 1 else ExactBeta(low, scale, a, b)


def weibull(location: Fraction, scale: Fraction, c: Fraction) -> ExactLaw:
    """Exponential where it is."""
    return ExactExponential(location, scale) if c == 1 else ExactWeibull(location, scale, c)


def elementary_image(law: ExactLaw, map_: Map) -> ExactLaw | None:
    """The law of G(Z), if it is one of the elementary laws."""
    if map_.root > 1 and law.high == 0:  # odd: of −Z it is −G
        found = elementary_image(reflected(law), map_)
        return None if found is None else reflected(found)
    if isinstance(law, ExactReflection):
        if map_ == EXP and isinstance(law.base, ExactExponential) and not law.base.location:
            return beta(Fraction(0), Fraction(1), 1 / law.base.scale, Fraction(1))
        return None
    if isinstance(law, ExactLogistic) and not law.location:
        if map_ == EXPIT and law.scale == 1:
            return ExactUniform(Fraction(0), Fraction(1))
        if map_ == TANH and law.scale == Fraction(1, 2):
            return ExactUniform(Fraction(-1), Fraction(2))
    return _power(law, map_.root) if map_.root > 1 else None


def _power(law: ExactLaw, n: int) -> ExactLaw | None:
    """The law of Z^n."""
    match law:
        case ExactExponential(location=0):
            return weibull(Fraction(0), law.scale**n, Fraction(1, n))
        case ExactWeibull(location=0):
            return weibull(Fraction(0), law.scale**n, law.shape / n)
        case ExactUniform(location=0):
            return beta(Fraction(0), law.scale**n, Fraction(1, n), Fraction(1))
        case ExactBeta(location=0, b=1):
            return beta(Fraction(0), law.scale**n, law.a / n, Fraction(1))
    return None
