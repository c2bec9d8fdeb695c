"""What one shard of a suite hands over to ``boss-gates check``: a file of JSON with a version.

The classes here are the format: the writer, the reader and the JSON Schema all come from their
fields. A bundle may come from anywhere, so nothing in it is run, and all of it is checked.
"""

from __future__ import annotations

import json
import math
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from enum import Enum
from functools import cache
from types import UnionType
from typing import TYPE_CHECKING, Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from pytest_boss_gates.errors import BossGatesError
from pytest_boss_gates.measure.coverage.sharing import Measured  # noqa: TC001 - read as types
from pytest_boss_gates.measure.recorder import Finished  # noqa: TC001
from pytest_boss_gates.measure.tools.run import Ran  # noqa: TC001

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1
"""The version of the format; it rises when a key goes away or changes its meaning."""

_MOST = 1_000_000  # shards, as the option allows
_T = TypeVar("_T")
_PLAIN = {str: "string", bool: "boolean", int: "integer", float: "number"}
_NAMES = {"string": "a text", "boolean": "true or false", "integer": "a whole number"}


class BundleError(BossGatesError):
    """A file is no bundle, or one that this version cannot read; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkippedFile:
    """A module or class that skipped itself while it was collected."""

    nodeid: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Warned:
    """A kind of warning, and how often it came; ``early`` ones before any test ran."""

    text: str
    path: str
    line: int
    count: int
    early: int = 0  # of them


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What all shards of a set, and whoever judges them, have in common."""

    commit: str  # "" without version control
    python: str  # implementation, minor version and platform
    versions: dict[str, str]  # of the packages that the numbers depend on
    settings: dict[str, str]  # key of [tool.boss-gates] → digest of its value
    sources: dict[str, str]  # path of a source file → digest of its text
    tests: dict[str, str]  # likewise of the test files that it collected from


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What the tests of one shard came to, and what it left to the others."""

    started: float  # seconds since the epoch
    seconds: float  # wall clock
    workers: int
    exit_status: int | None
    broken: str = ""  # why it did not come to its end, or what it left out is not known
    tests: tuple[Finished, ...] = ()
    not_run: tuple[str, ...] = ()  # node ids that were chosen, and did not run
    left_out: tuple[str, ...] = ()  # node ids that were collected, and left to the others
    files_left_out: tuple[str, ...] = ()  # test files that its arguments leave to the others
    skipped_files: tuple[SkippedFile, ...] = ()
    warnings: tuple[Warned, ...] = ()
    deselected: dict[str, int] = field(default_factory=dict)  # scope of a target → tests
    reruns: str = ""  # what repeats tests that fail
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One shard of a suite, whole."""

    shard: int
    of: int
    identity: Identity
    session: Session
    versions: dict[str, str] = field(default_factory=dict)  # what else ran, for the report
    coverage: Measured | None = None  # None: no target asks for it
    tools: dict[str, Ran] = field(default_factory=dict)  # that were run: by the first shard
    installed: dict[str, str | None] = field(default_factory=dict)  # tools' versions there

    def __str__(self) -> str:
        """Name it as the option does."""
        return f"shard {self.shard}/{self.of}"


def render(bundle: Bundle) -> str:
    """Spell a bundle as JSON that ``bundle_schema()`` accepts; ends with a newline."""
    text = json.dumps({"format": FORMAT, **_encoded(bundle)}, allow_nan=False, indent=1)
    return f"{text}\n"


