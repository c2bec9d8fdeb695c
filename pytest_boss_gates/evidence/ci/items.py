"""Lists of commands, variables and matrices as several CI services have them."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.shell import commands_of
from pytest_boss_gates.evidence.steps import Script
from pytest_boss_gates.repository.yaml_lines import Items, Map, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Lines
    from pytest_boss_gates.repository.yaml_lines import Value

MOST_ROWS = 64
"""Combinations of a matrix that are looked at."""

_DEEPEST = 6
_MOST_ITEMS = 1_000
_ASSIGNMENT = re.compile(r"""([A-Za-z_]\w*)=("[^"]*"|'[^']*'|\S*)""")
_NAME = re.compile(r"[A-Za-z_]\w*")
_IMPLICIT = frozenset({"TOXENV", "TOX_ENV", "TOX_SKIP_ENV", "NOXSESSION", "SKIP"})
"""Variables that tools read without being told to."""

_INSTALLERS = ("pip ", "pip3 ", "python -m pip ")
_CONFIGURATIONS = {
    "tox": ("tox.ini", "setup.cfg", "pyproject.toml"),
    "nox": ("noxfile.py",),
    "make": ("Makefile", "makefile", "GNUmakefile"),
}
_MOST_FILES = 20
_MOST_SCRIPTS = 2_000

_CONTINUED = re.compile(r"(?:\s\\|\s?\^)$")
_AFTER = "after-that"  # a command that shows where the one before it has left the shell

Row = dict[str, str]


def flat(value: Value | None) -> list[Text]:
    """Give the scalars of a value, lists in lists and all, in order."""
    found: list[Text] = []
    _flatten(value, found, _DEEPEST)
    return found


def _flatten(value: Value | None, found: list[Text], depth: int) -> None:
    if len(found) >= _MOST_ITEMS:
        return
    if isinstance(value, Text):
        found.append(value)
    elif isinstance(value, Items) and depth:
        for item in value[:_MOST_ITEMS]:
            _flatten(item, found, depth - 1)


def entries(value: Value | None) -> list[Value]:
    """Give what a list holds, or the only value."""
    if value is None:
        return []
    return list(value[:_MOST_ITEMS]) if isinstance(value, Items) else [value]


def env_of(value: Value | None) -> Row:
    """Give the plain variables of a map, of ``A=b C='d e'``, or of a list of these."""
    found: Row = {}
    for entry in entries(value):
        if isinstance(entry, Map):
            found.update(
                {
                    key: str(inner)
                    for key, inner in entry.items()
                    if isinstance(inner, Text) and key != "secure"
                }
            )
        elif isinstance(entry, Text):
            for match in _ASSIGNMENT.finditer(entry):
                found[match[1]] = match[2].strip("\"'")
    return found


def options_of(value: Value | None) -> Row:
    """Give the options of something that is known by name; lists become words."""
    if not isinstance(value, Map):
        return {}
    found: Row = {}
    for key, inner in value.items():
        texts = flat(inner)
        found[key] = " ".join(texts) if texts else "…" if inner else ""
    return found


def crossed(axes: Mapping[str, Sequence[str]]) -> list[Row]:
    """Combine the axes of a matrix, as far as anyone would look."""
    return [
        dict(zip(axes, row, strict=True))
        for row, _ in zip(product(*axes.values()), range(MOST_ROWS), strict=False)
    ]


def variants(reading: Reading, lines: Lines, rows: Iterable[Mapping[str, str]]) -> list[Row]:
    """Give the rows of a matrix, narrowed to the variables that a script makes use of.

    The files count that the script names, since these read the variables as well.
    """
    rows = list(rows)
    names = {name for row in rows for name in row}
    used = names & _IMPLICIT
    if names - used:
        used |= names & _words(reading, "\n".join(text for _, text in lines))
    narrowed = ({name: row[name] for name in row if name in used} for row in rows)
    unique = {tuple(sorted(row.items())): row for row in narrowed}
    return list(unique.values())[:MOST_ROWS] or [{}]


