"""Settings from real files in temporary projects: what is read, and what every mistake says."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.errors import SettingsError
from pytest_boss_gates.measure import complexity, delivery, durations, outcomes, tools
from pytest_boss_gates.measure.coverage import metrics as coverage
from pytest_boss_gates.model import (
    Comparator,
    Enforce,
    Level,
    Metric,
    Place,
    ReportRequest,
    Settings,
    Target,
    ToolSetting,
    Wanted,
)
from pytest_boss_gates.settings import Options, load
from pytest_boss_gates.settings.targets import parse_wanted

if TYPE_CHECKING:
    from pathlib import Path

METRICS: dict[str, Metric] = {
    metric.key: metric
    for room in (coverage, durations, outcomes, complexity, delivery, tools)
    for metric in room.METRICS
}
FILES = ("src/payments/card.py", "src/shop.py", "tests/test_shop.py")
TOOLS = ("black", "flake8", "mypy", "ruff")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for file in FILES:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).touch()
    return tmp_path


def read(root: Path, text: str | None = None, options: Options | None = None) -> Settings:
    if text is not None:
        (root / "pyproject.toml").write_text(text, encoding="utf-8")
    return load(
        root,
        options or Options(invocation_dir=root),
        metrics=METRICS,
        formats=("json", "markdown"),
        tools=lambda: TOOLS,
        files=lambda: FILES,
    )


def problems(root: Path, text: str | None = None, options: Options | None = None) -> list[str]:
    """What is printed of each problem, on one line."""
    with pytest.raises(SettingsError) as caught:
        read(root, text, options)
    return [" ".join(str(problem).split()) for problem in caught.value.problems]


def wrong(root: Path, lines: str) -> list[str]:
    """The problems of a table's lines, without the part that is the same in all."""
    return [
        problem.replace(": tool.boss-gates.", ": ", 1).removeprefix("pyproject.toml:")
        for problem in problems(root, f"[tool.boss-gates]\n{lines}\n")
    ]


DEFAULTS = [
    ("code-coverage", ">90%", Enforce.BLOCK),
    ("session-duration", "<10 minutes", Enforce.BLOCK),
    ("ci-pipeline-duration", "<10 minutes", Enforce.WARN),
    ("build-success-rate", ">95%", Enforce.WARN),
    ("deployment-frequency", "daily", Enforce.WARN),
    ("lead-time-for-changes", "<1 day", Enforce.WARN),
    ("mean-time-to-recovery", "<30 minutes", Enforce.WARN),
]


@pytest.mark.parametrize(
    "text", [None, "", "[project]\nname = 'x'\n", "[tool.boss-gates]\n", "[tool.other]\n"]
)
def test_without_targets_the_success_metrics_of_the_tracker_hold(
    project: Path, text: str | None
) -> None:
    settings = read(project, text)

    assert [(t.metric, t.text, t.enforce) for t in settings.targets] == DEFAULTS
    assert settings.defaults
    assert {target.set_at for target in settings.targets} == {None}
    assert (settings.root, settings.file) == (project, "pyproject.toml")


def test_an_empty_targets_table_means_no_targets(project: Path) -> None:
    settings = read(project, "[tool.boss-gates.targets]\n")

    assert settings.targets == ()
    assert not settings.defaults


@pytest.mark.parametrize(
    ("lines", "limit"),
    [
        # of its own: what is acceptable of the metric
        ('complexity = "no worse than base"', "B"),
        ('complexity = ["no worse than base", "<=15"]', "<=15"),
        ('complexity = ["<=15", {paths = "src/shop.py", target = "no worse than base"}]', "<=15"),
        # the target over the same scope goes before the one over everything
        (
            (
                'complexity = ["<=15", {paths = "src/shop.py", target = "A"}, '
                '{paths = "src/shop.py", target = "no worse than base"}]'
            ),
            "A",
        ),
        ('complexity = ["no worse than base", {paths = "src/shop.py", target = "A"}]', "B"),
        ('complexity = ["no worse than base", "=15"]', "B"),
        ('maintainability = "no worse than base"', "B"),
        ('maintainability = ["no worse than base", ">=30"]', ">=30"),
    ],
)
def test_a_relative_target_over_items_has_the_absolute_one_for_its_limit(
    project: Path, lines: str, limit: str
) -> None:
    settings = read(project, f"[tool.boss-gates.targets]\n{lines}\n")

    relative = [t for t in settings.targets if t.wanted.comparator is Comparator.NO_WORSE]
    metric = METRICS[relative[0].metric]
    assert [target.limit for target in relative] == [parse_wanted(limit, metric)]
    assert {target.limit for target in settings.targets if target not in relative} <= {None}


