"""What one file comes to by radon's rules, from one parse: its functions, and its index."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pytest_boss_gates.measure.complexity.lines import counted_lines
from pytest_boss_gates.measure.complexity.walk import Walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Function(NamedTuple):
    """A function, method or closure; lines count from 1."""

    name: str  # as in ``__qualname__``
    complexity: int
    line: int  # of its ``def``
    body: int  # the first line of its body, decorators of a nested one included
    end: int
    mark: str  # of the text of its own lines, without those of functions in it


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """One parsed file, or the reason why it could not be."""

    functions: tuple[Function, ...] = ()  # in the order of their lines
    index: float | None = None  # maintainability, 0 to 100; None: not asked for, or not known
    problem: str = ""
    index_problem: str = ""  # why there is no index, when it was asked for


def analyse(content: bytes, *, with_index: bool) -> Analysis:
    """Parse a file's content once and take both of radon's measures from that tree.

    To be called where warnings are ignored: a SyntaxWarning must not reach a user's -W error.
    """
    try:
        text = _decoded(content)
        tree = ast.parse(text)
        return _of_tree(text, tree, with_index=with_index)
    except SyntaxError as error:
        return Analysis(problem=f"line {error.lineno or 1}: {error.msg}")
    except RecursionError:
        return Analysis(problem="it is nested too deeply")
    except (LookupError, ValueError, MemoryError) as error:
        return Analysis(problem=str(error) or type(error).__name__)


def _decoded(content: bytes) -> str:
    """Read a file as Python does: by its byte order mark or coding line, else as UTF-8.

    Raises SyntaxError and ValueError.
    """
    import io
    import tokenize

    encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
    return io.TextIOWrapper(io.BytesIO(content), encoding).read()


def _of_tree(text: str, tree: ast.Module, *, with_index: bool) -> Analysis:
    walk = Walk()
    complexity = walk.of_module(tree)
    functions = [_function(*found) for found in walk.functions]
    functions.sort(key=lambda function: function.line)
    index, problem = None, ""
    if with_index:
        try:
            index = _index(text, walk.volume, complexity)
        except SyntaxError as error:  # radon's reader of lines knows less than the parser
            problem = f"radon cannot count its lines: {error.msg}"
    return Analysis(functions=tuple(_marked(functions, text)), index=index, index_problem=problem)


def _function(name: str, complexity: int, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Function:
    first = node.body[0]
    starts = [first.lineno, *(each.lineno for each in getattr(first, "decorator_list", ()))]
    end = node.end_lineno or node.lineno
    return Function(name, complexity, node.lineno, min(starts), end, "")


def _marked(functions: Sequence[Function], text: str) -> Iterator[Function]:
    """Give every function the mark of its text; how deep all of it is indented is no part of it."""
    from hashlib import blake2b

    lines = text.split("\n")
    owners = owned_lines(functions)
    for place, function in enumerate(functions):
        first = lines[function.line - 1]
        indent = first[: len(first) - len(first.lstrip())]
        own = (lines[line - 1].removeprefix(indent).rstrip() for line in owners[place])
        content = "\n".join(own).encode("utf-8", "surrogatepass")
        yield function._replace(mark=blake2b(content, digest_size=6).hexdigest())


def owned_lines(functions: Sequence[Function], *, body: bool = False) -> list[list[int]]:
    """Give the lines of each function without those of the functions in it.

    ``functions`` are one file's in the order of their lines. With ``body`` only the lines of the
    bodies: that a nested function is defined belongs to the outer one.
    """
    owned: list[list[int]] = [[] for _ in functions]
    owner: dict[int, int] = {}
    for place, function in enumerate(functions):  # an inner one comes later, and takes its lines
        owner |= dict.fromkeys(
            range(function.body if body else function.line, function.end + 1), place
        )
    for line in sorted(owner):
        owned[owner[line]].append(line)
    return owned


def _index(text: str, volume: float, complexity: int) -> float:
    """Give radon's index with multi-line strings counted as comments, as ``radon mi`` does.

    Raises SyntaxError where radon does.
    """
    from radon.metrics import mi_compute

    lines = counted_lines(text)
    comments = lines.comments / lines.source * 100 if lines.source else 0  # in radon's order
    return float(mi_compute(volume, complexity, lines.logical, comments))
