"""The strategies: what they draw, what they shrink to, and what they say where hypothesis is missing."""

from __future__ import annotations

import copy
import importlib.util
import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.control import current_build_context

from gantheory import Density, Discriminator, Grid, Objective, criterion, densities, optimality_gap, strategies, value
from gantheory.densities import Law, Normal
from gantheory.divergences import js_divergence, kl_divergence, total_variation
from gantheory.errors import DomainError
from gantheory.mlp import MLP
from gantheory.pushforward import Pushforward
from gantheory.strategies import (
    DISCRIMINATOR_KINDS,
    FAMILIES,
    GENERATORS,
    GRID_KINDS,
    KINDS,
    OBJECTIVE_KINDS,
    discriminators,
    generators,
    grid_pairs,
    grids,
    law_pairs,
    laws,
    objectives,
)
from gantheory.strategies.discriminators import NearOptimal
from gantheory.strategies.types import TYPES
from gantheory.verdict import Verdict

Pair = tuple[Law, Law]

FIRST = settings(max_examples=1, phases=[Phase.generate], database=None, deadline=None)
# hypothesis may shrink what it drew first to what is shorter to say: only shrinking tells
SHRUNK = settings(database=None, deadline=None, phases=[Phase.generate, Phase.shrink])


def test_the_simplest_law_and_pair() -> None:
    """Everything shrinks towards the standard normal law."""
    assert find(laws(), lambda law: True) == Normal(0.0, 1.0)
    assert find(law_pairs(), lambda pair: True) == (Normal(0.0, 1.0), Normal(0.0, 1.0))


def test_a_failure_shrinks_to_a_readable_pair() -> None:
    """The parameters are drawn, not a seed: two laws that differ shrink to two that differ in one parameter."""
    p, q = find(law_pairs(kinds=["generic"]), lambda pair: float(js_divergence(*pair)) > 0)
    assert p == Normal(0.0, 1.0)
    assert isinstance(q, Normal)
    assert (q.mu == 0.0) or (q.sigma == 1.0)


@pytest.mark.parametrize("family", FAMILIES)
def test_families(family: str) -> None:
    """A family alone gives laws of that family."""
    assert type(find(laws(families=[family]), lambda law: True)).__name__ == family


@given(law=laws(atoms=False))
def test_no_atoms(law: Law) -> None:
    """Without atoms, a law has a density alone, in mixtures too."""
    assert not len(law.atoms()[0])


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_are_what_they_say(kind: str) -> None:
    """Every pair of a kind has the property that names it."""

    @settings(max_examples=30, phases=[Phase.generate], database=None, suppress_health_check=(HealthCheck.too_slow,))
    @given(pair=law_pairs(kinds=[kind]))
    def check(pair: Pair) -> None:
        assert HOLDS[kind](*pair)

    check()


def _nested(p: Law, q: Law) -> bool:
    (a, b), (c, d) = p.support(), q.support()
    return c <= a and b <= d


