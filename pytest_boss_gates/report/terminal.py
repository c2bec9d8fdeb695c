"""The verdicts on the terminal: a table, why something is not met, and one closing line."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from pytest_boss_gates.model import Outcome, Unit, VerdictStatus
from pytest_boss_gates.report import FORMATS
from pytest_boss_gates.report.columns import shortened, span, wrapped
from pytest_boss_gates.report.escape import terminal, terminal_verbatim
from pytest_boss_gates.report.wording import (
    LOOKS,
    NOT_MET,
    item_value,
    rests,
    skipped_groups,
    tally,
    verdict_words,
    ways,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_boss_gates.model import Item, Run, Verdict

_HEADER = ("GATE", "MEASURED", "TARGET", "VERDICT")
_TRACKER = FORMATS["markdown"].file_name
_GAP = "  "
_INDENT = "    "
_SHOWN_ITEMS = 3
_SHOWN_WAYS = 2
_LONGEST_TEXT = 400  # characters of one sentence; the reports have all of it
_DIFF = {"+": ("green",), "-": ("red",), "@": ("cyan",)}
_CLOSING_COLOURS = {Outcome.MET: "green", Outcome.MISSED: "red", Outcome.UNKNOWN: "yellow"}


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a line, and the names by which pytest's terminal writer colours it."""

    text: str
    markup: tuple[str, ...] = ()


Line: TypeAlias = tuple[Segment, ...]


def lines(
    run: Run,
    *,
    width: int,
    quiet: bool,
    unicode: bool,
    written: tuple[str, ...] = (),
) -> list[Line]:
    """Lay a run out for a terminal of ``width`` columns; no line is wider but those of a diff.

    ``written`` are the paths of the reports, with ``/``. ``quiet`` leaves out what is met, and
    gives nothing when everything is. ``unicode`` says whether the terminal's encoding can show
    more than ASCII (``speaks_unicode``).
    """
    return _Page(width=max(width, 24), unicode=unicode).lines(run, quiet=quiet, written=written)


