"""What may be typed: the options, and which of them need or exclude each other. No numerics: `--help` is quick."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

__all__ = ["PAGE", "UsageError", "parsed"]

PAGE = "index.html"  # what --html writes into its folder
_EPILOG = """exit status: 0 every claim that ran holds and every control is refuted; 1 refuted, undecided or a control
not refuted; 2 interrupted; 3 internal error; 4 usage; 5 nothing selected"""


class UsageError(Exception):
    """What the user typed cannot be run."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """The options; what cannot be run raises a UsageError, and ``--help`` a SystemExit."""
    options = _parser().parse_args(_joined(list(argv)))
    (_consistent if options.run is None else _consistent_run)(options)
    return options


def _joined(argv: list[str]) -> list[str]:
    """``--generator "-log(z)"`` as one word: argparse would take the expression for an option."""
    joined: list[str] = []
    for word in argv:
        if _follows_objective(joined) and word[:2] != "--" and word not in ("-q", "-v", "-vv", "-k"):
            joined.append(" " + word)  # a word with a space is no option to argparse
            continue
        takes = joined and joined[-1] in ("--p-data", "--p-g", "--generator", "--prior")
        if takes and word[:1] == "-" and word[:2] != "--" and word not in ("-q", "-v", "-vv", "-k"):
            joined[-1] += "=" + word
        else:
            joined.append(word)
    return joined


def _follows_objective(joined: list[str]) -> bool:
    """Whether an expression or a number comes next, which may begin with a minus."""
    return "--generator-loss" in joined[-1:] or any(word in ("--objective", "--domain") for word in joined[-2:])


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m gantheory.verify", allow_abbrev=False, epilog=_EPILOG,
                     description="Decide the claims of GAN theory, each with its counterfeit.")  # fmt: skip
    add = parser.add_argument
    add("claims", nargs="*", metavar="CLAIM[::CASE]", help="claims or groups to decide, on one case if given (all)")
    add("-k", metavar="EXPR", dest="keyword", help='claims whose id or title match, e.g. "thm1 and not stability"')
    add("--list", action="store_true", help="list what would run, and stop; with -v the cases too")
    pair = parser.add_argument_group("your own pair: its numbers first, then the claims that apply")
    pair.add_argument(
        "--p-data", metavar="LAW", help='e.g. "0.5*norm(-2,0.7)+0.5*norm(2.5,1)", in the order of scipy.stats'
    )
    pair.add_argument("--p-g", metavar="LAW", help='e.g. "norm(0,2)"')
    pair.add_argument("--generator", metavar="EXPR", help='p_g as the law of G(z), e.g. "tanh(2*z) + 0.3*z"')
    pair.add_argument("--prior", metavar="LAW", help="the law of z (norm(0, 1))")
    pair.add_argument("--grid", metavar="FILE", help="arrays x, p_data, p_g from a csv (with a header) or an npz")
    pair.add_argument("--run", metavar="FILE", help="a saved Trajectory, read; exit 1 if its figures contradict")
    pair.add_argument("--tolerance", type=_nats, metavar="NATS", help="of a run: 2·JSD that counts as converged (0.02)")
    add("--claims", action="append", default=[], metavar="FILE", dest="claim_files",
        help="claims of your own, in a python file; alone, or beside the ledger's that are named")  # fmt: skip
    objective = parser.add_argument_group("an objective of D: what it amounts to, proved and confirmed")
    objective.add_argument("--objective", nargs=2, metavar=("REAL", "FAKE"), help='e.g. "log(D)" "log(1-D)"')
    objective.add_argument("--domain", nargs=2, metavar=("LOW", "HIGH"), help="the range of D (0 1); -inf inf")
    objective.add_argument("--generator-loss", metavar="EXPR", help='of the generator\'s own, e.g. "-log(D)"')
    add("--level", choices=("quick", "standard", "full"), default="standard", help="how much to run (standard)")
    add(
        "--json",
        metavar="FILE",
        help="write a JSON report; - is standard output, the table then goes to standard error",
    )
    add("--junitxml", metavar="FILE", help="write a JUnit report; - likewise")
    add("--html", metavar="DIR", help="write DIR/index.html: one page to read, with formulas and figures")
    add("--seed", type=_natural, default=0, metavar="N", help="from which random discriminators are drawn (0)")
    add("--maxfail", type=_natural, default=0, metavar="N", help="stop after N rows that fail (0: never)")
    add("--allow-undecided", action="store_true", help="an undecided claim does not fail the run")
    add("-q", "--quiet", action="store_true", help="the summary, and what failed")
    add("-v", "--verbose", action="count", default=0, help="derivations and worst cases; -vv every case")
    add("--version", action="store_true", help="the version, and stop")
    return parser


def _natural(text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number 0, 1, 2, … of at most 18 digits")
    return int(text)


def _nats(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1.386:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of nats between 0 and log 4 = 1.386")
    return number


def _consistent(options: argparse.Namespace) -> None:
    """What argparse cannot say: which options need or exclude each other."""
    if options.tolerance is not None:
        raise UsageError("--tolerance is of a run: --run FILE is missing.")
    given = [n for n in ("p_data", "p_g", "generator", "prior") if getattr(options, n) is not None]
    if given and options.grid is not None:
        named = " and ".join("--" + name.replace("_", "-") for name in given)
        raise UsageError(f"--grid brings both laws; leave out {named}.")
    if "p_g" in given and "generator" in given:
        raise UsageError("--generator EXPR makes p_g; leave out --p-g.")
    if "prior" in given and "generator" not in given:
        raise UsageError("--prior is the law of a generator's z; --generator EXPR is missing.")
    if given and "p_data" not in given:
        raise UsageError("a pair needs two laws: --p-data LAW is missing.")
    if given == ["p_data"]:
        raise UsageError("a pair needs two laws: --p-g LAW is missing, or --generator EXPR.")
    if options.objective is None and (options.domain is not None or options.generator_loss is not None):
        raise UsageError("--domain and --generator-loss are of an objective: --objective REAL FAKE is missing.")
    if options.objective is not None and options.claim_files:
        raise UsageError("--objective decides the claims of that objective; leave out --claims, or run them apart.")
    if options.json == "-" == options.junitxml:
        raise UsageError("--json - and --junitxml - cannot share standard output; write one to a file.")
    asked = [name for name in ("json", "junitxml", "html") if getattr(options, name) is not None]
    if options.list and asked:
        raise UsageError(f"--list decides nothing; leave out {' and '.join('--' + name for name in asked)}.")
    if options.quiet and options.verbose:
        raise UsageError("-q and -v exclude each other.")
    _apart(options)
    if options.html is not None:
        _folder(options.html)


def _consistent_run(options: argparse.Namespace) -> None:
    taken = ("claims", "claim_files", "keyword", "list", "p_g", "generator", "prior", "grid", "json", "junitxml",
             "maxfail", "objective")  # fmt: skip
    named = [name for name in taken if getattr(options, name) not in (None, [], False, 0)]
    if named:
        words = {"claims": "the claims", "claim_files": "--claims", "keyword": "-k"}
        said = " and ".join(words.get(name) or "--" + name.replace("_", "-") for name in named)
        raise UsageError(f"--run reads one run and decides no claim; leave out {said}.")
    if options.html is not None:
        _folder(options.html)


def _apart(options: argparse.Namespace) -> None:
    """Each report has a place, and no place is that of another report or of what is read."""
    page = None if options.html is None else str(Path(options.html, PAGE))
    taken: dict[str, str] = {}
    for name, files in (("--grid", [options.grid] if options.grid else []), ("--claims", options.claim_files)):
        taken |= {os.path.realpath(file): name for file in files}
    for name, target in (("--html", page), ("--json", options.json), ("--junitxml", options.junitxml)):
        if name != "--html":
            _writable(name, target, options.html)
        if target is not None and target != "-":
            other = taken.setdefault(os.path.realpath(target), name)
            if other != name:
                raise UsageError(f"{name} {target!r} is the file of {other}, and would overwrite it; name another.")


def _writable(name: str, target: str | None, made: str | None) -> None:
    """A report's place is checked before the work, not after it. The folder `made` is made if it is not there."""
    if target is None or target == "-":
        return
    path = Path(target)
    if not target or path.is_dir():
        raise UsageError(f"{name} {target!r} is a directory; it must be a file.")
    if made and not path.parent.exists() and os.path.realpath(path.parent) == os.path.realpath(made):
        return
    if not path.parent.is_dir():
        raise UsageError(f"{name} {target!r}: there is no directory {str(path.parent)!r}; make it first.")
    if not os.access(path.parent, os.W_OK):
        raise UsageError(f"{name} {target!r}: the directory {str(path.parent)!r} cannot be written to.")


def _folder(target: str) -> None:
    """The folder of the page is there before the work, made if need be, and lets a file be made in it."""
    path = Path(target)
    if target == "-":
        raise UsageError("--html '-': the page is a file in a folder, and not for standard output; name a folder.")
    if not target or (path.exists() and not path.is_dir()):
        raise UsageError(f"--html {target!r} is {'a file' if target else 'no name'}; it must be a folder.")
    if Path(path, PAGE).is_dir():
        raise UsageError(f"--html {target!r}: {PAGE!r} in it is a folder and cannot be replaced by a page.")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--html {target!r}: the folder cannot be made: {error.strerror or error}.") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise UsageError(f"--html {target!r}: the folder cannot be written to; choose another.")
