"""Mixtures and laws of atoms."""

# pyright: reportAttributeAccessIssue=false, reportArgumentType=false
# (wrong types are what some tests give; scipy's stubs do not know its frozen laws)

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from gantheory.densities import Cauchy, Discrete, Empirical, Foreign, Laplace, Mixture, Normal, Uniform
from gantheory.errors import DomainError, NotNormalizedError
from gantheory.expectation import expectation
from gantheory.panels import Points

EPS = float(np.finfo(float).eps)
WEIGHTS = st.lists(st.floats(0.01, 1), min_size=1, max_size=4)
NORMALS = st.builds(Normal, st.floats(-5, 5), st.floats(-6, 1).map(lambda e: 10.0**e))


@st.composite
def mixtures(draw):
    weights = draw(WEIGHTS)
    total = math.fsum(weights)
    return Mixture([draw(NORMALS) for _ in weights], [w / total for w in weights])


@given(mixtures(), st.floats(-6, 6))
def test_is_the_weighted_sum(p, x):
    """pdf, cdf and sf are the components', weighted."""
    wanted = sum(w * stats.norm(c.mu, c.sigma).pdf(x) for w, c in zip(p.weights, p.components, strict=True))
    scale = min(c.sigma for c in p.components)
    assert math.isclose(float(p.pdf(x)), wanted, rel_tol=1e-10 + 1e-13 / scale, abs_tol=1e-290)
    wanted = sum(w * stats.norm(c.mu, c.sigma).cdf(x) for w, c in zip(p.weights, p.components, strict=True))
    assert math.isclose(float(p.cdf(x)), wanted, rel_tol=1e-10 + 1e-13 / scale, abs_tol=1e-12 + 1e-14 / scale)


@given(mixtures())
def test_total_mass_is_one(p):
    """Components of standard deviation 1e-6 to 10, found by their own scales."""
    mass = expectation(p, np.ones_like)
    assert 1.0 in mass
    assert mass.error < 1e-11


@given(mixtures(), st.floats(1e-9, 1 - 1e-9))
def test_ppf_is_the_generalised_inverse(p, u):
    """The least x with cdf(x) >= u, to a step of the floats and the rounding of the cdf."""
    x = float(p.ppf(u))
    slack = 1e-13
    assert float(p.cdf(np.nextafter(x, np.inf))) >= u - slack
    assert float(p.cdf(np.nextafter(x, -np.inf))) <= u + slack


@given(mixtures(), st.floats(-12, -3), st.floats(-4, 4))
@example(Mixture([Normal(4, 0.1), Normal(), Normal()]), -3.0, 1.0)
def test_log_ratio_of_nearly_equal_mixtures(p, exponent, x):
    """One parameter moved by 1e-12 to 1e-3: the error stays within 4 eps of the reported size."""
    first = p.components[0]
    q = Mixture([Normal(first.mu + first.sigma * 10**exponent, first.sigma), *p.components[1:]], p.weights)
    if not p.same_shape(q):
        return
    with mpmath.workdps(400):
        exact = mpmath.log(exact_density(p, x)) - mpmath.log(exact_density(q, x))
        ratio, size = p.log_ratio_at(q, Points.at(np.array([x])))
        error = abs(mpmath.mpf(float(ratio[0])) - exact)
    assert error <= 4 * EPS * float(size[0]) + 1e-300


@pytest.mark.parametrize("x", [-0.16, -0.052, -0.05, -0.032, -0.027, 0.024, 0.0241, 0.081])
def test_log_ratio_where_one_counterpart_underflows(x):
    """Components paired in order may lie far apart: one is 0 in floats where its counterpart holds all of the mass."""
    p = Mixture([Normal(-0.027, 0.0043), Normal(-0.032, 6e-5), Normal(0.081, 1e-4)], [0.85, 0.01, 0.14])
    q = Mixture([Normal(-0.052, 2.5e-5), Normal(-0.16, 0.034), Normal(0.024, 7e-5)], [0.43, 0.27, 0.3])
    with mpmath.workdps(400):
        exact = mpmath.log(exact_density(p, x)) - mpmath.log(exact_density(q, x))
        for one, other, sign in ((p, q, 1), (q, p, -1)):
            ratio, size = one.log_ratio_at(other, Points.at(np.array([x])))
            assert abs(mpmath.mpf(float(ratio[0])) - sign * exact) <= 4 * EPS * float(size[0])


def exact_density(p, x):
    """The density with mpmath; 400 digits, for exponents of 1e13 are subtracted."""
    mp = mpmath.mpf
    terms = []
    for w, c in zip(p.weights, p.components, strict=True):
        z = (mp(x) - mp(c.mu)) / mp(c.sigma)
        terms.append(mp(w) * mpmath.exp(-z * z / 2) / mp(c.sigma))
    return mpmath.fsum(terms)


def test_nested_mixtures_are_flat():
    """A mixture of mixtures is the mixture of all of their components."""
    inner = Mixture([Normal(), Laplace()], [0.25, 0.75])
    outer = Mixture([inner, Cauchy()], [0.5, 0.5])
    assert outer == Mixture([Normal(), Laplace(), Cauchy()], [0.125, 0.375, 0.5])


