"""The table "DevOps Tooling Status": how far the repository proves each tool, and by what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_boss_gates.model import Fact, Level, Row, Status, Table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_boss_gates.model import Proof

TITLE = "DevOps Tooling Status"
COLUMNS = ("Tool", "Purpose", "Status", "Integration", "Notes")

_ALWAYS = (  # the tracker's own rows, in its order; declared tools beyond them follow
    "poetry",
    "github-actions",
    "flake8",
    "black",
    "isort",
    "mypy",
    "pytest",
    "sphinx",
    "docker",
    "prometheus",
    "grafana",
)
_SYSTEMS = (  # where the definition of a CI job stands, and the system that runs it
    (".github/workflows/", "github-actions"),
    (".gitlab-ci", "gitlab-ci"),
    (".gitlab/", "gitlab-ci"),
    (".circleci/", "circleci"),
    ("azure-pipelines", "azure-pipelines"),
    (".azure", "azure-pipelines"),
    (".travis.y", "travis"),
    ("Jenkinsfile", "jenkins"),
    (".cirrus.", "cirrus"),
    (".drone.", "drone"),
    (".woodpecker", "woodpecker"),
    ("appveyor.y", "appveyor"),
    (".appveyor.y", "appveyor"),
    ("bitbucket-pipelines.y", "bitbucket-pipelines"),
    (".buildkite/", "buildkite"),
    (".readthedocs.y", "readthedocs"),
    ("readthedocs.y", "readthedocs"),
    (".pre-commit-config.y", "pre-commit-ci"),
)
_TITLES = {"pre-commit-ci": "pre-commit.ci", "readthedocs": "Read the Docs"}


def tables(facts: Mapping[str, Fact]) -> tuple[Table, ...]:
    """Give the table from facts by tool name."""
    named = [name for name in _ALWAYS if name in facts]
    others = sorted(
        name for name, fact in facts.items() if name not in _ALWAYS and fact.level > Level.MENTIONED
    )
    rows = tuple(_row(facts[name], facts) for name in [*named, *others])
    return (Table(title=TITLE, columns=COLUMNS, rows=rows),)


def status_of(level: Level) -> Status:
    """A mention starts nothing, and only what can fail a job completes a row."""
    if level <= Level.MENTIONED:
        return Status.NOT_STARTED
    return Status.COMPLETED if level >= Level.GATING else Status.IN_PROGRESS


def _row(fact: Fact, facts: Mapping[str, Fact]) -> Row:
    status = status_of(fact.level)
    cells = (fact.title, fact.purpose, status.value, _integration(fact, facts), _note(fact))
    return Row(
        cells=cells,
        status=status,
        level=fact.level,
        proofs=tuple(dict.fromkeys(proof.place for proof in fact.proofs)),
    )


def _integration(fact: Fact, facts: Mapping[str, Fact]) -> str:
    """Name the CI systems that run it, those that count on it first; "-" for none."""
    wired = [proof for proof in fact.proofs if proof.level >= Level.WIRED]
    systems = dict.fromkeys(system for proof in wired for system in _systems(proof))
    titles = (
        _TITLES.get(key) or (facts[key].title if key in facts else key)
        for key in systems
        if key != fact.name
    )
    return ", ".join(titles) or "-"


def _systems(proof: Proof) -> Iterator[str]:
    for start, system in _SYSTEMS:
        if proof.place.path.startswith(start):
            yield system
            return


def _note(fact: Fact) -> str:
    """Spell the strongest proof hop by hop: ``gating: ci.yml:33 -> tox.ini:18``."""
    if not fact.proofs:
        return f"not detected: {fact.note}" if fact.note else "not detected"
    way = " -> ".join(map(str, fact.proofs[0].places))
    by = f" by {fact.by}" if fact.by else ""
    soft = f" ({'; '.join(fact.soft)})" if fact.soft else ""
    return f"{fact.level.label}{by}: {way}{soft}"
