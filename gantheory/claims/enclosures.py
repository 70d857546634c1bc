"""What the claims have from ball arithmetic: sides of an identity that meet to 14 digits, or of an inequality that are
separated; and the ordinary numbers, each within its own reported error of the exact one.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from gantheory.certified import (
    Enclosure,
    enclose_cauchy_game,
    enclose_criterion,
    enclose_curvature,
    enclose_js_divergence,
    enclose_kl_divergence,
    enclose_total_variation,
    enclose_value,
    exact_law,
    half_of_each,
    is_elementary,
    log_2,
)
from gantheory.certified.reading import as_computed
from gantheory.claims.statement import Relation, Statement, together
from gantheory.divergences import js_divergence, kl_divergence, total_variation
from gantheory.errors import ConvergenceError
from gantheory.estimate import Estimate
from gantheory.game import criterion, value
from gantheory.panel import is_standard

__all__ = [
    "CAUCHY_GAME",
    "CURVATURE",
    "JS_BOUNDS",
    "KL_DIFFERS",
    "KL_FORM",
    "JSD_FORM",
    "MAXIMUM",
    "METRIC",
    "MINIMUM",
    "as_residual",
]

_DIGITS, _SHOWN = 14, 30
_NAMED = "normal-shift"
_LOG_2 = log_2(40)
_LOG_4 = 2 * _LOG_2


# -- enclosures of a case ----------------------------------------


def reaches(case: Any) -> bool:
    """Two elementary laws in x, which ball arithmetic knows; of a user's generator, where an enclosure closes."""
    if case.is_grid or not (is_elementary(case.p_data) and is_elementary(case.p_g)):
        return False
    return is_standard(case) or not hasattr(case.p_g, "generator") or case.remembered("closes", lambda: _closes(case))


def _closes(case: Any) -> bool:
    try:
        enclosed(case, enclose_js_divergence)
    except ConvergenceError:
        return False
    return True


def enclosed(case: Any, enclose: Callable[..., Enclosure], *laws: Any, digits: int = _DIGITS) -> Enclosure:
    pair = laws or (case.p_data, case.p_g)
    key = ("enclosed", enclose.__name__, tuple(map(str, pair)), digits)
    return case.remembered(key, lambda: enclose(*pair, digits=digits))


def as_residual(*found: Enclosure) -> Estimate:
    """Enclosures as estimates whose errors are bounds."""
    parts = []
    for one in found:
        value = float(one)
        exact = Decimal(value) if np.isfinite(value) else None
        off = Decimal(0) if exact is None else max(one.upper - exact, exact - one.lower)
        parts.append(Estimate(value, np.nextafter(float(off), np.inf) if off else 0.0))
    return together(*parts)


def _within_error(quantity: Callable[..., Any], enclose: Callable[..., Enclosure]) -> Callable[[Any], Estimate]:
    """The ordinary number less the exact one: 0 within what the number says that it may be off by."""

    def residual(case: Any) -> Estimate:
        estimate, found = case(quantity), enclosed(case, enclose, *_rounded(case))
        if found.lower == found.upper == Decimal("Infinity"):
            return Estimate(0.0 if float(estimate.value) == np.inf else 1.0)
        return estimate - as_residual(found)[0]

    return residual


def _rounded(case: Any) -> tuple[Any, ...]:
    """The laws of the ordinary numbers, which have floats, where these are not the laws that the case was made of."""
    pair = tuple(as_computed(law) for law in (case.p_data, case.p_g))
    return () if pair == (exact_law(case.p_data), exact_law(case.p_g)) else pair


def _value_within_error(case: Any) -> Estimate:
    p, q = _rounded(case) or (case.p_data, case.p_g)
    found = case.remembered("enclosed value", lambda: enclose_value(p, q, 0.3, digits=_DIGITS))
    return case(value, 0.3) - as_residual(found)[0]


def _statement(text: str, check: Callable[[Any], Estimate], relation: Relation = "= 0", **options: Any) -> Statement:
    applies = options.pop("applies", lambda case: True)
    return Statement(text, check, relation, applies=lambda case: reaches(case) and applies(case), **options)


