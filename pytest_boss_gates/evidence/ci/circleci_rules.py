"""When CircleCI runs a job of a workflow: conditions and filters, tried on typical pipelines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pytest_boss_gates.evidence.steps import Trigger
from pytest_boss_gates.evidence.yaml_values import leaves, mapping, text_of, texts
from pytest_boss_gates.repository.yaml_lines import Map, Text, text_at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_boss_gates.repository.yaml_lines import Value

_ANY = "\0"  # a branch, tag or schedule of any name: equal to whatever a condition names
_CHANGES = ("feature/change", "pull/12")
_TAGS = ("v1.2.3", "1.2.3", "release-1.2.3", "1.2.3rc1")
_MAIN = ("main", "master")
_HOLE = re.compile(r"<<\s*([\w.-]+)\s*>>")
_COMPARED = re.compile(r"\s*([\w.-]+|\"[^\"]*\"|'[^']*')\s*(==|!=|starts-with)\s*(.+?)\s*")
_DANGEROUS = re.compile(r"[+*}]\)?[+*{]|\)[+*{]")
_TIMED = re.compile(r"night|schedul|cron|daily|weekly|monthly")
_LONGEST = 500
_DEEPEST = 10
_MOST = 50  # conditions within one
_MOST_PARTS = 500  # and within those


class _Scenario(NamedTuple):
    triggers: frozenset[Trigger]
    branch: str
    tag: str
    values: Mapping[str, str]


def _scenario(
    triggers: set[Trigger], source: str, branch: str = "", tag: str = "", schedule: str = ""
) -> _Scenario:
    values = {
        "pipeline.trigger_source": source,
        "pipeline.git.branch": branch,
        "pipeline.git.tag": tag,
        "pipeline.git.branch.is_default": str(branch == _ANY).lower(),
        "pipeline.schedule.name": schedule,
    }
    return _Scenario(frozenset(triggers), branch, tag, values)


_SCENARIOS = (
    _scenario({Trigger.PUSH}, "webhook", branch=_ANY),
    # A push to any branch is built, and that is the check that a pull request shows.
    _scenario({Trigger.PUSH, Trigger.CHANGE}, "webhook", branch=_CHANGES[0]),
    _scenario({Trigger.TAG}, "webhook", tag=_ANY),
    _scenario({Trigger.SCHEDULE}, "scheduled_pipeline", branch=_ANY, schedule=_ANY),
    _scenario({Trigger.MANUAL}, "api", branch=_ANY),
)


def occasions(workflow: Map, call: Map, parameters: Mapping[str, Value]) -> set[Trigger]:
    """Say on which occasions a workflow runs a job."""
    found: set[Trigger] = set()
    for scenario in _SCENARIOS:
        known: dict[str, Value] = {}
        for name, value in parameters.items():
            timed = Trigger.SCHEDULE in scenario.triggers and _TIMED.search(name)
            if Trigger.MANUAL not in scenario.triggers and not timed:
                known[name] = value
        known |= {name: text_at(0, value) for name, value in scenario.values.items()}
        runs = truth(workflow.get("when"), known) if "when" in workflow else True
        stops = truth(workflow.get("unless"), known) if "unless" in workflow else False
        if runs is not False and stops is not True and _filtered(call, scenario, known):
            found |= scenario.triggers
    return found


def _filtered(call: Map, scenario: _Scenario, known: Mapping[str, Value]) -> bool:
    filters = call.get("filters")
    if isinstance(filters, Text):
        return truth(filters, known) is not False
    given = mapping(filters)
    if scenario.tag:
        return "tags" in given and _passes(given["tags"], _TAGS, any_of=True)
    if "branches" not in given:
        return True
    if scenario.branch == _ANY:
        return _passes(given["branches"], (*_MAIN, "develop", "release/1.2"), any_of=True)
    return _passes(given["branches"], _CHANGES, any_of=False)


def _passes(value: Value, samples: tuple[str, ...], *, any_of: bool) -> bool:
    """Whether a name could pass ``only`` and ``ignore``; ``any_of``: a literal name is enough."""
    given = mapping(value)
    only = texts(given.get("only")) if isinstance(value, Map) else texts(value)
    ignored = texts(given.get("ignore"))
    left = [name for name in samples if not any(_fits(pattern, name) for pattern in ignored)]
    if only:
        if any_of and any(not pattern.startswith("/") for pattern in only):
            return True
        left = [name for name in left if any(_fits(pattern, name) for pattern in only)]
        return bool(left) or (any_of and not ignored)
    return bool(left)


def _fits(pattern: str, name: str) -> bool:
    if not (pattern.startswith("/") and pattern.endswith("/") and len(pattern) > 2):
        return pattern == name
    body = pattern[1:-1]
    if len(body) > _LONGEST or _DANGEROUS.search(body):
        return body in ("(.*)+", "(.*)*")
    try:
        return re.fullmatch(body, name) is not None
    except re.error:
        return False


def call_of(item: Text | Map) -> tuple[str, Map, int]:
    """Give the name, the options and the line of ``- name`` and ``- name: {…}``."""
    if isinstance(item, Text):
        return str(item), Map(), item.line
    wanted = next((name for name in ("run", "when", "unless") if name in item), "")
    name = wanted or next(iter(item), "")
    return name, mapping(item.get(name)), item.lines.get(name, item.line)


def names_of(name: str, call: Map) -> set[str]:
    """Give the names that another job may require a job by."""
    alias = text_of(mapping(call.get("matrix")).get("alias"))
    return {name, text_of(call.get("name")) or name, alias or name}


def behind_approval(workflow: Map) -> set[str]:
    """Name the jobs that wait, directly or not, for a person's approval."""
    held: set[str] = set()
    needs: list[tuple[str, set[str]]] = []
    for item in leaves(workflow.get("jobs")):
        name, call, _ = call_of(item)
        shown = text_of(call.get("name")) or text_of(mapping(call.get("matrix")).get("alias"))
        if text_of(call.get("type")) == "approval":
            held.add(shown or name)
        required: set[str] = set()
        for one in leaves(call.get("requires")):
            required |= {str(one)} if isinstance(one, Text) else set(one)
        needs.append((shown or name, required))
    for _ in range(len(needs) if held else 0):
        more = {name for name, required in needs if required & held} - held
        if not more:
            break
        held |= more
    return held


