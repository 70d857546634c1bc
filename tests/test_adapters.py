"""Other libraries' laws at the door: recognised exactly, or adapted and checked, or refused with the remedy."""

# pyright: reportAttributeAccessIssue=false, reportArgumentType=false
# (wrong types are what some tests give; scipy's stubs do not know its frozen laws)

from __future__ import annotations

import copy
import math
import pickle
import subprocess
import sys

import numpy as np
import pytest
import sympy
import sympy.stats
from scipy import special, stats

from gantheory.densities import (
    Beta,
    Cauchy,
    Discrete,
    Exponential,
    Foreign,
    Gamma,
    Laplace,
    Logistic,
    Mixture,
    Normal,
    StudentT,
    Uniform,
    Weibull,
    as_density,
)
from gantheory.densities.adapters import ADAPTERS, adapted
from gantheory.divergences import entropy, js_divergence
from gantheory.errors import ConvergenceError, DomainError

HALF, THIRD = sympy.Rational(1, 2), sympy.Rational(1, 3)


# -- scipy.stats, frozen -----------------------------------------------------------------------------------------------

EXACT = [
    (stats.norm(1, 2), Normal(1, 2)),
    (stats.norm(loc=1, scale=2), Normal(1, 2)),
    (stats.norm, Normal()),
    (stats.laplace(1, scale=2), Laplace(1, 2)),
    (stats.logistic(), Logistic()),
    (stats.cauchy(1), Cauchy(1, 1)),
    (stats.t(3, 1, 2), StudentT(3, 1, 2)),
    (stats.t(df=3, scale=2), StudentT(3, 0, 2)),
    (stats.uniform(1, 2), Uniform(1, 3)),
    (stats.expon(1, 2), Exponential(2, 1)),
    (stats.gamma(2, 1, 3), Gamma(2, 3, 1)),
    (stats.gamma(a=2, scale=3), Gamma(2, 3)),
    (stats.beta(2, 3, 1, 4), Beta(2, 3, 1, 4)),
    (stats.weibull_min(1.5, scale=2), Weibull(1.5, 2)),
]


@pytest.mark.parametrize(("theirs", "ours"), EXACT, ids=[str(ours) for _, ours in EXACT])
def test_scipy_families_are_ours_exactly(theirs, ours):
    """A recognised name is our own family, with its bounds."""
    assert as_density(theirs) == ours
    assert as_density(theirs).basis == "bound"


@pytest.mark.parametrize(("theirs", "ours"), EXACT, ids=[str(ours) for _, ours in EXACT])
def test_and_they_are_the_same_law(theirs, ours):
    """pdf and cdf at quantiles are scipy's."""
    x = theirs.ppf([0.01, 0.3, 0.5, 0.9])
    np.testing.assert_allclose(ours.pdf(x), theirs.pdf(x), rtol=1e-10)
    np.testing.assert_allclose(ours.cdf(x), theirs.cdf(x), rtol=1e-10)


OTHERS = [
    stats.lognorm(0.5),
    stats.lognorm(3, scale=10),
    stats.chi2(3),
    stats.gumbel_r(1, 2),
    stats.pareto(1.5),
    stats.triang(0.3),
    stats.truncnorm(-1, 2),
    stats.levy(),
    stats.halfcauchy(),
    stats.genextreme(0.2),
    stats.f(3, 5),
    stats.arcsine(),
    stats.rdist(1.6),
    stats.skewnorm(4),
    stats.norm(0, 1).dist(1e5, 1e-3),
]


@pytest.mark.parametrize("theirs", OTHERS, ids=lambda law: law.dist.name)
def test_other_scipy_laws_are_adapted(theirs):
    """Density, cdf, quantiles and the mass of a family that is not ours."""
    law = as_density(theirs)
    x = theirs.ppf([0.001, 0.3, 0.5, 0.9])
    np.testing.assert_allclose(law.pdf(x), theirs.pdf(x), rtol=1e-12)
    np.testing.assert_allclose(law.cdf(x), theirs.cdf(x), rtol=1e-12)
    np.testing.assert_allclose(law.ppf([0.1, 0.7]), theirs.ppf([0.1, 0.7]), rtol=1e-12)
    assert law.support() == theirs.support()
    assert getattr(law, "mass_error", 0.0) < 1e-8


