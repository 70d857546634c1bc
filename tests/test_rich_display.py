"""What a notebook shows of an object: whole, typeset, and with everything that is not ours escaped."""

from __future__ import annotations

import io
import re
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

import gantheory as gt
from gantheory.claims import CLAIMS, Claim, Statement
from gantheory.densities.typesetting import latex_of
from gantheory.panel import PANEL

HOSTILE = "<script>alert(1)</script> & $x$"


class Tags(HTMLParser):
    """The tags that were opened, every one of which must be closed in turn."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.seen.append(tag)
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def tags(text: str) -> list[str]:
    """The tags of well-formed HTML."""
    found = Tags(text)
    assert found.open == []
    return found.seen


@pytest.mark.parametrize("law", [law for case in PANEL for law in (case.p_data, case.p_g)], ids=str)
def test_every_law_of_the_panel_is_typeset(law: Any) -> None:
    """Between dollars, with braces that match, in letters that matplotlib's own typesetter reads too."""
    shown = law._repr_latex_()
    assert shown[0] == shown[-1] == "$"
    assert shown.count("{") == shown.count("}")
    assert "inf" not in shown


def test_a_law_is_shown_by_its_symbol() -> None:
    """The normal law by its variance, as textbooks write it; scientific numbers as powers of ten."""
    assert latex_of(gt.Normal(0, 1.5)) == r"\mathcal{N}(0,\, 1.5^2)"
    assert latex_of(gt.Normal(1e-9, 1e-9)) == r"\mathcal{N}(1 \times 10^{-9},\, (1 \times 10^{-9})^2)"
    assert latex_of(gt.Uniform(1, 3)) == r"\mathcal{U}[1,\, 3]"
    assert latex_of(gt.as_density("0.25*delta(0) + 0.75*delta(2)")) == r"0.25\,\delta_{0} + 0.75\,\delta_{2}"
    assert latex_of(gt.Pushforward("z**2")) == r"G_{\#}\mathcal{N}(0,\, 1),\quad G(z) = \texttt{z**2}"


def test_text_of_a_user_speaks_neither_latex_nor_html() -> None:
    """The name of a function is his, and a name may be anything."""

    def G(z: Any) -> Any:
        return 2.0 * z

    G.__name__ = r"}\href{javascript:x}" + HOSTILE
    shown = gt.Pushforward(G)._repr_latex_()
    assert "<" not in shown
    assert r"\href" not in shown
    assert shown.count("$") == 2


def test_an_estimate_shows_its_basis_and_a_vector_its_elements() -> None:
    """One number as text; twelve of twenty, and that there are more."""
    one = gt.kl_divergence("norm(0, 1)", "norm(1, 1)")
    assert str(one) in one._repr_html_()
    assert one.basis in one._repr_html_()
    many = gt.Estimate(np.arange(20.0), 1e-3)
    assert tags(many._repr_html_()).count("tr") == 12
    assert "8 more" in many._repr_html_()


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)
def test_a_claim_shows_its_statements_and_its_counterfeits(claim: Claim) -> None:
    """One row each, beside its hypotheses, its source and what it rests on."""
    shown = claim._repr_html_()
    assert tags(shown).count("tr") >= 2 + len(claim.controls)
    assert shown.count("counterfeit") >= len(claim.controls)


def test_a_claim_of_a_user_is_escaped() -> None:
    """In a cell, and above the table."""
    mine = Claim("mine.claim", HOSTILE, statements=Statement(HOSTILE, lambda case: 0.0))
    assert "script" not in tags(mine._repr_html_())


def test_a_run_shows_a_row_for_each_seed() -> None:
    """What was measured at its last record; and why a seed stopped, where one did."""
    edges, masses = [-np.inf, 0.0, np.inf], np.array([[[0.7, 0.3], [0.4, 0.6]], [[0.6, 0.4], [0.5, 0.5]]])
    run = gt.Trajectory.from_arrays("norm(0, 1)", [0, 10], edges, masses, stopped=[None, HOSTILE])
    shown = run._repr_html_()
    assert tags(shown).count("tr") == 1 + run.seeds
    assert "script" not in tags(shown)
    assert str(run.excess[-1, 0]) in shown
    assert "at step 10" in shown


def test_a_reading_and_the_conventions_are_tables() -> None:
    """Well-formed, like the others."""
    run = gt.mirror_descent("norm(0, 1)", "norm(1, 1.5)", steps=3)
    assert "table" in tags(run.reading()._repr_html_())
    assert "table" in tags(gt.conventions()._repr_html_())


def test_the_versions_are_those_that_are_installed() -> None:
    """A line each, with Python's, numpy's, and the library of linear algebra."""
    out = io.StringIO()
    gt.show_versions(file=out)
    shown = dict(re.split(r"\s+", line, maxsplit=1) for line in out.getvalue().splitlines())
    assert shown["gantheory"] == gt.__version__
    assert shown["numpy"] == np.__version__
    assert {"python", "platform", "scipy", "sympy", "hypothesis", "blas"} <= shown.keys()
