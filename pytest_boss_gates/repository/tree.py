"""The files of the working tree: listed once, read with a limit, never outside the root."""

from __future__ import annotations

import os
import re
import sys
from bisect import bisect_left
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_boss_gates.repository.globs import WILDCARDS, matcher

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

SIZE_LIMIT = 2_000_000
"""Bytes of the largest file that is read; larger ones are data, not source or settings."""

HEAD = 20_000
"""Bytes that are read where only the first lines of a file are asked for."""

_SUFFIX = re.compile(r"\*\.[^*?\[.]+")
_WILD = re.compile(r"[*?/]+")

_SKIPPED = frozenset(
    {
        ".boss-gates",
        ".eggs",
        ".git",
        ".hg",
        ".hypothesis",
        ".ipynb_checkpoints",
        ".mypy_cache",
        ".nox",
        ".pytest_cache",
        ".pytype",
        ".ruff_cache",
        ".svn",
        ".tox",
        ".venv",
        "__pycache__",
        "node_modules",
        "site-packages",
        "venv",
    }
)


@dataclass(frozen=True, kw_only=True)  # no slots: the cached properties need a __dict__
class Tree:
    """A directory and what stands in it; listed at the first question, then remembered."""

    root: Path

    @cached_property
    def files(self) -> tuple[str, ...]:
        """All files as sorted posix paths relative to the root.

        Version control, virtual environments, caches and installed packages are left out.
        Symbolic links to directories are not followed; a link to a file counts when the file
        stands below the root. A directory that cannot be read is passed over. Bytes of a name
        that are not UTF-8 come as lone surrogates, as everywhere in Python.
        """
        return tuple(sorted(self._walk()))

    @cached_property
    def _set(self) -> frozenset[str]:
        return frozenset(self.files)

    def __contains__(self, path: object) -> bool:
        return path in self._set

    @cached_property
    def _by_ending(self) -> dict[str, list[str]]:
        """The files by name and, under ``*.ext``, by the last suffix."""
        index: dict[str, list[str]] = {}
        for path in self.files:
            name = path[path.rfind("/") + 1 :]
            index.setdefault(name, []).append(path)
            dot = name.rfind(".")
            if dot >= 0:
                index.setdefault("*" + name[dot:], []).append(path)
        return index

    def match(self, pattern: str) -> tuple[str, ...]:
        """List the files that a pattern matches (``globs.matcher``), in order.

        Quickest in a large tree when the pattern starts with a directory or ends in a plain
        name or in ``*.ext``.
        """
        matches = matcher(pattern)
        return tuple(path for path in self._candidates(pattern) if matches(path))

    def _candidates(self, pattern: str) -> Sequence[str]:
        """Narrow the files down, as far as is cheap, to some that hold all that can match."""
        segments = [segment for segment in pattern.split("/") if segment not in ("", ".")]
        wild = [bool(WILDCARDS.intersection(segment)) for segment in segments]
        plain = wild.index(True) if True in wild else len(segments)
        if plain:
            start = "/".join(segments[:plain])
            first = bisect_left(self.files, f"{start}/")
            below = self.files[first : bisect_left(self.files, f"{start}0")]  # "0" follows "/"
            return [start, *below] if start in self else below
        if segments and not pattern.endswith("/"):
            last = segments[-1]
            if not wild[-1] or _SUFFIX.fullmatch(last):
                return self._by_ending.get(last, ())
        literal = max(_WILD.split("/".join(segments).partition("[")[0]), key=len)
        return [path for path in self.files if literal in path] if literal else self.files

    @cached_property
    def _tomls(self) -> dict[str, dict[str, object]]:
        return {}

    def read_toml(self, path: str) -> dict[str, object]:
        """Read a TOML file of the tree; parsed once, however often it is asked for.

        Raises OSError as ``read_bytes`` does, and ValueError when it is not TOML.
        """
        if path not in self._tomls:
            if sys.version_info >= (3, 11):
                import tomllib
            else:
                import tomli as tomllib
            try:
                self._tomls[path] = tomllib.loads(self.read(path))
            except RecursionError as error:
                raise ValueError("nested too deeply") from error
        return self._tomls[path]

    @cached_property
    def seen(self) -> dict[tuple[str, int], str]:
        """What was read so far: the digest (``digest``) by path and the size that was asked for."""
        return {}

    def digest(self, path: str, size: int) -> str:
        """Give the digest of a file's first bytes, "" when it cannot be read."""
        with suppress(OSError):
            self._start(path, size)
        return self.seen[path, size]

    def _start(self, path: str, size: int) -> bytes:
        from hashlib import blake2b

        self.seen[path, size] = ""
        with open(f"{self._prefix}{path}", "rb") as file:
            content = file.read(size)
        self.seen[path, size] = blake2b(content, digest_size=16).hexdigest()
        return content

    @cached_property
    def _prefix(self) -> str:
        return os.path.join(os.fspath(self.root), "")

    def read_bytes(self, path: str) -> bytes:
        """Read a file of the tree whole.

        Raises OSError when it cannot be read, and when it is larger than ``SIZE_LIMIT``: an
        empty answer would pass for an empty file.
        """
        content = self._start(path, SIZE_LIMIT + 1)
        if len(content) > SIZE_LIMIT:
            raise OSError(f"{path} is larger than {SIZE_LIMIT // 1_000_000} MB, so it is not read")
        return content

    def read(self, path: str) -> str:
        r"""Read a file of the tree as text with ``\n`` line ends, bad bytes replaced.

        UTF-8 unless a byte order mark says UTF-16, as Windows shells write lists of
        requirements. Raises OSError as ``read_bytes`` does.
        """
        return _text(self.read_bytes(path))

    def read_head(self, path: str, size: int = HEAD) -> str:
        """Read the lines in the first ``size`` bytes of a file, as ``read`` does, however large.

        Raises OSError when it cannot be read.
        """
        content = self._start(path, size)
        text = _text(content)
        whole = text.rfind("\n") + 1
        return text[:whole] if whole and len(content) == size else text  # else the last is cut

    def _walk(self) -> Iterator[str]:
        root = os.fspath(self.root)
        inside = os.path.realpath(root).rstrip(os.sep) + os.sep
        pending = [("", root)]
        while pending:
            prefix, directory = pending.pop()
            try:
                with os.scandir(directory) as listing:
                    entries = list(listing)
            except OSError:
                continue
            if prefix and any(entry.name == "pyvenv.cfg" for entry in entries):
                continue
            for entry in entries:
                if _is_directory(entry):
                    if entry.name not in _SKIPPED and not entry.name.endswith(".egg-info"):
                        pending.append((f"{prefix}{entry.name}/", entry.path))
                elif _is_file(entry, inside):
                    yield prefix + entry.name


def _text(content: bytes) -> str:
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    text = content.decode(encoding, errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_directory(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _is_file(entry: os.DirEntry[str], inside: str) -> bool:
    try:
        if entry.is_symlink():
            return entry.is_file() and os.path.realpath(entry.path).startswith(inside)
        return entry.is_file(follow_symlinks=False)
    except OSError:
        return False
