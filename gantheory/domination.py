"""Whether KL(p‖q) is infinite, by supports, atoms and tails, before anything is integrated."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.densities.protocol import Tail
from gantheory.errors import ConvergenceError
from gantheory.estimate import Estimate

__all__ = ["decidedly", "growth", "kl_is_infinite"]

Array = Any
_NO_POWER = 16.0
_SMALLEST_LOG, _MOST_SURPRISE = -690.0, 300.0  # log p, and log(-log q): the inverse of G is sought no further out
_STEPS = 1.25 ** np.arange(4.0, 60.0)
_STAYS, _FALLS = 1e-6, 3.0  # p·(-log q) as a power of |x|, of sign turned: it stays, to rounding; it falls for certain


def kl_is_infinite(p: Any, q: Any) -> bool:
    """Whether supports, atoms or tails make KL(p‖q) infinite."""
    if p == q:
        return False
    locations, masses = p.atoms()
    unmet = locations[(masses > 0) & np.isneginf(q.log_masses_at(locations))]
    if len(unmet):
        rounded = np.isin(unmet, getattr(p, "rounded_atoms", ()))
        if rounded.all():
            raise ConvergenceError(
                f"{p} has an atom at {unmet[0]:g} in floats only, where G stands still to its rounding: whether KL is "
                "infinite cannot be told. Use a prior of lighter tails, or a G that does not saturate."
            )
        if _may_go_on(q, unmet):
            raise ConvergenceError(
                f"p has an atom at {unmet[0]:g}, where q's mass is below what its library says. "
                "Give both as Discrete on one set of points."
            )
        return True
    if p.continuous_mass == 0:
        return False
    if q.continuous_mass == 0:
        return True
    held = q.intervals()
    if not all(((held[:, 0] <= low) & (high <= held[:, 1])).any() for low, high in p.intervals()):
        return True
    if _is_part(p, q):
        return False
    if any(_tail_is_infinite(t, u) for t, u in zip(p.tails(), q.tails(), strict=True)):
        return True
    return any(_outgrows(p, q, side) for side in (0, 1) if _may_outgrow(p.tails()[side], q.tails()[side]))


def _may_outgrow(p: Tail, q: Tail) -> bool:
    """A power of |x| that was read off as this large is none: -log q may grow like exp(|x|), as that of log z does."""
    return p.kind == q.kind == "exponential" and q.power > _NO_POWER


def _outgrows(p: Any, q: Any, side: int) -> bool:
    """Whether p·(-log q) fails to fall in a tail of each; read off its own values, as far out as p is a float."""
    low, middle, high = (float(x) for x in p.ppf(np.array([0.25, 0.5, 0.75])))
    x = middle + (2 * side - 1) * (high - low) * _STEPS
    with np.errstate(all="ignore"):
        log_p, surprise = p.logpdf(x), np.log(-q.logpdf(x))
        seen = np.logical_and.accumulate((log_p > _SMALLEST_LOG) & (surprise < _MOST_SURPRISE))
        falls = np.diff((log_p + surprise)[seen][-2:]) / np.diff(np.log(np.abs(x - middle))[seen][-2:])
    if not len(falls) or not np.isfinite(falls[0]):
        return False
    if _STAYS < -falls[0] < _FALLS:
        raise ConvergenceError(
            f"KL cannot be told: far out, p·log q of p = {p} and q = {q} falls too slowly for it to be finite beyond "
            "doubt. It may be infinite; use laws whose tails are nearer to each other, or further apart."
        )
    return bool(falls[0] >= -_STAYS)


def _may_go_on(q: Any, x: Array) -> bool:
    """Whether each place without a known atom lies where q's atoms were counted no further."""
    left, right = q.is_cut()
    known = q.atoms()[0]
    return bool(len(known)) and bool(((left & (x < known[0])) | (right & (x > known[-1]))).all())


def growth(q: Any) -> float:
    """By how many powers of |x| -log q grows at the most: what an integrand p log q falls more slowly than p."""
    tails = q.tails() if hasattr(q, "tails") else ()
    return max((t.power for t in tails if t.kind == "exponential"), default=0.0)


def decidedly(name: str, found: Estimate, q: Any) -> Estimate:
    """Supports have been compared: an infinity is a value where q may vanish unsaid, and elsewhere an overflow."""
    if math.isfinite(found.value) or q.basis == "estimate":
        return found
    raise ConvergenceError(
        f"{name} overflows: at some nodes a density is beyond the floats, and the sum is no number. "
        "The laws' scales or exponents are too far apart; change the unit of x, or use laws nearer to each other."
    )


def _is_part(p: Any, q: Any) -> bool:
    """Whether each component of p is one of q's: then p is at most a multiple of q, however their tails decay."""
    parts = getattr(q, "components", (q,))
    return all(any(law is part or law == part for part in parts) for law in getattr(p, "components", (p,)))


def _tail_is_infinite(p: Tail, q: Tail) -> bool:
    """Whether E_p[-log q] diverges in a tail: p falls like |x|**(-1 - a) and -log q grows like |x|**k with k >= a."""
    if p.kind == "bounded":
        return False
    if not (p.is_known and q.is_known):
        raise ConvergenceError(
            "kl_divergence is decided by the tails, and a law does not say how its tails decay. "
            "Give the law a tails() method, or restrict it with support=(a, b)."
        )
    return p.kind == "power" and q.kind == "exponential" and q.power >= p.power
