"""Best fits under several divergences, against an independent optimiser, closed forms and each other."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import optimize

from gantheory.densities import Exponential, Laplace, Mixture, Normal, Uniform
from gantheory.divergences import f_divergence, js_divergence, kl_divergence
from gantheory.errors import DomainError
from gantheory.families import LocationScale, NormalMixture
from gantheory.generator_families import Generated
from gantheory.projection import DIVERGENCES, NoFitError, best_fit, pearson_divergence, projection_table

NEAR = Mixture([Normal(-1, 0.5), Normal(1, 1)])
SKEWED = Mixture([Normal(-3, 0.8), Normal(3, 0.8)], [0.7, 0.3])
JUMPING = Mixture([Uniform(0, 1), Normal(2, 1)])

# -- Pearson's divergence ----------------------------------------


@pytest.mark.parametrize(("mu", "sigma"), [(1.0, 1.0), (0.3, 0.8), (0.5, 3.0), (2.0, 0.75), (0.0, 0.708), (1e-6, 1.0)])
def test_pearson_of_two_normals(mu: float, sigma: float) -> None:
    """∫p²/q = σ²/√(2σ² - 1) exp(μ²/(2σ² - 1)) for N(0, 1) and N(μ, σ²)."""
    spread = 2 * sigma**2 - 1
    exact = math.expm1(math.log(sigma**2) - 0.5 * math.log(spread) + mu**2 / spread)
    found = pearson_divergence(Normal(0, 1), Normal(mu, sigma))
    assert float(found) == pytest.approx(exact, rel=1e-11)
    assert abs(float(found) - exact) <= found.error + 4e-15 * (1 + exact) / max(spread, 1e-3)


def test_pearson_is_an_f_divergence() -> None:
    """Of (u - 1)², where the general routine can tell."""
    found, general = pearson_divergence(NEAR, Laplace(0, 2)), f_divergence(NEAR, Laplace(0, 2), "(u - 1)**2")
    assert abs(float(found - general)) <= found.error + general.error


@pytest.mark.parametrize(
    ("p", "q"),
    [(Normal(0, 1), Normal(0, 0.7)), (Laplace(0, 1), Normal(0, 5)), (Normal(0, 1), Uniform(-9, 9)),
     (Laplace(0, 1), Laplace(0, 0.49))],
    ids=str,
)  # fmt: skip
def test_pearson_is_infinite_where_tails_say_so(p: Any, q: Any) -> None:
    """Infinity is a value, not a large number."""
    assert float(pearson_divergence(p, q)) == math.inf


def test_pearson_of_equal_laws_and_of_atoms() -> None:
    """0 of one law; atoms are refused."""
    assert float(pearson_divergence("norm", "norm")) == 0.0
    with pytest.raises(DomainError, match="atoms"):
        pearson_divergence("delta(0)", "norm")


# -- fits ----------------------------------------


def test_kl_matches_moments() -> None:
    """The normal law of least KL(p‖q) has p's mean and variance."""
    fit = best_fit(SKEWED, "norm", "kl")
    assert np.all(np.abs(fit.theta.value - [-1.2, 0.5 * math.log(0.64 + 9 - 1.44)]) <= fit.theta.error)
    assert np.all(fit.theta.error < 1e-9)


@pytest.mark.parametrize(("p", "mean", "sd"), [(Uniform(0, 1), 0.5, 12**-0.5), (Exponential(), 1.0, 1.0)], ids=str)
def test_kl_matches_moments_of_a_law_with_a_jump(p: Any, mean: float, sd: float) -> None:
    """What crosses the jump is part of the gradient."""
    fit = best_fit(p, "norm", "kl")
    assert np.all(np.abs(fit.theta.value - [mean, math.log(sd)]) <= fit.theta.error)
    assert np.all(fit.theta.error < 1e-9)


@pytest.mark.parametrize(
    ("p", "name"), [
        *((NEAR, name) for name in DIVERGENCES), (SKEWED, "js"), (SKEWED, "reverse kl"),
        (Uniform(0, 1), "js"), (Uniform(0, 1), "pearson"), (Exponential(), "js"), (JUMPING, "reverse kl"),
        (JUMPING, "jeffreys"),
    ],
    ids=str,
)  # fmt: skip
def test_an_independent_optimiser_finds_the_same(p: Any, name: str) -> None:
    """Nelder and Mead's method of scipy on the divergence itself, from the moments and from each mode: 6 digits."""
    family = LocationScale(Normal(0, 1))

    def height(theta: np.ndarray) -> float:
        return float(DIVERGENCES[name].of(p, family.law(theta)))

    starts = [[0.0, 0.5], [0.5, -1.0]]
    starts += [[law.mu, math.log(law.sigma)] for law in getattr(p, "components", ()) if isinstance(law, Normal)]
    options = {"xatol": 1e-9, "fatol": 1e-16, "maxiter": 800}
    found = min(
        (optimize.minimize(height, s, method="Nelder-Mead", options=options) for s in starts if height(s) < math.inf),
        key=lambda one: one.fun,
    )
    fit = best_fit(p, "norm", name)
    assert float(fit.value) <= found.fun + 1e-13
    assert np.allclose(fit.theta.value, found.x, rtol=1e-6, atol=1e-6)
    assert np.all(fit.theta.error < 1e-9)


