"""Objectives (a, b) for D, proper and not: built-in ones with drawn parameters, so that each is one.

Building an objective proves what it amounts to, in 20 to 500 ms. One that is drawn is therefore built when it is first
used, and once for its parameters, of which there are few.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache, partial, wraps
from typing import Any

from hypothesis import currently_in_test_context
from hypothesis import strategies as st
from hypothesis.control import current_build_context
from hypothesis.strategies import SearchStrategy

from gantheory.objectives import OBJECTIVES, Objective, alpha, label_smoothed, least_squares
from gantheory.strategies.laws import named

__all__ = ["OBJECTIVE_KINDS", "DrawnObjective", "hinge_like", "objectives", "ready_made", "rescaled", "weighted"]

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
    >>> @settings(max_examples=20, deadline=None)  # the first use of an objective proves what it amounts to
    ... @given(objectives(kinds=["paper", "hinge-like"]), law_pairs(kinds=["nearly equal"]))
    ... def test_no_law_does_better_than_p_data(objective, pair):
    ...     assert not objective.criterion(*pair) < objective.optimum
    >>> test_no_law_does_better_than_p_data()
    """
    return st.one_of(*(OBJECTIVE_KINDS[name] for name in named("kinds", kinds, tuple(OBJECTIVE_KINDS))))


# -- what a failing test prints: calls that can be typed ---------------------------------------------------------------


class DrawnObjective(Objective):
    """An objective that shows itself as the call that makes it, and is built when something of it is first used.

    hypothesis draws many more than a test looks at: of a failure it varies every part that might not matter.

    Examples
    --------
    >>> weighted("1", "2")
    weighted('1', '2')
    >>> print(weighted("1", "2").D_star)
    u/(u + 2)
    """

    def __init__(self, call: str, build: Callable[[], Objective]) -> None:
        self._call, self._build = call, build

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_losses" in vars(self) or "_build" not in vars(self):
            raise AttributeError(name)
        vars(self).update(vars(_in_drawing_time(self._build)))
        return getattr(self, name)

    def __repr__(self) -> str:
        return self._call


def _in_drawing_time(build: Callable[[], Objective]) -> Objective:
    """Built as a draw, if within a test: of its time, for which there is a deadline, draws are no part."""

    def whole() -> Objective:
        made = build()
        _ = made.optimum, made.is_proper  # which it then remembers
        return made

    return current_build_context().data.draw(st.builds(whole)) if currently_in_test_context() else build()


def _as_call(build: Callable[..., Objective]) -> Callable[..., Objective]:
    """One object for each call, so that what it is found to amount to is found once."""

    @cache
    @wraps(build)
    def made(*arguments: Any) -> Objective:
        return DrawnObjective(f"{build.__name__}({', '.join(map(repr, arguments))})", partial(build, *arguments))

    return made


@_as_call
def ready_made(name: str) -> Objective:
    """An objective out of `OBJECTIVES`, with its own parameters."""
    return OBJECTIVES[name]()


@_as_call
def rescaled(name: str, factor: str, plus: tuple[int, int] = (0, 0)) -> Objective:
    """factor·a + plus[0] and factor·b + plus[1], of an objective out of `OBJECTIVES`."""
    one, by = ready_made(name), Fraction(factor)
    real, fake = by * one.real + plus[0], by * one.fake + plus[1]
    # the one bound that a float cannot say
    domain = ("-inf", "log(2)") if name == "jensen-shannon" else one.domain
    return Objective(real, fake, domain=domain, name=f"{factor}·{one.name}")


@_as_call
def weighted(real: str, fake: str, plus: tuple[int, int] = (0, 0)) -> Objective:
    """real·log D + plus[0] and fake·log(1 − D) + plus[1]."""
    return Objective(f"{real}*log(D) + ({plus[0]})", f"{fake}*log(1 - D) + ({plus[1]})", name="minimax, weighted")


@_as_call
def hinge_like(margin: str, real: str = "1", fake: str = "1") -> Objective:
    """The hinge at ±margin, its sides times real and fake; f has its corner at u = fake/real."""
    sides = f"({real})*min(0, D - ({margin}))", f"({fake})*min(0, -D - ({margin}))"
    return Objective(*sides, domain=("-inf", "inf"), name="hinge")


_labelled, _squared, _alpha = _as_call(label_smoothed), _as_call(least_squares), _as_call(alpha)

# -- kinds -------------------------------------------------------------------------------------------------------------

_SHIFTS = ((0, 0), (1, -2))
_WEIGHTS = [(*pair, plus) for pair in (("1", "2"), ("2", "1"), ("1/2", "1"), ("3/2", "2")) for plus in _SHIFTS]
_RESCALINGS = [("2", (0, 0)), ("1/2", (0, 0)), ("1", (1, -2))]
_TARGETS = [(0, 1, 1), (-1, 1, 0), (0, 1, 2), (1, 0, 0), (-1, 2, "1/2")]
_CORNERS = [("1", "2"), ("1", "1/2"), ("1", "3"), ("3/2", "1/3")]
_MARGINS = ("1", "2", "1/2")

# one choice of the kind and one within it: were the paper's game longer to say, nothing would shrink to it
OBJECTIVE_KINDS: dict[str, SearchStrategy[Objective]] = {
    name: st.sampled_from(several)
    for name, several in {
        "paper": [ready_made(name) for name in ("minimax", "non-saturating")],
        "weighted": [weighted(*given) for given in _WEIGHTS],
        "one-sided": [_labelled(label) for label in ("0.9", "0.95", "0.75", "0.6")],
        "least squares": [_squared(*given) for given in _TARGETS],
        "f-GAN": [
            *(ready_made(name) for name in _F_GANS),
            *(rescaled(name, *given) for name in _F_GANS for given in _RESCALINGS),
            *(_alpha(order) for order in ("2", "1/2", "3", "-1", "3/2")),
        ],
        "hinge-like": [hinge_like(at, by, by) for at in _MARGINS for by in ("1", "2", "1/2", "3/2")],
        "improper": [hinge_like(at, *given) for at in _MARGINS for given in _CORNERS],
    }.items()
}
