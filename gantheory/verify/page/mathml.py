"""LaTeX as MathML, which a browser sets without a library, a font or a network.

latex2mathml converts; what it gives is read as XML and written anew with a list of what may be in it, because it does
not escape the text of ``\\text{}``, and a formula may come from a file of the user's own.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

from gantheory.verify.page.markup import Markup, tag
from gantheory.verify.page.words import words

__all__ = ["formula", "math"]

_SPACE = "{http://www.w3.org/1998/Math/MathML}"
_ELEMENTS = frozenset({
    "mrow", "mi", "mo", "mn", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup", "munder",
    "mover", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded",
})  # fmt: skip
_ATTRIBUTES = frozenset({
    "mathvariant", "stretchy", "fence", "form", "lspace", "rspace", "minsize", "maxsize", "width", "displaystyle",
    "scriptlevel", "columnalign", "accent", "accentunder", "linethickness",
})  # fmt: skip
_FUNCTIONS = frozenset({"log", "exp", "sign", "Im", "supp", "dist", "det", "max", "min", "sup", "inf", "lim"})
_OPENING = frozenset("([{")
_SHOWN = re.compile(r"\\qquad")


def formula(latex: str, text: str) -> Markup:
    """A formula on a line of its own, broken where it has wide spaces; the text, where it cannot be typeset."""
    parts = [math(part, display=True) for part in _SHOWN.split(latex) if part.strip()]
    if not parts or None in parts:
        return tag("p", words(text), class_="formula untypeset")
    return tag("div", *parts, class_="formula scrolls")


@lru_cache(maxsize=4096)
def math(latex: str, *, display: bool = False) -> Markup | None:
    r"""A formula as MathML; None where it is not LaTeX that can be converted.

    Examples
    --------
    >>> math(r"D^*")
    '<math><mrow><msup><mi>D</mi><mo>*</mo></msup></mrow></math>'
    >>> math(r"\nosuch{x}"), math(r"\text{<script>}")
    (None, None)
    """
    from latex2mathml.converter import convert

    try:
        tree = ElementTree.fromstring(convert(latex))
        parts = _written(tree)
    except Exception:  # whatever the converter makes of it
        return None
    return tag("math", *parts, display="block" if display else None)


def _written(element: Any) -> list[Markup]:
    children = list(element)
    found = [_element(child, children[:at], children[at + 1 :]) for at, child in enumerate(children)]
    return [part for parts in found for part in parts]


def _element(element: Any, before: list[Any], after: list[Any]) -> list[Markup]:
    name, text = element.tag.removeprefix(_SPACE), element.text or ""
    if name not in _ELEMENTS or "\\" in text or (element.tail or "").strip():
        raise ValueError(f"{name} {text!r} is no part of a formula")
    attributes = {key: content for key, content in element.attrib.items() if key in _ATTRIBUTES}
    if name in ("mi", "mo") and text in _FUNCTIONS:
        return [*_factor(before), tag("mi", text), *_applied(after)]
    if name == "mi" and len(text) == 1 and unicodedata.category(text) in ("Sm", "So", "Po"):
        name = "mo"  # ⟺ and ⊥ are relations, and want their space
    return [tag(name, *([text] if text.strip() else []), *_written(element), **attributes)]


def _factor(before: list[Any]) -> list[Markup]:
    """A thin space between a function and what it is multiplied with."""
    operator = not before or (before[-1].tag.removeprefix(_SPACE) == "mo" and before[-1].text not in (")", "]"))
    return [] if operator or before[-1].tag.removeprefix(_SPACE) == "mspace" else [_thin()]


def _applied(after: list[Any]) -> list[Markup]:
    """A thin space between a function and its argument, unless that begins with a bracket or is none."""
    if not after:
        return []
    following = after[0]
    while len(following) and following.tag.removeprefix(_SPACE) == "mrow":
        following = following[0]
    text = (following.text or "").strip()
    bracket = following.tag.removeprefix(_SPACE) == "mo" and (text in _OPENING or not text.isalnum())
    return [] if bracket else [_thin()]


def _thin() -> Markup:
    return tag("mspace", width="0.167em")
