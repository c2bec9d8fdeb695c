"""The table ``tracker``: the document, rows and tables of the project's own, and overrides."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pytest_boss_gates.model import (
    Level,
    Override,
    RowSetting,
    TableSetting,
    TrackerAction,
    TrackerSettings,
)
from pytest_boss_gates.settings.keys import LEVELS, Key, listed
from pytest_boss_gates.settings.page import did_you_mean, dotted, shown
from pytest_boss_gates.settings.paths import read_document, read_evidence
from pytest_boss_gates.settings.schema import KEPT_COLUMNS
from pytest_boss_gates.settings.tracker_keys import (
    CELLS,
    OVERRIDE_KEYS,
    ROW_KEYS,
    STATUSES,
    TABLE_KEYS,
    TRACKER_KEYS,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from pytest_boss_gates.repository.toml_lines import KeyPath
    from pytest_boss_gates.settings.page import Page
    from pytest_boss_gates.settings.tools import Reading

_NEED = re.compile(r"(?:([1-9][0-9]?) +of +)?(.+?)(?: +or +(.+))?")
_FACT = re.compile(r"([^ |@]+)(?:@([^ |@]*))?")
_FORMS = {  # by key: what is wrong with a text that is no need, and what it might be
    "started": ("This names no fact.", '"lint" or "deployment@wired"'),
    "completed": (
        "This is no need.",
        '"ruff | flake8", "alerting@declared" or "2 of tox | nox | conda"',
    ),
}
_NO_FACT = 'The command "boss-gates evidence" lists the facts.'


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The names that there are beside those of the settings' ``tracker``; asked when needed."""

    rows: Callable[[], Collection[str]]
    tables: Callable[[], Mapping[str, Sequence[str]]]  # their columns, by title
    tools: Callable[[], Collection[str]]
    facts: Callable[[], Collection[str]]  # tools, practices, and what version control shows
    metrics: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A table of a table: its name, what of it has the declared type, and what was written."""

    name: str
    at: KeyPath
    given: Mapping[str, object]
    written: Mapping[str, object]

    def text(self, key: str) -> str:
        return str(self.given.get(key, ""))

    def texts(self, key: str) -> list[str]:
        value = self.given.get(key)
        return value if isinstance(value, list) else []

    def day(self, key: str) -> date | None:
        value = self.given.get(key)
        return date.fromisoformat(value) if isinstance(value, str) else _as_date(value)


def other_facts() -> tuple[str, ...]:
    """Give the facts that no catalogue names: version control's, and the session's own."""
    from pytest_boss_gates.evidence.versioning import GIT_FACTS

    return (*GIT_FACTS, "tests-passed")


def _as_date(value: object) -> date | None:
    return value if isinstance(value, date) else None


def read_tracker(
    table: object, at: KeyPath, reading: Reading, root: Path, known: Known
) -> TrackerSettings:
    """Read the ``tracker`` table; what is wrong with it is told to the page."""
    if not isinstance(table, dict):
        return TrackerSettings()
    given = reading.keys(TRACKER_KEYS, table, at)
    place = (*at, "equivalents")
    own = tuple(_tables(given.get("tables"), (*at, "tables"), reading, known))
    rows = tuple(_rows(given.get("rows"), (*at, "rows"), reading, known, own))
    names = [row.name for row in rows]
    return TrackerSettings(
        document=read_document(given.get("document"), (*at, "document"), reading.page, root),
        needs=Level[str(given.get("completed-needs", Level.GATING.label)).upper()],
        writes_tools=given.get("tools-column") is True,
        fails_below=given.get("fail-below") is True,
        equivalents=_equivalents(given.get("equivalents"), place, reading.page, known),
        tables=own,
        rows=rows,
        overrides=tuple(
            _overrides(given.get("overrides"), (*at, "overrides"), reading, known, names)
        ),
    )


def read_tracker_option(text: str, settings: TrackerSettings, page: Page) -> TrackerAction | None:
    """Read ``--boss-gates-tracker``, which needs a document that the settings name."""
    option = "--boss-gates-tracker"
    actions = {action.value: action for action in TrackerAction}
    if text not in actions:
        hint = did_you_mean(text, actions, f"It is {listed(actions)}.")
        page.complain_of_option(option, "There is no such action.", value=text, suggestion=hint)
    elif settings.document is None:
        page.complain_of_option(
            option,
            "No tracker document is named.",
            value=text,
            suggestion='Add document = "docs/tracker.md" to [tool.boss-gates.tracker].',
        )
    return actions.get(text)


def _equivalents(
    table: object, at: KeyPath, page: Page, known: Known
) -> Mapping[str, tuple[str, ...]]:
    if not isinstance(table, dict) or not table:
        return {}
    tools = known.tools()
    for name, others in table.items():
        places = [((*at, name), name), *(((*at, name, n), o) for n, o in enumerate(others))]
        for place, tool in places:
            if tool not in tools:
                hint = did_you_mean(tool, tools, 'The schema ("boss-gates schema") lists them.')
                message = "There is no such tool in the catalogue."
                value = tool if place[-1] != name else None
                page.complain(place, message, value=value, suggestion=hint, addable=True)
    return {name: tuple(others) for name, others in table.items()}


def _entries(
    table: object, at: KeyPath, keys: Sequence[Key], noun: str, reading: Reading
) -> Iterator[_Entry]:
    """Give the tables of a table, their keys checked, and none of their texts empty."""
    page = reading.page
    for name, written in table.items() if isinstance(table, dict) else ():
        here = (*at, name)
        if not isinstance(written, dict):
            hint = f"Write [{dotted(here)}] above its keys."
            page.complain(here, f"{noun} is a table.", value=written, suggestion=hint)
            continue
        if not _is_line(name):
            page.complain(here, "A name stands on one line, and is not empty.")
            continue
        given = reading.keys(keys, written, here)
        for key, value in given.items():
            if isinstance(value, str) and not value.strip():
                page.complain((*here, key), f"{key} cannot be empty.", value=value)
        yield _Entry(name=name, at=here, given=given, written=written)


def _is_line(text: str) -> bool:
    return bool(text.strip()) and text.isprintable()


def _complain_of_missing(
    entry: _Entry, names: Sequence[str], keys: Sequence[Key], noun: str, page: Page
) -> None:
    for key in keys:
        if key.name in names and key.name not in entry.written:
            hint = f"Add for example {key.name} = {key.example}."
            page.complain(entry.at, f"{noun} has no {key.name}.", suggestion=hint)


# -- tables


def _tables(table: object, at: KeyPath, reading: Reading, known: Known) -> Iterator[TableSetting]:
    for entry in _entries(table, at, TABLE_KEYS, "A table of the tracker", reading):
        titles = {title.casefold(): title for title in known.tables()}
        if same := titles.get(entry.name.casefold()):
            hint = f"Rows of your own join it by table = {shown(same)}."
            message = "There is such a table already."
            reading.page.complain(entry.at, message, suggestion=hint)
        _complain_of_missing(entry, ("columns",), TABLE_KEYS, "This table", reading.page)
        columns = tuple(entry.texts("columns"))
        if "columns" in entry.given:
            _check_columns(columns, (*entry.at, "columns"), reading.page)
        place = reading.page.place(entry.at)
        yield TableSetting(title=entry.name, columns=columns, set_at=place)


def _check_columns(columns: Sequence[str], at: KeyPath, page: Page) -> None:
    kept = listed(KEPT_COLUMNS)
    hint = 'Write for example columns = ["Check", "Status", "Notes"].'
    message = ""
    if len(columns) < 2:
        message = "A table has two columns at least: the names of its rows, and what is kept true."
    elif not all(map(_is_line, columns)):
        message = "The title of a column stands on one line, and is not empty."
    elif len({column.casefold() for column in columns}) < len(columns):
        message = "Two columns have the same title."
    elif columns[0] in KEPT_COLUMNS:
        message = f"The first column holds the names of the rows; {shown(columns[0])} comes later."
    elif not set(columns) & set(KEPT_COLUMNS):
        message = f"Nothing in this table would be kept true: a column of it is {kept}."
    if message:
        page.complain(at, message, value=list(columns), suggestion=hint)


# -- rows


def _rows(
    table: object, at: KeyPath, reading: Reading, known: Known, own: Sequence[TableSetting]
) -> Iterator[RowSetting]:
    page = reading.page
    for entry in _entries(table, at, ROW_KEYS, "A row of the tracker", reading):
        tables = {**known.tables(), **{table.title: table.columns for table in own}}
        title = entry.text("table")
        if title and title not in tables:
            hint = did_you_mean(title, tables, f"The tables are {listed(tables, 'and')}.")
            message = "There is no such table."
            page.complain((*entry.at, "table"), message, value=title, suggestion=hint)
        if entry.name not in known.rows():
            _check_new(entry, known.rows(), tables, page)
        _check_metric(entry, tables, page, known)
        started, completed = _needs(entry, page, known)
        if "rename" in entry.given and not entry.text("rename").isprintable():
            message = "A name stands on one line."
            page.complain((*entry.at, "rename"), message, value=entry.text("rename"))
        yield RowSetting(
            name=entry.name,
            table=title,
            rename=entry.text("rename"),
            hidden=entry.given.get("hide") is True,
            started=started,
            completed=completed,
            metric=entry.text("metric"),
            cells={CELLS[key]: str(entry.given[key]) for key in entry.given if key in CELLS},
            target_completion=entry.day("target-completion"),
            set_at=page.place(entry.at),
        )


def _check_new(
    entry: _Entry, known: Collection[str], tables: Mapping[str, Sequence[str]], page: Page
) -> None:
    """A row that nobody knows says where it stands and what completes it."""
    same = next((name for name in known if name.casefold() == entry.name.casefold()), "")
    if same or not {"table", "completed", "metric"} & entry.written.keys():
        hint = "A row of your own needs table, and completed or metric."
        hint = did_you_mean(same or entry.name, known, hint)
        page.complain(entry.at, "There is no such row.", suggestion=hint, addable=not same)
        return
    needed = ("table",) if "metric" in entry.written else ("table", "completed")
    _complain_of_missing(entry, needed, ROW_KEYS, "This row is new, and", page)
    title = entry.text("table")
    columns = tables.get(title)
    if not columns:  # it is told already that there is no such table, or that it has none
        return
    if not {"Status", "Automation Level"} & set(columns) and "metric" not in entry.written:
        message = "The rows of this table do not rest on evidence."
        page.complain((*entry.at, "table"), message, value=title)
    for key in entry.given:
        column = "Target Completion" if key == "target-completion" else CELLS.get(key)
        if column and column not in columns:
            message = f"The table {shown(title)} has no column {shown(column)}."
            hint = f"Its columns are {listed(columns, 'and')}."
            page.complain((*entry.at, key), message, suggestion=hint)


def _check_metric(
    entry: _Entry, tables: Mapping[str, Sequence[str]], page: Page, known: Known
) -> None:
    """A row that shows a metric has a table with its column, and rests on nothing else."""
    metric = entry.text("metric")
    if not metric:
        return
    at = (*entry.at, "metric")
    columns = tables.get(entry.text("table"), ("Current",))
    if metric not in known.metrics:
        hint = did_you_mean(metric, known.metrics, "The README lists the metrics.")
        page.complain(at, "There is no such metric.", value=metric, suggestion=hint, addable=True)
    elif {"started", "completed"} & entry.written.keys():
        page.complain(at, "A row shows a metric, or rests on evidence, not both.", value=metric)
    elif "Current" not in columns:
        message = f"The table {shown(entry.text('table'))} has no column Current."
        page.complain(at, message, value=metric, suggestion='Write table = "Success Metrics".')


def _needs(entry: _Entry, page: Page, known: Known) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Read what starts and what completes a row; what completes it starts it, too."""
    read: dict[str, list[str]] = {}
    named: dict[str, None] = {}
    for key in ("started", "completed"):
        read[key] = []
        if entry.given.get(key) == []:
            message = "An empty list asks for nothing."
            page.complain((*entry.at, key), message, suggestion="Name a fact, or leave it out.")
        for index, text in enumerate(entry.texts(key)):
            names = _need(text, (*entry.at, key, index), page, known, alone=key == "started")
            if names:
                read[key].append(" ".join(text.split()))
                named.update(dict.fromkeys(names if key == "completed" else ()))
    return tuple(read["started"] or named), tuple(read["completed"])


