"""npm, yarn, pnpm and bun: the scripts of package.json, also those of workspaces."""

from __future__ import annotations

import json
import posixpath
import re
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.runners.task_scripts import (
    dead,
    inside,
    itself,
    lines_at,
    nearest,
    quoted,
    table_of,
)
from pytest_boss_gates.evidence.steps import Script, Through

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Call, Step

HEADS = (
    "npm",
    "yarn",
    "pnpm",
    "bun",
    "npm-run-all",
    "npm-run-all2",
    "run-s",
    "run-p",
    "concurrently",
)

_MOST_PACKAGES = 200
_MOST_SCRIPTS = 500
_VALUES = frozenset(
    """--prefix -C --dir --cwd -w --workspace --filter -F --registry --loglevel --userconfig
    --cache --script-shell --workspace-concurrency --network-timeout --use-yarnrc
    --reporter --test-pattern --mutex --include --exclude --from --otp --tag --access""".split()
)
_PACKAGE_VALUES = frozenset({"-w", "--workspace", "--filter", "-F"})
_DIRECTORY_VALUES = frozenset({"--prefix", "-C", "--dir", "--cwd"})
_EVERYWHERE = frozenset({"-r", "--recursive", "--workspaces", "-ws", "--all", "-A"})
_RUN = {
    "npm": frozenset("run run-script rum urn".split()),
    "yarn": frozenset({"run"}),
    "pnpm": frozenset("run run-script".split()),
    "bun": frozenset({"run"}),
}
_SHORT = {"t": "test", "tst": "test", "test": "test", "start": "start", "stop": "stop"}
_INSTALL = """ci install i add clean-install install-clean isntall it install-test
    install-ci-test cit""".split()
_LIFECYCLE = {
    **dict.fromkeys(
        _INSTALL,
        ("preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare"),
    ),
    "publish": (
        "prepublishOnly",
        "prepack",
        "prepare",
        "postpack",
        "publish",
        "postpublish",
    ),
    "pack": ("prepack", "prepare", "postpack"),
    "version": ("preversion", "version", "postversion"),
}
_YARN_OWN = frozenset(
    """add audit autoclean bin cache check config constraints create dedupe dlx exec explain
    generate-lock-entry global help import info init install licenses link list login logout node
    npm outdated owner pack patch plugin policies prune publish rebuild remove run search
    self-update set stage tag team unlink unplug up upgrade upgrade-interactive version versions
    why workspace workspaces""".split()
)
_PNPM_OWN = frozenset(
    """add approve-builds audit bin cache config create dedupe deploy dlx doctor env exec fetch
    import init install-test it licenses link list ls outdated pack patch patch-commit prune publish
    rebuild remove rm root self-update server setup store uninstall unlink up update upgrade
    why""".split()
)
_BUN_OWN = frozenset(
    """a add audit build c create dev exec i init install link outdated patch pm publish
    repl remove rm test unlink update upgrade why x""".split()
)


def expand(call: Call, reading: Reading) -> tuple[Step, ...]:
    """Give the scripts that a call of a package manager, or of npm-run-all, runs."""
    if "$" in call.directory:
        return dead(call, "the directory it runs in is not known")
    head = call.words[0]
    if head == "concurrently":
        return _concurrently(call, reading)
    if head in ("run-s", "run-p") or head.startswith("npm-run-all"):
        return _run_all(call, reading)
    return _managed(call, reading, head)


class _Words:
    """The words of a call, divided into the options of the manager and the rest."""

    def __init__(self, call: Call) -> None:
        self.directory = call.directory
        self.packages: list[str] = []
        self.everywhere = False
        self.if_present = False
        self.plain: list[str] = []
        rest = list(call.words[1:])
        while rest:
            word = rest.pop(0)
            if word == "--":
                self.plain += ["--", *rest]
                break
            name, mark, value = word.partition("=")
            is_full = len(self.plain) >= _needed(call.words[0], self.plain)
            is_passed_on = is_full and not (call.words[0] == "npm" and _is_npms(name))
            if is_passed_on or not word.startswith("-"):
                self.plain.append(word)
                continue
            if name in _VALUES and not mark:
                value = rest.pop(0) if rest else ""
            self._option(name, value)

    def _option(self, name: str, value: str) -> None:
        if name in _DIRECTORY_VALUES:
            self.directory = inside(self.directory, value)
        elif name in _PACKAGE_VALUES:
            self.packages.append(value)
        elif name in _EVERYWHERE:
            self.everywhere = True
        elif name == "--if-present":
            self.if_present = True


def _is_npms(name: str) -> bool:
    """Whether npm takes an option for itself, wherever it stands."""
    return name in _VALUES or name in _EVERYWHERE or name == "--if-present"


