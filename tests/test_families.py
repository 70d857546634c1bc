"""The families against scipy.stats, against their own masses, and against mpmath where laws are nearly equal."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false
# (wrong types are what some tests give; scipy's stubs do not know its frozen laws)

from __future__ import annotations

import copy
import math
import pickle

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import stats

from gantheory.densities import (
    Beta,
    Cauchy,
    Exponential,
    Gamma,
    Laplace,
    Logistic,
    Normal,
    StudentT,
    Uniform,
    Weibull,
)
from gantheory.errors import DomainError
from gantheory.expectation import expectation
from gantheory.panels import Points

EPS = float(np.finfo(float).eps)
LOCATIONS = st.floats(-100, 100).map(lambda x: round(x, 6))
SCALES = st.floats(-4, 4).map(lambda e: float(10.0**e))
SHAPES = st.floats(math.log(0.1), math.log(40)).map(lambda e: float(math.exp(e)))

#: family -> (strategies of its parameters, the same law in scipy)
FAMILIES = {
    Normal: ((LOCATIONS, SCALES), lambda m, s: stats.norm(m, s)),
    Laplace: ((LOCATIONS, SCALES), lambda m, s: stats.laplace(m, s)),
    Logistic: ((LOCATIONS, SCALES), lambda m, s: stats.logistic(m, s)),
    Cauchy: ((LOCATIONS, SCALES), lambda m, s: stats.cauchy(m, s)),
    StudentT: ((SHAPES, LOCATIONS, SCALES), lambda d, m, s: stats.t(d, m, s)),
    Uniform: ((LOCATIONS, SCALES), lambda a, w: stats.uniform(a, w)),
    Exponential: ((SCALES,), lambda s: stats.expon(0, s)),
    Gamma: ((SHAPES, SCALES), lambda k, s: stats.gamma(k, 0, s)),
    Beta: ((SHAPES, SHAPES), lambda a, b: stats.beta(a, b)),
    Weibull: ((SHAPES, SCALES), lambda k, s: stats.weibull_min(k, 0, s)),
}


def built(family, values):
    return Uniform(values[0], values[0] + values[1]) if family is Uniform else family(*values)


@st.composite
def laws(draw, families=tuple(FAMILIES)):
    family = draw(st.sampled_from(families))
    values = [draw(s) for s in FAMILIES[family][0]]
    return built(family, values), FAMILIES[family][1](*values)


QUANTILES = np.array([1e-6, 1e-3, 0.1, 0.3, 0.5, 0.8, 0.99, 1 - 1e-6])


@given(laws())
def test_agrees_with_scipy(pair):
    """pdf, cdf, sf and ppf are scipy's, to the rounding of the argument in scipy's standardised variable."""
    ours, theirs = pair
    x = ours.ppf(QUANTILES)
    x = x[np.isfinite(x)]
    low, high = ours.support()
    x = x[(x - low > 1e-9 * abs(low)) & (high - x > 1e-9 * abs(high))]  # at a pole one ulp of x is a factor of f
    spread = float(ours.ppf(0.75) - ours.ppf(0.25))
    slack = 1e-11 + 1e-15 * np.abs(x) / spread * 1e3
    for name in ("logpdf", "cdf", "sf"):
        got, wanted = getattr(ours, name)(x), getattr(theirs, name)(x)
        np.testing.assert_array_less(np.abs(got - wanted), slack * (1 + np.abs(wanted)) + 1e-10, err_msg=name)
    np.testing.assert_allclose(ours.pdf(x), np.exp(ours.logpdf(x)), rtol=1e-14)


@given(laws())
def test_total_mass_is_one(pair):
    """The mass that the panels find is 1 within its reported error."""
    mass = expectation(pair[0], np.ones_like)
    assert 1.0 in mass
    assert mass.error < 1e-11


@given(laws(), st.floats(1e-6, 1 - 1e-6))
def test_ppf_inverts_cdf(pair, u):
    """cdf(ppf(u)) is u to the rounding of the quantile."""
    law = pair[0]
    x = float(law.ppf(u))
    slack = float(law.cdf(np.nextafter(x, np.inf)) - law.cdf(np.nextafter(x, -np.inf)))
    assert abs(float(law.cdf(x)) - u) <= 1e-11 * u + 4 * slack + 1e-14


@given(laws(), st.integers(-8, 8).map(float))
def test_cdf_and_sf_add_up(pair, steps):
    """The two tails are complementary, and the support's ends bound them."""
    law = pair[0]
    x = float(law.ppf(0.5)) + steps * float(law.ppf(0.75) - law.ppf(0.25))
    assert math.isclose(float(law.cdf(x) + law.sf(x)), 1.0, rel_tol=1e-12)
    low, high = law.support()
    assert law.cdf(low) == 0.0
    assert law.sf(high) == 0.0
    assert law.pdf(np.nextafter(low, -np.inf) - 1e-300) == 0.0
    assert law.pdf(np.nextafter(high, np.inf)) == 0.0
    np.testing.assert_array_equal(law.pdf([-np.inf, np.inf]), [0.0, 0.0])


