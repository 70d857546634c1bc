r"""A law p_g that moves with θ, seen from p_data: the velocity of its mass, its edges and poles, and theirs.

Expectations of vectors, one entry for each parameter, run over panels in the law's own coordinate. The places where
something happens are *events*: a jump or a pole of p_g, which travels, or of p_data, which stays.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import special

from gantheory.densities import as_density
from gantheory.discriminator import log_sigmoid
from gantheory.errors import ConvergenceError, DomainError
from gantheory.families import Family
from gantheory.inverse import inverses
from gantheory.latent import is_latent
from gantheory.panels import EPS, KRONROD, Edges, Panels, Points, panels
from gantheory.pushforward import Pushforward
from gantheory.quadrature import resolution_of
from gantheory.ratio import pair_at
from gantheory.score import density_beside, has_score, jumps_of

__all__ = ["Event", "MovingLaw", "vector_integral"]

Array = Any
Integrand = Callable[[Points], tuple[Array, Array]]
_MOST_PANELS = 6000
_SIDES = (-1, 1)
_LOG_NOTHING = -60.0  # the prior's log-density at a fold that holds nothing that floats could show


@dataclass(frozen=True)
class Event:
    """A jump or a pole at x: the densities of both laws on its left and on its right, and its velocity.

    Attributes
    ----------
    x : float
    velocity : ndarray (size,)
        dx/dθ; 0 for an event of p_data.
    p, q : tuple of float
        Limits of the densities of p_data and p_g from the left and from the right; inf at a pole.
    of_p_g : bool
    exponents : tuple
        For each side, a of p_data and of p_g, where a density is like d**(a - 1) at the distance d.
    """

    x: float
    velocity: np.ndarray
    p: tuple[float, float]
    q: tuple[float, float]
    of_p_g: bool
    exponents: tuple[tuple[float, float], tuple[float, float]]

    @property
    def moves(self) -> np.ndarray:
        return self.velocity != 0

    @property
    def p_jumps(self) -> bool:
        return _differ(*self.p)

    def log_D(self, side: int, *, fake: bool = False) -> float:
        """log D*, or log(1 - D*), as a limit from one side; 0 where neither law has a density there."""
        p, q = (pair[(side + 1) // 2] for pair in (self.p, self.q))
        real, other = (q, p) if fake else (p, q)
        if real == 0 and other == 0:
            return 0.0
        if math.isinf(real) or math.isinf(other):
            return 0.0 if math.isinf(real) else -math.inf
        return -math.inf if real == 0 else -math.log1p(other / real)


def _differ(a: float, b: float) -> bool:
    return math.isinf(a) or math.isinf(b) or abs(a - b) > 1e-9 * max(a, b)


class MovingLaw:
    """p_g = the law of G_θ(z) at one θ, beside p_data.

    Raises
    ------
    DomainError
        If a law has atoms where the other has mass to compare, or is of a kind whose score is not known.
    """

    def __init__(self, p_data: Any, family: Family, theta: Array) -> None:
        if not isinstance(family, Family):
            raise DomainError(
                f"family is {family!r}; it must be a Family: Location, LocationScale, Affine, NormalMixture, Network "
                "or Generated."
            )
        self.p: Any = as_density(p_data)
        self.family, self.theta = family, family.checked(theta)
        self.law: Any = family.law(self.theta)
        if len(self.law.atoms()[0]) or self.law.continuous_mass == 0:
            raise DomainError(f"p_g is {self.law}, which has atoms; the gradient is that of densities that move.")
        for name, law in (("p_data", self.p), ("p_g", self.law)):
            if not has_score(law):
                raise DomainError(
                    f"{name} is {law}, whose score ∂ log p/∂x is not known everywhere; use the package's families "
                    "and smooth generators, or criterion_gradient(..., method='differences')."
                )
        self.pair = pair_at(self.p, self.law)

    def velocity(self, t: Points) -> np.ndarray:
        """∂_θ G_θ at points of the law's own coordinate, (size, ...)."""
        return self.family.velocity(self.theta, t, self.law)

    @cached_property
    def _measure(self) -> Any:
        return self._measure_with(())

    def _measure_with(self, breakpoints: Array) -> Any:
        """The law in its own coordinate, with the places in x where something happens mapped into it."""
        edges = self.p.edges
        places = np.concatenate([edges.anchors, [event.x for event in self.events], breakpoints])
        return self.law.measure(places, edges.centre + edges.offset)

    def points(self, t: Points) -> Points:
        """x at points of the law's own coordinate; beside a preimage of an event, as an offset from the event."""
        return self._measure.points(t)

    def log_mass(self, t: Points) -> Array:
        return self._measure.log_mass(t)

    def cells(self, breakpoints: Array = ()) -> Panels:
        """Panels in the law's own coordinate, that end wherever something happens to either law."""
        if self.law.in_x:
            return self.data_cells(breakpoints)
        return panels(self._measure_with(breakpoints).edges)

    def data_cells(self, breakpoints: Array = ()) -> Panels:
        """Panels in x, for expectations under p_data."""
        ends = np.concatenate([[event.x for event in self.events], breakpoints])
        return panels(Edges.union([self.p.edges, self.law.edges]), ends)

    # -- events ----------------------------------------

    @cached_property
    def events(self) -> tuple[Event, ...]:
        """Every jump and pole of p_g and of p_data, by x."""
        if is_latent(self.p):
            still = np.array([fold.value for b in self.p.branches for fold in (b.fold0, b.fold1) if fold is not None])
            still = np.append(still, _values(self.p, jumps_of(self._named_prior(self.p))))
        else:
            still = jumps_of(self.p)
        moving, velocities = self._of_law()
        found = [self._event(x, velocity, True) for x, velocity in zip(moving, velocities, strict=True)]
        if not self.law.in_x and None in found:
            raise ConvergenceError(
                f"at a fold or an edge of {self.law} no jump or pole of the density is seen; use "
                "criterion_gradient(..., method='differences')."
            )
        zero = np.zeros(self.family.size)
        found += [self._event(float(x), zero, False) for x in np.unique(still) if x not in moving]
        return tuple(sorted((event for event in found if event is not None), key=lambda event: event.x))

    def _event(self, x: float, velocity: np.ndarray, of_p_g: bool) -> Event | None:
        of_p, of_q = ([density_beside(law, x, side) for side in _SIDES] for law in (self.p, self.law))
        p, q = ((left[0], right[0]) for left, right in (of_p, of_q))
        if not (_differ(*p) or _differ(*q)):
            return None
        left, right = ((a[1], b[1]) for a, b in zip(of_p, of_q, strict=True))
        return Event(x, velocity, p, q, of_p_g, (left, right))

    def _of_law(self) -> tuple[list[float], list[np.ndarray]]:
        """Where p_g may jump or have a pole, each place once, and the velocities."""
        if self.law.in_x:
            x = z = jumps_of(self.law)
        else:
            prior, critical = self._named_prior(self.law), np.asarray(self.law.critical_points)
            held = prior.logpdf(critical) > _LOG_NOTHING
            z = np.unique(np.concatenate([jumps_of(prior), critical[held]]))
            x = _values(self.law, z)
        x, first = np.unique(x, return_index=True)
        if not len(x):
            return [], []
        return x.tolist(), list(self.velocity(Points.at(z[first])).T)

    @staticmethod
    def _named_prior(law: Pushforward) -> Any:
        if not law.prior.in_x:
            raise DomainError(f"the prior is {law.prior}, itself the law of a generator; give one that is named.")
        return law.prior

    def flux_through(self, event: Event) -> np.ndarray:
        """Σ q_b (v_b - dx/dθ) over the branches of p_g that do not end at an event: the mass that crosses it."""
        x = Points(np.full(1, event.x), np.zeros(1))
        if self.law.in_x:
            if event.of_p_g:
                return np.zeros(self.family.size)  # an edge moves with its mass
            return self.velocity(x)[:, 0] * float(np.exp(self.law.logpdf_at(x)[0]))
        total = np.zeros(self.family.size)
        for branch, (here, z, slope) in zip(self.law.branches, inverses(self.law.branches, x), strict=True):
            if here.any() and event.x not in (branch.x0, branch.x1):
                share = float(np.exp(self.law.prior.logpdf_at(z)[0]) / slope[0])
                total += share * (self.velocity(z)[:, 0] - event.velocity)
        return total

    def log_D_at(self, x: Points) -> tuple[Array, Array]:
        """log D* and its rounding."""
        at = self.pair(x)
        known = np.where(np.isfinite(at.r), np.minimum(at.rounding_r, 1.0), 0.0)
        return log_sigmoid(at.r), special.expit(-at.r) * known


