"""The fan-in: bundles that are one whole set become one session, or it is said why they are none.

Each bundle is held against the checkout that judges, so that all of them agree with one another,
too. Everything that is wrong is said at once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from pytest_boss_gates.errors import BossGatesError
from pytest_boss_gates.measure.coverage.sharing import SharedMeter
from pytest_boss_gates.measure.recorder import Recorder, parts_of
from pytest_boss_gates.measure.tools.run import Runs
from pytest_boss_gates.model import Unit, plural, spell
from pytest_boss_gates.pipeline import Witnessed
from pytest_boss_gates.repository.kept import digest
from pytest_boss_gates.shards.bundle import read, render
from pytest_boss_gates.shards.send import digests, here

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pytest_boss_gates.corridor import Corridor
    from pytest_boss_gates.repository.tree import Tree
    from pytest_boss_gates.shards.bundle import Bundle, Identity

_NO_TESTS = 5  # pytest's exit status of a shard that got none, which is no failure of the suite


class SetError(BossGatesError):
    """The bundles are no whole set of one suite; ``faults`` are sentences."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A bundle, and the file that it was read from."""

    path: Path
    bundle: Bundle

    def __str__(self) -> str:
        return str(self.bundle)

    @property
    def named(self) -> str:
        """The name at the beginning of a sentence."""
        return str(self.bundle).capitalize()


def join(corridor: Corridor, paths: Sequence[Path]) -> Witnessed:
    """Make one session of all shards. Raises BundleError, SetError and WriteError."""
    held = [_Held(path=path, bundle=read(path)) for path in paths]
    held.sort(key=lambda each: each.bundle.shard)
    faults, ours = [*_incomplete(held)], here(corridor, ())
    for each in held:
        faults += _not_whole(each)
        faults += _mixed(each, ours, corridor.tree)
    faults = faults or [*_otherwise_measured(held)]
    if faults := faults or [*_tests(held), *_files(held)]:
        raise SetError(faults)
    return _witnessed(corridor, [each.bundle for each in held])


def _incomplete(held: Sequence[_Held]) -> Iterator[str]:
    """Find shards of another set, those that are there twice, and those that are missing."""
    sizes = Counter(each.bundle.of for each in held)
    if len(sizes) > 1:
        wholes = " and ".join(f"{count} of a set of {size}" for size, count in sizes.items())
        names = ", ".join(f"{each} ({each.path})" for each in held)
        yield f"The bundles are not of one set, but {wholes}: {names}."
        return
    places: dict[int, list[Path]] = {}
    for each in held:
        places.setdefault(each.bundle.shard, []).append(each.path)
    (size,) = sizes
    if lacking := [f"{number}/{size}" for number in range(1, size + 1) if number not in places]:
        these = f"Shard {lacking[0]} is" if len(lacking) == 1 else f"Shards {_first(lacking)} are"
        yield (
            f"{these} missing: the session was not run, was killed, or its bundle was not brought "
            "here."
        )
    for number, found in places.items():
        if len(found) > 1:
            yield f"Shard {number}/{size} is doubled: {' and '.join(map(str, found))}."


def _not_whole(each: _Held) -> Iterator[str]:
    session = each.bundle.session
    if session.broken:
        yield f"{each.named} is not whole: {session.broken}. Run it again."
    elif session.not_run:
        count = plural(len(session.not_run), "test")
        yield f"{each.named} is not whole: {count} did not run, {session.not_run[0]} for one."


def _mixed(each: _Held, ours: Identity, tree: Tree) -> Iterator[str]:
    """Find where a shard ran with something else than what is here."""
    theirs = each.bundle.identity
    named = each.named
    if theirs.commit != ours.commit:
        yield f"{named} is of {_commit(theirs)}, but {_commit(ours)} is checked out here."
    if theirs.python != ours.python:
        yield f"{named} ran on {theirs.python}, but this is {ours.python}: a set has one Python."
    for name, version in theirs.versions.items():
        if ours.versions.get(name) != version:
            yield f"{named} had {name} {version}, but here it is {ours.versions.get(name)}."
    if keys := _different(theirs.settings, ours.settings):
        yield f"{named} had other settings than pyproject.toml here: {_first(keys)}."
    there = digests(tree, theirs.tests)
    files = {*_different(theirs.sources, ours.sources), *_different(theirs.tests, there)}
    if files and theirs.commit == ours.commit:
        yield (
            f"{named} ran other files than those here: {_first(sorted(files))}. Judge in a "
            "checkout with the same changes and the same generated files."
        )


def _commit(identity: Identity) -> str:
    return f"commit {identity.commit[:12]}" if identity.commit else "no commit"


def _different(first: Mapping[str, str], second: Mapping[str, str]) -> list[str]:
    return sorted(key for key in {*first, *second} if first.get(key) != second.get(key))


