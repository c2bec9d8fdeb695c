"""``report.html`` in a real Chromium: it filters, can be used by all, and runs nothing foreign."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.report.html import render
from tests.report.html_pages import hostile, plain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Locator, Page

    from pytest_boss_gates.model import Run
    from tests.report.conftest import Examples

pytestmark = [pytest.mark.slow, pytest.mark.browser]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A running Chromium; without one the test is skipped, but not in CI."""
    from playwright.sync_api import sync_playwright

    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        reason = "Chromium is not installed (Debian: apt-get install chromium)"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []  # it refuses root in its sandbox
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=arguments)
        yield started
        started.close()


@dataclass
class Opened:
    """Pages opened from disk, with what each complained of or asked for."""

    browser: Browser
    folder: Path
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def page(self, run: Run, *, width: int = 1280, dark: bool = False) -> Page:
        file = self.folder / "report.html"
        file.write_text(render(run), encoding="utf-8", newline="\n")
        page = self.browser.new_page(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light"
        )
        page.on("console", lambda said: self.complaints.append(said.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(file.as_uri())
        return page


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opened]:
    made = Opened(browser, tmp_path)
    yield made
    for context in browser.contexts:
        context.close()


def drawn(element: Locator, style: str) -> str:
    """What the browser makes of a property."""
    return str(element.evaluate(f"element => getComputedStyle(element)['{style}']"))


def test_the_page_asks_for_nothing_and_complains_of_nothing(
    examples: Examples, opened: Opened
) -> None:
    opened.page(plain(examples)).wait_for_timeout(200)
    assert opened.complaints == []
    assert [url.rpartition("/")[2] for url in opened.requests] == ["report.html"]


def test_hostile_text_cannot_run(examples: Examples, opened: Opened) -> None:
    page = opened.page(hostile(examples))
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    page.fill("#search", "</script>")
    page.wait_for_timeout(300)
    assert page.evaluate("window.pwned === undefined")
    assert page.locator("main img, main script, main style").count() == 0
    assert opened.complaints == []
    assert "</script>" in (page.locator("[data-table=tests] tbody th").first.text_content() or "")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [360, 1600])
