"""The tables ``tools`` and ``catalogue``: what is wanted of each tool, and what shows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from pytest_boss_gates.model import Level, Target, ToolSetting
from pytest_boss_gates.settings.keys import CATALOGUE_KEYS, DEFAULT_TIMEOUT, TOOL_KEYS
from pytest_boss_gates.settings.page import did_you_mean
from pytest_boss_gates.settings.schema import EXIT_STATUSES, TOOL_NAME
from pytest_boss_gates.settings.targets import (
    NUMBER,
    SECONDS,
    TargetError,
    parse_level,
    parse_version,
    spell_wanted,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from pytest_boss_gates.repository.toml_lines import KeyPath
    from pytest_boss_gates.settings.keys import Key
    from pytest_boss_gates.settings.page import Page

_SHOWS = (
    "distributions companions sections files hooks actions workflows commands known members marked"
).split()
"""The fields that can show a tool by themselves."""


class Reading(Protocol):
    """What checks the keys of a table by their declarations, and complains to the page."""

    @property
    def page(self) -> Page:
        """The file."""

    def keys(
        self, keys: Sequence[Key], table: Mapping[str, object], at: KeyPath
    ) -> dict[str, object]:
        """Give the values whose keys and types are as declared."""

    def fits(self, key: Key, value: object, at: KeyPath) -> bool:
        """Whether a value has the declared type and is one of the choices."""


def read_catalogue(
    table: object,
    at: KeyPath,
    reading: Reading,
    tools: Callable[[], Collection[str]],
    practices: Callable[[], Collection[str]],
) -> dict[str, dict[str, object]]:
    """Read the ``catalogue`` table: rows by the tool's key, their fields checked.

    A row of a known tool adds to it; a new one needs a purpose, an area, and what shows it.
    """
    if not isinstance(table, dict) or not table:
        return {}
    known = {*tools(), *practices()}
    rows: dict[str, dict[str, object]] = {}
    for name, value in table.items():
        here = (*at, name)
        if not re.fullmatch(TOOL_NAME, name):
            plain = "-".join(re.findall("[a-z0-9]+", name.lower()))
            hint = f'Write "{plain}".' if plain else ""
            message = "A tool's key is made of a-z, 0-9 and single hyphens."
            reading.page.complain(here, message, suggestion=hint)
        elif not isinstance(value, dict):
            message = "A tool of the catalogue is a table."
            hint = f"Write [tool.boss-gates.catalogue.{name}] above what shows it."
            reading.page.complain(here, message, value=value, suggestion=hint)
        else:
            rows[name] = reading.keys(CATALOGUE_KEYS, value, here)
            if name not in known:
                _check_new(rows[name], value, here, reading.page)
    names = known | {name for name in table if isinstance(name, str)}
    for name, row in rows.items():
        _check_row(row, (*at, name), names, reading.page)
    return rows


def _check_new(
    row: Mapping[str, object], written: Mapping[str, object], at: KeyPath, page: Page
) -> None:
    """A tool that nobody knows must say what it is, and how it is seen."""
    missing = [name for name in ("purpose", "area") if name not in written]
    for name in missing:
        example = next(key.example for key in CATALOGUE_KEYS if key.name == name)
        message = f"This tool is new, and its table has no {name}."
        page.complain(at, message, suggestion=f"Add for example {name} = {example}.")
    if not any(row.get(name) or name in written for name in _SHOWS):
        message = "Nothing would ever show this tool."
        page.complain(at, message, suggestion='Add for example commands = ["our-lint"].')


def _check_row(row: Mapping[str, object], at: KeyPath, known: Collection[str], page: Page) -> None:
    for name, value in row.items():
        if value == "" or (isinstance(value, list) and "" in value):
            page.complain((*at, name), f"{name} cannot be empty.", value=value)
    for index, member in enumerate(_texts(row, "members")):
        if member not in known:
            hint = did_you_mean(member, known, "")
            place = (*at, "members", index)
            message = "There is no such tool in the catalogue."
            page.complain(place, message, value=member, suggestion=hint, addable=True)
    for index, status in enumerate(_texts(row, "problems")):
        if not re.fullmatch(EXIT_STATUSES, status):
            message = "An exit status is a number, or a range of them."
            hint = 'Write for example "1" or "4-7".'
            page.complain((*at, "problems", index), message, value=status, suggestion=hint)
    _check_tables(row, at, page)


def _check_tables(row: Mapping[str, object], at: KeyPath, page: Page) -> None:
    marked = row.get("marked")
    for pattern, mark in marked.items() if isinstance(marked, dict) else ():
        try:
            re.compile(mark)
        except re.error as error:
            message = f"This is no regular expression: {error}."
            page.complain((*at, "marked", pattern), message, value=mark)
    for name in ("checks", "lenient"):
        table = row.get(name)
        for command, options in table.items() if isinstance(table, dict) else ():
            if "" in options or not command.split():
                message = f"What stands in {name} cannot be empty."
                page.complain((*at, name, command), message, value=options)


def _texts(row: Mapping[str, object], name: str) -> list[str]:
    value = row.get(name)
    return value if isinstance(value, list) else []


def read_tools(
    table: object,
    at: KeyPath,
    reading: Reading,
    tools: Callable[[], Collection[str]],
    rows: Collection[str],
) -> Iterator[ToolSetting]:
    """Read the ``tools`` table; the names are those of the catalogue and of ``rows``."""
    if not isinstance(table, dict) or not table:
        return
    known = {*tools(), *rows}
    for name, value in table.items():
        here = (*at, name)
        if name not in known:
            hint = did_you_mean(name, known, 'The schema ("boss-gates schema") lists them.')
            message = "There is no such tool in the catalogue."
            reading.page.complain(here, message, suggestion=hint, addable=True)
        elif isinstance(value, dict):
            yield _tool(name, value, here, reading)
        elif not isinstance(value, str):
            message = "A tool takes a level, or a table with one."
            hint = 'Write for example "declared".'
            reading.page.complain(here, message, value=value, suggestion=hint)
        elif reading.fits(TOOL_KEYS[0], value, here):
            place = reading.page.place(here)
            yield ToolSetting(name=name, level=Level[value.upper()], set_at=place)


def tool_targets(tools: Sequence[ToolSetting]) -> Iterator[Target]:
    """Give each tool's target for its level and, where one is wanted, its version."""
    for tool in tools:
        wanted = [("tool-level", parse_level(tool.level.label))]
        if tool.version:
            wanted.append(("tool-version", parse_version(tool.version)))
        for metric, bound in wanted:
            yield Target(
                metric=metric,
                wanted=bound,
                text=spell_wanted(bound),
                scope=tool.name,
                set_at=tool.set_at,
            )


