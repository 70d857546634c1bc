"""Laws of the toolkit and laws as text, with their parameters exact: a decimal in a text is that decimal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from gantheory.certified.discriminators import Constant, Optimal, Polynomial
from gantheory.certified.generated import affine_image, image, logarithm
from gantheory.certified.identities import beta, weibull
from gantheory.certified.laws import (
    ExactCauchy,
    ExactExponential,
    ExactGamma,
    ExactLaplace,
    ExactLaw,
    ExactLogistic,
    ExactNormal,
    ExactStudentT,
    ExactUniform,
)
from gantheory.certified.maps import ARCTAN, EXP, EXPIT, SINH, TANH, Power
from gantheory.certified.mixtures import mixture_of
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

_MAP_OF: dict[str, Callable[[ExactLaw], ExactLaw]] = {
    "exp": lambda law: image(law, EXP),
    "sinh": lambda law: image(law, SINH),
    "tanh": lambda law: image(law, TANH),
    "expit": lambda law: image(law, EXPIT),
    "atan": lambda law: image(law, ARCTAN),
    "log": logarithm,
}
_MAPS = "affine functions of z, exp, log, sinh, tanh, expit, atan and odd powers of such, and affine functions of those"
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
    return mixture_of(((exact_law(p, "p"), half), (exact_law(q, "q"), half)))


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
    """The law of G(z), G read from its text, whose numbers are exact."""
    if p_g.generator.text is None:
        raise DomainError(f"{name} is {p_g}; an enclosure knows G as text, {_MAPS}.")
    node, prior = parse(p_g.generator.text, names=("z", "pi")).root, _of_object(p_g.prior, name)
    found = _generated(node, prior)
    if found is None:
        raise DomainError(f"{name} is {p_g}; an enclosure knows {_MAPS}.")
    return found


def _generated(node: Node, prior: ExactLaw) -> ExactLaw | None:
    """The law of an expression in z; None where it is none of the maps that are known."""
    match node:
        case Name(name="z"):
            return prior
        case Call(name=name, args=(inner,)) if name in _MAP_OF:
            law = _generated(inner, prior)
            return None if law is None else _MAP_OF[name](law)
        case Binary(operator="**") if (n := _number(node.right)) is not None and n % 2 == 1 and n > 0:
            law = _generated(node.left, prior)
            return law if law is None or n == 1 else image(law, Power(int(n)))
        case Binary(operator="/", left=one, right=Binary(operator="+") as below) if (c := _number(one)) is not None:
            # 1/(1 + e^u) is σ(−u)
            for unit, term in ((below.left, below.right), (below.right, below.left)):
                if _number(unit) == 1 and isinstance(term, Call) and term.name == "exp":
                    law = _generated(term.args[0], prior)
                    return (
                        None
                        if law is None
                        else affine_image(image(affine_image(law, Fraction(-1), Fraction(0)), EXPIT), c, Fraction(0))
                    )
    return _affine(node, prior)


def _affine(node: Node, prior: ExactLaw) -> ExactLaw | None:
    """An affine function of z, or of the one part of an expression in which z stands."""
    one, zero = Fraction(1), Fraction(0)
    try:
        shift, slope = _polynomial(node, "z")
        return affine_image(prior, slope, shift)
    except (ValueError, ParseError):
        pass
    match node:
        case Unary():
            inner, slope, shift = node.operand, -one if node.operator == "-" else one, zero
        case Binary(operator="+" | "-" | "*" | "/"):
            left, right = _number(node.left), _number(node.right)
            if (left is None) == (right is None):
                return None
            inner, c = (node.right, left) if right is None else (node.left, right)
            slope, shift = _slope_and_shift(node.operator, c, is_first=right is None)
        case _:
            return None
    law = _generated(inner, prior) if slope else None
    return None if law is None else affine_image(law, slope, shift)


def _slope_and_shift(operator: str, c: Any, *, is_first: bool) -> tuple[Fraction, Fraction]:
    """Of c + u, c − u, c · u; of u + c, u − c, u · c, u/c. A slope of 0 for what is not affine."""
    one, zero = Fraction(1), Fraction(0)
    if operator == "*":
        return c, zero
    if operator == "/":
        return (zero, zero) if is_first or not c else (1 / c, zero)
    if operator == "+":
        return one, c
    return (-one, c) if is_first else (one, -c)


def _number(node: Node) -> Fraction | None:
    try:
        return _exact(node, "G")
    except ParseError:
        return None


def _uniform(a: Fraction, b: Fraction) -> ExactUniform:
    return ExactUniform(a, b - a)


def _cauchy(loc: Fraction, scale: Fraction) -> ExactLaw:
    return ExactCauchy(loc, scale, Fraction(1))


# a law that two families share is of the simpler one, so that it equals itself


def _student(loc: Fraction, scale: Fraction, df: Fraction) -> ExactLaw:
    return _cauchy(loc, scale) if df == 1 else ExactStudentT(loc, scale, df)


def _gamma(loc: Fraction, scale: Fraction, shape: Fraction) -> ExactLaw:
    return ExactExponential(loc, scale) if shape == 1 else ExactGamma(loc, scale, shape)


_OBJECTS: dict[type, tuple[Callable[..., ExactLaw], tuple[str, ...]]] = {
    Normal: (ExactNormal, ("mu", "sigma")),
    Logistic: (ExactLogistic, ("loc", "scale")),
    Laplace: (ExactLaplace, ("loc", "scale")),
    Cauchy: (_cauchy, ("loc", "scale")),
    StudentT: (_student, ("loc", "scale", "df")),
    Uniform: (_uniform, ("a", "b")),
    Exponential: (ExactExponential, ("loc", "scale")),
    Gamma: (_gamma, ("loc", "scale", "shape")),
    Weibull: (weibull, ("loc", "scale", "shape")),
    Beta: (beta, ("loc", "scale", "a", "b")),
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
    "cauchy": _cauchy,
    "t": lambda df, loc, scale: _student(loc, scale, df),
    "uniform": lambda loc, scale: ExactUniform(loc, scale),
    "expon": lambda loc, scale: ExactExponential(loc, scale),
    "gamma": lambda a, loc, scale: _gamma(loc, scale, a),
    "beta": lambda a, b, loc, scale: beta(loc, scale, a, b),
    "weibull_min": lambda c, loc, scale: weibull(loc, scale, c),
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
    return mixture_of(zip(components, weights, strict=True))


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
