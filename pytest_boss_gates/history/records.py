"""Facts as history stores and exchanges them: canonical JSON, named by its own hash.

A field that has its default is left out, so a field that a later version adds changes no name of
what is already kept.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import datetime, timedelta, timezone
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_boss_gates.model import (
    Bound,
    Build,
    Conclusion,
    Deployment,
    EndedTests,
    Ending,
    Enforce,
    Incident,
    Job,
    Merge,
    Outcome,
    RecordedRun,
    RecordedVerdict,
    Source,
    Unit,
    VerdictStatus,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d+))?\s*([Zz]|[+-]\d\d:?\d\d)"
)
_NAME_LENGTH = 32  # hexadecimal digits of a hash: 128 bits


class Kind(Enum):
    """What a fact is about."""

    RUN = "run"  # a test session of ours
    TESTS = "tests"  # the tests of a session
    BUILD = "build"  # an attempt of a provider's run
    DEPLOYMENT = "deployment"
    INCIDENT = "incident"
    MERGE = "merge"


_MOMENTS = {  # the fields that say when; the first one that is there
    Kind.RUN: ("started",),
    Kind.TESTS: ("started",),
    Kind.BUILD: ("started", "completed"),
    Kind.DEPLOYMENT: ("finished",),
    Kind.INCIDENT: ("started", "recovered"),
    Kind.MERGE: ("merged",),
}
_KINDS = {
    RecordedRun: Kind.RUN,
    Build: Kind.BUILD,
    Deployment: Kind.DEPLOYMENT,
    Incident: Kind.INCIDENT,
    Merge: Kind.MERGE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One fact; ``text`` is its body in canonical JSON, and ``name`` the hash of it."""

    kind: Kind
    name: str
    moment: int  # microseconds since 1970, UTC
    commit: str = ""
    branch: str = ""
    run: str = ""  # of a session's tests: the name of its record
    text: str

    @property
    def body(self) -> dict[str, Any]:
        """The body, read."""
        found: dict[str, Any] = json.loads(self.text)
        return found


def record(fact: RecordedRun | Build | Deployment | Incident | Merge) -> Record:
    """Make a record of a noun."""
    return record_of(_KINDS[type(fact)], body_of(fact))


def record_of(kind: Kind, body: Mapping[str, Any]) -> Record:
    """Make a record of a body. Raises ValueError when it does not say when it happened."""
    text = canonical(body)
    when = next((body[name] for name in _MOMENTS[kind] if body.get(name)), "")
    if not when:
        raise ValueError(f"a {kind.value} without a time")
    return Record(
        kind=kind,
        name=name_of(kind, text),
        moment=microseconds(parse_time(str(when))),
        commit=_column(body.get("commit", "")),
        branch=_column(body.get("branch", "")),
        run=_column(body.get("run", "")),
        text=text,
    )


def canonical(body: object) -> str:
    """Spell a body in the one way: sorted, without blanks, in ASCII."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)


def name_of(kind: Kind, text: str) -> str:
    """Name a body in canonical JSON by its hash."""
    digest = hashlib.sha256(f"{kind.value}\n{text}".encode())
    return digest.hexdigest()[:_NAME_LENGTH]


def _column(value: object) -> str:
    """Make what every database takes as text."""
    text = value if isinstance(value, str) else ""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def microseconds(moment: datetime) -> int:
    """Count the microseconds since 1970, UTC."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def spell_time(moment: datetime) -> str:
    """Spell a time in UTC to the microsecond, as RFC 3339 does."""
    text = moment.astimezone(timezone.utc).isoformat(timespec="microseconds")
    return text.removesuffix("+00:00") + "Z"


def parse_time(text: str) -> datetime:
    """Read a time of RFC 3339. Raises ValueError when it is none, or names no zone."""
    found = _TIME.fullmatch(text.strip())
    if not found:
        raise ValueError(
            f"{text!r} is not a time with a zone; write for example 2026-11-27T10:00:00Z"
        )
    day, clock, fraction, zone = found.groups()
    zone = "+00:00" if zone in "Zz" else f"{zone[:3]}:{zone[-2:]}"
    clock = clock if clock.count(":") == 2 else f"{clock}:00"
    moment = datetime.fromisoformat(f"{day}T{clock}.{(fraction or '0')[:6]:0<6}{zone}")
    return moment.astimezone(timezone.utc)


def body_of(noun: Any) -> dict[str, Any]:
    """Give the fields of a noun as JSON has them, without those that have their default."""
    body = {}
    for field in fields(noun):
        value = getattr(noun, field.name)
        default = field.default
        if field.default_factory is not MISSING:
            default = field.default_factory()
        if default is MISSING or value != default:
            body[field.name] = _plain(value)
    return body


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case Fraction():
            return f"{value.numerator}/{value.denominator}"
        case datetime():
            return spell_time(value)
        case tuple():
            return [_plain(each) for each in value]
        case Mapping():
            return dict(value)
        case None | str() | int() | float():
            return value
        case _:
            return body_of(value)


def noun_of(noun: type[_T], body: Mapping[str, Any]) -> _T:
    """Make a noun of a body; fields that this version does not know are left out.

    Raises ValueError, TypeError or LookupError for a body that is not of its kind.
    """
    known = {field.name for field in fields(noun)}  # type: ignore[arg-type]
    return noun(
        **{name: _READERS.get(name, _same)(value) for name, value in body.items() if name in known}
    )


def _same(value: Any) -> Any:
    return value


def _maybe_time(value: str | None) -> datetime | None:
    return None if value is None else parse_time(value)


def _verdict(body: Mapping[str, Any]) -> RecordedVerdict:
    value = body.get("value")
    if isinstance(value, str) and body["unit"] != Unit.VERSION.value:
        value = Fraction(value)
    return noun_of(RecordedVerdict, {**body, "value": value})


_READERS: dict[str, Callable[[Any], Any]] = {
    "authored": lambda values: tuple(map(parse_time, values)),
    "bound": Bound,
    "completed": _maybe_time,
    "components": lambda names: None if names is None else tuple(map(str, names)),
    "conclusion": Conclusion,
    "ended": parse_time,
    "enforce": Enforce,
    "finished": parse_time,
    "jobs": lambda bodies: tuple(noun_of(Job, body) for body in bodies),
    "merged": parse_time,
    "outcome": Outcome,
    "queued": _maybe_time,
    "recovered": _maybe_time,
    "source": Source,
    "started": _maybe_time,
    "status": VerdictStatus,
    "unit": Unit,
    "verdicts": lambda bodies: tuple(map(_verdict, bodies)),
}
"""How a field is read, by its name: the nouns agree on what a name means."""


def record_of_tests(run: Record, tests: EndedTests) -> Record:
    """Make a record of a session's tests: their columns, without the notes."""
    body = {
        "run": run.name,
        "started": run.body["started"],
        "names": tests.names,
        "seconds": tests.seconds,
        "endings": tests.endings,
    }
    return record_of(Kind.TESTS, body)


def read_tests(body: Mapping[str, Any]) -> EndedTests:
    """Read a session's tests. Raises ValueError when the columns do not agree."""
    tests = EndedTests(
        names=tuple(body["names"]), endings=body["endings"], seconds=tuple(body["seconds"])
    )
    if not len(tests.names) == len(tests.endings) == len(tests.seconds):
        raise ValueError("not as many endings or seconds as tests")
    for letter in set(tests.endings):
        Ending(letter)
    return tests
