"""Theorem 1: C(G) = −log 4 + 2·JSD(p_data‖p_g) for every G, so its least value is −log 4, and only at p_g = p_data.

The three forms are computed apart: eq. (4) by `criterion`, eq. (5) by `kl_divergence` to the mean of the laws, eq. (6)
by `js_divergence`. None calls another; they meet here.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from scipy import special

from gantheory.claims import enclosures
from gantheory.claims.cells import COARSEST, FINEST, cells_criterion
from gantheory.claims.proposition_1 import best_value
from gantheory.claims.routes import (
    LOG_2,
    LOG_4,
    Integrands,
    discriminators,
    has_exact_cdfs,
    is_law,
    mean,
    overlap_shows,
    phi,
    proof,
    quantiles,
    singular,
)
from gantheory.claims.statement import Claim, Statement, together
from gantheory.claims.value_function import at_half
from gantheory.densities import Discrete, Uniform
from gantheory.discriminator import Discriminator
from gantheory.divergences import js_divergence, kl_divergence, total_variation
from gantheory.estimate import Estimate
from gantheory.game import criterion, value
from gantheory.panel import is_standard
from gantheory.ratio import At

__all__ = ["THEOREM_1"]


def _excess(case: Any) -> Estimate:
    """C(G) + log 4."""
    return case(criterion) + LOG_4


# -- eq. (4) -------------------------------------------------------------------------------------------------------


def _climb(case: Any) -> Estimate:
    """The largest V over D constant on cells: never down as cells are refined, never past C."""
    found = [cells_criterion(case, level) for level in range(COARSEST, FINEST + 1)]
    steps = [finer - coarser for coarser, finer in pairwise(found)]
    return together(*steps, case(criterion) - found[-1])


def _climb_is_long(case: Any) -> Estimate:
    first, last = cells_criterion(case, COARSEST), cells_criterion(case, FINEST)
    return (case(criterion) - first) / 16 - (case(criterion) - last)


def _real_term(case: Any) -> Estimate:
    """E_p[log D*], the p_g term dropped."""
    return mean(case, lambda at: Integrands(special.log_expit(at.r), None, special.expit(-at.r)), of_ratio=True)


CRITERION = Claim(
    "thm1.criterion",
    "C(G) = E_p[log D*] + E_{p_g}[log(1−D*)] = max_D V: a numerical maximum over D climbs to it and never past",
    "GAN14 eq. 4",
    {
        "P": proof("thm1.criterion", "C(G) = max_D V(G, D) = V(G, D*), eq. (4)"),
        "N": (
            Statement("V(G, D*) − C(G) = 0", lambda case: best_value(case) - case(criterion)),
            Statement(
                "the best D that is constant on cells, by cdfs alone, climbs with them and stays ≤ C",
                _climb,
                ">= 0",
                applies=has_exact_cdfs,
            ),
            Statement("7 refinements leave at most 1/16 of the way", _climb_is_long, ">= 0", applies=is_standard),
        ),
    },
    (Statement("the p_g term dropped", lambda case: best_value(case) - _real_term(case), cases=("normal-shift",)),),
    uses=("prop1.optimal-discriminator",),
)

# -- eq. (5) -------------------------------------------------------------------------------------------------------


def _divergences_to_mean(case: Any) -> Estimate:
    real, fake = case.against_mixture
    return real(kl_divergence) + fake(kl_divergence)


def _unhalved(case: Any) -> Estimate:
    """KL(p‖p+q) + KL(q‖p+q)."""

    def terms(at: At) -> Integrands:
        return Integrands(special.log_expit(at.r), special.log_expit(-at.r), special.expit(-at.r), special.expit(at.r))

    return mean(case, terms)


KL_FORM = Claim(
    "thm1.kl-form",
    "C(G) = −log 4 + KL(p_data‖m) + KL(p_g‖m) for every G",
    'GAN14 eq. 5; corrects the Notes\' "best G"',
    {
        "P": proof("thm1.kl-form", "C(G) = −log 4 + KL(p‖m) + KL(p_g‖m)"),
        "N": Statement(
            "C(G) + log 4 − KL(p‖m) − KL(p_g‖m) = 0", lambda case: _excess(case) - _divergences_to_mean(case)
        ),
        "C": enclosures.KL_FORM,
    },
    (Statement("m = p_data + p_g", lambda case: _excess(case) - _unhalved(case), cases=("normal-shift",)),),
    uses=("thm1.criterion",),
    level={"C": "standard"},
)

# -- eq. (6) -------------------------------------------------------------------------------------------------------

JSD_FORM = Claim(
    "thm1.jsd-form",
    "C(G) = −log 4 + 2·JSD(p_data‖p_g) for every G",
    "GAN14 eq. 6; the same correction",
    {
        "P": proof("thm1.jsd-form", "C(G) = −log 4 + 2·JSD(p‖p_g)"),
        "N": Statement("C(G) + log 4 − 2·JSD = 0", lambda case: _excess(case) - 2 * case(js_divergence)),
        "C": enclosures.JSD_FORM,
    },
    (
        Statement("1·JSD", lambda case: _excess(case) - case(js_divergence), cases=("normal-shift",)),
        Statement("−log 2", lambda case: case(criterion) + LOG_2 - 2 * case(js_divergence), cases=("normal-shift",)),
        Statement("√JSD", lambda case: _excess(case) - 2 * case(js_divergence).sqrt(), cases=("normal-shift",)),
    ),
    uses=("thm1.kl-form",),
    level={"C": "standard"},
)

# -- the minimum ---------------------------------------------------------------------------------------------------


def _half_uniform(case: Any) -> Estimate:
    """C + log 4 at p_g = ½(p + a uniform law), which is not p."""
    other = case.with_laws(case.p_data, Uniform(-1, 1), "uniform")
    return criterion(case.p_data, other.mixture()) + LOG_4


GLOBAL_MINIMUM = Claim(
    "thm1.global-minimum",
    "C(G) ≥ −log 4, with equality iff p_g = p_data, and there D* = ½ almost everywhere",
    "GAN14 thm 1; Notes",
    {
        "P": proof("thm1.global-minimum", "C(G) ≥ −log 4, = iff p_g = p_data", relation=">= 0"),
        "C": enclosures.MINIMUM,
    },
    (Statement("p_g = ½(p + uniform)", _half_uniform, cases=("normal-shift",)),),
    uses=("thm1.jsd-form",),
    level={"C": "standard"},
)

# -- stability -------------------------------------------------------------------------------------------------------


def _stability(case: Any) -> Estimate:
    tv = case(total_variation)
    return together(_excess(case) - 2 * phi(tv), 2 * phi(tv) - tv**2)


STABILITY = Claim(
    "thm1.stability",
    "C(G) + log 4 ≥ 2φ(TV) ≥ TV²: a criterion near its minimum means a p_g near p_data",
    "Jensen; Pinsker",
    {
        "P": proof("thm1.stability", "C(G) + log 4 ≥ 2φ(TV) ≥ TV²", relation=">= 0"),
        "N": Statement("C(G) + log 4 − 2φ(TV) ≥ 0 and 2φ(TV) − TV² ≥ 0", _stability, ">= 0"),
    },
    (Statement("≥ 2·TV", lambda case: _excess(case) - 2 * case(total_variation), ">= 0", cases=("normal-shift",)),),
    uses=("js.total-variation",),
)

# -- the maximum ---------------------------------------------------------------------------------------------------


MAXIMUM = Claim(
    "thm1.maximum",
    "C(G) = 0 iff p_data and p_g are mutually singular; it is below 0 otherwise, however little they share",
    "the equality case of JSD ≤ log 2",
    {
        "P": proof("thm1.maximum", "C(G) = 0 iff mutually singular"),
        "N": (
            Statement("C(G) = 0 where mutually singular", lambda case: case(criterion), applies=singular),
            Statement("−C(G) > 0 where not", lambda case: -case(criterion), "> 0", applies=overlap_shows),
        ),
        "C": enclosures.MAXIMUM,
    },
    (Statement("N(0,1) v N(40,1)", lambda case: case(criterion), cases=("far-apart",)),),
    lambda case: case.is_singular or overlap_shows(case),
    "mutually singular, or a shared mass that shows",
    level={"C": "standard"},
)

# -- the saddle ------------------------------------------------------------------------------------------------------


def _points_of(case: Any) -> np.ndarray:
    return np.unique(quantiles(case.p_data, np.arange(1, 64) / 64))


def _worst_p_g(case: Any) -> Estimate:
    """−log 4 − V(p_data, δ_x, D) with x where D believes most: inf over p_g of V is at most −log 4, whatever D."""
    points = _points_of(case)
    residuals = []
    for D in discriminators(case).values():
        beliefs = D(points) if isinstance(D, Discriminator) else np.full(points.shape, D)
        worst = Discrete([float(points[int(np.argmax(beliefs))])], [1.0])
        residuals.append(-LOG_4 - value(case.p_data, worst, D))
    return together(*residuals)


def _equilibrium(case: Any) -> Estimate:
    """V(G, ½) + log 4, and C + log 4 at p_g = p_data: both sides of the saddle."""
    return together(at_half(case) + LOG_4, case.on(criterion, case.p_data, case.p_data) + LOG_4)


SADDLE = Claim(
    "thm1.saddle",
    "max_D inf_{p_g} V = min_{p_g} max_D V = −log 4: a saddle; inf V over G and D is −∞",
    "weak duality; corrects the Notes' \"minimum of V\"",
    {
        "P": proof("thm1.saddle", "max_D inf_{p_g} V = min_{p_g} max_D V = −log 4"),
        "N": (
            Statement("−log 4 − inf_{p_g} V(·, D) ≥ 0 for every D tried, at a point mass where D is largest",
                      _worst_p_g, ">= 0", applies=is_law),
            Statement("V(G, ½) = −log 4 for every G, and C = −log 4 at p_g = p_data", _equilibrium),
            Statement("−V at D ≡ 1e-300 exceeds 600: no least V", lambda case: -case(value, 1e-300) - 600, "> 0"),
        ),
    },
    (Statement("at D ≡ 0.6", lambda case: case(value, 0.6) + LOG_4, cases=("normal-shift",)),),
    uses=("thm1.jsd-form", "value.constant-half"),
)  # fmt: skip

THEOREM_1 = (CRITERION, KL_FORM, JSD_FORM, GLOBAL_MINIMUM, STABILITY, MAXIMUM, SADDLE)
