"""Networks: forward, derivative, ensembles; and the exact law of one, against dense search and samples."""

from __future__ import annotations

import math
from typing import Any

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import elementwise_grad

from gantheory.densities import Normal
from gantheory.errors import DomainError
from gantheory.mlp import MLP
from gantheory.pushforward import Pushforward

Z = np.linspace(-4, 4, 2501)


def _by_autograd(net: MLP, z: Any) -> Any:
    """The same network, written once more: autograd differentiates it."""
    a = anp.reshape(z, (1, -1))
    for W, b in zip(net.weights[:-1], net.biases[:-1], strict=True):
        u = anp.dot(W, a) + b[:, None]
        a = anp.tanh(u) if net.activation == "tanh" else anp.maximum(u, 0.0)
    return anp.reshape(anp.dot(net.weights[-1], a) + net.biases[-1][:, None], (-1,)) + net.skip * z


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("hidden", [(3,), (16, 16), (8, 4, 8)])
def test_value_and_derivative_are_autograds(hidden: tuple[int, ...], activation: str) -> None:
    """An independent implementation agrees to rounding, for any depth."""
    net = MLP.random(hidden, skip=0.3, activation=activation, rng=1)
    x, slope = net.value_and_derivative(Z)
    assert np.abs(x - _by_autograd(net, Z)).max() < 1e-13 * np.abs(x).max()
    exact = elementwise_grad(lambda z: _by_autograd(net, z))(Z)
    assert np.abs(slope - exact).max() < 1e-12 * np.abs(exact).max()
    assert (net.derivative(Z) == slope).all()
    assert (net(Z) == x).all()


def test_a_planted_error_in_the_derivative_is_caught() -> None:
    """A weight that is off by 0.05 % moves the derivative far beyond what the test above allows."""
    net = MLP.random(rng=1)
    wrong = MLP((net.weights[0] * 1.0005, *net.weights[1:]), net.biases, net.skip)
    exact = elementwise_grad(lambda z: _by_autograd(net, z))(Z)
    assert np.abs(wrong.derivative(Z) - exact).max() > 1e-5 * np.abs(exact).max()


def test_members_of_an_ensemble_are_the_networks_alone() -> None:
    """One matrix product moves all; each is what it is by itself."""
    nets = MLP.random(ensemble=5, skip=0.2, rng=3)
    assert len(nets) == 5
    assert nets(Z).shape == (5, len(Z))
    for i in range(5):
        assert np.abs(nets(Z)[i] - nets[i](Z)).max() < 1e-13
        assert np.abs(nets.derivative(Z)[i] - nets[i].derivative(Z)).max() < 1e-12
    assert str(nets) == "5 of MLP(1-16-16-1, tanh)"
    assert nets[1:3].shape == (2,)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: MLP([[[1.0]]], [[0.0]], activation="gelu"), "activation is 'gelu'"),
        (lambda: MLP([[[1.0]]], []), "1 layers and biases 0"),
        (lambda: MLP([[[1.0, 2.0]]], [[0.0]]), r"they must be \(1, 1\)"),
        (lambda: MLP([[[np.nan]]], [[0.0]]), "nan or inf"),
        (lambda: MLP([["a"]], [[0.0]]), "array of numbers"),
        (lambda: MLP.random((0,)), r"hidden is \(0,\)"),
        (lambda: MLP.random(16), "hidden is 16"),
        (lambda: MLP.random(ensemble=-1), "ensemble is -1"),
        (lambda: MLP.random(ensemble="a"), "ensemble is 'a'"),
        (lambda: MLP.random(gain="a"), "gain is 'a'"),
        (lambda: MLP(None, None), "weights is None"),
        (lambda: MLP.random(rng=0)(np.zeros((2, 2))), "numbers of shape"),
        (lambda: MLP.random(rng=0)[0], "single network"),
    ],
)
def test_what_is_no_network(build: Any, words: str) -> None:
    """Shapes, numbers and names are checked where they are given."""
    with pytest.raises(DomainError, match=words):
        build()


# -- the law of a network ----------------------------------------------------------------------------------------------

SEEDS = 200
NETWORKS = MLP.random(ensemble=SEEDS, rng=0)
DENSE = np.linspace(-9, 9, 200_001)


def _critical_points_by_dense_search(net: MLP) -> np.ndarray:
    """Sign changes of G' on a dense grid, where G moves by more than its own rounding."""
    slope, x = net.derivative(DENSE), net(DENSE)
    change = np.flatnonzero(np.sign(slope[1:]) * np.sign(slope[:-1]) < 0)
    near = np.array([np.ptp(x[max(i - 2000, 0) : i + 2000]) for i in change])
    change = change[near > 1e-12 * np.abs(x).max()] if len(change) else change
    return 0.5 * (DENSE[change] + DENSE[change + 1])


@pytest.mark.slow
def test_every_critical_point_of_two_hundred_networks_is_found() -> None:
    """Against the dense search, in both directions; the mass is 1 to 1e-12, and G inverts."""
    for seed in range(SEEDS):
        net = NETWORKS[seed]
        law = Pushforward(net)
        found, known = law.critical_points, _critical_points_by_dense_search(net)
        inside = found[np.abs(found) < 9]
        assert all(np.abs(found - z).min(initial=9.0) < 1e-4 for z in known), seed
        assert all(np.abs(known - z).min(initial=9.0) < 1e-4 for z in inside), seed
        assert abs(law.continuous_mass + law.atoms()[1].sum() - 1) <= 1e-12, seed
        x = law.ppf(np.array([0.1, 0.5, 0.9]))
        assert np.abs(law.cdf(x) - [0.1, 0.5, 0.9]).max() <= 1e-12, seed


@pytest.mark.slow
def test_a_million_samples_of_each_follow_its_cdf() -> None:
    """Kolmogorov's bound at 1 in 10,000, for all two hundred: the cdf against every 50th sample in order."""
    n = 1_000_000
    i = np.arange(49, n, 50)
    for seed, net in enumerate(NETWORKS):
        x = np.sort(net(np.random.default_rng(seed).standard_normal(n)))
        cdf = Pushforward(net).cdf(x[i])
        gap = max((cdf - i / n).max(), ((i + 1) / n - cdf).max())
        assert gap < 2.23 / math.sqrt(n), seed


def test_the_density_of_a_network_with_a_skip_is_its_cdfs_slope() -> None:
    """Masses of cells and the density at their middles agree as the cells shrink; the whole line is reached."""
    law = Pushforward(MLP.random(skip=2.0, rng=5), Normal(0, 1))
    assert law.support() == (-math.inf, math.inf)
    x = np.linspace(*law.ppf(np.array([0.01, 0.99])), 40_001)
    masses, middles = np.diff(law.cdf(x)), 0.5 * (x[1:] + x[:-1])
    away = np.ones(len(middles), bool)
    for pole in law.poles():
        away &= np.abs(middles - pole.location) > 0.02
    step = x[1] - x[0]
    assert np.abs(masses / step / law.pdf(middles) - 1)[away].max() < 1e-3