def _tool(name: str, table: Mapping[str, object], at: KeyPath, reading: Reading) -> ToolSetting:
    given = reading.keys(TOOL_KEYS, table, at)
    run = _command(given.get("run"), (*at, "run"), reading.page)
    if "timeout" in table and "run" not in table:
        message = "There is nothing to limit: this tool is not run."
        hint = f'Add for example run = "{name}", or leave timeout out.'
        reading.page.complain((*at, "timeout"), message, suggestion=hint)
    level = str(given.get("level", Level.OBSERVED.label if run else Level.DECLARED.label))
    return ToolSetting(
        name=name,
        level=Level[level.upper()],
        version=_version(given.get("version"), (*at, "version"), reading.page),
        run=run,
        timeout=_timeout(given.get("timeout", DEFAULT_TIMEOUT), (*at, "timeout"), reading.page),
        set_at=reading.page.place(at),
    )


def _command(text: object, at: KeyPath, page: Page) -> tuple[str, ...]:
    """Split a command into its words as a shell would, without ever asking one."""
    import shlex

    if not isinstance(text, str):
        return ()
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        page.complain(at, f"This is no command: {str(error).lower()}.", value=text)
        return ()
    if not words or not words[0] or "\0" in text:
        hint = 'Write for example "mypy src".'
        page.complain(at, "This names no command.", value=text, suggestion=hint)
        return ()
    if wrong := next((word for word in words if word in ("&&", "||", "|", ";", ">", "<")), ""):
        hint = "Put what needs a shell into a script, and run that."
        message = f'A command is run without a shell, which alone knows "{wrong}".'
        page.complain(at, message, value=text, suggestion=hint)
    return words


def _timeout(text: object, at: KeyPath, page: Page) -> float:
    """Read a duration, in the units of the targets; gives seconds."""
    words = " ".join(str(text).split()).lower()
    match = re.fullmatch(rf"({NUMBER}) ?([a-z]+)", words, re.ASCII)
    unit = next((unit for unit, names in SECONDS.values() if match and match[2] in names), None)
    if match is None or unit is None:
        message = 'A time limit is a duration such as "10 minutes".'
        hint = "The units are ms, s, minutes, hours, days and weeks."
    elif not (seconds := float(match[1]) * float(unit)):
        message, hint = "Nothing is done in no time.", 'Write for example "10 minutes".'
    else:
        return seconds
    page.complain(at, message, value=text, suggestion=hint)
    return 0.0


def _version(text: object, at: KeyPath, page: Page) -> str:
    if not isinstance(text, str):
        return ""
    try:
        return parse_version(text).unit
    except TargetError as error:
        page.complain(at, str(error), value=text, suggestion=error.suggestion)
        return ""
