"""The command line: arguments in, a table out, and an exit status that a script can trust.

Exit status: 0 every claim that ran holds and every control is refuted · 1 something is refuted or undecided, a control
is not refuted, or a run's figures contradict each other · 2 interrupted · 3 an internal error · 4 usage, or claims of
the user's own that cannot be run · 5 nothing selected, or nothing that counts.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shlex
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

if TYPE_CHECKING:
    from gantheory.verify.progress import Progress
    from gantheory.verify.runner import Report, Row
    from gantheory.verify.table import Table

__all__ = ["main"]

_OK, _FAILED, _INTERRUPTED, _INTERNAL, _USAGE, _NOTHING = range(6)
_EPILOG = """exit status: 0 every claim that ran holds and every control is refuted; 1 refuted, undecided or a control
not refuted; 2 interrupted; 3 internal error; 4 usage; 5 nothing selected"""


class _UsageError(Exception):
    """What the user typed cannot be run."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _UsageError(message)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments, ``sys.argv[1:]`` by default.

    Returns
    -------
    int
        The exit status.
    """
    argv = sys.argv[1:] if argv is None else list(argv)
    try:
        options = _parser().parse_args(_joined(argv))
        (_consistent if options.run is None else _consistent_run)(options)
        if options.version:
            return _say_version()
        return _verify(options) if options.run is None else _read_run(options)
    except _UsageError as error:
        return _complain(str(error), _USAGE)
    except SystemExit as stop:  # --help
        return int(stop.code or 0)
    except KeyboardInterrupt:
        return _complain("interrupted", _INTERRUPTED)
    except BrokenPipeError:
        return _silenced(_INTERRUPTED)
    except OSError as error:
        return _complain(f"the output cannot be written: {error.strerror or error}.", _USAGE)
    except Exception as error:
        if "-v" in argv or "--verbose" in argv:
            import traceback

            traceback.print_exc()
        return _complain(f"internal error: {_one_line(error)} (-v shows where)", _INTERNAL)


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
        raise _UsageError("--tolerance is of a run: --run FILE is missing.")
    given = [n for n in ("p_data", "p_g", "generator", "prior") if getattr(options, n) is not None]
    if given and options.grid is not None:
        named = " and ".join("--" + name.replace("_", "-") for name in given)
        raise _UsageError(f"--grid brings both laws; leave out {named}.")
    if "p_g" in given and "generator" in given:
        raise _UsageError("--generator EXPR makes p_g; leave out --p-g.")
    if "prior" in given and "generator" not in given:
        raise _UsageError("--prior is the law of a generator's z; --generator EXPR is missing.")
    if given and "p_data" not in given:
        raise _UsageError("a pair needs two laws: --p-data LAW is missing.")
    if given == ["p_data"]:
        raise _UsageError("a pair needs two laws: --p-g LAW is missing, or --generator EXPR.")
    if options.objective is None and (options.domain is not None or options.generator_loss is not None):
        raise _UsageError("--domain and --generator-loss are of an objective: --objective REAL FAKE is missing.")
    if options.json == "-" == options.junitxml:
        raise _UsageError("--json - and --junitxml - cannot share standard output; write one to a file.")
    if options.list and (options.json is not None or options.junitxml is not None):
        raise _UsageError("--list decides nothing; leave out --json and --junitxml.")
    if options.quiet and options.verbose:
        raise _UsageError("-q and -v exclude each other.")
    taken: dict[str, str] = {}
    for name, files in (("--grid", [options.grid] if options.grid else []), ("--claims", options.claim_files)):
        taken |= {os.path.realpath(file): name for file in files}
    for name, target in (("--json", options.json), ("--junitxml", options.junitxml)):
        _writable(name, target)
        if target is not None and target != "-":
            other = taken.setdefault(os.path.realpath(target), name)
            if other != name:
                raise _UsageError(f"{name} {target!r} is the file of {other}, and would overwrite it; name another.")


def _consistent_run(options: argparse.Namespace) -> None:
    taken = ("claims", "claim_files", "keyword", "list", "p_g", "generator", "prior", "grid", "json", "junitxml",
             "maxfail", "objective")  # fmt: skip
    named = [name for name in taken if getattr(options, name) not in (None, [], False, 0)]
    if named:
        words = {"claims": "the claims", "claim_files": "--claims", "keyword": "-k"}
        said = " and ".join(words.get(name) or "--" + name.replace("_", "-") for name in named)
        raise _UsageError(f"--run reads one run and decides no claim; leave out {said}.")


def _writable(name: str, target: str | None) -> None:
    """A report's place is checked before the work, not after it."""
    if target is None or target == "-":
        return
    path = Path(target)
    if not target or path.is_dir():
        raise _UsageError(f"{name} {target!r} is a directory; it must be a file.")
    if not path.parent.is_dir():
        raise _UsageError(f"{name} {target!r}: there is no directory {str(path.parent)!r}; make it first.")
    if not os.access(path.parent, os.W_OK):
        raise _UsageError(f"{name} {target!r}: the directory {str(path.parent)!r} cannot be written to.")


