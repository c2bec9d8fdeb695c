"""The bundle's format: written, read again, held against its schema, and refused when damaged."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_boss_gates.measure.coverage.reading import Mode
from pytest_boss_gates.measure.coverage.sharing import How, Measured, MeasuredFile
from pytest_boss_gates.measure.recorder import Finished, Outcome
from pytest_boss_gates.measure.tools.run import End, Ran
from pytest_boss_gates.shards.bundle import (
    Bundle,
    BundleError,
    Identity,
    Session,
    SkippedFile,
    Warned,
    bundle_schema,
    read,
    render,
)

if TYPE_CHECKING:
    from pathlib import Path

BUNDLE = Bundle(
    shard=2,
    of=3,
    identity=Identity(
        commit="c0ffee",
        python="CPython 3.11 on linux",
        versions={"coverage": "7.10.6"},
        settings={"tool.boss-gates.targets.tests": "11"},
        sources={"shop/ca\u0308rt.py": "22"},
        tests={"tests/test_cart.py": "33"},
    ),
    session=Session(
        started=1_700_000_000.5,
        seconds=1.25,
        workers=2,
        exit_status=1,
        broken="interrupted",
        tests=(
            Finished(nodeid="t.py::test_a[\udcff]", outcome=Outcome.PASSED, phases=(0, 0.5, 1e-9)),
            Finished(nodeid="t.py::test_b", outcome=Outcome.XFAILED, reason="a \u2028 reason"),
        ),
        not_run=("t.py::test_c",),
        left_out=("t.py::test_d",),
        files_left_out=("u.py",),
        skipped_files=(SkippedFile(nodeid="v.py", reason="no reason"),),
        warnings=(Warned(text="W: x", path="t.py", line=3, count=2, early=1),),
        problems=("Traceback",),
    ),
    versions={"pytest": "9"},
    coverage=Measured(
        mode=Mode.PYTEST_COV,
        branch=True,
        files=(
            MeasuredFile(path="shop/cart.py", arcs=((-1, 1), (1, -1)), tracer="plugin"),
            MeasuredFile(path="shop/lines.py", lines=(1, 2)),
        ),
        options={"run:branch": True, "run:source": ["shop"]},
        how=How(core="CTracer", workers=2, early=("shop",), killed=1),
    ),
    tools={"mypy": Ran(command=("mypy", "src"), end=End.EXITED, status=-9, lines=("x",))},
    installed={"mypy": "1.15", "ruff": None},
)


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "shard-2-of-3.json"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(tmp_path: Path, text: str) -> str:
    path = written(tmp_path, text)
    with pytest.raises(BundleError) as refused:
        read(path)
    return str(refused.value).replace(str(path), "PATH")


def changed(*path: str | int, to: Any = ...) -> str:
    """The bundle's text with one member changed, or taken out."""
    content = json.loads(render(BUNDLE))
    *way, last = path
    place = content
    for key in way:
        place = place[key]
    if to is ...:
        del place[last]
    else:
        place[last] = to
    return json.dumps(content)


def test_a_bundle_is_read_as_it_was_written(tmp_path: Path) -> None:
    assert read(written(tmp_path, render(BUNDLE))) == BUNDLE


def test_members_with_their_usual_values_are_left_out(tmp_path: Path) -> None:
    plain = replace(BUNDLE, coverage=None, session=replace(BUNDLE.session, broken="", tests=()))
    text = render(plain)

    assert "broken" not in text
    assert "coverage" not in json.loads(text)
    assert read(written(tmp_path, text)) == plain


def test_a_bundle_keeps_to_its_schema() -> None:
    schema = bundle_schema()

    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(render(BUNDLE)), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(json.loads(changed("session", "workers", to="2")), schema)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "PATH is not a bundle: it is no JSON"),
        (render(BUNDLE)[:-20], "PATH is not a bundle: it is no JSON"),
        ("[" * 100_000, "PATH is not a bundle: it is no JSON"),
        ("[]", "PATH is not a bundle, which `pytest --boss-gates --boss-gates-shard=I/N` writes"),
        ("{}", "PATH is not a bundle, which `pytest --boss-gates --boss-gates-shard=I/N` writes"),
        (changed("format", to=2), "PATH has format 2, and this version reads format 1. Let the"),
        (changed("format", to="1"), "PATH has format '1', and this version reads format 1."),
        (changed("shard", to=4), "PATH is damaged: there is no shard 4/3."),
        (changed("shard", to=0), "PATH is damaged: there is no shard 0/3."),
        (changed("of", to=10**9), "PATH is damaged: there is no shard 2/1000000000."),
        (changed("shard", to=True), "PATH is damaged: shard is not a whole number."),
        (changed("session"), "PATH is damaged: session is missing."),
        (changed("session", "seconds"), "PATH is damaged: session.seconds is missing."),
        (changed("session", "seconds", to="1"), "session.seconds is not a number."),
        (changed("session", "seconds", to=float("nan")), "session.seconds is not a finite number"),
        (changed("session", "tests", to={}), "PATH is damaged: session.tests is not a list."),
        (changed("session", "tests", 0, to=[]), "session.tests[0] is not a table."),
        (changed("session", "tests", 0, "outcome", to="fine"), "outcome is none of passed, failed"),
        (changed("session", "tests", 0, "outcome", to=[]), "outcome is none of passed, failed"),
        (changed("session", "tests", 0, "phases", to=[1]), "phases has 1 entries, not 3."),
        (changed("session", "tests", 0, "phases", to=3), "phases is not a list."),
        (changed("identity", "sources", to=[]), "PATH is damaged: identity.sources is not a table"),
        (changed("identity", "commit", to=7), "PATH is damaged: identity.commit is not a text."),
        (changed("coverage", "branch", to=1), "coverage.branch is not true or false."),
        (changed("coverage", "options", "run:branch", to=1), "options.run:branch is not a list."),
        (changed("installed", "ruff", to=1), "PATH is damaged: installed.ruff is not a text."),
        (changed("more", to=1), "PATH is damaged: more is not known."),
        (changed("session", "more", to=1), "PATH is damaged: session.more is not known."),
    ],
)
def test_what_is_no_bundle_is_refused_by_name(tmp_path: Path, text: str, reason: str) -> None:
    assert reason in refusal(tmp_path, text)


def test_a_bundle_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"shard-9\.json cannot be read: No such file"):
        read(tmp_path / "shard-9.json")


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
PLACES: list[tuple[str | int, ...]] = [
    ("shard",),
    ("identity", "versions"),
    ("session", "exit-status"),
    ("session", "tests"),
    ("session", "tests", 0),
    ("session", "tests", 0, "phases"),
    ("coverage",),
    ("coverage", "files", 0, "arcs"),
    ("coverage", "options"),
    ("tools", "mypy"),
    ("installed",),
]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(place=st.sampled_from(PLACES), value=ANY_JSON)
def test_whatever_stands_in_it_is_read_or_refused(
    tmp_path: Path, place: tuple[str | int, ...], value: object
) -> None:
    path = written(tmp_path, changed(*place, to=value))

    try:
        bundle = read(path)
    except BundleError:
        return
    assert read(written(tmp_path, render(bundle))) == bundle
