"""Write the generated parts of the documentation, or check that they are true.

A generated part stands between ``<!-- generated: NAME -->`` and ``<!-- end: NAME -->``.

    python docs/generate.py          writes them
    python docs/generate.py --check  exits with 1 and names the files that are out of date
"""

from __future__ import annotations

import json
import re
import sys
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_boss_gates.cli import parser
from pytest_boss_gates.measure import METRICS
from pytest_boss_gates.model import spell
from pytest_boss_gates.report.prometheus import FAMILIES
from pytest_boss_gates.settings import settings_reference

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from pytest_boss_gates.model import Metric

ROOT = Path(__file__).parents[1]
CASES = ROOT / "tests" / "measure" / "delivery" / "cases"
OR = r"\|"  # in a cell
FILES = (
    "README.md",
    "docs/commands.md",
    "docs/configuration.md",
    "docs/metrics.md",
    "docs/prometheus.md",
)


def metric_table() -> str:
    """Give the README's table: one line a metric that a target may be set on."""
    rows = ["| Target on | Measures | Unit |", "| --- | --- | --- |"]
    rows += [
        f"| `{metric.key}` | {metric.title}: {metric.why} | {metric.unit.value} |"
        for metric in METRICS.values()
        if not metric.key.startswith("tool-")
    ]
    return "\n".join(rows)


def delivery_cases() -> str:
    """Give a table a metric of what each case of delivery comes to, from the tests' folders."""
    parts = []
    for metric in (metric for metric in METRICS.values() if metric.delivery):
        parts += [f"#### `{metric.key}`", ""]
        parts += ["| Case | Value | Bound | n | Window | Source |", "| --- " * 6 + "|"]
        parts += [_case(folder, metric) for folder in sorted((CASES / metric.key).iterdir())]
        parts.append("")
    return "\n".join(parts)


def _case(folder: Path, metric: Metric) -> str:
    expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
    title = json.loads((folder / "events.json").read_text(encoding="utf-8"))["case"]
    value = expected["value"]
    if value is None:
        shown = f"{'none' if expected.get('verdict') == 'observed' else '-'}: {expected['reason']}"
    else:
        shown = spell(Fraction(value), metric.unit)
    if "verdict" in expected:
        shown += f" ({expected['target']}: {expected['verdict']})"
    count = "-" if expected["n"] is None else expected["n"]
    cells = (title, shown, expected.get("bound", "-"), count)
    window, source = (expected.get(key, "-") or "-" for key in ("window", "source"))
    return f"| {' | '.join(map(str, (*cells, window, source)))} |"


def command_reference() -> str:
    """Give every command with its options, as its own parser has them."""
    return "\n\n".join(chain.from_iterable(_command(*each) for each in _commands(parser())))


def _commands(of: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Give the commands of a parser by their whole names; where one has commands, those."""
    if of._subparsers is None:  # noqa: SLF001 - argparse shows it to nobody
        return
    choices = of._subparsers._group_actions[0].choices  # noqa: SLF001 - likewise
    for name, each in choices.items():  # type: ignore[union-attr] # only a list for others
        inner = [(f"{name} {last}", found) for last, found in _commands(each)]
        yield from inner or [(name, each)]


def _command(name: str, each: argparse.ArgumentParser) -> Iterator[str]:
    yield f"### `boss-gates {name}`"
    yield each.description or ""
    yield f"Example: `{(each.epilog or '').removeprefix('example: ')}`"
    rows = ["| Option | Meaning |", "| --- | --- |"]
    for action in each._actions[1:]:  # noqa: SLF001 - likewise; the first is --help
        label = action.metavar or (action.dest.upper() if action.nargs != 0 else "")
        words = "/".join(action.choices or ()) or label
        if action.nargs == "?":
            words = f"[{words}]"
        flags = ", ".join(f"`{flag} {words}`".replace(" `", "`") for flag in action.option_strings)
        cells = (flags or f"`{words}`", (action.help or "") % vars(action))
        rows.append(f"| {' | '.join(cell.replace('|', OR) for cell in cells)} |")
    yield "\n".join(rows)


def prometheus_table() -> str:
    """Give the names in Prometheus that are not a metric's."""
    rows = ["| Name | Labels | Says |", "| --- | --- | --- |"]
    for family in FAMILIES:
        labels = ", ".join(f"`{label}`" for label in family.labels)
        rows.append(f"| `{family.name}` | {labels} | {family.help} |")
    return "\n".join(rows)


PARTS = {
    "prometheus": prometheus_table,
    "commands": command_reference,
    "metrics": metric_table,
    "configuration": lambda: settings_reference(METRICS),
    "delivery": delivery_cases,
}


def generated(text: str) -> str:
    """Give a document with its generated parts made anew."""
    for name, make in PARTS.items():
        begin, end = f"<!-- generated: {name} -->", f"<!-- end: {name} -->"
        part = f"{begin}\n\n{make().strip()}\n\n{end}"
        pattern = re.escape(begin) + ".*?" + re.escape(end)
        text = re.sub(pattern, lambda _, part=part: part, text, flags=re.DOTALL)
    return text


def main(arguments: list[str]) -> int:
    """Write or check; give the exit status."""
    stale = []
    for name in FILES:
        path = ROOT / name
        before = path.read_text(encoding="utf-8")
        after = generated(before)
        if before != after:
            stale.append(name)
            if "--check" not in arguments:
                path.write_text(after, encoding="utf-8")
    if stale and "--check" in arguments:
        print(f"Out of date, run `python docs/generate.py`: {', '.join(stale)}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
