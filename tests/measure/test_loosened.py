"""Loosened targets: what counts as less than it was, each named, and the base asked of git."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates import pipeline
from pytest_boss_gates.corridor import enter
from pytest_boss_gates.measure import METRICS
from pytest_boss_gates.measure.loosened import is_looser, loosened
from pytest_boss_gates.model import BaseSettings, Settings, Target, VerdictStatus
from pytest_boss_gates.registry import Additions
from pytest_boss_gates.settings.load import Options, load
from pytest_boss_gates.settings.targets import parse_version, parse_wanted

if TYPE_CHECKING:
    from pathlib import Path

FILES = ("src/a.py", "src/pay/b.py", "tests/test_a.py")


def read(root: Path, *lines: str, above: str = "") -> Settings:
    return load(
        root,
        Options(invocation_dir=root),
        metrics=METRICS,
        formats=(),
        tools=lambda: ("mypy", "ruff"),
        files=lambda: FILES,
        text="\n".join([above, "[tool.boss-gates.targets]", *lines]),
    )


def named(root: Path, before: tuple[str, ...], after: tuple[str, ...]) -> list[tuple[str, str]]:
    """What is loosened between two tables of targets: names and changes."""
    then = BaseSettings(targets=read(root, *before).targets, paths=frozenset(FILES))
    return [(item.name, item.note) for item in loosened(then, read(root, *after), FILES)]


@pytest.mark.parametrize(
    ("metric", "before", "after"),
    [
        ("code-coverage", ">=85%", ">=83%"),
        ("code-coverage", ">85%", ">=85%"),
        ("code-coverage", "=100%", ">=99%"),
        ("complexity", "<=10", "<=11"),
        ("complexity", "A", "B"),
        ("session-duration", "<10 minutes", "<0.2 hours"),
        ("warnings", "=0", "<=1"),
        ("tests", ">=100", ">=99"),
        ("deployment-frequency", "daily", "weekly"),
        ("code-coverage", "no worse than base", "no worse than base by 1 point"),
    ],
)
def test_a_bound_that_takes_more_is_looser_and_never_the_other_way(
    metric: str, before: str, after: str
) -> None:
    earlier, later = (parse_wanted(text, METRICS[metric]) for text in (before, after))

    assert is_looser(earlier, later)
    assert not is_looser(later, earlier)


@pytest.mark.parametrize(
    ("metric", "before", "after"),
    [
        ("session-duration", "<10 minutes", "<600 s"),
        ("code-coverage", "=100%", ">=100%"),
        ("warnings", "=0", "<=0"),
        ("complexity", "B", "<=10"),
    ],
)
def test_another_spelling_of_the_same_bound_is_not_looser(
    metric: str, before: str, after: str
) -> None:
    earlier, later = (parse_wanted(text, METRICS[metric]) for text in (before, after))

    assert not is_looser(earlier, later)
    assert not is_looser(later, earlier)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (">=1.8", ">=1.7"),
        (">=1.8,<2", ">=1.8,<3"),
        (">=1.8,<2", ">=1.8"),
        (">1.8", ">=1.8"),
        (">=1.8,!=1.9", ">=1.8"),
        ("==1.8", "~=1.8"),
        ("==1.8.*", ">=1.8"),
    ],
)
def test_a_range_of_more_versions_is_looser_and_never_the_other_way(
    before: str, after: str
) -> None:
    assert is_looser(parse_version(before), parse_version(after))
    assert not is_looser(parse_version(after), parse_version(before))


def test_each_is_named_with_what_it_was(tmp_path: Path) -> None:
    before = ('code-coverage = ">=85%"', 'warnings = "=0"', 'complexity = "<=10"')
    after = ('warnings = "<=3"', 'complexity = "<=9"', 'code-coverage = ">=83%"')

    assert named(tmp_path, before, after) == [
        ("code-coverage", ">=85% → >=83%"),
        ("warnings", "=0 → <=3"),
    ]


def test_a_target_that_only_warns_now_or_is_gone_is_loosened(tmp_path: Path) -> None:
    before = ('warnings = "=0"', 'tests = ">=10"')
    after = ('warnings = { target = "=0", enforce = "warn" }',)

    assert named(tmp_path, before, after) == [
        ("warnings", "blocks → warns"),
        ("tests", ">=10 → no target"),
    ]


def test_narrower_paths_are_loosened_and_wider_ones_are_not(tmp_path: Path) -> None:
    wide = ('complexity = { paths = "src/**", target = "<=10" }',)
    narrow = ('complexity = { paths = "src/pay/**", target = "<=10" }',)
    respelled = ('complexity = { paths = "src", target = "<=10" }',)
    everything = ('complexity = "<=10"',)

    assert named(tmp_path, wide, narrow) == [("complexity src/**", "src/** → src/pay/**")]
    assert named(tmp_path, everything, narrow) == [("complexity", "everything → src/pay/**")]
    assert named(tmp_path, narrow, wide) == []
    assert named(tmp_path, wide, respelled) == []
    assert named(tmp_path, wide, everything) == []


def test_a_wider_target_with_another_bound_shows_both(tmp_path: Path) -> None:
    before = ('complexity = { paths = "src/pay/**", target = "<=5" }',)

    assert named(tmp_path, before, ('complexity = "<=10"',)) == [
        ("complexity src/pay/**", "<=5 → <=10")
    ]


def test_a_target_over_the_change_alone_is_less_than_one_over_everything(tmp_path: Path) -> None:
    everything = ('complexity = "<=10"',)
    changed = ('complexity = { changed = true, target = "<=10" }',)

    assert named(tmp_path, everything, changed) == [("complexity", "<=10 → no target")]
    assert named(tmp_path, changed, everything) == []


def test_kinds_and_markers_are_kept_apart(tmp_path: Path) -> None:
    before = (
        'suppressions = { kind = "noqa", target = "<=5" }',
        'slowest-test = { marker = "slow", target = "<60 s" }',
    )
    after = ('suppressions = "<=5"', 'slowest-test = "<60 s"')

    assert [name for name, _ in named(tmp_path, before, after)] == [
        "suppressions noqa",
        "slowest-test -m slow",
    ]


def test_a_relative_target_does_not_stand_for_an_absolute_one(tmp_path: Path) -> None:
    before = ('warnings = ["<=5", "no worse than base"]',)
    after = ('warnings = "no worse than base"',)

    assert named(tmp_path, before, after) == [("warnings", "<=5 → no target")]


def test_a_target_goes_with_its_files(tmp_path: Path) -> None:
    gone = Target(
        metric="complexity",
        wanted=parse_wanted("<=10", METRICS["complexity"]),
        text="<=10",
        scope="src/old/**",
        paths="src/old/**",
    )

    found = loosened(BaseSettings(targets=(gone,)), read(tmp_path), FILES)

    assert list(found) == []


def test_tools_have_levels_and_versions_to_loosen(tmp_path: Path) -> None:
    then = read(tmp_path, above='[tool.boss-gates.tools]\nmypy = "gating"\nruff = "gating"')
    now = read(
        tmp_path, above='[tool.boss-gates.tools]\nmypy = { level = "declared", version = ">=1" }'
    )

    items = loosened(BaseSettings(targets=then.targets), now, FILES)

    assert [(item.name, item.note) for item in items] == [
        ("tool-level mypy", "gating → declared"),
        ("tool-level ruff", "gating → no target"),
    ]


def test_source_files_that_are_left_out_now_are_named(tmp_path: Path) -> None:
    then = BaseSettings(left_out=("src/a.py", "src/b.py", "src/c.py", "src/d.py"))

    (item,) = loosened(then, read(tmp_path), FILES)

    assert item.name == "source and exclude"
    assert item.note == "not measured any more: src/a.py, src/b.py, src/c.py and 1 more"


class Repository:
    """A project with a branch ``main`` and a branch that is checked out, judged as it stands."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "-q", "-b", "main")

    def git(self, *arguments: str) -> None:
        who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
        subprocess.run(["git", *who, *arguments], cwd=self.root, check=True, capture_output=True)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def base(self, settings: str) -> None:
        self.write("pyproject.toml", settings)
        self.write("src/shop.py", "a = 1\n")
        self.git("add", ".")
        self.git("commit", "-q", "-m", "one")
        self.git("checkout", "-q", "-b", "feature")

    def verdict(self, settings: str) -> tuple[VerdictStatus, str, list[str]]:
        self.write("pyproject.toml", settings)
        options = Options(invocation_dir=self.root)
        corridor = enter(self.root, options, Additions())
        run = pipeline.conclude(corridor, pipeline.Witnessed())
        (found,) = [each for each in run.verdicts if each.metric.key == "loosened-targets"]
        notes = [f"{item.name} {item.note}" for item in found.measurement.items]
        return found.status, found.reason, notes


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path)


