r"""Families G_θ of generators: what Proposition 2 is about once p_g is moved by parameters.

A generator moves its mass: z stays, and G_θ(z) travels at the *velocity* v = ∂_θ G_θ(z). So p_g obeys the continuity
equation ∂_θ p_g = -∂_x(p_g v), whatever the family. A family gives the law p_g of G_θ(z) and the velocity in the law's
own coordinate: x for a family whose law is known by name, z for a network. [1]_ calls θ_g the generator's parameters.

.. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661, section 3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from scipy import special

from gantheory.densities import Beta, Discrete, Mixture, Normal, Uniform, as_density
from gantheory.densities.half_line import Exponential, Gamma, Weibull
from gantheory.densities.location_scale import LocationScale as OnTheLine
from gantheory.errors import DomainError
from gantheory.panels import Points
from gantheory.pushforward import Pushforward

__all__ = ["Affine", "Family", "Line", "Location", "LocationScale", "NormalMixture", "moved"]

Array = Any
_SQRT_2PI = math.sqrt(2.0 * math.pi)


def moved(law: Any, loc: float, scale: float = 1.0) -> Any:
    """The law of loc + scale * X, X of the law: of the same family where there is one.

    Examples
    --------
    >>> from gantheory.densities import Normal
    >>> moved(Normal(1, 2), 3.0, 0.5)
    Normal(mu=3.5, sigma=1.0)
    """
    loc, scale = float(loc), float(scale)
    if isinstance(law, Mixture):
        return Mixture([moved(part, loc, scale) for part in law.components], law.weights)
    if isinstance(law, Discrete):
        return Discrete(loc + scale * np.array(law.locations), law.masses)
    if scale > 0 and isinstance(law, Normal):
        return Normal(loc + scale * law.mu, scale * law.sigma)
    if scale > 0 and isinstance(law, Uniform):
        return Uniform(loc + scale * law.a, loc + scale * law.b)
    if scale > 0 and isinstance(law, (OnTheLine, Exponential, Gamma, Weibull, Beta)):
        return replace(law, loc=loc + scale * law.loc, scale=scale * law.scale)  # type: ignore[attr-defined]
    return Pushforward(f"({scale!r})*z + ({loc!r})", law)


class Family:
    """Base of the families: parameters θ to the law of G_θ(z), and the velocity of its mass.

    A family gives `names`, `law(theta)` and `velocity(theta, t, law)`.

    Attributes
    ----------
    names : tuple of str
        One for each parameter.
    prior : Density
        The law of z.
    """

    names: tuple[str, ...]
    prior: Any

    @property
    def size(self) -> int:
        return len(self.names)

    def checked(self, theta: Array) -> np.ndarray:
        """θ as an array of shape (size,)."""
        try:
            found = np.atleast_1d(np.asarray(theta, dtype=float))
        except (TypeError, ValueError):
            found = np.array([np.nan])
        if found.shape != (self.size,) or not np.isfinite(found).all():
            raise DomainError(
                f"theta is {theta!r}; it must be {self.size} finite number{'s' * (self.size > 1)}: {self._listed}."
            )
        return found

    @property
    def _listed(self) -> str:
        return ", ".join(self.names) if self.size <= 8 else f"{', '.join(self.names[:3])}, …, {self.names[-1]}"

    def law(self, theta: Array) -> Any:
        """The law p_g of G_θ(z)."""
        raise NotImplementedError(type(self).__name__)

    def velocity(self, theta: Array, t: Points, law: Any) -> np.ndarray:
        """∂_θ G_θ, of shape (size, ...), at points of the coordinate in which the law is integrated."""
        raise NotImplementedError(type(self).__name__)

    def steps(self, theta: Array) -> np.ndarray:
        """For each parameter, a change that moves p_g visibly and not far."""
        return np.full(self.size, 0.1)


@dataclass(frozen=True)
class Location(Family):
    """G_θ(z) = z + θ, z of the base law.

    Examples
    --------
    >>> Location("norm(0, 1)").law(2.0)
    Normal(mu=2.0, sigma=1.0)
    """

    prior: Any
    names: tuple[str, ...] = field(default=("location",), init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "prior", as_density(self.prior))

    def law(self, theta: Array) -> Any:
        return moved(self.prior, self.checked(theta)[0])

    def velocity(self, theta: Array, t: Points, law: Any) -> np.ndarray:
        return np.ones((1, *np.shape(t.x)))

    def steps(self, theta: Array) -> np.ndarray:
        return np.array([0.2 * _width(self.prior)])


def _width(law: Any) -> float:
    """Half the distance of the quartiles; 1 for a law of atoms that are the same."""
    low, high = (float(law.ppf(u)) for u in (0.25, 0.75))
    return 0.5 * (high - low) or 1.0


class _OfAffineMap(Family):
    """G_θ(z) = a z + b in some coordinates of a and b."""

    def map(self, theta: Array) -> tuple[float, float]:
        """(a, b) at θ."""
        raise NotImplementedError(type(self).__name__)

    def law(self, theta: Array) -> Any:
        a, b = self.map(self.checked(theta))
        return moved(self.prior, b, a)

    def _standard(self, theta: Array, t: Points, law: Any) -> Array:
        """z at points of the law's own coordinate."""
        a, b = self.map(theta)
        return (((t.anchor - b) + t.offset) / a if law.in_x else t.x) + np.zeros(np.shape(t.x))


