"""Coverage of the change alone: from a real repository and real runs to whole numbers."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.measure import Context
from pytest_boss_gates.measure.coverage.reading import FileCoverage, Mode, Reading
from pytest_boss_gates.measure.patch import measure
from pytest_boss_gates.model import Bound, Comparator, Measurement, Settings, Target, Wanted
from pytest_boss_gates.repository.base import Base
from pytest_boss_gates.repository.source import Source
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Project

MISSED = 10
UNKNOWN = 11


def git(root: Path, *arguments: str) -> str:
    settings = ("user.name=A", "user.email=a@example.org")
    command = ["git", *(word for each in settings for word in ("-c", each)), *arguments]
    done = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(root: Path) -> str:
    git(root, "add", ".")
    git(root, "commit", "-q", "--allow-empty", "-m", "x")
    return git(root, "rev-parse", "HEAD")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one file of old lines, committed."""
    git(tmp_path, "init", "-q")
    (tmp_path / "cart.py").write_text("a = 1\nb = 2\nc = 3\n", encoding="utf-8")
    commit(tmp_path)
    return tmp_path


def target(metric: str, scope: str = "") -> Target:
    wanted = Wanted(
        comparator=Comparator.AT_LEAST, number=Fraction(50), unit="%", value=Fraction(1, 2)
    )
    return Target(metric=metric, scope=scope, text=">=50%", wanted=wanted)


def measured(
    root: Path,
    *files: FileCoverage,
    metric: str = "patch-coverage",
    scope: str = "",
    reading: Reading | None = None,
    base: Base | None = None,
    least: int = 0,
) -> Measurement:
    head = git(root, "rev-parse", "HEAD")
    found = base or Base(commit=head, ref="main", how="asked", head=head)
    context = Context(
        settings=Settings(root=root, targets=(target(metric, scope),), min_changed_lines=least),
        tree=Tree(root=root),
        source=Source(),
        base=lambda: found,
        coverage=replace(
            reading or Reading(mode=Mode.OWN, branch=True), files=files, fingerprint={}
        ),
    )
    (wanted,) = [each for each in measure(context) if each.scope == scope]
    return wanted


def covered(path: str, *executed: int, missing: tuple[int, ...] = ()) -> FileCoverage:
    return FileCoverage(
        path=path, statements=len(executed) + len(missing), executed=executed, missing=missing
    )


def test_changed_statements_that_ran_are_a_share_of_those_that_changed(root: Path) -> None:
    (root / "cart.py").write_text("a = 1\nb = 3\nc = 3\nd = 4\ne = 5\n# e\n", encoding="utf-8")

    found = measured(root, covered("cart.py", 1, 2, missing=(3, 4, 5)))

    assert (found.numerator, found.denominator, found.value) == (1, 3, Fraction(1, 3))
    assert found.bound is Bound.EXACT
    (item,) = found.items
    assert (item.name, item.value, item.note) == ("cart.py", 2, "lines 4-5")
    assert str(item.place) == "cart.py:4"
    assert found.window == f"since main at {git(root, 'rev-parse', 'HEAD')[:10]} (asked)"


def test_the_file_that_would_give_most_comes_first(root: Path) -> None:
    for name in ("x", "y"):
        (root / f"{name}.py").write_text("a = 1\nb = 2\n", encoding="utf-8")

    found = measured(root, covered("x.py", 1, missing=(2,)), covered("y.py", missing=(1, 2)))

    assert [(item.name, item.value) for item in found.items] == [("y.py", 2), ("x.py", 1)]


def test_a_line_in_the_middle_of_a_statement_changes_the_statement(root: Path) -> None:
    text = "total = sum(\n    [\n        1,\n        # why\n        2,\n    ]\n)\n"
    (root / "cart.py").write_text(text, encoding="utf-8")
    commit(root)
    (root / "cart.py").write_text(text.replace("2,", "3,"), encoding="utf-8")

    found = measured(root, covered("cart.py", missing=(1,)))

    assert (found.numerator, found.denominator) == (0, 1)


