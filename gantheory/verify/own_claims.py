"""A user's own claims: a python file of them, loaded from its path, and one line for each thing that is wrong with it.

The file is the user's own program and is run as such. Its claims are judged by the same judge, on the same cases,
beside their own counterfeits; what fails in it is told with its file and line, and leaves the rest of the run alone.
"""

from __future__ import annotations

import ast
import contextlib
import os
import re
import shlex
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import wraps
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from gantheory import claims as ledger
from gantheory.claims.statement import Claim, Statement, one_line
from gantheory.errors import CheckError, DomainError
from gantheory.panel import ARRAY_CASES, PANEL, generator_cases
from gantheory.verify.selection import nearest

__all__ = ["OwnClaims", "checked_claims", "load_claims"]

_ID = re.compile(r"[^\W_][^\s:]*")
_EXAMPLE = "mine = Claim('mine.first', statements=Statement(text, check), controls=Statement(text, check))"


@dataclass(frozen=True)
class OwnClaims:
    """Claims from outside the ledger, what was wrong where they come from, and the words that bring each again."""

    claims: tuple[Claim, ...] = ()
    problems: tuple[str, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)


def checked_claims(given: Any) -> tuple[Claim, ...]:
    """The claims that a caller hands over; the first that cannot be run raises a DomainError."""
    try:
        found = (given,) if isinstance(given, Claim) else tuple(given)
    except TypeError:
        raise DomainError(f"claims is {given!r}; it must be a Claim or a sequence of them.") from None
    for number, claim in enumerate(found):
        unfit = _unfit(claim, [one.id for one in found[:number]])
        if unfit:
            raise DomainError(unfit)
    return tuple(_told_where(claim) for claim in found)


def load_claims(names: Iterable[str]) -> OwnClaims:
    """The claims of the files, in the order in which they stand there."""
    claims: list[Claim] = []
    problems: list[str] = []
    words: dict[str, str] = {}
    for name in names:
        found, wrong = _of_file(name)
        problems += wrong
        for claim, line in found:
            unfit = _unfit(claim, [one.id for one in claims])
            if unfit:
                problems.append(f"{_at(name, line)}: {unfit}")
                continue
            claims.append(_told_where(claim))
            words[claim.id] = f"--claims {shlex.quote(name)}"
    return OwnClaims(tuple(claims), tuple(problems), words)


# -- one file --------------------------------------------------------------------------------------------------


def _of_file(name: str) -> tuple[list[tuple[Any, int]], list[str]]:
    """What it holds, each with its line; and what is wrong."""
    path = Path(name)
    if not path.is_file():
        return [], [f"--claims {name!r} is no file; it must be a python file that holds claims."]
    try:
        source = path.read_bytes()
        module = _run(path)
    except OSError as error:
        return [], [f"{name} cannot be read: {error.strerror or error}."]
    except (Exception, SystemExit) as error:
        return [], [_at_import(error, path, name)]
    tree = ast.parse(source)
    listed = vars(module).get("CLAIMS")
    if listed is not None and listed is not ledger.CLAIMS:
        return _listed(listed, tree, name)
    found = _with_lines(_at_module_level(module), tree)
    wrong = [f"{_at(name, line)}: {unheld}" for line, unheld in _unheld(tree, {claim.id for claim, _ in found})]
    if not found and not wrong:
        wrong = [f"{name}, line 1: holds no claim; give one a name at module level: {_EXAMPLE}."]
    return found, wrong


def _run(path: Path) -> ModuleType:
    """The file as a module. Files beside it can be imported and shadow nothing; what it prints is no report."""
    name = f"claims_of_{path.stem}"
    loader = SourceFileLoader(name, str(path.resolve()))
    spec = spec_from_loader(name, loader)
    assert spec is not None
    module = sys.modules[name] = module_from_spec(spec)
    beside, kept = str(path.resolve().parent), sys.dont_write_bytecode
    if beside not in sys.path:
        sys.path.append(beside)
    sys.dont_write_bytecode = True  # nothing is left beside the user's file
    try:
        with contextlib.redirect_stdout(sys.stderr):
            loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = kept
    return module


