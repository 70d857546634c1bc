"""The notebooks: seven, light, without a warning; their promise comes first, two exercises last, and links resolve.

That they run is a step of its own in CI, with a kernel. Here they are read, and their worked solutions are marked.
"""

from __future__ import annotations

import ast
import functools
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from gantheory.claims import CLAIMS
from gantheory.exercises import EXERCISES, check
from gantheory.markdown import anchor

# another folder: the same notebooks, as they have just been executed
FOLDER = Path(os.environ.get("GANTHEORY_NOTEBOOKS") or Path(__file__).resolve().parents[1] / "notebooks")
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MOST_BYTES = 500_000
LONGEST = 6  # lines of a function in a cell: what is longer wants a test, and belongs in the package

ASKED = re.compile(r'gt\.exercises\.check\("(?P<id>[^"]+)", answer\)')
SOLUTION = re.compile(r"<details><summary>.*?```python\n(?P<code>.*?)```\n\n</details>", re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)(?P<path>[^)#]*)#?(?P<anchor>[^)]*)\)")
CLAIM = re.compile(r"`(?P<id>[a-z0-9-]+\.[a-z0-9][a-z0-9-]*)`")
# of a process that runs a notebook: where it stands, and what it grumbles
MACHINE = re.compile(r"/(home|root|tmp|usr|opt|Users|private|work)/|[A-Z]:\\\\|File \"")
GRUMBLE = re.compile(r"Warning\b|Traceback|\x1b\[")

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@functools.cache
def cells(path: Path) -> list[dict[str, Any]]:
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def text(path: Path, kind: str) -> str:
    return "\n\n".join(source(cell) for cell in cells(path) if cell["cell_type"] == kind)


def outputs(path: Path) -> list[dict[str, Any]]:
    return [output for cell in cells(path) if cell["cell_type"] == "code" for output in cell["outputs"]]


def words(output: dict[str, Any]) -> str:
    """What an output says, its pictures aside."""
    data = [value for kind, value in output.get("data", {}).items() if kind.startswith("text/")]
    return "\n".join("".join(part) for part in (output.get("text", []), *data))


def too_long(code: str) -> list[str]:
    """Functions of more lines than a notebook should hold, and classes."""
    found = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno > LONGEST:
            found.append(node.name)
        if isinstance(node, ast.ClassDef):
            found.append(node.name)
    return found


def python(cell: dict[str, Any]) -> str:
    """A code cell as Python: the shell's lines are none."""
    return "\n".join("pass" if re.match(r"\s*(\w+ = )?[!%]", line) else line for line in source(cell).splitlines())


def test_there_are_seven():
    """Numbered from 01 to 07."""
    assert [path.name[:2] for path in NOTEBOOKS] == [f"{n:02}" for n in range(1, 8)]


@every_notebook
def test_it_is_light_and_has_been_run(path):
    """Under 500 KB, each code cell run in order, from a new kernel; no trace of the machine that ran it."""
    assert path.stat().st_size < MOST_BYTES
    counts = [cell["execution_count"] for cell in cells(path) if cell["cell_type"] == "code"]
    assert counts == list(range(1, len(counts) + 1))
    assert len(outputs(path)) > len(counts) / 2
    assert [cell["metadata"] for cell in cells(path) if cell["metadata"]] == []


@every_notebook
def test_its_outputs_are_clean(path):
    """No error, nothing on stderr, no warning, and no path of a machine."""
    kinds = {(output["output_type"], output.get("name")) for output in outputs(path)}
    assert kinds <= {("stream", "stdout"), ("display_data", None), ("execute_result", None)}
    said = "\n".join(map(words, outputs(path)))
    assert [found[0] for found in (*GRUMBLE.finditer(said), *MACHINE.finditer(said))] == []


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        (GRUMBLE, "x.py:3: RuntimeWarning: divide by zero"),
        (GRUMBLE, "Traceback (most recent call last)"),
        (MACHINE, 'saved to "/tmp/x.npz"'),
        (MACHINE, "/home/user/gantheory"),
    ],
)
def test_the_cleaner_is_tested(pattern, said):
    """What should not stand in an output is seen where it does."""
    assert pattern.search(said)