@pytest.mark.parametrize("comment", ["# because", ""])
def test_a_comment_or_a_blank_line_in_a_statement_does_not_change_it(
    root: Path, comment: str
) -> None:
    text = "total = sum(\n    [\n        1,\n        # why\n        2,\n    ]\n)\n"
    (root / "cart.py").write_text(text, encoding="utf-8")
    commit(root)
    (root / "cart.py").write_text(text.replace("# why", comment), encoding="utf-8")

    found = measured(root, covered("cart.py", missing=(1,)))

    assert found.reason.startswith("no statement among 1 changed line since main at ")
    assert found.not_for_this_run


def test_a_docstring_that_coverage_counts_as_run_is_no_statement(root: Path) -> None:
    text = '"""\\d is\ntwo lines."""\n\n\ndef f():\n    "One."\n    return 1\n'
    (root / "new.py").write_text(text, encoding="utf-8")
    ran = FileCoverage(path="new.py", statements=2, executed=(1, 5, 6), missing=(7,))

    found = measured(root, ran)

    assert (found.numerator, found.denominator) == (1, 2)


@pytest.mark.parametrize(
    ("name", "text"), [("page.html", "<p>\n</p>\n"), ("broken.py", "a = (\n\n"), ("x.py", "\0\n\n")]
)
def test_what_is_no_python_counts_line_by_line(root: Path, name: str, text: str) -> None:
    (root / name).write_text(text, encoding="utf-8")

    found = measured(root, covered(name, 1, missing=(2,)))

    assert (found.numerator, found.denominator) == (1, 2)


def test_branches_of_changed_statements_are_counted_by_themselves(root: Path) -> None:
    (root / "cart.py").write_text("a = 1\nif a:\n    c = 3\nif b:\n    d = 4\n", encoding="utf-8")
    git(root, "add", ".")
    file = FileCoverage(
        path="cart.py",
        statements=5,
        executed=(1, 2, 3, 4, 5),
        missing=(),
        branches=4,
        covered_branches=3,
        executed_branches=((2, 3), (4, 5)),
        missing_branches=((2, 4), (4, -1)),
    )

    found = measured(root, file, metric="patch-branch-coverage")

    assert (found.numerator, found.denominator) == (2, 4)
    assert found.items[0].note == "branches 2->4, 4->exit"


def test_branches_that_were_not_measured_are_unknown(root: Path) -> None:
    (root / "cart.py").write_text("x = 1\n", encoding="utf-8")

    found = measured(
        root,
        covered("cart.py", 1),
        metric="patch-branch-coverage",
        reading=Reading(mode=Mode.RUNNING),
    )

    assert (found.reason, found.not_for_this_run) == ("branches were not measured", False)
    assert found.remedy == "Add branch = true to [tool.coverage.run]."


def test_a_change_without_branches_is_skipped_for_them(root: Path) -> None:
    (root / "cart.py").write_text("x = 1\n", encoding="utf-8")

    found = measured(root, covered("cart.py", 1), metric="patch-branch-coverage")

    assert found.not_for_this_run
    assert found.reason.startswith("no branch among 1 changed line since main")


def test_without_a_changed_line_it_is_skipped(root: Path) -> None:
    found = measured(root, covered("cart.py", 1, 2, 3))

    assert found.not_for_this_run
    assert found.reason.startswith("no changed lines since main at ")


def test_lines_that_only_moved_are_told_and_not_counted(root: Path) -> None:
    block = "".join(f"value_{number} = compute({number})\n" for number in range(5))
    (root / "cart.py").write_text(block + "keep = 1\n" * 30, encoding="utf-8")
    commit(root)
    (root / "cart.py").write_text("keep = 1\n" * 30 + block, encoding="utf-8")
    all_of_it = covered("cart.py", *range(1, 31), missing=tuple(range(31, 36)))

    assert measured(root, all_of_it).reason.endswith("(asked): 5 lines only moved")

    (root / "new.py").write_text("x = 1\n", encoding="utf-8")
    found = measured(root, all_of_it, covered("new.py", 1))
    assert (found.numerator, found.denominator) == (1, 1)
    assert found.notes == ("5 lines only moved, not counted as new",)


