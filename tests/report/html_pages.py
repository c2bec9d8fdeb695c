"""Runs for the page of HTML: one with a bit of everything, of any size, and one of hostile text."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from pytest_boss_gates.model import (
    ChangedTest,
    Details,
    Earlier,
    EndedTests,
    Ending,
    PastRun,
    Series,
    Silenced,
    SourceFile,
    VerdictStatus,
)
from tests.report.conftest import HOSTILE, STARTED

if TYPE_CHECKING:
    from pytest_boss_gates.model import Run
    from tests.report.conftest import Examples

ATTACKS = (
    "</script><script>window.pwned=1</script>",
    "<!--<script>",
    "<img src=x onerror=window.pwned=1>",
    "\"' onmouseover='window.pwned=1' autofocus onfocus=\"window.pwned=1\"",
    "<style>*{display:none}</style>",
    "{{ 7 * 7 }}{% raw %}",
    "<svg onload=window.pwned=1>",
    *HOSTILE,
)


def plain(examples: Examples, tests: int = 12, files: int = 4) -> Run:
    """Give a run with details of every kind."""
    run = examples.full()
    return replace(run, details=_details(run, tests, files))


def hostile(examples: Examples) -> Run:
    """Give a run in which every text of the details is an attack."""
    run = examples.full()
    names = [f"{text}/test_{n}.py::{text}" for n, text in enumerate(ATTACKS)]
    tests = EndedTests.by_name(
        names, "s" * len(names), range(len(names)), notes=dict(zip(names, ATTACKS, strict=True))
    )
    files = tuple(
        SourceFile(
            path=f"{n}{text}", statements=9, missing=n % 9, complexity=n, function=text, line=3
        )
        for n, text in enumerate(ATTACKS)
    )
    changed = tuple(
        ChangedTest(nodeid=f"{n}{text}", before=Ending.PASSED, now=Ending.FAILED)
        for n, text in enumerate(ATTACKS)
    )
    details = replace(
        _details(run, 0, 0),
        tests=tests,
        files=files,
        suppressions=tuple(Silenced(path=text, count=1, lines=text) for text in ATTACKS),
        reasons={"coverage": ATTACKS[0]},
    )
    earlier = replace(details.earlier, changed=changed)
    identity = replace(run.identity, project=ATTACKS[0], branch=ATTACKS[3], commit=ATTACKS[2])
    verdicts = tuple(
        replace(verdict, scope=text, shown=text, reason=text)
        for verdict, text in zip(run.verdicts * 9, ATTACKS, strict=False)
    )
    return replace(
        run,
        identity=identity,
        verdicts=(*run.verdicts, *verdicts),
        details=replace(details, earlier=earlier),
        notes=ATTACKS,
        problems=ATTACKS,
    )


def _details(run: Run, tests: int, files: int) -> Details:
    names = [f"tests/test_{n % 50}.py::test_case_{n}" for n in range(tests)]
    first = run.verdicts[0]
    past = PastRun(
        ended=STARTED - timedelta(days=1), commit="ab" * 20, branch="main", outcome=run.outcome
    )
    return Details(
        tests=EndedTests.by_name(
            names,
            ["ppsf"[n % 4] for n in range(tests)],
            [n / 1000 for n in range(tests)],
            notes=dict.fromkeys(names[2::4], "not on this system"),
        ),
        files=tuple(
            SourceFile(
                path=f"src/shop/part_{n}.py",
                statements=100,
                missing=n % 100,
                complexity=n % 23 + 1,
                function="price_of",
                line=7,
            )
            for n in range(files)
        ),
        suppressions=(Silenced(path="src/shop/cart.py", count=3, lines="noqa 3, 12; nosec 7"),),
        earlier=Earlier(
            runs=(past, past),
            series=(
                Series(
                    metric=first.metric.key,
                    scope=first.scope,
                    values=(0.5, 0.25),
                    statuses=(VerdictStatus.MET, VerdictStatus.MISSED),
                ),
            ),
            changed=(
                ChangedTest(nodeid="tests/a.py::test_b", before=Ending.PASSED, now=Ending.FAILED),
                ChangedTest(nodeid="tests/a.py::test_c", before=Ending.FAILED, now=Ending.PASSED),
                ChangedTest(nodeid="tests/a.py::test_d", before=Ending.PASSED, now=None),
            ),
        ),
    )
