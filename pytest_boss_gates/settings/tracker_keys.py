"""The keys of ``[tool.boss-gates.tracker]``, declared as those in ``keys`` are."""

from __future__ import annotations

from pytest_boss_gates.model import Status
from pytest_boss_gates.settings.keys import LEVELS, Key, Kind

STATUSES = {status.value.lower().replace(" ", "-"): status for status in Status}
"""The words for a status in the settings: ``not-started``, ``in-progress``, ``completed``."""

TRACKER_KEYS = (
    Key(
        name="document",
        kind=Kind.TEXT,
        doc="The Markdown document that is kept true, relative to the root; it need not exist.",
        example='"docs/cicd-tracker.md"',
        default="none",
    ),
    Key(
        name="completed-needs",
        kind=Kind.TEXT,
        doc="How far what a completed row rests on must be proven.",
        example='"wired"',
        default='"gating"',
        choices=LEVELS,
    ),
    Key(
        name="tools-column",
        kind=Kind.SWITCH,
        doc="Whether the column Tools is written from the evidence, too.",
        example="true",
        default="false, it is a person's",
    ),
    Key(
        name="fail-below",
        kind=Kind.SWITCH,
        doc="Whether a document that claims less than the evidence fails the check, too.",
        example="true",
        default="false, it is only told",
    ),
    Key(
        name="equivalents",
        kind=Kind.TEXTS_BY_NAME,
        doc="Tools, each with those that count for its row, too.",
        example='{ flake8 = ["ruff"] }',
        default="none",
    ),
    Key(
        name="rows",
        kind=Kind.TABLE,
        doc="Rows by name: what a person says of a known one, or a row of the project's own.",
        example='{ "Type Checking" = { priority = "High" } }',
        default="the rows that are known",
    ),
    Key(
        name="tables",
        kind=Kind.TABLE,
        doc="Tables of the project's own, by title.",
        example='{ "Our Checks" = { columns = ["Check", "Status", "Notes"] } }',
        default="the tables that are known",
    ),
    Key(
        name="overrides",
        kind=Kind.TABLE,
        doc="Statuses that a person claims against the evidence, by row, with a reason and an end.",
        example='{ Staging = { status = "completed", reason = "run by the platform team", '
        "expires = 2027-03-31 } }",
        default="none",
    ),
)
"""The keys of ``[tool.boss-gates.tracker]``."""

_CELLS = (
    ("priority", "Priority", '"High"'),
    ("assigned-to", "Assigned To", '"Ada"'),
    ("notes", "Notes", '"since the spring"'),
    ("purpose", "Purpose", '"Code Linting"'),
    ("tools", "Tools", '"mypy, pyright"'),
    ("integration-points", "Integration Points", '"CI Pipeline"'),
    ("components", "Components", '"Unit tests, integration tests"'),
    ("integration", "Integration", '"CI Pipeline"'),
)
CELLS = {name: column for name, column, _ in _CELLS}
"""The keys of a row that are a person's cells, with the titles of their columns."""

ROW_KEYS = (
    Key(
        name="table",
        kind=Kind.TEXT,
        doc="The title of the table that it stands in.",
        example='"CI/CD Pipeline Components"',
        default="where it is known; required of a new row",
    ),
    Key(
        name="rename",
        kind=Kind.TEXT,
        doc="What the document calls it.",
        example='"Static Typing"',
        default="its name",
    ),
    Key(
        name="hide",
        kind=Kind.SWITCH,
        doc="Whether it is left out.",
        example="true",
        default="false",
    ),
    Key(
        name="started",
        kind=Kind.TEXTS,
        doc="Facts, each alone enough to start it: declared, or proven as far as it says "
        "behind an `@`.",
        example='["lint", "deployment@wired"]',
        default="each fact of `completed`, if that is set; else what is known",
    ),
    Key(
        name="completed",
        kind=Kind.TEXTS,
        doc="Needs, all of them needed to complete it: a fact, `a | b` for one of them, "
        "`2 of a | b | c` for so many, `a or b` for a way around, `a@declared` for a level "
        "of its own.",
        example='["ruff | flake8", "alerting@declared"]',
        default="what is known; required of a new row",
    ),
    Key(
        name="metric",
        kind=Kind.TEXT,
        doc="The metric whose value it shows, in a table with the column Current.",
        example='"complexity"',
        default="none, it rests on evidence",
    ),
    Key(
        name="target-completion",
        kind=Kind.DATE,
        doc="The day by which it is to be completed.",
        example="2026-12-15",
        default="none",
    ),
    *(
        Key(
            name=name,
            kind=Kind.TEXT,
            doc=f'Its cell in the column "{column}".',
            example=example,
            default="what the document says",
        )
        for name, column, example in _CELLS
    ),
)
"""The keys of a row's table."""

TABLE_KEYS = (
    Key(
        name="columns",
        kind=Kind.TEXTS,
        doc="The titles of its columns; the first one holds the names of its rows.",
        example='["Check", "Status", "Notes"]',
        default="required",
    ),
)
"""The keys of a table of the project's own."""

OVERRIDE_KEYS = (
    Key(
        name="status",
        kind=Kind.TEXT,
        doc="What the document may say.",
        example='"completed"',
        default="required",
        choices=tuple(STATUSES),
    ),
    Key(
        name="reason",
        kind=Kind.TEXT,
        doc="Why it is so, for whoever reads the report.",
        example='"run by the platform team"',
        default="required",
    ),
    Key(
        name="expires",
        kind=Kind.DATE,
        doc="The last day on which it counts.",
        example="2027-03-31",
        default="required",
    ),
    Key(
        name="evidence",
        kind=Kind.TEXT,
        doc="A file of the project that a person vouches for, with a line or without.",
        example='"docs/runbook.md:12"',
        default="none",
    ),
    Key(
        name="quoted",
        kind=Kind.TEXT,
        doc="Text that this line, or else this file, must hold.",
        example='"The staging environment"',
        default="nothing is looked for",
    ),
)
"""The keys of an override."""