def headline(run: Run) -> tuple[tuple[str, int], ...]:
    """Count what blocks, for pytest's last line: ``(("gates missed", 2),)``.

    Empty when nothing blocks, or when the run only reports.
    """
    if run.report_only:
        return ()
    counts = {
        status: sum(verdict.blocking and verdict.status is status for verdict in run.verdicts)
        for status in (*NOT_MET, VerdictStatus.SKIPPED)
    }
    return tuple(
        (f"{'gate' if count == 1 else 'gates'} {status.value}", count)
        for status, count in counts.items()
        if count
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """The space there is to write on: columns, and the characters that can be shown."""

    width: int
    unicode: bool

    def lines(self, run: Run, *, quiet: bool, written: tuple[str, ...]) -> list[Line]:
        wanted = NOT_MET if quiet else (*NOT_MET, VerdictStatus.MET)
        rows = [
            verdict
            for verdict in run.verdicts
            if verdict.status in wanted or (verdict.measurement.is_none and not quiet)
        ]
        parts = [self.table(rows), self.skipped(run)]
        if quiet:
            parts.append(self.problems(run))  # what went wrong is not for later
        else:
            parts += [self.observed(run), self.remarks(run), self.problems(run), self.diff(run)]
            parts.append(self.closing(run, written))
        return list(chain.from_iterable(parts))

    def table(self, verdicts: Sequence[Verdict]) -> Iterator[Line]:
        """Give one row a verdict; what neighbours would both say is said once, below the last."""
        if not verdicts:
            return
        rows = [self.cells(verdict) for verdict in verdicts]
        widths = self.widths([_HEADER, *rows])
        yield (Segment(_joined(_HEADER, widths), ("light",)),)
        explained = [tuple(self.explanation(verdict)) for verdict in verdicts]
        for index, (verdict, row) in enumerate(zip(verdicts, rows, strict=True)):
            fitted = [self.shortened(cell, room) for cell, room in zip(row, widths, strict=True)]
            before = _joined([*fitted[:-1], ""], widths)
            yield Segment(before), Segment(fitted[-1], _verdict_markup(verdict))
            if explained[index] not in explained[index + 1 : index + 2]:
                yield from explained[index]

    def cells(self, verdict: Verdict) -> tuple[str, ...]:
        scope = f" {verdict.scope}" if verdict.scope else ""
        target = verdict.target.text if verdict.target else "-"
        texts = (verdict.metric.key + scope, verdict.shown, target)
        words = verdict_words(verdict, unicode=self.unicode)
        return (*(self.safe(text) for text in texts), words)

    def widths(self, rows: Sequence[Sequence[str]]) -> list[int]:
        """Give each column what it needs; where that is too much, the widest gives way."""
        widths = [max(map(span, column)) for column in zip(*rows, strict=True)]
        room = self.width - len(_GAP) * (len(widths) - 1)
        for _ in range(sum(widths) - room):
            widths[widths.index(max(widths[:-1]))] -= 1
        return widths

    def explanation(self, verdict: Verdict) -> Iterator[Line]:
        match verdict.status:
            case VerdictStatus.MISSED:
                missing = verdict.explanation.missing or verdict.reason
                window = "" if rests(verdict) else verdict.measurement.window  # it says it, too
                yield from self.prose(f"{missing}, {window}" if window else missing)
                if verdict.metric.unit is Unit.LEVEL:  # a word says nothing without its proof
                    for note in verdict.measurement.notes:
                        yield from self.prose(note, bullet="  ")
                listed = verdict.explanation.where[:_SHOWN_ITEMS]
                yield from self.items(verdict, listed)
                yield from self.prose(rests(verdict), markup=("light",))
                for way in ways(verdict, listed)[:_SHOWN_WAYS]:
                    yield from self.prose(way, bullet=self.arrow)
            case VerdictStatus.UNKNOWN:
                yield from self.prose(verdict.reason)
                yield from self.prose(rests(verdict), markup=("light",))
                yield from self.prose(verdict.remedy, bullet=self.arrow)
            case _:
                yield from self.prose(rests(verdict), markup=("light",))

    def items(self, verdict: Verdict, listed: Sequence[Item]) -> Iterator[Line]:
        """``5 lines  src/cart.py:3  lines 3-7, 12``, the values under each other."""
        values = [self.safe(item_value(verdict, item)) for item in listed]
        room = min(max(map(span, values), default=0), self.width // 3)
        for item, value in zip(listed, values, strict=True):
            fitted = self.shortened(value, room)
            start = f"{_INDENT}{' ' * (room - span(fitted))}{fitted}"
            where, note = self.whereabouts(item), self.safe(item.note)
            on_one = where + _GAP + note if note else where
            if span(start + on_one) <= self.width or not where:
                yield (Segment(self.shortened(start + on_one, self.width)),)
            else:
                yield (Segment(self.shortened(start + where, self.width)),)
                if note:
                    under = " " * span(start) + _GAP
                    yield (Segment(under + self.shortened(note, self.width - span(under))),)
        left = len(verdict.explanation.where) - len(listed) + verdict.explanation.more
        if left > 0:
            yield (Segment(f"{_INDENT}and {left} more"),)

    def whereabouts(self, item: Item) -> str:
        """Place and name of an item, each after a gap; its name without the place's path."""
        name, place = item.name, str(item.place or "")
        if item.place:
            name = "" if name == item.place.path else name.removeprefix(f"{item.place.path}::")
        return "".join(_GAP + self.safe(text) for text in (place, name) if text)

    def observed(self, run: Run) -> Iterator[Line]:
        """Give what was measured without a target, on one dim line."""
        shown = [
            f"{' '.join(filter(None, (verdict.metric.key, verdict.scope)))} {verdict.shown}"
            for verdict in run.verdicts
            if verdict.status is VerdictStatus.OBSERVED and not verdict.measurement.is_none
        ]
        if shown:
            yield from self.prose(f"no target: {', '.join(shown)}", indent="", markup=("light",))

    def skipped(self, run: Run) -> Iterator[Line]:
        groups = skipped_groups(run.verdicts)
        blocks = any(v.blocking for v in run.verdicts if v.status is VerdictStatus.SKIPPED)
        markup = "yellow" if blocks else LOOKS[VerdictStatus.SKIPPED].markup
        if groups:
            yield from self.prose(f"skipped: {'; '.join(groups)}", indent="", markup=(markup,))

    def remarks(self, run: Run) -> Iterator[Line]:
        for note in run.notes:
            yield from self.prose(note, indent="")

    def problems(self, run: Run) -> Iterator[Line]:
        for problem in run.problems:
            first = next(iter(problem.strip().splitlines()), "")
            yield from self.prose(f"problem: {first}", indent="", markup=("yellow",))

    def diff(self, run: Run) -> Iterator[Line]:
        """Give what an update of the tracker document would change, as it is: it can be applied."""
        for text in run.diff:
            shown = terminal_verbatim(text, unicode=self.unicode)
            yield (Segment(shown, _DIFF.get(text[:1], ())),)

    def closing(self, run: Run, written: tuple[str, ...]) -> Iterator[Line]:
        text = "; ".join((tally(run), *_places(written)))
        yield from self.prose(text, indent="", markup=(_CLOSING_COLOURS[run.outcome], "bold"))

    @property
    def arrow(self) -> str:
        return "→ " if self.unicode else "> "

    def safe(self, text: str) -> str:
        return terminal(text, unicode=self.unicode)

    def shortened(self, text: str, room: int) -> str:
        return shortened(text, room, unicode=self.unicode)

    def prose(
        self, text: str, *, indent: str = _INDENT, bullet: str = "", markup: tuple[str, ...] = ()
    ) -> Iterator[Line]:
        """Break a sentence at its spaces; following lines stand under the first one's text."""
        words = self.safe(text)
        if len(words) > _LONGEST_TEXT:
            words = words[:_LONGEST_TEXT] + ("…" if self.unicode else "...")
        start = indent + bullet
        for line in wrapped(words, self.width - len(start)) if words else ():
            yield (Segment(start + line, markup),)
            start = " " * len(start)


def speaks_unicode(encoding: str | None) -> bool:
    """Tell whether a stream of this encoding can show every character; None: it is not known."""
    try:
        "✓ … → 日 🟢".encode(encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def _places(written: Sequence[str]) -> Iterator[str]:
    """Name the tracker report; what lies in its folder is found beside it."""
    tracker = next((path for path in written if path.endswith(_TRACKER)), "")
    if tracker:
        yield f"tracker report: {tracker}"
    folder = tracker.removesuffix(_TRACKER)
    others = [path for path in written if not tracker or path.rpartition("/")[0] + "/" != folder]
    if others:
        yield f"{'also written' if tracker else 'written'}: {', '.join(others)}"


def _verdict_markup(verdict: Verdict) -> tuple[str, ...]:
    warn = verdict.status is VerdictStatus.MISSED and not verdict.blocking
    return ("yellow",) if warn else (LOOKS[verdict.status].markup,)


def _joined(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Set the measured column to the right, the others to the left."""
    padding = [" " * (width - span(cell)) for cell, width in zip(cells, widths, strict=True)]
    gate, measured, target, verdict = cells
    columns = (gate + padding[0], padding[1] + measured, target + padding[2], verdict)
    return _GAP.join(columns)
