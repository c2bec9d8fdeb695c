from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.ci.drone import jobs
from pytest_boss_gates.evidence.steps import Dead, Job, Known, Through, Trigger
from tests.evidence.ci.conftest import scripts
from tests.evidence.conftest import reading_of

PATH = ".drone.yml"
BOTH = frozenset({Trigger.PUSH, Trigger.CHANGE, Trigger.TAG})


def jobs_of(tmp_path: Path, files: dict[str, str] | str) -> list[Job]:
    return list(jobs(reading_of(tmp_path, {PATH: files} if isinstance(files, str) else files)))


def test_each_pipeline_is_a_job_of_its_steps(tmp_path: Path) -> None:
    found = jobs_of(
        tmp_path,
        "kind: pipeline\nname: test\nsteps:\n- name: unit\n  image: python:3.9\n"
        "  environment:\n    TOXENV: py\n    KEY:\n      from_secret: k\n"
        "  commands:\n  - pip install tox\n  - tox\n"
        "---\nkind: secret\nname: s\n---\nkind: pipeline\nname: two\nsteps:\n"
        "- name: x\n  image: a\n  commands: [make]\n",
    )
    assert [(it.system, it.name) for it in found] == [
        ("drone", ".drone.yml: test"),
        ("drone", ".drone.yml: two"),
    ]
    assert found[0].triggers == BOTH
    (script,) = scripts(found[0])
    assert (script.lines, script.env, script.errexit) == (
        ((11, "pip install tox"), (12, "tox")),
        {"TOXENV": "py"},
        True,
    )


def test_a_plugin_is_known_by_its_image(tmp_path: Path) -> None:
    (job,) = jobs_of(
        tmp_path,
        "kind: pipeline\nsteps:\n- name: p\n  image: docker.io/plugins/docker:19\n"
        "  settings:\n    repo: a/b\n    tags: [x, y]\n    password:\n      from_secret: z\n"
        "  when:\n    event: tag\n",
    )
    (through,) = job.steps
    assert isinstance(through, Through)
    assert through.only == frozenset({Trigger.TAG})
    (known,) = through.steps
    assert isinstance(known, Known)
    assert (known.kind, known.name, str(known.place)) == (
        "plugin",
        "plugins/docker",
        ".drone.yml:4",
    )
    assert known.options == {"repo": "a/b", "tags": "x y", "password": "…"}


def test_triggers_decide_when_a_pipeline_runs(tmp_path: Path) -> None:
    triggers = {
        "event: [push, pull_request]": frozenset({Trigger.PUSH, Trigger.CHANGE}),
        "event: {exclude: [pull_request]}": frozenset({Trigger.PUSH, Trigger.TAG}),
        "event: {include: [tag]}": frozenset({Trigger.TAG}),
        "event: promote": frozenset({Trigger.MANUAL}),
        "event: cron": frozenset({Trigger.SCHEDULE}),
        "cron: nightly": frozenset({Trigger.SCHEDULE}),
        "target: production": frozenset({Trigger.MANUAL}),
        "branch: main": BOTH,
        "ref: [refs/tags/**]": frozenset({Trigger.TAG}),
    }
    for text, expected in triggers.items():
        source = f"kind: pipeline\nsteps: [{{image: a, commands: [x]}}]\ntrigger:\n  {text}\n"
        (job,) = jobs_of(tmp_path, source)
        assert job.triggers == expected, text


def test_soft_and_failure_steps(tmp_path: Path) -> None:
    (job,) = jobs_of(
        tmp_path,
        "kind: pipeline\nsteps:\n- image: a\n  failure: ignore\n  commands: [x]\n"
        "- image: a\n  commands: [y]\n  when:\n    status: [failure]\n"
        "- image: a\n  commands: [z]\n  when:\n    status: [success, failure]\n",
    )
    assert [(it.lines[0][1], it.soft) for it in scripts(job)] == [
        ("x", (".drone.yml:4: failure: ignore",)),
        ("z", ()),
    ]


def test_a_step_that_the_trigger_leaves_no_occasion_does_not_run(tmp_path: Path) -> None:
    assert (
        jobs_of(
            tmp_path,
            "kind: pipeline\ntrigger: {event: push}\n"
            "steps: [{image: a, commands: [x], when: {event: tag}}]\n",
        )
        == []
    )


def test_programs_are_dead_ends(tmp_path: Path) -> None:
    found = jobs_of(tmp_path, {".drone.jsonnet": "[]", ".drone.star": "x"})
    assert [str(it.steps[0].place) for it in found if isinstance(it.steps[0], Dead)] == [
        ".drone.jsonnet",
        ".drone.star",
    ]


def test_a_malformed_file_is_a_problem_with_its_line(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {PATH: "kind: pipeline\nsteps: [\n"})
    assert list(jobs(reading)) == []
    assert [(it.path, it.line > 0) for it in reading.problems] == [(PATH, True)]


KEYS = """kind steps pipeline name image commands settings environment when event status trigger
failure matrix include exclude ref cron detach""".split()
VALUES = st.recursive(
    st.sampled_from(["pipeline", "push", "x", "ignore", "", "a/b:c@d"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=15,
)


@settings(max_examples=50, deadline=None)
@given(VALUES)
def test_no_value_raises(value: object) -> None:
    source = {"kind": "pipeline", "steps": value, "trigger": value, "matrix": value}
    with tempfile.TemporaryDirectory() as directory:
        for job in jobs_of(Path(directory), "\n---\n".join(map(json.dumps, (value, source)))):
            assert job.triggers
