"""YAML as values that know their lines, whatever the text is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_boss_gates.repository.yaml_lines import Items, Map, Text, Value, YamlError, load_yaml


def load(text: str) -> Value:
    [value] = load_yaml(text)
    return value


def top(text: str) -> Map:
    value = load(text)
    assert isinstance(value, Map)
    return value


def item(value: Value | None, index: int) -> Value:
    assert isinstance(value, Items)
    return value[index]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on: push", {"on": "push"}),
        ("off: no", {"off": "no"}),
        ("a: true\nb: 1.10\nc: 010\nd: ~", {"a": "true", "b": "1.10", "c": "010", "d": "~"}),
        ("a:", {"a": ""}),
        ("a: 2024-01-01", {"a": "2024-01-01"}),
        ("[a, 'b', \"c\\n\"]", ["a", "b", "c\n"]),
        ("a: |\n  x\n  y\n", {"a": "x\ny\n"}),
        ("a: >-\n  x\n  y\n", {"a": "x y"}),
        ("a: !!python/object:os.system x", {"a": "x"}),
        ("? [a, b]\n: c\nd: e", {"": "c", "d": "e"}),
        ("a: 1\na: 2", {"a": "2"}),
    ],
)
def test_scalars_stay_as_they_are_written(text: str, expected: object) -> None:
    assert load(text) == expected


def test_keys_and_values_know_their_lines() -> None:
    found = top("# c\na:\n  - b\n  - c: d\n\ne: |\n  f\n")

    assert found.lines == {"a": 2, "e": 6}
    a = found["a"]
    assert [each.line for each in a if isinstance(each, Text | Map)] == [3, 4]
    inner = item(a, 1)
    assert isinstance(inner, Map)
    assert inner.lines == {"c": 4}
    assert isinstance(found["e"], Text)
    assert (found["e"].line, found["e"].style) == (6, "|")


def test_a_tag_is_kept_with_its_value() -> None:
    found = top("a: !reference [x, script]\nb: !x y")

    assert isinstance(found["a"], Items)
    assert isinstance(found["b"], Text)
    assert (found["a"].tag, found["b"].tag) == ("!reference", "!x")


def test_an_alias_is_the_value_itself_with_the_line_where_that_is_written() -> None:
    found = top("a: &x\n  b: c\nd: *x\n")

    assert found["d"] is found["a"]


def test_a_merge_key_brings_what_is_not_there_with_its_line() -> None:
    found = top("a: &x {b: 1, c: 2}\nd: &y\n  e: 3\nf:\n  <<: [*x, *y]\n  c: 9\n")["f"]

    assert found == {"c": "9", "b": "1", "e": "3"}
    assert isinstance(found, Map)
    assert found.lines == {"c": 6, "b": 1, "e": 3}


def test_a_merge_key_that_is_quoted_or_no_map_is_nothing_special() -> None:
    assert load("'<<': {a: 1}") == {"<<": {"a": "1"}}
    assert load("<<: a\nb: c") == {"b": "c"}


def test_all_documents_come_and_anchors_end_with_theirs() -> None:
    assert load_yaml("a: 1\n---\nb: 2\n") == [{"a": "1"}, {"b": "2"}]
    with pytest.raises(YamlError, match="there is no anchor 'x' before"):
        load_yaml("a: &x 1\n---\nb: *x\n")


@pytest.mark.parametrize("text", ["", "# nothing\n", "\n\n"])
def test_an_empty_text_has_no_documents(text: str) -> None:
    assert load_yaml(text) == []


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        # libyaml and PyYAML have their own words, so only what both say stands here
        ("a: b\nc: [d\n", 3, "while parsing a flow "),
        ("a: b\n\tc: d\n", 2, "while scanning "),
        ("a: 'b\n", 2, "found unexpected end of stream"),
        ("a: b: c\n", 1, "mapping values are not allowed"),
        ("a: 1\nb: \x00\n", 2, "a character that YAML does not allow"),
        ("a: 1\nb: *c\n", 2, "there is no anchor 'c' before"),
        ("[" * 500, 1, "nested too deeply"),
        ("- " * 500, 1, "nested too deeply"),
    ],
)
def test_what_is_no_yaml_raises_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(YamlError) as caught:
        load_yaml(text)

    assert caught.value.line == line
    assert message in str(caught.value)


def test_aliases_that_explode_cost_nothing_because_values_are_shared() -> None:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 60))

    found = top("a0: &a0 [x]\n" + levels)

    assert len(found) == 60
    assert item(found["a59"], 0) is item(found["a59"], 8) is found["a58"]


def test_merge_keys_that_explode_are_refused_with_their_line() -> None:
    first = "a0: &a0\n" + "".join(f"  k{n}: 1\n" for n in range(1_000))
    text = first + "".join(f"a{n}: &a{n}\n  <<: *a{n - 1}\n" for n in range(1, 50))

    with pytest.raises(YamlError, match="its merge keys bring in too much") as caught:
        load_yaml(text)

    assert caught.value.line > 1_001


def test_a_value_may_hold_itself() -> None:
    found = top("a: &x\n  b: *x\n  <<: *x\n")

    assert isinstance(found["a"], Map)
    assert found["a"]["b"] is found["a"]


PIECES = st.sampled_from(
    [
        *[
            "a",
            "b: ",
            ":",
            "- ",
            "\n",
            "  ",
            "[",
            "]",
            "{",
            "}",
            ",",
            "&x ",
            "*x",
            "<<: ",
            "|\n",
            ">-\n",
        ],
        *["'", '"', "#", "!t ", "---\n", "...\n", "%YAML 1.1\n", "\t", "\x00", "\ufeff", "é", "? "],
        *["\udc80", "\x85", "\u2028"],
    ]
)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_any_text_gives_values_or_the_one_error(text: str) -> None:
    found: list[Value] = []
    error: YamlError | None = None
    try:
        found = load_yaml(text)
    except YamlError as caught:
        error = caught

    assert all(isinstance(value, Text | Map | Items) for value in found)
    assert error is None or (error.line >= 0 and str(error))
