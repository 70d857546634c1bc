r"""What a run measured: the criterion and what Proposition 2 needs beside it, at the recorded steps of some seeds.

Proposition 2 is a limit and a run is finite, so a run is read by its measurements. Two are of every run: C(G), and
the *excess* C(G) + log 4 = 2·JSD, taken from the divergence and not from C, so that it keeps its relative accuracy as
p_g comes near p_data. A step is judged by its gain as a share of what the halving step q ← (p + q)/2 would have gained:

.. math:: \kappa_t = \frac{C(q_t) - C(q_{t+1})}{C(q_t) - C(\frac{p+q_t}{2})}, \qquad
          C(q_t) + \log 4 \le \prod_{s<t}(1 - \tfrac{\kappa_s}{2})\,(C(q_0) + \log 4)  \text{ where } \kappa \ge 0

for JSD is at least halved by the halving step. So :math:`\sum\kappa_t = \infty` suffices for C → −log 4.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np

from gantheory.archive import load_arrays, save_arrays
from gantheory.capacity import capacity_witness
from gantheory.cell_masses import (
    cell_measurements,
    increasing,
    law_of_cells,
    masses_of_shape,
    normalized,
    three_axes,
)
from gantheory.densities.conversion import as_density
from gantheory.densities.parsing import parse_density
from gantheory.errors import CheckpointError, DomainError, GanTheoryError
from gantheory.estimate import Estimate
from gantheory.gains import capacity_price, gain_shares
from gantheory.notebook_tables import html_table
from gantheory.optimizers import learning_rate
from gantheory.panels import EPS, real_array
from gantheory.reading import Reading, read_run
from gantheory.reading.hypotheses import check_tolerance
from gantheory.saved_law import law_of, quantiles_of, text_of

__all__ = ["MEASUREMENTS", "Trajectory", "capacity_price", "gain_shares", "law_of_cells"]

Array = Any
_KIND = "trajectory"
_SCHEMA = 1
_IN_FUNCTION_SPACE = ("mirror_descent", "fisher_rao_flow", "wasserstein_flow", "stalling_improvement")
_IN_FUNCTION_SPACE += ("projected_gradient",)
_WIDTHS_FITTED = 48  # of G's hidden layers together: two of 16 are fitted in seconds, two of 64 in minutes
_GRADIENT_0 = "the gradient is 0"  # as `descend` says why it ended

MEASUREMENTS: Mapping[str, str] = MappingProxyType(
    {
        "criterion": "C(G), eq. (4)",
        "excess": "C(G) + log 4 = 2 JSD, from JSD",
        "total_variation": "TV(p_data, p_g)",
        "gap": "V(G, D*) − V(G, D), in runs with a D of their own: train, Tracker",
        "value": "V(G, D), in runs with a D of their own: train, Tracker",
        "kappa": "the gain from each record to the next as a share of the halving step's: one record fewer",
        "kappa_bound": "what these shares alone say that the excess is at most",
        "discriminator_error": "sup |D − D*| where either law lives, in runs with a D of their own: train, Tracker",
        "alignment": "the cosine of the step with −∇C, in runs in parameters: descend, train(alignment=True)",
        "folds": "critical points of G where z lives, in runs of train with oracle=True",
        "price": "the least excess of laws on p_g's support",
        "coverage": "P_data[p_g ≥ p_data/10]",
        "bound": "what theory says that the excess is at most, in function space: mirror_descent, fisher_rao_flow",
    }
)


# in nats, and shares of 1: what no p_g and no D can leave
_BETWEEN = {
    "criterion": (-math.log(4.0), 0.0),
    "excess": (0.0, math.log(4.0)),
    "value": (-math.inf, 0.0),
    "gap": (0.0, math.inf),
    "price": (0.0, math.log(4.0)),
    "total_variation": (0.0, 1.0),
    "coverage": (0.0, 1.0),
    "discriminator_error": (0.0, 1.0),
}


@dataclass(frozen=True, eq=False, repr=False)
class Trajectory:
    """The measurements of a run, and p_g at its records.

    Parameters
    ----------
    p_data : Density or anything `as_density` accepts
    steps : array (records,)
        Increasing: numbers of steps, or times.
    measurements : mapping of str to Estimate
        Of shape (records, seeds); ``kappa`` of (records − 1, seeds), from each record to the next. ``criterion`` and
        ``excess`` are in every run. Each is an attribute of its own name too; `MEASUREMENTS` says what they are.
    edges : array (cells + 1,), optional
        Increasing ends of the cells (e_i, e_{i+1}]; the outermost two may be infinite.
    masses : array (records, seeds, cells), optional
        Masses of p_g in them.
    stopped : sequence, optional
        For each seed None, or why it stopped; its records from there on repeat its last good state.
    settings : mapping of str to plain values, optional
        What the run was told: str, int, float, bool, None, and lists of these.
    laws : callable, optional
        ``laws(record, seed)`` gives p_g itself, where the run knows it. It is not saved.

    Raises
    ------
    DomainError
        If shapes do not fit together, steps or edges do not increase, or a setting is no plain value.

    Examples
    --------
    >>> from gantheory.densities import Normal
    >>> edges = [-np.inf, -1, 0, 1, np.inf]
    >>> masses = [[0.5, 0.25, 0.125, 0.125], [0.2, 0.3, 0.3, 0.2]]
    >>> run = Trajectory.from_arrays(Normal(0, 1), [0, 100], edges, masses)
    >>> run.excess.shape, bool(run.excess[1, 0] < run.excess[0, 0])
    ((2, 1), True)

    What a run has not measured, it says:

    >>> run.gap
    Traceback (most recent call last):
    AttributeError: gap was not measured in this run (arrays). It is V(G, D*) − V(G, D), in runs with a D of their...
    """

    p_data: Any
    steps: Array
    measurements: Mapping[str, Estimate]
    edges: Array | None = None
    masses: Array | None = None
    stopped: Sequence[str | None] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    laws: Callable[[int, int], Any] | None = None

    def __post_init__(self) -> None:
        set_field = object.__setattr__
        set_field(self, "p_data", as_density(self.p_data))
        whole = np.asarray(self.steps).dtype.kind in "iu"
        steps = increasing("steps", self.steps, finite=True)
        set_field(self, "steps", steps.astype(np.int64) if whole else steps)
        set_field(self, "measurements", MappingProxyType(dict(self.measurements)))
        for name in ("criterion", "excess"):
            if name not in self.measurements:
                raise DomainError(f"measurements lack {name!r}; every run has its criterion and its excess.")
        shape = self.measurements["excess"].shape
        if len(shape) != 2 or shape[0] != len(self.steps):
            raise DomainError(f"excess has shape {shape}; it must be ({len(self.steps)} records, seeds).")
        for name, estimate in self.measurements.items():
            if not name.isidentifier() or hasattr(type(self), name):
                raise DomainError(f"{name!r} names a measurement; it must be an identifier that Trajectory has not.")
            wanted = (shape[0] - 1, shape[1]) if name == "kappa" else shape
            if not isinstance(estimate, Estimate) or estimate.shape != wanted:
                raise DomainError(f"{name} is {estimate!r}; it must be an Estimate of shape {wanted}.")
        stopped = (None,) * shape[1] if self.stopped is None else tuple(self.stopped)
        if len(stopped) != shape[1]:
            raise DomainError(f"stopped has {len(stopped)} entries; it must have one for each of {shape[1]} seeds.")
        set_field(self, "stopped", stopped)
        set_field(self, "settings", MappingProxyType(_plain(self.settings)))
        if (self.edges is None) != (self.masses is None):
            raise DomainError("edges and masses of p_g's cells belong together; give both, or neither.")
        if self.edges is not None:
            edges = increasing("edges", self.edges, finite=False)
            set_field(self, "edges", edges)
            set_field(self, "masses", masses_of_shape(self.masses, edges, shape))

    # -- measurements as attributes ----------------------------------------

    def __getattr__(self, name: str) -> Any:
        measured = self.__dict__.get("measurements", {})
        if name in measured:
            return measured[name]
        if name in MEASUREMENTS:
            run = self.settings.get("run", "")
            raise AttributeError(
                f"{name} was not measured in this run{f' ({run})' if run else ''}. It is {MEASUREMENTS[name]}."
            )
        raise AttributeError(f"Trajectory has no {name!r}; it measured {', '.join(measured)}.")

    def __dir__(self) -> Iterable[str]:
        return [*super().__dir__(), *self.measurements]

    @property
    def records(self) -> int:
        return len(self.steps)

    @property
    def seeds(self) -> int:
        return self.measurements["excess"].shape[1]

    def __str__(self) -> str:
        first, last = (float(np.median(np.asarray(self.measurements["excess"].value)[i])) for i in (0, -1))
        seeds = "1 seed" if self.seeds == 1 else f"{self.seeds} seeds"
        return f"Trajectory of {self.records} records, {seeds}: C + log 4 from {first:.3g} to {last:.3g}"

    __repr__ = __str__  # not every array of it

    def _repr_html_(self) -> str:
        names = [name for name in ("criterion", "excess", "gap", "value") if name in self.measurements]
        last = [[self.measurements[name][-1, seed] for name in names] for seed in range(self.seeds)]
        named, why = self.settings.get("seeds") or range(self.seeds), self.stopped or ()
        shown = any(why)
        head = ["seed", *names, *["stopped"] * shown]
        rows = [[name, *row, *[reason or ""] * shown] for name, row, reason in zip(named, last, why)]
        told = ", ".join(f"{name} {content}" for name, content in self.settings.items() if name != "seeds")
        return html_table(head, rows, above=f"{self}; at step {self.steps[-1]:g} of p_data = {self.p_data}", below=told)

    # -- p_g ----------------------------------------

    def p_g(self, record: int = -1, seed: int = 0) -> Any:
        """p_g at a record: the law itself where the run knows it, else the law that is constant on its cells.

        The mass of an unbounded outer cell is spread over a piece as wide as the cell next to it, for the run does not
        say where in it the mass lies. The cdf is exact at the other edges.

        Raises
        ------
        DomainError
            If there is no such record or seed, or the run kept no p_g.
        """
        for name, index, count in (("record", record, self.records), ("seed", seed, self.seeds)):
            if not isinstance(index, (int, np.integer)) or not -count <= index < count:
                raise DomainError(f"{name} is {index!r}; it must be between {-count} and {count - 1}.")
        record, seed = int(record) % self.records, int(seed) % self.seeds
        if self.laws is not None:
            return as_density(self.laws(record, seed))
        if self.masses is None or self.edges is None:
            raise DomainError(
                "this run kept no p_g. Give Trajectory the masses of its cells, edges=... and masses=...."
            )
        return law_of_cells(self.edges, self.masses[record, seed])

    # -- as an implication ----------------------------------------

    def reading(self, *, tolerance: float = 0.02, witness: Estimate | float | None = None) -> Reading:
        """The run read as Proposition 2: which hypotheses held, by how much, and what came out of each seed.

        Parameters
        ----------
        tolerance : float, default 0.02
            τ in nats: 2·JSD of at most this at the last record is called converged.
        witness : Estimate or float, of shape () or (seeds,), optional
            2·JSD of a generator of the same family that was sought outside the run, as `capacity_witness` does. In
            function space p_data conditioned on p_g's support is one.

        Returns
        -------
        Reading

        Raises
        ------
        DomainError
            If the tolerance is not between 0 and log 4.

        Notes
        -----
        In function space, in `descend` and with an oracle D is D*: the gap is 0. A learning rate that goes to 0 is no
        improvement that fades.

        Examples
        --------
        >>> from gantheory.descent import mirror_descent
        >>> mirror_descent("norm(0, 1)", "norm(1, 1.5)", steps=4).reading().outcomes
        ('converged',)
        """
        check_tolerance(tolerance)
        run, found = self.settings.get("run"), dict(self.measurements)
        if run in _IN_FUNCTION_SPACE and witness is None:
            witness = _least(found["price"]) if "price" in found else 0.0
        if witness is None and run == "train" and not (found["excess"].upper <= tolerance).any():
            witness = self._fitted()
        exact = run in _IN_FUNCTION_SPACE or run == "descend"
        trained = run == "train"
        if exact or (trained and self.settings.get("oracle") is True):
            found.setdefault("gap", Estimate(np.zeros(found["excess"].shape)))
        return read_run(
            self.steps,
            found["excess"],
            **{name: found.get(name) for name in ("kappa", "kappa_bound", "gap", "price")},
            witness=witness,
            rates=_rates(self.steps, self.settings) if trained else None,
            stopped=self.stopped,
            one_family=run not in _IN_FUNCTION_SPACE,
            exact=exact,
            tolerance=tolerance,
            labels=self.settings.get("seeds") if trained else None,
            at_rest=_GRADIENT_0 if run == "descend" and self.settings.get("ended") == _GRADIENT_0 else None,
        )

    def _fitted(self) -> Estimate | None:
        """2·JSD of a network of the run's own widths, fitted outside it; None where it cannot be, or takes minutes."""
        try:
            if sum(self.settings["hidden"]) > _WIDTHS_FITTED:
                return None
            prior = parse_density(str(self.settings["prior"]))
            return capacity_witness(self.p_data, prior, tuple(self.settings["hidden"])).excess
        except (KeyError, TypeError, GanTheoryError):
            return None

    # -- on disk ----------------------------------------

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the run to an .npz with a checksum: whole, or not at all.

        p_data is kept as its text, where the text is read back as an equal law; p_g as the masses of its cells.

        Raises
        ------
        CheckpointError
            If the file cannot be written; an earlier one is as it was.
        """
        arrays: dict[str, Array] = {"steps": self.steps}
        if self.masses is not None:
            arrays |= {"edges": self.edges, "masses": self.masses}
        for name, estimate in self.measurements.items():
            arrays |= {f"{name}.value": estimate.value, f"{name}.error": estimate.error}
        about = {
            "schema": _SCHEMA,
            "p_data": text_of(self.p_data),
            "quantiles": quantiles_of(self.p_data) if text_of(self.p_data) is None else None,
            "bases": {name: estimate.basis for name, estimate in self.measurements.items()},
            "stopped": list(self.stopped or ()),
            "settings": dict(self.settings),
        }
        save_arrays(path, {"about": np.array(json.dumps(about, allow_nan=False)), **arrays}, _KIND)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, p_data: Any = None) -> Trajectory:
        """A run that `save` wrote.

        Parameters
        ----------
        path : str or path
        p_data : Density or anything `as_density` accepts, optional
            For a run whose p_data has no text: a table, a user's own class.

        Raises
        ------
        FileNotFoundError
            If there is none.
        CheckpointError
            If it is truncated, corrupt, of another kind or not ours, saying which.
        DomainError
            If p_data is needed and not given, or is given and not the run's.
        """
        arrays = load_arrays(path, _KIND)
        try:
            about = json.loads(str(arrays["about"]))
            if about["schema"] != _SCHEMA:
                raise CheckpointError(f"{path} has the schema {about['schema']}; this version reads {_SCHEMA}.")
            text, bases = about["p_data"], about["bases"]
            estimates = {n: Estimate(arrays[f"{n}.value"], arrays[f"{n}.error"], b) for n, b in bases.items()}
            parts = arrays["steps"], estimates, arrays.get("edges"), arrays.get("masses")
            stopped, settings = about["stopped"], about["settings"]
        except (KeyError, TypeError, AttributeError, json.JSONDecodeError, DomainError) as error:
            raise CheckpointError(f"{path} lacks what a trajectory has: {error}. Write it anew with save.") from error
        law = law_of(path, text, p_data, about.get("quantiles"))
        try:
            return cls(law, *parts, stopped, settings)
        except GanTheoryError as error:
            raise CheckpointError(f"{path} holds no trajectory: {error}") from error

    # -- runs of other tools ----------------------------------------

    @classmethod
    def from_arrays(
        cls,
        p_data: Any,
        steps: Array,
        edges: Array,
        masses: Array,
        *,
        gap: Any = None,
        value: Any = None,
        stopped: Sequence[str | None] | None = None,
        settings: Mapping[str, Any] | None = None,
        **measurements: Any,
    ) -> Trajectory:
        r"""A run of any tool, from the masses that p_g had in some cells.

        The criterion, the excess, TV, κ and the coverage are computed from the masses of both laws in the cells.
        Telling which cell x fell into is a map, so by data processing C, the excess and TV are *lower* bounds:

        .. math:: \sum_i 2\,JSD(P_i, Q_i) \le 2\,JSD(p\|q)

        The Estimates are of the cells' own quantities, with the basis "estimate". More cells bring them nearer.

        Parameters
        ----------
        p_data : Density or anything `as_density` accepts
        steps : array (records,)
        edges : array (cells + 1,)
            Increasing; the outermost two may be infinite. Beyond finite ones p_g has no mass.
        masses : array (records, seeds, cells) or (records, cells)
            >= 0, of sum 1 to within 1 %; they are divided by their sum, and what it lacked enters the errors.
        gap, value, **measurements : Estimate or array (records, seeds) or (records,), optional
            What the tool measured itself. An array without its errors is taken at its word.

        Raises
        ------
        DomainError
            If shapes do not fit together, or masses are negative or nan.
        NotNormalizedError
            If the masses of a record sum to 1 within no less than 1 %.
        """
        p_data, ends = as_density(p_data), increasing("edges", edges, finite=False)
        given_masses = three_axes(masses)
        shape = given_masses.shape[:2]
        Q, defect = normalized(masses_of_shape(given_masses, ends, shape))
        found = cell_measurements(p_data, ends, Q, defect)
        given = {"gap": gap, "value": value, **measurements}
        found |= {name: _given(name, one, shape) for name, one in given.items() if one is not None}
        for name, (least, most) in _BETWEEN.items():
            one = found.get(name)
            if one is not None and ((np.asarray(one.upper) < least).any() or (np.asarray(one.lower) > most).any()):
                raise DomainError(f"{name} is {given.get(name)!r}; it must lie between {least:.4g} and {most:.4g}.")
        if settings is not None and not isinstance(settings, Mapping):
            raise DomainError(f"settings is {settings!r}; it must be a mapping of names to values.")
        if "run" in (settings or {}):
            raise DomainError(
                "settings has the name 'run', which says here which function made a run; give yours another name."
            )
        return cls(p_data, steps, found, ends, Q, stopped, {**(settings or {}), "run": "arrays"})


# -- what a reading is told ----------------------------------------


def _least(price: Estimate) -> Estimate:
    """The cheapest support that each seed's p_g had."""
    at = np.argmin(np.asarray(price.lower), axis=0), np.arange(price.shape[1])
    return price[at]


