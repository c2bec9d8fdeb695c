"""The tracker document on disk: brought up to the evidence, or held against it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from pytest_boss_gates.errors import BossGatesError
from pytest_boss_gates.judging import Judging, by_scope
from pytest_boss_gates.lastrun import LastRunError, read_last_run
from pytest_boss_gates.model import News, TrackerAction, plural
from pytest_boss_gates.pipeline import Witnessed, context_of
from pytest_boss_gates.report.write import alone, write_whole
from pytest_boss_gates.repository.base import read_at
from pytest_boss_gates.repository.git import identify
from pytest_boss_gates.tracker.cells import as_of
from pytest_boss_gates.tracker.create import created
from pytest_boss_gates.tracker.document import DocumentError, parse
from pytest_boss_gates.tracker.keep import diff, keep
from pytest_boss_gates.tracker.rows import metrics_of
from pytest_boss_gates.tracker.since import since
from pytest_boss_gates.tracker.tables import derived
from pytest_boss_gates.tracking import Tracking, spelled

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from pathlib import Path

    from pytest_boss_gates.corridor import Corridor
    from pytest_boss_gates.model import Settings, Verdict
    from pytest_boss_gates.repository.base import Base
    from pytest_boss_gates.tracker.document import Document
    from pytest_boss_gates.tracker.keep import Change, Kept

_RECENT = timedelta(days=30)  # what was seen longer ago is not known to hold any more
NO_TABLE = "{} has no row of the tracker, so there is nothing to keep true."
_TRIES = 3  # when somebody who knows no lock, such as an editor, writes it in between


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was found in a document, and done to it."""

    name: str
    changes: tuple[Change, ...] = ()
    remarks: tuple[str, ...] = ()
    diff: tuple[str, ...] = ()
    created: bool = False
    is_empty: bool = False  # nothing in it is the tracker's, so nothing was judged
    fails: bool = False  # it claims more than the evidence, or less where that fails, too


def update(path: Path, tracking: Tracking, verdicts: Sequence[Verdict] = ()) -> Outcome:
    """Rewrite the machine cells whose meaning changed; a second time changes nothing.

    ``verdicts`` give Current what was measured. Where there is no such file, it is written whole.
    Two updates at once follow each other. Raises DocumentError and WriteError; the file is then
    as it was.
    """
    settings = tracking.settings
    with alone(settings.root, "tracker"):
        if not path.exists() and not path.is_symlink():
            name = spelled(path, settings)
            tables = derived(tracking.tables(verdicts), settings.tracker, at=name)
            write_whole(path, created(tables, commit=_commit(settings), day=_today()))
            return Outcome(name=name, created=True)
        for _ in range(_TRIES):
            content = _content(path, settings)
            kept = _kept(content, path, tracking, verdicts)
            new = kept.document.content
            if new != content and _content(path, settings) != content:
                continue
            if new != content:
                write_whole(path, new.decode("utf-8"))
            return _outcome(kept, content, path, settings)
    raise DocumentError(f"{spelled(path, settings)} keeps changing while it is being updated.")


def check(
    path: Path, tracking: Tracking, verdicts: Sequence[Verdict] = (), base: Base | None = None
) -> Outcome:
    """Say where a document claims something else than the evidence. Raises DocumentError.

    With a base it is held against itself as it was there, too: what was raised, and what loosened.
    """
    settings = tracking.settings
    content = _content(path, settings)
    kept = _kept(content, path, tracking, verdicts)
    old = _at_base(path, settings, base) if base else None
    if base and old:
        tables = derived(tracking.tables(verdicts), settings.tracker, at=old.name)
        kept = since(kept, parse(content, name=old.name), old, tables, base.ref)
    if base and base.reason and settings.asked_base:
        told = f"The base is not known: {base.reason}. {base.remedy}"
        kept = replace(kept, remarks=(*kept.remarks, told))
    return _outcome(kept, content, path, settings)


def _at_base(path: Path, settings: Settings, base: Base) -> Document | None:
    """Give the document as it was at a commit; None where it was not there, or was no text."""
    name = spelled(path, settings)
    content = read_at(settings.root, base.commit, name) if base.commit else None
    with suppress(DocumentError):
        return None if content is None else parse(content, name=name)
    return None


