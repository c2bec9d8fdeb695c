"""What a run needs, looked at one by one: each prerequisite, whether it holds, and its fix.

Nothing is run and nothing is changed. ``CHECKS`` is the table; each check is a function from the
ground to what it found.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from pytest_boss_gates.doctor import measuring, project, runner
from pytest_boss_gates.doctor.ground import Found, Ground, State, inapplicable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

CHECKS: tuple[tuple[str, Callable[[Ground], Found]], ...] = (
    ("settings", project.settings),
    ("versions", runner.versions),
    ("plugin", runner.plugin),
    ("whole suite", runner.whole_suite),
    ("source", project.source),
    ("git", project.git),
    ("history", project.history),
    ("base", project.base),
    ("coverage settings", measuring.readable),
    ("branches", measuring.branches),
    ("pytest-cov", measuring.pytest_cov),
    ("child processes", measuring.children),
    ("concurrency", measuring.concurrency),
    ("coverage core", measuring.core),
    ("tools", project.tools),
    ("cache", project.cache),
    ("last run", project.last_run),
    ("earlier runs", project.earlier_runs),
)
"""The checks by name, in the order in which a person would mend what they find."""


def examine(
    root: Path,
    environ: Mapping[str, str],
    doing: Callable[[str], AbstractContextManager[object]] = nullcontext,
) -> tuple[tuple[str, Found], ...]:
    """Look at everything; a check never raises for what it finds."""

    def looked() -> Iterator[tuple[str, Found]]:
        with doing("reading the settings"):
            ground = Ground.of(root, environ)
        for name, check in CHECKS:
            with doing(f"checking {name}"):
                yield name, check(ground)

    return tuple(looked())


__all__ = ["CHECKS", "Found", "Ground", "State", "examine", "inapplicable"]
