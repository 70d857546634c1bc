"""Every number against an independent 50-digit reference: |value - exact| <= reported error, always.

The references are made by tests/references/generate.py, which shares no code with the package.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gantheory import densities
from gantheory.divergences import (
    cross_entropy,
    entropy,
    js_divergence,
    kl_divergence,
    total_variation,
    wasserstein_distance,
)
from gantheory.estimate import Estimate
from gantheory.game import criterion, optimality_gap
from gantheory.panel import PANEL

REFERENCES = Path(__file__).parent / "references"
QUANTITIES = {
    "kl_pq": kl_divergence,
    "kl_qp": lambda p, q: kl_divergence(q, p),
    "js": js_divergence,
    "tv": total_variation,
    "criterion": criterion,
    "entropy_p": lambda p, q: entropy(p),
    "entropy_q": lambda p, q: entropy(q),
    "cross_entropy_pq": cross_entropy,
    "w1": wasserstein_distance,
}


def references(name: str) -> dict[str, Any]:
    return json.loads((REFERENCES / f"{name}.json").read_text())["cases"]


def exactly(text: str) -> Any:
    return float(text) if text in ("inf", "-inf") else Decimal(text)


def law(parts: list[list[Any]]) -> Any:
    """A reference's law: [weight, family, *parameters] a component."""
    laws = [getattr(densities, family)(*parameters) for _, family, *parameters in parts]
    return laws[0] if len(laws) == 1 else densities.Mixture(laws, [part[0] for part in parts])


def outside(estimate: Estimate, exact: str) -> str:
    """What is wrong with an estimate, or nothing."""
    if exactly(exact) not in estimate:
        return f"{estimate!r} does not hold {exact}"
    if estimate.error > 1e-12 * max(1.0, abs(estimate.value)):
        return f"{estimate!r} is wider than 1e-12"
    return ""


@pytest.mark.parametrize("case", PANEL, ids=lambda case: case.name)
def test_every_number_of_the_panel(case: Any) -> None:
    """Each quantity of each pair lies within its error, and the error is at most 1e-12 max(1, |value|)."""
    values = references("panel")[case.name]["values"]
    faults = {name: outside(QUANTITIES[name](case.p_data, case.p_g), exact) for name, exact in values.items()}
    assert {name: fault for name, fault in faults.items() if fault} == {}


def test_the_panel_and_its_references_are_the_same_pairs() -> None:
    """A pair added to the panel needs a reference."""
    assert {case.name for case in PANEL} == set(references("panel"))


@pytest.mark.parametrize("name", ["family_pairs", "mixtures", "cornered"])
def test_other_pairs(name: str) -> None:
    """Pairs over all families, and random mixtures of sd 1e-6 to 10."""
    faults = {}
    for label, case in references(name).items():
        p, q = law(case["p"]), law(case["q"])
        for quantity, exact in case["values"].items():
            faults[label, quantity] = outside(QUANTITIES[quantity](p, q), exact)
    assert {label: fault for label, fault in faults.items() if fault} == {}


@pytest.mark.parametrize("case", PANEL, ids=lambda case: case.name)
def test_the_gap_of_one_half_is_twice_the_jsd(case: Any) -> None:
    """V(G, D*) - V(G, ½) = C(G) + log 4 = 2 JSD, by the fourth route."""
    exact = 2 * exactly(references("panel")[case.name]["values"]["js"])
    assert exact in optimality_gap(case.p_data, case.p_g, 0.5)


def test_relative_accuracy_near_equality() -> None:
    """JSD(N(0,1), N(1e-8,1)) = 1.25e-17 to 1e-12 of itself, by the family's own log-ratio."""
    exact = Decimal(references("panel")["nearly-equal"]["values"]["js"])
    estimate = js_divergence("norm(0, 1)", "norm(1e-8, 1)")
    assert abs(Decimal(estimate.value) / exact - 1) <= Decimal("1e-12")
    assert estimate.error <= 1e-12 * estimate.value


def test_relative_accuracy_far_apart() -> None:
    """C(N(0,1), N(40,1)) is about -1.7e-88, and right to 1e-9 of itself: -log 4 + 2 JSD would be 0."""
    exact = Decimal(references("panel")["far-apart"]["values"]["criterion"])
    estimate = criterion("norm(0, 1)", "norm(40, 1)")
    assert abs(Decimal(estimate.value) / exact - 1) <= Decimal("1e-9")
    assert abs(estimate.error / estimate.value) <= 1e-9
