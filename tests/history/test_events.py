"""CDEvents as tools write them: the specification's own versions, and what is met in the wild."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_boss_gates.errors import HistoryError
from pytest_boss_gates.history.events import Imported, read_events
from pytest_boss_gates.history.records import Kind
from pytest_boss_gates.history.view import History
from pytest_boss_gates.model import Conclusion, Source
from tests.history.conftest import COMMIT, NOON

if TYPE_CHECKING:
    from pytest_boss_gates.history.store import Store

IMAGE = "pkg:oci/acme-api@sha256%3A0b31b1c02ff458ad9b7b81cbdf8f028bd54699fa151f221d1e8de6817db93427"


def event(
    name: str,
    content: dict[str, Any] | None = None,
    *,
    ident: str = "e-1",
    subject: str = "acme-api",
    when: str = "2026-11-27T12:00:00Z",
    **more: Any,
) -> dict[str, Any]:
    """An event as CDEvents 0.5.1 writes it."""
    return {
        "context": {
            "specversion": "0.5.1",
            "id": ident,
            "source": "/ci/acme",
            "type": f"dev.cdevents.{name}.0.3.0",
            "timestamp": when,
        },
        "subject": {"id": subject, "content": content or {}},
        **more,
    }


def deployed(artifact: str = IMAGE, **more: Any) -> dict[str, Any]:
    content = {"environment": {"id": "prod"}, "artifactId": artifact}
    return event("service.deployed", content, **more)


def read(*events: Any, tagged: dict[str, str] | None = None) -> Imported:
    text = "\n".join(json.dumps(each) for each in events)
    return read_events(text, "events.jsonl", lambda version: (tagged or {}).get(version, ""))


def body_of(*events: Any, tagged: dict[str, str] | None = None) -> dict[str, Any]:
    (only,) = read(*events, tagged=tagged).records
    return only.body


def past(store: Store, *events: Any) -> History:
    store.add(read(*events).records)
    return History(store=lambda: store)


@pytest.mark.parametrize("predicate", ["deployed", "upgraded"])
def test_a_service_that_was_deployed_is_a_deployment(predicate: str, store: Store) -> None:
    content = {"environment": {"id": "prod"}, "artifactId": f"pkg:github/acme/api@{COMMIT}"}

    (only,) = past(store, event(f"service.{predicate}", content)).deployments

    assert (only.key, only.environment, only.commit) == ("/ci/acme#e-1", "prod", COMMIT)
    assert (only.finished, only.succeeded, only.rolled_back) == (NOON, True, False)
    assert only.source is Source.RECORDED


def test_a_rollback_is_a_deployment_that_says_so() -> None:
    content = {"environment": {"id": "prod"}, "artifactId": f"pkg:github/acme/api@{COMMIT}"}

    assert body_of(event("service.rolledback", content))["rolled_back"] is True


@pytest.mark.parametrize(
    ("artifact", "version", "commit"),
    [
        (f"pkg:github/acme/api@{COMMIT}", COMMIT, COMMIT),
        ("pkg:pypi/api@1.4.0", "1.4.0", "tagged"),
        ("pkg:pypi/api@1.5.0", "1.5.0", ""),
        (IMAGE, "", ""),  # a digest is no commit
        (f"{IMAGE}?tag=1.4.0&repository_url=ghcr.io/acme", "1.4.0", "tagged"),
        (f"pkg:generic/api@2?vcs_url=git%2Bhttps://example.org/api@{COMMIT}", "2", COMMIT),
        ("api-1.4.0", "", ""),
        ("", "", ""),
    ],
)
def test_the_artefact_says_version_and_commit(artifact: str, version: str, commit: str) -> None:
    body = body_of(deployed(artifact), tagged={"1.4.0": "tagged"})

    assert (body.get("version", ""), body["commit"]) == (version, commit)


def test_custom_data_names_the_commit_where_the_artefact_does_not() -> None:
    assert body_of(deployed(customData={"commit": COMMIT}))["commit"] == COMMIT
    assert body_of(deployed(customData="bm90aGluZw=="))["commit"] == ""


def test_an_incident_is_paired_by_its_subject(store: Store) -> None:
    about = {"environment": {"id": "prod"}, "description": "checkout is down"}
    incidents = past(
        store,
        event("incident.detected", about, ident="1", subject="INC-7"),
        event("incident.detected", about, ident="2", subject="INC-8"),
        event("incident.resolved", ident="3", subject="INC-7", when="2026-11-27T13:30:00+01:00"),
    ).incidents

    by_key = {incident.key: incident for incident in incidents}
    over, still = by_key["/ci/acme#INC-7"], by_key["/ci/acme#INC-8"]
    assert over.recovered is not None
    assert (over.recovered - over.started).total_seconds() == 1800
    assert over.title == "checkout is down"
    assert still.recovered is None


def test_a_pipeline_that_started_and_finished_is_one_build(store: Store) -> None:
    (only,) = past(
        store,
        event(
            "pipelinerun.finished",
            {"pipelineName": "ci", "outcome": "success"},
            ident="2",
            subject="run-1",
            when="2026-11-27T12:10:00Z",
            customData={"commit": COMMIT, "branch": "main"},
        ),
        event("pipelinerun.started", {"pipelineName": "ci"}, subject="run-1"),
    ).builds

    assert (only.name, only.commit, only.branch) == ("ci", COMMIT, "main")
    assert only.completed is not None
    assert (only.completed - only.started).total_seconds() == 600
    assert only.timed
    assert only.conclusion is Conclusion.SUCCESS


def test_a_start_in_custom_data_times_a_build(store: Store) -> None:
    finished = event("pipelinerun.finished", customData={"started": "2026-11-27T11:50:00Z"})

    (only,) = past(store, finished).builds

    assert only.timed
    assert only.started.minute == 50


@pytest.mark.parametrize(
    ("outcome", "conclusion"),
    [
        ("success", Conclusion.SUCCESS),
        ("Succeeded", Conclusion.SUCCESS),
        ("failure", Conclusion.FAILURE),
        (" failed ", Conclusion.FAILURE),
        ("cancel", Conclusion.CANCELLED),
        ("cancelled", Conclusion.CANCELLED),
        ("error", Conclusion.STARTUP_FAILURE),
        ("timeout", Conclusion.TIMED_OUT),
        ("it's complicated", Conclusion.UNKNOWN),
    ],
)
def test_outcomes_are_read_as_tools_write_them(
    outcome: str, conclusion: Conclusion, store: Store
) -> None:
    (only,) = past(store, event("pipelinerun.finished", {"outcome": outcome})).builds

    assert only.conclusion is conclusion


def test_an_event_of_an_older_specification_is_read() -> None:
    older = deployed()
    del older["context"]["specversion"]
    older["context"] |= {"version": "0.4.1", "type": "dev.cdevents.service.deployed.0.1.1"}
    older["subject"] |= {"type": "service", "source": "/k8s/prod"}

    assert body_of(older)["environment"] == "prod"


def test_an_event_inside_a_cloud_event_is_the_same_event() -> None:
    wrapped = {"specversion": "1.0", "id": "e-1", "type": "x", "data": deployed()}

    assert read(wrapped).records == read(deployed()).records


@pytest.mark.parametrize("layout", ["line", "array", "document", "lines"])
def test_every_layout_of_a_file_gives_the_same_facts(layout: str) -> None:
    events = [deployed(), deployed(ident="e-2")]
    text = {
        "line": "\n\n".join(map(json.dumps, events)),
        "array": json.dumps(events, indent=2),
        "document": json.dumps(events[:1], indent=2)[1:-1],
        "lines": "\r\n".join(map(json.dumps, events)),
    }[layout]

    found = read_events(text, "events")

    wanted = read(*events).records
    assert found.records == (wanted[:1] if layout == "document" else wanted)


def test_an_event_that_comes_again_is_one_fact(store: Store) -> None:
    again = deployed()
    again["context"]["chainId"] = "another delivery"

    assert store.add(read(deployed(), again, deployed()).records) == 1


def test_events_of_no_use_are_counted() -> None:
    found = read(event("build.queued"), event("build.queued"), event("incident.reported"))

    assert found.records == ()
    assert found.ignored == {"build.queued": 2, "incident.reported": 1}


@pytest.mark.parametrize("text", ["", "\n \n", "[]"])
def test_an_empty_file_has_no_events(text: str) -> None:
    assert read_events(text, "events") == Imported()


WITHOUT = deployed()
del WITHOUT["context"]["timestamp"]
NOWHERE = event("service.deployed", {"artifactId": IMAGE})


@pytest.mark.parametrize(
    ("second", "complaint"),
    [
        ("{", "events.jsonl:2 is not JSON"),
        (json.dumps([1]), "events.jsonl:2 is not an event that can be read: it is [1], not an"),
        (json.dumps({"type": "push"}), 'it has no "context", so it is no CDEvent'),
        (json.dumps(WITHOUT), "it has no 'timestamp'"),
        (json.dumps(NOWHERE), "it has no 'environment'"),
        (json.dumps(deployed(when="2026-11-27T12:00:00")), "is not a time with a zone"),
        (json.dumps(event("x")).replace("dev.cdevents.", "com."), "is none of CDEvents'"),
        (
            json.dumps(event("service.deployed", {"environment": {"id": 3}})),
            "its environment is 3, not a text",
        ),
    ],
)
def test_what_cannot_be_read_is_named_and_nothing_is_taken_in(second: str, complaint: str) -> None:
    with pytest.raises(HistoryError) as caught:
        read_events(f"{json.dumps(deployed())}\n{second}\n", "events.jsonl")

    assert complaint in str(caught.value)
    assert str(caught.value).startswith("events.jsonl:2 ")
    assert str(caught.value).endswith("Nothing was taken in.")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["context", "subject", "content", "id", "type", "data", "environment"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)
TYPES = st.sampled_from(["service.deployed", "incident.resolved", "pipelinerun.finished", "a.b"])


@given(value=JSON, name=TYPES, where=st.sampled_from(["content", "subject", "customData", "all"]))
def test_no_json_is_more_than_a_sentence(value: Any, name: str, where: str) -> None:
    whole = event(name, {"environment": {"id": "prod"}})
    match where:
        case "content":
            whole["subject"]["content"] = value
        case "all":
            whole = value
        case _:
            whole[where] = value
    told = ""
    try:
        found = read_events(json.dumps(whole), "events")
    except HistoryError as error:
        found, told = Imported(), str(error)

    assert told == "" or told.endswith("Nothing was taken in.")
    assert all(record.kind in Kind for record in found.records)


def test_events_that_are_nested_without_end_are_a_sentence() -> None:
    with pytest.raises(HistoryError, match=r"deep:1 is not JSON"):
        read_events("[" * 200_000, "deep")


def test_a_line_ends_where_json_lines_end() -> None:
    odd = json.dumps(deployed(customData={"note": "one\u2028two\x85"}), ensure_ascii=False)

    assert len(read_events(f"{odd}\n{json.dumps(deployed())}", "events").records) == 2
