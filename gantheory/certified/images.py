r"""Laws of G(z) for elementary monotone G: affine maps, which move location and scale, and the exponential.

.. math:: X = e^Z: \quad f(x) = f_Z(\log x)/x, \qquad E[X^\nu] = E[e^{\nu Z}]

so that the moments, which bound the tails at both ends, are those of the moment generating function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from flint import arb

from gantheory.certified.balls import Ball, Complex, ball
from gantheory.certified.laws import (
    INFINITE,
    ExactBeta,
    ExactExponential,
    ExactLaplace,
    ExactLaw,
    ExactLogistic,
    ExactNormal,
    ExactStudentT,
    ExactUniform,
    Growth,
)
from gantheory.certified.mixtures import ExactMixture
from gantheory.certified.places import Place
from gantheory.errors import DomainError

__all__ = ["ExactExp", "affine_image", "exponential_image"]

_FINEST = Fraction(1, 128)  # log x ≤ x^κ/κ with κ at most this

# log E[e^{νZ}] of the standard laws, for ν·scale within what `_index` says
_LOG_MGF: dict[type, Callable[[ExactLaw, Ball], Ball]] = {
    ExactNormal: lambda law, s: s * s / 2,
    ExactLaplace: lambda law, s: -(1 - s * s).log(),
    ExactLogistic: lambda law, s: (1 - s).lgamma() + (1 + s).lgamma(),
    ExactExponential: lambda law, s: -(1 - s).log(),
}


@dataclass(frozen=True)
class ExactExp(ExactLaw):
    """The law of e^Z."""

    base: ExactLaw
    location = Fraction(0)
    scale = Fraction(1)

    @property
    def low(self) -> Fraction:  # type: ignore[override]
        return Fraction(0) if self.base.low is None else Fraction(1)  # a base on a half-line begins at 0

    @property
    def breaks(self) -> tuple[Fraction, ...]:
        return (Fraction(0), *(Fraction(1) for _ in self.base.breaks))

    def lives_at(self, x: Fraction) -> bool:
        return x > self.low

    def log_density(self, place: Place) -> Complex | Ball:
        z = place.log_beyond(Fraction(0))
        # a kink or an end of the base lies at z = 0, and the piece on one side of it
        inside = Fraction(1) if place.inside > 1 else Fraction(-1)
        side, offset = (1, z) if inside > 0 else (-1, -z)
        return self.base.log_density(Place(Fraction(0), side, offset, None, inside, place.analytic)) - z

    def is_singular_at(self, end: Fraction) -> bool:
        return end == 0

    def index(self, end: Fraction | None) -> Fraction:
        light = isinstance(self.base, ExactNormal)
        return INFINITE if light else 1 / self.base.scale

    @property
    def power(self) -> Fraction:
        return Fraction(0)  # a power of log x, which every tail has a moment of

    def moment(self, nu: Fraction) -> Ball:
        n = ball(nu)
        return (n * ball(self.base.location) + _LOG_MGF[type(self.base)](self.base, n * ball(self.base.scale))).exp()

    def inverse_moment(self, end: Fraction, nu: Fraction) -> Ball:
        return self.moment(-nu)

    def growth(self, end: Fraction | None) -> Growth:
        """−log f = −log f_Z(log x) + log x, with log x ≤ x^κ/κ and (a + b)^m ≤ 2^m (a^m + b^m)."""
        own, kappa = self.base.growth(None), min(_FINEST, self.index(end) / 16)
        scale, away = ball(self.base.scale), ball(abs(self.base.location))
        constant = abs(own.constant).upper() + abs(own.top).upper()
        terms = [(arb(1), Fraction(0))]
        for factor, power in own.terms:
            m, k = (ball(power), power) if power else (arb(1), Fraction(1))  # log u ≤ u
            constant += factor * (2 * away / scale + 2) ** m
            terms.append((factor * (2 / (scale * ball(kappa))) ** m, k * kappa))
        return Growth(constant, tuple(terms), constant)


def exponential_image(law: ExactLaw) -> ExactLaw:
    """The law of e^Z.

    Raises
    ------
    DomainError
        If Z has a kink or an end that is not 0, whose exponential would be no exact number.
    """
    if isinstance(law, ExactMixture):
        return ExactMixture(tuple(exponential_image(part) for part in law.components), law.weights)
    if type(law) not in _LOG_MGF or any(law.breaks):
        raise DomainError(
            f"exp of {law} is not enclosed; z may be normal or logistic, or Laplace or exponential at location 0."
        )
    return ExactExp(law)


def affine_image(law: ExactLaw, slope: Fraction, shift: Fraction) -> ExactLaw:
    """The law of slope · Z + shift.

    Raises
    ------
    DomainError
        If the slope is 0, or turns a law of a half-line round.
    """
    if isinstance(law, ExactMixture):
        return ExactMixture(tuple(affine_image(part, slope, shift) for part in law.components), law.weights)
    if isinstance(law, ExactExp) or not slope:
        raise DomainError(f"{slope}·z + {shift} of {law} is not enclosed; an affine map of an elementary law is.")
    moved = replace(law, location=slope * law.location + shift, scale=abs(slope) * law.scale)  # type: ignore[type-var]
    if slope > 0 or isinstance(law, (ExactNormal, ExactLaplace, ExactLogistic, ExactStudentT)):
        return moved
    if isinstance(law, ExactUniform):
        return replace(moved, location=moved.location - moved.scale)
    if isinstance(law, ExactBeta):
        return ExactBeta(moved.location - moved.scale, moved.scale, law.b, law.a)
    raise DomainError(f"{slope}·z + {shift} of {law} is not enclosed: it lives on the other half-line.")
