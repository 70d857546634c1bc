"""Laws of an ensemble in one sweep: the same numbers as one by one, closed forms, and what is refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gantheory.densities import as_density
from gantheory.divergences import js_divergence, kl_divergence, total_variation
from gantheory.ensemble import Ensemble
from gantheory.errors import ConvergenceError, DomainError
from gantheory.expansions import clenshaw, expansions_of
from gantheory.game import criterion, value
from gantheory.generators import as_generator
from gantheory.mlp import MLP
from gantheory.preimage_masses import cells_of
from gantheory.pushforward import Pushforward

QUANTITIES = {"criterion": criterion, "js_divergence": js_divergence, "total_variation": total_variation}


def _agree(p_data: str, ensemble: Ensemble, members: Any, largest: float) -> None:
    """Every quantity of the sweep meets the member's own within the two errors, which are small."""
    for quantity in QUANTITIES.values():
        found = quantity(p_data, ensemble)
        assert found.value.shape == found.error.shape == (len(ensemble),)
        assert found.error.max() <= largest
        for i in members:
            one = quantity(p_data, ensemble[i], rtol=1e-11)
            assert abs(found.value[i] - one.value) <= found.error[i] + one.error


@pytest.mark.parametrize("skip", [0.0, 0.3])
def test_random_networks_meet_their_members(skip: float) -> None:
    """64 networks with folds against a normal law; number 47 has a critical point that is nearly a double one."""
    ensemble = Ensemble(MLP.random(ensemble=64, rng=0, skip=skip))
    _agree("norm(0, 2)", ensemble, (0, 2, 31, 47), 1e-9)


@pytest.mark.parametrize(
    ("p_data", "prior"),
    [
        ("laplace(0, 1)", "uniform(-1, 2)"),
        ("gamma(0.3, -1, 2)", "norm(0, 1)"),
        ("0.5*norm(-2, 0.7) + 0.5*norm(2.5, 1)", "norm(0, 1)"),
        ("norm(0, 1)", "0.5*norm(-2, 0.1) + 0.5*norm(2.5, 0.01)"),
        ("cauchy(0, 1)", "logistic(0, 0.5)"),
    ],
)
def test_other_laws(p_data: str, prior: str) -> None:
    """Poles and power tails of p_data; bounded, narrow and mixed priors."""
    ensemble = Ensemble(MLP.random(ensemble=6, rng=3, skip=0.5, gain=1.5), prior)
    _agree(p_data, ensemble, range(0, 6, 2), 1e-10)


def test_saturated_networks() -> None:
    """Where tanh rounds to 1 a piece has no extent in x; its mass is counted all the same."""
    ensemble = Ensemble(MLP.random(ensemble=8, rng=3, gain=6.0))
    found = criterion("norm(0, 2)", ensemble)
    assert found.error.max() <= 1e-10
    z, edges = np.random.default_rng(0).standard_normal(200_000), np.linspace(-12, 12, 4001)
    data = np.diff(as_density("norm(0, 2)").cdf(edges))
    for i in (0, 5):
        below = np.cumsum(cells_of(ensemble, np.append(-np.inf, edges))[i])
        drawn = np.searchsorted(np.sort(ensemble.generators[i](z)), edges, side="right") / len(z)
        assert np.abs(below - drawn).max() <= 2.0 / math.sqrt(len(z))  # Kolmogorov's bound, at 0.9993
        cells = np.diff(below)
        with np.errstate(all="ignore"):
            lower = sum(np.where(w > 0, w * np.log(2 * w / (cells + data)), 0.0).sum() for w in (cells, data))
        assert -math.log(4) + lower <= found.value[i] + 1e-12  # data processing: cells tell less apart


def test_closed_forms() -> None:
    """Generators whose laws have names: the same quantities as of those."""
    named = {
        "z": "norm(0, 1)",
        "2*z + 1": "norm(1, 2)",
        "z**2": "gamma(0.5, 0, 2)",
        "z**3": None,
        "sinh(z)": None,
        "exp(z)": None,
    }
    ensemble = Ensemble(list(named))
    for quantity in QUANTITIES.values():
        found = quantity("norm(0, 1)", ensemble)
        for i, (G, law) in enumerate(named.items()):
            exact = quantity("norm(0, 1)", law or Pushforward(G), rtol=1e-11)
            assert abs(found.value[i] - exact.value) <= found.error[i] + exact.error, G


