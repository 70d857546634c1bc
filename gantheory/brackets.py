r"""The Jensen–Shannon divergence between two sides, from the exact masses of cells.

Telling which cell x fell into is a map, so that by data processing the JSD of the masses is a lower bound, whatever the
densities do inside the cells: poles, folds and spikes that no rule resolves included. It rises as cells are divided.
The other side needs the densities: within a cell the integrand :math:`m\,\varphi(\delta)` is at most what the chord of
the convex :math:`\varphi` over the range of :math:`\delta` gives at its mean :math:`(P - Q)/(P + Q)`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from gantheory.densities.conversion import as_density
from gantheory.errors import DomainError
from gantheory.estimate import Basis, Estimate
from gantheory.panels import EPS, NODES, Points, real_array
from gantheory.ratio import log_ratio_at

__all__ = ["CDF_ERROR", "js_divergence_bracket", "masses_between"]

Array = Any
_LOG_2 = math.log(2.0)
CDF_ERROR = 32 * EPS  # relative, of the smaller tail; the families' cdfs are right to a few eps


def js_divergence_bracket(p: Any, q: Any, /, *, cells: int | Array = 256) -> tuple[Estimate, Estimate]:
    r"""A lower and an upper side of the Jensen–Shannon divergence, from the masses of cells.

    .. math:: \sum_i JSD(P_i, Q_i) \;\le\; JSD(p\|q) \;\le\; \sum_i \frac{P_i + Q_i}{2}\,\bar\varphi_i

    with :math:`\bar\varphi_i` the chord of :math:`\varphi` over the range of :math:`\delta = \tanh(r/2)` in the cell.

    Parameters
    ----------
    p, q : Density or anything `as_density` accepts
    cells : int or array, default 256
        How many, between quantiles of both laws; or their ends, increasing.

    Returns
    -------
    lower, upper : Estimate
        In nats. The lower side holds whatever the densities are, as far as the cdfs are right. The upper side is an
        "estimate": the range of r in a cell is read off 33 points, and widened by a tenth.

    Raises
    ------
    DomainError
        If there are no cells, or their ends are not increasing.

    Examples
    --------
    >>> lower, upper = js_divergence_bracket("norm(0, 1)", "norm(1, 1.5)", cells=64)
    >>> print(f"{lower.value:.5f} {upper.value:.5f}")
    0.09851 0.11922
    >>> from gantheory.divergences import js_divergence
    >>> lower.lower <= js_divergence("norm(0, 1)", "norm(1, 1.5)").value <= upper.upper
    True
    """
    p, q = as_density(p), as_density(q)
    ends = _ends(p, q, cells)
    (P, p_error), (Q, q_error) = masses_between(p, ends), masses_between(q, ends)
    basis: Basis = "estimate" if "estimate" in (p.basis, q.basis) else "bound"
    # a mass that is off by e moves the sum by at most (e/2) log(2 (P + Q)/P): log 2 and the rounding of a logarithm
    rounding = float(np.sum((p_error + q_error) * 40.0)) + 4 * EPS
    lower = Estimate(math.fsum(_js_of_masses(P, Q)), rounding, basis)
    upper = math.fsum(0.5 * (P + Q) * _chords(p, q, ends, P, Q))
    return lower, Estimate(min(upper, _LOG_2), rounding, "estimate")


def _ends(p: Any, q: Any, cells: int | Array) -> np.ndarray:
    if isinstance(cells, (int, np.integer)):
        if cells < 1 or isinstance(cells, bool):
            raise DomainError(f"cells is {cells!r}; it must be at least 1, or the ends of the cells.")
        u = np.arange(1, int(cells) // 2 + 1) / (int(cells) // 2 + 1)
        ends = np.concatenate([np.ravel(law.ppf(u)) for law in (p, q)])
        return np.unique(ends[np.isfinite(ends)])
    try:
        ends = real_array(cells)
    except (TypeError, ValueError):
        ends = np.empty(0)
    if ends.ndim != 1 or not ends.size or not np.isfinite(ends).all() or not (np.diff(ends) > 0).all():
        raise DomainError(f"cells is {cells!r}; it must be a number of them, or their ends, finite and increasing.")
    return ends


def masses_between(law: Any, ends: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of (-inf, e0], (e0, e1], …, from the smaller of the two tails, and their rounding."""
    below = np.concatenate([[0.0], np.ravel(law.cdf(ends)), [1.0]])
    above = np.concatenate([[1.0], np.ravel(law.sf(ends)), [0.0]])
    left = below[1:] < above[:-1]
    mass = np.where(left, np.diff(below), -np.diff(above))
    return np.maximum(mass, 0.0), CDF_ERROR * np.where(left, below[1:], above[:-1])


def _js_of_masses(P: np.ndarray, Q: np.ndarray) -> np.ndarray:
    M = 0.5 * (P + Q)
    return 0.5 * (special.rel_entr(P, M) + special.rel_entr(Q, M))


def _phi(delta: np.ndarray) -> np.ndarray:
    return -0.5 * (special.entr(1.0 + delta) + special.entr(1.0 - delta))


def _chords(p: Any, q: Any, ends: np.ndarray, P: np.ndarray, Q: np.ndarray) -> np.ndarray:
    """The chord of phi over the range of delta in each cell, at the mean of delta there; log 2 where atoms may be."""
    inside = 0.5 * (ends[1:] + ends[:-1])[:, None] + 0.5 * np.diff(ends)[:, None] * np.append(NODES, [-1.0, 1.0])
    with np.errstate(all="ignore"):
        delta = np.tanh(0.5 * log_ratio_at(p, q)(Points.at(inside))[0])
        mean = np.where(P + Q > 0, (P - Q) / (P + Q), 0.0)
    low, high = delta.min(axis=1), delta.max(axis=1)
    wide = 0.1 * (high - low)
    # nothing bounds delta in the outermost cells, nor beside an atom, which belongs to one cell or the other
    low, high = (np.concatenate([[-s], end, [-s]]) for s, end in ((1.0, low - wide), (-1.0, high + wide)))
    for atom in np.union1d(p.atoms()[0], q.atoms()[0]):
        held = np.append(ends >= atom, True) & np.append(True, ends < atom)
        low[held], high[held] = -1.0, 1.0
    low, high = np.clip(np.minimum(low, mean), -1.0, 1.0), np.clip(np.maximum(high, mean), -1.0, 1.0)
    share = np.where(high > low, (mean - low) / np.where(high > low, high - low, 1.0), 0.0)
    return (1.0 - share) * _phi(low) + share * _phi(high)
