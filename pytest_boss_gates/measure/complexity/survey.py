"""Every source file analysed, from the cache where its content is known."""

from __future__ import annotations

import gc
import os
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_boss_gates.measure.complexity.analysis import Analysis, Function, analyse
from pytest_boss_gates.repository.base import blob_id
from pytest_boss_gates.repository.kept import Answers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_boss_gates.measure.gate import Context

_ROOM = "measure/complexity"


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A source file and what it comes to; no key: it cannot be read."""

    path: str
    key: str
    analysis: Analysis


class Survey:
    """The analyses of one run: each content is looked at once, in this run or in an earlier one."""

    def __init__(self, context: Context, *, with_index: bool) -> None:
        """Take what is kept; ``with_index`` asks for the maintainability index, too."""
        import radon

        self._root = context.tree.root
        self._with_index = with_index
        version = f"radon {radon.__version__}"
        self._found: dict[str, Analysis] = {}
        self._answers = Answers(context.cache, "complexity", _ROOM, version=version)

    def of_files(self, paths: Iterable[str]) -> list[File]:
        """Analyse files of the working tree, in their order."""
        with _undisturbed():
            return [self._file(path) for path in paths]

    def _file(self, path: str) -> File:
        try:
            with open(os.path.join(self._root, path), "rb") as file:
                content = file.read()
        except OSError as error:
            problem = error.strerror or type(error).__name__
            return File(path=path, key="", analysis=Analysis(problem=problem))
        key = blob_id(content)
        return File(path=path, key=key, analysis=self.known(key) or self._new(key, content))

    def of_contents(self, contents: Iterable[tuple[str, bytes]]) -> dict[str, Analysis]:
        """Analyse contents by their keys."""
        with _undisturbed():
            return {key: self.known(key) or self._new(key, content) for key, content in contents}

    def known(self, key: str) -> Analysis | None:
        """Give the analysis of a content that was looked at before."""
        found = self._found.get(key)
        kept = self._answers.get(key) if found is None else None
        if kept is not None:
            found = _unpacked(kept, with_index=self._with_index)
            if found is not None:
                self._found[key] = found
        return found

    def _new(self, key: str, content: bytes) -> Analysis:
        analysis = analyse(content, with_index=self._with_index)
        self._found[key] = analysis
        self._answers.put(key, _packed(analysis))
        return analysis

    def save(self) -> None:
        """Keep what is new for the next run."""
        self._answers.save()


def _packed(analysis: Analysis) -> list[Any]:
    return [analysis.functions, analysis.index, analysis.problem, analysis.index_problem]


def _unpacked(kept: Any, *, with_index: bool) -> Analysis | None:
    """Make the analysis anew, unless what is kept has no index and it is asked for."""
    functions, index, problem, index_problem = kept
    if with_index and index is None and not problem and not index_problem:
        return None
    return Analysis(
        functions=tuple(map(Function._make, functions)),
        index=index,
        problem=problem,
        index_problem=index_problem,
    )


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Parse without collecting garbage (syntax trees have no cycles) and without warnings.

    A SyntaxWarning must not reach the user's -W error.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        if collecting:
            gc.enable()
