"""What a cell of a tracker says, however it is dressed, and how the machine says it.

Statuses are read by their words: icons get lost on the way (a document that was read in the
wrong encoding has letters in their place), and people add marks, links and dates.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from pytest_boss_gates.model import Direction, Status
from pytest_boss_gates.tracker.document import as_markdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

ICONS = {status: status.icon for status in Status}
NOTHING = "-"

_STATUSES = {status.value.casefold(): status for status in Status}
_WORD = re.compile(
    r"(?<![A-Za-z])(?:not[\s_-]*started|in[\s_-]*progress|completed)(?![A-Za-z])", re.IGNORECASE
)
_DENIED = re.compile(r"(?<![A-Za-z])(?:not|never)\s+(?:\w+\s+)?$", re.IGNORECASE)
_LINK = re.compile(
    r"!?\[(?P<text>[^\[\]]*)\]"
    r"\((?P<target><[^<>]*>|[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)(?:\s[^)]*)?\)"
)
_TAG = re.compile(r"<!--.*?-->|</?[A-Za-z][^<>]*>")
_STRUCK = re.compile(r"~~.*?~~")
_DRESS = re.compile(r"(?:\*\*|__|[*_])$")
_MARKS = re.compile(r"[\\*_`~]+")
_SHORTCODE = re.compile(r":[a-z0-9_+-]+:")
_PROOF = re.compile(r"(?![a-z][a-z0-9+.-]*:|//|#)\S+", re.IGNORECASE)  # a relative address
_UNFIT = re.compile(r"[\s()<>\[\]\\|\"`\x00-\x1f\x7f]")
_AS_OF = re.compile(r"\*As of commit `[0-9A-Za-z._-]+`, \d{4}-\d{2}-\d{2}\.\*")
_EMPTY = frozenset({"", "-", "–", "—", "n/a", "tbd", "?"})  # noqa: RUF001 - as people write it
_NUMBER = re.compile(r"(?P<number>[-+]?\d+(?:,\d{3})*(?:\.\d+)?)(?P<unit>.*)", re.DOTALL)
_LEVELS = ("notautomated", "manual", "semiautomated", "automated")
_ORDER = {status: number for number, status in enumerate(Status)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a status cell says."""

    statuses: tuple[Status, ...]  # more than one: it cannot be told which is meant
    text: str  # without links and marks
    icon: str = ""  # what stands before the word
    target: str = ""  # of the link
    marks: str = ""  # around the word: "**"

    @property
    def status(self) -> Status | None:
        """The one status that it says."""
        return self.statuses[0] if len(self.statuses) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A cell that means something else."""

    text: str  # the new Markdown of the cell
    old: str  # what it said, "" for nothing
    new: str
    claims_more: bool = False
    is_unknown: bool = False  # it says something that is no status


@lru_cache(maxsize=1024)
def read_status(text: str) -> Said:
    """Read a status cell: by its words in any case, not by its icon, and not what is struck out."""
    link = _LINK.search(text)
    bare = _unescaped(_LINK.sub(lambda match: match["text"], _STRUCK.sub("", text)))
    words = [match for match in _WORD.finditer(bare) if not _DENIED.search(bare[: match.start()])]
    before, after = (bare[: words[0].start()], bare[words[0].end() :]) if words else ("", "")
    marks = _DRESS.search(before)
    return Said(
        statuses=tuple(dict.fromkeys(_status_of(match[0]) for match in words)),
        text=" ".join(_MARKS.sub("", bare).split()),
        icon=before.strip().strip("*_~`").strip(),
        target=link["target"] if link and not link[0].startswith("!") else "",
        marks=marks[0] if marks and after.startswith(marks[0]) else "",
    )


def _status_of(word: str) -> Status:
    return _STATUSES[" ".join(re.findall(r"not|started|in|progress|completed", word.casefold()))]


def status_named(text: str) -> Status | None:
    """Give the status of exactly that name, as a derived cell has it."""
    return _STATUSES.get(text.casefold())


def is_icon(text: str) -> bool:
    """Whether a person can have meant it: symbols or a shortcode, and no letters of a lost one."""
    return bool(_SHORTCODE.fullmatch(text)) or (
        bool(text)
        and "\ufffd" not in text
        and all(unicodedata.category(char) in {"So", "Sm", "Sk", "Mn", "Me", "Cf"} for char in text)
    )


def is_mangled(text: str) -> bool:
    """Whether it is what a wrong encoding makes of an icon's four bytes."""
    return (
        0 < len(text) <= 4
        and not is_icon(text)
        and not any(char.isascii() and char != "?" for char in text)
    )


def icons_of(cells: Iterable[Said]) -> Mapping[Status, str]:
    """Give the icon of each status as a document has them, the usual ones where it has none.

    No icons for a document whose statuses are words alone.
    """
    read = [said for said in cells if said.status]
    if read and not any(is_icon(said.icon) or is_mangled(said.icon) for said in read):
        return dict.fromkeys(Status, "")
    own = {said.status: said.icon for said in reversed(read) if said.status and is_icon(said.icon)}
    return {status: own.get(status, icon) for status, icon in ICONS.items()}


