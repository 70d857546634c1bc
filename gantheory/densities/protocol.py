"""What a law is: the protocol, and the base class of the package's own laws.

A law on the line has a continuous part, given by its log-density, and atoms. It knows where something happens on it
(anchors), how its mass is spread (scales), and how its tails decay: the integrals over it are right because of that.
Our own laws evaluate at (anchor, offset) pairs, see `gantheory.quadrature`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np

from gantheory.densities.given import keep, rounded_from
from gantheory.errors import DomainError
from gantheory.estimate import Basis
from gantheory.panels import Edges, Points, real_array

__all__ = ["Density", "Law", "Measure", "Pole", "Tail"]

Array = Any
_NONE = np.empty(0)
_NONE.setflags(write=False)


@dataclass(frozen=True, slots=True)
class Tail:
    """How a density decays towards one end of the line.

    Attributes
    ----------
    kind : {"bounded", "exponential", "power", "unknown"}
        The support ends; -log f grows like |x|**power; f falls like |x|**(-1 - power); nothing is known.
    power : float
        The exponent above. 2 for a normal, 1 for a Laplace, 1 for a Cauchy (kind "power").
    weight : float
        For a power tail, lim |x|**(1 + power) * f(x).
    """

    kind: str
    power: float = math.inf
    weight: float = 0.0

    @property
    def is_known(self) -> bool:
        return self.kind != "unknown"


@dataclass(frozen=True, slots=True)
class Pole:
    """A density that grows like u**(exponent - 1), exponent < 1, at a distance u to one side of a point."""

    location: float
    side: int
    exponent: float


BOUNDED = Tail("bounded")
UNKNOWN = Tail("unknown")


@runtime_checkable
class Density(Protocol):
    """A law on the line, as `as_density` returns it. A user's own class needs `logpdf` and `support` only.

    x and u are arrays of any shape, and so is what comes back. `logpdf` and `pdf` are of the continuous part, -inf
    and 0 off the support, +inf at a pole and never nan; `cdf` and its generalised inverse `ppf` are those of the whole
    law; `atoms` gives locations and masses, `breakpoints` the kinks, jumps and poles, `tails` how the density decays.

    Examples
    --------
    >>> class Triangle:
    ...     def logpdf(self, x):
    ...         return np.log(2.0 * np.clip(x, 0.0, 1.0))
    ...     def support(self):
    ...         return 0.0, 1.0
    >>> from gantheory.densities import as_density
    >>> float(as_density(Triangle()).cdf(0.5))
    0.25
    """

    def logpdf(self, x: Array, /) -> Array: ...
    def pdf(self, x: Array, /) -> Array: ...
    def cdf(self, x: Array, /) -> Array: ...
    def ppf(self, u: Array, /) -> Array: ...
    def support(self) -> tuple[float, float]: ...
    def breakpoints(self) -> Array: ...
    def atoms(self) -> tuple[Array, Array]: ...
    def tails(self) -> tuple[Tail, Tail]: ...
    def measure(self, breakpoints: Array = (), scales: Array = ()) -> Measure: ...
    def sample(self, shape: Any = (), *, rng: Any = None) -> Array: ...


@dataclass(frozen=True)
class Measure:
    """A law in its own coordinate t: where its panels end, the point x(t), and the log of its mass per dt.

    For a law that is named by its density t is x itself, and two such laws are integrated in one sweep.
    """

    law: Any
    edges: Edges
    breakpoints: Array = ()

    def points(self, t: Points) -> Points:
        return t

    def log_mass(self, t: Points) -> Array:
        return self.law.logpdf_at(t)


class Law:
    """Base of the package's laws: everything that follows from a few primitives.

    A law gives `logpdf_at`, `cdf_at`, `sf_at`, `ppf`, `support`, `tails` and `edges`; a law with atoms gives `atoms`
    and `continuous_mass` as well.
    """

    basis: ClassVar[Basis] = "bound"
    in_x: ClassVar[bool] = True  # whether its own coordinate, in which it is integrated, is x
    rounds_x: ClassVar[bool] = False  # whether its density is known at numbers x only, which cannot tell an anchor's
    #                                   neighbourhood apart

    # -- primitives ----------------------------------------

    def logpdf_at(self, points: Points) -> Array:
        """Log-density of the continuous part at anchored points; -inf off the support."""
        raise NotImplementedError(type(self).__name__)

    def cdf_at(self, points: Points) -> Array:
        raise NotImplementedError(type(self).__name__)

    def sf_at(self, points: Points) -> Array:
        """1 - cdf, accurate where the cdf is near 1."""
        raise NotImplementedError(type(self).__name__)

    def ppf(self, u: Array, /) -> Array:
        raise NotImplementedError(type(self).__name__)

    def support(self) -> tuple[float, float]:
        raise NotImplementedError(type(self).__name__)

    def tails(self) -> tuple[Tail, Tail]:
        raise NotImplementedError(type(self).__name__)

    @cached_property
    def edges(self) -> Edges:
        raise NotImplementedError(type(self).__name__)

    @property
    def log_rounding(self) -> float:
        """Size of the constants in the log-density: `logpdf_at` is right to 4 eps (|logpdf| + this)."""
        return 4.0

    def same_shape(self, other: Any) -> bool:
        """Whether `log_ratio_at` has a difference form for this other law, right for nearly equal laws."""
        return False

    # -- what follows ----------------------------------------

    def _repr_latex_(self) -> str:
        from gantheory.densities.typesetting import latex_of

        return f"${latex_of(self)}$"

    def intervals(self) -> np.ndarray:
        """What the continuous part lives on, without its gaps: intervals apart from each other, of shape (k, 2)."""
        return np.array([self.support()]) if self.continuous_mass > 0 else np.empty((0, 2))

    def logpdf(self, x: Array, /) -> Array:
        """Natural logarithm of the density of the continuous part, -inf off the support, never nan for a number x."""
        with np.errstate(all="ignore"):  # an overflow on the way is a density of 0
            return _shaped(self.logpdf_at(Points.at(numbers(x))))

    def pdf(self, x: Array, /) -> Array:
        """Density of the continuous part."""
        with np.errstate(over="ignore"):
            return _shaped(np.exp(self.logpdf(x)))

    def cdf(self, x: Array, /) -> Array:
        """P(X <= x), atoms included."""
        with np.errstate(all="ignore"):
            return _shaped(self.cdf_at(Points.at(numbers(x))))

    def sf(self, x: Array, /) -> Array:
        """P(X > x), atoms included."""
        with np.errstate(all="ignore"):
            return _shaped(self.sf_at(Points.at(numbers(x))))

    def breakpoints(self) -> Array:
        """Points where something happens: centres, kinks, jumps, poles, atoms."""
        return np.unique(np.concatenate([self.edges.anchors, self.atoms()[0]]))

    def atoms(self) -> tuple[Array, Array]:
        """Locations and masses of the atoms; empty when there are none."""
        return _NONE, _NONE

    def log_masses_at(self, x: Array) -> Array:
        """log P(X = x), -inf where there is no atom; known also where the mass itself is below the smallest float."""
        locations, masses = self.atoms()
        x = np.asarray(x, dtype=float)
        if not len(locations):
            return np.full(x.shape, -np.inf)
        index = np.minimum(np.searchsorted(locations, x), len(locations) - 1)
        with np.errstate(divide="ignore"):
            return np.where(locations[index] == x, np.log(masses[index]), -np.inf)

    def is_cut(self) -> tuple[bool, bool]:
        """Whether atoms go on to the left and to the right of those that are listed."""
        return False, False

    @property
    def atom_rounding(self) -> float:
        """Relative rounding of the atoms' masses: none where they are given, some where they are added up."""
        return 0.0

    def poles(self) -> tuple[Pole, ...]:
        """Where the density is infinite."""
        return ()

    @property
    def continuous_mass(self) -> float:
        """Mass of the continuous part."""
        return 1.0

    def measure(self, breakpoints: Array = (), scales: Array = ()) -> Measure:
        """The law in its own coordinate, here x: where something happens in x, and x that tell another law's scales."""
        return Measure(self, self.edges, breakpoints)

    def sample(self, shape: Any = (), *, rng: Any = None) -> Array:
        """Independent draws, by inversion.

        Parameters
        ----------
        shape : int or tuple of int
        rng : numpy.random.Generator, int or None
        """
        return _shaped(self.ppf(uniforms(shape, rng)))


