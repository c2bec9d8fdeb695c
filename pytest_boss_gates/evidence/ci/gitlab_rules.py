"""When GitLab runs a job: ``rules``, ``only`` and ``except``, tried on typical pipelines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pytest_boss_gates.evidence.steps import Trigger
from pytest_boss_gates.evidence.yaml_values import leaves, text_of, texts
from pytest_boss_gates.repository.yaml_lines import Items, Map, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_boss_gates.repository.yaml_lines import Value

_TOKEN = re.compile(
    r"\s*(?:(?P<op>\|\||&&|[=!]=|[=!]~|[()!])|(?P<var>\$\{?\w+\}?)"
    r"|(?P<text>\"[^\"]*\"|'[^']*')|(?P<regex>/(?:\\.|[^/\\])+/[a-z]*)|(?P<null>null))"
)
_LONGEST = 2_000  # characters of one condition
_LONGEST_PATTERN = 200
_DEEPEST = 30
_MOST_RULES = 50  # of one job
_SECRET = re.compile(r"TOKEN|PASS|SECRET|KEY|USER|CREDENTIAL|URL|HOST|REGISTRY|USERNAME")
_ANY = "\0"  # a branch or tag of any name: equal to whatever a condition names
_MAIN = ("main", "master")
_FEATURE = "feature/change"
_BRANCHES = ("main", "master", "develop", "release/1.2", "release-1.2", "stable", "1.2")
_TAGS = ("v1.2.3", "1.2.3", "release-1.2.3", "release/1.2.3")


_USUAL = dict.fromkeys(
    "CI_COMMIT_MESSAGE CI_COMMIT_TITLE CI_MERGE_REQUEST_TITLE CI_MERGE_REQUEST_LABELS".split(),
    "A change",
)


class Scenario(NamedTuple):
    """A pipeline as GitLab might create one, and the occasions that it stands for."""

    triggers: frozenset[Trigger]
    values: Mapping[str, str | None]
    keywords: frozenset[str]  # what `only: [branches]` would say to it
    names: tuple[str, ...]  # what its branch or tag could be called


def _scenario(
    triggers: set[Trigger], source: str, keywords: str, names: tuple[str, ...], **values: str
) -> Scenario:
    default = {"CI_PIPELINE_SOURCE": source, "CI_DEFAULT_BRANCH": _ANY, **_USUAL}
    every = (
        "CI_COMMIT_TAG CI_COMMIT_BRANCH CI_MERGE_REQUEST_IID CI_MERGE_REQUEST_ID"
        " CI_MERGE_REQUEST_SOURCE_BRANCH_NAME CI_MERGE_REQUEST_TARGET_BRANCH_NAME"
        " CI_MERGE_REQUEST_EVENT_TYPE CI_OPEN_MERGE_REQUESTS CI_EXTERNAL_PULL_REQUEST_IID"
    )
    known: dict[str, str | None] = dict.fromkeys(every.split())
    return Scenario(
        frozenset(triggers), {**known, **default, **values}, frozenset(keywords.split()), names
    )


_CHANGE = {
    "CI_MERGE_REQUEST_IID": "1",
    "CI_MERGE_REQUEST_ID": "1",
    "CI_OPEN_MERGE_REQUESTS": "1",
    "CI_COMMIT_REF_NAME": _FEATURE,
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": _FEATURE,
    "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": _ANY,
}
_ON_MAIN = {"CI_COMMIT_BRANCH": _ANY, "CI_COMMIT_REF_NAME": _ANY, "CI_COMMIT_REF_PROTECTED": "true"}
SCENARIOS = (
    _scenario({Trigger.PUSH}, "push", "branches pushes", _BRANCHES, **_ON_MAIN),
    _scenario(
        # A branch's pipeline is the one that its merge request shows, so it checks the change.
        {Trigger.PUSH, Trigger.CHANGE},
        "push",
        "branches pushes",
        (_FEATURE,),
        CI_COMMIT_BRANCH=_FEATURE,
        CI_COMMIT_REF_NAME=_FEATURE,
    ),
    _scenario(
        {Trigger.CHANGE},
        "merge_request_event",
        "merge_requests",
        (_FEATURE,),
        CI_MERGE_REQUEST_EVENT_TYPE="merged_result",
        **_CHANGE,
    ),
    _scenario(
        {Trigger.QUEUE},
        "merge_request_event",
        "",
        (_FEATURE,),
        CI_MERGE_REQUEST_EVENT_TYPE="merge_train",
        **_CHANGE,
    ),
    _scenario(
        {Trigger.TAG},
        "push",
        "tags pushes",
        _TAGS,
        CI_COMMIT_TAG=_ANY,
        CI_COMMIT_REF_NAME=_ANY,
        CI_COMMIT_REF_PROTECTED="true",
    ),
    _scenario({Trigger.SCHEDULE}, "schedule", "branches schedules", _BRANCHES, **_ON_MAIN),
    _scenario({Trigger.MANUAL}, "web", "branches web", _BRANCHES, **_ON_MAIN),
    _scenario({Trigger.MANUAL}, "api", "branches api triggers", _BRANCHES, **_ON_MAIN),
)


class Answer(NamedTuple):
    """How a job takes part in a pipeline."""

    when: str  # "on_success", "manual", "always", "delayed", "on_failure"
    lenient: Text | Map | None = None  # the `allow_failure` of the rule that let it in


class Rules:
    """The conditions of one job (or of ``workflow:``), resolved: no references in them."""

    def __init__(
        self,
        job: Map,
        rules: list[Text | Map] | None,
        env: Mapping[str, str],
        exists: Callable[[str], bool],
    ) -> None:
        self._job = job
        self._rules = rules
        self._env = env
        self._exists = exists
        self._when = text_of(job.get("when")) or "on_success"

    def answer(self, scenario: Scenario, *, everywhere: bool) -> Answer | None:
        """Say how the job runs; ``everywhere`` when ``workflow: rules`` decides on pipelines."""
        if self._rules is not None:
            return self._ruled(scenario)
        only, excepted = self._job.get("only"), self._job.get("except")
        if only is None and not everywhere and not scenario.keywords & {"branches", "tags"}:
            return None
        if only is not None and not self._listed(only, scenario, wanted=True):
            return None
        if excepted is not None and self._listed(excepted, scenario, wanted=False):
            return None
        return None if self._when == "never" else Answer(self._when)

    def _ruled(self, scenario: Scenario) -> Answer | None:
        for rule in (self._rules or ())[:_MOST_RULES]:
            if not isinstance(rule, Map):
                continue
            when = text_of(rule.get("when")) or self._when
            if self._matches(rule, scenario, never=when == "never"):
                lenient = rule.get("allow_failure")
                if isinstance(lenient, Items):
                    lenient = None
                return None if when == "never" else Answer(when, lenient)
        return None

    def _matches(self, rule: Map, scenario: Scenario, *, never: bool) -> bool:
        given = rule.get("if")
        if given is not None and not self._holds(text_of(given), scenario, sure=never):
            return False
        if "changes" in rule and never:
            return False  # some pushes change other files
        if "exists" in rule:
            wanted = rule["exists"]
            paths = texts(wanted.get("paths") if isinstance(wanted, Map) else wanted)
            if paths and not any("$" in path or self._exists(path) for path in paths):
                return False
        return True

    def _holds(self, text: str, scenario: Scenario, *, sure: bool) -> bool:
        open_ended = bool(scenario.triggers & {Trigger.SCHEDULE, Trigger.MANUAL})
        value = evaluate(text, {**self._env, **scenario.values}, open_ended=open_ended)
        return not sure if value is None else value

    def _listed(self, value: Value, scenario: Scenario, *, wanted: bool) -> bool:
        """Whether ``only`` (then it is ``wanted``) or ``except`` speaks of a pipeline."""
        answers: list[bool] = []
        if isinstance(value, Map):
            if "refs" in value:
                answers.append(_refs(value["refs"], scenario, wanted=wanted))
            if "variables" in value:
                held = [
                    self._holds(text, scenario, sure=not wanted)
                    for text in texts(value["variables"])
                ]
                answers.append(any(held))
            if wanted:
                if "refs" not in value:  # the default of `refs` stays
                    answers.append(bool(scenario.keywords & {"branches", "tags"}))
                return all(answers)
            return any(answers)
        return _refs(value, scenario, wanted=wanted)


def _refs(value: Value, scenario: Scenario, *, wanted: bool) -> bool:
    """Whether a list of refs speaks of a pipeline; ``wanted`` when it stands under ``only``."""
    for item in leaves(value):
        ref = text_of(item).partition("@")[0]
        if ref in _KEYWORDS:
            if ref in scenario.keywords:
                return True
        elif not scenario.keywords & {"branches", "tags"}:
            continue
        elif ref.startswith("/"):
            if any(_searched(ref, name) for name in scenario.names):
                return True
        elif scenario.names is _BRANCHES and (wanted or ref in _MAIN):
            return True
    return False


_KEYWORDS = frozenset(
    """api branches chat external external_pull_requests merge_requests pipelines pushes schedules
    tags triggers web""".split()
)


def evaluate(
    text: str, values: Mapping[str, str | None], *, open_ended: bool = False
) -> bool | None:
    """Evaluate an ``if:``; None when a variable decides that nobody can know by reading.

    A variable without a value is unset, unless the pipeline is ``open_ended``: started by hand
    or by a schedule, which may set it.
    """
    tokens: list[tuple[str, str]] = []
    at, text = 0, text.strip()
    while at < len(text) <= _LONGEST:
        match = _TOKEN.match(text, at)
        if match is None:
            return None
        tokens.append((match.lastgroup or "", match[match.lastgroup or 0]))
        at = match.end()
    parser = _Condition(tokens, values, open_ended=open_ended)
    value = parser.either(0)
    return value if parser.at == len(tokens) and tokens else None


class _Condition:
    def __init__(
        self, tokens: list[tuple[str, str]], values: Mapping[str, str | None], *, open_ended: bool
    ) -> None:
        self._open_ended = open_ended
        self._tokens = tokens
        self._values = values
        self.at = 0

    def _take(self, *wanted: str) -> str:
        token = self._tokens[self.at] if self.at < len(self._tokens) else ("", "")
        if token[0] == "op" and token[1] in wanted:
            self.at += 1
            return token[1]
        return ""

    def either(self, depth: int) -> bool | None:
        value = self._both(depth)
        while self._take("||"):
            other = self._both(depth)
            value = True if True in (value, other) else None if None in (value, other) else False
        return value

    def _both(self, depth: int) -> bool | None:
        value = self._one(depth)
        while self._take("&&"):
            other = self._one(depth)
            value = False if False in (value, other) else None if None in (value, other) else True
        return value

    def _one(self, depth: int) -> bool | None:
        if self._take("!"):
            value = self._one(depth + 1) if depth < _DEEPEST else None
            return None if value is None else not value
        if depth < _DEEPEST and self._take("("):
            value = self.either(depth + 1)
            self._take(")")
            return value
        left = self._operand()
        operator = self._take("==", "!=", "=~", "!~")
        if not operator:
            return self._set(left)
        right = self._operand()
        if operator in ("=~", "!~"):
            found = self._found(left, right)
            return None if found is None else found == (operator == "=~")
        equal = self._equal(left, right, negated=operator == "!=")
        return None if equal is None else equal == (operator == "==")

    def _operand(self) -> tuple[str, str]:
        if self.at >= len(self._tokens):
            return "", ""
        self.at += 1
        return self._tokens[self.at - 1]

    def _value(self, operand: tuple[str, str]) -> str | None:
        kind, text = operand
        if kind == "var":
            return self._values.get(text.strip("${}"))
        return text[1:-1] if kind == "text" else None if kind == "null" else text

    def _unknown(self, operand: tuple[str, str]) -> bool:
        kind, name = operand[0], operand[1].strip("${}")
        if kind != "var" or name in self._values:
            return False
        return self._open_ended or name.startswith(("CI_", "GITLAB_"))

    def _set(self, operand: tuple[str, str]) -> bool | None:
        name = operand[1].strip("${}")
        secret = operand[0] == "var" and name not in self._values and _SECRET.search(name)
        if secret or self._unknown(operand):  # credentials are what a project's settings are for
            return None
        return bool(self._value(operand))

    def _equal(
        self, left: tuple[str, str], right: tuple[str, str], *, negated: bool
    ) -> bool | None:
        if self._unknown(left) or self._unknown(right):
            return None
        one, other = self._value(left), self._value(right)
        if one == other:
            return True
        for value, named in ((one, other), (other, one)):
            if value == _ANY and named and named != _FEATURE:
                return named in _MAIN if negated else True
        return False

    def _found(self, left: tuple[str, str], right: tuple[str, str]) -> bool | None:
        if self._unknown(left) or right[0] != "regex":
            return None
        value = self._value(left)
        if value == _ANY:
            return True
        return value is not None and _searched(right[1], value)


def _searched(pattern: str, text: str) -> bool:
    """Search as GitLab does; a pattern that Python does not know finds nothing."""
    body, _, flags = pattern[1:].rpartition("/")
    if len(body) > _LONGEST_PATTERN or re.search(r"[+*}]\)?[+*{]|\)[+*{]", body):
        return True  # it might run for long; it was written to find something
    try:
        return re.search(body, text, re.IGNORECASE if "i" in flags else 0) is not None
    except re.error:
        return False
