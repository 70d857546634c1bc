"""The notebooks' exercises: right answers pass, and plausible wrong ones are told what they are."""

from __future__ import annotations

import math
from typing import Any

import pytest

import gantheory as gt
from gantheory.exercises import EXERCISES, Mark, check
from gantheory.exercises.objectives import JS_IN_CIRCULATION

LOG_2, LOG_4 = math.log(2), math.log(4)

RIGHT = [
    ("01.two-uniforms", math.log(2 / 3) + math.log(1 / 3) / 2),
    ("01.two-uniforms", "-0.9548"),
    ("01.hidden-slip", ("uniform(0, 1)", "uniform(2, 1)")),
    ("01.hidden-slip", ("delta(0)", "norm(0, 1)")),
    ("01.hidden-slip", ("norm(0, 1)", "norm(40, 1)")),
    ("02.exponential", "-log(z)"),
    ("02.exponential", "-log(1 - z)"),
    ("02.relu", -LOG_2),
    ("03.halvings", 18),
    ("03.fading", 0.995**1000),
    ("04.gap", lambda run: run.excess - LOG_4 - run.value),
    ("04.coins", (0.6, 0.5)),
    ("05.bounded", 2.19),
    ("05.outcome", "H3 fails"),
    ("06.smoothed", 0.45),
    ("06.improper", ("uniform(0, 1)", "uniform(0, 2)")),
    ("06.improper", ("norm(0, 1)", "0.5*norm(0, 1) + 0.5*norm(3, 1)")),
    ("06.improper", ("norm(0, 1)", "norm(0, 1.5)")),
    ("06.improper", ("beta(1, 2)", "uniform(0, 1)")),
    ("06.improper", ("expon(0, 1)", "expon(0, 1.9)")),
    ("06.improper", ("gamma(0.7001)", "gamma(0.7)")),
    ("06.improper", ("cauchy", "t(1.0)*0.6 + 0.4*norm(1, 1)")),
    ("07.conjugate", "t/(1 - t)"),
    ("07.conjugate", "1/(1 - t) - 1"),
    ("07.check", lambda js, p, q: -abs(gt.criterion(p, q) + LOG_4 - 2 * js(p, q))),
    ("07.check", lambda js, p, q: -abs(js(p, q) - gt.js_divergence(p, q))),
]


def of_normal_laws_alone(js: Any, p: Any, q: Any) -> Any:
    """A check that is right where it can be run."""
    return -abs(js(p, q) - gt.js_divergence(gt.Normal(p.mu, p.sigma), gt.Normal(q.mu, q.sigma)))


