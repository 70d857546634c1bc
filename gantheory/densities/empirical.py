"""The law of a sample, as far as a sample can tell: by a kernel estimate, by a histogram, or as the atoms it is.

Each is an estimator, and says so: the numbers that come of it are those of the *estimated* law. A Jensen–Shannon
divergence between two kernel estimates is not an unbiased estimate of the divergence between the laws that were
sampled, and its error bar does not cover the difference.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from scipy import special

from gantheory.densities.mixture import Discrete
from gantheory.densities.protocol import Law, Tail, _shaped, probabilities, random_generator, uniforms
from gantheory.densities.tabulated import Pieces
from gantheory.errors import DomainError
from gantheory.estimate import Basis
from gantheory.panels import Edges, Points, real_array

__all__ = ["Empirical", "Kernels"]

Array = Any
_LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)
_MOST_BINS = 100_000
_AT_ONCE = 2_000_000  # kernels times points evaluated in one array
_RULE = 16  # nodes that stand for the samples of a cell


@dataclass(frozen=True)
class Empirical(Law):
    """The law estimated from a sample.

    Parameters
    ----------
    samples : array of float, one-dimensional
        Finite, at least one; kept sorted, so that the order of drawing does not matter.
    method : {"kde", "histogram", "atoms"}
        - ``"kde"``: Gaussian kernels of Scott's bandwidth, the standard deviation (n - 1) times n**(-1/5). Biased: it
          smears jumps, fills gaps and widens every mode; its variance is that of the sample plus the bandwidth squared.
        - ``"histogram"``: constant on cells of the Freedman–Diaconis width 2 IQR n**(-1/3). Zero outside the sample,
          so that a divergence to it may be infinite.
        - ``"atoms"``: mass 1/n on every sample. Against any law with a density its JSD is log 2.

    Raises
    ------
    DomainError
        If the samples are empty, not one-dimensional, or hold nan or inf; if the method is unknown; or if the samples
        have no spread and the method needs one.

    Notes
    -----
    The error of a number is that of the estimated law, not of the law that was sampled; the basis is "estimate".
    Large samples cost no more than small ones: the samples of a cell of one bandwidth are replaced by the 16-point
    Gauss rule with the same first 32 moments, which moves the kernel estimate by less than 1e-15 in total variation,
    and its logarithm by less than 1e-11 as far as 39 bandwidths from the sample.

    Examples
    --------
    >>> x = np.random.default_rng(0).normal(size=1000)
    >>> law = Empirical(x)
    >>> round(float(law.cdf(0.0)), 3)
    0.526

    The estimate is not the law: a constant bias is not in the error bar.

    >>> round(float(law.pdf(0.0)), 3), round(float(1 / np.sqrt(2 * np.pi)), 3)
    (0.393, 0.399)
    """

    samples: Array
    method: str = "kde"

    basis: ClassVar[Basis] = "estimate"

    def __post_init__(self) -> None:
        samples = np.array(_checked(self.samples))
        samples.sort()
        samples.setflags(write=False)
        object.__setattr__(self, "samples", samples)
        if self.method not in _METHODS:
            raise DomainError(
                f"method of Empirical is {self.method!r}; it must be one of {', '.join(map(repr, _METHODS))}."
            )
        object.__setattr__(self, "_law", _METHODS[self.method](samples))

    _law: ClassVar[Any]  # set for each sample: the estimated law

    @property
    def bandwidth(self) -> float | None:
        """Standard deviation of the kernels; None where there are none."""
        return getattr(self._law, "bandwidth", None)

    def logpdf_at(self, points: Points) -> Array:
        return self._law.logpdf_at(points)

    def cdf_at(self, points: Points) -> Array:
        return self._law.cdf_at(points)

    def sf_at(self, points: Points) -> Array:
        return self._law.sf_at(points)

    def ppf(self, u: Array, /) -> Array:
        return self._law.ppf(u)

    def support(self) -> tuple[float, float]:
        return self._law.support()

    def tails(self) -> tuple[Tail, Tail]:
        return self._law.tails()

    def atoms(self) -> tuple[Array, Array]:
        return self._law.atoms()

    @property
    def continuous_mass(self) -> float:
        return self._law.continuous_mass

    @property
    def mass_error(self) -> float:
        """What replacing the samples by Gauss rules costs, in total variation."""
        return getattr(self._law, "mass_error", 0.0)

    @property
    def log_rounding(self) -> float:
        return self._law.log_rounding

    @cached_property
    def edges(self) -> Edges:
        return self._law.edges

    def sample(self, shape: Any = (), *, rng: Any = None) -> Array:
        """Independent draws from the estimated law."""
        rng = random_generator(rng)
        if self.method != "kde":
            return super().sample(shape, rng=rng)
        drawn = self.samples[(uniforms(shape, rng) * len(self.samples)).astype(int)]
        return _shaped(drawn + self._law.bandwidth * rng.standard_normal(np.shape(drawn)))

    def _identity(self) -> tuple[str, bytes]:
        return self.method, self.samples.tobytes()

    def __eq__(self, other: object) -> bool:
        return self._identity() == other._identity() if isinstance(other, Empirical) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._identity())

    def __reduce__(self) -> tuple[Any, ...]:
        return Empirical, (np.array(self.samples), self.method)

    def __repr__(self) -> str:
        return f"Empirical({len(self.samples)} samples, method={self.method!r})"


class Kernels(Law):
    """A mixture of normals of one standard deviation, centred at weighted points: a Gaussian kernel estimate."""

    basis: ClassVar[Basis] = "estimate"

    def __init__(self, centres: Array, bandwidth: float, weights: Array | None = None) -> None:
        centres = np.asarray(centres, dtype=float)
        weights = np.full(len(centres), 1.0 / len(centres)) if weights is None else np.asarray(weights, dtype=float)
        self.bandwidth = float(bandwidth)
        self.centres, self.weights = _thinned(centres, weights / math.fsum(weights), self.bandwidth)
        self.mass_error = 1e-15

    def _identity(self) -> tuple[float, bytes, bytes]:
        return self.bandwidth, self.centres.tobytes(), self.weights.tobytes()

    def __eq__(self, other: object) -> bool:
        return self._identity() == other._identity() if isinstance(other, Kernels) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._identity())

    def __repr__(self) -> str:
        return f"Kernels({len(self.centres)} normals of standard deviation {self.bandwidth!r})"

    def _averaged(self, points: Points, kernel: Callable[[Array], Array]) -> np.ndarray:
        """The weighted sum of a function of the distance to every centre, in bandwidths, block by block of points."""
        anchor, offset = np.broadcast_arrays(np.asarray(points.anchor, float), np.asarray(points.offset, float))
        shape, anchor, offset = anchor.shape, anchor.ravel(), offset.ravel()
        block = max(1, _AT_ONCE // len(self.centres))
        parts = [np.empty(0)]
        for i in range(0, len(anchor), block):
            z = (anchor[i : i + block, None] - self.centres) + offset[i : i + block, None]
            parts.append(kernel(z / self.bandwidth))
        return np.concatenate(parts).reshape(shape)

    def logpdf_at(self, points: Points) -> Array:
        def log_sum(z: Array) -> Array:
            with np.errstate(over="ignore", under="ignore", invalid="ignore"):
                nearest = np.abs(z).min(axis=1, keepdims=True)
                excess = 0.5 * (nearest - np.abs(z)) * (nearest + np.abs(z))  # the largest term is exp(0)
                excess = np.where(np.isfinite(nearest), excess, 0.0)
                return np.log(np.exp(excess) @ self.weights) - 0.5 * nearest[:, 0] ** 2

        return self._averaged(points, log_sum) - (_LOG_SQRT_2PI + math.log(self.bandwidth))

    @property
    def log_rounding(self) -> float:
        reach = max(abs(self.centres[0]), abs(self.centres[-1])) / self.bandwidth
        return 16.0 + abs(math.log(self.bandwidth)) + math.log(len(self.centres)) + float(reach)

    def cdf_at(self, points: Points) -> Array:
        return np.minimum(self._averaged(points, lambda z: special.ndtr(z) @ self.weights), 1.0)

    def sf_at(self, points: Points) -> Array:
        return np.minimum(self._averaged(points, lambda z: special.ndtr(-z) @ self.weights), 1.0)

    def ppf(self, u: Array, /) -> Array:
        u = probabilities(u)
        step = self.bandwidth * special.ndtri(u)
        low, high = self.centres[0] + step, self.centres[-1] + step
        for _ in range(80):
            with np.errstate(invalid="ignore"):
                middle = np.where(np.isfinite(step), 0.5 * low + 0.5 * high, step)
                enough = np.where(u < 0.5, self.cdf(middle) >= u, self.sf(middle) <= 1.0 - u)
            low, high = np.where(enough, low, middle), np.where(enough, middle, high)
        return _shaped(np.where(np.isfinite(step), high, step))

    def support(self) -> tuple[float, float]:
        return -math.inf, math.inf

    def tails(self) -> tuple[Tail, Tail]:
        return Tail("exponential", 2.0), Tail("exponential", 2.0)

    @cached_property
    def edges(self) -> Edges:
        """Edges three bandwidths apart along the centres; wider and wider ones into every gap between them."""
        h = self.bandwidth
        first, last = self.centres[0], self.centres[-1]
        ladder = h * np.array([3.0, 6.0, 9.0, 13.0, 19.0, 27.0, 39.0])
        gaps = np.flatnonzero(np.diff(self.centres) > 6 * h)
        starts = np.concatenate([[first], self.centres[gaps + 1]])
        stops = np.concatenate([self.centres[gaps], [last]])
        runs = [np.linspace(a, b, 1 + math.ceil((b - a) / (3 * h))) for a, b in zip(starts, stops, strict=True)]
        beyond = np.minimum(ladder[:, None], 0.5 * np.append(np.diff(self.centres)[gaps], np.inf))
        before = np.minimum(ladder[:, None], 0.5 * np.insert(np.diff(self.centres)[gaps], 0, np.inf))
        soft = np.unique(np.concatenate([*runs, (stops + beyond).ravel(), (starts - before).ravel()]))
        middle = float(self.centres[len(self.centres) // 2])
        return Edges.at([middle], middle, soft - middle)


def _thinned(centres: np.ndarray, weights: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """The Gauss rule of each cell's own points where there are many; as they are where there are few.

    For kernels of standard deviation h on cells of width w the rule of m nodes is within 4 (w/4h)**(2m)/sqrt((2m)!)
    of the points in total variation. At z standard deviations it is exp(z w/h) that the rule integrates: w = h, m = 16
    keep the density's relative error below 1e-11 to z = 39, where it underflows.
    """
    order = np.argsort(centres)
    centres, weights = centres[order], weights[order]
    cell = np.floor((centres - centres[0]) / width)
    starts = np.concatenate([[0], 1 + np.flatnonzero(np.diff(cell)), [len(cell)]])
    nodes, masses = [], []
    for a, b in pairwise(starts):
        x, w = centres[a:b], weights[a:b]
        x, w = (x, w) if b - a <= 2 * _RULE else _gauss_rule(x, w, 0.5 * width)
        nodes.append(x)
        masses.append(w)
    return np.concatenate(nodes), np.concatenate(masses)


def _gauss_rule(x: np.ndarray, weights: np.ndarray, scale: float) -> tuple[np.ndarray, np.ndarray]:
    """The Gauss rule of weighted points, by Stieltjes' recurrence and the eigenvalues of its Jacobi matrix."""
    centre, mass = 0.5 * (x[0] + x[-1]), math.fsum(weights)
    z, share = (x - centre) / scale, weights / mass
    diagonal, beside = [], []
    known = np.empty((0, len(z)))
    current = np.ones_like(z)
    for _ in range(_RULE):
        diagonal.append(float(share @ (z * current * current)))
        known = np.vstack([known, current])
        following = z * current
        for _ in range(2):  # against all before it, twice: the recurrence alone loses orthogonality
            following = following - (known @ (share * following)) @ known
        norm = math.sqrt(float(share @ (following * following)))
        if norm < 1e-7:  # fewer points than nodes: the rule is complete
            break
        beside.append(norm)
        current = following / norm
    n = len(diagonal)
    values, vectors = np.linalg.eigh(np.diag(diagonal) + np.diag(beside[: n - 1], 1) + np.diag(beside[: n - 1], -1))
    return centre + scale * values, mass * vectors[0] ** 2


