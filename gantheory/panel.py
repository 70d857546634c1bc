"""The standard panel, on which every claim is decided: thirty-three pairs of laws, six also as arrays on a grid.

The pairs are chosen so that each difficulty has one of its own: smooth, kinked, heavy-tailed, singular at an edge,
jumping, nested and disjoint supports, components of sd 1e-8, nearly equal, far apart, equal, discrete, with atoms.
They stand in order of simplicity: the first that refutes a statement is its simplest counterexample.

A case asks the functionals for its own pair and remembers the answers, so that a quantity which ten claims use is
integrated once. A case of arrays answers the same questions on its grid; no claim has to know which it was given.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cache, cached_property
from typing import Any

import numpy as np

from gantheory.densities import (
    Beta,
    Cauchy,
    Discrete,
    Exponential,
    Gamma,
    Laplace,
    Logistic,
    Mixture,
    Normal,
    StudentT,
    Uniform,
    Weibull,
    as_density,
)
from gantheory.discriminator import Discriminator
from gantheory.estimate import Estimate
from gantheory.expectation import mutually_singular
from gantheory.game import optimal_discriminator
from gantheory.grid import Grid
from gantheory.mlp import MLP
from gantheory.pushforward import Pushforward

__all__ = [
    "ARRAY_CASES",
    "PANEL",
    "QUICK_GENERATORS",
    "Case",
    "GridCase",
    "Pair",
    "generator_cases",
    "is_standard",
    "seeded",
]


class Pair:
    """What a pair of laws and a pair of arrays have in common.

    Calling a case with a functional gives the functional of its pair, computed once:

    >>> from gantheory.divergences import kl_divergence
    >>> case = Case("example", Normal(), Normal(1))
    >>> case(kl_divergence) is case(kl_divergence)
    True
    """

    name: str
    p_data: Any
    p_g: Any
    tags: frozenset[str]
    seed: int
    _memo: dict[Any, Any]
    is_grid = False
    missing_mass: Any = Estimate(0.0)  # how far the masses of both may be from 1: 0 ± that

    def on(self, functional: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """A functional of any laws, on this pair's grid if it has one."""
        raise NotImplementedError(type(self).__name__)

    def __call__(self, functional: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """``functional(p_data, p_g, *arguments, **options)``; remembered where there are no further arguments."""
        if arguments:
            return self.on(functional, self.p_data, self.p_g, *arguments, **options)
        key = (functional, *sorted(options.items()))
        return self.remembered(key, lambda: self.on(functional, self.p_data, self.p_g, **options))

    def of_p_data(self, functional: Callable[..., Any]) -> Any:
        """A functional of p_data alone."""
        return self.remembered((functional, "p_data"), lambda: self.on(functional, self.p_data))

    def of_p_g(self, functional: Callable[..., Any]) -> Any:
        """A functional of p_g alone."""
        return self.remembered((functional, "p_g"), lambda: self.on(functional, self.p_g))

    def remembered(self, key: Any, quantity: Callable[[], Any]) -> Any:
        """A quantity of this pair, computed the first time that it is asked for under this key."""
        if key not in self._memo:
            self._memo[key] = quantity()
        return self._memo[key]

    def rng(self, purpose: str) -> np.random.Generator:
        """A generator of its own for each purpose, so that claims draw the same whatever ran before them."""
        return np.random.default_rng([self.seed, zlib.crc32(f"{self.name}/{purpose}".encode())])

    @cached_property
    def swapped(self) -> Any:
        """The pair with its laws exchanged."""
        return self.with_laws(self.p_g, self.p_data, "swapped")

    def with_laws(self, p: Any, q: Any, suffix: str) -> Any:
        """Another pair of the same kind."""
        raise NotImplementedError(type(self).__name__)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, eq=False)
