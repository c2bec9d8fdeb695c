"""What the HTML report shows of the details: tests, source files, suppressions."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.model import Ending, Unit, spell
from pytest_boss_gates.report.details import ENDINGS
from pytest_boss_gates.report.escape import visible
from pytest_boss_gates.report.html_charts import Dot, scatter
from pytest_boss_gates.report.html_rows import covered, function_of, heat, hottest, ordered_tests

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from enum import Enum

    from pytest_boss_gates.model import Details, EndedTest, SourceFile

STATIC_ROWS = 50
"""How many rows of a long table are there without the script; the script has all."""
_DOTS = 300
_SYMBOLS = {
    Ending.FAILED: "✗",
    Ending.ERROR: "!",
    Ending.PASSED: "✓",
    Ending.SKIPPED: "–",  # noqa: RUF001 - a dash
    Ending.XFAILED: "≈",
    Ending.XPASSED: "≠",
}


def shown_tests(details: Details) -> dict[str, Any]:
    """Give what the page shows of the tests."""
    tests = ordered_tests(details.tests)
    slowest = max((test.seconds for test in tests), default=0)
    return {
        "tests": [_test(test) for test in tests[:STATIC_ROWS]],
        "tests_in_all": len(tests),
        "tests_left_out": details.tests_left_out,
        "test_counts": {
            ENDINGS[Ending(letter)]: count
            for letter, count in tallied((test.ending for test in tests), _SYMBOLS).items()
        },
        "test_symbols": {ENDINGS[ending]: symbol for ending, symbol in _SYMBOLS.items()},
        "slowest": slowest,
        "time_of_slowest": spell(slowest, Unit.SECONDS, 1),
        "time_in_tests": spell(sum(test.seconds for test in tests), Unit.SECONDS, 1),
    }


def shown_sources(details: Details) -> dict[str, Any]:
    """Give what the page shows of source files and suppressions."""
    files = hottest(details.files)
    return {
        "files": [_file(file) for file in files[:STATIC_ROWS]],
        "files_in_all": len(files),
        "files_left_out": details.files_left_out,
        "scatter": _scatter(files),
        "suppressions": [_silenced(each) for each in details.suppressions[:STATIC_ROWS]],
        "suppressions_in_all": len(details.suppressions),
        "suppressions_left_out": details.suppressions_left_out,
        "suppressed": sum(each.count for each in details.suppressions),
    }


def tallied(found: Iterable[Enum | None], order: Iterable[Enum]) -> dict[str, int]:
    """Count what is there, in an order that no run changes."""
    counts = Counter(found)
    return {each.value: counts[each] for each in order if counts[each]}


def _test(test: EndedTest) -> dict[str, Any]:
    path, _, name = test.nodeid.partition("::")
    return {
        "outcome": ENDINGS[test.ending],
        "symbol": _SYMBOLS[test.ending],
        "path": path,
        "name": name,
        "seconds": test.seconds,
        "note": test.note,
    }


def _file(file: SourceFile) -> dict[str, Any]:
    return {
        "path": file.path,
        "covered": covered(file),
        "missing": file.missing,
        "statements": file.statements,
        "complexity": file.complexity,
        "function": function_of(file),
        "heat": f"{heat(file):,.1f}",
    }


def _silenced(each: Any) -> dict[str, Any]:
    return {"path": each.path, "count": each.count, "lines": each.lines}


def _scatter(files: Sequence[SourceFile]) -> str:
    dots = [
        Dot(
            x=round(share, 1),
            y=float(file.complexity),
            name=visible(f"{file.path}: {share:.1f} % covered, complexity {file.complexity}"),
        )
        for file in files[:_DOTS]
        if (share := covered(file)) is not None and file.complexity is not None
    ]
    counted = f"the {len(dots)} hottest files" if len(dots) > 1 else "one file"
    return scatter(dots, f"Complexity against coverage of {counted}")
