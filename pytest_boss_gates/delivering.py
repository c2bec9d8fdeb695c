"""The corridor's way to the events of delivery: git's own, and CI's word on this pipeline."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from pytest_boss_gates.model import Events
from pytest_boss_gates.repository.ci import detect, pipeline_started
from pytest_boss_gates.repository.git import default_branch
from pytest_boss_gates.repository.past import read_past

if TYPE_CHECKING:
    from pathlib import Path


def gather_events(root: Path, folder: Path | None, kept: Events | None = None) -> Events:
    """Give all that is known, up to the commit that is checked out.

    ``folder`` keeps what git has told; ``kept`` has the builds, deployments, incidents and merges
    of a history.
    """
    ci = detect(os.environ)
    branch = ci.default_branch or default_branch(root)
    past, kept = read_past(root, folder, branch=branch), kept or Events()
    return replace(
        past,
        builds=kept.builds,
        deployments=(*kept.deployments, *past.deployments),
        incidents=kept.incidents,
        merges=kept.merges,
        now=datetime.now(timezone.utc),
        in_ci=bool(ci.name),
        ci_started=pipeline_started(os.environ),
    )
