"""Laws of G(z): a generator, as text or as a small network, and a prior."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from gantheory.densities import Laplace, Law, Normal, StudentT
from gantheory.mlp import MLP
from gantheory.pushforward import Pushforward
from gantheory.strategies.laws import named, uniforms

__all__ = ["GENERATORS", "generators"]


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
        - ``with a jump``: z + a sign(z - b): a gap;
        - ``network``: small networks of tanh and of relu units, with and without a skip.

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
    chosen = named("kinds", kinds, tuple(GENERATORS))
    priors = {name: st.one_of(_priors, _heavier) if name in _TAME else _priors for name in chosen}
    return st.one_of(*(st.builds(Pushforward, GENERATORS[name], priors[name]) for name in chosen))


# -- generators: texts of few digits, which read well where they fail ------------------------------------------------

TENTHS = st.integers(-30, 30).map(lambda k: k / 10)
SIZES = st.integers(0, 29).map(lambda k: (10 + k) / 10 if k <= 20 else (k - 20) / 10)  # 1 first, 0.1 to 3.0
_priors: SearchStrategy[Law] = st.one_of(st.builds(Normal, TENTHS, SIZES), uniforms(TENTHS, SIZES))
_heavier: SearchStrategy[Law] = st.one_of(
    st.builds(Laplace, TENTHS, SIZES), st.builds(StudentT, st.sampled_from([30.0, 5.0, 3.0]), TENTHS, SIZES)
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


def networks() -> SearchStrategy[MLP]:
    """Networks of one hidden layer of one to three units. The simplest is z itself."""

    def of_width(n: int) -> SearchStrategy[MLP]:
        inner = st.lists(st.tuples(SIZES), min_size=n, max_size=n)
        outer, offsets = (st.lists(TENTHS, min_size=n, max_size=n) for _ in range(2))
        weights = st.tuples(inner, st.tuples(outer))
        biases = st.tuples(offsets, st.tuples(TENTHS))
        return st.builds(MLP, weights, biases, st.sampled_from([1.0, 0.0, 0.5]), st.sampled_from(["tanh", "relu"]))

    return st.integers(1, 3).flatmap(of_width)


GENERATORS: dict[str, SearchStrategy[Any]] = {
    "affine": st.one_of(st.just("z"), _text("{0}*z + ({1})", SIZES, TENTHS), _text("{1} - {0}*z", SIZES, TENTHS)),
    "monotone": st.one_of(_text("z + tanh({0}*z)", SIZES), _text("softplus({0}*z)", SIZES), st.just("z**3")),
    "exponential": _text("exp({0}*z)", st.integers(1, 10).map(lambda k: k / 10)),
    "folding": st.one_of(
        st.just("z**2"), _text("z**3 - {0}*z", SIZES), _text("abs(z - ({0}))", TENTHS), _text("z**2 - {0}*z", SIZES)
    ),
    "periodic": _text("sin({0}*z)", SIZES),
    "with a pole": _text("1/(z - ({0}))", TENTHS.map(lambda a: a + 0.05)),
    "with a jump": _text("z + {0}*sign(z - ({1}))", SIZES, TENTHS),
    "flat": st.one_of(st.just("relu(z)"), _text("clip(z, -{0}, {1})", SIZES, SIZES), _text("min(relu(z), {0})", SIZES)),
    "network": networks(),
}