@given(laws())
def test_equal_after_pickle_and_copy(pair):
    """A law is its parameters: copies are equal, hash alike, and evaluate alike."""
    law = pair[0]
    law.edges  # noqa: B018 (a cached property must not change equality)
    for twin in (pickle.loads(pickle.dumps(law)), copy.copy(law), copy.deepcopy(law), eval_free_twin(law)):  # noqa: S301 (our own bytes)
        assert twin == law
        assert hash(twin) == hash(law)
        assert twin.logpdf(0.3) == law.logpdf(0.3)


def eval_free_twin(law):
    return type(law)(*(getattr(law, name) for name in law.__dataclass_fields__))


@pytest.mark.parametrize(
    ("law", "left", "right"),
    [
        (Normal(), ("exponential", 2.0), ("exponential", 2.0)),
        (Laplace(), ("exponential", 1.0), ("exponential", 1.0)),
        (Logistic(), ("exponential", 1.0), ("exponential", 1.0)),
        (Cauchy(), ("power", 1.0), ("power", 1.0)),
        (StudentT(2.5), ("power", 2.5), ("power", 2.5)),
        (Uniform(), ("bounded", math.inf), ("bounded", math.inf)),
        (Exponential(), ("bounded", math.inf), ("exponential", 1.0)),
        (Gamma(3), ("bounded", math.inf), ("exponential", 1.0)),
        (Weibull(0.7), ("bounded", math.inf), ("exponential", 0.7)),
        (Beta(2, 3), ("bounded", math.inf), ("bounded", math.inf)),
    ],
)
def test_tails(law, left, right):
    """Kinds and exponents of the two tails."""
    assert tuple((t.kind, t.power) for t in law.tails()) == (left, right)


@given(laws(families=(Normal, Laplace, Logistic, Gamma)))
def test_exponential_tail_power(pair):
    """-log f grows like the declared power: doubling the distance multiplies it by 2**power."""
    law = pair[0]
    scale = float(law.ppf(0.9) - law.ppf(0.5))
    far = float(law.ppf(0.5)) + scale * np.array([1e7, 2e7])
    slope = math.log2(float(law.logpdf(far[1]) / law.logpdf(far[0])))
    assert slope == pytest.approx(law.tails()[1].power, abs=1e-3)


@given(laws(families=(Weibull,)))
def test_weibull_tail_power(pair):
    """-log f grows like z**shape: 2 more powers of it multiply -log f by 100."""
    law = pair[0]
    far = law.logpdf(law.scale * np.array([1e10, 1e12]) ** (1 / law.shape))
    assert math.log(far[1] / far[0], 100) == pytest.approx(1.0, abs=1e-6)
    assert law.tails()[1].power == law.shape


@given(laws(families=(Cauchy, StudentT)))
def test_power_tail_weight(pair):
    """f(x) |x|**(1 + power) tends to the declared weight."""
    law = pair[0]
    tail = law.tails()[1]
    distance = 1e12 * float(law.ppf(0.75) - law.ppf(0.25))
    log_weight = float(law.logpdf(float(law.ppf(0.5)) + distance)) + (1 + tail.power) * math.log(distance)
    assert log_weight == pytest.approx(math.log(tail.weight), abs=1e-6)


