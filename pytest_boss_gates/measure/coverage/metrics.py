"""The metrics of the coverage gate (definitions: ``docs/metrics.md``)."""

from __future__ import annotations

from pytest_boss_gates.model import Direction, Metric, Shape, Unit

_FIX = "Test the listed lines, nearest to the target first; delete code that nothing needs."

CODE_COVERAGE = Metric(
    key="code-coverage",
    title="Code Coverage",
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    shape=Shape.SHARE,
    item="line or branch",
    whole_suite=True,
    by_paths=True,
    why="Code that no test runs can break without anyone noticing.",
    fix=_FIX,
)
LINE_COVERAGE = Metric(
    key="line-coverage",
    title="Line Coverage",
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    shape=Shape.SHARE,
    item="line",
    whole_suite=True,
    by_paths=True,
    why="Statements that no test runs can break without anyone noticing.",
    fix=_FIX,
)
BRANCH_COVERAGE = Metric(
    key="branch-coverage",
    title="Branch Coverage",
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    shape=Shape.SHARE,
    item="branch",
    whole_suite=True,
    by_paths=True,
    why="A line can be run without its other outcome ever being tried.",
    fix="Test the condition both ways.",
)
FILE_COVERAGE = Metric(
    key="file-coverage",
    title="Worst File Coverage",
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    shape=Shape.WORST,
    item="file",
    whole_suite=True,
    by_paths=True,
    why="A good total hides files that nothing tests.",
    fix="Start with the worst file of the list.",
)
UNCOVERED_LINES = Metric(
    key="uncovered-lines",
    title="Uncovered Lines",
    unit=Unit.COUNT,
    direction=Direction.LOWER,
    shape=Shape.TOTAL,
    item="line",
    whole_suite=True,
    by_paths=True,
    why="A percentage moves when covered code is deleted; a count does not.",
    fix=_FIX,
)
METRICS = (CODE_COVERAGE, LINE_COVERAGE, BRANCH_COVERAGE, FILE_COVERAGE, UNCOVERED_LINES)
