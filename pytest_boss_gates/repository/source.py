"""Which files are the project's own source: what coverage and complexity are measured over.

Found from the configuration, else from what the build is told in ``pyproject.toml`` and
``setup.cfg``, else from the layout. Tests that live inside a package stay part of it, because
coverage measures a package whole; name them in ``exclude`` to leave them out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_boss_gates.repository.globs import WILDCARDS, matcher, matches_any
from pytest_boss_gates.repository.hints import Hints, read_hints

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_boss_gates.repository.tree import Tree

_NOT_SOURCE = frozenset(
    """asv_bench bench benchmark benchmarks bin build ci demo demos deploy dist doc docs env etc
    example examples extern notebooks packaging perf playground sample samples script scripts
    test tests third_party tool tools vendor vendored venv""".split()
)
_NOT_MODULES = frozenset(
    """__init__ __main__ conftest dodo duties fabfile ez_setup manage noxfile setup tasks test
    tests versioneer""".split()
)
_DEEPEST = 3  # directories above a project of a monorepo
_TEST_MODULE = re.compile(r"test_.*|.*_tests?")
_NAMED_FOR_TESTS = re.compile(r"tests?_.*|.*_tests?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The project's own Python source. All paths are posix and relative to the root."""

    dirs: tuple[str, ...] = ()  # directories to measure: "src/shop", "shop"; "." for the root
    modules: tuple[str, ...] = ()  # single-file modules: "six.py", "src/shop.py"
    packages: tuple[str, ...] = ()  # importable top-level names: "shop", "six"
    exclude: tuple[str, ...] = ()  # patterns of what is left out, as configured
    missing: tuple[str, ...] = ()  # configured entries that no Python file answers to

    def python_files(self, tree: Tree) -> tuple[str, ...]:
        """All ``.py`` files of the source, sorted, also those without an ``__init__.py``."""
        return self.python_paths(tree.files)

    def python_paths(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Choose the ``.py`` files of the source among paths, in their order."""
        excluded = matches_any(self.exclude)
        inside = matches_any((*self.dirs, *self.modules))
        return tuple(
            path for path in paths if path.endswith(".py") and inside(path) and not excluded(path)
        )


def find_source(tree: Tree, configured: tuple[str, ...], exclude: tuple[str, ...]) -> Source:
    """Find the source: the configured paths, else hints of the build, else the layout.

    An entry of ``configured`` is a directory, a file, a pattern with wildcards or an importable
    name; entries that nothing answers to are given back in ``missing``. Directories without
    any Python file that ``exclude`` leaves over are dropped. A malformed ``pyproject.toml``
    counts as no hints.
    """
    excluded = matches_any(exclude)
    layout = _Layout(path for path in tree.files if path.endswith(".py") and not excluded(path))
    answers = {entry: layout.resolve(entry) for entry in configured}
    if configured:
        found = [path for paths in answers.values() for path in paths]
    else:
        found = _find(layout, read_hints(tree, ""), "") or _find_nested(tree, layout)
    paths = _topmost(found)
    return Source(
        dirs=tuple(path for path in paths if path not in layout.files),
        modules=tuple(path for path in paths if path in layout.files),
        packages=tuple(sorted({name for path in paths for name in layout.importable(path)})),
        exclude=exclude,
        missing=tuple(entry for entry, paths in answers.items() if not paths),
    )


class _Layout:
    """The Python files as a tree of directories. Prefixes are "" or end with a slash."""

    def __init__(self, files: Iterable[str]) -> None:
        self.files = frozenset(files)
        self._children: dict[str, set[str]] = {"": set()}  # directory -> directories in it
        self._modules: dict[str, set[str]] = {"": set()}  # directory -> stems of its modules
        for path in self.files:
            directory, _, name = path.rpartition("/")
            self._add(directory)
            self._modules[directory].add(name[: -len(".py")])

    def _add(self, directory: str) -> None:
        while directory not in self._modules:
            self._modules[directory] = set()
            parent, _, name = directory.rpartition("/")
            self._children.setdefault(directory, set())
            self._children.setdefault(parent, set()).add(name)
            directory = parent

    def holds(self, path: str) -> bool:
        """Whether the path is a Python file or a directory with one somewhere below."""
        return path in self._modules or path in self.files

    def is_package(self, directory: str) -> bool:
        return "__init__" in self._modules.get(directory, ())

    def children(self, directory: str) -> list[str]:
        return sorted(name for name in self._children.get(directory, ()) if name.isidentifier())

    def modules(self, directory: str) -> list[str]:
        return sorted(
            stem
            for stem in self._modules.get(directory, ())
            if stem not in _NOT_MODULES and not _TEST_MODULE.fullmatch(stem)
        )

    def has_tests(self, directory: str) -> bool:
        stems = self._modules.get(directory, ())
        return any(_TEST_MODULE.fullmatch(stem) or stem == "conftest" for stem in stems)

    def resolve(self, entry: str) -> list[str]:
        """Find the paths that a configured entry means, none when nothing answers to it."""
        path = "/".join(part for part in entry.split("/") if part not in ("", "."))
        if not path:
            return ["."] if self.files else []
        name = path.replace(".", "/")
        spellings = (path, name, f"{name}.py", f"src/{name}", f"src/{name}.py")
        return next((found for s in spellings if (found := self.resolve_path(s))), [])

    def resolve_path(self, path: str) -> list[str]:
        """Find the directories and files that a path, or a pattern of paths, stands for."""
        if not WILDCARDS.intersection(path):
            return [path] if self.holds(path) else []
        matches = matcher(path)
        return _topmost([known for known in (*self._modules, *self.files) if matches(known)])

    def importable(self, path: str) -> list[str]:
        """Name what can be imported from the top once ``path`` is measured."""
        directory = "" if path == "." else path
        if path in self.files:
            directory, _, name = path.rpartition("/")
            if not self.is_package(directory):
                return [name[: -len(".py")]]
        elif not directory or (directory.endswith("src") and not self.is_package(directory)):
            packages = [n for n in self.children(directory) if directory or self.is_package(n)]
            return [*packages, *self.modules(directory)]
        while self.is_package(directory.rpartition("/")[0]) and "/" in directory:
            directory = directory.rpartition("/")[0]
        return [directory.rpartition("/")[2]]


def _find(layout: _Layout, hints: Hints, prefix: str) -> list[str]:
    """Take the first rule that finds anything, for the project that stands at ``prefix``."""
    named = [prefix + name for name in hints.names if layout.holds(prefix + name)]
    return (
        _told(layout, hints, prefix)
        or _all_in(layout, f"{prefix}src")
        or (named if hints.builds else [])  # backends build what is named like the project
        or [*named, *_packages(layout, prefix)]
        or _modules(layout, hints, prefix)
        or ([] if prefix else [n for n in layout.children("") if _is_application(layout, n)])
    )


def _told(layout: _Layout, hints: Hints, prefix: str) -> list[str]:
    """Take what the build is told by path, and all in the directories where it looks."""
    told = [found for path in hints.paths for found in layout.resolve_path(prefix + path)]
    return told + [path for where in hints.where for path in _all_in(layout, prefix + where)]


def _packages(layout: _Layout, prefix: str) -> list[str]:
    return [
        prefix + name
        for name in layout.children(prefix.rstrip("/"))
        if layout.is_package(prefix + name) and _is_source(layout, prefix, name)
    ]


def _modules(layout: _Layout, hints: Hints, prefix: str) -> list[str]:
    """Take the single modules: those named like the project, else all of them."""
    modules = [f"{prefix}{stem}.py" for stem in layout.modules(prefix.rstrip("/"))]
    called = {f"{prefix}{name}.py" for name in hints.names}
    return [path for path in modules if path in called] or modules


def _find_nested(tree: Tree, layout: _Layout) -> list[str]:
    """Find the projects of a repository without one at its root, by their build files."""
    found: list[str] = []
    for path in tree.files:
        prefix, slash, name = path.rpartition("/")
        if name in ("pyproject.toml", "setup.py", "setup.cfg") and slash:
            parts = prefix.split("/")
            if len(parts) <= _DEEPEST and all(_is_source_name(part) for part in parts):
                found += _find(layout, read_hints(tree, prefix + "/"), prefix + "/")
    return found


def _all_in(layout: _Layout, directory: str) -> list[str]:
    """List what a source directory holds; the directory itself when it is a package."""
    directory = directory.strip("/")
    if not directory:
        names = layout.children("")
        return [n for n in names if layout.is_package(n) and _is_source(layout, "", n)]
    if layout.is_package(directory):
        return [directory]
    names = layout.children(directory)
    if directory.rpartition("/")[2] != "src":  # below src/ everything is meant as source
        names = [n for n in names if _is_source(layout, f"{directory}/", n)]
    found = [*names, *(f"{stem}.py" for stem in layout.modules(directory))]
    return [f"{directory}/{name}" for name in found]


def _is_source_name(name: str) -> bool:
    lower = name.lower()
    return not (name.startswith(".") or lower in _NOT_SOURCE or _NAMED_FOR_TESTS.fullmatch(lower))


def _is_source(layout: _Layout, prefix: str, name: str) -> bool:
    if name == "testing":  # a package for other people's tests, unless it holds our own
        return not layout.has_tests(prefix + name)
    return _is_source_name(name)


def _is_application(layout: _Layout, name: str) -> bool:
    """Tell a directory of modules without ``__init__.py``, as small applications have it."""
    return name.isidentifier() and _is_source(layout, "", name) and bool(layout.modules(name))


def _topmost(paths: Sequence[str]) -> list[str]:
    """Sorted, each once, without what stands below another one."""
    if "." in paths:
        return ["."]
    chosen: list[str] = []
    kept: set[str] = set()
    for path in sorted(set(paths), key=lambda path: path.count("/")):
        parts = path.split("/")
        if not any("/".join(parts[:n]) in kept for n in range(1, len(parts))):
            kept.add(path)
            chosen.append(path)
    return sorted(chosen)
