"""Whether our coverage of a change is diff-cover's, on real commits, file by file, line by line.

    python benchmarks/patch_agreement.py --workdir DIR --repo CLONE [--repo CLONE ...]

Each commit is checked out and its suite run once, with pytest-cov and our plugin in one session, so
that both tools read the same data; each is then asked for the change since the commit's parent. A
line that only one of them counts must be explained by a documented difference, and the explanation
is checked by other means than our own: the removed lines of git's diff, and the syntax tree.

Repositories that are installed as they stand need no more; ``--with`` installs what their tests
import. Exit status 1: a difference that nothing explains.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET  # of a report that we have made ourselves

import workbench

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_boss_gates.measure import Context
    from pytest_boss_gates.model import Measurement
    from pytest_boss_gates.registry import Registry

_OUTPUT = "PATCH_AGREEMENT_OUTPUT"
_SETTINGS = """
[tool.boss-gates.targets]
patch-coverage = ">=0%"
patch-branch-coverage = ">=0%"
"""
_PATIENCE = 5  # suites that may fail before one runs
_HEAD = ("repository", "commits", "files", "lines", "missed", "same", "moved", "in a statement")
_ALSO = ("never imported", "off by one", "unexplained", "branches", "same")


def pytest_boss_gates_register(gates: Registry) -> None:
    """Take part in the measured session, to write down what the patch gate sees."""
    from pytest_boss_gates.measure import Gate
    from pytest_boss_gates.model import Direction, Metric, Shape, Unit

    metric = Metric(
        key="agreement",
        title="Agreement",
        unit=Unit.COUNT,
        direction=Direction.HIGHER,
        shape=Shape.PLAIN,
        why="A gate has a metric.",
        fix="Never measured.",
    )
    gates.add_gate(Gate(key="agreement", metrics=(metric,), measure=_written, always=True))


def _written(context: Context) -> Iterator[Measurement]:
    from pytest_boss_gates.measure.patch import changed_files
    from pytest_boss_gates.repository.diff import changed_lines

    reading, base = context.coverage, context.base()
    if reading is None or reading.reason or not base.commit:
        why = reading.reason if reading is not None else "no coverage"
        raise RuntimeError(f"nothing to compare: {why} {base.reason}")
    paths = [file.path for file in reading.files]
    difference = changed_lines(context.settings.root, base.commit, paths)
    found: dict[str, dict[str, Any]] = {
        path: {"moved": sorted(lines), "lines": [], "missing": [], "branches": {}}
        for path, lines in difference.moved.items()
    }
    arcs = {file.path: file.executed_branches for file in reading.files}
    for file in changed_files(context.tree, reading, difference):
        total = Counter(start for start, _ in (*arcs[file.path], *file.missing_branches))
        missing = Counter(start for start, _ in file.missing_branches)
        found[file.path] = {
            "moved": sorted(difference.moved.get(file.path, ())),
            "lines": sorted(file.lines),
            "missing": sorted(file.missing),
            "imported": file.imported,
            "branches": {
                line: [count - missing[line], count]
                for line, count in total.items()
                if line in file.lines
            },
        }
    Path(os.environ[_OUTPUT]).write_text(json.dumps(found), encoding="utf-8")
    yield from ()


def git(clone: Path, *arguments: str) -> str:
    """Ask git in a clone."""
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=clone, capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode(errors="replace")


class Comparison:
    """One commit: what either tool counts, and what explains the rest."""

    def __init__(self, clone: Path, ours: Path, theirs: Path, xml: Path) -> None:
        self._clone = clone
        self._ours: dict[str, Any] = json.loads(ours.read_text(encoding="utf-8"))
        self._theirs: dict[str, Any] = json.loads(theirs.read_text("utf-8"))["src_stats"]
        self._xml = _conditions(xml)
        diff = git(clone, "diff", "--no-color", "--no-ext-diff", "-U0", "HEAD^", "HEAD")
        self._removed = {line[1:].strip("\r") for line in diff.split("\n") if line[:1] == "-"}
        self.counts: Counter[str] = Counter()
        self.unexplained: list[str] = []
        for path in sorted({*self._ours, *self._theirs}):
            self._compare(path)

    def _compare(self, path: str) -> None:
        ours = self._ours.get(path, {"moved": [], "lines": [], "missing": [], "branches": {}})
        theirs = self._theirs.get(path, {})
        their_missing = set(theirs.get("violation_lines", ()))
        their_lines = their_missing | set(theirs.get("covered_lines", ()))
        lines, missing = set(ours["lines"]), set(ours["missing"])
        if not lines and not their_lines:
            return
        both = lines & their_lines
        self.counts["files"] += 1
        self.counts["lines"] += len(lines)
        self.counts["missed"] += len(missing)
        self.counts["same"] += len(both)
        for line in sorted(both & (missing ^ their_missing)):
            self.unexplained.append(f"{path}:{line}: missed by one of the two")
        for line in sorted(their_lines - lines):
            moved = line in ours["moved"] and self._text(path)[line - 1] in self._removed
            self._explain("moved" if moved else "", f"{path}:{line}: only diff-cover counts it")
        extents = _extents("\n".join(self._text(path)))
        changed, marked = self._changed(path)
        for line in sorted(lines - their_lines):
            why = ""
            if path not in self._xml and not ours["imported"]:
                why = "never imported"
            elif changed.intersection(extents.get(line, ())) and line not in changed:
                why = "in a statement"
            elif line in marked:
                why = "off by one"
            self._explain(why, f"{path}:{line}: only ours counts it")
        self._compare_branches(path, ours["branches"])

    def _compare_branches(self, path: str, ours: Mapping[str, list[int]]) -> None:
        conditions = self._xml.get(path)
        for line, counted in ours.items() if conditions is not None else ():
            self.counts["branches"] += counted[1]
            theirs = (conditions or {}).get(int(line), [0, 0])
            if counted == theirs:
                self.counts["same branches"] += counted[1]
            elif "no branch" not in self._text(path)[int(line) - 1]:
                self.unexplained.append(f"{path}:{line}: {counted} branches, theirs {theirs}")

    def _explain(self, why: str, what: str) -> None:
        if why:
            self.counts[why] += 1
        else:
            self.unexplained.append(what)

    def _text(self, path: str) -> list[str]:
        text = (self._clone / path).read_bytes().decode("utf-8", errors="replace")
        return [line.rstrip("\r") for line in text.split("\n")]

    def _changed(self, path: str) -> tuple[set[int], set[int]]:
        """The lines that git's diff adds to a file, without any rule of ours.

        With those that stand behind git's remark that the old file had no newline at its end:
        diff-cover takes the remark for a line.
        """
        diff = git(self._clone, "diff", "--no-color", "-M", "-U0", "HEAD^", "HEAD")
        found: set[int] = set()
        marked: set[int] = set()
        inside, at, remark = False, 0, False
        for line in diff.split("\n"):
            if line.startswith("+++ "):
                inside = line == f"+++ b/{path}"
            elif line.startswith("@@ "):
                at, remark = int(line.split(" ")[2].partition(",")[0]), False
            elif line.startswith("\\"):
                remark = True
            elif inside and line.startswith("+"):
                found.add(at)
                if remark:
                    marked.add(at)
                at += 1
        return found, marked


def _conditions(xml: Path) -> dict[str, dict[int, list[int]]]:
    """Read from coverage.py's XML how many branches of each line were taken."""
    root = ET.parse(xml).getroot()  # noqa: S314 - a file of our own run
    sources = [Path(source.text or "") for source in root.iter("source")]
    found: dict[str, dict[int, list[int]]] = {}
    for file in root.iter("class"):
        name = file.attrib["filename"]
        places = [source / name for source in sources if (source / name).exists()]
        path = os.path.relpath(places[0]) if places else name
        found[path] = {}
        for line in file.iter("line"):
            if share := line.attrib.get("condition-coverage"):
                numbers = share.partition("(")[2].rstrip(")").split("/")
                found[path][int(line.attrib["number"])] = [int(number) for number in numbers]
    return found


