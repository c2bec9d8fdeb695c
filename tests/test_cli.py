"""The console command: the corridor without a test session."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import jsonschema
import pytest

from pytest_boss_gates import cli
from pytest_boss_gates.cli import COMMANDS, main

if TYPE_CHECKING:
    from tests.conftest import Project


def test_check_judges_what_needs_no_tests(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.targets('complexity = "<=1"', 'code-coverage = ">90%"')

    status = main(["check", "--root", str(shop.root)])

    shown = capsys.readouterr().out
    assert status == 10
    assert "complexity" in shown
    assert "no tests are run by this command" in shown
    assert (shop.root / ".boss-gates" / "report.json").is_file()


def test_check_is_content_when_all_is_met(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.targets('complexity = "<=5"')

    assert main(["check", "--root", str(shop.root)]) == 0
    assert "met" in capsys.readouterr().out


def test_check_strict_does_not_let_skipped_targets_pass(shop: Project) -> None:
    shop.targets('tests = ">=1"')

    assert main(["check", "--root", str(shop.root), "--strict"]) == 10


def test_check_json_is_the_report(shop: Project, capsys: pytest.CaptureFixture[str]) -> None:
    shop.targets('complexity = "<=5"')

    main(["check", "--root", str(shop.root), "--json"])

    shown = capsys.readouterr().out
    written = (shop.root / ".boss-gates" / "report.json").read_text(encoding="utf-8")
    assert json.loads(shown) == json.loads(written)


def test_wrong_settings_are_wrong_usage(shop: Project, capsys: pytest.CaptureFixture[str]) -> None:
    shop.targets('complexty = "<=5"')

    assert main(["check", "--root", str(shop.root)]) == 2
    assert '"complexity"' in capsys.readouterr().err


def test_a_root_that_is_no_directory_is_wrong_usage(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--root", str(shop.root / "nowhere")]) == 2
    assert "nowhere is not a directory" in capsys.readouterr().err


@pytest.mark.parametrize(
    "which", ["settings", "report", "bundle", "evidence", "verification", "trend"]
)
def test_the_schemas_are_valid_schemas(which: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", which]) == 0

    jsonschema.Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))


MODULES = [command.__name__.rpartition(".")[2] for command in COMMANDS]
NAMES = [{"imports": "import"}.get(name, name) for name in MODULES]  # a word of Python's


def test_the_commands_are_sorted_and_those_of_the_folder() -> None:
    folder = Path(cli.__file__).parent

    files = sorted(path.stem for path in folder.glob("[!_]*.py"))
    assert sorted(MODULES) == MODULES == [name for name in files if name != "page"]


@pytest.mark.parametrize("name", NAMES)
def test_help_has_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([name, "--help"])

    assert stopped.value.code == 0
    assert f"example: boss-gates {name}" in capsys.readouterr().out


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])

    assert stopped.value.code == 0
    shown = capsys.readouterr().out
    assert [name for name in NAMES if not re.search(rf"\n    {name}\s", shown)] == []


WORKFLOW = """\
on: push
jobs:
  types:
    steps:
      - run: mypy src || true
