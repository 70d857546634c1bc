"""The claims that one objective makes, whichever it is: what the command line decides for a user's own (a, b).

Each stands on two roads. The criterion is the integral of what D* is paid, or the f-divergence of an f that knows
nothing of D; f is its formula, or the upper envelope of the lines u·a(y) + b(y), or the conjugate of its conjugate.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.claims.routes import LOG_4, distinct
from gantheory.claims.statement import Claim, Statement, together
from gantheory.errors import ConvergenceError
from gantheory.estimate import Estimate
from gantheory.objectives import Objective
from gantheory.objectives.refutation import RATIOS, biconjugate, conjugate_of
from gantheory.verdict import Verdict

__all__ = ["claims_of"]

_NAMED = ("normal-shift",)
_FINITE = ("two-level",)  # two steps: p/q is bounded, and so is what any D is paid
_HALF_OPTIMUM = Estimate(math.log(2.0) - 1.5 * math.log(3.0), 4e-16)
_SHIFTS = (-1.5, 0.7)
_PROPER = {Verdict.HOLDS: "proper", Verdict.REFUTED: "not proper", Verdict.UNDECIDED: "proper or not: undecided"}


def claims_of(objective: Objective) -> tuple[Claim, ...]:
    """D* and the maximum; the divergence; the optimum and whether it is proper; f and its conjugate; the own loss.

    Examples
    --------
    >>> [claim.id for claim in claims_of(Objective("log(D)", "log(1 - D)"))]
    ['best-response', 'divergence', 'optimum', 'conjugate']
    """
    found = [_best_response(objective), _divergence(objective), _optimum(objective), _conjugate(objective)]
    return (*found, *([_own_loss(objective)] if objective.own_loss is not None else []))


def _proved(derivation: Any, text: str) -> dict[str, Statement]:
    """The derivation as evidence, where it decides; one that stops half way proves nothing."""
    decides = derivation is not None and derivation.verdict != "undecided"
    return {"P": Statement(text, lambda case: derivation)} if decides else {}


def _criterion(objective: Objective, case: Any) -> Estimate:
    return case.remembered(("criterion of", id(objective)), lambda: case.on(objective.criterion, case.p_data, case.p_g))


def _told(objective: Objective) -> Callable[[Any], bool]:
    """Where f is unbounded its integral may be infinite, or beyond the floats; elsewhere every pair is a case."""

    def applies(case: Any) -> bool:
        if objective.is_bounded:
            return True
        try:
            return bool(np.all(np.isfinite(_criterion(objective, case).value)))
        except ConvergenceError:
            return False

    return applies


def _where(objective: Objective) -> tuple[str, ...]:
    """On which pair of the panel a counterfeit is tried: one on which no counterfeit's criterion is infinite."""
    return _NAMED if objective.is_bounded else _FINITE


def _words(objective: Objective) -> str:
    return "any two laws" if objective.is_bounded else "two laws with a finite criterion"


def _size(objective: Objective) -> Callable[[Any], float]:
    return lambda case: float(np.max(np.abs(_criterion(objective, case).value)))


# -- D* --------------------------------------------------------------------------------------------------------------


def _best_response(objective: Objective) -> Claim:
    def against(D: Any) -> Callable[[Any], Estimate]:
        """The criterion less V(D): two integrals, either of which may be wrong."""
        return lambda case: _criterion(objective, case) - case.on(objective.value, case.p_data, case.p_g, D)

    def others(case: Any) -> Estimate:
        return together(*(against(D)(case) for D in _constants(objective)))

    def direct(case: Any) -> Estimate:
        gaps = {D: case.on(objective.optimality_gap, case.p_data, case.p_g, D) for D in _constants(objective)}
        return together(*(against(D)(case) - gap for D, gap in gaps.items()))

    def attained(case: Any) -> Estimate:
        return against(objective.optimal_discriminator(case.p_data, case.p_g))(case)

    def mistaken(case: Any) -> Estimate:
        best = objective.optimal_discriminator(case.p_data, case.p_g)
        return against(type(best)(objective.optimal_value, lambda points: _turned(best.ratio_at(points))))(case)

    width = {"scale": _size(objective), "tolerance": 0.0 if objective.has_closed_form else 1e-6}
    controls = [Statement("a constant D does as well", against(objective.constant_score()), cases=_where(objective))]
    if objective.has_closed_form:  # a D* found in numbers is rough, which shows away from its maximum
        controls.insert(0, Statement("D*(1/u) in place of D*(u)", mistaken, cases=_where(objective)))
    return Claim(
        "best-response",
        f"D* = {_text(objective.D_star)}, u = p/q, maximises ∫ p·a(D) + q·b(D)"
        if objective.has_closed_form
        else "D*(u), found in numbers, maximises ∫ p·a(D) + q·b(D)",
        "this objective",
        {
            **_proved(objective.derivation, "h(D) = u·a(D) + b(D) has its maximum at D*"),
            "N": (
                Statement("criterion − V(D) ≥ 0 for constants D", others, ">= 0"),
                Statement("criterion − V(D) − ∫ q·[f(u) − u·a(D) − b(D)] = 0", direct, **width),
                Statement("criterion − V(D*) = 0", attained, applies=_is_law, **width),
            ),
        },
        tuple(controls) if objective.answers_u else (),
        _told(objective),
        _words(objective),
    )