def _extents(text: str) -> dict[int, range]:
    """Give the lines of each statement, or of its head when it has a body, by its first."""
    found: dict[int, range] = {}
    for node in ast.walk(ast.parse(text)):
        for decorator in getattr(node, "decorator_list", ()):
            found[decorator.lineno] = range(decorator.lineno, (decorator.end_lineno or 0) + 1)
        if isinstance(node, (ast.stmt, ast.ExceptHandler)):
            body = getattr(node, "body", None)
            end = body[0].lineno - 1 if isinstance(body, list) else node.end_lineno
            found.setdefault(node.lineno, range(node.lineno, (end or node.lineno) + 1))
        elif isinstance(node, ast.match_case):
            start = node.pattern.lineno
            found.setdefault(start, range(start, node.body[0].lineno))
    return found


def commits_of(clone: Path) -> list[str]:
    """Give the commits that touch Python, newest first, merges and the first one left out."""
    which = ("--min-parents=1", "--max-parents=1", "--diff-filter=AMR", "origin/HEAD")
    return git(clone, "log", "--format=%H", *which, "--", "*.py").split()


def compare(clone: Path, commit: str, place: Path, python: Path) -> Comparison | str:
    """Run one commit's suite and compare; a sentence where that came to nothing."""
    git(clone, "checkout", "--quiet", "--force", "--detach", commit)
    git(clone, "clean", "-fdq")
    with (clone / "pyproject.toml").open("a", encoding="utf-8") as settings:
        settings.write(_SETTINGS)
    ours, theirs, xml = (place / name for name in ("ours.json", "theirs.json", "coverage.xml"))
    for path in (ours, theirs, xml):
        path.unlink(missing_ok=True)
    words = ["-q", "-p", "no:cacheprovider", "-p", Path(__file__).stem]
    gates = ["--boss-gates", "--boss-gates-base=HEAD^"]
    cov = ["--cov", "--cov-branch", f"--cov-report=xml:{xml}"]
    environment = {
        "PYTHONPATH": str(Path(__file__).parent),
        _OUTPUT: str(ours),
        "COVERAGE_FILE": str(place / "data"),
    }
    run = workbench.spend(
        [python, "-m", "pytest", *words, *gates, *cov], cwd=clone, env=environment
    )
    if not ours.exists() or not xml.exists():
        last = (run.output.strip() or "nothing").splitlines()[-1]
        return f"its suite left nothing to compare: {last}"
    tool = python.with_name("diff-cover")
    options = ("--compare-branch=HEAD^", "-q", f"--format=json:{theirs}")
    workbench.command([tool, xml, *options], cwd=clone)
    os.chdir(clone)
    return Comparison(clone, ours, theirs, xml)


