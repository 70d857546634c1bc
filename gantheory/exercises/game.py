"""Exercises on the value function and on the law of G(z): notebooks 01 and 02."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.densities import as_density
from gantheory.divergences import js_divergence
from gantheory.exercises.exercise import Exercise, Mark, marked_number, right, wrong
from gantheory.game import criterion
from gantheory.pushforward import Pushforward

__all__ = ["GAME"]

_LEAST = -math.log(4)


def _two_uniforms(answer: Any) -> Mark:
    pair = "uniform(0, 1)", "uniform(0, 2)"
    C, jsd = criterion(*pair), js_divergence(*pair)
    slips = {
        "that is −log 4, which C(G) reaches where p_g = p_data alone; here D can do better than ½": _LEAST,
        "that is 2·JSD, what C(G) has above its least value; C(G) itself is log 4 less": 2 * jsd,
        "that is JSD; Theorem 1 takes it twice, and log 4 away": jsd,
        "the sign: D is a probability, so both logarithms are at most 0": -C,
        "in bits; log is the natural logarithm here": C / math.log(2),
        "p_g has the density ½ on all of [0, 2], so that [0, 1] counts for half of it": math.log(2 / 9),
    }
    hint = "D* takes one value on [0, 1], where both laws have mass, and another on (1, 2]; what do the two terms see?"
    if not _LEAST <= float(answer) <= 0:
        hint = f"C(G) lies between −log 4 = {_LEAST:.4f} and 0, whatever G is; {hint}"
    return marked_number(answer, C, "C(G)", slips, hint)


def _hidden_slip(answer: Any) -> Mark:
    p, q = (as_density(law) for law in answer)
    C, jsd = criterion(p, q), js_divergence(p, q)
    slip = C - (jsd - math.log(2))
    if 0 not in slip:
        return wrong(
            f"this pair refutes the formula: the two sides differ by {slip}. They differ by log 2 − JSD, and JSD is "
            f"{jsd:.4f} here: make D's work easier"
        )
    if C < 0:
        return right(f"no float sees the slip here, though C(G) = {C:.3g} is not yet 0; on supports apart nothing does")
    return right("both sides are 0: this pair does not see the slip, and one example is no check")


def _exponential(answer: Any) -> Mark:
    target = as_density("expon(0, 1)")
    p_g = Pushforward(answer, "uniform(0, 1)")
    jsd = js_divergence(target, p_g)
    if jsd.value <= jsd.error + 1e-12:
        return right(f"JSD(Exp(1)‖p_g) = {jsd}")
    below = float(p_g.cdf(0.0))
    if below > 1e-9:
        return wrong(
            f"p_g has the mass {below:.3g} below 0, where Exp(1) has none: 2·JSD = {2 * jsd:.4f}. The logarithm of a "
            "number below 1 is negative"
        )
    levels = np.array([0.1, 0.5, 0.9])
    found, wanted = np.asarray(p_g.ppf(levels)), np.asarray(target.ppf(levels))
    at = int(np.argmax(np.abs(found - wanted)))
    return wrong(
        f"2·JSD = {(2 * jsd).value:.3g}: p_g has {levels[at]:.0%} of its mass below {found[at]:.8g}, and Exp(1) below "
        f"{wanted[at]:.8g}. Which G carries the one quantile to the other, for all of them?"
    )


def _relu(answer: Any) -> Mark:
    p_g = Pushforward("relu(z)", "norm(0, 1)")
    C = criterion("norm(0, 1)", p_g)
    half = 0.5 * math.log(2)
    slips = {
        "that is 2·JSD, what C(G) has above −log 4": 2 * half,
        "that is JSD; C(G) = −log 4 + 2·JSD": half,
        "that counts the atom and forgets x < 0, where p_g has no mass either": _LEAST + half,
        "that is −log 4: p_g would have to be p_data, and it has an atom": _LEAST,
    }
    hint = "there are three places, x < 0, x = 0 and x > 0: what is D* on each, and whose mass is there?"
    return marked_number(answer, C, "C(G)", slips, hint)


GAME = (
    Exercise("01.two-uniforms", "a number", _two_uniforms),
    Exercise("01.hidden-slip", "a pair of laws, such as ('norm(0, 1)', 'norm(1, 1)')", _hidden_slip),
    Exercise("02.exponential", "a generator as text in z, such as '2*z'", _exponential),
    Exercise("02.relu", "a number", _relu),
)
