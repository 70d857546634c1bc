"""Black-box densities: found by their mass, or refused; never wrong in silence."""

# pyright: reportAttributeAccessIssue=false, reportOptionalMemberAccess=false
# (wrong types are what some tests give; scipy's stubs do not know its frozen laws)

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

import gantheory
from gantheory.densities import (
    Cauchy,
    Discrete,
    Foreign,
    Laplace,
    Logistic,
    Normal,
    Tail,
    Uniform,
    as_density,
    parse_density,
)
from gantheory.densities.foreign import MASS_TOLERANCE, LogOf
from gantheory.divergences import js_divergence, kl_divergence, total_variation
from gantheory.errors import ConvergenceError, DomainError, NotNormalizedError
from gantheory.expectation import expectation


def normal_pdf(x, mu=0.0, sigma=1.0):
    return np.exp(-(((x - mu) / sigma) ** 2) / 2) / (math.sqrt(2 * math.pi) * sigma)


#: name -> (log-density, support, our own law of it or None)
FOUND = {
    "normal": (stats.norm.logpdf, None, Normal()),
    "narrow": (stats.norm(3, 1e-6).logpdf, None, Normal(3, 1e-6)),
    "far": (stats.norm(1e6, 1).logpdf, None, Normal(1e6, 1)),
    "wide": (stats.norm(0, 1e6).logpdf, None, Normal(0, 1e6)),
    "kinked": (stats.laplace(1, 2).logpdf, None, Laplace(1, 2)),
    "cauchy": (stats.cauchy(2, 3).logpdf, None, Cauchy(2, 3)),
    "heavy": (stats.t(0.1).logpdf, None, None),
    "uniform": (stats.uniform(0.3, 0.1).logpdf, None, Uniform(0.3, 0.4)),
    "pole": (stats.gamma(0.1).logpdf, (0, math.inf), parse_density("gamma(0.1)")),
    "far pole": (stats.beta(0.5, 0.5).logpdf, (0, 1), parse_density("beta(0.5, 0.5)")),
    "levy": (stats.levy.logpdf, (0, math.inf), None),
    "lognormal": (stats.lognorm(3).logpdf, (0, math.inf), None),
}


@pytest.mark.parametrize("name", FOUND)
def test_the_mass_is_found(name):
    """Edges are found by themselves, and what is left open is counted."""
    log_density, support, _ = FOUND[name]
    law = Foreign(log_density, support or (-math.inf, math.inf), name=name)
    assert law.mass_error < 1e-6
    assert 1.0 in expectation(law, np.ones_like, rtol=1e-6)


@pytest.mark.parametrize("name", [n for n, (_, _, ours) in FOUND.items() if ours is not None])
@pytest.mark.parametrize("other", ["norm(0, 1)", "cauchy(1, 2)", "expon(0, 2)", "uniform(0, 0.4)"])
def test_js_divergence_agrees_with_our_own_law(name, other):
    """The JSD of the black box is that of our own law within the two reported errors."""
    log_density, support, ours = FOUND[name]
    law = Foreign(log_density, support or (-math.inf, math.inf))
    exact = js_divergence(ours, other)
    found = js_divergence(law, other, rtol=1e-6)
    assert found.basis == "estimate"
    assert abs(found.value - exact.value) <= found.error + exact.error


@pytest.mark.slow
@given(st.floats(-1000, 1000), st.floats(-12, 4))
@example(3.0, -6.0)
@example(2.7, -9.0)
def test_a_normal_pdf_is_found_or_refused(mu, exponent):
    """A pdf that underflows everywhere else is not always found; what is accepted has the right median and spread."""
    sigma = 10.0**exponent
    try:
        law = Foreign(LogOf(lambda x: normal_pdf(x, mu, sigma)))
    except (NotNormalizedError, ConvergenceError):
        return
    assert law.mass_error <= 4 * MASS_TOLERANCE
    inside = law.cdf(mu + sigma) - law.cdf(mu - sigma)
    assert float(inside) == pytest.approx(0.6826894921370859, abs=1e-5 + 4 * math.ulp(mu) / sigma)


