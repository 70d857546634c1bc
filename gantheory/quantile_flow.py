r"""The Wasserstein flow of the criterion, in quantile coordinates: what a generator of unlimited capacity does.

A generator G of one standard normal number s moves its values down the gradient of g = log(1 − D*), with D = D*:

.. math:: \dot X(s) = -\partial_x g = \sigma(r)\,\partial_x r \;\text{ at } x = X(s), \qquad
          q(X(s)) = \varphi(s)/X'(s), \qquad \frac{dC}{dt} = -E_q|\partial_x g|^2

for smooth and positive q. C is not convex along it. Where p vanishes on the support of q, σ(r) = 0 there, and nothing
moves: it stalls on supports a positive distance apart, with a perfect D.

X is the start's quantile function and a spline. The spline's coefficients descend C itself, exactly: the discrete flow
is the gradient flow of C in the metric of q, so that C falls along it whatever the spline's width, and it differs from
the formula's dissipation by the part of ∂_x g that the splines do not reach, squared.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy import special

from gantheory.cell_masses import increasing
from gantheory.densities.conversion import as_density
from gantheory.errors import ConvergenceError, DomainError
from gantheory.estimate import Estimate
from gantheory.latent import is_latent
from gantheory.nodes import LOG_2, half_phi, halved, rest_of
from gantheory.panels import EPS, Points
from gantheory.particle_flow import check_start, particle_flow
from gantheory.score import has_score, score_at
from gantheory.splines import INNER, splines, standard_quantile
from gantheory.trajectory import Trajectory

__all__ = ["wasserstein_flow"]

Array = Any
_REACH = 8.0  # in standard deviations of s: beyond lies 1e-15 of the mass
_NODES_PER_PIECE = 8
_MOST_STEPS, _SHORTEST = 2_000, 1e-8
_RTOL, _COARSE_RTOL = 1e-8, 1e-6
_GOOD = 1e-4  # of the excess, its error by splines that is not asked to be less
_MANY = 32  # particles for a piece of the spline, where particles take its place
_SHARE = 0.02  # of the time in which C would be gone, over which it is differenced
_CELLS = 64
_CERTAINLY_P = 1e-9  # a mass of p beyond an end that q's 1e-15 there is nothing beside


def wasserstein_flow(p_data: Any, p_g: Any, *, times: Sequence[float], particles: int = 48) -> Trajectory:
    r"""The Wasserstein flow of C(G) from p_g, with D = D* at every time.

    Parameters
    ----------
    p_data, p_g : Density or anything `as_density` accepts
        Continuous laws of the package's families and their mixtures, whose scores are known; p_g with one interval for
        its support.
    times : sequence of float
        Increasing, >= 0: when to measure.
    particles : int, default 48
        Pieces of the spline, 4 to 256, on s in [−8, 8]; each carries 8 particles, or 32 where there is no spline.

    Returns
    -------
    Trajectory
        ``criterion``, ``excess``, ``total_variation``; ``dissipation``, E_q|∂_x g|² by the formula, or of particles
        their own squared speed, beside ``descent_rate``, −dC/dt as measured by differences of C along the velocity of
        the discrete flow. p_g as masses of cells between quantiles of both laws. The errors are what a third of the
        pieces less and looser steps in time would change. ``settings["method"]`` says whether it is
        "splines" or "particles".

    Raises
    ------
    DomainError
        If the times are not increasing and >= 0, or a law has atoms, no known score, or is one of G(z).
    ConvergenceError
        If the flow is too stiff for particles too.

    Notes
    -----
    For normal and logistic laws of like scales where p_g is not the wider, the dissipation is right to about 1e-6 down
    to an excess of 1e-16; from norm(2, 0.5) to norm(0, 1) to 3e-6. Where p_g is wider, or p_data has two modes, far
    particles do not move for a time like e^{|r|}, and the front between them and the rest grows steep in s. A spline
    does not follow it; then, and where a kink of a density (Laplace) costs a spline its digits, the flow is that of
    particles alone, from the start on, right to three to six digits, as its errors say. So it is from a start that
    jumps to 0 at both ends, as a uniform law: there the velocity at time 0 is infinite where p_data goes on beyond.

    Examples
    --------
    >>> run = wasserstein_flow("norm(0, 1)", "norm(0.5, 0.8)", times=[0, 2])
    >>> ratio = run.dissipation.value / run.descent_rate.value
    >>> bool(np.abs(ratio - 1).max() < 1e-6), bool(run.excess[1, 0] < run.excess[0, 0])
    (True, True)

    Supports apart: D* is perfect, its gradient on p_g is 0, and nothing moves.

    >>> wasserstein_flow("uniform(0, 1)", "uniform(2, 1)", times=[0, 100]).excess.value.ravel() / np.log(4)
    array([1., 1.])
    """
    p, q = as_density(p_data), as_density(p_g)
    _check(p, q)
    at_times = increasing("times", times, finite=True)
    if at_times[0] < 0:
        raise DomainError(f"times is {times!r}; they must be >= 0.")
    if isinstance(particles, bool) or not isinstance(particles, (int, np.integer)) or not 4 <= particles <= 256:
        raise DomainError(f"particles is {particles!r}; it must be an int between 4 and 256: pieces of the spline.")
    edges, pieces = _edges(p, q), int(particles)
    method, measurements, masses = _flowed(p, q, at_times, edges, pieces)
    settings = {"run": "wasserstein_flow", "particles": pieces, "method": method}
    return Trajectory(p, at_times, measurements, edges, masses[:, None], None, settings)


def _flowed(
    p: Any, q: Any, times: np.ndarray, edges: np.ndarray, pieces: int
) -> tuple[str, Mapping[str, Estimate], np.ndarray]:
    """By splines; where they meet a front, or lose digits by a kink, by particles if these keep more."""
    try:
        smooth = _by_splines(p, q, times, edges, pieces)
        if _loss(smooth[0]) <= _GOOD:
            return "splines", *smooth
    except ConvergenceError:
        return "particles", *particle_flow(p, q, times, edges, particles=_MANY * pieces)
    try:
        coarse = particle_flow(p, q, times, edges, particles=_MANY * pieces)
    except ConvergenceError:
        return "splines", *smooth
    return ("splines", *smooth) if _loss(smooth[0]) <= _loss(coarse[0]) else ("particles", *coarse)


def _loss(measurements: Mapping[str, Estimate]) -> float:
    """The largest error of the excess, as a share of it."""
    excess = measurements["excess"]
    return float(np.max(excess.error / np.maximum(excess.value, 1e-300)))


def _by_splines(
    p: Any, q: Any, times: np.ndarray, edges: np.ndarray, pieces: int
) -> tuple[dict[str, Estimate], np.ndarray]:
    """Measurements at the times, and masses of the cells; errors by a coarser spline and looser steps in time."""
    start = _Quantiles.of(p, q, pieces)
    with np.errstate(all="ignore"):
        check_start(p, q, start.excess(np.zeros(start.splines[0].shape[1]))[0], 1e-3)
    coarse = _flow(_Quantiles.of(p, q, 2 * pieces // 3), times, _COARSE_RTOL)
    fine = _flow(start, times, _RTOL)
    measurements: dict[str, Estimate] = {}
    for name in fine[0].numbers:
        value, error = (np.array([[record.numbers[name][k]] for record in fine]) for k in (0, 1))
        apart = np.abs(value - np.array([[record.numbers[name][0]] for record in coarse]))
        gain = 1 if name in ("dissipation", "descent_rate") else 8  # at kinks and edges pieces gain slowly
        measurements[name] = Estimate(value, error + gain * apart, "estimate")
    return measurements, np.stack([record.masses(edges) for record in fine])


def _check(p: Any, q: Any) -> None:
    for name, law in (("p_data", p), ("p_g", q)):
        if len(law.atoms()[0]) or is_latent(law) or not has_score(law):
            raise DomainError(
                f"{name} is {law}; the flow needs a continuous law whose score is known: one of the package's "
                "families, or a mixture of them."
            )
    if len(q.intervals()) != 1:
        raise DomainError(f"p_g is {q}, whose support has gaps; its quantile function jumps. Give one interval.")


def _edges(p: Any, q: Any) -> np.ndarray:
    """Ends of cells: quantiles of both laws."""
    u = np.arange(1, _CELLS) / _CELLS
    inner = np.unique(np.concatenate([np.ravel(law.ppf(u)) for law in (p, q)]))
    return np.concatenate([[-np.inf], inner, [np.inf]])


# -- the map, and C of it ----------------------------------------


@dataclass(frozen=True)
class _Seen:
    """The law of X(s) at the nodes."""

    X: np.ndarray
    stretch: np.ndarray  # X'/X_0'
    r: np.ndarray
    under_p: np.ndarray  # p(X) X', the density of p per ds


@dataclass(frozen=True)
class _Quantiles:
    """X = X_0 + a spline, at Gauss' nodes of every piece and, last, at both ends."""

    p: Any
    q: Any
    pieces: int
    s: np.ndarray
    weights: np.ndarray
    splines: list[np.ndarray]
    X_0: np.ndarray
    slope: np.ndarray  # X_0'
    bend: np.ndarray  # X_0''/X_0'
    log_q: np.ndarray
    inverse: np.ndarray  # of the splines' products under q
    certain: tuple[bool, ...] = (True, True)  # whether D is 1 beyond each end

    @classmethod
    def of(cls, p: Any, q: Any, pieces: int) -> _Quantiles:
        x, w = np.polynomial.legendre.leggauss(_NODES_PER_PIECE)
        ends = np.concatenate([[-_REACH], np.linspace(-INNER, INNER, pieces + 1), [_REACH]])
        centre, half = 0.5 * (ends[1:] + ends[:-1]), 0.5 * np.diff(ends)
        s = np.concatenate([(centre[:, None] + half[:, None] * x).ravel(), ends[[0, -1]]])
        weights = np.concatenate([(half[:, None] * w).ravel(), [0.0, 0.0]])
        basis = splines(s, pieces)
        X_0 = standard_quantile(q, s)
        log_q = q.logpdf(X_0)
        slope = np.exp(_log_phi(s) - log_q)
        bend = -s - score_at(q, Points.at(X_0)) * slope
        gram = (basis[0] * (weights * np.exp(_log_phi(s)))[:, None]).T @ basis[0]
        scale = 1.0 / np.sqrt(np.diag(gram))
        inverse = np.linalg.inv(gram * np.outer(scale, scale)) * np.outer(scale, scale)
        start = cls(p, q, pieces, s, weights, basis, X_0, slope, bend, log_q, inverse)
        return start.looked_beyond(np.zeros(basis[0].shape[1]))

    def seen(self, c: np.ndarray) -> _Seen | None:
        """None where X is not increasing."""
        X = self.X_0 + self.splines[0] @ c
        stretch = 1.0 + (self.splines[1] @ c) / self.slope
        if not np.isfinite(X).all() or not (stretch > 0).all():
            return None
        log_p = self.p.logpdf(X)
        r = log_p - self.log_q + np.log(stretch)
        return _Seen(X, stretch, r, np.exp(_log_phi(self.s) + r))

    def velocity(self, c: np.ndarray) -> np.ndarray | None:
        """Of the coefficients: minus the gradient of C in the metric of q."""
        seen = self.seen(c)
        if seen is None:
            return None
        ends = self._beyond(seen)
        # ∫(p B)' is p B at the ends: as much of it is taken off as keeps the terms small, log 2 of it near p = q
        taken = LOG_2 if max(seen.r[-2:]) < 1.0 else 0.0
        pull = np.where(taken > 0, halved(seen.r), -np.logaddexp(0.0, -np.maximum(seen.r, -800.0)))
        force = np.where(seen.under_p > 0, self.weights * seen.under_p * pull, 0.0)
        scores = score_at(self.p, Points.at(seen.X))
        of_X, of_slope = force * scores, force / (self.slope * seen.stretch)
        for end, i, side in zip(ends, (-2, -1), (1.0, -1.0), strict=True):
            of_X[i] += side * (end.level - LOG_2 + taken) * seen.under_p[i] / (self.slope[i] * seen.stretch[i])
        return -self.inverse @ (of_X @ self.splines[0] + of_slope @ self.splines[1])

    def dissipation(self, c: np.ndarray) -> float:
        """E_q|∂_x g|², by the formula."""
        seen = self.seen(c)
        assert seen is not None
        slope = self.slope * seen.stretch
        drift = (self.splines[2] @ c - (self.splines[1] @ c) * self.bend) / self.slope / seen.stretch
        scores = slope * score_at(self.p, Points.at(seen.X)) + self.s + self.bend + drift
        speed = np.where(np.isneginf(seen.r), 0.0, special.expit(seen.r) * scores / slope)
        return float(np.sum(self.weights * np.exp(_log_phi(self.s)) * speed**2))

    def squared_speed(self, c: np.ndarray) -> float:
        """Of the discrete flow, which is its −dC/dt."""
        v = self.velocity(c)
        return 0.0 if v is None else float(np.sum(self.weights * np.exp(_log_phi(self.s)) * (self.splines[0] @ v) ** 2))

    def excess(self, c: np.ndarray) -> tuple[float, float]:
        """C + log 4, and what the mass beyond both ends may be worth."""
        seen = self.seen(c)
        assert seen is not None
        density = self.weights * (np.exp(_log_phi(self.s)) + seen.under_p)
        inside = float(np.sum(density * 2.0 * half_phi(seen.r)))
        size = np.minimum(np.abs(seen.r), 800.0)
        of_r = 4 * EPS * (np.abs(self.log_q) + size + 8.0)  # the rounding of r
        rounding = float(np.sum(density * (0.25 * rest_of(seen.r) * size + 2.0 * half_phi(seen.r)) * of_r))
        ends = self._beyond(seen)
        return inside + sum(end.mass * end.level for end in ends), rounding + sum(end.open for end in ends)

    def criterion(self, c: np.ndarray) -> tuple[float, float]:
        seen = self.seen(c)
        assert seen is not None
        real = np.where(seen.under_p > 0, seen.under_p * special.log_expit(seen.r), 0.0)
        fake = np.exp(_log_phi(self.s)) * special.log_expit(-seen.r)
        ends = self._beyond(seen)
        beyond = sum(end.mass * (end.level - LOG_2) for end in ends)
        return float(np.sum(self.weights * (real + fake))) + beyond, 16 * EPS + sum(end.open for end in ends)

    def _beyond(self, seen: _Seen) -> list[_End]:
        masses = float(self.p.cdf(seen.X[-2])), float(self.p.sf(seen.X[-1]))
        return [_End(*end) for end in zip(masses, map(float, seen.r[-2:]), self.certain, strict=True)]

    def looked_beyond(self, c: np.ndarray) -> _Quantiles:
        """With D = ½ from now on beyond the ends where p is no longer the larger; it was certain before."""
        seen = self.seen(c)
        assert seen is not None
        held = tuple(
            was and (end.r >= 1.0 or end.mass > _CERTAINLY_P)
            for was, end in zip(self.certain, self._beyond(seen), strict=True)
        )
        return self if held == self.certain else replace(self, certain=held)

    def total_variation(self, c: np.ndarray) -> tuple[float, float]:
        seen = self.seen(c)
        assert seen is not None
        density = np.exp(_log_phi(self.s))
        ends = self._beyond(seen)
        apart = seen.under_p - density
        parts = self.weights * np.abs(apart)
        inside = 0.5 * float(np.sum(parts))
        # |p - q| has a kink between nodes where it crosses 0, of which the rule knows nothing
        crosses = apart[:-1] * apart[1:] < 0
        kinks = float(np.sum((parts[:-1] + parts[1:])[crosses]))
        return inside + 0.5 * sum(end.mass for end in ends), kinks + sum(end.open for end in ends) + 2 * EPS

    def position(self, c: np.ndarray, x_0: np.ndarray) -> np.ndarray:
        """Where the flow has taken the points x_0 of the start, held fast beyond the ends."""
        s = np.clip(self.standard(x_0), -_REACH, _REACH)
        return x_0 + splines(s, self.pieces)[0] @ c

    def standard(self, x_0: np.ndarray) -> np.ndarray:
        left = self.q.cdf(x_0) < 0.5
        return np.where(left, special.ndtri(self.q.cdf(x_0)), -special.ndtri(self.q.sf(x_0)))


