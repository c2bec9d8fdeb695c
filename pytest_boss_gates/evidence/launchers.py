"""Commands that run another command: ``uv run``, ``python -m``, ``sudo``, ``bash -c``."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PYTHON = re.compile(
    r"(?:python|pypy|py)(?:\d(?:\.\d+)?t?)?(?:w|\.exe)?"
    r"|\$[({]\w*(?:PYTHON|PY)\w*(?:[:-][^)}]*)?[)}]"
    r"|\{?env_?python\}?",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(r"\$\{[^}]*\}|\$\([^)]*\)")
"""A word that only running could tell: options or nothing, where a command follows it."""
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=(?!=)")
_GLUED = re.compile(r"^(?:\$\{[^}]*\}|\$\([^)]*\)|\$\w+/)+(?=[A-Za-z._/-])")
_SHELL = re.compile(r"(?:ba|da|z|k|a)?sh|pwsh|powershell|cmd")
_SHELL_EXE = re.compile(r"\.exe$|\.cmd$|\.bat$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inner:
    """What a launcher runs: a command, a shell's text, or a file with arguments."""

    words: tuple[str, ...] = ()
    text: str = ""
    file: str = ""  # as written; ``words`` are its arguments then
    module: str = ""  # `python -m`: as written, for a module that is the repository's own
    directory: str = ""  # where, relative to where the launcher stands
    errexit: bool = False  # of ``text`` and of a shell's file
    interpreter: str = ""  # "python" or "sh", for a file
    env: Mapping[str, str] = field(default_factory=dict)  # that it sets: `env TOXENV=lint tox`


@dataclass(frozen=True, slots=True, kw_only=True)
class _Launcher:
    """How a launcher is written: its subcommand, the options with values, what comes first."""

    sub: tuple[str, ...] = ()
    values: frozenset[str] = frozenset()
    skip: int = 0  # words before the command: an image, a service, a time
    dashes: bool = False  # the command comes after `--`, and only then
    module: frozenset[str] = frozenset()  # options whose value is a module to run
    python: bool = False  # a file is given to Python
    directory: frozenset[str] = frozenset()  # options whose value is a directory
    versions: bool = False  # `ruff@latest`


def _options(text: str) -> frozenset[str]:
    return frozenset(text.split())


_UV = _options(
    """--with --with-editable --with-requirements -p --python --extra --no-extra --group --no-group
    --only-group --package --no-package --env-file --index --default-index --index-url -i
    --extra-index-url -f --find-links --python-platform --refresh-package --upgrade-package -P
    --config-setting -C --cache-dir --color --config-file --from -w --exclude-newer --resolution
    --link-mode --keyring-provider --index-strategy --prerelease --reinstall-package
    --upgrade-group --no-binary-package --no-build-package --constraints -c --overrides -b"""
)
_DOCKER = _options(
    """-e --env --env-file -v --volume -w --workdir -u --user --name --network --net -p --publish
    --entrypoint --platform -l --label --mount --add-host --cpus -m --memory --shm-size --ulimit
    --cap-add --security-opt --link --hostname -h --ip --dns --gpus --runtime --tmpfs --pull
    --log-driver --log-opt --restart --expose --device --pid --ipc --index"""
)
_COMPOSE = _options(
    "-f --file -p --project-name --profile --env-file --project-directory --ansi --progress"
)
_NONE = frozenset[str]()

