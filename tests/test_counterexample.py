"""The search for counterexamples: what is false falls to a simple pair, what is true does not, doubt is no verdict."""

from __future__ import annotations

import re
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from gantheory import Normal, Uniform, strategies
from gantheory.counterexample import Search, find_counterexample
from gantheory.divergences import entropy, js_divergence, kl_divergence, total_variation
from gantheory.errors import DomainError
from gantheory.estimate import Estimate

METHODS = ["ladder", "hypothesis", None]
FALSE = {
    "TV² ≤ JSD": lambda p, q: js_divergence(p, q) - total_variation(p, q) ** 2,
    "KL is symmetric": lambda p, q: -abs(kl_divergence(p, q) - kl_divergence(q, p)),
    "JSD < log 2": lambda p, q: 0.69 - js_divergence(p, q),
    "entropies are ≥ 0": lambda p: entropy(p),
}
TRUE = {
    "JSD ≥ 0": lambda p, q: js_divergence(p, q),
    "TV² ≤ 2·JSD": lambda p, q: 2 * js_divergence(p, q) - total_variation(p, q) ** 2,
    "JSD ≤ log 2": lambda p, q: 0.6931471805599454 - js_divergence(p, q),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("claim", FALSE)
def test_what_is_false_falls(claim: str, method: Any) -> None:
    """The pair breaks it, certainly, when it is asked again; and it is simple: no mixture, round parameters."""
    found = find_counterexample(FALSE[claim], method=method)
    assert found
    assert found.pair is not None
    assert (FALSE[claim](*found.pair) < 0) is True
    assert found.margin == FALSE[claim](*found.pair)
    assert found.where == found.pair
    numbers = re.findall(r"[-\d.e]+", " ".join(re.findall(r"\((.*?)\)", str(found).split("\n")[0])))
    assert "*" not in str(found).split("\n")[0]
    assert max(len(number) for number in numbers) <= 6


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("claim", TRUE)
def test_what_is_true_does_not(claim: str, method: Any) -> None:
    """The least margin is told, with its pair, and is the predicate's own there."""
    found = find_counterexample(TRUE[claim], method=method, budget=250)
    assert not found
    assert found.pair is None
    assert found.margin is not None
    assert found.where is not None
    assert found.margin == TRUE[claim](*found.where)
    assert found.margin.upper >= 0
    assert 100 < found.searched <= 250
    assert "no counterexample found, which is no proof" in str(found)


def test_the_simplest_comes_first() -> None:
    """Two normal laws, where any two laws would do; the same law twice, where that breaks it."""
    assert find_counterexample(FALSE["TV² ≤ JSD"]).pair == (Normal(0, 1), Normal(1, 1))
    assert find_counterexample(FALSE["KL is symmetric"]).pair == (Normal(0, 1), Normal(0, 2))
    assert find_counterexample(lambda p, q: bool(kl_divergence(p, q) > 0)).pair == (Normal(0, 1), Normal(0, 1))
    assert find_counterexample(FALSE["entropies are ≥ 0"]).pair == (Uniform(0, 0.5),)


def test_hypothesis_shrinks() -> None:
    """To the simplest that still breaks it, as the strategies order them."""
    strategy = strategies.laws(families=["Gamma", "Normal"])
    found = find_counterexample(lambda p: bool(p.support()[0] <= 0), strategy)
    assert str(found.pair[0]) == "gamma(1.0, 1.0, 1.0)"  # type: ignore[index]


@pytest.mark.parametrize("claim", ["TV² ≤ JSD", "entropies are ≥ 0"])
def test_a_seed_finds_the_same(claim: str) -> None:
    """Whatever was searched before."""
    first, again = (find_counterexample(FALSE[claim], method="hypothesis", rng=7) for _ in range(2))
    assert (str(first), repr(first)) == (str(again), repr(again))


# -- what decides ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "is_broken", "undecided"),
    [
        (True, False, 0),
        (False, True, 0),
        (np.False_, True, 0),
        (Estimate(1.0, 0.5), False, 0),
        (Estimate(-1.0, 0.5), True, 0),
        (Estimate(-1e-17, 1e-16), False, 1),
        (Estimate(0.0, 0.0), False, 0),
        (Estimate(0.0, 1e-300), False, 1),
        (0.0, False, 0),
        (-1e-300, True, 0),
        (float("-inf"), True, 0),
        (Estimate([1.0, -1.0], 0.5), True, 0),
        (Estimate([5.0, -0.1], [0.0, 0.5]), False, 1),
    ],
)
def test_only_a_whole_interval_below_0_breaks_it(said: Any, is_broken: bool, undecided: int) -> None:
    """An interval that holds the boundary decides nothing, on whatever side its middle lies."""
    found = find_counterexample(lambda p, q: said, [("norm", "laplace")])
    assert (bool(found), found.undecided, found.searched, found.raised) == (is_broken, undecided, 1, 0)


@pytest.mark.parametrize("said", [float("nan"), None, "no number", 1j, np.array([])])
def test_what_is_no_number_is_no_counterexample(said: Any) -> None:
    """It is told with the pair."""
    found = find_counterexample(lambda p, q: said, [("norm", "laplace")])
    assert (bool(found), found.raised) == (False, 1)
    assert found.error.startswith("norm(0.0, 1.0) v laplace(0.0, 1.0): ")