def _need(text: str, at: KeyPath, page: Page, known: Known, *, alone: bool) -> list[str]:
    """Give the names of the facts in a need; none when it is wrong."""
    count, several, instead = _parts(text)
    parts = [*several, *instead]
    facts = [_FACT.fullmatch(part.strip(" ")) for part in parts]
    if not all(facts):
        message, forms = _FORMS["started" if alone else "completed"]
        page.complain(at, message, value=text, suggestion=f"Write for example {forms}.")
        return []
    found = [(fact[1], fact[2]) for fact in facts if fact]
    names = list(dict.fromkeys(name for name, _ in found))
    _complain_of_facts(found, text, at, page, known)
    first = len({name for name, _ in found[: len(several)]})
    if alone and (count or len(parts) > 1):
        message = "Each fact that starts a row does so alone."
        hint = f"Write {', '.join(map(shown, names))}."
        page.complain(at, message, value=text, suggestion=hint)
    elif count > first:
        noun = "fact" if first == 1 else "facts"
        message = f"There cannot be {count} of {first} {noun}."
        page.complain(at, message, value=text)
    return names


def _parts(text: str) -> tuple[int, list[str], list[str]]:
    """Take a need apart: how many (0: it does not say), of which ones, and what does instead."""
    match = _NEED.fullmatch(text.strip(" "))
    count, several, instead = match.groups() if match else (None, text, None)
    return int(count or 0), several.split("|"), instead.split("|") if instead else []


