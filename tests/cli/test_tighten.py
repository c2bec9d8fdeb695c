"""``boss-gates tighten``: stricter targets in their own spelling, from the last run alone."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from pytest_boss_gates.cli import main

if TYPE_CHECKING:
    from tests.conftest import Project

SETTINGS = """\
# targets of ours
[tool.boss-gates.targets]
code-coverage = ['>50%', { paths = "shop/**", target = ">= 60 %" }] # both
complexity = { target = "C", enforce = "warn" } # a rank
session-duration = "<1 hour" # long
slowest-test = "<10 min"
tests = ">=1"
skipped-tests = "=0"
uncovered-lines = "no worse than base"
build-success-rate = { target = ">95%", enforce = "warn" }

[tool.boss-gates.tools]
pytest = "declared"

[tool.pytest.ini_options]
testpaths = ["tests"]
"""


def tighten(project: Project, *arguments: str) -> int:
    return main(["tighten", "--root", str(project.root), *arguments])


def settings(project: Project) -> str:
    return (project.root / "pyproject.toml").read_text(encoding="utf-8")


@pytest.fixture
def ran(shop: Project) -> Project:
    shop.write({"pyproject.toml": SETTINGS})
    shop.run("-q")
    return shop


def test_targets_with_slack_are_shown_as_a_diff_and_nothing_is_written(
    ran: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tighten(ran) == 0

    shown = capsys.readouterr().out
    assert settings(ran) == SETTINGS
    changed = [line for line in shown.splitlines() if line.startswith(("-", "+"))]
    assert changed == [
        "--- pyproject.toml",
        "+++ pyproject.toml",
        '-code-coverage = [\'>50%\', { paths = "shop/**", target = ">= 60 %" }] # both',
        '-complexity = { target = "C", enforce = "warn" } # a rank',
        '+code-coverage = [\'>98%\', { paths = "shop/**", target = ">= 99 %" }] # both',
        '+complexity = { target = "A", enforce = "warn" } # a rank',
        '-slowest-test = "<10 min"',
        '+slowest-test = "<1 min"',
    ]
    told = " ".join(shown.split())
    assert "4 targets would become stricter, by the run of 20" in told
    assert "`--write` writes it." in told
    assert "session-duration <1 hour" in told
    assert "skipped-tests =0 0 leaves no slack beyond the margin" in told
    assert "build-success-rate >95% unknown: " in told
    assert max(map(len, shown.splitlines())) <= 88  # a line of the user's own file


def test_write_writes_it_and_the_next_run_meets_it(ran: Project) -> None:
    assert tighten(ran, "--write") == 0

    assert settings(ran) == (
        SETTINGS.replace("'>50%'", "'>98%'")
        .replace(">= 60 %", ">= 99 %")
        .replace('"C"', '"A"')
        .replace('"<10 min"', '"<1 min"')
    )
    assert {
        status
        for name, status in ran.run("-q").statuses.items()
        if not name.startswith(("uncovered-lines", "build-success-rate"))
    } == {"met"}


def test_a_second_time_finds_nothing_more(ran: Project, capsys: pytest.CaptureFixture[str]) -> None:
    tighten(ran, "--write")
    before = settings(ran)
    capsys.readouterr()

    assert tighten(ran, "--write") == 0

    assert settings(ran) == before
    assert "No target becomes stricter by the run of 20" in capsys.readouterr().out


def test_the_margin_can_be_chosen(ran: Project) -> None:
    assert tighten(ran, "--write", "--margin", "10%") == 0

    assert "'>89%'" in settings(ran)  # 100 % less 10 points; the bound is strict
    assert '">= 90 %"' in settings(ran)


def test_the_facts_have_stable_keys(ran: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert tighten(ran, "--json") == 0

    found: Any = json.loads(capsys.readouterr().out)
    assert list(found) == ["base", "changes", "kept", "diff", "written"]
    assert found["base"]["commit"] is None, "there is no repository"
    assert datetime.fromisoformat(found["base"]["started"]).tzinfo is not None
    assert found["changes"][1] == {
        "metric": "code-coverage",
        "scope": "shop/**",
        "from": ">= 60 %",
        "to": ">= 99 %",
        "measured": "100 %",
        "line": 3,
    }
    assert list(found["kept"][0]) == ["metric", "scope", "target", "reason"]
    assert found["diff"].startswith("--- pyproject.toml\n")
    assert found["written"] is False


def test_a_missed_target_stays(shop: Project, capsys: pytest.CaptureFixture[str]) -> None:
    shop.targets('complexity = "<=1"')
    shop.run("-q")

    assert tighten(shop) == 0

    told = " ".join(capsys.readouterr().out.split())
    assert "complexity <=1 missed: 2 is not <=1" in told


def test_a_target_that_the_last_run_did_not_know_stays(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.targets('complexity = "<=9"')
    shop.run("-q")
    shop.targets('maintainability = ">=1"')

    assert tighten(shop) == 0
    assert "the last run did not measure it" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("-k", "total"), "it was partial (-k)"),
        (("--maxfail=1", "-p", "no:randomly", "tests/test_bad.py"), "it was partial"),
    ],
)
def test_a_partial_run_is_refused_with_its_reason(
    shop: Project, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], reason: str
) -> None:
    shop.targets('complexity = "<=9"')
    shop.write({"tests/test_bad.py": "def test_bad():\n    assert True\n"})
    shop.run("-q", *arguments)

    assert tighten(shop, "--write") == 11

    complaint = capsys.readouterr().err
    assert "boss-gates: The last run is no base for targets: " in complaint
    assert reason in complaint
    assert "Run the whole suite again." in complaint
    assert '"<=9"' in settings(shop)


def test_a_failed_run_is_refused(shop: Project, capsys: pytest.CaptureFixture[str]) -> None:
    shop.targets('complexity = "<=9"')
    shop.write({"tests/test_bad.py": "def test_bad():\n    assert False\n"})
    shop.run("-q")

    assert tighten(shop) == 11
    assert "its tests did not all pass" in capsys.readouterr().err


def test_no_run_is_refused(shop: Project, capsys: pytest.CaptureFixture[str]) -> None:
    shop.targets('complexity = "<=9"')

    assert tighten(shop) == 11
    assert "There is no .boss-gates/report.json." in capsys.readouterr().err


def test_no_targets_point_to_init(shop: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert tighten(shop) == 2
    assert "`boss-gates init` writes first ones" in capsys.readouterr().err


@pytest.mark.parametrize("margin", ["2", "much", "-1%", ""])
def test_a_margin_that_is_no_share_is_wrong_usage(
    shop: Project, capsys: pytest.CaptureFixture[str], margin: str
) -> None:
    assert tighten(shop, f"--margin={margin}") == 2
    assert "is no margin: write a share such as 2%" in capsys.readouterr().err


def test_wrong_settings_are_told(shop: Project, capsys: pytest.CaptureFixture[str]) -> None:
    shop.targets('complexty = "<=9"')

    assert tighten(shop) == 2
    assert '"complexity"' in capsys.readouterr().err


def test_below_no_directory_is_wrong_usage(project: Project) -> None:
    assert main(["tighten", "--root", str(project.root / "nowhere")]) == 2