@dataclass(frozen=True)
class LocationScale(_OfAffineMap):
    """G_θ(z) = θ₀ + exp(θ₁) z, z of the base law: an unconstrained coordinate of the scale.

    Examples
    --------
    >>> LocationScale("norm(0, 1)").law([2.0, 0.0])
    Normal(mu=2.0, sigma=1.0)
    """

    prior: Any
    names: tuple[str, ...] = field(default=("location", "log scale"), init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "prior", as_density(self.prior))

    def checked(self, theta: Array) -> np.ndarray:
        found = super().checked(theta)
        if abs(found[1]) > 400:
            raise DomainError(f"the log scale is {float(found[1])!r}; it must lie within ±400, as scales of floats do.")
        return found

    def map(self, theta: Array) -> tuple[float, float]:
        theta = self.checked(theta)
        return math.exp(theta[1]), float(theta[0])

    def velocity(self, theta: Array, t: Points, law: Any) -> np.ndarray:
        theta = self.checked(theta)
        z = self._standard(theta, t, law)
        return np.stack([np.ones_like(z), math.exp(theta[1]) * z])

    def steps(self, theta: Array) -> np.ndarray:
        return np.array([0.2 * math.exp(self.checked(theta)[1]) * _width(self.prior), 0.1])


@dataclass(frozen=True)
class Affine(_OfAffineMap):
    """G_θ(z) = θ₀ z + θ₁, θ₀ ≠ 0.

    Examples
    --------
    >>> Affine("norm(0, 1)").law([2.0, 1.0])
    Normal(mu=1.0, sigma=2.0)
    """

    prior: Any = "norm(0, 1)"
    names: tuple[str, ...] = field(default=("slope", "intercept"), init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "prior", as_density(self.prior))

    def map(self, theta: Array) -> tuple[float, float]:
        if theta[0] == 0:
            raise DomainError("the slope is 0; an affine generator of slope 0 makes an atom, which no density has.")
        return float(theta[0]), float(theta[1])

    def velocity(self, theta: Array, t: Points, law: Any) -> np.ndarray:
        z = self._standard(self.checked(theta), t, law)
        return np.stack([z, np.ones_like(z)])

    def steps(self, theta: Array) -> np.ndarray:
        a = abs(self.checked(theta)[0])
        return np.array([0.1 * a, 0.2 * a * _width(self.prior)])


