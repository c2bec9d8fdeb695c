"""Pipenv: the ``[scripts]`` of a Pipfile; any other name is a command of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.runners.task_scripts import (
    dead,
    itself,
    nearest,
    options_of,
    quoted,
    table_of,
    toml_text,
)
from pytest_boss_gates.evidence.steps import Dead, Script

if TYPE_CHECKING:
    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Call, Step

HEADS = ("pipenv",)

_VALUES = frozenset("--python --pypi-mirror --categories --index -i --extra-index-url".split())


def expand(call: Call, reading: Reading) -> tuple[Step, ...]:
    """Give what ``pipenv run NAME`` runs; other commands of Pipenv run nothing."""
    if "$" in call.directory:
        return dead(call, "the directory it runs in is not known")
    _, words = options_of(call.words[1:], _VALUES)
    if words[:1] != ("run",):
        return ()
    _, words = options_of(words[1:], _VALUES)
    if not words:
        return ()
    name, *arguments = words
    path = nearest(reading, call.directory, ("Pipfile",))
    scripts = table_of(reading.toml(path) if path else None, "scripts")
    if name not in scripts:
        return (itself(call, words),)
    value = scripts[name]
    table = table_of(value)
    key = next((key for key in ("cmd", "call") if key in table), "")
    content = table.get(key, value)
    keys = ("scripts", name, key) if key else ("scripts", name)
    place = reading.toml_place(path, keys)
    if not isinstance(content, str):
        return dead(call, f"the script {name} in {path} is not understood")
    if key == "call":
        return (Dead(place=place, why=f"pipenv run {name} calls {content[:80]} in Python"),)
    lines = [
        (number, text) for number, text in toml_text(reading, path, keys, content) if text.strip()
    ]
    if lines:  # Pipenv makes one command of it, and appends the arguments
        number, text = lines[-1]
        lines[-1] = (number, f"{text} {quoted(arguments)}".rstrip())
        lines[:-1] = [(number, f"{text} \\") for number, text in lines[:-1]]
    return (Script(path=path, lines=tuple(lines), directory=call.directory, env=call.env),)