@pytest.mark.parametrize(("least", "judged"), [(0, True), (2, True), (3, False)])
def test_a_change_smaller_than_the_least_is_skipped_and_says_so(
    root: Path, least: int, *, judged: bool
) -> None:
    (root / "new.py").write_text("x = 1\ny = 2\n", encoding="utf-8")

    found = measured(root, covered("new.py", missing=(1, 2)), least=least)

    assert (found.value is not None) is judged
    if not judged:
        assert found.not_for_this_run
        assert found.reason.startswith("2 changed lines since main at ")
        assert found.reason.endswith("fewer than min-changed-lines = 3")


def test_a_scope_counts_its_own_files(root: Path) -> None:
    for name in ("src/a.py", "lib/b.py"):
        (root / name).parent.mkdir()
        (root / name).write_text("x = 1\n", encoding="utf-8")
    files = (covered("src/a.py", 1), covered("lib/b.py", missing=(1,)), covered("cart.py", 1))

    assert measured(root, *files, scope="src/**").value == 1
    assert measured(root, *files, scope="lib/**").value == 0
    assert measured(root, *files, scope="cart.py").reason.startswith("no changed lines")
    assert measured(root, *files, scope="doc/**").reason == "'doc/**' matches no measured file"
    assert measured(root).reason == "no file was measured"


def test_a_changed_file_that_cannot_be_analysed_leaves_a_bound(root: Path) -> None:
    for name in ("a.py", "b.py"):
        (root / name).write_text("x = (\n", encoding="utf-8")
    reading = Reading(mode=Mode.OWN, unreadable={"b.py": "not to be parsed"})

    found = measured(root, covered("a.py", 1), reading=reading, least=9)
    alone = measured(root, covered("cart.py", 1), reading=reading)

    assert (found.value, found.bound) == (1, Bound.AT_MOST)
    assert found.bound_reason == "1 changed file could not be analysed: b.py: not to be parsed"
    assert (alone.reason, alone.not_for_this_run) == (found.bound_reason, False)


def test_an_old_file_that_cannot_be_analysed_does_not_matter(root: Path) -> None:
    (root / "a.py").write_text("x = 1\n", encoding="utf-8")
    reading = Reading(mode=Mode.OWN, unreadable={"cart.py": "not to be parsed"})

    assert measured(root, covered("a.py", 1), reading=reading).bound is Bound.EXACT


def test_without_a_base_it_is_unknown_with_the_remedy(root: Path) -> None:
    base = Base(reason="the clone is shallow", remedy="Set `fetch-depth: 0`.")

    found = measured(root, covered("cart.py", 1), base=base)

    assert (found.reason, found.remedy) == (base.reason, base.remedy)
    assert not found.not_for_this_run


def test_a_base_that_git_does_not_hold_is_unknown(root: Path) -> None:
    base = Base(commit="f" * 40, ref="main", how="asked")

    found = measured(root, covered("cart.py", 1), base=base)

    assert found.reason.startswith("git could not compare with ffffffffff: ")
    assert not found.not_for_this_run


def test_without_coverage_the_reason_is_passed_on(root: Path) -> None:
    reading = Reading(mode=Mode.OFF, reason="switched off by --no-cov", not_for_this_run=True)

    found = measured(root, reading=reading)

    assert (found.reason, found.not_for_this_run) == (reading.reason, True)


def project_with_history(shop: Project, *settings: str) -> Project:
    """A shop on ``main``, and a branch ``work`` with a function more, of which a half runs."""
    shop.targets('patch-coverage = ">=95%"', *settings)
    shop.environment["PYTHONPATH"] = str(shop.root)
    git(shop.root, "init", "-q")
    git(shop.root, "checkout", "-q", "-b", "main")
    commit(shop.root)
    git(shop.root, "checkout", "-q", "-b", "work")
    shop.write(
        {
            "shop/rates.py": """\
                def rate(country, reduced):
                    if country == "de":
                        return 7 if reduced else 19
                    return (
                        0
                    )
                """,
            "tests/test_rates.py": """\
                from shop.rates import rate


                def test_rate():
                    assert rate("de", reduced=False) == 19
                """,
        }
    )
    return shop


