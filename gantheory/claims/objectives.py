"""Other objectives: what the general analyser finds for the paper's, for f-GAN's rows, least squares, hinge and W₁.

Two roads each: the criterion as ∫ p·a(D*) + q·b(D*), from the objective's formulas, and the divergence that it is said
to be, from the package's own functionals or from quantiles, which know nothing of D.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from gantheory.claims.routes import LOG_4, is_law, proof
from gantheory.claims.statement import Claim, Statement, together
from gantheory.densities import Normal
from gantheory.divergences import f_divergence, js_divergence, kl_divergence, total_variation, wasserstein_distance
from gantheory.errors import ConvergenceError
from gantheory.estimate import Estimate
from gantheory.expectation import Functional, pair_expectation
from gantheory.game import criterion
from gantheory.integrals import Terms
from gantheory.objectives import OBJECTIVES
from gantheory.objectives.quantiles import quantile_distance
from gantheory.ratio import At

__all__ = ["OBJECTIVE_CLAIMS", "built"]

_EPS = float(np.finfo(float).eps)
_ROWS = ("kl", "reverse-kl", "pearson", "neyman", "squared-hellinger", "jensen-shannon")


@cache
def built(name: str, *arguments: Any) -> Any:
    """A built-in objective, made once."""
    return OBJECTIVES[name](*arguments)


@cache
def _half() -> Any:
    from gantheory.objectives import Objective

    return Objective("log(D)", "log(1 - D)/2")


def _criterion(case: Any, objective: Any) -> Estimate:
    """The criterion of an objective on a case, remembered."""
    return case.remembered(
        ("criterion of", objective.name or id(objective)), lambda: case.on(objective.criterion, case.p_data, case.p_g)
    )


# -- the paper's own -------------------------------------------------------------------------------------------------


def _without_the_2(case: Any) -> Estimate:
    """C where the exponent of both Gaussians lacks its 2: N(μ, σ²/2) in place of N(μ, σ²)."""
    p, q = (Normal(law.mu, law.sigma / math.sqrt(2.0)) for law in (case.p_data, case.p_g))
    return _criterion(case, built("minimax")) + LOG_4 - 2 * js_divergence(p, q)


def _less_the_papers(name: str, *arguments: Any) -> Callable[[Any], Estimate]:
    """The analyser's criterion of an objective, less −log 4 + 2·JSD."""
    return lambda case: _criterion(case, built(name, *arguments)) + LOG_4 - 2 * case(js_divergence)


MINIMAX = Claim(
    "objective.minimax",
    "the general analyser re-derives Prop. 1 and Thm 1 from (log D, log(1−D)): D* = p/(p+p_g), −log 4 + 2·JSD, proper",
    "this project",
    {
        "P": proof("objective.minimax", "(log D, log(1−D)) ⇒ D* = p/(p+q), C = −log 4 + 2·JSD, proper"),
        "N": (
            Statement("the analyser's criterion + log 4 − 2·JSD = 0", _less_the_papers("minimax")),
            Statement("the analyser's criterion − criterion(p, q) = 0",
                      lambda case: _criterion(case, built("minimax")) - case(criterion)),
        ),
    },
    (
        Statement("(log D, ½·log(1−D)) with optimum −log 4", lambda case: _criterion(case, _half()) + LOG_4,
                  cases=("equal-normal",)),
        Statement("one-sided label 0.95 called the paper's game",
                  _less_the_papers("label-smoothed", "0.95"), cases=("normal-shift",)),
        Statement("JSD in bits",
                  lambda case: _criterion(case, built("minimax")) + LOG_4 - 2 * case(js_divergence) / math.log(2.0),
                  cases=("normal-shift",)),
        Statement("√JSD for JSD",
                  lambda case: _criterion(case, built("minimax")) + LOG_4 - 2 * case(js_divergence).sqrt(),
                  cases=("normal-shift",)),
        Statement("Gaussians without the 2 in their exponents", _without_the_2, cases=("normal-shift",)),
    ),
)  # fmt: skip

# -- f-GAN's table ---------------------------------------------------------------------------------------------------


def _as_f(f: str, at_zero: float, slope_at_infinity: float) -> Callable[[Any], Estimate]:
    ends = {"at_zero": at_zero, "slope_at_infinity": slope_at_infinity}

    def divergence(case: Any) -> Estimate:
        return case.remembered(f, lambda: case.on(f_divergence, case.p_data, case.p_g, f, **ends))

    return divergence


