from __future__ import annotations

from pytest_boss_gates.evidence.yaml_values import (
    entries,
    env_of,
    flat,
    leaves,
    maps,
    options_of,
    texts,
    variables,
)
from pytest_boss_gates.repository.yaml_lines import load_yaml


def test_lists_in_lists_are_flattened_even_when_they_hold_themselves() -> None:
    (value,) = load_yaml("&a [x, [y, [z]], *a]")
    found = flat(value)
    assert found[:3] == ["x", "y", "z"]
    assert len(found) < 100


def test_a_list_that_is_shared_counts_wherever_it_stands() -> None:
    (value,) = load_yaml("[&a [x], *a, *a, *a, y]")
    assert flat(value) == ["x", "x", "x", "x", "y"]


def test_lists_that_multiply_are_cut_off() -> None:
    levels = ["&a0 [x, x, x, x, x, x, x, x, x]"]
    levels += [f"&a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    (value,) = load_yaml("\n".join(f"- {level}" for level in levels))
    assert 0 < len(leaves(value)) <= 2_000


def test_mappings_among_the_leaves_are_kept_apart_from_the_texts() -> None:
    (value,) = load_yaml("[a, [{b: c}, [d]], {e: f}]")
    assert leaves(value) == ["a", {"b": "c"}, "d", {"e": "f"}]
    assert flat(value) == ["a", "d"]


def test_a_single_value_counts_as_a_list_of_one() -> None:
    text, mapping, items = load_yaml("a\n---\n{b: c}\n---\n[a, {b: c}, [d]]")
    assert (entries(text), texts(text), maps(text)) == (["a"], ["a"], [])
    assert (entries(mapping), texts(mapping), maps(mapping)) == ([{"b": "c"}], [], [{"b": "c"}])
    assert (len(entries(items)), texts(items), maps(items)) == (3, ["a"], [{"b": "c"}])
    assert entries(None) == []


def test_the_variables_of_a_mapping_are_the_plain_ones() -> None:
    (value,) = load_yaml("{A: 1, B: {value: 2, description: two}, C: [3], D: {E: 4}}")
    assert variables(value) == {"A": "1", "B": "2"}


def test_variables_are_read_from_maps_texts_and_lists_of_both() -> None:
    (value,) = load_yaml("[A=1 B='2 3', {C: 4, secure: x, D: [5]}, 'E=']")
    assert env_of(value) == {"A": "1", "B": "2 3", "C": "4", "E": ""}


def test_options_that_are_lists_become_words() -> None:
    (value,) = load_yaml("{a: b, c: [d, [e]], f: {g: h}, i: []}")
    assert options_of(value) == {"a": "b", "c": "d e", "f": "…", "i": ""}
