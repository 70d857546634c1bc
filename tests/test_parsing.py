"""Laws as text, each compared with scipy, and every law's own text read back."""

# pyright: reportArgumentType=false, reportAttributeAccessIssue=false
# (wrong types are what some tests give; scipy's stubs do not know its frozen laws)

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from gantheory.densities import (
    Beta,
    Cauchy,
    Discrete,
    Exponential,
    Gamma,
    Laplace,
    Logistic,
    Mixture,
    Normal,
    StudentT,
    Uniform,
    Weibull,
    as_density,
    parse_density,
)
from gantheory.errors import DomainError, GanTheoryError, NotNormalizedError, ParseError

TEXTS = [
    "norm",
    "norm(1, 2)",
    "norm(loc=1, scale=2)",
    "norm(scale=2)",
    "norm(1, scale=2)",
    "laplace(1, 2)",
    "logistic(1, 2)",
    "cauchy",
    "cauchy()",
    "cauchy(-1, 0.5)",
    "t(3)",
    "t(3, 1, 2)",
    "t(df=3, loc=1)",
    "uniform",
    "uniform(1, 2)",
    "expon(1, 2)",
    "expon(scale=2)",
    "gamma(0.1)",
    "gamma(2, 1, 3)",
    "gamma(a=2, scale=3)",
    "beta(0.5, 0.5)",
    "beta(2, 3, 1, 4)",
    "weibull_min(1.5)",
    "weibull_min(1.5, 1, 2)",
    "lognorm(0.5)",
    "lognorm(s=0.5, scale=2)",
    "gumbel_r(1, 2)",
]


def in_scipy(text):
    """The same text, evaluated by Python in scipy.stats' own namespace."""
    law = eval(text, {"__builtins__": {}}, vars(stats))  # noqa: S307 (the texts are those of this file)
    return law if hasattr(law, "dist") else law()


@pytest.mark.parametrize("text", TEXTS)
def test_means_what_it_means_in_scipy(text):
    """Names, positions and keywords are scipy's: pdf and cdf agree at its quantiles."""
    theirs, ours = in_scipy(text), parse_density(text)
    x = theirs.ppf([0.01, 0.3, 0.5, 0.9])
    np.testing.assert_allclose(ours.pdf(x), theirs.pdf(x), rtol=1e-11)
    np.testing.assert_allclose(ours.cdf(x), theirs.cdf(x), rtol=1e-11)


@pytest.mark.parametrize("text", ["poisson(3)", "binom(10, 0.3)", "geom(0.2)", "randint(1, 7)", "poisson(3, loc=2)"])
def test_discrete_names_are_scipy_s(text):
    """Atoms with scipy's probabilities; the text of such a law is read back as an equal law."""
    theirs, ours = in_scipy(text), parse_density(text)
    locations, masses = ours.atoms()
    np.testing.assert_allclose(masses, theirs.pmf(locations), rtol=1e-12)
    assert parse_density(str(ours)) == ours


@pytest.mark.parametrize(
    ("text", "law"),
    [
        ("0.5*norm(-2,0.7)+0.5*norm(2.5,1)", Mixture([Normal(-2, 0.7), Normal(2.5, 1)])),
        (" 0.25 * norm + laplace(0,1)*0.75 ", Mixture([Normal(), Laplace()], [0.25, 0.75])),
        ("1/4*norm(0,1) + 3/4*cauchy", Mixture([Normal(), Cauchy()], [0.25, 0.75])),
        ("0.5*(0.5*norm + 0.5*cauchy) + 0.5*t(3)", Mixture([Normal(), Cauchy(), StudentT(3)], [0.25, 0.25, 0.5])),
        ("0.3*delta(0) + 0.7*norm(0, 1)", Mixture([Discrete([0], [1]), Normal()], [0.3, 0.7])),
        ("delta(-1)", Discrete([-1], [1])),
        ("0.25*delta(0) + 0.75*delta(1)", Discrete([0, 1], [0.25, 0.75])),
        ("uniform(a=1, b=3)", Uniform(1, 3)),
        ("norm(1e-8, 1)", Normal(1e-8, 1)),
        ("norm(-2, 1/3)", Normal(-2, 1 / 3)),
        ("norm(-(2 + 1), 2**-1)", Normal(-3, 0.5)),
        ("norm(pi, 1)", Normal(math.pi, 1)),
        ("1*norm(0, 1)", Mixture([Normal()])),
    ],
)
def test_mixtures_atoms_and_numbers(text, law):
    """What scipy has no text for."""
    assert parse_density(text) == law


# -- str(law) is read back -----------------------------------------------------------------------------------

NUMBERS = st.floats(-1e6, 1e6)
POSITIVE = st.floats(-150, 150).map(lambda e: float(10.0**e)) | st.floats(1e-3, 1e3)
FAMILIES = st.one_of(
    st.builds(Normal, NUMBERS, POSITIVE),
    st.builds(Laplace, NUMBERS, POSITIVE),
    st.builds(Logistic, NUMBERS, POSITIVE),
    st.builds(Cauchy, NUMBERS, POSITIVE),
    st.builds(StudentT, POSITIVE, NUMBERS, POSITIVE),
    st.builds(Exponential, POSITIVE, NUMBERS),
    st.builds(Gamma, POSITIVE, POSITIVE, NUMBERS),
    st.builds(Beta, POSITIVE, POSITIVE, NUMBERS, POSITIVE),
    st.builds(Weibull, POSITIVE, POSITIVE, NUMBERS),
    st.tuples(NUMBERS, NUMBERS).filter(lambda ends: ends[0] < ends[1] - 1e-100).map(lambda ends: Uniform(*ends)),
)
WEIGHTS = st.lists(st.floats(0.01, 1), min_size=1, max_size=3).map(lambda w: [v / math.fsum(w) for v in w])


