"""The client against servers that refuse, hang, break off and lead elsewhere, over real HTTP."""

from __future__ import annotations

import gzip
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from pytest_boss_gates.errors import ProviderError
from pytest_boss_gates.history.providers.client import Client, Pace
from tests.history.providers.conftest import (
    GitHub,
    Site,
    answer,
    cut_off,
    half_json,
    hang_up,
    refuse,
    serve,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from http.server import BaseHTTPRequestHandler

    from tests.history.providers.conftest import Fault

HOME = "/repos/acme/kettle"
NOW = 1_800_000_000.0


@dataclass
class Asking:
    """A client, the waits that it took, and what it said of them."""

    client: Client
    waits: list[float] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def get(self, path: str = HOME, etag: str = "") -> object:
        return self.client.get(self.client.url(path), etag).body


def asking(
    site: Site, *, token: str = "Bearer s3cret", timeout: float = 5, deadline: float = 60
) -> Asking:
    waits: list[float] = []
    said: list[str] = []
    pace = Pace(timeout=timeout, deadline=deadline, sleep=waits.append, now=lambda: NOW)
    client = Client(
        base=f"{site.url}/api/v3",
        token=("Authorization", token) if token else None,
        headers={},
        pace=pace,
        tell=said.append,
    )
    return Asking(client, waits, said)


@pytest.fixture
def other() -> Iterator[GitHub]:
    """A second server, which nobody trusted with the token."""
    yield from serve(GitHub())  # type: ignore[misc]


@pytest.mark.parametrize(
    "fault",
    [
        *(refuse(status) for status in (429, 500, 502, 503, 504)),
        cut_off,
        half_json,
        hang_up,
    ],
)
def test_what_can_come_right_by_itself_is_asked_for_again(github: GitHub, fault: Fault) -> None:
    github.fail("kettle", fault, fault)
    client = asking(github)

    assert client.get() == github.about
    assert len(github.asked) == 3
    first, second = client.waits
    assert 1 <= first <= 2 <= second <= 3


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (refuse(500, "kaboom"), 'the server answers 500 ("kaboom")'),
        (cut_off, "the answer is cut off"),
        (half_json, "the answer is cut off or is not JSON"),
        (hang_up, "it cannot be reached (Remote end closed connection without response)"),
    ],
)
def test_what_does_not_come_right_is_told_after_four_tries(
    github: GitHub, fault: Fault, said: str
) -> None:
    github.fail("kettle", *[fault] * 5)
    client = asking(github)

    with pytest.raises(ProviderError) as caught:
        client.get()

    assert str(caught.value) == f"{github.url}/api/v3{HOME} was asked 4 times: {said}."
    assert len(github.asked) == 4
    assert len(client.waits) == 3


@pytest.mark.parametrize(
    ("token", "fault", "said"),
    [
        ("Bearer wrong", None, '401 ("Bad credentials"). The token is wrong or has expired.'),
        (
            "Bearer s3cret",
            refuse(403, "Resource not accessible by integration"),
            '403 ("Resource not accessible by integration"). The token may not read this.',
        ),
        (
            "Bearer s3cret",
            refuse(404, "Not Found"),
            '404 ("Not Found"). It is not there, or the token may not see it.',
        ),
        (
            "",
            refuse(404, "Not Found"),
            '404 ("Not Found"). What is private is not found without a token: set one.',
        ),
        ("Bearer s3cret", refuse(418), "418."),
    ],
)
def test_what_cannot_come_right_is_told_at_once(
    github: GitHub, token: str, fault: Fault | None, said: str
) -> None:
    github.fail("kettle", *([fault] if fault else []))

    with pytest.raises(ProviderError) as caught:
        asking(github, token=token).get()

    assert str(caught.value) == f"{github.url}/api/v3{HOME}: the server answers {said}"
    assert len(github.asked) == 1


