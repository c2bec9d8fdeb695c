"""What was said in pieces is put together, whatever order it came in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from pytest_boss_gates.errors import HistoryError
from pytest_boss_gates.history.records import (
    Kind,
    record,
    record_of,
    record_of_tests,
    spell_time,
)
from pytest_boss_gates.history.view import History
from pytest_boss_gates.model import (
    Build,
    Conclusion,
    Deployment,
    Ending,
    Incident,
    Job,
    Merge,
    Source,
)
from tests.history.conftest import COMMIT, NOON, endings, run_of, verdict

if TYPE_CHECKING:
    from pytest_boss_gates.history.store import Store


def at(hours: float) -> datetime:
    return NOON + timedelta(hours=hours)


def said(**fields: Any) -> dict[str, Any]:
    return {
        name: spell_time(value) if isinstance(value, datetime) else value
        for name, value in fields.items()
    }


def view(store: Store) -> History:
    return History(store=lambda: store)


INCIDENT = (
    said(key="I1", source="recorded events", started=at(1), title="down"),
    said(key="I1", source="recorded events", started=at(1.5)),
    said(key="I1", source="recorded events", recovered=at(2)),
)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_an_incident_lasts_from_its_first_start_to_its_end(
    order: tuple[int, ...], store: Store
) -> None:
    for index in order:
        store.add([record_of(Kind.INCIDENT, INCIDENT[index])])

    assert view(store).incidents == (
        Incident(key="I1", started=at(1), recovered=at(2), title="down", source=Source.RECORDED),
    )


def test_an_incident_that_came_back_is_open(store: Store) -> None:
    again = said(key="I1", source="recorded events", started=at(3))
    store.add([record_of(Kind.INCIDENT, body) for body in (*INCIDENT, again)])

    (incident,) = view(store).incidents

    assert (incident.started, incident.recovered) == (at(1), None)


def test_an_end_without_a_start_is_no_incident(store: Store) -> None:
    store.add([record_of(Kind.INCIDENT, INCIDENT[2])])

    assert view(store).incidents == ()


def deployment(hours: float, *, succeeded: bool, key: str = "d1") -> Deployment:
    return Deployment(
        key=key,
        environment="production",
        commit=COMMIT,
        finished=at(hours),
        succeeded=succeeded,
        source=Source.DEPLOYMENTS,
    )


def test_a_deployment_is_at_its_first_success_else_at_its_first_failure(store: Store) -> None:
    pieces = [(1, False), (2, True), (3, True), (4, False)]
    store.add([record(deployment(hours, succeeded=good)) for hours, good in reversed(pieces)])
    store.add([record(deployment(hours, succeeded=False, key="d2")) for hours in (6, 5)])

    assert view(store).deployments == (
        deployment(5, succeeded=False, key="d2"),
        deployment(2, succeeded=True),
    )


def test_the_same_key_at_another_source_is_another_thing(store: Store) -> None:
    recorded = Deployment(
        key="d1", environment="production", commit=COMMIT, finished=at(1), source=Source.RECORDED
    )
    store.add([record(recorded), record(deployment(1, succeeded=True))])

    assert len(view(store).deployments) == 2


def build(**fields: Any) -> Build:
    return Build(**{"key": "812", "commit": COMMIT, "started": at(0), **fields})


def test_the_end_of_a_build_says_more_than_its_start(store: Store) -> None:
    running = build(branch="main", event="push")
    job = Job(name="test", conclusion=Conclusion.SUCCESS, started=at(0.1), completed=at(0.4))
    done = build(completed=at(0.5), conclusion=Conclusion.SUCCESS, jobs=(job,))
    second = build(attempt=2, started=at(1), completed=at(1.5), conclusion=Conclusion.FAILURE)
    store.add([record(done), record(second), record(running)])

    assert view(store).builds == (
        second,
        build(
            branch="main",
            event="push",
            completed=at(0.5),
            conclusion=Conclusion.SUCCESS,
            jobs=(job,),
        ),
    )


def test_a_build_of_which_only_the_end_is_known_is_not_timed(store: Store) -> None:
    end = said(key="9", commit="", completed=at(2), conclusion="failure", source="recorded events")
    store.add([record_of(Kind.BUILD, end)])

    (only,) = view(store).builds

    assert (only.started, only.completed, only.timed) == (at(2), at(2), False)
    assert only.conclusion is Conclusion.FAILURE


def test_merges_come_newest_first(store: Store) -> None:
    merges = [
        Merge(key=str(number), commit=COMMIT, merged=at(number), authored=(at(0), at(0.5)))
        for number in (1, 2)
    ]
    store.add([record(merge) for merge in merges])

    assert view(store).merges == (merges[1], merges[0])


def test_parts_of_the_suite_are_left_out_unless_they_are_asked_for(store: Store) -> None:
    runs = [run_of(0), run_of(1, partial="-k"), run_of(2, verdict("tests", 3), branch="side")]
    store.add([record(run) for run in runs])
    past = view(store)

    assert past.runs() == (runs[2], runs[0])
    assert past.runs(complete=False) == (runs[2], runs[1], runs[0])
    assert past.runs(branch="main") == (runs[0],)
    assert past.runs(metric="tests") == (runs[2],)
    assert past.runs(limit=1) == (runs[2],)


def test_recent_sessions_are_the_last_whole_ones_of_a_branch_with_their_names(
    store: Store,
) -> None:
    runs = [run_of(n, partial="-k" if n == 2 else "") for n in range(4)]
    side = run_of(4, branch="side")
    store.add(map(record, (*runs, side)))
    past = view(store)

    assert past.recent(branch="main", limit=2) == (
        (record(runs[3]).name, runs[3]),
        (record(runs[1]).name, runs[1]),
    )
    assert [run for _, run in past.recent(branch="", limit=9)] == [
        *(side, runs[3], runs[1], runs[0])
    ]
    assert past.recent(branch="none", limit=9) == ()


def test_recent_sessions_are_not_looked_for_without_end(store: Store) -> None:
    parts = [run_of(n, partial="-k") for n in range(1, 9)]
    store.add(map(record, (run_of(0), *parts)))

    assert view(store).recent(branch="main", limit=1) == ()
    assert len(view(store).recent(branch="main", limit=3)) == 1


def test_a_value_at_a_commit_is_of_the_newest_whole_run_on_its_very_files(store: Store) -> None:
    store.add(
        [
            record(run_of(0, verdict(value=1.5))),
            record(run_of(1, verdict(value=2.5))),
            record(run_of(2, verdict(value=3.5), clean=False)),
            record(run_of(3, verdict(value=4.5), partial="-k")),
            record(run_of(4, verdict(value=5.5), commit="another")),
        ]
    )
    past = view(store)

    found = past.value_at(COMMIT, "session-duration")

    assert found is not None
    assert (found[0].value, found[1].key) == (2.5, "run-1")
    assert past.value_at(COMMIT, "session-duration", "src") is None
    assert past.value_at(COMMIT, "code-coverage") is None
    assert past.value_at("", "session-duration") is None


def test_endings_at_a_commit_are_those_of_every_run_on_its_very_files(store: Store) -> None:
    runs = [run_of(0), run_of(1, partial="-k"), run_of(2, clean=False), run_of(3, commit="other")]
    letters = "pffp"
    for run, letter in zip(map(record, runs), letters, strict=True):
        store.add([run, record_of_tests(run, endings(one=letter))])

    assert view(store).endings_at(COMMIT) == {
        "tests/test_a.py::one": (Ending.FAILED, Ending.PASSED)
    }
    assert view(store).endings_at("") == {}


def test_the_last_whole_session_on_a_branch_tells_what_was_completed_before(store: Store) -> None:
    runs = [
        replace(run_of(0), components=("Docs", "Types")),
        replace(run_of(1, clean=False), components=("No",)),
        replace(run_of(2, partial="-k"), components=("No",)),
        replace(run_of(3, branch="topic"), components=("No",)),
        run_of(4),  # kept before components were
        replace(run_of(6), components=()),
    ]
    store.add(map(record, runs))
    past = view(store)

    assert past.completed_before(NOON, "main") is None
    assert past.completed_before(NOON + timedelta(hours=6), "main") == frozenset(("Docs", "Types"))
    assert past.completed_before(NOON + timedelta(hours=7), "main") == frozenset()


def test_sessions_whose_tests_are_kept_come_with_them(store: Store) -> None:
    first, second = record(run_of(0)), record(run_of(1))
    store.add([first, record_of_tests(first, endings(one="p")), second])

    assert view(store).tested() == ((run_of(0), endings(one="p")),)


def test_without_a_history_nothing_is_known_and_why_is_said() -> None:
    nothing = History(absent="no history is kept: it is switched off by BOSS_GATES_HISTORY")

    known = (nothing.runs(), nothing.builds, nothing.deployments, nothing.incidents)
    assert not any((*known, nothing.merges, nothing.tested()))
    assert nothing.value_at(COMMIT, "tests") is None
    assert nothing.endings_at(COMMIT) == {}
    assert "switched off" in nothing.absent


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (Kind.RUN, {"started": spell_time(NOON)}),
        (Kind.RUN, {"started": spell_time(NOON), "verdicts": [{"unit": "parsecs"}]}),
        (Kind.BUILD, {"started": spell_time(NOON), "conclusion": "maybe", "key": "1"}),
        (Kind.MERGE, {"merged": spell_time(NOON), "authored": ["yesterday"], "key": "1"}),
    ],
)
def test_a_fact_that_makes_no_sense_is_damage_that_is_named(
    kind: Kind, body: dict[str, Any], store: Store
) -> None:
    wrong = record_of(kind, body)
    store.add([wrong])

    with pytest.raises(HistoryError, match=f"damaged: the {kind.value} {wrong.name}"):
        _ = (view(store).runs(), view(store).builds, view(store).merges)


def test_tests_that_make_no_sense_are_damage_that_is_named(store: Store) -> None:
    body = {"run": "x", "started": spell_time(NOON), "names": ["a"], "endings": "", "seconds": []}
    store.add([record_of(Kind.TESTS, body)])

    with pytest.raises(HistoryError, match="damaged: the tests"):
        view(store).tests()


def test_shards_that_are_judged_again_are_one_session_as_it_was_judged_last(store: Store) -> None:
    first = replace(run_of(0), key="shards")
    other = run_of(0)  # another one, that began in the same moment
    again = replace(first, ended=first.ended + timedelta(minutes=5), pytest_exit=1)
    records = [record(run) for run in (again, first, other)]
    store.add([*records, *(record_of_tests(each, endings(one="p")) for each in records)])

    found = view(store)

    assert {run.key: run.pytest_exit for run in found.runs()} == {"shards": 1, "run-0": 0}
    assert len(found.recent(branch="main", limit=9)) == len(found.tested()) == 2
    assert found.endings_at(COMMIT) == {"tests/test_a.py::one": (Ending.PASSED, Ending.PASSED)}


def test_the_session_that_is_judged_is_no_past_of_its_own(store: Store) -> None:
    store.add([record(run_of(0)), record(run_of(1))])

    found = History(store=lambda: store, besides="run-1")

    assert [run.key for run in found.runs()] == ["run-0"]
    assert [run.key for _, run in found.recent(branch="main", limit=9)] == ["run-0"]
