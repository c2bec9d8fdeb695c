"""What the history of a large repository costs: 100,000 commits and 2,000 version tags.

    python benchmarks/delivery.py

The repository is made here by ``git fast-import``, eight years of commits with a merge in every
tenth and a revert in every thousandth, half of the tags annotated. A second one has all of its
commits in the last 90 days, which is as bad as it gets. Every figure is processor time, git's
included, of a fresh process that has imported the corridor: from asking git to six measurements.
Warm is with the answers of the run before in the cache. Best and median of the runs.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

import workbench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_EXAMPLE = "example: python benchmarks/delivery.py --workdir /tmp/bench --runs 5"
_END = 1_790_000_000  # seconds since 1970: when the last commit was made
_DAY = 86_400
_COLD, _WARM = 3.0, 0.1  # seconds; the bounds
_LOOK = """\
import os, sys
import pytest_boss_gates.pipeline  # what every run imports
def spent():
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
before = spent()
from pathlib import Path
from pytest_boss_gates.delivering import gather_events
from pytest_boss_gates.history.view import History
from pytest_boss_gates.measure.delivery import measure_events
from pytest_boss_gates.model import Settings
root = Path(sys.argv[1])
events = gather_events(root, Path(sys.argv[2]), History())
found = list(measure_events(events, Settings(root=root, targets=())))
spent = spent() - before
import json
values = {each.metric: each.n for each in found}
print(json.dumps([spent, len(events.deployments), values["lead-time-for-changes"]]))
"""


def main(arguments: list[str]) -> int:
    """Make the repositories, look at them, print the table; 1 when a bound is not kept."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0], epilog=_EXAMPLE, allow_abbrev=False
    )
    workbench.add_common(parser)
    parser.add_argument("--runs", type=int, default=5, help="runs of each figure (default: 5)")
    parser.add_argument("--commits", type=int, default=100_000, help="default: 100,000")
    parser.add_argument("--tags", type=int, default=2_000, help="default: 2,000")
    options = parser.parse_args(arguments)
    kept = True
    with workbench.workdir(options.workdir) as folder:
        python = workbench.make_venv(folder / "delivery-venv", [options.ours])
        rows = []
        for name, days in (("eight years", 8 * 365), ("90 days", 90)):
            repository = _made(folder / f"delivery-{days}", options.commits, options.tags, days)
            cold, warm, said = _timed(python, repository, folder / "delivery-cache", options.runs)
            kept = kept and (days == 90 or (min(cold) < _COLD and min(warm) < _WARM))
            for state, times in (("cold", cold), ("warm", warm)):
                best, median = (f"{1000 * of(times):.0f}" for of in (min, statistics.median))
                rows.append((f"{name}, {state}", best, median, said))
        title = f"{options.commits:,} commits, {options.tags:,} tags; ms"
        print(workbench.table((title, "best", "median", "answer"), rows))
    return 0 if kept else 1


def _timed(
    python: Path, repository: Path, cache: Path, runs: int
) -> tuple[list[float], list[float], str]:
    cold: list[float] = []
    warm: list[float] = []
    said = ""
    for _ in range(runs):
        for file in cache.glob("*.json"):
            file.unlink()
        for times in (cold, warm):
            words: list[str | Path] = [python, "-c", _LOOK, repository, cache]
            spent, deployments, commits = json.loads(workbench.command(words))
            times.append(spent)
            said = f"{deployments} deployments, {commits} lead times"
    return cold, warm, said


def _made(folder: Path, commits: int, tags: int, days: int) -> Path:
    """Make a repository, or take it as it is."""
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        workbench.command(["git", "init", "-q", "-b", "main", folder])
        stream = "".join(_stream(commits, tags, days * _DAY // commits)).encode()
        subprocess.run(["git", "fast-import", "--quiet"], cwd=folder, input=stream, check=True)  # noqa: S607 - on the PATH
        (folder / "done").touch()
    return folder


def _stream(commits: int, tags: int, seconds: int) -> Iterator[str]:
    """Write what git fast-import reads."""
    every = commits // tags
    for number in range(1, commits + 1):
        at = _END - (commits - number) * seconds
        message = f"Change number {number}\n\nWhy it was made, in a sentence or two.\n"
        if number % 1000 == 0:
            message = f'Revert "Change"\n\nThis reverts commit {number:040x}.\n'
        who = f"A Developer <a@example.org> {at}"
        yield f"commit refs/heads/main\nmark :{number}\nauthor A Developer <a@example.org> "
        yield f"{at - seconds * (number % 7)} +0000\ncommitter {who} +0000\n"
        yield f"data {len(message)}\n{message}"
        if number > 10:
            yield f"from :{number - 1}\n"
            if number % 10 == 0:
                yield f"merge :{number - 5}\n"
        elif number > 1:
            yield f"from :{number - 1}\n"
        yield "\n"
        if number % every == 0:
            tag = number // every
            if tag % 2:
                yield f"tag v1.{tag}.0\nfrom :{number}\ntagger {who} +0000\ndata 2\nx\n\n"
            else:
                yield f"reset refs/tags/v1.{tag}.0\nfrom :{number}\n\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
