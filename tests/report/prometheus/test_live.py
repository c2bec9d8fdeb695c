"""What is written, pushed, shown and watched, held against Prometheus' own programs."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import yaml

from pytest_boss_gates.measure import METRICS
from pytest_boss_gates.model import (
    Direction,
    Run,
    Settings,
    Target,
    Unit,
    VerdictStatus,
)
from pytest_boss_gates.pushing import push
from pytest_boss_gates.report import alerts, grafana
from pytest_boss_gates.report.prometheus import FAMILIES, render, value_family
from pytest_boss_gates.settings.load import DEFAULT_TARGETS
from pytest_boss_gates.settings.targets import parse_wanted, spell_wanted

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_boss_gates.model import Metric
    from tests.report.conftest import Examples
    from tests.report.prometheus.conftest import Gateway, Prometheus

pytestmark = pytest.mark.prometheus

_VALUES = {Unit.RATIO: 0.875, Unit.SECONDS: 540, Unit.PER_WEEK: 4}


def target(metric: Metric) -> Target:
    text = DEFAULT_TARGETS.get(metric.key)
    worse = "<=" if metric.direction is Direction.LOWER else ">="
    unit = {Unit.RATIO: "%", Unit.SECONDS: " s", Unit.PER_WEEK: "/week"}.get(metric.unit, "")
    wanted = parse_wanted(text or f"{worse}10{unit}", metric)
    return Target(metric=metric.key, wanted=wanted, text=spell_wanted(wanted))


def everything(examples: Examples) -> Run:
    """A run that has measured every metric there is, and missed some targets."""
    statuses = (VerdictStatus.MET, VerdictStatus.MISSED)
    verdicts = [
        replace(
            examples.verdict(
                statuses[number % 2],
                metric=metric,
                value=_VALUES.get(metric.unit, 1),
                n=30,
            ),
            target=target(metric),
        )
        for number, metric in enumerate(METRICS.values())
        if metric.unit not in (Unit.LEVEL, Unit.VERSION)
    ]
    lost = examples.verdict(
        VerdictStatus.UNKNOWN, scope="src/lost/**", target=">=98%", reason="a worker was lost"
    )
    return replace(examples.full(), verdicts=(*verdicts, examples.met(), lost, examples.observed()))


def settings_for(gateway: Gateway, tmp_path: Path) -> Settings:
    return Settings(root=tmp_path, targets=(), push=gateway.url)


def test_promtool_finds_nothing_wrong_with_the_text(promtool: str, examples: Examples) -> None:
    for run in (everything(examples), examples.full(), examples.run()):
        done = subprocess.run(
            [promtool, "check", "metrics"],
            input=render(run),
            capture_output=True,
            text=True,
            check=False,
        )

        assert (done.returncode, done.stdout, done.stderr.strip()) == (0, "", "")


def test_promtool_finds_nothing_wrong_with_the_text_of_strangers(
    promtool: str, examples: Examples
) -> None:
    for text in examples.hostile_texts:
        done = subprocess.run(
            [promtool, "check", "metrics"],
            input=render(examples.written_by_others(text)),
            capture_output=True,
            text=True,
            check=False,
        )

        assert (done.returncode, done.stderr.strip()) == (0, ""), text


def test_promtool_finds_nothing_wrong_with_the_rules(promtool: str, tmp_path: Path) -> None:
    (tmp_path / "rules.yml").write_text(alerts.render(), encoding="utf-8")

    done = subprocess.run(
        [promtool, "check", "rules", "--lint=all", "--lint-fatal", "rules.yml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


_OF_COVERAGE = 'project="shop",metric="code-coverage"'
_OF_SOURCE = f'{_OF_COVERAGE},scope="src/**"'
_EIGHT_DAYS = 8 * 24  # hours


def expected(labels: dict[str, str], summary: str, description: str) -> dict[str, object]:
    annotations = {"summary": summary, "description": description}
    return {"exp_labels": labels, "exp_annotations": annotations}


def rule(name: str) -> dict[str, dict[str, str]]:
    (group,) = yaml.safe_load(alerts.render())["groups"]
    (found,) = [each for each in group["rules"] if each["alert"] == name]
    made: dict[str, dict[str, str]] = found
    return made


@pytest.mark.parametrize(
    ("name", "inputs", "when", "labels", "summary"),
    [
        (
            "BossGateMissed",
            {
                f'boss_gates_verdict_status{{{_OF_COVERAGE},status="missed"}}': "0 0 1x9",
                f"boss_gates_verdict_blocking{{{_OF_COVERAGE}}}": "0 0 1x9",
            },
            "5m",
            {"project": "shop", "metric": "code-coverage", "status": "missed"},
            "shop: code-coverage misses its target",
        ),
        (
            "BossGateMissedWarning",
            {
                f'boss_gates_verdict_status{{{_OF_SOURCE},status="missed"}}': "1x9",
                f"boss_gates_verdict_blocking{{{_OF_SOURCE}}}": "0x9",
            },
            "5m",
            {
                "project": "shop",
                "metric": "code-coverage",
                "scope": "src/**",
                "status": "missed",
            },
            "shop: code-coverage (src/**) misses its target",
        ),
        (
            "BossGateUnknown",
            {
                f'boss_gates_verdict_status{{{_OF_COVERAGE},status="unknown"}}': "1x9",
                f"boss_gates_verdict_blocking{{{_OF_COVERAGE}}}": "1x9",
            },
            "5m",
            {"project": "shop", "metric": "code-coverage", "status": "unknown"},
            "shop: code-coverage could not be judged",
        ),
        (
            "BossReportStale",
            {'boss_gates_last_run_timestamp_seconds{project="shop"}': f"0x{_EIGHT_DAYS}"},
            f"{_EIGHT_DAYS}h",
            {"project": "shop"},
            "shop: no whole run for 8d 0h 0m 0s",
        ),
        (
            "BossTrackerDrift",
            {'boss_gates_document_drift{project="shop"}': "0 2x9"},
            "5m",
            {"project": "shop"},
            "shop: the tracker makes 2 claims that the evidence does not",
        ),
        (
            "BossComponentsOverdue",
            {'boss_gates_overdue_components{project="shop"}': "0 3x9"},
            "5m",
            {"project": "shop"},
            "shop: 3 components are overdue",
        ),
        (
            "BossPushFailed",
            {
                'push_time_seconds{job="boss-gates",project="shop"}': "10x9",
                'push_failure_time_seconds{job="boss-gates",project="shop"}': "0 0 60x9",
            },
            "5m",
            {"job": "boss-gates", "project": "shop"},
            "shop: the Pushgateway refused the last run",
        ),
    ],
)
def test_an_alert_fires_when_it_should_and_not_before(
    name: str,
    *,
    inputs: dict[str, str],
    when: str,
    labels: dict[str, str],
    summary: str,
    promtool: str,
    tmp_path: Path,
) -> None:
    found = rule(name)
    fires = expected(
        {**labels, "severity": found["labels"]["severity"]},
        summary,
        found["annotations"]["description"],
    )
    quiet_at = "0m" if name not in ("BossGateMissedWarning", "BossGateUnknown") else None
    tests = {
        "rule_files": ["rules.yml"],
        "tests": [
            {
                "interval": f"1{when[-1]}",
                "input_series": [
                    {"series": series, "values": values} for series, values in inputs.items()
                ],
                "alert_rule_test": [
                    *([{"eval_time": quiet_at, "alertname": name}] if quiet_at else []),
                    {"eval_time": when, "alertname": name, "exp_alerts": [fires]},
                ],
            }
        ],
    }
    (tmp_path / "rules.yml").write_text(alerts.render(), encoding="utf-8")
    (tmp_path / "tests.yml").write_text(yaml.safe_dump(tests), encoding="utf-8")

    done = subprocess.run(
        [promtool, "test", "rules", "tests.yml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_push_takes_the_place_of_the_last_one_of_its_branch(
    gateway: Gateway, examples: Examples, tmp_path: Path
) -> None:
    settings = settings_for(gateway, tmp_path)
    for branch in ("main", "feature/cart", ""):
        run = examples.run(examples.missed_coverage(), identity=examples.identity(branch=branch))
        assert push(settings, run, {}).problems == ()
    assert push(settings, examples.run(examples.observed()), {}).problems == ()

    branches = [group.get("vcs_ref_head_name") for group in gateway.groups()]
    assert sorted(branches, key=str) == ["", "feature/cart", "main"]
    assert {group["project"] for group in gateway.groups()} == {"shop"}
    told = gateway.metrics
    assert re.search(r'^boss_gates_tests{.*vcs_ref_head_name="main"} 61$', told, re.MULTILINE)
    assert not re.search('^boss_gates_code_coverage_ratio{.*"main"', told, re.MULTILINE)
    assert re.search('^boss_gates_code_coverage_ratio{.*"feature/cart"', told, re.MULTILINE)


def test_text_of_strangers_is_taken_and_names_its_group(
    gateway: Gateway, examples: Examples, tmp_path: Path
) -> None:
    settings = settings_for(gateway, tmp_path)

    for text in examples.hostile_texts:
        assert (
            push(settings, examples.run(*examples.written_by_others(text).verdicts), {}).problems
            == ()
        )
        odd = examples.run(identity=examples.identity(project=text, branch=text))
        assert push(settings, odd, {}).problems == ()

    named = {group.get("vcs_ref_head_name", "") for group in gateway.groups()}
    whole = {text for text in examples.hostile_texts if text.isprintable()}
    assert whole <= named


def test_what_the_gateway_refuses_is_said_in_its_words(
    gateway: Gateway, examples: Examples, tmp_path: Path
) -> None:
    from pytest_boss_gates.history.providers.transport import Transport

    other = f"{gateway.url}/metrics/job/another"
    body = b"# TYPE boss_gates_tests counter\nboss_gates_tests 1\n"
    assert Transport(None, 10, 10).send(other, {}, body).status == 200

    pushed = push(settings_for(gateway, tmp_path), examples.run(examples.observed()), {})

    (told,) = pushed.problems
    assert pushed.to == ()
    assert told.startswith(f"The numbers are not pushed to {gateway.url}: it answered 400: ")
    assert "boss_gates_tests" in told


@pytest.mark.slow
def test_prometheus_scrapes_what_was_pushed_and_every_panel_and_alert_shows_it(
    prometheus: Prometheus, gateway: Gateway, examples: Examples, tmp_path: Path
) -> None:
    assert push(settings_for(gateway, tmp_path), everything(examples), {}).problems == ()

    (found,) = prometheus.series_of('boss_gates_code_coverage_ratio{scope=""}')
    assert found["value"][1] == "0.875"
    assert found["metric"]["job"] == "boss-gates"
    assert found["metric"]["vcs_ref_head_name"] == "main"

    for family in FAMILIES:
        assert prometheus.query(family.name), family.name
    metrics = tuple(METRICS.values())
    success = [METRICS[key] for key in (*DEFAULT_TARGETS, "change-failure-rate")]
    for panel in json.loads(grafana.render(metrics, success))["panels"]:
        for query in panel.get("targets", ()):
            expression = query["expr"].replace("$project", "shop|.*").replace("$branch", ".*")
            shown = prometheus.query(expression)
            assert shown, (panel["title"], expression)
            if "status" in panel["title"].lower() or panel["type"] == "table":
                assert len(shown) > 1
    for alert in ("BossGateMissed", "BossGateUnknown", "BossTrackerDrift"):
        assert prometheus.series_of(f'ALERTS{{alertname="{alert}",alertstate="firing"}}'), alert


@pytest.mark.slow
def test_the_panels_show_a_text_file_that_has_no_branch_too(
    prometheus: Prometheus, gateway: Gateway, examples: Examples
) -> None:
    from pytest_boss_gates.history.providers.transport import Transport

    url = f"{gateway.url}/metrics/job/node"
    text = render(everything(examples)).encode()
    assert Transport(None, 10, 10).send(url, {}, text).status == 200

    name = value_family(METRICS["code-coverage"]).name
    assert prometheus.series_of(f'{name}{{vcs_ref_head_name=~".*"}}')
    for panel in json.loads(grafana.render((), [METRICS["code-coverage"]]))["panels"]:
        for query in panel.get("targets", ()):
            if panel["title"] in ("Shares", "Durations", "Counts and other numbers"):
                continue  # of no metric
            expression = query["expr"].replace("$project", ".*").replace("$branch", ".*")
            assert prometheus.query(expression), (panel["title"], expression)
