"""The page of a run that was read: its reading seed by seed, what is decided on its p_g, and its pictures."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from gantheory.plotting import plot_frames, plot_reading, plot_trajectory
from gantheory.verify.page.figures import Drawn, Figure, figure_of
from gantheory.verify.page.frame import facts, figures_section, top, whole
from gantheory.verify.page.markup import Markup, tag
from gantheory.verify.page.words import words
from gantheory.verify.reports import write
from gantheory.versions import versions

__all__ = ["run_page_text", "write_run_page"]


def write_run_page(run: Any, reading: Any, checks: Iterable[Any], path: Path, command: str) -> None:
    """Write the page; an earlier one is replaced as a whole, or stays."""
    write(run_page_text(run, reading, checks, command), str(path))


def run_page_text(run: Any, reading: Any, checks: Iterable[Any], command: str = "") -> str:
    """The page.

    Parameters
    ----------
    run : Trajectory
    reading : Reading
        Of that run.
    checks : iterable of Check
        What was decided on all its p_g.
    command : str
        What was typed.
    """
    checks, figures = tuple(checks), _figures(run, reading)
    counts = {outcome: reading.outcomes.count(outcome) for outcome in dict.fromkeys(reading.outcomes)}
    of_seeds = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
    header = top(
        "A training run, read as Proposition 2",
        {"reading": "The reading", "decided": "What is decided", "figures": "Figures", "run": "The run"},
        tag("p", f"{len(reading)} seed{'s' * (len(reading) != 1)}: {of_seeds}", class_="lead"),
        tag("p", f"p_data = {run.p_data}", class_="aside"),
        _contradicted(checks),
    )
    return whole(
        f"{of_seeds} — gantheory",
        header,
        _section("reading", "The reading", tag("div", Markup(reading._repr_html_()), class_="scrolls")),
        _decided(run, checks),
        figures_section(figures),
        _told(run, command),
        version=versions()["gantheory"],
        start=("reading", "Skip to the reading"),
    )


def _section(name: str, title: str, *parts: Markup | None) -> Markup:
    return tag("section", tag("h2", words(title), id=f"{name}-title"), *parts, id=name, aria_labelledby=f"{name}-title")


def _contradicted(checks: tuple[Any, ...]) -> Markup | None:
    """What a reader must not miss: figures of the run that contradict each other."""
    failed = [tag("li", words(str(check))) for check in checks if not check.holds]
    return tag("div", tag("ul", *failed), class_="failures") if failed else None


def _decided(run: Any, checks: tuple[Any, ...]) -> Markup:
    said = [tag("li", words(str(check))) for check in checks]
    if run.masses is None:
        said.append(tag("li", "the run kept no p_g: nothing is decided on its successive p_g"))
    return _section("decided", "What is decided, on every record and every p_g", tag("ul", *said))


def _told(run: Any, command: str) -> Markup:
    settings = ", ".join(f"{name} = {value}" for name, value in run.settings.items())
    told = {
        "Command": tag("code", command) if command else None,
        "Settings": settings,
        "Records": f"{len(run.steps)}, from step {run.steps[0]} to {run.steps[-1]}",
        "Written": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "Environment": ", ".join(f"{name} {found}" for name, found in versions().items()),
    }
    return facts("The run", "run", told)


# -- pictures --------------------------------------------------------------------------------------------------


def _figures(run: Any, reading: Any) -> tuple[Figure, ...]:
    found = [
        figure_of(
            "trajectory",
            "C(G) + log 4 over the run",
            "2·JSD, its bounds, and the gap of D: solid, dashed and dotted, as the legend says.",
            (),
            _trajectory(run),
        ),
        figure_of(
            "hypotheses",
            "The hypotheses of Proposition 2, seed by seed",
            "Each as measured over allowed, so that left of the line it holds. An open mark is not settled.",
            (),
            _reading(reading),
        ),
    ]
    if run.masses is not None:
        caption = "p_data dotted, p_g of the first seed solid; of several seeds a band from the least to the greatest."
        found.append(figure_of("frames", "p_g over the run", caption, (), _frames(run)))
    return tuple(found)


def _trajectory(run: Any) -> Drawn:
    excess = np.asarray(run.excess.value)
    first, last = (f"{float(np.median(excess[at])):.3g} at step {run.steps[at]}" for at in (0, -1))
    yield (
        lambda figure: plot_trajectory(run, ax=figure.subplots()),
        (7.2, 3.8),
        f"Over {run.seeds} seeds 2·JSD has median {first}, and {last}, in nats.",
    )


def _reading(reading: Any) -> Drawn:
    told = "; ".join(f"seed {label}: {seed.outcome}" for label, seed in zip(reading.labels, reading.seeds, strict=True))
    yield lambda figure: plot_reading(reading, ax=figure.subplots()), (7.2, 1.6 + 0.24 * len(reading)), told + "."


def _frames(run: Any) -> Drawn:
    yield (
        lambda figure: plot_frames(run, ax=figure.subplots()),
        (8.6, 2.6),
        f"Pictures of p_data and p_g from step {run.steps[0]} to {run.steps[-1]}.",
    )
