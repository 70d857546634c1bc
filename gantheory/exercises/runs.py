"""Exercises on Proposition 2 and on how a run is read: notebooks 03, 04 and 05."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from gantheory.densities import Normal, parse_density
from gantheory.divergences import js_divergence
from gantheory.estimate import Estimate
from gantheory.exercises.exercise import Exercise, Mark, marked_number, right, wrong
from gantheory.families import Location
from gantheory.gains import capacity_price
from gantheory.parametric import descend
from gantheory.reading import Reading
from gantheory.tracking import Tracker
from gantheory.training import train
from gantheory.trajectory import Trajectory

__all__ = ["RUNS"]

TAU = 0.02  # nats, below which a reading calls a run converged


def _halvings(answer: Any) -> Mark:
    excess = 2 * js_divergence("0.5*norm(-2, 0.7) + 0.5*norm(2.5, 1)", "norm(0, 2)")
    steps = float(answer)
    if steps != int(steps) or steps < 1:
        return wrong(f"{steps:g} is no number of steps")
    after, before = (excess * 0.5**t for t in (steps, steps - 1))
    if not after < 1e-6:
        return wrong(f"after {steps:g} halvings the excess may still be {after:.3g}")
    if before < 1e-6:
        return wrong(f"that is enough, and not the least: {steps - 1:g} halvings leave {before:.3g} at most")
    return right(f"{steps:g} halvings leave {after:.3g} at most, and one less {before:.3g}")


def _fading(answer: Any) -> Mark:
    factor = math.prod([1 - 0.01 / 2] * 1000)
    slips = {
        "that is Π(1 − κ), but even the halving step, κ = 1, leaves something": 0.99**1000,
        "that is the sum of the κ; they act as factors": 10.0,
        "that is one step": 1 - 0.01 / 2,
        "that is the start: each step takes a share of what is left, and the same share each time": 1.0,
    }
    if abs(float(answer) / factor - 1) < 0.02:
        return right(f"Π(1 − κ/2) = {factor:.4g}: slow, and linear all the same, so that it cannot stall")
    return marked_number(answer, factor, "the bound", slips, "look at the product of 1 − κ/2 over the 1,000 steps")


@dataclass(frozen=True)
class _Measured:
    """A run of which only these two are shown, so that the gap has to be worked out."""

    excess: Estimate
    value: Estimate

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(f"here a run has its excess and its value, and no {name}: work the gap out of the two")


@cache
def _short_run() -> Trajectory:
    return train("norm(0, 1)", seeds=2, steps=20, records=4, progress=False)


def _gap(answer: Callable[[Any], Any]) -> Mark:
    run = _short_run()
    found = answer(_Measured(run.excess, run.value))
    if not isinstance(found, Estimate):
        return wrong(f"the function gives {type(found).__name__}; of Estimates it must make an Estimate")
    apart = found - run.gap
    if (np.abs(apart.value) <= apart.error).all():
        return right(f"on all {apart.value.size} records of a short run, to within {apart.error.max():.1e}")
    if (np.abs((found + run.gap).value) <= apart.error).all():
        return wrong("the sign: V(G, D*) is the larger of the two")
    if np.ptp(apart.value) <= apart.error.max():
        return wrong(f"off by {apart.value.mean():.6f} on every record; log 4 is {math.log(4):.6f}")
    return wrong(f"off by up to {np.abs(apart.value).max():.3g} nats; V(G, D*) is C(G), and the excess is C(G) + log 4")


@cache
def _verdict_of_a_coin(D: float) -> str:
    tracker = Tracker("norm(0, 1)", "norm(0, 1)")
    for step in range(13):
        tracker.record(step, f"{1 + 0.5**step}*z", D)
    return tracker.trajectory.reading()[0].H2.verdict


def _coins(answer: Any) -> Mark:
    D = tuple(float(each) for each in answer)
    if len(D) != 2 or not all(0 < each < 1 for each in D):
        return wrong(f"{answer!r}: two numbers between 0 and 1, the one that fails first")
    verdicts = tuple(_verdict_of_a_coin(each) for each in D)
    if verdicts == ("fails", "holds"):
        return right(f"H2 fails at D = {D[0]:g} and holds at D = {D[1]:g}, with the same p_g throughout")
    told = "; ".join(f"at D = {each:g} H2 {verdict}" for each, verdict in zip(D, verdicts))
    if verdicts == ("holds", "fails"):
        return wrong(f"{told}: the other way round")
    return wrong(f"{told}. What is D* when p_g has come near p_data, and what does a D beside it cost?")


def _bounded(answer: Any) -> Mark:
    b = float(answer)
    normal = Normal(0, 1)
    low, at, high = (capacity_price(float(normal.cdf(s) - normal.cdf(-s))) for s in (b + 0.01, b, b - 0.01))
    if low < TAU and high > TAU:
        return right(f"at b = {b:g} the price is {at:.5f}")
    return wrong(f"at b = {b:g} the price is {at:.4g}, and should be {TAU}: {'less' if at < TAU else 'more'} will do")


@cache
def _two_modes() -> Reading:
    law = parse_density("0.7*norm(-3, 0.8) + 0.3*norm(3, 0.8)")
    return descend(law, Location(law), 4.5).reading(witness=0.0)


def _outcome(answer: Any) -> Mark:
    found = _two_modes()[0]
    if answer == found.outcome:
        return right(found.reason)
    hints = {
        "converged": "C is convex in p_g; is it in θ? Put the small mode of one law on the large mode of the other",
        "H1 fails": "p_data is in the family: θ = 0 is its witness",
        "H2 fails": "D = D* at every step, by construction",
    }
    return wrong(hints.get(answer, f"one of {', '.join(map(repr, [*hints, 'H3 fails']))}"))


RUNS = (
    Exercise("03.halvings", "a whole number", _halvings),
    Exercise("03.fading", "a number, in nats", _fading),
    Exercise("04.gap", "a function of a run, such as lambda run: run.value - run.excess", _gap),
    Exercise("04.coins", "two numbers in (0, 1), such as (0.3, 0.7)", _coins),
    Exercise("05.bounded", "a number", _bounded),
    Exercise("05.outcome", "the name of an outcome, such as 'converged'", _outcome),
)
