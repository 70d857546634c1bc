"""Divergences against their closed forms, and the infinities that supports, atoms and tails decide."""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np
import pytest
from scipy import special

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
)
from gantheory.divergences import (
    cross_entropy,
    entropy,
    f_divergence,
    js_divergence,
    kl_divergence,
    total_variation,
    wasserstein_distance,
)
from gantheory.errors import ConvergenceError, DomainError
from gantheory.estimate import Estimate
from gantheory.game import criterion
from gantheory.pushforward import Pushforward

LOG_2 = math.log(2.0)
GAMMA = 0.57721566490153286061  # Euler's constant


def holds(estimate: Estimate, exact: float, *, closed_form: float = 8.0) -> bool:
    """Whether the estimate holds the exact value, which the closed form gives to a few units in the last place."""
    return abs(float(estimate) - exact) <= estimate.error + closed_form * 1.2e-16 * abs(exact)


def normal_kl(p: Normal, q: Normal) -> float:
    ratio = p.sigma / q.sigma
    return -math.log(ratio) + 0.5 * (ratio**2 + ((p.mu - q.mu) / q.sigma) ** 2 - 1)


def laplace_kl(p: Laplace, q: Laplace) -> float:
    d = abs(p.loc - q.loc)
    return math.log(q.scale / p.scale) + (p.scale * math.exp(-d / p.scale) + d) / q.scale - 1


def gamma_kl(p: Gamma, q: Gamma) -> float:
    a, b = p.shape, q.shape
    return float(
        (a - b) * special.digamma(a)
        - special.gammaln(a)
        + special.gammaln(b)
        + b * math.log(q.scale / p.scale)
        + a * (p.scale / q.scale - 1)
    )


def beta_kl(p: Beta, q: Beta) -> float:
    psi = special.digamma
    return float(
        special.betaln(q.a, q.b)
        - special.betaln(p.a, p.b)
        + (p.a - q.a) * psi(p.a)
        + (p.b - q.b) * psi(p.b)
        + (q.a - p.a + q.b - p.b) * psi(p.a + p.b)
    )


def weibull_kl(p: Weibull, q: Weibull) -> float:
    k, m, ratio = p.shape, q.shape, p.scale / q.scale
    return float(
        math.log(k / p.scale**k)
        - math.log(m / q.scale**m)
        + (k - m) * (math.log(p.scale) - GAMMA / k)
        + ratio**m * special.gamma(m / k + 1)
        - 1
    )


KL = [
    (Normal(0, 1), Normal(1, 1), 0.5),
    (Normal(0, 1), Normal(1, 1.5), normal_kl(Normal(0, 1), Normal(1, 1.5))),
    (Normal(3, 0.01), Normal(-2, 5), normal_kl(Normal(3, 0.01), Normal(-2, 5))),
    (Normal(0, 1), Normal(40, 1), 800.0),
    (Normal(0, 1), Normal(1e-8, 1), 5e-17),
    (Laplace(0, 1), Laplace(1, 2), laplace_kl(Laplace(0, 1), Laplace(1, 2))),
    (Laplace(0, 0.1), Laplace(7, 3), laplace_kl(Laplace(0, 0.1), Laplace(7, 3))),
    (Exponential(1), Exponential(4), math.log(4.0) + 0.25 - 1),
    (Gamma(0.1, 1), Gamma(2, 3), gamma_kl(Gamma(0.1, 1), Gamma(2, 3))),
    (Gamma(9, 0.5), Gamma(2, 3), gamma_kl(Gamma(9, 0.5), Gamma(2, 3))),
    (Beta(0.5, 0.5), Beta(2, 5), beta_kl(Beta(0.5, 0.5), Beta(2, 5))),
    (Beta(2, 5), Beta(0.5, 0.5), beta_kl(Beta(2, 5), Beta(0.5, 0.5))),
    (Weibull(1.5, 1), Weibull(3, 2), weibull_kl(Weibull(1.5, 1), Weibull(3, 2))),
    (Weibull(0.5, 1), Weibull(0.7, 2), weibull_kl(Weibull(0.5, 1), Weibull(0.7, 2))),
    (Uniform(0, 1), Uniform(-1, 3), math.log(4.0)),
    (Logistic(0, 1), Logistic(2, 1), 2 / math.tanh(1.0) - 2),
    (Logistic(0, 2), Logistic(0.5, 2), 0.25 / math.tanh(0.125) - 2),
    (Cauchy(0, 1), Cauchy(1, 2), math.log(1.25)),  # chi = (1 + 1)/4
    (Discrete([0, 1], [0.5, 0.5]), Discrete([0, 1, 2], [0.25, 0.25, 0.5]), LOG_2),
]


