r"""An integral over the whole line in ball arithmetic: analytic pieces by a rule with proved errors, the rest bounded.

Towards infinity, and beside an end at which a law is singular, x = c ± e^s: power tails and poles are smooth in s. The
rule is Arb's (F. Johansson, "Numerical integration in arbitrary-precision ball arithmetic", 2018): what it returns is
a ball that contains the integral, or one that is too wide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

from flint import acb, arb

from gantheory.certified.balls import Ball, Complex, ball, finite
from gantheory.certified.laws import ExactLaw
from gantheory.certified.pieces import Piece, pieces_of
from gantheory.certified.places import Place
from gantheory.certified.tails import Outskirt
from gantheory.errors import ConvergenceError

__all__ = ["Change", "Functional", "integral", "integral_over_line"]

_MOST_EVALUATIONS = 100_000  # of one piece
_MOST_DEPTH = 2000
_MOST_STEPS = 60


@dataclass(frozen=True)
class Change:
    """A piece in a variable with exact ends: offset = length · s on [0, 1], or length · e^(± s) on [0, S].

    Attributes
    ----------
    piece : Piece
    length : Fraction
    exponent : {0, 1, -1}
        0 for the first; 1 towards infinity, and −1 towards the anchor.
    """

    piece: Piece
    length: Fraction
    exponent: int

    def __call__(self, s: Complex, analytic: bool) -> tuple[Place, Complex | Ball]:
        """The place, and |dx/ds|."""
        length = ball(self.length)
        offset, log_offset, slope = length * s, None, length
        if self.exponent:
            offset = slope = length * (self.exponent * s).exp()
            log_offset = length.log() + self.exponent * s
        return Place(self.piece.anchor, self.piece.side, offset, log_offset, self.piece.inside, analytic), slope


class Functional(Protocol):
    """What is integrated: dx times a function of p, q and x, and a bound of it over an outskirt."""

    def vanishes(self, p: ExactLaw, q: ExactLaw, piece: Piece) -> bool:
        """Whether the integrand is 0 all over a piece, by what lives there."""
        ...

    def over(self, p: ExactLaw | None, q: ExactLaw | None, change: Change, end: Fraction, goal: Ball) -> Ball:
        """The integral over a stretch on which p and q live, None standing for one that does not."""
        ...

    def beyond(self, p: ExactLaw, q: ExactLaw, outskirt: Outskirt, R: Ball) -> Ball:
        """A bound of the integral's absolute value over an outskirt."""
        ...

    def laws(self, p: ExactLaw, q: ExactLaw) -> tuple[ExactLaw, ...]:
        """Whose breakpoints cut the line."""
        ...


def integral_over_line(functional: Functional, p: ExactLaw, q: ExactLaw, goal: Ball) -> Ball:
    """A ball that contains the integral, of a radius of about the goal if it closes."""
    cuts = pieces_of(functional.laws(p, q))
    share = goal / len(cuts)
    return sum((_over(functional, p, q, piece, share) for piece in cuts), arb(0))


def _over(functional: Functional, p: ExactLaw, q: ExactLaw, piece: Piece, goal: Ball) -> Ball:
    if functional.vanishes(p, q, piece):
        return arb(0)
    living = tuple(law if law.lives_at(piece.inside) else None for law in (p, q))
    total = arb(0)
    if piece.length is not None and not piece.is_singular:
        stretches = [(Change(piece, piece.length, 0), Fraction(1))]
    else:
        end, missing = _reach(functional, p, q, piece, goal)
        total = arb(0, missing)
        if piece.length is not None:
            stretches = [(Change(piece, piece.length, -1), end)]
        else:
            stretches = [(Change(piece, piece.near, 0), Fraction(1)), (Change(piece, piece.near, 1), end)]
    return sum((functional.over(living[0], living[1], change, end, goal) for change, end in stretches), total)


def integral(
    function: Callable[[Place], Complex | Ball], change: Change, start: Fraction, end: Fraction, goal: Ball
) -> Ball:
    """Of an analytic function of the place, over a stretch of a piece."""

    def integrand(s: Complex, analytic: bool) -> Complex:
        place, slope = change(s, analytic)
        value = acb(function(place) * slope)
        return value if finite(value) else acb(arb.nan())

    options: dict[str, Any] = {"abs_tol": goal, "eval_limit": _MOST_EVALUATIONS, "depth_limit": _MOST_DEPTH}
    return _by_rule(integrand, acb(ball(start)), acb(ball(end)), options).real


def _by_rule(integrand: Callable[[Complex, bool], Complex], start: Complex, end: Complex, options: Any) -> Complex:
    """Arb's rule, which must not see what the integrand raises, Ctrl-C included: it would go on, to a SystemError."""
    raised: list[BaseException] = []

    def guarded(s: Complex, analytic: bool) -> Complex:
        if not raised:
            try:
                return integrand(s, analytic)
            except BaseException as error:
                raised.append(error)
        return acb(arb.nan())

    try:
        found = acb.integral(guarded, start, end, **options)
    except SystemError as error:
        if not raised and not _is_interrupted(error):
            raise
        raise (raised[0] if raised else KeyboardInterrupt()) from None
    if raised:
        raise raised[0]
    return found


def _is_interrupted(error: BaseException | None) -> bool:
    """Whether a Ctrl-C is behind an error: one that fell between the rule and the integrand."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None


def _reach(functional: Functional, p: ExactLaw, q: ExactLaw, piece: Piece, goal: Ball) -> tuple[Fraction, Ball]:
    """How far the logarithm of the distance goes, an exact number, and a bound of what is left beyond."""
    outskirt, laws = piece.outskirt, functional.laws(p, q)
    start = 1 / ball(piece.length) if piece.length is not None else ball(piece.near)
    end, least = Fraction(1), arb.pos_inf()
    for _ in range(_MOST_STEPS):
        R = start * ball(end).exp()
        if outskirt.is_reached(laws, R):
            missing = functional.beyond(p, q, outskirt, R)
            if missing.is_finite() and missing < goal:
                return end, missing
            least = missing if missing.is_finite() else least
        end += max(Fraction(1, 2), Fraction(int(end), 4))
    where = f"{'beside' if outskirt.is_end else 'far from'} {float(piece.anchor):.6g}"
    if least.is_finite():
        raise ConvergenceError(
            f"what lies {where} is at most {float(least):.1e}, not below {float(goal):.1e}; fewer digits may close."
        )
    raise ConvergenceError(
        f"no bound is known of what lies {where}, where a law is too heavy for the logarithm that it meets; the "
        "ordinary number has an error, and no proof."
    )