# -- the three estimators ------------------------------------------------------------------------------------------


def _kernel_estimate(samples: np.ndarray) -> Law:
    spread = _spread(samples, "kde")
    return Kernels(samples, spread * len(samples) ** -0.2)


def _histogram(samples: np.ndarray) -> Law:
    _spread(samples, "histogram")
    low, high = float(samples[0]), float(samples[-1])
    quartiles = np.quantile(samples, [0.25, 0.75])
    width = 2.0 * float(quartiles[1] - quartiles[0]) * len(samples) ** (-1 / 3)
    bins = (high - low) / width if width > 0 else math.inf
    if not bins <= _MOST_BINS:
        raise DomainError(
            f"samples of Empirical would need {bins:.3g} cells of the Freedman–Diaconis width {width:.3g}; at most "
            f"{_MOST_BINS} are made. Drop the outliers, or use method='kde' or 'atoms'."
        )
    knots = np.linspace(low, high, 1 + max(1, math.ceil(bins)))
    counts, _ = np.histogram(samples, knots)
    density = counts / len(samples) / np.diff(knots)
    return Pieces(knots, density, density)


def _atoms(samples: np.ndarray) -> Law:
    locations, counts = np.unique(samples, return_counts=True)
    return Discrete(locations, counts / len(samples))


