"""The figures of a page: which claims each illustrates, how it is drawn, and what it shows in words.

A figure is there where one of its claims is. Those of training show the runs that the claims made, and are there only
where they were made: nothing is trained for a picture.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from gantheory.claims.statement import Verdict, one_line
from gantheory.densities import Normal
from gantheory.densities.tabulated import Tabulated
from gantheory.descent import mirror_descent
from gantheory.divergences import js_divergence
from gantheory.game import criterion, optimal_discriminator
from gantheory.plotting import plot_divergences, plot_frames, plot_game, plot_reading, plot_trajectory
from gantheory.plotting.vector import as_svg
from gantheory.verify.page.setting import Setting

__all__ = ["Drawn", "Figure", "figure_of", "figures_of"]

_P_DATA, _P_G = "0.5*norm(-2, 0.7) + 0.5*norm(2.5, 1)", "norm(0, 2)"  # the README's picture
_WIDE = (7.2, 3.8)


@dataclass(frozen=True)
class Figure:
    """A picture, or several in a row; where one could not be drawn there is the reason.

    Attributes
    ----------
    name : str
        A word that no other figure of a page has.
    title, caption : str
    claims : tuple of str
        The claims that it illustrates.
    pictures : tuple of (str, str)
        Each an SVG element and what it shows, in words.
    problem : str
    """

    name: str
    title: str
    caption: str
    claims: tuple[str, ...]
    pictures: tuple[tuple[str, str], ...] = ()
    problem: str = ""


Drawn = Iterator[tuple[Callable[[Any], Any], tuple[float, float], str]]


def figures_of(report: Any, setting: Setting) -> tuple[Figure, ...]:
    """Those of a report; the user's own pair has one of its own, and none of the panel's."""
    if setting.case is not None:
        return (figure_of("pair", "Your pair", _PAIR, (), _pair(setting.case)),)
    if setting.objective is not None:
        return ()
    rows = {row.claim.id: row for row in report.rows}
    found = []
    for name, (title, caption, claims, drawn) in _OF_THE_LEDGER.items():
        present = tuple(claim for claim in claims if claim in rows)
        if present:
            found.append(figure_of(name, title, caption, present, drawn()))
    for name, (title, caption, drawn) in _OF_TRAINING.items():
        runs = _runs(rows.get("prop2.neural"))
        if runs:
            present = tuple(claim for claim in ("prop2.neural", "prop2.hypotheses") if claim in rows)
            found.append(figure_of(name, title, caption, present, drawn(runs)))
    return tuple(found)


def figure_of(name: str, title: str, caption: str, claims: tuple[str, ...], drawn: Drawn) -> Figure:
    """The figure; a picture that cannot be drawn costs nobody the report."""
    try:
        pictures = tuple(
            (as_svg(draw, f"{name}-{number}", size=size), words) for number, (draw, size, words) in enumerate(drawn, 1)
        )
    except Exception as error:
        return Figure(name, title, caption, claims, problem=one_line(error))
    return Figure(name, title, caption, claims, pictures)


# -- pictures of the ledger ------------------------------------------------------------------------------------


def _game() -> Drawn:
    def draw(figure: Any) -> None:
        plot_game(_P_DATA, _P_G, generator="2*z", prior="norm(0, 1)", show_criterion=True, ax=figure.subplots())

    yield (
        draw,
        (7.2, 3.9),
        f"Curves over x. Dotted: p_data = {_P_DATA}, with peaks near −2 and 2.5. Solid: p_g = {_P_G}, one wide peak at "
        f"0. Dashed, on a scale from 0 to 1: D*, {_of_the_optimum()}. "
        "Below, arrows from a line of z to x show that G(z) = 2z spreads z out. "
        f"C(G) = {criterion(_P_DATA, _P_G):.4f} nats.",
    )


def _of_the_optimum() -> str:
    """Where D* is high and where it is low, in numbers."""
    x = np.linspace(-6.0, 6.0, 121)
    D = np.asarray(optimal_discriminator(_P_DATA, _P_G)(x))
    left, right = (at[np.argmax(D[at])] for at in (np.flatnonzero(x < 0), np.flatnonzero(x > 0)))
    least = left + np.argmin(D[left:right])
    one, between, other = (f"{D[at]:.2f} at x = {x[at] + 0.0:.1f}".replace("-", "−") for at in (left, least, right))
    return f"{one} and {other}, where it is highest, {between} between them, {D[0]:.2f} at −6 and {D[-1]:.2f} at 6"


def _divergences() -> Drawn:
    values = [float(theta) for theta in np.linspace(-4.0, 4.0, 33)]

    def draw(figure: Any) -> None:
        ax = plot_divergences("norm(0, 1)", lambda theta: Normal(theta, 1.0), values, ax=figure.subplots())
        ax.set_xlabel(r"$\theta$")

    ends = f"{criterion('norm(0, 1)', Normal(4.0, 1.0)):.3f}"
    yield (
        draw,
        _WIDE,
        f"Curves over θ from −4 to 4. C(G) is a line that falls from {ends} nats at θ = −4 to −1.386 = −log 4 at θ = 0 "
        "and rises again; the circles of −log 4 + 2·JSD lie on it everywhere. TV and the two KL divergences, equal "
        "here, are 0 at θ = 0 and positive elsewhere.",
    )


def _descent() -> Drawn:
    run = mirror_descent("norm(0, 1)", "norm(1, 1.5)", step=0.5, steps=24)

    def draw(figure: Any) -> None:
        plot_trajectory(run, ax=figure.subplots())

    first, last, bound = (
        float(found.value[at, 0]) for found, at in ((run.excess, 0), (run.excess, -1), (run.bound, -1))
    )
    yield (
        draw,
        _WIDE,
        f"On a log scale over 24 steps: C(G) + log 4 falls from {first:.3g} to {last:.3g}, in a straight line; "
        f"its bound in theory lies above it everywhere, at {bound:.3g} in the end, and that by κ between them.",
    )


# title, caption, the claims that it illustrates, the pictures
_OF_THE_LEDGER: dict[str, tuple[str, str, tuple[str, ...], Callable[[], Drawn]]] = {
    "figure-1": (
        "The paper’s Figure 1",
        f"p_data = {_P_DATA} (dotted), p_g = {_P_G} (solid), the optimal discriminator D* = p_data/(p_data + p_g) "
        "(dashed, on the right), and the arrows by which G(z) = 2z carries z to x.",
        ("prop1.optimal-discriminator", "prop1.posterior", "value.pushforward"),
        _game,
    ),
    "criterion": (
        "C(G) against −log 4 + 2·JSD",
        "p_data = norm(0, 1) and p_g = norm(θ, 1). The line is eq. (4), the circles eq. (6): two computations that "
        "share no integrand.",
        ("thm1.jsd-form", "thm1.global-minimum", "thm1.criterion"),
        _divergences,
    ),
    "descent": (
        "Descent in function space, and its bound",
        "Mirror descent with D = D* at every step, η = ½, from q₀ = norm(1, 1.5) to p_data = norm(0, 1).",
        ("prop2.mirror-descent", "prop2.linear-rate", "prop2.relative-smoothness"),
        _descent,
    ),
}


# -- pictures of training --------------------------------------------------------------------------------------


def _runs(row: Any) -> list[tuple[str, Any]]:
    """The runs that the row was decided on, which are remembered; none where it was not."""
    if row is None or row.verdict not in (Verdict.HOLDS, Verdict.REFUTED):
        return []
    from gantheory.claims.neural import TARGETS, run_of

    case = row.evidence[0].worst
    return [] if case is None else [(target, run_of(target, case)) for target in TARGETS]


def _frames(runs: list[tuple[str, Any]]) -> Drawn:
    for target, run in runs:
        first, last = (np.sort(0.5 * np.asarray(run.excess.value)[at]) for at in (0, -1))
        before, after = np.median(first), np.median(last)

        def draw(figure: Any, run: Any = run, target: str = target) -> None:
            plot_frames(run, ax=figure.subplots())
            figure.suptitle(_of_target(target), fontsize="medium")

        yield (
            draw,
            (8.6, 2.6),
            f"Five pictures of p_data = {target} and p_g, from step {run.steps[0]} to {run.steps[-1]} of training. "
            f"Over {run.seeds} seeds JSD has median {before:.2g} nats in the first picture and {after:.2g} in the "
            f"last, where it lies between {last[0]:.2g} and {last[-1]:.2g}.",
        )


def _readings(runs: list[tuple[str, Any]]) -> Drawn:
    from gantheory.claims.neural import TOLERANCE

    for target, run in runs:
        reading = run.reading(tolerance=TOLERANCE)
        counts = {outcome: reading.outcomes.count(outcome) for outcome in dict.fromkeys(reading.outcomes)}

        def draw(figure: Any, reading: Any = reading, target: str = target) -> None:
            ax = plot_reading(reading, ax=figure.subplots())
            figure.suptitle(_of_target(target), fontsize="medium")
            ax.tick_params(axis="y", labelsize="small" if len(reading) < 20 else "xx-small")

        told = ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
        yield draw, (5.4, 1.6 + 0.24 * len(reading)), f"On p_data = {target}, of {len(reading)} seeds: {told}."


def _of_target(target: str) -> str:
    return rf"$p_{{\mathrm{{data}}}}$ = {target.replace('*', '·').replace('-', '−')}"


_OF_TRAINING: dict[str, tuple[str, str, Callable[[list[tuple[str, Any]]], Drawn]]] = {
    "training": (
        "p_g of the neural GAN over training",
        "Algorithm 1 on three targets: p_data dotted, p_g of the first seed solid, and between the least and the "
        "greatest density of all seeds a band.",
        _frames,
    ),
    "hypotheses": (
        "The hypotheses of Proposition 2, seed by seed",
        "H1 capacity, H2 D at its optimum, H3 improvement that does not fade: each as measured over allowed, so that "
        "left of the line it holds. An open mark is not settled.",
        _readings,
    ),
}


# -- the user's own pair ---------------------------------------------------------------------------------------

_PAIR = "p_data is dotted, p_g solid, and D* = p_data/(p_data + p_g) dashed, on the scale on the right."


def _pair(case: Any) -> Drawn:
    p_data, p_g = (_law_of(case, law) for law in (case.p_data, case.p_g))
    found = case(js_divergence)
    jsd = float(np.ravel(found.value)[0])

    def draw(figure: Any) -> None:
        plot_game(p_data, p_g, show_criterion=not case.is_grid, ax=figure.subplots())

    share = jsd / math.log(2.0)
    of_batch = ", the first of the batch" * bool(found.shape)
    yield (
        draw,
        (7.2, 3.9),
        f"The densities of p_data and p_g and D* over x{of_batch}: {case.laws}. JSD = {jsd:.4g} nats, {share:.0%} of "
        "its greatest value, log 2.",
    )


def _law_of(case: Any, law: Any) -> Any:
    """A law to draw: of arrays, the first of the batch, linear between its points."""
    if not case.is_grid:
        return law
    values = np.asarray(law, dtype=float)
    values = values.reshape(-1, values.shape[-1])[0]
    return Tabulated(case.grid, case.grid.normalize(values))
