"""The tracker document on disk: only the cells that must change do, whatever else goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timezone
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.documents import Outcome, check, update
from pytest_boss_gates.evidence.answer import Evidence
from pytest_boss_gates.model import (
    Fact,
    Level,
    Override,
    Place,
    Proof,
    Settings,
    Status,
    TrackerSettings,
)
from pytest_boss_gates.repository.tree import Tree
from pytest_boss_gates.tracker.document import DocumentError
from pytest_boss_gates.tracker.rows import load_tracker
from pytest_boss_gates.tracking import Tracking

if TYPE_CHECKING:
    from tests.conftest import Project

ORIGINAL = Path(__file__).parent / "tracker" / "boss_tracker.md"
CI = ".github/workflows/ci.yml"
POSIX = pytest.mark.skipif(os.name != "posix", reason="links and modes of POSIX")
SMALL = """\
# Tracker

## CI/CD Implementation Status

| Component           | Status         | Notes |
|---------------------|----------------|-------|
| Type Checking       | 🟢 Completed   | mine  |
| Code Quality Checks | Not Started    |       |
"""
UPDATED = SMALL.replace("🟢 Completed  ", "🔴 Not Started")


@dataclass
class Desk:
    """A document of a project, and what is done with it."""

    path: Path
    facts: dict[str, Fact] = field(default_factory=dict)
    tracker: TrackerSettings = field(default_factory=TrackerSettings)
    tree: Tree | None = None

    passed: int | None = 0
    root: Path | None = None  # where it is not the document's folder

    @property
    def tracking(self) -> Tracking:
        root = self.root or self.path.parent
        return Tracking(
            settings=Settings(root=root, targets=(), tracker=self.tracker),
            tree=self.tree or Tree(root=root),
            evidence=lambda: Evidence(facts=self.facts),
            passed=self.passed,
            document=self.path,
        )

    def update(self) -> Outcome:
        return update(self.path, self.tracking)

    def check(self) -> Outcome:
        return check(self.path, self.tracking)

    def show(self, level: Level, *names: str, area: str = "practice", by: str = "") -> None:
        for name in names:
            proof = Proof(place=Place(path=CI, line=7), level=level, by=by)
            self.facts[name] = Fact(
                name=name, title=name, purpose="", area=area, level=level, proofs=(proof,)
            )


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "tracker.md")


@pytest.fixture
def small(desk: Desk) -> Desk:
    desk.path.write_bytes(SMALL.encode())
    return desk


@pytest.fixture
def boss(desk: Desk) -> Desk:
    """The document that all this started from, with some evidence for it."""
    desk.path.write_bytes(ORIGINAL.read_bytes())
    desk.show(Level.GATING, "type-checking", "unit-testing", "ci-pipeline", "lint")
    desk.show(Level.GATING, "mypy", "pytest", area="tools")
    desk.show(Level.DECLARED, "flake8", "black", "isort", "poetry", area="tools")
    desk.show(Level.DECLARED, "installation", "dependency-management", "code-review")
    desk.show(Level.WIRED, "staging-environment")
    return desk


def this_month() -> str:
    today = datetime.now(timezone.utc).date()
    names = """January February March April May June July August September October November
        December""".split()
    return f"{names[today.month - 1]} {today.year}"


# -- the original


def test_of_the_original_only_the_cells_change_whose_meaning_does(boss: Desk) -> None:
    old = ORIGINAL.read_text(encoding="utf-8").splitlines()

    boss.update()

    new = boss.path.read_text(encoding="utf-8").splitlines()
    changed = [line for line in unified_diff(old, new, n=0, lineterm="") if line[0] == "+"][1:]
    assert changed == [
        "+| Type Checking | 🟢 Completed | High | - | 2024-08-15 | Enhance mypy integration |",
        "+| Source Control | 🔴 Not Started | Git | GitHub | Main repository |",
        "+| Issue Tracking | 🔴 Not Started | GitHub Issues | GitHub | Needs better integration |",
        "+| CI Pipeline | 🟢 Completed | GitHub Actions | GitHub | Basic pipeline in place |",
        "+| Type Checking | 🟢 Completed | mypy | CI Pipeline | Basic type checking in place |",
        (
            "+| Poetry | Dependency Management | 🟡 In Progress | CI Pipeline "
            "| Used for all dependencies |"
        ),
        "+| mypy | Type Checking | 🟢 Completed | CI Pipeline | Basic configuration |",
        "+| pytest | Testing | 🟢 Completed | CI Pipeline | Basic tests automated |",
        (
            "+| Development | Local development | 🟡 In Progress | Manual "
            "| Local developer environments |"
        ),
        "+| Testing | Automated tests | 🟢 Completed | Automated | CI test environment |",
        (
            "+| Staging | Pre-production validation | 🟡 In Progress | Semi-Automated "
            "| Not yet configured |"
        ),
        f"+| {this_month()} | Type Checking | 1 | 9 |",  # below July 2024, which is history
        "+| Continuous Integration | 🟢 Completed | Basic pipeline in place |",
        "+| Version Control | 🔴 Not Started | Git with GitHub |",
    ]
    assert len(new) == len(old) + 1


def test_the_icons_that_were_mangled_are_mended_in_the_rows_that_change_alone(boss: Desk) -> None:
    before = ORIGINAL.read_text(encoding="utf-8")

    outcome = boss.update()

    rows = {change.line for change in outcome.changes if change.old}
    after = boss.path.read_text(encoding="utf-8")
    assert before.count("游") - after.count("游") == len(rows) == 13
    touched = set(after.splitlines()) - set(before.splitlines())
    assert len(touched) == 13 + 1  # the month, too
    assert not any("游" in line for line in touched)


def test_updating_twice_changes_nothing(boss: Desk) -> None:
    boss.update()
    once, stamp = boss.path.read_bytes(), boss.path.stat().st_mtime_ns

    outcome = boss.update()

    assert boss.path.read_bytes() == once
    assert boss.path.stat().st_mtime_ns == stamp  # it is not even written
    assert (outcome.changes, outcome.diff, outcome.fails) == ((), (), False)
    assert not boss.check().fails


def test_the_columns_tools_are_a_person_s_unless_they_are_asked_for(boss: Desk) -> None:
    boss.show(Level.GATING, "type-checking", by="pyright")
    boss.show(Level.GATING, "pyright", area="tools")
    boss.update()
    assert "| mypy | CI Pipeline | Basic type" in boss.path.read_text(encoding="utf-8")

    boss.tracker = TrackerSettings(writes_tools=True)
    boss.update()

    assert "| pyright | CI Pipeline | Basic type" in boss.path.read_text(encoding="utf-8")


def test_checking_writes_nothing(boss: Desk) -> None:
    outcome = boss.check()

    assert boss.path.read_bytes() == ORIGINAL.read_bytes()
    assert outcome.changes == boss.update().changes


# -- what fails


def test_a_claim_above_the_evidence_fails_with_a_diff_and_a_sentence(small: Desk) -> None:
    outcome = small.check()

    assert outcome.fails
    assert list(map(str, outcome.changes)) == [
        (
            "tracker.md:7: Type Checking: Status claims Completed; "
            "the evidence is Not Started (not detected)."
        )
    ]
    assert [line for line in outcome.diff if line[:1] in {"+", "-"}] == [
        "--- tracker.md",
        "+++ tracker.md",
        "-| Type Checking       | 🟢 Completed   | mine  |",
        "+| Type Checking       | 🔴 Not Started | mine  |",
    ]


@pytest.mark.parametrize("fails_below", [False, True])
def test_a_claim_below_the_evidence_fails_where_the_project_wants_it(
    small: Desk, *, fails_below: bool
) -> None:
    small.tracker = TrackerSettings(fails_below=fails_below)
    small.show(Level.GATING, "type-checking", "lint")

    outcome = small.check()

    assert [change.claims_more for change in outcome.changes] == [False]
    assert outcome.fails is fails_below


def test_an_override_lets_a_claim_stand(small: Desk) -> None:
    override = Override(
        row="Type Checking",
        status=Status.COMPLETED,
        reason="checked by the editor",
        expires=date(2999, 1, 1),
    )
    small.tracker = TrackerSettings(overrides=(override,))
    assert not small.check().fails

    ended = replace(override, expires=date(2020, 1, 1))
    small.tracker = TrackerSettings(overrides=(ended,))
    assert small.check().fails


def test_a_value_that_was_not_measured_stays(desk: Desk) -> None:
    text = "## Success Metrics\n\n| Metric | Current |\n|---|---|\n| Code Coverage | 93.1 % |\n"
    desk.path.write_text(text, encoding="utf-8")

    assert not desk.check().fails
    assert desk.update().changes == ()
    assert desk.path.read_text(encoding="utf-8") == text


def test_what_a_person_says_of_the_month_stays_and_its_counts_are_kept(desk: Desk) -> None:
    head = "## Progress Tracking\n\n| Month | Components Completed | Total Completed |\n|-|-|-|\n"
    past = "| July 2024 | - | 7 |\n"
    desk.path.write_text(f"{head}{past}| {this_month()} | Type Checking | 3 |\n", encoding="utf-8")
    desk.show(Level.GATING, "type-checking")
    assert desk.check().fails  # three are claimed

    desk.update()

    text = desk.path.read_text(encoding="utf-8")
    assert text == f"{head}{past}| {this_month()} | Type Checking | 1 |\n"


def test_a_document_without_a_table_is_told_and_left(desk: Desk) -> None:
    desk.path.write_text("# Tracker\n", encoding="utf-8")

    outcome = desk.update()

    assert outcome.remarks == ("tracker.md: there is no table.",)
    assert not outcome.fails


# -- bytes


@pytest.mark.parametrize(
    ("before", "end"), [(b"", "\r\n"), (b"\xef\xbb\xbf", "\n"), (b"\xef\xbb\xbf", "\r\n")]
)
def test_line_ends_and_the_byte_order_mark_stay(desk: Desk, before: bytes, end: str) -> None:
    desk.path.write_bytes(before + SMALL.replace("\n", end).encode())

    desk.update()

    assert desk.path.read_bytes() == before + UPDATED.replace("\n", end).encode()


def test_a_last_line_without_an_end_stays_so(desk: Desk) -> None:
    desk.path.write_bytes(SMALL.removesuffix("\n").encode())

    desk.update()

    assert desk.path.read_bytes() == UPDATED.removesuffix("\n").encode()


def test_what_is_no_utf_8_is_not_touched(desk: Desk) -> None:
    content = SMALL.encode().replace(b"mine", b"m\xffne")
    desk.path.write_bytes(content)

    with pytest.raises(DocumentError) as raised:
        desk.update()

    assert str(raised.value) == (
        "tracker.md:7: the byte 0xff is no UTF-8, so the file is not touched; save it as UTF-8."
    )
    assert desk.path.read_bytes() == content


# -- files


def test_a_document_that_is_not_there_is_written_whole(desk: Desk) -> None:
    root = desk.path.parent
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    desk.show(Level.GATING, "type-checking")
    desk.path, desk.root = root / "docs" / "tracker.md", root

    outcome = desk.update()

    text = desk.path.read_text(encoding="utf-8")
    assert (outcome.created, outcome.name, outcome.changes) == (True, "docs/tracker.md", ())
    assert "- 🟡 **In Progress**: Implementation is underway but not complete\n" in text
    assert f"| Type Checking | 🟢 [Completed](../{CI}#L7) |" in text
    assert f"| {this_month()} | Type Checking | 1 | 9 |" in text
    assert "*As of commit `none`, " in text
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == [
        "Implementation Status Legend",
        *(layout.title for layout in load_tracker().tables),
    ]


def test_what_was_written_whole_is_left_as_it_is_by_the_next_update(desk: Desk) -> None:
    desk.show(Level.GATING, "type-checking")
    desk.update()
    written = desk.path.read_bytes()

    again = desk.update()

    assert (again.created, again.changes, again.remarks) == (False, (), ())
    assert desk.path.read_bytes() == written
    assert not desk.check().fails


def test_a_change_of_a_written_document_moves_its_proof_and_its_date(desk: Desk) -> None:
    desk.show(Level.GATING, "type-checking")
    desk.update()
    old = desk.path.read_text(encoding="utf-8")
    assert old.count("*As of commit `none`, ") == 1
    today = datetime.now(timezone.utc).date().isoformat()
    desk.path.write_text(old.replace(today, "2020-01-31"), encoding="utf-8")

    desk.show(Level.WIRED, "type-checking")
    outcome = desk.update()

    new = desk.path.read_text(encoding="utf-8")
    assert outcome.changes
    assert f"| Type Checking | 🟡 [In Progress]({CI}#L7) |" in new
    assert f"*As of commit `none`, {today}.*" in new


def test_a_document_that_is_not_there_cannot_be_checked(desk: Desk) -> None:
    with pytest.raises(DocumentError) as raised:
        desk.check()

    assert str(raised.value) == "tracker.md cannot be read: No such file or directory."


@pytest.mark.parametrize("act", ["update", "check"])
def test_a_directory_is_no_document(desk: Desk, act: str) -> None:
    desk.path.mkdir()

    with pytest.raises(DocumentError) as raised:
        getattr(desk, act)()

    assert str(raised.value) == "tracker.md cannot be read: Is a directory."


@POSIX
def test_a_link_stays_one_and_what_it_names_is_updated(desk: Desk) -> None:
    real = desk.path.parent / "docs" / "real.md"
    real.parent.mkdir()
    real.write_text(SMALL, encoding="utf-8")
    desk.path.symlink_to("docs/real.md")

    desk.update()

    assert desk.path.is_symlink()
    assert real.read_text(encoding="utf-8") == UPDATED


@POSIX
@pytest.mark.parametrize("act", ["update", "check"])
def test_a_link_to_nowhere_is_a_clear_message(desk: Desk, act: str) -> None:
    desk.path.symlink_to("gone.md")

    with pytest.raises(DocumentError, match=r"tracker\.md cannot be read: No such file"):
        getattr(desk, act)()


@POSIX
@pytest.mark.parametrize("mode", [0o640, 0o444])
def test_the_mode_of_the_file_stays(small: Desk, mode: int) -> None:
    small.path.chmod(mode)

    small.update()

    assert small.path.read_text(encoding="utf-8") == UPDATED
    assert small.path.stat().st_mode & 0o777 == mode


@POSIX
def test_a_document_that_cannot_be_written_is_as_it_was(small: Desk) -> None:
    command = [sys.executable, "-c", _WITHOUT_SPACE, str(small.path)]

    shown = subprocess.run(command, capture_output=True, text=True, check=False).stdout

    assert shown.startswith("WriteError ")
    assert "What stood there before is untouched." in shown
    assert small.path.read_text(encoding="utf-8") == SMALL
    assert sorted(os.listdir(small.path.parent)) == [".boss-gates", "tracker.md"]


_WITHOUT_SPACE = """
import resource, signal, sys
from pathlib import Path
from pytest_boss_gates.documents import update
from pytest_boss_gates.evidence.answer import Evidence
from pytest_boss_gates.model import Settings
from pytest_boss_gates.repository.tree import Tree
from pytest_boss_gates.tracking import Tracking

