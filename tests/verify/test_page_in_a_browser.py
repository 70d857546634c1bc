"""The page in a real browser: it loads without an error and fetches nothing, and what it offers works for everyone.

These tests need chromium on the PATH, and are skipped where it is not.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gantheory.descent import mirror_descent
from gantheory.verify.command_line import main

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH"),
]
HOSTILE = "</script><script>window.alerted = 1</script><img src=x onerror='window.alerted = 1'>"
OWN = f"""
from gantheory.claims import Claim, Statement
from gantheory.divergences import js_divergence

false = Claim(
    "mine.half<b>", {HOSTILE!r},
    statements=Statement("JSD ≤ ½", lambda case: 0.5 - case(js_divergence), ">= 0", latex=r"JSD \\le \\tfrac12"),
    uses=("thm1.jsd-form",),
)
"""
TERMS = " + ".join("abcdefghijklmnopqrstuvwxyz")
LONG = rf"""
from gantheory.claims import Claim, Statement
from gantheory.divergences import js_divergence

long = Claim(
    "mine.long", "{"x" * 300}",
    statements=Statement("{"y" * 200}", lambda case: case(js_divergence), ">= 0"),
    controls=Statement("{"z" * 200}", lambda case: -1 - case(js_divergence), ">= 0"),
    latex=r"a = {TERMS} \ge \frac{{{TERMS} + {TERMS}}}{{2}}",
)
"""
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
LARGEST = 3 * 2**20


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with figures, a derivation, a skipped row, a refuted one of the user's own, and hostile words."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "mine.py").write_text(OWN, encoding="utf-8")
    options = ["--claims", str(folder / "mine.py"), "mine.half<b>", "thm1.jsd-form", "thm1.kl-form", "prop1.posterior",
               "prop2.mirror-descent", "kl.closed-forms", "--level", "quick", "-q"]  # fmt: skip
    assert main([*options, "--html", str(folder / "page")]) == 1
    return folder / "page" / "index.html"


@pytest.fixture(scope="module")
def long_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with the ledger's widest derivations, and with a fraction, a title and words that are wider."""
    folder = tmp_path_factory.mktemp("long")
    (folder / "mine.py").write_text(LONG, encoding="utf-8")
    claims = ["mine.long", "prop2.fisher-rao-flow", "prop2.edges", "thm1.kl-form", "prop2.mirror-descent"]
    options = ["--claims", str(folder / "mine.py"), *claims, "--level", "quick", "-q"]
    assert main([*options, "--html", str(folder / "page")]) == 0
    return folder / "page" / "index.html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield found
        found.close()


