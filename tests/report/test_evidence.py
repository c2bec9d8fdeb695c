"""Evidence as JSON and as text: every proof with its place, a row explained as a person would."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from pytest_boss_gates.evidence.answer import Evidence, Problem, Unresolved
from pytest_boss_gates.evidence.verify import Checked, State
from pytest_boss_gates.model import Fact, Level, Place, Proof, Status
from pytest_boss_gates.report.columns import span
from pytest_boss_gates.report.evidence import (
    evidence_schema,
    render,
    render_checked,
    verification_schema,
)
from pytest_boss_gates.report.evidence_text import explanation, overview, verification
from pytest_boss_gates.tracker.rows import find_row, standing_of
from tests.report.conftest import HOSTILE

if TYPE_CHECKING:
    from collections.abc import Iterable

CI = Place(path="ci.yml", line=33, text="- run: tox -e types")
TOX = Place(path="tox.ini", line=18, text="mypy src || true")
SECTION = Place(path="pyproject.toml", line=41, text="[tool.mypy]")
SOFT = "tox.ini:18: `|| true`"


def fact(name: str, *proofs: Proof, **more: str) -> Fact:
    return Fact(
        name=name,
        title=more.get("title", name),
        purpose=more.get("purpose", "Type Checking"),
        area=more.get("area", "types"),
        level=proofs[0].level if proofs else Level.NONE,
        proofs=proofs,
        note=more.get("note", ""),
    )


def proof(level: Level, *places: Place, soft: Iterable[str] = (), by: str = "") -> Proof:
    first, *hops = places or (SECTION,)
    return Proof(place=first, hops=tuple(hops), level=level, soft=tuple(soft), by=by)


def evidence(*facts: Fact, **more: Any) -> Evidence:
    return Evidence(facts={each.name: each for each in facts}, **more)


WIRED = proof(Level.WIRED, CI, TOX, soft=[SOFT])
MYPY = fact("mypy", WIRED, proof(Level.DECLARED))
TYPES = fact(
    "type-checking",
    proof(Level.WIRED, CI, TOX, soft=[SOFT], by="mypy"),
    proof(Level.DECLARED, SECTION, by="mypy"),
    title="Type Checking",
    area="practice",
)
FOUND = evidence(
    MYPY,
    TYPES,
    fact("imports", title="Import Sorting", area="practice", purpose="Imports"),
    unresolved=(Unresolved(place=Place(path="ci.yml", line=57, text="inv x"), why="inv x: what?"),),
    problems=(Problem("a.yml", 3, "a tab"), Problem("b.toml", 0, "too large")),
)


def explain(found: Evidence, row: str = "Type Checking", needs: Level = Level.GATING) -> str:
    wanted = find_row(row, found.facts)
    assert wanted is not None
    standing = standing_of(wanted, found.facts, needs)
    return "\n".join(explanation(standing, found, width=80, unicode=True))


def types(*proofs: Proof) -> Evidence:
    return evidence(fact("type-checking", *proofs, title="Type Checking", area="practice"))


# -- JSON


def test_the_document_has_every_proof_hop_by_hop() -> None:
    document = json.loads(render(FOUND))

    assert document["format"] == 1
    assert document["facts"]["type-checking"] == {
        "level": "wired",
        "title": "Type Checking",
        "proofs": [
            {
                "path": "ci.yml",
                "line": 33,
                "text": "- run: tox -e types",
                "hops": [{"path": "tox.ini", "line": 18, "text": "mypy src || true"}],
                "level": "wired",
                "soft": ["tox.ini:18: `|| true`"],
                "by": "mypy",
            },
            {
                "path": "pyproject.toml",
                "line": 41,
                "text": "[tool.mypy]",
                "hops": [],
                "level": "declared",
                "by": "mypy",
            },
        ],
        "soft": ["tox.ini:18: `|| true`"],
        "by": "mypy",
    }
    assert document["facts"]["imports"] == {
        "level": "none",
        "title": "Import Sorting",
        "proofs": [],
        "soft": [],
        "by": None,
    }
    assert document["unresolved"] == [
        {"path": "ci.yml", "line": 57, "text": "inv x", "why": "inv x: what?"}
    ]
    assert document["problems"] == [
        {"path": "a.yml", "line": 3, "text": "a tab"},
        {"path": "b.toml", "line": None, "text": "too large"},
    ]


def test_the_document_follows_its_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(evidence_schema())

    jsonschema.validate(json.loads(render(FOUND)), evidence_schema())


@pytest.mark.parametrize("path", [["facts", "mypy", "proofs", 0], ["facts", "mypy"], []])
def test_the_schema_takes_no_unknown_key(path: list[str | int]) -> None:
    document = inner = json.loads(render(FOUND))
    for key in path:
        inner = inner[key]
    inner["more"] = 1

    with pytest.raises(jsonschema.ValidationError, match="more"):
        jsonschema.validate(document, evidence_schema())


def test_facts_can_be_chosen() -> None:
    assert set(json.loads(render(FOUND, names=["mypy", "git-remote"]))["facts"]) == {"mypy"}


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_in_its_place(text: str) -> None:
    place = Place(path=f"x{text}", line=1, text=text)
    bad = fact("mypy", proof(Level.WIRED, place, place, soft=[text], by=text), title=text)
    found = evidence(
        bad,
        unresolved=(Unresolved(place=place, why=text),),
        problems=(Problem(f"x{text}", 1, text),),
    )

    spelled = render(found)
    shown = [
        *overview(found, width=80, unicode=True),
        *explain(found, "mypy").split("\n"),
        *verification(
            [Checked(place=place, facts=(text,), state=State.GONE)], width=80, unicode=True
        ),
    ]

    spelled.encode("utf-8")
    jsonschema.validate(json.loads(spelled), evidence_schema())
    assert spelled.replace("\n", "").isprintable()
    for line in shown:
        assert line.isprintable()
        assert span(line) <= 80
        assert not line.lstrip().startswith("::")
        assert "##vso[" not in line


# -- the overview


def test_the_overview_groups_by_purpose_and_names_the_strongest_proof() -> None:
    shown = list(overview(FOUND, width=80, unicode=True))

    assert shown == [
        "2 tools and practices found: 2 wired.",
        "",
        "Type Checking",
        "  Type Checking             wired     by mypy",
        "  mypy                      wired     ci.yml:33",
        "                                      → tox.ini:18",
        "                                      mypy src || true",
        "                                      but: tox.ini:18: `|| true`",
        "",
        "Not detected: 1 more. `boss-gates evidence NAME` tells what was searched.",
        "",
        "Not followed, so there may be more behind: 1",
        "  ci.yml:57 inv x: what?",
        "",
        "Not read, so they prove nothing: 2",
        "  a.yml:3 a tab",
        "  b.toml too large",
    ]


def test_the_overview_of_nothing_says_so() -> None:
    shown = list(overview(evidence(), width=80, unicode=True))

    assert shown == ["0 tools and practices found."]


def test_the_overview_lists_only_the_first_of_many_ends() -> None:
    ends = tuple(
        Unresolved(place=Place(path="ci.yml", line=line), why="inv x") for line in range(1, 31)
    )

    shown = list(overview(evidence(unresolved=ends), width=80, unicode=True))

    assert "  ci.yml:20 inv x" in shown
    assert shown[-1] == "  and 10 more; --json has all"


def test_ascii_terminals_get_ascii() -> None:
    standing = standing_of(find_row("Type Checking", {}), FOUND.facts)  # type: ignore[arg-type]

    shown = "\n".join(explanation(standing, FOUND, width=80, unicode=False))

    assert shown.isascii()
    assert "> tox.ini:18" in shown


# -- a row, explained


def test_a_soft_failure_is_explained_hop_by_hop() -> None:
    assert explain(FOUND) == (
        "Type Checking: 🟡 In Progress\n"
        "\n"
        "Type Checking, by mypy: CI runs it, but its failure does not fail the job\n"
        "  (wired)\n"
        "    ci.yml:33  - run: tox -e types\n"
        "    → tox.ini:18  mypy src || true\n"
        "    but: tox.ini:18: `|| true`\n"
        "    also declared: pyproject.toml:41 `[tool.mypy]`\n"
        "\n"
        "What is missing for Completed:\n"
        "  → Remove `|| true` at tox.ini:18.\n"
        "\n"
        "1 end of CI could not be followed, and may lead there: `boss-gates evidence`\n"
        "lists them."
    )


def test_a_completed_row_says_what_would_be_observed() -> None:
    shown = explain(types(proof(Level.GATING, CI)))

    assert shown.startswith("Type Checking: 🟢 Completed\n")
    assert "its failure fails the job (gating)" in shown
    assert "nothing is missing. It would be observed when a run" in shown
    assert "What is missing" not in shown


def test_a_row_that_is_not_started_says_what_to_add_and_what_was_searched() -> None:
    found = evidence(
        fact("mypy", note="searched the dependencies, [tool.mypy]"), fact("type-checking")
    )

    assert "mypy is not detected: searched the dependencies, [tool.mypy]" in explain(found, "mypy")
    shown = explain(found)
    assert "Type Checking: 🔴 Not Started" in shown
    assert "What is missing for In Progress:\n  → Add a type checker, such as mypy or py" in shown


def test_a_practice_that_is_only_mentioned_is_not_started() -> None:
    shown = explain(types(proof(Level.MENTIONED, Place(path="README.md", line=5, text="We mypy"))))

    assert "Not Started" in shown
    assert "it is only spoken of (mentioned)" in shown
    assert "  → Set it up: so far README.md:5 only speaks of it." in shown


@pytest.mark.parametrize(
    ("soft", "remedy"),
    [
        ("ci.yml:5: continue-on-error: true", "Remove `continue-on-error: true` at ci.yml:5."),
        ("ci.yml:5: `|| true`", "Remove `|| true` at ci.yml:5."),
        ("tox.ini:3: ignore_outcome: true", "Remove `ignore_outcome: true` at tox.ini:3."),
        ("x.py:3: success_codes=[0,1]", "Remove `success_codes=[0,1]` at x.py:3."),
        ("ci.yml:5: `--exit-zero`", "Remove `--exit-zero` at ci.yml:5."),
        ("Makefile:3: a leading `-` ignores the failure", "Remove the leading `-` at Makefile:3."),
        ("Makefile:3: .IGNORE", "Remove `.IGNORE` at Makefile:3."),
        (
            "ci.yml:5: `black` without --check rewrites, or reports, and succeeds",
            "Give `black` at ci.yml:5 the option --check.",
        ),
        (
            "ci.yml:5: piped on without `pipefail`",
            "Set `pipefail` before ci.yml:5: only the end of the pipe counts now.",
        ),
        (
            "ci.yml:5: negated (`!`)",
            "Let a failure at ci.yml:5 fail the job: negated (`!`).",
        ),
        (
            "is started by hand",
            "Let a push, a tag or a release start its job, which a person starts now.",
        ),
        (
            "runs on tags and releases only",
            "Let its job run on pushes or pull requests, too; now only tags and releases start it.",
        ),
        ("it is odd", "Let its failure fail the job: it is odd."),
    ],
)
def test_each_soft_failure_has_its_remedy(soft: str, remedy: str) -> None:
    shown = explain(types(proof(Level.WIRED, CI, soft=[soft])))

    assert remedy in " ".join(shown.split())


@pytest.mark.parametrize(
    ("only", "remedy"),
    [
        ("manual, schedule", "pull requests, too; now it runs on: manual, schedule."),
        ("never", "pull requests, too; nothing starts it now."),
    ],
)
def test_a_job_that_does_not_run_on_changes_is_told(only: str, remedy: str) -> None:
    soft = f"does not run on pushes or pull requests (only: {only})"

    shown = " ".join(explain(types(proof(Level.DECLARED, CI, soft=[soft]))).split())

    assert "CI has it, but does not run it on pushes or pull requests (declared)" in shown
    assert f"Let its job run on pushes or {remedy}" in shown


def test_what_is_declared_is_to_be_called_by_the_tool_that_shows_it() -> None:
    found = evidence(
        fact("mypy", proof(Level.DECLARED)),
        fact("type-checking", proof(Level.DECLARED, by="mypy"), title="Type Checking"),
    )

    shown = explain(found)

    assert "  → Call mypy from a CI job that runs on pushes or pull requests." in shown


def test_for_observed_a_run_has_to_be_recorded() -> None:
    shown = explain(types(proof(Level.GATING, CI)), needs=Level.OBSERVED)

    assert Status.IN_PROGRESS.value in shown
    assert "  → It would be observed when a run of it is recorded." in shown


def test_a_row_of_several_facts_names_the_one_that_a_step_is_for() -> None:
    found = evidence(
        fact("lint", proof(Level.GATING, CI), title="Linting"),
        fact("format", WIRED, title="Formatting"),
    )

    shown = explain(found, "Code Quality")

    assert "  → Formatting: remove `|| true` at tox.ini:18." in shown
    assert "  → Add an import sorter, such as isort or ruff's I rules, and call it" in shown
    assert "Linting:" not in shown.partition("missing")[2]


def test_where_several_would_do_they_are_listed() -> None:
    found = evidence(
        fact("tox", proof(Level.GATING, CI)),
        fact("environment-management", proof(Level.GATING, CI)),
        fact("nox", title="Nox"),
    )

    shown = " ".join(explain(found, "Environment Management").split())

    assert "One more of these used by a CI job that runs on pushes or pull requests: Nox" in shown
    assert "vagrant; or infrastructure as code that CI applies." in shown


# -- a verification


CHECKED = [
    Checked(place=CI, facts=("mypy",), state=State.HOLDS, now=33),
    Checked(place=TOX, facts=("mypy", "type-checking"), state=State.MOVED, now=20),
    Checked(place=SECTION, facts=("mypy",), state=State.GONE),
    Checked(place=Place(path="x.yml", line=1, text="y"), facts=("tox",), state=State.NO_FILE),
]


def test_a_verification_tells_what_moved_and_what_is_gone() -> None:
    shown = list(verification(CHECKED, width=80, unicode=True))

    assert shown == [
        "tox.ini:18 moved to line 20",
        "    mypy src || true",
        "    proves: mypy, type-checking",
        "pyproject.toml:41 gone: the file does not hold this line any more",
        "    [tool.mypy]",
        "    proves: mypy",
        "x.yml:1 gone: there is no such file, or it cannot be read",
        "    y",
        "    proves: tox",
        "4 places checked: 1 hold, 1 moved, 2 gone.",
    ]


def test_a_verification_as_json_follows_its_schema() -> None:
    document = json.loads(render_checked(CHECKED))

    jsonschema.Draft202012Validator.check_schema(verification_schema())
    jsonschema.validate(document, verification_schema())
    assert document["places"][1] == {
        "path": "tox.ini",
        "line": 18,
        "text": "mypy src || true",
        "facts": ["mypy", "type-checking"],
        "state": "moved",
        "now": 20,
    }
