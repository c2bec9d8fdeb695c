"""The lines of a file, counted as ``radon.raw`` counts them, in one pass over its tokens.

Radon tokenizes each line alone, and again with each further line of a statement: where statements
are long, that is nine tenths of ``radon mi``. A file's own tokens have the same statements; where
they could have others, radon counts. A test holds the two against each other over the standard
library.
"""

from __future__ import annotations

import re
import token
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from tokenize import TokenInfo

_PAGE_BREAK = re.compile(r"^[ \t\f]*\f[ \t\f]*$", re.MULTILINE)  # alone on its line it is harmless
_CUT_OFF = re.compile(r"\\\n\s*(?:#|\n|\Z)")  # a backslash, and no code on the next line
_BREAKS = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"  # where str.splitlines breaks, and Python does not


class Lines(NamedTuple):
    """What radon's index needs of ``radon.raw``: ``lloc``, ``sloc``, and ``comments + multi``."""

    logical: int
    source: int
    comments: int


def counted_lines(text: str) -> Lines:
    """Count the lines of what Python can parse as radon does; raises SyntaxError likewise."""
    from tokenize import TokenError

    plain = _PAGE_BREAK.sub("", text)
    if not any(mark in plain for mark in _BREAKS) and not _CUT_OFF.search(plain):
        with suppress(_OddError, TokenError, SyntaxError):
            return _Count(plain).total()
    from radon.raw import analyze

    raw = analyze(text)
    return Lines(raw.lloc, raw.sloc, raw.comments + raw.multi)


class _OddError(Exception):
    """The tokenizer does not know a character that the parser does: then radon has no answer."""


class _Count:
    """A count of lines, statement by statement."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.filled = [bool(line.strip()) for line in text.split("\n")]
        self.row = 0  # the last line of the last statement
        self.logical = self.source = self.comments = 0

    def total(self) -> Lines:
        """Count them all. Raises _OddError, and what the tokenizer raises."""
        import io
        from tokenize import generate_tokens

        nothing = (token.INDENT, token.DEDENT, token.ENDMARKER)
        statement: list[TokenInfo] = []
        for each in generate_tokens(io.StringIO(self.text).readline):
            kind = each[0]
            if kind == token.NEWLINE:
                self._end(statement, each[2][0])
                statement = []
            elif kind == token.NL:
                if not statement or statement[0][0] == token.COMMENT:  # else it is inside brackets
                    self._pass(statement, each[2][0])
                    statement = []
            elif kind == token.ERRORTOKEN:
                raise _OddError
            elif kind not in nothing:
                statement.append(each)
        return Lines(self.logical, self.source, self.comments)

    def _pass(self, comment: Sequence[TokenInfo], row: int) -> None:
        """Take a line without code."""
        self.comments += len(comment)
        self.row = row

    def _end(self, statement: Sequence[TokenInfo], row: int) -> None:
        """Take a statement up to its last line."""
        filled = sum(self.filled[self.row : row])
        code = [each for each in statement if each[0] != token.COMMENT]
        self.comments += len(statement) - len(code)
        first = statement[0]
        if len(statement) > 1 or first[0] != token.STRING:
            self.source += filled
        elif first[2][0] != first[3][0]:  # a string of several lines that stands alone
            self.comments += filled
        self.logical += _logical(code)
        self.row = row


def _logical(code: Sequence[TokenInfo]) -> int:
    """Count a statement's logical lines: what follows a colon or a semicolon is one more.

    To radon any colon is one, in a slice or a dictionary, too; before a semicolon one that is
    the last but one token is none, where at the end of the statement the last one is.
    """
    count, start = 0, 0
    colon = -1
    for place, each in enumerate(code):
        if each[0] == token.OP:
            if each[1] == ":":
                colon = place
            elif each[1] == ";":
                if colon >= start:
                    count += 2 - (colon == place - 2)
                else:
                    count += place > start
                start = place + 1
    if colon >= start:
        return count + 2 - (colon == len(code) - 1)
    return count + (len(code) > start)
