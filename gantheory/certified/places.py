"""Where a density is evaluated: an exact anchor, and a complex ball for the offset from it.

Beside an end at which a law is singular, x itself cannot say how far the end is; the offset can, at any precision. The
breakpoints of both laws cut the line, so that a piece lies on one side of every one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from gantheory.certified.balls import Ball, Complex, ball, log
from gantheory.certified.numbers import difference, is_above

__all__ = ["Place"]


@dataclass(frozen=True, slots=True)
class Place:
    """x = anchor + side · offset on a piece of the line.

    Attributes
    ----------
    anchor : Fraction
    side : {1, -1}
    offset : complex or real ball
    log_offset : complex or real ball or None
        Its logarithm, where the offset was made from it.
    inside : Fraction
        A point of the piece, by which it is known on which side of a breakpoint the piece lies.
    analytic : bool
        Whether what is evaluated must be analytic on the ball.
    """

    anchor: Fraction
    side: int
    offset: Complex | Ball
    log_offset: Complex | Ball | None
    inside: Fraction
    analytic: bool

    def beyond(self, location: Fraction) -> Complex | Ball:
        """|x − location|, location being none of the piece's inner points: a distance, exact where it is the anchor."""
        side = 1 if is_above(self.inside, location) else -1
        if location == self.anchor:
            return self.offset if side == self.side else -self.offset
        return side * (ball(difference(self.anchor, location)) + self.side * self.offset)

    def log_beyond(self, location: Fraction) -> Complex | Ball:
        """Its logarithm."""
        if location == self.anchor and self.log_offset is not None:
            return self.log_offset
        return log(self.beyond(location), self.analytic)

    def minus(self, location: Fraction) -> Complex | Ball:
        """x − location, of a location that may lie anywhere."""
        if location == self.anchor:
            return self.side * self.offset
        return ball(difference(self.anchor, location)) + self.side * self.offset
