"""Algorithm 1's gradients: what the networks are moved by is the gradient of the minibatch value of the game.

The two sides share the parameters and nothing else: backpropagation in real numbers, through the slopes of V in D's
logits; and V itself, written out as the paper does and evaluated at θ + ih. Its imaginary part over h is the derivative
to rounding: for h = 1e-40 there is no difference to lose digits in.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gantheory.backpropagation import Layout
from gantheory.claims.routes import is_law
from gantheory.claims.statement import Claim, Statement, together
from gantheory.estimate import Estimate
from gantheory.mlp import MLP
from gantheory.players import Players
from gantheory.standardization import centre_and_scale

__all__ = ["GRADIENTS"]

_STEP = 1e-40
_ROUNDING = 1e-12  # of a gradient, relative to its largest number
_DRAWS = 16
_LAYOUTS = Layout((6, 5)), Layout((6, 5), skip=False)  # of G and D; every rule of backpropagation is met by two layers
_PLANTED = 1.0005


def _output(layout: Layout, rows: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Networks with parameters of any kind of number at z of shape (..., m)."""
    layers, a = layout.layers(rows), z[..., None, :]
    for W in layers.matrices[:-1]:
        a = np.tanh(W[..., :-1] @ a + W[..., -1:])
    last = layers.matrices[-1]
    out = (last[..., :-1] @ a)[..., 0, :] + last[..., 0, -1:]
    return out if layers.skip is None else out + layers.skip[..., 0] * z


def _log_sigmoid(a: np.ndarray) -> np.ndarray:
    """log σ(a) of complex numbers."""
    is_negative = np.real(a) < 0
    return np.where(is_negative, a, 0.0) - np.log1p(np.exp(np.where(is_negative, a, -a)))


def _loss_of_D(G: np.ndarray, D: np.ndarray, x: np.ndarray, z: np.ndarray) -> np.ndarray:
    """−(1/m) Σ log D(x) + log(1 − D(G(z)))."""
    real, fake = _output(_LAYOUTS[1], D, x), _output(_LAYOUTS[1], D, _output(_LAYOUTS[0], G, z))
    return -np.mean(_log_sigmoid(real) + _log_sigmoid(-fake), axis=-1)


def _loss_of_G(G: np.ndarray, D: np.ndarray, z: np.ndarray, loss: str) -> np.ndarray:
    """(1/m) Σ log(1 − D(G(z))), or −(1/m) Σ log D(G(z))."""
    fake = _output(_LAYOUTS[1], D, _output(_LAYOUTS[0], G, z))
    return np.mean(_log_sigmoid(-fake) if loss == "minimax" else -_log_sigmoid(fake), axis=-1)


def _shifted(row: np.ndarray) -> np.ndarray:
    """θ + ih e_i, a row for each i."""
    return row + 1j * _STEP * np.eye(row.shape[-1])


def _gradients(case: Any, loss: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Of D and of G, by backpropagation and by the complex step, at random networks and draws of the case."""
    rng = case.rng(f"gradients, {loss}")
    networks = MLP.random((6, 5), gain=1.0, skip=1.0, rng=rng), MLP.random((6, 5), gain=1.0, rng=rng)
    G, D = (layout.row(network)[None] for layout, network in zip(_LAYOUTS, networks, strict=True))
    centre, scale = centre_and_scale(case.p_data)
    x, z = (case.p_data.sample((1, _DRAWS), rng=rng) - centre) / scale, rng.normal(size=(1, _DRAWS))
    players = Players(_LAYOUTS, G, D, _DRAWS, loss)
    players.differentiate_D(x, z)
    players.differentiate_G(z)
    of_D = np.imag(_loss_of_D(G, _shifted(D), x, z)) / _STEP
    of_G = np.imag(_loss_of_G(_shifted(G), D, z, loss)) / _STEP
    return [(players.D.slopes[0], of_D), (players.G.slopes[0], of_G)]


def _residuals(case: Any, factor: float = 1.0) -> Estimate:
    """Backpropagation's numbers less the complex step's, in units of the largest."""
    pairs = [pair for loss in ("minimax", "non-saturating") for pair in _gradients(case, loss)]
    return together(
        *(Estimate((factor * found - exact) / np.abs(exact).max(), _ROUNDING, "estimate") for found, exact in pairs)
    )


GRADIENTS = (
    Claim(
        "alg1.gradients",
        "the networks' gradients are those of the minibatch value of the game, for either loss of G",
        "GAN14 alg. 1",
        {"N": Statement("backpropagation − Im V(θ + ih)/h = 0, in every parameter of D and G", _residuals)},
        (Statement("a gradient off by 0.05 %", lambda case: _residuals(case, _PLANTED), cases=("normal-shift",)),),
        is_law,
        "p_data by name; G and D are tanh networks",
    ),
)
