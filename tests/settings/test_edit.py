"""Changing a settings file: what is asked for changes, and not one byte beside it."""

from __future__ import annotations

import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_boss_gates.settings.edit import EditError, added, changed, quoted, written_targets

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TARGETS = ("tool", "boss-gates", "targets")
LAYOUTS = {
    "a header": (
        (
            '# c\n[tool.boss-gates.targets] # why\ncode-coverage = ">90%" # keep\n'
            "# about slow\nslowest-test = '<5 s'  # x\n\n# next\n[tool.other]\na=1\n"
        ),
        (
            '# c\n[tool.boss-gates.targets] # why\ncode-coverage = ">90%" # keep\n'
            "# about slow\nslowest-test = '<5 s'  # x\n"
            'complexity = "<=7"\ntests = ">=3"\n'
            "\n# next\n[tool.other]\na=1\n"
        ),
    ),
    "a list over lines": (
        '[tool.boss-gates.targets]\ncode-coverage = [\n  ">90%", # all\n] # z\n[tool.x]\n',
        (
            '[tool.boss-gates.targets]\ncode-coverage = [\n  ">90%", # all\n] # z\n'
            'complexity = "<=7"\ntests = ">=3"\n[tool.x]\n'
        ),
    ),
    "an inline table": (
        '[tool.boss-gates]\ntargets = { code-coverage = ">90%" } # c\nstrict = true\n',
        (
            '[tool.boss-gates]\ntargets = { code-coverage = ">90%", complexity = "<=7", '
            'tests = ">=3" } # c\nstrict = true\n'
        ),
    ),
    "an empty inline table": (
        "tool = { boss-gates = { targets = {} } }\n",
        'tool = { boss-gates = { targets = { complexity = "<=7", tests = ">=3" } } }\n',
    ),
    "an inline table around it": (
        "[tool]\nboss-gates = { strict = true }\n",
        '[tool]\nboss-gates = { strict = true, targets = { complexity = "<=7", tests = ">=3" } }\n',
    ),
    "dotted keys": (
        '[tool]\nboss-gates.targets.code-coverage = ">90%" # c\nother.x = 1\n[a]\n',
        (
            '[tool]\nboss-gates.targets.code-coverage = ">90%" # c\nother.x = 1\n'
            'boss-gates.targets.complexity = "<=7"\nboss-gates.targets.tests = ">=3"\n[a]\n'
        ),
    ),
    "a table of one target": (
        '[tool.boss-gates.targets.code-coverage]\ntarget = ">90%"\n[tool.z]\n',
        (
            '[tool.boss-gates.targets.code-coverage]\ntarget = ">90%"\n\n'
            '[tool.boss-gates.targets]\ncomplexity = "<=7"\ntests = ">=3"\n\n[tool.z]\n'
        ),
    ),
    "a neighbour": (
        '[tool.boss-gates]\nsource = ["src"]\n\n[tool.ruff]\nline-length = 1\n',
        (
            '[tool.boss-gates]\nsource = ["src"]\n\n[tool.boss-gates.targets]\n'
            'complexity = "<=7"\ntests = ">=3"\n\n[tool.ruff]\nline-length = 1\n'
        ),
    ),
    "nothing of ours": (
        '[project]\nname = "x" # n\n# end\n',
        (
            '[project]\nname = "x" # n\n# end\n\n[tool.boss-gates.targets]\n'
            'complexity = "<=7"\ntests = ">=3"\n'
        ),
    ),
    "no line end": (
        "[tool.boss-gates.targets]",
        '[tool.boss-gates.targets]\ncomplexity = "<=7"\ntests = ">=3"\n',
    ),
    "no file": ("", '[tool.boss-gates.targets]\ncomplexity = "<=7"\ntests = ">=3"\n'),
    "Windows' line ends and a byte order mark": (
        '\ufeff[tool.boss-gates.targets]\r\ncode-coverage = ">90%"\r\n\r\n[a]\r\n',
        (
            '\ufeff[tool.boss-gates.targets]\r\ncode-coverage = ">90%"\r\n'
            'complexity = "<=7"\r\ntests = ">=3"\r\n\r\n[a]\r\n'
        ),
    ),
}


@pytest.mark.parametrize(("before", "after"), LAYOUTS.values(), ids=LAYOUTS)
def test_keys_are_added_behind_those_that_are_there(before: str, after: str) -> None:
    assert added(before, TARGETS, {"complexity": "<=7", "tests": ">=3"}) == after


