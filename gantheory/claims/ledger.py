"""The ledger as a document, docs/claims.md: what every claim says of itself. Nothing is decided here.
It is written by ``python -m gantheory.claims > docs/claims.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gantheory.claims import GROUPS, Claim, Group, Statement
from gantheory.markdown import anchor, escaped

__all__ = ["ledger"]

_KINDS = {"P": "proved", "C": "certified", "N": "numerical", "O": "observed"}
_HEAD = """# Claims

<!-- generated: python -m gantheory.claims > docs/claims.md -->

What gantheory decides: {claims} claims, and beside them {controls} counterfeits that the same judge must refute.
`python -m gantheory.verify` decides them all, `python -m gantheory.verify thm1.jsd-form -v` one of them, with its
derivation and its worst case. Divergences are in nats, logarithms natural; p = p_data, q = p_g, m = (p + q)/2,
TV = ½∫|p − q|; "GAN14" is Goodfellow et al., *Generative Adversarial Nets*, NIPS 2014, and "the Notes" are the Chinese
study notes that [README.zh.md](../README.zh.md) speaks of.

| by | what it is |
| --- | --- |
| **P** proved | algebra by an exact zero test, measure theory by [rules that are stated by name](proofs.md) |
| **C** certified | by ball arithmetic: the number lies between two decimals that are [proved](certified.md) |
| **N** numerical | each residual lies within [its own error](numerics.md), pair by pair: evidence, and no proof |
| **O** observed | over draws or seeds, with an interval |

A *counterfeit* is a statement that a reader could believe. It is refuted on the pair that is named, by a number and
not by an exception. The pairs are those of `gantheory.panel`.
"""


def ledger(groups: Sequence[Group] = GROUPS) -> str:
    """Every claim with its hypotheses, source, evidence and counterfeits, in Markdown. No check is run.

    Examples
    --------
    >>> '<a id="thm1-jsd-form"></a>' in ledger()
    True
    """
    claims = [claim for group in groups for claim in group.claims]
    head = _HEAD.format(claims=len(claims), controls=sum(len(claim.controls) for claim in claims))
    return "\n".join([head, *_contents(claims), *(line for group in groups for line in _of_group(group))])


def _contents(claims: Sequence[Claim]) -> Iterator[str]:
    yield "| claim | by | says |"
    yield "| --- | --- | --- |"
    for claim in claims:
        yield f"| {_link(claim.id)} | {' '.join(claim.statements)} | {escaped(claim.title)} |"
    yield ""


def _of_group(group: Group) -> Iterator[str]:
    yield from (f"## {group.title}", "", f"{escaped(group.headline)}", "")
    for claim in group.claims:
        yield from _of_claim(claim)


def _of_claim(claim: Claim) -> Iterator[str]:
    yield from (f'<a id="{anchor(claim.id)}"></a>', "", f"### {claim.id}", "", escaped(claim.title), "")
    if claim.latex:  # fenced: between dollars Markdown would read \| and \, as escapes
        yield from ("```math", claim.latex, "```", "")
    for kind, of in claim.statements.items():
        yield from _evidence(claim, kind, _each(of))
    for control in claim.controls:
        on = f" on {', '.join(control.cases)}" if control.cases else ""
        yield f"- *refuted{on}:* {escaped(control.text)}"
    yield f"- *where:* {escaped(claim.hypotheses)}"
    yield f"- *source:* {escaped(claim.source)}"
    if claim.uses:
        yield f"- *uses:* {', '.join(_link(name) for name in claim.uses)}"
    yield ""


def _evidence(claim: Claim, kind: str, statements: tuple[Statement, ...]) -> Iterator[str]:
    level = claim.level.get(kind, "quick")
    later = f", from `--level {level}` on" if level != "quick" else ""
    steps = f", [step by step](proofs.md#{anchor(claim.id)})" if kind == "P" else ""
    texts = [escaped(one.text) for one in statements]
    if len(texts) == 1:
        yield f"- **{kind}** {_KINDS[kind]}{later}{steps}: {texts[0]}"
        return
    yield f"- **{kind}** {_KINDS[kind]}{later}{steps}:"
    yield from (f"  - {text}" for text in texts)


def _each(of: Statement | tuple[Statement, ...]) -> tuple[Statement, ...]:
    return of if isinstance(of, tuple) else (of,)


def _link(id: str) -> str:
    return f"[{id}](#{anchor(id)})"