def read(path: Path) -> Bundle:
    """Read a bundle. Raises BundleError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BundleError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise BundleError(f"{path} is not a bundle: it is no JSON ({error}).") from error
    form = content.pop("format", None) if isinstance(content, dict) else None
    if form is None:
        raise BundleError(
            f"{path} is not a bundle, which `pytest --boss-gates --boss-gates-shard=I/N` writes."
        )
    if form != FORMAT:
        raise BundleError(
            f"{path} has format {form!r}, and this version reads format {FORMAT}. Let the shards "
            "and `boss-gates check` have the same version of pytest-boss-gates."
        )
    try:
        bundle: Bundle = _decoded(Bundle, content, "")
    except ValueError as error:
        raise BundleError(f"{path} is damaged: {error}.") from error
    if not 1 <= bundle.shard <= bundle.of < _MOST:
        raise BundleError(f"{path} is damaged: there is no {bundle}.")
    return bundle


def bundle_schema() -> dict[str, Any]:
    """Declare the JSON Schema (draft 2020-12) of what ``render`` gives, version 1."""
    schema = _schema(Bundle)
    schema["properties"] = {"format": {"const": FORMAT}, **schema["properties"]}
    schema["required"] = ["format", *schema["required"]]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:pytest-boss-gates:bundle:{FORMAT}",
        "title": "What a shard of pytest-boss-gates hands over",
        **schema,
    }


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)


def _key(name: str) -> str:
    return name.replace("_", "-")


def _encoded(value: Any) -> Any:
    if is_dataclass(value):
        members = ((each, getattr(value, each.name)) for each in fields(value))
        return {
            _key(each.name): _encoded(member)
            for each, member in members
            if each.default is MISSING or member != each.default
        }
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dict):
        return {key: _encoded(member) for key, member in value.items()}
    return [_encoded(member) for member in value] if isinstance(value, (list, tuple)) else value


def _decoded(kind: Any, value: Any, at: str) -> Any:
    """Make a value of a kind of what JSON gave. Raises ValueError, which says where."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return _one_of(inner, value, at)
    if is_dataclass(kind):
        return _object(kind, value, at)
    if origin is dict:
        members = _expected(dict, value, at)
        return {key: _decoded(inner[1], each, f"{at}.{key}") for key, each in members.items()}
    if origin in (list, tuple):
        return _sequence(origin, inner, _expected(list, value, at), at)
    if isinstance(kind, type) and issubclass(kind, Enum):
        known = [member.value for member in kind]
        if value not in known:
            raise ValueError(f"{at} is none of {', '.join(known)}")
        return kind(value)
    return None if kind is type(None) else _plain(kind, value, at)


def _plain(kind: type, value: Any, at: str) -> Any:
    wanted = (int, float) if kind is float else kind
    if not isinstance(value, wanted) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"{at} is not {_NAMES.get(_PLAIN[kind], 'a number')}")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError(f"{at} is not a finite number")
    return value


def _one_of(kinds: tuple[Any, ...], value: Any, at: str) -> Any:
    if value is None and type(None) in kinds:
        return None
    rest = [kind for kind in kinds if kind is not type(None)]
    for kind in rest[:-1]:
        if isinstance(value, get_origin(kind) or kind):
            return _decoded(kind, value, at)
    return _decoded(rest[-1], value, at)


def _object(kind: Any, value: Any, at: str) -> Any:
    members = _expected(dict, value, at)
    hints, known = _hints(kind), {_key(each.name): each for each in fields(kind)}
    if unknown := sorted(members.keys() - known.keys()):
        raise ValueError(f"{at}.{unknown[0]} is not known".lstrip("."))
    found = {}
    for key, each in known.items():
        if key in members:
            place = f"{at}.{key}".lstrip(".")
            found[each.name] = _decoded(hints[each.name], members[key], place)
        elif each.default is MISSING and each.default_factory is MISSING:
            raise ValueError(f"{at}.{key} is missing".lstrip("."))
    return kind(**found)


def _sequence(origin: Any, inner: tuple[Any, ...], value: list[Any], at: str) -> Any:
    if origin is list or inner[-1] is Ellipsis:
        return origin(_decoded(inner[0], each, f"{at}[{i}]") for i, each in enumerate(value))
    if len(value) != len(inner):
        raise ValueError(f"{at} has {len(value)} entries, not {len(inner)}")
    pairs = enumerate(zip(inner, value, strict=True))
    return tuple(_decoded(kind, each, f"{at}[{index}]") for index, (kind, each) in pairs)


def _expected(kind: type[_T], value: Any, at: str) -> _T:
    if not isinstance(value, kind):
        name = "a table" if kind is dict else "a list"
        raise ValueError(f"{at or 'it'} is not {name}")  # noqa: TRY004 - of the file, not a call
    return value


def _schema(kind: Any) -> dict[str, Any]:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        return {"anyOf": [_schema(each) for each in inner]}
    if is_dataclass(kind):
        hints = _hints(cast("type", kind))
        required = [
            _key(each.name)
            for each in fields(kind)
            if each.default is MISSING and each.default_factory is MISSING
        ]
        return {
            "type": "object",
            "properties": {_key(each.name): _schema(hints[each.name]) for each in fields(kind)},
            "required": required,
            "additionalProperties": False,
        }
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema(inner[1])}
    if origin in (list, tuple):
        if origin is list or inner[-1] is Ellipsis:
            return {"type": "array", "items": _schema(inner[0])}
        each = [_schema(one) for one in inner]
        return {"type": "array", "prefixItems": each, "minItems": len(each), "maxItems": len(each)}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return {"enum": [member.value for member in kind]}
    return {"type": "null"} if kind is type(None) else {"type": _PLAIN[kind]}
