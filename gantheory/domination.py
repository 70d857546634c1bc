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
    return any(_tail_is_infinite(t, u) for t, u in zip(p.tails(), q.tails(), strict=True))


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
