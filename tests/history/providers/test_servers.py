"""Which server is asked, and with which token: what was given, CI's words, and the usual."""

from __future__ import annotations

import pytest

from pytest_boss_gates.errors import ProviderError
from pytest_boss_gates.history.providers import server_of

GHE, GITLAB = "https://git.example.org/api/v3", "https://git.example.org/api/v4"


@pytest.mark.parametrize(
    ("provider", "url", "environ", "base", "name"),
    [
        ("github", "", {}, "https://api.github.com", "github"),
        ("github", "https://github.com/", {}, "https://api.github.com", "github"),
        ("github", "https://api.github.com", {}, "https://api.github.com", "github"),
        ("github", "", {"GITHUB_API_URL": GHE}, GHE, "git.example.org"),
        ("github", "https://git.example.org", {}, GHE, "git.example.org"),
        ("github", f"{GHE}/", {"GITHUB_API_URL": "https://x.org/api/v3"}, GHE, "git.example.org"),
        ("gitlab", "", {}, "https://gitlab.com/api/v4", "gitlab"),
        ("gitlab", "https://gitlab.com", {}, "https://gitlab.com/api/v4", "gitlab"),
        ("gitlab", "", {"CI_API_V4_URL": GITLAB}, GITLAB, "git.example.org"),
        (
            "gitlab",
            "https://git.example.org:8443/lab/api/v4",
            {},
            "https://git.example.org:8443/lab/api/v4",
            "git.example.org:8443",
        ),
    ],
)
def test_the_server_is_found(
    provider: str,
    url: str,
    environ: dict[str, str],
    base: str,
    name: str,
) -> None:
    server = server_of(provider, "acme/kettle", url, environ)

    assert (server.base, server.name, server.token) == (base, name, None)


@pytest.mark.parametrize(
    ("provider", "environ", "token"),
    [
        ("github", {"GITHUB_TOKEN": "s3a"}, ("Authorization", "Bearer s3a")),
        ("github", {"GITHUB_TOKEN": "s3a", "GH_TOKEN": "s3b"}, ("Authorization", "Bearer s3b")),
        ("github", {"GITHUB_TOKEN": "", "GITLAB_TOKEN": "x"}, None),
        ("gitlab", {"GITLAB_TOKEN": "s3a", "CI_JOB_TOKEN": "s3b"}, ("PRIVATE-TOKEN", "s3a")),
        (
            "gitlab",
            {"CI_JOB_TOKEN": "s3b", "CI_API_V4_URL": "https://gitlab.com/api/v4"},
            ("JOB-TOKEN", "s3b"),
        ),
        ("gitlab", {"CI_JOB_TOKEN": "s3b"}, None),
        ("gitlab", {"CI_JOB_TOKEN": "s3b", "CI_API_V4_URL": ""}, None),
    ],
)
def test_the_token_is_that_of_the_environment(
    provider: str, environ: dict[str, str], token: tuple[str, str] | None
) -> None:
    server = server_of(provider, "acme/kettle", "", environ)

    assert server.token == token
    assert "s3" not in repr(server)


@pytest.mark.parametrize(
    ("url", "is_overheard"),
    [
        ("http://git.example.org", True),
        ("http://localhost.example.org", True),
        ("https://git.example.org", False),
        ("http://127.0.0.1:8080", False),
        ("http://localhost", False),
    ],
)
def test_a_token_without_encryption_is_noticed(
    url: str,
    is_overheard: bool,  # noqa: FBT001
) -> None:
    server = server_of("gitlab", "acme/kettle", url, {"GITLAB_TOKEN": "s3a"})

    assert server.is_overheard is is_overheard


@pytest.mark.parametrize(
    ("provider", "path"),
    [
        ("github", "kettle"),
        ("github", "acme/hot/kettle"),
        ("github", "acme/.."),
        ("github", "acme/kettle?x=1"),
        ("github", "https://github.com/acme/kettle"),
        ("gitlab", "kettle"),
        ("gitlab", "acme/../kettle"),
        ("gitlab", "acme//kettle"),
    ],
)
def test_a_path_that_is_none_is_refused(provider: str, path: str) -> None:
    with pytest.raises(ProviderError, match="is not the path of a repository"):
        server_of(provider, path, "", {})
