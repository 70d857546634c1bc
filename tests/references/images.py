"""Divergences between a law and the law of G(z), G monotone, to 40 digits: this file's output is images.json.

Nothing of the package is used. Both are densities of z, the law of x as p(G(z)) G'(z), of which what lies outside the
range of G is a closed form; the integrals run between the points where something happens, by tanh-sinh at two
precisions that must agree. Total variation is integrated between the crossings.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from mpmath import mp, mpf

Function = Callable[[Any], Any]
DIGITS, LOW, HIGH = 40, 56, 64


def normal(z: Any) -> Any:
    return mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi)


def logistic(z: Any) -> Any:
    return mp.sech(z / 2) ** 2 / 4


def laplace(z: Any) -> Any:
    return mp.exp(-abs(z)) / 2


def cauchy(z: Any) -> Any:
    return 1 / (mp.pi * (1 + z * z))


def t3(z: Any) -> Any:
    return 2 / (mp.pi * mp.sqrt(3) * (1 + z * z / 3) ** 2)


def gamma(shape: Any, loc: Any, scale: Any) -> Function:
    return lambda z: ((z - loc) / scale) ** (shape - 1) * mp.exp(-(z - loc) / scale) / (scale * mp.gamma(shape))


@dataclass
class Case:
    """The texts of p, G and the law of z; p, its mass outside the range of G; G, G'; the law of z; where to cut z."""

    p: str
    G: str
    prior: str
    density: Function
    outside: Callable[[], Any]
    map: Function
    slope: Function
    base: Function
    cuts: Callable[[], list[Any]]


def sigma(z: Any) -> Any:
    return 1 / (1 + mp.exp(-z))


def line(*cuts: Any) -> Callable[[], list[Any]]:
    return lambda: [-mp.inf, *(mpf(c) for c in cuts), mp.inf]


def none() -> Any:
    return mpf(0)


def tails(low: Callable[[], Any], high: Callable[[], Any]) -> Callable[[], Any]:
    """The normal law's mass outside an interval."""
    return lambda: mp.ncdf(low()) + mp.ncdf(-high())


def minus_one() -> Any:
    return mpf(-1)


def one() -> Any:
    return mpf(1)


HALF, QUARTER = mpf("0.5"), mpf("0.25")
CASES = {
    "exp": Case("expon", "exp(z)", "norm", lambda x: mp.exp(-x), none, mp.exp, mp.exp, normal, line(-2, 0, 2)),
    "exp-uniform": Case("norm(1)", "exp(z)", "uniform(0, 1)", lambda x: normal(x - 1),
                        tails(none, lambda: mp.e - 1), mp.exp, mp.exp, lambda z: mpf(1), lambda: [mpf(0), mpf(1)]),
    "exp-turned": Case("norm", "1 - 2*exp(-z)", "expon(0, 0.5)", normal, tails(minus_one, one),
                       lambda z: 1 - 2 * mp.exp(-z), lambda z: 2 * mp.exp(-z), lambda z: 2 * mp.exp(-2 * z),
                       lambda: [mpf(0), mpf(1), mp.inf]),
    "log": Case("norm", "log(z)", "gamma(2)", normal, none, mp.log, lambda z: 1 / z, gamma(2, 0, 1),
                lambda: [mpf(0), mpf(1), mpf(4), mp.inf]),
    "sinh": Case("laplace", "sinh(z)", "norm", laplace, none, mp.sinh, mp.cosh, normal, line(-2, 0, 2)),
    "sinh-turned": Case("laplace(0.5)", "sinh(1 - z)", "gamma(2, 0, 0.25)", lambda x: laplace(x - HALF),
                        lambda: mp.exp(HALF - mp.sinh(1)) / 2, lambda z: mp.sinh(1 - z), lambda z: mp.cosh(1 - z),
                        gamma(2, 0, QUARTER), lambda: [mpf(0), 1 - mp.asinh(HALF), mpf(1), mp.inf]),
    "tanh": Case("uniform(-1, 2)", "tanh(z)", "norm", lambda x: HALF, none, mp.tanh, lambda z: mp.sech(z) ** 2, normal,
                 line(-1, 0, 1)),
    "tanh-affine": Case("norm", "2*tanh(z/2 + 1) - 1", "logistic", normal, tails(lambda: mpf(-3), one),
                        lambda z: 2 * mp.tanh(z / 2 + 1) - 1, lambda z: mp.sech(z / 2 + 1) ** 2, logistic,
                        line(-4, -1, 2)),
    "tanh-pole": Case("norm", "tanh(z)", "gamma(0.75, 0.5, 0.25)", normal,
                      tails(lambda: mp.tanh(HALF), one), mp.tanh, lambda z: mp.sech(z) ** 2,
                      gamma(mpf("0.75"), HALF, QUARTER), lambda: [HALF, mpf("0.75"), mpf(2), mp.inf]),
    "expit": Case("beta(2, 3)", "expit(z)", "norm", lambda x: 12 * x * (1 - x) ** 2, none, sigma,
                  lambda z: mp.sech(z / 2) ** 2 / 4, normal, line(-2, 0, 2)),
    "expit-kink": Case("uniform(0, 1)", "1/(1 + exp(-z))", "laplace(1)", lambda x: mpf(1), none, sigma,
                       lambda z: mp.sech(z / 2) ** 2 / 4, lambda z: laplace(z - 1), line(-2, 0, 1, 3)),
    "cube": Case("t(3)", "z**3", "laplace", t3, none, lambda z: z**3, lambda z: 3 * z * z, laplace, line(-1, 0, 1)),
    "cube-affine": Case("cauchy", "3*(z/2)**3 + 1", "norm(1, 2)", cauchy, none, lambda z: 3 * (z / 2) ** 3 + 1,
                        lambda z: mpf(9) / 2 * (z / 2) ** 2, lambda z: normal((z - 1) / 2) / 2, line(-2, 0, 1, 2)),
    "atan": Case("norm(0.5)", "atan(z)", "norm", lambda x: normal(x - HALF),
                 tails(lambda: -mp.pi / 2 - HALF, lambda: mp.pi / 2 - HALF), mp.atan, lambda z: 1 / (1 + z * z), normal,
                 line(-1, 0, 1)),
    "atan-affine": Case("logistic", "2*atan(z) + 1", "t(3)", logistic,
                        lambda: sigma(1 - mp.pi) + sigma(-1 - mp.pi), lambda z: 2 * mp.atan(z) + 1,
                        lambda z: 2 / (1 + z * z), t3, line(-1, 0, 1)),
}  # fmt: skip


