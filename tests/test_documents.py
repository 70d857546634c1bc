"""What the documents say is run: every python block, every link to a file, and the README's own rules."""

from __future__ import annotations

import doctest
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import pytest
from baselines import TOLERANCE, difference, read
from matplotlib import pyplot as plt
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
README_ZH = ROOT / "README.zh.md"
DOCUMENTS = [README, README_ZH, ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python\n(?P<code>.*?)^```$", re.DOTALL | re.MULTILINE)
SHOWN = re.compile(r"!\[[^\]]*\]\((?P<path>[^)]+)\)")
DRAWN = {"README.md", "plotting.md"}  # every picture of theirs is made by the code beside it
OF_NETWORKS = {"plot-reading.png", "plot-frames.png"}  # a network is trained to the same bytes on one machine only
LINK = re.compile(r"\]\((?!https?:|#)(?P<path>[^)#]+)")
PLACE = re.compile(r"\]\((?!https?:)(?P<path>[^)#]*)#(?P<anchor>[^)]+)\)")


@dataclass(frozen=True)
class Block:
    """A fenced block of code and the line that it starts at."""

    code: str
    line: int


def blocks(text: str) -> Iterator[Block]:
    for found in BLOCK.finditer(text):
        yield Block(found["code"], text.count("\n", 0, found.start("code")) + 1)


def run(text: str, name: str) -> list[str]:
    """What goes wrong when the blocks are run from top to bottom, as one session."""
    session: dict[str, object] = {"__name__": "__main__"}
    wrong: list[str] = []
    for block in blocks(text):
        if ">>>" in block.code:
            test = doctest.DocTestParser().get_doctest(block.code, session, name, name, block.line - 1)
            doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS).run(
                test, out=wrong.append, clear_globs=False
            )
            session = test.globs
        else:
            # padded, so that a traceback shows the document's own line
            exec(compile("\n" * (block.line - 1) + block.code, name, "exec"), session)  # noqa: S102  # our documents
    return wrong


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_code_of_a_document_runs(path, tmp_path, monkeypatch):
    """Output after >>> is compared; and a picture that is drawn is the one that was committed."""
    (tmp_path / "docs").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    text = path.read_text(encoding="utf-8")
    assert run(text, path.name) == []
    made = {one.name: one for one in (tmp_path / "docs").iterdir()}
    shown = {Path(found["path"]).name for found in SHOWN.finditer(text)}
    assert shown == set(made) or path.name not in DRAWN
    for name in (shown & set(made)) - OF_NETWORKS:
        assert stale(made[name], ROOT / "docs" / name) is None


def stale(made: Path, committed: Path) -> str | None:
    """What is wrong with a committed picture; with its glyphs only where one matplotlib drew both."""
    with Image.open(made) as one, Image.open(committed) as other:
        if (one.size, getattr(one, "n_frames", 1)) != (other.size, getattr(other, "n_frames", 1)):
            return f"{committed.name} has another size, or another number of frames, than what the code draws"
        for software in {one.info.get("Software"), other.info.get("Software")}:
            if software and f"version{mpl.__version__.rpartition('.')[0]}." not in software:
                return None  # two versions of matplotlib set type apart
    if made.suffix == ".png" and (change := difference(read(made), read(committed))) > TOLERANCE:
        return f"{committed.name} differs from what the code draws by {change:.0f} of 255: run the code at the root"
    return None


def test_a_stale_picture_is_found(tmp_path):
    """One curve of another colour; another size; and neither is asked of another matplotlib's picture."""
    figure, ax = plt.subplots(figsize=(3, 2))
    (line,) = ax.plot([0, 1])
    plt.close(figure)
    first, second, foreign = (tmp_path / name for name in ("first.png", "second.png", "foreign.png"))
    figure.savefig(first)
    assert stale(first, first) is None
    line.set_color("red")
    figure.savefig(second)
    assert "differs" in stale(first, second)
    figure.savefig(foreign, metadata={"Software": "Matplotlib version2.0.0, https://matplotlib.org/"})
    assert stale(first, foreign) is None
    figure.savefig(foreign, dpi=50)
    assert "another size" in stale(first, foreign)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_files_that_a_document_shows_are_there(path):
    """Pictures and links within the repository."""
    missing = [found["path"] for found in LINK.finditer(path.read_text(encoding="utf-8"))]
    assert [name for name in missing if not (path.parent / name).exists()] == []


def anchors(text: str) -> set[str]:
    """Where a link into a document can go on the repository's web page: its headings, and anchors by name."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)"', text))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_places_that_a_document_names_are_there(path):
    """A link to a heading, or to a claim's anchor, in this document or another."""
    text = path.read_text(encoding="utf-8")
    lost = []
    for found in PLACE.finditer(text):
        target = path.parent / found["path"] if found["path"] else path
        if found["anchor"] not in anchors(target.read_text(encoding="utf-8")):
            lost.append(found[0])
    assert lost == []


def commands(text: str) -> list[str]:
    """The commands of one line that start from nothing."""
    return re.findall(r"^python3 -m venv \.venv && .*$", text, re.MULTILINE)


def test_the_readme_in_chinese_is_the_same_readme():
    """Its two commands, its picture, its code, and the pages and modules that it sends its readers to."""
    english, chinese = (path.read_text(encoding="utf-8") for path in (README, README_ZH))
    assert commands(chinese) == commands(english)
    statements = [re.sub(r" *#.*", "", block.code) for block in blocks(english)]
    assert [code for code in statements if code not in [re.sub(r" *#.*", "", b.code) for b in blocks(chinese)]] == []
    pages = {found["path"] for found in LINK.finditer(english)} - {README_ZH.name}
    assert pages - {found["path"] for found in LINK.finditer(chinese)} == set()
    modules = re.compile(r"`(?:\w+/)*\w+(?:\.py|/)`")
    assert set(modules.findall(english)) - set(modules.findall(chinese)) == set()


def test_the_readmes_lead_to_each_other():
    """A reader of one finds the other at its top."""
    for path, other in ((README, "README.zh.md"), (README_ZH, "README.md")):
        assert f"]({other})" in "".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[:8])


def test_the_readme_keeps_its_rules():
    """At most 120 lines, python shown with its output, and two commands of one line that start from nothing."""
    text = README.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 120
    assert any(">>>" in block.code for block in blocks(text))
    assert [re.findall(r"-m (gantheory\.verify|pytest)", command) for command in commands(text)] == [
        ["gantheory.verify"],
        ["pytest"],
    ]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("```python\n>>> 1 + 1\n2\n```\n", 0),
        ("```python\n>>> 1 + 1\n3\n```\n", 1),
        ("```python\nx = 2\n```\n\n```python\n>>> x\n2\n>>> x\n3\n```\n", 1),
        ("```sh\n>>> 1 + 1\n3\n```\n", 0),
    ],
)
def test_the_tester_is_tested(text, count):
    """A planted wrong output is found, and only where it stands."""
    assert len(run(text, "planted")) == count


def test_a_block_that_raises_fails():
    """A block without output must still run."""
    with pytest.raises(ZeroDivisionError):
        run("```python\n1 / 0\n```\n", "planted")


def test_anchors_are_those_of_the_web_page():
    """Punctuation goes, a blank becomes a hyphen; what looks like a heading in a block of code is none."""
    text = '# Numerics: what it is\n```sh\n# none\n```\n<a id="thm1-jsd-form"></a>\n\n### thm1.jsd-form\n'
    assert anchors(text) == {"numerics-what-it-is", "thm1-jsd-form", "thm1jsd-form"}