def _rates(steps: Array, settings: Mapping[str, Any]) -> Array | None:
    """The learning rates at the records, where the run was told a schedule."""
    constant, count = settings.get("constant"), settings.get("steps")
    if constant is None or not count or steps[-1] > count:
        return None
    return np.array([learning_rate(1.0, int(step), int(count), float(constant)) for step in steps])


# -- checks ----------------------------------------


def _given(name: str, given: Any, shape: tuple[int, ...]) -> Estimate:
    """A measurement of another tool, of the shape (records, seeds)."""
    if not isinstance(given, Estimate):
        try:
            array = real_array(given)
        except (TypeError, ValueError):
            raise DomainError(f"{name} is {given!r}; it must be an Estimate or an array of real numbers.") from None
        given = Estimate(array, 4 * EPS * np.abs(np.where(np.isfinite(array), array, 0.0)), "estimate")
    wanted = (shape[0] - 1, shape[1]) if name == "kappa" else shape
    if given.shape == wanted[:1] and wanted[1] == 1:
        given = given[:, None]
    if given.shape != wanted:
        raise DomainError(f"{name} has shape {given.shape}; it must be {wanted}: a row for each record.")
    return given


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return json.loads(json.dumps(dict(settings), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise DomainError(
            f"settings hold what is no plain value ({error}); keep str, int, float, bool, None and lists of these."
        ) from None
