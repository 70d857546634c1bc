"""Hypothesis strategies for laws and for pairs of laws: property-based tests of one's own divergences.

They draw *parameters*, never seeds, so that a failing example shrinks to the simplest one that still fails: towards the
standard normal law, and towards the pair (N(0, 1), N(0, 1)). Every parameter is bounded, so that a quantity which
should be finite is; the kinds of pair are the ones on which naive formulas go wrong.

This module alone needs hypothesis: ``pip install gantheory[testing]``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

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
from gantheory.pushforward import Pushforward

try:
    from hypothesis import strategies as st
    from hypothesis.strategies import SearchStrategy
except ImportError as missing:
    raise ImportError(
        "gantheory.strategies needs hypothesis, which is not installed. Install it with: pip install gantheory[testing]"
    ) from missing

__all__ = ["FAMILIES", "GENERATORS", "KINDS", "generators", "law_pairs", "laws"]

Pair = tuple[Law, Law]

# hypothesis shrinks a float to the simplest number of its range: a location to 0, a scale and a shape to 1
_locations = st.floats(-10.0, 10.0)
_scales = st.floats(0.1, 10.0)
_shapes = st.floats(0.2, 8.0)
_shares = st.floats(0.05, 1.0)
_distances = st.floats(0.0, 10.0)

_PLAIN: dict[str, SearchStrategy[Law]] = {
    "Normal": st.builds(Normal, _locations, _scales),
    "Laplace": st.builds(Laplace, _locations, _scales),
    "Logistic": st.builds(Logistic, _locations, _scales),
    "Uniform": st.builds(lambda a, width: Uniform(a, a + width), _locations, _scales),
    "Exponential": st.builds(Exponential, _scales, _locations),
    "Gamma": st.builds(Gamma, _shapes, _scales, _locations),
    "Weibull": st.builds(Weibull, _shapes, _scales, _locations),
    "Beta": st.builds(Beta, _shapes, _shapes, _locations, _scales),
    "StudentT": st.builds(StudentT, st.floats(1.0, 30.0), _locations, _scales),
    "Cauchy": st.builds(Cauchy, _locations, _scales),
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
    chosen = FAMILIES if families is None else _known("families", families, FAMILIES)
    plain = [_PLAIN[name] for name in chosen if name in _PLAIN]
    strategies = list(plain)
    if "Mixture" in chosen:
        components = list(plain or _PLAIN.values())
        strategies.append(_mixtures(st.one_of(*components, _discretes()) if atoms else st.one_of(*components)))
    if "Discrete" in chosen and atoms:
        strategies.append(_discretes())
    if not strategies:
        raise DomainError(f"families is {families!r} with atoms=False, which leaves no law; name a continuous family.")
    return st.one_of(*strategies)


def law_pairs(*, kinds: Sequence[str] | None = None) -> SearchStrategy[Pair]:
    """Pairs of laws, of the kinds on which naive formulas go wrong.

    Parameters
    ----------
    kinds : sequence of str, optional
        Names out of `KINDS`; a drawn example shrinks towards the first. All by default:

        - ``generic``: two laws of any continuous family, drawn apart;
        - ``nearly equal``: one family, its parameters a relative 1e-1 to 1e-9 apart or equal, mixtures included;
        - ``disjoint``: two supports with nothing in common, or a single point;
        - ``nested``: the first support lies inside the second;
        - ``narrow component``: a mixture in which one component is 1e-1 to 1e-8 wide, against a smooth law;
        - ``heavy-tailed``: at least one law with a power tail, down to half a degree of freedom;
        - ``with atoms``: laws of atoms, and mixtures of atoms with a density;
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
    chosen = tuple(KINDS) if kinds is None else _known("kinds", kinds, tuple(KINDS))
    return st.one_of(*(KINDS[name]() for name in chosen))


