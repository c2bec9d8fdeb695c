"""What an installed plugin costs a pytest run that does not use it, in user instructions.

A one-test run, counted by valgrind's cachegrind, which repeats to the digit. Three comparisons,
because a plugin costs in two places: pytest reads the list of files (RECORD) of every
distribution with a pytest plugin, and imports the plugin.

- *installed*: against the same run where the plugin is not installed at all. The first such
  distribution of an environment also makes pytest import ``csv``.
- *beside*: the same, in an environment that has another (empty) pytest plugin already.
- *loaded*: against the same environment with the plugin blocked by ``-p no:NAME``.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
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
    """A plugin: what to install, and the names that block it."""

    title: str
    requirements: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one contender costs, in instructions, and which modules it brings in."""

    title: str
    installed: int
    beside: int
    loaded: int
    modules: frozenset[str] = field(default_factory=frozenset)


def contenders(folder: Path, ours: str) -> list[Contender]:
    """Give everything that is compared, ours last."""
    empty = workbench.make_wheel(folder, "donothing", {"donothing.py": ""}, "donothing")
    many = {f"manyfiles/part{number}.py": "" for number in range(100)}
    heavy = workbench.make_wheel(
        folder, "manyfiles", {**many, "manyfiles/__init__.py": ""}, "manyfiles"
    )
    return [
        Contender(title="does nothing", requirements=(str(empty),), names=("donothing",)),
        Contender(
            title="does nothing, 100 more files", requirements=(str(heavy),), names=("manyfiles",)
        ),
        Contender(
            title="pytest-reportlog",
            requirements=("pytest-reportlog",),
            names=("pytest_reportlog",),
        ),
        Contender(title="pytest-cov", requirements=("pytest-cov",), names=("pytest_cov",)),
        Contender(
            title="pytest-json-report",
            requirements=("pytest-json-report",),
            names=("pytest_jsonreport", "metadata"),
        ),
        Contender(
            title="pytest-html",
            requirements=("pytest-html",),
            names=("html", "html_fixtures", "metadata"),
        ),
        Contender(title="ours", requirements=(ours,), names=("boss_gates",)),
    ]


class Bench:
    """The environments, and the one-test project that runs in all of them."""

    def __init__(self, folder: Path, python: str) -> None:
        self._folder = folder
        self._python = python
        self._project = folder / "one-test"
        self._project.mkdir(exist_ok=True)
        (self._project / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        (self._project / "test_one.py").write_text("def test_one():\n    pass\n", encoding="utf-8")
        self._companion = workbench.make_wheel(
            folder / "wheels", "companion", {"companion.py": ""}, "companion"
        )
        plain = self._venv("plain", ())
        self._pytest = next(
            line
            for line in workbench.command([plain, "-m", "pip", "freeze"]).splitlines()
            if line.startswith("pytest==")
        )
        self.described = f"{workbench.described(plain)}, {self._pytest}"
        self._plain = self._count(plain)
        self._plain_modules = self._modules(plain)
        self._with_companion = self._count(self._venv("companion", (str(self._companion),)))

    @property
    def plain(self) -> int:
        """Instructions of pytest with no plugin installed."""
        return self._plain

    def cost(self, contender: Contender) -> Cost:
        """Measure one contender."""
        name = contender.title.replace(",", "").replace(" ", "-")
        alone = self._venv(name, contender.requirements)
        both = self._venv(f"{name}-beside", (*contender.requirements, str(self._companion)))
        installed = self._count(alone)
        blocked = [word for entry in contender.names for word in ("-p", f"no:{entry}")]
        allowed = [word.replace("no:", "no:_")[: len(word)] for word in blocked]  # as much to parse
        return Cost(
            title=contender.title,
            installed=installed - self._plain,
            beside=self._count(both) - self._with_companion,
            loaded=self._count(alone, allowed) - self._count(alone, blocked),
            modules=self._modules(alone) - self._plain_modules,
        )

    def _venv(self, name: str, requirements: Sequence[str]) -> Path:
        pin = getattr(self, "_pytest", "pytest")
        where = self._folder / f"idle-{name}"
        return workbench.make_venv(where, [pin, *requirements], python=self._python)

    def _count(self, python: Path, arguments: Sequence[str] = ()) -> int:
        return workbench.instructions([python, "-m", "pytest", *arguments], cwd=self._project)

    def _modules(self, python: Path) -> frozenset[str]:
        output = workbench.command([python, "-c", _MODULES], cwd=self._project)
        return frozenset(output.rpartition("modules ")[2].split())


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
    chosen = parser.parse_args(arguments)
    with workbench.workdir(chosen.workdir) as folder:
        every = contenders(folder / "wheels", chosen.ours)
        asked = [one for one in every if not chosen.only or one.title in chosen.only]
        if not asked:
            parser.error(f"--only: choose from {', '.join(one.title for one in every)}")
        bench = Bench(folder, chosen.python)
        costs = [bench.cost(contender) for contender in asked]
    return show(bench, costs, chosen.budget)


def show(bench: Bench, costs: Sequence[Cost], budget: float) -> int:
    """Print the table and what it says about ours."""
    print(f"{bench.described}: plain {bench.plain / MILLION:.1f} million instructions\n")
    head = ("million over plain", "installed", "beside", "loaded", "modules")
    rows = [
        (
            cost.title,
            *(f"{part / MILLION:.1f}" for part in (cost.installed, cost.beside, cost.loaded)),
            str(len(cost.modules)),
        )
        for cost in costs
    ]
    print(workbench.table(head, rows))
    failures = []
    for cost in costs:
        if cost.title != "ours":
            continue
        package = OURS.replace("-", "_")
        found = sorted(name for name in cost.modules if name.partition(".")[0] == package)
        print(f"\nour modules imported while off: {', '.join(found)}")
        if found != [package, f"{package}.plugin"]:
            failures.append("Off, more of ours is imported than the package and its plugin module.")
        worst = max(cost.installed, cost.beside, cost.loaded) / MILLION
        if worst > budget:
            failures.append(f"Off, ours costs {worst:.1f} million instructions, over {budget:g}.")
    print("\n".join(["", *failures]) if failures else "\nwithin budget")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
