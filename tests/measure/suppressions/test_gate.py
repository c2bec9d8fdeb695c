"""The gate of suppressions: over which files, by kind and paths, and against the base."""

from __future__ import annotations

import subprocess
import tokenize
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.measure import METRICS, Context
from pytest_boss_gates.measure.suppressions import measure
from pytest_boss_gates.model import Bound, Measurement, Settings, Target, spell_scope
from pytest_boss_gates.repository.base import find_base
from pytest_boss_gates.repository.source import Source
from pytest_boss_gates.repository.tree import Tree
from pytest_boss_gates.settings.targets import parse_wanted

if TYPE_CHECKING:
    from pathlib import Path


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        path = root / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """``main`` with one suppression in a file of two lines, and a branch that is checked out."""
    git(tmp_path, "init", "-q", "-b", "main")
    write(tmp_path, src__shop="a = 1  # noqa\nb = 2\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "one")
    git(tmp_path, "checkout", "-q", "-b", "feature")
    return tmp_path


def measured(
    root: Path,
    wanted: str = "<=10",
    *,
    paths: str = "",
    kind: str = "",
    exclude: tuple[str, ...] = (),
    cache: Path | None = None,
) -> Measurement:
    target = Target(
        metric="suppressions",
        wanted=parse_wanted(wanted, METRICS["suppressions"]),
        text=wanted,
        scope=spell_scope(paths=paths, kind=kind),
        paths=paths,
        kind=kind,
    )
    context = Context(
        settings=Settings(root=root, targets=(target,), exclude=exclude),
        tree=Tree(root=root),
        source=Source(),
        base=lambda: find_base(root, {}),
        cache=cache,
    )
    (found,) = [each for each in measure(context) if each.scope == target.scope]
    return found


def test_sources_tests_and_stubs_are_counted_worst_file_first(tmp_path: Path) -> None:
    write(
        tmp_path,
        src__shop="a = 1  # noqa\n\nb = 2  # type: ignore\nc = 3  # noqa: E501\n",
        tests__test_shop="import pytest\n\n@pytest.mark.skip\ndef test(): ...\n",
        plain="x = 1\n",
    )
    (tmp_path / "src" / "shop.pyi").write_text("x: int  # type: ignore\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("# noqa\n", encoding="utf-8")

    found = measured(tmp_path)

    assert (found.value, found.n, found.bound) == (5, 4, Bound.EXACT)
    assert [(str(item.place), item.value, item.note) for item in found.items] == [
        ("src/shop.py:1", 3, "noqa 1, 4; type-ignore 3"),
        ("src/shop.pyi:1", 1, "type-ignore 1"),
        ("tests/test_shop.py:3", 1, "skip 3"),
    ]
    assert found.notes == ("2 noqa, 2 type-ignore, 1 skip in 4 files",)


def test_a_target_may_take_one_kind_of_some_files(tmp_path: Path) -> None:
    write(tmp_path, src__a="a = 1  # noqa  # nosec\n", tests__b="b = 1  # noqa\n")

    assert measured(tmp_path, kind="noqa").value == 2
    assert measured(tmp_path, paths="src/**").value == 2
    assert measured(tmp_path, paths="src/**", kind="noqa").value == 1
    assert measured(tmp_path, kind="xfail").value == 0


def test_what_is_excluded_and_what_git_ignores_does_not_count(repository: Path) -> None:
    write(repository, build__lib__shop="a = 1  # noqa\n", vendored__x="a = 1  # noqa\n")
    (repository / ".gitignore").write_text("build/\n", encoding="utf-8")

    found = measured(repository, exclude=("vendored/**",))

    assert [item.name for item in found.items] == ["src/shop.py"]


def test_none_at_all_is_nought_and_no_file_at_all_is_unknown(tmp_path: Path) -> None:
    assert measured(tmp_path).reason == "no Python files were found"

    write(tmp_path, shop="a = 1\n")

    assert measured(tmp_path).value == 0
    assert measured(tmp_path, paths="docs").reason == "no Python file matches 'docs'"


def test_a_file_that_cannot_be_read_leaves_at_least_the_others(tmp_path: Path) -> None:
    write(tmp_path, shop="a = 1  # noqa\n", broken="a = '''  # noqa\n")

    found = measured(tmp_path)

    assert (found.value, found.bound) == (1, Bound.AT_LEAST)
    assert found.bound_reason.startswith("1 file could not be read: broken.py: ")


def test_the_base_is_counted_where_a_target_is_relative(repository: Path) -> None:
    write(
        repository,
        src__shop="new = 0  # noqa: F821\na = 1  # noqa\nb = 2  # nosec\n",
        src__more="c = 3  # noqa\n",
    )

    found = measured(repository, "no worse than base")

    assert found.base is not None
    assert (found.value, found.base.value, found.base.bound) == (4, 1, Bound.EXACT)
    assert found.base.source.startswith("main at ")
    assert [(item.before, str(item.place), item.note) for item in found.items] == [
        (1, "src/shop.py:1", "new: noqa 1; nosec 3; all: noqa 1, 2; nosec 3"),
        (None, "src/more.py:1", "noqa 1"),
    ]


def test_a_file_that_moved_keeps_its_suppressions(repository: Path) -> None:
    git(repository, "mv", "src/shop.py", "src/store.py")
    write(repository, src__shop="a = 1  # noqa\nb = 1  # nosec\n")

    found = measured(repository, "no worse than base")

    assert found.base is not None
    assert (found.value, found.base.value) == (3, 1)
    assert found.items[0].note.startswith("new: nosec 2")


def test_a_project_below_the_top_of_its_repository_is_counted_alone(repository: Path) -> None:
    project = repository / "projects" / "shop"
    write(project, a="a = 1  # noqa\n")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "two")
    git(repository, "branch", "-f", "main")
    write(project, a="a = 1  # noqa\nb = 1  # noqa\n")

    found = measured(project, "no worse than base")

    assert found.base is not None
    assert (found.value, found.base.value) == (2, 1)


def test_without_a_relative_target_the_base_is_not_looked_at(repository: Path) -> None:
    assert measured(repository).base is None


def test_a_base_that_cannot_be_found_says_why_and_what_to_do(tmp_path: Path) -> None:
    write(tmp_path, shop="a = 1  # noqa\n")

    base = measured(tmp_path, "no worse than base").base

    assert base is not None
    assert base.reason == "the project is not in a git repository"
    assert base.remedy


def test_a_file_that_could_not_be_read_at_the_base_leaves_a_bound(repository: Path) -> None:
    write(repository, src__broken="a = '''  # noqa\n")
    git(repository, "add", ".")
    git(repository, "commit", "-q", "-m", "broken")
    git(repository, "branch", "-f", "main")
    write(repository, src__broken="a = 1  # noqa\n")

    base = measured(repository, "no worse than base").base

    assert base is not None
    assert (base.value, base.bound) == (1, Bound.AT_LEAST)
    assert "src/broken.py" in base.bound_reason


def test_what_is_kept_is_not_looked_at_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, shop="a = 1  # noqa\nb = 2  # nosec\n", broken="a = 'x  # noqa\n")
    first = measured(tmp_path, cache=tmp_path / "cache")

    def tokenizing(*_: object) -> None:
        raise AssertionError("a file is tokenized")

    monkeypatch.setattr(tokenize, "generate_tokens", tokenizing)

    assert measured(tmp_path, cache=tmp_path / "cache") == first
    assert (first.value, first.bound) == (2, Bound.AT_LEAST)


def test_a_file_that_changed_is_looked_at_again(tmp_path: Path) -> None:
    write(tmp_path, shop="a = 1  # noqa\n")
    measured(tmp_path, cache=tmp_path / "cache")
    write(tmp_path, shop="a = 1  # noqa\nb = 2  # nosec\n")

    assert measured(tmp_path, cache=tmp_path / "cache").value == 2
