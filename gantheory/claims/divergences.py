"""The divergences: Kullback–Leibler and Jensen–Shannon, what they are, and how far apart they may be.

p is p_data, q is p_g, m their mean, in nats.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np

from gantheory.claims import enclosures
from gantheory.claims.cells import COARSEST, FINEST, cells_divergence, density_sum
from gantheory.claims.closed_forms import cauchy_chi, cauchy_game, kl_closed_form
from gantheory.claims.jensen_shannon import JENSEN_SHANNON
from gantheory.claims.routes import Integrands, distinct, equal, finite_kl, has_exact_cdfs, is_law, mean, proof
from gantheory.claims.statement import Claim, Statement, together
from gantheory.densities import Cauchy
from gantheory.divergences import cross_entropy, entropy, js_divergence, kl_divergence, total_variation
from gantheory.estimate import Estimate
from gantheory.expectation import expectation
from gantheory.game import criterion
from gantheory.panel import is_standard
from gantheory.ratio import log_ratio

__all__ = ["DIVERGENCES"]

# -- KL >= 0 ---------------------------------------------------------------------------------------------------


def _against_twice_q(case: Any) -> Estimate:
    """E_p[log p/(2q)]: 2q is no density."""
    return mean(case, lambda at: Integrands(at.r - math.log(2.0), None, 1.0))


NONNEGATIVE = Claim(
    "kl.nonnegative",
    "KL(p‖q) ≥ 0, and = 0 only where p = q",
    "Notes",
    {
        "P": proof("kl.nonnegative", "KL(p‖q) ≥ 0, = 0 iff p = q", relation=">= 0"),
        "N": (
            Statement("KL(p‖q) ≥ 0", lambda case: case(kl_divergence), ">= 0", r"\mathrm{KL}(p\,\|\,q) \ge 0"),
            Statement("KL(p‖q) = 0 where p = q", lambda case: case(kl_divergence), applies=equal),
            Statement("KL(p‖q) > 0 where p ≠ q", lambda case: case(kl_divergence), "> 0", applies=distinct),
        ),
    },
    (Statement("KL(p‖2q) ≥ 0", _against_twice_q, ">= 0", cases=("normal-shift",)),),
)

# -- the discrete sum increases to the integral --------------------------------------------------------------------


def _moderate_kl(case: Any) -> bool:
    """Beyond 300 nats the cells' masses are below the smallest float."""
    return has_exact_cdfs(case) and finite_kl(case) and bool(np.all(np.asarray(case(kl_divergence).value) < 300))


def _discrete_sums_increase(case: Any) -> Estimate:
    sums = [cells_divergence(case, level) for level in range(COARSEST, FINEST + 1)]
    steps = [finer - coarser for coarser, finer in pairwise(sums)]
    return together(*steps, case(kl_divergence) - sums[-1])


def _discrete_sums_converge(case: Any) -> Estimate:
    integral = case(kl_divergence)
    return 0.5 * (integral - cells_divergence(case, COARSEST)) - (integral - cells_divergence(case, FINEST))


DISCRETE_LIMIT = Claim(
    "kl.discrete-limit",
    "over nested refinements the discrete sum over cells increases to the integral",
    "Gelfand, Yaglom and Perez",
    {
        "N": (
            Statement("Σ P log(P/Q) increases under refinement, and stays ≤ KL(p‖q)", _discrete_sums_increase, ">= 0"),
            Statement(
                "7 refinements at least halve what is left", _discrete_sums_converge, ">= 0", applies=is_standard
            ),
        )
    },
    (
        Statement(
            "cells' densities in place of masses",
            lambda case: case(kl_divergence) - density_sum(case, FINEST),
            ">= 0",
            cases=("normal-shift",),
        ),
    ),
    _moderate_kl,
    "p ≪ q and KL(p‖q) < 300, so that every cell's mass is a float; cdfs in closed form",
)

# -- cross-entropy ---------------------------------------------------------------------------------------------------

