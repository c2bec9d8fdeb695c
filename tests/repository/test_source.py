"""Finding the project's source: each layout and each way to tell a build about it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.repository.source import find_source
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_boss_gates.repository.source import Source

BUILD = '[build-system]\nrequires = ["x"]\n'


def found(
    root: Path,
    *paths: str,
    pyproject: str = "",
    cfg: str = "",
    configured: tuple[str, ...] = (),
    exclude: tuple[str, ...] = (),
) -> Source:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()
    for name, text in (("pyproject.toml", pyproject), ("setup.cfg", cfg)):
        if text:
            (root / name).write_text(text, encoding="utf-8")
    return find_source(Tree(root=root), configured, exclude)


def test_every_package_below_src_is_source(tmp_path: Path) -> None:
    source = found(tmp_path, "src/shop/__init__.py", "src/tools/a.py", "src/six.py", "docs/conf.py")

    assert source.dirs == ("src/shop", "src/tools")
    assert source.modules == ("src/six.py",)
    assert source.packages == ("shop", "six", "tools")


def test_src_that_is_itself_a_package_is_the_source(tmp_path: Path) -> None:
    source = found(tmp_path, "src/__init__.py", "src/shop/cart.py")

    assert (source.dirs, source.packages) == (("src",), ("src",))


def test_packages_at_the_top_are_source_and_what_stands_beside_them_is_not(tmp_path: Path) -> None:
    source = found(
        tmp_path,
        "shop/__init__.py",
        "accounts/__init__.py",
        "tests/__init__.py",
        "integration_tests/__init__.py",
        "docs/__init__.py",
        "examples/__init__.py",
        "scripts/release.py",
        "build/lib/shop/__init__.py",
        ".github/scripts/__init__.py",
        "data/load.py",
        "setup.py",
    )

    assert source.dirs == ("accounts", "shop")
    assert source.modules == ()


def test_a_directory_named_like_the_project_needs_no_init_file(tmp_path: Path) -> None:
    source = found(tmp_path, "my_shop/cart.py", pyproject='[project]\nname = "My.Shop"\n')

    assert source.dirs == ("my_shop",)


def test_with_a_build_backend_only_the_package_named_like_the_project_is_source(
    tmp_path: Path,
) -> None:
    pyproject = BUILD + '[project]\nname = "python-shop"\n'

    source = found(tmp_path, "shop/__init__.py", "helpers/__init__.py", pyproject=pyproject)

    assert source.dirs == ("shop",)


def test_without_a_build_backend_the_other_packages_are_source_too(tmp_path: Path) -> None:
    pyproject = '[project]\nname = "shop"\n'

    source = found(tmp_path, "shop/__init__.py", "orders/__init__.py", pyproject=pyproject)

    assert source.dirs == ("orders", "shop")


def test_a_package_for_testing_is_source_unless_it_holds_tests(tmp_path: Path) -> None:
    source = found(tmp_path / "a", "shop/__init__.py", "testing/__init__.py")
    assert source.dirs == ("shop", "testing")

    source = found(tmp_path / "b", "shop/__init__.py", "testing/__init__.py", "testing/test_a.py")
    assert source.dirs == ("shop",)


@pytest.mark.parametrize(
    ("pyproject", "files", "paths"),
    [
        ('[tool.setuptools]\npackages = ["lib_a", "lib_a.b"]', ["lib_a/x.py", "c/x.py"], "lib_a"),
        (
            '[tool.setuptools]\npackages = ["shop"]\npackage-dir = {shop = "code"}',
            ["code/x.py"],
            "code",
        ),
        (
            '[tool.setuptools]\npackage-dir = {"" = "lib"}',
            ["lib/shop/x.py", "b/__init__.py"],
            "lib/shop",
        ),
        ('[tool.setuptools]\npy-modules = ["one"]', ["one.py", "two.py"], "one.py"),
        (
            '[tool.setuptools.packages.find]\nwhere = ["python"]',
            ["python/shop/x.py", "python/tests/x.py", "b/__init__.py"],
            "python/shop",
        ),
        (
            '[tool.setuptools.packages.find]\ninclude = ["shop*"]',
            ["shop/x.py", "shop_admin/x.py", "other/__init__.py"],
            "shop shop_admin",
        ),
        (
            '[tool.hatch.build.targets.wheel]\npackages = ["lib/shop"]',
            ["lib/shop/x.py", "b/__init__.py"],
            "lib/shop",
        ),
        (
            '[tool.poetry]\nname = "x"\npackages = [{include = "shop", from = "lib"}]',
            ["lib/shop/x.py", "b/__init__.py"],
            "lib/shop",
        ),
        ('[tool.poetry]\nname = "shop"\n' + BUILD, ["shop/__init__.py", "b/__init__.py"], "shop"),
        ('[tool.flit.module]\nname = "shop"', ["shop/x.py", "b/__init__.py"], "shop"),
        (
            '[tool.uv.build-backend]\nmodule-name = "shop"\nmodule-root = ""',
            ["shop/x.py", "b/__init__.py"],
            "shop",
        ),
        ('[tool.pdm.build]\npackage-dir = "lib"', ["lib/shop/x.py", "b/__init__.py"], "lib/shop"),
    ],
)
def test_what_the_build_is_told_goes_before_the_layout(
    tmp_path: Path, pyproject: str, files: list[str], paths: str
) -> None:
    source = found(tmp_path, *files, pyproject=pyproject)

    assert " ".join((*source.dirs, *source.modules)) == paths


@pytest.mark.parametrize(
    ("cfg", "paths"),
    [
        ("[options]\npackages = find:\npackage_dir =\n    =lib\n", ("lib/shop",)),
        ("[options]\npackages = find:\n[options.packages.find]\nwhere = lib\n", ("lib/shop",)),
        ("[options]\npackages =\n    other\n", ("other",)),
        ("[options]\npy_modules = one\n", ("one.py",)),
        ("[metadata]\nname = other\n", ("other",)),
    ],
)
def test_setup_cfg_tells_as_pyproject_does(
    tmp_path: Path, cfg: str, paths: tuple[str, ...]
) -> None:
    source = found(tmp_path, "lib/shop/x.py", "other/__init__.py", "one.py", cfg=cfg)

    assert (*source.dirs, *source.modules) == paths


@pytest.mark.parametrize(
    "pyproject",
    [
        "[project",
        "tool = 3",
        "[tool]\nsetuptools = []\nhatch = 1\npoetry = 'x'",
        "[project]\nname = 3",
        '[tool.setuptools]\npackages = ["gone"]',
        "[tool.poetry]\npackages = [1, {}, {include = 2}]",
    ],
)
def test_a_malformed_pyproject_counts_as_no_hints(tmp_path: Path, pyproject: str) -> None:
    assert found(tmp_path, "shop/__init__.py", pyproject=pyproject).dirs == ("shop",)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(text=st.text(max_size=60), keys=st.lists(st.sampled_from(["packages", "find", "name"])))
def test_no_pyproject_makes_it_raise(tmp_path: Path, text: str, keys: list[str]) -> None:
    pyproject = f"[tool.setuptools]\n{'.'.join(keys) or 'packages'} = [{text!r}]\n" + text

    found(tmp_path, "shop/__init__.py", pyproject=pyproject.encode("utf-8", "replace").decode())


def test_a_module_named_like_the_project_is_the_source(tmp_path: Path) -> None:
    pyproject = BUILD + '[project]\nname = "my-six"\n'

    source = found(tmp_path, "my_six.py", "helper.py", "setup.py", pyproject=pyproject)

    assert source.modules == ("my_six.py",)
    assert source.packages == ("my_six",)


def test_without_packages_the_modules_at_the_top_are_source_but_those_for_tools(
    tmp_path: Path,
) -> None:
    source = found(
        tmp_path,
        *("app.py", "pricing.py", "setup.py", "conftest.py", "noxfile.py", "tasks.py"),
        *("test_app.py", "app_test.py", "manage.py"),
    )

    assert source.modules == ("app.py", "pricing.py")


def test_an_application_directory_without_init_file_is_found_when_nothing_else_is(
    tmp_path: Path,
) -> None:
    source = found(tmp_path, "app/main.py", "tests/test_main.py", "setup.py")

    assert source.dirs == ("app",)


def test_projects_below_the_root_are_found_by_their_build_files(tmp_path: Path) -> None:
    source = found(
        tmp_path,
        *("packages/a/pyproject.toml", "packages/a/src/alpha/x.py", "packages/a/tests/test_x.py"),
        *("packages/b/setup.py", "packages/b/beta/__init__.py"),
        "examples/c/pyproject.toml",
        "examples/c/src/gamma/x.py",
    )

    assert source.dirs == ("packages/a/src/alpha", "packages/b/beta")
    assert source.packages == ("alpha", "beta")


def test_an_empty_tree_has_no_source(tmp_path: Path) -> None:
    source = found(tmp_path)

    assert (source.dirs, source.modules, source.packages) == ((), (), ())


@pytest.mark.parametrize(
    ("entry", "dirs", "modules", "packages"),
    [
        ("src", ("src",), (), ("shop", "six")),
        ("./src/shop/", ("src/shop",), (), ("shop",)),
        ("src/shop/pay", ("src/shop/pay",), (), ("shop",)),
        ("shop", ("src/shop",), (), ("shop",)),
        ("shop.pay", ("src/shop/pay",), (), ("shop",)),
        ("src/six.py", (), ("src/six.py",), ("six",)),
        ("six", (), ("src/six.py",), ("six",)),
        ("s*/shop", ("src/shop",), (), ("shop",)),
        (".", (".",), (), ("other",)),
    ],
)
def test_a_configured_entry_is_a_path_a_pattern_or_an_importable_name(
    tmp_path: Path,
    entry: str,
    dirs: tuple[str, ...],
    modules: tuple[str, ...],
    packages: tuple[str, ...],
) -> None:
    files = ("src/shop/__init__.py", "src/shop/pay/__init__.py", "src/six.py", "other/__init__.py")

    source = found(tmp_path, *files, configured=(entry,))

    assert (source.dirs, source.modules, source.packages) == (dirs, modules, packages)
    assert source.missing == ()


def test_a_configured_entry_that_nothing_answers_to_is_named(tmp_path: Path) -> None:
    source = found(tmp_path, "shop/__init__.py", configured=("shop", "shpo", "none/**"))

    assert source.dirs == ("shop",)
    assert source.missing == ("shpo", "none/**")


def test_python_files_are_all_files_of_the_source_but_the_excluded(tmp_path: Path) -> None:
    source = found(
        tmp_path,
        *("src/shop/__init__.py", "src/shop/spaces/deep.py", "src/shop/tests/test_cart.py"),
        *("src/shop/data.json", "src/shop/api_pb2.py", "src/one.py", "tests/test_a.py"),
        exclude=("**/*_pb2.py",),
    )

    assert source.python_files(Tree(root=tmp_path)) == (
        "src/one.py",
        "src/shop/__init__.py",
        "src/shop/spaces/deep.py",
        "src/shop/tests/test_cart.py",
    )


def test_a_package_that_is_excluded_whole_is_not_source(tmp_path: Path) -> None:
    source = found(tmp_path, "src/shop/a.py", "src/gen/b.py", exclude=("src/gen",))

    assert source.dirs == ("src/shop",)


def test_the_whole_root_can_be_the_source(tmp_path: Path) -> None:
    source = found(tmp_path, "a.py", "b/c.py", configured=(".",))

    assert source.python_files(Tree(root=tmp_path)) == ("a.py", "b/c.py")


@pytest.mark.skipif(os.name == "nt", reason="Windows names have no lone bytes")
def test_a_name_that_is_not_utf8_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / os.fsdecode(b"caf\xe9.py")).touch()

    source = found(tmp_path, "shop/__init__.py")

    assert source.python_files(Tree(root=tmp_path))[1] == "shop/caf\udce9.py"
