"""The safe grammar: what it reads, what it means, and that nothing else gets through."""

from __future__ import annotations

import ast
import copy
import math
import pickle
import string
import time
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gantheory.errors import DomainError, ParseError
from gantheory.expressions import FUNCTIONS, NUMPY_CONSTANTS, NUMPY_FUNCTIONS, Expression, parse
from gantheory.grammar import Binary, Call, Name, Number, Unary

POINTS = np.linspace(-3.0, 3.0, 13)


def at(text: str, x: object = POINTS) -> np.ndarray:
    return parse(text).evaluate({"x": x, **NUMPY_CONSTANTS})


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("x", POINTS),
        ("-x**2", -(POINTS**2)),
        ("(-x)**2", POINTS**2),
        ("2**-1", 0.5),
        ("(2**3)**2", 64.0),
        ("8/4/2", 1.0),
        ("7 - 4 - 2", 1.0),
        ("--2", 2.0),
        ("+x", POINTS),
        (".5e1 + 1.", 6.0),
        ("\t( x )\n", POINTS),
        ("x**(1/2 + 1/2)", POINTS),
        ("2*pi", 2 * math.pi),
        ("max(x, 0, 1)", np.maximum(POINTS, 1)),
        ("min(x, 0)", np.minimum(POINTS, 0)),
        ("clip(x, -1, 1)", np.clip(POINTS, -1, 1)),
        ("relu(x)", np.maximum(POINTS, 0)),
        ("softplus(x)", np.log1p(np.exp(POINTS))),
        ("expit(x)", 1 / (1 + np.exp(-POINTS))),
        ("erf(x)", [math.erf(v) for v in POINTS]),
        ("exp(log(abs(x) + 1))", np.abs(POINTS) + 1),
        ("tanh(x) - sinh(x)/cosh(x)", 0.0),
        ("sin(x)**2 + cos(x)**2", 1.0),
        ("sqrt(x**2)", np.abs(POINTS)),
    ],
)
def test_reads_what_python_would(text, exact):
    """Value and precedence agree with an expression written in numpy by hand."""
    np.testing.assert_allclose(at(text), np.broadcast_to(exact, np.shape(at(text))), rtol=1e-14, atol=1e-15)


def test_every_function_has_an_arity_and_a_meaning():
    """The two tables name the same functions, and each takes its fewest arguments."""
    assert set(FUNCTIONS) == set(NUMPY_FUNCTIONS)
    for name, (fewest, _) in FUNCTIONS.items():
        assert np.isfinite(at(f"{name}({', '.join(['0.5'] * fewest)})"))


def test_a_law_is_a_tree_to_be_walked():
    """With any name allowed, a mixture of calls comes as public nodes, keywords and positions included."""
    tree = parse("0.5*norm(-2, scale=0.7) + 0.5*cauchy", names=None, functions=None).root
    half = Number("0.5")
    call = Call("norm", (Unary("-", Number("2")),), (("scale", Number("0.7")),))
    assert tree == Binary("+", Binary("*", half, call), Binary("*", half, Name("cauchy")))
    assert isinstance(tree, Binary)
    assert isinstance(tree.left, Binary)
    assert (tree.position, tree.left.right.position) == (24, 4)
    assert half.value == 0.5


def test_literals_reach_the_caller_as_text():
    """0.1 is a tenth for whoever wants a rational, and an error-free one."""
    assert parse("0.1*x").evaluate({"x": Fraction(10)}, {}, number=Fraction) == 1


def test_a_pole_is_infinite_and_silent():
    """log(0), 1/0 and overflow are values of floating point; no warning escapes."""
    assert at("log(x)", 0.0) == -np.inf
    assert at("1/x", np.zeros(1)) == np.inf
    assert at("1/0") == np.inf
    assert at("exp(x**64)", 50.0) == np.inf


def test_names_are_those_of_the_text():
    """`names` leaves the called functions out, and `walk` goes from left to right."""
    expression = parse("a*exp(b) - a", names=("a", "b"))
    assert expression.names == {"a", "b"}
    assert [type(node).__name__ for node in expression.walk()] == ["Binary", "Binary", "Name", "Call", "Name", "Name"]