WANTED = '[tool.boss-gates.targets]\nloosened-targets = "=0"\ncomplexity = "<={}"\n'


def test_the_base_is_read_from_git(repository: Repository) -> None:
    repository.base(WANTED.format(10))

    status, _, notes = repository.verdict(WANTED.format(12))

    assert (status, notes) == (VerdictStatus.MISSED, ["complexity <=10 → <=12"])
    assert repository.verdict(WANTED.format(9))[0] is VerdictStatus.MET


def test_the_first_table_of_a_project_loosens_nothing(repository: Repository) -> None:
    repository.base("[project]\nname = 'x'\n")

    assert repository.verdict(WANTED.format(99))[0] is VerdictStatus.MET


def test_what_is_newly_left_out_is_a_loosened_target(repository: Repository) -> None:
    repository.base(WANTED.format(10))

    _, _, notes = repository.verdict(
        '[tool.boss-gates]\nexclude = ["src/shop.py"]\n' + WANTED.format(10)
    )

    assert notes == ["source and exclude not measured any more: src/shop.py"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[tool.boss-gates.targets]\ncomplexity = 3\n", "A target is a string"),
        ("not toml", "The file is not valid TOML"),
    ],
)
def test_settings_that_were_wrong_at_the_base_are_unknown(
    repository: Repository, text: str, reason: str
) -> None:
    repository.base(text)

    status, said, _ = repository.verdict(WANTED.format(10))

    assert status is VerdictStatus.UNKNOWN
    assert said.startswith("the settings at main at ")
    assert reason in said


def test_other_faults_of_the_base_do_not_matter(repository: Repository) -> None:
    repository.base('[tool.boss-gates]\nreports = ["fax"]\n' + WANTED.format(10))

    assert repository.verdict(WANTED.format(11))[2] == ["complexity <=10 → <=11"]


def test_without_a_repository_it_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(WANTED.format(10), encoding="utf-8")
    corridor = enter(tmp_path, Options(invocation_dir=tmp_path), Additions())

    found = corridor.settings_at_base

    assert found.reason == "the project is not in a git repository"
    assert found.remedy


def test_a_share_ends_at_one_and_a_count_has_no_end() -> None:
    counts = parse_wanted(">=5", METRICS["tests"])

    assert not is_looser(counts, parse_wanted("=9", METRICS["tests"]))
    assert counts.value == Fraction(5)