def test_a_target_may_be_limited_to_what_the_change_touches(project: Path) -> None:
    settings = read(
        project,
        "[tool.boss-gates.targets]\n"
        'complexity = ["<=15", {changed = true, target = "<=10"}, '
        '{changed = true, paths = "src/**", target = "<=5"}, '
        '{changed = false, paths = "src/shop.py", target = "<=9"}]\n',
    )

    assert [(t.scope, t.paths, t.changed) for t in settings.targets] == [
        ("", "", False),
        ("changed", "", True),
        ("changed src/**", "src/**", True),
        ("src/shop.py", "src/shop.py", False),
    ]


def test_a_relative_target_over_one_number_has_no_limit(project: Path) -> None:
    settings = read(
        project, '[tool.boss-gates.targets]\ncode-coverage = [">80%", "no worse than base"]\n'
    )

    assert [(target.text, target.limit) for target in settings.targets] == [
        (">80%", None),
        ("no worse than base", None),
    ]


def test_a_target_carries_its_bound_and_the_line_it_was_set_on(project: Path) -> None:
    settings = read(project, '[tool.boss-gates.targets]\nslowest-test = "<0.5 sec"  # ours\n')

    assert settings.targets == (
        Target(
            metric="slowest-test",
            wanted=Wanted(
                comparator=Comparator.BELOW,
                number=Fraction(1, 2),
                unit="s",
                value=Fraction(1, 2),
            ),
            text="<0.5 s",
            set_at=Place(path="pyproject.toml", line=2, text='slowest-test = "<0.5 sec"  # ours'),
        ),
    )


def test_a_list_gives_a_target_for_each_element_with_its_own_line(project: Path) -> None:
    settings = read(
        project,
        """\
[tool.boss-gates.targets]
code-coverage = [
    ">90%",
    { paths = "./src/payments/**", target = ">=98%", enforce = "warn" },
]
""",
    )

    found = [(t.scope, t.text, t.enforce, t.set_at and t.set_at.line) for t in settings.targets]
    assert found == [
        ("", ">90%", Enforce.BLOCK, 3),
        ("src/payments/**", ">=98%", Enforce.WARN, 4),
    ]


def test_an_array_of_tables_is_a_list_of_targets(project: Path) -> None:
    settings = read(
        project,
        """\
[[tool.boss-gates.targets.complexity]]
target = "B"
[[tool.boss-gates.targets.complexity]]
target = "A"
paths = "src/shop.py"
""",
    )

    found = [(t.scope, t.text, t.set_at and t.set_at.line) for t in settings.targets]
    assert found == [("", "B", 1), ("src/shop.py", "A", 3)]


def test_a_delivery_target_blocks_when_told_to(project: Path) -> None:
    settings = read(
        project,
        """\
[tool.boss-gates.targets]
deployment-frequency = "weekly"
build-success-rate = { target = ">95%", enforce = "block" }
""",
    )

    assert [t.enforce for t in settings.targets] == [Enforce.WARN, Enforce.BLOCK]