@pytest.fixture
def opened(browser: Any, page_file: Path) -> Iterator[Callable[..., Any]]:
    """The page as a function of the reader's settings; at the end nothing was fetched and nothing went wrong."""
    contexts, heard, asked, pages = [], [], [], set()

    def open_page(fragment: str = "", file: Path = page_file, **settings: Any) -> Any:
        context = browser.new_context(**{"viewport": DESK, **settings})
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: heard.append(message.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(file.as_uri() + fragment)
        pages.add(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert heard == []
    assert {url.partition("#")[0] for url in asked} == pages


def shown(page: Any) -> list[str]:
    """The claims whose rows a reader sees."""
    found = page.locator("#verdicts details.row")
    return [found.nth(at).get_attribute("id") for at in range(found.count()) if found.nth(at).is_visible()]


def test_it_loads_and_fetches_nothing(opened: Any, page_file: Path) -> None:
    """One request, for the page itself; no message in the console; no script but its own has run; and it is small."""
    page = opened()
    assert page.title() == "6 claims: 4 hold · 1 REFUTED · 1 not run — gantheory"
    assert page.evaluate("window.alerted") is None
    assert page.locator("svg").count() == 3
    assert page_file.stat().st_size < LARGEST


def test_the_filter_leaves_what_is_asked_for(opened: Any) -> None:
    """By group, verdict, evidence and text, and it says how many."""
    page = opened()
    count = page.locator("#shown")
    assert count.inner_text() == "6 of 6 rows"
    page.locator("select[name=group]").select_option("theorem_1")
    assert shown(page) == ["claim-thm1.kl-form", "claim-thm1.jsd-form"]
    assert count.inner_text() == "2 of 6 rows"
    assert not page.locator("#group-divergences").is_visible()
    page.locator("select[name=group]").select_option("")
    page.locator("select[name=verdict]").select_option("refuted")
    assert shown(page) == ["claim-mine.half<b>"]
    page.locator("select[name=verdict]").select_option("")
    page.locator("select[name=kinds]").select_option("P")
    assert "claim-mine.half<b>" not in shown(page)
    page.get_by_label("Text", exact=True).fill("jsd-form nowhere")
    assert shown(page) == []
    page.get_by_label("Text", exact=True).fill("-log 4 + 2*jsd(p_data||p_g)")  # as a keyboard has it
    assert page.locator(".row:visible").count() > 0
    page.get_by_label("Text", exact=True).fill("jsd-FORM")
    assert shown(page) == ["claim-thm1.jsd-form"]
    assert count.inner_text() == "1 of 6 rows"


def test_a_row_opens_by_hand_by_key_and_by_link(opened: Any) -> None:
    """A link to a row that the filter hides shows it."""
    page = opened("#claim-thm1.jsd-form")
    row = page.locator("[id='claim-thm1.jsd-form']")
    assert row.get_attribute("open") is not None
    assert row.get_by_text("the definition of JSD").is_visible()
    box = row.locator(".formula .lines").first.bounding_box()
    assert box["width"] > 50
    assert box["height"] > 10
    other = page.locator("[id='claim-thm1.kl-form']")
    page.get_by_label("Text", exact=True).fill("jsd-form")
    assert not other.is_visible()
    row.get_by_role("link", name="thm1.kl-form").click()
    page.wait_for_function("document.getElementById('claim-thm1.kl-form').open")
    assert other.is_visible()
    assert page.locator("#shown").inner_text() == "6 of 6 rows"
    assert page.evaluate("document.activeElement.closest('details').id") == "claim-thm1.kl-form"
    page.keyboard.press("Enter")
    assert other.get_attribute("open") is None


def test_all_rows_open_and_close(opened: Any) -> None:
    """Those that are shown."""
    page = opened()
    page.locator("select[name=verdict]").select_option("holds")
    page.get_by_role("button", name="Open all").click()
    assert page.locator("#verdicts details.row[open]").count() == 4
    page.get_by_role("button", name="Close all").click()
    assert page.locator("#verdicts details.row[open]").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_theme_is_the_readers_until_another_is_chosen(opened: Any, scheme: str) -> None:
    """The button says what it gives, and what was chosen is kept."""
    page, other = opened(color_scheme=scheme), "dark" if scheme == "light" else "light"

    def brightness() -> float:
        colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
        return sum(int(part) for part in colour.strip("rgb()").split(","))

    before = brightness()
    assert (before > 600) is (scheme == "light")
    page.get_by_role("button", name=other.capitalize(), exact=True).click()
    after = brightness()
    assert (after > 600) is (scheme == "dark")
    assert page.get_by_role("button", name=scheme.capitalize(), exact=True).is_visible()
    page.reload()
    assert brightness() == after


def test_a_command_can_be_copied(opened: Any) -> None:
    """It is on the clipboard, and a screen reader hears so."""
    page = opened("#claim-thm1.jsd-form", permissions=["clipboard-read", "clipboard-write"])
    page.locator("[id='claim-thm1.jsd-form'] button.copy").click()
    page.wait_for_function("document.getElementById('said').textContent === 'Copied.'")
    assert (
        page.evaluate("navigator.clipboard.readText()") == "python -m gantheory.verify thm1.jsd-form --level quick -v"
    )


def test_without_scripts_it_can_be_read(opened: Any) -> None:
    """Rows open, and no control is there that would do nothing."""
    page = opened(java_script_enabled=False)
    row = page.locator("[id='claim-thm1.jsd-form']")
    row.locator("summary").first.click()
    assert row.get_by_text("the definition of JSD").is_visible()
    assert not page.locator("#filter").is_visible()
    assert not page.locator("#theme").is_visible()
    assert not row.locator("button.copy").is_visible()


@pytest.mark.parametrize("viewport", [PHONE, {"width": 768, "height": 1024}], ids=["phone", "tablet"])
def test_nothing_is_wider_than_a_phone(opened: Any, viewport: dict[str, int]) -> None:
    """With every row open; what is wider scrolls inside its box, also by the keyboard."""
    page = opened(viewport=viewport)
    page.get_by_role("button", name="Open all").click()
    page.wait_for_timeout(100)
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
    wide = "[...document.querySelectorAll('.scrolls')].filter((box) => box.scrollWidth > box.clientWidth)"
    assert viewport is not PHONE or page.evaluate(f"{wide}.length") > 0
    assert page.evaluate(f"{wide}.every((box) => box.tabIndex === 0)")


def test_on_paper_everything_is_open(opened: Any) -> None:
    """Printed, it has the derivations; afterwards it is as it was."""
    page = opened()
    closed = len(page.pdf())
    assert page.locator("#verdicts details.row[open]").count() == 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#verdicts details.row:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("#verdicts details.row[open]").count() == 0
    assert closed > 50_000


BEYOND = """[...document.querySelectorAll("main *, header *")]
    .filter((one) => !one.closest("svg") && one.getBoundingClientRect().right > document.body.clientWidth + 1)
    .map((one) => `${one.tagName} ${one.textContent.slice(0, 40)}`)"""


def test_on_paper_nothing_is_wider_than_its_column(opened: Any, long_page: Path) -> None:
    """Else a browser prints the whole of it smaller: A4 has 210 mm, of which the margins take 32."""
    column = round((210 - 2 * 16) * 96 / 25.4)
    page = opened(file=long_page, viewport={"width": column, "height": 1000})
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("math").count() > 300
    assert page.evaluate(BEYOND) == []
    assert page.evaluate("document.documentElement.scrollWidth") == column
    assert page.evaluate("getComputedStyle(document.body).fontSize") == "14px"  # 10.5 pt
    page.evaluate("document.querySelector('.steps math').style.paddingRight = '1000px'")
    assert page.evaluate(BEYOND) != []


def test_on_a_phone_formulas_wrap(opened: Any, long_page: Path) -> None:
    """What cannot, of the ledger's widest, is rare, and shows that there is more."""
    page = opened(file=long_page, viewport=PHONE)
    page.get_by_role("button", name="Open all").click()
    page.wait_for_timeout(100)
    wide, every = page.evaluate("""() => {
        const boxes = [...document.querySelectorAll(".formula, .steps .scrolls")];
        return [boxes.filter((box) => box.scrollWidth > box.clientWidth), boxes].map((found) => found.length);
    }""")
    assert every > 60
    assert 1 <= wide <= 3
    shade = "(box) => getComputedStyle(box).backgroundImage"
    assert page.locator(".formula[tabindex]").first.evaluate(shade).count("gradient") == 4
    assert page.locator(".formula:not([tabindex])").first.evaluate(shade) == "none"
    figure = page.locator("#figure-descent .scrolls")
    assert figure.evaluate("(box) => box.scrollWidth - box.clientWidth") == 0


@pytest.mark.parametrize("fragment", ["#100%", "#%E2%28", "#claim-nowhere"])
def test_a_link_to_nowhere_costs_nothing(opened: Any, fragment: str) -> None:
    """Also one that is no address: what is wide can be reached by the keyboard all the same."""
    page = opened(fragment, viewport=PHONE)
    page.locator("[id='claim-thm1.jsd-form'] summary").first.click()
    page.wait_for_function("document.querySelectorAll('[id=\"claim-thm1.jsd-form\"] .scrolls[tabindex]').length > 0")


def test_a_linked_row_shows_its_focus_ring(opened: Any) -> None:
    """The row stands clear of the window's upper edge, by more than the ring is wide."""
    page = opened("#claim-thm1.jsd-form")
    page.locator("[id='claim-thm1.jsd-form']").get_by_role("link", name="thm1.kl-form").focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.getElementById('claim-thm1.kl-form').open")
    top = page.evaluate("document.activeElement.getBoundingClientRect().top")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    assert 4 < top < 40


def test_brackets_grow_around_fractions(opened: Any) -> None:
    """Where the machine has a face for mathematics, which the page then asks for."""
    listed = subprocess.run(["fc-list", ":", "family"], capture_output=True, text=True, check=False).stdout
    if "Math" not in listed:
        pytest.skip("no face for mathematics is installed")
    page = opened("#claim-thm1.kl-form")
    heights = page.evaluate("""[...document.querySelectorAll("[id='claim-thm1.kl-form'] .steps mrow > mo:first-child")]
        .filter((mo) => mo.textContent === "(").map((mo) => mo.getBoundingClientRect().height)""")
    assert max(heights) > 1.5 * 16


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_it_can_be_used_by_everyone(opened: Any, scheme: str, viewport: dict[str, int]) -> None:
    """axe-core finds nothing serious, closed or open, in either theme."""
    from axe_playwright_python.sync_playwright import Axe

    page = opened(color_scheme=scheme, viewport=viewport)
    for button in ("Open all", "Close all"):
        found = Axe().run(page).response["violations"]
        told = [(one["id"], node["target"], node["failureSummary"]) for one in found for node in one["nodes"]
                if one["impact"] in ("serious", "critical")]  # fmt: skip
        assert told == []
        page.get_by_role("button", name=button).click()
        page.wait_for_timeout(100)


@pytest.fixture(scope="module")
def run_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a run on laws with atoms."""
    folder = tmp_path_factory.mktemp("run")
    mirror_descent("0.3*delta(0) + 0.7*norm(0, 1)", "0.6*delta(0) + 0.4*norm(2, 1)", steps=4).save(folder / "run.npz")
    assert main(["--run", str(folder / "run.npz"), "--html", str(folder / "page")]) == 0
    return folder / "page" / "index.html"


@pytest.mark.parametrize(("scheme", "viewport"), [("light", DESK), ("dark", PHONE)], ids=["light desk", "dark phone"])
def test_the_page_of_a_run_is_one_too(opened: Any, run_page: Path, scheme: str, viewport: dict[str, int]) -> None:
    """Without rows to filter its script runs all the same; nothing overflows, and axe-core finds nothing serious."""
    from axe_playwright_python.sync_playwright import Axe

    page = opened(file=run_page, color_scheme=scheme, viewport=viewport)
    assert page.locator("svg").count() == 3
    page.get_by_role("button", name="Light" if scheme == "dark" else "Dark").click()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(page).response["violations"]
    assert [one["id"] for one in found if one["impact"] in ("serious", "critical")] == []


def test_axe_would_find_a_violation(opened: Any) -> None:
    """A contrast that is too low, planted, is serious: the check above can fail."""
    from axe_playwright_python.sync_playwright import Axe

    page = opened()
    page.evaluate("document.querySelector('.lead').style.color = '#bbb'")
    found = Axe().run(page).response["violations"]
    assert {one["id"] for one in found if one["impact"] == "serious"} == {"color-contrast"}
