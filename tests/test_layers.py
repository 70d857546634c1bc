"""The floors of the house: a file imports only what stands above it, and each third party has one door."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import gantheory

PACKAGE = Path(gantheory.__file__ or "").parent

# From the top down. Rooms of one floor do not import each other: criterion and js_divergence stay two routes.
FLOORS = (
    ("errors", "notebook_tables", "versions"),
    ("directed", "grammar", "markdown", "verdict"),
    ("interval_text", "expressions"),
    ("estimate",),
    ("panels",),
    ("quadrature", "finite_ends"),
    ("splitting",),
    ("grid",),
    ("densities",),
    ("ratio",),
    ("piecewise_linear",),
    ("mlp",),
    ("backpropagation", "optimizers"),
    ("training_settings", "players"),
    ("minibatches",),
    ("generators",),
    ("folds", "expansions"),
    ("monotone",),
    ("jumps",),
    ("inverse",),
    ("branches", "tails"),
    ("preimages", "latent_coordinate"),
    ("pushforward",),
    ("score", "families"),
    ("generator_families",),
    ("integrals",),
    ("latent", "ensemble"),
    ("expectation",),
    ("standardization",),
    ("algorithm_1",),
    ("transport", "f_divergences"),
    ("discriminator", "domination"),
    ("moving_law",),
    ("divergences", "game", "brackets", "unresolved"),
    ("archive", "gains", "saved_law", "splines", "criterion_gradient", "quasi_newton", "dirac"),
    ("cell_masses", "checkpoint", "reading", "capacity", "alignment", "oracle", "preimage_masses", "records"),
    ("trajectory",),
    ("nodes", "parametric", "pearson"),
    ("projection",),
    ("path", "iterates"),
    ("descent",),
    ("contrasts", "particle_flow"),
    ("quantile_flow",),
    ("flows",),
    ("tracking",),
    ("training",),
    ("symbolic",),
    ("certified",),
    ("plotting", "conventions"),
    ("panel", "play"),
    ("objectives",),
    ("strategies",),
    ("counterexample",),
    ("claims", "exercises"),
    ("verify",),
)

# Who may import a third party, and whether at import ("top") or only where it is used ("inside" a function).
DOORS = {
    "numpy": {"*": "top"},
    "scipy.special": {"*": "top"},
    "scipy.integrate": {"particle_flow": "inside"},
    "scipy.stats": {"densities": "inside", "conventions": "inside"},
    "scipy.spatial": {"conventions": "inside"},
    "sympy": {"symbolic": "top", "densities": "inside"},
    "flint": {"certified": "top"},
    "mpmath": {"symbolic": "top"},  # sympy stands on it
    "matplotlib": {"plotting": "inside"},
    "hypothesis": {"strategies": "top", "counterexample": "inside"},
    # measured where they are installed; no dependency of anything
    "torch": {"conventions": "inside"},
    "tensorflow_probability": {"conventions": "inside"},
    "ot": {"conventions": "inside"},
    "dit": {"conventions": "inside"},
    "ipywidgets": {"play": "inside"},
    "filelock": {"archive": "inside"},
    "threadpoolctl": {"algorithm_1": "inside", "versions": "inside"},
    "latex2mathml": {"verify": "inside"},
    "tqdm": {"verify": "inside", "training": "inside"},
}


@dataclass(frozen=True)
class Import:
    """One imported module, by the file that imports it."""

    file: str
    line: int
    module: str
    names: tuple[str, ...]
    inside: bool

    @property
    def room(self) -> str:
        return self.file.split(".")[0]


def imports(package: Path) -> Iterator[Import]:
    """Every import of every file, those inside functions and under TYPE_CHECKING included."""
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        file = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        if file:  # the front door's own imports are a mirror for type checkers, compared with its table elsewhere
            yield from _imports_of(file, ast.parse(path.read_text(encoding="utf-8")), inside=False)


def _imports_of(file: str, node: ast.AST, *, inside: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(file, child.lineno, alias.name, (), inside) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            module = "." * child.level + (child.module or "")
            yield Import(file, child.lineno, module, tuple(alias.name for alias in child.names), inside)
        unrun = isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"
        within = inside or unrun or isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
        yield from _imports_of(file, child, inside=within)


def own(package: Path) -> Iterator[tuple[Import, str]]:
    """The imports of the package's own files, each with the file it reaches."""
    files = {".".join(path.relative_to(package).with_suffix("").parts) for path in package.rglob("*.py")}
    files |= {file.removesuffix(".__init__") for file in files}
    for found in imports(package):
        root, _, module = found.module.partition(".")
        if root != "gantheory":
            continue
        for name in found.names or ("",):
            deeper = f"{module}.{name}".strip(".")
            target = deeper if deeper in files else module
            if not (target == "" and name == "__version__"):  # the version is the front door's own
                yield found, target


