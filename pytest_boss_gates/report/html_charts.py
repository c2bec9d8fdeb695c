"""Charts for the HTML report: leather's SVG, with colours and fonts left to the page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from xml.etree.ElementTree import Element

_TREND = (320, 110)
_DECIMALS = 4  # at most; what differs less is noise
_SCATTER = (600, 280)
_LONG_NUMBER = re.compile(r"-?\d+\.\d+")
_OURS = ("font-family", "font-size", "fill", "stroke", "stroke-width")  # the page's style sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Numbers in the order of time, None where there is none, and what the axis shows of them."""

    values: Sequence[float | None]
    spell: Callable[[float, int], str]  # a number, with so many decimals
    wanted: float | None = None  # the target, as a line of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A file as a dot, and its name for who points at it."""

    x: float
    y: float
    name: str


def trend(line: Line, label: str) -> str:
    """Draw a line over time; "" for fewer than two numbers."""
    import leather

    points = [(index, value) for index, value in enumerate(line.values) if value is not None]
    if len(points) < 2:
        return ""
    numbers = [value for _, value in points]
    marks = sorted({min(numbers), max(numbers)})
    aim = "target"
    if line.wanted is not None:
        marks = [mark for mark in marks if mark != line.wanted]
    ticks = [*marks, *([line.wanted] if line.wanted is not None else [])]
    low, high = min(ticks), max(ticks)
    room = (high - low) * 0.12 or abs(high) * 0.1 or 1
    ticks = _apart(ticks, line.wanted, (high - low + 2 * room) * 0.2)
    decimals = _telling_apart(marks, line.spell)
    chart = leather.Chart()
    chart.add_x_scale(0, max(len(line.values) - 1, 1))
    chart.add_y_scale(low - room, high + room)
    chart.add_x_axis(ticks=[0, len(line.values) - 1], tick_formatter=lambda *_: "")
    chart.add_y_axis(
        ticks=ticks,
        tick_formatter=lambda value, *_: (
            aim if value == line.wanted else line.spell(value, decimals)
        ),
    )
    chart.add_line(points)
    return _drawn(
        str(chart.to_svg(width=_TREND[0], height=_TREND[1])), _TREND, label, empty=30, aim=aim
    )


def _telling_apart(marks: Sequence[float], spell: Callable[[float, int], str]) -> int:
    """Find the fewest decimals with which no two marks read alike."""
    for decimals in range(1, _DECIMALS):
        if len({spell(mark, decimals) for mark in marks}) == len(marks):
            return decimals
    return _DECIMALS


def _apart(ticks: Sequence[float], wanted: float | None, distance: float) -> list[float]:
    """Leave out the marks that would stand on another one's words; the target stays."""
    kept = [] if wanted is None else [wanted]
    for tick in sorted(ticks, reverse=True):
        if all(abs(tick - other) >= distance for other in kept):
            kept.append(tick)
    return kept


def scatter(dots: Sequence[Dot], label: str) -> str:
    """Draw dots: the share that ran, in percent, and the complexity; "" without any."""
    import leather

    if not dots:
        return ""
    most = max(dot.y for dot in dots)
    chart = leather.Chart()
    chart.add_x_scale(0, 100)
    chart.add_y_scale(0, most * 1.08)
    chart.add_x_axis(
        ticks=[0, 25, 50, 75, 100], tick_formatter=lambda value, *_: f"{value} %", name="Coverage"
    )
    chart.add_y_axis(name="Complexity", tick_formatter=lambda value, *_: f"{float(value):g}")
    chart.add_dots([(dot.x, dot.y) for dot in dots], radius=5)
    svg = str(chart.to_svg(width=_SCATTER[0], height=_SCATTER[1]))
    return _drawn(svg, _SCATTER, label, empty=20, names=[dot.name for dot in dots])


def _drawn(
    svg: str,
    size: tuple[int, int],
    label: str,
    *,
    empty: int,
    aim: str = "",
    names: Sequence[str] = (),
) -> str:
    """Make leather's drawing one of the page: named, scalable, its look left to the style sheet."""
    from xml.etree import ElementTree as ET

    ET.register_namespace("", "http://www.w3.org/2000/svg")
    root = ET.fromstring(svg)  # noqa: S314 - what leather has just made, of numbers alone
    width, height = size
    root.attrib.clear()
    root.set("viewBox", f"8 8 {width - 16} {height - 8 - empty}")  # without leather's margins
    root.set("class", "chart")
    root.set("role", "img")
    root.set("aria-label", label)
    for element in root.iter():
        _plain(element)
    for group in root.iter():
        for tick in list(group):
            if tick.get("class") == "tick" and aim and "".join(tick.itertext()) == aim:
                tick.set("class", "tick target")
    circles = [element for element in root.iter() if element.tag.endswith("circle")]
    for circle, name in zip(circles, names, strict=True):
        ET.SubElement(circle, "title").text = name
    for group in root.iter():
        if group.get("class") == "series lines":
            _end_with_a_dot(group)
    background = root[0]
    background.remove(background[0])
    return ET.tostring(root, encoding="unicode")


def _end_with_a_dot(lines: Element) -> None:
    """Mark where a line ends; as a series of its own leather would give it a legend."""
    *_, x, y = lines[0].get("d", "").split()
    dot = lines.makeelement("{http://www.w3.org/2000/svg}circle", {"cx": x, "cy": y, "r": "3"})
    lines.append(dot)


def _plain(element: Element) -> None:
    for name in _OURS:
        element.attrib.pop(name, None)
    for name, value in element.attrib.items():
        if name not in {"class", "viewBox", "aria-label"}:
            element.set(name, _LONG_NUMBER.sub(_short, value))


def _short(found: re.Match[str]) -> str:
    return f"{float(found[0]):.1f}".removesuffix(".0")
