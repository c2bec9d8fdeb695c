"""Groovy as Jenkinsfiles use it, read into statements with blocks; nothing is evaluated."""

from __future__ import annotations

import re
from typing import NamedTuple

_DEEPEST = 60
_MOST_TOKENS = 200_000
_SKIP = re.compile(r"[ \t\r\f\v]+|//[^\n]*|/\*.*?(?:\*/|\Z)|#![^\n]*|\\\n", re.DOTALL)
_QUOTED = re.compile(
    r'"""((?:[^\\]|\\.)*?)(?:"""|\Z)'
    r"|'''((?:[^\\]|\\.)*?)(?:'''|\Z)"
    r'|"((?:[^"\\\n]|\\.)*)(?:"|$)'
    r"|'((?:[^'\\\n]|\\.)*)(?:'|$)"
    r"|\$/(.*?)(?:/\$|\Z)",
    re.DOTALL | re.MULTILINE,
)
_SLASHY = re.compile(r"/(?![/*\s])((?:[^/\\\n]|\\.)*)/")
_WORD = re.compile(r"[A-Za-z_@$][\w$]*(?:\??\.[A-Za-z_$][\w$]*)*")
_ESCAPE = re.compile(r"\\(\r?\n|u[0-9a-fA-F]{4}|.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


class Token(NamedTuple):
    """A word, a text in quotes, or a mark; ``lines`` are those of a text, unescaped."""

    kind: str  # "word", "text" or "mark"
    text: str
    line: int
    lines: tuple[tuple[int, str], ...] = ()


class Statement(NamedTuple):
    """A call, a definition, a directive: its tokens without its blocks, and the blocks."""

    tokens: tuple[Token, ...]
    blocks: tuple[tuple[Token, tuple[Statement, ...]], ...]  # each with the token before it

    @property
    def name(self) -> str:
        """The first word; "" when it starts otherwise."""
        return self.tokens[0].text if self.tokens and self.tokens[0].kind == "word" else ""

    @property
    def line(self) -> int:
        """The line it starts on."""
        return self.tokens[0].line if self.tokens else 0

    @property
    def texts(self) -> tuple[str, ...]:
        """Its texts in quotes, in order."""
        return tuple(token.text for token in self.tokens if token.kind == "text")

    @property
    def body(self) -> tuple[Statement, ...]:
        """The statements of all its blocks."""
        return tuple(inner for _, block in self.blocks for inner in block)


def statements_of(text: str) -> tuple[tuple[Statement, ...], int]:
    """Read a Jenkinsfile; never raises, and reads what it can.

    The number is the line of a brace that is never closed, 0 without one.
    """
    reader = _Reader(_tokens(text))
    found: list[Statement] = []
    while not reader.done:  # past a closing brace too many
        found += reader.block(0)
    return tuple(found), reader.unclosed


def _tokens(text: str) -> list[Token]:
    tokens: list[Token] = []
    at, line = 0, 1
    while at < len(text) and len(tokens) < _MOST_TOKENS:
        if match := _SKIP.match(text, at):
            pass
        elif match := _QUOTED.match(text, at):
            number = match.lastindex or 1
            raw = match[number] or ""
            first = line + text.count("\n", at, match.start(number))
            lines = _unescaped(raw, first, plain=number == 5)
            tokens.append(Token("text", "\n".join(it for _, it in lines), line, lines))
        elif _slash_starts_text(tokens) and (match := _SLASHY.match(text, at)):
            tokens.append(Token("text", match[1], line, ((line, match[1]),)))
        elif match := _WORD.match(text, at):
            tokens.append(Token("word", match[0].replace("?.", "."), line))
        else:
            tokens.append(Token("mark", text[at], line))
            line += text[at] == "\n"
            at += 1
            continue
        line += text.count("\n", at, match.end())
        at = match.end()
    return tokens


def _slash_starts_text(tokens: list[Token]) -> bool:
    return not tokens or (tokens[-1].kind == "mark" and tokens[-1].text not in ")]}")


def _unescaped(raw: str, first: int, *, plain: bool) -> tuple[tuple[int, str], ...]:
    """Split a text into lines that know where they stand, and take the escapes out."""
    found: list[tuple[int, str]] = []
    parts = raw.split("\n")
    joined, start = "", first
    for number, part in enumerate(parts, start=first):
        start = start if joined else number
        odd = (len(part) - len(part.rstrip("\\"))) % 2 == 1
        if odd and not plain and number < first + len(parts) - 1:
            joined += part[:-1] or " "  # an escaped line end: the text goes on in the same line
            continue
        shown = joined + part if plain else _ESCAPE.sub(_escaped, joined + part)
        found += [(start, line) for line in shown.split("\n")]
        joined = ""
    return tuple(found)


def _escaped(match: re.Match[str]) -> str:
    mark = match[1]
    if mark.startswith("u") and len(mark) == 5:
        return chr(int(mark[1:], 16))
    return _ESCAPES.get(mark, mark)


class _Reader:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._at = 0
        self.unclosed = 0

    @property
    def done(self) -> bool:
        return self._at >= len(self._tokens)

    def block(self, depth: int) -> tuple[Statement, ...]:
        """Take statements up to a closing brace, which is taken as well."""
        found: list[Statement] = []
        while not self.done:
            token = self._tokens[self._at]
            if token.kind == "mark" and token.text in "\n;}":
                self._at += 1
                if token.text == "}":
                    return tuple(found)
                continue
            found.append(self._statement(depth))
        if depth:
            self.unclosed = self.unclosed or -1  # the statement around it knows the line
        return tuple(found)

    def _statement(self, depth: int) -> Statement:
        tokens: list[Token] = []
        blocks: list[tuple[Token, tuple[Statement, ...]]] = []
        inside = 0
        while not self.done:
            token = self._tokens[self._at]
            mark = token.text if token.kind == "mark" else ""
            if mark == "{":
                self._at += 1
                before = tokens[-1] if tokens else token
                blocks.append((before, self._inner(depth)))
                if self.done and self.unclosed < 0:
                    self.unclosed = token.line
                if not inside and not self._goes_on():
                    break
                continue
            if mark == "}" or (mark and mark in "\n;" and not inside):
                if not (mark == "\n" and self._continues(tokens)):
                    break
                self._at += 1
                continue
            inside = max(inside + (mark in ("(", "[")) - (mark in (")", "]")), 0)
            self._at += 1
            if mark != "\n":
                tokens.append(token)
        return Statement(tuple(tokens), tuple(blocks))

    def _inner(self, depth: int) -> tuple[Statement, ...]:
        if depth < _DEEPEST:
            return self.block(depth + 1)
        open_braces = 1
        while not self.done and open_braces:
            token = self._tokens[self._at]
            if token.kind == "mark":
                open_braces += (token.text == "{") - (token.text == "}")
            self._at += 1
        return ()

    def _goes_on(self) -> bool:
        """Whether a statement has more after a block: ``parallel a: {…}, b: {…}``."""
        token = self._tokens[self._at] if not self.done else None
        return token is not None and token.kind == "mark" and token.text in ",.):]="

    def _continues(self, tokens: list[Token]) -> bool:
        """Whether a line end is none, as after a comma or before a dot or a plus."""
        last = tokens[-1] if tokens else None
        if last is not None and last.kind == "mark" and last.text in ",+:=":
            return True
        following = self._tokens[self._at + 1 : self._at + 2]
        return bool(following and following[0].kind == "mark" and following[0].text in ".+")
