"""Practice: what a generator's own loss descends, how gradients vanish, and when a GAN's training converges at all.

The gradient of each loss with D* held fixed is an expectation of scores; the divergence that it is said to descend is
integrated and differenced. The Dirac-GAN is simulated step by step beside its eigenvalues.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from gantheory.claims.parametric import is_smooth, on_case
from gantheory.claims.routes import LOG_2, is_law, proof, quantiles
from gantheory.claims.statement import Claim, Statement, together
from gantheory.criterion_gradient import central_differences, criterion_gradient, edge_terms, pathwise_gradient
from gantheory.densities import Mixture, Normal, Uniform
from gantheory.dirac import DiracGAN
from gantheory.divergences import js_divergence, kl_divergence
from gantheory.errors import ConvergenceError
from gantheory.estimate import Estimate
from gantheory.expectation import Functional, pair_expectation
from gantheory.families import Location, LocationScale, moved
from gantheory.game import value
from gantheory.integrals import Terms
from gantheory.pushforward import Pushforward
from gantheory.ratio import At
from gantheory.score import has_score

__all__ = ["PRACTICE"]

_AT_0 = np.zeros(2)
_EPS = float(np.finfo(float).eps)

# -- saturation ------------------------------------------------------------------------------------------------------


def _levels(case: Any) -> np.ndarray:
    """Logits of D* where the laws live, within what its probabilities show."""
    x = np.concatenate([quantiles(law, np.arange(1, 16) / 16) for law in (case.p_data, case.p_g)])
    levels = np.asarray(case.optimal.logit(x))
    return np.clip(levels[np.isfinite(levels)], -600.0, 600.0)


def _softplus(a: Any) -> Any:
    """log(1 + e^a) of complex a: log(1 − D) = −softplus(a), log D = −softplus(−a)."""
    size = np.where(a.real > 0, a, -a)
    return np.where(a.real > 0, a, 0.0) + np.log1p(np.exp(-size))


def _slopes(level: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """|∂ log(1 − D)/∂a| and |∂ log D/∂a| by the complex step, a = logit D."""
    h = 1e-100
    return tuple(np.abs(_softplus(sign * (level + 1j * h)).imag) / h for sign in (1.0, -1.0))  # type: ignore[return-value]


def _saturation(case: Any) -> Estimate:
    a = _levels(case)
    of_minimax, of_other = _slopes(a)
    D, rest = special.expit(a), special.expit(-a)
    return together(
        Estimate(of_minimax - D, 8 * _EPS * (1.0 + D)),
        Estimate(of_other - rest, 8 * _EPS * (1.0 + rest)),
    )


def _equal_slopes(case: Any) -> Estimate:
    of_minimax, of_other = _slopes(_levels(case))
    return Estimate(of_minimax - of_other, 16 * _EPS * np.ones(of_minimax.shape))


def _has_levels(case: Any) -> bool:
    if not is_law(case) or any(isinstance(law, Pushforward) for law in (case.p_data, case.p_g)):
        return False
    return bool(_levels(case).size)


SATURATION = Claim(
    "alg1.saturation",
    "|∂ log(1−D)| = D·|∂a| and |∂ log D| = (1−D)·|∂a|, a = logit D: the minimax loss saturates where D is right",
    "GAN14 §3",
    {
        "P": proof("alg1.saturation", "|∂log(1−D)| = D·|∂a|, |∂log D| = (1−D)·|∂a|"),
        "N": Statement("|∂ log(1−D)/∂a| − D = 0 and |∂ log D/∂a| − (1−D) = 0 at D* where the laws live", _saturation),
    },
    (Statement("equal gradients", _equal_slopes, cases=("normal-shift",)),),
    _has_levels,
    "two laws that are named, not mutually singular",
)

# -- the non-saturating loss -----------------------------------------------------------------------------------------


def _has_reverse_kl(case: Any) -> bool:
    """And of a size whose differences are seen."""
    return is_smooth(case) and bool(case.swapped(kl_divergence).value < 1e4)


def _differences(case: Any, of: Callable[[Any, Any], Estimate]) -> Estimate:
    """The gradient of a divergence of (p_data, p_g), p_g moved by location and scale."""
    family = LocationScale(case.p_g)
    return central_differences(lambda theta: of(case.p_data, family.law(theta)), family, _AT_0)


def _less_js(p: Any, q: Any) -> Estimate:
    return kl_divergence(q, p) - 2 * js_divergence(p, q)


def _to_mean(p: Any, q: Any) -> Estimate:
    return 2 * kl_divergence(Mixture([p, q]), p)


def _non_saturating(case: Any) -> Estimate:
    family = LocationScale(case.p_g)
    loss = "non-saturating"
    return case.remembered(loss, lambda: pathwise_gradient(case.p_data, family, _AT_0, loss=loss))


def _both_forms(case: Any) -> Estimate:
    """By ∇[KL(p_g‖p) − 2·JSD] and by ∇ 2·KL(m‖p)."""
    found = _non_saturating(case)
    return together(found - _differences(case, _less_js), found - _differences(case, _to_mean))


def _size(case: Any) -> float:
    return float(case.swapped(kl_divergence).value)


def _published(case: Any) -> Estimate:
    """Arjovsky and Bottou's theorem 2.5 as it is printed, for U[θ, θ + 1] at θ = 0.3."""
    family, p = Location(Uniform(0, 1)), case.p_data
    wanted = central_differences(lambda theta: _less_js(p, family.law(theta)), family, 0.3)
    return pathwise_gradient(p, family, 0.3, loss="non-saturating") - wanted


