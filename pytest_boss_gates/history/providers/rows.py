"""Reading a row of JSON: what is needed, what may be missing, and what is not of its kind.

Providers add fields and words without a version, so what is not asked for is not looked at. A
reader raises LookupError, ValueError or TypeError for a row that cannot be what it should be.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.history.records import parse_time
from pytest_boss_gates.model import Incident, Job, Source

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from pytest_boss_gates.model import Conclusion

BUILDS, DEPLOYMENTS, RELEASES = "builds", "deployments", "releases"
MERGES, INCIDENTS = "merges", "incidents"


def key_of(server: str, number: object) -> str:
    """Name a thing by the server that knows it and its number there."""
    if not isinstance(number, (int, str)) or isinstance(number, bool):
        raise TypeError(f"its id is {number!r}")
    return f"{server}:{number}"


def time_of(row: Mapping[str, Any], *names: str) -> datetime | None:
    """Read the first of some times that is there. Raises ValueError for one that is none."""
    for name in names:
        value = row.get(name)
        if value:
            return parse_time(value) if isinstance(value, str) else _no_time(name, value)
    return None


def needed(row: Mapping[str, Any], *names: str) -> datetime:
    """Read the first of some times; there must be one. Raises LookupError or ValueError."""
    found = time_of(row, *names)
    if found is None:
        raise LookupError(repr(names[0]))
    return found


def _no_time(name: str, value: object) -> datetime:
    raise TypeError(f"its {name} is {value!r}, not a time")


def text_of(row: Mapping[str, Any], *names: str) -> str:
    """Read the first of some texts that is not empty; "" without one."""
    for name in names:
        value = row.get(name)
        if value:
            if not isinstance(value, str):
                raise TypeError(f"its {name} is {value!r}, not a text")
            return value
    return ""


def word_of(row: Mapping[str, Any], *names: str) -> str:
    """Read the first of some texts; there must be one. Raises LookupError or TypeError."""
    found = text_of(row, *names)
    if not found:
        raise LookupError(repr(names[0]))
    return found


def labels_of(row: Mapping[str, Any]) -> set[str]:
    """Read the names of labels, which are texts or objects, in small letters."""
    found = row.get("labels") or ()
    return {str(each["name"] if isinstance(each, dict) else each).casefold() for each in found}


def last_end(jobs: Sequence[Job], otherwise: datetime | None) -> datetime | None:
    """Give the end of the last job; ``otherwise`` when no job's end is known."""
    return max((job.completed for job in jobs if job.completed), default=otherwise)


def timed_job(
    name: str,
    conclusion: Conclusion,
    queued: datetime | None,
    started: datetime | None,
    completed: datetime | None,
) -> Job:
    """Make a job whose times follow each other; one that never started has none."""
    if started is None:
        return Job(name=name, conclusion=conclusion)
    return Job(
        name=name,
        conclusion=conclusion,
        started=started,
        completed=completed and max(completed, started),
        queued=queued and min(queued, started),
    )


def incident_of(row: Mapping[str, Any], key: str, before: Incident | None = None) -> Incident:
    """Make an incident of an issue; ``before`` is what was known of it.

    One that is open again began again, since facts are never taken back.
    """
    started, recovered = needed(row, "created_at"), time_of(row, "closed_at")
    if recovered is None and before is not None and before.recovered is not None:
        started = max(needed(row, "updated_at"), before.recovered + timedelta(microseconds=1))
    return Incident(
        key=key,
        started=started,
        recovered=recovered and max(recovered, started),
        title=text_of(row, "title"),
        source=Source.ISSUES,
    )
