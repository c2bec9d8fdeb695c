"""A tracker document where there is none: the legend, all tables, a link from each status."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.model import Status
from pytest_boss_gates.tracker import cells
from pytest_boss_gates.tracker.document import as_markdown, in_cell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from pytest_boss_gates.tracker.derived import DerivedRow, DerivedTable

TITLE = "CI/CD and DevOps Tracker"
INTRO = (
    "This document tracks the progress of CI/CD and DevOps improvements. Its statuses come from "
    "the evidence in the repository: each links to the line that shows it."
)
LEGEND: Mapping[Status, str] = {status: status.meaning for status in Status}
CLOSING = (
    "*`boss-gates tracker update` keeps the statuses and measurements of this document; "
    "all else is yours to write.*"
)


def created(
    tables: Sequence[DerivedTable],
    *,
    commit: str,
    day: date,
    title: str = TITLE,
    intro: str = INTRO,
    legend: Mapping[Status, str] = LEGEND,
    closing: str = CLOSING,
) -> str:
    """Give a whole document, which ``keep`` with the same tables leaves as it is.

    ``intro`` and ``closing`` are Markdown, all else is plain text. A status is a link where its
    row has one; a cell that is neither derived nor started with is a dash.
    """
    parts = [
        f"# {_heading(title)}",
        intro,
        cells.as_of(commit, day),
        "## Implementation Status Legend",
        "\n".join(
            f"- {cells.ICONS[status]} **{status.value}**: {as_markdown(text)}"
            for status, text in legend.items()
        ),
    ]
    for table in tables:
        parts += [f"## {_heading(table.title)}", "\n".join(_table(table))]
    parts.append(closing)
    return "\n\n".join(part for part in parts if part) + "\n"


def _heading(text: str) -> str:
    """Escape a heading; hashes at its end would be taken for its closing."""
    bare = as_markdown(text)
    return f"{bare[:-1]}\\#" if bare.endswith("#") else bare


def _table(table: DerivedTable) -> Iterator[str]:
    yield _line(as_markdown(column) for column in table.columns)
    yield "|" + "|".join("-" * (len(column) + 2) for column in table.columns) + "|"
    for row in (*table.rows, *([table.append] if table.append else [])):
        yield _line(_cells(table, row))


def _cells(table: DerivedTable, row: DerivedRow) -> Iterator[str]:
    yield as_markdown(row.name)
    known = {cells.plain(title): text for title, text in {**row.starts, **row.cells}.items()}
    for column in table.columns[1:]:
        text = known.get(cells.plain(column), cells.NOTHING)
        status = cells.status_named(text)
        if status and cells.plain(column) == "status":
            yield cells.write_status(status, cells.ICONS, link=row.link)
        else:
            yield cells.write_value(text)


def _line(texts: Iterator[str]) -> str:
    return f"| {' | '.join(map(in_cell, texts))} |"
