r"""The Wasserstein flow of the criterion by particles: coarser than splines, and at ease with fronts.

Between particles X_1 < … < X_N lie cells of fixed masses m_i of q. The game of the cells, which by data processing is
worth at most C, has the gradient flow, with P_i the mass of p in a cell and D_i = P_i/(P_i + m_i),

.. math:: \dot X_i = \frac{p(X_i)}{\bar m_i}\,\big(\log D_i - \log D_{i-1}\big)

where m̄_i is the mass of q nearer to particle i than to its neighbours. Its pull is infinite where two particles would
meet: the order is kept. The error is of second order in the number of particles.

From an edge at which q jumps to 0, particles at equal steps of s begin as near to each other as their mass is small:
far out, by the rounding of x. A start that jumps at both its ends has fewer of them, and another error beside.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from gantheory.divergences import js_divergence
from gantheory.errors import ConvergenceError
from gantheory.estimate import Estimate
from gantheory.nodes import half_phi
from gantheory.panels import EPS
from gantheory.splines import standard_quantile

__all__ = ["check_start", "particle_flow"]

Array = Any
_REACH = 6.0  # in standard deviations of s: beyond lie two cells of 1e-9 of the mass
_EDGED = ((5.0, 4.5), (4.5, 4.0))  # the same where q jumps at both ends, and a shorter one that tells its error
_RTOL = 1e-8
_SHARE = 0.02  # of the time in which C would be gone, over which it is differenced
_MOST_CALLS = 40_000
_LOG_4 = math.log(4.0)


def particle_flow(
    p: Any, q: Any, times: np.ndarray, edges: np.ndarray, *, particles: int
) -> tuple[Mapping[str, Estimate], np.ndarray]:
    """The measurements of the flow from q to p at some times, each (times, 1), and q's masses between edges.

    The errors are what half the particles would change, before their extrapolation to infinitely many; from a start
    that jumps at both ends, also what a shorter reach would. What grows with the reach has the error inf, as the
    dissipation at time 0, which is infinite at such an edge within p_data's support.

    Raises
    ------
    ConvergenceError
        If the steps in time do not end, or particles meet.
    """
    if not _jumps_at_both_ends(q):
        return _measured(p, q, times, edges, particles, [_REACH])
    for reaches in _EDGED[:-1]:
        try:
            return _measured(p, q, times, edges, particles, reaches)
        except ConvergenceError:
            pass
    return _measured(p, q, times, edges, particles, _EDGED[-1])


def _measured(
    p: Any, q: Any, times: np.ndarray, edges: np.ndarray, particles: int, reaches: Sequence[float]
) -> tuple[Mapping[str, Estimate], np.ndarray]:
    """By particles out to the first reach, and their errors by half of them and by the other reaches."""
    start = _Particles.of(p, q, particles, reaches[0])
    off = check_start(p, q, start.excess(start.start), 0.02)
    sizes = [(particles // 2, reaches[0]), *((particles, reach) for reach in reaches)]
    flows = [_flowed(_Particles.of(p, q, *size), times) for size in sizes]
    few, many, *nearer = ([at.numbers(X) for X in path] for at, path in flows)
    measurements = {}
    for name in many[0]:
        coarse, fine = (np.array([[record[name][0]] for record in records]) for records in (few, many))
        error = np.abs(fine - coarse) + np.array([[record[name][1]] for record in many])
        for records in nearer:
            error = error + off * (name in ("criterion", "excess"))  # an edge of p between particles is of first order
            apart = np.abs(fine - np.array([[record[name][0]] for record in records]))
            error = error + np.where(apart > 0.5 * np.abs(fine), np.inf, apart)
        value = fine if name == "total_variation" else (4.0 * fine - coarse) / 3.0
        value = np.where((value > 0) | (name == "criterion"), value, fine)
        measurements[name] = Estimate(value, error, "estimate")
    at, path = flows[1]
    return measurements, np.stack([at.masses(X, edges) for X in path])


def _jumps_at_both_ends(q: Any) -> bool:
    ends = np.array(q.support(), dtype=float)
    if not np.isfinite(ends).all():
        return False
    inside = ends + 1e-9 * (ends[1] - ends[0]) * np.array([1.0, -1.0])
    return bool((q.logpdf(inside) - q.logpdf(ends.mean()) > math.log(1e-3)).all())


def check_start(p: Any, q: Any, excess: float, share: float) -> float:
    """Refuse nodes that see another excess than there is: p may lie between them. How far it is off, elsewhere."""
    exact = 2.0 * float(js_divergence(p, q))
    off = abs(excess - exact)
    if not off <= share * exact + 1e-12:
        raise ConvergenceError(
            f"{q} is so much wider than {p} that the particles do not see it: 2·JSD is {exact:.4g}, and to them "
            f"{excess:.4g}. Take more particles, or a p_g nearer to p_data's scale."
        )
    return off


@dataclass(frozen=True)
class _Particles:
    """Cells between equal steps of a standard normal number s, and the two beyond."""

    p: Any
    s: np.ndarray
    start: np.ndarray
    mass: np.ndarray
    log_around: np.ndarray

    @classmethod
    def of(cls, p: Any, q: Any, count: int, reach: float) -> _Particles:
        s = np.linspace(-reach, reach, count)
        log_around = -0.5 * s * s - 0.5 * math.log(2.0 * math.pi) + math.log(s[1] - s[0])
        return cls(p, s, standard_quantile(q, s), _between(special.ndtr(s), special.ndtr(-s)), log_around)

    def seen(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """p's masses of the cells, and log P/m."""
        P = _between(self.p.cdf(X), self.p.sf(X))
        with np.errstate(all="ignore"):
            log_P = np.log(P)
            below = np.flatnonzero(P[1:-1] < 1e-290)  # of the floats, where the density's logarithm is not
            log_P[below + 1] = self.p.logpdf(0.5 * (X[below] + X[below + 1])) + np.log(X[below + 1] - X[below])
            return P, log_P - np.log(self.mass)

    def velocity(self, X: np.ndarray) -> np.ndarray:
        with np.errstate(all="ignore"):
            pull = np.diff(np.maximum(special.log_expit(self.seen(X)[1]), -1e4))
            weight = np.exp(self.p.logpdf(X) - self.log_around)
            found = np.where(weight > 0, weight * pull, 0.0)
        return np.where(np.isfinite(found), found, 0.0)

    def excess(self, X: np.ndarray) -> float:
        P, r = self.seen(X)
        return float(np.sum((P + self.mass) * 2.0 * half_phi(r)))

    def numbers(self, X: np.ndarray) -> dict[str, tuple[float, float]]:
        """Each with its rounding."""
        excess, v = self.excess(X), self.velocity(X)
        squared = float(np.sum(np.exp(self.log_around) * v * v))
        rounding = 16 * EPS * len(X)
        return {
            "criterion": (excess - _LOG_4, rounding),
            "excess": (excess, rounding * excess),
            "total_variation": self._total_variation(X),
            "dissipation": (squared, rounding * squared),
            "descent_rate": self._descent_rate(X, v, excess, squared),
        }

    def _total_variation(self, X: np.ndarray) -> tuple[float, float]:
        """That of the cells, and what those about a change of sign may hide."""
        apart = self.seen(X)[0] - self.mass
        turns = apart[1:] * apart[:-1] < 0
        hidden = float(np.sum((np.abs(apart[1:]) + np.abs(apart[:-1]))[turns]))
        return 0.5 * float(np.abs(apart).sum()), hidden + 16 * EPS * len(X)

    def _descent_rate(self, X: np.ndarray, v: np.ndarray, excess: float, squared: float) -> tuple[float, float]:
        """−dC/dt along the velocity, by central differences of orders 4 and 2."""
        if not squared > 0:
            return 0.0, 0.0
        fastest = float(np.max(np.abs(np.diff(v)) / np.diff(X)))
        h = min(_SHARE * excess / squared, 0.1 / max(fastest, 1e-300))
        C = {k: self.excess(X + k * h * v) for k in (-2, -1, 1, 2)}
        two, one = (C[-2] - C[2]) / (4.0 * h), (C[-1] - C[1]) / (2.0 * h)
        four = (4.0 * one - two) / 3.0
        return four, abs(four - one) + 64 * EPS * excess / h

    def masses(self, X: np.ndarray, edges: np.ndarray) -> np.ndarray:
        """Of the cells between edges: s is read off between the particles, and straight on beyond them."""
        inner = edges[1:-1]
        s = np.interp(inner, X, self.s)
        for end, beside, side in ((0, 1, inner < X[0]), (-1, -2, inner > X[-1])):
            slope = (self.s[end] - self.s[beside]) / (X[end] - X[beside])
            s = np.where(side, self.s[end] + slope * (inner - X[end]), s)
        return _between(special.ndtr(s), special.ndtr(-s))


