"""Commands as the services hand them to a shell: one after the other, or as Windows has them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.ci.matrix import used, variants
from pytest_boss_gates.evidence.shell import commands_of
from pytest_boss_gates.evidence.steps import Script

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Lines

_MOST_SCRIPTS = 2_000
_CONTINUED = re.compile(r"(?:\s\\|\s?\^)$")
_AFTER = "after-that"  # a command that shows where the one before it has left the shell


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
    kept = [names & used(reading, lines) if len(rows) > 1 else names for lines, _ in items]
    found: dict[tuple[object, ...], tuple[int, Script]] = {}
    for row in rows:
        for number, script in enumerate(_in_one_shell(path, items, {**env, **row})):
            known = tuple(script.env.get(name, "") for name in sorted(kept[number]))
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
