"""Every key of ``[tool.boss-gates]``, declared once.

The loader's checks, the JSON Schema and the reference in the docs all come from here, and from
``tracker_keys`` and ``delivery`` for the tables of these names. To add a setting, add its
declaration, and read it in ``load``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.catalogue import AREAS, OCCASIONS
from pytest_boss_gates.model import Enforce
from pytest_boss_gates.settings.targets import SETTABLE_LEVELS

if TYPE_CHECKING:
    from collections.abc import Iterable

LEVELS = tuple(level.label for level in SETTABLE_LEVELS)
CORES = ("ctrace", "sysmon", "pytrace")
ENFORCEMENTS = tuple(enforce.value for enforce in Enforce)
DEFAULT_TIMEOUT = "10 minutes"


def listed(names: Iterable[str], joint: str = "or") -> str:
    """Spell names in quotes as a list: ``"a", "b" or "c"``."""
    *most, last = (f'"{name}"' for name in names)
    return f"{', '.join(most)} {joint} {last}" if most else last


class Kind(Enum):
    """What a key takes, in the words of an error message."""

    SWITCH = "true or false"
    COUNT = "a whole number from 0 on"
    TEXT = "a string"
    TEXT_OR_OFF = "a string or false"
    TEXTS = "a list of strings"
    DATE = "a date"
    DAYS = "a whole number from 1 to 7"
    TABLE = "a table"
    TEXT_BY_NAME = "a table of strings"
    TEXTS_BY_NAME = "a table of lists of strings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key: what it takes, what it means, and one good value as TOML writes it."""

    name: str
    kind: Kind
    doc: str
    example: str
    default: str  # in words
    choices: tuple[str, ...] = ()


KEYS = (
    Key(
        name="targets",
        kind=Kind.TABLE,
        doc="What each metric must reach: a target, a table with one, or a list of those. "
        "An empty table means no targets.",
        example='{ code-coverage = ">90%" }',
        default="the tracker's own success metrics",
    ),
    Key(
        name="tools",
        kind=Kind.TABLE,
        doc="How far each tool must be proven: a level, or a table with one.",
        example='{ ruff = "declared" }',
        default="no tools",
    ),
    Key(
        name="catalogue",
        kind=Kind.TABLE,
        doc="What shows a tool that is not known, or what else shows a known one: "
        "a table for each tool.",
        example='{ our-lint = { purpose = "Linting", area = "lint", commands = ["our-lint"] } }',
        default="the tools that are known",
    ),
    Key(
        name="tracker",
        kind=Kind.TABLE,
        doc="The tracker: its document, and what the project says of its rows.",
        example='{ document = "docs/cicd-tracker.md" }',
        default="the tracker's own tables, in the report alone",
    ),
    Key(
        name="delivery",
        kind=Kind.TABLE,
        doc="Delivery: what production is, and the choices that the metrics leave.",
        example='{ production = ["live"] }',
        default="the choices below",
    ),
    Key(
        name="source",
        kind=Kind.TEXTS,
        doc="Where the project's own code stands: directories or files, relative to the root.",
        example='["src"]',
        default="found by looking",
    ),
    Key(
        name="exclude",
        kind=Kind.TEXTS,
        doc="Paths left out of what is measured about the source: patterns with `**`, `*`, `?`.",
        example='["src/vendored/**"]',
        default="nothing",
    ),
    Key(
        name="coverage-core",
        kind=Kind.TEXT,
        doc="How coverage is traced when this plugin measures it.",
        example='"ctrace"',
        default="the cheapest that gives the same answer",
        choices=CORES,
    ),
    Key(
        name="base",
        kind=Kind.TEXT,
        doc="The branch that changes go to, where neither `--boss-gates-base` nor the CI system "
        "says what a change is compared with.",
        example='"develop"',
        default="the remote's default branch",
    ),
    Key(
        name="min-changed-lines",
        kind=Kind.COUNT,
        doc="How many changed statements it takes for `patch-coverage` and "
        "`patch-branch-coverage` to be judged: a smaller change is skipped.",
        example="5",
        default="1",
    ),
    Key(
        name="reports",
        kind=Kind.TEXTS,
        doc="Reports to write, each `FORMAT` or `FORMAT:PATH`; the command line adds to them.",
        example='["markdown:build/gates.md"]',
        default="none besides `.boss-gates/`",
    ),
    Key(
        name="history",
        kind=Kind.TEXT_OR_OFF,
        doc="Where the history is kept: a file, relative to the root, or the URL of a PostgreSQL "
        "database. The environment variable `BOSS_GATES_HISTORY` outweighs it; a URL with a "
        "password belongs there.",
        example='"postgresql://db.example.org/gates"',
        default="`.boss-gates/history.db`",
    ),
    Key(
        name="project",
        kind=Kind.TEXT,
        doc="The name under which a database that projects share keeps this one.",
        example='"payments"',
        default="the name in `[project]`, else the root directory's",
    ),
    Key(
        name="max-slack",
        kind=Kind.TEXT,
        doc="How much better than its target a value may be before a note tells it: a share of "
        "the target. Each target may have its own.",
        example='"10%"',
        default="any",
    ),
    Key(
        name="strict",
        kind=Kind.SWITCH,
        doc="Whether unknown and skipped targets block as missed ones do.",
        example="true",
        default="false",
    ),
    Key(
        name="tell-ci",
        kind=Kind.SWITCH,
        doc="Whether a run in CI tells the system: annotations, a summary and outputs on GitHub, "
        "the line with the coverage on GitLab.",
        example="false",
        default="true",
    ),
    Key(
        name="report-only",
        kind=Kind.SWITCH,
        doc="Whether to measure, judge and report without ever touching the exit status.",
        example="true",
        default="false",
    ),
)
"""The keys of ``[tool.boss-gates]``."""

