"""Laws of the toolkit and laws as text, with their parameters exact: a decimal in a text is that decimal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from gantheory.certified.discriminators import Constant, Optimal, Polynomial
from gantheory.certified.images import affine_image, exponential_image
from gantheory.certified.laws import (
    ExactBeta,
    ExactCauchy,
    ExactExponential,
    ExactGamma,
    ExactLaplace,
    ExactLaw,
    ExactLogistic,
    ExactNormal,
    ExactStudentT,
    ExactUniform,
    ExactWeibull,
)
from gantheory.certified.mixtures import ExactMixture
from gantheory.densities import (
    Beta,
    Cauchy,
    Exponential,
    Gamma,
    Laplace,
    Logistic,
    Mixture,
    Normal,
    StudentT,
    Uniform,
    Weibull,
    as_density,
)
from gantheory.densities.scipy_names import FAMILIES, bound
from gantheory.errors import DomainError, GanTheoryError, NotNormalizedError, ParseError
from gantheory.expressions import Binary, Call, Expression, Name, Node, Number, Unary, parse
from gantheory.pushforward import Pushforward

__all__ = ["exact_discriminator", "exact_law", "half_of_each", "is_elementary"]

_KNOWN = "norm, logistic, laplace, cauchy, t, uniform, expon, gamma, beta, weibull_min, and mixtures of them"


def exact_law(law: Any, name: str = "law") -> ExactLaw:
    """A law with exact parameters, of a text or of a law of the toolkit.

    Raises
    ------
    DomainError
        If it is none of the elementary laws.
    """
    if isinstance(law, ExactLaw):
        return law
    if isinstance(law, str):
        as_density(law)  # the messages of the grammar, for a text that is no law at all
        return _of_text(parse(law, names=None, functions=None).root, name)
    return _of_object(as_density(law), name)


def is_elementary(law: Any) -> bool:
    """Whether `exact_law` knows it."""
    try:
        exact_law(law)
    except GanTheoryError:
        return False
    return True


def half_of_each(p: Any, q: Any) -> ExactLaw:
    """m = ½p + ½q."""
    half = Fraction(1, 2)
    return ExactMixture((exact_law(p, "p"), exact_law(q, "q")), (half, half))


# -- objects: floats at their exact value ----------------------------------------


def _of_object(law: Any, name: str) -> ExactLaw:
    if isinstance(law, Mixture):
        weights = [Fraction(float(weight)) for weight in law.weights]
        return _mixture([_of_object(part, name) for part in law.components], [w / sum(weights) for w in weights])
    if isinstance(law, Pushforward):
        return _of_generator(law, name)
    if type(law) not in _OBJECTS:
        raise DomainError(f"{name} is {law}; an enclosure knows {_KNOWN}.")
    build, attributes = _OBJECTS[type(law)]
    return build(*(Fraction(float(getattr(law, attribute))) for attribute in attributes))


def _of_generator(p_g: Pushforward, name: str) -> ExactLaw:
    """The law of G(z), G affine in z or an exponential of such; written as text, its numbers are exact."""
    node, prior = parse(p_g.generator.text or "0", names=("z", "pi")).root, _of_object(p_g.prior, name)
    inner = node.args[0] if isinstance(node, Call) and node.name == "exp" else node
    try:
        shift, slope = _polynomial(inner, "z")
    except (ValueError, ParseError):
        raise DomainError(f"{name} is {p_g}; an enclosure knows G affine in z, as 2*z + 1, and exp of such.") from None
    moved = affine_image(prior, slope, shift)
    return moved if inner is node else exponential_image(moved)


def _uniform(a: Fraction, b: Fraction) -> ExactUniform:
    return ExactUniform(a, b - a)


_OBJECTS: dict[type, tuple[Callable[..., ExactLaw], tuple[str, ...]]] = {
    Normal: (ExactNormal, ("mu", "sigma")),
    Logistic: (ExactLogistic, ("loc", "scale")),
    Laplace: (ExactLaplace, ("loc", "scale")),
    Cauchy: (lambda loc, scale: ExactCauchy(loc, scale, Fraction(1)), ("loc", "scale")),
    StudentT: (ExactStudentT, ("loc", "scale", "df")),
    Uniform: (_uniform, ("a", "b")),
    Exponential: (ExactExponential, ("loc", "scale")),
    Gamma: (ExactGamma, ("loc", "scale", "shape")),
    Weibull: (ExactWeibull, ("loc", "scale", "shape")),
    Beta: (ExactBeta, ("loc", "scale", "a", "b")),
}

# -- text: decimals as they are written ----------------------------------------


def _of_text(node: Node, name: str) -> ExactLaw:
    if isinstance(node, Binary):
        terms = [_weighted(term, name) for term in _terms(node)]
        return _mixture([_of_text(law, name) for _, law in terms], [weight for weight, _ in terms])
    args, kwargs = (node.args, node.kwargs) if isinstance(node, Call) else ((), ())
    family = node.name if isinstance(node, (Call, Name)) else ""
    if family not in _BUILDERS:
        raise DomainError(f"{name} is {Expression(node)}; an enclosure knows {_KNOWN}.")
    named = {key: _exact(value, name) for key, value in kwargs}
    values = [_exact(value, name) for value in args]
    if family == "uniform" and named.keys() == {"a", "b"}:
        return _uniform(**named)
    given = bound(family, FAMILIES[family].parameters, values, named)
    return _BUILDERS[family](**{key: Fraction(value) for key, value in given.items()})


_BUILDERS: dict[str, Callable[..., ExactLaw]] = {
    "norm": lambda loc, scale: ExactNormal(loc, scale),
    "logistic": lambda loc, scale: ExactLogistic(loc, scale),
    "laplace": lambda loc, scale: ExactLaplace(loc, scale),
    "cauchy": lambda loc, scale: ExactCauchy(loc, scale, Fraction(1)),
    "t": lambda df, loc, scale: ExactStudentT(loc, scale, df),
    "uniform": lambda loc, scale: ExactUniform(loc, scale),
    "expon": lambda loc, scale: ExactExponential(loc, scale),
    "gamma": lambda a, loc, scale: ExactGamma(loc, scale, a),
    "beta": lambda a, b, loc, scale: ExactBeta(loc, scale, a, b),
    "weibull_min": lambda c, loc, scale: ExactWeibull(loc, scale, c),
}


def _terms(node: Node) -> list[Node]:
    if isinstance(node, Binary) and node.operator == "+":
        return [*_terms(node.left), *_terms(node.right)]
    return [node]


def _weighted(term: Node, name: str) -> tuple[Fraction, Node]:
    """The weight and the law of a product; which factor is which, `as_density` has accepted."""
    assert isinstance(term, Binary)
    left, right = term.left, term.right
    is_law = any(isinstance(node, Call) or (isinstance(node, Name) and node.name != "pi") for node in _walk(left))
    return (_exact(right, name), left) if is_law else (_exact(left, name), right)


def _walk(node: Node) -> Sequence[Node]:
    return list(Expression(node).walk())


def _exact(node: Node, name: str) -> Fraction:
    match node:
        case Number():
            return Fraction(node.text)
        case Unary():
            value = _exact(node.operand, name)
            return -value if node.operator == "-" else value
        case Binary():
            left, right = _exact(node.left, name), _exact(node.right, name)
            found = {"+": left + right, "-": left - right, "*": left * right}
            if node.operator in found:
                return found[node.operator]
            if node.operator == "/" and right:
                return left / right
            value = left**right if node.operator == "**" and (left or right >= 0) else None
            if isinstance(value, Fraction):
                return value
    raise ParseError(f"{Expression(node)} in {name} is no rational number; an enclosure is of exact parameters.")


def _mixture(components: Sequence[ExactLaw], weights: Sequence[Fraction]) -> ExactLaw:
    if sum(weights) != 1:
        raise NotNormalizedError(
            f"the weights of a mixture sum to {sum(weights)}; written exactly, they must sum to 1."
        )
    kept = [(law, weight) for law, weight in zip(components, weights, strict=True) if weight]
    if len(kept) == 1:
        return kept[0][0]
    return ExactMixture(tuple(law for law, _ in kept), tuple(weight for _, weight in kept))


# -- discriminators ----------------------------------------


def exact_discriminator(D: Any) -> Constant | Polynomial | Optimal:
    """A number in [0, 1], the text "expit(polynomial in x)", or a pair of laws whose D* it is."""
    if isinstance(D, tuple) and len(D) == 2:
        return Optimal(exact_law(D[0], "D[0]"), exact_law(D[1], "D[1]"))
    if isinstance(D, str):
        root = parse(D, names=("x",)).root
        if isinstance(root, Call) and root.name == "expit":
            found = _polynomial(root.args[0])
            return Polynomial(found[: 1 + max((k for k, c in enumerate(found) if c), default=0)])
        return _constant(_exact(root, "D"))
    return _constant(D)


def _constant(D: Any) -> Constant:
    try:
        share = Fraction(D)
    except (TypeError, ValueError, OverflowError):
        share = Fraction(-1)
    if not 0 <= share <= 1:
        raise DomainError(
            f"D is {D!r}; an enclosure knows a number in [0, 1], 'expit(2*x - 1)' of a polynomial, or a pair of laws."
        )
    return Constant(share)


def _polynomial(node: Node, variable: str = "x") -> tuple[Fraction, ...]:
    """The coefficients of a polynomial, of the lowest power first."""
    match node:
        case Name() if node.name == variable:
            return (Fraction(0), Fraction(1))
        case Unary():
            return tuple(-c if node.operator == "-" else c for c in _polynomial(node.operand, variable))
        case Binary(operator="+" | "-"):
            left, right = _polynomial(node.left, variable), _polynomial(node.right, variable)
            sign = 1 if node.operator == "+" else -1
            size = max(len(left), len(right))
            padded = [(*part, *[Fraction(0)] * (size - len(part))) for part in (left, right)]
            return tuple(a + sign * b for a, b in zip(*padded, strict=True))
        case Binary(operator="*"):
            return _product(_polynomial(node.left, variable), _polynomial(node.right, variable))
        case Binary(operator="/"):
            if not (divisor := _exact(node.right, "D")):
                raise ParseError(f"{Expression(node)} divides by 0; an enclosure is of numbers.")
            return tuple(c / divisor for c in _polynomial(node.left, variable))
        case Binary(operator="**"):
            power, found = _exact(node.right, "D"), (Fraction(1),)
            if power.denominator == 1 and power >= 0:
                for _ in range(int(power)):
                    found = _product(found, _polynomial(node.left, variable))
                return found
    return (_exact(node, "D"),)


def _product(left: tuple[Fraction, ...], right: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    found = [Fraction(0)] * (len(left) + len(right) - 1)
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            found[i + j] += a * b
    return tuple(found)
