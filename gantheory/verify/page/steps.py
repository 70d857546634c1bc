"""A derivation as a numbered list: each step typeset, with its reason and how it was decided."""

from __future__ import annotations

from typing import Any

from gantheory.verify.page.markup import Markup, joined, tag
from gantheory.verify.page.mathml import math_in_lines
from gantheory.verify.page.words import words

__all__ = ["derivation"]

_MARKS = {"proved": "✓", "refuted": "✗", "undecided": "?"}


def derivation(proof: Any) -> Markup:
    """The steps, what is given, and what the derivation corrects."""
    corrects = [tag("p", tag("b", "Corrects: "), words(slip), class_="aside") for slip in proof.slips]
    return joined(
        tag("p", words(proof.title), class_="theorem"),
        tag("p", "Given ", words("; ".join(proof.hypotheses)), ".") if proof.hypotheses else None,
        tag("ol", *(_step(step) for step in proof.steps), class_="steps"),
        tag("p", f"{proof.verdict.capitalize()}: {proof.summary}.", class_="aside"),
        *corrects,
    )


def _step(step: Any) -> Markup:
    shown = math_in_lines(step.latex().replace(" &", " ", 1))
    where = tag("span", words(f"({step.where})"), class_="where") if step.where else None
    line = tag("div", shown or tag("span", step.text()), where, class_="scrolls")
    mark = "stated" if step.stated else _MARKS[step.decision.outcome]
    said = words(f"{mark} {step.reason} ")
    failed = None if step.proved else tag("b", f" {step.decision.outcome}: {step.decision.reason}")
    return tag("li", line, tag("p", said, tag("span", f"[{step.how}]", class_="how"), failed, class_="because"))
