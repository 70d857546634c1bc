"""What other libraries return: every installed one is measured, and the page says the same."""

from __future__ import annotations

import importlib.util
import math
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

from gantheory.conventions import conventions
from gantheory.conventions.libraries import LIBRARIES, Library
from gantheory.conventions.paper import name_of, quantities
from gantheory.errors import DomainError, NotNormalizedError

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "conventions.md").read_text(encoding="utf-8")
INSTALLED = [library.name for library in LIBRARIES if importlib.util.find_spec(library.module)]
P, Q = (0.5, 0.3, 0.2), (0.2, 0.2, 0.6)


@pytest.mark.parametrize("name", INSTALLED)
def test_the_page_says_what_the_library_returns(name: str) -> None:
    """Row by row: the call and the quantity, none more and none less."""
    section = PAGE.split(f"## {name}\n")[1].split("\n## ")[0]
    said = re.findall(r"^\| `(.*?)` \| (.*?) \|", section, re.MULTILINE)
    assert [(row.function, row.quantity) for row in conventions(libraries=[name])] == said


def test_the_page_has_every_library() -> None:
    """Those that are not installed here too."""
    headings = re.findall(r"^## (.*)$", PAGE, re.MULTILINE)
    assert [library.name for library in LIBRARIES] == [name for name in headings if name in _names()]


def _names() -> set[str]:
    return {library.name for library in LIBRARIES}


def test_the_quantities_are_those_of_the_paper() -> None:
    """To 50 digits, by another route."""
    with mpmath.workdps(50):
        p, q = ([mpmath.mpf(mass) for mass in law] for law in (P, Q))
        m = [(a + b) / 2 for a, b in zip(p, q, strict=True)]

        def kl(a: Any, b: Any) -> Any:
            return mpmath.fsum(x * mpmath.log(x / y) for x, y in zip(a, b, strict=True))

        def entropy(a: Any) -> Any:
            return -mpmath.fsum(x * mpmath.log(x) for x in a)

        jsd, bit = (kl(p, m) + kl(q, m)) / 2, mpmath.log(2)
        exact = {
            "KL(p‖q)": kl(p, q),
            "KL(q‖p)": kl(q, p),
            "JSD": jsd,
            "H(p)": entropy(p),
            "H(q)": entropy(q),
            "H(p, q)": entropy(p) + kl(p, q),
        }
        exact |= {f"{name} in bits": number / bit for name, number in exact.items()}
        exact |= {"√JSD": mpmath.sqrt(jsd), "√(JSD in bits)": mpmath.sqrt(jsd / bit)}
        exact |= {"C(G)": 2 * jsd - 2 * bit, "−C(G)": 2 * bit - 2 * jsd, "C(G) + log 4 = 2·JSD": 2 * jsd}
        exact |= {"TV": mpmath.mpf("0.4"), "W₁": mpmath.mpf("0.7"), "W₂²": mpmath.mpf("0.9"), "KL(p‖q)/n": kl(p, q) / 3}
        term = p[0] * mpmath.log(p[0] / q[0])
        exact |= {"p₀ log(p₀/q₀)": term, "p₀ log(p₀/q₀) − p₀ + q₀": term - p[0] + q[0]}
    known = quantities(np.array(P), np.array(Q))
    assert known.keys() == exact.keys()
    assert {name: abs(float(exact[name]) - number) < 1e-14 for name, number in known.items()} == dict.fromkeys(
        known, True
    )


def test_on_the_default_pair_no_two_quantities_coincide() -> None:
    """So that a name is one name."""
    numbers = sorted(quantities(np.array(P), np.array(Q)).values())
    assert min(np.diff(numbers)) > 1e-3


@pytest.mark.parametrize(("planted", "name"), [(0.0, "JSD"), (5e-13, "JSD"), (5e-12, "none of the paper's quantities")])
def test_a_number_is_named_to_1e_12(planted: float, name: str) -> None:
    """A single-precision result is none of them."""
    known = quantities(np.array(P), np.array(Q))
    assert name_of(known["JSD"] + planted, known) == name


