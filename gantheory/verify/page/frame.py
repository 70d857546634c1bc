"""What every page has: a head that fetches nothing, a bar with its sections, figures, facts, and the script."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files

from gantheory.verify.page.figures import Figure
from gantheory.verify.page.markup import Markup, Part, joined, link, tag
from gantheory.verify.page.words import words

__all__ = ["facts", "figures_section", "top", "whole"]

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


def whole(title: str, header: Markup, *main: Part, version: str, start: tuple[str, str]) -> str:
    """A page; `start` is where what it is about begins, and the words of the link that leads there."""
    body = tag(
        "body",
        tag("a", start[1], href=f"#{start[0]}", class_="skip"),
        header,
        tag("main", *main),
        tag("footer", tag("p", "Made by gantheory ", version, ".")),
        tag("p", id="said", role="status", class_="unseen"),
        tag("script", _file("page.js")),
    )
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", _file("page.css")),
    )
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _file(name: str) -> Markup:
    return Markup(files("gantheory.verify.page").joinpath(name).read_text(encoding="utf-8"))


def top(title: str, places: Mapping[str, str], *told: Part) -> Markup:
    """The bar, the title, and what is told first."""
    nav = tag("nav", *(tag("a", name, href=f"#{place}") for place, name in places.items()), aria_label="Sections")
    theme = tag("button", "Dark", type="button", id="theme", hidden=True)
    return tag("header", tag("div", nav, theme, class_="bar"), tag("h1", title), *told)


def facts(title: str, name: str, told: Mapping[str, Part]) -> Markup:
    """A section of names and what they are; one of nothing is left out."""
    rows = [joined(tag("dt", key), tag("dd", content)) for key, content in told.items() if content]
    return tag(
        "section",
        tag("h2", title, id=f"{name}-title"),
        tag("dl", *rows, class_="facts"),
        id=name,
        aria_labelledby=f"{name}-title",
    )


def figures_section(figures: tuple[Figure, ...]) -> Markup | None:
    if not figures:
        return None
    shown = (_figure(figure, number) for number, figure in enumerate(figures, 1))
    return tag(
        "section", tag("h2", "Figures", id="figures-title"), *shown, id="figures", aria_labelledby="figures-title"
    )


def _figure(figure: Figure, number: int) -> Markup:
    pictures = [
        tag("div", tag("div", Markup(svg), role="img", aria_label=shown, class_="picture"), class_="scrolls")
        for svg, shown in figure.pictures
    ]
    problem = tag("p", f"This figure could not be drawn: {figure.problem}") if figure.problem else None
    rows = [part for id in figure.claims for part in (Markup(", "), link(id))][1:]
    told = tag("ul", *(tag("li", words(shown)) for _, shown in figure.pictures)) if figure.pictures else None
    return tag(
        "figure",
        tag("div", *pictures, class_="pictures"),
        problem,
        tag(
            "figcaption",
            tag("b", words(f"Figure {number}. {figure.title}.")),
            " ",
            words(figure.caption),
            joined(" Of ", *rows, ".") if rows else None,
            tag("details", tag("summary", "In words"), told) if told else None,
        ),
        id=f"figure-{figure.name}",
    )
