"""The console command: the corridor without a test session."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import jsonschema
import pytest

from pytest_boss_gates.cli import main

if TYPE_CHECKING:
    from tests.conftest import Project


def test_check_judges_what_needs_no_tests(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.targets('complexity = "<=1"', 'code-coverage = ">90%"')

    status = main(["check", "--root", str(shop.root)])

    shown = capsys.readouterr().out
    assert status == 10
    assert "complexity" in shown
    assert "no tests are run by this command" in shown
    assert (shop.root / ".boss-gates" / "report.json").is_file()


def test_check_is_content_when_all_is_met(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.targets('complexity = "<=5"')

    assert main(["check", "--root", str(shop.root)]) == 0
    assert "met" in capsys.readouterr().out


def test_check_strict_does_not_let_skipped_targets_pass(shop: Project) -> None:
    shop.targets('tests = ">=1"')

    assert main(["check", "--root", str(shop.root), "--strict"]) == 10


def test_check_json_is_the_report(shop: Project, capsys: pytest.CaptureFixture[str]) -> None:
    shop.targets('complexity = "<=5"')

    main(["check", "--root", str(shop.root), "--json"])

    shown = capsys.readouterr().out
    written = (shop.root / ".boss-gates" / "report.json").read_text(encoding="utf-8")
    assert json.loads(shown) == json.loads(written)


def test_wrong_settings_are_wrong_usage(shop: Project, capsys: pytest.CaptureFixture[str]) -> None:
    shop.targets('complexty = "<=5"')

    assert main(["check", "--root", str(shop.root)]) == 2
    assert '"complexity"' in capsys.readouterr().err


def test_a_root_that_is_no_directory_is_wrong_usage(
    shop: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--root", str(shop.root / "nowhere")]) == 2
    assert "nowhere is not a directory" in capsys.readouterr().err


@pytest.mark.parametrize("which", ["settings", "report"])
def test_the_schemas_are_valid_schemas(which: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", which]) == 0

    jsonschema.Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))


@pytest.mark.parametrize("command", [[], ["check"], ["schema"]])
def test_help_has_an_example(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([*command, "--help"])

    assert stopped.value.code == 0
    assert "boss-gates" in capsys.readouterr().out


def test_a_closed_pipe_is_no_error() -> None:
    done = subprocess.run(
        f"{sys.executable} -m pytest_boss_gates.cli schema | head -1",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stderr == ""
