"""The fan-in: what makes a set whole, and every sentence that says why it is none."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from pytest_boss_gates.corridor import enter
from pytest_boss_gates.measure.coverage.reading import Mode
from pytest_boss_gates.measure.coverage.sharing import Measured, MeasuredFile, SharedMeter
from pytest_boss_gates.measure.recorder import Finished, Outcome
from pytest_boss_gates.settings.load import Options
from pytest_boss_gates.shards.bundle import Bundle, Session, SkippedFile, Warned, render
from pytest_boss_gates.shards.join import SetError, join
from pytest_boss_gates.shards.send import here

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_boss_gates.corridor import Corridor
    from pytest_boss_gates.pipeline import Witnessed
    from tests.conftest import Project

A, B, C = (f"tests/test_cart.py::test_{name}" for name in "abc")
SETTINGS = """\
    [tool.boss-gates]
    source = ["shop"]
    [tool.boss-gates.targets]
    tests = ">=1"
    """


@pytest.fixture
def corridor(shop: Project) -> Corridor:
    shop.write({"pyproject.toml": SETTINGS})
    return enter(shop.root, Options(invocation_dir=shop.root))


def bundle(
    corridor: Corridor, number: int, of: int, *ran: str, left: tuple[str, ...] = ()
) -> Bundle:
    """A shard that ran some tests, each of which took 0.1 s and passed, and left others."""
    tests = tuple(
        Finished(nodeid=name, outcome=Outcome.PASSED, phases=(0.0, 0.1, 0.0)) for name in ran
    )
    return Bundle(
        shard=number,
        of=of,
        identity=here(corridor, (*ran, *left)),
        session=Session(
            started=100.0 - number,
            seconds=10.0 * number,
            workers=number,
            exit_status=0,
            tests=tests,
            left_out=left,
        ),
    )


def two(corridor: Corridor) -> tuple[Bundle, Bundle]:
    return bundle(corridor, 1, 2, A, left=(B,)), bundle(corridor, 2, 2, B, left=(A,))


def joined(corridor: Corridor, *bundles: Bundle) -> Witnessed:
    paths: list[Path] = []
    for index, each in enumerate(bundles):
        path = corridor.settings.root / f"{index}.json"
        path.write_text(render(each), encoding="utf-8")
        paths.append(path)
    return join(corridor, paths)


def faults(corridor: Corridor, *bundles: Bundle) -> list[str]:
    with pytest.raises(SetError) as refused:
        joined(corridor, *bundles)
    root = str(corridor.settings.root)
    return [fault.replace(f"{root}/", "") for fault in refused.value.faults]


def the_fault(corridor: Corridor, *bundles: Bundle) -> str:
    (found,) = faults(corridor, *bundles)
    return found


def test_a_whole_set_is_one_session(corridor: Corridor) -> None:
    one, other = two(corridor)

    session = joined(corridor, other, one)

    recorder = session.recorder
    assert recorder is not None
    assert (recorder.passed, recorder.run) == (2, 2)
    assert recorder.session_seconds == 20.0
    assert recorder.clocked == (
        "wall clock of shard 2/2, the longest; all of them took 30 s together"
    )
    assert [test.nodeid for test in recorder.slowest] == [B, A]
    assert (session.started, session.workers, session.exit_status) == (98.0, 3, 0)
    assert session.notes == ("Judged from 2 shards.",)
    assert session.meter is None


def test_one_of_one_is_a_set(corridor: Corridor) -> None:
    session = joined(corridor, bundle(corridor, 1, 1, A, B))

    assert session.recorder is not None
    assert session.recorder.passed == 2


def test_a_missing_shard_is_named(corridor: Corridor) -> None:
    one, _ = two(corridor)

    assert the_fault(corridor, one) == (
        "Shard 2/2 is missing: the session was not run, was killed, or its bundle was not brought "
        "here."
    )


def test_many_missing_shards_are_named_shortly(corridor: Corridor) -> None:
    (fault,) = faults(corridor, bundle(corridor, 1, 999_999, A))

    assert fault.startswith("Shards 2/999999, 3/999999, 4/999999 and 999995 more are missing: ")


def test_a_doubled_shard_is_named(corridor: Corridor) -> None:
    one, other = two(corridor)

    assert faults(corridor, one, other, one) == ["Shard 1/2 is doubled: 0.json and 2.json."]


def test_shards_of_different_sets_are_named(corridor: Corridor) -> None:
    one, other = two(corridor)

    assert the_fault(corridor, one, replace(other, of=3)) == (
        "The bundles are not of one set, but 1 of a set of 2 and 1 of a set of 3: shard 1/2 "
        "(0.json), shard 2/3 (1.json)."
    )


def test_a_shard_that_was_broken_off_is_named(corridor: Corridor) -> None:
    one, other = two(corridor)
    broken = replace(other, session=replace(other.session, broken="interrupted"))

    assert faults(corridor, one, broken) == ["Shard 2/2 is not whole: interrupted. Run it again."]


def test_a_test_that_was_chosen_and_did_not_run_is_named(corridor: Corridor) -> None:
    one, other = two(corridor)
    broken = replace(other, session=replace(other.session, not_run=(C,)))

    assert the_fault(corridor, one, broken) == (
        f"Shard 2/2 is not whole: 1 test did not run, {C} for one."
    )


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"commit": "c0ffee" * 6}, "Shard 2/2 is of commit c0ffeec0ffee, but no commit is checked"),
        ({"python": "PyPy 3.10 on win32"}, "Shard 2/2 ran on PyPy 3.10 on win32, but this is "),
        ({"versions": {"coverage": "6.0"}}, "Shard 2/2 had coverage 6.0, but here it is "),
        (
            {"settings": {"tool.boss-gates.source": "0"}},
            "Shard 2/2 had other settings than pyproject.toml here: tool.boss-gates.source, tool",
        ),
        (
            {"sources": {"shop/new.py": "0"}},
            "Shard 2/2 ran other files than those here: shop/__init__.py, shop/cart.py, shop/new",
        ),
        (
            {"tests": {"tests/test_cart.py": "0"}},
            "Shard 2/2 ran other files than those here: tests/test_cart.py. Judge in a checkout",
        ),
    ],
)
def test_a_shard_of_something_else_is_named(
    corridor: Corridor, change: dict[str, object], fault: str
) -> None:
    one, other = two(corridor)
    changed = replace(other, identity=replace(other.identity, **change))  # type: ignore[arg-type]

    (found,) = faults(corridor, one, changed)

    assert found.startswith(fault)


def test_line_ends_do_not_make_other_files(corridor: Corridor) -> None:
    one, other = two(corridor)
    cart = corridor.settings.root / "shop" / "cart.py"
    cart.write_bytes(cart.read_bytes().replace(b"\n", b"\r\n"))

    assert joined(corridor, one, other).recorder is not None


def test_another_value_of_a_setting_makes_other_settings(shop: Project, corridor: Corridor) -> None:
    one, other = two(corridor)
    shop.write({"pyproject.toml": SETTINGS.replace(">=1", ">=2")})
    now = enter(shop.root, Options(invocation_dir=shop.root))

    found = faults(now, one, other)

    assert found[0] == (
        "Shard 1/2 had other settings than pyproject.toml here: tool.boss-gates.targets.tests."
    )
    assert len(found) == 2


def test_everything_that_is_wrong_is_said_at_once(corridor: Corridor) -> None:
    one, _ = two(corridor)
    broken = replace(
        one,
        identity=replace(one.identity, python="PyPy"),
        session=replace(one.session, broken="interrupted"),
    )

    assert len(faults(corridor, broken)) == 3


def test_a_test_that_no_shard_ran_is_named(corridor: Corridor) -> None:
    one = bundle(corridor, 1, 2, A, left=(B, C))
    other = bundle(corridor, 2, 2, B, left=(A, C))

    assert the_fault(corridor, one, other) == (
        f"1 test ran in no shard: {C}. Let the shards divide the suite among them; what the "
        "project itself leaves out belongs into its addopts."
    )


def test_a_test_that_two_shards_ran_is_named(corridor: Corridor) -> None:
    one = bundle(corridor, 1, 2, A, C)
    other = bundle(corridor, 2, 2, A, B, C)

    assert the_fault(corridor, one, other) == (
        f"2 tests ran more than once: {A} in shard 1/2 and shard 2/2, for one."
    )


def test_a_file_that_all_shards_leave_out_is_named(corridor: Corridor) -> None:
    one, other = (
        replace(each, session=replace(each.session, files_left_out=files))
        for each, files in zip(
            two(corridor), [("tests/x.py", "tests/y.py"), ("tests/x.py", "tests/z.py")], strict=True
        )
    )

    assert the_fault(corridor, one, other) == (
        "1 test file went whole to no shard: tests/x.py. Node ids alone do not count."
    )


def test_failed_tests_are_told_and_give_pytests_own_status(corridor: Corridor) -> None:
    one, other = two(corridor)
    red = replace(other.session.tests[0], outcome=Outcome.FAILED)
    failed = replace(other, session=replace(other.session, tests=(red,), exit_status=1))

    session = joined(corridor, one, failed)

    assert session.exit_status == 1
    assert session.notes[-1] == "1 test failed in shard 2/2: pytest's exit status was 1."


@pytest.mark.parametrize(("statuses", "status"), [((5, 0), 0), ((5, 5), 5), ((0, 0), 0)])
def test_a_shard_that_got_no_test_is_no_failure(
    corridor: Corridor, statuses: tuple[int, int], status: int
) -> None:
    bundles = [
        replace(each, session=replace(each.session, exit_status=own))
        for each, own in zip(two(corridor), statuses, strict=True)
    ]

    assert joined(corridor, *bundles).exit_status == status


def test_what_every_shard_meets_while_it_collects_counts_once(corridor: Corridor) -> None:
    warned = [
        Warned(text="W: early", path="a.py", line=1, count=2, early=2),
        Warned(text="W: both", path="a.py", line=2, count=3, early=1),
    ]
    skipped = (SkippedFile(nodeid="tests/test_other.py", reason="not here"),)
    bundles = [
        replace(each, session=replace(each.session, warnings=tuple(warned), skipped_files=skipped))
        for each in two(corridor)
    ]

    recorder = joined(corridor, *bundles).recorder

    assert recorder is not None
    assert recorder.warning_kinds == {("W: early", "a.py", 1): 2, ("W: both", "a.py", 2): 5}
    assert recorder.warnings == 7
    assert recorder.skips == [("tests/test_other.py", "not here")]


def measured(mode: Mode = Mode.OWN, *, lines: tuple[int, ...] = (1, 2), **more: object) -> Measured:
    files = (MeasuredFile(path="shop/cart.py", lines=lines),)
    return Measured(mode=mode, files=files, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("other", "difference"),
    [
        (measured(Mode.PYTEST_COV), "its mode is borrow pytest-cov, not own"),
        (Measured(mode=Mode.OFF, reason="--no-cov"), "its mode is off, not own"),
        (None, "its mode is None, not own"),
        (measured(branch=True), "branch is True, not False"),
        (measured(start="sub"), "its directory is sub, not ."),
        (measured(options={"run:omit": ["x"]}), "run:omit is ['x'], not None"),
    ],
)
def test_coverage_measured_in_two_ways_is_named(
    corridor: Corridor, other: Measured | None, difference: str
) -> None:
    one, two_ = two(corridor)

    assert the_fault(
        corridor, replace(one, coverage=measured()), replace(two_, coverage=other)
    ) == (f"Shard 2/2 measured coverage otherwise than shard 1/2: {difference}.")


def test_coverage_is_read_from_all_shards_together(corridor: Corridor) -> None:
    one, other = two(corridor)
    session = joined(
        corridor,
        replace(one, coverage=measured(lines=(1, 2, 4))),
        replace(other, coverage=measured(lines=(1, 2, 3))),
    )
    assert session.meter is not None

    reading = session.meter.finish()

    (cart, package) = sorted(reading.files, key=lambda file: -file.statements)
    assert (cart.path, cart.statements, cart.missing) == ("shop/cart.py", 4, ())
    assert (package.path, package.statements) == ("shop/__init__.py", 0)
    assert "measured in 2 shards" in reading.notes
    assert list((corridor.settings.root / ".boss-gates" / "cache").glob("coverage-*")) == []


@pytest.fixture
def left_open(monkeypatch: pytest.MonkeyPatch) -> dict[int, str]:
    """Name the databases that are open, from here on."""
    found: dict[int, str] = {}

    class Counted(sqlite3.Connection):
        def __init__(self, database: str, *others: Any, **options: Any) -> None:
            super().__init__(database, *others, **options)
            found[id(self)] = str(database)

        def close(self) -> None:
            found.pop(id(self), None)
            super().close()

    connect = partial(sqlite3.connect, factory=Counted)
    monkeypatch.setattr(sqlite3, "connect", connect)
    return found


@pytest.mark.parametrize("is_whole", [True, False], ids=["read", "refused"])
def test_what_shards_measured_is_let_go_when_it_was_read_and_when_it_cannot_be(
    corridor: Corridor,
    left_open: dict[int, str],
    is_whole: bool,  # noqa: FBT001 - a column of the table
) -> None:
    settings = corridor.settings.root / "pyproject.toml"
    settings.write_text(SETTINGS + "[tool.coverage.paths]\nshop = ['shop', '*/x']\n", "utf-8")
    other = replace(measured(), branch=not is_whole)
    meter = SharedMeter(corridor.plan, [("shard 1/2", measured()), ("shard 2/2", other)])

    reading = meter.finish()
    meter.abandon()

    assert reading.reason.startswith("" if is_whole else "coverage.py: Can't add branch")
    assert bool(reading.files) is is_whole
    assert left_open == {}
    assert list((corridor.settings.root / ".boss-gates" / "cache").glob("coverage-*")) == []


def test_coverage_that_one_shard_lost_is_unknown_by_name(corridor: Corridor) -> None:
    one, other = two(corridor)
    lost = Measured(mode=Mode.OWN, reason="worker gw1 crashed", remedy="Look.")
    session = joined(corridor, replace(one, coverage=measured()), replace(other, coverage=lost))
    assert session.meter is not None

    reading = session.meter.finish()

    assert (reading.reason, reading.remedy) == ("shard 2/2: worker gw1 crashed", "Look.")


def test_a_file_in_which_nothing_ran_is_read_as_such(corridor: Corridor) -> None:
    one, other = two(corridor)
    (corridor.settings.root / "shop" / "idle.py").write_text("x = 1\n", encoding="utf-8")
    corridor = enter(corridor.settings.root, Options(invocation_dir=corridor.settings.root))
    files = (
        MeasuredFile(path="shop/idle.py"),
        MeasuredFile(path="shop/cart.py", lines=(1,)),
    )
    idle = replace(measured(), files=files)
    bundles = [
        replace(each, coverage=idle, identity=here(corridor, (A, B))) for each in (one, other)
    ]
    meter = joined(corridor, *bundles).meter
    assert meter is not None

    reading = meter.finish()

    found = {
        file.path: (file.statements, len(file.missing), file.imported) for file in reading.files
    }
    assert found["shop/idle.py"] == (1, 1, False)
    assert found["shop/cart.py"] == (4, 3, True)


def test_a_bundle_names_no_code_that_is_then_run(shop: Project, corridor: Corridor) -> None:
    shop.write({"evil.py": "raise SystemExit('run')"})
    options = {"run:plugins": ["evil"], "run:omit": ["*/nothing/*"]}
    lent = measured(Mode.PYTEST_COV, options=options)
    meter = joined(corridor, *(replace(each, coverage=lent) for each in two(corridor))).meter
    assert meter is not None

    assert meter.finish().reason == ""


def test_a_plugin_that_is_not_named_here_makes_coverage_unknown(corridor: Corridor) -> None:
    page = MeasuredFile(path="shop/page.html", lines=(1,), tracer="templates.Plugin")
    lent = replace(measured(), files=(page,))
    meter = joined(corridor, *(replace(each, coverage=lent) for each in two(corridor))).meter
    assert meter is not None

    reading = meter.finish()

    assert reading.reason == (
        "shard 1/2: shop/page.html was measured by a plugin that coverage.py's settings here do "
        "not name: templates.Plugin"
    )
    assert reading.remedy == "Name it under plugins in [tool.coverage.run]."
