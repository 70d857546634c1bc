r"""The objectives of the literature, ready made. Each is built when it is asked for.

The f-GAN rows are written as in [1]_: a(D) = D is the function T of the variational bound, b(D) = −f*(D), and D's range
is where f* is finite. Two rows have no elementary f* for every parameter and are written in D = p/q instead:
a = f′(D), b = f(D) − D·f′(D), which is −f*(f′(D)).

References
----------
.. [1] Nowozin, Cseke, Tomioka, "f-GAN", NIPS 2016, arXiv:1606.00709, tables 1, 2 and 6.
.. [2] Mao et al., "Least Squares Generative Adversarial Networks", ICCV 2017, arXiv:1611.04076.
.. [3] Lim, Ye, "Geometric GAN", 2017, arXiv:1705.02894.
.. [4] Salimans et al., "Improved Techniques for Training GANs", NIPS 2016, arXiv:1606.03498, section 3.4.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from gantheory.errors import DomainError
from gantheory.objectives.objective import Objective
from gantheory.objectives.wasserstein import WassersteinObjective

__all__ = ["OBJECTIVES", "alpha", "label_smoothed", "least_squares"]

_MOST_DIGITS = 20  # of a parameter: more are slow to factor, and mean nothing beside a float
LINE = ("-inf", "inf")


def minimax() -> Objective:
    """The paper's: log D and log(1 − D)."""
    return Objective("log(D)", "log(1 - D)", name="minimax")


def non_saturating() -> Objective:
    """The paper's D with the generator's loss −log D."""
    return Objective("log(D)", "log(1 - D)", generator="-log(D)", name="non-saturating")


def least_squares(a: Any = 0, b: Any = 1, c: Any = 1) -> Objective:
    """Least squares [2]_: D is drawn to b on data and to a on what is made, the generator to c.

    Parameters
    ----------
    a, b, c : int, Fraction or decimal text
        a ≠ b.

    Examples
    --------
    >>> least_squares().D_star, least_squares(-1, 1, 0).f
    (u/(u + 1), -2*u/(u + 1))
    """
    a, b, c = (_number(name, value) for name, value in (("a", a), ("b", b), ("c", c)))
    if a == b:
        raise DomainError(f"a = b = {_text(a)}: the targets must differ, or D has nothing to tell.")
    real, fake, own = (f"(D - ({_text(t)}))**2/2" for t in (b, a, c))
    name = f"least squares ({', '.join(str(t) for t in (a, b, c))})"
    return Objective(f"-{real}", f"-{fake}", domain=LINE, generator=own, name=name)


def hinge() -> Objective:
    """The hinge [3]_, with the generator's loss −D."""
    return Objective("min(0, D - 1)", "min(0, -D - 1)", domain=LINE, generator="-D", name="hinge")


def label_smoothed(label: Any = "0.9") -> Objective:
    """Minimax with the one-sided label [4]_: real points are called real with this probability.

    It is not the paper's game: D* = label·p/(p + q) and the optimum is not −log 4, but it is proper all the same.

    Examples
    --------
    >>> smooth = label_smoothed("0.9")
    >>> smooth.D_star, smooth.is_proper.value, f"{smooth.optimum:.4f}"
    (9*u/(10*u + 10), 'holds', '-1.3763')
    """
    s = _number("label", label)
    if not Fraction(1, 2) < s < 1:
        raise DomainError(
            f"label = {label!r}; a smoothed label lies strictly between 1/2 and 1. The label 1 is minimax()."
        )
    text, rest = _text(s), _text(1 - s)
    return Objective(f"{text}*log(D) + {rest}*log(1 - D)", "log(1 - D)", name=f"minimax, label {float(s):g}")


def kl() -> Objective:
    """f = u·log u, f*(t) = e^(t−1)."""
    return Objective("D", "-exp(D - 1)", domain=LINE, name="f-GAN, KL")


def reverse_kl() -> Objective:
    """f = −log u, f*(t) = −1 − log(−t), t < 0."""
    return Objective("D", "1 + log(-D)", domain=("-inf", 0), name="f-GAN, reverse KL")


