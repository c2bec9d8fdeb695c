"""``tracker.md`` as GitHub would show it: parsed, and read table by table."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pytest_boss_gates.measure.delivery.metrics import CHANGE_FAILURE_RATE
from pytest_boss_gates.model import (
    Explanation,
    Level,
    Place,
    Row,
    Status,
    Table,
    VerdictStatus,
)
from pytest_boss_gates.report.escape import visible
from pytest_boss_gates.report.markdown import render

if TYPE_CHECKING:
    from pytest_boss_gates.model import Run
    from tests.report.conftest import Examples


class Page(HTMLParser):
    """The tags of a page in their order, its tables cell by cell, its headings and text."""

    def __init__(self, run: Run) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.headings: list[str] = []
        self.tables: list[list[list[str]]] = []
        self.links: list[str] = []
        self._into: list[str] = []
        self.feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(render(run)))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links.append(dict(attrs)["href"] or "")
            return
        assert tag in ("code", "th", "td") or not attrs or tag == "ol", tag
        self.tags.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th", "h1", "h2", "h3"):
            self._into = []

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            return
        self.tags.append(f"/{tag}")
        if tag in ("td", "th"):
            self.tables[-1][-1].append("".join(self._into))
        elif tag in ("h1", "h2", "h3"):
            self.headings.append("".join(self._into))

    def handle_data(self, data: str) -> None:
        self._into.append(data)


def test_the_success_metrics_are_the_trackers_in_its_order(examples: Examples) -> None:
    page = Page(examples.full())
    no_history = "no deployment is known: there are no version tags"
    assert page.tables[0] == [
        ["Metric", "Current", "Target", "Verdict", "Notes"],
        ["CI Pipeline Duration", "-", "<10 minutes", "? unknown (warn)", no_history],
        ["Code Coverage", "87 %", ">90%", "✗ missed", "4 more lines or branches"],
        ["Build Success Rate", "-", ">95%", "? unknown (warn)", no_history],
        ["Deployment Frequency", "-", "daily", "? unknown (warn)", no_history],
        ["Lead Time for Changes", "-", "<1 day", "? unknown (warn)", no_history],
        ["Mean Time to Recovery", "-", "<30 minutes", "? unknown (warn)", no_history],
    ]


def test_a_success_metric_without_a_verdict_keeps_its_row(examples: Examples) -> None:
    rows = Page(examples.run()).tables[0]
    assert [row[1:] for row in rows[1:]] == [["-", "-", "-", "no target"]] * 6


def test_a_success_metric_of_one_path_is_a_gate_and_not_the_metric(examples: Examples) -> None:
    success, gates = Page(examples.run(examples.met())).tables
    assert success[2] == ["Code Coverage", "-", "-", "-", "no target"]
    assert gates[1] == [
        "Code Coverage", "src/shop/payments/**", "99 %", ">=98%", "✓ met", "block",
    ]  # fmt: skip


def test_a_success_metric_of_delivery_says_what_it_rests_on(examples: Examples) -> None:
    missed = examples.lead_time(
        VerdictStatus.MISSED,
        shown="at least 2 d",
        explanation=Explanation(missing="1 d less"),
        reason="at least the value is not <1 day",
    )

    rows = Page(examples.run(missed, examples.no_recovery())).tables[0]

    assert rows[5] == [
        "Lead Time for Changes", "at least 2 d", "<1 day", "✗ missed",
        "1 d less; n=39, last 90 days, version tags; p90 5 h",
    ]  # fmt: skip
    assert rows[6] == [
        "Mean Time to Recovery", "none", "<30 minutes", "· observed",
        "none (n=0, 90 days); n=0, last 90 days, deployed reverts",
    ]  # fmt: skip


def test_the_change_failure_rate_stands_below_when_it_is_wanted(examples: Examples) -> None:
    wanted = examples.verdict(
        VerdictStatus.MET,
        metric=CHANGE_FAILURE_RATE,
        target="<=15%",
        value=Fraction(1, 10),
        shown="10 %",
        n=10,
        numerator=1,
        denominator=10,
    )

    rows = Page(examples.run(wanted)).tables[0]

    assert len(rows) == 8
    assert rows[-1] == ["Change Failure Rate", "10 %", "<=15%", "✓ met", "1 of 10, n=10"]


def test_a_met_success_metric_says_what_it_rests_on(examples: Examples) -> None:
    row = Page(examples.run(examples.met(scope=""))).tables[0][2]
    assert row == ["Code Coverage", "99 %", ">=98%", "✓ met", "99 of 100"]


def test_every_other_verdict_is_a_gate(examples: Examples) -> None:
    gates = Page(examples.full()).tables[1]
    assert gates == [
        ["Gate", "Scope", "Measured", "Target", "Verdict", "Enforced"],
        ["Code Coverage", "src/shop/payments/**", "99 %", ">=98%", "✓ met", "block"],
        ["Session Duration", "-", "12.25 s", "<10 minutes", "✓ met", "block"],
        ["Complexity", "-", "14", "<=10", "✗ missed (warn)", "warn"],
        ["Tool", "mypy", "declared", "declared", "✓ met", "block"],
        ["Tool Version", "mypy", "1.13.0", ">=1.5", "✓ met", "block"],
        ["Slowest Test", "-", "-", "<5 s", "– skipped: partial run: -k", "block"],  # noqa: RUF001
        ["Tests", "-", "61", "-", "· observed", "-"],
    ]


def test_a_second_target_on_a_success_metric_is_a_gate(examples: Examples) -> None:
    _, gates = Page(examples.run(examples.missed_coverage(), examples.met(scope=""))).tables
    assert [row[2] for row in gates[1:]] == ["99 %"]


def test_a_missed_verdict_is_explained(examples: Examples) -> None:
    text = render(examples.full())
    section = text.partition("### ✗ missed: Code Coverage\n")[2].partition("\n###")[0]
    assert section.strip().splitlines() == [
        "- &gt;90% is wanted (`pyproject.toml:12`), 87 % was measured.",
        "- **Reason:** 87 % is not &gt;90%",
        "- **Missing:** 4 more lines or branches",
        "- **Why it matters:** Code that no test runs can break without anyone noticing.",
        f"- **How to fix:** {examples.missed_coverage().metric.fix}",
        "",
        "Where, worst first:",
        "",
        "- 5 lines or branches: `src/shop/cart.py:3` (lines 3-6, 12)",
        "- 1 line or branch: `src/shop/store.py:40`",
        "- and 7 more",
        "",
        "The cheapest way to the target:",
        "",
        "1. Cover 4 of 5 lines in src/shop/cart.py (lines 3-6, 12).",
    ]


def test_an_unknown_verdict_says_why_and_what_to_do(examples: Examples) -> None:
    verdict = examples.verdict(
        VerdictStatus.UNKNOWN, scope="src/a/**", reason="a worker was lost", remedy="Run it again."
    )
    text = render(examples.run(verdict))
    assert "### ? unknown: Code Coverage `src/a/**`" in text
    assert "wanted (`pyproject.toml:12`), nothing was measured." in text
    assert "- **Reason:** a worker was lost\n- **Remedy:** Run it again.\n" in text


def test_a_met_run_has_no_section_for_what_is_not(examples: Examples) -> None:
    page = Page(examples.run(examples.met()))
    assert page.headings == [
        "CI/CD and DevOps Tracker Report",
        "Success Metrics",
        "Gates",
        "How It Was Measured",
    ]


def test_the_opening_says_how_it_went_and_of_what(examples: Examples) -> None:
    assert render(examples.full()).splitlines()[2] == (
        "**Missed: at least one blocking target is not met.** Judged at commit `0c1d2e3`, "
        "on branch `main`, on 2026-11-22 at 18:30 UTC: "
        "2 gates missed (1 warn), 5 unknown (warn), 4 met, 1 skipped."
    )


def test_a_tracker_table_shows_its_status_with_its_proof(examples: Examples) -> None:
    assert Page(examples.full()).tables[2] == [
        ["Tool", "Status", "Notes", "Proof"],
        ["mypy", "🟡 In Progress", "strict", "declared: pyproject.toml:41"],
        ["Sphinx", "🔴 Not Started", "-", "none"],
    ]


PROOFS = (Place(path=".github/ci file.yml", line=7), Place(path="tox.ini"))
WHY = "wired by mypy: .github/ci file.yml:7 (tox.ini:3: || true); needs Type Checking at gating"
MYPY = Row(
    cells=("mypy", "In Progress", WHY),
    status=Status.IN_PROGRESS,
    level=Level.WIRED,
    proofs=PROOFS,
    why=WHY,
)
SPHINX = Row(cells=("Sphinx", "Not Started", "ours"), status=Status.NOT_STARTED, why="not detected")


def tools(*rows: Row) -> tuple[Table, ...]:
    return (Table(title="Tools", columns=("Tool", "Status", "Notes"), rows=rows),)


def test_where_a_status_rests_is_told_once_and_notes_are_a_persons(examples: Examples) -> None:
    page = Page(examples.run(tables=tools(MYPY, SPHINX)))
    assert page.tables[-1][1:] == [
        ["mypy", "🟡 In Progress", "-", f"{WHY}. Also tox.ini"],
        ["Sphinx", "🔴 Not Started", "ours", "not detected"],
    ]
    assert page.links == []  # it is not known where the report will stand


@pytest.mark.parametrize(
    ("at", "up"),
    [
        (".boss-gates/tracker.md", "../"),
        ("run.md", ""),
        ("a/b/run.md", "../../"),
        ("a/../run.md", ""),
    ],
)
def test_a_status_and_its_proofs_are_links_from_where_the_report_stands(
    examples: Examples, at: str, up: str
) -> None:
    page = Page(examples.run(tables=tools(MYPY, SPHINX), at=at))
    ci = f"{up}.github/ci%20file.yml#L7"
    assert page.links == [ci, ci, f"{up}tox.ini"]
    assert page.tables[-1][1] == ["mypy", "🟡 In Progress", "-", f"{WHY}. Also tox.ini"]


def test_a_proof_is_not_found_in_the_place_of_another_line(examples: Examples) -> None:
    row = replace(
        MYPY,
        why="override until 2027-01-31: see tox.ini:34",
        proofs=(Place(path="tox.ini", line=3),),
    )
    page = Page(examples.run(tables=tools(row), at="run.md"))
    assert page.tables[-1][1][3] == "override until 2027-01-31: see tox.ini:34. Also tox.ini:3"


def test_what_has_not_begun_is_shown_by_nothing(examples: Examples) -> None:
    begun = replace(MYPY, status=Status.NOT_STARTED, why="not detected", proofs=PROOFS[1:])
    page = Page(examples.run(tables=tools(begun), at="run.md"))
    assert page.links == ["tox.ini"]  # in the column Proof alone
    assert page.tables[-1][1][3] == "not detected. Also tox.ini"


@pytest.mark.parametrize("at", ["", "/tmp/run.md", "../run.md", "a/../../run.md"])
def test_a_report_outside_the_root_has_no_links(examples: Examples, at: str) -> None:
    assert Page(examples.run(tables=tools(MYPY), at=at)).links == []


@pytest.mark.parametrize("path", [".git", ".git/config", "/etc/passwd", "../x"])
def test_what_a_reader_cannot_open_is_no_link(examples: Examples, path: str) -> None:
    row = replace(MYPY, why="declared: 1 commit", proofs=(Place(path=path),))
    page = Page(examples.run(tables=tools(row), at="run.md"))
    assert page.links == []


def test_the_legend_stands_before_the_tables(examples: Examples) -> None:
    assert (
        "## Implementation Status Legend\n\n"
        "- 🔴 **Not Started**: Implementation has not begun\n"
        "- 🟡 **In Progress**: Implementation is underway but not complete\n"
        "- 🟢 **Completed**: Implementation is complete and validated\n\n"
        "## Tools\n"
    ) in render(examples.run(tables=tools(MYPY)))


def test_where_it_is_missed_is_a_link_as_well(examples: Examples) -> None:
    page = Page(replace(examples.run(examples.missed_coverage()), at=".boss-gates/tracker.md"))
    assert page.links == [
        "../pyproject.toml#L12",
        "../src/shop/cart.py#L3",
        "../src/shop/store.py#L40",
    ]


def test_many_proofs_are_counted(examples: Examples) -> None:
    proofs = tuple(Place(path="tox.ini", line=line) for line in range(1, 6))
    row = Row(cells=("black",), status=Status.COMPLETED, proofs=proofs)
    table = Table(title="Tools", columns=("Tool", "Status"), rows=(row,))
    cells = Page(examples.run(tables=(table,))).tables[-1][1]
    assert cells == ["black", "🟢 Completed", "tox.ini:1, tox.ini:2, tox.ini:3 and 2 more"]


def test_a_table_without_proofs_is_as_given(examples: Examples) -> None:
    table = Table(title="Progress", columns=("Month", "Total"), rows=(Row(cells=("July", "0")),))
    assert Page(examples.run(tables=(table,))).tables[-1] == [["Month", "Total"], ["July", "0"]]


def test_how_it_was_measured_names_what_two_runs_must_share(examples: Examples) -> None:
    identity = examples.identity(workers=2, partial="-k slow", ci="github")
    text = render(examples.run(identity=identity))
    assert text.partition("## How It Was Measured\n\n")[2].splitlines() == [
        "- Whole suite: no, \\-k slow",
        "- Workers: 2",
        "- CI: github",
        "- Started: 2026-11-22 18:30:00 UTC, took 12.2 s",
        "- Versions: pytest `9.0.1`, python `3.13.0`",
        "- Fingerprint: branch `no`, core `sysmon`",
    ]


def test_a_traceback_is_shown_as_it_is(examples: Examples) -> None:
    trace = 'Traceback:\n  File "a.py", line 1\nValueError: `x`'
    assert f"## Problems\n\n```text\n{trace}\n```\n" in render(examples.run(problems=(trace,)))


def test_text_of_strangers_leaves_the_page_as_it_was(examples: Examples) -> None:
    tame = Page(examples.written_by_others("tame"))
    for text in filter(str.strip, examples.hostile_texts):
        page = Page(replace(examples.written_by_others(text), at=".boss-gates/tracker.md"))
        assert page.tags == tame.tags, text
        assert all(re.fullmatch(r"\.\./[\w.%/@+,=~-]+#L\d+", link) for link in page.links), text
        assert len(page.headings) == len(tame.headings)
        assert visible(text) in page.tables[-1][1][1]


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_any_text_leaves_the_page_as_it_was(data: st.DataObject, examples: Examples) -> None:
    text = data.draw(examples.any_text().filter(lambda found: bool(visible(found))))
    page = Page(replace(examples.written_by_others(text), at=".boss-gates/tracker.md"))
    assert page.tags == Page(examples.written_by_others("tame")).tags


def test_no_line_of_the_page_is_a_workflow_command(examples: Examples) -> None:
    for text in examples.hostile_texts:
        rendered = render(examples.written_by_others(text))
        assert not re.search(r"^\s*::|##\w*\[", rendered, re.MULTILINE)