def test_js_divergence_of_an_adapted_law():
    """JSD is invariant under increasing maps: log-normals at exp have the JSD of their normals."""
    exact = js_divergence(Normal(0, 0.5), Normal(1, 0.7))
    found = js_divergence(stats.lognorm(0.5), stats.lognorm(0.7, scale=math.e))
    assert abs(found.value - exact.value) <= found.error + exact.error
    assert found.error < 1e-12


DISCRETE = [
    stats.poisson(3),
    stats.poisson(1e4),
    stats.binom(10, 0.3),
    stats.geom(0.05),
    stats.nbinom(5, 0.5),
    stats.randint(1, 7),
    stats.skellam(3, 4),
    stats.zipf(4),
    stats.poisson(3, loc=-2),
]


@pytest.mark.parametrize("theirs", DISCRETE, ids=lambda law: law.dist.name)
def test_discrete_scipy_laws_become_atoms(theirs):
    """Every atom of mass above 1e-300 near the median, all of the mass but what mass_error says."""
    law = as_density(theirs)
    locations, masses = law.atoms()
    np.testing.assert_allclose(masses, theirs.pmf(locations), rtol=1e-8)
    assert law.mass_error < 1e-9
    assert law.basis == "estimate"
    middle = theirs.ppf([0.01, 0.5, 0.99])
    np.testing.assert_allclose(law.cdf(middle), theirs.cdf(middle), rtol=1e-8)


def test_a_table_of_values_is_discrete():
    """rv_discrete(values=...), at numbers that need not be integers."""
    theirs = stats.rv_discrete(values=([1.5, 2, 5], [0.2, 0.3, 0.5]))
    assert as_density(theirs) == as_density(theirs()) == Discrete([1.5, 2, 5], [0.2, 0.3, 0.5])


def test_a_heavy_discrete_law_does_not_end():
    """zipf(1.5): a million atoms hold less than all but 1e-9, and the best estimate says how much."""
    with pytest.raises(ConvergenceError, match="Truncate") as caught:
        as_density(stats.zipf(1.5))
    assert caught.value.best is not None
    assert 1.0 in caught.value.best


def test_histograms_and_user_s_generators():
    """rv_histogram, and a subclass of rv_continuous in the user's own module."""
    theirs = stats.rv_histogram(np.histogram(np.arange(100.0) ** 0.5))
    law = as_density(theirs)
    assert law.mass_error < 1e-9
    np.testing.assert_allclose(law.pdf([0.3, 5.1, 9.0]), theirs.pdf([0.3, 5.1, 9.0]))

    class Parabola(stats.rv_continuous):
        def _pdf(self, x):
            return 0.75 * (1 - x * x)

    law = as_density(Parabola(a=-1, b=1, name="norm")())
    assert isinstance(law, Foreign), "a user's family may have the name of one of ours"
    assert float(law.pdf(0.0)) == 0.75


# -- scipy.stats, the new style ------------------------------------------------------------------------------


def test_new_style_families():
    """Normal, Uniform and Mixture are read once, into our own."""
    wide = stats.Normal(mu=1, sigma=2)
    assert as_density(wide) == Normal(1, 2)
    assert as_density(stats.Normal()) == Normal()
    assert as_density(stats.Uniform(a=1, b=3)) == Uniform(1, 3)
    mixed = stats.Mixture([wide, stats.Normal()], weights=[0.3, 0.7])
    assert as_density(mixed) == Mixture([Normal(1, 2), Normal()], [0.3, 0.7])
    assert pickle.loads(pickle.dumps(as_density(wide))) == Normal(1, 2)  # noqa: S301 (our own bytes)


