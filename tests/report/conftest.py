"""Runs built by hand from the nouns, for every format to be held against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from pytest_boss_gates.measure.complexity import COMPLEXITY
from pytest_boss_gates.measure.coverage.metrics import CODE_COVERAGE
from pytest_boss_gates.measure.delivery import METRICS as DELIVERY
from pytest_boss_gates.measure.delivery.metrics import (
    LEAD_TIME_FOR_CHANGES,
    MEAN_TIME_TO_RECOVERY,
)
from pytest_boss_gates.measure.durations import SESSION_DURATION, SLOWEST_TEST
from pytest_boss_gates.measure.outcomes import TESTS
from pytest_boss_gates.measure.tools import TOOL_LEVEL, TOOL_VERSION
from pytest_boss_gates.model import (
    Bound,
    Comparator,
    Enforce,
    Explanation,
    Item,
    Level,
    Measurement,
    Metric,
    Number,
    Outcome,
    Place,
    Row,
    Run,
    RunIdentity,
    Status,
    Table,
    Target,
    Verdict,
    VerdictStatus,
    Wanted,
)

STARTED = datetime(2026, 11, 22, 18, 30, tzinfo=timezone.utc)
NO_HISTORY = "no deployment is known: there are no version tags"
HOSTILE = (
    "a|b",
    "`tick` ``two``",
    "<script>alert(1)</script>",
    "one\ntwo\r\nthree",
    "::error file=x::pwned",
    "##vso[task.setvariable variable=x]pwned",
    "##[error]pwned",
    "\x1b[31mred\x1b]0;title\x07",
    "\x9b2J\x00\x08",
    "\u202eevil\u2066\u200b\u2028",
    "\udc80\ud800",
    "[link](javascript:alert(1)) ![image](x)",
    "*bold* _it_ ~~gone~~ $x$ \\",
    "# heading",
    "- item",
    "1. one",
    "= = =",
    "---",
    "| x | y |",
    "&lt;b&gt; &amp;",
    "https://evil.example www.evil.example",
    "日本語" * 60,
    "e\u0301" * 300,
    "x" * 500,
    "``` fence",
    "\\|",
    '"},{"',
    "",
)


@dataclass(frozen=True, slots=True)
class Examples:
    """How to build the pieces of a run; what is not given is plain."""

    hostile_texts: tuple[str, ...] = HOSTILE

    def target(self, metric: Metric, text: str, **given: Any) -> Target:
        wanted = Wanted(
            comparator=Comparator.ABOVE, number=Fraction(90), unit="%", value=Fraction(9, 10)
        )
        place = Place(path="pyproject.toml", line=12)
        return Target(
            **{"metric": metric.key, "wanted": wanted, "text": text, "set_at": place, **given}
        )

    def verdict(
        self,
        status: VerdictStatus,
        *,
        metric: Metric = CODE_COVERAGE,
        target: str = ">90%",
        scope: str = "",
        value: Number | str | None = None,
        shown: str = "-",
        reason: str = "",
        remedy: str = "",
        enforce: Enforce = Enforce.BLOCK,
        explanation: Explanation | None = None,
        **measured: Any,
    ) -> Verdict:
        blocks = status in (VerdictStatus.MISSED, VerdictStatus.UNKNOWN)
        return Verdict(
            metric=metric,
            scope=scope,
            target=self.target(metric, target, scope=scope, enforce=enforce) if target else None,
            measurement=Measurement(
                metric=metric.key,
                scope=scope,
                value=value,
                reason=reason,
                remedy=remedy,
                **measured,
            ),
            status=status,
            reason=reason,
            shown=shown,
            blocking=blocks and enforce is Enforce.BLOCK and bool(target),
            explanation=explanation or Explanation(),
        )

    def run(self, *verdicts: Verdict, outcome: Outcome = Outcome.MET, **given: Any) -> Run:
        identity = given.pop("identity", None) or self.identity()
        return Run(
            **{
                "identity": identity,
                "outcome": outcome,
                "verdicts": verdicts,
                "tables": (),
                **given,
            }
        )

    def identity(self, **given: Any) -> RunIdentity:
        plain: dict[str, Any] = {
            "root": Path("/home/ann/shop"),
            "project": "shop",
            "started": STARTED,
            "ended": STARTED + timedelta(seconds=12.25),
            "commit": "0c1d2e3",
            "branch": "main",
            "versions": {"python": "3.13.0", "pytest": "9.0.1"},
            "fingerprint": {"core": "sysmon", "branch": "no"},
            "pytest_exit": 0,
        }
        return RunIdentity(**{**plain, **given})

    def missed_coverage(self) -> Verdict:
        cart = Place(path="src/shop/cart.py", line=3)
        items = (
            Item(name="src/shop/cart.py", value=5, place=cart, note="lines 3-6, 12"),
            Item(name="src/shop/store.py", value=1, place=Place(path="src/shop/store.py", line=40)),
        )
        return self.verdict(
            VerdictStatus.MISSED,
            value=Fraction(87, 100),
            shown="87 %",
            reason="87 % is not >90%",
            numerator=87,
            denominator=100,
            explanation=Explanation(
                missing="4 more lines or branches",
                where=items,
                more=7,
                cheapest=("Cover 4 of 5 lines in src/shop/cart.py (lines 3-6, 12).",),
            ),
        )

    def missed_complexity(self, *, enforce: Enforce = Enforce.WARN) -> Verdict:
        item = Item(
            name="price_of", value=14, place=Place(path="src/shop/pricing.py", line=21), note=""
        )
        return self.verdict(
            VerdictStatus.MISSED,
            metric=COMPLEXITY,
            target="<=10",
            value=14,
            shown="14",
            reason="14 is not <=10",
            enforce=enforce,
            explanation=Explanation(
                missing="1 function not <=10; the worst needs 4 less",
                where=(item,),
                cheapest=("price_of (src/shop/pricing.py:21): 14, needs 4 less.",),
            ),
        )

    def met(self, scope: str = "src/shop/payments/**") -> Verdict:
        return self.verdict(
            VerdictStatus.MET,
            target=">=98%",
            scope=scope,
            value=Fraction(99, 100),
            shown="99 %",
            numerator=99,
            denominator=100,
        )

    def delivery(self) -> tuple[Verdict, ...]:
        return tuple(
            self.verdict(
                VerdictStatus.UNKNOWN,
                metric=metric,
                target=text,
                reason=NO_HISTORY,
                remedy="Leave the target out.",
                enforce=Enforce.WARN,
            )
            for metric, text in zip(
                DELIVERY[:5], ("<10 minutes", ">95%", "daily", "<1 day", "<30 minutes"), strict=True
            )
        )

    def lead_time(self, status: VerdictStatus = VerdictStatus.MET, **given: Any) -> Verdict:
        plain: dict[str, Any] = {
            "metric": LEAD_TIME_FOR_CHANGES,
            "target": "<1 day",
            "value": 3600,
            "shown": "1 h",
            "n": 39,
            "window": "last 90 days",
            "source": "version tags",
            "notes": ("p90 5 h",),
        }
        return self.verdict(status, **{**plain, **given})

    def no_recovery(self) -> Verdict:
        """A verdict on what did not happen."""
        return self.verdict(
            VerdictStatus.OBSERVED,
            metric=MEAN_TIME_TO_RECOVERY,
            target="<30 minutes",
            shown="none",
            reason="none (n=0, 90 days)",
            n=0,
            window="last 90 days",
            source="deployed reverts",
            is_none=True,
        )

    def skipped(self, reason: str = "partial run: -k") -> Verdict:
        return self.verdict(
            VerdictStatus.SKIPPED, metric=SLOWEST_TEST, target="<5 s", value=1.5, reason=reason
        )

    def observed(self) -> Verdict:
        return self.verdict(VerdictStatus.OBSERVED, metric=TESTS, target="", value=61, shown="61")

    def full(self) -> Run:
        """A run with a bit of everything."""
        tool = self.verdict(
            VerdictStatus.MET,
            metric=TOOL_LEVEL,
            target="declared",
            scope="mypy",
            value=int(Level.DECLARED),
            shown="declared",
        )
        version = self.verdict(
            VerdictStatus.MET,
            metric=TOOL_VERSION,
            target=">=1.5",
            scope="mypy",
            value="1.13.0",
            shown="1.13.0",
        )
        session = self.verdict(
            VerdictStatus.MET,
            metric=SESSION_DURATION,
            target="<10 minutes",
            value=12.25,
            shown="12.25 s",
        )
        return self.run(
            self.missed_coverage(),
            self.met(),
            session,
            self.missed_complexity(),
            *self.delivery(),
            tool,
            version,
            self.skipped(),
            self.observed(),
            outcome=Outcome.MISSED,
            tables=(self.table(),),
            notes=("No [tool.boss-gates] table: see `boss-gates init`.",),
        )

    def table(self) -> Table:
        proof = Place(path="pyproject.toml", line=41, text="[tool.mypy]")
        return Table(
            title="DevOps Tooling Status",
            columns=("Tool", "Status", "Notes"),
            rows=(
                Row(
                    cells=("mypy", "In Progress", "strict"),
                    status=Status.IN_PROGRESS,
                    level=Level.DECLARED,
                    proofs=(proof,),
                ),
                Row(cells=("Sphinx", "", "-"), status=Status.NOT_STARTED, level=Level.NONE),
            ),
        )

    def written_by_others(self, text: str) -> Run:
        """A run in which everything that a stranger may have written says ``text``."""
        place = Place(path=text, line=3, text=text)
        item = Item(name=text, value=2, place=place, note=text)
        common: dict[str, Any] = {
            "scope": text,
            "target": text or ">1",
            "shown": text or "-",
            "remedy": text,
            "explanation": Explanation(missing=text, where=(item,), more=1, cheapest=(text,)),
            "window": text,
            "source": text,
            "notes": (text,),
        }
        verdicts = [
            self.verdict(status, metric=metric, reason=text, **{**common, "scope": scope})
            for status in VerdictStatus
            for metric in (CODE_COVERAGE, COMPLEXITY, TOOL_LEVEL)
            for scope in ("", text)
        ]
        row = Row(cells=(text, text), status=Status.COMPLETED, level=Level.WIRED, proofs=(place,))
        return self.run(
            *verdicts,
            outcome=Outcome.MISSED,
            tables=(Table(title=text, columns=("Status", text), rows=(row,)),),
            notes=(text,),
            problems=(text,),
            identity=self.identity(
                project=text,
                commit=text,
                branch=text,
                ci=text,
                partial=text,
                versions={text: text},
                fingerprint={text: text},
            ),
        )

    def any_text(self) -> st.SearchStrategy[str]:
        anything = st.text(st.characters(categories=["L", "M", "N", "P", "S", "Z", "C"]))
        return st.one_of(st.sampled_from(self.hostile_texts), anything, self._pasted())

    def _pasted(self) -> st.SearchStrategy[str]:
        return st.lists(st.sampled_from(self.hostile_texts), max_size=4).map("".join)

    def any_run(self) -> st.SearchStrategy[Run]:
        """Runs whose texts, numbers and choices are whatever hypothesis finds."""
        text = self.any_text()
        count = st.none() | st.integers(0, 10**9)
        number: st.SearchStrategy[Number] = st.one_of(
            st.integers(0, 10**20), st.floats(), st.fractions()
        )
        texts = st.lists(text, max_size=3).map(tuple)
        place = st.builds(Place, path=text, line=st.integers(0, 9999), text=text)
        item = st.builds(Item, name=text, value=number, place=st.none() | place, note=text)
        verdict = st.builds(
            self.verdict,
            st.sampled_from(VerdictStatus),
            metric=st.sampled_from((CODE_COVERAGE, COMPLEXITY, SESSION_DURATION, TESTS)),
            target=text,
            scope=text,
            value=st.none() | number | text,
            shown=text,
            reason=text,
            remedy=text,
            enforce=st.sampled_from(Enforce),
            explanation=st.builds(
                Explanation,
                missing=text,
                where=st.lists(item, max_size=4).map(tuple),
                more=st.integers(0, 10**6),
                cheapest=texts,
            ),
            bound=st.sampled_from(Bound),
            n=count,
            numerator=count,
            denominator=count,
            window=text,
            notes=texts,
        )
        row = st.builds(
            Row,
            cells=texts,
            status=st.none() | st.sampled_from(Status),
            level=st.none() | st.sampled_from(Level),
            proofs=st.lists(place, max_size=5).map(tuple),
        )
        table = st.builds(
            Table, title=text, columns=texts, rows=st.lists(row, max_size=3).map(tuple)
        )
        identity = st.builds(
            self.identity,
            project=text,
            commit=text,
            branch=text,
            partial=text,
            versions=st.dictionaries(text, text, max_size=2),
            workers=st.integers(0, 64),
            pytest_exit=st.none() | st.integers(-1, 11),
        )
        return st.builds(
            lambda verdicts, outcome, identity, tables, notes, problems: self.run(
                *verdicts,
                outcome=outcome,
                identity=identity,
                tables=tuple(tables),
                notes=notes,
                problems=problems,
            ),
            st.lists(verdict, max_size=4),
            st.sampled_from(Outcome),
            identity,
            st.lists(table, max_size=2),
            texts,
            texts,
        )


@pytest.fixture(scope="session")
def examples() -> Examples:
    return Examples()
