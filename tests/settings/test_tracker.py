"""The table ``tracker``: what is read, and what each mistake is told."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.corridor import enter
from pytest_boss_gates.errors import SettingsError
from pytest_boss_gates.measure import METRICS
from pytest_boss_gates.model import Enforce, Level, Settings, Status
from pytest_boss_gates.registry import Additions
from pytest_boss_gates.settings import Options, load
from pytest_boss_gates.settings.schema import KEPT_COLUMNS
from pytest_boss_gates.settings.tracker_keys import CELLS
from pytest_boss_gates.tracker.rows import load_tracker, need_of
from pytest_boss_gates.tracker.tables import MACHINE

if TYPE_CHECKING:
    from pytest_boss_gates.model import TrackerSettings

PIPELINE = ("Component", "Status", "Tools", "Notes")
TABLES = {
    "Pipeline": PIPELINE,
    "Progress": ("Month", "Total"),
    "Environments": ("Environment", "Status", "Automation Level"),
    "Success": ("Metric", "Current", "Target", "Notes"),
}
STAGING = 'overrides.Staging = { status = "completed", reason = "r", expires = 2027-03-31'
OURS = 'rows.Ours = { table = "Pipeline", completed = ["ruff"]'


def settings(root: Path, lines: str) -> Settings:
    text = f"[tool.boss-gates.targets]\n[tool.boss-gates.tracker]\n{lines}\n"
    (root / "pyproject.toml").write_text(text, encoding="utf-8")
    return load(
        root,
        Options(invocation_dir=root),
        metrics=METRICS,
        formats=("json",),
        tools=lambda: ("flake8", "mypy", "ruff"),
        practices=lambda: ("lint", "type-checking"),
        rows=lambda: ("Type Checking", "Staging"),
        tables=lambda: TABLES,
        files=tuple,
    )


def read(root: Path, lines: str) -> TrackerSettings:
    return settings(root, lines).tracker


def wrong(root: Path, lines: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        settings(root, lines)
    return [
        " ".join(str(problem).split())
        .removeprefix("pyproject.toml:")
        .replace("tool.boss-gates.tracker.", "", 1)
        for problem in caught.value.problems
    ]


# -- what is read


def test_nothing_said_leaves_the_tracker_as_it_comes(tmp_path: Path) -> None:
    tracker = read(tmp_path, "")

    assert tracker.document is None
    assert tracker.needs is Level.GATING
    assert not tracker.writes_tools
    assert not tracker.fails_below
    assert (tracker.rows, tracker.tables, tracker.overrides) == ((), (), ())


def test_a_row_of_a_table_without_columns_is_told_about_the_table_alone(tmp_path: Path) -> None:
    lines = (
        'tables."Our Checks" = {}\n'
        'rows.Ours = { table = "Our Checks", completed = ["ruff"], priority = "High" }'
    )

    assert wrong(tmp_path, lines) == [
        (
            '3: tables."Our Checks" This table has no columns. '
            'Add for example columns = ["Check", "Status", "Notes"].'
        )
    ]


def test_a_row_may_show_a_metric(tmp_path: Path) -> None:
    found = settings(tmp_path, 'rows.Branching = { table = "Success", metric = "complexity" }')

    (row,) = found.tracker.rows
    assert (row.name, row.table, row.metric) == ("Branching", "Success", "complexity")
    assert found.wants("complexity")  # a row that shows it asks for it
    assert not found.wants("maintainability")


def test_the_document_the_switches_and_the_equivalents(tmp_path: Path) -> None:
    tracker = read(
        tmp_path,
        """
        document = "docs/./tracker.md"
        completed-needs = "wired"
        tools-column = true
        fail-below = true
        equivalents = { flake8 = ["ruff"] }
        """,
    )

    assert tracker.document == tmp_path / "docs/tracker.md"
    assert tracker.needs is Level.WIRED
    assert tracker.writes_tools
    assert tracker.fails_below
    assert tracker.equivalents == {"flake8": ("ruff",)}


def test_a_known_row_takes_a_name_a_day_and_the_cells_of_a_person(tmp_path: Path) -> None:
    (row,) = read(
        tmp_path,
        """
        [tool.boss-gates.tracker.rows."Type Checking"]
        rename = "Static Typing"
        priority = "High"
        assigned-to = "Ada"
        integration-points = "CI Pipeline"
        target-completion = 2026-12-15
        """,
    ).rows

    assert (row.name, row.rename, row.table, row.hidden) == (
        "Type Checking",
        "Static Typing",
        "",
        False,
    )
    assert row.cells == {
        "Priority": "High",
        "Assigned To": "Ada",
        "Integration Points": "CI Pipeline",
    }
    assert row.target_completion == date(2026, 12, 15)
    assert (row.started, row.completed) == ((), ())
    assert row.set_at is not None
    assert row.set_at.line == 4


@pytest.mark.parametrize("day", ["2026-12-15", '"2026-12-15"'])
def test_a_day_is_a_date_of_toml_or_a_string(tmp_path: Path, day: str) -> None:
    (row,) = read(tmp_path, f'rows."Type Checking".target-completion = {day}').rows

    assert row.target_completion == date(2026, 12, 15)


def test_a_row_may_be_hidden(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "rows.Staging.hide = true").rows

    assert row.hidden


def test_a_row_of_ones_own_in_a_table_of_ones_own(tmp_path: Path) -> None:
    tracker = read(
        tmp_path,
        """
        tables."Our Checks" = { columns = ["Check", "Status", "Priority"] }
        [tool.boss-gates.tracker.rows."Licence Check"]
        table = "Our Checks"
        started = ["lint@wired"]
        completed = ["2 of  ruff | flake8 | mypy", "tests-passed@declared", "git-tags or lint"]
        priority = "Low"
        """,
    )

    assert [(table.title, table.columns) for table in tracker.tables] == [
        ("Our Checks", ("Check", "Status", "Priority"))
    ]
    (row,) = tracker.rows
    assert (row.table, row.started) == ("Our Checks", ("lint@wired",))
    assert row.completed == (
        "2 of ruff | flake8 | mypy",
        "tests-passed@declared",
        "git-tags or lint",
    )


def test_what_completes_a_row_starts_it_where_nothing_else_is_said(tmp_path: Path) -> None:
    (row,) = read(tmp_path, 'rows.Staging.completed = ["ruff@gating | lint", "ruff or mypy"]').rows

    assert row.started == ("ruff", "lint", "mypy")


@pytest.mark.parametrize(
    "text", ["ruff", "ruff|mypy", "2 of ruff | mypy@wired", "2  of ruff |mypy  or  lint@declared"]
)
def test_a_need_that_is_accepted_is_read_as_the_tracker_reads_it(tmp_path: Path, text: str) -> None:
    (row,) = read(tmp_path, f'rows.Staging.completed = ["{text}"]').rows

    need = need_of(row.completed[0])
    assert list(dict.fromkeys([*need.facts, *need.instead])) == list(row.started)
    assert need.count == (2 if text.startswith("2") else 1)


def test_an_override(tmp_path: Path) -> None:
    (override,) = read(
        tmp_path, f'{STAGING}, evidence = "docs/runbook.md:12", quoted = "staging" }}'
    ).overrides

    assert (override.row, override.status, override.reason) == ("Staging", Status.COMPLETED, "r")
    assert override.expires == date(2027, 3, 31)
    assert (override.evidence, override.quoted) == ("docs/runbook.md:12", "staging")
    assert override.set_at is not None
    assert override.set_at.line == 3


@pytest.mark.parametrize("status", Status)
def test_each_status_has_its_word(tmp_path: Path, status: Status) -> None:
    word = status.value.lower().replace(" ", "-")

    (override,) = read(
        tmp_path,
        f'overrides.Staging = {{ status = "{word}", reason = "r", expires = "2027-03-31" }}',
    ).overrides

    assert override.status is status


def test_overrides_bring_a_gate_that_none_expires_unseen(tmp_path: Path) -> None:
    (target,) = settings(tmp_path, f"{STAGING} }}").targets

    assert (target.metric, target.text) == ("expired-overrides", "=0")
    assert target.enforce is Enforce.BLOCK
    assert target.set_at is not None
    assert target.set_at.line == 3


def test_a_target_on_expired_overrides_stands_alone(tmp_path: Path) -> None:
    lines = f'{STAGING} }}\n[tool.boss-gates.targets.expired-overrides]\ntarget = "<=2"'
    text = f"[tool.boss-gates.tracker]\n{lines}\n"
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")

    targets = enter(tmp_path, Options(invocation_dir=tmp_path), Additions()).settings.targets

    assert [(target.metric, target.text) for target in targets] == [("expired-overrides", "<=2")]


def test_without_the_metric_there_is_no_gate_on_overrides(tmp_path: Path) -> None:
    text = f"[tool.boss-gates.targets]\n[tool.boss-gates.tracker]\n{STAGING} }}\n"
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")

    found = load(
        tmp_path,
        Options(invocation_dir=tmp_path),
        metrics={},
        formats=(),
        tools=tuple,
        files=tuple,
        rows=lambda: ("Staging",),
    )

    assert found.targets == ()


# -- mistakes


@pytest.mark.parametrize(
    ("line", "message"),
    [
        # keys and types
        (
            'documents = "a.md"',
            '3: documents There is no such key. Did you mean "document"?',
        ),
        (
            'fail-below = "yes"',
            (
                '3: fail-below = "yes" fail-below takes true or false, not a string. '
                "Write for example fail-below = true."
            ),
        ),
        (
            'completed-needs = "gatin"',
            (
                '3: completed-needs = "gatin" completed-needs is "declared", "wired", "gating" '
                'or "observed". Did you mean "gating"?'
            ),
        ),
        # the document
        (
            'document = ""',
            '3: document = "" A path cannot be empty. Write for example "docs/cicd-tracker.md".',
        ),
        (
            'document = "../tracker.md"',
            (
                '3: document = "../tracker.md" The document stands inside the project, and its '
                'path is relative to it. Write for example "docs/cicd-tracker.md".'
            ),
        ),
        (
            'document = "docs/tracker.rst"',
            (
                '3: document = "docs/tracker.rst" The document is a Markdown file, and its name '
                'ends in .md. Write for example "docs/cicd-tracker.md".'
            ),
        ),
        (
            'document = ".boss-gates/tracker.md"',
            (
                '3: document = ".boss-gates/tracker.md" Every run writes reports of its own into '
                'this directory. Write for example "docs/cicd-tracker.md".'
            ),
        ),
        (
            'document = "made.md"',
            (
                '3: document = "made.md" This is a directory, not a file. '
                'Write for example "docs/cicd-tracker.md".'
            ),
        ),
        (
            'document = "a\\u0000.md"',
            r'3: document = "a\x00.md" A path cannot hold a null character.',
        ),
        (
            'document = "linked/tracker.md"',
            (
                '3: document = "linked/tracker.md" The document stands inside the project, and its '
                'path is relative to it. Write for example "docs/cicd-tracker.md".'
            ),
        ),
        # equivalents
        (
            'equivalents = { flake9 = ["ruff"] }',
            (
                "3: equivalents.flake9 There is no such tool in the catalogue. "
                'Did you mean "flake8"?'
            ),
        ),
        (
            'equivalents = { flake8 = ["ruf"] }',
            (
                '3: equivalents.flake8[0] = "ruf" There is no such tool in the catalogue. '
                'Did you mean "ruff"?'
            ),
        ),
        # rows
        (
            'rows."Type Cheking".priority = "High"',
            '3: rows."Type Cheking" There is no such row. Did you mean "Type Checking"?',
        ),
        (
            'rows."type checking" = { table = "Pipeline", completed = ["mypy"] }',
            '3: rows."type checking" There is no such row. Did you mean "Type Checking"?',
        ),
        (
            'rows.Zzzz.notes = "?"',
            (
                "3: rows.Zzzz There is no such row. A row of your own needs table, "
                "and completed or metric."
            ),
        ),
        (
            'rows.Ours = { table = "Success", metric = "complexty" }',
            '3: rows.Ours.metric = "complexty" There is no such metric. Did you mean "complexity"?',
        ),
        (
            'rows.Ours = { table = "Pipeline", metric = "complexity" }',
            (
                '3: rows.Ours.metric = "complexity" The table "Pipeline" has no column Current. '
                'Write table = "Success Metrics".'
            ),
        ),
        (
            'rows.Ours = { table = "Success", metric = "complexity", completed = ["ruff"] }',
            (
                '3: rows.Ours.metric = "complexity" A row shows a metric, or rests on evidence, '
                "not both."
            ),
        ),
        (
            'rows.Ours.table = "Pipeline"',
            (
                "3: rows.Ours This row is new, and has no completed. "
                'Add for example completed = ["ruff | flake8", "alerting@declared"].'
            ),
        ),
        (
            'rows.Ours.completed = ["ruff"]',
            (
                "3: rows.Ours This row is new, and has no table. "
                'Add for example table = "CI/CD Pipeline Components".'
            ),
        ),
        (
            'rows.Staging = "High"',
            (
                '3: rows.Staging = "High" A row of the tracker is a table. '
                "Write [tool.boss-gates.tracker.rows.Staging] above its keys."
            ),
        ),
        ('rows."" = {}', '3: rows."" A name stands on one line, and is not empty.'),
        ('rows.Staging.notes = " "', '3: rows.Staging.notes = " " notes cannot be empty.'),
        (
            'rows.Staging.rename = "a\\nb"',
            r'3: rows.Staging.rename = "a\nb" A name stands on one line.',
        ),
        (
            'rows.Staging.prioritty = "High"',
            '3: rows.Staging.prioritty There is no such key. Did you mean "priority"?',
        ),
        (
            'rows.Staging.table = "Pipelines"',
            '3: rows.Staging.table = "Pipelines" There is no such table. Did you mean "Pipeline"?',
        ),
        (
            'rows.Staging.table = "Zzz"',
            (
                '3: rows.Staging.table = "Zzz" There is no such table. '
                'The tables are "Pipeline", "Progress", "Environments" and "Success".'
            ),
        ),
        (
            'rows.Ours = { table = "Progress", completed = ["ruff"] }',
            '3: rows.Ours.table = "Progress" The rows of this table do not rest on evidence.',
        ),
        (
            f'{OURS}, priority = "High" }}',
            (
                '3: rows.Ours.priority The table "Pipeline" has no column "Priority". '
                'Its columns are "Component", "Status", "Tools" and "Notes".'
            ),
        ),
        (
            f"{OURS}, target-completion = 2026-12-15 }}",
            (
                "3: rows.Ours.target-completion "
                'The table "Pipeline" has no column "Target Completion". '
                'Its columns are "Component", "Status", "Tools" and "Notes".'
            ),
        ),
        # needs
        (
            'rows.Staging.completed = ["rufff"]',
            (
                '3: rows.Staging.completed[0] = "rufff" There is no fact "rufff". '
                'Did you mean "ruff"?'
            ),
        ),
        (
            'rows.Staging.completed = ["tests-pased"]',
            (
                '3: rows.Staging.completed[0] = "tests-pased" There is no fact "tests-pased". '
                'Did you mean "tests-passed"?'
            ),
        ),
        (
            'rows.Staging.completed = ["zzz"]',
            (
                '3: rows.Staging.completed[0] = "zzz" There is no fact "zzz". '
                'The command "boss-gates evidence" lists the facts.'
            ),
        ),
        (
            'rows.Staging.completed = ["ruff@wird"]',
            (
                '3: rows.Staging.completed[0] = "ruff@wird" There is no level "wird". '
                'Did you mean "wired"?'
            ),
        ),
        (
            'rows.Staging.completed = ["ruff@"]',
            (
                '3: rows.Staging.completed[0] = "ruff@" There is no level "". '
                'The levels are "declared", "wired", "gating" and "observed".'
            ),
        ),
        (
            'rows.Staging.completed = ["ruff and mypy"]',
            (
                '3: rows.Staging.completed[0] = "ruff and mypy" This is no need. Write for '
                'example "ruff | flake8", "alerting@declared" or "2 of tox | nox | conda".'
            ),
        ),
        (
            'rows.Staging.completed = ["3 of ruff | mypy or lint"]',
            (
                '3: rows.Staging.completed[0] = "3 of ruff | mypy or lint" '
                "There cannot be 3 of 2 facts."
            ),
        ),
        (
            'rows.Staging.completed = ["2 of ruff | ruff"]',
            '3: rows.Staging.completed[0] = "2 of ruff | ruff" There cannot be 2 of 1 fact.',
        ),
        (
            "rows.Staging.completed = []",
            (
                "3: rows.Staging.completed An empty list asks for nothing. "
                "Name a fact, or leave it out."
            ),
        ),
        (
            'rows.Staging.started = ["ruff | mypy"]',
            (
                '3: rows.Staging.started[0] = "ruff | mypy" '
                'Each fact that starts a row does so alone. Write "ruff", "mypy".'
            ),
        ),
        (
            'rows.Staging.started = ["ruff mypy"]',
            (
                '3: rows.Staging.started[0] = "ruff mypy" This names no fact. '
                'Write for example "lint" or "deployment@wired".'
            ),
        ),
        # days
        (
            'rows.Staging.target-completion = "15.12.2026"',
            (
                '3: rows.Staging.target-completion = "15.12.2026" target-completion takes a date, '
                "and this is none. Write for example target-completion = 2026-12-15."
            ),
        ),
        (
            "rows.Staging.target-completion = 2026-12-15T10:00:00",
            (
                "3: rows.Staging.target-completion = 2026-12-15 10:00:00 target-completion takes "
                "a date, not a date with a time. Write for example target-completion = 2026-12-15."
            ),
        ),
        (
            "rows.Staging.notes = 2026-12-15",
            (
                "3: rows.Staging.notes = 2026-12-15 notes takes a string, not a date. "
                'Write for example notes = "since the spring".'
            ),
        ),
        # tables
        (
            'tables.pipeline = { columns = ["A", "Status"] }',
            (
                "3: tables.pipeline There is such a table already. "
                'Rows of your own join it by table = "Pipeline".'
            ),
        ),
        (
            "tables.Ours = {}",
            (
                "3: tables.Ours This table has no columns. "
                'Add for example columns = ["Check", "Status", "Notes"].'
            ),
        ),
        (
            'tables.Ours.columns = ["Status"]',
            (
                '3: tables.Ours.columns = ["Status"] A table has two columns at least: the names '
                "of its rows, and what is kept true. "
                'Write for example columns = ["Check", "Status", "Notes"].'
            ),
        ),
        (
            'tables.Ours.columns = ["Check", "Notes"]',
            (
                '3: tables.Ours.columns = ["Check", "Notes"] Nothing in this table would be kept '
                'true: a column of it is "Status", "Automation Level" or "Current". '
                'Write for example columns = ["Check", "Status", "Notes"].'
            ),
        ),
        (
            'tables.Ours.columns = ["Status", "Notes"]',
            (
                '3: tables.Ours.columns = ["Status", "Notes"] The first column holds the names '
                'of the rows; "Status" comes later. '
                'Write for example columns = ["Check", "Status", "Notes"].'
            ),
        ),
        (
            'tables.Ours.columns = ["Check", "Status", "check"]',
            (
                '3: tables.Ours.columns = ["Check", "Status", "check"] Two columns have the same '
                'title. Write for example columns = ["Check", "Status", "Notes"].'
            ),
        ),
        (
            'tables.Ours.columns = ["Check", "Status", ""]',
            (
                '3: tables.Ours.columns = ["Check", "Status", ""] The title of a column stands on '
                "one line, and is not empty. "
                'Write for example columns = ["Check", "Status", "Notes"].'
            ),
        ),
        # overrides
        (
            'overrides.Stagin = { status = "completed", reason = "r", expires = 2027-03-31 }',
            '3: overrides.Stagin There is no such row. Did you mean "Staging"?',
        ),
        (
            'overrides.Zzzz = { status = "completed", reason = "r", expires = 2027-03-31 }',
            "3: overrides.Zzzz There is no such row. An override names a row of the tracker.",
        ),
        (
            'overrides.Staging = { status = "Completed", reason = "r", expires = 2027-03-31 }',
            (
                '3: overrides.Staging.status = "Completed" status is "not-started", "in-progress" '
                'or "completed". Did you mean "completed"?'
            ),
        ),
        (
            'overrides.Staging = { status = "completed", reason = "", expires = 2027-03-31 }',
            '3: overrides.Staging.reason = "" reason cannot be empty.',
        ),
        (
            'overrides.Staging = { status = "completed", reason = "r", expires = "never" }',
            (
                '3: overrides.Staging.expires = "never" expires takes a date, and this is none. '
                "Write for example expires = 2027-03-31."
            ),
        ),
        (
            f'{STAGING}, quoted = "x" }}',
            (
                "3: overrides.Staging.quoted There is nothing that could hold this text: no "
                'evidence is named. Add for example evidence = "docs/runbook.md:12".'
            ),
        ),
        (
            f'{STAGING}, evidence = "../a.md:3" }}',
            (
                '3: overrides.Staging.evidence = "../a.md:3" Evidence stands inside the project, '
                'and its path is relative to it. Write for example "docs/runbook.md:12".'
            ),
        ),
        (
            f'{STAGING}, evidence = "a.md:0" }}',
            (
                '3: overrides.Staging.evidence = "a.md:0" Behind the colon stands the number of a '
                'line, from 1. Write for example "docs/runbook.md:12".'
            ),
        ),
        (
            f'{STAGING}, evidence = "a.md#L12-L14" }}',
            (
                '3: overrides.Staging.evidence = "a.md#L12-L14" A line stands behind a colon. '
                'Write "a.md:12".'
            ),
        ),
    ],
)
def test_a_mistake_says_where_it_is_and_what_to_write(
    tmp_path: Path, line: str, message: str
) -> None:
    root = tmp_path / "project"
    (root / "made.md").mkdir(parents=True)
    (root / "linked").symlink_to(tmp_path)

    assert wrong(root, line) == [message]


def test_an_override_says_its_status_its_reason_and_its_end(tmp_path: Path) -> None:
    assert wrong(tmp_path, "overrides.Staging = {}") == [
        '3: overrides.Staging This override has no status. Add for example status = "completed".',
        (
            "3: overrides.Staging This override has no reason. "
            'Add for example reason = "run by the platform team".'
        ),
        (
            "3: overrides.Staging This override has no expires. "
            "Add for example expires = 2027-03-31."
        ),
    ]


def test_an_override_may_be_of_a_row_of_ones_own(tmp_path: Path) -> None:
    lines = f"{OURS} }}\n{STAGING.replace('Staging', 'Ours')} }}"

    assert [override.row for override in read(tmp_path, lines).overrides] == ["Ours"]


def test_a_tool_of_the_projects_own_catalogue_has_a_row_and_is_a_fact(tmp_path: Path) -> None:
    lines = """
        rows."Our Lint".notes = "ours"
        rows.Staging.completed = ["our-lint"]
        equivalents = { flake8 = ["our-lint"] }
        [tool.boss-gates.catalogue.our-lint]
        title = "Our Lint"
        purpose = "Linting"
        area = "lint"
        commands = ["our-lint"]
        """

    assert [row.name for row in read(tmp_path, lines).rows] == ["Our Lint", "Staging"]


def test_only_names_that_a_plugin_may_add_are_left_open(tmp_path: Path) -> None:
    lines = """
        rows.Theirs.notes = "theirs"
        rows."type checking".notes = "ours"
        rows.Staging.completed = ["their-tool", "ruff@wird"]
        """

    with pytest.raises(SettingsError) as caught:
        settings(tmp_path, lines)

    assert [problem.addable for problem in caught.value.problems] == [True, False, True, False]


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    lines = 'document = "a.rst"\nrows.Stagin.hide = true\ntables.Ours = {}\noverrides.Staging = {}'

    assert len(wrong(tmp_path, lines)) == 6


# -- held against what the names come from


def test_the_corridor_knows_the_rows_tables_and_facts_of_the_tracker(tmp_path: Path) -> None:
    needs = "\n".join(
        f'[tool.boss-gates.tracker.rows."{name}"]\nstarted = {list(row.facts)}'
        for name, row in load_tracker().rows.items()
        if row.facts
    )
    tables = "\n".join(
        f'"{table.title}" = {{ columns = ["A", "Status"] }}' for table in load_tracker().tables
    )
    text = f'{needs}\n[tool.boss-gates.tracker.rows.Ruff]\nnotes = "a tool"\n'
    (tmp_path / "pyproject.toml").write_text(text, encoding="utf-8")

    rows = enter(tmp_path, Options(invocation_dir=tmp_path), Additions()).settings.tracker.rows
    (tmp_path / "pyproject.toml").write_text(f"[tool.boss-gates.tracker.tables]\n{tables}\n")
    with pytest.raises(SettingsError) as caught:
        enter(tmp_path, Options(invocation_dir=tmp_path), Additions())

    assert rows[-1].name == "Ruff"
    assert {problem.message for problem in caught.value.problems} == {
        "There is such a table already."
    }
    assert len(caught.value.problems) == len(load_tracker().tables)


def test_the_example_of_the_documentation_is_accepted(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
    _, block = re.findall(r"^```toml\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    (tmp_path / "pyproject.toml").write_text(block, encoding="utf-8")

    tracker = enter(tmp_path, Options(invocation_dir=tmp_path), Additions()).settings.tracker

    assert (len(tracker.rows), len(tracker.tables), len(tracker.overrides)) == (2, 1, 1)


def test_the_columns_are_those_of_the_tracker() -> None:
    columns = {column for table in load_tracker().tables for column in table.columns}

    assert set(CELLS.values()) <= columns
    assert KEPT_COLUMNS == MACHINE
