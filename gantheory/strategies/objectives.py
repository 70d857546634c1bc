"""Objectives (a, b) for D, proper and not: built-in ones with drawn parameters, so that each is one.

Building an objective proves what it amounts to, in 20 to 500 ms. Each is therefore built once for the parameters that
were drawn, of which there are few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gantheory.objectives import OBJECTIVES, Objective, alpha, label_smoothed, least_squares
from gantheory.strategies.laws import named

__all__ = ["OBJECTIVE_KINDS", "hinge_like", "objectives", "ready_made", "rescaled", "weighted"]

_F_GANS = ("kl", "reverse-kl", "pearson", "neyman", "squared-hellinger", "jensen-shannon", "jeffreys")


def objectives(*, kinds: Sequence[str] | None = None) -> SearchStrategy[Objective]:
    """Objectives for D, with what is drawn chosen so that each is one: bounded above, with one best D.

    Parameters
    ----------
    kinds : sequence of str, optional
        Names out of `OBJECTIVE_KINDS`; a drawn example shrinks towards the first. All by default:

        - ``paper``: log D and log(1 - D), with either loss of the generator's;
        - ``weighted``: w·log D + s and v·log(1 - D) + t;
        - ``one-sided``: the label of real points smoothed to less than 1, which is not the paper's game;
        - ``least squares``: with any targets;
        - ``f-GAN``: every f-divergence of the f-GAN paper, times a factor, and the α-divergences;
        - ``hinge-like``: margins and factors of the hinge, whose f has its corner at 1;
        - ``improper``: the same with the corner elsewhere: some p_g ≠ p_data is optimal.

    Returns
    -------
    hypothesis.strategies.SearchStrategy
        Of `Objective`. All but ``improper`` are proper. The simplest is the paper's. `WassersteinObjective` is none of
        them: its criterion is no function of p/q.

    Raises
    ------
    DomainError
        If a kind is unknown, or none is named.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> from gantheory.strategies import law_pairs
    >>> @settings(max_examples=20)
    ... @given(objectives(kinds=["paper", "hinge-like"]), law_pairs(kinds=["nearly equal"]))
    ... def test_no_law_does_better_than_p_data(objective, pair):
    ...     assert not objective.criterion(*pair) < objective.optimum
    >>> test_no_law_does_better_than_p_data()
    """
    return st.one_of(*(OBJECTIVE_KINDS[name] for name in named("kinds", kinds, tuple(OBJECTIVE_KINDS))))


# -- what a failing test prints: calls that can be typed ---------------------------------------------------------------


@cache
def ready_made(name: str) -> Objective:
    """An objective out of `OBJECTIVES`, with its own parameters."""
    return OBJECTIVES[name]()


@cache
def rescaled(name: str, factor: str, plus: tuple[int, int] = (0, 0)) -> Objective:
    """factor·a + plus[0] and factor·b + plus[1], of an objective out of `OBJECTIVES`."""
    one, by = ready_made(name), Fraction(factor)
    real, fake = by * one.real + plus[0], by * one.fake + plus[1]
    # the one bound that a float cannot say
    domain = ("-inf", "log(2)") if name == "jensen-shannon" else one.domain
    return Objective(real, fake, domain=domain, name=f"{factor}·{one.name}")


@cache
def weighted(real: str, fake: str, plus: tuple[int, int] = (0, 0)) -> Objective:
    """real·log D + plus[0] and fake·log(1 − D) + plus[1]."""
    return Objective(f"{real}*log(D) + ({plus[0]})", f"{fake}*log(1 - D) + ({plus[1]})", name="minimax, weighted")


@cache
def hinge_like(margin: str, real: str = "1", fake: str = "1") -> Objective:
    """The hinge at ±margin, its sides times real and fake; f has its corner at u = fake/real."""
    sides = f"({real})*min(0, D - ({margin}))", f"({fake})*min(0, -D - ({margin}))"
    return Objective(*sides, domain=("-inf", "inf"), name="hinge")


_labelled, _squared, _alpha = cache(label_smoothed), cache(least_squares), cache(alpha)

# -- kinds -------------------------------------------------------------------------------------------------------------

_WEIGHTS = [
    (*pair, plus) for pair in (("1", "2"), ("2", "1"), ("1/2", "1"), ("3/2", "2")) for plus in ((0, 0), (1, -2))
]
_RESCALINGS = [("2", (0, 0)), ("1/2", (0, 0)), ("1", (1, -2))]
_TARGETS = [(0, 1, 1), (-1, 1, 0), (0, 1, 2), (1, 0, 0), (-1, 2, "1/2")]
_CORNERS = [("1", "2"), ("1", "1/2"), ("1", "3"), ("3/2", "1/3")]
_margins, _f_gans = st.sampled_from(["1", "2", "1/2"]), st.sampled_from(_F_GANS)


def _each(build: Callable[..., Objective], several: Iterable[Any], *first: SearchStrategy[Any]) -> Any:
    """One call for each of several tuples of arguments, so that what fails prints as that call."""
    return st.one_of(*(st.builds(build, *first, *map(st.just, arguments)) for arguments in several))


OBJECTIVE_KINDS: dict[str, SearchStrategy[Objective]] = {
    "paper": st.builds(ready_made, st.sampled_from(["minimax", "non-saturating"])),
    "weighted": _each(weighted, _WEIGHTS),
    "one-sided": st.builds(_labelled, st.sampled_from(["0.9", "0.95", "0.75", "0.6"])),
    "least squares": _each(_squared, _TARGETS),
    "f-GAN": st.one_of(
        st.builds(ready_made, _f_gans),
        _each(rescaled, _RESCALINGS, _f_gans),
        st.builds(_alpha, st.sampled_from(["2", "1/2", "3", "-1", "3/2"])),
    ),
    "hinge-like": _each(hinge_like, [(by, by) for by in ("1", "2", "1/2", "3/2")], _margins),
    "improper": _each(hinge_like, _CORNERS, _margins),
}
