"""Complexity against the base of the change, in real repositories."""

from __future__ import annotations

import os
import subprocess
import sys
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.judge import judge
from pytest_boss_gates.measure import METRICS, Context, complexity
from pytest_boss_gates.model import (
    Comparator,
    Item,
    Measurement,
    Settings,
    Target,
    Verdict,
    VerdictStatus,
    spell_scope,
)
from pytest_boss_gates.repository.base import Base
from pytest_boss_gates.repository.source import find_source
from pytest_boss_gates.repository.tree import Tree
from pytest_boss_gates.settings.targets import parse_wanted

if TYPE_CHECKING:
    from pathlib import Path

MET, MISSED = VerdictStatus.MET, VerdictStatus.MISSED
UNKNOWN, SKIPPED = VerdictStatus.UNKNOWN, VerdictStatus.SKIPPED


def branchy(name: str, value: int, indent: str = "") -> str:
    """A function of that complexity."""
    branches = "".join(f"{indent}    if a == {n}:\n{indent}        b()\n" for n in range(value - 1))
    return f"{indent}def {name}(a):\n{branches}{indent}    return a\n\n\n"


class Project:
    """A repository with a package ``shop``; its first commit is the base."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "-q")
        self.base = ""

    def git(self, *arguments: str) -> str:
        settings = ("user.name=A", "user.email=a@example.org", "core.autocrlf=false")
        command = ["git", *(word for each in settings for word in ("-c", each)), *arguments]
        done = subprocess.run(command, cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def write(self, **files: str) -> Project:
        (self.root / "shop").mkdir(exist_ok=True)
        for name, text in files.items():
            (self.root / "shop" / f"{name}.py").write_bytes(text.encode())
        return self

    def commit(self) -> Project:
        self.git("add", ".")
        self.git("commit", "-q", "--allow-empty", "-m", "x")
        self.base = self.base or self.git("rev-parse", "HEAD")
        return self

    def measured(
        self,
        metric: str = "complexity",
        text: str = "no worse than base",
        *,
        changed: bool = False,
        paths: str = "",
        base: Base | None = None,
        limit: str = "B",
    ) -> tuple[Target, Measurement]:
        wanted = parse_wanted(text, METRICS[metric])
        relative = wanted.comparator is Comparator.NO_WORSE
        target = Target(
            metric=metric,
            wanted=wanted,
            text=text,
            scope=spell_scope(paths=paths, changed="changed" if changed else ""),
            paths=paths,
            changed=changed,
            limit=parse_wanted(limit, METRICS[metric]) if relative else None,
        )
        tree = Tree(root=self.root)
        found = base or Base(commit=self.base, ref="main")
        context = Context(
            settings=Settings(root=self.root, targets=(target,), source=("shop",)),
            tree=tree,
            source=find_source(tree, ("shop",), ()),
            base=lambda: found,
            cache=self.root / ".boss-gates" / "cache",
        )
        every = list(complexity.measure(context))
        return target, next(each for each in every if each.scope == target.scope)

    def verdict(self, metric: str = "complexity", **how: str | bool | Base) -> Verdict:
        target, measurement = self.measured(metric, **how)  # type: ignore[arg-type]
        return judge(METRICS[metric], target, measurement)

    def where(self, metric: str = "complexity", **how: str | bool) -> list[tuple[str, str]]:
        """Judge and give what is missed: names and notes."""
        judged = self.verdict(metric, **how)
        assert judged.status in (MET, MISSED), judged.reason
        return [(item.name, item.note) for item in judged.explanation.where]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """``shop/cart.py`` with an offender, a function just within the limit, and a plain one."""
    made = Project(tmp_path)
    text = branchy("huge", 20) + branchy("edge", 10) + branchy("plain", 2)
    return made.write(cart=text, other=branchy("else_", 3)).commit()


def test_an_untouched_offender_is_no_worse(project: Project) -> None:
    assert project.verdict().status is MET


def test_what_got_worse_and_what_is_new_is_listed_with_before_and_after(project: Project) -> None:
    text = branchy("huge", 21) + branchy("edge", 12) + branchy("plain", 9) + branchy("new", 11)
    project.write(cart=text)

    assert project.where() == [("huge", "was 20"), ("edge", "was 10"), ("new", "new")]


def test_an_offender_that_got_better_is_no_worse_and_new_plain_functions_are_fine(
    project: Project,
) -> None:
    project.write(cart=branchy("huge", 19) + branchy("new", 10))

    assert project.where() == []


def test_the_limit_is_the_targets_own(project: Project) -> None:
    project.write(cart=branchy("huge", 20) + branchy("new", 11))

    assert project.where(limit="<=11") == []
    assert project.where(limit="<11") == [("new", "new")]


def test_a_tolerance_is_for_what_was_there(project: Project) -> None:
    project.write(cart=branchy("huge", 22) + branchy("new", 11))

    assert project.where(text="no worse than base by 2") == [("new", "new")]


@pytest.mark.parametrize("known", [False, True])
def test_a_renamed_file_is_held_against_what_it_was(project: Project, known: bool) -> None:  # noqa: FBT001
    (project.root / "shop" / "cart.py").unlink()
    project.write(basket="import os\n\n\n" + branchy("huge", 20) + branchy("edge", 11))
    if known:
        project.git("add", ".")

    assert project.where() == [("edge", "was 10")]


def test_a_file_moved_into_the_source_is_known_again(project: Project) -> None:
    project.git("mv", "shop", "old")
    project.commit()
    project.base = project.git("rev-parse", "HEAD")
    project.git("mv", "old", "shop")

    assert project.where() == []


def test_the_copy_of_an_offender_is_a_new_one(project: Project) -> None:
    project.write(copy=branchy("huge", 20))

    assert project.where() == [("huge", "new")]


@pytest.mark.skipif(os.name != "posix", reason="symbolic links need a right on Windows")
def test_a_linked_file_is_not_new(project: Project) -> None:
    (project.root / "shop" / "link.py").symlink_to("cart.py")
    project.commit()
    project.base = project.git("rev-parse", "HEAD")

    assert project.where() == []


def test_what_is_committed_since_counts_as_what_is_not(project: Project) -> None:
    project.write(cart=branchy("huge", 21)).commit()

    assert project.where() == [("huge", "was 20")]


def test_functions_of_one_name_are_held_against_each_other_by_complexity(tmp_path: Path) -> None:
    part = "class C:\n" + branchy("x", 1, "    ") + branchy("x", 12, "    ")
    project = Project(tmp_path).write(cart=part).commit()

    project.write(cart=part.replace("class C:\n", "class C:\n" + branchy("x", 1, "    ")))
    assert project.where() == []
    project.write(cart=part + branchy("x", 11, "    "))
    assert project.where() == [("C.x", "was 1")]  # 12 was 12, so this is the other one


def test_a_file_that_could_not_be_parsed_then_is_unknown_and_named(project: Project) -> None:
    fixed = (project.root / "shop" / "cart.py").read_text(encoding="utf-8")
    project.write(cart=fixed + "def f(:\n").commit()
    project.base = project.git("rev-parse", "HEAD")
    project.write(cart=fixed)

    judged = project.verdict()

    assert judged.status is UNKNOWN
    assert "shop/cart.py: at the base it cannot be parsed: line 71" in judged.reason


def test_a_file_that_cannot_be_parsed_now_leaves_the_verdict_open(project: Project) -> None:
    project.write(other="def f(:\n")

    judged = project.verdict()

    assert judged.status is UNKNOWN
    assert "shop/other.py" in judged.reason


@pytest.mark.parametrize("metric", ["complexity", "complexity-average", "maintainability"])
def test_a_base_that_cannot_be_reached_is_unknown_with_the_remedy(
    project: Project, metric: str
) -> None:
    base = Base(reason="the clone is shallow", remedy="Set fetch-depth: 0.")

    relative = project.verdict(metric, base=base)
    changed = project.verdict(metric, text="B", changed=True, base=base)

    for judged in (relative, changed):
        assert (judged.status, judged.remedy) == (UNKNOWN, "Set fetch-depth: 0.")
        assert "the clone is shallow" in judged.reason


def test_a_blob_that_the_clone_does_not_hold_is_unknown(project: Project) -> None:
    blob = project.git("rev-parse", "HEAD:shop/cart.py")
    project.write(cart=branchy("huge", 21))
    (project.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()

    judged = project.verdict()

    assert judged.status is UNKNOWN
    assert "shop/cart.py: the clone does not hold what it was" in judged.reason


def test_a_commit_that_is_not_there_is_unknown(project: Project) -> None:
    judged = project.verdict(base=Base(commit="1" * 40, ref="main"))

    assert judged.status is UNKNOWN
    assert "git did not list the files" in judged.reason


def test_the_base_of_a_new_project_has_nothing(tmp_path: Path) -> None:
    project = Project(tmp_path).commit()
    project.write(cart=branchy("fine", 10))
    assert project.where() == []

    project.write(cart=branchy("new", 11))
    assert project.where() == [("new", "new")]


def test_a_project_in_a_folder_of_the_repository_has_paths_of_its_own(tmp_path: Path) -> None:
    outer = Project(tmp_path)
    inner = Project.__new__(Project)
    inner.root, inner.base = tmp_path / "inner", ""
    inner.root.mkdir()
    inner.write(cart=branchy("huge", 20)).commit()
    inner.write(cart=branchy("huge", 21))

    assert outer.git("ls-files") == "inner/shop/cart.py"
    assert inner.where() == [("huge", "was 20")]


def test_the_average_is_held_against_that_of_the_base_exactly(project: Project) -> None:
    _, before = project.measured("complexity-average")
    project.write(cart=branchy("huge", 20) + branchy("edge", 10) + branchy("plain", 3))
    _, after = project.measured("complexity-average")

    assert before.base is not None
    assert after.base is not None
    assert before.value == before.base.value == after.base.value == Fraction(35, 4)
    assert after.value == Fraction(36, 4)
    assert project.verdict("complexity-average").status is MISSED
    assert project.verdict("complexity-average", text="no worse than base by 0.25").status is MET


def test_a_deleted_file_was_part_of_the_average(project: Project) -> None:
    (project.root / "shop" / "other.py").unlink()

    _, found = project.measured("complexity-average")

    assert found.base is not None
    assert (found.value, found.base.value) == (Fraction(32, 3), Fraction(35, 4))


def test_maintainability_is_held_file_by_file(tmp_path: Path) -> None:
    bad = "".join(branchy(f"f{number}", 8) for number in range(40))
    project = Project(tmp_path).write(cart=bad, fine="x = 1\n").commit()
    assert project.where("maintainability") == []

    project.write(fine="x = 2\n", new=bad)

    ((name, note),) = project.where("maintainability")
    assert (name, note) == ("shop/new.py", "new")


def test_only_changed_functions_are_judged(project: Project) -> None:
    text = (project.root / "shop" / "cart.py").read_text(encoding="utf-8")
    project.write(cart=text.replace("def plain(a):\n", "def plain(a, c=1):\n"))

    target, found = project.measured(text="<=5", changed=True)

    assert (target.scope, found.value, found.n) == ("changed", 2, 1)
    assert project.verdict(text="<=5", changed=True).status is MET


def test_new_and_renamed_functions_are_changed_and_moved_ones_are_not(project: Project) -> None:
    text = branchy("plain", 2) + branchy("large", 20) + branchy("edge", 10) + branchy("new", 6)
    project.write(cart=f"import os\n\n\n{text}")

    found = project.where(text="<=5", changed=True)

    assert found == [("large", ""), ("new", "")]


def test_without_a_changed_function_there_is_nothing_to_judge(project: Project) -> None:
    project.write(cart=(project.root / "shop" / "cart.py").read_text(encoding="utf-8") + "X = 1\n")

    for metric in ("complexity", "complexity-average"):
        judged = project.verdict(metric, text="<=5", changed=True)
        assert judged.status is SKIPPED
        assert judged.reason == f"no function has changed since main at {project.base[:10]}"
    assert project.verdict("maintainability", text=">=5", changed=True).status is MET


def test_changed_functions_of_some_paths(project: Project) -> None:
    project.write(cart=branchy("huge", 21), other=branchy("else_", 4))

    _, found = project.measured(text="<=5", changed=True, paths="shop/other.py")

    assert (found.scope, found.value) == ("changed shop/other.py", 4)


def test_a_changed_file_that_cannot_be_parsed_leaves_only_a_bound(project: Project) -> None:
    project.write(cart=branchy("huge", 20), other="def f(:\n")

    judged = project.verdict(text="<=50", changed=True)

    assert judged.status is UNKNOWN
    assert "shop/other.py" in judged.reason


def test_unchanged_files_are_not_read_from_git(project: Project) -> None:
    """Their contents are those of the working tree: git only lists them."""
    for objects in (project.root / ".git" / "objects").glob("??"):
        for path in objects.iterdir():
            kind = project.git("cat-file", "-t", objects.name + path.name)
            if kind == "blob":
                path.unlink()

    assert project.verdict().status is MET


def test_the_source_of_the_base_is_named(project: Project) -> None:
    _, found = project.measured()

    assert found.base is not None
    assert found.base.source == f"main at {project.base[:10]}"
    assert found.base.value == 20
    assert isinstance(found.items[0], Item)


def test_it_holds_in_a_real_run(project: Project) -> None:
    settings = '[tool.boss-gates.targets]\ncomplexity = ["no worse than base", "<=20"]\n'
    (project.root / "pyproject.toml").write_text(settings, encoding="utf-8")
    project.write(cart=branchy("huge", 21))
    command = [sys.executable, "-m", "pytest_boss_gates.cli", "check", "--base", project.base]

    done = subprocess.run(
        command, cwd=project.root, capture_output=True, text=True, encoding="utf-8", check=False
    )

    assert done.returncode == 10, done.stdout + done.stderr
    assert "1 function got worse (base: " in done.stdout
    assert "was 20" in done.stdout
