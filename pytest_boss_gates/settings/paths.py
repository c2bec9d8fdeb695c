"""The paths of the settings (patterns, source roots, reports), held against the tree; the base."""

from __future__ import annotations

import os
import posixpath
import re
from typing import TYPE_CHECKING

from pytest_boss_gates.history.places import SERVERS, complaint
from pytest_boss_gates.model import ReportRequest, Shard
from pytest_boss_gates.settings.keys import listed
from pytest_boss_gates.settings.page import did_you_mean, shown

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from pytest_boss_gates.repository.toml_lines import KeyPath
    from pytest_boss_gates.settings.page import Page

HISTORY = ".boss-gates/history.db"
"""Where the history is kept unless another place is named."""

PUSH = "BOSS_GATES_PUSH"
"""The environment's word on where the numbers are pushed; the option outweighs it."""

_PRINTED = re.compile(r"[!-\[\]-~]+")  # what an address may hold
_NEARBY = 2_000  # paths among which a misspelled one is looked for; more would take seconds


def read_base(value: object, at: KeyPath, page: Page) -> str:
    """Read the branch that changes go to, "" without one."""
    if value is None:
        return ""
    base = str(value)
    if not base.strip() or base.startswith("-"):
        message = "This is no name of a branch."
        page.complain(at, message, value=base, suggestion='Write "main", say.')
    return base


def read_pattern(text: str, at: KeyPath, page: Page, files: Callable[[], Sequence[str]]) -> str:
    """Give a path pattern, tidied; it has to match at least one file of the project."""
    from pytest_boss_gates.repository.globs import matcher

    pattern = text.strip()
    while pattern.startswith("./"):
        pattern = pattern[2:]
    if not pattern:
        page.complain(at, "A path cannot be empty.", value=text)
    elif not any(map(matcher(pattern), files())):
        message = "No file of the project matches this."
        page.complain(at, message, value=text, suggestion=_near_path(pattern, files()))
    return pattern


def read_patterns(
    texts: object, at: KeyPath, page: Page, files: Callable[[], Sequence[str]]
) -> tuple[str, ...]:
    """Give the patterns of a list, each checked as ``read_pattern`` does."""
    listing = texts if isinstance(texts, list) else []
    return tuple(read_pattern(text, (*at, n), page, files) for n, text in enumerate(listing))


def read_sources(
    texts: object, at: KeyPath, page: Page, root: Path, files: Callable[[], Sequence[str]]
) -> tuple[str, ...]:
    """Give source roots as normalised relative paths; each has to exist inside the root."""
    found: list[str] = []
    for index, text in enumerate(texts if isinstance(texts, list) else ()):
        message, hint = "", ""
        path = posixpath.normpath(text.strip())
        if not text.strip():
            message = "A path cannot be empty."
        elif not _is_relative(path):
            message = "A source root stands inside the project, and its path is relative to it."
        elif not os.path.exists(root / path):  # Path.exists raises for a name that is too long
            message, hint = "This source root does not exist.", _near_path(path, files())
        if message:
            page.complain((*at, index), message, value=text, suggestion=hint)
        found.append(path)
    return tuple(dict.fromkeys(found))


def read_document(text: object, at: KeyPath, page: Page, root: Path) -> Path | None:
    """Give the absolute path of a Markdown document inside the root; it need not exist."""
    if not isinstance(text, str):
        return None
    message, hint = "", 'Write for example "docs/cicd-tracker.md".'
    path = posixpath.normpath(text)
    if not text.strip():
        message = "A path cannot be empty."
    elif "\0" in text:
        message, hint = "A path cannot hold a null character.", ""
    elif not _is_inside(path, root):
        message = "The document stands inside the project, and its path is relative to it."
    elif not path.lower().endswith(".md"):
        message = "The document is a Markdown file, and its name ends in .md."
    elif path.startswith(".boss-gates/"):
        message = "Every run writes reports of its own into this directory."
    elif os.path.isdir(root / path):
        message = "This is a directory, not a file."
    if not message:
        return root / path
    page.complain(at, message, value=text, suggestion=hint)
    return None


def _is_relative(path: str) -> bool:
    """Whether a normalised path stays below where it starts."""
    return not (posixpath.isabs(path) or os.path.isabs(path) or f"{path}/".startswith("../"))


def _is_inside(path: str, root: Path) -> bool:
    """Whether a normalised path leads to somewhere below the root, by links, too."""
    if not _is_relative(path):
        return False
    top = os.path.realpath(root)
    return os.path.commonpath([top, os.path.realpath(root / path)]) == top


def read_history(value: object, at: KeyPath, page: Page) -> str:
    """Give the place of the history, "" where it is switched off."""
    if value is None:
        return HISTORY
    place = "" if value in (False, "off") else str(value)
    if wrong := complaint(place):
        hint = f'Write a path, or a URL that starts with "{SERVERS[0]}".'
        page.complain(at, f"The place of the history {wrong}.", value=place, suggestion=hint)
    return place


def read_project(value: object, at: KeyPath, page: Page, root: Path) -> str:
    """Give the project's name: as set, as packaged, or as its directory is called."""
    if value == "":
        page.complain(at, "A name cannot be empty.", value=value)
    project = page.content.get("project")
    packaged = project.get("name") if isinstance(project, dict) else None
    named = value or packaged
    return named if isinstance(named, str) else root.name