TARGET_KEYS = (
    Key(
        name="target",
        kind=Kind.TEXT,
        doc="The target itself.",
        example='">=98%"',
        default="required",
    ),
    Key(
        name="paths",
        kind=Kind.TEXT,
        doc="The files it is about, for metrics that can be limited to paths: a directory, "
        "or a pattern with `**`, `*`, `?`.",
        example='"src/payments/**"',
        default="all files",
    ),
    Key(
        name="changed",
        kind=Kind.SWITCH,
        doc="Whether it is only about what the change touches, for metrics of functions and files.",
        example="true",
        default="false",
    ),
    Key(
        name="marker",
        kind=Kind.TEXT,
        doc="The tests it is about, for durations of tests: a marker, or several with `and`, `or`, "
        "`not`, as pytest's `-m` takes them.",
        example='"not slow"',
        default="all tests",
    ),
    Key(
        name="kind",
        kind=Kind.TEXT,
        doc="What it counts, for metrics that count several kinds.",
        example='"noqa"',
        default="all kinds",
    ),
    Key(
        name="enforce",
        kind=Kind.TEXT,
        doc="What a miss does to the run.",
        example='"warn"',
        default='"block"; "warn" for delivery metrics off the default branch, and for durations '
        "that are to be no worse than the base's",
        choices=ENFORCEMENTS,
    ),
    Key(
        name="max-slack",
        kind=Kind.TEXT,
        doc="How much better than the target the value may be before a note tells it: a share of "
        "the target, or an amount in its unit (points for percentages).",
        example='"5 points"',
        default="that of `[tool.boss-gates]`",
    ),
)
"""The keys of a target written as a table."""

