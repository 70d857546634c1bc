"""The masses of cells against the law's own probabilities, tails and gaps and atoms included."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import special

from gantheory.densities import as_density
from gantheory.ensemble import Ensemble
from gantheory.mlp import MLP
from gantheory.preimage_masses import cells_of
from gantheory.pushforward import Pushforward
from gantheory.tracking import fixed_edges

EDGES = np.array([-30.0, -12.0, -10.0, -3.0, -1.0, 0.1, 0.5, 2.0, 10.0, 12.0, 30.0])


@pytest.mark.parametrize("prior", ["norm(0, 1)", "laplace(0, 1)", "uniform(-1, 3)", "expon(1)"])
@pytest.mark.parametrize("G", ["z", "-2*z + 1", "z**2 - 1", "z + 3*tanh(20*z)", "sin(3*z)", "exp(z)", "z**3", "1.0"])
def test_masses_are_the_laws_own_probabilities(G: str, prior: str) -> None:
    """Relative to each mass, however thin, wherever the exact law's own probability is."""
    law = Pushforward(G, prior)
    inside = np.array([law.probability(a, b) for a, b in pairwise(EDGES)])
    assert cells_of(Ensemble([G], prior), EDGES)[0] == pytest.approx(inside, rel=1e-9, abs=1e-200)


def test_tails_of_the_identity() -> None:
    """As thin on the right as on the left, where a difference of cdfs is 0."""
    for member in cells_of(Ensemble(["z", "-z"]), EDGES):
        exact = special.ndtr(-10.0) - special.ndtr(-12.0)
        assert member[[1, 8]] == pytest.approx([exact, exact], rel=1e-12)
        assert member[[0, 9]] == pytest.approx(2 * [special.ndtr(-12.0) - special.ndtr(-30.0)], rel=1e-10)


def test_a_thin_cell_between_two_modes() -> None:
    """z + 3 tanh(20 z) leaves little about 0, which is the prior's mass of the interval that G stretches over it."""
    for G in ("z + 3*tanh(2000*z)", lambda z: z + 3.0 * np.tanh(2000.0 * z)):
        (mass,) = cells_of(Ensemble([G]), np.array([-1e-9, 1e-9]))[0]
        assert mass == pytest.approx(2e-9 / 6001.0 / np.sqrt(2 * np.pi), rel=1e-6)


def test_flat_pieces_are_counted_where_they_lie() -> None:
    """The atom of a piecewise linear G at an edge belongs to the cell that ends there."""
    relu = MLP.random(hidden=(8, 8), activation="relu", ensemble=3, rng=1, skip=0.0)
    cells = cells_of(Ensemble(relu), np.array([-np.inf, -0.5, 0.0, 0.5, np.inf]))
    assert cells.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-12)
    for i in range(3):
        law = Pushforward(relu[i])
        assert cells[i].cumsum()[:-1] == pytest.approx(law.cdf(np.array([-0.5, 0.0, 0.5])), abs=1e-12)
    assert cells_of(Ensemble(["relu(z)"]), np.array([-1.0, 0.0, 1.0]))[0, 0] == pytest.approx(0.5, abs=1e-12)


def test_no_cell_of_a_network_with_a_skip_is_empty() -> None:
    """Its range is the line: Laplace's cells have masses under it that are thin, not 0."""
    edges = fixed_edges(as_density("laplace(0, 1)"))
    networks = MLP.random(ensemble=8, rng=0, skip=1.0)
    cells = cells_of(Ensemble(networks), edges)
    assert (cells > 0).all()
    assert cells.sum(axis=1) == pytest.approx(np.ones(8), abs=1e-12)


def test_a_generator_that_overflows_in_the_tails_keeps_its_middle() -> None:
    """What is not followed beyond 1e-18 of the prior is left out, and nothing else."""
    law = Ensemble(["exp(z**2)"])
    cells = cells_of(law, np.array([0.0, 1.0, 2.0, np.inf]))
    assert cells[0] == pytest.approx([0.0, *np.diff(special.erf(np.sqrt([0.0, np.log(2.0) / 2, np.inf])))], abs=1e-12)