def numbers(project: Project, *arguments: str) -> tuple[int, int]:
    result = project.run(*arguments)
    assert result.status == MISSED, result.output
    measurement = result.verdicts["patch-coverage"]["measurement"]
    return measurement["numerator"], measurement["denominator"]


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [(), ("-n2",), ("--cov=shop",), ("--cov=shop", "-n2"), ("-p", "no:terminal")],
    ids=" ".join,
)
def test_however_coverage_is_measured_the_change_is_the_same(
    shop: Project, arguments: tuple[str, ...]
) -> None:
    project = project_with_history(shop)

    assert numbers(project, *arguments) == (3, 4)


@pytest.mark.slow
def test_coverage_run_around_pytest_gives_the_same(shop: Project) -> None:
    project = project_with_history(shop)
    pytest_command = project.command("--boss-gates")[1:]

    result = project.run_command(
        sys.executable, "-m", "coverage", "run", "--source=shop", *pytest_command
    )

    measurement = result.verdicts["patch-coverage"]["measurement"]
    assert (measurement["numerator"], measurement["denominator"]) == (3, 4)


def test_a_commit_changes_nothing_about_the_change(shop: Project) -> None:
    project = project_with_history(shop)
    before = numbers(project)

    commit(project.root)

    assert numbers(project) == before


def test_a_miss_says_where_and_since_when(shop: Project) -> None:
    project = project_with_history(shop)
    main = git(project.root, "rev-parse", "--short=10", "main")

    output = project.run().output

    assert f"1 more line, since main at {main} (the default branch)" in output
    assert "1 line  shop/rates.py:4  line 4" in output
    assert "Cover 1 line in shop/rates.py (line 4)." in " ".join(output.split())


def test_branches_are_measured_for_a_target_on_those_of_the_change(shop: Project) -> None:
    project = project_with_history(shop, 'patch-branch-coverage = ">=1%"')

    measurement = project.run().verdicts["patch-branch-coverage"]["measurement"]

    assert (measurement["numerator"], measurement["denominator"]) == (1, 2)


def test_a_target_on_branches_needs_branches_whoever_measures(shop: Project) -> None:
    project = project_with_history(shop, 'patch-branch-coverage = ">=1%"')

    result = project.run("--cov=shop")

    assert result.status == 4
    assert "pyproject.toml:3: patch-branch-coverage has a target, but pytest-cov" in result.output


def test_a_part_of_the_suite_is_not_judged(shop: Project) -> None:
    project = project_with_history(shop)

    assert project.run("-k", "total").statuses["patch-coverage"] == "skipped"


def test_the_option_names_what_to_compare_with(shop: Project) -> None:
    project = project_with_history(shop)
    commit(project.root)

    verdict = project.run("--boss-gates-base=HEAD").verdicts["patch-coverage"]
    wrong = project.run("--boss-gates-base", "nowhere")

    assert verdict["status"] == "skipped"
    assert verdict["reason"].startswith("no changed lines since HEAD at ")
    assert wrong.status == UNKNOWN
    assert "nowhere (--boss-gates-base) is no branch, tag or commit" in " ".join(
        wrong.output.split()
    )


def test_a_project_without_a_repository_is_unknown_and_says_what_to_do(shop: Project) -> None:
    shop.targets('patch-coverage = ">=95%"')

    result = shop.run()

    assert result.status == UNKNOWN
    assert "the project is not in a git repository" in result.output
    assert "Run in a clone of the repository" in result.output


def test_a_shallow_clone_in_ci_is_unknown_and_names_the_remedy(
    shop: Project, tmp_path: Path
) -> None:
    project = project_with_history(shop)
    commit(project.root)
    git(tmp_path, "clone", "-q", "--depth=1", "-b", "work", project.root.as_uri(), "clone")
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"base": {"sha": "1" * 40}}}), encoding="utf-8")
    clone = replace(
        project,
        root=tmp_path / "clone",
        environment={
            **project.environment,
            "PYTHONPATH": str(tmp_path / "clone"),
            "GITHUB_ACTIONS": "true",
            "GITHUB_BASE_REF": "main",
            "GITHUB_EVENT_PATH": str(event),
        },
    )

    result = clone.run()

    assert result.status == UNKNOWN
    assert "the clone is shallow and does not hold main (GITHUB_BASE_REF)" in result.output
    assert "Set `fetch-depth: 0` for actions/checkout." in result.output
