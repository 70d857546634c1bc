"""What the docstrings say to a reader at a prompt, in the reStructuredText that means the same.

|x| is an absolute value and no substitution; a formula has its source on its right, ``[1]_, eq. (6)``; a reference may
be that of the file; and a line of a table of contents has no footnotes. What the integrals ask of a law, and no reader,
is left out.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

from sphinx.ext import autosummary

_LITERAL = re.compile(r"(``.*?``|(?::\w+:)?`[^`]*`)")
_SOURCE = re.compile(r"(?:\s{2,}|\s*\\q?quad\s*)(\[\S+\]_.*)$")
_FOOTNOTE = re.compile(r"\s*\[\S+\]_,?")
_CITED = re.compile(r"\[(\d+)\]_")
_REFERENCE = re.compile(r"^\s*\.\. \[(\d+)\] (.*(?:\n(?!\s*\.\. |\s*$).*)*)", re.MULTILINE)

# of laws, of Pushforward, of Ensemble
_FOR_INTEGRALS = """
    logpdf_at cdf_at sf_at log_masses_at log_ratio_at largest_at log_rounding atom_rounding mass_error rounds_x
    continuous_mass edges intervals poles is_cut same_shape
    inverses_at mass_on share misplaced unsure_at rounded_atoms huddled beyond_floats
    expansions is_smooth in_one_sweep is_known contradicted sweep faulty halves index
"""


def setup(app: Any) -> dict[str, Any]:
    """Before and after numpydoc, which makes sections of the docstrings."""
    app.connect("autodoc-process-docstring", _cite, priority=100)
    app.connect("autodoc-process-docstring", _process, priority=900)
    app.connect("autodoc-skip-member", _skip)
    summary = autosummary.extract_summary
    autosummary.extract_summary = lambda lines, document: summary([_FOOTNOTE.sub("", line) for line in lines], document)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _skip(app: Any, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool | None:
    return True if name in _FOR_INTEGRALS.split() else None


def _cite(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """References that the file has and the docstring cites."""
    text = "\n".join(lines)
    own = {number for number, _ in _REFERENCE.findall(text)}
    file = sys.modules.get(getattr(obj, "__module__", None) or "")
    known = dict(_REFERENCE.findall((file and file.__doc__) or ""))
    cited = sorted((set(_CITED.findall(text)) - own) & known.keys())
    if cited and what != "module":
        head = [] if own else ["", "References", "----------"]
        lines += [*head, *(f".. [{number}] {' '.join(known[number].split())}" for number in cited)]


def _process(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = list(_rewritten(lines))


def _rewritten(lines: list[str]) -> Iterator[str]:
    block = ""  # what the lines up to the next empty one belong to
    source = ""
    for line in [*lines, ""]:
        stripped = line.lstrip()
        if not stripped:
            if source:
                yield from ("", source)
            block = source = ""
        elif stripped.startswith(">>>"):
            block = "example"
        elif stripped.startswith(".. math::"):
            block = "math"
        if block == "math" and (found := _SOURCE.search(line)):
            source, line = found[1], line[: found.start()]
        yield line if block else _escaped(line)


def _escaped(line: str) -> str:
    """The bars of an absolute value, outside literals and roles."""
    return "".join(part if i % 2 else part.replace("|", r"\|") for i, part in enumerate(_LITERAL.split(line)))