class Case(Pair):
    """Two laws under a name.

    Parameters
    ----------
    name : str
        As in ``CLAIM::CASE``.
    p_data, p_g : Density or anything `as_density` accepts
    tags : frozenset of str
        What no law says of itself, such as ``heavier-tails``: KL(p_data‖p_g) is infinite by the tails.
    seed : int
        From which the random discriminators of the claims are drawn.
    """

    name: str
    p_data: Any
    p_g: Any
    tags: frozenset[str] = frozenset()
    seed: int = 0
    _memo: dict[Any, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "p_data", as_density(self.p_data))
        object.__setattr__(self, "p_g", as_density(self.p_g))

    def on(self, functional: Callable[..., Any], *laws: Any, **options: Any) -> Any:
        return functional(*laws, **options)

    def with_laws(self, p: Any, q: Any, suffix: str) -> Case:
        return Case(f"{self.name}, {suffix}", p, q, frozenset(), self.seed)

    def mixture(self, weight: float = 0.5) -> Mixture:
        """weight * p_data + (1 - weight) * p_g."""
        return Mixture([self.p_data, self.p_g], [weight, 1.0 - weight])

    @cached_property
    def against_mixture(self) -> tuple[Case, Case]:
        """(p_data, m) and (p_g, m), where m is the mean of the two laws."""
        m = self.mixture()
        return self.with_laws(self.p_data, m, "m"), self.with_laws(self.p_g, m, "m")

    @property
    def laws(self) -> str:
        """The pair in the command line's own words; laws of many parts by their number."""
        return f"{_brief(self.p_data)} v {_brief(self.p_g)}"

    @property
    def is_equal(self) -> bool:
        return self.p_data == self.p_g

    @property
    def is_singular(self) -> bool:
        """Whether the two laws live on disjoint sets, as their supports and atoms show."""
        return mutually_singular(self.p_data, self.p_g)

    @cached_property
    def optimal(self) -> Discriminator:
        """D* of the pair."""
        return optimal_discriminator(self.p_data, self.p_g)

    def is_off_p_data(self, x: Any) -> np.ndarray:
        """Where p_data has neither a density nor an atom."""
        return np.isneginf(self.p_data.logpdf(x)) & np.isneginf(self.p_data.log_masses_at(x))

    def is_off_p_g(self, x: Any) -> np.ndarray:
        """Where p_g has neither a density nor an atom."""
        return np.isneginf(self.p_g.logpdf(x)) & np.isneginf(self.p_g.log_masses_at(x))


@dataclass(frozen=True, eq=False)
class GridCase(Pair):
    """Two arrays of densities on one grid (the last axis), or batches of them.

    Parameters
    ----------
    name : str
    grid : Grid
    p_data, p_g : ndarray
    tolerance : float, default 0.05
        The width of an interval, in nats, that still decides. A grid's numbers are worth what its resolution and its
        mass defect are worth, and their Estimates say so; 1e-9 would leave every claim undecided on it.
    """

    name: str
    grid: Grid
    p_data: Any
    p_g: Any
    tags: frozenset[str] = frozenset()
    seed: int = 0
    tolerance: float = 0.05
    _memo: dict[Any, Any] = field(default_factory=dict, repr=False)
    is_grid = True

    def on(self, functional: Callable[..., Any], *laws: Any, **options: Any) -> Any:
        return functional(*laws, grid=self.grid, **options)

    def with_laws(self, p: Any, q: Any, suffix: str) -> GridCase:
        return GridCase(f"{self.name}, {suffix}", self.grid, p, q, frozenset(), self.seed, self.tolerance)

    def mixture(self, weight: float = 0.5) -> np.ndarray:
        return weight * self.p_data + (1.0 - weight) * self.p_g

    @cached_property
    def against_mixture(self) -> tuple[GridCase, GridCase]:
        m = self.mixture()
        return self.with_laws(self.p_data, m, "m"), self.with_laws(self.p_g, m, "m")

    @property
    def laws(self) -> str:
        shape = " x ".join(map(str, np.broadcast_shapes(np.shape(self.p_data), np.shape(self.p_g))))
        return f"arrays of {shape} densities on a grid"

    @cached_property
    def missing_mass(self) -> Estimate:  # type: ignore[override]
        masses = (np.asarray(p) @ self.grid.weights for p in (self.p_data, self.p_g))
        return Estimate(0.0, sum(np.abs(mass - 1.0) for mass in masses), "estimate")

    @property
    def is_equal(self) -> bool:
        return np.array_equal(self.p_data, self.p_g)

    @property
    def is_singular(self) -> bool:
        return not np.any((self.p_data > 0) & (self.p_g > 0))

    @cached_property
    def optimal(self) -> Any:
        """D* on the grid; of a batch, the array of its probabilities."""
        if np.ndim(self.p_data) == np.ndim(self.p_g) == 1:
            return optimal_discriminator(self.p_data, self.p_g, grid=self.grid)
        total = self.p_data + self.p_g
        return np.where(total > 0, self.p_data / np.where(total > 0, total, 1.0), 0.5)

    def is_off_p_data(self, x: Any) -> np.ndarray:
        return self._off(self.p_data, x)

    def is_off_p_g(self, x: Any) -> np.ndarray:
        return self._off(self.p_g, x)

    def _off(self, p: np.ndarray, x: Any) -> np.ndarray:
        vanishes = (p == 0).all(axis=tuple(range(np.ndim(p) - 1)))
        return vanishes[np.searchsorted(self.grid.points, x)]


