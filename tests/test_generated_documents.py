"""docs/claims.md and docs/proofs.md are what claims and derivations say of themselves; the reference misses no name."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import gantheory
from gantheory.claims import CLAIMS, Claim, Group, Statement
from gantheory.claims.ledger import ledger
from gantheory.markdown import anchor, escaped
from gantheory.symbolic import COUNTERFEITS, RULES, derivations, derive

DOCS = Path(__file__).resolve().parents[1] / "docs"


def written(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def printed(module: str) -> str:
    """What the command writes, byte by byte, wherever it runs."""
    return subprocess.run([sys.executable, "-m", module], check=True, capture_output=True).stdout.decode("utf-8")


def test_the_ledger_is_up_to_date():
    """docs/claims.md says what the claims say."""
    stale = ledger() != written("claims.md")
    assert not stale, "docs/claims.md is stale: run `python -m gantheory.claims > docs/claims.md` and commit it"


def test_the_command_prints_the_ledger():
    """In UTF-8, with the line ends of the repository."""
    assert printed("gantheory.claims") == ledger()


@pytest.mark.slow
def test_the_proofs_are_up_to_date():
    """docs/proofs.md says what the derivations say."""
    stale = printed("gantheory.symbolic") != written("proofs.md")
    assert not stale, "docs/proofs.md is stale: run `python -m gantheory.symbolic > docs/proofs.md` and commit it"


def never(case):
    raise AssertionError("a document decides nothing")


PLANTED = Claim(
    "own.planted",
    "E_p[h*] ≤ |h| < [a](b)",
    "a source",
    {"P": Statement("first", never), "N": (Statement("second", never), Statement("third", never))},
    Statement("a counterfeit", never, cases="normal-shift"),
    hypotheses="any law",
    uses=("thm1.jsd-form",),
    level={"N": "full"},
    latex=r"x \| y",
)


def test_the_ledger_tells_all_of_a_claim_and_checks_nothing():
    """Every part of the metadata, in order, under an anchor without dots."""
    lines = ledger([Group("own", "Own", "a headline", (PLANTED,))]).splitlines()
    found = lines[lines.index('<a id="own-planted"></a>') :]
    assert [line for line in found if line] == [
        '<a id="own-planted"></a>',
        "### own.planted",
        r"E_p\[h\*\] ≤ \|h\| \< \[a\](b)",
        "```math",
        r"x \| y",
        "```",
        "- **P** proved, [step by step](proofs.md#own-planted): first",
        "- **N** numerical, from `--level full` on:",
        "  - second",
        "  - third",
        "- *refuted on normal-shift:* a counterfeit",
        "- *where:* any law",
        "- *source:* a source",
        "- *uses:* [thm1.jsd-form](#thm1-jsd-form)",
    ]


def texts() -> list[str]:
    """Every text that is escaped in the two documents, short of the derivations that take long."""
    claims = [text for claim in CLAIMS for text in (claim.title, claim.source, claim.hypotheses)]
    statements = [statement for claim in CLAIMS for of in claim.statements.values() for statement in _each(of)]
    controls = [control for claim in CLAIMS for control in claim.controls]
    steps = [step for name in ("prop1.pointwise", "js.bounds", "thm1.saddle") for step in derive(name).steps]
    fakes = [fake for of in COUNTERFEITS.values() for fake in of]
    return [*claims, *(s.text for s in statements + controls), *(s.reason for s in steps), *fakes, *RULES.values()]


def _each(of):
    return of if isinstance(of, tuple) else (of,)


def test_escaped_text_is_shown_as_it_stands():
    """A reader of Markdown sees the text, and nothing slanted, linked or lost."""
    markdown_it = pytest.importorskip("markdown_it", reason="of the extra docs")
    reader = markdown_it.MarkdownIt()
    changed = {}
    for text in {*texts(), "*a*_b_`c`[d](e)<f>\\g|h~~i~~"}:
        tokens = reader.parseInline(escaped(text))[0].children
        if any(token.type not in ("text", "text_special") for token in tokens):
            changed[text] = [token.type for token in tokens]
        elif "".join(token.content for token in tokens) != text:
            changed[text] = "".join(token.content for token in tokens)
    assert changed == {}


def test_every_proof_that_the_ledger_links_to_is_there():
    """A claim marked P has its derivation, under the same anchor."""
    proofs = set(re.findall(r'<a id="([^"]+)"', written("proofs.md")))
    assert {anchor(claim.id) for claim in CLAIMS if "P" in claim.statements} == proofs
    assert proofs == {anchor(name) for name in derivations}


def test_anchors_are_one_to_one():
    """No two claims share one."""
    assert len({anchor(claim.id) for claim in CLAIMS}) == len(CLAIMS)


def test_the_reference_has_every_public_name():
    """docs/api.md lists what the front door names, and every module whose names it does not list one by one."""
    listed = set(re.findall(r"[\w.]+", written("api.md")))
    missing = sorted(set(gantheory.__all__) - {"__version__"} - listed)
    assert missing == [], f"docs/api.md does not list {', '.join(missing)}: add each to the table where a reader looks"
