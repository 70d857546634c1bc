"""Formulas as MathML, made when the site is built: a browser shows them without a script and without a network."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.util import logging

_logger = logging.getLogger(__name__)


def setup(app: Any) -> dict[str, Any]:
    """Register the renderer, and ask for it."""
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
    app.config.html_math_renderer = "mathml"
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _inline(translator: Any, node: nodes.math) -> None:
    translator.body.append(_markup(node, "inline"))
    raise nodes.SkipNode


def _display(translator: Any, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="math">{_markup(node, "block")}</div>')
    raise nodes.SkipNode


def _markup(node: Any, display: str) -> str:
    tex = node.astext().replace(r"\arg", r"\operatorname{arg}")  # the one function of LaTeX that it lacks
    markup = convert(tex, display=display)
    if "\\" in markup.replace('"\\"', ""):  # what the converter does not know it leaves as it is
        _logger.warning("LaTeX that is no MathML: %s", node.astext(), location=node, type="mathml")
    return markup
