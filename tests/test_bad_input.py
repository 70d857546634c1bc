"""Bad input: an error of the project's own kind that names the argument, its value and the remedy; never a nan."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gantheory as gt
from gantheory.errors import DomainError, GanTheoryError, NotNormalizedError, ParseError
from gantheory.strategies import law_pairs, laws

X = np.linspace(-9.0, 9.0, 301)
N = gt.Normal().pdf(X)
P, Q = gt.Normal(0.0, 1.0), gt.Normal(1.0, 1.0)
PAIR_FUNCTIONALS = (
    gt.js_divergence,
    gt.kl_divergence,
    gt.total_variation,
    gt.cross_entropy,
    gt.wasserstein_distance,
    gt.criterion,
)

# what is called, the error, the words that its message must hold
Row = tuple[Callable[[], Any], type[GanTheoryError], tuple[str, ...]]
TABLE: dict[str, Row] = {
    # arrays
    "nan in p": (lambda: gt.js_divergence(N * np.nan, N, grid=X), DomainError, ("p ", "nan")),
    "nan in q": (lambda: gt.js_divergence(N, N * np.nan, grid=X), DomainError, ("q ", "nan")),
    "inf in p": (lambda: gt.js_divergence(N / 0.0, N, grid=X), DomainError, ("p ", "inf", "pole")),
    "negative p": (lambda: gt.js_divergence(-N, N, grid=X), DomainError, ("p ", "-0.39", ">= 0", "exp")),
    "log-densities": (lambda: gt.kl_divergence(np.log(N), N, grid=X), DomainError, ("p ", "log-density")),
    "unnormalised p": (
        lambda: gt.js_divergence(2 * N, N, grid=X),
        NotNormalizedError,
        ("p ", "mass 2", "normalize(p)"),
    ),
    "unnormalised q": (lambda: gt.criterion(N, 2 * N, grid=X), NotNormalizedError, ("q ", "mass 2", "normalize(q)")),
    "shape of p": (lambda: gt.js_divergence(N[1:], N, grid=X), DomainError, ("p ", "(300,)", "301")),
    "shape of q": (lambda: gt.js_divergence(N, N[1:], grid=X), DomainError, ("q ", "(300,)", "301")),
    "batches": (
        lambda: gt.js_divergence(np.stack([N] * 2), np.stack([N] * 3), grid=X),
        DomainError,
        ("p ", "(2, 301)", "q ", "(3, 301)"),
    ),
    "complex p": (lambda: gt.js_divergence(N + 0j, N, grid=X), DomainError, ("p ", "real numbers")),
    "complex grid": (lambda: gt.js_divergence(N, N, grid=X + 0j), DomainError, ("x ", "real numbers")),
    "complex x": (lambda: P.pdf(1j), DomainError, ("x ", "1j", "real numbers")),
    "complex samples": (lambda: gt.Empirical([1j, 2.0]), DomainError, ("samples", "real numbers")),
    "atoms of text": (lambda: gt.Discrete(["a", "b"], [0.5, 0.5]), DomainError, ("locations", "'a'", "real numbers")),
    "a run of no case": (lambda: gt.verify.run(cases=[1]), DomainError, ("cases", "1", "Case(name")),
    "a run of no cases": (lambda: gt.verify.run(cases=1), DomainError, ("cases", "1", "Case(name")),
    "a run of a number": (lambda: gt.verify.run(3), DomainError, ("claim", "3", "text")),
    "text in an array": (lambda: gt.js_divergence(["a"] * 301, N, grid=X), DomainError, ("p ", "numbers")),
    "empty grid": (lambda: gt.js_divergence(N, N, grid=[]), DomainError, ("x ", "empty")),
    "unsorted grid": (lambda: gt.js_divergence(N, N, grid=X[::-1]), DomainError, ("x ", "increasing", "Sort")),
    "grid with nan": (lambda: gt.js_divergence(N, N, grid=X * np.nan), DomainError, ("x ", "nan")),
    "grid of text": (lambda: gt.js_divergence(N, N, grid="abc"), DomainError, ("x ", "'abc'")),
    "arrays without a grid": (
        lambda: gt.js_divergence(N, N),
        DomainError,
        ("grid=x", "Grid.counting(x)", "Empirical(samples)"),
    ),
    "D of another shape": (lambda: gt.value(N, N, np.full(300, 0.5), grid=X), DomainError, ("D ", "(300,)", "301")),
    "D above 1": (lambda: gt.value(N, N, np.full(301, 2.0), grid=X), DomainError, ("D ", "2.0", "[0, 1]")),
    "nan in D": (lambda: gt.value(N, N, np.full(301, np.nan), grid=X), DomainError, ("D ", "nan")),
    "D* of a batch": (
        lambda: gt.optimal_discriminator(np.stack([N, N]), N, grid=X),
        DomainError,
        ("p_data", "(2, 301)"),
    ),
    "D* off the grid": (lambda: gt.optimal_discriminator(N, N, grid=X)(0.001), DomainError, ("D*", "laws")),
    # laws
    "sigma 0": (lambda: gt.Normal(0, 0), DomainError, ("sigma", "0", "> 0", "Discrete")),
    "sigma below 0": (lambda: gt.Normal(0, -1), DomainError, ("sigma", "-1", "> 0")),
    "scale below 0": (lambda: gt.Gamma(1, -2), DomainError, ("scale", "-2", "> 0", "rate")),
    "shape 0": (lambda: gt.Gamma(0), DomainError, ("shape", "0", "> 0")),
    "df nan": (lambda: gt.StudentT(math.nan), DomainError, ("df", "nan", "finite")),
    "mu inf": (lambda: gt.Normal(math.inf), DomainError, ("mu", "inf", "finite")),
    "mu text": (lambda: gt.Normal("zero"), DomainError, ("mu", "'zero'", "real")),  # type: ignore[arg-type]
    "empty interval": (lambda: gt.Uniform(2, 1), DomainError, ("b - a", "-1", "> 0")),
    "no components": (lambda: gt.Mixture([]), DomainError, ("components", "empty")),
    "negative weight": (lambda: gt.Mixture([P, Q], [1.5, -0.5]), DomainError, ("weights", "-0.5", ">= 0")),
    "weights of sum 2": (lambda: gt.Mixture([P, Q], [1, 1]), NotNormalizedError, ("weights", "2.0", "divide")),
    "weights of length 1": (lambda: gt.Mixture([P, Q], [1]), DomainError, ("weights", "2 numbers")),
    "masses of sum 2": (lambda: gt.Discrete([0, 1], [1, 1]), NotNormalizedError, ("masses", "2.0")),
    "equal atoms": (lambda: gt.Discrete([0, 0], [0.5, 0.5]), DomainError, ("locations", "distinct")),
    "masses of another length": (lambda: gt.Discrete([0, 1], [1]), DomainError, ("locations", "(2,)", "(1,)")),
    "not a law": (lambda: gt.js_divergence(None, Q), DomainError, ("None", "law")),
    "a number as a law": (lambda: gt.js_divergence(1.0, Q), DomainError, ("1.0", "Discrete")),
    "unknown family": (lambda: gt.js_divergence("nosuchlaw(0, 1)", Q), ParseError, ("nosuchlaw",)),
    "hostile text": (lambda: gt.js_divergence("__import__('os')", Q), ParseError, ("__import__",)),
    "sigma below 0 in text": (lambda: gt.js_divergence("norm(0, -1)", Q), DomainError, ("sigma", "-1", "> 0")),
    "x nan": (lambda: P.pdf(math.nan), DomainError, ("x ", "nan")),
    "u above 1": (lambda: P.ppf(1.5), DomainError, ("u ", "1.5", "[0, 1]")),
    # options
    "rtol below 0": (lambda: gt.js_divergence(P, Q, rtol=-1.0), DomainError, ("rtol", "-1.0", ">= 0")),
    "rtol nan": (lambda: gt.js_divergence(P, Q, rtol=math.nan), DomainError, ("rtol", "nan")),
    "atol inf": (lambda: gt.entropy(P, atol=math.inf), DomainError, ("atol", "inf", "finite")),
    "atol text": (lambda: gt.expectation(P, np.cos, atol="1e-6"), DomainError, ("atol", "'1e-6'")),  # type: ignore[arg-type]
    "weight 0": (lambda: gt.js_divergence(P, Q, weight=0.0), DomainError, ("weight", "0.0", "between 0 and 1")),
    "weight 1": (lambda: gt.js_divergence(P, Q, weight=1), DomainError, ("weight", "1", "between 0 and 1")),
    "weight nan": (lambda: gt.js_divergence(P, Q, weight=math.nan), DomainError, ("weight", "nan")),
    "weight text": (lambda: gt.js_divergence(P, Q, weight="half"), DomainError, ("weight", "'half'")),  # type: ignore[arg-type]
    "weight None": (lambda: gt.js_divergence(P, Q, weight=None), DomainError, ("weight", "None")),  # type: ignore[arg-type]
    "f(0) text": (lambda: gt.f_divergence(P, Q, "u*log(u)", at_zero="zero"), DomainError, ("at_zero", "'zero'")),  # type: ignore[arg-type]
    "f(0) nan": (lambda: gt.f_divergence(P, Q, "u*log(u)", at_zero=math.nan), DomainError, ("at_zero", "nan")),
    "breakpoints nan": (
        lambda: gt.expectation(P, np.cos, breakpoints=[math.nan]),
        DomainError,
        ("breakpoints", "nan", "finite"),
    ),
    "breakpoints text": (lambda: gt.expectation(P, np.cos, breakpoints="here"), DomainError, ("breakpoints", "'here'")),
    "breakpoints of D": (
        lambda: gt.Discriminator(np.tanh, breakpoints=[math.inf]),
        DomainError,
        ("breakpoints", "inf", "finite"),
    ),
    # functions
    "h a number": (lambda: gt.expectation(P, 3), DomainError, ("h ", "3", "function")),  # type: ignore[arg-type]
    "h of another shape": (lambda: gt.expectation(P, lambda x: np.ones(3)), DomainError, ("h ", "(3,)")),
    "h of text": (lambda: gt.expectation(P, lambda x: "a"), DomainError, ("h ", "number")),  # type: ignore[arg-type]
    "D* at nan": (lambda: gt.optimal_discriminator(P, Q)(math.nan), DomainError, ("x ", "nan")),
    "log-ratio at nan": (lambda: gt.log_ratio(P, Q)(math.nan), DomainError, ("x ", "nan")),
    "f a number": (lambda: gt.f_divergence(P, Q, 3), DomainError, ("f ", "3", "u*log(u)")),  # type: ignore[arg-type]
    "f of x": (lambda: gt.f_divergence(P, Q, "log(x)"), ParseError, ("'x'", "u")),
    "hostile f": (lambda: gt.f_divergence(P, Q, "u.__class__"), ParseError, ("u.__class__",)),
    "f nan": (
        lambda: gt.f_divergence(P, Q, lambda u: u * np.nan, at_zero=0.0, slope_at_infinity=0.0),
        DomainError,
        ("f ", "nan", "u > 0"),
    ),
    "h nan": (lambda: gt.expectation(P, lambda x: x * np.nan), DomainError, ("nan", "define it")),
    "logit a number": (lambda: gt.Discriminator(0.5), DomainError, ("logit", "0.5")),  # type: ignore[arg-type]
    # strategies
    "unknown kind": (lambda: law_pairs(kinds=["odd"]), DomainError, ("kinds", "'odd'", "nearly equal")),
    "kinds as text": (lambda: law_pairs(kinds="generic"), DomainError, ("kinds", "'generic'", "sequence")),
    "unknown law": (lambda: laws(families=["normal"]), DomainError, ("families", "'normal'", "Normal")),
    "no law left": (lambda: laws(families=["Discrete"], atoms=False), DomainError, ("families", "Discrete", "atoms")),
}


@pytest.mark.parametrize("name", TABLE)
def test_refusal(name: str) -> None:
    """The call raises an error of the project's own kind, and its message says what is wrong with which argument."""
    call, kind, words = TABLE[name]
    with np.errstate(all="ignore"), pytest.raises(kind) as caught:
        call()
    message = str(caught.value)
    assert [word for word in words if word not in message] == [], message


