"""A small library of divergences as a reader might write it, and the slips that readers make, planted in it.

Every functional is an expectation at quantiles x = F⁻¹(u), which finds a narrow component, an atom and a heavy tail
where a grid in x does not. Its numbers are right to 2 % or so: the slips are larger.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.spatial.distance import jensenshannon

from gantheory import Normal

Array = Any

_TAIL = np.logspace(-15, -3, 120)
_EDGES = np.unique(np.concatenate([[0.0], _TAIL, np.linspace(0.002, 0.998, 499), 1 - _TAIL, [1.0]]))
_U = np.minimum(0.5 * (_EDGES[1:] + _EDGES[:-1]), np.nextafter(1.0, 0.0))
_WEIGHTS = np.diff(_EDGES)
_LOG_2 = np.log(2.0)


def log_pdf(law: Any, x: Array) -> Array:
    """The log-density, with this library's own Gaussian."""
    if isinstance(law, Normal):
        return -(((x - law.mu) / law.sigma) ** 2) / 2 - np.log(law.sigma * np.sqrt(2 * np.pi))
    return law.logpdf(x)


def log_ratio(p: Any, q: Any, x: Array, log_pdf: Callable[[Any, Array], Array] = log_pdf) -> Array:
    """log dp/dq at points where p or q has mass: of masses where one has an atom, of densities elsewhere."""
    at_p, at_q = p.log_masses_at(x), q.log_masses_at(x)
    atomic = np.isfinite(at_p) | np.isfinite(at_q)
    with np.errstate(all="ignore"):
        above = log_pdf(p, x)
        found = np.where(atomic, at_p - at_q, above - log_pdf(q, x))
    on_a_pole = np.isposinf(above) & ~atomic  # nearer to it than floats are to each other
    return np.where(np.isnan(found) | on_a_pole, 0.0, found)


def mean(law: Any, h: Callable[[Array], Array], within: float = np.inf) -> float:
    """The expectation of h."""
    x = law.ppf(_U)
    with np.errstate(all="ignore"):
        return float((h(x) * _WEIGHTS)[np.abs(x) <= within].sum())


def kl(p: Any, q: Any) -> float:
    return mean(p, lambda x: log_ratio(p, q, x))


def js(p: Any, q: Any, ratio: Callable[..., Array] = log_ratio, within: float = np.inf) -> float:
    over_p = mean(p, lambda x: _LOG_2 - np.logaddexp(0.0, -ratio(p, q, x)), within)
    over_q = mean(q, lambda x: _LOG_2 - np.logaddexp(0.0, -ratio(q, p, x)), within)
    return (over_p + over_q) / 2


def total_variation(p: Any, q: Any) -> float:
    return mean(p, lambda x: np.maximum(0.0, -np.expm1(-log_ratio(p, q, x))))


def criterion(p: Any, q: Any, label: float = 1.0) -> float:
    """max over D of E_p[label·log D + (1 − label)·log(1 − D)] + E_q[log(1 − D)]."""

    def D(r: Array) -> Array:
        return label / (1.0 + np.exp(-r))

    rest = 1.0 - label

    def real(x: Array) -> Array:
        best = D(log_ratio(p, q, x))
        return label * np.log(best) + (rest * np.log1p(-best) if rest else 0.0)

    return mean(p, real) + mean(q, lambda x: np.log1p(-D(-log_ratio(q, p, x))))


def js_of_vectors(p: Array, q: Array) -> float:
    return jensenshannon(p, q) ** 2


CONJUGATES = {
    "kl": "exp(t - 1)",
    "reverse-kl": "-1 - log(-t)",
    "pearson": "t**2/4 + t",
    "squared-hellinger": "t/(1 - t)",
    "jensen-shannon": "-log(2 - exp(t))",
}

# -- the slips ---------------------------------------------------------------------------------------------------------


def gaussian_without_its_2(p: Any, q: Any) -> float:
    def log_pdf_(law: Any, x: Array) -> Array:
        return -(((x - law.mu) / law.sigma) ** 2) - np.log(law.sigma) if isinstance(law, Normal) else law.logpdf(x)

    return js(p, q, lambda a, b, x: log_ratio(a, b, x, log_pdf_))


def js_as_its_square_root(p: Any, q: Any) -> float:
    return np.sqrt(max(js(p, q), 0.0))


def js_in_bits(p: Any, q: Any) -> float:
    return js(p, q) / _LOG_2


def kl_in_the_wrong_order(p: Any, q: Any) -> float:
    return kl(q, p)


def smoothed_label(p: Any, q: Any) -> float:
    return criterion(p, q, label=0.95)


def kl_nan_where_q_is_0(p: Any, q: Any) -> float:
    """The integrand as it is written, p·log(p/q), on a grid of x."""
    x = np.linspace(-30.0, 30.0, 6001)
    with np.errstate(all="ignore"):
        a, b = p.pdf(x), q.pdf(x)
        return float((a * np.log(a / b)).sum() * (x[1] - x[0]))


def kl_of_logs_with_a_floor(p: Any, q: Any) -> float:
    return mean(p, lambda x: np.log(p.pdf(x) + 1e-12) - np.log(q.pdf(x) + 1e-12))


def js_of_clipped_densities(p: Any, q: Any) -> float:
    def ratio(a: Any, b: Any, x: Array) -> Array:
        return np.log(np.clip(a.pdf(x), 1e-12, 1.0)) - np.log(np.clip(b.pdf(x), 1e-12, 1.0))

    return js(p, q, ratio)


def js_of_densities_cut_at_5(p: Any, q: Any) -> float:
    return js(p, q, within=5.0)


def total_variation_without_its_half(p: Any, q: Any) -> float:
    return total_variation(p, q) + total_variation(q, p)


def js_without_atoms(p: Any, q: Any) -> float:
    return js(p, q, lambda a, b, x: np.nan_to_num(log_pdf(a, x) - log_pdf(b, x), nan=0.0))


def js_of_vectors_as_its_square_root(p: Array, q: Array) -> float:
    return jensenshannon(p, q)


def js_of_vectors_in_bits(p: Array, q: Array) -> float:
    return jensenshannon(p, q, base=2) ** 2


CONJUGATES_WITH_A_LOST_TERM = {
    "pearson": "t**2/2 + t",
    "jensen-shannon": "-log(1 - exp(t))",
}
