"""What providers know of the way to production, read through their REST APIs into facts.

GitHub and GitLab alike: ``client`` asks, ``intake`` keeps what came and how far it came, ``github``
and ``gitlab`` know what to ask for, and ``…_rows`` what it means. No verdict asks a network: only
``boss-gates import`` does, or takes what another program has fetched (``fetched``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pytest_boss_gates.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_boss_gates.history.providers.client import Client, Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A kind of server: where it is, and what its API is called with."""

    name: str
    title: str
    base: str  # of the public server
    variable: str  # that says the base, in its own CI
    prefix: str  # of the API's paths, on every other server
    path: str  # what the path of a repository looks like
    shape: str  # in words
    headers: Mapping[str, str]
    tokens: tuple[tuple[str, str, str], ...]  # variable, header and what stands before the token


GITHUB = Provider(
    name="github",
    title="GitHub",
    base="https://api.github.com",
    variable="GITHUB_API_URL",
    prefix="/api/v3",
    path=r"[\w.-]+/[\w.-]+",
    shape="OWNER/NAME",
    headers={"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"},
    tokens=(
        ("GH_TOKEN", "Authorization", "Bearer "),
        ("GITHUB_TOKEN", "Authorization", "Bearer "),
    ),
)
GITLAB = Provider(
    name="gitlab",
    title="GitLab",
    base="https://gitlab.com/api/v4",
    variable="CI_API_V4_URL",
    prefix="/api/v4",
    path=r"[\w.+-]+(/[\w.+-]+)+",
    shape="GROUP/NAME",
    headers={"Accept": "application/json"},
    tokens=(("GITLAB_TOKEN", "PRIVATE-TOKEN", ""), ("CI_JOB_TOKEN", "JOB-TOKEN", "")),
)
PROVIDERS = {each.name: each for each in (GITHUB, GITLAB)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """Who is asked for what. The token is in no text that this gives."""

    provider: Provider
    base: str
    path: str  # of the repository
    token: tuple[str, str] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """What stands before the numbers that the server gives to things."""
        is_public = self.base == self.provider.base
        return self.provider.name if is_public else urlsplit(self.base).netloc

    @property
    def is_overheard(self) -> bool:
        """Whether the token would go over a network as it is, for everybody to read."""
        parts = urlsplit(self.base)
        local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
        return self.token is not None and parts.scheme == "http" and not local

    def client(self, pace: Pace, tell: Callable[[str], None]) -> Client:
        """Make the client that asks. Raises ProviderError."""
        from pytest_boss_gates.history.providers.client import Client

        return Client(
            base=self.base,
            token=self.token,
            headers=self.provider.headers,
            pace=pace,
            tell=tell,
        )


def server_of(name: str, path: str, url: str, environ: Mapping[str, str]) -> Server:
    """Find the server of a provider, and the token for it, in what was given and in CI's words.

    ``url`` is "" or an address, with or without the API's path. Raises ProviderError.
    """
    provider = PROVIDERS[name]
    if not re.fullmatch(provider.path, path, re.ASCII) or set(path.split("/")) & {".", ".."}:
        raise ProviderError(
            f"{path!r} is not the path of a repository. Write {provider.shape}, as its address on "
            f"{provider.title} ends."
        )
    told = environ.get(provider.variable, "")
    base = (url or told or provider.base).rstrip("/")
    parts = urlsplit(base)
    if base in {"https://github.com", "https://gitlab.com"}:
        base = provider.base
    elif not parts.path and base != provider.base:
        base += provider.prefix
    for variable, header, before in provider.tokens:
        is_ours = variable != "CI_JOB_TOKEN" or base == told  # a job's token is for its own server
        if environ.get(variable) and is_ours:
            token = (header, f"{before}{environ[variable]}")
            return Server(provider=provider, base=base, path=path, token=token)
    return Server(provider=provider, base=base, path=path)