CROSS_ENTROPY = Claim(
    "kl.cross-entropy",
    "H(p, q) = H(p) + KL(p‖q): KL is an excess code length, the information lost by coding for q",
    "Notes' reading list",
    {
        "P": proof("kl.cross-entropy", "H(p, q) = H(p) + KL(p‖q)"),
        "N": Statement(
            "H(p, q) − H(p) − KL(p‖q) = 0",
            lambda case: case(cross_entropy) - case.of_p_data(entropy) - case(kl_divergence),
            scale=lambda case: float(np.max(np.abs(case(cross_entropy).value))),
        ),
    },
    (
        Statement(
            "H(q) + KL(p‖q)",
            lambda case: case(cross_entropy) - case.of_p_g(entropy) - case(kl_divergence),
            cases=("normal-scale",),
        ),
    ),
    finite_kl,
    "finite KL(p‖q) and H(p), one measure for both",
)

# -- asymmetry -------------------------------------------------------------------------------------------------------


def _is_cauchy_pair(case: Any) -> bool:
    return is_law(case) and type(case.p_data) is Cauchy is type(case.p_g)


def _is_named_pair(case: Any) -> bool:
    return is_standard(case) and case.name == "normal-shift"


def _asymmetry(case: Any) -> Estimate:
    return case(kl_divergence) - case.swapped(kl_divergence)


ASYMMETRIC = Claim(
    "kl.asymmetric",
    "KL(p‖q) ≠ KL(q‖p) for a named pair; equal for all Cauchy pairs",
    "Nielsen and Okamura 2021",
    {
        "N": (
            Statement("|KL(p‖q) − KL(q‖p)| > 0 on normal-shift", lambda case: abs(_asymmetry(case)), "> 0",
                      applies=_is_named_pair),
            Statement("KL(p‖q) − KL(q‖p) = 0 for two Cauchy laws", _asymmetry, applies=_is_cauchy_pair),
        ),
        "C": enclosures.KL_DIFFERS,
    },
    (Statement('"symmetric"', _asymmetry, cases=("normal-shift",)),),
    lambda case: _is_cauchy_pair(case) or _is_named_pair(case),
    "the named pair, and pairs of Cauchy laws",
    level={"C": "standard"},
)  # fmt: skip

# -- infinity --------------------------------------------------------------------------------------------------------


def _mass_off_p_g(case: Any) -> Estimate:
    """p_data's mass where p_g has none, from cdfs and atoms alone."""
    p, (a, b) = case.p_data, case.p_g.support()
    locations, masses = p.atoms()
    lost = masses[case.is_off_p_g(locations)].sum() if locations.size else 0.0
    outside = 0.0
    if case.p_g.continuous_mass == 0:
        outside = p.continuous_mass
    elif p.continuous_mass > 0:
        beyond = [p.cdf(a) if math.isfinite(a) else 0.0, p.sf(b) if math.isfinite(b) else 0.0]
        atoms = masses[(locations < a) | (locations > b)].sum() if locations.size else 0.0
        outside = max(0.0, float(sum(beyond)) - float(atoms))
    return Estimate(float(lost) + outside, 1e-14 if has_exact_cdfs(case) else 1e-6)


def _leaks(case: Any) -> bool:
    return is_law(case) and bool(_mass_off_p_g(case) > 0)


def _has_heavier_tails(case: Any) -> bool:
    return "heavier-tails" in case.tags


def _cut_integral(case: Any, reach: float) -> Estimate:
    """∫ p log(p/q) over |x| ≤ reach."""
    r = log_ratio(case.p_data, case.p_g)
    return expectation(case.p_data, lambda x: np.where(np.abs(x) <= reach, r(x), 0.0), breakpoints=[-reach, reach])


def _cut_integrals_grow(case: Any) -> Estimate:
    values = [_cut_integral(case, reach) for reach in (1e2, 1e4, 1e6)]
    return together(values[1] - 10 * values[0], values[2] - 10 * values[1])


