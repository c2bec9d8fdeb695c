"""A small client for the REST APIs of providers: it asks, waits, asks again, and says why not.

It only reads. The token stays with the scheme, host and port that it was meant for, and is in no
message. Certificates are always checked; proxies and authorities are those of the environment.
"""

from __future__ import annotations

import json
import random
import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin, urlsplit

from pytest_boss_gates import __version__
from pytest_boss_gates.errors import ProviderError
from pytest_boss_gates.history.providers.transport import AnswerError, Reply, Transport, origin

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TRIES = 4
WAIT = 300.0  # seconds to wait for a limit; longer ones end the import, which can go on later
_AGAIN = frozenset({429, 500, 502, 503, 504})
_SECONDARY = 60.0  # seconds after a secondary limit that does not say how long
_RESERVE = 50  # requests left to others that share the token, of a thousand
_LINK = re.compile(r'<([^>]+)>\s*;[^,<]*\brel="?([^";,]+)"?')
_SHOWN = 160  # characters of what a server says


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said; ``is_same`` when it is what the ETag stands for, and then no body."""

    url: str
    body: Any = None
    next: str = ""  # the URL of the page that follows
    etag: str = ""
    is_same: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long things may take; seconds. ``sleep`` and ``now`` are the clock."""

    wait: float = WAIT
    timeout: float = 30.0  # of one read
    deadline: float = 180.0  # of one answer
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time


