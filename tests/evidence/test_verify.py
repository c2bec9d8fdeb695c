"""Proofs checked again: each holds, has moved, or is gone, and a wrong report says where."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.verify import Checked, NoEvidenceError, State, check_places
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path


def place(path: str, line: int | None, text: str) -> dict[str, Any]:
    return {"path": path, "line": line, "text": text}


def report(*proofs: dict[str, Any], name: str = "mypy") -> str:
    spelled = [{"hops": [], "level": "gating", **proof} for proof in proofs]
    fact = {"level": "gating", "title": name, "proofs": spelled, "soft": [], "by": None}
    return json.dumps({"format": 1, "facts": {name: fact}, "unresolved": [], "problems": []})


def check(root: Path, *proofs: dict[str, Any]) -> tuple[Checked, ...]:
    return check_places(report(*proofs), Tree(root=root))


def outcome(root: Path, path: str, line: int | None, text: str) -> tuple[State, int]:
    (found,) = check(root, place(path, line, text))
    return found.state, found.now


def test_a_line_that_holds_its_text_holds(tmp_path: Path) -> None:
    (tmp_path / "tox.ini").write_text("[testenv]\ncommands = mypy src\n")

    assert outcome(tmp_path, "tox.ini", 2, "commands = mypy src") == (State.HOLDS, 2)


def test_white_space_around_a_line_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "ci.yml").write_bytes(b"  \t- run: mypy src  \r\n")

    assert outcome(tmp_path, "ci.yml", 1, "- run: mypy src") == (State.HOLDS, 1)


def test_a_moved_line_is_found_at_the_nearest_place(tmp_path: Path) -> None:
    lines = ["mypy src", *["x"] * 10, "mypy src", "x", "x", "mypy src"]
    (tmp_path / "run.sh").write_text("\n".join(lines))

    assert outcome(tmp_path, "run.sh", 10, "mypy src") == (State.MOVED, 12)
    assert outcome(tmp_path, "run.sh", 4, "mypy src") == (State.MOVED, 1)
    assert outcome(tmp_path, "run.sh", 99, "mypy src") == (State.MOVED, 15)


def test_a_line_that_is_nowhere_is_gone(tmp_path: Path) -> None:
    (tmp_path / "run.sh").write_text("mypy src --strict\n")

    assert outcome(tmp_path, "run.sh", 1, "mypy src") == (State.GONE, 0)


def test_a_part_in_quotes_is_held_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('dev = ["mypy-extensions", "mypy"]\n')

    assert outcome(tmp_path, "pyproject.toml", 1, "mypy") == (State.HOLDS, 1)
    assert outcome(tmp_path, "pyproject.toml", 3, "mypy") == (State.MOVED, 1)
    assert outcome(tmp_path, "pyproject.toml", 1, "mypy-ext") == (State.GONE, 0)


def test_the_start_of_a_long_line_is_held_by_it(tmp_path: Path) -> None:
    (tmp_path / "run.sh").write_text("mypy " + "src " * 100)

    text = ("mypy " + "src " * 100)[:200]
    assert outcome(tmp_path, "run.sh", 1, text) == (State.HOLDS, 1)


def test_a_file_as_a_whole_holds_while_it_is_there(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").touch()

    assert outcome(tmp_path, "Dockerfile", None, "") == (State.HOLDS, 0)
    assert outcome(tmp_path, "Containerfile", None, "") == (State.NO_FILE, 0)


@pytest.mark.parametrize("path", ["gone.yml", "../outside.yml", "/etc/passwd", "a\\b"])
def test_only_files_of_the_tree_are_looked_into(tmp_path: Path, path: str) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "outside.yml").write_text("mypy\n")

    assert outcome(tmp_path / "inner", path, 1, "mypy") == (State.NO_FILE, 0)


def test_a_path_that_json_cannot_hold_is_found_by_its_spelling(tmp_path: Path) -> None:
    name = b"caf\xe9.yml".decode("utf-8", "surrogateescape")
    try:
        (tmp_path / name).write_text("mypy\n")
    except OSError:
        pytest.skip("the file system only takes names in UTF-8")

    assert outcome(tmp_path, "caf\\udce9.yml", 1, "mypy") == (State.HOLDS, 1)


def test_hops_are_checked_and_a_place_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "ci.yml").write_text("run: make\n")
    (tmp_path / "Makefile").write_text("x\nmypy\n")
    proof = {**place("ci.yml", 1, "run: make"), "hops": [place("Makefile", 1, "mypy")]}

    makefile, workflow = check(tmp_path, proof, proof)

    assert (makefile.state, makefile.now) == (State.MOVED, 2)
    assert workflow.state is State.HOLDS
    assert makefile.facts == ("mypy",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is not JSON: Expecting value: line 1 column 1"),
        ("[" * 100_000, "nested too deeply"),
        ("[]", "the document must be an object"),
        ('{"facts": {}}', "format is None, and only 1 is understood"),
        ('{"format": 2, "facts": {}}', "format is 2, and only 1 is understood"),
        ('{"format": true, "facts": {}}', "format is True, and only 1 is understood"),
        ('{"format": 1}', "facts must be an object"),
        ('{"format": 1, "verdicts": []}', "it is the report of a run"),
        ('{"format": 1, "facts": {"a": {}}}', "facts.a.proofs must be a list"),
        (report({"path": "x"}), "facts.mypy.proofs[0].text is None, and must be a text"),
        (
            report(place("a", 1, ""), place("", 1, "")),
            "facts.mypy.proofs[1].path is '', and must be the path of a file",
        ),
        (report(place("a", 0, "")), "facts.mypy.proofs[0].line is 0, and must be a number from 1"),
        (
            report({**place("a", 1, ""), "hops": [place("a", 1, ""), 7]}),
            "facts.mypy.proofs[0].hops[1] must be an object",
        ),
    ],
)
def test_what_is_no_evidence_report_says_where(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(NoEvidenceError) as caught:
        check_places(text, Tree(root=tmp_path))

    assert message in str(caught.value)


KEYS = st.sampled_from(["proofs", "hops", "path", "line", "text", "mypy"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(KEYS | st.text(), inner),
    max_leaves=20,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text() | JSON.map(json.dumps) | JSON.map(lambda v: json.dumps({"format": 1, "facts": v})))
def test_nothing_but_a_message_comes_of_any_text(tmp_path: Path, text: str) -> None:
    with suppress(NoEvidenceError):
        assert all(
            found.state is State.NO_FILE for found in check_places(text, Tree(root=tmp_path))
        )
