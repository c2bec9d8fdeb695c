"""The details of a run as ``report.json`` has them, and back: an entry a line keeps them small."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.model import (
    ChangedTest,
    Details,
    Earlier,
    EndedTests,
    Ending,
    Outcome,
    PastRun,
    Series,
    Silenced,
    SourceFile,
    VerdictStatus,
)
from pytest_boss_gates.report.escape import json_string, json_strings
from pytest_boss_gates.report.shapes import (
    COUNT,
    MAYBE_COUNT,
    MAYBE_LINE,
    MAYBE_NUMBER,
    MAYBE_TEXT,
    SECONDS,
    TEXT,
    TEXT_BY_NAME,
    TIME,
    list_of,
    maybe,
    one_of,
    record,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

ENDINGS = {ending: ending.name.lower() for ending in Ending}
"""The word of each ending."""

_ENDING_OF = {word: ending for ending, word in ENDINGS.items()}
_WORDS = {ending.value: word for ending, word in ENDINGS.items()}
_LETTERS = {word: letter for letter, word in _WORDS.items()}
_LEFT_OUT = "left-out"
_NO_NOTE = '""'
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False)  # one for all entries


def document(details: Details, indent: str) -> str:
    """Spell the details as an object that ``details_schema()`` accepts.

    Each entry of its lists, and each other member, is on a line of its own.
    """
    lines = []
    for key, value in _members(details).items():
        head = f"{indent}  {json.dumps(key)}: "
        if isinstance(value, list) and value:
            entries = f",\n{indent}    ".join(value)
            lines.append(f"{head}[\n{indent}    {entries}\n{indent}  ]")
        else:
            lines.append(head + _compact(value))
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"


def _members(details: Details) -> dict[str, Any]:
    """Give the members: the entries of lists spelled, all else as plain values."""
    earlier = details.earlier
    return {
        "tests": _tests(details.tests),
        "files": _entries(map(_file, details.files)),
        "suppressions": _entries(
            {
                "path": json_string(each.path),
                "count": each.count,
                "lines": json_string(each.lines),
                "line": each.line or None,
            }
            for each in details.suppressions
        ),
        _LEFT_OUT: {
            "tests": details.tests_left_out,
            "files": details.files_left_out,
            "suppressions": details.suppressions_left_out,
            "changed-tests": earlier.changed_left_out,
        },
        "reasons": {key: json_string(reason) for key, reason in sorted(details.reasons.items())},
        "runs": _entries(
            {
                "ended": _time(run.ended),
                "commit": json_string(run.commit) or None,
                "branch": json_string(run.branch) or None,
                "outcome": run.outcome.value,
            }
            for run in earlier.runs
        ),
        "series": _entries(
            {
                "metric": json_string(each.metric),
                "scope": json_string(each.scope),
                "values": list(each.values),
                "statuses": [status.value if status else None for status in each.statuses],
            }
            for each in earlier.series
        ),
        "changed-tests": _entries(
            {
                "id": json_string(each.nodeid),
                "before": ENDINGS[each.before] if each.before else None,
                "now": ENDINGS[each.now] if each.now else None,
            }
            for each in earlier.changed
        ),
        "runs-reason": json_string(earlier.reason),
        "changed-tests-reason": json_string(earlier.tests_reason),
    }


def _tests(tests: EndedTests) -> list[str]:
    """Spell the tests by columns: there are many, and an encoder's call for each costs most."""
    seconds = {each: _compact(each) for each in set(tests.seconds)}
    notes = {nodeid: _compact(json_string(note)) for nodeid, note in tests.notes.items()}
    rows = zip(
        tests.names,
        map(encode_basestring, json_strings(tests.names)),
        map(_WORDS.__getitem__, tests.endings),
        map(seconds.__getitem__, tests.seconds),
        strict=True,
    )
    return [
        f'{{"id": {name}, "outcome": "{word}", "seconds": {spelled}, '
        f'"note": {notes.get(nodeid, _NO_NOTE)}}}'
        for nodeid, name, word, spelled in rows
    ]


def _file(file: SourceFile) -> dict[str, Any]:
    return {
        "path": json_string(file.path),
        "statements": file.statements,
        "missing": file.missing,
        "branches": file.branches,
        "missing-branches": file.missing_branches,
        "complexity": file.complexity,
        "function": json_string(file.function) or None,
        "line": file.line or None,
        "risk": file.risk,
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).isoformat(timespec="milliseconds")[:-6] + "Z"


