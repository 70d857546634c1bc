"""Hypothesis strategies for the objects of the game: property-based tests of one's own divergences.

They draw *parameters*, never seeds, so that a failing example shrinks to the simplest one that still fails: towards the
standard normal law, the pair (N(0, 1), N(0, 1)), the generator z, D = 1/2 and the paper's objective. Every parameter is
bounded, so that a quantity which should be finite is; the kinds of pair are the ones on which naive formulas go wrong.

Importing this package tells hypothesis of them: from then on ``st.from_type(Density)`` is ``laws()``, and a test whose
arguments are annotated needs no strategy at all. It alone needs hypothesis: ``pip install gantheory[testing]``.

Examples
--------
>>> import gantheory.strategies
>>> from gantheory import Density, js_divergence
>>> from hypothesis import given
>>> @given(...)
... def test_a_law_is_at_no_distance_from_itself(p: Density):
...     assert 0.0 in js_divergence(p, p)
>>> test_a_law_is_at_no_distance_from_itself()
"""

try:
    import hypothesis as _hypothesis  # noqa: F401  # asked for first, so that its absence is told in words
except ImportError as missing:
    raise ImportError(
        "gantheory.strategies needs hypothesis, which is not installed. Install it with: pip install gantheory[testing]"
    ) from missing

from gantheory.strategies.discriminators import DISCRIMINATOR_KINDS, discriminators
from gantheory.strategies.generators import GENERATORS, generators
from gantheory.strategies.grids import GRID_KINDS, grid_pairs, grids
from gantheory.strategies.laws import FAMILIES, laws
from gantheory.strategies.objectives import OBJECTIVE_KINDS, objectives
from gantheory.strategies.pairs import KINDS, law_pairs
from gantheory.strategies.types import register

__all__ = [
    "DISCRIMINATOR_KINDS",
    "FAMILIES",
    "GENERATORS",
    "GRID_KINDS",
    "KINDS",
    "OBJECTIVE_KINDS",
    "discriminators",
    "generators",
    "grid_pairs",
    "grids",
    "law_pairs",
    "laws",
    "objectives",
]

register()