@given(st.floats(-1000, 1000), st.floats(-9, 4))
def test_a_normal_log_density_is_always_found(mu, exponent):
    """A log-density has a slope towards its peak from everywhere."""
    sigma = 10.0**exponent
    if sigma < 1e7 * math.ulp(mu):
        return  # its own values are too noisy in floats
    assert (
        Foreign(lambda x: -(((x - mu) / sigma) ** 2) / 2 - math.log(sigma * math.sqrt(2 * math.pi))).mass_error < 1e-6
    )


def test_a_pdf_that_underflows_is_refused():
    """N(2.7, 1e-9) by its pdf is 0 wherever it is looked at; its centre is all that is missing."""
    pdf = LogOf(lambda x: normal_pdf(x, 2.7, 1e-9))
    with pytest.raises(NotNormalizedError, match=r"mass 0 .*breakpoints="):
        Foreign(pdf)
    assert float(Foreign(pdf, points=(2.7,)).ppf(0.5)) == pytest.approx(2.7, abs=1e-12)


def test_a_hidden_component_is_refused_or_named():
    """0.9 N(0, 1) + 0.1 N(1, 1e-8): the mass found is 0.9, and one breakpoint finds the rest."""

    def log_density(x):
        parts = [math.log(0.9) + stats.norm.logpdf(x), math.log(0.1) + stats.norm.logpdf(x, 1, 1e-8)]
        return np.logaddexp(*parts)

    with pytest.raises(NotNormalizedError, match=r"mass 0\.9 .*breakpoints="):
        Foreign(log_density)
    law = Foreign(log_density, points=(1.0,))
    assert law.mass_error < 1e-7
    assert float(law.cdf(1.0)) == pytest.approx(0.9 * stats.norm.cdf(1) + 0.05, abs=1e-7)


def test_two_levels_of_a_jump_are_located():
    """Jumps at tenths, which are no dyadic numbers."""
    law = Foreign(LogOf(lambda x: np.where((x >= 0.1) & (x < 0.3), 0.75, np.where((x >= 0.3) & (x < 0.7), 2.125, 0.0))))
    assert law.mass_error < 1e-12
    assert float(law.cdf(0.3)) == pytest.approx(0.15, abs=1e-12)


@pytest.mark.parametrize(
    "law",
    [stats.gamma(2.5), stats.norm(3, 0.1), stats.beta(0.5, 2), stats.cauchy(), stats.uniform(0.25, 3)],
    ids=lambda law: law.dist.name,
)
def test_cdf_and_ppf_by_integration(law):
    """cdf, sf and ppf of a log-density alone are scipy's."""
    ours = Foreign(law.logpdf, law.support())
    u = np.array([1e-8, 1e-3, 0.2, 0.5, 0.9, 1 - 1e-6])
    x = law.ppf(u)
    np.testing.assert_allclose(ours.cdf(x), u, rtol=1e-9, atol=ours.mass_error)
    np.testing.assert_allclose(ours.sf(x), law.sf(x), rtol=1e-9, atol=ours.mass_error)
    slack = ours.mass_error / law.pdf(x)
    np.testing.assert_array_less(np.abs(ours.ppf(u) - x), slack + 1e-9 * np.abs(x))
    assert ours.ppf(0.0) == law.support()[0]
    assert ours.ppf(1.0) == law.support()[1]


def test_float32_noise_is_measured():
    """A density of single precision: the reported error covers its noise, and the default tolerance still ends."""

    def coarse(x):
        return np.exp(np.float32(-0.5) * np.asarray(x, np.float32) ** 2) / np.float32(math.sqrt(2 * math.pi))

    found = js_divergence(coarse, Normal(1, 1.5))
    exact = js_divergence(Normal(), Normal(1, 1.5))
    assert abs(found.value - exact.value) <= found.error < 1e-6


def test_scalar_functions_are_called_one_by_one():
    """A pdf made for single numbers works, if more slowly."""
    for pdf in (lambda x: 1.0 if 0 < x < 1 else 0.0, lambda x: math.exp(-x * x / 2) / math.sqrt(2 * math.pi)):
        assert as_density(pdf).mass_error < 1e-12


class Logit:
    """A user's class: the logistic law by its log-density."""

    def __init__(self, loc=0.0):
        self.loc = loc

    def logpdf(self, x):
        return -np.abs(x - self.loc) - 2 * np.log1p(np.exp(-np.abs(x - self.loc)))

    def support(self):
        return -math.inf, math.inf


