"""What CI comes to, held against rows: words that must stand, options that weaken, occasions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_boss_gates.evidence.catalogue import Tool, tool_of
from pytest_boss_gates.evidence.chain import Reached
from pytest_boss_gates.evidence.matching import Matcher, Seen, is_diff_check, renamed, seen_at
from pytest_boss_gates.evidence.steps import Job, Trigger
from pytest_boss_gates.model import Level, Place

AT = Place(path="ci.yml", line=3, text="- run: x")
PUSH, CHANGE, QUEUE = Trigger.PUSH, Trigger.CHANGE, Trigger.QUEUE
TAG, SCHEDULE, MANUAL = Trigger.TAG, Trigger.SCHEDULE, Trigger.MANUAL
JOB = Job(system="x", name="x", place=AT, triggers=frozenset({PUSH}), steps=())


def row(**fields: object) -> Tool:
    return tool_of("tool", {"purpose": "P", "area": "lint", **fields})


def reached(text: str, kind: str = "command") -> Reached:
    words = tuple(text.split()) if kind == "command" else (text,)
    return Reached(kind=kind, words=words, way=(AT,), job=JOB, order=1, triggers=JOB.triggers)


def seen(tool: Tool, text: str, kind: str = "command", *, diff_checked: bool = False) -> list[Seen]:
    found = Matcher([tool]).rows(reached(text, kind), diff_checked=diff_checked)
    return [each for _, each in found]


@pytest.mark.parametrize(
    ("command", "text", "counts"),
    [
        ("mypy", "mypy", True),
        ("mypy", "mypy src --strict", True),
        ("mypy", "dmypy run", False),
        ("mypy", "echo mypy", False),
        ("ruff check", "ruff check src", True),
        ("ruff check", "ruff --quiet check", True),
        ("ruff check", "ruff --config x.toml check", True),
        ("ruff check", "ruff format check", False),
        ("ruff check", "ruff", False),
        ("ruff check", "check ruff", False),
        ("docker compose up", "docker compose -f a.yml up -d", True),
        ("docker compose up", "docker compose down up", False),
        ("pytest --nbval", "pytest src --nbval", True),
        ("pytest --nbval", "pytest --nbval=x", True),
        ("pytest --nbval", "pytest --nbval-lax", False),
        ("sphinx-build -b doctest", "sphinx-build -W -b doctest a b", True),
        # asking is not running
        ("mypy", "mypy --version", False),
        ("mypy", "mypy -V", False),
        ("ruff check", "ruff help check", False),
        ("ruff check", "ruff check --help", False),
    ],
)
def test_which_commands_show_a_row(command: str, text: str, *, counts: bool) -> None:
    assert bool(seen(row(commands=[command]), text)) is counts


def test_a_row_is_shown_once_by_a_command_that_two_of_its_entries_fit() -> None:
    assert len(seen(row(commands=["ruff", "ruff check"]), "ruff check")) == 1


def test_an_idle_command_shows_nothing() -> None:
    tool = row(commands=["docker"], idle=["docker login"])

    assert seen(tool, "docker build .")
    assert not seen(tool, "docker login -u x")


@pytest.mark.parametrize(
    ("kind", "field", "name", "text", "counts"),
    [
        ("action", "actions", "a/b", "a/b", True),
        ("action", "actions", "a/b", "a/b/sub", True),
        ("action", "actions", "a/b/sub", "a/b", False),
        ("action", "actions", "a/b", "a/bc", False),
        ("workflow", "workflows", "a/b", "a/b/.github/workflows/x.yml", True),
        ("hook", "hooks", "mypy", "mypy", True),
        ("hook", "hooks", "mypy", "mypy-extra", False),
        ("hook", "actions", "a/b", "a/b", False),
        ("orb", "known", "orb:a/b", "a/b", True),
        ("task", "known", "orb:a/b", "a/b", False),
    ],
)
def test_which_known_ends_show_a_row(
    kind: str, field: str, name: str, text: str, *, counts: bool
) -> None:
    assert bool(seen(row(**{field: [name]}), text, kind)) is counts


def test_an_action_that_says_what_it_runs_counts_by_that_alone() -> None:
    tool = row(actions=["a/b"], ends={"a/b": "mypy"})

    assert not seen(tool, "a/b", "action")


CHECKS = {"fmt": ["--check", "--diff"], "fmt sort": ["-c"]}
LENIENT = {"lint": ["--exit-zero"], "lint check": ["--fix"]}


@pytest.mark.parametrize(
    ("text", "soft"),
    [
        ("fmt --check .", ()),
        ("fmt --diff=x .", ()),
        (
            "fmt .",
            ("ci.yml:3: `fmt` without --check or --diff rewrites, or reports, and succeeds",),
        ),
        ("fmt sort -c .", ()),
        ("fmt sort --check .", ("ci.yml:3: `fmt` without -c rewrites, or reports, and succeeds",)),
        ("lint .", ()),
        ("lint --exit-zero .", ("ci.yml:3: `--exit-zero`",)),
        ("lint check --fix .", ("ci.yml:3: `--fix`",)),
        ("lint --fix .", ()),
        ("lint check --fix --exit-non-zero-on-fix .", ()),
    ],
)
def test_options_decide_whether_a_command_can_fail(text: str, soft: tuple[str, ...]) -> None:
    [found] = seen(row(commands=["fmt", "lint"], checks=CHECKS, lenient=LENIENT), text)

    assert found.soft == soft


def test_a_later_diff_check_makes_a_rewriting_command_fail() -> None:
    [found] = seen(row(commands=["fmt"], checks=CHECKS), "fmt .", diff_checked=True)

    assert found.soft == ()


@pytest.mark.parametrize(
    ("text", "is_check"),
    [
        ("git diff --exit-code", True),
        ("git diff --quiet src", True),
        ("git diff --stat", False),
        ("git status --porcelain", True),
        ("git status", False),
        ("diff --exit-code", False),
    ],
)
def test_what_checks_that_nothing_was_changed(text: str, *, is_check: bool) -> None:
    assert is_diff_check(tuple(text.split())) is is_check


@pytest.mark.parametrize(
    ("triggers", "soft", "occasions", "level", "why"),
    [
        ({PUSH}, (), (), Level.GATING, ()),
        ({CHANGE, TAG}, (), (), Level.GATING, ()),
        ({QUEUE}, (), (), Level.GATING, ()),
        ({PUSH}, ("x",), (), Level.WIRED, ("x",)),
        ({TAG}, (), ("release",), Level.GATING, ()),
        ({SCHEDULE}, (), ("schedule",), Level.GATING, ()),
        ({SCHEDULE}, ("x",), ("schedule",), Level.WIRED, ("x",)),
        ({TAG}, (), (), Level.WIRED, ("runs on tags and releases only",)),
        ({MANUAL}, (), ("release",), Level.WIRED, ("is started by hand",)),
        (
            {SCHEDULE, MANUAL},
            (),
            (),
            Level.DECLARED,
            ("does not run on pushes or pull requests (only: by hand or other events, schedule)",),
        ),
        (
            set(),
            (),
            (),
            Level.DECLARED,
            ("does not run on pushes or pull requests (only: never)",),
        ),
        (None, (), (), Level.DECLARED, ()),
    ],
)
def test_how_far_something_proves_a_row(
    triggers: set[Trigger] | None,
    soft: tuple[str, ...],
    occasions: tuple[str, ...],
    level: Level,
    why: tuple[str, ...],
) -> None:
    known = None if triggers is None else frozenset(triggers)

    proof = Seen(way=(AT,), triggers=known, soft=soft).proof(occasions)

    assert (proof.level, proof.soft) == (level, why)


def test_a_proof_starts_in_ci_and_keeps_its_hops() -> None:
    end = Place(path="tox.ini", line=7)
    here = replace(reached("mypy"), way=(AT, end))

    proof = seen_at(here, Place(path="x", line=1), soft=["y"]).proof(())

    assert proof.place == AT
    assert [place.path for place in proof.hops] == ["tox.ini", "x"]
    assert proof.soft == ("y",)


def test_what_counts_for_another_row_says_for_which_it_was_seen() -> None:
    [first, second] = renamed([Seen(way=(AT,)), Seen(way=(AT,), by="ruff")], by="lint")

    assert (first.by, second.by) == ("lint", "ruff")
