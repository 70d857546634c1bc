"""What a law was made of: the exact numbers, or the text, behind the floats that its parameters are.

A law computes with floats. `gantheory.certified` is of exact parameters, and finds here what the floats were rounded
from. The record is no part of a law's value: laws are equal, and print, as their floats do. Copies and pickles keep it.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from numbers import Integral
from typing import Any, NamedTuple

__all__ = ["Named", "Parts", "exact", "given", "keep", "rounded_from"]

Parameter = Fraction | str  # as it is shown, where no exact value is known of it


class Named(NamedTuple):
    """A family of scipy.stats and its parameters, by scipy's names."""

    family: str
    parameters: Mapping[str, Parameter]


class Parts(NamedTuple):
    """Laws and their weights; None for equal ones."""

    components: tuple[Any, ...]
    weights: tuple[Parameter, ...] | None


def given(law: Any) -> Any:
    """The record of a law: its text as a tree, `Named`, `Parts`, or a dict of those parameters that were no floats."""
    return getattr(law, "_given", None)


def keep(law: Any, record: Any) -> None:
    object.__setattr__(law, "_given", record)


def exact(number: Any) -> Parameter:
    """The exact value of what float() takes; where none is known, as of sympy.pi, how it is shown."""
    if isinstance(number, Integral):
        return Fraction(int(number))  # which numpy's own do not compare exactly
    if number == float(number):
        return Fraction(float(number))
    try:
        return Fraction(number)  # a Fraction, a Decimal, a text
    except (TypeError, ValueError):
        pass
    try:
        return Fraction(*map(int, number.as_integer_ratio()))
    except (AttributeError, TypeError, ValueError):
        return str(number)


def rounded_from(values: Mapping[str, Any]) -> dict[str, Parameter]:
    """The exact values of those numbers that are no floats."""
    found = {name: exact(value) for name, value in values.items() if type(value) is not float}
    return {name: number for name, number in found.items() if isinstance(number, str) or number != float(number)}