_LAUNCHERS: Mapping[str, tuple[_Launcher, ...]] = {
    "uv": (
        _Launcher(
            sub=("run",),
            values=_UV,
            module=_options("-m --module"),
            python=True,
            directory=_options("--directory --project"),
        ),
        _Launcher(sub=("tool", "run"), values=_UV, versions=True),
    ),
    "uvx": (_Launcher(values=_UV, versions=True),),
    "poetry": (
        _Launcher(
            sub=("run",),
            values=_options("-C --directory -P --project"),
            directory=_options("-C --directory"),
            python=True,
        ),
    ),
    "rye": (_Launcher(sub=("run",)),),
    "pipx": (
        _Launcher(
            sub=("run",),
            values=_options("--spec --python --pip-args --index-url -i --with"),
            versions=True,
        ),
    ),
    "conda": (_Launcher(sub=("run",), values=_options("-n --name -p --prefix --cwd")),),
    "mamba": (_Launcher(sub=("run",), values=_options("-n --name -p --prefix --cwd")),),
    "micromamba": (
        _Launcher(sub=("run",), values=_options("-n --name -p --prefix -r --root-prefix --cwd -e")),
    ),
    "sudo": (_Launcher(values=_options("-u --user -g --group -C -D -h -p -U")),),
    "doas": (_Launcher(values=_options("-u")),),
    "gosu": (_Launcher(skip=1),),
    "su-exec": (_Launcher(skip=1),),
    "env": (_Launcher(values=_options("-u --unset -C --chdir")),),
    "time": (_Launcher(values=_options("-f -o")),),
    "nice": (_Launcher(values=_options("-n")),),
    "ionice": (_Launcher(values=_options("-c -n")),),
    "nohup": (_Launcher(),),
    "exec": (_Launcher(values=_options("-a")),),
    "command": (_Launcher(),),
    "builtin": (_Launcher(),),
    "stdbuf": (_Launcher(values=_options("-i -o -e")),),
    "unbuffer": (_Launcher(),),
    "chronic": (_Launcher(),),
    "setarch": (_Launcher(),),
    "timeout": (_Launcher(values=_options("-s --signal -k --kill-after"), skip=1),),
    "gtimeout": (_Launcher(values=_options("-s --signal -k --kill-after"), skip=1),),
    "xargs": (
        _Launcher(
            values=_options("-n -P -I -L -d -E -s -a --max-args --max-procs --delimiter --replace")
        ),
    ),
    "parallel": (_Launcher(values=_options("-j --jobs -a")),),
    "xvfb-run": (_Launcher(values=_options("-s --server-args -n --server-num -e -f -w")),),
    "dbus-run-session": (_Launcher(values=_options("--config-file")),),
    "catchsegv": (_Launcher(),),
    "retry": (_Launcher(values=_options("-t -d -m --times --delay"), dashes=False),),
    "travis_retry": (_Launcher(),),
    "travis_wait": (_Launcher(),),
    "winpty": (_Launcher(),),
    "doppler": (_Launcher(sub=("run",), dashes=True),),
    "op": (_Launcher(sub=("run",), dashes=True),),
    "dotenv": (_Launcher(sub=("run",), values=_options("-f -e")), _Launcher(dashes=True)),
    "direnv": (_Launcher(sub=("exec",), skip=1),),
    "mise": (_Launcher(sub=("exec",), dashes=True), _Launcher(sub=("x",), dashes=True)),
    "asdf": (_Launcher(sub=("exec",)),),
    "bundle": (_Launcher(sub=("exec",)),),
    "npx": (_Launcher(values=_options("-p --package -c --call"), versions=True),),
    "bunx": (_Launcher(versions=True),),
    "pnpm": (_Launcher(sub=("exec",)), _Launcher(sub=("dlx",), versions=True)),
    "yarn": (_Launcher(sub=("dlx",), versions=True), _Launcher(sub=("exec",))),
    "corepack": (_Launcher(),),
    "devbox": (_Launcher(sub=("run",), dashes=True),),
    "docker": (
        _Launcher(sub=("compose", "run"), values=_DOCKER | _COMPOSE, skip=1),
        _Launcher(sub=("compose", "exec"), values=_DOCKER | _COMPOSE, skip=1),
        _Launcher(sub=("run",), values=_DOCKER, skip=1),
        _Launcher(sub=("exec",), values=_DOCKER, skip=1),
        _Launcher(sub=("container", "run"), values=_DOCKER, skip=1),
    ),
    "docker-compose": (
        _Launcher(sub=("run",), values=_DOCKER | _COMPOSE, skip=1),
        _Launcher(sub=("exec",), values=_DOCKER | _COMPOSE, skip=1),
    ),
    "podman": (
        _Launcher(sub=("run",), values=_DOCKER, skip=1),
        _Launcher(sub=("exec",), values=_DOCKER, skip=1),
    ),
    "devcontainer": (
        _Launcher(sub=("exec",), values=_options("--workspace-folder --config --id-label")),
    ),
    "coverage": (
        _Launcher(
            sub=("run",),
            values=_options(
                "--rcfile --source --omit --include --data-file --context --concurrency "
                "--source-pkgs --save-signal"
            ),
            module=_options("-m"),
            python=True,
        ),
    ),
    "kernprof": (_Launcher(values=_options("-o"), python=True),),
    "memray": (_Launcher(sub=("run",), values=_options("-o"), module=_options("-m"), python=True),),
    "ddtrace-run": (_Launcher(),),
    "opentelemetry-instrument": (_Launcher(values=_options("--service_name")),),
    "watchmedo": (_Launcher(sub=("auto-restart",), dashes=True),),
    "wait-for-it": (_Launcher(dashes=True),),
    "wait-for-it.sh": (_Launcher(dashes=True),),
    "wait-for": (_Launcher(dashes=True),),
    "cross-env": (_Launcher(),),
    "dotenvx": (_Launcher(sub=("run",), dashes=True),),
}
_PYTHON_VALUES = _options("-W -X --check-hash-based-pycs -Q")