@pytest.mark.parametrize("functional", PAIR_FUNCTIONALS, ids=lambda f: f.__name__)
def test_every_functional_refuses_alike(functional: Callable[..., Any]) -> None:
    """Arrays without a grid, a bad tolerance and a negative density are refused by each functional."""
    for arguments, options in (
        ((N, N), {}),
        ((P, Q), {"rtol": -1.0}),
        ((P, Q), {"atol": math.nan}),
        ((N, -N), {"grid": X}),
        ((N, 3 * N), {"grid": X}),
        ((N, N[2:]), {"grid": X}),
        ((P, "no law"), {}),
    ):
        with pytest.raises(GanTheoryError):
            functional(*arguments, **options)


@pytest.mark.parametrize("functional", PAIR_FUNCTIONALS, ids=lambda f: f.__name__)
def test_extreme_laws_give_numbers_or_errors_of_our_own(functional: Callable[..., Any]) -> None:
    """Parameters at the ends of what floats hold: a number, an infinity or an error of our own; no nan, no warning."""
    extremes = [
        gt.Normal(0.0, 1e-150),
        gt.Normal(1e150, 1.0),
        gt.Normal(-1e150, 1e150),
        gt.Gamma(1e-3),
        gt.Gamma(1e6),
        gt.Beta(1e-2, 1e3),
        gt.StudentT(0.05),
        gt.Cauchy(0.0, 1e100),
        gt.Uniform(1.0, np.nextafter(1.0, 2.0)),
        gt.Weibull(20.0, 1e-50),
        gt.Discrete([1e300], [1.0]),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for p in extremes:
            for q in extremes:
                try:
                    result = functional(p, q)
                except GanTheoryError:
                    continue
                assert not math.isnan(result.value)
                assert not math.isnan(result.error)


@pytest.mark.parametrize("f", ["-u*log(u)", "-(u - 1)**2", lambda u: np.sin(u)])
def test_an_f_that_is_not_convex_is_no_divergence(f: Any) -> None:
    """Data processing and Jensen need convexity; a line and a kink are convex."""
    with pytest.raises(DomainError, match="f is not convex"):
        gt.f_divergence("norm(0, 1)", "norm(1, 1)", f)
    assert gt.f_divergence("norm(0, 1)", "norm(1, 1)", "u - 2").value == pytest.approx(-1.0, abs=1e-12)
    assert 0.0 < gt.f_divergence("norm(0, 1)", "norm(1, 1)", "abs(u - 1)").value < 1.0


@pytest.mark.parametrize("law", [gt.Normal(), gt.Mixture([gt.Normal(), gt.Normal(1)]), gt.Pushforward("z**2")], ids=str)
def test_samples_of_no_shape_or_seed(law: Any) -> None:
    """An error of our own, and not numpy's."""
    for arguments, options in (((-1,), {}), (("a",), {}), ((3,), {"rng": "a"}), ((3,), {"rng": -1})):
        with pytest.raises(DomainError, match=r"shape is|rng is"):
            law.sample(*arguments, **options)
