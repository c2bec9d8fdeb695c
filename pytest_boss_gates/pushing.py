"""The corridor's way to a Pushgateway: the numbers of a run, sent when all else is done.

What goes wrong is a sentence in the report, never another verdict.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from pytest_boss_gates.report.prometheus import BRANCH, render

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_boss_gates.model import Run, RunIdentity, Settings

TOKEN = "BOSS_GATES_PUSH_TOKEN"  # noqa: S105 - the name of a variable
"""The environment variable with the bearer token."""

JOB = "boss-gates"
"""The job of the pushed series."""

_TIMEOUT = 10.0  # seconds that one answer may take to begin
_DEADLINE = 20.0  # seconds for all of it: looking the name up, and an answer in drops, too
_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_PLAIN = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")
_ACCEPTED = (200, 202)
_SHOWN = 300  # characters of an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """What came of a push: the group that was written, or why none was."""

    to: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()


def push(
    settings: Settings,
    run: Run,
    environ: Mapping[str, str],
    *,
    timeout: float = _TIMEOUT,
    deadline: float = _DEADLINE,
) -> Pushed:
    """Put a run in place of what was pushed for the project and branch; never raises for a fault.

    A shard has judged nothing, and a part of a suite would take the place of the whole.
    """
    if settings.shard is not None:
        return Pushed()
    address, authorization = _split(settings.push, environ.get(TOKEN, ""))
    start = f"The numbers are not pushed to {address}:"
    if run.identity.partial:
        why = f"this run was a part of the suite ({run.identity.partial})."
        return Pushed(problems=(f"{start} {why}",))
    url = address + group(run.identity)
    fault = _sent(
        url,
        render(run).encode(),
        authorization,
        timeout=timeout,
        deadline=deadline,
    )
    return Pushed(problems=(f"{start} {fault}",)) if fault else Pushed(to=(url,))


def group(identity: RunIdentity) -> str:
    """Give the path of the group that a run's series replace: its project and branch."""
    labels = {"project": identity.project, BRANCH: identity.branch}
    return f"/metrics/job/{JOB}" + "".join(
        f"/{_segment(name, value)}" for name, value in labels.items()
    )


def _segment(name: str, value: str) -> str:
    """Spell a label; what a path cannot hold plainly is base64, and the empty value is ``=``."""
    if _PLAIN.fullmatch(value):
        return f"{name}/{value}"
    spelled = base64.urlsafe_b64encode(value.encode("utf-8", "backslashreplace")).decode()
    return f"{name}@base64/{spelled or '='}"


def _split(url: str, token: str) -> tuple[str, tuple[str, str] | None]:
    """Take the password out of an address, and give the header that says it."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    address = urlunsplit(SplitResult(parts.scheme, host, parts.path, "", ""))
    if parts.username is not None or parts.password is not None:
        pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
        return address, ("Authorization", f"Basic {base64.b64encode(pair.encode()).decode()}")
    return address, ("Authorization", f"Bearer {token}") if token else None


def _sent(
    url: str,
    body: bytes,
    authorization: tuple[str, str] | None,
    *,
    timeout: float,
    deadline: float,
) -> str:
    """Send a body; gives what went wrong, "" for nothing.

    It is sent by a thread that is not waited for longer than the deadline: a socket's own time
    limit begins anew with each byte, and there is none for looking a name up.
    """
    from threading import Thread

    from pytest_boss_gates.history.providers.transport import AnswerError, Transport

    faults: list[str] = []

    def send() -> None:
        try:
            transport = Transport(authorization, timeout, deadline)
            reply = transport.send(url, {"Content-Type": _TYPE}, body)
        except (AnswerError, ValueError) as error:  # ValueError: a token that is no header
            known = isinstance(error, AnswerError)
            text = str(error).rstrip(".")
            faults.append(f"{text}." if known else f"{TOKEN} holds what no header can.")
        else:
            faults.append(_refusal(reply.status, reply.body, authorization))

    # a daemon, so that the end of the process does not wait for it, either
    thread = Thread(target=send, name="boss-gates-push", daemon=True)
    thread.start()
    thread.join(deadline)
    return faults[0] if faults else f"there was no whole answer within {deadline:g} s."


def _refusal(status: int, body: bytes, authorization: tuple[str, str] | None) -> str:
    """Say why the gateway did not take it, "" when it did."""
    if status in _ACCEPTED:
        return ""
    words = " ".join(body.decode("utf-8", "replace").split())
    if not words or any(secret in words for secret in _secrets(authorization)):
        return f"it answered {status}."
    return f"it answered {status}: {words[:_SHOWN].rstrip('.')}."


def _secrets(authorization: tuple[str, str] | None) -> Iterator[str]:
    """Give what nobody is to read in an answer that repeats the question."""
    kind, _, secret = authorization[1].partition(" ") if authorization else ("", "", "")
    spelled = base64.b64decode(secret).decode().partition(":")[2] if kind == "Basic" else ""
    yield from filter(None, (secret, spelled))
