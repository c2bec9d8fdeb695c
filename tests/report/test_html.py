"""The page: whole, harmless, the same from the JSON, and at work in a real browser."""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from pytest_boss_gates.model import (
    ChangedTest,
    Details,
    Earlier,
    EndedTests,
    Ending,
    Explanation,
    Item,
    Level,
    Outcome,
    PastRun,
    Place,
    Row,
    Series,
    Silenced,
    SourceFile,
    Table,
    VerdictStatus,
)
from pytest_boss_gates.report import FORMATS, Format
from pytest_boss_gates.report.html import render
from pytest_boss_gates.report.html_charts import Line, trend
from pytest_boss_gates.report.json import render as render_json
from pytest_boss_gates.report.reading import run_of
from tests.report.conftest import HOSTILE, STARTED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from pytest_boss_gates.model import Run
    from tests.report.conftest import Examples

VOID = {"meta", "input", "link", "br", "hr", "img"}


def details(tests: int = 3, files: int = 2, text: str = "plain") -> Details:
    names = [f"tests/test_{number % 97}.py::test_{number}[{text}]" for number in range(tests)]
    return Details(
        tests=EndedTests.by_name(
            names,
            [*"pfs", *"p" * tests][:tests],
            [number / 1000 for number in range(tests)],
            notes=dict.fromkeys(names[2:3], text),
        ),
        files=tuple(
            SourceFile(
                path=f"src/file_{number}.py",
                statements=100,
                missing=number % 100,
                complexity=number % 20 + 1,
                function=text,
                line=3,
            )
            for number in range(files)
        ),
        suppressions=(Silenced(path=f"src/{text}.py", count=2, lines="noqa 3, 7", line=3),),
        earlier=Earlier(
            runs=(
                PastRun(
                    ended=STARTED - timedelta(days=1),
                    commit="abc",
                    branch="main",
                    outcome=Outcome.MET,
                ),
            )
            * 2,
            series=(
                Series(
                    metric="code-coverage",
                    scope="",
                    values=(0.8, 0.7),
                    statuses=(VerdictStatus.MISSED, VerdictStatus.MISSED),
                ),
            ),
            changed=(ChangedTest(nodeid=text, before=Ending.PASSED, now=Ending.FAILED),),
        ),
    )


def detailed(examples: Examples, **given: Any) -> Run:
    verdict = examples.verdict(VerdictStatus.MET, value=0.95, shown="95 %")
    return examples.run(verdict, details=details(**given))


