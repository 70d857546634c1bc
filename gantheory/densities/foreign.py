"""A law known by callables only: a user's density, a user's class, another library's object.

Its mass is looked for before anything else is done with it, and has to be 1: that is the only thing that can tell
whether the place where the law lives was found. What is missing, and what could not be resolved, is `mass_error`, and
enters the error of everything that is integrated over the law. The basis of its numbers is "estimate".
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from gantheory.densities.probing import Resolved, resolve
from gantheory.densities.protocol import BOUNDED, UNKNOWN, Law, Tail, _shaped, probabilities, random_generator
from gantheory.errors import ConvergenceError, DomainError, GanTheoryError, NotNormalizedError
from gantheory.estimate import Basis, Estimate
from gantheory.panels import EPS, Edges, Points

__all__ = ["MASS_TOLERANCE", "Evaluated", "Foreign", "LogOf"]

Array = Any
#: A constant written with seven digits costs 1e-7, a support cut at five standard deviations 6e-7: both are counted as
#: error. A forgotten factor or a component that was not found costs more, and is refused.
MASS_TOLERANCE = 1e-6
_REMEDY = (
    "If the density is right, its mass was not found: say where it lies (breakpoints=[...] at centres, kinks and "
    "poles, or support=(a, b)). If it is not normalised, divide it by its mass."
)


@dataclass(frozen=True)
class Evaluated:
    """A user's function of x, called on arrays; one by one if it is made for single numbers. Its answer is checked."""

    function: Callable[..., Any]
    name: str

    def __call__(self, x: Array) -> np.ndarray:
        x = np.asarray(x, dtype=float)
        with np.errstate(all="ignore"):
            values = self._called(x)
        if np.isnan(values).any():
            raise DomainError(
                f"{self.name} is nan at x = {_first(x, np.isnan(values))!r}; it must be a number wherever it is asked. "
                "Give a log-density that does not overflow, or the interval where it is a number (support=(a, b))."
            )
        return values

    def _called(self, x: np.ndarray) -> np.ndarray:
        try:
            values = np.asarray(self.function(x))
            if values.shape != x.shape:
                values = np.broadcast_to(values, x.shape)
        except GanTheoryError:
            raise
        except (TypeError, ValueError, ArithmeticError):
            values = self._one_by_one(x)
        if np.iscomplexobj(values):
            raise DomainError(f"{self.name} is complex, of type {values.dtype}; a density is real. Take .real or abs.")
        try:
            return np.asarray(values, dtype=float)
        except (TypeError, ValueError):
            raise DomainError(f"{self.name} gives {type(values.flat[0]).__name__}; it must give numbers.") from None

    def _one_by_one(self, x: np.ndarray) -> np.ndarray:
        at = 0.0
        try:
            values = []
            for at in x.ravel().tolist():
                values.append(self.function(at))
            return np.asarray(values).reshape(x.shape)
        except GanTheoryError:
            raise
        except Exception as error:
            raise DomainError(
                f"{self.name} fails at x = {at!r} with {type(error).__name__}: {error}. It must take a number, or an "
                "array of numbers, and give one number for each."
            ) from error


@dataclass(frozen=True)
class LogOf:
    """The logarithm of a density."""

    pdf: Callable[..., Any]
    name: str = "the pdf"

    def __call__(self, x: Array) -> np.ndarray:
        values = Evaluated(self.pdf, self.name)(x)
        if (values < 0).any():
            where = _first(np.asarray(x, dtype=float), values < 0)
            raise DomainError(
                f"{self.name} is {float(values[values < 0].flat[0])!r} at x = {where!r}; a density is >= 0. "
                "If it is a log-density, wrap it in a class with logpdf and support."
            )
        with np.errstate(divide="ignore"):
            return np.log(values)


