"""Was this only a part of the suite? Then whole-suite targets are not judged.

What the project's own ``addopts`` select is the suite; what this invocation narrows further
makes it a part. Of a shard it is told instead what it left to the others.
"""

from __future__ import annotations

import fnmatch
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.model import plural
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pytest

    from pytest_boss_gates.measure.recorder import Recorder

_OPAQUE = (  # option, how it is spelled; what these leave out is not known test by test
    ("lf", "--lf"),
    ("stepwise", "--stepwise"),
    ("pyargs", "--pyargs"),
)
_NARROWING = (  # each narrows when it is not the project's own
    ("keyword", "-k"),
    ("markexpr", "-m"),
    ("deselect", "--deselect"),
    ("ignore", "--ignore"),
    ("ignore_glob", "--ignore-glob"),
    *_OPAQUE,
)


_REPEATING = (  # options and settings of plugins that repeat what fails
    ("reruns", "--reruns"),
    ("force_reruns", "--force-reruns"),
    ("retries", "--retries"),
    ("force_flaky", "--force-flaky"),
)


@dataclass(slots=True)
class Selection:
    """How many tests were collected and kept; by name only when they are to be handed over."""

    collected: int = 0
    kept: int = 0
    deselected: int = 0
    repeated: bool = False  # whether any test says of itself that it may be repeated
    left_out: dict[str, int] = field(default_factory=dict)  # scope of a target → deselected tests
    chosen: dict[str, str] = field(default_factory=dict)  # node id in reports → as collected
    not_chosen: list[str] = field(default_factory=list)  # node ids of the project's suite
    files_left_out: tuple[str, ...] = ()  # test files that the arguments leave to others

    def as_sent(self) -> dict[str, Any]:
        """Give the counts as a worker sends them."""
        return asdict(self)

    @classmethod
    def from_sent(cls, sent: dict[str, Any]) -> Selection:
        """Take the counts that a worker sent."""
        return cls(**sent)


def repeated_by(config: pytest.Config, selection: Selection) -> str:
    """Name what repeats tests that fail, "" when nothing does."""
    for name, spelled in _REPEATING:
        if config.getoption(name, None):
            return spelled
        with suppress(ValueError, TypeError):  # no plugin has such a setting, or another has it
            if int(config.getini(name) or 0):
                return f"{name} of {config.inipath.name if config.inipath else 'the settings'}"
    return "the marks of single tests" if selection.repeated else ""


def partial_reason(
    config: pytest.Config,
    session: pytest.Session | None,
    selection: Selection,
    recorder: Recorder,
    parser: pytest.Parser | None,
) -> str:
    """Say why this was not the whole suite, "" when it was."""
    own = _project_options(config, parser)
    if reason := _narrowed(config, own, _NARROWING) or _left_out(config, own):
        return reason
    removed = max(selection.collected - selection.kept, selection.deselected)
    if removed and not any(getattr(own, name, None) for name, _ in _NARROWING):
        return f"{plural(removed, 'test')} of {selection.collected} taken out by a plugin"
    return _broken_off(session, recorder)


def shard_reason(
    config: pytest.Config,
    session: pytest.Session | None,
    recorder: Recorder,
    parser: pytest.Parser | None,
) -> str:
    """Say why a shard did not come to its end, or what it left out is not known; "" if neither."""
    own = _project_options(config, parser)
    return _narrowed(config, own, _OPAQUE) or _broken_off(session, recorder)


def _narrowed(config: pytest.Config, own: Any, options: Sequence[tuple[str, str]]) -> str:
    for name, spelled in options:
        given = getattr(config.option, name, None)
        if given and given != getattr(own, name, None):
            return spelled
    return ""


def _broken_off(session: pytest.Session | None, recorder: Recorder) -> str:
    if recorder.collection_errors:
        return f"{plural(recorder.collection_errors, 'file')} could not be collected"
    if session is not None and (session.shouldfail or session.shouldstop):
        return f"stopped early: {session.shouldfail or session.shouldstop}"
    return ""


class _AsTheProject:
    """A config with the project's own ``-k``, ``-m`` and ``--deselect``, and nobody listening."""

    def __init__(self, config: pytest.Config, own: Any) -> None:
        self._config = config
        self.option = self
        self.hook = self
        self.keyword = getattr(own, "keyword", "")
        self.markexpr = getattr(own, "markexpr", "")
        self.deselect = getattr(own, "deselect", None)

    def getoption(self, name: str, *default: Any) -> Any:
        """Give one of the three options, and any other as it is."""
        if name in ("keyword", "markexpr", "deselect"):
            return getattr(self, name)
        return self._config.getoption(name, *default)

    def pytest_deselected(self, items: object) -> None:
        """Tell nobody."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._config, name)


class Collected:
    """The tests of a shard before anybody took some out, and which of them are the suite."""

    def __init__(
        self, config: pytest.Config, parser: pytest.Parser | None, items: Sequence[pytest.Item]
    ) -> None:
        self._names = {id(item): item.nodeid for item in items}  # a plugin may rename an item
        self._suite = [self._names[id(item)] for item in _suite(config, parser, items)]

    def chosen(self, items: Sequence[pytest.Item]) -> dict[str, str]:
        """Give the tests that are left, by the name that reports will have."""
        return {item.nodeid: self._names.get(id(item), item.nodeid) for item in items}

    def not_chosen(self, items: Sequence[pytest.Item]) -> list[str]:
        """Give the tests of the project's suite that are not left."""
        chosen = set(self.chosen(items).values())
        return [name for name in self._suite if name not in chosen]


