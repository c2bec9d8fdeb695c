"""``report.json`` back to the run that it tells of, so that any format can be made of it later."""

from __future__ import annotations

import json
import math
import re
from datetime import date, datetime, timezone
from fractions import Fraction
from pathlib import Path

from pytest_boss_gates.errors import BossGatesError
from pytest_boss_gates.model import (
    BaseValue,
    Bound,
    Comparator,
    Details,
    Direction,
    Enforce,
    Explanation,
    Item,
    Level,
    Measurement,
    Metric,
    Outcome,
    Place,
    Row,
    Run,
    RunIdentity,
    Shape,
    Status,
    Table,
    Target,
    Unit,
    Verdict,
    VerdictStatus,
    Wanted,
)
from pytest_boss_gates.report import details
from pytest_boss_gates.report.json import FORMAT
from pytest_boss_gates.report.json_part import DamagedError, Part

_NUMBERED = re.compile(r"(.*):([1-9][0-9]*)", re.DOTALL)
_LEVELS = {level.label: level for level in Level}


class ReadingError(BossGatesError):
    """A file is no ``report.json``, or one that this version cannot read; the message names it."""


def read(path: Path, *, root: Path | None = None) -> Run:
    """Read a ``report.json``; ``root`` is the project's, which the file does not tell.

    The run is the one that was written as far as any format shows it: what a target was limited
    to and what the judge went by are not in it. Raises ReadingError.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ReadingError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise ReadingError(f"{path} is no report.json: it is not UTF-8.") from error
    try:
        return run_of(text, root=root or Path())
    except ValueError as error:
        raise ReadingError(f"{path} {error}") from error


def run_of(text: str, *, root: Path) -> Run:
    """Make a run of the text of a ``report.json``.

    Raises ValueError, whose message goes on after the name of the file.
    """
    try:
        content = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"is no report.json: it is no JSON ({error}).") from error
    found = content.get("format") if isinstance(content, dict) else None
    if not isinstance(found, int) or isinstance(found, bool) or "verdicts" not in content:
        raise ValueError("is no report.json, which `pytest --boss-gates` writes.")
    if found != FORMAT:
        age = "newer" if found > FORMAT else "older"
        raise ValueError(
            f"has format {found}, and this version of pytest-boss-gates reads format {FORMAT}. "
            f"The version that wrote it is {age}: use that one."
        )
    try:
        return _run(Part(content, ""), root)
    except DamagedError as error:
        raise ValueError(f"is damaged: {error}.") from error


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number")  # Python's parser would take NaN


def _run(part: Part, root: Path) -> Run:
    tracker = part.part("tracker")
    return Run(
        identity=_identity(part.part("run"), root),
        outcome=part.one_of(Outcome, "outcome"),
        verdicts=tuple(_verdict(each) for each in part.parts("verdicts")),
        tables=tuple(_table(each) for each in tracker.parts("tables")),
        notes=part.texts("notes"),
        problems=part.texts("problems"),
        diff=tracker.texts("diff"),
        report_only=part.flag("report-only"),
        details=_details(part.part("details")),
    )


def _details(part: Part) -> Details:
    try:
        return details.read(part.members)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        raise DamagedError(f"details: {what}") from error


def _identity(part: Part, root: Path) -> RunIdentity:
    return RunIdentity(
        root=root,
        project=part.text("project"),
        started=part.made("started", _moment),
        ended=part.made("ended", _moment),
        commit=part.text_or_none("commit"),
        branch=part.text_or_none("branch"),
        below=part.text("below"),
        ci=part.text_or_none("ci"),
        versions=part.named_texts("versions"),
        workers=part.whole("workers"),
        partial=part.text_or_none("partial"),
        fingerprint=part.named_texts("fingerprint"),
        pytest_exit=part.whole_or_none("pytest-exit"),
        passed=part.whole_or_none("passed"),
    )


def _moment(text: str) -> datetime:
    if not text.endswith("Z"):
        raise ValueError(text)
    moment = datetime.fromisoformat(text[:-1]).replace(tzinfo=timezone.utc)
    moment.astimezone()  # what no clock shows is no time
    return moment


def _verdict(part: Part) -> Verdict:
    details, measured = part.part("details"), part.part("measurement")
    metric = Metric(
        key=part.text("metric"),
        title=part.text("title"),
        unit=measured.one_of(Unit, "unit"),
        direction=part.one_of(Direction, "direction"),
        shape=part.one_of(Shape, "shape"),
        why=details.text("why"),
        fix=details.text("fix"),
        item=measured.text("item"),
        delivery=part.flag("delivery"),
    )
    scope = part.text("scope")
    return Verdict(
        metric=metric,
        scope=scope,
        target=None if part.is_null("target") else _target(part, metric.key, scope),
        measurement=_measurement(measured, part, details.text("remedy")),
        status=part.one_of(VerdictStatus, "status"),
        reason=part.text("reason"),
        shown=part.text("shown"),
        blocking=part.flag("blocking"),
        explanation=Explanation(
            missing=details.text("missing"),
            where=tuple(_item(each) for each in details.parts("where")),
            more=details.whole("more"),
            cheapest=details.texts("cheapest"),
        ),
    )


def _target(part: Part, metric: str, scope: str) -> Target:
    wanted = part.part("wanted")
    value = wanted.number("value", "exact")
    if isinstance(value, float) and not math.isfinite(value):
        raise DamagedError(f"{wanted.named('value')} is not a finite number")
    text = part.text("target")
    return Target(
        metric=metric,
        wanted=Wanted(
            comparator=wanted.one_of(Comparator, "comparator"),
            number=Fraction(0),
            unit=text,  # its parts are not in the file
            value=Fraction(value),
        ),
        text=text,
        scope=scope,
        enforce=part.one_of(Enforce, "enforce"),
        set_at=None if part.is_null("set-at") else _place(part.text("set-at")),
    )


def _place(text: str) -> Place:
    """Read a place as it is spelled: ``pyproject.toml:12``."""
    found = _NUMBERED.fullmatch(text)
    return Place(path=found[1], line=int(found[2])) if found else Place(path=text)


def _measurement(part: Part, verdict: Part, remedy: str) -> Measurement:
    textual = isinstance(part.members.get("value"), str)
    value = part.text("value") if textual else part.number_or_none("value", "exact")
    base = part.part_or_none("base")
    return Measurement(
        metric=verdict.text("metric"),
        scope=verdict.text("scope"),
        value=value,
        bound=part.one_of(Bound, "bound"),
        bound_reason=part.text("bound-reason"),
        n=part.whole_or_none("n"),
        numerator=part.whole_or_none("numerator"),
        denominator=part.whole_or_none("denominator"),
        window=part.text("window"),
        source=part.text("source"),
        pending=tuple(_item(each) for each in part.parts("pending")),
        notes=part.texts("notes"),
        reason=verdict.text("reason") if value is None else "",
        remedy=remedy,
        base=_base(base) if base else None,
        is_none=part.flag("is-none"),
    )


def _base(part: Part) -> BaseValue:
    return BaseValue(
        value=part.number_or_none("value", "exact"),
        bound=part.one_of(Bound, "bound"),
        source=part.text("source"),
        reason=part.text("reason"),
    )


def _item(part: Part) -> Item:
    place = None if part.is_null("path") else _place_of(part)
    return Item(
        name=part.text("name"),
        value=part.number("value", "exact"),
        place=place,
        note=part.text("note"),
        before=part.number_or_none("before", "exact-before"),
    )


def _place_of(part: Part, text: str = "") -> Place:
    return Place(path=part.text("path"), line=part.whole_or_none("line") or 0, text=text)


def _table(part: Part) -> Table:
    return Table(
        title=part.text("title"),
        columns=part.texts("columns"),
        rows=tuple(_row(each) for each in part.parts("rows")),
    )


def _row(part: Part) -> Row:
    return Row(
        cells=part.texts("cells"),
        status=None if part.is_null("status") else part.one_of(Status, "status"),
        level=None if part.is_null("level") else part.made("level", _LEVELS.__getitem__),
        proofs=tuple(_place_of(each, each.text("text")) for each in part.parts("proofs")),
        why=part.text("why"),
        overridden=part.flag("overridden"),
        due=None if part.is_null("due") else part.made("due", date.fromisoformat),
        perhaps=None if part.is_null("perhaps") else part.one_of(Status, "perhaps"),
        hinges=part.text("hinges"),
    )
