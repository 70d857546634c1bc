"""Divergences of laws of G(z) from a Cauchy law, to 22 digits: this file's output is pushforwards.json.

Nothing of the package is used. Each density of G(z) is its textbook form; integrals under it run over z, those under
the Cauchy law over x, by tanh-sinh between the points where something happens, at two precisions that must agree.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from mpmath import mp, mpf

LOC, SCALE = "0.25", "1.5"  # of the Cauchy law, exact in binary


def normal(z: Any, sigma: Any = 1) -> Any:
    return mp.exp(-((z / sigma) ** 2) / 2) / (sigma * mp.sqrt(2 * mp.pi))


def roots(x: Any) -> Iterator[Any]:
    """The real z with z**3 - z = x."""
    t = 3 * mp.sqrt(3) * x / 2
    if abs(t) < 1:
        for k in range(3):
            yield 2 / mp.sqrt(3) * mp.cos((mp.acos(t) - 2 * mp.pi * k) / 3)
    else:
        yield mp.sign(t) * 2 / mp.sqrt(3) * mp.cosh(mp.acosh(abs(t)) / 3)


def cubic(x: Any) -> Any:
    return mp.fsum(normal(z, SIGMA) / abs(3 * z * z - 1) for z in roots(x))


def cube(x: Any) -> Any:
    root = mp.cbrt(abs(x))
    return normal(root) / (3 * root * root)


SIGMA = mpf(0.75)
# the density of x, G, the density of z, ends and breakpoints in z and in x, masses of atoms (None: P(z > 1))
Ends = Callable[[], list[Any]]
Form = tuple[Callable[[Any], Any], Callable[[Any], Any], Callable[[Any], Any], Ends, Ends, list[Any]]


def _LINE() -> list[Any]:
    return [-mp.inf, 0, mp.inf]


def _C() -> Any:
    """The critical value of the cubic, at the precision of the moment."""
    return 2 / mp.sqrt(27)


FORMS: dict[str, Form] = {
    "affine": (lambda x: normal(x - 1, 2), lambda z: 2 * z + 1, normal, _LINE, lambda: [-mp.inf, 1, mp.inf], []),
    "exp": (lambda x: normal(mp.log(x)) / x, mp.exp, normal, _LINE, lambda: [0, 1, mp.inf], []),
    "tan": (
        lambda x: 1 / (mp.pi * (1 + x * x)), lambda z: mp.tan(mp.pi * z), lambda z: mpf(1),
        lambda: [-mpf(1) / 2, 0, mpf(1) / 2], _LINE, [],
    ),
    "-log": (lambda x: mp.exp(-x), lambda z: -mp.log(z), lambda z: mpf(1), lambda: [0, 1], lambda: [0, 1, mp.inf], []),
    "square": (
        lambda x: normal(mp.sqrt(x)) / mp.sqrt(x), lambda z: z * z, normal, _LINE, lambda: [0, 1, mp.inf], [],
    ),
    "abs": (lambda x: 2 * normal(x), abs, normal, _LINE, lambda: [0, 1, mp.inf], []),
    "cube": (cube, lambda z: z**3, normal, _LINE, _LINE, []),
    "cubic": (
        cubic, lambda z: z**3 - z, lambda z: normal(z, SIGMA),
        lambda: [-mp.inf, -2 / mp.sqrt(3), -1 / mp.sqrt(3), 0, 1 / mp.sqrt(3), 2 / mp.sqrt(3), mp.inf],
        lambda: [-mp.inf, -_C(), 0, _C(), mp.inf], [],
    ),
    "sine": (
        lambda x: 1 / (mp.pi * mp.sqrt((1 - x) * (1 + x))), lambda z: mp.sin(2 * mp.pi * z), lambda z: mpf(1),
        lambda: [0, mpf(1) / 4, mpf(1) / 2, mpf(3) / 4, 1], lambda: [-1, 0, 1], [],
    ),
    "softplus": (
        lambda x: normal(mp.log(mp.expm1(x))) * mp.exp(x) / mp.expm1(x), lambda z: mp.log1p(mp.exp(z)), normal, _LINE,
        lambda: [0, 1, mp.inf], [],
    ),
    "reciprocal": (lambda x: normal(1 / x) / (x * x), lambda z: 1 / z, normal, _LINE, _LINE, []),
    "relu": (normal, lambda z: z, normal, lambda: [0, 1, mp.inf], lambda: [0, 1, mp.inf], [0.5]),
    "clip": (normal, lambda z: z, normal, lambda: [-1, 0, 1], lambda: [-1, 0, 1], [None, None]),
}  # fmt: skip


def cauchy(x: Any) -> Any:
    s = mpf(SCALE)
    return 1 / (mp.pi * s * (1 + ((x - mpf(LOC)) / s) ** 2))


def log_ratio(f: Any, q: Any) -> Any:
    return mp.log(f) - mp.log(q)


def divergences(form: Form) -> tuple[Any, Any]:
    """JSD and KL of the law of G(z) from the Cauchy law."""
    density, G, prior, z_ends, x_ends, atoms = form
    masses = [mp.ncdf(-1) if mass is None else mpf(mass) for mass in atoms]

    def under_z(value: Callable[[Any, Any], Any]) -> Any:
        def integrand(z: Any) -> Any:
            try:
                w, x = prior(z), G(z)
                f = density(x) if w > 0 else mpf(0)
            except (ZeroDivisionError, ValueError):  # a node that has rounded to the end itself
                return mpf(0)
            return w * value(f, cauchy(x)) if f > 0 and mp.isfinite(f) else mpf(0)

        return mp.quad(integrand, z_ends())

    def under_x(x: Any) -> Any:
        try:
            q, f = cauchy(x), density(x)
        except (ZeroDivisionError, ValueError):
            return mpf(0)
        return q * mp.log(2 / (1 + f / q)) if mp.isfinite(f) else mpf(0)

    first = under_z(lambda f, q: mp.log(2 / (1 + q / f)))
    ends = x_ends()
    inside = mp.quad(under_x, ends)
    # where the law of G(z) has no mass, log 2 under the Cauchy law
    covered = (mp.atan((ends[-1] - mpf(LOC)) / mpf(SCALE)) - mp.atan((ends[0] - mpf(LOC)) / mpf(SCALE))) / mp.pi
    js = (first + inside + (1 - covered + mp.fsum(masses)) * mp.log(2)) / 2
    return js, mp.inf if atoms else under_z(log_ratio)


def main() -> None:
    found = {}
    for name, form in FORMS.items():
        values = []
        for digits in (60, 76):  # a root at the end of an interval costs half of them
            with mp.workdps(digits):
                values.append(divergences(form))
        for low, high in zip(*values, strict=True):
            assert low == high or abs(low - high) < mpf(10) ** -21 * max(1, abs(high)), (name, low, high)
        js, kl = values[1]
        found[name] = {"js": mp.nstr(js, 22), "kl": "inf" if mp.isinf(kl) else mp.nstr(kl, 22)}
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