def _needed(manager: str, plain: Sequence[str]) -> int:
    """Count the plain words that come before the script's own arguments."""
    first = plain[0] if plain else ""
    if first == "workspace":
        return 4 if plain[2:3] == ["run"] else 3
    if first == "workspaces":
        return 20
    return 2 if first in _RUN[manager] or first in ("exec", "r", "recursive") else 1


def _managed(call: Call, reading: Reading, manager: str) -> tuple[Step, ...]:
    words = _Words(call)
    plain = _narrowed(words, manager)
    if "$" in words.directory:
        return dead(call, "the directory it runs in is not known")
    path = nearest(reading, words.directory, ("package.json",))
    head, *rest = plain or (["install"] if manager == "yarn" else [""])
    if head in _LIFECYCLE:
        return _lifecycle(call, reading, path, _LIFECYCLE[head])
    if head == "exec":
        return _executed(call, rest)
    names, arguments, is_asked = _wanted(manager, head, rest)
    if not names:
        return ()
    if manager in ("npm", "pnpm") and arguments[:1] == ["--"]:
        arguments = arguments[1:]
    paths = _packages(reading, path, words)
    steps = [
        step
        for name in names
        for package in paths
        for step in _scripts(call, reading, package, name, arguments)
    ]
    if steps or words.if_present:
        return tuple(steps)
    if not is_asked:
        return (itself(call, [*names, *arguments]),)  # a program of node_modules
    return _missing(call, names[0], path)


def _executed(call: Call, words: Sequence[str]) -> tuple[Step, ...]:
    """Give the program that ``npm exec -- eslint`` runs."""
    inner = [word for word in words if word != "--"]
    return (itself(call, inner),) if inner and not inner[0].startswith("-") else ()


def _missing(call: Call, name: str, path: str) -> tuple[Step, ...]:
    return dead(call, f"there is no script {name} in {path or 'package.json'}")


def _narrowed(words: _Words, manager: str) -> list[str]:
    """Take off the words that say in which packages the rest runs."""
    match words.plain:
        case ["workspace", name, *rest] if manager == "yarn":
            words.packages = [name]
            return rest
        case ["workspaces", "foreach", *rest] if manager == "yarn":
            words.everywhere = True
            return [word for word in rest if not word.startswith("-")]
        case ["workspaces", "run", *rest] if manager == "yarn":
            words.everywhere = True
            return ["run", *rest]
        case ["recursive" | "multi", *rest]:
            words.everywhere = True
            return rest
    return words.plain


def _wanted(
    manager: str, head: str, rest: Sequence[str]
) -> tuple[tuple[str, ...], list[str], bool]:
    """Give the scripts that are wanted, their arguments, and whether they must be scripts."""
    if head in _RUN[manager]:
        return tuple(rest[:1]), list(rest[1:]), manager in ("npm", "pnpm")
    if head == "restart" and manager == "npm":
        return ("stop", "start"), list(rest), False
    if head in _SHORT and not (manager == "bun" and head in _BUN_OWN):
        return (_SHORT[head],), list(rest), manager == "npm" or head == "test"
    if manager == "npm" or head in _own(manager) or not head:
        return (), [], False
    return (head,), list(rest), False


def _own(manager: str) -> frozenset[str]:
    return {"yarn": _YARN_OWN, "pnpm": _PNPM_OWN, "bun": _BUN_OWN}.get(manager, frozenset())


def _lifecycle(call: Call, reading: Reading, path: str, names: Sequence[str]) -> tuple[Step, ...]:
    """Give the scripts that run by themselves when packages are installed or published."""
    if "--ignore-scripts" in call.words:
        return ()
    return tuple(step for name in names for step in _one(call, reading, path, name, ()))


def _packages(reading: Reading, path: str, words: _Words) -> list[str]:
    """List the package.json files that a script is looked for in."""
    if not words.everywhere and not words.packages:
        return [path] if path else []
    members = _members(reading, path)
    if words.everywhere and not words.packages:
        return [*([path] if path else []), *members]
    chosen: list[str] = []
    for wanted in words.packages:
        bare = wanted.strip("./").rstrip("/")
        for member in [path, *members]:
            if not member:
                continue
            directory = posixpath.dirname(member)
            name = table_of(reading.json(member)).get("name")
            if bare in (directory, posixpath.basename(directory), name) or (
                isinstance(name, str) and name == wanted
            ):
                chosen.append(member)
        if "*" in wanted or "..." in wanted:
            chosen += members
    return list(dict.fromkeys(chosen))


