"""The cosine of a training step with −∇C: against differences of C in the coordinates of training."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gantheory.algorithm_1 import Settings, State, advance, generator, initial_state
from gantheory.alignment import alignment, check_alignment
from gantheory.densities import Tabulated, as_density
from gantheory.errors import DomainError
from gantheory.game import criterion
from gantheory.pushforward import Pushforward

SETTINGS = Settings(steps=100, k=2, batch=64, hidden=(3, 2))


def steps(p_data: str, prior: str = "norm(0, 1)", **settings: Any) -> tuple[State, State]:
    asked = replace(SETTINGS, **settings)
    before = advance(initial_state(asked, p_data, prior, seeds=2), p_data, prior, until=20)
    return before, advance(before, p_data, prior, until=40)


@pytest.mark.parametrize(("p_data", "prior"), [("norm(3, 0.5)", "norm(0, 1)"), ("laplace(-1, 2)", "norm(5, 2)")])
def test_it_is_the_angle_with_the_differences_of_the_criterion(p_data: str, prior: str) -> None:
    """Every parameter of the networks' own moved by itself: another route, that shares no formula."""
    before, after = steps(p_data, prior)
    found = alignment(as_density(p_data), as_density(prior), before, after)
    for i in range(2):
        slope = []
        for j in range(before.G.shape[1]):
            ends = []
            for side in (-1.0, 1.0):
                G = before.G.copy()
                G[i, j] += side * 1e-4
                ends.append(float(criterion(p_data, Pushforward(generator(replace(before, G=G))[i], prior))))
            slope.append((ends[1] - ends[0]) / 2e-4)
        step = after.G[i] - before.G[i]
        exact = -float(step @ np.array(slope)) / (np.linalg.norm(step) * np.linalg.norm(slope))
        assert abs(float(found.value[i]) - exact) <= float(found.error[i]) + 1e-5
        assert float(found.error[i]) < 1e-6


def test_straight_down_is_one() -> None:
    """A step along −∇C, which differences of the cosine's own gradient give, has the cosine 1; its reverse −1."""
    before, _ = steps("norm(3, 0.5)")
    p, prior = as_density("norm(3, 0.5)"), as_density("norm(0, 1)")
    size = before.G.shape[1]
    # each coordinate's cosine is minus its share of the gradient
    shares = [
        np.asarray(alignment(p, prior, before, replace(before, G=before.G + step)).value)
        for step in 1e-3 * np.eye(size)
    ]
    down = np.stack(shares, axis=1)
    assert np.linalg.norm(down, axis=1) == pytest.approx([1.0, 1.0], abs=1e-9)
    for sign in (1.0, -1.0):
        found = alignment(p, prior, before, replace(before, G=before.G + sign * 1e-3 * down))
        assert np.asarray(found.value) == pytest.approx([sign, sign], abs=1e-9)


def test_no_step_and_no_gradient_have_no_angle() -> None:
    """0 ± 1: of a seed that stands, and where an edge of p_g crosses a jump of p_data."""
    before, after = steps("norm(0, 1)")
    p, prior = as_density("norm(0, 1)"), as_density("norm(0, 1)")
    stands = after.G.copy()
    stands[1] = before.G[1]
    found = alignment(p, prior, before, replace(after, G=stands))
    assert (found.value[1], found.error[1]) == (0.0, 1.0)
    assert float(found.error[0]) < 1e-6


def test_what_it_is_not_known_for() -> None:
    """Networks that are not of tanh, laws without a score."""
    p, table = as_density("norm(0, 1)"), Tabulated(np.linspace(-1, 1, 3), np.array([0.0, 1.0, 0.0]))
    check_alignment(p, p, "tanh")
    with pytest.raises(DomainError, match="activation is 'relu'"):
        check_alignment(p, p, "relu")
    with pytest.raises(DomainError, match="p_data is Tabulated"):
        check_alignment(table, p, "tanh")
    with pytest.raises(DomainError, match="the prior is Tabulated"):
        check_alignment(p, table, "tanh")
