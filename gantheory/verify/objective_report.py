"""An objective from the command line: the theorem that it comes to, and the claims that are decided for it."""

from __future__ import annotations

import math
import shlex
from functools import lru_cache
from typing import Any

from gantheory.claims.any_objective import claims_of
from gantheory.errors import DomainError, GanTheoryError, ParseError
from gantheory.objectives import Objective
from gantheory.panel import PANEL, seeded
from gantheory.verdict import Verdict
from gantheory.verify.selection import Selected, select

__all__ = ["asked_of_objective", "objective_of", "show_theorem", "theorem"]

_FEW = ("normal-shift", "normal-scale", "laplace-shift", "uniform-overlap", "equal-normal", "dice", "two-level")
_WORDS = {Verdict.HOLDS: "proper", Verdict.REFUTED: "not proper", Verdict.UNDECIDED: "proper or not: undecided"}

_ALONE = {
    Verdict.HOLDS: "there alone: proper",
    Verdict.REFUTED: "and not there alone: not proper",
    Verdict.UNDECIDED: "and whether there alone is undecided",
}


def objective_of(options: Any) -> Objective:
    """The objective that the options give."""
    domain = tuple(options.domain) if options.domain is not None else ("0", "1")
    real, fake = (text.strip() for text in options.objective)
    own = None if options.generator_loss is None else options.generator_loss.strip()
    return _built(real, fake, tuple(end.strip() for end in domain), own)


@lru_cache(maxsize=4)
def _built(real: str, fake: str, domain: tuple[str, str], generator: str | None) -> Objective:
    try:
        return Objective(real, fake, domain=domain, generator=generator)
    except GanTheoryError as error:
        kind = ParseError if isinstance(error, ParseError) else DomainError
        said = str(error).replace("domain=(low, high)", "--domain LOW HIGH")
        raise kind(f"--objective: {said}") from None


def asked_of_objective(options: Any, own: Any, pair: str) -> tuple[tuple[Any, ...], tuple[Selected, ...], str]:
    """The cases, the objective's claims that were named, and the words that give it again."""
    panel = tuple(case for case in PANEL if "thorough" not in case.tags)
    if not objective_of(options).has_closed_form:  # everything is a search, and takes its time
        panel = tuple(case for case in panel if case.name in _FEW)
    cases = seeded(panel, options.seed) if own is None else (own,)
    words = f"--objective {' '.join(shlex.quote(text.strip()) for text in options.objective)}"
    if options.domain is not None:
        words += f" --domain {' '.join(text.strip() for text in options.domain)}"
    if options.generator_loss is not None:
        words += f" --generator-loss {shlex.quote(options.generator_loss.strip())}"
    claims = claims_of(objective_of(options))
    return cases, select(options.claims, claims, (), cases), f"{words} {pair}".strip()


def show_theorem(objective: Objective, table: Any) -> None:
    """What was found, and its proof step by step; with -v the proof stands under the claim that rests on it."""
    for label, content in theorem(objective):
        table.wrapped(f"{label:11}{content}", " ")
    if objective.derivation is not None and table.verbosity == 0:
        for line in objective.derivation.text(max(40, table.width - 4)).splitlines()[1:-1]:
            table.line(f"    {line}")
    table.line()


def theorem(objective: Objective) -> list[tuple[str, str]]:
    from gantheory.symbolic.printing import text

    lines = [("objective", repr(objective)[len("<Objective ") : -1])]
    if objective.has_closed_form:
        lines += [("D*", f"{text(objective.D_star)}   with u = p_data/p_g"), ("f(u)", text(objective.f))]
    else:
        lines += [("D*, f", "no closed form that could be confirmed: both are found in numbers")]
    if objective.conjugate is not None:
        low, high = (f"{end:.4g}".replace("inf", "∞").replace("-", "−") for end in objective.slopes)
        lines += [("f*(t)", f"{text(objective.conjugate)}   for {low} < t < {high}; T* = f′(u)")]
    elif objective.answers_u:
        lines += [("f*(t)", "no closed form that could be confirmed: it is found in numbers")]
    named = objective.divergence_name
    lines += [("criterion", f"∫ p_g·f(p_data/p_g) = {named}" if named is not None else "∫ p_g·f(p_data/p_g)")]
    lines += [("least", f"f(1) = {objective.optimum}, at p_g = p_data, {_ALONE[objective.is_proper]}")]
    lines += _curvature(objective)
    if objective.improper_pair is not None:
        lines += [("against", "p_data = {} and p_g = {} have it too".format(*objective.improper_pair))]
    lines += _generator(objective)
    proof = objective.derivation
    return [*lines, ("proof", _proof_words(proof))]


def _curvature(objective: Objective) -> list[tuple[str, str]]:
    """How the criterion rises as p_g leaves p_data."""
    from gantheory.symbolic.printing import text

    found, near = objective.curvature, "f is convex; near p_g = p_data the criterion rises"
    if not objective.answers_u:
        return []
    if found is None:
        return [("curvature", f"f″ jumps at u = 1, where {near} unlike on either side")]
    if math.isinf(found.value):
        return [("curvature", f"f has a corner at u = 1: {near} as a total variation does, and not as its square")]
    if found.value == 0:
        return [("curvature", "f″(1) = 0: f is convex; near p_g = p_data the criterion does not rise to second order")]
    exact = objective.exact_curvature
    shown, half = (str(found), f"{0.5 * found.value:.4g}") if exact is None else (text(exact), text(exact / 2))
    return [("curvature", f"f″(1) = {shown}: {near} as {half} × ∫ (p_data − p_g)²/p_g")]


def _proof_words(proof: Any) -> str:
    if proof is None:
        return "none: everything is numerical"
    alone = "; the rows below stand on numbers alone" if proof.verdict == "undecided" else ""
    return f"{proof.verdict}: {proof.summary}{alone}"


def _limit_words(objective: Objective) -> str:
    """What the generator's gradient does there, as the end of a sentence."""
    from gantheory.symbolic.printing import text

    if objective.saturates:
        return "tends to 0: the loss saturates"
    if not math.isfinite(float(objective.pull)):
        return "grows without end: the loss pulls, ever harder"
    return f"tends to {text(objective.pull)}: the loss pulls"


def _generator(objective: Objective) -> list[tuple[str, str]]:
    lines = []
    if objective.saturates is not None:
        lines += [("gradient", f"where D rejects the samples (u → 0), |ℓ′(D*)|·dD/da {_limit_words(objective)}")]
    own = objective.own_loss
    if own is not None:
        what = f" = {own.divergence_name}" if own.divergence_name is not None else ""
        lines += [("own loss", f"ℓ(D) at fixed D* descends ∫ p_data·F(p_g/p_data){what}: {_WORDS[own.is_proper]}")]
    return lines