class Outline(HTMLParser):
    """The open elements, to see that each is closed, and the scripts that would run."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert not any(name.startswith("on") or name == "style" for name, _ in attrs)
        self.scripts += tag == "script"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag, attrs

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("text", HOSTILE)
def test_every_element_is_closed_whatever_text_stands_in_it(text: str, examples: Examples) -> None:
    outline = Outline()

    outline.feed(render(detailed(examples, text=text)))

    assert outline.open == []
    assert outline.scripts == 2, "the data and our own"


def test_the_page_names_no_address_of_another_machine(examples: Examples) -> None:
    page = render(detailed(examples)).replace("http://www.w3.org/2000/svg", "")

    assert "://" not in page
    assert "default-src 'none'" in page


@pytest.mark.parametrize("text", HOSTILE)
def test_the_page_is_the_same_from_the_json(text: str, examples: Examples) -> None:
    run = detailed(examples, text=text)

    again = run_of(render_json(run), root=run.identity.root)

    assert render(again) == render(run)


def test_what_was_left_out_is_counted(examples: Examples) -> None:
    run = detailed(examples)

    page = render(replace(run, details=replace(run.details, tests_left_out=1234)))

    assert "1,234 more tests are left out" in page


def test_a_test_that_fails_now_is_told_among_the_changes(examples: Examples) -> None:
    page = render(detailed(examples, text="test_cart"))

    assert "Now failing" in page
    assert "<code>test_cart</code> <small>passed → failed</small>" in page


def test_a_run_without_any_details_says_so(examples: Examples) -> None:
    page = render(examples.run(details=Details(reasons={"tests": "no tests are run"})))

    assert "No test is known: no tests are run." in page
    assert "There is nothing to compare with" in page


def test_what_was_not_looked_at_is_no_number(examples: Examples) -> None:
    reason = "no report of this run asked for it"

    page = render(examples.run(details=Details.unknown(reason)))

    assert "Suppressions</dt><dd>\u2013<small> not looked at</small>" in page
    assert f"None is known: {reason}." in page
    assert f"No test is known: {reason}." in page
    assert f"No source file is known: {reason}." in page
    assert 'data-count="suppressions"' not in page
    assert "Tests failed" not in page


def test_nothing_suppressed_is_a_nought_when_it_was_looked_at(examples: Examples) -> None:
    page = render(examples.run(details=Details()))

    assert "Suppressions</dt><dd>0<small> in 0 files</small>" in page
    assert "Nothing is suppressed." in page


def test_a_run_that_judged_nothing_is_not_called_met(examples: Examples) -> None:
    skipped = examples.verdict(VerdictStatus.SKIPPED, reason="partial run: -k")

    page = render(examples.run(skipped))

    assert '<h1 id="title">Not judged: no target was for this run.</h1>' in page
    assert "<title>not judged: " in page
    assert '<span class="brief">partial run: -k</span>' in page


def test_a_missed_gate_says_how_much_and_the_first_step_in_its_row(examples: Examples) -> None:
    missed = examples.verdict(
        VerdictStatus.MISSED,
        shown="80 %",
        reason="80 % is not >90%",
        explanation=Explanation(missing="7 more lines", cheapest=("Cover 7 lines in a.py.",)),
    )

    page = render(examples.run(missed, outcome=Outcome.MISSED))

    assert '<span class="brief">7 more lines</span>' in page
    assert '<span class="brief first">Cover 7 lines in a.py.</span>' in page


def test_the_places_of_a_gate_name_a_path_once_and_few_of_many_lines(examples: Examples) -> None:
    place = Place(path="a.py", line=3)
    lines = ", ".join(map(str, range(1, 100)))
    where = (Item(name="a.py::test_b", value=9, place=place, note=f"lines {lines}"),)
    missed = examples.verdict(VerdictStatus.MISSED, explanation=Explanation(where=where))

    page = render(examples.run(missed, outcome=Outcome.MISSED))

    assert "<code>a.py:3</code> test_b <small>lines 1, 2, 3, 4, 5, 6, 7, 8 and 91 more<" in page


def test_chips_stand_in_an_order_that_no_run_changes(examples: Examples) -> None:
    tests = EndedTests.by_name(["a.py::x", "a.py::y", "a.py::z"], "spf", [0, 9, 1])

    page = render(examples.run(details=Details(tests=tests)))

    chips = page[page.index('data-for="tests"') :]
    words = re.findall('data-word="([a-z]*)"', chips[: chips.index("</div>")])
    assert words == ["", "failed", "passed", "skipped"]


def test_a_quick_test_took_more_than_no_time(examples: Examples) -> None:
    quick = Details(tests=EndedTests.by_name(["t.py::test_a"], "p", [0.0004]))

    assert '<td class="number">&lt;0.001 s<' in render(examples.run(details=quick))


def test_a_level_is_told_once_and_none_not_at_all(examples: Examples) -> None:
    rows = (
        Row(cells=("a", "Completed"), level=Level.GATING, why="gating by pytest: ci.yml:3"),
        Row(cells=("b", "Completed"), level=Level.OBSERVED, why="declared: tox.ini:1"),
        Row(cells=("c", "Not Started"), level=Level.NONE, why="not detected"),
    )
    table = Table(title="Tools", columns=("Tool", "Status"), rows=rows)

    page = render(examples.run(tables=(table,)))

    assert "<b>gating</b> by pytest: ci.yml:3" in page
    assert "<b>observed</b> declared: tox.ini:1" in page
    assert '<td data-label="Proof" class="proof"><div>not detected</div>' in page


def test_the_marks_of_a_chart_do_not_read_alike() -> None:
    line = Line(values=(2.29, 2.281), spell=lambda value, places: f"{value:.{places}f} s")

    assert re.findall(">([0-9.]+ s)<", trend(line, "time")) == ["2.29 s", "2.28 s"]


def test_charts_name_files_and_no_series(examples: Examples) -> None:
    page = render(detailed(examples))

    assert "<title>src/file_1.py: 99.0 % covered, complexity 2</title>" in page
    assert "series lines" in page
    assert "Unnamed" not in page


def test_a_format_says_what_it_lacks() -> None:
    row = Format(key="x", file_name="x", render=render, extra="html", needs=("no_such_module",))

    assert row.lack == (
        'The x report needs no_such_module. Install it: pip install "pytest-boss-gates[html]".'
    )
    assert FORMATS["html"].lack == ""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A running Chromium; without one the test is skipped, but not in CI."""
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        reason = "there is no chromium: apt-get install chromium"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield started
        started.close()


def opened(browser: Any, path: Path, text: str, width: int = 1600) -> tuple[Page, list[str]]:
    path.write_text(text, encoding="utf-8")
    page: Page = browser.new_page(viewport={"width": width, "height": 900})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.goto(path.as_uri())
    return page, said


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1600])
def test_hostile_text_cannot_run_nor_widen_the_page(
    width: int, browser: Any, tmp_path: Path, examples: Examples
) -> None:
    for text in HOSTILE:
        written = render(detailed(examples, text=text))
        page, said = opened(browser, tmp_path / "report.html", written, width)

        assert said == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.close()
