r"""Bounds of E[e^{tZ}], which bound the tails of the images of Z under exp, sinh, tanh and the logistic σ."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from flint import arb

from gantheory.certified.balls import Ball, ball
from gantheory.certified.laws import (
    INFINITE,
    ExactBeta,
    ExactExponential,
    ExactGamma,
    ExactLaplace,
    ExactLaw,
    ExactLogistic,
    ExactNormal,
    ExactUniform,
    ExactWeibull,
)
from gantheory.certified.reflections import ExactReflection

__all__ = ["exponential_moment", "exponential_order"]


def _of_weibull(law: ExactWeibull, s: Ball) -> Ball:
    """1 where s ≤ 0; else e^{su} is at most e^{s u₀} up to u₀ = (2s)^{1/(c − 1)} and e^{u^c/2} beyond, of mean 2."""
    if law.shape == 1:
        return -(1 - s).log()
    most = (2 * s) ** (1 / ball(law.shape - 1)) if s > 0 else arb(0)
    return arb(0) if s <= 0 else ((s * most).exp() + 2).log()


# an upper bound of log E[e^{su}] of the standard laws, of s below what `exponential_order` says
_LOG_MOMENT: dict[type, Callable[..., Ball]] = {
    ExactNormal: lambda law, s: s * s / 2,
    ExactLaplace: lambda law, s: -(1 - s * s).log(),
    ExactLogistic: lambda law, s: (1 - s).lgamma() + (1 + s).lgamma(),
    ExactExponential: lambda law, s: -(1 - s).log(),
    ExactGamma: lambda law, s: -ball(law.shape) * (1 - s).log(),
    ExactWeibull: _of_weibull,
    ExactUniform: lambda law, s: s.max(arb(0)),
    ExactBeta: lambda law, s: s.max(arb(0)),
}


def exponential_moment(law: ExactLaw, t: Fraction) -> Ball:
    """An upper bound of E[e^{tZ}]."""
    if isinstance(law, ExactReflection):
        return exponential_moment(law.base, -t)
    s = ball(t * law.scale)
    return (ball(t) * ball(law.location) + _LOG_MOMENT[type(law)](law, s)).exp()


def exponential_order(law: ExactLaw, side: int) -> Fraction:
    """E[e^{side · tZ}] is finite for t below it, and for none above."""
    if isinstance(law, ExactReflection):
        return exponential_order(law.base, -side)
    if type(law) not in _LOG_MOMENT:
        return Fraction(0)
    if isinstance(law, (ExactLaplace, ExactLogistic)):
        return 1 / law.scale
    if side > 0 and isinstance(law, (ExactExponential, ExactGamma)):
        return 1 / law.scale
    if side > 0 and isinstance(law, ExactWeibull) and law.shape <= 1:
        return 1 / law.scale if law.shape == 1 else Fraction(0)
    return INFINITE
