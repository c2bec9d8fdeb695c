"""What a script of the repository runs: a shell's text as it stands, Python's calls of programs."""

from __future__ import annotations

import ast
import posixpath
import re
import shlex
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.runners.python_values import (
    Handle,
    Unknown,
    source_of,
    text_of,
    truth,
    words_of,
)
from pytest_boss_gates.evidence.runners.python_walk import Walk
from pytest_boss_gates.evidence.shell_values import ROOT
from pytest_boss_gates.evidence.steps import Dead, Script

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.runners.python_values import Value
    from pytest_boss_gates.evidence.steps import Lines, Step

_SHELL = frozenset({".sh", ".bash", ".zsh", ".ksh", ".command"})
_BATCH = frozenset({".bat", ".cmd"})
_OTHERS = frozenset(".rb .js .mjs .cjs .ts .pl .php .lua .r .go .fish .exe .jar .pyz".split())
_SHEBANG = re.compile(r"#!\s*(?:\S*/)?(?:env\s+(?:-S\s+)?(?:\w+=\S+\s+)*)?([\w.-]+)(.*)")
_SHELL_NAME = re.compile(r"(?:ba|da|z|k|a)?sh")
_IGNORED = re.compile(r"(?i)\s*(?:rem\b|::|:\w|echo off|setlocal|endlocal|if\b|for\b|\)|goto\b)")
_MOST_STEPS = 1_000
_CHECKED = frozenset({"subprocess.check_call", "subprocess.check_output"})
_UNCHECKED = frozenset(
    """subprocess.run subprocess.call subprocess.Popen subprocess.getoutput
    subprocess.getstatusoutput os.system os.popen""".split()
)
_ASKED = frozenset("returncode check_returncode wait poll communicate".split())
_APIS = {
    "unittest.main": "python -m unittest",
    "pytest.main": "pytest",
    "pytest.cmdline.main": "pytest",
    "py.test.cmdline.main": "pytest",
    "nose.main": "nosetests",
    "nose.run": "nosetests",
    "mypy.api.run": "mypy",
    "mypy.main.main": "mypy",
    "pylint.lint.Run": "pylint",
    "flake8.main.cli.main": "flake8",
    "sphinx.cmd.build.main": "sphinx-build",
}
_STOPS = {  # how a script says that it looks at what its commands return
    ".bat": "errorlevel",
    ".cmd": "errorlevel",
    ".ps1": "psnativecommanduseerroractionpreference",
}
_LEAVES = frozenset({"unittest.main", "nose.main", "pylint.lint.Run"})  # with their own status


def script_at(
    path: str,
    arguments: Sequence[str],
    reading: Reading,
    directory: str = "",
    env: Mapping[str, str] | None = None,
) -> tuple[Step, ...]:
    """Give what a script that stands in the tree runs; () for what is no script that we read."""
    lines = reading.numbered(path)
    if not any(text.strip() for _, text in lines):
        return ()
    first = _SHEBANG.match(lines[0][1])
    suffix = posixpath.splitext(path)[1].lower()
    program = first[1] if first else ""
    if suffix in (".py", ".pyw") or re.match(r"python|pypy", program) or _uses_uv(first):
        return _python(path, arguments, reading, directory, env or {})
    if not _is_shell(suffix, program):
        return ()
    stops = _stops(suffix, lines)
    if suffix in _BATCH:
        lines = _batch(lines)
    if any("\0" in text for _, text in lines[:20]):
        return ()
    return (
        Script(
            path=path,
            lines=lines,
            directory=directory,
            env=env or {},
            arguments=tuple(arguments),
            errexit=stops,
        ),
    )


def _uses_uv(shebang: re.Match[str] | None) -> bool:
    """Whether ``uv run --script`` starts it."""
    return bool(shebang and shebang[1] == "uv" and "run" in shebang[2])


def _is_shell(suffix: str, program: str) -> bool:
    """Whether a shell reads a file; what says nothing of itself but a strange suffix is data."""
    if suffix in _OTHERS:
        return False
    if program:
        return _SHELL_NAME.fullmatch(program) is not None
    return not suffix or suffix in _SHELL or suffix in _BATCH or suffix == ".ps1"


