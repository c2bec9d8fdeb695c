"""One escaper per grammar: text that others wrote cannot leave its place in a report."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMMAND_AT_START = re.compile(r"^(\s*)::")  # GitHub: `::error`, `::set-output`, `::stop-commands`
_COMMAND_ANYWHERE = re.compile(r"##(\w*)\[")  # `##[error]`, Azure's `##vso[`, `##teamcity[`
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")
_BACKTICKS = re.compile(r"`+")
_WEB_ADDRESS = re.compile(r"\b(www)\.", re.IGNORECASE)
_BLOCK_START = re.compile(r"^([+=-]|\d+(?=[.)](?: |$)))")
_IN_SCRIPT = str.maketrans({char: f"\\u{ord(char):04x}" for char in "<>&"})
_INLINE = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        "|": "&#124;",  # not `\|`: after a backslash, parsers of tables disagree on it
        **{mark: f"\\{mark}" for mark in "\\`*_[]~$#"},
    }
)


def visible(text: str) -> str:
    r"""Bring text to one line in which every character can be seen.

    White space of any kind becomes one space; control characters, directional overrides,
    invisible characters and lone surrogates are spelled out (``\x1b``, ``\u202e``).
    """
    line = " ".join(text.split())
    return line if line.isprintable() else _spelled(line)


def _spelled(line: str) -> str:
    return "".join(
        char if char.isprintable() else char.encode("unicode-escape").decode("ascii")
        for char in line
    )


def terminal(text: str, *, unicode: bool = True) -> str:
    """Make one line for a terminal or CI log, which would obey escapes and workflow commands.

    ``unicode=False`` spells out everything beyond ASCII.
    """
    line = _without_commands(visible(text))
    return line if unicode else line.encode("ascii", "backslashreplace").decode("ascii")


def terminal_verbatim(text: str, *, unicode: bool = True) -> str:
    """Do as ``terminal`` does, but keep the spaces as they are: for the lines of a diff."""
    line = _without_commands(_spelled(text.replace("\t", "    ")))
    return line if unicode else line.encode("ascii", "backslashreplace").decode("ascii")


def _without_commands(line: str) -> str:
    return _COMMAND_ANYWHERE.sub(r"##\1\\[", at_line_start(line))


def at_line_start(text: str) -> str:
    """Let text begin a line of a CI log: a leading ``::`` is not taken for a command."""
    return _COMMAND_AT_START.sub(r"\1\\::", text)


def workflow_message(text: str) -> str:
    """Make the message of a GitHub workflow command; lines stay lines."""
    lines = (_COMMAND_ANYWHERE.sub(r"##\1\\[", visible(line)) for line in text.splitlines())
    return "\n".join(lines).replace("%", "%25").replace("\n", "%0A")


def workflow_property(text: str) -> str:
    """Make the value of a property of a GitHub workflow command."""
    line = workflow_message(" ".join(text.split()))
    return line.replace(":", "%3A").replace(",", "%2C")


def markdown(text: str) -> str:
    """Make a line of Markdown, right in a paragraph, list item, heading and table cell."""
    line = visible(text).translate(_INLINE).replace("://", "&#58;//")
    line = _WEB_ADDRESS.sub(r"\1&#46;", line)
    return _BLOCK_START.sub(_guarded_start, line)


def _guarded_start(match: re.Match[str]) -> str:
    start = match[1]
    return f"{start}\\" if start.isdigit() else f"\\{start}"


def markdown_code(text: str) -> str:
    """Make a code span, right in a table cell, too; nothing for nothing."""
    line = _without_commands(visible(text))
    if "`" not in line and "|" not in line:
        return f"`{line}`" if line else ""
    return f"<code>{_PUNCTUATION.sub(lambda match: f'&#{ord(match[0])};', line)}</code>"


def markdown_prose(text: str) -> str:
    """Make a line of Markdown of the house's own words, in which backticks mark code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return markdown(text)
    return "".join(
        markdown_code(part) if number % 2 else markdown_part(part)
        for number, part in enumerate(parts)
    )


def markdown_part(text: str) -> str:
    """Make a piece of a line of Markdown: what ``markdown`` makes, and a space at either end."""
    start = " " if text[:1].isspace() else ""
    end = " " if text.strip() and text[-1:].isspace() else ""
    return f"{start}{markdown(text)}{end}"


def markdown_target(path: str, line: int = 0) -> str:
    """Make the target of a link to a line of a file, as GitHub and editors number them."""
    from urllib.parse import quote

    target = quote(json_string(path), safe="/@+,=")
    return f"{target}#L{line}" if line else target


def markdown_block(text: str) -> str:
    """Make a fenced block of several lines, with a fence that none of them contains."""
    lines = [_without_commands(_spelled(line.expandtabs(4).rstrip())) for line in text.splitlines()]
    longest = max((len(run) for line in lines for run in _BACKTICKS.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    return "\n".join([f"{fence}text", *lines, fence])


def html(text: str) -> str:
    """Make text of an element or of a quoted attribute, on one line."""
    return _as_html(visible(text))


def html_verbatim(text: str) -> str:
    """Do as ``html`` does, but keep the spaces as they are: for a line of a ``pre`` element."""
    return _as_html(_spelled(text.expandtabs(4)))


def _as_html(line: str) -> str:
    from html import escape

    line = escape(line, quote=True)
    line = _COMMAND_ANYWHERE.sub(r"##\1&#91;", line)
    return _COMMAND_AT_START.sub(r"\1&#58;:", line)


def html_data(value: object) -> str:
    """Make JSON that can stand in a ``script`` element: nothing in it ends the element."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return json_document(text).translate(_IN_SCRIPT)


def json_string(text: str) -> str:
    r"""Make text that UTF-8 can hold: a lone surrogate becomes its spelling, ``\udc80``."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def json_strings(texts: Sequence[str]) -> Sequence[str]:
    """Do as ``json_string`` does with many texts, which mostly are well as they are."""
    try:
        "".join(texts).encode()
    except UnicodeEncodeError:
        return [json_string(text) for text in texts]
    return texts


def json_document(document: str) -> str:
    """Spell what a terminal or CI log would obey with JSON's own escapes; the values stay."""
    plain = document.isascii() and "\x7f" not in document  # JSON escapes the other ones itself
    if not plain and not document.replace("\n", "").isprintable():
        document = "".join(
            char if char == "\n" or char.isprintable() else json.dumps(char)[1:-1]
            for char in document
        )
    return _COMMAND_ANYWHERE.sub(r"#\\u0023\1[", document)


def prometheus_label(text: str) -> str:
    """Make the value of a label, without the quotes around it."""
    line = _without_commands(visible(text))
    return line.replace("\\", "\\\\").replace('"', '\\"')


def prometheus_help(text: str) -> str:
    """Make the text behind ``# HELP``, in which quotes stand for themselves."""
    return _without_commands(visible(text)).replace("\\", "\\\\")
