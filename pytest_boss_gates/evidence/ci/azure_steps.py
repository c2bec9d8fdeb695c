"""The steps of an Azure job: shells, tasks that run scripts, and tasks known by their name."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.ci.matrix import MOST_COMBINATIONS, asked
from pytest_boss_gates.evidence.steps import Dead, Known, Script, Through
from pytest_boss_gates.evidence.yaml_values import text_of
from pytest_boss_gates.repository.yaml_lines import Map, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from pytest_boss_gates.evidence.ci.azure_scope import Scope
    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Step, Trigger
    from pytest_boss_gates.model import Place
    from pytest_boss_gates.repository.yaml_lines import Value

_SHELLS = ("script", "bash", "pwsh", "powershell")
_MACRO = re.compile(r"\$\(([\w.-]+)\)")
_ROOTS = frozenset(
    """build.sourcesdirectory build.repository.localpath system.defaultworkingdirectory
    pipeline.workspace/s""".split()
)
_INLINE = {  # a task's input that holds a script
    "bash": "script",
    "cmdline": "script",
    "powershell": "script",
    "azurecli": "inlinescript",
    "azurepowershell": "inline",
    "ssh": "inline",
}
_FILES = {  # a task's input that names a script, and what runs it
    "bash": ("filepath", "bash"),
    "powershell": ("filepath", "pwsh"),
    "shellscript": ("scriptpath", "bash"),
    "batchscript": ("filename", "call"),
    "pythonscript": ("scriptpath", "python"),
    "azurecli": ("scriptpath", "bash"),
}
_DEEPEST = 10


@dataclass(frozen=True, kw_only=True)
class Runs:
    """What the steps of a job share."""

    reading: Reading
    only: frozenset[Trigger]
    combinations: Sequence[Mapping[str, str]]  # of its matrix
    opened: Callable[[Map, Scope], tuple[Value, Scope, Place] | Dead]  # a template of steps
    depth: int = 0


def steps_of(value: Value, scope: Scope, runs: Runs) -> Iterator[Step]:
    """Give the steps of a list; those with a condition only on its occasions."""
    if runs.depth > _DEEPEST:
        return
    hidden = {name.lower() for combo in runs.combinations for name in combo}
    for item, where, taken in scope.items(value, runs.only):
        inner = replace(where, variables={**where.variables, **scope.variables})
        given = inner.fields(item)
        if inner.text(given.get("enabled")).lower() == "false":
            continue
        only, condition = taken, inner.text(given.get("condition"))
        if condition:
            known = {k: v for k, v in inner.variables.items() if k not in hidden}
            sure = replace(inner, variables=known)
            only = frozenset(t for t in taken if sure.holds(condition, t) is not False)
        if not only:
            continue
        soft = tuple(_soft(given, inner, runs, condition))
        found = tuple(_step(given, inner, runs))
        if only == runs.only and not soft:
            yield from found
        elif found:
            yield Through(steps=found, only=None if only == runs.only else only, soft=soft)


def _soft(given: Map, scope: Scope, runs: Runs, condition: str) -> Iterator[str]:
    lenient = given.get("continueOnError")
    if lenient is not None and scope.text(lenient).lower() == "true":
        yield f"{runs.reading.place(scope.path, lenient.line)}: continueOnError: true"
    if re.match(r"\s*(?:and\(\s*)?failed\(", condition):
        place = runs.reading.place(scope.path, given["condition"].line)
        yield f"{place}: condition: failed(): it runs only after a failure"


def _step(given: Map, scope: Scope, runs: Runs) -> Iterator[Step]:
    if "template" in given:
        opened = runs.opened(given, scope)
        if isinstance(opened, Dead):
            yield opened
            return
        value, inner, place = opened
        steps = tuple(steps_of(value, inner, replace(runs, depth=runs.depth + 1)))
        if steps:
            yield Through(place=place, steps=steps)
        return
    shell = next((name for name in _SHELLS if name in given), "")
    if shell:
        yield from _scripts(given[shell], given, scope, runs)
    elif isinstance(task := given.get("task"), Text):
        yield from _task(task, given, scope, runs)


def _scripts(text: Value, given: Map, scope: Scope, runs: Runs) -> Iterator[Script]:
    """A shell gets the text, whose last command decides: Azure sets no ``-e``."""
    found, where = scope.whole(text)
    if not isinstance(found, Text):
        return
    if found is text:
        lines = runs.reading.script(where.path, found)
    else:  # a parameter's value: it is quoted where it is used
        lines = tuple((text.line, line) for line in found.split("\n"))
    plain = tuple(
        (number, part) for number, line in lines for part in where.text(_scalar(line)).split("\n")
    )
    yield from _variants(plain, given, scope, runs)


def _variants(
    lines: tuple[tuple[int, str], ...], given: Map, scope: Scope, runs: Runs
) -> Iterator[Script]:
    """Give a script for each combination of the matrix values that it uses."""
    directory = scope.text(
        given.get("workingDirectory") or _input(given, scope, "workingdirectory")
    )
    own = _texts(given.get("env"), scope)
    used = asked(
        (*(text for _, text in lines), directory, *own.values(), *scope.variables.values())
    )
    for combo, chosen in _different(runs.combinations, {name.lower() for name in used}):
        scope.left.items -= 1 + len(scope.variables) // 20
        if scope.left.items < 0:
            return
        hidden = {name.lower() for name in combo}
        known = {name: value for name, value in scope.variables.items() if name not in hidden}
        known = _resolved({**known, **chosen})
        env = {_shell_name(name): value for name, value in known.items()}
        env |= {name: _macros(value, known) for name, value in own.items()}
        yield Script(
            path=scope.path,
            lines=tuple((number, _macros(text, known)) for number, text in lines),
            directory=_inside(_macros(directory, known)),
            env={name: value for name, value in env.items() if "$" not in value},
            errexit=False,
        )


def _different(
    combinations: Sequence[Mapping[str, str]], used: Collection[str]
) -> Iterator[tuple[Mapping[str, str], dict[str, str]]]:
    """Give the combinations that differ in what is used, each with its values of that."""
    seen: list[Mapping[str, str]] = []
    for combo in (combinations or [{}])[:MOST_COMBINATIONS]:
        chosen = {
            name.lower(): value
            for name, value in combo.items()
            if name.lower() in used or _shell_name(name).lower() in used
        }
        if chosen not in seen:
            seen.append(chosen)
            yield combo, chosen


def _texts(value: Value | None, scope: Scope) -> dict[str, str]:
    """Give the texts of a mapping, with known expressions put in."""
    return {
        name: scope.text(inner)
        for name, inner in scope.fields(value).items()
        if isinstance(inner, Text)
    }


def _resolved(variables: Mapping[str, str]) -> dict[str, str]:
    known = {name: value for name, value in variables.items() if "$" not in value}
    return {name: _macros(value, known) for name, value in variables.items()}


def _macros(text: str, variables: Mapping[str, str]) -> str:
    """Put known variables in for ``$(name)``; the checkout's directory as the shell knows it."""

    def put(match: re.Match[str]) -> str:
        name = match[1].lower()
        if name in _ROOTS:
            return "$BUILD_SOURCESDIRECTORY"
        return variables.get(name, match[0])

    return _MACRO.sub(put, text) if "$(" in text else text


