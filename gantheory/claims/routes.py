"""The second routes: quantities to compare with the package's functionals, and the discriminators to try.

Each is reached without the functional that it meets in a claim: from Bernoulli entropies of D*, from
cdf masses (`gantheory.claims.cells`), from closed forms (`gantheory.claims.closed_forms`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy import special

from gantheory.claims.formulas import FORMULAS
from gantheory.claims.statement import Relation, Statement
from gantheory.discriminator import Discriminator
from gantheory.divergences import kl_divergence, total_variation
from gantheory.estimate import Estimate
from gantheory.expectation import Functional, pair_expectation
from gantheory.integrals import Terms
from gantheory.panel import is_standard
from gantheory.panels import Points
from gantheory.pushforward import Pushforward
from gantheory.ratio import At

__all__ = [
    "LOG_2",
    "LOG_4",
    "Integrands",
    "binary_entropy",
    "discriminators",
    "distinct",
    "equal",
    "finite_kl",
    "has_exact_cdfs",
    "is_law",
    "middle",
    "mean",
    "overlap_shows",
    "phi",
    "proof",
    "quantiles",
    "singular",
    "tilted",
]

LOG_2 = Estimate(math.log(2.0), math.ulp(0.5))
LOG_4 = 2 * LOG_2
_EPS = float(np.finfo(float).eps)


def proof(name: str, text: str, relation: Relation = "= 0") -> Statement:
    """A statement that is proved: its check derives it, step by step. It is what the claim of that name says."""

    def derivation(case: Any) -> Any:
        from gantheory.symbolic import derive

        return derive(name)

    return Statement(text, derivation, relation, FORMULAS.get(name, ""))


# -- hypotheses ------------------------------------------------------------------------------------------------


def equal(case: Any) -> bool:
    return case.is_equal


def distinct(case: Any) -> bool:
    """p_g differs from p_data, certainly: their total variation is above its own error."""
    return not case.is_equal and bool(np.all(np.greater(case(total_variation).lower, 0)))


def singular(case: Any) -> bool:
    return case.is_singular


def overlap_shows(case: Any) -> bool:
    """Not mutually singular, by total variation: some mass is shared beyond its error; or known of the panel's case."""
    if case.is_singular:
        return False
    return (is_standard(case) and case.name == "far-apart") or bool(np.all(np.less(case(total_variation).upper, 1)))


def is_law(case: Any) -> bool:
    """Named laws, not arrays."""
    return not case.is_grid


def has_exact_cdfs(case: Any) -> bool:
    """Both cdfs are right to rounding: those of our own laws, and the sums of arrays. Other libraries' may not be."""
    return case.is_grid or all(law.basis == "bound" or _of_a_generator(law) for law in (case.p_data, case.p_g))


def _of_a_generator(law: Any) -> bool:
    """Whether it is the law of a generator of an own law, whose cells are the prior's masses of their preimages."""
    return isinstance(law, Pushforward) and law.prior.basis == "bound" and law.mass_error < 1e-14 and law.huddled == 0


def finite_kl(case: Any) -> bool:
    return bool(np.all(np.isfinite(case(kl_divergence).value)))


# -- expectations of functions of the log-ratio ------------------------------------------------------------------


class Integrands(NamedTuple):
    """What is averaged under p_data and under p_g (None: nothing), and how fast each moves with the log-ratio r."""

    under_p: Any
    under_q: Any
    slope_p: Any = 0.0
    slope_q: Any = 0.0


def mean(
    case: Any,
    integrands: Callable[[At], Integrands],
    *,
    breakpoints: Any = (),
    of_ratio: bool = False,
    atol: float = 0.0,
) -> Estimate:
    """E_p_data[.] + E_p_g[.] of the two integrands at points; `of_ratio` says that they depend on r alone."""

    def terms(at: At) -> Terms:
        found = integrands(at)
        noise_p, noise_q = (_carried(slope, at.rounding_r) for slope in (found.slope_p, found.slope_q))
        return Terms(found.under_p, found.under_q, noise_p, noise_q)

    functional = Functional(terms, of_ratio, breakpoints=breakpoints)
    return case.on(pair_expectation, case.p_data, case.p_g, functional, atol=atol)


