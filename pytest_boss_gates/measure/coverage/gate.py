"""Coverage's numbers over each wanted scope, as measurements."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_boss_gates.measure.coverage.metrics import (
    BRANCH_COVERAGE,
    CODE_COVERAGE,
    FILE_COVERAGE,
    LINE_COVERAGE,
    METRICS,
    UNCOVERED_LINES,
)
from pytest_boss_gates.model import Bound, Item, Measurement, Metric, Place, plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_boss_gates.measure.coverage.reading import FileCoverage, Reading
    from pytest_boss_gates.measure.gate import Context

__all__ = ["METRICS", "measure"]


def measure(context: Context) -> Iterator[Measurement]:
    """Give every wanted coverage metric over every wanted scope."""
    from pytest_boss_gates.repository.globs import matcher

    reading = context.coverage
    for metric in METRICS:
        if not context.settings.wants(metric.key):
            continue
        for scope in context.settings.scopes(metric.key):
            if reading is None:
                reason = "no tests are run by this command"
                yield Measurement.skipped(metric.key, reason, scope=scope)
            elif reading.reason:
                yield _without_numbers(metric, scope, reading)
            else:
                matches = matcher(scope) if scope else None
                files = [file for file in reading.files if matches is None or matches(file.path)]
                yield _of_files(metric, scope, files, reading)


def _without_numbers(metric: Metric, scope: str, reading: Reading) -> Measurement:
    if reading.not_for_this_run:
        return Measurement.skipped(metric.key, reading.reason, scope=scope)
    return Measurement.unknown(metric.key, reading.reason, scope=scope, remedy=reading.remedy)


def _of_files(
    metric: Metric, scope: str, files: list[FileCoverage], reading: Reading
) -> Measurement:
    if not files:
        place = f"{scope!r} matches no measured file" if scope else "no file was measured"
        return Measurement.unknown(
            metric.key,
            place,
            scope=scope,
            remedy='Name the source roots: source = ["src"] in [tool.boss-gates].',
        )
    if metric is BRANCH_COVERAGE and not reading.branch:
        return Measurement.unknown(
            metric.key,
            "branches were not measured",
            scope=scope,
            remedy="Add branch = true to [tool.coverage.run].",
        )
    if metric is FILE_COVERAGE:
        return _worst_file(scope, files, reading)
    if metric is UNCOVERED_LINES:
        return _uncovered(scope, files, reading)
    return _share(metric, scope, files, reading)


def _share(metric: Metric, scope: str, files: list[FileCoverage], reading: Reading) -> Measurement:
    lines = metric is not BRANCH_COVERAGE
    branches = metric is not LINE_COVERAGE and reading.branch
    numerator = denominator = 0
    items: list[Item] = []
    for file in files:
        covered, total = _counts(file, lines=lines, branches=branches)
        numerator += covered
        denominator += total
        if covered < total:
            note = _missing(file, lines=lines, branches=branches)
            items.append(Item(name=file.path, value=total - covered, place=_first(file), note=note))
    if not denominator:
        nothing = "branches" if metric is BRANCH_COVERAGE else "statements"
        return Measurement.unknown(metric.key, f"the measured files hold no {nothing}", scope=scope)
    return Measurement(
        metric=metric.key,
        scope=scope,
        value=Fraction(numerator, denominator),
        bound=Bound.AT_MOST if reading.unreadable else Bound.EXACT,
        bound_reason=_unreadable(reading),
        item="line" if metric is CODE_COVERAGE and not branches else "",
        n=len(files),
        numerator=numerator,
        denominator=denominator,
        source=_source(reading),
        items=_worst_first(items),
        notes=_notes(files, reading),
    )


def _worst_file(scope: str, files: list[FileCoverage], reading: Reading) -> Measurement:
    items: list[Item] = []
    for file in files:
        covered, total = _counts(file, lines=True, branches=reading.branch)
        if total:
            note = _missing(file, lines=True, branches=reading.branch)
            items.append(
                Item(name=file.path, value=Fraction(covered, total), place=_first(file), note=note)
            )
    if not items:
        reason = "the measured files hold no statements"
        return Measurement.unknown(FILE_COVERAGE.key, reason, scope=scope)
    items.sort(key=lambda item: (Fraction(item.value), item.name))
    return Measurement(
        metric=FILE_COVERAGE.key,
        scope=scope,
        value=items[0].value,
        bound=Bound.AT_MOST if reading.unreadable else Bound.EXACT,
        bound_reason=_unreadable(reading),
        n=len(items),
        source=_source(reading),
        items=tuple(items),
        notes=_notes(files, reading),
    )


def _uncovered(scope: str, files: list[FileCoverage], reading: Reading) -> Measurement:
    items = [
        Item(
            name=file.path,
            value=len(file.missing),
            place=_first(file),
            note=_missing(file, lines=True, branches=False),
        )
        for file in files
        if file.missing
    ]
    return Measurement(
        metric=UNCOVERED_LINES.key,
        scope=scope,
        value=sum(len(file.missing) for file in files),
        bound=Bound.AT_LEAST if reading.unreadable else Bound.EXACT,
        bound_reason=_unreadable(reading),
        n=len(files),
        source=_source(reading),
        items=_worst_first(items),
        notes=_notes(files, reading),
    )


def _counts(file: FileCoverage, *, lines: bool, branches: bool) -> tuple[int, int]:
    covered = total = 0
    if lines:
        covered, total = file.covered_lines, file.statements
    if branches:
        covered, total = covered + file.covered_branches, total + file.branches
    return covered, total


def _worst_first(items: list[Item]) -> tuple[Item, ...]:
    return tuple(sorted(items, key=lambda item: (-Fraction(item.value), item.name)))


def _first(file: FileCoverage) -> Place:
    return Place(path=file.path, line=min(file.missing, default=0))


def _missing(file: FileCoverage, *, lines: bool, branches: bool) -> str:
    if not file.imported:
        return "never imported"
    parts = []
    if lines and file.missing:
        parts.append(f"lines {line_ranges(file.missing)}")
    if branches and file.missing_branches:
        arcs = (
            f"{start}->{'exit' if end < 0 else end}"
            for start, end in file.missing_branches
            if not lines or start not in file.missing
        )
        spelled = ", ".join(arcs)
        if spelled:
            parts.append(f"branches {spelled}")
    return "; ".join(parts)


def line_ranges(lines: Iterable[int]) -> str:
    """Spell line numbers as ranges: ``3-7, 12``."""
    ranges: list[tuple[int, int]] = []
    for line in sorted(lines):
        if ranges and line == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], line)
        else:
            ranges.append((line, line))
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges)


def _source(reading: Reading) -> str:
    version = reading.fingerprint.get("coverage", "")
    return f"coverage.py {version}, {reading.mode.value}".replace(" ,", ",")


def _unreadable(reading: Reading) -> str:
    if not reading.unreadable:
        return ""
    rest = f" and {len(reading.unreadable) - 1} more" if len(reading.unreadable) > 1 else ""
    count = plural(len(reading.unreadable), "file")
    return f"{count} could not be analysed: {reading.unreadable[0]}{rest}"


def _notes(files: list[FileCoverage], reading: Reading) -> tuple[str, ...]:
    notes = [*reading.unreadable, *reading.notes]
    unseen = [file.path for file in files if not file.imported]
    if unseen:
        more = f" and {len(unseen) - 3} more" if len(unseen) > 3 else ""
        names = ", ".join(unseen[:3])
        notes.append(f"{plural(len(unseen), 'file')} never imported, counted as 0 %: {names}{more}")
    return tuple(notes)