_REFERENCE: dict[str, Callable[[Any], Estimate]] = {
    "kl": lambda case: case(kl_divergence),
    "reverse-kl": lambda case: case.swapped(kl_divergence),
    "pearson": _as_f("(u - 1)**2", 1.0, math.inf),
    "neyman": _as_f("u - 2 + 1/u", math.inf, 1.0),
    "squared-hellinger": _as_f("(sqrt(u) - 1)**2", 1.0, 1.0),
    "jensen-shannon": lambda case: 2 * case(js_divergence),
}


def _is_told(name: str) -> Callable[[Any], bool]:
    """The package's own divergence is finite, and known to a part in a billion (of arrays: as well as the grid is)."""

    def applies(case: Any) -> bool:
        try:
            found = _REFERENCE[name](case)
        except ConvergenceError:
            return False
        size = 1.0 + np.abs(found.value)
        return bool(np.all(np.isfinite(found.value) & (found.error <= max(1e-9, case_tolerance(case)) * size)))

    return applies


def case_tolerance(case: Any) -> float:
    """How wide a residual a case of arrays may have; laws have none of their own."""
    return float(getattr(case, "tolerance", 0.0))


def _row(name: str) -> tuple[Statement, Statement]:
    """The criterion is the divergence; and the bound is attained at T*, and nowhere passed."""

    def agrees(case: Any) -> Estimate:
        return _criterion(case, built(name)) - _REFERENCE[name](case)

    def attained(case: Any) -> Estimate:
        objective = built(name)
        best = objective.optimal_discriminator(case.p_data, case.p_g)
        return objective.value(case.p_data, case.p_g, best) - _REFERENCE[name](case)

    def size(case: Any) -> float:
        return float(np.max(np.abs(_REFERENCE[name](case).value)))

    told = _is_told(name)
    return (
        Statement(f"{name}: max over T of E_p[T] − E_q[f*(T)] − D_f(p‖q) = 0", agrees, applies=told, scale=size),
        Statement(f"{name}: E_p[T*] − E_q[f*(T*)] − D_f(p‖q) = 0, T* = f′(p/q)", attained,
                  applies=lambda case: is_law(case) and told(case), scale=size),
    )  # fmt: skip


def _with_conjugate(name: str, wrong: Callable[[Any], Any], off: float = 0.0) -> Callable[[Any], Estimate]:
    """E_p[T] − E_q[g(T)] with another g, at T* less a constant, less the divergence."""

    def check(case: Any) -> Estimate:
        objective = built(name)

        def terms(at: At) -> Terms:
            T = objective.optimal_value(at.r) - off
            return Terms(T, -wrong(T), 8 * _EPS * (1.0 + np.abs(T)), 8 * _EPS * (1.0 + np.abs(wrong(T))))

        return case.on(pair_expectation, case.p_data, case.p_g, Functional(terms, basis="estimate")) - _REFERENCE[name](
            case
        )

    return check


def _one_for_two(t: Any) -> Any:
    """−log(1 − e^t) for −log(2 − e^t), the conjugate of an f that has lost its (u + 1)·log 2, as does its T."""
    return -np.log(-np.expm1(np.minimum(t, -1e-16)))


F_GAN = Claim(
    "objective.f-gan",
    "six rows of f-GAN's table: f, f*, T* = f′(p/p_g), and the bound E_p[T] − E_q[f*(T)] ≤ D_f attained at T*",
    "Nowozin, Cseke and Tomioka 2016",
    {
        "P": proof("objective.f-gan", "f, f*, T* and the integral of six rows"),
        "N": tuple(statement for name in _ROWS for statement in _row(name)),
    },
    (
        Statement("Pearson's conjugate t²/2 + t", _with_conjugate("pearson", lambda t: t * t / 2 + t),
                  cases=("two-level",)),
        Statement("a Jensen–Shannon conjugate with a lost term",
                  _with_conjugate("jensen-shannon", _one_for_two, math.log(2.0)), cases=("normal-shift",)),
        Statement("the printed Pearson integral ∫(q−p)²/p",
                  lambda case: _criterion(case, built("pearson")) - _REFERENCE["neyman"](case), cases=("dice",)),
        Statement("the printed Neyman integral ∫(p−q)²/q",
                  lambda case: _criterion(case, built("neyman")) - _REFERENCE["pearson"](case), cases=("dice",)),
        Statement("the printed Jensen–Shannon integral, with its ½",
                  lambda case: _criterion(case, built("jensen-shannon")) - case(js_divergence),
                  cases=("normal-shift",)),
    ),
    hypotheses="where the divergence is finite and can be told",
    level={"N": "standard"},
)  # fmt: skip

