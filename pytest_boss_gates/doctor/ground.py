"""What the checks look at, read once: the settings, pytest's and coverage.py's."""

from __future__ import annotations

import configparser
import shlex
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from pytest_boss_gates.corridor import Corridor, enter
from pytest_boss_gates.errors import BossGatesError, SettingsError
from pytest_boss_gates.measure import patch
from pytest_boss_gates.measure.coverage.configured import Configured, configured
from pytest_boss_gates.measure.coverage.metrics import METRICS as COVERAGE_METRICS
from pytest_boss_gates.repository.tree import Tree
from pytest_boss_gates.settings.load import Options

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class State(Enum):
    """What became of a check."""

    OK = "ok"
    NOTE = "note"  # works, but somebody should know
    BROKEN = "broken"
    INAPPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a check found; ``fix`` is what to do, a sentence."""

    state: State
    text: str
    fix: str = ""


def ok(text: str) -> Found:
    """It holds."""
    return Found(state=State.OK, text=text)


def note(text: str, fix: str) -> Found:
    """It works, with something to know."""
    return Found(state=State.NOTE, text=text, fix=fix)


def broken(text: str, fix: str) -> Found:
    """It does not hold."""
    return Found(state=State.BROKEN, text=text, fix=fix)


def inapplicable(text: str) -> Found:
    """Nothing asks for it."""
    return Found(state=State.INAPPLICABLE, text=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """The project and what surrounds it."""

    root: Path
    tree: Tree
    environ: Mapping[str, str]
    corridor: Corridor | None  # None when the settings could not be read at all
    error: BossGatesError | None
    pytest: PytestSettings
    coverage: Configured

    @classmethod
    def of(cls, root: Path, environ: Mapping[str, str]) -> Ground:
        """Read what there is; what is wrong with it is kept for the checks."""
        corridor: Corridor | None = None
        error: BossGatesError | None = None
        tree = Tree(root=root)
        try:
            corridor = enter(root, Options(invocation_dir=root))
        except SettingsError as wrong:
            error = wrong
            if wrong.settings is not None:
                corridor = Corridor(settings=wrong.settings, tree=tree)
        except BossGatesError as wrong:
            error = wrong
        return cls(
            root=root,
            tree=corridor.tree if corridor else tree,
            environ=environ,
            corridor=corridor,
            error=error,
            pytest=pytest_settings(tree, environ),
            coverage=configured(root),
        )

    @property
    def wants_coverage(self) -> bool:
        """Whether any target has coverage measured."""
        settings = self.corridor.settings if self.corridor else None
        metrics = (*COVERAGE_METRICS, *patch.METRICS)
        return settings is not None and any(settings.wants(each.key) for each in metrics)


@dataclass(frozen=True, slots=True, kw_only=True)
class PytestSettings:
    """What pytest is told by its file and by the environment."""

    file: str = ""  # "" without one
    addopts: tuple[str, ...] = ()  # the file's
    from_environment: tuple[str, ...] = ()  # PYTEST_ADDOPTS

    def where(self, words: tuple[str, ...]) -> str:
        """Name the place that options come from."""
        return f"addopts of {self.file}" if words is self.addopts else "PYTEST_ADDOPTS"

    @property
    def both(self) -> tuple[tuple[str, ...], ...]:
        """The words of both places, the environment's last, as pytest joins them."""
        return self.addopts, self.from_environment


def pytest_settings(tree: Tree, environ: Mapping[str, str]) -> PytestSettings:
    """Find pytest's own settings where it looks for them, in its order, at the root."""
    file, given = _of_file(tree)
    return PytestSettings(
        file=file, addopts=given, from_environment=_words(environ.get("PYTEST_ADDOPTS", ""))
    )


def _of_file(tree: Tree) -> tuple[str, tuple[str, ...]]:
    for name in ("pytest.toml", ".pytest.toml"):
        if name in tree:
            return name, _words(_toml(tree, name, "pytest").get("addopts"))
    for name in ("pytest.ini", ".pytest.ini"):
        if name in tree:
            return name, _words((_ini(tree, name, "pytest") or {}).get("addopts"))
    native = _toml(tree, "pyproject.toml", "tool", "pytest")
    table = native.get("ini_options", native)
    if isinstance(table, dict) and table:
        return "pyproject.toml", _words(table.get("addopts"))
    for name, section in (("tox.ini", "pytest"), ("setup.cfg", "tool:pytest")):
        found = _ini(tree, name, section) if name in tree else None
        if found is not None:
            return name, _words(found.get("addopts"))
    return "", ()


def _toml(tree: Tree, name: str, *keys: str) -> dict[str, object]:
    if name not in tree:
        return {}
    try:
        found: object = tree.read_toml(name)
    except (OSError, ValueError):
        return {}
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def _ini(tree: Tree, name: str, section: str) -> dict[str, str] | None:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(tree.read(name))
    except (OSError, configparser.Error):
        return None
    return dict(parser.items(section)) if parser.has_section(section) else None


def _words(value: object) -> tuple[str, ...]:
    if isinstance(value, list):
        return tuple(map(str, value))
    try:
        return tuple(shlex.split(str(value or "")))
    except ValueError:  # an open quote; pytest itself will say so
        return tuple(str(value).split())


def option(words: tuple[str, ...], *names: str) -> str:
    """Give the last word that spells one of some options, "" when none does."""
    found = ""
    for word in words:
        for name in names:
            short = not name.startswith("--") and word.startswith(name) and name != "-p"
            if word == name or word.startswith(f"{name}=") or short:
                found = word
    return found


def plugin_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """Give what ``-p`` names, in order."""
    named = []
    for index, word in enumerate(words):
        if word == "-p" and index + 1 < len(words):
            named.append(words[index + 1])
        elif word.startswith("-p") and not word.startswith("--") and len(word) > 2:
            named.append(word[2:].lstrip("="))
    return tuple(named)
