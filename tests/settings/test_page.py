"""The settings file as written: lines of keys, and values on one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.settings.page import Page, dotted, printable, shown

if TYPE_CHECKING:
    from pathlib import Path


def test_an_unknown_place_is_the_nearest_key_around_it() -> None:
    page = Page(name="x.toml", text="[a]\nb = 1\n\n[c]\n")

    place = page.place(("a", "b", "c", 7))

    assert (place.path, place.line, place.text) == ("x.toml", 2, "b = 1")


def test_carriage_returns_do_not_shift_lines(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(b"[a]\r\n\r\nb = 1\r\n")

    page = Page.read(path, name="x.toml", required=True)

    assert page.place(("a", "b")).line == 3
    assert page.place(("a", "b")).text == "b = 1"


def test_a_key_path_is_spelled_as_toml_spells_it() -> None:
    assert dotted(("tool", "a b", 1, "c-d", "")) == 'tool."a b"[1].c-d.""'


def test_a_hostile_key_stays_on_its_line() -> None:
    assert dotted(("a\n::error::", "\x1b[31m")) == r'"a\n::error::"."\x1b[31m"'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (1.5, "1.5"),
        ('a"b\\c\n\udc80', r'"a\"b\\c\n\udc80"'),
        ([1, ["a", [2]]], '[1, ["a", […]]]'),
        ({"a": {"b": {"c": 1}}}, "{ a = { b = { … } } }"),
        ({}, "{}"),
        (1 << 200, "0x1" + "0" * 50),
        ("x" * 99, '"' + "x" * 58 + "…"),
    ],
)
def test_a_value_is_shown_on_one_line_and_shortened(value: object, text: str) -> None:
    assert shown(value) == text


def test_an_integer_too_long_for_python_to_print_is_shown_shortened() -> None:
    assert shown(1 << 99_999) == "0x8" + "0" * 56 + "…"


def test_what_a_terminal_would_obey_is_escaped() -> None:
    assert printable("a\x1b[0m\u202eb é") == r"a\x1b[0m\u202eb é"
