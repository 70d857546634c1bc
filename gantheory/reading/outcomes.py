"""What came out of each seed of a run, beside the hypotheses of Proposition 2 that it met.

The proposition is a limit and a run is finite, so that a run never refutes it: it converges, or a hypothesis fails and
is named, or it is not finished.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.estimate import Estimate
from gantheory.notebook_tables import html_table
from gantheory.reading.hypotheses import Hypothesis, Measurements, capacity, improvement, in_short, optimum
from gantheory.reading.success import SuccessRate

__all__ = ["Reading", "SeedReading", "read_run"]

Array = Any
_STOPPED = 0.01  # of the largest step size: it went to 0
_UNKNOWN = 0.1  # nats: an error above this, and above the figure, leaves nothing of it
_COLUMNS = ("seed", "outcome", "2·JSD", "H1", "best", "H2", "gap", "worst", "H3", "Σκ", "least κ", "bound")
_MARKS = {"holds": "holds", "fails": "FAILS", "not shown": "~", "not measured": "?"}
_LEGEND = (
    "H1 capacity: the least 2·JSD that is known.  H2 D at its optimum: the gap V(G,D*) − V(G,D), its median and its",
    "worst over the last half.  H3 improvement that does not fade: κ, a step's gain as a share of the halving step's,",
    "and what the κ alone say that 2·JSD is at most.  In nats.  ~ not shown, ? not measured.",
)
_OF_LOSSES = (
    "Σκ < 0: each κ is a share of what was left to gain, so that a rise of C near its least value weighs more than the "
    "falls before it. H3 is read from the falls of C; the κ alone bound little, and nothing where no bound is printed"
)


@dataclass(frozen=True)
class SeedReading:
    """One seed of a run: what came out, and the hypotheses.

    Attributes
    ----------
    outcome : str
        "stopped", by nan or explosion; "converged", where 2·JSD ≤ τ at the last record, whatever the hypotheses say;
        otherwise the first hypothesis that fails, "H1 fails", "H2 fails" or "H3 fails"; "H1 not shown", where a
        witness that was sought is above τ as well and C has come to rest, or still falls; "unfinished", where no
        hypothesis is seen to be missing.
    reason : str
    excess : Estimate
        2·JSD at the last record, in nats.
    H1, H2, H3 : Hypothesis
        Capacity, D at its optimum, improvement that does not fade.
    """

    outcome: str
    reason: str
    excess: Estimate
    H1: Hypothesis
    H2: Hypothesis
    H3: Hypothesis


@dataclass(frozen=True, eq=False, repr=False)
class Reading:
    """The reading of a run, seed by seed.

    Attributes
    ----------
    seeds : tuple of SeedReading
    tolerance : float
        τ: an excess 2·JSD of at most this, in nats, is called converged.
    steps : ndarray (records,)
    consistent : bool
        Whether the figures respect what is a theorem for every sequence of laws: 0 ≤ 2·JSD ≤ log 4, a gap ≥ 0, and an
        excess at most what the run's own κ allow, all within their errors. The implication itself no finite run
        refutes; where this is False, the figures are wrong.
    labels : tuple
        The seeds' own names: seed 5 of a run may be its first.
    """

    seeds: tuple[SeedReading, ...]
    tolerance: float
    steps: Array
    consistent: bool = True
    labels: tuple[Any, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", tuple(self.labels) or tuple(range(len(self.seeds))))

    def __len__(self) -> int:
        return len(self.seeds)

    def __getitem__(self, seed: int) -> SeedReading:
        return self.seeds[seed]

    def __iter__(self) -> Iterator[SeedReading]:
        return iter(self.seeds)

    @property
    def outcomes(self) -> tuple[str, ...]:
        return tuple(seed.outcome for seed in self.seeds)

    @property
    def success(self) -> SuccessRate:
        """How many seeds converged."""
        return SuccessRate(self.outcomes.count("converged"), len(self))

    @property
    def success_given_H2(self) -> SuccessRate:
        """How many did, among those whose D was measured to be at its optimum."""
        held = [seed.outcome for seed in self.seeds if seed.H2.holds]
        return SuccessRate(held.count("converged"), len(held))

    # -- to be read ----------------------------------------

    def _head(self) -> str:
        counts = f"{len(self)} seed{'s' * (len(self) != 1)}, {len(self.steps)} records"
        times = f"steps {self.steps[0]:g} to {self.steps[-1]:g}"
        return f"Reading of a run: {counts}, {times}; converged is 2·JSD ≤ τ = {self.tolerance:g} nats"

    def _foot(self) -> list[str]:
        lines = [f"converged {self.success}; where H2 held {self.success_given_H2}   (95 % intervals)"]
        named = zip(self.labels, self.seeds, strict=True)
        lines += [f"seed {i}, {s.outcome}: {s.reason}" for i, s in named if s.outcome != "converged"]
        if any(_sum_of_shares(seed) < 0 for seed in self.seeds):
            lines.append(_OF_LOSSES)
        if not self.consistent:
            lines.append("INCONSISTENT: an excess, a gap or a κ contradicts the others; the measurements are wrong")
        return lines

    def text(self, width: int) -> str:
        """The reading in lines of at most so many characters; a wider table is cut into parts, between its columns."""
        words = [_wrapped(one, width) for one in (self._head(), "\n".join(self._foot()), " ".join(_LEGEND))]
        return "\n".join([words[0], "", *self._table(width), "", words[1], "", words[2]])

    def _table(self, width: float = math.inf) -> list[str]:
        rows = [_COLUMNS, *(_cells(i, seed) for i, seed in zip(self.labels, self.seeds, strict=True))]
        columns = [[cell.ljust(max(map(len, column))) for cell in column] for column in zip(*rows, strict=True)]
        parts = [columns[:1]]
        for column in columns[1:]:
            if sum(len(one[0]) + 2 for one in parts[-1]) + len(column[0]) > width and len(parts[-1]) > 1:
                parts.append(columns[:1])  # the seeds' names again
            parts[-1] = [*parts[-1], column]
        tables = [["  ".join(row).rstrip() for row in zip(*part, strict=True)] for part in parts]
        return [line for table in tables for line in ([] if table is tables[0] else [""]) + table]

    def __str__(self) -> str:
        return "\n".join([self._head(), "", *self._table(), "", *self._foot(), "", *_LEGEND])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        rows = [_cells(i, seed) for i, seed in zip(self.labels, self.seeds, strict=True)]
        below = "\n".join([*self._foot(), " ".join(_LEGEND)])
        return html_table(_COLUMNS, rows, above=self._head(), below=below)


def _wrapped(text: str, width: int) -> str:
    options: Any = {"subsequent_indent": "  ", "break_long_words": False, "break_on_hyphens": False}
    return "\n".join("\n".join(textwrap.wrap(line, width, **options)) for line in text.splitlines())


def _sum_of_shares(seed: SeedReading) -> float:
    return float(seed.H3.figures["sum"].value) if "sum" in seed.H3.figures else 0.0


def _cells(label: Any, seed: SeedReading) -> tuple[str, ...]:
    def of(hypothesis: Hypothesis, *names: str) -> list[str]:
        figures = hypothesis.figures
        return [_MARKS[hypothesis.verdict], *(_figure(figures[name]) if name in figures else "" for name in names)]

    H1, H2, H3 = of(seed.H1, "best"), of(seed.H2, "median", "worst"), of(seed.H3, "sum", "least", "bound")
    if "bound" in seed.H3.figures and not seed.H3.figures["bound"].value < math.log(4.0):
        H3[-1] = ""  # 2·JSD ≤ log 4 of any laws
    return (str(label), seed.outcome, in_short(seed.excess), *H1, *H2, *H3)


def _figure(number: Any) -> str:
    """To three digits; a question mark where its error says that none of them is known."""
    value, error = float(getattr(number, "value", number)), float(getattr(number, "error", 0.0))
    return "?" if math.isfinite(value) and error > max(abs(value), _UNKNOWN) else in_short(number)


# -- from measurements ----------------------------------------


def read_run(
    steps: Array,
    excess: Estimate,
    *,
    kappa: Estimate | None = None,
    kappa_bound: Estimate | None = None,
    gap: Estimate | None = None,
    price: Estimate | None = None,
    witness: Estimate | float | None = None,
    rates: Array | None = None,
    stopped: Sequence[str | None] | None = None,
    one_family: bool = True,
    exact: bool = False,
    tolerance: float = 0.02,
    labels: Sequence[Any] | None = None,
    at_rest: str | None = None,
) -> Reading:
    """Read a run as an implication, from what was measured at its records.

    Parameters
    ----------
    steps : array (records,)
        Increasing: numbers of steps, or times.
    excess : Estimate (records, seeds)
        C(G) + log 4 = 2·JSD, in nats.
    kappa : Estimate (records − 1, seeds), optional
        From each record to the next.
    kappa_bound, gap, price : Estimate (records, seeds), optional
        Of a `Trajectory`, under these names.
    witness : Estimate or float, of shape () or (seeds,), optional
        2·JSD of a generator of the same family that was sought outside the run, as `capacity_witness` does.
    rates : array (records,), optional
        Step sizes. Whether improvement fades is judged while they are at least half of the largest.
    stopped : sequence of (str or None), optional
        Why a seed was stopped; its records from there on repeat its last good state.
    one_family : bool, default True
        Whether what one seed reached is a witness for the others; not so where each has a support of its own.
    exact : bool, default False
        Whether each step descends C itself, and not its estimate from a minibatch or through a D that is trained: then
        C may rise by its error alone.
    tolerance : float, default 0.02
        τ in nats.
    labels : sequence, optional
        The seeds' names, 0, 1, … if not given.
    at_rest : str, optional
        Why the run came to rest of itself, such as a gradient of 0: where it has not converged, H3 fails.

    Returns
    -------
    Reading

    Raises
    ------
    DomainError
        If shapes do not fit together, or the tolerance is not between 0 and log 4.

    Examples
    --------
    A run that halves its excess, and one that stops halfway:

    >>> falls, stalls = 0.4 * 0.5 ** np.arange(9.0), 0.2 + 0.2 * 0.5 ** np.arange(9.0)
    >>> reading = read_run(np.arange(9), Estimate(np.stack([falls, stalls], axis=1)), exact=True)
    >>> reading.outcomes
    ('converged', 'H3 fails')
    >>> reading[1].reason
    'C falls ever less, and would end at 2·JSD = 0.195; κ was not measured'
    """
    optional: dict[str, Any] = {"kappa": kappa, "kappa_bound": kappa_bound, "gap": gap, "price": price}
    run = Measurements(steps, excess, optional, witness, rates, stopped, bool(exact), tolerance, labels, at_rest)  # type: ignore[arg-type]
    everyone = run.best(range(run.seeds))
    known = [everyone if one_family else run.best([s]) for s in range(run.seeds)]
    seeds = tuple(_seed(run, s, known[s], fixed=not one_family) for s in range(run.seeds))
    return Reading(seeds, float(tolerance), run.steps, _is_consistent(run), run.labels)


def _seed(run: Measurements, s: int, best: tuple[Estimate, str], *, fixed: bool) -> SeedReading:
    H1, H2, (H3, at_rest) = capacity(run, s, *best, fixed=fixed), optimum(run, s), improvement(run, s)
    last, why = run.excess[-1, s], run.stopped[s]
    if why is not None:
        outcome, reason = "stopped", why
    elif last.upper <= run.tolerance:
        outcome, reason = "converged", f"2·JSD = {in_short(last)}"
    elif H1.verdict == "fails" or H2.verdict == "fails":
        outcome, reason = ("H1 fails", H1.why) if H1.verdict == "fails" else ("H2 fails", H2.why)
    elif H1.verdict == "not shown" and run.witness is not None and (at_rest or H3.verdict != "fails"):
        # a rest is what too small a G comes to, and a fall may end in one; a rise is not for want of capacity
        outcome, reason = "H1 not shown", f"{H1.why}; {_pace(run, last, H3)}"
    elif H3.verdict == "fails":
        outcome, reason = "H3 fails", H3.why
    else:
        outcome, reason = "unfinished", _pace(run, last, H3)
    return SeedReading(outcome, reason, last, H1, H2, H3)


def _pace(run: Measurements, last: Estimate, H3: Hypothesis) -> str:
    """How C fell, and whether the step size went to 0 meanwhile."""
    if run.rates is None or run.rates[-1] >= _STOPPED * run.rates.max() or H3.verdict == "fails":
        return H3.why
    return f"the step size went to 0 at 2·JSD = {in_short(last)}; before, {H3.why}"


def _is_consistent(run: Measurements) -> bool:
    lower, upper = np.asarray(run.excess.lower), np.asarray(run.excess.upper)
    true = (upper >= 0).all() and (lower <= math.log(4.0)).all()
    if "gap" in run.optional:
        true = true and (np.asarray(run.optional["gap"].upper) >= 0).all()
    if "kappa_bound" in run.optional:
        true = true and (lower <= np.asarray(run.optional["kappa_bound"].upper)).all()
    return bool(true)
