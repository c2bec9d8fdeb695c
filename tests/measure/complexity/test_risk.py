"""Risk: complexity and coverage of each function, exactly, and what has no number."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.measure import METRICS, Context, complexity
from pytest_boss_gates.measure.coverage.reading import FileCoverage, Mode, Reading
from pytest_boss_gates.model import Bound, Measurement, Settings, Target
from pytest_boss_gates.repository.source import find_source
from pytest_boss_gates.repository.tree import Tree
from pytest_boss_gates.settings.targets import parse_wanted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.conftest import Project

CART = """\
def total(prices, discount=0):
    if discount:
        return sum(prices) - discount
    return sum(prices)


def outer(a):
    def inner(b):
        if b:
            return 1
        return 2

    return inner(a)


def stub():
    ...  # pragma: no cover
"""


def measured(
    root: Path,
    reading: Reading | None,
    files: Mapping[str, str] | None = None,
) -> Measurement:
    (root / "shop").mkdir(exist_ok=True)
    for name, text in (files or {"cart": CART}).items():
        (root / "shop" / f"{name}.py").write_text(text, encoding="utf-8")
    tree = Tree(root=root)
    target = Target(metric="risk", wanted=parse_wanted("<=30", METRICS["risk"]), text="<=30")
    context = Context(
        settings=Settings(root=root, targets=(target,)),
        tree=tree,
        source=find_source(tree, ("shop",), ()),
        coverage=reading,
    )
    (found,) = complexity.measure(context)
    return found


def covered(executed: tuple[int, ...], missing: tuple[int, ...]) -> Reading:
    file = FileCoverage(
        path="shop/cart.py",
        statements=len(executed) + len(missing),
        missing=missing,
        executed=executed,
    )
    return Reading(mode=Mode.OWN, files=(file,), fingerprint={"coverage": "7.10.6"})


def test_the_risk_of_each_function_is_exact_and_the_worst_is_first(tmp_path: Path) -> None:
    reading = covered((1, 2, 4, 7, 8, 9, 10, 13, 16), (3, 11))

    found = measured(tmp_path, reading)

    # complexity 2, a third missing: 2² x (1/3)³ + 2
    assert [(item.name, item.value) for item in found.items] == [
        ("outer.<locals>.inner", Fraction(4, 27) + 2),
        ("total", Fraction(4, 27) + 2),
        ("outer", 1),
    ]
    assert (found.value, found.n) == (Fraction(58, 27), 3)
    assert found.items[0].note == "complexity 2, 66.67 % covered"
    assert str(found.items[0].place) == "shop/cart.py:8"
    assert found.source == "radon; coverage.py 7.10.6"


def test_without_any_test_it_is_the_square_and_the_complexity(tmp_path: Path) -> None:
    found = measured(tmp_path, covered((1, 7, 16), (2, 3, 4, 8, 9, 10, 11, 13)))

    assert found.value == 2**2 + 2


def test_the_line_that_defines_a_function_is_the_outer_ones(tmp_path: Path) -> None:
    found = measured(tmp_path, covered((1, 7, 8, 13, 16), (2, 3, 4, 9, 10, 11)))

    values = {item.name: item.value for item in found.items}
    assert values == {"total": 6, "outer": 1, "outer.<locals>.inner": 6}


def test_a_function_without_a_statement_that_counts_is_left_out_and_told(tmp_path: Path) -> None:
    found = measured(tmp_path, covered((1, 2, 3, 4), ()))

    assert [item.name for item in found.items] == ["total"]
    assert found.notes == ("3 functions without a statement that counts, left out",)


def test_nothing_measured_is_unknown_with_the_remedy(tmp_path: Path) -> None:
    found = measured(tmp_path, Reading(mode=Mode.OWN))

    assert found.value is None
    assert found.reason == "coverage.py measured no statement of these functions"
    assert "omit" in found.remedy


def test_without_coverage_the_reason_is_coverages_own(tmp_path: Path) -> None:
    unread = Reading(mode=Mode.OWN, reason="a worker was lost", remedy="Run again.")
    off = Reading(mode=Mode.OFF, reason="switched off by --no-cov", not_for_this_run=True)

    lost, switched_off, none = (measured(tmp_path, reading) for reading in (unread, off, None))

    assert (lost.reason, lost.remedy, lost.not_for_this_run) == (
        "a worker was lost",
        "Run again.",
        False,
    )
    assert (switched_off.reason, switched_off.not_for_this_run) == (off.reason, True)
    assert none.not_for_this_run


@pytest.mark.parametrize("parses", [True, False])
def test_a_file_that_cannot_be_analysed_leaves_only_a_bound(tmp_path: Path, parses: bool) -> None:  # noqa: FBT001
    reading = covered((1, 2, 4, 7, 8, 9, 10, 13), (3, 11))
    odd = Reading(mode=Mode.OWN, files=reading.files, unreadable={"shop/odd.py": "it is odd"})
    text = "def f():\n    pass\n" if parses else "def f(:\n"

    found = measured(tmp_path, odd, {"cart": CART, "odd": text})

    assert found.bound is Bound.AT_LEAST
    assert "1 file could not be parsed: shop/odd.py" in found.bound_reason


def test_a_risk_target_alone_switches_coverage_on(shop: Project) -> None:
    shop.targets('risk = "<2"')

    result = shop.run()

    verdict = result.verdicts["risk"]
    assert verdict["status"] == "missed"
    assert verdict["details"]["where"][0]["note"] == "complexity 2, 100 % covered"
    assert result.status == 10
    (shop.root / "tests" / "test_cart.py").write_text("def test_nothing(): pass\n")
    assert shop.run().verdicts["risk"]["shown"] == "6"
