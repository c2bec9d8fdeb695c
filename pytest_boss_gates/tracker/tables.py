"""All tables of the tracker, from one set of facts, the measurements, and what the project says."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field, replace
from os.path import isabs
from typing import TYPE_CHECKING

from pytest_boss_gates.model import Direction, Level, Row, Status, Table, TrackerSettings
from pytest_boss_gates.tracker.claims import claimed
from pytest_boss_gates.tracker.derived import DerivedRow, DerivedTable
from pytest_boss_gates.tracker.progress import PROGRESS, as_number, completed_since, month_of
from pytest_boss_gates.tracker.rows import (
    automation_of,
    load_tracker,
    need_of,
    row_of_fact,
    standing_of,
    starts_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from datetime import date

    from pytest_boss_gates.model import Fact, Override, Place, Proof, RowSetting, Standing
    from pytest_boss_gates.tracker.rows import Layout, TrackerRow

MACHINE = ("Status", "Automation Level", "Current")
COMPONENTS = "CI/CD Implementation Status"
TOOLS = "DevOps Tooling Status"

_SYSTEMS = (  # where the definition of a CI job stands, and the system that runs it
    (".github/workflows/", "github-actions"),
    (".gitlab", "gitlab-ci"),
    (".circleci/", "circleci"),
    ("azure-pipelines", "azure-pipelines"),
    (".azure", "azure-pipelines"),
    (".travis.y", "travis"),
    ("Jenkinsfile", "jenkins"),
    (".cirrus.", "cirrus"),
    (".drone.", "drone"),
    (".woodpecker", "woodpecker"),
    ("appveyor.y", "appveyor"),
    (".appveyor.y", "appveyor"),
    ("bitbucket-pipelines.y", "bitbucket-pipelines"),
    (".buildkite/", "buildkite"),
    (".zuul.", "zuul"),
    ("zuul.", "zuul"),
    (".readthedocs.y", "readthedocs"),
    ("readthedocs.y", "readthedocs"),
    (".pre-commit-config.y", "pre-commit-ci"),
)
_TITLES = {"pre-commit-ci": "pre-commit.ci", "readthedocs": "Read the Docs"}
_NOTHING = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the tables are derived from."""

    facts: Mapping[str, Fact]
    today: date
    settings: TrackerSettings = field(default_factory=TrackerSettings)
    measured: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # Current and Target
    better: Mapping[str, Direction] = field(default_factory=dict)  # where Current is a claim
    line: Callable[[str, int], str | None] = lambda _path, _line: None  # of a file of the tree
    past: tuple[tuple[str, ...], ...] = ()  # earlier months, as a document has them
    completed_before: frozenset[str] | None = None  # components when the month began; None: unknown


def tables_of(ground: Ground) -> tuple[Table, ...]:
    """Derive all tables, in the tracker's order, those of the project last."""
    facts = _with_equivalents(ground)
    ground = replace(ground, facts=facts)
    own = {row.name: row for row in ground.settings.rows}
    tables = [
        Table(title=layout.title, columns=layout.columns, rows=tuple(_rows(layout, own, ground)))
        for layout in load_tracker().tables
    ]
    tables = [_with_months(table, tables, ground) for table in tables]
    for setting in ground.settings.tables:
        rows = tuple(
            _row(row.name, setting.columns, {}, row, ground)
            for row in own.values()
            if row.table == setting.title and not row.hidden
        )
        tables.append(Table(title=setting.title, columns=setting.columns, rows=rows))
    return tuple(tables)


def _with_months(table: Table, tables: Iterable[Table], ground: Ground) -> Table:
    """Give Progress Tracking the row of the current month, below those of earlier ones."""
    if table.title != PROGRESS:
        return table
    done = completed(tables)
    count = sum(len(each.rows) for each in tables if each.title == COMPONENTS)
    new = completed_since(ground.past, done, ground.completed_before)
    month = (month_of(ground.today), new, str(len(done)), str(count - len(done)))
    return replace(table, rows=tuple(Row(cells=cells) for cells in (*ground.past, month)))


def completed(tables: Iterable[Table]) -> tuple[str, ...]:
    """Give the names of the components that are completed."""
    return tuple(
        row.cells[0]
        for table in tables
        if table.title == COMPONENTS
        for row in table.rows
        if row.status is Status.COMPLETED
    )


def derived(
    tables: Iterable[Table], settings: TrackerSettings, *, at: str = ""
) -> tuple[DerivedTable, ...]:
    """Give the machine cells of tables, as a document is held against them.

    ``at`` is the document's path from the root, from which links go out; they are none where it
    stands elsewhere. What was not measured this time says nothing about a document's Current.
    """
    machine = (*MACHINE, "Tools") if settings.writes_tools else MACHINE
    return tuple(
        _month(table)
        if table.title == PROGRESS
        else DerivedTable(
            title=table.title,
            columns=table.columns,
            rows=tuple(_derived(row, table.columns, machine, at) for row in table.rows),
        )
        for table in tables
    )


