"""What a target is limited to: paths, markers, kinds, and what is said when it cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.errors import SettingsError
from pytest_boss_gates.measure import METRICS
from pytest_boss_gates.model import Target, read_marker, spell_scope
from pytest_boss_gates.settings.load import Options, load

if TYPE_CHECKING:
    from pathlib import Path


def targets(root: Path, line: str) -> tuple[Target, ...]:
    return load(
        root,
        Options(invocation_dir=root),
        metrics=METRICS,
        formats=(),
        tools=tuple,
        files=lambda: ("src/shop.py", "tests/test_shop.py"),
        text=f"[tool.boss-gates.targets]\n{line}\n",
    ).targets


def complaint(root: Path, line: str) -> str:
    with pytest.raises(SettingsError) as caught:
        targets(root, line)
    (problem,) = caught.value.problems
    return f"{problem.key.rpartition('.')[2]}: {problem.message} {problem.suggestion}".rstrip()


def test_the_scope_spells_all_limits(tmp_path: Path) -> None:
    found = targets(
        tmp_path,
        'slowest-test = ["<5 s", { marker = "not  slow", paths = "tests", target = "<1 s" }]\n'
        'suppressions = [{ kind = "noqa", paths = "src/**", target = "=0" }, "<=9"]',
    )

    assert [target.scope for target in found] == [
        "",
        '-m "not slow" tests',
        "noqa src/**",
        "",
    ]
    assert (found[1].marker, found[1].paths) == ("not slow", "tests")
    assert (found[2].kind, found[2].paths) == ("noqa", "src/**")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            'slowest-test = { marker = "slow and", target = "<1 s" }',
            'marker: This is no marker: it cannot be read. Write for example "slow" or "not slow".',
        ),
        (
            'slowest-test = { marker = "slow(1)", target = "<1 s" }',
            (
                "marker: This is no marker: it has something else than names, and, or, not. "
                'Write for example "slow" or "not slow".'
            ),
        ),
        (
            'slowest-test = { marker = " ", target = "<1 s" }',
            'marker: A marker cannot be empty. Write for example "slow" or "not slow".',
        ),
        (
            'tests = { marker = "slow", target = ">=1" }',
            (
                "marker: tests cannot be limited to a marker. "
                "These can be: test-duration-total, test-duration-p95, slowest-test."
            ),
        ),
        (
            'tests = { kind = "noqa", target = ">=1" }',
            "kind: tests cannot be limited to a kind. These can be: suppressions.",
        ),
        (
            'suppressions = { kind = "no-qa", target = "=0" }',
            'kind: suppressions has no such kind. Did you mean "noqa"?',
        ),
        (
            'suppressions = { kind = "sloth", target = "=0" }',
            (
                'kind: suppressions has no such kind. It has "noqa", "type-ignore", "no-cover", '
                '"nosec", "pylint-disable", "skip" and "xfail".'
            ),
        ),
        (
            'slowest-test = { paths = "test/**", target = "<1 s" }',
            'paths: No file of the project matches this. Did you mean "tests/**"?',
        ),
    ],
)
def test_a_limit_that_cannot_be_says_what_to_write(tmp_path: Path, line: str, said: str) -> None:
    assert complaint(tmp_path, line) == said


def test_two_targets_with_the_same_limits_are_one_too_many(tmp_path: Path) -> None:
    one = '{ marker = "slow", target = "<1 s" }'

    said = complaint(tmp_path, f"slowest-test = [{one}, {one}]")

    assert 'slowest-test already has a target over "-m slow", on line 2.' in said


@pytest.mark.parametrize(
    ("expression", "marks", "matches"),
    [
        ("slow", {"slow"}, True),
        ("slow", {"db"}, False),
        ("not slow", {"db"}, True),
        ("not slow", set(), True),
        ("slow and db", {"slow"}, False),
        ("slow or db", {"db"}, True),
        ("slow and not (db or web)", {"slow", "web"}, False),
        ("slow and not (db or web)", {"slow"}, True),
        ("not slow and db or web", {"web", "slow"}, True),
    ],
)
def test_markers_are_joined_as_by_pytest(
    expression: str, marks: set[str], *, matches: bool
) -> None:
    names, test = read_marker(expression)

    assert test(marks) is matches
    assert "slow" in names


def test_an_expression_that_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        read_marker("(" * 10_000 + "slow" + ")" * 10_000)


def test_without_limits_the_scope_is_everything() -> None:
    assert spell_scope() == ""