@pytest.mark.parametrize(
    ("theirs", "x", "exact"),
    [
        (stats.make_distribution(stats.gamma)(a=2.0), 1.5, stats.gamma(2)),
        (2 * stats.Normal(mu=1, sigma=2) + 1, 2.0, stats.norm(3, 4)),
        (stats.truncate(stats.Normal(), -1, 2), 0.5, stats.truncnorm(-1, 2)),
    ],
    ids=["gamma", "affine", "truncated"],
)
def test_other_new_style_laws(theirs, x, exact):
    """Known by their methods; never shipped, for a copy would be another law."""
    law = as_density(theirs)
    assert law.mass_error < 1e-12
    assert float(law.pdf(x)) == pytest.approx(exact.pdf(x), rel=1e-12)
    assert float(law.cdf(x)) == pytest.approx(exact.cdf(x), rel=1e-12)
    assert float(law.sf(x)) == pytest.approx(exact.sf(x), rel=1e-12)
    assert float(copy.deepcopy(law).pdf(x)) == float(law.pdf(x))
    with pytest.raises(DomainError, match="cannot be pickled"):
        pickle.dumps(law)


def test_new_style_discrete():
    """scipy.stats.Binomial, in those versions that have it."""
    if not hasattr(stats, "Binomial"):
        pytest.skip("this scipy has no new-style Binomial")
    law = as_density(stats.Binomial(n=5, p=0.3))
    np.testing.assert_allclose(law.masses, stats.binom(5, 0.3).pmf(np.arange(6)), rtol=1e-12)


# -- sympy.stats ---------------------------------------------------------------------------------------------

SYMPY = [
    (sympy.stats.Normal("X", 1, 2), Normal(1, 2)),
    (sympy.stats.Exponential("X", 4), Exponential(0.25)),
    (sympy.stats.Beta("X", 2, HALF), Beta(2, 0.5)),
    (sympy.stats.Gamma("X", 2, 3), Gamma(2, 3)),
    (sympy.stats.Laplace("X", 1, 2), Laplace(1, 2)),
    (sympy.stats.Logistic("X", 1, 2), Logistic(1, 2)),
    (sympy.stats.Cauchy("X", 1, 2), Cauchy(1, 2)),
    (sympy.stats.StudentT("X", 3), StudentT(3)),
    (sympy.stats.Uniform("X", 1, 3), Uniform(1, 3)),
    (sympy.stats.Weibull("X", 2, 3), Weibull(3, 2)),
    (sympy.stats.Die("X", 4), Discrete([1, 2, 3, 4], [0.25] * 4)),
    (sympy.stats.Bernoulli("X", THIRD), Discrete([0, 1], [float(1 - THIRD), float(THIRD)])),
    (sympy.stats.FiniteRV("X", {0: HALF, 5: HALF}), Discrete([0, 5], [0.5, 0.5])),
]


@pytest.mark.parametrize(("theirs", "ours"), SYMPY, ids=[str(ours) for _, ours in SYMPY])
def test_sympy_families_are_ours(theirs, ours):
    """Recognised distributions, with sympy's order of parameters; the densities agree at a point inside."""
    law = as_density(theirs)
    assert law == ours
    if ours.continuous_mass:
        x = float(ours.ppf(0.37))
        wanted = float(sympy.stats.density(theirs)(sympy.Symbol("x")).subs("x", x).evalf(30))
        assert float(law.pdf(x)) == pytest.approx(wanted, rel=1e-13)


@pytest.mark.parametrize(
    ("theirs", "outside", "x"),
    [
        (sympy.stats.LogNormal("X", 0, 1), -1.0, 1.5),
        (sympy.stats.ChiSquared("X", 3), -1.0, 2.0),
        (sympy.stats.Pareto("X", 1, 2), 0.5, 1.5),
        (sympy.stats.Arcsin("X", 0, 1), 1.5, 0.3),
        (sympy.stats.Gumbel("X", 1, 2), None, 0.3),
        (sympy.stats.ContinuousRV(sympy.Symbol("y"), 2 * sympy.Symbol("y"), set=sympy.Interval(0, 1)), 2.0, 0.25),
    ],
    ids=lambda value: str(value),
)
def test_other_sympy_densities_keep_their_support(theirs, outside, x):
    """lambdify forgets the set of the distribution; the law does not."""
    law = as_density(theirs)
    assert law.mass_error < 1e-7
    wanted = float(sympy.stats.density(theirs)(sympy.Symbol("x")).subs("x", x).evalf(30))
    assert float(law.pdf(x)) == pytest.approx(wanted, rel=1e-12)
    if outside is not None:
        assert law.pdf(outside) == 0.0


