"""The project's settings and the command line's, checked: a Settings, or every problem at once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from pytest_boss_gates.errors import SettingsError
from pytest_boss_gates.model import (
    Comparator,
    Enforce,
    Place,
    Settings,
    Target,
    TrackerAction,
    Unit,
    spell_scope,
)
from pytest_boss_gates.settings.bounds import with_own_slack, with_slack
from pytest_boss_gates.settings.delivery import read_delivery, with_daily
from pytest_boss_gates.settings.keys import KEYS, TARGET_KEYS, Key, listed
from pytest_boss_gates.settings.page import Page, did_you_mean, relative_name, shown
from pytest_boss_gates.settings.paths import (
    read_base,
    read_history,
    read_patterns,
    read_project,
    read_push,
    read_report_options,
    read_reports,
    read_shard,
    read_sources,
)
from pytest_boss_gates.settings.schema import is_target, mismatch
from pytest_boss_gates.settings.scopes import read_limits, with_limit
from pytest_boss_gates.settings.targets import (
    TargetError,
    parse_wanted,
    spell_wanted,
    suggest_for_number,
    target_forms,
)
from pytest_boss_gates.settings.tools import read_catalogue, read_tools, tool_targets
from pytest_boss_gates.settings.tracker import Known, other_facts, read_tracker, read_tracker_option

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from pytest_boss_gates.model import Metric, Override, TrackerSettings, Wanted
    from pytest_boss_gates.repository.toml_lines import KeyPath

DEFAULT_TARGETS = {
    "code-coverage": ">90%",
    "session-duration": "<10 minutes",
    "ci-pipeline-duration": "<10 minutes",
    "build-success-rate": ">95%",
    "deployment-frequency": "daily",
    "lead-time-for-changes": "<1 day",
    "mean-time-to-recovery": "<30 minutes",
}
"""The tracker's own success metrics: the targets of a project that sets none."""

EXPIRED = "expired-overrides"
"""The metric whose target is 0 wherever there are overrides."""

DRIFT = "document-drift"
"""The metric whose target is 0 in a run that checks the tracker document."""

