"""The page of a report, as text: what is in it, that nothing of a user's escapes, and how it is written."""

from __future__ import annotations

import math as math_library
import os
import re
import signal
import subprocess
import sys
import unicodedata
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from planted import QUICK, bad, good, planted, unknown

from gantheory.claims import neural
from gantheory.claims.statement import Claim, Statement
from gantheory.errors import DomainError
from gantheory.estimate import Estimate
from gantheory.verify import run
from gantheory.verify.command_line import main
from gantheory.verify.page import Setting, page_text
from gantheory.verify.page import figures as drawn
from gantheory.verify.page.markup import tag
from gantheory.verify.page.mathml import formula, math, math_in_lines
from gantheory.verify.page.words import words

COMMAND = [sys.executable, "-m", "gantheory.verify"]
_VOID = {"meta", "input", "br", "wbr", "link", "img"}


class Page(HTMLParser):
    """What is in a page: its elements with their attributes, its texts, and whether every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def all(self, name: str, **wanted: str) -> list[dict[str, str | None]]:
        return [a for tag, a in self.found if tag == name and all(a.get(k) == v for k, v in wanted.items())]


def written(tmp_path: Path, *options: str, status: int = 0) -> Page:
    assert main([*options, "-q", "--html", str(tmp_path / "page")]) == status
    assert os.listdir(tmp_path / "page") == ["index.html"]
    return Page((tmp_path / "page" / "index.html").read_text(encoding="utf-8"))


# -- what is in it -------------------------------------------------------------------------------------------------


def test_a_row_has_all_that_was_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its formula, hypotheses, what it uses, steps, the worst case, its controls and the command."""
    page = written(tmp_path, "thm1.jsd-form", "thm1.kl-form", "--level", "quick")
    (row,) = page.all("details", id="claim-thm1.jsd-form")
    assert (row["data-verdict"], row["data-kinds"], row["data-group"]) == ("holds", "P N", "theorem_1")
    assert len(page.all("math")) > 5
    assert page.all("a", href="#claim-thm1.kl-form")
    for said in (
        "GAN14 eq. 6", "the definition of JSD", "any two laws", "1·JSD", "normal-shift",
        "python -m gantheory.verify thm1.jsd-form --level quick -v", "2 claims: 2 hold",
        "0: every claim that ran holds", "numpy", "quick",
    ):  # fmt: skip
        assert said in page.text
    assert f"the page is {tmp_path / 'page' / 'index.html'}" in capsys.readouterr().err


def test_a_claim_that_is_used_and_is_not_there_is_no_link(tmp_path: Path) -> None:
    """A link leads somewhere."""
    page = written(tmp_path, "thm1.jsd-form", "--level", "quick")
    assert not page.all("a", href="#claim-thm1.kl-form")
    assert "thm1.kl-form" in page.text


def test_every_id_is_one_and_every_link_has_its_place(tmp_path: Path) -> None:
    """Also inside the figures, which matplotlib numbers alike."""
    page = written(tmp_path, "thm1", "prop1.posterior", "prop2.mirror-descent", "--level", "quick")
    ids = [a["id"] for _, a in page.found if "id" in a]
    assert len(ids) == len(set(ids))
    links = [a["href"] for _, a in page.found if a.get("href")]
    assert len(links) > 100
    assert all(link is not None and link.startswith("#") and link[1:] in ids for link in links)
    figures = page.all("figure")
    assert [figure["id"] for figure in figures] == ["figure-figure-1", "figure-criterion", "figure-descent"]
    pictures = page.all("div", role="img")
    assert len(pictures) == 3
    assert all(len(picture["aria-label"] or "") > 100 for picture in pictures)


def test_nothing_is_from_elsewhere(tmp_path: Path) -> None:
    """No address but the names of SVG's and MathML's own elements, which are none; and nothing that loads."""
    page = written(tmp_path, "thm1", "--level", "quick")
    for _, attributes in page.found:
        assert not {"src", "srcset", "poster", "action", "formaction", "background"} & set(attributes)
        assert not any("://" in (content or "") for content in attributes.values())
    assert not page.all("link")
    assert not page.all("img")
    assert "url(http" not in page.text
    assert "@import" not in page.text