def _between(below: np.ndarray, above: np.ndarray) -> np.ndarray:
    """Masses of the cells between points and of the two beyond, each from the smaller of its tails."""
    inner = np.where(below[1:] < 0.5, np.diff(below), -np.diff(above))
    return np.maximum(np.concatenate([[below[0]], inner, [above[-1]]]), 0.0)


class _TooStiffError(Exception):
    """The velocity was asked for too often."""


def _flowed(at: _Particles, times: np.ndarray) -> tuple[_Particles, np.ndarray]:
    """The particles at every time: stiff steps, whose Jacobian has three diagonals."""
    from scipy.integrate import solve_ivp

    if times[-1] == 0:  # no step to take
        return at, at.start[None]
    reached, calls = 0.0, 0

    def velocity(t: float, X: np.ndarray) -> np.ndarray:
        nonlocal reached, calls
        reached, calls = max(reached, float(t)), calls + 1
        if calls > _MOST_CALLS:
            raise _TooStiffError
        return at.velocity(X)

    scale = at.start[np.searchsorted(at.s, 0.7)] - at.start[np.searchsorted(at.s, -0.7)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # what fails is told below
        try:
            found = solve_ivp(
                velocity, (0.0, float(times[-1])), at.start, "LSODA",
                t_eval=times, rtol=_RTOL, atol=1e-3 * _RTOL * scale, lband=1, uband=1,
            )  # fmt: skip
        except _TooStiffError:
            found = None
    if found is not None and found.status == 0:
        path = found.y.T
        if np.isfinite(path).all() and (np.diff(path, axis=1) >= 0).all():
            return at, path
    raise ConvergenceError(
        f"the flow to {at.p} is too stiff for {len(at.s)} particles at t = {reached:.3g}. Ask for earlier times, or "
        "fewer particles."
    )
