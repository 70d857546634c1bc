"""Discrete laws of cells: the masses that two laws give to the cells of ever finer nested partitions.

Only cdfs are used, and no density: the discrete Kullback–Leibler sum and the discrete criterion of the cells increase
to the integrals (Gelfand, Yaglom, Perez), which is a route to them that shares nothing with quadrature.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from gantheory.brackets import CDF_ERROR, masses_between
from gantheory.claims.routes import quantiles
from gantheory.estimate import Estimate

__all__ = ["FINEST", "cell_masses", "cells_criterion", "cells_divergence", "density_sum"]

COARSEST, FINEST = 2, 9
_EPS = float(np.finfo(float).eps)
_LARGEST_LOG = 745.0  # |log| of the smallest float

Masses = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def cell_masses(case: Any, level: int) -> Masses:
    """Masses of both laws in the cells of a partition, and their errors; a higher level refines a lower one.

    The cells end at the quantiles of order k/2**level of both laws (of every component of a mixture). On a grid they
    are runs of 2**(9 - level) neighbouring points, so that level 9 is the grid itself.
    """
    return case.remembered(("cells", level), lambda: (_runs if case.is_grid else _between_quantiles)(case, level))


def cell_ends(case: Any, level: int) -> np.ndarray:
    """Where the cells of a level end."""
    u = np.arange(1, 2**level) / 2**level
    ends = np.concatenate([quantiles(case.p_data, u), quantiles(case.p_g, u)])
    return np.unique(_snapped(ends[np.isfinite(ends)]))


def _snapped(x: np.ndarray) -> np.ndarray:
    """Numbers to 45 bits, so that a quantile reached in two ways ends one cell; a map of x alone keeps cells nested."""
    mantissa, exponent = np.frexp(x)
    return np.ldexp(np.round(mantissa * 2.0**45), exponent - 45)


def _between_quantiles(case: Any, level: int) -> Masses:
    ends = cell_ends(case, level)
    (p, p_error), (q, q_error) = masses_between(case.p_data, ends), masses_between(case.p_g, ends)
    return p, q, p_error, q_error


def _runs(case: Any, level: int) -> Masses:
    starts = np.arange(0, len(case.grid), 2 ** max(0, FINEST - level))
    masses = [np.add.reduceat(p * case.grid.weights, starts, axis=-1) for p in (case.p_data, case.p_g)]
    p, q = np.broadcast_arrays(*masses)
    return p, q, CDF_ERROR * p, CDF_ERROR * q


def cells_divergence(case: Any, level: int) -> Estimate:
    """The discrete KL of the cells, Σ P log(P/Q)."""
    p, q, p_error, q_error = cell_masses(case, level)
    # a sliver whose masses are all rounding says nothing of its ratio: it counts 0, with what it could be as error
    sliver = (p <= 4 * p_error) & (q <= 4 * q_error)
    real = (p > 0) & ~sliver
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(real, np.log(p) - np.log(q), 0.0)
        terms = np.where(real, p * ratio, 0.0)
        moved = np.where(real, (np.abs(ratio) + 1) * p_error + p / q * q_error, 5 * _LARGEST_LOG * p_error)
    value = terms.sum(-1)
    error = moved.sum(-1) + 8 * _EPS * np.abs(terms).sum(-1)
    return Estimate(value, np.where(np.isfinite(value), error, 0.0), "estimate")


def cells_criterion(case: Any, level: int) -> Estimate:
    """max V over the D that are constant on every cell, Σ P log(P/(P+Q)) + Q log(Q/(P+Q))."""
    p, q, p_error, q_error = cell_masses(case, level)
    noise = p_error + q_error
    with np.errstate(divide="ignore", invalid="ignore"):
        real = np.where(p > 0, -p * np.log1p(q / p), 0.0)
        fake = np.where(q > 0, -q * np.log1p(p / q), 0.0)
        # the derivatives are log D and log(1 - D), where the masses are at least their own rounding
        slope = np.log(p + q + noise) - np.log(np.maximum(np.minimum(p, q), noise))
    slope = np.clip(np.nan_to_num(slope, nan=1.0, posinf=_LARGEST_LOG), 1.0, _LARGEST_LOG)
    value = (real + fake).sum(-1)
    return Estimate(value, (noise * slope).sum(-1) + 8 * _EPS * np.abs(real + fake).sum(-1), "estimate")


def density_sum(case: Any, level: int) -> Estimate:
    """What is no discrete KL: densities at the cells' ends in place of the cells' masses."""
    ends = cell_ends(case, level)
    log_p, log_q = case.p_data.logpdf(ends), case.p_g.logpdf(ends)
    terms = np.exp(log_p) * (log_p - log_q)
    size = np.exp(log_p) * (np.abs(log_p) + np.abs(log_q) + 4)
    return Estimate(terms.sum(), 16 * _EPS * size.sum(), "estimate")
