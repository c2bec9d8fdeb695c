from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.ci.travis import jobs
from pytest_boss_gates.evidence.shell import commands_of
from pytest_boss_gates.evidence.steps import Dead, Job, Known, Through, Trigger
from tests.evidence.ci.conftest import scripts, texts
from tests.evidence.conftest import reading_of

BOTH = frozenset({Trigger.PUSH, Trigger.CHANGE, Trigger.TAG})


def jobs_of(tmp_path: Path, text: str, **files: str) -> list[Job]:
    return list(jobs(reading_of(tmp_path, {".travis.yml": text, **files})))


def test_the_phases_come_in_order_each_with_the_line_of_its_command(tmp_path: Path) -> None:
    found = jobs_of(
        tmp_path,
        "language: python\nscript:\n  - pytest\n  - flake8\ninstall: pip install .\n",
    )
    (job,) = found
    assert (job.system, job.name, str(job.place)) == ("travis", ".travis.yml", ".travis.yml:2")
    assert job.triggers == BOTH
    assert [it.lines for it in scripts(job)] == [
        ((5, "pip install ."),),
        ((3, "pytest"),),
        ((4, "flake8"),),
    ]


def test_each_line_of_a_script_counts_but_of_a_block_only_the_last_command(
    tmp_path: Path,
) -> None:
    (job,) = jobs_of(
        tmp_path, "script:\n  - black --check . && isort -c .\n  - |\n    mypy x\n    pytest\n"
    )
    soft = {
        command.words[0]: command.soft
        for script in scripts(job)
        for command in commands_of(script).commands
    }
    assert soft["black"] == soft["isort"] == soft["pytest"] == ()
    assert soft["mypy"] != ()


def test_the_directory_and_variables_last_from_one_line_to_the_next(tmp_path: Path) -> None:
    (job,) = jobs_of(
        tmp_path,
        "before_script:\n  - cd sub && ls\n  - export ENVS=py38\n  - set -e\n"
        "script:\n  - |\n    tox -e $ENVS\n    true\n",
    )
    last = scripts(job)[-1]
    assert (last.directory, last.env["ENVS"], last.errexit) == ("sub", "py38", True)


def test_what_runs_after_the_result_is_soft(tmp_path: Path) -> None:
    (job,) = jobs_of(
        tmp_path, "script: pytest\nafter_success:\n  - codecov\nafter_failure: cat log\n"
    )
    assert texts(job) == ["pytest", "codecov"]
    assert scripts(job)[1].soft == (".travis.yml:3: after_success cannot fail the job",)


def test_skip_is_no_command(tmp_path: Path) -> None:
    assert texts(jobs_of(tmp_path, "install: skip\nscript: pytest\n")[0]) == ["pytest"]


def test_a_matrix_of_variables_reaches_every_tox_environment(tmp_path: Path) -> None:
    (job,) = jobs_of(
        tmp_path,
        "python: ['3.8', '3.9']\nenv:\n  global:\n    - PIP=1\n    - secure: abc\n"
        "  matrix:\n    - TOXENV=py\n    - TOXENV=lint OTHER='a b'\n"
        "install: pip install tox\nscript: tox\n",
    )
    assert texts(job) == ["pip install tox", "tox", "tox"]
    assert [it.env.get("TOXENV") for it in scripts(job)[1:]] == ["py", "lint"]
    assert all(it.env["PIP"] == "1" and "secure" not in it.env for it in scripts(job))


def test_variables_are_looked_for_in_the_files_that_a_script_names(tmp_path: Path) -> None:
    (job,) = jobs_of(
        tmp_path,
        "env:\n  - CHECK=a\n  - CHECK=b\nscript: ./ci/run.sh\n",
        **{"ci/run.sh": 'case "$CHECK" in a) flake8;; esac\n'},
    )
    assert [it.env["CHECK"] for it in scripts(job)] == ["a", "b"]


def test_rows_that_may_fail_are_a_soft_job_and_excluded_rows_are_none(tmp_path: Path) -> None:
    found = jobs_of(
        tmp_path,
        "python: ['3.8', 'nightly', '2.7']\nscript: tox -e $TRAVIS_PYTHON_VERSION\n"
        "matrix:\n  exclude:\n    - python: '2.7'\n"
        "  allow_failures:\n    - python: nightly\n",
    )
    assert [(it.soft, [s.env["TRAVIS_PYTHON_VERSION"] for s in scripts(it)]) for it in found] == [
        ((), ["3.8"]),
        ((".travis.yml:7: allow_failures: python: nightly",), ["nightly"]),
    ]


