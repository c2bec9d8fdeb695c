"""The commands of the documentation, run: they print what the pages show, or succeed."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.history.records import record
from pytest_boss_gates.history.store import open_store
from tests.conftest import Project
from tests.docs.conftest import (
    COMMIT,
    KETTLE,
    PAGES,
    ROOT,
    Story,
    bash,
    blocks,
    environment,
    follow,
    stories,
    with_wheels,
)
from tests.history.providers.conftest import (
    GitHub,
    GitLab,
    ago,
    commit_row,
    deployment_row,
    issue_row,
    job_row,
    pipeline_row,
    pull_row,
    run_row,
    serve,
    sha,
    status_row,
)
from tests.report.test_trend import RUNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

STORIES = [story for page in PAGES for story in stories(page)]
LEFT_OUT = {
    "make demo",  # both are what .ci/run calls
    ".venv/bin/python -m pip install --upgrade pip",  # what `make test` does
    "python benchmarks/idle.py --workdir /tmp/bench",  # hours
    "python benchmarks/patch_agreement.py --workdir /tmp/bench --repo ../itsdangerous \\",
}

SHOP = {
    "pyproject.toml": """\
        [tool.boss-gates.targets]
        code-coverage = ">=80%"
        complexity = "<=5"
        session-duration = "<10 minutes"
        """,
    "shop/cart.py": """\
        def total(prices, discount=0):
            if discount:
                return sum(prices) - discount
            return sum(prices)


        def empty(prices):
            return not prices
        """,
    "shop/unused.py": """\
        MANY = 10
        def f(a, b, c):
            found = [it for it in a if it and b]
            if a or b or c:
                found = b
            return found
        NONE = None
        """,
    "test_cart.py": """\
        from shop.cart import total


        def test_total():
            assert total([1, 2]) == 3
        """,
}
CHECKED = {
    **KETTLE,
    "Makefile": """\
        test:
        \tpytest

        typecheck:
        \tmypy -p kettle
        """,
    ".github/workflows/checks.yml": """\
        name: checks
        on: [push, pull_request]
        jobs:
          checks:
            runs-on: ubuntu-latest
            steps:
              - uses: actions/checkout@v5
              - run: python -m pip install . mypy
              - run: make test
              - run: make typecheck
        """,
    "requirements-dev.txt": "mypy\npytest\n",
}


def _nothing_more(_: Project) -> Iterator[dict[str, str]]:
    yield {}


@dataclass(frozen=True, kw_only=True)
class Start:
    """What a project of the pages is before the first command of a story."""

    files: dict[str, str]
    script: str = COMMIT
    prepare: Callable[[Project], Iterator[dict[str, str]]] = _nothing_more
    slow: bool = False  # it installs packages


def _remember(project: Project) -> Iterator[dict[str, str]]:
    store = open_store(".boss-gates/history.db", root=project.root, project="")
    store.add([record(run) for run in RUNS])
    store.close()
    yield {}


def _providers(project: Project) -> Iterator[dict[str, str]]:
    """Servers of GitHub's and GitLab's shapes, as full as the page says."""
    github = GitHub()
    for number in range(43):
        github.runs.append(run_row(number, ago(50 - number)))
        github.jobs.append(job_row(github.runs[-1]))
    for number in range(12):
        github.deployments.append(deployment_row(number, ago(30 - number)))
        done = status_row("success", ago(30 - number))
        github.states[github.deployments[-1]["id"]] = [done]
    for number in range(17):
        github.pulls.append(pull_row(number, ago(20 - number)))
        github.commits[sha(f"pull {number}")] = commit_row(f"pull {number}", ago(20 - number))
        github.pulled[number] = [commit_row("a", ago(21 - number))]
    github.issues = [
        issue_row(number, ago(number), ago(number) + timedelta(hours=1)) for number in (1, 2)
    ]
    lists = ("deployments", "environments", "releases", "issues", "merge_requests")
    gitlab = GitLab(lists={name: [] for name in lists}, pipelines=[pipeline_row(1, ago(3))])
    with contextmanager(serve)(github), contextmanager(serve)(gitlab):
        project.environment["GITHUB_API_URL"] = f"{github.url}/api/v3"
        yield {"https://git.example.org": gitlab.url}


def _fetched(project: Project) -> Iterator[dict[str, str]]:
    """GitHub's and GitLab's own commands, which need an account, as programs that print rows."""
    fields = {
        "attempt": 1,
        "conclusion": "success",
        "createdAt": "2026-11-20T10:00:00Z",
        "databaseId": 17_300_000_001,
        "event": "push",
        "headBranch": "main",
        "headSha": "5ca1ab1e" * 5,
        "startedAt": "2026-11-20T10:00:00Z",
        "status": "completed",
        "updatedAt": "2026-11-20T10:09:00Z",
        "workflowName": "ci",
    }
    answers = {
        "gh": {"api": {"workflow_runs": [run_row(1, ago(2))]}, "run": [fields]},
        "glab": {"api": []},
    }
    folder = project.root.parent / "bin"
    folder.mkdir()
    for name, by_word in answers.items():
        program = folder / name
        program.write_text(
            f"#!{sys.executable}\nimport json, sys\n"
            f"found = json.loads({json.dumps(json.dumps(by_word))})[sys.argv[1]]\n"
            "asked = [it.split(',') for it in sys.argv if it.startswith('attempt,')]\n"
            "for names in asked:\n"
            "    found = [{name: row[name] for name in names} for row in found]\n"
            "print(json.dumps(found))\n",
            encoding="utf-8",
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    pulls = json.dumps([pull_row(number, ago(2)) for number in range(3)])
    (project.root / "pulls.json").write_text(pulls, encoding="utf-8")
    project.environment["PATH"] = f"{folder}:{project.environment['PATH']}"
    yield {}


def _elsewhere(project: Project) -> Iterator[dict[str, str]]:
    there = project.root.parent / "textfile"
    there.mkdir()
    yield {"/var/lib/node_exporter/textfile": str(there)}


def _wheels(project: Project) -> Iterator[dict[str, str]]:
    with_wheels(project)
    yield {}


def _checkout(project: Project) -> Iterator[dict[str, str]]:
    """What git would give of us as we are."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    for name in listed.stdout.rstrip("\0").split("\0"):
        if (ROOT / name).exists():
            (project.root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, project.root / name)
    yield {}


