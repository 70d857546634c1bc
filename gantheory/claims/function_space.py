"""Proposition 2 in function space: with D = D* at every step, which ways down arrive, how fast, and which do not.

C is convex in p_g, with derivative log(1 − D*). Mirror descent and the Fisher–Rao flow arrive wherever KL(p‖q_0) < ∞;
the Wasserstein flow stalls on supports apart. As GAN14 words it ("p_g is updated so as to improve the criterion") the
proposition is false, and Σκ_t = ∞ repairs it.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.brackets import masses_between
from gantheory.claims.bregman import (
    between,
    criterion_at,
    curvature,
    derivative_along,
    excess_at,
    gradient_along,
    law_at,
    moments,
    relative_entropy,
    right_side,
)
from gantheory.claims.flows import FISHER_RAO_FLOW, WASSERSTEIN_FLOW
from gantheory.claims.routes import LOG_2, discriminators, has_exact_cdfs, is_law, proof, quantiles
from gantheory.claims.runs import (
    LAST,
    STEP_SIZES,
    climbing_step,
    descends,
    every_step,
    fisher_rao,
    is_in_x,
    mirror,
    stalling,
)
from gantheory.claims.statement import Claim, Statement, together
from gantheory.claims.successive import STEP_IDENTITY, identity, smoothness, steps
from gantheory.densities import Discrete
from gantheory.divergences import js_divergence, kl_divergence
from gantheory.estimate import Estimate
from gantheory.gains import capacity_price
from gantheory.game import value
from gantheory.trajectory import Trajectory

__all__ = ["PROPOSITION_2"]

_STANDARD = {"N": "standard"}
_LONG = {"P": "standard", "N": "standard"}  # whose proofs take half a second
_SHARES = ((0.25, 0.75), (0.75, 0.25), (0.5, 0.9375))
_STEP = 1 / 16
_SPREAD = (1.0 - 2.0 * _STEP) ** -3  # how much more |h|/q may be at m ± ε h than at m


# -- convexity -------------------------------------------------------------------------------------------------------


def _affine(case: Any) -> Estimate:
    """V(·, D) at the mean of two laws of p_g, minus the mean of V."""
    middle = law_at(case, 0.5)
    residuals = []
    for D in discriminators(case).values():
        at = [case.on(value, case.p_data, law, D) for law in (case.p_data, middle, case.p_g)]
        residuals.append(at[1] - 0.5 * (at[0] + at[2]))
    return together(*residuals)


def _below_chords(case: Any) -> Estimate:
    """½C(q) + ½C(q') − C((q + q')/2)."""
    chords = ((0.0, 0.5), (0.25, 0.75), (0.5, 1.0 - 2.0**-4))
    return together(
        *(
            0.5 * criterion_at(case, a) + 0.5 * criterion_at(case, b) - criterion_at(case, 0.5 * a + 0.5 * b)
            for a, b in chords
        )
    )


def _bregman(case: Any) -> Estimate:
    return together(*(between(case, a, b) - right_side(case, a, b) for a, b in _SHARES))


def _second_variation(case: Any, *, with_p: bool = True) -> Estimate:
    """What the fourth derivative leaves over of the difference between both: ε²/12 sup|∂⁴C| >= |difference − ∫|."""
    difference = derivative_along(case, _STEP)[1] - curvature(case, with_p=with_p)
    return _STEP**2 / 12 * 2 * 16 * _SPREAD * moments(case)[1] - abs(difference)


CONVEX = Claim(
    "prop2.convex",
    "V(·, D) is affine in p_g; C is convex, C(q′) − C(q) − ∫g(q′−q) = KL(q′‖q) − 2·KL(m′‖m), C″ = ∫h²p/(q(p+q))",
    "GAN14 prop. 2",
    {
        "P": proof("prop2.convex", "C(q′) − C(q) − ∫g(q′−q) = KL(q′‖q) − 2·KL(m′‖m) ≥ 0, g = log(1−D*)"),
        "N": (
            Statement("V(½q + ½q′, D) − ½V(q, D) − ½V(q′, D) = 0 for several D", _affine),
            Statement("½C(q) + ½C(q′) − C(½q + ½q′) ≥ 0 between p_g and p_data", _below_chords, ">= 0"),
            Statement("C(q′) − C(q) − ∫g(q′−q) − [KL(q′‖q) − 2·KL(m′‖m)] = 0 between p_g and p_data", _bregman),
            Statement("the same of iterates of mirror descent, η = ½, which lie on no segment with p_data",
                      lambda case: identity(steps(case)), applies=is_in_x),
            Statement("|Δ²C/ε² − ∫h²p/(q(p+q))| ≤ ε²/6 ∫h⁴/q³ at q = m, ε = 1/16", _second_variation, ">= 0",
                      applies=is_law),
        )
    },
    (
        Statement("concave", lambda case: -_below_chords(case), ">= 0", cases=("normal-shift",)),
        Statement("the second variation without p", lambda case: _second_variation(case, with_p=False), ">= 0",
                  cases=("two-level",)),
    ),

    level=_STANDARD,
)  # fmt: skip


def _gradient_residual(case: Any, *, wrong: bool = False) -> Estimate:
    """ε²/6 sup|∂³C| >= |ΔC/2ε − ∫ g h|, at m along h = p − p_g."""
    difference = derivative_along(case, _STEP)[0] - gradient_along(case, 0.5, wrong=wrong)
    return _STEP**2 / 6 * 8 * _SPREAD * moments(case)[0] - abs(difference)


GRADIENT = Claim(
    "prop2.gradient",
    "δC/δp_g = log(1−D*) up to a constant: the derivative of a maximum is that of V at the D that attains it",
    "GAN14 prop. 2; Danskin",
    {
        "P": proof("prop2.gradient", "dC(q + εh)/dε at 0 = ∫ h·log(1−D*)"),
        "N": Statement(
            "|[C(m+εh) − C(m−εh)]/2ε − ∫log(1−D*)·h| ≤ ε²/6 ∫|h|³/q², h = p − p_g, ε = 1/16",
            _gradient_residual,
            ">= 0",
            applies=is_law,
        ),
    },
    (Statement("log D*", lambda case: _gradient_residual(case, wrong=True), ">= 0", cases=("normal-shift",)),),
    uses=("prop1.optimal-discriminator",),
    level=_STANDARD,
)


def _smooth(case: Any, constant: float = 1.0) -> Estimate:
    """constant · KL(q'‖q) minus the left side of the Bregman identity, where both are known apart."""
    return together(*(constant * relative_entropy(case, b, a) - between(case, a, b) for a, b in _SHARES))


RELATIVE_SMOOTHNESS = Claim(
    "prop2.relative-smoothness",
    "C(q′) ≤ C(q) + ∫g(q′−q) + KL(q′‖q): C is 1-smooth relative to the negative entropy",
    "this project",
    {"P": proof("prop2.relative-smoothness", "C(q′) − C(q) − ∫g(q′−q) ≤ KL(q′‖q)"),
        "N": (
            Statement("KL(q′‖q) − [C(q′) − C(q) − ∫g(q′−q)] ≥ 0 between p_g and p_data", _smooth, ">= 0"),
            Statement("the same of iterates of mirror descent, η = ½", lambda case: smoothness(steps(case)), ">= 0",
                      applies=is_in_x),
        )},
    (
        Statement("½-smooth", lambda case: 0.5 * relative_entropy(case, 0.25, 0.125) - between(case, 0.125, 0.25),
                  ">= 0", cases=("narrow-component",)),
        Statement("½-smooth, of iterates", lambda case: smoothness(steps(case), 0.5), ">= 0", cases=("cauchy-apart",)),
    ),
    uses=("prop2.convex",),

    level=_STANDARD,
)  # fmt: skip

# -- mirror descent ----------------------------------------------------------------------------------------------------


def _falls(case: Any) -> Estimate:
    """Every step's fall of the excess, for every η."""
    runs = [every_step(case, step)["excess"] for step in STEP_SIZES]
    return together(*(excess[:-1] - excess[1:] for excess in runs))


def _under_sublinear(case: Any) -> Estimate:
    """KL/(ηt) − excess after every step."""
    found = []
    for step in STEP_SIZES:
        run, t = every_step(case, step), np.arange(1, LAST[step] + 1)[:, None]
        found.append(run["kl"][0] / (step * t) - run["excess"][1:])
    return together(*found)


def _halved_error(case: Any, factor: float = 2.0) -> Estimate:
    """factor^t · TV(p, q_t) − TV(p, q_0): TV is half the mass of |q_t − p|."""
    run = mirror(case, 1.0)
    tv = run.total_variation
    return together(*(factor ** float(t) * tv[k] - tv[0] for k, t in enumerate(run.steps) if 0 < t <= 12))


def _exact_mixture(case: Any) -> Estimate:
    """2·JSD of the run against that of the mixture that it must be, by the divergence of two laws."""
    run = mirror(case, 1.0)
    found = [run.excess[k] - excess_at(case, 1.0 - 2.0 ** -float(t)) for k, t in enumerate(run.steps) if t in (1, 6)]
    return together(*found)


def _quartered(case: Any, factor: float) -> Estimate:
    """factor · JSD_t − JSD_{t+1}, of every step."""
    excess = every_step(case, 1.0)["excess"]
    return factor * excess[:-1] - excess[1:]


MIRROR_DESCENT = Claim(
    "prop2.mirror-descent",
    "with D = D* at every step, q ← q(1−D*)^{−η}/Z lowers C at every step, to −log 4: C + log 4 ≤ KL(p‖q_0)/(ηt); "
    "with η = 1 the error halves exactly",
    "this project; Lu, Freund, Nesterov 2018",
    {
        "P": proof("prop2.mirror-descent", "C falls; C + log 4 ≤ KL(p‖q_0)/(ηt); η = 1 halves q_t − p and JSD"),
        "N": (
            Statement("C(q_t) − C(q_{t+1}) ≥ 0 at every step: 40 of η = 1, 24 of ½, 16 of ¼, 40 of 0.1", _falls,
                      ">= 0"),
            Statement("KL(p‖q_0)/(ηt) − [C(q_t) + log 4] ≥ 0 after each of these, where KL(p‖q_0) < ∞",
                      _under_sublinear, ">= 0", applies=descends),
            Statement("2^t·TV(p, q_t) − TV(p, q_0) = 0 for η = 1, t = 1, 2, 3, 6, 12", _halved_error, applies=is_law),
            Statement("JSD(p‖q_t) − JSD(p‖p + 2^{−t}(q_0 − p)) = 0 for η = 1, t = 1, 6", _exact_mixture),
            Statement("½·JSD_t − JSD_{t+1} ≥ 0 for η = 1, each of 40 steps", lambda case: _quartered(case, 0.5),
                      ">= 0"),
        )
    },
    (
        Statement("thirds", lambda case: _halved_error(case, 3.0), cases=("normal-shift",)),
        Statement("JSD always quartered, from a Cauchy start", lambda case: _quartered(case.swapped, 0.25), ">= 0",
                  cases=("cauchy-normal",), applies=lambda case: descends(case.swapped)),
        Statement("a step of the wrong sign", lambda case: climbing_step(case)[0] - climbing_step(case)[1], ">= 0",
                  cases=("normal-shift",)),
    ),
    is_in_x,
    "laws in x; for the bound and the limit KL(p‖q_0) < ∞",
    uses=("prop2.relative-smoothness",),

    level=_LONG,
)  # fmt: skip


def _kl_falls(case: Any, rate: Any) -> Estimate:
    """rate(η)^t KL(p‖q_0) − KL(p‖q_t)."""
    residuals = []
    for step in STEP_SIZES:
        kl, t = every_step(case, step)["kl"], np.arange(LAST[step] + 1)[:, None]
        residuals.append(rate(step) ** t * kl[0] - kl)
    return together(*residuals)


def _flow_kl_falls(case: Any, base: float) -> Estimate:
    run = fisher_rao(case)
    return together(*(base ** -float(t) * run.kl[0] - run.kl[k] for k, t in enumerate(run.steps)))


def _size_of_kl(case: Any) -> float:
    return 10.0 * float(np.max(case(kl_divergence).value))


LINEAR_RATE = Claim(
    "prop2.linear-rate",
    "KL(p‖q_t) ≤ (1−η/2)^t KL(p‖q_0), along the Fisher–Rao flow 2^{−t} KL(p‖q_0); C + log 4 ≤ log 2·KL(p‖q)",
    "this project",
    {
        "P": proof("prop2.linear-rate", "KL(p‖q_t) ≤ (1−η/2)^t KL(p‖q_0); C + log 4 ≤ log 2·KL(p‖q)"),
        "N": (
            Statement("(1−η/2)^t KL(p‖q_0) − KL(p‖q_t) ≥ 0 after every step: 40 of η = 1, 24 of ½, 16 of ¼, 40 of 0.1",
                      lambda case: _kl_falls(case, lambda eta: 1 - eta / 2), ">= 0", scale=_size_of_kl),
            Statement("2^{−t} KL(p‖q_0) − KL(p‖q_t) ≥ 0 along the Fisher–Rao flow, t = ½, 1, 2, 5",
                      lambda case: _flow_kl_falls(case, 2.0), ">= 0", scale=_size_of_kl),
            Statement("log 2·KL(p‖q) − 2·JSD ≥ 0", lambda case: LOG_2 * case(kl_divergence) - 2 * case(js_divergence),
                      ">= 0"),
        )
    },
    (
        Statement("(1−η)^t", lambda case: _kl_falls(case, lambda eta: 1 - eta), ">= 0", cases=("normal-shift",)),
        Statement("e^{−t}", lambda case: _flow_kl_falls(case, math.e), ">= 0", cases=("normal-shift",)),
    ),
    descends,
    "laws in x, KL(p‖q_0) < ∞",
    uses=("prop2.mirror-descent",),

    level=_LONG,
)  # fmt: skip

# -- the proposition, repaired ---------------------------------------------------------------------------------------


def _under_shares(run: Trajectory, counted: Any = None) -> Estimate:
    """Π(1 − κ/2)(C_0 + log 4) − (C_t + log 4), by the shares of a run or by what they are counted as."""
    if counted is None:
        return run.kappa_bound - run.excess
    left = np.cumprod(1.0 - 0.5 * counted(np.asarray(run.kappa.value)), axis=0)
    return run.excess[0] * np.concatenate([np.ones_like(left[:1]), left]) - run.excess


def _all_under_shares(case: Any) -> Estimate:
    """Of runs that arrive and of one that does not."""
    runs = [mirror(case, step) for step in STEP_SIZES] if descends(case) else []
    return together(*(_under_shares(run) for run in [*runs, stalling(case)]))


def _any_improvement(kappa: np.ndarray) -> np.ndarray:
    """Every step that improves C counted like one that halves the way: the size of its gain left out."""
    return np.where(kappa > 0, 1.0, kappa)


def _improves(case: Any) -> Estimate:
    run = stalling(case)
    return run.excess[:-1] - run.excess[1:]


def _differs(case: Any) -> bool:
    return is_in_x(case) and not case.is_equal and not case.is_grid


REPAIRED = Claim(
    "prop2.repaired",
    "Σκ_t = ∞ suffices for C → −log 4: C_t + log 4 ≤ Π(1−κ_s/2)(C_0 + log 4), κ the gain over the halving step's",
    "this project; corrects GAN14 prop. 2's wording",
    {
        "P": proof("prop2.repaired", "C_t + log 4 ≤ Π(1−κ_s/2)·(C_0 + log 4) → 0 when Σκ = ∞"),
        "N": (
            Statement("Π(1−κ_s/2)(C_0 + log 4) − (C_t + log 4) ≥ 0", _all_under_shares, ">= 0", applies=is_law),
            Statement("q_t = p + (½+2^{−t−1})(q_0−p) improves C strictly at every record: t = 0, 1, 2, 4, 8, 16, 40",
                      _improves, "> 0", applies=_differs),
        )
    },
    (
        Statement("GAN14's wording, \"so as to improve\": κ_s = 1 wherever q_t = p + (½+2^{−t−1})(q_0−p) improves",
                  lambda case: _under_shares(stalling(case), _any_improvement), ">= 0", cases=("normal-shift",)),
    ),
    is_in_x,
    "laws in x; for the strict improvement two that differ, not arrays",
    uses=("prop2.convex",),

    level=_STANDARD,
)  # fmt: skip

# -- what capacity costs ---------------------------------------------------------------------------------------------

_CELLS = 24


def _cells(case: Any) -> np.ndarray:
    """Masses of p_data: of the cells between its quantiles, of its atoms, or of the points of a grid."""
    if case.is_grid:
        masses = np.ravel(np.atleast_2d(case.p_data)[0] * case.grid.weights)
    else:
        ends = np.unique(quantiles(case.p_data, np.arange(1, _CELLS) / _CELLS))
        masses = masses_between(case.p_data, ends)[0] if len(ends) else np.ones(1)
    masses = masses[masses > 1e-9]
    return masses / masses.sum()


def _parts_of_p(case: Any) -> list[tuple[Discrete, float, Discrete, list[Discrete]]]:
    """p_data on cells; the share that some of them hold; p_data conditioned on these; other laws on them."""
    masses = _cells(case)
    p = Discrete(np.arange(len(masses)), masses)
    rng, found = case.rng("capacity"), []
    for count in sorted({max(1, len(masses) // 3), max(1, len(masses) - 1)}):
        held = np.sort(rng.permutation(len(masses))[:count])
        share = min(math.fsum(masses[held]), 1.0)
        others = [Discrete(held, w / math.fsum(w)) for w in rng.exponential(size=(2, count)) * masses[held] ** 0.5]
        found.append((p, share, Discrete(held, masses[held] / share), others))
    return found


def _share(share: float) -> Estimate:
    """A sum of masses, with its rounding."""
    return Estimate(share, 4e-16)


def _price_is_met(case: Any, price: Any = capacity_price) -> Estimate:
    """2·JSD(p‖p(·|S)) − the price of S."""
    return together(*(2 * js_divergence(p, best) - price(_share(share)) for p, share, best, _ in _parts_of_p(case)))


def _price_is_least(case: Any) -> Estimate:
    """2·JSD(p‖q) − the price of S, for other laws q on S."""
    return together(
        *(
            2 * js_divergence(p, q) - capacity_price(_share(share))
            for p, share, _, others in _parts_of_p(case)
            for q in others
        )
    )


def _mass_never_appears(case: Any) -> Estimate:
    """The excess of mirror descent with η = ½ over the price of what q_0 leaves out."""
    run = mirror(case, 0.5)
    return run.excess - run.price


CAPACITY_PRICE = Claim(
    "prop2.capacity-price",
    "the least C of laws on S is a log a − (1+a) log(1+a), a = p(S), only at p conditioned on S",
    "data processing",
    {
        "P": proof("prop2.capacity-price", "2·JSD(p‖q) ≥ a log a − (1+a) log(1+a) + log 4 for q on S, a = p(S)"),
        "N": (
            Statement("2·JSD(p‖p(·|S)) − price(a) = 0 for sets S of p_data's cells", _price_is_met),
            Statement("2·JSD(p‖q) − price(a) ≥ 0 for other laws q on S", _price_is_least, ">= 0"),
            Statement("C(q_t) + log 4 − price ≥ 0 along mirror descent, η = ½, from a q_0 without p's support",
                      _mass_never_appears, ">= 0", applies=lambda case: is_in_x(case) and not case.is_singular),
        )
    },
    (Statement("the linear price (1−a) log 4",
               lambda case: _price_is_met(case, lambda share: (1.0 - share) * Estimate(math.log(4.0), 3e-16)),
               cases=("normal-shift",)),),
    lambda case: has_exact_cdfs(case) and (case.is_grid or not case.p_data.is_cut()[1]),
    "exact cdfs of p_data",

    level=_STANDARD,
)  # fmt: skip

PROPOSITION_2 = (
    CONVEX,
    GRADIENT,
    RELATIVE_SMOOTHNESS,
    MIRROR_DESCENT,
    LINEAR_RATE,
    FISHER_RAO_FLOW,
    WASSERSTEIN_FLOW,
    REPAIRED,
    CAPACITY_PRICE,
    STEP_IDENTITY,
)