def test_a_tool_gives_a_target_for_its_level_and_one_for_its_version(project: Path) -> None:
    settings = read(
        project,
        """\
[tool.boss-gates.targets]
tests = ">=1"
[tool.boss-gates.tools]
flake8 = "gating"
mypy = { version = ">= 1.8, <2" }
""",
    )

    flake8 = Place(path="pyproject.toml", line=4, text='flake8 = "gating"')
    mypy = Place(path="pyproject.toml", line=5, text='mypy = { version = ">= 1.8, <2" }')
    assert settings.tools == (
        ToolSetting(name="flake8", level=Level.GATING, set_at=flake8),
        ToolSetting(name="mypy", level=Level.DECLARED, version=">=1.8,<2", set_at=mypy),
    )
    expected = [
        ("tool-level", "flake8", Comparator.AT_LEAST, 4, "gating", flake8),
        ("tool-level", "mypy", Comparator.AT_LEAST, 2, "declared", mypy),
        ("tool-version", "mypy", Comparator.MATCHES, 0, ">=1.8,<2", mypy),
    ]
    assert settings.targets[1:] == tuple(
        Target(
            metric=metric,
            wanted=Wanted(
                comparator=comparator, number=Fraction(0), unit=text, value=Fraction(value)
            ),
            text=text,
            scope=tool,
            set_at=place,
        )
        for metric, tool, comparator, value, text, place in expected
    )


def test_tools_alone_leave_the_default_targets(project: Path) -> None:
    settings = read(project, '[tool.boss-gates.tools]\nmypy = "observed"\n')

    assert [t.metric for t in settings.targets] == [*(key for key, *_ in DEFAULTS), "tool-level"]
    assert settings.defaults


def test_the_plain_keys_are_read(project: Path) -> None:
    settings = read(
        project,
        """\
[tool.boss-gates]
source = ["./src/", "tests", "src"]
exclude = ["**/card.py"]
coverage-core = "sysmon"
base = "develop"
min-changed-lines = 5
reports = ["json", "markdown:build/gates.md"]
strict = true
report-only = true
""",
    )

    assert settings.source == ("src", "tests")
    assert settings.exclude == ("**/card.py",)
    assert settings.coverage_core == "sysmon"
    assert (settings.base, settings.asked_base) == ("develop", "")
    assert settings.min_changed_lines == 5
    assert settings.reports == (
        ReportRequest(format="json"),
        ReportRequest(format="markdown", path=project / "build/gates.md"),
    )
    assert settings.strict
    assert settings.report_only


def test_the_command_line_adds_to_the_file(project: Path) -> None:
    options = Options(
        invocation_dir=project / "tests",
        reports=("json:out.json", "json"),
        report_only=True,
        strict=True,
        base="HEAD~3",
    )

    settings = read(project, '[tool.boss-gates]\nreports = ["json"]\nstrict = false\n', options)

    assert settings.reports == (
        ReportRequest(format="json"),
        ReportRequest(format="json", path=project / "tests/out.json"),
    )
    assert (settings.base, settings.asked_base) == ("", "HEAD~3")
    assert settings.report_only
    assert settings.strict


def test_another_file_can_be_named(project: Path) -> None:
    other = project / "conf" / "gates.toml"
    other.parent.mkdir()
    other.write_text('[tool.boss-gates.targets]\ntests = ">=1"\n')

    settings = read(project, options=Options(invocation_dir=project, config_file=other))

    assert settings.file == "conf/gates.toml"
    assert settings.targets[0].set_at == Place(path="conf/gates.toml", line=2, text='tests = ">=1"')


def test_files_and_tools_are_asked_for_only_when_needed_and_once(project: Path) -> None:
    asked: list[str] = []

    def files() -> tuple[str, ...]:
        asked.append("files")
        return FILES

    def catalogue() -> tuple[str, ...]:
        asked.append("tools")
        return TOOLS

    def run(text: str) -> list[str]:
        asked.clear()
        (project / "pyproject.toml").write_text(text)
        load(
            project,
            Options(invocation_dir=project),
            metrics=METRICS,
            formats=(),
            tools=catalogue,
            files=files,
        )
        return list(asked)

    assert run('[tool.boss-gates]\nsource = ["src"]\ntargets.tests = ">=1"\ntools = {}\n') == []
    assert run('[tool.boss-gates]\ntools.mypy = "wired"\n') == ["tools"]
    assert run('[tool.boss-gates]\nexclude = ["src", "tests/"]\n') == ["files"]


