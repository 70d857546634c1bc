"""The line in pieces: between the breakpoints of both laws, each with at most one end that needs care of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from gantheory.certified.laws import ExactLaw
from gantheory.certified.tails import Outskirt

__all__ = ["Piece", "are_apart", "pieces_of"]


@dataclass(frozen=True)
class Piece:
    """From its anchor to one side: a length of the line, or all of what follows.

    Attributes
    ----------
    anchor : Fraction
    side : {1, -1}
    length : Fraction or None
        None where it is unbounded.
    is_singular : bool
        Whether a law is singular at the anchor.
    near : Fraction
        The scale up to which an unbounded piece is integrated in x, and from there on in the logarithm of the distance.
    """

    anchor: Fraction
    side: int
    length: Fraction | None
    is_singular: bool
    near: Fraction

    @cached_property
    def inside(self) -> Fraction:
        return self.anchor + self.side * (self.near if self.length is None else self.length / 2)

    @property
    def outskirt(self) -> Outskirt:
        """What is bounded, not integrated: the far tail, or what lies beside a singular anchor."""
        return Outskirt(self.anchor, self.side, self.is_singular, self.inside)


def pieces_of(laws: Sequence[ExactLaw]) -> list[Piece]:
    """Of the whole line."""
    breaks = sorted({end for law in laws for end in law.breaks})
    scales = [scale for law in laws for _, scale in law.centres]
    near = min(scales)
    if not breaks:
        breaks = [min(laws[0].centres, key=lambda pair: pair[1])[0]]
    found = [_outer(breaks[0], -1, laws, near), _outer(breaks[-1], 1, laws, near)]
    pieces = [piece for outer in found for piece in outer]
    for a, b in pairwise(breaks):
        pieces.extend(_inner(a, b, laws, near))
    return pieces


def _singular(end: Fraction, laws: Sequence[ExactLaw]) -> bool:
    return any(law.is_singular_at(end) for law in laws)


def _outer(end: Fraction, side: int, laws: Sequence[ExactLaw], near: Fraction) -> list[Piece]:
    if not _singular(end, laws):
        return [Piece(end, side, None, False, near)]
    cut = end + side * near
    return [Piece(end, side, near, True, near), Piece(cut, side, None, False, near)]


def _inner(a: Fraction, b: Fraction, laws: Sequence[ExactLaw], near: Fraction) -> list[Piece]:
    left, right = _singular(a, laws), _singular(b, laws)
    if not right:
        return [Piece(a, 1, b - a, left, near)]
    if not left:
        return [Piece(b, -1, b - a, True, near)]
    middle = (a + b) / 2
    return [Piece(a, 1, middle - a, True, near), Piece(b, -1, b - middle, True, near)]


def are_apart(p: ExactLaw, q: ExactLaw) -> bool:
    """Whether nowhere both live: two laws that are mutually singular, which the ends of their supports decide."""
    return not any(p.lives_at(piece.inside) and q.lives_at(piece.inside) for piece in pieces_of((p, q)))