def _members(reading: Reading, path: str) -> list[str]:
    """List the package.json files of the workspaces of a package."""
    root = posixpath.dirname(path)
    declared = table_of(reading.json(path) if path else None).get("workspaces")
    if isinstance(declared, dict):
        declared = declared.get("packages")
    patterns = (
        [item for item in declared if isinstance(item, str)] if (isinstance(declared, list)) else []
    )
    listed = table_of(reading.yaml(posixpath.join(root, "pnpm-workspace.yaml"))).get("packages")
    patterns += (
        [str(item) for item in listed if isinstance(item, str)]
        if (isinstance(listed, list))
        else []
    )
    found: list[str] = []
    for pattern in patterns[:_MOST_PACKAGES]:
        if pattern.startswith("!"):
            continue
        whole = posixpath.normpath(posixpath.join(root, pattern, "package.json"))
        if not whole.startswith(("/", "..")):
            found += reading.tree.match(whole)
    return [item for item in dict.fromkeys(found) if item != path][:_MOST_PACKAGES]


def _scripts(
    call: Call, reading: Reading, path: str, name: str, arguments: Sequence[str]
) -> list[Step]:
    """Give a script with those that run before and after it; empty when it is not there."""
    main = _one(call, reading, path, name, arguments)
    if not main:
        return []
    before = _one(call, reading, path, f"pre{name}", ())
    return [*before, *main, *_one(call, reading, path, f"post{name}", ())]


def _names(reading: Reading, path: str) -> Mapping[str, object]:
    return table_of(reading.json(path) if path else None, "scripts")


def _one(
    call: Call, reading: Reading, path: str, name: str, arguments: Sequence[str]
) -> list[Step]:
    text = _names(reading, path).get(name)
    if not isinstance(text, str) or not text.strip():
        return []
    first = reading.find(path, '"scripts"')
    line = reading.find(path, f"{json.dumps(name, ensure_ascii=False)}:", first)
    if line == first:  # `"name" :`, or all on one line
        line = reading.find(path, json.dumps(name, ensure_ascii=False), first)
    whole = f"{text} {quoted(arguments)}" if arguments else text
    return [
        Script(
            path=path,
            lines=lines_at(line, whole),
            directory=posixpath.dirname(path),
            env=call.env,
            errexit=False,
        )
    ]


def _run_all(call: Call, reading: Reading) -> tuple[Step, ...]:
    """Follow ``run-s lint:*``: the scripts that fit some patterns."""
    path = nearest(reading, call.directory, ("package.json",))
    names = _names(reading, path)
    steps: list[Step] = []
    words = list(call.words[1:])
    if "--" in words:
        words = words[: words.index("--")]
    while words:
        word = words.pop(0)
        if word in ("--max-parallel", "--npm-path", "--config"):
            del words[:1]
        if word.startswith("-"):
            continue
        pattern, *arguments = word.split()
        fitting = [name for name in list(names)[:_MOST_SCRIPTS] if _fits(name, pattern)]
        if not fitting:
            steps += _missing(call, pattern, path)
        for name in fitting:
            steps += _scripts(call, reading, path, name, arguments)
    return tuple(steps)


def _fits(name: str, pattern: str) -> bool:
    """Compare as npm-run-all does: ``*`` is no colon, ``**`` is anything."""
    parts = re.split(r"(\*\*?)", pattern[:200])[:21]
    wild = {"*": "[^:]*", "**": ".*"}
    return (
        re.fullmatch("".join(wild.get(part, re.escape(part)) for part in parts), name) is not None
    )


def _concurrently(call: Call, reading: Reading) -> tuple[Step, ...]:
    """Follow ``concurrently "npm:lint" "pytest -x"``: each word is a command."""
    steps: list[Step] = []
    words = list(call.words[1:])
    soft: tuple[str, ...] = ()
    values = "-n --names -c --prefix-colors -p --prefix -l --prefix-length -m --max-processes"
    values += " --name-separator -t --timestamp-format --restart-tries --restart-after --hide"
    values += " --default-input-target --kill-signal --teardown -P"
    while words:
        word = words.pop(0)
        name, mark, value = word.partition("=")
        if name in ("-s", "--success"):
            value = value if mark else (words.pop(0) if words else "")
            if value != "all":
                soft = (f"{call.place}: concurrently --success {value}",)
        elif word in values.split():
            del words[:1]
        elif word.startswith("-"):
            continue
        elif match := re.match(r"(npm|yarn|pnpm|bun):(\S+)\s*(.*)", word, re.DOTALL):
            steps += _pattern(call, reading, match[2], match[3].split())
        else:
            steps.append(
                Script(
                    path=call.place.path,
                    lines=lines_at(call.place.line, word),
                    directory=call.directory,
                    env=call.env,
                    errexit=False,
                )
            )
    return (Through(steps=tuple(steps), soft=soft),) if soft else tuple(steps)


def _pattern(call: Call, reading: Reading, pattern: str, arguments: Sequence[str]) -> list[Step]:
    path = nearest(reading, call.directory, ("package.json",))
    names = list(_names(reading, path))[:_MOST_SCRIPTS]
    wanted = [name for name in names if _fits(name, pattern.replace("*", "**"))]
    steps = [step for name in wanted for step in _scripts(call, reading, path, name, arguments)]
    return steps or list(_missing(call, pattern, path))
