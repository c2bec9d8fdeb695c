"""The settings of ruff and pytest where these run: in their directory, else the nearest above.

A monorepo has them once for each of its projects.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from pytest_boss_gates.evidence.declared import is_elsewhere

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.model import Place
    from pytest_boss_gates.repository.toml_lines import KeyPath

_RUFF_FILES: Mapping[str, KeyPath] = {
    ".ruff.toml": (),
    "ruff.toml": (),
    "pyproject.toml": ("tool", "ruff"),
}
_MOST_EXTENDED = 5
_PYTEST_FILES: Mapping[str, tuple[KeyPath, ...]] = {
    "pytest.ini": (("pytest",),),
    ".pytest.ini": (("pytest",),),
    "pyproject.toml": (("tool", "pytest", "ini_options"), ("tool", "pytest")),
    "tox.ini": (("pytest",),),
    "setup.cfg": (("tool:pytest",),),
}


class Option(NamedTuple):
    """A setting as it is written; ``line`` is its first one."""

    path: str
    line: int
    text: str


# -- ruff


def ruff_selection(
    reading: Reading, directory: str, wanted: re.Pattern[str], whole: set[str]
) -> Place | None:
    """Find where ruff's settings for a directory select some rules.

    ``whole`` are the names that switch all of these rules off again when they are ignored.
    """
    for above in _upwards(directory):
        for name in _RUFF_FILES:
            path = posixpath.join(above, name)
            if _ruff_table(reading, path) is not None:
                return _selection(reading, path, wanted, whole)
    return None


def any_ruff_selection(reading: Reading, wanted: re.Pattern[str], whole: set[str]) -> Place | None:
    """Find the first settings of ruff, the root's before those of projects, that select rules."""
    paths = [path for name in _RUFF_FILES for path in reading.tree.match(f"**/{name}")]
    for path in sorted(paths, key=lambda path: (path.count("/"), path)):
        if not is_elsewhere(path) and (found := _selection(reading, path, wanted, whole)):
            return found
    return None


def _ruff_table(reading: Reading, path: str) -> Mapping[str, object] | None:
    return _table(reading.toml(path), _RUFF_FILES[posixpath.basename(path)])


def _selection(
    reading: Reading, path: str, wanted: re.Pattern[str], whole: set[str]
) -> Place | None:
    for _ in range(_MOST_EXTENDED):
        table = _ruff_table(reading, path)
        if table is None:
            return None
        top = _RUFF_FILES[posixpath.basename(path)]
        for inner in (("lint",), ()):
            part = _table(table, inner) or {}
            if whole & {*_texts(part.get("ignore")), *_texts(part.get("extend-ignore"))}:
                return None
            for name in ("select", "extend-select"):
                for index, rule in enumerate(_texts(part.get(name))):
                    if wanted.match(rule):
                        return reading.toml_place(path, (*top, *inner, name, index))
        extended = table.get("extend")
        if not isinstance(extended, str):
            return None
        path = posixpath.normpath(posixpath.join(posixpath.dirname(path), extended))
        if posixpath.basename(path) not in _RUFF_FILES:
            return None
    return None


# -- pytest


def pytest_option(reading: Reading, start: str, key: str) -> Option | None:
    """Find an option of the settings that pytest takes when it starts from a directory."""
    for above in _upwards(start):
        for name, sections in _PYTEST_FILES.items():
            path = posixpath.join(above, name)
            for section in sections:
                if _has_section(reading, path, section):
                    return _option(reading, path, section, key)
    return None


def pytest_start(reading: Reading, words: Sequence[str], directory: str) -> str:
    """Give the directory from which a call of pytest looks for its settings upwards."""
    homes: list[str] = []
    for word in words:
        path = posixpath.normpath(posixpath.join(directory, word.partition("::")[0]))
        if word.startswith("-") or path.startswith(".."):
            continue
        if path in reading.tree:
            homes.append(posixpath.dirname(path))
        elif reading.tree.match(f"{path}/**"):
            homes.append(path)
    return posixpath.commonpath(homes) if homes else directory


def _has_section(reading: Reading, path: str, section: KeyPath) -> bool:
    if path not in reading.tree:
        return False
    if path.endswith(".toml"):
        return _table(reading.toml(path), section) is not None
    return path.endswith("pytest.ini") or any(
        entry.section == section[0] for entry in reading.ini(path)
    )


def _option(reading: Reading, path: str, section: KeyPath, key: str) -> Option | None:
    if path.endswith(".toml"):
        value = (_table(reading.toml(path), section) or {}).get(key)
        text = " ".join(map(str, value)) if isinstance(value, list) else value
        line = reading.toml_place(path, (*section, key)).line
        return Option(path, line, text) if isinstance(text, str) else None
    entries = [e for e in reading.ini(path) if e.section == section[0] and e.key == key]
    return Option(path, entries[0].line, " ".join(e.text for e in entries)) if entries else None


# -- both


def _upwards(directory: str) -> Iterator[str]:
    """Give a directory and those above it; the root alone for one that is not known."""
    while directory and "$" not in directory:
        yield directory
        directory = posixpath.dirname(directory)
    yield ""


def _table(value: object, keys: KeyPath) -> Mapping[str, object] | None:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else None


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
