"""Test the tester: in every derivation each checked line is tried with a planted error, and must not be proved.

A factor of 1.0005, a turned sign, one more power of a symbol; a turned inequality; a sum, a multiple or an integral
that is off by the same factor. The derivation itself goes on with the true line.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sympy

from gantheory.symbolic import derivations, inequalities
from gantheory.symbolic.functionals import Functional
from gantheory.symbolic.proof import Proof
from gantheory.symbolic.zero_test import Decision

OFF = sympy.Rational(2001, 2000)
TURNED = {">": "<", ">=": "<", "<": ">", "<=": ">"}
CLAIMS = {"equal": 1, "derivative": 3, "limit": 2}  # the place of what is claimed


def planted(claimed: Any) -> Iterator[Any]:
    """The claim with a small error, of each kind that it can have."""
    claimed = sympy.sympify(claimed)
    if claimed == 0:
        yield OFF - 1
    else:
        yield -claimed
        yield from [OFF * claimed] if claimed.is_finite is not False else []
        if claimed.free_symbols and not claimed.has(Functional):
            yield claimed * min(claimed.free_symbols, key=str)


def scratch(proof: Proof) -> Proof:
    """A copy on which a line may be tried."""
    tried = copy.copy(proof)
    for name, held in vars(proof).items():
        setattr(tried, name, held.copy() if isinstance(held, list | dict) else held)
    return tried


class Planter:
    """Tries every line with its errors before the derivation writes it; `passed` holds what was proved all the same."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.tried, self.passed = 0, []
        for name, place in CLAIMS.items():
            monkeypatch.setattr(Proof, name, self.line(getattr(Proof, name), place))
        monkeypatch.setattr(Proof, "compare", self.comparison(Proof.compare))
        monkeypatch.setattr(Proof, "same_mass", self.line(Proof.same_mass, 2))
        for owner, name, place in ((inequalities, "_sum", 1), (Proof, "_adds_up", 1), (Proof, "_carried", 2)):
            monkeypatch.setattr(owner, name, self.decision(getattr(owner, name), place))

    def note(self, what: Any, wrong: Any, proved: bool) -> None:
        self.tried += 1
        if proved:
            self.passed.append((what, wrong))

    def line(self, write: Callable[..., int], place: int) -> Callable[..., int]:
        """`place` counts from the proof's first argument."""

        def tried(proof: Proof, *arguments: Any, **options: Any) -> int:
            for wrong in planted(arguments[place]):
                trial = scratch(proof)
                write(trial, *arguments[:place], wrong, *arguments[place + 1 :], **options)
                self.note(arguments, wrong, trial.steps[-1].proved)
            return write(proof, *arguments, **options)

        return tried

    def comparison(self, write: Callable[..., int]) -> Callable[..., int]:
        def tried(proof: Proof, lhs: Any, relation: Any, rhs: Any, *rest: Any, **options: Any) -> int:
            trial = scratch(proof)
            write(trial, lhs, TURNED[relation], rhs, *rest, **options)
            self.note((lhs, rhs), TURNED[relation], trial.steps[-1].proved)
            return write(proof, lhs, relation, rhs, *rest, **options)

        return tried

    def decision(self, decide: Callable[..., Decision], place: int) -> Callable[..., Decision]:
        """The difference that premises must add up to, or that a premise must carry over."""

        def tried(*arguments: Any) -> Decision:
            wrong = OFF * arguments[place]
            self.note(arguments, wrong, decide(*arguments[:place], wrong, *arguments[place + 1 :]).proved)
            return decide(*arguments)

        return tried


@pytest.mark.parametrize("name", derivations)
def test_no_line_is_proved_with_a_planted_error(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The true derivation is proved, and each of its lines is refused as soon as it is slightly false."""
    planter = Planter(monkeypatch)
    assert derivations[name]().proved
    assert planter.tried >= 3
    assert planter.passed == []


def test_a_checker_that_nods_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the zero test says yes to all, the planted errors pass and are held against it."""
    monkeypatch.setattr("gantheory.symbolic.proof.is_zero", lambda *arguments: Decision("proved", "a nod"))
    planter = Planter(monkeypatch)
    derivations["alg1.vanishing"]()
    assert len(planter.passed) > 10
