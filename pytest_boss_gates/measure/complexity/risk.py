"""The risk of changing a function: its complexity, and how little of it the tests run.

This is the Change Risk Anti-Patterns (CRAP) score of Savoia and Evans, with radon's complexity and
the statements of coverage.py: complexity² x (1 - coverage)³ + complexity. Fully covered, it is the
complexity; without any test, its square and itself.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_boss_gates.measure.complexity.analysis import owned_lines
from pytest_boss_gates.measure.complexity.part import named
from pytest_boss_gates.measure.gate import without_coverage
from pytest_boss_gates.model import Bound, Item, Measurement, Place, Unit, plural, spell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_boss_gates.measure.complexity.part import Part
    from pytest_boss_gates.measure.complexity.survey import File
    from pytest_boss_gates.measure.coverage.reading import FileCoverage
    from pytest_boss_gates.measure.gate import Context
    from pytest_boss_gates.model import Metric


def of_part(metric: Metric, part: Part, context: Context) -> Measurement:
    """Give the highest risk of a function of the scope.

    Functions of files that coverage.py was told to leave out, and those without a statement that
    counts, have no risk that could be told; a note counts them.
    """
    reading = context.coverage
    if reading is None or reading.reason:
        return without_coverage(context, metric.key, part.scope)
    measured = {file.path: file for file in reading.files}
    chosen = {(path, function.line) for path, function, _ in part.functions}
    broken = list(part.broken)
    items: list[Item] = []
    for file in part.files:
        if file.path in reading.unreadable and not file.analysis.problem:
            broken.append(f"{file.path}: {reading.unreadable[file.path]}")
        elif file.path in measured:
            risks = _risks(file, measured[file.path])
            items += (item for item in risks if (file.path, _line(item)) in chosen)
    if not items and not broken and chosen:
        return Measurement.unknown(
            metric.key,
            "coverage.py measured no statement of these functions",
            scope=part.scope,
            remedy="Let coverage.py measure them: see source, omit and include of its settings.",
        )
    if not items:
        return part.unknown(metric, broken)
    items.sort(key=lambda item: (-Fraction(item.value), item.name))
    untold = len(chosen) - len(items)
    note = f"{plural(untold, 'function')} without a statement that counts, left out"
    return Measurement(
        metric=metric.key,
        scope=part.scope,
        value=items[0].value,
        bound=Bound.AT_LEAST if broken else Bound.EXACT,
        bound_reason=named(broken),
        n=len(items),
        source=f"radon; coverage.py {reading.fingerprint.get('coverage', '')}".rstrip(),
        items=tuple(items),
        notes=(*broken, note) if untold else tuple(broken),
    )


def _risks(file: File, coverage: FileCoverage) -> Iterator[Item]:
    """Give the risk of each function with a statement that counts."""
    functions = file.analysis.functions
    executed, missing = frozenset(coverage.executed), frozenset(coverage.missing)
    lines = owned_lines(functions, body=True)
    for function, own in zip(functions, lines, strict=True):
        ran, left = len(executed.intersection(own)), len(missing.intersection(own))
        if ran + left:
            complexity, uncovered = function.complexity, Fraction(left, ran + left)
            yield Item(
                name=function.name,
                value=complexity**2 * uncovered**3 + complexity,
                place=Place(path=file.path, line=function.line),
                note=f"complexity {complexity}, {spell(1 - uncovered, Unit.RATIO)} covered",
            )


def _line(item: Item) -> int:
    return item.place.line if item.place else 0
