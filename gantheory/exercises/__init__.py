"""The exercises of the notebooks: an answer goes in, and a mark comes out with a hint that the toolkit worked out.

No answer is written down here. Each is computed from the laws that the exercise names, by the functions that the
notebook teaches, and a wrong one is told what those functions say of it. The worked solutions stand in the notebooks,
folded up; the tests run them, and run plausible wrong answers against their hints.
"""

from __future__ import annotations

from typing import Any

from gantheory.errors import DomainError
from gantheory.exercises.exercise import UNANSWERED, Exercise, Mark, wrong
from gantheory.exercises.game import GAME
from gantheory.exercises.objectives import OBJECTIVE_EXERCISES
from gantheory.exercises.runs import RUNS

__all__ = ["EXERCISES", "Exercise", "Mark", "check"]

#: id -> exercise, in the notebooks' order.
EXERCISES: dict[str, Exercise] = {each.id: each for each in (*GAME, *RUNS, *OBJECTIVE_EXERCISES)}


def check(exercise: str, answer: Any) -> Mark:
    """The mark of an answer to an exercise of the notebooks.

    Parameters
    ----------
    exercise : str
        Its id, which is the notebook's number and a name, such as ``"01.two-uniforms"``.
    answer : object
        What the exercise asks for: a number, laws, text, or a function. None is no answer yet.

    Returns
    -------
    Mark
        True where the answer is right; it shows itself in a notebook. An answer that cannot be judged, or a function
        that raises, is wrong, and the mark says what it was.

    Raises
    ------
    DomainError
        If there is no such exercise.

    Examples
    --------
    >>> check("01.two-uniforms", None)
    ○ not answered yet: put your answer in the place of None, and run the cell again
    >>> import math
    >>> check("01.two-uniforms", math.log(2 / 3) + math.log(1 / 3) / 2)
    ✓ right: C(G) = -0.954771252442219 ± ...

    A wrong answer is told what it is:

    >>> check("01.two-uniforms", -math.log(4))
    ✗ that is −log 4, which C(G) reaches where p_g = p_data alone; here D can do better than ½
    """
    if exercise not in EXERCISES:
        raise DomainError(f"exercise is {exercise!r}; it must be one of {', '.join(EXERCISES)}.")
    if answer is None or answer is ...:
        return UNANSWERED
    chosen = EXERCISES[exercise]
    try:
        return chosen.judge(answer)
    except Exception as error:  # of any kind, since the answer may be a function of the reader's own
        told = f"{type(error).__name__}: {' '.join(str(error).split())}"
        return wrong(f"the answer must be {chosen.asks}; with this one came {told}")
