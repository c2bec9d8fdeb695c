"""What a run tells the CI system, as that system reads it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.cli import main
from pytest_boss_gates.telling import outputs as outputs_of
from tests.report.conftest import Examples

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Project


@pytest.fixture
def actions(shop: Project) -> Project:
    """A project whose sessions run in a step of GitHub Actions."""
    shop.targets('code-coverage = ">99.5%"', 'complexity = { target = "<=1", enforce = "warn" }')
    shop.environment.update(
        GITHUB_ACTIONS="true",
        GITHUB_STEP_SUMMARY=str(shop.root.parent / "summary.md"),
        GITHUB_OUTPUT=str(shop.root.parent / "output"),
    )
    return shop


def outputs(path: Path) -> dict[str, str]:
    """Read the file as the runner does: ``name<<delimiter``, lines, the delimiter."""
    found, lines = {}, iter(path.read_text(encoding="utf-8").splitlines())
    for line in lines:
        name, _, delimiter = line.partition("<<")
        value = []
        for each in lines:
            if each == delimiter:
                break
            value.append(each)
        found[name] = "\n".join(value)
    return found


def commands(stdout: str) -> list[str]:
    return [line for line in stdout.splitlines() if line.startswith("::")]


def test_a_session_tells_github(actions: Project) -> None:
    (actions.root.parent / "summary.md").write_text("# before\n", encoding="utf-8")

    result = actions.run()

    shown = commands(result.output)
    assert shown[0].startswith("::warning file=pyproject.toml,line=3,title=Complexity is 2")
    assert shown[-1].startswith("::notice title=boss-gates::Met")
    summary = (actions.root.parent / "summary.md").read_text(encoding="utf-8")
    assert summary.startswith("# before\n\n### Boss gates: met\n")
    assert outputs(actions.root.parent / "output") == {
        "outcome": "met",
        "code-coverage": "met",
        "code-coverage-value": "100 %",
        "complexity": "missed",
        "complexity-value": "2",
    }


@pytest.mark.parametrize("arguments", [["--no-boss-gates-ci"], ["-n1", "--no-boss-gates-ci"]])
def test_the_option_keeps_a_session_silent(actions: Project, arguments: list[str]) -> None:
    assert commands(actions.run(*arguments).output) == []
    assert not (actions.root.parent / "summary.md").exists()
    assert not (actions.root.parent / "output").exists()


def test_workers_leave_it_to_their_controller(actions: Project) -> None:
    result = actions.run("-n2")
    assert len(commands(result.output)) == len(set(commands(result.output))) == 3
    assert outputs(actions.root.parent / "output")["outcome"] == "met"


def test_the_setting_keeps_a_session_silent(actions: Project) -> None:
    actions.write({"pyproject.toml": "[tool.boss-gates]\ntell-ci = false\n"})
    assert commands(actions.run().output) == []


def test_a_session_within_a_test_is_silent(actions: Project) -> None:
    actions.environment["PYTEST_CURRENT_TEST"] = "test_x.py::test_1 (call)"
    assert commands(actions.run().output) == []
    assert not (actions.root.parent / "output").exists()


def test_gitlab_finds_the_coverage_in_the_log(shop: Project) -> None:
    shop.targets('code-coverage = ">90%"')
    shop.environment["GITLAB_CI"] = "true"
    lines = shop.run().output.splitlines()
    assert lines.count("boss-gates coverage: 100 %") == 1


@pytest.fixture
def step(shop: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The same for the console command, which runs in this process."""
    shop.targets('complexity = "<=1"')
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    return shop


def check(project: Project, *arguments: str) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTEST_CURRENT_TEST")  # within a test nothing is told
        return main(["check", "--root", str(project.root), *arguments])


def test_check_tells_github(
    step: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(step) == 10
    assert commands(capsys.readouterr().out)[0].startswith("::error file=pyproject.toml,line=2,")
    assert outputs(tmp_path / "output")["complexity"] == "missed"


def test_no_output_takes_the_place_of_another() -> None:
    examples = Examples()
    whole, part = examples.missed_coverage(), examples.met(scope="value")

    for verdicts in ((whole, part), (part, whole)):
        found = outputs_of(examples.run(*verdicts))
        assert sorted(found.values()) == sorted(["met", "87 %", "missed", "99 %", "met"])


def test_the_runs_of_a_job_share_the_annotations_that_it_may_show(
    step: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    functions = "".join(f"def f{n}(x):\n    return x or 1\n\n\n" for n in range(30))
    step.write({f"shop/{name}.py": functions for name in ("old", "new")})
    step.targets(
        'complexity = [{ paths = "shop/new.py", target = "<=1" }, '
        '{ paths = "shop/old.py", target = "<=1", enforce = "warn" }]'
    )
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path))

    shown = []
    for name in ("__run", "__run", "__run_2", "__run_3", "gates"):
        monkeypatch.setenv("GITHUB_ACTION", name)
        check(step)
        kinds = [line.split()[0] for line in commands(capsys.readouterr().out)]
        shown.append(tuple(map(kinds.count, ("::error", "::warning", "::notice"))))

    assert shown == [(10, 10, 1), (0, 0, 1), (10, 10, 1), (6, 0, 1), (0, 0, 0)]


def test_a_count_of_annotations_that_nobody_can_read_or_keep_takes_none_away(
    step: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path / "none"))

    check(step)

    shown = capsys.readouterr().out
    assert commands(shown)
    assert "problem: RUNNER_TEMP is not told:" in " ".join(shown.split())


def test_a_document_on_standard_output_stays_whole(
    step: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    check(step, "--json")
    shown = capsys.readouterr()
    assert json.loads(shown.out)["outcome"] == "missed"
    assert commands(shown.err)


def test_check_prints_the_body_of_a_comment(
    step: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(step, "--comment", "--no-ci") == 10
    shown = capsys.readouterr()
    assert shown.out.startswith("<!-- boss-gates -->\n### Boss gates: missed\n")
    assert shown.err == ""


def test_a_summary_has_the_room_that_others_left(
    step: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(path))
    path.write_text("x" * (1024 * 1024 - 4000), encoding="utf-8")
    check(step)
    assert 1024 * 1024 - 4000 < path.stat().st_size <= 1024 * 1024
    path.write_text("x" * (1024 * 1024 - 100), encoding="utf-8")
    check(step)
    assert path.stat().st_size == 1024 * 1024 - 100


def test_a_file_that_cannot_be_written_is_a_problem_of_the_run(
    step: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", os.fspath(step.root))
    assert check(step) == 10
    shown = " ".join(capsys.readouterr().out.split())
    assert "problem: GITHUB_OUTPUT is not told:" in shown
    assert "it is a directory" in shown
