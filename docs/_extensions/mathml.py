"""Formulas as MathML, made when the site is built: a browser shows them without a script and without a network."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.util import logging

from gantheory.verify.page.markup import tag
from gantheory.verify.page.mathml import math

_logger = logging.getLogger(__name__)


def setup(app: Any) -> dict[str, Any]:
    """Register the renderer, and ask for it."""
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
    app.config.html_math_renderer = "mathml"
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _inline(translator: Any, node: nodes.math) -> None:
    translator.body.append(_markup(node))
    raise nodes.SkipNode


def _display(translator: Any, node: nodes.math_block) -> None:
    translator.body.append(f'<div class="math">{_markup(node, display=True)}</div>')
    raise nodes.SkipNode


def _markup(node: Any, *, display: bool = False) -> str:
    """As the page of a report has it; a formula that cannot be set stands as it was written, with a warning."""
    shown = math(node.astext(), display=display)
    if shown is None:
        _logger.warning("LaTeX that is no MathML: %s", node.astext(), location=node, type="mathml")
    return shown or tag("code", node.astext())
