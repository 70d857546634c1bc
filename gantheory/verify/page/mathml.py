"""LaTeX as MathML, which a browser sets without a library, a font or a network.

latex2mathml converts; what it gives is read as XML and written anew with a list of what may be in it, because it does
not escape the text of ``\\text{}``, and a formula may come from a file of the user's own.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

from gantheory.verify.page.lines import FUNCTIONS, RELATIONS, SCRIPTED, SIGNS, ems_of, name_of, opens, parts_of
from gantheory.verify.page.markup import Markup, tag
from gantheory.verify.page.words import words

__all__ = ["formula", "math", "math_in_lines"]

_ELEMENTS = frozenset({
    "mrow", "mi", "mo", "mn", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msub", "msup", "msubsup", "munder",
    "mover", "munderover", "mtable", "mtr", "mtd", "mstyle", "mpadded",
})  # fmt: skip
_ATTRIBUTES = frozenset({
    "mathvariant", "stretchy", "fence", "form", "lspace", "rspace", "minsize", "maxsize", "width", "displaystyle",
    "scriptlevel", "columnalign", "accent", "accentunder", "linethickness", "symmetric",
})  # fmt: skip
_ROWS = frozenset({"mrow", "mstyle", "mtd", "msqrt", "mpadded"})
_SHOWN = re.compile(r"\\qquad")
# what the converter lacks of LaTeX, in what it has
_MEANS = (
    (re.compile(r"\\arg(?![A-Za-z])"), r"\\operatorname{arg}"),
    (re.compile(r"(\\(?:begin|end))\{aligned\}"), r"\1{align*}"),
    (re.compile(r"\\\\\[[\d.]+(?:pt|em|ex)\]"), r"\\\\"),
)


def formula(latex: str, text: str) -> Markup:
    """A formula on a line of its own, broken where it has wide spaces; the text, where it cannot be typeset."""
    parts = [math_in_lines(part) for part in _SHOWN.split(latex) if part.strip()]
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
    try:
        return tag("math", *_row(list(_tree(latex, display))), display="block" if display else None)
    except Exception:  # whatever the converter makes of it
        return None


@lru_cache(maxsize=4096)
def math_in_lines(latex: str, *, display: bool = True) -> Markup | None:
    r"""A formula in parts, between which a line breaks where it must; None where it cannot be set.

    Examples
    --------
    >>> math_in_lines(r"a \iff b", display=False)
    '<span class="lines"><math><mi>a</mi></math><wbr><math><mo form="infix">⟺</mo><mi>b</mi></math></span>'
    >>> math_in_lines("a", display=False), math_in_lines(r"\nosuch{x}")
    ('<math><mi>a</mi></math>', None)
    """
    try:
        parts = [_part(part, display) for part in parts_of(list(_tree(latex, display)))]
    except Exception:
        return None
    broken = [piece for part in parts for piece in (tag("wbr"), part)][1:]
    return parts[0] if len(parts) == 1 else tag("span", *broken, class_="lines")


def _part(part: list[Any], display: bool) -> Markup:
    """With its width in ems where that may be too much, from which the style makes it smaller."""
    ems = ems_of(part)
    style = None if ems is None else f"--ems: {ems}"
    return tag("math", *_row(part), displaystyle="true" if display else None, style=style)


def _tree(latex: str, display: bool) -> Any:
    from latex2mathml.converter import convert

    for lacking, meant in _MEANS:
        latex = lacking.sub(meant, latex)
    return ElementTree.fromstring(convert(latex, display="block" if display else "inline"))


def _row(children: list[Any]) -> list[Markup]:
    """A row's children, with the spaces that a reader of LaTeX expects around functions."""
    found: list[Markup] = []
    for at, child in enumerate(children):
        before, after = children[:at], children[at + 1 :]
        if _is_function(child):
            found += [*_factor(before), _element(child), *_applied(after)]
        else:
            found.append(_element(child, sign=name_of(child) == "mo" and bool(before) and opens(before[-1])))
    return found


def _element(element: Any, *, sign: bool = False) -> Markup:
    """An element; a minus that is a sign follows an operator, and has no space of one."""
    name, text = name_of(element), (element.text or "").strip("\n")
    if name not in _ELEMENTS or "\\" in text or (element.tail or "").strip():
        raise ValueError(f"{name} {text!r} is no part of a formula")
    attributes = {key: content for key, content in element.attrib.items() if key in _ATTRIBUTES}
    if text in FUNCTIONS or text == "∞":
        name = "mi"
    elif text in RELATIONS or text == "~":
        name, text = "mo", text.replace("~", "∼")
    elif sign and text in SIGNS:
        attributes["form"] = "prefix"
    inside = _row(list(element)) if name in _ROWS else [_element(child) for child in element]
    return tag(name, *([text] if text.strip() else []), *inside, **attributes)


def _is_function(element: Any) -> bool:
    """log, or max with what it runs over."""
    while name_of(element) in SCRIPTED and len(element):
        element = element[0]
    return name_of(element) in ("mi", "mo") and element.text in FUNCTIONS


def _factor(before: list[Any]) -> list[Markup]:
    """A thin space between a function and what it is multiplied with."""
    return [] if not before or opens(before[-1]) or name_of(before[-1]) == "mspace" else [_thin()]


def _applied(after: list[Any]) -> list[Markup]:
    """A thin space between a function and its argument, unless that begins with a bracket or is none."""
    if not after:
        return []
    following = after[0]
    while len(following) and name_of(following) == "mrow":
        following = following[0]
    spaced = name_of(following) == "mspace" or (name_of(following) == "mo" and (following.text or "") not in SIGNS)
    return [] if spaced else [_thin()]


def _thin() -> Markup:
    return tag("mspace", width="0.167em")
