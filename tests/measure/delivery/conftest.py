"""Events of delivery from JSON: the folders of cases, and what the reference is held against."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_boss_gates.measure.delivery import METRICS, measure_events
from pytest_boss_gates.model import (
    Average,
    Build,
    Clock,
    Commit,
    Conclusion,
    DeliverySettings,
    Deployment,
    Enforce,
    Events,
    Graph,
    Incident,
    Job,
    Measurement,
    Merge,
    Settings,
    Source,
    Target,
)
from pytest_boss_gates.settings.delivery import with_daily
from pytest_boss_gates.settings.targets import parse_wanted, spell_wanted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

KNOWN = {metric.key: metric for metric in METRICS}


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def maybe(row: Mapping[str, Any], key: str) -> datetime | None:
    return moment(row[key]) if key in row else None


@dataclass(frozen=True)
class Case:
    """What is known at a commit, as a table of JSON says it."""

    table: Mapping[str, Any]
    targets: Mapping[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        given = self.table.get("settings", {})
        delivery = DeliverySettings(
            production=tuple(given.get("production", ())),
            clock=Clock(given.get("commit-clock", "author")),
            daily=given.get("daily", 5),
            time_zone=given.get("time-zone", "UTC"),
            recovery=Average(given.get("recovery", "mean")),
        )
        targets = tuple(with_daily(self._targets(), delivery))
        return Settings(root=Path(), targets=targets, delivery=delivery)

    def _targets(self) -> Iterator[Target]:
        for key, text in self.targets.items():
            wanted = parse_wanted(text, KNOWN[key])
            yield Target(
                metric=key, wanted=wanted, text=spell_wanted(wanted), enforce=Enforce.BLOCK
            )

    @property
    def events(self) -> Events:
        table = self.table
        return Events(
            as_of=maybe(table, "as-of"),
            now=moment(table.get("now", table["as-of"])),
            branch=table.get("branch", "main"),
            builds=tuple(each for row in table.get("builds", ()) for each in builds(row)),
            deployments=tuple(map(deployment, enumerate(table.get("deployments", ())))),
            incidents=tuple(map(incident, table.get("incidents", ()))),
            merges=tuple(map(merge, table.get("merges", ()))),
            graph=self.graph,
            is_shallow=table.get("shallow", False),
            in_ci=table.get("in-ci", False),
            ci_started=maybe(table, "ci-started"),
            reason=table.get("reason", ""),
            remedy=table.get("remedy", ""),
        )

    def graph(self, tips: Sequence[str], before: Sequence[str]) -> Graph:
        """Do what git does, by the books: all behind the tips, less all behind the others."""
        commits = {row["key"]: commit(row) for row in self.table.get("commits", ())}

        def behind(ends: Sequence[str]) -> set[str]:
            found: set[str] = set()
            waiting = [end for end in ends if end in commits]
            while waiting:
                key = waiting.pop()
                if key not in found:
                    found.add(key)
                    waiting += commits[key].parents
            return found

        kept = behind(tips) - behind(before)
        return Graph(
            commits={key: commits[key] for key in commits if key in kept},
            known=frozenset(tips) & commits.keys(),
        )

    def measure(self) -> dict[str, Measurement]:
        seconds = self.table.get("session")
        session = None if seconds is None else Fraction(seconds)
        found = measure_events(self.events, self.settings, session)
        return {each.metric: each for each in found}


def commit(row: Mapping[str, Any]) -> Commit:
    return Commit(
        key=row["key"],
        parents=tuple(row.get("parents", ())),
        authored=moment(row["authored"]),
        committed=moment(row.get("committed", row["authored"])),
        reverts=tuple(row.get("reverts", ())),
        request=row.get("request", ""),
    )


def builds(row: Mapping[str, Any]) -> Iterator[Build]:
    """Read a build; ``times`` stands for so many, a while apart, each of a commit of its own."""
    for number in range(row.get("times", 1)):
        key = row["key"] if "times" not in row else f"{row['key']}{number}"
        started = moment(row["started"]) + timedelta(minutes=number * row.get("every-minutes", 0))
        ends = started + timedelta(minutes=row["minutes"]) if "minutes" in row else None
        yield Build(
            key=key,
            attempt=row.get("attempt", 1),
            name=row.get("name", ""),
            commit=row.get("commit", key),
            branch=row.get("branch", "main"),
            event=row.get("event", "push"),
            started=started,
            completed=ends,
            conclusion=Conclusion(row["conclusion"]),
            jobs=tuple(map(job, row.get("jobs", ()))),
            required=row.get("required", True),
            only_delivery=row.get("only-delivery", False),
            source=Source[row.get("source", "runs").upper()],
        )


def job(row: Mapping[str, Any]) -> Job:
    return Job(
        name=row["name"],
        conclusion=Conclusion(row["conclusion"]),
        started=maybe(row, "started"),
        completed=maybe(row, "completed"),
        queued=maybe(row, "queued"),
    )


def deployment(numbered: tuple[int, Mapping[str, Any]]) -> Deployment:
    number, row = numbered
    return Deployment(
        key=str(number),
        environment=row["environment"],
        commit=row["commit"],
        finished=moment(row["finished"]),
        succeeded=row.get("succeeded", True),
        version=row.get("version", ""),
        production=row.get("production"),
        source=Source[row["source"].upper()],
    )


def incident(row: Mapping[str, Any]) -> Incident:
    return Incident(
        key=row["key"],
        started=moment(row["started"]),
        recovered=maybe(row, "recovered"),
        title=row.get("title", ""),
        deployment=row.get("deployment", ""),
        source=Source[row["source"].upper()],
    )


def merge(row: Mapping[str, Any]) -> Merge:
    return Merge(
        key=row["key"],
        commit=row["commit"],
        merged=moment(row["merged"]),
        authored=tuple(map(moment, row.get("authored", ()))),
    )


@pytest.fixture(scope="session")
def case() -> type[Case]:
    """Read a case: ``case(table, targets)``."""
    return Case
