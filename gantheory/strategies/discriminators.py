"""Discriminators: any D with values in [0, 1], near the optimal one and far from it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gantheory.densities import as_density
from gantheory.discriminator import Discriminator
from gantheory.errors import DomainError
from gantheory.game import optimal_discriminator
from gantheory.mlp import MLP
from gantheory.panels import EPS, Points
from gantheory.strategies.generators import SIZES, TENTHS, networks
from gantheory.strategies.laws import laws, named

__all__ = ["DISCRIMINATOR_KINDS", "NearOptimal", "discriminators", "logistic", "network", "steps"]

Array = Any
Pairs = SearchStrategy[tuple[Any, Any]]


def discriminators(
    p_data: Any = None, p_g: Any = None, *, kinds: Sequence[str] | None = None
) -> SearchStrategy[Discriminator]:
    """Discriminators of every kind that a proof must hold for.

    Parameters
    ----------
    p_data, p_g : law or text, optional
        The pair near whose D* the kind ``near D*`` lies; by default a drawn pair of laws with a density everywhere,
        whose D* is nowhere 0 or 1. Give both or neither.
    kinds : sequence of str, optional
        Names out of `DISCRIMINATOR_KINDS`; a drawn example shrinks towards the first. All by default:

        - ``constant``: 0.01 to 0.99;
        - ``logistic``: the sigmoid of a (x - b);
        - ``near D*``: the logit of D* and a bend, which may be 0: D* itself;
        - ``steps``: constant between up to three jumps;
        - ``saturated``: steps that are 0 or 1 somewhere, where log D or log(1 - D) is -inf;
        - ``network``: the sigmoid of a small network.

    Returns
    -------
    hypothesis.strategies.SearchStrategy
        Of `Discriminator`. The simplest is D = 1/2.

    Raises
    ------
    DomainError
        If a kind is unknown, none is named, or one law of a pair is missing.

    Examples
    --------
    Proposition 1, for every pair and every D that can be drawn:

    >>> from hypothesis import given, settings
    >>> from gantheory import criterion, value
    >>> from gantheory.strategies import law_pairs
    >>> @settings(max_examples=50)
    ... @given(law_pairs(kinds=["generic", "with atoms"]), discriminators(kinds=["constant", "logistic", "steps"]))
    ... def test_no_discriminator_does_better_than_the_optimal_one(pair, D):
    ...     assert not value(*pair, D) > criterion(*pair)
    >>> test_no_discriminator_does_better_than_the_optimal_one()
    """
    if (p_data is None) != (p_g is None):
        raise DomainError(f"p_data is {p_data!r} and p_g is {p_g!r}; give both laws, or neither.")
    everywhere = laws(families=["Normal", "Laplace", "Logistic"])
    pairs = st.tuples(everywhere, everywhere) if p_data is None else st.just((as_density(p_data), as_density(p_g)))
    return st.one_of(*(DISCRIMINATOR_KINDS[name](pairs) for name in named("kinds", kinds, tuple(DISCRIMINATOR_KINDS))))


# -- what a failing test prints: calls that can be typed ---------------------------------------------------------------


def logistic(slope: float, centre: float) -> Discriminator:
    """The sigmoid of slope·(x − centre)."""
    return Discriminator(lambda x: slope * (x - centre))


def steps(edges: Sequence[float], logits: Sequence[float]) -> Discriminator:
    """One logit left of the first edge, and one from each edge on."""
    at, levels = np.asarray(edges, dtype=float), np.asarray(logits, dtype=float)
    return Discriminator(lambda x: levels[np.searchsorted(at, x, side="right")], breakpoints=at)


class NearOptimal(Discriminator):
    """D* of the pair with offset + bend·tanh(x) added to its logit, at anchored points too."""

    def __init__(self, pair: tuple[Any, Any], offset: float = 0.0, bend: float = 0.0) -> None:
        self._pair, self._offset, self._bend = pair, offset, bend
        self._best = optimal_discriminator(*pair)
        breakpoints = np.unique(np.concatenate([as_density(law).breakpoints() for law in pair]))
        super().__init__(lambda x: self.logit_at(Points.at(x))[0], breakpoints=breakpoints)

    def logit_at(self, points: Points) -> tuple[Array, Array | float]:
        level, rounding = self._best.logit_at(points)
        added = self._offset + self._bend * np.tanh(points.x)
        with np.errstate(invalid="ignore"):
            own = 4 * EPS * (np.where(np.isfinite(level), np.abs(level), 0.0) + np.abs(added))
        return level + added, rounding + own

    def __repr__(self) -> str:
        return f"NearOptimal({self._pair!r}, {self._offset!r}, {self._bend!r})"


def network(G: MLP) -> Discriminator:
    """The sigmoid of a network."""
    return Discriminator(lambda x: G(np.ravel(x)).reshape(np.shape(x)))


# -- kinds -------------------------------------------------------------------------------------------------------------


def _stepped(levels: SearchStrategy[float]) -> SearchStrategy[Discriminator]:
    several = st.integers(1, 3).flatmap(
        lambda n: st.tuples(
            st.lists(TENTHS, min_size=n, max_size=n, unique=True).map(sorted),
            st.lists(levels, min_size=n + 1, max_size=n + 1),
        )
    )
    return several.flatmap(lambda drawn: st.builds(steps, st.just(drawn[0]), st.just(drawn[1])))


def _saturated() -> SearchStrategy[Discriminator]:
    """Each side is sure somewhere: 0 or 1 beyond an edge, and anything on the other side of it."""
    sure = st.sampled_from([np.inf, -np.inf])
    one_sided = st.builds(steps, st.lists(TENTHS, min_size=1, max_size=1), st.tuples(TENTHS, sure))
    both = st.builds(steps, st.lists(TENTHS, min_size=1, max_size=1), st.tuples(sure, sure))
    return st.one_of(one_sided, both)


DISCRIMINATOR_KINDS: dict[str, Callable[[Pairs], SearchStrategy[Discriminator]]] = {
    "constant": lambda pairs: st.builds(Discriminator.constant, st.one_of(st.just(0.5), st.floats(0.01, 0.99))),
    "logistic": lambda pairs: st.builds(logistic, st.one_of(SIZES, SIZES.map(lambda a: -a)), TENTHS),
    "near D*": lambda pairs: st.builds(NearOptimal, pairs, TENTHS, TENTHS),
    "steps": lambda pairs: _stepped(TENTHS),
    "saturated": lambda pairs: _saturated(),
    "network": lambda pairs: st.builds(network, networks()),
}
