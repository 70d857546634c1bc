r"""What a step calls by a name of its own, in LaTeX: ``d/dt KL(p‖q_t)`` is one symbol of a derivation, and no variable.

A name is a line of the project's own notation: a letter that stands alone is a variable, two and more are a word or an
operator, a star is a superscript, and what stands after _ or ^ is lowered or raised.
"""

from __future__ import annotations

import re

from sympy.core.alphabets import greeks

__all__ = ["label_latex"]

_PLAIN = re.compile(r"[^\W\d_]\d*(_\w+)?′*")  # p, b1, q_0, q′: what sympy sets well by itself
_OPERATORS = frozenset({"log", "max", "min", "inf", "sup", "det", "exp"})
_QUANTITIES = frozenset({"KL", "JSD", "TV", "kl", "Re", "Im", "Var", "logit", "atan"})
_CHARACTERS = {
    "‖": r"\,\|\,", "·": r" \cdot ", "−": "-", "≤": r" \le ", "≥": r" \ge ", "∫": r"\int ", "∂": r"\partial ",
    "½": r"\tfrac12 ", "Π": r"\prod ", "Σ": r"\sum ", "*": "^{*}", "′": "'", "″": "''", "⁺": "^{+}",
    "²": "^{2}", "³": "^{3}", "₁": "_{1}", "₂": "_{2}", "%": r"\%", "#": r"\#", "&": r"\&", "{": r"\{", "}": r"\}",
    "→": r" \to ", "∞": r"\infty ", "‴": r"^{\prime\prime\prime}",
}  # fmt: skip
_TOKEN = re.compile(
    r"[_^](?:\{(?P<braced>[^{}]*)\}|\((?P<bracketed>[^()]*)\)|(?P<one>[A-Za-z]{2,}|.))"
    r"|(?P<space> +)"
    r"|(?P<differential>(?<![A-Za-z])d[A-Za-z](?![A-Za-z]))"
    r"|(?P<word>(?<=[a-z] )a(?= [a-z])|(?<![^\W\d_])(?:[A-Za-z]'s|[A-Za-z]{2,}(?:[–'][A-Za-z]+)*)"
    r"(?!(?![₁₂])[^\W\d_]):?)"
    r"|(?P<other>.)",
    re.DOTALL,
)


def label_latex(name: str) -> str | None:
    r"""The LaTeX of a name that is more than a symbol; None of one that is none.

    Examples
    --------
    >>> label_latex("KL(p‖q_0)/(ηt)"), label_latex("q_0")
    ('\\mathrm{KL}(p\\,\\|\\,q_{0})/(ηt)', None)
    >>> label_latex("loss at p = 0")
    '\\text{loss }\\text{at }p=0'
    """
    return None if _PLAIN.fullmatch(name) or name in greeks else _line(name)


def _line(name: str) -> str:
    tokens = list(_TOKEN.finditer(name))
    return "".join(_piece(tokens, at) for at in range(len(tokens)))


def _piece(tokens: list[re.Match[str]], at: int) -> str:
    found = tokens[at]
    inside = next((part for part in found.group("braced", "bracketed", "one") if part is not None), None)
    if inside is not None:
        return f"{found[0][0]}{{{_line(inside)}}}"
    if found["word"]:
        return _word(tokens, at)
    if found["space"]:
        return r"\," if 0 < at < len(tokens) - 1 and _apart(tokens[at - 1]) and _apart(tokens[at + 1]) else ""
    return _CHARACTERS.get(found[0], found[0])


def _word(tokens: list[re.Match[str]], at: int) -> str:
    """An operator by its command, a quantity upright, anything else a text with the spaces around it."""
    word = tokens[at][0]
    if word in _OPERATORS:
        return rf"\{word} "
    if word in _QUANTITIES:
        return rf"\mathrm{{{word}}}"
    before = at >= 2 and bool(tokens[at - 1]["space"]) and not _is_text(tokens[at - 2]) and tokens[at - 2][0] != "‖"
    after = at + 2 < len(tokens) and bool(tokens[at + 1]["space"]) and tokens[at + 2][0] != "‖"
    return rf"\text{{{' ' * before}{word}{' ' * after}}}"


def _is_text(token: re.Match[str]) -> bool:
    return bool(token["word"]) and token["word"] not in _OPERATORS | _QUANTITIES


def _apart(token: re.Match[str]) -> bool:
    """Whether a space beside it is meant: a text, an operator and a relation have their own."""
    return not _is_text(token) and token[0] not in _OPERATORS and token[0] not in "=+−<>≤≥·/,‖|∫∂ΠΣ"
