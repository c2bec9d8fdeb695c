"""Checks of the project itself: its settings, source, history, tools and cache."""

from __future__ import annotations

import os
import shutil
import time
from typing import TYPE_CHECKING

from pytest_boss_gates.doctor.ground import broken, inapplicable, note, ok
from pytest_boss_gates.errors import HistoryError, SettingsError
from pytest_boss_gates.keeping import SPOOL, Keeper
from pytest_boss_gates.lastrun import LastRunError, read_last_run, why_no_base
from pytest_boss_gates.model import Comparator, plural

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pytest_boss_gates.doctor.ground import Found, Ground

_NO_SETTINGS = "the settings cannot be read"
_HOME = ".boss-gates"
_DAY = 86_400.0
_DEEPEN = (
    "Fetch all of it: `git fetch --unshallow`; in CI `fetch-depth: 0` (GitHub), `GIT_DEPTH: 0` "
    "(GitLab), `fetchDepth: 0` (Azure), `depth: full` (Bitbucket), `depth: false` (Travis)."
)


def settings(ground: Ground) -> Found:
    """The settings can be read, and nothing is wrong with them."""
    error = ground.error
    if isinstance(error, SettingsError) and all(each.addable for each in error.problems):
        names = ", ".join(each.key.rpartition(".")[2] for each in error.problems)
        return note(
            f"{names}: not known here, where no conftest and no pytest plugin is loaded",
            "Nothing to do when `pytest --boss-gates` knows it; else see the names in the docs.",
        )
    if isinstance(error, SettingsError):
        told = "; ".join(" ".join(str(problem).split()) for problem in error.problems)
        return broken(told, "Mend each of them; `boss-gates schema` has every key.")
    if error is not None:
        return broken(str(error), "Mend the plugin that it names, or uninstall it.")
    if ground.corridor is None or ground.corridor.settings.defaults:
        return note(
            "no targets are set, so the tracker's own success metrics are used",
            "`boss-gates init` writes first ones.",
        )
    return ok(f"{plural(len(ground.corridor.settings.targets), 'target')}, nothing wrong")


def source(ground: Ground) -> Found:
    """There is source to measure."""
    if ground.corridor is None:
        return inapplicable(_NO_SETTINGS)
    found = ground.corridor.source
    fix = 'Name it: `source = ["src"]` in [tool.boss-gates].'
    if found.missing:
        return broken(f"no Python file answers to {', '.join(found.missing)}", fix)
    count = len(found.python_files(ground.tree))
    if not count:
        return broken("no source was found", fix)
    return ok(f"{', '.join((*found.dirs, *found.modules))}: {plural(count, 'file')}")


def git(ground: Ground) -> Found:
    """Git is there where something asks for it, and keeps no reports of ours."""
    from pytest_boss_gates.repository.git import is_kept, kept

    if shutil.which("git", path=ground.environ.get("PATH")) is None:
        fix = "Install git where the tests run."
        if (ground.root / ".git").exists() or any(_asking(ground)):
            return broken(
                "there is no git on the path, so commit, branch and base are unknown", fix
            )
        return inapplicable("there is no git, and nothing asks for it")
    if kept(ground.root) is None:
        if needs := ", ".join(_asking(ground)):
            fix = "Run in a clone of the repository, or set these targets where one is."
            return broken(f"this is no git repository, and {needs} needs one", fix)
        return inapplicable("this is no git repository, and nothing asks for one")
    if is_kept(ground.root, _HOME):
        fix = f"`git rm -r --cached {_HOME}`; the directory ignores itself from then on."
        return broken(f"{_HOME}/ is committed, so every run changes the repository", fix)
    return ok(f"a repository, without {_HOME}/ in it")


def history(ground: Ground) -> Found:
    """Targets that look at history have all of it."""
    from pytest_boss_gates.repository.git import kept

    needs = ", ".join(_asking(ground))
    found = kept(ground.root)
    if found is None:
        return inapplicable("this is no git repository")
    if not found.is_shallow:
        return ok(f"whole: {plural(found.commits, 'commit')}")
    if needs:
        return broken(f"this clone is shallow, and {needs} needs history", _DEEPEN)
    return note("this clone is shallow; no target needs history", _DEEPEN)


def base(ground: Ground) -> Found:
    """What a change is compared with can be found."""
    if ground.corridor is None:
        return inapplicable(_NO_SETTINGS)
    needs = ", ".join(_asking(ground, delivery=False))
    if not needs:
        return inapplicable("no target compares with a base")
    found = ground.corridor.base
    if found.reason:
        return broken(f"{needs} needs a base, and {found.reason}", found.remedy)
    return ok(str(found))


