"""Markdown for the documents that are generated: text that is shown as it stands, anchors, and how it is printed."""

from __future__ import annotations

import re
import sys

__all__ = ["anchor", "escaped", "print_document"]

# what Markdown would take for markup: an underscore within a word, as in p_data, is none
_MARKUP = re.compile(r"[\\*`\[\]<$|~]|(?<!\w)_|_(?!\w)")


def escaped(text: str) -> str:
    r"""The text, with nothing in it that Markdown reads as markup; it may stand in a table.

    Examples
    --------
    >>> print(escaped("D* = p_data/(p_data + p_g), |h| ≤ cp"))
    D\* = p_data/(p_data + p_g), \|h\| ≤ cp
    """
    return _MARKUP.sub(r"\\\g<0>", text)


def anchor(name: str) -> str:
    """The part of an address after the #: the name of a claim, without its dots.

    Examples
    --------
    >>> anchor("thm1.jsd-form")
    'thm1-jsd-form'
    """
    return name.replace(".", "-")


def print_document(text: str) -> None:
    """To standard output, in UTF-8 and with the line ends of the repository wherever it runs."""
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    print(text, end="")