def compare_repository(
    origin: Path, place: Path, options: argparse.Namespace
) -> tuple[list[str], list[str]]:
    """Compare the newest commits of one repository: the table's row, what is unexplained."""
    name = origin.resolve().name if origin.name != "repo" else origin.resolve().parent.name
    folder = place / name
    clone = folder / "clone"
    if not clone.exists():
        folder.mkdir(parents=True, exist_ok=True)
        safe = ("-c", "safe.directory=*")
        git(place, *safe, "clone", "--quiet", str(origin.resolve()), str(clone))
    wanted = [options.ours, "pytest-cov", "diff-cover", *options.also]
    python = workbench.make_venv(folder / "venv", wanted)
    commits = commits_of(clone)
    git(clone, "checkout", "--quiet", "--force", "--detach", commits[0])
    install = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps", "-e", "."]
    workbench.command([python, *install], cwd=clone)
    counts: Counter[str] = Counter()
    unexplained = []
    for commit in commits:
        if counts["commits"] == options.commits:
            break
        found = compare(clone, commit, folder, python)
        if isinstance(found, str):
            print(f"{name} {commit[:10]}: {found}", flush=True)
            counts["failed"] += 1
            if counts["failed"] > _PATIENCE + counts["commits"]:
                sys.exit(f"{name}: too many suites do not run here")
            continue
        if not found.counts["lines"] and not found.counts["moved"]:
            counts["empty"] += 1  # no statement changed, in the eyes of both
            continue
        counts["commits"] += 1
        counts.update(found.counts)
        told = ", ".join(f"{count} {what}" for what, count in found.counts.items())
        print(f"{name} {commit[:10]}: {told}", flush=True)
        unexplained += [f"{name} {commit[:10]} {what}" for what in found.unexplained]
        for what in found.unexplained:
            print(f"    {what}", flush=True)
    counts["unexplained"] = len(unexplained)
    row = [name, *(str(counts[key]) for key in (*_HEAD[1:], *_ALSO[:-1], "same branches"))]
    print(f"{name}: {counts['empty']} commits without a changed statement, for both")
    return row, unexplained


def main() -> int:
    """Print the table, and 1 when something is unexplained."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    workbench.add_common(parser)
    parser.add_argument("--repo", type=Path, action="append", required=True, metavar="CLONE")
    parser.add_argument("--commits", type=int, default=20, help="of each (default: 20)")
    parser.add_argument("--with", dest="also", action="append", default=[], metavar="REQUIREMENT")
    options = parser.parse_args()
    rows, unexplained = [], []
    with workbench.workdir(options.workdir) as place:
        for origin in options.repo:
            row, rest = compare_repository(origin, place, options)
            rows.append(row)
            unexplained += rest
        os.chdir(place.parent)
    print("\n" + workbench.table((*_HEAD, *_ALSO), rows))
    for what in unexplained:
        print(what)
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