class Full(Logit):
    """The same, saying all that it knows."""

    def breakpoints(self):
        return [self.loc]

    def cdf(self, x):
        return 1 / (1 + np.exp(-(x - self.loc)))

    def ppf(self, u):
        return self.loc + np.log(u / (1 - u))

    def tails(self):
        return Tail("exponential", 1.0), Tail("exponential", 1.0)

    def sample(self, shape=(), *, rng=None):
        return rng.logistic(self.loc, 1.0, shape)


class Spiked:
    """Half an atom at 0, half a uniform."""

    def logpdf(self, x):
        return np.where((x >= 0) & (x <= 1), math.log(0.5), -np.inf)

    def support(self):
        return 0.0, 1.0

    def atoms(self):
        return [0.0], [0.5]


def test_a_user_s_class_needs_logpdf_and_support():
    """Its numbers are those of our own law; what it does not say of its tails is not guessed."""
    law = as_density(Logit(2.0))
    exact = js_divergence(Logistic(2, 1), Normal())
    found = js_divergence(Logit(2.0), Normal())
    assert abs(found.value - exact.value) <= found.error + exact.error
    assert [t.kind for t in law.tails()] == ["unknown", "unknown"]
    with pytest.raises(ConvergenceError, match="tails"):
        kl_divergence(law, Normal())


def test_what_a_class_says_is_used():
    """cdf, ppf, tails, breakpoints and sample of the user's class."""
    law = as_density(Full(2.0))
    assert law.cdf(2.0) == 0.5
    assert law.ppf(0.5) == 2.0
    assert law.sf(2.0) == 0.5
    assert 2.0 in law.breakpoints()
    assert law.sample(3, rng=0).tolist() == np.random.default_rng(0).logistic(2.0, 1.0, 3).tolist()
    exact = kl_divergence(Logistic(2, 1), Logistic())
    found = kl_divergence(law, Logistic())
    assert abs(found.value - exact.value) <= found.error + exact.error


def test_atoms_of_a_class_are_part_of_its_law():
    """Continuous mass 1/2, atom 1/2, and both in cdf, ppf and divergences."""
    law = as_density(Spiked())
    ours = parse_density("0.5*delta(0) + 0.5*uniform(0, 1)")
    np.testing.assert_allclose(law.cdf([-1, 0, 0.5, 1]), [0, 0.5, 0.75, 1], atol=1e-14)
    np.testing.assert_allclose(law.ppf([0.2, 0.5, 0.75, 1]), [0, 0, 0.5, 1], atol=1e-12)
    other = parse_density("0.2*delta(0) + 0.8*norm(0, 1)")
    exact, found = js_divergence(ours, other), js_divergence(law, other)
    assert abs(found.value - exact.value) <= found.error + exact.error


def test_a_law_of_atoms_alone():
    """A class whose atoms hold all of the mass."""

    class Coin(Spiked):
        def logpdf(self, x):
            return np.full(np.shape(x), -np.inf)

        def atoms(self):
            return [0.0, 1.0], [0.5, 0.5]

    assert total_variation(Coin(), Discrete([0, 1], [0.25, 0.75])).value == pytest.approx(0.25, abs=1e-15)


def test_equal_after_pickle_and_copy():
    """Laws of the same functions are equal; so are their copies."""
    law = Foreign(stats.norm.logpdf)
    assert law == Foreign(stats.norm.logpdf)
    assert law != Foreign(stats.laplace.logpdf)
    for twin in (copy.copy(law), copy.deepcopy(law), pickle.loads(pickle.dumps(law))):  # noqa: S301 (our own bytes)
        assert twin.cdf(0.3) == law.cdf(0.3)
        assert twin.mass_error == law.mass_error


