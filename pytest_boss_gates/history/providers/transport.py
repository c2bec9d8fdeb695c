"""One request over HTTP: sent, redirected and read to its end, with the token where it belongs."""

from __future__ import annotations

import gzip
import ssl
import time
import zlib
from dataclasses import dataclass
from http.client import HTTPException, IncompleteRead
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

if TYPE_CHECKING:
    from collections.abc import Mapping
    from http.client import HTTPMessage

_PORTS = {"http": 80, "https": 443}
_LARGEST = 64 * 1024 * 1024  # bytes of an answer; a page of a hundred rows has two million at most
_PIECE = 64 * 1024
_CUT_OFF = "the answer is cut off"


class AnswerError(Exception):
    """An answer that did not come, or not whole; ``is_final`` when asking again is no use."""

    def __init__(self, message: str, *, is_final: bool = False) -> None:
        self.is_final = is_final
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]  # by names in small letters
    body: bytes

    def header(self, name: str) -> str:
        """Give a header; "" when it is not there."""
        return self.headers.get(name, "")


def origin(url: str) -> tuple[str, str, int | None]:
    """Give what a token is meant for: scheme, host and port."""
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = -1
    return parts.scheme, parts.hostname or "", port or _PORTS.get(parts.scheme)


class _Redirects(HTTPRedirectHandler):
    """Follows, as urllib does; the token comes along only to where it was meant for."""

    def __init__(self, token: tuple[str, str] | None) -> None:
        self._token = token

    def redirect_request(  # noqa: PLR0917 - urllib's own signature
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if urlsplit(newurl).scheme not in _PORTS:
            return None
        known = 307 if code == 308 else code  # urllib knows 308 from Python 3.11
        made = super().redirect_request(req, fp, known, msg, headers, newurl)
        if made is not None and self._token and origin(newurl) == origin(req.full_url):
            made.add_unredirected_header(*self._token)
        return made

    http_error_308 = HTTPRedirectHandler.http_error_302


class Transport:
    """Sends requests. ``timeout`` is of one read, ``deadline`` of a whole answer, in seconds."""

    def __init__(self, token: tuple[str, str] | None, timeout: float, deadline: float) -> None:
        self._token = token
        self._timeout = timeout
        self._deadline = deadline
        # One context for all: to read the authorities' certificates takes longer than to ask.
        self._opener = build_opener(
            _Redirects(token), HTTPSHandler(context=ssl.create_default_context())
        )

    def send(self, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Reply:
        """Send a GET, or a PUT of a body. Raises AnswerError."""
        method = "GET" if body is None else "PUT"
        request = Request(url, body, dict(headers), method=method)  # noqa: S310 - looked at before
        if self._token:
            request.add_unredirected_header(*self._token)  # urllib would send others anywhere
        try:
            with self._open(request) as answer:
                return self._read(answer)
        except IncompleteRead:
            raise AnswerError(_CUT_OFF) from None
        except (OSError, HTTPException) as error:
            raise self._fault(error) from None

    def _open(self, request: Request) -> Any:
        try:
            return self._opener.open(request, timeout=self._timeout)
        except HTTPError as error:  # every status that is no success
            return error

    def _fault(self, error: Exception) -> AnswerError:
        reason = error.reason if isinstance(error, URLError) else error
        if isinstance(reason, ssl.SSLCertVerificationError):
            return AnswerError(
                f"its certificate cannot be checked ({reason.verify_message}). Name the "
                "certificates of your own authority in the variable SSL_CERT_FILE.",
                is_final=True,
            )
        if isinstance(reason, TimeoutError):
            return AnswerError(f"no answer within {self._timeout:g} s")
        if isinstance(reason, OSError) and reason.strerror:
            return AnswerError(f"it cannot be reached ({reason.strerror})")
        return AnswerError(f"it cannot be reached ({reason or type(reason).__name__})")

    def _read(self, answer: Any) -> Reply:
        end = time.monotonic() + self._deadline
        pieces, size = [], 0
        while piece := answer.read(_PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > _LARGEST:
                raise AnswerError(f"the answer is larger than {_LARGEST} bytes", is_final=True)
            if time.monotonic() > end:
                raise AnswerError(f"the answer took longer than {self._deadline:g} s")
        if getattr(answer, "length", None):  # of fewer bytes than were announced
            raise AnswerError(_CUT_OFF)
        headers = {name.lower(): value for name, value in answer.headers.items()}
        body = b"".join(pieces)
        if headers.get("content-encoding") == "gzip":
            body = _unpacked(body)
        return Reply(status=answer.status, headers=headers, body=body)


def _unpacked(body: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=BytesIO(body)) as file:
            found = file.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error):
        raise AnswerError(_CUT_OFF) from None
    if len(found) > _LARGEST:
        raise AnswerError(f"the answer is larger than {_LARGEST} bytes", is_final=True)
    return found