def _used(reading: Reading, lines: Lines) -> set[str]:
    text = "\n".join(line for _, line in lines).lstrip()
    found = _words(reading, text)
    return found if text.startswith(_INSTALLERS) else found | _IMPLICIT


def _words(reading: Reading, text: str) -> set[str]:
    found = set(_NAME.findall(text))
    named = {word.removeprefix("./") for word in re.findall(r"[\w./-]+", text)}
    paths = [path for path in sorted(named) if path in reading.tree][:_MOST_FILES]
    for tool, files in _CONFIGURATIONS.items():
        if tool in found:
            paths += [path for path in files if path in reading.tree]
    for path in paths:
        found |= set(_NAME.findall(reading.text(path) or ""))
    return found


def from_windows(line: str) -> str:
    """Write a line for ``cmd`` or PowerShell as the shell would have it, as far as it matters."""
    bare = line.strip()
    if match := _CONTINUED.search(bare):
        return from_windows(bare[: match.start()]) + " \\"
    if re.match(r"(?i)@?(?:rem\b|::)", bare):
        return ""
    bare = re.sub(r"(?i)^(?:@|&\s+|call\s+)+", "", bare)
    bare = re.sub(r"%(\w+)%|\$env:(\w+)", lambda it: f"${{{it[1] or it[2]}}}", bare)
    bare = re.sub(r"(?i)^set\s+\"?(\w+)=([^\"&|]*)\"?$", r'export \1="\2"', bare)
    bare = re.sub(r"\s&\s", " ; ", bare).replace("\\", "/")
    return re.sub(r"(?i)(\w)\.(?:exe|cmd|bat)\b", r"\1", bare)


def one_by_one(
    reading: Reading,
    *,
    path: str,
    items: Sequence[tuple[Lines, tuple[str, ...]]],
    env: Mapping[str, str],
    rows: Iterable[Mapping[str, str]] = (),
) -> list[tuple[int, Script]]:
    """Make scripts of commands that a service runs one after the other in the same shell.

    The service looks at the status of each item, so that of an item's own commands only the
    last one counts; the directory and the variables last. ``items`` come with their soft
    failures, ``rows`` are the matrix; the result names the item by its position, and has it
    once for each way it can differ.
    """
    everything = tuple(line for lines, _ in items for line in lines)
    rows = variants(reading, everything, rows)[: max(_MOST_SCRIPTS // max(len(items), 1), 1)]
    names = {name for row in rows for name in row}
    used = [names & _used(reading, lines) if len(rows) > 1 else names for lines, _ in items]
    found: dict[tuple[object, ...], tuple[int, Script]] = {}
    for row in rows:
        for number, script in enumerate(_in_one_shell(path, items, {**env, **row})):
            known = tuple(script.env.get(name, "") for name in sorted(used[number]))
            found.setdefault((number, script.directory, known), (number, script))
    return sorted(found.values(), key=lambda pair: pair[0])


def _in_one_shell(
    path: str, items: Sequence[tuple[Lines, tuple[str, ...]]], env: Mapping[str, str]
) -> Iterator[Script]:
    directory, known, errexit = "", dict(env), False
    for lines, soft in items:
        yield Script(
            path=path, lines=lines, directory=directory, env=known, errexit=errexit, soft=soft
        )
        after = (*lines, (lines[-1][0] if lines else 0, _AFTER))
        script = Script(path=path, lines=after, directory=directory, env=known)
        commands = commands_of(script).commands
        if commands and commands[-1].words == (_AFTER,):
            directory, known = commands[-1].directory, dict(commands[-1].env)
        for command in commands:
            if command.words[0] == "set" and re.match(r"[-+]\w*e", "".join(command.words[1:2])):
                errexit = command.words[1].startswith("-")
