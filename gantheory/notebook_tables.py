"""Tables for a notebook: plain HTML in the notebook's own style, with everything that is not ours escaped."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

__all__ = ["html_table", "lines"]


def html_table(head: Sequence[object], rows: Iterable[Sequence[object]], *, above: str = "", below: str = "") -> str:
    """A table with a heading row; `above` and `below` are text.

    Examples
    --------
    >>> html_table(["seed"], [["<0>"]])
    '<table><thead><tr><th>seed</th></tr></thead><tbody><tr><td>&lt;0&gt;</td></tr></tbody></table>'
    """
    body = "".join(_row(cells, "td") for cells in rows)
    top = f"<thead>{_row(head, 'th')}</thead>" if head else ""
    return f"{lines(above)}<table>{top}<tbody>{body}</tbody></table>{lines(below)}"


def lines(text: str) -> str:
    """Text as a paragraph, its lines kept; nothing of nothing."""
    return f"<p>{'<br>'.join(html.escape(line) for line in text.splitlines())}</p>" if text else ""


def _row(cells: Sequence[object], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{html.escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"