def test_what_the_predicate_raises_is_told_with_the_pair() -> None:
    """The first; and the search goes on to what breaks it."""

    def predicate(p: Any, q: Any) -> Any:
        if str(q).startswith("norm"):
            raise ArithmeticError("not for normal laws")
        return -1.0

    found = find_counterexample(predicate)
    assert str(found.pair[1]).startswith("uniform")  # type: ignore[index]
    assert found.raised == 9
    assert "raised first at norm(0.0, 1.0) v norm(0.0, 1.0): ArithmeticError: not for normal laws" in str(found)


def test_a_predicate_without_margins_has_none() -> None:
    """A bool says neither by how much nor how nearly."""
    found = find_counterexample(lambda p, q: True, ["norm"])
    assert (found.margin, found.where) == (None, None)
    assert repr(found) == "<Search: no counterexample, 1 tried>"
    assert "margin" not in str(found)


def test_an_interrupt_passes() -> None:
    """It is the user's, and no error of the predicate."""

    def predicate(p: Any, q: Any) -> Any:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        find_counterexample(predicate)


# -- where it searches -----------------------------------------------------------------------------------------


def test_laws_of_ones_own_are_tried_the_first_first() -> None:
    """All pairs of laws, or the pairs themselves, or the laws alone; each as `as_density` reads it."""
    tried: list[str] = []

    def pairs(p: Any, q: Any) -> bool:
        tried.append(f"{p} {q}")
        return True

    a, b = "norm(0.0, 1.0)", "expon(0.0, 1.0)"
    assert find_counterexample(pairs, ["norm", "expon"]).searched == 4
    assert tried == [f"{a} {a}", f"{a} {b}", f"{b} {a}", f"{b} {b}"]
    tried.clear()
    find_counterexample(pairs, [("expon", "norm")])
    assert tried == [f"{b} {a}"]
    assert (
        find_counterexample(lambda p: False, ["expon", "norm"]).pair
        == find_counterexample(lambda p: False, "expon").pair
    )


def test_laws_that_share_a_text_are_tried_apart() -> None:
    """A user's classes have no text of their own."""

    class Hill:
        def __init__(self, width: float) -> None:
            self.width = width

        def logpdf(self, x: Any) -> Any:
            return -0.5 * np.square(np.asarray(x) / self.width) - np.log(self.width * np.sqrt(2 * np.pi))

        def support(self) -> tuple[float, float]:
            return -np.inf, np.inf

    found = find_counterexample(lambda p: bool(p.logpdf(0.0) < 0), [Hill(1.0), Hill(0.1)])
    assert found.searched == 2
    assert found.pair[0].logpdf(0.0) > 0  # type: ignore[index]


def test_a_strategy_of_ones_own_is_searched_alone() -> None:
    """Of pairs, or of laws; one that draws what no law is makes the predicate raise."""
    kinds = strategies.law_pairs(kinds=["disjoint"])
    assert not find_counterexample(lambda p, q: js_divergence(p, q) - 0.693, kinds, budget=60)
    assert find_counterexample(lambda p: False, st.just(Normal())).pair == (Normal(),)


def test_the_budget_holds_while_it_shrinks() -> None:
    """The predicate is called no more often, and what was found by then is still a counterexample."""
    calls: list[Any] = []

    def predicate(p: Any, q: Any) -> bool:
        calls.append((p, q))
        return bool(total_variation(p, q) < 0.9)

    for budget in (30, 60, 90):
        calls.clear()
        found = find_counterexample(predicate, method="hypothesis", budget=budget)
        assert len(calls) == found.searched <= budget
        assert found.pair is None or (total_variation(*found.pair) < 0.9) is False


def test_without_hypothesis_the_ladder_and_the_panel_are_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same counterexamples; asked for by name it is an ImportError with the remedy."""
    monkeypatch.delitem(sys.modules, "gantheory.strategies")
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    assert find_counterexample(FALSE["TV² ≤ JSD"]).pair == (Normal(0, 1), Normal(1, 1))
    found = find_counterexample(TRUE["JSD ≥ 0"])
    assert (found.pair, 150 < found.searched < 400) == (None, True)
    with pytest.raises(ImportError, match=r"pip install gantheory\[testing\]"):
        find_counterexample(FALSE["TV² ≤ JSD"], method="hypothesis")


@pytest.mark.parametrize(
    ("predicate", "laws", "options", "said"),
    [
        (lambda: True, None, {}, "predicate takes 0 arguments; it must take one law or two"),
        (lambda p, q, r: True, None, {}, "predicate takes 3 arguments"),
        (7, None, {}, "predicate is 7; it must be a function"),
        (lambda p, q: True, [], {}, "laws is empty"),
        (lambda p, q: True, 7, {}, "laws is 7; it must be a sequence"),
        (lambda p, q: True, [("norm",)], {}, "a pair is a tuple of two laws"),
        (lambda p, q: True, None, {"budget": 0}, "budget is 0; it must be an int >= 1"),
        (lambda p, q: True, None, {"method": "luck"}, "method is 'luck'; it must be None, 'ladder' or 'hypothesis'"),
    ],
)
def test_what_cannot_be_searched(predicate: Any, laws: Any, options: dict[str, Any], said: str) -> None:
    """The argument, its value and the requirement."""
    with pytest.raises(DomainError, match=re.escape(said)):
        find_counterexample(predicate, laws, **options)


def test_further_arguments_may_have_defaults() -> None:
    """A functional of the package is a predicate as it stands."""
    assert not find_counterexample(js_divergence, ["norm", "laplace"])
    assert find_counterexample(entropy, ["norm(0, 0.1)"])


def test_a_search_is_true_where_it_found_something() -> None:
    """`if find_counterexample(...)` means what it says."""
    assert not Search()
    assert Search((Normal(),))
