"""Which tags name a release."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from pytest_boss_gates.repository.versions import is_release

RELEASES = """
v1.2.3 1.2 1.2.3 release-1.2 release/1.2.3 release1.2 pkg-1.2.3 pkg/v1.2.3 pkg@1.2.3 pkg==1.2
@scope/pkg@1.2.3 my-v2-1.4.0 foo-2-1.0 python-3.12 V2.0 v.1.2 v1 v255 1!2.0 1.2.3.post1 1.2.3-1
1.2.3-final 1.2.3.Final 1.2.3-GA v2.3.4-stable v1.2.3+build5 REL_1_2_3 REL9_6_0 R_2_5_0 curl-8_11_0
2024.01.15 2024-01-15 20240115 v2024.1 2024_01_15
"""
OTHERS = """
v1.2.3rc1 1.0a1 1.0b2 1.0.dev3 v2.0.0-alpha.1 1.2.3-SNAPSHOT 1.2.3-beta+x v1.0-rc.1 pkg-1.0.0b2
v1.2.3-preview.2 v1.0.0-pre nightly-2024-01-15 beta-1.2.3 rc-1.2 staging-1.2.3 test/1.0
latest stable main v v1.x build-123 jenkins-foo-55 deploy-123 backup/2 123 release-candidate 1.2.3.x
2024-13-01
"""


@pytest.mark.parametrize("tag", RELEASES.split())
def test_a_version_or_a_day_is_a_release(tag: str) -> None:
    assert is_release(tag)


@pytest.mark.parametrize("tag", OTHERS.split())
def test_a_pre_release_and_a_word_are_none(tag: str) -> None:
    assert not is_release(tag)


@given(st.text(max_size=60))
def test_any_text_has_an_answer(text: str) -> None:
    assert is_release(text) in (True, False)


@given(
    st.lists(st.integers(0, 999), min_size=2, max_size=4),
    st.sampled_from(["", "a1", "b2", "rc3", ".dev4", ".post5"]),
    st.sampled_from(["", "v", "release-", "pkg-", "pkg/v"]),
)
def test_versions_of_python_are_read_as_packaging_reads_them(
    numbers: list[int], suffix: str, name: str
) -> None:
    version = ".".join(map(str, numbers)) + suffix

    assert is_release(name + version) is not Version(version).is_prerelease


def test_a_very_long_name_is_none() -> None:
    assert not is_release("v" + "1." * 100_000 + "0")
