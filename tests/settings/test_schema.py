"""The JSON Schema and the reference, held against the loader."""

from __future__ import annotations

import json
import re
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from pytest_boss_gates.errors import SettingsError
from pytest_boss_gates.measure import (
    complexity,
    delivery,
    durations,
    outcomes,
    suppressions,
    tools,
)
from pytest_boss_gates.measure.coverage import metrics as coverage
from pytest_boss_gates.settings import Options, load, settings_reference, settings_schema
from pytest_boss_gates.settings.delivery import DELIVERY_KEYS
from pytest_boss_gates.settings.keys import CATALOGUE_KEYS, KEYS, TARGET_KEYS, TOOL_KEYS, Key
from pytest_boss_gates.settings.schema import is_target
from pytest_boss_gates.settings.targets import target_forms
from pytest_boss_gates.settings.tracker_keys import (
    OVERRIDE_KEYS,
    ROW_KEYS,
    TABLE_KEYS,
    TRACKER_KEYS,
)

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_boss_gates.model import Metric

METRICS: dict[str, Metric] = {
    metric.key: metric
    for room in (coverage, durations, outcomes, complexity, delivery, suppressions, tools)
    for metric in room.METRICS
}
TOOLS = ("mypy", "ruff")
FORMATS = ("json", "markdown")
DECLARED = (
    KEYS,
    TARGET_KEYS,
    TOOL_KEYS,
    CATALOGUE_KEYS,
    TRACKER_KEYS,
    ROW_KEYS,
    TABLE_KEYS,
    OVERRIDE_KEYS,
    DELIVERY_KEYS,
)
SCHEMA = settings_schema(METRICS, TOOLS, formats=FORMATS)
VALIDATOR = Draft202012Validator(SCHEMA)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    (root / "src").mkdir()
    return root


