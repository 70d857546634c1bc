"""How large the page of a standard report is, how soon it is loaded in a headless Chromium, and what else it asks for.

Deciding the ledger takes a minute or two; a page that is there already can be given instead. What must hold: under
3 MB, under 1 s, and no request but the one for the page itself.

    python benchmarks/page.py [index.html]
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from gantheory.verify import run
from gantheory.verify.page import write_page

LARGEST, SLOWEST = 3.0, 1.0  # MB, s


def size(page: Path) -> float:
    """In MB."""
    return page.stat().st_size / 2**20


def loads(page: Path, times: int) -> tuple[list[float], list[str]]:
    """Seconds from the request until the load event has ended, each without a cache; what else was asked for."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    seconds, asked = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for _ in range(times):
            tab = browser.new_context().new_page()
            tab.on("request", lambda request: asked.append(request.url))
            tab.goto(page.resolve().as_uri())
            seconds.append(tab.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd") / 1000)
            tab.context.close()
        browser.close()
    return seconds, [url for url in asked if url != page.resolve().as_uri()]


def told(what: str, shown: str, must: str, holds: bool) -> str:
    return f"{what:24}{shown:>24}   must be {must:8}{'holds' if holds else 'DOES NOT HOLD'}"


def main(page: Path, times: int = 9) -> None:
    megabytes = size(page)
    seconds, others = loads(page, times)
    median = statistics.median(seconds)
    print(told("size", f"{megabytes:.2f} MB", "< 3 MB", megabytes < LARGEST))
    spread = f"{median:.2f} s ({min(seconds):.2f} to {max(seconds):.2f})"
    print(told(f"load, median of {times}", spread, "< 1 s", median < SLOWEST))
    print(told("other requests", str(len(others) // times), "0", not others))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder, "index.html")
            write_page(run(level="standard"), made)
            main(made)
