"""Every derivation under the name of its claim, and the counterfeits that its checks must refute."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from gantheory.errors import DomainError
from gantheory.symbolic import (
    bregman,
    cauchy,
    closed_forms,
    dirac,
    divergences,
    edges,
    generators,
    jensen_shannon,
    objectives,
    practice,
    proposition_1,
    proposition_2,
    rates,
    theorem_1,
    value_function,
)
from gantheory.symbolic.derivation import Derivation

__all__ = ["COUNTERFEITS", "derivations", "derive"]

derivations: dict[str, Callable[..., Derivation]] = {
    "kl.nonnegative": divergences.kl_nonnegative,
    "kl.cross-entropy": divergences.kl_cross_entropy,
    "kl.closed-forms": closed_forms.kl_closed_forms,
    "js.bounds": jensen_shannon.bounds,
    "js.symmetric": jensen_shannon.symmetric,
    "js.entropy-form": jensen_shannon.entropy_form,
    "js.mutual-information": jensen_shannon.mutual_information,
    "js.total-variation": jensen_shannon.total_variation,
    "js.local": jensen_shannon.local,
    "js.cauchy-game": cauchy.cauchy_game,
    "value.pushforward": generators.pushforward,
    "value.nonpositive": value_function.nonpositive,
    "value.constant-half": value_function.constant_half,
    "value.cross-entropy": value_function.cross_entropy,
    "prop1.pointwise": proposition_1.pointwise,
    "prop1.optimal-discriminator": proposition_1.optimal_discriminator,
    "prop1.gap": proposition_1.gap,
    "prop1.posterior": proposition_1.posterior,
    "thm1.criterion": theorem_1.criterion,
    "thm1.kl-form": theorem_1.kl_form,
    "thm1.jsd-form": theorem_1.jsd_form,
    "thm1.global-minimum": theorem_1.global_minimum,
    "thm1.stability": theorem_1.stability,
    "thm1.maximum": theorem_1.maximum,
    "thm1.saddle": theorem_1.saddle,
    "prop2.convex": bregman.convex,
    "prop2.gradient": bregman.gradient,
    "prop2.relative-smoothness": bregman.relative_smoothness,
    "prop2.mirror-descent": proposition_2.mirror_descent,
    "prop2.linear-rate": rates.linear_rate,
    "prop2.fisher-rao-flow": rates.fisher_rao_flow,
    "prop2.repaired": proposition_2.repaired,
    "prop2.edges": edges.edges,
    "prop2.log-concave": edges.log_concave,
    "prop2.capacity-price": proposition_2.capacity_price,
    "prop2.step-identity": bregman.step_identity,
    "alg1.saturation": practice.saturation,
    "alg1.non-saturating": practice.non_saturating,
    "alg1.own-loss": practice.own_loss,
    "alg1.vanishing": practice.vanishing,
    "dirac.eigenvalues": dirac.eigenvalues,
    "objective.minimax": objectives.minimax,
    "objective.f-gan": objectives.f_gan,
    "objective.least-squares": objectives.least_squares,
    "objective.hinge": objectives.hinge,
    "objective.wasserstein": objectives.wasserstein,
    "latent.inversion": generators.inversion,
}

COUNTERFEITS: dict[str, tuple[str, ...]] = {
    "kl.nonnegative": ("with 2q in place of q",),
    "kl.cross-entropy": ("H(q) + KL",),
    "kl.closed-forms": ("σ and σ² exchanged",),
    "js.bounds": ("sqrt(JSD) <= log 2",),
    "js.symmetric": ("1/3 p + 2/3 q",),
    "js.entropy-form": ("without the 1/2",),
    "js.mutual-information": ("unequal priors",),
    "js.total-variation": ("TV^2 <= JSD",),
    "js.local": ("ε²/4",),
    "js.cauchy-game": ("(x1-x2)²/(2γ1γ2) for χ",),
    "value.pushforward": ("one branch", "the Jacobian dropped"),
    "value.nonpositive": ("V <= -log 4",),
    "value.constant-half": ("-log 2",),
    "value.cross-entropy": ("factor 1",),
    "prop1.pointwise": ("convex", "maximum at b/(a+b)", "GAN14: (a,b) in R^2 minus 0"),
    "prop1.optimal-discriminator": ("p_g/(p+p_g)", "p/(p+2p_g)"),
    "prop1.gap": ("kl(D||D*)",),
    "prop1.posterior": ("σ of half the log-ratio",),
    "thm1.criterion": ("p_g term dropped",),
    "thm1.kl-form": ("m = p + p_g",),
    "thm1.jsd-form": ("-log 2", "1·JSD"),
    "thm1.global-minimum": ("equality at p_g = (p + u)/2",),
    "thm1.stability": (">= 2·TV",),
    "thm1.maximum": ("C = 0 for overlapping supports",),
    "thm1.saddle": ("D = 0.6",),
    "prop2.convex": ("concave", "the second variation without p"),
    "prop2.gradient": ("log D*",),
    "prop2.relative-smoothness": ("1/2-smooth",),
    "prop2.mirror-descent": ("thirds", "JSD always quartered", "a wrong-sign step"),
    "prop2.linear-rate": ("(1-η)^t", "e^(-t)"),
    "prop2.fisher-rao-flow": ("half the variance", "q_0 without p's support"),
    "prop2.repaired": ("updated so as to improve",),
    "prop2.edges": ("pathwise alone",),
    "prop2.log-concave": ("a bimodal p",),
    "prop2.capacity-price": ("(1-a) log 4",),
    "prop2.step-identity": ("without the 2",),
    "alg1.saturation": ("equal gradients",),
    "alg1.non-saturating": ("KL alone",),
    "alg1.own-loss": ("LSGAN(-1,1,0) descends Pearson",),
    "alg1.vanishing": ("slightly overlapping supports",),
    "dirac.eigenvalues": (
        "simultaneous descent converges",
        "alternating descent keeps its ellipse for the logistic loss",
    ),
    "objective.minimax": ("(log D, 1/2 log(1-D)) with optimum -log 4",),
    "objective.f-gan": (
        "a conjugate t²/2 + t",
        "a conjugate with a lost term",
        "the printed Pearson integral",
        "the printed Neyman integral",
        "the printed Jensen–Shannon integral",
    ),
    "objective.least-squares": ("targets with b−a = 1", "the term left out"),
    "objective.hinge": ("-1 + TV",),
    "objective.wasserstein": ("W2",),
    "latent.inversion": ("equal weights",),
}


@cache
def derive(name: str, counterfeit: str | None = None) -> Derivation:
    """The checked derivation of a claim, or of a counterfeit of it.

    Parameters
    ----------
    name : str
        A key of `derivations`, the id of the claim.
    counterfeit : str, optional
        One of ``COUNTERFEITS[name]``: a false version, whose failing step the checks must name.

    Returns
    -------
    Derivation

    Raises
    ------
    DomainError
        For an unknown name or counterfeit.

    Examples
    --------
    >>> derive("prop1.gap").proved
    True
    >>> wrong = derive("prop1.gap", counterfeit="kl(D||D*)")
    >>> wrong.proved, wrong.refuted, wrong.failures[0].number
    (False, True, 2)
    """
    if name not in derivations:
        raise DomainError(f"name = {name!r} has no derivation; use one of {', '.join(derivations)}")
    known = COUNTERFEITS.get(name, ())
    if counterfeit is not None and counterfeit not in known:
        raise DomainError(
            f"counterfeit = {counterfeit!r} is not one of {name}'s; use one of {', '.join(known) or 'none'}"
        )
    return derivations[name](counterfeit)
