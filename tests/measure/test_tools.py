"""The tools gate: levels from the repository, versions from what is installed."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.measure.gate import Context
from pytest_boss_gates.measure.tools import measure
from pytest_boss_gates.model import Bound, Level, Measurement, Settings, ToolSetting
from pytest_boss_gates.repository.source import Source
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def measured(root: Path, files: Mapping[str, str], *tools: ToolSetting) -> list[Measurement]:
    for path, text in files.items():
        (root / path).write_text(text, encoding="utf-8")
    settings = Settings(root=root, targets=(), tools=tools)
    return list(measure(Context(settings=settings, tree=Tree(root=root), source=Source())))


def tool(name: str, level: Level = Level.DECLARED, version: str = "") -> ToolSetting:
    return ToolSetting(name=name, level=level, version=version)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory on the import path with vulture 2.11, and a damaged xenon, installed."""
    site = tmp_path / "site"
    for name, text in (("vulture-2.11", "Name: vulture\nVersion: 2.11\n"), ("xenon-1", "")):
        (site / f"{name}.dist-info").mkdir(parents=True)
        (site / f"{name}.dist-info" / "METADATA").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))
    return site


@pytest.mark.usefixtures("installed")
def test_a_declared_tool_says_where_and_in_which_version_it_is_installed(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    files = {
        "requirements.txt": "rich\nvulture>=2\n",
        "pyproject.toml": "[tool.vulture]\n",
    }

    (level,) = measured(root, files, tool("vulture"))

    assert level == Measurement(
        metric="tool-level",
        scope="vulture",
        value=2,
        bound=Bound.EXACT,
        source="files of the repository",
        notes=(
            "declared at requirements.txt:2 `vulture>=2`; installed: 2.11",
            "also at pyproject.toml:1",
        ),
    )


@pytest.mark.usefixtures("installed")
def test_a_tool_that_is_not_declared_is_measured_as_none_and_says_what_was_searched(
    tmp_path: Path,
) -> None:
    root = tmp_path / "root"
    root.mkdir()

    (level,) = measured(root, {}, tool("vulture"))

    assert level.value == Level.NONE
    assert level.notes == (
        (
            "not declared: searched the dependencies, [tool.vulture], "
            "the pre-commit hooks; installed: 2.11"
        ),
        "It is installed here, but nothing in the repository asks for it.",
    )


def test_a_file_that_could_not_be_read_is_named_when_nothing_was_found(tmp_path: Path) -> None:
    (level,) = measured(tmp_path, {"pyproject.toml": "[tool.mypy"}, tool("vulture"))

    assert level.notes[-1].startswith(
        "pyproject.toml: it proves nothing, because it could not be read: "
    )


@pytest.mark.parametrize("asked", [Level.WIRED, Level.GATING, Level.OBSERVED])
def test_more_than_declared_is_unknown_with_what_is_known_and_a_remedy(
    tmp_path: Path, asked: Level
) -> None:
    (level,) = measured(tmp_path, {"mypy.ini": "[mypy]\n"}, tool("mypy", asked))

    assert level.value is None
    assert level.reason == (
        "CI definitions are not followed by this version, so only declarations are known: "
        "mypy is declared at mypy.ini:1 `[mypy]`"
    )
    assert level.remedy == 'Set `mypy = "declared"` in [tool.boss-gates.tools] until then.'


def test_more_than_declared_is_unknown_also_when_it_is_not_even_declared(tmp_path: Path) -> None:
    (level,) = measured(tmp_path, {}, tool("codeql", Level.WIRED))

    assert level.reason.endswith(
        ": CodeQL is not declared: searched the action github/codeql-action, .github/codeql/**"
    )


@pytest.mark.usefixtures("installed")
def test_the_version_is_that_of_the_installed_distribution(tmp_path: Path) -> None:
    level, version = measured(tmp_path, {}, tool("vulture", version=">=2"))

    assert level.metric == "tool-level"
    assert version == Measurement(
        metric="tool-version", scope="vulture", value="2.11", source="installed distributions"
    )


def test_the_version_in_this_environment_is_what_its_metadata_says(tmp_path: Path) -> None:
    _, version = measured(tmp_path, {}, tool("pytest", version=">=8"))

    assert version.value == metadata.version("pytest")


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("name", "title", "distribution"),
    [("podman", "Podman", "podman-compose"), ("xenon", "xenon", "xenon")],
)
def test_a_version_of_what_is_not_installed_or_damaged_is_unknown_with_the_command(
    tmp_path: Path, name: str, title: str, distribution: str
) -> None:
    _, version = measured(tmp_path, {}, tool(name, version=">=5,<6"))

    assert version.value is None
    assert version.reason == f"{title} is not installed in this environment"
    assert version.remedy == f"Install it: pip install '{distribution}>=5,<6'"


def test_the_version_of_what_is_no_distribution_cannot_be_read(tmp_path: Path) -> None:
    _, version = measured(tmp_path, {}, tool("docker", version=">=24"))

    assert version.reason == (
        "Docker is no Python distribution, so its version cannot be read here"
    )
    assert version.remedy == "Remove `version` from `docker` in [tool.boss-gates.tools]."


def test_a_tool_unknown_to_the_catalogue_is_unknown(tmp_path: Path) -> None:
    (level,) = measured(tmp_path, {}, tool("hammer"))

    assert level.reason == "hammer is not in the catalogue of tools"


def test_without_configured_tools_nothing_is_measured(tmp_path: Path) -> None:
    assert measured(tmp_path, {"mypy.ini": ""}) == []


def test_each_configured_tool_is_measured_in_its_order(tmp_path: Path) -> None:
    found = measured(tmp_path, {}, tool("ruff"), tool("mypy"), tool("black"))

    assert [measurement.scope for measurement in found] == ["ruff", "mypy", "black"]