def _first(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _otherwise_measured(held: Sequence[_Held]) -> Iterator[str]:
    """Find a shard whose coverage was measured in another way than that of the first."""
    first, *others = held
    for other in others:
        for what, one, two in _measuring(first.bundle, other.bundle):
            if one != two:
                yield (
                    f"{other.named} measured coverage otherwise than {first}: {what} is "
                    f"{two}, not {one}."
                )


def _measuring(first: Bundle, other: Bundle) -> Iterator[tuple[str, object, object]]:
    one, two = first.coverage, other.coverage
    yield "its mode", one and one.mode.value, two and two.mode.value
    if one is None or two is None or one.reason or two.reason:
        return
    yield "branch", one.branch, two.branch
    yield "its directory", one.start, two.start
    for name in sorted({*one.options, *two.options}):
        yield name, one.options.get(name), two.options.get(name)


def _tests(held: Sequence[_Held]) -> Iterator[str]:
    """Find tests that no shard ran, and those that several did."""
    ran: dict[str, list[str]] = {}
    for each in held:
        for name in dict.fromkeys(test.nodeid for test in each.bundle.session.tests):
            ran.setdefault(name, []).append(str(each))
    left = dict.fromkeys(chain.from_iterable(each.bundle.session.left_out for each in held))
    if doubled := [name for name, places in ran.items() if len(places) > 1]:
        name = doubled[0]
        count = plural(len(doubled), "test")
        yield f"{count} ran more than once: {name} in {' and '.join(ran[name])}, for one."
    if unrun := [name for name in left if name not in ran]:
        count = plural(len(unrun), "test")
        yield (
            f"{count} ran in no shard: {_first(unrun)}. Let the shards divide the suite among "
            "them; what the project itself leaves out belongs into its addopts."
        )


def _files(held: Sequence[_Held]) -> Iterator[str]:
    """Find test files that the arguments of all shards leave out."""
    first, *others = (each.bundle.session.files_left_out for each in held)
    left = [path for path in first if all(path in other for other in others)]
    if left:
        count = plural(len(left), "test file")
        yield f"{count} went whole to no shard: {_first(left)}. Node ids alone do not count."


def _witnessed(corridor: Corridor, bundles: Sequence[Bundle]) -> Witnessed:
    first = bundles[0]
    sessions = [bundle.session for bundle in bundles]
    measured = [(str(each), each.coverage) for each in bundles if each.coverage is not None]
    tools = first.tools
    runs = Runs((), root=corridor.settings.root, home=corridor.home / "tools", ended=tools)
    return Witnessed(
        key=digest("".join(map(render, bundles)).encode("ascii")),
        started=min(session.started for session in sessions),
        recorder=_recorder(corridor, bundles),
        meter=SharedMeter(corridor.plan, measured) if measured else None,
        runs=runs if tools else None,
        workers=sum(session.workers for session in sessions),
        exit_status=_exit_status(bundles),
        versions=first.versions,
        problems=tuple(chain.from_iterable(session.problems for session in sessions)),
        installed=first.installed,
        notes=tuple(_notes(bundles)),
    )


def _exit_status(bundles: Sequence[Bundle]) -> int | None:
    """Give what pytest's own status of the whole suite would have been."""
    statuses = [bundle.session.exit_status for bundle in bundles]
    failed = [status for status in statuses if status not in (0, _NO_TESTS, None)]
    if failed:
        return failed[0]
    return _NO_TESTS if set(statuses) == {_NO_TESTS} else 0


def _notes(bundles: Sequence[Bundle]) -> Iterator[str]:
    yield f"Judged from {plural(len(bundles), 'shard')}."
    for bundle in bundles:
        status = bundle.session.exit_status
        if status not in (0, _NO_TESTS, None):
            bad = ("failed", "error")
            count = sum(test.outcome.value in bad for test in bundle.session.tests)
            yield f"{plural(count, 'test')} failed in {bundle}: pytest's exit status was {status}."


def _recorder(corridor: Corridor, bundles: Sequence[Bundle]) -> Recorder:
    """Record all tests as if one session had run them, each file's skip and early warning once."""
    longest = max(bundles, key=lambda bundle: bundle.session.seconds)
    together = sum(bundle.session.seconds for bundle in bundles)
    recorder = Recorder(lambda: 0.0, parts_of(corridor.settings.targets))
    recorder.reruns = next((each.session.reruns for each in bundles if each.session.reruns), "")
    for scope, part in recorder.parts.items():  # read where no test of the part ran in any shard
        part.deselected = max(each.session.deselected.get(scope, 0) for each in bundles)
    recorder.ended = longest.session.seconds
    recorder.clocked = (
        f"wall clock of {longest}, the longest; all of them took "
        f"{spell(together, Unit.SECONDS)} together"
    )
    skipped = chain.from_iterable(bundle.session.skipped_files for bundle in bundles)
    for nodeid, reason in {file.nodeid: file.reason for file in skipped}.items():
        recorder.skip_collection(nodeid, reason)
    for bundle in bundles:
        for test in bundle.session.tests:
            recorder.add(test)
    early: dict[tuple[str, str, int], int] = {}
    for kind in chain.from_iterable(bundle.session.warnings for bundle in bundles):
        place = (kind.text, kind.path, kind.line)
        early[place] = max(early.get(place, 0), kind.early)
        if late := kind.count - kind.early:
            recorder.warn(*place, count=late)
    for place, count in early.items():
        if count:
            recorder.warn(*place, count=count)
    return recorder
