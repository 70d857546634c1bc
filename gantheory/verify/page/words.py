"""The claims' own words with their subscripts set: p_data is written so where there is only one line."""

from __future__ import annotations

import re

from gantheory.verify.page.markup import Markup, joined, tag

__all__ = ["words"]

# after a letter that stands alone or beside a Greek one, a quantity's name, an operator or a star, and nowhere inside a
# name such as my_claim or that of a file; a number has exponents only
_ALONE = r"(?<![A-Za-z_.])(?<![A-Za-z]\d)(?:(?<![A-Za-z0-9]{2}/)|(?<=_data/))"
_BASE = rf"{_ALONE}(?:[A-Za-zα-ωΑ-Ω]′?|max|min|inf|sup|Var|Cov|KL|JSD|TV)|[*∂∇)\]]|(?<![\w.])\d+(?=\^)|(?<=½\+)2(?=\^)"
_SCRIPT = re.compile(rf"({_BASE})([_^])(\{{[^{{}}]*\}}|p_data|p_g|[^\W_]+)(?![^\W_]|_|\.\w)")


def words(text: str) -> Markup:
    """A text with what stands after _ or ^ lowered or raised.

    Examples
    --------
    >>> words("KL(p_data‖q_0) < q_{t+1}, my_claim")
    'KL(p<sub>data</sub>‖q<sub>0</sub>) &lt; q<sub>t+1</sub>, my_claim'
    """
    parts: list[str] = []
    end = 0
    for found in _SCRIPT.finditer(text):
        name = "sub" if found[2] == "_" else "sup"
        parts += [text[end : found.end(1)], tag(name, words(found[3].strip("{}")))]
        end = found.end()
    return joined(*parts, text[end:])