_METHODS: dict[str, Callable[[np.ndarray], Law]] = {"kde": _kernel_estimate, "histogram": _histogram, "atoms": _atoms}


def _spread(samples: np.ndarray, method: str) -> float:
    spread = float(np.std(samples, ddof=1)) if len(samples) > 1 else 0.0
    if not (spread > 0 and math.isfinite(spread)):
        raise DomainError(
            f"samples of Empirical have standard deviation {spread!r}; method={method!r} needs a spread above 0. "
            "Use method='atoms'."
        )
    return spread


def _checked(samples: Any) -> np.ndarray:
    try:
        array = real_array(samples)
    except (TypeError, ValueError):
        raise DomainError(
            "samples of Empirical are not real numbers; they must be a one-dimensional array of numbers."
        ) from None
    if array.ndim != 1 or not array.size:
        remedy = " Use samples.ravel() if all are draws of one law." if array.ndim > 1 else ""
        raise DomainError(
            f"samples of Empirical have shape {array.shape}; they must be one-dimensional and not empty.{remedy}"
        )
    if not np.isfinite(array).all():
        bad = int((~np.isfinite(array)).sum())
        raise DomainError(
            f"samples of Empirical hold {bad} nan or inf of {array.size}; they must be finite. "
            "Drop them: samples[np.isfinite(samples)]."
        )
    return array + 0.0
