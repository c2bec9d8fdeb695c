"""One line on a terminal for what takes long: not before its time, and gone at the end."""

from __future__ import annotations

import io
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.report import progress as module
from pytest_boss_gates.report.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from tests.conftest import Terminal


@pytest.fixture
def stream(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Iterator[TextIO]:
    """The terminal's stream, before a person without patience."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("BUILD_NUMBER", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(module, "_PATIENCE", 0.0)
    monkeypatch.setattr(module, "_BEAT", 0.001)
    with terminal.stream() as made:
        yield made


def test_nothing_is_said_of_what_is_quick(
    terminal: Terminal, stream: TextIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_PATIENCE", 60.0)

    with Progress().shown(stream) as progress, progress.doing("acme/kettle: builds"):
        time.sleep(0.05)
    stream.close()

    assert terminal.close() == ""


def test_what_is_done_is_said_and_taken_away(terminal: Terminal, stream: TextIO) -> None:
    with Progress().shown(stream) as progress, progress.doing("reading the coverage"):
        terminal.wait_for("reading the coverage (0 s)")
    stream.close()

    assert terminal.screen() == [""]


def test_what_was_done_before_a_part_of_it_is_done_again(
    terminal: Terminal, stream: TextIO
) -> None:
    with Progress().shown(stream) as progress, progress.doing("trying"):
        with progress.doing("waiting"):
            terminal.wait_for("waiting (0 s)")
        terminal.wait_for("trying (0 s)")


def test_one_line_is_cut_to_the_width_and_cannot_command_the_terminal(
    terminal: Terminal, stream: TextIO
) -> None:
    with Progress().shown(stream) as progress:
        progress.show("\x1b[2Jwaiting for " + "x" * 200)
        terminal.wait_for("x (0 s)")
        stream.write("<")
        stream.flush()
        terminal.wait_for("<")
    stream.close()

    written = terminal.close()
    assert "\x1b[2J" not in written
    line = written.partition("<")[0]
    assert line.startswith("\\x1b[2Jwaiting for x")
    assert len(line) == 79


def test_an_unfinished_line_above_is_left_as_it_was(terminal: Terminal, stream: TextIO) -> None:
    stream.write("......")

    with Progress().shown(stream, column=6) as progress, progress.doing("measuring"):
        terminal.wait_for("measuring (0 s)")
    stream.write("..\nall is well\n")
    stream.close()

    assert terminal.screen() == ["........", "all is well"]


def test_the_last_row_of_the_screen_has_a_line_below_it(terminal: Terminal, stream: TextIO) -> None:
    stream.write("\n" * 49 + "......")

    with Progress().shown(stream, column=6) as progress, progress.doing("measuring"):
        terminal.wait_for("measuring (0 s)")
    stream.write("..\nall is well\n")
    stream.close()

    assert [line for line in terminal.screen() if line] == ["........", "all is well"]


def test_what_is_waited_for_stays(
    terminal: Terminal, stream: TextIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", stream)

    with Progress().shown(stream) as progress, progress.doing("builds"):
        terminal.wait_for("builds (0 s)")
        progress.say("waiting 60 s")
    stream.close()

    assert terminal.screen() == ["boss-gates: waiting 60 s"]


def test_an_error_takes_the_line_away_too(terminal: Terminal, stream: TextIO) -> None:
    def interrupted() -> None:
        with Progress().shown(stream) as progress, progress.doing("builds"):
            terminal.wait_for("builds (0 s)")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    stream.close()

    assert terminal.screen() == [""]


def test_the_thread_ends_with_the_block(stream: TextIO) -> None:
    before = threading.active_count()

    with Progress().shown(stream):
        during = threading.active_count()
    deadline = time.monotonic() + 10
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.001)

    assert during == before + 1
    assert threading.active_count() == before


@pytest.mark.parametrize(("name", "value"), [("CI", "true"), ("TERM", "dumb")])
def test_a_log_and_a_dumb_terminal_get_nothing(
    terminal: Terminal, stream: TextIO, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with Progress().shown(stream) as progress, progress.doing("builds"):
        time.sleep(0.05)
    stream.close()

    assert terminal.close() == ""


def test_off_a_terminal_there_is_no_thread_and_only_waits_are_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = threading.active_count()

    with Progress().shown(io.StringIO()) as progress, progress.doing("builds"):
        progress.say("waiting 60 s")
        assert threading.active_count() == before

    assert capsys.readouterr().err == "boss-gates: waiting 60 s\n"