@pytest.mark.parametrize(("p", "q", "exact"), KL, ids=lambda v: str(v))
def test_kl(p: Any, q: Any, exact: float) -> None:
    """KL is the closed form, within its error, which is at most 1e-12 max(1, |value|)."""
    kl = kl_divergence(p, q)
    assert holds(kl, exact, closed_form=64.0 / max(min(abs(exact), 1.0), 1e-3) if exact > 1e-10 else 8.0)
    assert kl.error <= 1e-12 * max(1.0, exact)
    assert kl.basis == "bound"


@pytest.mark.parametrize(("p", "q", "exact"), KL, ids=lambda v: str(v))
def test_f_divergence_of_u_log_u_is_kl(p: Any, q: Any, exact: float) -> None:
    """The generic route, from a callable and from text, meets the special one, or says that it cannot."""
    for f in (lambda u: u * np.log(u), "u*log(u)"):
        try:
            generic = f_divergence(p, q, f, atol=1e-9)
        except ConvergenceError:
            assert exact > 500  # u itself overflows there
            continue
        assert abs(float(generic) - exact) <= generic.error + 1e-13 * max(1.0, exact)


ENTROPIES = [
    (Normal(1, 3), 0.5 * math.log(2 * math.pi * math.e * 9)),
    (Laplace(0, 2), 1 + math.log(4)),
    (Uniform(-1, 3), math.log(4)),
    (Exponential(5), 1 + math.log(5)),
    (Logistic(0, 1), 2.0),
    (Cauchy(2, 3), math.log(12 * math.pi)),
    (Gamma(2, 1), 2 - special.digamma(2)),
    (Beta(0.5, 0.5), math.log(math.pi / 4)),
    (Weibull(2, 1), 0.5 * GAMMA - LOG_2 + 1),
    (Discrete([1, 2, 3, 4], [0.25] * 4), 2 * LOG_2),
    (StudentT(1.0), math.log(4 * math.pi)),
]


@pytest.mark.parametrize(("law", "exact"), ENTROPIES, ids=lambda v: str(v))
def test_entropy(law: Any, exact: float) -> None:
    """Entropy is the closed form; the cross-entropy of a law with itself is its entropy."""
    assert holds(entropy(law), float(exact))
    assert holds(cross_entropy(law, law), float(exact))
    assert entropy(law).error <= 1e-12 * max(1.0, abs(float(exact)))


def chi(p: Cauchy, q: Cauchy) -> float:
    return ((p.loc - q.loc) ** 2 + (p.scale - q.scale) ** 2) / (2 * p.scale * q.scale)


@pytest.mark.parametrize("q", [Cauchy(1, 2), Cauchy(0.01, 1), Cauchy(100, 1), Cauchy(0, 50)], ids=str)
def test_all_of_two_cauchy_laws(q: Cauchy) -> None:
    """KL both ways, TV and JSD of two Cauchy laws in closed form."""
    p = Cauchy(0, 1)
    x = chi(p, q)
    root = math.sqrt(2 + x)
    assert holds(kl_divergence(p, q), math.log1p(x / 2), closed_form=64)
    assert holds(kl_divergence(q, p), math.log1p(x / 2), closed_form=64)
    assert holds(total_variation(p, q), 2 / math.pi * math.atan(math.sqrt(x / 2)))
    js = js_divergence(p, q)
    assert abs(float(js) - math.log(2 * root / (root + math.sqrt(2)))) <= js.error + 4e-16


