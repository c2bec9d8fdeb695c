"""YAML as plain values that know their lines: every scalar a text, aliases shared, never run away.

Built from the parser's events and not by a loader, so that ``on`` stays a word, a tag runs
nothing, deep nesting meets a limit instead of the stack, and an alias costs nothing however
often it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEEPEST = 200
_MOST_MERGED = 20_000  # keys that merge keys may bring into one text altogether


class YamlError(ValueError):
    """A text is no YAML, or more than anyone would write; ``line`` counts from 1, 0: unknown."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


class Text(str):
    """A scalar, as written between its quotes; null and numbers come as text, too."""

    __slots__ = ("line", "style", "tag")
    line: int
    style: str  # "" plain, "'", '"', "|" and ">"
    tag: str  # "!reference"; "" without one


class Map(dict[str, "Value"]):
    """A mapping, merge keys resolved; ``lines`` has the line of each key."""

    __slots__ = ("line", "lines", "tag")

    def __init__(self, line: int = 0, tag: str = "") -> None:
        super().__init__()
        self.line = line
        self.tag = tag
        self.lines: dict[str, int] = {}


class Items(list["Value"]):
    """A sequence."""

    __slots__ = ("line", "tag")

    def __init__(self, line: int = 0, tag: str = "") -> None:
        super().__init__()
        self.line = line
        self.tag = tag


Value: TypeAlias = Text | Map | Items


def text_at(line: int, content: str, style: str = "", tag: str = "") -> Text:
    """Make a scalar by hand, as the parser would."""
    text = Text(content)
    text.line, text.style, text.tag = line, style, tag
    return text


def load_yaml(text: str) -> list[Value]:
    """Parse all documents of a text. Raises YamlError and nothing else.

    Values may be shared, and hold themselves, where the text uses aliases.
    """
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return _Builder().build(yaml.parse(text, Loader=loader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = " ".join(part for part in (error.context, error.problem) if part)
        raise YamlError(message or "it is no YAML", mark.line + 1 if mark else 0) from error
    except yaml.YAMLError as error:  # the reader: a character that YAML forbids
        at = getattr(error, "position", None)
        line = text.count("\n", 0, at) + 1 if isinstance(at, int) else 0
        raise YamlError("there is a character that YAML does not allow", line) from error
    except (ValueError, RecursionError) as error:
        if isinstance(error, YamlError):
            raise
        raise YamlError(str(error) or "nested too deeply") from error


class _Builder:
    """A stack of open collections; merge keys wait until their map is closed."""

    def __init__(self) -> None:
        self._documents: list[Value] = []
        self._anchors: dict[str, Value] = {}
        self._open: list[Map | Items] = []
        self._keys: list[Text | None] = []  # of each open map: the key that awaits its value
        self._merges: list[list[Value]] = []
        self._merged = 0

    def build(self, events: Iterator[Any]) -> list[Value]:
        for event in events:
            match type(event).__name__:
                case "ScalarEvent":
                    self._scalar(event)
                case "MappingStartEvent" | "SequenceStartEvent":
                    self._start(event)
                case "MappingEndEvent" | "SequenceEndEvent":
                    self._end()
                case "AliasEvent":
                    self._alias(event)
                case "DocumentStartEvent":
                    self._anchors.clear()
        return self._documents

    def _scalar(self, event: Any) -> None:
        style = event.style if event.style not in (None, ":") else ""
        tag = event.tag or ""
        value = text_at(event.start_mark.line + 1, event.value, style, tag)
        self._anchor(event, value)
        self._add(value)

    def _start(self, event: Any) -> None:
        if len(self._open) >= _DEEPEST:
            raise YamlError("nested too deeply", event.start_mark.line + 1)
        kind = Map if type(event).__name__ == "MappingStartEvent" else Items
        value = kind(event.start_mark.line + 1, event.tag or "")
        self._anchor(event, value)
        self._add(value)
        self._open.append(value)
        self._keys.append(None)
        self._merges.append([])

    def _end(self) -> None:
        value = self._open.pop()
        self._keys.pop()
        for merged in self._merges.pop():
            if isinstance(value, Map):
                self._merge(value, merged)

    def _alias(self, event: Any) -> None:
        value = self._anchors.get(event.anchor)
        if value is None:
            raise YamlError(
                f"there is no anchor {event.anchor!r} before", event.start_mark.line + 1
            )
        self._add(value)

    def _anchor(self, event: Any, value: Value) -> None:
        if event.anchor:
            self._anchors[event.anchor] = value

    def _add(self, value: Value) -> None:
        """Put a value where it belongs: a document, an item, a key, or a key's value."""
        if not self._open:
            self._documents.append(value)
            return
        inner = self._open[-1]
        if isinstance(inner, Items):
            inner.append(value)
            return
        key = self._keys[-1]
        if key is None:  # a key that is a collection cannot be asked for: its name is empty
            self._keys[-1] = value if isinstance(value, Text) else text_at(value.line, "")
            return
        self._keys[-1] = None
        if key == "<<" and not key.style:
            self._merges[-1].append(value)
            return
        inner[key] = value
        inner.lines.setdefault(key, key.line)

    def _merge(self, into: Map, merged: Value) -> None:
        for source in merged if isinstance(merged, Items) else [merged]:
            if not isinstance(source, Map) or source is into:
                continue
            self._merged += len(source)
            if self._merged > _MOST_MERGED:
                raise YamlError("its merge keys bring in too much", into.line)
            for key, value in source.items():
                if key not in into:
                    into[key] = value
                    into.lines[key] = source.lines.get(key, source.line)
