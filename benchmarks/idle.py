"""What an installed plugin costs a pytest run that does not use it, in user instructions.

A one-test run of ``pytest -q``, counted by valgrind's cachegrind, which repeats to the digit; each
plugin in an environment of its own, installed by pip from a wheel. ``installed`` is the run against
one without the plugin, and the sum of

- *dependencies*: the same distributions without the plugin. pytest asks every distribution for
  entry points, and some run code at start-up (``.pth`` files).
- *file list*: pytest reads the RECORD of every distribution that has a pytest plugin, line by
  line, two lines a module, and imports ``csv`` for the first.
- *loaded*: against the same environment with the plugin blocked by ``-p no:NAME``: what the
  plugin itself does.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import workbench
from workbench import MILLION, OURS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_EXAMPLE = "example: python benchmarks/idle.py --workdir /tmp/bench --only pytest-cov --only ours"
_MODULES = """\
import sys, pytest
status = pytest.main(["-q"])
print("modules", *sorted(sys.modules))
raise SystemExit(status)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A plugin: what to install, its distribution, and the names that block it."""

    title: str
    source: str
    distribution: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one contender costs, in instructions; its RECORD's lines; the modules it brings in."""

    title: str
    installed: int
    dependencies: int
    loaded: int
    lines: int
    modules: frozenset[str]

    @property
    def file_list(self) -> int:
        """What is left: pytest's reading of the RECORD."""
        return self.installed - self.dependencies - self.loaded


def contenders(folder: Path, ours: str) -> list[Contender]:
    """Give everything that is compared, ours last."""
    empty = workbench.make_wheel(folder, "donothing", {"donothing.py": ""}, "donothing")
    modules = {f"manyfiles/part{number}.py": "" for number in range(100)}
    files = {**modules, "manyfiles/__init__.py": ""}
    many = workbench.make_wheel(folder, "manyfiles", files, "manyfiles")
    rows = (
        ("does nothing", str(empty), "donothing", "donothing"),
        ("does nothing, 100 more modules", str(many), "manyfiles", "manyfiles"),
        ("pytest-reportlog", "pytest-reportlog", "pytest-reportlog", "pytest_reportlog"),
        ("pytest-cov", "pytest-cov", "pytest-cov", "pytest_cov"),
        ("pytest-json-report", "pytest-json-report", "pytest-json-report", "pytest_jsonreport"),
        ("pytest-html", "pytest-html", "pytest-html", "html html_fixtures"),
        ("ours", ours, OURS, "boss_gates"),
    )
    return [
        Contender(title=title, source=source, distribution=distribution, names=tuple(names.split()))
        for title, source, distribution, names in rows
    ]