def _derived(row: Row, columns: tuple[str, ...], machine: Iterable[str], at: str) -> DerivedRow:
    cells = dict(zip(columns[1:], row.cells[1:], strict=True))
    return DerivedRow(
        name=row.cells[0],
        cells={
            column: cell
            for column, cell in cells.items()
            if column in machine and (column, cell) != ("Current", _NOTHING)
        },
        why=row.why,
        link=_link(row, at),
        better={"Current": row.better} if row.better else {},
        starts={
            column: cell
            for column, cell in cells.items()
            if column not in machine and cell not in {_NOTHING, row.why}  # why it is so changes
        },
        perhaps=row.perhaps,
        hinges=row.hinges,
        told={"Target": cells["Target"]} if cells.get("Target", _NOTHING) != _NOTHING else {},
    )


def _month(table: Table) -> DerivedTable:
    """The current month is the last row, and those above it are history."""
    row = table.rows[-1]
    return DerivedTable(
        title=table.title,
        columns=table.columns,
        rows=(),
        append=DerivedRow(
            name=row.cells[0],
            cells=dict(zip(table.columns[1:], row.cells[1:], strict=True)),
            also=(as_number(row.cells[0]),),
            better={"Total Completed": Direction.HIGHER, "Total Remaining": Direction.LOWER},
        ),
    )


def _link(row: Row, at: str) -> str:
    place = next(iter(row.proofs), None)
    if row.status is Status.NOT_STARTED:
        return ""  # what is there, such as tests without CI, does not show it
    if place is None or place.path.startswith(".git/") or place.path == ".git":
        return ""
    if isabs(at):
        return ""
    path = posixpath.relpath(place.path, posixpath.dirname(at) or ".")
    return f"{path}#L{place.line}" if place.line else path


def _rows(layout: Layout, own: Mapping[str, RowSetting], ground: Ground) -> Iterator[Row]:
    for name, cells in layout.rows.items():
        setting = own.get(name)
        if setting is None or not setting.hidden:
            yield _row(name, layout.columns, cells, setting, ground)
    for name, setting in own.items():
        if setting.table == layout.title and name not in layout.rows and not setting.hidden:
            yield _row(name, layout.columns, {}, setting, ground)
    if layout.title == TOOLS:
        placed = (name for name, setting in own.items() if setting.table == layout.title)
        known = {name.casefold() for name in (*layout.rows, *placed)}
        for fact in sorted(ground.facts.values(), key=lambda fact: fact.title.casefold()):
            is_tool = fact.area != "practice" and fact.level > Level.MENTIONED
            setting = own.get(fact.title)
            is_hidden = setting is not None and setting.hidden
            if is_tool and not is_hidden and fact.title.casefold() not in known:
                cells = {"Purpose": fact.purpose}
                yield _row(fact.name, layout.columns, cells, setting, ground)


def _row(
    name: str,
    columns: tuple[str, ...],
    cells: Mapping[str, str],
    setting: RowSetting | None,
    ground: Ground,
) -> Row:
    fact = ground.facts.get(name) or _titled(name, ground.facts)
    row = _asked(name, fact, setting)
    if row.metric:
        measured = ground.measured.get(row.metric, (_NOTHING, _NOTHING))
        found = _measured_row(name, columns, cells, measured, setting)
        return replace(found, better=ground.better.get(row.metric))
    standing = standing_of(row, ground.facts, ground.settings.needs)
    override = _override((name, fact.title if fact else name), ground)
    status = override.status if override else standing.status
    why = f"override until {override.expires}: {override.reason}" if override else _why(standing)
    known: dict[str, str] = {
        **cells,
        "Status": status.value,
        "Automation Level": automation_of(replace(standing, status=status)),
        "Tools": _tools(standing, ground.facts) or cells.get("Tools", _NOTHING),
        "Notes": why,
    }
    if "Integration" in columns:
        known["Integration"] = _integration(standing, ground.facts) or _NOTHING
    if setting:
        known |= setting.cells
        if setting.target_completion:
            known["Target Completion"] = setting.target_completion.isoformat()
    shown = setting.rename if setting and setting.rename else (fact.title if fact else name)
    perhaps, hinges = (None, "") if override else _perhaps(row, standing, ground)
    return Row(
        cells=(shown, *(known.get(column, _NOTHING) for column in columns[1:])),
        status=status,
        level=standing.level,
        proofs=_places(standing),
        why=why,
        overridden=override is not None,
        due=setting.target_completion if setting else None,
        perhaps=perhaps,
        hinges=hinges,
    )


