"""How much is silenced: comments that switch a tool off, and marks that give no reason."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_boss_gates.measure.suppressions.comments import KINDS, suppressions
from pytest_boss_gates.model import (
    BaseValue,
    Bound,
    Comparator,
    Direction,
    Item,
    Measurement,
    Metric,
    Place,
    Shape,
    Target,
    Unit,
    plural,
)
from pytest_boss_gates.repository.base import blob_id, blobs, files_at, ignored_by_git
from pytest_boss_gates.repository.globs import matcher, matches_any
from pytest_boss_gates.repository.kept import Answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pytest_boss_gates.measure.gate import Context
    from pytest_boss_gates.measure.suppressions.comments import Found
    from pytest_boss_gates.repository.base import Base

SUPPRESSIONS = Metric(
    key="suppressions",
    title="Suppressions",
    unit=Unit.COUNT,
    direction=Direction.LOWER,
    shape=Shape.TOTAL,
    item="suppression",
    by_paths=True,
    kinds=KINDS,
    why="Each is a finding that was silenced instead of mended, and nobody looks at it again.",
    fix="Mend what is silenced and remove the comment; give each skip and xfail its reason.",
)
METRICS = (SUPPRESSIONS,)

_SUFFIXES = (".py", ".pyi")
_LINES = 8  # of one kind in one file that are named


@dataclass(frozen=True, slots=True, kw_only=True)
class _Files:
    """The suppressions of many files by path, and why some could not be looked at."""

    found: Mapping[str, Found]
    broken: Mapping[str, str]
    contents: Mapping[str, bytes]  # of the files that have any
    blobs: Mapping[str, str]  # git's ids of the files that were looked at, each with a path


def measure(context: Context) -> Iterator[Measurement]:
    """Count once, and give the number over each wanted scope, with the base's where it matters."""
    targets = [target for target in context.settings.targets if target.metric == SUPPRESSIONS.key]
    excluded = matches_any(context.settings.exclude)

    def belongs(path: str) -> bool:
        return path.endswith(_SUFFIXES) and not excluded(path)

    relative = any(target.wanted.comparator is Comparator.NO_WORSE for target in targets)
    base = context.base() if relative else None
    answers = Answers(context.cache, SUPPRESSIONS.key, "measure/suppressions")
    now = _counted(_read(context, belongs), answers, like=base.commit if base else "")
    before = _at_base(context, base, now, belongs, answers) if base else None
    answers.save()
    by_scope = {target.scope: target for target in targets}
    for scope in context.settings.scopes(SUPPRESSIONS.key):
        yield _of_scope(scope, by_scope.get(scope), now, before, context)


def _read(context: Context, belongs: Callable[[str], bool]) -> Iterator[tuple[str, bytes | str]]:
    """Read every Python file of the project; gives the reason where that fails."""
    ignored = ignored_by_git(context.settings.root)
    for path in context.tree.files:
        if belongs(path) and not ignored(path):
            try:
                yield path, context.tree.read_bytes(path)
            except OSError as error:
                yield path, str(error)


def _counted(
    files: Iterable[tuple[str, bytes | str]], answers: Answers, *, like: str = ""
) -> _Files:
    """Count in each file; ``like`` is an id of git's where theirs are asked for, too."""
    found: dict[str, Found] = {}
    broken: dict[str, str] = {}
    contents: dict[str, bytes] = {}
    ids: dict[str, str] = {}
    for path, content in files:
        if isinstance(content, str):
            broken[path] = content
            continue
        try:
            found[path] = _known(content, answers)
        except ValueError as error:
            broken[path] = str(error)
            continue
        if like:
            ids[blob_id(content, like=like)] = path
        if found[path]:
            contents[path] = content
    return _Files(found=found, broken=broken, contents=contents, blobs=ids)


def _known(content: bytes, answers: Answers) -> Found:
    """Look at a content, unless an earlier run did. Raises ValueError where it cannot be read."""
    key = blob_id(content)
    kept = answers.get(key)
    if kept is None:
        try:
            kept = suppressions(content)
        except ValueError as error:
            kept = str(error)
        answers.put(key, kept)
    if not isinstance(kept, str):
        return tuple((line, kind) for line, kind in kept)
    raise ValueError(kept)


def _at_base(
    context: Context,
    base: Base,
    now: _Files,
    belongs: Callable[[str], bool],
    answers: Answers,
) -> _Files | BaseValue:
    """Count at the base; what has not changed since is not looked at again."""
    if not base.commit:
        return BaseValue(reason=base.reason, remedy=base.remedy)
    root = context.settings.root
    listed = {path: blob for path, blob in files_at(root, base.commit) if belongs(path)}
    changed = {path: blob for path, blob in listed.items() if blob not in now.blobs}
    read = blobs(root, changed.values())
    missing = "this clone does not hold it"
    files = ((path, read.get(blob, missing)) for path, blob in changed.items())
    counted = _counted(files, answers)
    twins = {path: now.blobs[blob] for path, blob in listed.items() if blob in now.blobs}
    same = {path: twin for path, twin in twins.items() if twin in now.contents}
    return _Files(
        found={**counted.found, **{path: now.found[twin] for path, twin in twins.items()}},
        broken=counted.broken,
        contents={**counted.contents, **{path: now.contents[twin] for path, twin in same.items()}},
        blobs={},
    )


