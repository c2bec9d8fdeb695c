"""What a look at a repository costs, in CPU seconds, beside repo-review with sp-repo-review.

    python benchmarks/evidence.py --repo DIR

``--repo`` is a checkout to look at: the published figures are for Textualize/rich at the commit
of the sample that the evidence is judged by. The other tree is made here: 50,000 files, most of
them modules that a look must walk past, with a project file in each hundredth directory.

Every figure is of a fresh process whose modules are compiled: from before the first import of
the contender to its answer, the interpreter's own start left out. Warm is with the answer of
the run before in the cache. Best and median of the runs.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import workbench

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_EXAMPLE = "example: python benchmarks/evidence.py --repo ../rich --workdir /tmp/bench --runs 5"
_THEIRS = ("repo-review", "sp-repo-review")
_OURS = """\
import sys, time
started = time.process_time()
from pathlib import Path
from pytest_boss_gates.evidence.cache import recall
from pytest_boss_gates.repository.tree import Tree
tree = Tree(root=Path(sys.argv[1]))
found = recall(tree, Path(sys.argv[2]) if sys.argv[2] else None)
spent = time.process_time() - started
import json
shown = sum(bool(fact.proofs) for fact in found.facts.values())
print(json.dumps([spent, len(tree.files), f"{shown} of {len(found.facts)} facts are shown"]))
"""
_REVIEW = """\
import sys, time
started = time.process_time()
from pathlib import Path
from repo_review.processor import process
found = process(Path(sys.argv[1]))
results = found.results if hasattr(found, "results") else found[1]
spent = time.process_time() - started
import json
passed = sum(result.result is True for result in results)
print(json.dumps([spent, 0, f"{passed} of {len(results)} checks pass"]))
"""
_WORKFLOW = """\
on: [push, pull_request]
jobs:
  check:
    strategy:
      matrix:
        python: ["3.12", "3.13"]
    steps:
      - uses: actions/checkout@v4
      - run: make check
      - run: tox -e py
"""
_AT_THE_ROOT = {
    ".github/workflows/ci.yml": _WORKFLOW,
    ".pre-commit-config.yaml": (
        "repos:\n  - repo: https://github.com/astral-sh/ruff-pre-commit\n    rev: v0.9.0\n"
        "    hooks:\n      - id: ruff\n"
    ),
    "Makefile": "check:\n\truff check .\n\tmypy src\n",
    "README.md": "# A large repository\n",
    "pyproject.toml": (
        '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
        '[project]\nname = "large"\nversion = "1"\n[tool.mypy]\nstrict = true\n'
    ),
    "tox.ini": "[tox]\nenvlist = py\n[testenv]\ncommands = pytest {posargs}\n",
}
_IN_A_FOLDER = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look in a fresh process: CPU seconds, the files walked (ours alone tells), the answer."""

    cpu: float
    files: int
    answer: str


def generated(root: Path, count: int) -> Path:
    """Make a tree of so many files, or take the one that was made before."""
    done = root.with_suffix(".made")
    if done.is_file() and done.read_text(encoding="utf-8") == str(count):
        return root
    for path, text in _AT_THE_ROOT.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    for number in range(count - len(_AT_THE_ROOT)):
        folder = root / f"package{number // _IN_A_FOLDER}" / "src"
        if number % _IN_A_FOLDER == 0:
            folder.mkdir(parents=True, exist_ok=True)
            (folder.parent / "pyproject.toml").write_text("[tool.ruff]\n", encoding="utf-8")
        else:
            (folder / f"module{number}.py").write_text("VALUE = 1\n", encoding="utf-8")
    done.write_text(str(count), encoding="utf-8")
    return root


def look(python: Path, program: str, *arguments: str | Path) -> Look:
    """Run a program that prints what it spent. Ends the benchmark when it fails."""
    printed = workbench.command([python, "-c", program, *arguments])
    cpu, files, answer = json.loads(printed.splitlines()[-1])
    return Look(cpu=cpu, files=files, answer=answer)


def repeated(one: Callable[[], Look], runs: int) -> list[Look]:
    """Look once to compile and to fill the disk's cache, then so many times."""
    one()
    return [one() for _ in range(runs)]


def row(name: str, looks: Sequence[Look]) -> list[str]:
    """Lay out one contender's line."""
    spent = [each.cpu * 1_000 for each in looks]
    return [name, f"{min(spent):,.0f}", f"{statistics.median(spent):,.0f}", looks[-1].answer]


def compared(tree: Path, ours: Path, theirs: Path | None, work: Path, runs: int) -> str:
    """Measure all contenders on a tree; give a table."""
    cold = repeated(lambda: look(ours, _OURS, tree, ""), runs)
    warm = repeated(lambda: look(ours, _OURS, tree, work / "cache" / tree.name), runs)
    rows = [row("ours, cold", cold), row("ours, warm", warm)]
    if theirs is not None:
        reviewed = repeated(lambda: look(theirs, _REVIEW, tree), runs)
        rows.append(row(" with ".join(_THEIRS), reviewed))
    head = ["CPU, ms", "best", "median", "answer"]
    return f"{tree.name}: {cold[-1].files:,} files\n{workbench.table(head, rows)}\n"


def main() -> int:
    """Print a table for each tree; 2 when the checkout is not there."""
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=_EXAMPLE, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    workbench.add_common(parser)
    parser.add_argument("--repo", type=Path, required=True, metavar="DIR", help="a checkout")
    parser.add_argument("--files", type=int, default=50_000, help="of the tree that is made")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--ours-only", action="store_true", help="leave repo-review out")
    options = parser.parse_args()
    if not options.repo.is_dir():
        print(f"There is no checkout at {options.repo}.", file=sys.stderr)
        return 2
    with workbench.workdir(options.workdir) as work:
        ours = workbench.make_venv(work / "ours", [options.ours])
        theirs = None if options.ours_only else workbench.make_venv(work / "theirs", _THEIRS)
        print(f"{workbench.described(ours)}\n")
        for tree in (options.repo.resolve(), generated(work / "generated", options.files)):
            print(compared(tree, ours, theirs, work, options.runs), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
