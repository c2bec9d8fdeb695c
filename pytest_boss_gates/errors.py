"""The errors that cross rooms; everything else is a value with a reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_boss_gates.model import Settings, SettingsProblem


class BossGatesError(Exception):
    """The base of every error that this package raises on purpose."""


class SettingsError(BossGatesError):
    """The configuration is wrong; carries every problem found, in file order.

    ``settings`` are what could be read all the same.
    """

    def __init__(
        self, problems: Sequence[SettingsProblem], settings: Settings | None = None
    ) -> None:
        self.problems = tuple(problems)
        self.settings = settings
        super().__init__("\n".join(str(problem) for problem in self.problems))


class WriteError(BossGatesError):
    """A file could not be written; what stood there before is untouched."""


class HistoryError(BossGatesError):
    """The history could not be read or written; what it holds is untouched.

    The message is for people: it names the place, without its secrets, and ends with the
    ``remedy``, a sentence or two, where one is known.
    """

    def __init__(self, fault: object, remedy: str = "") -> None:
        self.fault = str(fault)
        self.remedy = remedy
        super().__init__(f"{fault} {remedy}".rstrip())


class ProviderError(BossGatesError):
    """A provider gave no answer that can be used; what was taken in before is kept.

    The message names the address, and what to do, and never holds a token. ``status`` is HTTP's,
    0 when there was none.
    """

    def __init__(self, message: str, status: int = 0) -> None:
        self.status = status
        super().__init__(message)


class RegistrationError(BossGatesError):
    """A plugin registered what cannot be; the message names the plugin."""