def test_what_failed_is_told_first(ledger: Any, tmp_path: Path) -> None:
    """A refutation with its counterexample, what could not be decided, and a counterfeit that stands."""
    ledger(planted("broken", bad), planted("open", unknown), planted("false", good, 0.0), planted("fine", good))
    page = written(tmp_path, status=1)
    assert page.all("div", **{"class": "failures"})
    assert [row["data-verdict"] for row in page.all("details") if "data-verdict" in row] == [
        "refuted", "undecided", "untrusted", "holds",
    ]  # fmt: skip
    for said in (
        "Refuted, most simply on normal-shift: norm(0.0, 1.0) v norm(1.0, 1.5)", "and must be = 0",
        "ArithmeticError: no idea", "a counterfeit is not refuted: a counterfeit", "1: something is refuted",
    ):  # fmt: skip
        assert said in page.text
    assert page.text.index("ArithmeticError: no idea") < page.text.index("counterfeit refuted")


def test_a_pair_of_ones_own_has_its_numbers_and_its_figure(tmp_path: Path) -> None:
    """And none of the panel's figures."""
    page = written(tmp_path, "thm1.jsd-form", "--p-data", "norm(0, 1)", "--p-g", "norm(1, 1.5)")
    assert "0.099290096600781" in page.text
    assert [figure["id"] for figure in page.all("figure")] == ["figure-pair"]
    assert "JSD = 0.09929 nats, 14% of its greatest value" in (page.all("div", role="img")[0]["aria-label"] or "")


def test_arrays_are_drawn_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first of the batch, without a text that gives them again as laws."""
    monkeypatch.chdir(tmp_path)
    rows = [f"{x / 10},{max(0.0, 1 - abs(x / 10))},{max(0.0, 1 - abs(x / 10 - 0.5))}" for x in range(-20, 21)]
    Path("mine.csv").write_text("x,p_data,p_g\n" + "\n".join(rows), encoding="utf-8")
    page = written(tmp_path, "value.constant-half", "--grid", "mine.csv")
    assert len(page.all("svg")) == 1
    assert "could not be drawn" not in page.text


def test_an_objective_has_its_theorem(tmp_path: Path) -> None:
    """What it comes to, and its proof step by step."""
    page = written(tmp_path, "--objective", "log(D)", "log(1-D)", "--p-data", "norm", "--p-g", "norm(1, 1)")
    for said in ("The theorem it comes to", "there alone: proper", "The proof, step by step", "This objective"):
        assert said in page.text
    assert [figure["id"] for figure in page.all("figure")] == ["figure-pair"]


def test_a_figure_that_cannot_be_drawn_costs_nobody_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page says why, and has the rest."""

    def broken() -> Any:
        raise DomainError("no picture today")
        yield

    title, caption, claims, _ = drawn._OF_THE_LEDGER["criterion"]
    monkeypatch.setitem(drawn._OF_THE_LEDGER, "criterion", (title, caption, claims, broken))
    page = written(tmp_path, "thm1.jsd-form", "--level", "quick")
    assert "This figure could not be drawn: DomainError: no picture today" in page.text
    assert "1 claim: 1 hold" in page.text


def test_figures_of_training_are_there_only_where_there_was_training() -> None:
    """Nothing is trained for a picture: a row that was not run has none."""
    report = run("prop2.neural", level="quick")
    assert [figure.name for figure in drawn.figures_of(report, Setting())] == []


def test_the_words_of_figure_1_are_those_of_its_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    """D* at p_data's peaks, between them and at the sides, of whatever laws are drawn."""

    def exact(x: float) -> float:
        normal = lambda m, s: math_library.exp(-0.5 * ((x - m) / s) ** 2) / s  # noqa: E731
        p_data, p_g = 0.5 * normal(-2, 0.7) + 0.5 * normal(2.5, 1), normal(0, 2)
        return p_data / (p_data + p_g)

    ((_, _, words),) = drawn._game()
    told = {float(x.replace("−", "-")): float(D) for D, x in re.findall(r"(0\.\d\d) at (?:x = )?(−?[\d.]*\d)", words)}
    assert len(told) == 5
    assert all(abs(exact(x) - D) < 0.00501 for x, D in told.items())
    assert abs(max(told.values()) - max(exact(x / 100) for x in range(-600, 601))) < 0.006
    monkeypatch.setattr(drawn, "_P_DATA", "0.5*norm(-2, 0.2) + 0.5*norm(2.5, 0.2)")
    assert "0.72" not in drawn._of_the_optimum()


def test_the_words_of_training_are_those_of_its_numbers() -> None:
    """A run that went astray is not told as one that arrived."""
    excess = SimpleNamespace(value=[[0.2, 0.4, 0.6], [0.8, 1.0, 1.2]])
    run = SimpleNamespace(excess=excess, steps=(0, 900), seeds=3)
    ((_, _, words),) = drawn._frames([("norm", run)])
    assert "from step 0 to 900" in words
    assert "median 0.2 nats in the first picture and 0.5 in the last, where it lies between 0.4 and 0.6" in words
    assert "onto" not in words


