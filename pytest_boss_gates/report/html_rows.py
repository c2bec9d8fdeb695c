"""The rows of the HTML report's long tables, in their order, and for its script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_boss_gates.report.escape import json_string, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_boss_gates.model import Details, EndedTest, SourceFile


def data(details: Details) -> dict[str, Any]:
    """Give the long tables for the script, in short: paths once, texts made visible."""
    paths: dict[str, int] = {}
    tests = []
    for test in ordered_tests(details.tests):
        path, _, name = test.nodeid.partition("::")
        number = paths.setdefault(visible(path), len(paths))
        row = [number, visible(name), test.ending.value, test.seconds]
        tests.append([*row, visible(test.note)] if test.note else row)
    return {
        "paths": list(paths),
        "tests": tests,
        "files": [
            [
                visible(file.path),
                file.statements,
                file.missing,
                file.complexity,
                visible(function_of(file)),
                round(heat(file), 1),
            ]
            for file in hottest(details.files)
        ],
        "suppressions": [
            [visible(each.path), each.count, visible(each.lines)] for each in details.suppressions
        ],
    }


def ordered_tests(tests: Iterable[EndedTest]) -> list[EndedTest]:
    """Put what went wrong first, then the slowest."""
    return sorted(
        tests, key=lambda test: (not test.ending.is_bad, -test.seconds, json_string(test.nodeid))
    )


def hottest(files: Iterable[SourceFile]) -> list[SourceFile]:
    """Put first what is complex and does not run."""
    return sorted(
        files, key=lambda file: (-heat(file), -(file.missing or 0), json_string(file.path))
    )


def by_name(entries: Mapping[str, str]) -> list[tuple[str, str]]:
    """Put entries in the order of their names, as ``report.json`` spells them."""
    return sorted(entries.items(), key=lambda entry: json_string(entry[0]))


def heat(file: SourceFile) -> float:
    """Weigh a file as risk weighs a function; what is not known counts for nothing."""
    complexity = file.complexity or 0
    missing = (file.missing or 0) / file.statements if file.statements else 0
    return complexity**2 * missing**3 + complexity * (file.missing is not None)


def function_of(file: SourceFile) -> str:
    """Name the most complex function, and its line."""
    return f"{file.function}:{file.line}" if file.function and file.line else file.function


def covered(file: SourceFile) -> float | None:
    """Give the percentage of the statements that ran."""
    if not file.statements or file.missing is None:
        return None
    share = 100 * (file.statements - file.missing) / file.statements
    return min(share, 99.9) if file.missing else share  # not all is never 100.0
