"""The numbers of one pair: what a user who brings a pair wants first."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from gantheory.claims.statement import one_line
from gantheory.divergences import js_divergence, kl_divergence, total_variation, wasserstein_distance
from gantheory.errors import GanTheoryError
from gantheory.estimate import Estimate
from gantheory.game import criterion

__all__ = ["NAMES", "quantities_of"]

# name in a report -> the words of the table, and the quantity
NAMES: dict[str, tuple[str, Callable[[Any], Estimate]]] = {
    "kl_data_g": ("KL(p_data‖p_g)", lambda case: case(kl_divergence)),
    "kl_g_data": ("KL(p_g‖p_data)", lambda case: case.swapped(kl_divergence)),
    "js_divergence": ("JSD(p_data‖p_g)", lambda case: case(js_divergence)),
    "total_variation": ("TV(p_data, p_g)", lambda case: case(total_variation)),
    "wasserstein_distance": ("W₁(p_data, p_g)", lambda case: case(wasserstein_distance)),
    "criterion": ("C(G)", lambda case: case(criterion)),
    # near p = q the sum C + log 4 keeps none of its digits, 2·JSD keeps them all; far apart C does
    "criterion_plus_log_4": ("C(G) + log 4 = 2·JSD", lambda case: 2 * case(js_divergence)),
    "minimum": ("−log 4, the least C(G)", lambda case: Estimate(-math.log(4.0), math.ulp(1.4))),
}


def quantities_of(case: Any) -> dict[str, Estimate | str]:
    """Every number of a case; the reason in one line, where one cannot be had."""
    return {name: _attempt(quantity, case) for name, (_, quantity) in NAMES.items()}


def _attempt(quantity: Callable[[Any], Estimate], case: Any) -> Estimate | str:
    try:
        return quantity(case)
    except GanTheoryError as error:
        return one_line(error)
