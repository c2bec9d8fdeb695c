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
_SWITCHES = ("--boss-gates", "--no-boss-gates")  # the last one wins
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
    if reason := _kept_out(ground):
        return broken(f"{reason} keeps the plugin out", "Remove it, or add `-p boss_gates` behind.")
    if not any(point.name == "boss_gates" for point in entry_points(group="pytest11")):
        fix = f"Install {_DISTRIBUTION} into the environment of the tests."
        return broken("pytest does not see the plugin", fix)
    switches = [
        (word, ground.pytest.where(words))
        for words in ground.pytest.both
        for word in words
        if word in _SWITCHES
    ]
    last, where = switches[-1] if switches else ("", "")
    if last == _SWITCHES[1]:
        return broken(f"{last} in {where} switches the gates off", "Remove it.")
    on = f"in {where}" if where else "by --boss-gates"
    return ok(f"pytest loads it; switched on {on}")


def _kept_out(ground: Ground) -> str:
    """Say what keeps pytest from loading the plugin, "" when nothing does."""
    named = [(n, words) for words in ground.pytest.both for n in plugin_words(words)]
    for name, words in named:
        if name.startswith("no:") and name[3:] in _NAMES:
            return f"-p {name} in {ground.pytest.where(words)}"
    by_variable = ground.environ.get("PYTEST_PLUGINS", "").split(",")
    if any(name.strip() in _NAMES for name in (*(n for n, _ in named), *by_variable)):
        return ""
    for words in ground.pytest.both:
        if option(words, "--disable-plugin-autoload"):
            return f"--disable-plugin-autoload in {ground.pytest.where(words)}"
    variable = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
    return variable if ground.environ.get(variable) else ""


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
