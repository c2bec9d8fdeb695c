"""Coverage of the change alone: of the lines that are new since its base, those that ran.

The lines are git's, the statements coverage.py's of this session. A statement is changed when any
line of it is, so that a new argument in the middle of a call counts with the call.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_boss_gates.measure.gate import without_coverage, without_files
from pytest_boss_gates.model import (
    Bound,
    Direction,
    Item,
    Measurement,
    Metric,
    Place,
    Shape,
    Unit,
    plural,
    spell_branches,
    spell_lines,
)
from pytest_boss_gates.repository.globs import matcher

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pytest_boss_gates.measure.coverage.reading import FileCoverage, Reading
    from pytest_boss_gates.measure.gate import Context
    from pytest_boss_gates.repository.base import Base
    from pytest_boss_gates.repository.diff import Difference
    from pytest_boss_gates.repository.tree import Tree

PATCH_COVERAGE = Metric(
    key="patch-coverage",
    title="Patch Coverage",
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    shape=Shape.SHARE,
    item="line",
    whole_suite=True,
    by_paths=True,
    why="New code is where the next fault is, and a good total hides that no test runs it.",
    fix="Test the listed lines while the change is still fresh.",
)
PATCH_BRANCH_COVERAGE = Metric(
    key="patch-branch-coverage",
    title="Patch Branch Coverage",
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    shape=Shape.SHARE,
    item="branch",
    whole_suite=True,
    by_paths=True,
    why="A new condition can be run without its other outcome ever being tried.",
    fix="Test the new conditions both ways.",
)
METRICS = (PATCH_COVERAGE, PATCH_BRANCH_COVERAGE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFile:
    """The changed statements of one measured file, by their first lines."""

    path: str
    lines: frozenset[int]
    missing: frozenset[int]
    branches: int  # that leave a changed statement
    missing_branches: tuple[tuple[int, int], ...]
    imported: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Patch:
    """The change over one scope."""

    scope: str
    files: list[ChangedFile]
    unreadable: list[str]  # changed files that could not be analysed: "path: why"
    changed: int  # new lines of measured files, statements or not
    moved: int  # lines that only came from elsewhere
    since: str
    reading: Reading

    @property
    def bound_reason(self) -> str:
        if not self.unreadable:
            return ""
        count = plural(len(self.unreadable), "changed file")
        return f"{count} could not be analysed: {self.unreadable[0]}"

    @property
    def notes(self) -> tuple[str, ...]:
        moved = f"{plural(self.moved, 'line')} only moved, not counted as new"
        return (*([moved] if self.moved else []), *self.unreadable, *self.reading.notes)


def measure(context: Context) -> Iterator[Measurement]:
    """Give each wanted metric over every wanted scope."""
    from pytest_boss_gates.repository.diff import changed_lines

    settings, reading = context.settings, context.coverage
    pairs = [
        (metric, scope)
        for metric in METRICS
        if settings.wants(metric.key)
        for scope in settings.scopes(metric.key)
    ]
    if reading is None or reading.reason:
        for metric, scope in pairs:
            yield without_coverage(context, metric.key, scope)
        return
    base = context.base()
    paths = [*(file.path for file in reading.files), *reading.unreadable]
    difference = changed_lines(settings.root, base.commit, paths) if base.commit else None
    files = changed_files(context.tree, reading, difference) if difference is not None else []
    for metric, scope in pairs:
        if difference is None:
            reason, remedy = base.reason, base.remedy
            yield Measurement.unknown(metric.key, reason, scope=scope, remedy=remedy)
        elif difference.fault:
            reason, remedy = difference.fault, difference.remedy
            yield Measurement.unknown(metric.key, reason, scope=scope, remedy=remedy)
        elif not any(map(matcher(scope), paths)):
            yield without_files(metric.key, scope)
        else:
            patch = _over(scope, files, difference, reading, base)
            yield _of_patch(metric, patch, settings.min_changed_lines)


def _over(
    scope: str, files: list[ChangedFile], difference: Difference, reading: Reading, base: Base
) -> _Patch:
    matches = matcher(scope)
    return _Patch(
        scope=scope,
        files=[file for file in files if matches(file.path)],
        unreadable=[
            f"{path}: {why}"
            for path, why in reading.unreadable.items()
            if path in difference.new and matches(path)
        ],
        changed=sum(len(lines) for path, lines in difference.new.items() if matches(path)),
        moved=sum(len(lines) for path, lines in difference.moved.items() if matches(path)),
        since=f"since {base}",
        reading=reading,
    )


def _of_patch(metric: Metric, patch: _Patch, least: int) -> Measurement:
    if metric is PATCH_BRANCH_COVERAGE and not patch.reading.branch:
        remedy = "Add branch = true to [tool.coverage.run]."
        reason = "branches were not measured"
        return Measurement.unknown(metric.key, reason, scope=patch.scope, remedy=remedy)
    lines = sum(len(file.lines) for file in patch.files)
    branches = sum(file.branches for file in patch.files)
    total = lines if metric is PATCH_COVERAGE else branches
    if patch.unreadable and not total:
        return Measurement.unknown(metric.key, patch.bound_reason, scope=patch.scope)
    if reason := _why_not(patch, lines=lines, total=total, least=least):
        return Measurement.skipped(metric.key, reason, scope=patch.scope, is_none=True)
    items = tuple(_items(metric, patch))
    covered = total - sum(int(item.value) for item in items)
    version = patch.reading.fingerprint.get("coverage", "")
    return Measurement(
        metric=metric.key,
        scope=patch.scope,
        value=Fraction(covered, total),
        bound=Bound.AT_MOST if patch.unreadable else Bound.EXACT,
        bound_reason=patch.bound_reason,
        n=len(patch.files),
        numerator=covered,
        denominator=total,
        window=patch.since,
        source=f"coverage.py {version}, {patch.reading.mode.value}".replace(" ,", ","),
        items=items,
        notes=patch.notes,
    )


def _why_not(patch: _Patch, *, lines: int, total: int, least: int) -> str:
    """Say why there is nothing to judge, "" when there is."""
    if not patch.changed:
        moved = f": {plural(patch.moved, 'line')} only moved" if patch.moved else ""
        return f"no changed lines {patch.since}{moved}"
    if not lines:
        count = plural(patch.changed, "changed line")
        return f"no statement among {count} {patch.since}"
    if not total:
        return f"no branch among {plural(lines, 'changed line')} {patch.since}"
    if lines < least and not patch.unreadable:
        count = plural(lines, "changed line")
        return f"{count} {patch.since}, fewer than min-changed-lines = {least}"
    return ""


def _items(metric: Metric, patch: _Patch) -> Iterator[Item]:
    """Give what each file lacks, the one that would give most first."""
    found = []
    for file in patch.files:
        if metric is PATCH_COVERAGE:
            value, first = len(file.missing), min(file.missing, default=0)
            note = spell_lines(file.missing)
        else:
            value, first = len(file.missing_branches), min(file.missing_branches, default=(0, 0))[0]
            note = spell_branches(file.missing_branches)
        if value:
            note = note if file.imported else f"{note}; never imported"
            place = Place(path=file.path, line=first)
            found.append(Item(name=file.path, value=value, place=place, note=note))
    return iter(sorted(found, key=lambda item: (-item.value, item.name)))


def changed_files(tree: Tree, reading: Reading, difference: Difference) -> list[ChangedFile]:
    """Give the measured files that have a changed statement, in the reading's order."""
    found = []
    for file in reading.files:
        new = difference.new.get(file.path)
        lines = _changed_statements(tree, file, new) if new else frozenset()
        if lines:
            missing = tuple(arc for arc in file.missing_branches if arc[0] in lines)
            ran = sum(start in lines for start, _ in file.executed_branches)
            found.append(
                ChangedFile(
                    path=file.path,
                    lines=lines,
                    missing=lines.intersection(file.missing),
                    branches=ran + len(missing),
                    missing_branches=missing,
                    imported=file.imported,
                )
            )
    return found


