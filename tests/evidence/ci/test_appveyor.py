from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.ci.appveyor import jobs
from pytest_boss_gates.evidence.steps import Job, Known, Through, Trigger
from tests.evidence.ci.conftest import scripts, texts
from tests.evidence.conftest import reading_of

PATH = "appveyor.yml"
BOTH = frozenset({Trigger.PUSH, Trigger.CHANGE, Trigger.TAG})


def jobs_of(tmp_path: Path, files: dict[str, str] | str) -> list[Job]:
    return list(jobs(reading_of(tmp_path, {PATH: files} if isinstance(files, str) else files)))


def test_each_line_for_cmd_is_a_command_whose_status_is_looked_at(tmp_path: Path) -> None:
    (job,) = jobs_of(
        tmp_path,
        "build: off\ninstall:\n  - cmd: '%PYTHON%\\python.exe -m pip install tox'\n"
        "test_script:\n  - |\n    tox -e py\n    flake8\n  - sh: mypy .\n",
    )
    assert (job.system, job.name, job.triggers) == ("appveyor", PATH, BOTH)
    assert [it.lines for it in scripts(job)] == [
        ((3, "${PYTHON}/python -m pip install tox"),),
        ((6, "tox -e py"),),
        ((7, "flake8"),),
        ((8, "mypy ."),),
    ]


def test_a_command_may_go_on_in_the_next_line(tmp_path: Path) -> None:
    (job,) = jobs_of(
        tmp_path,
        "test_script:\n  - >\n    tox\n    -e %E%\n  - |\n    pytest ^\n      -x\n    flake8\n",
    )
    assert [it.lines for it in scripts(job)] == [
        ((3, "tox \\"), (4, "-e ${E}")),
        ((6, "pytest \\"), (7, "-x")),
        ((8, "flake8"),),
    ]


def test_powershell_does_not_fail_by_a_program_unless_it_looks(tmp_path: Path) -> None:
    (job,) = jobs_of(
        tmp_path,
        "test_script:\n  - ps: pytest\n  - ps: |\n      tox\n"
        "      if ($LastExitCode -ne 0) { throw }\n",
    )
    assert [it.soft for it in scripts(job)] == [
        ("appveyor.yml:2: PowerShell goes on when a program fails",),
        (),
    ]


def test_the_matrix_reaches_every_environment_and_soft_rows_stand_apart(tmp_path: Path) -> None:
    found = jobs_of(
        tmp_path,
        "environment:\n  GLOBAL: 1\n  matrix:\n    - TOXENV: py38\n    - TOXENV: py39\n"
        "    - TOXENV: next\n    - TOXENV: gone\n"
        "test_script: tox\n"
        "matrix:\n  exclude:\n    - TOXENV: gone\n  allow_failures:\n    - TOXENV: next\n",
    )
    assert [(it.soft, [s.env["TOXENV"] for s in scripts(it)]) for it in found] == [
        ((), ["py38", "py39"]),
        (("appveyor.yml:13: allow_failures: TOXENV: next",), ["next"]),
    ]
    assert scripts(found[0])[0].env["GLOBAL"] == "1"


def test_a_section_for_an_image_says_otherwise(tmp_path: Path) -> None:
    found = jobs_of(
        tmp_path,
        "image:\n  - Visual Studio 2019\n  - Ubuntu\ntest_script: tox\n"
        "for:\n  - matrix:\n      only:\n        - image: Ubuntu\n    test_script: make test\n",
    )
    assert [texts(it) for it in found] == [["tox"], ["make test"]]
    assert [str(it.place) for it in found] == ["appveyor.yml:4", "appveyor.yml:9"]


def test_late_phases_are_soft_and_deployments_are_no_pull_requests(tmp_path: Path) -> None:
    (job,) = jobs_of(
        tmp_path,
        "test: off\non_finish: codecov\non_failure: cat log\ndeploy_script: twine upload x\n"
        "deploy:\n  - provider: NuGet\n    on:\n      appveyor_repo_tag: true\n",
    )
    script, known = (it for it in job.steps if isinstance(it, Through))
    assert (script.only, known.only) == (
        frozenset({Trigger.PUSH, Trigger.TAG}),
        frozenset({Trigger.TAG}),
    )
    (deploy,) = known.steps
    assert isinstance(deploy, Known)
    assert (deploy.kind, deploy.name, deploy.place.line) == ("deploy", "appveyor/nuget", 6)
    assert [it.soft for it in scripts(job) if it.soft] == [
        ("appveyor.yml:2: on_finish cannot fail the build",)
    ]
    assert "cat log" not in texts(job)


def test_builds_of_tags_only(tmp_path: Path) -> None:
    (job,) = jobs_of(tmp_path, "skip_non_tags: true\ntest_script: tox\n")
    assert job.triggers == frozenset({Trigger.TAG})


def test_the_hidden_name_counts_when_the_other_is_not_there(tmp_path: Path) -> None:
    (job,) = jobs_of(tmp_path, {".appveyor.yml": "test_script: tox\n"})
    assert job.name == ".appveyor.yml"


def test_a_malformed_file_is_a_problem_with_its_line(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {PATH: "test_script: [\n"})
    assert list(jobs(reading)) == []
    assert [(it.path, it.line > 0) for it in reading.problems] == [(PATH, True)]


KEYS = """environment matrix image install test_script ps cmd sh for only exclude allow_failures
deploy provider on A""".split()
VALUES = st.recursive(
    st.sampled_from(["x", "off", "true", "%A%", "", "tox & b"]),
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
