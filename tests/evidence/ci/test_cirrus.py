from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.ci.cirrus import jobs
from pytest_boss_gates.evidence.steps import Dead, Job, Known, Trigger
from tests.evidence.ci.conftest import scripts, texts
from tests.evidence.conftest import reading_of

PATH = ".cirrus.yml"
BOTH = frozenset({Trigger.PUSH, Trigger.CHANGE, Trigger.TAG})


def jobs_of(tmp_path: Path, files: dict[str, str] | str) -> list[Job]:
    return list(jobs(reading_of(tmp_path, {PATH: files} if isinstance(files, str) else files)))


def test_a_task_runs_its_scripts_with_errexit(tmp_path: Path) -> None:
    (job,) = jobs_of(
        tmp_path,
        "env:\n  CI: 1\n  KEY: ENCRYPTED[abc]\nlint_task:\n  container:\n    image: python\n"
        "  pip_cache:\n    folder: x\n    fingerprint_script: cat y\n"
        "    populate_script: pip install .\n"
        "  lint_script:\n    - ruff check .\n    - mypy\n  script: tox\n",
    )
    assert (job.system, job.name, str(job.place)) == (
        "cirrus",
        ".cirrus.yml: lint",
        ".cirrus.yml:4",
    )
    assert job.triggers == BOTH
    assert [it.lines for it in scripts(job)] == [
        ((10, "pip install ."),),
        ((12, "ruff check ."), (13, "mypy")),
        ((14, "tox"),),
    ]
    assert all(it.errexit and it.env == {"CI": "1"} for it in scripts(job))


def test_tasks_and_matrices_with_the_same_key_are_all_there(tmp_path: Path) -> None:
    found = jobs_of(
        tmp_path,
        "task:\n  name: a\n  env:\n    matrix:\n      - TOXENV: py38\n      - TOXENV: lint\n"
        "  script: tox\n"
        "task:\n  name: b\n  matrix:\n    name: c\n    env:\n      X: 1\n"
        "  matrix:\n    name: d\n    script: true\n  script: pytest\n",
    )
    assert [(it.name, texts(it)) for it in found] == [
        (".cirrus.yml: a", ["tox", "tox"]),
        (".cirrus.yml: c", ["pytest"]),
        (".cirrus.yml: d", ["true"]),
    ]
    assert [it.env["TOXENV"] for it in scripts(found[0])] == ["py38", "lint"]


def test_conditions_and_manual_tasks_decide_when_a_task_runs(tmp_path: Path) -> None:
    found = jobs_of(
        tmp_path,
        "a_task:\n  only_if: $CIRRUS_PR != ''\n  script: a\n"
        "b_task:\n  only_if: $CIRRUS_TAG != ''\n  script: b\n"
        "c_task:\n  only_if: $CIRRUS_CRON == 'nightly'\n  script: c\n"
        "d_task:\n  trigger_type: manual\n  script: d\n"
        "e_task:\n  depends_on: d\n  script: e\n"
        "f_task:\n  only_if: $CIRRUS_BRANCH == 'main'\n  script: f\n"
        "g_task:\n  only_if: false\n  script: g\n"
        "h_task:\n  skip: $CIRRUS_PR != ''\n  script: h\n",
    )
    assert {it.name[-1]: it.triggers for it in found} == {
        "a": frozenset({Trigger.CHANGE}),
        "b": frozenset({Trigger.TAG}),
        "c": frozenset({Trigger.SCHEDULE}),
        "d": frozenset({Trigger.MANUAL}),
        "e": frozenset({Trigger.MANUAL}),
        "f": frozenset({Trigger.PUSH, Trigger.TAG}),
        "h": frozenset({Trigger.PUSH, Trigger.TAG}),
    }


def test_soft_failures_are_told(tmp_path: Path) -> None:
    (job,) = jobs_of(
        tmp_path,
        "a_task:\n  allow_failures: true\n  server_background_script: serve\n"
        "  on_failure:\n    log_script: cat x\n  always:\n    report_script: upload\n",
    )
    assert job.soft == (".cirrus.yml:2: allow_failures: true",)
    assert [(it.lines[0][1], it.soft) for it in scripts(job)] == [
        ("serve", (".cirrus.yml:3: a background script cannot fail the task",)),
        ("upload", ()),
    ]


def test_pipes_builders_and_images_are_followed(tmp_path: Path) -> None:
    found = jobs_of(
        tmp_path,
        "docker_builder:\n  build_script: docker build .\n"
        "pipe:\n  name: p\n  steps:\n    - image: x\n      a_script: a\n"
        "t_task:\n  container:\n    dockerfile: ci/Dockerfile\n  script: t\n",
    )
    assert [texts(it) for it in found] == [["docker build ."], ["a"], ["t"]]
    known = found[2].steps[0]
    assert isinstance(known, Known)
    assert (known.name, str(known.place)) == ("cirrus/dockerfile", ".cirrus.yml:10")


def test_a_program_is_a_dead_end(tmp_path: Path) -> None:
    (job,) = jobs_of(tmp_path, {".cirrus.star": "def main(): pass\n"})
    assert isinstance(job.steps[0], Dead)


def test_a_malformed_file_is_a_problem_with_its_line(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {PATH: "a_task:\n  script: [\n"})
    assert list(jobs(reading)) == []
    assert [(it.path, it.line > 0) for it in reading.problems] == [(PATH, True)]


KEYS = """task matrix env script a_script a_task only_if skip container dockerfile pipe steps name
always depends_on allow_failures trigger_type""".split()
VALUES = st.recursive(
    st.sampled_from(["x", "manual", "true", "$A == 'b'", "((", "", "|"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4)
    ),
    max_leaves=15,
)


@settings(max_examples=50, deadline=None)
@given(VALUES)
def test_no_value_raises(value: object) -> None:
    with tempfile.TemporaryDirectory() as directory:
        for job in jobs_of(Path(directory), json.dumps(value)):
            assert job.triggers