def test_a_key_that_is_set_is_not_set_again() -> None:
    with pytest.raises(EditError, match=r"^tool.boss-gates.targets.tests is set already.$"):
        added('[tool.boss-gates.targets]\ntests = ">=1"\n', TARGETS, {"tests": ">=3"})


def test_what_cannot_be_added_is_told_as_lines_to_write() -> None:
    with pytest.raises(EditError) as told:
        added("[tool]\nboss-gates = 1\n", TARGETS, {"tests": ">=3"})

    assert str(told.value) == "tool.boss-gates.targets.tests is set already."


def test_nothing_to_add_changes_nothing() -> None:
    assert added("# only\n", TARGETS, {}) == "# only\n"


LISTED = """\
[tool.boss-gates.targets]
code-coverage = [
    '>90%', # all
    { paths = "src/a", target = ">=98%" }, # a
]
tests = { target = ">=1" } # t
[tool.boss-gates.targets.complexity]
target = "<=9" # c
"""


def test_every_string_is_changed_where_it_stands_in_the_quotes_it_has() -> None:
    after = changed(
        LISTED,
        {
            (*TARGETS, "code-coverage", 0): ">91%",
            (*TARGETS, "code-coverage", 1, "target"): ">=99%",
            (*TARGETS, "tests", "target"): ">=2",
            (*TARGETS, "complexity", "target"): "<=8",
        },
    )

    assert after == (
        LISTED.replace("'>90%'", "'>91%'")
        .replace(">=98%", ">=99%")
        .replace(">=1", ">=2")
        .replace("<=9", "<=8")
    )


def test_targets_are_found_with_their_places() -> None:
    assert written_targets(LISTED) == (
        ((*TARGETS, "code-coverage", 0), ">90%"),
        ((*TARGETS, "code-coverage", 1, "target"), ">=98%"),
        ((*TARGETS, "tests", "target"), ">=1"),
        ((*TARGETS, "complexity", "target"), "<=9"),
    )
    assert written_targets("[tool]\nboss-gates = 1\n") == ()


@pytest.mark.parametrize("path", [("tool",), (*TARGETS, "code-coverage"), (*TARGETS, "tests", 7)])
def test_what_is_no_string_is_not_changed(path: tuple[str | int, ...]) -> None:
    with pytest.raises(EditError, match="There is no string at tool"):
        changed(LISTED, {path: ">1"})


KEYS = st.sampled_from(["a", "b c", "tool", '"', "d.e", "targets", "boss-gates", "ä"])
VALUES = st.one_of(
    st.integers(), st.text(max_size=6), st.booleans(), st.floats(allow_nan=False), st.dates()
)
TREES = st.recursive(
    VALUES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)


def toml(value: object) -> str:
    """Spell a value inline, strings escaped as JSON escapes them."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return '"' + "".join(f"\\U{ord(char):08x}" for char in value) + '"'
        case list():
            return "[" + ", # c\n".join(map(toml, value)) + "]"
        case dict():
            return (
                "{" + ", ".join(f"{toml(key)} = {toml(each)}" for key, each in value.items()) + "}"
            )
        case float():
            return repr(value) if "e" not in repr(value) and "inf" not in repr(value) else "1.5"
        case _:
            return str(value)


@settings(deadline=None)
@given(
    st.dictionaries(KEYS, TREES, max_size=4),
    st.lists(
        st.sampled_from(["[x]", "# c", "", "[tool.boss-gates]", "[[y]]", "k = 1"]), max_size=5
    ),
)
def test_whatever_the_file_holds_every_line_of_it_stays(
    table: dict[str, object], more: list[str]
) -> None:
    lines = [f"{toml(key)} = {toml(value)}" for key, value in table.items()]
    before = "\n".join([*lines, *more])
    try:
        content = tomllib.loads(before)
    except ValueError:
        return  # a table that is there twice
    try:
        after = added(before, TARGETS, {"tests": ">=3"})
    except EditError:
        return  # told, with nothing changed

    assert tomllib.loads(after)["tool"]["boss-gates"]["targets"]["tests"] == ">=3"
    assert content.keys() | {"tool"} == tomllib.loads(after).keys()
    rest = iter(after.split("\n"))
    kept = [line for line in before.split("\n") if not {*line} & {*"{}"} and line.strip()]
    assert all(any(line == other for other in rest) for line in kept)


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20))
def test_quoting_is_read_back(text: str) -> None:
    assert tomllib.loads(f"a = {quoted(text)}") == {"a": text}