def _complain(message: str, status: int) -> int:
    """One line on standard error."""
    from_above = "gantheory.verify: " + " ".join(message.split())
    encoding = getattr(sys.stderr, "encoding", None) or "ascii"
    with contextlib.suppress(OSError, AttributeError):
        print(from_above.encode(encoding, "replace").decode(encoding), file=sys.stderr)
    return status


def _one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"


def _silenced(status: int) -> int:
    """Nobody reads standard output any more: let the interpreter flush it into the void."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return status


def _say_version() -> int:
    print(f"gantheory {_version()}")
    return _OK


def _version() -> str:
    from gantheory import __version__

    return __version__


# -- the run -------------------------------------------------------------------------------------------------------


def _verify(options: argparse.Namespace) -> int:
    from gantheory.errors import GanTheoryError
    from gantheory.verify.progress import Progress
    from gantheory.verify.runner import decide

    try:
        cases, chosen, pair, problems = _asked(options)
    except GanTheoryError as error:
        raise _UsageError(str(error)) from None
    for problem in problems:
        _complain(problem, _USAGE)
    if problems and not chosen:
        return _USAGE
    if not chosen:
        return _complain("no claim matches; --list shows them all.", _NOTHING)
    table = _table(options)
    if options.list:
        return max(_list(chosen, cases, table, options), _USAGE if problems else _OK)
    start = time.perf_counter()
    quantities = _opening(table, options, cases, pair)
    progress = Progress(sys.stderr)
    rows = decide(progress.announced(chosen), cases, level=options.level, seed=options.seed, pair=pair)
    report = _streamed(rows, table, options, quantities, len(chosen), start, progress)
    report = replace(report, problems=problems)
    table.foot(report)
    _written(report, options)
    if not table.is_open:
        _silenced(_OK)
    return report.exit_status


def _read_run(options: argparse.Namespace) -> int:
    """The reading of a run in a file; whether it could be read, and whether its figures contradict each other."""
    from gantheory.errors import GanTheoryError
    from gantheory.verify.run_file import load_run, show_run

    try:
        run = load_run(options.run, None if options.p_data is None else _law("--p-data", options.p_data))
    except GanTheoryError as error:
        raise _UsageError(f"--run: {error}") from None
    table = _table(options)
    agrees = show_run(run, table, **({} if options.tolerance is None else {"tolerance": options.tolerance}))
    if not table.is_open:
        _silenced(_OK)
    return _OK if agrees else _FAILED


def _asked(options: argparse.Namespace) -> tuple[tuple[Any, ...], tuple[Any, ...], str, tuple[str, ...]]:
    """The cases, the claims chosen, the words that give the pair again, and what of the claims cannot be run."""
    from gantheory.panel import seeded
    from gantheory.verify.own_claims import load_claims
    from gantheory.verify.runner import chosen_claims, standard_cases
    from gantheory.verify.selection import keyword

    matches = keyword(options.keyword) if options.keyword is not None else None
    own, pair = _own_pair(options)
    if options.objective is not None:
        from gantheory.verify.objective_report import asked_of_objective

        return *asked_of_objective(options, own, pair), ()
    cases = standard_cases(options.seed, options.level) if own is None else seeded((own,), options.seed)
    brought = load_claims(options.claim_files)
    chosen, problems = chosen_claims(options.claims, brought, cases, matches)
    return cases, chosen, pair, problems


def _own_pair(options: argparse.Namespace) -> tuple[Any, str]:
    if options.grid is not None:
        from gantheory.verify.arrays import read_arrays

        return read_arrays(options.grid), f"--grid {shlex.quote(options.grid)}"
    if options.p_data is None:
        return None, ""
    from gantheory.panel import Case

    p_data, words = _law("--p-data", options.p_data), f"--p-data {shlex.quote(options.p_data)}"
    if options.generator is None:
        return Case("your pair", p_data, _law("--p-g", options.p_g)), f"{words} --p-g {shlex.quote(options.p_g)}"
    from gantheory.errors import GanTheoryError
    from gantheory.pushforward import Pushforward

    text = options.prior if options.prior is not None else "norm(0, 1)"
    prior = _law("--prior", text)
    try:
        p_g = Pushforward(options.generator, prior)
    except GanTheoryError as error:
        raise _UsageError(f"--generator: {error}") from None
    words += f" --generator {shlex.quote(options.generator)} --prior {shlex.quote(text)}"
    return Case("your pair", p_data, p_g), words


def _law(name: str, text: str) -> Any:
    from gantheory.densities import parse_density

    try:
        return parse_density(text)
    except ValueError as error:
        raise _UsageError(f"{name}: {error}") from None


def _table(options: argparse.Namespace) -> Table:
    """The table goes to standard output, and to standard error where a report has taken that."""
    from gantheory.verify.table import Table

    taken = "-" in (options.json, options.junitxml)
    stream: TextIO = sys.stderr if taken else sys.stdout
    return Table(stream, verbosity=-1 if options.quiet else options.verbose)


def _opening(table: Table, options: argparse.Namespace, cases: tuple[Any, ...], pair: str) -> dict[str, Any]:
    """The head of the table; for a pair of the user's own, its numbers."""
    what = cases[0].laws if len(cases) == 1 else _counted(cases)
    table.head(f"gantheory {_version()} · {what} · level {options.level} · seed {options.seed} · nats")
    quantities: dict[str, Any] = {}
    if options.objective is not None:
        from gantheory.verify.objective_report import objective_of, show_theorem

        show_theorem(objective_of(options), table)
    elif pair:
        quantities = _numbers(table, cases[0])
    table.columns()
    return quantities


