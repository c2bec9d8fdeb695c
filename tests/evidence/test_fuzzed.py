"""Whole trees of damaged files: never an exception, every proof true, and no endless work."""

# ruff: noqa: E501 - whole files stand on few lines

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.evidence.facts import find_evidence
from pytest_boss_gates.repository.tree import SIZE_LIMIT, Tree

if TYPE_CHECKING:
    from pytest_boss_gates.evidence.answer import Evidence

CI = ".github/workflows/ci.yml"
CALLS = (
    "make check; tox -e lint; nox -s lint; just lint; task lint; poe lint; pdm run lint; npm test;"
    " hatch run lint:all; inv lint; duty lint; pixi run lint; pipenv run lint; pre-commit run -a;"
    " bash ci.sh; python ci.py; uv run pytest --cov || true; ruff check . | cat"
)
REAL = {
    CI: f"""on:
  push: {{branches: [main], tags: ['v*']}}
  pull_request:
env: {{TOXENV: lint}}
jobs:
  a:
    if: github.event_name == 'push'
    strategy:
      matrix: {{os: [a, b], include: [{{os: c, x: 1}}], exclude: [{{os: a}}]}}
    continue-on-error: ${{{{ matrix.os == 'a' }}}}
    defaults: {{run: {{working-directory: ./sub/.., shell: bash}}}}
    steps:
      - uses: actions/checkout@v4
      - uses: ./.github/actions/x
        with: {{a: b}}
      - run: |
          set -e
          {CALLS}
        env: {{A: '1'}}
  b:
    uses: ./.github/workflows/ci.yml
""",
    ".github/actions/x/action.yml": "inputs: {a: {default: c}}\nruns:\n  using: composite\n"
    "  steps:\n    - run: mypy ${{ inputs.a }}\n      shell: bash\n    - uses: ./.github/actions/x\n",
    ".gitlab-ci.yml": "include: [{local: b.yml}]\nstages: [a]\ndefault: {before_script: [pip i]}\n"
    ".x: &x\n  script: [mypy]\na:\n  extends: .x\n  <<: *x\n  rules: [{if: $CI, when: manual}]\n"
    "b:\n  script:\n    - !reference [.x, script]\n  allow_failure: true\n  needs: [a]\n",
    "b.yml": "include: .gitlab-ci.yml\nc: {script: tox, extends: c}\n",
    ".circleci/config.yml": "version: 2.1\norbs: {p: circleci/python@1}\ncommands:\n  c:\n"
    "    parameters: {a: {default: b}}\n    steps: [run: mypy << parameters.a >>, c]\njobs:\n  j:\n"
    "    docker: [{image: x}]\n    steps: [checkout, c, {when: {condition: x, steps: [c]}}]\n"
    "workflows:\n  w:\n    jobs: [j, {p/test: {filters: {tags: {only: /.*/}}}}]\n",
    "azure-pipelines.yml": "trigger: [main]\nparameters: [{name: a, default: b}]\nstages:\n- stage: s\n"
    "  jobs:\n  - job: j\n    steps:\n    - script: mypy ${{ parameters.a }}\n    - template: t.yml\n"
    "    - ${{ if eq(variables.x, 'y') }}:\n      - bash: tox\n    - ${{ each p in parameters.a }}:\n"
    "      - task: UsePythonVersion@0\n",
    "t.yml": "steps:\n- script: ruff\n- template: t.yml\n",
    ".travis.yml": "language: python\nmatrix:\n  include: [{env: TOXENV=lint, script: tox}]\n"
    "  allow_failures: [{env: TOXENV=lint}]\ninstall: pip install .\nscript:\n  - pytest\n"
    "deploy: {provider: pypi, on: {tags: true}}\n",
    "Jenkinsfile": "pipeline {\n  agent any\n  stages {\n    stage('a') {\n      when { branch 'b' }\n"
    "      steps {\n        sh 'mypy'\n        sh '''\n        tox\n        '''\n      }\n    }\n  }\n}\n",
    ".cirrus.yml": "env: {A: b}\na_task:\n  matrix: [{env: {X: 1}}, {env: {X: 2}}]\n  x_script: mypy\n",
    ".drone.yml": "kind: pipeline\nsteps:\n- name: a\n  commands: [mypy]\n  failure: ignore\n---\nkind: x\n",
    ".woodpecker.yml": "steps:\n  a:\n    commands: [mypy]\n    when: {event: push}\n",
    ".zuul.yaml": "- job: {name: a, parent: tox, vars: {tox_envlist: lint}, run: b.yaml}\n- project:\n"
    "    templates: [c]\n    check: {jobs: [a, {tox-docs: {voting: false}}]}\n",
    "b.yaml": "- tasks:\n  - block: [{shell: mypy, args: {chdir: x}}]\n    ignore_errors: true\n",
    "appveyor.yml": "environment: {matrix: [{TOXENV: a}]}\ntest_script:\n- cmd: tox\n- ps: x\n",
    "bitbucket-pipelines.yml": "definitions: {steps: [step: &s {script: [mypy]}]}\npipelines:\n"
    "  default: [step: *s, parallel: [{step: {script: [tox]}}]]\n",
    ".buildkite/pipeline.yml": "steps:\n  - command: mypy\n    soft_fail: true\n  - wait\n  - group: g\n"
    "    steps: [{commands: [tox]}]\n",
    ".readthedocs.yaml": "version: 2\nbuild: {commands: [mkdocs build]}\nsphinx: {configuration: c}\n",
    ".pre-commit-config.yaml": "ci: {skip: [mypy]}\nrepos:\n- repo: https://x/y\n  rev: v1\n  hooks:\n"
    "  - {id: ruff, args: [--fix]}\n- repo: local\n  hooks:\n  - {id: a, entry: mypy, language: system,"
    " stages: [manual]}\n",
    "tox.ini": "[tox]\nenvlist = py3{10,11}, lint\n[base]\nc = mypy {posargs:src}\n[testenv]\n"
    "commands =\n    - pytest {[base]c} \\\n      -x\n    py310: {[testenv]commands}\n[testenv:lint]\n"
    "commands = make check\n    {[base]c}\n    tox -e lint\nsetenv = A={env:B:c}\n",
    "Makefile": "X ?= a\nY = $(X)$(Y)\ninclude b.mk Makefile\ncheck: lint $(addprefix x-,a b)\n"
    "\t-mypy $(X) || true\n\t$(MAKE) -C sub check\nx-%:\n\truff $*\nifeq ($(X),a)\nlint:\n\ttox\nendif\n"
    "define d\na\nendef\n",
    "b.mk": "include Makefile\nlint: ; black --check .\n",
    "noxfile.py": "import nox\nE = {'A': 'b'}\n@nox.session(python=['3.1'])\n@nox.parametrize('a', [1])\n"
    "def lint(session, a):\n    for x in ['mypy', 'ruff']:\n        session.run(x, *session.posargs, env=E)\n"
    "    session.notify('lint')\n",
    "tasks.py": "from invoke import task, Collection\nCMD = 'mypy'\n@task(pre=[])\ndef lint(c, x='a'):\n"
    "    with c.cd('sub'):\n        c.run(f'{CMD} {x}', warn=True)\n    lint(c)\n",
    "duties.py": "from duty import duty, tools\n@duty(pre=['lint'])\ndef lint(ctx):\n"
    "    ctx.run(tools.mypy('src'), title='x', nofail=True)\n",
    "justfile": "x := 'a'\nset shell := ['bash', '-c']\nlint a='b' *c: (lint x)\n    @-mypy {{a}} {{x + 'y'}}\n"
    "alias l := lint\nimport 'justfile'\n",
    "Taskfile.yml": "version: '3'\nincludes: {a: Taskfile.yml}\nvars: {X: a}\ntasks:\n  lint:\n    deps: [lint]\n"
    "    cmds: ['mypy {{.X}}', {task: lint}, {cmd: tox, ignore_error: true}]\n",
    "package.json": '{"scripts": {"test": "npm run lint && eslint .", "lint": "npm test", "pretest": "x"}}',
    "pixi.toml": "[tasks]\nlint = {cmd = 'mypy', depends-on = ['lint']}\n[feature.a.tasks]\nx = 'y'\n",
    "Pipfile": "[scripts]\nlint = 'pipenv run lint'\n[dev-packages]\nmypy = '*'\n",
    "pyproject.toml": "[project]\nname = 'x'\n[tool.mypy]\n[tool.poe.tasks]\nlint = {sequence = ['lint', {cmd ="
    " 'mypy'}]}\n[tool.pdm.scripts]\nlint = {composite = ['lint', 'mypy']}\n[tool.hatch.envs.lint.scripts]\n"
    "all = ['all', 'mypy {args}']\n[tool.tox]\nlegacy_tox_ini = '''\n[testenv]\ncommands = x\n'''\n"
    "[tool.pytest.ini_options]\naddopts = '--cov'\n[tool.ruff.lint]\nselect = ['S']\n",
    "setup.cfg": "[metadata]\nname = x\n[mypy]\n[tool:pytest]\naddopts = --cov\n[options.extras_require]\nd = mypy\n",
    "setup.py": "from setuptools import setup\nsetup(name='x', extras_require={'d': ['mypy']})\n",
    "ci.sh": '#!/bin/bash\nset -eu\nf() { mypy "$@"; }\nif [ x ]; then f src || exit 1; fi\n. ci.sh\ncase $1 in\n'
    "a|b) tox;;\nesac\ncat <<EOF\nruff\nEOF\n",
    "ci.py": "import subprocess, sys\nC = ['mypy']\ndef main():\n    subprocess.run([sys.executable, '-m', *C],"
    " check=True)\n    os.system('python ci.py')\nif __name__ == '__main__':\n    main()\n",
    "compose.yml": "services: {a: {build: .}}\n",
    "README.md": "We use `mypy`, ruff and Black.\n",
    "CONTRIBUTING.md": "A change must be approved by a reviewer.\n",
    "requirements.txt": "mypy>=1 ; python_version > '3'\n-r requirements.txt\n--hash=sha256:x\n",
    "environment.yml": "dependencies: [python, {pip: [mypy]}]\n",
    "tests/test_a.py": "def test_a(benchmark): pass\n",
}
PIECES = [
    *[
        "",
        "\n",
        " ",
        "\t",
        ":",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "'",
        '"',
        "|",
        ">",
        "&a ",
        "*a",
        "<<: *a",
    ],
    *[
        "$",
        "${",
        "$(",
        "${{",
        "}}",
        "`",
        "\\",
        "\\\n",
        "#",
        "=",
        ",",
        "(",
        ")",
        "%",
        "@",
        "!",
        "\x00",
    ],
    *[
        "\ufeff",
        "\x85",
        "é",
        "\U0001f600",
        "null",
        "~",
        "true",
        "1e999",
        "-",
        "---\n",
        "lambda: 0",
        "*",
    ],
    *[
        "include Makefile\n",
        "{[testenv]commands}",
        "<< parameters.a >>",
        "<<EOF\n",
        "if ",
        "|| true",
    ],
]
PATHS = sorted(REAL)


