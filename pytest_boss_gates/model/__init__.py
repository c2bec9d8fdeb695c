"""The nouns of the house: frozen values, no input or output, standard library only."""

from __future__ import annotations

from pytest_boss_gates.model.metrics import (
    Bound,
    Direction,
    Item,
    Level,
    Measurement,
    Metric,
    Place,
    Shape,
)
from pytest_boss_gates.model.quantities import Number, Unit, as_spelled, plural, spell
from pytest_boss_gates.model.settings import ReportRequest, Settings, SettingsProblem, ToolSetting
from pytest_boss_gates.model.targets import Comparator, Enforce, Target, Wanted
from pytest_boss_gates.model.tracking import (
    Override,
    RowSetting,
    TableSetting,
    Tracked,
    TrackerSettings,
)
from pytest_boss_gates.model.verdicts import (
    Explanation,
    Fact,
    Lack,
    Outcome,
    Proof,
    Row,
    Run,
    RunIdentity,
    Standing,
    Status,
    Table,
    Verdict,
    VerdictStatus,
)

__all__ = [
    "Bound",
    "Comparator",
    "Direction",
    "Enforce",
    "Explanation",
    "Fact",
    "Item",
    "Lack",
    "Level",
    "Measurement",
    "Metric",
    "Number",
    "Outcome",
    "Override",
    "Place",
    "Proof",
    "ReportRequest",
    "Row",
    "RowSetting",
    "Run",
    "RunIdentity",
    "Settings",
    "SettingsProblem",
    "Shape",
    "Standing",
    "Status",
    "Table",
    "TableSetting",
    "Target",
    "ToolSetting",
    "Tracked",
    "TrackerSettings",
    "Unit",
    "Verdict",
    "VerdictStatus",
    "Wanted",
    "as_spelled",
    "plural",
    "spell",
]
