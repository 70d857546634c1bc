"""Exercises on other objectives and on finding slips: notebooks 06 and 07."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from gantheory.counterexample import find_counterexample
from gantheory.densities import as_density
from gantheory.divergences import js_divergence, kl_divergence
from gantheory.estimate import Estimate
from gantheory.exercises.exercise import Exercise, Mark, marked_number, right, wrong
from gantheory.exercises.ratios import passes
from gantheory.objectives import OBJECTIVES, Objective
from gantheory.objectives.refutation import RATIOS
from gantheory.symbolic.evaluation import function_of
from gantheory.symbolic.losses import SCORE, loss

__all__ = ["JS_IN_CIRCULATION", "OBJECTIVE_EXERCISES"]


def _smoothed(answer: Any) -> Mark:
    score = OBJECTIVES["label-smoothed"]("0.9").optimal_discriminator("norm(0, 1)", "norm(0, 1)")
    slips = {
        "½ is D* of the paper's game; this is another one": 0.5,
        "0.9 is what a real x is labelled; D does not know that x is real": 0.9,
        "that drops the term log(1 − D)/10 of the real samples: it pulls D down too": 0.9 / 1.9,
        "the label of made samples stays 0, so that it is no average of 0.9 and 0.1": 0.55,
    }
    hint = "at one x with p_data = p_g, which y maximises 0.9·log y + 0.1·log(1 − y) + log(1 − y)?"
    return marked_number(answer, float(score(0.0)), "D*", slips, hint)


def _improper(answer: Any) -> Mark:
    p_data, p_g = (as_density(law) for law in answer)
    if any(len(law.atoms()[0]) for law in (p_data, p_g)):
        return wrong("one of them has an atom; the exercise asks for densities")
    C = Objective("D", "-2*D").criterion(p_data, p_g)
    jsd = js_divergence(p_data, p_g)
    if not jsd > 0:
        return wrong(f"these are one law: JSD = {jsd}")
    if C > 0:
        return wrong(f"the criterion is {C:.4g}, above its least: somewhere p_data > 2·p_g, and D gains there")
    where = passes(p_data, p_g, 2.0)
    if where:
        return wrong(f"{where}, and D gains there: the criterion is above its least, by less than a float tells")
    return right(f"the criterion is {C}, its least, and yet 2·JSD = {2 * jsd:.4f}")


_AT = np.array([-20.0, -3.0, -0.5, 0.0, 0.5, 0.9])


def _conjugate(answer: Any) -> Mark:
    hellinger = OBJECTIVES["squared-hellinger"]()
    claimed = np.broadcast_to(function_of(loss("conjugate", answer, "t"), SCORE)(_AT), _AT.shape)
    if not np.isfinite(claimed).all():
        at = _AT[~np.isfinite(claimed)][0]
        return wrong(f"at t = {at:g} yours is no finite number, and f* is one for every t < 1")
    found = hellinger.counterexample(conjugate=answer)
    if found is not None:
        return wrong(f"{found}, f** being the conjugate of yours, or a value that it is not below")
    truth = np.asarray(hellinger.conjugate_at(_AT))
    if np.allclose(claimed, truth, rtol=1e-9, atol=1e-12):
        return right(f"its own conjugate is f again at each of the {len(RATIOS)} u that were tried")
    i = int(np.argmax(np.abs(claimed - truth)))
    return wrong(
        f"look at t = {_AT[i]:g}, where yours is {claimed[i]:.4g}: "
        f"is that the largest value of {_AT[i]:g}·u − (√u − 1)²?"
    )


#: name -> a function of two laws that somebody has called the Jensen–Shannon divergence; the first is it.
JS_IN_CIRCULATION: dict[str, Callable[[Any, Any], Estimate]] = {
    "JSD": js_divergence,
    "its square root": lambda p, q: js_divergence(p, q).sqrt(),
    "in bits": lambda p, q: js_divergence(p, q) / math.log(2),
    "m = p + q, not halved": lambda p, q: js_divergence(p, q) - math.log(2),  # since KL(p‖2m) = KL(p‖m) − log 2
    "m = ⅓p + ⅔q": lambda p, q: js_divergence(p, q, weight=1 / 3),
    "half of Jeffreys' divergence": lambda p, q: (kl_divergence(p, q) + kl_divergence(q, p)) / 4,
}
_TRIED = 60  # pairs, of the simplest


def _catching(answer: Callable[..., Any]) -> Mark:
    through = []
    for name, js in JS_IN_CIRCULATION.items():
        search = find_counterexample(lambda p, q, js=js: answer(js, p, q), method="ladder", budget=_TRIED)
        if name != "JSD":
            through += [] if search else [name]
        elif search.raised == search.searched:
            return wrong(f"your check cannot be run: {search.error}")
        elif search.pair is not None:
            return wrong(f"it refutes the right one, on {search.pair[0]} and {search.pair[1]}, margin {search.margin}")
        elif search.raised:
            return wrong(
                f"it raises on {search.raised} of {search.searched} pairs, and says nothing of them; first on "
                f"{search.error}"
            )
    if through:
        return wrong(f"it lets through {len(through)} of {len(JS_IN_CIRCULATION) - 1}: {'; '.join(through)}")
    return right(f"it catches all {len(JS_IN_CIRCULATION) - 1}, and does not refute the right one on {_TRIED} pairs")


OBJECTIVE_EXERCISES = (
    Exercise("06.smoothed", "a number", _smoothed),
    Exercise("06.improper", "a pair of laws, such as ('norm(0, 1)', 'norm(1, 1)')", _improper),
    Exercise("07.conjugate", "text in t, such as 't**2/4 + t'", _conjugate),
    Exercise("07.check", "a function of js, p and q, such as lambda js, p, q: js(p, q)", _catching),
)