SHARDS = " && ".join(
    f"pytest -q --boss-gates --boss-gates-shard={number}/3 -k '{some}'"
    for number, some in ((1, "litre"), (2, "nothing"), (3, "weak"))
)
RUN = "pytest -q --boss-gates"
STARTS = {
    "": Start(files={}, script=""),
    "kettle": Start(files=KETTLE),
    "kettle, tagged": Start(files=KETTLE, script=f"{COMMIT} && git tag v1.4.0"),
    "kettle after a run": Start(files=KETTLE, script=f"{COMMIT} && {RUN}"),
    "kettle in shards": Start(files=KETTLE, script=f"{COMMIT} && {SHARDS}"),
    "kettle with an artefact": Start(
        files=KETTLE, script=f"{COMMIT} && {RUN} && mv .boss-gates artifacts"
    ),
    "kettle beside node_exporter": Start(files=KETTLE, prepare=_elsewhere),
    "kettle without the plugin": Start(files=KETTLE, prepare=_wheels, slow=True),
    "kettle with providers": Start(files=KETTLE, prepare=_providers),
    "kettle with gh and glab": Start(files=KETTLE, prepare=_fetched),
    "kettle with a history": Start(files=KETTLE, prepare=_remember),
    "old kettle": Start(files={**KETTLE, "pyproject.toml": "[project]\nname = 'kettle'\n"}),
    "shop": Start(files=SHOP),
    "checked": Start(files=CHECKED),
    "checkout": Start(files={}, script="", prepare=_checkout, slow=True),
}


@pytest.mark.skipif(shutil.which("bash") is None, reason="the pages speak bash")
@pytest.mark.parametrize(
    "story",
    [
        pytest.param(story, marks=[pytest.mark.slow] if STARTS[story.project].slow else [])
        for story in STORIES
    ],
    ids=str,
)
def test_the_commands_of_a_page_do_what_it_says(story: Story, tmp_path: Path) -> None:
    start = STARTS[story.project]
    (tmp_path / "project").mkdir()
    project = Project(tmp_path / "project", environment(tmp_path)).write(start.files)

    with contextmanager(start.prepare)(project) as put:
        begun = bash(start.script, project.root, project.environment)
        assert begun.returncode == 0, begun.stdout
        unlike = follow(story, project.root, project.environment, {"=…": "=s3cret", **put})

    assert not unlike, "\n\n".join(unlike)


def test_every_command_is_run_or_left_out_for_a_reason_that_stands_above_it() -> None:
    left_out = {
        block.commands[0].text.splitlines()[0]: block.left_out
        for page in PAGES
        for block in blocks(page)
        if block.left_out
    }
    known = [command for page in PAGES for block in blocks(page) for command in block.commands]
    every = sum(page.read_text(encoding="utf-8").count("\n$ ") for page in PAGES)

    assert set(left_out) == LEFT_OUT
    assert len(known) == every


def test_every_start_is_used() -> None:
    assert {story.project for story in STORIES} == set(STARTS)
