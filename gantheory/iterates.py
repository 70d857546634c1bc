r"""The law that mirror descent has reached, at every x and not only at its nodes.

A step needs of the whole law one number, ζ = log(Z/2^η). With those of the steps before it the recursion

.. math:: r \leftarrow r - \eta\,(\operatorname{softplus}(r) - \log 2) + \zeta, \qquad q_t = p\,e^{-r_t}

is run at any x. In a tail where q_0 falls faster than p, log q_t is :math:`(1-\eta)^t \log q_0 + (1-(1-\eta)^t)\log p`
to leading order; where it falls more slowly, q_t falls like q_0. Poles are mixed alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gantheory.densities.protocol import BOUNDED, UNKNOWN, Law, Pole, Tail, probabilities
from gantheory.densities.quantile import bisected_quantile
from gantheory.errors import DomainError
from gantheory.estimate import Basis
from gantheory.nodes import relative_softplus
from gantheory.panels import KRONROD, NODES, Edges, Panels, Points, panels_of
from gantheory.ratio import atoms_at, pair_at

__all__ = ["Iterate", "mirrored"]

Array = Any


def mirrored(r: Array, log_ratio: Array, eta: float, shift: Array) -> tuple[Array, Array]:
    """One step of mirror descent, in r = log p − log q and in log q − log q_0, which is right where r is −inf."""
    soft = relative_softplus(r)
    far = np.log1p(np.exp(-np.maximum(r, 1.0))) - math.log(2.0)  # softplus(r) − log 2 − r
    kept = 0.0 if eta == 1.0 else (1.0 - eta) * r  # never 0 · inf
    return np.where(r > 1.0, kept - eta * far, r - eta * soft) + shift, log_ratio + (eta * soft - shift)


@dataclass(frozen=True)
class Iterate(Law):
    """q_t of mirror descent from q_0 towards p, with the step η < 1 and ζ of the t steps.

    Examples
    --------
    >>> from gantheory.densities import Normal
    >>> from gantheory.descent import mirror_descent
    >>> q = mirror_descent(Normal(0, 1), Normal(1, 1.5), step=0.5, steps=3).p_g()
    >>> round(float(q.cdf(np.inf)), 12), round(float(q.cdf(q.ppf(0.25))), 12)
    (1.0, 0.25)
    """

    p: Any
    start: Any
    step: float
    shifts: tuple[float, ...]

    def __post_init__(self) -> None:
        if not 0 < self.step < 1:
            raise DomainError(f"step is {self.step!r}; it must be in (0, 1). At 1 the iterates are mixtures.")

    @property
    def basis(self) -> Basis:  # type: ignore[override]
        return "estimate" if "estimate" in (self.p.basis, self.start.basis) else "bound"

    @cached_property
    def rounds_x(self) -> bool:  # type: ignore[override]
        return self.p.rounds_x or self.start.rounds_x

    def _follow(self, r: Array, log_ratio: Array) -> tuple[Array, Array]:
        """All steps, from r of the start: r_t, and log q_t − log q_0."""
        for shift in self.shifts:
            r, log_ratio = mirrored(r, log_ratio, self.step, shift)
        return r, log_ratio

    def _at(self, r: float) -> tuple[float, float]:
        """The same at one place."""
        with np.errstate(all="ignore"):
            found, log_ratio = self._follow(np.array(r), np.array(0.0))
        return float(found), float(log_ratio)

    def _log_density(self, at: Any) -> Array:
        with np.errstate(all="ignore"):
            r, log_ratio = self._follow(np.asarray(at.r), np.zeros(np.shape(at.r)))
            return np.where(r > 0, at.log_p - r, at.log_q + log_ratio)

    def logpdf_at(self, points: Points) -> Array:
        with np.errstate(all="ignore"):
            found = self._log_density(pair_at(self.p, self.start)(points))
        return np.where(np.isneginf(self.start.logpdf_at(points)), -np.inf, found)

    @property
    def log_rounding(self) -> float:
        return self.p.log_rounding + self.start.log_rounding + 2.0 * len(self.shifts)

    # -- atoms ----------------------------------------

    @cached_property
    def _atoms(self) -> tuple[np.ndarray, np.ndarray]:
        locations = np.asarray(self.start.atoms()[0])
        at = atoms_at(self.p, self.start)(Points.at(locations, atomic=True))
        return locations, np.exp(self._log_density(at))

    def atoms(self) -> tuple[Array, Array]:
        return self._atoms

    @property
    def atom_rounding(self) -> float:
        return self.p.atom_rounding + self.start.atom_rounding + 1e-15 * (1 + len(self.shifts))

    @cached_property
    def continuous_mass(self) -> float:  # type: ignore[override]
        return max(1.0 - math.fsum(self._atoms[1]), 0.0) if self.start.continuous_mass > 0 else 0.0

    # -- the cdf, by quadrature ----------------------------------------

    @cached_property
    def _panels(self) -> tuple[Panels, np.ndarray, np.ndarray, np.ndarray]:
        """Panels in the order of x, their left ends there, and the masses up to each and from each on."""
        cells = panels_of(*(law.measure().edges for law in (self.p, self.start) if law.continuous_mass > 0))[1]
        cells = cells.halves()
        ends = cells.points(np.stack([cells.a, cells.b], axis=1))[0].x
        order = np.argsort(ends.mean(axis=1), kind="stable")
        cells = cells.take(order)
        points, factor = cells.nodes()
        masses = (np.exp(self.logpdf_at(points)) * factor) @ KRONROD
        below, after = np.append(0.0, np.cumsum(masses)), np.append(np.cumsum(masses[::-1])[::-1], 0.0)
        return cells, ends[order].min(axis=1), below, after

    def _continuous_beside(self, x: np.ndarray, *, above: bool) -> np.ndarray:
        """Mass of the continuous part on one side of x: whole panels, and a panel's share by the same rule."""
        if self.continuous_mass == 0:
            return np.zeros_like(x)
        cells, left, below, after = self._panels
        index = np.clip(np.searchsorted(left, x, side="right") - 1, 0, len(cells) - 1)
        some = cells.take(index)
        offset = np.where(np.isfinite(x), x - some.anchor, np.copysign(1e300, x))
        graded = some.scale != 0
        with np.errstate(all="ignore"):
            s = np.where(graded, np.log(np.maximum(offset / np.where(graded, some.scale, 1.0), 1e-300)), offset)
        s = np.clip(s, some.a, some.b)
        backwards = (some.scale < 0) != above  # the share ends where the coordinate, or the side, begins
        part = Panels(some.anchor, some.scale, np.where(backwards, s, some.a), np.where(backwards, some.b, s))
        s_nodes = (0.5 * (part.a + part.b))[:, None] + (0.5 * (part.b - part.a))[:, None] * NODES
        points, slope = part.points(s_nodes)
        inside = (np.exp(self.logpdf_at(points)) * slope) @ KRONROD * (0.5 * (part.b - part.a))
        beyond = after[index + 1] if above else below[index]
        return np.clip((beyond + inside) * (self.continuous_mass / below[-1]), 0.0, self.continuous_mass)

    def cdf_at(self, points: Points) -> Array:
        x = np.asarray(points.x, dtype=float)
        locations, masses = self._atoms
        steps = np.concatenate([[0.0], np.cumsum(masses)])[np.searchsorted(locations, x, side="right")]
        return np.minimum(self._continuous_beside(x.ravel(), above=False).reshape(x.shape) + steps, 1.0)

    def sf_at(self, points: Points) -> Array:
        x = np.asarray(points.x, dtype=float)
        locations, masses = self._atoms
        beyond = np.concatenate([np.cumsum(masses[::-1])[::-1], [0.0]])[np.searchsorted(locations, x, side="right")]
        return np.minimum(self._continuous_beside(x.ravel(), above=True).reshape(x.shape) + beyond, 1.0)

    def ppf(self, u: Array, /) -> Array:
        u = probabilities(u)
        low, high = self.support()
        return bisected_quantile(self, u, np.full(u.shape, low), np.full(u.shape, high))[()]

    # -- where it lives, and how it falls ----------------------------------------

    def support(self) -> tuple[float, float]:
        return self.start.support()

    def intervals(self) -> np.ndarray:
        return self.start.intervals()

    @cached_property
    def edges(self) -> Edges:
        return Edges.union([self.p.edges, self.start.edges])

    @cached_property
    def _weight(self) -> float:
        """(1 − η)^t, the weight of log q_0 where p is the larger."""
        return (1.0 - self.step) ** len(self.shifts)

    def tails(self) -> tuple[Tail, Tail]:
        left, right = (self._tail(p, q) for p, q in zip(self.p.tails(), self.start.tails(), strict=True))
        return left, right

    def _tail(self, p: Tail, q: Tail) -> Tail:
        if q.kind == "bounded":
            return BOUNDED
        if not (p.is_known and q.is_known):
            return UNKNOWN
        if q.kind == "power" and p.kind == "power" and q.power >= p.power:
            w = self._weight
            return Tail("power", w * q.power + (1.0 - w) * p.power, self._far_weight(p, q))
        if q.kind == "power":  # p falls faster: r = −inf there
            return Tail("power", q.power, q.weight * math.exp(self._lift))
        return q

    @cached_property
    def _lift(self) -> float:
        """log q_t − log q_0 where p is nothing beside q."""
        return self._at(-math.inf)[1]

    def _far_weight(self, p: Tail, q: Tail) -> float:
        if not (p.weight > 0 and q.weight > 0):
            return 0.0
        if p.power == q.power:  # r goes to a constant
            return p.weight * math.exp(-self._at(math.log(p.weight / q.weight))[0])
        # r grows without bound: what is left of it is (1 − η)^t r and a constant, read off far out
        far = 600.0
        kept = self._at(far)[0] - self._weight * far
        return p.weight * math.exp(-kept) * (q.weight / p.weight) ** self._weight

    def poles(self) -> tuple[Pole, ...]:
        found = {}
        for law, mine in ((self.p, False), (self.start, True)):
            for pole in law.poles():
                found.setdefault((pole.location, pole.side), [1.0, 1.0])[mine] = pole.exponent
        w, poles = self._weight, []
        for (location, side), (of_p, of_q) in found.items():
            exponent = of_q if of_q <= of_p else w * of_q + (1.0 - w) * of_p
            if exponent < 1.0:
                poles.append(Pole(location, side, exponent))
        return tuple(poles)

    @property
    def mass_error(self) -> float:
        return sum(getattr(law, "mass_error", 0.0) for law in (self.p, self.start))