class Bench:
    """The environments, and the one-test project that runs in all of them."""

    def __init__(self, folder: Path, python: str, options: Sequence[str]) -> None:
        self._folder = folder
        self._python = python
        self._options = options
        self._project = folder / "one-test"
        self._project.mkdir(exist_ok=True)
        (self._project / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        (self._project / "test_one.py").write_text("def test_one():\n    pass\n", encoding="utf-8")
        plain = workbench.make_venv(folder / "idle-plain", ["pytest"], python=python)
        self._base = _freeze(plain)
        self._pytest = next(line for line in self._base if line.startswith("pytest=="))
        self.described = f"{workbench.described(plain)}, {self._pytest}"
        self.plain = self._count(plain)
        self._plain_modules = self._modules(plain)

    def cost(self, contender: Contender) -> Cost:
        """Measure one contender."""
        place = self._folder / f"idle-{contender.title.replace(',', '').replace(' ', '-')}"
        python = workbench.make_venv(place, [self._pytest, contender.source], python=self._python)
        others = [line for line in _freeze(python) if not line.startswith(contender.distribution)]
        dependencies = 0
        if others != self._base:
            bare = place.with_name(f"{place.name}-without")
            without = workbench.make_venv(bare, others, python=self._python)
            dependencies = self._count(without) - self.plain
        blocked = [word for name in contender.names for word in ("-p", f"no:{name}")]
        allowed = [word.replace("no:", "no:_")[: len(word)] for word in blocked]  # as much to parse
        listing = f"{contender.distribution.replace('-', '_')}-*.dist-info/RECORD"
        record = next(place.glob(f"**/site-packages/{listing}"))
        return Cost(
            title=contender.title,
            installed=self._count(python) - self.plain,
            dependencies=dependencies,
            loaded=self._count(python, allowed) - self._count(python, blocked),
            lines=len(record.read_text(encoding="utf-8").splitlines()),
            modules=self._modules(python) - self._plain_modules,
        )

    def _count(self, python: Path, arguments: Sequence[str] = ()) -> int:
        words: list[str | Path] = [python, "-m", "pytest", *self._options, *arguments]
        return workbench.instructions(words, cwd=self._project)

    def _modules(self, python: Path) -> frozenset[str]:
        output = workbench.command([python, "-c", _MODULES], cwd=self._project)
        return frozenset(output.rpartition("modules ")[2].split())


def _freeze(python: Path) -> list[str]:
    return workbench.command([python, "-m", "pip", "freeze", "-q"]).splitlines()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table; 1 when ours is over its budget or imports more than it may."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=_EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    workbench.add_common(parser)
    parser.add_argument("--python", default=sys.executable, help="the interpreter to measure")
    parser.add_argument("--only", action="append", metavar="TITLE", help="only this; repeatable")
    parser.add_argument(
        "--budget", type=float, default=8.0, help="million instructions for ours (default: 8)"
    )
    parser.add_argument(
        "--header",
        action="store_true",
        help="without -q: pytest then parses the METADATA of every plugin, README included",
    )
    chosen = parser.parse_args(arguments)
    with workbench.workdir(chosen.workdir) as folder:
        every = contenders(folder / "wheels", chosen.ours)
        asked = [one for one in every if not chosen.only or one.title in chosen.only]
        if not asked:
            parser.error(f"--only: choose from {', '.join(one.title for one in every)}")
        bench = Bench(folder, chosen.python, [] if chosen.header else ["-q"])
        costs = [bench.cost(contender) for contender in asked]
    print(f"{bench.described}: plain {bench.plain / MILLION:.1f} million instructions\n")
    return show(costs, chosen.budget)


def show(costs: Sequence[Cost], budget: float) -> int:
    """Print the table and what it says about ours."""
    head = ("million over plain", "installed", "dependencies", "file list", "lines", "loaded")
    rows = []
    for cost in costs:
        parts = (cost.installed, cost.dependencies, cost.file_list, cost.loaded)
        counts = [f"{part / MILLION:.1f}" for part in parts]
        rows.append((cost.title, *counts[:3], str(cost.lines), counts[3]))
    print(workbench.table(head, rows))
    by_title = {cost.title: cost for cost in costs}
    few, many = by_title.get("does nothing"), by_title.get("does nothing, 100 more modules")
    if few and many:
        each = (many.file_list - few.file_list) / (many.lines - few.lines)
        print(f"\na line of a RECORD: {each / MILLION:.3f} million; a module has two of them")
    ours = by_title.get("ours")
    return judge(ours, budget) if ours else 0


def judge(ours: Cost, budget: float) -> int:
    """Say whether ours keeps within its budget and imports no more than it may."""
    package = OURS.replace("-", "_")
    found = sorted(name for name in ours.modules if name.partition(".")[0] == package)
    allowed = found == [package, f"{package}.plugin"]
    print(f"\nour modules imported while off: {', '.join(found)} ({_word(allowed)})")
    kept = []
    for what, count in (("installed", ours.installed), ("loaded", ours.loaded)):
        kept.append(count <= budget * MILLION)
        print(f"ours {what}: {count / MILLION:.1f} of at most {budget:g} ({_word(kept[-1])})")
    return 0 if allowed and all(kept) else 1


def _word(met: object) -> str:
    return "met" if met else "missed"


if __name__ == "__main__":
    sys.exit(main())
