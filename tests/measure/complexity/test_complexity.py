"""Complexity and maintainability: radon's own numbers, one parse a file, nothing skipped."""

from __future__ import annotations

import ast
import textwrap
from fractions import Fraction
from typing import TYPE_CHECKING

from radon.complexity import cc_visit
from radon.metrics import mi_visit

from pytest_boss_gates.measure import METRICS, Context, complexity
from pytest_boss_gates.model import Bound, Measurement, Settings, Target
from pytest_boss_gates.repository.source import find_source
from pytest_boss_gates.repository.tree import Tree
from pytest_boss_gates.settings.targets import parse_wanted

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

BRANCHY = textwrap.dedent(
    """
    def plain():
        return 1


    class Shop:
        def price(self, a, b):
            def inner(c):
                return 1 if c else 2
            if a and b:
                return inner(a)
            for x in a:
                if x:
                    return x
            return None
    """
)


def measured(
    root: Path, *metrics: str, scope: str = "", cache: Path | None = None
) -> dict[str, Measurement]:
    targets = tuple(
        Target(
            metric=key, wanted=parse_wanted("A", METRICS[key]), text="A", scope=scope, paths=scope
        )
        for key in metrics
    )
    tree = Tree(root=root)
    context = Context(
        settings=Settings(root=root, targets=targets, source=("shop",)),
        tree=tree,
        source=find_source(tree, ("shop",), ()),
        cache=cache,
    )
    return {m.metric: m for m in complexity.measure(context) if m.scope == scope}


def write(root: Path, **files: str) -> None:
    (root / "shop").mkdir(exist_ok=True)
    for name, text in files.items():
        (root / "shop" / f"{name}.py").write_text(text, encoding="utf-8")


def test_the_worst_function_is_radons_worst(tmp_path: Path) -> None:
    write(tmp_path, cart=BRANCHY)

    found = measured(tmp_path, "complexity")["complexity"]

    worst = max(block.complexity for block in cc_visit(BRANCHY) if block.letter != "C")
    assert found.value == worst == 5
    assert str(found.items[0].place) == "shop/cart.py:7"


def test_functions_are_named_by_where_they_stand_closures_too(tmp_path: Path) -> None:
    write(tmp_path, cart=BRANCHY)

    found = measured(tmp_path, "complexity")["complexity"]

    assert [(item.name, item.value) for item in found.items] == [
        ("Shop.price", 5),
        ("Shop.price.<locals>.inner", 2),
        ("plain", 1),
    ]


def test_the_average_is_exact(tmp_path: Path) -> None:
    write(tmp_path, cart=BRANCHY)

    found = measured(tmp_path, "complexity-average")["complexity-average"]

    assert found.value == Fraction(8, 3)


def test_the_index_is_radons_own(tmp_path: Path) -> None:
    write(tmp_path, cart=BRANCHY, prices='"""Prices\n\nof things."""\n\nVAT = 19  # percent\n')

    found = measured(tmp_path, "maintainability")["maintainability"]

    assert found.value == mi_visit(BRANCHY, multi=True)
    assert found.items[0].name == "shop/cart.py"


def test_a_file_is_parsed_once_for_all_metrics(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, cart=BRANCHY, prices="VAT = 19\n")
    parsed: list[object] = []
    parse = ast.parse

    def counting(*args: object, **kwargs: object) -> object:
        parsed.append(args[0])
        return parse(*args, **kwargs)  # type: ignore[call-overload]

    monkeypatch.setattr(ast, "parse", counting)

    measured(tmp_path, "complexity", "complexity-average", "maintainability")

    assert parsed == [BRANCHY, "VAT = 19\n"]


def test_what_is_kept_is_not_parsed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, cart=BRANCHY, prices="VAT = 19\n", broken="def f(:\n")
    metrics = ("complexity", "complexity-average", "maintainability")
    first = measured(tmp_path, *metrics, cache=tmp_path / "cache")

    def parsing(*_: object, **__: object) -> None:
        raise AssertionError("a file is parsed")

    monkeypatch.setattr(ast, "parse", parsing)

    assert measured(tmp_path, *metrics, cache=tmp_path / "cache") == first


def test_an_index_that_was_not_asked_for_before_is_found_later(tmp_path: Path) -> None:
    write(tmp_path, cart=BRANCHY)
    measured(tmp_path, "complexity", cache=tmp_path / "cache")

    found = measured(tmp_path, "maintainability", cache=tmp_path / "cache")

    assert found["maintainability"].value == mi_visit(BRANCHY, multi=True)


def test_a_method_of_a_class_in_a_function_counts_though_radon_loses_sight_of_it(
    tmp_path: Path,
) -> None:
    text = "def make():\n    class Inner:\n        def f(self, a):\n            return a or 1\n"
    write(tmp_path, cart=text)

    found = measured(tmp_path, "complexity")["complexity"]

    assert [(item.name, item.value) for item in found.items] == [
        ("make.<locals>.Inner.f", 2),
        ("make", 1),
    ]
    assert [block.name for block in cc_visit(text) if block.complexity == 2] == []


def test_an_unparsable_file_leaves_only_a_bound_and_is_named(tmp_path: Path) -> None:
    write(tmp_path, cart=BRANCHY, broken="def f(:\n")

    found = measured(tmp_path, "complexity", "complexity-average", "maintainability")

    assert (found["complexity"].value, found["complexity"].bound) == (5, Bound.AT_LEAST)
    assert found["maintainability"].bound is Bound.AT_MOST
    assert found["complexity-average"].value is None
    assert "shop/broken.py: line 1" in found["complexity"].bound_reason
    assert "shop/broken.py: line 1" in found["complexity-average"].reason


def test_odd_files_are_named_and_never_raise(tmp_path: Path) -> None:
    write(tmp_path, deep="x = " + "(" * 5000 + ")" * 5000, coding="# coding: no-such-codec\n")
    (tmp_path / "shop" / "nul.py").write_bytes(b"x = 1\0\n")
    (tmp_path / "shop" / "latin.py").write_bytes(b"# \xe9\n")

    found = measured(tmp_path, "complexity")["complexity"]

    assert found.value is None
    assert "4 files could not be parsed" in found.reason


def test_a_file_in_its_own_encoding_is_read(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "shop" / "latin.py").write_bytes(b"# coding: latin-1\ndef caf\xe9():\n    pass\n")

    found = measured(tmp_path, "complexity")["complexity"]

    assert (found.value, found.bound) == (1, Bound.EXACT)


def test_sources_without_a_function_are_unknown(tmp_path: Path) -> None:
    write(tmp_path, prices="VAT = 19\n")

    assert "define no function" in measured(tmp_path, "complexity")["complexity"].reason


def test_no_sources_at_all_are_unknown(tmp_path: Path) -> None:
    assert "no source files" in measured(tmp_path, "complexity")["complexity"].reason


def test_a_scope_takes_only_its_files(tmp_path: Path) -> None:
    write(tmp_path, cart=BRANCHY, prices="def vat():\n    return 19\n")

    found = measured(tmp_path, "complexity", scope="shop/prices.py")["complexity"]

    assert (found.value, found.n) == (1, 1)