NON_SATURATING = Claim(
    "alg1.non-saturating",
    "∇θE[−log D*(Gθ)] = ∇θ[KL(p_g‖p) − 2·JSD] = ∇θ 2·KL(m‖p), convex and least at p_g = p: nothing pushes apart",
    "Arjovsky and Bottou 2017, thm 2.5, corrected",
    {
        "P": proof("alg1.non-saturating", "∇E_q[−log D*] = ∇[KL(q‖p) − 2·JSD] = ∇ 2·KL(m‖p)"),
        "N": (
            Statement("pathwise − ∇[KL(p_g‖p) − 2·JSD] = 0 and pathwise − ∇ 2·KL(m‖p) = 0", _both_forms, scale=_size),
            Statement("KL(p_g‖p) − 2·JSD − 2·KL(m‖p) = 0",
                      lambda case: _less_js(case.p_data, case.p_g) - _to_mean(case.p_data, case.p_g), scale=_size),
        )
    },
    (
        Statement("∇KL(p_g‖p) alone",
                  lambda case: _non_saturating(case) - _differences(case, lambda p, q: kl_divergence(q, p)),
                  cases=("normal-shift",)),
        Statement("the published wording, at N(0,1) v U[θ,θ+1]", _published, cases=("normal-shift",)),
    ),
    _has_reverse_kl,
    "as of prop2.envelope, and so without narrow-mixtures; KL(p_g‖p) finite, below 10,000 nats",
    uses=("prop2.envelope",),

    level={"N": "standard"},
)  # fmt: skip

# -- a loss of one's own ---------------------------------------------------------------------------------------------


def _log_part(u: Any) -> Any:
    """u log(1 + 1/u)."""
    return u * np.log1p(u) - special.xlogy(u, u)


# ℓ(D); F(w) with F′(w) = ℓ(1/(1 + w)), w = p_g/p; and u F(1/u). The last two are least squares with targets (a, b, c)
# for D's output a + (b − a)D: (0, 1, 1) and (−1, 1, 0)
_LOSSES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], Callable[[Any], Any]]] = {
    "−D": (lambda D: -D, lambda w: -np.log1p(w), lambda u: -_log_part(u)),
    "(1−D)²/2": (
        lambda D: 0.5 * (1 - D) ** 2,
        lambda w: 0.5 * (w - 2 * np.log1p(w) - 1 / (1 + w)),
        lambda u: 0.5 * (1 - 2 * _log_part(u) - u * u / (1 + u)),
    ),
    "(2D−1)²/2": (
        lambda D: 0.5 * (2 * D - 1) ** 2,
        lambda w: 0.5 * (w - 4 * np.log1p(w) - 4 / (1 + w)),
        lambda u: 0.5 * (1 - 4 * _log_part(u) - 4 * u * u / (1 + u)),
    ),
}
_DECREASING = ("−D", "(1−D)²/2")
_AWAY = "(2D−1)²/2"


