"""Files written whole or not at all: a reader never meets half a report, whatever is killed."""

from __future__ import annotations

import errno
import os
import re
import stat
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_boss_gates.errors import WriteError

if TYPE_CHECKING:
    from collections.abc import Iterator

_STALE_AFTER = 3600.0  # seconds; no writer takes that long, so a killed one left it
_NAME_KEPT = 40  # characters; a temporary name must fit where the name itself fits
_REASONS = {
    errno.EACCES: "permission denied",
    errno.EDQUOT: "the disk quota is used up",
    errno.EISDIR: "it is a directory",
    errno.ENOENT: "its directory is missing",
    errno.ENOSPC: "the disk is full",
    errno.ENOTDIR: "a part of the path is a file, not a directory",
    errno.EPERM: "permission denied",
    errno.EROFS: "the file system is read-only",
}


def write_whole(path: Path, text: str) -> None:
    r"""Put text in place of whatever stood at ``path``: UTF-8, ``\n``, parents made.

    The file is complete beside its place before one rename puts it there. A link is followed,
    an existing file keeps its permission bits. Raises WriteError; the old file then still stands.
    """
    content = text.encode("utf-8", "backslashreplace")
    try:
        target = Path(os.path.realpath(path))
        target.parent.mkdir(parents=True, exist_ok=True)
        mode = _mode(target)
        _remove_stale(target)
        _replace(target, content, mode)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise WriteError(
            f"{os.fspath(path)!r} could not be written: {_reason(error)}. "
            "What stood there before is untouched."
        ) from error


def append(path: Path, text: str) -> None:
    """Add text to the end of a file that others write to, too. Raises WriteError."""
    try:
        with path.open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.write(text)
    except (OSError, ValueError) as error:
        raise WriteError(f"{os.fspath(path)!r} could not be written: {_reason(error)}.") from error


def place_of(path: Path, root: Path) -> str:
    """Spell where a report stands: from the root if below it, else in full; with ``/``."""
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        return path.as_posix()


def prepare_home(root: Path) -> Path:
    """Give ``.boss-gates/`` below the root, made if missing, ignoring itself in git.

    Raises WriteError when it cannot be made.
    """
    home = root / ".boss-gates"
    ignore = home / ".gitignore"
    try:
        there = ignore.exists()
    except OSError:
        there = False  # writing it says what is wrong
    if not there:
        write_whole(ignore, "*\n")
    return home


@contextmanager
def alone(root: Path, name: str) -> Iterator[None]:
    """Keep out whoever else asks for the same name below the same root, in any process.

    Waits for the other one to end, or to die. Where no lock can be kept (a read-only disk, a file
    system without locks) nobody is kept out.
    """
    descriptor = None
    with suppress(WriteError, OSError):
        lock = prepare_home(root) / "cache" / f"{name}.lock"
        lock.parent.mkdir(exist_ok=True)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o666)
        _lock(descriptor)
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)  # which ends the lock


def _lock(descriptor: int) -> None:
    """Wait for the one lock on an open file, whatever the platform."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
    else:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _mode(target: Path) -> int | None:
    """Give the permission bits of an existing file; only a regular file may be replaced."""
    try:
        found = target.stat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(found):  # replacing /dev/null would take it from everybody
        raise OSError("it is not a regular file")
    return stat.S_IMODE(found)


def _replace(target: Path, content: bytes, mode: int | None) -> None:
    """Write beside the target, let it reach the disk, then rename."""
    temporary = target.with_name(f"{_prefix(target)}{os.urandom(6).hex()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(temporary, flags, 0o666)  # less the umask, as for any new file
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            temporary.chmod(mode)
        temporary.replace(target)
    except BaseException:  # Ctrl-C, too, leaves nothing behind
        temporary.unlink(missing_ok=True)
        raise


def _prefix(target: Path) -> str:
    return f".{target.name[:_NAME_KEPT]}."


def _remove_stale(target: Path) -> None:
    """Remove what killed writers of this file left; a younger one may still be at work."""
    oldest = time.time() - _STALE_AFTER
    ours = re.compile(rf"{re.escape(_prefix(target))}[0-9a-f]{{12}}\.tmp")
    with os.scandir(target.parent) as entries:
        for entry in entries:
            if not ours.fullmatch(entry.name):
                continue
            try:
                if entry.stat(follow_symlinks=False).st_mtime < oldest:
                    Path(entry.path).unlink()
            except OSError:
                continue  # another writer was quicker, or it is not ours to remove


def _reason(error: OSError | ValueError) -> str:
    code = error.errno if isinstance(error, OSError) else None
    if isinstance(error, FileExistsError):  # mkdir met a file
        code = errno.ENOTDIR
    known = _REASONS.get(code) if code is not None else None
    detail = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return known or detail
