r"""Laws as LaTeX, as a notebook shows them: :math:`\tfrac12\mathcal N(-2,\,0.7^2) + \tfrac12\mathcal N(2.5,\,1)`.

A letter or a name, and the parameters that are not at their defaults under the names that the classes give them; of a
law without formula, its own text.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

__all__ = ["latex_of"]

_LETTERS = {"mu": r"\mu", "sigma": r"\sigma", "df": r"\nu", "loc": r"\mathrm{loc}", "scale": r"\mathrm{scale}",
            "shape": r"\mathrm{shape}"}  # fmt: skip
_MOST_SHOWN = 6


def latex_of(law: Any) -> str:
    r"""The law in LaTeX, without dollars.

    Examples
    --------
    >>> from gantheory.densities import Gamma, Mixture, Normal
    >>> print(latex_of(Normal(0, 1.5)))
    \mathcal{N}(0,\, 1.5^2)
    >>> print(latex_of(Mixture([Normal(), Gamma(2)], [0.25, 0.75])))
    0.25\,\mathcal{N}(0,\, 1) + 0.75\,\operatorname{Gamma}(\mathrm{shape}=2)
    """
    name = type(law).__name__
    if name == "Normal":
        return rf"\mathcal{{N}}({_number(law.mu)},\, {_square(law.sigma)})"
    if name == "Mixture":
        return _sum(list(zip(law.weights, map(latex_of, law.components), strict=True)))
    if name == "Discrete":
        return _sum([(m, rf"\delta_{{{_number(x)}}}") for x, m in zip(*law.atoms(), strict=True)])
    if name == "Pushforward":
        return rf"G_{{\#}}{latex_of(law.prior)},\quad G(z) = {_words(str(law.generator))}"
    if name == "Uniform":
        return rf"\mathcal{{U}}[{_number(law.a)},\, {_number(law.b)}]"
    if is_dataclass(law) and all(isinstance(getattr(law, one.name), (int, float)) for one in fields(law)):
        return rf"\operatorname{{{name}}}({_parameters(law)})"
    return _words(str(law))


def _parameters(law: Any) -> str:
    shown = [(one.name, getattr(law, one.name)) for one in fields(law) if getattr(law, one.name) != one.default]
    return r",\, ".join(f"{_LETTERS.get(name, name)}={_number(value)}" for name, value in shown)


def _sum(terms: list[tuple[float, str]]) -> str:
    shown = [law if weight == 1.0 else rf"{_number(weight)}\,{law}" for weight, law in terms[:_MOST_SHOWN]]
    rest = [rf"\cdots\ \text{{({len(terms)} terms)}}"] if len(terms) > _MOST_SHOWN else []
    return " + ".join(shown + rest)


def _square(sigma: float) -> str:
    text = _number(sigma)
    return "1" if sigma == 1.0 else f"({text})^2" if r"\times" in text else f"{text}^2"


def _number(value: float) -> str:
    mantissa, _, exponent = f"{float(value):.6g}".partition("e")
    return rf"{mantissa} \times 10^{{{int(exponent)}}}" if exponent else mantissa


def _words(text: str) -> str:
    """Text that is not ours, which must not speak LaTeX nor HTML."""
    for character in "\\{}$<>":
        text = text.replace(character, " ")
    for character in "_%#&":
        text = text.replace(character, "\\" + character)
    return rf"\texttt{{{text.replace('^', ' ').replace('~', ' ')}}}"