TOOL_KEYS = (
    Key(
        name="level",
        kind=Kind.TEXT,
        doc="How far it must be proven.",
        example='"declared"',
        default='"declared"; "observed" with `run`',
        choices=LEVELS,
    ),
    Key(
        name="version",
        kind=Kind.TEXT,
        doc="The versions it may have, by PEP 440.",
        example='">=1.8,<2"',
        default="any",
    ),
    Key(
        name="run",
        kind=Kind.TEXT,
        doc="The command that runs it beside the tests, from the root and without a shell.",
        example='"mypy src"',
        default="not run",
    ),
    Key(
        name="timeout",
        kind=Kind.TEXT,
        doc="How long that may take.",
        example=f'"{DEFAULT_TIMEOUT}"',
        default=f'"{DEFAULT_TIMEOUT}"',
    ),
)
"""The keys of a tool written as a table."""

CATALOGUE_KEYS = (
    Key(
        name="title",
        kind=Kind.TEXT,
        doc="The tool's name as people write it.",
        example='"Our Lint"',
        default="the key",
    ),
    Key(
        name="purpose",
        kind=Kind.TEXT,
        doc="What it is for, in the tracker's words.",
        example='"Code Linting"',
        default="required of a new tool",
    ),
    Key(
        name="area",
        kind=Kind.TEXT,
        doc="The kind of check.",
        example='"lint"',
        default="required of a new tool",
        choices=AREAS,
    ),
    *(
        Key(name=name, kind=Kind.TEXTS, doc=doc, example=example, default="none")
        for name, doc, example in (
            ("distributions", "Distributions on PyPI that are the tool.", '["our-lint"]'),
            (
                "companions",
                "Distributions that bring or extend it; `*` at the end stands for any.",
                '["our-lint-*"]',
            ),
            (
                "sections",
                "Its sections in `pyproject.toml` (`tool.…`), or in `setup.cfg` and `tox.ini`.",
                '["tool.our-lint"]',
            ),
            ("files", "Patterns of its own files.", '[".our-lint.toml"]'),
            ("hooks", "Ids of its pre-commit hooks.", '["our-lint"]'),
            ("actions", "GitHub actions that run it, without a version.", '["us/our-lint"]'),
            (
                "workflows",
                "Reusable workflows that run it, without a version.",
                '["us/ci/.github/workflows/lint.yml"]',
            ),
            ("commands", "The first words of the commands that run it.", '["our-lint"]'),
            ("idle", "Commands that look like it and check nothing.", '["our-lint init"]'),
            (
                "known",
                "What other CI systems call it, by kind and name: orbs, tasks, plugins.",
                '["orb:us/our-lint"]',
            ),
            ("members", "Other tools that count as it.", '["ruff"]'),
        )
    ),
    Key(
        name="occasions",
        kind=Kind.TEXTS,
        doc=f"Occasions that count beside pushes and changes: {listed(OCCASIONS)}.",
        example='["schedule"]',
        default="by its area",
        choices=OCCASIONS,
    ),
    Key(
        name="marked",
        kind=Kind.TEXT_BY_NAME,
        doc="Patterns of files, each with a regular expression that one of their lines matches.",
        example="""{ "*.cfg" = '^our-lint' }""",
        default="none",
    ),
    Key(
        name="ends",
        kind=Kind.TEXT_BY_NAME,
        doc="GitHub actions, each with the shell text that it runs.",
        example='{ "us/our-lint" = "our-lint src" }',
        default="none",
    ),
    Key(
        name="checks",
        kind=Kind.TEXTS_BY_NAME,
        doc="Commands, each with options; without one of them it cannot fail.",
        example='{ our-lint = ["--check"] }',
        default="none",
    ),
    Key(
        name="lenient",
        kind=Kind.TEXTS_BY_NAME,
        doc="Commands, each with options that keep it from failing.",
        example='{ our-lint = ["--exit-zero"] }',
        default="none",
    ),
    Key(
        name="problems",
        kind=Kind.TEXTS,
        doc="The exit statuses, or ranges of them, that say it found problems.",
        example='["1", "4-7"]',
        default='`["1"]`',
    ),
)
"""The keys of a tool's table in `catalogue`: the fields of the catalogue that is shipped."""
