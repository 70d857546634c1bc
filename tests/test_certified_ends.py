"""What is decided before anything is integrated: laws that share nothing, infinity, and a D that is a constant."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

import gantheory as gt
from gantheory.certified import (
    Enclosure,
    enclose_cauchy_game,
    enclose_criterion,
    enclose_js_divergence,
    enclose_kl_divergence,
    enclose_total_variation,
    enclose_value,
    log_2,
)
from gantheory.errors import DomainError

APART: list[tuple[Any, Any]] = [
    ("beta(2, 2)", "beta(2, 2, 1, 1)"),
    ("uniform(0, 1)", "expon(5)"),
    ("expon(1)", "beta(0.5, 1)"),
    (gt.Pushforward("exp(z)"), gt.Pushforward("-exp(z)")),
    (gt.Pushforward("log(z)", "expon(1)"), gt.Pushforward("log(z)", "beta(0.5, 1)")),
    ("0.5*uniform(0, 1) + 0.5*expon(5)", "uniform(2, 1)"),
]


@pytest.mark.parametrize(("p", "q"), APART)
def test_laws_that_share_nothing(p: Any, q: Any) -> None:
    """C is 0, V at D* too, JSD is log 2, TV is 1, KL is infinite: exactly."""
    zero, one = (Enclosure(Decimal(number), Decimal(number)) for number in (0, 1))
    assert enclose_criterion(p, q, digits=3) == enclose_value(p, q, (p, q), digits=3) == zero
    assert enclose_total_variation(p, q) == one
    assert enclose_kl_divergence(p, q).lower == Decimal("Infinity")
    assert log_2(60) in enclose_js_divergence(p, q, digits=40)
    assert enclose_js_divergence(p, q, digits=40).width < Decimal("1e-40")


def test_laws_that_share_a_little() -> None:
    """A piece on which one lives alone adds nothing to C, however much lies there; the rest is above −log 4 and below 0."""
    # on [1 - 1e-9, 1] both densities are 1, and D* is 1/2: C is 2e-9 log(1/2)
    found = enclose_criterion("uniform(0, 1)", "uniform(0.999999999, 1)", digits=20)
    assert Decimal("-1.386294361119890618834464242916353136151E-9") in found
    # D is 1 where p lives alone, so that V = C here as well
    laws = "uniform(0, 1)", "uniform(0.999999999, 1)"
    assert Decimal("-1.386294361119890618834464242916353136151E-9") in enclose_value(*laws, laws, digits=20)


@pytest.mark.parametrize("kind", [np.int64, np.int32, np.uint8])
def test_whole_numbers_of_numpy_are_digits(kind: Any) -> None:
    """And are checked as others are."""
    assert enclose_js_divergence("norm", "norm(1)", digits=kind(7)) == enclose_js_divergence(
        "norm", "norm(1)", digits=7
    )
    for enclose in (enclose_js_divergence, enclose_criterion, enclose_cauchy_game):
        with pytest.raises(DomainError, match="whole number from 1 to 1000"):
            enclose("cauchy", "cauchy", digits=kind(0))
    with pytest.raises(DomainError, match="whole number from 1 to 1000"):
        enclose_js_divergence("norm", "norm(1)", digits=np.True_)  # type: ignore[arg-type]