def _entries(bodies: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(map(_compact, bodies))


def _compact(value: Any) -> str:
    return _ENCODER.encode(value)


def read(body: Mapping[str, Any]) -> Details:
    """Read what ``document`` spelled.

    Raises LookupError, TypeError or ValueError for anything else.
    """
    left_out = body[_LEFT_OUT]
    return Details(
        tests=EndedTests(
            names=tuple(each["id"] for each in body["tests"]),
            endings="".join(_LETTERS[each["outcome"]] for each in body["tests"]),
            seconds=tuple(each["seconds"] for each in body["tests"]),
            notes={each["id"]: each["note"] for each in body["tests"] if each["note"]},
        ),
        tests_left_out=left_out["tests"],
        files=tuple(_read_file(each) for each in body["files"]),
        files_left_out=left_out["files"],
        suppressions=tuple(
            Silenced(
                path=each["path"],
                count=each["count"],
                lines=each["lines"],
                line=each["line"] or 0,
            )
            for each in body["suppressions"]
        ),
        suppressions_left_out=left_out["suppressions"],
        earlier=_read_earlier(body, left_out["changed-tests"]),
        reasons=dict(body["reasons"]),
    )


def _read_file(body: Mapping[str, Any]) -> SourceFile:
    return SourceFile(
        path=body["path"],
        statements=body["statements"],
        missing=body["missing"],
        branches=body["branches"],
        missing_branches=body["missing-branches"],
        complexity=body["complexity"],
        function=body["function"] or "",
        line=body["line"] or 0,
        risk=body["risk"],
    )


def _read_earlier(body: Mapping[str, Any], left_out: int) -> Earlier:
    return Earlier(
        runs=tuple(
            PastRun(
                ended=datetime.fromisoformat(each["ended"].replace("Z", "+00:00")),
                commit=each["commit"] or "",
                branch=each["branch"] or "",
                outcome=Outcome(each["outcome"]),
            )
            for each in body["runs"]
        ),
        series=tuple(
            Series(
                metric=each["metric"],
                scope=each["scope"],
                values=tuple(each["values"]),
                statuses=tuple(
                    VerdictStatus(status) if status else None for status in each["statuses"]
                ),
            )
            for each in body["series"]
        ),
        changed=tuple(
            ChangedTest(
                nodeid=each["id"],
                before=_ENDING_OF[each["before"]] if each["before"] else None,
                now=_ENDING_OF[each["now"]] if each["now"] else None,
            )
            for each in body["changed-tests"]
        ),
        changed_left_out=left_out,
        reason=body["runs-reason"],
        tests_reason=body["changed-tests-reason"],
    )


def details_schema() -> dict[str, Any]:
    """Declare the JSON Schema of what ``document`` gives."""
    endings = tuple(ENDINGS.values())
    return record(
        tests=list_of(
            record(id=TEXT, outcome=one_of(*endings), seconds=SECONDS, note=TEXT),
        ),
        files=list_of(
            record(
                path=TEXT,
                statements=MAYBE_COUNT,
                missing=MAYBE_COUNT,
                branches=MAYBE_COUNT,
                missing_branches=MAYBE_COUNT,
                complexity=MAYBE_COUNT,
                function=MAYBE_TEXT,
                line=MAYBE_LINE,
                risk=MAYBE_NUMBER,
            )
        ),
        suppressions=list_of(record(path=TEXT, count=COUNT, lines=TEXT, line=MAYBE_LINE)),
        left_out=record(tests=COUNT, files=COUNT, suppressions=COUNT, changed_tests=COUNT),
        reasons=TEXT_BY_NAME,
        runs=list_of(
            record(
                ended=TIME,
                commit=MAYBE_TEXT,
                branch=MAYBE_TEXT,
                outcome=one_of(*(outcome.value for outcome in Outcome)),
            )
        ),
        series=list_of(
            record(
                metric=TEXT,
                scope=TEXT,
                values=list_of(MAYBE_NUMBER),
                statuses=list_of(maybe(*(status.value for status in VerdictStatus))),
            )
        ),
        changed_tests=list_of(record(id=TEXT, before=maybe(*endings), now=maybe(*endings))),
        runs_reason=TEXT,
        changed_tests_reason=TEXT,
    )