def damage(text: str, at: float, length: int, piece: str) -> str:
    start = int(at * len(text))
    return text[:start] + piece + text[start + length :]


DAMAGE = st.lists(
    st.tuples(
        st.sampled_from(PATHS),
        st.floats(0, 1),
        st.integers(0, 30),
        st.sampled_from(PIECES) | st.text(max_size=5),
    ),
    max_size=12,
)
SWAPS = st.lists(st.tuples(st.sampled_from(PATHS), st.sampled_from(PATHS)), max_size=2)
GONE = st.sets(st.sampled_from(PATHS), max_size=15)


def damaged(
    changes: list[tuple[str, float, int, str]], swaps: list[tuple[str, str]], gone: set[str]
) -> dict[str, str]:
    files = dict(REAL)
    for path, other in swaps:  # a file with the content of another
        files[path] = REAL[other]
    for path, at, length, piece in changes:
        files[path] = damage(files[path], at, length, piece)
    return {path: text for path, text in files.items() if path not in gone}


def written(root: Path, files: dict[str, str]) -> Tree:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text.encode("utf-8", "surrogatepass"))
    return Tree(root=root)


def check(tree: Tree, found: Evidence) -> None:
    """Every proof's line is in its file, every complaint has a place, and nothing is endless."""
    for fact in found.facts.values():
        for proof in fact.proofs:
            for place in proof.places:
                assert place.path in tree
                if place.line:
                    line = tree.read(place.path).split("\n")[place.line - 1]
                    assert place.text == line.strip()[: len(place.text)] or place.text in line
    assert all(each.place.path in tree for each in found.unresolved)
    assert all(each.path in tree for each in found.problems)