def test_all_problems_come_at_once_in_file_order_and_the_command_line_last(
    project: Path,
) -> None:
    options = Options(invocation_dir=project, reports=("jsom",))
    text = """\
[tool.boss-gates.tools]
mypi = "wired"
[tool.boss-gates.targets]
tests = 3
[tool.boss-gates]
stict = true
"""

    assert problems(project, text, options) == [
        (
            "pyproject.toml:2: tool.boss-gates.tools.mypi There is no such tool in the catalogue. "
            'Did you mean "mypy"?'
        ),
        (
            "pyproject.toml:4: tool.boss-gates.targets.tests = 3 A target is a string, or a table "
            'with one. Write ">=3".'
        ),
        'pyproject.toml:6: tool.boss-gates.stict There is no such key. Did you mean "strict"?',
        (
            'command line: --boss-gates-report = "jsom" There is no report format "jsom". '
            'Did you mean "json"?'
        ),
    ]


def test_a_problem_prints_its_place_and_below_it_what_is_wrong_within_80_columns(
    project: Path,
) -> None:
    with pytest.raises(SettingsError) as caught:
        read(project, '[tool.boss-gates.targets]\nsession-duration = "<10 minuts"\n')

    assert str(caught.value) == (
        'pyproject.toml:2: tool.boss-gates.targets.session-duration = "<10 minuts"\n'
        '    A target of session-duration is a duration such as "<=10 minutes"; "minuts"\n'
        "    does not fit. The units are ms, s, minutes, hours, days and weeks."
    )


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        # keys
        ("target = {}", '2: target There is no such key. Did you mean "targets"?'),
        (
            "thresholds = {}",
            (
                '2: thresholds There is no such key. The keys are "targets", "tools", "catalogue", '
                '"tracker", "delivery", "source", "exclude", "coverage-core", "base", '
                '"min-changed-lines", "reports", "history", "project", "max-slack", "strict", '
                '"tell-ci" and "report-only".'
            ),
        ),
        ("report_only = 1", '2: report_only There is no such key. Did you mean "report-only"?'),
        # types
        (
            "targets = 3",
            (
                "2: targets = 3 targets takes a table, not a number. "
                'Write for example targets = { code-coverage = ">90%" }.'
            ),
        ),
        (
            'tools = ["mypy"]',
            (
                '2: tools = ["mypy"] tools takes a table, not a list. '
                'Write for example tools = { ruff = "declared" }.'
            ),
        ),
        (
            'source = "src"',
            (
                '2: source = "src" source takes a list of strings, not a string. '
                'Write for example source = ["src"].'
            ),
        ),
        (
            'exclude = ["a", 1]',
            (
                '2: exclude = ["a", 1] exclude takes a list of strings, not a list with something '
                'else in it. Write for example exclude = ["src/vendored/**"].'
            ),
        ),
        (
            "reports = {}",
            (
                "2: reports = {} reports takes a list of strings, not a table. "
                'Write for example reports = ["markdown:build/gates.md"].'
            ),
        ),
        (
            'base = ""',
            '2: base = "" This is no name of a branch. Write "main", say.',
        ),
        (
            "min-changed-lines = -1",
            (
                "2: min-changed-lines = -1 min-changed-lines takes a whole number from 0 on, "
                "and this is none. Write for example min-changed-lines = 5."
            ),
        ),
        (
            "min-changed-lines = true",
            (
                "2: min-changed-lines = true min-changed-lines takes a whole number from 0 on, "
                "not true or false. Write for example min-changed-lines = 5."
            ),
        ),
        (
            "strict = 'yes'",
            (
                '2: strict = "yes" strict takes true or false, not a string. '
                "Write for example strict = true."
            ),
        ),
        (
            "report-only = 2026-12-15",
            (
                "2: report-only = 2026-12-15 report-only takes true or false, not a date. "
                "Write for example report-only = true."
            ),
        ),
        (
            "coverage-core = true",
            (
                "2: coverage-core = true coverage-core takes a string, not true or false. "
                'Write for example coverage-core = "ctrace".'
            ),
        ),
        (
            "coverage-core = 'sysmonitor'",
            (
                '2: coverage-core = "sysmonitor" coverage-core is "ctrace", "sysmon" or "pytrace". '
                'Did you mean "sysmon"?'
            ),
        ),
        # targets
        (
            'targets.code-coverag = ">90%"',
            '2: targets.code-coverag There is no such metric. Did you mean "code-coverage"?',
        ),
        (
            'targets.tool-level = "wired"',
            (
                "2: targets.tool-level What is wanted of a tool is not set among the targets. "
                "Write it in [tool.boss-gates.tools]."
            ),
        ),
        (
            "targets.complexity = 10",
            '2: targets.complexity = 10 A target is a string, or a table with one. Write "<=10".',
        ),
        (
            "targets.complexity = true",
            (
                "2: targets.complexity = true A target is a string, or a table with one. "
                'Write for example "<=10".'
            ),
        ),
        (
            "targets.tests = []",
            '2: targets.tests = [] An empty list sets no target. Write for example ">=10".',
        ),
        (
            'targets.tests = [[">=3"]]',
            (
                '2: targets.tests[0] = [">=3"] A target is a string, or a table with one. '
                'Write for example ">=10".'
            ),
        ),
        (
            "targets.tests = { enforce = 'warn' }",
            (
                '2: targets.tests = { enforce = "warn" } This table has no target. '
                'Add for example target = ">=10".'
            ),
        ),
        (
            "targets.tests = { target = 3 }",
            (
                "2: targets.tests.target = 3 target takes a string, not a number. "
                'Write for example target = ">=98%".'
            ),
        ),
        (
            "targets.tests = { target = '>=3', enforce = 'wran' }",
            '2: targets.tests.enforce = "wran" enforce is "block" or "warn". Did you mean "warn"?',
        ),
        (
            "targets.tests = { targe = '>=3', target = '>=3' }",
            '2: targets.tests.targe There is no such key. Did you mean "target"?',
        ),
        (
            "targets.tests = { target = '>=3', paths = 'src' }",
            (
                '2: targets.tests.paths = "src" tests cannot be limited to paths. These can be: '
                "code-coverage, line-coverage, branch-coverage, file-coverage, uncovered-lines, "
                "test-duration-total, test-duration-p95, slowest-test, "
                "complexity, complexity-average, maintainability, risk."
            ),
        ),
        (
            "targets.complexity = { target = 'B', paths = 'src/paymets/**' }",
            (
                '2: targets.complexity.paths = "src/paymets/**" No file of the project matches '
                'this. Did you mean "src/payments/**"?'
            ),
        ),
        (
            "targets.complexity = { target = 'B', paths = 'src\\shop.py' }",
            (
                '2: targets.complexity.paths = "src\\\\shop.py" No file of the project matches '
                'this. Did you mean "src/shop.py"?'
            ),
        ),
        (
            "targets.complexity = { target = 'B', paths = '' }",
            '2: targets.complexity.paths = "" A path cannot be empty.',
        ),
        (
            "targets.tests = ['>=3',\n'>=4']",
            '3: targets.tests[1] = ">=4" tests already has a target, on line 2. Keep one of them.',
        ),
        (
            "targets.tests = ['no worse than base',\n'no worse than base by 2']",
            (
                '3: targets.tests[1] = "no worse than base by 2" tests already has a relative '
                "target, on line 2. Keep one of them."
            ),
        ),
        (
            (
                "[[tool.boss-gates.targets.complexity]]\ntarget = 'A'\npaths = 'src'\n"
                "[[tool.boss-gates.targets.complexity]]\ntarget = 'B'\npaths = './src'"
            ),
            (
                '5: targets.complexity[1] = "B" complexity already has a target over "src", on '
                "line 2. Keep one of them."
            ),
        ),
        (
            "targets.tests = { target = '>=3', changed = true }",
            (
                "2: targets.tests.changed = true tests cannot be limited to what has changed. "
                "These can be: complexity, complexity-average, maintainability, risk."
            ),
        ),
        (
            "targets.complexity = { target = 'B', changed = 'yes' }",
            (
                '2: targets.complexity.changed = "yes" changed takes true or false, not a string. '
                "Write for example changed = true."
            ),
        ),
        # tools
        (
            'tools.something = "wired"',
            (
                "2: tools.something There is no such tool in the catalogue. "
                'The schema ("boss-gates schema") lists them.'
            ),
        ),
        (
            'tools.mypy = "gatin"',
            (
                '2: tools.mypy = "gatin" level is "declared", "wired", "gating" or "observed". '
                'Did you mean "gating"?'
            ),
        ),
        (
            "tools.mypy = 3",
            (
                "2: tools.mypy = 3 A tool takes a level, or a table with one. "
                'Write for example "declared".'
            ),
        ),
        (
            "tools.mypy = { level = 'none' }",
            '2: tools.mypy.level = "none" level is "declared", "wired", "gating" or "observed".',
        ),
        (
            "tools.mypy = { runs = 'mypy src' }",
            '2: tools.mypy.runs There is no such key. Did you mean "run"?',
        ),
        (
            "tools.mypy.version = '1.8'",
            '2: tools.mypy.version = "1.8" This is not a version range by PEP 440. Write ">=1.8".',
        ),
        # paths
        (
            "source = ['scr']",
            '2: source[0] = "scr" This source root does not exist. Did you mean "src"?',
        ),
        ("source = [' ']", '2: source[0] = " " A path cannot be empty.'),
        (
            "source = ['src/../../x']",
            (
                '2: source[0] = "src/../../x" A source root stands inside the project, and its '
                "path is relative to it."
            ),
        ),
        (
            "source = ['/src']",
            (
                '2: source[0] = "/src" A source root stands inside the project, and its path is '
                "relative to it."
            ),
        ),
        (
            "exclude = [\n'src', '*.zzz']",
            (
                '3: exclude[1] = "*.zzz" No file of the project matches this. Paths are relative '
                "to the project's root, with / between names."
            ),
        ),
        # reports
        (
            "reports = ['sarif']",
            (
                '2: reports[0] = "sarif" There is no report format "sarif". '
                'The formats are "json" and "markdown".'
            ),
        ),
        (
            "reports = ['json:']",
            (
                '2: reports[0] = "json:" There is no path behind the colon. '
                'Write "json:PATH", or "json" for its usual place.'
            ),
        ),
        (
            "reports = ['json:-']",
            (
                '2: reports[0] = "json:-" Standard output belongs to pytest, so no report can be '
                "printed there. `boss-gates report json` prints it after the run; a file of that "
                "name is ./-."
            ),
        ),
        (
            "reports = ['json:src/']",
            '2: reports[0] = "json:src/" This is a directory, not a file. Write "json:src/FILE".',
        ),
        (
            'reports = ["json:a\\u0000b"]',
            r'2: reports[0] = "json:a\x00b" A path cannot hold a null character.',
        ),
    ],
)
def test_a_mistake_says_where_it_is_and_what_to_write(
    project: Path, lines: str, message: str
) -> None:
    assert wrong(project, lines) == [message]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tool = 1\n", "pyproject.toml:1: tool = 1 tool is not a table. Write [tool.boss-gates]."),
        (
            "\n[tool]\nboss-gates = 'on'\n",
            (
                'pyproject.toml:3: tool.boss-gates = "on" boss-gates is not a table. '
                "Write [tool.boss-gates] above the settings."
            ),
        ),
        (
            "[[tool.boss-gates]]\n",
            (
                "pyproject.toml:1: tool.boss-gates = [{}] boss-gates is not a table. "
                "Write [tool.boss-gates] above the settings."
            ),
        ),
        (
            "[tool.boss_gates]\nstrict = true\n",
            (
                "pyproject.toml:1: tool.boss_gates The settings of pytest-boss-gates have another "
                "name. Write [tool.boss-gates]."
            ),
        ),
        (
            "[tool.pytest-boss-gates.targets]\n",
            (
                "pyproject.toml:1: tool.pytest-boss-gates The settings of pytest-boss-gates have "
                "another name. Write [tool.boss-gates]."
            ),
        ),
    ],
)
def test_a_table_that_is_none_or_misnamed_is_not_passed_over(
    project: Path, text: str, message: str
) -> None:
    assert problems(project, text) == [message]


