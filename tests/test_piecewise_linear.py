"""Piecewise linear maps: values, arithmetic against numpy's, and laws that need no search."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from gantheory.densities import Cauchy, Exponential, Law, Mixture, Normal, Uniform
from gantheory.discriminator import Discriminator
from gantheory.divergences import js_divergence, total_variation
from gantheory.errors import DomainError
from gantheory.expressions import NUMPY_CONSTANTS, parse
from gantheory.game import criterion, value
from gantheory.mlp import MLP
from gantheory.piecewise_linear import FUNCTIONS, PiecewiseLinear
from gantheory.pushforward import Pushforward

Z = np.linspace(-5, 5, 1001)
TEXTS = [
    "2*z + 1", "-z", "z/3 - 1", "relu(z)", "abs(z - 1) - 0.5*relu(2*z)", "clip(z, -1, 1)", "max(z, 2*z - 1, -z)",
    "min(relu(z), 1 - z)", "0*z + 3", "relu(relu(z) - 1)*pi", "abs(abs(z) - 1)", "z - max(z, 0.3)", "(z + 1)**1",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_the_map_that_it_says(text: str) -> None:
    """Evaluated on maps and on numbers, it is one function; its slope is the function's."""
    expression = parse(text, names=("z", "pi"))
    found = expression.evaluate({"z": PiecewiseLinear.identity(), **NUMPY_CONSTANTS}, FUNCTIONS).bends()
    exact = expression.evaluate({"z": Z, **NUMPY_CONSTANTS}) + np.zeros(len(Z))
    assert np.abs(found(Z) - exact).max() < 1e-14
    away = np.abs(Z[:, None] - found.z).min(axis=1) > 0.02
    assert np.abs(found.derivative(Z) - np.gradient(exact, Z))[away].max() < 1e-9
    assert Pushforward(text).complete


@pytest.mark.parametrize("text", ["z**2", "tanh(z)", "z*relu(z)", "sign(z)", "1/z", "relu(z**2 - 1)"])
def test_a_text_that_is_none_takes_the_other_way(text: str) -> None:
    """A product of maps, or another function, is no such map, and completeness is not claimed."""
    assert not Pushforward(text).complete


@given(st.integers(0, 10_000), st.sampled_from([(4,), (6, 6), (16, 16)]))
def test_relu_networks(seed: int, hidden: tuple[int, ...]) -> None:
    """The map of a network is the network, and its law has mass 1."""
    net = MLP.random(hidden, activation="relu", rng=seed)
    pieces = net.pieces()
    assert pieces is not None
    assert np.abs(pieces(Z) - net(Z)).max() <= 1e-12 * max(1.0, np.abs(net(Z)).max())
    law = Pushforward(net)
    assert law.complete
    assert abs(law.continuous_mass + law.atoms()[1].sum() - 1) <= 1e-13


def test_a_tabulated_map() -> None:
    """Its density is a sum over pieces, exact; its atom is the flat piece."""
    G = PiecewiseLinear([-1.0, 0.0, 1.0, 2.0], [0.0, 1.0, 1.0, 3.0], (0.5, 1.0))
    law = Pushforward(G, "norm(0, 1)")
    N = stats.norm
    assert law.atoms()[0].tolist() == [1.0]
    assert law.atoms()[1][0] == pytest.approx(N.cdf(1) - N.cdf(0), abs=1e-15)
    x = np.array([-2.0, 0.25, 2.0, 5.0])
    z = np.array([-5.0, -0.75, 1.5, 4.0])
    assert np.allclose(law.pdf(x), N.pdf(z) / np.array([0.5, 1.0, 2.0, 1.0]), rtol=1e-14)
    assert np.allclose(law.cdf(x), N.cdf(z), rtol=1e-14)


def test_an_affine_map_is_its_named_law() -> None:
    """One branch without ends."""
    law = Pushforward("2*z + 1")
    assert [(b.z0, b.z1, b.slope) for b in law.branches] == [(-math.inf, math.inf, 2.0)]
    assert 0.0 in js_divergence(law, Normal(1, 2))
    assert 0.0 in js_divergence(Pushforward("1 - z", Uniform(0, 1)), Uniform(0, 1))


