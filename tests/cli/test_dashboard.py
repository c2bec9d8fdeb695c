"""``boss-gates dashboard``: what is written where, and that a dashboard can be imported."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from pytest_boss_gates.cli import main
from pytest_boss_gates.settings.load import DEFAULT_TARGETS

if TYPE_CHECKING:
    from pathlib import Path


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["dashboard", "grafana", *arguments]) == 0
    return capsys.readouterr().out


def dashboard(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(printed(capsys))
    return found


def test_both_files_are_written_to_a_directory_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = printed(capsys, f"--output={tmp_path / 'monitoring'}")

    written = sorted((tmp_path / "monitoring").iterdir())
    assert [path.name for path in written] == ["boss-gates.json", "boss-gates.rules.yml"]
    assert all(str(path) in told for path in written)


def test_the_rules_go_where_they_are_wanted_and_the_dashboard_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = printed(capsys, f"--alerts={tmp_path / 'rules.yml'}")

    assert json.loads(told)["uid"] == "boss-gates"
    rules = yaml.safe_load((tmp_path / "rules.yml").read_text(encoding="utf-8"))
    assert rules["groups"][0]["name"] == "boss-gates"


def test_a_place_that_cannot_be_written_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    assert main(["dashboard", "grafana", f"--output={tmp_path / 'file'}"]) == 11

    assert "could not be written" in capsys.readouterr().err


def lost(ours: Any, theirs: Any, at: str = "") -> list[str]:
    """What of ours did not come back, by its place; what was added does not matter."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [
            each
            for key, value in ours.items()
            if value is not None
            for each in lost(value, theirs.get(key), f"{at}.{key}")
        ]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = enumerate(zip(ours, theirs, strict=True))
        return [each for n, (one, two) in pairs for each in lost(one, two, f"{at}[{n}]")]
    return [] if ours == theirs else [at]


def test_grafanas_own_library_knows_every_key(capsys: pytest.CaptureFixture[str]) -> None:
    if sys.version_info < (3, 11):
        pytest.skip("grafana-foundation-sdk needs Python 3.11")
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.cog.plugins import register_default_plugins
    from grafana_foundation_sdk.models.dashboard import Dashboard

    register_default_plugins()  # the panels' own options and queries
    ours = dashboard(capsys)

    theirs = json.loads(JSONEncoder().encode(Dashboard.from_json(ours)))

    assert lost(ours, theirs) == []
    ours["panels"][1]["fieldConfig"]["defaults"]["untis"] = "s"
    assert lost(ours, theirs) == [".panels[1].fieldConfig.defaults.untis"]


def test_the_dashboard_is_always_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys) == printed(capsys) == printed(capsys, "--output=-")


def test_every_panel_has_its_own_number_and_place(capsys: pytest.CaptureFixture[str]) -> None:
    panels = dashboard(capsys)["panels"]

    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & taken, panel["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells


def test_every_query_asks_the_source_that_is_chosen(capsys: pytest.CaptureFixture[str]) -> None:
    panels = dashboard(capsys)["panels"]

    queries = [query for panel in panels for query in panel.get("targets", ())]
    assert queries
    for query in queries:
        assert query["datasource"]["uid"] == "${datasource}"
        assert 'project=~"$project"' in query["expr"]


def test_every_success_metric_has_a_panel_with_its_target(
    capsys: pytest.CaptureFixture[str],
) -> None:
    panels = dashboard(capsys)["panels"]

    shown = [panel for panel in panels if len(panel.get("targets", ())) == 2]
    assert len(shown) == len(DEFAULT_TARGETS) + 1
    for panel in shown:
        value, target = (query["expr"].partition("{")[0] for query in panel["targets"])
        assert target.replace("_target", "") == value


def test_nothing_but_the_judge_compares_with_a_target(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys)

    assert "thresholds" not in text
    assert "0.9" not in text
