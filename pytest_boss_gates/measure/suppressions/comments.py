"""The suppressions of one Python file: comments that silence a tool, marks without a reason.

The text is taken apart into comments and code first, so that what stands in a string is never
taken for one. Python's own tokenizer takes seconds for a few thousand files (before 3.12 it is
written in Python), so most files are taken apart by one expression, and only where that cannot be
sure the tokenizer is asked.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

Found: TypeAlias = tuple[tuple[int, str], ...]
"""The suppressions of a file, each a line counted from 1 and a kind, in order."""

KINDS = ("noqa", "type-ignore", "no-cover", "nosec", "pylint-disable", "skip", "xfail")
"""What is counted, by the name that a target gives it."""

# What each tool takes for its own, by its documentation or source. Groups are named by the kinds.
_DIRECTIVE = re.compile(
    r"""
      (?P<no_cover>
          \# \s* (?:pragma|PRAGMA) [:\s]? \s* (?:no|NO) \s* (?:cover|COVER|branch|BRANCH) )
    | (?P<noqa>
          \# \s* (?: (?i:flake8) [:=] \s* | ruff \s* : \s* )? (?i:noqa) \b
        | \# \s* ruff \s* : \s* (?: ignore | file-ignore | disable ) \b )
    | (?P<type_ignore>
          \# \s* (?: type | pyright | ty | pyrefly ) \s* : \s* ignore (?! [\w] )
        | \# \s* pyright \s* : [^#]* = \s* (?: false | none ) \b
        | \# \s* mypy \s* : [^#]* \b (?: ignore[-_]errors | disable[-_]error[-_]code ) \b
              (?! \s* = \s* (?i:false) )
        | \# \s* pytype \s* : \s* (?: disable | skip-file ) \b
        | \# \s* pyre- (?: ignore | fixme ) )
    | (?P<nosec> \# \s* nosec \b )
    | (?P<pylint_disable> \b pylint \s* : \s* (?: disable | skip-file ) )
    """,
    re.VERBOSE,
)
# A file without any of this has none; the search is on bytes, before anything is decoded.
_MAYBE = re.compile(
    rb"#[^\n]*(?:[nN][oO][qQ][aA]|nosec|pragma|PRAGMA|pylint|ruff|py(?:re|right|type)|mypy"
    rb"|ty(?:pe)?\s*:\s*ignore)|mark\s*\.\s*(?:skip|xfail)\b"
)
_PIECE = re.compile(
    r'''
      \#[^\n]*
    | """ [^"\\]* (?: (?: \\. | "(?!"") ) [^"\\]* )* """
    | \'\'\' [^\'\\]* (?: (?: \\. | \'(?!\'\') ) [^\'\\]* )* \'\'\'
    | " [^"\\\n]* (?: \\. [^"\\\n]* )* "
    | ' [^'\\\n]* (?: \\. [^'\\\n]* )* '
    | ["']
    ''',
    re.VERBOSE | re.DOTALL,
)
_QUOTES = ('"""', "'''", '"', "'")
_TEXT = "NEWLINE NL FSTRING_MIDDLE FSTRING_END TSTRING_MIDDLE TSTRING_END".split()  # of tokens
_EMPTY, _FILLED = "''", "'x'"  # what stands for strings in code whose strings are taken out
_MARK = re.compile(
    r"(?<![\w.])(?:\w+\s*\.\s*)?mark\s*\.\s*(?P<kind>skip|xfail)\b(?!\s*\.)(?P<call>\s*\()?"
)
_NAMED = re.compile(
    r"^[ \t]*(?!pytestmark\b|marks?\b)\w+[ \t]*(?::[^=\n]*)?=[ \t]*$|\bpartial\(\s*$"
)
_ARGUMENT = re.compile(r"\s*(?:(?P<name>\w+)\s*=(?!=))?\s*(?P<value>.*)", re.DOTALL)


def suppressions(content: bytes) -> Found:
    """Find the suppressions in a file's bytes; raises ValueError with the reason when it cannot."""
    if not _MAYBE.search(content):
        return ()
    comments, code = _apart(_decoded(content))
    found = [(line, kind) for line, text in comments for kind in _directives(text)]
    return tuple(sorted([*found, *_marks(code)]))


def _decoded(content: bytes) -> str:
    import io
    import tokenize

    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        text = content.decode(encoding)
    except (SyntaxError, LookupError) as error:
        raise ValueError(str(error)) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _directives(comment: str) -> Iterator[str]:
    for match in _DIRECTIVE.finditer(comment):
        yield str(match.lastgroup).replace("_", "-")


def _apart(text: str) -> tuple[list[tuple[int, str]], str]:
    """Give the comments by line, and the code without them and with its strings taken out."""
    try:
        return _apart_quickly(text)
    except ValueError:
        return _apart_surely(text)


def _apart_quickly(text: str) -> tuple[list[tuple[int, str]], str]:
    """Take a text apart by one expression; raises ValueError where it may be wrong.

    That is at a quote without its end, and at quotes inside the braces of an f-string.
    """
    comments: list[tuple[int, str]] = []
    code: list[str] = []
    at, line = 0, 1
    for match in _PIECE.finditer(text):
        start, piece = match.start(), match[0]
        between = text[at:start]
        line += between.count("\n")
        code.append(between)
        at = match.end()
        if piece[0] == "#":
            comments.append((line, piece))
            continue
        if len(piece) == 1:
            raise ValueError("a quote without its end")
        if between[-2:].lower().strip("rb")[-1:] in ("f", "t") and (
            piece.count("{") != piece.count("}")
        ):
            raise ValueError("quotes inside braces")
        code.append(_blank(piece))
        line += piece.count("\n")
    code.append(text[at:])
    return comments, "".join(code)


def _blank(literal: str) -> str:
    quotes = next(quotes for quotes in _QUOTES if literal.startswith(quotes))
    filled = len(literal) > 2 * len(quotes)
    return (_FILLED if filled else _EMPTY) + "\n" * literal.count("\n")


def _apart_surely(text: str) -> tuple[list[tuple[int, str]], str]:
    """Take a text apart by Python's tokenizer; raises ValueError where it cannot."""
    import io
    import tokenize

    comments: list[tuple[int, str]] = []
    code: list[str] = []
    line = 1
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            code.append("\n" * (token.start[0] - line))
            line = max(line, token.start[0])
            match tokenize.tok_name[token.type]:
                case "COMMENT":
                    comments.append((line, token.string))
                case "STRING":
                    code.append(f"{_blank(token.string.lstrip('rRbBuUfFtT'))} ")
                    line = token.end[0]
                case "FSTRING_START" | "TSTRING_START":
                    code.append(f"{_FILLED} ")
                case "ERRORTOKEN" if token.string in ("'", '"'):  # before Python 3.12
                    raise ValueError(f"line {line}: a quote without its end")
                case kind if kind not in _TEXT:
                    code.append(f"{token.string} ")
    except (tokenize.TokenError, SyntaxError) as error:
        raise ValueError(str(error)) from error
    return comments, "".join(code)


def _marks(code: str) -> Iterator[tuple[int, str]]:
    """Find the marks that give no reason; not those that are only given another name."""
    for match in _MARK.finditer(code) if "mark" in code else ():
        if match["call"]:
            excused = any(map(_excuses, _arguments(code, match.end())))
        else:
            start = code.rfind("\n", 0, match.start()) + 1
            ends = re.compile(r"[ \t]*(?:\n|$)").match(code, match.end())
            named = _NAMED.search(code[start : match.start()])
            excused = bool(named and (ends or named[0].startswith("partial")))
        if not excused:
            yield code.count("\n", 0, match.start()) + 1, match["kind"]


def _excuses(argument: str) -> bool:
    """Whether an argument is a reason, or a condition, for which pytest itself wants a reason."""
    match = _ARGUMENT.fullmatch(argument)
    if match is None or not match["value"].strip():
        return False
    return match["name"] in (None, "reason") and match["value"].strip() not in (_EMPTY, "None")


def _arguments(code: str, start: int) -> list[str]:
    """Split what stands between a parenthesis and its end at the commas."""
    found, depth, at = [], 1, start
    for match in re.compile(r"[(\[{}\])]|,").finditer(code, start):
        if match[0] in "([{":
            depth += 1
        elif match[0] != ",":
            depth -= 1
        if depth == 0 or (depth == 1 and match[0] == ","):
            found.append(code[at : match.start()])
            at = match.end()
        if depth == 0:
            break
    return found
