"""The suite on every other supported Python, and with the oldest dependencies we allow."""

from __future__ import annotations

import sys

import nox

nox.options.default_venv_backend = "venv"
nox.options.error_on_missing_interpreters = True
nox.options.reuse_existing_virtualenvs = True

PROJECT = nox.project.load_toml("pyproject.toml")
TEST = nox.project.dependency_groups(PROJECT, "test")


OWN = f"{sys.version_info.major}.{sys.version_info.minor}"  # on which `make test` runs it whole
OTHERS = [version for version in ("3.10", "3.11", "3.12", "3.13") if version != OWN]


@nox.session(python=OTHERS)
def tests(session: nox.Session) -> None:
    """Run all but the slow tests with the newest dependencies."""
    session.install("-e", ".", *TEST)
    session.run("pytest", "-n", "auto", "-m", "not slow", *session.posargs)


@nox.session(python="3.10")
def oldest(session: nox.Session) -> None:
    """Run them with the oldest dependencies: pytest 8.0 among them."""
    floors = [
        requirement.replace(">=", "==") if not requirement.startswith("tomli") else "tomli==1.1.0"
        for requirement in PROJECT["project"]["dependencies"]
    ]
    session.install("-e", ".", *TEST, *floors)
    session.run("pytest", "-n", "auto", "-m", "not slow", *session.posargs)
