r"""The elementary laws with exact parameters: log-densities on balls, moments that bound their tails, and how fast
log f may fall.

What is asked of a law f beyond a distance R, y = |x − c|, or beside an end a, y = 1/|x − a|, is

.. math:: \int_{y > R} f \le R^{-\nu}\,E[y^\nu] \quad (\text{Markov}), \qquad
          |\log f| \le A + B\,y^k, \qquad \int_{y>R} p\,y^k \le R^{k-\nu}\,E_p[y^\nu] \quad (k \le \nu),

so that any law with its moments in closed form has proved tails, for the divergences that are bounded by masses and for
KL, whose integrand is not bounded.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from flint import arb

from gantheory.certified.balls import Ball, Complex, ball, log1p
from gantheory.certified.places import Place

__all__ = [
    "ExactBeta",
    "ExactCauchy",
    "ExactExponential",
    "ExactGamma",
    "ExactLaplace",
    "ExactLaw",
    "ExactLogistic",
    "ExactNormal",
    "ExactStudentT",
    "ExactUniform",
    "ExactWeibull",
    "Growth",
    "INFINITE",
]

INFINITE: Any = math.inf  # the index of a tail with all moments


@dataclass(frozen=True)
class Growth:
    """−log f ≤ constant + Σ factor · u^power for u = |x − location|/scale from `far` on, and log f ≤ top.

    Beside an end, |log f| ≤ |constant| + |top| + Σ factor · u^power for u = scale/|x − end|. A power of 0 is for log u.
    """

    constant: Ball
    terms: tuple[tuple[Ball, Fraction], ...]
    top: Ball


class ExactLaw:
    """A law with exact parameters, of which a density is evaluated on balls.

    Attributes
    ----------
    location, scale : Fraction
    low, high : Fraction or None
        The ends of its support.
    breaks : tuple of Fraction
        Finite ends and kinks.
    """

    location: Fraction
    scale: Fraction
    low: Fraction | None = None
    high: Fraction | None = None

    @property
    def breaks(self) -> tuple[Fraction, ...]:
        return tuple(end for end in (self.low, self.high) if end is not None)

    @property
    def centres(self) -> tuple[tuple[Fraction, Fraction], ...]:
        """(location, scale) of its parts."""
        return ((self.location, self.scale),)

    def lives_at(self, x: Fraction) -> bool:
        """Whether the piece with x in its interior is part of the support."""
        return (self.low is None or x > self.low) and (self.high is None or x < self.high)

    def log_density(self, place: Place) -> Complex | Ball:
        """Where it lives."""
        raise NotImplementedError(type(self).__name__)

    def leading(self, place: Place) -> tuple[ExactLaw, Complex | Ball | int]:
        """(f_1, c), log f = log f_1 + c: of a mixture, its largest part at a place."""
        return self, 0

    def is_singular_at(self, end: Fraction) -> bool:
        """Whether log f is singular at an end."""
        return False

    @property
    def far(self) -> Fraction:
        """|x − location| from which on `growth` holds towards infinity."""
        return self.scale

    def width(self, end: Fraction) -> Fraction:
        """|x − end| up to which `growth` holds beside an end at which log f is singular."""
        return self.scale / 2

    def index(self, end: Fraction | None) -> Fraction:
        """The moments E[y^ν] are finite for ν below it: towards infinity (None), or at a finite end."""
        return INFINITE if end is None else Fraction(1)

    def moment(self, nu: Fraction) -> Ball:
        """An upper bound of E|(X − location)/scale|^ν, ν below the index."""
        raise NotImplementedError(type(self).__name__)

    def inverse_moment(self, end: Fraction, nu: Fraction) -> Ball:
        """An upper bound of E[(|X − end|/scale)^−ν; |X − end| ≤ `width`], ν below the index.

        Where it is known of the whole law it is that. An image's least slope is known beside the end only, so its bound
        is one on the event y > R, 1/R ≤ `width`, of Markov's inequality, which asks for no more.
        """
        raise NotImplementedError(type(self).__name__)

    def growth(self, end: Fraction | None) -> Growth:
        """Of −log f, towards infinity (None) or at an end at which it is singular."""
        raise NotImplementedError(type(self).__name__)

    @property
    def power(self) -> Fraction:
        """The power of |x| with which −log f grows towards infinity; 0 where it grows more slowly than any."""
        return max((power for _, power in self.growth(None).terms), default=Fraction(0))

    def power_at(self, end: Fraction | None) -> Fraction:
        """The same of 1/|x − end| beside an end; towards infinity, `power`."""
        return self.power if end is None else Fraction(0)


@dataclass(frozen=True)
class _Located(ExactLaw):
    location: Fraction
    scale: Fraction

    def u(self, place: Place) -> Complex | Ball:
        return place.minus(self.location) / ball(self.scale)

    def log_scale(self) -> Ball:
        return ball(self.scale).log()


class ExactNormal(_Located):
    def _log_norm(self) -> Ball:
        return self.log_scale() + (2 * arb.pi()).log() / 2

    def log_density(self, place: Place) -> Complex | Ball:
        u = self.u(place)
        return -u * u / 2 - self._log_norm()

    def moment(self, nu: Fraction) -> Ball:
        return arb(2) ** (ball(nu) / 2) * ((ball(nu) + 1) / 2).gamma() / arb.pi().sqrt()

    def growth(self, end: Fraction | None) -> Growth:
        return Growth(self._log_norm(), ((arb(0.5), Fraction(2)),), -self._log_norm())


class ExactLogistic(_Located):
    def log_density(self, place: Place) -> Complex | Ball:
        u = self.u(place)
        u = -u if u.real.mid() < 0 else u  # the same function: it is even
        return -u - self.rest(u, place)

    def rest(self, u: Complex | Ball, place: Place) -> Complex | Ball:
        """−log f − u, which is bounded where u > 0."""
        return 2 * log1p((-u).exp(), place.analytic) + self.log_scale()

    def moment(self, nu: Fraction) -> Ball:
        return 2 * (ball(nu) + 1).gamma()  # f ≤ e^{−|u|}

    def growth(self, end: Fraction | None) -> Growth:
        return Growth(self.log_scale() + 2 * arb.const_log2(), ((arb(1), Fraction(1)),), -self.log_scale())


class ExactLaplace(_Located):
    @property
    def breaks(self) -> tuple[Fraction, ...]:
        return (self.location,)

    def log_density(self, place: Place) -> Complex | Ball:
        return -place.beyond(self.location) / ball(self.scale) - self.log_scale() - arb.const_log2()

    def moment(self, nu: Fraction) -> Ball:
        return (ball(nu) + 1).gamma()

    def growth(self, end: Fraction | None) -> Growth:
        norm = self.log_scale() + arb.const_log2()
        return Growth(norm, ((arb(1), Fraction(1)),), -norm)


@dataclass(frozen=True)
class ExactStudentT(_Located):
    df: Fraction

    def _log_norm(self) -> Ball:
        df = ball(self.df)
        return (df / 2).lgamma() - ((df + 1) / 2).lgamma() + (df * arb.pi()).log() / 2 + self.log_scale()

    def log_density(self, place: Place) -> Complex | Ball:
        u, df = self.u(place), ball(self.df)
        return -(df + 1) / 2 * log1p(u * u / df, place.analytic) - self._log_norm()

    def index(self, end: Fraction | None) -> Fraction:
        return self.df if end is None else Fraction(1)

    def moment(self, nu: Fraction) -> Ball:
        n, df = ball(nu), ball(self.df)
        return df ** (n / 2) * ((n + 1) / 2).gamma() * ((df - n) / 2).gamma() / (df / 2).gamma() / arb.pi().sqrt()

    def growth(self, end: Fraction | None) -> Growth:
        df = ball(self.df)  # 1 + u²/ν ≤ u² (1 + 1/ν) for u ≥ 1
        constant = self._log_norm() + (df + 1) / 2 * (1 + 1 / df).log()
        return Growth(constant, ((df + 1, Fraction(0)),), -self._log_norm())


class ExactCauchy(ExactStudentT):
    def _log_norm(self) -> Ball:
        return self.log_scale() + arb.pi().log()


@dataclass(frozen=True)
class _HalfLine(_Located):
    """On (location, ∞), of u = (x − location)/scale, as u^{shape − 1} at 0."""

    @property
    def low(self) -> Fraction:  # type: ignore[override]
        return self.location

    def _log_u(self, place: Place) -> Complex | Ball:
        return place.log_beyond(self.location) - self.log_scale()

    def u(self, place: Place) -> Complex | Ball:
        return place.beyond(self.location) / ball(self.scale)


class ExactExponential(_HalfLine):
    def log_density(self, place: Place) -> Complex | Ball:
        return -self.u(place) - self.log_scale()

    def moment(self, nu: Fraction) -> Ball:
        return (ball(nu) + 1).gamma()

    def growth(self, end: Fraction | None) -> Growth:
        return Growth(self.log_scale(), ((arb(1), Fraction(1)),), -self.log_scale())


@dataclass(frozen=True)
class ExactGamma(_HalfLine):
    shape: Fraction

    def _log_norm(self) -> Ball:
        return ball(self.shape).lgamma() + self.log_scale()

    def log_density(self, place: Place) -> Complex | Ball:
        return -self.u(place) - self.rest(place)

    def rest(self, place: Place) -> Complex | Ball:
        """−log f − u."""
        power = 0 if self.shape == 1 else ball(self.shape - 1) * self._log_u(place)
        return self._log_norm() - power

    def is_singular_at(self, end: Fraction) -> bool:
        return end == self.location and self.shape != 1

    def index(self, end: Fraction | None) -> Fraction:
        return self.shape if end == self.location else ExactLaw.index(self, end)

    def moment(self, nu: Fraction) -> Ball:
        return (ball(self.shape + nu).lgamma() - ball(self.shape).lgamma()).exp()

    def inverse_moment(self, end: Fraction, nu: Fraction) -> Ball:
        return self.moment(-nu)

    def growth(self, end: Fraction | None) -> Growth:
        extra = ball(abs(self.shape - 1))
        peak = ball(max(self.shape - 1, Fraction(0)))  # (s − 1) log u − u is at most (s − 1) log (s − 1)
        top = peak * log_of(peak) - self._log_norm()
        if end is None:
            return Growth(self._log_norm(), ((arb(1), Fraction(1)), (extra, Fraction(0))), top)
        return Growth(self._log_norm() + 1, ((extra, Fraction(0)),), top)


def log_of(x: Ball) -> Ball:
    """log max(x, 1): a bound of the logarithm."""
    return x.log() if x > 1 else arb(0)


@dataclass(frozen=True)
class ExactWeibull(_HalfLine):
    shape: Fraction

    def _log_norm(self) -> Ball:
        return self.log_scale() - ball(self.shape).log()

    def log_density(self, place: Place) -> Complex | Ball:
        if self.shape == 1:
            return -self.u(place) - self.log_scale()
        log_u, c = self._log_u(place), ball(self.shape)
        return (c - 1) * log_u - (c * log_u).exp() - self._log_norm()

    def is_singular_at(self, end: Fraction) -> bool:
        return end == self.location and self.shape != 1

    def index(self, end: Fraction | None) -> Fraction:
        return self.shape if end == self.location else ExactLaw.index(self, end)

    def moment(self, nu: Fraction) -> Ball:
        return (1 + ball(nu) / ball(self.shape)).gamma()

    def inverse_moment(self, end: Fraction, nu: Fraction) -> Ball:
        return self.moment(-nu)

    def growth(self, end: Fraction | None) -> Growth:
        extra, c = ball(abs(self.shape - 1)), self.shape
        peak = ball(max((c - 1) / c, Fraction(0)))  # (c − 1) log u − u^c is at most ((c − 1)/c) log((c − 1)/c)
        top = peak * log_of(peak) - self._log_norm()
        if end is None:
            return Growth(abs(self._log_norm()), ((arb(1), c), (extra, Fraction(0))), top)
        return Growth(abs(self._log_norm()) + 1, ((extra, Fraction(0)),), top)


class _Bounded(_Located):
    """On (location, location + scale)."""

    @property
    def low(self) -> Fraction:  # type: ignore[override]
        return self.location

    @property
    def high(self) -> Fraction:  # type: ignore[override]
        return self.location + self.scale


class ExactUniform(_Bounded):
    def log_density(self, place: Place) -> Complex | Ball:
        return -self.log_scale() + 0 * place.offset


@dataclass(frozen=True)
class ExactBeta(_Bounded):
    a: Fraction
    b: Fraction

    def _log_norm(self) -> Ball:
        a, b = ball(self.a), ball(self.b)
        return a.lgamma() + b.lgamma() - (a + b).lgamma() + self.log_scale()

    def log_density(self, place: Place) -> Complex | Ball:
        total: Any = -self._log_norm()
        for end, power in ((self.low, self.a - 1), (self.high, self.b - 1)):
            if power:
                total = total + ball(power) * (place.log_beyond(end) - self.log_scale())
        return total + 0 * place.offset

    def _shape_at(self, end: Fraction | None) -> Fraction:
        return self.a if end == self.low else self.b

    def is_singular_at(self, end: Fraction) -> bool:
        return end in (self.low, self.high) and self._shape_at(end) != 1

    def index(self, end: Fraction | None) -> Fraction:
        return self._shape_at(end) if end in (self.low, self.high) else ExactLaw.index(self, end)

    def inverse_moment(self, end: Fraction, nu: Fraction) -> Ball:
        near, far = (self.a, self.b) if end == self.low else (self.b, self.a)
        total = ball(near + far)
        return ((ball(near - nu)).lgamma() - (total - ball(nu)).lgamma() - ball(near).lgamma() + total.lgamma()).exp()

    def growth(self, end: Fraction | None) -> Growth:
        # the other factor, between 1/2 and 1 within half the support: the pieces beside an end reach no farther
        near, far = (self.a, self.b) if end == self.low else (self.b, self.a)
        slack = ball(abs(far - 1)) * arb.const_log2()
        return Growth(self._log_norm() + slack, ((ball(abs(near - 1)), Fraction(0)),), slack - self._log_norm())