def write_status(
    status: Status, icons: Mapping[Status, str], *, link: str = "", marks: str = ""
) -> str:
    """Spell a status: its icon, and its word, which is a link where there is something to show."""
    word = f"{marks}{status.value}{marks}"
    if link:
        word = f"[{word}]({as_target(link)})"
    return f"{icons[status]} {word}".strip()


def as_target(link: str) -> str:
    """Make a path or address fit for the target of a link; what is encoded already stays."""
    return _UNFIT.sub(lambda match: "".join(f"%{b:02X}" for b in match[0].encode("utf-8")), link)


def is_proof(target: str) -> bool:
    """Whether a link names a file of the repository, as the machine's links do."""
    return bool(_PROOF.fullmatch(target))


def compare_status(said: Said, status: Status, text: str) -> Difference:
    """Hold what a cell says against another status, for which a text is given."""
    known = said.status
    old = known.value if known else said.text if meaning(said.text) else ""
    return Difference(
        text=text,
        old=old,
        new=status.value,
        claims_more=known is not None and _ORDER[known] > _ORDER[status],
        is_unknown=bool(old) and known is None,
    )


def compare_link(text: str, link: str) -> Difference | None:
    """Hold the link of a status that is right against its proof; a person's own link stays."""
    said, target = read_status(text), as_target(link)
    if (
        not target
        or as_target(said.target.strip("<>")) == target
        or not is_proof(said.target)
        or not said.status
    ):
        return None
    word = said.status.value
    return Difference(
        text=text.replace(f"]({said.target}", f"]({target}", 1),
        old=f"{word} by {said.target}",
        new=f"{word} by {target}",
    )


def as_of(commit: str, day: date) -> str:
    """Spell the line that says when a document was held against a repository."""
    return f"*As of commit `{commit}`, {day.isoformat()}.*"


def is_as_of(line: str) -> bool:
    """Whether a line of a document is the one that ``as_of`` gives."""
    return bool(_AS_OF.fullmatch(line))


# -- cells of any column


@lru_cache(maxsize=1024)
def plain(text: str) -> str:
    """Spell a name or heading for comparing: no links, marks, icons, nor case."""
    text = "".join(
        char if unicodedata.category(char)[0] not in "SC" or char in "+&/-" else " "
        for char in _shown(text)
    )
    return " ".join(text.split()).casefold()


def meaning(text: str) -> str:
    """Spell a value for comparing: no links, marks, spaces, nor case; "" for nothing."""
    shown = "".join(
        char for char in _shown(text) if not char.isspace() and unicodedata.category(char)[0] != "C"
    ).casefold()
    return "" if shown in _EMPTY else shown


def is_same(column: str, said: str, shown: str) -> bool:
    """Whether two texts of a column mean the same."""
    if is_list(column):
        return _names(said) == _names(shown)
    return meaning(said) == meaning(shown)


def compare_value(
    column: str, said: str, shown: str, better: Direction | None = None
) -> Difference | None:
    """Hold a cell against a plain text; None where they mean the same."""
    if is_same(column, said, shown):
        return None
    return Difference(
        text=write_value(shown),
        old=shown_text(said) if meaning(said) else "",
        new=shown if meaning(shown) else "",
        claims_more=says_more(column, said, shown, better),
    )


def says_more(column: str, said: str, shown: str, better: Direction | None) -> bool:
    """Whether a text of a column claims more than what is shown, where that can be told.

    A value where nothing is shown does; else the direction of numbers of one unit decides.
    """
    said_, shown_ = meaning(said), meaning(shown)
    if not said_ or not shown_:
        return bool(said_)
    if is_list(column):
        return not _names(said) <= _names(shown)
    if column.casefold() == "automation level":
        levels = [_level(said_), _level(shown_)]
        return None not in levels and levels[0] > levels[1]  # type: ignore[operator]
    left, right = _NUMBER.fullmatch(said_), _NUMBER.fullmatch(shown_)
    if better is None or not left or not right or left["unit"] != right["unit"]:
        return False
    numbers = [Fraction(match["number"].replace(",", "")) for match in (left, right)]
    return numbers[0] > numbers[1] if better is Direction.HIGHER else numbers[0] < numbers[1]


def is_list(column: str) -> bool:
    """Whether the cells of a column are names in any order."""
    return column.casefold() in {"tools", "components completed"}


def write_value(text: str) -> str:
    """Spell a plain text in a cell; nothing is a dash."""
    return as_markdown(text) if meaning(text) else NOTHING


def shown_text(text: str) -> str:
    """Give what a reader sees of a cell, for a message."""
    return " ".join(_MARKS.sub("", _LINK.sub(lambda match: match["text"], text)).split())


def _names(text: str) -> frozenset[str]:
    return frozenset(name for part in text.split(",") if (name := meaning(part)))


def _level(text: str) -> int | None:
    bare = text.replace("-", "")
    return _LEVELS.index(bare) if bare in _LEVELS else None


def _shown(text: str) -> str:
    return _LINK.sub(lambda match: match["text"], _unescaped(_MARKS.sub("", text)))


def _unescaped(text: str) -> str:
    from html import unescape

    return unescape(_TAG.sub("", text))
