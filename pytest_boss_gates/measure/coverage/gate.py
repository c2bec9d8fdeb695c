"""Coverage's numbers over each wanted scope, as measurements."""

from __future__ import annotations

from dataclasses import dataclass
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
from pytest_boss_gates.measure.gate import without_coverage, without_files
from pytest_boss_gates.model import (
    Bound,
    Item,
    Measurement,
    Metric,
    Place,
    plural,
    spell_branches,
    spell_lines,
)
from pytest_boss_gates.repository.globs import matcher

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_boss_gates.measure.coverage.reading import FileCoverage, Reading
    from pytest_boss_gates.measure.gate import Context

__all__ = ["METRICS", "measure"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """What a reading says of one scope."""

    scope: str
    files: list[FileCoverage]
    unreadable: list[str]  # "path: why"
    reading: Reading

    @classmethod
    def of(cls, reading: Reading, scope: str) -> _Part:
        matches = matcher(scope)
        return cls(
            scope=scope,
            files=[file for file in reading.files if matches(file.path)],
            unreadable=[
                f"{path}: {why}" for path, why in reading.unreadable.items() if matches(path)
            ],
            reading=reading,
        )

    @property
    def at_most(self) -> Bound:
        """A file that cannot be analysed may hold lines, and none of them is known to run."""
        return Bound.AT_MOST if self.unreadable else Bound.EXACT

    @property
    def bound_reason(self) -> str:
        if not self.unreadable:
            return ""
        rest = f" and {len(self.unreadable) - 1} more" if len(self.unreadable) > 1 else ""
        count = plural(len(self.unreadable), "file")
        return f"{count} could not be analysed: {self.unreadable[0]}{rest}"

    @property
    def source(self) -> str:
        version = self.reading.fingerprint.get("coverage", "")
        return f"coverage.py {version}, {self.reading.mode.value}".replace(" ,", ",")

    @property
    def notes(self) -> tuple[str, ...]:
        notes = [*self.unreadable, *self.reading.notes]
        unseen = [file.path for file in self.files if not file.imported]
        if unseen:
            more = f" and {len(unseen) - 3} more" if len(unseen) > 3 else ""
            count = plural(len(unseen), "file")
            names = ", ".join(unseen[:3])
            notes.append(f"{count} never imported, counted as 0 %: {names}{more}")
        return tuple(notes)


def measure(context: Context) -> Iterator[Measurement]:
    """Give every wanted coverage metric over every wanted scope."""
    reading = context.coverage
    for metric in METRICS:
        if not context.settings.wants(metric.key):
            continue
        for scope in context.settings.scopes(metric.key):
            if reading is None or reading.reason:
                yield without_coverage(context, metric.key, scope)
            else:
                yield _of_part(metric, _Part.of(reading, scope))


def _of_part(metric: Metric, part: _Part) -> Measurement:
    if not part.files:
        return _without_files(metric, part)
    if metric is BRANCH_COVERAGE and not part.reading.branch:
        return Measurement.unknown(
            metric.key,
            "branches were not measured",
            scope=part.scope,
            remedy="Add branch = true to [tool.coverage.run].",
        )
    if metric is FILE_COVERAGE:
        return _worst_file(part)
    if metric is UNCOVERED_LINES:
        return _uncovered(part)
    return _share(metric, part)


def _without_files(metric: Metric, part: _Part) -> Measurement:
    if part.unreadable:
        return Measurement.unknown(metric.key, part.bound_reason, scope=part.scope)
    return without_files(metric.key, part.scope)


def _share(metric: Metric, part: _Part) -> Measurement:
    lines = metric is not BRANCH_COVERAGE
    branches = metric is not LINE_COVERAGE and part.reading.branch
    numerator = denominator = 0
    items: list[Item] = []
    for file in part.files:
        covered, total = _counts(file, lines=lines, branches=branches)
        numerator += covered
        denominator += total
        if covered < total:
            note = _missing(file, lines=lines, branches=branches)
            items.append(Item(name=file.path, value=total - covered, place=_first(file), note=note))
    if not denominator:
        nothing = "branches" if metric is BRANCH_COVERAGE else "statements"
        return Measurement.unknown(
            metric.key, f"the measured files hold no {nothing}", scope=part.scope
        )
    return Measurement(
        metric=metric.key,
        scope=part.scope,
        value=Fraction(numerator, denominator),
        bound=part.at_most,
        bound_reason=part.bound_reason,
        item="line" if metric is CODE_COVERAGE and not branches else "",
        n=len(part.files),
        numerator=numerator,
        denominator=denominator,
        source=part.source,
        items=_worst_first(items),
        notes=part.notes,
    )


def _worst_file(part: _Part) -> Measurement:
    items: list[Item] = []
    for file in part.files:
        covered, total = _counts(file, lines=True, branches=part.reading.branch)
        if total:
            note = _missing(file, lines=True, branches=part.reading.branch)
            items.append(
                Item(name=file.path, value=Fraction(covered, total), place=_first(file), note=note)
            )
    if not items:
        reason = "the measured files hold no statements"
        return Measurement.unknown(FILE_COVERAGE.key, reason, scope=part.scope)
    items.sort(key=lambda item: (Fraction(item.value), item.name))
    return Measurement(
        metric=FILE_COVERAGE.key,
        scope=part.scope,
        value=items[0].value,
        bound=part.at_most,
        bound_reason=part.bound_reason,
        n=len(items),
        source=part.source,
        items=tuple(items),
        notes=part.notes,
    )


def _uncovered(part: _Part) -> Measurement:
    items = [
        Item(
            name=file.path,
            value=len(file.missing),
            place=_first(file),
            note=_missing(file, lines=True, branches=False),
        )
        for file in part.files
        if file.missing
    ]
    return Measurement(
        metric=UNCOVERED_LINES.key,
        scope=part.scope,
        value=sum(len(file.missing) for file in part.files),
        bound=Bound.AT_LEAST if part.unreadable else Bound.EXACT,
        bound_reason=part.bound_reason,
        n=len(part.files),
        source=part.source,
        items=_worst_first(items),
        notes=part.notes,
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
        parts.append(spell_lines(file.missing))
    apart = [arc for arc in file.missing_branches if not lines or arc[0] not in file.missing]
    if branches and apart:
        parts.append(spell_branches(apart))
    return "; ".join(parts)