def tools(ground: Ground) -> Found:
    """The tools that are to be run can be started."""
    from pytest_boss_gates.measure.tools.run import why_unfound

    run = [tool for tool in ground.corridor.settings.tools if tool.run] if ground.corridor else []
    if not run:
        return inapplicable("no tool has a command to run")
    missing = [
        f"{tool.name}: {why}" for tool in run if (why := why_unfound(tool.run[0], ground.root))
    ]
    if missing:
        fix = "Install it where the tests run, or mend `run` in [tool.boss-gates.tools]."
        return broken("; ".join(missing), fix)
    return ok(", ".join(tool.name for tool in run))


def cache(ground: Ground) -> Found:
    """Reports and caches can be written, and no killed run has left anything."""
    home = ground.root / _HOME
    fix = f"Let the user of the tests write {_HOME}/ at the root; its content may be deleted."
    if home.exists() and not home.is_dir():
        return broken(f"{_HOME} is a file, where the directory of reports would be", fix)
    places = [path for path in (home, home / "cache") if path.is_dir()] or [ground.root]
    for path in places:
        if not os.access(path, os.W_OK | os.X_OK):
            name = "the root" if path == ground.root else os.path.relpath(path, ground.root)
            return broken(f"{name} cannot be written", fix)
    if left := sorted(_left_behind(home / "cache")):
        return note(
            f"a run that was killed left {plural(len(left), 'directory')} in {_HOME}/cache",
            "The next run that measures coverage removes it.",
        )
    return ok(f"{_HOME}/ can be written")


def last_run(ground: Ground) -> Found:
    """The last run still says how things are."""
    try:
        last = read_last_run(ground.root)
    except LastRunError as error:
        text = str(error).partition(". ")[0]
        return inapplicable(f"{text[0].lower()}{text[1:]}")
    if why := why_no_base(last, ground.root, ground.tree):
        fix = "Run the whole suite again before `boss-gates tighten` or `init`."
        return note(f"{last} is stale: {why}", fix)
    return ok(f"{last}")


def earlier_runs(ground: Ground) -> Found:
    """What was kept of earlier runs can be read, and more can be kept."""
    if ground.corridor is None:
        return inapplicable(_NO_SETTINGS)
    keeper = Keeper(ground.corridor.settings, lambda: ground.root / _HOME, ground.environ)
    if not keeper.is_kept:
        return inapplicable(keeper.absent)
    try:
        return _kept(keeper)
    except HistoryError as error:
        fix = "Mend it, or name another place: `history` in [tool.boss-gates]."
        return broken(error.fault, error.remedy or fix)
    finally:
        keeper.close()


def _kept(keeper: Keeper) -> Found:
    from pytest_boss_gates.history.lines import everything
    from pytest_boss_gates.history.places import may_write

    store = keeper.look()
    facts, why = 0, ""
    if store is not None:
        store.check()
        facts = len(everything(store))
        why = store.refusal()
    elif keeper.path and not may_write(keeper.path):
        why = "its directory may not be written"
    if why:
        text = f"no run is kept in the history {keeper.place}: {why}"
        return broken(text, "Give leave to write it, make room, or name another place.")
    if waiting := keeper.waiting:
        wait = "waits" if waiting == 1 else "wait"
        text = f"{plural(waiting, 'fact')} {wait} in {SPOOL}/ for a history that was out of reach"
        return note(text, "Nothing to do: the next run takes in what waits.")
    return ok(f"{store.place}: {plural(facts, 'fact')}" if store else "none yet")


def _asking(ground: Ground, *, delivery: bool = True) -> Iterator[str]:
    """Give the metrics with a target that cannot be judged without history, or without a base."""
    if ground.corridor is None:
        return
    metrics = ground.corridor.additions.all_metrics
    seen = set()
    for target in ground.corridor.settings.targets:
        relative = target.wanted.comparator is Comparator.NO_WORSE
        of_change = target.metric.startswith("patch-") or target.metric == "loosened-targets"
        own = metrics[target.metric].delivery and not ground.corridor.settings.defaults
        if (relative or of_change or (own and delivery)) and target.metric not in seen:
            seen.add(target.metric)
            yield target.metric


def _left_behind(folder: Path) -> Iterator[str]:
    for path in folder.glob("coverage-*"):
        try:
            if path.stat().st_mtime < time.time() - _DAY:
                yield path.name
        except OSError:
            continue
