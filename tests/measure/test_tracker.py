"""The tracker as a gate: counts and items from where it stands, nothing without a target."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.judge import judge
from pytest_boss_gates.measure import METRICS as ALL_METRICS
from pytest_boss_gates.measure import Context
from pytest_boss_gates.measure.tracker import METRICS, measure
from pytest_boss_gates.model import (
    Item,
    Measurement,
    Place,
    Settings,
    Status,
    Target,
    Tracked,
    VerdictStatus,
)
from pytest_boss_gates.repository.source import Source
from pytest_boss_gates.repository.tree import Tree
from pytest_boss_gates.settings.targets import parse_wanted

if TYPE_CHECKING:
    from pathlib import Path

KEYS = ("components-completed", "overdue-components", "document-drift", "expired-overrides")


def context(root: Path, tracked: Tracked | None, metric: str = "", text: str = "=0") -> Context:
    """A context with one target; None: nobody may ask where the tracker stands."""

    def standing() -> Tracked:
        assert tracked is not None, "the tracker was derived for nothing"
        return tracked

    return Context(
        settings=Settings(root=root, targets=(target(metric, text),) if metric else ()),
        tree=Tree(root=root),
        source=Source(),
        tracked=standing,
    )


def target(metric: str, text: str) -> Target:
    return Target(metric=metric, wanted=parse_wanted(text, ALL_METRICS[metric]), text=text)


def measured(given: Context) -> dict[str, Measurement]:
    return {measurement.metric: measurement for measurement in measure(given)}


def item(name: str) -> Item:
    return Item(name=name, value=1, place=Place(path="docs/tracker.md", line=7))


def test_without_a_target_of_its_own_the_tracker_is_not_derived(tmp_path: Path) -> None:
    assert measured(context(tmp_path, None)) == {}
    assert measured(context(tmp_path, None, "tests", ">=1")) == {}


def test_components_that_are_completed_are_counted_and_the_others_named(tmp_path: Path) -> None:
    components = (
        ("Type Checking", Status.COMPLETED),
        ("Code Quality Checks", Status.IN_PROGRESS),
        ("Security Scanning", Status.NOT_STARTED),
    )

    given = context(tmp_path, Tracked(components=components), "components-completed", ">=1")

    found = measured(given)["components-completed"]
    assert (found.value, found.n) == (1, 3)
    assert found.notes == ("not completed: Code Quality Checks, Security Scanning",)


def test_where_all_is_completed_nothing_is_left_to_name(tmp_path: Path) -> None:
    tracked = Tracked(components=(("Type Checking", Status.COMPLETED),))

    found = measured(context(tmp_path, tracked, "components-completed", ">=1"))

    assert found["components-completed"].notes == ()


def test_what_is_overdue_or_expired_or_drifts_is_counted_with_its_place(tmp_path: Path) -> None:
    tracked = Tracked(
        overdue=(item("Staging"),),
        expired=(item("Production"), item("Testing")),
        drifts=(item("Type Checking"),),
    )

    found = measured(context(tmp_path, tracked, "overdue-components"))

    assert {key: (each.value, each.items) for key, each in found.items() if each.items} == {
        "overdue-components": (1, tracked.overdue),
        "expired-overrides": (2, tracked.expired),
        "document-drift": (1, tracked.drifts),
    }


@pytest.mark.parametrize(
    ("tracked", "reason"),
    [
        (Tracked(), "no tracker document is configured"),
        (Tracked(no_document="docs/tracker.md cannot be read: Is a directory", remedy=""), "Is a"),
    ],
)
def test_without_a_document_its_drift_is_unknown_and_not_zero(
    tmp_path: Path, tracked: Tracked, reason: str
) -> None:
    found = measured(context(tmp_path, tracked, "document-drift"))["document-drift"]

    assert found.value is None
    assert reason in found.reason
    assert found.remedy == tracked.remedy


def test_a_document_that_does_not_drift_has_a_drift_of_zero(tmp_path: Path) -> None:
    found = measured(context(tmp_path, Tracked(drifts=()), "document-drift"))

    assert found["document-drift"].value == 0


@pytest.mark.parametrize("key", KEYS)
def test_each_is_judged_like_any_other(tmp_path: Path, key: str) -> None:
    text = ">=1" if key == "components-completed" else "=0"
    bad = Tracked(
        components=(("Staging", Status.IN_PROGRESS),),
        overdue=(item("Staging"),),
        expired=(item("Staging"),),
        drifts=(item("Staging"),),
    )
    good = Tracked(components=(("Staging", Status.COMPLETED),), drifts=())

    verdicts = [
        judge(
            ALL_METRICS[key], target(key, text), measured(context(tmp_path, each, key, text))[key]
        )
        for each in (bad, good)
    ]

    assert [verdict.status for verdict in verdicts] == [VerdictStatus.MISSED, VerdictStatus.MET]
    assert [verdict.blocking for verdict in verdicts] == [True, False]


def test_every_metric_of_the_gate_is_measured_when_one_is_wanted(tmp_path: Path) -> None:
    found = measured(context(tmp_path, Tracked(), "expired-overrides"))

    assert sorted(found) == sorted(KEYS) == sorted(metric.key for metric in METRICS)
