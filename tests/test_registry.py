"""What plugins register: kept when it is right, refused with the plugin's name when it is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pytest_boss_gates.errors import RegistrationError
from pytest_boss_gates.evidence.facts import find_evidence
from pytest_boss_gates.evidence.steps import Call, Dead, Job, Script, Trigger
from pytest_boss_gates.measure import Gate
from pytest_boss_gates.model import (
    Direction,
    Level,
    Measurement,
    Metric,
    Place,
    Run,
    Shape,
    Unit,
)
from pytest_boss_gates.registry import Additions, Registry, gather
from pytest_boss_gates.report import Format
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from pytest_boss_gates.evidence.reading import Reading

ROW = {"purpose": "Linting", "area": "lint", "commands": ["our-lint"], "files": ["our-lint.cfg"]}


def metric(key: str = "todos", unit: Unit = Unit.COUNT) -> Metric:
    return Metric(
        key=key,
        title="Todos",
        unit=unit,
        direction=Direction.LOWER,
        shape=Shape.TOTAL,
        why="They rot.",
        fix="Do them.",
    )


def nothing(_: object) -> Iterator[Measurement]:
    yield Measurement(metric="todos", value=0)


def gate(key: str = "todos", *metrics: Metric) -> Gate:
    return Gate(key=key, metrics=metrics or (metric(),), measure=nothing)


def spell(_: Run) -> str:
    return ""


def no_jobs(_: Reading) -> Iterable[Job]:
    return ()


def no_steps(call: Call, _: Reading) -> tuple[Dead, ...]:
    return (Dead(place=call.place, why="nothing"),)


def added(*registers: Callable[[Registry], object]) -> Additions:
    return gather((f"plugin {number}", each) for number, each in enumerate(registers, 1))


def test_everything_that_is_added_is_there_beside_ours() -> None:
    def register(gates: Registry) -> None:
        gates.add_gate(gate())
        gates.add_tool("our-lint", ROW)
        gates.add_format("csv", Format(key="csv", file_name="gates.csv", render=spell))
        gates.add_dialect(no_jobs)
        gates.add_runner(["our-run", "our"], no_steps)

    found = added(register)

    assert found.all_gates[-1].key == "todos"
    assert {"todos", "code-coverage"} <= set(found.all_metrics)
    assert {"csv", "json"} <= set(found.all_formats)
    assert {"our-lint", "mypy"} <= set(found.tool_names())
    assert set(found.extensions({}).runners) == {"our-run", "our"}
    assert [tool.key for tool in found.extensions({}).tools] == ["our-lint"]
    assert len(found.extensions({}).dialects) == 1


WRONG: list[tuple[Callable[[Any], object], str]] = [
    (lambda g: g.add_gate(3), "add_gate takes a Gate, not 3."),
    (lambda g: g.add_gate(gate("coverage")), "there is a gate 'coverage' already."),
    (
        lambda g: g.add_gate(gate("A b")),
        "'A b' is no key of a gate: it is made of a-z, 0-9 and single hyphens.",
    ),
    (
        lambda g: g.add_gate(Gate(key="x", metrics=(), measure=nothing)),
        "the gate 'x' has no metrics.",
    ),
    (
        lambda g: g.add_gate(Gate(key="x", metrics=(metric(),), measure=3)),  # type: ignore[arg-type]
        "the gate 'x' has nothing to call as `measure`.",
    ),
    (
        lambda g: g.add_gate(gate("x", metric("code-coverage"))),
        "there is a metric 'code-coverage' already.",
    ),
    (
        lambda g: g.add_gate(gate("x", metric("y"), metric("y"))),
        "there is a metric 'y' already.",
    ),
    (
        lambda g: g.add_gate(gate("x", metric("y", Unit.LEVEL))),
        "the metric 'y' is a level, which only tools have.",
    ),
    (lambda g: g.add_tool("mypy", ROW), "there is a tool 'mypy' already."),
    (lambda g: g.add_tool("type-checking", ROW), "there is a tool 'type-checking' already."),
    (
        lambda g: g.add_tool("x", {**ROW, "command": []}),
        "the tool 'x' is malformed. Row 'x': there is no field 'command'.",
    ),
    (
        lambda g: g.add_tool("x", {**ROW, "members": ["nobody"]}),
        "the tool 'x' has a member that is not known: 'nobody'.",
    ),
    (
        lambda g: g.add_format("json", Format(key="json", file_name="x", render=spell)),
        "there is a format 'json' already.",
    ),
    (
        lambda g: g.add_format("csv", Format(key="tsv", file_name="x", render=spell)),
        "the format 'csv' calls itself 'tsv'.",
    ),
    (
        lambda g: g.add_format("csv", Format(key="csv", file_name="../x", render=spell)),
        "the format 'csv' needs the name of a file, not '../x'.",
    ),
    (lambda g: g.add_format("csv", spell), "add_format takes a key and a Format, not "),
    (lambda g: g.add_dialect(None), "add_dialect takes a function, not None."),
    (
        lambda g: g.add_runner("tox", no_steps),
        "add_runner takes a list of the names of commands, not 'tox'.",
    ),
    (lambda g: g.add_runner(["tox"], no_steps), "there is a runner for 'tox' already."),
    (lambda g: g.add_runner(["x"], None), "add_runner takes a function to expand with, not None."),
    (lambda g: g.add_target("x"), "it raised AttributeError: "),
]


@pytest.mark.parametrize(("register", "message"), WRONG)
def test_what_is_wrong_is_told_with_the_name_of_the_plugin(
    register: Callable[[Any], object], message: str
) -> None:
    with pytest.raises(RegistrationError) as raised:
        added(lambda _: None, register)

    assert str(raised.value).startswith(f"The plugin 'plugin 2' cannot be used: {message}")


@pytest.mark.parametrize(
    ("register", "message"),
    [
        (lambda g: g.add_gate(gate()), "there is a gate 'todos' already."),
        (lambda g: g.add_gate(gate("other")), "there is a metric 'todos' already."),
        (lambda g: g.add_tool("our-lint", ROW), "there is a tool 'our-lint' already."),
        (lambda g: g.add_runner(["our-run"], no_steps), "there is a runner for 'our-run' already."),
    ],
)
def test_two_plugins_cannot_add_the_same(
    register: Callable[[Registry], object], message: str
) -> None:
    def first(gates: Registry) -> None:
        gates.add_gate(gate())
        gates.add_tool("our-lint", ROW)
        gates.add_runner(["our-run"], no_steps)

    with pytest.raises(RegistrationError) as raised:
        added(first, register)

    assert str(raised.value) == f"The plugin 'plugin 2' cannot be used: {message}"


def jobs(reading: Reading) -> Iterator[Job]:
    """A dialect of one file: each line of ``our-ci`` is a command."""
    for number, line in reading.numbered("our-ci"):
        place = Place(path="our-ci", line=number, text=line)
        script = Script(path="our-ci", lines=((number, line),))
        yield Job(
            system="our-ci",
            name=line,
            place=place,
            triggers=frozenset({Trigger.PUSH}),
            steps=(script,),
        )


def expand(call: Call, _: Reading) -> tuple[Script, ...]:
    """A runner: ``our-run X`` runs ``X``."""
    return (Script(path=call.place.path, lines=((call.place.line, " ".join(call.words[1:])),)),)


def tree(root: Path, **files: str) -> Tree:
    for name, text in files.items():
        (root / name.replace("_", "-")).write_text(text, encoding="utf-8")
    return Tree(root=root)


def test_a_tool_is_proven_through_a_dialect_and_a_runner_of_others(tmp_path: Path) -> None:
    def register(gates: Registry) -> None:
        gates.add_dialect(jobs)
        gates.add_runner(["our-run"], expand)
        gates.add_tool("our-lint", ROW)

    found = find_evidence(
        tree(tmp_path, our_ci="our-run our-lint src\n"), added(register).extensions({})
    )

    fact = found.facts["our-lint"]
    assert fact.level is Level.GATING
    assert str(fact.proofs[0].place) == "our-ci:1"


def test_the_settings_catalogue_extends_known_tools_and_practices(tmp_path: Path) -> None:
    catalogue: dict[str, dict[str, object]] = {
        "our-check": {"purpose": "Types", "area": "types", "commands": ["our-check"]},
        "type-checking": {"members": ["our-check"]},
        "mypy": {"commands": ["our-mypy"]},
    }

    def register(gates: Registry) -> None:
        gates.add_dialect(jobs)

    extensions = added(register).extensions(catalogue)
    facts = find_evidence(tree(tmp_path, our_ci="our-check\n"), extensions).facts
    again = find_evidence(tree(tmp_path, our_ci="our-mypy\n"), extensions).facts

    assert (facts["type-checking"].level, facts["type-checking"].by) == (Level.GATING, "our-check")
    assert again["mypy"].level is Level.GATING
    assert again["type-checking"].by == "mypy"


def test_a_dialect_or_runner_that_raises_loses_only_itself(tmp_path: Path) -> None:
    def broken(*_: object) -> Any:
        raise KeyError("theirs")

    def register(gates: Registry) -> None:
        gates.add_dialect(broken)
        gates.add_dialect(lambda _: [3])  # type: ignore[list-item]
        gates.add_dialect(jobs)
        gates.add_runner(["our-run"], broken)

    found = find_evidence(
        tree(tmp_path, our_ci="our-run x\nmypy src\n"), added(register).extensions({})
    )

    assert found.facts["mypy"].level is Level.GATING
    assert [end.why for end in found.unresolved] == [
        "our-run: the runner of the plugin 'plugin 1' failed (KeyError: 'theirs')"
    ]
    texts = [problem.text for problem in found.problems]
    assert texts[0] == "the CI dialect of the plugin 'plugin 1' failed (KeyError: 'theirs')"
    assert "it gave 3 for a Job" in texts[1]
