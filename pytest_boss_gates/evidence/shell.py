"""Shell text to commands: what would run, where, and whether its failure would be noticed.

As much of the shell's grammar as scripts in CI use. Nothing is executed: a value that only
running could tell stays as it is written, and text that is not understood is told as such.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.shell_commands import (
    MARKED,
    NO_ERREXIT,
    Command,
    Item,
)
from pytest_boss_gates.evidence.shell_grammar import Grammar
from pytest_boss_gates.evidence.shell_values import is_plain
from pytest_boss_gates.evidence.words import Token, Word, tokens_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_boss_gates.evidence.steps import Lines, Script

    Sourced = Callable[[str, str], tuple[str, Lines] | None]

_DEEPEST = 40
_MOST = 5_000  # commands of one script
_MOST_WORDS = 1_000  # of one command
_MOST_WORK = 20_000  # statements gone through, those of loops and functions each time
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)\+?=")
_SEPARATORS = frozenset({";", "\n", "&", ";;", ";&", ";;&"})
_SH_E = re.compile(r"#!\S*sh\b.*\s-\w*e|#!.*\b(?:ba|z|da|k)?sh -\w*e")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a script runs, and the lines of it that were not understood, each with the reason."""

    commands: tuple[Command, ...]
    broken: tuple[tuple[int, str], ...] = ()


def commands_of(script: Script, sourced: Sourced | None = None) -> Parsed:
    """Find the commands of a script, in order; never raises.

    ``sourced`` gives the path and lines of a file that the script reads in with ``source``, by
    what is written there and the directory; None where there is no such file.
    """
    tokens, broken = tokens_of(script.lines)
    parser = _Parser(script, tokens, sourced or (lambda _file, _directory: None))
    items = parser.script()
    return Parsed(
        commands=tuple(item.frozen() for item in items),
        broken=(*broken, *parser.broken),
    )


class _Parser(Grammar):
    """Evaluates what is plain on its way through the grammar."""

    def __init__(self, script: Script, tokens: Sequence[Token], sourced: Sourced) -> None:
        super().__init__(script, tokens)
        self._script = script
        self._sourced = sourced
        self._sources: list[str] = []
        self._count = 0
        if script.lines and _SH_E.match(script.lines[0][1]):
            self._errexit = True

    def script(self) -> list[Item]:
        items = self._list(frozenset())
        while self._at < len(self._tokens):  # a closing word without its opening one
            self._at += 1
            items += self._list(frozenset())
        if self._collects():
            for item in items:
                item.soft = [why for why in item.soft if why not in (NO_ERREXIT, MARKED)]
        return items

    def _collects(self) -> bool:
        """Whether the script adds up statuses and leaves with them: ``exit $failed``."""
        pairs = zip(self._tokens, self._tokens[1:], strict=False)
        return any(
            first.bare == "exit" and second.word is not None and "$" in second.word.source
            for first, second in pairs
        )

    def _source(self, file: str) -> list[Item]:
        """Read a file in: what it runs, and the functions and variables that it leaves."""
        found = self._sourced(file, self._values.directory)
        if found is None or found[0] in self._sources or len(self._sources) > 8:
            return []
        path, lines = found
        resume = self._tokens, self._path, self._at
        tokens, _ = tokens_of(lines)
        self._tokens, self._path, self._at = tokens, path, 0
        self._sources.append(path)
        items = self._list(frozenset())
        self._sources.pop()
        self._tokens, self._path, self._at = resume
        return items

    # -- simple commands

    def _simple(self, closers: frozenset[str]) -> list[Item]:
        """Take the words up to the next operator, redirections left out."""
        words: list[Word] = []
        lines: list[int] = []
        while (token := self._peek()) is not None and token.word is not None:
            if not words and token.bare in closers:
                break
            words.append(token.word)
            lines.append(token.line)
            self._at += 1
        if not words:
            return []
        own: dict[str, str | None] = {}
        while words and (match := _ASSIGNMENT.match(words[0].source)):
            own[match[1]] = self._values.value(words.pop(0), match.end())
        if not words:
            self._values.assign(own)
            self._skip_array()
            return []
        line = lines[-len(words)]  # of the command itself, behind the variables that it gets
        expanded: list[str] = []
        for word in words:
            expanded += self._values.expanded(word)
            if len(expanded) > _MOST_WORDS:  # `f $@ $@` within `f` within …
                break
        if not expanded:
            return []
        if self._count >= _MOST:
            self._give_up(f"it runs more than {_MOST} commands")
            return []
        self._count += 1
        return self._evaluated(expanded[:_MOST_WORDS], line, own)

    def _skip_array(self) -> None:
        """Pass over ``(a b c)`` behind ``NAME=``: words that are kept, and nothing that runs."""
        if self._bare() == "(":
            self._at = self._behind("(", ")")

    def _evaluated(self, words: list[str], line: int, own: Mapping[str, str | None]) -> list[Item]:
        head = words[0]
        if self._sets_only(words):
            return []
        if head == "set":
            self._set(words[1:])
        elif head in ("cd", "pushd"):
            target = next((word for word in words[1:] if not word.startswith("-")), "")
            self._values.directory = self._values.inside(target)
        elif head == "popd":
            self._values.directory = self._script.directory
        elif head in self._functions:
            return self._reached(self._called(words), line)
        elif head in (".", "source") and len(words) > 1 and (items := self._source(words[1])):
            return self._reached(items, line)
        env = {
            **self._values.env,
            **{name: value for name, value in own.items() if value is not None},
        }
        item = Item(
            words=tuple(words),
            path=self._path,
            line=line,
            directory=self._values.directory,
            env=env,
        )
        return [item]

    def _sets_only(self, words: Sequence[str]) -> bool:
        """Carry out what sets variables and runs nothing; says whether it was that."""
        head, *rest = words
        if head in ("export", "declare", "readonly", "local", "typeset"):
            for word in rest:
                name, mark, value = word.partition("=")
                if mark:
                    self._values.assign({name: value if is_plain(value) else None})
            self._skip_array()
            return True
        if head == "unset":
            self._values.assign(dict.fromkeys(rest))
            return True
        if head.startswith("$") and rest[:1] == ["="]:  # PowerShell's `$env:NAME = "value"`
            value = rest[1] if len(rest) == 2 else ""
            name = head.rpartition(":")[2].strip("${}")
            self._values.assign({name: value if is_plain(value) else None})
            return True
        return False

    def _reached(self, items: list[Item], line: int) -> list[Item]:
        """Keep the line of this file that led to commands of another one."""
        for item in items:
            if item.path != self._path:
                item.through = ((self._path, line), *item.through)
        return items

    def _set(self, options: Sequence[str]) -> None:
        for number, option in enumerate(options):
            on = option.startswith("-")
            if re.fullmatch(r"[-+]\w+", option) is None:
                continue
            if "e" in option:
                self._errexit = on
            if option.endswith("o"):
                match options[number + 1 : number + 2]:
                    case ["errexit"]:
                        self._errexit = on
                    case ["pipefail"]:
                        self._pipefail = on
