r"""What a generator's loss ℓ(D) descends while D = D* is held fixed, and how it pulls where D rejects the samples.

.. math:: \frac{\partial}{\partial q} = \ell(D^*) \quad\text{descends}\quad \int p\,F(q/p), \quad F'(w) = \ell(D^*(1/w))

It is proper iff F lies above its tangent at w = 1 and touches it there only: so where ℓ(D*(1/w)) rises strictly in w.
Of the zero-sum game ℓ = b, and ∫ p·F(q/p) is the criterion, up to a constant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

from gantheory.symbolic.analysis import Analysis
from gantheory.symbolic.best_response import RATIO, tidy
from gantheory.symbolic.calculus import named_value
from gantheory.symbolic.degrees import factored
from gantheory.symbolic.derivation import Derivation
from gantheory.symbolic.evaluation import end_value
from gantheory.symbolic.losses import SCORE
from gantheory.symbolic.named_divergences import Named, named_divergence
from gantheory.symbolic.proof import Proof
from gantheory.symbolic.zero_test import Decision, is_zero, sign

__all__ = ["INVERSE", "OwnLoss", "own_loss", "own_loss_derivation", "pull_at_rejection"]

#: w = q/p.
INVERSE: Any = sympy.Symbol("w", positive=True)
w = INVERSE


@dataclass(frozen=True)
class OwnLoss:
    """A generator's loss against the D* of an objective.

    Attributes
    ----------
    loss : sympy.Expr in D
    rate : sympy.Expr in w
        F′(w) = ℓ(D*(1/w)).
    bend : sympy.Expr in w
        F″(w).
    F : sympy.Expr in w, or None
        Where an antiderivative is elementary; F(1) = 0.
    named : Named or None
        The divergence ∫ p·F(q/p), if it is a known one.
    convex : Decision
        F″ > 0 everywhere: then it is proper.
    """

    loss: Any
    rate: Any
    bend: Any
    F: Any
    named: Named | None
    convex: Decision


def own_loss(loss: Any, found: Analysis) -> OwnLoss | None:
    """F for a loss in D, or None where D* has no closed form, or bends.

    Examples
    --------
    >>> from gantheory.symbolic.analysis import analyse
    >>> minimax = analyse("log(D)", "log(1 - D)")
    >>> own = own_loss(-sympy.log(SCORE), minimax)
    >>> own.rate, str(own.named), own.convex.outcome
    (log(w + 1), '2·KL(m‖p)', 'proved')
    """
    if found.best is None or found.best.corners or found.best.joins or loss.has(sympy.Abs, sympy.Min, sympy.Max):
        return None
    best = found.best.D_star.subs(RATIO, 1 / w)
    rate = tidy(sympy.expand_log(tidy(loss.subs(SCORE, best)), force=True))
    bend = factored(sympy.diff(rate, w))
    F = _antiderivative(rate)
    named = None
    if F is not None:
        f = RATIO * F.subs(w, 1 / RATIO)
        named = named_divergence(f, sympy.diff(f, RATIO))
    return OwnLoss(loss, rate, bend, F, named, sign(bend, ">"))


def _antiderivative(rate: Any) -> Any:
    """Of sums of fractions and of logarithms of lines, which is what the known losses give."""
    total: Any = sympy.Integer(0)
    for term in sympy.Add.make_args(sympy.expand(rate)):
        coefficient, rest = term.as_independent(w)
        if rest.is_rational_function(w):
            total += coefficient * sympy.integrate(sympy.apart(rest, w), w)
        elif isinstance(rest, sympy.log) and sympy.degree(rest.args[0], w) == 1:
            line: Any = rest.args[0]
            slope: Any = sympy.diff(line, w)
            total += coefficient * (line * sympy.log(line) - line) / slope
        else:
            return None
    found = total.replace(
        sympy.log, lambda inside: sympy.log(inside * inside.subs(w, 1) / sympy.Abs(inside.subs(w, 1)))
    )
    return found - tidy(found.subs(w, 1)) if is_zero(sympy.diff(found, w) - rate).proved else None


def pull_at_rejection(loss: Any, found: Analysis) -> Any:
    """The limit of |ℓ′(D*)|·dD/da where u = p/q falls to 0, a the unbounded score behind D; None where not found.

    D in (0, 1) is σ(a), so that dD/da = D(1 − D); D above or below one end is the end ± e^a; on the line D is a itself.

    >>> from gantheory.symbolic.analysis import analyse
    >>> minimax = analyse("log(D)", "log(1 - D)")
    >>> pull_at_rejection(sympy.log(1 - SCORE), minimax), pull_at_rejection(-sympy.log(SCORE), minimax)
    (0, 1)
    """
    if found.best is None:
        return None
    low, high = found.at.low, found.at.high
    rate: Any = sympy.Integer(1)
    rate *= (SCORE - low) if low != -sympy.oo else 1
    rate *= (high - SCORE) if high != sympy.oo else 1
    rate /= (high - low) if sympy.oo not in (high, -low) else 1
    if loss.has(sympy.Abs, sympy.Min, sympy.Max) and not found.best.corners:
        return None
    if found.best.corners:
        slope = sympy.diff(loss, SCORE) if not loss.has(sympy.Abs, sympy.Min, sympy.Max) else None
        return None if slope is None else sympy.Abs((slope * rate).subs(SCORE, found.best.corners[0]))
    far = found.best.parts[0].D_star if found.best.parts else found.best.D_star
    if far in (low, high):
        return sympy.Abs(
            end_value(found.at.of(sympy.diff(loss, SCORE) * rate), found.at.symbol, found.at.ends()[far == high])
        )
    pull = tidy((sympy.diff(loss, SCORE) * rate).subs(SCORE, far))
    limit = end_value(pull, RATIO, 0)
    return None if limit is None else sympy.Abs(limit)


def own_loss_derivation(own: OwnLoss, found: Analysis) -> Derivation:
    """F′ and F″, and properness where F″ > 0; a rational w at which F″ fails to be positive refutes convexity."""
    from gantheory.symbolic.printing import text

    assert found.best is not None
    proof = Proof(
        "own loss",
        f"ℓ(D) = {text(own.loss)} with D* fixed descends ∫ p·F(q/p), F′(w) = {text(own.rate)}",
        hypotheses=("D* is held fixed while p_g moves, and p_g moves without moving edge or fold (prop2.envelope)",),
    )
    at_best = own.loss.subs(SCORE, found.best.D_star.subs(RATIO, 1 / w))
    proof.equal(at_best, own.rate, "ℓ(D*(1/w)), w = q/p", shown=named_value("F′(w)"))
    if own.F is not None:
        proof.derivative("F′(w), again", own.F, w, own.rate, f"F(w) = {text(own.F)}")
    proof.derivative("F″(w)", own.rate, w, own.bend, "differentiate")
    line = proof.compare(own.bend, ">", 0, "F is strictly convex: ℓ falls in D")
    if proof.steps[-1].proved:
        left, right = named_value("∫ p·F(q/p) dμ"), named_value("F(1)")
        proof.conclude("Jensen", left, ">=", right, (line,), "equality only at p_g = p_data: proper")
    return proof.derivation()
