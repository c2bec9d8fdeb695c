"""The parts behind the verdicts, put together: tests, source files, suppressions, earlier runs.

What the gates measured is taken from them. Only a report that shows every file has the sources
looked at once more where no target asked for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.errors import HistoryError
from pytest_boss_gates.model import (
    ChangedTest,
    Details,
    Earlier,
    EndedTests,
    Ending,
    PastRun,
    Series,
    Silenced,
    SourceFile,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_boss_gates.history.view import History
    from pytest_boss_gates.measure import Context
    from pytest_boss_gates.measure.recorder import Recorder
    from pytest_boss_gates.model import Item, Measurement, Number, RecordedRun, Run, Verdict

TESTS = 50_000
"""How many tests are kept by name; those that did not pass, and then the slowest, come first."""
FILES = 20_000
CHANGES = 1_000
RUNS = 30
"""How many earlier runs a trend shows."""

_NO_TESTS = "no tests are run by this command"
_NOT_LOOKED_AT = "no target and no report of this run asked for it"


def details(run: Run, context: Context, *, every_file: bool) -> Details:
    """Gather the details of a run; ``every_file`` looks at sources that no gate looked at."""
    tests, tests_left_out = _tests(context.recorder)
    complexity = _measured(run.verdicts, "complexity")
    suppressions = _measured(run.verdicts, "suppressions")
    if every_file:
        complexity = complexity or _complexity(context)
        suppressions = suppressions or _suppressions(context)
    reasons = {} if context.recorder else {"tests": _NO_TESTS}
    if context.coverage is None or context.coverage.reason:
        reasons["coverage"] = context.coverage.reason if context.coverage else _NOT_LOOKED_AT
    for part, found in (("complexity", complexity), ("suppressions", suppressions)):
        if found is None or found.value is None:
            reasons[part] = found.reason if found else _NOT_LOOKED_AT
    files = _files(context, complexity, _measured(run.verdicts, "risk"))
    silenced = [_silenced(item) for item in suppressions.items] if suppressions else []
    return Details(
        tests=tests,
        tests_left_out=tests_left_out,
        files=tuple(files[:FILES]),
        files_left_out=max(len(files) - FILES, 0),
        suppressions=tuple(silenced[:FILES]),
        suppressions_left_out=max(len(silenced) - FILES, 0),
        earlier=_earlier(run, context, context.history()),
        reasons=reasons,
    )


def _tests(recorder: Recorder | None) -> tuple[EndedTests, int]:
    if recorder is None:
        return EndedTests(), 0
    every = recorder.tested
    if len(every) <= TESTS:
        return every, 0
    passed = Ending.PASSED.value
    first = sorted(
        range(len(every)), key=lambda at: (every.endings[at] == passed, -every.seconds[at])
    )
    kept = sorted(first[:TESTS])
    bounded = EndedTests(
        names=tuple(every.names[at] for at in kept),
        endings="".join(every.endings[at] for at in kept),
        seconds=tuple(every.seconds[at] for at in kept),
        notes=every.notes,
    )
    return bounded, len(every) - TESTS


def _measured(verdicts: Iterable[Verdict], metric: str) -> Measurement | None:
    """Find what was measured of a metric over everything."""
    for verdict in verdicts:
        if verdict.metric.key == metric and not verdict.scope:
            return verdict.measurement
    return None


def _complexity(context: Context) -> Measurement:
    from pytest_boss_gates.measure.complexity import every_function

    return every_function(context)


def _suppressions(context: Context) -> Measurement:
    from pytest_boss_gates.measure.suppressions import measure

    return next(measure(context))  # the first is over everything


def _files(
    context: Context, complexity: Measurement | None, risk: Measurement | None
) -> list[SourceFile]:
    """Put together by path what coverage and complexity say of each file."""
    covered = {file.path: file for file in context.coverage.files} if context.coverage else {}
    worst = _worst_by_path(complexity.items if complexity else ())
    risks = _worst_by_path(risk.items if risk else ())
    found = []
    for path in sorted({*covered, *worst}):
        file, function, risky = covered.get(path), worst.get(path), risks.get(path)
        found.append(
            SourceFile(
                path=path,
                statements=file.statements if file else None,
                missing=len(file.missing) if file else None,
                branches=file.branches if file else None,
                missing_branches=file.branches - file.covered_branches if file else None,
                complexity=int(function.value) if function else None,
                function=function.name if function else "",
                line=function.place.line if function and function.place else 0,
                risk=round(float(risky.value), 2) if risky else None,
            )
        )
    return found


def _worst_by_path(items: Iterable[Item]) -> Mapping[str, Item]:
    """Take the first of each path: items come worst first."""
    found: dict[str, Item] = {}
    for item in items:
        if item.place is not None:
            found.setdefault(item.place.path, item)
    return found


def _silenced(item: Item) -> Silenced:
    lines = item.note.rpartition("; all: ")[2]  # before it stands what is new
    return Silenced(
        path=item.name,
        count=int(item.value),
        lines=lines,
        line=item.place.line if item.place else 0,
    )


def _earlier(run: Run, context: Context, history: History) -> Earlier:
    if history.store is None:
        return Earlier(reason=history.absent)
    try:
        if history.store() is None:
            return Earlier(reason="there is no history yet")
        found = history.recent(branch=run.identity.branch, limit=RUNS)
        if not found:
            where = f" on {run.identity.branch}" if run.identity.branch else ""
            return Earlier(reason=f"the history has no whole run{where} yet")
        changed, reason = _changed(run, context.recorder, history, found[0][0])
    except HistoryError as error:
        return Earlier(reason=str(error).removesuffix("."))
    runs = [past for _, past in found]
    return Earlier(
        runs=tuple(
            PastRun(
                ended=past.ended.replace(microsecond=past.ended.microsecond // 1000 * 1000),
                commit=past.commit,
                branch=past.branch,
                outcome=past.outcome,
            )
            for past in runs
        ),
        series=tuple(_series(verdict, runs) for verdict in _once(run.verdicts)),
        changed=tuple(changed[:CHANGES]),
        changed_left_out=max(len(changed) - CHANGES, 0),
        tests_reason=reason,
    )


def _once(verdicts: Iterable[Verdict]) -> Iterable[Verdict]:
    """Give the first verdict on each metric and scope: two targets share what was measured."""
    found: dict[tuple[str, str], Verdict] = {}
    for verdict in verdicts:
        found.setdefault((verdict.metric.key, verdict.scope), verdict)
    return found.values()


def _series(verdict: Verdict, runs: Sequence[RecordedRun]) -> Series:
    past = [run.verdict(verdict.metric.key, verdict.scope) for run in runs]
    return Series(
        metric=verdict.metric.key,
        scope=verdict.scope,
        values=tuple(_plain(each.value) if each else None for each in past),
        statuses=tuple(each.status if each else None for each in past),
    )


def _plain(value: Number | str | None) -> float | int | None:
    if value is None or isinstance(value, str):
        return None
    return value if isinstance(value, int) else float(value)


def _changed(
    run: Run, recorder: Recorder | None, history: History, last: str
) -> tuple[list[ChangedTest], str]:
    """Hold the tests against those of the last run; gives why not, where that cannot be done."""
    if recorder is None:
        return [], _NO_TESTS
    kept = history.tests([last]).get(last)
    if kept is None:
        return [], "the history does not keep the tests of the last run any more"
    tested = recorder.tested
    if (kept.names, kept.endings) == (tested.names, tested.endings):  # mostly
        return [], ""
    before, now = dict(kept.pairs()), dict(tested.pairs())
    gone = [] if run.identity.partial else [nodeid for nodeid in before if nodeid not in now]
    changed = [nodeid for nodeid, ending in now.items() if before.get(nodeid) is not ending]
    found = [
        ChangedTest(nodeid=nodeid, before=before.get(nodeid), now=now.get(nodeid))
        for nodeid in (*changed, *gone)
    ]
    return sorted(found, key=_worst_change), ""


def _worst_change(change: ChangedTest) -> tuple[int, str]:
    """Order newly failing tests first, then mended ones, other changes, gone and new ones."""
    before, now = change.before, change.now
    if now is not None and now.is_bad:
        return 0, change.nodeid
    if now is None:
        return 3, change.nodeid
    if before is None:
        return 4, change.nodeid
    return (1 if before.is_bad else 2), change.nodeid