UNIT = {"support": (0, 1)}
BAD = [
    (lambda: as_density(lambda x: np.exp(-(x**2))), NotNormalizedError, ["1.77245385", "breakpoints=", "divide"]),
    (lambda: as_density(lambda x: 0 * x), NotNormalizedError, ["mass 0", "must be 1"]),
    (lambda: as_density(lambda x: 0 * x + 2, **UNIT), NotNormalizedError, ["mass 2"]),
    (lambda: as_density(lambda x: 0 * x + 1), NotNormalizedError, ["mass"]),
    (lambda: as_density(lambda x: np.where(x > 0, np.inf, 0), **UNIT), NotNormalizedError, ["mass inf"]),
    (lambda: as_density(lambda x: -np.abs(x)), DomainError, [">= 0", "log-density"]),
    (lambda: as_density(stats.norm(3, 2).logpdf), DomainError, ["logpdf", ">= 0"]),
    (lambda: as_density(lambda x: np.sqrt(x)), DomainError, ["nan", "x = -", "support="]),
    (lambda: as_density(lambda x: np.exp(1j * x)), DomainError, ["complex"]),
    (lambda: as_density(lambda x: "a"), DomainError, ["numbers"]),
    (lambda: as_density(lambda x: [1, 2]), DomainError, ["the pdf", "x = "]),
    (lambda: as_density(lambda: 1.0), DomainError, ["fails", "TypeError"]),
    (lambda: as_density(lambda x: math.log(x), **UNIT), DomainError, [">= 0"]),
    (lambda: as_density(normal_pdf, support=(1, 0)), DomainError, ["support", "low < high"]),
    (lambda: as_density(normal_pdf, support=(0, 0)), DomainError, ["support", "Discrete"]),
    (lambda: as_density(normal_pdf, support=3), DomainError, ["support", "two numbers"]),
    (lambda: as_density(normal_pdf, support=(0, math.nan)), DomainError, ["support"]),
    (lambda: as_density(normal_pdf, support=(-1, 1)), NotNormalizedError, ["0.682689"]),
    (lambda: as_density(normal_pdf, breakpoints=[math.nan]), DomainError, ["breakpoints", "finite"]),
    (lambda: as_density(normal_pdf, breakpoints="a"), DomainError, ["breakpoints"]),
]


@pytest.mark.parametrize(("call", "kind", "words"), BAD)
def test_bad_input(call, kind, words):
    """Each is refused, and the message holds what is wrong and what to do."""
    with pytest.raises(kind) as caught:
        call()
    for word in words:
        assert word in str(caught.value)


def test_a_mass_that_cannot_be_resolved():
    """1 + sin(1e12 x) on [0, 1] has mass 1, and no rule of this size can know it: refused with the best estimate."""
    with pytest.raises((ConvergenceError, NotNormalizedError)) as caught:
        as_density(lambda x: 1 + np.sin(1e12 * x), support=(0, 1))
    if isinstance(caught.value, ConvergenceError):
        assert caught.value.best is not None
        assert 1.0 in caught.value.best


def test_a_planted_defect_is_counted():
    """A density whose mass is 1 + 5e-7 is accepted, and its defect is in the error of every number."""
    law = as_density(lambda x: normal_pdf(x) * (1 + 5e-7))
    assert law.mass_error == pytest.approx(5e-7, rel=1e-6)
    assert js_divergence(law, Normal(1, 1)).error >= 5e-7
    with pytest.raises(NotNormalizedError):
        as_density(lambda x: normal_pdf(x) * (1 + 5e-6))


@pytest.mark.parametrize("name", ["arcsine", "semicircle's cousin"])
@pytest.mark.parametrize("quantity", ["entropy", "kl_divergence", "js_divergence"])
def test_a_pole_of_numbers_only_is_known_as_well_as_it_says(name, quantity):
    """Beside an anchor other than 0 no number x is nearer than an ulp: what a pole holds there is in the error."""
    frozen = stats.arcsine() if name == "arcsine" else stats.beta(0.45, 0.7)
    known = parse_density("beta(0.5, 0.5)" if name == "arcsine" else "beta(0.45, 0.7)")
    law = (
        Foreign(frozen.logpdf, interval=(0.0, 1.0))
        if name == "arcsine"
        else Foreign(lambda x: frozen.logpdf(2.0 - x), interval=(1.0, 2.0))
    )
    others = () if quantity == "entropy" else (Uniform(0, 1) if name == "arcsine" else Uniform(1, 2),)
    other_known = () if quantity == "entropy" else (Uniform(0, 1),)
    found = getattr(gantheory, quantity)(law, *others)
    exact = getattr(gantheory, quantity)(known, *other_known)
    assert abs(found.value - exact.value) <= found.error + exact.error
    assert found.error < 1e-5


def test_a_law_and_its_own_pdf_cross_in_rounding_only() -> None:
    """p − q changes its sign from node to node: that is no list of crossings, and TV holds 0."""
    law = as_density(stats.gamma(3, 1, 2).pdf, support=(1, np.inf))
    assert 0.0 in total_variation(law, "gamma(3, 1, 2)")