@dataclass(slots=True, kw_only=True)
class Client:
    """Asks one server, one question after the other. ``tell`` hears of each longer wait."""

    base: str  # without a slash at its end
    token: tuple[str, str] | None = field(default=None, repr=False)  # the header and its value
    headers: Mapping[str, str]
    pace: Pace
    tell: Callable[[str], None]
    _transport: Transport = field(init=False, repr=False)
    _last: Reply | None = field(default=None, init=False)  # says how many requests are left

    def __post_init__(self) -> None:
        parts = urlsplit(self.base)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ProviderError(
                f"{self.base!r} is not the address of a server. Write for example "
                "--url https://git.example.org/api/v4"
            )
        if "@" in parts.netloc or parts.query or parts.fragment:
            raise ProviderError(
                "The address of the server has a user, a query or a fragment. Leave it out; the "
                "token comes from the environment."
            )
        if self.token and not re.fullmatch(r"[\x21-\x7e]+( [\x21-\x7e]+)?", self.token[1]):
            raise ProviderError(
                "The token in the environment has blanks or characters that no token has. "
                "Set it again, without a line end."
            )
        self._transport = Transport(self.token, self.pace.timeout, self.pace.deadline)

    def url(self, path: str, parameters: Mapping[str, str | int] | None = None) -> str:
        """Spell the URL of a path, with its parameters."""
        query = f"?{urlencode(parameters)}" if parameters else ""
        return f"{self.base}{path}{query}"

    def get(self, url: str, etag: str = "") -> Answer:
        """Ask for a URL; ask again what can come right by itself.

        Raises ProviderError, with ``status``, for what cannot.
        """
        headers = {
            "User-Agent": f"pytest-boss-gates/{__version__}",
            "Accept-Encoding": "gzip",
            **self.headers,
            **({"If-None-Match": etag} if etag else {}),
        }
        if origin(url) != origin(self.base):
            raise ProviderError(f"{self._place(url)} is not on the server that is to be asked.")
        self._leave_some()
        why, status = "", 0
        for attempt in range(TRIES):
            wait = self._backoff(attempt)
            try:
                reply = self._last = self._transport.send(url, headers)
                status = reply.status
                if status not in _AGAIN and not self._is_limited(reply):
                    return self._answer(url, reply)
                why, wait = self._said(reply), self._patience(reply, attempt)
            except AnswerError as error:
                why, status = self._clean(str(error)), 0
                if error.is_final:
                    raise ProviderError(f"{self._place(url)}: {why}.") from None
            if attempt < TRIES - 1:
                self._pause(wait, why)
        raise ProviderError(f"{self._place(url)} was asked {TRIES} times: {why}.", status)

    def _answer(self, url: str, reply: Reply) -> Answer:
        if reply.status == 304:
            return Answer(url=url, is_same=True)
        if reply.status != 200:
            raise ProviderError(self._refusal(url, reply), reply.status)
        kind = reply.header("content-type")
        if "json" not in kind.lower():
            raise AnswerError(f"it answered with {kind or 'no type'}, not JSON", is_final=True)
        try:
            body = json.loads(reply.body)
        except (ValueError, RecursionError):
            raise AnswerError("the answer is cut off or is not JSON") from None
        return Answer(url=url, body=body, next=self._next(url, reply), etag=reply.header("etag"))

    def _next(self, url: str, reply: Reply) -> str:
        """Find the page that follows; one of another server is never asked for."""
        found = [target for target, rel in _LINK.findall(reply.header("link")) if rel == "next"]
        if not found:
            return ""
        target: str = urljoin(url, str(found[0]))
        if origin(target) != origin(self.base):
            host = urlsplit(target).netloc or "another address"
            raise ProviderError(
                f"{self._place(url)} names a next page on {host}, which is not the server that "
                "was asked; it is left alone. Give --url as the server calls itself."
            )
        return target

    # -- waiting

    def _is_limited(self, reply: Reply) -> bool:
        """Whether a refusal is for the rate; GitHub says 403 for it, too."""
        if reply.status != 403:
            return False
        spent = reply.header("x-ratelimit-remaining") == "0"
        return spent or bool(reply.header("retry-after")) or b"rate limit" in reply.body.lower()

    def _patience(self, reply: Reply, attempt: int) -> float:
        """How long to wait before the next try, as the server says, else longer each time."""
        asked = reply.header("retry-after")
        if asked.isdigit():
            return float(asked) + random.random()  # noqa: S311 - no secret
        spent = _number(reply, "ratelimit-remaining") == 0
        reset = _number(reply, "ratelimit-reset")
        if spent and reset is not None:
            return max(reset - self.pace.now(), 0.0) + 1.0
        if reply.status == 403 or (reply.status == 429 and reply.header("x-ratelimit-limit")):
            return _SECONDARY * 2.0**attempt
        return self._backoff(attempt)

    def _backoff(self, attempt: int) -> float:
        return 2.0**attempt + random.random()  # noqa: S311 - no secret

    def _pause(self, seconds: float, why: str) -> None:
        if seconds > self.pace.wait:
            raise ProviderError(f"{why}. {self._later(seconds)}", 429)
        if seconds >= 5:
            self.tell(f"{why}: waiting {seconds:.0f} s")
        self.pace.sleep(seconds)

    def _leave_some(self) -> None:
        """Wait before the last requests of the hour are gone: others share the token."""
        reply = self._last
        if reply is None:
            return
        left, limit = (_number(reply, f"ratelimit-{name}") for name in ("remaining", "limit"))
        reset = _number(reply, "ratelimit-reset")
        if left is None or limit is None or reset is None:
            return
        seconds = reset - self.pace.now()
        if left <= min(_RESERVE, limit // 20) and seconds > 0:
            self._pause(seconds + 1.0, f"{left} of {limit} requests are left for now")

    def _later(self, seconds: float) -> str:
        at = time.strftime("%H:%M", time.gmtime(self.pace.now() + seconds))
        return (
            f"That is longer than --wait allows ({self.pace.wait:.0f} s). What was read is kept: "
            f"run the same command after {at} UTC, and it goes on."
        )

    # -- words

    def _place(self, url: str) -> str:
        return self._clean(url.partition("?")[0])

    def _clean(self, text: str) -> str:
        """Take the token out of whatever is shown, and what a terminal would obey."""
        if self.token:
            text = text.replace(self.token[1].rpartition(" ")[2], "***")
        return "".join(each if each.isprintable() else " " for each in text)

    def _said(self, reply: Reply) -> str:
        message = ""
        try:
            body = json.loads(reply.body)
            found = (body.get("message") or body.get("error")) if isinstance(body, dict) else None
            message = found if isinstance(found, str) else json.dumps(found or "").strip('"')
        except (ValueError, RecursionError):
            if "html" not in reply.header("content-type"):
                message = reply.body[:_SHOWN].decode("utf-8", "replace")
        said = " ".join(self._clean(message).split())[:_SHOWN].rstrip(".")
        return f"the server answers {reply.status}" + (f' ("{said}")' if said else "")

    def _refusal(self, url: str, reply: Reply) -> str:
        start = f"{self._place(url)}: {self._said(reply)}"
        match reply.status:
            case 401 | 403 | 404 if self.token and self.token[0] == "JOB-TOKEN":
                return f"{start}. A job's own token may not read this: set GITLAB_TOKEN."
            case 401:
                return f"{start}. The token is wrong or has expired."
            case 403:
                return f"{start}. The token may not read this."
            case 404 if not self.token:
                return f"{start}. What is private is not found without a token: set one."
            case 404:
                return f"{start}. It is not there, or the token may not see it."
            case _:
                return f"{start}."


def _number(reply: Reply, name: str) -> int | None:
    """Read a header of a limit: GitHub's begin with ``x-``, GitLab's do not."""
    text = reply.header(f"x-{name}") or reply.header(name)
    return int(text) if text.isdigit() else None