def look(files: dict[str, str]) -> None:
    root = Path(tempfile.mkdtemp())
    try:
        tree = written(root, files)
        check(tree, find_evidence(tree))
    finally:
        shutil.rmtree(root)


def test_the_files_as_they_are_show_what_they_should(tmp_path: Path) -> None:
    tree = written(tmp_path, REAL)

    found = find_evidence(tree)

    check(tree, found)
    assert found.problems == ()
    assert {"mypy", "ruff", "pytest", "tox", "nox", "eslint"} <= {
        key for key, fact in found.facts.items() if fact.level.label in ("wired", "gating")
    }


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(DAMAGE, SWAPS, GONE)
@example([], [], set())
def test_damaged_files_never_raise(
    changes: list[tuple[str, float, int, str]], swaps: list[tuple[str, str]], gone: set[str]
) -> None:
    look(damaged(changes, swaps, gone))


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(DAMAGE, SWAPS, GONE)
def test_many_damaged_files_never_raise(
    changes: list[tuple[str, float, int, str]], swaps: list[tuple[str, str]], gone: set[str]
) -> None:
    look(damaged(changes, swaps, gone))


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"\xff\xfe\x00",
        b"\x00" * 50,
        b"\xe9\xff: [\xfe]\nscript: mypy\n",
        b"[" * 5_000,
        b"- " * 5_000,
        b"{" * 5_000,
        b"(" * 5_000,
        b"a: &a [*a, *a]\n",
        b"null\n",
        b"[]\n",
        b"'text'\n",
        b"1\n",
    ],
    ids=[
        "empty",
        "blank",
        "utf-16",
        "zeros",
        "latin",
        "[",
        "-",
        "{",
        "(",
        "alias",
        "null",
        "list",
        "text",
        "1",
    ],
)
def test_a_file_that_is_something_else_loses_only_itself(
    tmp_path: Path, path: str, content: bytes
) -> None:
    files = {name: text for name, text in REAL.items() if name in (path, CI, "requirements.txt")}
    written(tmp_path, files)
    (tmp_path / path).write_bytes(content)
    tree = Tree(root=tmp_path)

    found = find_evidence(tree)

    check(tree, found)
    assert {problem.path for problem in found.problems} <= {path}
    if path != "requirements.txt":
        assert found.facts["mypy"].level.label != "none"


