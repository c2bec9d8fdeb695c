"""How far each configured tool is proven, and in which version it is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.model import Direction, Level, Measurement, Metric, Shape, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_boss_gates.evidence.catalogue import Tool
    from pytest_boss_gates.evidence.declared import Declared
    from pytest_boss_gates.measure.gate import Context
    from pytest_boss_gates.model import ToolSetting

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

_SOURCE = "files of the repository"


def measure(context: Context) -> Iterator[Measurement]:
    """Measure each tool of ``[tool.boss-gates.tools]``: its level, and its version if one is set.

    The scope of a measurement is the tool's name, as the catalogue has it. Levels above
    ``declared`` are unknown: what CI runs is not followed yet, and declared is not run.
    """
    wanted = context.settings.tools
    if not wanted:
        return
    from pytest_boss_gates.evidence.catalogue import load_catalogue
    from pytest_boss_gates.evidence.declared import declared

    names = {setting.name for setting in wanted}
    catalogue = {tool.key: tool for tool in load_catalogue() if tool.key in names}
    found = declared(context.tree, catalogue.values())
    for setting in wanted:
        tool = catalogue.get(setting.name)
        if tool is None:  # settings refuses it; a catalogue of another version may not
            reason = f"{setting.name} is not in the catalogue of tools"
            yield Measurement.unknown(TOOL_LEVEL.key, reason, scope=setting.name)
            continue
        version = _installed(tool)
        yield _level(setting, tool, found, version)
        if setting.version:
            yield _version(setting, tool, version)


def _level(setting: ToolSetting, tool: Tool, found: Declared, version: str | None) -> Measurement:
    fact = found.facts[tool.key]
    shown = [str(proof) + (f" `{proof.text}`" if proof.text else "") for proof in fact.proofs]
    where = f"declared at {shown[0]}" if shown else f"not declared: {fact.note}"
    if setting.level > Level.DECLARED:
        return Measurement.unknown(
            TOOL_LEVEL.key,
            "CI definitions are not followed by this version, so only declarations are known: "
            f"{tool.title} is {where}",
            scope=setting.name,
            remedy=f'Set `{setting.name} = "{Level.DECLARED.label}"` in '
            "[tool.boss-gates.tools] until then.",
        )
    notes = [f"{where}; installed: {version}" if version else where]
    if len(shown) > 1:
        notes.append("also at " + ", ".join(str(proof) for proof in fact.proofs[1:4]))
    if version and not shown:
        notes.append("It is installed here, but nothing in the repository asks for it.")
    return Measurement(
        metric=TOOL_LEVEL.key,
        scope=setting.name,
        value=int(fact.level),
        source=_SOURCE,
        notes=(*notes, *(() if shown else found.problems)),
    )


def _version(setting: ToolSetting, tool: Tool, version: str | None) -> Measurement:
    if version is not None:
        return Measurement(
            metric=TOOL_VERSION.key,
            scope=setting.name,
            value=version,
            source="installed distributions",
        )
    if not tool.distributions:
        return Measurement.unknown(
            TOOL_VERSION.key,
            f"{tool.title} is no Python distribution, so its version cannot be read here",
            scope=setting.name,
            remedy=f"Remove `version` from `{setting.name}` in [tool.boss-gates.tools].",
        )
    return Measurement.unknown(
        TOOL_VERSION.key,
        f"{tool.title} is not installed in this environment",
        scope=setting.name,
        remedy=f"Install it: pip install '{tool.distributions[0]}{_specifier(setting.version)}'",
    )


def _specifier(version: str) -> str:
    return version if version[:1] in "<>=!~" else ""


def _installed(tool: Tool) -> str | None:
    """Read the version of the first of the tool's distributions that is installed."""
    import warnings
    from importlib.metadata import PackageNotFoundError, version

    for name in tool.distributions:
        try:
            with warnings.catch_warnings():  # damaged metadata warns before it gives None
                warnings.simplefilter("ignore")
                found = version(name)
        except (PackageNotFoundError, KeyError, ValueError, OSError):
            continue
        if found:
            return str(found)
    return None
