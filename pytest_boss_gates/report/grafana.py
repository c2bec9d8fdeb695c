"""A dashboard for Grafana over the series that ``prometheus`` writes, in the classic model.

It shows verdicts and targets as they were pushed, and compares nothing by itself.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from pytest_boss_gates.model import Unit
from pytest_boss_gates.report.prometheus import (
    BLOCKING,
    BRANCH,
    LAST_RUN,
    OUTCOME,
    PREFIX,
    RUN_INFO,
    TARGET_INFO,
    TRACKER,
    VERDICT,
    target_family,
    value_family,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_boss_gates.model import Metric

Json: TypeAlias = "dict[str, Any]"

UID = "boss-gates"
_SCHEMA = 39  # Grafana 10 and later; a server only ever migrates upward
_WIDTH = 24
_SOURCE: Json = {"type": "prometheus", "uid": "${datasource}"}
_CHOSEN = f'project=~"$project",{BRANCH}=~"$branch"'
_UNITS = {Unit.RATIO: "percentunit", Unit.SECONDS: "s"}
_COLOURS = {
    "met": "green",
    "missed": "red",
    "unknown": "yellow",
    "skipped": "text",
    "observed": "blue",
}
_STATUSES = {"Completed": "green", "In Progress": "yellow", "Not Started": "red"}
_DASHED: Json = {
    "matcher": {"id": "byFrameRefID", "options": "B"},
    "properties": [
        {"id": "custom.lineStyle", "value": {"fill": "dash", "dash": [8, 8]}},
        {"id": "custom.fillOpacity", "value": 0},
        {"id": "color", "value": {"mode": "fixed", "fixedColor": "orange"}},
    ],
}


def render(metrics: Sequence[Metric], success: Sequence[Metric]) -> str:
    """Give the dashboard as JSON; ends with a newline.

    The ``success`` metrics have a panel each, all ``metrics`` share one a unit.
    """
    page = _Page()
    _overview(page)
    _verdicts(page)
    _success(page, success)
    _tracker(page)
    _all(page, metrics)
    dashboard: Json = {
        "id": None,
        "uid": UID,
        "title": "Boss gates",
        "tags": ["boss-gates"],
        "schemaVersion": _SCHEMA,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "timezone": "browser",
        "refresh": "",
        "time": {"from": "now-30d", "to": "now"},
        "annotations": {"list": []},
        "links": [],
        "templating": {"list": _variables()},
        "panels": page.panels,
    }
    return json.dumps(dashboard, indent=2, ensure_ascii=False) + "\n"


def _variables() -> list[Json]:
    source: Json = {
        "type": "datasource",
        "name": "datasource",
        "label": "Data source",
        "query": "prometheus",
        "refresh": 1,
        "hide": 0,
        "regex": "",
        "options": [],
        "current": {},
    }
    project = _variable("project", "Project", f"label_values({RUN_INFO.name}, project)")
    branch = f'label_values({RUN_INFO.name}{{project=~"$project"}}, {BRANCH})'
    return [source, project, _variable("branch", "Branch", branch)]


def _variable(name: str, label: str, query: str) -> Json:
    """Declare a choice whose "All" takes series without the label, too."""
    return {
        "type": "query",
        "name": name,
        "label": label,
        "datasource": _SOURCE,
        "query": {"query": query, "refId": name},
        "refresh": 2,
        "sort": 1,
        "multi": True,
        "includeAll": True,
        "allValue": ".*",
        "options": [],
        "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
    }


@dataclass(slots=True)
class _Page:
    """Panels, set from left to right and from top to bottom."""

    panels: list[Json] = field(default_factory=list)
    _x: int = 0
    _y: int = 0
    _height: int = 0

    def section(self, title: str) -> None:
        """Begin a new section on a line of its own."""
        self._place("row", title, width=_WIDTH, height=1)["panels"] = []

    def panel(
        self,
        kind: str,
        title: str,
        queries: Iterable[Json],
        *,
        width: int,
        height: int,
        unit: str = "short",
        custom: Json | None = None,
        overrides: Iterable[Json] = (),
        options: Json | None = None,
        description: str = "",
    ) -> Json:
        """Add a panel."""
        made = self._place(kind, title, width=width, height=height)
        made["description"] = description
        made["datasource"] = _SOURCE
        made["targets"] = list(queries)
        defaults: Json = {"unit": unit, "custom": custom or {}}
        made["fieldConfig"] = {"defaults": defaults, "overrides": list(overrides)}
        made["options"] = options or {}
        return made

    def _place(self, kind: str, title: str, *, width: int, height: int) -> Json:
        if self._x + width > _WIDTH:
            self._x, self._y, self._height = 0, self._y + self._height, 0
        place = {"h": height, "w": width, "x": self._x, "y": self._y}
        made: Json = {
            "id": len(self.panels) + 1,
            "type": kind,
            "title": title,
            "gridPos": place,
        }
        self._x += width
        self._height = max(self._height, height)
        self.panels.append(made)
        return made


def _query(expression: str, legend: str = "", *, ref: str = "A", instant: bool = False) -> Json:
    made: Json = {
        "refId": ref,
        "datasource": _SOURCE,
        "expr": expression,
        "legendFormat": legend or "__auto",
        "instant": instant,
        "range": not instant,
    }
    return {**made, "format": "table"} if instant and not legend else made


def _of(name: str, *matchers: str) -> str:
    return f"{name}{{{','.join((_CHOSEN, *matchers))}}}"


def _overview(page: _Page) -> None:
    number = {"reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False}}
    page.panel(
        "stat",
        "Outcome",
        [_query(f"{_of(OUTCOME.name)} == 1", "{{project}} {{outcome}}", instant=True)],
        width=6,
        height=5,
        options={**number, "textMode": "name", "colorMode": "background", "graphMode": "none"},
        overrides=[_coloured(f"/ {word}$/", _COLOURS[word]) for word in _COLOURS],
    )
    page.panel(
        "stat",
        "Gates that block",
        [_query(f"sum by (project) ({_of(BLOCKING.name)})", "{{project}}", instant=True)],
        width=6,
        height=5,
        options={**number, "colorMode": "none", "graphMode": "none"},
    )
    page.panel(
        "stat",
        "Since the last run",
        [_query(f"time() - {_of(LAST_RUN.name)}", "{{project}}", instant=True)],
        width=6,
        height=5,
        unit="s",
        options={**number, "colorMode": "none", "graphMode": "none"},
    )
    page.panel(
        "stat",
        "Tracker completed",
        [_query(_share("project"), "{{project}}", instant=True)],
        width=6,
        height=5,
        unit="percentunit",
        options={**number, "colorMode": "none", "graphMode": "none"},
    )


def _coloured(pattern: str, colour: str) -> Json:
    return {
        "matcher": {"id": "byRegexp", "options": pattern},
        "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": colour}}],
    }


def _verdicts(page: _Page) -> None:
    """Show every verdict with its target; an observed one has none."""
    page.section("Verdicts")
    holds = f"({_of(VERDICT.name)} == 1)"
    same = f"on (job, instance, project, {BRANCH}, metric, scope)"
    wanted = _of(TARGET_INFO.name)
    joined = f"{holds} * {same} group_left (target, enforce) {wanted}"
    mappings = {word: {"color": colour, "text": word} for word, colour in _COLOURS.items()}
    cell: Json = {
        "matcher": {"id": "byName", "options": "status"},
        "properties": [
            {"id": "mappings", "value": [{"type": "value", "options": mappings}]},
            {"id": "custom.cellOptions", "value": {"type": "color-text"}},
        ],
    }
    made = page.panel(
        "table",
        "Verdicts of the last run",
        [_query(f"{joined} or ({holds} unless {same} {wanted})", instant=True)],
        width=_WIDTH,
        height=10,
        overrides=[cell],
        options={"showHeader": True, "cellHeight": "sm"},
        description="Each metric's verdict, as the run's one judge gave it.",
    )
    columns = ("project", BRANCH, "metric", "scope", "target", "enforce", "status")
    order = {name: position for position, name in enumerate(columns)}
    hidden = dict.fromkeys(("Time", "Value", "__name__", "job", "instance"), True)
    organized = {
        "excludeByName": hidden,
        "indexByName": order,
        "renameByName": {BRANCH: "branch"},
    }
    made["transformations"] = [{"id": "organize", "options": organized}]


def _success(page: _Page, metrics: Sequence[Metric]) -> None:
    page.section("Success metrics")
    for metric in metrics:
        page.panel(
            "timeseries",
            metric.title,
            [
                _query(_of(value_family(metric).name), "{{project}} {{scope}}"),
                _query(_of(target_family(metric).name), "target {{project}} {{scope}}", ref="B"),
            ],
            width=6,
            height=7,
            unit=_UNITS.get(metric.unit, "short"),
            custom=_LINE,
            overrides=[_DASHED],
            options=_LEGEND,
            description=f"{metric.why} {metric.fix}",
        )


_LINE: Json = {"drawStyle": "line", "lineInterpolation": "stepAfter", "fillOpacity": 10}
_LEGEND: Json = {
    "legend": {"displayMode": "list", "placement": "bottom", "calcs": ["lastNotNull"]},
    "tooltip": {"mode": "multi", "sort": "none"},
}


def _share(*by: str) -> str:
    """Give the completed share of rows; where there is none at all there is no share."""
    labels = f"sum by ({', '.join(by)})"
    completed = _of(TRACKER.name, 'status="Completed"')
    return f"{labels} ({completed}) / ({labels} ({_of(TRACKER.name)}) > 0)"


def _tracker(page: _Page) -> None:
    page.section("Tracker")
    page.panel(
        "bargauge",
        "Completed, by table",
        [_query(_share("project", "table"), "{{project}} {{table}}", instant=True)],
        width=12,
        height=8,
        unit="percentunit",
        options={
            "orientation": "horizontal",
            "displayMode": "basic",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
        },
    )["fieldConfig"]["defaults"].update(min=0, max=1)
    page.panel(
        "timeseries",
        "Rows by status",
        [_query(f"sum by (status) ({_of(TRACKER.name)})", "{{status}}")],
        width=12,
        height=8,
        custom={**_LINE, "fillOpacity": 60, "stacking": {"mode": "normal", "group": "A"}},
        overrides=[_coloured(f"/^{word}$/", colour) for word, colour in _STATUSES.items()],
        options=_LEGEND,
    )


def _all(page: _Page, metrics: Sequence[Metric]) -> None:
    """Show everything that is measured, one panel for what shares a unit."""
    page.section("Everything measured")
    for title, units in (
        ("Shares", (Unit.RATIO,)),
        ("Durations", (Unit.SECONDS,)),
        ("Counts and other numbers", tuple({*Unit} - {*_UNITS, Unit.VERSION})),
    ):
        names = [value_family(metric).name for metric in metrics if metric.unit in units]
        stems = "|".join(name.removeprefix(PREFIX) for name in names)
        page.panel(
            "timeseries",
            title,
            [_query(f'{{__name__=~"{PREFIX}({stems})",{_CHOSEN}}}', "{{__name__}} {{scope}}")],
            width=8,
            height=9,
            unit=_UNITS.get(units[0], "short") if len(units) == 1 else "short",
            custom=_LINE,
            options=_LEGEND,
        )
