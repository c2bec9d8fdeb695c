"""How far each configured tool is proven, and in which version it is installed."""

from __future__ import annotations

from pytest_boss_gates.model import Direction, Metric, Shape, Unit

TOOL_LEVEL = Metric(
    key="tool-level",
    title="Tool",
    unit=Unit.LEVEL,
    direction=Direction.HIGHER,
    shape=Shape.PLAIN,
    why="A tool that is only talked about checks nothing.",
    fix="Declare it as a dependency or configure it in the repository.",
)
TOOL_VERSION = Metric(
    key="tool-version",
    title="Tool Version",
    unit=Unit.VERSION,
    direction=Direction.HIGHER,
    shape=Shape.PLAIN,
    why="Another version of a tool gives other answers.",
    fix="Install a version in the range, or widen the range.",
)
METRICS = (TOOL_LEVEL, TOOL_VERSION)


def measure(context):  # to be written by the owner of this file
    return ()
