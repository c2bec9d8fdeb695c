"""``boss-gates init``: first targets that the very next run meets, and nothing else touched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from pytest_boss_gates.cli import main

if TYPE_CHECKING:
    from tests.conftest import Project

SETTINGS = """\
# the project
[project]
name = "shop" # its name

[tool.ruff] # how it is checked
line-length = 88
"""


def init(project: Project, *arguments: str) -> int:
    return main(["init", "--root", str(project.root), *arguments])


def facts(project: Project, capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert init(project, "--json", *arguments) == 0
    return json.loads(capsys.readouterr().out)


def settings(project: Project) -> str:
    return (project.root / "pyproject.toml").read_text(encoding="utf-8")


def test_first_targets_come_from_the_last_run_and_the_next_one_meets_them(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write({"pyproject.toml": SETTINGS})
    without = shop.run("--boss-gates-report-only", "-q")

    assert init(shop) == 0

    assert "`boss-gates init` writes first ones." in without.report["notes"][0]
    shown = capsys.readouterr().out
    assert "7 targets and 1 tool added to pyproject.toml:" in shown
    assert "What needs tests is taken from the run of 20" in shown
    assert settings(shop) == SETTINGS + (
        "\n[tool.boss-gates.targets]\n"
        'code-coverage = ">=99%"\n'
        'complexity = "<=2"\n'
        'maintainability = ">=81"\n'
        'suppressions = "<=0"\n'
        'session-duration = "<1 minute"\n'
        'slowest-test = "<5 s"\n'
        'tests = ">=1"\n'
        "\n[tool.boss-gates.tools]\n"
        'ruff = "declared"\n'
    )
    result = shop.run()
    assert result.status == 0, result.output
    assert set(result.statuses.values()) == {"met"}
    assert max(map(len, shown.splitlines())) <= 80
    assert main(["tighten", "--root", str(shop.root)]) == 0
    assert "No target becomes stricter by the run of 20" in capsys.readouterr().out


def test_a_second_time_changes_nothing(shop: Project, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write({"pyproject.toml": SETTINGS})
    shop.run("--boss-gates-report-only", "-q")
    init(shop, "--tracker")
    before = settings(shop)
    document = (shop.root / "docs" / "cicd-tracker.md").read_bytes()
    capsys.readouterr()

    assert init(shop, "--tracker") == 0

    assert settings(shop) == before
    assert (shop.root / "docs" / "cicd-tracker.md").read_bytes() == document
    shown = capsys.readouterr().out
    assert "pyproject.toml stays as it is." in shown
    assert "it has a target already" in shown


def test_what_is_set_is_never_set_again(shop: Project) -> None:
    own = '[tool.boss-gates.targets]\ncomplexity = "<=40" # ours\n\n[tool.ruff]\n'
    shop.write({"pyproject.toml": own})

    assert init(shop) == 0

    assert settings(shop) == (
        '[tool.boss-gates.targets]\ncomplexity = "<=40" # ours\nmaintainability = ">=81"\n'
        'suppressions = "<=0"\n\n'
        '[tool.boss-gates.tools]\nruff = "declared"\n\n[tool.ruff]\n'
    )


def test_without_a_run_what_needs_none_is_set_and_a_run_is_offered(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert init(shop) == 0

    assert settings(shop) == (
        '[tool.boss-gates.targets]\ncomplexity = "<=2"\nmaintainability = ">=81"\n'
        'suppressions = "<=0"\n'
    )
    shown = " ".join(capsys.readouterr().out.split())
    assert "session-duration, slowest-test, tests: no run has measured it" in shown
    assert "There is no .boss-gates/report.json, so nothing that needs tests is set." in shown
    assert "`boss-gates init --run` runs them first" in shown
    assert not list(shop.root.glob("**/.pytest_cache")), "no test was run"


def test_a_run_of_failing_tests_is_no_base(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write({"tests/test_bad.py": "def test_bad():\n    assert False\n"})
    shop.run("--boss-gates-report-only", "-q")

    found = facts(shop, capsys)

    assert found["base"] is None
    assert found["no-base"] == (
        "The last run is no base for targets: its tests did not all pass (pytest's exit status "
        "was 1)"
    )
    assert {each["metric"] for each in found["targets"]} == {
        "complexity",
        "maintainability",
        "suppressions",
    }


def test_it_runs_the_tests_when_it_is_told_to(shop: Project) -> None:
    done = shop.run_command(
        shop.command()[0], "-m", "pytest_boss_gates.cli", "init", "--run", "--json"
    )

    found = json.JSONDecoder().raw_decode(done.output)[0]
    assert done.status == 0
    assert "2 passed" in done.output
    assert list(found["base"]) == ["started", "commit"]
    assert [each["metric"] for each in found["targets"]] == [
        "code-coverage",
        "complexity",
        "maintainability",
        "suppressions",
        "session-duration",
        "slowest-test",
        "tests",
    ]
    assert shop.run("-q").status == 0


def test_a_dry_run_prints_the_diff_and_writes_nothing(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write({"pyproject.toml": SETTINGS})

    assert init(shop, "--dry-run", "--tracker") == 0

    assert settings(shop) == SETTINGS
    assert not (shop.root / "docs").exists()
    shown = capsys.readouterr().out
    assert shown.startswith("--- pyproject.toml\n+++ pyproject.toml\n")
    assert '\n+complexity = "<=2"\n' in shown
    assert "3 targets and 1 tool would be added to pyproject.toml:" in shown
    assert "The tracker document would be docs/cicd-tracker.md." in shown


def test_the_facts_have_stable_keys(shop: Project, capsys: pytest.CaptureFixture[str]) -> None:
    found = facts(shop, capsys)

    assert list(found) == [
        "base",
        "no-base",
        "targets",
        "tools",
        "left",
        "document",
        "diff",
        "written",
        "snippets",
    ]
    assert found["targets"][0] == {"metric": "complexity", "target": "<=2", "measured": "2"}
    assert found["written"] is True


def test_a_value_that_any_run_reaches_is_no_target(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write({"tests/test_cart.py": "def test_nothing():\n    pass\n"})
    shop.run("--boss-gates-report-only", "-q")

    found = facts(shop, capsys)

    reasons = {each["metric"]: each["reason"] for each in found["left"]}
    assert reasons["code-coverage"] == "0 % is too little to hold on to"
    assert reasons["tests"] == "1 is too little to hold on to"


def test_a_file_that_cannot_be_parsed_sets_no_target(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write({"shop/broken.py": "def (:\n"})

    found = facts(shop, capsys)

    reasons = {each["metric"]: each["reason"] for each in found["left"]}
    assert reasons["complexity"] == "only known to be at-least 2"


def test_a_tracker_document_is_written_and_kept_in_the_settings(shop: Project) -> None:
    assert init(shop, "--tracker", str(shop.root / "TRACKER.md")) == 0

    assert settings(shop).endswith('\n[tool.boss-gates.tracker]\ndocument = "TRACKER.md"\n')
    assert "| Type Checking |" in (shop.root / "TRACKER.md").read_text(encoding="utf-8")
    assert main(["tracker", "check", "--root", str(shop.root)]) == 0


def test_a_document_that_is_set_is_the_one_that_is_written(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write({"pyproject.toml": '[tool.boss-gates.tracker]\ndocument = "ours.md"\n'})

    assert init(shop, "--tracker", str(shop.root / "other.md")) == 2
    assert "The tracker's document is set already: ours.md." in capsys.readouterr().err

    assert init(shop, "--tracker") == 0
    assert (shop.root / "ours.md").is_file()
    assert settings(shop).count("document") == 1


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("tracker.txt", "tracker.txt is no Markdown document: its name must end in .md."),
        ("../outside.md", "outside.md is outside the project"),
    ],
)
def test_a_document_that_cannot_be_is_told_before_anything_is_written(
    shop: Project, capsys: pytest.CaptureFixture[str], path: str, message: str
) -> None:
    assert init(shop, "--tracker", str(shop.root / path)) == 2

    assert message in capsys.readouterr().err
    assert not (shop.root / "pyproject.toml").exists()


def test_a_document_that_cannot_be_kept_is_told_before_anything_is_written(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop.root / "t.md").write_bytes(b"\xff\xfe\x00")

    assert init(shop, "--tracker", str(shop.root / "t.md")) == 2

    assert "t.md" in capsys.readouterr().err
    assert not (shop.root / "pyproject.toml").exists()


def test_what_is_no_toml_is_told_with_its_line(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write({"pyproject.toml": "[project]\nname = \n"})

    assert init(shop) == 2

    assert "pyproject.toml:2" in capsys.readouterr().err
    assert settings(shop) == "[project]\nname = \n"


def test_tools_are_set_at_the_level_that_ci_shows(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write(
        {
            "mypy.ini": "[mypy]\n",
            ".github/workflows/ci.yml": """\
                on: push
                jobs:
                  all:
                    runs-on: ubuntu-latest
                    steps:
                      - run: ruff check .
                      - run: bandit -r shop || true
                """,
        }
    )

    found = facts(shop, capsys)

    assert found["tools"] == {"bandit": "wired", "mypy": "declared", "ruff": "gating"}
    assert shop.run_command(shop.command()[0], "-m", "pytest_boss_gates.cli", "check").status == 0


def test_the_lines_for_ci_are_those_of_the_provider(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write({".gitlab-ci.yml": "stages: [test]\n"})

    assert init(shop) == 0

    shown = capsys.readouterr().out
    assert "For GitLab CI, in .gitlab-ci.yml (a job of this file):" in shown
    job = yaml.safe_load(shown.partition("file):\n")[2])["boss-gates"]
    assert job["variables"] == {"GIT_DEPTH": 0}
    assert job["artifacts"] == {"when": "always", "paths": [".boss-gates/"]}


def test_below_no_directory_is_wrong_usage(project: Project) -> None:
    assert main(["init", "--root", str(project.root / "nowhere")]) == 2
