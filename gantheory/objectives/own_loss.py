r"""The generator's own loss, judged: it descends ∫ p·F(q/p), F′(w) = ℓ(D*(1/w)), with D* held fixed.

p_g = p_data alone is its minimum iff F lies above its tangent at w = 1, touching it there only. Where it does not, two
ratios w₁ < 1 < w₂ on which p has the masses π and 1 − π, πw₁ + (1 − π)w₂ = 1, give laws below F(1).
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from gantheory.verdict import Verdict

__all__ = ["OwnLoss"]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_BELOW, _ABOVE = np.linspace(0.05, 0.95, 19), np.array([1.05, 1.1, 1.25, 1.5, 2.0, 3.0, 5.0, 9.0])
_FAR = np.exp(np.linspace(-12.0, 12.0, 241))  # where F′ is seen to rise, or not
_TINY = 1e-6  # beside 1, for the slope of an F that has a corner there
_EXACT, _SOUGHT = 1e-12, 1e-7  # how far a rate may be off, for its size: D* by a formula, or by golden sections


class OwnLoss:
    """What a loss ℓ(D) at fixed D* descends.

    Attributes
    ----------
    F, rate : sympy.Expr or None
        F(w) and F′(w), w = q/p, in closed form.
    divergence_name : Named or None
        The divergence ∫ p·F(q/p), if it is a known one.

    Examples
    --------
    >>> from gantheory.objectives import OBJECTIVES
    >>> print(OBJECTIVES["non-saturating"]().own_loss.divergence_name)
    2·KL(m‖p)
    >>> [OBJECTIVES["least-squares"](*abc).own_loss.is_proper.value for abc in ((0, 1, 1), (-1, 1, 0))]
    ['holds', 'refuted']
    """

    def __init__(self, objective: Any) -> None:
        self._objective, self._losses = objective, objective._losses

    @property
    def rate(self) -> Any:
        return self._losses.own.rate if self._losses.own else None

    @property
    def F(self) -> Any:
        return self._losses.own.F if self._losses.own else None

    @property
    def divergence_name(self) -> Any:
        return self._losses.own.named if self._losses.own else None

    @property
    def derivation(self) -> Any:
        """F′ and F″ in checked steps; None where D* has no closed form."""
        return self._losses.own_derivation

    def rate_at(self, w: Any) -> np.ndarray:
        """F′(w)."""
        with np.errstate(all="ignore"):
            return self._losses.generator_at(self._objective.optimal_value(-np.log(np.asarray(w, dtype=float))))

    def rise(self, w: Any) -> np.ndarray:
        """F(w) − F(1), by Gauss's rule from 1 to each w."""
        w = np.asarray(w, dtype=float)
        nodes = 1.0 + (w[..., None] - 1.0) * 0.5 * (_NODES + 1.0)
        with np.errstate(all="ignore"):  # an infinite rate makes an infinite rise, and is told apart below
            return (self.rate_at(nodes) @ _WEIGHTS) * 0.5 * (w - 1.0)

    @property
    def _convex(self) -> bool:
        """Whether F″ > 0 is proved."""
        own = self._losses.own
        return own is not None and own.convex.proved

    @cached_property
    def _slope(self) -> float:
        """F′(1), in the middle where F has a corner."""
        return float(np.mean(self.rate_at(np.array([1.0 - _TINY, 1.0 + _TINY]))))

    @cached_property
    def size(self) -> float:
        """The largest rate about w = 1: a loss a million times smaller is judged alike."""
        rates = self.rate_at(np.concatenate([_BELOW, _ABOVE]))
        return float(np.max(np.abs(rates), where=np.isfinite(rates), initial=0.0))

    @property
    def rounding(self) -> float:
        """By how much a rate may be off."""
        return (_EXACT if self._objective.has_closed_form else _SOUGHT) * self.size

    def _above(self, w: Any) -> np.ndarray:
        """F above its tangent at w = 1."""
        with np.errstate(all="ignore"):
            return self.rise(w) - self._slope * (w - 1.0)

    @cached_property
    def is_proper(self) -> Verdict:
        """Whether p_g = p_data is the only minimum: proved where F″ > 0, refuted by a pair, or seen in numbers.

        Seen is an F′ that rises wherever it was looked at, or an F that lies above its tangent at w = 1.
        """
        if self._convex:
            return Verdict.HOLDS
        if self.improper_pair is not None:
            return Verdict.REFUTED
        return Verdict.HOLDS if self._lies_above() and self._keeps_rising() else Verdict.UNDECIDED

    def _lies_above(self) -> bool:
        """Whether F is nowhere seen below its tangent, and above it on one side: w = q/p has the mean 1 under p."""
        below, above = (self._above(w) / np.abs(w - 1.0) for w in (_BELOW, _ABOVE))
        nowhere = min(below.min(), above.min()) >= -self.rounding
        return bool(nowhere and max(below.min(), above.min()) > self.rounding)

    def _keeps_rising(self) -> bool:
        """Whether F′ falls nowhere, far out, by more than it may be off."""
        rates = self.rate_at(_FAR)
        with np.errstate(all="ignore"):
            steps = np.diff(rates)
        size = np.abs(rates[1:]) * (_EXACT if self._objective.has_closed_form else _SOUGHT)
        return bool(np.all((steps >= -(size + self.rounding)) | (np.isinf(rates[1:]) & (rates[1:] == rates[:-1]))))

    @cached_property
    def improper_pair(self) -> tuple[Any, Any] | None:
        """Two different laws on two points at which ∫ p·F(q/p) is not above F(1), or None."""
        from gantheory.densities import Discrete

        if self._convex:
            return None
        low, high = np.meshgrid(_BELOW, _ABOVE, indexing="ij")
        share = (high - 1.0) / (high - low)
        with np.errstate(all="ignore"):
            total = share * self._above(low) + (1.0 - share) * self._above(high)
        total = np.where(np.isfinite(total), total, np.inf)
        i, j = np.unravel_index(int(np.argmin(total)), total.shape)
        if not total[i, j] <= 2.0 * self.rounding * share[i, j] * (1.0 - low[i, j]):
            return None
        pi = float(share[i, j])
        p = Discrete([0.0, 1.0], [pi, 1.0 - pi])
        return p, Discrete([0.0, 1.0], [pi * float(low[i, j]), 1.0 - pi * float(low[i, j])])

    def value(self, p_data: Any, p_g: Any) -> float:
        """∫ p·F(q/p) − F(1) of two laws on finitely many points, q ≪ p."""
        (at_p, mass_p), (at_q, mass_q) = p_data.atoms(), p_g.atoms()
        q = np.array([mass_q[at_q == x].sum() for x in at_p])
        return float(mass_p @ self.rise(q / mass_p))