TV = [
    (Normal(0, 1), Normal(1, 1), math.erf(0.5 / math.sqrt(2))),
    (Normal(0, 1), Normal(1e-8, 1), 1e-8 / math.sqrt(2 * math.pi)),
    (Laplace(0, 1), Laplace(1, 1), 1 - math.exp(-0.5)),
    (Exponential(1), Exponential(2), 0.25),
    (Uniform(0, 2), Uniform(1, 3), 0.5),
    (Uniform(0, 1), Uniform(-1, 2), 2 / 3),
    (Logistic(0, 1), Logistic(2, 1), math.tanh(0.5)),
    (Discrete([0, 1], [0.5, 0.5]), Discrete([1, 2], [0.75, 0.25]), 0.5),
    (Mixture([Discrete([0], [1]), Normal()], [0.3, 0.7]), Normal(), 0.3),
]


@pytest.mark.parametrize(("p", "q", "exact"), TV, ids=lambda v: str(v))
def test_total_variation(p: Any, q: Any, exact: float) -> None:
    """TV is the closed form; its kinks cost nothing."""
    tv = total_variation(p, q)
    assert holds(tv, exact)
    assert tv.error <= 1e-12


W1 = [
    (Normal(0, 1), Normal(3, 1), 3.0),
    (Normal(0, 1), Normal(0, 3), 2 * math.sqrt(2 / math.pi)),
    (Exponential(1), Exponential(4), 3.0),
    (Uniform(0, 1), Uniform(5, 6), 5.0),
    (Uniform(0, 1), Uniform(-1, 2), 0.5),
    (Discrete([0], [1]), Discrete([-1, 3], [0.5, 0.5]), 2.0),
    (Discrete([0], [1]), Normal(0, 1), math.sqrt(2 / math.pi)),
    (Cauchy(0, 1), Cauchy(2, 1), 2.0),
    (StudentT(1.5), StudentT(1.5, 0.25), 0.25),
]


@pytest.mark.parametrize(("p", "q", "exact"), W1, ids=lambda v: str(v))
def test_wasserstein(p: Any, q: Any, exact: float) -> None:
    """W1 is the distance that mass moves; two Cauchy laws of one scale are at a finite distance."""
    assert holds(wasserstein_distance(p, q), exact)


# -- decided before anything is integrated ----------------------------------------


def test_infinite_kl() -> None:
    """Supports, atoms and tails decide +inf; the other way round may be finite."""
    atom = Mixture([Discrete([0], [1]), Normal()], [0.3, 0.7])
    for p, q in (
        (Cauchy(), Normal()),
        (StudentT(1.0), Laplace()),
        (StudentT(2.0), Normal()),
        (Normal(), Uniform(-1, 1)),
        (Uniform(0, 2), Uniform(0, 1)),
        (Uniform(0, 1), Uniform(2, 3)),
        (atom, Normal()),
        (Normal(), Discrete([0], [1])),
        (Discrete([0, 1], [0.5, 0.5]), Discrete([0], [1])),
        (Mixture([Normal(), Cauchy()], [1 - 1e-9, 1e-9]), Normal()),
    ):
        assert kl_divergence(p, q) == Estimate(math.inf)
        assert cross_entropy(p, q) == Estimate(math.inf)
    for p, q in (
        (Normal(), Cauchy()),
        (StudentT(2.5), Normal()),
        (StudentT(1.5), Laplace()),
        (Normal(), atom),
        (Uniform(0, 1), Uniform(0, 2)),
    ):
        assert math.isfinite(float(kl_divergence(p, q)))


def test_kl_of_a_t_law_from_a_normal_is_finite_above_two_degrees() -> None:
    """E_t[x²] is finite for df > 2: KL(t(3)‖N) = E_t[x²]/2 + log sqrt(2 pi) - H(t)."""
    exact = 1.5 + 0.5 * math.log(2 * math.pi) - float(entropy(StudentT(3.0)))
    assert abs(float(kl_divergence(StudentT(3.0), Normal())) - exact) < 1e-12