def _shell_name(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "_", name).upper()


def _inside(directory: str) -> str:
    """Where a step runs, from the root of the repository."""
    directory = re.sub(r"^\$\(Pipeline\.Workspace\)/s(?=/|$)", ".", directory, flags=re.IGNORECASE)
    directory = directory.replace("\\", "/").removeprefix("$BUILD_SOURCESDIRECTORY").strip()
    path = posixpath.normpath("./" + directory.lstrip("/")) if directory else ""
    return "" if path == "." else path


def _scalar(line: str) -> Text:
    text = Text(line)
    text.line, text.style, text.tag = 0, "", ""
    return text


def _input(given: Map, scope: Scope, name: str) -> Value | None:
    """Give an input of a task, whose names have no case."""
    for key, value in scope.fields(given.get("inputs")).items():
        if key.lower() == name:
            return value
    return None


def _task(task: Text, given: Map, scope: Scope, runs: Runs) -> Iterator[Step]:
    name = scope.text(task).partition("@")[0].lower()
    inline, (file, runner) = _input(given, scope, _INLINE.get(name, "")), _FILES.get(name, ("", ""))
    path = _input(given, scope, file) if file else None
    target = text_of(
        _input(given, scope, "targettype")
        or _input(given, scope, "scriptlocation")
        or _input(given, scope, "scriptsource")
    ).lower()
    if isinstance(inline, Text) and target not in ("filepath", "scriptpath", "scriptfile"):
        yield from _scripts(inline, given, scope, runs)
    elif isinstance(path, Text) and not target.startswith("inline"):
        command = f"{runner} {scope.text(path)} {scope.text(_input(given, scope, 'arguments'))}"
        yield from _variants(((path.line, command.strip()),), given, scope, runs)
    options = _texts(given.get("inputs"), scope)
    place = runs.reading.place(scope.path, task.line)
    yield Known(kind="task", name=name, place=place, options=options)
