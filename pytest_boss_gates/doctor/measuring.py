"""Checks of what measures coverage: its settings, branches, pytest-cov and child processes."""

from __future__ import annotations

import ast
import re
import warnings
from typing import TYPE_CHECKING

from pytest_boss_gates.doctor.ground import broken, inapplicable, note, ok, option
from pytest_boss_gates.measure import BRANCHES
from pytest_boss_gates.measure.coverage.configured import cores
from pytest_boss_gates.model import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_boss_gates.doctor.ground import Found, Ground

_NO_TARGET = "no target asks for coverage"
_RUN = "[tool.coverage.run]"
_TEST = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test|conftest)\.py$|(?:^|/)tests?/")
_STARTERS = {"run", "Popen", "call", "check_call", "check_output", "create_subprocess_exec"}
_GREEN = ("gevent", "eventlet")


def readable(ground: Ground) -> Found:
    """Coverage.py can read its own settings."""
    if ground.coverage.problem:
        fix = "Mend [tool.coverage] in pyproject.toml, or .coveragerc."
        return broken(ground.coverage.problem, fix)
    return ok("coverage.py reads them")


def branches(ground: Ground) -> Found:
    """Branches are measured where a target asks for them."""
    settings = ground.corridor.settings if ground.corridor else None
    key = next((key for key in BRANCHES if settings and settings.wants(key)), "")
    if not key:
        return inapplicable("no target asks for branches")
    fix = f"Add `branch = true` to {_RUN}."
    if ground.coverage.branch:
        return ok("branch = true")
    if _pytest_cov_words(ground) and not _given(ground, "--cov-branch"):
        return broken(f"{key} has a target, and pytest-cov measures no branches", fix)
    if "subprocess" in ground.coverage.patches:
        return broken(f"{key} has a target, and child processes measure no branches", fix)
    return ok("measured because of the target")


def pytest_cov(ground: Ground) -> Found:
    """One of the two measures, and one of the two judges."""
    if not ground.wants_coverage:
        return inapplicable(_NO_TARGET)
    if given := _given(ground, "--no-cov"):
        text = f"{given} in {_where(ground, '--no-cov')} switches coverage off, targets or not"
        return broken(text, "Remove it.")
    if not (given := _pytest_cov_words(ground)):
        return ok("not at work; the plugin measures by itself")
    limit = _given(ground, "--cov-fail-under")
    if limit or ground.coverage.fail_under:
        by = limit or f"fail_under = {ground.coverage.fail_under:g}"
        return broken(
            f"both judge: {by} rounds before it compares, and code-coverage has a target, too",
            "Keep the target and remove the other one, so that one verdict counts.",
        )
    return ok(f"it measures ({given}), and its numbers are read")


def children(ground: Ground) -> Found:
    """Code that tests start in another process is measured, too."""
    if not ground.wants_coverage:
        return inapplicable(_NO_TARGET)
    if "subprocess" in ground.coverage.patches:
        return ok('patch = ["subprocess"]')
    fix = f'Add `patch = ["subprocess"]` to {_RUN}.'
    packages = ground.corridor.source.packages if ground.corridor else ()
    first: Place | None = None
    for place, words in _started(ground):
        if any(re.search(rf"\b{re.escape(name)}\b", words) for name in packages):
            return broken(f"{place} runs {words}, which is not measured", fix)
        first = first or place
    if first is not None:
        text = f"{first} starts a Python; what it runs of the project is not measured"
        return note(text, fix)
    return inapplicable("no test starts a Python of its own")


def concurrency(ground: Ground) -> Found:
    """Coverage.py knows of what the source runs beside threads."""
    if not ground.wants_coverage or ground.corridor is None:
        return inapplicable(_NO_TARGET)
    known = ground.coverage.concurrency
    forks = ground.coverage.patches & {"subprocess", "fork"}
    for path in ground.corridor.source.python_files(ground.tree):
        for name, line in _imports(ground, path):
            place = Place(path=path, line=line)
            if name in _GREEN and not known & {"greenlet", *_GREEN}:
                fix = f'Add `concurrency = ["thread", "{name}"]` to {_RUN}.'
                return broken(f"{place} imports {name}, whose switches are not followed", fix)
            if name == "multiprocessing" and "multiprocessing" not in known and not forks:
                fix = f'Add `patch = ["subprocess"]` to {_RUN}.'
                return note(f"{place} imports multiprocessing; workers are not measured", fix)
    return ok("nothing beside threads, or coverage.py knows of it")


def core(ground: Ground) -> Found:
    """The core that is asked for is there, and a quick one is."""
    if not ground.wants_coverage or ground.corridor is None:
        return inapplicable(_NO_TARGET)
    there = cores()
    asked = ground.corridor.settings.coverage_core
    if asked and asked not in there:
        fix = f"Remove `coverage-core`, or use one of: {', '.join(there)}."
        return broken(f'coverage-core = "{asked}" is not there on this Python', fix)
    if there == ("pytrace",):
        fix = "Install coverage.py from a wheel, which brings its compiled tracer."
        return note("only coverage.py's slow tracer is there", fix)
    return ok(", ".join(there))


def _pytest_cov_words(ground: Ground) -> str:
    """Give the option that has pytest-cov measure, "" when none does."""
    return next(
        (
            word
            for words in ground.pytest.both
            for word in words
            if word == "--cov" or word.startswith("--cov=")
        ),
        "",
    )


def _given(ground: Ground, name: str) -> str:
    return next((found for words in ground.pytest.both if (found := option(words, name))), "")


def _where(ground: Ground, name: str) -> str:
    words = next(words for words in ground.pytest.both if option(words, name))
    return ground.pytest.where(words)


def _started(ground: Ground) -> Iterator[tuple[Place, str]]:
    """Give the calls in tests that start this Python, with the words that are known of them."""
    for path in ground.tree.files:
        if not path.endswith(".py") or not _TEST.search(path):
            continue
        tree = _parsed(ground, path, "sys.executable")
        for node in ast.walk(tree) if tree else ():
            if isinstance(node, ast.Call) and _name(node.func) in _STARTERS:
                words = list(_words(node))
                if "sys.executable" in words:
                    yield Place(path=path, line=node.lineno), " ".join(words[1:6])


def _words(call: ast.Call) -> Iterator[str]:
    """Give the strings and names that a call is given by place."""
    for argument in call.args:
        items = argument.elts if isinstance(argument, ast.List | ast.Tuple) else [argument]
        for item in items:
            if isinstance(item, ast.Constant) and isinstance(item.value, str):
                yield item.value
            elif isinstance(item, ast.Attribute):
                yield ast.unparse(item)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _imports(ground: Ground, path: str) -> Iterator[tuple[str, int]]:
    tree = _parsed(ground, path, *_GREEN, "multiprocessing")
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.Import):
            yield from ((alias.name.partition(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0], node.lineno


def _parsed(ground: Ground, path: str, *words: str) -> ast.Module | None:
    """Parse a file that holds one of the words; None when it holds none, or is no Python."""
    try:
        text = ground.tree.read(path)
        if not any(word in text for word in words):
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