@pytest.mark.slow
def test_figures_of_training_show_the_runs_that_the_claims_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of as many seeds as ever, for fewer steps; nothing is trained again, and the page stays small."""
    monkeypatch.setattr(neural, "_STEPS", 40)
    monkeypatch.setattr(neural, "_short", lambda case, **changed: neural.run_of(neural.TARGETS[1], case, **changed))
    report = run("prop2.neural", "thm1", "prop1")

    def again(*_: Any, **__: Any) -> None:
        raise AssertionError("trained for a picture")

    monkeypatch.setattr(neural, "train", again)
    text = page_text(report)
    page = Page(text)
    assert [figure["id"] for figure in page.all("figure")] == [
        "figure-figure-1", "figure-criterion", "figure-training", "figure-hypotheses",
    ]  # fmt: skip
    assert len(page.all("svg")) == 8
    assert "could not be drawn" not in page.text
    told = [picture["aria-label"] or "" for picture in page.all("div", role="img")]
    assert all(any(target in words for words in told) for target in neural.TARGETS)
    assert len(text.encode()) < 3 * 2**20


# -- nothing of a user's escapes -----------------------------------------------------------------------------------

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "&quot; &lt;b&gt;",
    "]]></style></script><svg onload=alert(1)>",
    "javascript:alert(1)",
    "<!-- -- >",
)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_a_user_writes_is_text(hostile: str) -> None:
    """In ids, titles, texts, sources, hypotheses, formulas, controls, problems and commands."""

    def residual(case: Any) -> Estimate:
        raise ValueError(hostile)

    id = "mine." + hostile.replace(" ", "").replace(":", "")
    statement = Statement(hostile, residual, latex=rf"\text{{{hostile}}}", told=lambda case: hostile)
    claim = Claim(id, hostile, hostile, statement, Statement(hostile, residual), hypotheses=hostile, uses=(hostile,))
    report = run(claims=claim, level="quick")
    plain = run(claims=Claim("mine.a", "b", "c", statement, Statement("d", residual), hypotheses="e", uses=("f",)))
    page, other = (Page(page_text(each, Setting(f"verify {hostile}"))) for each in (report, plain))
    names = {name for name, _ in other.found}
    assert {name for name, _ in page.found} <= names
    assert hostile in page.text or " ".join(hostile.split()) in page.text
    assert not any(name.startswith("on") for _, attributes in page.found for name in attributes)
    assert all((a.get("href") or "#").startswith("#") for _, a in page.found)
    assert len(page.all("script")) == len(page.all("style")) == 1


CONTROLS = "\x1b[31m \x00 \x07 \x7f \x9b \u202e \u2066 \ud800"


def test_control_characters_are_shown_and_not_sent() -> None:
    """Of a terminal, of a line's direction, and halves of characters, which no file could hold."""

    def residual(case: Any) -> Estimate:
        raise ValueError(CONTROLS)

    statement = Statement(CONTROLS, residual, latex=rf"\text{{{CONTROLS}}}")
    claim = Claim("mine.\x1b", CONTROLS, CONTROLS, statement, Statement(CONTROLS, residual), hypotheses=CONTROLS)
    user = Claim("mine.b", "b", "c", statement, Statement("d", residual), uses=("mine.\x1b",))
    text = page_text(run(claims=(claim, user), level="quick"), Setting(CONTROLS))
    text.encode("utf-8")
    assert {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Cs")} == {"\n"}
    page = Page(text)
    assert "␛[31m ␀ ␇ ␡" in page.text
    (row,) = page.all("details", id="claim-mine.␛")
    assert row["data-text"] is not None
    assert page.all("a", href="#claim-mine.%E2%90%9B")


@pytest.mark.parametrize(
    "latex", [r"\text{<script>}", r"\href{javascript:x}{y}", r"\nosuch", "{", r"\frac{1}{", "a & b"]
)
def test_a_formula_that_cannot_be_set_is_told_in_words(latex: str) -> None:
    """What is no formula, or would be more than one."""
    shown = math(latex)
    assert shown is None or ("javascript" not in shown and "href" not in shown)
    assert "<script" not in formula(latex, "a < b")


def parts(latex: str) -> list[str]:
    """The texts of the parts of a formula that wraps."""
    return [re.sub(r"<[^>]*>", "", part) for part in (math_in_lines(latex) or "").split("<wbr>")]


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"p \perp q", ["p⟂q"]),
        (r"0 \le x \iff -x \le 0", ["0≤x", "⟺−x≤0"]),
        (
            r"C(G) = -\log 4 + \mathrm{KL}(p\,\|\,m) + \mathrm{KL}(q\,\|\,m)",
            ["C(G)", "=−log4", "+KL(p‖m)", "+KL(q‖m)"],
        ),
        (r"\left(a + b + c + d + e + f + g + h\right) x", ["(a", "+b", "+c", "+d", "+e", "+f", "+g", "+h)x"]),
        (r"\max_{a = b}\frac{a + b + c + d + e + f}{a + b + c + d + e + f}", ["maxa=ba+b+c+d+e+fa+b+c+d+e+f"]),
        (r"x \quad\text{for every one of all of the } y", ["x", "for", "every", "one", "of", "all", "of", "the", "y"]),
    ],
)
def test_a_long_formula_is_in_parts(latex: str, expected: list[str]) -> None:
    """At relations and sums, and only a long one; never in a fraction or under a sign; nothing is lost."""
    found = [part.replace("\xa0", " ").strip() for part in parts(latex)]
    assert found == expected
    assert "".join(parts(latex)) == re.sub(r"<[^>]*>", "", math(latex) or "")


