"""Mixtures of elementary laws with exact weights, in the log-sum form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from gantheory.certified.balls import Ball, Complex, ball, log1p
from gantheory.certified.laws import ExactLaw
from gantheory.certified.places import Place
from gantheory.certified.ratios import exact_log_ratio, is_wide, narrower

__all__ = ["ExactMixture", "mixture_of", "parts_of"]


@dataclass(frozen=True)
class ExactMixture(ExactLaw):
    """Σ w_i f_i, the weights exact and of sum 1."""

    components: tuple[ExactLaw, ...]
    weights: tuple[Fraction, ...]

    @property
    def parts(self) -> Iterator[tuple[ExactLaw, Fraction]]:
        return zip(self.components, self.weights, strict=True)

    @property
    def location(self) -> Fraction:  # type: ignore[override]
        return self.components[0].location

    @property
    def scale(self) -> Fraction:  # type: ignore[override]
        return max(scale for _, scale in self.centres)

    @property
    def low(self) -> Fraction | None:  # type: ignore[override]
        ends = [component.low for component in self.components]
        return None if None in ends else min(end for end in ends if end is not None)

    @property
    def high(self) -> Fraction | None:  # type: ignore[override]
        ends = [component.high for component in self.components]
        return None if None in ends else max(end for end in ends if end is not None)

    @property
    def breaks(self) -> tuple[Fraction, ...]:
        return tuple(sorted({end for component in self.components for end in component.breaks}))

    @property
    def centres(self) -> tuple[tuple[Fraction, Fraction], ...]:
        return tuple(pair for component in self.components for pair in component.centres)

    def lives_at(self, x: Fraction) -> bool:
        return any(component.lives_at(x) for component in self.components)

    def log_density(self, place: Place) -> Complex | Ball:
        logs, largest, share = self._at(place)
        return logs[largest] + share

    def leading(self, place: Place) -> tuple[ExactLaw, Complex | Ball | int]:
        _, largest, share = self._at(place)
        component, weight = self._living(place)[largest]
        return component, ball(weight).log() + share

    def _living(self, place: Place) -> list[tuple[ExactLaw, Fraction]]:
        return [pair for pair in self.parts if pair[0].lives_at(place.inside)]

    def _at(self, place: Place) -> tuple[list[Complex | Ball], int, Complex | Ball | int]:
        """log(w f) of what lives there, which of them is largest, and log(Σ w f / w_1 f_1): true whichever is taken."""
        living = self._living(place)
        logs = [ball(weight).log() + component.log_density(place) for component, weight in living]

        known: dict[tuple[int, int], Complex | Ball] = {}

        def apart(i: int, j: int) -> Complex | Ball:
            """log(w_i f_i / w_j f_j)."""
            if (j, i) in known:
                return -known[j, i]
            found, ((one, a), (other, b)) = logs[i] - logs[j], (living[i], living[j])
            exact = exact_log_ratio(one, other, place) if is_wide(found) else None
            if exact is not None:
                found = narrower(found, exact + ball(a / b).log())
            return known.setdefault((i, j), found)

        largest = 0
        for i in range(1, len(logs)):
            if apart(i, largest).real.mid() > 0:
                largest = i
        rest = [apart(i, largest).exp() for i in range(len(logs)) if i != largest]
        return logs, largest, log1p(sum(rest[1:], rest[0]), place.analytic) if rest else 0

    def is_singular_at(self, end: Fraction) -> bool:
        return any(component.is_singular_at(end) for component in self.components)


def mixture_of(parts: Iterable[tuple[ExactLaw, Fraction]]) -> ExactLaw:
    """The mixture in one order of its parts, equal ones as one, so that equal mixtures are equal."""
    weights: dict[ExactLaw, Fraction] = {}
    for law, weight in parts:
        for share, part in parts_of(law):
            weights[part] = weights.get(part, Fraction(0)) + weight * share
    kept = sorted((part for part, weight in weights.items() if weight), key=repr)
    return kept[0] if len(kept) == 1 else ExactMixture(tuple(kept), tuple(weights[part] for part in kept))


def parts_of(law: ExactLaw) -> tuple[tuple[Fraction, ExactLaw], ...]:
    """(weight, elementary law) of a law."""
    if isinstance(law, ExactMixture):
        return tuple(
            (weight * inner, part)
            for weight, component in zip(law.weights, law.components, strict=True)
            for inner, part in parts_of(component)
        )
    return ((Fraction(1), law),)
