"""What a command says of what takes long: one line on a terminal, and nothing elsewhere."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from pytest_boss_gates.cli.page import Progress

if TYPE_CHECKING:
    import pytest

CLEAR = "\r\x1b[K"


class Screen(io.StringIO):
    """A terminal's standard error, as far as anybody can tell."""

    def isatty(self) -> bool:
        return True


def look(monkeypatch: pytest.MonkeyPatch) -> Screen:
    """Sit down at a terminal. In the test itself: pytest gives each phase its own streams."""
    made = Screen()
    monkeypatch.setattr("sys.stderr", made)
    monkeypatch.setenv("COLUMNS", "20")
    return made


def test_nothing_is_said_of_what_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = look(monkeypatch)

    with Progress() as progress:
        progress.show("acme/kettle: builds")

    assert screen.getvalue() == ""


def test_one_line_is_rewritten_cut_to_the_width_and_taken_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    screen = look(monkeypatch)
    monkeypatch.setattr("pytest_boss_gates.cli.page._PATIENCE", -1.0)

    with Progress() as progress:
        progress.show("acme/kettle: builds, 12 so far")
        progress.show("done")

    assert screen.getvalue() == f"{CLEAR}acme/kettle: builds{CLEAR}done{CLEAR}"


def test_what_is_waited_for_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = look(monkeypatch)
    monkeypatch.setattr("pytest_boss_gates.cli.page._PATIENCE", -1.0)

    with Progress() as progress:
        progress.show("builds")
        progress.say("waiting 60 s")

    assert screen.getvalue() == f"{CLEAR}builds{CLEAR}boss-gates: waiting 60 s\n"


def test_off_a_terminal_only_waits_are_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pytest_boss_gates.cli.page._PATIENCE", -1.0)

    with Progress() as progress:
        progress.show("builds")
        progress.say("waiting 60 s")

    assert capsys.readouterr().err == "boss-gates: waiting 60 s\n"
