"""The tracker's rows: the data is whole, and a status follows from the facts alone."""

from __future__ import annotations

import pytest

from pytest_boss_gates.evidence.catalogue import load_catalogue, load_practices
from pytest_boss_gates.measure import METRICS
from pytest_boss_gates.model import Fact, Level, Place, Proof, Status
from pytest_boss_gates.tracker.rows import (
    Need,
    automation_of,
    find_row,
    load_tracker,
    nearest_names,
    parse_tracker,
    row_of_fact,
    standing_of,
    status_of,
)

NONE, MENTIONED, DECLARED, WIRED, GATING, OBSERVED = Level
ELSEWHERE = {  # facts that do not come from the files of the tree
    *("git-branches", "git-history", "git-remote", "git-repository", "git-tags"),
    *("issue-references", "merges-reviewed", "tests-passed"),
}


def facts(path: str = "ci.yml", /, **levels: Level) -> dict[str, Fact]:
    """Facts by name (``_`` for ``-``) at a level, each with one proof in the path."""
    named = {name.replace("_", "-"): level for name, level in levels.items()}
    return {
        name: Fact(
            name=name,
            title=name.title(),
            purpose="-",
            area="practice",
            level=level,
            proofs=(Proof(place=Place(path=path, line=1, text=name), level=level),) * (level > 0),
        )
        for name, level in named.items()
    }


def status(row: str, found: dict[str, Fact], needs: Level = GATING) -> str:
    return status_of(load_tracker().rows[row], found, needs).value


def test_every_row_of_a_table_is_defined_and_every_definition_used() -> None:
    tracker = load_tracker()

    used = {name for table in tracker.tables for name in table.rows}

    assert used == set(tracker.rows)


def test_every_cell_belongs_to_a_column() -> None:
    for table in load_tracker().tables:
        for cells in table.rows.values():
            assert set(cells) <= set(table.columns), table.title


def test_the_first_table_has_the_ten_components_that_progress_counts() -> None:
    assert len(load_tracker().tables[0].rows) == 10


def test_every_fact_of_a_row_exists_or_is_known_to_come_from_elsewhere() -> None:
    known = {row.key for row in (*load_catalogue(), *load_practices())}
    asked = {name for row in load_tracker().rows.values() for name in row.facts}

    assert asked - known == ELSEWHERE


def test_every_practice_of_a_row_says_what_to_add() -> None:
    practices = {row.key for row in load_practices()} | ELSEWHERE
    asked = {name for row in load_tracker().rows.values() for name in row.facts}

    assert asked & practices == set(load_tracker().wanted)


def test_measured_rows_name_a_metric_that_exists() -> None:
    measured = [row for row in load_tracker().rows.values() if row.metric]

    assert len(measured) == 6
    assert {row.metric for row in measured} <= set(METRICS)


def test_every_row_is_measured_or_can_be_completed() -> None:
    for row in load_tracker().rows.values():
        assert bool(row.metric) != bool(row.started and row.completed), row.name


@pytest.mark.parametrize("row", [r for r in load_tracker().rows.values() if not r.metric])
def test_every_row_walks_from_not_started_to_completed(row: object) -> None:
    found = load_tracker().rows[row.name]  # type: ignore[attr-defined]
    everything = facts(".github/ci.yml", **dict.fromkeys(found.facts, GATING))

    assert status_of(found, {}) is Status.NOT_STARTED
    assert status_of(found, everything) is Status.COMPLETED


@pytest.mark.parametrize(
    ("level", "needs", "expected"),
    [
        (NONE, GATING, "Not Started"),
        (MENTIONED, GATING, "Not Started"),
        (DECLARED, GATING, "In Progress"),
        (WIRED, GATING, "In Progress"),
        (GATING, GATING, "Completed"),
        (OBSERVED, GATING, "Completed"),
        (GATING, OBSERVED, "In Progress"),
        (OBSERVED, OBSERVED, "Completed"),
        (WIRED, WIRED, "Completed"),
        (DECLARED, DECLARED, "Completed"),
    ],
)
def test_a_row_of_one_fact_follows_its_level(level: Level, needs: Level, expected: str) -> None:
    assert status("Type Checking", facts(type_checking=level), needs) == expected


