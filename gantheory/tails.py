"""How the density of a law of G(z) falls off, read off the density itself where its outermost branch ends."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from gantheory.densities.protocol import BOUNDED, Tail
from gantheory.densities.tail_reading import tail_read_off
from gantheory.inverse import Branch

__all__ = ["tail_of"]


def tail_of(law: Any, branch: Branch, side: int) -> Tail:
    """Bounded, a power or exponential, by how the density falls towards the end of a branch."""
    if math.isfinite(branch.high if side > 0 else branch.low):
        return BOUNDED
    return tail_read_off(*_outermost(law, branch, side))


def _outermost(law: Any, branch: Branch, side: int) -> tuple[np.ndarray, np.ndarray]:
    """log p_g, and log |x|, at the farthest eight values of the branch's table at which both are numbers."""
    nodes, values = branch.table[0][1:-1], branch.table[1][1:-1]
    at = branch.z1 if (side > 0) == branch.increasing else branch.z0
    with np.errstate(all="ignore"):
        if math.isfinite(at):  # nearer to a pole of G the rounding of z shows
            values = values[np.abs(nodes - at) >= 1e-8 * abs(at)]
        else:
            end = nodes[-1 if side > 0 else 0]
            values = np.sort(np.concatenate([values, law.generator(end * 2.0 ** np.arange(1.0, 9.0))]))
        centre = float(law.generator(np.array([float(law.prior.ppf(0.5))]))[0])
        centre = centre if math.isfinite(centre) else 0.0
        far = values[np.isfinite(values) & (np.sign(values - centre) == side)]
        far = far if side > 0 else far[::-1]
        logs, size = law.logpdf(far), np.log(np.abs(far - centre))
        kept = np.isfinite(logs) & np.append(True, np.diff(size) > 0)
    return logs[kept][-8:], size[kept][-8:]
