"""Laws in arbitrary precision, for the reference numbers. Nothing here imports gantheory: that is the point.

A law is a list of weighted continuous components and a dictionary of atoms. A parameter is taken at the exact value of
the float that the package would hold (``mpf(0.1)`` is the binary number, not one tenth). Mixture weights are divided by
their exact sum, since the floats .9 and .1 add up to 1 + 5e-18 only.

A component is evaluated at a *point* (a, h), meaning a + h: the distance to a location c is formed as (a − c) + h, so
that it is exact where a is c itself, however small h is. ``log`` returns None where the density is zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mpmath import mp, mpf

Number = Any  # mpmath's numbers carry no types


@dataclass(frozen=True)
class Anchor:
    """A place the integration must know: where it is, the smallest length near it, and how the density starts there."""

    at: Number
    scale: Number
    exponent: Number = 1  # the density behaves as |x − at|^(exponent − 1)
    singular: bool = False  # not analytic from the side: integrate in log(x − at)


class Component:
    """One continuous family. ``power`` and ``order`` describe the tails: |x|^(−power−1), or exp(−c|x|^order)."""

    lo: Number = -mp.inf
    hi: Number = mp.inf
    power: Number | None = None
    order: Number | None = None
    mean: Number

    def log(self, a: Number, h: Number) -> Number | None:
        raise NotImplementedError

    def cdf(self, x: Number) -> Number:
        raise NotImplementedError

    def cumulative(self, x: Number) -> Number:
        """The integral of the cdf from −∞ to x: W1 needs no other integral."""
        raise NotImplementedError

    def entropy(self) -> Number:
        raise NotImplementedError

    def anchors(self) -> list[Anchor]:
        raise NotImplementedError


class LocationScale(Component):
    def __init__(self, location: float, scale: float) -> None:
        self.location, self.scale = mpf(location), mpf(scale)
        self.mean = self.location

    def z(self, a: Number, h: Number) -> Number:
        return ((a - self.location) + h) / self.scale

    def log(self, a: Number, h: Number) -> Number | None:
        return constant(self, self.log_constant) + self.log_shape(self.z(a, h))

    def log_constant(self) -> Number:
        return self.log_norm() - mp.log(self.scale)

    def log_norm(self) -> Number:
        """The log-density at the centre, for scale 1."""
        raise NotImplementedError

    def log_shape(self, z: Number) -> Number:
        """The log-density less its value at the centre."""
        raise NotImplementedError

    def cdf(self, x: Number) -> Number:
        return self.cdf_standard((x - self.location) / self.scale)

    def cdf_standard(self, z: Number) -> Number:
        raise NotImplementedError

    def cumulative(self, x: Number) -> Number:
        return self.scale * self.cumulative_standard((x - self.location) / self.scale)

    def cumulative_standard(self, z: Number) -> Number:
        raise NotImplementedError

    def anchors(self) -> list[Anchor]:
        return [Anchor(self.location, self.scale)]


class Normal(LocationScale):
    order = mpf(2)

    def log_norm(self) -> Number:
        return -mp.log(2 * mp.pi) / 2

    def log_shape(self, z: Number) -> Number:
        return -z * z / 2

    def cdf_standard(self, z: Number) -> Number:
        return mp.erfc(-z / mp.sqrt(2)) / 2

    def cumulative_standard(self, z: Number) -> Number:
        return z * self.cdf_standard(z) + mp.exp(self.log_norm() + self.log_shape(z))

    def entropy(self) -> Number:
        return mp.log(2 * mp.pi * mp.e) / 2 + mp.log(self.scale)


class Laplace(LocationScale):
    order = mpf(1)

    def log_norm(self) -> Number:
        return -mp.log(2)

    def log_shape(self, z: Number) -> Number:
        return -abs(z)

    def cdf_standard(self, z: Number) -> Number:
        return mp.exp(z) / 2 if z < 0 else 1 - mp.exp(-z) / 2

    def cumulative_standard(self, z: Number) -> Number:
        return mp.exp(z) / 2 if z < 0 else z + mp.exp(-z) / 2

    def entropy(self) -> Number:
        return 1 + mp.log(2 * self.scale)


class Logistic(LocationScale):
    order = mpf(1)

    def log_norm(self) -> Number:
        return -2 * mp.log(2)

    def log_shape(self, z: Number) -> Number:
        return -2 * mp.log(mp.cosh(z / 2))

    def cdf_standard(self, z: Number) -> Number:
        return 1 / (1 + mp.exp(-z))

    def cumulative_standard(self, z: Number) -> Number:
        return max(z, mpf(0)) + mp.log1p(mp.exp(-abs(z)))

    def entropy(self) -> Number:
        return 2 + mp.log(self.scale)


class StudentT(LocationScale):
    def __init__(self, df: float, location: float = 0.0, scale: float = 1.0) -> None:
        super().__init__(location, scale)
        self.df = self.power = mpf(df)

    def log_norm(self) -> Number:
        return mp.loggamma((self.df + 1) / 2) - mp.loggamma(self.df / 2) - mp.log(self.df * mp.pi) / 2

    def log_shape(self, z: Number) -> Number:
        return -(self.df + 1) / 2 * mp.log(1 + z * z / self.df)

    def cdf_standard(self, z: Number) -> Number:
        c = self.scale * mp.exp(constant(self, self.log_constant))
        return mpf(1) / 2 + c * z * mp.hyp2f1(mpf(1) / 2, (self.df + 1) / 2, mpf(3) / 2, -z * z / self.df)

    def cumulative_standard(self, z: Number) -> Number:
        tail = (self.df + z * z) / (self.df - 1) * mp.exp(self.log_norm() + self.log_shape(z))
        return z * self.cdf_standard(z) + tail

    def entropy(self) -> Number:
        half = (self.df + 1) / 2
        return half * (mp.digamma(half) - mp.digamma(self.df / 2)) - self.log_constant()


class Cauchy(LocationScale):
    power = mpf(1)

    def log_norm(self) -> Number:
        return -mp.log(mp.pi)

    def log_shape(self, z: Number) -> Number:
        return -mp.log(1 + z * z)

    def cdf_standard(self, z: Number) -> Number:
        return mpf(1) / 2 + mp.atan(z) / mp.pi

    def cumulative_standard(self, z: Number) -> Number:
        """Less what diverges at −∞, −log|x|/π − 1/π, which two Cauchy laws of one scale share."""
        return z * self.cdf_standard(z) - mp.log(1 + z * z) / (2 * mp.pi)

    def entropy(self) -> Number:
        return mp.log(4 * mp.pi * self.scale)


class Uniform(Component):
    def __init__(self, a: float, b: float) -> None:
        self.lo, self.hi = mpf(a), mpf(b)
        self.mean = (self.lo + self.hi) / 2

    def log(self, a: Number, h: Number) -> Number | None:
        inside = (a - self.lo) + h > 0 > (a - self.hi) + h
        return constant(self, lambda: -self.entropy()) if inside else None

    def cdf(self, x: Number) -> Number:
        return min(max((x - self.lo) / (self.hi - self.lo), mpf(0)), mpf(1))

    def cumulative(self, x: Number) -> Number:
        inside = min(max(x, self.lo), self.hi) - self.lo
        return inside**2 / (2 * (self.hi - self.lo)) + max(x - self.hi, mpf(0))

    def entropy(self) -> Number:
        return mp.log(self.hi - self.lo)

    def anchors(self) -> list[Anchor]:
        return [Anchor(self.lo, self.hi - self.lo), Anchor(self.hi, self.hi - self.lo)]


class HalfLine(Component):
    """A law of x ≥ 0 with density x^(exponent−1) times a function of x at the origin."""

    lo = mpf(0)
    exponent: Number
    scale: Number

    def anchors(self) -> list[Anchor]:
        return [Anchor(mpf(0), self.scale, self.exponent, self.exponent != 1)]


class Exponential(HalfLine):
    exponent, order = mpf(1), mpf(1)

    def __init__(self, scale: float) -> None:
        self.scale = self.mean = mpf(scale)

    def log(self, a: Number, h: Number) -> Number | None:
        return -(a + h) / self.scale - constant(self, lambda: mp.log(self.scale)) if a + h > 0 else None

    def cdf(self, x: Number) -> Number:
        return -mp.expm1(-x / self.scale) if x > 0 else mpf(0)

    def cumulative(self, x: Number) -> Number:
        return x - self.scale * self.cdf(x) if x > 0 else mpf(0)

    def entropy(self) -> Number:
        return 1 + mp.log(self.scale)


class Gamma(HalfLine):
    order = mpf(1)

    def __init__(self, shape: float, scale: float = 1.0) -> None:
        self.exponent, self.scale = mpf(shape), mpf(scale)
        self.mean = self.exponent * self.scale

    def log_constant(self) -> Number:
        return -mp.loggamma(self.exponent) - self.exponent * mp.log(self.scale)

    def log(self, a: Number, h: Number) -> Number | None:
        x = a + h
        return (self.exponent - 1) * mp.log(x) - x / self.scale + constant(self, self.log_constant) if x > 0 else None

    def cdf(self, x: Number) -> Number:
        return mp.gammainc(self.exponent, 0, x / self.scale, regularized=True) if x > 0 else mpf(0)

    def cumulative(self, x: Number) -> Number:
        if x <= 0:
            return mpf(0)
        return x * self.cdf(x) - self.mean * mp.gammainc(self.exponent + 1, 0, x / self.scale, regularized=True)

    def entropy(self) -> Number:
        k = self.exponent
        return k + mp.log(self.scale) + mp.loggamma(k) + (1 - k) * mp.digamma(k)


class Weibull(HalfLine):
    def __init__(self, shape: float, scale: float = 1.0) -> None:
        self.exponent = self.order = mpf(shape)
        self.scale = mpf(scale)
        self.mean = self.scale * mp.gamma(1 + 1 / self.exponent)

    def log_constant(self) -> Number:
        return mp.log(self.exponent / self.scale)

    def log(self, a: Number, h: Number) -> Number | None:
        if a + h <= 0:
            return None
        t = mp.log((a + h) / self.scale)
        return constant(self, self.log_constant) + (self.exponent - 1) * t - mp.exp(self.exponent * t)

    def cdf(self, x: Number) -> Number:
        return -mp.expm1(-((x / self.scale) ** self.exponent)) if x > 0 else mpf(0)

    def cumulative(self, x: Number) -> Number:
        if x <= 0:
            return mpf(0)
        k = self.exponent
        return x - self.scale / k * mp.gammainc(1 / k, 0, (x / self.scale) ** k)

    def entropy(self) -> Number:
        return mp.euler * (1 - 1 / self.exponent) + mp.log(self.scale / self.exponent) + 1


class Beta(Component):
    lo, hi = mpf(0), mpf(1)

    def __init__(self, a: float, b: float) -> None:
        self.a, self.b = mpf(a), mpf(b)
        self.mean = self.a / (self.a + self.b)

    def log_constant(self) -> Number:
        return mp.loggamma(self.a + self.b) - mp.loggamma(self.a) - mp.loggamma(self.b)

    def log(self, a: Number, h: Number) -> Number | None:
        x, y = a + h, (1 - a) - h
        if x <= 0 or y <= 0:
            return None
        return constant(self, self.log_constant) + (self.a - 1) * mp.log(x) + (self.b - 1) * mp.log(y)

    def cdf(self, x: Number) -> Number:
        if x <= 0:
            return mpf(0)
        return mp.betainc(self.a, self.b, 0, x, regularized=True) if x < 1 else mpf(1)

    def cumulative(self, x: Number) -> Number:
        if x <= 0:
            return mpf(0)
        if x >= 1:
            return x - self.mean
        return x * self.cdf(x) - self.mean * mp.betainc(self.a + 1, self.b, 0, x, regularized=True)

    def entropy(self) -> Number:
        a, b = self.a, self.b
        digammas = (a - 1) * mp.digamma(a) + (b - 1) * mp.digamma(b) - (a + b - 2) * mp.digamma(a + b)
        return -self.log_constant() - digammas

    def anchors(self) -> list[Anchor]:
        unit = mpf(1)
        return [Anchor(mpf(0), unit, self.a, self.a != 1), Anchor(unit, unit, self.b, self.b != 1)]


_CONSTANTS: dict[tuple[int, int], tuple[Component, Number]] = {}


def constant(owner: Component, make: Any) -> Number:
    """A normalising constant, once per precision: gamma functions cost more than all else. The owner is kept alive."""
    key = (id(owner), mp.prec)
    if key not in _CONSTANTS:
        _CONSTANTS[key] = (owner, make())
    return _CONSTANTS[key][1]


class Law:
    """Weighted components and atoms; the weights are normalised exactly, all of them together."""

    def __init__(self, components: list[tuple[float, Component]], atoms: dict[float, Number] | None = None) -> None:
        masses = {mpf(at): mpf(mass) for at, mass in (atoms or {}).items()}
        total = mp.fsum([mpf(weight) for weight, _ in components] + list(masses.values()))
        self.components = [(mpf(weight) / total, part) for weight, part in components]
        self.atoms = {at: mass / total for at, mass in masses.items()}

    def density(self, a: Number, h: Number) -> tuple[Number, Number | None]:
        """The continuous part's density at a + h and its logarithm (None where it is zero)."""
        if len(self.components) == 1:
            weight, part = self.components[0]
            log = part.log(a, h)
            if log is None:
                return mpf(0), None
            value = mp.exp(log) if weight == 1 else weight * mp.exp(log)
            return value, log if weight == 1 else log + mp.log(weight)
        logs = [(weight, part.log(a, h)) for weight, part in self.components]
        # mpmath's exponents are unbounded: exp(-1e24) is a number, so that no log-sum-exp is needed
        value = mp.fsum([weight * mp.exp(log) for weight, log in logs if log is not None])
        return value, mp.log(value) if value > 0 else None

    def continuous_cdf(self, x: Number) -> Number:
        return mp.fsum([weight * part.cdf(x) for weight, part in self.components])

    def continuous_mass(self) -> Number:
        return mp.fsum([weight for weight, _ in self.components])

    def cdf(self, x: Number) -> Number:
        return self.continuous_cdf(x) + mp.fsum([mass for at, mass in self.atoms.items() if at <= x])

    def cumulative(self, x: Number) -> Number:
        atoms = mp.fsum([mass * (x - at) for at, mass in self.atoms.items() if at < x])
        return mp.fsum([weight * part.cumulative(x) for weight, part in self.components]) + atoms

    def mean(self) -> Number:
        parts = [weight * part.mean for weight, part in self.components]
        return mp.fsum(parts + [at * mass for at, mass in self.atoms.items()])

    def anchors(self) -> list[Anchor]:
        return [anchor for _, part in self.components for anchor in part.anchors()]

    def heaviest_power(self, side: int) -> Number | None:
        return min([part.power for part in self._reaching(side) if part.power is not None], default=None)

    def slowest_order(self, side: int) -> Number | None:
        """The order of an exponential tail; None where a power tail is there, which no logarithm makes infinite."""
        if self.heaviest_power(side) is not None:
            return None
        return min([part.order for part in self._reaching(side) if part.order is not None], default=None)

    def _reaching(self, side: int) -> list[Component]:
        return [part for _, part in self.components if mp.isinf(part.hi if side > 0 else part.lo)]


def poisson(rate: float, last: int = 260) -> Law:
    """The masses up to ``last``; the rest is below 1e-240 for the rates used (at most 5)."""
    rate = mpf(rate)
    with mp.workdps(mp.dps + 20):
        masses = {float(k): mp.exp(k * mp.log(rate) - rate - mp.loggamma(k + 1)) for k in range(last + 1)}
    return Law([], masses)
