"""What a Jenkinsfile's statements say: their options and texts, and when a stage runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.evidence.ci.conditions import both, either, opposite
from pytest_boss_gates.evidence.steps import Trigger

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_boss_gates.evidence.ci.jenkins_groovy import Statement, Token
    from pytest_boss_gates.evidence.ci.matrix import Row

USUAL = frozenset({Trigger.PUSH, Trigger.CHANGE, Trigger.TAG})
"""When a stage without conditions runs."""

_DEEPEST = 60
_CAUSES = {"TimerTrigger": Trigger.SCHEDULE, "SCMTrigger": Trigger.PUSH}


def words(statement: Statement) -> list[str]:
    """Give its words outside its blocks."""
    return [token.text for token in statement.tokens if token.kind == "word"]


def directive(stage: Statement, name: str) -> tuple[Statement, ...]:
    """Give what stands in the blocks of that name, one level down."""
    return tuple(inner for it in stage.body if it.name == name for inner in it.body)


def option(tokens: Sequence[Token], name: str) -> str:
    """Give the value of a named argument: ``returnStatus: true``."""
    for number, token in enumerate(tokens[:-2]):
        if token.text == name and token.kind == "word" and tokens[number + 1].text == ":":
            return tokens[number + 2].text
    return ""


def script_lines(tokens: Sequence[Token]) -> tuple[tuple[int, str], ...]:
    """Find the text that a shell step gets, joined where it is put together from parts."""
    start = next(
        (n + 2 for n, it in enumerate(tokens[:-2]) if it.text == "script" and it.kind == "word"),
        None,
    )
    if start is None:
        start = 1 if tokens and tokens[0].text == "(" and tokens[0].kind == "mark" else 0
    if start >= len(tokens) or tokens[start].kind != "text":
        return ()
    lines = list(tokens[start].lines)
    at = start + 1
    while at + 1 < len(tokens) and tokens[at].text == "+" and tokens[at].kind == "mark":
        part = tokens[at + 1]
        added = part.lines if part.kind == "text" else ((part.line, f"${{{part.text}}}"),)
        lines[-1:] = [(lines[-1][0], lines[-1][1] + added[0][1]), *added[1:]]
        at += 2
    return tuple((line, text.replace("${env.", "${")) for line, text in lines)


def environment(statements: Sequence[Statement]) -> Row:
    """Give the variables with a plain value."""
    found: Row = {}
    for it in statements:
        match it.tokens:
            case [name, mark, value] if mark.text == "=" and value.kind == "text":
                if "$" not in value.text:
                    found[name.text] = value.text
    return found


def axes_of(statements: Sequence[Statement]) -> dict[str, Sequence[str]]:
    """Give the values of a matrix's axes."""
    found: dict[str, Sequence[str]] = {}
    for axis in statements:
        parts = {it.name: it.texts for it in axis.body}
        if parts.get("name") and parts.get("values"):
            found[parts["name"][0]] = parts["values"]
    return found


def fails(statements: Sequence[Statement], depth: int = 0) -> bool:
    """Whether a block makes the build fail: it throws, or sets the result."""
    for it in statements:
        if it.name in ("throw", "error") or "FAILURE" in (*it.texts, *words(it)):
            return True
        if any(word.endswith(".FAILURE") for word in words(it)):
            return True
        if depth < _DEEPEST and fails(it.body, depth + 1):
            return True
    return False


def checked(statement: Statement, rest: Sequence[Statement]) -> bool:
    """Whether a returned status is looked at, and the build made to fail by it."""
    if statement.name == "if":
        return fails(statement.body)
    names = [name for name in words(statement)[:3] if name not in ("def", "int", "sh")]
    return any(
        it.name == "if" and set(names[:1]) & set(words(it)) and fails(it.body) for it in rest[:20]
    )


def narrowed(when: Sequence[Statement], triggers: frozenset[Trigger]) -> frozenset[Trigger]:
    """Give the occasions on which the conditions of ``when`` may hold."""
    if not when:
        return triggers
    found = frozenset(it for it in Trigger if _all_hold(when, it) is not False)
    return found & triggers or (found if triggers >= USUAL else found & triggers)


def _all_hold(statements: Sequence[Statement], trigger: Trigger, depth: int = 0) -> bool | None:
    value: bool | None = True
    for it in statements:
        value = both(value, _holds(it, trigger, depth))
    return value


def _any_holds(statements: Sequence[Statement], trigger: Trigger, depth: int) -> bool | None:
    value: bool | None = False
    for it in statements:
        value = either(value, _holds(it, trigger, depth))
    return value


def _holds(it: Statement, trigger: Trigger, depth: int) -> bool | None:
    if depth > _DEEPEST:
        return None
    match it.name:
        case "not":
            return opposite(_all_hold(it.body, trigger, depth + 1))
        case "allOf":
            return _all_hold(it.body, trigger, depth + 1)
        case "anyOf":
            return _any_holds(it.body, trigger, depth + 1)
        case "expression":
            given = [word for inner in it.body for word in words(inner) if word != "return"]
            return {"true": True, "false": False}.get(given[0]) if len(given) == 1 else None
    return _started_by(it, trigger)


def _started_by(it: Statement, trigger: Trigger) -> bool | None:
    match it.name:
        case "branch":
            change = any("PR" in text for text in it.texts)
            return None if (trigger is Trigger.CHANGE) == change else False
        case "buildingTag" | "tag":
            return trigger is Trigger.TAG
        case "changeRequest":
            return trigger is Trigger.CHANGE
        case "triggeredBy":
            wanted = next((_CAUSES[text] for text in it.texts if text in _CAUSES), Trigger.MANUAL)
            return trigger is wanted
    return None
