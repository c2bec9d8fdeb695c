"""The tracker document on disk: brought up to the evidence, or held against it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from pytest_boss_gates.report.write import write_whole
from pytest_boss_gates.repository.git import identify
from pytest_boss_gates.tracker.cells import as_of
from pytest_boss_gates.tracker.create import created
from pytest_boss_gates.tracker.document import DocumentError, parse
from pytest_boss_gates.tracker.keep import diff, keep
from pytest_boss_gates.tracker.tables import derived
from pytest_boss_gates.tracking import Tracking, spelled

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from pytest_boss_gates.evidence.answer import Evidence
    from pytest_boss_gates.model import Settings
    from pytest_boss_gates.repository.tree import Tree
    from pytest_boss_gates.tracker.keep import Change, Kept

_TRIES = 3  # when somebody else writes the document in between


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was found in a document, and done to it."""

    name: str
    changes: tuple[Change, ...] = ()
    remarks: tuple[str, ...] = ()
    diff: tuple[str, ...] = ()
    created: bool = False
    fails: bool = False  # it claims more than the evidence, or less where that fails, too


def update(path: Path, settings: Settings, tree: Tree, evidence: Evidence) -> Outcome:
    """Rewrite the machine cells whose meaning changed; a second time changes nothing.

    Where there is no such file, it is written whole. Raises DocumentError and WriteError; the
    file is then as it was.
    """
    tracking = Tracking(settings=settings, tree=tree, evidence=lambda: evidence)
    if not path.exists() and not path.is_symlink():
        name = spelled(path, settings)
        tables = derived(tracking.tables(), settings.tracker, at=name)
        write_whole(path, created(tables, commit=_commit(settings), day=_today()))
        return Outcome(name=name, created=True)
    for _ in range(_TRIES):
        content = _content(path, settings)
        kept = _kept(content, path, settings, tracking)
        new = kept.document.content
        if new == content:
            return _outcome(kept, content, path, settings)
        if _content(path, settings) == content:
            write_whole(path, new.decode("utf-8"))
            return _outcome(kept, content, path, settings)
    raise DocumentError(f"{spelled(path, settings)} keeps changing while it is being updated.")


def check(path: Path, settings: Settings, tree: Tree, evidence: Evidence) -> Outcome:
    """Say where a document claims something else than the evidence. Raises DocumentError."""
    tracking = Tracking(settings=settings, tree=tree, evidence=lambda: evidence)
    content = _content(path, settings)
    return _outcome(_kept(content, path, settings, tracking), content, path, settings)


def _content(path: Path, settings: Settings) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise DocumentError(f"{spelled(path, settings)} cannot be read: {reason}.") from error


def _kept(content: bytes, path: Path, settings: Settings, tracking: Tracking) -> Kept:
    document = parse(content, name=spelled(path, settings))
    tables = derived(tracking.tables(), settings.tracker, at=document.name)
    return keep(document, tables, as_of=as_of(_commit(settings), _today()))


def _commit(settings: Settings) -> str:
    return identify(settings.root).commit[:12] or "none"


def _today() -> date:
    return datetime.now(timezone.utc).date()


def _outcome(kept: Kept, content: bytes, path: Path, settings: Settings) -> Outcome:
    old = parse(content, name=spelled(path, settings))
    changed = bool(kept.changes)
    return Outcome(
        name=old.name,
        changes=kept.changes,
        remarks=kept.remarks,
        diff=tuple(diff(old, kept.document)) if changed else (),
        fails=bool(kept.drifts) or (settings.tracker.fails_below and changed),
    )