def test_infinite_w1() -> None:
    """A tail that is too heavy, unless the other law has the same."""
    for p, q in ((Cauchy(), Normal()), (Cauchy(0, 1), Cauchy(0, 2)), (StudentT(0.5), StudentT(3.0))):
        assert wasserstein_distance(p, q) == Estimate(math.inf)


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (Uniform(0, 1), Uniform(2, 3)),
        (Uniform(0, 1), Uniform(1, 2)),
        (Exponential(1, 5), Beta(2, 2)),
        (Discrete([0], [1]), Normal()),
        (Discrete([0], [1]), Discrete([1], [1])),
    ],
    ids=str,
)
def test_mutually_singular_laws(p: Any, q: Any) -> None:
    """JSD = log 2 to 2e-16, TV = 1, KL = inf."""
    js = js_divergence(p, q)
    assert js.error <= 3.1e-16
    assert abs(float(js) - LOG_2) <= 2e-16
    assert 1.0 in total_variation(p, q)
    assert total_variation(p, q).error <= 1e-15
    assert math.inf in kl_divergence(p, q)
    w = 0.25
    exact = -w * math.log(w) - (1 - w) * math.log(1 - w)
    assert exact in js_divergence(p, q, weight=w)


def test_equal_laws_are_exactly_equal() -> None:
    """Every divergence of a law from itself is 0 without error."""
    law = Mixture([Normal(), Cauchy(2, 1), Gamma(0.3)], [0.5, 0.25, 0.25])
    for functional in (js_divergence, kl_divergence, total_variation, wasserstein_distance):
        assert functional(law, law) == Estimate(0.0)


def test_js_of_nearly_equal_normals() -> None:
    """JSD(N(0, 1), N(h, 1)) = h²/8 - h⁴/64 + ..., to 1e-12 of itself."""
    for h in (1e-3, 1e-8, 1e-60):
        exact = h**2 / 8 - h**4 / 64 if h > 1e-4 else h**2 / 8
        js = js_divergence(Normal(0, 1), Normal(h, 1))
        assert math.isclose(float(js), exact, rel_tol=1e-11 if h == 1e-3 else 1e-12)
        assert js.error <= 1e-12 * exact


def test_js_of_an_atom() -> None:
    """An atom of mass w where the other law has none adds w log 2 to twice the JSD."""
    w = 0.3
    law = Mixture([Discrete([0.0], [1.0]), Normal()], [w, 1 - w])
    # what is left is (1 - w) N against N: a constant ratio
    rest = (1 - w) * math.log(2 * (1 - w) / (2 - w)) + math.log(2 / (2 - w))
    assert abs(float(js_divergence(law, Normal())) - 0.5 * (w * LOG_2 + rest)) <= 4e-16


@pytest.mark.parametrize("w", [0.01, 0.3, 0.5, 0.9])
def test_weighted_js_of_two_level_laws(w: float) -> None:
    """Three quarters against one quarter on two unit intervals: two logarithms by hand."""
    p = Mixture([Uniform(0, 1), Uniform(1, 2)], [0.75, 0.25])
    q = Mixture([Uniform(0, 1), Uniform(1, 2)], [0.25, 0.75])
    m = w * 0.75 + (1 - w) * 0.25
    kl = [sum(a * math.log(a / b) for a, b in zip(r, (m, 1 - m), strict=True)) for r in ((0.75, 0.25), (0.25, 0.75))]
    js = js_divergence(p, q, weight=w)
    assert abs(float(js) - (w * kl[0] + (1 - w) * kl[1])) <= js.error + 2e-16


# -- f-divergences ----------------------------------------

F = [
    ("(u - 1)**2", lambda u: (u - 1) ** 2, math.e - 1),
    ("1 - sqrt(u)", lambda u: 1 - np.sqrt(u), 1 - math.exp(-1 / 8)),
    ("-log(u)", lambda u: -np.log(u), 0.5),
    ("(u - 1)*log(u)", lambda u: (u - 1) * np.log(u), 1.0),
    ("u*log(u)", lambda u: u * np.log(u), 0.5),
]


@pytest.mark.parametrize(("text", "f", "exact"), F, ids=[text for text, *_ in F])
def test_f_divergences_of_shifted_normals(text: str, f: Any, exact: float) -> None:
    """Text and callable agree with the closed form for N(0, 1) and N(1, 1)."""
    for function in (text, f):
        found = f_divergence(Normal(0, 1), Normal(1, 1), function)
        assert holds(found, exact)
        assert found.basis == "estimate"


