from __future__ import annotations

import pytest

from pytest_boss_gates.evidence.ci.shells import from_windows


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("%PYTHON%\\python.exe -m pytest", "${PYTHON}/python -m pytest"),
        ("call tox.bat -e %TOXENV%", "tox -e ${TOXENV}"),
        ("& $env:PYTHON\\Scripts\\flake8.exe src", "${PYTHON}/Scripts/flake8 src"),
        ("REM pytest", ""),
        ("@echo off", "echo off"),
        ("set TOXENV=py38", 'export TOXENV="py38"'),
        ("a & b", "a ; b"),
    ],
)
def test_windows_lines_are_written_as_the_shell_has_them(line: str, expected: str) -> None:
    assert from_windows(line) == expected
