"""The table ``delivery``: what is read of it, and what every mistake says."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import jsonschema
import pytest

from pytest_boss_gates.errors import SettingsError
from pytest_boss_gates.measure.delivery import METRICS
from pytest_boss_gates.model import Average, Clock, DeliverySettings, Settings
from pytest_boss_gates.settings import Options, load, settings_schema
from pytest_boss_gates.settings.page import Page

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = {metric.key: metric for metric in METRICS}
GOOD = """
[tool.boss-gates.delivery]
production = ["Live-*", "pypi"]
commit-clock = "committer"
daily = 3
time-zone = "Europe/Zurich"
recovery = "median"
incident-labels = ["outage", " sev 1 "]
dora-bands = "2023"
"""


def read(root: Path, text: str) -> Settings:
    (root / "pyproject.toml").write_text(text, encoding="utf-8")
    return load(
        root,
        Options(invocation_dir=root),
        metrics=KNOWN,
        formats=("json",),
        tools=tuple,
        files=tuple,
    )


def test_every_key_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, GOOD).delivery == DeliverySettings(
        production=("Live-*", "pypi"),
        clock=Clock.COMMITTER,
        daily=3,
        time_zone="Europe/Zurich",
        recovery=Average.MEDIAN,
        labels=("outage", "sev 1"),
        bands="2023",
    )


def test_without_the_table_the_usual_choices_hold(tmp_path: Path) -> None:
    assert read(tmp_path, "").delivery == DeliverySettings()


def test_a_good_table_is_valid_by_the_schema() -> None:
    table = Page(name="pyproject.toml", text=GOOD).content["tool"]
    assert isinstance(table, dict)

    jsonschema.validate(table["boss-gates"], settings_schema(KNOWN, ()))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (
            "daily = 9",
            (
                "2: daily = 9 daily takes a whole number from "
                "1 to 7, and this is none. Write for example daily = 3."
            ),
        ),
        (
            "daily = true",
            (
                "2: daily = true daily takes a whole number "
                "from 1 to 7, not true or false. Write for example daily = 3."
            ),
        ),
        (
            'commit-clock = "wall"',
            ('2: commit-clock = "wall" commit-clock is "author" or "committer".'),
        ),
        (
            'recovery = "men"',
            ('2: recovery = "men" recovery is "mean" or "median". Did you mean "mean"?'),
        ),
        (
            'time-zone = "Europe/Zürich"',
            (
                '2: time-zone = "Europe/Zürich" There is no '
                'such time zone. Did you mean "Europe/Zurich"?'
            ),
        ),
        (
            'time-zone = "../etc/passwd"',
            (
                '2: time-zone = "../etc/passwd" There is no '
                'such time zone. Write its IANA name, such as "Europe/Zurich".'
            ),
        ),
        (
            'production = ["live", " "]',
            ('2: production[1] = " " This names nothing. Write for example "production".'),
        ),
        (
            "productions = 1",
            ('2: productions There is no such key. Did you mean "production"?'),
        ),
    ],
)
def test_a_mistake_says_where_it_is_and_what_to_write(
    tmp_path: Path, line: str, message: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, f"[tool.boss-gates.delivery]\n{line}\n")

    (problem,) = caught.value.problems
    assert " ".join(str(problem).split()) == f"pyproject.toml:{message}".replace(
        ": ", ": tool.boss-gates.delivery.", 1
    )


def test_a_part_of_the_world_is_no_time_zone(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="There is no such time zone"):
        read(tmp_path, '[tool.boss-gates.delivery]\ntime-zone = "Europe"\n')


@pytest.mark.parametrize(("setting", "days"), [("", 5), ("daily = 3", 3), ("daily = 7", 7)])
def test_daily_asks_for_as_many_days_a_week_as_configured(
    tmp_path: Path, setting: str, days: int
) -> None:
    targets = '[tool.boss-gates.targets]\ndeployment-frequency = "daily"\n'
    settings = read(tmp_path, f"{targets}[tool.boss-gates.delivery]\n{setting}\n")

    (target,) = settings.targets
    assert (target.text, target.wanted.value) == ("daily", Fraction(days))


def test_daily_by_default_is_as_configured_too(tmp_path: Path) -> None:
    settings = read(tmp_path, "[tool.boss-gates.delivery]\ndaily = 3\n")

    daily = [each for each in settings.targets if each.metric == "deployment-frequency"]
    assert [each.wanted.value for each in daily] == [3]


def test_a_rate_a_day_is_left_alone(tmp_path: Path) -> None:
    targets = '[tool.boss-gates.targets]\ndeployment-frequency = "1/day"\n'
    settings = read(tmp_path, f"{targets}[tool.boss-gates.delivery]\ndaily = 3\n")

    assert settings.targets[0].wanted.value == 7
