"""The recipe in the documentation, carried out: its commands give a verdict."""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from tests.conftest import Project

PAGE = Path(__file__).parents[2] / "docs" / "shards.md"
BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.DOTALL | re.MULTILINE)
GITHUB, GITLAB = BLOCK.findall(PAGE.read_text("utf-8"))


def commands(steps: list[dict[str, Any]], word: str) -> list[str]:
    return [step["run"] for step in steps if step.get("run", "").startswith(word)]


def shell(project: Project, command: str, **variables: str) -> int:
    """Run a step as CI does, with this environment's programs first."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    project.environment |= {"PATH": path, **variables}
    return project.run_command("bash", "-e", "-c", command).status


@pytest.mark.slow
def test_the_steps_for_github_give_a_verdict(shop: Project, tmp_path: Path) -> None:
    shop.targets("tests = '=2'", "code-coverage = '=100%'")
    jobs = yaml.safe_load(GITHUB)["jobs"]
    (test,) = commands(jobs["tests"]["steps"], "pytest")
    (check,) = commands(jobs["gates"]["steps"], "boss-gates")
    (upload,) = (
        step["with"] for step in jobs["tests"]["steps"] if "upload" in step.get("uses", "")
    )
    (download,) = (
        step["with"] for step in jobs["gates"]["steps"] if "download" in step.get("uses", "")
    )
    shards = jobs["tests"]["strategy"]["matrix"]["shard"]

    statuses = []
    for shard in shards:
        statuses.append(shell(shop, test.replace("${{ matrix.shard }}", str(shard))))
        kept = tmp_path / f"shard-{shard}"
        kept.mkdir()
        for path in shop.root.glob(upload["path"]):
            path.replace(kept / path.name)
    for kept in tmp_path.glob(download["pattern"]):
        shutil.copytree(kept, shop.root / download["path"], dirs_exist_ok=True)

    assert statuses == [0, 0, 5], "two tests in three shards leave one without"
    assert shell(shop, check) == 0
    assert upload["name"].startswith("shard-")


@pytest.mark.slow
def test_the_script_for_gitlab_gives_a_verdict(shop: Project) -> None:
    shop.targets("tests = '=2'", "code-coverage = '=100%'")
    jobs = yaml.safe_load(GITLAB)
    total = jobs["tests"]["parallel"]
    _, test = jobs["tests"]["script"]
    _, check = jobs["gates"]["script"]

    for index in range(1, total + 1):
        shell(shop, test, CI_NODE_INDEX=str(index), CI_NODE_TOTAL=str(total))

    assert shell(shop, check) == 0
    kept = jobs["tests"]["artifacts"]["paths"]
    assert [len(list(shop.root.glob(path))) for path in kept] == [total]


def test_the_command_that_the_page_begins_with_is_the_one_that_a_shard_names() -> None:
    (shown,) = re.findall(r"^\$ (boss-gates .*)$", PAGE.read_text("utf-8"), re.MULTILINE)

    assert shown == "boss-gates check .boss-gates/shard-*-of-3.json"
