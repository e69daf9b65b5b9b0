"""
Charts as plain SVG, drawn by pygal: no script, no address, nothing but shapes and text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import spec_from_loader
from typing import Any

import attrs

from ..errors import InputError

_COLOURS = ("#2563eb", "#93b4f5", "#0f766e", "#f59e0b", "#9333ea", "#64748b")


@attrs.frozen
class Bar:
    """A bar of a row: from *start*, so *long*, with a *label* and the number of a colour."""

    start: float
    long: float
    label: str
    colour: int = 0


def require_charts() -> None:
    """
    See that charts can be drawn, before work is done for them.

    Raises:
        InputError: The plotting library is not installed.
    """
    _pygal()


def _pygal() -> Any:
    try:
        import pygal  # noqa: PLC0415
    except ImportError:
        raise InputError(
            "a report needs pygal; pip install 'hyperframes_dist[report]'"
        ) from None
    _mend_finder(pygal.PluginImportFixer)
    return pygal


def _mend_finder(kind: Any) -> None:
    """
    Give pygal's finder of modules, which stays in `sys.meta_path`, the method of today.

    Without it every later import of the application warns.
    """
    if hasattr(kind, "find_spec"):
        return

    def find_spec(self: Any, name: str, path: Any = None, *_: Any) -> Any:
        found = self.find_module(name, path)
        return None if found is None else spec_from_loader(name, found)

    kind.find_spec = find_spec


def _options(colours: Sequence[str], height: int) -> dict[str, Any]:
    style = _pygal().style.Style(
        background="transparent",
        plot_background="transparent",
        foreground="#475569",
        foreground_strong="#0f172a",
        foreground_subtle="#cbd5e1",
        font_family="system-ui, sans-serif",
        label_font_size=12,
        major_label_font_size=12,
        legend_font_size=12,
        opacity="1",
        opacity_hover="1",
        transition="none",
        colors=tuple(colours),
    )
    return {
        "style": style,
        "width": 960,
        "height": height,
        # What pygal would fetch from another place for tooltips.
        "js": [],
        "pretty_print": False,
        "show_legend": False,
        "margin": 8,
        "disable_xml_declaration": True,
        "print_values": False,
    }


def _render(chart: Any) -> str:
    text: str = chart.render(is_unicode=True)
    # Its script configures tooltips, which nothing reads here; its comments are addresses.
    return re.sub(r"<script.*?</script>|<!--.*?-->", "", text, flags=re.DOTALL)


def bars(rows: Sequence[tuple[str, float]], unit: str) -> str:
    """A horizontal bar a row, each with its name and its value in *unit*."""
    chart = _pygal().HorizontalBar(
        **(_options(_COLOURS[:1], 60 + 28 * len(rows)) | {"print_values": True}),
        value_formatter=lambda value: f"{value:.2f} {unit}",
    )
    # The first row is drawn at the bottom.
    chart.x_labels = [name for name, _ in reversed(rows)]
    chart.add("", [round(value, 4) for _, value in reversed(rows)])
    return _render(chart)


def columns(names: Sequence[str], values: Sequence[float], unit: str) -> str:
    """A column a value, such as one a frame; every so many have a name below."""
    step = max(1, len(names) // 12)
    chart = _pygal().Bar(
        **_options(_COLOURS[:1], 240),
        spacing=0,
        value_formatter=lambda value: f"{value:.4g} {unit}",
        show_minor_x_labels=False,
        x_labels_major_every=step,
        truncate_label=-1,
    )
    chart.x_labels = list(names)
    chart.add("", [round(value, 4) for value in values])
    return _render(chart)


def spans(rows: Sequence[tuple[str, Sequence[Bar]]], unit: str) -> str:
    """Rows of bars along one axis, as a Gantt chart has them."""
    most = max((len(row) for _, row in rows), default=0)
    colours, series = [], []
    for place in range(most):
        gaps: list[float | None] = []
        found: list[Any] = []
        for _, row in rows:
            if place >= len(row):
                gaps.append(None)
                found.append(None)
                continue
            bar = row[place]
            end = row[place - 1].start + row[place - 1].long if place else 0.0
            gaps.append(max(0.0, bar.start - end))
            colour = _COLOURS[bar.colour % len(_COLOURS)]
            found.append(
                {
                    "value": max(bar.long, 1e-6),
                    "label": bar.label,
                    "color": colour,
                    "style": f"fill: {colour}; stroke: #fff; stroke-width: 1",
                }
            )
        series += [gaps, found]
        colours += ["transparent", _COLOURS[0]]
    chart = _pygal().HorizontalStackedBar(
        **_options(colours or _COLOURS, 60 + 30 * len(rows)),
        value_formatter=lambda value: f"{value:.2f} {unit}",
    )
    # The first row is drawn at the bottom.
    chart.x_labels = [name for name, _ in reversed(rows)]
    for values in series:
        chart.add("", list(reversed(values)))
    return _render(chart)
