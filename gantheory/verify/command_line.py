"""The command line: arguments in, a table out, and an exit status that a script can trust.

Exit status: 0 every claim that ran holds and every control is refuted · 1 something is refuted or undecided, a control
is not refuted, or a run's figures contradict each other · 2 interrupted · 3 an internal error · 4 usage, or claims of
the user's own that cannot be run · 5 nothing selected, or nothing that counts.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from gantheory.verify.options import PAGE, UsageError, parsed
from gantheory.verify.transliteration import transliterated

if TYPE_CHECKING:
    from gantheory.verify.progress import Progress
    from gantheory.verify.runner import Report, Row
    from gantheory.verify.table import Table

__all__ = ["main"]

_OK, _FAILED, _INTERRUPTED, _INTERNAL, _USAGE, _NOTHING = range(6)


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
        options = parsed(argv)
        if options.version:
            return _say_version()
        return _verify(options, argv) if options.run is None else _read_run(options, argv)
    except UsageError as error:
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
        if isinstance(error.__cause__, KeyboardInterrupt):  # Python 3.11 wraps one that comes while a class is made
            return _complain("interrupted", _INTERRUPTED)
        if "-v" in argv or "--verbose" in argv:
            import traceback

            traceback.print_exc()
        return _complain(f"internal error: {_one_line(error)} (-v shows where)", _INTERNAL)


def _complain(message: str, status: int) -> int:
    """One line on standard error."""
    from_above = "gantheory.verify: " + " ".join(message.split())
    with contextlib.suppress(OSError, AttributeError):
        print(transliterated(from_above, getattr(sys.stderr, "encoding", None)), file=sys.stderr)
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


def _verify(options: argparse.Namespace, argv: Sequence[str]) -> int:
    from gantheory.errors import GanTheoryError
    from gantheory.verify.progress import Progress
    from gantheory.verify.runner import Report, decide, environment, timings

    try:
        cases, chosen, pair, problems = _asked(options)
    except GanTheoryError as error:
        raise UsageError(str(error)) from None
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
    done, interrupted = _streamed(rows, table, options, progress)
    report = Report(
        done,
        quantities,
        environment(options.level, options.seed, cases),
        timings(done, time.perf_counter() - start),
        len(chosen),
        interrupted,
        options.allow_undecided,
        problems,
    )
    table.foot(report)
    _write(report, options, argv, cases)
    if not table.is_open:
        _silenced(_OK)
    return report.exit_status


def _read_run(options: argparse.Namespace, argv: Sequence[str]) -> int:
    """The reading of a run in a file; whether it could be read, and whether its figures contradict each other."""
    from gantheory.errors import GanTheoryError
    from gantheory.verify.own_pair import parsed_law
    from gantheory.verify.run_file import load_run, show_run

    try:
        run = load_run(options.run, None if options.p_data is None else parsed_law("--p-data", options.p_data))
    except GanTheoryError as error:
        raise UsageError(f"--run: {error}") from None
    table = _table(options)
    reading, checks = show_run(run, table, **({} if options.tolerance is None else {"tolerance": options.tolerance}))
    if options.html is not None:
        from gantheory.verify.page import write_run_page

        target = Path(options.html, PAGE)
        try:
            write_run_page(run, reading, checks, target, _typed(argv))
        except OSError as error:
            raise UsageError(f"{target} cannot be written: {error.strerror or error}.") from None
        _complain(f"the page is {target}", _OK)
    if not table.is_open:
        _silenced(_OK)
    return _OK if reading.consistent and all(check.holds for check in checks) else _FAILED


def _typed(argv: Sequence[str]) -> str:
    import shlex

    return f"python -m gantheory.verify {shlex.join(argv)}"


def _asked(options: argparse.Namespace) -> tuple[tuple[Any, ...], tuple[Any, ...], str, tuple[str, ...]]:
    """The cases, the claims chosen, the words that give the pair again, and what of the claims cannot be run."""
    from gantheory.panel import seeded
    from gantheory.verify.own_claims import load_claims
    from gantheory.verify.own_pair import own_pair
    from gantheory.verify.runner import chosen_claims, standard_cases
    from gantheory.verify.selection import keyword

    matches = keyword(options.keyword) if options.keyword is not None else None
    own, pair = own_pair(options)
    if options.objective is not None:
        from gantheory.verify.objective_report import asked_of_objective

        return *asked_of_objective(options, own, pair), ()
    cases = standard_cases(options.seed, options.level) if own is None else seeded((own,), options.seed)
    brought = load_claims(options.claim_files)
    chosen, problems = chosen_claims(options.claims, brought, cases, matches)
    return cases, chosen, pair, problems


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
        from gantheory.verify.numbers import NAMES
        from gantheory.verify.own_pair import laws_of, numbers_of

        quantities, heard = numbers_of(cases[0])
        table.numbers(laws_of(cases[0]), [(NAMES[name][0], quantity) for name, quantity in quantities.items()])
        for message in heard:
            _complain(message, _OK)
    table.columns()
    return quantities


def _counted(cases: tuple[Any, ...]) -> str:
    from gantheory.verify.runner import counts_of

    return "{pairs} pairs of laws, {grids} on grids, {generators} generators".format(**counts_of(cases))


def _streamed(
    rows: Iterator[Row], table: Table, options: argparse.Namespace, progress: Progress
) -> tuple[tuple[Row, ...], bool]:
    """Print the rows as they come; what was finished before an interrupt is kept, and whether there was one."""
    from gantheory.claims import OF_AN_OBJECTIVE, group_of
    from gantheory.verify.interruption import until_interrupted

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
            if not table.is_open and not (options.json or options.junitxml or options.html):
                interrupted = True  # nobody reads, nothing is written: stop
                break
    except KeyboardInterrupt:
        interrupted = True
    progress.clear()
    return tuple(done), interrupted


def _write(report: Report, options: argparse.Namespace, argv: Sequence[str], cases: tuple[Any, ...]) -> None:
    """Every report that was asked for, those too that come after one that cannot be written."""
    from gantheory.verify.reports import json_text, junit_text, write

    asked = {
        options.json: lambda target: write(json_text(report), target),
        options.junitxml: lambda target: write(junit_text(report), target),
        options.html and str(Path(options.html, PAGE)): lambda target: _write_page(
            report, target, options, argv, cases
        ),
    }
    asked = {target: one for target, one in asked.items() if target is not None}
    kept = [target for target in asked if target != "-"] if report.interrupted and not report.rows else []
    if kept:
        _complain(f"nothing was decided, and nothing is written to {' or '.join(kept)}", _OK)
    failed = []
    for target, one in asked.items():
        if target in kept:
            continue
        try:
            one(target)
        except BrokenPipeError:
            _silenced(_OK)
        except OSError as error:
            failed.append(f"{target} cannot be written: {error.strerror or error}.")
    if failed:
        raise UsageError(" ".join(failed))


def _write_page(
    report: Report, target: str, options: argparse.Namespace, argv: Sequence[str], cases: tuple[Any, ...]
) -> None:
    """The page; where it lies is told last, on standard error."""
    from gantheory.verify.page import Setting, write_page

    objective, brought = None, options.p_data is not None or options.grid is not None
    if options.objective is not None:
        from gantheory.verify.objective_report import objective_of

        objective = objective_of(options)
    write_page(report, Path(target), Setting(_typed(argv), cases[0] if brought else None, objective))
    _complain(f"the page is {target}", _OK)


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