def _perhaps(row: TrackerRow, standing: Standing, ground: Ground) -> tuple[Status | None, str]:
    """Give the status that a row has if what nobody could look at holds, and what that is."""
    facts = (ground.facts.get(name) for name in row.facts)
    unseen = [fact for fact in facts if fact is not None and fact.unseen]
    held = {fact.name: replace(fact, level=Level.OBSERVED) for fact in unseen}
    status = standing_of(row, {**ground.facts, **held}, ground.settings.needs).status
    return (None, "") if status is standing.status else (status, unseen[0].unseen)


def _measured_row(
    name: str,
    columns: tuple[str, ...],
    cells: Mapping[str, str],
    measured: tuple[str, str],
    setting: RowSetting | None,
) -> Row:
    current, target = measured
    known = {**cells, "Current": current, "Target": target, **(setting.cells if setting else {})}
    shown = setting.rename if setting and setting.rename else name
    return Row(cells=(shown, *(known.get(column, _NOTHING) for column in columns[1:])))


def _titled(title: str, facts: Mapping[str, Fact]) -> Fact | None:
    return next((fact for fact in facts.values() if fact.title == title), None)


def _asked(name: str, fact: Fact | None, setting: RowSetting | None) -> TrackerRow:
    """Give what a row rests on: what the project says, else what is known, else its own fact."""
    row = load_tracker().rows.get(name) or row_of_fact(fact.name if fact else name)
    if setting and setting.metric:
        return replace(row, metric=setting.metric)
    if setting and (setting.started or setting.completed):
        row = replace(
            row,
            started=starts_of(setting.started) or row.started,
            completed=tuple(map(need_of, setting.completed)) or row.completed,
            metric="",
        )
    return row


def _override(names: Collection[str], ground: Ground) -> Override | None:
    """Find the override of a row that still stands: not expired, and its evidence is there."""
    found = next((each for each in ground.settings.overrides if each.row in names), None)
    if found is None or claimed(found, ground.today, ground.line).void:
        return None
    return found


def _with_equivalents(ground: Ground) -> Mapping[str, Fact]:
    """Let the tools that a project calls equivalent count for each other's rows."""
    facts = dict(ground.facts)
    for name, others in ground.settings.equivalents.items():
        for other in others:
            if name in facts and other in facts and facts[other].level > facts[name].level:
                proofs = tuple(replace(proof, by=other) for proof in facts[other].proofs)
                facts[name] = replace(facts[name], level=facts[other].level, proofs=proofs)
    return facts


# -- what the cells say


def _why(standing: Standing) -> str:
    """Spell the weakest of what a row rests on: ``gating: ci.yml:33 → tox.ini:18``."""
    if not standing.facts:
        return "not detected"
    fact = min(standing.facts, key=lambda each: each.level)
    if fact.note:  # of git, or of the session: there is no line to point at
        return f"{fact.level.label}: {fact.note}{_missing(standing)}"
    if not fact.proofs:
        return f"{fact.level.label}: {fact.title}"
    proof = fact.proofs[0]
    way = " -> ".join(map(str, proof.places))
    by = f" by {proof.by}" if proof.by else ""
    soft = f" ({'; '.join(proof.soft)})" if proof.soft else ""
    return f"{fact.level.label}{by}: {way}{soft}{_missing(standing)}"


def _missing(standing: Standing) -> str:
    """Say what the next status needs: something that is there to be run, else something new."""
    if standing.status is Status.COMPLETED or not standing.lacks:
        return ""
    lack = standing.lacks[0]
    present = {fact.name: fact for fact in standing.facts if fact.level > Level.MENTIONED}
    near = [present[name].title for name in lack.facts if name in present]
    if near:
        return f"; needs {' or '.join(near[:3])} at {min(lack.facts.values()).label}"
    return f"; needs {' or '.join(list(lack.wanted.values())[:2])}"


def _tools(standing: Standing, facts: Mapping[str, Fact]) -> str:
    """Name the tools that show a row, the strongest first."""
    found: dict[str, None] = {}
    for fact in standing.facts:
        for proof in fact.proofs:
            tool = facts.get(proof.by) if proof.by else fact
            if tool is not None and tool.area != "practice" and proof.level > Level.MENTIONED:
                found[tool.title] = None
    return ", ".join(list(found)[:4])


def _integration(standing: Standing, facts: Mapping[str, Fact]) -> str:
    """Name the CI systems that run it, those that count on it first."""
    wired = [p for fact in standing.facts for p in fact.proofs if p.level >= Level.WIRED]
    systems = dict.fromkeys(system for proof in wired if (system := _system(proof)))
    own = {fact.name for fact in standing.facts}
    titles = (
        _TITLES.get(key) or (facts[key].title if key in facts else key)
        for key in systems
        if key not in own
    )
    return ", ".join(titles)


def _system(proof: Proof) -> str:
    path = proof.place.path
    return next((system for start, system in _SYSTEMS if path.startswith(start)), "")


def _places(standing: Standing) -> tuple[Place, ...]:
    best = sorted(standing.facts, key=lambda fact: fact.level)
    return tuple(dict.fromkeys(proof.place for fact in best for proof in fact.proofs[:3]))
