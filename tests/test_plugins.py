"""Plugins through the one hook, and tools run beside the tests, in real sessions."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Project

MISSED, UNKNOWN, USAGE = 10, 11, 4
GATE = """\
    import pytest

    from pytest_boss_gates.measure import Gate
    from pytest_boss_gates.model import Direction, Measurement, Metric, Shape, Unit

    TODOS = Metric(
        key="todos", title="Todos", unit=Unit.COUNT, direction=Direction.LOWER,
        shape=Shape.TOTAL, why="They rot.", fix="Do them.",
    )


    def measure(context):
        yield Measurement(metric={metric!r}, value={value})


    @pytest.hookimpl(optionalhook=True)
    def pytest_boss_gates_register(gates):
        gates.add_gate(Gate(key="todos", metrics=(TODOS,), measure=measure))
        gates.add_tool(
            "our-lint", {{"purpose": "Linting", "area": "lint", "files": ["our-lint.cfg"]}}
        )
    """


FORK = """\
    import os


    def test_fork():
        if hasattr(os, "fork"):
            child = os.fork()
            if not child:
                os._exit(0)
            os.waitpid(child, 0)
    """


def plugin(metric: str = "todos", value: str = "3") -> str:
    return GATE.format(metric=metric, value=value)


def add_conftest(shop: Project, text: str) -> None:
    shop.write({"conftest.py": text})


@pytest.mark.parametrize("arguments", [(), ("-n2",)])
def test_a_conftest_adds_a_gate_and_a_tool(shop: Project, arguments: tuple[str, ...]) -> None:
    shop.targets('todos = "<=2"', "[tool.boss-gates.tools]", 'our-lint = "declared"')
    shop.write({"our-lint.cfg": "x"})
    add_conftest(shop, plugin())

    result = shop.run(*arguments)

    assert result.status == MISSED, result.output
    assert result.statuses == {"todos": "missed", "tool-level our-lint": "met"}


def test_coverage_is_measured_although_a_conftest_adds_names(shop: Project) -> None:
    shop.targets('todos = "<=3"', 'code-coverage = "=100%"')
    add_conftest(shop, plugin())

    result = shop.run()

    assert result.statuses == {"todos": "met", "code-coverage": "met"}


def test_without_the_flag_the_hook_is_not_called(shop: Project) -> None:
    add_conftest(shop, plugin().replace("gates.add_gate", "raise RuntimeError; gates.add_gate"))

    assert shop.run_plain().status == 0


def test_names_that_no_conftest_adds_stay_wrong(shop: Project) -> None:
    shop.targets('todo = "<=2"')
    add_conftest(shop, plugin())

    result = shop.run()

    assert result.status == USAGE
    assert 'There is no such metric. Did you mean "todos"?' in result.output


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            plugin().replace('key="todos", title', 'key="complexity", title'),
            "there is a metric 'complexity' already.",
        ),
        (plugin().replace('"files"', '"file"'), "there is no field 'file'."),
        ("def pytest_boss_gates_register(gates): 1 / 0", "it raised ZeroDivisionError"),
    ],
)
def test_what_a_plugin_adds_wrongly_stops_before_any_test(
    shop: Project, text: str, message: str
) -> None:
    add_conftest(shop, text)

    result = shop.run()

    assert result.status == USAGE
    words = " ".join(result.output.split())
    assert "The plugin '" in words
    assert "conftest.py' cannot be used: " in words
    assert message in words


@pytest.mark.parametrize(
    ("metric", "value", "reason"),
    [
        ("code-coverage", "1", "it measured 'code-coverage', which is not its own"),
        ("todos", "'many'", "it gave 'many' as 'todos'"),
        ("todos", "float('nan')", "it gave nan as 'todos'"),
        ("todos", "1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_gate_that_gives_what_it_must_not_is_unknown(
    shop: Project, metric: str, value: str, reason: str
) -> None:
    shop.targets('todos = "<=2"', 'tests = ">=1"')
    add_conftest(shop, plugin(metric, value))

    result = shop.run()

    assert result.status == UNKNOWN
    assert result.statuses == {"todos": "unknown", "tests": "met"}
    assert reason in result.verdicts["todos"]["reason"]


@pytest.fixture
def installed(shop: Project) -> Project:
    """The shop where a plugin of the group ``boss_gates`` is installed."""
    site = shop.root.parent / "site"
    information = site / "house_gates-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: house-gates\nVersion: 1.0\n"
    )
    (information / "entry_points.txt").write_text("[boss_gates]\nhouse = house_gates\n")
    shop.write({"../site/house_gates.py": plugin(), "our-lint.cfg": "x"})
    shop.environment["PYTHONPATH"] = str(site)
    return shop


def test_an_installed_plugin_is_the_same_to_pytest_and_to_the_command(installed: Project) -> None:
    installed.targets('todos = "<=2"', "[tool.boss-gates.tools]", 'our-lint = "declared"')

    session = installed.run()
    check = installed.run_command(sys.executable, "-m", "pytest_boss_gates.cli", "check")
    evidence = installed.run_command(
        sys.executable, "-m", "pytest_boss_gates.cli", "evidence", "--json"
    )

    schema = installed.run_command(
        sys.executable, "-m", "pytest_boss_gates.cli", "schema", "settings"
    )

    expected = {"todos": "missed", "tool-level our-lint": "met"}
    assert (session.status, check.status) == (MISSED, MISSED)
    assert session.statuses == check.statuses == expected
    assert json.loads(evidence.output)["facts"]["our-lint"]["level"] == "declared"
    assert "todos" in json.loads(schema.output)["properties"]["targets"]["properties"]


def test_the_command_shows_tools_of_the_settings_and_tells_what_is_wrong_with_them(
    shop: Project,
) -> None:
    command = (sys.executable, "-m", "pytest_boss_gates.cli", "evidence", "our-lint")
    table = """\
        [tool.boss-gates.catalogue.our-lint]
        purpose = "Linting"
        area = "lint"
        files = ["our-lint.cfg"]
        """
    shop.write({"pyproject.toml": table, "our-lint.cfg": "x"})
    right = shop.run_command(*command)

    shop.write({"pyproject.toml": table.replace('lint"', 'linting"')})
    wrong = shop.run_command(*command)

    assert right.status == 0
    assert "our-lint.cfg:1" in right.output
    assert "pyproject.toml:3: tool.boss-gates.catalogue.our-lint.area" in wrong.output


def test_warnings_as_errors_meet_none_of_ours(shop: Project) -> None:
    run_mypy(shop, "raise SystemExit(0)")
    shop.write({"tests/test_fork.py": FORK})
    add_conftest(shop, plugin())

    result = shop.run("-W", "error")

    assert result.status == 0, result.output


def test_an_installed_plugin_can_be_kept_out(installed: Project) -> None:
    installed.targets('todos = "<=2"')

    assert installed.run("-p", "no:house").status == USAGE


def test_a_plugin_in_a_conftest_and_installed_is_one(installed: Project) -> None:
    installed.targets('todos = "<=2"')
    add_conftest(installed, 'pytest_plugins = ["house_gates"]')

    assert installed.run().status == MISSED


def test_an_installed_plugin_that_cannot_be_imported_is_named(installed: Project) -> None:
    installed.write({"../site/house_gates.py": "import no_such_module"})

    session = installed.run()
    check = installed.run_command(sys.executable, "-m", "pytest_boss_gates.cli", "check")

    assert (session.status, check.status) == (USAGE, 2)
    for result in (session, check):
        words = " ".join(result.output.split())
        assert "The plugin 'house' cannot be used: importing house_gates raised" in words


# Tools run beside the tests.

CI = {
    ".github/workflows/ci.yml": """\
        on: [push, pull_request]
        jobs:
          lint:
            runs-on: ubuntu-latest
            steps:
              - run: mypy shop
        """,
    "mypy.ini": "[mypy]\n",
}


def run_mypy(shop: Project, code: str, *more: str) -> None:
    """Let ``mypy`` be a program of these lines."""
    shop.write({**CI, "fake.py": code})
    shop.write(
        {
            "pyproject.toml": f"""\
            [tool.boss-gates]
            targets = {{}}
            [tool.boss-gates.tools.mypy]
            run = "python fake.py"
            {" ".join(more)}
            """
        }
    )


@pytest.mark.parametrize("arguments", [(), ("-n2",)])
def test_a_tool_that_passes_is_run_once_and_observed(
    shop: Project, arguments: tuple[str, ...]
) -> None:
    run_mypy(shop, "open('count', 'a').write('x')")

    result = shop.run(*arguments)

    assert result.status == 0, result.output
    assert result.statuses == {"tool-level mypy": "met"}
    assert (shop.root / "count").read_text() == "x"


def test_the_command_runs_it_too(shop: Project) -> None:
    run_mypy(shop, "raise SystemExit(1)")

    result = shop.run_command(sys.executable, "-m", "pytest_boss_gates.cli", "check")

    assert result.status == MISSED
    assert result.statuses == {"tool-level mypy": "missed"}


def test_what_a_tool_found_is_shown_and_cannot_command_the_terminal(shop: Project) -> None:
    run_mypy(
        shop,
        """\
        print("shop/cart.py:1: error: untyped")
        print("::error::forged \\x1b]0;title\\x07")
        raise SystemExit(1)
        """,
    )

    result = shop.run()

    assert result.status == MISSED
    assert "shop/cart.py:1: error: untyped" in result.output
    assert ".boss-gates/tools/mypy.log" in result.output
    assert "gating at .github/workflows/ci.yml:6" in result.output
    assert "\x1b]" not in result.output
    assert not [line for line in result.output.splitlines() if line.startswith("::")]
    tracker = (shop.root / ".boss-gates" / "tracker.md").read_text(encoding="utf-8")
    assert "untyped" in tracker
    assert "\x1b" not in tracker


def test_nothing_is_run_to_collect_only(shop: Project) -> None:
    run_mypy(shop, "open('count', 'a').write('x')")

    shop.run("--collect-only")

    assert not (shop.root / "count").exists()


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT")
def test_ctrl_c_kills_the_tool_and_skips_it(shop: Project) -> None:
    run_mypy(shop, "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(600)")
    shop.write(
        {
            "tests/test_wait.py": """\
                import time


                def test_wait():
                    time.sleep(60)
                """
        }
    )
    process = shop.start("--boss-gates", "-q")
    deadline = time.monotonic() + 60
    pid = shop.root / "pid"
    while not (pid.exists() and pid.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)

    process.send_signal(signal.SIGINT)

    assert process.wait(60) == 2
    report = json.loads((shop.root / ".boss-gates" / "report.json").read_text(encoding="utf-8"))
    (verdict,) = (v for v in report["verdicts"] if v["metric"] == "tool-level")
    assert verdict["status"] == "skipped"
    assert verdict["reason"] == "the session ended before `python fake.py` did"
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_a_tool_that_is_this_very_session_starts_no_other(shop: Project) -> None:
    shop.write({**CI, ".github/workflows/ci.yml": CI[".github/workflows/ci.yml"] + "- run: pytest"})
    shop.write(
        {
            "pyproject.toml": """\
            [tool.boss-gates]
            targets = {}
            [tool.boss-gates.tools.pytest]
            level = "declared"
            run = "python -m pytest -p no:cacheprovider --boss-gates-report-only --boss-gates"
            """,
            "requirements.txt": "pytest",
        }
    )

    result = shop.run()

    assert result.status == 0, result.output
    assert result.statuses == {"tool-level pytest": "met"}