def test_a_minus_stays_what_it_was_where_a_formula_is_broken() -> None:
    """A sign is no difference, and a difference at the start of a line is no sign."""
    long = r"a = -b + c + d + e + f + g + h - i - j"
    minus = re.findall(r'<mo form="(\w+)">−</mo>', math_in_lines(long) or "")
    assert minus == ["prefix", "infix", "infix"]
    sums = math_in_lines(r"a + b + c + d + e + f + g + \sum_{i} -x") or ""
    assert '<munder><mo>∑</mo><mrow><mi>i</mi></mrow></munder><mo form="prefix">−</mo>' in sums


def test_brackets_in_two_parts_are_alike() -> None:
    """As tall as what they hold together, though each part has but one of them."""
    tall = math_in_lines(r"\left[\frac{a}{b} + c + d + e + f + g + h + i\right]") or ""
    assert tall.count("<math") > 3
    sizes = re.findall(r'<mo stretchy="true"[^>]*minsize="([\d.]+)em"[^>]*>[][]', tall)
    assert len(sizes) == 2
    assert len(set(sizes)) == 1
    assert float(sizes[0]) > 2
    flat = math_in_lines(r"\left[a + b + c + d + e + f + g + h + i\right]") or ""
    assert flat.count('stretchy="false"') == 2


def test_formulas_are_spaced_as_they_are_read() -> None:
    """A function from its argument and from its factor, a relation from its sides."""
    assert math(r"p \log D") == (
        "<math><mrow><mi>p</mi><mspace width=\"0.167em\"></mspace><mi>log</mi>"
        "<mspace width=\"0.167em\"></mspace><mi>D</mi></mrow></math>"
    )  # fmt: skip
    assert "<mo>⟺</mo>" in (math(r"a \iff b") or "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("p_data and p_g", "p<sub>data</sub> and p<sub>g</sub>"),
        ("E_p_g[h], E_{p_g}[h]", "E<sub>p<sub>g</sub></sub>[h], E<sub>p<sub>g</sub></sub>[h]"),
        ("q_{t+1}^2 ∝ D*_G", "q<sub>t+1</sub>^2 ∝ D*<sub>G</sub>"),
        ("(1−D*)^{−η}, max_D V", "(1−D*)<sup>−η</sup>, max<sub>D</sub> V"),
        ("my_claim is_x_y a__b /tmp/a_file x_1.npz", "my_claim is_x_y a__b /tmp/a_file x_1.npz"),
        ("p_data/p_g, f(q/p_S)", "p<sub>data</sub>/p<sub>g</sub>, f(q/p<sub>S</sub>)"),
        ("δC/δp_g, Σκ_t", "δC/δp<sub>g</sub>, Σκ<sub>t</sub>"),
        ("−Var_q[D], ½·JSD_t, ½E_p[D]", "−Var<sub>q</sub>[D], ½·JSD<sub>t</sub>, ½E<sub>p</sub>[D]"),
        ("2^{−t}, (½+2^{−t−1})", "2<sup>−t</sup>, (½+2<sup>−t−1</sup>)"),
        ("<p_g>", "&lt;p<sub>g</sub>&gt;"),
    ],
)
def test_subscripts_are_set_and_names_are_not(text: str, shown: str) -> None:
    """A letter that stands alone carries one; a name with an underscore does not."""
    assert words(text) == shown


