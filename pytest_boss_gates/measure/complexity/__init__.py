"""Cyclomatic complexity, maintainability and risk of the sources, by radon's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.model import Comparator, Direction, Measurement, Metric, Shape, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_boss_gates.measure.complexity.part import Part
    from pytest_boss_gates.measure.gate import Context

COMPLEXITY = Metric(
    key="complexity",
    title="Complexity",
    unit=Unit.COMPLEXITY,
    direction=Direction.LOWER,
    shape=Shape.WORST,
    item="function",
    by_paths=True,
    by_change=True,
    ranked=True,
    acceptable="B",
    why="Each path through a function is one more to test and to keep in mind.",
    fix="Split the function where its branches part, or turn the branches into a table.",
)
COMPLEXITY_AVERAGE = Metric(
    key="complexity-average",
    title="Average Complexity",
    unit=Unit.COMPLEXITY,
    direction=Direction.LOWER,
    shape=Shape.MEAN,
    item="function",
    by_paths=True,
    by_change=True,
    ranked=True,
    why="Says how much branching a reader meets in an ordinary function.",
    fix="Start with the most complex functions; many small ones lower the average, too.",
)
MAINTAINABILITY = Metric(
    key="maintainability",
    title="Maintainability",
    unit=Unit.INDEX,
    direction=Direction.HIGHER,
    shape=Shape.WORST,
    item="file",
    by_paths=True,
    by_change=True,
    ranked=True,
    acceptable="B",
    why="Radon's index of the worst file, from its size, operators and branches (0 to 100).",
    fix="Split the file along its responsibilities.",
)
RISK = Metric(
    key="risk",
    title="Risk of Change",
    unit=Unit.COMPLEXITY,
    direction=Direction.LOWER,
    shape=Shape.WORST,
    item="function",
    whole_suite=True,
    by_paths=True,
    by_change=True,
    why="Code with many branches that no test runs breaks first: complexity² x (1 - coverage)³ "
    "+ complexity, of the worst function.",
    fix="Test the function; where it is complex beyond the target itself, split it.",
)
METRICS = (COMPLEXITY, COMPLEXITY_AVERAGE, MAINTAINABILITY, RISK)


def measure(context: Context) -> Iterator[Measurement]:
    """Analyse every source file once and give each metric over each wanted scope."""
    from pytest_boss_gates.measure.complexity.part import Part
    from pytest_boss_gates.measure.complexity.since import look_back
    from pytest_boss_gates.measure.complexity.survey import Survey

    wanted = [metric for metric in METRICS if context.settings.wants(metric.key)]
    keys = {metric.key for metric in wanted}
    targets = [target for target in context.settings.targets if target.metric in keys]
    survey = Survey(context, with_index=MAINTAINABILITY in wanted)
    files = survey.of_files(context.source.python_files(context.tree))
    compared = any(
        each.changed or each.wanted.comparator is Comparator.NO_WORSE for each in targets
    )
    since = look_back(context, survey, files) if compared else None
    survey.save()
    for metric in wanted:
        scopes = {"": ("", False)} | {
            target.scope: (target.paths, target.changed)
            for target in targets
            if target.metric == metric.key
        }
        for scope, (paths, changed) in scopes.items():
            part = Part.of(files, since, scope, paths=paths, changed=changed)
            yield _of_part(metric, part, context)


def every_function(context: Context) -> Measurement:
    """Give the complexity of every function of the sources, whatever the targets ask for."""
    from pytest_boss_gates.measure.complexity.part import Part
    from pytest_boss_gates.measure.complexity.survey import Survey

    survey = Survey(context, with_index=False)
    files = survey.of_files(context.source.python_files(context.tree))
    survey.save()
    return _of_part(COMPLEXITY, Part.of(files, None, "", paths="", changed=False), context)


def _of_part(metric: Metric, part: Part, context: Context) -> Measurement:
    since = part.since
    if part.changed and since is not None and since.reason:
        reason = f"what has changed is not known: {since.reason}"
        return Measurement.unknown(metric.key, reason, scope=part.scope, remedy=since.remedy)
    if part.is_untouched(metric.item) and since is not None:
        reason = f"no {metric.item} has changed since {since.source}"
        return Measurement.skipped(metric.key, reason, scope=part.scope, is_none=True)
    if not part.files and not part.broken:
        place = f"match {part.scope!r}" if part.scope else "were found"
        return Measurement.unknown(
            metric.key,
            f"no source files {place}",
            scope=part.scope,
            remedy='Name the source roots: source = ["src"] in [tool.boss-gates].',
        )
    if metric is COMPLEXITY:
        return part.worst_function(metric)
    if metric is COMPLEXITY_AVERAGE:
        return part.average(metric)
    if metric is MAINTAINABILITY:
        return part.lowest_index(metric)
    from pytest_boss_gates.measure.complexity.risk import of_part

    return of_part(metric, part, context)
