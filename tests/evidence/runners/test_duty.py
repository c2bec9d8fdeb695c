"""What a call of duty runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.runners.duty import expand
from pytest_boss_gates.evidence.steps import Call, Step
from pytest_boss_gates.model import Place
from tests.evidence.conftest import reading_of
from tests.evidence.runners.conftest import first, seen

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_boss_gates.evidence.reading import Reading


def steps_of(
    reading: Reading, command: str, directory: str = "", env: dict[str, str] | None = None
) -> tuple[Step, ...]:
    place = Place(path="ci.yml", line=7, text=command)
    words = tuple(command.split())
    return expand(Call(words=words, place=place, directory=directory, env=env or {}), reading)


DUTIES = """\
from duty import duty, tools
from duty.callables import mypy

SRC = ["src", "tests"]


@duty(pre=["check-quality", "check_types"], aliases=["all"])
def check(ctx):
    ...


@duty
def check_quality(ctx, fix=False):
    ctx.run(
        tools.ruff.check(*SRC, config="ruff.toml", fix=fix),
        title="quality",
    )
    ctx.run(["black", "--check", *SRC])


@duty(post=["docs"])
def check_types(ctx):
    ctx.run(mypy.run(*SRC), nofail=True)


@duty(nofail=True)
def docs(ctx):
    ctx.run(tools.mkdocs.build(strict=True))
    ctx.run(tools.build())
    ctx.run(lambda: 1)


@duty(pre=["gone"])
def odd(ctx, version=""):
    ctx.run(f"git tag {version}")
"""
FILES = {"duties.py": DUTIES}


def test_duties_run_what_stands_before_and_after_them(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    expected = [
        "duties.py:7 > duties.py:15 ruff check src tests --config=ruff.toml",
        "duties.py:7 > duties.py:18 black --check src tests",
        "~duties.py:7 > duties.py:23 mypy src tests",
        "~duties.py:7 > duties.py:21 > duties.py:28 mkdocs build --strict",
        "~duties.py:7 > duties.py:21 > duties.py:29 python -m build",
        "~duties.py:7 > duties.py:21 > duties.py:30 DEAD docs runs what only running tells",
    ]
    assert seen(steps_of(reading, "duty check")) == expected
    assert seen(steps_of(reading, "duty all")) == expected


def test_a_failure_that_is_allowed_is_soft_and_says_where(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    step = first(steps_of(reading, "duty check-types"))
    assert step.soft == ("duties.py:23: nofail=True",)
    assert seen(steps_of(reading, "duty -z check-quality"))[0].startswith("~")


def test_parameters_of_the_command_line(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    assert seen(steps_of(reading, "duty odd version=1.0 check-quality")) == [
        "duties.py:33 DEAD odd needs 'gone', which is no duty",
        "duties.py:35 git tag 1.0",
        "duties.py:15 ruff check src tests --config=ruff.toml",
        "duties.py:18 black --check src tests",
    ]


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, FILES)
    assert seen(steps_of(reading, "duty gone")) == [
        "ci.yml:7 DEAD duty gone: there is no duty gone in duties.py"
    ]
    assert seen(steps_of(reading, "duty -d x.py a")) == [
        "ci.yml:7 DEAD duty -d x.py a: there is no x.py"
    ]
    assert steps_of(reading, "duty --list") == ()


def test_a_malformed_file_is_told_with_its_line(tmp_path: Path) -> None:
    reading = reading_of(tmp_path, {"duties.py": "def x(:\n"})
    assert seen(steps_of(reading, "duty x")) == [
        "ci.yml:7 DEAD duty x: duties.py is not understood"
    ]
    assert [(problem.path, problem.line) for problem in reading.problems] == [("duties.py", 1)]


PIECES = ["tools.a.b(x, y=1)", "tools", "mypy()", "[tools, 'a']", "lambda: x", "tools.a(*x)(**y)"]


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    pieces=st.lists(st.sampled_from(PIECES), min_size=1, max_size=6), name=st.sampled_from(PIECES)
)
def test_no_body_makes_it_raise(tmp_path: Path, pieces: list[str], name: str) -> None:
    body = "".join(f"    ctx.run({piece})\n" for piece in pieces)
    text = "from duty import duty, tools\nfrom duty.tools import mypy\n"
    text += f"@duty(pre=[{name}, 'a'], nofail={name}, aliases=[{name}])\ndef a(ctx):\n{body}"
    reading = reading_of(tmp_path, {"duties.py": text})
    assert isinstance(steps_of(reading, "duty a x=1"), tuple)