def as_toml(value: object) -> str:
    """Write a value in TOML, tables inline."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case list():
            return f"[{', '.join(map(as_toml, value))}]"
        case dict():
            pairs = (f"{as_toml(key)} = {as_toml(item)}" for key, item in value.items())
            return f"{{{', '.join(pairs)}}}"
        case _:
            return str(value)


def complaints(root: Path, table: object) -> list[str]:
    """What the loader says of a table; nothing when it accepts it."""
    text = f"[tool]\nboss-gates = {as_toml(table)}\n"
    (root / "pyproject.toml").write_text(text, encoding="utf-8")
    try:
        load(
            root,
            Options(invocation_dir=root),
            metrics=METRICS,
            formats=FORMATS,
            tools=lambda: TOOLS,
            rows=lambda: ("Type Checking",),
            tables=lambda: {"Environment Strategy": ("Environment", "Status", "Notes")},
            files=lambda: ("src/a.py",),
        )
    except SettingsError as error:
        return [str(problem) for problem in error.problems]
    return []


def test_the_schema_is_a_schema_and_has_an_identity_without_an_address() -> None:
    Draft202012Validator.check_schema(SCHEMA)

    assert SCHEMA["$id"] == "urn:pytest-boss-gates:settings:1"
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads(json.dumps(SCHEMA)) == SCHEMA


FORMS = [(key, form) for key in METRICS for form in target_forms(METRICS[key])]
FORMS = [(key, form) for key, form in FORMS if is_target(METRICS[key])]


GOOD = [
    "90%",
    ">90 %",
    ">= 74.625%",
    "<10 Minutes",
    "≤500ms",
    "<1day",
    "Daily",
    "3 / WEEK",
    ">weekly",
]
GOOD += ["b", "<=C", ">=b", "=1", "<=10", ">=10", "no  worse THAN base", " =3 hrs "]
GOOD += [
    "no worse than base by 0.5 Points",
    "no worse than base by 30 s",
    "no worse than base by 1",
]
BAD = ["", "high", "10", "90", "<>10", "<10 parsecs", ">900%", "hourly", "F", "no worse", "<ten"]
TEXTS = st.sampled_from([*GOOD, *BAD, *(form for _, form in FORMS)]) | st.text(max_size=4)
KEY_NAMES = st.sampled_from([key for key in METRICS if is_target(METRICS[key])])
TARGETS = TEXTS | st.fixed_dictionaries(
    {},
    optional={
        "target": TEXTS | st.integers(),
        "paths": st.sampled_from(["src", "src/**"]) | st.booleans(),
        "marker": st.sampled_from(["slow", "not slow", "slow and", ""]),
        "kind": st.sampled_from(["noqa", "skip", "no-qa", ""]),
        "changed": st.booleans() | st.just("yes"),
        "enforce": st.sampled_from(["block", "warn", "no"]),
        "else": st.booleans(),
    },
)
LEVELS = st.sampled_from(["declared", "wired", "gating", "observed", "none", "Gating"])
NEEDS = st.lists(
    st.sampled_from(
        [
            *("mypy", "mypy|ruff", " mypy @ruff", "2 of mypy | ruff or tests-passed", "a or b"),
            *("mypy@gating", "mypy@good", "3 of mypy", "", "mypy\n", "git-tags  or  mypy"),
        ]
    ),
    max_size=2,
)
DATES = st.sampled_from(["2026-12-15", "2026-02-31", "15.12.2026", "", 3])
WORDS = st.sampled_from(["High", "", " ", 3])
TRACKERS = st.fixed_dictionaries(
    {},
    optional={
        "document": st.sampled_from(["docs/a.md", "A.MD", "a.rst", "../a.md", "", "a.md\n", 3]),
        "completed-needs": st.sampled_from(["wired", "none", ""]),
        "fail-below": st.booleans() | st.just("yes"),
        "equivalents": st.dictionaries(
            st.sampled_from(TOOLS), st.lists(st.sampled_from([*TOOLS, ""]), max_size=2), max_size=1
        ),
        "rows": st.dictionaries(
            st.sampled_from(["Type Checking", "Ours", ""]),
            st.fixed_dictionaries(
                {},
                optional={
                    "table": st.sampled_from(["Environment Strategy", "Our Checks", ""]),
                    "completed": NEEDS,
                    "started": NEEDS,
                    "hide": st.booleans(),
                    "rename": WORDS,
                    "notes": WORDS,
                    "target-completion": DATES,
                },
            ),
            max_size=2,
        ),
        "tables": st.dictionaries(
            st.just("Our Checks"),
            st.fixed_dictionaries(
                {},
                optional={"columns": st.lists(st.sampled_from(["Check", "Status", "Notes", ""]))},
            ),
        ),
        "overrides": st.dictionaries(
            st.just("Type Checking"),
            st.fixed_dictionaries(
                {"status": st.sampled_from(["completed", "Completed"]), "reason": WORDS},
                optional={"expires": DATES, "evidence": WORDS, "quoted": WORDS},
            ),
        ),
    },
)
TABLES = st.fixed_dictionaries(
    {},
    optional={
        "tracker": TRACKERS,
        "targets": st.dictionaries(
            KEY_NAMES, TARGETS | st.lists(TARGETS, max_size=2) | st.integers(), max_size=3
        ),
        "tools": st.dictionaries(
            st.sampled_from([*TOOLS, "zzz"]),
            LEVELS
            | st.fixed_dictionaries(
                {},
                optional={
                    "level": LEVELS,
                    "version": st.just(">=1"),
                    "run": st.sampled_from(["x", "x y", "", "'"]),
                    "timeout": st.sampled_from(["10 minutes", "1H", "soon", "0 s"]),
                },
            )
            | st.booleans(),
            max_size=2,
        ),
        "catalogue": st.dictionaries(
            st.sampled_from(["mypy", "zzz", "Zzz"]),
            st.fixed_dictionaries(
                {},
                optional={
                    "purpose": st.sampled_from(["Linting", ""]),
                    "area": st.sampled_from(["lint", "linting"]),
                    "commands": st.lists(st.sampled_from(["zzz", ""]), max_size=2),
                    "marked": st.dictionaries(st.just("*.cfg"), st.sampled_from(["^x", "("])),
                    "checks": st.dictionaries(st.just("zzz"), st.lists(st.just("-c"), max_size=1)),
                    "problems": st.lists(st.sampled_from(["1", "2-5", "x"]), max_size=2),
                    "members": st.lists(st.sampled_from(["mypy", "yyy"]), max_size=2),
                },
            ),
            max_size=2,
        ),
        "source": st.lists(st.just("src"), max_size=2) | st.just("src"),
        "exclude": st.lists(st.sampled_from(["src", "**"]), max_size=2) | st.just(3),
        "coverage-core": st.sampled_from(["ctrace", "sysmon", "pytrace", "fast"]),
        "reports": st.lists(
            st.sampled_from(["json", "markdown:a b.md", "json:", "pdf"]), max_size=2
        ),
        "max-slack": st.sampled_from(["10%", "2.5 %", "5", 5]),
        "strict": st.booleans() | st.integers(),
        "report-only": st.booleans() | st.text(max_size=2),
        "history": st.booleans()
        | st.sampled_from(["off", "a.db", "", " ", "postgresql://db/x", "mysql://db"]),
        "project": st.text(max_size=2) | st.just(3),
        "thresholds": st.just({}),
    },
)


OVERRIDE = {"status": "completed", "reason": "seen", "expires": "2027-03-31"}


@settings(deadline=None)
@given(table=TABLES)
def test_what_the_loader_accepts_is_valid_and_what_is_invalid_it_refuses(
    root: Path, table: dict[str, object]
) -> None:
    errors = [error.message for error in VALIDATOR.iter_errors(table)]

    assert not errors or complaints(root, table)


@pytest.mark.parametrize(("key", "form"), FORMS)
def test_every_example_form_is_valid_and_accepted(root: Path, key: str, form: str) -> None:
    for value in (form, {"target": form}, [form], [{"target": form, "enforce": "warn"}]):
        table = {"targets": {key: value}}

        assert list(VALIDATOR.iter_errors(table)) == []
        assert complaints(root, table) == []


@pytest.mark.parametrize("text", [*GOOD, *BAD])
@pytest.mark.parametrize("key", [key for key in METRICS if is_target(METRICS[key])])
def test_schema_and_loader_agree_on_ordinary_targets(root: Path, key: str, text: str) -> None:
    table = {"targets": {key: text}}

    assert VALIDATOR.is_valid(table) == (complaints(root, table) == [])


@pytest.mark.parametrize(
    "table",
    [
        {"stric": True},
        {"strict": "yes"},
        {"source": "src"},
        {"source": [1]},
        {"coverage-core": "fast"},
        {"reports": ["pdf"]},
        {"reports": ["json:"]},
        {"targets": {"patch-coverage": ">95%"}},
        {"targets": {"tool-level": "wired"}},
        {"targets": {"code-coverage": 90}},
        {"targets": {"code-coverage": []}},
        {"targets": {"code-coverage": {}}},
        {"targets": {"code-coverage": [[">90%"]]}},
        {"targets": {"code-coverage": {"target": ">90%", "enforce": "no"}}},
        {"targets": {"code-coverage": {"target": ">90%", "else": "no"}}},
        {"targets": {"tests": {"target": ">=9", "paths": "src"}}},
        {"targets": {"tests": {"target": ">=9", "max-slack": 3}}},
        {"max-slack": "5 points"},
        {"tools": {"zzz": "wired"}},
        {"tools": {"mypy": "none"}},
        {"tools": {"mypy": {"run": " "}}},
        {"tools": {"mypy": {"run": "mypy", "timeout": "10"}}},
        {"tools": {"mypy": {"timeout": "10 minutes"}}},
        {"catalogue": {"Our_Lint": {}}},
        {"catalogue": {"ruff": "lint"}},
        {"catalogue": {"ruff": {"command": ["ruff"]}}},
        {"catalogue": {"ruff": {"commands": "ruff"}}},
        {"catalogue": {"ruff": {"commands": [""]}}},
        {"catalogue": {"ruff": {"area": "linting"}}},
        {"catalogue": {"ruff": {"occasions": ["weekly"]}}},
        {"catalogue": {"ruff": {"marked": {"*.cfg": 3}}}},
        {"catalogue": {"ruff": {"checks": {"ruff": "--check"}}}},
        {"catalogue": {"ruff": {"problems": ["some"]}}},
        {"tracker": {"documents": "a.md"}},
        {"tracker": {"document": "a.rst"}},
        {"tracker": {"completed-needs": "none"}},
        {"tracker": {"rows": {"Type Checking": "High"}}},
        {"tracker": {"rows": {"Type Checking": {"completed": ["mypy and ruff"]}}}},
        {"tracker": {"rows": {"Type Checking": {"completed": ["mypy@good"]}}}},
        {"tracker": {"rows": {"Type Checking": {"completed": []}}}},
        {"tracker": {"rows": {"Type Checking": {"started": ["mypy | ruff"]}}}},
        {"tracker": {"rows": {"Type Checking": {"target-completion": "15.12.2026"}}}},
        {"tracker": {"rows": {"Type Checking": {"target-completion": 2026}}}},
        {"tracker": {"tables": {"Our Checks": {}}}},
        {"tracker": {"tables": {"Our Checks": {"columns": ["Check", "Notes"]}}}},
        {"tracker": {"tables": {"Our Checks": {"columns": ["Status"]}}}},
        {"tracker": {"tables": {"Our Checks": {"columns": ["Status", "Status"]}}}},
        {"tracker": {"overrides": {"Type Checking": {"status": "completed"}}}},
        {"tracker": {"overrides": {"Type Checking": {**OVERRIDE, "status": "Done"}}}},
        {"tracker": {"overrides": {"Type Checking": {**OVERRIDE, "quoted": "mypy"}}}},
    ],
)
def test_schema_and_loader_refuse_the_same_mistakes(root: Path, table: dict[str, object]) -> None:
    assert not VALIDATOR.is_valid(table)
    assert complaints(root, table)


def test_without_formats_any_word_is_a_report_format() -> None:
    validator = Draft202012Validator(settings_schema(METRICS, TOOLS))

    assert validator.is_valid({"reports": ["sarif:out.sarif"]})
    assert not validator.is_valid({"reports": ["out/sarif"]})


def value_of(key: Key) -> object:
    return tomllib.loads(f"x = {key.example}")["x"]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: str(key.name))
def test_the_example_of_each_key_is_valid_toml_and_valid(key: Key) -> None:
    assert list(VALIDATOR.iter_errors({key.name: value_of(key)})) == []


def test_the_examples_of_nested_keys_are_valid() -> None:
    target = {key.name: value_of(key) for key in TARGET_KEYS}
    timed = {name: target.pop(name) for name in ("marker",)} | {"target": "<5 s"}
    counted = {name: target.pop(name) for name in ("kind",)} | {"target": "=0"}
    touched = {name: target.pop(name) for name in ("changed",)} | {"target": "B"}
    tool = {key.name: value_of(key) for key in TOOL_KEYS}
    row = {key.name: value_of(key) for key in CATALOGUE_KEYS}
    tracker = {key.name: value_of(key) for key in TRACKER_KEYS}
    tracker["rows"] = {"Ours": {key.name: value_of(key) for key in ROW_KEYS}}
    tracker["tables"] = {"Ours": {key.name: value_of(key) for key in TABLE_KEYS}}
    tracker["overrides"] = {"Ours": {key.name: value_of(key) for key in OVERRIDE_KEYS}}
    table = {
        "tracker": tracker,
        "targets": {
            "code-coverage": target,
            "complexity": touched,
            "slowest-test": timed,
            "suppressions": counted,
        },
        "tools": {"mypy": tool, "our-lint": "gating"},
        "catalogue": {"our-lint": row},
    }

    assert list(VALIDATOR.iter_errors(table)) == []


def test_each_declaration_is_unique_and_documented_in_a_sentence() -> None:
    for keys in DECLARED:
        assert len({key.name for key in keys}) == len(keys)
        assert all(key.doc[0].isupper() and key.doc.endswith(".") for key in keys)


def test_the_reference_names_every_key_choice_and_metric() -> None:
    reference = settings_reference(METRICS)

    first_cells = re.findall(r"^\| `([^`]+)`", reference, re.MULTILINE)
    keys = [key.name for declared in DECLARED for key in declared]
    assert first_cells == [*keys, *(key for key, metric in METRICS.items() if is_target(metric))]
    assert "`ctrace`, `sysmon` or `pytrace`" in reference


def test_every_row_of_the_reference_has_the_cells_of_its_table() -> None:
    for block in settings_reference(METRICS).split("\n\n"):
        widths = {
            len(re.findall(r"(?<!\\)\|", line))
            for line in block.splitlines()
            if line.startswith("|")
        }
        assert len(widths) <= 1