def test_a_name_without_a_meaning_is_refused():
    """Evaluating with a variable left out names it."""
    with pytest.raises(DomainError, match="'pi' has no meaning"):
        parse("pi*x").evaluate({"x": 1.0})


def test_an_expression_is_a_value():
    """Equal after pickle and copy, and hashable."""
    expression = parse("clip(x, -1, 1) + x**2/3")
    assert pickle.loads(pickle.dumps(expression)) == expression  # noqa: S301  # our own bytes
    assert copy.deepcopy(expression) == expression
    assert len({expression, parse("clip(x,-1,1)+x**2/3")}) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("  ", "empty"),
        ("1 +", "position 4: the text ends"),
        ("(1", r"position 3: the text ends where \) is expected, for the \( at position 1"),
        ("exq(x)", r"did you mean 'exp'\?"),
        ("y + 1", "the name 'y' is not known; allowed here: pi, x"),
        ("exp + 1", r"exp is a function; write exp\(...\)"),
        ("x(2)", "the function 'x' is not known"),
        ("exp()", "exp takes 1 argument, not 0"),
        ("max(x)", "max takes 2 or more arguments, not 1"),
        ("clip(x, 1)", "clip takes 3 arguments, not 2"),
        ("exp(x=1)", "exp takes no named argument"),
        ("x^2", r"powers are written \*\*"),
        ("2x", r"position 2: a number runs into what follows it; .* \* for a product"),
        ("0x10", "decimal digits"),
        ("1_000", "decimal digits"),
        ("1j", "decimal digits"),
        ("1.2.3", "decimal digits"),
        ("x x", "'x' is not expected here"),
        ("x ** x", "the exponent is no constant"),
        ("x**65", "at most 64"),
        ("x**-65", "at most 64"),
        ("x**(8*8.5)", "at most 64"),
        ("x**(1/0)", "divides by 0"),
        ("9**9**9", "the exponent is no constant"),
        ("((9**9)**9)**9", "the degree exceeds 256"),
        ("1e999", "below 1.8e308"),
        ("1e-999999999999", "at most 40 characters"),
        ("9" * 41, "at most 40 characters"),
        ("1" + "+1" * 250, "more than 200 parts"),
        ("x" * 513, "513 characters; at most 512"),
        ("(" * 60 + "x" + ")" * 60, "nesting is deeper than 40"),
        ("-" * 300 + "x", "nesting is deeper than 40"),
        ("exp(" * 60 + "x" + ")" * 60, "nesting is deeper than 40"),
        ("x − 1", "write -"),
        ("π", "write pi"),
        ("х", "is not ASCII"),  # Cyrillic
        ("x\x00", "not allowed"),
        ("x\x0c+1", "not allowed"),
        ("__import__('os')", "the function '__import__' is not known"),
        ("x.__class__", "attributes do not exist"),
        ("(1).real", "attributes do not exist"),
        ("lambda: 0", "not known"),
        ("[x for x in x]", "lists do not exist"),
        ("x if x else 1", "not expected here"),
        ("x; x", "not allowed"),
        ("x := 1", "not allowed"),
        ("x = 1", "not expected here"),
        ("x == 1", "not expected here"),
        ("'x'", "no strings"),
        ("True", "not known"),
        ("*x", "stands where a number"),
        ("exp(*x)", "stands where a number"),
        ("exp(x,)", r"'\)' stands where"),
        ("()", r"'\)' stands where"),
    ],
)
def test_refuses_and_says_why(text, reason):
    """Each refusal names what stands there and what is allowed, on one printable line."""
    with pytest.raises(ParseError, match=reason) as caught:
        parse(text)
    assert str(caught.value).isprintable()
    assert str(caught.value).isascii()


@pytest.mark.parametrize("text", ["_x", "__class__(1)", "norm(1, a=2, a=3)", "norm(a=1, 2)", "norm(_)", "norm(1 2)"])
def test_refuses_where_any_name_is_allowed(text):
    """The open grammar of laws still knows no private name, no repeated and no misplaced keyword."""
    with pytest.raises(ParseError):
        parse(text, names=None, functions=None)


