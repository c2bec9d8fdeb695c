"""One line on a terminal for what takes long; it is not there before two seconds, nor at the end.

What is being done is said where it is done, and painted by a thread, so that one long step is
seen as well as many short ones. Off a terminal there is no thread, and nothing is written.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from threading import Event, Lock, Thread
    from typing import TextIO

_PATIENCE = 2.0  # seconds before anything is said
_BEAT = 0.25  # seconds between two looks at what is being done
_ERASE = "\r\x1b[K"
_IN_CI = ("CI", "BUILD_NUMBER")  # as pytest tells it; a log keeps what a terminal would erase


class Progress:
    """What is being done now: anybody may say it, and somebody with a terminal may show it."""

    def __init__(self) -> None:
        self._text = ""
        self._painter: _Painter | None = None

    @contextmanager
    def shown(self, stream: TextIO | None, *, column: int | None = None) -> Iterator[Progress]:
        """Show it on a stream while the block lasts, when that is a terminal that people look at.

        With a ``column``, where an unfinished line of somebody else ends, it stands in the line
        below, and the cursor is put back.
        """
        if stream is None or self._painter is not None or not _is_looked_at(stream):
            yield self
            return
        self._painter = _Painter(self, stream, column)
        try:
            self._painter.start()
            yield self
        finally:
            painter, self._painter = self._painter, None
            painter.stop()

    def below(self, reporter: Any) -> AbstractContextManager[Progress]:
        """Show it below the line at which pytest's reporter stands, None for nowhere."""
        writer = getattr(reporter, "_tw", None)  # the only way to its stream
        column = getattr(writer, "width_of_current_line", 0)
        return self.shown(getattr(writer, "_file", None), column=column)

    @contextmanager
    def doing(self, text: str) -> Iterator[None]:
        """Say what the block does; after it, what was said before counts again."""
        before, self._text = self._text, text
        try:
            yield
        finally:
            self._text = before

    def show(self, text: str) -> None:
        """Say what is done from now on."""
        self._text = text

    def say(self, text: str) -> None:
        """Say something that stays, also where nobody looks on: what a job waits for."""
        if self._painter is not None:
            self._painter.erase()
        sys.stderr.write(f"boss-gates: {text}\n")
        sys.stderr.flush()

    @property
    def text(self) -> str:
        """What is being done."""
        return self._text


class _Painter:
    """The thread that paints, and the one line that it has."""

    def __init__(self, progress: Progress, stream: TextIO, column: int | None) -> None:
        import threading

        self._progress = progress
        self._stream = stream
        self._open, self._close = "", _ERASE
        if column is not None:
            self._open, self._close = "\n", f"{_ERASE}\x1b[A\x1b[{column + 1}G"
        self._begun = time.monotonic()
        self._painted = ""
        self._stopped: Event = threading.Event()
        self._pen: Lock = threading.Lock()
        self._thread: Thread = threading.Thread(target=self._paint_on, daemon=True)

    def start(self) -> None:
        """Start to wait for the two seconds to be over."""
        with suppress(RuntimeError):  # no more threads: then nothing is shown
            self._thread.start()

    def stop(self) -> None:
        """Take the line away, for good."""
        self._stopped.set()
        self.erase()

    def erase(self) -> None:
        """Take the line away; it comes back when there is still something to say."""
        with self._pen:
            if self._painted:
                self._painted = ""
                self._write(self._close)

    def _paint_on(self) -> None:
        pause = _PATIENCE
        while not self._stopped.wait(pause):
            pause = _BEAT
            self._paint()

    def _paint(self) -> None:
        with self._pen:
            if self._stopped.is_set() or not self._progress.text:
                return
            line = self._line()
            if line != self._painted:
                self._write(f"{_ERASE if self._painted else self._open}{line}")
                self._painted = line

    def _line(self) -> str:
        from pytest_boss_gates.report.columns import shortened
        from pytest_boss_gates.report.escape import terminal
        from pytest_boss_gates.report.terminal import speaks_unicode

        unicode = speaks_unicode(getattr(self._stream, "encoding", None))
        spent = f" ({time.monotonic() - self._begun:.0f} s)"
        text = terminal(self._progress.text, unicode=unicode)
        return shortened(text, _width(self._stream) - 1 - len(spent), unicode=unicode) + spent

    def _write(self, text: str) -> None:
        with suppress(OSError, ValueError):  # the terminal has gone
            self._stream.write(text)
            self._stream.flush()


def _is_looked_at(stream: TextIO) -> bool:
    """Whether a stream is a terminal that obeys and forgets."""
    if os.environ.get("TERM") == "dumb" or any(map(os.environ.get, _IN_CI)):
        return False
    try:
        return stream.isatty()
    except (OSError, ValueError):  # it is closed
        return False


def _width(stream: TextIO) -> int:
    """Give the columns of a terminal, which is not always that of standard output."""
    with suppress(OSError, ValueError, AttributeError):
        if columns := os.get_terminal_size(stream.fileno()).columns:
            return columns
    return shutil.get_terminal_size().columns
