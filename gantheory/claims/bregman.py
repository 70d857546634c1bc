r"""C between two mixtures of p_data and p_g, by expectations of functions of r: the second routes of Proposition 2.

.. math:: C(q') - C(q) - \int g\,(q' - q) = KL(q'\|q) - 2\,KL(m'\|m), \qquad g = \log(1 - D^*_q)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from gantheory.claims.routes import LOG_4, Integrands, mean
from gantheory.divergences import js_divergence, kl_divergence
from gantheory.estimate import Estimate
from gantheory.game import criterion
from gantheory.latent import is_latent
from gantheory.ratio import At

__all__ = [
    "between",
    "certificate",
    "criterion_at",
    "curvature",
    "derivative_along",
    "excess_at",
    "gradient_along",
    "law_at",
    "moments",
    "relative_entropy",
    "right_side",
]

Array = Any


def law_at(case: Any, share: float) -> Any:
    """q = share · p + (1 − share) · p_g."""
    if share == 0.0 or case.is_equal:
        return case.p_g
    return case.remembered(("law at", share), lambda: case.mixture(share))


def criterion_at(case: Any, share: float) -> Estimate:
    law = law_at(case, share)
    return case.remembered(("criterion at", share), lambda: case.on(criterion, case.p_data, law))


def excess_at(case: Any, share: float) -> Estimate:
    """2·JSD, by the divergence."""
    law = law_at(case, share)
    return case.remembered(("excess at", share), lambda: 2.0 * case.on(js_divergence, case.p_data, law))


def relative_entropy(case: Any, later: float, earlier: float) -> Estimate:
    """KL(q'‖q); of laws of G(z), which may have poles, as a mean of a function of r."""
    if case.is_grid or not any(is_latent(law) for law in (case.p_data, case.p_g)):
        laws = law_at(case, later), law_at(case, earlier)
        return case.remembered(("KL", later, earlier), lambda: case.on(kl_divergence, *laws))

    def terms(at: At) -> Integrands:
        (here, slope), (there, steep) = _ratio_to(at.r, earlier), _ratio_to(at.r, later)
        far = np.log(earlier / later) if earlier > 0 else np.inf
        ratio = np.where(np.isposinf(at.r), -far, np.where(np.isneginf(at.r), _off_p(later, earlier), here - there))
        return Integrands(later * ratio, (1.0 - later) * ratio, later * abs(slope - steep), abs(slope - steep))

    return case.remembered(("KL", later, earlier), lambda: mean(case, terms))


def _off_p(later: float, earlier: float) -> float:
    """log q' − log q where p vanishes."""
    return math.log1p(-later) - math.log1p(-earlier)


def _ratio_to(r: Array, share: float) -> tuple[Array, Array]:
    """log p − log q, q = share · p + (1 − share) · p_g, and how fast it moves with r."""
    if share == 0.0:
        return r, np.ones(np.shape(r))
    with np.errstate(over="ignore"):
        here = -np.logaddexp(math.log(share), math.log1p(-share) - r)
    slope = (1.0 - share) / (1.0 - share + share * np.exp(np.minimum(r, 700.0)))
    return here, slope


def gradient_along(case: Any, share: float, *, wrong: bool = False) -> Estimate:
    """∫ g (p − p_g), g = log(1 − D*) at q; with log D* for g where it is to be wrong."""

    def terms(at: At) -> Integrands:
        here, slope = _ratio_to(at.r, share)
        g = -np.logaddexp(0.0, -here) if wrong else -np.logaddexp(0.0, here)
        steep = slope * special.expit(-here if wrong else here)
        return Integrands(g, -g, steep, steep)

    return case.remembered(("gradient", share, wrong), lambda: mean(case, terms))


def between(case: Any, earlier: float, later: float) -> Estimate:
    """C(q') − C(q) − ∫ g (q' − q), of shares: q' − q is (later − earlier)(p − p_g)."""
    rise = criterion_at(case, later) - criterion_at(case, earlier)
    return rise - (later - earlier) * gradient_along(case, earlier)


def right_side(case: Any, earlier: float, later: float, *, factor: float = 2.0) -> Estimate:
    """KL(q'‖q) − 2·KL(m'‖m), m = (p + q)/2 and m' = (p + q')/2."""
    of_means = relative_entropy(case, 0.5 + 0.5 * later, 0.5 + 0.5 * earlier)
    return relative_entropy(case, later, earlier) - factor * of_means


def certificate(case: Any, share: float) -> Estimate:
    """∫ (q − p) log(1 − D*_q) − [C(q) + log 4] >= 0, q − p being (1 − share)(p_g − p)."""
    return -(1.0 - share) * gradient_along(case, share) - (criterion_at(case, share) + LOG_4)


# -- derivatives at m = (p + p_g)/2, along h = p − p_g ----------------------------------------


def moments(case: Any) -> tuple[Estimate, Estimate]:
    """E_m|δ|³ and E_m[δ⁴], δ = tanh(r/2), |δ| being |h|/(2m)."""

    def power(k: int) -> Estimate:
        def terms(at: At) -> Integrands:
            delta = np.abs(np.tanh(0.5 * at.r))
            slope = 0.25 * k * delta ** (k - 1) * (1.0 - delta * delta)
            return Integrands(0.5 * delta**k, 0.5 * delta**k, slope, slope)

        return mean(case, terms, of_ratio=True)

    return case.remembered("moments of delta", lambda: (power(3), power(4)))


def derivative_along(case: Any, step: float) -> tuple[Estimate, Estimate]:
    """The first two derivatives of ε ↦ C(m + εh) at 0, by differences."""
    up, here, down = (criterion_at(case, 0.5 + k * step) for k in (1, 0, -1))
    return (up - down) * (0.5 / step), (up + down - 2.0 * here) * (1.0 / step**2)


def curvature(case: Any, *, with_p: bool = True) -> Estimate:
    """∫ h² p/(q (p + q)) at q = m: 4δ²(1 + δ)/(2 + δ) under m; without the p, divided by the density of p."""

    def terms(at: At) -> Integrands:
        delta = np.tanh(0.5 * at.r)
        value = 2.0 * delta * delta * (1.0 + delta) / (2.0 + delta)
        if not with_p:
            value = value / np.exp(at.log_p)
        slope = 4.0 * np.abs(delta) * (1.0 - delta * delta)
        return Integrands(value, value, slope, slope)

    return mean(case, terms)