def test_functions_may_be_named_without_their_arguments():
    """A collection of names keeps the arity of those that are known, and nothing else may be called."""
    assert parse("u*log(u)", names=("u",), functions=("log",)).evaluate({"u": 1.0}) == 0.0
    for text in ("log()", "exp(u)"):
        with pytest.raises(ParseError):
            parse(text, names=("u",), functions=("log",))


@pytest.mark.parametrize("text", [None, 3, b"x", ["x"]])
def test_refuses_what_is_not_a_text(text):
    """A bytes object is not a text, nor is a number."""
    with pytest.raises(ParseError, match="must be a str"):
        parse(text)


def test_the_limits_themselves_are_allowed():
    """Exactly 512 characters, nesting 40, 200 nodes, an exponent of 64 and a degree of 256 pass."""
    assert at("x".rjust(512), 1.0) == 1.0
    assert at("(" * 40 + "x" + ")" * 40, 1.0) == 1.0
    assert at("-x" + "+x" * 99, 1.0) == 98.0
    assert at("(x**64)**4", 1.0) == 1.0


ATTACKS = st.sampled_from(
    ["__import__('os')", "().__class__", "9**9**9", "lambda x: x", "ｘ", "\x00", "\u202e", "x" * 600, "(" * 50, "1e400"]
)
PIECES = st.sampled_from(
    [*FUNCTIONS, "x", "pi", "(", ")", ",", "=", "+", "-", "*", "/", "**", "2", "0.5", "1e3", " ", "."]
)
HOSTILE = st.one_of(st.text(), st.text(string.printable), st.lists(PIECES | ATTACKS, max_size=40).map("".join))


@given(HOSTILE)
@example("9**" * 100 + "9")
def test_a_hostile_text_is_read_or_refused_quickly(text):
    """Whatever the text: a ParseError, or a tree that prints back to itself, each within a second."""
    start = time.perf_counter()
    try:
        expression = parse(text)
    except ParseError:
        pass
    else:
        assert parse(str(expression)) == expression
    assert time.perf_counter() - start < 1.0


@given(HOSTILE)
def test_the_open_grammar_is_as_safe(text):
    """The same with every name allowed, as for laws."""
    try:
        expression = parse(text, names=None, functions=None)
    except ParseError:
        return
    assert parse(str(expression), names=None, functions=None) == expression


def _trees() -> st.SearchStrategy:
    leaves = st.sampled_from([Name("x"), Name("pi"), Number("2"), Number("0.5"), Number("1e-3")])
    exponents = st.sampled_from(
        [Number("2"), Number("3"), Unary("-", Number("1")), Binary("/", Number("1"), Number("2"))]
    )

    def grow(inside: st.SearchStrategy) -> st.SearchStrategy:
        return st.one_of(
            st.builds(Unary, st.sampled_from("+-"), inside),
            st.builds(Binary, st.sampled_from("+-*/"), inside, inside),
            st.builds(Binary, st.just("**"), inside, exponents),
            st.builds(lambda name, argument: Call(name, (argument,)), st.sampled_from(["exp", "sin", "relu"]), inside),
        )

    return st.recursive(leaves, grow, max_leaves=12)


@given(_trees())
@example(Binary("**", Unary("-", Name("x")), Number("2")))
@example(Binary("-", Name("x"), Binary("-", Name("x"), Number("2"))))
def test_prints_so_that_it_parses_back(tree):
    """str is the inverse of parse, and Python reads the same tree from it."""
    text = str(Expression(tree))
    assert parse(text).root == tree
    assert _as_python(ast.parse(text.strip(), mode="eval").body) == tree


def _as_python(node: ast.AST) -> object:
    """Python's own reading of the text, in our nodes: the independent route."""
    operators = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**", ast.UAdd: "+", ast.USub: "-"}
    match node:
        case ast.Constant():
            return next(Number(text) for text in ("2", "3", "1", "0.5", "1e-3") if float(text) == node.value)
        case ast.Name():
            return Name(node.id)
        case ast.UnaryOp():
            return Unary(operators[type(node.op)], _as_python(node.operand))
        case ast.BinOp():
            return Binary(operators[type(node.op)], _as_python(node.left), _as_python(node.right))
        case ast.Call(func=ast.Name()):
            return Call(node.func.id, tuple(_as_python(argument) for argument in node.args))
    raise AssertionError(ast.dump(node))