def generators(*, kinds: Sequence[str] | None = None) -> SearchStrategy[Pushforward]:
    """Laws of G(z): a generator as text, and a prior.

    Parameters
    ----------
    kinds : sequence of str, optional
        Names out of `GENERATORS`; a drawn example shrinks towards the first. All by default:

        - ``affine``: a z + b, injective;
        - ``monotone``: z + tanh(a z), softplus, z**3: injective, and no line;
        - ``exponential``: exp(a z), a half-line;
        - ``folding``: squares, cubics, |z|: poles, or two z for an x;
        - ``periodic``: sin(a z), as many folds as turns;
        - ``flat``: relu, clip and sums of them: atoms;
        - ``with a pole``: 1/(z - a), infinite tails of any prior;
        - ``with a jump``: z + a sign(z - b): a gap.

    Returns
    -------
    hypothesis.strategies.SearchStrategy
        Of `Pushforward`. Priors are normal and uniform laws, and Laplace and t laws where G grows no faster than a
        cube. The simplest is the law of z, z ~ N(0, 1).

    Raises
    ------
    DomainError
        If a kind is unknown, or none is named.

    Examples
    --------
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=20)
    ... @given(generators(kinds=["affine", "folding"]))
    ... def test_the_mass_is_one(p_g):
    ...     assert abs(p_g.continuous_mass + p_g.atoms()[1].sum() - 1) < 1e-12
    >>> test_the_mass_is_one()
    """
    chosen = tuple(GENERATORS) if kinds is None else _known("kinds", kinds, tuple(GENERATORS))
    priors = {name: st.one_of(_priors, _heavier) if name in _TAME else _priors for name in chosen}
    return st.one_of(*(st.builds(Pushforward, GENERATORS[name], priors[name]) for name in chosen))


