"""Claims planted for the tests of the command line: one that holds, one that does not, one that nobody can decide."""

from __future__ import annotations

from typing import Any

from gantheory.claims.statement import Claim, Statement
from gantheory.estimate import Estimate

QUICK = ("value.constant-half", "--level", "quick")  # a claim that is decided in no time


def planted(name: str, residual: Any, control: Any = 1.0) -> Claim:
    """A claim with one numerical statement, and a control whose residual is given."""
    wrong = Statement("a counterfeit", lambda case: control, cases=("normal-shift",))
    return Claim(
        f"planted.{name}", f"about {name}", "a test", {"N": Statement("x = 0", lambda case: residual())}, (wrong,)
    )


def good() -> Estimate:
    return Estimate(0.0, 1e-16)


def bad() -> Estimate:
    return Estimate(1e-3, 1e-16)


def unknown() -> Estimate:
    raise ArithmeticError("no idea")
