from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.ci.jenkins import jobs
from pytest_boss_gates.evidence.steps import Dead, Job, Known, Script, Trigger
from tests.evidence.ci.conftest import scripts, texts
from tests.evidence.conftest import reading_of

PATH = "Jenkinsfile"
BOTH = frozenset({Trigger.PUSH, Trigger.CHANGE, Trigger.TAG})


def jobs_of(tmp_path: Path, files: dict[str, str] | str) -> list[Job]:
    return list(jobs(reading_of(tmp_path, {PATH: files} if isinstance(files, str) else files)))


def stage(steps: str, around: str = "") -> str:
    return (
        f"pipeline {{\n agent any\n stages {{\n  stage('Test') {{\n{around}\n"
        f"   steps {{\n{steps}\n   }}\n  }}\n }}\n}}\n"
    )


def test_each_stage_is_a_job_and_each_shell_step_a_script_with_its_lines(tmp_path: Path) -> None:
    (job,) = jobs_of(
        tmp_path,
        stage(
            "sh 'ruff check .'\nsh '''\n  mypy src\n  pytest \\\\\n    -x\n'''\nsh \"echo $HOME\""
        ),
    )
    assert (job.system, job.name, str(job.place)) == (
        "jenkins",
        "Jenkinsfile: Test",
        "Jenkinsfile:4",
    )
    assert job.triggers == BOTH
    assert [it.lines for it in scripts(job)] == [
        ((7, "ruff check ."),),
        ((8, ""), (9, "  mypy src"), (10, "  pytest \\"), (11, "    -x"), (12, "")),
        ((13, "echo $HOME"),),
    ]
    assert all(it.errexit for it in scripts(job))


def test_a_script_with_its_own_interpreter_line_has_no_errexit(tmp_path: Path) -> None:
    (job,) = jobs_of(tmp_path, stage("sh '''#!/bin/bash\nmypy x\ntrue'''"))
    assert [it.errexit for it in scripts(job)] == [False]


def test_comments_and_texts_with_braces_do_not_mislead(tmp_path: Path) -> None:
    (job,) = jobs_of(
        tmp_path,
        stage("// sh 'flake8'\n/* sh 'black .' { */\necho 'sh { \\' }'\nsh 'awk \"{ print }\" x'"),
    )
    assert texts(job) == ['awk "{ print }" x']


def test_environment_and_directory_are_known(tmp_path: Path) -> None:
    (job,) = jobs_of(
        tmp_path,
        stage(
            "dir('api') {\n withEnv(['TOXENV=lint']) { sh 'tox' }\n}",
            "environment {\n CI = 'true'\n KEY = credentials('k')\n}",
        ),
    )
    (script,) = scripts(job)
    assert (script.directory, script.env) == ("api", {"CI": "true", "TOXENV": "lint"})


def test_failures_that_are_swallowed_are_soft(tmp_path: Path) -> None:
    (job,) = jobs_of(
        tmp_path,
        stage(
            "sh(script: 'a', returnStatus: true)\n"
            "catchError(buildResult: 'SUCCESS', stageResult: 'FAILURE') { sh 'b' }\n"
            "catchError { sh 'c' }\n"
            "warnError('x') { sh 'd' }\n"
            "script {\n try { sh 'e' } catch (err) { echo 'no' }\n"
            " try { sh 'f' } catch (err) { throw err }\n"
            " def rc = sh(script: 'g', returnStatus: true)\n if (rc != 0) { error('bad') }\n}"
        ),
    )
    assert {it.lines[0][1]: it.soft for it in scripts(job)} == {
        "a": ("Jenkinsfile:7: returnStatus: true",),
        "b": ("Jenkinsfile:8: catchError(buildResult: SUCCESS)",),
        "c": (),
        "d": ("Jenkinsfile:10: warnError",),
        "e": ("Jenkinsfile:12: the failure is caught",),
        "f": (),
        "g": (),
    }


def test_conditions_decide_when_a_stage_runs(tmp_path: Path) -> None:
    conditions = {
        "branch 'main'": frozenset({Trigger.PUSH, Trigger.TAG}),
        "buildingTag()": frozenset({Trigger.TAG}),
        "changeRequest()": frozenset({Trigger.CHANGE}),
        "not { changeRequest() }": frozenset({Trigger.PUSH, Trigger.TAG}),
        "anyOf { changeRequest(); buildingTag() }": frozenset({Trigger.CHANGE, Trigger.TAG}),
        "triggeredBy 'TimerTrigger'": frozenset({Trigger.SCHEDULE}),
        "triggeredBy cause: 'UserIdCause'": frozenset({Trigger.MANUAL}),
        "expression { return params.X }": BOTH,
    }
    for condition, expected in conditions.items():
        (job,) = jobs_of(tmp_path, stage("sh 'x'", f"when {{ {condition} }}"))
        assert job.triggers == expected, condition
    assert jobs_of(tmp_path, stage("sh 'x'", "when { expression { false } }")) == []