def in_run(
    tracking: Tracking, verdicts: Sequence[Verdict], partial: str, base: Callable[[], Base]
) -> News:
    """Do in a run what ``--boss-gates-tracker`` asks for, and say what came of it."""
    tracker = tracking.settings.tracker
    if tracker.document is None or tracker.action is None:
        return News()
    name = spelled(tracker.document, tracking.settings)
    updates = tracker.action is TrackerAction.UPDATE
    if updates and partial:
        return News(sentences=(f"{name} is not updated by a partial run: {partial}.",))
    try:
        if updates:
            outcome = update(tracker.document, tracking, verdicts)
        else:
            outcome = check(tracker.document, tracking, verdicts, base())
    except BossGatesError as error:
        return News(sentences=(f"{name} is not {'updated' if updates else 'checked'}: {error}",))
    if updates:
        return News(sentences=(_updated(outcome), *outcome.remarks))
    return News(sentences=outcome.remarks, diff=outcome.diff)


def without_session(corridor: Corridor, path: Path) -> tuple[Tracking, tuple[Verdict, ...]]:
    """Derive the tracker for a document without a session; what one showed is the last report's.

    The verdicts are those that the tracker's rows show and that need no session.
    """
    shown = metrics_of(corridor.settings.tracker.rows)
    targets = tuple(each for each in corridor.settings.targets if each.metric in shown)
    judging = Judging(
        additions=corridor.additions,
        targets=by_scope(targets),
        partial="",
        strict=False,
        doing=corridor.progress.doing,
    )
    context = replace(
        context_of(corridor, Witnessed()), settings=replace(corridor.settings, targets=targets)
    )
    passed, when = _last_session(corridor.settings.root)
    tracking = Tracking(
        settings=corridor.settings,
        tree=corridor.tree,
        evidence=lambda: corridor.evidence,
        completed_before=corridor.completed_before,
        passed=passed,
        when=when,
        document=path,
    )
    return tracking, tuple(judging.verdicts(context))


def _last_session(root: Path) -> tuple[int | None, str]:
    """Give how many tests passed in the last session that is recent, and which one it was."""
    try:
        last = read_last_run(root).identity
    except LastRunError:
        return None, ""
    if last.passed is None or datetime.now(timezone.utc) - last.ended > _RECENT:
        return None, ""
    at = f" at {last.commit[:12]}" if last.commit else ""
    return last.passed, f"the run of {last.ended:%Y-%m-%d}{at}"


def _updated(outcome: Outcome) -> str:
    if outcome.created:
        return f"{outcome.name} is new."
    if outcome.is_empty:
        return NO_TABLE.format(outcome.name)
    if not outcome.changes:
        return f"{outcome.name} says what the evidence says."
    count = len(outcome.changes)
    return f"{outcome.name} is updated: {plural(count, 'cell')} changed."


def _content(path: Path, settings: Settings) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise DocumentError(f"{spelled(path, settings)} cannot be read: {reason}.") from error


def _kept(content: bytes, path: Path, tracking: Tracking, verdicts: Sequence[Verdict]) -> Kept:
    settings = tracking.settings
    document = parse(content, name=spelled(path, settings))
    tables = derived(tracking.tables(verdicts), settings.tracker, at=document.name)
    return keep(document, tables, as_of=as_of(_commit(settings), _today()))


def _commit(settings: Settings) -> str:
    return identify(settings.root).commit[:12] or "none"


def _today() -> date:
    return datetime.now(timezone.utc).date()


def _outcome(kept: Kept, content: bytes, path: Path, settings: Settings) -> Outcome:
    old = parse(content, name=spelled(path, settings))
    return Outcome(
        name=old.name,
        changes=kept.changes,
        remarks=kept.remarks,
        diff=tuple(diff(old, kept.document)) if kept.changes else (),
        is_empty=kept.is_empty,
        fails=bool(kept.faults(below=settings.tracker.fails_below)),
    )
