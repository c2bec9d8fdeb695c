"""Cyclomatic complexity and maintainability of the sources, by radon's rules."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from pytest_boss_gates.model import (
    Bound,
    Direction,
    Item,
    Measurement,
    Metric,
    Place,
    Shape,
    Unit,
    plural,
)

if TYPE_CHECKING:
    import ast
    from collections.abc import Iterable, Iterator

    from pytest_boss_gates.measure.gate import Context

COMPLEXITY = Metric(
    key="complexity",
    title="Complexity",
    unit=Unit.COMPLEXITY,
    direction=Direction.LOWER,
    shape=Shape.WORST,
    item="function",
    by_paths=True,
    ranked=True,
    acceptable="B",
    why="Each path through a function is one more to test and to keep in mind.",
    fix="Split the function where its branches part, or turn the branches into a table.",
)
COMPLEXITY_AVERAGE = Metric(
    key="complexity-average",
    title="Average Complexity",
    unit=Unit.COMPLEXITY,
    direction=Direction.LOWER,
    shape=Shape.PLAIN,
    item="function",
    by_paths=True,
    ranked=True,
    why="Says how much branching a reader meets in an ordinary function.",
    fix="Start with the most complex functions; many small ones lower the average, too.",
)
MAINTAINABILITY = Metric(
    key="maintainability",
    title="Maintainability",
    unit=Unit.INDEX,
    direction=Direction.HIGHER,
    shape=Shape.WORST,
    item="file",
    by_paths=True,
    ranked=True,
    acceptable="B",
    why="Radon's index of the worst file, from its size, operators and branches (0 to 100).",
    fix="Split the file along its responsibilities.",
)
METRICS = (COMPLEXITY, COMPLEXITY_AVERAGE, MAINTAINABILITY)

_SOURCE = "radon"


class _Block(Protocol):
    """A function as radon gives it (radon has no types of its own)."""

    name: str
    lineno: int
    complexity: int
    closures: list[_Block]


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """One parsed file, or the reason why it could not be."""

    path: str
    functions: tuple[Item, ...] = ()
    maintainability: float | None = None
    problem: str = ""


def measure(context: Context) -> Iterator[Measurement]:
    """Measure every source file once and give each metric over each wanted scope."""
    from pytest_boss_gates.repository.globs import matcher

    wanted = [metric for metric in METRICS if context.settings.wants(metric.key)]
    with_index = MAINTAINABILITY in wanted
    files = [
        _read_file(context, path, with_index=with_index)
        for path in context.source.python_files(context.tree)
    ]
    for metric in wanted:
        for scope in context.settings.scopes(metric.key):
            matches = matcher(scope) if scope else None
            chosen = [file for file in files if matches is None or matches(file.path)]
            yield _of_files(metric, scope, chosen)


def _of_files(metric: Metric, scope: str, files: list[_File]) -> Measurement:
    if not files:
        place = f"match {scope!r}" if scope else "were found"
        return Measurement.unknown(
            metric.key,
            f"no source files {place}",
            scope=scope,
            remedy='Name the source roots: source = ["src"] in [tool.boss-gates].',
        )
    broken = tuple(f"{file.path}: {file.problem}" for file in files if file.problem)
    if metric is MAINTAINABILITY:
        return _lowest_index(scope, files, broken)
    functions = [item for file in files for item in file.functions]
    if metric is COMPLEXITY:
        return _worst_function(scope, functions, broken)
    return _average(scope, functions, broken)


def _worst_function(scope: str, functions: list[Item], broken: tuple[str, ...]) -> Measurement:
    if not functions:
        return _nothing(COMPLEXITY, scope, broken)
    ordered = sorted(functions, key=lambda item: (-Fraction(item.value), item.name))
    return Measurement(
        metric=COMPLEXITY.key,
        scope=scope,
        value=ordered[0].value,
        bound=Bound.AT_LEAST if broken else Bound.EXACT,
        bound_reason=_named(broken),
        n=len(ordered),
        source=_SOURCE,
        items=tuple(ordered),
        notes=broken,
    )


def _average(scope: str, functions: list[Item], broken: tuple[str, ...]) -> Measurement:
    if broken or not functions:
        return _nothing(COMPLEXITY_AVERAGE, scope, broken)
    total = sum(int(item.value) for item in functions)
    return Measurement(
        metric=COMPLEXITY_AVERAGE.key,
        scope=scope,
        value=Fraction(total, len(functions)),
        numerator=total,
        denominator=len(functions),
        n=len(functions),
        source=_SOURCE,
    )


def _lowest_index(scope: str, files: list[_File], broken: tuple[str, ...]) -> Measurement:
    items = [
        Item(name=file.path, value=file.maintainability, place=Place(path=file.path))
        for file in files
        if file.maintainability is not None
    ]
    if not items:
        return _nothing(MAINTAINABILITY, scope, broken)
    ordered = sorted(items, key=lambda item: (Fraction(item.value), item.name))
    return Measurement(
        metric=MAINTAINABILITY.key,
        scope=scope,
        value=ordered[0].value,
        bound=Bound.AT_MOST if broken else Bound.EXACT,
        bound_reason=_named(broken),
        n=len(ordered),
        source=_SOURCE,
        items=tuple(ordered),
        notes=broken,
    )


def _nothing(metric: Metric, scope: str, broken: tuple[str, ...]) -> Measurement:
    return Measurement.unknown(
        metric.key,
        _named(broken) or "the sources define no function",
        scope=scope,
        remedy="Mend the file, or leave it out with exclude." if broken else "",
    )


def _named(broken: tuple[str, ...]) -> str:
    if not broken:
        return ""
    rest = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
    return f"{plural(len(broken), 'file')} could not be parsed: {broken[0]}{rest}"


def _read_file(context: Context, path: str, *, with_index: bool) -> _File:
    """Parse a file once and take both of radon's measures from that tree."""
    import ast
    import tokenize
    import warnings

    try:
        with tokenize.open(context.tree.root / path) as stream:
            text = stream.read()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a SyntaxWarning must not reach the user's -W error
            tree = ast.parse(text, filename=path)
        return _measure_tree(path, text, tree, with_index=with_index)
    except SyntaxError as error:
        return _File(path=path, problem=f"line {error.lineno or 1}: {error.msg}")
    except (OSError, ValueError, RecursionError, MemoryError) as error:
        return _File(path=path, problem=str(error) or type(error).__name__)


