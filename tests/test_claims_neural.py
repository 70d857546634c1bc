"""The price of a bounded z is compared with its formula, in every reading that names it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from gantheory import gains, path, records
from gantheory.claims.neural import HYPOTHESES
from gantheory.claims.statement import Verdict, judge
from gantheory.estimate import Estimate
from gantheory.panel import PANEL


def _verdict(words: str) -> Verdict:
    """On the one statement without networks that has these words."""
    given = HYPOTHESES.statements["N"]
    found = [s for s in (given if isinstance(given, tuple) else (given,)) if words in s.text]
    assert len(found) == 1
    return judge(found[0], [replace(PANEL[0], _memo={})]).verdict


def test_a_wrong_formula_of_the_price_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Off by a millionth of itself wherever it is asked for."""
    assert _verdict("the price named") is Verdict.HOLDS
    true = gains._price
    monkeypatch.setattr(gains, "_price", lambda a: true(a) * (1 + 1e-6))
    assert _verdict("the price named") is Verdict.REFUTED


@pytest.mark.parametrize("module", [path, records], ids=["in function space", "of a Tracker"])
def test_a_wrong_price_of_one_kind_of_run_is_seen(module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a share of p_data's mass that is off by a millionth."""
    true = module.capacity_price

    def off(share: Estimate) -> Estimate:
        return true(Estimate(share.value * (1 - 1e-6), share.error, share.basis))

    monkeypatch.setattr(module, "capacity_price", off)
    assert _verdict("the price named") is Verdict.REFUTED


def test_a_generator_of_bounded_z_is_read_as_short_of_capacity(monkeypatch: pytest.MonkeyPatch) -> None:
    """The runs are read as they are to be, G(z) = z of a Tracker among them; with no price there is less to read."""
    assert _verdict("read otherwise") is Verdict.HOLDS
    monkeypatch.setattr("gantheory.claims.neural._price", lambda a: 0.01)  # a witness below τ: it lacks nothing
    assert _verdict("read otherwise") is Verdict.REFUTED
