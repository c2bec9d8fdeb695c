"""What a tracker's cells say, however they are dressed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_boss_gates.model import Direction, Status
from pytest_boss_gates.tracker import cells

NOT, IN, DONE = Status


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("🟢 Completed", DONE),
        ("游릭 Completed", DONE),  # its bytes read as Johab
        ("ðŸŸ¢ Completed", DONE),  # its bytes read as Windows-1252
        ("游릭Completed", DONE),
        ("✅ Completed", DONE),
        ("**Completed**", DONE),
        ("Completed (2024)", DONE),
        ("[Completed](../ci.yml#L3)", DONE),
        ("[In Progress](completed.md)", IN),
        ("🟡 [**In Progress**](https://x.y/not-started 'Completed')", IN),
        ("![Completed](https://img.shields.io/x)", DONE),
        ('<a href="completed">In&nbsp;Progress</a>', IN),
        ("IN PROGRESS", IN),
        ("in-progress", IN),
        ("not_started", NOT),
        ("~~Not Started~~ Completed", DONE),
        ("Completed, [Completed](x)", DONE),
        ("<!-- Completed -->", None),
        ("Not Completed", None),
        ("not yet completed", None),
        ("Uncompleted", None),
        ("Done", None),
        ("-", None),
        ("", None),
    ],
)
def test_a_status_is_read_by_its_words(text: str, status: Status | None) -> None:
    assert cells.read_status(text).status is status


def test_two_statuses_are_none() -> None:
    said = cells.read_status("In Progress / Completed")

    assert (said.status, said.statuses) == (None, (IN, DONE))


def test_the_dress_of_a_status_is_kept_apart() -> None:
    said = cells.read_status(":green_circle: [**Completed**](<ci file.yml> 'x') (2024)")

    assert (said.icon, said.marks, said.target) == (":green_circle:", "**", "<ci file.yml>")
    assert said.text == ":greencircle: Completed (2024)"


@pytest.mark.parametrize(
    ("icon", "is_icon", "is_mangled"),
    [
        ("🟢", True, False),
        ("⚠️", True, False),
        (":green_circle:", True, False),
        ("游릭", False, True),
        ("ðŸŸ¢", False, True),
        ("\ufffd\ufffd", False, True),
        ("??", False, True),
        ("Mostly", False, False),
        ("[x]", False, False),
        ("Частично", False, False),
        ("", False, False),
    ],
)
def test_an_icon_is_told_from_what_is_left_of_one(
    icon: str,
    is_icon: bool,  # noqa: FBT001 - expected values
    is_mangled: bool,  # noqa: FBT001
) -> None:
    assert (cells.is_icon(icon), cells.is_mangled(icon)) == (is_icon, is_mangled)


@pytest.mark.parametrize(
    ("texts", "icons"),
    [
        ([], ["🔴", "🟡", "🟢"]),
        (["游릭 Completed", "游댮 Not Started"], ["🔴", "🟡", "🟢"]),
        (["✅ Completed", "Not Started"], ["🔴", "🟡", "✅"]),
        (["🚧 In Progress", "❌ Not Started", "🛑 Not Started"], ["❌", "🚧", "🟢"]),
        (["Completed", "Not Started"], ["", "", ""]),
        (["Mostly Completed"], ["", "", ""]),
    ],
)
def test_a_document_has_its_own_icons(texts: list[str], icons: list[str]) -> None:
    found = cells.icons_of([cells.read_status(text) for text in texts])

    assert [found[status] for status in Status] == icons


@pytest.mark.parametrize(
    ("link", "marks", "text"),
    [
        ("", "", "🟢 Completed"),
        ("", "**", "🟢 **Completed**"),
        ("../a b (c)|d.yml#L3", "", "🟢 [Completed](../a%20b%20%28c%29%7Cd.yml#L3)"),
        ("https://x.y/a%20b", "_", "🟢 [_Completed_](https://x.y/a%20b)"),
    ],
)
def test_a_status_is_written(link: str, marks: str, text: str) -> None:
    assert cells.write_status(DONE, cells.ICONS, link=link, marks=marks) == text


@pytest.mark.parametrize(
    ("target", "is_proof"),
    [
        ("../ci.yml#L3", True),
        ("ci.yml", True),
        ("/ci.yml", True),
        ("https://x.y", False),
        ("mailto:x@y", False),
        ("//x.y", False),
        ("#status", False),
        ("", False),
    ],
)
def test_a_link_into_the_repository_is_a_proof(target: str, is_proof: bool) -> None:  # noqa: FBT001
    assert cells.is_proof(target) is is_proof


@pytest.mark.parametrize(
    ("column", "said", "shown"),
    [
        ("Current", "93.1%", "93.1 %"),
        ("Current", "**93.1 %**", "93.1 %"),
        ("Current", "[93.1 %](x)", "93.1 %"),
        ("Current", "<10 min", "\\<10 min"),
        ("Current", "—", "-"),
        ("Current", "N/A", ""),
        ("Automation Level", "semi-automated", "Semi-Automated"),
        ("Tools", "black, Flake8", "flake8,black"),
        ("Components Completed", "`Type Checking`, Docs", "Docs, Type Checking"),
    ],
)
def test_cells_that_mean_the_same(column: str, said: str, shown: str) -> None:
    assert cells.compare_value(column, said, shown) is None


@pytest.mark.parametrize(
    ("column", "said", "shown", "better", "more"),
    [
        ("Current", "-", "93 %", Direction.HIGHER, False),
        ("Current", "93 %", "-", Direction.HIGHER, True),
        ("Current", "95 %", "93.1 %", Direction.HIGHER, True),
        ("Current", "90 %", "93.1 %", Direction.HIGHER, False),
        ("Current", "9 min", "12 min", Direction.LOWER, True),
        ("Current", "1,200 s", "900 s", Direction.LOWER, False),
        ("Current", "1 h", "2 min", Direction.LOWER, False),  # other units: it cannot be told
        ("Current", "95 %", "93.1 %", None, False),
        ("Current", "fast", "12 min", Direction.LOWER, False),
        ("Automation Level", "Automated", "Manual", None, True),
        ("Automation Level", "Not Automated", "Semi-Automated", None, False),
        ("Automation Level", "By hand", "Manual", None, False),
        ("Tools", "mypy, pyright", "mypy", None, True),
        ("Tools", "mypy", "mypy, pyright", None, False),
    ],
)
def test_a_cell_that_claims_more_is_told_from_one_that_claims_less(
    column: str,
    said: str,
    shown: str,
    better: Direction | None,
    more: bool,  # noqa: FBT001
) -> None:
    difference = cells.compare_value(column, said, shown, better)

    assert difference is not None
    assert difference.claims_more is more


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("**[CI Pipeline](x)**", "ci pipeline"),
        ("🚀 CI/CD", "ci/cd"),
        ("Monitoring &amp; Logging", "monitoring & logging"),
        ("  pytest\\_asyncio ", "pytestasyncio"),
        ("C++", "c++"),
    ],
)
def test_a_name_is_compared_without_its_dress(text: str, name: str) -> None:
    assert cells.plain(text) == name


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=12) | st.text("a[]()<>!&;#*_`~\\|-$ .", max_size=12))
def test_a_value_means_the_same_once_it_is_written(text: str) -> None:
    assert cells.is_same("Current", cells.write_value(text), text)
