r"""A run from a file, read: the hypotheses of Proposition 2, and what is decided exactly on every p_g of it.

A run's p_g are kept as masses Q of cells. Of any such masses, and P of p_data, with M = (P + Q)/2 and g = log(1 − D*),

.. math:: C(Q') - C(Q) - \sum g\,(Q' - Q) = KL(Q'\|Q) - 2\,KL(M'\|M), \qquad C(Q) + \log 4 \le \sum (Q - P)\,g,

and, cells being coarser than x, the 2·JSD of the cells is at most the one that was measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy import special

from gantheory.brackets import masses_between
from gantheory.cell_masses import cell_measurements
from gantheory.errors import CheckpointError, DomainError
from gantheory.estimate import Estimate
from gantheory.trajectory import Trajectory

__all__ = ["Check", "exact_checks", "figure_checks", "load_run", "show_run"]

_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Check:
    """A statement on all p_g of a run, with the worst residual of those that it was decided on.

    Attributes
    ----------
    text : str
    relation : {"= 0", ">= 0"}
    cases, infinite : int
        On how many it was decided; on how many more it says nothing, where a side is infinite.
    residual : Estimate or None
    """

    text: str
    relation: str
    cases: int
    infinite: int
    residual: Estimate | None

    @property
    def holds(self) -> bool:
        if self.residual is None:
            return True
        return 0.0 in self.residual if self.relation == "= 0" else bool(self.residual.upper >= 0)

    def __str__(self) -> str:
        if self.residual is None:
            return f"not decided  {self.text}: infinite on all of {self.infinite}"
        word = "holds" if self.holds else "REFUTED"
        worst = "worst residual" if self.relation == "= 0" else "least"
        cases = f"{self.cases} case{'s' * (self.cases != 1)}"
        more = f" ({self.infinite} more: ∞ {'= ∞' if self.relation == '= 0' else '≥ 0'})" * bool(self.infinite)
        return f"{word:11}  {self.text}: {cases}{more}, {worst} {self.residual}"


def load_run(name: str, p_data: Any = None) -> Trajectory:
    """The run in a file.

    Raises
    ------
    CheckpointError
        If there is no such file, it is a folder, or it holds no run.
    DomainError
        If its p_data has no text and is not given, or another one is given.
    """
    if not name:
        raise CheckpointError("the name of the file is empty; give that of one that Trajectory.save wrote.")
    if Path(name).is_dir():
        raise CheckpointError(f"{name} is a folder; give the path of a file in it that Trajectory.save wrote.")
    try:
        return Trajectory.load(name, p_data=p_data)
    except FileNotFoundError:
        raise CheckpointError(f"there is no file {name!r}; Trajectory.save writes one.") from None
    except DomainError as error:
        raise DomainError(f"{error}" + " On the command line: --p-data LAW." * (p_data is None)) from None
    except OSError as error:
        raise CheckpointError(f"{name} cannot be read: {error.strerror or error}.") from None


def show_run(run: Trajectory, table: Any, *, tolerance: float = 0.02) -> tuple[Any, tuple[Check, ...]]:
    """Write the reading and the checks, and give both.

    Parameters
    ----------
    run : Trajectory
    table : Table
    tolerance : float, default 0.02
        τ in nats.
    """
    reading = run.reading(tolerance=tolerance)
    kind = run.settings.get("run", "")
    table.wrapped(f"p_data = {run.p_data}" + f"   ({kind})" * bool(kind), "")
    checks = (*figure_checks(run), *exact_checks(run))
    decided = [str(check) for check in checks]
    if run.masses is None:
        decided.append("the run kept no p_g: nothing is decided on its successive p_g")
    for line in [*reading.text(table.width).splitlines(), ""]:
        table.line(line)
    for line in decided:
        table.wrapped(line, "")
    return reading, checks


def exact_checks(run: Trajectory) -> tuple[Check, ...]:
    """What is true of every p_g and of every two successive ones, decided on the masses of the run's cells."""
    if run.edges is None or run.masses is None or not np.isfinite(run.edges).any():
        return ()
    edges, masses = np.asarray(run.edges), np.asarray(run.masses)
    P = masses_between(run.p_data, edges[np.isfinite(edges)])[0]
    beyond = np.isfinite(edges[[0, -1]]).astype(int).tolist()  # cells that p_data has and p_g has not
    Q = np.pad(masses, ((0, 0), (0, 0), tuple(beyond)))
    cells = cell_measurements(run.p_data, edges, masses, np.abs(masses.sum(-1) - 1.0))["excess"]
    room = run.measurements["excess"] - cells + Estimate(0.0, 160 * _EPS * Q.shape[-1])
    return (
        _worst("C(q′) − C(q) − Σg(q′−q) = KL(q′‖q) − 2·KL(m′‖m)", "= 0", *bregman_residuals(P, Q)),
        _worst("C(q) + log 4 ≤ Σ(q−p) log(1−D*)", ">= 0", *certificate_slack(P, Q)),
        _worst("2·JSD of the cells ≤ 2·JSD", ">= 0", np.asarray(room.value), np.asarray(room.error)),
    )


