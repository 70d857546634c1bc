"""The Jensen–Shannon divergence: bounds, other forms, the metric, its local shape, and what noise does to it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from gantheory.claims import enclosures
from gantheory.claims.routes import (
    LOG_2,
    Integrands,
    binary_entropy,
    distinct,
    equal,
    mean,
    phi,
    proof,
    singular,
)
from gantheory.claims.statement import Claim, Statement, together
from gantheory.densities import Discrete, Mixture, Normal
from gantheory.divergences import entropy, js_divergence, total_variation, wasserstein_distance
from gantheory.estimate import Estimate
from gantheory.game import criterion
from gantheory.panel import is_standard
from gantheory.ratio import At

__all__ = ["JENSEN_SHANNON"]


def _jsd(case: Any) -> Estimate:
    return case(js_divergence)


# -- bounds ------------------------------------------------------------------------------------------------------


def _overlap_is_plain(case: Any) -> bool:
    """Their total variation is below 1 by more than what rounding leaves of log 2 − JSD."""
    return bool(np.all(np.less(case(total_variation).upper, 1 - 1e-6)))


BOUNDS = Claim(
    "js.bounds",
    "0 ≤ JSD(p‖q) ≤ log 2; 0 only where p = q, log 2 only where they are mutually singular",
    "Lin 1991",
    {
        "P": proof("js.bounds", "0 ≤ JSD ≤ log 2, with both equality cases", relation=">= 0"),
        "N": (
            Statement("JSD ≥ 0 and log 2 − JSD ≥ 0", lambda case: together(_jsd(case), LOG_2 - _jsd(case)), ">= 0"),
            Statement("JSD = 0 where p = q", _jsd, applies=equal),
            Statement("JSD > 0 where p ≠ q", _jsd, "> 0", applies=distinct),
            Statement("log 2 − JSD = 0 where mutually singular", lambda case: LOG_2 - _jsd(case), applies=singular),
            Statement(
                "log 2 − JSD > 0 where they overlap by 1e-6",
                lambda case: LOG_2 - _jsd(case),
                "> 0",
                applies=_overlap_is_plain,
            ),
            Statement("log 2 − JSD = −C/2", lambda case: LOG_2 - _jsd(case) + 0.5 * case(criterion)),
        ),
        "C": enclosures.JS_BOUNDS,
    },
    (Statement("√JSD ≤ log 2", lambda case: LOG_2 - _jsd(case).sqrt(), ">= 0", cases=("uniform-disjoint",)),),
    level={"C": "standard"},
)

# -- symmetry ------------------------------------------------------------------------------------------------------


def _skewed_asymmetry(case: Any) -> Estimate:
    return case(js_divergence, weight=1 / 3) - case.swapped(js_divergence, weight=1 / 3)


SYMMETRIC = Claim(
    "js.symmetric",
    "JSD(p‖q) = JSD(q‖p)",
    "Lin 1991",
    {
        "P": proof("js.symmetric", "JSD(p‖q) = JSD(q‖p)"),
        "N": Statement("JSD(p‖q) − JSD(q‖p) = 0", lambda case: _jsd(case) - case.swapped(js_divergence)),
    },
    (Statement("⅓·p + ⅔·q for m", _skewed_asymmetry, cases=("exponential-gamma",)),),
)

# -- entropies -------------------------------------------------------------------------------------------------------


def _entropies(case: Any, share: float) -> Estimate:
    """H(m) − share · (H(p) + H(q))."""
    of_m = case.remembered("entropy of m", lambda: case.on(entropy, case.mixture()))
    return of_m - share * (case.of_p_data(entropy) + case.of_p_g(entropy))


ENTROPY_FORM = Claim(
    "js.entropy-form",
    "JSD = H(m) − ½·H(p) − ½·H(q)",
    "Lin 1991",
    {
        "P": proof("js.entropy-form", "JSD = H(m) − ½·H(p) − ½·H(q)"),
        "N": Statement("JSD − [H(m) − ½·H(p) − ½·H(q)] = 0", lambda case: _jsd(case) - _entropies(case, 0.5)),
    },
    (Statement("without the ½", lambda case: _jsd(case) - _entropies(case, 1.0), cases=("normal-scale",)),),
    hypotheses="finite entropies with respect to one measure, Lebesgue plus counting measure on the atoms",
)

# -- mutual information ----------------------------------------------------------------------------------------------


def _information(case: Any, prior: float) -> Estimate:
    """I(X; Y) = H(Y) − E[H(Y|X)], Y the label of a real (with this probability) or a fake X."""
    shift = math.log(prior) - math.log1p(-prior)

    def left_open(at: At) -> Integrands:
        posterior = at.r + shift
        slope = (
            np.where(np.isfinite(posterior), np.abs(posterior), 0.0)
            * special.expit(posterior)
            * special.expit(-posterior)
        )
        uncertainty = binary_entropy(posterior)
        return Integrands(prior * uncertainty, (1 - prior) * uncertainty, prior * slope, (1 - prior) * slope)

    label = -prior * math.log(prior) - (1 - prior) * math.log1p(-prior)
    return Estimate(label, 4e-16) - mean(case, left_open, of_ratio=True, atol=1e-16)


MUTUAL_INFORMATION = Claim(
    "js.mutual-information",
    "JSD(p‖q) = I(X; Y), Y the fair label real/fake and X a draw of what it names",
    "Lin 1991",
    {
        "P": proof("js.mutual-information", "JSD = I(X; Y)"),
        "N": Statement("JSD − [log 2 − E_m H(D*)] = 0", lambda case: _jsd(case) - _information(case, 0.5)),
    },
    (Statement("unequal priors", lambda case: _jsd(case) - _information(case, 0.25), cases=("normal-shift",)),),
)

# -- the metric ------------------------------------------------------------------------------------------------------


def _third_laws(case: Any) -> list[Any]:
    """Laws to go by: on the way, nearer to one end, and, for laws, off it."""
    return [case.mixture(0.5), case.mixture(0.9), *([] if case.is_grid else [Normal(0.25, 0.75)])]


def _detours(case: Any, *, root: bool) -> Estimate:
    """d(a, b) + d(b, c) − d(a, c) for every rotation of (p, third, q), d = √JSD or JSD itself."""

    def distance(*laws: Any) -> Estimate:
        found = case.on(js_divergence, *laws)
        return found.sqrt() if root else found

    direct = _jsd(case).sqrt() if root else _jsd(case)
    residuals = []
    for third in _third_laws(case):
        one, two = distance(case.p_data, third), distance(third, case.p_g)
        residuals += [one + two - direct, direct + one - two, direct + two - one]
    return together(*residuals)


METRIC = Claim(
    "js.metric",
    "√JSD obeys the triangle inequality",
    "Endres and Schindelin 2003",
    {
        "N": Statement(
            "√JSD(p,r) + √JSD(r,q) − √JSD(p,q) ≥ 0, for third laws r and in every order",
            lambda case: case.remembered("detours", lambda: _detours(case, root=True)),
            ">= 0",
        ),
        "C": enclosures.METRIC,
    },
    (Statement("JSD itself does", lambda case: _detours(case, root=False), ">= 0", cases=("point-masses",)),),
    level={"C": "standard"},
)

# -- total variation -------------------------------------------------------------------------------------------------


def _tv(case: Any) -> Estimate:
    return case(total_variation)


def _named(*names: str) -> Any:
    return lambda case: is_standard(case) and case.name in names


TOTAL_VARIATION = Claim(
    "js.total-variation",
    "φ(TV) ≤ JSD ≤ TV·log 2, both sharp",
    "Lin 1991; Jensen",
    {
        "P": proof("js.total-variation", "φ(TV) ≤ JSD ≤ TV·log 2", relation=">= 0"),
        "N": (
            Statement("JSD − φ(TV) ≥ 0 and TV·log 2 − JSD ≥ 0",
                      lambda case: together(_jsd(case) - phi(_tv(case)), _tv(case) * LOG_2 - _jsd(case)), ">= 0"),
            Statement("JSD − φ(TV) = 0 for two levels", lambda case: _jsd(case) - phi(_tv(case)),
                      applies=_named("two-level")),
            Statement("TV·log 2 − JSD = 0 for equal levels where they overlap",
                      lambda case: _tv(case) * LOG_2 - _jsd(case),
                      applies=_named("uniform-overlap", "uniform-disjoint", "point-masses")),
        ),
    },
    (Statement("TV² ≤ JSD", lambda case: _jsd(case) - _tv(case) ** 2, ">= 0", cases=("two-level",)),),
)  # fmt: skip

# -- the local shape -------------------------------------------------------------------------------------------------

_STEPS = (1 / 8, 1 / 16, 1 / 32)
# |g'''|/6 of g(t) = ½[(1+t) log(1+t) − (2+t) log(1+t/2)], the JSD's density at a relative change t, over |t| ≤ 1/8
_THIRD_ORDER = 0.0852


def _powers_of_delta(case: Any) -> tuple[Estimate, Estimate]:
    """E_m[δ²] and E_m[|δ|³], δ = (p − q)/(p + q) = h/m for the direction h = (p − q)/2."""

    def power(k: int) -> Estimate:
        def terms(at: At) -> Integrands:
            delta = np.abs(np.tanh(0.5 * at.r))
            slope = 0.25 * k * delta ** (k - 1) * (1 - delta * delta)
            return Integrands(0.5 * delta**k, 0.5 * delta**k, slope, slope)

        return mean(case, terms, of_ratio=True)

    return case.remembered("powers of delta", lambda: (power(2), power(3)))


def _local_residuals(case: Any, denominator: float) -> Estimate:
    """K ε³ E|h/m|³ − |JSD(m‖m + εh) − ε²/denominator · ∫h²/m| for some ε: 0 or more where the law of ε² holds."""
    second, third = _powers_of_delta(case)
    residuals = []
    for step in _STEPS:
        moved = case.on(js_divergence, case.mixture(0.5), case.mixture(0.5 + 0.5 * step))
        residuals.append(_THIRD_ORDER * step**3 * third - abs(moved - step**2 / denominator * second))
    return together(*residuals)


LOCAL = Claim(
    "js.local",
    "JSD(p‖p+εh) = ε²/8 ∫h²/p + O(ε³) for |h| ≤ cp",
    "Fisher's metric",
    {
        "P": proof(
            "js.local",
            "JSD(p‖p+εh) = ε²/8 ∫h²/p + O(ε³)",
        ),
        "N": Statement(
            "|JSD(m‖m+εh) − ε²/8 ∫h²/m| ≤ 0.0852 ε³ ∫|h|³/m², h = (p−q)/2, ε = 1/8, 1/16, 1/32",
            lambda case: _local_residuals(case, 8),
            ">= 0",
        ),
    },
    (Statement("ε²/4", lambda case: _local_residuals(case, 4), ">= 0", cases=("normal-shift",)),),
    hypotheses="|h| ≤ cp; here the base is m, and h = (p − q)/2 with |h| ≤ m always",
    level={"N": "standard"},
)

# -- instance noise --------------------------------------------------------------------------------------------------

_NOISES = (1.0, 3.0)
_MOST_ATOMS = 128  # each becomes a normal component, and every component is asked at the panels of all


def _parts(law: Any) -> list[tuple[float, Any]]:
    return list(zip(law.weights or (), law.components, strict=True)) if isinstance(law, Mixture) else [(1.0, law)]


def _noisy(law: Any, s: float) -> Any:
    """law ∗ N(0, s²), for normal laws, atoms and their mixtures."""
    weights, components = [], []
    for weight, part in _parts(law):
        if isinstance(part, Discrete):
            weights += [weight * mass for mass in part.masses]
            components += [Normal(x, s) for x in part.locations]
        else:
            weights.append(weight)
            components.append(Normal(part.mu, math.hypot(part.sigma, s)))
    return Mixture(components, weights) if len(components) > 1 else components[0]


def _can_be_smoothed(case: Any) -> bool:
    if case.is_grid or sum(len(law.atoms()[0]) for law in (case.p_data, case.p_g)) > _MOST_ATOMS:
        return False
    return all(isinstance(part, (Normal, Discrete)) for law in (case.p_data, case.p_g) for _, part in _parts(law))


def _squared_wasserstein(p: Any, q: Any) -> Estimate | None:
    """W₂² of two normal laws or of two laws of atoms; None for others."""
    if isinstance(p, Normal) and isinstance(q, Normal):
        shift, spread = p.mu - q.mu, p.sigma - q.sigma
        return Estimate(shift * shift + spread * spread, 1e-15 * (shift * shift + spread * spread))
    if not (isinstance(p, Discrete) and isinstance(q, Discrete)):
        return None
    levels = np.union1d(np.cumsum(p.masses), np.cumsum(q.masses))
    levels = np.concatenate([[0.0], levels[levels < 1 - 1e-15], [1.0]])
    middle = 0.5 * (levels[1:] + levels[:-1])
    cost = np.diff(levels) * (p.ppf(middle) - q.ppf(middle)) ** 2
    span = (max(p.support()[1], q.support()[1]) - min(p.support()[0], q.support()[0])) ** 2
    return Estimate(cost.sum(), 1e-15 * len(levels) * span)


def _noise_bounds(case: Any, denominator: float, *, noisy: bool = True) -> Estimate:
    """What each bound leaves over the JSD of the noisy laws."""
    p, q = case.p_data, case.p_g
    squared, first = _squared_wasserstein(p, q), case(wasserstein_distance)
    residuals = []
    for s in _NOISES:
        jsd = (
            case.remembered(("noisy", s), lambda s=s: js_divergence(_noisy(p, s), _noisy(q, s)))
            if noisy
            else _jsd(case)
        )
        if squared is not None:
            residuals.append(squared / (denominator * s * s) - jsd)
        residuals.append(LOG_2 * first / (s * math.sqrt(2 * math.pi)) - jsd)
    return together(*residuals)


def _doubled_bound(case: Any) -> Estimate:
    squared = _squared_wasserstein(case.p_data, case.p_g)
    assert squared is not None
    s = _NOISES[-1]
    return squared / (16 * s * s) - js_divergence(_noisy(case.p_data, s), _noisy(case.p_g, s))


INSTANCE_NOISE = Claim(
    "js.instance-noise",
    "JSD(p∗N_s‖q∗N_s) ≤ min(W₂²/(8s²), log 2·W₁/(s√(2π))), disjoint supports included",
    "this project",
    {
        "N": Statement(
            "W₂²/(8s²) − JSD ≥ 0 and log 2·W₁/(s√(2π)) − JSD ≥ 0 after noise of s = 1 and 3",
            lambda case: _noise_bounds(case, 8),
            ">= 0",
        )
    },
    (
        Statement("W₂²/(16s²)", _doubled_bound, ">= 0", cases=("point-masses",)),
        Statement("s = 0", lambda case: _noise_bounds(case, 8, noisy=False), ">= 0", cases=("point-masses",)),
    ),
    _can_be_smoothed,
    "normal laws, 128 atoms at most, and their mixtures: noise is added in closed form; W₂ for the first two kinds",
)

JENSEN_SHANNON = (
    BOUNDS,
    SYMMETRIC,
    ENTROPY_FORM,
    MUTUAL_INFORMATION,
    METRIC,
    TOTAL_VARIATION,
    LOCAL,
    INSTANCE_NOISE,
)