def test_the_parsers_own_words_say_what_is_not_toml(project: Path) -> None:
    (message,) = problems(project, "[tool.boss-gates]\nstrict = = true\n")

    assert message == (
        "pyproject.toml:2 The file is not valid TOML: Invalid value (at line 2, column 10)."
    )


def test_toml_that_ends_too_early_points_at_its_last_line(project: Path) -> None:
    (message,) = problems(project, '[tool.boss-gates]\nsource = ["src"\n')

    assert message == (
        "pyproject.toml:2 The file is not valid TOML: Unclosed array (at end of document)."
    )


def test_values_nested_too_deeply_are_a_problem_not_a_crash(project: Path) -> None:
    (message,) = problems(project, f"x = {'[' * 5_000}{']' * 5_000}\n")

    assert message.startswith("pyproject.toml")
    assert message.endswith(".")
    assert "The file is not valid TOML: " in message


def test_an_integer_of_thousands_of_digits_is_a_problem_not_a_crash(project: Path) -> None:
    (message,) = problems(project, f"[tool.boss-gates]\nstrict = 0x{'f' * 5_000}\n")

    assert "strict takes true or false, not a number." in message


def test_a_file_that_is_not_utf_8_is_told_with_its_line(project: Path) -> None:
    (project / "pyproject.toml").write_bytes(b"# one\n# two\nname = '\xff'\n")

    assert problems(project) == ["pyproject.toml:3 The settings file is not UTF-8 text."]