def test_limits_of_f() -> None:
    """Where q or p vanishes, f's limits decide: read off f, or given."""
    p, q = Uniform(0, 2), Uniform(1, 3)
    assert math.inf in f_divergence(p, q, "u*log(u)")
    assert math.inf in f_divergence(p, q, "-log(u)")
    assert 0.5 in f_divergence(p, q, lambda u: np.abs(u - 1) / 2)
    assert 0.5 * 3.0 + 0.5 * 7.0 in f_divergence(p, q, "0*u", at_zero=7.0, slope_at_infinity=3.0)


def test_slow_limits_must_be_given() -> None:
    """A limit that cannot be read off is asked for by name."""
    with pytest.raises(DomainError, match="at_zero=") as caught:
        f_divergence(Normal(), Normal(1), lambda u: np.where(u < 1e-3, np.nan, u))
    assert "nan" in str(caught.value)


def test_text_laws_are_laws() -> None:
    """A str is accepted wherever a law is."""
    assert js_divergence("norm(0, 1)", Normal(1, 1.5)) == js_divergence(Normal(0, 1), "norm(1, 1.5)")


def test_kl_where_a_mixture_leaves_a_gap() -> None:
    """Supports are compared interval by interval: their ends, an atom's among them, do not show a gap."""
    atom = Discrete([0.0], [1.0])
    p, q = Mixture([Uniform(0, 1), atom]), Mixture([Uniform(1, 2), atom])
    assert kl_divergence(p, q).value == cross_entropy(p, q).value == math.inf
    islands = Mixture([Uniform(0, 1), Uniform(4, 5)])
    assert kl_divergence(Uniform(0, 5), islands).value == math.inf
    assert kl_divergence(islands, Uniform(0, 5)).value == pytest.approx(math.log(2.5))
    assert kl_divergence(Uniform(0, 2), Mixture([Uniform(0, 1), Uniform(1, 2)], [0.25, 0.75])).value < 1
    assert criterion(islands, Uniform(2, 3)) == Estimate(0.0)


@pytest.mark.parametrize(
    ("df", "shift", "scale"), [(1.5, 2.0, 3.0), (1.2, -1.0, 4.0), (3.0, 0.5, 2.0), (40.0, 1.0, 1.5)]
)
def test_transport_of_power_tails_has_no_rounding_of_their_cdfs(df: float, shift: float, scale: float) -> None:
    """t(df) to its own affine image: F_p − F_q changes sign once, and ∫ F from −∞ is z F + f (df + z²)/(df − 1)."""
    with mpmath.workdps(40):
        nu, a, s = mpmath.mpf(df), mpmath.mpf(shift), mpmath.mpf(scale)
        z = a / (1 - s)  # where z = (z − a)/s
        half = mpmath.betainc(nu / 2, 0.5, 0, nu / (nu + z * z), regularized=True) / 2
        height = mpmath.exp(-mpmath.log(mpmath.beta(nu / 2, 0.5)) - mpmath.log(nu) / 2) * (1 + z * z / nu) ** (
            -(nu + 1) / 2
        )
        area = z * (half if z < 0 else 1 - half) + height * (nu + z * z) / (nu - 1)
        exact = (s - 1) * area + abs(a + (s - 1) * area)
    found = wasserstein_distance(StudentT(df), StudentT(df, shift, scale))
    assert abs(found.value - exact) <= found.error < 1e-12


@pytest.mark.parametrize(
    ("p", "q"),
    [("expon", "gamma(2)"), ("expon", "gamma(2.5)"), ("beta(0.5, 0.5)", "uniform(0, 1)"), ("gamma(0.3)", "expon"),
     ("uniform(1, 1)", "beta(2, 2, 1, 1)")],
)  # fmt: skip
def test_an_integral_that_diverges_beside_a_finite_end_is_infinite(p: str, q: str) -> None:
    """p²/q falls as 1/x or more slowly: 344 ± 1.1 of the first was what floats resolve of it."""
    assert f_divergence(p, q, "(u - 1)**2").value == math.inf


