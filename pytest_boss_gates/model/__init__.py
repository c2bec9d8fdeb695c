"""The nouns of the house: frozen values, no input or output, standard library only.

A noun's module is imported when the noun is first asked for: a look at the evidence needs four of
them, and making the classes of all would cost it more than the look.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_boss_gates.model.delivery import (
        Average,
        Build,
        Clock,
        Commit,
        Conclusion,
        DeliverySettings,
        Deployment,
        Events,
        Graph,
        Incident,
        Job,
        Merge,
        Source,
    )
    from pytest_boss_gates.model.details import (
        ChangedTest,
        Details,
        Earlier,
        PastRun,
        Series,
        Silenced,
        SourceFile,
    )
    from pytest_boss_gates.model.facts import (
        Fact,
        Level,
        Place,
        Proof,
    )
    from pytest_boss_gates.model.history import (
        EndedTest,
        EndedTests,
        Ending,
        RecordedRun,
        RecordedVerdict,
    )
    from pytest_boss_gates.model.metrics import (
        BaseValue,
        Bound,
        Direction,
        Item,
        Measurement,
        Metric,
        Shape,
    )
    from pytest_boss_gates.model.quantities import (
        Number,
        Unit,
        as_spelled,
        first_few,
        line_ranges,
        plural,
        spell,
        spell_branches,
        spell_lines,
    )
    from pytest_boss_gates.model.settings import (
        BaseSettings,
        ReportRequest,
        Settings,
        SettingsProblem,
        Shard,
        ToolSetting,
    )
    from pytest_boss_gates.model.targets import (
        Comparator,
        Enforce,
        Slack,
        Target,
        Wanted,
        read_marker,
        spell_scope,
    )
    from pytest_boss_gates.model.tracking import (
        News,
        Override,
        RowSetting,
        TableSetting,
        Tracked,
        TrackerAction,
        TrackerSettings,
    )
    from pytest_boss_gates.model.verdicts import (
        Explanation,
        Lack,
        Outcome,
        Row,
        Run,
        RunIdentity,
        Standing,
        Status,
        Table,
        Verdict,
        VerdictStatus,
    )

_NOUNS = {
    "delivery": """Average Build Clock Commit Conclusion DeliverySettings Deployment Events Graph
        Incident Job Merge Source""",
    "details": "ChangedTest Details Earlier PastRun Series Silenced SourceFile",
    "facts": "Fact Level Place Proof",
    "history": "EndedTest EndedTests Ending RecordedRun RecordedVerdict",
    "metrics": "Bound Direction Item Measurement Metric Shape BaseValue",
    "quantities": """Number Unit as_spelled first_few line_ranges plural spell spell_branches
        spell_lines""",
    "settings": "ReportRequest Settings SettingsProblem Shard ToolSetting BaseSettings",
    "targets": "Comparator Enforce Slack Target Wanted read_marker spell_scope",
    "tracking": "News Override RowSetting TableSetting Tracked TrackerAction TrackerSettings",
    "verdicts": """Explanation Lack Outcome Row Run RunIdentity Standing Status Table Verdict
        VerdictStatus""",
}
_HOMES = {name: module for module, names in _NOUNS.items() for name in names.split()}

__all__ = [
    "Average",
    "BaseSettings",
    "BaseValue",
    "Bound",
    "Build",
    "ChangedTest",
    "Clock",
    "Commit",
    "Comparator",
    "Conclusion",
    "DeliverySettings",
    "Deployment",
    "Details",
    "Direction",
    "Earlier",
    "EndedTest",
    "EndedTests",
    "Ending",
    "Enforce",
    "Events",
    "Explanation",
    "Fact",
    "Graph",
    "Incident",
    "Item",
    "Job",
    "Lack",
    "Level",
    "Measurement",
    "Merge",
    "Metric",
    "News",
    "Number",
    "Outcome",
    "Override",
    "PastRun",
    "Place",
    "Proof",
    "RecordedRun",
    "RecordedVerdict",
    "ReportRequest",
    "Row",
    "RowSetting",
    "Run",
    "RunIdentity",
    "Series",
    "Settings",
    "SettingsProblem",
    "Shape",
    "Shard",
    "Silenced",
    "Slack",
    "Source",
    "SourceFile",
    "Standing",
    "Status",
    "Table",
    "TableSetting",
    "Target",
    "ToolSetting",
    "Tracked",
    "TrackerAction",
    "TrackerSettings",
    "Unit",
    "Verdict",
    "VerdictStatus",
    "Wanted",
    "as_spelled",
    "first_few",
    "line_ranges",
    "plural",
    "read_marker",
    "spell",
    "spell_branches",
    "spell_lines",
    "spell_scope",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