@given(WEIGHTS)
def test_weights_divided_once_stay(weights):
    """Building a mixture again from its own weights gives the same weights, to the last bit."""
    total = math.fsum(weights)
    p = Mixture([Normal(i) for i in range(len(weights))], [w / total for w in weights])
    assert Mixture(p.components, p.weights).weights == p.weights
    d = Discrete(range(len(weights)), [w / total for w in weights])
    assert Discrete(d.locations, d.masses) == d


def test_atoms_of_a_mixture():
    """Atoms at one place add up; the continuous mass is what they leave."""
    p = Mixture([Discrete([0, 1], [0.5, 0.5]), Discrete([0], [1]), Normal()], [0.2, 0.3, 0.5])
    locations, masses = p.atoms()
    assert locations.tolist() == [0.0, 1.0]
    np.testing.assert_allclose(masses, [0.4, 0.1], rtol=1e-15)
    assert math.isclose(p.continuous_mass, 0.5)
    assert math.isclose(float(p.cdf(0.0) - p.cdf(-1e-300)), 0.4, rel_tol=1e-14)
    assert p.ppf(0.5) == 0.0


def test_defects_and_bases_of_components_are_the_mixture_s():
    """A component whose own mass is uncertain makes the mixture's uncertain, in proportion."""
    foreign = Foreign(stats.norm.logpdf)
    p = Mixture([foreign, Normal()], [0.25, 0.75])
    assert p.basis == "estimate"
    assert math.isclose(p.mass_error, 0.25 * foreign.mass_error)
    assert Mixture([Normal(), Laplace()]).mass_error == 0.0


def test_discrete_is_sorted_and_summed():
    """pmf, cdf and ppf of a loaded die, given out of order."""
    p = Discrete([3, 1, 2], [0.5, 0.25, 0.25])
    assert p.locations == (1.0, 2.0, 3.0)
    np.testing.assert_array_equal(p.pmf([0, 1, 2, 3, 4]), [0, 0.25, 0.25, 0.5, 0])
    np.testing.assert_array_equal(p.cdf([0.5, 1, 2.5, 3]), [0, 0.25, 0.5, 1])
    np.testing.assert_array_equal(p.sf([0.5, 1, 2.5, 3]), [1, 0.75, 0.5, 0])
    np.testing.assert_array_equal(p.ppf([0, 0.25, 0.26, 0.5, 1]), [1, 1, 2, 2, 3])
    assert p.pdf(1.0) == 0.0


@pytest.mark.parametrize(
    "law",
    [
        Discrete([0, 1], [0.25, 0.75]),
        Mixture([Normal(), Uniform()], [0.3, 0.7]),
        Mixture([Discrete([0], [1]), Empirical([0.0, 1.0, 3.0])]),
    ],
)
def test_equal_after_pickle_and_copy(law):
    """Copies are equal, hash alike, and evaluate alike, whatever was cached before."""
    law.cdf(0.5)
    for twin in (pickle.loads(pickle.dumps(law)), copy.copy(law), copy.deepcopy(law)):  # noqa: S301 (our own bytes)
        assert twin == law
        assert hash(twin) == hash(law)
        assert twin.cdf(0.5) == law.cdf(0.5)


def test_samples_come_from_every_component():
    """Shares of the components within five standard errors."""
    p = Mixture([Discrete([0], [1]), Uniform(1, 2)], [0.3, 0.7])
    draws = p.sample(10_000, rng=1)
    assert abs(np.mean(draws == 0) - 0.3) < 5 * math.sqrt(0.21 / 10_000)
    assert ((draws == 0) | ((draws >= 1) & (draws <= 2))).all()


BAD = [
    (lambda: Mixture([]), DomainError, "at least one"),
    (lambda: Mixture([1.0]), DomainError, "as_density"),
    (lambda: Mixture([Normal(), Normal()], [0.5]), DomainError, "one for each"),
    (lambda: Mixture([Normal(), Normal()], [1.5, -0.5]), DomainError, ">= 0"),
    (lambda: Mixture([Normal(), Normal()], [math.nan, 1]), DomainError, "weights"),
    (lambda: Mixture([Normal(), Normal()], [0.5, 0.4]), NotNormalizedError, "divide by their sum"),
    (lambda: Discrete([], []), DomainError, "at least 1"),
    (lambda: Discrete([0, 1], [1]), DomainError, "one length"),
    (lambda: Discrete([0, 0], [0.5, 0.5]), DomainError, "distinct"),
    (lambda: Discrete([math.inf], [1]), DomainError, "finite"),
    (lambda: Discrete([0, 1], [-0.5, 1.5]), DomainError, ">= 0"),
    (lambda: Discrete([0, 1], [0.5, 0.6]), NotNormalizedError, "divide by their sum"),
]


@pytest.mark.parametrize(("call", "kind", "words"), BAD)
def test_bad_input(call, kind, words):
    """Each is refused with what is required."""
    with pytest.raises(kind, match=words):
        call()


@pytest.mark.parametrize(
    "make", [lambda: Mixture(Normal()), lambda: Mixture([Normal()], "ab"), lambda: Normal().pdf("a")]
)
def test_what_is_no_sequence_of_laws_or_numbers(make: Any) -> None:
    """Each is refused by an error of our own, which says what is required."""
    with pytest.raises(DomainError, match=r"must be|asked at real numbers"):
        make()
