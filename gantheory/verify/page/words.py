"""The claims' own words with their subscripts set: p_data is written so where there is only one line."""

from __future__ import annotations

import re

from gantheory.verify.page.markup import Markup, joined, tag

__all__ = ["words"]

# after a letter that stands alone, an operator or a star, and nowhere inside a name such as my_claim
_SCRIPT = re.compile(
    r"(?:(?<![^\W\d][^\W\d_])(?<![/.][^\W\d_])(?<=[^\W\d_])|(?<=max)|(?<=min)|(?<=inf)|(?<=[*∂∇)])|(?<=/p)(?=_(?:data|g)\b))"
    r"([_^])(\{[^{}]*\}|p_data|p_g|[^\W_]+)"
)


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
        name = "sub" if found[1] == "_" else "sup"
        parts += [text[end : found.start()], tag(name, words(found[2].strip("{}")))]
        end = found.end()
    return joined(*parts, text[end:])