INFINITE = Claim(
    "kl.infinite",
    "KL = ∞ when p is not ≪ q, and when the tails make it so (Cauchy against Normal)",
    "textbooks",
    {
        "N": (
            Statement("1/KL(p‖q) = 0 where p has mass off q, or heavier tails", lambda case: 1 / case(kl_divergence)),
            Statement("the integral cut at |x| = 1e2, 1e4, 1e6 grows at least tenfold", _cut_integrals_grow, ">= 0",
                      applies=_has_heavier_tails),
        )
    },
    (Statement("the integral cut at |x| = 1e4", lambda case: 1 / _cut_integral(case, 1e4), cases=("cauchy-normal",)),),
    lambda case: _leaks(case) or _has_heavier_tails(case),
    "p has mass where q has none, or p's tail has no moment of the order by which −log q grows",
)  # fmt: skip

# -- closed forms ----------------------------------------------------------------------------------------------------


def _has_closed_form(case: Any) -> bool:
    return is_law(case) and kl_closed_form(case.p_data, case.p_g) is not None


CLOSED_FORMS = Claim(
    "kl.closed-forms",
    "KL of Normal, Laplace, Logistic, Cauchy, Exponential, Gamma, Beta, Weibull and nested Uniform laws in closed form",
    "textbooks",
    {
        "P": proof("kl.closed-forms", "KL(p‖q) of the families, in closed form"),
        "N": Statement(
            "KL(p‖q) − its closed form = 0",
            lambda case: case(kl_divergence) - kl_closed_form(case.p_data, case.p_g),
            scale=lambda case: float(case(kl_divergence).value),
        ),
    },
    (
        Statement(
            "σ² for σ",
            lambda case: case(kl_divergence) - kl_closed_form(case.p_data, case.p_g, exchanged=True),
            cases=("normal-scale",),
        ),
    ),
    _has_closed_form,
    "both laws of one of the families (Logistic: of one scale; Uniform: nested; Gamma, Weibull, Beta: of one origin)",
    level={"P": "standard"},
)

# -- two Cauchy laws -------------------------------------------------------------------------------------------------


def _cauchy_residuals(case: Any, chi: float) -> Estimate:
    kl, tv, jsd, c = cauchy_game(chi)
    ways = (case(kl_divergence) - kl, case.swapped(kl_divergence) - kl)
    return together(*ways, case(total_variation) - tv, case(js_divergence) - jsd, case(criterion) - c)


def _chi_without_scales(case: Any) -> float:
    p, q = case.p_data, case.p_g
    return (p.loc - q.loc) ** 2 / (2 * p.scale * q.scale)


CAUCHY_GAME = Claim(
    "js.cauchy-game",
    "two Cauchy laws: KL, TV, JSD and C(G) in closed form, functions of χ = ((x₁−x₂)² + (γ₁−γ₂)²)/(2γ₁γ₂) alone",
    "Nielsen and Okamura 2021",
    {
        "P": proof("js.cauchy-game", "JSD = log(2√(2+χ)/(√(2+χ)+√2)) for two Cauchy laws"),
        "N": Statement(
            "KL both ways, TV, JSD and C(G) minus their closed forms = 0",
            lambda case: _cauchy_residuals(case, cauchy_chi(case.p_data, case.p_g)),
        ),
        "C": enclosures.CAUCHY_GAME,
    },
    (
        Statement(
            "(x₁−x₂)²/(2γ₁γ₂) for χ",
            lambda case: _cauchy_residuals(case, _chi_without_scales(case)),
            cases=("cauchy-shift",),
        ),
    ),
    _is_cauchy_pair,
    "two Cauchy laws",
    level={"P": "standard", "C": "standard"},
)


DIVERGENCES = (
    NONNEGATIVE,
    DISCRETE_LIMIT,
    CROSS_ENTROPY,
    ASYMMETRIC,
    INFINITE,
    CLOSED_FORMS,
    *JENSEN_SHANNON,
    CAUCHY_GAME,
)
