"""The formats of a report: a run in, text out; who writes it where is not their matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pytest_boss_gates.model import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A row of the table of formats; ``file_name`` is its own place below ``.boss-gates/``.

    A format with an ``extra`` cannot be asked for where one of the modules that it ``needs`` is not
    installed. With ``every_file`` the sources are looked at even if no target asks for it.
    """

    key: str
    file_name: str
    render: Callable[[Run], str]
    extra: str = ""
    needs: tuple[str, ...] = ()
    every_file: bool = False

    @property
    def lack(self) -> str:
        """What has to be installed first, in a sentence; "" when nothing has."""
        from importlib.util import find_spec

        missing = [name for name in self.needs if find_spec(name) is None]
        if not missing:
            return ""
        return (
            f"The {self.key} report needs {' and '.join(missing)}. "
            f'Install it: pip install "pytest-boss-gates[{self.extra}]".'
        )


def _badge(run: Run) -> str:
    from pytest_boss_gates.report.badge import render

    return render(run)


def _comment(run: Run) -> str:
    from pytest_boss_gates.report.comment import render

    return render(run)


def _github(run: Run) -> str:
    from pytest_boss_gates.report.github import render

    return render(run)


def _gitlab(run: Run) -> str:
    from pytest_boss_gates.report.gitlab import render

    return render(run)


def _html(run: Run) -> str:
    from pytest_boss_gates.report.html import render

    return render(run)


def _json(run: Run) -> str:
    from pytest_boss_gates.report.json import render

    return render(run)


def _junit(run: Run) -> str:
    from pytest_boss_gates.report.junit import render

    return render(run)


def _markdown(run: Run) -> str:
    from pytest_boss_gates.report.markdown import render

    return render(run)


def _prometheus(run: Run) -> str:
    from pytest_boss_gates.report.prometheus import render

    return render(run)


def _sarif(run: Run) -> str:
    from pytest_boss_gates.report.sarif import render

    return render(run)


FORMATS: Mapping[str, Format] = {
    row.key: row
    for row in (
        Format(key="badge", file_name="badge.json", render=_badge),
        Format(key="comment", file_name="comment.md", render=_comment),
        Format(key="github", file_name="github.txt", render=_github),
        Format(key="gitlab", file_name="gl-code-quality-report.json", render=_gitlab),
        Format(
            key="html",
            file_name="report.html",
            render=_html,
            extra="html",
            needs=("jinja2", "leather"),
            every_file=True,
        ),
        Format(key="json", file_name="report.json", render=_json),
        Format(key="junit", file_name="junit.xml", render=_junit),
        Format(key="markdown", file_name="tracker.md", render=_markdown),
        Format(key="prometheus", file_name="boss-gates.prom", render=_prometheus),
        Format(key="sarif", file_name="report.sarif", render=_sarif),
    )
}
"""Every format by its key, as ``--boss-gates-report`` names it; sorted."""
