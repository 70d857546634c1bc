"""Pairs of laws, of the kinds on which naive formulas go wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gantheory.densities import (
    Beta,
    Cauchy,
    Discrete,
    Exponential,
    Laplace,
    Law,
    Logistic,
    Mixture,
    Normal,
    StudentT,
    Uniform,
)
from gantheory.strategies.laws import LOCATIONS, SCALES, SHAPES, SHARES, discretes, laws, named, weights_of

__all__ = ["KINDS", "law_pairs"]

Pair = tuple[Law, Law]
_distances = st.floats(0.0, 10.0)


def law_pairs(*, kinds: Sequence[str] | None = None) -> SearchStrategy[Pair]:
    """Pairs of laws, of the kinds on which naive formulas go wrong.

    Parameters
    ----------
    kinds : sequence of str, optional
        Names out of `KINDS`; a drawn example shrinks towards the first. All by default:

        - ``generic``: two laws of any continuous family, drawn apart;
        - ``nearly equal``: one family, its parameters a relative 1e-1 to 1e-9 apart or equal, mixtures and masses of
          atoms included;
        - ``disjoint``: two supports with nothing in common, or a single point;
        - ``nested``: the first support lies inside the second;
        - ``narrow component``: a mixture in which one component is 1e-1 to 1e-8 wide, and a smooth law;
        - ``heavy-tailed``: at least one law with a power tail, down to half a degree of freedom;
        - ``with atoms``: laws of atoms, and mixtures of atoms with a density, against each other and a density alone;
        - ``far apart``: 5 to 40 standard deviations, where the criterion is down to 1e-88.

    Returns
    -------
    hypothesis.strategies.SearchStrategy
        Tuples (p, q). The simplest is (Normal(0, 1), Normal(0, 1)).

    Raises
    ------
    DomainError
        If a kind is unknown, or none is named.

    Examples
    --------
    A test of one's own divergence, here the squared Hellinger distance against its bounds:

    >>> from hypothesis import given
    >>> from gantheory.divergences import f_divergence, total_variation
    >>> def hellinger(p, q):
    ...     return f_divergence(p, q, "1 - sqrt(u)", at_zero=1.0, slope_at_infinity=0.0)
    >>> @given(law_pairs(kinds=["generic", "disjoint", "with atoms"]))
    ... def test_hellinger_and_total_variation(pair):
    ...     h, tv = hellinger(*pair), total_variation(*pair)
    ...     assert not h > tv  # a comparison of Estimates is True only where it is certain
    ...     assert not tv > (h * (2 - h)).sqrt()
    >>> test_hellinger_and_total_variation()
    """
    chosen = named("kinds", kinds, tuple(KINDS))
    return _as_laws(st.one_of(*(st.one_of(st.just(_SIMPLEST[name]), KINDS[name]()) for name in chosen)))


@st.composite
def _as_laws(draw: st.DrawFn, pairs: SearchStrategy[Pair]) -> Pair:
    """A new tuple, which a failing test prints as the two laws and not as the call of ours that made it."""
    p, q = draw(pairs)
    return p, q


def _bounded(low: float, width: float, a: float, b: float) -> Law:
    """A law on [low, low + width]: uniform where both exponents are 1."""
    return Uniform(low, low + width) if a == b == 1.0 else Beta(a, b, low, width)


# -- kinds of pair -----------------------------------------------------------------------------------------------------


def _generic() -> SearchStrategy[Pair]:
    continuous = laws(atoms=False)
    return st.tuples(continuous, continuous)


def _nearly_equal() -> SearchStrategy[Pair]:
    families: SearchStrategy[Any] = st.sampled_from([Normal, Laplace, Logistic, Cauchy])
    # the share of a scale by which the second law is off
    nudges = st.tuples(st.sampled_from([0.0, *(10.0**-k for k in range(9, 0, -1))]), st.sampled_from([1.0, -1.0]))

    def nearby(family: Any, loc: float, scale: float, shift: Any, stretch: Any) -> Pair:
        moved = loc + shift[0] * shift[1] * scale
        return family(loc, scale), family(moved, scale * (1.0 + stretch[0] * stretch[1]))

    def beside(pair: Pair, other: Law, share: float) -> Pair:
        weights = weights_of([1.0, share])
        return Mixture([pair[0], other], weights), Mixture([pair[1], other], weights)

    def reweighed(atoms: Law, nudge: Any) -> Pair:
        points, masses = atoms.atoms()
        first = masses[0] * (1.0 + nudge[0] * nudge[1])
        return atoms, Discrete(points, weights_of([first, *masses[1:]]))

    alone = st.builds(nearby, families, LOCATIONS, SCALES, nudges, nudges)
    mixed = st.builds(beside, alone, laws(families=["Normal", "Laplace", "Gamma"]), SHARES)
    return st.one_of(alone, mixed, st.builds(reweighed, discretes(), nudges))


def _disjoint() -> SearchStrategy[Pair]:
    def apart(low: float, widths: tuple[float, float], gap: float, shapes: tuple[float, ...], swapped: bool) -> Pair:
        left = _bounded(low, widths[0], shapes[0], shapes[1])
        right = _bounded(left.support()[1] + gap, widths[1], shapes[2], shapes[3])
        return (right, left) if swapped else (left, right)

    shapes = st.tuples(SHAPES, SHAPES, SHAPES, SHAPES)
    return st.builds(apart, LOCATIONS, st.tuples(SCALES, SCALES), _distances, shapes, st.booleans())


def _nested() -> SearchStrategy[Pair]:
    def inside(low: float, width: float, margins: tuple[float, float], shapes: tuple[float, ...]) -> Pair:
        inner = _bounded(low, width, shapes[0], shapes[1])
        return inner, _bounded(low - margins[0], width + sum(margins), shapes[2], shapes[3])

    margins = st.tuples(st.floats(0.1, 5.0), st.floats(0.1, 5.0))
    bounded = st.builds(inside, LOCATIONS, SCALES, margins, st.tuples(SHAPES, SHAPES, SHAPES, SHAPES))
    half_lines = st.tuples(laws(families=["Exponential", "Gamma", "Weibull"]), laws(families=["Normal", "Laplace"]))
    return st.one_of(bounded, half_lines)


def _narrow_component() -> SearchStrategy[Pair]:
    widths = st.floats(-8.0, -1.0).map(lambda exponent: 10.0**exponent)

    def with_narrow(base: Law, other: Law, at: float, width: float, share: float, swapped: bool) -> Pair:
        mixture = Mixture([base, Normal(at, width)], weights_of([1.0, share]))
        return (other, mixture) if swapped else (mixture, other)

    smooth = laws(families=["Normal", "Laplace", "Logistic"])
    return st.builds(with_narrow, smooth, smooth, LOCATIONS, widths, SHARES, st.booleans())


def _heavy_tailed() -> SearchStrategy[Pair]:
    heavy = st.one_of(laws(families=["Cauchy"]), st.builds(StudentT, st.floats(0.5, 3.0), LOCATIONS, SCALES))
    light = laws(families=["Normal", "Laplace"])
    return st.one_of(st.tuples(light, heavy), st.tuples(heavy, light), st.tuples(heavy, heavy))


def _with_atoms() -> SearchStrategy[Pair]:
    atoms = discretes()
    smooth = laws(families=["Normal", "Laplace", "Uniform", "Gamma"])
    both = st.tuples(smooth, atoms, SHARES).map(lambda drawn: Mixture(drawn[:2], weights_of([1.0, drawn[2]])))
    density = laws(atoms=False)
    sides = [(atoms, atoms), (both, both), (both, density), (density, both), (atoms, density), (density, atoms)]
    return st.one_of(*(st.tuples(*pair) for pair in sides))


def _far_apart() -> SearchStrategy[Pair]:
    families: SearchStrategy[Any] = st.sampled_from([Normal, Laplace, Logistic])

    def apart(family: Any, loc: float, scales: tuple[float, float], distance: float, sign: float) -> Pair:
        return family(loc, scales[0]), family(loc + sign * distance * max(scales), scales[1])

    scales, signs = st.tuples(SCALES, SCALES), st.sampled_from([1.0, -1.0])
    return st.builds(apart, families, LOCATIONS, scales, st.floats(5.0, 40.0), signs)


KINDS: dict[str, Callable[[], SearchStrategy[Pair]]] = {
    "generic": _generic,
    "nearly equal": _nearly_equal,
    "disjoint": _disjoint,
    "nested": _nested,
    "narrow component": _narrow_component,
    "heavy-tailed": _heavy_tailed,
    "with atoms": _with_atoms,
    "far apart": _far_apart,
}

# What each kind shrinks to. A strategy's first alternative is the simplest, however many draws the others take.
_STANDARD = Normal(0.0, 1.0)
_SIMPLEST: dict[str, Pair] = {
    "generic": (_STANDARD, _STANDARD),
    "nearly equal": (_STANDARD, _STANDARD),
    "disjoint": (Uniform(0.0, 1.0), Uniform(1.0, 2.0)),
    "nested": (Exponential(1.0, 0.0), _STANDARD),
    "narrow component": (Mixture([_STANDARD, Normal(0.0, 0.1)], [0.5, 0.5]), _STANDARD),
    "heavy-tailed": (_STANDARD, Cauchy(0.0, 1.0)),
    "with atoms": (Discrete([0.0], [1.0]), _STANDARD),
    "far apart": (_STANDARD, Normal(5.0, 1.0)),
}