@dataclass(frozen=True)
class _End:
    """What p has beyond an end of X, and r there; q has 1e-15."""

    mass: float
    r: float
    certain: bool

    @property
    def level(self) -> float:
        """log 2D beyond: D is 1 as long as it is certain, and then ½. It is no function of r, which would follow it."""
        return LOG_2 if self.certain else 0.0

    @property
    def open(self) -> float:
        """What this may be wrong by, as part of C."""
        of_q = float(special.ndtr(-_REACH))
        if self.mass > _CERTAINLY_P:
            return 100.0 * of_q
        return (self.mass + of_q) * (math.log1p(math.exp(-self.r)) if self.certain else min(LOG_2, 8.0 * self.r**2))


def _log_phi(s: np.ndarray) -> np.ndarray:
    return -0.5 * s * s - 0.5 * math.log(2.0 * math.pi)


# -- the flow ----------------------------------------


@dataclass(frozen=True)
class _Record:
    """The flow at a time."""

    quantiles: _Quantiles
    c: np.ndarray
    numbers: dict[str, tuple[float, float]]

    def masses(self, edges: np.ndarray) -> np.ndarray:
        """P(X <= e) by bisection over the starts of the particles."""
        inner = edges[1:-1]
        moved = float(np.max(np.abs(self.quantiles.splines[0] @ self.c))) + 1.0
        low, high = inner - moved, inner + moved
        for _ in range(70):
            middle = 0.5 * (low + high)
            below = self.quantiles.position(self.c, middle) <= inner
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        ends = np.concatenate([[-np.inf], low, [np.inf]])
        below, above = self.quantiles.q.cdf(ends), self.quantiles.q.sf(ends)
        return np.maximum(np.where(below[1:] < 0.5, np.diff(below), -np.diff(above)), 0.0)


