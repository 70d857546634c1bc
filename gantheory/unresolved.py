r"""What is said of a p_g that is not resolved: guesses, each with an error that holds whatever the laws are.

.. math:: -\log 4 \le C(G) \le 0, \qquad 0 \le 2\,JSD \le \log 4, \qquad V(G, D) \le C(G)

A network that diverges turns faster than panels follow at a reasonable cost, and a run is not to stand still for it.
The guesses are of the masses that quantiles of both laws put into cells. Those of V and of the gap have the error inf.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from scipy import special

from gantheory.discriminator import Discriminator, log_sigmoid
from gantheory.ensemble import Ensemble
from gantheory.estimate import Estimate
from gantheory.panels import EPS

__all__ = ["guessed_cdf", "guesses", "in_range", "may_be_followed", "unknown"]

LOG_4 = math.log(4.0)
_DRAWN = 4096  # quantiles of each law
_PER_CELL = 64
_MOST_TURNS = 64  # the time of an exact law goes with their square: at 64 it is seconds
_TOLD = 1e-9  # of |G|, the range of its middle half below which differences tell no slope


class _Range(NamedTuple):
    """Where a quantity lies, whatever the laws are."""

    low: float
    high: float


_RANGES = {
    "criterion": _Range(-LOG_4, 0.0),
    "excess": _Range(0.0, LOG_4),
    "halfway": _Range(0.0, 1.5 * math.log(4.0 / 3.0)),  # of laws that live apart
    "total_variation": _Range(0.0, 1.0),
    "coverage": _Range(0.0, 1.0),
    "price": _Range(0.0, LOG_4),
    "value": _Range(-math.inf, 0.0),
    "gap": _Range(0.0, math.inf),
    "discriminator_error": _Range(0.0, 1.0),
}


def unknown(name: str) -> Estimate:
    """A measurement of which nothing is known: the middle of its range."""
    low, high = _RANGES[name]
    return _within(name, 0.5 * (low + high) if math.isfinite(low + high) else 0.0)


def _within(name: str, guess: float) -> Estimate:
    low, high = _RANGES[name]
    guess = min(max(guess, low), high)
    return Estimate(guess, max(guess - low, high - guess), "estimate")


def in_range(name: str, found: Estimate) -> Estimate:
    """A measurement where it can lie: nearer to the exact value, and off by no more than the range is wide.

    Examples
    --------
    >>> print(in_range("total_variation", Estimate(1.3, 1e9)))
    1.0 ± 1.0
    """
    if name not in _RANGES:
        return found
    low, high = _RANGES[name]
    value = np.clip(found.value, low, high)
    with np.errstate(invalid="ignore"):  # inf − inf, where the value is an end of an unbounded range
        widest = np.fmax(value - low, high - value)
    return Estimate(value, np.fmin(found.error, np.where(np.isnan(widest), np.inf, widest)), found.basis)


def guesses(p_data: Any, laws: Ensemble, D: Discriminator | None = None) -> dict[str, Estimate]:
    """The measurements of the one member of an ensemble, and of a discriminator beside it.

    Examples
    --------
    >>> from gantheory.densities import Normal
    >>> print(guesses(Normal(0, 1), Ensemble(["sin(1e9*z)"]))["excess"])
    0.3 ± 1.1
    """
    x, y = p_data.ppf(_levels()), _quantiles_through(laws)
    edges = np.unique(x[_PER_CELL // 2 :: _PER_CELL])
    p, q = (np.bincount(np.searchsorted(edges, at), minlength=len(edges) + 1) / _DRAWN for at in (x, y))
    half = 0.5 * (p + q)
    found = {
        "criterion": _sum_of_entropies(p, q, p + q),
        "excess": _sum_of_entropies(p, q, half),
        "halfway": _sum_of_entropies(p, half, 0.5 * (p + half)),
        "total_variation": 0.5 * float(np.abs(p - q).sum()),
        "coverage": float(p[q >= 0.1 * p].sum()),
        "price": 0.0,
    }
    if D is not None:
        real, fake = (np.clip(D.logit(at), -1e3, 1e3) for at in (x, y))
        found["value"] = float(log_sigmoid(real).mean() + log_sigmoid(-fake).mean())
        found["gap"] = found["criterion"] - found["value"]
        found["discriminator_error"] = 0.5
    return {name: _within(name, guess) for name, guess in found.items()}


def may_be_followed(laws: Ensemble) -> bool:
    """Whether the exact law of the one member comes in seconds, as far as G at its quantiles says.

    Examples
    --------
    >>> may_be_followed(Ensemble(["abs(z)"])), may_be_followed(Ensemble(["sin(1e9*z)"]))
    (True, False)
    """
    if laws.generators[0].pieces is not None:
        return True
    x = _quantiles_through(laws)
    size = float(np.abs(x).max())
    moves = np.diff(x)
    moves = moves[np.abs(moves) > 8 * EPS * size]  # others are the rounding of G
    turns = int(np.count_nonzero(np.diff(np.sign(moves))))
    middle = x[_DRAWN // 4 : -_DRAWN // 4]
    lost = 0 < float(np.ptp(middle)) <= _TOLD * float(np.abs(middle).max())
    lost = lost and laws.generators[0].differentiation == "differences"
    return not lost and turns <= _MOST_TURNS


def guessed_cdf(laws: Ensemble, edges: np.ndarray) -> np.ndarray:
    """P(G(z) <= edges) of the one member of an ensemble, as the share of the quantiles."""
    return np.searchsorted(np.sort(_quantiles_through(laws)), edges, side="right") / _DRAWN


def _levels() -> np.ndarray:
    return (np.arange(_DRAWN) + 0.5) / _DRAWN


def _quantiles_through(laws: Ensemble) -> np.ndarray:
    """G at evenly spaced quantiles of the prior."""
    return laws.generators[0](laws.prior.ppf(_levels()))


def _sum_of_entropies(p: np.ndarray, q: np.ndarray, m: np.ndarray) -> float:
    """Σ p log(p/m) + q log(q/m)."""
    return float((special.rel_entr(p, m) + special.rel_entr(q, m)).sum())
