"""Changing a settings file as a person would: comments, order and spelling stay, byte for byte.

Only the characters of a changed value are replaced, and only whole lines are added. The result is
parsed and compared with what it should say; where it says anything else, nothing is given.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from pytest_boss_gates.errors import BossGatesError
from pytest_boss_gates.repository.toml_lines import KeyPath, Layout, Section, Span, layout

if TYPE_CHECKING:
    from collections.abc import Mapping

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_BOM = "\ufeff"
_QUOTES = "\"'"
_BARE = re.compile(r"[A-Za-z0-9_-]+")


class EditError(BossGatesError):
    """The file cannot be changed without touching more than was asked for."""


def quoted(text: str) -> str:
    """Spell a string as TOML does."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def changed(text: str, values: Mapping[KeyPath, str]) -> str:
    """Put other strings in place of those at the given paths, in the quotes that they have.

    Raises EditError when a path leads to no string, and ValueError when the text is not TOML.
    """
    mark, body = _split(text)
    wanted = tomllib.loads(body.replace("\r\n", "\n"))
    found = layout(body).values
    spans: dict[Span, str] = {}
    for path, value in values.items():
        span = found.get(path)
        if span is None or body[span.start] not in _QUOTES or not _put(wanted, path, value):
            raise EditError(f"There is no string at {_dotted(path)} that could be changed.")
        spans[span] = _as_before(body[span.start], value)
    for span in sorted(spans, reverse=True):
        body = body[: span.start] + spans[span] + body[span.end :]
    return mark + _checked(body, wanted, tuple(map(_dotted, values)))


def added(text: str, table: tuple[str, ...], entries: Mapping[str, str]) -> str:
    """Add keys with strings to a table, which is made when it is not there.

    They come behind the last key of the table, or the table behind its next of kin, else last.
    Raises EditError when that cannot be done, and ValueError when the text is not TOML.
    """
    mark, body = _split(text)
    wanted = tomllib.loads(body.replace("\r\n", "\n"))
    if not entries:
        return text
    for key, value in entries.items():
        if not _put(wanted, (*table, key), value, new=True):
            raise EditError(f"{_dotted((*table, key))} is set already.")
    lines = [f"{_dotted((key,))} = {quoted(value)}" for key, value in entries.items()]
    place = layout(body)
    inline = [n for n in range(len(table), 0, -1) if table[:n] in place.values]
    if inline:
        body = _into_braces(body, place.values[table[: inline[0]]], table[inline[0] :], lines)
    else:
        body = _as_lines(body, place, table, lines)
    return mark + _checked(body, wanted, (f"[{_dotted(table)}]", *lines))


def written_targets(text: str) -> tuple[tuple[KeyPath, str], ...]:
    """Give every target of ``[tool.boss-gates.targets]`` as spelled, and where, in their order.

    Raises ValueError when the text is not TOML; the targets themselves are not checked.
    """
    at: KeyPath = ("tool", "boss-gates", "targets")
    table: object = tomllib.loads(_split(text)[1].replace("\r\n", "\n"))
    for part in at:
        table = _at(table, part)
    found: list[tuple[KeyPath, str]] = []
    for name, value in table.items() if isinstance(table, dict) else ():
        several = isinstance(value, list)
        for index, part in enumerate(value if several else [value]):
            path: KeyPath = (*at, name, index) if several else (*at, name)
            if isinstance(part, dict):
                found.append(((*path, "target"), str(part.get("target"))))
            else:
                found.append((path, str(part)))
    return tuple(found)


def _split(text: str) -> tuple[str, str]:
    """Part a byte order mark from what follows."""
    return (_BOM, text[1:]) if text.startswith(_BOM) else ("", text)


