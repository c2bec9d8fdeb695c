"""``examples/boss``: its README shows what happens, and its tracker is what a reader sees.

It is copied into a git repository of its own, as its reader does it.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass
from datetime import datetime, timezone
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

import cmarkgfm
import pytest

from tests.examples.test_examples import EXAMPLES, KEPT_VARIABLES, LEFT_BEHIND, run

if TYPE_CHECKING:
    import subprocess

README = (EXAMPLES / "boss" / "README.md").read_text(encoding="utf-8")
ORIGINAL = Path(__file__).parents[1] / "tracker" / "boss_tracker.md"
SHOWN_MONTH = "November 2026"  # in the README
DOCUMENT = "docs/cicd-tracker.md"
TABLES = {
    "CI/CD Implementation Status": (10, 6),
    "CI/CD Pipeline Components": (10, 5),
    "DevOps Tooling Status": (12, 5),  # one more than the original: pytest-asyncio
    "CI/CD Pipeline Phases": (8, 5),
    "Environment Strategy": (4, 5),
    "Progress Tracking": (1, 4),
    "DevOps Best Practices Implementation": (10, 3),
    "Success Metrics": (6, 4),
}
"""Rows and columns of each table, without its header."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """The example in a repository of its own."""

    root: Path
    env: dict[str, str]

    def read(self, name: str = DOCUMENT) -> str:
        return (self.root / name).read_text(encoding="utf-8")

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run([sys.executable, *arguments], cwd=self.root, env=self.env)

    def tracker(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.python("-m", "pytest_boss_gates.cli", "tracker", *arguments)

    def commit(self) -> None:
        author = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org")
        for words in (("init", "-q", "-b", "main"), ("add", "."), (*author, "commit", "-qmStart")):
            done = run(["git", *words], cwd=self.root, env=self.env)
            assert done.returncode == 0, done.stdout


@pytest.fixture
def boss(tmp_path: Path) -> Checkout:
    """Do what the README says: copy the folder, and commit it."""
    env = {key: os.environ[key] for key in KEPT_VARIABLES if key in os.environ}
    env |= {"HOME": str(tmp_path), "USERPROFILE": str(tmp_path), "PYTHONIOENCODING": "utf-8"}
    env |= {"PYTHONDONTWRITEBYTECODE": "1", "GIT_CONFIG_NOSYSTEM": "1"}
    checkout = Checkout(tmp_path / "boss", env)
    shutil.copytree(EXAMPLES / "boss", checkout.root, ignore=LEFT_BEHIND)
    checkout.commit()
    return checkout


def shown(text: str) -> str:
    """Put the README's month in the place of this one."""
    return text.replace(f"{datetime.now(timezone.utc):%B %Y}", SHOWN_MONTH)


def completed_by(told: str) -> list[str]:
    """Name the rows whose status an update brought from in progress to completed."""
    sentence = r"^\S+ (.+): Status says In Progress; the evidence is Completed"
    return re.findall(sentence, told, re.MULTILINE)


def table_of(text: str, heading: str) -> str:
    return text.partition(f"## {heading}\n\n")[2].partition("\n\n")[0]


# -- the README


def test_check_fails_with_the_claims_that_the_readme_shows(boss: Checkout) -> None:
    before = boss.read()

    done = boss.tracker("check")

    claims = [line for line in done.stdout.splitlines() if " claims " in line]
    assert done.returncode == 10, done.stdout
    assert f"$ boss-gates tracker check | grep claims\n{chr(10).join(claims)}\n```" in README
    assert boss.read() == before


def test_the_readme_shows_the_whole_difference(boss: Checkout) -> None:
    done = boss.tracker("check")

    diff = done.stdout.partition(f"\n{DOCUMENT}:")[0]
    assert f"```diff\n{shown(diff)}\n```" in README


def test_the_readme_shows_the_document_before_and_after(boss: Checkout) -> None:
    heading = "CI/CD Implementation Status"
    before = table_of(boss.read(), heading)

    done = boss.tracker("update")

    after = table_of(boss.read(), heading)
    assert done.returncode == 0, done.stdout
    assert before != after
    assert README.index(before) < README.index(after)


def test_what_was_updated_is_true_and_stays_as_it_is(boss: Checkout) -> None:
    boss.tracker("update")
    updated = boss.read()

    again, checked = boss.tracker("update"), boss.tracker("check")

    assert (again.returncode, checked.returncode) == (0, 0)
    assert boss.read() == updated
    assert again.stdout == f"{DOCUMENT} says what the evidence says.\n"