def test_at_the_far_pole_offsets_are_kept():
    """Beta(1/2, 1/2) at 1 - 1e-20, which no float tells from 1: the density is 1/(pi sqrt(u))."""
    at = Points(np.array([1.0]), np.array([-1e-20]))
    law = Beta(0.5, 0.5)
    assert math.isclose(float(law.logpdf_at(at)[0]), -math.log(math.pi * 1e-10), rel_tol=1e-14)
    assert math.isclose(float(law.sf_at(at)[0]), 2e-10 / math.pi, rel_tol=1e-12)


def test_narrow_component_offsets_are_kept():
    """N(1, 1e-8) at 1 + 1e-9, a tenth of a standard deviation, to full precision."""
    at = Points(np.array([1.0]), np.array([1e-9]))
    wanted = -0.005 - math.log(1e-8 * math.sqrt(2 * math.pi))
    assert math.isclose(float(Normal(1, 1e-8).logpdf_at(at)[0]), wanted, rel_tol=1e-15)


def exact_log_density(law, x):
    """log f(x) with mpmath, from the definition of each family."""
    mp = mpmath.mpf
    x = mp(x)
    match law:
        case Normal():
            z = (x - mp(law.mu)) / mp(law.sigma)
            return -z * z / 2 - mpmath.log(mp(law.sigma)) - mpmath.log(2 * mpmath.pi) / 2
        case Laplace():
            return -abs((x - mp(law.loc)) / mp(law.scale)) - mpmath.log(2 * mp(law.scale))
        case Logistic():
            z = (x - mp(law.loc)) / mp(law.scale)
            return -z - 2 * mpmath.log1p(mpmath.exp(-z)) - mpmath.log(mp(law.scale))
        case Cauchy():
            z = (x - mp(law.loc)) / mp(law.scale)
            return -mpmath.log1p(z * z) - mpmath.log(mpmath.pi * mp(law.scale))
        case StudentT():
            z, df = (x - mp(law.loc)) / mp(law.scale), mp(law.df)
            constant = mpmath.loggamma((df + 1) / 2) - mpmath.loggamma(df / 2) - mpmath.log(df * mpmath.pi) / 2
            return constant - (df + 1) / 2 * mpmath.log1p(z * z / df) - mpmath.log(mp(law.scale))
        case Exponential():
            return -x / mp(law.scale) - mpmath.log(mp(law.scale))
        case Gamma():
            z = x / mp(law.scale)
            k = mp(law.shape)
            return (k - 1) * mpmath.log(z) - z - mpmath.loggamma(k) - mpmath.log(mp(law.scale))
        case Weibull():
            z, k = x / mp(law.scale), mp(law.shape)
            return mpmath.log(k) + (k - 1) * mpmath.log(z) - z**k - mpmath.log(mp(law.scale))
        case Beta():
            a, b = mp(law.a), mp(law.b)
            constant = mpmath.loggamma(a + b) - mpmath.loggamma(a) - mpmath.loggamma(b)
            return constant + (a - 1) * mpmath.log(x) + (b - 1) * mpmath.log1p(-x)
        case Uniform():
            return -mpmath.log(mp(law.b) - mp(law.a))
    raise AssertionError(law)


@given(laws(), st.sampled_from(QUANTILES.tolist()))
def test_log_density_is_right_to_its_stated_rounding(pair, u):
    """|logpdf - exact| <= 4 eps (|logpdf| + log_rounding), the contract of `Law.log_rounding`."""
    law = pair[0]
    x = float(law.ppf(u))
    if not (law.support()[0] < x < law.support()[1]):
        return
    with mpmath.workdps(60):
        exact = exact_log_density(law, x)
        error = float(abs(mpmath.mpf(float(law.logpdf(x))) - exact))
    assert error <= 4 * EPS * (abs(float(exact)) + law.log_rounding)


NUDGES = st.tuples(st.sampled_from([-1.0, 1.0]), st.floats(-13, -0.5)).map(lambda t: t[0] * 10 ** t[1])


