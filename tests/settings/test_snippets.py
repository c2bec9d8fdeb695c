"""The lines for CI: each is valid where it goes, and the evidence finds pytest gating by it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml

from pytest_boss_gates.evidence.facts import find_evidence
from pytest_boss_gates.model import Level
from pytest_boss_gates.repository.tree import Tree
from pytest_boss_gates.settings.snippets import Snippet, load_snippets, snippets_for

if TYPE_CHECKING:
    from pathlib import Path

PROVIDERS = [snippet for snippet in load_snippets() if snippet.found]
_ALL_HISTORY = {  # how each says it; the others clone everything by themselves
    "github": "fetch-depth: 0",
    "forgejo": "fetch-depth: 0",
    "gitlab": "GIT_DEPTH: 0",
    "azure": "fetchDepth: 0",
    "bitbucket": "depth: full",
    "woodpecker": "depth: 0",
    "travis": "depth: false",
}


def put(root: Path, snippet: Snippet) -> Tree:
    path = root / snippet.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(snippet.text, encoding="utf-8")
    return Tree(root=root)


@pytest.mark.parametrize("snippet", PROVIDERS, ids=lambda snippet: snippet.key)
def test_pytest_is_gating_by_a_snippet_alone(tmp_path: Path, snippet: Snippet) -> None:
    tree = put(tmp_path, snippet)

    fact = find_evidence(tree).facts["pytest"]

    assert fact.level is Level.GATING
    assert fact.proofs[0].place.path == snippet.file


@pytest.mark.parametrize("snippet", PROVIDERS, ids=lambda snippet: snippet.key)
def test_a_provider_is_found_by_the_file_that_its_snippet_goes_into(
    tmp_path: Path, snippet: Snippet
) -> None:
    tree = put(tmp_path, snippet)

    assert snippet in snippets_for(tree)


@pytest.mark.parametrize(
    "snippet",
    [each for each in PROVIDERS if each.key != "jenkins"],
    ids=lambda snippet: snippet.key,
)
def test_a_snippet_is_yaml(snippet: Snippet) -> None:
    document = yaml.safe_load(snippet.text)

    assert isinstance(document, dict)
    assert "python -m pytest --boss-gates" in json.dumps(document, default=str)


@pytest.mark.parametrize("snippet", PROVIDERS, ids=lambda snippet: snippet.key)
def test_a_snippet_fetches_all_history(snippet: Snippet) -> None:
    said = _ALL_HISTORY.get(snippet.key, "")

    assert said in snippet.text
    assert said or "histor" in snippet.where or "shallow clone off" in snippet.where


@pytest.mark.parametrize("snippet", PROVIDERS, ids=lambda snippet: snippet.key)
def test_a_snippet_keeps_the_reports_or_says_that_it_cannot(snippet: Snippet) -> None:
    assert ".boss-gates" in snippet.text or "keeps no files of a run" in snippet.where


def test_no_provider_gives_two_commands_for_any(tmp_path: Path) -> None:
    (snippet,) = snippets_for(Tree(root=tmp_path))

    assert snippet.text.splitlines()[-1] == "python -m pytest --boss-gates"


def test_two_providers_give_a_snippet_each(tmp_path: Path) -> None:
    for key in ("travis", "github"):
        put(tmp_path, next(each for each in PROVIDERS if each.key == key))

    assert [each.key for each in snippets_for(Tree(root=tmp_path))] == ["github", "travis"]