# -- least squares ---------------------------------------------------------------------------------------------------


def _moved(at: At) -> Any:
    """What the log-ratio's rounding moves σ(r) by."""
    share = np.exp(-np.minimum(np.abs(at.r), 700.0))
    return np.where(np.isfinite(at.r), share * np.minimum(at.rounding_r, 1.0), 0.0)


def _of_scores(case: Any, a: float, b: float, c: float, *, with_data: bool = True) -> Estimate:
    """½E_q[(D*−c)²], with ½E_p[(D*−c)²] added: D* = (bp + aq)/(p + q) is a + (b − a)·σ(r)."""

    def terms(at: At) -> Terms:
        D = a + (b - a) / (1.0 + np.exp(-np.clip(at.r, -700.0, 700.0)))
        loss = 0.5 * (D - c) ** 2
        noise = abs(b - a) * np.abs(D - c) * _moved(at) + 8 * _EPS * (1.0 + loss)
        return Terms(loss if with_data else None, loss, noise if with_data else 0.0, noise)

    return case.on(
        pair_expectation, case.p_data, case.p_g, Functional(terms, defect=0.5 * (abs(b - a) + abs(c)) ** 2 + 1)
    )


def _half_triangular(case: Any) -> Estimate:
    """½∫(p−q)²/(p+q) = ½E_p[δ²] + ½E_q[δ²], δ = (p−q)/(p+q) = tanh(r/2)."""

    def terms(at: At) -> Terms:
        delta = np.tanh(0.5 * at.r)
        half, noise = 0.5 * delta**2, 2.0 * np.abs(delta) * _moved(at) + 4 * _EPS
        return Terms(half, half, noise, noise)

    functional = Functional(terms, defect=0.5)
    return case.remembered("triangular", lambda: case.on(pair_expectation, case.p_data, case.p_g, functional))


def _zero_sum(case: Any) -> Estimate:
    """The analyser's criterion for (−1, 1, 0), −2∫pq/(p+q), less −1 + ½∫(p−q)²/(p+q)."""
    return _criterion(case, built("least-squares", -1, 1, 0)) + 1.0 - _half_triangular(case)


LEAST_SQUARES = Claim(
    "objective.least-squares",
    "least squares with b−c = 1, b−a = 2 and the term ½E_p[(D*−c)²] added: ½∫(p−p_g)²/(p+p_g)",
    "Mao et al. 2017",
    {
        "P": proof("objective.least-squares", "½E_p[(D*−c)²] + ½E_q[(D*−c)²] = ½∫(p−q)²/(p+q)"),
        "N": (
            Statement("½E_p[D*²] + ½E_q[D*²] − ½∫(p−q)²/(p+q) = 0, D* = (p−q)/(p+q)",
                      lambda case: _of_scores(case, -1, 1, 0) - _half_triangular(case)),
            Statement("the game's own criterion + 1 − ½∫(p−q)²/(p+q) = 0", _zero_sum),
        ),
    },
    (
        Statement("targets with b−a = 1", lambda case: _of_scores(case, 0, 1, 0) - _half_triangular(case),
                  cases=("normal-shift",)),
        Statement("the term left out",
                  lambda case: _of_scores(case, -1, 1, 0, with_data=False) - _half_triangular(case),
                  cases=("normal-shift",)),
    ),
)  # fmt: skip

# -- hinge -----------------------------------------------------------------------------------------------------------