@dataclass(frozen=True, eq=False, repr=False)
class Foreign(Law):
    """A law given by its log-density, and by whatever else is known of it.

    Parameters
    ----------
    log_density : callable
        x -> log f(x) of the continuous part; LogOf(pdf) for a pdf. Vectorised, or of one number.
    interval : (float, float)
        The support. The density is not asked outside.
    points : sequence of float
        Centres, kinks, jumps and poles, if any are known.
    distribution, survival, quantile : callable, optional
        cdf, 1 - cdf and ppf of the whole law; by integration where they are not given.
    draw : callable, optional
        (shape, rng) -> sample.
    ends : (Tail, Tail), optional
        How the density decays. Infinite sides are unknown without it, and the Kullback–Leibler divergence then cannot
        tell whether it is finite.
    located : (locations, masses), optional
        Atoms.
    name : str
    key : hashable, optional
        Laws of equal keys are equal; by default the callables themselves decide.

    Raises
    ------
    NotNormalizedError
        If the mass found is not 1 (less the atoms) to within 1e-6.
    ConvergenceError
        If the mass could not be resolved to 1e-6; it carries the best estimate.
    DomainError
        If the density is negative, complex or nan somewhere.

    Attributes
    ----------
    mass_error : float
        How far the mass found is from 1, with the error of finding it.

    Examples
    --------
    >>> law = Foreign(lambda x: -abs(x) - np.log(2))
    >>> law.mass_error < 1e-13, round(float(law.cdf(1.0)), 9)
    (True, 0.816060279)

    A narrow density that underflows everywhere else cannot be found without help:

    >>> narrow = LogOf(lambda x: np.exp(-(((x - 2.7) / 1e-9) ** 2) / 2) / np.sqrt(2 * np.pi) / 1e-9)
    >>> Foreign(narrow)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    gantheory.errors.NotNormalizedError: the density has mass 0 where it was looked for; it must be 1. ...
    >>> Foreign(narrow, points=[2.7]).mass_error < 1e-6
    True
    """

    log_density: Callable[..., Any]
    interval: tuple[float, float] = (-math.inf, math.inf)
    points: Any = ()  # a sequence of float when it is given, a sorted tuple ever after
    distribution: Callable[..., Any] | None = None
    survival: Callable[..., Any] | None = None
    quantile: Callable[..., Any] | None = None
    draw: Callable[..., Any] | None = None
    ends: tuple[Tail, Tail] | None = None
    located: tuple[Any, Any] = ((), ())
    name: str = "the density"
    key: Hashable = None
    mass_error: float = field(init=False, default=0.0)

    basis: ClassVar[Basis] = "estimate"
    rounds_x: ClassVar[bool] = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "interval", checked_support(self.interval))
        object.__setattr__(self, "points", checked_points(self.points))
        object.__setattr__(self, "located", _checked_atoms(self.located))
        object.__setattr__(self, "mass_error", self._checked_mass())

    def _checked_mass(self) -> float:
        if self.continuous_mass == 0:
            return 0.0
        found, expected = self._resolved, self.continuous_mass
        missing = abs(found.mass - expected)
        if missing > MASS_TOLERANCE + found.error:
            wanted = "1" if expected == 1.0 else f"{expected!r}, what its atoms leave"
            raise NotNormalizedError(
                f"{self.name} has mass {found.mass:.9g} where it was looked for; it must be {wanted}. {_REMEDY}"
            )
        if found.error > MASS_TOLERANCE:
            best = Estimate(found.mass, found.error, "estimate")
            raise ConvergenceError(
                f"the mass of {self.name} could not be resolved: the best estimate is {best}, and it must be known "
                f"to {MASS_TOLERANCE:g}. Name its kinks, jumps and poles (breakpoints=[...]).",
                best,
            )
        return missing + found.error

    # -- equality: by key where there is one ---------------------------------------------------------------------------

    def _identity(self) -> Hashable:
        return self.key if self.key is not None else (self.log_density, self.interval, self.points, self.located)

    def __eq__(self, other: object) -> bool:
        return self._identity() == other._identity() if isinstance(other, Foreign) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._identity())

    # -- primitives ----------------------------------------------------------------------------------------------------

    @cached_property
    def _evaluated(self) -> Evaluated:
        return Evaluated(self.log_density, f"log of {self.name}")

    @cached_property
    def _resolved(self) -> Resolved:
        return resolve(self.logpdf_at, self.interval, self.points, self.continuous_mass)

    def logpdf_at(self, points: Points) -> Array:
        values = self._log_density_at(self._apart(points))
        infinite = np.isposinf(values) & (np.asarray(points.offset) != 0)
        if (
            infinite.any()
        ):  # a pole beside an anchor, infinite already where 1 - x**2 rounds to 0: asked a little further off
            values = np.where(infinite, self._log_density_at(self._apart(points, 32)), values)
        return values

    def _log_density_at(self, x: np.ndarray) -> np.ndarray:
        low, high = self.interval
        inside = (x >= low) & (x <= high) & np.isfinite(x)
        values = np.full(x.shape, -np.inf)
        if inside.any():
            values[inside] = self._evaluated(x[inside])
        return values

    @staticmethod
    def _apart(points: Points, steps: int = 1) -> np.ndarray:
        """anchor + offset, kept some floats off the anchor if it is nearer or rounds to it: a pole may stand there."""
        anchor, offset = np.broadcast_arrays(np.asarray(points.anchor, float), np.asarray(points.offset, float))
        x = anchor + offset
        least = steps * np.abs(np.spacing(anchor))
        near = (np.abs(x - anchor) < least) & (offset != 0)
        return np.where(near, anchor + np.copysign(least, offset), x) if near.any() else x

    @cached_property
    def log_rounding(self) -> float:  # type: ignore[override]
        """From the measured noise of the log-density, averaged over the mass."""
        return 4.0 + self._resolved.noise / (4 * EPS * max(self._resolved.mass, 1e-300))

    @cached_property
    def edges(self) -> Edges:
        return self._resolved.edges if self.continuous_mass > 0 else Edges.at([])

    def breakpoints(self) -> Array:
        ends = [end for end in self.interval if math.isfinite(end)]
        return np.unique(np.concatenate([self.edges.anchors, self.points, ends, self.atoms()[0]]))

    @property
    def continuous_mass(self) -> float:
        return 1.0 if not len(self.located[0]) else max(0.0, 1.0 - math.fsum(self.located[1]))

    def atoms(self) -> tuple[Array, Array]:
        return np.array(self.located[0], dtype=float), np.array(self.located[1], dtype=float)

    def support(self) -> tuple[float, float]:
        return self.interval

    def tails(self) -> tuple[Tail, Tail]:
        if self.ends is not None:
            return self.ends
        low, high = (BOUNDED if math.isfinite(end) else UNKNOWN for end in self.interval)
        return low, high

    def cdf_at(self, points: Points) -> Array:
        if self.distribution is not None:
            return np.clip(Evaluated(self.distribution, f"the cdf of {self.name}")(points.x), 0.0, 1.0)
        return np.clip(self._below(points) + self._atoms_at_most(points.x), 0.0, 1.0)

    def sf_at(self, points: Points) -> Array:
        if self.survival is not None:
            return np.clip(Evaluated(self.survival, f"the survival function of {self.name}")(points.x), 0.0, 1.0)
        if self.distribution is not None:
            return 1.0 - self.cdf_at(points)
        above = self._resolved.above(points) if self.continuous_mass > 0 else 0.0
        return np.clip(above + math.fsum(self.located[1]) - self._atoms_at_most(points.x), 0.0, 1.0)

    def _below(self, points: Points) -> Array:
        return self._resolved.below(points) if self.continuous_mass > 0 else np.zeros(np.shape(points.x))

    def _atoms_at_most(self, x: Array) -> Array:
        locations, masses = self.atoms()
        cumulated = np.concatenate([[0.0], np.cumsum(masses)])
        return cumulated[np.searchsorted(locations, x, side="right")]

    def ppf(self, u: Array, /) -> Array:
        u = probabilities(u)
        if self.quantile is not None:
            return _shaped(Evaluated(self.quantile, f"the ppf of {self.name}")(u))
        locations, masses = self.atoms()
        continuous = u.copy()
        if len(locations):
            upto = self._below(Points.at(locations)) + np.cumsum(masses)  # the cdf at each atom
            continuous = u - np.concatenate([[0.0], np.cumsum(masses)])[np.searchsorted(upto, u, side="left")]
        x = self._resolved.quantile(continuous) if self.continuous_mass > 0 else np.zeros(u.shape)
        for location, high, mass in zip(locations, upto if len(locations) else (), masses, strict=True):
            x = np.where((u > high - mass) & (u <= high), location, x)
        low, high = self.interval
        return _shaped(np.where(u == 0, low, np.where(u == 1, high, x)))

    def sample(self, shape: Any = (), *, rng: Any = None) -> Array:
        """Independent draws, by the law's own method if it has one."""
        if self.draw is None:
            return super().sample(shape, rng=rng)
        return _shaped(np.asarray(self.draw(shape, random_generator(rng)), dtype=float))

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"Foreign({self.name})"


