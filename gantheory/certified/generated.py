r"""The law of G(z): which maps of which laws are enclosed, and pairs in the variable in which both have a density.

.. math:: KL(T_\#p \| T_\#q) = KL(p \| q), \quad \text{and so JSD, TV and } C, \text{ for a monotone } T
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from gantheory.certified.exponentials import exponential_order
from gantheory.certified.identities import elementary_image
from gantheory.certified.images import ExactImage
from gantheory.certified.laws import ExactLaw
from gantheory.certified.maps import EXP, Map
from gantheory.certified.mixtures import ExactMixture, mixture_of, parts_of
from gantheory.certified.reflections import ExactReflection, reflected
from gantheory.errors import DomainError

__all__ = ["ExactLogarithm", "affine_image", "aligned", "image", "logarithm"]


def image(law: ExactLaw, map_: Map) -> ExactLaw:
    """The law of G(Z).

    Raises
    ------
    DomainError
        If Z is no elementary law, or has too heavy a tail for a map that rises exponentially.
    """
    if isinstance(law, ExactMixture):
        return mixture_of((image(part, map_), weight) for part, weight in law.parts)
    if isinstance(_turned_back(law), (ExactImage, ExactLogarithm)):
        raise DomainError(f"{map_.name} of {_family(law)} is not enclosed; one map of an elementary law is.")
    if map_.rate and not min(exponential_order(law, side) for side in (-1, 1)):
        raise DomainError(f"{map_.name} of {_family(law)} is not enclosed; z must have E[e^(t|z|)] < ∞ for some t > 0.")
    return elementary_image(law, map_) or ExactImage(law, map_)


@dataclass(frozen=True)
class ExactLogarithm(ExactLaw):
    """The law of location + side · scale · log Z. It has no density of its own: a pair is enclosed by e^x of both."""

    base: ExactLaw
    location: Fraction = Fraction(0)
    scale: Fraction = Fraction(1)
    side: int = 1


def logarithm(law: ExactLaw) -> ExactLaw:
    """The law of log Z.

    Raises
    ------
    DomainError
        If Z is no elementary law on a half-line of what is not negative.
    """
    if isinstance(law, ExactMixture):
        return mixture_of((logarithm(part), weight) for part, weight in law.parts)
    if isinstance(law, ExactImage) and law.map == EXP and not law.location and law.scale == 1:
        return law.base
    if isinstance(law, (ExactImage, ExactLogarithm)) or law.low is None or law.low < 0:
        raise DomainError(f"log of {_family(law)} is not enclosed; z must be of an elementary law on [0, ∞).")
    return ExactLogarithm(law)


def affine_image(law: ExactLaw, slope: Fraction, shift: Fraction) -> ExactLaw:
    """The law of slope · Z + shift.

    Raises
    ------
    DomainError
        If the slope is 0.
    """
    if not slope:
        raise DomainError(f"0·z + {shift} is no law with a density; an enclosure knows slopes other than 0.")
    if isinstance(law, ExactMixture):
        return mixture_of((affine_image(part, slope, shift), weight) for part, weight in law.parts)
    if isinstance(law, ExactReflection):
        return affine_image(law.base, -slope, shift)
    if isinstance(law, ExactLogarithm):
        side = law.side if slope > 0 else -law.side
        return replace(law, location=slope * law.location + shift, scale=abs(slope) * law.scale, side=side)
    size = abs(slope)
    moved = replace(law, location=size * law.location + (shift if slope > 0 else -shift), scale=size * law.scale)  # type: ignore[type-var]
    return moved if slope > 0 else _turned(moved)


def _turned(law: ExactLaw) -> ExactLaw:
    """The law of −X; of an image, that of −Z where G(z) + G(−z) is a number."""
    if isinstance(law, ExactImage) and law.map.doubled is not None:
        return replace(law, base=reflected(law.base), location=-law.location - law.scale * law.map.doubled)
    return reflected(law)


def aligned(*laws: ExactLaw) -> tuple[ExactLaw, ...]:
    """The laws of T(x), T one increasing or decreasing map for all of them, which leaves every divergence as it is.

    Where a law is one of logarithms, T is the exponential; where all are images by one map, its inverse.
    """
    for law in _every(laws):
        if isinstance(law, ExactLogarithm):
            return aligned(*(_exponential(one, law) for one in laws))
    if all(isinstance(law, ExactReflection) for law in _every(laws)):
        return aligned(*(_bases(law) for law in laws))
    first = next(_every(laws))
    if isinstance(first, ExactImage):
        key = (first.map, first.location, first.scale)
        if all(isinstance(law, ExactImage) and (law.map, law.location, law.scale) == key for law in _every(laws)):
            return aligned(*(_bases(law) for law in laws))
    return laws


def _every(laws: tuple[ExactLaw, ...]) -> Iterator[ExactLaw]:
    return (part for law in laws for _, part in parts_of(law))


def _bases(law: Any) -> ExactLaw:
    if isinstance(law, ExactMixture):
        return mixture_of((_bases(part), weight) for part, weight in law.parts)
    return law.base


def _exponential(law: ExactLaw, of: ExactLogarithm) -> ExactLaw:
    """The law of e^{side (X − location)/scale}, which is Z where X is location + side · scale · log Z."""
    if isinstance(law, ExactMixture):
        return mixture_of((_exponential(part, of), weight) for part, weight in law.parts)
    if isinstance(law, ExactLogarithm) and replace(law, base=of.base) == of:
        return law.base
    slope = of.side / of.scale
    return image(affine_image(law, slope, -slope * of.location), EXP)


def _turned_back(law: ExactLaw) -> ExactLaw:
    return law.base if isinstance(law, ExactReflection) else law


_SPELLED = {"Exponential": "an exponential law", "StudentT": "a Student t law"}
_NAMES = ("Laplace", "Cauchy", "Weibull")  # of people


def _family(law: ExactLaw) -> str:
    """In the words of the table of what is known."""
    if isinstance(law, ExactReflection):
        return f"minus {_family(law.base)}"
    if isinstance(law, (ExactImage, ExactLogarithm)):
        return f"{law.map.name if isinstance(law, ExactImage) else 'log'} of {_family(law.base)}"
    family = type(law).__name__.removeprefix("Exact")
    return _SPELLED.get(family, f"a {family if family in _NAMES else family.lower()} law")
