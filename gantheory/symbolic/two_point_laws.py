"""Laws on two points: what refutes a false identity or inequality between integrals, exactly and by a witness."""

from __future__ import annotations

import sympy

from gantheory.symbolic.functionals import D, integrand
from gantheory.symbolic.normal_form import OutsideClass
from gantheory.symbolic.zero_test import Decision, contradiction

__all__ = ["refuted_by_laws"]

_VALUES = tuple(sympy.Rational(v) for v in ("1/3", "1/2", "3/4", "1/10", "9/10", "1/5"))


def refuted_by_laws(
    difference: sympy.Expr, relation: str, densities: tuple[sympy.Symbol, ...], unit: sympy.Expr
) -> Decision | None:
    """Laws on two points for which `difference relation 0` certainly fails, or None.

    Each density has masses u and 1 − u, and D a value at either point. Any other symbol has one value at both: it may
    stand for a constant, which may not differ from point to point.

    >>> from gantheory.symbolic.functionals import KL, p, q
    >>> refuted_by_laws(KL(p, q) - KL(q, p), "=", (p, q), p).reason
    'at p = (1/3, 2/3), q = (1/2, 1/2): lhs − rhs = -0.002258...'
    """
    try:
        whole = integrand(difference, unit)
    except OutsideClass:
        return None
    names = sorted(whole.free_symbols, key=lambda s: s.name)
    for k in range(24):
        first, second = {}, {}
        for i, s in enumerate(names):
            first[s] = second[s] = _VALUES[(i * (k // 6 + 1) + k) % 6]
            if s in densities:
                second[s] = 1 - first[s]
            elif s == D:
                second[s] = _VALUES[(i + 2 * k + 1) % 6]
        value = contradiction(whole.xreplace(first) + whole.xreplace(second), relation)
        if value is not None:
            witness = {s.name: sympy.Tuple(first[s], second[s]) for s in names}
            shown = ", ".join(f"{name} = ({pair[0]}, {pair[1]})" for name, pair in witness.items())
            return Decision("refuted", "two-point laws", f"at {shown}: lhs − rhs = {value}", witness, value)
    return None