def _known(argument: str, names: Any, known: tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(names, str) or not names or not all(name in known for name in names):
        raise DomainError(f"{argument} is {names!r}; it must be a non-empty sequence out of {', '.join(known)}.")
    return tuple(names)


# -- composed laws ----------------------------------------


def _weights(shares: Sequence[float]) -> list[float]:
    total = sum(shares)
    return [share / total for share in shares]


def _mixtures(components: SearchStrategy[Law]) -> SearchStrategy[Law]:
    parts = st.lists(st.tuples(components, _shares), min_size=2, max_size=_MOST_COMPONENTS)
    return parts.map(lambda pairs: Mixture([law for law, _ in pairs], _weights([share for _, share in pairs])))


def _discretes() -> SearchStrategy[Law]:
    """Atoms on small integers, so that two laws often have some in common."""
    parts = st.lists(
        st.tuples(st.integers(-3, 3), _shares), min_size=1, max_size=_MOST_ATOMS, unique_by=lambda part: part[0]
    )
    return parts.map(lambda pairs: Discrete([x for x, _ in pairs], _weights([share for _, share in pairs])))


def _bounded(low: float, width: float, a: float, b: float) -> Law:
    """A law on [low, low + width]: uniform where both exponents are 1."""
    return Uniform(low, low + width) if a == b == 1.0 else Beta(a, b, low, width)


# -- kinds of pair: each takes at least as many draws as the generic one, which is then the simplest -------------


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
        weights = _weights([1.0, share])
        return Mixture([pair[0], other], weights), Mixture([pair[1], other], weights)

    alone = st.builds(nearby, families, _locations, _scales, nudges, nudges)
    return st.one_of(alone, st.builds(beside, alone, laws(families=["Normal", "Laplace", "Gamma"]), _shares))


def _disjoint() -> SearchStrategy[Pair]:
    def apart(low: float, widths: tuple[float, float], gap: float, shapes: tuple[float, ...], swapped: bool) -> Pair:
        left = _bounded(low, widths[0], shapes[0], shapes[1])
        right = _bounded(left.support()[1] + gap, widths[1], shapes[2], shapes[3])
        return (right, left) if swapped else (left, right)

    shapes = st.tuples(_shapes, _shapes, _shapes, _shapes)
    return st.builds(apart, _locations, st.tuples(_scales, _scales), _distances, shapes, st.booleans())


def _nested() -> SearchStrategy[Pair]:
    def inside(low: float, width: float, margins: tuple[float, float], shapes: tuple[float, ...]) -> Pair:
        inner = _bounded(low, width, shapes[0], shapes[1])
        return inner, _bounded(low - margins[0], width + sum(margins), shapes[2], shapes[3])

    margins = st.tuples(st.floats(0.1, 5.0), st.floats(0.1, 5.0))
    bounded = st.builds(inside, _locations, _scales, margins, st.tuples(_shapes, _shapes, _shapes, _shapes))
    half_lines = st.tuples(laws(families=["Exponential", "Gamma", "Weibull"]), laws(families=["Normal", "Laplace"]))
    return st.one_of(bounded, half_lines)


def _narrow_component() -> SearchStrategy[Pair]:
    widths = st.floats(-8.0, -1.0).map(lambda exponent: 10.0**exponent)

    def with_narrow(base: Law, other: Law, at: float, width: float, share: float) -> Pair:
        return Mixture([base, Normal(at, width)], _weights([1.0, share])), other

    smooth = laws(families=["Normal", "Laplace", "Logistic"])
    return st.builds(with_narrow, smooth, smooth, _locations, widths, _shares)


def _heavy_tailed() -> SearchStrategy[Pair]:
    heavy = st.one_of(_PLAIN["Cauchy"], st.builds(StudentT, st.floats(0.5, 3.0), _locations, _scales))
    light = laws(families=["Normal", "Laplace"])
    return st.one_of(st.tuples(light, heavy), st.tuples(heavy, light), st.tuples(heavy, heavy))


def _with_atoms() -> SearchStrategy[Pair]:
    atoms = _discretes()
    both = st.builds(
        lambda atom, law, share: Mixture([law, atom], _weights([1.0, share])),
        atoms,
        laws(families=["Normal", "Laplace", "Uniform", "Gamma"]),
        _shares,
    )
    return st.one_of(st.tuples(atoms, atoms), st.tuples(both, both), st.tuples(both, laws(atoms=False)))


def _far_apart() -> SearchStrategy[Pair]:
    families: SearchStrategy[Any] = st.sampled_from([Normal, Laplace, Logistic])

    def apart(family: Any, loc: float, scales: tuple[float, float], distance: float, sign: float) -> Pair:
        return family(loc, scales[0]), family(loc + sign * distance * max(scales), scales[1])

    scales, signs = st.tuples(_scales, _scales), st.sampled_from([1.0, -1.0])
    return st.builds(apart, families, _locations, scales, st.floats(5.0, 40.0), signs)


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


# -- generators: texts of few digits, which read well where they fail ------------------------------------------------

_tenths = st.integers(-30, 30).map(lambda k: k / 10)
_sizes = st.integers(0, 29).map(lambda k: (10 + k) / 10 if k <= 20 else (k - 20) / 10)  # 1 first, 0.1 to 3.0
_priors: SearchStrategy[Law] = st.one_of(
    st.builds(Normal, _tenths, _sizes),
    st.builds(lambda a, width: Uniform(a, a + width), _tenths, _sizes),
)
_heavier: SearchStrategy[Law] = st.one_of(
    st.builds(Laplace, _tenths, _sizes), st.builds(StudentT, st.sampled_from([30.0, 5.0, 3.0]), _tenths, _sizes)
)
_TAME = (
    "affine",
    "monotone",
    "folding",
    "flat",
    "with a jump",
)  # what a heavy-tailed z does not take beyond the floats


def _text(template: str, *numbers: SearchStrategy[float]) -> SearchStrategy[str]:
    return st.tuples(*numbers).map(lambda drawn: template.format(*drawn))


GENERATORS: dict[str, SearchStrategy[str]] = {
    "affine": st.one_of(st.just("z"), _text("{0}*z + ({1})", _sizes, _tenths), _text("{1} - {0}*z", _sizes, _tenths)),
    "monotone": st.one_of(_text("z + tanh({0}*z)", _sizes), _text("softplus({0}*z)", _sizes), st.just("z**3")),
    "exponential": _text("exp({0}*z)", st.integers(1, 10).map(lambda k: k / 10)),
    "folding": st.one_of(
        st.just("z**2"), _text("z**3 - {0}*z", _sizes), _text("abs(z - ({0}))", _tenths), _text("z**2 - {0}*z", _sizes)
    ),
    "periodic": _text("sin({0}*z)", _sizes),
    "with a pole": _text("1/(z - ({0}))", _tenths.map(lambda a: a + 0.05)),
    "with a jump": _text("z + {0}*sign(z - ({1}))", _sizes, _tenths),
    "flat": st.one_of(
        st.just("relu(z)"), _text("clip(z, -{0}, {1})", _sizes, _sizes), _text("min(relu(z), {0})", _sizes)
    ),
}
