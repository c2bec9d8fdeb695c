"""Held against another's definitions: those of Apache DevLake, in SQL, where both mean the same.

Where they differ (docs/metrics.md lists it) the events are made so that the difference is out:
one production environment, a line of commits that only goes forward, whole weeks.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import date, datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from statistics import median_low
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_boss_gates.model import Measurement

QUERIES = dict(
    re.findall(
        r"^-- name: (\w+)\n(.*?;)$",
        (Path(__file__).parent / "reference.sql").read_text(encoding="utf-8"),
        re.MULTILINE | re.DOTALL,
    )
)
NOW = datetime(2026, 11, 16, tzinfo=timezone.utc)  # a Monday: the last week is just complete
START = NOW - timedelta(days=85)
MINUTES = 84 * 24 * 60
NAMES = st.sampled_from(["production", "prod", "staging", "testpypi"])


@st.composite
def histories(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a line of commits, deployments that go forward on it, and incidents."""
    at = st.integers(min_value=0, max_value=MINUTES)
    changes = sorted(draw(st.lists(at, min_size=1, max_size=30)))
    name = draw(NAMES)
    busy = st.integers(min_value=0, max_value=draw(st.sampled_from([14, 42, 84])) * 24 * 60)
    ends = sorted(draw(st.lists(busy, min_size=1, max_size=25, unique=True)))
    deployments = []
    position = -1
    for number, end in enumerate(ends):
        there = [index for index, authored in enumerate(changes) if index > position]
        if not there:
            break
        succeeded = draw(st.booleans())
        chosen = draw(st.sampled_from(there))
        position = chosen if succeeded else position
        deployments.append((f"d{number}", name, chosen, succeeded, end))
    starts = draw(st.lists(st.tuples(at, st.integers(1, 5_000)), max_size=8))
    return {"changes": changes, "deployments": deployments, "incidents": starts}


def when(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def told(minutes: int) -> str:
    return when(minutes).isoformat()


def ours(history: dict[str, Any], causes: Sequence[str]) -> dict[str, Any]:
    names = {row[0]: f"c{row[2]}" for row in history["deployments"]}
    return {
        "as-of": NOW.isoformat(),
        "commits": [
            {
                "key": f"c{index}",
                "parents": [f"c{index - 1}"] if index else [],
                "authored": told(authored),
            }
            for index, authored in enumerate(history["changes"])
        ],
        "deployments": [
            {
                "environment": name,
                "commit": f"c{position}",
                "finished": told(end),
                "succeeded": succeeded,
                "source": "recorded",
            }
            for _, name, position, succeeded, end in history["deployments"]
        ],
        "incidents": [
            {
                "key": str(number),
                "started": told(start),
                "recovered": told(start + length),
                "deployment": names.get(cause, "none"),
                "source": "recorded",
            }
            for number, ((start, length), cause) in enumerate(
                zip(history["incidents"], causes, strict=True)
            )
        ],
    }


def theirs(history: dict[str, Any], causes: Sequence[str]) -> sqlite3.Connection:
    base = sqlite3.connect(":memory:")
    base.executescript(
        """
        CREATE TABLE deployments (id, environment, position, result, finished);
        CREATE TABLE changes (position, authored);
        CREATE TABLE incidents (created, resolved, deployment);
        CREATE TABLE calendar (week);
        """
    )
    base.executemany(
        "INSERT INTO deployments VALUES (?, ?, ?, ?, ?)",
        [
            (
                key,
                "PRODUCTION" if name in ("production", "prod") else "STAGING",
                position,
                "SUCCESS" if succeeded else "FAILURE",
                told(end),
            )
            for key, name, position, succeeded, end in history["deployments"]
        ],
    )
    base.executemany(
        "INSERT INTO changes VALUES (?, ?)",
        [(index, told(authored)) for index, authored in enumerate(history["changes"])],
    )
    base.executemany(
        "INSERT INTO incidents VALUES (?, ?, ?)",
        [
            (told(start), told(start + length), cause)
            for (start, length), cause in zip(history["incidents"], causes, strict=True)
        ],
    )
    return base


def weeks_since(days: Sequence[str]) -> list[str]:
    first = date.fromisoformat(min(days))
    week = first - timedelta(days=first.weekday())
    found = []
    while week < NOW.date():
        found.append(week.isoformat())
        week += timedelta(weeks=1)
    return found


@given(history=histories(), data=st.data())
@settings(max_examples=150, deadline=None)
def test_random_histories_come_to_the_same(case: Any, history: dict[str, Any], data: Any) -> None:
    succeeded = [row[0] for row in history["deployments"] if row[3]]
    causes = [
        data.draw(st.sampled_from([*succeeded, "none"])) for _ in range(len(history["incidents"]))
    ]
    found = case(ours(history, causes)).measure()
    with closing(theirs(history, causes)) as base:
        hold(found, base)


def hold(found: Mapping[str, Measurement], base: sqlite3.Connection) -> None:
    """Compare what both came to."""
    days = [row[0] for row in base.execute(QUERIES["deployment_days"])]

    frequency = found["deployment-frequency"]
    if not days:
        assert frequency.value is None
        assert found["change-failure-rate"].value is None
        return
    weeks = weeks_since(days)
    base.executemany("INSERT INTO calendar VALUES (?)", [(week,) for week in weeks[-13:]])
    (lower,) = base.execute(QUERIES["median_days_a_week"]).fetchone()
    assert frequency.n == len(weeks[-13:])
    if len(weeks[-13:]) % 2:
        assert frequency.value == lower
    else:  # theirs is the lower of the two in the middle, ours lies between them
        assert frequency.value is not None
        assert frequency.value >= lower

    lead = found["lead-time-for-changes"]
    seconds = sorted(row[0] for row in base.execute(QUERIES["lead_seconds"]) if row[0] >= 0)
    if seconds:
        assert lead.n == len(seconds)
        if len(seconds) % 2:
            assert lead.value == median_low(seconds)
    else:
        assert lead.value is None

    total, count = base.execute(QUERIES["mean_recovery"]).fetchone()
    if count:
        assert found["mean-time-to-recovery"].value == Fraction(total, count)

    failed, deployed = base.execute(QUERIES["change_failure_rate"]).fetchone()
    assert found["change-failure-rate"].value == Fraction(failed, deployed)