"""


def evidence(project: Project, *arguments: str) -> int:
    return main(["evidence", "--root", str(project.root), *arguments])


def test_evidence_lists_what_was_found(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write({".github/workflows/ci.yml": WORKFLOW})

    assert evidence(project) == 0

    shown = capsys.readouterr().out
    assert ".github/workflows/ci.yml:5" in shown
    assert "Not detected: " in shown
    assert (project.root / ".boss-gates" / "cache" / "evidence.json").is_file()
    assert (project.root / ".boss-gates" / ".gitignore").read_text() == "*\n"


def test_evidence_explains_a_row(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    project.write({".github/workflows/ci.yml": WORKFLOW})

    assert evidence(project, "type checking") == 0

    shown = capsys.readouterr().out
    assert "Type Checking: " in shown
    assert "In Progress" in shown
    assert "Remove `|| true` at .github/workflows/ci.yml:5." in shown


def test_evidence_works_where_there_is_nothing(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evidence(project) == 0
    assert "0 tools and practices found." in capsys.readouterr().out


def test_evidence_survives_a_broken_pyproject(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write({"pyproject.toml": "[tool.boss-gates\nx = 1\n", "mypy.ini": "[mypy]\n"})

    assert evidence(project, "--json") == 0

    document = json.loads(capsys.readouterr().out)
    assert document["facts"]["mypy"]["level"] == "declared"
    assert [(found["path"], found["line"]) for found in document["problems"]] == [
        ("pyproject.toml", 1)
    ]


def test_evidence_as_json_follows_its_schema(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write({".github/workflows/ci.yml": WORKFLOW})
    main(["schema", "evidence"])
    schema = json.loads(capsys.readouterr().out)

    evidence(project, "--json")

    document = json.loads(capsys.readouterr().out)
    jsonschema.validate(document, schema)
    assert document["facts"]["mypy"]["level"] == "wired"


def test_evidence_as_json_of_a_row_has_its_facts_alone(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    evidence(project, "Code Quality", "--json")

    document = json.loads(capsys.readouterr().out)
    assert set(document["facts"]) == {"lint", "format", "imports", "code-quality"}


def test_evidence_of_a_measured_row_points_to_the_measurement(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert evidence(project, "Code Coverage") == 0
    assert "Code Coverage is measured and not proven by files" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ("Typ Checking", 'there is no row, tool or practice "Typ Checking"; did you mean "Type C'),
        ("xyzzy", 'there is no row, tool or practice "xyzzy"; `boss-gates evidence` lists'),
    ],
)
def test_evidence_of_an_unknown_row_is_wrong_usage(
    project: Project, capsys: pytest.CaptureFixture[str], asked: str, message: str
) -> None:
    assert evidence(project, asked) == 2
    assert message in capsys.readouterr().err


def test_evidence_below_no_directory_is_wrong_usage(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write({"file": ""})

    assert main(["evidence", "--root", str(project.root / "file")]) == 2
    assert "file is not a directory" in capsys.readouterr().err


def test_evidence_without_a_cache_writes_nothing(project: Project) -> None:
    assert evidence(project, "--no-cache") == 0
    assert list(project.root.iterdir()) == []


def test_evidence_needs_no_place_to_write(project: Project) -> None:
    project.write({".boss-gates": "a file where the directory would be"})

    assert evidence(project) == 0


def test_evidence_is_verified_again(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project.write({".github/workflows/ci.yml": WORKFLOW, "mypy.ini": "[mypy]\nstrict = true\n"})
    evidence(project, "--json")
    report = tmp_path / "evidence.json"
    report.write_text(capsys.readouterr().out, encoding="utf-8")

    assert evidence(project, "--verify", str(report)) == 0
    assert "0 moved, 0 gone." in capsys.readouterr().out

    project.write({"mypy.ini": "# types\n[mypy]\n"})
    assert evidence(project, "--verify", str(report)) == 0
    assert "mypy.ini:1 moved to line 2" in capsys.readouterr().out

    (project.root / "mypy.ini").unlink()
    assert evidence(project, "--verify", str(report), "--json") == 10
    places = json.loads(capsys.readouterr().out)["places"]
    assert {place["state"] for place in places if place["path"] == "mypy.ini"} == {"no-file"}


def test_what_cannot_be_verified_is_wrong_usage(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.json").write_text('{"format": 1, "facts": []}')

    assert evidence(project, "--verify", str(tmp_path / "bad.json")) == 2
    assert "bad.json cannot be verified: facts must be an object" in capsys.readouterr().err

    assert evidence(project, "--verify", str(tmp_path / "none.json")) == 2
    assert "none.json cannot be verified: No such file" in capsys.readouterr().err

    assert evidence(project, "--verify", str(tmp_path / "bad.json"), "mypy") == 2
    assert "it takes no ROW" in capsys.readouterr().err


DOCUMENT = """\
# Tracker

## CI/CD Implementation Status

