"""What a launcher runs, with its own options taken off."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_boss_gates.evidence.launchers import Inner, base_name, unwrap


def launched(text: str) -> Inner:
    inner = unwrap(tuple(shlex.split(text)))
    assert inner is not None
    return inner


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("uv run mypy src", "mypy src"),
        ("uv run --with x --group dev --extra=y -- mypy", "mypy"),
        ("uv --quiet run --no-sync mypy", "mypy"),
        ("uv run -m mypy src", "mypy src"),
        ("uv run --module=mypy src", "mypy src"),
        ("uv tool run ruff check", "ruff check"),
        ("uvx --with x tox -e lint", "tox -e lint"),
        ("uvx ruff@latest check", "ruff check"),
        ("uvx --from 'ruff[x]==1' ruff check", "ruff check"),
        ("uvx 'ruff[x]==1' check", "ruff check"),
        ("poetry run mypy", "mypy"),
        ("corepack pnpm run lint", "pnpm run lint"),
        ("pipx run --spec x ruff==0.1 check", "ruff check"),
        ("conda run -n x --no-capture-output mypy", "mypy"),
        ("python -m mypy src", "mypy src"),
        ("python3.12 -W error -X dev -m pytest", "pytest"),
        ("python -Im build", "build"),
        ("python -mmypy src", "mypy src"),
        ("python -m pre_commit run", "pre-commit run"),
        ("python.exe -m mypy", "mypy"),
        ("./.venv/bin/python -m mypy", "mypy"),
        ("pypy3 -m pytest", "pytest"),
        ("py -3.11 -m mypy", "mypy"),
        ("'$(PYTHON)' -m mypy", "mypy"),
        ("'${PYTHON:-python3}' -m mypy", "mypy"),
        ("{envpython} -m mypy", "mypy"),
        ("coverage run --source x -m pytest tests", "pytest tests"),
        ("sudo -E -u x mypy", "mypy"),
        ("/usr/bin/env python -m mypy", "python -m mypy"),
        ("time mypy", "mypy"),
        ("nice -n 5 nohup mypy", "nohup mypy"),
        ("timeout -k 5 10m mypy", "mypy"),
        ("xargs -0 -n 1 mypy", "mypy"),
        ("find . -name '*.py' -exec mypy '{}' +", "mypy"),
        ("docker run --rm -v a:b -e C=d image mypy src", "mypy src"),
        ("docker compose -f x.yml run --rm -e A=b web mypy", "mypy"),
        ("docker-compose run web pytest -x", "pytest -x"),
        ("npx --yes eslint@8 .", "eslint ."),
        ("xvfb-run -a --server-num 3 pytest", "pytest"),
        ("travis_retry pip install x", "pip install x"),
        ("doppler run -- pytest", "pytest"),
        ("command mypy", "mypy"),
        ("exec mypy", "mypy"),
        ("sudo '${OPTIONS}' mypy", "mypy"),
    ],
)
def test_the_command_behind_a_launcher(text: str, expected: str) -> None:
    assert " ".join(launched(text).words) == expected


@pytest.mark.parametrize(
    "text",
    [
        "mypy src",
        "uv sync --group dev",
        "uv pip install mypy",
        "uv run",
        "poetry install",
        "pipx install mypy",
        "coverage report -m",
        "python",
        "python -c 'import mypy'",
        "python -V",
        "docker build -t x .",
        "docker run --rm image",
        "docker compose up web",
        "find . -name mypy",
        "py.test tests",
        "command -v mypy",
        "doppler run",
        "sudo",
        "timeout 5",
        "tox -e lint",
        "envsubst x",
        "pythonista -m mypy",
    ],
)
def test_what_launches_nothing(text: str) -> None:
    assert unwrap(tuple(shlex.split(text))) is None


@pytest.mark.parametrize(
    ("text", "file", "arguments"),
    [
        ("python setup.py test", "setup.py", ("test",)),
        ("python -u -W error scripts/check.py", "scripts/check.py", ()),
        ("uv run scripts/check.py a", "scripts/check.py", ("a",)),
        ("coverage run --branch manage.py test", "manage.py", ("test",)),
        ("bash ci/run.sh a b", "ci/run.sh", ("a", "b")),
        ("sh -ex run.sh", "run.sh", ()),
        ("bash -o pipefail run.sh", "run.sh", ()),
        (". ci/env.sh", "ci/env.sh", ()),
        ("source ci/env.sh x", "ci/env.sh", ("x",)),
    ],
)
def test_a_file_that_is_run(text: str, file: str, arguments: tuple[str, ...]) -> None:
    inner = launched(text)

    assert (inner.file, inner.words) == (file, arguments)


@pytest.mark.parametrize(
    ("text", "inner", "errexit"),
    [
        ("bash -c 'mypy src; ruff'", "mypy src; ruff", False),
        ("bash -ec 'mypy src'", "mypy src", True),
        ("bash -e -c mypy", "mypy", True),
        ("bash -euo pipefail -c mypy", "mypy", True),
        ("sh -lc mypy", "mypy", False),
        ("cmd /c mypy src", "mypy src", False),
        ("pwsh -Command mypy", "mypy", False),
        ("eval mypy src", "mypy src", False),
    ],
)
def test_text_that_a_shell_gets(text: str, inner: str, *, errexit: bool) -> None:
    found = launched(text)

    assert (found.text, found.errexit) == (inner, errexit)


@pytest.mark.parametrize(
    ("text", "directory"),
    [
        ("uv run --directory sub mypy", "sub"),
        ("uv run --project=sub mypy", "sub"),
        ("uv --directory sub run mypy", "sub"),
        ("poetry -C sub run mypy", "sub"),
    ],
)
def test_where_a_launcher_runs_it(text: str, directory: str) -> None:
    inner = launched(text)

    assert (inner.words, inner.directory) == (("mypy",), directory)


def test_variables_that_a_launcher_sets() -> None:
    assert launched("env -u X A=b C=d=e tox").env == {"A": "b", "C": "d=e"}
    assert launched("cross-env A=b jest").env == {"A": "b"}


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("mypy", "mypy"),
        ("./venv/bin/mypy", "mypy"),
        ("venv\\Scripts\\mypy.exe", "mypy"),
        ("${PREFIX}ruff", "ruff"),
        ("${BIN}/ruff", "ruff"),
        ("$BIN/ruff", "ruff"),
        ("$(BIN)/ruff", "ruff"),
        ("${X}", "${X}"),
        ("$(x --of 2>/dev/null)", "$(x --of 2>/dev/null)"),
        ("$(x $(y))/bin/ruff", "ruff"),
        ("/", "/"),
    ],
)
def test_a_command_goes_by_its_own_name(word: str, name: str) -> None:
    assert base_name(word) == name


TEXTS = """uv run uvx tool -m --module --with --directory --directory=x -- - -c -e -o python sh bash
    env A=b sudo timeout 5 docker compose exec image find -exec ; {} xargs coverage x.py ${X} $(Y)
    command -v npx ruff@1 eval . source cmd /c find poetry -C""".split()
WORDS = st.sampled_from([*TEXTS, ""])


@given(st.lists(WORDS, min_size=1, max_size=12))
def test_no_words_break_it_and_each_launcher_leaves_fewer(words: list[str]) -> None:
    inner = unwrap(words)

    if inner is not None:
        assert len(inner.words) < len(words)
        assert inner.words or inner.text or inner.file
