"""The settings file as written: its tables, the line of every key, and what is wrong with it."""

from __future__ import annotations

import os
import re
import sys
from typing import TYPE_CHECKING

from pytest_boss_gates.history.places import masked
from pytest_boss_gates.model import Place, SettingsProblem
from pytest_boss_gates.repository.toml_lines import key_lines, line_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from pytest_boss_gates.repository.toml_lines import KeyPath


class Page:
    """A settings file: its parsed content, places in it, and the problems found so far.

    Without a file the content is empty; a file that cannot be read or parsed is a problem
    and empty, too.
    """

    def __init__(self, *, name: str, text: str = "") -> None:
        self.name = name
        self.problems: list[SettingsProblem] = []
        self._lines = text.split("\n")
        self._places: dict[KeyPath, int] | None = None
        self._text = text
        self.content: dict[str, object] = self._parsed()

    @classmethod
    def read(cls, path: Path, *, name: str, required: bool) -> Page:
        """Read a file; only a ``required`` one has to be there."""
        reason, line = "", 0
        try:
            raw = path.read_bytes()
            return cls(name=name, text=as_text(raw))
        except UnicodeDecodeError as error:
            reason, line = "is not UTF-8 text", error.object.count(b"\n", 0, error.start) + 1
        except FileNotFoundError:
            if path.is_symlink():
                reason = "is a link to a file that does not exist"
            elif required:
                reason = "does not exist"
            else:
                return cls(name=name)
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            reason = "is a directory" if os.path.isdir(path) else f"cannot be read ({why})"
        page = cls(name=name)
        page.problems.append(
            SettingsProblem(file=name, line=line, key="", message=f"The settings file {reason}.")
        )
        return page

    def place(self, path: KeyPath) -> Place:
        """Where a key stands, or the nearest key around it."""
        if self._places is None:
            self._places = key_lines(self._text)
        line = min(line_of(self._places, path) or 1, len(self._lines))
        return Place(path=self.name, line=line, text=self._lines[line - 1].strip())

    def complain(
        self,
        path: KeyPath,
        message: str,
        *,
        value: object = None,
        suggestion: str = "",
        addable: bool = False,
    ) -> None:
        """Note a problem with a key; ``value`` is shown as TOML writes it, shortened."""
        self.problems.append(
            SettingsProblem(
                file=self.name,
                line=self.place(path).line,
                key=dotted(path),
                message=message,
                value="" if value is None else shown(value),
                suggestion=suggestion,
                addable=addable,
            )
        )

    def complain_of_option(
        self,
        option: str,
        message: str,
        *,
        value: str | None = None,
        suggestion: str = "",
        addable: bool = False,
    ) -> None:
        """Note a problem with an option of the command line."""
        self.problems.append(
            SettingsProblem(
                file="command line",
                line=0,
                key=option,
                message=message,
                value="" if value is None else shown(value),
                suggestion=suggestion,
                addable=addable,
            )
        )

    def in_order(self) -> list[SettingsProblem]:
        """Give the problems in file order, those of the command line last."""
        return sorted(self.problems, key=lambda problem: (problem.file != self.name, problem.line))

    def _parsed(self) -> dict[str, object]:
        if sys.version_info >= (3, 11):
            import tomllib
        else:
            import tomli as tomllib
        try:
            return tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            reason, line = str(error), self._line_of(error)
        except RecursionError:
            reason, line = "its values are nested too deeply", 0
        except ValueError as error:  # an integer of thousands of digits, for one
            reason, line = str(error), 0
        self.problems.append(
            SettingsProblem(
                file=self.name,
                line=line,
                key="",
                message=f"The file is not valid TOML: {printable(reason).rstrip('.')}.",
            )
        )
        return {}

    def _line_of(self, error: ValueError) -> int:
        """Find the line in the parser's message; the end of the document is its last line."""
        match = re.search(r"\(at line ([0-9]+), column [0-9]+\)$", str(error))
        last = max(1, len(self._lines) - (not self._lines[-1]))
        return min(int(match[1]), last) if match else last


def as_text(content: bytes) -> str:
    r"""Decode a settings file, its line ends as ``\n``; raises UnicodeDecodeError."""
    return content.decode("utf-8-sig").replace("\r\n", "\n")


def relative_name(path: Path, root: Path) -> str:
    """Name a file as people do: from the root where it stands below it."""
    inside = path.is_relative_to(root)
    return printable((path.relative_to(root) if inside else path).as_posix())


def dotted(path: KeyPath) -> str:
    """Spell a key path as TOML does, with list indexes from 0: ``a."b c".d[1]``."""
    spelled = ""
    for part in path:
        if isinstance(part, int):
            spelled += f"[{part}]"
            continue
        bare = re.fullmatch("[A-Za-z0-9_-]+", part) is not None
        spelled += ("." if spelled else "") + (part if bare else shown(part))
    return spelled


def shown(value: object, *, limit: int = 60) -> str:
    """Spell a value on one line, about as TOML writes it, shortened to ``limit`` characters.

    Passwords in URLs are left out.
    """
    text = _spelled(value, depth=2)
    return text if len(text) <= limit else text[: limit - 1] + "…"


def did_you_mean(name: str, valid: Iterable[str], otherwise: str) -> str:
    """Suggest the valid name that is most like a misspelled one."""
    from difflib import get_close_matches

    known = {_plain(each): each for each in valid}
    near = get_close_matches(_plain(name[:80]), known, 1)
    return f"Did you mean {shown(known[near[0]])}?" if near else otherwise


def _plain(name: str) -> str:
    return name.lower().replace("_", "-").replace(" ", "-")


def printable(text: str) -> str:
    """Replace what a terminal would obey, and halves of surrogate pairs, by escapes."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )


def _spelled(value: object, *, depth: int) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            escaped = masked(value)[:200].replace("\\", "\\\\").replace('"', '\\"')
            return f'"{printable(escaped)}"'
        case int() if abs(value) > 10**18:  # str() refuses thousands of digits
            return f"{value:#x}"[:80]
        case list():
            inner = "…" if not depth else ", ".join(_spelled(v, depth=depth - 1) for v in value[:9])
            return f"[{inner}]"
        case dict():
            pairs = list(value.items())[:9]
            inner = ", ".join(f"{dotted((k,))} = {_spelled(v, depth=depth - 1)}" for k, v in pairs)
            return f"{{ {inner if depth else '…'} }}" if pairs else "{}"
        case _:
            return str(value)