def test_included_jobs_inherit_what_they_do_not_say(tmp_path: Path) -> None:
    found = jobs_of(
        tmp_path,
        "python: 3.9\ninstall: pip install tox\nscript: tox\n"
        "jobs:\n  include:\n    - name: lint\n      env: TOXENV=lint\n"
        "    - stage: deploy\n      script: twine upload dist/*\n      if: tag IS present\n",
    )
    assert [(it.name, str(it.place), texts(it)) for it in found] == [
        (".travis.yml: lint", ".travis.yml:6", ["pip install tox", "tox"]),
        (".travis.yml: deploy", ".travis.yml:8", ["pip install tox", "twine upload dist/*"]),
    ]
    assert scripts(found[0])[1].env["TOXENV"] == "lint"
    assert [it.triggers for it in found] == [BOTH, frozenset({Trigger.TAG})]


def test_a_matrix_beside_included_jobs_stays(tmp_path: Path) -> None:
    found = jobs_of(
        tmp_path,
        "python: ['3.8', '3.9']\nscript: pytest\nmatrix:\n  include:\n    - script: flake8\n",
    )
    assert [texts(it) for it in found] == [["pytest"], ["flake8"]]


def test_a_stage_passes_its_condition_on_to_its_jobs(tmp_path: Path) -> None:
    found = jobs_of(
        tmp_path,
        "stages:\n  - name: nightly\n    if: type = cron\n  - test\n"
        "jobs:\n  include:\n    - stage: nightly\n      script: asv run\n"
        "    - script: also nightly\n    - stage: test\n      script: pytest\n",
    )
    assert [it.triggers for it in found] == [
        frozenset({Trigger.SCHEDULE}),
        frozenset({Trigger.SCHEDULE}),
        BOTH,
    ]


def test_a_job_whose_condition_never_holds_is_none(tmp_path: Path) -> None:
    assert jobs_of(tmp_path, "script: pytest\nif: false\n") == []


def test_a_deployment_is_known_by_its_provider_and_only_happens_when_its_condition_says(
    tmp_path: Path,
) -> None:
    (job,) = jobs_of(
        tmp_path,
        "script: pytest\nbefore_deploy: make docs\ndeploy:\n"
        "  - provider: pypi\n    distributions: sdist bdist_wheel\n    on:\n      tags: true\n"
        "  - provider: script\n    script: bash push.sh\n    on: master\n",
    )
    through = [it for it in job.steps if isinstance(it, Through)]
    assert [it.only for it in through] == [
        frozenset({Trigger.TAG, Trigger.PUSH}),
        frozenset({Trigger.PUSH}),
        frozenset({Trigger.TAG}),
    ]
    (known,) = through[2].steps
    assert isinstance(known, Known)
    assert (known.kind, known.name, str(known.place)) == (
        "deploy",
        "travis/pypi",
        ".travis.yml:4",
    )
    assert known.options["distributions"] == "sdist bdist_wheel"


def test_an_import_is_told(tmp_path: Path) -> None:
    (job,) = jobs_of(tmp_path, "import:\n  - source: org/repo:x.yml\nscript: pytest\n")
    assert isinstance(job.steps[0], Dead)
    assert str(job.steps[0].place) == ".travis.yml:1"


def test_a_malformed_file_is_a_problem_with_its_line(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {".travis.yml": "script:\n  - pytest\n bad: [\n"})
    assert list(jobs(reading)) == []
    assert [(it.path, it.line > 0) for it in reading.problems] == [(".travis.yml", True)]


VALUES = st.recursive(
    st.sampled_from(["pytest", "A=1 B=2", "tag IS present", "*x", "true", "'", "", "3.8", "(("]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                """script install env global matrix jobs include exclude allow_failures if stages
                name python deploy provider on tags stage addons sonarcloud import""".split()
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@settings(max_examples=50, deadline=None)
@given(VALUES)
def test_no_value_raises(value: object) -> None:
    with tempfile.TemporaryDirectory() as directory:
        text = json.dumps(value).replace('"*x"', "*x")
        for job in jobs_of(Path(directory), text):
            assert job.triggers
