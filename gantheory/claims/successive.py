r"""Successive p_g of runs that lie on no segment with p_data: mirror descent with η = ½, and a network in training.

V(·, D*_q) is affine in p_g and touches C at q, so that C is held against its tangent by a D that stays:

.. math:: C(q') - C(q) - \int g\,(q' - q) = C(q') - V(q', D^*_q) = KL(q'\|q) - 2\,KL(m'\|m), \qquad g = \log(1 - D^*_q)

Iterates with η = ½ are q·√((p + q)/q)/Z, no mixtures of p and q_0. A network's p_g are the masses of its cells.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from gantheory.brackets import masses_between
from gantheory.claims.bregman import between, certificate, right_side
from gantheory.claims.parametric import on_case
from gantheory.claims.routes import LOG_4, proof
from gantheory.claims.runs import descends, is_in_x, mirror
from gantheory.claims.statement import Claim, Statement, together
from gantheory.divergences import kl_divergence
from gantheory.estimate import Estimate
from gantheory.game import criterion, value
from gantheory.grid import Grid
from gantheory.panel import GridCase
from gantheory.training import train

__all__ = ["STEP_IDENTITY", "Step", "certificates", "identity", "network_steps", "smoothness", "steps"]

_TARGET, _SEEDS, _STEPS = "norm(3, 0.5)", 2, 24


@dataclass(frozen=True)
class Step:
    """From a law q to another, q', beside the p_data of a case."""

    case: Any
    earlier: Any
    later: Any

    @cached_property
    def above_tangent(self) -> Estimate:
        """C(q') − C(q) − ∫ g (q' − q)."""
        return self.case.on(criterion, self.case.p_data, self.later) - self._held(self.later)

    @cached_property
    def relative_entropies(self) -> tuple[Estimate, Estimate]:
        """KL(q'‖q) and KL(m'‖m)."""
        means = (self._beside_p(law).mixture() for law in (self.later, self.earlier))
        return self.case.on(kl_divergence, self.later, self.earlier), self.case.on(kl_divergence, *means)

    @cached_property
    def slack(self) -> Estimate:
        """∫ (q − p) g − [C(q) + log 4]: what the tangent at q is below −log 4 at p."""
        return -(self._held(self.case.p_data) + LOG_4)

    def _beside_p(self, law: Any) -> Any:
        return self.case.with_laws(self.case.p_data, law, "a step")

    def _held(self, law: Any) -> Estimate:
        """V(law, D*_q)."""
        return self.case.on(value, self.case.p_data, law, self._beside_p(self.earlier).optimal)


def steps(case: Any) -> tuple[Step, ...]:
    """The first two steps of mirror descent with η = ½, and the first one backwards."""

    def found() -> tuple[Step, ...]:
        laws = _on_grid(case) if case.is_grid else [mirror(case, 0.5).p_g(record) for record in range(3)]
        return tuple(Step(case, laws[a], laws[b]) for a, b in ((0, 1), (1, 2), (1, 0)))

    return case.remembered("steps off the segment", found)


def _on_grid(case: Any) -> list[np.ndarray]:
    laws = [np.asarray(case.p_g)]
    for _ in range(2):
        tilted = np.sqrt(laws[-1] * (case.p_data + laws[-1]))
        laws.append(tilted / (tilted @ case.grid.weights)[..., None])
    return laws


def network_steps(case: Any) -> tuple[Step, ...]:
    """Every one of a network's first steps, of each seed, on the masses of its cells."""

    def found() -> tuple[Step, ...]:
        run = train(_TARGET, seeds=_SEEDS, steps=_STEPS, records=_STEPS, rng=case.seed, progress=False)
        assert run.edges is not None
        assert run.masses is not None
        starts = np.flatnonzero(run.masses.min(axis=(0, 1)) > 0)  # KL is finite: an empty cell joins the one before it
        starts[0] = 0
        masses = np.add.reduceat(run.masses, starts, axis=-1)
        P = np.add.reduceat(masses_between(run.p_data, run.edges[1:-1])[0], starts)
        cells = GridCase("cells", Grid.counting(len(P)), P, masses[0, 0])
        return tuple(Step(cells, a, b) for seed in range(_SEEDS) for a, b in pairwise(masses[:, seed]))

    return case.remembered("a network's steps", found)


# -- residuals ----------------------------------------


def identity(given: Iterable[Step], *, factor: float = 2.0) -> Estimate:
    """C(q') − C(q) − ∫g(q'−q) less KL(q'‖q) − 2·KL(m'‖m); another factor for the 2 where it is to be wrong."""
    residuals = []
    for step in given:
        of_laws, of_means = step.relative_entropies
        residuals.append(step.above_tangent - (of_laws - factor * of_means))
    return together(*residuals)


def smoothness(given: Iterable[Step], constant: float = 1.0) -> Estimate:
    """constant · KL(q'‖q) less what C is above its tangent."""
    return together(*(constant * step.relative_entropies[0] - step.above_tangent for step in given))


def certificates(given: Iterable[Step]) -> Estimate:
    return together(*(step.slack for step in given))


# -- the claim ----------------------------------------

_HALVINGS = (0, 1, 2, 4)


def _halvings(case: Any) -> list[float]:
    """Shares of p_data in the p_g of mirror descent with η = 1; from q_0 itself where KL(p‖q_0) is finite."""
    return [1.0 - 2.0**-t for t in _HALVINGS if t or descends(case)]


def _halving_identity(case: Any, factor: float = 2.0) -> Estimate:
    return together(
        *(between(case, a, b) - right_side(case, a, b, factor=factor) for a, b in pairwise(_halvings(case)))
    )


def _halving_certificates(case: Any) -> Estimate:
    return together(*(certificate(case, share) for share in _halvings(case)))


STEP_IDENTITY = Claim(
    "prop2.step-identity",
    "on every pair of successive p_g of a run: the Bregman identity, and C + log 4 ≤ ∫(q−p) log(1−D*)",
    "this project",
    {
        "P": proof("prop2.step-identity", "the Bregman identity, and C(q) + log 4 ≤ ∫(q−p) log(1−D*)"),
        "N": (
            Statement("C(q_{t+1}) − C(q_t) − ∫g(q_{t+1}−q_t) − [KL(q_{t+1}‖q_t) − 2·KL(m_{t+1}‖m_t)] = 0, η = 1",
                      _halving_identity),
            Statement("the same for η = ½, whose q_t lie on no segment with p_data",
                      lambda case: identity(steps(case))),
            Statement("the same of every step of a network in training, on the masses of its cells",
                      lambda case: identity(network_steps(case)), applies=on_case("normal-shift")),
            Statement("∫(q−p) log(1−D*) − [C(q) + log 4] ≥ 0, η = 1", _halving_certificates, ">= 0"),
            Statement("the same for η = ½", lambda case: certificates(steps(case)), ">= 0", applies=descends),
            Statement("the same of a network in training", lambda case: certificates(network_steps(case)), ">= 0",
                      applies=on_case("normal-shift")),
        )
    },
    (
        Statement("without the 2, η = 1", lambda case: _halving_identity(case, 1.0), cases=("normal-shift",)),
        Statement("without the 2, η = ½", lambda case: identity(steps(case), factor=1.0), cases=("normal-shift",)),
        Statement("without the 2, of a network in training",
                  lambda case: identity(network_steps(case), factor=1.0), cases=("normal-shift",)),
    ),
    is_in_x,
    "laws in x; from q_0 itself where KL(p‖q_0) < ∞",
    uses=("prop2.convex",),
    level={"N": "standard"},
)  # fmt: skip
