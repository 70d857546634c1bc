"""Every derivation under the name of its claim, and the counterfeits that its checks must refute."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from gantheory.errors import DomainError
from gantheory.symbolic import (
    cauchy,
    closed_forms,
    divergences,
    generators,
    jensen_shannon,
    proposition_1,
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