def _changed_statements(tree: Tree, file: FileCoverage, new: Collection[int]) -> frozenset[int]:
    """Give the first lines of the statements that a new line belongs to."""
    statements = {*file.executed, *file.missing}
    if not file.path.endswith((".py", ".pyw")):  # of another language, through a plugin
        return frozenset(statements.intersection(new))
    try:
        content = tree.read_bytes(file.path)
    except OSError:
        return frozenset(statements.intersection(new))
    if len(statements) != file.statements:  # some versions of coverage.py count docstrings as run
        statements -= _docstrings(content)
    firsts = _first_lines(content)
    return frozenset(statements.intersection(firsts.get(line, line) for line in new))


def _first_lines(content: bytes) -> dict[int, int]:
    """Give for each line with a token on it the first line of its statement.

    Comments and blank lines within a statement are no part of it. Empty where the file cannot be
    read as Python.
    """
    import io
    import tokenize

    silent = (tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)
    firsts: dict[int, int] = {}
    first = 0
    try:
        for token in tokenize.tokenize(io.BytesIO(content).readline):
            if token.type in silent:
                continue
            first = first or token.start[0]
            for line in range(token.start[0], token.end[0] + 1):
                firsts.setdefault(line, first)
            if token.type == tokenize.NEWLINE:
                first = 0
    except (SyntaxError, ValueError, tokenize.TokenError):
        return {}
    return firsts


def _docstrings(content: bytes) -> set[int]:
    import ast
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an escape in a string must not meet the user's filters
        try:
            tree = ast.parse(content)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return set()
    found: set[int] = set()
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None:
            first = node.body[0]
            found.update(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    return found