def _put(content: object, path: KeyPath, value: str, *, new: bool = False) -> bool:
    """Set a value in parsed TOML; tell whether there was a place for it."""
    *above, last = path
    for part in above:
        if new and isinstance(content, dict):
            content.setdefault(part, {})
        content = _at(content, part)
    if isinstance(content, dict) and isinstance(last, str):
        if new is (last in content):
            return False
        content[last] = value
        return True
    if isinstance(content, list) and isinstance(last, int) and not new and last < len(content):
        content[last] = value
        return True
    return False


def _at(content: object, part: str | int) -> object:
    if isinstance(content, dict):
        return content.get(part)
    if isinstance(content, list) and isinstance(part, int) and part < len(content):
        return content[part]
    return None


def _as_before(quote: str, value: str) -> str:
    return f"'{value}'" if quote == "'" and "'" not in value else quoted(value)


def _into_braces(body: str, span: Span, below: tuple[str, ...], lines: list[str]) -> str:
    """Add to an inline table, before its closing brace; ``below`` are tables to make in it."""
    if body[span.start] != "{":  # a list, which takes no keys; the check will say so
        return body
    text = ", ".join(lines)
    for name in reversed(below):
        text = f"{_dotted((name,))} = {{ {text} }}"
    kept = body[: span.end - 1].rstrip()
    joint = " " if kept.endswith(("{", ",")) else ", "
    return f"{kept}{joint}{text} {body[span.end - 1 :]}"


def _as_lines(body: str, place: Layout, table: tuple[str, ...], lines: list[str]) -> str:
    """Add to a table by its header or by dotted keys, else as a section of its own."""
    for section in reversed(place.sections):
        base = section.path
        own = base == table or _dots_into(section, table)
        if own and base == table[: len(base)]:
            prefix = "".join(f"{_dotted((part,))}." for part in table[len(base) :])
            return _behind(body, section.span.end, [prefix + line for line in lines])
    near = [section for section in place.sections if section.path[:2] == table[:2]]
    after = near[-1] if near else place.sections[-1]
    if after is place.sections[-1]:
        end, tight = len(body.rstrip()), False  # behind the comments at the end, too
    else:
        end, tight = after.span.end, not _blank_follows(body, after.span.end)
    section_lines = [f"[{_dotted(table)}]", *lines]
    if body[:end].strip():
        section_lines.insert(0, "")
    return _behind(body, end, [*section_lines, ""] if tight else section_lines)


def _blank_follows(body: str, at: int) -> bool:
    """Whether the line behind the one of a position is blank."""
    following = body[at:].split("\n", 2)[1:2]
    return not following or not following[0].strip()


def _dots_into(section: Section, table: tuple[str, ...]) -> bool:
    """Whether the section sets keys of the table by dotted names."""
    return any(key[: len(table)] == table and len(key) > len(table) for key in section.keys)


def _behind(body: str, at: int, lines: list[str]) -> str:
    """Add lines behind the one on which a position stands, with the file's own line ends."""
    newline = "\r\n" if "\r\n" in body else "\n"
    stop = body.find("\n", at)
    if stop < 0:
        before = body + newline if body else ""
        after = ""
    else:
        before, after = body[: stop + 1], body[stop + 1 :]
    return before + "".join(line + newline for line in lines) + after


def _checked(body: str, wanted: dict[str, object], lines: tuple[str, ...]) -> str:
    """Give the text when it says what it should, and nothing else when it does not."""
    try:
        says = tomllib.loads(body.replace("\r\n", "\n"))
    except ValueError:
        says = {}
    if says != wanted:
        listed = "\n".join(f"    {line}" for line in lines)
        raise EditError(
            f"The file is laid out in a way that cannot be changed by itself; by hand:\n{listed}"
        )
    return body


def _dotted(path: KeyPath) -> str:
    spelled = ""
    for part in path:
        if isinstance(part, int):
            spelled += f"[{part}]"
        else:
            bare = part if _BARE.fullmatch(part) else quoted(part)
            spelled += f".{bare}" if spelled else bare
    return spelled