def random_generator(rng: Any) -> np.random.Generator:
    """numpy's generator, from what a caller may give."""
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise DomainError(f"rng is {rng!r}; it must be a numpy Generator, an int >= 0 or None.") from None


def uniforms(shape: Any, rng: Any) -> np.ndarray:
    """Uniform numbers of a shape, which is checked."""
    draw = random_generator(rng)
    try:
        return np.asarray(draw.random(shape))
    except (TypeError, ValueError):
        raise DomainError(f"shape is {shape!r}; it must be an int >= 0 or a tuple of them.") from None


def merged(intervals: Array) -> np.ndarray:
    """The union of intervals as intervals apart from each other, in order; two that touch become one."""
    found: list[list[float]] = []
    for low, high in sorted(map(tuple, np.asarray(intervals, dtype=float).tolist())):
        if found and low <= found[-1][1]:
            found[-1][1] = max(found[-1][1], high)
        else:
            found.append([low, high])
    return np.array(found).reshape(-1, 2)


def _shaped(values: Array) -> Array:
    return np.asarray(values)[()]


def numbers(x: Array) -> np.ndarray:
    try:
        x = real_array(x)
    except (TypeError, ValueError):
        raise DomainError(f"x is {x!r}; a density is asked at real numbers.") from None
    if np.isnan(x).any():
        raise DomainError("x holds nan; a density is asked at numbers. Drop the missing values first.")
    return x