HOLDS = {
    "generic": lambda p, q: not len(p.atoms()[0]) and not len(q.atoms()[0]),
    "nearly equal": lambda p, q: total_variation(p, q).value <= 0.2,
    "disjoint": lambda p, q: math.isclose(js_divergence(p, q).value, math.log(2.0)),
    "nested": _nested,
    "narrow component": lambda p, q: (
        min(part.sigma for law in (p, q) for part in getattr(law, "components", ()) if isinstance(part, Normal)) <= 0.1
    ),
    "heavy-tailed": lambda p, q: "power" in (p.tails()[0].kind, q.tails()[0].kind),
    "with atoms": lambda p, q: len(p.atoms()[0]) + len(q.atoms()[0]) > 0,
    "far apart": lambda p, q: total_variation(p, q).value > 0.8,
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_failing_pair_prints_as_laws(kind: str) -> None:
    """What hypothesis prints is two laws that can be pasted, whatever function of ours made them."""

    @settings(max_examples=30, phases=[Phase.generate], database=None, derandomize=True, print_blob=False)
    @given(pair=law_pairs(kinds=[kind]))
    def fails(pair: Pair) -> None:
        assert pair[0] == pair[1] == Normal(0.0, 1.0)

    with pytest.raises(AssertionError) as failed:
        fails()
    printed = failed.value.__notes__[0]
    pasted = eval(printed[printed.index("pair=") + 5 : printed.rindex(")")].rstrip().rstrip(","), vars(densities))  # noqa: S307
    assert [isinstance(law, Law) for law in pasted] == [True, True]


def test_draws_are_valid_laws() -> None:
    """A law that was drawn has a density that is a number everywhere, and prints as text."""

    @settings(max_examples=100, phases=[Phase.generate], database=None)
    @given(law=laws())
    def check(law: Law) -> None:
        x = np.concatenate([law.breakpoints(), [-100.0, 0.0, 100.0]])
        assert not np.isnan(law.logpdf(x)).any()
        assert str(law)

    check()


def test_missing_hypothesis_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without hypothesis the import names the remedy."""
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    spec = importlib.util.spec_from_file_location("strategies_alone", strategies.__file__)
    assert spec is not None
    assert spec.loader is not None
    with pytest.raises(ImportError, match=r"pip install gantheory\[testing\]"):
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


# -- generators --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", GENERATORS)
def test_every_generator_can_be_resolved(kind: str) -> None:
    """Its mass is 1, its cdf is a distribution function, and quantiles invert it."""

    @settings(max_examples=40)
    @given(generators(kinds=[kind]))
    def holds(p_g: Pushforward) -> None:
        assert p_g.mass_error <= (1e-9 if kind == "with a pole" else 1e-12)
        u = np.array([0.05, 0.5, 0.95])
        x = p_g.ppf(u)
        assert (p_g.cdf(x) >= u - (1e-9 if kind == "with a pole" else 1e-12)).all()
        assert (np.diff(x) >= 0).all()

    holds()


def test_the_simplest_generator_is_the_identity() -> None:
    """A failing test shrinks to z of a standard normal law."""
    assert str(find(generators(), lambda law: True)) == "z of norm(0.0, 1.0)"
    with pytest.raises(DomainError, match="kinds is"):
        generators(kinds=["convex"])


# -- discriminators ----------------------------------------------------------------------------------------------------


def test_the_simplest_discriminator_is_a_coin() -> None:
    """A failing test shrinks to D = 1/2, from wherever it fails; of one kind, to its simplest."""
    D = find(discriminators(), lambda D: True, settings=SHRUNK)
    assert (D(np.linspace(-50.0, 50.0, 11)) == 0.5).all()
    with pytest.raises(DomainError, match="kinds is"):
        discriminators(kinds=["best"])
    with pytest.raises(DomainError, match="give both"):
        discriminators("norm")


@pytest.mark.parametrize("kind", DISCRIMINATOR_KINDS)
def test_discriminators_are_valid(kind: str) -> None:
    """Probabilities for x of any shape; none does better than D*, and its gap is what it does worse."""

    @settings(max_examples=40, phases=[Phase.generate], database=None)
    @given(D=discriminators(kinds=[kind]))
    def check(D: Discriminator) -> None:
        probabilities = D(np.linspace(-60.0, 60.0, 24).reshape(2, 3, 4))
        assert probabilities.shape == (2, 3, 4)
        assert ((probabilities >= 0) & (probabilities <= 1)).all()
        best, own = criterion("norm", "laplace(1)"), value("norm", "laplace(1)", D)
        assert own.value == -math.inf or 0 in best - own - optimality_gap("norm", "laplace(1)", D)

    check()


def test_saturated_discriminators_are_sure_somewhere() -> None:
    """0 or 1 exactly, on a side that has mass."""

    @settings(max_examples=40, phases=[Phase.generate], database=None)
    @given(D=discriminators(kinds=["saturated"]))
    def check(D: Discriminator) -> None:
        assert set(D(np.array([-1e3, 1e3]))) & {0.0, 1.0}

    check()


@settings(max_examples=25)
@given(pair=law_pairs(kinds=["generic", "nested", "with atoms"]), data=st.data())
def test_a_discriminator_near_the_optimal_one(pair: Pair, data: st.DataObject) -> None:
    """It is D* where nothing is added, also on the atoms and to the end of a support, and no better where it is not."""
    assert 0 in criterion(*pair) - value(*pair, NearOptimal(pair))
    D = data.draw(discriminators(*pair, kinds=["near D*"]))
    assert isinstance(D, NearOptimal)
    assert not value(*pair, D) > criterion(*pair)


# -- grids -------------------------------------------------------------------------------------------------------------


NINE = "[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]"
SIMPLEST_GRIDS = {
    "panels": f"panels({NINE}, 0.0, 1.0, 24)",
    "points": "points([1.0], 0.0, 1.0, 200)",
    "counting": "counting(2)",
    "panels and atoms": f"panels({NINE}, 0.0, 1.0, 24) + counting(2)",
}


def test_the_simplest_grid_holds_the_standard_normal_law() -> None:
    """A failing test shrinks to panels on [-9, 9], and N(0, 1) twice."""
    grid, p, q = find(grid_pairs(), lambda drawn: True, settings=SHRUNK)
    assert (p == q).all()
    np.testing.assert_allclose(p, Normal(0.0, 1.0).pdf(grid.points), rtol=1e-12)
    assert repr(find(grids(), lambda grid: True, settings=SHRUNK)) == repr(grid) == SIMPLEST_GRIDS["panels"]


@pytest.mark.parametrize("kind", GRID_KINDS)
def test_a_failing_grid_shrinks_and_prints_as_a_call(kind: str) -> None:
    """The simplest of its kind, by `find` and in what hypothesis prints: a call that makes that grid again."""
    grid = find(grids(kinds=[kind]), lambda grid: True, settings=SHRUNK)
    assert repr(grid) == SIMPLEST_GRIDS[kind]
    made = find(grids(kinds=[kind]), lambda grid: np.ptp(grid.points) > 20 or 2.5 in grid.points, settings=SHRUNK)
    typed = eval(repr(made), vars(sys.modules["gantheory.strategies.grids"]))  # noqa: S307
    for name in ("points", "weights", "poorer", "atomic"):
        assert np.array_equal(getattr(typed, name), getattr(made, name))

    @settings(SHRUNK, print_blob=False)
    @given(drawn=grids(kinds=[kind]))
    def fails(drawn: Grid) -> None:
        raise AssertionError

    with pytest.raises(AssertionError) as failed:
        fails()
    assert f"drawn={SIMPLEST_GRIDS[kind]}," in failed.value.__notes__[0]


def test_a_failing_pair_of_arrays_prints_the_laws_that_they_are_of() -> None:
    """Two that differ, on the simplest grid."""

    @settings(SHRUNK, derandomize=True, print_blob=False)
    @given(drawn=grid_pairs(kinds=["panels"]))
    def fails(drawn: tuple[Grid, np.ndarray, np.ndarray]) -> None:
        assert (drawn[1] == drawn[2]).all()

    with pytest.raises(AssertionError) as failed:
        fails()
    printed = failed.value.__notes__[0]
    assert "on_grid(" in printed
    assert "panels([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], 0.0, 1.0, 24)" in printed
    assert printed.count("Normal(mu=") == 2
    assert "array(" not in printed


@pytest.mark.parametrize("kind", GRID_KINDS)
def test_pairs_on_grids_are_resolved(kind: str) -> None:
    """Mass 1, no warning of a coarse grid (warnings are errors here), and Pinsker's inequality within the errors."""

    @settings(max_examples=40, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
    @given(drawn=grid_pairs(kinds=[kind]))
    def check(drawn: tuple[Grid, np.ndarray, np.ndarray]) -> None:
        grid, p, q = drawn
        assert math.isclose(p @ grid.weights, 1.0, rel_tol=1e-12)
        assert not total_variation(p, q, grid=grid) ** 2 > kl_divergence(p, q, grid=grid) / 2

    check()


# -- objectives --------------------------------------------------------------------------------------------------------


def test_the_simplest_objective_is_the_papers() -> None:
    """A failing test shrinks to log D and log(1 − D), and of the kinds that are named to the first."""
    assert find(objectives(), lambda one: True, settings=SHRUNK).name == "minimax"
    assert repr(find(objectives(kinds=["f-GAN", "paper"]), lambda one: True, settings=SHRUNK)) == "ready_made('kl')"
    with pytest.raises(DomainError, match="kinds is"):
        objectives(kinds=["wasserstein"])


def test_an_objective_is_built_when_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawing is cheap, shrinking and all; and one that is drawn is the one that its call makes."""
    module = sys.modules["gantheory.strategies.objectives"]

    def refuse(*given: Any, **options: Any) -> Objective:
        raise AssertionError("built")

    with monkeypatch.context() as patch:
        patch.setattr(module, "Objective", refuse)
        patch.setattr(module, "OBJECTIVES", {})
        one = find(objectives(kinds=["weighted"]), lambda one: True, settings=SHRUNK)
        assert repr(one) == "weighted('1', '2', (0, 0))"
    assert isinstance(one, Objective)
    assert one is eval(repr(one), vars(module))  # noqa: S307
    assert one.optimal_discriminator("norm", "norm")(0.0) == pytest.approx(1 / 3)
    assert not hasattr(one, "no_such_name")
    assert copy.copy(one).name == "minimax, weighted"


def test_what_an_objective_is_built_in_is_drawing_time() -> None:
    """Of which hypothesis' deadline for a test takes no account; outside a test it is built all the same."""
    one = sys.modules["gantheory.strategies.objectives"]._as_call(lambda: Objective("log(D)", "log(1 - D)"))()
    spent = []

    @settings(max_examples=1, phases=[Phase.generate], database=None, deadline=None)
    @given(drawn=st.just(one))
    def check(drawn: Objective) -> None:
        times = current_build_context().data.draw_times
        before = dict(times)
        assert drawn.is_proper is Verdict.HOLDS
        spent.extend(set(times) - set(before))

    check()
    assert len(spent) == 1


@pytest.mark.parametrize("kind", OBJECTIVE_KINDS)
def test_objectives_are_what_their_kind_says(kind: str) -> None:
    """All are proper but those that are called improper, and the criterion is least where the laws are equal."""

    @settings(max_examples=2, phases=[Phase.generate], database=None, deadline=None)
    @given(objective=objectives(kinds=[kind]))
    def check(objective: Objective) -> None:
        assert objective.is_proper is (Verdict.REFUTED if kind == "improper" else Verdict.HOLDS)
        assert not objective.criterion("norm(0, 1)", "norm(0.5, 1)") < objective.optimum

    check()


# -- types -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: kind.__name__)
def test_a_type_is_drawn_by_its_strategy(kind: type) -> None:
    """`st.from_type` gives an instance, as an annotation does."""
    assert isinstance(find(st.from_type(kind), lambda one: True, settings=FIRST), kind)


def test_a_density_is_drawn_by_its_protocol() -> None:
    """The simplest is the standard normal law; a pair of annotations is a pair of laws; networks shrink to z."""
    assert find(st.from_type(Density), lambda law: True) == Normal(0.0, 1.0)
    assert find(st.from_type(tuple[Density, Density]), lambda pair: True) == (Normal(0.0, 1.0), Normal(0.0, 1.0))
    z = np.linspace(-3.0, 3.0, 7)
    assert (find(st.from_type(MLP), lambda G: True, settings=SHRUNK)(z) == z).all()


@given(...)
@settings(max_examples=20)
def test_annotations_are_enough(p: Density, q: Density) -> None:
    """A test whose arguments are annotated needs no strategy."""
    assert not js_divergence(p, q) < 0


def test_the_front_door_does_not_load_hypothesis() -> None:
    """Neither `import gantheory` nor its laws do: only the strategies tell hypothesis of the types."""
    code = "import sys, gantheory; gantheory.Normal(0, 1); sys.exit('hypothesis' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
