"""A job's steps among each other, and what a known workflow makes of the texts that it is given."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.dependencies import normalised
from pytest_boss_gates.evidence.steps import Script
from pytest_boss_gates.evidence.yaml_values import mapping, maps, text_of
from pytest_boss_gates.repository.yaml_lines import Map, Text, YamlError, load_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_boss_gates.evidence.reading import Reading


_TOX_WORKFLOWS = frozenset({"openastronomy/github-actions-workflows/.github/workflows/tox.yml"})


def tox_environments(path: str, workflow: str, given: Map) -> Iterator[Script]:
    """Give the calls of tox of a reusable workflow that gets environments as a list in a text.

    An item begins with ``linux: py312-cov``; what follows in it are the environment's settings.
    """
    envs = given.get("envs")
    if workflow not in _TOX_WORKFLOWS or not isinstance(envs, Text):
        return
    try:
        documents = load_yaml(str(envs))
    except YamlError:
        return
    for item in maps(documents[0]) if documents else ():
        name = next(iter(item.values()), None)
        if isinstance(name, Text):
            line = envs.line + name.line if envs.style == "|" else envs.line
            yield Script(path=path, lines=((line, f"tox -e {name}"),))


def plain_name(uses: str) -> str:
    """``Owner/Action/path@v1`` → ``owner/action/path``."""
    return uses.removeprefix("docker://").partition("@")[0].lower().strip()


def is_minded(step: Map, steps: list[Map]) -> bool:
    """Whether a later step looks at what became of this one."""
    name = text_of(step.get("id"))
    if not name:
        return False
    asked = f"steps.{name}.outcome"
    return any(asked in text for other in steps for text in scalars_of(other) if other is not step)


def scalars_of(step: Map) -> Iterator[str]:
    """All texts of a step, two levels deep: as deep as steps go."""
    for value in step.values():
        if isinstance(value, Text):
            yield value
        elif isinstance(value, Map):
            yield from (inner for inner in value.values() if isinstance(inner, Text))


def first_checkout(steps: list[Map]) -> int:
    """Give the number of the step that checks a repository out; all of them without one."""
    for number, step in enumerate(steps):
        if plain_name(text_of(step.get("uses"))) == "actions/checkout":
            return number
    return len(steps)


def foreign_checkout(reading: Reading, steps: list[Map]) -> str | None:
    """Find the directory of another repository that a job checks out.

    "" when it is the whole workspace; None when there is none, or ours is there, too.
    """
    checkouts = [
        mapping(step.get("with"))
        for step in steps
        if plain_name(text_of(step.get("uses"))) == "actions/checkout"
    ]
    for options in checkouts:
        named = text_of(options.get("repository"))
        if not named or "${{" in named or _is_own(reading, named):
            continue
        path = posixpath.normpath(text_of(options.get("path")) or ".")
        if path != ".":
            return path
        if len(checkouts) == 1:
            return ""
    return None


def _is_own(reading: Reading, named: str) -> bool:
    """Whether ``owner/name`` is this repository, as far as its own names tell."""
    name = normalised(named.rpartition("/")[2])
    project = _table(_table(reading.toml("pyproject.toml")).get("project")).get("name")
    own = {
        normalised(reading.tree.root.name),
        normalised(reading.tree.root.name.rpartition("+")[2]),
    }
    if isinstance(project, str):
        own.add(normalised(project))
    return name in own


def _table(value: object) -> dict[str, object]:
    """Give a TOML table, empty when it is none."""
    return value if isinstance(value, dict) else {}