def unwrap(words: Sequence[str]) -> Inner | None:
    """Take one launcher off a command; None when it launches nothing."""
    head = base_name(words[0])
    if PYTHON.fullmatch(head) and not re.match(r"py(?:\d.*)?$", head):
        return _python(words[1:])
    if head == "py" and any(word.startswith(("-m", "-3", "-2")) for word in words[1:3]):
        return _python(words[1:])
    if _SHELL.fullmatch(_SHELL_EXE.sub("", head)):
        return _shell(words)
    if len(words) > 1 and head in (".", "source", "eval", "find", "nix", "nix-shell"):
        return _builtin(head, words)
    if head == "command" and {"-v", "-V"} & set(words[1:2]):
        return None  # asks whether there is such a command
    for launcher in _LAUNCHERS.get(head, ()):
        if (inner := _launched(launcher, words[1:])) is not None:
            return inner
    return None


def _builtin(head: str, words: Sequence[str]) -> Inner | None:
    if head in ("nix", "nix-shell"):
        return _nix(words)
    if head == "find":
        return _find(words)
    if head == "eval":
        return Inner(text=" ".join(words[1:]))
    return Inner(file=words[1], words=tuple(words[2:]), interpreter="sh")


def _nix(words: Sequence[str]) -> Inner | None:
    """``nix develop .#x -c command`` and ``nix-shell --run "text"``."""
    for number, word in enumerate(words):
        rest = tuple(words[number + 1 :])
        if rest and words[0].endswith("nix") and word in ("-c", "--command", "--"):
            return Inner(words=rest)
        if rest and words[0].endswith("shell") and word in ("--run", "--command"):
            return Inner(text=rest[0])
    return None


def base_name(word: str) -> str:
    """Give a command's own name: no directory, no glued variable, no ``.exe``."""
    bare = _GLUED.sub("", word)
    if bare.startswith("$(") and bare.endswith(")"):  # which program, only running could tell
        return bare
    name = posixpath.basename(bare.replace("\\", "/")) or bare
    return name.removesuffix(".exe")


def _launched(launcher: _Launcher, words: Sequence[str]) -> Inner | None:
    found = _behind_subcommand(launcher, words)
    if found is None:
        return None
    rest, directory = found
    if launcher.dashes:
        return _command(rest[rest.index("--") :], launcher, "") if "--" in rest else None
    return _behind_options(launcher, rest, directory)


def _behind_subcommand(
    launcher: _Launcher, words: Sequence[str]
) -> tuple[Sequence[str], str] | None:
    """Give the words after a launcher's subcommand, and the directory that came before it."""
    at, directory = 0, ""
    for wanted in launcher.sub:
        before = at
        at = _skip_options(words, at, launcher.values | launcher.directory)
        for option, value in zip(words[before:at], words[before + 1 : at], strict=False):
            directory = value if option in launcher.directory else directory
        if at >= len(words) or words[at] != wanted:
            return None
        at += 1
    return words[at:], directory


def _behind_options(launcher: _Launcher, words: Sequence[str], directory: str) -> Inner | None:
    """Give what a launcher runs, after its options and the variables that it sets."""
    at = 0
    env: dict[str, str] = {}
    while at < len(words) and _is_before_command(words, at, skip=launcher.skip):
        word = words[at]
        name, mark, value = word.partition("=")
        if name in launcher.module:
            rest = [value, *words[at + 1 :]] if mark else list(words[at + 1 :])
            return replace(_module(rest), directory=directory) if rest else None
        if name in launcher.directory:
            directory = value if mark else "".join(words[at + 1 : at + 2])
        elif not word.startswith("-") and mark:
            env[name] = value
        takes = not mark and name in launcher.values | launcher.directory
        at += 2 if takes and word.startswith("-") else 1
    inner = _command(words[at + launcher.skip :], launcher, directory)
    return replace(inner, env=env) if inner and env else inner