@st.composite
def discretes(draw):
    weights = draw(WEIGHTS)
    size = len(weights)
    return Discrete(draw(st.lists(NUMBERS, min_size=size, max_size=size, unique=True)), weights)


@st.composite
def mixtures(draw):
    weights = draw(WEIGHTS)
    return Mixture([draw(FAMILIES | discretes()) for _ in weights], weights)


@given(FAMILIES | discretes() | mixtures())
def test_text_is_read_back_as_an_equal_law(law):
    """str(law) names the law to the last bit, mixtures of atoms and nested parts included."""
    if len(str(law)) <= 512:
        assert parse_density(str(law)) == law
    else:
        with pytest.raises(ParseError, match="512"):
            parse_density(str(law))


@pytest.mark.parametrize("text", ["lognorm(0.5)", "gumbel_r(1, 2)", "chi2(3)"])
def test_adapted_laws_are_read_back_too(text):
    """A law by way of scipy.stats has the text that names it."""
    law = parse_density(text)
    assert parse_density(str(law)) == law
    assert hash(parse_density(str(law))) == hash(law)


def test_texts_are_remembered():
    """The same text is the same law, and a str is accepted at the door."""
    assert parse_density("norm(0, 1)") is parse_density("norm(0, 1)")
    assert as_density("norm(0, 1)") is parse_density("norm(0, 1)")


BAD = [
    ("", ParseError, ["empty"]),
    ("3", ParseError, ["3", "not a law"]),
    ("nrm(0, 1)", ParseError, ["'nrm'", "Did you mean norm?"]),
    ("Normal(0, 1)", ParseError, ["'Normal'", "Did you mean norm?"]),
    ("gaussian", ParseError, ["Did you mean norm?"]),
    ("qqqqqq", ParseError, ["'qqqqqq'", "scipy.stats"]),
    ("kstest", ParseError, ["'kstest'"]),
    ("rv_continuous", ParseError, ["'rv_continuous'"]),
    ("multivariate_normal", ParseError, ["no law that is known"]),
    ("norm(0, 1", ParseError, [")"]),
    ("norm(x, 1)", ParseError, ["x", "parameter of norm", "number"]),
    ("norm(norm, 1)", ParseError, ["parameter of norm"]),
    ("norm(0, 1) + norm(2, 1)", ParseError, ["without a weight", "0.5*norm(0, 1)"]),
    ("0.5*norm(0, 1) + norm(2, 1)", ParseError, ["norm(2, 1)", "without a weight"]),
    ("norm(0, 1) - norm(2, 1)", ParseError, ["not a law", "0.5*norm"]),
    ("norm(0, 1)*norm(2, 1)", ParseError, ["not a weight times a law"]),
    ("-norm(0, 1)", ParseError, ["not a law"]),
    ("norm(0, 1)**2", ParseError, ["not a law"]),
    ("delta", ParseError, ["one number", "delta(0)"]),
    ("delta(0, 1)", ParseError, ["one number"]),
    ("0.5*norm(0, 1) + 0.4*cauchy", NotNormalizedError, ["0.9", "sum to 1"]),
    ("0.5*(0.5*norm) + 0.5*cauchy", NotNormalizedError, ["0.5", "sum to 1"]),
    ("1.5*norm(0, 1) + -0.5*cauchy", DomainError, [">= 0"]),
    ("norm(0, 0)", DomainError, ["sigma", "> 0"]),
    ("norm(0, -1)", DomainError, ["sigma", "-1.0"]),
    ("norm(1/0, 1)", DomainError, ["1/0", "finite"]),
    ("norm(1, 2, 3)", DomainError, ["3 parameters", "norm(loc, scale)"]),
    ("norm(mu=1)", DomainError, ["'mu'", "norm(loc, scale)"]),
    ("norm(1, loc=1)", DomainError, ["loc", "twice"]),
    ("gamma", DomainError, ["a of gamma", "gamma(a, loc, scale)"]),
    ("t", DomainError, ["df of t"]),
    ("lognorm", DomainError, ["s of lognorm"]),
    ("gamma(-1)", DomainError, ["shape", "> 0"]),
    ("uniform(1, 0)", DomainError, ["b - a", "> 0"]),
    ("uniform(a=1, b=1)", DomainError, ["b - a", "> 0"]),
    ("lognorm(-1)", DomainError, ["s=-1.0", "domain"]),
    ("norm.pdf", ParseError, ["'.'"]),
    ("__import__('os').system('true')", ParseError, ["__import__"]),
    ("exec(1)", ParseError, ["'exec'"]),
    ("norm(" * 60 + ")" * 60, ParseError, ["nesting"]),
    ("norm(0, 1)" + " " * 600, ParseError, ["512"]),
]


@pytest.mark.parametrize(("text", "kind", "words"), BAD, ids=[text[:40] for text, _, _ in BAD])
def test_bad_text(text, kind, words):
    """Each is refused by its kind, and the message holds what is wrong and what to do."""
    with pytest.raises(kind) as caught:
        parse_density(text)
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("text", [None, 3, b"norm(0, 1)", ["norm"]])
def test_text_is_a_str(text):
    """Nothing else is read as text."""
    with pytest.raises(ParseError, match="must be a str"):
        parse_density(text)


@given(st.text("norm(0,1)*+-/.e= delta_pi\u221e'\"[]:lambd", max_size=40))
def test_any_text_is_a_law_or_an_error_of_ours(text):
    """Whatever is typed: a law, or one of the project's own errors."""
    try:
        law = parse_density(text)
    except GanTheoryError:
        return
    assert parse_density(str(law)) == law
