from __future__ import annotations

import pytest

from pytest_boss_gates.evidence.ci.items import MOST_ROWS, crossed, env_of, flat, from_windows
from pytest_boss_gates.repository.yaml_lines import load_yaml


def test_lists_in_lists_are_flattened_even_when_they_hold_themselves() -> None:
    (value,) = load_yaml("&a [x, [y, [z]], *a]")
    found = flat(value)
    assert found[:3] == ["x", "y", "z"]
    assert len(found) < 100


def test_variables_are_read_from_maps_texts_and_lists_of_both() -> None:
    (value,) = load_yaml("[A=1 B='2 3', {C: 4, secure: x, D: [5]}, 'E=']")
    assert env_of(value) == {"A": "1", "B": "2 3", "C": "4", "E": ""}


def test_a_matrix_is_looked_at_only_so_far() -> None:
    axes = {name: [str(number) for number in range(9)] for name in "abcdefgh"}
    assert len(crossed(axes)) == MOST_ROWS


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