def test_markup_is_escaped_once() -> None:
    """A text is, a markup is not, in parts and in attributes."""
    inner = tag("b", "a & b")
    assert tag("p", inner, "<i>", None, title='"x"', hidden=False) == (
        '<p title="&quot;x&quot;"><b>a &amp; b</b>&lt;i&gt;</p>'
    )


# -- how it is written ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--html", "a-file"], "it must be a folder"),
        (["--html", ""], "it must be a folder"),
        (["--html", "-"], "--html '-': the page is a file in a folder, and not for standard output; name a folder"),
        (["--html", "a-file/page"], "the folder cannot be made"),
        (["--html", "taken"], "is a folder and cannot be replaced"),
        (["--html", "page", "--list"], "leave out --html"),
        (["--html", "page", "--json", "page/index.html"], "is the file of --html"),
        (["--html", "page", "--run", "run.npz"], "leave out the claims"),
    ],
)
def test_a_place_that_cannot_be_is_told_before_the_run(
    options: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line, exit status 4, and nothing is decided."""
    monkeypatch.chdir(tmp_path)
    Path("a-file").write_text("kept", encoding="utf-8")
    Path("taken/index.html").mkdir(parents=True)
    assert main([*QUICK, *options]) == 4
    out, err = capsys.readouterr()
    assert said in err
    assert err.count("\n") == 1
    assert out == ""
    assert sorted(os.listdir()) == ["a-file", "taken"]
    assert Path("a-file").read_text(encoding="utf-8") == "kept"


def test_a_folder_that_may_not_be_written_is_told_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever runs the tests may write everywhere: the system's answer is planted."""
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert main([*QUICK, "--html", str(tmp_path)]) == 4
    assert "the folder cannot be written to" in capsys.readouterr().err


def test_folders_are_made_and_share(tmp_path: Path) -> None:
    """Also for a JSON report in it."""
    folder = tmp_path / "a" / "b"
    assert main([*QUICK, "-q", "--html", str(folder), "--json", str(folder / "report.json")]) == 0
    assert sorted(os.listdir(folder)) == ["index.html", "report.json"]


def test_an_earlier_page_is_replaced_as_a_whole_or_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A failure between writing and moving, and an interruption while figures are drawn, leave the earlier one."""
    page = tmp_path / "index.html"
    page.write_text("the earlier one", encoding="utf-8")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as planted_here:
        planted_here.setattr(os, "replace", full)
        assert main([*QUICK, "-q", "--html", str(tmp_path)]) == 4
    assert "cannot be written: No space left" in capsys.readouterr().err
    with monkeypatch.context() as planted_here:
        planted_here.setattr("gantheory.verify.page.document.figures_of", interrupted)
        assert main([*QUICK, "-q", "--html", str(tmp_path)]) == 2
    assert page.read_text(encoding="utf-8") == "the earlier one"
    assert os.listdir(tmp_path) == ["index.html"]
    assert main([*QUICK, "-q", "--html", str(tmp_path)]) == 0
    assert page.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_what_was_finished_before_an_interruption_is_in_the_page(ledger: Any, tmp_path: Path) -> None:
    """And the page says that it was."""

    def stop() -> Estimate:
        raise KeyboardInterrupt

    ledger(planted("first", good), planted("second", stop), planted("third", good))
    page = written(tmp_path, status=2)
    assert [row["id"] for row in page.all("details") if "data-verdict" in row] == ["claim-planted.first"]
    assert "1 of 3 claims were decided before the run was interrupted." in page.text
    assert "2: interrupted" in page.text


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="a console's Ctrl-C cannot be sent to one process")
def test_ctrl_c_in_a_process_writes_the_page(tmp_path: Path) -> None:
    """After the first rows."""
    with subprocess.Popen(
        [*COMMAND, "--html", str(tmp_path / "page")], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        encoding="utf-8",
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            if "kl.nonnegative" in line:
                process.send_signal(signal.SIGINT)
                break
        process.stdout.read()
        assert "the page is" in process.stderr.read()
        assert process.wait(60) == 2
    page = Page((tmp_path / "page" / "index.html").read_text(encoding="utf-8"))
    assert "before the run was interrupted" in page.text


def test_a_report_in_python_gives_its_page() -> None:
    """As the command line writes it, without a command of its own."""
    page = Page(run("value.constant-half", level="quick").to_html())
    assert page.all("details", id="claim-value.constant-half")
    assert "How it was run" in page.text
