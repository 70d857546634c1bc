"""The derivations as a document, docs/proofs.md: each step, why, and how it was decided.
It is written by ``python -m gantheory.symbolic > docs/proofs.md``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from gantheory.markdown import anchor, escaped
from gantheory.symbolic.catalogue import COUNTERFEITS, derivations, derive
from gantheory.symbolic.derivation import Derivation, Step
from gantheory.symbolic.rules import RULES

__all__ = ["proofs"]

_MARKS = {"proved": "✓", "refuted": "✗", "undecided": "?"}
_HEAD = """# Proofs

<!-- generated: python -m gantheory.symbolic > docs/proofs.md -->

The derivations of the claims that the [ledger](claims.md) marks **P**, as `python -m gantheory.verify CLAIM -v` prints
them. A step with ✓ was decided by the method in brackets: the exact zero test, coefficients of one sign,
differentiation, or a rule on steps before it, whose premises are checked. A step with · rests on a rule that is
*stated* by name: its premises are checked, and what the rule says of them is not. There are {derivations} derivations
with {steps} steps.

```python
>>> from gantheory.symbolic import derive
>>> proof = derive("thm1.jsd-form")
>>> proof.proved, len(proof.steps)
(True, 2)
>>> derive("thm1.jsd-form", counterfeit="1·JSD").refuted     # with a false step
True

```

## The rules

What measure theory and analysis contribute, a closed list:

| rule | what it says |
| --- | --- |
"""


def proofs() -> str:
    """Every derivation of the catalogue, and the rules, in Markdown. Some seconds: each is derived again.

    Examples
    --------
    >>> from gantheory.symbolic.proofs import of_derivation
    >>> print("\\n".join(of_derivation("value.nonpositive")).splitlines()[2])
    ## value.nonpositive
    """
    found = {name: derive(name) for name in derivations}
    head = _HEAD.format(derivations=len(found), steps=sum(len(proof.steps) for proof in found.values()))
    rules = [f"| {escaped(rule)} | {escaped(said)} |" for rule, said in RULES.items()]
    return "\n".join([head + "\n".join(rules), "", *(line for name in found for line in of_derivation(name))])


def of_derivation(name: str) -> Iterator[str]:
    """One derivation."""
    proof = derive(name)
    yield from (f'<a id="{anchor(name)}"></a>', "", f"## {name}", "", escaped(proof.title), "")
    for given in proof.hypotheses:
        yield from (f"Given: {escaped(given)}", "")
    for step in proof.steps:
        yield from _step(step)
    yield from ("", f"{_summary(proof)} The [claim](claims.md#{anchor(name)}).", "")
    for slip in proof.slips:
        yield from (f"Corrects: {escaped(slip)}", "")


def _step(step: Step) -> Iterator[str]:
    mark = "·" if step.stated else _MARKS[step.decision.outcome]
    where = f" ({escaped(step.where)})" if step.where else ""
    number = f"{step.number}. "
    yield f"{number}{_code(step.text())}{where}\\"
    yield f"{' ' * len(number)}{mark} {escaped(step.reason)} *\\[{escaped(step.how)}\\]*"


def _code(text: str) -> str:
    """The formula as code, whose fence is longer than any run of backticks within."""
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}{text}{fence}"


def _summary(proof: Derivation) -> str:
    fakes = ", ".join(f"*{escaped(fake)}*" for fake in COUNTERFEITS.get(proof.name, ()))
    refuted = f" Its counterfeits, refuted: {fakes}." if fakes else ""
    return f"{proof.verdict.capitalize()}: {proof.summary}.{refuted}"
