"""The value function V(G, D) = E_p[log D] + E_q[log(1 − D)], for whatever D."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special

from gantheory.claims.routes import LOG_2, LOG_4, Integrands, discriminators, mean, proof
from gantheory.claims.statement import Claim, Statement, together
from gantheory.discriminator import Discriminator
from gantheory.estimate import Estimate
from gantheory.game import value
from gantheory.ratio import At

__all__ = ["VALUE_FUNCTION", "at_half", "values"]


def values(case: Any) -> dict[str, Estimate]:
    """V of the case's discriminators, by the name of D."""
    return case.remembered("V", lambda: {name: case(value, D) for name, D in discriminators(case).items()})


def _logit(D: Any, at: At) -> Any:
    return D.logit(at.x) if isinstance(D, Discriminator) else np.full(np.shape(at.r), special.logit(D))


def _breakpoints(D: Any) -> Any:
    return D.breakpoints if isinstance(D, Discriminator) else ()


# -- eq. (3) -------------------------------------------------------------------------------------------------------


def _one_integral(case: Any, D: Any) -> Estimate:
    """∫ (p log D + q log(1−D)) as one integral over p + q, of D* log D + (1 − D*) log(1 − D)."""

    def terms(at: At) -> Integrands:
        level = _logit(D, at)
        real, fake = special.log_expit(level), special.log_expit(-level)
        integrand = special.expit(at.r) * real + special.expit(-at.r) * fake
        slope = special.expit(at.r) * special.expit(-at.r) * np.abs(real - fake)
        return Integrands(integrand, integrand, slope, slope)

    return mean(case, terms, breakpoints=_breakpoints(D))


def _integral_residuals(case: Any) -> Estimate:
    found = discriminators(case)
    return together(*(values(case)[name] - _one_integral(case, D) for name, D in found.items()))


def _exchanged_residuals(case: Any) -> Estimate:
    found = discriminators(case)
    return together(*(values(case)[name] - _one_integral(case.swapped, D) for name, D in found.items()))


INTEGRAL_FORM = Claim(
    "value.integral-form",
    "V(G, D) = ∫ p_data log D + p_g log(1−D) for random D",
    "GAN14 eq. 3",
    {"N": Statement("V(G, D) − ∫ (p log D + p_g log(1−D)) = 0, D constant, a random step, a random bump",
                    _integral_residuals)},
    (Statement("p and p_g exchanged", _exchanged_residuals, cases=("exponential-gamma",)),),
)  # fmt: skip

# -- V <= 0 --------------------------------------------------------------------------------------------------------

NONPOSITIVE = Claim(
    "value.nonpositive",
    "V(G, D) ≤ 0",
    "both terms are expectations of logarithms of probabilities",
    {
        "P": proof("value.nonpositive", "V(G, D) ≤ 0", relation=">= 0"),
        "N": Statement(
            "−V(G, D) ≥ 0 for random D and for D*",
            lambda case: together(*(-v for v in values(case).values()), -case(value, case.optimal)),
            ">= 0",
        ),
    },
    (Statement("V ≤ −log 4", lambda case: -LOG_4 - case(value, case.optimal), ">= 0", cases=("normal-shift",)),),
)

# -- D = ½ -----------------------------------------------------------------------------------------------------------


def at_half(case: Any) -> Estimate:
    """V at D ≡ ½; what mass an array's grid leaves out is in the error."""
    return case.remembered("V(½)", lambda: case(value, 0.5)) + case.missing_mass * LOG_2


CONSTANT_HALF = Claim(
    "value.constant-half",
    "D ≡ ½ ⇒ V(G, D) = −log 4 for every G",
    "GAN14",
    {
        "P": proof("value.constant-half", "V(G, ½) = −log 4"),
        "N": Statement("V(G, ½) + log 4 = 0", lambda case: at_half(case) + LOG_4),
    },
    (Statement("−log 2", lambda case: at_half(case) + LOG_2, cases=("normal-shift",)),),
)

# -- the binary cross-entropy ----------------------------------------------------------------------------------------


def _binary_cross_entropy(case: Any, D: Any) -> Estimate:
    """E[−log P(y|x)] with labels y ∈ {0, 1} of equal priors, from logits: max(a, 0) − a·y + log(1 + e^−|a|)."""

    def terms(at: At) -> Integrands:
        level = _logit(D, at)
        common = np.maximum(level, 0.0) + np.log1p(np.exp(-np.abs(level)))
        return Integrands(0.5 * (common - level), 0.5 * common)

    return mean(case, terms, breakpoints=_breakpoints(D))


def _cross_entropy_residuals(case: Any, factor: float) -> Estimate:
    found = discriminators(case)
    return together(*(values(case)[name] + factor * _binary_cross_entropy(case, D) for name, D in found.items()))


CROSS_ENTROPY = Claim(
    "value.cross-entropy",
    "V(G, D) = −2 × the binary cross-entropy with equal priors",
    "GAN14 §4.1",
    {
        "P": proof("value.cross-entropy", "V(G, D) = −2·BCE(D)"),
        "N": Statement("V(G, D) + 2·BCE(D) = 0", lambda case: _cross_entropy_residuals(case, 2.0)),
    },
    (Statement("factor 1", lambda case: _cross_entropy_residuals(case, 1.0), cases=("normal-shift",)),),
)

VALUE_FUNCTION = (INTEGRAL_FORM, NONPOSITIVE, CONSTANT_HALF, CROSS_ENTROPY)