def figure_checks(run: Trajectory) -> tuple[Check, ...]:
    """What is a theorem of the figures that were measured, whatever the laws: they agree, or some are wrong."""
    m = run.measurements
    log_4, one = Estimate(math.log(4.0), 4e-16), Estimate(1.0)
    found = []
    if "criterion" in m:
        found.append(("C(G) + log 4 = 2·JSD", "= 0", [m["criterion"] + log_4 - m["excess"]]))
    if {"criterion", "value", "gap"} <= m.keys():
        found.append(("V(G,D) + [V(G,D*) − V(G,D)] = C(G)", "= 0", [m["value"] + m["gap"] - m["criterion"]]))
    shares = [m[name] for name in ("total_variation", "coverage", "discriminator_error") if name in m]
    if shares:
        found.append(("TV, coverage and |D − D*| lie in [0, 1]", ">= 0", [*shares, *(one - share for share in shares)]))
    if "total_variation" in m:
        tv = m["total_variation"]
        found.append(("TV² ≤ 2·JSD ≤ TV·log 4", ">= 0", [m["excess"] - tv * tv, log_4 * tv - m["excess"]]))
    if "price" in m:
        found.append(("the price of what p_g leaves out ≤ 2·JSD", ">= 0", [m["excess"] - m["price"]]))
    return tuple(_of_figures(*one) for one in found)


def _of_figures(text: str, relation: str, residuals: list[Estimate]) -> Check:
    values, errors = (
        np.concatenate([np.ravel(np.asarray(getattr(one, part), dtype=float)) for one in residuals])
        for part in ("value", "error")
    )
    known = np.isfinite(values) & np.isfinite(errors)
    return _worst(text, relation, np.where(known, values, np.inf), np.where(known, errors, 0.0))


def _worst(text: str, relation: str, residual: np.ndarray, error: np.ndarray) -> Check:
    """The case that is furthest from holding, among those that are finite."""
    # ∞ = ∞ and ∞ ≥ 0 say nothing of the run; what is no number is told
    held = np.isfinite(residual) if relation == "= 0" else ~np.isposinf(residual)
    values, errors = residual[held], error[held]
    infinite = residual.size - values.size
    if not values.size:
        return Check(text, relation, 0, infinite, None)
    at = int(np.argmax(np.abs(values) / errors if relation == "= 0" else -values - errors))
    return Check(text, relation, values.size, infinite, Estimate(float(values[at]), float(errors[at])))


def bregman_residuals(P: np.ndarray, Q: np.ndarray, *, factor: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """The residual of the identity on successive masses (records, seeds, cells), and its rounding; inf where KL is."""
    before, after = Q[:-1], Q[1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.where(after == before, 0.0, (after - before) * np.log(before / (P + before)))
        terms = (
            special.rel_entr(P, P + after), special.rel_entr(after, P + after),
            -special.rel_entr(P, P + before), -special.rel_entr(before, P + before),
            -moved, -special.rel_entr(after, before), 0.5 * factor * special.rel_entr(P + after, P + before),
        )  # fmt: skip
        value = sum(term.sum(-1) for term in terms)
        size = sum(np.abs(term).sum(-1) for term in terms)
    finite = np.isfinite(size)
    rounding = 2.0 * _EPS * (10.0 + math.log2(Q.shape[-1])) * (size + 6.0)
    return np.where(finite, value, np.inf), np.where(finite, rounding, 0.0)


def certificate_slack(P: np.ndarray, Q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Σ(q−p) log(1−D*) − [C(q) + log 4] of masses (records, seeds, cells), and its rounding; inf where p is not ≪ q."""
    with np.errstate(divide="ignore", invalid="ignore"):
        rise = np.where(Q == P, 0.0, (Q - P) * np.log(2.0 * Q / (P + Q)))  # log 2 of Σ(q−p) = 0 added
        half = 0.5 * (P + Q)
        excess = special.rel_entr(P, half) + special.rel_entr(Q, half)
        value, size = rise.sum(-1) - excess.sum(-1), np.abs(rise).sum(-1) + np.abs(excess).sum(-1)
    finite = np.isfinite(size)
    rounding = 2.0 * _EPS * (10.0 + math.log2(Q.shape[-1])) * (size + 4.0)
    return np.where(finite, value, np.inf), np.where(finite, rounding, 0.0)
