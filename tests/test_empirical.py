"""The three estimators of a sample, against scipy and numpy, and the rules that stand for many samples."""

# pyright: reportAttributeAccessIssue=false, reportArgumentType=false
# (wrong types are what some tests give; scipy's stubs do not know its frozen laws)

from __future__ import annotations

import copy
import math
import pickle

import numpy as np
import pytest
from scipy import stats

from gantheory.densities import Discrete, Empirical, Normal, as_density
from gantheory.densities.empirical import Kernels
from gantheory.divergences import js_divergence, kl_divergence
from gantheory.errors import DomainError
from gantheory.expectation import expectation

RNG = np.random.default_rng(3)
SAMPLES = {
    "few": RNG.normal(size=7),
    "normal": RNG.normal(2, 0.5, size=3000),
    "two modes": np.concatenate([RNG.normal(-4, 0.1, 500), RNG.normal(4, 0.1, 500)]),
    "ties": RNG.integers(0, 5, size=2000).astype(float),
    "outliers": RNG.standard_cauchy(2000),
}
X = np.array([-6.0, -3.9, -0.5, 0.0, 1.2, 2.0, 4.1, 30.0])


@pytest.mark.parametrize("name", SAMPLES)
def test_kernels_are_those_of_scipy(name):
    """Scott's bandwidth, and the density of every sample's own kernel, though far fewer are kept."""
    samples = SAMPLES[name]
    law, theirs = Empirical(samples), stats.gaussian_kde(samples)
    assert law.bandwidth == pytest.approx(math.sqrt(theirs.covariance[0, 0]), rel=1e-13)
    wanted = theirs.logpdf(X)
    finite = np.isfinite(wanted)
    np.testing.assert_allclose(law.logpdf(X)[finite], wanted[finite], rtol=1e-10, atol=1e-11)
    np.testing.assert_allclose(law.cdf(1.2), theirs.integrate_box_1d(-np.inf, 1.2), rtol=1e-10)
    assert len(law._law.centres) <= len(samples)


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("method", ["kde", "histogram"])
def test_the_mass_is_one(name, method):
    """Panels in every gap between the samples."""
    law = Empirical(SAMPLES[name], method)
    mass = expectation(law, np.ones_like)
    assert 1.0 in mass
    assert mass.error < 1e-9
    u = np.array([1e-6, 0.1, 0.5, 0.9, 1 - 1e-6])
    np.testing.assert_allclose(law.cdf(law.ppf(u)), u, atol=1e-9)


def test_samples_of_a_cell_become_a_gauss_rule():
    """100,000 samples: a few hundred kernels, and the moments of the sample kept."""
    samples = np.random.default_rng(0).normal(size=100_000)
    law = Kernels(samples, 0.1)
    assert len(law.centres) < 2000
    for power in (1, 2, 3, 4, 8):
        assert float(law.weights @ law.centres**power) == pytest.approx(np.mean(samples**power), rel=1e-12, abs=1e-13)


def test_far_from_every_sample_the_log_density_is_finite():
    """Forty standard deviations beyond the sample, where the density is 0 in floats."""
    law = Empirical([0.0, 1.0, 2.0])
    assert law.pdf(1e3) == 0.0
    assert math.isfinite(float(law.logpdf(1e3)))


def test_the_histogram_is_numpy_s():
    """Freedman and Diaconis' width, and numpy's counts."""
    samples = SAMPLES["normal"]
    law = Empirical(samples, "histogram")
    counts, edges = np.histogram(samples, bins="fd", density=True)
    np.testing.assert_allclose(law.pdf(0.5 * (edges[1:] + edges[:-1])), counts, rtol=1e-12)
    assert law.support() == (samples.min(), samples.max())
    assert law.pdf(samples.max() + 1e-9) == 0.0
    assert math.inf in kl_divergence(Normal(), law)