def _at_module_level(module: ModuleType) -> list[Claim]:
    """Its claims by their names, and those in its tuples and lists; what it imported from the ledger is not its own."""
    found: list[Claim] = []
    for content in vars(module).values():
        several = content if isinstance(content, (list, tuple)) and content is not ledger.CLAIMS else [content]
        found += [claim for claim in several if isinstance(claim, Claim)]
    foreign = {id(claim) for claim in ledger.CLAIMS}
    return list({id(claim): claim for claim in found if id(claim) not in foreign}.values())  # each once


def _listed(listed: Any, tree: ast.Module, name: str) -> tuple[list[tuple[Any, int]], list[str]]:
    """What the file's list CLAIMS holds."""
    line = next((node.lineno for node in tree.body if "CLAIMS" in _targets(node)), 1)
    if not isinstance(listed, (list, tuple)):
        return [], [f"{_at(name, line)}: CLAIMS is {listed!r:.80}; it must be a list of claims: CLAIMS = [mine]."]
    strange = [one for one in listed if not isinstance(one, Claim)]
    wrong = [f"{_at(name, line)}: CLAIMS holds {one!r:.80}; it must hold claims: {_EXAMPLE}." for one in strange]
    if not listed:
        wrong = [f"{_at(name, line)}: CLAIMS is empty; it must hold claims: {_EXAMPLE}."]
    return _with_lines([one for one in listed if isinstance(one, Claim)], tree), wrong


# -- lines -----------------------------------------------------------------------------------------------------


def _at(name: str, line: int) -> str:
    return f"{name}, line {line}" if line else name


