"""Statements, and the one judge that decides them.

A *statement* is a residual with a relation (``= 0``, ``>= 0``, ``> 0``) that must hold on every pair of laws that
meets its hypotheses. A *control* is a counterfeit: a statement too, known to be false. One judge decides both without
knowing which it was given, so that a judge who nods at everything is found out by the controls.

The residual is an `Estimate`, and only its interval is judged:

* ``= 0`` is refuted where 0 lies outside the interval, and holds where 0 lies inside an interval narrow enough;
* ``>= 0`` is refuted where the whole interval is below 0;
* ``> 0`` holds where the whole interval is above 0, and is refuted where none of it is.

An exception, a nan or an interval too wide decides nothing: the verdict is UNDECIDED, and never a refutation.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from gantheory.claims.formulas import FORMULAS
from gantheory.errors import CheckError, DomainError, ResolutionWarning
from gantheory.estimate import Estimate, as_estimate
from gantheory.notebook_tables import html_table
from gantheory.verdict import Verdict

__all__ = ["Claim", "Evidence", "Kind", "Outcome", "Relation", "Statement", "Verdict", "always", "judge", "together"]

Kind = Literal["P", "C", "N", "O"]
Relation = Literal["= 0", ">= 0", "> 0"]
_RELATIONS = ("= 0", ">= 0", "> 0")
_WORDS = {"P": "proved", "C": "certified", "N": "numerical", "O": "observed"}
_KINDS = tuple(_WORDS)


def always(case: Any) -> bool:
    """The hypotheses of a statement that holds for every pair of laws."""
    return True


@dataclass(frozen=True)
class Statement:
    """A residual and the relation it must obey.

    Parameters
    ----------
    text : str
        The statement as a person would write it, in Unicode.
    check : callable
        ``check(case)`` gives the residual: an Estimate (of any shape: every element must obey the relation), or a
        symbolic Derivation, which speaks for all pairs at once.
    relation : {"= 0", ">= 0", "> 0"}
        What the residual must obey.
    latex : str
        The same for a typesetter.
    applies : callable
        Whether a case meets the statement's own hypotheses.
    cases : tuple of str
        The names of the cases on which a control must be refuted; a single name may stand alone. Empty for a claim,
        which runs on all; a control that names none is tried on every case of the panel that its claim is for.
    scale : callable, optional
        Size of the quantities compared, where it is far from 1: the error that is tolerated grows with it.
    tolerance : float, default 0
        The width of an interval that still decides, where it is that of a statistic and not of a rule.
    told : callable, optional
        ``told(case)`` says in a few words what it came to, where that says more than the residual.
    """

    text: str
    check: Callable[[Any], Any]
    relation: Relation = "= 0"
    latex: str = ""
    applies: Callable[[Any], bool] = always
    cases: tuple[str, ...] = ()
    scale: Callable[[Any], float] | None = None
    tolerance: float = 0.0
    told: Callable[[Any], str] | None = None

    def __post_init__(self) -> None:
        if self.relation not in _RELATIONS:
            raise DomainError(f"relation is {self.relation!r}; it must be one of {', '.join(map(repr, _RELATIONS))}.")
        if not callable(self.check):
            raise DomainError(f"check is {self.check!r}; it must be a function of a case, such as lambda case: 0.0.")
        object.__setattr__(self, "cases", (self.cases,) if isinstance(self.cases, str) else tuple(self.cases))


@dataclass(frozen=True)
class Outcome:
    """What one statement came to on one case: the element of its residual that decided."""

    statement: Statement
    case: Any
    verdict: Verdict
    residual: Estimate | None = None
    reason: str = ""

    @property
    def severity(self) -> float:
        """How near the residual came to a refutation: the larger, the nearer."""
        if self.residual is None:
            return -np.inf
        return abs(self.residual.value) if self.statement.relation == "= 0" else -self.residual.value


@dataclass(frozen=True)
class Evidence:
    """A verdict and what it rests on.

    Attributes
    ----------
    kind : {"P", "C", "N", "O"}
        Proved, certified, numerical, observed.
    verdict : Verdict
    cases, skipped : int
        On how many cases it was decided; how many lay outside the hypotheses.
    worst : Case or None
        Where the residual came nearest to a refutation. Of a refuted statement: the simplest counterexample, which
        is the first in the panel's order. Of an undecided one: the first case that could not be decided.
    residual : Estimate or None
        The residual there.
    reason : str
        Why it is undecided or was not run; empty otherwise.
    derivation : Derivation or None
        The symbolic derivation, where there is one.
    outcomes : tuple of Outcome
        Every case's own.
    """

    kind: Kind
    verdict: Verdict
    cases: int = 0
    skipped: int = 0
    worst: Any = None
    residual: Estimate | None = None
    reason: str = ""
    derivation: Any = None
    outcomes: tuple[Outcome, ...] = field(default=(), repr=False)

    def count(self, verdict: Verdict) -> int:
        """On how many cases the verdict was this one."""
        return len({outcome.case.name for outcome in self.outcomes if outcome.verdict is verdict})

    @property
    def deciding(self) -> Outcome | None:
        """The outcome that `worst` and `residual` come from."""
        found = [o for o in self.outcomes if o.verdict is self.verdict]
        if self.verdict is not Verdict.HOLDS:
            return found[0] if found else None
        # a coarse grid's wide interval would hide what the laws themselves came to
        exact = [o for o in found if not getattr(o.case, "tolerance", 0.0)]
        return max(exact or found, key=lambda o: o.severity, default=None)


@dataclass(frozen=True, init=False)
class Claim:
    """A row of the ledger: what is claimed, on what evidence, and the counterfeits that must fall.

    Parameters
    ----------
    id : str
        Permanent and readable, such as ``thm1.jsd-form``.
    title, source : str
        What it says, by default in the words of its first statement; who said it first.
    statements : Statement, tuple of Statement or dict
        One statement (or a tuple of them, which must all hold) for each kind of evidence; without a dict they are
        numerical, of kind "N".
    controls : Statement or tuple of Statement
        Counterfeits, each with the case on which it must be refuted. A claim without one does not count.
    applies, hypotheses
        The cases that meet the hypotheses, and the hypotheses in words.
    uses : tuple of str
        Ids of the claims it rests on.
    missing : tuple of str
        Kinds of evidence that the ledger asks for and that are not built yet.
    level : dict
        From which level on a kind of evidence is gathered, where it is not "quick".
    generators : bool
        Whether it speaks of generators: it runs on the panel's. Other claims do so at the level "full" only.
    latex : str
        What it says, for a typesetter; of the ledger's claims the formulas of `gantheory.claims.formulas`.

    Raises
    ------
    DomainError
        If there is no statement, or something else stands where a statement must.

    Examples
    --------
    >>> from gantheory.divergences import js_divergence, total_variation
    >>> from gantheory.panel import PANEL
    >>> true = Statement("TV² ≤ 2·JSD", lambda case: 2 * case(js_divergence) - case(total_variation) ** 2, ">= 0")
    >>> false = Statement("TV² ≤ JSD", lambda case: case(js_divergence) - case(total_variation) ** 2, ">= 0")
    >>> mine = Claim("mine.pinsker", statements=true, controls=false)
    >>> mine.title, mine.evidence("N", PANEL[:5]).verdict, judge(false, PANEL[:5]).verdict
    ('TV² ≤ 2·JSD', <Verdict.HOLDS: 'holds'>, <Verdict.REFUTED: 'refuted'>)
    """

    id: str
    title: str
    source: str
    statements: Mapping[str, Statement | tuple[Statement, ...]]
    controls: tuple[Statement, ...]
    applies: Callable[[Any], bool]
    hypotheses: str
    uses: tuple[str, ...]
    missing: tuple[str, ...]
    level: Mapping[str, str]
    generators: bool
    latex: str

    def __init__(
        self,
        id: str,
        title: str = "",
        source: str = "",
        statements: Statement | Sequence[Statement] | Mapping[str, Statement | tuple[Statement, ...]] = (),
        controls: Statement | Sequence[Statement] = (),
        applies: Callable[[Any], bool] = always,
        hypotheses: str = "any two laws",
        uses: tuple[str, ...] = (),
        missing: tuple[str, ...] = (),
        level: Mapping[str, str] | None = None,
        generators: bool = False,
        latex: str = "",
    ) -> None:
        of_kinds = dict(statements) if isinstance(statements, Mapping) else {"N": statements}
        by_kind = {kind: _statements(id, "statements", given) for kind, given in of_kinds.items()}
        if not all(by_kind.values()) or not by_kind or not all(kind in _KINDS for kind in by_kind):
            raise DomainError(
                f"claim {id!r} has the statements {statements!r}; it must have one for each kind of evidence out of "
                f"{', '.join(_KINDS)}: statements=Statement(text, check)."
            )
        found = {
            "id": id,
            "title": title or next(iter(by_kind.values()))[0].text,
            "source": source,
            "statements": {kind: given[0] if len(given) == 1 else given for kind, given in by_kind.items()},
            "controls": _statements(id, "controls", controls),
            "applies": applies,
            "hypotheses": hypotheses,
            "uses": uses,
            "missing": missing,
            "level": level or {},
            "generators": generators,
            "latex": latex or next(iter(by_kind.values()))[0].latex or FORMULAS.get(id, ""),
        }
        for name, content in found.items():
            object.__setattr__(self, name, content)

    def _repr_html_(self) -> str:
        given = ((k, one) for k, of in self.statements.items() for one in (of if isinstance(of, tuple) else (of,)))
        rows = [(_WORDS[kind], statement.text) for kind, statement in given]
        rows += [("counterfeit", control.text) for control in self.controls]
        rest = {"hypotheses": self.hypotheses, "uses": ", ".join(self.uses), "source": self.source}
        rows += [(what, text) for what, text in rest.items() if text]
        return html_table([], rows, above=f"{self.id}: {self.title}")

    @property
    def counts(self) -> bool:
        """Whether a counterfeit stands beside it: a check that was never seen to refute anything shows nothing."""
        return bool(self.controls)

    def runs_on(self, case: Any, level: str = "standard") -> bool:
        """Whether a case is for it: the panel's generators are for claims of generators, and for all at "full"."""
        of_panel = {"standard", "generator"} <= getattr(case, "tags", frozenset())
        return not of_panel or self.generators or level == "full"

    def evidence(self, kind: str, cases: Iterable[Any], *, tolerance: float = 1e-9) -> Evidence:
        """Every statement of one kind, judged on every case that meets the hypotheses."""
        given = self.statements[kind]
        statements = given if isinstance(given, tuple) else (given,)
        cases = tuple(cases)
        found = [judge(_within(self, statement), cases, tolerance=tolerance) for statement in statements]
        return replace(_merged(found, len(cases)), kind=kind)  # type: ignore[arg-type]

    def controlled(self, control: Statement, panel: Mapping[str, Any]) -> Evidence:
        """A control, judged on the cases that it names; on those that the claim is for, where it names none."""
        if control.cases:
            return judge(control, [panel[name] for name in control.cases])
        return judge(_within(self, control), [case for case in panel.values() if self.runs_on(case)])


