"""The runs in function space that the claims of Proposition 2 look at: followed once for a case, and remembered."""

from __future__ import annotations

from typing import Any

import numpy as np

from gantheory.contrasts import stalling_improvement
from gantheory.densities import Logistic, Mixture, Normal
from gantheory.descent import mirror_descent, mirror_path
from gantheory.divergences import js_divergence, kl_divergence
from gantheory.estimate import Estimate
from gantheory.flows import fisher_rao_flow, wasserstein_flow
from gantheory.latent import is_latent
from gantheory.nodes import nodes_of
from gantheory.path import resolved
from gantheory.trajectory import Trajectory

__all__ = [
    "LAST",
    "SEEN_EXCESS",
    "STEP_SIZES",
    "apart_in_x",
    "climbing_step",
    "descends",
    "every_step",
    "fisher_rao",
    "is_in_x",
    "is_smooth",
    "mirror",
    "stalling",
    "wasserstein",
]

STEP_SIZES = (1.0, 0.5, 0.25, 0.1)
LAST = {1.0: 40, 0.5: 24, 0.25: 16, 0.1: 40}  # the number of the last step, by η
# where all is measured; 2·JSD and KL(p‖q_t), which cost a sixth of it, are taken after every step
_RECORDS = {1.0: (0, 1, 2, 3, 6, 12, 24, 40), 0.5: (0, 1, 2, 8, 24), 0.25: (0, 1, 16), 0.1: (0, 1, 40)}
_TIMES = (0.0, 0.5, 1.0, 2.0, 5.0)
SEEN_EXCESS = 1e-15, 1.3  # of a Wasserstein flow; below, its log-densities have lost their difference


# -- hypotheses ----------------------------------------


def is_in_x(case: Any) -> bool:
    """Arrays, or laws that are not those of G(z): what a path in function space is followed for."""
    return case.is_grid or not any(is_latent(law) for law in (case.p_data, case.p_g))


def descends(case: Any) -> bool:
    """KL(p‖q_0) < ∞, in x: then mirror descent and the Fisher–Rao flow arrive."""
    return is_in_x(case) and bool(np.all(np.isfinite(case(kl_divergence).value)))


def is_smooth(case: Any) -> bool:
    """A normal or logistic law and another or a mixture of such, that meet and differ: smooth, positive everywhere."""
    if case.is_grid or case.is_equal:
        return False
    parts = [part for law in (case.p_data, case.p_g) for part in getattr(law, "components", (law,))]
    if not all(isinstance(part, (Normal, Logistic)) for part in parts) or isinstance(case.p_data, Mixture):
        return False
    excess = 2.0 * float(case(js_divergence).value)
    return SEEN_EXCESS[0] < excess < SEEN_EXCESS[1]


def apart_in_x(case: Any) -> bool:
    """Continuous laws on intervals a positive distance apart."""
    if case.is_grid or not is_in_x(case) or not case.is_singular:
        return False
    if min(law.continuous_mass for law in (case.p_data, case.p_g)) < 1 or len(case.p_g.intervals()) != 1:
        return False
    (low, high), (start, end) = (law.support() for law in (case.p_data, case.p_g))
    return high < start or end < low


# -- runs ----------------------------------------


def mirror(case: Any, step: float) -> Trajectory:
    records = _RECORDS[step]

    def run() -> Trajectory:
        return case.on(mirror_descent, case.p_data, case.p_g, step=step, steps=records[-1], records=records)

    return case.remembered(("mirror descent", step), run)


def every_step(case: Any, step: float) -> dict[str, Estimate]:
    """2·JSD ("excess") and KL(p‖q_t) ("kl") at q_0 and after every step of mirror descent: (steps + 1, seeds)."""
    names = ("excess", "kl")

    def follow(p: Any, q: Any, grid: Any = None) -> dict[str, Estimate]:
        at = range(LAST[step] + 1)
        nodes, run = resolved(nodes_of(p, q, grid), lambda nodes: mirror_path(nodes, step, at, names))

        def of(name: str, part: str) -> np.ndarray:
            return np.stack([getattr(record[name], part) for record in run.records])

        return {name: Estimate(of(name, "value"), of(name, "error"), nodes.basis) for name in names}

    return case.remembered(("every step", step), lambda: case.on(follow, case.p_data, case.p_g))


def stalling(case: Any) -> Trajectory:
    def run() -> Trajectory:
        return case.on(stalling_improvement, case.p_data, case.p_g, steps=40, records=(0, 1, 2, 4, 8, 16, 40))

    return case.remembered("stalling improvement", run)


def fisher_rao(case: Any) -> Trajectory:
    return case.remembered("Fisher–Rao", lambda: case.on(fisher_rao_flow, case.p_data, case.p_g, times=_TIMES))


def wasserstein(case: Any, *times: float) -> Trajectory:
    def run() -> Trajectory:
        return wasserstein_flow(case.p_data, case.p_g, times=times, particles=64)

    return case.remembered(("Wasserstein", times), run)


def climbing_step(case: Any) -> Estimate:
    """C before and after one step of mirror descent with the wrong sign, η = −½."""
    nodes = nodes_of(case.p_data, case.p_g)
    found = [record["excess"] for record in mirror_path(nodes, -0.5, (0, 1)).records]
    return Estimate(np.stack([one.value for one in found]), np.stack([one.error for one in found]), nodes.basis)
