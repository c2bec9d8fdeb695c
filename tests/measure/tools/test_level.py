"""The tools gate: levels from the repository, versions from what is installed."""

from __future__ import annotations

import os
import sys
from importlib import metadata
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.evidence.facts import find_evidence
from pytest_boss_gates.measure.gate import Context
from pytest_boss_gates.measure.recorder import Finished, Outcome, Recorder
from pytest_boss_gates.measure.tools import measure
from pytest_boss_gates.measure.tools.run import Runs
from pytest_boss_gates.model import Bound, Level, Measurement, Settings, ToolSetting
from pytest_boss_gates.registry import Additions
from pytest_boss_gates.repository.source import Source
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


PYTHON = sys.executable
GATING = {
    "pyproject.toml": "[tool.mypy]\n",
    ".github/workflows/ci.yml": (
        "on: [push, pull_request]\njobs:\n  lint:\n    runs-on: x\n    steps:\n      - run: tox\n"
    ),
    "tox.ini": "[testenv]\ncommands =\n    mypy src\n    pytest\n",
}
SOFT = {**GATING, "tox.ini": "[testenv]\ncommands =\n    - mypy src\n"}
NOT_RUN = {**GATING, "tox.ini": "[testenv]\ncommands = pip check\n"}


def measured(
    root: Path,
    files: Mapping[str, str],
    *tools: ToolSetting,
    recorder: Recorder | None = None,
) -> list[Measurement]:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    tree = Tree(root=root)
    runs = Runs(tools, root=root, home=root / ".boss-gates" / "tools")
    runs.start()
    context = Context(
        settings=Settings(root=root, targets=(), tools=tools),
        tree=tree,
        source=Source(),
        evidence=lambda: find_evidence(tree),
        tools=lambda: Additions().rows({}),
        recorder=recorder,
        runs=runs,
    )
    return list(measure(context))


def tool(
    name: str,
    level: Level = Level.DECLARED,
    version: str = "",
    run: tuple[str, ...] = (),
    timeout: float = 30,
) -> ToolSetting:
    return ToolSetting(name=name, level=level, version=version, run=run, timeout=timeout)


def observed(code: str, timeout: float = 30, name: str = "mypy") -> ToolSetting:
    return tool(name, Level.OBSERVED, run=(PYTHON, "-c", code), timeout=timeout)


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
            "declared at requirements.txt:2 `vulture>=2`",
            "also at pyproject.toml:1",
            "Installed: 2.11.",
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
    first, *more = level.notes
    assert first.startswith("Nothing shows it: searched the dependencies, [tool.vulture]")
    assert more == [
        "Installed: 2.11.",
        "It is installed here, but nothing in the repository asks for it.",
    ]
    assert level.remedy.startswith("Declare it: as a dependency, ")


def test_a_file_that_could_not_be_read_is_named_when_nothing_was_found(tmp_path: Path) -> None:
    (level,) = measured(tmp_path, {"pyproject.toml": "[tool.mypy"}, tool("vulture"))

    assert level.notes[1].startswith(
        "pyproject.toml: it proves nothing, because it could not be read: "
    )


def test_what_gates_shows_the_way_hop_by_hop_and_what_observed_needs(tmp_path: Path) -> None:
    (level,) = measured(tmp_path, GATING, tool("mypy", Level.OBSERVED))

    assert level.value == Level.GATING
    assert level.notes[0] == "gating at .github/workflows/ci.yml:6 -> tox.ini:3 `mypy src`"
    assert level.notes[-1] == "It is not known to have run."
    assert level.remedy == ('Let a session run it: mypy = { level = "observed", run = "mypy" }')


def test_what_cannot_fail_the_job_is_wired_and_says_why(tmp_path: Path) -> None:
    (level,) = measured(tmp_path, SOFT, tool("mypy", Level.GATING))

    assert level.value == Level.WIRED
    assert "Its failure would not fail the CI job:" in level.notes
    assert level.remedy == "Let its failure fail the CI job."
    assert level.notes[-1].startswith("tox.ini:3: ")


def test_what_ci_does_not_run_says_so(tmp_path: Path) -> None:
    (level,) = measured(tmp_path, NOT_RUN, tool("mypy", Level.WIRED))

    assert level.value == Level.DECLARED
    assert "No CI job that runs on pushes or pull requests was found to run it." in level.notes
    assert level.remedy == "Let CI run it on every push or pull request."


def test_ends_that_could_not_be_followed_are_named(tmp_path: Path) -> None:
    files = {**GATING, "tox.ini": "[testenv]\ncommands = inv lint\n"}

    (level,) = measured(tmp_path, files, tool("mypy", Level.WIRED))

    assert level.notes[-1].startswith("1 end could not be followed: tox.ini:2 inv lint")


