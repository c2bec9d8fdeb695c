"""Whatever stands in the file: the loader gives settings or raises its one error."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.errors import SettingsError
from pytest_boss_gates.measure import complexity, delivery, durations, outcomes, tools
from pytest_boss_gates.measure.coverage import metrics as coverage
from pytest_boss_gates.settings import Options, load
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

    from pytest_boss_gates.model import Metric, SettingsProblem, Target

METRICS: dict[str, Metric] = {
    metric.key: metric
    for room in (coverage, durations, outcomes, complexity, delivery, tools)
    for metric in room.METRICS
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("project")
    (root / "src").mkdir()
    return root


def check(root: Path, content: bytes, reports: tuple[str, ...] = ()) -> None:
    (root / "pyproject.toml").write_bytes(content)
    problems: tuple[SettingsProblem, ...] | None = None
    targets: tuple[Target, ...] = ()
    try:
        loaded = load(
            root,
            Options(invocation_dir=root, reports=reports),
            metrics=METRICS,
            formats=("json", "markdown"),
            tools=lambda: ("mypy", "ruff"),
            rows=lambda: ("Type Checking", "Staging"),
            tables=lambda: {"Environment Strategy": ("Environment", "Status", "Notes")},
            files=lambda: ("src/a.py", "src/b.py"),
        )
        targets = () if loaded.defaults else loaded.targets
    except SettingsError as error:
        problems = error.problems
    assert problems != ()
    last = content.count(b"\n") + 1
    for problem in problems or ():
        assert problem.message.endswith(".")
        assert problem.suggestion == "" or problem.suggestion.endswith((".", "?"))
        assert f"{problem.key}{problem.value}".isprintable()
        if problem.file != "command line":
            assert problem.file == "pyproject.toml"
            assert problem.line in range(1 if parses(content) else 0, last + 1)
    for target in targets:
        assert target.set_at is not None
        assert target.set_at.line in range(1, last + 1)


def parses(content: bytes) -> bool:
    try:
        tomllib.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return False
    return True


@settings(deadline=None)
@given(content=st.binary(max_size=200))
@example(content=b"\xff\xfe[\x00t\x00")
@example(content=b"[tool.boss-gates]\nstrict = " + b"[" * 9_999)
@example(content=b"x = " + b"9" * 9_999)
@example(content=b"x = 1979-05-27T07:32:00+99:99")
@example(content=b".".join([b"a"] * 900) + b" = 1")
@example(content=b"[tool.boss-gates]\nx = {" + b"a = {" * 300 + b"}" * 301)
def test_random_bytes(root: Path, content: bytes) -> None:
    check(root, content)


FRAGMENTS = st.sampled_from(
    """[tool.boss-gates] [tool.boss-gates.targets] [[tool.boss-gates.targets.tests]] [tool]
    targets tools source strict reports code-coverage tests mypy target paths enforce boss-gates
    = = = . , [ ] { } " ' \""" ''' # \\n \\u0000 true 1 1.5 nan 0x1f 2026-12-15 07:32:00 ">90%"
    "src" "src/**" 'json' "warn" "declared" é \x7f""".split()
)
LINES = st.lists(FRAGMENTS, max_size=8).map(" ".join)


@settings(deadline=None)
@given(text=st.lists(LINES, max_size=8).map("\n".join), head=st.booleans())
def test_text_that_looks_like_toml(root: Path, text: str, *, head: bool) -> None:
    check(root, ("[tool.boss-gates]\n" * head + text).encode())


SCALARS = (
    st.booleans().map(lambda value: "true" if value else "false")
    | st.integers(-(10**20), 10**20).map(str)
    | st.floats().map(lambda value: repr(value).removeprefix("+"))
    | st.sampled_from(
        ["2026-12-15", "07:32:00", "1979-05-27T07:32:00Z", "0xffffffffffffffffffffff"]
    )
    | (
        st.sampled_from(
            [">90%", "<10 minutes", "<=10", "daily", "B", "warn", "wired", "src", "json"]
        )
        | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
    ).map(lambda text: json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f"))
)
TRACKER_NAMES = st.sampled_from(
    [
        *(key.name for key in (*TRACKER_KEYS, *ROW_KEYS, *TABLE_KEYS, *OVERRIDE_KEYS)),
        *("Type Checking", "Staging", "Our Checks", "our row", "mypy"),
    ]
)
NAMES = (
    TRACKER_NAMES
    | st.sampled_from(
        [*METRICS, "targets", "tools", "source", "exclude", "coverage-core", "reports"]
    )
    | st.sampled_from(["strict", "report-only", "mypy", "ruff", "target", "paths", "enforce"])
    | st.sampled_from(["level", "version", "tracker", "code-coverag", "stric"])
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
)


def table(pairs: dict[str, str]) -> str:
    inner = ", ".join(
        f"{json.dumps(key, ensure_ascii=False)} = {value}".replace("\x7f", "\\u007f")
        for key, value in pairs.items()
    )
    return f"{{{inner}}}"


VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(NAMES, inner, max_size=4).map(table)
    ),
    max_leaves=6,
)
TRACKER_VALUES = st.sampled_from(
    [
        *('["mypy | ruff"]', '["2 of mypy | ruff or tests-passed"]', '["mypy@wired"]', '["a or"]'),
        *('["Check", "Status"]', '["Status"]', '"2026-12-15"', '"completed"', '"a.md:3"', '"a.md"'),
    ]
)
TRACKER_TABLES = st.dictionaries(
    TRACKER_NAMES,
    st.dictionaries(TRACKER_NAMES, TRACKER_VALUES | VALUES, max_size=6).map(table),
    max_size=3,
).map(table)
SECTIONS = st.fixed_dictionaries(
    {},
    optional={
        "targets": st.dictionaries(NAMES, VALUES, max_size=4).map(table) | VALUES,
        "tools": st.dictionaries(NAMES, VALUES, max_size=3).map(table) | VALUES,
        "tracker": st.dictionaries(TRACKER_NAMES, TRACKER_TABLES | VALUES, max_size=4).map(table),
        **dict.fromkeys(("source", "exclude", "reports", "strict", "coverage-core"), VALUES),
    },
)


@settings(deadline=None)
@given(
    sections=SECTIONS | st.dictionaries(NAMES, VALUES, max_size=4),
    reports=st.lists(st.text(max_size=9) | st.sampled_from(["json:x", "json:src"]), max_size=2),
)
def test_toml_of_valid_and_invalid_keys_and_values(
    root: Path, sections: dict[str, str], reports: list[str]
) -> None:
    content = f"[tool]\n\nboss-gates = {table(sections)}\n".encode()

    assert parses(content)
    check(root, content, tuple(reports))