def _counted(cases: tuple[Any, ...]) -> str:
    grids, generators = sum(case.is_grid for case in cases), sum("generator" in case.tags for case in cases)
    return f"{len(cases) - grids - generators} pairs of laws, {grids} on grids, {generators} generators"


def _in_words(p_g: Any) -> str:
    """A law by its text; that of a generator with what G does: its branches, poles and atoms."""
    if not hasattr(p_g, "branches"):
        return str(p_g)
    poles = sorted({f"{pole.location:.6g}" for pole in p_g.poles()}, key=float)
    atoms = [f"{x:.6g} (mass {mass:.6g})" for x, mass in zip(*p_g.atoms(), strict=True)]
    parts = [f"{len(p_g.branches)} monotone branch{'es' * (len(p_g.branches) != 1)}"]
    parts += [f"pole{'s' * (len(poles) > 1)} at x = {_first(poles)}"] * bool(poles)
    parts += [f"atom{'s' * (len(atoms) > 1)} at x = {_first(atoms)}"] * bool(atoms)
    return f"the law of {p_g.generator}, z ~ {p_g.prior}: {'; '.join(parts)}"


def _first(found: list[str]) -> str:
    """The first of a long list."""
    return ", ".join(found[:6]) + f" and {len(found) - 6} more" * (len(found) > 6)


def _numbers(table: Table, case: Any) -> dict[str, Any]:
    import warnings

    from gantheory.verify.numbers import NAMES, quantities_of

    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        quantities = quantities_of(case)
    laws = () if case.is_grid else (("p_data", str(case.p_data)), ("p_g", _in_words(case.p_g)))
    table.numbers(laws, [(NAMES[name][0], quantity) for name, quantity in quantities.items()])
    for message in dict.fromkeys(str(warning.message) for warning in heard):
        _complain(message, _OK)
    return quantities


def _streamed(
    rows: Iterator[Row],
    table: Table,
    options: argparse.Namespace,
    quantities: dict[str, Any],
    selected: int,
    start: float,
    progress: Progress,
) -> Report:
    """Print the rows as they come; what was finished before an interrupt is kept."""
    from gantheory.claims import OF_AN_OBJECTIVE, group_of
    from gantheory.verify.interruption import until_interrupted
    from gantheory.verify.runner import Report, environment, timings

    done: list[Row] = []
    interrupted = False
    try:
        for row in until_interrupted(rows):
            done.append(row)
            progress.clear()
            table.row(row, group_of(row.claim) if options.objective is None else OF_AN_OBJECTIVE)
            failed = sum(row.fails(allow_undecided=options.allow_undecided) for row in done)
            if options.maxfail and failed >= options.maxfail:
                break
            if not table.is_open and not (options.json or options.junitxml):
                interrupted = True  # nobody reads, nothing is written: stop
                break
    except KeyboardInterrupt:
        interrupted = True
    progress.clear()
    took = timings(done, time.perf_counter() - start)
    told = environment(options.level, options.seed)
    return Report(tuple(done), quantities, told, took, selected, interrupted, options.allow_undecided)


def _written(report: Report, options: argparse.Namespace) -> None:
    from gantheory.verify.reports import json_text, junit_text, write

    for target, text in ((options.json, json_text), (options.junitxml, junit_text)):
        if target is None:
            continue
        try:
            write(text(report), target)
        except BrokenPipeError:
            _silenced(_OK)
        except OSError as error:
            raise _UsageError(f"{target} cannot be written: {error.strerror or error}.") from None


def _list(chosen: tuple[Any, ...], cases: tuple[Any, ...], table: Table, options: argparse.Namespace) -> int:
    for one in chosen:
        table.line(f"{one.claim.id:30}{one.claim.title}")
    if options.verbose:
        table.line()
        for case in cases:
            table.line(f"::{case.name:28}{case.laws}")
    if not table.is_open:
        _silenced(_OK)
    return _OK