def probabilities(u: Array) -> np.ndarray:
    """The argument of a ppf, checked."""
    u = np.asarray(u, dtype=float)
    if not ((u >= 0) & (u <= 1)).all():
        raise DomainError(f"u is {u!r}; a ppf is asked at probabilities in [0, 1].")
    return u


def finite(law: str, **parameters: float) -> None:
    """Every parameter is a finite number."""
    for name, value in parameters.items():
        _real(law, name, value)


def positive(law: str, **parameters: float) -> None:
    """Every parameter is a finite number above 0."""
    for name, value in parameters.items():
        if _real(law, name, value) <= 0:
            raise DomainError(f"{name} of {law} is {value!r}; it must be > 0.{_REMEDY.get(name, '')}")
        if not _SMALLEST < float(value) < 1 / _SMALLEST:
            raise DomainError(f"{name} of {law} is {value!r}; it must be between 1e-200 and 1e200: rescale x.")


_SMALLEST = 1e-200  # so that products of scales, and ladders of them, stay floats
_REMEDY = {
    "sigma": " Use Discrete([mu], [1.0]) for a point mass.",
    "scale": " A rate r is scale 1/r; use Discrete for a point mass.",
}


def _real(law: str, name: str, value: float) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise DomainError(f"{name} of {law} is {value!r}; it must be a real number.") from None
    if not math.isfinite(number):
        raise DomainError(f"{name} of {law} is {value!r}; it must be a finite number.")
    return number


def log_of_ratio(a: float, b: float) -> float:
    """log(a/b), to a relative error of a few eps where a is near b."""
    return math.log1p((a - b) / b) if 0.5 * b < a < 2 * b else math.log(a) - math.log(b)


def as_floats(law: Any) -> None:
    """Turn a frozen law's numeric fields into plain floats, so that equal laws compare and print as equal.

    What they were rounded from is kept for the enclosures.
    """
    values = {field.name: getattr(law, field.name) for field in fields(law)}
    for name, value in values.items():
        object.__setattr__(law, name, float(value) + 0.0)
    if record := rounded_from(values):
        keep(law, record)
