"""What is exact stays exact on every way into an enclosure; what is not is refused, and never silently rounded."""

from __future__ import annotations

import copy
import pickle
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
import scipy.stats
import sympy
import sympy.stats

import gantheory as gt
from gantheory.certified import enclose_js_divergence, enclose_kl_divergence, exact_law, is_elementary
from gantheory.certified.reading import as_computed
from gantheory.densities import as_density, parse_density
from gantheory.errors import DomainError, ParseError
from gantheory.verify.options import parsed
from gantheory.verify.own_pair import own_pair

Exponential: Any = gt.Exponential  # as Any: the signatures say float, which is what a parameter becomes
Mixture: Any = gt.Mixture
Normal: Any = gt.Normal
Uniform: Any = gt.Uniform
TENTH, THIRD = Fraction(1, 10), Fraction(1, 3)
PICKLED = pickle.loads(pickle.dumps(parse_density("0.1*norm + 0.9*norm(0.1)")))  # noqa: S301  # our own bytes
SAME: dict[str, tuple[Any, str]] = {
    "text": ("norm(0.1, 1)", "norm(1/10, 1)"),
    "a text that was read": (parse_density("norm(0.1, 1)"), "norm(1/10, 1)"),
    "a prior": (gt.Pushforward("z", "norm(0.1, 1)"), "norm(1/10, 1)"),
    "a prior that was read": (gt.Pushforward("2*z", parse_density("norm(0.1, 1)")), "norm(1/5, 2)"),
    "a coefficient": (gt.Pushforward("0.1*z + 1/3"), "norm(1/3, 1/10)"),
    "a mixture as prior": (gt.Pushforward("z", "0.1*norm + 0.9*norm(0.1)"), "0.1*norm + 0.9*norm(1/10)"),
    "Fraction": (Normal(THIRD, 1), "norm(1/3, 1)"),
    "Decimal": (Normal(Decimal("0.1"), 1), "norm(1/10, 1)"),
    "str": (Normal("0.1", 1), "norm(1/10, 1)"),
    "a large int": (Normal(2**60 + 1, 1), f"norm({2**60 + 1}, 1)"),
    "a large int of numpy": (Normal(np.int64(2**60 + 1), 1), f"norm({2**60 + 1}, 1)"),
    "named parameters": (Exponential(scale=THIRD), "expon(0, 1/3)"),
    "ends": (Uniform(TENTH, THIRD), "uniform(0.1, 7/30)"),
    "ends as text": ("uniform(a=0.1, b=1/3)", "uniform(0.1, 7/30)"),
    "a width": (parse_density("uniform(0.1, 0.2)"), "uniform(a=0.1, b=0.3)"),
    "weights": (
        Mixture([Normal(), Normal(1), Normal(2)], [THIRD, Fraction(1, 5), Fraction(7, 15)]),
        "(1/3)*norm + 0.2*norm(1) + (7/15)*norm(2)",
    ),
    "equal weights": (
        Mixture([Mixture([Normal(), Normal(1), Normal(2)]), Normal(5)]),
        "(1/6)*norm + (1/6)*norm(1) + (1/6)*norm(2) + 0.5*norm(5)",
    ),
    "laws of different origin": (
        Mixture([parse_density("0.1*norm + 0.9*norm(0.1)"), Normal(THIRD)], [Decimal("0.3"), Decimal("0.7")]),
        "0.03*norm + 0.27*norm(0.1) + 0.7*norm(1/3)",
    ),
    "scipy": (scipy.stats.norm(TENTH, 1), "norm(1/10, 1)"),
    "scipy's uniform": (scipy.stats.uniform(Decimal("0.1"), THIRD), "uniform(1/10, 1/3)"),
    "sympy": (sympy.stats.Normal("x", sympy.Rational(1, 3), 1), "norm(1/3, 1)"),
    "a rate of sympy": (sympy.stats.Exponential("x", sympy.Rational(3, 10)), "expon(0, 10/3)"),
    "pickled": (PICKLED, "0.1*norm + 0.9*norm(1/10)"),
    "copied": (copy.deepcopy(Normal(THIRD)), "norm(1/3, 1)"),
}


