"""The catalogue of tools as data: its form, and a good and a bad sample for every row."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from pytest_boss_gates.evidence.catalogue import (
    AREAS,
    CatalogueError,
    Tool,
    load_catalogue,
    parse_catalogue,
    tool_names,
)
from pytest_boss_gates.evidence.declared import Declared, declared
from pytest_boss_gates.evidence.facts import find_evidence
from pytest_boss_gates.evidence.reading import Reading
from pytest_boss_gates.repository.tree import Tree

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Mapping

HERE = Path(__file__).parent
SAMPLES = cast(
    "Mapping[str, Mapping[str, Mapping[str, str]]]",
    tomllib.loads((HERE / "catalogue_samples.toml").read_text(encoding="utf-8")),
)
TOOLS = {tool.key: tool for tool in load_catalogue()}
TEXT = (Path(sys.modules[Tool.__module__].__file__ or "").parent / "catalogue.toml").read_text(
    encoding="utf-8"
)


def look(root: Path, files: Mapping[str, str], tool: Tool) -> Declared:
    """Look for declarations, or for what CI runs when nothing else can show the tool."""
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    reading = Reading(Tree(root=root))
    found = declared(reading, [tool])[tool.key]
    assert reading.problems == []
    if any((tool.distributions, tool.sections, tool.files, tool.marked, tool.hooks, tool.actions)):
        return found
    proofs = find_evidence(reading.tree).facts[tool.key].proofs
    return Declared(places=tuple(p for proof in proofs for p in proof.places), note=found.note)


@pytest.mark.parametrize("key", TOOLS)
def test_every_row_has_a_sample_that_counts_and_one_that_does_not(key: str) -> None:
    assert SAMPLES[key]["good"]
    assert SAMPLES[key]["bad"]


def test_there_is_no_sample_without_a_row() -> None:
    assert SAMPLES.keys() == TOOLS.keys()


@pytest.mark.parametrize("key", TOOLS)
def test_the_good_sample_is_declared_with_a_proof_that_can_be_read_again(
    tmp_path: Path, key: str
) -> None:
    found = look(tmp_path, SAMPLES[key]["good"], TOOLS[key])

    assert found.places
    assert found.note == "" or not TOOLS[key].distributions
    for place in found.places:
        line = (tmp_path / place.path).read_text(encoding="utf-8").split("\n")[place.line - 1]
        assert place.text in line
        assert place.text


@pytest.mark.parametrize("key", TOOLS)
def test_the_bad_sample_is_not_declared(tmp_path: Path, key: str) -> None:
    assert look(tmp_path, SAMPLES[key]["bad"], TOOLS[key]).places == ()


@pytest.mark.parametrize("key", TOOLS)
def test_an_empty_tree_declares_nothing_and_says_what_was_searched(
    tmp_path: Path, key: str
) -> None:
    found = look(tmp_path, {}, TOOLS[key])

    assert found.places == ()
    assert found.note.startswith("searched ")
    assert len(found.note) > len("searched ")


def test_the_rows_stand_sorted_and_once() -> None:
    keys = re.findall(r"^\[([\w-]+)\]$", TEXT, re.MULTILINE)

    assert keys == sorted(set(keys))
    assert tuple(keys) == tool_names()


def test_every_area_has_at_least_three_tools() -> None:
    areas = [tool.area for tool in TOOLS.values()]

    assert {area for area in AREAS if areas.count(area) < 3} == {"practice"}


def test_a_distribution_is_one_tool_only() -> None:
    names = [name for tool in TOOLS.values() for name in tool.distributions]

    assert sorted(names) == sorted(set(names))


def test_actions_are_written_in_lower_case_and_without_a_version() -> None:
    actions = [action for tool in TOOLS.values() for action in tool.actions]

    assert all(re.fullmatch(r"[a-z0-9.-]+(/[a-z0-9._-]+){1,3}", action) for action in actions)


@pytest.mark.parametrize(
    ("title", "purpose"),
    [
        ("Poetry", "Dependency Management"),
        ("GitHub Actions", "CI/CD"),
        ("flake8", "Code Linting"),
        ("black", "Code Formatting"),
        ("isort", "Import Sorting"),
        ("mypy", "Type Checking"),
        ("pytest", "Testing"),
        ("Sphinx", "Documentation"),
        ("Docker", "Containerization"),
        ("Prometheus", "Monitoring"),
        ("Grafana", "Dashboards"),
    ],
)
def test_the_trackers_own_tools_stand_with_the_trackers_words(title: str, purpose: str) -> None:
    assert (title, purpose) in {(tool.title, tool.purpose) for tool in TOOLS.values()}


@pytest.mark.parametrize(
    "key",
    """ansible appveyor asv bandit basedpyright black bors buildkite circleci cirrus cloudformation
    codeql codspeed conda-lock coverage datadog dependabot dependency-review devcontainer docker
    drone flake8 github-actions gitlab-ci grafana hatch helm isort jenkins k6 kubernetes locust
    mergify mkdocs mypy nose nox opentelemetry osv-scanner pdm pip-audit pip-tools pipenv poetry
    pre-commit prek prometheus pulumi pycodestyle pylint pyperf pyre pyrefly pyright pytest
    pytest-asyncio pytest-benchmark pytest-cov pytype pyupgrade renovate ruff safety scorecard
    semgrep sentry snyk sphinx statsd terraform tox travis trivy ty unittest uv vagrant woodpecker
    yapf zensical zizmor""".split(),
)
def test_the_tools_that_readers_of_repositories_name_are_known(key: str) -> None:
    assert key in TOOLS


def test_the_catalogue_is_loaded_once() -> None:
    assert load_catalogue() is load_catalogue()


def test_importing_the_module_loads_neither_the_catalogue_nor_a_parser() -> None:
    code = (
        "import sys, pytest_boss_gates.evidence.catalogue as c;"
        "print(c.load_catalogue.cache_info().currsize, 'tomllib' in sys.modules)"
    )
    unmeasured = {key: text for key, text in os.environ.items() if not key.startswith("COV")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=unmeasured
    )

    assert done.stdout.split() == ["0", "False"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = ", "The catalogue of tools is not valid TOML: "),
        ("x = 1", "Row 'x' of the catalogue must be a table."),
        ("[X]", "Row 'X': a key is made of a-z, 0-9 and single hyphens."),
        ("[x]\ncolour = 1", "Row 'x': there is no field 'colour'."),
        ("[x]\narea = 'lint'\nfiles = ['a']", "Row 'x': 'purpose' must be a text."),
        (
            "[x]\npurpose = 'P'\narea = 'art'\nfiles = ['a']",
            "Row 'x': the area 'art' is none of lint, format,",
        ),
        (
            "[x]\npurpose = 'P'\narea = 'lint'\nfiles = 'a'",
            "Row 'x': 'files' must be a list of texts.",
        ),
        (
            "[x]\npurpose = 'P'\narea = 'lint'\nmarked = 3",
            "Row 'x': 'marked' must be a table of patterns.",
        ),
        (
            "[x]\npurpose = 'P'\narea = 'lint'\nmarked = {a = '('}",
            "Row 'x': the mark of 'a' is no regular expression: ",
        ),
        ("[x]\npurpose = 'P'\narea = 'lint'", "Row 'x': nothing would ever show this tool."),
        (
            "[x]\npurpose = 'P'\narea = 'lint'\nfiles = ['a']\ntitle = 1",
            "Row 'x': 'title' must be a text.",
        ),
    ],
)
def test_a_malformed_row_is_named_with_what_is_wrong(text: str, message: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        parse_catalogue(text)

    assert str(caught.value).startswith(message)
