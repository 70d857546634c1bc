"""One convention, and the table of them all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

from gantheory.notebook_tables import html_table

__all__ = ["Convention", "Conventions"]


@dataclass(frozen=True)
class Convention:
    """What one function of a library returned.

    Attributes
    ----------
    library, version : str
    function : str
        The call, as one would write it.
    value : float
        What it returned; nan where it returned no number or raised.
    quantity : str
        The paper's name of it, decided by measuring.
    trap : str
        What a reader of the function's name would get wrong.
    """

    library: str
    version: str
    function: str
    value: float
    quantity: str
    trap: str


@dataclass(frozen=True, repr=False)
class Conventions:
    """The conventions of every library that is installed, on one pair of discrete laws.

    Attributes
    ----------
    p, q : tuple of float
    rows : tuple of Convention
    absent : tuple of str
        The libraries that are not installed, or cannot be imported: why.
    """

    p: tuple[float, ...]
    q: tuple[float, ...]
    rows: tuple[Convention, ...]
    absent: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Convention]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, function: str) -> Convention:
        """The row of a call, as its `function` writes it."""
        for row in self.rows:
            if row.function == function:
                return row
        raise KeyError(function)

    def __repr__(self) -> str:
        libraries = dict.fromkeys(row.library for row in self.rows)
        return f"<Conventions: {len(self.rows)} functions of {', '.join(libraries) or 'no library'}>"

    def __str__(self) -> str:
        wide = max((len(row.function) for row in self.rows), default=0)
        lines = [f"p = {_in_words(self.p)}, q = {_in_words(self.q)}"]
        before = ""
        for row in self.rows:
            lines += [f"{row.library} {row.version}"] * (row.library != before)
            lines.append(f"  {row.function:{wide}}  {row.value:<15.12g}  {row.quantity}")
            lines.append(f"      {row.trap}")
            before = row.library
        return "\n".join([*lines, *(f"not here: {why}" for why in self.absent)])

    def _repr_html_(self) -> str:
        names = [column.name for column in fields(Convention)]
        rows = [[_cell(getattr(row, name)) for name in names] for row in self.rows]
        pair = f"p = {_in_words(self.p)}, q = {_in_words(self.q)}"
        return html_table(names, rows, above=pair, below="\n".join(f"not here: {why}" for why in self.absent))


def _in_words(law: tuple[float, ...]) -> str:
    shown = ", ".join(f"{mass:g}" for mass in law[:8])
    return f"({shown}{', …' * (len(law) > 8)})"


def _cell(content: str | float) -> str:
    return content if isinstance(content, str) else f"{content:.12g}"
