"""How coverage.py is set up in a project, as it reads its own settings."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_boss_gates.measure.coverage.analysis import as_a_guest, listed, option

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """What coverage.py was told; ``problem`` says why that could not be read."""

    branch: bool = False
    patches: frozenset[str] = frozenset()
    concurrency: frozenset[str] = frozenset()
    fail_under: float = 0.0
    problem: str = ""


def configured(root: Path) -> Configured:
    """Ask coverage.py for the settings of a project; starts nothing and never raises for them."""
    from coverage import Coverage
    from coverage.exceptions import ConfigError, CoverageException  # no kin in older releases

    with as_a_guest(root):
        try:
            cov = Coverage(data_file=None, config_file=True, messages=False)
        except (ConfigError, CoverageException, OSError, ValueError) as error:
            return Configured(problem=" ".join(str(error).split()))
        limit = option(cov, "report:fail_under")
        return Configured(
            branch=bool(option(cov, "run:branch")),
            patches=frozenset(listed(cov, "run:patch")),
            concurrency=frozenset(listed(cov, "run:concurrency")),
            fail_under=float(limit) if isinstance(limit, int | float) else 0.0,
        )


def cores() -> tuple[str, ...]:
    """Name the cores that this Python and this coverage.py have, the quickest first."""
    from importlib.util import find_spec

    quick = ("sysmon",) if sys.version_info >= (3, 12) else ()
    compiled = ("ctrace",) if find_spec("coverage.tracer") is not None else ()
    return (*quick, *compiled, "pytrace")