def test_a_run_that_passes_makes_a_gating_tool_observed(tmp_path: Path) -> None:
    (level,) = measured(tmp_path, GATING, observed("print('fine')"))

    assert level.value == Level.OBSERVED
    assert "passed here in " in level.notes[-1]
    log = (tmp_path / ".boss-gates" / "tools" / "mypy.log").read_text(encoding="utf-8")
    assert log.strip() == "fine"


def test_a_run_that_passes_proves_no_more_than_ci_does(tmp_path: Path) -> None:
    (level,) = measured(tmp_path, SOFT, observed("pass"))

    assert level.value == Level.WIRED
    assert level.notes[-1] == "It passed here, but in CI it is only wired."


@pytest.mark.parametrize("wanted", [Level.OBSERVED, Level.DECLARED])
def test_a_run_that_finds_problems_has_the_level_below_and_shows_its_first_lines(
    tmp_path: Path, wanted: Level
) -> None:
    code = "print('\\x1b[31ma.py:1: error\\x1b[0m\\n\\n' + 'more\\n' * 50); raise SystemExit(1)"
    setting = tool("mypy", wanted, run=(PYTHON, "-c", code))

    (level,) = measured(tmp_path, GATING, setting)

    assert level.value == wanted - 1
    assert "found problems (exit status 1)" in level.notes[0]
    assert level.notes[1:6] == ("a.py:1: error", *["more"] * 4)
    assert level.notes[6] == "All of its output is in .boss-gates/tools/mypy.log."


def test_the_catalogue_says_which_exit_statuses_tell_of_problems(tmp_path: Path) -> None:
    (level,) = measured(tmp_path, {}, observed("raise SystemExit(20)", name="pylint"))

    assert level.value is not None
    assert "found problems (exit status 20)" in level.notes[0]


def test_another_exit_status_is_a_failure_and_unknown(tmp_path: Path) -> None:
    (level,) = measured(tmp_path, GATING, observed("raise SystemExit('usage: no')  or 2"))
    assert level.value == Level.GATING  # 1: it found problems
    assert level.remedy.startswith("Mend what `")

    (level,) = measured(tmp_path, GATING, observed("print('usage: no'); raise SystemExit(2)"))

    assert level.value is None
    assert "failed with exit status 2, which does not tell of problems: usage: no" in level.reason
    assert level.reason.endswith("(all of it in .boss-gates/tools/mypy.log)")
    assert level.remedy.startswith("Run it by hand: ")


@pytest.mark.skipif(os.name == "nt", reason="there are no signals")
def test_a_run_that_a_signal_ends_is_unknown(tmp_path: Path) -> None:
    code = "import os; os.kill(os.getpid(), 11)"

    (level,) = measured(tmp_path, GATING, observed(code))

    assert level.value is None
    assert "was ended by signal 11, and said nothing" in level.reason


def test_a_run_over_its_time_limit_is_killed_and_unknown(tmp_path: Path) -> None:
    code = "import time; print('at work', flush=True); time.sleep(60)"

    (level,) = measured(tmp_path, GATING, observed(code, timeout=1))

    assert level.value is None
    assert "was killed at its time limit of 1 s: at work" in level.reason
    assert level.remedy == "Give `mypy` a longer `timeout` in [tool.boss-gates.tools]."


def test_a_tool_that_is_not_installed_is_unknown_with_the_command(tmp_path: Path) -> None:
    setting = tool("mypy", Level.OBSERVED, run=("no-such-mypy", "src"))

    (level,) = measured(tmp_path, GATING, setting)

    assert level.value is None
    assert level.reason == (
        "`no-such-mypy src` could not be started: there is no program no-such-mypy on the path"
    )
    assert level.remedy == "Install it: pip install mypy"


def test_pytest_itself_is_observed_when_it_ran_tests(tmp_path: Path) -> None:
    recorder = Recorder(lambda: 0.0)
    (idle,) = measured(tmp_path, GATING, tool("pytest", Level.OBSERVED), recorder=recorder)
    assert idle.value == Level.GATING
    assert idle.remedy == "Let the session that judges run a test."

    recorder.add(Finished(nodeid="test_a.py::one", outcome=Outcome.PASSED, phases=(0.1, 0.2, 0.1)))
    (level,) = measured(tmp_path, GATING, tool("pytest", Level.OBSERVED), recorder=recorder)

    assert level.value == Level.OBSERVED
    assert level.notes[-1] == "It ran in this session."


def test_what_only_a_session_can_observe_is_skipped_without_one(tmp_path: Path) -> None:
    (level,) = measured(tmp_path, GATING, tool("pytest", Level.OBSERVED))

    assert level.not_for_this_run
    assert level.reason == "pytest is observed by a session; this command runs no tests"
    (soft,) = measured(tmp_path, NOT_RUN, tool("pytest", Level.OBSERVED))
    assert soft.value is not None, "what the repository lacks is missed all the same"


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
