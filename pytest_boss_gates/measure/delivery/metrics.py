"""The metrics of delivery, as the tracker and DORA name them."""

from __future__ import annotations

from pytest_boss_gates.model import Direction, Metric, Shape, Unit

CI_PIPELINE_DURATION = Metric(
    key="ci-pipeline-duration",
    title="CI Pipeline Duration",
    unit=Unit.SECONDS,
    direction=Direction.LOWER,
    shape=Shape.PLAIN,
    delivery=True,
    why="Time to run all checks: how long a change waits for its answer.",
    fix="Run the longest job's parts side by side, and cache what they install.",
)
BUILD_SUCCESS_RATE = Metric(
    key="build-success-rate",
    title="Build Success Rate",
    unit=Unit.RATIO,
    direction=Direction.HIGHER,
    shape=Shape.PLAIN,
    delivery=True,
    why="Share of builds of the default branch that succeed at the first attempt.",
    fix="Mend flaky tests first, then let pull requests run what the default branch runs.",
)
DEPLOYMENT_FREQUENCY = Metric(
    key="deployment-frequency",
    title="Deployment Frequency",
    unit=Unit.PER_WEEK,
    direction=Direction.HIGHER,
    shape=Shape.PLAIN,
    delivery=True,
    why="How often code reaches production: days with a deployment in a week.",
    fix="Deploy smaller changes, and let the pipeline deploy them.",
)
LEAD_TIME_FOR_CHANGES = Metric(
    key="lead-time-for-changes",
    title="Lead Time for Changes",
    unit=Unit.SECONDS,
    direction=Direction.LOWER,
    shape=Shape.PLAIN,
    delivery=True,
    why="Time from a commit to its first deployment.",
    fix="Look where a change waits: for review, for the pipeline, or for a release day.",
)
MEAN_TIME_TO_RECOVERY = Metric(
    key="mean-time-to-recovery",
    title="Mean Time to Recovery",
    unit=Unit.SECONDS,
    direction=Direction.LOWER,
    shape=Shape.PLAIN,
    delivery=True,
    why="Time from the start of an incident to recovery.",
    fix="Make the rollback a command that anyone on call may run.",
)
CHANGE_FAILURE_RATE = Metric(
    key="change-failure-rate",
    title="Change Failure Rate",
    unit=Unit.RATIO,
    direction=Direction.LOWER,
    shape=Shape.PLAIN,
    delivery=True,
    why="Share of deployments that an incident, a rollback or a revert followed.",
    fix="Look at what the failed ones have in common, and let a check before production find it.",
)
CI_RECOVERY_TIME = Metric(
    key="ci-recovery-time",
    title="CI Recovery Time",
    unit=Unit.SECONDS,
    direction=Direction.LOWER,
    shape=Shape.PLAIN,
    delivery=True,
    why="Time from a red pipeline of the default branch to a green one.",
    fix="Take back what broke the branch first, and mend it on a branch of its own.",
)
METRICS = (
    CI_PIPELINE_DURATION,
    BUILD_SUCCESS_RATE,
    DEPLOYMENT_FREQUENCY,
    LEAD_TIME_FOR_CHANGES,
    MEAN_TIME_TO_RECOVERY,
    CHANGE_FAILURE_RATE,
    CI_RECOVERY_TIME,
)