def _criterion_of(p: Any, q: Any, F: Callable[[Any], Any], swapped: Callable[[Any], Any]) -> Estimate:
    """∫ p F(q/p), under p where q is the smaller, and under q, of u F(1/u), where it is the larger."""

    def terms(at: At) -> Terms:
        below = at.r >= 0
        share = np.exp(-np.abs(at.r))  # the smaller over the larger
        moves = share * (1.0 + np.where(share > 0, np.abs(at.r), 0.0)) * np.minimum(at.rounding_r, 1.0)
        noise = 4.0 * moves + 16 * _EPS
        return Terms(np.where(below, F(share), 0.0), np.where(below, 0.0, swapped(share)), noise, noise)

    return pair_expectation(p, q, Functional(terms))


def _own_gradient(case: Any, name: str) -> Estimate:
    return pathwise_gradient(case.p_data, LocationScale(case.p_g), _AT_0, loss=_LOSSES[name][0])


def _own_losses(case: Any) -> Estimate:
    found = []
    for name, (_, *F) in _LOSSES.items():
        wanted = _differences(case, lambda p, q, F=F: _criterion_of(p, q, *F))
        found.append(_own_gradient(case, name) - wanted)
    return together(*found)


def _proper(case: Any) -> Estimate:
    """∫ p F(p_g/p) less F(1), its value at p_g = p."""
    found = []
    for name in _DECREASING:
        _, F, swapped = _LOSSES[name]
        found.append(_criterion_of(case.p_data, case.p_g, F, swapped) - Estimate(float(F(1.0)), 4 * _EPS))
    return together(*found)


def _moves_away(case: Any) -> Estimate:
    """2·JSD after 20 steps down the loss (2D−1)²/2 from N(¾, 1), less that before."""
    p, family = Normal(0, 1), LocationScale(Normal(0, 1))
    theta = np.array([0.75, 0.0])
    before = 2 * js_divergence(p, family.law(theta))
    for _ in range(20):
        theta = theta - 0.5 * np.asarray(pathwise_gradient(p, family, theta, loss=_LOSSES[_AWAY][0]).value)
    return 2 * js_divergence(p, family.law(theta)) - before


def _half_triangular(case: Any) -> Estimate:
    """The pathwise gradient of (2D−1)²/2 less that of ½∫(p−q)²/(p+q)."""

    def of(p: Any, q: Any) -> Estimate:
        def share(w: Any) -> Any:
            return 0.5 * (1 - w) ** 2 / (1 + w)

        return _criterion_of(p, q, share, share)

    return _own_gradient(case, _AWAY) - _differences(case, of)


OWN_LOSS = Claim(
    "alg1.own-loss",
    "a generator loss ℓ(D) at fixed D* descends ∫pF(p_g/p), F′(w) = ℓ(1/(1+w)): proper whenever ℓ falls strictly in D",
    "this project",
    {
        "P": proof("alg1.own-loss", "∇E_q[ℓ(D*)] = ∇∫pF(q/p), F′(w) = ℓ(1/(1+w))"),
        "N": (
            Statement("pathwise − ∇∫pF(p_g/p) = 0 for ℓ = −D, (1−D)²/2 and (2D−1)²/2", _own_losses),
            Statement("∫pF(p_g/p) − F(1) ≥ 0 for the two that fall", _proper, ">= 0"),
            Statement("least squares with (−1,1,0), ℓ = (2D−1)²/2, moves away: 2·JSD after − before > 0",
                      _moves_away, "> 0", applies=on_case("normal-shift")),
        )
    },
    (Statement("LSGAN(−1,1,0) descends Pearson's ½∫(p−q)²/(p+q)", _half_triangular, cases=("normal-shift",)),),
    is_smooth,
    "as of prop2.envelope, and so without narrow-mixtures",
    uses=("prop2.envelope",),

    level={"N": "standard"},
)  # fmt: skip

# -- supports apart --------------------------------------------------------------------------------------------------


def _is_apart(case: Any) -> bool:
    """Bounded supports at a positive distance, and scores that are known."""
    if not is_law(case) or not case.is_singular or len(case.p_g.atoms()[0]) or len(case.p_data.atoms()[0]):
        return False
    return has_score(case.p_data) and has_score(case.p_g)