def _statements(id: str, argument: str, given: Any) -> tuple[Statement, ...]:
    """One statement or several as a tuple."""
    several = (given,) if isinstance(given, Statement) else given
    if not isinstance(several, (tuple, list)) or not all(isinstance(one, Statement) for one in several):
        raise DomainError(
            f"claim {id!r} has {argument} = {given!r}; it must be a Statement or a tuple of them: "
            "Statement(text, check)."
        )
    return tuple(several)


def together(*residuals: Any) -> Estimate:
    """Several residuals of one relation as one vector: all of them must obey it."""
    parts = [as_estimate(residual) for residual in residuals]
    weakest = max(parts, key=lambda part: ("bound", "estimate", "sample").index(part.basis))
    value = np.concatenate([np.ravel(part.value) for part in parts])
    return Estimate(value, np.concatenate([np.ravel(part.error) for part in parts]), weakest.basis)


def _within(claim: Claim, statement: Statement) -> Statement:
    """The statement under the claim's hypotheses and its own."""
    return replace(statement, applies=lambda case: claim.applies(case) and statement.applies(case))


def judge(statement: Statement, cases: Iterable[Any], *, tolerance: float = 1e-9) -> Evidence:
    """Decide one statement, claim or control alike.

    Parameters
    ----------
    statement : Statement
    cases : iterable of Case
        In order of simplicity. Those outside the statement's hypotheses are counted and not run.
    tolerance : float, default 1e-9
        An interval whose radius exceeds ``tolerance * max(1, scale)`` is too wide to say that a residual is 0. A case
        that declares a tolerance of its own (a coarse grid) is judged by the larger of the two.

    Returns
    -------
    Evidence
        REFUTED where one case refutes, UNDECIDED where none does and one cannot be decided, HOLDS where all hold,
        SKIPPED where no case meets the hypotheses.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> case = SimpleNamespace(name="a pair")
    >>> judge(Statement("x = 0", lambda case: Estimate(2e-16, 5e-16)), [case]).verdict
    <Verdict.HOLDS: 'holds'>
    >>> judge(Statement("x = 0", lambda case: Estimate(1e-9, 5e-16)), [case]).verdict
    <Verdict.REFUTED: 'refuted'>
    >>> judge(Statement("x = 0", lambda case: float("nan")), [case]).verdict
    <Verdict.UNDECIDED: 'undecided'>
    """
    cases = tuple(cases)
    outcomes = []
    for case in cases:
        found = _try(statement, case, tolerance)
        if isinstance(found, Evidence):  # a derivation speaks for all pairs at once
            return found
        if found is not None:
            outcomes.append(found)
    return _summary(outcomes, len(cases))