def _carried(slope: Any, rounding: Any) -> Any:
    """Rounding carried through a slope: none where the slope is 0, though r be infinite there."""
    with np.errstate(invalid="ignore"):
        return np.where(np.equal(slope, 0), 0.0, slope * rounding)


def binary_entropy(r: Any) -> Any:
    """Entropy of a Bernoulli law with logit r."""
    return special.entr(special.expit(r)) + special.entr(special.expit(-r))


def phi(delta: Estimate) -> Estimate:
    """½[(1 + δ) log(1 + δ) + (1 − δ) log(1 − δ)] of a δ in [0, 1]: even, increasing, at most log 2."""
    ends = [np.clip(end, 0.0, 1.0) for end in (delta.lower, delta.value, delta.upper)]
    low, centre, high = (-0.5 * (special.entr(1 + d) + special.entr(1 - d)) for d in ends)
    # near 0 the two terms cancel: what is left is right to 2 eps delta, which the error carries
    radius = np.maximum(high - centre, centre - low) + 4 * _EPS * np.maximum(ends[2], np.abs(centre))
    return Estimate(np.maximum(centre, 0.0), radius, delta.basis)


# -- discriminators ------------------------------------------------------------------------------------------------


def discriminators(case: Any, purpose: str = "D") -> dict[str, Any]:
    """Some discriminators that are not the best, bounded away from 0 and 1: a constant, a step, a bump."""
    rng = case.rng(purpose)
    low, high = middle(case)
    centre, width = rng.uniform(low, high), rng.uniform(0.5, 2.0) * max(high - low, 0.5)
    height, base, bump, floor = rng.uniform(-2, 2, size=4)

    def step(x: Any) -> Any:
        return base + height * np.tanh((x - centre) / width)

    def hill(x: Any) -> Any:
        return floor + bump * np.exp(-np.minimum(((x - centre) / width) ** 2, 700.0))

    return {
        "0.3": 0.3,
        "step": Discriminator(step, breakpoints=[centre]),
        "bump": Discriminator(hill, breakpoints=[centre]),
    }


def middle(case: Any) -> tuple[float, float]:
    """The quartiles of the pair that lie furthest apart, or the middle half of the grid."""
    return case.remembered("middle", lambda: _quartiles(case))


def _quartiles(case: Any) -> tuple[float, float]:
    if case.is_grid:
        return tuple(np.quantile(case.grid.points, [0.25, 0.75]))
    quartiles = [_rough_quartiles(law) for law in (case.p_data, case.p_g)]
    return float(min(map(np.min, quartiles))), float(max(map(np.max, quartiles)))


def _rough_quartiles(law: Any) -> np.ndarray:
    """Where a discriminator may have something to tell; of a law of G(z) by 64 values of G."""
    if isinstance(law, Pushforward):
        return np.quantile(law.generator(law.prior.ppf((np.arange(64) + 0.5) / 64)), [0.25, 0.75])
    return quantiles(law, np.array([0.25, 0.75]))


def quantiles(law: Any, u: np.ndarray) -> np.ndarray:
    """Quantiles of a law, or of every component of a mixture: points where its mass is."""
    return np.concatenate([part.ppf(u) for part in getattr(law, "components", (law,))])


class Tilted(Discriminator):
    """The discriminator of logit slope · logit D + shift, at anchored points too."""

    def __init__(self, D: Discriminator, slope: float, shift: float) -> None:
        super().__init__(lambda x: slope * D.logit(x) + shift, breakpoints=D.breakpoints)
        self._tilted = D, slope, shift

    def logit_at(self, points: Points) -> Any:
        D, slope, shift = self._tilted
        logit, rounding = D.logit_at(points)
        return slope * logit + shift, abs(slope) * rounding


def tilted(case: Any, slope: float, shift: float = 0.0) -> Any:
    """The discriminator of logit slope · r + shift; D* itself is (1, 0)."""
    best = case.optimal
    if isinstance(best, np.ndarray):
        return special.expit(slope * special.logit(best) + shift)
    return Tilted(best, slope, shift)
