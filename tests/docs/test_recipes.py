"""The recipes work: the evidence sees pytest gating with them, and their steps are run for real."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import yaml

from pytest_boss_gates.evidence.facts import find_evidence
from pytest_boss_gates.model import Level
from pytest_boss_gates.repository.tree import Tree
from tests.conftest import Project
from tests.docs.conftest import (
    COMMIT,
    KETTLE,
    PAGES,
    ROOT,
    Block,
    bash,
    blocks,
    environment,
    with_wheels,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

PAGE = ROOT / "docs" / "recipes.md"
GITHUB, GITLAB = ".github/workflows/gates.yml", ".gitlab-ci.yml"


def recipes() -> dict[str, list[Block]]:
    """Give the files of each recipe by its heading."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    found: dict[str, list[Block]] = {}
    for block in blocks(PAGE):
        title = next(line for line in reversed(lines[: block.line]) if line.startswith("## "))
        found.setdefault(title.removeprefix("## "), []).append(block)
    return found


RECIPES = recipes()


def steps(title: str) -> list[str]:
    """Give the commands of a recipe's CI job."""
    files = {
        block.title: yaml.safe_load(block.text)
        for block in RECIPES[title]
        if block.language == "yaml"
    }
    if GITLAB in files:
        script: list[str] = files[GITLAB]["gates"]["script"]
        return script
    return [step["run"] for step in files[GITHUB]["jobs"]["gates"]["steps"] if "run" in step]


@pytest.fixture
def kettle(tmp_path: Path) -> Project:
    """A project in git, and an environment of its own in which pip finds this version."""
    (tmp_path / "project").mkdir()
    project = Project(tmp_path / "project", environment(tmp_path)).write(KETTLE)
    with_wheels(project)
    return project


def run(project: Project, *commands: str) -> str:
    """Run commands as CI does, and give what they printed."""
    done = bash("\n".join(commands), project.root, project.environment)
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.parametrize("title", ["GitHub Actions", "GitLab CI", "tox", "nox"])
def test_with_a_recipe_the_evidence_finds_pytest_gating(title: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'a'\nversion = '1'\n")
    for block in RECIPES[title]:
        write(tmp_path, block)

    fact = find_evidence(Tree(root=tmp_path)).facts["pytest"]

    assert fact.level is Level.GATING


@pytest.mark.slow
@pytest.mark.parametrize("title", ["GitHub Actions", "GitLab CI", "tox", "nox"])
def test_the_steps_of_a_recipe_judge(title: str, kettle: Project) -> None:
    for block in RECIPES[title]:
        write(kettle.root, block)
    if title == "nox":
        run(kettle, "python -m pip install -q pipx")  # GitHub's runners have it

    there = {"GitHub Actions": "GITHUB_ACTIONS", "GitLab CI": "GITLAB_CI"}
    kettle.environment |= {there[title]: "true"} if title in there else {}

    printed = run(kettle, COMMIT, "set -e", *steps(title))

    assert "3 gates met" in printed
    if title == "GitLab CI":
        (job,) = yaml.safe_load(RECIPES[title][0].text).values()
        assert re.search(job["coverage"].strip("/"), printed)
        assert (kettle.root / job["artifacts"]["reports"]["codequality"]).is_file()


@pytest.mark.slow
def test_the_monorepo_is_judged_path_by_path_and_the_hook_keeps_a_commit_out(
    kettle: Project,
) -> None:
    for title in ("Monorepo", "pre-commit"):
        for block in RECIPES[title]:
            write(kettle.root, block)
    run(kettle, "python -m pip install -q pre-commit pytest-boss-gates", COMMIT)
    kept = run(kettle, "pre-commit install", "echo >> kettle.py", "git commit -aqm Line")
    branches = "".join(f"    if a == {number}:\n        return {number}\n" for number in range(11))
    (kettle.root / "branchy.py").write_text(f"def f(a):\n{branches}", encoding="utf-8")

    judged = run(kettle, "pytest --boss-gates || true")
    refused = run(kettle, "git add .", "! git commit -qm Branches", "git log --format=%s")

    assert "boss gates" in kept
    assert "code-coverage **/*.py" in judged
    assert "12  branchy.py:1  f" in refused
    assert refused.splitlines()[-2:] == ["Line", "Start"]


def whole_ci_files() -> list[tuple[str, str]]:
    """Every whole CI definition of the documentation, and our own, each below its kind."""
    texts = [block.text for page in PAGES for block in blocks(page) if block.language == "yaml"]
    own = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    texts += [path.read_text(encoding="utf-8") for path in own]
    return [(kind, text) for text in texts if (kind := _kind(yaml.safe_load(text)))]


def _kind(loaded: object) -> str:
    if not isinstance(loaded, dict) or "repos" in loaded:
        return ""
    if "jobs" in loaded:
        return "github-workflows"
    return "gitlab-ci" if any("script" in job for job in loaded.values()) else ""


@pytest.mark.slow
def test_every_whole_ci_file_is_one_by_the_published_schemas(kettle: Project) -> None:
    kinds = []
    run(kettle, "python -m pip install -q check-jsonschema")

    for number, (kind, text) in enumerate(whole_ci_files()):
        kettle.write({f"{number}.yml": text})
        run(kettle, f"check-jsonschema --builtin-schema vendor.{kind} {number}.yml")
        kinds.append(kind)

    assert kinds.count("github-workflows") >= 6
    assert kinds.count("gitlab-ci") >= 3


def test_every_recipe_with_files_is_tried() -> None:
    tried = {"GitHub Actions", "GitLab CI", "tox", "nox", "Monorepo", "pre-commit"}
    assert {title for title, files in RECIPES.items() if files} == tried