path = Path(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))  # a disk that is full after 64 bytes
try:
    tracking = Tracking(
        settings=Settings(root=path.parent, targets=()),
        tree=Tree(root=path.parent),
        evidence=lambda: Evidence(facts={}),
    )
    update(path, tracking)
except Exception as error:
    print(type(error).__name__, error)
"""


# -- two writers


@dataclass(frozen=True, kw_only=True)
class Meddled(Tree):
    """A tree in which somebody writes a line into the document whenever the update looks away."""

    document: Path
    times: list[int]

    def read(self, path: str) -> str:
        if self.times and self.times.pop():
            with self.document.open("a", encoding="utf-8") as file:
                file.write("A line of somebody else.\n")
        return super().read(path)


def meddled(desk: Desk, times: int) -> Desk:
    """Let somebody write while the line of an override is being looked up."""
    (desk.path.parent / "runbook.md").write_text("Mondays\n", encoding="utf-8")
    override = Override(
        row="Staging",
        status=Status.COMPLETED,
        reason="run by the platform team",
        expires=date(2999, 1, 1),
        evidence="runbook.md:1",
    )
    desk.tracker = TrackerSettings(overrides=(override,))
    desk.tree = Meddled(root=desk.path.parent, document=desk.path, times=[1] * times)
    return desk


def test_what_somebody_else_writes_meanwhile_is_not_lost(small: Desk) -> None:
    meddled(small, 1).update()

    assert small.path.read_text(encoding="utf-8") == UPDATED + "A line of somebody else.\n"


def test_a_document_that_keeps_changing_is_left_to_the_other(small: Desk) -> None:
    with pytest.raises(DocumentError) as raised:
        meddled(small, 99).update()

    assert str(raised.value) == "tracker.md keeps changing while it is being updated."
    assert small.path.read_text(encoding="utf-8").startswith(SMALL)


def test_writers_at_once_leave_one_whole_document(project: Project) -> None:
    root = project.root
    document = root / "tracker.md"
    document.write_bytes(ORIGINAL.read_bytes())
    command = [sys.executable, "-m", "pytest_boss_gates.cli", "tracker", "update", "tracker.md"]

    writers = [
        subprocess.Popen(
            command,
            cwd=root,
            env=project.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for _ in range(3)
    ]
    seen = {document.read_bytes()}
    while any(writer.poll() is None for writer in writers):
        seen.add(document.read_bytes())
    complaints = [writer.communicate()[1] for writer in writers]

    assert complaints == [b"", b"", b""]
    assert seen | {document.read_bytes()} == {ORIGINAL.read_bytes(), document.read_bytes()}
    assert [path.name for path in root.iterdir() if path.suffix == ".tmp"] == []
    assert Desk(document).update().changes == ()


# -- against the base


def git(root: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", *arguments]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


@pytest.fixture
def pull_request(project: Project) -> Project:
    """A branch beside main, whose tracker document claims nothing yet."""
    project.write({"tracker.md": UPDATED, "pyproject.toml": ""})
    git(project.root, "init", "-q", "-b", "main")
    git(project.root, "add", ".")
    git(project.root, "commit", "-q", "-m", "Start")
    git(project.root, "checkout", "-q", "-b", "claims")
    return project


CHECK = (sys.executable, "-m", "pytest_boss_gates.cli", "tracker", "check", "tracker.md")


def test_a_pull_request_that_raises_a_claim_is_named(pull_request: Project) -> None:
    pull_request.write({"tracker.md": SMALL})

    result = pull_request.run_command(*CHECK)

    assert result.status == 10
    assert "(not detected); raised from Not Started since main." in result.output


def test_a_pull_request_that_only_loosens_a_claim_is_named_and_passes(
    pull_request: Project,
) -> None:
    pull_request.write({"tracker.md": UPDATED.replace("| Code Quality Checks | Not Started", "|")})

    result = pull_request.run_command(*CHECK)

    assert result.status == 0
    assert "'Code Quality Checks' of CI/CD Implementation Status stood there at main" in (
        result.output
    )


def test_a_base_that_is_asked_for_and_not_there_is_told(pull_request: Project) -> None:
    result = pull_request.run_command(*CHECK, "--base=nowhere")

    assert result.status == 0
    assert "The base is not known: nowhere (--boss-gates-base) is no branch" in result.output


# -- nothing to keep true


@pytest.mark.parametrize("text", ["# Prose\n", "| A | B |\n|---|---|\n| Rust | 1 |\n"])
@pytest.mark.parametrize("action", ["check", "update"])
def test_a_document_without_a_row_of_the_tracker_is_not_judged(
    project: Project, text: str, action: str
) -> None:
    project.write({"tracker.md": text})

    result = project.run_command(*CHECK[:-2], action, "tracker.md")

    assert result.status == 11
    assert "tracker.md has no row of the tracker" in result.output
    assert "says what the evidence says" not in result.output


def test_of_many_rows_that_are_not_known_some_are_named(desk: Desk) -> None:
    more = "".join(f"| Row {n} | Completed | |\n" for n in range(5000))
    desk.path.write_bytes((SMALL + more).encode())

    outcome = desk.check()

    assert len(outcome.remarks) == 11
    assert outcome.remarks[0] == "tracker.md:9: the row 'Row 0' is not known, so it is left alone."
    assert "4990 more rows of this table are not known" in outcome.remarks[-1]