@pytest.mark.parametrize(
    "path", [path for path in PATHS if path not in ("README.md", "compose.yml")]
)
def test_a_file_of_ten_megabytes_is_told(tmp_path: Path, path: str) -> None:
    written(tmp_path, REAL)
    with (tmp_path / path).open("ab") as file:
        file.write(b"\n#" + b"x" * 10_000_000)

    found = find_evidence(Tree(root=tmp_path))

    told = [str(problem) for problem in found.problems if problem.path == path]
    assert path in found.read
    assert any(f"{path} is larger than 2 MB" in text for text in told)


@pytest.mark.parametrize(
    "path",
    [path for path in PATHS if path.endswith((".yml", ".yaml"))],
)
def test_aliases_that_explode_are_no_work(tmp_path: Path, path: str) -> None:
    """A billion laughs in the place of the steps; it ends, and so few commands are reached."""
    bombs = "a0: &a0 [{run: mypy, script: mypy, command: mypy, cmd: mypy}]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
    )
    use = "\n".join(
        f"{key}: *a11"
        for key in "jobs steps script stages tasks repos pipelines matrix test_script task".split()
    )
    inside = "\nx_job: {script: *a11, steps: *a11, commands: *a11, strategy: {matrix: *a11}}\n"
    tree = written(tmp_path, {path: f"on: push\n{bombs}{use}{inside}"})

    found = find_evidence(tree)

    check(tree, found)
    assert len(found.unresolved) < 2_000


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("Makefile", "Y0 = x\n" + "".join(f"Y{n} = $(Y{n - 1})$(Y{n - 1})\n" for n in range(1, 60)) + "check:\n\tmypy $(Y59)\n"),
        ("Makefile", "check: $(X)\nX = $(X) $(X)\n\tmypy\n"),
        ("Makefile", "include Makefile b.mk\ninclude $(wildcard *)\ncheck: check\n\t$(MAKE) check\n\tmypy\n"),
        ("Makefile", "".join(f"t{n}: {' '.join(f't{m}' for m in range(n))}\n\tmake t{n - 1} A=$(A){n}\n" for n in range(12)) + "check: t11\n\tmypy\n"),
        ("tox.ini", "[a]\nx = {[a]x}{[a]x}\n[testenv:lint]\ncommands = {[a]x} {[testenv:lint]commands}\n    mypy\n"),
        ("tox.ini", "[a0]\nx = mypy\n" + "".join(f"[a{n}]\nx = {{[a{n - 1}]x}} {{[a{n - 1}]x}}\n" for n in range(1, 50)) + "[testenv:lint]\ncommands = {[a49]x}\n"),
        ("tox.ini", "[tox]\nenvlist = " + "{a,b}-" * 40 + "c\n[testenv]\ncommands = mypy\n"),
        ("justfile", "x0 := 'a'\n" + "".join(f"x{n} := x{n - 1} + x{n - 1}\n" for n in range(1, 60)) + "lint: lint\n    mypy {{x59}}\n"),
        ("package.json", '{"scripts": {' + ", ".join(f'"s{n}": "npm run s{n + 1}; npm run s{n + 1} x"' for n in range(40)) + ', "test": "npm run s0; mypy"}}'),
        ("noxfile.py", "import nox\nA = ['mypy']\n" + "A = [*A, *A]\n" * 40 + "@nox.session\ndef lint(s):\n    s.run(*A)\n"),
        ("noxfile.py", "import nox\nA = 'mypy '\n" + "A = A + A\n" * 60 + "@nox.session\ndef lint(s):\n    s.run(A)\n"),
        ("tasks.py", "from invoke import task\nA = 'mypy '\n" + "A = f'{A}{A}'\n" * 60 + "@task\ndef lint(c):\n    c.run(A)\n    lint(c)\n"),
        ("Taskfile.yml", "version: '3'\ntasks:\n  lint: {deps: [t0]}\n" + "".join(f"  t{n}: {{deps: [t{n + 1}, t{n + 1}], cmds: [{{task: t{n + 1}}}, mypy]}}\n" for n in range(40))),
        ("pyproject.toml", "[tool.poe.tasks]\nlint = ['t0']\n" + "".join(f"t{n} = ['t{n + 1}', 't{n + 1}', 't{n + 1}']\n" for n in range(40))),
        ("pyproject.toml", "[tool.hatch.envs.lint.scripts]\nall = ['t0']\n" + "".join(f"t{n} = ['t{n + 1}', 't{n + 1}', 't{n + 1}']\n" for n in range(40))),
        ("pyproject.toml", "[tool.pdm.scripts]\nlint = {composite = ['t0']}\n" + "".join(f"t{n} = {{composite = ['t{n + 1}', 't{n + 1}']}}\n" for n in range(40))),
        ("ci.sh", "A=x\n" + "A=$A$A\n" * 60 + "mypy $A\nbash ci.sh $A\n"),
        ("ci.py", "import os\nA = 'mypy '\n" + "A = A * 9\n" * 40 + "os.system(A)\n"),
        (CI, "on: push\njobs:\n  a:\n    strategy:\n      matrix:\n" + "".join(f"        m{n}: [1, 2, 3, 4, 5]\n" for n in range(30)) + "    steps:\n      - run: mypy " + " ".join(f"${{{{ matrix.m{n} }}}}" for n in range(30)) + "\n"),
        (CI, "on: push\njobs:\n  a: {uses: ./.github/workflows/ci.yml}\n  b: {uses: ./.github/workflows/ci.yml}\n  c: {steps: [run: mypy]}\n"),
        (".github/actions/x/action.yml", "runs:\n  using: composite\n  steps:\n" + "    - uses: ./.github/actions/x\n" * 50),
        (".gitlab-ci.yml", "include: [.gitlab-ci.yml, b.yml]\n.x: {extends: .y}\n.y: {extends: [.x, a]}\na: {extends: [a, .x], script: [!reference [a, script], mypy]}\n"),
        (".gitlab-ci.yml", ".s0: [mypy]\n" + "".join(f".s{n}: [{', '.join([f'!reference [.s{n - 1}]'] * 9)}]\n" for n in range(1, 20)) + "a: {script: !reference [.s19]}\n"),
        ("t.yml", "steps:\n" + "- template: t.yml\n" * 50),
        (".circleci/config.yml", "version: 2.1\ncommands:\n" + "".join(f"  c{n}: {{steps: [c{n + 1}, c{n + 1}, c{n + 1}]}}\n" for n in range(30)) + "jobs: {a: {steps: [c0, run: mypy]}}\nworkflows: {w: {jobs: [a]}}\n"),
    ],
)  # fmt: skip
def test_what_expands_without_end_is_cut_off(tmp_path: Path, path: str, text: str) -> None:
    import tracemalloc

    tree = written(tmp_path, {**REAL, path: text})
    tracemalloc.start()
    try:
        found = find_evidence(tree)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    check(tree, found)
    assert most < 300_000_000
    assert sum(len(fact.proofs) for fact in found.facts.values()) < 20_000


