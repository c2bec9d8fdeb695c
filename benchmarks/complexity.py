"""What complexity and maintainability cost, in CPU seconds, beside radon's commands and xenon.

    python benchmarks/complexity.py --workdir /tmp/bench

Two trees: the standard library of ``--python``, its tests included, and 5,000 modules that are made
here, no two of them alike. Ours measures what ``radon cc`` and ``radon mi`` print, once with
nothing in the cache, which it fills, and once with it: beside that stands a process that does
nothing but list, read and hash the same files. Every figure is of a whole process, its start
included; best and median of the runs.

Exit status 1: cold is not twice as fast as radon's two commands, or warm not twenty times.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import workbench

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_EXAMPLE = "example: python benchmarks/complexity.py --workdir /tmp/bench --runs 3"
_COLD, _WARM = 2, 20  # how many times faster than radon's two commands
_OURS = """\
import sys
from pathlib import Path
from pytest_boss_gates.measure import METRICS, Context, complexity
from pytest_boss_gates.model import Settings, Target
from pytest_boss_gates.repository.source import find_source
from pytest_boss_gates.repository.tree import Tree
from pytest_boss_gates.settings.targets import parse_wanted
root = Path(sys.argv[1])
targets = tuple(
    Target(metric=key, wanted=parse_wanted("B", METRICS[key]), text="B")
    for key in ("complexity", "complexity-average", "maintainability")
)
tree = Tree(root=root)
context = Context(
    settings=Settings(root=root, targets=targets),
    tree=tree,
    source=find_source(tree, (".",), ()),
    cache=Path(sys.argv[2]),
)
for found in complexity.measure(context):
    print(found.metric, found.value, found.n)
"""
_BARE = """\
import hashlib, os, sys
for folder, folders, names in os.walk(sys.argv[1]):
    for name in names:
        path = os.path.join(folder, name)
        os.stat(path)
        with open(path, "rb") as file:
            hashlib.sha1(file.read(), usedforsecurity=False).hexdigest()
"""
_MODULE = '''\
"""Module {number} of a tree that is made for a benchmark."""

import os


class Thing{number}:
    """Holds values."""

    def __init__(self, values, limit={number}):
        self.values = list(values)  # our own copy
        self.limit = limit

    def chosen(self, wanted=None):
        """Choose the values within the limit."""
        found = []
        for value in self.values:
            if wanted is not None and value not in wanted:
                continue
            if value < self.limit or (value == self.limit and value % {step}):
                found.append(value * {step} + 1)
            elif value > 10 * self.limit:
                break
        return found or None


def {name}(path, *, deep=False):
    """Count what stands in a directory."""
    total = {{"files": 0, "bytes": 0}}
    for entry in os.scandir(path):
        try:
            if entry.is_dir(follow_symlinks=False):
                if deep:
                    inner = {name}(entry.path, deep=True)
                    total = {{key: total[key] + inner[key] for key in total}}
            elif not entry.name.startswith(".") and entry.stat().st_size > {number}:
                total["files"] += 1
                total["bytes"] += entry.stat().st_size
        except OSError as error:
            print(f"{{entry.name}} cannot be read: {{error}}")
    return total
'''
_IN_A_FOLDER = 50


def made(root: Path, count: int) -> Path:
    """Make a tree of so many modules, or take the one that was made before."""
    if not root.is_dir():
        for number in range(count):
            folder = root / f"package{number // _IN_A_FOLDER}"
            folder.mkdir(parents=True, exist_ok=True)
            text = _MODULE.format(number=number, step=number % 7 + 2, name=f"count_{number}")
            (folder / f"module{number}.py").write_text(text, encoding="utf-8")
    return root


def copied(root: Path, python: str) -> Path:
    """Copy the modules of an interpreter's standard library, or take the earlier copy."""
    if not root.is_dir():
        program = "import sysconfig; print(sysconfig.get_path('stdlib'))"
        library = Path(workbench.command([python, "-c", program]).strip())
        for path in sorted(library.rglob("*.py")):
            inside = path.relative_to(library)
            if "site-packages" not in inside.parts:
                (root / inside).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, root / inside)
    return root


def row(name: str, spent: Sequence[float], radon: float) -> list[str]:
    """Lay out one contender's line."""
    best, median = min(spent), statistics.median(spent)
    return [name, f"{best:,.2f}", f"{median:,.2f}", f"{radon / median:,.1f}"]


def compared(tree: Path, python: Path, work: Path, runs: int) -> bool:
    """Measure all contenders on a tree and print a table; whether the bounds are kept."""
    cache = work / "cache" / tree.name

    def cpu(*words: str | Path) -> float:
        spent = workbench.spend([python, *words], cwd=work)
        if spent.status > 1:  # xenon ends with 1 where something is too complex
            sys.exit(f"{' '.join(map(str, words[:3]))} ended with {spent.status}:\n{spent.output}")
        return spent.cpu

    def cold() -> float:
        shutil.rmtree(cache, ignore_errors=True)
        return cpu("-c", _OURS, tree, cache)

    def times(one: Callable[[], float]) -> list[float]:
        return [one() for _ in range(runs)]

    commands = {name: times(partial(cpu, "-m", "radon", name, tree)) for name in ("cc", "mi")}
    both = [sum(pair) for pair in zip(*commands.values(), strict=True)]
    limits = ("--max-absolute", "B", "--max-modules", "A", "--max-average", "A")
    xenon = times(lambda: cpu("-m", "xenon", *limits, tree))
    ours = {"cold": times(cold), "warm": times(lambda: cpu("-c", _OURS, tree, cache))}
    bare = times(lambda: cpu("-c", _BARE, tree))
    radon = statistics.median(both)
    rows = [row(f"radon {name}", spent, radon) for name, spent in commands.items()]
    rows += [
        row("radon cc + radon mi", both, radon),
        row("xenon", xenon, radon),
        row("ours, cold", ours["cold"], radon),
        row("ours, warm", ours["warm"], radon),
        row("list, read and hash", bare, radon),
    ]
    count = sum(1 for _ in tree.rglob("*.py"))
    print(f"{tree.name}: {count:,} files")
    print(workbench.table(["CPU, s", "best", "median", "times faster"], rows), "\n")
    bounds = {"cold": _COLD, "warm": _WARM}
    return all(statistics.median(ours[way]) * bound <= radon for way, bound in bounds.items())


def main() -> int:
    """Print a table for each tree; 1 when a bound is not kept."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=_EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    workbench.add_common(parser)
    parser.add_argument(
        "--python",
        default=sys.executable,
        metavar="PATH",
        help="the interpreter that runs all, whose library is read (default: this one)",
    )
    parser.add_argument("--files", type=int, default=5_000, help="of the tree that is made")
    parser.add_argument("--runs", type=int, default=3, help="of each contender (default: 3)")
    options = parser.parse_args()
    with workbench.workdir(options.workdir) as work:
        python = workbench.make_venv(
            work / "complexity-venv", [options.ours, "radon", "xenon"], python=options.python
        )
        print(f"{workbench.described(python)}\n")
        trees = (copied(work / "library", options.python), made(work / "made", options.files))
        kept = [compared(tree, python, work, options.runs) for tree in trees]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
