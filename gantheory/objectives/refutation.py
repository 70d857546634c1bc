"""What is wrong with a claim about an objective: the simplest u = p/q at which it fails, and by how much.

A claimed f or D* is compared with the supremum at u; a claimed conjugate g by its own envelope, g*(u) = sup ut − g(t):
if g is f* then g* is f again, so that a wrong conjugate shows itself at some finite u, often but not always 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.errors import DomainError
from gantheory.objectives.envelope import Envelope

__all__ = ["Counterexample", "biconjugate", "conjugate_of", "counterexample"]

Array = Any
#: The ratios that are tried, the simplest first.
RATIOS = np.array([1.0, 2.0, 0.5, 3.0, 1 / 3, 10.0, 0.1, 1.5, 0.75, 40.0, 0.025])
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Counterexample:
    """Where a claim fails.

    Attributes
    ----------
    what : str
        "f", "D_star", "conjugate" or "optimum".
    u : float
    claimed, found : float
        Finite: what the claim makes of u, and what is so.
    at_least : bool
        Whether what the claim makes of u is larger still, or infinite.
    """

    what: str
    u: float
    claimed: float
    found: float
    at_least: bool = False

    def __str__(self) -> str:
        left = {"conjugate": "f**(u)", "f": "f(u)", "D_star": "D*(u)", "optimum": "f(1)"}[self.what]
        would_be = "would be at least" if self.at_least else "would be"
        return f"at u = {self.u:.4g}: {left} {would_be} {self.claimed:.8g}, and is {self.found:.8g}"


def biconjugate(conjugate: Callable[[Array], Array], low: float, high: float) -> Callable[[Array], Array]:
    """g*(u) = sup over t in (low, high) of u·t − g(t); where g is no number it counts as ∞.

    Examples
    --------
    >>> import math
    >>> back = biconjugate(lambda t: t * t / 4 + t, -2.0, math.inf)
    >>> back(np.array([0.5, 3.0])).round(12).tolist()      # (u − 1)²
    [0.25, 4.0]
    """

    def fallen(t: Array) -> Array:
        values = np.asarray(conjugate(t), dtype=float)
        return np.where(np.isnan(values), -np.inf, -values)

    envelope = Envelope(lambda t: np.asarray(t, dtype=float), fallen, low, high, meaningful=False)
    if not len(envelope.places):
        raise DomainError(
            f"conjugate is no number anywhere in ({low:g}, {high:g}), where f has its slopes; give f*(t), the supremum "
            "of u·t − f(u), as text in t or as a function of an array."
        )
    return lambda u: envelope.sharply(u)[0]


def conjugate_of(f: Callable[[Array], tuple[Array, Array]], t: Array) -> tuple[np.ndarray, np.ndarray]:
    """f*(t) = sup over 0 < u < 10⁶ of u·t − f(u), and how far it may be off, for an f that gives its own error.

    Examples
    --------
    >>> found, error = conjugate_of(lambda u: ((u - 1.0) ** 2, 0.0 * u), np.array([-1.0, 2.0]))
    >>> found.round(9).tolist(), bool(error.max() < 1e-9)             # t²/4 + t
    ([-0.75, 3.0], True)
    """
    t = np.asarray(t, dtype=float)
    start = float(t.min()) - 1.0  # the envelope is one for positive multiples: u·(t − start) + (u·start − f(u))
    envelope = Envelope(lambda u: u, lambda u: u * start - f(u)[0], 0.0, 1e6, meaningful=False)
    found, best, unsure = envelope.sharply(t - start)
    return found, unsure + f(best)[1]


def counterexample(objective: Any, what: str, claimed: Any, ends: tuple[float, float] | None = None) -> Any:
    """The first u at which a claim about an objective fails, or None.

    Parameters
    ----------
    objective : Objective
    what : {"f", "D_star", "conjugate", "optimum"}
    claimed : str, expression or callable
        In u; of a conjugate in t; of the optimum a number.
    ends : (low, high), optional
        Of a conjugate: where it is claimed; the range of f′ unless given.
    """
    if what == "optimum":
        found, number = objective.optimum, _number(claimed)
        apart = abs(number - found.value) > found.error + _TOLERANCE
        return Counterexample(what, 1.0, number, float(found.value)) if apart else None
    function, unbounded = _function(what, claimed), np.zeros(RATIOS.shape, bool)
    truth, error = objective.f_at(RATIOS)
    if what == "conjugate":
        values = biconjugate(function, *(ends or objective.slopes))(RATIOS)
        seen = _seen_above(objective, function)  # of an infinite supremum, one finite value
        unbounded = ~(np.abs(values) < 1e100)  # where a supremum is infinite, a search may stop at a number
        values = np.where(unbounded, np.where(seen > truth, seen, np.nan), values)
    elif what == "f":
        values = function(RATIOS)
    elif what == "D_star":
        values, truth, error = function(RATIOS), objective.optimal_value(np.log(RATIOS)), 1e-7 + 0.0 * error
    else:
        raise DomainError(f"what = {what!r}; it must be 'f', 'D_star', 'conjugate' or 'optimum'.")
    values, truth = (np.asarray(v, dtype=float) + np.zeros(RATIOS.shape) for v in (values, truth))
    _refuse_no_number(what, values, truth)
    kinks = np.isin(RATIOS, objective.kinks) if what == "D_star" else np.zeros(RATIOS.shape, bool)
    finite = np.isfinite(values) & np.isfinite(truth) & ~kinks
    wrong = finite & (np.abs(values - truth) > error + _TOLERANCE * (1.0 + np.abs(truth)))
    if not wrong.any():
        return None
    i = int(np.flatnonzero(wrong)[0])
    return Counterexample(what, float(RATIOS[i]), float(values[i]), float(truth[i]), bool(unbounded[i]))


def _number(claimed: Any) -> float:
    try:
        number = float(claimed)
    except (TypeError, ValueError):
        number = math.nan
    if math.isfinite(number):
        return number
    raise DomainError(f"optimum is {claimed!r}; it must be a finite number, the least criterion that is claimed.")


def _refuse_no_number(what: str, values: np.ndarray, truth: np.ndarray) -> None:
    """Of a conjugate a nan says that it is infinite there; an f and a D* are numbers at every u."""
    lost = np.isnan(values) & np.isfinite(truth)
    if what != "conjugate" and lost.any():
        u = float(RATIOS[lost][0])
        raise DomainError(f"{what} is no number at u = {u:.4g}; it must be one for every u > 0: check its formula.")


def _seen_above(objective: Any, conjugate: Callable[[Array], Array]) -> np.ndarray:
    """The largest u·t − g(t) over the slopes of f at the ratios that are tried: by Young at most f(u)."""
    slopes = objective.losses_at(objective.optimal_value(np.log(RATIOS)))[0]
    with np.errstate(all="ignore"):
        found = np.outer(RATIOS, slopes) - np.asarray(conjugate(slopes), dtype=float)
    return np.max(np.where(np.isfinite(found), found, -np.inf), axis=1)


def _function(what: str, claimed: Any) -> Callable[[Array], Array]:
    if callable(claimed) and not hasattr(claimed, "free_symbols"):
        return claimed
    from gantheory.symbolic.evaluation import function_of
    from gantheory.symbolic.losses import SCORE, claimed_formula

    return function_of(claimed_formula(what, claimed, "t" if what == "conjugate" else "u"), SCORE)
