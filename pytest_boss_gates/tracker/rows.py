"""The rows of the tracker as data, and where each stands: one derivation for every table."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_boss_gates.model import Lack, Level, Standing, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_boss_gates.model import Fact, RowSetting

_FILE = Path(__file__).with_name("rows.toml")
_NEED = re.compile(r"(?:(\d+) of )?(.+?)(?: or (.+))?")
_SPACES = re.compile(r"[\s_-]+")
_LEVELS = {level.label: level for level in Level}


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """So many of some facts; each at its own level, None: at the one that is asked for."""

    facts: Mapping[str, Level | None]
    count: int = 1
    instead: Mapping[str, Level | None] = field(default_factory=dict)  # any of these alone will do


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerRow:
    """What a row rests on."""

    name: str
    started: Mapping[str, Level]  # any of these makes it In Progress
    completed: tuple[Need, ...]  # all of these make it Completed
    through: str = ""  # only proofs that start below this path count
    metric: str = ""  # it is measured, and no matter of evidence

    @property
    def facts(self) -> tuple[str, ...]:
        """The names of all facts that it looks at."""
        needed = (name for need in self.completed for name in (*need.facts, *need.instead))
        return tuple(dict.fromkeys([*self.started, *needed]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A table: its columns, and its rows by name with the cells that a new document starts with."""

    title: str
    columns: tuple[str, ...]
    rows: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracker:
    """All that ``rows.toml`` says."""

    tables: tuple[Layout, ...]
    rows: Mapping[str, TrackerRow]
    wanted: Mapping[str, str]  # by fact, what a person adds where nothing shows it


@lru_cache(maxsize=1)
def load_tracker() -> Tracker:
    """Load the tables and rows that come with the package."""
    return parse_tracker(_FILE.read_text(encoding="utf-8"))


def parse_tracker(text: str) -> Tracker:
    """Make the tables and rows of a text in the format of ``rows.toml``."""
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    data = tomllib.loads(text)
    tables = []
    for table in data["tables"]:
        first, *_ = columns = tuple(table["columns"])
        tables.append(
            Layout(
                title=table["title"],
                columns=columns,
                rows={cells[first]: cells for cells in table["rows"]},
            )
        )
    rows = {
        name: TrackerRow(
            name=name,
            started=starts_of(row.get("started", ())),
            completed=tuple(map(need_of, row.get("completed", ()))),
            through=row.get("through", ""),
            metric=row.get("metric", ""),
        )
        for name, row in data["rows"].items()
    }
    return Tracker(tables=tuple(tables), rows=rows, wanted=data["wanted"])


def metrics_of(own: Iterable[RowSetting]) -> frozenset[str]:
    """Give the metrics that rows of the tracker show, those of the project's own included."""
    known = (row.metric for row in load_tracker().rows.values())
    return frozenset(filter(None, (*known, *(row.metric for row in own))))


def starts_of(texts: Iterable[str]) -> Mapping[str, Level]:
    """Read what starts a row as ``rows.toml`` writes it: ``a``, or ``a@wired``."""
    return {fact: level or Level.DECLARED for fact, level in map(_with_level, texts)}


def need_of(text: str) -> Need:
    """Read a need as ``rows.toml`` writes it: ``a | b``, ``a@declared``, ``2 of a | b``."""
    match = _NEED.fullmatch(text)
    count, names, instead = match.groups() if match else (None, text, None)
    return Need(
        facts=dict(map(_with_level, names.split("|"))),
        count=int(count or 1),
        instead=dict(map(_with_level, instead.split("|"))) if instead else {},
    )


def _with_level(text: str) -> tuple[str, Level | None]:
    name, mark, level = text.strip().partition("@")
    return name, _LEVELS[level] if mark else None


def row_of_fact(name: str) -> TrackerRow:
    """Make a row that rests on one fact alone: what a tool's own row is."""
    return TrackerRow(
        name=name, started={name: Level.DECLARED}, completed=(Need(facts={name: None}),)
    )


def find_row(asked: str, facts: Mapping[str, Fact]) -> TrackerRow | None:
    """Find a row by its name, else by a fact's name or title; case and hyphens do not matter."""
    rows = load_tracker().rows
    by_name = {_plain(name): row for name, row in rows.items()}
    wanted = _plain(asked)
    if wanted in by_name:
        return by_name[wanted]
    for texts in ({name: name for name in facts}, {f.title: name for name, f in facts.items()}):
        for text, name in texts.items():
            if _plain(text) == wanted:
                return row_of_fact(name)
    return None


