"""What the build is told about where the source stands, in ``pyproject.toml`` or ``setup.cfg``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_boss_gates.repository.tree import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Hints:
    """Hints relative to the project's own directory; they may name what does not exist."""

    paths: tuple[str, ...] = ()  # packages and modules that are built: "src/shop", "shop*"
    where: tuple[str, ...] = ()  # directories whose packages are built: "lib"
    names: tuple[str, ...] = ()  # what the package may be called: "my_shop", "my_shop.py"
    builds: bool = False  # there is a build backend, which builds what it is told and no more


def read_hints(tree: Tree, prefix: str) -> Hints:
    """Read the hints of the project at ``prefix`` ("" or ending in a slash); never raises.

    A file that is missing or malformed gives no hints.
    """
    pyproject = _toml(tree, f"{prefix}pyproject.toml")
    config = _ini(tree, f"{prefix}setup.cfg")
    name = (
        _text(pyproject, "project", "name")
        or _text(pyproject, "tool", "poetry", "name")
        or config.get("metadata", {}).get("name", "")
    )
    paths = [*_paths(pyproject), *_setup_cfg_paths(config)]
    where = [*_where(pyproject), *_setup_cfg_where(config)]
    return Hints(
        paths=tuple(dict.fromkeys(_clean(path) for path in paths)),
        where=tuple(dict.fromkeys(_clean(path) for path in where)),
        names=_spellings(name),
        builds=bool(_table(pyproject, "build-system")),
    )


def _spellings(name: str) -> tuple[str, ...]:
    """Spell the import names that a distribution's name is commonly turned into."""
    plain = re.sub(r"[-_.\s]+", "_", name.strip())
    bare = re.sub(r"(?i)^python_|_python$|^py(?=[A-Z])", "", plain)
    dotted = name.strip().replace("-", "_").replace(".", "/")
    forms = dict.fromkeys((plain, plain.lower(), dotted, dotted.lower(), bare, bare.lower()))
    return tuple(spelling for form in forms if form for spelling in (form, f"{form}.py"))


def _paths(pyproject: object) -> Iterator[str]:
    """Give the paths that any build backend is told to build."""
    yield from _setuptools_paths(pyproject)
    for target in (("targets", "wheel"), ()):
        build = _table(pyproject, "tool", "hatch", "build", *target)
        yield from _texts(build, "packages")
        yield from (path for path in _texts(build, "only-include") if "*" not in path)
    poetry = _table(pyproject, "tool", "poetry").get("packages")
    for package in poetry if isinstance(poetry, list) else ():
        include = _text(package, "include").partition("*")[0]
        if include:
            yield f"{_text(package, 'from')}/{include}"
    yield from _named_modules(pyproject)


def _setuptools_paths(pyproject: object) -> Iterator[str]:
    setuptools = _table(pyproject, "tool", "setuptools")
    directories = _table(setuptools, "package-dir")
    base = str(directories.get("", "")) if directories else ""
    for name in _texts(setuptools, "packages"):
        own = directories.get(name)
        yield str(own) if own else f"{base}/{name.replace('.', '/')}"
    for pattern in _texts(setuptools, "packages", "find", "include"):
        yield from (
            f"{found}/{pattern.replace('.', '/')}" for found in _found_in(setuptools) or [""]
        )
    for name in _texts(setuptools, "py-modules"):
        yield f"{base}/{name.replace('.', '/')}.py"


def _named_modules(pyproject: object) -> Iterator[str]:
    """Give what flit and uv are told by the name of a module."""
    flit = _text(pyproject, "tool", "flit", "module", "name")
    backend = _table(pyproject, "tool", "uv", "build-backend")
    names = _texts(backend, "module-name") or [_text(backend, "module-name")]
    root = _text(backend, "module-root") if "module-root" in backend else "src"
    for folder, name in [("src", flit), ("", flit), *((root, name) for name in names)]:
        if name:
            yield f"{folder}/{name.replace('.', '/')}"
            yield f"{folder}/{name.replace('.', '/')}.py"


def _found_in(setuptools: dict[str, object]) -> list[str]:
    """Where setuptools looks for packages, [] when it is not told."""
    base = _text(setuptools, "package-dir", "")
    return _texts(setuptools, "packages", "find", "where") or ([base] if base else [])


def _where(pyproject: object) -> Iterator[str]:
    setuptools = _table(pyproject, "tool", "setuptools")
    if not (_texts(setuptools, "packages") or _texts(setuptools, "packages", "find", "include")):
        yield from _found_in(setuptools)
    if folder := _text(pyproject, "tool", "pdm", "build", "package-dir"):
        yield folder


def _setup_cfg_paths(config: dict[str, dict[str, str]]) -> Iterator[str]:
    options = config.get("options", {})
    base = _setup_cfg_base(options)
    packages = options.get("packages", "")
    if "find" not in packages:
        for name in re.split(r"[\s,]+", packages.strip()):
            if name:
                yield f"{base}/{name.replace('.', '/')}"
    for name in re.split(r"[\s,]+", options.get("py_modules", "").strip()):
        if name:
            yield f"{base}/{name.replace('.', '/')}.py"


def _setup_cfg_where(config: dict[str, dict[str, str]]) -> Iterator[str]:
    options = config.get("options", {})
    if "find" in options.get("packages", ""):
        where = config.get("options.packages.find", {}).get("where", "").strip()
        if where or _setup_cfg_base(options):
            yield where or _setup_cfg_base(options)


def _setup_cfg_base(options: dict[str, str]) -> str:
    for line in options.get("package_dir", "").splitlines():
        name, equals, path = line.partition("=")
        if equals and not name.strip():
            return path.strip()
    return ""


def _clean(path: str) -> str:
    return "/".join(part for part in path.split("/") if part not in ("", "."))


def _toml(tree: Tree, path: str) -> dict[str, object]:
    if path not in tree:
        return {}
    try:
        return tree.read_toml(path)
    except (OSError, ValueError):
        return {}


def _ini(tree: Tree, path: str) -> dict[str, dict[str, str]]:
    if path not in tree:
        return {}
    import configparser

    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(tree.read(path))
    except (OSError, configparser.Error):
        return {}
    return {section: dict(parser.items(section)) for section in parser.sections()}


def _at(value: object, keys: tuple[str, ...]) -> object:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _table(value: object, *keys: str) -> dict[str, object]:
    found = _at(value, keys)
    return found if isinstance(found, dict) else {}


def _text(value: object, *keys: str) -> str:
    found = _at(value, keys)
    return found if isinstance(found, str) else ""


def _texts(value: object, *keys: str) -> list[str]:
    found = _at(value, keys)
    return [item for item in found if isinstance(item, str)] if isinstance(found, list) else []