@pytest.mark.parametrize(
    ("p", "q", "exact"),
    [
        ("expon", "gamma(1.9)", math.gamma(1.9) * math.gamma(0.1) - 1.0),
        ("expon", "gamma(0.3)", math.gamma(0.3) * math.gamma(1.7) - 1.0),
        ("uniform(0, 1)", "beta(0.5, 0.5)", math.pi**2 / 8.0 - 1.0),
        ("gamma(2)", "expon", 1.0),
    ],
)
def test_an_integrable_singularity_at_an_end_is_a_number(p: str, q: str, exact: float) -> None:
    """A pole that is weak enough, or a density that vanishes: what diverges elsewhere does not here."""
    found = f_divergence(p, q, "(u - 1)**2")
    assert abs(found.value - exact) <= found.error + 4e-15 * exact
    assert found.error < 1e-11 * exact


def test_a_pole_beyond_what_floats_resolve_is_not_told_to_digits() -> None:
    """x^-0.97: a thousandth of it lies below 1e-100."""
    with pytest.raises(ConvergenceError) as raised:
        f_divergence("expon", "gamma(1.97)", "(u - 1)**2")
    best = raised.value.best
    assert best is not None
    assert abs(float(best.value) - (math.gamma(1.97) * math.gamma(0.03) - 1.0)) <= float(best.error)


# -- a tail like exp(-e^x) ---------------------------------------------------------------------------------------------


def test_a_log_density_that_falls_like_an_exponential_is_no_power() -> None:
    """q of log z, z exponential: -log q grows like e^x, and E_p of it is 1/(1 - b²) for Laplace(0, b), b < 1."""
    q = Pushforward("log(z)", "expon")
    assert kl_divergence("laplace(0, 0.5)", q).value == pytest.approx(1.0 / 3.0, abs=1e-12)
    assert 1.0 / 3.0 in kl_divergence("laplace(0, 0.5)", q)
    for p in ("logistic", "laplace", "laplace(0, 2)"):
        assert kl_divergence(p, q).value == math.inf
    assert kl_divergence("logistic", Pushforward("-log(z)", "expon")).value == math.inf
    with pytest.raises(ConvergenceError, match="may be infinite"):
        kl_divergence("laplace(0, 0.99999)", q)


def _exactly(p: Discrete, q: Discrete) -> dict[str, mpmath.mpf]:
    """The divergences of masses that are divided by their sums, at 60 digits."""
    with mpmath.workdps(60):
        first, second = ([mpmath.mpf(mass) / mpmath.fsum(law.masses) for mass in law.masses] for law in (p, q))
        both = list(zip(first, second, strict=True))
        return {
            "kl": mpmath.fsum(a * mpmath.log(a / b) for a, b in both),
            "js": mpmath.fsum(a * mpmath.log(2 * a / (a + b)) + b * mpmath.log(2 * b / (a + b)) for a, b in both) / 2,
            "tv": mpmath.fsum(abs(a - b) for a, b in both) / 2,
        }


def test_masses_that_sum_to_1_but_for_rounding_are_divided_by_their_sum() -> None:
    """Their sum is 1 − 6e-17, say: KL of nearly equal laws was negative, and TV off in its fifth digit."""
    rng = np.random.default_rng(20)
    for _ in range(150):
        n = int(rng.integers(2, 7))
        masses = rng.random(n) + 1e-3
        others = masses * np.exp(rng.normal(size=n) * 10.0 ** rng.uniform(-10, 1))
        p, q = (Discrete(range(n), m / m.sum()) for m in (masses, others))
        if len(q.masses) < n:
            continue
        found = {"kl": kl_divergence(p, q), "js": js_divergence(p, q), "tv": total_variation(p, q)}
        for name, exact in _exactly(p, q).items():
            assert abs(mpmath.mpf(float(found[name].value)) - exact) <= float(found[name].error), (name, p, q)
    assert kl_divergence(Discrete([0, 1], [0.5, 0.5 - 1e-15]), Discrete([0, 1], [0.5, 0.5])).value > 0
