"""What hypothesis draws for an annotation: ``st.from_type(Density)`` is ``laws()``, and so on for each type.

It is told when `gantheory.strategies` is imported, and not by a plugin of hypothesis'. A plugin is called whenever
hypothesis is imported, in the tests of every project of the same environment, and must hand over the types themselves:
importing them takes four times as long as hypothesis does. One that waited for them to be imported would make a test
depend on which file was collected first.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from hypothesis import strategies as st

from gantheory import densities
from gantheory.discriminator import Discriminator
from gantheory.grid import Grid
from gantheory.mlp import MLP
from gantheory.objectives import Objective
from gantheory.pushforward import Pushforward
from gantheory.strategies.discriminators import discriminators
from gantheory.strategies.generators import generators, networks
from gantheory.strategies.grids import grids
from gantheory.strategies.laws import FAMILIES, laws
from gantheory.strategies.objectives import objectives

__all__ = ["TYPES", "register"]

TYPES: dict[Any, Callable[[], st.SearchStrategy[Any]]] = {
    densities.Density: laws,
    densities.Law: laws,
    **{getattr(densities, name): partial(laws, families=[name]) for name in FAMILIES},
    Pushforward: generators,
    MLP: networks,
    Discriminator: discriminators,
    Grid: grids,
    Objective: objectives,
}


def register() -> None:
    """Tell hypothesis."""
    for kind, strategy in TYPES.items():
        st.register_type_strategy(kind, strategy())