@pytest.mark.parametrize(
    ("row", "found", "expected"),
    [
        # all of several
        ("Code Quality", {"lint": GATING, "format": GATING}, "In Progress"),
        ("Code Quality", {"lint": GATING, "format": GATING, "imports": GATING}, "Completed"),
        ("Code Quality", {"code_quality": GATING}, "In Progress"),
        ("Analysis Phase", {"type_checking": GATING, "security_scanning": WIRED}, "In Progress"),
        # update bots start security scanning, and never complete it
        ("Security Scanning", {"update_bot": GATING}, "In Progress"),
        ("Security Scanning", {"code_scanning": GATING}, "In Progress"),
        # one of several
        ("Documentation Building", {"readthedocs": GATING}, "Completed"),
        ("Dependency Management", {"update_bot": DECLARED}, "Completed"),
        ("Dependency Management", {"installation": GATING}, "In Progress"),
        # so many of several
        (
            "Environment Management",
            {"environment_management": GATING, "tox": GATING},
            "In Progress",
        ),
        ("Environment Management", {"tox": GATING, "nox": GATING}, "Completed"),
        ("Environment Management", {"iac_applied": GATING}, "Completed"),
        # configured is enough where CI has nothing to run
        ("Monitoring & Logging", {"monitoring": DECLARED}, "In Progress"),
        ("Monitoring & Logging", {"monitoring": DECLARED, "logging": DECLARED}, "Completed"),
        ("Prometheus", {"prometheus": DECLARED, "alerting": DECLARED}, "Completed"),
        # a script is no delivery, a workflow started by hand is the start of one
        ("Continuous Delivery", {"deployment": DECLARED}, "Not Started"),
        ("Continuous Delivery", {"deployment": WIRED}, "In Progress"),
        # what comes from elsewhere
        ("Automated Testing", {"unit_testing": GATING}, "In Progress"),
        ("Automated Testing", {"unit_testing": GATING, "tests_passed": OBSERVED}, "Completed"),
        ("Code Review", {"merges_reviewed": DECLARED}, "In Progress"),
        ("Code Review", {"merges_reviewed": WIRED}, "Completed"),
        ("Version Control", {"git_repository": DECLARED}, "In Progress"),
        # another fact than the one that starts it
        ("Infrastructure as Code", {"infrastructure_as_code": GATING}, "In Progress"),
        ("Infrastructure as Code", {"iac_check": GATING}, "Completed"),
    ],
)
def test_a_row_of_several_facts(row: str, found: dict[str, Level], expected: str) -> None:
    assert status(row, facts(**found)) == expected


def test_only_proofs_below_the_path_count_for_a_tool_that_is_a_ci_system() -> None:
    levels = {"github_actions": GATING, "unit_testing": GATING, "lint": GATING}

    assert status("GitHub Actions", facts(".github/workflows/ci.yml", **levels)) == "Completed"
    assert status("GitHub Actions", facts(".travis.yml", **levels)) == "Not Started"


def test_a_completed_row_rests_on_its_weakest_fact() -> None:
    found = facts(lint=OBSERVED, format=GATING, imports=OBSERVED)

    standing = standing_of(load_tracker().rows["Code Quality"], found)

    assert (standing.status, standing.level, standing.lacks) == (Status.COMPLETED, GATING, ())


def test_what_is_lacking_is_what_no_fact_meets() -> None:
    found = facts(lint=GATING, format=WIRED)

    standing = standing_of(load_tracker().rows["Code Quality"], found)

    assert [dict(lack.facts) for lack in standing.lacks] == [
        {"format": GATING},
        {"imports": GATING},
    ]
    assert standing.lacks[1].wanted["imports"].startswith("an import sorter")
    assert [fact.name for fact in standing.facts] == ["lint", "format"]


def test_a_row_that_is_not_started_lacks_what_would_start_it() -> None:
    standing = standing_of(load_tracker().rows["Production"], {})

    assert [dict(lack.facts) for lack in standing.lacks] == [
        {"production-environment": DECLARED, "deployment": DECLARED}
    ]


def test_so_many_are_lacking_as_are_left() -> None:
    (lack,) = standing_of(load_tracker().rows["Environment Management"], facts(tox=GATING)).lacks

    assert lack.count == 1
    assert "tox" not in lack.facts


@pytest.mark.parametrize(
    ("level", "word"),
    [
        (NONE, "Not Automated"),
        (DECLARED, "Manual"),
        (WIRED, "Semi-Automated"),
        (GATING, "Automated"),
    ],
)
def test_the_level_of_automation_follows_the_level(level: Level, word: str) -> None:
    standing = standing_of(load_tracker().rows["Staging"], facts(staging_environment=level))

    assert automation_of(standing) == word


@pytest.mark.parametrize(
    "asked", ["Type Checking", "type checking", "TYPE-CHECKING", "type_checking"]
)
def test_a_row_is_found_however_it_is_spelled(asked: str) -> None:
    row = find_row(asked, {})

    assert row == load_tracker().rows["Type Checking"]


def test_a_tool_without_a_row_has_one_of_its_own() -> None:
    found = facts(pip_audit=GATING)

    row = find_row("Pip Audit", found)

    assert row == row_of_fact("pip-audit")
    assert row is not None
    assert status_of(row, found) is Status.COMPLETED


def test_a_wrong_name_has_near_ones() -> None:
    assert find_row("Typ Checkin", {}) is None
    assert nearest_names("Typ Checkin", {})[0] == "Type Checking"
    assert nearest_names("xyzzy", {}) == ()


def test_the_grammar_of_needs() -> None:
    tracker = parse_tracker(
        'tables = []\nwanted = {}\n[rows.R]\nstarted = ["a@wired"]\n'
        'completed = ["2 of a | b@declared | c or d | e@wired"]\n'
    )

    row = tracker.rows["R"]
    assert row.started == {"a": WIRED}
    facts = {"a": None, "b": DECLARED, "c": None}
    assert row.completed == (Need(facts=facts, count=2, instead={"d": None, "e": WIRED}),)
