"""LaTeX as MathML, which a browser sets without a library, a font or a network.

latex2mathml converts; what it gives is read as XML and written anew with a list of what may be in it, because it does
not escape the text of ``\\text{}``, and a formula may come from a file of the user's own.
"""

from __future__ import annotations

import re
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
_RELATIONS = frozenset("⟺⟹⟸⇔⇒⟂⊥↗→∝")  # which the converter takes for letters
_SIGNS, _CLOSING = "−-+±∓", (")", "]", "}", "|", "!")
_ROWS = frozenset({"mrow", "mstyle", "mtd", "msqrt", "mpadded"})
_SCRIPTED = frozenset({"msub", "msup", "msubsup", "munder", "mover", "munderover"})
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
        tree = ElementTree.fromstring(convert(latex, display="block" if display else "inline"))
        parts = _row(tree)
    except Exception:  # whatever the converter makes of it
        return None
    return tag("math", *parts, display="block" if display else None)


def _row(element: Any) -> list[Markup]:
    """The children of a row, with the spaces that a reader of LaTeX expects around functions."""
    children, found = list(element), []
    for at, child in enumerate(children):
        before, after = children[:at], children[at + 1 :]
        if _is_function(child):
            found += [*_factor(before), _element(child), *_applied(after)]
        else:
            found.append(_element(child, sign=_name(child) == "mo" and bool(before) and _opens(before[-1])))
    return found


def _element(element: Any, *, sign: bool = False) -> Markup:
    """An element; a minus that is a sign follows an operator, and has no space of one."""
    name, text = _name(element), (element.text or "").strip("\n")
    if name not in _ELEMENTS or "\\" in text or (element.tail or "").strip():
        raise ValueError(f"{name} {text!r} is no part of a formula")
    attributes = {key: content for key, content in element.attrib.items() if key in _ATTRIBUTES}
    if text in _FUNCTIONS or text == "∞":
        name = "mi"
    elif text in _RELATIONS or text == "~":
        name, text = "mo", text.replace("~", "∼")
    elif sign and text in _SIGNS:
        attributes["form"] = "prefix"
    inside = _row(element) if name in _ROWS else [_element(child) for child in element]
    return tag(name, *([text] if text.strip() else []), *inside, **attributes)


def _name(element: Any) -> str:
    return element.tag.removeprefix(_SPACE)


def _is_function(element: Any) -> bool:
    """log, or max with what it runs over."""
    while _name(element) in _SCRIPTED and len(element):
        element = element[0]
    return _name(element) in ("mi", "mo") and element.text in _FUNCTIONS


def _opens(element: Any) -> bool:
    """After it there is no sum: an operator, a relation or an opening bracket."""
    return (_name(element) == "mo" and (element.text or "") not in _CLOSING) or element.text in _RELATIONS


def _factor(before: list[Any]) -> list[Markup]:
    """A thin space between a function and what it is multiplied with."""
    return [] if not before or _opens(before[-1]) or _name(before[-1]) == "mspace" else [_thin()]


def _applied(after: list[Any]) -> list[Markup]:
    """A thin space between a function and its argument, unless that begins with a bracket or is none."""
    if not after:
        return []
    following = after[0]
    while len(following) and _name(following) == "mrow":
        following = following[0]
    spaced = _name(following) == "mspace" or (_name(following) == "mo" and (following.text or "") not in _SIGNS)
    return [] if spaced else [_thin()]


def _thin() -> Markup:
    return tag("mspace", width="0.167em")
