"""Was this only a part of the suite? Then whole-suite targets are not judged.

What the project's own ``addopts`` select is the suite; what this invocation narrows further
makes it a part.
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
    import pytest

    from pytest_boss_gates.measure.recorder import Recorder

_NARROWING = (  # option, how it is spelled; each narrows when it is not the project's own
    ("keyword", "-k"),
    ("markexpr", "-m"),
    ("deselect", "--deselect"),
    ("ignore", "--ignore"),
    ("ignore_glob", "--ignore-glob"),
    ("lf", "--lf"),
    ("stepwise", "--stepwise"),
    ("pyargs", "--pyargs"),
)


_REPEATING = (  # options and settings of plugins that repeat what fails
    ("reruns", "--reruns"),
    ("force_reruns", "--force-reruns"),
    ("retries", "--retries"),
    ("force_flaky", "--force-flaky"),
)


@dataclass(slots=True)
class Selection:
    """How many tests were collected, and how many of them were kept."""

    collected: int = 0
    kept: int = 0
    deselected: int = 0
    repeated: bool = False  # whether any test says of itself that it may be repeated
    left_out: dict[str, int] = field(default_factory=dict)  # scope of a target → deselected tests

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
    for name, spelled in _NARROWING:
        given = getattr(config.option, name, None)
        if given and given != getattr(own, name, None):
            return spelled
    if reason := _left_out(config, own):
        return reason
    removed = max(selection.collected - selection.kept, selection.deselected)
    if removed and not any(getattr(own, name, None) for name, _ in _NARROWING):
        return f"{plural(removed, 'test')} of {selection.collected} taken out by a plugin"
    if recorder.collection_errors:
        return f"{plural(recorder.collection_errors, 'file')} could not be collected"
    if session is not None and (session.shouldfail or session.shouldstop):
        return f"stopped early: {session.shouldfail or session.shouldstop}"
    return ""


def _project_options(config: pytest.Config, parser: pytest.Parser | None) -> Any:
    """Parse the project's ``addopts`` alone: what they select is what the project calls all."""
    addopts = config.getini("addopts")
    if parser is None or not addopts:
        return None
    return parser.parse_known_args(list(addopts))


def _left_out(config: pytest.Config, own: Any) -> str:
    """Name a test file that the given paths leave out, "" when they leave out none."""
    source = config.args_source.name
    if source == "TESTPATHS" or (own is not None and _same_arguments(config, own)):
        return ""
    for argument in config.args:
        if "::" in argument:
            return f"only {argument}"
    here = config.invocation_params.dir
    given = [Path(os.path.normpath(here / argument)) for argument in config.args]
    if any(path == config.rootpath or path in config.rootpath.parents for path in given):
        return ""
    missing = [path for path in _test_files(config) if not any(_below(path, g) for g in given)]
    if not missing:
        return ""
    example = missing[0].relative_to(config.rootpath).as_posix()
    spelled = " ".join(config.args) if source == "ARGS" else f"started in {here.name}"
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
