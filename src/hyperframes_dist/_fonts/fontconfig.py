"""
The fonts Chrome finds on a machine: three of the library's own, wherever it runs.

Chrome asks fontconfig for every font a page does not bring, and for how glyphs are drawn.
It is given a configuration of ours, so that neither the fonts nor the settings of a
machine reach a pixel.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from importlib.resources import files
from pathlib import Path

from .names import BASE, SANS

_FILE = "FONTCONFIG_FILE"
OWN = frozenset({_FILE, "FONTCONFIG_PATH", "FONTCONFIG_SYSROOT"})
"""Variables by which a caller says which fonts there are instead."""


def write_wall(folder: Path) -> dict[str, str]:
    """Write fonts and configuration to *folder*; returns what points Chrome to them."""
    fonts = folder / "fonts"
    fonts.mkdir(parents=True)
    for source in (files(__package__) / "data").iterdir():
        if source.name.endswith(".ttf"):
            (fonts / source.name).write_bytes(source.read_bytes())
    path = folder / "fonts.conf"
    path.write_text("\n".join(_lines(fonts, folder / "cache")), encoding="utf-8")
    return {_FILE: str(path)}


def _lines(fonts: Path, cache: Path) -> Iterator[str]:
    yield '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
    yield f"<dir>{escape(str(fonts))}</dir><cachedir>{escape(str(cache))}</cachedir>"
    for family, names in BASE.items():
        for name in names:
            yield (
                f'<match><test name="family"><string>{escape(name)}</string></test>'
                '<edit name="family" mode="assign" binding="same">'
                f"<string>{escape(family)}</string></edit></match>"
            )
    # The settings are said, so that they are nobody's defaults.
    yield '<match target="font">'
    for name, value in (("antialias", "true"), ("hinting", "false")):
        yield f'<edit name="{name}" mode="assign"><bool>{value}</bool></edit>'
    yield '<edit name="rgba" mode="assign"><const>none</const></edit></match>'
    yield f'<match><edit name="family" mode="append_last"><string>{SANS}</string>'
    yield "</edit></match></fontconfig>"
