"""The law of −Z."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from gantheory.certified.balls import Ball, Complex
from gantheory.certified.laws import (
    ExactBeta,
    ExactLaplace,
    ExactLaw,
    ExactLogistic,
    ExactNormal,
    ExactStudentT,
    ExactUniform,
    Growth,
)
from gantheory.certified.places import Place

__all__ = ["ExactReflection", "reflected"]


@dataclass(frozen=True)
class ExactReflection(ExactLaw):
    """The law of −Z, of a law that is not of its own family turned round."""

    base: ExactLaw

    @property
    def location(self) -> Fraction:  # type: ignore[override]
        return -self.base.location

    @property
    def scale(self) -> Fraction:  # type: ignore[override]
        return self.base.scale

    @property
    def low(self) -> Fraction | None:  # type: ignore[override]
        return None if self.base.high is None else -self.base.high

    @property
    def high(self) -> Fraction | None:  # type: ignore[override]
        return None if self.base.low is None else -self.base.low

    @property
    def breaks(self) -> tuple[Fraction, ...]:
        return tuple(-end for end in reversed(self.base.breaks))

    @property
    def centres(self) -> tuple[tuple[Fraction, Fraction], ...]:
        return tuple((-location, scale) for location, scale in self.base.centres)

    @property
    def far(self) -> Fraction:
        return self.base.far

    @property
    def power(self) -> Fraction:
        return self.base.power

    def power_at(self, end: Fraction | None) -> Fraction:
        return self.base.power_at(_turned(end))

    def lives_at(self, x: Fraction) -> bool:
        return self.base.lives_at(-x)

    def log_density(self, place: Place) -> Complex | Ball:
        return self.base.log_density(replace(place, anchor=-place.anchor, side=-place.side, inside=-place.inside))

    def is_singular_at(self, end: Fraction) -> bool:
        return self.base.is_singular_at(-end)

    def index(self, end: Fraction | None) -> Fraction:
        return self.base.index(_turned(end))

    def moment(self, nu: Fraction) -> Ball:
        return self.base.moment(nu)

    def inverse_moment(self, end: Fraction, nu: Fraction) -> Ball:
        return self.base.inverse_moment(-end, nu)

    def growth(self, end: Fraction | None) -> Growth:
        return self.base.growth(_turned(end))

    def width(self, end: Fraction) -> Fraction:
        return self.base.width(-end)


def _turned(end: Any) -> Any:
    return None if end is None else -end


def reflected(law: ExactLaw) -> ExactLaw:
    """The law of −Z, of one of the elementary families where it is of one."""
    match law:
        case ExactReflection():
            return law.base
        case ExactNormal() | ExactLaplace() | ExactLogistic() | ExactStudentT():
            return replace(law, location=-law.location)
        case ExactUniform():
            return ExactUniform(-law.high, law.scale)
        case ExactBeta():
            return ExactBeta(-law.high, law.scale, law.b, law.a)
    return ExactReflection(law)
