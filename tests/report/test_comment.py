"""The comment: short first, folded below, and never too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from markdown_it import MarkdownIt

from pytest_boss_gates.report.comment import MARKER, render
from pytest_boss_gates.report.summary import summary

if TYPE_CHECKING:
    from tests.report.conftest import Examples


def test_it_begins_with_its_marker_and_what_matters(examples: Examples) -> None:
    lines = render(examples.full()).splitlines()
    assert lines[:2] == [MARKER, "### Boss gates: missed"]
    assert lines[3].startswith("**Missed: at least one blocking target is not met.** 2 gates")
    assert lines[5:8] == [
        "| Verdict | Gate | Measured | Target |",
        "| --- | --- | --- | --- |",
        "| ✗ missed | Code Coverage | 87 % | &gt;90% |",
    ]


def test_the_details_are_folded(examples: Examples) -> None:
    text = render(examples.full())
    head, _, tail = text.partition("<details>")
    assert "src/shop/cart.py:3" not in head
    assert "- 5 lines or branches `src/shop/cart.py:3` (lines 3-6, 12)" in tail
    assert tail.count("</details>") == text.count("<details>") == 3
    assert "<summary>All 12 gates</summary>" in tail


def test_a_met_run_is_short(examples: Examples) -> None:
    text = render(examples.run(examples.met()))
    assert text.count("|") == 15
    assert "Where" not in text


@pytest.mark.parametrize("most", [1500, 20_000])
def test_it_is_never_longer_than_it_may_be(examples: Examples, most: int) -> None:
    run = examples.run(*[examples.missed_coverage()] * 400, notes=("日本" * 5000,) * 50)
    text = summary(run, most=most)
    assert len(text.encode()) <= most
    assert "Not all of it fits here: the report has the rest." in text
    assert text.count("<details>") == text.count("</details>")


def test_the_comment_is_below_the_limit_of_github(examples: Examples) -> None:
    run = examples.run(*[examples.missed_coverage()] * 2000)
    assert len(render(run)) < 65_000


def test_text_of_strangers_opens_no_tag_and_no_link(examples: Examples) -> None:
    for text in examples.hostile_texts:
        rendered = render(examples.written_by_others(text))
        assert rendered.count("<!--") == 1
        html = MarkdownIt("commonmark").enable("table").render(rendered)
        assert "<script" not in html
        assert "<a " not in html
        assert "<img" not in html
