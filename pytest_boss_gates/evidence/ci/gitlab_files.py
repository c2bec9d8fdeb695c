"""GitLab's configuration over its files: includes, inputs, ``extends`` and ``!reference``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.ci.gitlab_rules import SCENARIOS, Rules
from pytest_boss_gates.evidence.steps import Dead, Known
from pytest_boss_gates.evidence.yaml_values import leaves, mapping, text_of, texts, variables
from pytest_boss_gates.repository.yaml_lines import Items, Map, Text, text_at

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.model import Place
    from pytest_boss_gates.repository.yaml_lines import Value

_MOST_FILES = 150  # GitLab's own limit
_MOST_MERGED = 100_000  # keys that includes and `extends` may merge altogether
_MOST_COMMANDS = 2_000  # of one script
_DEEPEST_MERGE = 20
_DEEPEST_EXTENDS = 11  # GitLab's own limits
_DEEPEST_REFERENCE = 10
_MOST_REFERENCES = 20_000
_LONGEST_INPUT = 1_000  # characters of one that is put into a text
_INPUT = re.compile(r"\$\[\[\s*inputs\.([\w-]+)[^\]]*\]\]")
_VARIABLE = re.compile(r"\$\{?(\w+)\}?")
_REFERENCE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_ELSEWHERE = ("remote", "project", "artifact")


def expanded(env: Mapping[str, str]) -> dict[str, str]:
    """Put variables into each other, and drop what stays unknown."""
    known = {name: value for name, value in env.items() if "$" not in value}
    for name, value in env.items():
        if name in known:
            continue
        text = _REFERENCE.sub(lambda match: known.get(match[1] or match[2], match[0]), value)
        if "$" not in text:
            known[name] = text
    return known


class Config:
    """The merged configuration; it knows the file of each of its values."""

    def __init__(self, reading: Reading, path: str) -> None:
        self._reading = reading
        self._paths: dict[int, str] = {}
        self._kept: list[Value] = []  # what is only made here must outlive its id
        self._files = 0
        self._merges = _MOST_MERGED
        self._references = _MOST_REFERENCES
        self._jobs: dict[str, Map | None] = {}
        self._missing: dict[str, Text] = {}
        self.elsewhere: list[Known | Dead] = []
        self.templates: list[str] = []
        self.root = self._loaded(path, Map(), ())

    # -- where things stand

    def path_of(self, value: Value) -> str:
        """Name the file a value is written in."""
        return self._paths.get(id(value), "")

    def place(self, value: Value) -> Place:
        """Quote the line of a value."""
        return self._reading.place(self.path_of(value), value.line)

    def place_of_key(self, given: Map, key: str) -> Place:
        """Quote the line of a key, in the file of its value."""
        value = given.get(key, given)
        return self._reading.place(self.path_of(value), given.lines.get(key, value.line))

    def _own(self, value: Value, path: str) -> None:
        pending = [value]
        while pending:
            inner = pending.pop()
            if id(inner) not in self._paths:
                self._paths[id(inner)] = path
                if isinstance(inner, Map):
                    pending += inner.values()
                elif isinstance(inner, Items):
                    pending += inner

    # -- files

    def _loaded(self, path: str, inputs: Map, seen: tuple[str, ...]) -> Map:
        self._files += 1
        documents = self._reading.documents(path)
        if not documents or path in seen or self._files > _MOST_FILES:
            return Map()
        root = documents[0]
        if isinstance(root, Map) and "spec" in root and len(documents) > 1:
            declared = mapping(mapping(root["spec"]).get("inputs"))
            values = {key: mapping(options).get("default") for key, options in declared.items()}
            bound = {key: value for key, value in {**values, **inputs}.items() if value is not None}
            root = _with_inputs(documents[1], bound)
            self._kept.append(root)
        if not isinstance(root, Map):
            return Map()
        self._own(root, path)
        merged = Map(root.line)
        self._kept.append(merged)
        env = expanded(variables(root.get("variables")))
        for item in leaves(root.get("include")):
            for file, given in self._included(item, path, env):
                merged = self._merged(merged, self._loaded(file, given, (*seen, path)), 0)
        return self._merged(merged, root, 0)

    def _included(
        self, item: Text | Map, path: str, env: Mapping[str, str]
    ) -> Iterator[tuple[str, Map]]:
        """Resolve one entry of ``include:``; what stands elsewhere is remembered."""
        place = self._reading.place(path, item.line)
        given = mapping(item)
        if isinstance(item, Map) and not self._counts(item, env):
            return
        template, component = text_of(given.get("template")), text_of(given.get("component"))
        local = item if isinstance(item, Text) else item.get("local")
        if template:
            self.templates.append(template.lower())
            self.elsewhere.append(Known(kind="template", name=template.lower(), place=place))
        elif component:
            name = component.partition("@")[0].partition("/")[2].lower()
            options = variables(given.get("inputs"))
            self.elsewhere.append(Known(kind="component", name=name, place=place, options=options))
        elif isinstance(local, Text) and "://" not in local:
            for file in self._local(local, env):
                if file in self._reading.tree:
                    yield file, mapping(given.get("inputs"))
                else:
                    why = f"include: there is no {file}"
                    self.elsewhere.append(Dead(place=place, why=why))
        else:
            what = text_of(local) or ", ".join(
                f"{key}: {text_of(given.get(key))}" for key in _ELSEWHERE if key in given
            )
            why = f"include: {what or 'an entry that is not known'}: it is not in this repository"
            self.elsewhere.append(Dead(place=place, why=why))

    def _counts(self, item: Map, env: Mapping[str, str]) -> bool:
        """Whether the rules of an entry of ``include:`` may let it in."""
        conditions = Rules(
            item,
            leaves(item["rules"]) if "rules" in item else None,
            env,
            lambda wanted: bool(self._reading.tree.match(wanted)),
        )
        return any(conditions.answer(one, everywhere=True) for one in SCENARIOS)

    def _local(self, text: str, env: Mapping[str, str]) -> Sequence[str]:
        """Name the files of ``local:``, with known variables put in."""
        named = _VARIABLE.sub(lambda match: env.get(match[1], match[0]), text).lstrip("/")
        return self._reading.tree.match(named) if "*" in named else (named,)

    def _merged(self, base: Map, over: Map, depth: int) -> Map:
        """Merge as GitLab does: mappings deeply, everything else replaced."""
        if not base:
            return over
        self._merges -= len(base) + len(over)
        if depth > _DEEPEST_MERGE or self._merges < 0:
            return over
        found = Map(over.line)
        found.update(base)
        found.lines.update(base.lines)
        for key, value in over.items():
            old = base.get(key)
            if isinstance(old, Map) and isinstance(value, Map) and old is not value:
                found[key] = self._merged(old, value, depth + 1)
            else:
                found[key] = value
            found.lines[key] = over.lines.get(key, value.line)
        self._paths[id(found)] = self._paths.get(id(over), "")
        self._kept.append(found)
        return found

    # -- jobs

    def job(self, name: str) -> Map | None:
        """Give a job with all that it extends."""
        return self._extended(name, ())

    def missing(self, name: str) -> Text | None:
        """Name what a job extends and nobody defines here."""
        return self._missing.get(name)

    def _extended(self, name: str, chain: tuple[str, ...]) -> Map | None:
        if name in self._jobs:
            return self._jobs[name]
        own = self.root.get(name)
        if not isinstance(own, Map) or name in chain or len(chain) > _DEEPEST_EXTENDS:
            return None
        found = Map(own.line)
        for parent in texts(self.resolved(own.get("extends"))):
            given = self._extended(parent, (*chain, name))
            if given is None:
                self._missing[name] = parent
                continue
            if parent in self._missing:
                self._missing.setdefault(name, self._missing[parent])
            found = self._merged(found, given, 0)
        self._jobs[name] = found = self._merged(found, own, 0)
        return found

    def resolved(self, value: Value | None, depth: int = 0) -> Value | None:
        """Follow a ``!reference``; None when it leads nowhere."""
        if not isinstance(value, Items) or value.tag != "!reference":
            return value
        names = texts(value)
        self._references -= 1
        if not names or depth > _DEEPEST_REFERENCE or self._references < 0:
            return None
        target: Value | None = self._extended(names[0], ()) or self.root.get(names[0])
        for name in names[1:]:
            target = self.resolved(target, depth + 1)
            target = target.get(name) if isinstance(target, Map) else None
        return self.resolved(target, depth + 1)

    def flat(self, value: Value | None) -> list[Text | Map | Dead]:
        """Flatten a list with the references in it; one that leads nowhere is a dead end."""
        found: list[Text | Map | Dead] = []
        pending: list[tuple[Value, int]] = [] if value is None else [(value, 0)]
        for _ in range(_MOST_COMMANDS):
            if not pending:
                break
            item, depth = pending.pop()
            if not isinstance(item, Items):
                found.append(item)
            elif depth > _DEEPEST_REFERENCE:
                continue
            elif item.tag == "!reference":
                target = self.resolved(item)
                if target is None:
                    why = f"!reference [{', '.join(texts(item))}]: it is not defined here"
                    found.append(Dead(place=self.place(item), why=why))
                else:
                    pending.append((target, depth + 1))
            else:
                pending += [
                    (inner, depth + 1)
                    for inner in reversed(item[: max(_MOST_COMMANDS - len(pending), 0)])
                ]
        return found


def _with_inputs(value: Value, inputs: Mapping[str, Value]) -> Value:
    """Copy a value with inputs put in; what is shared in it stays shared."""
    made: dict[int, Value] = {}

    def put(text: str) -> str:
        return _INPUT.sub(
            lambda match: text_of(inputs.get(match[1]))[:_LONGEST_INPUT] or match[0], text
        )

    def copied(old: Value) -> Value:
        if id(old) in made:
            return made[id(old)]
        if isinstance(old, Text):
            whole = _INPUT.fullmatch(old.strip())
            given = inputs.get(whole[1]) if whole else None
            if isinstance(given, Items | Map):
                return given
            return text_at(old.line, put(old), old.style, old.tag) if "$[[" in old else old
        if isinstance(old, Items):
            items = made[id(old)] = Items(old.line, old.tag)
            items += [copied(inner) for inner in old]
            return items
        given_map = made[id(old)] = Map(old.line, old.tag)
        for key, inner in old.items():
            name = put(key)
            given_map[name] = copied(inner)
            given_map.lines[name] = old.lines.get(key, old.line)
        return given_map

    return copied(value)