@every_notebook
def test_it_says_first_what_you_will_be_able_to_do(path):
    """A title with the number, then two to four bullets, then the claims."""
    first = source(cells(path)[0])
    assert first.startswith(f"# {path.name[:2]} · ")
    promise = re.search(r"you will be able to\n\n((?:- .+\n)+)", first)
    assert promise is not None
    assert 2 <= len(promise[1].splitlines()) <= 4


@every_notebook
def test_its_claims_are_the_ledgers(path):
    """Linked from the table at the top, each by its id; no other id is named; a cell decides them."""
    first, ids = source(cells(path)[0]), {claim.id for claim in CLAIMS}
    linked = re.findall(r"\[`([^`]+)`\]\(\.\./docs/claims\.md#([^)]+)\)", first)
    assert len(linked) >= 3
    assert [pair for pair in linked if pair[0] not in ids or pair[1] != anchor(pair[0])] == []
    assert set(re.findall(r"`python -m gantheory\.verify (\S+) -v`", first)) <= ids
    assert "`python -m gantheory.verify " in first
    groups = {each.split(".")[0] for each in ids}
    named = {found["id"] for found in CLAIM.finditer(text(path, "markdown"))}
    assert {name for name in named if name.split(".")[0] in groups} <= ids
    assert "verify.run(" in text(path, "code")


@every_notebook
def test_its_links_resolve(path):
    """Every relative link is to a file that is there, and to an anchor that the file has."""
    for found in LINK.finditer(text(path, "markdown")):
        file = path.parent / found["path"]
        assert file.exists(), found[0]
        assert f'<a id="{found["anchor"]}"></a>' in file.read_text(encoding="utf-8") or not found["anchor"], found[0]


@every_notebook
def test_what_it_shows_needs_no_kernel(path):
    """A widget lives as long as its kernel: the committed output is the picture that stands for it."""
    kinds = {kind for output in outputs(path) for kind in output.get("data", {})}
    assert kinds <= {"text/plain", "text/html", "text/latex", "image/png"}
    assert ("play." in text(path, "code")) == (path.name[:2] in ("01", "04"))


@every_notebook
def test_it_defines_nothing_that_a_test_would_want(path):
    """Functions of a few lines, and no class."""
    assert [name for cell in cells(path) if cell["cell_type"] == "code" for name in too_long(python(cell))] == []


def test_what_is_too_long_is_seen():
    """One line more than allowed, or a class."""
    body = "    x = 1\n" * LONGEST
    assert too_long("def f():\n" + body) == []
    assert too_long("def f():\n" + body + "    x = 1\n") == ["f"]
    assert too_long("class A:\n    pass") == ["A"]


def exercises(path: Path) -> list[tuple[str, dict[str, Any], str]]:
    """The id, the cell and the worked solution of each exercise."""
    found = []
    for cell, after in zip(cells(path), cells(path)[1:]):
        asked = ASKED.search(source(cell)) if cell["cell_type"] == "code" else None
        if asked:
            solution = SOLUTION.match(source(after))
            assert solution, f"no worked solution after {asked['id']}"
            found.append((asked["id"], cell, solution["code"]))
    return found


@every_notebook
def test_it_has_two_exercises_that_wait_for_an_answer(path):
    """Its own two, with headings; the answer is None, and the cell has said that it waits."""
    found = exercises(path)
    assert [name for name, *_ in found] == [name for name in EXERCISES if name.startswith(path.name[:2])]
    assert len(found) == 2
    assert re.findall(r"^## Exercise (\d)", text(path, "markdown"), re.MULTILINE) == ["1", "2"]
    for name, cell, _ in found:
        assert re.match(r'answer = None  # .+\n\ngt\.exercises\.check\("[^"]+", answer\)$', source(cell)), name
        assert "○ not answered yet" in words(cell["outputs"][0])


@every_notebook
def test_its_worked_solutions_are_right(path):
    """Run after the notebook's own imports, and marked."""
    first = next(cell for cell in cells(path) if cell["cell_type"] == "code")
    for name, _, solution in exercises(path):
        session: dict[str, Any] = {}
        exec(source(first), session)  # noqa: S102  # our notebooks
        exec(solution, session)  # noqa: S102
        mark = check(name, session["answer"])
        assert mark.right, (name, mark)
