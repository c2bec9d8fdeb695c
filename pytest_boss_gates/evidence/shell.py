"""Shell text to commands: what would run, where, and whether its failure would be noticed.

As much of the shell's grammar as scripts in CI use. Nothing is executed: a value that only
running could tell stays as it is written, and text that is not understood is told as such.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.words import Token, Word, tokens_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_boss_gates.evidence.steps import Script

ROOT = "//"
"""Stands before a path that starts at the root of the repository."""

_DEEPEST = 40
_MOST = 5_000  # commands of one script
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)\+?=")
_DIRNAME = re.compile(r"\$\((?:cd )?\"?(?:\$\()?\s*dirname[^)]*\)*(?:\s*&&\s*pwd)?\"?\)*")
_TOPLEVEL = re.compile(r"\$\(\s*git rev-parse --show-toplevel\s*\)")
_ROOTS = frozenset(
    """GITHUB_WORKSPACE CI_PROJECT_DIR TRAVIS_BUILD_DIR BUILD_SOURCESDIRECTORY CIRRUS_WORKING_DIR
    APPVEYOR_BUILD_FOLDER BITBUCKET_CLONE_DIR WORKSPACE DRONE_WORKSPACE PWD
    BUILDKITE_BUILD_CHECKOUT_PATH SYSTEM_DEFAULTWORKINGDIRECTORY""".split()
)
_HARMLESS = frozenset("true : echo printf touch date pwd ls exit return".split())
_FAILING = frozenset("false exit return die fail error kill".split())
_OPENERS = frozenset("if while until for case select { (".split())
_SEPARATORS = frozenset({";", "\n", "&", ";;", ";&", ";;&"})
_SH_E = re.compile(r"#!\S*sh\b.*\s-\w*e|#!.*\b(?:ba|z|da|k)?sh -\w*e")


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One simple command of a script."""

    words: tuple[str, ...]  # expanded as far as the values are known; at least one
    line: int  # of the file that the script is written in
    directory: str  # relative to the root; holds "$" where only running could tell
    env: Mapping[str, str]  # what is known of its variables
    soft: tuple[str, ...]  # why its failure would not be noticed


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a script runs, and the lines of it that were not understood, each with the reason."""

    commands: tuple[Command, ...]
    broken: tuple[tuple[int, str], ...] = ()


def commands_of(script: Script) -> Parsed:
    """Find the commands of a script, in order; never raises."""
    tokens, broken = tokens_of(script.lines)
    parser = _Parser(script, tokens)
    items = parser.script()
    return Parsed(
        commands=tuple(item.frozen() for item in items),
        broken=(*broken, *parser.broken),
    )


@dataclass(slots=True, kw_only=True)
class _Item:
    """A command whose reasons to be soft are still being found."""

    words: tuple[str, ...]
    line: int
    directory: str
    env: Mapping[str, str]
    soft: list[str] = field(default_factory=list)

    def frozen(self) -> Command:
        return Command(
            words=self.words,
            line=self.line,
            directory=self.directory,
            env=self.env,
            soft=tuple(dict.fromkeys(self.soft)),
        )


def _soften(items: Sequence[_Item], why: str) -> None:
    for item in items:
        item.soft.append(why)


class _Parser:
    """Recursive descent over the tokens, which evaluates what is plain on its way."""

    def __init__(self, script: Script, tokens: Sequence[Token]) -> None:
        self._script = script
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._count = 0
        self._env = dict(script.env)
        self._arguments = script.arguments
        self._directory = script.directory
        self._errexit = script.errexit
        self._pipefail = script.pipefail
        self._functions: dict[str, tuple[int, int]] = {}
        self._calling: list[str] = []
        self.broken: list[tuple[int, str]] = []
        if script.lines and _SH_E.match(script.lines[0][1]):
            self._errexit = True

    def script(self) -> list[_Item]:
        items = self._list(frozenset())
        while self._at < len(self._tokens):  # a closing word without its opening one
            self._at += 1
            items += self._list(frozenset())
        if self._collects():
            for item in items:
                item.soft = [why for why in item.soft if why not in (_NO_ERREXIT, _MARKED)]
        return items

    def _collects(self) -> bool:
        """Whether the script adds up statuses and leaves with them: ``exit $failed``."""
        pairs = zip(self._tokens, self._tokens[1:], strict=False)
        return any(
            first.bare == "exit" and second.word is not None and "$" in second.word.source
            for first, second in pairs
        )

    # -- grammar

    def _peek(self) -> Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _bare(self) -> str:
        token = self._peek()
        return token.bare if token else ""

    def _list(self, closers: frozenset[str]) -> list[_Item]:
        """Statements up to a closing word, which is left to the caller."""
        statements: list[tuple[list[_Item], bool, int]] = []
        self._depth += 1
        if self._depth > _DEEPEST:
            self._give_up("nested too deeply")
        while (token := self._peek()) is not None and self._bare() not in closers:
            if token.operator in _SEPARATORS:
                self._at += 1
                continue
            before, errexit = self._at, self._errexit
            items = self._and_or(closers)
            if self._at == before:  # nothing that a statement starts with
                self._at += 1
            end = self._peek()
            if end is not None and end.operator == "&":
                _soften(items, "runs in the background (`&`)")
            statements.append((items, errexit and self._errexit, token.line))
        self._depth -= 1
        for number, (items, errexit, line) in enumerate(statements):
            rest = statements[number + 1 :]
            if rest and not errexit:
                _soften(items, _NO_ERREXIT)
            if rest and rest[0][2] == line and _cannot_fail(rest[0][0]):
                _soften(items, f"`; {' '.join(rest[0][0][-1].words)}` follows")
        return [item for items, _, _ in statements for item in items]

    def _and_or(self, closers: frozenset[str]) -> list[_Item]:
        """``a && b || c``: what stands before a harmless ``||`` cannot fail."""
        done: list[_Item] = []
        last = self._pipeline(closers)
        before_and: list[_Item] = []
        while (token := self._peek()) is not None and token.operator in ("&&", "||"):
            self._at += 1
            while self._bare() == "\n":
                self._at += 1
            done += last
            if token.operator == "&&":
                before_and += last
            last = self._pipeline(closers)
            if token.operator == "||":
                self._soften_or(done, last)
        if before_and and self._errexit and not self._is_last():
            _soften(before_and, "`set -e` does not see a failure before `&&`")
        return done + last

    def _is_last(self) -> bool:
        """Whether only line ends and closing words follow, so that this status is the whole's."""
        for token in self._tokens[self._at :]:
            if token.operator not in _SEPARATORS and token.bare not in _CLOSING:
                return False
        return True

    def _soften_or(self, before: list[_Item], after: list[_Item]) -> None:
        if not after:
            _soften(before, _MARKED)  # `|| failed=1`
            return
        final = after[-1].words
        same = any(item.words[0] == final[0] for item in before)
        if final[0] in _FAILING and not _cannot_fail(after):
            return
        if not same:
            _soften(before, f"`|| {' '.join(final)[:60]}`")

    def _pipeline(self, closers: frozenset[str]) -> list[_Item]:
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
                _soften(items, "piped on without `pipefail`")
            items += self._command(closers)
        if negated:
            _soften(items, "negated (`!`)")
        return items

    def _command(self, closers: frozenset[str]) -> list[_Item]:
        token = self._peek()
        if token is None or (token.operator in _SEPARATORS):
            return []
        match token.bare:
            case "(":
                return self._subshell()
            case "{":
                return self._block("}")
            case "if":
                return self._if()
            case "while" | "until":
                return self._while()
            case "for" | "select":
                return self._for()
            case "case":
                return self._case()
            case "function":
                self._at += 1
                return self._function()
        if self._starts_function():
            return self._function()
        return self._simple(closers)

    def _subshell(self) -> list[_Item]:
        state = self._directory, dict(self._env), self._errexit
        items = self._block(")")
        self._directory, self._env, self._errexit = state
        return items

    def _block(self, closer: str) -> list[_Item]:
        self._at += 1
        items = self._list(frozenset({closer}))
        self._at += 1
        return items

    def _if(self) -> list[_Item]:
        items: list[_Item] = []
        while self._bare() in ("if", "elif"):
            self._at += 1
            condition = self._list(frozenset({"then"}))
            _soften(condition, "a condition of `if`")
            self._at += 1
            items += condition + self._list(frozenset({"elif", "else", "fi"}))
        if self._bare() == "else":
            self._at += 1
            items += self._list(frozenset({"fi"}))
        self._at += 1
        return items

    def _while(self) -> list[_Item]:
        self._at += 1
        condition = self._list(frozenset({"do"}))
        _soften(condition, "a condition of a loop")
        self._at += 1
        items = condition + self._list(frozenset({"done"}))
        self._at += 1
        return items

    def _for(self) -> list[_Item]:
        self._at += 1
        name = self._bare()
        values: list[str] = []
        while (token := self._peek()) is not None and token.bare != "do":
            if token.word is not None and token.bare not in (name, "in"):
                values += self._expanded(token.word)
            self._at += 1
        self._at += 1
        start, items = self._at, list[_Item]()
        known = values if values and all(_plain(value) for value in values) else [""]
        for value in known[:20]:
            self._at = start
            if _plain(value):
                self._env[name] = value
            else:
                self._env.pop(name, None)
            items += self._list(frozenset({"done"}))
        self._env.pop(name, None)
        self._at += 1
        return items

    def _case(self) -> list[_Item]:
        """All branches, or the one that is taken when the value is known."""
        self._at += 1
        subject = self._peek()
        value = " ".join(self._expanded(subject.word)) if subject and subject.word else "$"
        while (token := self._peek()) is not None and token.bare != "in":
            self._at += 1
        self._at += 1
        items: list[_Item] = []
        taken = False
        while (token := self._peek()) is not None and token.bare != "esac":
            if token.operator in _SEPARATORS or token.bare == "(":
                self._at += 1
                continue
            patterns: list[str] = []
            while (token := self._peek()) is not None and token.bare != ")":
                if token.word is not None:
                    patterns += self._expanded(token.word)
                self._at += 1
            self._at += 1
            state = self._directory, dict(self._env)
            branch = self._branch()
            self._directory, self._env = state
            if not _plain(value):
                items += branch
            elif not taken and any(_fits(value, pattern) for pattern in patterns):
                items += branch
                taken = True
        self._at += 1
        return items

    def _branch(self) -> list[_Item]:
        items: list[_Item] = []
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

    def _function(self) -> list[_Item]:
        """Remember a body; it counts where the function is called."""
        name = self._bare()
        self._at += 1
        while self._bare() in ("(", ")", "\n"):
            self._at += 1
        start = self._at
        opening = self._bare()
        closing = {"{": "}", "(": ")"}.get(opening)
        if closing is None:
            return []
        depth = 0
        while (token := self._peek()) is not None:
            depth += (token.bare == opening) - (token.bare == closing)
            self._at += 1
            if depth == 0:
                break
        self._functions[name] = (start, self._at)
        return []

    def _called(self, words: Sequence[str]) -> list[_Item]:
        name = words[0]
        if name in self._calling or len(self._calling) > 8:
            return []
        resume, arguments = self._at, self._arguments
        self._at, self._arguments = self._functions[name][0], tuple(words[1:])
        self._calling.append(name)
        items = self._block("}" if self._bare() == "{" else ")")
        self._calling.pop()
        self._at, self._arguments = resume, arguments
        return items

    # -- simple commands

    def _simple(self, closers: frozenset[str]) -> list[_Item]:
        """Take the words up to the next operator, redirections left out."""
        words: list[Word] = []
        line = 0
        while (token := self._peek()) is not None and token.word is not None:
            if not words and token.bare in closers:
                break
            line = line or token.line
            words.append(token.word)
            self._at += 1
        if not words:
            return []
        own: dict[str, str | None] = {}
        while words and (match := _ASSIGNMENT.match(words[0].source)):
            own[match[1]] = self._value(words.pop(0), match.end())
        if not words:
            self._assign(own)
            return []
        expanded = [text for word in words for text in self._expanded(word)]
        if not expanded or self._count >= _MOST:
            return []
        self._count += 1
        return self._evaluated(expanded, line, own)

    def _evaluated(
        self, words: list[str], line: int, own: Mapping[str, str | None]
    ) -> list[_Item]:
        head = words[0]
        if head in ("export", "declare", "readonly", "local", "typeset"):
            for word in words[1:]:
                name, mark, value = word.partition("=")
                if mark:
                    self._assign({name: value if _plain(value) else None})
            return []
        if head == "set":
            self._set(words[1:])
        elif head in ("cd", "pushd"):
            target = next((word for word in words[1:] if not word.startswith("-")), "")
            self._directory = self._inside(target)
        elif head == "popd":
            self._directory = self._script.directory
        elif head in self._functions:
            return self._called(words)
        env = {**self._env, **{name: value for name, value in own.items() if value is not None}}
        item = _Item(words=tuple(words), line=line, directory=self._directory, env=env)
        return [item]

    def _assign(self, values: Mapping[str, str | None]) -> None:
        for name, value in values.items():
            if value is None:
                self._env.pop(name, None)
            else:
                self._env[name] = value

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

    def _inside(self, target: str) -> str:
        """Resolve the directory that ``cd`` leads to."""
        if not target or target == "-":
            return self._script.directory
        if target.startswith(ROOT):
            path = posixpath.normpath(target[len(ROOT) :].lstrip("/") or ".")
        elif target.startswith(("/", "~")):
            return "$" + target  # outside the repository
        else:
            path = posixpath.normpath(posixpath.join(self._directory, target))
        return "" if path == "." else path

    def _expanded(self, word: Word) -> list[str]:
        """Put known values in; an unquoted value splits into words, as in the shell."""
        texts = [""]
        only_unquoted = True
        for piece in word.pieces:
            value = self._variable(piece.text) if piece.is_variable else piece.text
            if piece.text in ("@", "*") and piece.is_variable:
                texts[-1] += self._arguments[0] if self._arguments else ""
                texts += self._arguments[1:]
                continue
            if piece.is_variable and not piece.quoted and " " in value:
                first, *rest = value.split() or [""]
                texts[-1] += first
                texts += rest
                continue
            only_unquoted = only_unquoted and piece.is_variable and not piece.quoted
            texts[-1] += value
        if only_unquoted and texts == [""]:
            return []
        return [self._located(text) for text in texts]

    def _value(self, word: Word, skip: int) -> str | None:
        """Give the value that an assignment sets; None when only running could tell."""
        text = "".join(
            self._variable(piece.text) if piece.is_variable else piece.text
            for piece in word.pieces
        )
        value = self._located(text[skip:])
        return value if _plain(value) else None

    def _located(self, text: str) -> str:
        if "$(" not in text:
            return text
        here = ROOT + posixpath.dirname(self._script.path)
        text = _TOPLEVEL.sub(ROOT, text)
        return _DIRNAME.sub(lambda _: here, text)

    def _variable(self, name: str) -> str:
        """Give the value of ``$name`` or ``${name:-default}``; unknown: as ``${name}``."""
        plain = re.match(r"\w+|[@*#?$!-]", name)
        key = plain[0] if plain else name
        rest = name[len(key) :]
        if key.isdigit():
            index = int(key)
            if index == 0:
                return ROOT + self._script.path
            if index <= len(self._arguments):
                return self._arguments[index - 1]
            return "" if self._arguments else _default(rest, f"${{{name}}}")
        if key in ("@", "*"):
            return " ".join(self._arguments)
        if key in self._env:
            return self._env[key]
        if key in _ROOTS:
            return ROOT
        if key == "BASH_SOURCE":
            return ROOT + self._script.path
        return _default(rest, f"${{{key}}}")

    def _give_up(self, why: str) -> None:
        token = self._peek()
        self.broken.append((token.line if token else 0, why))
        self._at = len(self._tokens)


_NO_ERREXIT = "no `set -e`: only the last command decides"
_MARKED = "its failure is only noted"
_CLOSING = frozenset("fi done esac } ) then else elif".split())


def _default(rest: str, otherwise: str) -> str:
    match = re.fullmatch(r":?[-=](.*)", rest, re.DOTALL)
    return match[1].strip("\"'") if match else otherwise


def _plain(value: str) -> bool:
    """Whether a value is all known."""
    return "$" not in value and "`" not in value and bool(value)


def _fits(value: str, pattern: str) -> bool:
    import fnmatch

    return fnmatch.fnmatchcase(value, pattern)


def _cannot_fail(items: Sequence[_Item]) -> bool:
    """Whether a statement that ends like this always succeeds."""
    if not items:
        return False
    head, *rest = items[-1].words
    if head in ("exit", "return"):
        return rest[:1] == ["0"]
    return head in _HARMLESS