def test_type_checking_is_completed_once_it_can_fail_the_job(boss: Checkout) -> None:
    workflow = boss.root / ".github" / "workflows" / "ci.yml"
    text = workflow.read_text(encoding="utf-8")
    soft = next(line for line in text.splitlines(keepends=True) if "continue-on-error" in line)
    boss.tracker("update")

    workflow.write_text(text.replace(soft, ""), encoding="utf-8")
    done = boss.tracker("update")

    assert completed_by(done.stdout) == ["Type Checking", "Type Checking", "mypy"]


def test_unit_testing_is_completed_once_a_run_has_seen_a_test_pass(boss: Checkout) -> None:
    boss.tracker("update")

    session = boss.python("-m", "pytest", "--boss-gates", "-p", "no:cacheprovider")
    done = boss.tracker("update")

    assert session.returncode == 0, session.stdout
    assert completed_by(done.stdout) == [
        "Automated Unit Testing",
        "Test Automation",
        "Automated Testing",
    ]


# -- the document that all this started from


BELOW = ("Status", "In Progress", "Completed")
ABOVE = ("Status", "In Progress", "Not Started")
EXPECTED = [
    ("Code Quality Checks", *BELOW),
    ("Source Control", "Status", "Completed", "In Progress"),  # there is no remote
    ("Issue Tracking", *ABOVE),
    ("CI Pipeline", *BELOW),
    ("Code Quality", *BELOW),
    ("Dependency Management", *BELOW),
    ("GitHub Actions", *BELOW),
    ("flake8", *BELOW),
    ("black", *BELOW),
    ("isort", *BELOW),
    ("pytest", *BELOW),
    ("Commit Phase", *BELOW),
    ("Package Phase", "Status", "Not Started", "In Progress"),  # a build backend is declared
    ("Development", "Automation Level", "Manual", "Automated"),
    ("Testing", *BELOW),
    ("Testing", "Automation Level", "Semi-Automated", "Automated"),
    ("Continuous Integration", *BELOW),
    ("Version Control", "Status", "Completed", "In Progress"),
    ("Code Review", *ABOVE),
    ("Environment Parity", "Status", "Not Started", "Completed"),  # the lock is what CI installs
]
MANGLED = {"游댮": "🔴", "游리": "🟡", "游릭": "🟢"}
ICONS = {"Not Started": "🔴", "In Progress": "🟡", "Completed": "🟢"}


def test_of_the_original_exactly_the_cells_change_that_the_repository_contradicts(
    boss: Checkout,
) -> None:
    old = ORIGINAL.read_bytes()
    path = boss.root / "docs" / "original.md"
    path.write_bytes(old)

    done = boss.tracker("update", "docs/original.md")

    new = path.read_bytes()
    assert done.returncode == 0, done.stdout
    assert new == expected_of(old)
    assert boss.tracker("update", "docs/original.md").returncode == 0
    assert path.read_bytes() == new


def expected_of(content: bytes) -> bytes:
    """Write ``EXPECTED`` into the original by plain replacement, line by line."""
    wanted = list(EXPECTED)
    lines = content.decode("utf-8").split("\n")
    header: list[str] = []
    for number, line in enumerate(lines):
        cells = line.split(" | ")
        if line.startswith("|--"):
            header = lines[number - 1].split(" | ")
        touched = False
        while wanted and cells[0] == f"| {wanted[0][0]}" and wanted[0][1] in header:
            _, column, before, after = wanted[0]
            at = header.index(column)
            if column == "Status":
                icon, _, word = cells[at].partition(" ")
                assert (icon in MANGLED, word) == (True, before)
                cells[at] = f"{ICONS[after]} {after}"
            else:
                assert cells[at] == before
                cells[at] = after
            touched = True
            del wanted[0]
        if touched:
            lines[number] = " | ".join(cells)
            for mangled, icon in MANGLED.items():  # where the status itself is right
                lines[number] = lines[number].replace(mangled, icon)
    assert wanted == []
    july = lines.index("| July 2024 | - | 0 | 10 |")
    month = f"{datetime.now(timezone.utc):%B %Y}"
    lines.insert(july + 1, f"| {month} | Code Quality Checks | 1 | 9 |")
    return "\n".join(lines).encode()


# -- as GitHub renders it


