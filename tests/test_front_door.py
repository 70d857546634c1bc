"""`import gantheory`: light, complete, the same to a person and to a type checker."""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType

import pytest

import gantheory

SOURCE = Path(gantheory.__file__ or "")


def in_a_new_process(code: str) -> str:
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True, cwd=SOURCE.parents[1]).stdout


def test_loads_nothing_heavy():
    """Neither numpy nor what is heavier comes with the name of the package."""
    heavy = ["numpy", "scipy", "sympy", "matplotlib", "hypothesis", "flint", "tqdm", "ipywidgets"]
    assert in_a_new_process(f"import sys, gantheory; print([m for m in {heavy} if m in sys.modules])") == "[]\n"


def test_the_numeric_core_stays_light():
    """Every public name but the submodules: numpy and scipy.special, and none of the heavy four."""
    code = (
        "import sys; from gantheory import *; import gantheory; gantheory.js_divergence('norm(0,1)', 'laplace(0,1)');"
        "print([m for m in ('sympy', 'matplotlib', 'scipy.stats', 'hypothesis') if m in sys.modules])"
    )
    assert in_a_new_process(code) == "[]\n"


def test_the_type_checkers_mirror_says_the_same():
    """The imports under TYPE_CHECKING are the table, name by name and module by module."""
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    mirror = {}
    for node in block.body:
        assert isinstance(node, ast.ImportFrom)
        for alias in node.names:
            assert alias.asname == alias.name  # `as` itself: the mark of a name passed on
            mirror[alias.name] = (node.module or "").removeprefix("gantheory.")
    assert mirror == gantheory._HOME


@pytest.mark.parametrize("name", sorted(gantheory._HOME))
def test_every_name_resolves_to_its_home(name):
    """A public name is the object of its module, and that module names it as public too."""
    home = import_module(f"gantheory.{gantheory._HOME[name]}")
    assert getattr(gantheory, name) is getattr(home, name)
    assert name in home.__all__


PRIVATE = """__init__ alignment archive backpropagation branches cell_masses directed discriminator domination
expansions f_divergences finite_ends folds gains generator_families generators grammar integrals interval_text
inverse iterates jumps latent latent_coordinate markdown minibatches monotone moving_law nodes notebook_tables oracle
panels particle_flow path pearson players preimage_masses preimages quadrature quantile_flow quasi_newton records
saved_law score splines splitting standardization tails training_settings transport unresolved verdict"""


@pytest.mark.parametrize("name", sorted(gantheory._SUBMODULES))
def test_submodules_resolve(name):
    """`gantheory.NAME` is the module without an import of its own."""
    code = f"import gantheory; print(gantheory.{name}.__name__)"
    assert in_a_new_process(code) == f"gantheory.{name}\n"


def test_the_files_are_the_submodules():
    """A file is public, and then it is in the list, or it is named here."""
    beside = SOURCE.parent
    found = {path.stem for path in beside.glob("*.py")} | {path.parent.name for path in beside.glob("*/__init__.py")}
    assert found - set(PRIVATE.split()) == gantheory._SUBMODULES | {"expectation", "criterion_gradient", "conventions"}


def test_dir_is_what_is_public():
    """dir() lists every name before any is loaded, and nothing private."""
    listed = set(dir(gantheory))
    assert not set(gantheory.__all__) - listed
    assert not gantheory._SUBMODULES - listed
    assert not {name for name in listed if name.startswith("_") and not name.startswith("__")}


@pytest.mark.parametrize(
    "imports",
    [
        "import gantheory.expectation",
        "import gantheory; gantheory.expectation; import gantheory.expectation",
        "from gantheory.expectation import expectation; import gantheory",
        "from gantheory import expectation; import gantheory",
        "import gantheory.game, gantheory",
        "import importlib, gantheory; importlib.import_module('gantheory.expectation')",
    ],
)
def test_the_function_wins_over_the_file(imports):
    """Whatever was imported before, and how, `gantheory.expectation` is the function."""
    after = (
        "from gantheory.expectation import expectation as e; g = gantheory.expectation; print(type(g).__name__, g is e)"
    )
    assert in_a_new_process(f"{imports}; {after}") == "function True\n"


def test_the_file_stays_importable():
    """importlib gives the module of the same name."""
    assert isinstance(import_module("gantheory.expectation"), ModuleType)
    assert isinstance(gantheory.expectation, FunctionType)


def test_an_unknown_name_is_an_attribute_error():
    """With the name and the object, from which Python makes its own suggestion."""
    with pytest.raises(AttributeError, match="no attribute 'js_divergance'") as caught:
        _ = gantheory.js_divergance  # pyright: ignore[reportAttributeAccessIssue]
    assert (caught.value.name, caught.value.obj) == ("js_divergance", gantheory)


def test_the_version_is_that_of_the_project():
    """pyproject.toml, CITATION.cff, the changelog and the module agree."""
    root = SOURCE.parents[1]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == gantheory.__version__
    assert f"\nversion: {gantheory.__version__}\n" in (root / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\n## {gantheory.__version__}" in (root / "CHANGELOG.md").read_text(encoding="utf-8")
