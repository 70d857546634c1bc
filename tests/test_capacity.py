"""The witness of capacity: near where a network can be, honestly far where it cannot, and its gradient is one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gantheory.backpropagation import Layout
from gantheory.capacity import _value_and_slopes, capacity_witness
from gantheory.divergences import js_divergence
from gantheory.errors import DomainError
from gantheory.mlp import MLP
from gantheory.projection import best_fit
from gantheory.pushforward import Pushforward

BIMODAL = "0.5*norm(-2, 0.7) + 0.5*norm(2.5, 1)"
TAU = 0.02


@pytest.mark.parametrize("law", ["norm(3, 0.5)", BIMODAL, "laplace(0, 1)"])
def test_the_targets_of_training_have_a_witness(law: str) -> None:
    """The networks that are trained can represent what they are trained on, to a thousandth of τ and better."""
    found = capacity_witness(law)
    assert found.excess < 0.001 * TAU
    apart = found.excess - 2 * js_divergence(law, Pushforward(found.network, "norm(0, 1)"))
    assert abs(float(apart)) <= 1e-9


def test_a_heavy_tail_and_a_bounded_prior() -> None:
    """Stretches are fitted as shares, so that long cells count no more than short ones."""
    assert capacity_witness("t(2)").excess < TAU
    assert capacity_witness("norm(0, 1)", "uniform(-1, 2)").excess < TAU


def test_a_network_too_small_is_no_witness() -> None:
    """An affine map of a normal z is one normal law: no nearer than the nearest of them, and not far from it."""
    found = capacity_witness(BIMODAL, hidden=())
    nearest = 2.0 * float(js_divergence(BIMODAL, best_fit(BIMODAL).law))
    assert found.excess > nearest * (1 - 1e-9)
    assert found.excess < 1.3 * nearest
    assert found.excess > 10 * TAU


def test_affine_maps_are_found_exactly() -> None:
    """Where the monotone map is affine the fit is it."""
    found = capacity_witness("cauchy(1, 2)", "cauchy", hidden=())
    assert found.excess < 1e-6
    z = np.array([-1.0, 0.0, 3.0])
    assert np.allclose(found.network(z), 1.0 + 2.0 * z, rtol=1e-3)


def test_the_same_rng_the_same_witness() -> None:
    """And another start is another network."""
    one, two, other = (capacity_witness("expon", hidden=(4,), rng=rng) for rng in (1, 1, 2))
    assert one.excess == two.excess
    assert one.excess != other.excess


@pytest.mark.parametrize("hidden", [(), (3,), (4, 5)])
def test_slopes_of_the_fit(hidden: tuple[int, ...]) -> None:
    """Against central differences, each parameter in turn."""
    network = MLP.random(hidden, skip=0.7, rng=0)
    layout, z = Layout.of(network), np.linspace(-2, 2, 7)
    row = layout.row(network)
    x, J = _value_and_slopes(layout.layers(row), z)
    assert np.allclose(x, network(z), rtol=0, atol=1e-14)
    for k in range(layout.size):
        moved = [row + step * (np.arange(layout.size) == k) for step in (1e-6, -1e-6)]
        up, down = (layout.network(one)(z) for one in moved)
        assert np.allclose(J[:, k], (up - down) / 2e-6, rtol=0, atol=1e-8)


def test_what_is_no_network_is_refused() -> None:
    """Before anything is fitted."""
    with pytest.raises(DomainError, match="hidden"):
        capacity_witness("norm", hidden=(0,))


def test_a_law_of_atoms_has_none() -> None:
    """A law without a density is told apart from one with it: 2·JSD = log 4."""
    from gantheory.densities import Discrete

    found = capacity_witness(Discrete([0.0, 1.0], [0.5, 0.5]), hidden=(2,))
    assert math.log(4.0) in found.excess
