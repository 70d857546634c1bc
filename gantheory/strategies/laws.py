"""Laws of every family, with bounded parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gantheory.densities import (
    Beta,
    Cauchy,
    Discrete,
    Exponential,
    Gamma,
    Laplace,
    Law,
    Logistic,
    Mixture,
    Normal,
    StudentT,
    Uniform,
    Weibull,
)
from gantheory.errors import DomainError

__all__ = ["FAMILIES", "laws"]

# hypothesis shrinks a float to the simplest number of its range: a location to 0, a scale and a shape to 1
LOCATIONS = st.floats(-10.0, 10.0)
SCALES = st.floats(0.1, 10.0)
SHAPES = st.floats(0.2, 8.0)
SHARES = st.floats(0.05, 1.0)


@st.composite
def uniforms(draw: st.DrawFn, low: SearchStrategy[float], width: SearchStrategy[float]) -> Law:
    a = draw(low)
    return Uniform(a, a + draw(width))


_PLAIN: dict[str, SearchStrategy[Law]] = {
    "Normal": st.builds(Normal, LOCATIONS, SCALES),
    "Laplace": st.builds(Laplace, LOCATIONS, SCALES),
    "Logistic": st.builds(Logistic, LOCATIONS, SCALES),
    "Uniform": uniforms(LOCATIONS, SCALES),
    "Exponential": st.builds(Exponential, SCALES, LOCATIONS),
    "Gamma": st.builds(Gamma, SHAPES, SCALES, LOCATIONS),
    "Weibull": st.builds(Weibull, SHAPES, SCALES, LOCATIONS),
    "Beta": st.builds(Beta, SHAPES, SHAPES, LOCATIONS, SCALES),
    "StudentT": st.builds(StudentT, st.floats(1.0, 30.0), LOCATIONS, SCALES),
    "Cauchy": st.builds(Cauchy, LOCATIONS, SCALES),
}
_MOST_COMPONENTS = 3
_MOST_ATOMS = 4

FAMILIES: tuple[str, ...] = (*_PLAIN, "Mixture", "Discrete")


def laws(*, families: Sequence[str] | None = None, atoms: bool = True) -> SearchStrategy[Law]:
    """Laws of every family, with bounded parameters.

    Parameters
    ----------
    families : sequence of str, optional
        Names out of `FAMILIES`, which are the classes' own; a drawn example shrinks towards the first. All by default.
    atoms : bool, default True
        Whether a law may have atoms: False leaves out Discrete, and keeps atoms out of the mixtures.

    Returns
    -------
    hypothesis.strategies.SearchStrategy
        Locations in [-10, 10], scales in [0.1, 10], shapes in [0.2, 8] (poles included), degrees of freedom in [1, 30].

    Raises
    ------
    DomainError
        If a family is unknown, or none is left.

    Examples
    --------
    >>> from hypothesis import given
    >>> @given(laws(families=["Normal", "Gamma"]))
    ... def test_half_the_mass_lies_below_the_median(law):
    ...     assert abs(law.cdf(law.ppf(0.5)) - 0.5) < 1e-12
    >>> test_half_the_mass_lies_below_the_median()
    """
    chosen = named("families", families, FAMILIES)
    plain = [_PLAIN[name] for name in chosen if name in _PLAIN]
    strategies = list(plain)
    if "Mixture" in chosen:
        components = list(plain or _PLAIN.values())
        strategies.append(_mixtures(st.one_of(*components, discretes()) if atoms else st.one_of(*components)))
    if "Discrete" in chosen and atoms:
        strategies.append(discretes())
    if not strategies:
        raise DomainError(f"families is {families!r} with atoms=False, which leaves no law; name a continuous family.")
    return st.one_of(*strategies)


def named(argument: str, names: Any, known: tuple[str, ...]) -> tuple[str, ...]:
    """The names that a caller chose, or all; refused where one is unknown."""
    if names is None:
        return known
    given = names if isinstance(names, (list, tuple, set, frozenset)) else ()
    if not given or not all(name in known for name in given):
        raise DomainError(f"{argument} is {names!r}; it must be a non-empty sequence out of {', '.join(known)}.")
    return tuple(given)


# -- composed laws ----------------------------------------


def weights_of(shares: Sequence[float]) -> list[float]:
    total = sum(shares)
    return [share / total for share in shares]


def _mixtures(components: SearchStrategy[Law]) -> SearchStrategy[Law]:
    parts = st.lists(st.tuples(components, SHARES), min_size=2, max_size=_MOST_COMPONENTS)
    return parts.map(lambda pairs: Mixture([law for law, _ in pairs], weights_of([share for _, share in pairs])))


def discretes() -> SearchStrategy[Law]:
    """Atoms on small integers, so that two laws often have some in common."""
    parts = st.lists(
        st.tuples(st.integers(-3, 3), SHARES), min_size=1, max_size=_MOST_ATOMS, unique_by=lambda part: part[0]
    )
    return parts.map(lambda pairs: Discrete([x for x, _ in pairs], weights_of([share for _, share in pairs])))