def _constants(objective: Objective) -> tuple[float, ...]:
    return tuple(float(objective.optimal_value(np.array(shift))) for shift in _SHIFTS)


def _turned(ratio: tuple[Any, Any]) -> tuple[Any, Any]:
    return -np.asarray(ratio[0]), ratio[1]


# -- the divergence --------------------------------------------------------------------------------------------------


def _is_law(case: Any) -> bool:
    return not case.is_grid


def _divergence(objective: Objective) -> Claim:
    def risen(case: Any) -> Estimate:
        """What f_divergence, told f and nothing of D, makes of the pair above f(1)."""
        return case.on(objective.divergence, case.p_data, case.p_g) - objective.optimum

    def agrees(case: Any) -> Estimate:
        return _criterion(objective, case) - objective.optimum - risen(case)

    def halved(case: Any) -> Estimate:
        return _criterion(objective, case) - objective.optimum - 0.5 * risen(case)

    applies = _told(objective)

    def resolved(case: Any) -> bool:
        """f_divergence, which knows nothing of f, tells it too."""
        try:
            found = case.on(objective.divergence, case.p_data, case.p_g)
        except ConvergenceError:
            return objective.is_bounded
        return objective.is_bounded or bool(np.all(found.error <= 1e-9 * (1.0 + np.abs(found.value))))

    named = objective.divergence_name
    controls = (
        (Statement("half of its rise above f(1)", halved, cases=_where(objective)),) if objective.answers_u else ()
    )
    return Claim(
        "divergence",
        f"the criterion is {named}" if named is not None else "the criterion is ∫ q·f(p/q)",
        "this objective",
        {
            "N": Statement(
                "∫ p·a(D*) + q·b(D*) − ∫ q·f(p/q) = 0",
                agrees,
                scale=_size(objective),
                applies=resolved,
                tolerance=0.0 if objective.has_closed_form else 1e-6,
            )
        },
        controls,
        applies,
        _words(objective),
    )


# -- the optimum -----------------------------------------------------------------------------------------------------


def _optimum(objective: Objective) -> Claim:
    start = objective.optimum

    def at_equal(case: Any) -> Estimate:
        return case.on(objective.criterion, case.p_data, case.p_data) - start

    def above(case: Any) -> Estimate:
        return _criterion(objective, case) - start

    statements = [
        Statement("criterion at p_g = p_data − f(1) = 0", at_equal),
        Statement("criterion − f(1) ≥ 0", above, ">= 0"),
    ]
    controls = [_other_optimum(objective)]
    title = f"the least criterion is f(1) = {start:.10g}, at p_g = p_data and there alone: proper"
    if objective.is_proper is Verdict.REFUTED and objective.improper_pair is not None:
        title = f"the least criterion is f(1) = {start:.10g}, and not at p_g = p_data alone: not proper"
        p, q = objective.improper_pair

        def at_pair(case: Any) -> Estimate:
            return objective.criterion(p, q) - start

        statements.append(Statement(f"criterion of {p} and {q} − f(1) = 0", at_pair))
        controls.append(
            Statement("proper: this pair rises by 0.001", lambda case: at_pair(case) - 1e-3, ">= 0", cases=_NAMED)
        )
    elif objective.is_proper is Verdict.HOLDS:
        statements.append(Statement("criterion − f(1) > 0 where p_g ≠ p_data", above, "> 0", applies=_apart))
    return Claim(
        "optimum",
        title,
        "this objective",
        {"N": tuple(statements)},
        tuple(controls),
        _told(objective),
        _words(objective),
    )


def _apart(case: Any) -> bool:
    """Different laws, by more than rounding, and not on a grid whose error may hide it."""
    return not case.is_grid and distinct(case) and case.name not in ("nearly-equal",)


def _other_optimum(objective: Objective) -> Statement:
    """The paper's optimum, for an objective that is not the paper's; for the paper's, that of (log D, ½ log(1 − D))."""
    is_papers = -math.log(4.0) in objective.optimum
    wrong, words = (_HALF_OPTIMUM, "log 2 − 1.5·log 3") if is_papers else (-LOG_4, "−log 4")

    def check(case: Any) -> Estimate:
        return case.on(objective.criterion, case.p_data, case.p_data) - wrong

    return Statement(f"optimum {words}", check, cases=("equal-normal",))


# -- f and f* --------------------------------------------------------------------------------------------------------