HINGE = Claim(
    "objective.hinge",
    "the hinge's criterion is −2 + 2·TV(p, p_g), with D* = ±1: proper though f has a corner at 1 and f″ nowhere",
    "Lim and Ye 2017",
    {
        "P": proof("objective.hinge", "max over D of ∫ p·min(0, D−1) + q·min(0, −D−1) = −2 + 2·TV"),
        "N": (
            Statement("criterion + 2 − 2·TV = 0",
                      lambda case: _criterion(case, built("hinge")) + 2.0 - 2 * case(total_variation)),
            Statement("criterion − V(D) ≥ 0 for D = 0, tanh and a bump",
                      lambda case: _other_scores(case, built("hinge")), ">= 0", applies=is_law),
        ),
    },
    (Statement("−1 + TV", lambda case: _criterion(case, built("hinge")) + 1.0 - case(total_variation),
               cases=("normal-shift",)),),
)  # fmt: skip


def _bump(x: Any) -> Any:
    return 1.0 - 2.0 * np.exp(-np.minimum(0.5 * np.square(x), 700.0))


def _other_scores(case: Any, objective: Any) -> Estimate:
    best = _criterion(case, objective)
    return together(*(best - objective.value(case.p_data, case.p_g, D) for D in (0.0, np.tanh, _bump)))


# -- Wasserstein -----------------------------------------------------------------------------------------------------


def _has_first_moments(case: Any) -> bool:
    """Two laws whose tails have a first moment."""
    return is_law(case) and all(
        tail.is_known and (tail.kind != "power" or tail.power > 1)
        for law in (case.p_data, case.p_g)
        for tail in law.tails()
    )


def _widths(case: Any) -> list[float]:
    """Of the parts of both laws, between two quantiles; an atom has none."""
    parts = [part for law in (case.p_data, case.p_g) for part in getattr(law, "components", (law,))]
    return [float(part.ppf(0.84) - part.ppf(0.16)) for part in parts if part.continuous_mass > 0]


def _is_resolved(case: Any) -> bool:
    """Gauss's rule in the level u does not settle where a part of a law is ten thousand times as wide as another."""
    widths = _widths(case)
    return not widths or max(widths) < 1e4 * min(widths)


def _by_quantiles(case: Any) -> Estimate:
    return case(wasserstein_distance) - quantile_distance(case.p_data, case.p_g)


def _dual_attained(case: Any) -> Estimate:
    objective = built("wasserstein")
    D = objective.optimal_discriminator(case.p_data, case.p_g)
    return objective.value(case.p_data, case.p_g, D) - case(wasserstein_distance)


def _dual_bound(case: Any) -> Estimate:
    objective, s = built("wasserstein"), max(_widths(case), default=1.0)
    tried = (lambda x: s * np.tanh(x / s), lambda x: s * np.sin(x / s), lambda x: -np.asarray(x))
    values = (objective.value(case.p_data, case.p_g, D) for D in tried)
    return together(*(case(wasserstein_distance) - value for value in values))


def _size(case: Any) -> float:
    return float(case(wasserstein_distance).value)


WASSERSTEIN = Claim(
    "objective.wasserstein",
    "W₁ = ∫|F_p−F_q| = ∫|Q_p−Q_q| = max of E_p[D] − E_q[D] over slopes of at most 1, attained at sign(F_q−F_p)",
    "Vallender 1974; Arjovsky, Chintala and Bottou 2017",
    {
        "P": proof("objective.wasserstein", "E_p[D] − E_q[D] ≤ ∫|F_p − F_q| for |D′| ≤ 1, attained"),
        "N": (
            Statement("∫|F_p−F_q| − ∫|Q_p−Q_q| = 0", _by_quantiles, scale=_size, tolerance=1e-7,
                      applies=_is_resolved),
            Statement("E_p[D*] − E_q[D*] − W₁ = 0, D*′ = sign(F_q−F_p)", _dual_attained, scale=_size),
            Statement("W₁ − (E_p[D] − E_q[D]) ≥ 0 for D = s·tanh(x/s), s·sin(x/s) and −x", _dual_bound, ">= 0"),
        ),
    },
    (Statement("W₂", lambda case: case(wasserstein_distance) - quantile_distance(case.p_data, case.p_g, order=2),
               cases=("normal-scale",)),),
    _has_first_moments,
    "two laws with first moments; by their quantiles, of parts less than ten thousand times as wide as others",
    level={"N": "standard"},
)  # fmt: skip

OBJECTIVE_CLAIMS = (MINIMAX, F_GAN, LEAST_SQUARES, HINGE, WASSERSTEIN)