def test_a_symlink_loop_and_a_submodule_do_no_harm(tmp_path: Path) -> None:
    written(tmp_path, {CI: REAL[CI], "sub/.git": "gitdir: ../.git/modules/sub\n", "sub/a.py": ""})
    (tmp_path / "loop").symlink_to(".", target_is_directory=True)
    (tmp_path / "Makefile").symlink_to("Makefile")
    (tmp_path / "tox.ini").symlink_to("/etc/passwd")
    (tmp_path / ".travis.yml").symlink_to("nowhere")
    tree = Tree(root=tmp_path)

    check(tree, find_evidence(tree))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux allows any bytes in a name")
@pytest.mark.parametrize(
    "name",
    [
        b"a\nb.yml",
        b"\x1b[31m.yml",
        b"caf\xe9.yml",
        b"a b'\"$(x).yml",
        b"-rf.yml",
        b"x" * 250 + b".yml",
    ],
)
def test_hostile_names_are_read_and_told_as_any_other(tmp_path: Path, name: bytes) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / os.fsdecode(name)).write_text(
        "on: push\njobs: {a: {steps: [{run: mypy; ./no.sh}]}}\n"
    )
    (folder / os.fsdecode(b"bad-" + name[:200] + b".yml")).write_text("[")
    tree = Tree(root=tmp_path)

    found = find_evidence(tree)

    check(tree, found)
    assert found.facts["mypy"].level.label == "gating"
    assert len(found.problems) == 1
    assert len(found.unresolved) == 1


@pytest.mark.slow
def test_a_tree_of_fifty_thousand_files_is_looked_at(tmp_path: Path) -> None:
    written(tmp_path, REAL)
    for folder in range(500):
        (tmp_path / f"pkg{folder}" / "sub").mkdir(parents=True)
        for number in range(99):
            (tmp_path / f"pkg{folder}" / "sub" / f"m{number}.py").touch()
        (tmp_path / f"pkg{folder}" / "pyproject.toml").write_text("[tool.mypy]\n")
    tree = Tree(root=tmp_path)
    assert len(tree.files) > 50_000

    found = find_evidence(tree)

    assert found.facts["mypy"].level.label in ("wired", "gating")
    assert all(len(fact.proofs) <= 20 for fact in found.facts.values())
    assert len(found.read) < 5_000


def test_the_limit_of_a_file_is_ten_megabytes_at_most() -> None:
    assert SIZE_LIMIT < 10_000_000
