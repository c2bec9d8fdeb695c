"""The body of a comment on a pull or merge request, for any action that posts one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.report.summary import summary

if TYPE_CHECKING:
    from pytest_boss_gates.model import Run

MARKER = "<!-- boss-gates -->"
"""The first line, which nobody sees: by it an action finds the comment to replace."""
_MOST = 60_000  # bytes; GitHub takes 65,536 characters, GitLab a million


def render(run: Run) -> str:
    """Spell the body; ends with a newline."""
    return f"{MARKER}\n{summary(run, most=_MOST)}"
