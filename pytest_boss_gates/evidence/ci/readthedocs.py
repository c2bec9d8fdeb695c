"""Read the Docs: its configuration builds the documentation on every push and pull request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.steps import Job, Known, Script, Trigger
from pytest_boss_gates.evidence.yaml_values import mapping, texts
from pytest_boss_gates.repository.yaml_lines import Map

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Step

SYSTEM = "readthedocs"

_NAMES = ("**/.readthedocs.y*ml", "**/readthedocs.y*ml")
_PHASES = (
    "post_checkout pre_system_dependencies post_system_dependencies create_environment "
    "pre_create_environment post_create_environment pre_install install post_install pre_build "
    "post_build"
).split()


def jobs(reading: Reading) -> Iterator[Job]:
    """Give the job of each configuration; it may stand in a directory of its own."""
    for path in dict.fromkeys(path for name in _NAMES for path in reading.tree.match(name)):
        top = reading.yaml(path)
        if isinstance(top, Map):
            yield Job(
                system=SYSTEM,
                name=path,
                place=reading.place(path, top.line),
                triggers=frozenset({Trigger.PUSH, Trigger.CHANGE}),
                steps=tuple(_steps(reading, path, top)),
            )


def _steps(reading: Reading, path: str, top: Map) -> Iterator[Step]:
    build = mapping(top.get("build"))
    commands = texts(build.get("commands"))
    phases = mapping(build.get("jobs"))
    own_build = mapping(phases.get("build"))
    steps = [phases.get(name) for name in _PHASES] + list(own_build.values())
    for text in (*commands, *(text for phase in steps for text in texts(phase))):
        yield Script(path=path, lines=reading.script(path, text))
    if commands or own_build:
        return
    builder = next((name for name in ("mkdocs", "sphinx") if name in top), "")
    line = top.lines.get(builder, 0)
    if not builder:  # the default, where there is something to build
        conf = next(iter(reading.tree.match("**/conf.py")), "")
        builder = "sphinx" if conf else ""
        line = top.lines.get("build", top.line)
    if builder:
        yield Known(kind="builder", name=builder, place=reading.place(path, line))
