"""A derivation: a list of steps, each with its reason and with how it was decided.

Algebra and calculus are decided by the exact zero test or by coefficients of one sign; measure theory by named
rules from a closed list (gantheory.symbolic.rules), whose premises are earlier steps. Where a rule's own content is
beyond the algebra the step is *stated*: its premises are checked, and what the rule says of them is not.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass

import sympy

from gantheory.symbolic.printing import latex, relation_latex, relation_text, text
from gantheory.symbolic.zero_test import Decision

__all__ = ["Derivation", "Step"]

_MARKS = {"proved": "✓", "refuted": "✗", "undecided": "?"}


@dataclass(frozen=True)
class Step:
    """One line: lhs relation rhs, why, and how that was decided.

    Attributes
    ----------
    lhs, rhs : sympy.Basic
        Expressions; for the relation "iff", two equations.
    relation : str
        "=", ">=", ">", "<=", "<" or "iff".
    reason : str
        What a reader would say.
    decision : Decision
        What the machine found.
    premises : tuple of int
        The numbers of the earlier steps that a named rule rests on.
    where : str
        The part of the space, or the values, on which the line is meant.
    """

    number: int
    lhs: sympy.Basic
    relation: str
    rhs: sympy.Basic
    reason: str
    decision: Decision
    premises: tuple[int, ...] = ()
    where: str = ""

    @property
    def proved(self) -> bool:
        """True where the step was decided in its favour."""
        return self.decision.proved

    @property
    def stated(self) -> bool:
        """True where a rule of analysis or measure theory is stated by name, and only its premises are checked."""
        return self.proved and "stated: " in self.decision.method

    @property
    def refuted(self) -> bool:
        """True where a rational witness contradicts the step."""
        return self.decision.refuted

    @property
    def how(self) -> str:
        """The method, with the steps it rests on."""
        on = ", ".join(str(n) for n in self.premises)
        return self.decision.method + (f" on {on}" if on else "")

    def text(self) -> str:
        """The formula on one line."""
        return f"{text(self.lhs)} {relation_text(self.relation)} {text(self.rhs)}"

    def latex(self) -> str:
        """The formula in LaTeX, aligned at its relation."""
        return rf"{latex(self.lhs)} &{relation_latex(self.relation)} {latex(self.rhs)}"


@dataclass(frozen=True, repr=False)
class Derivation:
    """A theorem with its checked steps.

    Examples
    --------
    >>> from gantheory.symbolic import derive
    >>> proof = derive("thm1.jsd-form")
    >>> proof.proved
    True
    >>> derive("thm1.jsd-form", counterfeit="1·JSD").refuted
    True
    """

    name: str
    title: str
    steps: tuple[Step, ...]
    hypotheses: tuple[str, ...] = ()
    slips: tuple[str, ...] = ()
    counterfeit: str | None = None

    @property
    def proved(self) -> bool:
        """True where every step is."""
        return bool(self.steps) and all(step.proved for step in self.steps)

    @property
    def refuted(self) -> bool:
        """True where some step is contradicted by a rational witness."""
        return any(step.refuted for step in self.steps)

    @property
    def failures(self) -> tuple[Step, ...]:
        """The steps that are not proved."""
        return tuple(step for step in self.steps if not step.proved)

    @property
    def verdict(self) -> str:
        """ "proved", "refuted" or "undecided"."""
        return "refuted" if self.refuted else "proved" if self.proved else "undecided"

    def text(self, width: int = 100) -> str:
        """Aligned lines for a terminal."""
        head = f"{self.name}  {self.title}" + (f"  [counterfeit: {self.counterfeit}]" if self.counterfeit else "")
        lines = textwrap.wrap(head, width, subsequent_indent=" " * 4)
        lines += [line for h in self.hypotheses for line in _labelled("given", h, width)]
        for step in self.steps:
            lines += self._step_lines(step, width)
        lines += [line for s in self.slips for line in _labelled("corrects", s, width)]
        return "\n".join([*lines, f"  {self.verdict}: {self.summary}"])

    def _step_lines(self, step: Step, width: int) -> list[str]:
        where = f"   ({step.where})" if step.where else ""
        head = f"  {step.number:>2}. "
        formula = step.text() + where
        lines = textwrap.wrap(formula, width, initial_indent=head, subsequent_indent=" " * 10, break_long_words=False)
        because = f"{'·' if step.stated else _MARKS[step.decision.outcome]} {step.reason} [{step.how}]"
        if not step.proved:
            because += f" {step.decision.outcome}: {step.decision.reason}"
        return lines + textwrap.wrap(because, width, initial_indent=" " * 9, subsequent_indent=" " * 11)

    @property
    def summary(self) -> str:
        """How many steps, and how they were decided."""
        total = len(self.steps)
        stated = sum(step.stated for step in self.steps)
        if self.proved and stated:
            return f"{total} steps, {total - stated} checked, {stated} by a rule that is stated by name"
        if self.proved:
            return f"{total} steps, every one checked"
        return f"step {', '.join(str(s.number) for s in self.failures)} of {total} does not hold or was not decided"

    def __repr__(self) -> str:
        return f"<Derivation {self.title!r}: {len(self.steps)} steps, {self.verdict}>"

    def __str__(self) -> str:
        return self.text()

    def _repr_latex_(self) -> str:
        rows = []
        for step in self.steps:
            mark = (
                r"\text{stated}"
                if step.stated
                else r"\checkmark"
                if step.proved
                else r"\times"
                if step.refuted
                else "?"
            )
            where = rf"\quad ({_escaped(step.where)})" if step.where else ""
            rows.append(rf"({step.number})\quad {step.latex()}{where} && {mark}\ {_escaped(step.reason)}")
        body = " \\\\[4pt]\n".join(rows)
        return "$$\n\\begin{aligned}\n" + body + "\n\\end{aligned}\n$$"


def _labelled(label: str, content: str, width: int) -> list[str]:
    return textwrap.wrap(content, width, initial_indent=f"  {label:<9}", subsequent_indent=" " * 11)


def _escaped(words: str) -> str:
    for character, replacement in (
        ("\\", r"\backslash "),
        ("_", r"\_"),
        ("%", r"\%"),
        ("#", r"\#"),
        ("&", r"\&"),
        ("^", r"\hat{}"),
    ):
        words = words.replace(character, replacement)
    return rf"\text{{{words}}}"
