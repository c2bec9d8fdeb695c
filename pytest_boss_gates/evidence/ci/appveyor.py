"""AppVeyor: the phases of ``appveyor.yml`` for each row of its matrix."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.ci.matrix import MOST_COMBINATIONS, combinations
from pytest_boss_gates.evidence.ci.shells import from_windows, one_by_one
from pytest_boss_gates.evidence.steps import Job, Known, Through, Trigger
from pytest_boss_gates.evidence.yaml_values import (
    entries,
    env_of,
    flag,
    flat,
    mapping,
    maps,
    options_of,
    text_of,
)
from pytest_boss_gates.repository.yaml_lines import Map

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_boss_gates.evidence.ci.matrix import Row
    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Lines, Step
    from pytest_boss_gates.repository.yaml_lines import Value

SYSTEM = "appveyor"

_PATHS = ("appveyor.yml", ".appveyor.yml")
_PHASES = (
    "init",
    "install",
    "before_build",
    "build_script",
    "after_build",
    "before_test",
    "test_script",
    "after_test",
    "before_deploy",
    "deploy_script",
    "after_deploy",
    "on_success",
    "on_finish",
)
_DEPLOYING = ("before_deploy", "deploy_script", "after_deploy")
_LATE = ("on_success", "on_finish")  # the result is settled by then
_USUAL = frozenset({Trigger.PUSH, Trigger.CHANGE, Trigger.TAG})
_PUSHED = frozenset({Trigger.PUSH, Trigger.TAG})
_CHECKED = re.compile(
    r"LastExitCode|SetShouldExit|\bthrow\b|PSNativeCommandUseError", re.IGNORECASE
)
_POSIX = ("ubuntu", "macos")


def jobs(reading: Reading) -> Iterator[Job]:
    """Find the jobs of AppVeyor, those that may fail apart from the others."""
    path = next((path for path in _PATHS if path in reading.tree), "")
    root = reading.yaml(path) if path else None
    if not isinstance(root, Map):
        return
    triggers = _triggers(root)
    matrix = mapping(root.get("matrix"))
    groups: dict[tuple[str, int], list[Row]] = {}
    for row in _rows(root):
        if any(_fits(row, pattern) for pattern in maps(matrix.get("exclude"))):
            continue
        pattern = next((it for it in maps(matrix.get("allow_failures")) if _fits(row, it)), None)
        why = ""
        if pattern is not None:
            shown = ", ".join(f"{key}: {text_of(value)}" for key, value in pattern.items())
            why = f"{reading.place(path, pattern.line)}: allow_failures: {shown}"
        groups.setdefault((why, _section(root, row)), []).append(row)
    for (why, number), rows in groups.items():
        source = _merged(root, number)
        steps = _steps(reading, path, source, rows)
        if steps and triggers:
            yield Job(
                system=SYSTEM,
                name=f"{path} (allowed to fail)" if why else path,
                place=reading.place(path, source.lines.get("test_script", source.line)),
                triggers=triggers,
                steps=steps,
                soft=(why,) if why else (),
            )


def _section(root: Map, row: Row) -> int:
    """Find the ``for:`` section that is meant for a row; -1 without one."""
    for number, section in enumerate(maps(root.get("for"))):
        matrix = mapping(section.get("matrix"))
        if any(_fits(row, pattern) for pattern in maps(matrix.get("only"))):
            return number
    return -1


def _merged(root: Map, number: int) -> Map:
    """Put what a ``for:`` section says in place of what the file says."""
    if number < 0:
        return root
    section = maps(root.get("for"))[number]
    merged = Map(section.line)
    for source in (root, section):
        merged.update(source)
        merged.lines.update(source.lines)
    return merged


def _triggers(root: Map) -> frozenset[Trigger]:
    found = _USUAL
    if flag(root.get("skip_non_tags")):
        found &= {Trigger.TAG}
    if flag(root.get("skip_tags")):
        found -= {Trigger.TAG}
    if flag(root.get("skip_branch_with_pr")):
        found |= {Trigger.CHANGE}
    return found


def _rows(root: Map) -> list[Row]:
    environment = mapping(root.get("environment"))
    envs = [env_of(it) for it in maps(environment.get("matrix"))]
    axes: dict[str, Sequence[str]] = {}
    for key in ("image", "os", "platform", "configuration"):
        texts = [str(text) for text in flat(root.get(key))]
        if texts:
            axes[key] = texts
    pairs = [{**axis, **env} for env in envs or [{}] for axis in combinations(axes)]
    return pairs[: 4 * MOST_COMBINATIONS]


def _fits(row: Row, pattern: Map) -> bool:
    return bool(pattern) and all(
        row.get(key, "").lower() == text_of(value).lower() for key, value in pattern.items()
    )


def _steps(reading: Reading, path: str, root: Map, rows: list[Row]) -> tuple[Step, ...]:
    items: list[tuple[Lines, tuple[str, ...]]] = []
    marks: list[str] = []
    images = [row.get("image", row.get("APPVEYOR_BUILD_WORKER_IMAGE", "")) for row in rows]
    for phase in _PHASES:
        for lines, soft in _items(reading, path, phase, root.get(phase), images):
            items.append((lines, soft))
            marks.append(phase)
    env = env_of(root.get("environment"))
    env.update(env_of(mapping(root.get("environment")).get("global")))
    steps: list[Step] = []
    for number, script in one_by_one(reading, path=path, items=items, env=env, rows=rows):
        if marks[number] in _DEPLOYING:
            steps.append(Through(steps=(script,), only=_PUSHED))
        else:
            steps.append(script)
    for deploy in entries(root.get("deploy")):
        provider = text_of(mapping(deploy).get("provider")).lower()
        if isinstance(deploy, Map) and provider:
            known = Known(
                kind="deploy",
                name=f"appveyor/{provider}",
                place=reading.place(path, deploy.lines.get("provider", deploy.line)),
                options=options_of(deploy),
            )
            tagged = flag(mapping(deploy.get("on")).get("appveyor_repo_tag"))
            only = frozenset({Trigger.TAG}) if tagged else _PUSHED
            steps.append(Through(steps=(known,), only=only))
    return tuple(steps)


def _items(
    reading: Reading, path: str, phase: str, value: Value | None, images: list[str]
) -> Iterator[tuple[Lines, tuple[str, ...]]]:
    usual = "cmd" if any(not it.lower().startswith(_POSIX) for it in images) else "sh"
    for entry in entries(value):
        kind, texts = usual, flat(entry)
        if isinstance(entry, Map):
            kind = next((key for key in ("cmd", "ps", "pwsh", "sh", "bash") if key in entry), "")
            texts = flat(entry.get(kind))
        for text in texts:
            lines = reading.script(path, text)
            if not lines or text.strip().lower() in ("", "off", "false"):
                continue
            soft: tuple[str, ...] = ()
            place = reading.place(path, lines[0][0])
            if phase in _LATE:
                soft = (f"{place}: {phase} cannot fail the build",)
            elif kind in ("ps", "pwsh") and not _CHECKED.search(text):
                soft = (f"{place}: PowerShell goes on when a program fails",)
            if kind in ("sh", "bash"):
                yield lines, soft
                continue
            shown = tuple((number, from_windows(line)) for number, line in lines)
            if kind in ("ps", "pwsh"):
                yield shown, soft
            else:  # each line is a command of its own, whose status is looked at
                yield from ((command, soft) for command in _commands(shown))


def _commands(lines: Lines) -> Iterator[Lines]:
    """Split lines into commands, which may go on in the next line."""
    command: list[tuple[int, str]] = []
    for number, text in lines:
        if text or command:
            command.append((number, text))
        if command and not text.endswith("\\"):
            yield tuple(command)
            command = []
    if command:
        yield tuple(command)