_TABLE = ("tool", "boss-gates")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line says, beside the settings file."""

    invocation_dir: Path  # what the paths of ``reports`` are relative to
    reports: tuple[str, ...] = ()  # each FORMAT or FORMAT:PATH, added to the file's
    push: str = field(default="", repr=False)  # a Pushgateway's URL; may hold a password
    report_only: bool = False
    tell_ci: bool = True
    strict: bool = False
    tracker: str = ""  # "update" or "check": what is done with the tracker document
    base: str = ""  # what the change is compared with, "" to find it
    shard: str = ""  # I/N
    config_file: Path | None = None  # in place of the root's pyproject.toml; must exist


def load(
    root: Path,
    options: Options,
    *,
    metrics: Mapping[str, Metric],
    formats: Collection[str],
    tools: Callable[[], Collection[str]],
    files: Callable[[], Sequence[str]],
    on_default_branch: Callable[[], bool] = lambda: False,
    practices: Callable[[], Collection[str]] = tuple,
    rows: Callable[[], Collection[str]] = tuple,
    tables: Callable[[], Mapping[str, Sequence[str]]] = dict,
    text: str | None = None,
) -> Settings:
    """Read and check ``[tool.boss-gates]`` and the options.

    ``tools`` gives the names of the catalogue and ``practices`` those that are no tools; they
    are asked only when tools are configured; ``rows`` gives the names of the tracker's rows and
    ``tables`` the columns of its tables by title, asked only when the tracker is configured;
    ``files`` gives the repository's files as sorted relative posix paths and is asked only
    when a path has to be checked; ``on_default_branch`` is asked when a delivery target does
    not say how it is enforced: it blocks there, and warns elsewhere. Without a table, or with
    one that has no ``targets``, the default targets hold; an empty ``targets`` table means no
    targets. ``text`` is read in place of the file's, as it was at another commit.

    Raises SettingsError, and nothing else, with every problem in file order, and with the
    settings as far as they could be read.
    """
    path = options.config_file or root / "pyproject.toml"
    name, required = relative_name(path, root), options.config_file is not None
    page = Page.read(path, name=name, required=required)
    if text is not None:
        page = Page(name=name, text=text)
    listing = cache(files)
    reading = _Reading(
        page=page, metrics=metrics, files=listing, on_default_branch=cache(on_default_branch)
    )
    given = reading.keys(KEYS, _table(page), _TABLE)
    targets = reading.targets(given["targets"]) if "targets" in given else reading.defaults()
    own = read_catalogue(given.get("catalogue"), (*_TABLE, "catalogue"), reading, tools, practices)
    tool_settings = tuple(read_tools(given.get("tools"), (*_TABLE, "tools"), reading, tools, own))
    titles = [str(row.get("title", key)) for key, row in own.items()]
    known = Known(
        rows=cache(lambda: {*rows(), *titles}),
        tables=tables,
        tools=cache(lambda: {*tools(), *own}),
        facts=cache(lambda: {*tools(), *practices(), *own, *other_facts()}),
        metrics=metrics,
    )
    tracker = read_tracker(given.get("tracker"), (*_TABLE, "tracker"), reading, root, known)
    if options.tracker:
        tracker = replace(tracker, action=read_tracker_option(options.tracker, tracker, page))
    delivery = read_delivery(given.get("delivery"), (*_TABLE, "delivery"), reading)
    written = read_reports(given.get("reports"), (*_TABLE, "reports"), page, root, formats)
    asked = read_report_options(options.reports, page, options.invocation_dir, formats)
    settings = Settings(
        root=root,
        targets=(
            *with_slack(
                with_daily(_checked_targets(tracker, targets, metrics), delivery),
                given,
                _TABLE,
                page,
            ),
            *tool_targets(tool_settings),
            *_override_targets(tracker.overrides, targets, metrics),
        ),
        tools=tool_settings,
        catalogue=own,
        tracker=tracker,
        delivery=delivery,
        source=read_sources(given.get("source"), (*_TABLE, "source"), page, root, listing),
        exclude=read_patterns(given.get("exclude"), (*_TABLE, "exclude"), page, listing),
        history=read_history(given.get("history"), (*_TABLE, "history"), page),
        project=read_project(given.get("project"), (*_TABLE, "project"), page, root),
        coverage_core=str(given.get("coverage-core", "")),
        base=read_base(given.get("base"), (*_TABLE, "base"), page),
        asked_base=options.base,
        min_changed_lines=int(str(given.get("min-changed-lines", 0))),
        reports=tuple(dict.fromkeys((*written, *asked))),
        push=read_push(options.push, page),
        report_only=options.report_only or given.get("report-only") is True,
        tell_ci=options.tell_ci and given.get("tell-ci") is not False,
        strict=options.strict or given.get("strict") is True,
        defaults="targets" not in given,
        shard=read_shard(options.shard, page),
        file=page.name,
    )
    if page.problems:
        raise SettingsError(page.in_order(), settings)
    return settings


def _table(page: Page) -> Mapping[str, object]:
    """Find ``[tool.boss-gates]``; a table of nearly that name must not be passed over."""
    tables = page.content.get("tool", {})
    if not isinstance(tables, dict):
        hint = "Write [tool.boss-gates]."
        page.complain(("tool",), "tool is not a table.", value=tables, suggestion=hint)
        return {}
    for name in tables:
        plain = name.lower().replace("_", "-").removeprefix("pytest-")
        if plain in ("boss-gates", "boss-gate", "bossgates") and name != "boss-gates":
            message = "The settings of pytest-boss-gates have another name."
            page.complain(("tool", name), message, suggestion="Write [tool.boss-gates].")
    table = tables.get("boss-gates", {})
    if isinstance(table, dict):
        return table
    hint = "Write [tool.boss-gates] above the settings."
    page.complain(_TABLE, "boss-gates is not a table.", value=table, suggestion=hint)
    return {}


def _target(
    metric: Metric,
    wanted: Wanted,
    *,
    limits: Mapping[str, str] | None = None,
    enforce: Enforce,
    set_at: Place | None = None,
) -> Target:
    own = limits or {}
    return Target(
        metric=metric.key,
        wanted=wanted,
        text=spell_wanted(wanted),
        scope=spell_scope(**own),
        paths=own.get("paths", ""),
        changed="changed" in own,
        marker=own.get("marker", ""),
        kind=own.get("kind", ""),
        enforce=enforce,
        set_at=set_at,
    )


def _checked_targets(
    tracker: TrackerSettings, targets: Sequence[Target], metrics: Mapping[str, Metric]
) -> Iterator[Target]:
    """Let a run that checks the tracker document fail for any claim too much."""
    metric = metrics.get(DRIFT)
    checks = tracker.action is TrackerAction.CHECK and metric is not None
    yield from (target for target in targets if not checks or target.metric != DRIFT)
    if checks and metric:
        yield _target(metric, parse_wanted("=0", metric), enforce=Enforce.BLOCK)


def _override_targets(
    overrides: Sequence[Override], targets: Sequence[Target], metrics: Mapping[str, Metric]
) -> Iterator[Target]:
    """Let no override expire unseen, unless a target says otherwise."""
    metric = metrics.get(EXPIRED)
    if overrides and metric and all(target.metric != EXPIRED for target in targets):
        wanted = parse_wanted("=0", metric)
        yield _target(metric, wanted, enforce=Enforce.BLOCK, set_at=overrides[0].set_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """One reading of a page, with what its values are checked against.

    Its methods give what is right and complain to the page about what is wrong.
    """

    page: Page
    metrics: Mapping[str, Metric]
    files: Callable[[], Sequence[str]]
    on_default_branch: Callable[[], bool]
    seen: dict[tuple[str, str, bool], KeyPath] = field(default_factory=dict)  # see _kept

    def keys(
        self, keys: Sequence[Key], table: Mapping[str, object], at: KeyPath
    ) -> dict[str, object]:
        """Give the values whose keys and types are as declared."""
        declared = {key.name: key for key in keys}
        good: dict[str, object] = {}
        for name, value in table.items():
            if name not in declared:
                hint = did_you_mean(name, declared, f"The keys are {listed(declared, 'and')}.")
                self.page.complain((*at, name), "There is no such key.", suggestion=hint)
            elif self.fits(declared[name], value, (*at, name)):
                good[name] = value
        return good

    def fits(self, key: Key, value: object, at: KeyPath) -> bool:
        """Whether a value has the declared type and is one of the choices."""
        message, hint = mismatch(key, value)
        if message and key.choices:
            items = value if isinstance(value, list) else [value]
            wrong = [item for item in items if isinstance(item, str) and item not in key.choices]
            hint = did_you_mean(wrong[0], key.choices, "") if wrong else hint
        if message:
            self.page.complain(at, message, value=value, suggestion=hint)
        return not message

    def defaults(self) -> tuple[Target, ...]:
        """Give the default targets, as far as their metrics are measured."""
        return tuple(
            _target(
                metric,
                parse_wanted(text, metric),
                enforce=Enforce.WARN if metric.delivery else Enforce.BLOCK,
            )
            for key, text in DEFAULT_TARGETS.items()
            if (metric := self.metrics.get(key)) is not None
        )

    def targets(self, table: object) -> tuple[Target, ...]:
        """Read the ``targets`` table, in its order."""
        found: list[Target] = []
        for name, value in table.items() if isinstance(table, dict) else ():
            at = (*_TABLE, "targets", name)
            metric = self.metrics.get(name)
            if metric is None or not is_target(metric):
                self._no_such_metric(name, at)
                continue
            if value == []:
                hint = f'Write for example "{target_forms(metric)[0]}".'
                self.page.complain(
                    at, "An empty list sets no target.", value=value, suggestion=hint
                )
            parts = enumerate(value) if isinstance(value, list) else [(None, value)]
            for index, part in parts:
                target = self._one(metric, part, at if index is None else (*at, index))
                found += [target] if target else []
        return tuple(with_limit(target, found, self.metrics[target.metric]) for target in found)

    def _no_such_metric(self, name: str, at: KeyPath) -> None:
        if name in self.metrics:
            message = "What is wanted of a tool is not set among the targets."
            hint = "Write it in [tool.boss-gates.tools]."
        else:
            message = "There is no such metric."
            valid = [key for key, metric in self.metrics.items() if is_target(metric)]
            hint = did_you_mean(name, valid, f"The metrics are {listed(valid, 'and')}.")
        self.page.complain(at, message, suggestion=hint, addable=name not in self.metrics)

    def _one(self, metric: Metric, value: object, at: KeyPath) -> Target | None:
        """Read one target, written as a string or a table."""
        if isinstance(value, str):
            wanted = self._wanted(metric, value, at)
            return self._kept(metric, wanted, at) if wanted else None
        example = f'"{target_forms(metric)[0]}"'
        if not isinstance(value, dict):
            hint = suggest_for_number(value, metric) or f"Write for example {example}."
            message = "A target is a string, or a table with one."
            self.page.complain(at, message, value=value, suggestion=hint)
            return None
        before = len(self.page.problems)
        given = self.keys(TARGET_KEYS, value, at)
        wanted = None
        if "target" in given:
            wanted = self._wanted(metric, str(given["target"]), (*at, "target"))
        elif "target" not in value:
            hint = f"Add for example target = {example}."
            self.page.complain(at, "This table has no target.", value=value, suggestion=hint)
        limits = read_limits(metric, given, at, self)
        if wanted is None or len(self.page.problems) > before:
            return None
        enforce = Enforce(given["enforce"]) if "enforce" in given else None
        kept = self._kept(metric, wanted, at, limits=limits, enforce=enforce)
        return with_own_slack(kept, metric, given, at, self.page)

    def _usual(self, metric: Metric, wanted: Wanted) -> Enforce:
        """A delivery target is about the default branch; elsewhere it only tells.

        So does a duration that is held against earlier ones: machines have bad days.
        """
        if metric.delivery:
            return Enforce.BLOCK if self.on_default_branch() else Enforce.WARN
        timed = metric.unit is Unit.SECONDS and wanted.comparator is Comparator.NO_WORSE
        return Enforce.WARN if timed else Enforce.BLOCK

    def _kept(
        self,
        metric: Metric,
        wanted: Wanted,
        at: KeyPath,
        *,
        limits: Mapping[str, str] | None = None,
        enforce: Enforce | None = None,
    ) -> Target | None:
        """Give the target, unless the metric already has one of its kind over the same scope.

        The kinds are an absolute and a relative one: "well, and no worse than it was".
        """
        place, scope = self.page.place(at), spell_scope(**limits or {})
        relative = wanted.comparator is Comparator.NO_WORSE
        first = self.seen.setdefault((metric.key, scope, relative), at)
        if first is at:
            enforce = enforce or self._usual(metric, wanted)
            return _target(metric, wanted, limits=limits, enforce=enforce, set_at=place)
        over = f" over {shown(scope)}" if scope else ""
        kind = "relative target" if relative else "target"
        message = f"{metric.key} already has a {kind}{over}, on line {self.page.place(first).line}."
        text = spell_wanted(wanted)
        self.page.complain(at, message, value=text, suggestion="Keep one of them.")
        return None

    def _wanted(self, metric: Metric, text: str, at: KeyPath) -> Wanted | None:
        try:
            return parse_wanted(text, metric)
        except TargetError as error:
            self.page.complain(at, str(error), value=text, suggestion=error.suggestion)
            return None
