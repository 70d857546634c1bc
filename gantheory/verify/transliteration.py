"""One table from the typography of the mathematics to ASCII, for terminals that have no more."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["ASCII", "transliterated"]

# every character beyond ASCII that the claims, the derivations, the laws and the numbers use
ASCII = {
    "∇": "grad ", "←": "<-", "á": "a", "ö": "o",
    "−": "-", "–": "-", "—": "-", "·": "*", "×": "x", "±": "+/-", "∞": "inf", "≤": "<=", "≥": ">=", "≠": "!=",
    "≪": "<<", "≡": "==", "→": "->", "↦": "|->", "⇒": "=>", "⇔": "<=>", "∈": " in ", "∪": " or ", "∩": " and ",
    "∖": " without ", "∫": "int ", "√": "sqrt ", "Σ": "sum ", "Π": "prod ", "∂": "d", "‖": "||", "∗": "*", "∘": " o ",
    "₀": "_0", "₁": "_1", "₂": "_2", "⁰": "^0", "¹": "^1", "²": "^2", "³": "^3", "⁴": "^4", "⁵": "^5", "⁶": "^6",
    "⁷": "^7", "⁸": "^8", "⁹": "^9", "⁻": "^-", "⁺": "^+", "½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4",
    "⅛": "1/8", "′": "'", "″": "''", "‴": "'''", "…": "...", "ℝ": "R", "ℓ": "l", "α": "alpha", "β": "beta",
    "γ": "gamma", "δ": "delta", "ε": "eps", "η": "eta", "θ": "theta", "κ": "kappa", "λ": "lambda", "μ": "mu",
    "ν": "nu", "π": "pi", "σ": "sigma", "τ": "tau", "φ": "phi", "χ": "chi", "ψ": "psi", "Γ": "Gamma", "Δ": "Delta",
    "∝": " prop. to ", "Φ": "Phi", "ζ": "zeta",
    "⊥": " perp ", "✓": "ok", "✗": "NO", "§": "section ", "凸": "convex", "’": "'", "‘": "'", "“": '"', "”": '"',
}  # fmt: skip


# what moves the cursor, colours, clears or turns the direction of a terminal, a line's end apart
_COMMANDS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def transliterated(text: str, encoding: str | None) -> str:
    r"""The text in characters that the encoding has; an accent is dropped, what has no word becomes a question mark.

    A name from a user's file may hold commands to the terminal: they are shown, and not obeyed.

    Examples
    --------
    >>> print(transliterated("mine \x1b[2J", "utf-8"))
    mine \x1b[2J
    >>> transliterated("JSD(p‖q) ≤ log 2", "ascii"), transliterated("½ ± ö", "latin-1")
    ('JSD(p||q) <= log 2', '½ ± ö')
    """
    text = _COMMANDS.sub(lambda found: ascii(found[0])[1:-1], text)
    try:
        text.encode(encoding or "ascii")
        return text
    except (UnicodeEncodeError, LookupError):
        return "".join(c if ord(c) < 128 else ASCII.get(c) or _plainest(c) for c in text)


def _plainest(character: str) -> str:
    return unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode() or "?"