def test_a_byte_order_mark_does_no_harm(project: Path) -> None:
    (project / "pyproject.toml").write_bytes(b"\xef\xbb\xbf[tool.boss-gates]\nstrict = true\n")

    assert read(project).strict


def test_a_directory_in_place_of_the_file_is_a_problem(project: Path) -> None:
    (project / "pyproject.toml").mkdir()

    assert problems(project) == ["pyproject.toml The settings file is a directory."]


def test_a_link_to_nothing_is_not_taken_for_no_settings(project: Path) -> None:
    (project / "pyproject.toml").symlink_to(project / "gone.toml")

    assert problems(project) == [
        "pyproject.toml The settings file is a link to a file that does not exist."
    ]


def test_a_link_to_itself_is_a_problem(project: Path) -> None:
    (project / "pyproject.toml").symlink_to(project / "pyproject.toml")

    (message,) = problems(project)

    assert message.startswith("pyproject.toml The settings file cannot be read (")
    assert message.endswith(").")


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="needs a file that may not be read"
)
def test_a_file_that_may_not_be_read_is_a_problem(project: Path) -> None:
    (project / "pyproject.toml").touch(mode=0)

    assert problems(project) == [
        "pyproject.toml The settings file cannot be read (Permission denied)."
    ]


def test_a_named_file_has_to_exist(project: Path) -> None:
    options = Options(invocation_dir=project, config_file=project / "gates.toml")

    assert problems(project, options=options) == ["gates.toml The settings file does not exist."]


