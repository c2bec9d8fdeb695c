"""``report.json`` read back: every format made of it is the one that the run has written."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import date, datetime, timezone
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_boss_gates.measure.durations import SLOWEST_TEST
from pytest_boss_gates.model import (
    BaseValue,
    Explanation,
    Item,
    Place,
    Row,
    Status,
    Table,
    VerdictStatus,
)
from pytest_boss_gates.report import FORMATS
from pytest_boss_gates.report.json import render
from pytest_boss_gates.report.reading import ReadingError, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytest_boss_gates.model import Number, Run
    from tests.report.conftest import Examples

KEYS = pytest.mark.parametrize("key", sorted(FORMATS))
ENOUGH = settings(max_examples=25, deadline=None)
UNDECODABLE = b"src/caf\xe9 & co.py".decode("utf-8", "surrogateescape")


@pytest.fixture(scope="session")
def again(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Run], Run]:
    """Write a run as JSON, and read it from there."""
    path = tmp_path_factory.mktemp("again") / "report.json"

    def write_and_read(run: Run) -> Run:
        path.write_text(render(run), encoding="utf-8", newline="\n")
        return replace(read(path), at=run.at)

    return write_and_read


def odd(examples: Examples) -> Run:
    """A run of all that a number, a time, a place and a row can be."""
    numbers: list[Number] = [7, 1.5, 2.0, 0.1, float("nan"), float("-inf"), 10**400, 10**20]
    numbers += [Fraction(1, 3), Fraction(13, 200), Fraction(6, 3), Fraction(5, 2), Fraction(-1, 7)]
    numbers += [Fraction(1, 10**400)]
    where = tuple(
        Item(name=f"f{index}", value=number, before=number, place=Place(path=UNDECODABLE, line=3))
        for index, number in enumerate(numbers)
    )
    explained = Explanation(where=where)
    base = BaseValue(value=Fraction(1, 3), source="main at 1a2b3c4")
    row = Row(
        cells=("mypy", "Completed", "override"),
        status=Status.COMPLETED,
        proofs=(Place(path=UNDECODABLE, line=7, text="[tool.mypy]"), Place(path=".git")),
        why=f"declared: {UNDECODABLE}:7",
        overridden=True,
        due=date(2027, 1, 31),
        perhaps=Status.IN_PROGRESS,
        hinges="the clone is shallow",
    )
    return examples.run(
        *(
            examples.verdict(
                VerdictStatus.MISSED,
                metric=metric,
                scope=UNDECODABLE,
                value=value,
                explanation=explained,
                base=base,
                pending=where,
                remedy="Look.",
            )
            for metric in (SLOWEST_TEST, examples.missed_coverage().metric)
            for value in numbers
        ),
        examples.no_recovery(),
        examples.lead_time(item="commit", explanation=explained),
        tables=(Table(title="Tools", columns=("Tool", "Status", "Notes"), rows=(row,)),),
        report_only=True,
        diff=("--- a", "+++ b"),
        at="build/run.out",
        identity=examples.identity(
            started=datetime(2026, 11, 22, 18, 30, 0, 49_999, tzinfo=timezone.utc),
            versions={UNDECODABLE: "1", "z": "2", "a": "3", "\udc80": "4"},
            passed=61,
        ),
    )


@KEYS
def test_a_format_made_of_the_json_is_the_one_of_the_run(
    key: str, examples: Examples, again: Callable[[Run], Run]
) -> None:
    for run in (examples.full(), examples.run(), odd(examples)):
        for at in ("", ".boss-gates/x", "/tmp/x"):
            placed = replace(run, at=at)
            assert FORMATS[key].render(again(placed)) == FORMATS[key].render(placed)


@KEYS
def test_it_is_with_text_of_strangers_too(
    key: str, examples: Examples, again: Callable[[Run], Run]
) -> None:
    for text in examples.hostile_texts:
        run = replace(examples.written_by_others(text), at=".boss-gates/x")
        assert FORMATS[key].render(again(run)) == FORMATS[key].render(run), text


@KEYS
@given(data=st.data())
@ENOUGH
def test_it_is_with_any_run(
    data: st.DataObject, key: str, examples: Examples, again: Callable[[Run], Run]
) -> None:
    run = replace(data.draw(examples.any_run()), at=".boss-gates/x")
    assert FORMATS[key].render(again(run)) == FORMATS[key].render(run)


def test_a_run_is_read_with_all_that_formats_look_at(
    examples: Examples, again: Callable[[Run], Run]
) -> None:
    run = odd(examples)

    found = again(run)

    assert found.identity.started == run.identity.started
    assert found.failed_only_for_delivery is run.failed_only_for_delivery
    assert repr([verdict.measurement.value for verdict in found.verdicts]) == repr(
        [verdict.measurement.value for verdict in run.verdicts]
    ).replace("Fraction(2, 1)", "2").replace("Fraction(5, 2)", "2.5")
    spelled = UNDECODABLE.encode("utf-8", "backslashreplace").decode()
    assert found.tables[0].rows[0].why == f"declared: {spelled}:7"
    assert replace(found.tables[0].rows[0], proofs=(), why="") == replace(
        run.tables[0].rows[0], proofs=(), why=""
    )
    target = run.verdicts[0].target
    assert target
    assert found.verdicts[0].target
    assert found.verdicts[0].target.wanted.value == target.wanted.value
    assert found.verdicts[0].target.set_at == target.set_at


def changed(examples: Examples, change: Callable[[Any], object]) -> str:
    report = json.loads(render(examples.full()))
    change(report)
    return json.dumps(report)


def complaint(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ReadingError) as raised:
        read(path)
    return str(raised.value).replace(str(path), "report.json")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda r: r.pop("notes"), "notes is missing"),
        (lambda r: r.update(outcome="fine"), "outcome is 'fine', which is not known"),
        (lambda r: r["run"].update(workers=True), "run.workers is not a whole number"),
        (lambda r: r["run"].update(started="now"), "run.started is 'now', which is not known"),
        (lambda r: r["run"]["versions"].update(x=1), "run.versions.x is not a text"),
        (
            lambda r: r["verdicts"][0]["measurement"].update(value=True, exact=None),
            "verdicts[0].measurement.value is not a number",
        ),
        (lambda r: r["verdicts"][3].pop("shown"), "verdicts[3].shown is missing"),
        (lambda r: r["verdicts"].append([]), "verdicts[13] is not an object"),
        (
            lambda r: r["verdicts"][0]["measurement"].update(exact="1/0"),
            "verdicts[0].measurement.exact is '1/0', which is not known",
        ),
        (
            lambda r: r["verdicts"][0]["wanted"].update(value=None, exact="nan"),
            "verdicts[0].wanted.value is not a finite number",
        ),
        (
            lambda r: r["verdicts"][0]["details"]["where"][1].update(value="5"),
            "verdicts[0].details.where[1].value is not a number",
        ),
        (lambda r: r["tracker"].update(diff=[1]), "tracker.diff[0] is not a text"),
        (
            lambda r: r["tracker"]["tables"][0]["rows"][0].update(level="some"),
            "tracker.tables[0].rows[0].level is 'some', which is not known",
        ),
    ],
)
def test_what_is_damaged_is_named_with_its_key(
    change: Callable[[Any], object], message: str, examples: Examples, tmp_path: Path
) -> None:
    found = complaint(tmp_path / "r.json", changed(examples, change))
    assert found == f"report.json is damaged: {message}."


def test_a_time_that_no_clock_of_this_place_shows_is_none(
    examples: Examples, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = changed(examples, lambda r: r["run"].update(started="0001-01-01T00:00:00.000Z"))
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "EST+5")
        time.tzset()
        found = complaint(tmp_path / "r.json", text)
    time.tzset()
    assert "run.started is '0001-01-01T00:00:00.000Z', which is not known" in found


@pytest.mark.parametrize("text", ["[]", "{}", "7", '{"format": "x"}', '{"format": 1, "shard": 1}'])
def test_what_is_something_else_is_no_report(text: str, tmp_path: Path) -> None:
    assert complaint(tmp_path / "r.json", text) == (
        "report.json is no report.json, which `pytest --boss-gates` writes."
    )


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"format": NaN}'])
def test_what_is_no_json_is_no_report(text: str, tmp_path: Path) -> None:
    assert "report.json is no report.json: it is no JSON (" in complaint(tmp_path / "r.json", text)


@pytest.mark.parametrize(("version", "age"), [(2, "newer"), (0, "older")])
def test_another_format_is_refused_by_name(
    version: int, age: str, examples: Examples, tmp_path: Path
) -> None:
    text = changed(examples, lambda report: report.update(format=version))
    assert complaint(tmp_path / "r.json", text) == (
        f"report.json has format {version}, and this version of pytest-boss-gates reads format 1. "
        f"The version that wrote it is {age}: use that one."
    )


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match=r"none\.json cannot be read: No such file"):
        read(tmp_path / "none.json")
    (tmp_path / "latin.json").write_bytes(b'{"a": "\xe9"}')
    with pytest.raises(ReadingError, match=r"latin\.json is no report\.json: it is not UTF-8\."):
        read(tmp_path / "latin.json")


def test_a_key_that_is_not_known_is_left_alone(examples: Examples, tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    path.write_text(changed(examples, lambda report: report.update(later=1)), encoding="utf-8")
    assert render(read(path)) == render(examples.full())
