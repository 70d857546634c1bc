"""SGD with momentum and Adam against their papers, number by number; the schedule."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from gantheory.errors import DomainError
from gantheory.optimizers import SGD, Adam, learning_rate


def _run(rule: Any, gradients: np.ndarray, rates: list[float]) -> np.ndarray:
    theta, moments = np.zeros((3, 5)), np.zeros((3, rule.moments, 5))
    for count, (gradient, rate) in enumerate(zip(gradients, rates, strict=True), 1):
        rule.update(theta, gradient.copy(), moments, rate=rate, count=count)
    return theta


GRADIENTS = np.random.default_rng(0).normal(size=(60, 3, 5)) * 10.0 ** np.random.default_rng(1).uniform(-6, 3, (3, 5))
RATES = [0.01 * (1 - i / 80) for i in range(60)]


def test_adam_is_its_paper() -> None:
    """Algorithm 1 of Kingma and Ba, with plain floats."""
    found = _run(Adam((0.9, 0.999)), GRADIENTS, RATES)
    for index in np.ndindex(3, 5):
        theta = m = v = 0.0
        for t, (g, rate) in enumerate(zip(GRADIENTS[(slice(None), *index)], RATES, strict=True), 1):
            m = 0.9 * m + (1 - 0.9) * g
            v = 0.999 * v + (1 - 0.999) * g * g
            theta -= rate * (m / (1 - 0.9**t)) / (math.sqrt(v / (1 - 0.999**t)) + 1e-8)
        assert found[index] == pytest.approx(theta, rel=1e-12)


def test_momentum_is_its_paper() -> None:
    """Equations (1) and (2) of Sutskever et al., with plain floats."""
    found = _run(SGD(0.7), GRADIENTS, RATES)
    for index in np.ndindex(3, 5):
        theta = v = 0.0
        for g, rate in zip(GRADIENTS[(slice(None), *index)], RATES, strict=True):
            v = 0.7 * v - rate * g
            theta += v
        assert found[index] == pytest.approx(theta, rel=1e-12)


@pytest.mark.parametrize("rule", [SGD(0.9), Adam()], ids=str)
def test_a_bowl_is_descended(rule: Any) -> None:
    """½(θ − 3)² from 0."""
    theta, moments = np.zeros((1, 1)), np.zeros((1, rule.moments, 1))
    for count in range(1, 2001):
        rate = learning_rate(0.01, count - 1, 2000)
        rule.update(theta, theta - 3.0, moments, rate=rate, count=count)
    assert abs(theta[0, 0] - 3.0) < 1e-3


def test_rows_do_not_know_their_neighbours() -> None:
    """A row is the same to the last bit alone and among others."""
    gradients = np.random.default_rng(2).normal(size=(20, 64, 322))
    for rule in (SGD(), Adam()):
        together, alone = np.zeros((64, 322)), np.zeros((1, 322))
        moments, own = np.zeros((64, rule.moments, 322)), np.zeros((1, rule.moments, 322))
        for count, gradient in enumerate(gradients, 1):
            rule.update(alone, gradient[13:14].copy(), own, rate=0.01, count=count)
            rule.update(together, gradient.copy(), moments, rate=0.01, count=count)
        assert (together[13] == alone[0]).all()


def test_the_rate_is_constant_and_then_falls_to_zero() -> None:
    """It never rises; the last step's is small, and none is negative."""
    rates = np.array([learning_rate(0.1, step, 1000) for step in range(1001)])
    assert (rates[:501] == 0.1).all()
    assert (np.diff(rates) <= 0).all()
    assert rates[-2] == pytest.approx(0.1 / 500)
    assert rates[-1] == 0
    assert {learning_rate(0.1, step, 10, constant=1.0) for step in range(11)} == {0.1}
    assert learning_rate(0.1, 5, 10, constant=0.0) == 0.05


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: SGD(1.0), "momentum is 1.0"),
        (lambda: SGD("a"), "momentum is 'a'"),
        (lambda: SGD(math.nan), "momentum is nan"),
        (lambda: Adam((0.9, -0.1)), r"betas\[1\] is -0.1"),
        (lambda: Adam(0.9), "betas is 0.9"),
        (lambda: Adam(epsilon=0.0), "epsilon is 0.0"),
    ],
)
def test_impossible_settings(build: Any, words: str) -> None:
    """Refused where they are given."""
    with pytest.raises(DomainError, match=words):
        build()