@pytest.mark.parametrize(
    ("z", "x", "words"),
    [
        ([0.0, 1.0], [1.0], "as many of each"),
        ([1.0, 0.0], [1.0, 2.0], "strictly increasing"),
        ([0.0, math.nan], [1.0, 2.0], "finite numbers"),
        ([], [], "k >= 1"),
        ("ab", [1.0], "finite numbers"),
    ],
)
def test_what_is_no_map(z: Any, x: Any, words: str) -> None:
    """Knots in order, and as many values."""
    with pytest.raises(DomainError, match=words):
        PiecewiseLinear(z, x)


HEAVY = [
    ("z/2", Cauchy(0, 1), Cauchy(0, 0.5)),
    ("1 - 3*z", Cauchy(2, 1), Cauchy(-5, 3)),
    ("z/2 + 1", Mixture([Normal(0, 1e-6), Cauchy(5, 1)]), Mixture([Normal(1, 5e-7), Cauchy(3.5, 0.5)])),
    ("-z", Exponential(1), None),
]


@pytest.mark.parametrize(("text", "prior", "named"), HEAVY, ids=[text for text, _, _ in HEAVY])
def test_lines_of_priors_that_reach_far(text: str, prior: Law, named: Law | None) -> None:
    """The line is measured from near the centre: from the last panel at 1e290 nothing would be left of z."""
    law = Pushforward(text, prior)
    x = np.array([-1e200, -1e5, -3.0, -1.0, 1e-9, 0.3, 1.0, 10.0, 1e100])
    if named is None:
        assert np.allclose(law.pdf(x), np.where(x < 0, np.exp(np.minimum(x, 0)), 0.0), rtol=1e-13)
        return
    assert np.allclose(law.logpdf(x), named.logpdf(x), rtol=1e-13, atol=1e-9)
    assert np.allclose(law.cdf(x), named.cdf(x), rtol=1e-12)
    for functional in (js_divergence, criterion, total_variation):
        found, exact = functional(Cauchy(0, 1), law), functional(Cauchy(0, 1), named)
        assert abs(found.value - exact.value) <= found.error + exact.error


F = Cauchy(0.5, 1).cdf
BENT = {  # the cdf at x > 0, as the mass of the preimage
    "abs(z)": lambda x: F(x) - F(-x),
    "relu(z)": F,
    "clip(z, -1, 1)": lambda x: np.where(x < 1, F(x), 1.0),
    "max(2*z, -z) - 1": lambda x: F((x + 1) / 2) - F(-x - 1),
}


@pytest.mark.parametrize("text", BENT)
def test_bends_of_a_cauchy_prior(text: str) -> None:
    """The cdf is the mass of the preimage, and the theorem holds: C = −log 4 + 2·JSD, by two routes."""
    law = Pushforward(text, Cauchy(0.5, 1))
    assert abs(law.continuous_mass + law.atoms()[1].sum() - 1) <= 1e-13
    C, jsd = criterion(Cauchy(0, 1), law), js_divergence(Cauchy(0, 1), law)
    assert abs(C.value + math.log(4) - 2 * jsd.value) <= C.error + 2 * jsd.error
    x = np.array([1e-9, 0.3, 0.999, 1.0, 7.0, 1e6])
    assert np.abs(law.cdf(x) - BENT[text](x)).max() <= 1e-15 * 8


def test_a_discriminator_that_is_sure_and_wrong_costs_infinitely_much() -> None:
    """V = −∞ where D = 0 on mass of p_data: a value, and no error, for laws of G(z) as for named ones."""
    D = Discriminator(lambda x: np.where(np.abs(x) > 1, -np.inf, 0.0), breakpoints=[-1.0, 1.0])
    assert value(Normal(), Pushforward("clip(z, -1, 1)"), D).value == -math.inf
    assert value(Normal(), Normal(1), D).value == -math.inf


@pytest.mark.parametrize("slopes", [(math.nan, 1.0), "ab", (1.0,), 3.0])
def test_slopes_are_two_numbers(slopes: Any) -> None:
    """One to the left, one to the right."""
    with pytest.raises(DomainError, match="slopes is"):
        PiecewiseLinear([0.0, 1.0], [0.0, 1.0], slopes)