def _with_lines(claims: Iterable[Claim], tree: ast.Module) -> list[tuple[Any, int]]:
    """Each claim with the line in which its id is written: the second of a name with the second, and so on."""
    places: dict[Any, list[int]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name_of(node.func) == "Claim":
            given = node.args[0] if node.args else next((k.value for k in node.keywords if k.arg == "id"), None)
            if isinstance(given, ast.Constant):
                places.setdefault(given.value, []).append(given.lineno)
    lines = {id: iter(sorted(found)) for id, found in places.items()}
    return [(claim, next(lines.get(claim.id, iter(())), _line_of(claim))) for claim in claims]


def _line_of(claim: Claim) -> int:
    """The line of its first check, where the id is no plain text; 0 if nobody knows."""
    given = next(iter(claim.statements.values()))
    code = getattr((given if isinstance(given, Statement) else given[0]).check, "__code__", None)
    return code.co_firstlineno if code is not None else 0


def _unheld(tree: ast.Module, found: set[str]) -> list[tuple[int, str]]:
    """Claims that are written at module level and held by no name: they would be dropped in silence."""
    lost = []
    for node in tree.body:
        call = node.value if isinstance(node, (ast.Expr, ast.Assign, ast.AnnAssign)) else None
        if isinstance(call, ast.Call) and _name_of(call.func) == "Claim" and call.args:
            id = call.args[0]
            if isinstance(id, ast.Constant) and id.value not in found:
                lost.append(
                    (id.lineno, f"no name holds the claim {id.value!r}; give it one of its own: mine = Claim(…).")
                )
    return lost


def _name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _targets(node: ast.stmt) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [getattr(target, "id", "") for target in targets]


def _at_import(error: BaseException, path: Path, name: str) -> str:
    """What the file raised, and in which of its lines."""
    file = str(path.resolve())
    if isinstance(error, SyntaxError) and error.filename == file:
        return f"{_at(name, error.lineno or 1)}: SyntaxError: {error.msg}; mend it and run again."
    line = _line_in(error, file)
    return f"{_at(name, line or 1)}: {one_line(error).rstrip('.')}; `python {shlex.quote(name)}` shows it in full."


def _line_in(error: BaseException, file: str) -> int:
    """The last line of the file that an exception passed through; 0 if none."""
    return next(
        (at.lineno or 0 for at in reversed(traceback.extract_tb(error.__traceback__)) if at.filename == file), 0
    )


# -- what can be run -------------------------------------------------------------------------------------------


def _unfit(claim: Any, taken: Sequence[str]) -> str:
    """Why a claim cannot be run beside the ledger's; empty where it can."""
    if not isinstance(claim, Claim):
        return f"claims holds {claim!r:.80}; it must hold claims: {_EXAMPLE}."
    if not isinstance(claim.id, str) or not _ID.fullmatch(claim.id):
        return f"a claim's id is {claim.id!r}; it must be one word without a colon, such as 'mine.first'."
    if claim.id in {one.id for one in ledger.CLAIMS} | {group.name for group in (*ledger.GROUPS, ledger.OWN)}:
        return f"the id {claim.id!r} is the ledger's; choose another, such as 'mine.{claim.id.rpartition('.')[2]}'."
    if claim.id in taken:
        return f"the id {claim.id!r} stands here a second time, and one claim would hide the other; choose another."
    known = [case.name for case in (*PANEL, *ARRAY_CASES, *generator_cases())]
    for control in claim.controls:
        for case in control.cases:
            if case not in known:
                said = (
                    f"the control {control.text!r} of {claim.id!r} names the case {case!r}, and the panel has none so"
                )
                return f"{said} called{nearest(str(case), known)} `--list -v` shows them."
    return ""


# -- checks that say where they failed -----------------------------------------------------------------------------


def _told_where(claim: Claim) -> Claim:
    """The claim with checks that tell their file and line where they raise, and that must give a residual."""
    by_kind = {
        kind: tuple(map(_guarded, given if isinstance(given, tuple) else (given,)))
        for kind, given in claim.statements.items()
    }
    return replace(
        claim,
        statements=by_kind,
        controls=tuple(map(_guarded, claim.controls)),
        applies=_placed(claim.applies, "applies"),
    )


def _guarded(statement: Statement) -> Statement:
    return replace(
        statement,
        check=_residual_of(statement.check),
        applies=_placed(statement.applies, "applies"),
        scale=None if statement.scale is None else _placed(statement.scale, "scale"),
    )


def _placed(function: Callable[[Any], Any], role: str) -> Callable[[Any], Any]:
    """A function whose exceptions name its place; what it prints goes where messages go."""
    code = getattr(function, "__code__", None)

    @wraps(function)
    def placed(case: Any) -> Any:
        try:
            with contextlib.redirect_stdout(sys.stderr):
                return function(case)
        except (Exception, SystemExit) as error:
            line = _line_in(error, code.co_filename) if code else 0
            what = one_line(error).rstrip(".")
            remedy = f"mend the {role}, or leave such cases out with applies="
            raise CheckError(f"{_place(code, line)}: {what}; {remedy}.") from error

    return placed


def _residual_of(check: Callable[[Any], Any]) -> Callable[[Any], Any]:
    placed, code = _placed(check, "check"), getattr(check, "__code__", None)

    @wraps(check)
    def residual(case: Any) -> Any:
        found = placed(case)
        if found is None or np.asarray(found).dtype.kind == "b":
            raise CheckError(
                f"{_place(code, 0)}: the check gave {found!r}; it must give the residual, a number or an Estimate, "
                "which the relation judges: a − b with '>= 0', not a >= b."
            )
        return found

    return residual


def _place(code: Any, line: int) -> str:
    """A file as seen from here, and a line: the first of the function if no other is known."""
    if code is None:
        return "the claim's own function"
    file = code.co_filename
    inside = os.path.isabs(file) and os.path.splitdrive(file)[0] == os.path.splitdrive(os.getcwd())[0]
    near = os.path.relpath(file) if inside else file
    return _at(file if near.startswith("..") else near, line or code.co_firstlineno)