def test_a_hostile_key_and_value_stay_on_their_line(project: Path) -> None:
    with pytest.raises(SettingsError) as caught:
        read(project, '[tool.boss-gates]\n"\\u001b[2J\\n::error::" = 1\nstrict = "\\n::x"\n')

    assert str(caught.value).splitlines()[0] == (
        r'pyproject.toml:2: tool.boss-gates."\x1b[2J\n::error::"'
    )
    assert r'pyproject.toml:3: tool.boss-gates.strict = "\n::x"' in str(caught.value).splitlines()


def test_a_report_that_would_replace_a_directory_is_noticed_on_the_command_line(
    project: Path,
) -> None:
    options = Options(invocation_dir=project / "src", reports=("json:payments",))

    assert problems(project, "", options) == [
        (
            'command line: --boss-gates-report = "json:payments" This is a directory, not a file. '
            'Write "json:payments/FILE".'
        )
    ]


def test_the_room_imports_without_parsers_and_matchers() -> None:
    heavy = {"tomllib", "tomli", "difflib", "packaging", "textwrap", "json", "importlib.metadata"}
    code = (
        "import sys; before = set(sys.modules); import pytest_boss_gates.settings; "
        "print(*(set(sys.modules) - before))"
    )

    run = subprocess.run(
        [sys.executable, "-S", "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )

    assert heavy.isdisjoint(run.stdout.split())
