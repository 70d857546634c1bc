r"""The Wasserstein objective: D maximises E_p[D] − E_q[D] among functions with slopes of at most 1.

.. math:: \max_{|D'| \le 1} E_p[D] - E_q[D] = \max \int D'\,(F_q - F_p) = \int |F_p - F_q|
          = \int |Q_p - Q_q| = W_1(p, q)

The best D has the slope sign(F_q − F_p). It does not depend on p/q alone, and W₁ is no f-divergence: this objective is
a case of its own. It is proper, and its gradient does not fade where the laws are far apart.

References
----------
.. [1] Vallender, "Calculation of the Wasserstein distance between probability distributions on the line", 1974.
.. [2] Arjovsky, Chintala, Bottou, "Wasserstein GAN", ICML 2017, arXiv:1701.07875.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gantheory.densities.conversion import as_density
from gantheory.errors import DomainError
from gantheory.estimate import Estimate
from gantheory.expectation import Functional, pair_expectation, values_of
from gantheory.integrals import Given, Terms
from gantheory.panels import EPS, as_breakpoints
from gantheory.ratio import At
from gantheory.transport import wasserstein_distance
from gantheory.verdict import Verdict

__all__ = ["SteepestScore", "WassersteinObjective"]

Array = Any
_LEVELS = 4000
_STEEP = 1e-6
_OF_D = Given(1e200, 1.7e308, "Give a D of slopes of at most 1.")


class SteepestScore:
    """The best D of slopes ±1: piecewise linear, with a corner where F_p and F_q cross.

    Attributes
    ----------
    breakpoints : array
        The corners.
    """

    def __init__(self, corners: np.ndarray, slopes: np.ndarray) -> None:
        self.breakpoints, self._slopes = corners, slopes
        self._heights = np.concatenate([[0.0], np.cumsum(slopes[1:-1] * np.diff(corners))])

    def __call__(self, x: Array, /) -> Array:
        x = np.asarray(x, dtype=float)
        if not len(self.breakpoints):
            return (self._slopes[0] * x)[()]
        index = np.searchsorted(self.breakpoints, x, side="right")
        near = np.maximum(index - 1, 0)
        return (self._heights[near] + self._slopes[index] * (x - self.breakpoints[near]))[()]


class WassersteinObjective:
    """E_p[D] − E_q[D] for D of slopes of at most 1, with the verbs of `Objective`.

    Examples
    --------
    >>> wasserstein = WassersteinObjective()
    >>> print(wasserstein.criterion("norm(0, 1)", "norm(1, 1)"))
    1.000000000000... ± ...
    >>> D = wasserstein.optimal_discriminator("norm(0, 1)", "norm(0, 2)")
    >>> print(wasserstein.value("norm(0, 1)", "norm(0, 2)", D))  # √(2/π) = 0.7978845608...
    0.79788456080... ± ...
    """

    name = "Wasserstein"
    real, fake, D_star, f, conjugate = "D", "-D", None, None, None
    domain = (-float("inf"), float("inf"))
    divergence_name = "W₁(p, q)"
    is_proper = Verdict.HOLDS
    improper_pair = own_loss = None
    optimum = Estimate(0.0)
    saturates, pull = False, 1

    def __repr__(self) -> str:
        return "<Objective Wasserstein: a(D) = D, b(D) = −D, D of slopes of at most 1>"

    @property
    def derivation(self) -> Any:
        """That the maximum is ∫ |F_p − F_q|."""
        from gantheory.symbolic import derive

        return derive("objective.wasserstein")

    def criterion(
        self, p_data: Any, p_g: Any, /, *, grid: Any = None, rtol: float = 1e-12, atol: float = 0.0
    ) -> Estimate:
        """W₁."""
        return wasserstein_distance(p_data, p_g, grid=grid, rtol=rtol, atol=atol)

    def optimal_discriminator(self, p_data: Any, p_g: Any, /) -> SteepestScore:
        """The D with the slope sign(F_q − F_p)."""
        p, q = as_density(p_data), as_density(p_g)
        x = _places(p, q)
        side = np.sign(_apart(p, q, 0.5 * (x[1:] + x[:-1])))
        known = np.flatnonzero(side)
        if not len(known):
            return SteepestScore(np.array([]), np.array([1.0]))
        side = side[known[np.maximum(np.searchsorted(known, np.arange(len(side)), side="right") - 1, 0)]]
        turns = np.flatnonzero(np.diff(side))
        corners = np.array([_crossing(p, q, x[i], x[i + 2], side[i]) for i in turns])
        return SteepestScore(corners, np.concatenate([side[turns], side[-1:]]))

    def value(
        self, p_data: Any, p_g: Any, D: Any, /, *, grid: Any = None, rtol: float = 1e-12, atol: float = 0.0
    ) -> Estimate:
        """E_p[D] − E_q[D].

        Raises
        ------
        DomainError
            If D is steeper than 1 between two points of the laws.
        """
        if not callable(D):
            raise DomainError(f"D is {D!r}; it must be a function of x with slopes of at most 1.")
        if grid is None:
            self._refuse_steep(as_density(p_data), as_density(p_g), D)

        def terms(at: At) -> Terms:
            y = values_of("D", D, at.x)
            noise = 8 * EPS * (1.0 + np.abs(y) + np.abs(at.x))
            return Terms(y, -y, noise, noise)

        breakpoints = as_breakpoints(getattr(D, "breakpoints", ()))
        functional = Functional(terms, False, basis="estimate", breakpoints=breakpoints, lost=1.0, given=_OF_D)
        return pair_expectation(p_data, p_g, functional, grid=grid, rtol=rtol, atol=atol, name="value")

    def divergence(self, p_data: Any, p_g: Any, /) -> Estimate:
        """W₁ by quantiles: the second road to the criterion."""
        from gantheory.objectives.quantiles import quantile_distance

        return quantile_distance(p_data, p_g)

    def optimality_gap(
        self, p_data: Any, p_g: Any, D: Any, /, *, grid: Any = None, rtol: float = 1e-12, atol: float = 0.0
    ) -> Estimate:
        """criterion − value ≥ 0."""
        options: dict[str, Any] = {"grid": grid, "rtol": rtol, "atol": atol}
        return self.criterion(p_data, p_g, **options) - self.value(p_data, p_g, D, **options)

    def _refuse_steep(self, p: Any, q: Any, D: Any) -> None:
        x = _places(p, q)
        with np.errstate(all="ignore"):
            y = values_of("D", D, x)
            rise, rounding = np.abs(np.diff(y)), 16 * EPS * (np.abs(x[1:]) + np.abs(y[1:]) + 1.0)
            slopes = rise / np.diff(x)
            steep = rise > (1.0 + _STEEP) * np.diff(x) + rounding
        if steep.any():
            raise DomainError(
                f"D rises by {float(slopes[steep][0]):.4g} a unit near x = {float(x[1:][steep][0]):.4g}; its slopes "
                "must be at most 1: divide D by its largest slope."
            )


def _places(p: Any, q: Any) -> np.ndarray:
    """Points where the laws are: quantiles, atoms, and one beyond on either side."""
    t = np.linspace(-32.0, 32.0, _LEVELS)
    u = 1.0 / (1.0 + np.exp(-t))
    found = [law.ppf(u) for law in (p, q)] + [law.atoms()[0] for law in (p, q)]
    x = np.unique(np.concatenate(found))
    x = x[np.isfinite(x)]
    width = max(float(x[-1] - x[0]), 1.0)
    return np.concatenate([[x[0] - width], x, [x[-1] + width]])


def _apart(p: Any, q: Any, x: Array) -> np.ndarray:
    """F_q − F_p, from the smaller tails."""
    left = q.cdf(x) - p.cdf(x)
    if not hasattr(p, "sf") or not hasattr(q, "sf"):
        return np.asarray(left)
    return np.where(p.cdf(x) + q.cdf(x) < 1.0, left, p.sf(x) - q.sf(x))


def _crossing(p: Any, q: Any, low: float, high: float, side: float) -> float:
    """Where F_q − F_p leaves the sign that it has at `low`."""
    for _ in range(80):
        middle = 0.5 * (low + high)
        if np.sign(float(_apart(p, q, np.array(middle)))) == side:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)
