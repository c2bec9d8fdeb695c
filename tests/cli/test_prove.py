"""``boss-gates prove``: every target goes red by the judge of every run, or is a finding."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from pytest_boss_gates.cli import main
from pytest_boss_gates.measure import METRICS
from pytest_boss_gates.settings.schema import is_target
from pytest_boss_gates.settings.targets import target_forms

if TYPE_CHECKING:
    from tests.conftest import Project


def prove(project: Project, *arguments: str) -> int:
    return main(["prove", "--root", str(project.root), *arguments])


def facts(project: Project, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    prove(project, "--json")
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["targets"]
    return found


def test_each_target_is_put_just_across_its_bound(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.targets(
        'code-coverage = [">90%", { paths = "shop/**", target = ">=95%" }]',
        'complexity = "B"',
        'slowest-test = { target = "<5 s", enforce = "warn" }',
        'deployment-frequency = { target = "daily", enforce = "block" }',
    )

    assert prove(shop) == 0

    rows = [re.split(r" {2,}", line) for line in capsys.readouterr().out.splitlines()]
    assert rows[:11] == [
        ["GATE", "TARGET", "PERTURBED TO", "VERDICT", "EXIT"],
        ["code-coverage", ">90%", "90 %", "✗ missed", "10"],
        ["", "nothing", "? unknown", "11"],
        ["code-coverage shop/**", ">=95%", "94.99 %", "✗ missed", "10"],
        ["", "nothing", "? unknown", "11"],
        ["complexity", "B", "11", "✗ missed", "10"],
        ["", "nothing", "? unknown", "11"],
        ["slowest-test", "<5 s", "5 s", "✗ missed (warn)", "0"],
        ["", "nothing", "? unknown (warn)", "0"],
        ["deployment-frequency", "daily", "4.98/week", "✗ missed", "10"],
        ["", "nothing", "? unknown", "11"],
    ]
    assert rows[-1] == ["4 targets would make the run red, 1 would warn."]


def test_the_last_run_is_where_the_perturbation_starts(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.targets('code-coverage = ">=50%"', 'tests = ">=2"')
    shop.run("-q")

    coverage, tests = facts(shop, capsys)

    assert coverage["today"] == "100 %"
    assert coverage["worse"] == {
        "perturbed-to": "25 %",  # one line of four fewer than needed
        "verdict": "missed",
        "exit": 10,
    }
    assert tests["today"] == "2"
    assert tests["worse"]["perturbed-to"] == "1"


@pytest.mark.slow
def test_what_is_not_over_yet_misses_nothing_here(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.targets('mean-time-to-recovery = { target = "<=30 minutes", enforce = "block" }')
    main(["check", "--root", str(shop.root)])
    path = shop.root / ".boss-gates" / "report.json"
    report = json.loads(path.read_text(encoding="utf-8"))
    long = {"name": "INC-1", "value": 90_000, "exact": None, "path": None, "line": None}
    report["verdicts"][0]["measurement"] |= {
        "value": 600,
        "pending": [{**long, "note": "", "before": None, "exact-before": None}],
    }
    path.write_text(json.dumps(report), encoding="utf-8")
    capsys.readouterr()

    (told,) = facts(shop, capsys)

    assert (told["today"], told["worse"]["perturbed-to"]) == ("10 min", "30 min 0.001 s")


def test_what_is_said_of_a_target_is_what_pytest_does(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.targets('tests = ">=2"', 'code-coverage = ">=90%"')
    assert shop.run("-q").status == 0
    said = {each["metric"]: each for each in facts(shop, capsys)}

    (shop.root / "tests" / "test_cart.py").write_text(
        "from shop.cart import total\n\n\ndef test_total():\n    assert total([1]) == 1\n",
        encoding="utf-8",
    )
    result = shop.run("-q")

    assert result.status == said["tests"]["worse"]["exit"] == 10
    assert result.verdicts["tests"]["shown"] == said["tests"]["worse"]["perturbed-to"]
    assert result.statuses == {"tests": "missed", "code-coverage": "missed"}


def test_a_target_that_can_never_be_missed_is_a_finding(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.targets('code-coverage = ">=0%"', 'tests = { target = ">=0", enforce = "warn" }')

    assert prove(shop) == 10

    shown = capsys.readouterr().out
    assert "code-coverage >=0% (pyproject.toml:2): it can never be missed.\n" in shown
    assert "tests >=0 (pyproject.toml:3): it can never be missed.\n" in shown
    assert shown.endswith("0 targets would make the run red, 2 would do nothing.\n")


def test_report_only_makes_every_target_a_finding(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write(
        {
            "pyproject.toml": """\
                [tool.boss-gates]
                report-only = true
                [tool.boss-gates.targets]
                tests = ">=1"
                """
        }
    )

    assert prove(shop) == 10

    shown = capsys.readouterr().out
    assert "Report only is set, so no target can make a run red." in shown
    assert "it blocks, but the run stays green." in shown


def test_strict_turns_what_is_unknown_into_a_miss(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write(
        {"pyproject.toml": '[tool.boss-gates]\nstrict = true\ntargets = { tests = ">=1" }\n'}
    )

    (tests,) = facts(shop, capsys)

    assert tests["lost"] == {"perturbed-to": "-", "verdict": "unknown", "exit": 10}


def test_tools_lose_their_level_and_their_version(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.write(
        {
            "pyproject.toml": """\
                [tool.boss-gates]
                targets = {}
                tools = { mypy = { level = "gating", version = ">=1,<2" }, ruff = "declared" }
                """
        }
    )

    level, version, ruff = facts(shop, capsys)

    assert (level["worse"]["perturbed-to"], level["worse"]["exit"]) == ("wired", 10)
    assert (version["worse"]["perturbed-to"], version["worse"]["exit"]) == ("0", 10)
    assert ruff["worse"]["perturbed-to"] == "mentioned"


@pytest.mark.parametrize("key", [key for key, metric in METRICS.items() if is_target(metric)])
def test_every_form_of_every_target_goes_red(
    project: Project, capsys: pytest.CaptureFixture[str], key: str
) -> None:
    for form in target_forms(METRICS[key]):
        project.targets(f'{key} = {{ target = "{form}", enforce = "block" }}')

        (fact,) = facts(project, capsys)

        assert fact["finding"] is None, form
        assert fact["worse"]["exit"] in (10, 11)
        assert fact["lost"]["exit"] == 11


def test_the_facts_have_stable_keys(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.targets('tests = ">=1"')

    (fact,) = facts(project, capsys)

    assert list(fact) == [
        "metric",
        "scope",
        "target",
        "enforce",
        "set-at",
        "today",
        "worse",
        "lost",
        "finding",
    ]
    assert fact["set-at"] == "pyproject.toml:2"
    assert fact["today"] is None


def test_no_targets_are_told(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.targets()

    assert prove(project) == 0
    assert capsys.readouterr().out == "There is no target to prove.\n"


def test_wrong_settings_and_roots_are_wrong_usage(project: Project) -> None:
    project.targets('test = ">=1"')

    assert prove(project) == 2
    assert main(["prove", "--root", str(project.root / "nowhere")]) == 2
