"""Mixtures of elementary laws with exact weights, in the log-sum form."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction

from gantheory.certified.balls import Ball, Complex, ball, log1p
from gantheory.certified.laws import ExactLaw
from gantheory.certified.places import Place

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
        """log Σ w f with the largest of them taken out: an identity, whichever is taken."""
        logs = [
            ball(weight).log() + component.log_density(place)
            for component, weight in self.parts
            if component.lives_at(place.inside)
        ]
        largest = max(range(len(logs)), key=lambda i: _middle(logs[i]))
        rest = [(one - logs[largest]).exp() for i, one in enumerate(logs) if i != largest]
        return logs[largest] + log1p(sum(rest[1:], rest[0]), place.analytic) if rest else logs[largest]

    def is_singular_at(self, end: Fraction) -> bool:
        return any(component.is_singular_at(end) for component in self.components)


def _middle(x: Complex | Ball) -> float:
    middle = float(x.real.mid())
    return middle if middle == middle else float("-inf")


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
