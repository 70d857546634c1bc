"""Backpropagation against the complex step and autograd; and a gradient that is 0.05 % wrong is caught."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

from gantheory.backpropagation import Layout, gradient
from gantheory.claims.gradients import GRADIENTS
from gantheory.claims.statement import Verdict, judge
from gantheory.errors import DomainError
from gantheory.mlp import MLP
from gantheory.panel import PANEL, seeded
from gantheory.players import Players

STEP = 1e-40
SHAPES = [((3,), "tanh"), ((16, 16), "tanh"), ((8, 4, 8), "tanh"), ((16, 16), "relu"), ((1,), "tanh"), ((), "tanh")]


def _parameters(net: MLP) -> list[np.ndarray]:
    return [*net.weights, *net.biases, net.skip]


def _output(parameters: list[Any], z: Any, activation: str, xp: Any = np) -> Any:
    """The network once more, for complex numbers and for autograd."""
    n = len(parameters) // 2
    a = xp.reshape(z, (1, -1))
    for W, b in zip(parameters[: n - 1], parameters[n : 2 * n - 1], strict=True):
        u = xp.dot(W, a) + xp.reshape(b, (-1, 1))
        a = xp.tanh(u) if activation == "tanh" else xp.where(xp.real(u) > 0, u, 0.0)
    return (
        xp.reshape(xp.dot(parameters[n - 1], a) + xp.reshape(parameters[2 * n - 1], (-1, 1)), (-1,))
        + parameters[-1] * z
    )


def complex_step(f: Callable[[list[Any]], Any], arguments: list[np.ndarray]) -> list[np.ndarray]:
    """The gradient of f, one number at a time: exact to rounding, since nothing is subtracted."""
    found = []
    for i, argument in enumerate(arguments):
        slopes = np.empty(argument.shape)
        for index in np.ndindex(argument.shape):
            moved = np.array(argument, dtype=complex)
            moved[index] += 1j * STEP
            slopes[index] = f([*arguments[:i], moved, *arguments[i + 1 :]]).imag / STEP
        found.append(slopes)
    return found


def worst(found: list[np.ndarray], exact: list[np.ndarray]) -> float:
    """The largest deviation of any array from the exact one, relative to that array's largest number."""
    return max(np.abs(f - e).max() / np.abs(e).max() for f, e in zip(found, exact, strict=True))


def _case(hidden: tuple[int, ...], activation: str) -> tuple[MLP, np.ndarray, np.ndarray, list[np.ndarray]]:
    net = MLP.random(hidden, skip=0.3, activation=activation, rng=1)
    rng = np.random.default_rng(2)
    z, upstream = rng.normal(size=40), rng.normal(size=40)
    found = gradient(net, z, upstream)
    return net, z, upstream, [*found.weights, *found.biases, found.skip, found.z]


@pytest.mark.parametrize(("hidden", "activation"), SHAPES)
def test_gradients_are_the_complex_steps(hidden: tuple[int, ...], activation: str) -> None:
    """In every weight, bias, the skip and every z."""
    net, z, upstream, found = _case(hidden, activation)
    exact = complex_step(lambda p: np.sum(upstream * _output(p[:-1], p[-1], activation)), [*_parameters(net), z])
    assert worst(found, exact) <= 1e-12


@pytest.mark.parametrize(("hidden", "activation"), SHAPES)
def test_gradients_are_autograds(hidden: tuple[int, ...], activation: str) -> None:
    """An independent library agrees."""
    net, z, upstream, found = _case(hidden, activation)
    loss = lambda p: anp.sum(upstream * _output(p[:-1], p[-1], activation, anp))  # noqa: E731
    exact = [np.asarray(e) for e in autograd.grad(loss)([*_parameters(net), z])]
    assert worst(found, exact) <= 1e-10


