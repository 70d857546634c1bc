"""Proposition 2 on a neural GAN: Algorithm 1 is run with p_g tracked, and the runs are counted.

A run is finite and the proposition is a limit: no run refutes it. What is claimed is a statistic, the share of seeds
that end with 2·JSD ≤ τ, with Wilson's interval; and the same share among the seeds whose D stayed near its optimum.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from gantheory.claims.parametric import on_case
from gantheory.claims.statement import Claim, Statement, together
from gantheory.errors import ConvergenceError
from gantheory.estimate import Estimate
from gantheory.training import train
from gantheory.trajectory import Trajectory

__all__ = ["NEURAL", "TARGETS", "meets_H2", "run_of", "share"]

TARGETS = ("norm(3, 0.5)", "0.5*norm(-2, 0.7) + 0.5*norm(2.5, 1)", "laplace(0, 1)")
TOLERANCE = 0.02  # nats: at or below it a run has converged
_SEEDS, _STEPS, _RECORDS = 16, 1000, 20
_Z = 1.959963984540054  # of a 95 % interval
Settings = tuple[tuple[str, Any], ...]


@cache
def _trained(target: str, rng: int, settings: Settings) -> Trajectory:
    return train(target, rng=rng, progress=False, **dict(settings))


def run_of(target: str, case: Any, **changed: Any) -> Trajectory:
    """A run on a target with the case's seed: the defaults of the claims, changed in what is given."""
    settings = {"seeds": _SEEDS, "steps": _STEPS, "records": _RECORDS, **changed}
    return _trained(target, case.seed, tuple(sorted(settings.items())))


def share(successes: int, n: int) -> Estimate:
    """The share of successes with Wilson's interval at 95 %."""
    middle = (successes + 0.5 * _Z**2) / (n + _Z**2)
    half = _Z / (n + _Z**2) * math.sqrt(successes * (n - successes) / n + 0.25 * _Z**2)
    return Estimate(middle, half, "sample")


def converged(run: Trajectory) -> np.ndarray:
    """Which seeds end with 2·JSD ≤ τ."""
    return np.asarray(run.excess.value)[-1] <= TOLERANCE


def meets_H2(run: Trajectory) -> np.ndarray:
    """Which seeds have a gap of at most ¼·2·JSD, or τ/4, in the middle of the last half of their records."""
    excess, gap = np.asarray(run.excess.value), np.asarray(run.gap.value)
    late = slice(excess.shape[0] // 2, None)
    near = gap[late] <= np.maximum(0.25 * excess[late], 0.25 * TOLERANCE)
    return np.mean(near, axis=0) >= 0.5


def _more_than_half(runs: Sequence[Trajectory], *, of_H2: bool = False) -> Estimate:
    """The share of converged seeds less ½, of all or of those that met H2."""
    done = np.concatenate([converged(run) for run in runs])
    if of_H2:
        held = np.concatenate([meets_H2(run) for run in runs])
        if held.mean() < 0.5:
            raise ConvergenceError(f"only {held.sum()} of {held.size} seeds meet H2: the runs say nothing of it.")
        done = done[held]
    return share(int(done.sum()), done.size) - 0.5


def _runs(case: Any) -> list[Trajectory]:
    return [run_of(target, case) for target in TARGETS]


def _counted(case: Any) -> str:
    done = np.concatenate([converged(run) for run in _runs(case)])
    interval = share(int(done.sum()), done.size)
    return f"{done.sum()} of {done.size} runs  [{float(interval.lower):.2f}, {float(interval.upper):.2f}]"


def _frozen(case: Any) -> Estimate:
    return _more_than_half([run_of(TARGETS[1], case, steps=100, records=2, rate=0.0)])


def _starved(case: Any) -> Estimate:
    """The share of seeds that meet H2 with k = 1 and a D that learns fifty times more slowly."""
    run = run_of(TARGETS[1], case, steps=400, records=8, k=1, discriminator_rate=7e-3 / 50)
    return share(int(meets_H2(run).sum()), run.seeds) - 0.5


NEURAL = Claim(
    "prop2.neural",
    "Algorithm 1 with p_g tracked: the seeds that end with 2·JSD ≤ 0.02, of all and of those whose H2 held",
    "GAN14 alg. 1, prop. 2",
    {
        "O": (
            Statement("share of 3 × 16 seeds that converge − ½ > 0", lambda case: _more_than_half(_runs(case)), "> 0",
                      told=_counted),
            Statement("the same among seeds that meet H2 − ½ > 0",
                      lambda case: _more_than_half(_runs(case), of_H2=True), "> 0"),
            Statement("the worst target's share − ½ > 0",
                      lambda case: together(*(_more_than_half([run]) for run in _runs(case))), "> 0"),
        )
    },
    (
        Statement("G frozen", _frozen, "> 0", cases=("normal-shift",)),
        Statement("a starved D, k = 1 and rate/50, meets H2", _starved, "> 0", cases=("normal-shift",)),
    ),
    on_case("normal-shift"),
    "three targets, and 16 seeds of each; H2 is met by at least half of them",
    uses=("prop2.repaired",),
    level={"O": "standard"},
)  # fmt: skip
