"""The files and functions of one scope, and what they come to."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from pytest_boss_gates.model import BaseValue, Bound, Item, Measurement, Place, plural
from pytest_boss_gates.repository.globs import matcher

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_boss_gates.measure.complexity.analysis import Function
    from pytest_boss_gates.measure.complexity.since import Since
    from pytest_boss_gates.measure.complexity.survey import File
    from pytest_boss_gates.model import Metric

_SOURCE = "radon"


class Seen(NamedTuple):
    """A function in its file, and its complexity at the base; None: new, or nobody looked."""

    path: str
    function: Function
    before: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What belongs to one scope. ``broken`` names files that may hold more, each with why."""

    scope: str
    files: Sequence[File]
    functions: Sequence[Seen]
    broken: tuple[str, ...]
    then: Sequence[File] = ()  # at the base
    blind: Mapping[str, str] = field(default_factory=dict)  # what nobody knows of the base: why
    since: Since | None = None
    changed: bool = False

    @classmethod
    def of(
        cls, files: Sequence[File], since: Since | None, scope: str, *, paths: str, changed: bool
    ) -> Part:
        """Choose the files under a pattern; with ``changed`` only what the change touched.

        ``changed`` needs a ``since`` that is known.
        """
        inside = matcher(paths) if paths else _anywhere
        chosen = [file for file in files if inside(file.path)]
        then = since.then if since is not None else {}
        blind = since.blind if since is not None else {}
        if changed:
            chosen = _touched(chosen, then)
        problems = ((file, file.analysis.problem) for file in chosen)
        broken = [f"{file.path}: {problem}" for file, problem in problems if problem]
        if changed:
            broken += _blind_ones(chosen, blind)
            chosen = [file for file in chosen if file.path not in blind]
        return cls(
            scope=scope,
            files=chosen,
            functions=_functions(chosen, since, changed=changed),
            broken=tuple(broken),
            then=[file for path, file in then.items() if inside(path)],
            blind={path: why for path, why in blind.items() if inside(path)},
            since=since,
            changed=changed,
        )

    def is_untouched(self, item: str) -> bool:
        """Whether the scope is what the change touched, and it touched no such item."""
        touched = self.files if item == "file" else self.functions
        return self.changed and not touched and not self.broken

    def unknown(self, metric: Metric, broken: Sequence[str] | None = None) -> Measurement:
        """Say why there is no number."""
        broken = self.broken if broken is None else broken
        if broken:
            remedy = "Mend the file, or leave it out with exclude."
            return Measurement.unknown(metric.key, named(broken), scope=self.scope, remedy=remedy)
        return Measurement.unknown(metric.key, "the sources define no function", scope=self.scope)

    def worst_function(self, metric: Metric) -> Measurement:
        """Give the highest complexity."""
        if not self.functions:
            return self.unknown(metric)
        items = self._by_complexity()
        worst = max(
            (function.complexity for file in self.then for function in file.analysis.functions),
            default=None,
        )
        return Measurement(
            metric=metric.key,
            scope=self.scope,
            value=items[0].value,
            bound=Bound.AT_LEAST if self.broken else Bound.EXACT,
            bound_reason=named(self.broken),
            n=len(items),
            source=_SOURCE,
            items=items,
            notes=self.broken,
            base=self._by_item(worst),
        )

    def _by_complexity(self) -> tuple[Item, ...]:
        ordered = sorted(self.functions, key=lambda each: (-each[1].complexity, each[1].name))
        return tuple(
            Item(
                name=function.name,
                value=function.complexity,
                place=Place(path=path, line=function.line),
                before=before,
            )
            for path, function, before in ordered
        )

    def average(self, metric: Metric) -> Measurement:
        """Give the mean complexity, exactly."""
        if self.broken or not self.functions:
            return self.unknown(metric)
        total = sum(each.function.complexity for each in self.functions)
        return Measurement(
            metric=metric.key,
            scope=self.scope,
            value=Fraction(total, len(self.functions)),
            numerator=total,
            denominator=len(self.functions),
            n=len(self.functions),
            source=_SOURCE,
            items=self._by_complexity(),
            base=self._average_before(),
        )

    def lowest_index(self, metric: Metric) -> Measurement:
        """Give the maintainability of the worst file."""
        analyses = [(file.path, file.analysis) for file in self.files]
        broken = tuple(
            f"{path}: {why}"
            for path, analysis in analyses
            if (why := analysis.problem or analysis.index_problem)
        )
        before = {file.path: file.analysis.index for file in self.then}
        known = sorted(
            (analysis.index, path) for path, analysis in analyses if analysis.index is not None
        )
        if not known:
            return self.unknown(metric, broken)
        items = tuple(
            Item(name=path, value=index, place=Place(path=path), before=before.get(path))
            for index, path in known
        )
        lowest = min((index for index in before.values() if index is not None), default=None)
        return Measurement(
            metric=metric.key,
            scope=self.scope,
            value=items[0].value,
            bound=Bound.AT_MOST if broken else Bound.EXACT,
            bound_reason=named(broken),
            n=len(items),
            source=_SOURCE,
            items=items,
            notes=broken,
            base=self._by_item(lowest),
        )

    def _by_item(self, value: float | None) -> BaseValue | None:
        since = self.since
        if since is None:
            return None
        return BaseValue(
            value=value,
            source=since.source,
            by_item=True,
            blind=self.blind,
            reason=since.reason,
            remedy=since.remedy,
        )

    def _average_before(self) -> BaseValue | None:
        """Give the mean at the base: of the whole scope, or of the functions that changed."""
        since = self.since
        if since is None:
            return None
        if self.changed:
            known = [each.before for each in self.functions if each.before is not None]
        else:
            known = [each.complexity for file in self.then for each in file.analysis.functions]
        blind = (f"{path}: {why}" for path, why in self.blind.items())
        reason = since.reason or next(blind, "" if known else "there was no function then")
        return BaseValue(
            value=None if reason else Fraction(sum(known), len(known)),
            source=since.source,
            reason=reason,
            remedy=since.remedy,
        )


def _touched(files: Sequence[File], then: Mapping[str, File]) -> list[File]:
    """Leave the files whose contents were the same at the base."""
    return [file for file in files if file.path not in then or then[file.path].key != file.key]


def _anywhere(_path: str) -> bool:
    return True


def _blind_ones(files: Sequence[File], blind: Mapping[str, str]) -> list[str]:
    return [f"{file.path}: {blind[file.path]}" for file in files if file.path in blind]


def _functions(files: Sequence[File], since: Since | None, *, changed: bool) -> list[Seen]:
    if since is None:
        return [Seen(file.path, each, None) for file in files for each in file.analysis.functions]
    return [
        Seen(file.path, function, before)
        for file in files
        for function, before, is_changed in since.of(file)
        if is_changed or not changed
    ]


def named(broken: Sequence[str]) -> str:
    """Name the first of the files that could not be parsed, and count the others."""
    if not broken:
        return ""
    rest = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
    return f"{plural(len(broken), 'file')} could not be parsed: {broken[0]}{rest}"
