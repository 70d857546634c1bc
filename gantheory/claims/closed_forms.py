"""Closed forms of the families' divergences, to meet the integrals in the claims."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from gantheory.densities import Beta, Cauchy, Exponential, Gamma, Laplace, Logistic, Normal, Uniform, Weibull
from gantheory.estimate import Estimate

__all__ = ["cauchy_chi", "cauchy_game", "kl_closed_form"]

_EPS = float(np.finfo(float).eps)


def kl_closed_form(p: Any, q: Any, *, exchanged: bool = False) -> Estimate | None:
    """KL(p‖q) of two laws of one family; None where none is known. `exchanged`, a counterfeit, has σ² for σ."""
    p, q = _as_wide_family(p, q), _as_wide_family(q, p)
    if type(p) is not type(q) or type(p) not in _FORMS:
        return None
    form = _FORMS[type(p)]
    terms = form(_squared(p), _squared(q)) if exchanged else form(p, q)
    if terms is None:
        return None
    # each term is right to some eps of its own; the sum may cancel
    return Estimate(math.fsum(terms), 64 * _EPS * sum(map(abs, terms)))


def _squared(law: Any) -> Any:
    return Normal(law.mu, law.sigma**2) if isinstance(law, Normal) else law


def _as_wide_family(law: Any, other: Any) -> Any:
    """An exponential law is a gamma one, and the uniform one on [0, 1] a beta one, where that pairs the two."""
    if isinstance(law, Exponential) and isinstance(other, Gamma):
        return Gamma(1.0, law.scale, law.loc)
    if isinstance(law, Uniform) and isinstance(other, Beta):
        return Beta(1.0, 1.0, law.a, law.b - law.a)
    return law


def _normal(p: Normal, q: Normal) -> tuple[float, ...]:
    ratio, shift = p.sigma / q.sigma, (p.mu - q.mu) / q.sigma
    return -math.log(ratio), 0.5 * (ratio - 1) * (ratio + 1), 0.5 * shift * shift


def _laplace(p: Laplace, q: Laplace) -> tuple[float, ...]:
    ratio, shift = p.scale / q.scale, abs(p.loc - q.loc)
    return -math.log(ratio), ratio * math.exp(-shift / p.scale), shift / q.scale, -1.0


def _logistic(p: Logistic, q: Logistic) -> tuple[float, ...] | None:
    if p.scale != q.scale:
        return None
    d = abs(p.loc - q.loc) / p.scale
    return (0.0,) if d == 0 else (d / math.tanh(d / 2), -2.0)


def _exponential(p: Exponential, q: Exponential) -> tuple[float, ...] | None:
    if p.loc != q.loc:
        return None
    ratio = p.scale / q.scale
    return -math.log(ratio), ratio, -1.0


def _gamma(p: Gamma, q: Gamma) -> tuple[float, ...] | None:
    if p.loc != q.loc:
        return None
    digamma, ratio = float(special.digamma(p.shape)), p.scale / q.scale
    logs = (float(special.gammaln(q.shape)), -float(special.gammaln(p.shape)), -q.shape * math.log(ratio))
    return (p.shape - q.shape) * digamma, *logs, p.shape * ratio, -p.shape


def _beta(p: Beta, q: Beta) -> tuple[float, ...] | None:
    if (p.loc, p.scale) != (q.loc, q.scale):
        return None
    logs = (float(special.betaln(q.a, q.b)), -float(special.betaln(p.a, p.b)))
    a, b, total = (float(special.digamma(v)) for v in (p.a, p.b, p.a + p.b))
    return *logs, (p.a - q.a) * a, (p.b - q.b) * b, (q.a - p.a + q.b - p.b) * total


def _weibull(p: Weibull, q: Weibull) -> tuple[float, ...] | None:
    if p.loc != q.loc:
        return None
    k, j, ratio = p.shape, q.shape, p.scale / q.scale
    logs = (math.log(k), -math.log(j), -j * math.log(ratio))
    moment = ratio**j * math.exp(float(special.gammaln(1 + j / k)))
    return *logs, -np.euler_gamma * (k - j) / k, moment, -1.0


def _uniform(p: Uniform, q: Uniform) -> tuple[float, ...] | None:
    nested = q.a <= p.a and p.b <= q.b
    return (math.log((q.b - q.a) / (p.b - p.a)),) if nested else None


def _cauchy(p: Cauchy, q: Cauchy) -> tuple[float, ...]:
    return (math.log1p(cauchy_chi(p, q) / 2),)


_FORMS: dict[type, Any] = {
    Normal: _normal,
    Laplace: _laplace,
    Logistic: _logistic,
    Exponential: _exponential,
    Gamma: _gamma,
    Beta: _beta,
    Weibull: _weibull,
    Uniform: _uniform,
    Cauchy: _cauchy,
}


def cauchy_chi(p: Cauchy, q: Cauchy) -> float:
    """The maximal invariant of two Cauchy laws (Nielsen and Okamura)."""
    return ((p.loc - q.loc) ** 2 + (p.scale - q.scale) ** 2) / (2 * p.scale * q.scale)


def cauchy_game(chi: float) -> tuple[Estimate, Estimate, Estimate, Estimate]:
    """KL (both ways), TV, JSD and C(G) of two Cauchy laws, from their invariant alone."""
    kl = math.log1p(chi / 2)
    tv = 2 / math.pi * math.atan(math.sqrt(chi / 2))
    jsd = math.log(2 * math.sqrt(2 + chi) / (math.sqrt(2 + chi) + math.sqrt(2)))
    c = 2 * math.log(math.sqrt(2 + chi) / (math.sqrt(2 + chi) + math.sqrt(2)))
    return tuple(Estimate(value, 32 * _EPS * (1 + abs(value))) for value in (kl, tv, jsd, c))  # type: ignore[return-value]
