"""What makes the site: formulas as MathML, and docstrings as reStructuredText. `.ci/run` builds the whole of it."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

pytest.importorskip("sphinx", reason="of the extra docs")
pytest.importorskip("latex2mathml", reason="of the extra docs")
from docutils import nodes

from gantheory.objectives import least_squares
from gantheory.symbolic import derive
from gantheory.verify.page.mathml import math

ROOT = Path(__file__).resolve().parents[1]


def extension(name: str) -> ModuleType:
    """A file of docs/_extensions, which is on no path but that of Sphinx."""
    spec = importlib.util.spec_from_file_location(f"site_{name}", ROOT / "docs" / "_extensions" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MATHML, DOCSTRINGS, MARKDOWN = (extension(name) for name in ("mathml", "docstrings", "markdown_as_on_the_web"))


def warned(tex: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The formulas that the renderer would not vouch for."""
    found: list[str] = []
    monkeypatch.setattr(MATHML._logger, "warning", lambda message, text, **_: found.append(text))
    shown = MATHML._markup(nodes.math_block(tex, tex), display=True)
    assert shown.startswith("<code" if found else "<math")
    return found


def formulas() -> list[str]:
    """Every formula of a docstring of the package and of the ledger."""
    found = re.findall(r"```math\n(.*?)\n```", (ROOT / "docs" / "claims.md").read_text(encoding="utf-8"), re.DOTALL)
    for path in sorted((ROOT / "gantheory").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
                text = ast.get_docstring(node) or ""
                found += re.findall(r":math:`([^`]+)`", text)
                found += re.findall(r"\.\. math:: (.*?)(?=\n\s*\n|\Z)", text, re.DOTALL)
    return found


def test_every_formula_is_mathml(monkeypatch):
    """The renderer knows every command that is used."""
    assert len(formulas()) > 100
    assert [tex for tex in formulas() if warned(tex, monkeypatch)] == []


@pytest.mark.parametrize(
    ("tex", "unknown"), [(r"\tfrac12\int p", False), (r"p \setminus q \foo", True), (r"\arg", False)]
)
def test_an_unknown_command_is_a_warning(tex, unknown, monkeypatch):
    """And a warning fails the build."""
    assert bool(warned(tex, monkeypatch)) == unknown


def test_formulas_are_those_of_the_page_of_a_report():
    """One converter: a function stands off its argument, and rows of a derivation are aligned."""
    shown = MATHML._markup(nodes.math(r"-\log 4", r"-\log 4"))
    assert shown == math(r"-\log 4")
    assert '<mi>log</mi><mspace width="0.167em"></mspace><mn>4</mn>' in shown
    rows = MATHML._markup(nodes.math_block("", derive("thm1.jsd-form")._repr_latex_().strip("$\n")), display=True)
    assert (rows.count("<mtr>"), rows.count('<mtd columnalign="right">')) == (2, 4)
    assert "&amp;" not in rows
    assert "pt" not in rows


def rewritten(text: str) -> str:
    return "\n".join(DOCSTRINGS._rewritten(text.splitlines())).rstrip("\n")


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        ("at most rtol * |value|", r"at most rtol * \|value\|"),
        ("``|x|`` and :math:`|x|` and |x|", r"``|x|`` and :math:`|x|` and \|x\|"),
        (">>> abs(x | y)\n3", ">>> abs(x | y)\n3"),
        (".. math:: |a| = b           [1]_, eq. (6)\n\nmore", ".. math:: |a| = b\n\n[1]_, eq. (6)\n\nmore"),
        (".. math:: a \\quad [1]_, eq. (2)", ".. math:: a\n\n[1]_, eq. (2)"),
    ],
)
def test_docstrings_mean_what_they_say(docstring, expected):
    """Bars are absolute values, code and formulas stay, and a source leaves its formula."""
    assert rewritten(docstring) == expected


def test_a_docstring_may_cite_its_file():
    """A reference of the file that is cited and not given is given; one that is not cited is not."""
    lines = (least_squares.__doc__ or "").splitlines()
    DOCSTRINGS._cite(None, "function", "least_squares", least_squares, None, lines)
    assert lines[-4:-1] == ["", "References", "----------"]
    assert lines[-1].startswith(".. [2] Mao")


def test_markdown_is_read_as_on_the_web():
    """Named anchors, and the empty line that ends an example, are for others; a notebook is left alone."""
    text = '<a id="thm1-jsd-form"></a>\n\n### thm1.jsd-form\n\n```python\n>>> 1\n1\n\n```\n'
    page, notebook = [text], [text]
    MARKDOWN._read(None, "docs/claims", page)
    MARKDOWN._read(None, "notebooks/01", notebook)
    assert (page[0], notebook[0]) == ("\n\n### thm1.jsd-form\n\n```python\n>>> 1\n1\n```\n", text)
