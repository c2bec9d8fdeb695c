"""A shard's end: its facts go into a bundle, and nothing is judged here."""

from __future__ import annotations

import os
import platform
import sys
import time
from contextlib import suppress
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING

from pytest_boss_gates import __version__
from pytest_boss_gates.errors import WriteError
from pytest_boss_gates.judge import judge, outcome
from pytest_boss_gates.measure.recorder import Recorder
from pytest_boss_gates.model import Details, Measurement, Run
from pytest_boss_gates.recording import identity
from pytest_boss_gates.report.write import write_whole
from pytest_boss_gates.repository.ci import detect
from pytest_boss_gates.repository.git import identify
from pytest_boss_gates.shards.bundle import (
    Bundle,
    Identity,
    Session,
    SkippedFile,
    Warned,
    render,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_boss_gates.corridor import Corridor
    from pytest_boss_gates.model import Shard
    from pytest_boss_gates.partial import Selection
    from pytest_boss_gates.pipeline import Witnessed
    from pytest_boss_gates.repository.tree import Tree

_TABLES = (("tool", "boss-gates"), ("tool", "coverage"))  # what has to be the same everywhere


def name_of(shard: Shard) -> str:
    """Give the name of a shard's bundle in ``.boss-gates/``."""
    return f"shard-{shard.number}-of-{shard.of}.json"


def forget(corridor: Corridor, shard: Shard) -> None:
    """Remove the bundle of a run before this one, which may come to no end. Raises WriteError."""
    path = corridor.home / name_of(shard)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise WriteError(f"The old {path} cannot be removed: {error.strerror}.") from error


def hand_over(corridor: Corridor, shard: Shard, witnessed: Witnessed, selection: Selection) -> Run:
    """Write the bundle; gives the run with every target left to the fan-in.

    ``witnessed.partial`` is why the shard is not whole, "" when it is. Raises WriteError.
    """
    runs, meter = witnessed.runs, witnessed.meter
    wanted = {setting.name for setting in corridor.settings.tools}
    known = wanted & corridor.tools.keys() if wanted else wanted
    ran = {name: runs.ended(name) for name in sorted(known)} if runs is not None else {}
    bundle = Bundle(
        shard=shard.number,
        of=shard.of,
        identity=here(corridor, (*selection.chosen.values(), *selection.not_chosen)),
        session=_session(witnessed, selection),
        versions=dict(witnessed.versions),
        coverage=None if meter is None else meter.measured(),
        tools={name: end for name, end in ran.items() if end is not None},
        installed=_installed(corridor, known) if shard.number == 1 else {},
    )
    write_whole(corridor.home / name_of(shard), render(bundle))
    return _left_to_the_fan_in(corridor, shard, witnessed)


def _left_to_the_fan_in(corridor: Corridor, shard: Shard, witnessed: Witnessed) -> Run:
    metrics, partial = corridor.additions.all_metrics, f"shard {shard}"
    verdicts = tuple(
        judge(
            metrics[target.metric],
            target,
            Measurement.skipped(
                target.metric, "judged once, by `boss-gates check`", scope=target.scope
            ),
            partial=partial,
        )
        for target in corridor.settings.targets
    )
    told = replace(witnessed, partial=witnessed.partial or partial)
    note = (
        f"Shard {shard} is in .boss-gates/{name_of(shard)}, and nothing is judged here. With all "
        f"{shard.of} of them: boss-gates check .boss-gates/shard-*-of-{shard.of}.json"
    )
    notes = [note]
    if corridor.settings.tracker.action is not None:
        notes.append("The tracker document is left alone: `boss-gates tracker` keeps it.")
    if witnessed.partial:
        notes.append(f"This shard is not whole, so the set will be refused: {witnessed.partial}.")
    return Run(
        identity=identity(corridor.settings, told, {}),
        outcome=outcome(verdicts),
        verdicts=verdicts,
        tables=(),
        notes=tuple(notes),
        problems=witnessed.problems,
        report_only=corridor.settings.report_only,
        details=Details.unknown(f"{partial} is reported with the others, by `boss-gates check`"),
    )


def _session(witnessed: Witnessed, selection: Selection) -> Session:
    recorder, names = witnessed.recorder or Recorder(time.perf_counter), selection.chosen
    kept = recorder.tests or ()
    tests = [replace(test, nodeid=names.get(test.nodeid, test.nodeid)) for test in kept]
    ran = {test.nodeid for test in tests}
    warned = [
        Warned(
            text=text,
            path=path,
            line=line,
            count=count,
            early=recorder.early_warnings.get((text, path, line), 0),
        )
        for (text, path, line), count in recorder.warning_kinds.items()
    ]
    skipped = (SkippedFile(nodeid=name, reason=why) for name, why in recorder.skipped_files)
    return Session(
        started=witnessed.started,
        seconds=recorder.session_seconds,
        workers=witnessed.workers,
        exit_status=witnessed.exit_status,
        broken=witnessed.partial,
        tests=tuple(tests),
        not_run=tuple(name for name in names.values() if name not in ran),
        left_out=tuple(selection.not_chosen),
        files_left_out=tuple(selection.files_left_out),
        skipped_files=tuple(skipped),
        warnings=tuple(warned),
        deselected=dict(selection.left_out),
        reruns=recorder.reruns,
        problems=witnessed.problems,
    )


def here(corridor: Corridor, nodeids: Iterable[str]) -> Identity:
    """Say what this checkout and this Python are; ``nodeids`` name the test files that count."""
    from importlib.metadata import version

    root, tree = corridor.settings.root, corridor.tree
    minor = ".".join(map(str, sys.version_info[:2]))
    tests = sorted({nodeid.partition("::")[0] for nodeid in nodeids})
    return Identity(
        commit=identify(root).commit or detect(os.environ).commit,
        python=f"{platform.python_implementation()} {minor} on {sys.platform}",
        versions={"pytest-boss-gates": __version__, "coverage": version("coverage")},
        settings=_settings(tree, corridor.settings.file),
        sources=digests(tree, corridor.source.python_files(tree)),
        tests=digests(tree, tests),
    )


def digests(tree: Tree, paths: Iterable[str]) -> dict[str, str]:
    """Give the digests of the files that are there, by path; line ends do not count."""
    found = {}
    for path in paths:
        with suppress(OSError):
            found[path] = _digest(tree.read(path))
    return found


def _settings(tree: Tree, file: str) -> dict[str, str]:
    content: Mapping[str, object] = {}
    with suppress(OSError, ValueError):
        content = tree.read_toml(file)
    found: dict[str, str] = {}
    for path in _TABLES:
        table: object = content
        for key in path:
            table = table.get(key) if isinstance(table, dict) else None
        for key, value in table.items() if isinstance(table, dict) else ():
            inner = value.items() if isinstance(value, dict) else (("", value),)
            for name, entry in inner:
                found[".".join(filter(None, (*path, key, name)))] = _digest(repr(entry))
    return found


def _digest(text: str) -> str:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _installed(corridor: Corridor, names: set[str]) -> dict[str, str | None]:
    from pytest_boss_gates.measure.tools import installed

    return {name: installed(corridor.tools[name]) for name in sorted(names)}
