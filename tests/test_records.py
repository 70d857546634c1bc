"""What one record says of a run, each number met by the functions of one pair, closed forms or a dense grid."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from scipy import special

from gantheory.algorithm_1 import Settings, advance, discriminator, generator, initial_state
from gantheory.densities import Discrete, Mixture, Normal, as_density
from gantheory.discriminator import Discriminator, as_discriminator
from gantheory.divergences import js_divergence, total_variation
from gantheory.ensemble import Ensemble
from gantheory.errors import ConvergenceError, DomainError
from gantheory.gains import capacity_price
from gantheory.game import criterion, optimality_gap, value
from gantheory.mlp import MLP
from gantheory.preimage_masses import cells_of
from gantheory.records import folds_of, measured
from gantheory.tracking import fixed_edges, logits_of

MIXTURE = "0.5*norm(-2, 0.7) + 0.5*norm(2.5, 1)"
NAMES = {"criterion", "excess", "halfway", "total_variation", "coverage", "price"}
OF_D = {"value", "gap", "discriminator_error"}


def trained(
    p_data: Any, prior: Any = "norm(0, 1)", *, seeds: int = 3, until: int = 60, **settings: Any
) -> tuple[MLP, MLP]:
    """Generators and discriminators that have seen some steps."""
    state = initial_state(Settings(steps=200, k=2, batch=64, **settings), p_data, prior, seeds=seeds)
    state = advance(state, p_data, prior, until=until)
    return generator(state), discriminator(state)


def agree(name: str, found: Any, exact: Any) -> None:
    """Two numbers, each right within its error, are the same."""
    apart = abs(float(found.value) - float(exact.value))
    assert apart <= float(found.error) + float(exact.error), (name, found, exact)


def meets_the_pair(p: Any, p_g: Any, D: Discriminator | None, record: dict[str, Any]) -> None:
    """Every integral by the functions of one pair, which share no panel with the sweep."""
    agree("criterion", record["criterion"], criterion(p, p_g))
    agree("excess", record["excess"], 2 * js_divergence(p, p_g))
    agree("halfway", record["halfway"], 2 * js_divergence(p, Mixture([p, p_g], [0.5, 0.5])))
    agree("total_variation", record["total_variation"], total_variation(p, p_g))
    if D is not None:
        agree("value", record["value"], value(p, p_g, D))
        agree("gap", record["gap"], optimality_gap(p, p_g, D))


def meets_a_grid(p: Any, p_g: Any, D: Discriminator | None, record: dict[str, Any]) -> None:
    """Coverage and sup|D − D*| by 200,001 quantiles of p_data and of both laws, tails and all."""
    u = (np.arange(200_001) + 0.5) / 200_001
    x = p.ppf(u)
    with np.errstate(all="ignore"):
        r = p.logpdf(x) - p_g.logpdf(x)
        coverage = float(np.mean(r <= math.log(10.0)))
    assert abs(float(record["coverage"].value) - coverage) <= float(record["coverage"].error) + 2e-5
    if D is None:
        return
    found, reached = record["discriminator_error"], {}
    for rest in (1e-4, 1e-8):  # the sweep sees more than the one and no more than the other
        far = np.geomspace(rest, 1e-3, 2000)
        v = np.concatenate([far, u[(u > 1e-3) & (u < 1 - 1e-3)], 1.0 - far])
        x = np.concatenate([p.ppf(v), p_g.generator(p_g.prior.ppf(v))])
        with np.errstate(all="ignore"):
            r = p.logpdf(x) - p_g.logpdf(x)
        reached[rest] = float(np.abs(special.expit(D.logit(x)) - special.expit(r)).max())
    assert reached[1e-4] <= float(found.value) + float(found.error)
    assert float(found.value) <= reached[1e-8] + 1e-3


def rows_of(found: Any) -> list[dict[str, Any]]:
    return [{name: one[i] for name, one in found.items()} for i in range(found["excess"].shape[0])]


# -- one sweep ----------------------------------------


@pytest.mark.parametrize("p_data", [MIXTURE, "norm(3, 0.5)", "laplace(0, 1)", "expon", "cauchy(0, 1)", "beta(0.5, 2)"])
@pytest.mark.parametrize("prior", ["norm(0, 1)", "uniform(-1, 2)"])
def test_every_measurement_of_a_sweep(p_data: str, prior: str) -> None:
    """Of trained networks with their discriminators, smooth and jumping data, a prior with edges and one without."""
    G, D = trained(p_data, prior, seeds=2)
    laws, p, logits = Ensemble(G, prior), as_density(p_data), logits_of(D)
    assert laws.in_one_sweep(p)
    found = measured(p, laws, logits)
    assert set(found) == NAMES | OF_D
    for i, record in enumerate(rows_of(found)):
        meets_the_pair(p, laws[i], logits[i], record)
        meets_a_grid(p, laws[i], logits[i], record)
        assert 0 <= float(record["gap"].error) <= 1e-6
        assert float(record["excess"].error) <= 1e-8


def test_folded_networks_without_training() -> None:
    """Random networks, most of them with several folds, against D* of another law."""
    laws, p = Ensemble(MLP.random(ensemble=3, rng=4, skip=0.2)), as_density("norm(0, 2)")
    assert (np.asarray(folds_of(laws).value) > 0).any()
    logits = [Discriminator(lambda x, a=a: a - 0.1 * x * x) for a in (-1.0, 0.0, 2.0)]
    for i, record in enumerate(rows_of(measured(p, laws, logits))):
        meets_the_pair(p, laws[i], logits[i], record)
        meets_a_grid(p, laws[i], logits[i], record)


def test_a_planted_error_is_caught() -> None:
    """The comparison sees a twentieth of a per cent."""
    laws, p = Ensemble(["1.3*z"]), Normal(0, 1)
    record = rows_of(measured(p, laws))[0]
    meets_the_pair(p, laws[0], None, record)
    for name in ("criterion", "excess", "halfway", "total_variation"):
        with pytest.raises(AssertionError, match=name):
            meets_the_pair(p, laws[0], None, {**record, name: record[name] * 1.0005})


def test_where_the_laws_are_one() -> None:
    """C = −log 4 and all that follows, with D = ½ at its optimum."""
    found = measured(Normal(0, 1), Ensemble(["z"]), [as_discriminator(0.5)])
    for name, exact in {"criterion": -math.log(4), "excess": 0, "halfway": 0, "total_variation": 0, "coverage": 1,
                        "price": 0, "value": -math.log(4), "gap": 0, "discriminator_error": 0}.items():  # fmt: skip
        assert abs(float(found[name].value[0]) - exact) <= float(found[name].error[0]) + 1e-15, name
        assert float(found[name].error[0]) < (3e-4 if name == "coverage" else 1e-6), name


def test_a_seeds_record_does_not_depend_on_its_neighbours() -> None:
    """The same bytes alone and among seventeen, folds and discriminators and all."""
    G, D = trained(MIXTURE, seeds=17)
    p = as_density(MIXTURE)
    edges = fixed_edges(p)
    whole, cells = measured(p, Ensemble(G), logits_of(D)), cells_of(Ensemble(G), edges)
    for some in (slice(0, 1), slice(3, 5), slice(0, 16), slice(16, 17)):
        laws = Ensemble(G[some])
        part = measured(p, laws, logits_of(D[some]))
        for name, one in part.items():
            for of in ("value", "error"):
                assert (getattr(one, of) == getattr(whole[name], of)[some]).all(), (name, of, some)
        assert (cells_of(laws, edges) == cells[some]).all()


# -- the price of what the support leaves out ----------------------------------------


def test_the_price_of_a_bounded_network() -> None:
    """tanh without a skip has a bounded range, known by its saturated layers and its folds."""
    p, G = as_density("norm(0, 2)"), MLP.random(ensemble=4, rng=2, skip=0.0)
    found = measured(p, Ensemble(G))["price"]
    for i in range(4):
        exact = capacity_price(float(p.cdf(_largest(G[i])) - p.cdf(-_largest(lambda z, i=i: -G[i](z)))))
        assert abs(float(found.value[i]) - float(exact)) <= float(found.error[i]) + 1e-13
        assert float(found.value[i]) > 1e-3


def _largest(G: Any) -> float:
    """The largest value of a function, by a grid that closes in on it."""
    z = np.concatenate([np.linspace(-40, 40, 80_001), [-1e9, 1e9]])
    for _ in range(4):
        best = z[int(np.argmax(G(z)))]
        step = 1e-3 if len(z) > 10_001 else z[1] - z[0]
        z = np.linspace(best - 2 * step, best + 2 * step, 2001)
    return float(max(G(z).max(), G(np.array([-1e9, 1e9])).max()))


def test_a_skip_leaves_nothing_out() -> None:
    """With a normal z its range is the line, however little mass lies in the tails; a bounded z leaves a price."""
    G = MLP.random((4,), ensemble=2, rng=0, skip=0.01, gain=0.5)
    for p_data in ("cauchy(0, 1)", "norm(50, 1)"):
        assert (np.asarray(measured(as_density(p_data), Ensemble(G))["price"].value) < 1e-15).all()
    bounded = measured(Normal(0, 1), Ensemble(["z", "sinh(z)"], "uniform(-1, 2)"))["price"]
    for i, end in enumerate((1.0, math.sinh(1.0))):
        assert float(bounded.value[i]) == pytest.approx(
            float(capacity_price(special.erf(end / math.sqrt(2)))), abs=1e-13
        )


def test_the_price_of_a_function_of_z() -> None:
    """By its range where z is unbounded too: exp(z) leaves out half of a symmetric law."""
    found = measured(Normal(0, 1), Ensemble(["exp(z)", "z", "tanh(z)"]))["price"]
    exact = [capacity_price(0.5), capacity_price(1.0), capacity_price(special.erf(math.sqrt(0.5)))]
    assert [float(one) for one in found.value] == pytest.approx([float(one) for one in exact], abs=1e-12)


# -- one by one ----------------------------------------


@pytest.mark.parametrize(
    ("p_data", "prior", "settings"),
    [
        ("norm(0, 1)", "norm(0, 1)", {"activation": "relu", "hidden": (6,)}),
        ("norm(0, 1)", "cauchy(0, 1)", {"hidden": (4,)}),
    ],
)
def test_laws_that_no_sweep_takes(p_data: str, prior: str, settings: dict[str, Any]) -> None:
    """Piecewise linear networks, and priors of heavy tails."""
    G, D = trained(p_data, prior, seeds=2, until=30, **settings)
    laws, p, logits = Ensemble(G, prior), as_density(p_data), logits_of(D)
    assert not laws.in_one_sweep(p)
    found = measured(p, laws, logits)
    assert set(found) == NAMES | OF_D
    for i, record in enumerate(rows_of(found)):
        meets_the_pair(p, laws[i], logits[i], record)
        meets_a_grid(p, laws[i], logits[i], record)


@pytest.mark.parametrize(
    "p_data",
    [Discrete([0.0, 1.0, 2.0], [0.5, 0.25, 0.25]), Mixture([Discrete([0.0], [1.0]), Normal()], [0.3, 0.7])],
    ids=str,
)
def test_data_with_atoms(p_data: Any) -> None:
    """An atom of mass w is told apart perfectly: D* is 1 there, and sup|D − D*| says so."""
    G, D = trained(p_data, seeds=2)
    laws, logits = Ensemble(G), logits_of(D)
    found = measured(p_data, laws, logits)
    locations, masses = p_data.atoms()
    for i, record in enumerate(rows_of(found)):
        meets_the_pair(p_data, laws[i], logits[i], record)
        missed = 1.0 - special.expit(np.asarray(logits[i].logit(locations)))
        assert float(record["discriminator_error"].value) >= missed.max()
        assert float(record["coverage"].value) <= 1.0 - masses.sum() + 1e-6


def test_a_generator_with_an_atom() -> None:
    """clip(z, −1, 1) has atoms at ±1; where p_data has them too, they are compared."""
    p = Mixture([Discrete([1.0], [1.0]), Normal()], [0.25, 0.75])
    laws = Ensemble(["clip(z, -1, 1)"])
    D = Discriminator(lambda x: 0.3 - 0.2 * x)
    record = rows_of(measured(p, laws, [D]))[0]
    meets_the_pair(p, laws[0], D, record)
    mass = special.ndtr(-1.0)
    at_atoms = [special.expit(0.1) - 0.25 / (0.25 + mass), special.expit(0.5) - 0.0]  # D* at 1 and at −1
    assert float(record["discriminator_error"].value) >= max(map(abs, at_atoms)) - 1e-12
    held = 0.25 + 0.75 * special.erf(math.sqrt(0.5))
    assert float(record["price"].value) == pytest.approx(float(capacity_price(held)), abs=1e-12)


# -- discriminators ----------------------------------------


def test_probabilities_and_logits_say_the_same() -> None:
    """A plain callable gives probabilities; what they round is in the errors."""
    laws, p = Ensemble(["z + 1", "2*z"]), Normal(0, 1)
    by_logit = measured(p, laws, [Discriminator(lambda x: 0.5 - x), Discriminator(lambda x: x - 0.2)])
    D = [as_discriminator(lambda x: special.expit(0.5 - x)), as_discriminator(lambda x: special.expit(x - 0.2))]
    by_number = measured(p, laws, D)
    for name in OF_D:
        for i in range(2):
            agree(name, by_number[name][i], by_logit[name][i])
    assert float(by_number["gap"].error.max()) < 1e-9


def test_a_probability_that_rounds_to_one_does_not_break_a_record() -> None:
    """σ(10x) is 1 in floats from x = 3.7 on: the error says so, and the number by logits lies within it."""
    laws, p = Ensemble(["z + 1"]), Normal(0, 1)
    found = measured(p, laws, [as_discriminator(lambda x: special.expit(10.0 * x))])
    exact = measured(p, laws, [Discriminator(lambda x: 10.0 * x)])
    for name in OF_D:
        agree(name, found[name][0], exact[name][0])
    assert 1e-6 < float(found["value"].error[0]) < math.inf


def test_a_discriminator_that_is_certain_and_wrong() -> None:
    """D = 0 on half of p_data is worth −inf, for its own seed only."""
    wrong = as_discriminator(lambda x: np.where(x > 0, 0.0, 0.5))
    found = measured(Normal(0, 1), Ensemble(["z", "z + 1"]), [wrong, as_discriminator(0.5)])
    assert found["value"].value.tolist() == [-math.inf, pytest.approx(-math.log(4))]
    assert found["gap"].value[0] == math.inf
    assert math.isfinite(found["gap"].value[1])
    assert not any(np.isnan(getattr(one, of)).any() for one in found.values() for of in ("value", "error"))


def test_a_discriminator_that_gives_nan_is_refused() -> None:
    """Naming where, as the game does."""
    broken = Discriminator(lambda x: np.where(x > 0, np.nan, 0.0))
    with pytest.raises(DomainError, match="logit of D is nan at x"):
        measured(Normal(0, 1), Ensemble(["z"]), [broken])


# -- what is too steep ----------------------------------------


def steep(ensemble: int = 1) -> MLP:
    """A network that turns faster than the sweep follows."""
    return MLP.random(ensemble=ensemble, rng=0, gain=200.0, skip=1.0)


def test_a_network_too_steep_is_told_as_unknown() -> None:
    """Its numbers are guesses with errors that cover all that they could be, and its cells are still masses."""
    p = Normal(0, 1)
    found = measured(p, Ensemble(steep()), logits_of(steep()))
    for name, (low, high) in {"criterion": (-math.log(4), 0), "excess": (0, math.log(4)), "total_variation": (0, 1),
                              "halfway": (0, 1.5 * math.log(4 / 3)), "coverage": (0, 1)}.items():  # fmt: skip
        one = found[name]
        assert one.value[0] - one.error[0] <= low + 1e-12, name
        assert one.value[0] + one.error[0] >= high - 1e-12, name
        assert low <= one.value[0] <= high, name
    assert found["gap"].error[0] == found["value"].error[0] == math.inf
    assert np.isfinite(found["gap"].value[0])
    cells = cells_of(Ensemble(steep()), fixed_edges(p))
    assert cells.sum() == pytest.approx(1.0, abs=1e-12)
    assert (cells >= 0).all()


def test_a_steep_network_leaves_its_neighbours_as_they_are() -> None:
    """To the last bit."""
    p, G = as_density(MIXTURE), MLP.random(ensemble=5, rng=1, skip=0.5)
    wild = steep()
    members: Sequence[MLP] = [G[0], G[1], G[2], wild[0], G[4]]
    D = [Discriminator(lambda x: 0.1 * x)] * 5
    with pytest.raises(ConvergenceError):
        _ = Ensemble(wild).expansions
    found, alone = measured(p, Ensemble(members), D), measured(p, Ensemble(G), D)
    for name, one in found.items():
        for i in (0, 1, 2, 4):
            assert one.value[i] == alone[name].value[i]
            assert one.error[i] == alone[name].error[i]
    cells = cells_of(Ensemble(members), fixed_edges(p))
    assert (cells[[0, 1, 2, 4]] == cells_of(Ensemble(G), fixed_edges(p))[[0, 1, 2, 4]]).all()
    assert folds_of(Ensemble(members)).error.tolist() == [0, 0, 0, math.inf, 0]


def test_a_function_that_nothing_resolves() -> None:
    """sin(10⁹ z), whose exact law does not come to an end either."""
    found = measured(Normal(0, 1), Ensemble(["sin(1e9*z)"]), [as_discriminator(0.5)])
    exact = 2 * js_divergence("norm(0, 1)", "beta(0.5, 0.5, -1, 2)")  # of the arcsine law, nearly
    assert abs(float(found["excess"].value[0]) - float(exact)) < min(0.05, float(found["excess"].error[0]))
    assert found["value"].value[0] == pytest.approx(-math.log(4))
    assert found["value"].error[0] == math.inf


def test_a_function_with_kinks_is_taken_alone() -> None:
    """A relu in the user's own words is no piecewise linear map that the package knows, and no smooth one."""
    laws = Ensemble([lambda z: np.maximum(z, 0.5 * z) + 0.1, "z"])
    p = Normal(0, 1)
    for i, record in enumerate(rows_of(measured(p, laws))):
        meets_the_pair(p, laws[i], None, record)
        assert float(record["excess"].error) < 1e-6


def test_a_critical_point_of_higher_order_is_taken_alone() -> None:
    """z³ and z⁵ have poles that no expansion of the sweep has; their neighbour stays in it."""
    laws, p = Ensemble(["z**3", "sinh(z)", "z**5"]), Normal(0, 1)
    for i, record in enumerate(rows_of(measured(p, laws))):
        meets_the_pair(p, laws[i], None, record)
        assert float(record["excess"].error) < 1e-7


def test_folds_are_counted() -> None:
    """z² has one critical point, z³ − z two, z none, of a relu map the kinks that turn."""
    assert folds_of(Ensemble(["z**2", "z**3 - z", "z"])).value.tolist() == [1, 2, 0]