def checked_support(support: Any) -> tuple[float, float]:
    """(low, high) with low < high; infinities allowed."""
    try:
        low, high = (float(end) for end in support)
    except (TypeError, ValueError):
        raise DomainError(
            f"support is {support!r}; it must be two numbers (low, high), which may be infinite."
        ) from None
    if not low < high:
        raise DomainError(f"support is ({low!r}, {high!r}); it must have low < high. Use Discrete for a point mass.")
    return low, high


def checked_points(points: Any) -> tuple[float, ...]:
    """Finite numbers, sorted."""
    try:
        array = np.unique(np.asarray(points, dtype=float).ravel())
    except (TypeError, ValueError):
        raise DomainError(f"breakpoints is {points!r}; it must be a sequence of numbers.") from None
    if not np.isfinite(array).all():
        raise DomainError(f"breakpoints is {points!r}; they must be finite numbers.")
    return tuple(array.tolist())


def _checked_atoms(atoms: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    locations, masses = (np.asarray(part, dtype=float).ravel() for part in atoms)
    order = np.argsort(locations)
    good = len(locations) == len(masses) and np.isfinite(locations).all() and (masses > 0).all()
    if not good or math.fsum(masses) > 1 + 1e-9 or len(np.unique(locations)) != len(locations):
        raise DomainError("atoms must be distinct finite locations with masses > 0 of sum at most 1.")
    return tuple(locations[order].tolist()), tuple(masses[order].tolist())


def _first(x: np.ndarray, where: np.ndarray) -> float:
    return float(np.broadcast_to(x, where.shape)[where].flat[0])