def test_every_critical_point_is_found() -> None:
    """Of 64 networks: those of the laws one by one."""
    network = MLP.random(ensemble=64, rng=5)
    ends = np.linspace(-8.0, 8.0, 24)
    rows = expansions_of([as_generator(network[i]) for i in range(64)], ends)
    for i in range(0, 64, 4):
        exact = Pushforward(network[i]).critical_points
        found = np.unique(rows.z[(rows.owner == i) & (rows.order == 2)])
        assert found == pytest.approx(exact[np.abs(exact) < 8.0], abs=1e-11)


def test_an_expansion_inverts_beside_a_fold() -> None:
    """z² from 0 on: distances of 1e-20 from the critical value keep their digits."""
    rows = expansions_of([as_generator("z**2 - 1")], np.linspace(-2.0, 3.0, 6))
    row = np.flatnonzero((rows.order == 2) & (rows.side > 0))
    rise = np.array([[1e-40, 1e-20, 1e-3, 0.2]])
    d, slope = rows.take(row).distances(rise)
    assert d == pytest.approx(np.sqrt(rise), rel=1e-12)
    assert slope == pytest.approx(2 * np.sqrt(rise), rel=1e-12)


def test_clenshaw_is_the_sum_of_chebyshev_polynomials() -> None:
    """Against numpy's own, one polynomial a row."""
    rng = np.random.default_rng(0)
    rows, t = rng.normal(size=(3, 20)), rng.random((3, 5))
    for row, places, found in zip(rows, t, clenshaw(rows, t), strict=True):
        assert found == pytest.approx(np.polynomial.chebyshev.chebval(2 * places - 1, row), rel=1e-12, abs=1e-13)


def test_where_no_sweep_is_known_members_are_taken_one_by_one() -> None:
    """Piecewise linear generators have atoms, and power tails of the prior no outermost panel."""
    clipped = Ensemble(["clip(z, -1, 1)", "abs(z)"])
    found = criterion("norm(0, 1)", clipped)
    for i, G in enumerate(("clip(z, -1, 1)", "abs(z)")):
        assert float(found.value[i]) == float(criterion("norm(0, 1)", Pushforward(G)).value)
    below = cells_of(clipped, np.array([-np.inf, 0.0]))
    assert below == pytest.approx(np.array([[0.5], [0.0]]), abs=1e-15)
    heavy = criterion("cauchy(0, 1)", Ensemble(["2*z", "z"], "cauchy(0, 1)"))
    chi = 1 / 4  # (1 - 2)²/(2 · 1 · 2)
    exact = -math.log(4) + 2 * math.log(2 * math.sqrt(2 + chi) / (math.sqrt(2 + chi) + math.sqrt(2)))
    assert abs(heavy.value[0] - exact) <= heavy.error[0] <= 1e-10
    assert heavy.value[1] == pytest.approx(-math.log(4), abs=1e-15)


def test_a_value_with_a_discriminator_is_that_of_each_member() -> None:
    """V of D = ½ is -log 4 for every generator."""
    found = value("norm(0, 1)", Ensemble(["z**2", "2*z"]), 0.5)
    assert np.abs(found.value + math.log(4)).max() <= found.error.max() <= 1e-12


@pytest.mark.parametrize(
    ("generators", "message"),
    [
        ("z", "must be an ensemble"),
        ([], "must be an ensemble"),
        (MLP.random(rng=0), "has one axis"),
        (["z", 3], "G is 3"),
    ],
)
def test_what_is_no_ensemble(generators: Any, message: str) -> None:
    """One generator, none, or something else."""
    with pytest.raises(DomainError, match=message):
        Ensemble(generators)


def test_what_does_not_come_to_rest() -> None:
    """A derivative that no panel resolves."""
    with pytest.raises(ConvergenceError, match=r"member 0: .* oscillates"):
        criterion("norm(0, 1)", Ensemble(["sin(1e7*z)"]))


def test_other_divergences_name_what_they_take() -> None:
    """KL may be infinite: it is asked of a member."""
    with pytest.raises(DomainError, match="must be a law"):
        kl_divergence("norm(0, 1)", Ensemble(["z"]))


@settings(max_examples=15, deadline=None)
@given(a=st.floats(0.2, 3.0), b=st.floats(-2.0, 2.0), c=st.floats(0.0, 2.0))
def test_affine_and_folding(a: float, b: float, c: float) -> None:
    """Any a z + b is a normal law, and any z² + c z an invertible change of it on two branches."""
    found = criterion("norm(0, 1)", Ensemble([f"{a}*z + {b}", f"z**2 + {c}*z"]))
    affine, folding = criterion("norm(0, 1)", f"norm({b}, {a})"), criterion("norm(0, 1)", Pushforward(f"z**2 + {c}*z"))
    for i, exact in enumerate((affine, folding)):
        assert abs(found.value[i] - exact.value) <= found.error[i] + exact.error