def _suite(
    config: pytest.Config, parser: pytest.Parser | None, items: Sequence[pytest.Item]
) -> Sequence[pytest.Item]:
    """Give the tests that the project's own ``addopts`` keep, by asking pytest's own plugins."""
    kept = list(items)
    try:
        own: Any = _AsTheProject(config, _project_options(config, parser))
        for name in ("main", "mark"):
            plugin: Any = config.pluginmanager.getplugin(name)
            plugin.pytest_collection_modifyitems(items=kept, config=own)
    except Exception:  # noqa: BLE001 - another pytest: then all of them count
        return items
    return kept


def files_left_out(config: pytest.Config, parser: pytest.Parser | None) -> tuple[str, ...]:
    """Name the test files that a shard's paths, node ids and ``--ignore`` leave to the others.

    They are relative to the root. A file that is given by node ids is left out: how much of it
    they are cannot be told.
    """
    own = _project_options(config, parser)
    here = config.invocation_params.dir
    whole = _is_whole(config, own)
    given = _places(here, () if whole else (each for each in config.args if "::" not in each))
    ignored = _places(here, _beyond(config, own, "ignore"))
    globs = _places(here, _beyond(config, own, "ignore_glob"))
    if whole and not ignored and not globs:
        return ()
    return tuple(
        path.relative_to(config.rootpath).as_posix()
        for path in _test_files(config)
        if not (whole or any(_below(path, place) for place in given))
        or any(_below(path, place) for place in ignored)
        or any(_matches(path, glob) for glob in globs)
    )


def _places(here: Path, arguments: Iterable[str]) -> list[Path]:
    return [Path(os.path.normpath(here / argument)) for argument in arguments]


def _matches(path: Path, glob: Path) -> bool:
    """Whether a glob of ``--ignore-glob`` hits a path or a directory above it."""
    return any(fnmatch.fnmatch(str(part), str(glob)) for part in (path, *path.parents))


def _beyond(config: pytest.Config, own: Any, name: str) -> list[str]:
    """Give the values of an option that the project itself has not."""
    theirs = {str(value) for value in getattr(own, name, None) or ()}
    given = getattr(config.option, name, None) or ()
    return [str(value) for value in given if str(value) not in theirs]


def _project_options(config: pytest.Config, parser: pytest.Parser | None) -> Any:
    """Parse the project's ``addopts`` alone: what they select is what the project calls all."""
    addopts = config.getini("addopts")
    if parser is None or not addopts:
        return None
    return parser.parse_known_args(list(addopts))


def _is_whole(config: pytest.Config, own: Any) -> bool:
    """Whether no path is given, or just those that the project gives itself."""
    if config.args_source.name == "TESTPATHS":
        return True
    return own is not None and _same_arguments(config, own)


def _left_out(config: pytest.Config, own: Any) -> str:
    """Name a test file that the given paths leave out, "" when they leave out none."""
    if _is_whole(config, own):
        return ""
    for argument in config.args:
        if "::" in argument:
            return f"only {argument}"
    here = config.invocation_params.dir
    given = _places(here, config.args)
    if any(path == config.rootpath or path in config.rootpath.parents for path in given):
        return ""
    missing = [path for path in _test_files(config) if not any(_below(path, g) for g in given)]
    if not missing:
        return ""
    example = missing[0].relative_to(config.rootpath).as_posix()
    spelled = (
        " ".join(config.args) if config.args_source.name == "ARGS" else f"started in {here.name}"
    )
    return f"{spelled} leaves out {plural(len(missing), 'test file')}, {example} for one"


def _same_arguments(config: pytest.Config, own: Any) -> bool:
    return bool(own.file_or_dir) and list(own.file_or_dir) == list(config.args)


def _below(path: Path, directory: Path) -> bool:
    return path == directory or directory in path.parents


def _test_files(config: pytest.Config) -> list[Path]:
    """The files that pytest would collect from the configured paths, or from the root."""
    patterns = config.getini("python_files")
    ignored = config.getini("norecursedirs")
    roots = [config.rootpath / path for path in config.getini("testpaths")] or [config.rootpath]
    found = []
    for relative in Tree(root=config.rootpath).files:
        path = config.rootpath / relative
        *directories, name = relative.split("/")
        if not any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
            continue
        if any(fnmatch.fnmatch(part, pattern) for part in directories for pattern in ignored):
            continue
        if any(_below(path, root) for root in roots):
            found.append(path)
    return found
