"""A badge of the outcome: what shields.io's endpoint takes, or for a path in ``.svg`` the picture.

The picture follows the flat style of badges/shields: Verdana at 11 px, its widths measured.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from pytest_boss_gates.model import Outcome, VerdictStatus
from pytest_boss_gates.report.escape import terminal

if TYPE_CHECKING:
    from pytest_boss_gates.model import Run

_LABEL = "boss gates"
_COLOURS = {  # as shields names them, and as its pictures have them
    Outcome.MET: ("brightgreen", "#4c1"),
    Outcome.MISSED: ("red", "#e05d44"),
    Outcome.UNKNOWN: ("yellow", "#dfb317"),
}
_NOTHING = "nothing judged"  # a part of the suite, or no targets: that is no success
_GREY = ("lightgrey", "#9f9f9f")
# Verdana's advance widths in thousandths of its size: ASCII from the space on.
_WIDTHS = (
    [352, 394, 459, 818, 636, 1076, 727, 269, 454, 454, 636, 818, 364, 454, 364, 454]
    + [636] * 10
    + [454, 454, 818, 818, 818, 545, 1000]
    + [684, 686, 698, 771, 632, 575, 775, 751, 421, 455, 693, 557, 843]
    + [748, 787, 603, 787, 695, 684, 616, 732, 684, 989, 685, 615, 685]
    + [454, 454, 454, 818, 636, 636]
    + [601, 623, 521, 623, 596, 352, 623, 633, 274, 344, 592, 274, 973]
    + [633, 607, 623, 623, 427, 521, 394, 633, 592, 818, 592, 592, 525]
    + [635, 454, 635, 818]
)
_WIDEST = 1000  # of characters that are not in the table
_SIZE = 11  # px
_PADDING = 10  # px of a half, both sides together


def render(run: Run) -> str:
    """Spell the badge; ends with a newline."""
    message = terminal(_message(run))
    name, colour = _GREY if message == _NOTHING else _COLOURS[run.outcome]
    if run.at.lower().endswith(".svg"):
        return _picture(_LABEL, message, colour)
    facts = {"schemaVersion": 1, "label": _LABEL, "message": message, "color": name}
    return json.dumps(facts) + "\n"


def _message(run: Run) -> str:
    """Count what decides: ``2 missed``, ``12 met``."""
    if run.outcome is Outcome.MET:
        met = run.count(VerdictStatus.MET)
        return f"{met} met" if met else _NOTHING
    status = VerdictStatus.MISSED if run.outcome is Outcome.MISSED else VerdictStatus.UNKNOWN
    count = sum(verdict.blocking and verdict.status is status for verdict in run.verdicts)
    return f"{count} {status.value}" if count else run.outcome.value


def width_of(text: str) -> int:
    """Measure a text in whole pixels; odd, so that its middle is one."""
    units = sum(_WIDTHS[ord(char) - 32] if " " <= char <= "~" else _WIDEST for char in text)
    return units * _SIZE // 1000 | 1


def _picture(label: str, message: str, colour: str) -> str:
    left, right = width_of(label) + _PADDING, width_of(message) + _PADDING
    whole = left + right
    words = f"{label}: {message}"
    texts = "".join(
        f'<text{shadow} x="{middle}" y="{y}" transform="scale(.1)" textLength="{length}">'
        f"{escape(text)}</text>"
        for text, middle, length in (
            (label, left * 5, (left - _PADDING) * 10),
            (message, left * 10 + right * 5, (right - _PADDING) * 10),
        )
        for shadow, y in ((' aria-hidden="true" fill="#010101" fill-opacity=".3"', 150), ("", 140))
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" role="img" '
        f"aria-label={quoteattr(words)}><title>{escape(words)}</title>"
        f'<clipPath id="r"><rect width="{whole}" height="20" rx="3" fill="#fff"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#555"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{colour}"/></g>'
        '<g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" '
        f'text-rendering="geometricPrecision" font-size="110">{texts}</g></svg>\n'
    )