def _flow(quantiles: _Quantiles, times: np.ndarray, rtol: float) -> list[_Record]:
    c = np.zeros(quantiles.splines[0].shape[1])
    now, found, step = 0.0, [], 0.01
    with np.errstate(all="ignore"):
        for time in times:
            quantiles, c, step = _advanced(quantiles, c, float(time) - now, step, rtol)
            now = float(time)
            found.append(_Record(quantiles, c, _numbers(quantiles, c)))
    return found


def _numbers(quantiles: _Quantiles, c: np.ndarray) -> dict[str, tuple[float, float]]:
    excess, dissipation = quantiles.excess(c), quantiles.dissipation(c)
    return {
        "criterion": quantiles.criterion(c),
        "excess": excess,
        "total_variation": quantiles.total_variation(c),
        # the splines' own speed is at most that of the formula: what they do not reach of it is told
        "dissipation": (dissipation, 8 * EPS * dissipation + abs(dissipation - quantiles.squared_speed(c))),
        "descent_rate": _descent_rate(quantiles, c, excess[0], dissipation),
    }


def _descent_rate(quantiles: _Quantiles, c: np.ndarray, excess: float, dissipation: float) -> tuple[float, float]:
    """−dC/dt along the velocity of the discrete flow, by central differences of order 6."""
    v = quantiles.velocity(c)
    if v is None or not dissipation > 0:
        return 0.0, 0.0
    h = _SHARE * excess / dissipation
    C = {}
    for k in (-3, -2, -1, 1, 2, 3):
        if quantiles.seen(c + k * h * v) is None:
            return 0.0, math.inf
        C[k] = quantiles.excess(c + k * h * v)[0]
    one, two, three = (C[-k] - C[k] for k in (1, 2, 3))
    six, four = (45.0 * one - 9.0 * two + three) / (60.0 * h), (8.0 * one - two) / (12.0 * h)
    return six, abs(six - four) + 4 * EPS * excess / h