def _shown(name: str, quantity: Callable[[Any], Enclosure]) -> Callable[[Any], str]:
    """The digits of a quantity on a pair, for the table."""
    return lambda case: f"{name} = {quantity(case).digits()} on {case.laws}" if case.name == _NAMED else ""


def _is_named(case: Any) -> bool:
    return is_standard(case) and case.name == _NAMED


def _differ(case: Any) -> bool:
    return not case.is_equal


def _is_plain(case: Any) -> bool:
    """Neither law has a scale below 1e-3, beside which three integrals would take seconds."""
    return all(scale >= Fraction(1, 1000) for law in (case.p_data, case.p_g) for _, scale in exact_law(law).centres)


def _overlap(case: Any) -> bool:
    return not case.is_singular


# -- statements ----------------------------------------


def _excess(case: Any, digits: int = _DIGITS) -> Enclosure:
    return enclosed(case, enclose_criterion, digits=digits) + _LOG_4


def _told_from_0(case: Any) -> Enclosure:
    """C + log 4 with more digits where it is small."""
    found = _excess(case)
    return found if found.separates(0) else _excess(case, _SHOWN)


def _kl_to_mean(case: Any, law: Any) -> Enclosure:
    return enclosed(case, enclose_kl_divergence, law, half_of_each(case.p_data, case.p_g))


KL_FORM = (
    _statement(
        "C(G) + log 4 − KL(p_data‖m) − KL(p_g‖m) = 0, three integrals to 14 digits, where no scale is below 1e-3",
        lambda case: as_residual(_excess(case) - _kl_to_mean(case, case.p_data) - _kl_to_mean(case, case.p_g)),
        applies=lambda case: _differ(case) and _is_plain(case),
        told=_shown("C + log 4", lambda case: _excess(case, _SHOWN)),
    ),
    _statement("criterion lies within its error of the enclosure", _within_error(criterion, enclose_criterion)),
)

JSD_FORM = (
    _statement(
        "C(G) + log 4 − 2·JSD = 0, two integrals to 14 digits",
        lambda case: as_residual(_excess(case) - 2 * enclosed(case, enclose_js_divergence)),
        told=_shown("JSD", lambda case: enclosed(case, enclose_js_divergence, digits=_SHOWN)),
    ),
    _statement(
        "js_divergence lies within its error of the enclosure", _within_error(js_divergence, enclose_js_divergence)
    ),
)

MINIMUM = (
    _statement(
        "C(G) + log 4 > 0 where p_g ≠ p_data: proved of each pair",
        lambda case: as_residual(_told_from_0(case)),
        "> 0",
        applies=_differ,
        told=_shown("C + log 4", lambda case: _excess(case, _SHOWN)),
    ),
    _statement(
        "C(G) + log 4 = 0 where p_g = p_data", lambda case: as_residual(_excess(case)), applies=lambda c: c.is_equal
    ),
)

MAXIMUM = _statement(
    "−C(G) > 0 where the laws overlap, however little: proved of each pair",
    lambda case: as_residual(-enclosed(case, enclose_criterion)),
    "> 0",
    applies=_overlap,
    told=lambda case: f"C = {enclosed(case, enclose_criterion)} on {case.laws}" if case.name == "far-apart" else "",
)

JS_BOUNDS = (
    _statement(
        "JSD > 0 where p ≠ q: proved of each pair",
        lambda case: as_residual(enclosed(case, enclose_js_divergence)),
        "> 0",
        applies=_differ,
        told=_shown("JSD", lambda case: enclosed(case, enclose_js_divergence, digits=_SHOWN)),
    ),
    _statement(
        "log 2 − JSD > 0 where they overlap: proved of each pair, as −C/2",
        lambda case: as_residual(-enclosed(case, enclose_criterion)),
        "> 0",
        applies=_overlap,
    ),
    _statement("total_variation lies within its error of the enclosure",
               _within_error(total_variation, enclose_total_variation)),
    _statement("kl_divergence lies within its error of the enclosure",
               _within_error(kl_divergence, enclose_kl_divergence)),
    _statement("value at D ≡ 0.3 lies within its error of the enclosure", _value_within_error),
)  # fmt: skip


