"""Answers kept between runs: given again for the same bytes, and never believed when in doubt."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.repository import kept
from pytest_boss_gates.repository.kept import Answers, read_checked

if TYPE_CHECKING:
    from pathlib import Path


def answers(folder: Path | None, version: str = "1") -> Answers:
    return Answers(folder, "colours", "repository", version=version)


def keep(folder: Path, **given: object) -> None:
    found = answers(folder)
    for key, answer in given.items():
        found.put(key, answer)
    found.save()


def test_a_kept_answer_is_given_in_the_next_run(tmp_path: Path) -> None:
    keep(tmp_path / "cache", a=["red", 1, 0.1, None])

    found = answers(tmp_path / "cache")

    assert found.get("a") == ["red", 1, 0.1, None]
    assert found.get("b") is None
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["colours.json"]


def test_another_version_is_not_believed(tmp_path: Path) -> None:
    keep(tmp_path, a="red")

    assert answers(tmp_path, version="2").get("a") is None


def test_a_copy_of_the_folder_is_not_believed(tmp_path: Path) -> None:
    keep(tmp_path / "one", a="red")
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "colours.json").write_bytes((tmp_path / "one/colours.json").read_bytes())

    assert answers(tmp_path / "two").get("a") is None
    assert answers(tmp_path / "one").get("a") == "red"


@pytest.mark.parametrize("damage", [b"", b"\n", b"{}", b"\xff" * 50, b"0" * 32 + b"\n[]"])
def test_damage_means_anew(tmp_path: Path, damage: bytes) -> None:
    keep(tmp_path, a="red")
    (tmp_path / "colours.json").write_bytes(damage)

    assert answers(tmp_path).get("a") is None
    keep(tmp_path, a="blue")
    assert answers(tmp_path).get("a") == "blue"


def test_every_cut_off_file_means_anew(tmp_path: Path) -> None:
    keep(tmp_path, a="red")
    whole = (tmp_path / "colours.json").read_bytes()

    for length in range(len(whole)):
        (tmp_path / "colours.json").write_bytes(whole[:length])
        assert answers(tmp_path).get("a") is None


def test_a_folder_that_cannot_be_written_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    for folder in (None, tmp_path / "file" / "cache"):
        found = answers(folder)
        found.put("a", "red")
        found.save()
        assert found.get("a") == "red"
        assert answers(folder).get("a") is None


def test_nothing_new_writes_nothing(tmp_path: Path) -> None:
    keep(tmp_path, a="red")
    before = (tmp_path / "colours.json").stat()

    found = answers(tmp_path)
    found.get("a")
    found.save()

    after = (tmp_path / "colours.json").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_what_was_not_used_goes_when_there_is_too_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "_SPARE", 2)
    keep(tmp_path, **{f"old{number}": number for number in range(10)})

    found = answers(tmp_path)
    found.get("old7")
    found.put("new", 1)
    found.save()

    left = json.loads(read_checked(tmp_path / "colours.json"))["answers"]
    assert len(left) == 2 + 2 + 2  # the used, as many others, and the spare
    assert {"old7", "new"} <= left.keys()


def test_two_runs_at_once_leave_a_whole_file(tmp_path: Path) -> None:
    def run(name: str) -> None:
        for number in range(20):
            keep(tmp_path, **{f"{name}{number}": "x" * 1000})

    threads = [threading.Thread(target=run, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    left = json.loads(read_checked(tmp_path / "colours.json"))["answers"]
    assert left.keys() & {"a19", "b19"}
    assert [path.name for path in tmp_path.iterdir()] == ["colours.json"]


def test_the_code_of_the_rooms_is_part_of_the_version(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib\nfrom pytest_boss_gates.repository.kept import made_by\n"
        f"folder = pathlib.Path({os.fspath(tmp_path)!r})\n"
        "print(made_by(folder, 'repository') == made_by(folder, 'repository'),"
        " made_by(folder, 'repository') == made_by(folder, 'report'))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["True", "False"]