def pearson() -> Objective:
    """f = (u − 1)², f*(t) = t²/4 + t, t ≥ −2."""
    return Objective("D", "-D**2/4 - D", domain=(-2, "inf"), name="f-GAN, Pearson χ²")


def neyman() -> Objective:
    """f = (u − 1)²/u, f*(t) = 2 − 2·√(1 − t), t < 1."""
    return Objective("D", "2*sqrt(1 - D) - 2", domain=("-inf", 1), name="f-GAN, Neyman χ²")


def squared_hellinger() -> Objective:
    """f = (√u − 1)², f*(t) = t/(1 − t), t < 1."""
    return Objective("D", "-D/(1 - D)", domain=("-inf", 1), name="f-GAN, squared Hellinger")


def jensen_shannon() -> Objective:
    """f = u·log u − (u + 1)·log((u + 1)/2), which gives 2·JSD; f*(t) = −log(2 − e^t), t < log 2."""
    return Objective("D", "log(2 - exp(D))", domain=("-inf", "log(2)"), name="f-GAN, Jensen–Shannon")


def jeffreys() -> Objective:
    """f = (u − 1)·log u, written in D = p/q: f* needs Lambert's W."""
    return Objective("1 + log(D) - 1/D", "1 - D - log(D)", domain=(0, "inf"), name="f-GAN, Jeffreys")


def alpha(alpha: Any = "1/2") -> Objective:
    """f = (u^α − 1 − α(u − 1))/(α(α − 1)), written in D = p/q; α ≠ 0, 1.

    Examples
    --------
    >>> alpha(2).f, alpha("1/2").divergence_name.name
    ((u - 1)**2/2, '∫(√p−√q)²')
    """
    x = _number("alpha", alpha)
    if x in (0, 1):
        raise DomainError(f"alpha = {_text(x)} is a limit: KL(q‖p) for 0 and KL(p‖q) for 1; use reverse_kl() or kl().")
    if max(abs(x.numerator), x.denominator) > 12:
        raise DomainError(f"alpha = {_text(x)}; its numerator and denominator must be at most 12.")
    power, rest = f"D**{_exponent(x)}", f"D**{_exponent(x - 1)}"
    real = f"({rest} - 1)/({_text(x - 1)})"
    fake = f"(1 - {power})/({_text(x)})"
    return Objective(real, fake, domain=(0, "inf"), name=f"f-GAN, α = {x}")


def _number(name: str, value: Any) -> Fraction:
    text = str(value)
    if len(text) > _MOST_DIGITS or _exponent_of_ten(text) > _MOST_DIGITS:
        raise DomainError(f"{name} = {text[:24]!r} has too many digits; give a number of at most 20.")
    try:
        found = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise DomainError(f"{name} = {value!r} is no number; give an int, a Fraction or text such as '0.9'.") from None
    if max(abs(found.numerator), found.denominator) > 10**_MOST_DIGITS:
        raise DomainError(f"{name} = {value!r} has too many digits; give a number of at most 20.")
    return found


def _exponent_of_ten(text: str) -> int:
    """Of 1e400, before it is written out."""
    digits = text.lower().partition("e")[2].lstrip("+-")
    return int(digits) if digits.isdecimal() else 0


def _text(x: Fraction) -> str:
    return str(x.numerator) if x.denominator == 1 else f"({x.numerator}/{x.denominator})"


def _exponent(x: Fraction) -> str:
    return f"({x.numerator}/{x.denominator})"


#: name -> what builds it.
OBJECTIVES: dict[str, Callable[..., Any]] = {
    "minimax": minimax,
    "non-saturating": non_saturating,
    "least-squares": least_squares,
    "hinge": hinge,
    "wasserstein": WassersteinObjective,
    "label-smoothed": label_smoothed,
    "kl": kl,
    "reverse-kl": reverse_kl,
    "pearson": pearson,
    "neyman": neyman,
    "squared-hellinger": squared_hellinger,
    "jensen-shannon": jensen_shannon,
    "jeffreys": jeffreys,
    "alpha": alpha,
}
