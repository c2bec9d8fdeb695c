"""Docker and Compose: what a build runs inside the image, and what a container is started with."""

from __future__ import annotations

import json
import posixpath
import re
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.launchers import unwrap
from pytest_boss_gates.evidence.steps import Script
from pytest_boss_gates.repository.yaml_lines import Items, Map, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Call, Lines, Step
    from pytest_boss_gates.repository.yaml_lines import Value

HEADS = ("docker", "docker-compose", "podman", "podman-compose")

_MOST_SERVICES = 50
_MOST_INSTRUCTIONS = 500
_FILES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_COMPOSE_VALUES = frozenset(
    """-f --file -p --project-name --profile --env-file --project-directory --ansi --progress
    -e --env -v --volume -w --workdir -u --user --name --entrypoint -l --label --publish
    --exit-code-from --attach --scale --timeout -t --wait-timeout --build-arg -m --memory
    --pull --no-attach --index""".split()
)
_BUILD_VALUES = frozenset(
    """-f --file -t --tag --build-arg --target --platform --cache-from --cache-to --output -o
    --secret --ssh --label --network --progress --iidfile --metadata-file --add-host --builder
    --shm-size --ulimit --build-context --annotation --attest --pull --isolation""".split()
)
_INSTRUCTION = re.compile(r"\s*(?P<name>[A-Za-z]+)\s+(?P<rest>.*)", re.DOTALL)
_FLAGS = re.compile(r"\A(?:--\w+(?:=\S*)?\s+)+")
_HEREDOC = re.compile(r"(?<!<)<<-?\s*[\"']?([A-Za-z_]\w*)[\"']?(?=\s|$)")
_OF_SHELL = re.compile(r"(?:(?:/usr)?/bin/)?(?:ba|da|z|k|a)?sh\b|$")
_NOTICED = frozenset(
    {"--exit-code-from", "--abort-on-container-exit", "--abort-on-container-failure"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Words:
    """A command line: its options with values, its flags, and the other words."""

    options: tuple[tuple[str, str], ...]
    plain: tuple[str, ...]

    def last(self, *names: str) -> str:
        return next((value for name, value in reversed(self.options) if name in names), "")

    def has(self, names: frozenset[str]) -> bool:
        return any(name in names for name, _ in self.options)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Image:
    """What a Dockerfile says: the scripts of its build, and what a container starts."""

    path: str
    runs: tuple[Lines, ...] = ()
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    command_line: int = 0


def expand(call: Call, reading: Reading) -> tuple[Step, ...]:
    """Give what a build runs, or what a container is started with."""
    words = list(call.words)
    if words[0] in ("docker-compose", "podman-compose"):
        return tuple(_compose(call, words[1:], reading))
    if words[1:2] == ["compose"]:
        return tuple(_compose(call, words[2:], reading))
    if "build" in words[1:4] and words[1] not in ("run", "exec"):
        return tuple(_build(call, words[words.index("build") + 1 :], reading))
    inner = unwrap(call.words)
    return (_started(call, inner.words),) if inner is not None and inner.words else ()


def _started(call: Call, words: Sequence[str], soft: tuple[str, ...] = ()) -> Script:
    """A command in a container, as if the repository were mounted where it works."""
    return Script(
        path=call.place.path,
        lines=((call.place.line, shlex.join(words)),),
        directory=call.directory,
        env=call.env,
        soft=soft,
    )


def _split(words: Sequence[str], values: frozenset[str], *, stop: int = 1_000) -> _Words:
    """Take options off; after ``stop`` other words all the rest belongs to the command."""
    options: list[tuple[str, str]] = []
    plain: list[str] = []
    at = 0
    while at < len(words):
        word = words[at]
        name, mark, value = word.partition("=")
        if len(plain) >= stop or not word.startswith("-"):
            plain.append(word)
        elif mark or name not in values:
            options.append((name, value))
        else:
            options.append((name, words[at + 1] if at + 1 < len(words) else ""))
            at += 1
        at += 1
    return _Words(options=tuple(options), plain=tuple(plain))


# -- builds


def _build(call: Call, words: Sequence[str], reading: Reading) -> Iterator[Step]:
    given = _split(words, _BUILD_VALUES)
    context = given.plain[0] if given.plain else "."
    directory = _below(call.directory, context)
    file = given.last("-f", "--file")
    path = _below(call.directory, file) if file else _below(directory, "Dockerfile")
    yield from _built(path, directory, call, reading)


def _built(path: str, directory: str, call: Call, reading: Reading) -> Iterator[Step]:
    image = _image(path, reading)
    for lines in image.runs if image else ():
        yield Script(path=path, lines=lines, directory=directory, env=call.env, errexit=False)


def _image(path: str, reading: Reading) -> _Image | None:
    """Read a Dockerfile; of several stages all count, and the last one's start."""
    if path not in reading.tree:
        return None
    runs: list[Lines] = []
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    line = 0
    for number, name, lines in _instructions(reading.numbered(path)):
        match name:
            case "RUN":
                runs.append(_run(lines))
            case "FROM":
                entrypoint, command, line = (), (), 0
            case "ENTRYPOINT":
                entrypoint = _exec(lines)
            case "CMD":
                command, line = _exec(lines), number
    return _Image(
        path=path,
        runs=tuple(runs[:_MOST_INSTRUCTIONS]),
        entrypoint=entrypoint,
        command=command,
        command_line=line,
    )


def _instructions(lines: Lines) -> Iterator[tuple[int, str, Lines]]:
    """Go through the instructions, each with its own lines and without its name."""
    at = 0
    while at < len(lines):
        number, text = lines[at]
        at += 1
        match = None if text.lstrip().startswith("#") else _INSTRUCTION.match(text)
        if match is None:
            continue
        own = [(number, match["rest"])]
        if match["name"].upper() == "RUN" and (end := _HEREDOC.search(match["rest"])):
            while at < len(lines) and lines[at][1].strip() != end[1]:
                own.append(lines[at])
                at += 1
            if _OF_SHELL.match(_FLAGS.sub("", match["rest"][: end.start()]).strip()):
                own[0] = (number, "")
            else:  # another program's input
                own.append((number, end[1]))
        while own[-1][1].rstrip().endswith("\\") and at < len(lines):
            if lines[at][1].strip() and not lines[at][1].lstrip().startswith("#"):
                own.append(lines[at])
            at += 1
        yield number, match["name"].upper(), tuple(own)


def _run(lines: Lines) -> Lines:
    first, *rest = lines
    text = _FLAGS.sub("", first[1].lstrip(), count=1)
    while rest and text.strip() == "\\":  # flags alone; more of them may follow
        first, *rest = rest
        text = _FLAGS.sub("", first[1].lstrip(), count=1)
    words = _json(text) if not rest else ()
    return ((first[0], shlex.join(words) if words else text), *rest)


def _exec(lines: Lines) -> tuple[str, ...]:
    """Read an exec form, ``["a", "b"]``, or a shell form."""
    text = " ".join(line.rstrip().removesuffix("\\") for _, line in lines)
    return _json(text) or _words(text)


def _json(text: str) -> tuple[str, ...]:
    if not text.strip().startswith("["):
        return ()
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return ()
    return tuple(map(str, value)) if isinstance(value, list) else ()


def _words(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text))
    except ValueError:
        return tuple(text.split())


# -- compose


def _compose(call: Call, words: Sequence[str], reading: Reading) -> Iterator[Step]:
    given = _split(words, _COMPOSE_VALUES, stop=2)
    if not given.plain:
        return
    sub, *rest = given.plain
    path = _compose_file(call, given, reading)
    top = reading.yaml(path) if path else None
    services = top.get("services") if isinstance(top, Map) else None
    if not isinstance(services, Map):
        services = Map()
    home = posixpath.dirname(path)
    if sub in ("run", "exec") and rest:
        service = services.get(rest[0])
        found = service if isinstance(service, Map) else Map()
        yield from _run_service(call, sub, found, rest[1:], home=home, reading=reading)
    elif sub in ("up", "build", "create"):
        every = _split(words, _COMPOSE_VALUES)
        wanted = set(every.plain[1:])
        for name, service in list(services.items())[:_MOST_SERVICES]:
            if isinstance(service, Map) and (not wanted or name in wanted or sub == "up"):
                yield from _up(call, every, sub, service, path=path, reading=reading)


def _compose_file(call: Call, given: _Words, reading: Reading) -> str:
    named = [value for name, value in given.options if name in ("-f", "--file")]
    names = named or [*call.env.get("COMPOSE_FILE", "").split(":"), *_FILES]
    paths = [_below(call.directory, name) for name in names if name]
    return next((path for path in paths if path in reading.tree), "")


def _run_service(
    call: Call, sub: str, service: Map, command: Sequence[str], *, home: str, reading: Reading
) -> Iterator[Step]:
    image = _image_of(service, home, reading)
    entry = _listed(service.get("entrypoint")) or (image.entrypoint if image else ())
    words = tuple(command) or _listed(service.get("command")) or (image.command if image else ())
    if sub == "run" and entry:
        yield _started(call, (_in_tree(entry[0], reading), *entry[1:], *words))
    if words:
        yield _started(call, words)


def _up(
    call: Call, given: _Words, sub: str, service: Map, *, path: str, reading: Reading
) -> Iterator[Step]:
    """Start a service, and build its image first where it has a ``build:``."""
    home = posixpath.dirname(path)
    build = service.get("build")
    if build is not None:
        context, file = _context(build)
        directory = _below(home, context)
        yield from _built(_below(directory, file), directory, call, reading)
    command = service.get("command")
    if sub != "up" or not isinstance(command, Text | Items) or _is_open(_listed(command)):
        return
    line = service.lines.get("command", service.line)
    soft: tuple[str, ...] = ()
    if not given.has(_NOTICED):
        soft = (f"{call.place}: nothing looks at how the container ends",)
    yield Script(
        path=path,
        lines=((line, shlex.join(_listed(command))),),
        directory=home,
        env=call.env,
        soft=soft,
    )


def _image_of(service: Map, home: str, reading: Reading) -> _Image | None:
    build = service.get("build")
    if build is None:
        return None
    context, file = _context(build)
    return _image(_below(_below(home, context), file), reading)


def _context(build: Value) -> tuple[str, str]:
    if isinstance(build, Text):
        return str(build), "Dockerfile"
    if isinstance(build, Map):
        context, file = build.get("context"), build.get("dockerfile")
        return (
            str(context) if isinstance(context, Text) else ".",
            str(file) if isinstance(file, Text) else "Dockerfile",
        )
    return ".", "Dockerfile"


def _is_open(words: Sequence[str]) -> bool:
    """Whether not even the program is known."""
    return not words or words[0].startswith("$")


def _listed(value: Value | None) -> tuple[str, ...]:
    if isinstance(value, Text):
        return _words(value)
    if isinstance(value, Items):
        return tuple(str(item) for item in value if isinstance(item, Text))
    return ()


def _in_tree(program: str, reading: Reading) -> str:
    """Find a program of the image in the tree: ``/app/bin/start`` is ``bin/start``."""
    parts = program.strip("/").split("/")
    for start in range(len(parts)):
        path = "/".join(parts[start:])
        if path in reading.tree:
            return f"//{path}"
    return program


def _below(directory: str, inner: str) -> str:
    path = posixpath.normpath(posixpath.join(directory, inner.removeprefix("//") or "."))
    return "" if path == "." else path
