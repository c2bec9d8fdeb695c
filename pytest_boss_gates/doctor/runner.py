"""Checks of the test runner: that pytest loads the plugin, and runs the whole suite with it."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, entry_points, requires, version
from typing import TYPE_CHECKING

from pytest_boss_gates.doctor.ground import broken, note, ok, option, plugin_words

if TYPE_CHECKING:
    from pytest_boss_gates.doctor.ground import Found, Ground

_DISTRIBUTION = "pytest-boss-gates"
_NAMES = ("boss_gates", "pytest_boss_gates.plugin")
_NARROWING = (
    "-k",
    "-m",
    "--deselect",
    "--ignore",
    "--ignore-glob",
    "--lf",
    "--last-failed",
    "--sw",
    "--stepwise",
)
_LAST_FAILED = ("--lf", "--last-failed", "--sw", "--stepwise")
_COLLECT_ONLY = ("--co", "--collect-only")


def versions(ground: Ground) -> Found:
    """Everything that is required is there, in a version that will do."""
    del ground
    from packaging.requirements import Requirement

    wrong, seen = [], []
    try:
        wanted = [Requirement(text) for text in requires(_DISTRIBUTION) or ()]
    except PackageNotFoundError:
        fix = f"Install it into the environment of the tests: `pip install {_DISTRIBUTION}`."
        return broken(f"{_DISTRIBUTION} is not installed for {sys.executable}", fix)
    for each in wanted:
        if each.marker is not None and not each.marker.evaluate({"extra": ""}):
            continue
        try:
            there = version(each.name)
        except PackageNotFoundError:
            wrong.append(f"{each.name} is not installed")
            continue
        seen.append(f"{each.name} {there}")
        if not each.specifier.contains(there, prereleases=True):
            wrong.append(f"{each.name} {there} is not {each.specifier}")
    if wrong:
        fix = f"`{sys.executable} -m pip install --upgrade {_DISTRIBUTION}` brings what is needed."
        return broken("; ".join(wrong), fix)
    python = ".".join(map(str, sys.version_info[:3]))
    return ok(", ".join((f"Python {python}", *seen[:3])))


def plugin(ground: Ground) -> Found:
    """Pytest loads the plugin."""
    named = [name for words in ground.pytest.both for name in plugin_words(words)]
    named += [name.strip() for name in ground.environ.get("PYTEST_PLUGINS", "").split(",")]
    loaded_by_name = any(name in _NAMES for name in named)
    for words in ground.pytest.both:
        where = ground.pytest.where(words)
        for name in plugin_words(words):
            if name.startswith("no:") and name[3:] in _NAMES:
                return broken(f"-p {name} in {where} keeps the plugin out", "Remove it.")
        if option(words, "--no-boss-gates") and words[-1:] != ("--boss-gates",):
            return broken(f"--no-boss-gates in {where} switches the gates off", "Remove it.")
        if option(words, "--disable-plugin-autoload") and not loaded_by_name:
            return broken(
                f"--disable-plugin-autoload in {where} keeps the plugin out",
                "Add `-p boss_gates` to addopts.",
            )
    if ground.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD") and not loaded_by_name:
        return broken(
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD is set, and keeps the plugin out",
            "Unset it, or add `-p boss_gates` to addopts.",
        )
    if not any(point.name == "boss_gates" for point in entry_points(group="pytest11")):
        fix = f"Install {_DISTRIBUTION} into the environment of the tests."
        return broken("pytest does not see the plugin", fix)
    switched = [ground.pytest.where(w) for w in ground.pytest.both if "--boss-gates" in w]
    on = f"in {switched[0]}" if switched else "by --boss-gates"
    return ok(f"pytest loads it; switched on {on}")


def whole_suite(ground: Ground) -> Found:
    """What is set makes no run less than the whole suite."""
    settings = ground.pytest
    for words in settings.both:
        where = settings.where(words)
        if given := option(words, *_COLLECT_ONLY):
            return broken(f"{given} in {where} runs no test", "Remove it.")
        if given := option(words, *_LAST_FAILED):
            text = f"{given} in {where} runs what failed last, and it counts as the whole suite"
            return broken(text, "Give it on the command line when you want it.")
    if given := option(settings.from_environment, *_NARROWING):
        text = f"{given} in PYTEST_ADDOPTS makes every run partial, so its targets are skipped"
        return broken(text, "Unset it where the gates are to hold.")
    given = option(settings.addopts, "-k", "-m", "--deselect", "--ignore", "--ignore-glob")
    if given:
        return note(
            f"{given} in {settings.where(settings.addopts)}: what it selects counts as the whole",
            "Nothing to do when that is meant.",
        )
    return ok("nothing narrows it")
