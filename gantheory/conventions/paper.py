"""The paper's quantities of two discrete laws on 0, 1, 2, …: what a library's number can turn out to be."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.divergences import cross_entropy, entropy, js_divergence, kl_divergence, total_variation
from gantheory.game import criterion
from gantheory.grid import Grid

__all__ = ["name_of", "quantities"]

_TOLERANCE = 1e-12  # of a sum of a few terms in float64, with room; a single-precision result is none of these


def quantities(p: Any, q: Any) -> dict[str, float]:
    """Name to number, in nats where the name does not say bits."""
    grid, n = Grid.counting(len(p)), len(p)
    kl, reverse = (float(kl_divergence(*pair, grid=grid)) for pair in ((p, q), (q, p)))
    jsd, c = float(js_divergence(p, q, grid=grid)), float(criterion(p, q, grid=grid))
    entropies = {"H(p)": float(entropy(p, grid=grid)), "H(q)": float(entropy(q, grid=grid))}
    in_nats = {"KL(p‖q)": kl, "KL(q‖p)": reverse, "JSD": jsd, **entropies}
    in_nats["H(p, q)"] = float(cross_entropy(p, q, grid=grid))
    with np.errstate(divide="ignore", invalid="ignore"):
        term = float(np.where(p[0] > 0, p[0] * np.log(p[0] / q[0]), 0.0))
    return {
        **in_nats,
        **{f"{name} in bits": number / math.log(2.0) for name, number in in_nats.items()},
        "√JSD": math.sqrt(jsd),
        "√(JSD in bits)": math.sqrt(jsd / math.log(2.0)),
        "C(G)": c,
        "−C(G)": -c,
        "C(G) + log 4 = 2·JSD": 2 * jsd,
        "TV": float(total_variation(p, q, grid=grid)),
        "W₁": float(np.abs(np.cumsum(p - q)).sum()),
        "W₂²": _squared_w2(p, q),
        "KL(p‖q)/n": kl / n,
        "p₀ log(p₀/q₀)": term,
        "p₀ log(p₀/q₀) − p₀ + q₀": term - float(p[0]) + float(q[0]),
    }


def _squared_w2(p: np.ndarray, q: np.ndarray) -> float:
    """∫(Q_p − Q_q)² du: both quantile functions are constant between the levels of both cdfs."""
    F, G = np.cumsum(p), np.cumsum(q)
    levels = np.unique(np.concatenate([[0.0], F, G]))
    middles, last = 0.5 * (levels[1:] + levels[:-1]), len(p) - 1
    gap = np.minimum(np.searchsorted(F, middles), last) - np.minimum(np.searchsorted(G, middles), last)
    return float(np.diff(levels) @ np.square(gap.astype(float)))


def name_of(value: float, known: dict[str, float]) -> str:
    """Every name that this number has; more than one where the pair does not tell them apart."""
    names = [
        name
        for name, number in known.items()
        # an infinity is near nothing but itself
        if value == number or (math.isfinite(number) and abs(value - number) <= _TOLERANCE * max(1.0, abs(number)))
    ]
    return " or ".join(names) or "none of the paper's quantities"