def test_sympy_countable_laws():
    """Poisson and Binomial variables by their probabilities."""
    law = as_density(sympy.stats.Poisson("X", 3))
    np.testing.assert_allclose(law.masses[:10], stats.poisson(3).pmf(np.arange(10)), rtol=1e-12)
    law = as_density(sympy.stats.Binomial("X", 5, THIRD))
    np.testing.assert_allclose(law.masses, stats.binom(5, 1 / 3).pmf(np.arange(6)), rtol=1e-12)


# -- what has a log_prob -------------------------------------------------------------------------------------


class Bounds:
    lower_bound = 0.0

    def check(self, value):
        return value > 0


class TorchLike:
    """An exponential law in torch's manner; it refuses to be asked outside its support, as torch does."""

    batch_shape = ()
    event_shape = ()
    support = Bounds()
    mean = 0.5
    stddev = 0.5

    def log_prob(self, x):
        if (np.asarray(x) <= 0).any():
            raise ValueError("outside the support")
        return math.log(2) - 2 * x

    def icdf(self, u):
        return -np.log1p(-u) / 2


def test_log_prob_with_support_and_moments():
    """The law of an object with log_prob is that of its density; icdf is used."""
    law = as_density(TorchLike())
    assert law.support() == (0.0, math.inf)
    assert {0.5, 0.0} <= set(law.breakpoints().tolist())
    exact, found = js_divergence(Exponential(0.5), "gamma(2)"), js_divergence(TorchLike(), "gamma(2)")
    assert abs(found.value - exact.value) <= found.error + exact.error
    assert float(law.ppf(0.5)) == pytest.approx(math.log(2) / 2)
    assert float(law.cdf(1.0)) == pytest.approx(1 - math.exp(-2))


def test_log_prob_of_a_narrow_law_is_found_by_its_moments():
    """mean and stddev tell where the law lives."""

    class Narrow:
        mean, stddev = 2.7, 1e-6

        def log_prob(self, x):
            return -(((x - 2.7) / 1e-6) ** 2) / 2 - math.log(1e-6 * math.sqrt(2 * math.pi))

        def icdf(self, u):
            raise NotImplementedError

    law = as_density(Narrow())
    assert law.mass_error < 1e-8
    assert float(law.ppf(0.5)) == pytest.approx(2.7, abs=1e-9)


# -- what is refused -----------------------------------------------------------------------------------------


class Batch(TorchLike):
    batch_shape = (3,)


class Counts(TorchLike):
    class support:  # noqa: N801 (torch's name)
        is_discrete = True


BAD = [
    (np.zeros(3), DomainError, ["array", "(3,)", "grid=x", "Grid.counting(x)", "Empirical(samples)"]),
    ([0.5, 0.5], DomainError, ["grid=x", "Grid.counting(x)", "Empirical(samples)"]),
    (Normal, DomainError, ["class Normal", "Normal(...)"]),
    (1.0, DomainError, ["1.0", "Discrete([1.0], [1.0])"]),
    (None, DomainError, ["None", "norm(0, 1)"]),
    ({}, DomainError, ["dict", "logpdf and support"]),
    (object(), DomainError, ["object", "must be a law"]),
    (stats.gamma, DomainError, ["shape parameters a", "gamma(a)"]),
    (stats.norm([0, 1], 1), DomainError, ["loc of norm", "one law at a time"]),
    (stats.norm(0, -1), DomainError, ["sigma", "> 0"]),
    (stats.lognorm(-1), DomainError, ["s=-1.0", "domain"]),
    (stats.poisson(-1), DomainError, ["mu=-1.0", "domain"]),
    (stats.multivariate_normal([0, 0]), DomainError, ["2 variables", "line"]),
    (stats.gaussian_kde(np.random.default_rng(0).normal(size=(2, 9))), DomainError, ["2 dimensions"]),
    (stats.Normal(mu=0, sigma=-1), DomainError, ["nan", "sigma <= 0"]),
    (sympy.stats.Normal("X", 0, sympy.Symbol("s", positive=True)), DomainError, ["free symbols s", ".subs({s"]),
    (sympy.stats.Normal("X", 0, 1) ** 3, DomainError, ["X**3", "random variable"]),
    (sympy.Symbol("x"), DomainError, ["sympy expression"]),
    (sympy.stats.Zeta("X", 2), ConvergenceError, ["ZetaDistribution(2)", "Truncate"]),
    (Batch(), DomainError, ["batch_shape", "(3,)"]),
    (Counts(), DomainError, ["discrete", "Discrete(locations, masses)"]),
]