@pytest.mark.parametrize(
    ("status", "headers", "least", "most"),
    [
        (429, {"Retry_After": "17"}, 17, 18),
        (403, {"Retry_After": "17"}, 17, 18),
        (403, {"x_ratelimit_remaining": "0", "x_ratelimit_reset": f"{NOW + 90:.0f}"}, 91, 91),
        (429, {"RateLimit_Remaining": "0", "RateLimit_Reset": f"{NOW + 90:.0f}"}, 91, 91),
        (429, {"x_ratelimit_limit": "5000", "x_ratelimit_remaining": "4000"}, 60, 60),
    ],
)
def test_a_limit_is_waited_for_as_the_server_asks(
    github: GitHub, status: int, headers: dict[str, str], least: float, most: float
) -> None:
    github.fail("kettle", refuse(status, "Slow down", **headers))
    client = asking(github)

    assert client.get() == github.about
    (waited,) = client.waits
    assert least <= waited <= most
    assert client.said == [f'the server answers {status} ("Slow down"): waiting {waited:.0f} s']


def test_a_403_that_speaks_of_a_rate_limit_is_one(github: GitHub) -> None:
    github.fail("kettle", refuse(403, "You have exceeded a secondary rate limit"))
    client = asking(github)

    assert client.get() == github.about
    assert client.waits == [60]


def test_plain_text_is_shown_of_a_limit(github: GitHub) -> None:
    def later(handler: BaseHTTPRequestHandler) -> None:
        answer(handler, 429, b"Retry later\n", Content_Type="text/plain", Retry_After="9")

    github.fail("kettle", later)
    client = asking(github)

    client.get()

    assert client.said[0].startswith('the server answers 429 ("Retry later"): waiting ')


def test_a_limit_beyond_the_patience_ends_with_the_time_to_come_back(github: GitHub) -> None:
    github.fail(
        "kettle",
        refuse(403, "API rate limit exceeded", x_ratelimit_remaining="0",
               x_ratelimit_reset=f"{NOW + 1800:.0f}"),
    )  # fmt: skip
    client = asking(github)

    with pytest.raises(ProviderError) as caught:
        client.get()

    assert str(caught.value) == (
        'the server answers 403 ("API rate limit exceeded"). That is longer than --wait allows '
        "(300 s). What was read is kept: run the same command after 08:30 UTC, and it goes on."
    )
    assert client.waits == []


def test_some_requests_are_left_to_others_that_share_the_token(github: GitHub) -> None:
    github.headers = {
        "x-ratelimit-limit": "1000",
        "x-ratelimit-remaining": "50",
        "x-ratelimit-reset": f"{NOW + 60:.0f}",
    }
    client = asking(github)

    client.get()
    assert client.waits == []
    client.get()

    assert client.waits == [61]
    assert client.said == ["50 of 1000 requests are left for now: waiting 61 s"]


def test_an_etag_saves_what_has_not_changed(github: GitHub) -> None:
    client = asking(github)
    first = client.client.get(client.client.url(HOME))

    second = client.client.get(client.client.url(HOME), first.etag)

    assert first.etag
    assert second.is_same
    assert second.body is None
    assert github.statuses == [200, 304]


def test_a_packed_answer_is_unpacked_and_a_broken_one_asked_for_again(github: GitHub) -> None:
    packed = gzip.compress(b'{"id": 1}')
    for body in (packed[:-9], packed):
        github.fail("kettle", lambda handler, body=body: answer(  # type: ignore[misc]
            handler, 200, body, Content_Encoding="gzip"))  # fmt: skip

    assert asking(github).get() == {"id": 1}


def test_a_server_that_is_slow_is_not_waited_for_without_end(github: GitHub) -> None:
    def slow(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0.5)
        handler.close_connection = True

    github.fail("kettle", *[slow] * 4)
    client = asking(github, timeout=0.05)

    with pytest.raises(ProviderError, match=r"was asked 4 times: no answer within 0\.05 s\."):
        client.get()


