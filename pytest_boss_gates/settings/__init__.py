"""The settings room: pyproject and options in, Settings or every problem at once out."""

from __future__ import annotations

from pytest_boss_gates.settings.load import DEFAULT_TARGETS, Options, load
from pytest_boss_gates.settings.schema import settings_reference, settings_schema
from pytest_boss_gates.settings.targets import TargetError, parse_wanted, spell_wanted

__all__ = [
    "DEFAULT_TARGETS",
    "Options",
    "TargetError",
    "load",
    "parse_wanted",
    "settings_reference",
    "settings_schema",
    "spell_wanted",
]