def _try(statement: Statement, case: Any, tolerance: float) -> Outcome | Evidence | None:
    """One statement on one case; None outside the hypotheses. Whatever is raised is a reason, not a refutation."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResolutionWarning)  # a coarse grid's width is in its error
            if not statement.applies(case):
                return None
            found = statement.check(case)
            if hasattr(found, "proved"):
                return _of_derivation(found)
            scale = statement.scale(case) if statement.scale else 1.0
            limit = max(tolerance, statement.tolerance, getattr(case, "tolerance", 0.0)) * max(1.0, scale)
            return _decide(statement, case, as_estimate(found), limit)
    except Exception as error:  # KeyboardInterrupt is no Exception and passes
        return Outcome(statement, case, Verdict.UNDECIDED, None, one_line(error))


def one_line(error: BaseException) -> str:
    """An exception in one line, as a reason."""
    message = " ".join(str(error).split())
    if isinstance(error, CheckError):  # says already what was raised, and where
        return message
    return f"{type(error).__name__}: {message}" if message else type(error).__name__


def _of_derivation(derivation: Any) -> Evidence:
    if derivation.proved:
        return Evidence("P", Verdict.HOLDS, derivation=derivation)
    verdict = Verdict.REFUTED if getattr(derivation, "refuted", False) else Verdict.UNDECIDED
    return Evidence("P", verdict, reason=_failing_step(derivation), derivation=derivation)


def _failing_step(derivation: Any) -> str:
    for number, step in enumerate(derivation.steps, 1):
        if not step.proved:
            return f"step {number} of {len(derivation.steps)} is not proved: {' '.join(str(step.reason).split())}"
    return "the derivation has no steps"


def _decide(statement: Statement, case: Any, residual: Estimate, limit: float) -> Outcome:
    """The verdict on a residual of any shape: that of its worst element."""
    value, error = np.ravel(residual.value), np.ravel(residual.error)
    if value.size == 0:
        return Outcome(statement, case, Verdict.UNDECIDED, None, "the check gave no residual")
    lower, upper = np.ravel(residual.lower), np.ravel(residual.upper)
    refuted, holds = _interval_verdicts(statement.relation, lower, upper, error <= limit)
    undecided = ~refuted & ~holds
    chosen = refuted if refuted.any() else undecided if undecided.any() else holds
    index = _nearest(statement.relation, value, chosen)
    element = Estimate(float(value[index]), float(error[index]), residual.basis)
    if refuted.any():
        return Outcome(statement, case, Verdict.REFUTED, element)
    if undecided.any():
        return Outcome(statement, case, Verdict.UNDECIDED, element, _too_wide(statement.relation, element, limit))
    return Outcome(statement, case, Verdict.HOLDS, element)


def _nearest(relation: str, value: np.ndarray, chosen: np.ndarray) -> int:
    """The chosen element that comes nearest to a refutation."""
    nearness = np.abs(value) if relation == "= 0" else -value
    places = np.flatnonzero(chosen)
    return int(places[np.argmax(nearness[places])])


def _interval_verdicts(relation: str, lower: np.ndarray, upper: np.ndarray, narrow: np.ndarray) -> tuple[Any, Any]:
    """Elementwise (refuted, holds)."""
    if relation == "= 0":
        refuted = (lower > 0) | (upper < 0)
        return refuted, ~refuted & narrow
    if relation == ">= 0":
        refuted = upper < 0
        return refuted, ~refuted & (narrow | (lower >= 0))
    return upper <= 0, lower > 0


def _too_wide(relation: str, element: Estimate, limit: float) -> str:
    if element.error > limit:
        return f"± {element.error:.1g} exceeds the tolerance {limit:.1g}"
    return f"{element} does not decide {relation}"


def _summary(outcomes: list[Outcome], given: int) -> Evidence:
    """Evidence from the outcomes of every case."""
    names = {outcome.case.name for outcome in outcomes}
    skipped = given - len(names)
    if not outcomes:
        return Evidence("N", Verdict.SKIPPED, skipped=skipped, reason="no case meets the hypotheses")
    verdicts = [outcome.verdict for outcome in outcomes]
    verdict = next((v for v in (Verdict.REFUTED, Verdict.UNDECIDED) if v in verdicts), Verdict.HOLDS)
    evidence = Evidence("N", verdict, len(names), skipped, outcomes=tuple(outcomes))
    shown = evidence.deciding
    assert shown is not None
    return replace(evidence, worst=shown.case, residual=shown.residual, reason=shown.reason)


def _merged(found: list[Evidence], given: int) -> Evidence:
    """Several statements of one kind as one piece of evidence."""
    if len(found) == 1:
        return found[0]
    symbolic = [evidence for evidence in found if evidence.derivation is not None]
    if symbolic:  # several derivations: the first that fails speaks, or else the first
        return next((e for e in symbolic if e.verdict is not Verdict.HOLDS), symbolic[0])
    order = {outcome.case.name: None for evidence in found for outcome in evidence.outcomes}
    return _summary([o for name in order for e in found for o in e.outcomes if o.case.name == name], given)