def integral(case: Case, value: Callable[[Any, Any], Any], cuts: list[Any] | None = None) -> Any:
    # e^e^z is beyond every number of mpmath long before it matters; powers of z never are
    rises = [size for word, size in (("exp(z)", 60), ("sinh", 60), ("tanh", 400), ("exp", 400)) if word in case.G]
    farthest = min(rises, default=mp.inf)

    def integrand(z: Any) -> Any:
        if z > farthest or (z < -farthest and "exp(z)" not in case.G):
            return mpf(0)
        try:
            a, b = case.density(case.map(z)) * case.slope(z), case.base(z)
            return value(a, b) if a > 0 and b > 0 else mpf(0)
        except (ZeroDivisionError, ValueError):  # a node that has rounded to the end itself
            return mpf(0)

    return mp.quad(integrand, cuts or case.cuts(), maxdegree=8)


def crossings(case: Case) -> list[Any]:
    def r(z: Any) -> Any:
        return mp.log(case.density(case.map(z)) * case.slope(z)) - mp.log(case.base(z))

    low, high = case.cuts()[0], case.cuts()[-1]
    reach = 20 if "exp" in case.G or "sinh" in case.G else 60
    low, high = max(low, mpf(-reach)), min(high, mpf(reach))
    at = [low + (high - low) * (k + mpf("0.37")) / 1200 for k in range(1200)]
    signs, found = {z: mp.sign(r(z)) for z in at}, []
    for u, v in pairwise(at):
        if signs[u] != signs[v]:
            found.append(mp.findroot(r, (u, v), solver="anderson", tol=mpf(10) ** (-2 * DIGITS)))
    return found


def quantities(case: Case) -> dict[str, Any]:
    outside = case.outside()

    def half(a: Any, b: Any) -> Any:
        return (a * mp.log(2 * a / (a + b)) + b * mp.log(2 * b / (a + b))) / 2

    cuts = sorted({*case.cuts(), *crossings(case)})
    pieces = [integral(case, lambda a, b: a - b, [u, v]) for u, v in pairwise(cuts)]
    found = {
        "js": integral(case, half) + outside * mp.log(2) / 2,
        "kl_qp": integral(case, lambda a, b: b * mp.log(b / a)),
        "tv": (mp.fsum(abs(piece) for piece in pieces) + outside) / 2,
    }
    return found if outside else found | {"kl_pq": integral(case, lambda a, b: a * mp.log(a / b))}


def main() -> None:
    cases = {}
    for name, case in CASES.items():
        runs = []
        for digits in (LOW, HIGH):
            with mp.workdps(digits):
                runs.append(quantities(case))
        values = {}
        for quantity, high in runs[1].items():
            off = abs(high - runs[0][quantity])
            assert off < mpf(10) ** -(DIGITS + 2) * abs(high), (name, quantity, mp.nstr(high, 30), mp.nstr(off, 3))
            values[quantity] = mp.nstr(high, DIGITS + 2)
        cases[name] = {"p": case.p, "G": case.G, "prior": case.prior, "values": values}
        print(name, file=sys.stderr)
    print(json.dumps({"cases": cases}, indent=1))


if __name__ == "__main__":
    main()
