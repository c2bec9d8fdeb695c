"""A job's steps among each other: looked-at outcomes, and checkouts of other repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.evidence.chain import Chain, Reached
from pytest_boss_gates.evidence.ci import github
from pytest_boss_gates.evidence.reading import Reading
from pytest_boss_gates.evidence.runners import RUNNERS
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

CI = ".github/workflows/ci.yml"


def reached(root: Path, *steps: str, project: str = "shop") -> list[Reached]:
    """Follow a workflow of steps, each written in one line; the first stands on line 5."""
    lines = "".join(f"      - {step}\n" for step in steps)
    files = {
        CI: f"on: push\njobs:\n  a:\n    steps:\n{lines}",
        "pyproject.toml": f"[project]\nname = '{project}'\n",
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    reading = Reading(Tree(root=root))
    return list(Chain(reading, RUNNERS, {}).follow(github.jobs(reading)).reached)


def commands(found: list[Reached]) -> list[str]:
    return [" ".join(each.words) for each in found if each.kind == "command"]


# -- outcomes

SOFT = "{id: types, continue-on-error: true, run: mypy}"


@pytest.mark.parametrize(
    "later",
    [
        "{if: steps.types.outcome == 'failure', run: exit 1}",
        "{if: \"${{ steps.types.outcome != 'success' }}\", run: exit 1}",
        "{run: 'test ${{ steps.types.outcome }} = success'}",
        "{run: './judge', env: {TYPES: '${{ steps.types.outcome }}'}}",
        "{uses: a/b@v1, with: {types: '${{ steps.types.outcome }}'}}",
    ],
)
def test_a_step_whose_outcome_is_looked_at_later_is_not_soft(tmp_path: Path, later: str) -> None:
    [mypy] = [each for each in reached(tmp_path, SOFT, later) if each.words == ("mypy",)]

    assert mypy.soft == ()


@pytest.mark.parametrize(
    "steps",
    [
        (SOFT,),
        (SOFT, "{run: exit 1}"),
        (SOFT, "{if: steps.types.conclusion == 'failure', run: exit 1}"),
        (SOFT, "{if: steps.tests.outcome == 'failure', run: exit 1}"),
        (SOFT.replace("id: types, ", ""), "{if: steps.types.outcome == 'failure', run: exit 1}"),
        (SOFT.replace("run: mypy", "run: mypy, env: {A: '${{ steps.types.outcome }}'}"),),
    ],
    ids=["alone", "not asked", "conclusion", "of another", "without a name", "by itself"],
)
def test_a_step_that_nobody_looks_at_stays_soft(tmp_path: Path, steps: tuple[str, ...]) -> None:
    [mypy] = [each for each in reached(tmp_path, *steps) if each.words == ("mypy",)]

    assert mypy.soft == (f"{CI}:5: continue-on-error: true",)


# -- checkouts

OWN = "{uses: actions/checkout@v4}"
OTHER = "{uses: actions/checkout@v4, with: {repository: acme/tools}}"
BESIDE = "{uses: Actions/Checkout@v4, with: {repository: acme/tools, path: ./lib/tools/}}"


def test_what_runs_in_another_repositorys_tree_is_not_ours(tmp_path: Path) -> None:
    found = reached(tmp_path, "{run: echo; ls}", OTHER, "{run: mypy}", "{uses: a/b@v1}")

    assert commands(found) == ["ls"]
    assert [each.words[0] for each in found if each.kind == "action"] == ["actions/checkout"]


def test_what_runs_in_another_repositorys_directory_is_not_ours(tmp_path: Path) -> None:
    found = reached(
        tmp_path,
        OWN,
        BESIDE,
        "{run: mypy}",
        "{run: black, working-directory: lib/tools}",
        "{run: isort, working-directory: ./lib/tools/src}",
        "{run: ruff, working-directory: lib/tools2}",
        "{run: flake8, working-directory: lib}",
    )

    assert commands(found) == ["mypy", "ruff", "flake8"]


def test_beside_another_repository_in_the_root_ours_counts(tmp_path: Path) -> None:
    own = "{uses: actions/checkout@v4, with: {path: shop}}"

    found = reached(tmp_path, OTHER, own, "{run: mypy, working-directory: shop}")

    assert commands(found) == ["mypy"]


@pytest.mark.parametrize(
    "repository",
    ["acme/shop", "ACME/Shop", "${{ github.repository }}", "${{ inputs.repository }}", ""],
)
def test_our_own_repository_may_be_named(tmp_path: Path, repository: str) -> None:
    checkout = f'{{uses: actions/checkout@v4, with: {{repository: "{repository}"}}}}'

    assert commands(reached(tmp_path, checkout, "{run: mypy}")) == ["mypy"]


def test_the_name_of_the_directory_names_our_repository_too(tmp_path: Path) -> None:
    root = tmp_path / "acme+tools"

    assert commands(reached(root, OTHER, "{run: mypy}")) == ["mypy"]


def test_jobs_without_a_checkout_run_all_their_steps(tmp_path: Path) -> None:
    assert commands(reached(tmp_path, "{run: mypy}", "{run: black}")) == ["mypy", "black"]
