"""f″ at u = 1: how fast the criterion rises as p_g leaves p_data, f(1) + ½ f″(1) ∫(p − q)²/q to second order."""

from __future__ import annotations

from typing import Any

import sympy

from gantheory.symbolic.best_response import RATIO, BestResponse

__all__ = ["curvature_at_one"]


def curvature_at_one(best: BestResponse) -> Any:
    """f″(1) = d a(D*(u))/du there; ∞ at a corner of f, and None where it is not the same number on either side.

    >>> u = RATIO
    >>> minimax = BestResponse(u / (1 + u), sympy.S.Zero, sympy.log(u / (1 + u)), -sympy.log(1 + u))
    >>> curvature_at_one(minimax)
    1/2
    """
    if any(kink == 1 for kink in best.kinks):
        return sympy.oo
    if best.corners:
        return sympy.Integer(0)
    about = [part.real for part in best.parts if part.low <= 1 <= part.high] or [best.real]
    values = {sympy.nsimplify(sympy.diff(real, RATIO).subs(RATIO, 1)) for real in about}
    return values.pop() if len(values) == 1 else None