@pytest.mark.parametrize("planted", range(8))
def test_a_planted_error_of_a_twentieth_of_a_percent_is_caught(planted: int) -> None:
    """In any one of the arrays; the same check passes without it."""
    net, z, upstream, found = _case((16, 16), "tanh")
    exact = complex_step(lambda p: np.sum(upstream * _output(p[:-1], p[-1], "tanh")), [*_parameters(net), z])
    assert worst(found, exact) <= 1e-12
    found[planted] = found[planted] * 1.0005
    assert worst(found, exact) > 1e-4


def test_members_of_an_ensemble_have_the_gradients_they_have_alone() -> None:
    """To the last bit, each on a batch of its own, whatever stands beside it."""
    nets, rng = MLP.random(ensemble=17, skip=0.2, rng=3), np.random.default_rng(4)
    z, upstream = rng.normal(size=(17, 64)), rng.normal(size=(17, 64))
    together = gradient(nets, z, upstream)
    for i in (0, 5, 16):
        alone = gradient(nets[i], z[i], upstream[i])
        assert all((a[i] == b).all() for a, b in zip(together.weights, alone.weights, strict=True))
        assert all((a[i] == b).all() for a, b in zip(together.biases, alone.biases, strict=True))
        assert together.skip[i] == alone.skip
        assert (together.z[i] == alone.z).all()
    shared = gradient(nets, z[0], upstream[0])
    assert (shared.z[0] == together.z[0]).all()
    assert shared.z.shape == (17, 64)


def test_the_slope_in_z_is_the_networks_derivative() -> None:
    """Backward in z and forward in z are two routes to G'."""
    net, z = MLP.random(skip=0.5, rng=5), np.linspace(-3, 3, 101)
    assert np.abs(gradient(net, z, np.ones(101)).z - net.derivative(z)).max() < 1e-13


@pytest.mark.parametrize(
    ("network", "z", "upstream", "words"),
    [
        (MLP.random(rng=0), np.zeros((2, 3)), np.zeros(3), "z has shape"),
        (MLP.random(ensemble=2, rng=0), np.zeros((3, 3)), np.zeros(3), "z has shape"),
        (MLP.random(rng=0), np.zeros(3), np.zeros(4), "z has 3 numbers and upstream 4"),
    ],
)
def test_shapes_that_do_not_fit(network: MLP, z: Any, upstream: Any, words: str) -> None:
    """One batch for all, or one for each; as many slopes as numbers."""
    with pytest.raises(DomainError, match=words):
        gradient(network, z, upstream)


# -- rows of parameters ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ensemble", [None, 3])
def test_a_row_holds_a_network(ensemble: int | None) -> None:
    """Parameters go into a row and come back as they were."""
    net = MLP.random((5, 3), ensemble=ensemble, skip=0.7, rng=6)
    layout = Layout.of(net)
    row = layout.row(net)
    assert row.shape == (*net.shape, layout.size)
    assert layout.size == 10 + 18 + 4 + 1
    again = layout.network(row)
    assert all((a == b).all() for a, b in zip(_parameters(again), _parameters(net), strict=True))


def test_affine_maps_are_absorbed() -> None:
    """shift + scale·G((z − from)/by) is a network."""
    net, z = MLP.random(ensemble=4, skip=0.7, rng=7), np.linspace(-2, 5, 50)
    moved = net.rescaled(inner=(1.5, 0.3), outer=(-4.0, 2.5))
    assert np.abs(moved(z) - (-4.0 + 2.5 * net((z - 1.5) / 0.3))).max() < 1e-12
    with pytest.raises(DomainError, match="inner is"):
        net.rescaled(inner=(0.0, 0.0))


# -- the value of the game ---------------------------------------------------------------------------------------------


def _log_one_plus_exp(a: Any) -> Any:
    """softplus for complex numbers, without overflow."""
    big = np.real(a) > 0
    return np.where(big, a, 0.0) + np.log1p(np.exp(np.where(big, -a, a)))


