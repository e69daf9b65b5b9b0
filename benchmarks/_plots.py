"""
Two kinds of picture, written as SVG by hand.

Bars and lines are some rectangles and paths; a plotting library would weigh more in the
pinned dependencies than everything it draws, and its files would change with its version.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

import attrs

OURS, THEIRS, GREY, INK = "#2563eb", "#9ca3af", "#d1d5db", "#1f2937"
_FONT = 'font-family="sans-serif" font-size="12"'
_WIDTH = 760
_LABELS = 300
_ROW = 22


@attrs.frozen
class Bar:
    """One bar: its *label*, its length, the range around it, and its colour."""

    label: str
    value: float
    low: float
    high: float
    colour: str


def bars(title: str, groups: Mapping[str, Sequence[Bar]], unit: str) -> str:
    """Groups of horizontal bars, each with a whisker from low to high."""
    longest = max(bar.high for group in groups.values() for bar in group)
    scale = (_WIDTH - _LABELS - 70) / longest
    parts, y = [], 40
    for name, group in groups.items():
        parts.append(_text(10, y + 14, name, weight="bold"))
        y += _ROW
        for bar in group:
            parts += _bar(bar, y, scale, unit)
            y += _ROW
        y += 8
    return _document(title, y + 4, parts)


def _bar(bar: Bar, y: int, scale: float, unit: str) -> list[str]:
    middle, length = y + 8, bar.value * scale
    low, high = _LABELS + bar.low * scale, _LABELS + bar.high * scale
    shape = f'x="{_LABELS}" y="{y}" width="{length:.1f}" height="16"'
    return [
        _text(_LABELS - 8, y + 12, bar.label, anchor="end"),
        f'<rect {shape} fill="{bar.colour}"/>',
        f'<path d="M{low:.1f} {middle}H{high:.1f}" stroke="{INK}"/>',
        _text(max(_LABELS + length, high) + 6, y + 12, f"{bar.value:.2f} {unit}"),
    ]


@attrs.frozen
class Line:
    """One line through *points*, drawn with dashes if it is not measured."""

    label: str
    points: Sequence[tuple[float, float]]
    colour: str
    dashed: bool = False


def lines(title: str, plotted: Sequence[Line], across: str, up: str) -> str:
    """Lines over one pair of axes that begin at 0."""
    xs = sorted({x for line in plotted for x, _ in line.points})
    top = max(y for line in plotted for _, y in line.points)
    left, right, floor, ceiling = 60, 520, 340, 50

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            left + (right - left) * x / xs[-1],
            floor - (floor - ceiling) * y / top,
        )

    parts = [
        f'<path d="M{left} {ceiling}V{floor}H{right}" fill="none" stroke="{INK}"/>',
        _text((left + right) / 2, floor + 36, across, anchor="middle"),
        _text(10, ceiling - 10, up),
    ]
    parts += [_text(place(x, 0)[0], floor + 16, f"{x:g}", anchor="middle") for x in xs]
    parts += [
        _text(left - 8, place(0, y)[1] + 4, str(y), anchor="end")
        for y in range(1, int(top) + 1)
    ]
    for number, line in enumerate(plotted):
        parts += _line(line, place, 70 + number * _ROW)
    return _document(title, floor + 50, parts)


def _line(
    line: Line,
    place: Callable[[float, float], tuple[float, float]],
    legend_y: int,
) -> list[str]:
    points = [place(x, y) for x, y in line.points]
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    stroke = f'stroke="{line.colour}" stroke-width="2" fill="none"'
    if line.dashed:
        stroke += ' stroke-dasharray="5 4"'
    dots = (
        []
        if line.dashed
        else [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{line.colour}"/>'
            for x, y in points
        ]
    )
    return [
        f'<path d="M{path}" {stroke}/>',
        *dots,
        f'<path d="M540 {legend_y - 4}h24" {stroke}/>',
        _text(570, legend_y, line.label),
    ]


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}" '
        f'fill="{INK}">{escape(text)}</text>'
    )


def _document(title: str, height: int, parts: Sequence[str]) -> str:
    # A ground of its own, since a page may be dark and the ink is.
    box = f'viewBox="0 0 {_WIDTH} {height}"'
    named = f'role="img" aria-label="{escape(title)}"'
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} {named} {_FONT}>',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(10, 22, title, weight="bold"),
    ]
    return "\n".join([*head, *parts, "</svg>"]) + "\n"
