"""What the task runners share: where they look for files, and the scripts they make of lines."""

from __future__ import annotations

import posixpath
import shlex
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.shell_values import ROOT
from pytest_boss_gates.evidence.steps import Dead, Script

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Call, Lines
    from pytest_boss_gates.repository.toml_lines import KeyPath

_FARTHEST = 30  # directories upwards


def inside(directory: str, target: str) -> str:
    """Resolve a path seen from a directory of the repository; with ``$`` in it when unknown."""
    if target.startswith(ROOT):
        path = posixpath.normpath(target[len(ROOT) :].lstrip("/") or ".")
    elif target.startswith(("/", "~")):
        return "$" + target  # outside the repository
    else:
        path = posixpath.normpath(posixpath.join(directory, target))
    if path == ".." or path.startswith("../"):
        return "$" + path
    return "" if path == "." else path


def nearest(reading: Reading, directory: str, names: Sequence[str]) -> str:
    """Find the first of some file names in a directory, or in the nearest above; "" if nowhere."""
    for _ in range(_FARTHEST):
        for name in names:
            path = posixpath.join(directory, name)
            if path in reading.tree:
                return path
        if not directory:
            break
        directory = posixpath.dirname(directory)
    return ""


def lines_at(line: int, text: str) -> Lines:
    """Give text whose every line stands on one line of its file."""
    return tuple((line, part) for part in text.split("\n"))


def lines_from(reading: Reading, path: str, line: int, text: str) -> Lines:
    """Find the lines of a text that starts on a line of a file, or in the lines below it."""
    raw = reading.lines(path) or ()
    found: list[tuple[int, str]] = []
    at, ahead = max(line, 1) - 1, 2
    for part in text.split("\n"):
        bare = part.strip().rstrip("\\").rstrip()
        if not bare:
            found.append((max(at, line), part))
            ahead += 1
            continue
        for number in range(at + 1, min(at + ahead, len(raw)) + 1):
            if bare in raw[number - 1]:
                at, ahead = number, 2
                break
        else:
            ahead += 1
        found.append((max(at, line), part))
    return tuple(found)


def toml_text(reading: Reading, path: str, keys: KeyPath, text: str) -> Lines:
    """Find the lines of a string of a TOML file."""
    return lines_from(reading, path, reading.toml_place(path, keys).line, text)


def quoted(words: Sequence[str]) -> str:
    """Write words on one line, as the shell would read them again."""
    return shlex.join(words).replace("\n", " ")


def itself(call: Call, words: Sequence[str], env: Mapping[str, str] | None = None) -> Script:
    """Give the command that a runner only passes on, where the call stands."""
    return Script(
        path=call.place.path,
        lines=lines_at(call.place.line, quoted(words)),
        directory=call.directory,
        env={**call.env, **(env or {})},
    )


def dead(call: Call, why: str) -> tuple[Dead, ...]:
    """Tell why a call cannot be followed: ``just lint: there is no recipe lint in justfile``."""
    return (Dead(place=call.place, why=f"{' '.join(call.words)[:120]}: {why}"),)


def divided(words: Sequence[str]) -> tuple[list[str], tuple[str, ...] | None]:
    """Divide words at ``--``: those of the runner, and those it passes on; None without ``--``."""
    if "--" not in words:
        return list(words), None
    at = list(words).index("--")
    return list(words[:at]), tuple(words[at + 1 :])


def options_of(
    words: Sequence[str], values: Collection[str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Take the options off the front of some words; those in ``values`` have a value behind them.

    An option without a value is there as ""; an option that comes twice keeps its last value.
    ``--`` ends the options and is dropped.
    """
    options: dict[str, str] = {}
    rest = list(words)
    while rest and rest[0].startswith("-") and rest[0] != "-":
        word = rest.pop(0)
        if word == "--":
            break
        name, mark, value = word.partition("=")
        if mark and name.startswith("--"):
            options[name] = value
        elif word in values:
            options[word] = rest.pop(0) if rest else ""
        elif not word.startswith("--") and word[:2] in values:
            options[word[:2]] = word[2:].removeprefix("=")
        else:
            options[word] = ""
    return options, tuple(rest)


def named(options: Mapping[str, str], *names: str) -> str:
    """Give the value of an option under any of its names; "" when it was not given."""
    return next((options[name] for name in names if name in options), "")


def table_of(value: object, *keys: str) -> dict[str, object]:
    """Go down through tables; empty where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def texts_of(value: object) -> dict[str, str]:
    """Keep the plain values of a table as texts, as for an environment."""
    if not isinstance(value, dict):
        return {}
    return {
        str(key): str(item).lower() if isinstance(item, bool) else str(item)
        for key, item in value.items()
        if isinstance(item, (str, int, float))
    }
