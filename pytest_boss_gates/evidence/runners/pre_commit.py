"""pre-commit and prek: which hooks a call runs; and pre-commit.ci, which runs them by itself."""

from __future__ import annotations

import posixpath
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.shell_values import ROOT
from pytest_boss_gates.evidence.steps import Call, Dead, Job, Known, Script, Trigger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Step
    from pytest_boss_gates.model import Place

HEADS = ("pre-commit", "prek")

_FILES = (".pre-commit-config.yaml", ".pre-commit-config.yml", "prek.toml")
_MOST_HOOKS = 500
_OTHERS = frozenset(
    """install uninstall autoupdate update clean gc init-templatedir install-hooks prepare-hooks
    migrate-config sample-config try-repo validate-config validate-manifest help hook-impl list
    auto-update init-template-dir cache self util completion generate-shell-completion""".split()
)
_VALUED = {
    "-c": "config",
    "--config": "config",
    "--hook-stage": "stage",
    "--stage": "stage",
    "--color": "",
    "--skip": "skip",
    **dict.fromkeys(
        """-s --from-ref --source --from -o --to-ref --origin --to --commit-msg-filename
        --remote-branch --local-branch --remote-name --remote-url --checkout-type -C --cd
        --directory -d""".split(),
        "range",
    ),
}
_IDLE = frozenset("-h --help -V --version --list --dry-run".split())
_SHORT = {"commit": "pre-commit", "push": "pre-push", "merge-commit": "pre-merge-commit"}
_NEVER = {"exclude": (".*", "^.*$", ".+", "^.*"), "files": ("^$",)}
_NO_COMMAND = frozenset({"pygrep", "fail", "docker"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hook:
    """A hook as the configuration lists it."""

    id: str
    alias: str
    repo: str
    place: Place
    entry: str
    entry_line: int
    args: tuple[str, ...]
    language: str
    stages: tuple[str, ...]  # () for all
    never: bool = False


@dataclass(slots=True, kw_only=True)
class _Options:
    """What a command line asks for."""

    config: str = ""
    stage: str = "pre-commit"
    wanted: list[str]
    skip: set[str]
    is_wide: bool = False  # looks at more than what is staged
    idle: bool = False


def expand(call: Call, reading: Reading) -> tuple[Step, ...]:
    """Follow ``pre-commit run`` to the hooks that it runs."""
    options = _options(call)
    if options.idle:
        return ()
    shown = " ".join(call.words)[:100]
    path = _path(options.config, call.directory, reading)
    if not path:
        name = options.config or _FILES[0]
        return (Dead(place=call.place, why=f"{shown}: there is no {name}"),)
    hooks = list(_hooks(path, reading))
    soft: tuple[str, ...] = ()
    if not options.is_wide and options.stage in ("pre-commit", "manual"):
        soft = (f"{call.place}: without --all-files it looks only at what is staged",)
    steps = [_step(hook, call, soft) for hook in hooks if _runs(hook, options)]
    for name in options.wanted:
        if not any(_runs(hook, options, only=name) for hook in hooks) and name not in options.skip:
            why = f"there is no hook {name} for {options.stage} in {path}"
            steps.append(Dead(place=call.place, why=f"{shown}: {why}"))
    return tuple(steps)


def pre_commit_ci(reading: Reading) -> Iterator[Job]:
    """Give the job of pre-commit.ci, when the configuration speaks to it."""
    path = _FILES[0]
    config = reading.yaml(path)
    if not isinstance(config, dict) or "ci" not in config:
        return
    settings = config["ci"]
    skipped = _texts(settings.get("skip")) if isinstance(settings, dict) else ()
    place = reading.place(path, config.lines.get("ci", 0))
    call = Call(words=("pre-commit", "run", "--all-files"), place=place)
    options = _Options(wanted=[], skip=set(skipped), is_wide=True)
    steps = [_step(hook, call, ()) for hook in _hooks(path, reading) if _runs(hook, options)]
    yield Job(
        system="pre-commit-ci",
        name=f"{path}: pre-commit.ci",
        place=place,
        triggers=frozenset({Trigger.PUSH, Trigger.CHANGE}),
        steps=tuple(steps),
    )


# -- the command line


def _options(call: Call) -> _Options:
    skip = {name for key in ("SKIP", "PREK_SKIP") for name in call.env.get(key, "").split(",")}
    options = _Options(wanted=[], skip={name.strip() for name in skip})
    words = list(call.words[1:])
    command = ""
    while words:
        word = words.pop(0)
        name, glued, value = word.partition("=")
        if name in _VALUED:
            value = value if glued else (words.pop(0) if words else "")
            _set(options, _VALUED[name], value)
        elif word.startswith("-"):
            _flag(options, word, words)
        elif not command and word in _OTHERS:
            options.idle = True
        elif not command and word == "run":
            command = word
        else:
            options.wanted.append(word)
    return options


def _flag(options: _Options, word: str, words: list[str]) -> None:
    """Take an option that stands alone, or ``--files`` with all its names."""
    if word == "--files":
        options.is_wide = True
        while words and not words[0].startswith("-"):
            words.pop(0)
    elif word in ("-a", "--all-files", "--last-commit") or re.fullmatch(r"-v*av*", word):
        options.is_wide = True
    elif word in _IDLE:
        options.idle = True


def _set(options: _Options, kind: str, value: str) -> None:
    match kind:
        case "config":
            options.config = value
        case "stage":
            options.stage = _SHORT.get(value, value)
        case "skip":
            options.skip.update(value.split(","))
        case "range":
            options.is_wide = True


def _path(config: str, directory: str, reading: Reading) -> str:
    if config:
        inner = config.lstrip("/") if config.startswith(ROOT) else f"{directory}/{config}"
        path = posixpath.normpath(inner.lstrip("/"))
        return path if path in reading.tree else ""
    return next((path for path in _FILES if path in reading.tree), "")


# -- the configuration


def _hooks(path: str, reading: Reading) -> Iterator[_Hook]:
    is_toml = path.endswith(".toml")
    config: object = reading.toml(path) if is_toml else reading.yaml(path)
    if not isinstance(config, dict):
        return
    default = _texts(config.get("default_stages"))
    number = 0
    for at, repo in enumerate(_items(config.get("repos"))):
        if not isinstance(repo, dict) or not isinstance(repo.get("repo"), str):
            continue
        for inner, hook in enumerate(_items(repo.get("hooks"))):
            number += 1
            if number > _MOST_HOOKS:
                return
            if not isinstance(hook, dict) or not isinstance(hook.get("id"), str):
                continue
            keys = ("repos", at, "hooks", inner)

            def line(
                key: str, hook: dict[str, object] = hook, keys: tuple[str | int, ...] = keys
            ) -> int:
                if is_toml:
                    return reading.toml_place(path, (*keys, key)).line
                return int(getattr(hook.get(key), "line", 0))

            yield _Hook(
                id=str(hook["id"]),
                alias=_text(hook.get("alias")),
                repo=str(repo["repo"]),
                place=reading.place(path, line("id")),
                entry=_text(hook.get("entry")),
                entry_line=line("entry") if "entry" in hook else line("id"),
                args=_texts(hook.get("args")),
                language=_text(hook.get("language")),
                stages=tuple(_SHORT.get(s, s) for s in _texts(hook.get("stages")) or default),
                never=any(_text(hook.get(key)) in values for key, values in _NEVER.items()),
            )


def _text(value: object) -> str:
    return str(value) if isinstance(value, str) else ""


def _items(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _texts(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (str(value),) if value else ()
    return tuple(str(item) for item in _items(value) if isinstance(item, str))


def _runs(hook: _Hook, options: _Options, only: str = "") -> bool:
    names = {hook.id, hook.alias} - {""}
    wanted = {only} if only else set(options.wanted)
    if hook.never or hook.repo == "meta" or names & options.skip:
        return False
    if wanted and not names & wanted:
        return False
    return not hook.stages or options.stage in hook.stages


def _step(hook: _Hook, call: Call, soft: tuple[str, ...]) -> Step:
    """A local hook is a command; another one is known by its name."""
    if hook.repo == "local" and hook.entry and hook.language not in _NO_COMMAND:
        entry = " ".join(hook.entry.split())
        if hook.language == "docker_image":
            entry = f"docker run {entry}"
        elif hook.language == "script" and "/" not in entry.split(" ")[0]:
            entry = f"./{entry}"
        return Script(
            path=hook.place.path,
            lines=((hook.entry_line, " ".join([entry, shlex.join(hook.args)]).strip()),),
            env=call.env,
            soft=soft,
        )
    options = {"repo": hook.repo, "args": shlex.join(hook.args)}
    if hook.entry:
        options["entry"] = hook.entry
    return Known(kind="hook", name=hook.id.lower(), place=hook.place, options=options, soft=soft)
