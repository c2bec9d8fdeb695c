"""``report.html``: the run as one page that needs nothing else, from disk or from a CI artefact.

The page may do nothing but show itself: its policy allows the one style sheet and the one script
that stand in it, by their hashes, and no address at all.
"""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.report.escape import html, html_data, html_verbatim
from pytest_boss_gates.report.html_details import STATIC_ROWS
from pytest_boss_gates.report.html_rows import data
from pytest_boss_gates.report.html_view import view

if TYPE_CHECKING:
    from jinja2 import Environment, Template

    from pytest_boss_gates.model import Run

_SHORTEST = 0.0005  # seconds; a test that ran took more than 0.000 s
_TEMPLATES = Path(__file__).parent / "templates"


def render(run: Run) -> str:
    """Spell a run as a page of HTML; ends with a newline. Needs the extra ``html``."""
    from markupsafe import Markup

    style, script = _read("report.css"), _read("report.js")
    return (
        _template().render(
            **view(run),
            data=Markup(html_data(data(run.details))),  # noqa: S704 - escaped by html_data
            style=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            style_hash=_hash(style),
            script_hash=_hash(script),
            static_rows=STATIC_ROWS,
        )
        + "\n"
    )


@cache
def _read(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8").strip()


def _hash(text: str) -> str:
    """Name a text as a content security policy does."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode('ascii')}"


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        finalize=_escaped,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    _equip(environment)
    return environment.get_template("report.html")


def _escaped(value: Any) -> Any:
    """Escape whatever the template prints that is not markup of our own."""
    from markupsafe import Markup

    if isinstance(value, Markup):
        return value
    return Markup(html(str(value)))  # noqa: S704 - escaped by html


def _equip(environment: Environment) -> None:
    """Give the template what it spells values with."""
    from markupsafe import Markup

    def prose(text: str) -> Markup:
        """Mark code in the house's own words; a tick without its like is one of a name."""
        if text.count("`") % 2:
            return Markup(html(text))  # noqa: S704 - escaped by html
        parts = [html(part) for part in text.split("`")]
        return Markup(  # noqa: S704 - escaped by html
            "".join(
                f"<code>{part}</code>" if number % 2 else _spaced(part, raw)
                for number, (part, raw) in enumerate(zip(parts, text.split("`"), strict=True))
            )
        )

    environment.filters["verbatim"] = lambda text: Markup(html_verbatim(text))  # noqa: S704 - escaped
    environment.filters["prose"] = prose
    environment.filters["drawn"] = Markup  # of the charts, which hold numbers and escaped words
    environment.filters["grouped"] = lambda number: f"{number:,}"
    environment.filters["duration"] = lambda number: (
        "<0.001 s" if number < _SHORTEST else f"{number:,.3f} s"
    )
    environment.filters["percent"] = lambda number: f"{number:.1f} %"
    environment.filters["slug"] = lambda text: "-".join(text.lower().split())


def _spaced(part: str, raw: str) -> str:
    """Keep a space at either end, beside code."""
    start = " " if raw[:1].isspace() else ""
    end = " " if raw.strip() and raw[-1:].isspace() else ""
    return f"{start}{part}{end}"
