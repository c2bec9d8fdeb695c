"""From the CI job, hop by hop, to the command: ways, soft failures, ends, and no endless work."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_boss_gates.evidence.chain import Chain, Followed, Reached
from pytest_boss_gates.evidence.ci import github
from pytest_boss_gates.evidence.reading import Reading
from pytest_boss_gates.evidence.runners import RUNNERS
from pytest_boss_gates.evidence.steps import Dead, Job, Known, Script, Through, Trigger
from pytest_boss_gates.model import Place
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_boss_gates.evidence.steps import Step

CI = ".github/workflows/ci.yml"


def read(root: Path, files: Mapping[str, str]) -> Reading:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return Reading(Tree(root=root))


def follow(root: Path, run: str, files: Mapping[str, str] | None = None) -> Followed:
    """Follow a workflow whose only step runs a script of one line."""
    workflow = f"on: push\njobs:\n  a:\n    steps:\n      - run: {run}\n"
    reading = read(root, {CI: workflow, **(files or {})})
    return Chain(reading, RUNNERS, {}).follow(github.jobs(reading))


def reached(found: Followed, head: str) -> list[Reached]:
    return [each for each in found.reached if each.words[0] == head]


def way(found: Followed, head: str) -> str:
    [only] = reached(found, head)
    return " ".join(str(place) for place in only.way)


def job(*steps: Step, soft: tuple[str, ...] = ()) -> Job:
    return Job(
        system="x",
        name="x",
        place=Place(path="ci", line=1),
        triggers=frozenset({Trigger.PUSH, Trigger.TAG}),
        steps=steps,
        soft=soft,
    )


def chain(tmp_path: Path, ends: Mapping[str, str] | None = None) -> Chain:
    return Chain(read(tmp_path, {"ci": "\n" * 9}), {}, ends or {})


def test_each_hop_has_its_place_from_ci_to_the_tool(tmp_path: Path) -> None:
    found = follow(
        tmp_path,
        "make check",
        {
            "Makefile": "check: types\ntypes:\n\ttox -e types\n",
            "tox.ini": "[testenv:types]\ncommands =\n    bash ci/types.sh src\n",
            "ci/types.sh": "set -e\ncd $(git rev-parse --show-toplevel)\nuv run mypy $1\n",
        },
    )

    assert way(found, "mypy") == f"{CI}:5 Makefile:3 tox.ini:3 ci/types.sh:3"
    [mypy] = reached(found, "mypy")
    assert mypy.words == ("mypy", "src")
    assert mypy.soft == ()
    assert mypy.way[-1].text == "uv run mypy $1"
    assert found.unresolved == ()


def test_every_command_on_the_way_is_reached_as_well(tmp_path: Path) -> None:
    found = follow(tmp_path, "sudo uv run coverage run -m pytest")

    assert [each.words[0] for each in found.reached] == ["sudo", "uv", "coverage", "pytest"]
    assert [each.order for each in found.reached] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("run", "files", "place"),
    [
        ("mypy || true", {}, f"{CI}:5"),
        ("make -i check || true", {"Makefile": "check:\n\tmypy\n"}, f"{CI}:5"),
        ("make check", {"Makefile": "check:\n\tmypy || true\n"}, "Makefile:2"),
        ("bash a.sh", {"a.sh": "mypy || true\n"}, "a.sh:1"),
        ("bash a.sh", {"a.sh": "bash b.sh || true\n", "b.sh": "mypy\n"}, "a.sh:1"),
        ("bash -c 'mypy || true'", {}, f"{CI}:5"),
        ("bash -c mypy || true", {}, f"{CI}:5"),
    ],
)
def test_soft_failures_are_carried_to_the_end_with_their_place(
    tmp_path: Path, run: str, files: Mapping[str, str], place: str
) -> None:
    [mypy] = reached(follow(tmp_path, run, files), "mypy")

    assert f"{place}: `|| true`" in mypy.soft


def test_a_script_without_errexit_softens_all_but_its_last_command(tmp_path: Path) -> None:
    found = follow(tmp_path, "./a.sh", {"a.sh": "#!/bin/bash\nmypy\nruff check\n"})

    assert [each.soft for each in reached(found, "mypy")] == [
        ("a.sh:2: no `set -e`: only the last command decides",)
    ]
    assert [each.soft for each in reached(found, "ruff")] == [()]


def test_errexit_of_the_call_reaches_the_file(tmp_path: Path) -> None:
    found = follow(tmp_path, "bash -e a.sh", {"a.sh": "mypy\nruff check\n"})

    assert [each.soft for each in reached(found, "mypy")] == [()]


def test_soft_failures_of_the_job_and_the_steps_come_first(tmp_path: Path) -> None:
    script = Script(path="ci", lines=((3, "mypy || true"),))
    through = Through(steps=(script,), soft=("step",))

    [mypy] = chain(tmp_path).follow([job(through, soft=("job",))]).reached

    assert mypy.soft == ("job", "step", "ci:3: `|| true`")


def test_a_step_narrows_the_occasions_and_one_without_any_is_not_followed(tmp_path: Path) -> None:
    script = Script(path="ci", lines=((3, "mypy"),))
    tag = Through(steps=(script,), only=frozenset({Trigger.TAG}))
    never = Through(steps=(script,), only=frozenset({Trigger.MANUAL}))

    found = chain(tmp_path).follow([job(tag, never)])

    assert [each.triggers for each in found.reached] == [frozenset({Trigger.TAG})]


def test_a_known_end_is_reached_and_what_it_runs_gets_its_inputs(tmp_path: Path) -> None:
    known = Known(
        kind="action", name="a/b", place=Place(path="ci", line=4), options={"src-dir": "lib"}
    )

    found = chain(tmp_path, {"a/b": "black ${flags:---check} ${src_dir}"}).follow([job(known)])

    assert [(each.kind, each.words) for each in found.reached] == [
        ("action", ("a/b",)),
        ("command", ("black", "--check", "lib")),
    ]
    assert {each.way[-1].line for each in found.reached} == {4}


@pytest.mark.parametrize(
    ("run", "files", "why"),
    [
        ("inv lint", {}, "tasks.py"),
        ("make nowhere", {"Makefile": "a:\n\tb\n"}, "nowhere"),
        ("make", {}, "there is no makefile in the root"),
        ("tox -e nowhere", {"tox.ini": "[testenv:a]\ncommands = b\n"}, "nowhere"),
        ("python ci/nowhere.py", {}, "there is no file ci/nowhere.py"),
        ("./nowhere.sh", {}, "there is no file ./nowhere.sh"),
        ("bash nowhere.sh", {}, "there is no file nowhere.sh"),
        ("$TOOL src", {}, "only running could tell what ${TOOL} is"),
        ("python $FILE", {}, "only running could tell which file ${FILE} is"),
        ("$(cat tool) src", {}, "only running could tell what $(cat tool) is"),
        ("'mypy \"src'", {}, "an unclosed quotation mark"),
        ("nox -s nowhere", {"noxfile.py": "import nox\n"}, "nowhere"),
    ],
)
def test_an_end_that_cannot_be_followed_is_told_with_its_place(
    tmp_path: Path, run: str, files: Mapping[str, str], why: str
) -> None:
    found = follow(tmp_path, run, files)

    assert any(why in each.why for each in found.unresolved), found.unresolved
    assert all(each.place.path in (CI, *files) for each in found.unresolved)


@pytest.mark.parametrize(
    "run",
    ["echo $TOOL", "pip install mypy", ". venv/bin/activate", "venv/bin/x", "python -c x", "ls"],
)
def test_ends_that_nobody_needs_to_know_of_are_not_told(tmp_path: Path, run: str) -> None:
    assert follow(tmp_path, run).unresolved == ()


def test_a_dead_end_is_told_once(tmp_path: Path) -> None:
    dead = Dead(place=Place(path="ci", line=2), why="x")

    assert len(chain(tmp_path).follow([job(dead, dead), job(dead)]).unresolved) == 1


@pytest.mark.parametrize(
    ("run", "files"),
    [
        ("make a", {"Makefile": "a: b\nb: a\n\tmake a\n\tmypy\n"}),
        (
            "make a",
            {
                "Makefile": "a:\n\ttox -e a\n\tmypy\n",
                "tox.ini": "[testenv:a]\ncommands = make a\n",
            },
        ),
        ("bash a.sh", {"a.sh": "bash a.sh\nmypy\n"}),
        ("bash a.sh", {"a.sh": "bash b.sh\n", "b.sh": "bash a.sh; . b.sh\nmypy\n"}),
        ("bash a.sh 1", {"a.sh": "bash a.sh 1$1\nmypy\n"}),
        ("bash a.sh", {"a.sh": "cd sub\nbash a.sh\nmypy\n", "sub/a.sh": "cd ..\nbash a.sh\n"}),
        ("python a.py", {"a.py": "import os\nos.system('python a.py; mypy')\n"}),
        (
            "npm run a",
            {"package.json": '{"scripts": {"a": "npm run b; mypy", "b": "npm run a"}}'},
        ),
        (
            "nox -s a",
            {
                "noxfile.py": "import nox\n@nox.session\ndef a(s):\n    s.run('nox', '-s', 'a')\n    s.run('mypy')\n"  # noqa: E501
            },
        ),
    ],
)
def test_recursion_ends_and_what_else_is_run_is_found(
    tmp_path: Path, run: str, files: Mapping[str, str]
) -> None:
    found = follow(tmp_path, run, files)

    assert reached(found, "mypy")
    assert len(found.reached) < 200


def test_a_chain_is_at_most_so_deep(tmp_path: Path) -> None:
    files = {f"s{n}.sh": f"bash s{n + 1}.sh\ntool{n}\n" for n in range(60)}

    found = follow(tmp_path, "bash s0.sh", files)

    assert reached(found, "tool20")
    assert not reached(found, "tool40")
    assert max(len(each.way) for each in found.reached) <= 26


def test_scripts_that_call_two_others_each_are_cut_off_and_told(tmp_path: Path) -> None:
    files = {f"s{n}.sh": "".join(f"bash s{n + 1}.sh {k}$1\n" for k in range(8)) for n in range(20)}

    found = follow(tmp_path, "bash s0.sh", files)

    assert len(found.reached) <= 5_000
    assert any("more than" in each.why for each in found.unresolved)


def test_a_make_that_calls_itself_with_ever_new_variables_is_cut_off(tmp_path: Path) -> None:
    files = {"Makefile": "a:\n\t$(MAKE) a X=1$(X)\n\t$(MAKE) a X=2$(X)\n\tmypy\n"}

    found = follow(tmp_path, "make a", files)

    assert reached(found, "mypy")
    assert len(found.reached) <= 5_000


def test_variants_of_a_matrix_that_run_the_same_are_one(tmp_path: Path) -> None:
    script = Script(path="ci", lines=((3, "mypy src"),), env={})

    found = chain(tmp_path).follow([job(script, script)])

    assert len(found.reached) == 1


def test_two_jobs_are_not_one(tmp_path: Path) -> None:
    script = Script(path="ci", lines=((3, "mypy src"),))

    assert len(chain(tmp_path).follow([job(script), job(script)]).reached) == 2


def test_a_module_of_the_repository_is_followed(tmp_path: Path) -> None:
    found = follow(
        tmp_path,
        "python -m tools.check src",
        {"tools/check.py": "import subprocess\nsubprocess.check_call(['mypy', 'src'])\n"},
    )

    assert way(found, "mypy") == f"{CI}:5 tools/check.py:2"
