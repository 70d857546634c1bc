"""A ledger of planted claims, in place of the project's own."""

from __future__ import annotations

from typing import Any

import pytest

from gantheory.claims import Group
from gantheory.claims.statement import Claim


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Replace the claims that the command line finds."""

    def replace(*claims: Claim) -> None:
        monkeypatch.setattr("gantheory.claims.CLAIMS", claims)
        monkeypatch.setattr("gantheory.claims.GROUPS", (Group("planted", "Planted", "x = 0", claims),))

    return replace


@pytest.fixture(autouse=True)
def nobody_says_how_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A parallel test run sets $COLUMNS, which the table obeys."""
    monkeypatch.delenv("COLUMNS", raising=False)
