"""What is decided before any conftest is imported: plugins, settings, and who measures coverage.

What conftests add comes later; only the names that they may add are left open until then.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from pytest_boss_gates import registry
from pytest_boss_gates.corridor import Corridor, enter
from pytest_boss_gates.errors import BossGatesError, SettingsError
from pytest_boss_gates.measure import BRANCHES
from pytest_boss_gates.measure.coverage import borrow
from pytest_boss_gates.measure.coverage.reading import Mode
from pytest_boss_gates.repository.tree import Tree
from pytest_boss_gates.settings.load import Options
from pytest_boss_gates.settings.paths import PUSH

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from pytest_boss_gates.measure.coverage.borrow import Meter
    from pytest_boss_gates.measure.tools.run import Runs
    from pytest_boss_gates.model import Settings


class Begun:
    """What is decided before the conftests: the settings, and who measures coverage."""

    def __init__(self, config: pytest.Config, parser: pytest.Parser | None) -> None:
        self.parser = parser
        self.started = time.time()
        self.corridor: Corridor | None = None
        self.meter: Meter | None = None
        self.runs: Runs | None = None
        self.error: BossGatesError | None = None
        known = config.known_args_namespace
        try:
            self.corridor = corridor = self._enter(config)
            if not known.collectonly:
                self.meter = _meter(corridor, config, known)
        except BossGatesError as error:
            self.error = error

    def _enter(self, config: pytest.Config) -> Corridor:
        """Read the settings; names that a conftest may yet add are kept as ``error``."""
        manager = config.pluginmanager
        manager.add_hookspecs(registry)
        for name, plugin in registry.installed(manager.is_blocked):
            if not manager.is_registered(plugin):  # by its module's name, as pytest_plugins say it
                manager.register(plugin, getattr(plugin, "__name__", name))
        self._known_plugins = _registering(config)
        added = registry.gather(self._known_plugins.values())
        options = _options(config, config.known_args_namespace)
        try:
            return enter(config.rootpath, options, added)
        except SettingsError as error:
            if error.settings is None or not all(p.addable for p in error.problems):
                raise
            self.error = error
            return Corridor(settings=error.settings, tree=Tree(root=config.rootpath))

    def complete(self, config: pytest.Config) -> None:
        """Read the settings again when conftests have added something in the meantime."""
        plugins = _registering(config)
        if self.corridor is None or plugins.keys() == self._known_plugins.keys():
            return
        try:
            added = registry.gather(plugins.values())
            options = _options(config, config.known_args_namespace)
            self.corridor = enter(config.rootpath, options, added)
            self.error = None
        except BossGatesError as error:
            self.error = error

    def abandon(self) -> None:
        """Leave nothing behind, whatever way the run ended."""
        if self.meter is not None:
            self.meter.abandon()
        if self.runs is not None:
            self.runs.abandon()
        if self.corridor is not None:
            self.corridor.keeper.close()


class _PytestCov:
    """pytest-cov's measurement, to be read when its own finish is through."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def lend(self) -> object:
        """Give pytest-cov's Coverage, or a sentence that says why there is none to read."""
        plugin = self._config.pluginmanager.getplugin("_cov")
        controller = getattr(plugin, "cov_controller", None)
        cov = getattr(controller, "cov", None)
        if cov is None:
            return "pytest-cov was asked to measure, but did not"
        if getattr(controller, "failed_workers", None):
            return "pytest-cov lost the data of a worker"
        if borrow.running() is not None:
            return "pytest-cov did not finish: the run was broken off"
        return cov


def _registering(config: pytest.Config) -> dict[object, tuple[str, Callable[..., object]]]:
    """Give the plugins that have the hook: each with its name, and its own part of the hook."""
    manager = config.pluginmanager
    caller = getattr(manager.hook, registry.HOOK)
    plugins = {impl.plugin: impl.plugin_name for impl in caller.get_hookimpls()}
    found: dict[object, tuple[str, Callable[..., object]]] = {}
    for plugin, name in plugins.items():
        others = [other for other in manager.get_plugins() if other is not plugin]
        own = manager.subset_hook_caller(registry.HOOK, others)
        found[plugin] = (name, lambda gates, own=own: own(gates=gates))
    return found


def _options(config: pytest.Config, known: Any) -> Options:
    return Options(
        reports=tuple(known.boss_gates_report),
        push=known.boss_gates_push or os.environ.get(PUSH, ""),
        report_only=known.boss_gates_report_only,
        tell_ci=known.boss_gates_tell_ci,
        strict=known.boss_gates_strict,
        tracker=known.boss_gates_tracker,
        base=known.boss_gates_base,
        shard=known.boss_gates_shard,
        invocation_dir=config.invocation_params.dir,
    )


def _meter(corridor: Corridor, config: pytest.Config, known: Any) -> Meter | None:
    """Decide who measures coverage, and start when that is us and not our workers."""
    lender = None
    # pytest-cov is "_cov" once it measures; a bare --cov leaves nothing else to see then
    if config.pluginmanager.hasplugin("_cov") or getattr(known, "cov_source", None):
        lender = _PytestCov(config).lend
    meter = corridor.meter(
        start=config.invocation_params.dir, off=_why_off(known), pytest_cov=lender
    )
    if meter is not None and not _has_workers(known):
        meter.start()
    return meter


def _why_off(known: Any) -> str:
    """Say why coverage is not for this run, "" when it is."""
    if getattr(known, "no_cov", False):
        return "switched off by --no-cov"
    if known.usepdb or known.trace:
        return f"{'--pdb' if known.usepdb else '--trace'}: a debugger and a tracer do not mix"
    return ""


def _has_workers(known: Any) -> bool:
    """Whether this is the controller of xdist workers, which runs no test itself.

    A worker has its controller's options, and no ``workerinput`` yet to tell it apart by. A
    controller that itself runs inside a worker is taken for one, and measures for nothing.
    """
    wanted = getattr(known, "numprocesses", None) or getattr(known, "tx", None)
    return bool(wanted) and "PYTEST_XDIST_WORKER" not in os.environ


def branch_complaint(settings: Settings, meter: Meter | None, config: pytest.Config) -> str:
    """A branch target needs branches; whoever else measures must be told to."""
    targets = [target for target in settings.targets if target.metric in BRANCHES]
    if meter is None or not targets:
        return ""
    cov: Any = None
    if meter.mode is Mode.PYTEST_COV:
        controller = getattr(config.pluginmanager.getplugin("_cov"), "cov_controller", None)
        cov = getattr(controller, "cov", None)
    elif meter.mode is Mode.RUNNING:
        cov = borrow.running()
    if cov is None or borrow.branches_measured(cov):
        return ""
    place = targets[0].set_at
    who = "pytest-cov" if meter.mode is Mode.PYTEST_COV else "coverage run"
    return (
        f"boss-gates: {place}: {targets[0].metric} has a target, but {who} does not measure "
        "branches. Add branch = true to [tool.coverage.run]."
    )