def _is_before_command(words: Sequence[str], at: int, *, skip: int) -> bool:
    """Whether a word is the launcher's own: an option, an assignment, or what nobody knows."""
    word = words[at]
    if word == "--":
        return False
    if word.startswith("-"):
        return True
    if skip:
        return False
    unknown = _UNKNOWN.fullmatch(word) is not None and at + 1 < len(words)
    return unknown or _ASSIGNMENT.match(word) is not None


def _command(words: Sequence[str], launcher: _Launcher, directory: str) -> Inner | None:
    words = list(words)
    if words[:1] == ["--"]:
        words = words[1:]
    if not words:
        return None
    if launcher.versions:
        words[0] = re.sub(r"(?<=.)(?:\[[^\]]*\])?(?:@|==|>=|~=).*$", "", words[0])
    if launcher.python and words[0].endswith(".py"):
        return Inner(
            file=words[0], words=tuple(words[1:]), interpreter="python", directory=directory
        )
    return Inner(words=tuple(words), directory=directory)


def _skip_options(words: Sequence[str], at: int, values: frozenset[str]) -> int:
    while at < len(words) and words[at].startswith("-") and words[at] != "--":
        at += 2 if words[at] in values else 1
    return at


def _python(words: Sequence[str]) -> Inner | None:
    at = 0
    while at < len(words) and (words[at].startswith("-") or _UNKNOWN.fullmatch(words[at])):
        word = words[at]
        if word in ("-m", "--m"):
            return _module(words[at + 1 :]) if words[at + 1 :] else None
        if re.fullmatch(r"-[bBdEiIOPqRsSuvx]*m", word):
            return _module(words[at + 1 :]) if words[at + 1 :] else None
        if word.startswith("-m") and len(word) > 2:
            return _module((word[2:], *words[at + 1 :]))
        if word in ("-c", "-"):
            return None
        at += 2 if word in _PYTHON_VALUES else 1
    if at >= len(words):
        unknown = words and _UNKNOWN.fullmatch(words[-1])  # `python $FILE`
        return Inner(file=words[-1], interpreter="python") if unknown else None
    return Inner(file=words[at], words=tuple(words[at + 1 :]), interpreter="python")


def _module(words: Sequence[str]) -> Inner:
    """Spell a module as the command that it is: ``pre_commit`` → ``pre-commit``."""
    module, *rest = words
    name = "trial" if module == "twisted.trial" else module.removesuffix(".__main__")
    return Inner(words=(name.replace("_", "-"), *rest), module=module)


def _shell(words: Sequence[str]) -> Inner | None:
    """``bash -ec "text"`` or ``bash file arguments``."""
    errexit = False
    at = 1
    while at < len(words) and words[at][:1] in ("-", "/", "+"):
        word = words[at]
        if word.lower() in ("/c", "/k", "-command", "-c") or re.fullmatch(r"-[a-zA-Z]*c", word):
            errexit = errexit or ("e" in word and len(word) < 6)
            text = (
                " ".join(words[at + 1 :])
                if word[0] == "/"
                else next(iter(words[at + 1 : at + 2]), "")
            )
            return Inner(text=text, errexit=errexit) if text else None
        if word.lower() in ("-file", "-f"):
            at += 1
            break
        if word in ("-o", "+o", "-O"):
            errexit = errexit or words[at + 1 : at + 2] == ["errexit"]
            at += 2
            continue
        if word.startswith("/") and not re.fullmatch(r"/[a-zA-Z](?::\w+)?", word):
            break
        if re.fullmatch(r"-\w+", word) and "e" in word:
            errexit = True
            if word.endswith("o"):
                at += 1
        at += 1
    if at >= len(words):
        return None
    return Inner(file=words[at], words=tuple(words[at + 1 :]), interpreter="sh", errexit=errexit)


def _find(words: Sequence[str]) -> Inner | None:
    for number, word in enumerate(words):
        if word in ("-exec", "-execdir"):
            rest = [text for text in words[number + 1 :] if text not in (";", "+", "{}")]
            return Inner(words=tuple(rest)) if rest else None
    return None
