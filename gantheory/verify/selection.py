"""Which claims to run: ids with cases, and expressions such as ``thm1 and not stability``."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gantheory.errors import DomainError, ParseError

__all__ = ["LEVELS", "Selected", "keyword", "nearest", "select", "unknown"]

LEVELS = ("quick", "standard", "full")
_TOKEN = re.compile(r"\s*(?:([()])|([^\s()]+))")
_LONGEST, _DEEPEST = 512, 40


@dataclass(frozen=True)
class Selected:
    """A claim to run, the names of the cases to run it on (all of them if empty), and the words that bring it along."""

    claim: Any
    cases: tuple[str, ...] = ()
    words: str = ""


def checked_ids(ids: Iterable[Any]) -> tuple[str, ...]:
    """The arguments of a run that name claims."""
    for name in ids:
        if not isinstance(name, str):
            raise DomainError(
                f"a claim is named {name!r}; it must be a text, such as 'thm1.jsd-form' or 'thm1.jsd-form::CASE'."
            )
    return tuple(ids)


def checked_cases(cases: Any) -> tuple[Any, ...]:
    """A user's own cases."""
    try:
        cases = tuple(cases)
    except TypeError:
        raise DomainError(f"cases is {cases!r}; it must be a sequence of Case(name, p_data, p_g).") from None
    for case in cases:
        if not (hasattr(case, "name") and hasattr(case, "p_data")):
            raise DomainError(f"cases holds {case!r}; each must be a Case(name, p_data, p_g) of gantheory.panel.")
    return cases


def select(
    ids: Sequence[str],
    claims: Iterable[Any],
    groups: Iterable[Any],
    cases: Iterable[Any],
    matches: Callable[[str], bool] | None = None,
) -> tuple[Selected, ...]:
    """The claims that are named (by id, ``id::case`` or group; all if none are) and match, in the ledger's order."""
    claims, groups = tuple(claims), tuple(groups)
    headings = {claim.id: f"{group.name} {group.title}" for group in groups for claim in group.claims}
    wanted = _named(ids, _families(claims, groups), [case.name for case in cases])
    found = [claim for claim in claims if not ids or claim.id in wanted]
    if matches is not None:
        found = [claim for claim in found if matches(f"{claim.id} {claim.title} {headings.get(claim.id, '')}")]
    return tuple(Selected(claim, wanted.get(claim.id, ())) for claim in found)


def unknown(ids: Sequence[str], claims: Iterable[Any], groups: Iterable[Any]) -> tuple[str, ...]:
    """The ids that name neither a claim nor a group nor a family."""
    families = _families(tuple(claims), groups)
    return tuple(text for text in ids if text.partition("::")[0] not in families)


def _named(ids: Sequence[str], families: dict[str, list[str]], cases: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Claim to cases (none: all of them), for every claim that the ids name."""
    wanted: dict[str, tuple[str, ...]] = {}
    for text in ids:
        head, separator, case = text.partition("::")
        if head not in families:
            raise DomainError(f"no claim or group is called {head!r}{nearest(head, list(families))} See --list.")
        if separator and case not in cases:
            raise DomainError(f"no case is called {case!r}{nearest(case, cases)} See --list -v.")
        for name in families[head]:
            everywhere = not case or wanted.get(name) == ()
            wanted[name] = () if everywhere else (*wanted.get(name, ()), case)
    return wanted


def _families(claims: Sequence[Any], groups: Iterable[Any]) -> dict[str, list[str]]:
    """What one word may name: a claim, a group of the ledger, or the first half of ids (``thm1``)."""
    families = {group.name: [claim.id for claim in group.claims] for group in groups}
    for claim in claims:
        families[claim.id] = [claim.id]
        families.setdefault(claim.id.partition(".")[0], []).append(claim.id)
    return families


def nearest(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {close[0]}?" if close else "."


def keyword(expression: str) -> Callable[[str], bool]:
    """A predicate of texts: words are substrings (case does not matter), joined by and, or, not and parentheses.

    Examples
    --------
    >>> wanted = keyword("thm1 and not (stability or saddle)")
    >>> wanted("thm1.jsd-form"), wanted("thm1.saddle"), wanted("js.bounds")
    (True, False, False)
    """
    if len(expression) > _LONGEST:
        raise ParseError(f"the -k expression has {len(expression)} characters; it may have {_LONGEST}.")
    tokens = [bracket or word for bracket, word in _TOKEN.findall(expression)]
    predicate, rest = _disjunction(tokens, 0)
    if rest:
        raise ParseError(f"the -k expression {expression!r} has {rest[0]!r} where it should end or join with and, or.")
    return lambda text: predicate(text.lower())


_Parsed = tuple[Callable[[str], bool], list[str]]


def _disjunction(tokens: list[str], depth: int) -> _Parsed:
    left, tokens = _conjunction(tokens, depth)
    while tokens and tokens[0] == "or":
        right, tokens = _conjunction(tokens[1:], depth)
        left = _either(left, right)
    return left, tokens


def _conjunction(tokens: list[str], depth: int) -> _Parsed:
    left, tokens = _negation(tokens, depth)
    while tokens and tokens[0] == "and":
        right, tokens = _negation(tokens[1:], depth)
        left = _both(left, right)
    return left, tokens


def _negation(tokens: list[str], depth: int) -> _Parsed:
    if depth > _DEEPEST:
        raise ParseError(f"the -k expression is nested more than {_DEEPEST} deep.")
    if not tokens or tokens[0] in ("and", "or", ")"):
        raise ParseError(f"the -k expression lacks a word {'before ' + repr(tokens[0]) if tokens else 'at its end'}.")
    if tokens[0] == "not":
        inner, rest = _negation(tokens[1:], depth + 1)
        return (lambda text: not inner(text)), rest
    if tokens[0] == "(":
        inner, rest = _disjunction(tokens[1:], depth + 1)
        if not rest or rest[0] != ")":
            raise ParseError("the -k expression lacks a closing parenthesis.")
        return inner, rest[1:]
    word = tokens[0].lower()
    return (lambda text: word in text), tokens[1:]


def _either(left: Callable[[str], bool], right: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda text: left(text) or right(text)


def _both(left: Callable[[str], bool], right: Callable[[str], bool]) -> Callable[[str], bool]:
    return lambda text: left(text) and right(text)
