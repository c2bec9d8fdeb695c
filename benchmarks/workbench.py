"""What the benchmarks share: fresh environments, made-up plugins, counted and timed runs, tables.

Needs the interpreter it is started with, pip, and for counting ``valgrind`` on the path.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parent.parent
OURS = "pytest-boss-gates"
MILLION = 1_000_000
_FOREIGN = ("PYTHON", "PYTEST_", "COVERAGE_", "COV_")  # settings that would change what is run


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """One run's cost: seconds of wall and of the process tree's own time, and how it ended."""

    wall: float
    cpu: float
    status: int
    output: str


def add_common(parser: argparse.ArgumentParser) -> None:
    """Declare the options that every benchmark has."""
    parser.add_argument(
        "--workdir",
        type=Path,
        metavar="DIR",
        help="keep environments and downloads here, to be used again (default: a temporary folder)",
    )
    parser.add_argument(
        "--ours",
        default=str(ROOT),
        metavar="REQUIREMENT",
        help="what to install as ours: a folder, a wheel or a requirement (default: this tree)",
    )


@contextmanager
def workdir(chosen: Path | None) -> Iterator[Path]:
    """Give the chosen folder, or a temporary one that is removed at the end."""
    if chosen is None:
        with tempfile.TemporaryDirectory(prefix="boss-gates-bench-") as made:
            yield Path(made).resolve()
    else:
        chosen.mkdir(parents=True, exist_ok=True)
        yield chosen.resolve()


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give the environment without what would change a measured run, and with a fixed hash seed.

    ``PYTHONDONTWRITEBYTECODE`` above all: with it pytest rewrites every plugin in every run.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    return {**kept, "PYTHONHASHSEED": "0", **(extra or {})}


def make_venv(where: Path, requirements: Sequence[str], *, python: str = sys.executable) -> Path:
    """Make an environment, or take it as it is; give its interpreter. Folders are put in anew."""
    inside = where / ("Scripts" if os.name == "nt" else "bin") / "python"
    wanted = "\n".join(requirements)
    note = where / "requirements.txt"
    if not note.is_file() or note.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(where, ignore_errors=True)
        command([python, "-m", "venv", where])
        command(
            [inside, "-m", "pip", "install", "-q", "--disable-pip-version-check", *requirements]
        )
        note.write_text(wanted, encoding="utf-8")
    folders = [requirement for requirement in requirements if Path(requirement).is_dir()]
    if folders:
        again = ["install", "-q", "--disable-pip-version-check", "--force-reinstall", "--no-deps"]
        command([inside, "-m", "pip", *again, *folders])
    return inside


def command(words: Sequence[str | Path], *, cwd: Path | None = None) -> str:
    """Run a command that must succeed; give its output. Ends the benchmark when it fails."""
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, words))} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def spend(words: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str] | None = None) -> Spent:
    """Run a command and take its time, children included."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env=clean_environment(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return Spent(wall=wall, cpu=cpu, status=done.returncode, output=done.stdout)


def instructions(
    words: Sequence[str | Path], *, cwd: Path, env: Mapping[str, str] | None = None, warm: int = 2
) -> int:
    """Count a command's user instructions with valgrind, its caches warmed by earlier runs.

    Repeats to the digit for one interpreter, one set of files and one hash seed. Ends the
    benchmark when the command itself fails.
    """
    tool = shutil.which("valgrind")
    if tool is None:
        sys.exit("valgrind is not on the path: instructions cannot be counted without it.")
    for _ in range(warm):
        spent = spend(words, cwd=cwd, env=env)
        if spent.status:
            sys.exit(f"{' '.join(map(str, words))} ended with {spent.status}:\n{spent.output}")
    counting = [tool, "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
    counted = spend([*counting, *words], cwd=cwd, env=env)
    found = re.search(r"I\s+refs:\s+([\d,]+)", counted.output)
    if counted.status or found is None:
        sys.exit(f"valgrind ended with {counted.status}:\n{counted.output}")
    return int(found[1].replace(",", ""))


def make_wheel(folder: Path, name: str, files: Mapping[str, str], plugin: str = "") -> Path:
    """Make a wheel of pure Python, without a build tool; ``plugin`` is its pytest11 module."""
    stem = name.replace("-", "_")
    meta = f"{stem}-1.0.dist-info"
    every = {
        **files,
        f"{meta}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{meta}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    if plugin:
        every[f"{meta}/entry_points.txt"] = f"[pytest11]\n{stem} = {plugin}\n"
    record = "".join(f"{path},{_digest(text)}\n" for path, text in every.items())
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{stem}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        for path, text in {**every, f"{meta}/RECORD": f"{record}{meta}/RECORD,,\n"}.items():
            archive.writestr(path, text)
    return wheel


def _digest(text: str) -> str:
    body = text.encode()
    digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()
    return f"sha256={digest},{len(body)}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out a plain table: the first column to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    ruled = ["-" * width for width in widths]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in (head, ruled, *rows)
    )


def described(python: str | Path) -> str:
    """Name an interpreter and the machine's class: version, processors, system."""
    program = (
        "import os, platform as p; print(p.python_implementation(), p.python_version(), 'on',"
        " p.system(), p.machine() + ',', os.cpu_count(), 'cores')"
    )
    return command([python, "-c", program]).strip()