def _values(law: Pushforward, z: np.ndarray) -> np.ndarray:
    """G at some z, to the bit what the branches that end there say: a matrix product rounds by its columns."""
    known = {}
    for branch in law.branches:
        for end, x, fold in ((branch.z0, branch.x0, branch.fold0), (branch.z1, branch.x1, branch.fold1)):
            known.setdefault(end, x if fold is None else fold.value)
    return np.array([known[at] if at in known else float(law.generator(np.array([at]))[0]) for at in z.tolist()])


# -- integrals of vectors ----------------------------------------


def vector_integral(cells: Panels, integrand: Integrand, *, rtol: float = 1e-12) -> tuple[np.ndarray, np.ndarray]:
    """The integrals of k functions at once, and what each may be wrong by.

    Parameters
    ----------
    cells : Panels
    integrand : callable
        Points of shape (panels, 31) -> values and their roundings, of shape (k, panels, 31).
    rtol : float
        Of the integral of the absolute value of each.

    Raises
    ------
    ConvergenceError
        If the panels are exhausted before an error of 1e-6 of the same is reached.
    """
    with np.errstate(all="ignore"):
        value, size, apart, noise = _sums(cells, integrand)
        for round_ in range(60):
            tolerance = np.maximum(rtol * size.sum(axis=1), noise.sum(axis=1)) + 1e-300
            bad = (apart > 0.5 * (tolerance / len(cells))[:, None]) & (apart > noise)
            bad &= (apart.sum(axis=1) > tolerance)[:, None]
            worst = bad.any(axis=0) & (cells.b - cells.a > 4 * EPS * np.maximum(np.abs(cells.a), np.abs(cells.b)))
            if not worst.any() or len(cells) + worst.sum() > _MOST_PANELS:
                break
            some = cells.take(worst)
            new = some.halves() if round_ < 2 else some.finer()
            cells = Panels.joined([cells.take(~worst), new])
            value, size, apart, noise = (
                np.concatenate([old[:, ~worst], added], axis=1)
                for old, added in zip((value, size, apart, noise), _sums(new, integrand), strict=True)
            )
    found, scale = value.sum(axis=1), size.sum(axis=1)
    error = apart.sum(axis=1) + noise.sum(axis=1) + 4 * EPS * scale
    open_ended = apart.sum(axis=1) > 1e-6 * scale + 2.0 * noise.sum(axis=1) + 1e-290
    if open_ended.any() or not np.isfinite(found).all():
        raise ConvergenceError(
            f"the gradient's integral does not settle: {found} within {error}. It may be infinite; use "
            "criterion_gradient(..., method='differences'), or laws of lighter tails."
        )
    return found, error


def _sums(cells: Panels, integrand: Integrand) -> tuple[np.ndarray, ...]:
    """For each function and panel: the integral, that of the absolute value, what resolution and rounding leave."""
    points, factor = cells.nodes()
    values, noise = integrand(points)
    values = values * factor
    k = len(values)
    apart = resolution_of(values.reshape(k * len(cells), -1)).reshape(k, -1)
    return values @ KRONROD, np.abs(values) @ KRONROD, apart, (noise * factor) @ KRONROD