def _measure_tree(path: str, text: str, tree: ast.Module, *, with_index: bool) -> _File:
    from radon.visitors import ComplexityVisitor

    visitor = ComplexityVisitor.from_ast(tree)
    functions = [*_functions(visitor.functions, "", path)]
    classes = [("", block) for block in visitor.classes]
    while classes:
        outer, block = classes.pop()
        name = f"{outer}{block.name}."
        functions += _functions(block.methods, name, path)
        classes += [(name, inner) for inner in block.inner_classes]
    index = _maintainability(text, tree, visitor.total_complexity) if with_index else None
    return _File(path=path, functions=tuple(functions), maintainability=index)


def _functions(blocks: Iterable[_Block], prefix: str, path: str) -> Iterator[Item]:
    for block in blocks:
        name = f"{prefix}{block.name}"
        place = Place(path=path, line=block.lineno)
        yield Item(name=name, value=int(block.complexity), place=place)
        yield from _functions(block.closures, f"{name}.<locals>.", path)


def _maintainability(text: str, tree: ast.Module, complexity: int) -> float:
    """Radon's index with multi-line strings counted as comments, as ``radon mi`` does."""
    from radon.metrics import h_visit_ast, mi_compute
    from radon.raw import analyze

    raw = analyze(text)
    comments = 100 * (raw.comments + raw.multi) / raw.sloc if raw.sloc else 0
    volume = h_visit_ast(tree).total.volume
    return float(mi_compute(volume, complexity, raw.lloc, comments))
