"""The grammar of a shell script: statements, pipelines, groups, conditions, loops, functions.

Recursive descent over tokens. What a simple command is and does is for ``shell`` to say.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.shell_commands import NO_ERREXIT, only_harmless, soften, soften_or
from pytest_boss_gates.evidence.shell_values import Values, is_plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_boss_gates.evidence.shell_commands import Item
    from pytest_boss_gates.evidence.steps import Script
    from pytest_boss_gates.evidence.words import Token

_DEEPEST = 40
_MOST_WORK = 20_000  # statements gone through, those of loops and functions each time
_SEPARATORS = frozenset({";", "\n", "&", ";;", ";&", ";;&"})
_CLOSING = frozenset("fi done esac } ) then else elif".split())


class Grammar:
    """Goes through the tokens of a script once, and of its functions at each call."""

    def __init__(self, script: Script, tokens: Sequence[Token]) -> None:
        self._tokens = tokens
        self._path = script.path
        self._at = 0
        self._depth = 0
        self._work = 0
        self._values = Values(script)
        self._errexit = script.errexit
        self._pipefail = script.pipefail
        self._functions: dict[str, tuple[Sequence[Token], str, int]] = {}  # where each body starts
        self._calling: list[str] = []
        self.broken: list[tuple[int, str]] = []

    def _simple(self, closers: frozenset[str]) -> list[Item]:
        """Take a simple command."""
        raise NotImplementedError

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _bare(self) -> str:
        token = self._peek()
        return token.bare if token else ""

    def _list(self, closers: frozenset[str]) -> list[Item]:
        """Statements up to a closing word, which is left to the caller."""
        statements: list[tuple[list[Item], bool, int]] = []
        self._depth += 1
        if self._depth > _DEEPEST:
            self._give_up("nested too deeply")
        while (token := self._peek()) is not None and self._bare() not in closers:
            if token.operator in _SEPARATORS:
                self._at += 1
                continue
            self._work += 1
            if self._work > _MOST_WORK:  # loops in loops, functions that call functions
                self._give_up(f"it leads to more than {_MOST_WORK} statements")
                break
            before, errexit = self._at, self._errexit
            items = self._and_or(closers)
            if self._at == before:  # nothing that a statement starts with
                self._at += 1
            end = self._peek()
            if end is not None and end.operator == "&":
                soften(items, "runs in the background (`&`)")
            statements.append((items, errexit and self._errexit, token.line))
        self._depth -= 1
        for (items, errexit, line), (after, _, next_line) in pairwise(statements):
            if not errexit:
                soften([item for item in items if not item.firm], NO_ERREXIT)
            if next_line == line and only_harmless(after):
                soften(items, f"`; {' '.join(after[-1].words)}` follows")
        return [item for items, _, _ in statements for item in items]

    def _and_or(self, closers: frozenset[str]) -> list[Item]:
        """``a && b || c``: what stands before a harmless ``||`` cannot fail."""
        done: list[Item] = []
        last = self._pipeline(closers)
        before_and: list[Item] = []
        while (token := self._peek()) is not None and token.operator in ("&&", "||"):
            self._at += 1
            while self._bare() == "\n":
                self._at += 1
            done += last
            if token.operator == "&&":
                before_and += last
            last = self._pipeline(closers)
            if token.operator == "||":
                soften_or(done, last)
        if before_and and self._errexit and not self._is_last():
            loose = [item for item in before_and if not item.firm]
            soften(loose, "`set -e` does not see a failure before `&&`")
        return done + last

    def _is_last(self) -> bool:
        """Whether only line ends and closing words follow, so that this status is the whole's."""
        for token in self._tokens[self._at :]:
            if token.operator not in _SEPARATORS and token.bare not in _CLOSING:
                return False
        return True

    def _pipeline(self, closers: frozenset[str]) -> list[Item]:
        negated = False
        while self._bare() in ("!", "time"):
            negated = negated or self._bare() == "!"
            self._at += 1
        items = self._command(closers)
        while (token := self._peek()) is not None and token.operator in ("|", "|&"):
            self._at += 1
            while self._bare() == "\n":
                self._at += 1
            if not self._pipefail:
                soften(items, "piped on without `pipefail`")
            items += self._command(closers)
        if negated:
            soften(items, "negated (`!`)")
        return items

    def _command(self, closers: frozenset[str]) -> list[Item]:
        token = self._peek()
        if token is None or (token.operator in _SEPARATORS):
            return []
        compound = {
            "(": self._subshell,
            "if": self._if,
            "while": self._while,
            "until": self._while,
            "for": self._for,
            "select": self._for,
            "case": self._case,
        }.get(token.bare)
        if compound is not None:
            return compound()
        if token.bare == "{":
            return self._block("}")
        if token.bare == "function":
            self._at += 1
            return self._function()
        if self._starts_function():
            return self._function()
        return self._simple(closers)

    def _subshell(self) -> list[Item]:
        state = self._values.directory, dict(self._values.env), self._errexit
        items = self._block(")")
        self._values.directory, self._values.env, self._errexit = state
        return items

    def _block(self, closer: str) -> list[Item]:
        self._at += 1
        items = self._list(frozenset({closer}))
        self._at += 1
        return items

    def _if(self) -> list[Item]:
        items: list[Item] = []
        while self._bare() in ("if", "elif"):
            self._at += 1
            condition = self._list(frozenset({"then"}))
            soften(condition, "a condition of `if`")
            self._at += 1
            items += condition + self._list(frozenset({"elif", "else", "fi"}))
        if self._bare() == "else":
            self._at += 1
            items += self._list(frozenset({"fi"}))
        self._at += 1
        return items

    def _while(self) -> list[Item]:
        self._at += 1
        condition = self._list(frozenset({"do"}))
        soften(condition, "a condition of a loop")
        self._at += 1
        items = condition + self._list(frozenset({"done"}))
        self._at += 1
        return items

    def _for(self) -> list[Item]:
        self._at += 1
        name = self._bare()
        values: list[str] = []
        while (token := self._peek()) is not None and token.bare != "do":
            if token.word is not None and token.bare not in (name, "in"):
                values += self._values.expanded(token.word)
            self._at += 1
        self._at += 1
        start = self._at
        items: list[Item] = []
        known = values if values and all(is_plain(value) for value in values) else [""]
        for value in known[:20]:
            self._at = start
            if is_plain(value):
                self._values.env[name] = value
            else:
                self._values.env.pop(name, None)
            items += self._list(frozenset({"done"}))
        self._values.env.pop(name, None)
        self._at += 1
        return items

    def _case(self) -> list[Item]:
        """All branches, or the one that is taken when the value is known."""
        self._at += 1
        subject = self._peek()
        value = " ".join(self._values.expanded(subject.word)) if subject and subject.word else "$"
        while (token := self._peek()) is not None and token.bare != "in":
            self._at += 1
        self._at += 1
        items: list[Item] = []
        taken = False
        while (token := self._peek()) is not None and token.bare != "esac":
            if token.operator in _SEPARATORS or token.bare == "(":
                self._at += 1
                continue
            patterns: list[str] = []
            while (token := self._peek()) is not None and token.bare != ")":
                if token.word is not None:
                    patterns += self._values.expanded(token.word)
                self._at += 1
            self._at += 1
            state = self._values.directory, dict(self._values.env)
            branch = self._branch()
            self._values.directory, self._values.env = state
            if not is_plain(value):
                items += branch
            elif not taken and any(_fits(value, pattern) for pattern in patterns):
                items += branch
                taken = True
        self._at += 1
        return items

    def _branch(self) -> list[Item]:
        items: list[Item] = []
        while (token := self._peek()) is not None:
            if token.bare == "esac":
                break
            if token.operator in (";;", ";&", ";;&"):
                self._at += 1
                break
            items += self._list(frozenset({"esac", ";;", ";&", ";;&"}))
        return items

    # -- functions

    def _starts_function(self) -> bool:
        tokens = self._tokens[self._at : self._at + 3]
        return (
            len(tokens) == 3
            and tokens[0].word is not None
            and [token.operator for token in tokens[1:]] == ["(", ")"]
        )

    def _function(self) -> list[Item]:
        """Remember a body; it counts where the function is called."""
        name = self._bare()
        self._at += 1
        if [token.operator for token in self._tokens[self._at : self._at + 2]] == ["(", ")"]:
            self._at += 2
        while self._bare() == "\n":
            self._at += 1
        start = self._at
        opening = self._bare()
        closing = {"{": "}", "(": ")"}.get(opening)
        if closing is None:
            return []
        self._at = self._behind(opening, closing)
        self._functions[name] = (self._tokens, self._path, start)
        return []

    def _called(self, words: Sequence[str]) -> list[Item]:
        name = words[0]
        if name in self._calling or len(self._calling) > 8:
            return []
        resume = self._tokens, self._path, self._at
        arguments = self._values.arguments
        self._tokens, self._path, self._at = self._functions[name]
        self._values.arguments = tuple(words[1:])
        self._calling.append(name)
        items = self._block("}" if self._bare() == "{" else ")")
        self._calling.pop()
        self._tokens, self._path, self._at = resume
        self._values.arguments = arguments
        return items

    def _behind(self, opening: str, closing: str) -> int:
        """Find where the block that starts here is over."""
        depth = 0
        for at in range(self._at, len(self._tokens)):
            bare = self._tokens[at].bare
            depth += (bare == opening) - (bare == closing)
            if depth == 0:
                return at + 1
        return len(self._tokens)

    def _give_up(self, why: str) -> None:
        token = self._peek()
        told = (token.line if token else 0, why)
        if why not in [reason for _, reason in self.broken]:
            self.broken.append(told)
        self._at = len(self._tokens)


def _fits(value: str, pattern: str) -> bool:
    import fnmatch

    return fnmatch.fnmatchcase(value, pattern)