def _stops(suffix: str, lines: Lines) -> bool:
    """Whether a script of Windows stops at a command that fails."""
    sign = _STOPS.get(suffix)
    return sign is not None and sign in "\n".join(text for _, text in lines[-5_000:]).lower()


def _batch(lines: Lines) -> Lines:
    """Write cmd's text in the shell's words."""
    written: list[tuple[int, str]] = []
    for number, line in lines:
        text = line.strip().removeprefix("@")
        text = re.sub(r"(?i)^call\s+", "", text)
        if _IGNORED.match(text):
            text = ""
        text = text.replace("%*", '"$@"').replace("\\", "/")
        text = re.sub(r"%~?(?:dp)?(\d)", r"$\1", text)
        text = re.sub(r"%(\w+)%", r"${\1}", text)
        written.append((number, re.sub(r"(?<!&)&(?!&)", ";", text)))
    return tuple(written)


# -- Python


def _python(
    path: str,
    arguments: Sequence[str],
    reading: Reading,
    directory: str,
    env: Mapping[str, str],
) -> tuple[Step, ...]:
    module = reading.python(path)
    if module is None:
        return ()
    try:
        walk = _ScriptWalk(module, path, arguments, env, directory)
        walk.run(module.body)
        for function in _dispatched(module, arguments):
            walk.enter(function, (), {})
    except RecursionError:
        reading.problem(path, "nested too deeply")
        return (Dead(place=reading.place(path), why=f"{path} is nested too deeply"),)
    return tuple(walk.steps[:_MOST_STEPS])


def _dispatched(module: ast.Module, arguments: Sequence[str]) -> Iterator[ast.FunctionDef]:
    """Find what a framework calls for the first argument: Click, Typer, setuptools."""
    asked = next((word for word in arguments if not word.startswith("-")), "")
    for node in module.body:
        match node:
            case ast.FunctionDef(decorator_list=[*decorators]):
                names = [_command_name(node, each) for each in decorators]
                if any(name is not None and name in ("", asked) for name in names):
                    yield node
            case ast.ClassDef(bases=[*bases]) if asked and _is_command(node, bases, asked, module):
                yield from (
                    each
                    for each in node.body
                    if isinstance(each, ast.FunctionDef) and each.name == "run"
                )


def _command_name(function: ast.FunctionDef, decorator: ast.expr) -> str | None:
    """Name the command that a decorator makes; "" for a program of its own, None for none."""
    call = decorator if isinstance(decorator, ast.Call) else None
    made = call.func if call else decorator
    if not isinstance(made, ast.Attribute) or made.attr != "command":
        return None
    if isinstance(made.value, ast.Name) and made.value.id in ("click", "rich_click"):
        return ""
    given = [*call.args[:1], *(k.value for k in call.keywords if k.arg == "name")] if call else []
    named = [each.value for each in given if isinstance(each, ast.Constant)]
    return str(named[0]) if named else function.name.replace("_", "-")


def _is_command(
    node: ast.ClassDef, bases: Sequence[ast.expr], asked: str, module: ast.Module
) -> bool:
    """Whether ``setup(cmdclass={"test": PyTest})`` hands an argument to a class."""
    if not bases:
        return False
    for each in ast.walk(module):
        if isinstance(each, ast.Dict):
            for key, value in zip(each.keys, each.values, strict=True):
                match key, value:
                    case ast.Constant(value=name), ast.Name(id=named):
                        if name == asked and named == node.name:
                            return True
    return False