def _complain_of_facts(
    found: Sequence[tuple[str, str | None]], text: str, at: KeyPath, page: Page, known: Known
) -> None:
    wrong = [problem for fact in found if (problem := _wrong_fact(*fact, known))]
    for message, hint in wrong:
        addable = message.startswith("There is no fact")
        page.complain(at, message, value=text, suggestion=hint, addable=addable)


def _wrong_fact(name: str, level: str | None, known: Known) -> tuple[str, str] | None:
    facts = known.facts()
    if name not in facts:
        return f"There is no fact {shown(name)}.", did_you_mean(name, facts, _NO_FACT)
    if level is not None and level not in LEVELS:
        otherwise = f"The levels are {listed(LEVELS, 'and')}."
        return f"There is no level {shown(level)}.", did_you_mean(level, LEVELS, otherwise)
    return None


# -- overrides


def _overrides(
    table: object, at: KeyPath, reading: Reading, known: Known, own: Sequence[str]
) -> Iterator[Override]:
    page = reading.page
    for entry in _entries(table, at, OVERRIDE_KEYS, "An override", reading):
        rows = (*known.rows(), *own)
        if entry.name not in rows:
            hint = did_you_mean(entry.name, rows, "An override names a row of the tracker.")
            page.complain(entry.at, "There is no such row.", suggestion=hint, addable=True)
        required = ("status", "reason", "expires")
        _complain_of_missing(entry, required, OVERRIDE_KEYS, "This override", page)
        if "quoted" in entry.written and "evidence" not in entry.written:
            message = "There is nothing that could hold this text: no evidence is named."
            hint = 'Add for example evidence = "docs/runbook.md:12".'
            page.complain((*entry.at, "quoted"), message, suggestion=hint)
        read_evidence(entry.text("evidence"), (*entry.at, "evidence"), page)
        status, expires = entry.given.get("status"), entry.day("expires")
        if status is not None and expires is not None:
            yield Override(
                row=entry.name,
                status=STATUSES[str(status)],
                reason=entry.text("reason"),
                expires=expires,
                evidence=entry.text("evidence"),
                quoted=entry.text("quoted"),
                set_at=page.place(entry.at),
            )