@dataclass(frozen=True)
class NormalMixture(Family):
    r"""A mixture of k normal laws, its weights and standard deviations in unconstrained coordinates.

    .. math:: q_\theta = \sum_i w_i N(\mu_i, \sigma_i^2), \quad w = softmax(0, \theta_1, \dots), \ \sigma_i = e^{s_i}

    θ holds the k - 1 logits of the weights against the first, then the k means, then the k logarithms of the standard
    deviations. As a generator it is the quantile function of a uniform z, G_θ = F_θ^{-1}, whose velocity follows from
    F_θ(G_θ(z)) = z: v = -∂_θ F_θ/q_θ.

    Parameters
    ----------
    components : int, default 2

    Examples
    --------
    >>> str(NormalMixture().law([0.0, -1.0, 2.0, 0.0, 0.0]))
    '0.5*norm(-1.0, 1.0) + 0.5*norm(2.0, 1.0)'
    """

    components: int = 2

    def __post_init__(self) -> None:
        if not isinstance(self.components, (int, np.integer)) or self.components < 1:
            raise DomainError(f"components is {self.components!r}; it must be a number of components 1, 2, …")

    @property
    def prior(self) -> Any:  # type: ignore[override]
        return Uniform(0, 1)

    @property
    def names(self) -> tuple[str, ...]:  # type: ignore[override]
        k = self.components
        logits = [f"logit {i + 1}" for i in range(1, k)]
        return (*logits, *(f"mean {i + 1}" for i in range(k)), *(f"log sd {i + 1}" for i in range(k)))

    def _parts(self, theta: Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        theta, k = self.checked(theta), self.components
        logits = np.concatenate([[0.0], theta[: k - 1]])
        return special.softmax(logits), theta[k - 1 : 2 * k - 1], np.exp(np.clip(theta[2 * k - 1 :], -400.0, 400.0))

    def law(self, theta: Array) -> Any:
        weights, means, sds = self._parts(theta)
        return Mixture([Normal(m, s) for m, s in zip(means, sds, strict=True)], weights)

    def velocity(self, theta: Array, t: Points, law: Any) -> np.ndarray:
        weights, means, sds = self._parts(theta)
        log_q = law.logpdf_at(t)
        flow, below = [], []
        for w, mean, sd in zip(weights, means, sds, strict=True):
            z = ((t.anchor - mean) + t.offset) / sd
            # F_i/q and its complement may both be needed far out: the smaller tail keeps its digits
            share = w * np.exp(np.minimum(-0.5 * z * z - math.log(sd * _SQRT_2PI) - log_q, 700.0))
            flow.append((share, share * z * sd))
            below.append((special.log_ndtr(z), special.log_ndtr(-z)))
        logits = [self._of_weight(i, weights, below, log_q) for i in range(1, self.components)]
        return np.stack([*logits, *(mean for mean, _ in flow), *(sd for _, sd in flow)])

    @staticmethod
    def _of_weight(i: int, weights: np.ndarray, tails: Any, log_q: Array) -> Array:
        """-w_i (F_i - F)/q = w_i Σ_j w_j (F_j - F_i)/q, the differences from the smaller tails."""
        total: Any = 0.0
        for j, w in enumerate(weights):
            left = np.exp(np.minimum(tails[j][0] - log_q, 700.0)) - np.exp(np.minimum(tails[i][0] - log_q, 700.0))
            right = np.exp(np.minimum(tails[i][1] - log_q, 700.0)) - np.exp(np.minimum(tails[j][1] - log_q, 700.0))
            total = total + w * np.where(tails[i][0] + tails[j][0] < tails[i][1] + tails[j][1], left, right)
        return weights[i] * total

    def steps(self, theta: Array) -> np.ndarray:
        _, _, sds = self._parts(theta)
        return np.concatenate([np.full(self.components - 1, 0.2), 0.15 * sds, np.full(self.components, 0.1)])


@dataclass(frozen=True)
class Line(Family):
    """A family of one parameter along a straight line through another's: G at θ + s d.

    Parameters
    ----------
    family : Family
    theta, direction : array (size,)

    Examples
    --------
    >>> Line(LocationScale("norm(0, 1)"), [1.0, 0.0], [2.0, 0.0]).law(0.5)
    Normal(mu=2.0, sigma=1.0)
    """

    family: Family
    theta: Any
    direction: Any
    names: tuple[str, ...] = field(default=("along the line",), init=False)

    def __post_init__(self) -> None:
        for name in ("theta", "direction"):
            object.__setattr__(self, name, self.family.checked(getattr(self, name)))

    @property
    def prior(self) -> Any:  # type: ignore[override]
        return self.family.prior

    def _at(self, theta: Array) -> np.ndarray:
        return self.theta + self.checked(theta)[0] * self.direction

    def law(self, theta: Array) -> Any:
        return self.family.law(self._at(theta))

    def steps(self, theta: Array) -> np.ndarray:
        along = np.abs(self.direction) / self.family.steps(self._at(theta))
        return np.array([1.0 / max(float(np.max(along)), 1e-300)])

    def velocity(self, theta: Array, t: Points, law: Any) -> np.ndarray:
        return np.tensordot(self.direction, self.family.velocity(self._at(theta), t, law), 1)[None]