def test_ties_are_listed() -> None:
    """The reverse divergence of a symmetric mixture has two best laws, mirror images; JSD one, and two worse minima."""
    p = Mixture([Normal(-4, 1), Normal(4, 1)])
    fit = best_fit(p, "norm", "reverse kl")
    assert len(fit.ties) == 1
    assert float(fit.theta.value[0]) == pytest.approx(-float(fit.ties[0].theta.value[0]), abs=1e-9)
    js = best_fit(p, "norm", "js")
    assert js.ties == ()
    assert len(js.minima) == 3
    assert [float(one.value) for one in js.minima] == sorted(float(one.value) for one in js.minima)
    assert float(js.theta.value[0]) == pytest.approx(0.0, abs=1e-9)


def test_a_family_that_holds_p_data_finds_it() -> None:
    """Normal for normal, Laplace for Laplace, under every divergence."""
    for name in DIVERGENCES:
        fit = best_fit("norm(2, 3)", "norm", name)
        assert np.allclose(fit.theta.value, [2.0, math.log(3.0)], atol=1e-6)
        assert abs(float(fit.value)) < 1e-12
    assert np.allclose(best_fit("laplace(1, 2)", "laplace").theta.value, [1.0, math.log(2.0)], atol=1e-6)


def test_other_families_by_their_starts() -> None:
    """A mixture of two normals, which is p_data itself."""
    fit = best_fit(NEAR, NormalMixture(), "js", starts=[[0.0, -1.5, 1.5, -0.5, 0.2]])
    assert float(fit.value) < 1e-20
    with pytest.raises(DomainError, match="starts"):
        best_fit(NEAR, NormalMixture(), "js")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: best_fit("norm", "norm", "hellinger"), "divergence"),
        (lambda: best_fit("norm", "norm", ["kl"]), "divergence"),
        (lambda: best_fit("norm", 3), "family"),
        (lambda: best_fit("norm", starts=3), "starts is 3"),
        (lambda: best_fit("bernoulli(0.5)"), "p_data is bernoulli.*which has atoms"),
        (
            lambda: best_fit("gamma(0.5)"),
            "a minimum of JSD: p_data has a pole at x = 0, which mass of p_g crosses",
        ),
        (lambda: best_fit("norm", "expon"), "start leads to a minimum of JSD: an edge or a fold of p_g moves"),
        (lambda: best_fit("gamma(2)", "norm", "reverse kl"), r"KL\(q‖p\) is infinite, or cannot be told, at norm"),
        (lambda: best_fit("norm", Generated("a*z", ["a"]), starts=[1.0]), "integrated in z"),
    ],
)
def test_bad_input(call: Any, message: str) -> None:
    """The argument is named."""
    with pytest.raises(DomainError, match=message):
        call()


def test_no_fit_where_all_is_infinite() -> None:
    """Pearson's divergence of a Laplace law from any normal one."""
    with pytest.raises(NoFitError, match="Pearson is infinite"):
        best_fit("laplace(0, 1)", "norm", "pearson")


# -- the table ----------------------------------------


def test_the_table() -> None:
    """Each divergence is least, along its row, at its own optimum; every entry is the divergence there."""
    table = projection_table(SKEWED)
    names = list(DIVERGENCES)
    assert list(table.fits) == list(table.values) == names
    for name in names:
        row = {column: float(value) for column, value in table.values[name].items()}
        assert min(row, key=row.__getitem__) == name or row[name] == pytest.approx(min(row.values()), abs=1e-12)
    law = table.fits["js"].law
    assert table.values["kl"]["js"] == kl_divergence(SKEWED, law)
    assert table.values["js"]["js"] == js_divergence(SKEWED, law)
    lines = str(table).splitlines()
    assert len(lines) == 1 + 2 + len(names)
    assert len({len(line) for line in lines}) == 1


def test_the_table_says_what_is_infinite() -> None:
    """A Laplace law for p_data: Pearson's row is infinite throughout, and has no column."""
    table = projection_table("laplace(0, 1)")
    assert list(table.fits) == ["kl", "reverse kl", "js", "jeffreys"]
    assert "Pearson is infinite" in table.without["pearson"]
    assert all(float(value) == math.inf for value in table.values["pearson"].values())
    assert str(table).splitlines()[-1].split() == ["pearson", "∞", "∞", "∞", "∞"]


def test_the_table_names_mu_and_sigma() -> None:
    """To six digits, and no −0."""
    shown = str(projection_table("norm(1, 2)", divergences=("kl", "js"))).splitlines()
    assert shown[1].split() == ["μ", "1.000000", "1.000000"]
    assert shown[2].split() == ["σ", "2.000000", "2.000000"]
    assert "-0.0" not in "".join(shown)
