"""A run in a file: its reading, and what is decided exactly on every p_g of it."""

from __future__ import annotations

import io
import math
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import run

from gantheory.contrasts import stalling_improvement
from gantheory.densities import Normal, Tabulated
from gantheory.descent import mirror_descent
from gantheory.estimate import Estimate
from gantheory.grid import Grid
from gantheory.trajectory import Trajectory
from gantheory.verify.command_line import main
from gantheory.verify.run_file import (
    bregman_residuals,
    certificate_slack,
    exact_checks,
    figure_checks,
    show_run,
)
from gantheory.verify.table import Table

P, Q = "norm(0, 1)", "norm(1, 1.5)"


@pytest.fixture
def file(tmp_path: Path) -> str:
    """A run that stops halfway."""
    name = str(tmp_path / "run.npz")
    stalling_improvement(P, Q, steps=20).save(name)
    return name


def test_a_run_is_read(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Its p_data, what came out and why, and three things decided on all its p_g."""
    assert main(["--run", file]) == 0
    out = capsys.readouterr().out
    assert out.startswith("p_data = norm(0.0, 1.0)   (stalling_improvement)\n")
    assert "seed 0, H3 fails: C falls ever less, and would end at 2·JSD = 0.0711" in out
    assert out.count("\nholds ") == 7
    assert "20 cases, worst residual" in out


def test_the_tolerance(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    """In nats, for a run and for nothing else."""
    assert main(["--run", file, "--tolerance", "0.1"]) == 0
    assert "converged 1 of 1" in capsys.readouterr().out
    assert main(["--tolerance", "0.1"]) == 4
    assert "--run FILE is missing" in capsys.readouterr().err
    for wrong in ("0", "1.4", "-0.1", "nan", "much"):
        assert main(["--run", file, f"--tolerance={wrong}"]) == 4
        assert "nats between 0 and log 4" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["thm1"], "leave out the claims"),
        (["-k", "jsd"], "leave out -k"),
        (["--list", "--json", "-"], "leave out --list and --json"),
        (["--p-g", Q], "leave out --p-g"),
        (["--p-data", "norm(0, 2)"], "Leave p_data out"),
        (["--p-data", "norm(0"], "--p-data: "),
    ],
)
def test_what_a_run_does_not_go_with(
    arguments: list[str], words: str, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line on standard error, and exit 4."""
    assert main([*arguments, "--run", file]) == 4
    captured = capsys.readouterr()
    assert words in captured.err
    assert (captured.out, captured.err.count("\n")) == ("", 1)


def test_files_that_hold_no_run(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Absent, a directory, foreign, truncated, one bit off."""
    content = Path(file).read_bytes()
    other, half, bit = (tmp_path / name for name in ("other.npz", "half.npz", "bit.npz"))
    np.savez(other, x=np.arange(3))
    half.write_bytes(content[: len(content) // 2])
    bit.write_bytes(content[:2000] + bytes([content[2000] ^ 1]) + content[2001:])
    for name in (tmp_path / "absent.npz", tmp_path, other, half, bit):
        assert main(["--run", str(name)]) == 4
        captured = capsys.readouterr()
        assert captured.err.startswith("gantheory.verify: --run: ")
        assert (captured.out, captured.err.count("\n")) == ("", 1)


@pytest.mark.parametrize(("name", "words"), [(".", ". is a folder"), ("", "the name of the file is empty")])
def test_a_folder_was_said_to_want_a_law(name: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong is the name of the file, and no --p-data mends it."""
    assert main(["--run", name]) == 4
    said = capsys.readouterr().err
    assert words in said
    assert "--p-data" not in said


@pytest.mark.parametrize("columns", [60, 80])
def test_a_reading_was_wrapped_twice(
    columns: int, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table is cut between its columns, each part with the seeds' names, and the legend is one paragraph."""
    monkeypatch.setenv("COLUMNS", str(columns))
    run, name = stalling_improvement(P, Q, steps=20), str(tmp_path / "run.npz")
    run.save(name)
    assert main(["--run", name]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= columns
    heads = [line for line in lines if line.startswith("seed ") and "," not in line]
    assert [word for head in heads for word in head.split() if word != "seed"] == [
        "outcome", "2·JSD", "H1", "best", "H2", "gap", "worst", "H3", "Σκ", "least", "κ", "bound"
    ]  # fmt: skip
    legend = lines[next(i for i, line in enumerate(lines) if line.startswith("H1 capacity")) :]
    legend = legend[: legend.index("")]
    assert all(len(line) + len(after.split()[0]) >= columns - 1 for line, after in pairwise(legend))


def test_a_law_without_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file does not hold it, and the message says how to give it."""
    x = np.linspace(-9, 9, 2001)
    grid, name = Grid.from_points(x), str(tmp_path / "run.npz")
    run = mirror_descent(P, Q, steps=2)
    Trajectory(Tabulated(grid, grid.normalize(Normal().pdf(x))), run.steps, run.measurements).save(name)
    assert main(["--run", name]) == 4
    assert "--p-data LAW" in capsys.readouterr().err
    assert main(["--run", name, "--p-data", P]) == 0
    assert "kept no p_g" in capsys.readouterr().out


def test_a_pipe_that_closes_and_a_terminal_of_ascii(file: str) -> None:
    """As every other table."""
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "gantheory.verify", "--run", file]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "2*JSD <= tau = 0.02 nats" in done.stdout
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""


# -- what is decided exactly ----------------------------------------


def _masses(records: int = 5, seeds: int = 3, cells: int = 40) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    Q = rng.dirichlet(np.full(cells, 0.5), (records, seeds))
    return rng.dirichlet(np.full(cells, 0.5)), Q


def test_the_identity_on_any_masses() -> None:
    """Of random ones, within its rounding; without the 2 it is off, whatever they are."""
    P, Q = _masses()
    residual, error = bregman_residuals(P, Q)
    assert residual.shape == (4, 3)
    assert (np.abs(residual) <= error).all()
    assert (error < 1e-12).all()
    wrong, error = bregman_residuals(P, Q, factor=1.0)
    assert (np.abs(wrong) > 1e6 * error).all()


def test_the_identity_against_mpmath() -> None:
    """Its rounding bounds what 50 digits say of the same masses, and each side is what it is said to be."""
    import mpmath

    P, Q = _masses(2, 1)
    with mpmath.workdps(50):
        p, q, r = ([mpmath.mpf(float(x)) for x in row] for row in (P, Q[0, 0], Q[1, 0]))

        def C(q: list[Any]) -> Any:
            return mpmath.fsum(
                a * mpmath.log(a / (a + b)) + b * mpmath.log(b / (a + b)) for a, b in zip(p, q, strict=True)
            )

        g = [mpmath.log(b / (a + b)) for a, b in zip(p, q, strict=True)]
        left = C(r) - C(q) - mpmath.fsum(h * (c - b) for h, b, c in zip(g, q, r, strict=True))
        KL = mpmath.fsum(c * mpmath.log(c / b) for b, c in zip(q, r, strict=True))
        half = [((a + b) / 2, (a + c) / 2) for a, b, c in zip(p, q, r, strict=True)]
        KL_half = mpmath.fsum(c * mpmath.log(c / b) for b, c in half)
        assert abs(left - (KL - 2 * KL_half)) < 1e-45
        slack = mpmath.fsum((b - a) * h for a, b, h in zip(p, q, g, strict=True)) - C(q) - mpmath.log(4)
    residual, error = bregman_residuals(P, Q)
    without, _ = bregman_residuals(P, Q, factor=0.0)
    assert abs(residual[0, 0]) <= error[0, 0]
    assert abs(without[0, 0] + 2 * float(KL_half)) <= 2 * error[0, 0]
    found, error = certificate_slack(P, Q)
    assert abs(found[0, 0] - float(slack)) <= error[0, 0]


def test_the_certificate_is_zero_at_p_data_only() -> None:
    """And infinite where p_g leaves out a cell of p_data."""
    P, Q = _masses()
    at_p, error = certificate_slack(P, P[None, None])
    assert abs(at_p[0, 0]) <= error[0, 0]
    slack, error = certificate_slack(P, Q)
    assert (slack > error).all()
    Q[0, 0, 3] = 0.0
    assert certificate_slack(P, Q)[0][0, 0] == math.inf
    assert bregman_residuals(P, Q)[0][0, 0] == math.inf


def test_a_planted_excess_is_refuted(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A measured 2·JSD below that of the run's own cells cannot be: exit 1."""
    run = Trajectory.load(file)
    excess = Estimate(0.9 * run.excess.value, run.excess.error, "estimate")
    wrong = Trajectory(run.p_data, run.steps, {**run.measurements, "excess": excess}, run.edges, run.masses)
    name = str(tmp_path / "wrong.npz")
    wrong.save(name)
    assert [check.holds for check in exact_checks(run)] == [True, True, True]
    assert [check.holds for check in exact_checks(wrong)] == [True, True, False]
    assert main(["--run", name]) == 1
    assert "REFUTED      2·JSD of the cells ≤ 2·JSD" in capsys.readouterr().out


def test_a_run_of_another_tool(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Cells of finite edges, with mass of p_data beyond them: nothing is refuted, and infinite sides are counted."""
    edges = np.linspace(-3, 3, 25)
    masses = np.stack([np.diff(Normal(m, 0.5).cdf(edges)) for m in (1.0, 0.5, 0.2)])
    masses[0, :4] = 0.0
    run = Trajectory.from_arrays(P, [0, 1, 2], edges, masses / masses.sum(-1, keepdims=True))
    name = str(tmp_path / "run.npz")
    run.save(name)
    assert main(["--run", name]) == 0
    out = capsys.readouterr().out
    assert "1 case (1 more: ∞ = ∞)" in out
    assert "not decided  C(q) + log 4 ≤ Σ(q−p) log(1−D*): infinite on all of 3" in out


def test_every_p_g_of_a_trained_network_is_decided_on() -> None:
    """Its cells are never 0, whatever the tails: no side is infinite."""
    trained = run("laplace(0, 1)", steps=40, records=4)
    assert (trained.masses > 0).all()
    assert [(check.cases, check.infinite, check.holds) for check in exact_checks(trained)] == [
        (8, 0, True), (10, 0, True), (10, 0, True)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("criterion", -0.9, "C(G) + log 4 = 2·JSD"),
        ("total_variation", 7.0, "TV, coverage and |D − D*|"),
        ("coverage", 5.0, "TV, coverage and |D − D*|"),
        ("value", -9.0, "V(G,D) + [V(G,D*) − V(G,D)] = C(G)"),
        ("gap", 0.0, "V(G,D) + [V(G,D*) − V(G,D)] = C(G)"),
        ("price", 1.3, "the price of what p_g leaves out"),
    ],
)
def test_figures_that_contradict_each_other(name: str, value: float, text: str, capsys: pytest.CaptureFixture[str],
                                            tmp_path: Path) -> None:  # fmt: skip
    """Each planted in a run of train that agrees with itself: refuted by its own line, exit 1."""
    trained = run("norm(3, 0.5)", steps=40, records=2)
    assert all(check.holds for check in figure_checks(trained))
    wrong = {**trained.measurements, name: Estimate(np.full(trained.excess.shape, value), 0.0, "estimate")}
    path = str(tmp_path / "wrong.npz")
    Trajectory(trained.p_data, trained.steps, wrong, trained.edges, trained.masses).save(path)
    assert main(["--run", path]) == 1
    refuted = [line for line in capsys.readouterr().out.splitlines() if line.startswith("REFUTED")]
    assert any(text in line for line in refuted)


def test_a_run_is_a_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its reading, what is decided, three pictures; words from the file are escaped, doubt comes first."""
    made = run("norm(3, 0.5)", steps=40, records=2)
    words = {**made.settings, "note": "<script>"}
    trained = Trajectory(made.p_data, made.steps, made.measurements, made.edges, made.masses, settings=words)
    path = str(tmp_path / "run.npz")
    trained.save(path)
    assert main(["--run", path, "--html", str(tmp_path / "page")]) == 0
    assert "the page is" in capsys.readouterr().err
    page = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert [f'id="figure-{name}"' in page for name in ("trajectory", "hypotheses", "frames")] == [True] * 3
    assert page.count("<svg") == 3
    for said in ("C(G) + log 4 = 2·JSD", "norm(3.0, 0.5)", "--run", trained.reading()[0].outcome, "&lt;script&gt;"):
        assert said in page
    assert "<script>\n" not in page.replace('<script>"use strict"', "")
    assert 'class="failures"' not in page
    wrong = {**trained.measurements, "price": Estimate(np.full(trained.excess.shape, 0.9), 0.0, "estimate")}
    Trajectory(trained.p_data, trained.steps, wrong, trained.edges, trained.masses).save(path)
    assert main(["--run", path, "--html", str(tmp_path / "page")]) == 1
    page = (tmp_path / "page" / "index.html").read_text(encoding="utf-8")
    assert page.index('class="failures"') < page.index("the price of what")


def test_the_page_of_a_run_has_a_folder(file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As that of a report has."""
    assert main(["--run", file, "--html", file]) == 4
    assert "it must be a folder" in capsys.readouterr().err


def test_a_narrow_terminal(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sentences are wrapped."""
    monkeypatch.setenv("COLUMNS", "60")
    stream = io.StringIO()
    reading, checks = show_run(Trajectory.load(file), Table(stream))
    assert (reading.consistent, all(check.holds for check in checks)) == (True, True)
    assert max(map(len, stream.getvalue().splitlines())) <= 62