def test_atoms_are_the_sample():
    """Mass 1/n each, ties added up; its JSD to a law with a density is log 2."""
    law = Empirical([1.0, 2.0, 2.0, 4.0], "atoms")
    locations, masses = law.atoms()
    assert locations.tolist() == [1.0, 2.0, 4.0]
    assert masses.tolist() == [0.25, 0.5, 0.25]
    assert law.continuous_mass == 0.0
    assert law.cdf(2.0) == 0.75
    assert math.log(2) in js_divergence(law, Normal())
    other = Discrete([1, 2, 4], [0.25, 0.5, 0.25])
    assert js_divergence(law, other).value == 0.0


@pytest.mark.parametrize("method", ["kde", "histogram", "atoms"])
def test_the_basis_is_estimate(method):
    """What is computed from a sample is worth an estimate, and the JSD of the sample's law to itself is 0."""
    law = Empirical(SAMPLES["few"], method)
    assert law.basis == "estimate"
    assert 0.0 in js_divergence(law, Empirical(SAMPLES["few"], method))


def test_the_bias_is_outside_the_error_bar():
    """The docstring's limit: the divergence of the estimate is resolved far better than it estimates the true 0."""
    found = js_divergence(Empirical(RNG.normal(size=1000)), Normal())
    assert found.value > 1e3 * found.error
    assert found.value > 1e-5


@pytest.mark.parametrize("method", ["kde", "histogram", "atoms"])
def test_equal_after_pickle_and_copy(method):
    """Copies are equal, in whatever order the samples came."""
    law = Empirical(SAMPLES["few"], method)
    assert law == Empirical(SAMPLES["few"][::-1], method)
    for twin in (pickle.loads(pickle.dumps(law)), copy.copy(law), copy.deepcopy(law)):  # noqa: S301 (our own bytes)
        assert twin == law
        assert hash(twin) == hash(law)
        assert twin.cdf(0.3) == law.cdf(0.3)
    with pytest.raises(ValueError, match="read-only"):
        law.samples[0] = 0.0


def test_the_user_s_array_is_left_alone():
    """Sorting happens on a copy."""
    samples = np.array([3.0, 1.0, 2.0])
    Empirical(samples)
    assert samples.tolist() == [3.0, 1.0, 2.0]


def test_draws_follow_the_estimate():
    """Kolmogorov distance of 10,000 draws below its 1 - 1e-6 quantile."""
    for method in ("kde", "histogram"):
        law = Empirical(SAMPLES["two modes"], method)
        draws = np.sort(law.sample(10_000, rng=5))
        assert np.max(np.abs(law.cdf(draws) - (np.arange(10_000) + 0.5) / 10_000)) < 2.7 / 100


def test_scipy_s_gaussian_kde_comes_in():
    """Its own bandwidth and weights."""
    theirs = stats.gaussian_kde(SAMPLES["normal"], bw_method=0.3, weights=np.arange(1.0, 3001.0))
    np.testing.assert_allclose(as_density(theirs).pdf(X), theirs.pdf(X), rtol=1e-9, atol=1e-200)


BAD = [
    (lambda: Empirical([]), ["not empty"]),
    (lambda: Empirical(np.zeros((2, 3))), ["one-dimensional", "ravel"]),
    (lambda: Empirical(3.0), ["one-dimensional"]),
    (lambda: Empirical([1.0, math.nan]), ["nan", "isfinite"]),
    (lambda: Empirical([1.0, math.inf]), ["inf"]),
    (lambda: Empirical(["a", "b"]), ["not real numbers"]),
    (lambda: Empirical([1.0]), ["spread above 0", "atoms"]),
    (lambda: Empirical([2.0, 2.0, 2.0], "histogram"), ["spread above 0", "atoms"]),
    (lambda: Empirical([1.0, 2.0], "parzen"), ["method", "'kde'", "'atoms'"]),
    (lambda: Empirical([0.0] * 90 + [1e9], "histogram"), ["Freedman", "kde"]),
]


@pytest.mark.parametrize(("call", "words"), BAD)
def test_bad_input(call, words):
    """Each is refused, and the message holds what is wrong and what to do."""
    with pytest.raises(DomainError) as caught:
        call()
    for word in words:
        assert word in str(caught.value)
