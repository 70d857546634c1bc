"""The slips that readers make are found, each within 200 examples of a strategy, and what is right is not blamed."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
import toy_divergences as toy
from hypothesis import Phase, given, settings

from gantheory import OBJECTIVES, criterion, js_divergence, kl_divergence, total_variation
from gantheory.strategies import grid_pairs, law_pairs, objectives

# what is found is not shrunk: whether it is found does not depend on that
look = settings(max_examples=200, derandomize=True, database=None, deadline=None, phases=[Phase.generate])


def agrees(own: Callable[..., float], exact: Callable[..., Any]) -> None:
    """The property that a user writes: one's own divergence is the exact one, to the accuracy that one claims."""

    @look
    @given(law_pairs())
    def check(pair: Any) -> None:
        mine, right = own(*pair), float(exact(*pair))
        assert not math.isnan(mine)
        assert math.isinf(right) or abs(mine - right) <= 0.02 * (1 + abs(right))

    check()


def agrees_on_vectors(own: Callable[..., float]) -> None:
    @look
    @given(grid_pairs(kinds=["counting"]))
    def check(drawn: Any) -> None:
        grid, p, q = drawn
        assert abs(own(p, q) - float(js_divergence(p, q, grid=grid))) <= 1e-12

    check()


def conjugates_hold(table: dict[str, str]) -> None:
    """-b(D) is f*(a(D)): the objective that is drawn says what its conjugate is."""
    of_name = {OBJECTIVES[key]().name: text for key, text in table.items()}

    @look
    @given(objectives(kinds=["f-GAN"]))
    def check(objective: Any) -> None:
        claimed = of_name.get(objective.name)
        assert claimed is None or objective.counterexample(conjugate=claimed) is None

    check()


RIGHT = [
    (toy.js, js_divergence),
    (toy.kl, kl_divergence),
    (toy.total_variation, total_variation),
    (toy.criterion, criterion),
]
SLIPS = [
    (toy.gaussian_without_its_2, js_divergence),
    (toy.js_as_its_square_root, js_divergence),
    (toy.js_in_bits, js_divergence),
    (toy.kl_in_the_wrong_order, kl_divergence),
    (toy.smoothed_label, criterion),
    (toy.kl_nan_where_q_is_0, kl_divergence),
    (toy.kl_of_logs_with_a_floor, kl_divergence),
    (toy.js_of_clipped_densities, js_divergence),
    (toy.js_of_densities_cut_at_5, js_divergence),
    (toy.total_variation_without_its_half, total_variation),
    (toy.js_without_atoms, js_divergence),
]


@pytest.mark.parametrize(("own", "exact"), RIGHT, ids=lambda function: function.__name__)
def test_what_is_right_is_not_blamed(own: Any, exact: Any) -> None:
    """200 pairs of every kind."""
    agrees(own, exact)


@pytest.mark.parametrize(("own", "exact"), SLIPS, ids=lambda function: function.__name__)
def test_a_planted_slip_is_found(own: Any, exact: Any) -> None:
    """By the same ten lines, which know nothing of it."""
    with pytest.raises(AssertionError):
        agrees(own, exact)


def test_slips_on_vectors_are_found() -> None:
    """scipy's jensenshannon is the square root of JSD, and in bits where base=2."""
    agrees_on_vectors(toy.js_of_vectors)
    for slip in (toy.js_of_vectors_as_its_square_root, toy.js_of_vectors_in_bits):
        with pytest.raises(AssertionError):
            agrees_on_vectors(slip)


def test_a_lost_term_of_a_conjugate_is_found() -> None:
    """Each by itself, and the right table is not blamed."""
    conjugates_hold(toy.CONJUGATES)
    for name, wrong in toy.CONJUGATES_WITH_A_LOST_TERM.items():
        with pytest.raises(AssertionError):
            conjugates_hold({**toy.CONJUGATES, name: wrong})