def read_evidence(text: str, at: KeyPath, page: Page) -> None:
    """Check the form of ``PATH`` or ``PATH:LINE``; whether it is there is asked in every run."""
    path, colon, line = text.rpartition(":")
    path = posixpath.normpath(path if colon else text)
    message, hint = "", 'Write for example "docs/runbook.md:12".'
    if anchor := re.fullmatch(r"(.+)#L([0-9]+)(?:-.*)?", text):
        message, hint = "A line stands behind a colon.", f'Write "{anchor[1]}:{anchor[2]}".'
    elif not _is_relative(path):
        message = "Evidence stands inside the project, and its path is relative to it."
    elif "\0" in text:
        message, hint = "A path cannot hold a null character.", ""
    elif colon and not re.fullmatch("0*[1-9][0-9]{0,8}", line):
        message = "Behind the colon stands the number of a line, from 1."
    if message:
        page.complain(at, message, value=text, suggestion=hint)


def read_reports(
    texts: object, at: KeyPath, page: Page, base: Path, formats: Collection[str]
) -> tuple[ReportRequest, ...]:
    """Read the FORMAT[:PATH] of a list; paths are relative to ``base``."""
    found: list[ReportRequest] = []
    for index, text in enumerate(texts if isinstance(texts, list) else ()):
        request, message, hint = _report(text, base, formats)
        if message:
            addable = request.format not in formats
            page.complain((*at, index), message, value=text, suggestion=hint, addable=addable)
        found.append(request)
    return tuple(found)


def read_report_options(
    texts: Sequence[str], page: Page, base: Path, formats: Collection[str]
) -> tuple[ReportRequest, ...]:
    """Read the FORMAT[:PATH] of the command line; paths are relative to ``base``."""
    found: list[ReportRequest] = []
    for text in texts:
        request, message, hint = _report(text, base, formats)
        if message:
            page.complain_of_option(
                "--boss-gates-report",
                message,
                value=text,
                suggestion=hint,
                addable=request.format not in formats,
            )
        found.append(request)
    return tuple(found)


def read_shard(text: str, page: Page) -> Shard | None:
    """Read the I/N of the command line; None when the session is whole."""
    if not text:
        return None
    found = re.fullmatch("([0-9]{1,6})/([0-9]{1,6})", text)
    number, of = (int(found[1]), int(found[2])) if found else (0, 0)
    if 1 <= number <= of:
        return Shard(number=number, of=of)
    message = "A shard is I/N: the I-th of N, counted from 1."
    if of and not number:
        hint = f"The first is 1/{of}, so add one to an index that counts from 0."
    else:
        hint = 'Write for example "--boss-gates-shard=2/4".'
    page.complain_of_option("--boss-gates-shard", message, value=text, suggestion=hint)
    return None


def read_push(text: str, page: Page) -> str:
    """Read the address of a Pushgateway, "" for none. A password in it is shown to nobody."""
    if text in ("", "off", "false"):
        return ""
    message = ""
    hint = f'Write for example "http://pushgateway.example.org:9091", here or in {PUSH}.'
    if not _is_address(text):
        message = "This is no address of a Pushgateway."
    elif "/metrics/job" in text:
        message = "The path below the address (/metrics/job/...) is added to it."
        hint = f"Leave it out: {hint[0].lower()}{hint[1:]}"
    if message:
        page.complain_of_option("--boss-gates-push", message, suggestion=hint)
        return ""
    return text.rstrip("/")


def _is_address(text: str) -> bool:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
        named = bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets, or a port that is none
        return False
    plain = _PRINTED.fullmatch(text) is not None and not parts.query + parts.fragment
    return parts.scheme in ("http", "https") and named and plain


def _report(text: str, base: Path, formats: Collection[str]) -> tuple[ReportRequest, str, str]:
    """Read FORMAT[:PATH]; with a message and a hint when it is wrong."""
    name, colon, path = text.partition(":")
    request = ReportRequest(format=name, path=base / path if path else None)
    if name not in formats:
        hint = did_you_mean(name, formats, f"The formats are {listed(sorted(formats), 'and')}.")
        return request, f"There is no report format {shown(name)}.", hint
    if colon and not path.strip():
        message = "There is no path behind the colon."
        return request, message, f'Write "{name}:PATH", or "{name}" for its usual place.'
    if path.strip() == "-":
        message = "Standard output belongs to pytest, so no report can be printed there."
        hint = f"`boss-gates report {name}` prints it after the run; a file of that name is ./-."
        return request, message, hint
    if "\0" in path:
        return request, "A path cannot hold a null character.", ""
    if request.path and os.path.isdir(request.path):  # Path.is_dir raises for too long a name
        return request, "This is a directory, not a file.", f'Write "{text.rstrip("/")}/FILE".'
    return request, "", ""


def _near_path(pattern: str, files: Sequence[str]) -> str:
    """Suggest a directory or file for the part of a pattern before its wildcards."""
    from difflib import get_close_matches

    segments = pattern.replace("\\", "/").split("/")
    wild = [index for index, part in enumerate(segments) if set(part) & set("*?[")]
    plain = wild[0] if wild else len(segments)
    wrong, rest = "/".join(segments[:plain]), segments[plain:]
    directories = {parent for path in files for parent in _parents(path)}
    known = [*sorted(directories)[:_NEARBY], *files[:_NEARBY]]
    near = get_close_matches(wrong[:200], known, 1)
    if near:
        return f"Did you mean {shown('/'.join([near[0], *rest]))}?"
    return "Paths are relative to the project's root, with / between names."


def _parents(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
