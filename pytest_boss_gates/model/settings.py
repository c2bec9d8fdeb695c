"""The configuration as a value; reading and checking it is the settings room's work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_boss_gates.model.delivery import DeliverySettings
from pytest_boss_gates.model.tracking import TrackerSettings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_boss_gates.model.facts import Level, Place
    from pytest_boss_gates.model.targets import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsProblem:
    """One thing wrong with the configuration, in the user's words."""

    file: str
    line: int  # 0: no line to point at
    key: str  # dotted, from the top of the file: "tool.boss-gates.targets.code-coverag"
    message: str  # a full sentence without the place
    value: str = ""  # as written, shortened
    suggestion: str = ""  # the nearest valid name, or what would be valid
    addable: bool = False  # a name that a plugin may add, so that it would be right

    def __str__(self) -> str:
        """Print the place and the key on a line, and below it, indented, what is wrong."""
        from textwrap import fill

        place = f"{self.file}:{self.line}" if self.line else self.file
        value = f" = {self.value}" if self.value else ""
        head = f"{place}: {self.key}{value}" if self.key else place
        text = f"{self.message} {self.suggestion}".rstrip()
        indent = " " * 4
        return f"{head}\n" + fill(
            text,
            width=80,
            initial_indent=indent,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSetting:
    """One entry of ``[tool.boss-gates.tools]``."""

    name: str  # the catalogue's key
    level: Level
    version: str = ""  # a version specifier, "" for any
    run: tuple[str, ...] = ()  # the command that runs it, () for none
    timeout: float = 600.0  # seconds that the command may take
    set_at: Place | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest:
    """One ``--boss-gates-report=FORMAT[:PATH]``; no path: the format's own place."""

    format: str
    path: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """``--boss-gates-shard=I/N``: which of the parts of a suite a session runs, from 1."""

    number: int
    of: int

    def __str__(self) -> str:
        """Spell it as it was given."""
        return f"{self.number}/{self.of}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the corridor needs to know, checked. Paths are absolute."""

    root: Path
    targets: tuple[Target, ...]
    tools: tuple[ToolSetting, ...] = ()
    catalogue: Mapping[str, Mapping[str, object]] = field(default_factory=dict)  # rows, as written
    tracker: TrackerSettings = field(default_factory=TrackerSettings)
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    source: tuple[str, ...] = ()  # relative to the root; () means: find them
    exclude: tuple[str, ...] = ()  # path patterns left out of source measurements
    history: str = field(default=".boss-gates/history.db", repr=False)  # may hold a password
    project: str = ""  # what a history that projects share calls this one
    coverage_core: str = ""  # "" means: the cheapest that gives the same answer
    base: str = ""  # the branch that changes go to, "" for the default one
    asked_base: str = ""  # what this run is to be compared with, whatever else says so
    min_changed_lines: int = 0  # a change with fewer is not judged by itself
    reports: tuple[ReportRequest, ...] = ()
    push: str = field(default="", repr=False)  # a Pushgateway's URL; may hold a password
    report_only: bool = False
    tell_ci: bool = True  # annotations and the like, where a CI system takes them
    strict: bool = False
    defaults: bool = False  # no table was found: the tracker's own targets are used
    shard: Shard | None = None  # this session is one of several that are judged together
    file: str = "pyproject.toml"  # where the table stands or would stand

    def wants(self, metric: str) -> bool:
        """Whether any target is set on the metric, or a row of the tracker shows it."""
        return any(target.metric == metric for target in self.targets) or any(
            row.metric == metric for row in self.tracker.rows
        )

    def scopes(self, metric: str) -> tuple[str, ...]:
        """The scopes to measure a metric over: everything first, then each target's own."""
        own = [target.scope for target in self.targets if target.metric == metric]
        return tuple(dict.fromkeys(["", *own]))


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseSettings:
    """What was wanted at the base of the change, or the reason why that is not known.

    ``reason`` is set exactly when it is not known.
    """

    targets: tuple[Target, ...] = ()  # those that its file sets, tools' too
    paths: frozenset[str] = frozenset()  # its files
    left_out: tuple[str, ...] = ()  # source files that it measured, and that are not any more
    source: str = ""  # "main at 1a2b3c4d5e (the default branch)"
    reason: str = ""
    remedy: str = ""
