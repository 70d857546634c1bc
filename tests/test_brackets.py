"""The JSD between two sides: both hold it, the lower one rises as cells are divided, and each says what it is worth."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from gantheory.brackets import js_divergence_bracket
from gantheory.densities import Normal
from gantheory.divergences import js_divergence
from gantheory.errors import DomainError
from gantheory.panel import PANEL, generator_cases
from gantheory.strategies import law_pairs

CASES = (*PANEL, *generator_cases())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_both_sides_hold_the_divergence(case: Any) -> None:
    """On every pair of the panel, generators, poles and atoms included, for coarse cells and fine."""
    exact = js_divergence(case.p_data, case.p_g)
    for cells in (2, 16, 256):
        lower, upper = js_divergence_bracket(case.p_data, case.p_g, cells=cells)
        assert lower.lower <= exact.upper
        assert exact.lower <= upper.upper
        assert upper.basis == "estimate"
        assert upper.value <= math.log(2)


@given(law_pairs())
def test_both_sides_hold_for_any_pair(pair: Any) -> None:
    """Of the package's laws."""
    p, q = pair
    exact = js_divergence(p, q)
    lower, upper = js_divergence_bracket(p, q, cells=64)
    assert lower.lower <= exact.upper
    assert exact.lower <= upper.upper


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_lower_side_rises_as_cells_are_divided(case: Any) -> None:
    """Data processing, cell by cell: every division adds to the sum, or leaves it."""
    x = np.concatenate([np.ravel(law.ppf(np.arange(1, 64) / 64)) for law in (case.p_data, case.p_g)])
    ends = np.unique(x[np.isfinite(x)])
    before = -math.inf
    for step in (16, 8, 4, 2, 1):
        lower, _ = js_divergence_bracket(case.p_data, case.p_g, cells=ends[::-1][::step][::-1])
        assert lower.value >= before - lower.error
        before = lower.value


def test_the_two_sides_close() -> None:
    """The gap falls with the cells; equal laws and singular ones are told apart exactly."""
    gaps = []
    for cells in (16, 64, 256, 1024):
        lower, upper = js_divergence_bracket("norm(0, 1)", "norm(1, 1.5)", cells=cells)
        gaps.append(upper.value - lower.value)
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] < gaps[0] / 50
    assert js_divergence_bracket(Normal(), Normal())[0].value == 0.0
    assert js_divergence_bracket("uniform(0, 1)", "uniform(2, 1)", cells=[1.5])[0].value == pytest.approx(math.log(2))


@pytest.mark.parametrize("cells", [0, -3, [1.0, 0.0], [math.nan], True, "a", [], 3.5])
def test_cells_that_are_none(cells: Any) -> None:
    """A number of them, or their ends in order."""
    with pytest.raises(DomainError):
        js_divergence_bracket(Normal(), Normal(1), cells=cells)
