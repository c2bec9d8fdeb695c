"""Shell text to tokens: words with their quoting taken off, and operators, each with its line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pytest_boss_gates.evidence.steps import Lines

_LONGEST = 10_000  # characters of one substitution
_MOST_BROKEN = 50  # unclosed marks that are looked for to the end
_OPERATOR = re.compile(r";;&|;;|;&|&&|\|\||\|&|[;|&()\n]")
_REDIRECTION = re.compile(r"\d*(?:<<<|<<-?|<>|>>|>\||>&|<&|[<>])|&>>?")
_TEST = re.compile(r"\[\[\s[^\n]{0,2000}?\s\]\](?=[\s;&|)]|$)|\(\([^\n]{0,500}?\)\)(?=[\s;&|)]|$)")
_HEREDOC = re.compile(r"\d*<<-?$")
_PLAIN = re.compile(r"[^\s\"'`$\\;|&()<>#]+|#")
_NAME = re.compile(r"[A-Za-z_]\w*|[0-9@*#?!$-]")
_SPACE = re.compile(r"[ \t\r\f\v]+")


class Piece(NamedTuple):
    """A part of a word; for a variable the text is what stands in its braces."""

    text: str
    is_variable: bool = False
    quoted: bool = False


class Word(NamedTuple):
    """A word in pieces."""

    pieces: tuple[Piece, ...]

    @property
    def source(self) -> str:
        """The word with its variables written out again."""
        return "".join(f"${{{p.text}}}" if p.is_variable else p.text for p in self.pieces)


class Token(NamedTuple):
    r"""A word or an operator (``\n`` among them), and the line it starts on."""

    line: int
    word: Word | None = None
    operator: str = ""

    @property
    def bare(self) -> str:
        """The operator, or the word when it is one plain piece that nobody quoted; else ""."""
        if self.word is None:
            return self.operator
        pieces = self.word.pieces
        plain = len(pieces) == 1 and not pieces[0].quoted and not pieces[0].is_variable
        return pieces[0].text if plain else ""


def tokens_of(lines: Lines) -> tuple[list[Token], list[tuple[int, str]]]:
    """Split text into tokens; what is not understood is listed with its line and reason."""
    scanner = _Scanner(lines)
    scanner.run()
    return scanner.tokens, scanner.broken


class _Scanner:
    def __init__(self, lines: Lines) -> None:
        self._text = "\n".join(text for _, text in lines)
        self._numbers = [number for number, _ in lines] or [0]
        self._at = 0
        self._row = 0
        self._row_at = 0  # up to where line ends are counted
        self._heredocs: list[str] = []
        self.tokens: list[Token] = []
        self.broken: list[tuple[int, str]] = []

    def _line(self) -> int:
        self._row += self._text.count("\n", self._row_at, self._at)
        self._row_at = self._at
        return self._numbers[min(self._row, len(self._numbers) - 1)]

    def run(self) -> None:
        text = self._text
        while self._at < len(text):
            if match := _SPACE.match(text, self._at):
                self._at = match.end()
            elif text.startswith("\\\n", self._at):
                self._at += 2
            elif text[self._at] in "`^" and text.startswith("\n", self._at + 1):
                self._at += 2  # how PowerShell and cmd continue a line
            elif text[self._at] == "#":
                end = text.find("\n", self._at)
                self._at = len(text) if end < 0 else end
            elif match := _TEST.match(text, self._at):
                self._test(match)
            elif match := _REDIRECTION.match(text, self._at):
                self._redirect(match)
            elif match := _OPERATOR.match(text, self._at):
                self._operator(match)
            else:
                line = self._line()
                word = self._word()
                self.tokens.append(Token(line, word=word))

    def _test(self, match: re.Match[str]) -> None:
        """``[[ a && b ]]`` and ``(( a > b ))`` are one word each: what is in them runs nothing."""
        self.tokens.append(Token(self._line(), word=Word((Piece(match[0], quoted=True),))))
        self._at = match.end()

    def _operator(self, match: re.Match[str]) -> None:
        self.tokens.append(Token(self._line(), operator=match[0]))
        self._at = match.end()
        if match[0] == "\n" and self._heredocs:
            self._skip_heredocs()

    def _redirect(self, match: re.Match[str]) -> None:
        """Drop a redirection and what it names; remember where a here-document ends."""
        self._at = match.end()
        while self._at < len(self._text) and self._text[self._at] in " \t":
            self._at += 1
        if self._at >= len(self._text) or self._text[self._at] in "\n;|()":
            return
        if self._text[self._at] == "&":
            self._at += 1
        word = self._word()
        if _HEREDOC.match(match[0]):
            self._heredocs.append(word.source)

    def _skip_heredocs(self) -> None:
        for delimiter in self._heredocs:
            while self._at < len(self._text):
                end = self._text.find("\n", self._at)
                end = len(self._text) if end < 0 else end
                line = self._text[self._at : end]
                self._at = min(end + 1, len(self._text))
                if line.strip() == delimiter:
                    break
        self._heredocs.clear()

    def _word(self) -> Word:
        text, pieces = self._text, list[Piece]()
        start = self._at
        while self._at < len(text):
            char = text[self._at]
            if char == "'":
                self._single(pieces)
            elif char == '"':
                self._double(pieces)
            elif char == "$":
                pieces.append(self._dollar(quoted=False))
            elif char == "`":
                pieces.append(Piece(self._until("`", "an unclosed backtick")))
            elif char == "\\":
                if not text.startswith("\n", self._at + 1):
                    pieces.append(Piece(text[self._at + 1 : self._at + 2], quoted=True))
                self._at += 2
            elif match := _PLAIN.match(text, self._at):
                pieces.append(Piece(match[0]))
                self._at = match.end()
            else:
                break
        self._at = max(self._at, start + 1)
        return Word(tuple(_joined(pieces)))

    def _single(self, pieces: list[Piece]) -> None:
        text = self._until("'", "an unclosed quotation mark")
        pieces.append(Piece(text[1:-1] if len(text) > 1 else text, quoted=True))

    def _until(self, closer: str, complaint: str) -> str:
        """Take the text up to the next closing mark; without one the mark stands for itself."""
        end = self._text.find(closer, self._at + 1)
        if end < 0:
            self.broken.append((self._line(), complaint))
            end = self._at
        taken = self._text[self._at : end + 1]
        self._at = end + 1
        return taken

    def _double(self, pieces: list[Piece]) -> None:
        text = self._text
        opening = self._at
        self._at += 1
        plain: list[str] = []
        pieces.append(Piece("", quoted=True))
        while self._at < len(text) and text[self._at] != '"':
            char = text[self._at]
            if char == "\\" and text[self._at + 1 : self._at + 2] in tuple('"\\$`\n'):
                plain.append(text[self._at + 1].replace("\n", ""))
                self._at += 2
            elif char == "$":
                pieces.append(Piece("".join(plain), quoted=True))
                plain.clear()
                pieces.append(self._dollar(quoted=True))
            else:
                plain.append(char)
                self._at += 1
        pieces.append(Piece("".join(plain), quoted=True))
        if self._at >= len(text):
            self._at = opening
            line = self._line()
            self._at = len(text)
            self.broken.append((line, "an unclosed quotation mark"))
        self._at += 1

    def _dollar(self, *, quoted: bool) -> Piece:
        """Take a variable, or a substitution, which stays as it is written."""
        text = self._text
        if text.startswith("${{", self._at):
            end = text.find("}}", self._at, self._at + _LONGEST)
            if end >= 0:
                taken = text[self._at : end + 2]
                self._at = end + 2
                return Piece(taken, quoted=True)
        if text.startswith("$'", self._at) and not quoted:
            self._at += 1
            return Piece(self._until("'", "an unclosed quotation mark").strip("'"), quoted=True)
        for opener, closer in (("${", "}"), ("$(", ")")):
            if text.startswith(opener, self._at):
                end = self._matching(opener[1], closer)
                if end < 0:
                    break
                taken = text[self._at : end + 1]
                self._at = end + 1
                if opener == "${":
                    return Piece(taken[2:-1], is_variable=True, quoted=quoted)
                return Piece(taken, quoted=quoted)
        if match := _NAME.match(text, self._at + 1):
            self._at = match.end()
            return Piece(match[0], is_variable=True, quoted=quoted)
        self._at += 1
        return Piece("$", quoted=quoted)

    def _matching(self, opener: str, closer: str) -> int:
        """Find the mark that closes the one behind the dollar; -1 without one."""
        depth, quote = 0, ""
        if len(self.broken) > _MOST_BROKEN:  # looking on would take long, and tell no more
            return -1
        for at in range(self._at + 1, min(len(self._text), self._at + _LONGEST)):
            char = self._text[at]
            if quote:
                quote = "" if char == quote else quote
            elif char in "'\"" and opener == "(":
                quote = char
            elif char == opener:
                depth += 1
            elif char == closer:
                depth -= 1
                if depth == 0:
                    return at
        self.broken.append((self._line(), f"an unclosed ${opener}"))
        return -1


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Join neighbours that are plain text, so that ``a"b"`` is one piece, and drop empty ones."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and not piece.is_variable and not joined[-1].is_variable:
            last = joined[-1]
            joined[-1] = Piece(last.text + piece.text, quoted=last.quoted or piece.quoted)
        else:
            joined.append(piece)
    kept = [piece for piece in joined if piece.text or piece.is_variable]
    return kept or joined[:1]
