"""Files are whole or not there, whatever happens to who writes them."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.errors import WriteError
from pytest_boss_gates.report.write import alone, prepare_home, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

POSIX = pytest.mark.skipif(os.name != "posix", reason="signals, limits and modes of POSIX")
REPOSITORY = Path(__file__).parents[2]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Step down from root, who may do everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_file_is_written_in_utf_8_with_its_parents(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b" / "report.json"
    write_whole(path, "é 🟢\n")
    assert path.read_bytes() == b"\xc3\xa9 \xf0\x9f\x9f\xa2\n"
    assert names(path.parent) == ["report.json"]


def test_a_lone_surrogate_is_spelled_and_not_fatal(tmp_path: Path) -> None:
    write_whole(tmp_path / "x.md", "\udc80")
    assert (tmp_path / "x.md").read_text("utf-8") == "\\udc80"


@POSIX
def test_an_existing_file_keeps_its_permission_bits(tmp_path: Path) -> None:
    path = tmp_path / "tracker.md"
    path.write_text("old")
    path.chmod(0o640)
    write_whole(path, "new")
    assert path.stat().st_mode & 0o777 == 0o640
    assert path.read_text() == "new"


@POSIX
def test_a_new_file_gets_what_the_umask_leaves(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "tracker.md", "new")
    finally:
        os.umask(before)
    assert (tmp_path / "tracker.md").stat().st_mode & 0o777 == 0o640


@POSIX
def test_a_link_is_followed_and_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.md").write_text("old")
    (tmp_path / "link.md").symlink_to("real.md")
    write_whole(tmp_path / "link.md", "new")
    assert (tmp_path / "link.md").is_symlink()
    assert (tmp_path / "real.md").read_text() == "new"


def test_a_directory_in_the_place_is_named(tmp_path: Path) -> None:
    with pytest.raises(WriteError) as caught:
        write_whole(tmp_path, "new")
    assert str(caught.value) == (
        f"{str(tmp_path)!r} could not be written: it is a directory. "
        "What stood there before is untouched."
    )


def test_a_file_where_a_directory_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "x.md", tmp_path / "file" / "deep" / "x.md"):
        with pytest.raises(WriteError, match="a part of the path is a file, not a directory"):
            write_whole(path, "new")


@POSIX
def test_a_device_is_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(WriteError, match="it is not a regular file"):
        write_whole(pipe, "new")
    assert pipe.is_fifo()


@POSIX
def test_missing_permission_is_named_and_the_old_file_stands(tmp_path: Path) -> None:
    path = tmp_path / "locked" / "tracker.md"
    path.parent.mkdir()
    path.write_text("old")
    path.parent.chmod(0o555)
    with (
        ordinary_user(),
        pytest.raises(WriteError, match=r"tracker\.md' could not be written: permission denied"),
    ):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert names(path.parent) == ["tracker.md"]


def test_a_path_that_cannot_be_is_an_error_of_ours(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="null"):
        write_whole(tmp_path / "a\0b", "new")


@POSIX
def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("old")
    code = (
        "import resource, sys; from pathlib import Path\n"
        "from pytest_boss_gates.report.write import write_whole\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "write_whole(Path(sys.argv[1]), 'x' * 1_000_000)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, path],
        capture_output=True,
        text=True,
        check=False,
        cwd=REPOSITORY,
    )
    assert "WriteError: " in done.stderr
    assert "could not be written: File too large." in done.stderr
    assert path.read_text() == "old"
    assert names(tmp_path) == ["report.json"]


def test_what_a_killed_writer_left_is_removed_when_it_is_old(tmp_path: Path) -> None:
    old, young = (tmp_path / f".report.json.{token * 12}.tmp" for token in "ab")
    others = [tmp_path / name for name in (".report.json.backup.tmp", ".x.json.aaaaaaaaaaaa.tmp")]
    for path in (old, young, *others):
        path.write_text("half")
        os.utime(path, (time.time() - 7200,) * 2)
    os.utime(young, (time.time() - 600,) * 2)
    write_whole(tmp_path / "report.json", "new")
    assert names(tmp_path) == sorted(["report.json", young.name, *(path.name for path in others)])


WRITER = """
import sys
from pathlib import Path
from pytest_boss_gates.report.write import write_whole
print("ready", flush=True)
while True:
    for letter in "ab":
        write_whole(Path(sys.argv[1]), letter * 3_000_000)
"""


@POSIX
def test_a_writer_killed_at_any_moment_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text("o" * 3_000_000)
    wholes = {letter * 3_000_000 for letter in "oab"}
    delay = random.Random(2)
    left = 0
    for _ in range(15):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, cwd=REPOSITORY
        )
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(delay.uniform(0, 0.03))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        assert path.read_text("utf-8") in wholes
        left = len(names(tmp_path)) - 1
    assert left, "no writer was killed while it wrote: the test has proven nothing"
    assert all(
        re.fullmatch(r"\.report\.json\.[0-9a-f]{12}\.tmp|report\.json", name)
        for name in names(tmp_path)
    )


def test_the_home_ignores_itself_in_git(tmp_path: Path) -> None:
    home = prepare_home(tmp_path)
    assert home == tmp_path / ".boss-gates"
    assert names(home) == [".gitignore"]
    assert (home / ".gitignore").read_text() == "*\n"


def test_a_home_that_is_there_stays_as_it_is(tmp_path: Path) -> None:
    ignore = tmp_path / ".boss-gates" / ".gitignore"
    ignore.parent.mkdir()
    ignore.write_text("cache/\n")
    prepare_home(tmp_path)
    assert ignore.read_text() == "cache/\n"


def test_a_file_in_the_place_of_the_home_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / ".boss-gates").write_text("")
    with pytest.raises(WriteError, match=r"\.boss-gates.*a part of the path is a file"):
        prepare_home(tmp_path)


# -- one at a time

_ADD_ONE = """
import sys
from pathlib import Path
from pytest_boss_gates.report.write import alone

root = Path(sys.argv[1])
for _ in range(25):
    with alone(root, "count"):
        number = int((root / "count").read_text())
        (root / "count").write_text(str(number + 1))
"""


def test_those_who_ask_for_the_same_name_follow_each_other(tmp_path: Path) -> None:
    (tmp_path / "count").write_text("0", encoding="ascii")
    command = [sys.executable, "-c", _ADD_ONE, os.fspath(tmp_path)]

    writers = [subprocess.Popen(command) for _ in range(4)]

    assert [writer.wait(60) for writer in writers] == [0, 0, 0, 0]
    assert (tmp_path / "count").read_text(encoding="ascii") == "100"


@POSIX
def test_where_no_lock_can_be_kept_nobody_is_kept_out(tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        with ordinary_user(), alone(tmp_path, "count"):
            entered = True
    finally:
        tmp_path.chmod(0o755)

    assert entered
    assert names(tmp_path) == []