def nearest_names(asked: str, facts: Mapping[str, Fact]) -> tuple[str, ...]:
    """Give the names of rows and facts that are nearest to a wrong one, the best first."""
    from difflib import get_close_matches

    spelled: dict[str, str] = {}
    for name in (*load_tracker().rows, *facts, *(fact.title for fact in facts.values())):
        spelled.setdefault(_plain(name), name)
    close = get_close_matches(_plain(asked), spelled, n=3, cutoff=0.5)
    return tuple(spelled[name] for name in close)


def _plain(name: str) -> str:
    return _SPACES.sub(" ", name).strip().casefold()


# -- where a row stands


def status_of(row: TrackerRow, facts: Mapping[str, Fact], needs: Level = Level.GATING) -> Status:
    """Derive the status of a row; ``needs`` is the level that completed rows rest on."""
    return standing_of(row, facts, needs).status


def standing_of(
    row: TrackerRow, facts: Mapping[str, Fact], needs: Level = Level.GATING
) -> Standing:
    """Derive where a row stands: its status, the level behind it, and what it still lacks."""
    levels = {name: _level(name, facts, row.through) for name in row.facts}
    started = any(levels[name] >= level for name, level in row.started.items())
    lacks = [lack for need in row.completed if (lack := _lack(need, levels, needs, facts))]
    if row.completed and not lacks:
        status = Status.COMPLETED
        level = min(_rests_on(need, levels) for need in row.completed)
    else:
        part = len(lacks) < len(row.completed)
        status = Status.IN_PROGRESS if started or part else Status.NOT_STARTED
        level = max(levels.values(), default=Level.NONE)
    if status is Status.NOT_STARTED:
        lacks = [Lack(facts=row.started, wanted=_wanted(row.started, facts))] if row.started else []
    return Standing(
        name=row.name,
        status=status,
        level=level,
        facts=tuple(facts[name] for name in _rests(row, levels)),
        lacks=tuple(lacks),
    )


def _rests(row: TrackerRow, levels: Mapping[str, Level]) -> Iterable[str]:
    """Name what shows the row: the strongest facts of each need, else all that start it."""
    found: dict[str, None] = {}
    for need in row.completed:
        best = sorted(need.facts, key=lambda name: -levels[name])
        shown = (*best[: need.count], *need.instead)
        found.update(dict.fromkeys(name for name in shown if levels[name]))
    return found or [name for name in row.started if levels[name]]


def automation_of(standing: Standing) -> str:
    """Give the word of the column "Automation Level"."""
    if standing.status is Status.COMPLETED:
        return "Automated"
    if standing.status is Status.NOT_STARTED:
        return "Not Automated"
    return "Semi-Automated" if standing.level >= Level.WIRED else "Manual"


def _level(name: str, facts: Mapping[str, Fact], through: str) -> Level:
    fact = facts.get(name)
    if fact is None:
        return Level.NONE
    if not through:
        return fact.level
    inside = (proof.level for proof in fact.proofs if proof.place.path.startswith(through))
    return max(inside, default=Level.NONE)


def _lack(
    need: Need, levels: Mapping[str, Level], needs: Level, facts: Mapping[str, Fact]
) -> Lack | None:
    asked = _asked(need.facts, needs)
    instead = _asked(need.instead, needs)
    if any(levels[name] >= level for name, level in instead.items()):
        return None
    open_ones = {name: level for name, level in asked.items() if levels[name] < level}
    left = need.count - (len(asked) - len(open_ones))
    if left <= 0:
        return None
    wanted = _wanted((*open_ones, *instead), facts)
    return Lack(facts=open_ones, wanted=wanted, count=left, instead=instead)


def _asked(facts: Mapping[str, Level | None], needs: Level) -> dict[str, Level]:
    return {name: needs if level is None else min(level, needs) for name, level in facts.items()}


def _rests_on(need: Need, levels: Mapping[str, Level]) -> Level:
    """Give the weakest of the strongest facts that meet a need."""
    weakest = sorted((levels[name] for name in need.facts), reverse=True)[need.count - 1]
    return max([weakest, *(levels[name] for name in need.instead)])


def _wanted(names: Iterable[str], facts: Mapping[str, Fact]) -> Mapping[str, str]:
    known = load_tracker().wanted
    return {
        name: known.get(name) or (facts[name].title if name in facts else name) for name in names
    }