@pytest.mark.parametrize("way", SAME)
def test_exact_numbers_stay_exact(way: str) -> None:
    """However they came in: the law is the one that they name, and 0 from it."""
    law, text = SAME[way]
    assert exact_law(law) == exact_law(text)
    assert enclose_js_divergence(law, text).upper == 0


@pytest.mark.parametrize("way", [way for way, (law, _) in SAME.items() if not isinstance(law, gt.Pushforward)])
def test_a_law_has_the_floats_that_it_had(way: str) -> None:
    """What it was made of is no part of its value, and the law of its floats is another one."""
    law = as_density(SAME[way][0])
    again = parse_density(str(law))
    assert again == law
    assert hash(again) == hash(law)
    assert repr(again) == repr(law)
    assert as_computed(law) != exact_law(law)


def test_floats_are_taken_at_their_exact_value() -> None:
    """Of any library: no decimal is read into them, float32 included."""
    for number in (0.1, np.float64(0.1), np.float32(0.1), sympy.Float(0.1), np.array(0.1)):
        law = as_density(sympy.stats.Normal("x", number, 1)) if isinstance(number, sympy.Float) else Normal(number)
        assert exact_law(law).location == Fraction(float(number)), repr(number)
    assert exact_law(scipy.stats.norm(0.1, 1)).location == Fraction(0.1)
    weights = [w for _, w in exact_law(Mixture([Normal(), Normal(1)], [0.3, 0.7])).parts]  # type: ignore[attr-defined]
    assert sorted(weights) == [w / (Fraction(0.3) + Fraction(0.7)) for w in (Fraction(0.3), Fraction(0.7))]
    long = np.longdouble("0.1")
    assert exact_law(Normal(long)).location == Fraction(*map(int, long.as_integer_ratio()))


def test_a_proof_about_a_prior_is_of_the_decimals() -> None:
    """KL is 0.005, and 0.005 is not proved to be another number."""
    found = enclose_kl_divergence(gt.Pushforward("z", "norm(0.1,1)"), "norm(0,1)")
    assert not found.separates(Decimal("0.005"))
    floats = enclose_kl_divergence(gt.Pushforward("z", Normal(0.1, 1)), "norm(0,1)")
    assert floats.separates(Decimal("0.005"))
    assert Fraction(0.1) ** 2 / 2 in floats


@pytest.mark.parametrize(
    ("law", "error", "message"),
    [
        (Normal(sympy.pi, 1), DomainError, "mu of p = .* was given as pi, of which no exact value is known"),
        (Normal(0, sympy.sqrt(2)), DomainError, r"sigma of p = .* was given as sqrt\(2\)"),
        (sympy.stats.Normal("x", sympy.pi, 1), DomainError, "was given as pi"),
        (Mixture([Normal(), Normal(1)], [sympy.pi - 3, 4 - sympy.pi]), DomainError, "a weight of p"),
        (scipy.stats.norm(sympy.pi, 1), DomainError, "loc of p .* was given as pi"),
        (parse_density("norm(pi, 1)"), ParseError, "no rational number"),
        (gt.Pushforward("z", Normal(sympy.pi)), DomainError, "was given as pi"),
    ],
)
def test_what_is_not_exact_is_refused(law: Any, error: type[Exception], message: str) -> None:
    """And the law itself is as good as ever."""
    with pytest.raises(error, match=message):
        enclose_js_divergence(law, "norm")
    assert not is_elementary(law)
    assert float(as_density(law).pdf(0.0)) > 0


def test_the_command_line_is_exact() -> None:
    """--p-data, --p-g and --prior."""
    case, _ = own_pair(parsed(["--p-data", "norm(0.1,1)", "--generator", "z", "--prior", "norm(1/10,1)"]))
    assert enclose_js_divergence(case.p_data, case.p_g).upper == 0
