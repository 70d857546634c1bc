r"""What an objective (a, b) amounts to: D maximises ∫ p·a(D) + q·b(D), and p_g then minimises ∫ q f(p/q).

.. math:: f(u) = \sup_y\; u\,a(y) + b(y), \qquad f'(u) = a(D^*), \qquad f^*(a(D)) = -b(D)

f is convex as a supremum of lines. By Jensen the criterion is at least f(1), attained at p_g = p_data, and there alone
iff f is strictly convex at 1: then the objective is proper.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import sympy

from gantheory.errors import DomainError
from gantheory.symbolic.best_response import RATIO, BestResponse, cases_of, smooth_best_response, tidy
from gantheory.symbolic.boundedness import refuse_unbounded
from gantheory.symbolic.clipped_response import clipped_best_response, positive_over
from gantheory.symbolic.coordinate import Coordinate, as_domain, coordinate_of, steepest
from gantheory.symbolic.degrees import MOST_DEGREE, combined, degree, factored, over_one
from gantheory.symbolic.evaluation import end_value
from gantheory.symbolic.fenchel import conjugate
from gantheory.symbolic.losses import SCORE, loss
from gantheory.symbolic.named_divergences import Named, named_divergence
from gantheory.symbolic.piecewise_response import piecewise_best_response
from gantheory.symbolic.scaling import conjugate_times, named_times, response_times, scale_of, times
from gantheory.symbolic.zero_test import Decision, is_zero, sign

__all__ = ["Analysis", "analyse", "read_objective", "sign_on_domain", "turning_ends", "turning_ratio"]

_MOST_OF_POWERS = 500  # α-divergences of orders n/m with n and m up to 12 have less


_OPEN = Decision("undecided", "closed form", "f has no closed form that could be confirmed")


@dataclass(frozen=True)
class Analysis:
    """An objective with formulas, and what follows from them.

    Attributes
    ----------
    real, fake : sympy.Expr in D
        a and b.
    at : Coordinate
        The range of D.
    best : BestResponse or None
        D* and f in closed form, where there is one.
    optimum : sympy.Expr or None
        f(1).
    curvature : sympy.Expr or None
        f″(1); ∞ where f has a corner at 1.
    conjugate : sympy.Expr in t, or None
        f* on the range of f′.
    slopes : tuple
        f′(0+) and f′(∞), the ends of that range; None where a limit was not found.
    named : Named or None
        The divergence that f is of.
    strict : Decision
        Whether f is strictly convex at 1.
    """

    real: Any
    fake: Any
    at: Coordinate
    best: BestResponse | None
    optimum: Any = None
    curvature: Any = None
    conjugate: Any = None
    slopes: tuple[Any, Any] = (None, None)
    named: Named | None = None
    strict: Decision = _OPEN

    def at_zero(self) -> Any:
        """f(0), which may be infinite; None where the limit was not found."""
        return None if self.best is None else _first(self.best.fake)


def read_objective(real: Any, fake: Any, domain: Any) -> tuple[Any, Any, Any, Any]:
    """The two losses as expressions in D, and the ends of its range.

    Raises
    ------
    ParseError, DomainError
        As `loss` and `as_domain`; and where neither loss depends on D.
    """
    low, high = as_domain(domain)
    a, b = loss("real", real), loss("fake", fake)
    if not (a.has(SCORE) or b.has(SCORE)):
        raise DomainError(f"real = {a} and fake = {b} are constant; an objective must depend on D, as log(D) does.")
    return a, b, low, high


def _beyond_algebra(a: Any, b: Any, at: Coordinate) -> bool:
    """Whether the losses hold powers of their coordinate that are too high, and are not just such powers."""
    if steepest(a, b) > MOST_DEGREE:
        return True
    moved = (at.of(loss).replace(sympy.exp, sympy.Function("e")) for loss in (a, b))
    # of two powers of D the algebra is short, up to a point
    most = _MOST_OF_POWERS if _is_power(a) and _is_power(b) else MOST_DEGREE
    return max(map(degree, moved)) > most


def _is_power(loss: Any) -> bool:
    """Whether its slope is c·D^k."""
    rest = sympy.diff(loss, SCORE).as_independent(SCORE, as_Add=False)[1]
    return rest.as_base_exp()[0] == SCORE or rest == 1


def analyse(real: Any, fake: Any, domain: Any = (0, 1)) -> Analysis:
    """Read two losses and derive what they amount to.

    Raises
    ------
    ParseError, DomainError
        As `loss`, and for losses that are constant, or unbounded for some u, or piecewise linear and not concave.

    Examples
    --------
    >>> found = analyse("log(D)", "log(1 - D)/2")
    >>> found.best.D_star, found.optimum, str(found.named)
    (2*u/(2*u + 1), -3*log(3)/2 + log(2), 'log(2) − 3/2·log(3) + 3/2·JS(p‖q), skewed with the weight 2/3 of p')
    """
    a, b, low, high = read_objective(real, fake, domain)
    at = coordinate_of(low, high, a, b)
    if _beyond_algebra(a, b, at):
        return Analysis(a, b, at, None, strict=_OPEN)
    refuse_unbounded(a, b, at)
    c = scale_of(a)
    found = _derived(a / c, b / c, at)
    return found if c == 1 else _scaled(found, c, a, b)


def _scaled(found: Analysis, c: Any, a: Any, b: Any) -> Analysis:
    """What is known of (a, b) where `found` is of (a, b)/c."""
    if found.best is None:
        return replace(found, real=a, fake=b)
    return Analysis(
        a,
        b,
        found.at,
        response_times(c, found.best),
        times(c, found.optimum),
        times(c, found.curvature),
        conjugate_times(c, found.conjugate),
        (times(c, found.slopes[0]), times(c, found.slopes[1])),
        named_times(c, found.named),
        found.strict,
    )


def _derived(a: Any, b: Any, at: Coordinate) -> Analysis:
    """The same of losses whose common factor was taken out."""
    best = _best_response(a, b, at)
    if best is None:
        return Analysis(a, b, at, None, strict=_strict_without_closed_form(a, b, at))
    optimum = tidy(sympy.expand_log(best.f.subs(RATIO, 1), force=True))
    curvature = _curvature(best)
    slopes = _first(best.real), _last(best.real)
    named = None if best.joins else named_divergence(best.f, best.real)
    strict = _strict(best, curvature)
    flat = not best.kinks and not best.joins and is_zero(sympy.diff(best.real, RATIO)).proved
    star = None if flat else conjugate(a, b, at, best)
    return Analysis(a, b, at, best, optimum, curvature, star, slopes, named, strict)


def _best_response(a: Any, b: Any, at: Coordinate) -> BestResponse | None:
    """A D* that is proved to be the maximum, and to lie in the range of D."""
    best = piecewise_best_response(a, b, at) or smooth_best_response(a, b, at)
    if best is None or not _covers(best, at):
        best = clipped_best_response(a, b, at)
    return best if best is not None and _is_maximum(best, a, b, at) else None


def _curvature(best: BestResponse) -> Any:
    """f″(1): ∞ at a corner, None where it is one number on the left of 1 and another on the right."""
    if 1 in best.kinks:
        return sympy.oo
    if 1 in best.joins:
        return None
    slope = next((part.real for part in best.parts if part.low < 1 < part.high), best.real)
    return tidy(sympy.diff(slope, RATIO)).subs(RATIO, 1)


def _first(expr: Any) -> Any:
    return end_value(cases_of(expr)[0], RATIO, 0)


def _last(expr: Any) -> Any:
    return end_value(cases_of(expr)[-1], RATIO, sympy.oo)


def _covers(best: BestResponse, at: Coordinate) -> bool:
    """Whether D* lies in the range of D for every u; elsewhere the maximum is at an end of the range for some u."""
    if best.corners or best.parts:
        return True
    ends = [best.D_star - at.low] if at.low != -sympy.oo else []
    ends += [at.high - best.D_star] if at.high != sympy.oo else []
    return all(sign(over_one(combined(end)), ">").proved for end in ends)


def _is_maximum(best: BestResponse, a: Any, b: Any, at: Coordinate) -> bool:
    """Whether a stationary D* is proved to be the maximum: h is concave, or rises before it and falls after it."""
    slope = RATIO * sympy.diff(a, SCORE) + sympy.diff(b, SCORE)
    return bool(best.corners) or sign_on_domain(sympy.diff(slope, SCORE), "<", at).proved or _single_peaked(a, b, at)


def _single_peaked(a: Any, b: Any, at: Coordinate) -> bool:
    """Whether a′ and U′ have one sign on the whole range, U = −b′/a′."""
    slope = sympy.diff(a, SCORE)
    if slope == 0:
        return False
    turn = over_one(sympy.diff(turning_ratio(a, b), SCORE))
    return any(all(sign_on_domain(x, relation, at).proved for x in (slope, turn)) for relation in (">", "<"))


def _strict(best: BestResponse, curvature: Any) -> Decision:
    """f is a supremum of lines, so that it is strictly convex at 1 where f″(1) > 0, and is not where f is a line."""
    if best.corners:
        if 1 in best.kinks:
            return Decision("proved", "a corner of f")
        return Decision("refuted", "zero test", "f is a line near u = 1")
    if best.parts:
        return _strict_by_parts(best)
    if is_zero(sympy.diff(best.real, RATIO)).proved:
        return Decision("refuted", "zero test", "f is a line")
    return sign(curvature, ">")


def _strict_by_parts(best: BestResponse) -> Decision:
    """f is no line about 1 if it bends on one side of 1 only: the ratios below 1 and above it have the mean 1."""
    beside = [part for part in best.parts if part.low <= 1 <= part.high]
    if all(part.at_end for part in beside):
        return Decision("refuted", "zero test", "f is a line near u = 1")
    bent = next(part for part in beside if not part.at_end)
    return positive_over(tidy(sympy.diff(bent.real, RATIO)), (bent.low, bent.high))


def sign_on_domain(expr: Any, relation: Any, at: Coordinate) -> Decision:
    """The sign of an expression in D (and u) for every D of the range, decided in the coordinate.

    >>> unit = coordinate_of(sympy.Integer(0), sympy.Integer(1))
    >>> sign_on_domain(-RATIO / SCORE**2 - 1 / (1 - SCORE) ** 2, "<", unit).outcome
    'proved'
    """
    moved = at.of(expr)
    found = sign(moved, relation)
    for change in (over_one, factored):
        if found.outcome == "undecided":
            found = sign(change(moved), relation)
    return found


def turning_ratio(a: Any, b: Any) -> Any:
    """U = −b′/a′: the u for which a value of D is stationary."""
    return factored(-sympy.diff(b, SCORE) / sympy.diff(a, SCORE))


def turning_ends(a: Any, b: Any, at: Coordinate) -> tuple[Any, Any]:
    """The limits of U where the coordinate goes to 0 and to ∞; None where one is not found, or D is the coordinate."""
    if at.is_line:
        return None, None
    U = at.of(turning_ratio(a, b))
    found = [end_value(U, at.symbol, end) for end in (0, sympy.oo)]
    start, end = (limit if limit is not None and limit.is_extended_real else None for limit in found)
    return start, end


def _strict_without_closed_form(a: Any, b: Any, at: Coordinate) -> Decision:
    """f″ = a′/U′ at U(y) = u: positive where a′ and U′ have one sign, for the u that U takes, 1 among them.

    Beyond the range of U the best D stands at an end of its range, and f is a line.
    """
    slope = sympy.diff(a, SCORE)
    if slope == 0 or any(loss.has(sympy.Abs, sympy.Min, sympy.Max) for loss in (a, b)):
        return Decision("undecided", "coefficients of one sign", "f has no closed form")
    ends = turning_ends(a, b, at)
    if None in ends or not (min(map(float, ends)) < 1 < max(map(float, ends))):
        return Decision("undecided", "calculus", "f has no closed form, and −b′/a′ is not seen to pass through 1")
    if _single_peaked(a, b, at):
        return Decision("proved", "coefficients of one sign")
    return Decision("undecided", "coefficients of one sign", "f has no closed form, and a′·(−b′/a′)′ no certain sign")
