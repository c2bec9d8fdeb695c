"""Answers kept between runs: what holds for some bytes holds for them in the next run, too.

They stand in the directory of caches, one file for each kind of question. Nothing is believed
that another version of the code wrote, that stands in a copy of the directory, or that is damaged:
it only means that the answer is found anew. Two runs may share a directory: each puts a whole file
in place of the last one, and what the other had found in between is found again.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_boss_gates import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGE = Path(__file__).parents[1]
_SPARE = 1_000  # answers that are kept unused, beside as many as were used


class Answers:
    """Answers of one kind by the content that they are about (``base.blob_id``)."""

    def __init__(self, folder: Path | None, name: str, *rooms: str, version: str = "") -> None:
        """Take what was kept under the name, where it still holds.

        ``folder`` is the directory of caches, made when it is missing; with None, or one that
        cannot be written, nothing is kept. ``rooms`` are the parts of the package that the
        answers depend on, and ``version`` is whatever else they do.
        """
        self._path: Path | None = None
        self._answers: dict[str, Any] = {}
        self._used: dict[str, Any] = {}
        self._is_new = False
        if folder is None:
            return
        with suppress(OSError):
            self._version = f"{made_by(folder, *rooms)} {version}"
            self._path = folder / f"{name}.json"
        if self._path is not None:
            with suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
                kept = json.loads(read_checked(self._path))
                if kept["version"] == self._version:
                    self._answers = dict(kept["answers"])

    def get(self, key: str) -> Any:
        """Give the answer, as JSON has it; None when there is none."""
        found = self._answers.get(key)
        if found is not None:
            self._used[key] = found
        return found

    def put(self, key: str, answer: Any) -> None:
        """Keep an answer: a value that JSON can spell, and not None."""
        self._answers[key] = self._used[key] = answer
        self._is_new = True

    def save(self) -> None:
        """Put the answers on disk when there are new ones; those used longest ago are left out.

        A disk that is full or a directory that cannot be written is no reason to fail.
        """
        if self._path is None or not self._is_new:
            return
        spare = len(self._used) + _SPARE
        others = [(key, each) for key, each in self._answers.items() if key not in self._used]
        kept = {**self._used, **dict(others[:spare])}
        content = json.dumps(
            {"version": self._version, "answers": kept}, separators=(",", ":"), allow_nan=False
        )
        with suppress(OSError):
            replace_checked(self._path, content.encode("ascii"))
        self._is_new = False


def made_by(folder: Path, *rooms: str) -> str:
    """Name what answers depend on beside contents: this code, this Python, and the folder itself.

    The folder is made when it is missing. Its own number in the file system is part of the name:
    answers that were committed to a repository, to be believed by whoever checks them out, have
    another one. Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    own = folder.stat()
    parts = (__version__, *sys.version_info[:3], own.st_dev, own.st_ino, *_code(rooms))
    return digest(repr(parts).encode("utf-8", "surrogatepass"))


def _code(rooms: tuple[str, ...]) -> Iterator[tuple[str, int, int]]:
    """Stamp our own files: under development the version stays and the answers change."""
    for room in rooms:
        with os.scandir(_PACKAGE / room) as entries:
            for entry in sorted(entries, key=lambda entry: entry.name):
                if entry.name.endswith((".py", ".toml")):
                    status = entry.stat()
                    yield entry.name, status.st_size, status.st_mtime_ns


def digest(content: bytes) -> str:
    """Give a short name of bytes that other bytes do not have."""
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def read_checked(path: Path) -> bytes:
    """Read what ``replace_checked`` wrote. Raises OSError, and ValueError when it is damaged."""
    sum_of_it, _, content = path.read_bytes().partition(b"\n")
    if sum_of_it.decode("ascii") != digest(content):
        raise ValueError(f"{path} is damaged")
    return content


def replace_checked(path: Path, content: bytes) -> None:
    """Put a content with its sum in place of the last one, whole or not at all. Raises OSError."""
    temporary = path.parent / f".{path.name}.{os.getpid()}.{os.urandom(6).hex()}.tmp"
    try:
        temporary.write_bytes(digest(content).encode("ascii") + b"\n" + content)
        temporary.replace(path)
    except BaseException:  # Ctrl-C, too, leaves nothing behind
        temporary.unlink(missing_ok=True)
        raise
