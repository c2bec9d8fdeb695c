"""The tracker's tables: every row and cell from facts, measurements and settings given here."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from pytest_boss_gates.model import (
    Direction,
    Fact,
    Level,
    Override,
    Place,
    Proof,
    Row,
    RowSetting,
    Status,
    Table,
    TableSetting,
    TrackerSettings,
)
from pytest_boss_gates.tracker.rows import load_tracker
from pytest_boss_gates.tracker.tables import Ground, derived, tables_of

NONE, MENTIONED, DECLARED, WIRED, GATING, OBSERVED = Level
TODAY = date(2026, 3, 15)
CI = ".github/workflows/ci.yml"
TITLES = [
    "CI/CD Implementation Status",
    "CI/CD Pipeline Components",
    "DevOps Tooling Status",
    "CI/CD Pipeline Phases",
    "Environment Strategy",
    "Progress Tracking",
    "DevOps Best Practices Implementation",
    "Success Metrics",
]
COMPONENTS, PIPELINE, TOOLS, PHASES, ENVIRONMENTS, PROGRESS, PRACTICES, METRICS = TITLES


def fact(
    name: str,
    level: Level,
    *proofs: Proof,
    title: str = "",
    area: str = "practice",
    note: str = "",
) -> Fact:
    if not proofs and level and not note:
        proofs = (proof(CI, 7, level),)
    return Fact(
        name=name,
        title=title or name,
        purpose=f"{name}'s purpose",
        area=area,
        level=level,
        proofs=proofs,
        note=note,
    )


def proof(path: str, line: int, level: Level, *hops: Place, by: str = "", soft: str = "") -> Proof:
    return Proof(
        place=Place(path=path, line=line),
        hops=hops,
        level=level,
        soft=(soft,) if soft else (),
        by=by,
    )


def ground(*facts: Fact, settings: TrackerSettings | None = None) -> Ground:
    return Ground(
        facts={fact.name: fact for fact in facts},
        today=TODAY,
        settings=settings or TrackerSettings(),
    )


def table(title: str, given: Ground) -> Table:
    return next(table for table in tables_of(given) if table.title == title)


def row(title: str, name: str, given: Ground) -> Row:
    (found,) = [row for row in table(title, given).rows if row.cells[0] == name]
    return found


def cells(title: str, name: str, given: Ground) -> dict[str, str]:
    columns = table(title, given).columns
    return dict(zip(columns, row(title, name, given).cells, strict=True))


def names(title: str, given: Ground) -> list[str]:
    return [row.cells[0] for row in table(title, given).rows]


MYPY = fact("mypy", GATING, area="type-checking")
TYPES = fact("type-checking", GATING, proof(CI, 7, GATING, by="mypy"), title="Type Checking")


# -- the tables


def test_the_tables_and_their_rows_are_those_of_the_layout_in_its_order() -> None:
    found = tables_of(ground())

    assert [table.title for table in found] == TITLES
    assert [len(table.rows) for table in found] == [10, 10, 11, 8, 4, 1, 10, 6]
    for table, layout in zip(found, load_tracker().tables, strict=True):
        assert table.columns == layout.columns
        assert all(len(row.cells) == len(table.columns) for row in table.rows)
        if layout.rows:
            assert [row.cells[0] for row in table.rows] == list(layout.rows)


def test_where_nothing_is_found_every_row_is_not_started_and_says_so() -> None:
    rows = [row for table in tables_of(ground()) for row in table.rows if row.status]

    assert len(rows) == 10 + 10 + 11 + 8 + 4 + 10
    assert {(row.status, row.level, row.why) for row in rows} == {
        (Status.NOT_STARTED, NONE, "not detected")
    }


def test_one_fact_says_the_same_in_every_table() -> None:
    given = ground(MYPY, TYPES)

    assert cells(COMPONENTS, "Type Checking", given) == {
        "Component": "Type Checking",
        "Status": "Completed",
        "Priority": "-",
        "Assigned To": "-",
        "Target Completion": "-",
        "Notes": f"gating by mypy: {CI}:7",
    }
    assert cells(PIPELINE, "Type Checking", given) == {
        "Component": "Type Checking",
        "Status": "Completed",
        "Tools": "mypy",
        "Integration Points": "CI Pipeline",
        "Notes": f"gating by mypy: {CI}:7",
    }
    assert cells(TOOLS, "mypy", given)["Status"] == "Completed"
    assert cells(PHASES, "Analysis Phase", given)["Status"] == "In Progress"


def test_completed_needs_decides_what_completes_a_row() -> None:
    observed = TrackerSettings(needs=OBSERVED)
    wired = TrackerSettings(needs=WIRED)
    soft = fact("type-checking", WIRED)

    assert row(COMPONENTS, "Type Checking", ground(TYPES, settings=observed)).status is (
        Status.IN_PROGRESS
    )
    assert row(COMPONENTS, "Type Checking", ground(soft, settings=wired)).status is (
        Status.COMPLETED
    )


@pytest.mark.parametrize(
    ("level", "word"),
    [
        (NONE, "Not Automated"),
        (DECLARED, "Manual"),
        (WIRED, "Semi-Automated"),
        (GATING, "Automated"),
    ],
)
def test_an_environment_has_its_level_of_automation(level: Level, word: str) -> None:
    given = ground(fact("staging-environment", level))

    assert cells(ENVIRONMENTS, "Staging", given)["Automation Level"] == word


def test_the_month_counts_the_components_that_are_completed() -> None:
    (month,) = table(PROGRESS, ground(TYPES)).rows

    assert month.cells == ("March 2026", "Type Checking", "1", "9")
    assert month.status is None


def test_the_month_counts_only_the_components_that_are_shown() -> None:
    hidden = TrackerSettings(
        rows=tuple(RowSetting(name=n, hidden=True) for n in ("Type Checking", "Security Scanning"))
    )

    (month,) = table(PROGRESS, ground(TYPES, settings=hidden)).rows

    assert month.cells == ("March 2026", "-", "0", "8")


def test_earlier_months_stand_above_as_they_are() -> None:
    past = (("January 2026", "-", "0", "10"), ("February 2026", "Docs", "1", "9"))

    table_ = table(PROGRESS, replace(ground(TYPES), past=past))

    assert [row.cells for row in table_.rows] == [
        *past,
        ("March 2026", "Type Checking", "1", "9"),
    ]


def test_a_history_says_what_was_completed_before_the_month() -> None:
    known = replace(ground(TYPES), completed_before=frozenset({"Type Checking"}))

    (month,) = table(PROGRESS, known).rows

    assert month.cells == ("March 2026", "-", "1", "9")


def test_a_row_of_the_project_s_own_shows_a_metric() -> None:
    setting = RowSetting(name="Branching", table=METRICS, metric="complexity")
    settings = TrackerSettings(rows=(setting,))
    given = replace(ground(settings=settings), measured={"complexity": ("7", "<=10")})

    assert cells(METRICS, "Branching", given)["Current"] == "7"
    assert cells(METRICS, "Branching", given)["Target"] == "<=10"


def test_what_could_not_be_looked_at_leaves_open_what_a_row_may_be() -> None:
    passed = replace(fact("tests-passed", NONE), unseen="no test session was seen")
    tests = fact("unit-testing", GATING)

    found = row(COMPONENTS, "Automated Unit Testing", ground(tests, passed))

    assert (found.status, found.perhaps) == (Status.IN_PROGRESS, Status.COMPLETED)
    assert found.hinges == "no test session was seen"


def test_what_was_looked_at_leaves_nothing_open() -> None:
    found = row(COMPONENTS, "Automated Unit Testing", ground(fact("unit-testing", GATING)))

    assert (found.status, found.perhaps, found.hinges) == (Status.IN_PROGRESS, None, "")


def test_a_metric_has_its_current_and_its_target_and_no_status() -> None:
    given = replace(ground(), measured={"code-coverage": ("93.1 %", ">90%")})

    assert cells(METRICS, "Code Coverage", given) == {
        "Metric": "Code Coverage",
        "Current": "93.1 %",
        "Target": ">90%",
        "Notes": "Test coverage percentage",
    }
    assert row(METRICS, "Code Coverage", given).status is None
    assert row(METRICS, "Mean Time to Recovery", given).cells[1:3] == ("-", "-")


# -- tools


def test_a_tool_that_is_found_joins_the_tools_and_one_that_is_only_mentioned_does_not() -> None:
    ruff = fact("ruff", DECLARED, proof("pyproject.toml", 9, DECLARED), title="Ruff", area="lint")
    given = ground(
        fact("zizmor", GATING, area="security"),
        ruff,
        fact("bandit", MENTIONED, area="security"),
        fact("lint", GATING),  # a practice is no tool
        MYPY,  # has its row already
    )

    assert names(TOOLS, given)[11:] == ["Ruff", "zizmor"]
    assert cells(TOOLS, "Ruff", given) == {
        "Tool": "Ruff",
        "Purpose": "ruff's purpose",
        "Status": "In Progress",
        "Integration": "-",
        "Notes": "declared: pyproject.toml:9; needs Ruff at gating",
    }


@pytest.mark.parametrize(
    ("path", "system"),
    [
        (CI, "github-actions"),  # no fact to give it a title
        (".gitlab-ci.yml", "GitLab CI"),
        (".pre-commit-config.yaml", "pre-commit.ci"),
        (".readthedocs.yaml", "Read the Docs"),
        ("tox.ini", "-"),  # not a definition of CI
    ],
)
def test_the_integration_of_a_tool_is_the_system_that_runs_it(path: str, system: str) -> None:
    gitlab = fact("gitlab-ci", DECLARED, title="GitLab CI", area="ci")
    given = ground(fact("mypy", GATING, proof(path, 3, GATING), area="types"), gitlab)

    assert cells(TOOLS, "mypy", given)["Integration"] == system


def test_a_tool_that_is_only_declared_is_integrated_nowhere() -> None:
    declared = fact("mypy", DECLARED, proof(CI, 7, DECLARED), area="types")

    assert cells(TOOLS, "mypy", ground(declared))["Integration"] == "-"


def test_a_ci_system_is_not_integrated_with_itself() -> None:
    actions = fact("github-actions", GATING, title="GitHub Actions", area="ci")

    assert cells(TOOLS, "GitHub Actions", ground(actions))["Integration"] == "-"


def test_the_tools_of_a_row_are_those_that_show_it_without_repetition() -> None:
    tools = [fact(name, GATING, area="quality", title=name.title()) for name in ("ruff", "black")]
    practices = [
        fact("lint", GATING, proof(CI, 7, GATING, by="ruff"), proof(CI, 8, GATING, by="ruff")),
        fact("format", GATING, proof(CI, 9, GATING, by="black")),
        fact("imports", MENTIONED, proof("README.md", 1, MENTIONED, by="isort")),
    ]

    given = ground(*tools, *practices)

    assert cells(PIPELINE, "Code Quality", given)["Tools"] == "Ruff, Black"


def test_without_a_tool_that_shows_it_the_tools_are_a_dash() -> None:
    assert cells(PIPELINE, "Code Quality", ground())["Tools"] == "-"


# -- what the notes say


def test_the_notes_give_the_whole_way() -> None:
    way = proof(CI, 33, GATING, Place(path="tox.ini", line=18), by="mypy")

    given = ground(MYPY, fact("type-checking", GATING, way))

    assert row(COMPONENTS, "Type Checking", given).why == f"gating by mypy: {CI}:33 -> tox.ini:18"


def test_the_notes_say_why_a_failure_is_soft_and_what_would_do() -> None:
    soft = proof(CI, 7, WIRED, soft="`|| true`")

    given = ground(fact("type-checking", WIRED, soft, title="Type Checking"))

    assert row(COMPONENTS, "Type Checking", given).why == (
        f"wired: {CI}:7 (`|| true`); needs Type Checking at gating"
    )


def test_the_notes_name_what_is_not_there_at_all() -> None:
    given = ground(fact("code-scanning", GATING))

    assert row(COMPONENTS, "Security Scanning", given).why == (
        f"gating: {CI}:7; needs a scanner of the dependencies, such as pip-audit or osv-scanner"
    )


def test_the_notes_of_what_has_no_line_are_its_note() -> None:
    given = ground(fact("git-repository", DECLARED, note="a git repository"))

    assert row(PRACTICES, "Version Control", given).why.startswith(
        "declared: a git repository; needs "
    )


def test_a_row_rests_on_the_weakest_of_its_facts() -> None:
    given = ground(
        fact("unit-testing", GATING),
        fact("tests-passed", OBSERVED, note="3 tests passed in this session"),
    )

    found = row(COMPONENTS, "Automated Unit Testing", given)

    assert (found.status, found.level) == (Status.COMPLETED, GATING)
    assert found.why == f"gating: {CI}:7"
    assert found.proofs == (Place(path=CI, line=7),)


# -- equivalents


def test_a_tool_counts_for_another_only_where_the_project_says_so() -> None:
    ruff = fact("ruff", GATING, title="Ruff", area="lint")
    flake8 = fact("flake8", NONE, area="lint")
    says = TrackerSettings(equivalents={"flake8": ("ruff",)})

    assert cells(TOOLS, "flake8", ground(ruff, flake8))["Status"] == "Not Started"
    assert cells(TOOLS, "flake8", ground(ruff, flake8, settings=says)) == {
        "Tool": "flake8",
        "Purpose": "Code Linting",
        "Status": "Completed",
        "Integration": "github-actions",
        "Notes": f"gating by ruff: {CI}:7",
    }


def test_an_equivalent_that_shows_less_changes_nothing() -> None:
    ruff = fact("ruff", DECLARED, area="lint")
    flake8 = fact("flake8", GATING, area="lint")
    says = TrackerSettings(equivalents={"flake8": ("ruff", "no-such-tool")})

    assert row(TOOLS, "flake8", ground(ruff, flake8, settings=says)).why == f"gating: {CI}:7"


# -- what the project says of rows


def test_a_person_s_cells_are_the_person_s() -> None:
    setting = RowSetting(
        name="Type Checking",
        cells={"Priority": "High", "Assigned To": "Ada", "Notes": "ours", "Tools": "a plan"},
        target_completion=date(2026, 5, 1),
    )
    given = ground(TYPES, settings=TrackerSettings(rows=(setting,)))

    assert cells(COMPONENTS, "Type Checking", given) == {
        "Component": "Type Checking",
        "Status": "Completed",
        "Priority": "High",
        "Assigned To": "Ada",
        "Target Completion": "2026-05-01",
        "Notes": "ours",
    }
    found = row(COMPONENTS, "Type Checking", given)
    assert found.due == date(2026, 5, 1)
    assert found.why == f"gating by mypy: {CI}:7"  # is still told where it is asked for
    assert cells(PIPELINE, "Type Checking", given)["Tools"] == "a plan"


def test_a_row_is_renamed_in_its_place() -> None:
    setting = RowSetting(name="Type Checking", rename="Static Typing")
    given = ground(TYPES, settings=TrackerSettings(rows=(setting,)))

    assert names(COMPONENTS, given)[2] == "Static Typing"
    assert row(COMPONENTS, "Static Typing", given).status is Status.COMPLETED


def test_a_measured_row_is_renamed_too() -> None:
    setting = RowSetting(name="Code Coverage", rename="Coverage", cells={"Notes": "branches, too"})
    given = replace(
        ground(settings=TrackerSettings(rows=(setting,))), measured={"code-coverage": ("9 %", "-")}
    )

    assert row(METRICS, "Coverage", given).cells == ("Coverage", "9 %", "-", "branches, too")


@pytest.mark.parametrize(
    ("hidden", "title"),
    [("Type Checking", COMPONENTS), ("Grafana", TOOLS), ("Code Coverage", METRICS)],
)
def test_a_hidden_row_is_nowhere(hidden: str, title: str) -> None:
    settings = TrackerSettings(rows=(RowSetting(name=hidden, hidden=True),))

    assert hidden in names(title, ground())
    assert hidden not in names(title, ground(settings=settings))


def test_a_tool_that_was_found_is_hidden_by_its_title() -> None:
    ruff = fact("ruff", GATING, title="Ruff", area="lint")
    settings = TrackerSettings(rows=(RowSetting(name="Ruff", hidden=True),))

    assert "Ruff" not in names(TOOLS, ground(ruff, settings=settings))


def test_a_row_of_the_project_s_own_stands_below_those_that_are_known() -> None:
    setting = RowSetting(
        name="Licences",
        table=COMPONENTS,
        started=("reuse",),
        completed=("reuse", "security-scanning@declared"),
        cells={"Priority": "Low"},
    )
    settings = TrackerSettings(rows=(setting,))
    reuse = fact("reuse", GATING, area="packaging")

    given = ground(reuse, settings=settings)

    assert names(COMPONENTS, given)[-1] == "Licences"
    assert cells(COMPONENTS, "Licences", given) == {
        "Component": "Licences",
        "Status": "In Progress",
        "Priority": "Low",
        "Assigned To": "-",
        "Target Completion": "-",
        "Notes": f"gating: {CI}:7; needs a scanner, such as CodeQL, bandit or pip-audit",
    }
    scanned = ground(reuse, fact("security-scanning", DECLARED), settings=settings)
    assert row(COMPONENTS, "Licences", scanned).status is Status.COMPLETED
    assert "Licences" not in names(COMPONENTS, ground(reuse))


def test_a_known_row_rests_on_what_the_project_says() -> None:
    setting = RowSetting(name="Type Checking", completed=("pyright",))
    given = ground(TYPES, settings=TrackerSettings(rows=(setting,)))

    assert row(COMPONENTS, "Type Checking", given).status is Status.IN_PROGRESS


def test_a_measured_row_may_rest_on_evidence_where_the_project_says_so() -> None:
    setting = RowSetting(name="Code Coverage", completed=("mypy",))

    given = ground(MYPY, settings=TrackerSettings(rows=(setting,)))

    assert row(METRICS, "Code Coverage", given).status is Status.COMPLETED


def test_a_tool_of_the_tools_table_that_the_project_names_is_there_once() -> None:
    ruff = fact("ruff", GATING, title="Ruff", area="lint")
    setting = RowSetting(name="Ruff", table=TOOLS, cells={"Notes": "all rules"})

    given = ground(ruff, settings=TrackerSettings(rows=(setting,)))

    assert cells(TOOLS, "Ruff", given)["Notes"] == "all rules"
    assert cells(TOOLS, "Ruff", given)["Status"] == "Completed"


def test_tables_of_the_project_s_own_come_last_with_their_rows() -> None:
    settings = TrackerSettings(
        tables=(
            TableSetting(title="House Rules", columns=("Rule", "Status", "Owner", "Notes")),
            TableSetting(title="Later", columns=("Plan", "Status")),
        ),
        rows=(
            RowSetting(name="Typed", table="House Rules", completed=("mypy",)),
            RowSetting(name="Out", table="House Rules", completed=("mypy",), hidden=True),
        ),
    )

    *known, rules, later = tables_of(ground(MYPY, settings=settings))

    assert [table.title for table in known] == TITLES
    assert (rules.title, rules.columns) == ("House Rules", ("Rule", "Status", "Owner", "Notes"))
    assert [row.cells for row in rules.rows] == [("Typed", "Completed", "-", f"gating: {CI}:7")]
    assert (later.title, later.rows) == ("Later", ())


# -- overrides


def overridden(evidence: str = "", expires: date = TODAY, name: str = "Staging") -> TrackerSettings:
    override = Override(
        row=name,
        status=Status.COMPLETED,
        reason="run by the platform team",
        expires=expires,
        evidence=evidence,
    )
    return TrackerSettings(overrides=(override,))


def test_an_override_is_shown_as_one() -> None:
    given = ground(settings=overridden())

    found = row(ENVIRONMENTS, "Staging", given)

    assert (found.status, found.overridden) == (Status.COMPLETED, True)
    assert cells(ENVIRONMENTS, "Staging", given) == {
        "Environment": "Staging",
        "Purpose": "Pre-production validation",
        "Status": "Completed",
        "Automation Level": "Automated",
        "Notes": "override until 2026-03-15: run by the platform team",
    }


def test_an_override_counts_below_the_evidence_too() -> None:
    settings = overridden(name="Type Checking")
    lower = replace(settings.overrides[0], status=Status.IN_PROGRESS)

    given = ground(TYPES, settings=replace(settings, overrides=(lower,)))

    assert row(COMPONENTS, "Type Checking", given).status is Status.IN_PROGRESS


def test_an_override_names_a_tool_by_its_title() -> None:
    ruff = fact("ruff", DECLARED, title="Ruff", area="lint")

    found = row(TOOLS, "Ruff", ground(ruff, settings=overridden(name="Ruff")))

    assert found.overridden
    assert found.status is Status.COMPLETED


@pytest.mark.parametrize(
    "settings", [overridden(expires=date(2026, 3, 14)), overridden("docs/gone.md:3")]
)
def test_an_override_that_does_not_hold_counts_for_nothing(settings: TrackerSettings) -> None:
    found = row(ENVIRONMENTS, "Staging", ground(settings=settings))

    assert (found.status, found.overridden, found.why) == (
        Status.NOT_STARTED,
        False,
        "not detected",
    )


def test_an_override_holds_while_its_line_is_there() -> None:
    settings = overridden("docs/runbook.md:3")
    given = replace(ground(settings=settings), line=lambda path, number: f"{path} {number}")

    assert row(ENVIRONMENTS, "Staging", given).overridden


# -- what a document is held against


def test_only_machine_cells_are_derived() -> None:
    given = replace(ground(TYPES), measured={"code-coverage": ("93.1 %", ">90%")})

    found = {table.title: table for table in derived(tables_of(given), TrackerSettings())}

    by_table = {title: {name for row in found[title].rows for name in row.cells} for title in found}
    assert by_table == {
        COMPONENTS: {"Status"},
        PIPELINE: {"Status"},
        TOOLS: {"Status"},
        PHASES: {"Status"},
        ENVIRONMENTS: {"Status", "Automation Level"},
        PROGRESS: set(),  # past months are history
        PRACTICES: {"Status"},
        METRICS: {"Current"},
    }
    unmeasured = next(row for row in found[METRICS].rows if row.name == "Build Success Rate")
    assert unmeasured.cells == {}
    types = found[COMPONENTS].rows[2]
    assert (types.name, types.cells) == ("Type Checking", {"Status": "Completed"})
    assert types.why == f"gating by mypy: {CI}:7"
    coverage = next(row for row in found[METRICS].rows if row.name == "Code Coverage")
    assert coverage.cells == {"Current": "93.1 %"}


def test_the_current_month_is_to_be_the_last_row() -> None:
    found = {table.title: table for table in derived(tables_of(ground(TYPES)), TrackerSettings())}

    month = found[PROGRESS].append

    assert month is not None
    assert (month.name, month.also) == ("March 2026", ("2026-03",))
    assert month.cells == {
        "Components Completed": "Type Checking",
        "Total Completed": "1",
        "Total Remaining": "9",
    }
    assert [table.title for table in found.values() if table.append] == [PROGRESS]


def test_a_new_document_does_not_start_with_reasons_that_will_change() -> None:
    tables = tables_of(ground(TYPES))

    components, *_ = derived(tables, TrackerSettings())

    assert tables[0].rows[2].cells[-1].startswith("gating")
    assert {column for row in components.rows for column in row.starts} == set()


def test_a_person_s_cells_are_what_a_new_document_starts_with() -> None:
    setting = RowSetting(name="Type Checking", cells={"Priority": "High", "Notes": "ours"})
    settings = TrackerSettings(rows=(setting,))

    components, *_ = derived(tables_of(ground(TYPES, settings=settings)), settings)

    assert components.rows[2].starts == {"Priority": "High", "Notes": "ours"}


def test_which_way_a_metric_gets_better_comes_along() -> None:
    given = replace(
        ground(),
        measured={"code-coverage": ("93.1 %", ">90%")},
        better={"code-coverage": Direction.HIGHER},
    )

    *_, metrics = derived(tables_of(given), TrackerSettings())

    coverage = next(row for row in metrics.rows if row.name == "Code Coverage")
    assert coverage.better == {"Current": Direction.HIGHER}


def test_the_column_tools_is_derived_where_it_is_asked_for() -> None:
    settings = TrackerSettings(writes_tools=True)

    pipeline = derived(tables_of(ground(MYPY, TYPES, settings=settings)), settings)[1]

    types = next(row for row in pipeline.rows if row.name == "Type Checking")
    assert types.cells == {"Status": "Completed", "Tools": "mypy"}


@pytest.mark.parametrize(
    ("place", "link"),
    [
        (Place(path=CI, line=7), f"{CI}#L7"),
        (Place(path="Dockerfile"), "Dockerfile"),
        (Place(path=".git"), ""),  # nothing that a reader could open
    ],
)
def test_a_status_is_linked_to_its_first_proof(place: Place, link: str) -> None:
    given = ground(fact("type-checking", GATING, Proof(place=place, level=GATING)))

    types = derived(tables_of(given), TrackerSettings())[0].rows[2]

    assert types.link == link


@pytest.mark.parametrize(
    ("at", "link"),
    [
        ("tracker.md", f"{CI}#L7"),
        ("docs/tracker.md", f"../{CI}#L7"),
        (".github/tracker.md", "workflows/ci.yml#L7"),
        ("/elsewhere/tracker.md", ""),
    ],
)
def test_a_link_goes_out_from_the_document(at: str, link: str) -> None:
    components, *_ = derived(tables_of(ground(TYPES)), TrackerSettings(), at=at)

    assert components.rows[2].link == link


def test_what_nothing_shows_has_no_link() -> None:
    assert {row.link for row in derived(tables_of(ground()), TrackerSettings())[0].rows} == {""}


def test_what_has_not_begun_has_no_link_to_a_mention_of_it() -> None:
    given = ground(fact("type-checking", MENTIONED, title="Type Checking"))

    components, *_ = derived(tables_of(given), TrackerSettings())

    assert tables_of(given)[0].rows[2].proofs
    assert components.rows[2].link == ""
