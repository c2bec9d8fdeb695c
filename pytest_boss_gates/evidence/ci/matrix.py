"""What a matrix gives: its combinations, and the variables of them that a script makes use of."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Lines

Row: TypeAlias = "dict[str, str]"

MOST_COMBINATIONS = 64
"""Combinations of a matrix that are looked at."""

_IMPLICIT = frozenset({"TOXENV", "TOX_ENV", "TOX_SKIP_ENV", "NOXSESSION", "SKIP"})
"""Variables that tools read without being told to."""

_MAY_ASK = re.compile(r"tox|nox|pre-commit|prek|make|just|task|inv|hatch|\./|\.(?:sh|py|ps1|bat)\b")
_VARIABLE = re.compile(r"\$(?:\{|env:)?(\w+)|%(\w+)%|\$\(([\w.-]+)\)")
_NAME = re.compile(r"[A-Za-z_]\w*")
_INSTALLERS = ("pip ", "pip3 ", "python -m pip ")
_CONFIGURATIONS = {
    "tox": ("tox.ini", "setup.cfg", "pyproject.toml"),
    "nox": ("noxfile.py",),
    "make": ("Makefile", "makefile", "GNUmakefile"),
}
_MOST_FILES = 20


def combinations(axes: Mapping[str, Sequence[str]]) -> list[Row]:
    """Combine the axes of a matrix, as far as anyone would look; one empty row without axes."""
    rows = itertools.islice(itertools.product(*axes.values()), MOST_COMBINATIONS)
    return [dict(zip(axes, row, strict=True)) for row in rows]


def asked(texts: Iterable[str]) -> set[str]:
    """Name the variables that texts use, and those that tools in them may read unasked.

    For services whose files write a variable as such; ``used`` is for those whose matrix is the
    shell's environment, which every file that a script names may read.
    """
    found: set[str] = set()
    for text in texts:
        if _MAY_ASK.search(text):
            found |= _IMPLICIT
        found.update(name for match in _VARIABLE.findall(text) for name in match if name)
    return found


def used(reading: Reading, lines: Lines) -> set[str]:
    """Give the words of a script and of the files that it names, which read variables as well."""
    text = "\n".join(line for _, line in lines).lstrip()
    found = _words(reading, text)
    return found if text.startswith(_INSTALLERS) else found | _IMPLICIT


def variants(reading: Reading, lines: Lines, rows: Iterable[Mapping[str, str]]) -> list[Row]:
    """Give the rows of a matrix, narrowed to the variables that a script makes use of.

    The files count that the script names, since these read the variables as well.
    """
    rows = list(rows)
    names = {name for row in rows for name in row}
    kept = names & _IMPLICIT
    if names - kept:
        kept |= names & _words(reading, "\n".join(text for _, text in lines))
    narrowed = ({name: row[name] for name in row if name in kept} for row in rows)
    unique = {tuple(sorted(row.items())): row for row in narrowed}
    return list(unique.values())[:MOST_COMBINATIONS] or [{}]


def _words(reading: Reading, text: str) -> set[str]:
    found = set(_NAME.findall(text))
    named = {word.removeprefix("./") for word in re.findall(r"[\w./-]+", text)}
    paths = [path for path in sorted(named) if path in reading.tree][:_MOST_FILES]
    for tool, files in _CONFIGURATIONS.items():
        if tool in found:
            paths += [path for path in files if path in reading.tree]
    for path in paths:
        found |= set(_NAME.findall(reading.text(path) or ""))
    return found
