"""What an exercise is, and what an answer to it is worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gantheory.estimate import Estimate
from gantheory.notebook_tables import lines

__all__ = ["UNANSWERED", "Exercise", "Mark", "marked_number", "right", "wrong"]

_NEAR = 2e-3  # it is the right number, of too few digits
_ROUNDED = 1e-4  # four digits typed by hand are an answer too, a right one or a wrong one that is known


@dataclass(frozen=True, repr=False)
class Mark:
    """What an answer is worth. It is true where the answer is right.

    Attributes
    ----------
    right : bool or None
        None where there is no answer yet.
    text : str
        Why, or a hint.

    Examples
    --------
    >>> mark = Mark(False, "the sign")
    >>> mark, bool(mark)
    (✗ the sign, False)
    >>> Mark(None, "not answered yet").right is None
    True
    """

    right: bool | None
    text: str

    def __bool__(self) -> bool:
        return self.right is True

    def __repr__(self) -> str:
        sign, word = {True: ("✓", "right: "), False: ("✗", ""), None: ("○", "")}[self.right]
        return f"{sign} {word}{self.text}"

    def _repr_html_(self) -> str:
        return lines(repr(self))


@dataclass(frozen=True)
class Exercise:
    """A question of a notebook and its judge.

    Attributes
    ----------
    id : str
        The notebook's number and a name.
    asks : str
        What kind of thing the answer is, in words.
    judge : callable
        answer -> Mark; what it raises is told as a wrong answer.

    Examples
    --------
    >>> even = Exercise("00.even", "a whole number", lambda n: wrong("odd") if n % 2 else right("even"))
    >>> even.judge(4), even.judge(3)
    (✓ right: even, ✗ odd)
    """

    id: str
    asks: str
    judge: Callable[[Any], Mark]


UNANSWERED = Mark(None, "not answered yet: put your answer in the place of None, and run the cell again")


def right(text: str) -> Mark:
    return Mark(True, text)


def wrong(text: str) -> Mark:
    return Mark(False, text)


def marked_number(answer: Any, truth: Any, name: str, slips: Mapping[str, Any], hint: str) -> Mark:
    """The mark of a number: right near the truth; a known slip is told by name, anything else gets the hint.

    Examples
    --------
    >>> marked_number(0.69, 0.25, "x", {"that is log 2": 0.6931}, "think again")
    ✗ think again
    >>> marked_number(0.6931, 0.25, "x", {"that is log 2": 0.693147}, "think again")
    ✗ that is log 2
    """
    number = float(answer)
    exact = truth if isinstance(truth, Estimate) else Estimate(float(truth))
    if abs(number - exact.value) <= exact.error + _ROUNDED * (1 + abs(exact.value)):
        return right(f"{name} = {exact}")
    if abs(number - exact.value) <= _NEAR * (1 + abs(exact.value)):
        return wrong(f"near {name}, and not yet it: give it to four decimals")
    known = (text for text, value in slips.items() if abs(number - float(value)) <= _ROUNDED * (1 + abs(float(value))))
    return wrong(next(known, hint))