# Dormand and Prince (1980), orders 5 and 4
_STAGES = (
    (1 / 5,),
    (3 / 40, 9 / 40),
    (44 / 45, -56 / 15, 32 / 9),
    (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
    (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
    (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
)
_APART = (71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40)


def _advanced(
    quantiles: _Quantiles, c: np.ndarray, length: float, step: float, rtol: float
) -> tuple[_Quantiles, np.ndarray, float]:
    """The coefficients a time later, by explicit steps under control, and the step to go on with."""
    scale = rtol * float(np.subtract(*np.ravel(quantiles.q.ppf(np.array([0.75, 0.25])))))
    weight = np.exp(_log_phi(quantiles.s) / 8.0)  # the far particles weigh less, and are seen
    for _ in range(_MOST_STEPS):
        if length <= 0:
            return quantiles, c, step
        h = min(step, length)
        slopes: list[Any] = [quantiles.velocity(c)]
        ahead = c
        for row in _STAGES:
            ahead = c + h * sum(a * k for a, k in zip(row, slopes, strict=True))
            slopes.append(quantiles.velocity(ahead))
            if slopes[-1] is None:
                break
        if slopes[-1] is None:
            step = 0.25 * h
            if step < _SHORTEST:
                break
            continue
        apart = quantiles.splines[0] @ (h * sum(a * k for a, k in zip(_APART, slopes, strict=True)))
        error = float(np.max(weight * np.abs(apart))) / scale
        if error <= 1.0:
            c, length = ahead, length - h
            quantiles = quantiles.looked_beyond(c)
        if error > 1.0 or h == step:
            step = h * min(5.0, max(0.2, 0.9 * (error + 1e-10) ** -0.2))
    raise ConvergenceError(
        f"the flow from {quantiles.q} to {quantiles.p} has a front that {quantiles.pieces} pieces of a spline do not "
        "follow, or is too stiff. Ask for earlier times, or more particles."
    )