def _kl_difference(case: Any, digits: int = _DIGITS) -> Enclosure:
    one, other = (enclosed(case, enclose_kl_divergence, *laws, digits=digits)
                  for laws in ((case.p_data, case.p_g), (case.p_g, case.p_data)))  # fmt: skip
    return one - other


KL_DIFFERS = (
    _statement(
        "KL(q‖p) − KL(p‖q) > 0 on the named pair, by balls that do not touch",
        lambda case: as_residual(-_kl_difference(case)),
        "> 0",
        applies=_is_named,
        told=_shown("KL(q‖p) − KL(p‖q)", lambda case: -_kl_difference(case, _SHOWN)),
    ),
    _statement("KL(p‖q) − KL(q‖p) = 0 for two Cauchy laws, to 14 digits",
               lambda case: as_residual(_kl_difference(case)), applies=lambda case: not _is_named(case)),
)  # fmt: skip


def _cauchy(case: Any) -> Estimate:
    exact = enclose_cauchy_game(case.p_data, case.p_g, digits=_DIGITS)
    integrals = {
        "KL": enclose_kl_divergence,
        "TV": enclose_total_variation,
        "JSD": enclose_js_divergence,
        "criterion": enclose_criterion,
    }
    return as_residual(*(enclosed(case, enclose) - exact[name] for name, enclose in integrals.items()))


CAUCHY_GAME = _statement(
    "KL, TV, JSD and C(G) by integration minus their closed forms = 0, to 14 digits",
    _cauchy,
    told=lambda case: f"JSD = {enclose_cauchy_game(case.p_data, case.p_g)['JSD'].digits()} on {case.laws}"
    if case.name == "cauchy-shift" else "",
)  # fmt: skip


_DETOURS = ("normal-shift", "normal-scale", "normal-laplace", "laplace-shift", "logistic-shift", "uniform-overlap",
            "exponential-gamma", "gamma-weibull")  # fmt: skip


def _detour(case: Any, digits: int = _DIGITS) -> Enclosure:
    """√JSD(p,r) + √JSD(r,q) − √JSD(p,q), by way of r = ½p + ½q."""
    middle = half_of_each(case.p_data, case.p_g)
    legs = ((case.p_data, middle), (middle, case.p_g), (case.p_data, case.p_g))
    one, two, direct = (enclosed(case, enclose_js_divergence, *leg, digits=digits).sqrt() for leg in legs)
    return one + two - direct


METRIC = _statement(
    "√JSD(p,m) + √JSD(m,q) − √JSD(p,q) > 0 by way of m = ½p + ½q: proved of each of eight pairs",
    lambda case: as_residual(_detour(case)),
    "> 0",
    applies=lambda case: is_standard(case) and case.name in _DETOURS,
    told=_shown("√JSD(p,m) + √JSD(m,q) − √JSD(p,q)", lambda case: _detour(case, _SHOWN)),
)

_WEIGHTS = ((1, 1), (3, 1), (1, 1000), (1, 0), (0, 1))

CURVATURE = Statement(
    "(a log y + b log(1−y))″ < 0 on all of (0, 1), for five pairs (a, b): by balls that cover the interval",
    lambda case: as_residual(*(_upwards(enclose_curvature(Fraction(a), Fraction(b))) for a, b in _WEIGHTS)),
    "> 0",
    applies=_is_named,
    told=lambda case: f"(log y + log(1−y))″ ≤ {_upper_digits(enclose_curvature(Fraction(1), Fraction(1)))} on (0, 1)",
)


def _upper_digits(found: Enclosure) -> Decimal:
    return found.upper.quantize(Decimal("1e-12"), ROUND_CEILING)


def _upwards(curvature: Enclosure) -> Enclosure:
    """How far below 0 it stays."""
    return -Enclosure(curvature.upper, curvature.upper)
