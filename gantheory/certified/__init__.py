"""Numbers that are proved: enclosures in ball arithmetic, two decimals between which the exact value lies."""

from gantheory.certified.balls import log_2
from gantheory.certified.closed_forms import enclose_cauchy_game, enclose_curvature
from gantheory.certified.divergences import (
    enclose_criterion,
    enclose_js_divergence,
    enclose_kl_divergence,
    enclose_total_variation,
    enclose_value,
)
from gantheory.certified.enclosure import Enclosure
from gantheory.certified.reading import exact_law, half_of_each, is_elementary

__all__ = [
    "Enclosure",
    "enclose_cauchy_game",
    "enclose_criterion",
    "enclose_curvature",
    "enclose_js_divergence",
    "enclose_kl_divergence",
    "enclose_total_variation",
    "enclose_value",
    "exact_law",
    "half_of_each",
    "is_elementary",
    "log_2",
]