def _minibatch_value(G: list[Any], D: list[Any], x: Any, z: Any) -> Any:
    """(1/m) Σ log D(x) + log(1 − D(G(z))), as algorithm 1 writes it."""
    real, fake = _output(D, x, "tanh"), _output(D, _output(G, z, "tanh"), "tanh")
    return np.mean(-_log_one_plus_exp(-real)) + np.mean(-_log_one_plus_exp(fake))


def _non_saturating(G: list[Any], D: list[Any], z: Any) -> Any:
    return np.mean(_log_one_plus_exp(-_output(D, _output(G, z, "tanh"), "tanh")))


def _game(scale: float, loss: str) -> tuple[Players, list[Any], list[Any], np.ndarray, np.ndarray]:
    G, D, rng = MLP.random((8, 8), skip=1.0, rng=8), MLP.random((8, 8), rng=9), np.random.default_rng(10)
    D = D.rescaled(outer=(0.0, scale))  # logits up to hundreds: every D but a rounded one has a slope
    x, z = rng.normal(1, 2, size=(1, 16)), rng.normal(size=(1, 16))
    layouts = Layout((8, 8)), Layout((8, 8), skip=False)
    players = Players(layouts, layouts[0].row(G)[None], layouts[1].row(D)[None], 16, loss)
    return players, _parameters(G), _parameters(D), x, z


def _flat(slopes: list[np.ndarray], layout: Layout) -> np.ndarray:
    n = len(slopes) // 2
    each = MLP.__new__(MLP)  # slopes in a network's shapes, whatever their numbers
    for name, value in (("weights", slopes[:n]), ("biases", slopes[n : 2 * n]), ("skip", slopes[-1])):
        object.__setattr__(each, name, value)
    return layout.row(each)


@pytest.mark.parametrize("scale", [1.0, 30.0])
@pytest.mark.parametrize("loss", ["minimax", "non-saturating"])
def test_the_players_slopes_are_those_of_the_game(loss: str, scale: float) -> None:
    """In every parameter of D and of G, by the complex step of algorithm 1's own formula, saturated logits too."""
    players, G, D, x, z = _game(scale, loss)
    players.differentiate_D(x, z)
    exact = _flat(complex_step(lambda p: -_minibatch_value(G, p, x[0], z[0]), D), players.D.layout)
    assert worst([players.D.slopes[0]], [exact]) <= 1e-12
    players.differentiate_G(z)
    of_G = _minibatch_value if loss == "minimax" else lambda G, D, x, z: _non_saturating(G, D, z)
    exact = _flat(complex_step(lambda p: of_G(p, D, x[0], z[0]), G), players.G.layout)
    assert worst([players.G.slopes[0]], [exact]) <= 1e-12
    wrong = players.G.slopes[0].copy()
    wrong[np.abs(exact).argmax()] *= 1.0005
    assert worst([wrong], [exact]) > 1e-4


def test_a_saturated_discriminator_still_has_its_slope() -> None:
    """D(G(z)) = 1e-100 is no 0: G's minimax slope is −D·∂a, to the last digits."""
    layouts = Layout(()), Layout((), skip=False)
    players = Players(layouts, np.array([[0.0, 0.0, 1.0]]), np.array([[1.0, -230.0]]), 2)
    players.differentiate_G(np.array([[0.0, 0.0]]))
    assert players.G.slopes[0, 1] == pytest.approx(-np.exp(-230.0), rel=1e-14)


def test_the_claim_holds_and_its_counterfeit_falls() -> None:
    """On the panel's laws, at other seeds than its own too."""
    (claim,) = GRADIENTS
    assert claim.evidence("N", seeded(PANEL, 11)).verdict is Verdict.HOLDS
    (control,) = claim.controls
    named = [case for case in PANEL if case.name in control.cases]
    assert named
    assert judge(control, named).verdict is Verdict.REFUTED
