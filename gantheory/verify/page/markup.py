"""Markup from its parts: text is escaped here, in one place, and nowhere else; only what was made here is not.

Control characters, and what reverses the direction of a text, are shown and not sent: ␛ for an escape.
"""

from __future__ import annotations

import html
from urllib.parse import quote

__all__ = ["Markup", "anchor", "joined", "link", "tag"]

_VOID = frozenset({"meta", "input", "br", "wbr"})


# C0 and DEL have pictures; C1, the marks that turn a line around, and halves of surrogates have none
_CONTROLS = {code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n\r"} | {0x7F: "␡"}
_CONTROLS |= dict.fromkeys((*range(0x80, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)), "\ufffd")
_CONTROLS |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Part = str | None


def tag(name: str, /, *parts: Part, **attributes: str | int | bool | None) -> Markup:
    """An element. A text among its parts is escaped, a Markup is not, and None is nothing.

    An attribute that is True stands alone, and one that is False or None is not there; a trailing underscore
    (``class_``) goes, and the others are hyphens.

    Examples
    --------
    >>> tag("p", "a < b", tag("b", "c"), class_="x", data_of='"q"', hidden=True)
    '<p class="x" data-of="&quot;q&quot;" hidden>a &lt; b<b>c</b></p>'
    >>> tag("p", "\x1b[31m")
    '<p>␛[31m</p>'
    """
    given = ((key.rstrip("_").replace("_", "-"), content) for key, content in attributes.items())
    words = "".join(
        f" {key}" if content is True else f' {key}="{_escaped(str(content))}"'
        for key, content in given
        if content is not None and content is not False
    )
    if name in _VOID:
        return Markup(f"<{name}{words}>")
    return Markup(f"<{name}{words}>{joined(*parts)}</{name}>")


def joined(*parts: Part) -> Markup:
    """Parts one after the other."""
    return Markup("".join(part if isinstance(part, Markup) else _escaped(part) for part in parts if part is not None))


def _escaped(text: str) -> str:
    return html.escape(text.translate(_CONTROLS))


def anchor(claim_id: str) -> str:
    """The name of a claim's row in the page."""
    return f"claim-{claim_id}".translate(_CONTROLS)


def link(claim_id: str, present: bool = True) -> Markup:
    """A claim's id, linked with its row where it has one."""
    code = tag("code", claim_id)
    return tag("a", code, href="#" + quote(anchor(claim_id))) if present else code