def test_axe_finds_no_serious_fault(
    examples: Examples, opened: Opened, width: int, *, dark: bool
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(opened.page(plain(examples, tests=120), width=width, dark=dark)).response
    serious = [
        (each["id"], [node["html"][:200] for node in each["nodes"]][:3])
        for each in found["violations"]
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == []
    assert len(found["passes"]) > 20


@pytest.mark.parametrize("width", [360, 768, 1600])
def test_no_width_scrolls_sideways(examples: Examples, opened: Opened, width: int) -> None:
    for run in (plain(examples), hostile(examples)):
        page = opened.page(run, width=width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_search_and_chips_narrow_the_tests(examples: Examples, opened: Opened) -> None:
    from playwright.sync_api import expect

    page = opened.page(plain(examples, tests=400))
    rows, shown = page.locator("[data-table=tests] tbody tr"), page.locator("[data-count=tests]")
    page.locator(".chips[data-for=tests] [data-word=failed]").click()
    assert shown.text_content() == "100 of 400"
    page.keyboard.press("/")
    page.keyboard.type("test_case_399")
    expect(shown).to_have_text("1 of 400")
    assert rows.count() == 1
    page.keyboard.press("Escape")
    assert shown.text_content() == "100 of 400"


def test_keys_alone_page_and_sort_a_long_table(examples: Examples, opened: Opened) -> None:
    page = opened.page(plain(examples, tests=400))
    first = page.locator("[data-table=tests] tbody .name").first
    page.locator("[data-key=seconds] button").focus()
    page.keyboard.press("Enter")
    assert first.text_content() == "test_case_0"
    page.locator("[data-pager=tests] [data-step='1']").focus()
    page.keyboard.press("Enter")
    assert first.text_content() == "test_case_50"


def test_print_opens_what_is_folded(examples: Examples, opened: Opened) -> None:
    page = opened.page(plain(examples))
    folded = page.locator("details:not([open])")
    before = folded.count()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert (before > 0, folded.count()) == (True, 0)
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert folded.count() == before


def test_of_a_large_suite_only_a_page_of_each_table_is_drawn(
    examples: Examples, opened: Opened
) -> None:
    from playwright.sync_api import expect

    page = opened.page(plain(examples, tests=20_000, files=5_000))
    shown = page.locator("[data-count=tests]")
    assert page.locator("[data-table=tests] tbody tr").count() == 50
    assert page.locator("[data-table=files] tbody tr").count() == 50
    page.fill("#search", "test_case_19999")
    expect(shown).to_have_text("1 of 20,000")
    assert page.locator("[data-table=tests] tbody tr").count() == 1


def test_on_paper_a_table_is_a_table_and_all_of_it_is_there(
    examples: Examples, opened: Opened
) -> None:
    page = opened.page(plain(examples), width=700)  # A4 without its margins
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    for table in ("gates", "tracker"):
        rows = page.locator(f".{table} tbody tr:first-child > *")
        assert {"table-cell"} == {drawn(cell, "display") for cell in rows.all()}
    assert page.locator(".gates .why").count() > 5
    assert all(each.is_visible() for each in page.locator(".gates .why").all())
    assert not page.locator("input, nav, .chips").locator("visible=true").count()
    assert page.evaluate("document.documentElement.scrollWidth") <= 700


def test_enter_goes_to_the_first_section_that_matches(examples: Examples, opened: Opened) -> None:
    page = opened.page(plain(examples, tests=400))
    page.emulate_media(reduced_motion="reduce")
    page.keyboard.press("/")
    page.keyboard.type("test_case_399")
    page.keyboard.press("Enter")
    assert page.locator(".count.hit").all_text_contents() == ["1 of 400"]
    box = page.locator("#tests-title").bounding_box()
    header = page.locator(".top").bounding_box()
    assert box is not None
    assert header is not None
    assert header["height"] < box["y"] < 300


def test_gates_are_told_in_a_row_each_until_one_is_unfolded(
    examples: Examples, opened: Opened
) -> None:
    page = opened.page(plain(examples))
    missed = page.locator(".gates tbody").first
    folded = missed.bounding_box()
    missed.locator("summary").focus()
    page.keyboard.press("Enter")
    unfolded = missed.bounding_box()
    assert folded is not None
    assert unfolded is not None
    assert folded["height"] < 110
    assert unfolded["height"] > folded["height"] + 50
    assert missed.locator(".places").is_visible()


@pytest.mark.parametrize("width", [360, 1600])
def test_what_unfolds_a_gate_stands_in_its_row(
    examples: Examples, opened: Opened, width: int
) -> None:
    page = opened.page(plain(examples), width=width)
    for gate in page.locator(".gates tbody").all():
        row = gate.locator("tr").first.bounding_box()
        summary = gate.locator("summary").bounding_box()
        assert row is not None
        assert summary is not None
        assert row["y"] <= summary["y"]
        assert summary["y"] + summary["height"] <= row["y"] + row["height"] + 1


def test_a_small_screen_leaves_out_what_is_empty(examples: Examples, opened: Opened) -> None:
    page = opened.page(plain(examples), width=360)
    empty = page.locator(".gates td.none")
    assert empty.count() > 0
    assert not empty.locator("visible=true").count()
    tiles = [tile.bounding_box() for tile in page.locator(".tiles > div").all()[:2]]
    assert len({tile["y"] for tile in tiles if tile is not None}) == 1


def test_forced_colours_still_tell_the_chosen_from_the_others(
    examples: Examples, opened: Opened
) -> None:
    page = opened.page(plain(examples))
    page.emulate_media(forced_colors="active")
    chosen = page.locator('.chips[data-for="tests"] [aria-pressed="true"]')
    others = page.locator('.chips[data-for="tests"] [aria-pressed="false"]')
    assert drawn(chosen, "background-color") != drawn(others.first, "background-color")
    page.locator("#tests").scroll_into_view_if_needed()
    current, other = page.locator("[aria-current]"), page.locator("nav a:not([aria-current])")
    ground = drawn(page.locator(".top"), "background-color")
    assert drawn(current, "border-bottom-color") != ground
    assert drawn(other.first, "border-bottom-color") == ground


def test_the_script_spells_a_row_as_the_page_does_without_it(
    examples: Examples, opened: Opened
) -> None:
    page = opened.page(plain(examples, tests=20))
    rows = page.locator("[data-table=tests] tbody tr")
    before = rows.all_text_contents()
    rows.first.evaluate("row => row.classList.add('of-the-template')")
    page.fill("#search", "test_case")
    page.keyboard.press("Enter")
    assert page.locator(".of-the-template").count() == 0
    assert rows.all_text_contents() == before
    assert any("<0.001 s" in row for row in before)
