"""The ledger's claims on objectives, each derived by the analyser that reads any objective, and its counterfeits.

The published slips enter as what they claim: another optimum, another conjugate, another integral beside the f.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import sympy
from sympy import Rational, Symbol, log, sqrt

from gantheory.symbolic.analysis import Analysis, analyse
from gantheory.symbolic.derivation import Derivation
from gantheory.symbolic.fenchel import SLOPE
from gantheory.symbolic.functionals import JSD, KL, Int, p, q
from gantheory.symbolic.objective_proof import LAWS, add_reached, derivation_of, objective_proof
from gantheory.symbolic.proof import Proof

__all__ = ["F_GAN", "f_gan", "hinge", "least_squares", "minimax", "wasserstein"]

LINE = ("-inf", "inf")
kl: Any = KL
jsd: Any = JSD
HALF = Rational(1, 2)

#: The rows of f-GAN's table: a, b = −f*(D), the range of D, and the divergence as an integral.
F_GAN: dict[str, tuple[str, str, Any, Any]] = {
    "KL": ("D", "-exp(D - 1)", LINE, kl(p, q)),
    "reverse KL": ("D", "1 + log(-D)", ("-inf", 0), kl(q, p)),
    "Pearson": ("D", "-D**2/4 - D", (-2, "inf"), Int((p - q) ** 2 / q)),
    "Neyman": ("D", "2*sqrt(1 - D) - 2", ("-inf", 1), Int((p - q) ** 2 / p)),
    "squared Hellinger": ("D", "-D/(1 - D)", ("-inf", 1), Int((sqrt(p) - sqrt(q)) ** 2)),
    "Jensen–Shannon": ("D", "log(2 - exp(D))", ("-inf", "log(2)"), 2 * jsd(p, q)),
}
_PRINTED = {
    "the printed Pearson integral": ("Pearson", Int((q - p) ** 2 / p)),
    "the printed Neyman integral": ("Neyman", Int((q - p) ** 2 / q)),
    "the printed Jensen–Shannon integral": ("Jensen–Shannon", jsd(p, q)),
}
_SLIPS = (
    "f-GAN's table prints ∫(q−p)²/p beside f = (u − 1)², and ∫(p−q)²/q beside f = (u − 1)²/u: exchanged",
    "f-GAN's table prints ½∫[p log(2p/(p+q)) + q log(2q/(p+q))] beside an f that gives twice that",
    "f*(t) = t²/4 + t holds for t ≥ −2 only; below it is −1",
)


def minimax(counterfeit: str | None = None) -> Derivation:
    """Proposition 1 and Theorem 1 from (log D, log(1 − D)), by what reads any objective."""
    title = "from (log D, log(1 − D)): D* = p/(p + q), and the criterion is −log 4 + 2·JSD, proper"
    if counterfeit is not None:
        found = replace(analyse("log(D)", "log(1 - D)/2"), optimum=-log(4))
        return derivation_of(found, name="objective.minimax", title=title, counterfeit=counterfeit)
    found = analyse("log(D)", "log(1 - D)")
    proof = objective_proof(found, "objective.minimax", title)
    assert found.best is not None
    add_reached(proof, found)
    proof.equal(found.best.D_star.subs(Symbol("u", positive=True), p / q), p / (p + q), "D* of Proposition 1")
    reached = p * log(p / (p + q)) + q * log(q / (p + q))
    proof.equal(Int(reached), -log(4) + 2 * jsd(p, q), "and the criterion of Theorem 1")
    return proof.derivation()


def f_gan(counterfeit: str | None = None) -> Derivation:
    """Six rows: T* = f′(p/q), the bound attained there, f* and the integral that f stands for."""
    proof = Proof(
        "objective.f-gan",
        "six rows of f-GAN's table: E_p[T] − E_q[f*(T)] ≤ D_f(p‖q), with equality at T* = f′(p/q)",
        hypotheses=(LAWS, "T takes its values where f* is finite"),
        slips=_SLIPS,
        counterfeit=counterfeit,
    )
    for name, (a, b, domain, integral) in F_GAN.items():
        found = analyse(a, b, domain)
        if counterfeit == "a conjugate t²/2 + t" and name == "Pearson":
            found = replace(found, conjugate=SLOPE**2 / 2 + SLOPE)
        if counterfeit == "a conjugate with a lost term" and name == "Jensen–Shannon":
            found = replace(found, conjugate=-log(1 - sympy.exp(SLOPE)))
        row, printed = _PRINTED.get(counterfeit or "", ("", None))
        add_reached(proof, found, label=f"{name}: ")
        _integral(proof, found, name, printed if row == name else integral)
    return proof.derivation()


def _integral(proof: Proof, found: Analysis, name: str, integral: Any) -> None:
    """∫ q·f(p/q) is the integral that the table prints."""
    from gantheory.symbolic.best_response import RATIO, tidy

    assert found.best is not None
    reached = tidy(q * found.best.f.subs(RATIO, p / q))
    proof.equal(Int(reached), integral, f"{name}: the integral of q·f(p/q)")


def least_squares(counterfeit: str | None = None) -> Derivation:
    """Targets b on data, a on what is made, c for the generator: with b − c = 1 and b − a = 2."""
    a, b, c = (0, 1, 0) if counterfeit == "targets with b−a = 1" else (-1, 1, 0)
    found = analyse(f"-(D - ({b}))**2/2", f"-(D - ({a}))**2/2", LINE)
    proof = objective_proof(
        found,
        "objective.least-squares",
        "least squares with b − c = 1, b − a = 2 and ½E_p[(D*−c)²] added: ½∫(p−q)²/(p+q)",
        slips=(
            "the paper's Pearson χ²(p+q‖2q) is half the triangular discrimination, and training with D fixed does not "
            "follow its gradient (alg1.own-loss)",
        ),
        counterfeit=counterfeit,
    )
    add_reached(proof, found)
    assert found.best is not None
    best = sympy.cancel(found.best.D_star.subs(Symbol("u", positive=True), p / q))
    fake, real = q * (best - c) ** 2 / 2, p * (best - c) ** 2 / 2
    total = fake if counterfeit == "the term left out" else real + fake
    claimed = Int((p - q) ** 2 / (p + q) / 2)
    proof.equal(Int(total), claimed, "½E_q[(D*−c)²], with ½E_p[(D*−c)²] added, D* put in")
    return proof.derivation()


def hinge(counterfeit: str | None = None) -> Derivation:
    """−2 + 2·TV."""
    found = analyse("min(0, D - 1)", "min(0, -D - 1)", LINE)
    assert found.named is not None
    if counterfeit is not None:
        found = replace(found, named=replace(found.named, factor=sympy.Integer(1), constant=sympy.Integer(-1)))
        found = replace(found, optimum=sympy.Integer(-1))
    title = "the hinge's criterion is −2·∫min(p, q) = −2 + 2·TV(p, q), D* = ±1"
    return derivation_of(found, name="objective.hinge", title=title, counterfeit=counterfeit)


def wasserstein(counterfeit: str | None = None) -> Derivation:
    """E_p[D] − E_q[D] ≤ ∫|F_p − F_q| for slopes of at most 1, with equality at the slope sign(F_q − F_p)."""
    slope, gap = Symbol("D′", real=True), Symbol("g", positive=True)
    proof = Proof(
        "objective.wasserstein",
        "max E_p[D] − E_q[D] over slopes of at most 1 is W₁ = ∫|F_p − F_q| = ∫|Q_p − Q_q|",
        hypotheses=("p and q have finite first moments", "D is absolutely continuous with |D′| ≤ 1"),
        domains={slope: (-1, 1)},
        counterfeit=counterfeit,
    )
    if counterfeit is not None:
        x, y = sympy.symbols("|Q_p−Q_q|₁ |Q_p−Q_q|₂", positive=True)
        reason = "at two levels of one half each the root of the mean square would be the mean"
        proof.equal(((x + y) / 2) ** 2, (x**2 + y**2) / 2, reason)
        return proof.derivation()
    above = proof.compare(gap - slope * gap, ">", 0, "D′·(F_q − F_p) < |F_q − F_p|", where="F_q − F_p = g > 0")
    below = proof.compare(gap + slope * gap, ">", 0, "D′·(F_q − F_p) < |F_q − F_p|", where="F_q − F_p = −g < 0")
    first = proof.equal(
        (slope * gap).subs(slope, 1),
        sympy.Abs(gap),
        "equality at the slope 1",
        shown=Symbol("D′·(F_q − F_p)", real=True),
    )
    second = proof.equal(
        (slope * -gap).subs(slope, -1),
        sympy.Abs(-gap),
        "equality at the slope −1",
        shown=Symbol("D′·(F_q − F_p) below", real=True),
    )
    parts, area, levels = (Symbol(n, real=True) for n in ("E_p[D] − E_q[D]", "∫|F_p − F_q| dx", "∫|Q_p − Q_q| du"))
    moved = Symbol("∫ D′·(F_q − F_p) dx", real=True)
    proof.conclude(
        "fundamental theorem of calculus", parts, "=", moved, (first, second), "by parts, first moments finite"
    )
    proof.conclude("monotonicity of the integral", moved, "<=", area, (above, below), "integrate")
    proof.conclude("area", area, "=", levels, (first, second), "the same area, along the other axis")
    return proof.derivation()