def _brief(law: Any) -> str:
    text = str(law)
    return text if len(text) <= 120 else f"a law of {text.count(' + ') + 1} parts"


def _poisson(rate: int, most: int = 60) -> Discrete:
    """Poisson masses from exact rationals; beyond 60 they sum to less than 1e-40 and are left out."""
    masses = [math.exp(-rate) * float(Fraction(rate**k, math.factorial(k))) for k in range(most)]
    return Discrete(range(most), masses)


def _with_atom(weight: float, law: Any) -> Mixture:
    return Mixture([Discrete([0.0], [1.0]), law], [weight, 1.0 - weight])


_THREE = Mixture([Normal(-3, 0.5), Laplace(0, 1), Normal(2, 0.25)], [0.25, 0.5, 0.25])
_FAIR, _LOADED = Discrete(range(1, 7), [1 / 6] * 6), Discrete(range(1, 7), [0.1] * 5 + [0.5])

_THOROUGH = frozenset({"thorough"})  # left out of the quick level: another pair stands for it

_PAIRS = (
    Case("normal-shift", Normal(0, 1), Normal(1, 1.5)),
    Case("normal-scale", Normal(0, 1), Normal(0, 2)),
    Case("mixture-normal", Mixture([Normal(-2, 0.7), Normal(2.5, 1)]), Normal(0, 2)),
    Case("normal-laplace", Normal(0, 1), Laplace(0, 1)),
    Case("laplace-shift", Laplace(0, 1), Laplace(1, 2)),
    Case("logistic-shift", Logistic(0, 1), Logistic(2, 1)),
    Case("cauchy-shift", Cauchy(0, 1), Cauchy(1, 2)),
    Case("cauchy-translate", Cauchy(0, 1), Cauchy(1, 1), _THOROUGH),  # of the same invariant as the pair above
    Case("cauchy-apart", Cauchy(-2, 0.5), Cauchy(3, 0.125), _THOROUGH),
    Case("cauchy-normal", Cauchy(0, 1), Normal(0, 1), frozenset({"heavier-tails"})),
    Case("student-normal", StudentT(3), Normal(0, 1)),
    Case("student-cauchy", StudentT(1.5), Cauchy(0, 1)),
    Case("exponential-gamma", Exponential(1), Gamma(2, 1)),
    Case("gamma-weibull", Gamma(0.1, 1), Weibull(0.5, 1)),
    Case("arcsine-uniform", Beta(0.5, 0.5), Uniform(0, 1)),
    Case("arcsine-beta", Beta(0.5, 0.5), Beta(2, 5), _THOROUGH),
    Case("uniform-nested", Uniform(0, 1), Uniform(-1, 2)),
    Case("uniform-overlap", Uniform(0, 2), Uniform(1, 3)),
    Case("uniform-disjoint", Uniform(0, 1), Uniform(2, 3)),
    Case("weibull-shape", Weibull(1.5, 1), Weibull(3, 2)),
    Case("narrow-component", Mixture([Normal(0, 1), Normal(1, 1e-8)], [0.9, 0.1]), Normal(0, 1)),
    Case(
        "narrow-mixtures",
        Mixture([Normal(1, 1e-8), Normal(-3, 1), Normal(0, 1e3)], [0.5, 0.3, 0.2]),
        Mixture([Normal(1, 2e-8), Normal(0, 5)], [0.4, 0.6]),
        _THOROUGH,
    ),
    Case("nearly-equal", Normal(0, 1), Normal(1e-8, 1)),
    Case("far-apart", Normal(0, 1), Normal(40, 1)),
    Case("equal-normal", Normal(0, 1), Normal(0, 1)),
    Case("equal-mixture", _THREE, _THREE, _THOROUGH),
    Case("poisson", _poisson(3), _poisson(5)),
    Case("dice", _FAIR, _LOADED),
    Case("point-masses", Discrete([0.0], [1.0]), Discrete([1.0], [1.0])),
    Case("atom-normal", _with_atom(0.3, Normal(0, 1)), Normal(0, 1)),
    Case("atom-atom", _with_atom(0.3, Normal(0, 1)), _with_atom(0.6, Normal(1, 1)), _THOROUGH),
    Case("exponential-normal", Exponential(1), Normal(0, 1)),
    Case(
        "two-level",
        Mixture([Uniform(0, 1), Uniform(1, 2)], [0.75, 0.25]),
        Mixture([Uniform(0, 1), Uniform(1, 2)], [0.25, 0.75]),
    ),
)


