"""Where every run enters: its settings, the tree they are about, and what is looked up there."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_boss_gates.errors import SettingsError, WriteError
from pytest_boss_gates.keeping import Keeper
from pytest_boss_gates.measure import BRANCHES, COVERED
from pytest_boss_gates.measure.coverage import borrow
from pytest_boss_gates.measure.tools.run import Runs
from pytest_boss_gates.registry import Additions, installed_additions
from pytest_boss_gates.report.progress import Progress
from pytest_boss_gates.report.write import prepare_home
from pytest_boss_gates.repository.base import Base, find_base
from pytest_boss_gates.repository.ci import main_branch, on_default_branch
from pytest_boss_gates.repository.source import find_source
from pytest_boss_gates.repository.tree import Tree
from pytest_boss_gates.settings.load import Options, load
from pytest_boss_gates.tracker.rows import load_tracker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from typing_extensions import Self

    from pytest_boss_gates.evidence.answer import Evidence, Extensions
    from pytest_boss_gates.evidence.catalogue import Tool
    from pytest_boss_gates.measure.coverage.borrow import Meter
    from pytest_boss_gates.model import BaseSettings, Events, Settings
    from pytest_boss_gates.repository.source import Source

_DAY = 86_400.0


@dataclass(frozen=True, kw_only=True)  # no slots: the cached properties need a __dict__
class Corridor:
    """Settings that were found good, and the tree they are about; leaving it lets go of both."""

    settings: Settings
    tree: Tree
    additions: Additions = field(default_factory=Additions)
    progress: Progress = field(default_factory=Progress)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.keeper.close()

    @cached_property
    def tools(self) -> Mapping[str, Tool]:
        """Every row that is known, by key."""
        return self.additions.rows(self.settings.catalogue)

    @cached_property
    def evidence(self) -> Evidence:
        """What the repository shows: one look for the gates and the tracker."""
        from pytest_boss_gates.evidence.cache import recall

        added = self.additions.extensions(self.settings.catalogue)
        with self.progress.doing("looking for evidence in the repository"):
            return recall(self.tree, self.cache, added)

    @cached_property
    def events(self) -> Events:
        """All that is known of delivery: git's, the history's, CI's. Raises HistoryError."""
        from pytest_boss_gates.delivering import gather_events

        with self.progress.doing("reading deployments and builds from git and the history"):
            return gather_events(self.settings.root, self.cache, self.keeper.view())

    def start_tools(self) -> Runs | None:
        """Start the tools that are to be run; None when there are none. Raises WriteError."""
        settings = self.settings
        if not any(setting.run for setting in settings.tools):
            return None
        runs = Runs(
            settings.tools,
            root=settings.root,
            home=self.home / "tools",
            doing=self.progress.doing,
        )
        try:
            runs.start()
        except OSError as error:
            runs.abandon()
            raise WriteError(f"The tools cannot be run: {error}") from error
        return runs

    @cached_property
    def source(self) -> Source:
        """The project's own source, as configured or found."""
        return find_source(self.tree, self.settings.source, self.settings.exclude)

    @cached_property
    def base(self) -> Base:
        """What the change is compared with."""
        settings = self.settings
        with self.progress.doing("looking for the base of the change"):
            return find_base(settings.root, os.environ, settings.asked_base, settings.base)

    @cached_property
    def settings_at_base(self) -> BaseSettings:
        """What was wanted at the base of the change."""
        from pytest_boss_gates.earlier import settings_at_base

        settings, root = self.settings, self.settings.root
        options = Options(invocation_dir=root, config_file=root / settings.file)
        return settings_at_base(
            settings,
            self.tree,
            self.base,
            lambda text, files: _read(self.tree, options, self.additions, files, text),
        )

    @cached_property
    def keeper(self) -> Keeper:
        """The way to the history."""
        return Keeper(self.settings, lambda: self.home, os.environ)

    def completed_before(self, day: date) -> frozenset[str] | None:
        """Give the components that were completed when a day began; None where nothing tells."""
        branch = main_branch(self.settings.root, os.environ)
        return self.keeper.completed_before(day, branch)

    @cached_property
    def home(self) -> Path:
        """``.boss-gates/``, made when it is first needed. Raises WriteError."""
        return prepare_home(self.settings.root)

    @property
    def cache(self) -> Path | None:
        """The directory of caches; None where nothing can be written."""
        with suppress(WriteError):
            return self.home / "cache"
        return None

    def meter(
        self, *, start: Path, off: str, pytest_cov: Callable[[], object] | None
    ) -> Meter | None:
        """Decide who measures coverage; None when no target asks for it."""
        settings = self.settings
        if not any(settings.wants(key) for key in COVERED):
            return None
        return borrow.choose(self.plan, start=start, off=off, pytest_cov=pytest_cov)

    @property
    def plan(self) -> borrow.Plan:
        """How coverage is to be measured. Raises WriteError."""
        settings, scratch = self.settings, self.home / "cache"
        try:
            scratch.mkdir(exist_ok=True)
        except OSError as error:
            raise WriteError(f"{scratch} cannot be made: {error}") from error
        borrow.clean(scratch, older_than=time.time() - _DAY)
        return borrow.Plan(
            tree=self.tree,
            scratch=scratch,
            source=settings.source,
            exclude=settings.exclude,
            branch=any(settings.wants(key) for key in BRANCHES),
            core=settings.coverage_core,
        )


