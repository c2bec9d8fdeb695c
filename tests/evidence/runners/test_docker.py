"""What a build runs inside the image, and what a container is started with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.reading import Reading
from pytest_boss_gates.evidence.runners.docker import HEADS, expand
from pytest_boss_gates.evidence.shell import commands_of
from pytest_boss_gates.evidence.steps import Call, Script
from pytest_boss_gates.model import Place
from pytest_boss_gates.repository.tree import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def scripts(
    root: Path,
    command: str,
    files: Mapping[str, str],
    *,
    directory: str = "",
    env: Mapping[str, str] | None = None,
) -> list[Script]:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    call = Call(
        words=tuple(command.split()),
        place=Place(path="ci.yml", line=7),
        directory=directory,
        env=env or {},
    )
    steps = expand(call, Reading(Tree(root=root)))
    assert all(isinstance(step, Script) for step in steps)
    return [step for step in steps if isinstance(step, Script)]


def shown(found: list[Script]) -> list[str]:
    """Write down what runs: ``path:line command``."""
    return [
        f"{command.path}:{command.line} {' '.join(command.words)}"
        for script in found
        for command in commands_of(script).commands
    ]


DOCKERFILE = "FROM python\nRUN mypy src\n"


@pytest.mark.parametrize(
    "command",
    [
        "docker build .",
        "docker build",
        "docker build -t shop --build-arg A=b .",
        "docker build -f Dockerfile .",
        "docker build --file=Dockerfile .",
        "docker image build .",
        "docker buildx build --push --platform linux/amd64 .",
        "podman build .",
    ],
)
def test_a_build_runs_what_its_dockerfile_says(tmp_path: Path, command: str) -> None:
    assert shown(scripts(tmp_path, command, {"Dockerfile": DOCKERFILE})) == [
        "Dockerfile:2 mypy src"
    ]


@pytest.mark.parametrize(
    "command",
    ["docker", "docker push build", "docker ps", "docker build -f Other .", "docker build sub"],
)
def test_what_builds_nothing_of_ours_gives_nothing(tmp_path: Path, command: str) -> None:
    assert scripts(tmp_path, command, {"Dockerfile": "FROM python\n"}) == []


@pytest.mark.parametrize("program", ["run", "exec"])
def test_an_image_or_a_container_called_build_is_not_built(tmp_path: Path, program: str) -> None:
    found = scripts(tmp_path, f"docker {program} build tox", {"Dockerfile": DOCKERFILE})

    assert shown(found) == ["ci.yml:7 tox"]


def test_a_build_works_in_its_context_and_the_file_is_found_from_the_caller(
    tmp_path: Path,
) -> None:
    (script,) = scripts(
        tmp_path,
        "docker build -f ops/web.Dockerfile web",
        {"app/ops/web.Dockerfile": DOCKERFILE},
        directory="app",
        env={"A": "1"},
    )

    assert (script.path, script.directory) == ("app/ops/web.Dockerfile", "app/web")
    assert script.env == {"A": "1"}


def test_of_several_stages_all_count(tmp_path: Path) -> None:
    text = "FROM a AS x\nRUN mypy\nFROM b\nrun pytest\n# RUN black\n"

    found = scripts(tmp_path, "docker build .", {"Dockerfile": text})

    assert shown(found) == ["Dockerfile:2 mypy", "Dockerfile:4 pytest"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('RUN ["mypy", "--strict", "src"]', ["1 mypy --strict src"]),
        ("RUN pip install . \\\n    && mypy src", ["1 pip install .", "2 mypy src"]),
        ("RUN a \\\n # why\n\n && mypy", ["1 a", "4 mypy"]),
        ("RUN --mount=type=cache,target=/c --network=none mypy", ["1 mypy"]),
        ("RUN \\\n  mypy", ["2 mypy"]),
        (
            "RUN --mount=type=cache,target=/c \\\n    --mount=type=bind,source=a \\\n    mypy",
            ["3 mypy"],
        ),
        ("RUN mypy --strict", ["1 mypy --strict"]),
        ("RUN <<EOF\nmypy\nEOF\nRUN pytest", ["2 mypy", "4 pytest"]),
        ("RUN --mount=type=cache,target=/c <<-'EOF'\n  mypy\n  EOF\n", ["2 mypy"]),
        ("RUN bash -e <<EOF\nmypy\nEOF\n", ["2 mypy"]),
        ("RUN cat <<EOF > /x\nRUN mypy\nEOF\nRUN pytest", ["1 cat", "4 pytest"]),
        ("RUN python3 <<EOF\nmypy\nEOF\nRUN pytest", ["1 python3", "4 pytest"]),
        ("RUN cat <<<EOF\nRUN mypy\n", ["1 cat", "2 mypy"]),
        ("RUN <<EOF\nmypy\n", ["2 mypy"]),
    ],
)
def test_an_instruction_gives_its_commands_each_on_its_line(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    found = shown(scripts(tmp_path, "docker build .", {"Dockerfile": text}))

    assert [line.removeprefix("Dockerfile:") for line in found] == expected


def test_the_shell_of_a_build_goes_on_after_a_failure(tmp_path: Path) -> None:
    (script,) = scripts(tmp_path, "docker build .", {"Dockerfile": "RUN mypy; pytest\n"})

    mypy, pytest_ = commands_of(script).commands
    assert mypy.soft == ("no `set -e`: only the last command decides",)
    assert pytest_.soft == ()


@pytest.mark.parametrize(
    "command",
    [
        "docker run --rm -v .:/src -w /src python:3.12 mypy src",
        "docker exec -it web mypy src",
        "docker container run shop mypy src",
        "podman run shop mypy src",
        "docker compose run --rm web mypy src",
        "docker compose -f ops.yml --profile test run -e A=b web mypy src",
        "docker-compose exec -T web mypy src",
        "podman-compose run web mypy src",
    ],
)
def test_a_container_runs_what_comes_behind_its_name(tmp_path: Path, command: str) -> None:
    assert shown(scripts(tmp_path, command, {})) == ["ci.yml:7 mypy src"]


def test_options_of_the_command_in_a_container_stay_its_own(tmp_path: Path) -> None:
    found = scripts(tmp_path, "docker compose run web pytest -x --cov=src", {})

    assert shown(found) == ["ci.yml:7 pytest -x --cov=src"]


@pytest.mark.parametrize("command", ["docker run shop", "docker compose", "docker compose run"])
def test_a_container_without_a_command_gives_nothing(tmp_path: Path, command: str) -> None:
    assert scripts(tmp_path, command, {}) == []


WEB = "services:\n  web:\n    build: .\n    command: mypy src\n"


@pytest.mark.parametrize("name", ["compose.yaml", "docker-compose.yml"])
def test_a_service_run_without_a_command_starts_its_own(tmp_path: Path, name: str) -> None:
    assert shown(scripts(tmp_path, "docker compose run web", {name: WEB})) == ["ci.yml:7 mypy src"]


@pytest.mark.parametrize(
    ("command", "env"),
    [
        ("docker compose -f ops/test.yml run web", {}),
        ("docker-compose --file=ops/test.yml run web", {}),
        ("docker compose run web", {"COMPOSE_FILE": "none.yml:ops/test.yml"}),
    ],
)
def test_the_compose_file_that_is_named_counts(
    tmp_path: Path, command: str, env: Mapping[str, str]
) -> None:
    found = scripts(tmp_path, command, {"ops/test.yml": WEB}, env=env)

    assert shown(found) == ["ci.yml:7 mypy src"]


@pytest.mark.parametrize(
    ("dockerfile", "expected"),
    [
        ('FROM a\nCMD ["pytest", "-x"]\n', ["pytest -x"]),
        ("FROM a\nCMD pytest -x\n", ["pytest -x"]),
        ("FROM a\nCMD pytest\nFROM b\n", []),
        ('FROM a\nENTRYPOINT ["/app/bin/start"]\nCMD all\n', ["//bin/start all", "all"]),
    ],
)
def test_a_service_starts_what_its_image_says(
    tmp_path: Path, dockerfile: str, expected: list[str]
) -> None:
    found = scripts(
        tmp_path,
        "docker compose run web",
        {
            "compose.yml": "services: {web: {build: {context: web, dockerfile: D}}}\n",
            "web/D": dockerfile,
            "bin/start": "#!/bin/sh\n",
        },
    )

    assert shown(found) == [f"ci.yml:7 {line}" for line in expected]


def test_an_entrypoint_gets_the_words_of_the_call(tmp_path: Path) -> None:
    found = scripts(
        tmp_path,
        "docker compose run web lint",
        {"compose.yml": "services: {web: {image: x, entrypoint: [bash, ci.sh]}}\n"},
    )

    assert shown(found) == ["ci.yml:7 bash ci.sh lint", "ci.yml:7 lint"]


def test_what_is_executed_in_a_running_container_passes_the_entrypoint_by(tmp_path: Path) -> None:
    found = scripts(
        tmp_path,
        "docker compose exec web lint",
        {"compose.yml": "services: {web: {image: x, entrypoint: [bash, ci.sh]}}\n"},
    )

    assert shown(found) == ["ci.yml:7 lint"]


def test_up_builds_a_service_and_starts_it_without_looking_how_it_ends(tmp_path: Path) -> None:
    build, start = scripts(
        tmp_path,
        "docker compose -f ops/compose.yml up -d",
        {"ops/compose.yml": WEB, "ops/Dockerfile": "FROM a\nRUN ruff check\n"},
    )

    assert shown([build, start]) == ["ops/Dockerfile:2 ruff check", "ops/compose.yml:4 mypy src"]
    assert (build.soft, build.directory, start.directory) == ((), "ops", "ops")
    assert start.soft == ("ci.yml:7: nothing looks at how the container ends",)


@pytest.mark.parametrize(
    "option",
    ["--exit-code-from web", "--exit-code-from=web", "--abort-on-container-exit"],
)
def test_up_that_ends_as_its_container_does_is_not_soft(tmp_path: Path, option: str) -> None:
    (script,) = scripts(tmp_path, f"docker compose up {option}", {"compose.yml": WEB})

    assert (shown([script]), script.soft) == (["compose.yml:4 mypy src"], ())


@pytest.mark.parametrize("command", ["docker compose build", "docker-compose build web"])
def test_a_build_by_compose_starts_nothing(tmp_path: Path, command: str) -> None:
    found = scripts(tmp_path, command, {"compose.yml": WEB, "Dockerfile": DOCKERFILE})

    assert shown(found) == ["Dockerfile:2 mypy src"]


def test_a_build_of_another_service_leaves_this_one_out(tmp_path: Path) -> None:
    files = {"compose.yml": WEB, "Dockerfile": DOCKERFILE}

    assert scripts(tmp_path, "docker compose build db", files) == []


def test_a_command_that_is_a_variable_is_not_started(tmp_path: Path) -> None:
    text = "services:\n  web:\n    image: x\n    command: $COMMAND\n"

    assert scripts(tmp_path, "docker compose up", {"compose.yml": text}) == []


@pytest.mark.parametrize(
    "text", ["", "[]", "services: x", "services: {web: x}", "services: [", "a: 1", "\0"]
)
def test_a_compose_file_of_another_shape_gives_nothing(tmp_path: Path, text: str) -> None:
    assert scripts(tmp_path, "docker compose up", {"compose.yml": text}) == []


PIECES = st.sampled_from(
    [
        *["FROM a", "RUN ", "CMD ", "ENTRYPOINT ", "\n", "\\\n", "#", "[", "]", '"', "'", ","],
        *["<<EOF", "EOF", "--mount=x ", "--", "a", "$", "{", "}", "&x ", "*x", ":", " ", "- "],
        *["services:", "  web:", "    build: .", "    command: ", "    entrypoint: ", "context: "],
        *[
            "dockerfile: ",
            "<<: *x",
            "\x00",
            "\x85",
            "é",
            "\ufeff",
            "..",
            "/",
            "//",
            "null",
            "|",
            ">",
        ],
    ]
)
TEXTS = st.one_of(st.lists(PIECES, max_size=30).map("".join), st.text(max_size=40))
CALLS = [
    "build .",
    "buildx build -f Dockerfile",
    "run web a",
    "compose up",
    "up",
    "compose run web",
]
CALLS += ["compose build", "run web", "exec web", "compose -f", "compose create --exit-code-from"]


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(head=st.sampled_from(HEADS), call=st.sampled_from(CALLS), dockerfile=TEXTS, compose=TEXTS)
@example(head="docker", call="build .", dockerfile="RUN [" * 9_000, compose="")
@example(head="docker", call="build .", dockerfile="CMD " + "[" * 9_000, compose="")
@example(
    head="docker",
    call="compose run web",
    dockerfile="",
    compose="services: &x\n  web: *x\n  build: *x\n  command: [*x]\n",
)
@example(
    head="docker",
    call="compose up",
    dockerfile="RUN a\n",
    compose="x: &x {build: ., command: a}\nservices: {web: {<<: *x}}\n",
)
def test_no_text_makes_it_raise(
    tmp_path: Path, head: str, call: str, dockerfile: str, compose: str
) -> None:
    (tmp_path / "Dockerfile").write_text(dockerfile, encoding="utf-8", errors="replace")
    (tmp_path / "compose.yml").write_text(compose, encoding="utf-8", errors="replace")
    place = Place(path="ci.yml", line=1)
    reading = Reading(Tree(root=tmp_path))

    for step in expand(Call(words=(head, *call.split()), place=place), reading):
        assert isinstance(step, Script)
        assert all(line > 0 for line, _ in step.lines)
        commands_of(step)