class _ScriptWalk(Walk):
    """Collects the programs that a Python script starts."""

    def __init__(
        self,
        module: ast.Module,
        path: str,
        arguments: Sequence[str],
        env: Mapping[str, str],
        directory: str,
    ) -> None:
        super().__init__(module, path, {"CI": "true", **env}, directory)
        self.steps: list[Step] = []
        self._given = env
        self._arguments = list(arguments)
        self._imported = dict(_imports(module))
        self._bare, self._asked = _looked_at(module)
        self.top.names["sys"] = Handle("sys")

    def part(self, owner: Handle, name: str) -> Value:
        """Give ``sys.argv``."""
        if owner.name == "sys" and name == "argv":
            return [ROOT + self.path, *self._arguments]
        return super().part(owner, name)

    def called(self, call: ast.Call, name: str, target: Value) -> Value:
        """Note what a call starts."""
        head, dot, rest = name.partition(".")
        full = self._imported.get(head, head) + dot + rest
        if full in _CHECKED or full in _UNCHECKED:
            self._started(call, full)
        elif full in _APIS:
            self._library(call, full)
        elif full.endswith(".run_tests") or (rest == "run" and "TextTestRunner" in name):
            self._add(call, "python -m unittest", [])
        elif full == "os.chdir" and call.args:
            self.directory = self.inside(text_of(self.value(call.args[0])))
        else:
            return self.plain_call(call, name, target)
        return Unknown(name)

    def _started(self, call: ast.Call, name: str) -> None:
        settings = {key.arg: self.value(key.value) for key in call.keywords if key.arg}
        command = self.value(call.args[0]) if call.args else settings.get("args")
        soft: list[str] = []
        checked = name in _CHECKED or truth(settings.get("check", False)) is not False
        if not checked and not self._is_asked(call):
            soft.append(f"{self.path}:{call.lineno}: `{source_of(call.func)}` without a check")
        if isinstance(command, list):
            words = words_of(command)
            text = words[0] if len(words) == 1 and settings.get("shell") else shlex.join(words)
        else:
            text = text_of(command)
        line = call.args[0].lineno if call.args else call.lineno
        directory = self.directory
        if isinstance(settings.get("cwd"), (str, Unknown)):
            directory = self.inside(text_of(settings["cwd"]))
        env = settings.get("env")
        known = env.items() if isinstance(env, dict) else ()
        own = {name: text for name, text in known if isinstance(text, str) and "$" not in text}
        self._append(line, text, directory, own, soft)

    def _is_asked(self, call: ast.Call) -> bool:
        return id(call) not in self._bare and self._asked.get(id(call), True)

    def _library(self, call: ast.Call, name: str) -> None:
        given = self.value(call.args[0]) if call.args else None
        words = words_of(given) if isinstance(given, list) else []
        if given is None and name.startswith("pytest"):
            words = list(self._arguments)
        soft: list[str] = []
        if name not in _LEAVES and not self._is_asked(call):
            soft.append(f"{self.path}:{call.lineno}: what `{name}` returns is not looked at")
        self._add(call, _APIS[name], words, soft)

    def _add(
        self, call: ast.Call, command: str, words: Sequence[str], soft: Sequence[str] = ()
    ) -> None:
        self.spread(call.args)
        text = " ".join([command, shlex.join(words)]).strip()
        self._append(call.lineno, text, self.directory, {}, soft)

    def _append(
        self, line: int, text: str, directory: str, env: Mapping[str, str], soft: Sequence[str]
    ) -> None:
        self.steps.append(
            Script(
                path=self.path,
                lines=tuple((line, part) for part in text.split("\n")),
                directory=directory,
                env={**self._given, **env},
                errexit=False,
                soft=(*self.soft, *soft),
            )
        )


def _imports(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Give what names of the file stand for: ``from subprocess import run as go``."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.asname:
                    yield alias.asname, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _looked_at(module: ast.Module) -> tuple[set[int], dict[int, bool]]:
    """Find the calls whose result nobody takes, and whether a taken one's status is asked for."""
    bare: set[int] = set()
    taken: dict[int, str] = {}
    asked: set[str] = set()
    loaded: set[str] = set()
    status: dict[int, bool] = {}
    for node in ast.walk(module):
        match node:
            case ast.Expr(value=ast.Call() as call):
                bare.add(id(call))
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call() as call):
                taken[id(call)] = name
                status[id(call)] = source_of(call).rpartition(".")[2] in ("run", "Popen")
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                asked.update([name] if attribute in _ASKED else [])
            case ast.Attribute(value=ast.Call() as call, attr=attribute):
                if attribute not in _ASKED:
                    bare.add(id(call))
            case ast.Name(id=name, ctx=ast.Load()):
                loaded.add(name)
    return bare, {call: name in (asked if status[call] else loaded) for call, name in taken.items()}
