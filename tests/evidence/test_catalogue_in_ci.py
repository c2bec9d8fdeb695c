"""Every row of the catalogue in CI: its command, action and hook gate; near misses do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.evidence.catalogue import load_catalogue, load_practices
from pytest_boss_gates.evidence.facts import find_evidence
from pytest_boss_gates.model import Level
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_boss_gates.evidence.catalogue import Tool
    from pytest_boss_gates.model import Fact

ROWS = {row.key: row for row in (*load_catalogue(), *load_practices())}
TOOLS = {row.key: row for row in load_catalogue()}
COMMANDS = [(row.key, command) for row in ROWS.values() for command in row.commands]
FIRST = [(row.key, row.commands[0]) for row in TOOLS.values() if row.commands]
ACTIONS = [(row.key, action) for row in TOOLS.values() for action in row.actions]
HOOKS = [(row.key, row.hooks[0]) for row in TOOLS.values() if row.hooks]
NONE: Mapping[str, str] = {}
WORKFLOW = "on: [push, pull_request]\njobs:\n  check:\n    steps:\n"


def checking(row: Tool, command: str) -> str:
    """Spell a command so that it can fail: with the options that it needs for that."""
    head, *rest = command.split()
    needed = [
        options[0]
        for name, options in row.checks.items()
        if name.split()[0] == head and set(name.split()[1:]) <= set(rest)
    ]
    return " ".join([command, *needed[-1:]])


def fact(root: Path, key: str, steps: str, files: Mapping[str, str] = NONE) -> Fact:
    folder = root / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "ci.yml").write_text(WORKFLOW + steps, encoding="utf-8")
    for path, text in files.items():
        (root / path).write_text(text, encoding="utf-8")
    return find_evidence(Tree(root=root)).facts[key]


@pytest.mark.parametrize(("key", "command"), COMMANDS)
def test_a_workflow_that_runs_the_command_gates(tmp_path: Path, key: str, command: str) -> None:
    found = fact(tmp_path, key, f"      - run: {checking(ROWS[key], command)}\n")

    assert (found.level, found.soft) == (Level.GATING, ())
    assert found.proofs[0].places[-1].line == 5


@pytest.mark.parametrize(("key", "command"), FIRST)
def test_a_command_whose_failure_is_swallowed_is_wired(
    tmp_path: Path, key: str, command: str
) -> None:
    found = fact(tmp_path, key, f"      - run: {checking(ROWS[key], command)} || true\n")

    assert found.level is Level.WIRED
    assert any("`|| true`" in why for why in found.soft)


NEAR = """\
      - run: echo {command}
      - run: pip install {head}-nothing
      # - run: {command}
      - run: |
          # {command}
          ls
      - run: {command}
        if: false
      - run: x{command}
      - run: {head}-nothing
      - run: |
          cat <<EOF
          {command}
          EOF
      - name: {command}
        run: ls
      - run: ls
        env: {{X: {command}}}
      - run: ls {command}
      - run: {head} --version
"""


@pytest.mark.parametrize(("key", "command"), FIRST)
def test_near_misses_of_the_command_do_not_count(tmp_path: Path, key: str, command: str) -> None:
    head = command.split(maxsplit=1)[0]
    steps = NEAR.format(command=checking(ROWS[key], command), head=head)

    found = fact(tmp_path, key, steps)

    assert found.level < Level.WIRED, found.proofs


@pytest.mark.parametrize(
    ("key", "command"),
    [(key, command) for key, command in FIRST if checking(TOOLS[key], command) != command],
)
def test_a_command_that_only_rewrites_is_wired_and_a_later_diff_check_makes_it_gate(
    tmp_path: Path, key: str, command: str
) -> None:
    steps = f"      - run: {command}\n"

    alone = fact(tmp_path / "a", key, steps)
    checked = fact(tmp_path / "b", key, steps + "      - run: git diff --exit-code\n")

    assert alone.level is Level.WIRED
    assert len(alone.soft) == 1
    assert checked.level is Level.GATING


@pytest.mark.parametrize(
    ("key", "command", "option"),
    [
        (row.key, command, option)
        for row in TOOLS.values()
        for command, options in row.lenient.items()
        for option in options
    ],
)
def test_an_option_that_keeps_it_from_failing_makes_it_wired(
    tmp_path: Path, key: str, command: str, option: str
) -> None:
    found = fact(tmp_path, key, f"      - run: {checking(TOOLS[key], command)} {option}\n")

    assert (found.level, found.soft) == (
        Level.WIRED,
        (f".github/workflows/ci.yml:5: `{option}`",),
    )


@pytest.mark.parametrize(("key", "action"), ACTIONS)
def test_a_workflow_that_uses_the_action_gates(tmp_path: Path, key: str, action: str) -> None:
    found = fact(tmp_path, key, f"      - uses: {action}@v1\n")

    assert (found.level, found.soft) == (Level.GATING, ())


@pytest.mark.parametrize(("key", "action"), ACTIONS)
def test_near_misses_of_the_action_do_not_count(tmp_path: Path, key: str, action: str) -> None:
    owner = action.split("/", maxsplit=1)[0]
    steps = (
        f"      # - uses: {action}@v1\n      - uses: {owner}/nothing@v1\n"
        f"      - uses: x{action}@v1\n      - name: {action}@v1\n        run: ls\n"
    )

    assert fact(tmp_path, key, steps).level < Level.DECLARED


@pytest.mark.parametrize(("key", "action"), ACTIONS)
def test_an_action_that_is_off_is_declared_at_most(tmp_path: Path, key: str, action: str) -> None:
    steps = f"      - uses: {action}@v1\n        if: false\n"

    assert fact(tmp_path, key, steps).level < Level.WIRED


def hooks(identity: str, more: str = "") -> str:
    repo = "  - repo: https://github.com/x/y\n    rev: v1\n"
    return f"repos:\n{repo}    hooks:\n      - id: {identity}\n{more}"


@pytest.mark.parametrize(("key", "hook"), HOOKS)
def test_a_hook_that_ci_runs_gates(tmp_path: Path, key: str, hook: str) -> None:
    steps = "      - run: pre-commit run --all-files\n"

    found = fact(tmp_path, key, steps, {".pre-commit-config.yaml": hooks(hook)})

    assert (found.level, found.soft) == (Level.GATING, ())
    assert str(found.proofs[0].places[-1]) == ".pre-commit-config.yaml:5"


@pytest.mark.parametrize(("key", "hook"), HOOKS)
@pytest.mark.parametrize(
    ("steps", "more"),
    [
        ("      - run: ls\n", ""),
        ("      - run: pre-commit install\n", ""),
        ("      - run: pre-commit run --all-files\n        env: {{SKIP: {hook}}}\n", ""),
        ("      - run: pre-commit run --all-files nothing\n", ""),
        ("      - run: pre-commit run --all-files\n", "        stages: [manual]\n"),
    ],
    ids=["not run", "installed", "skipped", "another", "manual"],
)
def test_a_hook_that_ci_does_not_run_is_declared_at_most(
    tmp_path: Path, key: str, hook: str, steps: str, more: str
) -> None:
    config = {".pre-commit-config.yaml": hooks(hook, more)}

    found = fact(tmp_path, key, steps.format(hook=hook), config)

    assert found.level <= Level.DECLARED
