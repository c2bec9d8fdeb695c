"""How far each configured tool is proven, and in which version it is installed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pytest_boss_gates.measure.tools.run import End
from pytest_boss_gates.model import (
    Direction,
    Level,
    Measurement,
    Metric,
    Shape,
    Unit,
    plural,
    spell,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_boss_gates.evidence.answer import Evidence
    from pytest_boss_gates.evidence.catalogue import Tool
    from pytest_boss_gates.measure.gate import Context
    from pytest_boss_gates.measure.tools.run import Ran
    from pytest_boss_gates.model import Fact, Proof, ToolSetting

TOOL_LEVEL = Metric(
    key="tool-level",
    title="Tool",
    unit=Unit.LEVEL,
    direction=Direction.HIGHER,
    shape=Shape.PLAIN,
    why="A tool that is only talked about checks nothing.",
    fix="Declare it, let CI run it on every push or pull request, and let its failure count.",
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

_FIRST = 3  # of a list that may be long
_LONGEST = 160  # characters of a line that a tool wrote
_SOURCE = "files of the repository"
_BY_SESSION = ("pytest", "coverage")  # what a session that runs tests observes by itself
_NEXT = {
    Level.DECLARED: "Declare it: as a dependency, in a section of the settings, or in a file of "
    "its own.",
    Level.WIRED: "Let CI run it on every push or pull request.",
    Level.GATING: "Let its failure fail the CI job.",
}
"""What raises a tool to a level from the one below."""


def measure(context: Context) -> Iterator[Measurement]:
    """Measure each tool of ``[tool.boss-gates.tools]``: its level, and its version if one is set.

    The scope of a measurement is the tool's name, as the catalogue has it. A tool that is run
    and finds problems has the level below the wanted one; one that could not be run to its end
    is unknown.
    """
    wanted = context.settings.tools
    if not wanted:
        return
    known = context.tools()
    evidence = context.evidence()
    for setting in wanted:
        tool, fact = known.get(setting.name), evidence.facts.get(setting.name)
        if tool is None or fact is None:  # settings refuses it; other versions may not
            reason = f"{setting.name} is not in the catalogue of tools"
            yield Measurement.unknown(TOOL_LEVEL.key, reason, scope=setting.name)
            continue
        elsewhere = context.installed
        version = elsewhere[setting.name] if setting.name in elsewhere else installed(tool)
        yield _level(_Look(context, setting, tool, fact, evidence), version)
        if setting.version:
            yield _version(setting, tool, version)


class _Look(NamedTuple):
    """All that is known about one tool."""

    context: Context
    setting: ToolSetting
    tool: Tool
    fact: Fact
    evidence: Evidence


def _level(look: _Look, version: str | None) -> Measurement:
    setting, fact, runs = look.setting, look.fact, look.context.runs
    ran = runs.ended(setting.name) if runs is not None and setting.run else None
    if ran is not None and (judged := _not_judged(look, ran)):
        return judged
    level, seen_here = fact.level, _seen_here(look, ran)
    by_session = look.tool.key in _BY_SESSION and ran is None
    if by_session and level is Level.GATING < setting.level and look.context.recorder is None:
        reason = f"{setting.name} is observed by a session; this command runs no tests"
        return Measurement.skipped(TOOL_LEVEL.key, reason, scope=setting.name)
    if seen_here and level is Level.GATING:
        level = Level.OBSERVED
    notes = list(_findings(ran))
    if notes:
        level = min(level, Level(setting.level - 1))
    notes += _shown(look)
    notes += _installed(fact, version)
    if seen_here:
        notes.append(seen_here)
    if level < setting.level:
        notes += _missing(look, ran)
    return Measurement(
        metric=TOOL_LEVEL.key,
        scope=setting.name,
        value=int(level),
        source=f"{_SOURCE}, and a run of it" if ran else _SOURCE,
        notes=tuple(notes),
        remedy=_next_step(look, ran) if level < setting.level else "",
    )


def _installed(fact: Fact, version: str | None) -> Iterator[str]:
    if version:
        yield f"Installed: {version}."
        if not fact.proofs:
            yield "It is installed here, but nothing in the repository asks for it."


def _not_judged(look: _Look, ran: Ran) -> Measurement | None:
    """Tell a run that came to no answer; None when there is one."""
    name, spelled = look.setting.name, _spelled(ran)
    remedy = ""
    match ran.end:
        case End.UNFOUND:
            reason = f"`{spelled}` could not be started: {ran.reason}"
            distributions = look.tool.distributions
            remedy = f"Install it: pip install {distributions[0]}" if distributions else ""
            remedy = remedy or f"Install {look.tool.title} where the tests run."
        case End.LATE:
            limit = spell(look.setting.timeout, Unit.SECONDS)
            reason = f"`{spelled}` was killed at its time limit of {limit}{_said(ran)}"
            remedy = f"Give `{name}` a longer `timeout` in [tool.boss-gates.tools]."
        case End.BROKEN_OFF:
            reason = f"the session ended before `{spelled}` did"
            return Measurement.skipped(TOOL_LEVEL.key, reason, scope=name)
        case End.EXITED:
            if ran.status == 0 or look.tool.tells_of_problems(ran.status):
                return None
            how = f"was ended by signal {-ran.status}" if ran.status < 0 else ""
            how = how or f"failed with exit status {ran.status}, which does not tell of problems"
            reason = f"`{spelled}` {how}{_said(ran)}"
            remedy = f"Run it by hand: {spelled}"
    return Measurement.unknown(TOOL_LEVEL.key, reason, scope=name, remedy=remedy)


def _said(ran: Ran) -> str:
    """Quote what a tool said last before it was no use."""
    if not ran.lines:
        return f", and said nothing ({ran.log})"
    return f": {' / '.join(map(_quoted, ran.lines))} (all of it in {ran.log})"


def _findings(ran: Ran | None) -> Iterator[str]:
    """Tell what a run that is not content found."""
    if ran is None or ran.passed:
        return
    yield f"`{_spelled(ran)}` found problems (exit status {ran.status}); they begin with:"
    yield from map(_quoted, ran.lines or ("nothing: it was silent",))
    yield f"All of its output is in {ran.log}."


def _seen_here(look: _Look, ran: Ran | None) -> str:
    """Say how this session itself observed the tool, "" when it did not."""
    recorder, coverage = look.context.recorder, look.context.coverage
    if ran is not None:
        passed = f"`{_spelled(ran)}` passed here in {spell(ran.seconds, Unit.SECONDS)}."
        return passed if ran.passed else ""
    if look.tool.key == "pytest" and recorder is not None and recorder.run:
        return "It ran in this session."
    if look.tool.key == "coverage" and coverage is not None and not coverage.reason:
        return "It measured in this session."
    return ""


def _shown(look: _Look) -> Iterator[str]:
    """Tell the level that the repository shows, with the way of the strongest proof."""
    fact = look.fact
    if not fact.proofs:
        yield f"Nothing shows it: {fact.note or 'all files were searched'}."
        for problem in look.evidence.problems[:_FIRST]:
            yield str(problem)
        return
    first, *others = fact.proofs
    by = f" (by {first.by})" if first.by else ""
    last = first.places[-1].text
    yield f"{fact.level.label} at {way(first)}{f' `{last}`' if last else ''}{by}"
    if others:
        more = ", ".join(str(proof.place) for proof in others[:_FIRST])
        yield f"also at {more}"


def way(proof: Proof) -> str:
    """Spell a proof hop by hop: ``ci.yml:33 -> tox.ini:18``."""
    return " -> ".join(map(str, proof.places))


def _missing(look: _Look, ran: Ran | None) -> Iterator[str]:
    """Say what keeps the tool from the wanted level."""
    fact, wanted = look.fact, look.setting.level
    if Level.DECLARED <= fact.level < min(wanted, Level.WIRED):
        yield from map(_sentence, fact.soft)
        yield "No CI job that runs on pushes or pull requests was found to run it."
        ends = look.evidence.unresolved
        if ends:
            shown = "; ".join(f"{end.place} {end.why}" for end in ends[:_FIRST])
            yield f"{plural(len(ends), 'end')} could not be followed: {shown}."
    elif Level.WIRED <= fact.level < min(wanted, Level.GATING):
        yield "Its failure would not fail the CI job:"
        yield from map(_sentence, fact.soft)
    if wanted is not Level.OBSERVED or (ran is not None and not ran.passed):
        return
    if ran is not None:
        yield f"It passed here, but {_in_ci(fact.level)}."
    elif look.setting.run:
        yield "It was not run: this session is itself a tool's run, or only collected."
    elif fact.level is Level.GATING:
        yield "It is not known to have run."


def _next_step(look: _Look, ran: Ran | None) -> str:
    """Say what brings the tool nearer to the wanted level."""
    name, fact = look.setting.name, look.fact
    if ran is not None and not ran.passed:
        return f"Mend what `{_spelled(ran)}` finds."
    for level, step in _NEXT.items():
        if fact.level < min(level, look.setting.level):
            return step
    if look.tool.key in _BY_SESSION:
        return f"Let the session that judges {'run a test' if name == 'pytest' else 'measure it'}."
    if look.setting.run:
        return "Run `pytest --boss-gates` by itself."
    return f'Let a session run it: {name} = {{ level = "observed", run = "{name}" }}'


def _in_ci(level: Level) -> str:
    if level < Level.DECLARED:
        return "nothing in the repository shows it"
    return "no CI job runs it" if level < Level.WIRED else f"in CI it is only {level.label}"


def _sentence(text: str) -> str:
    return f"{text.rstrip('.')}."


def _quoted(line: str) -> str:
    """Shorten a line that a tool wrote, and spell out what a terminal would obey."""
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", line)
    plain = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in plain)
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"


def _spelled(ran: Ran) -> str:
    import shlex

    return shlex.join(ran.command)


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


def installed(tool: Tool) -> str | None:
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
