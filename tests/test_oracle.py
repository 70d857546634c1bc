"""D at its optimum in D's place: the log-ratio and its slope, by another route and by differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gantheory.densities import Normal, Tabulated, as_density
from gantheory.errors import DomainError
from gantheory.mlp import MLP
from gantheory.oracle import optimal
from gantheory.pushforward import Pushforward
from gantheory.ratio import log_ratio

MIXTURE = "0.5*norm(-2, 0.7) + 0.5*norm(2.5, 1)"


def asked(p_data: str, prior: str, G: MLP) -> tuple[Any, Any, np.ndarray, np.ndarray, np.ndarray]:
    p, z = as_density(p_data), as_density(prior)
    x = G(z.sample((64,), rng=0))
    return p, z, x, *optimal(p, z)(G, x)


@pytest.mark.parametrize(
    ("p_data", "prior", "settings"),
    [
        (MIXTURE, "norm(0, 1)", {"skip": 0.5}),
        ("laplace(0, 1)", "uniform(-1, 2)", {"skip": 0.0}),
        ("expon", "norm(1, 2)", {"skip": 1.0, "gain": 0.5}),
        ("norm(0, 1)", "cauchy(0, 1)", {"skip": 1.0}),
        ("norm(0, 1)", "norm(0, 1)", {"skip": 1.0, "activation": "relu"}),
    ],
)
def test_it_is_the_log_ratio_and_its_slope(p_data: str, prior: str, settings: dict[str, Any]) -> None:
    """log p_data − log p_g of the exact law one by one, and differences of it: folds, edges, kinks."""
    G = MLP.random((8, 8), ensemble=3, rng=1, **settings)
    p, z, x, logit, slope = asked(p_data, prior, G)
    for i in range(3):
        r = log_ratio(p, Pushforward(G[i], z))
        exact, h = np.asarray(r(x[i])), 1e-6
        ahead, behind = np.asarray(r(x[i] + h)), np.asarray(r(x[i] - h))
        exact = np.clip(exact, -1e3, 1e3)
        assert np.abs(logit[i] - exact).max() <= 1e-7 * (1 + np.abs(exact).max())
        # where the ratio bends within h of x, as beside a fold or a kink, differences are none
        with np.errstate(all="ignore"):
            smooth = np.isfinite(ahead + behind) & (np.abs(ahead + behind - 2 * exact) < 1e-9)
        assert smooth.sum() > 20
        differences = (ahead[smooth] - behind[smooth]) / (2 * h)
        assert np.abs(slope[i][smooth] - differences).max() <= 1e-4 * (1 + np.abs(differences).max())
    assert np.isfinite(logit).all()
    assert np.isfinite(slope).all()


def test_two_normal_laws() -> None:
    """G = 2z + 1: the logit is a parabola."""
    G = MLP([[[[0.0]]], [[[1.0]]]], [[[0.0]], [[1.0]]], skip=[2.0])
    x = np.linspace(-3, 5, 41)[None]
    logit, slope = optimal(Normal(0, 1), Normal(0, 1))(G, x)
    assert logit[0] == pytest.approx(-0.5 * x[0] ** 2 + 0.5 * ((x[0] - 1) / 2) ** 2 + np.log(2), abs=1e-11)
    assert slope[0] == pytest.approx(-x[0] + (x[0] - 1) / 4, abs=1e-10)


def test_a_network_is_given_the_same_whatever_stands_beside_it() -> None:
    """To the last bit, alone and among eight; a steep one has no numbers, and its neighbours have theirs."""
    G = MLP.random(ensemble=8, rng=1, skip=0.5)
    p, z = as_density(MIXTURE), Normal()
    x = G(z.sample((64,), rng=0))
    logit, slope = optimal(p, z)(G, x)
    for some in (slice(0, 1), slice(2, 5), slice(5, 8)):
        part = optimal(p, z)(G[some], x[some])
        assert (part[0] == logit[some]).all()
        assert (part[1] == slope[some]).all()
    steep = MLP.random(ensemble=1, rng=0, gain=200.0, skip=1.0)
    weights, biases = (
        tuple(np.concatenate([a[:2], b]) for a, b in zip(of, wild, strict=True))
        for of, wild in ((G.weights, steep.weights), (G.biases, steep.biases))
    )
    mixed = MLP(weights, biases, np.append(G.skip[:2], 1.0))
    found = optimal(p, z)(mixed, x[:3])
    assert (found[0][:2] == logit[:2]).all()
    assert np.isnan(found[0][2]).all()


def test_laws_without_a_score_are_refused() -> None:
    """Before anything runs, with the remedy."""
    table = Tabulated(np.linspace(-1, 1, 3), np.array([0.0, 1.0, 0.0]))
    with pytest.raises(DomainError, match="p_data is Tabulated"):
        optimal(table, Normal())
    with pytest.raises(DomainError, match="the prior is Tabulated"):
        optimal(Normal(), table)