| Component | Status |
|---|---|
| Type Checking | 🟢 Completed |
| Security Scanning | Not Started |
"""
LOWERED = DOCUMENT.replace("🟢 Completed", "🟡 In Progress")


def tracker(project: Project, *arguments: str) -> int:
    return main(["tracker", *arguments, "--root", str(project.root)])


def tracked(project: Project, name: str = "docs/tracker.md") -> Path:
    """Write a document, which claims more than the workflow shows."""
    project.write({".github/workflows/ci.yml": WORKFLOW, name: DOCUMENT})
    return project.root / name


def test_tracker_update_writes_what_the_evidence_says_and_tells_it(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tracked(project)

    assert tracker(project, "update", str(document)) == 0

    assert document.read_text(encoding="utf-8") == LOWERED
    assert capsys.readouterr().out.splitlines() == [
        (
            "docs/tracker.md:7: Type Checking: Status claims Completed; "
            "the evidence is In Progress (wired by mypy: .github/workflows/ci.yml:5 "
            "(.github/workflows/ci.yml:5: `|| true`); needs Type Checking at gating)."
        ),
    ]

    assert tracker(project, "update", str(document)) == 0
    assert document.read_text(encoding="utf-8") == LOWERED
    assert capsys.readouterr().out == "docs/tracker.md says what the evidence says.\n"


def test_tracker_check_fails_with_a_diff_and_a_sentence_for_each_drift(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tracked(project)

    assert tracker(project, "check", str(document)) == 10

    shown = capsys.readouterr().out.splitlines()
    assert shown[:2] == ["--- docs/tracker.md", "+++ docs/tracker.md"]
    assert "-| Type Checking | 🟢 Completed |" in shown
    assert "+| Type Checking | 🟡 In Progress |" in shown
    assert [line for line in shown if line.startswith("docs/tracker.md:7: Type Checking: Status")]
    assert document.read_text(encoding="utf-8") == DOCUMENT


def test_tracker_check_is_content_when_the_document_claims_no_more(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tracked(project)
    document.write_text(LOWERED.replace("🟡 In Progress", "Not Started"), encoding="utf-8")

    assert tracker(project, "check", str(document)) == 0
    assert "docs/tracker.md:7: Type Checking: Status says Not Started" in capsys.readouterr().out

    project.write({"pyproject.toml": "[tool.boss-gates.tracker]\nfail-below = true\n"})
    assert tracker(project, "check", str(document)) == 10


def test_tracker_takes_the_document_from_the_settings(project: Project) -> None:
    document = tracked(project)
    settings = '[tool.boss-gates.tracker]\ndocument = "docs/tracker.md"\n'
    project.write({"pyproject.toml": settings})

    assert tracker(project, "check") == 10
    assert tracker(project, "update") == 0
    assert tracker(project, "check") == 0
    assert document.read_text(encoding="utf-8") == LOWERED


def test_tracker_update_writes_a_document_where_there_is_none(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = '[tool.boss-gates.tracker]\ndocument = "docs/tracker.md"\n'
    project.write({".github/workflows/ci.yml": WORKFLOW, "pyproject.toml": settings})

    assert tracker(project, "update") == 0
    assert capsys.readouterr().out == "docs/tracker.md is new.\n"
    text = (project.root / "docs" / "tracker.md").read_text(encoding="utf-8")
    assert "| Type Checking | 🟡 [In Progress](../.github/workflows/ci.yml#L5) |" in text

    assert tracker(project, "check") == 0
    assert capsys.readouterr().out == "docs/tracker.md says what the evidence says.\n"


def test_tracker_takes_a_path_from_where_one_is_and_names_it_from_the_root(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tracked(project)
    monkeypatch.chdir(document.parent)

    assert main(["tracker", "update", "tracker.md", "--root", ".."]) == 0
    assert capsys.readouterr().out.startswith("docs/tracker.md:7: ")
    assert document.read_text(encoding="utf-8") == LOWERED


def test_tracker_without_a_document_is_wrong_usage(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tracker(project, "check") == 2
    assert capsys.readouterr().err == (
        "boss-gates: no tracker document is named: give a path, or set "
        'document = "docs/tracker.md" in [tool.boss-gates.tracker]\n'
    )


def test_tracker_names_a_document_that_cannot_be_read(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    (project.root / "docs").mkdir()

    assert tracker(project, "check", str(project.root / "none.md")) == 2
    assert "none.md cannot be read: No such file or directory." in capsys.readouterr().err

    assert tracker(project, "update", str(project.root / "docs")) == 2
    assert "docs cannot be read: Is a directory." in capsys.readouterr().err


def test_tracker_below_no_directory_is_wrong_usage(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["tracker", "check", "--root", str(project.root / "nowhere")]) == 2
    assert "nowhere is not a directory" in capsys.readouterr().err


def test_tracker_with_wrong_settings_is_wrong_usage(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    document = tracked(project)
    project.write({"pyproject.toml": '[tool.boss-gates.tracker]\ndocumnt = "docs/tracker.md"\n'})

    assert tracker(project, "update", str(document)) == 2
    assert '"document"' in capsys.readouterr().err
    assert document.read_text(encoding="utf-8") == DOCUMENT


def test_a_closed_pipe_is_no_error() -> None:
    done = subprocess.run(
        f"{sys.executable} -m pytest_boss_gates.cli schema | head -1",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