def enter(
    root: Path,
    options: Options,
    additions: Additions | None = None,
    progress: Progress | None = None,
) -> Corridor:
    """Read the settings, with what plugins added (by default those that are installed).

    Raises SettingsError with everything that is wrong, and RegistrationError.
    """
    added = installed_additions() if additions is None else additions
    tree = Tree(root=root)
    shown = progress or Progress()
    with shown.doing("reading the settings"):
        settings = _read(tree, options, added, lambda: tree.files)
    return Corridor(settings=settings, tree=tree, additions=added, progress=shown)


def _read(
    tree: Tree,
    options: Options,
    added: Additions,
    files: Callable[[], Sequence[str]],
    text: str | None = None,
) -> Settings:
    """Read the settings of a tree, or their ``text`` beside the ``files`` of another commit."""
    return load(
        tree.root,
        options,
        metrics=added.all_metrics,
        formats=added.all_formats,
        tools=added.tool_names,
        practices=_practices,
        rows=lambda: (*load_tracker().rows, *added.tool_titles()),
        tables=lambda: {table.title: table.columns for table in load_tracker().tables},
        files=files,
        on_default_branch=lambda: on_default_branch(tree.root, os.environ),
        text=text,
    )


def extensions(tree: Tree) -> tuple[Extensions, tuple[str, ...]]:
    """Give what plugins and the settings add to the evidence of any directory.

    Settings that are wrong do not keep anybody from looking: what is wrong with their catalogue
    is told, and the catalogue left out. Raises RegistrationError.
    """
    added = installed_additions()
    try:
        corridor = enter(tree.root, Options(invocation_dir=tree.root), added)
    except SettingsError as error:
        start = "tool.boss-gates.catalogue"
        wrong = tuple(str(each) for each in error.problems if each.key.startswith(start))
        read = {} if wrong or error.settings is None else error.settings.catalogue
        return added.extensions(read), wrong
    return added.extensions(corridor.settings.catalogue), ()


def settings_schema(additions: Additions | None = None) -> dict[str, object]:
    """Give the JSON Schema of ``[tool.boss-gates]``, with every metric, tool and format."""
    from pytest_boss_gates.settings.schema import settings_schema as schema

    added = additions or Additions()
    return schema(added.all_metrics, added.tool_names(), formats=added.all_formats)


def _practices() -> tuple[str, ...]:
    from pytest_boss_gates.evidence.catalogue import load_practices

    return tuple(row.key for row in load_practices())
