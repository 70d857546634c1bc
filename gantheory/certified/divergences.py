r"""Enclosures of the divergences and the criterion: two decimals between which the exact number is proved to lie.

.. math:: KL(p\|q), \quad JSD(p\|q), \quad C(G) = \int p \log D^* + q \log(1 - D^*), \quad TV(p, q)

Every step is made in ball arithmetic: parameters are exact (a decimal in a text is that decimal, a float its binary
value), pieces between breakpoints are integrated with proved errors, and the whole line is covered, tails by proved
bounds. What does not close is not returned.
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from time import process_time
from typing import Any

from flint import arb

from gantheory.certified.balls import Ball, bits_of, enclosure_of, log_2, precision
from gantheory.certified.discriminators import Constant, Optimal, Polynomial, Value
from gantheory.certified.enclosure import Enclosure, whole_digits
from gantheory.certified.functionals import Criterion, JensenShannon, KullbackLeibler
from gantheory.certified.generated import ExactLogarithm, aligned
from gantheory.certified.integrals import Functional, integral_over_line
from gantheory.certified.laws import ExactLaw
from gantheory.certified.mixtures import parts_of
from gantheory.certified.pieces import are_apart, pieces_of
from gantheory.certified.reading import exact_discriminator, exact_law
from gantheory.certified.tails import growth_power, tail_index
from gantheory.certified.variation import TotalVariation
from gantheory.errors import ConvergenceError, DomainError

__all__ = [
    "enclose_criterion",
    "enclose_js_divergence",
    "enclose_kl_divergence",
    "enclose_total_variation",
    "enclose_value",
    "enclosed",
]

_SPARE = 3  # decimal digits of the goal beyond those asked for
_ROUNDS = 12
_DOUBLINGS = 7  # of the digits, after which a number that may be 0 is left
_AIM = 5.0  # s, within which digits that are lost are tried to be had back
_DEARER = 3  # a round costs about as many times the one before
_GUARD = 40  # bits


def enclose_kl_divergence(p: Any, q: Any, /, *, digits: int = 30) -> Enclosure:
    r"""KL(p‖q) in nats; infinite where supports, tails or ends make it so, which is decided and not computed.

    .. math:: KL(p\|q) = \int p(x) \log\frac{p(x)}{q(x)}\,dx

    the divergence of [1]_, equation (5).

    Parameters
    ----------
    p, q : law
        Anything `exact_law` takes: an elementary law, a mixture of such, or a `Pushforward` by a map that is known.
    digits : int, default 30
        Significant digits, from 1 to 1000.

    Returns
    -------
    Enclosure
        Of 0 exactly where p and q are one law and are seen to be.

    Raises
    ------
    DomainError, ParseError, NotNormalizedError
        If a law is none that is known exactly, or `digits` is no whole number from 1 to 1000.
    ConvergenceError
        If the enclosure does not close; the message says how far it came.

    References
    ----------
    .. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661.

    Examples
    --------
    >>> print(enclose_kl_divergence("norm(0, 1)", "norm(1, 1)", digits=10))
    [0.4999999999999, 0.5000000000001]
    >>> print(enclose_kl_divergence("cauchy(0, 1)", "norm(0, 1)"))
    [Infinity, Infinity]
    """
    digits, (p, q) = whole_digits(digits), _pair(p, q)
    if p == q:
        return _exactly("0")
    if _is_infinite(p, q):
        return _exactly("Infinity")
    return enclosed(KullbackLeibler(), p, q, digits)


def enclose_js_divergence(p: Any, q: Any, /, *, digits: int = 30) -> Enclosure:
    r"""JSD(p‖q) in nats, in [0, log 2].

    .. math:: JSD(p\|q) = \tfrac12 KL(p\|m) + \tfrac12 KL(q\|m), \quad m = \tfrac12 (p + q)

    so that C(G) = −log 4 + 2 JSD: [1]_, equation (6).

    Parameters
    ----------
    p, q : law
        As in `enclose_kl_divergence`.
    digits : int, default 30
        Significant digits, from 1 to 1000.

    Returns
    -------
    Enclosure

    Raises
    ------
    DomainError, ParseError, NotNormalizedError
        If a law is none that is known exactly, or `digits` is no whole number from 1 to 1000.
    ConvergenceError
        If the enclosure does not close; the message says how far it came.

    References
    ----------
    .. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661.

    Examples
    --------
    >>> print(enclose_js_divergence("norm(0, 1)", "norm(1, 1.5)").digits())
    0.09929009660078175974782567599736...
    """
    digits, (p, q) = whole_digits(digits), _pair(p, q)
    if p == q:
        return _exactly("0")
    return log_2(digits + _SPARE) if are_apart(p, q) else enclosed(JensenShannon(), p, q, digits)


def enclose_criterion(p_data: Any, p_g: Any, /, *, digits: int = 30) -> Enclosure:
    r"""C(G) in nats, in [−log 4, 0].

    .. math:: C(G) = \int p_{data} \log D^* + p_g \log(1 - D^*), \qquad D^* = \frac{p_{data}}{p_{data} + p_g}

    the virtual training criterion of [1]_, equation (4).

    Parameters
    ----------
    p_data, p_g : law
        As in `enclose_kl_divergence`.
    digits : int, default 30
        Significant digits, from 1 to 1000: of C(G) itself, which is near 0 for laws apart, not of C(G) + log 4.

    Returns
    -------
    Enclosure

    Raises
    ------
    DomainError, ParseError, NotNormalizedError
        If a law is none that is known exactly, or `digits` is no whole number from 1 to 1000.
    ConvergenceError
        If the enclosure does not close; the message says how far it came.

    References
    ----------
    .. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661.

    Examples
    --------
    Not −log 4, and not 0 either, which is proved:

    >>> print(enclose_criterion("norm(0, 1)", "norm(40, 1)", digits=10).upper < 0)
    True

    Exactly 0 where the laws share no part of the line:

    >>> print(enclose_criterion("uniform(0, 1)", "expon(1)"))
    [0, 0]
    """
    return enclosed(Criterion(), *_pair(p_data, p_g, "p_data", "p_g"), whole_digits(digits))


def enclose_value(p_data: Any, p_g: Any, D: Any, /, *, digits: int = 30) -> Enclosure:
    r"""V(G, D) in nats; −∞ where a law lives and D gives it no chance.

    .. math:: V(G, D) = \int p_{data} \log D + p_g \log(1 - D)

    [1]_, equations (1) and (3).

    Parameters
    ----------
    p_data, p_g : law
        As in `enclose_kl_divergence`.
    D : number, str or pair of laws
        A constant in [0, 1], ``"expit(2*x - 1)"`` of a polynomial, or two laws whose optimal discriminator it is.
    digits : int, default 30
        Significant digits, from 1 to 1000.

    Returns
    -------
    Enclosure

    Raises
    ------
    DomainError, ParseError, NotNormalizedError
        If a law or D is none that is known exactly, or `digits` is no whole number from 1 to 1000.
    ConvergenceError
        If the enclosure does not close; the message says how far it came.

    References
    ----------
    .. [1] Goodfellow et al., "Generative Adversarial Nets", NIPS 2014, arXiv:1406.2661.

    Examples
    --------
    >>> print(enclose_value("norm(0, 1)", "norm(2, 1)", "expit(2 - 2*x)").digits())  # D*: the criterion
    -0.71263272042622739482485464295056…
    """
    digits = whole_digits(digits)
    given = {"p_data": p_data, "p_g": p_g, "D": D}
    p, q, D = _game(given, exact_law(p_data, "p_data"), exact_law(p_g, "p_g"), exact_discriminator(D))
    functional = Value(D)
    if any(functional.is_infinite(p, q, piece) for piece in pieces_of(functional.laws(p, q))):
        return _exactly("-Infinity")
    return enclosed(functional, p, q, digits)


def enclose_total_variation(p: Any, q: Any, /, *, digits: int = 30) -> Enclosure:
    r"""The total variation distance, a difference of probabilities, without a unit, in [0, 1].

    .. math:: TV(p, q) = \tfrac12 \int |p - q|\,dx = \sup_A |P(A) - Q(A)|

    Parameters
    ----------
    p, q : law
        As in `enclose_kl_divergence`.
    digits : int, default 30
        Significant digits, from 1 to 1000.

    Returns
    -------
    Enclosure

    Raises
    ------
    DomainError, ParseError, NotNormalizedError
        If a law is none that is known exactly, or `digits` is no whole number from 1 to 1000.
    ConvergenceError
        If the enclosure does not close, as it may not where the densities touch and do not cross; the message says how
        far it came.

    Notes
    -----
    ½ TV² ≤ JSD ≤ log 2 · TV [1]_.

    References
    ----------
    .. [1] J. Lin, "Divergence measures based on the Shannon entropy", IEEE Trans. Inf. Theory 37(1), 1991.

    Examples
    --------
    >>> print(enclose_total_variation("norm(0, 1)", "norm(2, 1)").digits())  # 2Φ(1) − 1
    0.68268949213708589717046509126407…
    >>> print(enclose_total_variation("uniform(0, 1)", "uniform(2, 1)", digits=3))
    [1, 1]
    """
    digits, (p, q) = whole_digits(digits), _pair(p, q)
    if p == q:
        return _exactly("0")
    if are_apart(p, q):
        return _exactly("1")
    found = enclosed(TotalVariation(), p, q, digits)
    return Enclosure(found.lower, min(found.upper, Decimal(1)))


def _game(given: dict[str, Any], p: ExactLaw, q: ExactLaw, D: Constant | Polynomial | Optimal) -> tuple[Any, ...]:
    """Laws and D in one variable; a polynomial in x stays one only in x itself."""
    if isinstance(D, Optimal) and D.p == D.q:
        D = Constant(Fraction(1, 2))
    if isinstance(D, Optimal):
        p, q, first, second = _in_one_variable(given, p, q, D.p, D.q)
        return p, q, Optimal(first, second)
    if isinstance(D, Constant):
        return *_in_one_variable(given, p, q), D
    if any(isinstance(part, ExactLogarithm) for law in (p, q) for _, part in parts_of(law)):
        raise DomainError(
            "V of a law of logarithms and a polynomial logit is not enclosed; D may be a constant or a pair of laws."
        )
    return p, q, D


def _pair(p: Any, q: Any, first: str = "p", second: str = "q") -> tuple[ExactLaw, ExactLaw]:
    """Two laws, in a variable in which both have a density with proved tails."""
    one, other = _in_one_variable({first: p, second: q}, exact_law(p, first), exact_law(q, second))
    return one, other


def _in_one_variable(given: dict[str, Any], *laws: ExactLaw) -> tuple[ExactLaw, ...]:
    """Aligned, or an error that names what was given and not what it was turned into on the way."""
    try:
        found = aligned(*laws)
        for law in found:
            _ = law.centres  # which says whether its numbers can be reached
    except (DomainError, ConvergenceError) as error:
        if not any(isinstance(part, ExactLogarithm) for law in laws for _, part in parts_of(law)):
            raise
        shown = ", ".join(f"{name} is {law}" for name, law in given.items())
        raise type(error)(f"{shown}: beside a law of log(z) all are compared through e^x, and {error}") from None
    return found


def enclosed(functional: Functional, p: ExactLaw, q: ExactLaw, digits: int) -> Enclosure:
    """The integral to a number of significant digits.

    Raises
    ------
    ConvergenceError
        If the enclosure does not close; the message says how far it came.
    """
    goal, best, missed, start = digits + _SPARE, None, 0, process_time()
    for rounds in range(_ROUNDS):
        begun = process_time()
        with precision(bits_of(goal) + _GUARD):
            found = integral_over_line(functional, p, q, arb(10) ** -goal)
            size, radius = abs(found.mid()), found.rad()
            if found.is_finite() and (radius == 0 or 3 * radius * 10**digits < size):
                return enclosure_of(found, digits + _SPARE)
            falls = found.is_finite() and (best is None or 2 * radius < best.rad())
            best = found if falls else best
            # a number that is only small is gone on with; one of which digits are lost, while it pays
            is_small, took = rounds < _DOUBLINGS and found.is_finite() and not missed, process_time() - begun
            is_late = begun - start + (1 + _DEARER) * took > _AIM
            if not is_small and (is_late or (missed and not falls) or (rounds >= _DOUBLINGS and 0 in found)):
                break
            missed += not found.is_finite() or bool(radius * 10 ** (goal - 2) > 1)
            goal = _next_goal(found, goal, digits)
    raise ConvergenceError(f"the enclosure does not close to {digits} digits: {_reached(best)}.")


def _next_goal(found: Ball, goal: int, digits: int) -> int:
    """Decimals: of a number that is small itself a share of it, and more where the last round fell short of its own."""
    size, radius = abs(found.mid()), found.rad()
    if not found.is_finite() or size <= 2 * radius:
        return 2 * goal
    short = _decimals(1 / (radius * arb(10) ** goal))
    return max(goal + _SPARE, digits + _SPARE + _decimals(size) + short)


def _reached(found: Ball | None) -> str:
    if found is None:
        return "it came to no finite bound; fewer digits may close"
    if 0 in found:
        return f"it came to {found}, which may be 0, as it is where the two laws are one"
    return f"it came to {found}; fewer digits may close"


def _decimals(size: Ball) -> int:
    """How many zeros follow the point before the first digit of a number."""
    return max(0, int(float(-(size.log() / arb(10).log()).mid())) + 1)


def _exactly(number: str) -> Enclosure:
    return Enclosure(Decimal(number), Decimal(number))


def _is_infinite(p: ExactLaw, q: ExactLaw) -> bool:
    """KL(p‖q) = ∞: p lives where q does not, or has no moment of the power with which −log q grows, at an end too."""
    for piece in pieces_of((p, q)):
        if not p.lives_at(piece.inside):
            continue
        if not q.lives_at(piece.inside):
            return True
        power = growth_power(q, piece.outskirt) if piece.length is None or piece.is_singular else 0
        if power and tail_index(p, piece.outskirt) <= power:
            return True
    return False