class Page(HTMLParser):
    """The tables of a page below their headings: the text and the links of each cell."""

    def __init__(self, markdown: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[str]]] = {}
        self.links: list[tuple[str, str]] = []  # a text, and where it leads
        self._heading = ""
        self._text = ""
        self._link: tuple[str, int] | None = None
        self.feed(cmarkgfm.github_flavored_markdown_to_html(markdown))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in {"h2", "td", "th"}:
            self._text = ""
        elif tag == "table":
            self.tables[self._heading] = []
        elif tag == "tr":
            self.tables[self._heading].append([])
        elif tag == "a":
            self._link = (dict(attrs)["href"] or "", len(self._text))

    def handle_endtag(self, tag: str) -> None:
        if tag == "h2":
            self._heading = self._text
        elif tag in {"td", "th"}:
            self.tables[self._heading][-1].append(self._text)
        elif tag == "a" and self._link is not None:
            target, start = self._link
            self.links.append((self._text[start:], target))

    def handle_data(self, data: str) -> None:
        self._text += data

    def column(self, title: str) -> list[str]:
        """Give the cells of all columns of a title."""
        return [
            row[table[0].index(title)]
            for table in self.tables.values()
            if title in table[0]
            for row in table[1:]
        ]

    def has_sound_links_from(self, place: Path) -> bool:
        """Whether every link leads to a file, and to a line that it has."""
        for _, target in self.links:
            path, _, line = unquote(target).partition("#L")
            file = place.parent / path
            assert file.is_file(), target
            if line:
                count = len(file.read_text(encoding="utf-8").splitlines())
                assert 1 <= int(line) <= count, target
        return bool(self.links)


STATUSES = {"🔴 Not Started", "🟡 In Progress", "🟢 Completed"}


def test_a_new_document_is_eight_tables_with_words_and_links_that_lead_somewhere(
    boss: Checkout,
) -> None:
    boss.tracker("update", "docs/new.md")

    page = Page(boss.read("docs/new.md"))
    assert {
        title: (len(table) - 1, len(table[0])) for title, table in page.tables.items()
    } == TABLES
    assert set(page.column("Status")) == STATUSES
    assert {text for text, _ in page.links} == {"In Progress", "Completed"}
    assert page.has_sound_links_from(boss.root / "docs" / "new.md")
    assert set(page.column("Notes")[:-6]) == {"-"}  # a person's, but for the success metrics


def test_the_updated_original_renders_as_the_tables_that_it_had(boss: Checkout) -> None:
    path = boss.root / "docs" / "original.md"
    path.write_bytes(ORIGINAL.read_bytes())
    before = Page(ORIGINAL.read_text(encoding="utf-8"))

    boss.tracker("update", "docs/original.md")

    after = Page(path.read_text(encoding="utf-8"))
    assert list(after.tables) == list(before.tables) == list(TABLES)
    assert len(after.column("Status")) == len(before.column("Status")) == 53
    assert {word.partition(" ")[2] for word in after.column("Status")} == set(ICONS)


@pytest.mark.parametrize(
    ("place", "report"),
    [
        (".boss-gates/tracker.md", ()),
        ("out/of the way/run.md", ("--boss-gates-report=markdown:out/of the way/run.md",)),
    ],
)
def test_the_report_of_a_run_is_the_same_tracker_with_its_proofs(
    boss: Checkout, place: str, report: tuple[str, ...]
) -> None:
    done = boss.python("-m", "pytest", "--boss-gates", "-p", "no:cacheprovider", *report)
    commit = run(["git", "rev-parse", "HEAD"], cwd=boss.root, env=boss.env).stdout.strip()

    text = boss.read(place)
    page = Page(text)
    assert done.returncode == 0, done.stdout
    sizes = {
        title: (len(table) - 1, len(table[0]) - (table[0][-1] == "Proof"))
        for title, table in page.tables.items()
    }
    gates, metrics = sizes.pop("Gates"), sizes.pop("Success Metrics")
    assert sizes | {"Progress Tracking": (1, 4), "Success Metrics": (6, 4)} == TABLES
    assert sizes["Progress Tracking"] == (3, 4)  # the document's two months, and this one
    assert (gates[1], metrics) == (6, (6, 5))  # both have a verdict
    assert set(page.column("Status")) == STATUSES
    assert {"In Progress", "Completed", ".github/workflows/ci.yml:37"} <= {t for t, _ in page.links}
    assert page.has_sound_links_from(boss.root / place)
    assert f"at commit `{commit}`" in text
    assert f"on {datetime.now(timezone.utc):%Y-%m-%d} at " in text


def test_a_report_outside_the_root_has_no_links_that_would_lead_nowhere(
    boss: Checkout, tmp_path: Path
) -> None:
    report = f"--boss-gates-report=markdown:{tmp_path / 'run.md'}"

    done = boss.python("-m", "pytest", "--boss-gates", "-p", "no:cacheprovider", report)

    page = Page((tmp_path / "run.md").read_text(encoding="utf-8"))
    assert done.returncode == 0, done.stdout
    assert page.links == []
    assert "gating by pytest: .github/workflows/ci.yml:37" in page.column("Proof")[0]
