"""Proposition 1: for G fixed, the discriminator that maximises V(G, ·) is D* = p_data/(p_data + p_g)."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from gantheory.claims import enclosures
from gantheory.claims.routes import Integrands, discriminators, has_exact_cdfs, mean, proof, quantiles, tilted
from gantheory.claims.statement import Claim, Statement, together
from gantheory.claims.value_function import values
from gantheory.discriminator import Discriminator
from gantheory.estimate import Estimate
from gantheory.game import optimality_gap, value
from gantheory.ratio import At

__all__ = ["PROPOSITION_1", "best_value"]

PAIR = ("normal-shift",)  # the simplest pair with no symmetry for a counterfeit to hide behind


def best_value(case: Any) -> Estimate:
    """V(G, D*), by its definition."""
    return case.remembered("V(D*)", lambda: case(value, case.optimal))


# -- the pointwise lemma ---------------------------------------------------------------------------------------------


def _midpoint_convexity(case: Any) -> Estimate:
    """½V(D₁) + ½V(D₂) − V(½D₁ + ½D₂), at two constants: 0 or more were y ↦ a log y + b log(1−y) convex."""
    return 0.5 * case(value, 0.2) + 0.5 * case(value, 0.8) - case(value, 0.5)


def _advantage(case: Any, candidate: Any) -> Estimate:
    """V(candidate) − V(D) over the case's discriminators and D*: 0 or more for a maximiser."""
    best = case(value, candidate)
    return together(*(best - v for v in (*values(case).values(), best_value(case))))


def _negative_weights(case: Any) -> Estimate:
    """−V(D*) + V(0.3): the lemma at weights −p and −p_g, which on equal laws are (−1, −1) times p."""
    return values(case)["0.3"] - best_value(case)


POINTWISE = Claim(
    "prop1.pointwise",
    "y ↦ a log y + b log(1−y) is concave on [0,1] with its maximum at a/(a+b), for a, b ≥ 0 not both 0",
    "GAN14 prop. 1; corrects the Notes",
    {"P": proof("prop1.pointwise", "a log y + b log(1−y) is concave, with its maximum at a/(a+b)", relation=">= 0"),
     "C": enclosures.CURVATURE},
    (
        Statement('"convex"', _midpoint_convexity, ">= 0", cases=PAIR),
        Statement("maximum at b/(a+b)", lambda case: _advantage(case, tilted(case, -1.0)), ">= 0", cases=PAIR),
        Statement("(a,b) = (−1,−1)", _negative_weights, ">= 0", cases=("equal-normal",)),
    ),
    hypotheses="a, b ≥ 0, not both 0",
    level={"C": "standard"},
)  # fmt: skip

# -- D* is the best --------------------------------------------------------------------------------------------------


def _search(case: Any) -> list[Estimate]:
    """V along a search for a better D: logits slope·r + shift, each step from the best so far, then shorter ones."""
    at, best, found = np.array([0.4, 0.6]), -np.inf, []
    for reach in (0.5, 0.15):
        trials = [at + reach * np.array(step) for step in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, -1))]
        seen = [case(value, tilted(case, *trial)) for trial in trials]
        found += seen
        total = [float(np.sum(v.value)) for v in seen]
        if max(total) > best:
            best, at = max(total), trials[int(np.argmax(total))]
    return found


OPTIMAL = Claim(
    "prop1.optimal-discriminator",
    "D*_G = p_data/(p_data + p_g) maximises V(G, ·): no D of the panel or of a search does better",
    "GAN14 eq. 2",
    {
        "P": proof("prop1.optimal-discriminator", "V(G, D*) ≥ V(G, D) for every D", relation=">= 0"),
        "N": Statement(
            "V(G, D*) − V(G, D) ≥ 0 for constant, random and searched D",
            lambda case: together(*(best_value(case) - v for v in (*values(case).values(), *_search(case)))),
            ">= 0",
        ),
    },
    (
        Statement("p_g/(p_data + p_g)", lambda case: _advantage(case, tilted(case, -1.0)), ">= 0", cases=PAIR),
        Statement("p_data/(p_data + 2p_g)", lambda case: _advantage(case, tilted(case, 1.0, -np.log(2.0))), ">= 0",
                  cases=PAIR),
    ),
    uses=("prop1.pointwise",),
)  # fmt: skip

# -- the gap ---------------------------------------------------------------------------------------------------------


def _gap_residuals(case: Any) -> Estimate:
    found = discriminators(case)
    return together(*(best_value(case) - values(case)[name] - case(optimality_gap, D) for name, D in found.items()))


def _reversed_gap(case: Any, D: float) -> Estimate:
    """∫ (p + q) kl(D‖D*) for a constant D."""

    def terms(at: At) -> Integrands:
        divergence = D * (np.log(D) - special.log_expit(at.r)) + (1 - D) * (np.log1p(-D) - special.log_expit(-at.r))
        return Integrands(divergence, divergence, 1.0, 1.0)

    return mean(case, terms)


