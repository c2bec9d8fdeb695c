"""The errors that cross rooms; everything else is a value with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_boss_gates.model import SettingsProblem


class BossGatesError(Exception):
    """The base of every error that this package raises on purpose."""


class SettingsError(BossGatesError):
    """The configuration is wrong; carries every problem found, in file order."""

    def __init__(self, problems: Sequence[SettingsProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class WriteError(BossGatesError):
    """A file could not be written; what stood there before is untouched."""