WRONG = [
    ("01.two-uniforms", -LOG_4, "−log 4"),
    ("01.two-uniforms", LOG_4 + math.log(2 / 3) + math.log(1 / 3) / 2, "2·JSD"),
    ("01.two-uniforms", LOG_2 + math.log(2 / 3) / 2 + math.log(1 / 3) / 4, "that is JSD"),
    ("01.two-uniforms", 0.9547712524422194, "the sign"),
    ("01.two-uniforms", math.log(2 / 3) + math.log(1 / 3), "counts for half"),
    ("01.two-uniforms", 0.5, "lies between −log 4"),
    ("01.hidden-slip", ("norm(0, 1)", "norm(1, 1)"), "make D's work easier"),
    ("01.hidden-slip", ("norm(0, 1)", "norm(0, 1)"), "JSD is 0.0000"),
    ("01.hidden-slip", "norm(0, 1)", "a pair of laws"),
    ("01.hidden-slip", ("gauss", "norm"), "'gauss' in the text is no law"),
    ("02.exponential", "log(z)", "mass 1 below 0"),
    ("02.exponential", "-log(z)/2", "90% of its mass below 1.151"),
    ("02.exponential", "exp(z)", "10% of its mass below 1.105"),
    ("02.exponential", "ln(z)", "'ln' is not known"),
    ("02.relu", LOG_2, "that is 2·JSD"),
    ("02.relu", -LOG_4 + LOG_2 / 2, "forgets x < 0"),
    ("02.relu", 0.0, "three places"),
    ("03.halvings", 17, "may still be 1.75e-06"),
    ("03.halvings", 19, "not the least"),
    ("03.halvings", 17.8, "no number of steps"),
    ("03.fading", 0.99**1000, "even the halving step"),
    ("03.fading", 10, "as factors"),
    ("04.gap", lambda run: run.value - run.excess + LOG_4, "the sign"),
    ("04.gap", lambda run: run.excess - run.value, "log 4 is 1.386294"),
    ("04.gap", lambda run: run.excess, "off by up to"),
    ("04.gap", lambda run: run.gap, "and no gap"),
    ("04.gap", lambda run: 0.0, "gives float"),
    ("04.coins", (0.5, 0.6), "the other way round"),
    ("04.coins", (0.3, 0.7), "What is D*"),
    ("04.coins", (0.0, 1.0), "between 0 and 1"),
    ("05.bounded", 3, "less will do"),
    ("05.bounded", 1, "more will do"),
    ("05.outcome", "converged", "is it in θ?"),
    ("05.outcome", "H1 fails", "θ = 0 is its witness"),
    ("05.outcome", "H3", "one of 'converged'"),
    ("06.smoothed", 0.5, "paper's game"),
    ("06.smoothed", 0.9 / 1.9, "drops the term"),
    ("06.improper", ("norm(0, 1)", "norm(1, 1)"), "p_data > 2·p_g"),
    ("06.improper", ("norm(0, 1)", "norm(0, 1)"), "one law"),
    ("06.improper", ("norm(0.05, 1)", "norm(0, 1)"), "at x = 14.68 p_data is 2.081"),
    ("06.improper", ("norm(0, 1.01)", "norm(0, 1)"), "times p_g, and D gains there"),
    ("06.improper", ("norm(0, 1)", "norm(0.01, 1)"), "at x = −"),
    ("06.improper", ("t(3)", "t(3.001)"), "grows without end"),
    ("06.improper", ("gamma(0.7)", "gamma(0.7001)"), "towards x = 0 p_data/p_g grows without end"),
    ("06.improper", ("gamma(2)", "gamma(2.0001)"), "towards x = 0 p_data/p_g grows without end"),
    ("06.improper", ("expon(0, 1.0001)", "expon(0, 1)"), "times p_g"),
    ("06.improper", ("delta(0)", "0.5*delta(0) + 0.5*delta(1)"), "atom"),
    ("07.conjugate", "t/(1 + t)", "at u = "),
    ("07.conjugate", "-t**2", "at u = "),
    ("07.conjugate", "t", "at u = 2"),
    ("07.conjugate", "log(", "position 5"),
    ("07.conjugate", "(-3/4) + (1/6)*(t+3) + (1/3)*(t+3)*(t+1/2)", "at u = 1: "),  # right at −3, −½ and ½
    ("07.conjugate", "log(t - 5)", "no finite number"),
    ("07.check", lambda js, p, q: js(p, q), "lets through 4 of 5"),
    ("07.check", lambda js, p, q: LOG_2 - js(p, q), "m = p + q, not halved; m = ⅓p + ⅔q"),
    ("07.check", lambda js, p, q: -abs(js(p, q) - js(q, p)), "its square root"),
    ("07.check", lambda js, p, q: js(p, q) - gt.total_variation(p, q) ** 2, "refutes the right one"),
    ("07.check", lambda p, q: 0.0, "cannot be run"),
    (
        "07.check",
        of_normal_laws_alone,
        "it raises on 51 of 60 pairs, and says nothing of them; first on uniform(0.0, 1.0)",
    ),
]


@pytest.mark.parametrize(("exercise", "answer"), RIGHT)
def test_a_right_answer_passes(exercise, answer):
    """Each in every form in which a reader may have it."""
    mark = check(exercise, answer)
    assert mark.right is True, mark
    assert str(mark).startswith("✓ right: ")


@pytest.mark.parametrize(("exercise", "answer", "hint"), WRONG)
def test_a_plausible_wrong_answer_gets_its_hint(exercise, answer, hint):
    """The hint names the slip, and does not say that it is right."""
    mark = check(exercise, answer)
    assert mark.right is False, mark
    assert hint in mark.text


def test_every_exercise_is_tested_both_ways():
    """No exercise without a right answer and a wrong one above."""
    assert {each for each, _ in RIGHT} == {each for each, *_ in WRONG} == EXERCISES.keys()


@pytest.mark.parametrize("answer", [None, ...])
@pytest.mark.parametrize("exercise", EXERCISES)
def test_no_answer_is_no_wrong_answer(exercise, answer):
    """The committed cell says that it waits."""
    mark = check(exercise, answer)
    assert mark.right is None
    assert not mark


def test_an_exercise_that_is_not_there():
    """The remedy is the list."""
    with pytest.raises(gt.DomainError, match=r"exercise is '1'; it must be one of 01\.two-uniforms, "):
        check("1", 0)


def test_a_mark_in_a_notebook_is_escaped():
    """A hint may quote what the reader wrote."""
    assert Mark(False, "<b>")._repr_html_() == "<p>✗ &lt;b&gt;</p>"


def test_what_is_in_circulation_differs_from_the_divergence():
    """Every counterfeit of exercise 07.check is one: it is wrong on a plain pair, by more than the errors."""
    truth, *others = (js("norm(0, 1)", "norm(1, 1)") for js in JS_IN_CIRCULATION.values())
    assert truth == gt.js_divergence("norm(0, 1)", "norm(1, 1)")
    assert [(other < truth) or (other > truth) for other in others] == [True] * 5