def _vanishing(case: Any) -> Estimate:
    """JSD − log 2, V(G, D*), and every gradient on G."""
    p, family = case.p_data, LocationScale(case.p_g)
    gradients = (f(p, family, _AT_0) for f in (pathwise_gradient, edge_terms, criterion_gradient))
    return together(case(js_divergence) - LOG_2, case.on(value, p, case.p_g, case.optimal), *gradients)


def _slight_overlap(case: Any) -> Estimate:
    """The same where the supports overlap by a hundredth."""
    (low, _), (_, high) = case.p_g.support(), case.p_data.support()
    other = case.with_laws(case.p_data, moved(case.p_g, high - low - 0.01), "nearly apart")
    return together(other(js_divergence) - LOG_2, criterion_gradient(other.p_data, LocationScale(other.p_g), _AT_0))


VANISHING = Claim(
    "alg1.vanishing",
    "supports apart: JSD = log 2, a perfect D exists, and its gradient on G is 0",
    "Arjovsky and Bottou 2017",
    {
        "P": proof("alg1.vanishing", "supports apart: JSD = log 2, and a D with V = 0 has no slope on p_g's side"),
        "N": Statement("JSD − log 2 = 0, V(G, D*) = 0 and every gradient on G is 0", _vanishing),
    },
    (Statement("supports that overlap a little", _slight_overlap, cases=("uniform-overlap",)),),
    _is_apart,
    "supports at a positive distance",
)

# -- the Dirac-GAN ---------------------------------------------------------------------------------------------------

_START, _STEPS = (0.8, 0.5), (0.05, 0.2, 0.5)
_DAMPED = (("r1", "logistic"), ("r2", "logistic"), ("instance noise", "logistic"), ("consensus", "logistic"),
           ("r1", "bilinear"), ("r2", "bilinear"), ("consensus", "bilinear"))  # fmt: skip
_LOSS_NAMES = ("logistic", "bilinear")


def _step_matrix(game: DiracGAN) -> list[list[Estimate]]:
    """A step's derivative at the equilibrium, by central differences of the step itself."""

    def pushed(e: np.ndarray) -> np.ndarray:
        return (np.array(game.after(*e)) - np.array(game.after(*(-e)))) / (2.0 * float(e.sum()))

    found = []
    for e in np.eye(2):
        near, far = pushed(1e-6 * e), pushed(2e-6 * e)
        # what is left out is as d²: three times that of `near` is what both differ by
        found.append(Estimate(near, np.abs(near - far) + 16 * _EPS * (1.0 + np.abs(near)), "estimate"))
    return [[column[i] for column in found] for i in range(2)]


def _trace_and_determinant(game: DiracGAN) -> tuple[Estimate, Estimate]:
    (a, b), (c, d) = _step_matrix(game)
    return a + d, a * d - b * c


def _modulus(game: DiracGAN) -> Estimate:
    """|μ| of a step by its differences: the root of the determinant, where the two μ are conjugates."""
    trace, determinant = _trace_and_determinant(game)
    if not trace * trace < 4.0 * determinant:
        raise ConvergenceError(f"the multipliers of {game} are not seen to be conjugates.")
    return determinant.sqrt()


def _moduli(case: Any) -> Estimate:
    """|μ| of a step by its differences less that of the theory; and those that the game names less that of the step."""
    found = []
    for loss, slope in (("logistic", 0.5), ("bilinear", 1.0)):
        for h in _STEPS:
            for method, theory in (("simultaneous", math.hypot(1.0, h * slope)), ("alternating", 1.0)):
                game = DiracGAN(method, loss, h)
                modulus = _modulus(game)
                named = Estimate(np.abs(game.multipliers()), 16 * _EPS * theory)
                found += [modulus - Estimate(theory, _EPS * theory), game.moduli() - modulus, named - modulus]
    return together(*found)


def _linearised(case: Any) -> Estimate:
    """Trace and determinant of a step's derivative at the equilibrium, by differences, less those of the theory."""
    found = []
    for method, loss in (*_DAMPED, *((m, f) for m in ("simultaneous", "alternating") for f in _LOSS_NAMES)):
        game = DiracGAN(method, loss, 0.2)
        (trace, determinant), mu = _trace_and_determinant(game), game.multipliers()
        found += [trace - float(np.sum(mu).real), determinant - float(np.prod(mu).real)]
    return together(*found)


