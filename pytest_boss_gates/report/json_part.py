"""One object of a JSON file, read key by key: what is wrong with it is named by its place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from enum import Enum

    from pytest_boss_gates.model import Number

_T = TypeVar("_T")
_E = TypeVar("_E", bound="Enum")
_EXACT = re.compile(r"(-?)(\d+|0x[0-9a-f]+)/(\d+|0x[0-9a-f]+)|nan|-?inf|-?\d[\d.e+-]*")
_KINDS = {
    bool: "true or false",
    dict: "an object",
    int: "a whole number",
    list: "a list",
    str: "a text",
}


class DamagedError(Exception):
    """A value is not what it should be; the message begins with its key."""


@dataclass(frozen=True, slots=True)
class Part:
    """An object, and where it stands: ``verdicts[3].measurement``.

    What reads a member raises DamagedError when it is missing, or of another kind.
    """

    members: dict[str, Any]
    at: str

    def named(self, key: str) -> str:
        """Spell where a member stands."""
        return f"{self.at}.{key}" if self.at else key

    def plain(self, key: str, kind: type[_T]) -> _T:
        """Read a value of one kind."""
        if key not in self.members:
            raise DamagedError(f"{self.named(key)} is missing")
        value = self.members[key]
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise DamagedError(f"{self.named(key)} is not {_KINDS[kind]}")
        return value

    def is_null(self, key: str) -> bool:
        """Whether a member is there and null."""
        return key in self.members and self.members[key] is None

    def text(self, key: str) -> str:
        """Read a text."""
        return self.plain(key, str)

    def text_or_none(self, key: str) -> str:
        """Read a text, "" for null."""
        return "" if self.is_null(key) else self.text(key)

    def flag(self, key: str) -> bool:
        """Read true or false."""
        return self.plain(key, bool)

    def whole(self, key: str) -> int:
        """Read a whole number."""
        return self.plain(key, int)

    def whole_or_none(self, key: str) -> int | None:
        """Read a whole number or null."""
        return None if self.is_null(key) else self.whole(key)

    def part(self, key: str) -> Part:
        """Read an object."""
        return Part(self.plain(key, dict), self.named(key))

    def part_or_none(self, key: str) -> Part | None:
        """Read an object or null."""
        return None if self.is_null(key) else self.part(key)

    def parts(self, key: str) -> list[Part]:
        """Read a list of objects."""
        found = []
        for index, value in enumerate(self.plain(key, list)):
            place = f"{self.named(key)}[{index}]"
            if not isinstance(value, dict):
                raise DamagedError(f"{place} is not an object")
            found.append(Part(value, place))
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        """Read a list of texts."""
        found = self.plain(key, list)
        for index, value in enumerate(found):
            if not isinstance(value, str):
                raise DamagedError(f"{self.named(key)}[{index}] is not a text")
        return tuple(found)

    def named_texts(self, key: str) -> dict[str, str]:
        """Read an object whose values are texts."""
        part = self.part(key)
        return {name: part.text(name) for name in part.members}

    def one_of(self, kind: type[_E], key: str) -> _E:
        """Read the value of an enum."""
        text = self.text(key)
        for member in kind:
            if member.value == text:
                return member
        raise DamagedError(f"{self.named(key)} is {text!r}, which is not known")

    def made(self, key: str, make: Callable[[str], _T]) -> _T:
        """Make something of a text; what cannot be made is damaged."""
        text = self.text(key)
        try:
            return make(text)
        except (ValueError, LookupError, ArithmeticError):
            raise DamagedError(f"{self.named(key)} is {text!r}, which is not known") from None

    def number(self, key: str, exact: str) -> Number:
        """Read a number, as exactly as it was: ``exact`` is the member beside it."""
        if not self.is_null(exact):
            return self.made(exact, _exact_number)
        value = self.members.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            problem = "is not a number" if key in self.members else "is missing"
            raise DamagedError(f"{self.named(key)} {problem}")
        return value

    def number_or_none(self, key: str, exact: str) -> Number | None:
        """Read a number or null, as exactly as it was."""
        if self.is_null(key) and self.is_null(exact):
            return None
        return self.number(key, exact)


def _exact_number(text: str) -> Number:
    found = _EXACT.fullmatch(text)
    if not found:
        raise ValueError(text)
    if not found[2]:
        return float(text)
    top, bottom = int(found[2], 0), int(found[3], 0)
    value = Fraction(-top if found[1] else top, bottom)
    return value.numerator if bottom == 1 else value