def _generated(name: str, p_data: Any, G: Any, prior: Any) -> Case:
    return Case(f"generator-{name}", p_data, Pushforward(G, prior), frozenset({"generator"}))


QUICK_GENERATORS = 8


@cache
def generator_cases() -> tuple[Case, ...]:
    """Laws of G(z): injective, exponential, folding, flat, periodic and neural; made when they are first asked for.

    The first `QUICK_GENERATORS` are the quickest to decide on.
    """
    cases = (
        _generated("affine", Normal(0, 1), "2*z + 1", Normal(0, 1)),
        _generated("exponential", Exponential(1), "exp(z)", Normal(0, 1)),
        _generated("square", Normal(0, 1), "z**2", Normal(0.5, 1)),
        _generated("cubic", Normal(0, 1), "z**3 - z", Normal(0, 0.8)),
        _generated("absolute", Normal(0, 1), "abs(z)", Normal(0.3, 1)),
        _generated("relu", Normal(0, 1), "relu(z)", Normal(0, 1)),
        _generated("clip", Normal(0, 1), "clip(z, -1, 1)", Normal(0, 1)),
        _generated("constant", Normal(0, 1), "0*z + 1", Normal(0, 1)),
        _generated("sine", Normal(0, 1), "sin(2*pi*z)", Uniform(0, 1)),
        _generated("atom", Normal(0, 1), "z**2 - z", _with_atom(0.25, Normal(0, 1))),
        _generated("network", Normal(0, 1), MLP.random(rng=1), Normal(0, 1)),
        _generated("network-skip", Normal(0, 1), MLP.random(skip=0.5, rng=2), Normal(0, 1)),
        _generated("cube", Normal(0, 1), "z**3", Laplace(0.3, 1)),
        _generated("another", Pushforward("2*z + 1"), "exp(z)", Normal(0, 1)),
    )
    return _of_panel(cases)


def _of_panel(cases: tuple[Case, ...]) -> tuple[Case, ...]:
    return tuple(replace(case, tags=case.tags | {"standard"}, _memo={}) for case in cases)


PANEL: tuple[Case, ...] = _of_panel(_PAIRS)


def is_standard(case: Pair) -> bool:
    """Whether it is one of the panel's own cases, on which more can be asked than holds for every pair."""
    return "standard" in case.tags


def _tabulated(name: str, x: Any, p: Any, q: Any) -> GridCase:
    grid = Grid.from_points(x)
    return _standard(name, grid, p.pdf(grid.points), q.pdf(grid.points))


def _standard(name: str, grid: Grid, p: Any, q: Any) -> GridCase:
    return GridCase(name, grid, p, q, frozenset({"standard"}))


def _array_cases() -> tuple[GridCase, ...]:
    x = np.linspace(-10, 10, 801)
    locations = np.array([0.0, 0.5, 1.0, 2.0])[:, None]
    batch = np.exp(-0.5 * (x - locations) ** 2) / math.sqrt(2 * math.pi)
    return (
        _tabulated("grid-fine", np.linspace(-14, 16, 4001), Normal(0, 1), Normal(1, 1.5)),
        _tabulated("grid-coarse", np.linspace(-8, 8, 129), Normal(0, 1), Normal(0, 2)),
        _tabulated("grid-uneven", np.linspace(0.001, 1, 2001) ** 2 * 60, Exponential(1), Gamma(2, 1)),
        _tabulated("grid-truncated", 300 * np.linspace(-1, 1, 6001) ** 3, Cauchy(0, 1), Cauchy(1, 2)),
        _standard("grid-pmf", Grid.counting(6), np.full(6, 1 / 6), np.array([0.1] * 5 + [0.5])),
        _standard("grid-batch", Grid.from_points(x), batch, Normal(0, 1.5).pdf(x)),
    )


ARRAY_CASES: tuple[GridCase, ...] = _array_cases()


def seeded(cases: tuple[Any, ...], seed: int) -> tuple[Any, ...]:
    """The same cases with another seed for the random discriminators; no seed is the panel itself."""
    if seed == 0:
        return cases
    return tuple(replace(case, seed=seed, _memo={}) for case in cases)
