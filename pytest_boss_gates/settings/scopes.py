"""What a target is limited to: paths, the tests with a marker, a kind of item."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from pytest_boss_gates.model import Comparator, read_marker
from pytest_boss_gates.settings.keys import listed
from pytest_boss_gates.settings.page import did_you_mean
from pytest_boss_gates.settings.paths import read_pattern
from pytest_boss_gates.settings.targets import parse_wanted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pytest_boss_gates.model import Metric, Target
    from pytest_boss_gates.repository.toml_lines import KeyPath
    from pytest_boss_gates.settings.page import Page


class Reading(Protocol):
    """What a target is checked against."""

    @property
    def page(self) -> Page:
        """The file."""

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """Every metric by its key."""

    @property
    def files(self) -> Callable[[], Sequence[str]]:
        """Give the repository's files."""


LIMITS: Mapping[str, Callable[[Metric], object]] = {
    "paths": lambda metric: metric.by_paths,
    "changed": lambda metric: metric.by_change,
    "marker": lambda metric: metric.by_marker,
    "kind": lambda metric: metric.kinds,
}
"""The keys that limit a target, each with whether a metric's targets may have it."""

_WORDS = {"paths": "paths", "changed": "what has changed", "marker": "a marker", "kind": "a kind"}


def read_limits(
    metric: Metric, given: Mapping[str, object], at: KeyPath, reading: Reading
) -> dict[str, str]:
    """Give the limits of a target written as a table, by key; complain about what is wrong."""
    limits: dict[str, str] = {}
    for name, allowed in LIMITS.items():
        if name not in given:
            continue
        text, here = str(given[name]), (*at, name)
        if not allowed(metric):
            able = [key for key, other in reading.metrics.items() if allowed(other)]
            hint = f"These can be: {', '.join(able)}." if able else ""
            message = f"{metric.key} cannot be limited to {_WORDS[name]}."
            reading.page.complain(here, message, value=given[name], suggestion=hint)
        elif name == "changed":
            limits |= {name: name} if given[name] is True else {}
        elif name == "paths":
            limits[name] = read_pattern(text, here, reading.page, reading.files)
        elif name == "marker":
            limits[name] = _marker(text, here, reading.page)
        else:
            limits[name] = text
            if text not in metric.kinds:
                hint = did_you_mean(text, metric.kinds, f"It has {listed(metric.kinds, 'and')}.")
                message = f"{metric.key} has no such kind."
                reading.page.complain(here, message, value=text, suggestion=hint)
    return limits


def with_limit(target: Target, targets: Sequence[Target], metric: Metric) -> Target:
    """Tell a relative target what one item may have, whatever it was: the absolute target's bound.

    The one over the same scope goes before the one over everything; without any it is what is
    acceptable of the metric.
    """
    if target.wanted.comparator is not Comparator.NO_WORSE or not metric.acceptable:
        return target
    limits = {
        other.scope: other.wanted
        for other in targets
        if other.metric == target.metric
        and other.wanted.comparator not in (Comparator.NO_WORSE, Comparator.EQUAL)
    }
    limit = limits.get(target.scope) or limits.get("") or parse_wanted(metric.acceptable, metric)
    return replace(target, limit=limit)


def _marker(text: str, at: KeyPath, page: Page) -> str:
    """Give an expression of markers, tidied; whether a test has them is known when they ran."""
    expression = " ".join(text.split())
    try:
        read_marker(expression)
    except ValueError as error:
        message = f"This is no marker: {error}." if expression else "A marker cannot be empty."
        hint = 'Write for example "slow" or "not slow".'
        page.complain(at, message, value=text, suggestion=hint)
    return expression
