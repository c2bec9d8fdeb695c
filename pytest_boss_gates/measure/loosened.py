"""Targets that were let down since the base of the change, each by its name.

Only targets that the settings file sets are compared, those of tools included; the defaults of a
project without any are nobody's promise.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from pytest_boss_gates.model import (
    Comparator,
    Direction,
    Enforce,
    Item,
    Measurement,
    Metric,
    Place,
    Shape,
    Unit,
    plural,
)
from pytest_boss_gates.repository.globs import matcher

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_boss_gates.measure.gate import Context
    from pytest_boss_gates.model import BaseSettings, Settings, Target, Wanted

LOOSENED = Metric(
    key="loosened-targets",
    title="Loosened Targets",
    unit=Unit.COUNT,
    direction=Direction.LOWER,
    shape=Shape.TOTAL,
    item="loosened target",
    why="A gate is passed most cheaply by lowering it, and such a line is easily missed in review.",
    fix="Meet the target as it was; where it was wrong, let the change say so by itself.",
)
METRICS = (LOOSENED,)

_Key: TypeAlias = "tuple[str, str, bool]"  # metric, scope, whether it is relative
_LEFT_OUT = 3  # files that are named
_OVERRIDES = "expired-overrides"


def measure(context: Context) -> Iterator[Measurement]:
    """Compare the targets with those of the base."""
    then = context.settings_at_base()
    if then.reason:
        yield Measurement.unknown(LOOSENED.key, then.reason, remedy=then.remedy)
        return
    items = tuple(loosened(then, context.settings, context.tree.files))
    yield Measurement(
        metric=LOOSENED.key,
        value=len(items),
        n=len(then.targets),
        source=f"the settings at {then.source}",
        items=items,
        notes=(f"compared with {plural(len(then.targets), 'target')} at {then.source}",),
    )


def loosened(then: BaseSettings, now: Settings, files: Sequence[str]) -> Iterator[Item]:
    """Give what is wanted less than at the base, in the order of the base's file.

    ``files`` are those of today: a target over files that are gone has gone with them.
    """
    current = {_key(target): target for target in now.targets}
    known = {_key(target) for target in then.targets}
    new = [target for key, target in current.items() if key not in known]
    for before in then.targets:
        after = current.get(_key(before))
        if after is None:
            change, after = _without(before, new, now, files)
        else:
            change = _change(before, after)
        if change:
            place = after.set_at if after else None
            name = f"{before.metric} {before.scope}".rstrip()
            yield Item(name=name, value=1, place=place or Place(path=now.file), note=change)
    if then.left_out:
        named = ", ".join(then.left_out[:_LEFT_OUT])
        more = len(then.left_out) - _LEFT_OUT
        note = f"not measured any more: {named}{f' and {more} more' if more > 0 else ''}"
        yield Item(name="source and exclude", value=1, place=Place(path=now.file), note=note)


def _key(target: Target) -> _Key:
    return target.metric, target.scope, target.wanted.comparator is Comparator.NO_WORSE


def _change(before: Target, after: Target) -> str:
    """Say how a target is looser than it was, "" when it is not."""
    changes = []
    if is_looser(before.wanted, after.wanted):
        changes.append(f"{before.text} → {after.text}")
    if before.enforce is Enforce.BLOCK and after.enforce is Enforce.WARN:
        changes.append("blocks → warns")
    return ", ".join(changes)


def _without(
    before: Target, new: Sequence[Target], now: Settings, files: Sequence[str]
) -> tuple[str, Target | None]:
    """Say what became of a target that is not there any more, "" when nothing was lost."""
    if before.metric == _OVERRIDES and not now.tracker.overrides:
        return "", None  # it came with the overrides, and they are gone
    covered = set(filter(matcher(before.paths), files)) if before.paths else set(files)
    if not covered:
        return "", None
    beside = [target for target in new if _differ_in_paths(before, target)]
    wider = [target for target in beside if covered <= set(filter(matcher(target.paths), files))]
    changes = [(_change(before, target), target) for target in wider]
    if changes:  # the best of them keeps the promise
        return min(changes, key=lambda each: len(each[0]))
    if len(beside) == 1:
        paths = f"{before.paths or 'everything'} → {beside[0].paths or 'everything'}"
        return ", ".join(filter(None, (paths, _change(before, beside[0])))), beside[0]
    return f"{before.text} → no target", None


def _differ_in_paths(before: Target, after: Target) -> bool:
    """Whether one may stand for the other; what is over the change alone only for its like."""
    if after.changed and not before.changed:
        return False
    relative = Comparator.NO_WORSE
    same_sort = (before.wanted.comparator is relative) is (after.wanted.comparator is relative)
    limits = (before.metric, before.marker, before.kind)
    return same_sort and limits == (after.metric, after.marker, after.kind)


def is_looser(before: Wanted, after: Wanted) -> bool:
    """Whether the later bound takes anything that the earlier one did not."""
    match before.comparator:
        case Comparator.MATCHES:
            return _takes_more_versions(before.unit, after.unit)
        case Comparator.NO_WORSE:
            return after.value > before.value
        case _:
            low, high = _interval(before)
            later_low, later_high = _interval(after)
            return later_low < low or later_high > high


def _interval(wanted: Wanted) -> tuple[tuple[Fraction, int], tuple[Fraction | float, int]]:
    """Give the lowest and the highest value that are taken; an open end is just beyond or below."""
    value = wanted.value
    lowest, highest = Fraction(0), Fraction(1) if wanted.unit == "%" else math.inf
    match wanted.comparator:
        case Comparator.BELOW:
            return (lowest, 0), (value, -1)
        case Comparator.AT_MOST:
            return (lowest, 0), (value, 0)
        case Comparator.ABOVE:
            return (value, 1), (highest, 0)
        case Comparator.AT_LEAST:
            return (value, 0), (highest, 0)
        case _:
            return (value, 0), (value, 0)


def _takes_more_versions(before: str, after: str) -> bool:
    """Whether a version that either range speaks of, or the next one, is only in the later range.

    Two ranges that differ do so at one of the versions that they name, or just beyond it.
    """
    from packaging.specifiers import SpecifierSet

    earlier, later = SpecifierSet(before), SpecifierSet(after)
    probes = {probe for each in (*earlier, *later) for probe in _around(each.version)}
    return any(
        later.contains(probe, prereleases=True) and not earlier.contains(probe, prereleases=True)
        for probe in probes
    )


def _around(version: str) -> Iterator[str]:
    """Give a version, and those before and after it in each of its numbers."""
    from packaging.version import InvalidVersion, Version

    try:
        release = Version(version.removesuffix(".*")).release
    except InvalidVersion:  # of ===, which takes any text
        return
    yield version.removesuffix(".*")
    for at, number in enumerate(release):
        for near in (number - 1, number + 1):
            if near >= 0:
                yield ".".join(map(str, (*release[:at], near, *(0 for _ in release[at + 1 :]))))