def upward(package: Path) -> list[str]:
    """Imports of a file that stands on the same floor or below, or of the front door."""
    floor = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
    wrong = []
    for found, target in own(package):
        room = target.split(".")[0]
        unknown = [name for name in (found.room, room) if name not in floor]
        if unknown:
            wrong.append(f"{found.file}:{found.line} {unknown[0] or 'the front door'} has no floor")
        elif found.room != room and floor[room] >= floor[found.room]:
            wrong.append(f"{found.file}:{found.line} imports {target}, which does not stand above it")
    return wrong


def cycles(package: Path) -> list[str]:
    """Circles among the files of one room, at import: a function may look back."""
    edges: dict[str, set[str]] = {}
    for found, target in own(package):
        if found.room == target.split(".")[0] and not found.inside:
            edges.setdefault(found.file, set()).add(target)
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        return [" -> ".join(error.args[1])]
    return []


def strangers(package: Path) -> list[str]:
    """Third parties that come in by another door than theirs; relative imports, which hide the floors."""
    wrong = []
    for found in imports(package):
        root = found.module.split(".")[0]
        if root == "gantheory" or root in sys.stdlib_module_names:
            continue
        for module in [found.module, *(f"{found.module}.{name}" for name in found.names)]:
            door = next((door for door in DOORS if f"{module}.".startswith(f"{door}.")), None)
            if door is not None:
                break
        else:
            wrong.append(f"{found.file}:{found.line} imports {found.module}, which has no door")
            continue
        allowed = DOORS[door].get(found.room, DOORS[door].get("*"))
        if allowed is None or (allowed == "inside" and not found.inside):
            wrong.append(f"{found.file}:{found.line} imports {found.module} ({door}: {DOORS[door]})")
    return wrong


@pytest.mark.parametrize("check", [upward, cycles, strangers])
def test_the_house_stands(check):
    """No import goes up or round, and no third party comes in through a window."""
    assert check(PACKAGE) == []


def test_every_room_has_a_floor():
    """The tuple names every file and folder of the package, each once, and nothing that is not there."""
    rooms = [path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    assert sorted(room for floor in FLOORS for room in floor) == sorted(set(rooms) - {"__init__"})


GOOD = {
    "errors.py": "import math",
    "quadrature.py": "import numpy as np\nfrom gantheory.errors import DomainError\nfrom scipy import special",
    "densities/__init__.py": "from gantheory.densities.protocol import Law",
    "densities/protocol.py": "def f():\n    from scipy import stats\n    import sympy",
    "plotting.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from matplotlib.axes import Axes",
    "verify/__init__.py": "from gantheory import __version__\nfrom gantheory.densities import protocol",
}


@pytest.mark.parametrize(
    ("check", "file", "planted"),
    [
        (upward, "quadrature.py", "import gantheory.verify"),
        (upward, "quadrature.py", "from gantheory.densities.protocol import Law"),
        (upward, "errors.py", "def f():\n    if True:\n        from gantheory import quadrature"),
        (upward, "errors.py", "from gantheory import Estimate"),
        (
            upward,
            "densities/protocol.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import gantheory.plotting",
        ),
        (upward, "game.py", "from gantheory.divergences import kl_divergence"),
        (upward, "cellar.py", "from gantheory.errors import DomainError"),
        (cycles, "densities/protocol.py", "from gantheory.densities import Law"),
        (strangers, "quadrature.py", "from scipy import stats"),
        (strangers, "quadrature.py", "import scipy.stats as st"),
        (strangers, "quadrature.py", "from scipy.integrate import quad"),
        (strangers, "quadrature.py", "def f():\n    import sympy.core"),
        (strangers, "densities/protocol.py", "import sympy"),
        (strangers, "plotting.py", "import matplotlib.pyplot as plt"),
        (strangers, "errors.py", "import pandas"),
        (strangers, "densities/protocol.py", "from . import families"),
    ],
)
def test_the_tester_is_tested(tmp_path, check, file, planted):
    """A house that stands passes; one planted import, anywhere, does not."""
    for name, text in GOOD.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert [check(tmp_path) for check in (upward, cycles, strangers)] == [[], [], []]
    (tmp_path / file).write_text(planted, encoding="utf-8")
    assert len(check(tmp_path)) == 1
