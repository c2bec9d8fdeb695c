"""GitHub Actions: on which occasions which job runs what, and where it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.evidence.chain import Chain, Followed, Reached
from pytest_boss_gates.evidence.ci import github
from pytest_boss_gates.evidence.reading import Reading
from pytest_boss_gates.evidence.steps import Job, Trigger
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

CI = ".github/workflows/ci.yml"
PUSH, CHANGE, QUEUE = Trigger.PUSH, Trigger.CHANGE, Trigger.QUEUE
TAG, SCHEDULE, MANUAL = Trigger.TAG, Trigger.SCHEDULE, Trigger.MANUAL


def read(root: Path, files: Mapping[str, str]) -> Reading:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return Reading(Tree(root=root))


def jobs(root: Path, workflow: str, files: Mapping[str, str] | None = None) -> list[Job]:
    return list(github.jobs(read(root, {CI: workflow, **(files or {})})))


def follow(root: Path, workflow: str, files: Mapping[str, str] | None = None) -> Followed:
    reading = read(root, {CI: workflow, **(files or {})})
    return Chain(reading, {}, {}).follow(github.jobs(reading))


def job(body: str, on: str = "push") -> str:
    """A workflow of one job, its body given with six spaces taken off."""
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    return f"on: {on}\njobs:\n  a:\n{lines}"


def commands(found: Followed) -> list[str]:
    return [" ".join(each.words) for each in found.reached]


def only(found: Followed, head: str = "mypy") -> Reached:
    [each] = [each for each in found.reached if each.words[0] == head]
    return each


STEP = "steps:\n- run: mypy"


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("push", {PUSH, TAG}),
        ("[push, pull_request]", {PUSH, TAG, CHANGE}),
        ("{push: {branches: [main]}, pull_request: {}}", {PUSH, CHANGE}),
        ("{push: {branches: [main], tags: ['v*']}}", {PUSH, TAG}),
        ("{push: {tags: ['v*']}}", {TAG}),
        ("{push: {branches-ignore: ['**'], tags: ['v*']}}", {TAG}),
        ("{push: {branches-ignore: [wip]}}", {PUSH}),
        ("{push: {paths: ['src/**']}}", {PUSH, TAG}),
        ("pull_request_target", {CHANGE}),
        ("merge_group", {QUEUE}),
        ("{schedule: [{cron: '0 0 * * *'}]}", {SCHEDULE}),
        ("release", {TAG}),
        ("workflow_dispatch", {MANUAL}),
        ("repository_dispatch", {MANUAL}),
        ("issues", {MANUAL}),
        ("[workflow_call, push]", {PUSH, TAG}),
    ],
)
def test_events_are_occasions(tmp_path: Path, on: str, expected: set[Trigger]) -> None:
    [found] = jobs(tmp_path, job(STEP, on))

    assert found.triggers == expected


@pytest.mark.parametrize("on", ["workflow_call", "{workflow_call: {inputs: {}}}", "[]", "{}"])
def test_a_workflow_that_nothing_starts_has_no_jobs(tmp_path: Path, on: str) -> None:
    assert jobs(tmp_path, job(STEP, on)) == []


def test_a_workflow_that_follows_another_runs_when_that_does(tmp_path: Path) -> None:
    other = "name: Tests\non: {push: {tags: ['*']}, pull_request: {}}\njobs: {}\n"

    [found] = jobs(
        tmp_path,
        job(STEP, "{workflow_run: {workflows: [Tests]}}"),
        {".github/workflows/tests.yml": other},
    )

    assert found.triggers == {TAG, CHANGE}


def test_workflows_that_follow_each_other_end(tmp_path: Path) -> None:
    text = "name: {0}\non: {{workflow_run: {{workflows: [{1}]}}}}\njobs: {{a: {{steps: []}}}}\n"

    found = jobs(
        tmp_path, text.format("A", "B"), {".github/workflows/b.yml": text.format("B", "A")}
    )

    assert len(found) == 2


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("false", set()),
        ("${{ false }}", set()),
        ("always()", {PUSH, TAG, CHANGE}),
        ("github.event_name == 'push'", {PUSH, TAG}),
        ("github.event_name != 'push'", {CHANGE}),
        ("github.event_name == 'workflow_dispatch'", set()),
        ("startsWith(github.ref, 'refs/tags/')", {TAG}),
        ("startsWith(github.ref, 'refs/tags/v')", {TAG}),
        ("${{ !startsWith(github.ref, 'refs/tags') }}", {PUSH, CHANGE}),
        ("github.ref_type == 'tag'", {TAG, CHANGE}),
        ("github.event_name == 'push' && contains(github.ref, 'refs/tags/')", {TAG}),
        ("github.repository == 'a/b'", {PUSH, TAG, CHANGE}),
        ("github.ref == 'refs/heads/main'", {PUSH}),
        ("needs.x.outputs.y == 'z'", {PUSH, TAG, CHANGE}),
        ("this is not understood", {PUSH, TAG, CHANGE}),
    ],
)
def test_a_condition_leaves_the_occasions_on_which_it_may_hold(
    tmp_path: Path, condition: str, expected: set[Trigger]
) -> None:
    on = "[push, pull_request]"

    of_jobs = jobs(tmp_path / "a", job(f"if: {condition}\n{STEP}", on))
    of_steps = follow(tmp_path / "b", job(f"steps:\n- if: {condition}\n  run: mypy", on))

    assert {each for found in of_jobs for each in found.triggers} == expected
    assert {each for found in of_steps.reached for each in found.triggers} == expected


def test_an_environment_of_a_job_is_kept_unless_it_is_no_deployment(tmp_path: Path) -> None:
    text = (
        "on: push\njobs:\n  a: {environment: staging, steps: []}\n"
        "  b:\n    environment:\n      name: production\n    steps: []\n"
        "  c: {environment: {name: x, deployment: false}, steps: []}\n"
        "  d: {steps: []}\n"
    )

    found = {each.name: each for each in jobs(tmp_path, text)}

    assert [each.environment for each in found.values()] == ["staging", "production", "", ""]
    place = found["ci.yml: b"].environment_place
    assert place is not None
    assert str(place) == f"{CI}:6"
    assert found["ci.yml: c"].environment_place is None


def test_defaults_of_the_workflow_and_the_job_reach_the_steps(tmp_path: Path) -> None:
    text = (
        "on: push\ndefaults: {run: {working-directory: lib}}\nenv: {A: '1', B: '1'}\njobs:\n  a:\n"
        "    env: {B: '2'}\n    steps:\n    - run: mypy\n    - run: ruff | cat\n      shell: bash\n"
        "      working-directory: docs\n      env: {C: '3'}\n"
    )

    found = follow(tmp_path, text)

    mypy, ruff = only(found), only(found, "ruff")
    assert (mypy.directory, dict(mypy.env)) == ("lib", {"A": "1", "B": "2"})
    assert (ruff.directory, dict(ruff.env)) == ("lib/docs", {"A": "1", "B": "2", "C": "3"})
    assert ruff.soft == ()  # an explicit bash has pipefail


def test_the_usual_shell_minds_failures_but_not_in_pipes(tmp_path: Path) -> None:
    found = follow(tmp_path, job("steps:\n- run: |\n    mypy\n    ruff | cat"))

    assert only(found).soft == ()
    assert only(found, "ruff").soft == (f"{CI}:7: piped on without `pipefail`",)


def test_a_shell_that_does_not_end_at_a_failure_softens(tmp_path: Path) -> None:
    found = follow(tmp_path, job("steps:\n- shell: pwsh\n  run: |\n    mypy\n    ruff"))

    assert "only the last command decides" in only(found).soft[0]


@pytest.mark.parametrize("shell", ["python", "perl {0}", "node {0}"])
def test_a_step_of_another_language_is_no_shell(tmp_path: Path, shell: str) -> None:
    assert commands(follow(tmp_path, job(f"steps:\n- shell: {shell}\n  run: mypy"))) == []


@pytest.mark.parametrize(
    ("matrix", "run", "expected"),
    [
        ("{tool: [mypy, ruff]}", "${{ matrix.tool }} src", ["mypy src", "ruff src"]),
        ("{a: [x, y], b: ['1', '2']}", "t ${{ matrix.a }}${{ matrix.b }}", ["t x1", "t x2", "t y1", "t y2"]),  # noqa: E501
        ("{a: [x, y], b: ['1', '2']}", "t ${{ matrix.a }}", ["t x", "t y"]),
        ("{a: [x, y], exclude: [{a: x}]}", "t ${{ matrix.a }}", ["t y"]),
        ("{include: [{a: x}, {a: y}]}", "t ${{ matrix.a }}", ["t x", "t y"]),
        ("{a: [x], include: [{a: y, b: z}]}", "t ${{ matrix.a }}-${{ matrix.b }}", ["t x-", "t y-z"]),  # noqa: E501
        ("{a: [x, y], include: [{a: y, b: z}]}", "t ${{ matrix.b }}", ["t", "t z"]),
        ("{a: [x, y], include: [{b: z}]}", "t ${{ matrix.a }}${{ matrix.b }}", ["t xz", "t yz"]),
        ("{a: [{n: x}, {n: y}]}", "t ${{ matrix.a.n }}", ["t x", "t y"]),
        ("'${{ fromJSON(needs.a.outputs.m) }}'", "t ${{ matrix.a }}", ["t ${{ matrix.a }}"]),
        ("{a: '${{ fromJSON(x) }}'}", "t ${{ matrix.a }}", ["t ${{ matrix.a }}"]),
    ],
)  # fmt: skip
def test_the_values_of_a_matrix_are_put_in(
    tmp_path: Path, matrix: str, run: str, expected: list[str]
) -> None:
    found = follow(tmp_path, job(f"strategy: {{matrix: {matrix}}}\nsteps:\n- run: {run}"))

    assert sorted(commands(found)) == expected


def test_a_step_is_left_out_where_the_matrix_says_so(tmp_path: Path) -> None:
    text = job(
        "strategy: {matrix: {os: [linux, mac]}}\nsteps:\n- run: mypy ${{ matrix.os }}\n"
        "  if: matrix.os == 'mac'\n- run: ruff\n  if: matrix.os == 'windows'"
    )

    assert commands(follow(tmp_path, text)) == ["mypy mac"]


def test_env_values_are_put_in_by_expression_and_by_shell(tmp_path: Path) -> None:
    text = job("env: {TOOL: mypy, X: '${{ matrix.x }}'}\nstrategy: {matrix: {x: [a]}}\nsteps:\n"
               "- run: ${{ env.TOOL }} $X")  # fmt: skip

    assert commands(follow(tmp_path, text)) == ["mypy a"]


@pytest.mark.parametrize(
    ("value", "is_soft"),
    [
        ("true", True),
        ("${{ true }}", True),
        ("false", False),
        ("${{ matrix.experimental }}", False),
        ("${{ secrets.X }}", False),
    ],
)
def test_continue_on_error_is_soft_when_it_is_surely_on(
    tmp_path: Path, value: str, *, is_soft: bool
) -> None:
    of_job = follow(tmp_path / "a", job(f"continue-on-error: {value}\n{STEP}"))
    of_step = follow(tmp_path / "b", job(f"{STEP}\n  continue-on-error: {value}"))

    assert only(of_job).soft == ((f"{CI}:4: continue-on-error: {value}",) if is_soft else ())
    assert only(of_step).soft == ((f"{CI}:6: continue-on-error: {value}",) if is_soft else ())


CALLED = (
    "on:\n  workflow_call:\n    inputs:\n      tool: {default: mypy}\n      more: {}\n"
    "jobs:\n  b:\n    steps:\n    - run: ${{ inputs.tool }} ${{ inputs.more }}\n"
)


@pytest.mark.parametrize("prefix", ["./", "$/"])
def test_a_reusable_workflow_runs_where_it_is_called_with_its_inputs(
    tmp_path: Path, prefix: str
) -> None:
    text = (
        f"on: pull_request\njobs:\n  a:\n    uses: {prefix}.github/workflows/called.yml\n"
        "    with: {more: src}\n"
    )

    found = follow(tmp_path, text, {".github/workflows/called.yml": CALLED})

    mypy = only(found)
    assert mypy.words == ("mypy", "src")
    assert mypy.triggers == {CHANGE}
    assert " ".join(map(str, mypy.way)) == f"{CI}:4 .github/workflows/called.yml:9"


def test_a_softness_of_the_calling_job_is_carried(tmp_path: Path) -> None:
    text = (
        "on: push\njobs:\n  a:\n    uses: ./.github/workflows/called.yml\n    with: {more: src}\n"
        "    continue-on-error: true\n"
    )

    found = follow(tmp_path, text, {".github/workflows/called.yml": CALLED})

    assert only(found).soft == (f"{CI}:6: continue-on-error: true",)


ACTION = (
    "inputs:\n  tool: {default: mypy}\n  dir: {required: true}\nruns:\n  using: composite\n"
    "  steps:\n    - run: ${{ inputs.tool }} ${{ inputs.dir }}\n      shell: bash\n"
)


@pytest.mark.parametrize(
    ("uses", "file"),
    [
        ("./.github/actions/check", ".github/actions/check/action.yml"),
        ("./.github/actions/check/", ".github/actions/check/action.yaml"),
        ("$/tools/check", "tools/check/action.yml"),
        ("./", "action.yml"),
    ],
)
def test_a_composite_action_runs_with_its_inputs(tmp_path: Path, uses: str, file: str) -> None:
    text = job(f"steps:\n- uses: {uses}\n  with: {{dir: src}}")

    mypy = only(follow(tmp_path, text, {file: ACTION}))

    assert mypy.words == ("mypy", "src")
    assert " ".join(map(str, mypy.way)) == f"{CI}:5 {file}:7"


@pytest.mark.parametrize(
    ("text", "files", "why"),
    [
        (job("steps:\n- uses: ./nowhere"), {}, "./nowhere: there is no such action"),
        (
            job("uses: ./.github/workflows/no.yml"),
            {},
            "./.github/workflows/no.yml: there is no such workflow",
        ),
        (
            job("uses: ./.github/workflows/called.yml"),
            {
                ".github/workflows/called.yml": (
                    "on: workflow_call\njobs: {a: {uses: ./.github/workflows/called.yml}}\n"
                )
            },
            "./.github/workflows/called.yml: calls itself",
        ),
        (
            job("steps:\n- uses: ./a"),
            {"a/action.yml": "runs: {using: composite, steps: [{uses: ./a}]}\n"},
            "./a: uses itself",
        ),
    ],
)
def test_what_cannot_be_followed_is_an_end(
    tmp_path: Path, text: str, files: Mapping[str, str], why: str
) -> None:
    assert [each.why for each in follow(tmp_path, text, files).unresolved] == [why]


def test_what_others_keep_is_an_end_by_its_name(tmp_path: Path) -> None:
    text = (
        "on: push\njobs:\n  a: {uses: Owner/Repo/.github/workflows/x.yml@v1}\n"
        "  b:\n    steps:\n    - uses: Owner/Action/Sub@v1.2\n      with: {a: b}\n"
        "    - uses: docker://Alpine:3\n"
    )

    found = follow(tmp_path, text).reached

    assert [(each.kind, each.words[0]) for each in found] == [
        ("workflow", "owner/repo/.github/workflows/x.yml"),
        ("action", "owner/action/sub"),
        ("image", "alpine:3"),
    ]
    assert dict(found[1].options) == {"a": "b"}


def test_a_known_workflow_runs_the_environments_of_tox_that_it_is_given(tmp_path: Path) -> None:
    uses = "OpenAstronomy/github-actions-workflows/.github/workflows/tox.yml@v2"
    text = (
        f"on: push\njobs:\n  a:\n    uses: {uses}\n    with:\n      envs: |\n        # ours\n"
        "        - linux: lint\n        - macos: py3-cov\n          libraries: [hdf5]\n"
        f"  b:\n    uses: {uses}\n    with: {{envs: '['}}\n"
    )

    found = follow(tmp_path, text).reached

    assert [(each.words, str(each.way[-1])) for each in found if each.kind == "command"] == [
        (("tox", "-e", "lint"), f"{CI}:8"),
        (("tox", "-e", "py3-cov"), f"{CI}:9"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "on: push",
        "on: push\njobs:",
        "on: push\njobs: []",
        "on: push\njobs: {a: }",
        "on: push\njobs: {a: []}",
        "on: push\njobs: {a: {steps: {}}}",
        "on: push\njobs: {a: {steps: [a, [], {}]}}",
        "on: push\njobs: {a: {steps: [{run: []}]}}",
        "on: push\njobs: {a: {steps: [{uses: {}}], strategy: [], env: a, defaults: []}}",
        "on: push\njobs: {a: {uses: []}}",
        "on: [[push]]\njobs: {a: {steps: [{run: mypy}]}}",
        "on: {push: [a]}\njobs: {a: {strategy: {matrix: {a: {}, include: b}}}}",
        "true: push\njobs: {a: {steps: [{run: mypy}]}}",
        "on: push\njobs: {a: &x {steps: [*x, {run: ls}]}}",
    ],
)
def test_a_malformed_workflow_runs_nothing_and_does_no_harm(tmp_path: Path, text: str) -> None:
    assert "mypy" not in commands(follow(tmp_path, text))


def test_workflows_of_gitea_and_forgejo_are_read_and_nested_ones_are_not(tmp_path: Path) -> None:
    text = job(STEP)
    files = {
        f"{home}/workflows/x.yaml": text for home in (".gitea", ".forgejo", "sub/.github", "docs")
    }

    assert [each.system for each in jobs(tmp_path, text, files)] == [
        "github-actions",
        "gitea-actions",
        "forgejo-actions",
    ]
