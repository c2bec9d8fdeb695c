"""A run in short, in Markdown for the page of a pull request or a CI job: details are folded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.model import VerdictStatus, plural
from pytest_boss_gates.report.escape import json_string, markdown, markdown_code
from pytest_boss_gates.report.wording import (
    NOT_MET,
    OUTCOMES,
    item_value,
    tally,
    verdict_words,
    ways,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_boss_gates.model import Run, Verdict

_FIRST = 20  # gates in the open
_STEPS = 3
_PLACES = 10
_LONGEST = 300  # characters of a text
_RESERVED = 600  # bytes for what closes the page


def summary(run: Run, *, most: int) -> str:
    """Spell a run in at most so many bytes of UTF-8; ends with a newline.

    Links would lead nowhere from there, so there are none.
    """
    wanted = [v for v in run.verdicts if v.status in NOT_MET or v.blocking]
    wanted.sort(key=lambda verdict: not verdict.blocking)
    page = _Page(most - _RESERVED)
    page.add(f"### Boss gates: {run.outcome.value}")
    page.add(f"**{OUTCOMES[run.outcome]}** {tally(run)}.")
    if wanted:
        page.add("\n".join(_rows(wanted[:_FIRST])))
        page.add_some(
            [f"{_name(each)}: {markdown(_cut(_first_step(each)))}" for each in wanted[:_STEPS]]
        )
        page.folded("Where, and the cheapest way", [_details(verdict) for verdict in wanted])
    judged = [verdict for verdict in run.verdicts if verdict.target is not None]
    if judged:
        page.folded(f"All {plural(len(judged), 'gate')}", _rows(judged), joint="\n")
    page.folded("Notes", [f"- {markdown(_cut(note))}" for note in run.notes], joint="\n")
    identity = run.identity
    told = [
        f"commit {markdown_code(_cut(identity.commit))}" if identity.commit else "",
        f"branch {markdown_code(_cut(identity.branch))}" if identity.branch else "",
        f"partial run: {markdown(_cut(identity.partial))}" if identity.partial else "",
    ]
    page.close(f"<sub>{', '.join(filter(None, told))}</sub>" if any(told) else "")
    return page.text


class _Page:
    """Blocks of Markdown with a space that they may take."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._blocks: list[str] = []
        self._is_full = False

    @property
    def text(self) -> str:
        return "\n\n".join(self._blocks) + "\n"

    def add(self, block: str) -> None:
        size = len(block.encode()) + 2
        if size > self._room:
            self._is_full = True
            return
        self._room -= size
        self._blocks.append(block)

    def add_some(self, lines: Iterable[str]) -> None:
        self.add("\n".join(f"- {line}" for line in lines))

    def folded(self, title: str, parts: Sequence[str], *, joint: str = "\n\n") -> None:
        """Fold what fits of the parts away below a title."""
        head, tail = f"<details><summary>{title}</summary>", "</details>"
        room = self._room - len(head) - len(tail) - 100
        kept: list[str] = []
        for part in parts:
            room -= len(part.encode()) + len(joint)
            if room < 0:
                break
            kept.append(part)
        left = len(parts) - len(kept)
        if left:
            self._is_full = True
        if kept:
            more = [f"{left} more in the report."] if left else []
            body = joint.join(kept)
            self.add("\n\n".join([head, body, *more, tail]))

    def close(self, text: str) -> None:
        if self._is_full:
            self._blocks.append("*Not all of it fits here: the report has the rest.*")
        if text:
            self.add(text)


def _rows(verdicts: Sequence[Verdict]) -> list[str]:
    lines = ["| Verdict | Gate | Measured | Target |", "| --- | --- | --- | --- |"]
    for verdict in verdicts:
        cells = (
            verdict_words(verdict),
            _name(verdict),
            _cell(verdict.shown),
            markdown(_cut(verdict.target.text)) if verdict.target else "-",
        )
        lines.append(f"| {' | '.join(cell or '-' for cell in cells)} |")
    return lines


def _name(verdict: Verdict) -> str:
    scope = markdown_code(_cut(verdict.scope))
    return " ".join(filter(None, (markdown(verdict.metric.title), scope)))


def _cell(text: str) -> str:
    return text if text == "-" else markdown(_cut(text))


def _cut(text: str) -> str:
    text = json_string(text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _first_step(verdict: Verdict) -> str:
    if verdict.status is VerdictStatus.MISSED:
        missing = verdict.explanation.missing or verdict.reason
        step = next(iter(ways(verdict)), "")
    else:
        missing, step = verdict.reason, verdict.remedy
    return ". ".join(filter(None, (missing.rstrip("."), step))) or verdict.status.value


def _details(verdict: Verdict) -> str:
    lines = [f"**{_name(verdict)}**: {markdown(_cut(_first_step(verdict)))}"]
    items = [
        " ".join(
            filter(
                None,
                (
                    markdown(_cut(item_value(verdict, item))),
                    markdown_code(_cut(str(item.place))) if item.place else "",
                    markdown(_cut(item.name))
                    if not item.place or item.name != item.place.path
                    else "",
                    f"({markdown(_cut(item.note))})" if item.note else "",
                ),
            )
        )
        for item in verdict.explanation.where[:_PLACES]
    ]
    left = len(verdict.explanation.where) - len(items) + verdict.explanation.more
    if left > 0:
        items.append(f"and {left} more")
    bullets = "\n".join(f"- {item}" for item in items)
    return "\n\n".join(filter(None, (lines[0], bullets)))
