"""Which divergence an f is: up to a positive factor, a constant and c·(u − 1), which integrates to 0 against q.

Both are compared by what is left of them once their value and slope at u = 1 are taken off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy
from sympy import Rational, log, sqrt

from gantheory.symbolic.best_response import RATIO, tidy
from gantheory.symbolic.functionals import JSD, KL, Int, TotalVariation, p, q
from gantheory.symbolic.zero_test import is_zero

__all__ = ["KNOWN", "Named", "named_divergence"]

u = RATIO
HALF = Rational(1, 2)
jsd: Any = JSD
kl: Any = KL


@dataclass(frozen=True)
class Named:
    """∫ q f(p/q) = constant + factor · divergence.

    Attributes
    ----------
    name : str
        In words and symbols.
    f : sympy.Expr in u
        Of the divergence itself.
    functional : sympy.Expr
        The divergence as an integral over p and q.
    factor, constant : sympy.Expr
    """

    name: str
    f: Any
    functional: Any
    factor: Any
    constant: Any

    def __str__(self) -> str:
        from gantheory.symbolic.printing import text

        start = "" if self.constant == 0 else f"{text(self.constant)} + "
        times = "" if self.factor == 1 else f"{_in_brackets(self.factor)}·"
        return f"{start}{times}{self.name}"


def _in_brackets(factor: Any) -> str:
    from gantheory.symbolic.printing import text

    return f"({text(factor)})" if factor.is_Add or factor.is_negative else text(factor)


def _js(w: Any) -> Any:
    """f of w·KL(p‖m) + (1 − w)·KL(q‖m), m = w·p + (1 − w)·q."""
    m = w * u + 1 - w
    return w * u * log(u / m) - (1 - w) * log(m)


#: name: (f, the divergence as an integral)
KNOWN: dict[str, tuple[Any, Any]] = {
    "KL(p‖q)": (u * log(u), kl(p, q)),
    "KL(q‖p)": (-log(u), kl(q, p)),
    "JSD(p‖q)": (_js(HALF), jsd(p, q)),
    "KL(m‖p)": ((1 + u) / 2 * log((1 + u) / (2 * u)), kl((p + q) / 2, p)),
    "KL(m‖q)": ((1 + u) / 2 * log((1 + u) / 2), kl((p + q) / 2, q)),
    "Pearson's ∫(p−q)²/q": ((u - 1) ** 2, Int((p - q) ** 2 / q)),
    "Neyman's ∫(p−q)²/p": ((u - 1) ** 2 / u, Int((p - q) ** 2 / p)),
    "∫(√p−√q)²": ((sqrt(u) - 1) ** 2, Int((sqrt(p) - sqrt(q)) ** 2)),
    "∫(p−q)²/(p+q)": ((u - 1) ** 2 / (u + 1), Int((p - q) ** 2 / (p + q))),
    "Jeffreys' KL(p‖q) + KL(q‖p)": ((u - 1) * log(u), kl(p, q) + kl(q, p)),
}


def named_divergence(f: Any, slope: Any) -> Named | None:
    """The divergence that f is of, if it is a known one.

    Parameters
    ----------
    f : sympy.Expr in u
    slope : sympy.Expr in u
        f′, as the envelope gives it: a(D*).

    Examples
    --------
    >>> print(named_divergence(u * log(u / (1 + u)) - log(1 + u), log(u / (1 + u))))
    −2·log(2) + 2·JSD(p‖q)
    >>> print(named_divergence(sympy.Max(-2, -2 * u), None))
    −2 + 2·TV(p, q)
    """
    constant = tidy(sympy.expand_log(f.subs(u, 1), force=True))
    if isinstance(f, sympy.Max):
        return _total_variation(f, constant)
    rest = f - constant - slope.subs(u, 1) * (u - 1)
    second = sympy.diff(slope, u)
    curvature: Any = second.subs(u, 1)
    for name, (known, functional) in (*KNOWN.items(), *_families(second)):
        other = known - known.subs(u, 1) - sympy.diff(known, u).subs(u, 1) * (u - 1)
        factor = sympy.nsimplify(curvature / _curvature(known))
        if factor != 0 and is_zero(rest - factor * other).proved:
            return Named(name, known, functional, factor, constant)
    return None


def _curvature(f: Any) -> Any:
    second: Any = sympy.diff(f, u, 2)
    return second.subs(u, 1)


def _families(second: Any) -> list[tuple[str, tuple[Any, Any]]]:
    """The skewed Jensen–Shannon divergence and the α-divergence whose f″ this is a multiple of."""
    found: list[tuple[str, tuple[Any, Any]]] = []
    inverse: Any = sympy.cancel(1 / (u * second)) if second != 0 else sympy.Integer(0)
    if inverse.is_polynomial(u) and sympy.degree(inverse, u) == 1:
        ratio = inverse.coeff(u, 1) / inverse.coeff(u, 0) if inverse.coeff(u, 0) != 0 else sympy.Integer(0)
        if ratio.is_positive and ratio.is_Rational:
            w = ratio / (1 + ratio)
            m = w * p + (1 - w) * q
            functional = w * kl(p, m) + (1 - w) * kl(q, m)
            found.append((f"JS(p‖q), skewed with the weight {w} of p", (_js(w), functional)))
    power = sympy.cancel(u * sympy.diff(second, u) / second) if second != 0 else u
    if power.is_Rational and power not in (-1, -2):
        alpha = power + 2
        f = (u**alpha - 1 - alpha * (u - 1)) / (alpha * (alpha - 1))
        functional = Int((p**alpha * q ** (1 - alpha) - q - alpha * (p - q)) / (alpha * (alpha - 1)))
        found.append((f"the α-divergence, α = {alpha}", (f, functional)))
    return found


def _total_variation(f: Any, constant: Any) -> Named | None:
    """A maximum of two lines that bends at u = 1."""
    if len(f.args) != 2:
        return None
    slopes = sorted(sympy.diff(line, u) for line in f.args)
    values = {line.subs(u, 1) for line in f.args}
    if len(values) != 1 or any(slope.free_symbols for slope in slopes):
        return None
    return Named("TV(p, q)", sympy.Abs(u - 1) / 2, TotalVariation(p, q), slopes[1] - slopes[0], constant)
