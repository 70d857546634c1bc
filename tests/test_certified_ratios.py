"""Log-ratios on wide balls: what they enclose is the ratio at every point; where laws fall alike it is narrow."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from flint import acb, arb
from hypothesis import given
from hypothesis import strategies as st

from gantheory.certified import enclose_criterion, enclose_js_divergence, enclose_total_variation
from gantheory.certified.balls import finite, precision
from gantheory.certified.places import Place
from gantheory.certified.ratios import log_ratio
from gantheory.certified.reading import exact_law

BOTH = "0.5*laplace(0, 1) + 0.5*logistic(0, 1)"
SHIFTED = "0.5*expon(-1e-8, 1) + 0.5*expon(0, 1)"
LAWS = [
    "norm(0.3, 1)",
    "norm(0.3, 2)",
    "norm(-4, 0.001)",
    "logistic(0, 1)",
    "logistic(0.001, 1)",
    "logistic(-1, 30)",
    "laplace(0, 1)",
    "expon(-1, 1)",
    "gamma(2.5, -1, 1)",
    "gamma(0.5, 0, 3)",
    "weibull_min(1.5, -1, 2)",
    "t(3)",
    "cauchy(1, 2)",
    BOTH,
    "0.9*norm(0.3, 1) + 0.1*norm(1, 0.001)",
    "0.25*gamma(2.5, -1, 1) + 0.25*expon + 0.5*cauchy",
]


@given(
    st.sampled_from(LAWS),
    st.sampled_from(LAWS),
    st.fractions(Fraction(1, 1000), 50),
    st.fractions(0, 40),
    st.fractions(0, 3),
    st.fractions(-1, 1),
    st.fractions(-1, 1),
)
def test_a_ball_holds_the_ratio_at_each_of_its_points(
    p: str, q: str, middle: Fraction, width: Fraction, height: Fraction, along: Fraction, up: Fraction
) -> None:
    """On real and complex balls about middle, to the right of 1, where every kink is behind."""
    one, other = exact_law(p), exact_law(q)
    with precision(80):
        at = _number(middle)

        def place(offset: acb) -> Place:
            return Place(Fraction(1), 1, offset, None, Fraction(2), analytic=True)

        def ball_of(x: Fraction, y: Fraction) -> acb:
            return acb(at + arb(0, 1) * _number(x), arb(0, 1) * _number(y))

        wide = log_ratio(one, other, place(ball_of(width, height)))
        point = place(acb(at + _number(along * width), _number(up * height)))
        exact = one.log_density(point) - other.log_density(point)
        # what must be analytic says where it is not, and may be another branch of a logarithm
        if finite(wide) and finite(exact):
            assert wide.exp().overlaps(exact.exp())


def _number(x: Fraction) -> arb:
    return arb(x.numerator) / x.denominator


def test_tails_that_fall_alike_have_a_narrow_ratio() -> None:
    """Of a Laplace and a logistic law on [10, 10^6]: log ½ within e^−10; and with both in one mixture."""
    with precision(80):
        far = Place(Fraction(0), 1, acb(arb(10).union(arb(10) ** 6)), None, Fraction(1), analytic=True)
        for p, q in (("laplace", "logistic"), (BOTH, "logistic"), (BOTH, "laplace")):
            found = log_ratio(exact_law(p), exact_law(q), far)
            assert found.real.rad() < 1e-3, (p, q)


# by mpmath at 40 digits, in the variable asinh x, with log-densities of its own
@pytest.mark.parametrize(
    ("enclose", "p", "q", "exact"),
    [
        (enclose_js_divergence, "cauchy", BOTH, "0.0381416537993220792952783189295"),
        (enclose_criterion, "t(3)", BOTH, "-1.37662503368650891457736953562"),
        (enclose_total_variation, "cauchy", BOTH, "0.1333179161028322167734968"),
        (enclose_js_divergence, "t(2, 1, 2)", SHIFTED, "0.230750538603676094023249591219"),
    ],
)
def test_mixtures_of_parts_that_fall_alike(enclose: object, p: str, q: str, exact: str) -> None:
    """Beside a power tail: on wide balls the parts' logarithms say nothing of one another, their ratio does."""
    found = enclose(p, q, digits=20)  # type: ignore[operator]
    assert Decimal(exact) in found
    assert found.width < Decimal("1e-19")
