"""The user's own pair: laws from the command line, arrays from files that nobody trusts."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planted import bad, planted

from gantheory.densities import Normal
from gantheory.errors import DomainError
from gantheory.estimate import Estimate
from gantheory.verify.command_line import main


def test_a_pair_of_ones_own_shows_its_numbers_first(capsys: pytest.CaptureFixture[str]) -> None:
    """The value that the project's front page promises, with its error."""
    assert main(["thm1.jsd-form", "--p-data", "0.5*norm(-2,0.7)+0.5*norm(2.5,1)", "--p-g", "norm(0,2)"]) == 0
    out = capsys.readouterr().out
    line = next(line for line in out.splitlines() if "C(G) + log 4" in line)
    value, error = (float(part) for part in line.split("=")[-1].split("±"))
    assert abs(value - 0.2287953739696) <= error + 5e-14
    assert error < 1e-12
    assert out.index("C(G) + log 4") < out.index("thm1.jsd-form")
    assert "1 pair" in out
    assert "controls refuted: 3 of 3" in out


def test_the_command_of_a_row_gives_the_pair_again(ledger: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Quoted for a shell."""
    ledger(planted("claim", bad))
    assert main(["--p-data", "norm(0, 1)", "--p-g", "laplace"]) == 1
    assert "planted.claim --p-data 'norm(0, 1)' --p-g laplace -v" in capsys.readouterr().out


def test_a_number_that_cannot_be_had_says_why(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are shown."""
    from gantheory.verify import numbers

    def unsettled(case: Any) -> Estimate:
        raise DomainError("unsettled")

    monkeypatch.setitem(numbers.NAMES, "total_variation", ("TV", unsettled))
    assert main(["thm1.jsd-form", "--p-data", "norm", "--p-g", "laplace"]) == 0
    assert "DomainError: unsettled" in capsys.readouterr().out


# -- a generator -------------------------------------------------------------------------------------------------------


def test_a_generator_of_ones_own(capsys: pytest.CaptureFixture[str]) -> None:
    """p_g is the law of G(z): its branches and poles are told, and the claims of generators run on it."""
    ids = ["thm1.jsd-form", "value.pushforward", "latent.inversion"]
    assert main([*ids, "--p-data", "norm(0,1)", "--generator", "z**3-z", "--prior", "norm(0,0.8)"]) == 0
    out = capsys.readouterr().out
    assert "3 monotone branches; poles at x = -0.3849, 0.3849" in out
    assert "3 claims: 3 hold" in out


def test_a_generator_that_starts_with_a_minus(capsys: pytest.CaptureFixture[str]) -> None:
    """−log u of a uniform u is the exponential law: D* = ½ and C(G) = −log 4."""
    arguments = ["thm1.jsd-form", "--p-data", "expon", "--generator", "-log(z)", "--prior", "uniform(0, 1)"]
    assert main(arguments) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if "C(G) + log 4" in line)
    value, error = (float(part.split()[0]) for part in line.split("=")[-1].split("±"))
    assert abs(value) <= error < 1e-12


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--p-data", "norm"], "--p-g LAW is missing, or --generator EXPR"),
        (["--generator", "z"], "--p-data LAW is missing"),
        (["--p-data", "norm", "--p-g", "norm", "--generator", "z"], "leave out --p-g"),
        (["--p-data", "norm", "--p-g", "norm", "--prior", "norm"], "--generator EXPR is missing"),
        (["--p-data", "norm", "--generator", "y+1"], "--generator: "),
        (["--p-data", "norm", "--generator", "log(z)"], "nan at z = "),
        (["--p-data", "norm", "--generator", "sin(1000000*z)"], "oscillates past"),
        (["--p-data", "norm", "--generator", "__import__('os')"], "--generator: "),
        (["--p-data", "norm", "--generator", "z", "--prior", "norm(0,-1)"], "--prior: "),
        (["--grid", "x.csv", "--generator", "z"], "leave out --generator"),
    ],
)
def test_generators_that_cannot_be_run(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One line on standard error, and exit 4."""
    assert main(arguments) == 4
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


# -- arrays ------------------------------------------------------------------------------------------------------------


def test_a_report_does_not_overwrite_the_grid_or_another_report(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The user's data is still there."""
    x = np.linspace(-9, 9, 801)
    name = csv_of(tmp_path / "mine.csv", x, Normal().pdf(x), Normal(0, 2).pdf(x))
    before = Path(name).read_text(encoding="utf-8")
    assert main(["thm1.jsd-form", "--grid", name, "--json", name]) == 4
    assert "is the file of --grid" in capsys.readouterr().err
    assert Path(name).read_text(encoding="utf-8") == before
    both = str(tmp_path / "report")
    assert main(["thm1.jsd-form", "--json", both, "--junitxml", both]) == 4
    assert "is the file of --json" in capsys.readouterr().err
    assert main(["--list", "--json", "-"]) == 4


def test_a_grid_that_is_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    """A device may never end."""
    for name in ("", "/dev/zero", "."):
        assert main(["--grid", name]) == 4
        assert "is no file" in capsys.readouterr().err


def csv_of(path: Path, *columns: Any, names: str = "x,p_data,p_g") -> str:
    """A csv of columns."""
    rows = [names, *(",".join(repr(float(v)) for v in row) for row in zip(*columns, strict=True))]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return str(path)


X = np.linspace(-10, 11, 1501)
P, Q = Normal(0, 1).pdf(X), Normal(1, 1.5).pdf(X)


def test_arrays_from_a_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Its numbers are those of the laws, within their error; the columns may stand in any order."""
    file = csv_of(tmp_path / "pair.csv", Q, X, P, names="p_g, x, p_data")
    assert main(["thm1", "prop1", "--grid", file, "--json", "-"]) == 0
    report = json.loads(capsys.readouterr().out)
    jsd = report["quantities"]["js_divergence"]
    assert abs(jsd["value"] - 0.09929009660078176) <= jsd["error"]
    assert {row["verdict"] for row in report["claims"]} <= {"holds", "skipped"}


def test_a_batch_of_arrays_from_an_npz(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each pair of the batch has its number."""
    file = tmp_path / "pairs.npz"
    np.savez_compressed(file, x=X, p_data=np.stack([P, Q]), p_g=Q)
    assert main(["thm1.jsd-form", "--grid", str(file), "--json", "-"]) == 0
    jsd = json.loads(capsys.readouterr().out)["quantities"]["js_divergence"]
    assert all(np.abs(np.array(jsd["value"]) - [0.09929009660078176, 0.0]) <= jsd["error"])


@pytest.mark.parametrize(
    ("columns", "names", "says"),
    [
        ((X, P, Q), "x,p,q", "header"),
        ((X[::-1], P, Q), "x,p_data,p_g", "increasing"),
        ((X, P, -Q), "x,p_data,p_g", "p_g"),
        ((X, 2 * P, Q), "x,p_data,p_g", "mass"),
        ((X, P * np.nan, Q), "x,p_data,p_g", "finite"),
        (([], [], []), "x,p_data,p_g", "grid"),
    ],
    ids=["names", "unsorted", "negative", "unnormalised", "nan", "empty"],
)
def test_a_bad_csv_is_one_line_and_exit_4(
    columns: Any, names: str, says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It names what is wrong."""
    assert main(["--grid", csv_of(tmp_path / "bad.csv", *columns, names=names)]) == 4
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert says in err


def test_a_ragged_or_binary_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A row of words, bytes that are no text, and a truncated archive."""
    words, noise, cut = tmp_path / "words.csv", tmp_path / "noise.csv", tmp_path / "cut.npz"
    words.write_text("x,p_data,p_g\n0,1\n", encoding="utf-8")
    noise.write_bytes(bytes(range(256)) * 4)
    np.savez(cut, x=X, p_data=P, p_g=Q)
    cut.write_bytes(cut.read_bytes()[:-400])
    for file in (words, noise, cut):
        assert main(["--grid", str(file)]) == 4
    assert capsys.readouterr().err.count("\n") == 3


def test_an_npz_is_never_unpickled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An object array is refused before its bytes are looked at."""
    file = tmp_path / "objects.npz"
    np.savez(file, x=np.array([print, 1, 2], dtype=object), p_data=P, p_g=Q)
    assert main(["--grid", str(file)]) == 4
    assert "dtype object" in capsys.readouterr().err


def test_what_an_npz_unpacks_to_is_capped_before_it_is_unpacked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A small file that declares a large array."""
    file = tmp_path / "bomb.npz"
    zeros = io.BytesIO()
    np.save(zeros, np.zeros(40_000_000, dtype=np.int8))
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("x", "p_data", "p_g"):
            archive.writestr(f"{name}.npy", zeros.getvalue() * 3)
    assert file.stat().st_size < 2**20
    assert main(["--grid", str(file)]) == 4
    assert "unpacks to" in capsys.readouterr().err


def test_an_array_shorter_than_its_header_says_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A header that claims a shape of 10**12 allocates nothing."""
    file = tmp_path / "liar.npz"
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f8", "fortran_order": False, "shape": (10**12,)})
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("x", "p_data", "p_g"):
            archive.writestr(f"{name}.npy", header.getvalue() + b"\0" * 64)
    assert main(["--grid", str(file)]) == 4
    assert "cut short" in capsys.readouterr().err