def test_what_follows_a_question_waits_for_a_person(tmp_path: Path) -> None:
    found = jobs_of(
        tmp_path,
        "pipeline { stages {\n"
        "stage('a') { steps { sh 'a' } }\n"
        "stage('b') { steps { sh 'b'\n timeout(5) { input 'Go?' }\n sh 'b2' } }\n"
        "stage('c') { steps { sh 'c' } }\n} }\n",
    )
    assert [(texts(it), it.triggers) for it in found] == [
        (["a"], BOTH),
        (["b"], BOTH),
        (["b2"], frozenset({Trigger.MANUAL})),
        (["c"], frozenset({Trigger.MANUAL})),
    ]


def test_parallel_nested_and_matrix_stages_are_reached(tmp_path: Path) -> None:
    found = jobs_of(
        tmp_path,
        "pipeline { triggers { cron('H 3 * * *') }\n stages {\n"
        "stage('p') { parallel {\n stage('x') { steps { sh 'x' } }\n"
        " stage('y') { stages { stage('z') { steps { sh 'z' } } } }\n} }\n"
        "stage('m') { matrix { axes { axis { name 'PY'\n values '38', '39' } }\n"
        " stages { stage('t') { steps { sh 'tox -e py$PY' } } } } }\n} }\n",
    )
    assert [(it.name, [s.env for s in scripts(it)]) for it in found] == [
        ("Jenkinsfile: x", [{}]),
        ("Jenkinsfile: z", [{}]),
        ("Jenkinsfile: t", [{"PY": "38"}, {"PY": "39"}]),
    ]
    assert found[0].triggers == BOTH | frozenset({Trigger.SCHEDULE})


def test_post_steps_run_unless_they_follow_a_failure(tmp_path: Path) -> None:
    (job,) = jobs_of(
        tmp_path,
        "pipeline { post { always { sh 'a' } success { sh 'b' } failure { sh 'c' } } }\n",
    )
    assert texts(job) == ["a", "b"]


def test_a_scripted_file_is_read_as_far_as_it_shows(tmp_path: Path) -> None:
    found = jobs_of(
        tmp_path,
        "def check(x) {\n  sh 'flake8'\n}\nnode('linux') {\n  stage('Lint') {\n"
        "    check('a')\n  }\n  stage('All') {\n"
        "    parallel a: { sh 'pytest' }, b: { sh 'mypy .' }\n  }\n"
        "  docker.build('app').push('latest')\n}\n",
    )
    assert [(it.name, texts(it)) for it in found] == [
        ("Jenkinsfile: Lint", ["flake8"]),
        ("Jenkinsfile: All", ["pytest", "mypy ."]),
        ("Jenkinsfile", []),
    ]
    (known,) = found[2].steps
    assert isinstance(known, Known)
    assert (known.name, known.place.line) == ("jenkins/docker.build", 11)


def test_an_image_that_is_built_for_the_agent_is_known(tmp_path: Path) -> None:
    (job,) = jobs_of(tmp_path, "pipeline {\n agent {\n  dockerfile true\n }\n}\n")
    (known,) = job.steps
    assert isinstance(known, Known)
    assert (known.name, known.place.line) == ("jenkins/dockerfile", 3)


def test_what_stands_elsewhere_is_a_dead_end(tmp_path: Path) -> None:
    (job,) = jobs_of(tmp_path, "@Library('shared') _\nbuildPython(x: 1)\nload 'ci/more.groovy'\n")
    assert [(str(it.place), it.why) for it in job.steps if isinstance(it, Dead)] == [
        ("Jenkinsfile:2", "buildPython: a step of a shared library"),
        ("Jenkinsfile:3", "load ci/more.groovy: not followed"),
    ]


def test_a_text_put_together_by_a_variable_is_a_dead_end(tmp_path: Path) -> None:
    (job,) = jobs_of(tmp_path, stage("sh command\nsh 'tox -e ' + env_name"))
    assert [type(it) for it in job.steps] == [Dead, Script]
    assert texts(job) == ["tox -e ${env_name}"]


def test_a_brace_that_is_never_closed_is_a_problem_with_its_line(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {PATH: "pipeline {\n stages {\n"})
    list(jobs(reading))
    assert [(it.path, it.line) for it in reading.problems] == [(PATH, 2)]


def test_a_jenkinsfile_of_an_example_is_not_ours(tmp_path: Path) -> None:
    assert jobs_of(tmp_path, {"examples/Jenkinsfile": stage("sh 'x'")}) == []
    assert len(jobs_of(tmp_path, {"ci/Jenkinsfile.release": stage("sh 'x'")})) == 1


def test_nesting_without_end_and_functions_that_call_themselves_are_survived(
    tmp_path: Path,
) -> None:
    jobs_of(tmp_path, "node {" * 5_000)
    jobs_of(tmp_path, "sh " * 20_000)
    jobs_of(tmp_path, "def a(x) { a(1); b(1); sh 'x' }\ndef b(x) { a(2); b(2) }\na(0)\n")


PIECES = st.sampled_from(
    """pipeline stages stage('x') steps { } ( ) [ ] , : sh 'tox' \"a ''' \"\"\" \\ / $/ // /* */ \n
    input when branch def f(x) = parallel try catch(e) dir matrix axes name""".split(" ")
)


@settings(max_examples=50, deadline=None)
@given(st.lists(PIECES | st.text(max_size=3), max_size=60).map(" ".join))
def test_no_text_raises(text: str) -> None:
    with tempfile.TemporaryDirectory() as directory:
        for job in jobs_of(Path(directory), text.encode(errors="replace").decode()):
            assert job.steps
