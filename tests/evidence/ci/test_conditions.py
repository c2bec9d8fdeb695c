from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.ci.conditions import SOME, holds, settled, triggers_of
from pytest_boss_gates.evidence.steps import Trigger

KNOWN = {"type": "push", "tag": "", "$X": None, "PR": SOME, "EMPTY": "", "branch": None}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("type = push", True),
        ("type != push", False),
        ("type IN (push, api)", True),
        ("type NOT IN (push, api)", False),
        ("tag IS present", False),
        ("tag IS NOT blank", False),
        ("tag IS blank AND type = push", True),
        ("branch = master", None),
        ("branch = master OR type = push", True),
        ("branch = master AND type = cron", False),
        ("NOT (type = cron)", True),
        ("!(type = cron || tag IS present)", True),
        ("tag =~ ^v\\d+", False),
        ("tag !~ /^v/", True),
        ("env(FOO) = bar", None),
        ("$PR != ''", True),
        ("${PR} == ''", False),
        ("$PR == 'x'", None),
        ("$PR", True),
        ("$EMPTY", False),
        ("$OTHER == 'x'", None),
        ("changesInclude('a', \"b(\") && $EMPTY", False),
        ("build.branch == 'main'", None),
        ("false", False),
        ("true", True),
        ("(((", None),
        ("type =", None),
        ("%", None),
        ("", None),
    ],
)
def test_a_condition_is_told_as_far_as_it_can_be(condition: str, expected: object) -> None:
    assert holds(condition, KNOWN) is expected


def test_the_occasions_are_those_that_a_condition_does_not_exclude() -> None:
    occasions = {Trigger.PUSH: {"tag": ""}, Trigger.TAG: {"tag": SOME}}
    assert triggers_of("tag IS present", occasions) == {Trigger.TAG}
    assert triggers_of("who knows", occasions) == {Trigger.PUSH, Trigger.TAG}


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from(["(", ")", "NOT", "!", "AND", "||", "a", "'b'", "IN", ",", "IS", "=~"])
        | st.text(max_size=3),
        max_size=60,
    ).map(" ".join)
)
def test_no_condition_raises(condition: str) -> None:
    assert holds(condition, {"a": "x"}) in (True, False, None)


def test_a_condition_that_nests_without_end_is_unknown() -> None:
    assert holds("(" * 900 + "true" + ")" * 900, {}) is None


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({Trigger.PUSH, Trigger.SCHEDULE, Trigger.MANUAL}, {Trigger.PUSH}),
        ({Trigger.SCHEDULE, Trigger.MANUAL}, {Trigger.SCHEDULE}),
        ({Trigger.MANUAL}, {Trigger.MANUAL}),
        (set(), set()),
    ],
)
def test_a_job_that_runs_by_itself_is_not_held(found: set[Trigger], expected: set[Trigger]) -> None:
    assert settled(found) == expected