def _conjugate(objective: Objective) -> Claim:
    f, error = objective.f_at(RATIOS)
    size = 1e-11 * (1.0 + np.abs(f))  # of a supremum found by golden sections, far above what it is off by

    def envelope(case: Any) -> Estimate:
        found, _, unsure = objective.envelope(RATIOS)
        return Estimate(f - found, error + unsure + size, "estimate")

    largest = float(np.max(np.abs(f)))
    text = "f(u) − max over D of u·a(D) + b(D) = 0, u from 1/40 to 40"
    around = Statement(text, envelope, applies=_once, scale=lambda case: largest)
    by_formula = objective.conjugate is not None and objective.slopes[0] < objective.slopes[1]
    back, control = _there_and_back(objective, f, error + size) if by_formula else _met_at_scores(objective)
    title = f"f(u) = {_text(objective.f)}" if objective.has_closed_form else "f, found in numbers, is the envelope"
    star = f", f*(t) = {_text(objective.conjugate)}" if objective.conjugate is not None else ", f*(a(D)) = −b(D)"
    controls = (control,) if objective.answers_u else ()
    return Claim("conjugate", title + star, "this objective", {"N": (around, back)}, controls)


def _there_and_back(objective: Objective, f: Any, unsure: Any) -> tuple[Statement, Statement]:
    """f** = f, from the formula of f*."""
    star, slopes = objective.conjugate_at, objective.slopes

    def back(case: Any) -> Estimate:
        return Estimate(f - biconjugate(star, *slopes)(RATIOS), unsure, "estimate")

    def off(case: Any) -> Estimate:
        wrong = biconjugate(lambda t: star(t) + t / 8, *slopes)(RATIOS)
        return Estimate(f - wrong, unsure, "estimate")

    largest = float(np.max(np.abs(f)))
    claimed = Statement("f(u) − sup over t of u·t − f*(t) = 0", back, applies=_once, scale=lambda case: largest)
    return claimed, Statement("f*(t) + t/8 for f*(t)", off, cases=_NAMED)


def _met_at_scores(objective: Objective) -> tuple[Statement, Statement]:
    """f*(a(D)) = −b(D) at D = D*(u), without a formula: a supremum over u of what was a supremum over D."""
    real, fake = objective.losses_at(objective.optimal_value(np.log(RATIOS)))

    def residual(minus_fake: Any) -> Estimate:
        found, unsure = conjugate_of(objective.f_at, real)
        return Estimate(found - minus_fake, unsure + 1e-9 * (1.0 + np.abs(fake)), "estimate")

    claimed = Statement("sup over u of u·a(D*) − f(u), + b(D*) = 0", lambda case: residual(-fake),
                        tolerance=1e-7, applies=_once)  # fmt: skip
    off = Statement("f*(t) + t/8 for f*(t)", lambda case: residual(-fake + real / 8), cases=_NAMED)
    return claimed, off


def _once(case: Any) -> bool:
    """It is of no pair of laws; one case stands for all."""
    return case.name in ("normal-shift", "your pair")


# -- the generator's own loss ----------------------------------------------------------------------------------------


def _own_loss(objective: Objective) -> Claim:
    own = objective.own_loss
    assert own is not None
    pair = own.improper_pair
    values = np.array([own.value(*two) for two in ([pair] if pair is not None else _two_points())])
    unsure = 8 * own.rounding + 1e-9 * own.size  # the rate's, and what Gauss's rule loses at a corner of the loss

    def above(case: Any) -> Estimate:
        return Estimate(values, unsure, "estimate")

    def below(case: Any) -> Estimate:
        return Estimate(-values, unsure, "estimate")

    statements: dict[str, Any] = {}
    if pair is not None:
        text = "F(1) − ∫ p·F(q/p) ≥ 0 at a pair of different laws: not proper"
        statements["N"] = Statement(text, below, ">= 0", applies=_once)
        control = Statement("proper, by a thousandth", lambda case: above(case) - 1e-3 * own.size, "> 0", cases=_NAMED)
    else:
        if own.derivation is not None:
            statements |= _proved(own.derivation, "F″ > 0: ∫ p·F(q/p) ≥ F(1), equality only at p_g = p_data")
        statements["N"] = Statement("∫ p·F(q/p) − F(1) > 0 at pairs on two points", above, "> 0", applies=_once)
        control = Statement("the generator gains by leaving p_data", below, ">= 0", cases=_NAMED)
    rate = f", F′(w) = {_text(own.rate)}" if own.rate is not None else ""
    title = f"ℓ(D) at fixed D* descends ∫ p·F(q/p){rate}: {_PROPER[own.is_proper]}"
    return Claim("own-loss", title, "this objective", statements, control)


def _two_points() -> list[tuple[Any, Any]]:
    from gantheory.densities import Discrete

    half = Discrete([0.0, 1.0], [0.5, 0.5])
    return [(half, Discrete([0.0, 1.0], [share, 1.0 - share])) for share in (0.1, 0.3, 0.6)]


def _text(expr: Any) -> str:
    from gantheory.symbolic.printing import text

    return text(expr)