@st.composite
def nearly_equal(draw):
    family = draw(st.sampled_from([f for f in FAMILIES if f not in (Uniform, Beta)]))
    values = [draw(s) for s in FAMILIES[family][0]]
    kinds = FAMILIES[family][0]
    other = list(values)
    for i, kind in enumerate(kinds):
        if kind is SCALES:
            other[i] *= 1 + draw(NUDGES)
        elif kind is LOCATIONS:
            other[i] += values[-1] * draw(NUDGES)
    return family(*values), family(*other)


@given(nearly_equal(), st.sampled_from(QUANTILES.tolist()))
@example((Weibull(20.085536923187668, 10.0), Weibull(20.085536923187668, 9.0)), 0.8)
def test_log_ratio_of_nearly_equal_laws(pair, u):
    """The difference form is right to 4 eps of the size that it reports, where two logpdfs would lose everything."""
    p, q = pair
    x = float(p.ppf(u))
    if not (p.same_shape(q) and math.isfinite(x)) or (math.isfinite(p.support()[0]) and x <= p.support()[0]):
        return
    with mpmath.workdps(60):
        exact = exact_log_density(p, x) - exact_log_density(q, x)
        ratio, size = p.log_ratio_at(q, Points.at(np.array([x])))
        assert abs(mpmath.mpf(float(ratio[0])) - exact) <= 4 * EPS * float(np.ravel(size)[0]) + 1e-300


BAD = [
    (lambda: Normal(0, 0), "sigma", "> 0"),
    (lambda: Normal(0, -1), "sigma", "-1"),
    (lambda: Normal(math.nan, 1), "mu", "finite"),
    (lambda: Normal(0, math.inf), "sigma", "finite"),
    (lambda: Normal("a", 1), "mu", "real number"),
    (lambda: Normal(1j, 1), "mu", "real number"),
    (lambda: Normal([0, 1], 1), "mu", "real number"),
    (lambda: Laplace(0, 0), "scale", "> 0"),
    (lambda: Logistic(0, -2), "scale", "> 0"),
    (lambda: Cauchy(math.inf, 1), "loc", "finite"),
    (lambda: StudentT(0), "df", "> 0"),
    (lambda: StudentT(math.inf), "df", "finite"),
    (lambda: Uniform(1, 1), "b - a", "> 0"),
    (lambda: Uniform(2, 1), "b - a", "> 0"),
    (lambda: Uniform(-1.7e308, 1.7e308), "b - a", "finite"),
    (lambda: Exponential(0), "scale", "> 0"),
    (lambda: Gamma(-1), "shape", "> 0"),
    (lambda: Gamma(1, 0), "scale", "> 0"),
    (lambda: Beta(0, 1), "a of Beta", "> 0"),
    (lambda: Beta(1, -1), "b of Beta", "> 0"),
    (lambda: Weibull(0), "shape", "> 0"),
]


@pytest.mark.parametrize(("call", "name", "requirement"), BAD)
def test_bad_parameters(call, name, requirement):
    """The message names the parameter and what is required of it."""
    with pytest.raises(DomainError) as caught:
        call()
    assert name in str(caught.value)
    assert requirement in str(caught.value)


@pytest.mark.parametrize("method", ["logpdf", "pdf", "cdf", "sf"])
def test_nan_is_not_a_point(method):
    """A density is asked at numbers."""
    with pytest.raises(DomainError, match="nan"):
        getattr(Normal(), method)([0.0, math.nan])


@pytest.mark.parametrize("u", [-0.1, 1.1, math.nan])
def test_ppf_is_asked_at_probabilities(u):
    """u lies in [0, 1]."""
    with pytest.raises(DomainError, match=r"\[0, 1\]"):
        Normal().ppf(u)


def test_samples_follow_the_law():
    """10,000 draws: the Kolmogorov distance stays below its 1 - 1e-6 quantile, and a seed repeats itself."""
    for law in (Normal(1, 2), Gamma(0.3), Beta(0.5, 0.5), Cauchy(0, 1)):
        draws = np.sort(law.sample(10_000, rng=7))
        distance = np.max(np.abs(law.cdf(draws) - (np.arange(10_000) + 0.5) / 10_000))
        assert distance < 2.7 / 100
        assert np.array_equal(law.sample(5, rng=7), law.sample(5, rng=7))
    assert Normal().sample((2, 3), rng=0).shape == (2, 3)
    assert np.shape(Normal().sample(rng=0)) == ()
