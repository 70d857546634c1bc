"""Numbers that are proved: enclosures in ball arithmetic, two decimals between which the exact value lies."""

from gantheory.certified.divergences import (
    enclose_criterion,
    enclose_js_divergence,
    enclose_kl_divergence,
    enclose_total_variation,
    enclose_value,
)
from gantheory.certified.enclosure import Enclosure

__all__ = [
    "Enclosure",
    "enclose_criterion",
    "enclose_js_divergence",
    "enclose_kl_divergence",
    "enclose_total_variation",
    "enclose_value",
]