def _growth(case: Any) -> Estimate:
    """|(θ, ψ)|² after a simultaneous step over that before, less 1 + h² f′(−θψ)², along trajectories."""
    found = []
    for loss in _LOSS_NAMES:
        for h in _STEPS:
            game = DiracGAN("simultaneous", loss, h)
            path = game.trajectory(_START, 60)
            size = np.sum(path**2, axis=1)
            factors = np.array([game.growth(*at) for at in path[:-1].tolist()])
            found.append(Estimate(size[1:] / size[:-1] - factors, 16 * _EPS * factors))
    return together(*found)


def _cycles(case: Any) -> Estimate:
    """θ² + ψ² + hθψ along alternating steps of the bilinear game, less that at the start."""
    found = []
    for h in _STEPS:
        game = DiracGAN("alternating", "bilinear", h)
        kept = game.first_integral(*game.trajectory(_START, 300).T)
        found.append(Estimate(kept - kept[0], 8 * _EPS * np.arange(1, 302) * kept[0]))
    return together(*found)


def _decay(case: Any) -> Estimate:
    """1 − |1 + hλ| of the damped methods, and what is left after 600 steps of 0.2, below a thousandth."""
    games = [DiracGAN(method, loss, 0.2) for method, loss in _DAMPED]
    left = [float(np.hypot(*game.trajectory(_START, 600)[-1])) for game in games]
    return together(*(1.0 - game.moduli() for game in games), Estimate(1e-3 - np.array(left), 1e-9))


def _spirals_in(case: Any) -> Estimate:
    return 1.0 - DiracGAN("simultaneous", "logistic", 0.2).moduli()


def _logistic_cycles(case: Any) -> Estimate:
    """The largest first integral of the last of 4,000 alternating steps less that of the first."""
    game = DiracGAN("alternating", "logistic", 0.5)
    size = game.first_integral(*game.trajectory((1.0, 1.0), 4000).T)
    return Estimate(float(size[-200:].max() - size[:200].max()), 1e-9)


def _relative_drift(start: float) -> Estimate:
    """What 400 alternating steps add to the quadratic form that the linearised step keeps, as a share of it."""
    game = DiracGAN("alternating", "logistic", 0.5)
    theta, psi = game.trajectory((start, start), 400)[[0, -1]].T
    size = theta**2 + psi**2 + game.step * float(game.slope(0.0)) * theta * psi
    return Estimate(float(size[1] / size[0] - 1.0), 1e-9)


def _logistic_drift(case: Any) -> Estimate:
    """Steps that are neutral to first order drift by a share as the square of the size; others by one that stays."""
    return together(_logistic_cycles(case), _relative_drift(0.2) / 3.0 - _relative_drift(0.1))


DIRAC = Claim(
    "dirac.eigenvalues",
    "Dirac-GAN: |1 + hλ| > 1 for simultaneous steps, |μ| = 1 for alternating ones, < 1 with R1, R2, noise or consensus",
    "Mescheder, Geiger and Nowozin 2018",
    {
        "P": proof("dirac.eigenvalues", "±i/2; |(θ,ψ)|² grows by 1 + h²f′² a step; |1+hλ| of each method"),
        "N": (
            Statement(
                "|μ| of a step, by differences of it: simultaneous − √(1 + h²f′(0)²) = 0; alternating − 1 = 0", _moduli
            ),
            Statement("a step's derivative by differences has the theory's multipliers", _linearised),
            Statement("simultaneous: |(θ,ψ)|² grows by 1 + h²f′(−θψ)², every step", _growth),
            Statement("alternating, bilinear f: θ² + ψ² + hθψ stays", _cycles),
            Statement(
                "alternating, logistic f: it grows, and from half as far by less than a third of the share",
                _logistic_drift,
                "> 0",
            ),
            Statement("R1, R2, noise, consensus: 1 − |1 + hλ| > 0, and runs end at the equilibrium", _decay, "> 0"),
        ),
    },
    (
        Statement("simultaneous descent converges", _spirals_in, "> 0", cases=("normal-shift",)),
        Statement("alternating descent cycles for the logistic loss", _logistic_cycles, cases=("normal-shift",)),
    ),
    on_case("normal-shift"),
    "the Dirac-GAN",
)

PRACTICE = (SATURATION, NON_SATURATING, OWN_LOSS, VANISHING, DIRAC)
