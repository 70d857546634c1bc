"""The strategies: what they draw, what they shrink to, and what they say where hypothesis is missing."""

from __future__ import annotations

import importlib.util
import math
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings

from gantheory import strategies
from gantheory.densities import Law, Normal
from gantheory.divergences import js_divergence, total_variation
from gantheory.errors import DomainError
from gantheory.pushforward import Pushforward
from gantheory.strategies import FAMILIES, GENERATORS, KINDS, generators, law_pairs, laws

Pair = tuple[Law, Law]


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
    "narrow component": lambda p, q: min(part.sigma for part in p.components if isinstance(part, Normal)) <= 0.1,
    "heavy-tailed": lambda p, q: "power" in (p.tails()[0].kind, q.tails()[0].kind),
    "with atoms": lambda p, q: len(p.atoms()[0]) > 0,
    "far apart": lambda p, q: total_variation(p, q).value > 0.8,
}


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
