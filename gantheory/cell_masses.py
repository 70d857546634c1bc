r"""Laws known by the masses of cells: what a run of any tool can hand over.

Telling which cell x fell into is a map, so that by data processing the criterion of the masses is a *lower* bound of
the laws' own, and rises as cells are divided:

.. math:: \sum_i 2\,JSD(P_i, Q_i) \le 2\,JSD(p\|q)
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from scipy import special

from gantheory.brackets import masses_between
from gantheory.densities.tabulated import Pieces
from gantheory.errors import DomainError, NotNormalizedError
from gantheory.estimate import Estimate
from gantheory.gains import gain_shares
from gantheory.panels import EPS, real_array

__all__ = ["cell_measurements", "increasing", "law_of_cells", "masses_of_shape", "normalized", "three_axes"]

Array = Any
_LARGEST_DEFECT = 0.01


def law_of_cells(edges: Array, masses: Array) -> Any:
    """The law with these masses in the cells (e_i, e_{i+1}] and a constant density on each.

    The mass of an unbounded cell is spread over a piece as wide as the cell next to it.
    """
    knots = np.array(edges, dtype=float)
    if len(knots[np.isfinite(knots)]) < 2:
        raise DomainError("edges hold fewer than two finite numbers; a law of cells needs one bounded cell.")
    if np.isinf(knots[0]):
        knots[0] = knots[1] - (knots[2] - knots[1])
    if np.isinf(knots[-1]):
        knots[-1] = knots[-2] + (knots[-2] - knots[-3])
    density = np.asarray(masses, dtype=float) / np.diff(knots)
    return Pieces(knots, density, density)


def cell_measurements(p_data: Any, edges: np.ndarray, masses: np.ndarray, defect: np.ndarray) -> dict[str, Estimate]:
    """What the masses of cells say, for masses of shape (records, seeds, cells) that lacked `defect` of 1."""
    inner = edges[np.isfinite(edges)]
    if not inner.size:
        raise DomainError("edges hold no finite number; one cell tells nothing of p_g.")
    P, errors = masses_between(p_data, inner)
    p_error = float(np.sum(errors))
    beyond = np.isfinite(edges[[0, -1]]).astype(int).tolist()  # cells that p_data has and p_g has not
    Q = np.pad(masses, ((0, 0), (0, 0), tuple(beyond)))
    # each mass that is off moves C by log 2 of itself, or, where it is small, by its logarithm
    rounding = 40.0 * p_error + 8 * EPS * (1 + len(P)) + 2 * math.log(2.0) * defect
    M = 0.5 * (P + Q)
    excess = Estimate((special.rel_entr(P, M) + special.rel_entr(Q, M)).sum(-1), rounding, "estimate")
    criterion = Estimate((special.rel_entr(P, P + Q) + special.rel_entr(Q, P + Q)).sum(-1), rounding, "estimate")
    half = 0.5 * (P + M)
    halfway = Estimate((special.rel_entr(P, half) + special.rel_entr(M, half)).sum(-1), rounding, "estimate")
    kappa, kappa_bound = gain_shares(excess, halfway)
    near = Q >= 0.1 * P
    return {
        "criterion": criterion,
        "excess": excess,
        "total_variation": Estimate(0.5 * np.abs(P - Q).sum(-1), p_error + defect + 8 * EPS, "estimate"),
        "kappa": kappa,
        "kappa_bound": kappa_bound,
        "coverage": Estimate(np.minimum((P * near).sum(-1), 1.0), p_error + 8 * EPS, "estimate"),
    }


# -- checks ----------------------------------------


def increasing(name: str, values: Any, *, finite: bool) -> np.ndarray:
    try:
        array = real_array(values)
    except (TypeError, ValueError):
        raise DomainError(f"{name} is {values!r}; it must be an array of real numbers.") from None
    if array.ndim != 1 or not array.size or np.isnan(array).any() or not (np.diff(array) > 0).all():
        raise DomainError(f"{name} is {values!r}; it must be one-dimensional and strictly increasing.")
    if not np.isfinite(array if finite else array[1:-1]).all():
        which = "they must be finite." if finite else "only the outermost two may be infinite."
        raise DomainError(f"{name} is {values!r}; {which}")
    array = np.array(array)
    array.setflags(write=False)
    return array


def three_axes(masses: Any) -> np.ndarray:
    try:
        array = real_array(masses)
    except (TypeError, ValueError):
        raise DomainError(f"masses is {masses!r}; it must be an array of real numbers.") from None
    if array.ndim not in (2, 3):
        raise DomainError(f"masses has shape {array.shape}; it must be (records, seeds, cells) or (records, cells).")
    return array[:, None, :] if array.ndim == 2 else array


def masses_of_shape(masses: Any, edges: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    array = np.array(three_axes(masses), dtype=float)
    if array.shape != (*shape, len(edges) - 1):
        raise DomainError(f"masses has shape {array.shape}; with these edges it must be {(*shape, len(edges) - 1)}.")
    if not (np.isfinite(array) & (array >= 0)).all():
        raise DomainError("masses hold a negative number, an infinity or nan; they are probabilities.")
    array.setflags(write=False)
    return array


def normalized(masses: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    total = masses.sum(-1)
    defect = np.abs(total - 1.0)
    if not (defect <= _LARGEST_DEFECT).all():
        worst = float(np.ravel(total)[int(np.argmax(np.ravel(np.nan_to_num(defect, nan=np.inf))))])
        raise NotNormalizedError(
            f"masses of a record sum to {worst:.6g}; they must sum to 1 (to within {_LARGEST_DEFECT:.0%}). "
            "Let the outermost edges be infinite, or divide by the sum."
        )
    return masses / total[..., None], defect