def _of_scope(
    scope: str,
    target: Target | None,
    now: _Files,
    before: _Files | BaseValue | None,
    context: Context,
) -> Measurement:
    inside = matcher(target.paths if target else "")
    kinds = (target.kind,) if target and target.kind else KINDS
    found = _chosen(now.found, inside, kinds)
    broken = [f"{path}: {reason}" for path, reason in now.broken.items() if inside(path)]
    if not found and not broken:
        reason = (
            f"no Python file matches {target.paths!r}"
            if scope and target
            else "no Python files were found"
        )
        return Measurement.unknown(SUPPRESSIONS.key, reason, scope=scope)
    earlier = _chosen(before.found, inside, kinds) if isinstance(before, _Files) else {}
    items = [_item(path, each) for path, each in found.items() if each]
    if isinstance(before, _Files):
        items = [_since(item, found, earlier, now, before) for item in items]
    return Measurement(
        metric=SUPPRESSIONS.key,
        scope=scope,
        value=sum(map(len, found.values())),
        bound=Bound.AT_LEAST if broken else Bound.EXACT,
        bound_reason=_named(broken),
        n=len(found),
        source="comments and marks of the Python files",
        items=tuple(sorted(items, key=_worst_first)),
        notes=(_tally(found), *broken),
        base=_base_value(before, inside, kinds, context),
    )


def _chosen(
    files: Mapping[str, Found], inside: Callable[[str], bool], kinds: tuple[str, ...]
) -> dict[str, Found]:
    return {
        path: tuple(each for each in found if each[1] in kinds)
        for path, found in files.items()
        if inside(path)
    }


def _base_value(
    before: _Files | BaseValue | None,
    inside: Callable[[str], bool],
    kinds: tuple[str, ...],
    context: Context,
) -> BaseValue | None:
    if not isinstance(before, _Files):
        return before
    broken = [f"{path}: {reason}" for path, reason in before.broken.items() if inside(path)]
    return BaseValue(
        value=sum(map(len, _chosen(before.found, inside, kinds).values())),
        bound=Bound.AT_LEAST if broken else Bound.EXACT,
        bound_reason=_named(broken),
        source=str(context.base()),
    )


def _item(path: str, found: Found) -> Item:
    place = Place(path=path, line=found[0][0])
    return Item(name=path, value=len(found), place=place, note=_lines(found))


def _lines(found: Found) -> str:
    """Say on which lines they are, each kind by itself: ``noqa 3, 12; nosec 7``."""
    lines: dict[str, list[int]] = {}
    for line, kind in found:
        lines.setdefault(kind, []).append(line)
    parts = []
    for kind, at in sorted(lines.items(), key=lambda each: -len(each[1])):
        left = f" and {len(at) - _LINES} more" if len(at) > _LINES else ""
        parts.append(f"{kind} {', '.join(map(str, at[:_LINES]))}{left}")
    return "; ".join(parts)


def _since(
    item: Item, found: Mapping[str, Found], earlier: Mapping[str, Found], now: _Files, then: _Files
) -> Item:
    """Say of a file what it had at the base, and name the lines that are new where it has more."""
    path = item.name
    old = earlier.get(path)
    if old is None or len(old) >= len(found[path]):
        return replace(item, before=None if old is None else len(old))
    kept = Counter(_texts(old, then.contents.get(path, b"")))
    new = []
    for each, key in zip(found[path], _texts(found[path], now.contents[path]), strict=True):
        kept[key] -= 1
        if kept[key] < 0:
            new.append(each)
    return replace(
        item,
        before=len(old),
        place=Place(path=path, line=new[0][0]),
        note=f"new: {_lines(tuple(new))}; all: {item.note}",
    )


def _texts(found: Found, content: bytes) -> list[tuple[bytes, str]]:
    """Give each suppression's line without its indent, and its kind."""
    lines = content.splitlines()
    return [(lines[line - 1].strip(), kind) for line, kind in found]


def _worst_first(item: Item) -> tuple[int, str]:
    return -int(item.value), item.name


def _tally(found: Mapping[str, Found]) -> str:
    counts = dict.fromkeys(KINDS, 0)
    for each in found.values():
        for _, kind in each:
            counts[kind] += 1
    parts = [f"{count} {kind}" for kind, count in counts.items() if count]
    return f"{', '.join(parts) or 'none'} in {plural(len(found), 'file')}"


def _named(broken: list[str]) -> str:
    if not broken:
        return ""
    rest = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
    return f"{plural(len(broken), 'file')} could not be read: {broken[0]}{rest}"
