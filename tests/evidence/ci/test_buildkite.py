from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.ci.buildkite import jobs
from pytest_boss_gates.evidence.steps import Dead, Job, Known, Trigger
from tests.evidence.ci.conftest import scripts, texts
from tests.evidence.conftest import reading_of

PATH = ".buildkite/pipeline.yml"
BOTH = frozenset({Trigger.PUSH, Trigger.CHANGE, Trigger.TAG})


def jobs_of(tmp_path: Path, files: dict[str, str] | str) -> list[Job]:
    return list(jobs(reading_of(tmp_path, {PATH: files} if isinstance(files, str) else files)))


def test_each_step_is_a_job_with_its_commands(tmp_path: Path) -> None:
    found = jobs_of(
        tmp_path,
        "env:\n  CI: 1\nsteps:\n  - label: ':lint:'\n    command: ruff check .\n    env:\n"
        "      A: b\n  - wait\n  - name: test\n    commands:\n      - pip install .\n"
        "      - pytest $$ARGS\n",
    )
    assert [(it.system, it.name, str(it.place)) for it in found] == [
        ("buildkite", ".buildkite/pipeline.yml: :lint:", ".buildkite/pipeline.yml:4"),
        ("buildkite", ".buildkite/pipeline.yml: test", ".buildkite/pipeline.yml:9"),
    ]
    assert found[0].triggers == BOTH
    assert scripts(found[0])[0].env == {"CI": "1", "A": "b"}
    assert scripts(found[1])[0].lines == ((11, "pip install ."), (12, "pytest $ARGS"))
    assert scripts(found[1])[0].errexit


def test_soft_failures_are_told_and_skipped_steps_are_none(tmp_path: Path) -> None:
    found = jobs_of(
        tmp_path,
        "steps:\n  - command: a\n    soft_fail: true\n"
        "  - command: b\n    soft_fail:\n      - exit_status: 1\n"
        "  - command: c\n    soft_fail: false\n  - command: d\n    skip: later\n",
    )
    assert [(texts(it), it.soft) for it in found] == [
        (["a"], (".buildkite/pipeline.yml:3: soft_fail: true",)),
        (["b"], (".buildkite/pipeline.yml:5: soft_fail: for an exit status",)),
        (["c"], ()),
    ]


def test_what_follows_a_block_waits_for_a_person(tmp_path: Path) -> None:
    found = jobs_of(
        tmp_path,
        "steps:\n  - command: a\n    key: a\n  - block: Go?\n    key: go\n"
        "  - command: b\n    key: b\n  - command: c\n    depends_on: a\n"
        "  - command: d\n    depends_on: [b]\n  - command: e\n    depends_on: go\n",
    )
    assert {texts(it)[0]: it.triggers for it in found} == {
        "a": BOTH,
        "b": frozenset({Trigger.MANUAL}),
        "c": BOTH,
        "d": frozenset({Trigger.MANUAL}),
        "e": frozenset({Trigger.MANUAL}),
    }


def test_conditions_decide_when_a_step_runs(tmp_path: Path) -> None:
    conditions = {
        "build.tag != null": frozenset({Trigger.TAG}),
        "build.pull_request.id == null": frozenset({Trigger.PUSH, Trigger.TAG}),
        'build.source == "schedule"': frozenset({Trigger.SCHEDULE}),
        'build.branch == "main"': BOTH,
        "build.tag =~ /^v/ && build.pull_request.id == null": frozenset({Trigger.TAG}),
    }
    for condition, expected in conditions.items():
        (job,) = jobs_of(tmp_path, f"steps:\n  - command: a\n    if: '{condition}'\n")
        assert job.triggers == expected, condition


def test_plugins_are_known_and_triggers_are_dead_ends(tmp_path: Path) -> None:
    found = jobs_of(
        tmp_path,
        "steps:\n  - label: build\n    plugins:\n      - docker-compose#v4.9.0:\n"
        "          build: app\n          push: [app]\n      - acme/scan#v1\n"
        "  - trigger: deploy\n",
    )
    assert [
        (it.kind, it.name, it.place.line, it.options)
        for it in found[0].steps
        if isinstance(it, Known)
    ] == [
        ("plugin", "buildkite-plugins/docker-compose", 4, {"build": "app", "push": "app"}),
        ("plugin", "acme/scan", 7, {}),
    ]
    (dead,) = found[1].steps
    assert isinstance(dead, Dead)
    assert (dead.why, dead.place.line) == ("deploy: another pipeline", 8)


def test_a_matrix_is_put_into_commands_and_variables(tmp_path: Path) -> None:
    found = jobs_of(
        tmp_path,
        "steps:\n  - command: tox -e {{matrix}}\n    matrix: [py38, lint]\n"
        "  - command: tox\n    env:\n      TOXENV: '{{matrix.env}}'\n    matrix:\n"
        "      setup:\n        env: [a, b]\n        os: [x, y]\n",
    )
    assert texts(found[0]) == ["tox -e py38", "tox -e lint"]
    assert [it.env["TOXENV"] for it in scripts(found[1])] == ["a", "b"]


def test_groups_and_uploaded_files_are_followed(tmp_path: Path) -> None:
    found = jobs_of(
        tmp_path,
        {
            PATH: "steps:\n  - group: g\n    steps:\n      - command: a\n"
            "  - command: buildkite-agent pipeline upload ci/more.yml\n    soft_fail: true\n"
            "  - command: ./gen.sh | buildkite-agent pipeline upload\n"
            "  - command: buildkite-agent pipeline upload .buildkite/pipeline.yml\n",
            "ci/more.yml": "steps:\n  - command: b\n"
            "  - command: buildkite-agent pipeline upload ci/more.yml\n",
        },
    )
    b = next(it for it in found if texts(it) == ["b"])
    assert (str(b.place), b.soft) == ("ci/more.yml:2", (f"{PATH}:6: soft_fail: true",))
    assert [it.why for job in found for it in job.steps if isinstance(it, Dead)] == [
        "pipeline upload: its input is no file here"
    ]
    assert texts(found[0]) == ["a"]


def test_a_malformed_file_is_a_problem_with_its_line(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {PATH: "steps: [\n"})
    assert list(jobs(reading)) == []
    assert [(it.path, it.line > 0) for it in reading.problems] == [(PATH, True)]


KEYS = """steps group command commands block trigger plugins matrix setup env if skip soft_fail
key depends_on label a""".split()
VALUES = st.recursive(
    st.sampled_from(["x", "wait", "block", "{{matrix}}", "true", "a#b", "", "build.tag == ("]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=20,
)


@settings(max_examples=50, deadline=None)
@given(VALUES)
def test_no_value_raises(value: object) -> None:
    with tempfile.TemporaryDirectory() as directory:
        for job in jobs_of(Path(directory), json.dumps({"steps": value, "env": value})):
            assert job.triggers


def test_steps_that_hold_themselves_are_survived(tmp_path: Path) -> None:
    jobs_of(tmp_path, "steps: &a\n  - group: g\n    steps: *a\n  - command: x\n")
