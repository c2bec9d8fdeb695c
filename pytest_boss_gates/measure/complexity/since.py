"""What the functions and files were at the base of the change, under the names they have now.

A function is known again by its file's path (git says what a renamed file was called) and its
qualified name. Where a name stands more than once in a file (the parts of a property, overloads),
the most complex one is held against the most complex one.
"""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_boss_gates.measure.complexity.survey import File
from pytest_boss_gates.repository.base import blobs, files_at, is_listed
from pytest_boss_gates.repository.diff import renamed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pytest_boss_gates.measure.complexity.analysis import Analysis, Function
    from pytest_boss_gates.measure.complexity.survey import Survey
    from pytest_boss_gates.measure.gate import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """The source at the base, or the reason why it is not known.

    ``then`` has every file of the source at the base by the path that it has now, or had last.
    ``blind`` says of paths that were there why nobody knows what was in them.
    """

    source: str = ""  # "main at 1a2b3c4"
    then: Mapping[str, File] = field(default_factory=dict)
    blind: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""
    remedy: str = ""

    def of(self, file: File) -> Iterator[tuple[Function, int | None, bool]]:
        """Give each function of a file, its complexity at the base, and whether it is changed.

        None: it was not there.
        """
        old = self.then.get(file.path)
        if old is None:
            yield from ((each, None, True) for each in file.analysis.functions)
        elif old.key == file.key:
            yield from ((each, each.complexity, False) for each in file.analysis.functions)
        else:
            yield from _paired(file.analysis, old.analysis)


def _paired(now: Analysis, then: Analysis) -> Iterator[tuple[Function, int | None, bool]]:
    known: dict[str, list[int]] = defaultdict(list)
    for function in sorted(then.functions, key=lambda function: function.complexity):
        known[function.name].append(function.complexity)
    marks = {(function.name, function.mark) for function in then.functions}
    for function in sorted(now.functions, key=lambda function: -function.complexity):
        before = known[function.name].pop() if known[function.name] else None
        yield function, before, (function.name, function.mark) not in marks


def look_back(context: Context, survey: Survey, files: Sequence[File]) -> Since:
    """Analyse the source at the base: only what is not in the working tree has to be read."""
    base, root = context.base(), context.tree.root
    if not base.commit:
        return Since(reason=base.reason or "there is none", remedy=base.remedy)
    source = f"{base.ref} at {base.commit[:10]}"
    listed = dict(files_at(root, base.commit))
    if not listed and not is_listed(root, base.commit):
        return Since(source=source, reason="git did not list the files of it")
    new = [file for file in files if file.path not in listed]
    names = renamed(root, base.commit, [file.path for file in new]) if new else {}
    if names is None:
        return Since(source=source, reason="git did not say which files were renamed since")
    last = {before: after for after, before in names.items()}
    paths = {last.get(path, path): blob for path, blob in listed.items()}
    chosen = {path: paths[path] for path in context.source.python_paths(paths)}
    known = frozenset(listed.values())
    for file in new:  # of a symbolic link git keeps the target's name, and not its content
        if file.key in known and os.path.islink(os.path.join(root, file.path)):
            chosen[file.path] = file.key
    return _analysed(chosen, survey, root, source)


def _analysed(chosen: Mapping[str, str], survey: Survey, root: Path, source: str) -> Since:
    """Analyse contents of the base, by the path that each has now."""
    unread = {blob for blob in chosen.values() if survey.known(blob) is None}
    read = survey.of_contents(blobs(root, sorted(unread)).items())
    then: dict[str, File] = {}
    blind: dict[str, str] = {}
    for path, blob in chosen.items():
        analysis = read.get(blob) or survey.known(blob)
        if analysis is None:
            blind[path] = "the clone does not hold what it was at the base"
        elif analysis.problem:
            blind[path] = f"at the base it cannot be parsed: {analysis.problem}"
        else:
            then[path] = File(path=path, key=blob, analysis=analysis)
    return Since(source=source, then=then, blind=blind)
