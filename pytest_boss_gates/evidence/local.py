"""What people can run by hand: make targets, environments, images and scripts.

None of it shows that CI runs anything; it shows that the project has written it down.
"""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.declared import is_elsewhere
from pytest_boss_gates.evidence.steps import Job, Script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Step
    from pytest_boss_gates.model import Place

_MAKEFILES = ("Makefile", "makefile", "GNUmakefile")
_TARGET = re.compile(r"([A-Za-z][\w.-]*)\s*:{1,2}(?![:=])")
_SCRIPTS = ("*.sh", "scripts/*", "script/*", "bin/*", "ci/*", "tools/*", "dev/*", "hack/*")
_SHEBANG = re.compile(r"#!.*\b(?:ba|da|z|k)?sh\b")
_MOST = 60  # of each kind
_MOST_MAKEFILES = 10
_LONGEST = 600  # lines of a script that is looked into


def local_jobs(reading: Reading) -> Iterator[Job]:
    """Give what can be run by hand as one job that nothing triggers.

    One, so that what the targets share is followed once, and a job's bounds hold for all.
    """
    found = [*_made(reading), *_environments(reading), *_scripts(reading)]
    if found:
        steps = tuple(step for _, each in found for step in each)
        place = found[0][0]
        yield Job(system="", name="by hand", place=place, triggers=frozenset(), steps=steps)


def _made(reading: Reading) -> Iterator[tuple[Place, tuple[Step, ...]]]:
    paths = [path for name in _MAKEFILES for path in reading.tree.match(f"**/{name}")]
    for path in [path for path in paths if not is_elsewhere(path)][:_MOST_MAKEFILES]:
        targets: dict[str, int] = {}
        for number, line in reading.numbered(path):
            if match := _TARGET.match(line):
                targets.setdefault(match[1], number)
        home = path.rpartition("/")[0] or "."
        for target, number in list(targets.items())[:_MOST]:
            yield _called(reading, path, number, f"make -C {shlex.quote(home)} {target}")


def _environments(reading: Reading) -> Iterator[tuple[Place, tuple[Step, ...]]]:
    for path, command in (("tox.ini", "tox -e ALL"), ("tox.toml", "tox -e ALL")):
        if path in reading.tree:
            yield _called(reading, path, 1, command)
    if "noxfile.py" in reading.tree:
        yield _called(reading, "noxfile.py", 1, "nox")
    for path in reading.tree.match("**/Dockerfile")[:_MOST]:
        if not is_elsewhere(path):
            home = path.rpartition("/")[0] or "."
            yield _called(
                reading, path, 1, f"docker build -f {shlex.quote(path)} {shlex.quote(home)}"
            )


def _scripts(reading: Reading) -> Iterator[tuple[Place, tuple[Step, ...]]]:
    paths = [path for pattern in _SCRIPTS for path in reading.tree.match(pattern)]
    for path in paths[:_MOST]:
        name = path.rpartition("/")[2]
        if is_elsewhere(path) or ("." in name and not name.endswith((".sh", ".bash"))):
            continue
        lines = reading.numbered(path)
        if (
            lines
            and len(lines) <= _LONGEST
            and (name.endswith((".sh", ".bash")) or _SHEBANG.match(lines[0][1]))
        ):
            yield reading.place(path, 1), (Script(path=path, lines=lines),)


def _called(
    reading: Reading, path: str, number: int, command: str
) -> tuple[Place, tuple[Step, ...]]:
    script = Script(path=path, lines=((number, command),))
    return reading.place(path, number), (script,)
