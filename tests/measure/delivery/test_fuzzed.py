"""Any events have an answer, and what comes after the commit never changes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_boss_gates.judge import judge
from pytest_boss_gates.measure.delivery import METRICS, measure_events
from pytest_boss_gates.model import (
    Average,
    Bound,
    Build,
    Clock,
    Commit,
    Conclusion,
    DeliverySettings,
    Deployment,
    Events,
    Graph,
    Incident,
    Job,
    Measurement,
    Merge,
    Settings,
    Source,
    Target,
)
from pytest_boss_gates.settings.load import DEFAULT_TARGETS
from pytest_boss_gates.settings.targets import parse_wanted

AS_OF = datetime(2026, 11, 20, 12, tzinfo=timezone.utc)
KEYS = st.sampled_from([f"{number:040x}" for number in range(12)])
NAMES = st.sampled_from(["", "production", "prod-eu", "staging", "main", "v1.0", "x"])
TIMES = st.integers(-200 * 24 * 60, 10 * 24 * 60).map(lambda at: AS_OF + timedelta(minutes=at))
MAYBE = st.none() | TIMES
JOBS = st.builds(
    Job,
    name=NAMES,
    conclusion=st.sampled_from(Conclusion),
    started=MAYBE,
    completed=MAYBE,
    queued=MAYBE,
)
BUILDS = st.builds(
    Build,
    key=KEYS,
    attempt=st.integers(1, 3),
    name=NAMES,
    commit=KEYS,
    branch=st.sampled_from(["main", "gh-readonly-queue/main/pr-1-x", "other"]),
    event=st.sampled_from(["push", "push", "merge_group", "pull_request", ""]),
    started=TIMES,
    completed=MAYBE,
    conclusion=st.sampled_from(Conclusion),
    jobs=st.lists(JOBS, max_size=2).map(tuple),
    required=st.booleans(),
    only_delivery=st.booleans(),
    source=st.sampled_from([Source.RUNS, Source.SESSIONS]),
)
DEPLOYMENTS = st.builds(
    Deployment,
    key=KEYS,
    environment=NAMES,
    commit=KEYS,
    finished=TIMES,
    succeeded=st.booleans(),
    version=NAMES,
    production=st.sampled_from([None, None, True, False]),
    source=st.sampled_from(Source),
)
INCIDENTS = st.builds(
    Incident,
    key=KEYS,
    started=TIMES,
    recovered=MAYBE,
    title=NAMES,
    deployment=st.just("") | KEYS,
    source=st.sampled_from([Source.RECORDED, Source.ISSUES]),
)
MERGES = st.builds(
    Merge, key=KEYS, commit=KEYS, merged=TIMES, authored=st.lists(TIMES, max_size=3).map(tuple)
)
COMMITS = st.builds(
    Commit,
    key=KEYS,
    parents=st.lists(KEYS, max_size=2).map(tuple),  # cycles, too: nothing may hang
    authored=TIMES,
    committed=TIMES,
    reverts=st.lists(KEYS.map(lambda key: key[-12:]) | KEYS | st.just("#1"), max_size=2).map(tuple),
    request=st.sampled_from(["", "1", "2"]),
)


@st.composite
def events(draw: st.DrawFn) -> Events:
    commits = draw(st.dictionaries(KEYS, COMMITS, max_size=12))
    known = frozenset(commits)
    graph = Graph(
        commits={key: replace(commit, key=key) for key, commit in commits.items()}, known=known
    )
    return Events(
        as_of=AS_OF,
        now=AS_OF + timedelta(hours=1),
        branch=draw(st.sampled_from(["main", ""])),
        builds=tuple(draw(st.lists(BUILDS, max_size=40))),
        deployments=tuple(draw(st.lists(DEPLOYMENTS, max_size=20))),
        incidents=tuple(draw(st.lists(INCIDENTS, max_size=6))),
        merges=tuple(draw(st.lists(MERGES, max_size=4))),
        graph=lambda _tips, _before: graph,
        is_shallow=draw(st.booleans()),
        in_ci=draw(st.booleans()),
        ci_started=draw(MAYBE),
    )


CHOICES = st.builds(
    DeliverySettings,
    clock=st.sampled_from(Clock),
    recovery=st.sampled_from(Average),
    time_zone=st.sampled_from(["UTC", "Pacific/Auckland"]),
    production=st.sampled_from([(), ("prod*",)]),
)


TEXTS = {"change-failure-rate": "<=15%", "ci-recovery-time": "<1 hour"}


def measured(known: Events, delivery: DeliverySettings) -> list[Measurement]:
    metric = next(each for each in METRICS if each.key == "ci-recovery-time")
    text = TEXTS[metric.key]
    asked = Target(metric=metric.key, wanted=parse_wanted(text, metric), text=text)
    return list(measure_events(known, Settings(root=Path(), targets=(asked,), delivery=delivery)))


@given(known=events(), delivery=CHOICES)
@settings(max_examples=200, deadline=None)
def test_any_events_have_an_answer_that_can_be_judged(known: Events, delivery: Any) -> None:
    found = measured(known, delivery)

    assert [each.metric for each in found] == [metric.key for metric in METRICS]
    for metric, each in zip(METRICS, found, strict=True):
        assert (each.value is None) == bool(each.reason)
        assert (each.bound is Bound.EXACT) == (not each.bound_reason)
        text = DEFAULT_TARGETS.get(metric.key, TEXTS.get(metric.key, ""))
        target = Target(metric=metric.key, wanted=parse_wanted(text, metric), text=text)
        assert judge(metric, target, each).shown
        if metric.key in ("build-success-rate", "change-failure-rate") and each.value is not None:
            assert isinstance(each.numerator, int)
            assert isinstance(each.denominator, int)
            assert 0 <= each.numerator <= each.denominator


@given(known=events(), delivery=CHOICES)
@settings(max_examples=150, deadline=None)
def test_what_began_after_the_commit_changes_nothing(known: Events, delivery: Any) -> None:
    before = replace(
        known,
        builds=tuple(each for each in known.builds if each.started <= AS_OF),
        deployments=tuple(each for each in known.deployments if each.finished <= AS_OF),
        incidents=tuple(each for each in known.incidents if each.started <= AS_OF),
    )

    assert [each for each in measured(known, delivery) if each.value is not None] == [
        each for each in measured(before, delivery) if each.value is not None
    ]