GAP = Claim(
    "prop1.gap",
    "V(G, D*) − V(G, D) = ∫ (p_data + p_g) kl(D*‖D), kl the divergence of Bernoulli laws",
    "this project",
    {
        "P": proof("prop1.gap", "V(G, D*) − V(G, D) = ∫ (p + p_g) kl(D*‖D)"),
        "N": Statement("V(G, D*) − V(G, D) − ∫ (p + p_g) kl(D*‖D) = 0", _gap_residuals),
    },
    (
        Statement(
            "kl(D‖D*)",
            lambda case: best_value(case) - values(case)["0.3"] - _reversed_gap(case, 0.3),
            cases=PAIR,
        ),
    ),
    uses=("prop1.optimal-discriminator",),
)

# -- the posterior ---------------------------------------------------------------------------------------------------


def _thresholds(case: Any) -> np.ndarray:
    if case.is_grid:
        return np.quantile(case.grid.points, [0.45, 0.55])
    return np.unique(np.concatenate([quantiles(law, np.array([0.3, 0.8])) for law in (case.p_data, case.p_g)]))


def _share_of_real(case: Any, tilt: float, c: float) -> Estimate:
    """∫ (p + q) σ(tilt·r) over x ≤ c: for tilt 1, P(real | x) averaged over the pooled draws x ≤ c, twice."""

    def terms(at: At) -> Integrands:
        is_below = at.x <= c
        share = np.where(is_below, special.expit(tilt * at.r), 0.0)
        slope = np.where(is_below, abs(tilt) * special.expit(tilt * at.r) * special.expit(-tilt * at.r), 0.0)
        return Integrands(share, share, slope, slope)

    return mean(case, terms, breakpoints=[c])


def _real_mass(case: Any, c: float) -> Estimate:
    """P_data(x ≤ c), from the cdf."""
    if case.is_grid:
        return case.grid.integrate(np.where(case.grid.points <= c, case.p_data, 0.0))
    return Estimate(float(case.p_data.cdf(c)), 1e-14)


def _posterior_residuals(case: Any, tilt: float) -> Estimate:
    return together(*(_share_of_real(case, tilt, c) - _real_mass(case, c) for c in _thresholds(case)))


POSTERIOR = Claim(
    "prop1.posterior",
    "D*(x) = P(real | x) at equal priors, and D* = σ(log p_data − log p_g)",
    "GAN14",
    {
        "P": proof("prop1.posterior", "D* = P(real | x) = σ(log p − log p_g)"),
        "N": Statement(
            "∫ (p + p_g) σ(r) over x ≤ c, minus P_data(x ≤ c) from the cdf, = 0 for quantiles c",
            lambda case: _posterior_residuals(case, 1.0),
        ),
    },
    (Statement("σ of half the log-ratio", lambda case: _posterior_residuals(case, 0.5), cases=PAIR),),
    has_exact_cdfs,
    "cdfs in closed form, which the check goes by",
)

# -- off the support -------------------------------------------------------------------------------------------------


def _changed(case: Any, D: Any, is_there: Any) -> Any:
    """D with another value where `is_there`: ends of supports are its breakpoints."""
    base = D if isinstance(D, Discriminator) else Discriminator.constant(D)
    ends = [] if case.is_grid else [end for law in (case.p_data, case.p_g) for end in law.support() if np.isfinite(end)]
    points = np.concatenate([base.breakpoints, ends])
    return Discriminator(lambda x: np.where(is_there(np.asarray(x)), 3.0, base.logit(x)), breakpoints=points)


def _leaves_room(case: Any) -> bool:
    """Some of the line lies off both laws."""
    if case.is_grid:
        return bool((case.is_off_p_data(case.grid.points) & case.is_off_p_g(case.grid.points)).any())
    ends = np.array([law.support() for law in (case.p_data, case.p_g)])
    return bool(np.isfinite(ends[:, 0]).all() or np.isfinite(ends[:, 1]).all())


def _off_both(case: Any) -> Any:
    return lambda x: case.is_off_p_data(x) & case.is_off_p_g(x)


def _off_support_residuals(case: Any) -> Estimate:
    changed = {name: _changed(case, D, _off_both(case)) for name, D in discriminators(case).items()}
    return together(*(case(value, D) - values(case)[name] for name, D in changed.items()))


def _off_p_data_residual(case: Any) -> Estimate:
    return case(value, _changed(case, 0.3, case.is_off_p_data)) - values(case)["0.3"]


OFF_SUPPORT = Claim(
    "prop1.off-support",
    "changing D where p_data + p_g = 0 changes no V",
    "GAN14",
    {"N": Statement("V(G, D′) − V(G, D) = 0 for a D′ that differs from D off both supports", _off_support_residuals)},
    (Statement("changed where p alone is 0", _off_p_data_residual, cases=("uniform-overlap",)),),
    _leaves_room,
    "p_data + p_g vanishes somewhere",
)

PROPOSITION_1 = (POINTWISE, OPTIMAL, GAP, POSTERIOR, OFF_SUPPORT)
