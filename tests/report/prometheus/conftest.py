"""Prometheus and a Pushgateway, for real, on ports and in directories of our own."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_PATIENCE = 60.0  # seconds; a loaded machine takes many times its own
_PACKAGES = {
    "prometheus": "prometheus",
    "promtool": "prometheus",
    "prometheus-pushgateway": "prometheus-pushgateway",
}


def program(name: str) -> str:
    """Where a program is; without it the test is skipped, but not in CI."""
    found = shutil.which(name)
    if found is None:
        reason = f"{name} is not installed (Debian: apt-get install {_PACKAGES[name]})"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    return found


def free_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def fetched(url: str) -> bytes:
    with urlopen(url, timeout=10) as answer:
        body: bytes = answer.read()
        return body


@contextmanager
def running(command: Sequence[str], folder: Path, ready: str) -> Iterator[None]:
    """A program at work from when its address answers to the end of the block."""
    log = folder / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen(command, cwd=folder, stdout=output, stderr=output) as process,
    ):
        try:
            _await(process, ready, log)
            yield
        finally:
            process.kill()


def _await(process: subprocess.Popen[bytes], ready: str, log: Path) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            fetched(ready)
        except (URLError, OSError):
            time.sleep(0.05)
        else:
            return
    pytest.fail(f"{process.args!r} did not start: {log.read_text(errors='replace')}")


@dataclass
class Gateway:
    """A Pushgateway at work."""

    url: str

    @property
    def metrics(self) -> str:
        return fetched(f"{self.url}/metrics").decode()

    def groups(self) -> list[dict[str, str]]:
        found = json.loads(fetched(f"{self.url}/api/v1/metrics"))["data"]
        return [group["labels"] for group in found]

    def wipe(self) -> None:
        with urlopen(Request(f"{self.url}/api/v1/admin/wipe", method="PUT"), timeout=10):
            pass


@dataclass
class Prometheus:
    """A Prometheus at work that scrapes one Pushgateway."""

    url: str

    def query(self, expression: str) -> list[dict[str, Any]]:
        answer = json.loads(fetched(f"{self.url}/api/v1/query?{urlencode({'query': expression})}"))
        assert answer["status"] == "success", answer
        found: list[dict[str, Any]] = answer["data"]["result"]
        return found

    def series_of(self, expression: str) -> list[dict[str, Any]]:
        """What a query comes to, once there is anything."""
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            if found := self.query(expression):
                return found
            time.sleep(0.1)
        return []


@pytest.fixture(scope="session")
def _gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        program("prometheus-pushgateway"),
        f"--web.listen-address=127.0.0.1:{port}",
        "--web.enable-admin-api",
    ]
    with running(command, tmp_path_factory.mktemp("pushgateway"), f"{url}/-/ready"):
        yield Gateway(url)


@pytest.fixture
def gateway(_gateway: Gateway) -> Gateway:
    """An empty Pushgateway."""
    _gateway.wipe()
    return _gateway


_CONFIGURATION = """\
global: {{ scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 200ms }}
rule_files: [ rules.yml ]
scrape_configs:
  - job_name: pushgateway
    honor_labels: true
    static_configs: [ {{ targets: [ "{target}" ] }} ]
"""


@pytest.fixture
def prometheus(gateway: Gateway, tmp_path: Path) -> Iterator[Prometheus]:
    """A Prometheus that scrapes the Pushgateway, with our alert rules."""
    from pytest_boss_gates.report import alerts

    folder = tmp_path / "prometheus"
    folder.mkdir()
    text = _CONFIGURATION.format(target=gateway.url.removeprefix("http://"))
    (folder / "prometheus.yml").write_text(text, encoding="utf-8")
    (folder / "rules.yml").write_text(alerts.render(), encoding="utf-8")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [
        program("prometheus"),
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=data",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with running(command, folder, f"{url}/-/ready"):
        yield Prometheus(url)


@pytest.fixture(scope="session")
def promtool() -> str:
    return program("promtool")
