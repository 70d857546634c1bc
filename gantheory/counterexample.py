"""The search for a counterexample: the simplest pair of laws, or single law, that breaks what one believes of all.

A predicate gives a margin, which must be ≥ 0, or True. An `Estimate` breaks it where its whole interval is below 0; an
interval that holds 0 decides nothing, and is counted as such. Candidates come from the simplest up: first a ladder of
families and round parameters, then the standard panel, then what hypothesis draws and shrinks.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, product
from random import Random
from typing import Any, Literal

import numpy as np

from gantheory.densities import (
    Beta,
    Cauchy,
    Discrete,
    Exponential,
    Gamma,
    Laplace,
    Logistic,
    Normal,
    StudentT,
    Uniform,
    Weibull,
    as_density,
)
from gantheory.errors import DomainError, ResolutionWarning
from gantheory.estimate import Estimate, as_estimate
from gantheory.panel import PANEL

__all__ = ["Search", "find_counterexample"]

Laws = tuple[Any, ...]  # a pair, or a single law

# loc and scale from the standard law: equal to it, then by one round parameter, then by both
_MOVES = ((0.0, 1.0), (1.0, 1.0), (0.0, 2.0), (2.0, 1.0), (0.0, 0.5), (0.5, 1.0), (1.0, 2.0), (0.0, 10.0), (10.0, 1.0))
_FAMILIES: tuple[Callable[[float, float], Any], ...] = (
    Normal,
    lambda loc, scale: Uniform(loc, loc + scale),
    Laplace,
    lambda loc, scale: Exponential(scale, loc),
    Logistic,
    Cauchy,
    lambda loc, scale: Discrete([loc, loc + scale], [0.5, 0.5]),
    lambda loc, scale: Discrete([0.0, 1.0], [scale / (1 + scale), 1 / (1 + scale)]),
    lambda loc, scale: Discrete([loc], [1.0]),
)
_SHAPED = (StudentT(3), Beta(2, 2), Beta(0.5, 0.5), Gamma(2, 1), Gamma(0.5, 1), Weibull(2, 1), Weibull(0.5, 1))


@dataclass(frozen=True, repr=False)
class Search:
    """What a search found. It is true where it found a counterexample.

    Attributes
    ----------
    pair : tuple of Density or None
        The simplest counterexample found, a single law as a tuple of one; None where there is none.
    margin : Estimate or None
        The margin there; without a counterexample the least that was seen. None where the predicate gave no margins.
    where : tuple of Density or None
        The laws of that margin.
    searched, undecided : int
        How many pairs were tried, and on how many the margin's interval held 0.
    raised : int
        On how many the predicate raised.
    error : str
        The first thing that it raised, and on which laws; empty if it never did.
    """

    pair: Laws | None = None
    margin: Estimate | None = None
    where: Laws | None = None
    searched: int = 0
    undecided: int = 0
    raised: int = 0
    error: str = ""

    def __bool__(self) -> bool:
        return self.pair is not None

    def __repr__(self) -> str:
        found = "no counterexample" if self.pair is None else f"counterexample {_in_words(self.pair)}"
        margin = "" if self.margin is None else f", margin {self.margin}"
        return f"<Search: {found}{margin}, {self.searched} tried>"

    def __str__(self) -> str:
        tried = f"{self.searched} tried, {self.undecided} undecided, {self.raised} raised"
        if self.pair is not None:
            lines = [f"counterexample: {_in_words(self.pair)}", f"margin {self.margin}, must be ≥ 0" * self._has_margin]
        else:
            at = f"least margin {self.margin} at {_in_words(self.where)}" if self.where else ""
            lines = ["no counterexample found, which is no proof", at]
        lines += [tried, f"raised first at {self.error}" * bool(self.error)]
        return "\n".join(line for line in lines if line)

    @property
    def _has_margin(self) -> bool:
        return self.margin is not None


def find_counterexample(
    predicate: Callable[..., Any],
    laws: Any = None,
    *,
    method: Literal["ladder", "hypothesis"] | None = None,
    budget: int = 600,
    rng: int = 0,
) -> Search:
    """Search the laws for the simplest that break a predicate.

    Parameters
    ----------
    predicate : callable
        ``predicate(p, q)`` on pairs, or ``predicate(p)`` on single laws, by the number of its parameters. It gives a
        margin, a number or an Estimate of any shape that must be ≥ 0; or a bool that must be True.
    laws : sequence or hypothesis strategy, optional
        Where to search: laws (anything `as_density` accepts), of which all pairs are taken, the first first; or pairs
        of them; or a strategy such as ``gantheory.strategies.law_pairs(kinds=["nested"])``. All laws by default.
    method : {None, "ladder", "hypothesis"}
        The ladder and the panel alone, or what hypothesis draws alone. By default the ladder first, which stands in
        order of simplicity; where nothing on it breaks the predicate, the panel, and what hypothesis draws and shrinks
        if it is installed: of the two finds the shorter is returned.
    budget : int, default 600
        How many pairs may be tried, shrinking included.
    rng : int, default 0
        The seed from which hypothesis draws: the same seed finds the same pair.

    Returns
    -------
    Search
        With the `pair`, or None and the least `margin` seen. What the predicate raises is counted and told, and is no
        counterexample.

    Raises
    ------
    DomainError
        If the predicate takes neither one law nor two, or there is nothing to search.
    ImportError
        With ``method="hypothesis"``, if hypothesis is not installed.

    Notes
    -----
    Finding none proves nothing; `gantheory.claims` is for what is to be decided. Give a margin rather than a comparison
    where you can. A comparison of Estimates is True only where it is certain, so that ``a >= b`` is False where nobody
    knows; and a bool has no margin, so the search cannot say how near it came.

    Examples
    --------
    >>> from gantheory.divergences import js_divergence, kl_divergence, total_variation
    >>> print(find_counterexample(lambda p, q: js_divergence(p, q) - total_variation(p, q) ** 2))
    counterexample: norm(0.0, 1.0) v norm(1.0, 1.0)
    margin -0.03521001412367... ± ..., must be ≥ 0
    2 tried, 0 undecided, 0 raised

    That KL is symmetric is true of the first pairs on the ladder, and false of the next:

    >>> find_counterexample(lambda p, q: -abs(kl_divergence(p, q) - kl_divergence(q, p))).pair
    (Normal(mu=0.0, sigma=1.0), Normal(mu=0.0, sigma=2.0))

    What is true has no counterexample, and a least margin:

    >>> found = find_counterexample(lambda p, q: js_divergence(p, q), ["norm", "laplace", "norm(1, 1)"])
    >>> bool(found), found.margin, found.searched
    (False, Estimate(0.0, 0.0, 'bound'), 9)
    """
    number = _number_of_laws(predicate)
    if isinstance(budget, bool) or not isinstance(budget, int) or budget < 1:
        raise DomainError(f"budget is {budget!r}; it must be an int >= 1.")
    if method not in (None, "ladder", "hypothesis"):
        raise DomainError(f"method is {method!r}; it must be None, 'ladder' or 'hypothesis'.")
    trials = _Trials(predicate, budget)
    if laws is not None and not _is_strategy(laws):
        return trials.search(trials.first(_given(laws, number)))
    strategy = laws if laws is not None else _strategy(number, needed=method == "hypothesis")
    found = None
    if laws is None and method != "hypothesis":
        found = trials.first(_ladder(number))
        if found is None:
            found = trials.first((case.p_data, case.p_g)[:number] for case in PANEL)
        elif strategy is not None:
            return trials.search(found)  # the ladder stands in order of simplicity
    if strategy is not None and method != "ladder":
        drawn = trials.shrunk(strategy, rng)
        found = min((one for one in (found, drawn) if one is not None), key=_length, default=None)
    return trials.search(found)


# -- trials ----------------------------------------------------------------------------------------------------


@dataclass
class _Trials:
    """A predicate, what it said of each candidate, and how many more may be tried."""

    predicate: Callable[..., Any]
    budget: int
    breaks: dict[Any, bool] = field(default_factory=dict)
    margins: dict[Any, tuple[Estimate, Laws]] = field(default_factory=dict)
    last: Laws | None = None  # that broke it
    undecided: int = 0
    raised: int = 0
    error: str = ""

    def broken_by(self, laws: Laws) -> bool:
        """Whether the laws are certainly a counterexample; of a candidate seen before, what was said then."""
        key = _key(laws)
        if key not in self.breaks and len(self.breaks) < self.budget:
            self.breaks[key] = self._try(laws, key)
            self.last = laws if self.breaks[key] else self.last
        return self.breaks.get(key, False)

    def _try(self, laws: Laws, key: Any) -> bool:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResolutionWarning)
                found = self.predicate(*laws)
            if isinstance(found, (bool, np.bool_)):
                return not found
            margin = _least(as_estimate(found))
        except Exception as error:  # KeyboardInterrupt is no Exception and passes
            self.raised += 1
            self.error = self.error or f"{_in_words(laws):.200}: {type(error).__name__}: {' '.join(str(error).split())}"
            return False
        self.margins[key] = margin, laws
        self.undecided += bool(margin.lower < 0 <= margin.upper)
        return bool(margin.upper < 0)

    def first(self, candidates: Iterable[Laws]) -> Laws | None:
        """The first that breaks it, within the budget."""
        for laws in islice(candidates, self.budget):
            if self.broken_by(laws):
                return laws
        return None

    def shrunk(self, strategy: Any, seed: int) -> Laws | None:
        """What hypothesis finds in a strategy, shrunk to the simplest that still breaks it."""
        from hypothesis import find, settings
        from hypothesis.errors import Flaky, NoSuchExample, Unsatisfiable

        left = self.budget - len(self.breaks)
        if left < 1:
            return None
        looked = settings(max_examples=left, database=None, deadline=None)
        try:
            found = find(strategy, lambda drawn: self.broken_by(_tuple(drawn)), settings=looked, random=Random(seed))
        except (NoSuchExample, Unsatisfiable):
            return None
        except Flaky:  # the budget ended as it shrank: the last that it came to
            return self.last
        return _tuple(found)

    def search(self, found: Laws | None) -> Search:
        """The whole, of which `found` is the counterexample if there is one."""
        at = self.margins.get(_key(found)) if found is not None else None
        if found is None and self.margins:
            at = min(self.margins.values(), key=lambda one: one[0].value)
        margin, where = at or (None, found)
        return Search(found, margin, where, len(self.breaks), self.undecided, self.raised, self.error)


def _least(margin: Estimate) -> Estimate:
    """The element that comes nearest to breaking, of a margin of any shape."""
    upper = np.ravel(margin.upper)
    if not upper.size:
        raise DomainError("the predicate gave an empty margin; it must give a number for each pair.")
    index = int(np.argmin(upper))
    return Estimate(float(np.ravel(margin.value)[index]), float(np.ravel(margin.error)[index]), margin.basis)


def _number_of_laws(predicate: Callable[..., Any]) -> int:
    """How many laws the predicate takes."""
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    try:
        parameters = inspect.signature(predicate).parameters.values()
    except (TypeError, ValueError):
        raise DomainError(f"predicate is {predicate!r}; it must be a function, such as lambda p, q: ….") from None
    number = sum(each.kind in positional and each.default is each.empty for each in parameters)
    if number not in (1, 2):
        raise DomainError(
            f"predicate takes {number} arguments; it must take one law or two, such as lambda p, q: …; give further "
            "arguments a default."
        )
    return number


# -- where to search -----------------------------------------------------------------------------------------------


def _ladder(number: int) -> Iterator[Laws]:
    """Family by family the standard law and moved ones; pairs of one family before pairs of two."""
    if number == 1:
        yield from ((family(*move),) for family in _FAMILIES for move in _MOVES)
        yield from ((law,) for law in _SHAPED)
        return
    yield from ((family(0.0, 1.0), family(*move)) for family in _FAMILIES for move in _MOVES)
    standard = (*(family(0.0, 1.0) for family in _FAMILIES), *_SHAPED)
    yield from ((p, q) for p, q in product(standard, standard) if p != q)


def _given(laws: Any, number: int) -> list[Laws]:
    """The caller's own laws, or pairs, as candidates."""
    try:
        entries = [laws] if isinstance(laws, str) else list(laws)
    except TypeError:
        raise DomainError(f"laws is {laws!r}; it must be a sequence of laws or of pairs, or a strategy.") from None
    if not entries:
        raise DomainError("laws is empty; it must hold at least one law or pair.")
    if number == 2 and all(isinstance(entry, (tuple, list)) for entry in entries):
        if any(len(entry) != 2 for entry in entries):
            raise DomainError(f"laws is {laws!r:.200}; a pair is a tuple of two laws.")
        return [(as_density(p), as_density(q)) for p, q in entries]
    densities = [as_density(entry) for entry in entries]
    order = sorted(product(range(len(densities)), repeat=number), key=lambda at: (sum(at), at))
    return [tuple(densities[i] for i in at) for at in order]


def _is_strategy(laws: Any) -> bool:
    """Whether it is hypothesis's own, without importing hypothesis for what is not."""
    return any(base.__module__.startswith("hypothesis.") for base in type(laws).__mro__)


def _strategy(number: int, *, needed: bool) -> Any:
    """All laws, or pairs, that the package draws; None where hypothesis is not installed and not asked for."""
    try:
        from gantheory.strategies import law_pairs, laws
    except ImportError:
        if needed:
            raise
        return None
    return laws() if number == 1 else law_pairs()


def _tuple(drawn: Any) -> Laws:
    return drawn if isinstance(drawn, tuple) else (drawn,)


def _in_words(laws: Laws | None) -> str:
    return " v ".join(map(str, laws or ()))


def _key(laws: Laws) -> Laws:
    """What tells candidates apart: the text of our own laws; another library's may share theirs, and stand for it."""
    return tuple(str(law) if getattr(law, "basis", "") == "bound" else law for law in laws)


def _length(laws: Laws) -> int:
    """How many words it takes to say: of two counterexamples the shorter is the simpler."""
    return len(_in_words(laws))
