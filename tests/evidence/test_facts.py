"""Declarations and CI put together: levels, equivalents, diff checks, and what is left over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.evidence.answer import Extensions
from pytest_boss_gates.evidence.catalogue import load_catalogue, load_practices, tool_of
from pytest_boss_gates.evidence.facts import find_evidence
from pytest_boss_gates.evidence.steps import Job, Script, Trigger
from pytest_boss_gates.model import Level, Place
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_boss_gates.evidence.answer import Evidence
    from pytest_boss_gates.evidence.reading import Reading
    from pytest_boss_gates.evidence.steps import Call

CI = ".github/workflows/ci.yml"


def look(
    root: Path,
    files: Mapping[str, str],
    *steps: str,
    on: str = "push",
    more: Extensions | None = None,
) -> Evidence:
    every = dict(files)
    if steps:
        lines = "".join(f"    - {step}\n" for step in steps)
        every[CI] = f"on: {on}\njobs:\n  a:\n    steps:\n{lines}"
    for path, text in every.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return find_evidence(Tree(root=root), more)


def level(found: Evidence, name: str) -> str:
    return found.facts[name].level.label


@pytest.mark.parametrize(
    "name",
    """pytest unit-testing coverage flake8 black isort ruff pylint code-quality mypy pyright
    type-checking pre-commit sphinx mkdocs documentation bandit codeql security-scanning
    performance-testing poetry uv dependency-management github-actions ci-pipeline docker deployment
    environment-management monitoring prometheus grafana infrastructure-as-code code-review
    automated-rollback""".split(),
)
def test_every_practice_of_the_rubric_is_a_fact(tmp_path: Path, name: str) -> None:
    fact = look(tmp_path, {}).facts[name]

    assert (fact.name, fact.level, fact.proofs) == (name, Level.NONE, ())
    assert fact.note.startswith("searched ")


def test_facts_stand_sorted_with_the_words_of_their_rows(tmp_path: Path) -> None:
    found = look(tmp_path, {}).facts

    assert list(found) == sorted({row.key for row in (*load_catalogue(), *load_practices())})
    fact = found["github-actions"]
    assert (fact.title, fact.purpose, fact.area) == ("GitHub Actions", "CI/CD", "ci")


def test_the_levels_of_one_tool(tmp_path: Path) -> None:
    dependency = {"requirements.txt": "mypy\n"}

    def of(name: str, files: Mapping[str, str], *steps: str, on: str = "push") -> str:
        return level(look(tmp_path / name, files, *steps, on=on), "mypy")

    assert of("a", {}) == "none"
    assert of("b", {"README.md": "We use mypy.\n"}) == "mentioned"
    assert of("c", dependency) == "declared"
    assert of("d", dependency, "run: mypy", on="workflow_dispatch") == "declared"
    assert of("e", dependency, "run: mypy || true") == "wired"
    assert of("f", dependency, "run: mypy") == "gating"


def test_the_strongest_proof_stands_first_and_softness_is_that_of_the_fact(tmp_path: Path) -> None:
    found = look(tmp_path, {"requirements.txt": "mypy\n"}, "run: mypy || true", "run: mypy src")

    proofs = found.facts["mypy"].proofs
    assert [proof.level.label for proof in proofs] == ["gating", "wired", "declared"]
    assert found.facts["mypy"].soft == ()
    assert [str(proof.place) for proof in proofs] == [f"{CI}:6", f"{CI}:5", "requirements.txt:1"]


@pytest.mark.parametrize(
    ("practice", "step", "by"),
    [
        ("type-checking", "run: mypy", "mypy"),
        ("type-checking", "run: pyright", "pyright"),
        ("type-checking", "run: ty check", "ty"),
        ("type-checking", "run: pyrefly check", "pyrefly"),
        ("documentation", "run: sphinx-build a b", "sphinx"),
        ("documentation", "run: mkdocs build", "mkdocs"),
        ("lint", "run: flake8", "flake8"),
        ("format", "run: black --check .", "black"),
        ("imports", "run: isort --check .", "isort"),
        ("unit-testing", "run: pytest", "pytest"),
        ("security-scanning", "run: bandit -r src", "bandit"),
        ("security-scanning", "uses: github/codeql-action/analyze@v3", "codeql"),
        ("image-build", "run: docker build .", "docker"),
        ("image-build", "run: podman build .", "podman"),
        ("dependency-management", "run: uv sync", "uv"),
        ("dependency-management", "run: pdm install", "pdm"),
        ("infrastructure-as-code", "run: terraform plan", "terraform"),
    ],
)
def test_a_practice_is_met_by_any_of_its_tools_and_says_which(
    tmp_path: Path, practice: str, step: str, by: str
) -> None:
    fact = look(tmp_path, {}, step).facts[practice]

    assert fact.level is Level.GATING
    assert by in {proof.by for proof in fact.proofs} | {fact.name}


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("flake8", "run: ruff check"),
        ("black", "run: ruff format --check"),
        ("mypy", "run: ty check"),
    ],
)
def test_a_tools_own_fact_is_not_met_by_another(tmp_path: Path, name: str, step: str) -> None:
    assert look(tmp_path, {}, step).facts[name].level is Level.NONE


def test_the_practices_of_a_practice_say_the_tool_itself(tmp_path: Path) -> None:
    fact = look(tmp_path, {}, "run: flake8").facts["code-quality"]

    assert (fact.level, fact.by) == (Level.GATING, "flake8")


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (["run: black ."], "wired"),
        (["run: black .", "run: git diff --exit-code"], "gating"),
        (["run: git diff --exit-code", "run: black ."], "wired"),
        (["run: black --check ."], "gating"),
        (["run: black . || true", "run: git diff --exit-code"], "wired"),
    ],
)
def test_a_formatter_gates_when_changes_are_looked_for_later(
    tmp_path: Path, steps: list[str], expected: str
) -> None:
    assert level(look(tmp_path, {}, *steps), "black") == expected


def test_a_diff_check_of_another_job_is_none(tmp_path: Path) -> None:
    text = (
        "on: push\njobs:\n  a: {steps: [run: black .]}\n  b: {steps: [run: git diff --exit-code]}\n"
    )

    assert level(look(tmp_path, {CI: text}), "black") == "wired"


@pytest.mark.parametrize(
    ("name", "step", "on", "expected"),
    [
        ("mypy", "run: mypy", "schedule", "declared"),
        ("codeql", "uses: github/codeql-action/analyze@v3", "schedule", "gating"),
        ("security-scanning", "run: pip-audit", "schedule", "gating"),
        ("performance-testing", "run: asv run", "schedule", "gating"),
        ("publication", "run: twine upload dist/*", "release", "gating"),
        ("publication", "run: twine upload dist/*", "workflow_dispatch", "wired"),
        ("mypy", "run: mypy", "release", "wired"),
    ],
)
def test_some_rows_count_other_occasions(
    tmp_path: Path, name: str, step: str, on: str, expected: str
) -> None:
    assert level(look(tmp_path, {}, step, on=on), name) == expected


@pytest.mark.parametrize(
    "path",
    [f"{folder}/{CI}" for folder in ("tests/fixtures", "examples/a", "vendor/b", "docs")]
    + ["{{cookiecutter.x}}/" + CI],
)
def test_ci_that_is_not_the_projects_own_shows_nothing(tmp_path: Path, path: str) -> None:
    found = look(tmp_path, {path: "on: push\njobs: {a: {steps: [run: mypy]}}\n"})

    assert level(found, "mypy") == "none"
    assert level(found, "github-actions") == "none"


def test_a_tools_own_repository_counts_when_ci_runs_it_on_the_source(tmp_path: Path) -> None:
    files = {"pyproject.toml": "[project]\nname = 'mypy'\n[tool.mypy]\n"}

    assert level(look(tmp_path / "a", files), "mypy") == "none"
    assert level(look(tmp_path / "b", files, "run: mypy src"), "mypy") == "gating"


def test_words_inside_words_show_nothing(tmp_path: Path) -> None:
    found = look(
        tmp_path,
        {"README.md": "copyright, uvicorn, a hotel, toxic\n", "requirements.txt": "uvicorn\n"},
        "run: uvicorn app",
        "run: hotel book",
        "run: copyright check",
    )

    assert [level(found, name) for name in ("uv", "ruff", "tox", "pyright")] == ["none"] * 4


def test_installing_is_not_running(tmp_path: Path) -> None:
    found = look(tmp_path, {}, "run: pip install mypy ruff", "run: uv tool install black")

    assert [level(found, name) for name in ("mypy", "ruff", "black")] == ["none"] * 3


def test_what_is_left_over_is_told(tmp_path: Path) -> None:
    found = look(
        tmp_path,
        {".gitlab-ci.yml": "a: [\n", "pyproject.toml": "[", "requirements.txt": "mypy\n"},
        "run: ./no.sh",
        "run: mypy",
    )

    assert [str(each.place) for each in found.unresolved] == [f"{CI}:5"]
    assert sorted({problem.path for problem in found.problems}) == [
        ".gitlab-ci.yml",
        "pyproject.toml",
    ]
    assert level(found, "mypy") == "gating"
    assert {CI, ".gitlab-ci.yml", "requirements.txt"} <= set(found.read)


def test_others_add_tools_dialects_and_runners(tmp_path: Path) -> None:
    def dialect(reading: Reading) -> list[Job]:
        place = Place(path="house.ci", line=1, text="gate lint")
        script = Script(path="house.ci", lines=reading.numbered("house.ci"))
        triggers = frozenset({Trigger.PUSH})
        return [Job(system="house", name="x", place=place, triggers=triggers, steps=(script,))]

    def gate(call: Call, reading: Reading) -> tuple[Script, ...]:
        del reading
        line = f"house-{call.words[1]} src"
        return (Script(path=call.place.path, lines=((call.place.line, line),)),)

    row = {"purpose": "Code Linting", "area": "lint", "commands": ["house-lint"]}
    more = Extensions(
        tools=(tool_of("house-lint", row),), dialects=(dialect,), runners={"gate": gate}
    )

    found = look(tmp_path, {"house.ci": "gate lint\n"}, more=more)

    fact = found.facts["house-lint"]
    assert (fact.level, str(fact.proofs[0].place)) == (Level.GATING, "house.ci:1")


def test_a_tool_of_a_known_key_takes_its_place(tmp_path: Path) -> None:
    row = {"purpose": "Types", "area": "types", "commands": ["house-mypy"]}
    more = Extensions(tools=(tool_of("mypy", row),))

    found = look(tmp_path, {}, "run: house-mypy", more=more)

    assert level(found, "mypy") == "gating"
    assert found.facts["type-checking"].by == "mypy"