@pytest.mark.parametrize(("law", "kind", "words"), BAD, ids=[type(law).__name__ for law, _, _ in BAD])
def test_bad_input(law, kind, words):
    """Each is refused, and the message holds what is wrong and what to do."""
    with pytest.raises(kind) as caught:
        as_density(law)
    for word in words:
        assert word in str(caught.value)


def test_a_law_knows_its_own_support():
    """Options that belong to callables are refused with a law, not dropped."""
    for law in (Normal(), "norm(0, 1)"):
        with pytest.raises(DomainError, match="leave support="):
            as_density(law, support=(0, 1))
        with pytest.raises(DomainError, match="breakpoints="):
            as_density(law, breakpoints=[0.0])
    assert as_density(law) is as_density(law)


def test_a_law_comes_back_as_it_is():
    """The door costs nothing for our own."""
    law = Normal()
    assert as_density(law) is law


def test_every_row_of_the_table_is_taken_by_someone():
    """No predicate is shadowed by those above it: each takes at least one of the objects of this file."""
    objects = [law for law, _, _ in BAD] + [stats.norm(), stats.norm, stats.Normal(), TorchLike(), lambda x: x]
    objects += [stats.gaussian_kde([1.0, 2.0, 4.0]), type("User", (), {"logpdf": abs})(), sympy.stats.Die("X", 2)]
    rows = [[i for i, (is_one, _) in enumerate(ADAPTERS) if is_one(o)] for o in objects]
    assert {takers[0] for takers in rows if takers} == set(range(len(ADAPTERS)))


def test_foreign_objects_import_nothing_else():
    """A callable at the door loads neither scipy.stats, sympy nor torch."""
    code = (
        "import sys, math; from gantheory.densities import as_density, Empirical; "
        "as_density(lambda x: 0*x + 1, support=(0, 1)); as_density('norm(0, 1)'); Empirical([1.0, 2.0]); "
        "print(sorted({'scipy.stats', 'sympy', 'torch', 'matplotlib', 'hypothesis'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_adapted_is_the_table_alone():
    """The table does not know texts; `as_density` does."""
    with pytest.raises(DomainError, match="must be a law"):
        adapted(object())


def test_a_shift_by_a_fraction_moves_every_atom():
    """The atoms of poisson(3) shifted by 0.5 lie at k + 0.5."""
    shifted, plain = as_density(stats.poisson(3, 0.5)), as_density(stats.poisson(3))
    assert shifted.atoms()[0] == pytest.approx(plain.atoms()[0] + 0.5, abs=0)
    assert entropy(shifted).value == pytest.approx(entropy(plain).value, rel=1e-12)


def test_a_law_of_the_circle_lives_on_one_turn():
    """scipy repeats the density of vonmises on every turn; its mass is 1 on one."""
    frozen = stats.vonmises(1.0, 0.5)
    law = as_density(frozen)
    assert law.support() == (0.5 - math.pi, 0.5 + math.pi)
    exact = math.log(2 * math.pi * special.i0(1.0)) - special.i1(1.0) / special.i0(1.0)
    found = entropy(law)
    assert abs(found.value - exact) <= found.error