def test_an_infinity_is_near_nothing_but_itself() -> None:
    """Else every number were KL where q has a zero."""
    table = conventions([0.5, 0.5], [1.0, 0.0], libraries=["scipy"])
    assert table["rel_entr(p, q).sum()"].value == math.inf
    assert "KL(p‖q) or" in table["rel_entr(p, q).sum()"].quantity
    assert "KL(p‖q)" not in table["jensenshannon(p, q)"].quantity
    assert name_of(math.nan, {"KL(p‖q)": math.inf, "JSD": 0.1}) == "none of the paper's quantities"


def test_a_pair_that_tells_nothing_apart_says_so() -> None:
    """All names, and not the first."""
    table = conventions([0.25, 0.75], [0.75, 0.25], libraries=["scipy"])
    assert table["rel_entr(p, q).sum()"].quantity == "KL(p‖q) or KL(q‖p)"


def test_what_is_not_installed_or_broken_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing module, one that fails as it is imported, and a function that raises."""

    def broken(p: Any, q: Any) -> Any:
        raise OSError("libfoo.so is missing")

    def raising(p: Any, q: Any) -> Any:
        return [("f(p, q)", lambda: 1 / 0, "a trap"), ("g(p, q)", lambda: 0.4, "another")]

    planted = (
        Library("absent", "no_such_module_anywhere", "absent", raising),
        Library("broken", "math", "no-such-distribution", broken),
        Library("odd", "math", "no-such-distribution", raising),
    )
    monkeypatch.setattr(import_module("gantheory.conventions.measure"), "LIBRARIES", planted)
    table = conventions()
    assert table.absent == ("absent is not installed", "broken cannot be used here: OSError: libfoo.so is missing")
    assert [(row.function, row.quantity) for row in table] == [
        ("f(p, q)", "raised ZeroDivisionError: division by zero"),
        ("g(p, q)", "TV"),
    ]
    assert math.isnan(table["f(p, q)"].value)
    assert "not here: absent is not installed" in str(table)
    with pytest.raises(KeyError):
        table["h(p, q)"]


def test_importing_it_imports_no_library() -> None:
    """Nor does asking for scipy alone import another."""
    code = (
        "import sys; from gantheory import conventions\n"
        "names = ['scipy.stats', 'torch', 'tensorflow', 'tensorflow_probability', 'ot', 'dit']\n"
        "print([name for name in names if name in sys.modules]); conventions(libraries=['scipy'])\n"
        "print([name for name in names[1:] if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert run.stdout == "[]\n[]\n"


def test_the_table_in_a_notebook_is_escaped() -> None:
    """A row for each function, and no markup of a library's own."""
    table = conventions(libraries=["scipy"])
    html = table._repr_html_()
    assert html.count("<tr>") == len(table) + 1
    assert "jensenshannon(p, q)" in html
    assert repr(table) == f"<Conventions: {len(table)} functions of scipy>"
    nothing = conventions(libraries=[])
    assert (len(nothing), repr(nothing)) == (0, "<Conventions: 0 functions of no library>")


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        (([0.5, 0.6], [0.5, 0.5]), NotNormalizedError, r"p sums to .*1\.1.*Divide it by p\.sum\(\)"),
        (([0.5, 0.5], [1.5, -0.5]), DomainError, r"q is \[1\.5, -0\.5\]; it must be an array of shape"),
        (([0.5, 0.5], [1.0]), DomainError, "p has 2 masses and q has 1"),
        (([[0.5, 0.5]], [1.0]), DomainError, "shape"),
        (([0.5, math.nan], [0.5, 0.5]), DomainError, "p is"),
        (("norm", [1.0]), DomainError, "p is 'norm'; it must be an array of masses"),
    ],
)
def test_laws_that_are_none(arguments: Any, error: type[Exception], said: str) -> None:
    """The argument, its value, the requirement and the remedy."""
    with pytest.raises(error, match=said):
        conventions(*arguments, libraries=["scipy"])


@pytest.mark.parametrize("libraries", ["scipy", ["numpy"]])
def test_libraries_that_are_unknown(libraries: Any) -> None:
    """A single name is no sequence of names."""
    with pytest.raises(DomainError, match="it must be a sequence out of scipy, torch"):
        conventions(libraries=libraries)
