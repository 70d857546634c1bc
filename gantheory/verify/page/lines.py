"""Where a formula may be broken into lines, which no browser does by itself.

Before an arrow, around words and after a wide space; what is longer than a few letters then before its relations, then
before a sum's next term; and what is long for a phone inside its brackets too. Everything here is on the elements that
the converter gives.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

__all__ = ["FUNCTIONS", "RELATIONS", "SCRIPTED", "SIGNS", "ems_of", "name_of", "opens", "parts_of"]

FUNCTIONS = frozenset({"log", "exp", "sign", "Im", "supp", "dist", "det", "max", "min", "sup", "inf", "lim", "arg"})
RELATIONS = frozenset("⟺⟹⟸⇔⇒⟂⊥↗→∝")  # which the converter takes for letters
SIGNS = "−-+±∓"
SCRIPTED = frozenset({"msub", "msup", "msubsup", "munder", "mover", "munderover"})
_ARROWS = frozenset("⟺⟹⟸⇔⇒")
_COMPARED = RELATIONS | frozenset("=≤≥<>≡≈∼~≠")
_OPENING, _CLOSING = ("(", "[", "{"), (")", "]", "}")
_BIG = ("∑", "∏", "∫")
_AFTER = (*_CLOSING, "|", "!")
_LONG = 14.5  # ems: a phone's line of a formula has about 18
_LONGEST = (8.0, 8.0, _LONG, _LONG, _LONG)  # of a part that is not broken at the next level

_WORDS = re.compile(r"\s*\S+\s*")

_Row = list[Any]


def parts_of(row: _Row) -> Iterator[_Row]:
    """The parts of a formula between which a line may break."""
    while len(row) == 1 and name_of(row[0]) == "mrow" and not _is_bracketed(row[0]):
        row = list(row[0])
    return _parts(row, 0)


def ems_of(part: _Row) -> int | None:
    """About how wide a part is that may be too wide for a phone."""
    width = sum(map(_width, part))
    return round(width) if width > _LONG else None


def name_of(element: Any) -> str:
    """An element's name, without its name space."""
    return element.tag.rpartition("}")[2]


def opens(element: Any) -> bool:
    """After it there is no sum: an operator, a relation or an opening bracket."""
    while name_of(element) in SCRIPTED and len(element) and element[0].text in _BIG:
        element = element[0]
    text = element.text or ""
    return (name_of(element) == "mo" and text not in _AFTER) or text in RELATIONS


def _parts(row: _Row, level: int) -> Iterator[_Row]:
    """Broken at arrows, then at relations too, then in sums, then inside brackets."""
    depth, start, row = 0, 0, list(row)
    for at, child in enumerate(row):
        depth -= _is(child, _CLOSING)
        if at > start and depth <= max(0, level - 2) and _breaks(row, at, level):
            yield from _shorter(row[start:at], level)
            start = at
            if _is_infix(row, at):  # which first in its part it would not be
                row[at] = _with(child, form="infix")
        depth += _is(child, _OPENING)
    yield from _shorter(row[start:], level)


def _shorter(part: _Row, level: int) -> Iterator[_Row]:
    if level < len(_LONGEST) and sum(map(_width, part)) > _LONGEST[level]:
        return _parts(list(_unpacked(part)) if level >= 2 else part, level + 1)
    return iter([part])


def _breaks(row: _Row, at: int, level: int) -> bool:
    text, before = row[at].text or "", row[at - 1]
    words = name_of(row[at]) == "mtext" or name_of(before) == "mtext"
    listed = level > 2 and _is(before, (",", ";"))
    joins = level > 1 or text in (_ARROWS if level == 0 else _COMPARED)
    return words or listed or _is_wide(before) or (joins and _is_infix(row, at))


def _is_infix(row: _Row, at: int) -> bool:
    """A relation, or the sign of a sum's next term; a sign of its own stands first or follows an operator."""
    text, before = row[at].text or "", row[at - 1]
    if name_of(row[at]) not in ("mo", "mi") or _is(before, _OPENING):
        return False
    return text in _COMPARED or (text in tuple(SIGNS) and not opens(before))


def _is(element: Any, texts: tuple[str, ...]) -> bool:
    return name_of(element) == "mo" and element.text in texts


def _is_wide(element: Any) -> bool:
    return name_of(element) == "mspace" and _ems(element) >= 0.9


def _ems(element: Any) -> float:
    return float((element.get("width") or "0").removesuffix("em"))


# -- brackets --------------------------------------------------------------------------------------------------


def _unpacked(part: _Row) -> Iterator[Any]:
    """Words one by one, and without the rows that hold brackets with what is in them, which stay as large."""
    for child in part:
        inside = list(child)
        if _is_bracketed(child):
            tall = max(map(_height, inside[1:-1]))
            yield from (_bracket(inside[0], tall), *inside[1:-1], _bracket(inside[-1], tall))
        elif name_of(child) == "mtext":
            for word in _WORDS.findall(child.text or ""):
                yield _with(child, text=word)
        else:
            yield child


def _is_bracketed(element: Any) -> bool:
    long = name_of(element) == "mrow" and len(element) > 2
    return long and _is(element[0], _OPENING) and _is(element[-1], _CLOSING)


def _bracket(element: Any, tall: float) -> Any:
    if tall < 1.5:
        return _with(element, stretchy="false")
    return _with(element, stretchy="true", symmetric="true", minsize=f"{tall:.3g}em", maxsize=f"{tall:.3g}em")


def _with(element: Any, text: str | None = None, **attributes: str) -> Any:
    made = Element(element.tag, {**element.attrib, **attributes})
    made.text = text or element.text
    return made


# -- sizes, roughly, in ems --------------------------------------------------------------------------------------


def _width(element: Any) -> float:
    inside = [_width(child) for child in element]
    match name_of(element):
        case "mspace":
            return _ems(element)
        case "mo" if element.text in _COMPARED or element.text in tuple(SIGNS):
            return 1.3
        case "mfrac" | "munder" | "mover" | "munderover":
            return max(inside)
        case "msub" | "msup":
            return inside[0] + 0.7 * inside[1]
        case "msubsup":
            return inside[0] + 0.7 * max(inside[1:])
        case _:
            return sum(inside) + 0.55 * len((element.text or "").strip())


def _height(element: Any) -> float:
    inside = [_height(child) for child in element]
    match name_of(element):
        case "mfrac":
            return sum(inside)
        case "msub" | "msup" | "msubsup":
            return inside[0] + 0.2 * (len(inside) - 1)
        case "munder" | "mover" | "munderover":
            return inside[0] + 0.7 * sum(inside[1:])
        case _:
            return max(inside, default=1.1)
