"""The reference values against routes that share nothing with the quadrature that made them. Some seconds::

    python tests/references/crosscheck.py

1. Closed forms: entropies, KL within a family, the whole game of two Cauchy laws, W1 and TV where they are elementary.
2. Ball arithmetic: enclosures by python-flint of integrals over one long interval, in densities written again here.
3. Monte Carlo over every pair of mixtures.json, within 4.5 standard errors.

It prints a line a check and ends in an ArithmeticError if one fails.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from exact_laws import (
    Beta,
    Cauchy,
    Exponential,
    Gamma,
    Laplace,
    LocationScale,
    Logistic,
    Normal,
    Number,
    Uniform,
    Weibull,
)
from flint import acb, arb, ctx
from generate import law
from mpmath import mp, mpf

Ball = Any  # python-flint's balls carry no types


def cases(name: str) -> dict[str, dict]:
    return json.loads(Path(__file__).with_name(f"{name}.json").read_text(encoding="utf-8"))["cases"]


def report(route: str, label: str, digits: float, needed: float) -> None:
    print(f"{route:13} {label:45} {digits:6.1f} digits")
    if digits < needed:
        raise ArithmeticError(f"{label}: {digits:.1f} digits by {route}, {needed} needed")


def common(a: Number, b: Number) -> float:
    return 99.0 if a == b else float(-mp.log10(abs(a - b) / max(abs(a), abs(b))))


# 1. closed forms -----------------------------------------------------------------------------------------------------


def gamma_parameters(part: Any) -> tuple[Number, Number] | None:
    if isinstance(part, Exponential):
        return mpf(1), part.scale
    return (part.exponent, part.scale) if isinstance(part, Gamma) else None


def beta_parameters(part: Any) -> tuple[Number, Number] | None:
    if isinstance(part, Beta):
        return part.a, part.b
    return (mpf(1), mpf(1)) if isinstance(part, Uniform) and (part.lo, part.hi) == (0, 1) else None


def weibull_parameters(part: Any) -> tuple[Number, Number] | None:
    if isinstance(part, Exponential):
        return mpf(1), part.scale
    return (part.exponent, part.scale) if isinstance(part, Weibull) else None


def kl_gamma(k: Number, s: Number, l: Number, t: Number) -> Number:  # noqa: E741, the shapes k and l
    return (k - l) * mp.digamma(k) - mp.loggamma(k) + mp.loggamma(l) + l * mp.log(t / s) + k * (s - t) / t


def kl_beta(a: Number, b: Number, c: Number, d: Number) -> Number:
    value = mp.log(mp.beta(c, d) / mp.beta(a, b)) + (a - c) * mp.digamma(a) + (b - d) * mp.digamma(b)
    return value + (c - a + d - b) * mp.digamma(a + b)


def kl_weibull(k: Number, s: Number, l: Number, t: Number) -> Number:  # noqa: E741, the shapes k and l
    value = mp.log(k / s**k) - mp.log(l / t**l) + (k - l) * (mp.log(s) - mp.euler / k)
    return value + (s / t) ** l * mp.gamma(l / k + 1) - 1


def kl_gamma_weibull(k: Number, s: Number, l: Number, t: Number) -> Number:  # noqa: E741, the shapes k and l
    log_x, power = mp.digamma(k) + mp.log(s), s**l * mp.gamma(k + l) / mp.gamma(k)
    entropy = k + mp.log(s) + mp.loggamma(k) + (1 - k) * mp.digamma(k)
    return -entropy - mp.log(l / t) - (l - 1) * (log_x - mp.log(t)) + power / t**l


def closed_kl(p: Any, q: Any) -> Number | None:
    """KL(p‖q) of two components by formula, or None."""
    for parameters, formula in ((gamma_parameters, kl_gamma), (beta_parameters, kl_beta)):
        if (first := parameters(p)) and (second := parameters(q)):
            return formula(*first, *second)
    if (first := weibull_parameters(p)) and (second := weibull_parameters(q)):
        return kl_weibull(*first, *second)
    if (first := gamma_parameters(p)) and (second := weibull_parameters(q)):
        return kl_gamma_weibull(*first, *second)
    if isinstance(p, Uniform) and isinstance(q, Uniform) and q.lo <= p.lo and p.hi <= q.hi:
        return mp.log((q.hi - q.lo) / (p.hi - p.lo))
    if type(p) is not type(q) or not isinstance(p, LocationScale) or not isinstance(q, LocationScale):
        return None
    shift, ratio = abs(p.location - q.location), p.scale / q.scale
    if isinstance(p, Normal):
        return (ratio**2 + (shift / q.scale) ** 2 - 1) / 2 - mp.log(ratio)
    if isinstance(p, Laplace):
        return shift / q.scale + ratio * mp.exp(-shift / p.scale) - mp.log(ratio) - 1
    if isinstance(p, Logistic) and ratio == 1 and shift > 0:
        return shift / p.scale * mp.coth(shift / (2 * p.scale)) - 2
    if isinstance(p, Cauchy):
        return mp.log(1 + cauchy_chi(p, q) / 2)
    return None


def cauchy_chi(p: Any, q: Any) -> Number:
    return ((p.location - q.location) ** 2 + (p.scale - q.scale) ** 2) / (2 * p.scale * q.scale)


def closed_forms(p: Any, q: Any) -> Iterator[tuple[str, Number]]:
    yield "entropy_p", p.entropy()
    yield "entropy_q", q.entropy()
    for name, pair in (("kl_pq", (p, q)), ("kl_qp", (q, p))):
        if (value := closed_kl(*pair)) is not None:
            yield name, value
    if isinstance(p, Cauchy) and isinstance(q, Cauchy):
        chi = cauchy_chi(p, q)
        yield "tv", 2 / mp.pi * mp.atan(mp.sqrt(chi / 2))
        root = mp.sqrt(2 + chi)
        yield "criterion", -mp.log(4) + 2 * mp.log(2 * root / (root + mp.sqrt(2)))
    if isinstance(p, Normal) and isinstance(q, Normal) and p.scale == q.scale:
        shift = abs(p.location - q.location)
        yield "tv", mp.erf(shift / (2 * mp.sqrt(2) * p.scale))
        yield "w1", shift


def check_closed_forms() -> None:
    mp.dps = 110
    for name, digits in (("panel", 50), ("family_pairs", 40)):
        for label, case in cases(name).items():
            laws = law(case["p"]), law(case["q"])
            if any(len(one.components) != 1 or one.atoms for one in laws):
                continue
            for quantity, value in closed_forms(*[one.components[0][1] for one in laws]):
                text = case["values"].get(quantity)
                if text not in (None, "inf"):
                    report("closed form", f"{label} {quantity}", common(mpf(text), value), digits - 0.7)


# 2. ball arithmetic --------------------------------------------------------------------------------------------------

Logs = Callable[[Ball, bool], Ball]  # a log-density, in x or in a coordinate u with the length dx/du included


def softplus(r: Ball, analytic: bool) -> Ball:
    """log(1 + e^r), with the large exponential taken out: a ball around e^(1e10) holds zero, and has no logarithm."""
    if r.real.mid() > 0:
        return r + (1 + (-r).exp()).log(analytic=analytic)
    return (1 + r.exp()).log(analytic=analytic)


def ball_normal(mean: float, sd: float) -> Logs:
    return lambda x, analytic: -(((x - mean) / sd) ** 2) / 2 - (arb(sd) * (2 * arb.pi()).sqrt()).log()


def ball_mixture(parts: list[tuple[float, float, float]]) -> Logs:
    total = sum((arb(weight) for weight, _, _ in parts), arb(0))
    laws = [((arb(weight) / total).log(), ball_normal(mean, sd)) for weight, mean, sd in parts]

    def log(x: Ball, analytic: bool) -> Ball:
        logs = sorted((w + f(x, analytic) for w, f in laws), key=lambda one: float(one.real.mid()))
        ratios = [(one - logs[-1]).exp() for one in logs[:-1]]
        return logs[-1] + sum(ratios, acb(1)).log(analytic=analytic)

    return log


def ball_student(df: float) -> Logs:
    half = (arb(df) + 1) / 2
    constant = half.lgamma() - (arb(df) / 2).lgamma() - (arb(df) * arb.pi()).log() / 2
    return lambda x, analytic: constant - half * (1 + x * x / df).log(analytic=analytic)


def ball_logistic(mean: float) -> Logs:
    return lambda x, analytic: -(x - mean) - 2 * (1 + (mean - x).exp()).log(analytic=analytic)


def ball_beta(a: float, b: float) -> Logs:
    """In u = logit x, so that both poles are at infinity."""
    constant = (arb(a) + arb(b)).lgamma() - arb(a).lgamma() - arb(b).lgamma()

    def log(u: Ball, analytic: bool) -> Ball:
        below, above = -(1 + (-u).exp()).log(analytic=analytic), -(1 + u.exp()).log(analytic=analytic)
        return constant + arb(a) * below + arb(b) * above

    return log


def ball_gamma(shape: float) -> Logs:
    """In u = log x."""
    return lambda u, analytic: arb(shape) * u - u.exp() - arb(shape).lgamma()


def ball_weibull(shape: float, scale: float) -> Logs:
    """In u = log x."""
    return lambda u, _: arb(shape).log() + shape * (u - arb(scale).log()) - (shape * (u - arb(scale).log())).exp()


def ball_criterion(p: Logs, q: Logs) -> Logs:
    def integrand(x: Ball, analytic: bool) -> Ball:
        log_p, log_q = p(x, analytic), q(x, analytic)
        r = log_p - log_q
        return -log_p.exp() * softplus(-r, analytic) - log_q.exp() * softplus(r, analytic)

    return integrand


def ball_kl(p: Logs, q: Logs) -> Logs:
    return lambda x, analytic: p(x, analytic).exp() * (p(x, analytic) - q(x, analytic))


def mixture_parts(spec: list[list]) -> list[tuple[float, float, float]]:
    return [(weight, mean, sd) for weight, _, mean, sd in spec]


def around(parts: list[tuple[float, float, float]]) -> list[arb]:
    """Cuts that double away from every mean: an interval is as long as it is far from the nearest."""
    cuts = {0.0}
    for _, mean, sd in parts:
        cuts |= {mean + sign * sd * 2.0**k for k in range(-1, 5) for sign in (-1, 1)} | {mean}
        cuts |= {mean + sign * sd * 16 * 2.0**k for k in range(40) if sd * 16 * 2.0**k < 200 for sign in (-1, 1)}
    return [arb(cut) for cut in sorted(cuts)]


def enclosure(f: Logs, cuts: list[arb], bits: int, smallest: float) -> Ball:
    ctx.prec = bits
    options = {"abs_tol": arb(2) ** round(smallest / math.log10(2)), "rel_tol": arb(2) ** -110, "eval_limit": 10**6}
    return sum((acb.integral(f, a, b, **options).real for a, b in pairwise(cuts)), arb(0))


def ball_checks() -> Iterator[tuple[str, str, str, Logs, list, float]]:
    """File, case, quantity, integrand, cuts (beyond them less than the tolerance is left), log10 of the tolerance."""
    ctx.prec = 520  # of the constants that the densities below are made with
    n01, doubling = ball_normal(0, 1), lambda *parts: around([(1, *part) for part in parts])
    mix = ball_mixture([(0.5, -2, 0.7), (0.5, 2.5, 1)])
    two = doubling((0, 1), (1, 1.5))
    yield "panel", "normal-shift", "criterion", ball_criterion(n01, ball_normal(1, 1.5)), two, -36
    yield "panel", "normal-shift", "kl_pq", ball_kl(n01, ball_normal(1, 1.5)), two, -36
    wide = doubling((-2, 0.7), (2.5, 1), (0, 2))
    yield "panel", "mixture-normal", "criterion", ball_criterion(mix, ball_normal(0, 2)), wide, -36
    yield "panel", "mixture-normal", "kl_qp", ball_kl(ball_normal(0, 2), mix), wide, -36
    yield "panel", "far-apart", "criterion", ball_criterion(n01, ball_normal(40, 1)), [-60, 0, 20, 40, 100], -120
    logistics = ball_criterion(ball_logistic(0), ball_logistic(2))
    yield "panel", "logistic-shift", "criterion", logistics, [-90, -10, 0, 2, 12, 92], -36
    arcsine = ball_criterion(ball_beta(0.5, 0.5), ball_beta(2, 5))
    yield "panel", "arcsine-beta", "criterion", arcsine, [-180, -40, -10, 0, 10, 40, 180], -36
    yield "panel", "arcsine-beta", "kl_qp", ball_kl(ball_beta(2, 5), ball_beta(0.5, 0.5)), [-60, 0, 25, 60], -36
    poles = ball_criterion(ball_gamma(0.1), ball_weibull(0.5, 1))
    yield "panel", "gamma-weibull", "criterion", poles, [-900, -200, -50, -10, 0, 4, 10], -36
    weibulls = ball_criterion(ball_weibull(1.5, 1), ball_weibull(3, 2))
    yield "panel", "weibull-shape", "criterion", weibulls, [-60, -20, -5, 0, 4], -36
    students = ball_criterion(ball_student(30), ball_student(3))
    # the tail beyond 2^40 is below log 2 times t(3)'s, some 1e-37
    yield "family_pairs", "family-25", "criterion", students, [-(2.0**40), *doubling((0, 1)), 2.0**40], -36
    narrow = [(0.9, 0.0, 1.0), (0.1, 1.0, 1e-8)]
    integrand = ball_criterion(ball_mixture(narrow), n01)
    yield "panel", "narrow-component", "criterion", integrand, around(narrow), -36
    for label, case in list(cases("mixtures").items())[1:12:2]:
        p, q = mixture_parts(case["p"]), mixture_parts(case["q"])
        integrand = ball_criterion(ball_mixture(p), ball_mixture(q))
        yield "mixtures", label, "criterion", integrand, around(p + q), -36


def check_balls() -> None:
    mp.dps = 60
    for file, label, quantity, integrand, cuts, smallest in ball_checks():
        ball = enclosure(integrand, [arb(cut) for cut in cuts], 240 if smallest > -40 else 520, smallest)
        value = mpf(ball.mid().str(60, radius=False))
        report("balls", f"{label} {quantity}", common(mpf(cases(file)[label]["values"][quantity]), value), 29)


# 3. Monte Carlo ------------------------------------------------------------------------------------------------------


def log_mixture(x: np.ndarray, parts: np.ndarray) -> np.ndarray:
    weight, mean, sd = parts.T[:, :, None]
    terms = np.log(weight / sd) - ((x - mean) / sd) ** 2 / 2 - math.log(2 * math.pi) / 2
    return np.logaddexp.reduce(terms, axis=0)


def draw(parts: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    which = rng.choice(len(parts), count, p=parts[:, 0] / parts[:, 0].sum())
    return rng.normal(parts[which, 1], parts[which, 2])


def check_monte_carlo(count: int = 200_000) -> None:
    """JSD = ½E_p[log 2D*] + ½E_q[log 2(1 − D*)] and TV = E_p[(1 − q/p)₊], whose integrands have finite variances."""
    rng, worst = np.random.default_rng(2014), 0.0
    for label, case in cases("mixtures").items():
        p, q = np.array(mixture_parts(case["p"])), np.array(mixture_parts(case["q"]))
        x, y = draw(p, count, rng), draw(q, count, rng)
        at_x, at_y = log_mixture(x, p) - log_mixture(x, q), log_mixture(y, p) - log_mixture(y, q)
        halves = [math.log(2) - np.logaddexp(0, -at_x), math.log(2) - np.logaddexp(0, at_y)]
        tv = -np.expm1(np.minimum(-at_x, 0))
        found = {
            "js": (sum(h.mean() for h in halves) / 2, math.sqrt(sum(h.var() for h in halves) / 4 / count)),
            "tv": (tv.mean(), tv.std() / math.sqrt(count)),
        }
        for quantity, (value, error) in found.items():
            # 2/count: an overlap too rare to have been drawn shows in no standard error
            z = abs(value - float(case["values"][quantity])) / (error + 2 / count)
            worst = max(worst, z)
            if z > 4.5:
                raise ArithmeticError(f"{label} {quantity}: {value} ± {error} by Monte Carlo")
    print(f"Monte Carlo   JSD and TV of every mixture pair: at most {worst:.2f} standard errors off")


if __name__ == "__main__":
    check_closed_forms()
    check_balls()
    check_monte_carlo()