def test_an_answer_that_trickles_ends_at_its_deadline(github: GitHub) -> None:
    def trickle(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.end_headers()
        for _ in range(8):
            handler.wfile.write(b" " * 70_000)
            time.sleep(0.03)
        handler.close_connection = True

    github.fail("kettle", *[trickle] * 4)
    client = asking(github, deadline=0.02)

    with pytest.raises(ProviderError, match=r"the answer took longer than 0\.02 s"):
        client.get()


def test_a_page_of_html_is_no_api(github: GitHub) -> None:
    def page(handler: BaseHTTPRequestHandler) -> None:
        answer(handler, 200, b"<html>Sign in", Content_Type="text/html; charset=utf-8")

    github.fail("kettle", page)

    with pytest.raises(ProviderError, match="answered with text/html; charset=utf-8, not JSON"):
        asking(github).get()


def test_nobody_at_the_address_is_told_after_four_tries() -> None:
    client = asking(GitHub(url="http://127.0.0.1:9"))

    with pytest.raises(ProviderError, match=r"it cannot be reached \(Connection refused\)"):
        client.get()

    assert len(client.waits) == 3


# -- the token


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_token_goes_along_where_a_server_leads_to_itself(github: GitHub, status: int) -> None:
    there = f"{github.url}/api/v3{HOME}"
    github.fail("/old", refuse(status, "Moved", Location=there))

    assert asking(github).get("/old") == github.about


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_the_token_goes_to_no_other_server(github: GitHub, other: GitHub, status: int) -> None:
    seen = []

    def look(handler: BaseHTTPRequestHandler) -> None:
        seen.append(dict(handler.headers))
        answer(handler, 200, b"{}")

    other.fail("kettle", look)
    github.fail("/old", refuse(status, "Moved", Location=f"{other.url}/api/v3{HOME}"))

    assert asking(github).get("/old") == {}
    assert "s3cret" not in str(seen)
    assert "User-Agent" in seen[0]


def test_a_redirect_to_a_file_is_not_followed(github: GitHub) -> None:
    github.fail("/old", refuse(302, "Moved", Location="file:///etc/hostname"))

    with pytest.raises(ProviderError, match="the server answers 302"):
        asking(github).get("/old")


def test_a_next_page_on_another_server_is_left_alone(github: GitHub, other: GitHub) -> None:
    link = f'<{other.url}/api/v3/x?page=2>; rel="next"'
    github.fail("kettle", lambda handler: answer(handler, 200, b"[]", Link=link))

    with pytest.raises(ProviderError) as caught:
        asking(github).get()

    host = urlsplit(other.url).netloc
    assert f"names a next page on {host}, which is not the server that was asked" in str(
        caught.value
    )
    assert other.asked == []


@pytest.mark.parametrize(
    ("link", "page"),
    [
        ('<{}/a?q=1,2&page=2>; rel="next", <{}/a?page=7>; rel="last"', "/a?q=1,2&page=2"),
        ('<{}/a?page=1>; rel="prev", <{}/a?page=3>; rel="next"', "/a?page=3"),
        ("<{}/a?page=3>; title=x; rel=next", "/a?page=3"),
        ('<{}/a?page=1>; rel="prev"', ""),
        ("nonsense", ""),
    ],
)
def test_the_next_page_is_the_one_that_the_server_links(
    github: GitHub, link: str, page: str
) -> None:
    spelled = link.replace("{}", github.url)
    github.fail("kettle", lambda handler: answer(handler, 200, b"[]", Link=spelled))
    client = asking(github).client

    found = client.get(client.url(HOME))

    assert found.next == (f"{github.url}{page}" if page else "")


def test_a_token_that_a_server_repeats_is_not_shown(github: GitHub) -> None:
    github.fail("kettle", refuse(400, "bad token s3cret\x1b[2J"))

    with pytest.raises(ProviderError) as caught:
        asking(github).get()

    assert "s3cret" not in str(caught.value)
    assert "\x1b" not in str(caught.value)
    assert "bad token ***" in str(caught.value)


@pytest.mark.parametrize(
    "token", ["Bearer s3cret\n", "Bearer s3\rcret", "Bearer s3crét", "Bearer a b"]
)
def test_a_token_that_is_none_is_refused_without_being_shown(github: GitHub, token: str) -> None:
    with pytest.raises(ProviderError) as caught:
        asking(github, token=token)

    assert str(caught.value).startswith("The token in the environment has blanks")
    assert "s3" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://git.example.org", "is not the address of a server"),
        ("file:///etc", "is not the address of a server"),
        ("git.example.org/api/v4", "is not the address of a server"),
        ("https://me:pw@git.example.org/api/v4", "has a user, a query or a fragment"),
        ("https://git.example.org/api/v4?x=1", "has a user, a query or a fragment"),
    ],
)
def test_an_address_that_is_none_is_refused(url: str, said: str) -> None:
    with pytest.raises(ProviderError, match=said) as caught:
        Client(base=url, headers={}, pace=Pace(), tell=print)

    assert "pw" not in str(caught.value)