def truth(
    value: Value | None, known: Mapping[str, Value], touched: set[str] | None = None
) -> bool | None:
    """Evaluate a logic statement; None when only running could tell.

    ``touched`` gets the names of the parameters that it asks for.
    """
    return _Logic(known, set() if touched is None else touched).truth(value, 0)


class _Logic:
    def __init__(self, known: Mapping[str, Value], touched: set[str]) -> None:
        self._known = known
        self._touched = touched
        self._left = _MOST_PARTS

    def truth(self, value: Value | None, depth: int) -> bool | None:
        self._left -= 1
        if isinstance(value, Text):
            return _scalar(value, self._known, self._touched)
        if not isinstance(value, Map) or depth > _DEEPEST or self._left < 0:
            return None
        parts = [self._part(name, content, depth) for name, content in [*value.items()][:_MOST]]
        return _all(parts) if parts else None

    def _part(self, name: str, content: Value, depth: int) -> bool | None:
        match name:
            case "and" | "or":
                parts = [self.truth(item, depth + 1) for item in leaves(content)[:_MOST]]
                return _all(parts) if name == "and" else _not(_all([*map(_not, parts)]))
            case "not":
                return _not(self.truth(content, depth + 1))
            case "equal":
                words = [self._word(item) for item in leaves(content)[:_MOST]]
                return _equal(words)
            case "matches":
                word = self._word(mapping(content).get("value"))
                return _matches(text_of(mapping(content).get("pattern")), word)
        return None

    def _word(self, value: Value | None) -> str | None:
        return _word(value, self._known, self._touched)


def _not(value: bool | None) -> bool | None:  # noqa: FBT001 - a truth value is what it is about
    return None if value is None else not value


def _all(parts: list[bool | None]) -> bool | None:
    return False if False in parts else None if None in parts else True


def _word(value: Value | None, known: Mapping[str, Value], touched: set[str]) -> str | None:
    """Give a scalar with what it asks for put in; None when that is not known."""
    if not isinstance(value, Text):
        return None
    text = str(value)
    for match in _HOLE.finditer(value):
        touched.add(match[1])
        given = known.get(match[1])
        if not isinstance(given, Text):
            return None
        text = text.replace(match[0], given)
    return text


def _equal(words: list[str | None]) -> bool | None:
    if None in words:
        return None
    plain = {word for word in words if word != _ANY}
    if len(plain) == len(set(words)):
        return len(plain) <= 1
    return len(plain) <= 1 and not plain & {"", *_CHANGES}


def _matches(pattern: str, word: str | None) -> bool | None:
    if word is None or len(pattern) > _LONGEST or _DANGEROUS.search(pattern):
        return None
    if word == _ANY:
        return True
    try:
        return re.fullmatch(pattern, word) is not None
    except re.error:
        return None


def _scalar(text: Text, known: Mapping[str, Value], touched: set[str]) -> bool | None:
    if "<<" not in text and "pipeline." in text:
        return _expression(text, known)
    word = _word(text, known, touched)
    if word is None:
        return None
    return word.strip().lower() not in ("", "false", "no", "off", "0", "null")


def _expression(text: str, known: Mapping[str, Value]) -> bool | None:
    """Evaluate ``pipeline.git.branch == "main" and …``, without brackets."""
    if "(" in text or len(text) > _LONGEST:
        return None
    either = [
        _all([_compared(one, known) for one in re.split(r"\band\b", part)])
        for part in re.split(r"\bor\b", text)
    ]
    return _not(_all([*map(_not, either)]))


def _compared(text: str, known: Mapping[str, Value]) -> bool | None:
    if text.strip().startswith("not "):
        return _not(_compared(text.strip()[4:], known))
    match = _COMPARED.fullmatch(text)
    if match is None:
        value = known.get(text.strip())
        return None if not isinstance(value, Text) else value not in ("", "false")
    words: list[str] = []
    for operand in (match[1], match[3]):
        if operand[:1] in ("'", '"'):
            words.append(operand[1:-1])
        elif operand.startswith("pipeline."):
            value = known.get(operand)
            if not isinstance(value, Text):
                return None
            words.append(str(value))
        else:
            words.append(operand)
    if match[2] == "starts-with":
        return words[0] == _ANY or words[0].startswith(words[1])
    equal = _equal([*words])
    return equal if match[2] == "==" else _not(equal)
